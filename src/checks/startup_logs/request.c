/* SPDX-License-Identifier: MIT */
#include "checks/startup_logs/request.h"

#include <ctype.h>
#include <string.h>
#include "session/app_request.h"
#include "session/limit.h"
#include "session/log.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/text.h"

#define ANSWER_MS 30000
#define ATTEMPT_MS 5000
#define FIRST_PAUSE_MS 10
#define LAST_PAUSE_MS 500
#define LINE_BYTES 200

/* ---- in a text ------------------------------------------------------------------------------------------- */

/* Can it be part of a path, or of the name of a host? */
static int is_of_path (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("/_-.%~@+:", c));
}

/* Does the path begin there: by itself, or after the host of a URL? */
static int begins (const char *output, const char *at)
{
  const char *p = at;

  while (p > output && is_of_path (p[-1]))
    p--;
  if (p == at)
    return 1;
  const char *host = memmem (p, (size_t) (at - p), "://", 3);
  return host && !memchr (host + 3, '/', (size_t) (at - host - 3));
}

/* Does it end there? A dot or colon may end it that ends the sentence. */
static int ends (const char *after)
{
  while (*after == '.' || *after == ':')
    after++;
  return !is_of_path (*after);
}

/* Without the backslashes that some write before slashes in JSON. */
static char *without_escapes (const char *output)
{
  char *copy = strdup (output), *to = copy;

  for (const char *p = output; copy && *p; p++)
    if (p[0] != '\\' || p[1] != '/')
      *to++ = *p;
  if (copy)
    *to = '\0';
  return copy;
}

static int hex (char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place: "/a%20b" becomes "/a b". */
static void decode (char *path)
{
  char *to = path;

  for (const char *p = path; *p; p++)
    if (p[0] == '%' && hex (p[1]) >= 0 && hex (p[2]) >= 0 && (p[1] != '0' || p[2] != '0')) {
      *to++ = (char) (hex (p[1]) * 16 + hex (p[2]));
      p += 2;
    }
    else
      *to++ = *p;
  *to = '\0';
}

static const char *find (const char *output, const char *path)
{
  for (const char *at = output; (at = strstr (at, path)); at++)
    if (begins (output, at) && ends (at + strlen (path)))
      return at;
  return NULL;
}

const char *vprod__path_in_output (const char *output, const char *path)
{
  _cleanup_free_ char *bare = strndup (path, strcspn (path, "?#"));
  const char *at = bare ? find (output, bare) : NULL;

  if (at || !bare)
    return at;
  decode (bare);
  return find (output, bare);
}

/* ---- of an app ------------------------------------------------------------------------------------------- */

/* How many bytes it has written, and (after not NULL) what of them came after the first `mark`, harmless. */
static int read_output (vprod_session *session, const struct vprod__app *app, uint64_t mark, uint64_t *ret_bytes,
                        char **after, vprod_error **err)
{
  _cleanup_ (vprod__log_freep) struct vprod__log *log = NULL;
  _cleanup_free_ char *tail = NULL, *harmless = NULL;
  size_t length = 0;
  vprod_call call;

  int r = vprod__log_new (NULL, &log, err);
  if (r < 0)
    return r;
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_logs (vprod__session_runner (session), &call, app->container_id, 0, vprod__log_output, log, err);
  if (r < 0)
    return r;
  *ret_bytes = vprod__log_bytes (log, 0);
  if (!after)
    return 0;
  tail = vprod__log_tail (log, &length);
  if (!tail)
    return vprod__error_no_memory (err);
  /* fewer than before: the engine has thrown away a file of it */
  uint64_t fresh = *ret_bytes > mark ? *ret_bytes - mark : *ret_bytes < mark ? length : 0;
  size_t skip = fresh < length ? length - (size_t) fresh : 0;
  harmless = vprod__text_harmless (tail + skip, length - skip);
  free (*after);
  *after = harmless ? without_escapes (harmless) : NULL;
  return *after ? 0 : vprod__error_no_memory (err);
}

static int keep_line (struct vprod__startup_request *request, const char *at)
{
  const char *begin = at;

  while (begin > request->after && begin[-1] != '\n' && at - begin < LINE_BYTES / 2)
    begin--;
  size_t length = strcspn (begin, "\n");
  free (request->line);
  request->line = strndup (begin, length < LINE_BYTES ? length : LINE_BYTES);
  return request->line ? 0 : -1;
}

static int too_busy (const struct vprod__limit *limit, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the app writes of a request: %s",
                           vprod__busy_words (limit->elapsed_ms, limit->stalled_ms, limit->known, words));
}

/* Sends one, and looks until it is seen or the time is over. 1: it was seen. */
static int see_one (vprod_session *session, const struct vprod__app *app, struct vprod__limit *limit,
                    struct vprod__startup_request *request, vprod_error **err)
{
  struct vprod__http_answer answer = { 0 };
  enum vprod__limit_state state = VPROD__LIMIT_OPEN;
  int64_t pause_ms = FIRST_PAUSE_MS;
  uint64_t mark = 0, bytes = 0;
  vprod_call call;

  int r = read_output (session, app, 0, &mark, NULL, err);
  if (r == 0)
    r = vprod__app_request (session, app, request->path, ATTEMPT_MS, &answer, err);
  if (r < 0)
    return r;
  request->outcome = answer.outcome;
  request->status = answer.outcome == VPROD__HTTP_ANSWERED ? answer.status : 0;
  free (request->error);
  request->error = vprod__text_harmless (answer.error, strlen (answer.error));
  vprod__http_answer_clear (&answer);
  if (!request->error)
    return vprod__error_no_memory (err);
  vprod__session_call (session, -1, &call);
  for (;;) {
    r = read_output (session, app, mark, &bytes, &request->after, err);
    if (r < 0)
      return r;
    const char *at = vprod__path_in_output (request->after, request->path);
    if (at)
      return keep_line (request, at) < 0 ? vprod__error_no_memory (err) : 1;
    if (state == VPROD__LIMIT_BUSY)
      return too_busy (limit, err);
    if (state == VPROD__LIMIT_OVER)
      return 0;
    r = vprod__call_sleep (&call, pause_ms, "waiting for a request to show in the app's output", err);
    if (r < 0)
      return r;
    pause_ms = pause_ms * 2 < LAST_PAUSE_MS ? pause_ms * 2 : LAST_PAUSE_MS;
    state = vprod__limit_look (limit);
  }
}

int vprod__startup_request_see (vprod_session *session, const struct vprod__app *app, struct vprod__startup_request *ret,
                                vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  struct vprod__startup_request request = { .path = spec->checks.startup_logs.request };
  struct vprod__limit limit;
  int r = 1;

  if (app->host_port == 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "cannot send the request that checks.startup-logs.request names: the "
                                                       "app's port is not known; name it with run.port");
  while (r > 0 && request.sent < VPROD__STARTUP_REQUESTS) {
    request.sent++;
    vprod__limit_begin (&limit, session, app->container_id, 0, vprod__now_ms (), spec->checks.startup_logs.timeout_ms);
    r = see_one (session, app, &limit, &request, err);
    vprod__limit_end (&limit);
    request.seen += r > 0;
  }
  if (r < 0)
    vprod__startup_request_clear (&request);
  else
    *ret = request;
  return r < 0 ? r : 0;
}

void vprod__startup_request_clear (struct vprod__startup_request *request)
{
  free (request->after);
  free (request->line);
  free (request->error);
  *request = (struct vprod__startup_request) { 0 };
}
