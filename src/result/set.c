/* SPDX-License-Identifier: MIT */
/* Of each report of a set enough is kept to say of all of them together what a format begins or ends with. */
#include "result/report.h"
#include "result/result.h"
#include "util/grow.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>
#include <verify-prod/report_set.h>

#define ABSENT_ID "verify-prod" /* in place of a check's */

struct member {
  char *name;
  char *path;            /* NULL: it is expected, and absent */
  vprod_verdict verdict;
  size_t counts[4];      /* of its results, by verdict; errors: also 1 where none of its checks is one, or it is absent */
  char **bad;            /* ids of the checks that failed or could not be told */
  int64_t duration_ms;
};

struct vprod_report_set {
  struct member *members; /* by name */
  size_t count;
};

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);

static void member_clear (struct member *member)
{
  free (member->name);
  free (member->path);
  vprod__strv_free (member->bad);
}

int vprod_report_set_new (vprod_report_set **ret_set, vprod_error **err)
{
  if (!ret_set)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_new: ret_set may not be NULL");
  *ret_set = calloc (1, sizeof **ret_set);
  return *ret_set ? 0 : vprod__error_no_memory (err);
}

void vprod_report_set_free (vprod_report_set *set)
{
  if (!set)
    return;
  for (size_t i = 0; i < set->count; i++)
    member_clear (&set->members[i]);
  free (set->members);
  free (set);
}

/* ---- members ------------------------------------------------------------------------------------------------- */

/* Where the name is, or belongs. *ret_there: it is there. */
static size_t place_of (const vprod_report_set *set, const char *name, int *ret_there)
{
  size_t low = 0, high = set->count;

  *ret_there = 0;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp (name, set->members[middle].name);
    if (order == 0)
      *ret_there = 1;
    if (order <= 0)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* The member of that name, made where there is none; NULL out of memory. */
static struct member *member_of (vprod_report_set *set, const char *name)
{
  int there;
  size_t at = place_of (set, name, &there);

  if (there)
    return &set->members[at];
  char *copy = strdup (name);
  if (!copy || vprod__grow (&set->members, set->count) < 0) {
    free (copy);
    return NULL;
  }
  memmove (&set->members[at + 1], &set->members[at], (set->count - at) * sizeof *set->members);
  set->members[at] = (struct member) { .name = copy, .verdict = VPROD_VERDICT_ERROR, .counts[VPROD_VERDICT_ERROR] = 1 };
  set->count++;
  return &set->members[at];
}

static int describe (struct member *member, const vprod_report *report, vprod_error **err)
{
  member->counts[VPROD_VERDICT_ERROR] = 0;
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    vprod_verdict verdict = vprod_result_get_verdict (result);
    member->counts[verdict]++;
    if ((verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR)
        && vprod__strv_add (&member->bad, vprod_result_get_check (result)) < 0)
      return vprod__error_no_memory (err);
  }
  member->verdict = vprod_report_get_verdict (report);
  if (member->verdict == VPROD_VERDICT_ERROR && member->counts[VPROD_VERDICT_ERROR] == 0)
    member->counts[VPROD_VERDICT_ERROR] = 1;
  member->duration_ms = vprod_report_get_duration_ms (report);
  return 0;
}

int vprod_report_set_add (vprod_report_set *set, const char *path, vprod_error **err)
{
  _cleanup_ (vprod_report_freep) vprod_report *report = NULL;
  int there;

  if (!set)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_add: set may not be NULL");
  int r = vprod_report_load (path, &report, err);
  if (r < 0)
    return r;
  size_t at = place_of (set, report->name, &there);
  if (there && set->members[at].path)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s and %s are both of %s: of one name there may be one report",
                             set->members[at].path, path, report->name);
  _cleanup_free_ char *copy = strdup (path);
  struct member *member = copy ? member_of (set, report->name) : NULL;
  if (!member)
    return vprod__error_no_memory (err);
  member->path = vprod__steal (&copy);
  return describe (member, report, err);
}

int vprod_report_set_expect (vprod_report_set *set, const char *name, vprod_error **err)
{
  if (!set || !name)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_expect: %s may not be NULL", set ? "name" : "set");
  return member_of (set, name) ? 0 : vprod__error_no_memory (err);
}

/* ---- all together -------------------------------------------------------------------------------------------- */

/* How many members have this verdict. */
static size_t count_verdict (const vprod_report_set *set, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < set->count; i++)
    count += set->members[i].verdict == verdict;
  return count;
}

vprod_verdict vprod_report_set_get_verdict (const vprod_report_set *set)
{
  if (set && count_verdict (set, VPROD_VERDICT_FAIL) > 0)
    return VPROD_VERDICT_FAIL;
  return set && set->count > 0 && count_verdict (set, VPROD_VERDICT_PASS) == set->count ? VPROD_VERDICT_PASS
                                                                                                   : VPROD_VERDICT_ERROR;
}

size_t vprod_report_set_count (const vprod_report_set *set)
{
  return set ? set->count : 0;
}

const char *vprod_report_set_get_name_at (const vprod_report_set *set, size_t index)
{
  return set && index < set->count ? set->members[index].name : "";
}

vprod_verdict vprod_report_set_get_verdict_at (const vprod_report_set *set, size_t index)
{
  return set && index < set->count ? set->members[index].verdict : VPROD_VERDICT_ERROR;
}

size_t vprod_report_set_count_results (const vprod_report_set *set, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; set && (size_t) verdict < 4 && i < set->count; i++)
    count += set->members[i].counts[verdict];
  return count;
}

const char *vprod_report_set_get_bad_check_at (const vprod_report_set *set, size_t index, size_t number)
{
  return set && index < set->count && number < vprod__strv_length (set->members[index].bad) ? set->members[index].bad[number] : NULL;
}

int vprod_report_set_is_absent_at (const vprod_report_set *set, size_t index)
{
  return set && index < set->count && !set->members[index].path;
}

int64_t vprod_report_set_get_duration_ms_at (const vprod_report_set *set, size_t index)
{
  return set && index < set->count ? set->members[index].duration_ms : 0;
}

/* ---- its reports ----------------------------------------------------------------------------------------------- */

/* The report of one that is absent: it says so in every format. */
static int make_absent (const struct member *member, vprod_report **ret, vprod_error **err)
{
  _cleanup_ (vprod_report_freep) vprod_report *report = calloc (1, sizeof *report);

  if (!report || !(report->results = calloc (2, sizeof (vprod_result *))) || !(report->name = strdup (member->name)))
    return vprod__error_no_memory (err);
  int r = vprod__result_new (ABSENT_ID, "There is a report", &report->results[0], err);
  if (r < 0)
    return r;
  report->n_results = 1;
  vprod__result_untold (report->results[0], "could not be told: there is no report of it: its run was lost, or did not begin");
  vprod__result_remedy (report->results[0], "Look at the log of the worker that was to verify it, and run it again.");
  r = vprod__result_status (report->results[0], err);
  if (r == 0)
    *ret = vprod__steal (&report);
  return r;
}

/* The report that was added. */
static int load_again (const struct member *member, vprod_report **ret, vprod_error **err)
{
  int r = vprod_report_load (member->path, ret, err);

  if (r == 0 && (strcmp ((*ret)->name, member->name) != 0 || vprod_report_get_verdict (*ret) != member->verdict)) {
    vprod_report_free (vprod__steal (ret));
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s has changed while it was read", member->path);
  }
  return r;
}

int vprod_report_set_load_at (const vprod_report_set *set, size_t index, vprod_report **ret_report, vprod_error **err)
{
  if (!set || index >= set->count || !ret_report)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_load_at: there is no such report, or nowhere to give it");
  const struct member *member = &set->members[index];
  return member->path ? load_again (member, ret_report, err) : make_absent (member, ret_report, err);
}
