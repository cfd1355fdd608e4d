/* SPDX-License-Identifier: MIT */
#include "cli.h"
#include "util/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cli_nearest (const char *word, const char *(*name_at) (size_t index))
{
  const char *names[64] = { NULL };

  for (size_t i = 0; i < sizeof names / sizeof names[0] - 1 && (names[i] = name_at (i)); i++)
    ;
  return vprod__text_nearest (word, names);
}

/* Reads "ms", "s", "m", "h" or "d" and moves text past it; milliseconds, or 0. */
static double read_unit (const char **text)
{
  static const struct {
    const char *name;
    double ms;
  } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 24 * 3600000. } };

  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    if (strncmp (*text, units[i].name, strlen (units[i].name)) == 0) {
      *text += strlen (units[i].name);
      return units[i].ms;
    }
  return 0;
}

static int parse_time (const char *text, double most, int64_t *ret_ms)
{
  const char *begin = text;
  double total = 0;

  do {
    const char *number = text;
    double value = 0, place = 1;
    if (!isdigit ((unsigned char) *text))
      return -1;
    while (isdigit ((unsigned char) *text))
      value = value * 10 + (*text++ - '0');
    if (*text == '.' && isdigit ((unsigned char) text[1]))
      for (text++; isdigit ((unsigned char) *text); text++)
        value += (*text - '0') * (place /= 10);
    /* a number alone is seconds */
    double unit = *text || number != begin ? read_unit (&text) : 1000;
    total += value * unit;
    if (unit == 0 || total > most)
      return -1;
  } while (*text);
  if (total < 1)
    return -1;
  *ret_ms = (int64_t) total;
  return 0;
}

int cli_parse_duration (const char *text, int64_t *ret_ms)
{
  return parse_time (text, 24 * 3600000., ret_ms);
}

int cli_parse_age (const char *text, int64_t *ret_ms)
{
  return parse_time (text, 36500 * 24 * 3600000., ret_ms);
}

int cli_env_is_set (const char *name)
{
  const char *value = getenv (name);

  return value && *value && strcmp (value, "0") != 0 && strcmp (value, "false") != 0;
}

void *cli_must (void *memory)
{
  if (memory)
    return memory;
  cli_say ("out of memory");
  exit (CLI_NOT_TOLD);
}

char *cli_format (const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  return cli_must (n < 0 ? NULL : text);
}

void cli_add (char ***list, const char *text)
{
  if (vprod__strv_add (list, text) < 0)
    cli_must (NULL);
}

const vprod_check_info *cli_check_of (const vprod_spec *spec, size_t index)
{
  size_t count = vprod_count_checks ();

  return index < count ? vprod_get_check_at (index) : vprod_spec_get_own_check_at (spec, index - count);
}

const vprod_check_info *cli_find_check (const char *id, const vprod_spec *spec)
{
  const vprod_check_info *info = vprod_find_check (id);

  return info ? info : vprod_spec_find_own_check (spec, id);
}

const char *cli_nearest_check (const char *id, const vprod_spec *spec)
{
  const vprod_check_info *info;
  const char *names[64] = { NULL };

  for (size_t i = 0; i < sizeof names / sizeof names[0] - 1 && (info = cli_check_of (spec, i)); i++)
    names[i] = info->id;
  return vprod__text_nearest (id, names);
}

/* Prints on standard error, with what a CI log would obey escaped. */
__attribute__ ((format (printf, 2, 0))) static void say (const char *before, const char *format, va_list ap)
{
  _cleanup_free_ char *text = NULL;

  if (vasprintf (&text, format, ap) < 0)
    text = NULL;
  char *shown = vprod_log_text (text);
  fprintf (stderr, "%s%s\n", before, shown ? shown : "out of memory");
  vprod_string_free (shown);
}

void cli_say (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  say (CLI_NAME ": ", format, ap);
  va_end (ap);
}

int cli_usage (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  say (CLI_NAME ": ", format, ap);
  va_end (ap);
  fputs ("Try '" CLI_NAME " --help'.\n", stderr);
  return CLI_USAGE;
}

static void __attribute__ ((format (printf, 1, 2))) say_plain (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  say ("", format, ap);
  va_end (ap);
}

int cli_fail (vprod_error *err, int exit_code)
{
  /* starts with file:line:column, where editors look for it */
  if (vprod_error_get_code (err) == VPROD_ERROR_SPEC)
    say_plain ("%s", vprod_error_get_message (err));
  else
    cli_say ("%s", vprod_error_get_message (err));
  vprod_error_free (err);
  return exit_code;
}
