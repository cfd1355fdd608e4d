/* SPDX-License-Identifier: MIT */
/*
 * A format is one file with one const struct at its end, listed in formats.c. It reads the report through the
 * public getters and writes to a struct vprod__out. The output is always valid UTF-8 without control characters
 * other than newline and tab: vprod__out_raw and vprod__out_f are for fixed text only, the other functions for
 * text from the report.
 */
#ifndef VPROD_REPORT_FORMAT_H
#define VPROD_REPORT_FORMAT_H

#include <verify-prod/report.h>
#include <verify-prod/report_set.h>
#include "util/buf.h"
#include "util/commands.h"

/* The output buffer of a format. Running out of memory sets a flag, so that a format need not check each line. */
struct vprod__out {
  struct vprod__buf buf;
  int no_memory;
  int color; /* with ANSI colours */
  int width; /* columns at which vprod__out_hanging breaks lines; 0: never */
};

struct vprod__format {
  const char *name;
  /* options: never NULL, of full size */
  void (*render) (const vprod_report *report, const vprod_render_options *options, struct vprod__out *out);
  /* Many as one: what stands before, each member of the set (the index-th), and what stands after; before and after may be
     NULL. What was written is handed on after each. */
  void (*set_begin) (const vprod_report_set *set, struct vprod__out *out);
  void (*set_add) (const vprod_report_set *set, size_t index, const vprod_report *report, struct vprod__out *out);
  void (*set_end) (const vprod_report_set *set, struct vprod__out *out);
  enum vprod__commands_in commands_in; /* how text that a CI log would obey is escaped */
  int gives_commands;                  /* 1: not escaped, as the format is made of such commands */
};

extern const struct vprod__format vprod__format_text;
extern const struct vprod__format vprod__format_json;
extern const struct vprod__format vprod__format_junit;
extern const struct vprod__format vprod__format_tap;
extern const struct vprod__format vprod__format_sarif;
extern const struct vprod__format vprod__format_github;
extern const struct vprod__format vprod__format_html;
extern const struct vprod__format vprod__format_in_toto;

/* All formats, NULL-ended. */
extern const struct vprod__format *const vprod__formats[];

/* The format of that name. 0, or minus INVALID with a message that names those there are. */
int vprod__format_find (const char *name, const struct vprod__format **ret, vprod_error **err);

/* The members that the caller knows, the rest zero; NULL: all zero. */
vprod_render_options vprod__whole_options (const vprod_render_options *options);

/* Escapes what a CI log would obey as a command. */
void vprod__out_break_commands (struct vprod__out *out, enum vprod__commands_in in);

/* One result as the text format shows it. */
void vprod__text_result (const vprod_result *result, struct vprod__out *out);

/* ---- writing ------------------------------------------------------------------------------------------ */

void vprod__out_raw (struct vprod__out *out, const char *text);
void vprod__out_f (struct vprod__out *out, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* Text made harmless and put on one line: newlines and tabs become spaces. */
void vprod__out_line (struct vprod__out *out, const char *text);

/* Each line of text after prefix, made harmless; empty lines at the end are left out. */
void vprod__out_lines (struct vprod__out *out, const char *prefix, const char *text);

/* Text made harmless that starts at column; further lines, and what does not fit the width, are indented by indent.
   Ends the line. */
void vprod__out_hanging (struct vprod__out *out, const char *text, size_t column, const char *indent);

/* Text made harmless, for XML and HTML; and ` name="value"`. */
void vprod__out_markup (struct vprod__out *out, const char *text);
void vprod__out_attribute (struct vprod__out *out, const char *name, const char *value);

/* A copy of text made harmless; NULL out of memory, which sets the flag. */
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

/* Switches to this colour, if colours are on. */
void vprod__out_color (struct vprod__out *out, enum vprod__color color);

void vprod__out_clear (struct vprod__out *out);
#define _cleanup_out_ _cleanup_ (vprod__out_clear)

/* ---- what formats share --------------------------------------------------------------------------------- */

#define VPROD__LOG_TAIL "log_tail" /* the evidence that is a log */

/* How many members of a set have this verdict; the time that all of them took together. */
size_t vprod__set_count_verdict (const vprod_report_set *set, vprod_verdict verdict);
int64_t vprod__set_duration (const vprod_report_set *set);

/* How many results have this verdict. */
size_t vprod__count_verdict (const vprod_report *report, vprod_verdict verdict);

#define VPROD__WHY_SIZE 256

/* Why the report is an error because the check that would fail was left out ("the app did not stay up, and …"), written to
   `why`; NULL otherwise. */
const char *vprod__unjudged (const vprod_report *report, char why[static VPROD__WHY_SIZE]);

/* Why the report is an error though none of its checks is, which readers that only count checks would miss: the text of
   vprod__unjudged, or that nothing was verified. NULL otherwise. */
const char *vprod__untold (const vprod_report *report, char why[static VPROD__WHY_SIZE]);
#define VPROD__UNTOLD_ID "verify-prod" /* used in place of a check's id */

/* The findings; each line after prefix. Findings of one "group" share a line; "expected" ones are left out of a
   pass. */
void vprod__findings (const vprod_result *result, const char *prefix, struct vprod__out *out);

/* Remedy and findings; each line after prefix. */
void vprod__advice (const vprod_result *result, const char *prefix, struct vprod__out *out);

/* What people need beside the message: place in the sources, remedy, findings, evidence, log; each line after prefix.
   The remedy comes before what may be long. */
void vprod__details (const vprod_result *result, const char *prefix, struct vprod__out *out);

#endif
