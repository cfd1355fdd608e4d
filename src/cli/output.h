/* SPDX-License-Identifier: MIT */
/* Where reports go: standard output, and files. */
#ifndef VPROD_CLI_OUTPUT_H
#define VPROD_CLI_OUTPUT_H

#include "cli.h"

struct output {
  const char *format;
  const char *file;
};

/* "FORMAT=FILE". 0, or an exit code after a message. */
int output_parse (char *argument, struct output *ret);

/* Is there such a format? 0, or an exit code after a message. */
int output_check_format (const char *name);

/* Writes a file, whole or not at all. replace: it may exist. 0, or an errno. */
int output_write_bytes (const char *file, const char *text, size_t length, int replace);

/* Writes a report to its file, whole or not at all. 0, or -1 after a message. */
int output_write_file (const struct output *output, const vprod_report *report);

/* Writes many reports to a file, as they are rendered. 0, or -1 after a message. */
int output_write_set (const struct output *output, const vprod_report_set *set);

/* Writes a report to standard output. 0, or -1 after a message. */
int output_write (const char *format, const vprod_render_options *options, const vprod_report *report);

#endif
