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
#include "checks/non_root/facts.h"
#include "checks/required_env/facts.h"
#include "checks/start/facts.h"
#include "checks/startup_logs/facts.h"
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
                                                          judge_drain };
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
