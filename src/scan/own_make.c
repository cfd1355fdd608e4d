/* SPDX-License-Identifier: MIT */
/* Makes own rules fit to be searched for. What takes time, the patterns, is compiled when a keyword was seen. */
#include "scan/own_inside.h"
#include "util/strv.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>

/* ---- patterns ----------------------------------------------------------------------------------------------------------- */

/* vprod__rules_load has tried each: only memory can be missing. */
static struct vprod__pattern *compile (const char *text)
{
  struct vprod__pattern *pattern = NULL;
  char *why = NULL;

  if (vprod__pattern_new (text, &pattern, &why) == 0)
    vprod__pattern_speed_up (pattern);
  free (why);
  return pattern;
}

static int compile_list (char *const *texts, struct vprod__pattern ***ret)
{
  size_t n = vprod__strv_length (texts);

  if (n == 0)
    return 0;
  if (!(*ret = calloc (n + 1, sizeof **ret)))
    return -1;
  for (size_t i = 0; i < n; i++)
    if (!((*ret)[i] = compile (texts[i])))
      return -1;
  return 0;
}

static void free_list (struct vprod__pattern **list)
{
  for (size_t i = 0; list && list[i]; i++)
    vprod__pattern_free (list[i]);
  free (list);
}

/* ends: a database that says where matches end, which takes no more than a pass; as exact as libhs can. */
static void compile_ends (struct vprod__own_rule *rule)
{
  static const unsigned flags[] = { 0, HS_FLAG_PREFILTER };
  const char *text = rule->is->regex;
  hs_compile_error_t *error = NULL;
  hs_expr_info_t *info = NULL;

  rule->width = SIZE_MAX;
  if (vprod__pattern_is_wide (text)) /* libhs wants valid UTF-8 for such */
    return;
  for (size_t i = 0; i < 2 && !rule->ends; i++) {
    if (hs_compile (text, flags[i], HS_MODE_BLOCK, NULL, &rule->ends, &error) == HS_SUCCESS)
      rule->is_exact = flags[i] == 0;
    else
      rule->ends = NULL;
    hs_free_compile_error (error);
    error = NULL;
  }
  if (hs_expression_info (text, 0, &info, &error) == HS_SUCCESS && info->max_width != UINT32_MAX)
    rule->width = info->max_width;
  hs_free_compile_error (error);
  free (info);
#ifdef __GLIBC__
  malloc_trim (0); /* compiling takes many times the memory that the database has */
#endif
}

const struct vprod__own_rule *vprod__own_rule_at (struct vprod__own *own, size_t index)
{
  struct vprod__own_rule *rule = &own->list[index];

  pthread_mutex_lock (&own->lock);
  if (!rule->is_compiled && rule->is->regex && (rule->pattern = compile (rule->is->regex))) {
    compile_ends (rule);
    rule->is_compiled = 1;
  }
  int is_compiled = rule->is_compiled || !rule->is->regex;
  pthread_mutex_unlock (&own->lock);
  return is_compiled ? rule : NULL;
}

/* ---- what is no secret -------------------------------------------------------------------------------------------------- */

static int add_allow (struct vprod__own_allows *allows, const struct vprod__rule_allow *is)
{
  struct vprod__own_allow *longer = realloc (allows->list, (allows->count + 1) * sizeof *longer);

  if (!longer)
    return -1;
  allows->list = longer;
  struct vprod__own_allow *allow = &longer[allows->count++];
  *allow = (struct vprod__own_allow) { .is = is };
  return compile_list (is->paths, &allow->paths) < 0 || compile_list (is->regexes, &allow->regexes) < 0 ? -1 : 0;
}

static void clear_allows (struct vprod__own_allows *allows)
{
  for (size_t i = 0; i < allows->count; i++) {
    free_list (allows->list[i].paths);
    free_list (allows->list[i].regexes);
  }
  free (allows->list);
}

/* ---- rules -------------------------------------------------------------------------------------------------------------- */

static int add_rule (struct vprod__own *own, const struct vprod__rules_file *file, size_t number, const struct vprod__rule *is)
{
  struct vprod__own_rule *rule = &own->list[own->count++];
  int r = 0;

  *rule = (struct vprod__own_rule) { .is = is, .file = number };
  if (is->path && !(rule->path = compile (is->path)))
    return -1;
  for (size_t i = 0; r == 0 && i < is->n_allowlists; i++)
    r = add_allow (&rule->allows, &is->allowlists[i]);
  for (size_t i = 0; r == 0 && i < file->n_allowlists; i++)
    if (vprod__strv_has (file->allowlists[i].target_rules, is->id))
      r = add_allow (&rule->allows, &file->allowlists[i]);
  return r;
}

static int add_file (struct vprod__own *own, size_t number)
{
  const struct vprod__rules_file *file = &own->rules->files[number];
  int r = 0;

  for (size_t i = 0; r == 0 && i < file->n_rules; i++)
    r = add_rule (own, file, number, &file->rules[i]);
  for (size_t i = 0; r == 0 && i < file->n_allowlists; i++)
    if (!file->allowlists[i].target_rules)
      r = add_allow (&own->of_files[number], &file->allowlists[i]);
  return r;
}

static size_t count_keywords (const struct vprod__own *own)
{
  size_t n = 0;

  for (size_t i = 0; i < own->count; i++)
    n += vprod__strv_length (own->list[i].is->keywords);
  return n;
}

/* 0, or -1 out of memory: libhs takes every literal. */
static int compile_keywords (struct vprod__own *own)
{
  size_t n = count_keywords (own), k = 0;
  _cleanup_free_ const char **words = calloc (n + 1, sizeof *words);
  _cleanup_free_ unsigned *flags = calloc (n + 1, sizeof *flags), *ids = calloc (n + 1, sizeof *ids);
  _cleanup_free_ size_t *lengths = calloc (n + 1, sizeof *lengths);
  hs_compile_error_t *error = NULL;

  own->rule_of_keyword = calloc (n + 1, sizeof *own->rule_of_keyword);
  if (!words || !flags || !ids || !lengths || !own->rule_of_keyword)
    return -1;
  for (size_t i = 0; i < own->count; i++)
    for (char **word = own->list[i].is->keywords; word && *word; word++, k++) {
      words[k] = *word;
      flags[k] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
      ids[k] = (unsigned) k;
      lengths[k] = strlen (*word);
      own->rule_of_keyword[k] = i;
    }
  if (n > 0
      && hs_compile_lit_multi (words, flags, ids, lengths, (unsigned) n, HS_MODE_BLOCK, NULL, &own->keywords, &error) != HS_SUCCESS)
    own->keywords = NULL;
  hs_free_compile_error (error);
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return n > 0 && !own->keywords ? -1 : 0;
}

static int make (struct vprod__own *own)
{
  size_t n = 0;
  int r = 0;

  for (size_t i = 0; i < own->rules->n_files; i++)
    n += own->rules->files[i].n_rules;
  own->list = calloc (n + 1, sizeof *own->list);
  own->of_files = calloc (own->rules->n_files + 1, sizeof *own->of_files);
  if (!own->list || !own->of_files)
    return -1;
  for (size_t i = 0; r == 0 && i < own->rules->n_files; i++)
    r = add_file (own, i);
  return r == 0 ? compile_keywords (own) : r;
}

int vprod__own_new (struct vprod__rules *rules, struct vprod__own **ret, vprod_error **err)
{
  int r = vprod__scan_is_possible (err);

  if (r < 0)
    return r;
  struct vprod__own *own = calloc (1, sizeof *own);
  if (!own)
    return vprod__error_no_memory (err);
  pthread_mutex_init (&own->lock, NULL);
  own->rules = vprod__rules_ref (rules);
  if (make (own) < 0) {
    vprod__own_free (own);
    return vprod__error_no_memory (err);
  }
  *ret = own;
  return 0;
}

void vprod__own_free (struct vprod__own *own)
{
  if (!own)
    return;
  for (size_t i = 0; i < own->count; i++) {
    vprod__pattern_free (own->list[i].path);
    vprod__pattern_free (own->list[i].pattern);
    hs_free_database (own->list[i].ends);
    clear_allows (&own->list[i].allows);
  }
  for (size_t i = 0; own->of_files && i < own->rules->n_files; i++)
    clear_allows (&own->of_files[i]);
  hs_free_database (own->keywords);
  free (own->list);
  free (own->of_files);
  free (own->rule_of_keyword);
  free (own->gave_up);
  vprod__rules_unref (own->rules);
  pthread_mutex_destroy (&own->lock);
  free (own);
}

/* ---- what takes too long ------------------------------------------------------------------------------------------------ */

void vprod__own_give_up (struct vprod__own_search *search, size_t rule, const char *path)
{
  struct vprod__own *own = search->own;

  search->places[rule].is_given_up = 1;
  pthread_mutex_lock (&own->lock);
  if (!own->gave_up
      && asprintf (&own->gave_up, "%s, on %s%s", own->list[rule].is->id, path ? "/" : "a text of the image's configuration",
                   path ? path : "")
           < 0)
    own->gave_up = NULL;
  pthread_mutex_unlock (&own->lock);
}

int vprod__own_gave_up (struct vprod__own *own, char **ret)
{
  int r = 0;

  pthread_mutex_lock (&own->lock);
  if (own->gave_up)
    r = (*ret = strdup (own->gave_up)) ? 1 : -1;
  pthread_mutex_unlock (&own->lock);
  return r;
}
