/* SPDX-License-Identifier: MIT */
/*
 * A format is one file with one const struct at its end, listed in formats.c. It reads the report through the
 * public getters and writes to a struct vprod__out. Whatever a report holds, what comes out is valid UTF-8
 * without control characters other than newline and tab: use vprod__out_raw and vprod__out_f for words of our
 * own only, and one of the others for what a report says.
 */
#ifndef VPROD_REPORT_FORMAT_H
#define VPROD_REPORT_FORMAT_H

#include <verify-prod/report.h>
#include "util/buf.h"
#include "util/commands.h"

/* Where a format writes. Out of memory is remembered, so that a format need not ask after each line. */
struct vprod__out {
  struct vprod__buf buf;
  int no_memory;
  int color; /* with ANSI colours */
  int width; /* columns that vprod__out_hanging keeps to; 0: any number */
};

struct vprod__format {
  const char *name;
  /* options: never NULL, of full size */
  void (*render) (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out);
  enum vprod__commands_in commands_in; /* how what a job's log would be obeyed for is broken in it */
  int gives_commands;                  /* 1: not at all; its own are meant */
};

extern const struct vprod__format vprod__format_text;
extern const struct vprod__format vprod__format_json;
extern const struct vprod__format vprod__format_junit;
extern const struct vprod__format vprod__format_tap;
extern const struct vprod__format vprod__format_sarif;
extern const struct vprod__format vprod__format_github;
extern const struct vprod__format vprod__format_html;

/* All, NULL-ended. */
extern const struct vprod__format *const vprod__formats[];

/* One result as the text format shows it. */
void vprod__text_result (const vprod_result *result, struct vprod__out *out);

/* ---- writing ------------------------------------------------------------------------------------------ */

void vprod__out_raw (struct vprod__out *out, const char *text);
void vprod__out_f (struct vprod__out *out, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Text made harmless. */
void vprod__out_text (struct vprod__out *out, const char *text);

/* Text made harmless and put on one line: newlines and tabs become spaces. */
void vprod__out_line (struct vprod__out *out, const char *text);

/* Each line of text after prefix, made harmless; empty lines at the end are left out. */
void vprod__out_lines (struct vprod__out *out, const char *prefix, const char *text);

/* Text made harmless, whose beginning stands at column; its further lines, and what does not fit the width, follow
   after indent. Ends the line. */
void vprod__out_hanging (struct vprod__out *out, const char *text, size_t column, const char *indent);

/* Text made harmless, for XML and HTML; and ` name="value"`. */
void vprod__out_markup (struct vprod__out *out, const char *text);
void vprod__out_attribute (struct vprod__out *out, const char *name, const char *value);

/* A copy of text made harmless; NULL out of memory, which is remembered. */
char *vprod__out_harmless (struct vprod__out *out, const char *text);

enum vprod__color {
  VPROD__COLOR_OFF,
  VPROD__COLOR_BOLD,
  VPROD__COLOR_DIM,
  VPROD__COLOR_GREEN,
  VPROD__COLOR_RED,
  VPROD__COLOR_YELLOW,
  VPROD__COLOR_MAGENTA
};

/* From here on in this colour; nothing where no colours are wanted. */
void vprod__out_color (struct vprod__out *out, enum vprod__color color);

void vprod__out_clear (struct vprod__out *out);
#define _cleanup_out_ _cleanup_ (vprod__out_clear)

/* ---- what formats share --------------------------------------------------------------------------------- */

#define VPROD__LOG_TAIL "log_tail" /* the piece of evidence that is a log */

/* How many results have this verdict. */
size_t vprod__count_verdict (const vprod_report *report, vprod_verdict verdict);

#define VPROD__WHY_SIZE 256

/* Why the whole is an error where the check that would say so was left out: "the app did not stay up, and …", written to
   `why`; NULL where it is not so. */
const char *vprod__unjudged (const vprod_report *report, char why[static VPROD__WHY_SIZE]);

/* Why the whole is an error though no check is one, so that readers who count checks alone would take it for good:
   what vprod__unjudged says, or that nothing was verified. NULL where it is not so. */
const char *vprod__untold (const vprod_report *report, char why[static VPROD__WHY_SIZE]);
#define VPROD__UNTOLD_ID "verify-prod" /* stands where the id of a check would */

/* What was found; each line after prefix. What is one of many ("group") is told of in one line, what is as it should
   be ("expected") in no pass. */
void vprod__findings (const vprod_result *result, const char *prefix, struct vprod__out *out);

/* What to do about it and what was found; each line after prefix. */
void vprod__advice (const vprod_result *result, const char *prefix, struct vprod__out *out);

/* All that a person wants to know of a result beside its message: its place in the sources, remedy, findings, evidence,
   log; each line after prefix. What is to be done stands before what may be long. */
void vprod__details (const vprod_result *result, const char *prefix, struct vprod__out *out);

#endif
