/* SPDX-License-Identifier: MIT */
/*
 * Many reports as one: those of a monorepo's services, or of the workers that a scheduler shared them out to. Reports are
 * JSON files, as vprod_report_render wrote them; they are read one by one as they are added, and again as the set is
 * rendered, so that a thousand of them take no more memory than the largest. Nobody may change a file in between.
 */
#ifndef VERIFY_PROD_REPORT_SET_H
#define VERIFY_PROD_REPORT_SET_H

#include <verify-prod/report.h>

VPROD_BEGIN_DECLS

typedef struct vprod_report_set vprod_report_set;

/* Reads a report that was rendered as JSON; ended with vprod_report_free. Of its results, when they began and ended is not
   known (0). Errors: IO (it cannot be read), INVALID (it is none, is cut or was changed, or is of another schema version),
   NO_MEMORY. */
VPROD_API int vprod_report_load (const char *path, vprod_report **ret_report, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* An empty set, ended with vprod_report_set_free. Errors: NO_MEMORY. */
VPROD_API int vprod_report_set_new (vprod_report_set **ret_set, vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1);

/* Adds the report in this file. Errors: as of vprod_report_load; INVALID, too, where the set has one of that name. */
VPROD_API int vprod_report_set_add (vprod_report_set *set, const char *path, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* There must be a report of this subject: while none was added it counts as an error, so that a worker that was lost is never
   a pass. Errors: NO_MEMORY. */
VPROD_API int vprod_report_set_expect (vprod_report_set *set, const char *name, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* The whole: any fail → fail; else any error, absent or none at all → error; else pass. */
VPROD_API vprod_verdict vprod_report_set_get_verdict (const vprod_report_set *set);

/* Its members, by name, absent ones too, whose verdict is VPROD_VERDICT_ERROR; the name is lent. "" and ERROR past the end. */
VPROD_API size_t vprod_report_set_count (const vprod_report_set *set);
VPROD_API const char *vprod_report_set_get_name_at (const vprod_report_set *set, size_t index);
VPROD_API vprod_verdict vprod_report_set_get_verdict_at (const vprod_report_set *set, size_t index);

/* 1: none was added, though it is expected. */
VPROD_API int vprod_report_set_is_absent_at (const vprod_report_set *set, size_t index);

/* How long its run took, in milliseconds. */
VPROD_API int64_t vprod_report_set_get_duration_ms_at (const vprod_report_set *set, size_t index);

/* The id of the number-th of its checks that failed or could not be told; NULL past the end. Lent. */
VPROD_API const char *vprod_report_set_get_bad_check_at (const vprod_report_set *set, size_t index, size_t number);

/* How many results of all its members have this verdict. A member that is an error without a check that is, or absent, counts
   as one error more. */
VPROD_API size_t vprod_report_set_count_results (const vprod_report_set *set, vprod_verdict verdict);

/* Reads a member's report once more; of one that is absent, a report whose only result, of "verify-prod", says so. Ended with
   vprod_report_free. Errors: as of vprod_report_load; INVALID, too, past the end, and where the file has changed. */
VPROD_API int vprod_report_set_load_at (const vprod_report_set *set, size_t index, vprod_report **ret_report, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 3);

/* Renders all of them as one report in that format, piece by piece: write is given each (length bytes, not ended by NUL), and
   what it returns but 0 ends the rendering with IO. options may be NULL; summary_only means nothing. Errors: INVALID, too,
   where a file has changed, or the format is unknown. */
VPROD_API int vprod_report_set_render (const vprod_report_set *set, const char *format, const vprod_render_options *options,
                                       int (*write) (void *data, const char *text, size_t length), void *data,
                                       vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1, 2, 4);

/* Ends a set. NULL is fine. */
VPROD_API void vprod_report_set_free (vprod_report_set *set);

VPROD_END_DECLS

#endif
