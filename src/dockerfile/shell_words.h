/* SPDX-License-Identifier: MIT */
/*
 * The words of a shell command, precise enough to tell what a RUN does: quotes and backslashes are removed, nothing is
 * expanded or run. The text of `sh -c "…"` is split too, and an instruction in JSON form ("[\"a\", \"b\"]").
 */
#ifndef VPROD_DOCKERFILE_SHELL_WORDS_H
#define VPROD_DOCKERFILE_SHELL_WORDS_H

#include <stddef.h>
#include "util/cleanup.h"

struct vprod__shell_word {
  char *text;
  unsigned starts : 1;  /* a simple command begins with it */
  unsigned quoted : 1;  /* part of it was quoted */
  unsigned expands : 1; /* the shell would expand part of it: $X, ${X}, $(x), `x` */
};

struct vprod__shell_words {
  struct vprod__shell_word *list;
  size_t count;
};

/* 0, or -1 out of memory. Comments are left out. */
int vprod__shell_split (const char *text, struct vprod__shell_words *ret);
void vprod__shell_words_clear (struct vprod__shell_words *words);

/* One past the last word of the simple command that begins at `start`. */
size_t vprod__shell_command_end (const struct vprod__shell_words *words, size_t start);

/* The word that names the program of the simple command from `start` to `end`, after assignments and the prefixes of
   data/programs (sudo, env, exec, then, "!" …). `end` where there is none. */
size_t vprod__shell_program (const struct vprod__shell_words *words, size_t start, size_t end);

/* The length of NAME where the word is NAME=value with a name that a shell takes, else 0. */
size_t vprod__shell_assignment (const char *word);

/* Its last component: "pip3" of "/usr/bin/pip3". */
const char *vprod__shell_base_name (const char *word);

/* Is it one of these space-separated words? One that ends with a colon matches all words with that prefix. */
int vprod__shell_is_among (const char *word, const char *words);

#endif
