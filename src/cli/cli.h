/* SPDX-License-Identifier: MIT */
/*
 * The program. It uses the public API, and lists and texts of src/util: another program can do the same with images. A
 * command is one file with one const struct at its end, listed in main.c.
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
  int (*run) (int argc, char **argv); /* argv[0] is the program; returns the exit code */
};

extern const struct cli_command cli_command_run;
extern const struct cli_command cli_command_init;
extern const struct cli_command cli_command_build;
extern const struct cli_command cli_command_specs;
extern const struct cli_command cli_command_report;
extern const struct cli_command cli_command_list;
extern const struct cli_command cli_command_explain;
extern const struct cli_command cli_command_clean;

/* All commands, NULL-ended; the first is the default. */
extern const struct cli_command *const cli_commands[];

/* ---- words and arguments (words.c, options.c) ------------------------------------------------------------ */

/* The path of a file that is installed with the program (installed.c), malloc'ed; NULL where it is not there. */
char *cli_find_installed (const char *name);

/* Prints where the make fragment is; returns the exit code. */
int cli_print_makefile (void);

/* The name that a person who wrote `word` most likely meant, or NULL. name_at gives NULL past the end. */
const char *cli_nearest (const char *word, const char *(*name_at) (size_t index));

/* "250ms", "30s", "15m", "1m30s", "1d", a bare number of seconds; above 0, up to a day. 0, or -1. */
int cli_parse_duration (const char *text, int64_t *ret_ms);

/* As cli_parse_duration, up to a century. */
int cli_parse_age (const char *text, int64_t *ret_ms);

/* 1 if the environment variable is set to something other than "", "0" and "false". */
int cli_env_is_set (const char *name);

/* Out of memory (NULL) ends the program, before there is anything to remove. */
void *cli_must (void *memory);

/* printf into a new string. */
char *cli_format (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* Appends a copy of text. */
void cli_add (char ***list, const char *text);

/* Prints "verify-prod: …" on standard error. */
void cli_say (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* cli_say for bad usage, with a hint at --help; returns CLI_USAGE. */
int cli_usage (const char *format, ...) __attribute__ ((format (printf, 1, 2)));

/* cli_say for an error of the library, which it frees; returns exit_code. */
int cli_fail (vprod_error *err, int exit_code);

/* Reports an option for which getopt_long returned '?' or ':', with the nearest one; returns CLI_USAGE. */
int cli_bad_option (int answer, char **argv, const struct option *options);

/* Prints a command's --help; returns CLI_PASSED. */
int cli_help (const struct cli_command *command);

/* The checks, then those of the spec's own; spec: NULL, it has none. Lent by it. of: NULL past the end; find: NULL, there is none;
   nearest: the id that was most likely meant, or NULL. */
const vprod_check_info *cli_check_of (const vprod_spec *spec, size_t index);
const vprod_check_info *cli_find_check (const char *id, const vprod_spec *spec);
const char *cli_nearest_check (const char *id, const vprod_spec *spec);

/* ---- what commands share (spec.c) ---------------------------------------------------------------------- */

/* Loads SPEC: a file, or a folder with a verify-prod.yaml; NULL: the working directory. Then each "KEY=VALUE" of sets
   takes the place of an entry. format: of the report, or NULL; "github": mistakes are annotations, too. 0, or an exit code
   after a message. */
int cli_load_spec (const char *path, char *const *sets, const char *format, vprod_spec **ret);

/* Prints the mistakes of a spec, a line each, as annotations of GitHub Actions on standard output (annotate.c). */
void cli_annotate (const char *message);

/* Makes a docker runner; 0, or an exit code after a message. */
int cli_make_runner (const char *host, vprod_runner **ret);

/* ---- the Dockerfile, if it was not named (places.c) ---------------------------------------------- */

/* The folder that a file is in: ".", "/", "a/b". malloc'ed. */
char *cli_folder_of (const char *path);

/* Is this the name of a Dockerfile; of a compose file? */
int cli_is_dockerfile (const char *path);
int cli_is_compose (const char *path);

/* The default Dockerfile in this folder, or NULL; is this the name of a default one? */
const char *cli_default_dockerfile (const char *folder);
int cli_is_default_dockerfile (const char *name);

/* The Dockerfiles in and below a folder, as paths from there; NULL: none. For vprod__strv_free. */
char **cli_find_dockerfiles (const char *folder);

/* Prints the `init` command for each on standard error. */
void cli_show_inits (const char *folder, char *const *paths);

/* Says how to get a spec that is missing. */
void cli_say_draft (const char *spec);

/* ---- signals (signals.c) ----------------------------------------------------------------------------------- */

/* SIGINT, SIGTERM and SIGHUP end the program at once, until cli_signals_hold is called; SIGPIPE is ignored. */
void cli_signals_start (void);

/* The signals now only cancel the session set by cli_signals_session. silent: the handler prints nothing. */
void cli_signals_hold (int silent);
void cli_signals_session (vprod_session *session);

/* Cancels that session, if any. From any thread. */
void cli_signals_cancel (void);

/* The first signal caught, or 0; the number of signals caught. */
int cli_signals_caught (void);
int cli_signals_count (void);

/* Nothing is left to remove: ends the program by the signal that was caught, if any; later ones end it at once. */
void cli_signals_release (void);

/* ---- the reaper (reaper.c) ------------------------------------------------------------------------------- */

/* Starts the helper process that removes what a session made when this process is killed. Before any thread.
   host: as for the runner. If it cannot be started, all else still works. */
void cli_reaper_start (const char *host);
void cli_reaper_watch (const char *session_id);

/* Tells it that nothing is left to remove, and waits for its end. */
void cli_reaper_end (void);

#endif
