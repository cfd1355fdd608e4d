/* SPDX-License-Identifier: MIT */
/* The fields of a spec, by their kind: setting to the default, copying, freeing. */
#include "spec/value.h"
#include "util/clock.h"
#include "util/size.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

void *vprod__spec_field (const struct vprod__spec_key *key, void *base)
{
  return (char *) base + key->offset;
}

static char **absolute_of (const struct vprod__spec_key *key, void *base)
{
  return (char **) ((char *) base + key->absolute);
}

int vprod__spec_parse_bool (const char *text)
{
  static const char *const words[] = { "false", "true", "False", "True", "FALSE", "TRUE" };

  for (int i = 0; i < 6; i++)
    if (strcmp (text, words[i]) == 0)
      return i % 2;
  return -1;
}

int vprod__spec_parse_int (const char *text, int64_t *ret)
{
  size_t n = strspn (text, "0123456789");
  int64_t value = 0;

  if (n == 0 || n > 18 || text[n] || (n > 1 && *text == '0'))
    return -1;
  for (const char *p = text; *p; p++)
    value = value * 10 + (*p - '0');
  *ret = value;
  return 0;
}

int vprod__spec_parse_decimal (const char *text, double *ret)
{
  size_t whole = strspn (text, "0123456789"), dot = text[whole] == '.', part = strspn (text + whole + dot, "0123456789");
  double value = 0, scale = 1;

  if (whole == 0 || (dot && part == 0) || text[whole + dot + part] || whole + part > 15)
    return -1;
  for (const char *p = text; *p; p++) /* not by strtod, which goes by the locale */
    if (*p != '.')
      value = value * 10 + (*p - '0');
  for (size_t i = 0; i < part; i++)
    scale *= 10;
  *ret = value / scale;
  return 0;
}

int vprod__spec_parse_choice (const struct vprod__spec_key *key, const char *text)
{
  int is_switch = key->truth ? vprod__spec_parse_bool (text) : -1;

  if (is_switch >= 0)
    text = is_switch ? key->truth : "false";
  for (int i = 0; key->info.words[i]; i++)
    if (strcmp (key->info.words[i], text) == 0)
      return i;
  return -1;
}

int vprod__spec_ints (const int *numbers, size_t count, int **ret)
{
  int *list = calloc (count + 1, sizeof *list);

  if (!list)
    return -1;
  for (size_t i = 0; i < count; i++)
    list[i] = numbers[i];
  free (*ret);
  *ret = list;
  return 0;
}

void vprod__spec_commands_free (char ***commands)
{
  for (size_t i = 0; commands && commands[i]; i++)
    vprod__strv_free (commands[i]);
  free (commands);
}

static int copy_commands (char **const *from, char ****ret)
{
  size_t n = 0;

  while (from && from[n])
    n++;
  if (n == 0)
    return 0;
  char ***copy = calloc (n + 1, sizeof *copy);
  for (size_t i = 0; copy && i < n; i++)
    if (vprod__strv_copy (from[i], &copy[i]) < 0) {
      vprod__spec_commands_free (copy);
      copy = NULL;
    }
  if (!copy)
    return -1;
  *ret = copy;
  return 0;
}

int vprod__spec_field_default (const struct vprod__spec_key *key, void *base)
{
  void *field = vprod__spec_field (key, base);
  int64_t number = key->none;

  switch (key->kind) {
  case VPROD__SPEC_SECTION:
    if (key->flags & VPROD__SPEC_MARK)
      *(int *) field = 0;
    return 0;
  case VPROD__SPEC_CHECK:
    *(int *) field = key->flags & VPROD__SPEC_ASKED ? -1 : 0;
    return 0;
  case VPROD__SPEC_TEXT:
  case VPROD__SPEC_SIGNAL:
    if (key->info.default_value && !(*(char **) field = strdup (key->info.default_value)))
      return -1;
    return 0;
  case VPROD__SPEC_CHOICE:
    *(int *) field = vprod__spec_parse_choice (key, key->info.default_value);
    return 0;
  case VPROD__SPEC_BOOL:
    *(int *) field = vprod__spec_parse_bool (key->info.default_value);
    return 0;
  case VPROD__SPEC_INT:
    if (key->info.default_value)
      vprod__spec_parse_int (key->info.default_value, &number);
    *(int *) field = (int) number;
    return 0;
  case VPROD__SPEC_INT64:
    if (key->info.default_value)
      vprod__spec_parse_int (key->info.default_value, &number);
    *(int64_t *) field = number;
    return 0;
  case VPROD__SPEC_DECIMAL:
    *(double *) field = 0;
    if (key->info.default_value)
      vprod__spec_parse_decimal (key->info.default_value, field);
    return 0;
  case VPROD__SPEC_DURATION:
    vprod__parse_duration (key->info.default_value, (int64_t *) field);
    return 0;
  case VPROD__SPEC_SIZE:
    *(int64_t *) field = number;
    if (key->info.default_value)
      vprod__parse_size (key->info.default_value, (int64_t *) field);
    return 0;
  case VPROD__SPEC_INTS:
    vprod__spec_parse_int (key->info.default_value, &number);
    return vprod__spec_ints ((int[]) { (int) number }, 1, field);
  default:
    return 0;
  }
}

void vprod__spec_field_clear (const struct vprod__spec_key *key, void *base)
{
  void *field = vprod__spec_field (key, base);

  switch (key->kind) {
  case VPROD__SPEC_TEXT:
  case VPROD__SPEC_SIGNAL:
    free (*(char **) field);
    *(char **) field = NULL;
    if (key->absolute) {
      free (*absolute_of (key, base));
      *absolute_of (key, base) = NULL;
    }
    break;
  case VPROD__SPEC_STRINGS:
  case VPROD__SPEC_LIST:
    vprod__strv_free (*(char ***) field);
    *(char ***) field = NULL;
    break;
  case VPROD__SPEC_COMMANDS:
    vprod__spec_commands_free (*(char ****) field);
    *(char ****) field = NULL;
    break;
  case VPROD__SPEC_INTS:
    free (*(int **) field);
    *(int **) field = NULL;
    break;
  default:
    break;
  }
}

int vprod__spec_field_copy (const struct vprod__spec_key *key, const void *from_base, void *to_base)
{
  const void *from = (const char *) from_base + key->offset;
  void *to = vprod__spec_field (key, to_base);

  switch (key->kind) {
  case VPROD__SPEC_NAMED:
  case VPROD__SPEC_STEPS:
    return 0;
  case VPROD__SPEC_SECTION:
    if (key->flags & VPROD__SPEC_MARK)
      *(int *) to = *(const int *) from;
    return 0;
  case VPROD__SPEC_TEXT:
  case VPROD__SPEC_SIGNAL: {
    const char *text = *(char *const *) from;
    const char *absolute = key->absolute ? *(char *const *) ((const char *) from_base + key->absolute) : NULL;
    if (absolute && !(*absolute_of (key, to_base) = strdup (absolute)))
      return -1;
    return text && !(*(char **) to = strdup (text)) ? -1 : 0;
  }
  case VPROD__SPEC_STRINGS:
  case VPROD__SPEC_LIST:
    return vprod__strv_copy (*(char **const *) from, (char ***) to);
  case VPROD__SPEC_COMMANDS:
    return copy_commands (*(char ***const *) from, (char ****) to);
  case VPROD__SPEC_INTS: {
    const int *numbers = *(int *const *) from;
    size_t count = 0;
    while (numbers && numbers[count])
      count++;
    return vprod__spec_ints (numbers, count, to);
  }
  case VPROD__SPEC_INT64:
  case VPROD__SPEC_DURATION:
  case VPROD__SPEC_SIZE:
    *(int64_t *) to = *(const int64_t *) from;
    return 0;
  case VPROD__SPEC_DECIMAL:
    *(double *) to = *(const double *) from;
    return 0;
  case VPROD__SPEC_CHECK:
  case VPROD__SPEC_CHOICE:
  case VPROD__SPEC_BOOL:
  case VPROD__SPEC_INT:
    *(int *) to = *(const int *) from;
    return 0;
  }
  return 0;
}
