/* SPDX-License-Identifier: MIT */
/*
 * An in-toto statement on the image, with a test-result predicate: what a supply chain's policy asks for, and what `cosign
 * attest` signs (https://in-toto.io/attestation/test-result/v0.1). The predicate knows PASSED, WARNED and FAILED, and not that
 * it could not be told: that is FAILED, too, as a policy must not take it for anything better. A check that could not be told
 * or was skipped stands in no list. The subject's digest is the image's id; an image that did not build has none. Many are a
 * statement a line, as an in-toto bundle is.
 */
#include "report/json_build.h"

#include <string.h>

#define SHA256 "sha256:"

/* {"name": …, "digest": {"sha256": …}} */
static int add_subject (json_t *subjects, const vprod_report *report)
{
  const char *id = vprod_report_get_image_id (report);
  json_t *subject = json_object (), *digest = json_object ();

  if (strncmp (id, SHA256, strlen (SHA256)) != 0) {
    json_decref (subject);
    json_decref (digest);
    return 0;
  }
  int r = vprod__json_set_text (subject, "name", *vprod_report_get_image (report) ? vprod_report_get_image (report)
                                                                                  : vprod_report_get_name (report));
  r |= vprod__json_set_text (digest, "sha256", id + strlen (SHA256));
  r |= vprod__json_set (subject, "digest", digest);
  return r | json_array_append_new (subjects, vprod__json_done (subject, r));
}

/* A resource descriptor of this program, with what it ran on. */
static json_t *configuration_json (const vprod_report *report)
{
  _cleanup_out_ struct vprod__out uri = { 0 };
  json_t *list = json_array (), *tool = json_object (), *annotations = json_object ();

  vprod__out_f (&uri, "pkg:generic/verify-prod@%s", vprod_version ());
  int r = uri.no_memory ? -1 : 0;
  r |= vprod__json_set_text (tool, "name", vprod_report_get_name (report));
  r |= vprod__json_set_text (tool, "uri", vprod__buf_string (&uri.buf));
  r |= vprod__json_set_text (annotations, "engine", vprod_report_get_engine_name (report));
  r |= vprod__json_set_text (annotations, "engine_version", vprod_report_get_engine_version (report));
  r |= vprod__json_set_text (annotations, "started_at", vprod_report_get_started_at (report));
  r |= vprod__json_set_text (annotations, "verdict", vprod_verdict_name (vprod_report_get_verdict (report)));
  r |= vprod__json_set (tool, "annotations", annotations);
  r |= json_array_append_new (list, tool);
  return vprod__json_done (list, r);
}

/* The ids of the checks with this verdict. */
static json_t *tests_json (const vprod_report *report, vprod_verdict verdict)
{
  json_t *list = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (vprod_result_get_verdict (result) == verdict)
      r |= json_array_append_new (list, json_string (vprod_result_get_check (result)));
  }
  return vprod__json_done (list, r);
}

static json_t *predicate_json (const vprod_report *report)
{
  json_t *predicate = json_object ();
  int passed = vprod_report_get_verdict (report) == VPROD_VERDICT_PASS;
  int r = vprod__json_set_text (predicate, "result", passed ? "PASSED" : "FAILED");

  r |= vprod__json_set (predicate, "configuration", configuration_json (report));
  r |= vprod__json_set (predicate, "passedTests", tests_json (report, VPROD_VERDICT_PASS));
  r |= vprod__json_set (predicate, "warnedTests", json_array ());
  r |= vprod__json_set (predicate, "failedTests", tests_json (report, VPROD_VERDICT_FAIL));
  return vprod__json_done (predicate, r);
}

static void add_statement (const vprod_report *report, size_t flags, struct vprod__out *out)
{
  json_t *statement = json_object (), *subjects = json_array ();
  int r = vprod__json_set_text (statement, "_type", "https://in-toto.io/Statement/v1");

  r |= add_subject (subjects, report);
  r |= vprod__json_set (statement, "subject", subjects);
  r |= vprod__json_set_text (statement, "predicateType", "https://in-toto.io/attestation/test-result/v0.1");
  r |= vprod__json_set (statement, "predicate", predicate_json (report));
  vprod__json_write (statement, r, flags, out);
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  (void) options;
  add_statement (report, JSON_INDENT (2), out);
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  (void) set;
  (void) index;
  add_statement (report, JSON_COMPACT, out);
}

const struct vprod__format vprod__format_in_toto = {
  .name = "in-toto",
  .render = render,
  .set_add = add_member,
  .commands_in = VPROD__COMMANDS_JSON,
};
