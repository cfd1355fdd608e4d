/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `graceful-stop`: a pure function of facts. Two codes look alike to an orchestrator's logs
 * and are told apart here: 143, the default action of SIGTERM ended a process that does not handle it; and 137, it
 * was killed, by us at the end of the grace time or by something else before. The kernel gives a container's first
 * process no default action: without a handler it does not end at all.
 */
#include "checks/graceful_stop/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "known/exit.h"
#include "known/phrases.h"
#include "known/programs.h"
#include "session/limit.h"
#include "util/clock.h"

#define TIME_SIZE 32
#define COMMAND_SHOWN 120

static enum vprod__shell shell_at_work (const struct vprod__graceful_stop_facts *facts)
{
  return facts->first_process ? vprod__shell_of_line (facts->first_process) : vprod__shell_of_words (facts->words);
}

static void give_evidence (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  vprod__result_evidence (result, "signal", "%s (%s)", facts->signal_words, facts->signal_from);
  vprod__result_evidence (result, "grace_ms", "%" PRId64, facts->grace_ms);
  if (facts->ended)
    vprod__result_evidence (result, "ended_ms", "%" PRId64, facts->ended_ms);
  if (facts->stall_is_known)
    vprod__result_evidence (result, "stalled_ms", "%" PRId64, facts->stalled_ms);
  vprod__result_evidence (result, "exit_code", facts->ended ? "%d" : "%d (killed by verify-prod)",
                          facts->exit_code);
  if (facts->oom_killed)
    vprod__result_evidence (result, "oom_killed", "yes");
  if (facts->first_process)
    vprod__result_evidence (result, "first_process", "%s", facts->first_process);
}

/* npm, which runs the app below itself and a shell: the exit code is npm's, not the app's. 1 if it set the remedy. */
static int blame_runner (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  if (!vprod__command_is (facts->first_process, VPROD__PROGRAM_SCRIPT_RUNNER))
    return 0;
  vprod__result_remedy (result,
                        "The container's first process is `%.*s`, which runs the app behind a shell: %s does not "
                        "reach the app, which is killed when the first process ends. Start the app itself, by the "
                        "command that stands in the script of package.json: CMD [\"node\", \"server.js\"]; and let "
                        "it handle %s.",
                        COMMAND_SHOWN, facts->first_process, facts->signal_words, facts->signal_words);
  return 1;
}

/* A shell or a supervisor is the first process: reported first, as all else follows from it. 1 if it set the remedy. */
static int blame_first (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  if (vprod__command_is (facts->first_process, VPROD__PROGRAM_KEEPER)) {
    vprod__result_remedy (result,
                          "The container's first process is `%.*s`, which only keeps the container running; the app "
                          "beside it hears nothing of %s. Let the app itself be the first process, in the "
                          "foreground: CMD [\"program\", \"argument\"], or `exec` at the end of the entrypoint.",
                          COMMAND_SHOWN, facts->first_process, facts->signal_words);
    return 1;
  }
  if (blame_runner (facts, result))
    return 1;
  switch (shell_at_work (facts)) {
  case VPROD__SHELL_FORM:
    vprod__result_remedy (result,
                          "The container's first process is a shell, which does not hand %s on to the app. Write "
                          "ENTRYPOINT and CMD in the exec form, CMD [\"program\", \"argument\"], or put `exec` before "
                          "the shell's last command, which starts the app (`exec app`, `migrate && exec app`).",
                          facts->signal_words);
    return 1;
  case VPROD__SHELL_SCRIPT:
    vprod__result_remedy (result,
                          "The container's first process is a shell that runs a script, and does not hand %s on "
                          "to the app. Start the app as the script's last command with `exec` (`exec \"$@\"`).",
                          facts->signal_words);
    return 1;
  case VPROD__SHELL_NONE:
    break;
  }
  return 0;
}

/* The name of a known development server in the command line; NULL: none. */
static const char *development_server (const char *command_line)
{
  const struct vprod__phrase *phrase
      = command_line ? vprod__phrase_in (VPROD__SAYS_DEVELOPMENT_SERVER, command_line, VPROD__TO_NUL) : NULL;

  return phrase ? phrase->text : NULL;
}

/* Does the command line, without its program's folders, begin with the text? */
static int begins_with (const char *command_line, const char *words)
{
  const char *name = command_line;

  for (const char *p = command_line; p && *p && *p != ' '; p++)
    if (*p == '/')
      name = p + 1;
  return name && strncmp (name, words, strlen (words)) == 0;
}

/* The signal comes from the image, often its base image, and not every app handles it. */
static const char *doubt_stop_signal (const struct vprod__graceful_stop_facts *facts)
{
  return strcmp (facts->signal_from, "the image's STOPSIGNAL") == 0 && vprod__signal_number (facts->signal) != 15
           ? " It is the image's STOPSIGNAL, which may come from its base: where the app handles another, name "
             "that (`STOPSIGNAL SIGTERM`)."
           : "";
}

/* The app itself is the first process, and does not end. */
static void remedy_deaf (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  const char *server = development_server (facts->first_process);

  if (server)
    vprod__result_remedy (result,
                          "`%s` is a server for development, which does not handle %s: run the app by one for "
                          "production, which does (gunicorn, uvicorn, hypercorn).",
                          server, facts->signal_words);
  else if (facts->first_process && strstr (facts->first_process, "uwsgi") && vprod__signal_number (facts->signal) == 15)
    vprod__result_remedy (result, "uWSGI takes SIGTERM for the order to load the app anew: give it --die-on-term "
                                  "(die-on-term = true in its file).");
  else
    vprod__result_remedy (result,
                          "Handle %s in the app: stop taking requests, finish those that run, end with exit code "
                          "%d.%s The first process of a container gets no default handling of signals: one "
                          "without a handler goes on, and behind an init such as tini it only dies in the middle "
                          "of its work.%s If it does handle it and only takes long, bound that (uvicorn: "
                          "--timeout-graceful-shutdown) or raise checks.graceful-stop.grace.",
                          facts->signal_words, facts->wanted_exit_code, doubt_stop_signal (facts),
                          /* it handles SIGINT by itself, SIGTERM only with a handler of the app's */
                          begins_with (facts->first_process, "python") && vprod__signal_number (facts->signal) == 15
                            ? " Python itself handles SIGINT (KeyboardInterrupt): where the server ends in good order "
                              "by that, as waitress does, STOPSIGNAL SIGINT in the Dockerfile is enough."
                            : "");
}

/* No process can handle these. */
static int is_unhandleable (const struct vprod__graceful_stop_facts *facts)
{
  int number = vprod__signal_number (facts->signal);

  return number == 9 || number == 19; /* SIGKILL, SIGSTOP */
}

static int fail_unhandleable (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  if (strcmp (facts->signal_from, "the spec") == 0)
    vprod__result_remedy (result, "Name a signal that the app handles, for most SIGTERM, with "
                                  "checks.graceful-stop.signal.");
  else
    vprod__result_remedy (result, "Write STOPSIGNAL SIGTERM in the Dockerfile, or another signal that the app "
                                  "handles.");
  return vprod__result_fail (result, "no app can handle %s, which %s names: it %s (exit code %d)",
                             facts->signal_words, facts->signal_from,
                             facts->ended ? "ended this one in the middle of its work"
                                          : "only held this one, which then had to be killed",
                             facts->exit_code);
}

static int fail_killed (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  char grace[TIME_SIZE];

  if (is_unhandleable (facts))
    return fail_unhandleable (facts, result);
  vprod__format_ms (facts->grace_ms, grace, sizeof grace);
  if (!blame_first (facts, result))
    remedy_deaf (facts, result);
  return vprod__result_fail (result, "the app was still running %s after %s and had to be killed (exit code %d)%s",
                             grace, facts->signal_words, facts->exit_code,
                             vprod__command_is (facts->first_process, VPROD__PROGRAM_KEEPER) ? "; its first process is not the app"
                             : shell_at_work (facts) != VPROD__SHELL_NONE ? "; its first process is a shell"
                                                                          : "");
}

static int fail_late (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  char grace[TIME_SIZE], took[TIME_SIZE];

  vprod__format_ms (facts->grace_ms, grace, sizeof grace);
  vprod__format_ms (facts->least_ms, took, sizeof took);
  vprod__result_remedy (result, "Bound the time that the shutdown may take (uvicorn: "
                                "--timeout-graceful-shutdown), or raise checks.graceful-stop.grace to what "
                                "production allows.");
  return vprod__result_fail (result,
                             "the app ended with exit code %d, but %s after %s, later than the grace time of %s",
                             facts->exit_code, took, facts->signal_words, grace);
}

static int fail_jvm (const struct vprod__graceful_stop_facts *facts, const char *took, vprod_result *result)
{
  vprod__result_remedy (result,
                        "See in the log whether the app's shutdown hooks finished what ran (Spring Boot: "
                        "server.shutdown=graceful). If so, say in the spec that it ends so: graceful-stop: "
                        "{exit-code: %d}, or end with %d in the last hook: Runtime.getRuntime().halt(%d).",
                        facts->exit_code, facts->wanted_exit_code, facts->wanted_exit_code);
  return vprod__result_fail (result,
                             "%s ended the app with exit code %d after %s: a JVM ends so, whether or not its "
                             "shutdown hooks did their work (wanted: exit code %d)",
                             facts->signal_words, facts->exit_code, took, facts->wanted_exit_code);
}

static int fail_by_signal (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  char took[TIME_SIZE];

  if (is_unhandleable (facts))
    return fail_unhandleable (facts, result);
  vprod__format_ms (facts->ended_ms, took, sizeof took);
  if (vprod__command_is (facts->first_process, VPROD__PROGRAM_JVM))
    return fail_jvm (facts, took, result);
  if (blame_runner (facts, result))
    ;
  else if (facts->first_process && vprod__command_is (facts->first_process, VPROD__PROGRAM_INIT)
           && vprod__shell_of_line (facts->child) != VPROD__SHELL_NONE)
    vprod__result_remedy (result,
                          "The init hands %s to a shell (`%.*s`), which ends by it and does not hand it on: the "
                          "app below it is killed, whether or not it handles the signal. Start the app with "
                          "`exec` as the shell's last command, or without the shell; and let it handle %s.",
                          facts->signal_words, COMMAND_SHOWN, facts->child, facts->signal_words);
  else if (facts->first_process && vprod__command_is (facts->first_process, VPROD__PROGRAM_INIT))
    vprod__result_remedy (result,
                          "The app behind the init or supervisor ended by %s: handle it in the app (finish running requests, "
                          "then end with exit code %d), or, if the app shuts down in good order and ends by the "
                          "signal only then, as uvicorn does, run it without the init or say so in the spec: "
                          "graceful-stop: {exit-code: %d}.",
                          facts->signal_words, facts->wanted_exit_code, facts->exit_code);
  else if (begins_with (facts->first_process, "uv run "))
    vprod__result_remedy (result,
                          "`uv run` stays before the app, installs again at every start, and gives the code of the app, "
                          "which ended by %s (uvicorn does so when it has shut down in good order). Start the program of "
                          "the environment itself: CMD [\"/app/.venv/bin/uvicorn\", …]. Otherwise handle %s in the app: "
                          "finish running requests, then end with exit code %d.",
                          facts->signal_words, facts->signal_words, facts->wanted_exit_code);
  else if (shell_at_work (facts) != VPROD__SHELL_NONE)
    vprod__result_remedy (result,
                          "The container's first process is a shell, and gives the code of the app that it runs. "
                          "Start the app with `exec` and handle %s in it: finish running requests, then end with "
                          "exit code %d. A `wait` that the shell's own trap interrupts gives %d, too, while the app "
                          "is still at work: it needs another `wait`.",
                          facts->signal_words, facts->wanted_exit_code, facts->exit_code);
  else
    vprod__result_remedy (result,
                          "Handle %s in the app: finish running requests, then end with exit code %d. A runtime "
                          "that shuts down in good order and still ends so is said in the spec: "
                          "graceful-stop: {exit-code: %d}.",
                          facts->signal_words, facts->wanted_exit_code, facts->exit_code);
  return vprod__result_fail (result,
                             "%s ended the app with exit code %d after %s, which says that the signal ended it, not "
                             "that it shut down in good order (wanted: exit code %d)",
                             facts->signal_words, facts->exit_code, took, facts->wanted_exit_code);
}

/* Some runtimes have exit codes of their own for an unhandled signal whose default action does not end them, as happens to a
   container's first process. */
static const char *read_or_handle (const struct vprod__graceful_stop_facts *facts)
{
  if (facts->exit_code == 2)
    return "A Go program ends with 2 where it does not handle the signal: signal.NotifyContext, then "
           "http.Server.Shutdown. Else read";
  if (facts->exit_code == 1 && facts->first_process
      && (strncmp (facts->first_process, "puma ", 5) == 0 || strncmp (facts->first_process, "ruby ", 5) == 0))
    return "Ruby ends with 1 where nothing rescues the SignalException (puma, after a shutdown in good order: "
           "`raise_exception_on_sigterm false` in its configuration). Else read";
  return "Read";
}

static int fail_exit_code (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  char took[TIME_SIZE], words[VPROD__EXIT_WORDS_SIZE];

  vprod__format_ms (facts->ended_ms, took, sizeof took);
  if (facts->exit_code == 128 + 9) {
    if (facts->oom_killed)
      vprod__result_remedy (result, "Find out what needs so much memory while the app shuts down.");
    else
      vprod__result_remedy (result, "Find out what kills the app: a supervisor in the image that does not wait "
                                    "long enough for it, or the machine being out of memory.");
    return vprod__result_fail (result,
                               "the app was killed %s after %s%s (exit code 137), before its grace time was over "
                               "and not by verify-prod",
                               took, facts->signal_words, facts->oom_killed ? " because memory ran out" : "");
  }
  if (facts->exit_code == 0)
    snprintf (words, sizeof words, "exit code 0");
  else
    vprod__exit_words (facts->exit_code, facts->oom_killed, words);
  if (!blame_runner (facts, result))
    vprod__result_remedy (result,
                          "%s the end of the app's log: its shutdown went wrong, or gives a code of its own. What "
                          "is meant to end so is said in the spec: graceful-stop: {exit-code: %d}.",
                          read_or_handle (facts), facts->exit_code);
  return vprod__result_fail (result, "the app ended %s after %s with %s instead of %d", took, facts->signal_words,
                             words, facts->wanted_exit_code);
}

/* Does a shell's command set a single trap, which ends the shell and hands nothing on: trap 'exit 0' TERM? What cannot be
   read for sure does not. */
static int trap_only_ends (const char *text)
{
  const char *action = strstr (text, "trap "), *end;
  int ends = 0;

  if (!action)
    return 0;
  action += strlen ("trap ");
  action += strspn (action, " ");
  if (*action == '\'' || *action == '"') {
    end = strchr (action + 1, *action);
    action++;
  } else
    end = action + strcspn (action, " ");
  if (!end || strstr (end, "trap "))
    return 0;
  while ((action += strspn (action, " ;")) < end) {
    size_t length = strcspn (action, ";'\""), left = (size_t) (end - action);
    length = length < left ? length : left;
    if (strncmp (action, "exit", 4) == 0 && strspn (action + 4, " 0123456789") >= length - 4)
      ends = 1;
    else if (strncmp (action, "echo ", 5) != 0 || strcspn (action, "&|$`()<>\n") < length)
      return 0;
    action += length;
  }
  return ends;
}

/* When the first process ends, all others are killed. If it is a shell whose command neither forwards the signal nor waits,
   the app was not stopped in good order, whatever the container's exit code. */
static const char *tell_killed_with_it (const struct vprod__graceful_stop_facts *facts, vprod_result *result)
{
  vprod_finding *finding;

  if (!facts->child || vprod__shell_of_line (facts->first_process) != VPROD__SHELL_FORM
      || !trap_only_ends (facts->first_process))
    return "";
  finding = vprod__result_finding (result,
                                   "the shell that is the first process ends on %s and hands it to nobody: the kernel "
                                   "killed what it had started. Let its trap pass the signal on and wait (trap 'kill "
                                   "-TERM $!; wait $!' TERM), or `exec` the app: %.*s",
                                   facts->signal_words, COMMAND_SHOWN, facts->child);
  vprod__finding_set (finding, "command", "%s", facts->child);
  return "; its first process, a shell, took the others with it (see the finding)";
}

/* The exit code is right; was it in time? */
static int cannot_tell (const struct vprod__graceful_stop_facts *facts, vprod_error **err)
{
  char grace[TIME_SIZE], least[TIME_SIZE], most[TIME_SIZE], sending[TIME_SIZE];

  vprod__format_ms (facts->grace_ms, grace, sizeof grace);
  vprod__format_ms (facts->least_ms, least, sizeof least);
  vprod__format_ms (facts->ended_ms, most, sizeof most);
  vprod__format_ms (facts->sending_ms, sending, sizeof sending);
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "cannot tell whether the app ended in its grace time of %s: the engine took %s to send %s, after "
                           "which it ended with exit code %d, %s to %s later",
                           grace, sending, facts->signal_words, facts->exit_code, least, most);
}

static int too_busy (const struct vprod__graceful_stop_facts *facts, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether %s ends the app: %s", facts->signal_words,
                           vprod__busy_words (facts->ended_ms, facts->stalled_ms, facts->stall_is_known, words));
}

int vprod__graceful_stop_judge (const struct vprod__graceful_stop_facts *facts, vprod_result *result, vprod_error **err)
{
  char grace[TIME_SIZE], took[TIME_SIZE];

  give_evidence (facts, result);
  vprod__result_log_tail (result, facts->log, facts->log_length);
  if (!facts->ended && facts->busy && !is_unhandleable (facts))
    return too_busy (facts, err);
  if (!facts->ended)
    return fail_killed (facts, result);
  if (facts->exit_code != facts->wanted_exit_code)
    return vprod__exit_is_by_signal (facts->exit_code, facts->signal) ? fail_by_signal (facts, result)
                                                                      : fail_exit_code (facts, result);
  if (facts->least_ms - facts->stalled_ms > facts->grace_ms)
    return fail_late (facts, result);
  if (facts->ended_ms - facts->stalled_ms > facts->grace_ms)
    return cannot_tell (facts, err);
  vprod__format_ms (facts->grace_ms, grace, sizeof grace);
  vprod__format_ms (facts->ended_ms, took, sizeof took);
  return vprod__result_pass (result, "%s ended the app with exit code %d after %s (grace %s)%s", facts->signal_words,
                             facts->exit_code, took, grace, tell_killed_with_it (facts, result));
}
