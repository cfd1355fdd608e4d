/* SPDX-License-Identifier: MIT */
/*
 * SQL as psql reads it from a file, a statement at a time. A server that is sent several at once runs them in one transaction,
 * in which CREATE DATABASE, VACUUM or CREATE INDEX CONCURRENTLY are refused: so they are told apart here, by psql's own rules
 * for what a semicolon stands in. Nothing is judged: what is no SQL is a statement, too, and the server says so.
 */
#ifndef VPROD_PROBE_SQL_SCRIPT_H
#define VPROD_PROBE_SQL_SCRIPT_H

#include <stddef.h>

struct vprod__sql_script {
  const char *text; /* lent */
  size_t length;
  size_t at;
  int line; /* of `at`, from 1 */
};

enum vprod__sql_kind {
  VPROD__SQL_END = 0,
  VPROD__SQL_STATEMENT,
  VPROD__SQL_COMMAND /* one of psql's: \connect … */
};

/* Lent from the script. */
struct vprod__sql_piece {
  enum vprod__sql_kind kind;
  int line;         /* in which it begins */
  const char *text; /* of a statement: without its semicolon, NULL where a command stands alone */
  size_t length;
  const char *command; /* from its backslash to the end of the line; of a statement: what it ends with instead of a semicolon
                          (\gexec), or NULL */
  size_t command_length;
  int command_line;
};

void vprod__sql_begin (struct vprod__sql_script *script, const char *text, size_t length);

/* The next one; END: there is none. */
enum vprod__sql_kind vprod__sql_next (struct vprod__sql_script *script, struct vprod__sql_piece *ret);

/* After a statement that copies from standard input: the lines below it until one that is "\.", which is passed over.
   *ret_line is the first one's. */
void vprod__sql_take_data (struct vprod__sql_script *script, const char **ret, size_t *ret_length, int *ret_line);

/* The line of the script in which the nth character (from 1; of UTF-8) of a statement stands; n 0: in which it begins. */
int vprod__sql_line_of (const struct vprod__sql_piece *piece, long n);

#endif
