/* SPDX-License-Identifier: MIT */
/*
 * graceful-stop: the stop signal ends the running app with the wanted exit code inside the grace time. It runs after all
 * other checks of the app. The exit code of an app that had ended before the signal says nothing about the signal.
 */
#include "session/app_processes.h"
#include "checks/check.h"
#include "known/exit.h"
#include "checks/graceful_stop/facts.h"

#include <string.h>
#include <time.h>
#include "session/limit.h"
#include "util/clock.h"
#include "util/strv.h"

/* How long the engine may take to end what is killed, and to pass on the last output. */
#define KILL_MS 30000
#define LAST_WORDS_MS 2000
#define EVENTS_MS 5000
#define NOTED_MS 500
#define KILLED 137 /* the exit code of what SIGKILL ended */

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
  int64_t called_ms; /* CLOCK_MONOTONIC: when the engine was told to send the signal */
  int64_t sent_ms;   /* CLOCK_MONOTONIC: when the engine said that it had sent it */
  int64_t seen_ms;   /* CLOCK_MONOTONIC: when the app was seen to have ended */
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

/* The command lines of the container's first process and of one that it has started. They only make messages clearer:
   having none is no error. */
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

/* 1: it had ended before the signal could reach it. */
static int send_signal (vprod_session *session, const struct vprod__app *app,
                        const struct vprod__graceful_stop_facts *facts, struct gathered *gathered, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, KILL_MS, &call);
  gathered->called_ms = vprod__now_ms ();
  int r = vprod__runner_container_signal (vprod__session_runner (session), &call, app->container_id, facts->signal,
                                          &error);
  gathered->sent_ms = vprod__now_ms ();
  if (r == -VPROD_ERROR_NOT_FOUND)
    return 1;
  if (r < 0)
    vprod__error_prefix (&error, "sending %s (%s) to the app", facts->signal_words, facts->signal_from);
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

/* Kills one that still runs at the end of its grace time. An exit code other than 137 means that it ended before. */
static int kill_it (vprod_session *session, const struct vprod__app *app, struct vprod__graceful_stop_facts *facts,
                    vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  vprod_runner *runner = vprod__session_runner (session);
  vprod_call call;

  vprod__session_call (session, KILL_MS, &call);
  int r = vprod__runner_container_signal (runner, &call, app->container_id, "SIGKILL", &error);
  if (r < 0 && r != -VPROD_ERROR_NOT_FOUND) {
    vprod__error_prefix (&error, "killing the app, which did not end by %s", facts->signal_words);
    return vprod__error_move (err, &error);
  }
  int was_quicker = r == -VPROD_ERROR_NOT_FOUND;
  r = vprod__runner_container_wait (runner, &call, app->container_id, &facts->exit_code, err);
  facts->ended = was_quicker || facts->exit_code != KILLED;
  return r;
}

/* The grace time begins with the signal, which was sent at the latest when the engine said so. */
static int wait_end (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit,
                     struct vprod__graceful_stop_facts *facts, struct gathered *gathered, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  enum vprod__limit_state state;

  limit->since_ms = gathered->sent_ms;
  int r = vprod__limit_wait_end (limit, &facts->exit_code, &state, err);
  gathered->seen_ms = vprod__now_ms ();
  facts->ended = r == 1;
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__app_facts (session, app, &container, err);
  vprod__limit_answered (limit, gathered->seen_ms);
  gathered->seen_ms = vprod__now_ms ();
  facts->ended = !container.running;
  if (r < 0 || facts->ended)
    return r;
  r = kill_it (session, app, facts, err);
  gathered->seen_ms = vprod__now_ms ();
  facts->busy = vprod__limit_judge (limit->limit_ms, limit->elapsed_ms, limit->stalled_ms, limit->known, limit->answer_ms)
             == VPROD__LIMIT_BUSY;
  return r;
}

/* When did it end? By the engine's clock, if that is on this machine; else counted from the container's start, which our
   clock has bounds of: when it was asked for and when the engine confirmed it. Never later than it was seen. */
static void find_end (const struct vprod__app *app, const vprod_container_facts *container, int remote,
                      const struct gathered *gathered, int64_t *ret_earliest_ms, int64_t *ret_latest_ms)
{
  int64_t up_ms = container->finished_at_ms - container->started_at_ms;

  *ret_earliest_ms = gathered->called_ms;
  *ret_latest_ms = gathered->seen_ms;
  if (container->finished_at_ms <= 0)
    return;
  if (!remote)
    *ret_earliest_ms = *ret_latest_ms = container->finished_at_ms - wall_clock_ms () + vprod__now_ms ();
  else if (container->started_at_ms > 0 && up_ms >= 0) {
    *ret_earliest_ms = app->called_at + up_ms;
    *ret_latest_ms = app->started_at + up_ms;
  }
  if (*ret_latest_ms < gathered->called_ms || *ret_latest_ms > gathered->seen_ms)
    *ret_latest_ms = gathered->seen_ms;
  if (*ret_earliest_ms < gathered->called_ms || *ret_earliest_ms > *ret_latest_ms)
    *ret_earliest_ms = gathered->called_ms;
}

struct sending {
  int64_t at_ms; /* by the engine's clock; 0: not found */
};

static int on_event (void *data, const vprod_container_event *event)
{
  struct sending *sending = data;

  if (strcmp (event->action, "kill") == 0)
    sending->at_ms = event->at_ms;
  return sending->at_ms > 0; /* the first: a second is the end of the grace time */
}

/* The engine may take longer to send the signal than the grace time. Then its events show when it was sent. It records them
   a moment after the signal, when a quick app has ended already; one that ended long before was not ended by the signal. */
static int ask_when_sent (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                          struct vprod__graceful_stop_facts *facts, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  struct sending sending = { 0 };
  vprod_call call;

  if (container->started_at_ms <= 0 || container->finished_at_ms < container->started_at_ms)
    return 0;
  vprod__session_call (session, EVENTS_MS, &call);
  int r = vprod__runner_container_events (vprod__session_runner (session), &call, app->container_id,
                                          container->started_at_ms, container->finished_at_ms + NOTED_MS, on_event, &sending,
                                          &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  if (sending.at_ms <= 0)
    return 0;
  int64_t took_ms = container->finished_at_ms - sending.at_ms;
  facts->least_ms = facts->ended_ms = took_ms > 0 ? took_ms : 0;
  return 0;
}

/* Exit code and time of an app that has ended, and its last output. */
static int see_end (vprod_session *session, const struct vprod__app *app, struct vprod__graceful_stop_facts *facts,
                    struct gathered *gathered, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  const vprod_engine_facts *engine;
  int64_t earliest_ms, latest_ms;
  vprod_call call;

  int r = vprod__app_facts (session, app, &container, err);
  if (r == 0)
    r = vprod__get_engine (session, &engine, err);
  if (r < 0)
    return r;
  facts->exit_code = container.exit_code;
  facts->oom_killed = container.oom_killed;
  find_end (app, &container, engine->remote, gathered, &earliest_ms, &latest_ms);
  facts->ended_ms = latest_ms - gathered->called_ms;
  facts->least_ms = earliest_ms > gathered->sent_ms ? earliest_ms - gathered->sent_ms : 0;
  facts->sending_ms = gathered->sent_ms - gathered->called_ms;
  if (facts->ended && facts->ended_ms > facts->grace_ms && facts->least_ms <= facts->grace_ms)
    r = ask_when_sent (session, app, &container, facts, err);
  if (r < 0)
    return r;

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
  struct vprod__limit limit;

  vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (), facts->grace_ms);
  int r = send_signal (session, app, facts, gathered, err);
  if (r == 0)
    r = wait_end (session, app, &limit, facts, gathered, err);
  facts->stalled_ms = limit.stalled_ms;
  facts->stall_is_known = limit.known;
  vprod__limit_end (&limit);
  if (r == 1) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up: it ended right before %s was sent",
                               facts->signal_words);
  }
  if (r == 0)
    r = see_end (session, app, facts, gathered, err);
  if (r < 0)
    return r;
  facts->log = gathered->log;
  return vprod__graceful_stop_judge (facts, result, err);
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
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
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

static int line_of_signal (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "STOPSIGNAL", NULL };
  int line = vprod__line_of_last (built, words);

  return line ? line : vprod__line_of_command (built, result);
}

const struct vprod__check vprod__check_graceful_stop = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "graceful-stop",
    .title = "The stop signal ends the app in good order",
    .what = "When all that look at the running app are done, sends its first process the signal that the spec "
            "names, else the image's STOPSIGNAL, else SIGTERM, as an engine does to stop it. Passes when the app "
            "then ends with the wanted exit code inside the grace time, which begins when the engine says that the "
            "signal was sent and ends when the engine says that the app did; time in which the machine kept it waiting "
            "does not count. What is still running then is killed. "
            "143 (the signal ended it) and 137 (it was killed) are told apart.",
    .why = "Every deployment stops the old containers. An app that does not end by itself is killed in the "
           "middle of its requests, and every stop takes the whole grace time.",
    .remedy = "Start the app in the exec form, or with `exec` at the end of an entrypoint script, so that the "
              "signal reaches it; handle the signal: stop listening, finish what runs, exit 0.",
    .run = vprod_check_graceful_stop,
  },
  .app_use = VPROD__APP_ENDS,
  .needs_services = 1,
  .place = { .line = line_of_signal },
  .run = run,
};
