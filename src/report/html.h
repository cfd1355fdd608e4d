/* SPDX-License-Identifier: MIT */
/* The parts of the HTML report. */
#ifndef VPROD_REPORT_HTML_H
#define VPROD_REPORT_HTML_H

#include "report/format.h"

/* The style sheet. Its classes of verdicts have the verdicts' names. */
extern const char vprod__html_style[];

/* The run as an SVG picture: a bar a check. */
void vprod__html_timeline (const vprod_report *report, struct vprod__out *out);

#endif
