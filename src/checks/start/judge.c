/* SPDX-License-Identifier: MIT */
/* The judging part of `start`: a pure function of facts. */
#include "checks/start/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include "known/exit.h"
#include "checks/start/ends.h"
#include "util/buf.h"
#include "util/text.h"
#include "util/clock.h"

#define TIME_SIZE 40
#define AT_ONCE_MS 100
#define COMMAND_SHOWN 120
#define LINE_SHOWN 200

/* The only database needs no name. */
static void give_service (const struct vprod__start_service *service, int is_only, vprod_result *result)
{
  char prefix[96], key[128];

  if (service->version && is_only)
    snprintf (prefix, sizeof prefix, "database");
  else
    snprintf (prefix, sizeof prefix, "%s_%s", service->version ? "database" : "service", service->name);
  if (service->version) {
    snprintf (key, sizeof key, "%s_version", prefix);
    vprod__result_evidence (result, key, "%s", service->version);
  }
  snprintf (key, sizeof key, "%s_ready_ms", prefix);
  vprod__result_evidence (result, key, "%" PRId64, service->ready_ms);
}

static void give_evidence (const struct vprod__start_facts *facts, vprod_result *result)
{
  const char *user = facts->user && *facts->user ? facts->user : "none (root)";

  for (size_t i = 0; i < facts->n_services; i++)
    give_service (&facts->services[i], facts->n_databases == 1, result);
  vprod__start_tell_before (facts, result);
  if (facts->n_databases > 0 && facts->started) {
    if (facts->connections >= 0)
      vprod__result_evidence (result, "database_connections", "%" PRId64, facts->connections);
    else
      vprod__result_evidence (result, "database_connections", "not known");
  }
  if (facts->started)
    vprod__result_evidence (result, "uptime_ms", "%" PRId64, facts->up_ms);
  if (facts->started && !facts->running)
    vprod__result_evidence (result, "exit_code", "%d", facts->exit_code);
  if (facts->installs_untold)
    vprod__result_evidence (result, "installs", "not known: %s", facts->installs_untold);
  vprod__result_evidence (result, "image_user", "%s", user);
  if (facts->run_user)
    vprod__result_evidence (result, "user", "%s", facts->run_user);
}

/* ---- what does not end the app --------------------------------------------------------------------------- */

static const char look_after[]
  = "Let what ends be seen: the container end with it (`wait -n` in the entrypoint, a supervisor that gives up), "
    "or each program run in a container of its own.";

/* "exit code 1 (its own word for a general error)", "an error" */
static const char *end_words (const struct vprod__end *end, char text[static VPROD__EXIT_WORDS_SIZE])
{
  if (end->code >= 0)
    return vprod__exit_words (end->code, 0, text);
  snprintf (text, VPROD__EXIT_WORDS_SIZE, "an error");
  return text;
}

static void find_end (const struct vprod__end *end, vprod_result *result)
{
  char how[VPROD__EXIT_WORDS_SIZE];

  end_words (end, how);
  vprod_finding *finding
    = vprod__result_finding (result, "a process of the app ended with %s%s%.*s%s%s%s", how, *end->what ? ": " : "",
                             COMMAND_SHOWN, end->what, *end->words ? "; the log says `" : "", end->words,
                             *end->words ? "`" : "");
  vprod__finding_set (finding, "kind", "process-ended");
  if (*end->what)
    vprod__finding_set (finding, "process", "%s", end->what);
  if (end->code >= 0)
    vprod__finding_set (finding, "exit_code", "%d", end->code);
  vprod__finding_set (finding, "remedy", "%s", look_after);
}

static void find_installs (const struct vprod__start_facts *facts, vprod_result *result)
{
  const char *what = facts->installs ? facts->installs : "", *said = facts->installs_said;
  vprod_finding *finding;

  if (!*what && !said)
    return;
  if (said)
    finding = vprod__result_finding (result, "the app installs packages as it starts%s%s; the log says `%.*s`: it needs "
                                     "their index to come up", *what ? ": " : "", what, LINE_SHOWN, said);
  else
    finding = vprod__result_finding (result, "the app puts packages into its file system as it starts: %s; where they "
                                     "come from an index, it needs that to come up", what);
  vprod__finding_set (finding, "kind", "installs");
  vprod__finding_set (finding, "remedy", "%s",
                      "Install all that runs while the image is built, and start the app itself: `uv run --no-sync` or "
                      "UV_NO_SYNC=1 in the image, no `npm install`, `pip install` or `bundle install` in the start "
                      "command.");
}

static void give_findings (const struct vprod__start_facts *facts, vprod_result *result)
{
  for (size_t i = 0; facts->ends && i < facts->ends->count; i++)
    find_end (&facts->ends->list[i], result);
  find_installs (facts, result);
}

static int judge_missing (const struct vprod__start_facts *facts, vprod_result *result)
{
  const struct vprod__end *end = facts->ends ? vprod__end_of (facts->ends, facts->missing) : NULL;
  char how[VPROD__EXIT_WORDS_SIZE];

  vprod__result_remedy (result, "Read its log for why it ended. %s", look_after);
  if (end)
    return vprod__result_fail (result, "the spec lists the process %s: none runs any more, it ended with %s",
                               facts->missing, end_words (end, how));
  return vprod__result_fail (result, "the spec lists the process %s, and none runs", facts->missing);
}

/* ---- the verdict ----------------------------------------------------------------------------------------- */

/* " beside cache (ready after 0.2 s), PostgreSQL 16.4 (ready after 0.6 s)": the databases last, of which more is said. */
static int add_services (struct vprod__buf *text, const struct vprod__start_facts *facts)
{
  char ready[TIME_SIZE];
  size_t n = 0;

  for (int databases = 0; databases <= 1; databases++)
    for (size_t i = 0; i < facts->n_services; i++) {
      const struct vprod__start_service *service = &facts->services[i];
      if ((service->version != NULL) != databases)
        continue;
      vprod__format_ms (service->ready_ms, ready, sizeof ready);
      if (vprod__text_addf (text, "%s%s%s (ready after %s)", n++ == 0 ? " beside " : ", ", databases ? "PostgreSQL " : "",
                            databases ? service->version : service->name, ready)
          < 0)
        return -1;
    }
  return 0;
}

static int judge_not_started (const struct vprod__start_facts *facts, vprod_result *result)
{
  enum vprod__refusal refusal = vprod__refusal_of_engine (facts->why);
  const char *why = facts->why ? facts->why : "it did not say why", *line;
  size_t length;
  const char *remedy = vprod__start_settings_remedy (&facts->settings, why, &line, &length);

  vprod__result_remedy (result, "%s", remedy ? remedy : vprod__refusal_remedy (refusal));
  if (refusal == VPROD__REFUSAL_OTHER)
    return vprod__result_fail (result, "the engine could not start the app: %s", why);
  return vprod__result_fail (result, "the app could not be started: %s (%s)", vprod__refusal_words (refusal), why);
}

/* "at once", "after 4.2 s" */
static void say_when (int64_t up_ms, char text[static TIME_SIZE])
{
  char span[TIME_SIZE - 8];

  vprod__format_ms (up_ms, span, sizeof span);
  snprintf (text, TIME_SIZE, up_ms < AT_ONCE_MS ? "at once" : "after %s", span);
}

/* The log is better evidence than an exit code that the app chose itself. */
static void remedy_ended (const struct vprod__start_facts *facts, vprod_result *result)
{
  const char *line, *remedy = NULL;
  size_t length;

  if (vprod__start_ran_out_of_memory (&facts->settings, facts->exit_code, facts->oom_killed)) {
    vprod__result_remedy (result, "%s", vprod__remedy ("under-memory"));
    return;
  }
  if (!facts->oom_killed)
    remedy = vprod__start_settings_remedy (&facts->settings, facts->log, &line, &length);
  if (!remedy && facts->exit_code < 126 && !facts->oom_killed)
    remedy = vprod__log_remedy (facts->log, &line, &length);
  if (remedy)
    vprod__result_remedy (result, "Its log says `%.*s`. %s", length < LINE_SHOWN ? (int) length : LINE_SHOWN, line,
                          remedy);
  else
    vprod__result_remedy (result, "%s", vprod__exit_remedy (facts->exit_code, facts->oom_killed));
}

static int judge_ended (const struct vprod__start_facts *facts, vprod_result *result)
{
  enum vprod__refusal refusal = vprod__refusal_of_output (facts->log);
  char words[VPROD__EXIT_WORDS_SIZE], up[TIME_SIZE];

  say_when (facts->up_ms, up);
  if (refusal != VPROD__REFUSAL_NONE) {
    vprod__result_remedy (result, "%s", vprod__refusal_remedy (refusal));
    return vprod__result_fail (result, "the app ended at once with exit code %d: %s", facts->exit_code,
                               vprod__refusal_words (refusal));
  }
  remedy_ended (facts, result);
  vprod__exit_words (facts->exit_code, facts->oom_killed, words);
  if (facts->exit_code == 0)
    return vprod__result_fail (result, "the app did not stay up: it ended by itself with exit code 0 %s%s", up,
                               facts->log_length ? "" : " and wrote nothing");
  return vprod__result_fail (result, "the app did not stay up: it ended %s with %s%s", up, words,
                             facts->log_length ? "" : " and wrote nothing");
}

static int judge_left (const struct vprod__start_facts *facts, vprod_result *result)
{
  char what[64] = "its server is gone";

  if (facts->port > 0)
    snprintf (what, sizeof what, "nothing listens on port %d any more", facts->port);
  vprod__result_remedy (result, "Read its log for the end of the server; what started it only hides that end. Let "
                                "the server be the container's first process (`exec` in the entrypoint), or let "
                                "the supervisor end with it, so that the container does.");
  return vprod__result_fail (result,
                             "the app did not stay up: %s, though the container's first process runs on: %.*s",
                             what, COMMAND_SHOWN, facts->left);
}

/* It is healthy where that is asked, and nobody can reach what it is for. */
static int judge_dead_port (const struct vprod__start_facts *facts, vprod_result *result)
{
  const char *listens = facts->listens ? facts->listens : "";

  vprod__result_remedy (result,
                        "Let the server take port %d on all addresses (0.0.0.0), as it is `run.port` in the spec, or name the port "
                        "that it takes: that is where production sends its traffic, and a health on another port, or by a "
                        "command, does not show that it is answered. Where the app serves nothing, leave run.port out.",
                        facts->dead_port);
  if (facts->dead_where == VPROD__WHERE_LOOPBACK)
    return vprod__result_fail (result, "the app is healthy, but port %d (run.port) cannot be reached from outside its container: "
                               "it listens on %s", facts->dead_port, listens);
  if (!facts->listens)
    return vprod__result_fail (result, "the app is healthy, but connections to port %d (run.port) are refused or closed: nothing "
                               "listens there, or on 127.0.0.1 only", facts->dead_port);
  return vprod__result_fail (result, "the app is healthy, but nothing listens on port %d (run.port); it listens on %s",
                             facts->dead_port, *listens ? listens : "no TCP port");
}

static int judge_running (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf beside = { 0 };
  char up[TIME_SIZE];

  vprod__format_ms (facts->up_ms, up, sizeof up);
  if (add_services (&beside, facts) < 0)
    return vprod__error_no_memory (err);
  if (facts->n_services == 0)
    return vprod__result_pass (result, "the app stayed up for %s; the spec names no service", up);
  if (facts->connections > 0)
    return vprod__result_pass (result, "the app stayed up for %s%s, which saw %" PRId64 " connection%s from it",
                               up, vprod__buf_string (&beside), facts->connections,
                               facts->connections == 1 ? "" : "s");
  return vprod__result_pass (result, "the app stayed up for %s%s%s", up, vprod__buf_string (&beside),
                             facts->connections == 0 ? ", to which it made no connection" : "");
}

static int judge_unused (const struct vprod__start_facts *facts, vprod_result *result)
{
  const char *why = facts->turned_away_why;
  char up[TIME_SIZE];
  size_t length;

  vprod__format_ms (facts->up_ms, up, sizeof up);
  if (facts->turned_away > 0) {
    const char *line, *remedy = why ? vprod__log_remedy (why, &line, &length) : NULL;
    vprod__result_remedy (result, "%s", remedy ? remedy
                                               : "The app knows where its database is, and did not log in there: let "
                                                 "user, password and database be those that its variable in `run.env` "
                                                 "holds.");
    return vprod__result_fail (result,
                               "the app stayed up, but its database let no connection from it in, of %" PRId64
                               " attempt%s%s%s%s",
                               facts->turned_away, facts->turned_away == 1 ? "" : "s", why ? ": " : "",
                               why ? why : "", facts->uses_database ? " (checks.start.uses-database is true)" : "");
  }
  vprod__result_remedy (result, "Check that the app reads the variable of `run.env` that holds the database's "
                                "address, user and name, and connects when it starts or when its health is asked "
                                "for.");
  return vprod__result_fail (result,
                             "the app stayed up, but its database saw no connection from it in %s "
                             "(checks.start.uses-database is true)",
                             up);
}

static int judge_memory (vprod_result *result)
{
  vprod__result_remedy (result, "%s", vprod__remedy ("under-memory"));
  return vprod__result_fail (result, "a process of the app was killed: it used more memory than run.memory allows");
}

int vprod__start_judge (const struct vprod__start_facts *facts, vprod_result *result, vprod_error **err)
{
  give_evidence (facts, result);
  if (facts->before_failed)
    return vprod__start_judge_before (facts, result, err);
  if (!facts->started)
    return judge_not_started (facts, result);
  vprod__result_log_tail (result, facts->log, facts->log_length);
  give_findings (facts, result);
  if (!facts->running)
    return judge_ended (facts, result);
  if (facts->restart_count > 0) {
    vprod__result_remedy (result, "Read its log: the first end is what to repair; a restart only hides it.");
    return vprod__result_fail (result, "the app did not stay up: the engine restarted it %d time%s",
                               facts->restart_count, facts->restart_count == 1 ? "" : "s");
  }
  if (facts->again) {
    vprod__result_remedy (result, "Read its log: the first end is what to repair; a loop or supervisor in the image "
                                  "only hides it. Let the app be the container's first process (`exec` in the "
                                  "entrypoint), so that the container ends with it.");
    return vprod__result_fail (result, "the app did not stay up: it was started again inside the container: %.*s",
                               COMMAND_SHOWN, facts->again);
  }
  if (vprod__start_ran_out_of_memory (&facts->settings, 0, facts->oom_killed))
    return judge_memory (result);
  if (facts->left)
    return judge_left (facts, result);
  if (facts->dead_port > 0)
    return judge_dead_port (facts, result);
  if (facts->missing)
    return judge_missing (facts, result);
  if (facts->lists_processes && facts->processes_untold)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "cannot tell whether the processes run that checks.start.processes lists: the engine did "
                             "not say which do");
  if (facts->uses_database && facts->n_databases == 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "checks.start.uses-database is true, but the spec names no database under "
                             "`services`");
  if (facts->uses_database && facts->connections < 0)
    return vprod__error_set (err, VPROD_ERROR_DATABASE, 0,
                             "cannot tell whether the app was connected to its database, as "
                             "checks.start.uses-database asks: the database did not say who was connected");
  if (facts->connections == 0 && (facts->uses_database || (facts->wants_tls && facts->turned_away > 0)))
    return judge_unused (facts, result);
  return judge_running (facts, result, err);
}
