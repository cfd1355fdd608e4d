/* SPDX-License-Identifier: MIT */
/*
 * Many reports as one page: a row each, which buttons sort and filter by verdict and by check, and behind each its own page.
 * There is no script here either: buttons are radio inputs before the rows, and the style sheet does the rest, as rows are
 * flex items whose `order` is one of their custom properties. The page of a row is shown while its address ends in its id.
 */
#include "report/html.h"
#include "util/clock.h"
#include "util/strv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char style[] =
  ".choose{position:absolute;opacity:0;pointer-events:none}\n"
  ".bar{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem .5rem;margin:.5rem 0;font-size:.88rem;color:var(--soft)}\n"
  ".bar label{border:1px solid var(--line);border-radius:5px;padding:.1rem .55rem;background:var(--card);color:var(--text);cursor:pointer}\n"
  ".rows{display:flex;flex-direction:column}\n"
  ".row{display:grid;grid-template-columns:4.2rem minmax(8rem,16rem) 1fr max-content;gap:.2rem .9rem;align-items:start;"
  "background:var(--card);border:1px solid var(--line);border-left:5px solid var(--this);border-radius:6px;margin:.15rem 0;"
  "padding:.4rem .9rem;color:inherit;text-decoration:none;order:var(--name)}\n"
  ".row .id{font-weight:600;overflow-wrap:anywhere}.row .took{color:var(--soft);font-size:.88rem;white-space:nowrap}\n"
  "#by-verdict:checked~.rows>.row{order:var(--verdict)}#by-time:checked~.rows>.row{order:var(--time)}\n"
  "#only-pass:checked~.rows>.row:not(.pass),#only-fail:checked~.rows>.row:not(.fail),"
  "#only-error:checked~.rows>.row:not(.error){display:none}\n"
  "#by-name:checked~.bar [for=by-name],#by-verdict:checked~.bar [for=by-verdict],#by-time:checked~.bar [for=by-time],"
  "#only-any:checked~.bar [for=only-any],#only-fail:checked~.bar [for=only-fail],#only-error:checked~.bar [for=only-error],"
  "#only-pass:checked~.bar [for=only-pass],#check-any:checked~.bar [for=check-any]{border-color:var(--text);font-weight:600}\n"
  ".page{display:none}.page:target{display:block;border-top:3px solid var(--line);margin-top:2rem;padding-top:1rem}\n"
  "@media print{.page{display:block}.bar{display:none}}\n";

/* ---- buttons --------------------------------------------------------------------------------------------------- */

struct button {
  const char *id, *label;
};

static void add_inputs (const char *group, const struct button *buttons, size_t count, struct vprod__out *out)
{
  for (size_t i = 0; i < count; i++)
    vprod__out_f (out, "<input class=\"choose\" type=\"radio\" name=\"%s\" id=\"%s\"%s/>\n", group, buttons[i].id,
                  i == 0 ? " checked=\"checked\"" : "");
}

static void add_labels (const char *title, const struct button *buttons, size_t count, struct vprod__out *out)
{
  vprod__out_f (out, "<div class=\"bar\"><span>%s</span>", title);
  for (size_t i = 0; i < count; i++)
    vprod__out_f (out, "<label for=\"%s\">%s</label>", buttons[i].id, buttons[i].label);
  vprod__out_raw (out, "</div>\n");
}

static const struct button orders[] = { { "by-name", "name" }, { "by-verdict", "verdict" }, { "by-time", "time" } };
static const struct button filters[] = { { "only-any", "all" }, { "only-fail", "failed" }, { "only-error", "could not be told" },
                                         { "only-pass", "passed" } };

/* The checks that are bad in any member, each once; NULL-ended, NULL: none. */
static char **bad_checks (const vprod_report_set *set, struct vprod__out *out)
{
  char **checks = NULL;
  const char *bad;

  for (size_t i = 0; i < vprod_report_set_count (set); i++)
    for (size_t k = 0; (bad = vprod_report_set_get_bad_check_at (set, i, k)); k++)
      if (!vprod__strv_has (checks, bad) && vprod__strv_add (&checks, bad) < 0)
        out->no_memory = 1;
  return checks;
}

static int index_of (char *const *checks, const char *check)
{
  int index = 0;

  while (checks && checks[index] && strcmp (checks[index], check) != 0)
    index++;
  return index;
}

/* Ids of checks come from files: buttons and classes have their numbers. */
static void add_check_style (char *const *checks, struct vprod__out *style_out)
{
  vprod__out_raw (style_out, style);
  for (int i = 0; checks && checks[i]; i++)
    vprod__out_f (style_out,
                  "#check-%d:checked~.rows>.row:not(.c%d){display:none}\n"
                  "#check-%d:checked~.bar [for=check-%d]{border-color:var(--text);font-weight:600}\n",
                  i, i, i, i);
}

static void add_check_inputs (char *const *checks, struct vprod__out *out)
{
  vprod__out_raw (out, "<input class=\"choose\" type=\"radio\" name=\"check\" id=\"check-any\" checked=\"checked\"/>\n");
  for (int i = 0; checks && checks[i]; i++)
    vprod__out_f (out, "<input class=\"choose\" type=\"radio\" name=\"check\" id=\"check-%d\"/>\n", i);
}

static void add_check_labels (char *const *checks, struct vprod__out *out)
{
  if (!checks)
    return;
  vprod__out_raw (out, "<div class=\"bar\"><span>check</span><label for=\"check-any\">any</label>");
  for (int i = 0; checks[i]; i++) {
    vprod__out_f (out, "<label for=\"check-%d\">", i);
    vprod__out_markup (out, checks[i]);
    vprod__out_raw (out, "</label>");
  }
  vprod__out_raw (out, "</div>\n");
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void add_row (const vprod_report_set *set, size_t index, char *const *checks, struct vprod__out *out)
{
  static const int rank[] = { [VPROD_VERDICT_FAIL] = 0, [VPROD_VERDICT_ERROR] = 1, [VPROD_VERDICT_SKIP] = 2, [VPROD_VERDICT_PASS] = 3 };
  vprod_verdict verdict = vprod_report_set_get_verdict_at (set, index);
  int absent = vprod_report_set_is_absent_at (set, index);
  int64_t took_ms = vprod_report_set_get_duration_ms_at (set, index);
  _cleanup_out_ struct vprod__out says = { 0 };
  const char *bad;
  char took[32] = "";

  if (!absent)
    vprod__format_ms (took_ms, took, sizeof took);
  vprod__out_f (out, "<a class=\"row %s", vprod_verdict_name (verdict));
  for (size_t k = 0; (bad = vprod_report_set_get_bad_check_at (set, index, k)); k++) {
    vprod__out_f (out, " c%d", index_of (checks, bad));
    vprod__out_f (&says, "%s%s", k > 0 ? ", " : "", bad);
  }
  out->no_memory |= says.no_memory;
  /* the longest first; CSS takes no larger integers */
  vprod__out_f (out, "\" style=\"--name:%zu;--verdict:%d;--time:-%" PRId64 "\" href=\"#page-%zu\">", index + 1, rank[verdict],
                took_ms / 100 < INT32_MAX ? took_ms / 100 : INT32_MAX, index + 1);
  vprod__html_element (out, "span", "badge", vprod_verdict_name (verdict));
  vprod__html_element (out, "span", "id", vprod_report_set_get_name_at (set, index));
  vprod__html_element (out, "span", "says", absent ? "there is no report of it" : vprod__buf_string (&says.buf));
  vprod__html_element (out, "span", "took", took);
  vprod__out_raw (out, "</a>\n");
}

void vprod__html_set_begin (const vprod_report_set *set, struct vprod__out *out)
{
  static const struct {
    vprod_verdict verdict;
    const char *words;
  } counted[] = { { VPROD_VERDICT_FAIL, "failed" }, { VPROD_VERDICT_ERROR, "could not be told" }, { VPROD_VERDICT_PASS, "passed" } };
  vprod_verdict verdict = vprod_report_set_get_verdict (set);
  _cleanup_strv_ char **checks = bad_checks (set, out);
  _cleanup_out_ struct vprod__out more = { 0 };
  size_t count = vprod_report_set_count (set);
  const char *separator = "";
  char title[64];

  snprintf (title, sizeof title, "%zu spec%s", count, count == 1 ? "" : "s");
  add_check_style (checks, &more);
  out->no_memory |= more.no_memory;
  vprod__html_begin (verdict, title, vprod__buf_string (&more.buf), out);
  vprod__out_f (out, "<header class=\"top %s\" id=\"top\"><div class=\"head\">", vprod_verdict_name (verdict));
  vprod__html_element (out, "span", "badge", vprod_verdict_name (verdict));
  vprod__html_element (out, "h1", NULL, title);
  vprod__out_raw (out, "</div>\n<p class=\"counts\">");
  for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
    size_t n = vprod__set_count_verdict (set, counted[i].verdict);
    if (n == 0)
      continue;
    vprod__out_f (out, "%s%zu %s", separator, n, counted[i].words);
    separator = ", ";
  }
  vprod__out_f (out, "%s</p></header>\n", *separator ? "" : "there is no report");
  add_inputs ("order", orders, sizeof orders / sizeof orders[0], out);
  add_inputs ("only", filters, sizeof filters / sizeof filters[0], out);
  add_check_inputs (checks, out);
  add_labels ("sort by", orders, sizeof orders / sizeof orders[0], out);
  add_labels ("show", filters, sizeof filters / sizeof filters[0], out);
  add_check_labels (checks, out);
  vprod__out_raw (out, "<div class=\"rows\">\n");
  for (size_t i = 0; i < count; i++)
    add_row (set, i, checks, out);
  vprod__out_raw (out, "</div>\n");
}

void vprod__html_set_add (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out)
{
  (void) set;
  vprod__out_f (out, "<section class=\"page\" id=\"page-%zu\"><p><a href=\"#top\">all of them</a></p>\n", index + 1);
  vprod__html_report (report, index + 1, out);
  vprod__out_raw (out, "</section>\n");
}

void vprod__html_set_end (const vprod_report_set *set, struct vprod__out *out)
{
  (void) set;
  vprod__html_end (out);
}
