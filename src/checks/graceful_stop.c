/* SPDX-License-Identifier: MIT */
/*
 * graceful-stop: the stop signal ends the running app with the wanted exit code inside the grace time. It is the
 * last to touch the app: the others are done first, and an app that is not running right before the signal proves
 * nothing about the signal, whatever code it ended with.
 */
#include "checks/app_processes.h"
#include "checks/check.h"
#include "checks/exit.h"
#include "checks/graceful_stop.h"

#include <string.h>
#include <time.h>
#include "util/clock.h"
#include "util/strv.h"

/* How long the engine may take to end what is killed, and to pass on an app's last words. */
#define KILL_MS 30000
#define LAST_WORDS_MS 2000

static int64_t wall_clock_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is kept from the moments before and after the signal. */
struct gathered {
  char *first_process;
  char *child;
  char **words;
  char *log;
  char signal_words[VPROD__SIGNAL_WORDS_SIZE];
  int64_t signal_ms;      /* CLOCK_MONOTONIC */
  int64_t signal_wall_ms; /* CLOCK_REALTIME */
};

static void gathered_clear (struct gathered *gathered)
{
  free (gathered->first_process);
  free (gathered->child);
  vprod__strv_free (gathered->words);
  free (gathered->log);
}

struct first {
  int64_t pid; /* wanted; 0: the first that is told */
  char *command;
  char *child;
  int no_memory;
};

static void first_clear (struct first *first)
{
  free (first->command);
  free (first->child);
}

static int on_process (void *data, const vprod_process *process)
{
  struct first *first = data;
  int is_child = first->pid > 0 && process->ppid == first->pid;
  char **text = is_child ? &first->child : &first->command;

  if ((first->pid > 0 && process->pid != first->pid && !is_child) || !process->command || *text)
    return 0;
  *text = strdup (process->command);
  first->no_memory = !*text;
  return first->no_memory || (first->command && (first->child || first->pid <= 0));
}

/* The command lines of the container's first process and of one that it has started. They only help to word things:
   none is no error. */
static int find_first_process (vprod_session *session, const vprod_container_facts *container,
                               struct gathered *gathered, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_ (first_clear) struct first first = { .pid = container->pid };
  vprod_call call;

  vprod__session_call (session, LAST_WORDS_MS, &call);
  int r = vprod__app_processes (session, &call, container, on_process, &first, &error);
  if (first.no_memory)
    return vprod__error_no_memory (err);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  gathered->first_process = vprod__steal (&first.command);
  gathered->child = vprod__steal (&first.child);
  return 0;
}

/* Entrypoint and command as they were started. */
static int find_words (vprod_session *session, const struct vprod__image *image, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **words = NULL;
  _cleanup_strv_ char **command = NULL;

  int r = vprod__session_command (session, &command, err);
  if (r < 0)
    return r;
  if (vprod__strv_copy (image->facts.entrypoint, &words) < 0)
    return vprod__error_no_memory (err);
  for (char **word = command ? command : image->facts.cmd; word && *word; word++)
    if (vprod__strv_add (&words, *word) < 0)
      return vprod__error_no_memory (err);
  *ret = vprod__steal (&words);
  return 0;
}

/* Sends the signal and waits for the app's end. 1: it had ended before the signal could reach it. */
static int send_signal (vprod_session *session, const struct vprod__app *app,
                        struct vprod__graceful_stop_facts *facts, struct gathered *gathered, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_runner *runner = vprod__session_runner (session);
  vprod_call call;

  vprod__session_call (session, KILL_MS, &call);
  gathered->signal_ms = vprod__now_ms ();
  gathered->signal_wall_ms = wall_clock_ms ();
  int r = vprod__runner_container_signal (runner, &call, app->container_id, facts->signal, &error);
  if (r == -VPROD_ERROR_NOT_FOUND)
    return 1;
  if (r < 0) {
    vprod__error_prefix (&error, "sending %s (%s) to the app", facts->signal_words, facts->signal_from);
    return vprod__error_move (err, &error);
  }

  /* The grace time begins with the signal; the engine may have taken a while to send it. */
  int64_t left = gathered->signal_ms + facts->grace_ms - vprod__now_ms ();
  vprod__session_call (session, left > 0 ? left : 0, &call);
  r = vprod__runner_container_wait (runner, &call, app->container_id, &facts->exit_code, &error);
  if (r < 0 && r != -VPROD_ERROR_TIMEOUT)
    return vprod__error_move (err, &error);
  facts->ended = r == 0;
  facts->ended_ms = vprod__now_ms () - gathered->signal_ms;
  return 0;
}

/* At the end of the grace time: is it really still running? Then it is killed. */
static int end_it (vprod_session *session, const struct vprod__app *app, struct vprod__graceful_stop_facts *facts,
                   int64_t signal_ms, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_runner *runner = vprod__session_runner (session);
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r < 0)
    return r;
  facts->ended = !container.running;
  if (!container.running)
    return 0;
  vprod__session_call (session, KILL_MS, &call);
  r = vprod__runner_container_signal (runner, &call, app->container_id, "SIGKILL", &error);
  if (r < 0 && r != -VPROD_ERROR_NOT_FOUND) {
    vprod__error_prefix (&error, "killing the app, which did not end by %s", facts->signal_words);
    return vprod__error_move (err, &error);
  }
  if (r == -VPROD_ERROR_NOT_FOUND) { /* it was quicker, but its grace time was over */
    int64_t ended_ms = vprod__now_ms () - signal_ms;
    facts->ended = 1;
    facts->ended_ms = ended_ms > facts->grace_ms ? ended_ms : facts->grace_ms + 1;
  }
  return vprod__runner_container_wait (runner, &call, app->container_id, &facts->exit_code, err);
}

/* Exit code and time of an app that has ended. Between its end and our seeing it lies what this machine was busy
   with; where the engine is on this machine, its clock is ours and tells the true end. */
static int see_end (vprod_session *session, const struct vprod__app *app, struct vprod__graceful_stop_facts *facts,
                    struct gathered *gathered, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  const vprod_engine_facts *engine;
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r == 0)
    r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  facts->exit_code = container.exit_code;
  facts->oom_killed = container.oom_killed;
  int64_t by_engine = container.finished_at_ms - gathered->signal_wall_ms;
  if (facts->ended && !engine->remote && container.finished_at_ms > 0 && by_engine >= 0
      && by_engine < facts->ended_ms)
    facts->ended_ms = by_engine;

  vprod__session_call (session, LAST_WORDS_MS, &call);
  r = vprod__log_wait_end (app->log, &call, NULL);
  if (r == -VPROD_ERROR_CANCELLED)
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "reading the app's log: cancelled");
  gathered->log = vprod__log_tail (app->log, &facts->log_length);
  return gathered->log ? 0 : vprod__error_no_memory (err);
}

static int stop (vprod_session *session, const struct vprod__app *app, struct vprod__graceful_stop_facts *facts,
                 struct gathered *gathered, vprod_result *result, vprod_error **err)
{
  int r = send_signal (session, app, facts, gathered, err);

  if (r == 1) {
    vprod__result_judged_by (result, "start");
    return vprod__result_skip (result, "not checked: the app did not stay up: it ended right before %s was sent",
                               facts->signal_words);
  }
  if (r == 0 && !facts->ended)
    r = end_it (session, app, facts, gathered->signal_ms, err);
  if (r == 0)
    r = see_end (session, app, facts, gathered, err);
  if (r < 0)
    return r;
  facts->log = gathered->log;
  return vprod__graceful_stop_judge (facts, result);
}

static void choose_signal (const vprod_spec *spec, const struct vprod__image *image,
                           struct vprod__graceful_stop_facts *facts)
{
  if (spec->checks.graceful_stop.signal) {
    facts->signal = spec->checks.graceful_stop.signal;
    facts->signal_from = "the spec";
  } else if (image->facts.stop_signal && *image->facts.stop_signal) {
    facts->signal = image->facts.stop_signal;
    facts->signal_from = "the image's STOPSIGNAL";
  } else {
    facts->signal = "SIGTERM";
    facts->signal_from = "the default";
  }
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_ (gathered_clear) struct gathered gathered = { 0 };
  const struct vprod__image *image;
  const struct vprod__app *app;
  struct vprod__graceful_stop_facts facts = {
    .grace_ms = spec->checks.graceful_stop.grace_ms,
    .wanted_exit_code = spec->checks.graceful_stop.exit_code,
    .log = "",
  };

  int r = vprod__need_image (session, result, &image, err);
  if (r == 0)
    r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__wait_app_users (session, vprod__check_graceful_stop.info.id, err);
  if (r == 0)
    r = vprod__app_facts (session, app, &container, err);
  if (r < 0)
    return r;
  if (!container.running) {
    vprod__result_judged_by (result, "start");
    return vprod__result_skip (result,
                               "not checked: the app did not stay up: it ended with exit code %d before the "
                               "signal was sent",
                               container.exit_code);
  }
  choose_signal (spec, image, &facts);
  facts.signal_words = vprod__signal_words (facts.signal, gathered.signal_words);
  r = find_words (session, image, &gathered.words, err);
  if (r == 0)
    r = find_first_process (session, &container, &gathered, err);
  if (r < 0)
    return r;
  facts.words = (const char *const *) gathered.words;
  facts.first_process = gathered.first_process;
  facts.child = gathered.child;

  r = stop (session, app, &facts, &gathered, result, err);
  vprod__app_used_up (session);
  return r;
}

const struct vprod__check vprod__check_graceful_stop = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "graceful-stop",
    .title = "The stop signal ends the app in good order",
    .what = "When all that look at the running app are done, sends its first process the signal that the spec "
            "names, else the image's STOPSIGNAL, else SIGTERM, as an engine does to stop it. Passes when the app "
            "then ends with the wanted exit code inside the grace time. What is still running then is killed. "
            "143 (the signal ended it) and 137 (it was killed) are told apart.",
    .why = "Every deployment stops the old containers. An app that does not end by itself is killed in the "
           "middle of its requests, and every stop takes the whole grace time.",
    .remedy = "Start the app in the exec form, or with `exec` at the end of an entrypoint script, so that the "
              "signal reaches it; handle the signal: stop listening, finish what runs, exit 0.",
    .options = "graceful-stop:\n"
               "  grace: 10s       # how long it may take\n"
               "  exit-code: 0     # what it must end with\n"
               "  signal: SIGTERM  # default: the image's STOPSIGNAL, else SIGTERM\n",
    .run = vprod_check_graceful_stop,
  },
  .app_use = VPROD__APP_ENDS,
  .run = run,
};

int vprod_check_graceful_stop (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_graceful_stop, session, ret_result, err);
}
