/* SPDX-License-Identifier: MIT */
/* What belongs to no object: the version, and strings that the library gives. */
#ifndef VERIFY_PROD_LIBRARY_H
#define VERIFY_PROD_LIBRARY_H

#include <verify-prod/macros.h>
#include <verify-prod/version.h>

VPROD_BEGIN_DECLS

/* The version of the library that the program runs with: three numbers, as "1.20.3". */
VPROD_API const char *vprod_version (void);

/* Ends a string that a function of the library gave (char **ret_*, or a char * that is no const). NULL is fine. */
VPROD_API void vprod_string_free (char *string);

/* What others said (an event's text, an error's message), fit to be shown where a CI system reads along: control
   characters are harmless, and nothing in it is obeyed as a command by GitHub Actions ("::error", "##[error]"), Azure
   Pipelines, TeamCity, GitLab, Buildkite or Travis. What vprod_report_render and vprod_result_render give is so already.
   A new string, ended with vprod_string_free; NULL out of memory, and for NULL. */
VPROD_API VPROD_MUST_USE char *vprod_log_text (const char *text);

VPROD_END_DECLS

#endif
