/* SPDX-License-Identifier: MIT */
/* verify-prod run: verifies and reports. */
#include "progress.h"
#include "run_options.h"
#include "util/thread.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- removing what killed runs left, meanwhile ---------------------------------------------------------- */

#define OLD_MS ((int64_t) 24 * 3600 * 1000) /* objects of other hosts older than this are mentioned */
#define SWEEP_MS 100     /* what it may take once the report is there */
#define GIVE_UP_MS 10000 /* … once it is to give up: an engine that is being started is ended first */

struct sweep {
  vprod_runner *runner;
  size_t old;     /* objects of other hosts */
  int give_up[2]; /* a pipe: readable when it is to end */
};

static void *sweep_all (void *data)
{
  struct sweep *sweep = data;
  const vprod_clean_options dead = { .size = sizeof dead, .cancel_fd = sweep->give_up[0] };
  const vprod_clean_options old = { .size = sizeof old, .older_than_ms = OLD_MS, .dry_run = 1, .cancel_fd = sweep->give_up[0] };

  if (vprod_clean (sweep->runner, &dead, NULL, NULL) < 0 || vprod_clean (sweep->runner, &old, &sweep->old, NULL) < 0)
    sweep->old = 0; /* nothing is said; the next run tries again */
  return NULL;
}

static void tell_old (const struct sweep *sweep)
{
  if (sweep->old > 0)
    cli_say ("%zu object%s of runs of other hosts %s older than 1 day: `" CLI_NAME " clean --older-than 1d` removes %s",
             sweep->old, sweep->old == 1 ? "" : "s", sweep->old == 1 ? "is" : "are", sweep->old == 1 ? "it" : "them");
}

static int begin_sweep (struct sweep *sweep, vprod_runner *runner, pthread_t *thread)
{
  sweep->runner = runner;
  if (pipe2 (sweep->give_up, O_CLOEXEC) < 0)
    return 0;
  return vprod__thread_start (thread, sweep_all, sweep) == 0;
}

static int ends_within (pthread_t thread, int64_t ms)
{
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += ms % 1000 * 1000000;
  until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  return pthread_timedjoin_np (thread, NULL, &until) == 0;
}

/* Has it end, so that the runner can be freed with what it has started. 0: it does not. What it has not removed the next run
   removes. */
static int end_sweep (struct sweep *sweep, pthread_t thread)
{
  if (ends_within (thread, SWEEP_MS))
    return 1;
  return write (sweep->give_up[1], "", 1) == 1 && ends_within (thread, GIVE_UP_MS);
}

/* ---- showing -------------------------------------------------------------------------------------------- */

/* Does the live area on standard error go with standard output? A file does not disturb it, a terminal is written to
   after the area is erased; a pipe may lead to the same terminal. */
static int live_fits (const struct run_options *options)
{
  struct stat st;

  return strcmp (options->format, "text") != 0 || isatty (STDOUT_FILENO)
         || (fstat (STDOUT_FILENO, &st) == 0 && S_ISREG (st.st_mode));
}

static struct progress start_progress (const struct run_options *options, const char *const *plan)
{
  int text = strcmp (options->format, "text") == 0;
  struct progress progress = {
    .mode = text ? PROGRESS_TEXT : options->quiet ? PROGRESS_NONE : PROGRESS_LINES,
    .quiet = options->quiet,
    .color = text && cli_wants_color (STDOUT_FILENO, options->no_color),
  };

  if (!options->quiet && cli_is_terminal (STDERR_FILENO) && live_fits (options))
    progress.live = live_start (plan, cli_wants_color (STDERR_FILENO, options->no_color));
  if (progress.live)
    progress.mode = PROGRESS_LIVE;
  progress_start_lines (&progress);
  return progress;
}

static void say_what_was_kept (const char *id)
{
  fprintf (stderr,
           "\n" CLI_NAME ": kept for a look, until the next run of " CLI_NAME ":\n"
           "  docker ps -a --filter label=verify-prod.session=%s\n"
           "  docker logs CONTAINER; docker exec -it CONTAINER sh\n"
           "to remove it now:\n"
           "  " CLI_NAME " clean\n"
           "or by hand:\n"
           "  docker rm -fv $(docker ps -aq --filter label=verify-prod.session=%s)\n"
           "  docker network rm $(docker network ls -q --filter label=verify-prod.session=%s)\n"
           "  docker image rm $(docker image ls --format '{{.Repository}}:{{.Tag}}' | grep %s)\n",
           id, id, id, id);
}

/* ---- the run -------------------------------------------------------------------------------------------- */

/* Runs the session to its end and removes what it made. 0 with a report, or an exit code without one. */
static int run_session (const struct run_options *options, const vprod_spec *spec, vprod_runner *runner,
                        struct progress *progress, vprod_report **ret_report)
{
  const vprod_session_options session_options = {
    .size = sizeof session_options,
    .timeout_ms = options->timeout_ms,
    .keep = options->keep,
    .on_event = progress_event,
    .data = progress,
  };
  const vprod_run_options run = {
    .size = sizeof run,
    .only = (const char *const *) options->only,
    .skip = (const char *const *) options->skip,
    .jobs = options->jobs,
  };
  vprod_session *session = NULL;
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  char *kept = NULL;
  int code = 0, r;

  if ((r = vprod_session_new_with (spec, runner, &session_options, &session, &err)) < 0) {
    progress_end (progress);
    return cli_fail (err, r == -VPROD_ERROR_SPEC ? CLI_USAGE : CLI_NOT_TOLD);
  }
  cli_reaper_watch (vprod_session_get_id (session));
  if (options->keep)
    kept = strdup (vprod_session_get_id (session));
  cli_signals_session (session);
  if (options->n_outputs == 0)
    cli_watch_reader ();
  if (vprod_session_run (session, &run, &report, &err) < 0)
    code = CLI_NOT_TOLD;
  cli_unwatch_reader ();
  if (cli_signals_caught ())
    code = CLI_NOT_TOLD; /* the results of interrupted checks are of no use */
  cli_signals_session (NULL);
  if (progress->live)
    live_phase (progress->live, options->keep ? "ending" : "removing what was made");
  vprod_session_free (session);
  progress_end (progress);
  cli_reaper_end ();
  if (err)
    cli_fail (err, code);
  if (kept)
    say_what_was_kept (kept);
  free (kept);
  if (code == 0)
    *ret_report = report;
  else
    vprod_report_free (report);
  return code;
}

static int verdict_code (const vprod_report *report)
{
  switch (vprod_report_get_verdict (report)) {
  case VPROD_VERDICT_PASS:
    return CLI_PASSED;
  case VPROD_VERDICT_FAIL:
    return CLI_FAILED;
  default:
    return CLI_NOT_TOLD;
  }
}

/* Writes the report to standard output (of streamed text, the closing line only) and to the files; a file that cannot be
   written goes to standard output. */
static int write_reports (const struct run_options *options, const struct progress *progress,
                          const vprod_report *report)
{
  const vprod_render_options render = {
    .size = sizeof render,
    .color = progress->color,
    .width = cli_width (STDOUT_FILENO),
    .summary_only = progress->mode == PROGRESS_TEXT,
  };
  int code = verdict_code (report);

  if (output_write (options->format, &render, report) < 0)
    code = CLI_NOT_TOLD;
  for (size_t i = 0; i < options->n_outputs; i++)
    if (output_write_file (&options->outputs[i], report) < 0) {
      code = CLI_NOT_TOLD;
      if (strcmp (options->outputs[i].format, options->format) != 0)
        output_write (options->outputs[i].format, NULL, report);
    }
  return code;
}

static int verify (const struct run_options *options, const vprod_spec *spec, const char *const *plan)
{
  vprod_report *report = NULL;
  vprod_runner *runner = NULL;
  static struct sweep swept; /* outlives this call where the sweep does */
  pthread_t sweeper;

  cli_reaper_start (options->host);
  int code = cli_make_runner (options->host, &runner);
  if (code != 0) {
    cli_reaper_end ();
    return code;
  }
  int sweeping = begin_sweep (&swept, runner, &sweeper);
  struct progress progress = start_progress (options, plan);
  cli_signals_hold (progress.live != NULL);
  code = run_session (options, spec, runner, &progress, &report);
  if (report)
    code = write_reports (options, &progress, report);
  if (cli_signals_caught ())
    cli_say (options->keep ? "interrupted" : "interrupted; what was made has been removed");
  vprod_report_free (report);
  int busy = sweeping && !end_sweep (&swept, sweeper);
  if (!busy && !options->quiet)
    tell_old (&swept);
  if (!busy)
    vprod_runner_free (runner); /* before a signal ends the program: the runner may have started an engine */
  cli_signals_release ();
  if (busy) {
    fflush (NULL);
    _exit (code);
  }
  return code;
}

static int run (int argc, char **argv)
{
  struct run_options options;
  vprod_spec *spec = NULL;
  const char **plan = NULL;

  cli_signals_start ();
  int code = run_options_parse (argc, argv, &options);
  if (code == 0 && options.help) {
    run_options_clear (&options);
    return cli_help (&cli_command_run);
  }
  if (code == 0 && !options.spec && !options.sets && access ("verify-prod.yaml", F_OK) != 0) /* an unknown id is said first */
    code = run_options_know_ids (&options, NULL);
  if (code == 0)
    code = cli_load_spec (options.spec, options.sets, options.format, &spec);
  if (code == 0) {
    plan = run_options_plan (&options, spec);
    code = plan ? verify (&options, spec, plan) : CLI_USAGE;
  }
  free (plan);
  vprod_spec_free (spec);
  run_options_clear (&options);
  return code;
}

const struct cli_command cli_command_run = {
  .name = "run",
  .arguments = "[OPTION]... [SPEC]",
  .summary = "verifies and reports; the default",
  .options = run_options_help,
  .run = run,
};
