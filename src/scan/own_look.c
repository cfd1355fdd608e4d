/* SPDX-License-Identifier: MIT */
#include "scan/own_inside.h"

#include <string.h>
#include <time.h>

#define MOST_MATCHES 64 /* of one rule in one file */
#define MOST_VALUE 8192 /* bytes of a secret that are told */
#define MOST_GROUPS 100
#define AT_ONCE 4096           /* places of a begin that are tried in one go, which cannot be interrupted … */
#define LONGEST (64 * 1024)    /* … bytes of a match */
/* CPU time that a rule may take: no rule comes near that whose time goes with the length of the text alone */
#define MOST_NS INT64_C (2000000000)
#define NS_A_BYTE 500

void vprod__own_begin (struct vprod__own_search *search)
{
  for (size_t i = 0; i < search->own->count; i++) {
    struct vprod__own_place *place = &search->places[i];
    place->is_seen = !search->own->list[i].is->keywords;
    place->wants = 0;
    place->found = 0;
    place->next = 0;
  }
  memset (search->files, 0, search->own->rules->n_files * sizeof *search->files);
}

void vprod__own_shift (struct vprod__own_search *search, size_t drop)
{
  for (size_t i = 0; i < search->own->count; i++)
    search->places[i].next = search->places[i].next > drop ? search->places[i].next - drop : 0;
}

/* ---- which rules are looked for ----------------------------------------------------------------------------------------- */

/* NULL: it is no file. */
static const char *path_of (const struct vprod__scan *scan)
{
  return scan->name.text ? NULL : scan->path;
}

/* Is the whole path allowed, for all rules of this file of rules? 1, 0 or -1. */
static int allows_path (struct vprod__own_search *search, size_t file, const char *path)
{
  if (search->files[file] == 0) {
    int r = vprod__own_allows_path (&search->own->of_files[file], search->matcher, path);
    if (r < 0)
      return -1;
    search->files[file] = r ? 1 : -1;
  }
  return search->files[file] > 0;
}

/* By its path. 1, 0 or -1. */
static int is_wanted (struct vprod__own_search *search, const struct vprod__own_rule *rule, const char *path)
{
  if (!path)
    return !rule->path;
  int r = rule->path ? vprod__pattern_is_in (rule->path, search->matcher, path, strlen (path)) : 1;
  int allowed = r > 0 ? allows_path (search, rule->file, path) : 0;
  if (r > 0 && allowed == 0)
    allowed = vprod__own_allows_path (&rule->allows, search->matcher, path);
  return r < 0 || allowed < 0 ? -1 : r && !allowed;
}

static int wants (struct vprod__scan *scan, size_t index)
{
  struct vprod__own_search *search = scan->own;
  struct vprod__own_place *place = &search->places[index];

  if (place->is_given_up || place->found >= MOST_MATCHES)
    return 0;
  if (place->wants == 0) {
    int r = is_wanted (search, &search->own->list[index], path_of (scan));
    if (r < 0)
      vprod__own_give_up (search, index, path_of (scan));
    place->wants = r > 0 ? 1 : -1;
  }
  return place->wants > 0;
}

/* ---- a match ------------------------------------------------------------------------------------------------------------ */

/* What the groups keep of it: the one that the rule names, else the first that keeps anything. */
static struct vprod__span secret_of (const struct vprod__own_rule *rule, const char *text, const struct vprod__span *spans, size_t n)
{
  struct vprod__span secret = spans[0];
  size_t group = (size_t) rule->is->secret_group;

  for (size_t i = group ? group : 1; i < n && i <= (group ? group : n); i++)
    if (spans[i].to > spans[i].from)
      return spans[i];
  while (secret.to > secret.from && text[secret.from] == '\n')
    secret.from++;
  while (secret.to > secret.from && text[secret.to - 1] == '\n')
    secret.to--;
  return secret;
}

static void judge (struct vprod__scan *scan, size_t index, const struct vprod__own_rule *rule, const struct vprod__span *spans,
                   size_t n)
{
  struct vprod__own_search *search = scan->own;
  struct vprod__own_match match = {
    .path = path_of (scan), .text = scan->block, .length = scan->length, .match = spans[0],
    .secret = secret_of (rule, scan->block, spans, n),
  };
  const char *value = scan->block + match.secret.from;
  size_t length = match.secret.to - match.secret.from;

  if (length == 0 || *value == '\0' || (rule->is->entropy > 0 && vprod__scan_entropy (value, length) <= rule->is->entropy))
    return;
  int allowed = vprod__own_allows_match (&search->own->of_files[rule->file], search->matcher, &match);
  if (allowed == 0)
    allowed = vprod__own_allows_match (&rule->allows, search->matcher, &match);
  if (allowed < 0)
    vprod__own_give_up (search, index, match.path);
  if (allowed != 0)
    return;
  search->places[index].found++;
  vprod__scan_tell (scan, &(struct vprod__scan_told) {
    .rule = rule->is->id, .description = rule->is->description, .at = match.secret.from, .value = value,
    .length = length < MOST_VALUE ? length : MOST_VALUE, .is_own = 1,
  });
}

/* ---- matches ------------------------------------------------------------------------------------------------------------ */

struct looking {
  struct vprod__scan *scan;
  size_t index;
  const struct vprod__own_rule *rule;
  size_t limit; /* matches that begin there, or later, belong to the next block */
};

static int64_t cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* 1, 0 or -1. */
static int find (const struct looking *looking, size_t from, size_t last, struct vprod__span *spans, size_t n)
{
  struct vprod__scan *scan = looking->scan;
  struct vprod__own_place *place = &scan->own->places[looking->index];
  size_t length = scan->length - last > LONGEST ? last + LONGEST : scan->length;
  struct vprod__subject subject = {
    .text = scan->block, .length = length, .begins_before = scan->has_dropped, .goes_on = !scan->final || length < scan->length,
  };
  int64_t before = cpu_ns ();
  int r = vprod__pattern_find (looking->rule->pattern, scan->own->matcher, &subject, from, last, spans, n);

  place->cpu_ns += cpu_ns () - before;
  return place->cpu_ns > MOST_NS + (int64_t) scan->own->bytes * NS_A_BYTE ? -1 : r;
}

/* Looks for the first match that begins in [from, last]. 1: there is one, and it was judged; 0: none, or the end. */
static int look_for_one (const struct looking *looking, size_t from, size_t last)
{
  struct vprod__scan *scan = looking->scan;
  struct vprod__span spans[MOST_GROUPS + 1];
  size_t n = vprod__pattern_groups (looking->rule->pattern) + 1;
  int r = 0;

  n = n < MOST_GROUPS + 1 ? n : MOST_GROUPS + 1;
  if (looking->limit == 0)
    return 0;
  if (last >= looking->limit)
    last = looking->limit - 1;
  for (; r == 0 && from <= last; from += AT_ONCE)
    r = find (looking, from, last - from < AT_ONCE ? last : from + AT_ONCE - 1, spans, n);
  if (r < 0)
    vprod__own_give_up (scan->own, looking->index, path_of (scan));
  if (r <= 0)
    return 0;
  scan->own->places[looking->index].next = spans[0].to > spans[0].from ? spans[0].to : spans[0].from + 1;
  judge (scan, looking->index, looking->rule, spans, n);
  return 1;
}

static int is_over (const struct looking *looking)
{
  const struct vprod__own_place *place = &looking->scan->own->places[looking->index];

  return place->is_given_up || place->found >= MOST_MATCHES || looking->scan->stopped || looking->scan->no_memory;
}

/* A match ends at `end`: where does it begin? It is looked for nearby first, as a pattern without bound seldom has long matches;
   no place is tried twice. */
static void look_before (const struct looking *looking, size_t end)
{
  static const size_t reaches[] = { 256, 4096, 16384 };
  struct vprod__own_place *place = &looking->scan->own->places[looking->index];
  size_t width = looking->rule->width;

  while (place->next < end && !is_over (looking)) {
    size_t tried = end; /* from there on */
    int there = 0;
    for (size_t i = 0; !there && !is_over (looking) && i < sizeof reaches / sizeof reaches[0]; i++) {
      size_t reach = reaches[i] < width ? reaches[i] : width;
      size_t from = end > reach && end - reach > place->next ? end - reach : place->next;
      if (from < tried)
        there = look_for_one (looking, from, tried - 1);
      tried = from;
    }
    if (there)
      continue;
    if (place->next < end && place->next < looking->limit)
      place->next = end < looking->limit ? end : looking->limit; /* what begins behind it is the next block's */
    break;
  }
}

static int on_end (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
  const struct looking *looking = data;

  (void) id;
  (void) from;
  (void) flags;
  look_before (looking, (size_t) to);
  return is_over (looking) || looking->scan->own->places[looking->index].next >= looking->limit;
}

static int on_any (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
  (void) id;
  (void) from;
  (void) to;
  (void) flags;
  *(int *) data = 1;
  return 1;
}

static void look_everywhere (const struct looking *looking)
{
  struct vprod__own_place *place = &looking->scan->own->places[looking->index];

  while (!is_over (looking) && look_for_one (looking, place->next, looking->limit))
    ;
}

static void look_for (struct vprod__scan *scan, size_t index, size_t from, size_t limit)
{
  struct vprod__own_search *search = scan->own;
  struct vprod__own_place *place = &search->places[index];
  struct looking looking = { .scan = scan, .index = index, .rule = vprod__own_rule_at (search->own, index), .limit = limit };
  int is_there = 0;

  if (!looking.rule
      || (looking.rule->ends && !place->is_ready && hs_alloc_scratch (looking.rule->ends, &search->scratch) != HS_SUCCESS)) {
    scan->no_memory = 1;
    return;
  }
  place->is_ready = 1;
  if (place->next < from)
    place->next = from;
  if (!looking.rule->ends)
    look_everywhere (&looking);
  else if (looking.rule->is_exact)
    hs_scan (looking.rule->ends, scan->block, (unsigned) scan->length, 0, search->scratch, on_end, &looking);
  else {
    hs_scan (looking.rule->ends, scan->block, (unsigned) scan->length, 0, search->scratch, on_any, &is_there);
    if (is_there)
      look_everywhere (&looking);
  }
}

static int on_keyword (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *data)
{
  struct vprod__own_search *search = data;

  (void) from;
  (void) to;
  (void) flags;
  search->places[search->own->rule_of_keyword[id]].is_seen = 1;
  return 0;
}

void vprod__own_look (struct vprod__scan *scan, size_t from, size_t limit)
{
  struct vprod__own_search *search = scan->own;

  search->bytes += limit - from;
  if (search->own->keywords)
    hs_scan (search->own->keywords, scan->block, (unsigned) scan->length, 0, search->scratch, on_keyword, search);
  for (size_t i = 0; i < search->own->count && !scan->stopped && !scan->no_memory; i++)
    if (search->places[i].is_seen && search->own->list[i].is->regex && wants (scan, i))
      look_for (scan, i, from, limit);
}

void vprod__own_look_at_path (struct vprod__scan *scan)
{
  struct vprod__own_search *search = scan->own;

  for (size_t i = 0; path_of (scan) && i < search->own->count && !scan->stopped && !scan->no_memory; i++) {
    const struct vprod__rule *rule = search->own->list[i].is;
    if (!rule->regex && wants (scan, i))
      vprod__scan_tell (scan, &(struct vprod__scan_told) { .rule = rule->id, .description = rule->description, .value = "", .is_own = 1 });
  }
}

/* ---- a search ----------------------------------------------------------------------------------------------------------- */

int vprod__scan_use (struct vprod__scan *scan, struct vprod__own *own, vprod_error **err)
{
  if (!own)
    return 0;
  struct vprod__own_search *search = calloc (1, sizeof *search);
  if (!search)
    return vprod__error_no_memory (err);
  search->own = own;
  search->matcher = vprod__matcher_new ();
  search->places = calloc (own->count + 1, sizeof *search->places);
  search->files = calloc (own->rules->n_files + 1, sizeof *search->files);
  if (!search->matcher || !search->places || !search->files
      || (own->keywords && hs_alloc_scratch (own->keywords, &search->scratch) != HS_SUCCESS)) {
    vprod__own_search_free (search);
    return vprod__error_no_memory (err);
  }
  vprod__own_search_free (scan->own);
  scan->own = search;
  return 0;
}

void vprod__own_search_free (struct vprod__own_search *search)
{
  if (!search)
    return;
  vprod__matcher_free (search->matcher);
  hs_free_scratch (search->scratch);
  free (search->places);
  free (search->files);
  free (search);
}
