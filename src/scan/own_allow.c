/* SPDX-License-Identifier: MIT */
/* What a rule finds though it is no secret. */
#include "scan/own_inside.h"
#include "util/text.h"

#include <string.h>

#define LONGEST_LINE 4096 /* bytes before and after a match */

static int is_any_in (struct vprod__pattern *const *list, struct vprod__matcher *matcher, const char *text, size_t length)
{
  int r = 0;

  for (size_t i = 0; r == 0 && list && list[i]; i++)
    r = vprod__pattern_is_in (list[i], matcher, text, length);
  return r;
}

static int has_stopword (char *const *words, const char *text, size_t length)
{
  for (size_t i = 0; words && words[i]; i++)
    if (vprod__text_contains_nocase_n (text, length, words[i]))
      return 1;
  return 0;
}

static struct vprod__span line_of (const struct vprod__own_match *match)
{
  struct vprod__span line = match->match;

  while (line.from > 0 && match->match.from - line.from < LONGEST_LINE && match->text[line.from - 1] != '\n')
    line.from--;
  while (line.to < match->length && line.to - match->match.to < LONGEST_LINE && match->text[line.to] != '\n')
    line.to++;
  return line;
}

static int matches_regexes (const struct vprod__own_allow *allow, struct vprod__matcher *matcher,
                            const struct vprod__own_match *match)
{
  struct vprod__span span = allow->is->target == VPROD__RULE_MATCH  ? match->match
                            : allow->is->target == VPROD__RULE_LINE ? line_of (match)
                                                                    : match->secret;

  return is_any_in (allow->regexes, matcher, match->text + span.from, span.to - span.from);
}

static int wants_all (const struct vprod__own_allow *allow)
{
  return allow->is->condition % 2;
}

static int matches_path (const struct vprod__own_allow *allow, struct vprod__matcher *matcher, const char *path)
{
  return path ? is_any_in (allow->paths, matcher, path, strlen (path)) : 0;
}

static int allows (const struct vprod__own_allow *allow, struct vprod__matcher *matcher, const struct vprod__own_match *match)
{
  const struct {
    int is_there;
    int matches;
  } parts[] = {
    { allow->is->commits != NULL, 0 },
    { allow->is->stopwords != NULL,
      has_stopword (allow->is->stopwords, match->text + match->secret.from, match->secret.to - match->secret.from) },
    { allow->paths != NULL, matches_path (allow, matcher, match->path) },
    { allow->regexes != NULL, matches_regexes (allow, matcher, match) },
  };
  int some = 0, all = 1;

  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (parts[i].matches < 0)
      return -1;
    some |= parts[i].matches;
    all &= !parts[i].is_there || parts[i].matches;
  }
  return wants_all (allow) ? all : some;
}

int vprod__own_allows_match (const struct vprod__own_allows *list, struct vprod__matcher *matcher,
                             const struct vprod__own_match *match)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < list->count; i++)
    r = allows (&list->list[i], matcher, match);
  return r;
}

int vprod__own_allows_path (const struct vprod__own_allows *list, struct vprod__matcher *matcher, const char *path)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < list->count; i++) {
    const struct vprod__own_allow *allow = &list->list[i];
    if (!wants_all (allow) || (!allow->regexes && !allow->is->stopwords && !allow->is->commits))
      r = matches_path (allow, matcher, path);
  }
  return r;
}
