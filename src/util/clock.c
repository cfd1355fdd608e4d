/* SPDX-License-Identifier: MIT */
#include "util/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 60 * 60 * 1000.0)

int64_t vprod__now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t vprod__deadline (int64_t timeout_ms)
{
  int64_t now = vprod__now_ms ();

  return timeout_ms < 0 || timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
}

int vprod__poll_timeout (int64_t deadline_ms)
{
  if (deadline_ms == INT64_MAX)
    return -1;
  int64_t left = deadline_ms - vprod__now_ms ();
  if (left <= 0)
    return 0;
  return left > 3600000 ? 3600000 : (int) left;
}

void vprod__format_utc (time_t when, char text[static 21])
{
  struct tm utc;

  if (!gmtime_r (&when, &utc) || strftime (text, 21, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
    strcpy (text, "1970-01-01T00:00:00Z");
}

/* The offset from UTC that ends an RFC 3339 time, in minutes. 0, or -1. */
static int read_zone (const char *text, int *ret_minutes)
{
  int hours, minutes, used = 0;

  *ret_minutes = 0;
  if (strcmp (text, "Z") == 0)
    return 0;
  if ((*text != '+' && *text != '-') || sscanf (text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5
      || text[6])
    return -1;
  *ret_minutes = (*text == '-' ? -1 : 1) * (hours * 60 + minutes);
  return 0;
}

int64_t vprod__parse_time (const char *text)
{
  struct tm utc = { 0 };
  int used = 0, zone;
  int64_t ms = 0, unit = 1000;

  if (!text
      || sscanf (text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
                 &utc.tm_min, &utc.tm_sec, &used) != 6
      || used != 19 || utc.tm_year < 1970)
    return 0;
  text += used;
  if (*text == '.')
    for (text++; isdigit ((unsigned char) *text); text++)
      ms += (*text - '0') * (unit /= 10);
  if (read_zone (text, &zone) < 0)
    return 0;
  utc.tm_year -= 1900;
  utc.tm_mon--;
  ms += ((int64_t) timegm (&utc) - zone * 60) * 1000;
  return ms > 0 ? ms : 0;
}

void vprod__format_ms (int64_t ms, char *text, size_t size)
{
  if (ms < 1000)
    snprintf (text, size, "%d ms", (int) ms);
  else if (ms < 60000)
    snprintf (text, size, "%d.%d s", (int) (ms / 1000), (int) (ms % 1000 / 100));
  else
    snprintf (text, size, "%lld min %d s", (long long) (ms / 60000), (int) (ms % 60000 / 1000));
}

/* Reads digits with an optional fraction; never signs, exponents, "inf" or the locale's comma. */
static int read_number (const char **text, double *ret)
{
  const char *p = *text;
  double value = 0, unit = 1;

  if (!isdigit ((unsigned char) *p))
    return -1;
  for (; isdigit ((unsigned char) *p); p++)
    value = value * 10 + (*p - '0');
  if (*p == '.') {
    p++;
    if (!isdigit ((unsigned char) *p))
      return -1;
    for (; isdigit ((unsigned char) *p); p++)
      value += (*p - '0') * (unit /= 10);
  }
  *text = p;
  *ret = value;
  return 0;
}

int vprod__parse_duration (const char *text, int64_t *ret_ms)
{
  static const struct {
    const char *name;
    double ms;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
  double total = 0, number;
  int bare = 1;

  if (!text || !*text)
    return -1;
  while (*text) {
    size_t u = 0;
    if (read_number (&text, &number) < 0)
      return -1;
    if (!*text) { /* seconds, but only when alone: "1m30" is a slip */
      if (!bare)
        return -1;
      total = number * 1000;
      break;
    }
    for (; u < sizeof units / sizeof units[0]; u++)
      if (strncmp (text, units[u].name, strlen (units[u].name)) == 0)
        break;
    if (u == sizeof units / sizeof units[0])
      return -1;
    text += strlen (units[u].name);
    total += number * units[u].ms;
    bare = 0;
  }
  if (total > DAY_MS)
    return -1;
  *ret_ms = (int64_t) (total + 0.5);
  return 0;
}
