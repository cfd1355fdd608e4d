/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_PROD_RESULT_H
#define VERIFY_PROD_RESULT_H

#include <verify-prod/macros.h>

VPROD_BEGIN_DECLS

/* What was found. `fail`: the image is bad. `error`: it could not be told. They are never mixed up. */
typedef enum vprod_verdict {
  VPROD_VERDICT_PASS = 0,
  VPROD_VERDICT_FAIL = 1,
  VPROD_VERDICT_SKIP = 2,
  VPROD_VERDICT_ERROR = 3
} vprod_verdict;

/* The structured result of one check. */
typedef struct vprod_result vprod_result;

/* One thing that was found on the way to a verdict: an ordered list of names and values, all strings. Every
   finding has a "message"; others are "path", "layer", "line", "rule", "step", "variable" … as the check says. */
typedef struct vprod_finding vprod_finding;

/* "pass", "fail", "skip" or "error"; "unknown" for another number. */
VPROD_API const char *vprod_verdict_name (vprod_verdict verdict);

/* The check's id, as in the spec file ("non-root"), and its one-line title. Never NULL. */
VPROD_API const char *vprod_result_get_check (const vprod_result *result);
VPROD_API const char *vprod_result_get_title (const vprod_result *result);

VPROD_API vprod_verdict vprod_result_get_verdict (const vprod_result *result);

/* What was seen. Never NULL. Control characters of containers are already harmless. */
VPROD_API const char *vprod_result_get_message (const vprod_result *result);

/* What to do about it; "" where there is nothing to do. Never NULL. */
VPROD_API const char *vprod_result_get_remedy (const vprod_result *result);

/* How long the check took, milliseconds, without the fixtures that it waited for. */
VPROD_API int64_t vprod_result_get_duration_ms (const vprod_result *result);

/* When the check began and ended, milliseconds from the start of the report that it belongs to; waiting for fixtures
   and for its turn is in between. Both 0 in a result of a single vprod_check_* call. */
VPROD_API int64_t vprod_result_get_began_ms (const vprod_result *result);
VPROD_API int64_t vprod_result_get_ended_ms (const vprod_result *result);

/* Where in the sources a person would look first: the Dockerfile and the line of the step, USER, CMD … that the check
   is about, else line 1; the ignore file; the spec file, where there is no Dockerfile. The file is relative to the
   nearest folder above it that has a .git, as code hosts want it; else to the working directory; else to the spec's
   folder. "" and 0 where nothing is known, as for a spec that was made in memory. Never NULL. */
VPROD_API const char *vprod_result_get_file (const vprod_result *result);
VPROD_API int vprod_result_get_line (const vprod_result *result);

/* Evidence: ordered names and values. ret_* are lent. Returns 0, or -VPROD_ERROR_INVALID past the end. */
VPROD_API size_t vprod_result_count_evidence (const vprod_result *result);
VPROD_API int vprod_result_get_evidence_at (const vprod_result *result, size_t index, const char **ret_name,
                                            const char **ret_value);

/* One piece of evidence by name, or NULL. */
VPROD_API const char *vprod_result_find_evidence (const vprod_result *result, const char *name);

/* Findings; NULL past the end. Each has fields, as evidence has. */
VPROD_API size_t vprod_result_count_findings (const vprod_result *result);
VPROD_API const vprod_finding *vprod_result_get_finding_at (const vprod_result *result, size_t index);

VPROD_API size_t vprod_finding_count_fields (const vprod_finding *finding);
VPROD_API int vprod_finding_get_field_at (const vprod_finding *finding, size_t index, const char **ret_name,
                                          const char **ret_value);
VPROD_API const char *vprod_finding_find_field (const vprod_finding *finding, const char *name);

/* Ends a result that a vprod_check_* call gave. Results of a report belong to the report. NULL is fine. */
VPROD_API void vprod_result_free (vprod_result *result);

VPROD_END_DECLS

#endif
