/* SPDX-License-Identifier: MIT */
/* The parts of the HTML report. */
#ifndef VPROD_REPORT_HTML_H
#define VPROD_REPORT_HTML_H

#include "report/format.h"

/* The style sheet. Its classes of verdicts have the verdicts' names. */
extern const char vprod__html_style[];

/* An element with this text; class may be NULL. */
void vprod__html_element (struct vprod__out *out, const char *element, const char *class, const char *text);

/* A page up to its body, and from there on. */
void vprod__html_begin (vprod_verdict verdict, const char *title, const char *more_style, struct vprod__out *out);
void vprod__html_end (struct vprod__out *out);

/* What stands of a report in a page. page: its number in the page of a set, where the timeline is left out, as JSON does not
   tell when checks began; 0: it is the page. */
void vprod__html_report (const vprod_report *report, size_t page, struct vprod__out *out);

/* Many as one page (html_set.c). */
void vprod__html_set_begin (const vprod_report_set *set, struct vprod__out *out);
void vprod__html_set_add (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out);
void vprod__html_set_end (const vprod_report_set *set, struct vprod__out *out);

/* The run as an SVG picture: a bar a check. */
void vprod__html_timeline (const vprod_report *report, struct vprod__out *out);

#endif
