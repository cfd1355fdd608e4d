/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `outage`: a pure function of facts. The first fault counts, in the order in which it shows: the app
 * ended; a request hung; the health did not turn bad, or not for as long as the service was away; it did not recover.
 */
#include "checks/outage/facts.h"
#include "known/exit.h"
#include "util/clock.h"

#include <inttypes.h>

#define TIME_SIZE 32

static void give_evidence (const struct vprod__outage_facts *facts, vprod_result *result)
{
  vprod__result_evidence (result, "service", "%s", facts->service);
  vprod__result_evidence (result, "asked", "%s", facts->asked);
  vprod__result_evidence (result, "requests_while_away", "%d", facts->away.asked);
  vprod__result_evidence (result, "wrong_while_away", "%d", facts->away.wrong);
  if (facts->away.wrong_ms >= 0)
    vprod__result_evidence (result, "first_wrong_ms", "%" PRId64, facts->away.wrong_ms);
  vprod__result_evidence (result, "longest_request_ms", "%" PRId64,
                          facts->away.longest_ms > facts->back.longest_ms ? facts->away.longest_ms : facts->back.longest_ms);
  if (facts->recovered && facts->back.right_ms >= 0)
    vprod__result_evidence (result, "recovered_ms", "%" PRId64, facts->back.right_ms);
  if (facts->moved_from) {
    vprod__result_evidence (result, "address_before", "%s", facts->moved_from);
    vprod__result_evidence (result, "address_after", "%s", facts->moved_to);
  }
}

static int too_busy (const struct vprod__outage_facts *facts, const char *whether, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether %s: %s", whether,
                           vprod__busy_words (facts->elapsed_ms, facts->stalled_ms, facts->stall_is_known, words));
}

/* ---- what is wrong ------------------------------------------------------------------------------------------- */

static int fail_ended (const struct vprod__outage_facts *facts, vprod_result *result)
{
  char how[VPROD__EXIT_WORDS_SIZE];

  vprod__result_evidence (result, "exit_code", "%d", facts->end.exit_code);
  vprod__result_remedy (result, "Handle the errors of connections to %s where they are used: answer the request with an "
                                "error, connect anew with a growing pause, and let nothing of it end the process. An app that "
                                "ends is restarted by its orchestrator, ever more slowly, and is still down when %s is back.",
                        facts->service, facts->service);
  return vprod__result_fail (result, "the app ended with %s %s the %s %s was %s",
                             vprod__exit_words (facts->end.exit_code, facts->end.oom_killed, how),
                             facts->away.ended ? "while" : "after", facts->noun, facts->service,
                             facts->away.ended ? "away" : "back");
}

/* While a service is away its name is one that the engine's name server must ask others for. Where these are slow or not
   there, as offline, the app may wait for them alone. */
static int is_slow_lookup (const struct vprod__outage_facts *facts)
{
  return facts->away.hung && facts->lookup_ms >= facts->within_ms / 2 && facts->lookup_ms > 0;
}

static int slow_lookup (const struct vprod__outage_facts *facts, vprod_error **err)
{
  char lookup[TIME_SIZE], within[TIME_SIZE];

  vprod__format_ms (facts->lookup_ms, lookup, sizeof lookup);
  vprod__format_ms (facts->within_ms, within, sizeof within);
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "cannot tell whether the app hangs: a request had no answer within %s while the %s %s was away, but "
                           "this machine takes %s to find out that nobody has a name, and the engine's name server may take as "
                           "long for \"%s\" then; see to its name servers (/etc/resolv.conf), or raise checks.outage.within",
                           within, facts->noun, facts->service, lookup, facts->service);
}

static int fail_hangs (const struct vprod__outage_facts *facts, vprod_result *result)
{
  char within[TIME_SIZE];

  vprod__format_ms (facts->within_ms, within, sizeof within);
  vprod__result_remedy (result, "Give each connection and each query a time-out below checks.outage.within (%s), the time spent "
                                "waiting for a connection of the pool and the attempts that a client makes again included: "
                                "connect_timeout and statement_timeout of PostgreSQL's drivers, pool_timeout of SQLAlchemy, "
                                "socket_timeout and socket_connect_timeout of Redis' clients. Ask nothing in a server's only "
                                "thread that may wait.", within);
  return vprod__result_fail (result, "a request hangs %s the %s %s %s: %s had no answer within %s (checks.outage.within)",
                             facts->away.hung ? "while" : "after", facts->noun, facts->service,
                             facts->away.hung ? "is away" : "is back", facts->asked, within);
}

static int fail_says_well (const struct vprod__outage_facts *facts, vprod_result *result)
{
  char within[TIME_SIZE];

  vprod__format_ms (facts->within_ms, within, sizeof within);
  if (facts->asks == VPROD__ASKS_TCP)
    vprod__result_remedy (result, "A connection alone says that the server is there, not that it can work: name an endpoint with "
                                  "checks.health.path that asks %s, or, where that is meant so, write `health: any` below "
                                  "checks.outage.", facts->service);
  else
    vprod__result_remedy (result, "Let the health that is asked here be that of readiness: have it ask %s each time (`SELECT 1`, "
                                  "`PING`), with a short time-out, and answer 503 where that fails. If the app can do without "
                                  "%s, or this is its liveness on purpose, write `health: any` below checks.outage.",
                          facts->service, facts->service);
  return vprod__result_fail (result, "the app says that it is well while the %s %s is away: all of %d requests in %s were "
                                     "answered with %s",
                             facts->noun, facts->service, facts->away.asked, within, facts->away_words);
}

static int fail_well_again (const struct vprod__outage_facts *facts, vprod_result *result)
{
  vprod__result_remedy (result, "Let the health be bad for as long as %s is away: have it ask %s each time, and let a client that "
                                "gave up, or a pool that is empty, be an error and no reason not to ask.",
                        facts->service, facts->service);
  return vprod__result_fail (result, "the app says that it is well again (%s) while the %s %s is still away: %d of %d answers were "
                                     "wrong, the last was right",
                             facts->away_words, facts->noun, facts->service, facts->away.wrong, facts->away.asked);
}

static int fail_not_recovered (const struct vprod__outage_facts *facts, vprod_result *result)
{
  char recover[TIME_SIZE];
  const char *body = facts->back_body ? facts->back_body : "";

  vprod__format_ms (facts->recover_ms, recover, sizeof recover);
  if (*body)
    vprod__result_evidence (result, "last_body", "%s", body);
  vprod__result_remedy (result, "Let the app connect anew: a pool must test what it holds before it lends it (pool_pre_ping of "
                                "SQLAlchemy, testOnBorrow, max_lifetime), and drop what is broken; a single connection that is "
                                "kept for ever must be opened again once it fails. If it does, but its pauses between attempts "
                                "are longer, shorten them or raise checks.outage.recover (%s).", recover);
  return vprod__result_fail (result, "the app did not recover: %s after the %s %s was back, %s %s %s (%d of %d requests were "
                                     "answered rightly)",
                             recover, facts->noun, facts->service, facts->asked,
                             facts->back.good_in_row > 0 ? "was not answered rightly often enough in a row; the last answer was"
                                                         : "is still answered with",
                             facts->back_words, facts->back.asked - facts->back.wrong, facts->back.asked);
}

/* ---- the verdict --------------------------------------------------------------------------------------------- */

static int judge_back (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err)
{
  if (facts->recovered)
    return 1;
  if (facts->back_state == VPROD__LIMIT_BUSY || facts->back.unclear > 0)
    return too_busy (facts, "the app recovers", err);
  if (facts->moved_from)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "cannot tell whether the app recovers: the engine gave the %s %s another address as it was started "
                             "again (%s, before %s), and it may be that alone that the app does not see",
                             facts->noun, facts->service, facts->moved_to, facts->moved_from);
  if (facts->may_lose_it)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "cannot tell whether the app recovers: %s was still answered with %s after the %s %s was back, but on "
                             "this engine the network does not always lead to a container that was started again",
                             facts->asked, facts->back_words, facts->noun, facts->service);
  if (facts->out_of_reach)
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                             "cannot tell whether the app recovers: %s cannot be reached from here any more", facts->asked);
  return fail_not_recovered (facts, result);
}

/* Negative, 0: the verdict is set; 1: nothing is wrong with it. */
static int judge_away (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err)
{
  int spoiled = facts->away_state == VPROD__LIMIT_BUSY || facts->away.unclear > 0;

  if (!facts->wants_bad || facts->away.wrong_in_row > 0)
    return 1;
  if (spoiled)
    return too_busy (facts, "the app's health turns bad", err);
  return facts->away.wrong == 0 ? fail_says_well (facts, result) : fail_well_again (facts, result);
}

static int pass (const struct vprod__outage_facts *facts, vprod_result *result)
{
  char bad[TIME_SIZE], good[TIME_SIZE], longest[TIME_SIZE];

  vprod__format_ms (facts->away.wrong_ms, bad, sizeof bad);
  vprod__format_ms (facts->back.right_ms, good, sizeof good);
  vprod__format_ms (facts->away.longest_ms > facts->back.longest_ms ? facts->away.longest_ms : facts->back.longest_ms, longest,
                    sizeof longest);
  if (facts->away.wrong_ms < 0)
    return vprod__result_pass (result, "the app stayed up and well while the %s %s was away, and was well when it was back; the "
                                       "longest request took %s",
                               facts->noun, facts->service, longest);
  return vprod__result_pass (result, "the app stayed up while the %s %s was away; its health turned bad after %s (%s) and was good "
                                     "%s after it was back; the longest request took %s",
                             facts->noun, facts->service, bad, facts->away_words, good, longest);
}

static void tell_again (const struct vprod__outage_facts *facts, vprod_result *result)
{
  vprod_finding *finding = vprod__result_finding (result, "something in the container ended and was started again while the %s %s "
                                                          "was away: %s",
                                                  facts->noun, facts->service, facts->again);

  vprod__finding_set (finding, "command", "%s", facts->again);
}

int vprod__outage_judge (const struct vprod__outage_facts *facts, vprod_result *result, vprod_error **err)
{
  int r = 1;

  give_evidence (facts, result);
  if (facts->again)
    tell_again (facts, result);
  if (facts->away.ended || facts->back.ended)
    r = fail_ended (facts, result);
  else if (is_slow_lookup (facts))
    r = slow_lookup (facts, err);
  else if (facts->away.hung || (facts->back.hung && !facts->moved_from && !facts->may_lose_it))
    r = fail_hangs (facts, result);
  if (r > 0)
    r = judge_away (facts, result, err);
  if (r > 0)
    r = judge_back (facts, result, err);
  if (r > 0 && facts->away.unclear + facts->back.unclear > 0)
    r = too_busy (facts, "its requests hang", err);
  if (r > 0)
    r = pass (facts, result);
  if (r == 0 && vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    vprod__result_log_tail (result, facts->log, facts->log_length);
  return r;
}
