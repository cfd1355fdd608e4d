/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML as Jenkins and GitLab read it: a suite per report (so many are as many suites), a case per check, and one more case where the report is
 * an error but no check is, as readers only look at cases. The body of a failure, and the system-out of a pass, are
 * what the text format shows below a check. Elements and attributes follow the schemas of Jenkins (junit-10.xsd) and
 * Ant, which are stricter than the readers.
 */
#include "report/format.h"

#include <inttypes.h>
#include <string.h>

/* Seconds, without printf's %f, which would write the locale's comma. */
static void add_time (struct vprod__out *out, int64_t ms)
{
  vprod__out_f (out, " time=\"%" PRId64 ".%03d\"", ms / 1000, (int) (ms % 1000));
}

/* The message and the details below it. */
static void add_body (struct vprod__out *out, const vprod_result *result)
{
  _cleanup_out_ struct vprod__out body = { 0 };

  vprod__out_lines (&body, "", vprod_result_get_message (result));
  vprod__details (result, "", &body);
  out->no_memory |= body.no_memory;
  vprod__out_markup (out, vprod__buf_string (&body.buf));
}

static void add_outcome (struct vprod__out *out, const char *element, const vprod_result *result)
{
  vprod__out_f (out, "      <%s", element);
  vprod__out_attribute (out, "message", vprod_result_get_message (result));
  vprod__out_attribute (out, "type", vprod_verdict_name (vprod_result_get_verdict (result)));
  vprod__out_raw (out, ">");
  add_body (out, result);
  vprod__out_f (out, "</%s>\n", element);
}

static void add_case (struct vprod__out *out, const char *class, const vprod_result *result)
{
  vprod__out_raw (out, "    <testcase");
  vprod__out_attribute (out, "name", vprod_result_get_check (result));
  vprod__out_attribute (out, "classname", class);
  add_time (out, vprod_result_get_duration_ms (result));
  vprod__out_raw (out, ">\n");
  switch (vprod_result_get_verdict (result)) {
  case VPROD_VERDICT_FAIL:
    add_outcome (out, "failure", result);
    break;
  case VPROD_VERDICT_ERROR:
    add_outcome (out, "error", result);
    break;
  case VPROD_VERDICT_SKIP:
    vprod__out_raw (out, "      <skipped");
    vprod__out_attribute (out, "message", vprod_result_get_message (result));
    vprod__out_raw (out, "/>\n");
    break;
  case VPROD_VERDICT_PASS:
    vprod__out_raw (out, "      <system-out>");
    add_body (out, result);
    vprod__out_raw (out, "</system-out>\n");
    break;
  }
  vprod__out_raw (out, "    </testcase>\n");
}

static void add_untold (struct vprod__out *out, const char *class, const char *untold)
{
  vprod__out_raw (out, "    <testcase");
  vprod__out_attribute (out, "name", VPROD__UNTOLD_ID);
  vprod__out_attribute (out, "classname", class);
  add_time (out, 0);
  vprod__out_raw (out, ">\n      <error");
  vprod__out_attribute (out, "message", untold);
  vprod__out_attribute (out, "type", vprod_verdict_name (VPROD_VERDICT_ERROR));
  vprod__out_raw (out, "/>\n    </testcase>\n");
}

static void add_property (struct vprod__out *out, const char *name, const char *value)
{
  if (!*value)
    return;
  vprod__out_raw (out, "      <property");
  vprod__out_attribute (out, "name", name);
  vprod__out_attribute (out, "value", value);
  vprod__out_raw (out, "/>\n");
}

static void add_properties (struct vprod__out *out, const vprod_report *report)
{
  vprod__out_raw (out, "    <properties>\n");
  add_property (out, "verify-prod", vprod_version ());
  add_property (out, "verdict", vprod_verdict_name (vprod_report_get_verdict (report)));
  add_property (out, "image", vprod_report_get_image (report));
  add_property (out, "image_id", vprod_report_get_image_id (report));
  add_property (out, "engine", vprod_report_get_engine_name (report));
  add_property (out, "engine_version", vprod_report_get_engine_version (report));
  add_property (out, "engine_api_version", vprod_report_get_engine_api_version (report));
  vprod__out_raw (out, "    </properties>\n");
}

static void begin_suites (struct vprod__out *out)
{
  vprod__out_raw (out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"verify-prod\"");
}

static void add_counts (struct vprod__out *out, const vprod_report *report)
{
  char why[VPROD__WHY_SIZE];
  size_t untold = vprod__untold (report, why) != NULL;

  vprod__out_f (out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", vprod_report_count_results (report) + untold,
                vprod__count_verdict (report, VPROD_VERDICT_FAIL), vprod__count_verdict (report, VPROD_VERDICT_ERROR) + untold);
}

static void add_suite (const vprod_report *report, struct vprod__out *out)
{
  _cleanup_out_ struct vprod__out class = { 0 };
  char why[VPROD__WHY_SIZE], started[20] = ""; /* the schemas want no Z */

  vprod__out_f (&class, "verify-prod.%s", vprod_report_get_name (report));
  strncat (started, vprod_report_get_started_at (report), sizeof started - 1);
  vprod__out_raw (out, "  <testsuite");
  vprod__out_attribute (out, "name", vprod_report_get_name (report));
  add_counts (out, report);
  vprod__out_f (out, " skipped=\"%zu\"", vprod__count_verdict (report, VPROD_VERDICT_SKIP));
  add_time (out, vprod_report_get_duration_ms (report));
  if (*started)
    vprod__out_attribute (out, "timestamp", started);
  vprod__out_raw (out, ">\n");
  add_properties (out, report);
  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    add_case (out, vprod__buf_string (&class.buf), vprod_report_get_result_at (report, i));
  const char *untold = vprod__untold (report, why);
  if (untold)
    add_untold (out, vprod__buf_string (&class.buf), untold);
  vprod__out_raw (out, "  </testsuite>\n");
  out->no_memory |= class.no_memory;
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  (void) options;
  begin_suites (out);
  add_counts (out, report);
  add_time (out, vprod_report_get_duration_ms (report));
  vprod__out_raw (out, ">\n");
  add_suite (report, out);
  vprod__out_raw (out, "</testsuites>\n");
}

static void begin_set (const vprod_report_set *set, struct vprod__out *out)
{
  size_t tests = 0;

  for (int verdict = VPROD_VERDICT_PASS; verdict <= VPROD_VERDICT_ERROR; verdict++)
    tests += vprod_report_set_count_results (set, (vprod_verdict) verdict);
  begin_suites (out);
  vprod__out_f (out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", tests, vprod_report_set_count_results (set, VPROD_VERDICT_FAIL),
                vprod_report_set_count_results (set, VPROD_VERDICT_ERROR));
  add_time (out, vprod__set_duration (set));
  vprod__out_raw (out, ">\n");
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  (void) set;
  (void) index;
  add_suite (report, out);
}

static void end_set (const vprod_report_set *set, struct vprod__out *out)
{
  (void) set;
  vprod__out_raw (out, "</testsuites>\n");
}

const struct vprod__format vprod__format_junit = {
  .name = "junit",
  .render = render,
  .set_begin = begin_set,
  .set_add = add_member,
  .set_end = end_set,
  .commands_in = VPROD__COMMANDS_MARKUP,
};
