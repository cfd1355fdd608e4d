/* SPDX-License-Identifier: MIT */
/* Makes and frees a search. The keywords of all rules, and the values, are compiled into one database of libhs. The database of
   the rules alone takes tens of milliseconds to compile and is kept for the life of the process, as are the patterns. */
#include "scan/own_inside.h"
#include "util/strv.h"

#include <pthread.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>

static int is_any_case (const struct vprod__scan_rule *rule)
{
  return rule->is_assignment || strncmp (rule->pattern, "(?i)", 4) == 0;
}

static int add_keyword (struct vprod__scan *scan, char ***literals, unsigned **flags, size_t rule, const char *text,
                        size_t length, int any_case)
{
  struct vprod__scan_keyword *keywords = realloc (scan->keywords, (scan->n_keywords + 1) * sizeof *keywords);
  if (keywords)
    scan->keywords = keywords;
  unsigned *longer = realloc (*flags, (scan->n_keywords + 1) * sizeof *longer);
  if (longer)
    *flags = longer;
  if (!keywords || !longer || vprod__strv_take (literals, strndup (text, length)) < 0)
    return -1;
  keywords[scan->n_keywords] = (struct vprod__scan_keyword) { rule, length, any_case ? NULL : text };
  longer[scan->n_keywords++] = HS_FLAG_CASELESS; /* a database of one kind is compiled in two thirds of the time */
  return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static hs_database_t *rules_alone; /* never freed; read-only once it is made */
static struct pattern {
  hs_database_t *database;
  size_t width;
} *patterns; /* one a rule; never freed either */

/* 0, or -1 where there is no memory. */
static int compile (struct vprod__scan *scan, const char *const *literals, const unsigned *flags, const unsigned *ids,
                    const size_t *lengths)
{
  hs_compile_error_t *error = NULL;
  int is_shared = scan->values.count == 0;

  if (is_shared)
    pthread_mutex_lock (&lock);
  hs_database_t *made = is_shared ? rules_alone : NULL;
  if (!made
      && hs_compile_lit_multi (literals, flags, ids, lengths, (unsigned) scan->n_keywords, HS_MODE_BLOCK, NULL, &made, &error)
           != HS_SUCCESS) {
    hs_free_compile_error (error);
    made = NULL;
  }
  if (is_shared) {
    rules_alone = made;
    pthread_mutex_unlock (&lock);
  }
  scan->literals = made;
  scan->literals_are_shared = is_shared;
  return made && hs_alloc_scratch (made, &scan->scratch) == HS_SUCCESS ? 0 : -1;
}

/* The most bytes that a match of the pattern has. */
static size_t width_of (const char *pattern)
{
  hs_expr_info_t *info = NULL;
  hs_compile_error_t *error = NULL;
  size_t width = VPROD__SCAN_BEHIND;

  if (hs_expression_info (pattern, HS_FLAG_SOM_LEFTMOST, &info, &error) == HS_SUCCESS
      && info->max_width < VPROD__SCAN_BEHIND)
    width = info->max_width;
  hs_free_compile_error (error);
  free (info);
  return width;
}

hs_database_t *vprod__scan_pattern (size_t rule, size_t *ret_width)
{
  const char *text = vprod__scan_rules[rule].pattern;
  hs_database_t *made = NULL;
  hs_compile_error_t *error = NULL;
  size_t n = 0;

  while (vprod__scan_rules[n].id)
    n++;
  pthread_mutex_lock (&lock);
  if (!patterns)
    patterns = calloc (n, sizeof *patterns);
  if (patterns && !patterns[rule].database) {
    if (hs_compile (text, HS_FLAG_SOM_LEFTMOST, HS_MODE_BLOCK, NULL, &patterns[rule].database, &error) == HS_SUCCESS)
      patterns[rule].width = width_of (text);
    hs_free_compile_error (error);
  }
  if (patterns) {
    made = patterns[rule].database;
    *ret_width = patterns[rule].width;
  }
  pthread_mutex_unlock (&lock);
  return made;
}

static int compile_literals (struct vprod__scan *scan, vprod_error **err)
{
  _cleanup_strv_ char **literals = NULL;
  _cleanup_free_ unsigned *flags = NULL, *ids = NULL;
  _cleanup_free_ size_t *lengths = NULL;

  for (size_t i = 0; i < scan->n_rules; i++)
    for (const char *word = vprod__scan_rules[i].keywords; *word;) {
      size_t length = strcspn (word, "|");
      if (add_keyword (scan, &literals, &flags, i, word, length, is_any_case (&vprod__scan_rules[i])) < 0)
        return vprod__error_no_memory (err);
      word += length + (word[length] == '|');
    }
  for (size_t i = 0; i < scan->values.count; i++) {
    const char *text = scan->values.list[i].text;
    if (add_keyword (scan, &literals, &flags, scan->n_rules + i, text, strlen (text), 0) < 0)
      return vprod__error_no_memory (err);
  }
  ids = calloc (scan->n_keywords, sizeof *ids);
  lengths = calloc (scan->n_keywords, sizeof *lengths);
  if (!ids || !lengths)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < scan->n_keywords; i++) {
    ids[i] = (unsigned) i;
    lengths[i] = scan->keywords[i].length;
  }
  if (compile (scan, (const char *const *) literals, flags, ids, lengths) < 0)
    return vprod__error_no_memory (err); /* the tests compile all keywords: only memory can be missing */
  return 0;
}

int vprod__scan_is_possible (vprod_error **err)
{
  if (hs_valid_platform () == HS_SUCCESS)
    return 0;
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "files cannot be searched for secrets: libhs needs a processor "
                                                            "with more instructions than this one has");
}

int vprod__scan_new (const char *const *values, vprod__secret_fn on_secret, void *data, struct vprod__scan **ret,
                     vprod_error **err)
{
  int r = vprod__scan_is_possible (err);

  if (r < 0)
    return r;
  struct vprod__scan *scan = calloc (1, sizeof *scan);
  if (!scan)
    return vprod__error_no_memory (err);
  scan->on_secret = on_secret;
  scan->data = data;
  while (vprod__scan_rules[scan->n_rules].id)
    scan->n_rules++;
  scan->patterns = calloc (scan->n_rules, sizeof *scan->patterns);
  scan->widths = calloc (scan->n_rules, sizeof *scan->widths);
  scan->block = malloc (VPROD__SCAN_BLOCK);
  if (!scan->patterns || !scan->widths || !scan->block || vprod__scan_values_make (values, &scan->values) < 0)
    r = vprod__error_no_memory (err);
  else
    r = compile_literals (scan, err);
#ifdef __GLIBC__
  malloc_trim (0); /* compiling takes ten times the memory that the database has */
#endif
  size_t n = scan->n_rules + scan->values.count;
  scan->found = calloc (n, sizeof *scan->found);
  scan->last_value = calloc (n, sizeof *scan->last_value);
  scan->wanted = calloc (scan->n_rules, 1);
  if (r == 0 && (!scan->found || !scan->last_value || !scan->wanted))
    r = vprod__error_no_memory (err);
  if (r < 0) {
    vprod__scan_free (scan);
    return r;
  }
  *ret = scan;
  return 0;
}

void vprod__scan_free (struct vprod__scan *scan)
{
  if (!scan)
    return;
  free (scan->patterns);
  free (scan->widths);
  if (!scan->literals_are_shared)
    hs_free_database (scan->literals);
  hs_free_scratch (scan->scratch);
  vprod__scan_values_clear (&scan->values);
  vprod__own_search_free (scan->own);
  free (scan->keywords);
  free (scan->path);
  free (scan->block);
  free (scan->found);
  free (scan->last_value);
  free (scan->wanted);
  free (scan);
}
