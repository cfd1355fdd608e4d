/* SPDX-License-Identifier: MIT */
/*
 * Workflow commands of GitHub Actions: the text report in a group that can be folded, then an annotation for each check
 * that did not pass, at its place in the sources.
 *
 * No word of a container may look like a command (util/commands.h).
 */
#include "report/format.h"

#include <string.h>

/* Percent-encodes what would end the value, or the property, and the percent sign itself. */
static void add_encoded (struct vprod__out *out, const char *text, const char *special)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);

  for (const char *p = harmless; p && *p;) {
    size_t plain = strcspn (p, special);
    vprod__out_f (out, "%.*s", (int) plain, p);
    p += plain;
    if (*p)
      vprod__out_f (out, "%%%02X", (unsigned int) (unsigned char) *p++);
  }
}

static void add_property (struct vprod__out *out, const char *text)
{
  add_encoded (out, text, "%\r\n:,");
}

static const char *what_it_is (vprod_verdict verdict)
{
  return verdict == VPROD_VERDICT_FAIL ? "failed" : verdict == VPROD_VERDICT_ERROR ? "could not be told" : "skipped";
}

/* Is there nothing to say of it? It passed, or the spec does not ask for it. */
static int is_quiet (const vprod_result *result)
{
  const char *asked = vprod_result_find_evidence (result, "asked");
  vprod_verdict verdict = vprod_result_get_verdict (result);

  return verdict == VPROD_VERDICT_PASS || (verdict == VPROD_VERDICT_SKIP && asked && strcmp (asked, "no") == 0);
}

/* "::error file=Dockerfile,line=7,title=non-root failed::…" */
static void add_annotation (struct vprod__out *out, const vprod_result *result)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);
  const char *file = vprod_result_get_file (result);
  _cleanup_out_ struct vprod__out message = { 0 };

  vprod__out_f (out, "::%s ", verdict == VPROD_VERDICT_SKIP ? "notice" : "error");
  /* a skip is due to the spec or to another check: it has no line in the sources */
  if (*file && verdict != VPROD_VERDICT_SKIP) {
    vprod__out_raw (out, "file=");
    add_property (out, file);
    vprod__out_f (out, ",line=%d,", vprod_result_get_line (result));
  }
  vprod__out_raw (out, "title=");
  add_property (out, vprod_result_get_check (result));
  vprod__out_f (out, " %s::", what_it_is (verdict));
  vprod__out_lines (&message, "", vprod_result_get_message (result));
  if (verdict != VPROD_VERDICT_SKIP)
    vprod__advice (result, "", &message);
  out->no_memory |= message.no_memory;
  if (message.buf.length > 0)
    message.buf.data[message.buf.length - 1] = '\0'; /* the last newline */
  add_encoded (out, vprod__buf_string (&message.buf), "%\r\n");
  vprod__out_raw (out, "\n");
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  const vprod_render_options whole = { .size = sizeof whole };
  _cleanup_out_ struct vprod__out text = { 0 };
  char why[VPROD__WHY_SIZE];
  (void) options;

  vprod__out_raw (out, "::group::verify-prod ");
  add_encoded (out, vprod_report_get_name (report), "%\r\n");
  vprod__out_f (out, ": %s\n", vprod_verdict_name (vprod_report_get_verdict (report)));
  vprod__format_text.render (report, &whole, &text);
  out->no_memory |= text.no_memory;
  if (vprod__commands_break (vprod__buf_string (&text.buf), VPROD__COMMANDS_TEXT, &out->buf) < 0)
    out->no_memory = 1;
  vprod__out_raw (out, "::endgroup::\n");
  for (size_t i = 0; i < vprod_report_count_results (report); i++)
    if (!is_quiet (vprod_report_get_result_at (report, i)))
      add_annotation (out, vprod_report_get_result_at (report, i));
  const char *untold = vprod__untold (report, why);
  if (untold)
    vprod__out_f (out, "::error title=" VPROD__UNTOLD_ID " could not be told::%s\n", untold);
}

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  (void) set;
  (void) index;
  render (report, NULL, out);
}

const struct vprod__format vprod__format_github = {
  .name = "github",
  .render = render,
  .set_add = add_member,
  .gives_commands = 1,
};
