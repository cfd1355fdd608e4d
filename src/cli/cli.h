/* SPDX-License-Identifier: MIT */
/*
 * The program. It uses the public API, and lists and texts of src/util: whatever it does to images, another program can do.
 * A command is one file with one const struct at its end, listed in main.c.
 */
#ifndef VPROD_CLI_CLI_H
#define VPROD_CLI_CLI_H

#include <getopt.h>
#include <verify-prod.h>

#include "util/cleanup.h"
#include "util/strv.h"

#define CLI_NAME "verify-prod"

/* Exit codes; a contract. */
enum {
  CLI_PASSED = 0,   /* every check that ran passed and at least one ran; or the command did its work */
  CLI_FAILED = 1,   /* a check failed */
  CLI_USAGE = 2,    /* bad usage or spec */
  CLI_NOT_TOLD = 3, /* could not be verified */
};

struct cli_command {
  const char *name;
  const char *arguments; /* for the usage line */
  const char *summary;   /* one line */
  const char *options;   /* lines of help */
  int (*run) (int argc, char **argv); /* argv[0] is the program; the exit code */
};

extern const struct cli_command cli_command_run;
extern const struct cli_command cli_command_init;
extern const struct cli_command cli_command_build;
extern const struct cli_command cli_command_list;
extern const struct cli_command cli_command_explain;
extern const struct cli_command cli_command_clean;

/* All, NULL-ended; the first is the default. */
extern const struct cli_command *const cli_commands[];

/* ---- words and arguments (words.c, options.c) ------------------------------------------------------------ */

/* The name that a person who wrote `word` most likely meant, or NULL. name_at gives NULL past the end. */
const char *cli_nearest (const char *word, const char *(*name_at) (size_t index));

/* "250ms", "30s", "15m", "1m30s", "1d", a bare number of seconds; above 0, up to a day. 0, or -1. */
int cli_parse_duration (const char *text, int64_t *ret_ms);

/* The same up to a century. */
int cli_parse_age (const char *text, int64_t *ret_ms);

/* 1 if the environment variable is there and says something other than "", "0" and "false". */
int cli_env_is_set (const char *name);

/* Out of memory (NULL) ends the program, before there is anything to remove. */
void *cli_must (void *memory);

/* printf into a new string. */
char *cli_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* Appends a copy. */
void cli_add (char ***list, const char *text);

/* Says "verify-prod: …" on standard error. */
void cli_say (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* The same for bad usage, with a pointer to the help; returns CLI_USAGE. */
int cli_usage (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* The same for an error of the library, which it ends; returns exit_code. */
int cli_fail (vprod_error *err, int exit_code);

/* What getopt_long answered with '?' or ':', said with the nearest option; returns CLI_USAGE. */
int cli_bad_option (int answer, char **argv, const struct option *options);

/* Prints a command's --help; returns CLI_PASSED. */
int cli_help (const struct cli_command *command);

/* The ids of checks and the formats, for cli_nearest. */
const char *cli_check_at (size_t index);

/* ---- what commands share (spec.c) ---------------------------------------------------------------------- */

/* Loads SPEC: a file, or a folder with a verify-prod.yaml; NULL: the working directory. Then each "KEY=VALUE" of sets
   takes the place of an entry. 0, or an exit code after a message. */
int cli_load_spec (const char *path, char *const *sets, vprod_spec **ret);

/* Makes a docker runner; 0, or an exit code after a message. */
int cli_make_runner (const char *host, vprod_runner **ret);

/* ---- the Dockerfile, if it was not named (places.c) ---------------------------------------------- */

/* The folder that a file is in: ".", "/", "a/b". malloc'ed. */
char *cli_folder_of (const char *path);

/* Is a file called like one; like a compose file? */
int cli_is_dockerfile (const char *path);
int cli_is_compose (const char *path);

/* The name of the one that is taken in this folder where none is named, or NULL; is it such a name? */
const char *cli_default_dockerfile (const char *folder);
int cli_is_default_dockerfile (const char *name);

/* Those in and below a folder, as paths from there; NULL: none. For vprod__strv_free. */
char **cli_find_dockerfiles (const char *folder);

/* The command for each on standard error. */
void cli_show_inits (const char *folder, char *const *paths);

/* How to get the spec that is not there, on standard error. */
void cli_say_draft (const char *spec);

/* ---- signals (signals.c) ----------------------------------------------------------------------------------- */

/* From here on SIGINT, SIGTERM and SIGHUP end the program at once, until cli_signals_hold; SIGPIPE is ignored. */
void cli_signals_start (void);

/* From here on they only cancel the session that cli_signals_session names. silent: no notice from the handler. */
void cli_signals_hold (int silent);
void cli_signals_session (vprod_session *session);

/* Cancels that session, if there is one. From any thread. */
void cli_signals_cancel (void);

/* Which signal was caught first, or 0; how many were. */
int cli_signals_caught (void);
int cli_signals_count (void);

/* Nothing is left to remove: ends the program by the signal that was caught, if any; from here on they end it. */
void cli_signals_release (void);

/* ---- the reaper (reaper.c) ------------------------------------------------------------------------------- */

/* Starts the helper process that removes what a session made when this process is killed. Before any thread.
   host: as for the runner. Without it all works but that. */
void cli_reaper_start (const char *host);
void cli_reaper_watch (const char *session_id);

/* Farewell: it has nothing to do any more. */
void cli_reaper_end (void);

#endif
