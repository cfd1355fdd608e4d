/* SPDX-License-Identifier: MIT */
/*
 * A source file, line by line. Nothing is parsed: sources.c goes through the lines and knows which of them surely run
 * when the app starts, source_calls.c finds the variables that calls ask for, source_settings.c those of settings
 * classes.
 */
#ifndef VPROD_DRAFT_SOURCE_H
#define VPROD_DRAFT_SOURCE_H

#include "draft/draft.h"

struct vprod__source {
  struct vprod__draft *draft;
  const char *file;
  size_t line;
  const char *prefix; /* of pydantic's variables; not ended */
  size_t prefix_length;
  int in_settings;    /* in a class of settings: the indent of its head + 1 */
  int body_indent;    /* of what is in it; 0: not known yet */
  int python;
  int in_methods;     /* a module of a Ruby or Elixir app, whose methods run later, or never */
  int at_start;       /* the line surely runs when the file is loaded */
  int block;          /* the indent of the statement that may not run what is below it + 1; 0: none */
};

/* The file asks for a variable in this line. */
void vprod__source_found (struct vprod__source *source, const char *name, size_t length, int required);

/* Of letters, digits and "_". */
size_t vprod__source_word_length (const char *text);

/* ---- calls, and what reads like them (source_calls.c) ------------------------------------------------------- */

void vprod__source_read_quoted (struct vprod__source *source, const char *line);
void vprod__source_read_dotted (struct vprod__source *source, const char *line);
void vprod__source_read_schema (struct vprod__source *source, const char *line);
void vprod__source_read_braces (struct vprod__source *source, const char *line, int spring);

/* ---- settings classes of pydantic (source_settings.c) ------------------------------------------------------- */

/* Before the lines: what stands before the names of the variables. */
void vprod__source_find_prefix (struct vprod__source *source, const char *text);

void vprod__source_read_setting (struct vprod__source *source, const char *line);

#endif
