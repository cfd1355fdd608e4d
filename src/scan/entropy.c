/* SPDX-License-Identifier: MIT */
/* How many bits a character of a value tells, by how often each occurs in it. */
#include "scan/scan.h"

#include <math.h>

double vprod__scan_entropy (const char *value, size_t length)
{
  size_t count[256] = { 0 };
  double bits = 0;

  for (size_t i = 0; i < length; i++)
    count[(unsigned char) value[i]]++;
  for (size_t i = 0; i < 256; i++)
    if (count[i] > 0) {
      double p = (double) count[i] / (double) length;
      bits -= p * log2 (p);
    }
  return bits;
}
