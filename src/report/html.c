/* SPDX-License-Identifier: MIT */
/*
 * A self-contained page: it loads nothing and has no script, and its content security policy forbids both. Failed
 * checks and errors come first, unfolded; the rest unfolds at a click. The page is well-formed XML, so that any XML
 * parser can check it.
 */
#include "report/html.h"
#include "util/clock.h"

#include <string.h>

#define SHOWN_FINDINGS 500

static int is_open (vprod_verdict verdict)
{
  return verdict == VPROD_VERDICT_FAIL || verdict == VPROD_VERDICT_ERROR;
}

void vprod__html_element (struct vprod__out *out, const char *element, const char *class, const char *text)
{
  vprod__out_f (out, "<%s", element);
  if (class)
    vprod__out_f (out, " class=\"%s\"", class);
  vprod__out_raw (out, ">");
  vprod__out_markup (out, text);
  vprod__out_f (out, "</%s>", element);
}

static void add_heading (struct vprod__out *out, const char *text)
{
  vprod__out_raw (out, "\n");
  vprod__html_element (out, "h3", NULL, text);
  vprod__out_raw (out, "\n");
}

/* ---- one check ----------------------------------------------------------------------------------------- */

/* The fields of a finding that its message does not repeat. */
static void add_finding (const vprod_finding *finding, struct vprod__out *out)
{
  const char *message = vprod_finding_find_field (finding, "message"), *name, *value, *before = " <small>(";

  if (!message)
    message = "";
  vprod__out_raw (out, "<li>");
  vprod__out_markup (out, message);
  for (size_t i = 0; vprod_finding_get_field_at (finding, i, &name, &value) == 0; i++) {
    if (strcmp (name, "message") == 0 || strstr (message, value))
      continue;
    vprod__out_raw (out, before);
    vprod__out_markup (out, name);
    vprod__out_raw (out, ": ");
    vprod__out_markup (out, value);
    before = ", ";
  }
  vprod__out_raw (out, *before == ',' ? ")</small></li>\n" : "</li>\n");
}

static void add_findings (const vprod_result *result, struct vprod__out *out)
{
  size_t count = vprod_result_count_findings (result);

  if (count == 0)
    return;
  add_heading (out, "Found");
  vprod__out_raw (out, "<ul>\n");
  for (size_t i = 0; i < count && i < SHOWN_FINDINGS; i++)
    add_finding (vprod_result_get_finding_at (result, i), out);
  if (count > SHOWN_FINDINGS)
    vprod__out_f (out, "<li>and %zu more; the JSON report has them all</li>\n", count - SHOWN_FINDINGS);
  vprod__out_raw (out, "</ul>");
}

static void add_evidence (const vprod_result *result, struct vprod__out *out)
{
  const char *name, *value;
  int begun = 0;

  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++) {
    if (strcmp (name, VPROD__LOG_TAIL) == 0 || !*value)
      continue;
    if (!begun) {
      add_heading (out, "Seen");
      vprod__out_raw (out, "<table>\n");
    }
    begun = 1;
    vprod__out_raw (out, "<tr>");
    vprod__html_element (out, "th", "mono", name);
    vprod__html_element (out, "td", strchr (value, '\n') ? "mono" : NULL, value);
    vprod__out_raw (out, "</tr>\n");
  }
  if (begun)
    vprod__out_raw (out, "</table>");
}

static void add_place (const vprod_result *result, struct vprod__out *out)
{
  if (!*vprod_result_get_file (result) || !is_open (vprod_result_get_verdict (result)))
    return;
  add_heading (out, "Where to look");
  vprod__out_raw (out, "<p><code>");
  vprod__out_markup (out, vprod_result_get_file (result));
  vprod__out_f (out, ":%d</code></p>", vprod_result_get_line (result));
}

static void add_body (const vprod_result *result, struct vprod__out *out)
{
  const char *log = vprod_result_find_evidence (result, VPROD__LOG_TAIL);

  vprod__out_raw (out, "<div class=\"body\">");
  vprod__html_element (out, "p", "title", vprod_result_get_title (result));
  add_findings (result, out);
  if (*vprod_result_get_remedy (result)) {
    add_heading (out, "What to do");
    vprod__html_element (out, "p", "remedy", vprod_result_get_remedy (result));
  }
  add_place (result, out);
  if (log && *log) {
    add_heading (out, "The log ends in");
    vprod__html_element (out, "pre", NULL, log);
  }
  add_evidence (result, out);
  vprod__out_raw (out, "</div>");
}

/* page: of a set, 0: of a report by itself. */
static void add_check (const vprod_result *result, size_t page, size_t number, struct vprod__out *out)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);
  char took[32] = "";

  if (verdict != VPROD_VERDICT_SKIP)
    vprod__format_ms (vprod_result_get_duration_ms (result), took, sizeof took);
  vprod__out_f (out, "<details class=\"%s\"", vprod_verdict_name (verdict));
  if (page == 0)
    vprod__out_f (out, " id=\"check-%zu\"", number);
  else
    vprod__out_f (out, " id=\"page-%zu-check-%zu\"", page, number);
  vprod__out_f (out, "%s><summary>", is_open (verdict) ? " open=\"open\"" : "");
  vprod__html_element (out, "span", "badge", vprod_verdict_name (verdict));
  vprod__html_element (out, "span", "id", vprod_result_get_check (result));
  vprod__html_element (out, "span", "says", vprod_result_get_message (result));
  vprod__html_element (out, "span", "took", took);
  vprod__out_raw (out, "</summary>\n");
  add_body (result, out);
  vprod__out_raw (out, "</details>\n");
}

/* The results that need attention (bad), or the others, under a heading if there are any. */
static void add_checks (const vprod_report *report, size_t page, int bad, const char *heading, struct vprod__out *out)
{
  int begun = 0;

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    const vprod_result *result = vprod_report_get_result_at (report, i);
    if (is_open (vprod_result_get_verdict (result)) != bad)
      continue;
    if (!begun) {
      vprod__html_element (out, "h2", NULL, heading);
      vprod__out_raw (out, "\n");
    }
    begun = 1;
    add_check (result, page, i + 1, out);
  }
}

/* ---- the page ------------------------------------------------------------------------------------------ */

static void add_fact (struct vprod__out *out, const char *name, const char *value, const char *more)
{
  if (!*value)
    return;
  vprod__html_element (out, "dt", NULL, name);
  vprod__out_raw (out, "<dd>");
  vprod__out_markup (out, value);
  if (*more) {
    vprod__out_raw (out, " ");
    vprod__out_markup (out, more);
  }
  vprod__out_raw (out, "</dd>\n");
}

static void add_counts (const vprod_report *report, struct vprod__out *out)
{
  static const struct {
    vprod_verdict verdict;
    const char *words;
  } counted[] = { { VPROD_VERDICT_FAIL, "failed" }, { VPROD_VERDICT_ERROR, "could not be told" }, { VPROD_VERDICT_PASS, "passed" },
                  { VPROD_VERDICT_SKIP, "skipped" } };
  char why[VPROD__WHY_SIZE];
  const char *separator = "", *unjudged = vprod__unjudged (report, why);

  vprod__out_raw (out, "<p class=\"counts\">");
  if (unjudged)
    vprod__out_f (out, "%s: ", unjudged);
  else if (vprod__untold (report, why))
    vprod__out_raw (out, "nothing was verified: ");
  for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
    size_t count = vprod__count_verdict (report, counted[i].verdict);
    if (count == 0)
      continue;
    vprod__out_f (out, "%s%zu %s", separator, count, counted[i].words);
    separator = ", ";
  }
  vprod__out_f (out, "%s</p>\n", *separator ? "" : "no check was run");
}

static void add_top (const vprod_report *report, struct vprod__out *out)
{
  vprod_verdict verdict = vprod_report_get_verdict (report);
  char took[32];

  vprod__format_ms (vprod_report_get_duration_ms (report), took, sizeof took);
  vprod__out_f (out, "<header class=\"top %s\"><div class=\"head\">", vprod_verdict_name (verdict));
  vprod__html_element (out, "span", "badge", vprod_verdict_name (verdict));
  vprod__html_element (out, "h1", NULL, vprod_report_get_name (report));
  vprod__out_raw (out, "</div>\n");
  add_counts (report, out);
  vprod__out_raw (out, "<dl>\n");
  add_fact (out, "image", vprod_report_get_image (report), "");
  add_fact (out, "image id", vprod_report_get_image_id (report), "");
  add_fact (out, "engine", vprod_report_get_engine_name (report), vprod_report_get_engine_version (report));
  add_fact (out, "started", vprod_report_get_started_at (report), "");
  add_fact (out, "took", took, "");
  vprod__out_raw (out, "</dl></header>\n");
}

void vprod__html_begin (vprod_verdict verdict, const char *title, const char *more_style, struct vprod__out *out)
{
  vprod__out_raw (out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'unsafe-inline'\"/>\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>");
  vprod__out_f (out, "%s: ", vprod_verdict_name (verdict));
  vprod__out_markup (out, title);
  vprod__out_raw (out, " - verify-prod</title>\n<style>\n");
  vprod__out_raw (out, vprod__html_style);
  vprod__out_raw (out, more_style);
  vprod__out_raw (out, "</style></head>\n<body>\n");
}

void vprod__html_end (struct vprod__out *out)
{
  vprod__out_raw (out, "<footer>");
  vprod__out_f (out, "verify-prod %s", vprod_version ());
  vprod__out_raw (out, "</footer>\n</body></html>\n");
}

void vprod__html_report (const vprod_report *report, size_t page, struct vprod__out *out)
{
  size_t bad = vprod__count_verdict (report, VPROD_VERDICT_FAIL) + vprod__count_verdict (report, VPROD_VERDICT_ERROR);

  add_top (report, out);
  if (page == 0 && vprod_report_count_results (report) > 0) {
    vprod__out_raw (out, "<h2>Timeline</h2>\n<div class=\"card\">\n");
    vprod__html_timeline (report, out);
    vprod__out_raw (out, "<p class=\"legend\">Full: a check's own work, drawn in one piece at its end. Pale: it waited "
                         "for the image, the database, the app, or its turn.</p></div>\n");
  }
  add_checks (report, page, 1, "What wants a look", out);
  add_checks (report, page, 0, bad > 0 ? "The other checks" : "The checks", out);
}

static void render (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out)
{
  (void) options;
  vprod__html_begin (vprod_report_get_verdict (report), vprod_report_get_name (report), "", out);
  vprod__html_report (report, 0, out);
  vprod__html_end (out);
}

const struct vprod__format vprod__format_html = {
  .name = "html",
  .render = render,
  .set_begin = vprod__html_set_begin,
  .set_add = vprod__html_set_add,
  .set_end = vprod__html_set_end,
  .commands_in = VPROD__COMMANDS_MARKUP,
};
