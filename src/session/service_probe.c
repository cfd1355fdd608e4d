/* SPDX-License-Identifier: MIT */
#include "session/service_probe.h"
#include "probe/connect.h"
#include "probe/http.h"
#include "probe/sockets.h"
#include "session/base.h"
#include "session/container.h"
#include "session/expand.h"
#include "session/log.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define HTTP_MS 5000      /* an attempt */
#define READ_AGAIN_MS 1000 /* between readings of a whole log that cannot be followed */
#define WORDS_BYTES 1024  /* of a command's output that are kept */
#define WORDS_LINES 3
#define LONGEST_PAUSE_MS 2000

/* Sets why it is not ready. 0, or negative out of memory. */
static int not_yet (struct vprod__service_try *try, char *why, vprod_error **err)
{
  free (try->why);
  try->why = why;
  return why ? 0 : vprod__error_no_memory (err);
}

/* ---- tcp ----------------------------------------------------------------------------------------------------- */

/* "it listens on 127.0.0.1:6379, 0.0.0.0:26379" */
static char *listens_words (char *const *listens)
{
  _cleanup_free_ char *list = vprod__strv_join (listens, ", ");

  return list ? vprod__text_format ("it listens on %s", list) : NULL;
}

static int judge_listens (const struct vprod__service *service, char *const *listens, struct vprod__service_try *try,
                          vprod_error **err)
{
  enum vprod__where where = vprod__listens_where (listens, service->port);

  if (where == VPROD__WHERE_RIGHT)
    return 1;
  if (where == VPROD__WHERE_NOWHERE)
    return not_yet (try, vprod__text_format ("nothing listens on port %d in its container (services.%s.container.port)",
                                             service->port, service->spec->name), err);
  _cleanup_free_ char *words = listens_words (listens);
  if (!words)
    return vprod__error_no_memory (err);
  if (where == VPROD__WHERE_LOOPBACK)
    return not_yet (try, vprod__text_format ("%s: on port %d only on its own loopback interface, where the app does not "
                                             "reach it; let it listen on 0.0.0.0", words, service->port), err);
  return not_yet (try, vprod__text_format ("%s, not on port %d (services.%s.container.port)", words, service->port,
                                           service->spec->name), err);
}

int vprod__service_listens (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err)
{
  _cleanup_strv_ char **listens = NULL;

  int64_t pid = vprod__container_pid_here (session, try->facts, err);
  if (pid < 0)
    return (int) pid;
  int r = pid > 0 ? vprod__proc_listens ("/proc", pid, &listens, err) : 1;
  if (r < 0)
    return r;
  if (listens)
    return judge_listens (service, listens, try, err);
  enum vprod__connect_end end = vprod__connect_try (service->host, service->host_port);
  if (end != VPROD__CONNECT_KEPT)
    return not_yet (try, vprod__text_format ("port %d: %s (services.%s.container.port)", service->port,
                                             vprod__connect_words (end), service->spec->name), err);
  r = vprod__reach_listens (session, service->container_id, &listens, err);
  if (r < 0)
    return r;
  r = listens ? judge_listens (service, listens, try, err) : 1;
  if (r > 0)
    vprod__reach_proved (session);
  return r;
}

/* ---- log ----------------------------------------------------------------------------------------------------- */

struct unread {
  struct vprod__log *log;
  uint64_t skip; /* bytes that were written before it was stopped */
};

static int pass_on (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct unread *unread = data;
  size_t skip = unread->skip < length ? (size_t) unread->skip : length;

  unread->skip -= skip;
  return skip < length ? vprod__log_output (unread->log, stream, bytes + skip, length - skip) : 0;
}

/* The whole log since its start, where it is not followed: that failed, or it was started again. */
static int read_again (vprod_session *session, struct vprod__service_at at, char *const *texts, int *ret_seen,
                       vprod_error **err)
{
  _cleanup_ (vprod__log_freep) struct vprod__log *log = NULL;
  vprod_call call;

  vprod__session_call (session, READ_AGAIN_MS * 10, &call);
  int r = vprod__log_new (texts, &log, err);
  struct unread unread = { log, at.link->container.written };
  if (r == 0)
    r = vprod__runner_container_logs (session->runner, &call, at.service->container_id, 0, pass_on, &unread, err);
  if (r == 0)
    *ret_seen = vprod__log_has_pattern (log, 0, 0);
  return r;
}

int vprod__service_says (vprod_session *session, struct vprod__service_at at, struct vprod__service_try *try,
                         vprod_error **err)
{
  char *texts[] = { at.service->spec->container.ready.log, NULL };
  struct vprod__container_link *link = &at.link->container;
  int seen = link->log && vprod__log_has_pattern (link->log, 0, 0), r = 0;

  if (!seen && (!link->log || !link->log_is_whole || vprod__log_error (link->log))) {
    try->pause_ms = READ_AGAIN_MS;
    r = read_again (session, at, texts, &seen, err);
  }
  if (r < 0 || seen)
    return r < 0 ? r : 1;
  return not_yet (try, vprod__text_format ("it has not written \"%s\" (services.%s.container.ready.log)", texts[0],
                                           at.service->spec->name), err);
}

/* ---- http ---------------------------------------------------------------------------------------------------- */

static int make_http (const struct vprod__service *service, char **ret_url, struct vprod__http **ret, vprod_error **err)
{
  const char *path = service->spec->container.ready.http;
  _cleanup_free_ char *host = NULL;
  int is_ipv6 = strchr (service->host, ':') && service->host[0] != '[';

  if (asprintf (ret_url, "http://%s%s%s:%d%s%s", is_ipv6 ? "[" : "", service->host, is_ipv6 ? "]" : "",
                service->host_port, path[0] == '/' ? "" : "/", path) < 0) {
    *ret_url = NULL;
    return vprod__error_no_memory (err);
  }
  if (asprintf (&host, service->port == 80 ? "Host: %s" : "Host: %s:%d", service->spec->name, service->port) < 0) {
    host = NULL;
    return vprod__error_no_memory (err);
  }
  int r = vprod__http_new (ret, err);
  return r < 0 ? r : vprod__http_set_header (*ret, host, err);
}

static int judge_answer (const struct vprod__service *service, const struct vprod__http_answer *answer,
                         struct vprod__service_try *try, vprod_error **err)
{
  const char *name = service->spec->name, *path = service->spec->container.ready.http;

  if (answer->outcome != VPROD__HTTP_ANSWERED)
    return not_yet (try, vprod__text_format ("GET %s on port %d: %s (services.%s.container.ready.http)", path, service->port,
                                             answer->error, name), err);
  if (answer->status >= 200 && answer->status < 400)
    return 1;
  return not_yet (try, vprod__text_format ("GET %s on port %d was answered with status %d (services.%s.container.ready.http)",
                                           path, service->port, answer->status, name), err);
}

int vprod__service_answers (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err)
{
  _cleanup_ (vprod__http_freep) struct vprod__http *http = NULL;
  struct vprod__http_answer answer = { 0 };
  _cleanup_free_ char *url = NULL;

  int r = make_http (service, &url, &http, err);
  if (r == 0)
    r = vprod__http_get (http, &try->call, url, HTTP_MS, &answer, err);
  if (r < 0)
    return r;
  if (answer.outcome == VPROD__HTTP_ANSWERED)
    vprod__reach_proved (session);
  r = judge_answer (service, &answer, try, err);
  vprod__http_answer_clear (&answer);
  return r;
}

/* ---- command ------------------------------------------------------------------------------------------------- */

/* Keeps the end of what it writes. */
static int keep_words (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__buf *words = data;

  (void) stream;
  if (length > WORDS_BYTES) {
    bytes += length - WORDS_BYTES;
    length = WORDS_BYTES;
  }
  if (vprod__buf_add (words, bytes, length) < 0)
    return 1;
  if (words->length > WORDS_BYTES)
    vprod__buf_consume (words, words->length - WORDS_BYTES);
  return 0;
}

/* It could not be run: for good, or as the container ends just now? */
static int judge_exec (vprod_session *session, const struct vprod__service *service, int r, vprod_error *error,
                       struct vprod__service_try *try, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  if (r == -VPROD_ERROR_ENGINE || r == -VPROD_ERROR_NOT_FOUND || r == -VPROD_ERROR_IMAGE) {
    int looked = vprod__container_facts (session, service->container_id, &facts, err);
    if (looked < 0)
      return looked;
    if (!facts.running)
      return 0;
  }
  if (r == -VPROD_ERROR_TIMEOUT)
    return not_yet (try, vprod__text_format ("services.%s.container.ready.command did not end", service->spec->name), err);
  if (r == -VPROD_ERROR_IMAGE)
    return vprod__error_set (err, service->kind->code, 0,
                             "the %s %s (%s) cannot run services.%s.container.ready.command: %s", service->kind->noun,
                             service->spec->name, service->image, service->spec->name, vprod_error_get_message (error));
  return vprod__error_set (err, vprod_error_get_code (error), 0, "asking the %s %s whether it is ready: %s",
                           service->kind->noun, service->spec->name, vprod_error_get_message (error));
}

int vprod__service_command (vprod_session *session, const struct vprod__service *service, struct vprod__service_try *try,
                            vprod_error **err)
{
  _cleanup_strv_ char **argv = NULL;
  _cleanup_buf_ struct vprod__buf words = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  int64_t began_ms = vprod__now_ms ();
  int exit_code = -1;

  int r = vprod__session_expand_all (session, service->spec->container.ready.command, &argv, err);
  if (r < 0)
    return r;
  r = vprod__runner_container_exec (session->runner, &try->call, service->container_id, (const char *const *) argv,
                                    keep_words, &words, &exit_code, &error);
  /* what asks takes time from what is asked: at most half of it */
  try->pause_ms = vprod__now_ms () - began_ms;
  if (try->pause_ms > LONGEST_PAUSE_MS)
    try->pause_ms = LONGEST_PAUSE_MS;
  if (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () >= session->deadline_ms)
    return vprod__error_move (err, &error);
  if (r < 0)
    return judge_exec (session, service, r, error, try, err);
  if (exit_code == 0)
    return 1;
  _cleanup_free_ char *tail = vprod__text_tail (vprod__buf_string (&words), words.length, WORDS_LINES, WORDS_BYTES);
  if (!tail)
    return vprod__error_no_memory (err);
  return not_yet (try, vprod__text_format ("services.%s.container.ready.command ended with exit code %d%s%s",
                                           service->spec->name, exit_code, tail[0] ? ": " : "", tail), err);
}
