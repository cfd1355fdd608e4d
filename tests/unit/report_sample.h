/* SPDX-License-Identifier: MIT */
/* Reports to render, a tame one and one full of text that breaks careless formats. */
#ifndef VPROD_TESTS_REPORT_SAMPLE_H
#define VPROD_TESTS_REPORT_SAMPLE_H

#include "unit.h"
#include "result/report.h"
#include "result/result.h"

/* One result of each verdict. */
vprod_report *sample_report (void);

/* Every string of it is one of nasty_strings. */
extern const char *const nasty_strings[];
extern const size_t nasty_count;
vprod_report *nasty_report (void);

/* No results at all. */
vprod_report *empty_report (void);

/* All results are skips: nothing was verified, and no check is an error. */
vprod_report *skipped_report (void);

/* Renders; asserts that it worked and that the length is the string's. malloc'ed. */
char *render (const vprod_report *report, const char *format);

#endif
