/* SPDX-License-Identifier: MIT */
/*
 * TAP version 14: a test point per check, with a YAML block of what was seen. TAP only has ok and not ok, so the block's
 * severity tells `fail` from `error`; a skip is a SKIP directive with its reason. Where the report is an error but no
 * check is, one more test point fails, as readers count skips as passed.
 */
#include "report/format.h"

#include <inttypes.h>
#include <string.h>

/* Text with a backslash before each of these characters. */
static void add_escaped (struct vprod__out *out, const char *text, const char *special)
{
  for (const char *p = text; *p;) {
    size_t plain = strcspn (p, special);
    vprod__out_f (out, "%.*s", (int) plain, p);
    p += plain;
    if (*p)
      vprod__out_f (out, "\\%c", *p == '\n' ? 'n' : *p == '\t' ? 't' : *p), p++;
  }
}

/* A description or reason: one line, escaped so that none of it is read as a directive. */
static void add_description (struct vprod__out *out, const char *text)
{
  _cleanup_out_ struct vprod__out line = { 0 };

  vprod__out_line (&line, text);
  out->no_memory |= line.no_memory;
  add_escaped (out, vprod__buf_string (&line.buf), "#\\");
}

/* A double-quoted YAML scalar. */
static void add_quoted (struct vprod__out *out, const char *text)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);

  vprod__out_raw (out, "\"");
  add_escaped (out, harmless ? harmless : "", "\"\\\n\t");
  vprod__out_raw (out, "\"");
}

/* A literal block scalar, for people; TAP::Parser only reads its simplest form. */
static int fits_block (const char *text)
{
  return strchr (text, '\n') && *text != ' ' && *text != '\t' && *text != '\n' && !strstr (text, "\n\n")
         && text[strlen (text) - 1] != '\n';
}

/* "key: value". Keys are quoted: one could be `no`, or contain a colon. */
static void add_entry (struct vprod__out *out, const char *indent, const char *key, const char *value)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, value);
  _cleanup_out_ struct vprod__out deeper = { 0 };

  vprod__out_raw (out, indent);
  add_quoted (out, key);
  vprod__out_raw (out, ": ");
  if (!harmless || !fits_block (harmless)) {
    add_quoted (out, value);
    vprod__out_raw (out, "\n");
    return;
  }
  vprod__out_f (&deeper, "%s  ", indent);
  out->no_memory |= deeper.no_memory;
  vprod__out_raw (out, "|\n");
  vprod__out_lines (out, vprod__buf_string (&deeper.buf), harmless);
}

static void add_evidence (struct vprod__out *out, const vprod_result *result)
{
  const char *name, *value;

  if (vprod_result_count_evidence (result) > 0)
    vprod__out_raw (out, "  evidence:\n");
  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    add_entry (out, "    ", name, value);
}

static void add_finding (struct vprod__out *out, const vprod_finding *finding)
{
  const char *name, *value;

  for (size_t i = 0; vprod_finding_get_field_at (finding, i, &name, &value) == 0; i++) {
    vprod__out_raw (out, i == 0 ? "    - " : "      ");
    add_quoted (out, name);
    vprod__out_raw (out, ": ");
    add_quoted (out, value);
    vprod__out_raw (out, "\n");
  }
}

static void add_block (struct vprod__out *out, const vprod_result *result)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);

  vprod__out_raw (out, "  ---\n");
  add_entry (out, "  ", "message", vprod_result_get_message (result));
  if (verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR)
    add_entry (out, "  ", "severity", vprod_verdict_name (verdict));
  if (*vprod_result_get_remedy (result))
    add_entry (out, "  ", "remedy", vprod_result_get_remedy (result));
  vprod__out_f (out, "  \"duration_ms\": %" PRId64 "\n", vprod_result_get_duration_ms (result));
  add_evidence (out, result);
  if (vprod_result_count_findings (result) > 0)
    vprod__out_raw (out, "  findings:\n");
  for (size_t i = 0; i < vprod_result_count_findings (result); i++)
    add_finding (out, vprod_result_get_finding_at (result, i));
  vprod__out_raw (out, "  ...\n");
}

static void add_point (struct vprod__out *out, size_t number, const vprod_result *result)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);

  vprod__out_f (out, "%sok %zu - ", verdict == VPROD_VERDICT_PASS || verdict == VPROD_VERDICT_SKIP ? "" : "not ", number);
  add_description (out, vprod_result_get_check (result));
  vprod__out_raw (out, ": ");
  add_description (out, vprod_result_get_title (result));
  if (verdict == VPROD_VERDICT_SKIP) {
    vprod__out_raw (out, " # SKIP ");
    add_description (out, vprod_result_get_message (result));
  }
  vprod__out_raw (out, "\n");
  add_block (out, result);
}

static void add_untold (struct vprod__out *out, size_t number, const char *untold)
{
  vprod__out_f (out, "not ok %zu - " VPROD__UNTOLD_ID ": It can be told whether the image is fit\n  ---\n", number);
  add_entry (out, "  ", "message", untold);
  add_entry (out, "  ", "severity", vprod_verdict_name (VPROD_VERDICT_ERROR));
  vprod__out_raw (out, "  ...\n");
}

/* The plan, and the test points. */
static void add_points (const vprod_report *report, struct vprod__out *out)
{
  size_t count = vprod_report_count_results (report);
  char why[VPROD__WHY_SIZE];
  const char *untold = vprod__untold (report, why);

  vprod__out_f (out, "1..%zu\n# ", count + (untold != NULL));
  vprod__out_line (out, vprod_report_get_name (report));
  vprod__out_f (out, ": %s\n", vprod_verdict_name (vprod_report_get_verdict (report)));
  for (size_t i = 0; i < count; i++)
    add_point (out, i + 1, vprod_report_get_result_at (report, i));
  if (untold)
    add_untold (out, count + 1, untold);
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  (void) options;
  vprod__out_raw (out, "TAP version 14\n");
  add_points (report, out);
}

/* ---- many: a subtest each ------------------------------------------------------------------------------------- */

static void begin_set (const vprod_report_set *set, struct vprod__out *out)
{
  vprod__out_f (out, "TAP version 14\n1..%zu\n", vprod_report_set_count (set));
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  vprod_verdict verdict = vprod_report_set_get_verdict_at (set, index);
  const char *name = vprod_report_set_get_name_at (set, index);
  _cleanup_out_ struct vprod__out points = { 0 };

  vprod__out_raw (out, "# Subtest: ");
  add_description (out, name);
  vprod__out_raw (out, "\n");
  add_points (report, &points);
  out->no_memory |= points.no_memory;
  vprod__out_lines (out, "    ", vprod__buf_string (&points.buf));
  vprod__out_f (out, "%sok %zu - ", verdict == VPROD_VERDICT_PASS ? "" : "not ", index + 1);
  add_description (out, name);
  vprod__out_raw (out, "\n");
  if (verdict == VPROD_VERDICT_PASS)
    return;
  vprod__out_raw (out, "  ---\n");
  add_entry (out, "  ", "severity", vprod_verdict_name (verdict));
  vprod__out_raw (out, "  ...\n");
}

const struct vprod__format vprod__format_tap = {
  .name = "tap",
  .render = render,
  .set_begin = begin_set,
  .set_add = add_member,
};
