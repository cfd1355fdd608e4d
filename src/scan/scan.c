/* SPDX-License-Identifier: MIT */
/*
 * A file is searched in blocks. `block` holds the end of the block before, so that a candidate across two blocks is whole in
 * one of them, and the new bytes. A keyword is judged once enough bytes after it are there, or at the end of the file.
 */
#include "scan/own_inside.h"
#include "util/buf.h"
#include "util/hash.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define BEFORE 160  /* bytes that a candidate has at most before its keyword */
#define MOST_MATCHES 64 /* of one rule in one file */

static uint64_t count_lines (const char *bytes, size_t length)
{
  uint64_t lines = 0;

  for (const char *p = bytes, *end = bytes + length; (p = memchr (p, '\n', (size_t) (end - p))); p++)
    lines++;
  return lines;
}

/* Folded to 32 bits: enough to identify a value in its file, too little to guess the value from it. */
static uint32_t short_hash (const char *bytes, size_t length)
{
  uint64_t h = vprod__hash (VPROD__HASH_BEGIN, bytes, length);

  return (uint32_t) (h ^ h >> 32);
}

void vprod__scan_tell (struct vprod__scan *scan, const struct vprod__scan_told *told)
{
  _cleanup_free_ char *copy = strndup (told->value, told->length);
  _cleanup_free_ char *name = told->variable_length > 0 ? strndup (scan->block + told->variable, told->variable_length) : NULL;
  _cleanup_buf_ struct vprod__buf fingerprint = { 0 };
  struct vprod__secret secret = {
    .rule = told->rule, .description = told->description, .variable = name, .value = copy, .is_own = told->is_own,
  };

  if (!copy || (told->variable_length > 0 && !name)
      || vprod__text_addf (&fingerprint, "%s:%s:%08x", told->rule, scan->path, short_hash (told->value, told->length)) < 0) {
    scan->no_memory = 1;
    return;
  }
  if (!scan->name.text) {
    secret.path = scan->path;
    secret.line = scan->lines + count_lines (scan->block, told->at) + 1;
    secret.fingerprint = vprod__buf_string (&fingerprint);
  }
  scan->has_told = 1;
  if (scan->on_secret (scan->data, &secret) != 0)
    scan->stopped = 1;
}

/* The same of a rule or value with this number. variable: offset in the block, unless its length is 0. */
static void tell (struct vprod__scan *scan, size_t index, const char *rule, const char *description, size_t at,
                  const char *value, size_t length, size_t variable, size_t variable_length)
{
  scan->found[index]++;
  vprod__scan_tell (scan, &(struct vprod__scan_told) {
    .rule = rule, .description = description, .at = at, .value = value, .length = length, .variable = variable,
    .variable_length = variable_length,
  });
}

/* The candidate of one rule whose keyword is at hand. */
struct candidate {
  size_t keyword; /* offset of its start in the window */
  int there;
  size_t from, to;
};

static int on_candidate (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
  struct candidate *candidate = data;

  (void) id;
  (void) flags;
  if (from > candidate->keyword)
    return 1;
  if (to <= candidate->keyword)
    return 0;
  candidate->there = 1;
  candidate->from = (size_t) from;
  candidate->to = (size_t) to;
  return 1; /* the first match is the shortest */
}

static hs_database_t *pattern_of (struct vprod__scan *scan, size_t index)
{
  if (scan->patterns[index])
    return scan->patterns[index];
  hs_database_t *pattern = vprod__scan_pattern (index, &scan->widths[index]);
  if (!pattern || hs_alloc_scratch (pattern, &scan->scratch) != HS_SUCCESS) {
    scan->no_memory = 1; /* the tests compile all patterns: only memory can be missing */
    return NULL;
  }
  scan->patterns[index] = pattern;
  return pattern;
}

/* Keyword hits of one block, gathered first: libhs must not be called from its own callback with the same scratch. */
struct hits {
  struct vprod__scan *scan;
  size_t limit; /* keywords that end behind it wait for the next block */
  struct hit {
    unsigned keyword;
    size_t end;
  } list[1024];
  size_t count;
};

/* The earliest begin of the candidate around a keyword. */
static size_t candidate_begin (const struct vprod__scan *scan, size_t rule, size_t start)
{
  const char *keywords = vprod__scan_rules[rule].keywords;
  size_t before = scan->widths[rule] < BEFORE ? scan->widths[rule] : BEFORE;

  if (strncmp (vprod__scan_rules[rule].pattern, keywords, strlen (keywords)) == 0) /* the only one */
    return start;
  return start > before ? start - before : 0;
}

/* The latest end of the candidate around a keyword. */
static size_t candidate_end (const struct vprod__scan *scan, size_t rule, size_t end)
{
  size_t high = scan->length - end > scan->widths[rule] ? end + scan->widths[rule] : scan->length, i = end;
  const char *stop = vprod__scan_rules[rule].stop;

  if (!stop)
    return high;
  while (i < high && !strchr (stop, scan->block[i]))
    i++;
  return i;
}

/* Tries a rule's pattern around its keyword. */
static int find_candidate (struct vprod__scan *scan, size_t rule, size_t start, size_t end, size_t *ret_from, size_t *ret_to)
{
  hs_database_t *pattern = pattern_of (scan, rule);

  if (!pattern)
    return 0;
  size_t low = candidate_begin (scan, rule, start), high = candidate_end (scan, rule, end);
  struct candidate candidate = { .keyword = start - low };
  hs_scan (pattern, scan->block + low, (unsigned) (high - low), 0, scan->scratch, on_candidate, &candidate);
  *ret_from = low + candidate.from;
  *ret_to = low + candidate.to;
  return candidate.there;
}

/* Lists of common passwords in packages contain short values by chance. */
static int is_value (const struct vprod__scan *scan, const struct vprod__scan_value *value, size_t start)
{
  if (!value->coded && scan->name.third_party && strlen (value->plain) < VPROD__SCAN_LONG_VALUE)
    return 0;
  return vprod__scan_value_stands (value, scan->block, scan->length, start);
}

/* A key in PEM form is reported at its first line, -----BEGIN. */
static int is_below_its_header (const struct vprod__scan_rule *rule)
{
  return rule->value && strchr (rule->value, '\n');
}

static void look_at (struct vprod__scan *scan, const struct hit *hit)
{
  const struct vprod__scan_keyword *keyword = &scan->keywords[hit->keyword];
  size_t start = hit->end - keyword->length;

  if (keyword->rule >= scan->n_rules) {
    if (scan->name.text)
      return;
    const struct vprod__scan_value *literal = &scan->values.list[keyword->rule - scan->n_rules];
    if (is_value (scan, literal, start))
      tell (scan, keyword->rule, VPROD__SECRET_RUN_ENV, "a secret of the spec", start, literal->plain,
            strlen (literal->plain), 0, 0);
    return;
  }
  const struct vprod__scan_rule *rule = &vprod__scan_rules[keyword->rule];
  struct vprod__scan_assignment assignment = { 0 };
  size_t value, length, from = 0, to;
  if (rule->is_assignment) {
    if (!vprod__scan_judge_assignment (rule, &scan->name, scan->block, scan->length, start, &assignment))
      return;
    value = assignment.value;
    length = assignment.value_length;
  } else if (!find_candidate (scan, keyword->rule, start, hit->end, &from, &to)
             || !vprod__scan_judge (rule, &scan->name, scan->block, scan->length, from, to, &value, &length))
    return;
  if (value < scan->last_value[keyword->rule])
    return;
  scan->last_value[keyword->rule] = value + length;
  tell (scan, keyword->rule, rule->id, rule->description, is_below_its_header (rule) ? from : value,
        scan->block + value, length, assignment.name, assignment.name_length);
}

static int is_wanted (struct vprod__scan *scan, size_t rule)
{
  if (rule >= scan->n_rules)
    return 1;
  if (!scan->wanted[rule])
    scan->wanted[rule] = vprod__scan_rule_wants (&vprod__scan_rules[rule], &scan->name) ? 2 : 1;
  return scan->wanted[rule] == 2;
}

static int on_keyword (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
  struct hits *hits = data;
  struct vprod__scan *scan = hits->scan;
  const struct vprod__scan_keyword *keyword = &scan->keywords[id];
  size_t rule = keyword->rule;

  (void) from;
  (void) flags;
  if (to <= scan->done)
    return 0;
  if (to > hits->limit)
    return 1;
  if (!is_wanted (scan, rule) || scan->found[rule] >= MOST_MATCHES)
    return 0;
  if (keyword->exact && memcmp (scan->block + to - keyword->length, keyword->exact, keyword->length) != 0)
    return 0;
  hits->list[hits->count++] = (struct hit) { id, (size_t) to };
  return hits->count == sizeof hits->list / sizeof hits->list[0];
}

static void look (struct vprod__scan *scan)
{
  int whole = scan->final || scan->length < VPROD__SCAN_BEHIND;
  struct hits hits = { .scan = scan, .limit = whole ? scan->length : scan->length - VPROD__SCAN_BEHIND };
  size_t from = scan->done;

  if (!scan->final && scan->length <= VPROD__SCAN_BEHIND)
    return;
  if (!scan->name.binary && memchr (scan->block, '\0', scan->length)) {
    scan->name.binary = 1;
    memset (scan->wanted, 0, scan->n_rules);
  }
  do { /* again if the list was full */
    hits.count = 0;
    hs_scan (scan->literals, scan->block, (unsigned) scan->length, 0, scan->scratch, on_keyword, &hits);
    for (size_t i = 0; i < hits.count && !scan->stopped; i++)
      look_at (scan, &hits.list[i]);
    if (hits.count > 0)
      scan->done = hits.list[hits.count - 1].end;
  } while (hits.count == sizeof hits.list / sizeof hits.list[0] && !scan->stopped);
  if (scan->own && !scan->stopped)
    vprod__own_look (scan, from, hits.limit);
  scan->done = hits.limit;
}

/* Keeps the end of the block and makes room. */
static void shift (struct vprod__scan *scan)
{
  size_t most = VPROD__SCAN_BEHIND + BEFORE, keep = scan->length < most ? scan->length : most, drop = scan->length - keep;

  scan->lines += count_lines (scan->block, drop);
  memmove (scan->block, scan->block + drop, keep);
  scan->length = keep;
  scan->has_dropped |= drop > 0;
  scan->done = scan->done > drop ? scan->done - drop : 0;
  for (size_t i = 0; i < scan->n_rules; i++)
    scan->last_value[i] = scan->last_value[i] > drop ? scan->last_value[i] - drop : 0;
  if (scan->own)
    vprod__own_shift (scan->own, drop);
}

int vprod__scan_begin (struct vprod__scan *scan, const char *path, vprod_error **err)
{
  size_t n = scan->n_rules + scan->values.count;

  free (scan->path);
  scan->path = strdup (path);
  if (!scan->path)
    return vprod__error_no_memory (err);
  vprod__scan_judge_name (scan->path, &scan->name);
  scan->length = scan->done = 0;
  scan->lines = 0;
  scan->has_dropped = 0;
  scan->final = scan->stopped = scan->has_told = 0;
  scan->wide = (struct vprod__scan_wide) { 0 };
  memset (scan->found, 0, n * sizeof *scan->found);
  memset (scan->last_value, 0, n * sizeof *scan->last_value);
  memset (scan->wanted, 0, scan->n_rules);
  if (scan->own)
    vprod__own_begin (scan->own);
  return 0;
}

int vprod__scan_bytes (struct vprod__scan *scan, const void *bytes, size_t length, vprod_error **err)
{
  const char *p = bytes;

  vprod__scan_wide_see (&scan->wide, bytes, length);
  while (length > 0 && !scan->stopped) {
    size_t room = VPROD__SCAN_BLOCK - scan->length, piece = length < room ? length : room;
    if (scan->wide.is_wide)
      scan->length += vprod__scan_narrow (scan->block + scan->length, p, piece);
    else {
      memcpy (scan->block + scan->length, p, piece);
      scan->length += piece;
    }
    p += piece;
    length -= piece;
    if (scan->length == VPROD__SCAN_BLOCK) {
      look (scan);
      shift (scan);
    }
  }
  return scan->no_memory ? vprod__error_no_memory (err) : 0;
}

int vprod__scan_end (struct vprod__scan *scan, vprod_error **err)
{
  int is_whole = scan->done == 0; /* no block of it was looked at before */
  size_t value, length;

  scan->final = 1;
  if (!scan->stopped)
    look (scan);
  if (scan->own)
    vprod__own_look_at_path (scan);
  if (is_whole && !scan->has_told
      && vprod__scan_judge_whole (scan->path, &scan->name, scan->block, scan->length, &value, &length))
    tell (scan, 0, VPROD__SCAN_WHOLE, "a file that is a secret and nothing else", value, scan->block + value, length, 0, 0);
  return scan->no_memory ? vprod__error_no_memory (err) : 0;
}

int vprod__secrets_in_text (struct vprod__scan *scan, const char *text, vprod__secret_fn on_secret, void *data)
{
  if (!scan || !*text)
    return 0;
  vprod__secret_fn to = scan->on_secret;
  void *to_data = scan->data;
  int r = vprod__scan_begin (scan, "", NULL);

  if (r < 0)
    return -1;
  scan->name.text = text;
  scan->on_secret = on_secret;
  scan->data = data;
  r = vprod__scan_bytes (scan, text, strlen (text), NULL);
  if (r == 0)
    r = vprod__scan_end (scan, NULL);
  scan->on_secret = to;
  scan->data = to_data;
  return r < 0 || scan->stopped ? -1 : 0;
}
