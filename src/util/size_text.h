/* SPDX-License-Identifier: MIT */
#ifndef VPROD_UTIL_SIZE_TEXT_H
#define VPROD_UTIL_SIZE_TEXT_H

#include <stdint.h>
#include <stdio.h>

#define VPROD__SIZE_TEXT 32

/* "1 byte", "812 bytes", "34.2 kB", "1.3 GB" */
static inline void vprod__size_text (uint64_t bytes, char text[static VPROD__SIZE_TEXT])
{
  static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
  double value = (double) bytes / 1000;
  size_t unit = 0;

  if (bytes < 1000) {
    snprintf (text, VPROD__SIZE_TEXT, "%u byte%s", (unsigned) bytes, bytes == 1 ? "" : "s");
    return;
  }
  for (; value >= 999.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
    value /= 1000;
  snprintf (text, VPROD__SIZE_TEXT, "%.1f %s", value, units[unit]);
}

#endif
