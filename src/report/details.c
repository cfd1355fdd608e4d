/* SPDX-License-Identifier: MIT */
/* What several formats show of one result, for people. */
#include "report/format.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

/* A check may find thousands of things: people get the first ones, the JSON report has all. */
#define SHOWN_FINDINGS 10
#define SHOWN_IN_FOLD 10
#define SHOWN_LINES 10 /* of one evidence value */
#define ELSEWHERE "more (all in --format json)"

size_t vprod__count_verdict (const vprod_report *report, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    count += vprod_result_get_verdict (vprod_report_get_result_at (report, i)) == verdict;
  return count;
}

size_t vprod__set_count_verdict (const vprod_report_set *set, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < vprod_report_set_count (set); i++)
    count += vprod_report_set_get_verdict_at (set, i) == verdict;
  return count;
}

int64_t vprod__set_duration (const vprod_report_set *set)
{
  int64_t ms = 0;

  for (size_t i = 0; i < vprod_report_set_count (set); i++)
    ms += vprod_report_set_get_duration_ms_at (set, i);
  return ms;
}

/* "not checked: the app did not stay up: it ended with …" → "the app did not stay up, and the check … was left out" */
static const char *left_out (const vprod_result *result, const char *owner, char why[static VPROD__WHY_SIZE])
{
  const char *message = vprod_result_get_message (result), *what = strstr (message, ": ");

  what = what ? what + 2 : message;
  snprintf (why, VPROD__WHY_SIZE, "%.*s, and the check %.40s was left out", (int) strcspn (what, ":"), what, owner);
  return why;
}

const char *vprod__unjudged (const vprod_report *report, char why[static VPROD__WHY_SIZE])
{
  if (vprod_report_get_verdict (report) != VPROD_VERDICT_ERROR)
    return NULL;
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    const char *owner = vprod_result_find_evidence (result, "judged_by");
    if (vprod_result_get_verdict (result) == VPROD_VERDICT_SKIP && owner && !vprod_report_find_result (report, owner))
      return left_out (result, owner, why);
  }
  return NULL;
}

const char *vprod__untold (const vprod_report *report, char why[static VPROD__WHY_SIZE])
{
  const char *unjudged = vprod__unjudged (report, why);

  if (vprod_report_get_verdict (report) != VPROD_VERDICT_ERROR || vprod__count_verdict (report, VPROD_VERDICT_ERROR) > 0)
    return NULL;
  if (unjudged)
    return unjudged;
  return vprod_report_count_results (report) > 0 ? "nothing was verified: every check was skipped"
                                                 : "nothing was verified: no check was run";
}

/* Text that starts after prefix and a label this many columns wide; further lines are indented by two. */
static void add_hanging (struct vprod__out *out, const char *prefix, size_t label, const char *text)
{
  _cleanup_out_ struct vprod__out deeper = { 0 };

  vprod__out_f (&deeper, "%s  ", prefix);
  out->no_memory |= deeper.no_memory;
  vprod__out_hanging (out, text, strlen (prefix) + label, vprod__buf_string (&deeper.buf));
}

/* The fields of a finding that people need; the JSON report has all of them. */
static const char *const shown_fields[] = { "path", "line", "layer", "rule", "where", "value", "fingerprint", NULL };

/* "- message (path: x, line: 4)" */
static void add_finding (const vprod_finding *finding, const char *prefix, struct vprod__out *out)
{
  _cleanup_out_ struct vprod__out text = { 0 };
  const char *message = vprod_finding_find_field (finding, "message"), *name, *value, *before = " (";

  if (!message)
    message = "";
  vprod__out_raw (&text, message);
  for (size_t i = 0; vprod_finding_get_field_at (finding, i, &name, &value) == 0; i++)
    if (vprod__text_is_one_of (name, shown_fields) && !strstr (message, value)) {
      vprod__out_f (&text, "%s%s: %s", before, name, value);
      before = ", ";
    }
  if (*before == ',')
    vprod__out_raw (&text, ")");
  out->no_memory |= text.no_memory;
  vprod__out_f (out, "%s- ", prefix);
  add_hanging (out, prefix, 2, vprod__buf_string (&text.buf));
}

/* The group that a finding belongs to ("programs with rights of their own"), or NULL. */
static const char *group_of (const vprod_finding *finding)
{
  return vprod_finding_find_field (finding, "group");
}

static int is_of_group (const vprod_finding *finding, const char *group)
{
  const char *other = group_of (finding);

  return other && strcmp (other, group) == 0;
}

static size_t count_group (const vprod_result *result, size_t end, const char *group)
{
  size_t count = 0;

  for (size_t i = 0; i < end; i++)
    count += is_of_group (vprod_result_get_finding_at (result, i), group);
  return count;
}

/* "- 9 programs with rights of their own: /usr/bin/chage, /usr/bin/chfn …" */
static void add_fold (const vprod_result *result, const char *group, size_t count, const char *prefix, struct vprod__out *out)
{
  _cleanup_out_ struct vprod__out text = { 0 };
  size_t shown = 0;

  vprod__out_f (&text, "%zu %s", count, group);
  for (size_t i = 0; i < vprod_result_count_findings (result) && shown < SHOWN_IN_FOLD; i++) {
    const vprod_finding *finding = vprod_result_get_finding_at (result, i);
    const char *path = vprod_finding_find_field (finding, "path");
    if (is_of_group (finding, group))
      vprod__out_f (&text, "%s%s", shown++ ? ", " : ": ", path ? path : vprod_finding_find_field (finding, "message"));
  }
  if (count > shown)
    vprod__out_f (&text, ", … and %zu " ELSEWHERE, count - shown);
  out->no_memory |= text.no_memory;
  vprod__out_f (out, "%s- ", prefix);
  add_hanging (out, prefix, 2, vprod__buf_string (&text.buf));
}

/* An "expected" finding only repeats the message of a pass. */
static int is_told (const vprod_result *result, const vprod_finding *finding)
{
  return vprod_result_get_verdict (result) != VPROD_VERDICT_PASS || !vprod_finding_find_field (finding, "expected");
}

void vprod__findings (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  size_t shown = 0, more = 0;

  for (size_t i = 0; i < vprod_result_count_findings (result); i++) {
    const vprod_finding *finding = vprod_result_get_finding_at (result, i);
    const char *group = group_of (finding);
    size_t in_group = group ? count_group (result, vprod_result_count_findings (result), group) : 1;
    if (!is_told (result, finding) || (in_group > 1 && count_group (result, i, group) > 0))
      continue;
    if (shown++ >= SHOWN_FINDINGS)
      more++;
    else if (in_group > 1)
      add_fold (result, group, in_group, prefix, out);
    else
      add_finding (finding, prefix, out);
  }
  if (more > 0)
    vprod__out_f (out, "%s- … and %zu " ELSEWHERE "\n", prefix, more);
}

/* The first lines of a long evidence value. */
static void add_value (struct vprod__out *out, const char *prefix, size_t label, const char *value)
{
  _cleanup_out_ struct vprod__out text = { 0 };
  const char *end = value;
  size_t lines = 0, more = 0;

  for (; *end && lines < SHOWN_LINES; lines++) {
    end += strcspn (end, "\n");
    end += *end == '\n';
  }
  for (const char *rest = end; *rest; more++) {
    rest += strcspn (rest, "\n");
    rest += *rest == '\n';
  }
  if (more > 1) /* one hidden line costs no more than the note about it */
    vprod__out_f (&text, "%.*s… and %zu " ELSEWHERE, (int) (end - value), value, more);
  else
    vprod__out_raw (&text, value);
  out->no_memory |= text.no_memory;
  add_hanging (out, prefix, label, vprod__buf_string (&text.buf));
}

static void add_evidence (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  const char *name, *value;

  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++) {
    if (strcmp (name, VPROD__LOG_TAIL) == 0 || !*value)
      continue;
    vprod__out_raw (out, prefix);
    vprod__out_line (out, name);
    vprod__out_raw (out, ": ");
    add_value (out, prefix, strlen (name) + 2, value);
  }
}

static void add_log (const char *log, const char *prefix, struct vprod__out *out)
{
  _cleanup_out_ struct vprod__out before = { .color = out->color };

  vprod__out_raw (&before, prefix);
  vprod__out_color (&before, VPROD__COLOR_DIM);
  vprod__out_raw (&before, "|");
  vprod__out_color (&before, VPROD__COLOR_OFF);
  vprod__out_raw (&before, " ");
  out->no_memory |= before.no_memory;
  vprod__out_f (out, "%sthe log ends in:\n", prefix);
  vprod__out_lines (out, vprod__buf_string (&before.buf), log);
}

static void add_remedy (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  const char *remedy = vprod_result_get_remedy (result);

  if (!*remedy)
    return;
  vprod__out_raw (out, prefix);
  vprod__out_color (out, VPROD__COLOR_BOLD);
  vprod__out_raw (out, "remedy:");
  vprod__out_color (out, VPROD__COLOR_OFF);
  vprod__out_raw (out, " ");
  add_hanging (out, prefix, strlen ("remedy: "), remedy);
}

/* "at Dockerfile:12" */
static void add_place (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);

  if (!*vprod_result_get_file (result) || (verdict != VPROD_VERDICT_FAIL && verdict != VPROD_VERDICT_ERROR))
    return;
  vprod__out_f (out, "%sat ", prefix);
  vprod__out_line (out, vprod_result_get_file (result));
  vprod__out_f (out, ":%d\n", vprod_result_get_line (result));
}

void vprod__advice (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  add_remedy (result, prefix, out);
  vprod__findings (result, prefix, out);
}

void vprod__details (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  const char *log = vprod_result_find_evidence (result, VPROD__LOG_TAIL);

  add_place (result, prefix, out);
  add_remedy (result, prefix, out);
  vprod__findings (result, prefix, out);
  add_evidence (result, prefix, out);
  if (log && *log)
    add_log (log, prefix, out);
}
