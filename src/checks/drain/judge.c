/* SPDX-License-Identifier: MIT */
/* The judging part of `drain`: a pure function of facts. */
#include "checks/drain/facts.h"
#include "session/limit.h"
#include "session/owner.h"
#include "util/clock.h"

#include <stdio.h>

#define TIME_SIZE 32

static void give_evidence (const struct vprod__drain_facts *facts, vprod_result *result)
{
  const struct vprod__drain_count *count = &facts->count;

  vprod__result_evidence (result, "path", "%s", facts->path);
  vprod__result_evidence (result, "signal", "%s", facts->signal_words);
  vprod__result_evidence (result, "answered_before", "%d", facts->before);
  vprod__result_evidence (result, "at_once", "%d", facts->at_once);
  vprod__result_evidence (result, "in_flight", "%d", count->in_flight);
  vprod__result_evidence (result, "answered", "%d", count->answered);
  vprod__result_evidence (result, "cut", "%d", count->cut);
  vprod__result_evidence (result, "wrong", "%d", count->wrong);
  vprod__result_evidence (result, "late", "%d", count->late);
  vprod__result_evidence (result, "refused", "%d", count->refused + count->doubtful);
  vprod__result_evidence (result, "longest_drain_ms", "%lld", (long long) count->longest_ms);
  vprod__result_evidence (result, "asked_at", "%s", facts->direct ? "the container's address" : "the published port");
}

/* ---- before the signal ------------------------------------------------------------------------------------ */

static const char *shot_words (const struct vprod__load_shot *shot, char *text, size_t size)
{
  if (shot->end == VPROD__LOAD_WRONG)
    snprintf (text, size, "was answered with status %d, or without the body that is wanted", shot->status);
  else if (shot->end == VPROD__LOAD_SLOW)
    snprintf (text, size, "was not answered in time");
  else
    snprintf (text, size, "got no whole answer (%s)", *shot->words ? shot->words : "the connection ended");
  return text;
}

static int tell_problem (const struct vprod__drain_facts *facts, vprod_error **err)
{
  const struct vprod__load_problem *problem = facts->problem;
  char words[256], took[TIME_SIZE], grace[TIME_SIZE];

  switch (problem->kind) {
  case VPROD__LOAD_BAD_IN_QUIET:
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "cannot tell whether requests are answered while the app stops: before that, with nothing else "
                             "to do, GET %s %s. Name another path: drain: {path: /…}",
                             facts->path, shot_words (&problem->shot, words, sizeof words));
  case VPROD__LOAD_BAD_UNDER_LOAD:
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "cannot tell whether requests are answered while the app stops: before that, after %d right "
                             "answers and with up to %d requests at once, GET %s %s. Name a path that can bear that: "
                             "drain: {path: /…}",
                             problem->asked, VPROD__LOAD_AT_ONCE, facts->path,
                             shot_words (&problem->shot, words, sizeof words));
  case VPROD__LOAD_TOO_SLOW:
  default:
    vprod__format_ms (problem->took_ms, took, sizeof took);
    vprod__format_ms (facts->grace_ms, grace, sizeof grace);
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "cannot tell whether requests are answered while the app stops: GET %s takes %s, and the grace "
                             "time after %s is %s. Name a quicker path, or a longer grace time",
                             facts->path, took, facts->signal_words, grace);
  }
}

static int nothing_was_asked (const struct vprod__drain_facts *facts, vprod_result *result, vprod_error **err)
{
  if (facts->no_port)
    return vprod__result_skip (result, "not checked: the app's port is not known; `run.port` says it");
  if (!facts->health_bad)
    return tell_problem (facts, err);
  vprod__result_judged_by (result, facts->health_judged_by);
  return vprod__result_skip (result, "not checked: the app's health is not good before it is stopped, either");
}

/* ---- after it --------------------------------------------------------------------------------------------- */

static void remedy (const struct vprod__drain_facts *facts, vprod_result *result)
{
  if (facts->count.queued > 0 && facts->count.queued == facts->count.cut)
    vprod__result_remedy (result,
                          "They waited until the app would take them, as it works on few at a time. Let it take connections "
                          "as they come (more threads, an asynchronous worker), and on %s answer those that wait before it "
                          "closes its socket.", facts->signal_words);
  else
    vprod__result_remedy (result,
                          "On %s close the listening socket, answer what is under way, and end only then: Go's "
                          "http.Server.Shutdown, Node's server.close(), uvicorn and gunicorn with their own signal handlers. "
                          "Some servers do so by another signal: nginx and php-fpm by `STOPSIGNAL SIGQUIT`, Apache httpd by "
                          "`STOPSIGNAL SIGWINCH`.", facts->signal_words);
}

static int fail_cut (const struct vprod__drain_facts *facts, vprod_result *result)
{
  const struct vprod__drain_count *count = &facts->count;
  const char *words = count->words && *count->words ? count->words : "the connection ended";

  remedy (facts, result);
  if (count->queued == count->cut)
    return vprod__result_fail (result,
                               "%d requests to %s that had been sent before %s were never taken by the app, and were cut when "
                               "it closed its socket or ended (%s); %d were under way, %d were answered",
                               count->cut, facts->path, facts->signal_words, words, count->in_flight, count->answered);
  return vprod__result_fail (result,
                             "%d requests to %s that the app was working on when %s came were cut (%s); %d were under way, "
                             "%d were answered",
                             count->cut, facts->path, facts->signal_words, words, count->in_flight, count->answered);
}

static int fail_wrong (const struct vprod__drain_facts *facts, vprod_result *result)
{
  vprod__result_remedy (result, "Refuse only what comes after %s; go on with what was under way as before.",
                        facts->signal_words);
  return vprod__result_fail (result,
                             "%d of %d requests to %s that were under way when %s came got a wrong answer (status %d), which "
                             "%d had not got before",
                             facts->count.wrong, facts->count.in_flight, facts->path, facts->signal_words,
                             facts->count.wrong_status, facts->before);
}

static int fail_late (const struct vprod__drain_facts *facts, vprod_result *result)
{
  char timeout[TIME_SIZE];

  vprod__format_ms (facts->timeout_ms, timeout, sizeof timeout);
  vprod__result_remedy (result, "Look at what the app waits for when it has got %s: requests that were under way still need "
                                "their threads and connections. One that needs longer is said in the spec: drain.timeout.",
                        facts->signal_words);
  return vprod__result_fail (result,
                             "%d of %d requests to %s that were under way when %s came were not answered within %s",
                             facts->count.late, facts->count.in_flight, facts->path, facts->signal_words, timeout);
}

static int too_busy (const struct vprod__drain_facts *facts, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether requests are answered while the app stops: %s",
                           vprod__busy_words (facts->on_ms + facts->ended_ms, facts->stalled_before_ms + facts->stalled_ms,
                                              facts->stall_is_known, words));
}

/* It did not end by the signal. */
static int was_killed (const struct vprod__drain_facts *facts, vprod_result *result, vprod_error **err)
{
  char grace[TIME_SIZE];

  vprod__format_ms (facts->grace_ms, grace, sizeof grace);
  if (facts->busy)
    return too_busy (facts, err);
  if (facts->end_judged_by) {
    vprod__result_judged_by (result, facts->end_judged_by);
    return vprod__result_skip (result,
                               "not checked: the app did not end by %s and had to be killed after %s; %d of %d requests were "
                               "answered until then",
                               facts->signal_words, grace, facts->count.answered, facts->count.in_flight);
  }
  vprod__result_remedy (result, "Handle %s in the app, and see that it gets to the app: start that in the exec form, or with "
                                "`exec` at the end of an entrypoint script.", facts->signal_words);
  return vprod__result_fail (result,
                             "the app was still running %s after %s and had to be killed, which cuts whatever it works on then "
                             "(%d of %d requests that were under way had been answered)",
                             grace, facts->signal_words, facts->count.answered, facts->count.in_flight);
}

static int cannot_tell (const struct vprod__drain_facts *facts, vprod_error **err)
{
  if (facts->spoiled)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "cannot tell whether requests are answered while the app stops: right before %s, one of GET %s was "
                             "not answered rightly. Name a path that can bear %d at once: drain: {path: /…}",
                             facts->signal_words, facts->path, facts->at_once);
  if (facts->count.in_flight == 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "cannot tell whether requests are answered while the app stops: none of GET %s was under way when "
                             "%s came. Choose a slower path: drain: {path: /…}",
                             facts->path, facts->signal_words);
  return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                           "cannot tell whether requests are answered while the app stops: all %d of GET %s that were under way "
                           "when %s was asked for were answered, but so quickly that this may have been before it came; and the "
                           "app was gone before it refused any (%d sent right then were not answered). Choose a slower path: "
                           "drain: {path: /…}",
                           facts->count.in_flight, facts->path, facts->signal_words, facts->count.doubtful);
}

static int pass (const struct vprod__drain_facts *facts, vprod_result *result)
{
  int refused = facts->count.refused + facts->count.doubtful;
  char longest[TIME_SIZE];

  vprod__format_ms (facts->count.longest_ms, longest, sizeof longest);
  return vprod__result_pass (result,
                             "all %d requests to %s that were under way when %s was sent got their whole right answers, the last "
                             "%s later (%d had been answered before; %d that came with the signal or after it were refused)",
                             facts->count.in_flight, facts->path, facts->signal_words, longest, facts->before, refused);
}

int vprod__drain_judge (const struct vprod__drain_facts *facts, vprod_result *result, vprod_error **err)
{
  const struct vprod__drain_count *count = &facts->count;

  if (facts->no_port || facts->health_bad || (facts->problem && facts->problem->kind != VPROD__LOAD_FINE))
    return nothing_was_asked (facts, result, err);
  give_evidence (facts, result);
  vprod__result_log_tail (result, facts->log, facts->log_length);
  if (count->cut > 0)
    return fail_cut (facts, result);
  if (count->wrong > 0)
    return fail_wrong (facts, result);
  if (count->late > 0)
    return fail_late (facts, result);
  if (!facts->ended)
    return was_killed (facts, result, err);
  if (count->slow > 0 || count->unclear > 0)
    return too_busy (facts, err);
  if (facts->spoiled || count->in_flight == 0 || count->unseen)
    return cannot_tell (facts, err);
  return pass (facts, result);
}
