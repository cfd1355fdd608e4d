/* SPDX-License-Identifier: MIT */
/*
 * Reads a report that the JSON format wrote, here or elsewhere. What it says is text of somebody else's: all of it is made
 * harmless, as the text of containers is. A report whose verdict does not follow from its checks is refused: it was changed,
 * or cut.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <verify-prod/report_set.h>
#include "result/report.h"
#include "result/result.h"
#include "util/text.h"

#define SCHEMA_VERSION 1

VPROD_DEFINE_CLEANUP (vprod_report *, vprod_report_free);
VPROD_DEFINE_CLEANUP (FILE *, fclose);

struct loading {
  const char *path;
  vprod_error **err;
};

static int refuse (const struct loading *loading, const char *what)
{
  return vprod__error_set (loading->err, VPROD_ERROR_INVALID, 0, "%s is no report of verify-prod: %s", loading->path, what);
}

static const char *text_of (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));

  return text ? text : "";
}

/* A harmless copy; NULL out of memory. */
static char *copy_of (const json_t *object, const char *key)
{
  const char *text = text_of (object, key);

  return vprod__text_harmless (text, strlen (text));
}

/* ---- one check ----------------------------------------------------------------------------------------------- */

static void read_evidence (json_t *evidence, vprod_result *result)
{
  const char *name;
  json_t *value;

  json_object_foreach (evidence, name, value)
    vprod__result_evidence (result, name, "%s", json_is_string (value) ? json_string_value (value) : "");
}

static void read_finding (json_t *object, vprod_result *result)
{
  vprod_finding *finding = vprod__result_finding (result, "%s", text_of (object, "message"));
  const char *name;
  json_t *value;

  json_object_foreach (object, name, value)
    if (strcmp (name, "message") != 0)
      vprod__finding_set (finding, name, "%s", json_is_string (value) ? json_string_value (value) : "");
}

/* 0, or -1: there is no such verdict. */
static int read_verdict (const json_t *object, vprod_result *result)
{
  const char *verdict = text_of (object, "verdict"), *message = text_of (object, "message");

  if (strcmp (verdict, "pass") == 0)
    return vprod__result_pass (result, "%s", message);
  if (strcmp (verdict, "fail") == 0)
    return vprod__result_fail (result, "%s", message);
  if (strcmp (verdict, "skip") == 0)
    return vprod__result_skip (result, "%s", message);
  if (strcmp (verdict, "error") == 0)
    return vprod__result_untold (result, "%s", message);
  return -1;
}

static int read_result (const struct loading *loading, json_t *object, vprod_result *result)
{
  const json_t *location = json_object_get (object, "location");
  size_t index;
  json_t *finding;

  if (read_verdict (object, result) < 0)
    return refuse (loading, "a check has no verdict");
  if (*text_of (object, "remedy"))
    vprod__result_remedy (result, "%s", text_of (object, "remedy"));
  if (*text_of (location, "file"))
    vprod__result_set_place (result, text_of (location, "file"), (int) json_integer_value (json_object_get (location, "line")));
  vprod__result_set_duration (result, json_integer_value (json_object_get (object, "duration_ms")));
  read_evidence (json_object_get (object, "evidence"), result);
  json_array_foreach (json_object_get (object, "findings"), index, finding)
    read_finding (finding, result);
  return vprod__result_status (result, loading->err);
}

/* ---- all of it ----------------------------------------------------------------------------------------------- */

static int read_checks (const struct loading *loading, const json_t *root, vprod_report *report)
{
  const json_t *checks = json_object_get (root, "checks");
  size_t index;
  json_t *check;

  if (!json_is_array (checks))
    return refuse (loading, "it has no list of checks");
  report->results = calloc (json_array_size (checks) + 1, sizeof (vprod_result *));
  if (!report->results)
    return vprod__error_no_memory (loading->err);
  json_array_foreach (checks, index, check) {
    if (!*text_of (check, "id"))
      return refuse (loading, "a check has no id");
    _cleanup_free_ char *id = copy_of (check, "id"), *title = copy_of (check, "title");
    if (!id || !title)
      return vprod__error_no_memory (loading->err);
    int r = vprod__result_new (id, title, &report->results[report->n_results], loading->err);
    if (r < 0)
      return r;
    r = read_result (loading, check, report->results[report->n_results++]);
    if (r < 0)
      return r;
  }
  return 0;
}

static int read_head (const struct loading *loading, const json_t *root, vprod_report *report)
{
  const json_t *subject = json_object_get (root, "subject"), *engine = json_object_get (root, "engine");

  report->name = copy_of (subject, "name");
  report->image = copy_of (subject, "image");
  report->image_id = copy_of (subject, "image_id");
  report->engine_name = copy_of (engine, "name");
  report->engine_version = copy_of (engine, "version");
  report->engine_api_version = copy_of (engine, "api_version");
  _cleanup_free_ char *started_at = copy_of (root, "started_at");
  if (!report->name || !report->image || !report->image_id || !report->engine_name || !report->engine_version
      || !report->engine_api_version || !started_at)
    return vprod__error_no_memory (loading->err);
  strncat (report->started_at, started_at, sizeof report->started_at - 1);
  report->duration_ms = json_integer_value (json_object_get (root, "duration_ms"));
  return *report->name ? 0 : refuse (loading, "its subject has no name");
}

static int read_root (const struct loading *loading, const json_t *root, vprod_report *report)
{
  const json_t *version = json_object_get (root, "schema_version");

  if (!json_is_integer (version))
    return refuse (loading, "it has no schema_version");
  if (json_integer_value (version) != SCHEMA_VERSION)
    return vprod__error_set (loading->err, VPROD_ERROR_INVALID, 0,
                             "%s has schema_version %lld, of another verify-prod (%s): this one reads version %d", loading->path,
                             (long long) json_integer_value (version), text_of (json_object_get (root, "tool"), "version"),
                             SCHEMA_VERSION);
  int r = read_head (loading, root, report);
  if (r == 0)
    r = read_checks (loading, root, report);
  if (r == 0 && strcmp (text_of (root, "verdict"), vprod_verdict_name (vprod_report_get_verdict (report))) != 0)
    return refuse (loading, "its verdict is not what its checks give");
  return r;
}

int vprod_report_load (const char *path, vprod_report **ret_report, vprod_error **err)
{
  _cleanup_ (vprod_report_freep) vprod_report *report = calloc (1, sizeof *report);
  const struct loading loading = { path, err };
  json_error_t error;

  if (!path || !ret_report)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_report_load: %s may not be NULL", path ? "ret_report" : "path");
  if (!report)
    return vprod__error_no_memory (err);
  _cleanup_ (fclosep) FILE *file = fopen (path, "re");
  if (!file)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read the report %s", path);
  /* json_loadf takes what is read as it comes: a file that does not end is not read for ever */
  _cleanup_ (json_decrefp) json_t *root = json_loadf (file, JSON_REJECT_DUPLICATES, &error);
  if (ferror (file))
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot read the report %s", path);
  if (!root && json_error_code (&error) == json_error_out_of_memory)
    return vprod__error_no_memory (err);
  if (!root)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s is no report of verify-prod: %d:%d: %s", path, error.line, error.column,
                             error.text);
  int r = read_root (&loading, root, report);
  if (r == 0)
    *ret_report = vprod__steal (&report);
  return r;
}
