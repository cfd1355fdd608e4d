/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_PROD_REPORT_H
#define VERIFY_PROD_REPORT_H

#include <verify-prod/library.h>
#include <verify-prod/session.h>

VPROD_BEGIN_DECLS

/* The whole: any fail → fail; else any error → error; else at least one pass → pass; a report in which
   nothing was verified is an error. So is one in which a check was skipped because the image did not build, or the app
   did not start or stay up, while the check that would fail for it (its evidence "judged_by") was not run. Never
   VPROD_VERDICT_SKIP. */
VPROD_API vprod_verdict vprod_report_get_verdict (const vprod_report *report);

/* The results, in the registry's order; lent. NULL past the end, and for an id that was not run. */
VPROD_API size_t vprod_report_count_results (const vprod_report *report);
VPROD_API const vprod_result *vprod_report_get_result_at (const vprod_report *report, size_t index);
VPROD_API const vprod_result *vprod_report_find_result (const vprod_report *report, const char *check_id);

/* The subject: its name, the image's tag or reference and its id; "" where it did not come so far. */
VPROD_API const char *vprod_report_get_name (const vprod_report *report);
VPROD_API const char *vprod_report_get_image (const vprod_report *report);
VPROD_API const char *vprod_report_get_image_id (const vprod_report *report);

/* The engine; "" where none answered. */
VPROD_API const char *vprod_report_get_engine_name (const vprod_report *report);
VPROD_API const char *vprod_report_get_engine_version (const vprod_report *report);
VPROD_API const char *vprod_report_get_engine_api_version (const vprod_report *report);

/* Start in UTC, RFC 3339 ("2026-01-31T12:00:00Z"), and duration in milliseconds. */
VPROD_API const char *vprod_report_get_started_at (const vprod_report *report);
VPROD_API int64_t vprod_report_get_duration_ms (const vprod_report *report);

typedef struct vprod_render_options {
  size_t size;
  int color;        /* text: with ANSI colours */
  int width;        /* text: break long lines between words to fit this many columns; 0: leave them */
  int summary_only; /* text: the closing line only, where the results were shown one by one (vprod_result_render) */
} vprod_render_options;
#define VPROD_RENDER_OPTIONS_INIT VPROD_INIT (vprod_render_options)

/* Names of the formats ("text", "json", "junit", "tap", "sarif", "github", "html", "in-toto"); NULL past the end. */
VPROD_API size_t vprod_report_count_formats (void);
VPROD_API const char *vprod_report_get_format_at (size_t index);

/* Renders a report into a new string, ended with vprod_string_free; its length goes to ret_length (may be NULL). options
   may be NULL. Errors: INVALID (an unknown format), NO_MEMORY. */
VPROD_API int vprod_report_render (const vprod_report *report, const char *format,
                                   const vprod_render_options *options, char **ret_text, size_t *ret_length,
                                   vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1, 2, 4);

/* Renders one result as the text format shows it, for showing it as soon as it is there
   (VPROD_EVENT_CHECK_ENDED); the rest is as in vprod_report_render. Errors: INVALID, NO_MEMORY. */
VPROD_API int vprod_result_render (const vprod_result *result, const vprod_render_options *options,
                                   char **ret_text, size_t *ret_length, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 3);

/* Ends a report and its results. NULL is fine. */
VPROD_API void vprod_report_free (vprod_report *report);

VPROD_END_DECLS

#endif
