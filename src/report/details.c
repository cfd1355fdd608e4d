/* SPDX-License-Identifier: MIT */
/* What several formats show of one result, as people read it. */
#include "report/format.h"

#include <string.h>

/* A check may find thousands of things; people read the first ones, programs read JSON. */
#define SHOWN_FINDINGS 20

size_t vprod__count_verdict (const vprod_report *report, vprod_verdict verdict)
{
  size_t count = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    count += vprod_result_get_verdict (vprod_report_get_result (report, i)) == verdict;
  return count;
}

const char *vprod__unjudged (const vprod_report *report)
{
  if (vprod_report_get_verdict (report) != VPROD_ERROR)
    return NULL;
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result (report, i);
    const char *owner = vprod_result_get_evidence (result, "judged_by");
    if (vprod_result_get_verdict (result) == VPROD_SKIP && owner && !vprod_report_find_result (report, owner))
      return strcmp (owner, "build") == 0 ? "the image did not build, and the check build was left out"
                                          : "the app did not stay up, and the check start was left out";
  }
  return NULL;
}

const char *vprod__untold (const vprod_report *report)
{
  const char *unjudged = vprod__unjudged (report);

  if (vprod_report_get_verdict (report) != VPROD_ERROR || vprod__count_verdict (report, VPROD_ERROR) > 0)
    return NULL;
  if (unjudged)
    return unjudged;
  return vprod_report_count_results (report) > 0 ? "nothing was verified: every check was skipped"
                                                 : "nothing was verified: no check was run";
}

/* Text that begins behind prefix and a label of so many columns; its further lines stand two columns in. */
static void add_hanging (struct vprod__out *out, const char *prefix, size_t label, const char *text)
{
  _cleanup_out_ struct vprod__out deeper = { 0 };

  vprod__out_f (&deeper, "%s  ", prefix);
  out->no_memory |= deeper.no_memory;
  vprod__out_hanging (out, text, strlen (prefix) + label, vprod__buf_string (&deeper.buf));
}

/* What a finding's message does not say already; the JSON report has all names. */
static int says_where (const char *name)
{
  static const char *const names[] = { "path", "line", "layer", "rule", "where", "value", "fingerprint", NULL };

  for (size_t i = 0; names[i]; i++)
    if (strcmp (name, names[i]) == 0)
      return 1;
  return 0;
}

/* "- message (path: x, line: 4)" */
static void add_finding (const vprod_finding *finding, const char *prefix, struct vprod__out *out)
{
  _cleanup_out_ struct vprod__out text = { 0 };
  const char *message = vprod_finding_get (finding, "message"), *name, *value, *before = " (";

  if (!message)
    message = "";
  vprod__out_raw (&text, message);
  for (size_t i = 0; vprod_finding_get_at (finding, i, &name, &value) == 0; i++)
    if (says_where (name) && !strstr (message, value)) {
      vprod__out_f (&text, "%s%s: %s", before, name, value);
      before = ", ";
    }
  if (*before == ',')
    vprod__out_raw (&text, ")");
  out->no_memory |= text.no_memory;
  vprod__out_f (out, "%s- ", prefix);
  add_hanging (out, prefix, 2, vprod__buf_string (&text.buf));
}

static void add_findings (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  size_t count = vprod_result_count_findings (result);

  for (size_t i = 0; i < count && i < SHOWN_FINDINGS; i++)
    add_finding (vprod_result_get_finding (result, i), prefix, out);
  if (count > SHOWN_FINDINGS)
    vprod__out_f (out, "%s- and %zu more; the JSON report has them all\n", prefix, count - SHOWN_FINDINGS);
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
    add_hanging (out, prefix, strlen (name) + 2, value);
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

void vprod__advice (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  add_findings (result, prefix, out);
  add_remedy (result, prefix, out);
}

void vprod__details (const vprod_result *result, const char *prefix, struct vprod__out *out)
{
  const char *log = vprod_result_get_evidence (result, VPROD__LOG_TAIL);

  add_findings (result, prefix, out);
  add_evidence (result, prefix, out);
  add_remedy (result, prefix, out);
  if (log && *log)
    add_log (log, prefix, out);
}
