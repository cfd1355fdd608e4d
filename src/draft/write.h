/* SPDX-License-Identifier: MIT */
/* Writes YAML: comments, texts in which quotes are where they must be, lists. Each section has its file. */
#ifndef VPROD_DRAFT_WRITE_H
#define VPROD_DRAFT_WRITE_H

#include "draft/draft.h"

struct vprod__writer {
  struct vprod__draft *draft;
  struct vprod__buf out;
};

void vprod__write (struct vprod__writer *w, const char *text);
void vprod__writef (struct vprod__writer *w, const char *format, ...) __attribute__ ((format (printf, 2, 3)));

/* A comment, forced onto one line. */
void vprod__write_note (struct vprod__writer *w, int indent, const char *format, ...) __attribute__ ((format (printf, 3, 4)));
void vprod__write_notes (struct vprod__writer *w, int indent, char *const *notes);

/* A text in which ${…} is a reference. */
void vprod__write_text (struct vprod__writer *w, const char *text);

void vprod__write_quoted (struct vprod__writer *w, const char *text);

/* A text in which ${ is literal. */
void vprod__write_literal (struct vprod__writer *w, const char *text);

/* "[a, b]", wrapped; the words of a command, in which ${ is literal. */
void vprod__write_list (struct vprod__writer *w, int indent, char *const *list);
void vprod__write_command (struct vprod__writer *w, char *const *list);

/* NAME: value, a line each, of NAME=value; literal: ${ is. */
void vprod__write_pairs (struct vprod__writer *w, int indent, char *const *pairs, int literal);

/* ---- the sections ------------------------------------------------------------------------------------------- */

void vprod__write_image (struct vprod__writer *w);    /* write_image.c */
void vprod__write_services (struct vprod__writer *w); /* write_services.c */
void vprod__write_run (struct vprod__writer *w);      /* write_run.c */
void vprod__write_checks (struct vprod__writer *w);   /* write_checks.c */

/* Does run.env set it? */
int vprod__write_is_set (const struct vprod__draft *draft, const struct vprod__draft_variable *variable);

#endif
