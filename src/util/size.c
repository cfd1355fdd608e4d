/* SPDX-License-Identifier: MIT */
#include "util/size.h"

#include <stddef.h>
#include <string.h>

static int64_t unit_of (const char *name)
{
  static const struct {
    const char *name;
    int64_t bytes;
  } units[] = {
    { "B", 1 }, { "kB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 },
    { "KiB", 1LL << 10 }, { "MiB", 1LL << 20 }, { "GiB", 1LL << 30 },
  };

  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strcmp (name, units[i].name) == 0)
      return units[i].bytes;
  return 0;
}

int vprod__parse_size (const char *text, int64_t *ret_bytes)
{
  size_t whole = strspn (text, "0123456789"), places = 0;
  const char *p = text + whole;
  int64_t number = 0, scale = 1;

  if (whole == 0 || whole > 9)
    return -1;
  for (size_t i = 0; i < whole; i++)
    number = number * 10 + (text[i] - '0');
  if (*p == '.') {
    places = strspn (++p, "0123456789");
    if (places == 0 || places > 6)
      return -1;
  }
  int64_t unit = unit_of (p + places + (p[places] == ' '));
  if (unit == 0)
    return -1;
  *ret_bytes = number * unit;
  for (size_t i = 0; i < places; i++) {
    scale *= 10;
    *ret_bytes += (p[i] - '0') * unit / scale;
  }
  return 0;
}
