/* SPDX-License-Identifier: MIT */
/*
 * For people: a line per check, details below it (for a failure all that helps to fix it, for a pass its findings), and
 * a closing line.
 *
 *   FAIL   non-root            12 ms  1 of 2 processes runs as root
 *            at Dockerfile:7
 *            remedy: add "USER 1001" to the Dockerfile
 *            - process 4711 (sh): effective UID 0
 *
 *   FAIL   notes-api: 9 passed, 1 failed (non-root), 1 skipped; 4.2 s, docker 20.10.24
 *
 * The columns do not depend on the other results, so that a result can be shown as soon as it is there.
 */
#include "report/format.h"
#include "util/clock.h"

#include <string.h>
#include "util/text.h"

#define DETAIL "         "
#define MESSAGE_COLUMN (7 + VPROD__CHECK_ID_WIDTH + 2 + 8 + 2)
#define MESSAGE_INDENT "                                    "
#define ROOMY 100 /* columns from which messages are wrapped within their own column */

static const struct {
  const char *word;
  enum vprod__color color;
  const char *counted; /* "9 passed" */
} verdicts[] = {
  [VPROD_VERDICT_PASS] = { "pass", VPROD__COLOR_GREEN, "passed" },
  [VPROD_VERDICT_FAIL] = { "FAIL", VPROD__COLOR_RED, "failed" },
  [VPROD_VERDICT_SKIP] = { "skip", VPROD__COLOR_YELLOW, "skipped" },
  [VPROD_VERDICT_ERROR] = { "ERROR", VPROD__COLOR_MAGENTA, "could not be told" },
};

/* "FAIL   " */
static void add_verdict (vprod_verdict verdict, struct vprod__out *out)
{
  const char *word = verdicts[verdict].word;

  vprod__out_color (out, verdicts[verdict].color);
  vprod__out_raw (out, word);
  vprod__out_color (out, VPROD__COLOR_OFF);
  vprod__out_f (out, "%*s", (int) (7 - strlen (word)), "");
}

void vprod__text_result (const vprod_result *result, struct vprod__out *out)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);
  const char *indent = out->width >= ROOMY ? MESSAGE_INDENT : DETAIL;
  char duration[32] = "";

  if (verdict != VPROD_VERDICT_SKIP)
    vprod__format_ms (vprod_result_get_duration_ms (result), duration, sizeof duration);
  add_verdict (verdict, out);
  vprod__out_f (out, "%-*s  %8s  ", VPROD__CHECK_ID_WIDTH, vprod_result_get_check (result), duration);
  vprod__out_hanging (out, vprod_result_get_message (result), MESSAGE_COLUMN, indent);
  /* a pass shows message and findings, a skip also what to do; other formats have the rest */
  if (verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR)
    vprod__details (result, DETAIL, out);
  else if (verdict == VPROD_VERDICT_PASS)
    vprod__findings (result, DETAIL, out);
  else /* of a skip few have a remedy: what is missing may be worth having */
    vprod__advice (result, DETAIL, out);
}

/* "9 passed"; nothing if the count is 0. */
static void add_count (const vprod_report *report, vprod_verdict verdict, const char **separator,
                       struct vprod__out *out)
{
  size_t count = vprod__count_verdict (report, verdict);

  if (count == 0)
    return;
  vprod__out_f (out, "%s%zu %s", *separator, count, verdicts[verdict].counted);
  *separator = ", ";
}

/* "1 failed (non-root)" */
static void add_count_and_ids (const vprod_report *report, vprod_verdict verdict, const char **separator,
                               struct vprod__out *out)
{
  const char *before = " (";

  add_count (report, verdict, separator, out);
  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (vprod_result_get_verdict (result) != verdict)
      continue;
    vprod__out_f (out, "%s%s", before, vprod_result_get_check (result));
    before = ", ";
  }
  if (*before == ',')
    vprod__out_raw (out, ")");
}

static void add_counts (const vprod_report *report, struct vprod__out *out)
{
  char why[VPROD__WHY_SIZE];
  const char *separator = "", *unjudged = vprod__unjudged (report, why);

  if (unjudged)
    vprod__out_f (out, "%s: ", unjudged);
  else if (vprod__count_verdict (report, VPROD_VERDICT_PASS) + vprod__count_verdict (report, VPROD_VERDICT_FAIL) == 0)
    vprod__out_raw (out, "nothing was verified: ");
  add_count (report, VPROD_VERDICT_PASS, &separator, out);
  add_count_and_ids (report, VPROD_VERDICT_FAIL, &separator, out);
  add_count_and_ids (report, VPROD_VERDICT_ERROR, &separator, out);
  add_count (report, VPROD_VERDICT_SKIP, &separator, out);
  if (!*separator)
    vprod__out_raw (out, "no check was run");
}

static void add_summary (const vprod_report *report, struct vprod__out *out)
{
  const char *image_id = vprod_report_get_image_id (report);
  char duration[32];

  vprod__format_ms (vprod_report_get_duration_ms (report), duration, sizeof duration);
  add_verdict (vprod_report_get_verdict (report), out);
  vprod__out_line (out, vprod_report_get_name (report));
  vprod__out_raw (out, ": ");
  add_counts (report, out);
  vprod__out_f (out, "; %s", duration);
  if (*vprod_report_get_engine_name (report)) {
    vprod__out_raw (out, ", ");
    vprod__out_line (out, vprod_report_get_engine_name (report));
    vprod__out_raw (out, " ");
    vprod__out_line (out, vprod_report_get_engine_version (report));
  }
  if (*image_id) {
    /* shortened as docker does */
    char id[13] = "";
    strncat (id, image_id + (strncmp (image_id, "sha256:", 7) == 0 ? 7 : 0), sizeof id - 1);
    vprod__out_raw (out, ", image ");
    vprod__out_line (out, id);
  }
  vprod__out_raw (out, "\n");
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  for (size_t i = 0; !options->summary_only && i < vprod_report_count_results (report); i++)
    vprod__text_result (vprod_report_get_result_at (report, i), out);
  vprod__out_raw (out, "\n");
  add_summary (report, out);
}

/* ---- many ---------------------------------------------------------------------------------------------------- */

static void add_member (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  if (!vprod_report_set_is_absent_at (set, index)) {
    add_summary (report, out);
    return;
  }
  add_verdict (VPROD_VERDICT_ERROR, out);
  vprod__out_line (out, vprod_report_set_get_name_at (set, index));
  vprod__out_raw (out, ": there is no report of it: its run was lost, or did not begin\n");
}

/* "2 failed (api, worker)" */
static void add_members (const vprod_report_set *set, vprod_verdict verdict, const char **separator, struct vprod__out *out)
{
  size_t count = vprod__set_count_verdict (set, verdict);
  const char *before = " (";

  if (count == 0)
    return;
  vprod__out_f (out, "%s%zu %s", *separator, count, verdicts[verdict].counted);
  *separator = ", ";
  for (size_t i = 0; verdict != VPROD_VERDICT_PASS && i < vprod_report_set_count (set); i++)
    if (vprod_report_set_get_verdict_at (set, i) == verdict) {
      vprod__out_raw (out, before);
      vprod__out_line (out, vprod_report_set_get_name_at (set, i));
      before = ", ";
    }
  vprod__out_raw (out, *before == ',' ? ")" : "");
}

static void end_set (const vprod_report_set *set, struct vprod__out *out)
{
  size_t count = vprod_report_set_count (set);
  const char *separator = "";
  char duration[32];

  vprod__format_ms (vprod__set_duration (set), duration, sizeof duration);
  vprod__out_raw (out, "\n");
  add_verdict (vprod_report_set_get_verdict (set), out);
  vprod__out_f (out, "%zu spec%s: ", count, count == 1 ? "" : "s");
  add_members (set, VPROD_VERDICT_PASS, &separator, out);
  add_members (set, VPROD_VERDICT_FAIL, &separator, out);
  add_members (set, VPROD_VERDICT_ERROR, &separator, out);
  vprod__out_f (out, "%s; %s in all\n", *separator ? "" : "there is no report", duration);
}

const struct vprod__format vprod__format_text = {
  .name = "text",
  .render = render,
  .set_add = add_member,
  .set_end = end_set,
};
