/* SPDX-License-Identifier: MIT */
#include "scan/defaults.h"

#include "known/default_forms.h"
#include "spec/pattern.h"
#include "util/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LITERAL "(?:[rbuf]?[\"'`]|[-+]?[0-9]|[Tt]rue\\b|[Ff]alse\\b)(?:(?<=[\"'`])[^\"'`\\n]*[\"'`]|[\\w.]*)"

struct vprod__defaults {
  char *name;
  const struct vprod__default_form *forms;
  size_t count;
  struct vprod__pattern **patterns; /* one a form; NULL: of a name that has other characters */
  struct vprod__matcher *matcher;
};

void vprod__defaults_free (struct vprod__defaults *defaults)
{
  if (!defaults)
    return;
  for (size_t i = 0; defaults->patterns && i < defaults->count; i++)
    vprod__pattern_free (defaults->patterns[i]);
  vprod__matcher_free (defaults->matcher);
  free (defaults->patterns);
  free (defaults->name);
  free (defaults);
}

/* The pattern of a row for a name. */
static int expand (const char *pattern, const char *name, struct vprod__buf *ret)
{
  while (*pattern) {
    const char *put = strncmp (pattern, "NAME", 4) == 0 ? name : strncmp (pattern, "VALUE", 5) == 0 ? LITERAL : NULL;
    size_t length = put ? strlen (put) : 1;
    if (vprod__buf_add (ret, put ? put : pattern, length) < 0)
      return -1;
    pattern += put == name ? 4 : put ? 5 : 1;
  }
  return 0;
}

static int add_pattern (struct vprod__defaults *defaults, size_t i)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  char *why = NULL;

  if (expand (defaults->forms[i].pattern, defaults->name, &text) < 0)
    return -1;
  int r = vprod__pattern_new_of_lines (vprod__buf_string (&text), &defaults->patterns[i], &why);
  free (why);
  return r == 0 ? 0 : -1; /* a row that is no pattern is seen by its test */
}

int vprod__defaults_new (const char *name, struct vprod__defaults **ret)
{
  struct vprod__defaults *defaults = calloc (1, sizeof *defaults);
  int is_name = *name != '\0', r = -1;

  if (!defaults)
    return -1;
  defaults->forms = vprod__default_forms (&defaults->count);
  defaults->patterns = calloc (defaults->count, sizeof (struct vprod__pattern *));
  if (defaults->patterns && (defaults->name = strdup (name)) && (defaults->matcher = vprod__matcher_new ()))
    r = 0;
  for (const char *p = name; *p; p++)
    is_name &= isalnum ((unsigned char) *p) || *p == '_';
  for (size_t i = 0; r == 0 && is_name && i < defaults->count; i++)
    r = add_pattern (defaults, i);
  if (r < 0)
    vprod__defaults_free (defaults);
  else
    *ret = defaults;
  return r;
}

size_t vprod__defaults_find (const struct vprod__defaults *defaults, const char *text, size_t length)
{
  const struct vprod__subject subject = { .text = text, .length = length };
  size_t first = length, line = 1;
  int found = 0;

  if (!defaults->patterns[0] || !strcasestr (text, defaults->name))
    return 0;
  for (size_t i = 0; i < defaults->count; i++) {
    struct vprod__span span[1] = { { 0, 0 } };
    if (defaults->forms[i].needs && !strcasestr (text, defaults->forms[i].needs))
      continue;
    if (vprod__pattern_find (defaults->patterns[i], defaults->matcher, &subject, 0, length, span, 1) != 1 || span[0].to > length)
      continue;
    /* the name is the last of it that all forms have: a match may begin in a line before */
    const char *at = text + span[0].from, *end = text + span[0].to;
    while (at < end && strncasecmp (at, defaults->name, strlen (defaults->name)) != 0)
      at++;
    if (!found || (size_t) (at - text) < first)
      first = (size_t) (at - text);
    found = 1;
  }
  for (size_t i = 0; found && i < first; i++)
    line += text[i] == '\n';
  return found ? line : 0;
}
