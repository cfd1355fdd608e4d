/* SPDX-License-Identifier: MIT */
#include "session/postgres_script.h"
#include "probe/sql_script.h"
#include "session/base.h"
#include "session/parts.h"
#include "session/sql_file.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CONNECT_MS 30000
#define STATEMENT_MS 600000 /* one that waits for what never comes would hold up the run for ever */
#define MOST_DEEP 16 /* files that include others */

struct running {
  vprod_session *session;
  const struct vprod__service *service;
  struct vprod__postgres *postgres;
  char *name; /* of the database that it is connected to */
  int goes_on; /* the script has set ON_ERROR_STOP off */
  int depth;
  size_t n_statements;
};

struct file {
  struct running *running;
  const char *path;
  const char *shown;
  struct vprod__sql_script script;
  struct vprod__sql_piece piece;
  int data_line; /* where the data of the statement begins */
  int is_over;   /* \q */
};

static int run_file (struct running *running, const char *path, const char *shown, vprod_error **err);

/* ---- errors ---------------------------------------------------------------------------------------------------- */

static int say (const struct file *file, int line, const char *why, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "%s:%d: %s", file->shown, line, why);
}

static int not_understood (const struct file *file, const char *command, vprod_error **err)
{
  _cleanup_free_ char *shown = vprod__text_harmless (command, strnlen (command, 60));
  _cleanup_free_ char *why
    = shown ? vprod__asprintf ("psql's command \\%s is not understood here; \\connect, \\gexec, \\ir, \\encoding and "
                               "\\set ON_ERROR_STOP are", shown)
            : NULL;

  return why ? say (file, file->piece.command_line, why, err) : vprod__error_no_memory (err);
}

/* ---- the connection -------------------------------------------------------------------------------------------- */

static void disconnect (struct running *running)
{
  const struct vprod__database_probe *probe = running->session->services->probe;

  if (running->postgres)
    probe->close (probe->data, vprod__steal (&running->postgres));
}

/* 0: connected; 1: not, *why says why. */
static int connect_to (struct running *running, const char *name, char **why, vprod_error **err)
{
  const struct vprod__database_probe *probe = running->session->services->probe;
  struct vprod__postgres_address address = vprod__postgres_address_of (running->service);
  char *copy = strdup (name);
  vprod_call call;

  if (!copy)
    return vprod__error_no_memory (err);
  free (running->name);
  running->name = copy;
  disconnect (running);
  address.database = copy;
  vprod__session_call (running->session, CONNECT_MS, &call);
  return probe->try (probe->data, &call, &address, CONNECT_MS, &running->postgres, why, err);
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static void take_data (void *data, const char **ret, size_t *ret_length)
{
  struct file *file = data;

  vprod__sql_take_data (&file->script, ret, ret_length, &file->data_line);
}

/* Where it went wrong: in the data that it copies, or in the statement. */
static int line_of (const struct file *file, const struct vprod__postgres_outcome *outcome)
{
  if (file->data_line > 0 && outcome->data_line > 0)
    return file->data_line + (int) outcome->data_line - 1;
  return file->piece.text ? vprod__sql_line_of (&file->piece, outcome->position) : file->piece.command_line;
}

/* Without a session there is nothing to go on with. */
static int is_lost (struct running *running)
{
  const struct vprod__database_probe *probe = running->session->services->probe;
  vprod_call call;

  vprod__session_call (running->session, CONNECT_MS, &call);
  return probe->query (probe->data, running->postgres, &call, "SELECT 1", NULL, NULL, NULL) < 0;
}

static int execute (struct file *file, const char *sql, struct vprod__postgres_outcome *outcome, vprod_error **err)
{
  struct running *running = file->running;
  const struct vprod__database_probe *probe = running->session->services->probe;
  struct vprod__postgres_input input = { file, take_data };
  vprod_call call;

  file->data_line = 0;
  running->n_statements++;
  vprod__session_call (running->session, STATEMENT_MS, &call);
  int r = probe->execute (probe->data, running->postgres, &call, sql, &input, outcome, err);
  if (r < 0) {
    vprod__error_prefix (err, "%s:%d", file->shown, file->piece.text ? file->piece.line : file->piece.command_line);
    return r;
  }
  if (!outcome->refusal || (running->goes_on && !is_lost (running)))
    return 0;
  return say (file, line_of (file, outcome), outcome->refusal, err);
}

/* \gexec: each value that the statement gave is a statement. */
static int execute_values (struct file *file, char *const *values, vprod_error **err)
{
  int r = 0;

  file->piece.text = NULL;
  for (size_t i = 0; values && values[i] && r == 0; i++) {
    struct vprod__postgres_outcome outcome = { 0 };
    r = execute (file, values[i], &outcome, err);
    vprod__postgres_outcome_clear (&outcome);
  }
  return r;
}

static int run_statement (struct file *file, const char *command, vprod_error **err)
{
  _cleanup_ (vprod__postgres_outcome_clear) struct vprod__postgres_outcome outcome = { 0 };
  _cleanup_free_ char *sql = strndup (file->piece.text, file->piece.length);

  if (!sql)
    return vprod__error_no_memory (err);
  if (command && strcmp (command, "g") != 0 && strcmp (command, "gexec") != 0)
    return not_understood (file, command, err);
  int r = execute (file, sql, &outcome, err);
  return r == 0 && command && strcmp (command, "gexec") == 0 ? execute_values (file, outcome.values, err) : r;
}

/* ---- psql's commands ------------------------------------------------------------------------------------------- */

/* The next word of a command's line, without its quotes; a doubled one in it is itself. NULL: there is none, or out of
   memory. */
static char *next_word (const char **rest, const char *end)
{
  const char *p = *rest;
  char *word, *to, quote = 0;

  while (p < end && (*p == ' ' || *p == '\t'))
    p++;
  if (p == end || !(word = to = malloc ((size_t) (end - p) + 1)))
    return NULL;
  for (; p < end && (quote || (*p != ' ' && *p != '\t')); p++) {
    if (quote && *p == quote && p + 1 < end && p[1] == quote)
      *to++ = *p++;
    else if (quote ? *p == quote : (*p == '\'' || *p == '"'))
      quote = quote ? 0 : *p;
    else
      *to++ = *p;
  }
  *to = '\0';
  *rest = p;
  return word;
}

static int split (const struct vprod__sql_piece *piece, char ***ret)
{
  const char *rest = piece->command + 1, *end = piece->command + piece->command_length;
  char *word;

  while ((word = next_word (&rest, end)))
    if (vprod__strv_take (ret, word) < 0)
      return -1;
  return rest < end ? -1 : 0;
}

/* "dbname='my db'", as dumps write it; else the word itself. 0, malloc'ed; 1: it has other settings; -1: out of memory. */
static int database_of (const char *word, char **ret)
{
  _cleanup_free_ char *name = strdup (word);
  const char *p = word + strlen ("dbname=");
  char *to = name;

  if (!name)
    return -1;
  if (!strchr (word, '=')) {
    *ret = vprod__steal (&name);
    return 0;
  }
  if (strncmp (word, "dbname=", strlen ("dbname=")) != 0)
    return 1;
  int quoted = *p == '\'';
  for (p += quoted; *p && (quoted ? *p != '\'' : *p != ' '); p++) {
    if (*p == '\\' && p[1])
      p++;
    *to++ = *p;
  }
  *to = '\0';
  if (p[quoted && *p] != '\0')
    return 1;
  *ret = vprod__steal (&name);
  return 0;
}

/* Who connects is who has set the server up, who may then act as anybody. */
static int become (struct file *file, const char *user, vprod_error **err)
{
  _cleanup_ (vprod__postgres_outcome_clear) struct vprod__postgres_outcome outcome = { 0 };
  _cleanup_buf_ struct vprod__buf sql = { 0 };
  int r = vprod__buf_adds (&sql, "SET SESSION AUTHORIZATION \"");

  for (; *user && r == 0; user++)
    r = *user == '"' ? vprod__buf_adds (&sql, "\"\"") : vprod__buf_add (&sql, user, 1);
  if (r < 0 || vprod__buf_adds (&sql, "\"") < 0)
    return vprod__error_no_memory (err);
  return execute (file, sql.data, &outcome, err);
}

static int is_given (const char *word)
{
  return word && *word && strcmp (word, "-") != 0;
}

/* psql lets SQL's habit pass. */
static void drop_semicolon (char **words)
{
  size_t n = vprod__strv_length (words), length = n > 0 ? strlen (words[n - 1]) : 0;

  if (length > 0 && words[n - 1][length - 1] == ';')
    words[n - 1][length - 1] = '\0';
}

/* [-reuse-previous=on] [DATABASE|- [USER]] */
static int do_connect (struct file *file, char **words, vprod_error **err)
{
  _cleanup_free_ char *name = NULL, *why = NULL, *message = NULL;

  if (*words && strncmp (*words, "-reuse-previous=", 16) == 0)
    words++;
  drop_semicolon (words);
  const char *user = words[0] ? words[1] : NULL;
  if (user && words[2] && (is_given (words[2]) || is_given (words[3])))
    return say (file, file->piece.command_line, "\\connect names another server", err);
  int r = database_of (is_given (words[0]) ? words[0] : file->running->name, &name);
  if (r != 0)
    return r < 0 ? vprod__error_no_memory (err)
                 : say (file, file->piece.command_line, "\\connect names more than a database", err);
  r = connect_to (file->running, name, &why, err);
  if (r == 0)
    return is_given (user) && strcmp (user, file->running->service->spec->postgres.user) != 0
             ? become (file, user, err) : 0;
  if (r > 0) {
    message = vprod__asprintf ("\\connect %s: %s", name, why);
    return message ? say (file, file->piece.command_line, message, err) : vprod__error_no_memory (err);
  }
  return r;
}

/* A file beside this one. */
static int do_include (struct file *file, char **words, vprod_error **err)
{
  const char *slash = strrchr (file->path, '/'), *shown_slash = strrchr (file->shown, '/');
  _cleanup_free_ char *path = NULL, *shown = NULL;

  if (!words[0])
    return say (file, file->piece.command_line, "\\ir names no file", err);
  if (words[0][0] == '/' || !slash)
    slash = shown_slash = NULL;
  path = vprod__asprintf ("%.*s%s", slash ? (int) (slash + 1 - file->path) : 0, file->path, words[0]);
  shown = vprod__asprintf ("%.*s%s", shown_slash ? (int) (shown_slash + 1 - file->shown) : 0, file->shown, words[0]);
  if (!path || !shown)
    return vprod__error_no_memory (err);
  if (file->running->depth >= MOST_DEEP)
    return say (file, file->piece.command_line, "\\ir: the files include each other", err);
  int r = run_file (file->running, path, shown, err);
  if (r == -VPROD_ERROR_IO)
    vprod__error_prefix (err, "%s:%d: \\ir", file->shown, file->piece.command_line);
  return r;
}

/* Variables of psql's own that change what is done with a script, or how it tells of that. */
static int do_set (struct file *file, char **words, vprod_error **err)
{
  static const char *const harmless[] = { "ECHO", "ECHO_ALL", "ECHO_HIDDEN", "QUIET", "VERBOSITY", "SHOW_CONTEXT", NULL };
  static const char *const off[] = { "off", "0", "false", "no", NULL };

  if (words[0] && strcmp (words[0], "ON_ERROR_STOP") == 0) {
    file->running->goes_on = words[1] && vprod__text_is_one_of_nocase (words[1], off);
    return 0;
  }
  if (words[0] && vprod__text_is_one_of (words[0], harmless))
    return 0;
  return say (file, file->piece.command_line, "\\set: variables of psql are not understood here", err);
}

/* What is read is UTF-8 unless the script says so. */
static int do_encoding (struct file *file, char **words, vprod_error **err)
{
  _cleanup_ (vprod__postgres_outcome_clear) struct vprod__postgres_outcome outcome = { 0 };
  _cleanup_free_ char *sql = NULL;

  if (!words[0] || strchr (words[0], '\''))
    return say (file, file->piece.command_line, "\\encoding: no name of an encoding", err);
  sql = vprod__asprintf ("SET client_encoding TO '%s'", words[0]);
  return sql ? execute (file, sql, &outcome, err) : vprod__error_no_memory (err);
}

static int do_quit (struct file *file, char **words, vprod_error **err)
{
  (void) words;
  (void) err;
  file->is_over = 1;
  return 0;
}

/* What only bears on what psql prints; and what dumps begin and end with, so that no data of theirs is taken for a command,
   which it is not here. */
static int do_nothing (struct file *file, char **words, vprod_error **err)
{
  (void) file;
  (void) words;
  (void) err;
  return 0;
}

static const struct {
  const char *name;
  int (*run) (struct file *file, char **words, vprod_error **err);
} commands[] = {
  { "c", do_connect },       { "connect", do_connect },  { "ir", do_include },   { "include_relative", do_include },
  { "set", do_set },         { "encoding", do_encoding }, { "q", do_quit },      { "quit", do_quit },
  { "restrict", do_nothing }, { "unrestrict", do_nothing }, { "echo", do_nothing }, { "qecho", do_nothing },
  { "warn", do_nothing },    { "timing", do_nothing },   { "pset", do_nothing }, { "x", do_nothing },
  { "a", do_nothing },       { "t", do_nothing },        { "C", do_nothing },    { "H", do_nothing },
};

static int run_command (struct file *file, char **words, vprod_error **err)
{
  for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (strcmp (words[0], commands[i].name) == 0)
      return commands[i].run (file, words + 1, err);
  return not_understood (file, words[0], err);
}

/* ---- a file ---------------------------------------------------------------------------------------------------- */

static int run_piece (struct file *file, vprod_error **err)
{
  _cleanup_strv_ char **words = NULL;

  if (file->piece.command && split (&file->piece, &words) < 0)
    return vprod__error_no_memory (err);
  if (file->piece.command && !words)
    return say (file, file->piece.command_line, "a backslash that begins no command", err);
  return file->piece.text ? run_statement (file, words ? words[0] : NULL, err) : run_command (file, words, err);
}

static int run_file (struct running *running, const char *path, const char *shown, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  struct file file = { .running = running, .path = path, .shown = shown };

  int r = vprod__sql_read (path, &text, err);
  if (r < 0)
    return r;
  running->depth++;
  vprod__sql_begin (&file.script, vprod__buf_string (&text), text.length);
  while (r == 0 && !file.is_over && vprod__sql_next (&file.script, &file.piece) != VPROD__SQL_END)
    r = run_piece (&file, err);
  running->depth--;
  return r;
}

int vprod__postgres_run_script (vprod_session *session, const struct vprod__service *service, const char *path,
                                const char *shown, size_t *n_statements, vprod_error **err)
{
  struct running running = { .session = session, .service = service };
  _cleanup_free_ char *why = NULL;

  int r = connect_to (&running, service->spec->postgres.database, &why, err);
  if (r > 0)
    r = vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "%s: cannot connect: %s", shown, why);
  if (r == 0)
    r = run_file (&running, path, shown, err);
  disconnect (&running);
  free (running.name);
  *n_statements += running.n_statements;
  return r;
}
