/* SPDX-License-Identifier: MIT */
/*
 * startup-logs: the startup lines that the spec names appear on the container's stdout or stderr, where the engine and
 * log collectors in production see them. The session follows the app's output from the first byte and notes the wanted
 * texts as they pass, so that a long log does no harm.
 */
#include "checks/check.h"
#include "checks/startup_logs/facts.h"
#include "checks/startup_logs/request.h"

#include "session/limit.h"
#include "util/clock.h"
#include "util/strv.h"

/* A look at the log between waits for one of several texts. */
#define STEP_MS 20
#define ANSWER_MS 30000
#define LATE_ANSWER_MS 1000

static int seen_any (struct vprod__log *log, size_t count, int stream)
{
  for (size_t i = 0; i < count; i++)
    if (vprod__log_has_pattern (log, i, stream))
      return 1;
  return 0;
}

static int too_busy (const struct vprod__limit *limit, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app writes its startup line: %s",
                           vprod__busy_words (limit->elapsed_ms, limit->stalled_ms, limit->known, words));
}

/* Waits until one of the texts was seen, the output ended, or the time is over. */
static int wait_until (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  size_t count = vprod__strv_length (spec->checks.startup_logs.any);
  enum vprod__limit_state state;

  while (!seen_any (app->log, count, spec->checks.startup_logs.stream)) {
    state = vprod__limit_look (limit);
    if (state != VPROD__LIMIT_OPEN)
      return state == VPROD__LIMIT_BUSY ? too_busy (limit, err) : 0;
    int64_t left = vprod__limit_pause (limit), step = count == 1 || left < STEP_MS ? left : STEP_MS,
            began = vprod__now_ms ();
    vprod_call call;
    vprod__session_call (session, step, &call);
    int r = vprod__log_wait_pattern (app->log, &call, 0, spec->checks.startup_logs.stream, err);
    if (r < 0)
      return r;
    if (vprod__now_ms () - began < step / 2) /* it did not wait: the output has ended, or the text is there */
      return 0;
  }
  return 0;
}

static int wait_any (vprod_session *session, const struct vprod__app *app, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  struct vprod__limit limit;

  if (seen_any (app->log, vprod__strv_length (spec->checks.startup_logs.any), spec->checks.startup_logs.stream))
    return 0;
  vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (), spec->checks.startup_logs.timeout_ms);
  int r = wait_until (session, app, &limit, err);
  vprod__limit_end (&limit);
  return r;
}

/* The output that the engine has stored until now, which has the beginning that following may have missed. */
static int read_kept (vprod_session *session, const struct vprod__app *app, struct vprod__log **ret,
                      vprod_error **err)
{
  vprod_call call;

  int r = vprod__log_new (vprod__session_spec (session)->checks.startup_logs.any, ret, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_logs (vprod__session_runner (session), &call, app->container_id, 0,
                                    vprod__log_output, *ret, err);
  return r == 0 && vprod__log_error (*ret) ? vprod__error_copy (err, vprod__log_error (*ret)) : r;
}

/* The stream of output may end while the app runs on: then the engine has stored more than it sent. *ret is NULL if it has
   not, or if that cannot be read. */
static int read_what_did_not_come (vprod_session *session, const struct vprod__app *app, size_t count, int stream,
                                   struct vprod__log **ret, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  int r = read_kept (session, app, ret, &error);

  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  /* the engine stores whole lines: more of an unfinished last line may have been sent */
  if (*ret && (r < 0 || (!seen_any (*ret, count, stream) && vprod__log_bytes (*ret, 0) <= vprod__log_bytes (app->log, 0))))
    vprod__log_free (vprod__steal (ret));
  return 0;
}

/* Which of the texts a service wrote instead: only a hint for people, so what cannot be read is left out. */
static void look_into_services (vprod_session *session, struct vprod__startup_line *lines, size_t count)
{
  const struct vprod__service *services;
  size_t n_services = 0;
  vprod_call call;

  if (vprod__get_services (session, &services, &n_services, NULL) != 0)
    return;
  for (size_t i = 0; i < n_services; i++) {
    _cleanup_ (vprod__log_freep) struct vprod__log *log = NULL;
    vprod__session_call (session, ANSWER_MS, &call);
    if (vprod__log_new (vprod__session_spec (session)->checks.startup_logs.any, &log, NULL) < 0
        || vprod__runner_container_logs (vprod__session_runner (session), &call, services[i].container_id, 0,
                                         vprod__log_output, log, NULL) < 0)
      continue;
    for (size_t j = 0; j < count; j++)
      if (vprod__log_has_pattern (log, j, 0))
        lines[j].in_service = services[i].spec->name;
  }
}

static int see_request (vprod_session *session, const struct vprod__app *app, struct vprod__startup_request *request,
                        struct vprod__startup_logs_facts *facts, vprod_error **err)
{
  int r = vprod__startup_request_see (session, app, request, err);

  if (r == 0)
    r = facts->running = vprod__app_is_up (session, app, err);
  facts->request = request;
  return r < 0 ? r : 0;
}

static int judge (vprod_session *session, const struct vprod__app *app, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  size_t count = vprod__strv_length (spec->checks.startup_logs.any);
  _cleanup_ (vprod__log_freep) struct vprod__log *kept = NULL;
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  struct vprod__log *log = app->log;
  _cleanup_free_ struct vprod__startup_line *lines = calloc (count + 1, sizeof *lines);
  _cleanup_free_ char *tail = NULL;
  _cleanup_ (vprod__startup_request_clear) struct vprod__startup_request request = { 0 };
  struct vprod__startup_logs_facts facts = {
    .lines = lines,
    .n_lines = count,
    .stream = spec->checks.startup_logs.stream,
    .timeout_ms = spec->checks.startup_logs.timeout_ms,
    .after_ms = vprod__now_ms () - app->started_at,
    .running = 1,
  };

  if (!lines)
    return vprod__error_no_memory (err);
  if (count > 0 && !seen_any (log, count, facts.stream)) {
    if (vprod__log_error (log)) {
      int r = vprod__error_copy (err, vprod__log_error (log));
      vprod__error_prefix (err, "following the app's log");
      return r;
    }
    int64_t asked_ms = vprod__now_ms ();
    int r = vprod__app_facts (session, app, &container, err);
    /* an engine that is slow may hold back output, too */
    if (r == 0 && (!app->log_is_whole || vprod__now_ms () - asked_ms > LATE_ANSWER_MS))
      r = read_kept (session, app, &kept, err);
    else if (r == 0 && container.running)
      r = read_what_did_not_come (session, app, count, facts.stream, &kept, err);
    if (r < 0)
      return r;
    log = kept ? kept : log;
    facts.running = container.running;
  }
  for (size_t i = 0; i < count; i++)
    lines[i] = (struct vprod__startup_line) {
      .text = spec->checks.startup_logs.any[i],
      .on_stdout = vprod__log_has_pattern (log, i, VPROD_STREAM_STDOUT),
      .on_stderr = vprod__log_has_pattern (log, i, VPROD_STREAM_STDERR),
    };
  if (facts.running && count > 0 && !seen_any (log, count, 0))
    look_into_services (session, lines, count);
  if (spec->checks.startup_logs.request && (count == 0 || seen_any (log, count, facts.stream))) {
    int r = see_request (session, app, &request, &facts, err);
    if (r < 0)
      return r;
  }
  facts.stdout_bytes = vprod__log_bytes (log, VPROD_STREAM_STDOUT);
  facts.stderr_bytes = vprod__log_bytes (log, VPROD_STREAM_STDERR);
  tail = vprod__log_tail (log, &facts.log_length);
  if (!tail)
    return vprod__error_no_memory (err);
  facts.log = tail;
  return vprod__startup_logs_judge (&facts, result, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  char **any = spec->checks.startup_logs.any;
  int wants_line = any && any[0];
  const struct vprod__app *app;

  if (!wants_line && !spec->checks.startup_logs.request)
    return vprod__result_skip (result, "not checked: the spec names no startup line; name what the app writes "
                                       "when it is up with checks.startup-logs.any");
  int r = vprod__need_ready (session, result, &app, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = wants_line ? wait_any (session, app, err) : 0;
  return r < 0 ? r : judge (session, app, result, err);
}

const struct vprod__check vprod__check_startup_logs = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "startup-logs",
    .title = "The startup lines are in the container's log",
    .what = "Follows what the app writes to stdout and stderr from the first byte on. Passes when one of the "
            "texts that the spec names is in it, colours left out, at the latest timeout after the app is ready. "
            "Where the spec names a request, that is sent twice, and each must show in what the app writes from then on.",
    .why = "In production a container's log is its stdout and stderr. An app that logs to a file inside, or "
           "keeps its lines in a buffer, is silent when somebody has to find out why it fell over, and fills the "
           "disk.",
    .remedy = "Log to stdout or stderr, unbuffered or by the line (PYTHONUNBUFFERED=1, stdbuf -oL, setvbuf), and "
              "name in the spec a text that the app writes at the end of its start.",
    .run = vprod_check_startup_logs,
  },
  .app_use = VPROD__APP_USES,
  .needs_services = 1,
  .place = { .line = vprod__line_of_command },
  .run = run,
};
