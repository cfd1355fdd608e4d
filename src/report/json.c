/* SPDX-License-Identifier: MIT */
/* For programs: the JSON that DESIGN fixes. Evidence and findings are strings only. */
#include "report/format.h"
#include "util/text.h"

#include <jansson.h>
#include <string.h>

/* Takes value; NULL is out of memory. */
static int set (json_t *object, const char *key, json_t *value)
{
  return json_object_set_new_nocheck (object, key, value);
}

static char *harmless_copy (const char *text)
{
  return vprod__text_harmless (text, strlen (text));
}

static int set_text (json_t *object, const char *key, const char *text)
{
  _cleanup_free_ char *harmless = harmless_copy (text);

  return harmless ? set (object, key, json_string (harmless)) : -1;
}

/* Keys are as free as values. */
static int set_pair (json_t *object, const char *name, const char *value)
{
  _cleanup_free_ char *key = harmless_copy (name);

  return key ? set_text (object, key, value) : -1;
}

static json_t *evidence_json (const vprod_result *result)
{
  json_t *object = json_object ();
  const char *name, *value;
  int r = 0;

  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    r |= set_pair (object, name, value);
  if (r == 0)
    return object;
  json_decref (object);
  return NULL;
}

static json_t *finding_json (const vprod_finding *finding)
{
  json_t *object = json_object ();
  const char *name, *value;
  int r = 0;

  for (size_t i = 0; vprod_finding_get_at (finding, i, &name, &value) == 0; i++)
    r |= set_pair (object, name, value);
  if (r == 0)
    return object;
  json_decref (object);
  return NULL;
}

static json_t *findings_json (const vprod_result *result)
{
  json_t *array = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_result_count_findings (result); i++)
    r |= json_array_append_new (array, finding_json (vprod_result_get_finding (result, i)));
  if (r == 0)
    return array;
  json_decref (array);
  return NULL;
}

static json_t *result_json (const vprod_result *result)
{
  json_t *object = json_object ();
  int r = set_text (object, "id", vprod_result_get_check (result));

  r |= set_text (object, "title", vprod_result_get_title (result));
  r |= set_text (object, "verdict", vprod_verdict_name (vprod_result_get_verdict (result)));
  r |= set_text (object, "message", vprod_result_get_message (result));
  r |= set_text (object, "remedy", vprod_result_get_remedy (result));
  r |= set (object, "duration_ms", json_integer (vprod_result_get_duration_ms (result)));
  r |= set (object, "evidence", evidence_json (result));
  r |= set (object, "findings", findings_json (result));
  if (r == 0)
    return object;
  json_decref (object);
  return NULL;
}

static json_t *checks_json (const vprod_report *report)
{
  json_t *array = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    r |= json_array_append_new (array, result_json (vprod_report_get_result (report, i)));
  if (r == 0)
    return array;
  json_decref (array);
  return NULL;
}

/* Fills `root`, in the order in which a person reads it. */
static int fill (json_t *root, const vprod_report *report)
{
  json_t *tool = json_object (), *subject = json_object (), *engine = json_object ();
  int r = set (root, "schema_version", json_integer (1));

  r |= set_text (tool, "name", "verify-prod");
  r |= set_text (tool, "version", vprod_version ());
  r |= set_text (subject, "name", vprod_report_get_name (report));
  r |= set_text (subject, "image", vprod_report_get_image (report));
  r |= set_text (subject, "image_id", vprod_report_get_image_id (report));
  r |= set_text (engine, "name", vprod_report_get_engine_name (report));
  r |= set_text (engine, "version", vprod_report_get_engine_version (report));
  r |= set_text (engine, "api_version", vprod_report_get_engine_api_version (report));
  r |= set (root, "tool", tool);
  r |= set (root, "subject", subject);
  r |= set (root, "engine", engine);
  r |= set_text (root, "verdict", vprod_verdict_name (vprod_report_get_verdict (report)));
  r |= set_text (root, "started_at", vprod_report_get_started_at (report));
  r |= set (root, "duration_ms", json_integer (vprod_report_get_duration_ms (report)));
  return r | set (root, "checks", checks_json (report));
}

static int add_bytes (const char *bytes, size_t length, void *out)
{
  return vprod__buf_add (out, bytes, length);
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  json_t *root = json_object ();
  (void) options;

  if (fill (root, report) != 0 || json_dump_callback (root, add_bytes, &out->buf, JSON_INDENT (2)) != 0)
    out->no_memory = 1;
  vprod__out_raw (out, "\n");
  json_decref (root);
}

const struct vprod__format vprod__format_json = {
  .name = "json",
  .render = render,
};
