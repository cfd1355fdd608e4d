/* SPDX-License-Identifier: MIT */
/*
 * SARIF 2.1.0 for code hosts: a rule per check, and a result for each check that is fail or error, at its place in the
 * sources. Passes are left out, as code hosts show every result as an alert, and close alerts whose result is gone.
 * `fail` is a result of kind fail. `error` is one of kind open ("there was insufficient information to decide", the
 * standard says) and a notification, so that the run does not count as successful.
 */
#include "report/json_build.h"

#include <inttypes.h>
#include <string.h>
#include <verify-prod/checks.h>
#include "util/hash.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define NO_RULE SIZE_MAX
#define DESCRIPTION_BYTES 1000 /* GitHub takes at most 1024 characters */

/* {"text": …} */
static json_t *message_json (const char *text)
{
  json_t *object = json_object ();

  return vprod__json_done (object, vprod__json_set_text (object, "text", text));
}

static int set_message (json_t *object, const char *key, const char *text)
{
  return vprod__json_set (object, key, message_json (text));
}

/* ---- rules --------------------------------------------------------------------------------------------- */

/* At most this many bytes, cut between words. */
static int set_description (json_t *rule, const char *key, const char *text)
{
  size_t length = strlen (text);

  if (length <= DESCRIPTION_BYTES)
    return set_message (rule, key, text);
  length = DESCRIPTION_BYTES;
  while (length > 1 && text[length] != ' ')
    length--;
  _cleanup_out_ struct vprod__out cut = { 0 };
  vprod__out_f (&cut, "%.*s …", (int) length, text);
  return cut.no_memory ? -1 : set_message (rule, key, vprod__buf_string (&cut.buf));
}

static int set_help (json_t *rule, const vprod_check_info *info)
{
  _cleanup_out_ struct vprod__out text = { 0 }, markdown = { 0 };
  json_t *help = json_object ();

  vprod__out_f (&text, "%s\n\n%s\n\n%s\n", info->what, info->why, info->remedy);
  vprod__out_f (&markdown, "%s\n\n**Why:** %s\n\n**What to do:** %s\n", info->what, info->why, info->remedy);
  int r = text.no_memory || markdown.no_memory ? -1 : 0;
  r |= vprod__json_set_text (help, "text", vprod__buf_string (&text.buf));
  r |= vprod__json_set_text (help, "markdown", vprod__buf_string (&markdown.buf));
  return r | vprod__json_set (rule, "help", help);
}

static json_t *rule_json (const char *id, const char *title)
{
  const vprod_check_info *info = vprod_find_check (id);
  json_t *rule = json_object (), *configuration = json_object (), *properties = json_object ();
  int r = vprod__json_set_text (rule, "id", id);

  r |= set_description (rule, "shortDescription", title);
  r |= set_description (rule, "fullDescription", info ? info->what : title);
  r |= info ? set_help (rule, info) : set_message (rule, "help", title);
  r |= vprod__json_set_text (configuration, "level", "error");
  r |= vprod__json_set (rule, "defaultConfiguration", configuration);
  json_t *tags = json_array ();
  r |= json_array_append_new (tags, json_string ("container"));
  r |= json_array_append_new (tags, json_string ("production"));
  r |= vprod__json_set (properties, "tags", tags);
  r |= vprod__json_set (rule, "properties", properties);
  return vprod__json_done (rule, r);
}

/* The index of the first result of the same check: a rule is listed once. */
static size_t rule_index (const vprod_report *report, const char *check, int *ret_new, size_t before)
{
  size_t index = 0;

  *ret_new = 1;
  for (size_t i = 0; i < before; i++) {
    const char *other = vprod_result_get_check (vprod_report_get_result_at (report, i));
    int known = 0;
    if (strcmp (other, check) == 0) {
      *ret_new = 0;
      return index;
    }
    for (size_t k = 0; k < i && !known; k++)
      known = strcmp (vprod_result_get_check (vprod_report_get_result_at (report, k)), other) == 0;
    index += !known;
  }
  return index;
}

static json_t *rules_json (const vprod_report *report)
{
  json_t *rules = json_array ();
  int r = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    int is_new;
    rule_index (report, vprod_result_get_check (result), &is_new, i);
    if (is_new)
      r |= json_array_append_new (rules, rule_json (vprod_result_get_check (result), vprod_result_get_title (result)));
  }
  return vprod__json_done (rules, r);
}

/* ---- results ------------------------------------------------------------------------------------------- */

static int is_told (const vprod_result *result)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);

  return verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR;
}

/* A relative reference (RFC 3986). */
static void add_uri (struct vprod__out *out, const char *path)
{
  for (const char *p = path; *p; p++)
    if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr ("-._~/", *p))
      vprod__out_f (out, "%c", *p);
    else
      vprod__out_f (out, "%%%02X", (unsigned int) (unsigned char) *p);
}

static json_t *locations_json (const vprod_result *result)
{
  const char *file = vprod_result_get_file (result);
  int line = vprod_result_get_line (result);
  _cleanup_out_ struct vprod__out uri = { 0 };
  json_t *artifact = json_object (), *region = json_object (), *physical = json_object ();
  json_t *location = json_object (), *locations = json_array ();

  /* a spec without a file gets the default name */
  add_uri (&uri, *file ? file : "verify-prod.yaml");
  int r = uri.no_memory ? -1 : 0;
  r |= vprod__json_set_text (artifact, "uri", vprod__buf_string (&uri.buf));
  r |= vprod__json_set (region, "startLine", json_integer (line > 0 ? line : 1));
  r |= vprod__json_set (physical, "artifactLocation", artifact);
  r |= vprod__json_set (physical, "region", region);
  r |= vprod__json_set (location, "physicalLocation", physical);
  r |= json_array_append_new (locations, location);
  return vprod__json_done (locations, r);
}

/* Keeps an alert, and the comments on it, the same when its line moves. */
static json_t *fingerprints_json (const vprod_report *report, const vprod_result *result)
{
  const char *parts[] = { vprod_report_get_name (report), vprod_result_get_check (result) };
  uint64_t hash = VPROD__HASH_BEGIN;
  _cleanup_out_ struct vprod__out text = { 0 };
  json_t *object = json_object ();

  for (size_t i = 0; i < 2; i++) /* with the NUL, which separates the two */
    hash = vprod__hash (hash, parts[i], strlen (parts[i]) + 1);
  vprod__out_f (&text, "%016" PRIx64 ":1", hash);
  int r = text.no_memory ? -1 : 0;
  r |= vprod__json_set_text (object, "primaryLocationLineHash", vprod__buf_string (&text.buf));
  return vprod__json_done (object, r);
}

/* Message, findings and remedy. [x](y) would be a link in SARIF, so brackets from containers are escaped. */
static json_t *told_json (const vprod_result *result)
{
  _cleanup_out_ struct vprod__out text = { 0 }, plain = { 0 };
  const char *rest, *link;

  vprod__out_lines (&text, "", vprod_result_get_message (result));
  vprod__advice (result, "", &text);
  rest = vprod__buf_string (&text.buf);
  while ((link = strstr (rest, "]("))) {
    vprod__out_f (&plain, "%.*s] (", (int) (link - rest), rest);
    rest = link + 2;
  }
  size_t length = strlen (rest);
  while (length > 0 && rest[length - 1] == '\n')
    length--;
  vprod__out_f (&plain, "%.*s", (int) length, rest);
  return text.no_memory || plain.no_memory ? NULL : message_json (vprod__buf_string (&plain.buf));
}

/* rule: its index among the rules, or NO_RULE: of a check that this library does not have. */
static json_t *result_json (const vprod_report *report, size_t index, size_t rule)
{
  const vprod_result *result = vprod_report_get_result_at (report, index);
  int is_fail = vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL;
  json_t *object = json_object (), *properties = json_object ();
  int r = vprod__json_set_text (object, "ruleId", vprod_result_get_check (result));

  if (rule != NO_RULE)
    r |= vprod__json_set (object, "ruleIndex", json_integer ((json_int_t) rule));
  r |= vprod__json_set_text (object, "kind", is_fail ? "fail" : "open");
  r |= vprod__json_set_text (object, "level", is_fail ? "error" : "none");
  r |= vprod__json_set (object, "message", told_json (result));
  r |= vprod__json_set (object, "locations", locations_json (result));
  r |= vprod__json_set (object, "partialFingerprints", fingerprints_json (report, result));
  r |= vprod__json_set_text (properties, "verdict", vprod_verdict_name (vprod_result_get_verdict (result)));
  r |= vprod__json_set (properties, "duration_ms", json_integer (vprod_result_get_duration_ms (result)));
  r |= vprod__json_set (properties, "evidence", vprod__json_evidence (result));
  r |= vprod__json_set (object, "properties", properties);
  return vprod__json_done (object, r);
}

static json_t *results_json (const vprod_report *report)
{
  json_t *results = json_array ();
  int r = 0, is_new;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (is_told (result))
      r |= json_array_append_new (results, result_json (report, i, rule_index (report, vprod_result_get_check (result), &is_new, i)));
  }
  return vprod__json_done (results, r);
}

/* ---- the run ------------------------------------------------------------------------------------------- */

static json_t *notification_json (const vprod_result *result)
{
  json_t *object = json_object (), *rule = json_object ();
  int r = vprod__json_set_text (object, "level", "error");

  r |= set_message (object, "message", vprod_result_get_message (result));
  r |= vprod__json_set_text (rule, "id", vprod_result_get_check (result));
  r |= vprod__json_set (object, "associatedRule", rule);
  return vprod__json_done (object, r);
}

/* The result for a report that is an error though no check is. */
static json_t *untold_json (const char *untold)
{
  json_t *object = json_object ();
  int r = vprod__json_set_text (object, "level", "error");

  r |= set_message (object, "message", untold);
  return vprod__json_done (object, r);
}

static json_t *invocations_json (const vprod_report *report)
{
  json_t *invocation = json_object (), *list = json_array (), *notifications = json_array ();
  char why[VPROD__WHY_SIZE];
  int r = 0, told = vprod_report_get_verdict (report) != VPROD_VERDICT_ERROR;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (vprod_result_get_verdict (result) != VPROD_VERDICT_ERROR)
      continue;
    told = 0;
    r |= json_array_append_new (notifications, notification_json (result));
  }
  const char *untold = vprod__untold (report, why);
  if (untold)
    r |= json_array_append_new (notifications, untold_json (untold));
  r |= vprod__json_set (invocation, "executionSuccessful", json_boolean (told));
  r |= vprod__json_set_text (invocation, "startTimeUtc", vprod_report_get_started_at (report));
  r |= vprod__json_set (invocation, "toolExecutionNotifications", notifications);
  r |= json_array_append_new (list, invocation);
  return vprod__json_done (list, r);
}

static json_t *properties_json (const vprod_report *report)
{
  json_t *object = json_object ();
  int r = vprod__json_set_text (object, "verdict", vprod_verdict_name (vprod_report_get_verdict (report)));

  r |= vprod__json_set (object, "duration_ms", json_integer (vprod_report_get_duration_ms (report)));
  r |= vprod__json_set_text (object, "image", vprod_report_get_image (report));
  r |= vprod__json_set_text (object, "image_id", vprod_report_get_image_id (report));
  r |= vprod__json_set_text (object, "engine", vprod_report_get_engine_name (report));
  r |= vprod__json_set_text (object, "engine_version", vprod_report_get_engine_version (report));
  return vprod__json_done (object, r);
}

/* Keeps apart the runs of several images of one repository; name NULL: it is one of them all. */
static json_t *automation_json (const char *name)
{
  _cleanup_out_ struct vprod__out id = { 0 };
  json_t *object = json_object ();

  vprod__out_raw (&id, "verify-prod/");
  if (name) {
    add_uri (&id, name);
    vprod__out_raw (&id, "/");
  }
  int r = id.no_memory ? -1 : vprod__json_set_text (object, "id", vprod__buf_string (&id.buf));
  return vprod__json_done (object, r);
}

/* What a run begins with; takes rules. */
static int set_tool (json_t *run, json_t *rules, const char *name)
{
  json_t *tool = json_object (), *driver = json_object ();
  int r = vprod__json_set_text (driver, "name", "verify-prod");

  r |= vprod__json_set_text (driver, "version", vprod_version ());
  r |= vprod__json_set (driver, "rules", rules);
  r |= vprod__json_set (tool, "driver", driver);
  r |= vprod__json_set (run, "tool", tool);
  return r | vprod__json_set (run, "automationDetails", automation_json (name));
}

static json_t *run_json (const vprod_report *report)
{
  json_t *run = json_object ();
  int r = set_tool (run, rules_json (report), vprod_report_get_name (report));

  r |= vprod__json_set (run, "invocations", invocations_json (report));
  r |= vprod__json_set (run, "results", results_json (report));
  r |= vprod__json_set (run, "properties", properties_json (report));
  return vprod__json_done (run, r);
}

/* The document of this run, which it takes. */
static json_t *document_json (json_t *run, int *r)
{
  json_t *root = json_object (), *runs = json_array ();

  *r |= vprod__json_set_text (root, "$schema", SCHEMA);
  *r |= vprod__json_set_text (root, "version", "2.1.0");
  *r |= json_array_append_new (runs, run);
  *r |= vprod__json_set (root, "runs", runs);
  return root;
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  int r = 0;
  json_t *root = document_json (run_json (report), &r);
  (void) options;

  vprod__json_write (root, r, JSON_INDENT (2), out);
}

/* ---- many: one run, whose rules are all checks, and one more for a report that is absent ----------------------- */

static size_t rule_of (const char *check)
{
  size_t index = 0;

  while (index < vprod_count_checks () && strcmp (vprod_get_check_at (index)->id, check) != 0)
    index++;
  return index < vprod_count_checks () || strcmp (check, VPROD__UNTOLD_ID) == 0 ? index : NO_RULE;
}

static void begin_set (const vprod_report_set *set, struct vprod__out *out)
{
  json_t *run = json_object (), *rules = json_array ();
  int r = 0;
  (void) set;

  for (size_t i = 0; i < vprod_count_checks (); i++)
    r |= json_array_append_new (rules, rule_json (vprod_get_check_at (i)->id, vprod_get_check_at (i)->title));
  r |= json_array_append_new (rules, rule_json (VPROD__UNTOLD_ID, "There is a report of each image"));
  r |= set_tool (run, rules, NULL);
  r |= vprod__json_set (run, "results", json_array ());
  json_t *root = document_json (run, &r);
  vprod__json_write_open (root, r, "]}]}", out);
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  size_t before = 0;

  for (size_t i = 0; i < index; i++) {
    before += (size_t) vprod_report_set_is_absent_at (set, i);
    for (size_t k = 0; vprod_report_set_get_bad_check_at (set, i, k); k++)
      before++;
  }
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (!is_told (result))
      continue;
    json_t *object = result_json (report, i, rule_of (vprod_result_get_check (result)));
    vprod__out_raw (out, before++ > 0 ? ",\n" : "\n");
    vprod__json_write (object, object ? 0 : -1, JSON_INDENT (2), out);
  }
}

/* That it could not be told of a member. */
static json_t *member_json (const vprod_report_set *set, size_t index)
{
  _cleanup_out_ struct vprod__out text = { 0 };

  vprod__out_line (&text, vprod_report_set_get_name_at (set, index));
  vprod__out_raw (&text, vprod_report_set_is_absent_at (set, index) ? ": there is no report of it" : ": could not be told");
  return text.no_memory ? NULL : untold_json (vprod__buf_string (&text.buf));
}

static void end_set (const vprod_report_set *set, struct vprod__out *out)
{
  json_t *invocation = json_object (), *notifications = json_array (), *list = json_array (), *rest = json_object ();
  int r = 0;

  for (size_t i = 0; i < vprod_report_set_count (set); i++)
    if (vprod_report_set_get_verdict_at (set, i) == VPROD_VERDICT_ERROR)
      r |= json_array_append_new (notifications, member_json (set, i));
  r |= vprod__json_set (invocation, "executionSuccessful", json_boolean (json_array_size (notifications) == 0 && vprod_report_set_count (set) > 0));
  r |= vprod__json_set (invocation, "toolExecutionNotifications", notifications);
  r |= json_array_append_new (list, invocation);
  r |= vprod__json_set (rest, "invocations", list);
  vprod__out_raw (out, "],");
  size_t brace = out->buf.length;
  vprod__json_write (rest, r, JSON_INDENT (2), out);
  if (!out->no_memory)
    out->buf.data[brace] = ' '; /* it goes on in the run */
  vprod__out_raw (out, "]}\n");
}

const struct vprod__format vprod__format_sarif = {
  .name = "sarif",
  .render = render,
  .set_begin = begin_set,
  .set_add = add_member,
  .set_end = end_set,
  .commands_in = VPROD__COMMANDS_JSON,
};
