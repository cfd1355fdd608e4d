/* SPDX-License-Identifier: MIT */
/* Windows writes texts in UTF-16, most with a byte order mark. */
#include "scan/inside.h"

#include <ctype.h>

#define LEAST_WIDE 16 /* bytes that tell UTF-16 without a byte order mark */

/* Does the text begin with ASCII characters in UTF-16, little endian? */
static int is_wide_text (const unsigned char *p, size_t length)
{
  if (length < LEAST_WIDE)
    return 0;
  for (size_t i = 0; i < LEAST_WIDE; i += 2)
    if (!(isprint (p[i]) || isspace (p[i])) || p[i + 1] != 0)
      return 0;
  return 1;
}

void vprod__scan_wide_see (struct vprod__scan_wide *wide, const void *bytes, size_t length)
{
  const unsigned char *p = bytes;

  if (wide->seen == 0)
    wide->is_wide = is_wide_text (p, length);
  for (size_t i = 0; i < length && wide->seen < 2; i++, wide->seen++) {
    if (wide->seen == 1 && ((wide->mark == 0xff && p[i] == 0xfe) || (wide->mark == 0xfe && p[i] == 0xff)))
      wide->is_wide = 1;
    wide->mark = p[i];
  }
}

size_t vprod__scan_narrow (char *to, const char *from, size_t length)
{
  size_t n = 0;

  for (size_t i = 0; i < length; i++)
    if (from[i])
      to[n++] = from[i];
  return n;
}
