/* SPDX-License-Identifier: MIT */
/* The judging part of `startup-logs`: a pure function of facts. */
#include "checks/startup_logs/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <verify-prod/runner.h>
#include "session/session.h"
#include "util/clock.h"
#include "util/text.h"

#define TIME_SIZE 32
#define BUFFERED                                                                                                  \
  "A program whose output is not a terminal may keep it in a buffer (PYTHONUNBUFFERED=1, stdbuf -oL, setvbuf). "

static const char *stream_name (int stream)
{
  return stream == VPROD_STREAM_STDOUT ? "stdout" : stream == VPROD_STREAM_STDERR ? "stderr" : "stdout or stderr";
}

static int is_seen (const struct vprod__startup_logs_facts *facts, const struct vprod__startup_line *line)
{
  return (line->on_stdout && facts->stream != VPROD_STREAM_STDERR) || (line->on_stderr && facts->stream != VPROD_STREAM_STDOUT);
}

static void give_evidence (const struct vprod__startup_logs_facts *facts, vprod_result *result)
{
  vprod__result_evidence (result, "stdout_bytes", "%" PRIu64, facts->stdout_bytes);
  vprod__result_evidence (result, "stderr_bytes", "%" PRIu64, facts->stderr_bytes);
  for (size_t i = 0; i < facts->n_lines; i++)
    if (is_seen (facts, &facts->lines[i])) {
      vprod__result_evidence (result, "seen", "%s", facts->lines[i].text);
      return;
    }
}

/* Seen, but on the stream that the spec does not want. */
static int fail_other_stream (const struct vprod__startup_logs_facts *facts,
                              const struct vprod__startup_line *line, vprod_result *result)
{
  const char *other = stream_name (facts->stream == VPROD_STREAM_STDOUT ? VPROD_STREAM_STDERR : VPROD_STREAM_STDOUT);

  vprod__result_remedy (result,
                        "Let the app log to %s, or say `stream: %s` (or `any`) in checks.startup-logs: most "
                        "engines keep both.",
                        stream_name (facts->stream), other);
  return vprod__result_fail (result, "\"%s\" was seen on %s, not on %s", line->text, other,
                             stream_name (facts->stream));
}

static int fail_unseen (const struct vprod__startup_logs_facts *facts, vprod_result *result)
{
  char after[TIME_SIZE], others[64] = "";

  vprod__format_ms (facts->after_ms, after, sizeof after);
  if (facts->n_lines > 1)
    snprintf (others, sizeof others, " (nor the other %zu)", facts->n_lines - 1);
  if (facts->stdout_bytes + facts->stderr_bytes == 0) {
    vprod__result_remedy (result, "Let the app log to stdout or stderr, not to a file in the container. " BUFFERED
                                  "Check its log level, too.");
    return vprod__result_fail (result,
                               "the app wrote nothing at all to stdout and stderr in %s; \"%s\"%s was expected on "
                               "%s",
                               after, facts->lines[0].text, others, stream_name (facts->stream));
  }
  vprod__result_remedy (result, "Compare checks.startup-logs.any with the log below: one of the texts must be in "
                                "it, letter by letter. " BUFFERED "Check its log level, and that these lines do "
                                                                  "not go to a file.");
  return vprod__result_fail (result,
                             "\"%s\"%s was not seen on %s within %s; there were %" PRIu64 " bytes on stdout and "
                                                                                          "%" PRIu64 " on stderr",
                             facts->lines[0].text, others, stream_name (facts->stream), after, facts->stdout_bytes,
                             facts->stderr_bytes);
}

static int fail_service (const struct vprod__startup_logs_facts *facts, const struct vprod__startup_line *line,
                          vprod_result *result)
{
  char after[TIME_SIZE];

  vprod__format_ms (facts->after_ms, after, sizeof after);
  vprod__result_remedy (result, "That line is the service's own. Name in checks.startup-logs.any a text that the app "
                                "writes when it is up, on stdout or stderr.");
  return vprod__result_fail (result,
                             "\"%s\" was written by the service %s, not by the app within %s: it wrote %" PRIu64
                             " bytes to stdout and %" PRIu64 " to stderr",
                             line->text, line->in_service, after, facts->stdout_bytes, facts->stderr_bytes);
}

/* ---- a request ------------------------------------------------------------------------------------------- */

#define LINE_SHOWN 160

static int fail_request (const struct vprod__startup_logs_facts *facts, vprod_result *result)
{
  const struct vprod__startup_request *request = facts->request;
  _cleanup_free_ char *last = vprod__text_tail (request->after, strlen (request->after), 1, LINE_SHOWN);
  char limit[TIME_SIZE], answer[64] = "";

  vprod__format_ms (facts->timeout_ms, limit, sizeof limit);
  if (request->status > 0)
    snprintf (answer, sizeof answer, "was answered with status %d", request->status);
  vprod__result_remedy (result, "Let the server write a line for each request to stdout or stderr, with its path (uvicorn's "
                                "--access-log, gunicorn's --access-logfile -, nginx's access_log /dev/stdout). " BUFFERED
                                "Check its log level, and whether it leaves this path out of its log.");
  if (request->status == 0 && request->outcome != VPROD__HTTP_SLOW)
    return vprod__result_fail (result, "a request for %s does not show in the app's output, as it did not get there: %s",
                               request->path, request->error);
  if (!last || !*last)
    return vprod__result_fail (result, "a request for %s %s and does not show in the app's output: nothing came on stdout and "
                               "stderr within %s", request->path, *answer ? answer : "was sent", limit);
  return vprod__result_fail (result, "a request for %s %s and does not show in the app's output within %s: no line that came has "
                             "this path, the last is `%.*s`", request->path, *answer ? answer : "was sent", limit,
                             (int) strcspn (last, "\n"), last);
}

/* line: the startup line that was seen; NULL: none was wanted. */
static int judge_request (const struct vprod__startup_logs_facts *facts, const struct vprod__startup_line *line,
                          vprod_result *result)
{
  const struct vprod__startup_request *request = facts->request;

  vprod__result_evidence (result, "request", "%s", request->path);
  if (request->status > 0)
    vprod__result_evidence (result, "request_status", "%d", request->status);
  if (request->seen < VPROD__STARTUP_REQUESTS && !facts->running) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up");
  }
  if (request->seen < VPROD__STARTUP_REQUESTS) {
    vprod__result_log_tail (result, facts->log, facts->log_length);
    return fail_request (facts, result);
  }
  vprod__result_evidence (result, "request_seen", "%s", request->line ? request->line : "");
  if (line)
    return vprod__result_pass (result, "\"%s\" was seen on %s, and a request for %s, too", line->text,
                               stream_name (line->on_stdout ? VPROD_STREAM_STDOUT : VPROD_STREAM_STDERR), request->path);
  return vprod__result_pass (result, "a request for %s was seen in the app's output", request->path);
}

int vprod__startup_logs_judge (const struct vprod__startup_logs_facts *facts, vprod_result *result, vprod_error **err)
{
  give_evidence (facts, result);
  if (facts->n_lines == 0 && facts->request)
    return judge_request (facts, NULL, result);
  for (size_t i = 0; i < facts->n_lines; i++) {
    const struct vprod__startup_line *line = &facts->lines[i];
    if (is_seen (facts, line) && facts->request)
      return judge_request (facts, line, result);
    if (is_seen (facts, line))
      return vprod__result_pass (result, "\"%s\" was seen on %s", line->text,
                                 stream_name (facts->stream     ? facts->stream
                                              : line->on_stdout ? VPROD_STREAM_STDOUT
                                                                : VPROD_STREAM_STDERR));
  }
  if (!facts->running) {
    vprod__result_judged_by (result, vprod__owner_of_app.check_id);
    return vprod__result_skip (result, "not checked: the app did not stay up");
  }
  vprod__result_log_tail (result, facts->log, facts->log_length);
  for (size_t i = 0; i < facts->n_lines; i++)
    if (facts->lines[i].on_stdout || facts->lines[i].on_stderr)
      return fail_other_stream (facts, &facts->lines[i], result);
  for (size_t i = 0; i < facts->n_lines; i++)
    if (facts->lines[i].in_service)
      return fail_service (facts, &facts->lines[i], result);
  return fail_unseen (facts, result);
}
