/* SPDX-License-Identifier: MIT */
/* JSON, for programs; verify-prod(1) describes it. Evidence and findings are strings only. */
#include "report/json_build.h"

static json_t *finding_json (const vprod_finding *finding)
{
  json_t *object = json_object ();
  const char *name, *value;
  int r = 0;

  for (size_t i = 0; vprod_finding_get_field_at (finding, i, &name, &value) == 0; i++)
    r |= vprod__json_set_pair (object, name, value);
  return vprod__json_done (object, r);
}

static json_t *findings_json (const vprod_result *result)
{
  json_t *array = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_result_count_findings (result); i++)
    r |= json_array_append_new (array, finding_json (vprod_result_get_finding_at (result, i)));
  return vprod__json_done (array, r);
}

/* Its place in the sources, if that is known. */
static int set_location (json_t *object, const vprod_result *result)
{
  json_t *location;

  if (!*vprod_result_get_file (result))
    return 0;
  location = json_object ();
  int r = vprod__json_set_text (location, "file", vprod_result_get_file (result));
  r |= vprod__json_set (location, "line", json_integer (vprod_result_get_line (result)));
  return r | vprod__json_set (object, "location", location);
}

static json_t *result_json (const vprod_result *result)
{
  json_t *object = json_object ();
  int r = vprod__json_set_text (object, "id", vprod_result_get_check (result));

  r |= vprod__json_set_text (object, "title", vprod_result_get_title (result));
  r |= vprod__json_set_text (object, "verdict", vprod_verdict_name (vprod_result_get_verdict (result)));
  r |= vprod__json_set_text (object, "message", vprod_result_get_message (result));
  r |= vprod__json_set_text (object, "remedy", vprod_result_get_remedy (result));
  r |= set_location (object, result);
  r |= vprod__json_set (object, "duration_ms", json_integer (vprod_result_get_duration_ms (result)));
  r |= vprod__json_set (object, "evidence", vprod__json_evidence (result));
  r |= vprod__json_set (object, "findings", findings_json (result));
  return vprod__json_done (object, r);
}

static json_t *checks_json (const vprod_report *report)
{
  json_t *array = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    r |= json_array_append_new (array, result_json (vprod_report_get_result_at (report, i)));
  return vprod__json_done (array, r);
}

/* What a document begins with. */
static int set_tool (json_t *root)
{
  json_t *tool = json_object ();
  int r = vprod__json_set (root, "schema_version", json_integer (1));

  r |= vprod__json_set_text (tool, "name", "verify-prod");
  r |= vprod__json_set_text (tool, "version", vprod_version ());
  return r | vprod__json_set (root, "tool", tool);
}

/* Fills `root`, in reading order. */
static int fill (json_t *root, const vprod_report *report)
{
  json_t *subject = json_object (), *engine = json_object ();
  int r = set_tool (root);

  r |= vprod__json_set_text (subject, "name", vprod_report_get_name (report));
  r |= vprod__json_set_text (subject, "image", vprod_report_get_image (report));
  r |= vprod__json_set_text (subject, "image_id", vprod_report_get_image_id (report));
  r |= vprod__json_set_text (engine, "name", vprod_report_get_engine_name (report));
  r |= vprod__json_set_text (engine, "version", vprod_report_get_engine_version (report));
  r |= vprod__json_set_text (engine, "api_version", vprod_report_get_engine_api_version (report));
  r |= vprod__json_set (root, "subject", subject);
  r |= vprod__json_set (root, "engine", engine);
  r |= vprod__json_set_text (root, "verdict", vprod_verdict_name (vprod_report_get_verdict (report)));
  r |= vprod__json_set_text (root, "started_at", vprod_report_get_started_at (report));
  r |= vprod__json_set (root, "duration_ms", json_integer (vprod_report_get_duration_ms (report)));
  return r | vprod__json_set (root, "checks", checks_json (report));
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  json_t *root = json_object ();
  (void) options;

  vprod__json_write (root, fill (root, report), JSON_INDENT (2), out);
}

/* ---- many: {"schema_version": 1, "tool": …, "verdict": …, "reports": [report, …]} ----------------------------- */

static void begin_set (const vprod_report_set *set, struct vprod__out *out)
{
  json_t *root = json_object ();
  int r = set_tool (root);

  r |= vprod__json_set_text (root, "verdict", vprod_verdict_name (vprod_report_set_get_verdict (set)));
  r |= vprod__json_set (root, "reports", json_array ());
  vprod__json_write_open (root, r, "]}", out);
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  json_t *root = json_object ();
  (void) set;

  vprod__out_raw (out, index > 0 ? ",\n" : "\n");
  vprod__json_write (root, fill (root, report), JSON_INDENT (2), out);
}

static void end_set (const vprod_report_set *set, struct vprod__out *out)
{
  (void) set;
  vprod__out_raw (out, "]}\n");
}

const struct vprod__format vprod__format_json = {
  .name = "json",
  .render = render,
  .set_begin = begin_set,
  .set_add = add_member,
  .set_end = end_set,
  .commands_in = VPROD__COMMANDS_JSON,
};
