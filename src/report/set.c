/* SPDX-License-Identifier: MIT */
#include "report/set.h"
#include "report/format.h"
#include "result/report.h"
#include "result/result.h"
#include "util/grow.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);

static void member_clear (struct vprod__set_member *member)
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
static struct vprod__set_member *member_of (vprod_report_set *set, const char *name)
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
  set->members[at] = (struct vprod__set_member) { .name = copy, .verdict = VPROD_VERDICT_ERROR };
  set->count++;
  return &set->members[at];
}

static int describe (struct vprod__set_member *member, const vprod_report *report, vprod_error **err)
{
  char why[VPROD__WHY_SIZE];

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    vprod_verdict verdict = vprod_result_get_verdict (result);
    member->counts[verdict]++;
    if ((verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR)
        && vprod__strv_add (&member->bad, vprod_result_get_check (result)) < 0)
      return vprod__error_no_memory (err);
  }
  member->verdict = vprod_report_get_verdict (report);
  member->untold = vprod__untold (report, why) != NULL;
  memcpy (member->started_at, report->started_at, sizeof member->started_at);
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
  struct vprod__set_member *member = copy ? member_of (set, report->name) : NULL;
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

size_t vprod__set_count_verdict (const vprod_report_set *set, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < set->count; i++)
    count += set->members[i].verdict == verdict;
  return count;
}

size_t vprod__set_count_results (const vprod_report_set *set, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < set->count; i++) {
    const struct vprod__set_member *member = &set->members[i];
    count += member->counts[verdict];
    if (verdict == VPROD_VERDICT_ERROR)
      count += member->untold + !member->path;
  }
  return count;
}

int64_t vprod__set_duration (const vprod_report_set *set)
{
  int64_t ms = 0;

  for (size_t i = 0; i < set->count; i++)
    ms += set->members[i].duration_ms;
  return ms;
}

vprod_verdict vprod_report_set_get_verdict (const vprod_report_set *set)
{
  if (set && vprod__set_count_verdict (set, VPROD_VERDICT_FAIL) > 0)
    return VPROD_VERDICT_FAIL;
  return set && set->count > 0 && vprod__set_count_verdict (set, VPROD_VERDICT_PASS) == set->count ? VPROD_VERDICT_PASS
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

/* ---- rendering ----------------------------------------------------------------------------------------------- */

/* The report of one that is absent: it says so in every format. */
static int make_absent (const struct vprod__set_member *member, vprod_report **ret, vprod_error **err)
{
  _cleanup_ (vprod_report_freep) vprod_report *report = calloc (1, sizeof *report);

  if (!report || !(report->results = calloc (2, sizeof (vprod_result *))) || !(report->name = strdup (member->name)))
    return vprod__error_no_memory (err);
  int r = vprod__result_new (VPROD__UNTOLD_ID, "There is a report", &report->results[0], err);
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
static int load_again (const struct vprod__set_member *member, vprod_report **ret, vprod_error **err)
{
  int r = vprod_report_load (member->path, ret, err);

  if (r == 0 && (strcmp ((*ret)->name, member->name) != 0 || vprod_report_get_verdict (*ret) != member->verdict)) {
    vprod_report_free (vprod__steal (ret));
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s has changed while it was read", member->path);
  }
  return r;
}

struct piece {
  const struct vprod__format *how;
  int (*write) (void *data, const char *text, size_t length);
  void *data;
};

/* Hands on what was written, and makes room. */
static int flush (const struct piece *piece, struct vprod__out *out, vprod_error **err)
{
  if (!piece->how->gives_commands)
    vprod__out_break_commands (out, piece->how->commands_in);
  int r = out->no_memory ? vprod__error_no_memory (err) : 0;
  if (r == 0 && out->buf.length > 0 && piece->write (piece->data, out->buf.data, out->buf.length) != 0)
    r = vprod__error_set (err, VPROD_ERROR_IO, 0, "the report could not be written");
  vprod__buf_clear (&out->buf);
  return r;
}

int vprod_report_set_render (const vprod_report_set *set, const char *format, const vprod_render_options *options,
                             int (*write) (void *data, const char *text, size_t length), void *data, vprod_error **err)
{
  const vprod_render_options whole = vprod__whole_options (options);
  _cleanup_out_ struct vprod__out out = { .color = whole.color, .width = whole.width };
  struct piece piece = { .write = write, .data = data };

  if (!set || !format || !write)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_set_render: %s may not be NULL",
                             !set ? "set" : !format ? "format" : "write");
  int r = vprod__format_find (format, &piece.how, err);
  if (r == 0 && piece.how->set_begin)
    piece.how->set_begin (set, &out);
  for (size_t i = 0; r == 0 && i < set->count; i++) {
    _cleanup_ (vprod_report_freep) vprod_report *report = NULL;
    r = set->members[i].path ? load_again (&set->members[i], &report, err) : make_absent (&set->members[i], &report, err);
    if (r < 0)
      return r;
    piece.how->set_add (set, i, report, &out);
    r = flush (&piece, &out, err);
  }
  if (r == 0 && piece.how->set_end)
    piece.how->set_end (set, &out);
  return r == 0 ? flush (&piece, &out, err) : r;
}
