/* SPDX-License-Identifier: MIT */
#include "result/report.h"

#include <stdlib.h>
#include <string.h>

/* Skipped because a prerequisite failed, while the check that would report that failure was left out. */
static int is_unjudged (const vprod_report *report, const vprod_result *result)
{
  const char *owner = vprod_result_find_evidence (result, "judged_by");

  return vprod_result_get_verdict (result) == VPROD_VERDICT_SKIP && owner && !vprod_report_find_result (report, owner);
}

vprod_verdict vprod_report_get_verdict (const vprod_report *report)
{
  size_t count[4] = { 0 }, unjudged = 0;

  for (size_t i = 0; report && i < report->n_results; i++) {
    count[vprod_result_get_verdict (report->results[i])]++;
    unjudged += is_unjudged (report, report->results[i]);
  }
  if (count[VPROD_VERDICT_FAIL] > 0)
    return VPROD_VERDICT_FAIL;
  if (count[VPROD_VERDICT_ERROR] > 0 || count[VPROD_VERDICT_PASS] == 0 || unjudged > 0)
    return VPROD_VERDICT_ERROR;
  return VPROD_VERDICT_PASS;
}

size_t vprod_report_count_results (const vprod_report *report)
{
  return report ? report->n_results : 0;
}

const vprod_result *vprod_report_get_result_at (const vprod_report *report, size_t index)
{
  return report && index < report->n_results ? report->results[index] : NULL;
}

const vprod_result *vprod_report_find_result (const vprod_report *report, const char *check_id)
{
  for (size_t i = 0; report && check_id && i < report->n_results; i++)
    if (strcmp (vprod_result_get_check (report->results[i]), check_id) == 0)
      return report->results[i];
  return NULL;
}

static const char *or_empty (const char *text)
{
  return text ? text : "";
}

const char *vprod_report_get_name (const vprod_report *report)
{
  return or_empty (report ? report->name : NULL);
}

const char *vprod_report_get_image (const vprod_report *report)
{
  return or_empty (report ? report->image : NULL);
}

const char *vprod_report_get_image_id (const vprod_report *report)
{
  return or_empty (report ? report->image_id : NULL);
}

const char *vprod_report_get_engine_name (const vprod_report *report)
{
  return or_empty (report ? report->engine_name : NULL);
}

const char *vprod_report_get_engine_version (const vprod_report *report)
{
  return or_empty (report ? report->engine_version : NULL);
}

const char *vprod_report_get_engine_api_version (const vprod_report *report)
{
  return or_empty (report ? report->engine_api_version : NULL);
}

const char *vprod_report_get_started_at (const vprod_report *report)
{
  return report ? report->started_at : "";
}

int64_t vprod_report_get_duration_ms (const vprod_report *report)
{
  return report ? report->duration_ms : 0;
}

void vprod_report_free (vprod_report *report)
{
  if (!report)
    return;
  for (size_t i = 0; i < report->n_results; i++)
    vprod_result_free (report->results[i]);
  free (report->results);
  free (report->name);
  free (report->image);
  free (report->image_id);
  free (report->engine_name);
  free (report->engine_version);
  free (report->engine_api_version);
  free (report);
}
