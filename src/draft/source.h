/* SPDX-License-Identifier: MIT */
/*
 * A source file, line by line; nothing is parsed. sources.c goes through the lines and knows which of them always run at
 * the app's start, source_calls.c finds the variables that calls read, source_settings.c those of settings classes.
 */
#ifndef VPROD_DRAFT_SOURCE_H
#define VPROD_DRAFT_SOURCE_H

#include "draft/draft.h"

struct vprod__source {
  struct vprod__draft *draft;
  const char *file, *text;
  size_t line;
  const char *prefix; /* of pydantic's variables; not NUL-ended */
  size_t prefix_length;
  int in_settings;    /* in a settings class: the indent of its head + 1 */
  int body_indent;    /* of its body; 0: not known yet */
  int python;
  int in_methods;     /* in a Ruby or Elixir module, whose methods run later, or never */
  int at_start;       /* the line always runs when the file is loaded */
  int conditional;    /* that one asks for a condition: what it reads may be optional */
  int block;          /* the indent of an enclosing conditional statement + 1; 0: none */
};

/* This line reads a variable. */
void vprod__source_found (struct vprod__source *source, const char *name, size_t length, int required);

/* A URL of PostgreSQL that stands in the line. */
void vprod__source_read_url (struct vprod__source *source, const char *line);

/* The length of a name of letters, digits and "_". */
size_t vprod__source_word_length (const char *text);

/* ---- calls and similar syntax (source_calls.c) -------------------------------------------------------------- */

void vprod__source_read_quoted (struct vprod__source *source, const char *line);
void vprod__source_read_dotted (struct vprod__source *source, const char *line);
void vprod__source_read_schema (struct vprod__source *source, const char *line);
void vprod__source_read_braces (struct vprod__source *source, const char *line, int spring);

/* ---- settings classes of pydantic (source_settings.c) ------------------------------------------------------- */

/* Called before the lines: finds the prefix of the variables' names. */
void vprod__source_find_prefix (struct vprod__source *source, const char *text);

void vprod__source_read_setting (struct vprod__source *source, const char *line);

#endif
