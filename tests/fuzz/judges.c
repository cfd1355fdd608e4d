/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the facts that the checks of the running app judge: whatever was seen, there is one verdict with
 * words, a failure has a remedy, and root is never passed. Alone, the program replays its corpus; with
 * -fsanitize=fuzzer -DVPROD_LIBFUZZER it is libFuzzer's (see progress.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known/exit.h"
#include "known/programs.h"
#include "checks/drain/facts.h"
#include "checks/graceful_stop/facts.h"
#include "checks/health/facts.h"
#include "checks/image_healthcheck/facts.h"
#include "checks/image_size/facts.h"
#include "checks/non_root/facts.h"
#include "checks/outage/facts.h"
#include "checks/own/facts.h"
#include "checks/reproducible/facts.h"
#include "checks/required_env/facts.h"
#include "checks/restricted/facts.h"
#include "checks/start/facts.h"
#include "checks/startup_logs/facts.h"
#include "util/strv.h"
#include "replay.h"

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}

/* ---- facts out of bytes
   -------------------------------------------------------------------------------------------- */

struct bytes {
  const unsigned char *at;
  size_t left;
  char *texts[32]; /* of its own each, so that a sanitizer sees a step over its end */
  size_t n_texts;
};

static unsigned take (struct bytes *bytes)
{
  if (bytes->left == 0)
    return 0;
  bytes->left--;
  return *bytes->at++;
}

static int64_t take_number (struct bytes *bytes)
{
  unsigned kind = take (bytes);

  return kind < 200 ? (int64_t) kind - 1
                    : (int64_t) (((uint64_t) kind << 40 | take (bytes) << 8 | take (bytes)) - 1);
}

/* Up to the next newline; NULL now and then. */
static char *take_text (struct bytes *bytes)
{
  size_t length = 0;

  if (take (bytes) % 8 == 0 || bytes->n_texts == sizeof bytes->texts / sizeof bytes->texts[0])
    return NULL;
  while (length < bytes->left && bytes->at[length] != '\n')
    length++;
  char *text = strndup ((const char *) bytes->at, length);
  must (text != NULL, "there is memory");
  bytes->at += length;
  bytes->left -= length;
  return bytes->texts[bytes->n_texts++] = text;
}

static const char *or_empty (const char *text)
{
  return text ? text : "";
}

/* ---- what must hold
   ---------------------------------------------------------------------------------------------------- */

static void must_say (int r, vprod_result *result, vprod_error *err)
{
  const char *message = vprod_result_get_message (result);

  if (r < 0) {
    must (err && r == -(int) vprod_error_get_code (err) && *vprod_error_get_message (err), "an error has code and "
                                                                                           "words");
    vprod_error_free (err);
    return;
  }
  must (vprod__result_status (result, NULL) == 0, "there is memory");
  must (err == NULL && *message, "a verdict has words");
  must (vprod_result_get_verdict (result) != VPROD_VERDICT_ERROR, "a judging function gives no verdict `error`");
  must (vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL || *vprod_result_get_remedy (result), "a failure has a "
                                                                                              "remedy");
  for (const char *p = message; *p; p++)
    must ((unsigned char) *p >= 0x20 || *p == '\n' || *p == '\t', "control characters are harmless");
}

#define JUDGE(call)                                                                                               \
  do {                                                                                                            \
    vprod_result *result = NULL;                                                                                  \
    vprod_error *err = NULL;                                                                                      \
    must (vprod__result_new ("check", "A check", &result, NULL) == 0, "there is memory");                         \
    int r = (call);                                                                                               \
    must_say (r, result, err);                                                                                    \
    verdict = r < 0 ? VPROD_VERDICT_ERROR : vprod_result_get_verdict (result);                                            \
    vprod_result_free (result);                                                                                   \
  } while (0)

static void judge_start (struct bytes *bytes)
{
  struct vprod__start_service services[3] = { { "a", or_empty (take_text (bytes)), take_number (bytes) },
                                              { "b", "15", 1 },
                                              { "c", NULL, 2 } };
  struct vprod__start_facts facts = {
    .started = take (bytes) % 4 != 0,
    .why = take_text (bytes),
    .running = take (bytes) % 2,
    .exit_code = (int) take (bytes),
    .oom_killed = take (bytes) % 2,
    .restart_count = (int) take (bytes) % 3,
    .up_ms = take_number (bytes),
    .user = take_text (bytes),
    .log = or_empty (take_text (bytes)),
    .services = services,
    .n_services = take (bytes) % 4,
    .n_databases = take (bytes) % 3,
    .uses_database = take (bytes) % 2,
    .connections = take_number (bytes),
    .again = take_text (bytes),
  };
  vprod_verdict verdict;

  facts.log_length = strlen (facts.log);
  JUDGE (vprod__start_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS || (facts.started && facts.running && facts.restart_count == 0 && !facts.again),
        "start passes what is up");
}

static struct vprod__health take_health (struct bytes *bytes)
{
  return (struct vprod__health) {
    .state = (enum vprod__health_state) (take (bytes) % 4),
    .url = take_text (bytes),
    .attempts = (int) take (bytes),
    .good = (int) take (bytes) % 3,
    .last_outcome = (int) take (bytes) % 6,
    .last_status = (int) take (bytes) * 4,
    .last_body = take_text (bytes),
    .last_location = take_text (bytes),
    .last_error = take_text (bytes),
    .worst_status = (int) take (bytes),
    .first_ms = take_number (bytes),
    .settled_ms = take_number (bytes),
    .asks = (enum vprod__asks) (1 + take (bytes) % 4),
    .last_grpc = (int) take (bytes) % 19 - 1,
    .last_serving = (int) take (bytes) % 6 - 1,
    .no_program = take (bytes) % 2,
    .asked = take_text (bytes),
  };
}

static void judge_health (struct bytes *bytes)
{
  char *listens[] = { take_text (bytes), take_text (bytes), NULL };
  struct vprod__health health = take_health (bytes), later;
  const int statuses[] = { (int) take (bytes) * 4, 204, 0 };
  struct vprod__health_facts facts = {
    .health = &health,
    .port = (int) take (bytes),
    .port_key = "run.port",
    .statuses = statuses,
    .wanted_body = take_text (bytes),
    .consecutive = 1 + (int) take (bytes) % 4,
    .timeout_ms = take_number (bytes),
    .listens = take (bytes) % 2 ? listens : NULL,
    .log = or_empty (take_text (bytes)),
  };
  vprod_verdict verdict;

  facts.log_length = strlen (facts.log);
  if (health.state == VPROD__HEALTH_GOOD && take (bytes) % 2) {
    later = take_health (bytes);
    later.state = later.state == VPROD__HEALTH_UNKNOWN ? VPROD__HEALTH_GOOD : later.state;
    facts.later = &later;
  }
  JUDGE (vprod__health_judge (&facts, result, &err));
  must ((verdict == VPROD_VERDICT_PASS)
          == (health.state == VPROD__HEALTH_GOOD && (!facts.later || later.state == VPROD__HEALTH_GOOD)),
        "health passes what answered well, and goes on to");
}

static void judge_stop (struct bytes *bytes)
{
  char words[VPROD__SIGNAL_WORDS_SIZE];
  const char *list[] = { take_text (bytes), take_text (bytes), NULL };
  struct vprod__graceful_stop_facts facts = {
    .signal = or_empty (take_text (bytes)),
    .signal_from = "the spec",
    .grace_ms = take_number (bytes),
    .wanted_exit_code = (int) take (bytes) % 2 ? 0 : (int) take (bytes),
    .ended = take (bytes) % 2,
    .ended_ms = take_number (bytes),
    .least_ms = take_number (bytes),
    .stalled_ms = take_number (bytes),
    .busy = take (bytes) % 2,
    .exit_code = (int) take (bytes),
    .oom_killed = take (bytes) % 2,
    .first_process = take_text (bytes),
    .words = list,
    .log = or_empty (take_text (bytes)),
  };
  vprod_verdict verdict;

  facts.signal_words = vprod__signal_words (facts.signal, words);
  facts.log_length = strlen (facts.log);
  if (facts.least_ms > facts.ended_ms)
    facts.least_ms = facts.ended_ms;
  JUDGE (vprod__graceful_stop_judge (&facts, result, &err));
  must ((verdict == VPROD_VERDICT_PASS)
          == (facts.ended && facts.exit_code == facts.wanted_exit_code && facts.ended_ms - facts.stalled_ms <= facts.grace_ms),
        "graceful-stop passes the wanted exit code in time");
}

static void judge_env (struct bytes *bytes)
{
  struct vprod__without without[3] = { { 0 } };
  struct vprod__required_env_facts facts = { without, take (bytes) % 4, take_number (bytes) };
  int good = facts.count > 0;
  vprod_verdict verdict;

  for (size_t i = 0; i < facts.count; i++) {
    struct vprod__once *once = &without[i].once;
    without[i].variable = or_empty (take_text (bytes));
    without[i].image_default = take_text (bytes);
    once->started = take (bytes) % 4 != 0;
    once->why = take_text (bytes);
    once->ended = take (bytes) % 3 != 0;
    once->exit_code = (int) take (bytes) % 2 ? (int) take (bytes) : 0;
    once->oom_killed = take (bytes) % 4 == 1;
    once->duration_ms = take_number (bytes);
    once->output = take_text (bytes);
    once->output_length = once->output ? strlen (once->output) : 0;
    good = good && once->started && once->ended && once->exit_code != 0 && !once->oom_killed;
  }
  JUDGE (vprod__required_env_judge (&facts, result, &err));
  must ((verdict == VPROD_VERDICT_PASS) == good, "required-env passes where each run ended non-zero");
}

static void judge_processes (struct bytes *bytes)
{
  const struct vprod__uid_range map = { 0, 100, 50 };
  struct vprod__processes seen = { .first_pid = take_number (bytes) };
  struct vprod__non_root_facts facts = { &seen, take_number (bytes), take_text (bytes) };
  int root = 0;
  vprod_verdict verdict;

  if (take (bytes) % 4 == 0) {
    seen.map = &map;
    seen.n_map = 1;
  }
  vprod__processes_look (&seen);
  for (unsigned n = take (bytes) % 8; n > 0; n--) {
    vprod_process process = { sizeof process,      take_number (bytes), take_number (bytes),
                              take_number (bytes), take_text (bytes),   take_text (bytes) };
    if (take (bytes) % 8 == 0)
      vprod__processes_look (&seen);
    must (vprod__processes_tell (&seen, &process) == 0, "there is memory");
  }
  vprod__processes_find_beside (&seen);
  for (size_t i = 0; i < seen.count; i++)
    root |= seen.list[i].look == seen.looks && !seen.list[i].beside && seen.list[i].euid == 0;
  JUDGE (vprod__non_root_judge (&facts, result, &err));
  must (!root || verdict == VPROD_VERDICT_FAIL, "non-root fails root");
  vprod__processes_clear (&seen);
}

static void judge_logs (struct bytes *bytes)
{
  struct vprod__startup_line lines[2] = { { or_empty (take_text (bytes)), take (bytes) % 4 == 1,
                                            take (bytes) % 4 == 1 },
                                          { or_empty (take_text (bytes)), take (bytes) % 4 == 1, 0 } };
  struct vprod__startup_logs_facts facts = {
    .lines = lines,
    .n_lines = 1 + take (bytes) % 2,
    .stream = (int) take (bytes) % 3,
    .after_ms = take_number (bytes),
    .running = take (bytes) % 4 != 0,
    .stdout_bytes = take (bytes),
    .stderr_bytes = take (bytes),
    .log = or_empty (take_text (bytes)),
  };
  vprod_verdict verdict;

  facts.log_length = strlen (facts.log);
  JUDGE (vprod__startup_logs_judge (&facts, result, &err));
  (void) verdict;
}

static struct vprod__healthcheck_run take_run (struct bytes *bytes)
{
  struct vprod__healthcheck_run run = {
    .end = (enum vprod__healthcheck_end) (take (bytes) % 8 < 5 ? take (bytes) % 5 : 0),
    .exit_code = take (bytes) % 2 ? (int) take (bytes) : 0,
    .why = take_text (bytes),
    .output = take_text (bytes),
    .took_ms = take_number (bytes),
  };

  run.output_length = run.output ? strlen (run.output) : 0;
  return run;
}

static int is_content (const struct vprod__healthcheck_run *run)
{
  return run->end == VPROD__HEALTHCHECK_ENDED && run->exit_code == 0;
}

static void judge_healthcheck (struct bytes *bytes)
{
  static char exec[] = "CMD", shell[] = "CMD-SHELL", none[] = "NONE", empty[] = "";
  char *form = take (bytes) % 8 ? (take (bytes) % 2 ? exec : shell) : none, *command = take_text (bytes);
  char *const test[] = { form, command ? command : empty, take_text (bytes), NULL };
  char *text = vprod__healthcheck_text (test);
  struct vprod__healthcheck_run runs[3] = { take_run (bytes), take_run (bytes), take_run (bytes) };
  struct vprod__healthcheck_looks looks = { 0 };
  struct vprod__image_healthcheck_facts facts = {
    .test = test,
    .text = text,
    .looks = &looks,
    .shell = "/bin/sh",
    .required = take (bytes) % 2,
    .podman = take (bytes) % 2,
    .app_is_unhealthy = take (bytes) % 8 == 1,
    .in_app = &runs[0],
    .elsewhere = is_content (&runs[0]) ? &runs[1] : NULL,
    .alone = is_content (&runs[0]) && is_content (&runs[1]) ? &runs[2] : NULL,
    .tries = (int) take (bytes),
    .waited_ms = take_number (bytes),
    .stalled_ms = take_number (bytes),
    .stall_is_known = take (bytes) % 2,
    .busy = take (bytes) % 8 == 1,
    .limit_ms = take_number (bytes),
    .may_take_ms = take_number (bytes),
    .start_left_ms = take (bytes) % 8 == 1,
    .path = take_text (bytes),
  };
  vprod_verdict verdict;

  must (text && vprod__healthcheck_look (test, text, &looks) == 0, "there is memory");
  JUDGE (vprod__image_healthcheck_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS || (is_content (&runs[0]) && !is_content (&runs[1])),
        "image-healthcheck passes what is content with the app alone");
  vprod__healthcheck_looks_clear (&looks);
  free (text);
}

static void judge_drain (struct bytes *bytes)
{
  struct vprod__load_shot shots[8] = { 0 };
  struct vprod__load_report report = { .called_ms = 100, .sent_ms = 100 + take (bytes) % 50, .shots = shots,
                                       .n_shots = take (bytes) % 9 };
  struct vprod__load_problem problem = { .kind = take (bytes) % 8 ? 0 : take (bytes) % 4, .took_ms = take_number (bytes) };
  struct vprod__drain_when when = { .timeout_ms = 30 + take (bytes), .killed_ms = take (bytes) % 4 ? 0 : 200,
                                    .ended_ms = 100 + take (bytes), .stalled_before_ms = take (bytes) % 64,
                                    .stalled_ms = take (bytes) % 64 };
  vprod_verdict verdict;

  for (size_t i = 0; i < report.n_shots; i++)
    shots[i] = (struct vprod__load_shot) { .end = take (bytes) % (VPROD__LOAD_OPEN + 1), .sent_ms = take (bytes),
                                           .ended_ms = 100 + take (bytes), .server_ends = (int) (take (bytes) % 3) - 1,
                                           .acked = take (bytes) % 2, .status = (int) take (bytes), .words = "reset" };
  struct vprod__drain_facts facts = { .signal_words = "SIGTERM", .path = or_empty (take_text (bytes)), .problem = &problem,
                                      .no_port = take (bytes) % 16 == 1, .before = (int) take (bytes), .at_once = 16,
                                      .ended = when.killed_ms == 0, .busy = take (bytes) % 2, .log = "",
                                      .spoiled = take (bytes) % 16 == 1, .end_judged_by = take (bytes) % 2 ? "stop" : NULL };
  vprod__drain_count (&report, &when, &facts.count);
  JUDGE (vprod__drain_judge (&facts, result, &err));
  const struct vprod__drain_count *count = &facts.count;
  must (count->in_flight == count->answered + count->late + count->slow + count->wrong + count->killed
          || count->cut > 0 || count->killed > 0, "each request that was under way is counted once");
  must (verdict != VPROD_VERDICT_PASS || (count->in_flight > 0 && count->answered == count->in_flight && count->cut == 0),
        "drain passes where all that was under way was answered");
}

static struct vprod__steady_seen take_seen (struct bytes *bytes)
{
  return (struct vprod__steady_seen) {
    .asked = (int) take (bytes),
    .wrong = (int) take (bytes),
    .wrong_in_row = (int) take (bytes) % 4,
    .good_in_row = (int) take (bytes) % 4,
    .wrong_ms = take_number (bytes),
    .right_ms = take_number (bytes),
    .longest_ms = take_number (bytes),
    .hung = take (bytes) % 8 == 1,
    .unclear = take (bytes) % 8 == 1,
    .ended = take (bytes) % 8 == 1,
  };
}

static void judge_outage (struct bytes *bytes)
{
  struct vprod__outage_facts facts = {
    .service = or_empty (take_text (bytes)),
    .noun = "database",
    .asked = or_empty (take_text (bytes)),
    .asks = VPROD__ASKS_HTTP + take (bytes) % 4,
    .wants_bad = take (bytes) % 2,
    .within_ms = take_number (bytes),
    .recover_ms = take_number (bytes),
    .away = take_seen (bytes),
    .away_state = take (bytes) % 3,
    .away_words = or_empty (take_text (bytes)),
    .back = take_seen (bytes),
    .back_state = take (bytes) % 3,
    .recovered = take (bytes) % 2,
    .back_words = or_empty (take_text (bytes)),
    .back_body = take_text (bytes),
    .moved_from = take_text (bytes),
    .moved_to = or_empty (take_text (bytes)),
    .out_of_reach = take (bytes) % 8 == 1,
    .lookup_ms = take_number (bytes),
    .end = { (int) take (bytes), take (bytes) % 2 },
    .again = take_text (bytes),
    .log = or_empty (take_text (bytes)),
  };
  vprod_verdict verdict;

  facts.log_length = strlen (facts.log);
  JUDGE (vprod__outage_judge (&facts, result, &err));
  int ended = facts.away.ended || facts.back.ended;
  must (verdict != VPROD_VERDICT_PASS
          || (!ended && !facts.away.hung && facts.recovered && (!facts.wants_bad || facts.away.wrong_in_row > 0)),
        "outage passes an app that is up, answers, is bad and recovers");
  must (!ended || verdict == VPROD_VERDICT_FAIL, "outage fails an app that ended");
}

static void judge_restricted (struct bytes *bytes)
{
  struct vprod__restricted_run runs[6] = { { 0 } }, full = { 0 }, again = { 0 };
  struct vprod__restricted_run *all[] = { &full, &again, &runs[0], &runs[1], &runs[2], &runs[3], &runs[4], &runs[5] };
  struct vprod__restricted_facts facts = { .as = take (bytes) % 2 ? VPROD__RESTRICTED_OPENSHIFT : VPROD__RESTRICTED_KUBERNETES,
                                           .image_user = take_text (bytes), .run_user = take_text (bytes), .user = take_text (bytes),
                                           .memory = take_number (bytes), .read_only = take (bytes) % 2,
                                           .seccomp = (int) (take (bytes) % 3) - 1, .all = take (bytes) | take (bytes) % 2 << 8,
                                           .full = take (bytes) % 8 ? &full : NULL, .again = take (bytes) % 2 ? &again : NULL,
                                           .runs = runs, .n_runs = take (bytes) % 7 };
  char *changes[4] = { take_text (bytes), NULL }, *nothing[] = { NULL }, **folders = NULL;
  char *const *const except[] = { nothing, NULL };
  vprod_verdict verdict;

  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    struct vprod__second *second = &all[i]->second;
    all[i]->in_force = take (bytes) | take (bytes) % 2 << 8;
    second->state = (enum vprod__second_state) (take (bytes) % 6);
    second->why = take_text (bytes);
    second->exit_code = (int) take (bytes);
    second->ms = take_number (bytes);
    second->log = take_text (bytes);
    second->log_length = second->log ? strlen (second->log) : 0;
  }
  if (changes[0] && !*changes[0])
    changes[0] = NULL;
  must (vprod__restricted_folders (changes, except, &folders) == 0, "there is memory");
  facts.folders = folders;
  JUDGE (vprod__restricted_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS || (facts.full && full.second.state == VPROD__SECOND_READY), "restricted passes what is ready");
  vprod__strv_free (folders);
}

static void judge_size (struct bytes *bytes)
{
  struct vprod__image_size_layer layers[2] = { { take (bytes), take_text (bytes), (int) take (bytes) % 3 },
                                               { take (bytes), take_text (bytes), (int) take (bytes) % 3 } };
  char *largest = take_text (bytes), none[] = "";
  struct vprod__waste_group group = { 1, 0, (enum vprod__waste_kind) (take (bytes) % 4), take (bytes), take (bytes), none, 1 };
  struct vprod__waste_layer waste_layers[2] = { { 0 } };
  struct vprod__waste waste = { .groups = &group, .n_groups = take (bytes) % 2, .layers = waste_layers, .depth = 2,
                                .bytes = take (bytes) };
  struct vprod__image_size_facts facts = {
    .max = take (bytes),
    .most_wasted = (int64_t) take (bytes) - 1,
    .told = take_number (bytes),
    .history_bytes = take (bytes),
    .n_history = take (bytes) % 3,
    .layers = layers,
    .n_layers = 2,
    .n_base = take (bytes) % 3,
    .waste = take (bytes) % 2 ? &waste : NULL,
  };
  vprod_verdict verdict;

  group.largest = largest ? largest : none;
  waste.wasted = waste.n_groups ? group.bytes : 0;
  JUDGE (vprod__image_size_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS || !facts.waste || facts.most_wasted < 0 || waste.wasted <= facts.most_wasted,
        "image-size passes no more waste than there may be");
}

/* The expressions are a spec's, so that they are not made of any bytes. */
static void judge_own (struct bytes *bytes)
{
  static const char yaml[] = "version: 1\nchecks: {own: [{id: a, command: [x]}, {id: b, command: [x], in: app, exit-code: 127, why: w}, "
                             "{id: c, command: [x], output: ['^a+$', '(a|b)*c'], excluded-output: [error, '[^ -~]']}]}\n";
  static vprod_spec *spec;
  vprod_verdict verdict;

  if (!spec)
    must (vprod_spec_parse (yaml, strlen (yaml), NULL, NULL, &spec, NULL) == 0, "the spec is one");
  unsigned index = take (bytes) % 3;
  struct vprod__own_facts facts = {
    .spec = &spec->checks.own[index],
    .check = &spec->own->list[index],
    .end = (enum vprod__own_end) (take (bytes) % 8 < 5 ? take (bytes) % 5 : 0),
    .exit_code = take (bytes) % 2 ? (int) take (bytes) : 0,
    .oom_killed = take (bytes) % 8 == 1,
    .why = take_text (bytes),
    .output = take_text (bytes),
    .is_cut = take (bytes) % 4 == 1,
    .took_ms = take_number (bytes),
    .stalled_ms = take_number (bytes),
    .stall_is_known = take (bytes) % 2,
  };

  facts.output_length = facts.output ? strlen (facts.output) : 0;
  JUDGE (vprod__own_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS || facts.end == VPROD__OWN_NO_PROGRAM
          || (facts.end == VPROD__OWN_ENDED && facts.exit_code == facts.spec->exit_code && !facts.oom_killed),
        "a check of the spec's own passes what ends as it should");
  must (verdict != VPROD_VERDICT_PASS || facts.end != VPROD__OWN_NO_PROGRAM || facts.spec->exit_code == 127,
        "what could not be run passes where that is asked for");
  must (verdict != VPROD_VERDICT_PASS || index != 2 || !facts.is_cut, "what is cut off is not known to lack anything");
}

static struct vprod__build_outcome take_outcome (struct bytes *bytes)
{
  return (struct vprod__build_outcome) { take (bytes) % 4 != 0, take_text (bytes), take_text (bytes) };
}

static void judge_builds (struct bytes *bytes)
{
  char *path = take_text (bytes), *name = take_text (bytes), none[] = "";
  const char *created_by[] = { take_text (bytes), take_text (bytes) };
  const int lines[] = { (int) take (bytes), 0 };
  struct vprod__difference file = { path ? path : none, take (bytes), (int) take (bytes) % 3, (long) (take (bytes) % 4) - 1, NULL };
  struct vprod__setting_difference setting = { name ? name : none, take_text (bytes), take_text (bytes) };
  const struct vprod__differences differences = { &file, take (bytes) % 2, take (bytes) % 3, &setting, take (bytes) % 2,
                                                  take (bytes) % 2 };
  struct vprod__reproducible_facts facts = {
    .builds = { take_outcome (bytes), take_outcome (bytes) },
    .same_image = take (bytes) % 4 == 1,
    .differences = &differences,
    .files = take (bytes),
    .layers = { 2, 2 },
    .created_by = created_by,
    .lines = lines,
  };
  vprod_verdict verdict;

  file.known = vprod__irreproducible_find (file.path, (enum vprod__content_kind) (take (bytes) % 7));
  JUDGE (vprod__reproducible_judge (&facts, result, &err));
  must (verdict != VPROD_VERDICT_PASS
          || (facts.builds[0].succeeded && facts.builds[1].succeeded
              && (facts.same_image || (differences.n_files == 0 && differences.n_settings == 0))),
        "reproducible passes two builds that are alike");
}

static void read_words (const char *text)
{
  char words[VPROD__SIGNAL_WORDS_SIZE];

  must (vprod__signal_number (text) >= 0 && vprod__signal_number (text) <= 64, "a signal has a number that Linux "
                                                                               "has");
  must (strlen (vprod__signal_words (text, words)) < sizeof words, "a signal's words fit");
  must (*vprod__refusal_words (vprod__refusal_of_output (text)), "a refusal has words");
  must (*vprod__refusal_remedy (vprod__refusal_of_engine (text)), "a refusal has a remedy");
  must (vprod__shell_of_line (text) >= VPROD__SHELL_NONE, "it is a shell or not");
  must (vprod__command_is (text, VPROD__PROGRAM_INIT) >= 0, "it is an init or not");
  vprod__listen_port (text);
  vprod__listen_is_loopback (text);
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  static void (*const judges[]) (struct bytes *bytes) = { judge_start, judge_health,    judge_stop,
                                                          judge_env,   judge_processes, judge_logs,
                                                          judge_healthcheck, judge_drain, judge_outage, judge_restricted,
                                                          judge_size, judge_builds, judge_own };
  char *text = strndup ((const char *) data, length);

  must (text != NULL, "there is memory");
  read_words (text);
  free (text);
  for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
    struct bytes bytes = { .at = data, .left = length };
    judges[i](&bytes);
    for (size_t t = 0; t < bytes.n_texts; t++)
      free (bytes.texts[t]);
  }
  return 0;
}

#ifndef VPROD_LIBFUZZER
int main (int argc, char **argv)
{
  return fuzz_replay (argc, argv, "tests/fuzz/judges-corpus", "", 1000);
}
#endif
