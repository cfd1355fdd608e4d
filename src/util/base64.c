/* SPDX-License-Identifier: MIT */
#include "util/base64.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

int vprod__base64_decode (const char *text, struct vprod__buf *ret)
{
  static const char digits[] = LETTERS "+/";
  unsigned bits = 0;
  int have = 0;

  for (const char *digit; *text && (digit = strchr (digits, *text)); text++) {
    bits = (bits << 6 | (unsigned) (digit - digits)) & 0xffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      char byte = (char) (bits >> have & 0xff);
      if (vprod__buf_add (ret, &byte, 1) < 0)
        return -1;
    }
  }
  return *text && *text != '=';
}

int vprod__base64url_encode (const char *text, struct vprod__buf *ret)
{
  static const char digits[] = LETTERS "-_";
  size_t length = strlen (text);

  for (size_t i = 0; i < length; i += 3) {
    size_t n = length - i < 3 ? length - i : 3;
    unsigned bits = 0;
    char group[4];
    for (size_t k = 0; k < 3; k++)
      bits = bits << 8 | (k < n ? (unsigned char) text[i + k] : 0);
    for (size_t k = 0; k < 4; k++)
      group[k] = k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
    if (vprod__buf_add (ret, group, 4) < 0)
      return -1;
  }
  return 0;
}
