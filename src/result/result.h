/* SPDX-License-Identifier: MIT */
/*
 * Filling a result. Out of memory is remembered in the result, so that a check need not ask after each line:
 * vprod__result_status says so at the end. Each word of others (%s) is made harmless by itself
 * on the way in (vprod__text_format); a check that puts one together before uses that or vprod__text_addf, too.
 */
#ifndef VPROD_RESULT_RESULT_H
#define VPROD_RESULT_RESULT_H

#include <verify-prod/result.h>
#include "scan/redact.h"
#include "util/error.h"

int vprod__result_new (const char *check_id, const char *title, vprod_result **ret, vprod_error **err);

/* Each sets verdict, message (and removes an older one) and returns 0, so that `return vprod__result_pass (…)`
   ends a judging function. */
int vprod__result_pass (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int vprod__result_fail (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int vprod__result_skip (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* The verdict `error`, from an error. */
int vprod__result_error (vprod_result *result, const vprod_error *error);

void vprod__result_remedy (vprod_result *result, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
/* One more piece of evidence; a name that is there already is replaced. */
void vprod__result_evidence (vprod_result *result, const char *name, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
/* Of a skip because the ground is gone: the check that judges the ground, as evidence "judged_by". A report without that
   check is never a pass. */
void vprod__result_judged_by (vprod_result *result, const char *check_id);
/* The tail of the container's or builder's log, as evidence "log_tail"; nothing where it is empty. */
void vprod__result_log_tail (vprod_result *result, const char *bytes, size_t length);

/* A new finding with its message; further names and values with vprod__finding_set. NULL out of memory; set
   copes with NULL. */
vprod_finding *vprod__result_finding (vprod_result *result, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
void vprod__finding_set (vprod_finding *finding, const char *name, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

void vprod__result_set_duration (vprod_result *result, int64_t ms);

/* When the check began and ended, from the start of its report. */
void vprod__result_set_span (vprod_result *result, int64_t began_ms, int64_t ended_ms);

/* Where in the sources it has its place; a file's name that was set before is replaced. */
void vprod__result_set_place (vprod_result *result, const char *file, int line);

/* Nothing of what is registered is in any of its texts from here on. 0, or -1 out of memory: then texts are missing. */
int vprod__result_redact (vprod_result *result, struct vprod__redact *redact);

/* 0, or -VPROD_ERROR_NO_MEMORY when anything above ran out of it. */
int vprod__result_status (const vprod_result *result, vprod_error **err);

VPROD_DEFINE_CLEANUP (vprod_result *, vprod_result_free);
#define _cleanup_result_ _cleanup_ (vprod_result_freep)

#endif
