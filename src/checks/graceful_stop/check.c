/* SPDX-License-Identifier: MIT */
/*
 * graceful-stop: the stop signal ends the running app with the wanted exit code inside the grace time. It runs after all
 * other checks of the app. The exit code of an app that had ended before the signal says nothing about the signal.
 */
#include "checks/check.h"
#include "checks/graceful_stop/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  const struct vprod__stop *stop;

  int r = vprod__need_stop (session, 0, result, &stop, err);
  if (r != 0)
    return r < 0 ? r : 0;
  struct vprod__graceful_stop_facts facts = {
    .signal = stop->signal,
    .signal_words = stop->signal_words,
    .signal_from = stop->signal_from,
    .grace_ms = spec->checks.graceful_stop.grace_ms,
    .wanted_exit_code = spec->checks.graceful_stop.exit_code,
    .ended = stop->ended,
    .ended_ms = stop->ended_ms,
    .least_ms = stop->least_ms,
    .sending_ms = stop->sending_ms,
    .stalled_ms = stop->stalled_ms,
    .stall_is_known = stop->stall_is_known,
    .busy = stop->busy,
    .exit_code = stop->exit_code,
    .oom_killed = stop->oom_killed,
    .first_process = stop->first_process,
    .child = stop->child,
    .words = (const char *const *) stop->words,
    .log = stop->log,
    .log_length = stop->log_length,
  };
  return vprod__graceful_stop_judge (&facts, result, err);
}

const struct vprod__owner vprod__owner_of_stop = { "graceful-stop", "the stop signal ends the app" };

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
