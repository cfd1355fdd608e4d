/* SPDX-License-Identifier: MIT */
/*
 * Filling a result. Running out of memory is remembered in the result and reported at the end by vprod__result_status, so
 * that a check need not test each call. Each %s argument is made harmless by itself (vprod__text_format); a check that
 * composes a text beforehand uses vprod__text_format or vprod__text_addf.
 */
#ifndef VPROD_RESULT_RESULT_H
#define VPROD_RESULT_RESULT_H

#include <verify-prod/result.h>
#include "scan/redact.h"
#include "util/error.h"

int vprod__result_new (const char *check_id, const char *title, vprod_result **ret, vprod_error **err);

/* Sets verdict and message in place of earlier ones; returns 0, so that `return vprod__result_pass (…)` ends a judging
   function. */
int vprod__result_pass (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int vprod__result_fail (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int vprod__result_skip (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* The verdict `error`, in words, and from an error. */
int vprod__result_untold (vprod_result *result, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
int vprod__result_error (vprod_result *result, const vprod_error *error);

void vprod__result_remedy (vprod_result *result, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
/* Adds a piece of evidence, or replaces the one of this name. */
void vprod__result_evidence (vprod_result *result, const char *name, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
/* Of a skip because a prerequisite failed: the check that judges the prerequisite, as evidence "judged_by". A report
   without that check is never a pass. */
void vprod__result_judged_by (vprod_result *result, const char *check_id);
/* Of a skip because the spec does not ask for the check, as evidence "asked": nobody needs to be told of it where only what
   wants a look is told. */
void vprod__result_unasked (vprod_result *result);
/* The tail of the container's or builder's log, as evidence "log_tail", unless it is empty. */
void vprod__result_log_tail (vprod_result *result, const char *bytes, size_t length);

/* A new finding with its message; vprod__finding_set adds names and values to it. NULL out of memory, which
   vprod__finding_set takes. */
vprod_finding *vprod__result_finding (vprod_result *result, const char *format, ...)
  __attribute__ ((format (printf, 2, 3)));
void vprod__finding_set (vprod_finding *finding, const char *name, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

void vprod__result_set_duration (vprod_result *result, int64_t ms);

/* When the check began and ended, counted from the start of the report. */
void vprod__result_set_span (vprod_result *result, int64_t began_ms, int64_t ended_ms);

/* The file and line of the sources that it is about, in place of an earlier one. */
void vprod__result_set_place (vprod_result *result, const char *file, int line);

/* Removes all registered secrets from its texts. 0, or -1 out of memory: then texts are missing. */
int vprod__result_redact (vprod_result *result, struct vprod__redact *redact);

/* 0, or -VPROD_ERROR_NO_MEMORY when anything above ran out of it. */
int vprod__result_status (const vprod_result *result, vprod_error **err);

VPROD_DEFINE_CLEANUP (vprod_result *, vprod_result_free);
#define _cleanup_result_ _cleanup_ (vprod_result_freep)

#endif
