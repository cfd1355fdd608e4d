/* SPDX-License-Identifier: MIT */
/* What a container's exit, or the engine's refusal to start it, means, and what to do about it. */
#ifndef VPROD_KNOWN_EXIT_H
#define VPROD_KNOWN_EXIT_H

#include <stddef.h>

/* "exit code 139 (SIGSEGV: it crashed on a bad memory access)"; text is filled and returned. */
#define VPROD__EXIT_WORDS_SIZE 160
const char *vprod__exit_words (int exit_code, int oom_killed, char text[static VPROD__EXIT_WORDS_SIZE]);

/* What to do about an app that ended with this code without being asked to. */
const char *vprod__exit_remedy (int exit_code, int oom_killed);

/* What to do, by its name in data/remedies; NULL: there is none of that name. */
const char *vprod__remedy (const char *name);

/* The remedy for the last line of a log with a known cause of failure; that line is *ret_line, *ret_length bytes. NULL: no
   line has one. */
const char *vprod__log_remedy (const char *log, const char **ret_line, size_t *ret_length);

/* A signal in words: "SIGTERM" for "SIGTERM", "TERM" and "15"; "signal 99" for a number without a name; text is filled
   and returned. */
#define VPROD__SIGNAL_WORDS_SIZE 32
const char *vprod__signal_words (const char *signal, char text[static VPROD__SIGNAL_WORDS_SIZE]);

/* The number of a signal ("SIGTERM", "TERM", "15", "SIGRTMIN+3") on Linux, or 0. */
int vprod__signal_number (const char *signal);

/* Does the exit code say that this signal ended the process, unhandled? */
int vprod__exit_is_by_signal (int exit_code, const char *signal);

/* Why a container's first program could not be run. */
enum vprod__refusal {
  VPROD__REFUSAL_NONE = 0,
  VPROD__REFUSAL_NO_PROGRAM,
  VPROD__REFUSAL_NOT_EXECUTABLE,
  VPROD__REFUSAL_FORMAT,
  VPROD__REFUSAL_NO_USER,
  VPROD__REFUSAL_NO_COMMAND,
  VPROD__REFUSAL_WORKDIR,
  VPROD__REFUSAL_OTHER
};

/* From the engine's message; OTHER if it is not recognized. */
enum vprod__refusal vprod__refusal_of_engine (const char *words);

/* From the last lines of a container's output, to which a container runtime may write that it could not run the program;
   NONE if it did not. */
enum vprod__refusal vprod__refusal_of_output (const char *output);

/* "the program is not in the image" …; and what to do. */
const char *vprod__refusal_words (enum vprod__refusal refusal);
const char *vprod__refusal_remedy (enum vprod__refusal refusal);

#endif
