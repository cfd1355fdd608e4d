/* SPDX-License-Identifier: MIT */
/*
 * CI systems obey commands in the log of a job, whoever wrote them. These are the commands of the systems in use, and how
 * to write them so that people and parsers read the same and no system obeys.
 */
#ifndef VPROD_UTIL_COMMANDS_H
#define VPROD_UTIL_COMMANDS_H

#include "util/buf.h"

enum vprod__commands_in {
  VPROD__COMMANDS_TEXT,   /* a blank breaks them: "## [error]" */
  VPROD__COMMANDS_JSON,   /* "##\u005berror]", the same string */
  VPROD__COMMANDS_MARKUP, /* "##&#x5b;error]" */
};

/* Adds text, in which no command is left. 0, or -1 out of memory. */
int vprod__commands_break (const char *text, enum vprod__commands_in in, struct vprod__buf *out);

#endif
