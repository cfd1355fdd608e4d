/* SPDX-License-Identifier: MIT */
/*
 * The run as a picture: a time scale, and a bar per check from its start to its end. Pale: waiting for the image, the
 * database, the app, or a free job. Solid: its own work, drawn in one piece at the end, as checks wait first. All
 * numbers are integers, as printf's %f would write the locale's comma.
 */
#include "report/html.h"
#include "util/clock.h"

#include <inttypes.h>

#define WIDTH 960
#define LABELS 140 /* width of the names */
#define TIMES 90   /* width of the durations */
#define TOP 30     /* height of the scale */
#define ROW 26
#define BAR 14
#define MOST_MARKS 8

struct scale {
  int64_t total_ms;
  int64_t step_ms; /* between two marks */
};

static int x_of (const struct scale *scale, int64_t ms)
{
  if (ms > scale->total_ms)
    ms = scale->total_ms;
  return LABELS + (int) (ms * (WIDTH - LABELS - TIMES) / scale->total_ms);
}

static struct scale make_scale (const vprod_report *report)
{
  struct scale scale = { vprod_report_get_duration_ms (report), 1 };
  static const int factors[] = { 2, 5, 10 };

  for (size_t i = 0; i < vprod_report_count_results (report); i++) {
    int64_t ended_ms = vprod_result_get_ended_ms (vprod_report_get_result_at (report, i));
    if (ended_ms > scale.total_ms)
      scale.total_ms = ended_ms;
  }
  if (scale.total_ms < 1)
    scale.total_ms = 1;
  for (int64_t power = 1; scale.total_ms / scale.step_ms > MOST_MARKS; power *= 10)
    for (size_t i = 0; i < 3 && scale.total_ms / scale.step_ms > MOST_MARKS; i++)
      scale.step_ms = power * factors[i];
  return scale;
}

static void add_marks (const struct scale *scale, int height, struct vprod__out *out)
{
  for (int64_t ms = 0; ms <= scale->total_ms; ms += scale->step_ms) {
    int x = x_of (scale, ms);
    vprod__out_f (out, "<line class=\"mark\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", x, TOP - 6, x, height);
    vprod__out_f (out, "<text class=\"scale\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">", x, TOP - 12);
    if (scale->step_ms < 10)
      vprod__out_f (out, "%" PRId64 " ms</text>\n", ms);
    else if (scale->step_ms < 100)
      vprod__out_f (out, "%" PRId64 ".%02d s</text>\n", ms / 1000, (int) (ms % 1000 / 10));
    else if (scale->step_ms < 1000)
      vprod__out_f (out, "%" PRId64 ".%d s</text>\n", ms / 1000, (int) (ms % 1000 / 100));
    else
      vprod__out_f (out, "%" PRId64 " s</text>\n", ms / 1000);
  }
}

static void add_bar (const char *class, int from, int to, int y, struct vprod__out *out)
{
  vprod__out_f (out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>", class, from, y,
                to - from < 2 ? 2 : to - from, BAR);
}

static void add_row (const vprod_result *result, const struct scale *scale, int y, struct vprod__out *out)
{
  int64_t began_ms = vprod_result_get_began_ms (result), ended_ms = vprod_result_get_ended_ms (result);
  int64_t own_ms = vprod_result_get_duration_ms (result);
  const char *class = vprod_verdict_name (vprod_result_get_verdict (result));
  int skipped = vprod_result_get_verdict (result) == VPROD_VERDICT_SKIP;
  char own[32], began[32], ended[32];

  if (own_ms > ended_ms - began_ms)
    own_ms = ended_ms - began_ms;
  vprod__format_ms (vprod_result_get_duration_ms (result), own, sizeof own);
  vprod__format_ms (began_ms, began, sizeof began);
  vprod__format_ms (ended_ms, ended, sizeof ended);
  vprod__out_f (out, "<g class=\"%s\"><title>", class);
  vprod__out_markup (out, vprod_result_get_check (result));
  vprod__out_f (out, ": %s; from %s to %s, %s its own work</title>", class, began, ended, own);
  vprod__out_f (out, "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LABELS - 10, y + BAR - 3);
  vprod__out_markup (out, vprod_result_get_check (result));
  vprod__out_raw (out, "</text>");
  add_bar ("wait", x_of (scale, began_ms), x_of (scale, ended_ms), y, out);
  if (!skipped)
    add_bar ("work", x_of (scale, ended_ms - own_ms), x_of (scale, ended_ms), y, out);
  vprod__out_f (out, "<text class=\"time\" x=\"%d\" y=\"%d\">%s</text></g>\n", x_of (scale, ended_ms) + 8, y + BAR - 3,
                skipped ? "skipped" : own);
}

void vprod__html_timeline (const vprod_report *report, struct vprod__out *out)
{
  const struct scale scale = make_scale (report);
  size_t count = vprod_report_count_results (report);
  int height = TOP + (int) count * ROW;

  vprod__out_f (out,
                "<svg class=\"timeline\" role=\"img\" aria-label=\"Timeline of the run\" viewBox=\"0 0 %d %d\">\n",
                WIDTH, height + 4);
  add_marks (&scale, height, out);
  for (size_t i = 0; i < count; i++)
    add_row (vprod_report_get_result_at (report, i), &scale, TOP + (int) i * ROW + (ROW - BAR) / 2, out);
  vprod__out_raw (out, "</svg>\n");
}
