/* SPDX-License-Identifier: MIT */
#include "session/health_settle.h"

#include <string.h>
#include <strings.h>
#include "known/phrases.h"
#include "probe/protocol.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

#define SURE_ANSWERS 3
#define SETTLE_ANSWERS 10
#define SETTLE_MS 5000

/* ---- what one answer tells ------------------------------------------------------------------------------- */

/* Statuses that may be due to a start in progress, or to our own requests. */
static const int may_come[] = { 408, 425, 429 };

/* Statuses by which servers refuse a name; 404 and 421 come from those that serve several. */
static const int refuses_name[] = { 400, 403, 404, 421 };

static int is_among (int status, const int *list, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (list[i] == status)
      return 1;
  return 0;
}

static int tells_of_name (const char *text, size_t length)
{
  return text && vprod__phrase_in (VPROD__SAYS_NAME_REFUSED, text, length);
}

const char *vprod__url_host (const char *url, size_t *ret_length)
{
  const char *host = url ? strstr (url, "://") : NULL;

  if (!host) {
    *ret_length = 0;
    return "";
  }
  host += 3;
  const char *end = host[0] == '[' ? strchr (host, ']') : NULL;
  *ret_length = end ? (size_t) (end + 1 - host) : strcspn (host, ":/?#");
  return host;
}

const char *vprod__url_path (const char *url)
{
  const char *host = url ? strstr (url, "://") : NULL, *path = host ? strchr (host + 3, '/') : NULL;

  return path ? path : "/";
}

/* Wherever the app is reached, it is asked by the name 127.0.0.1 or by the address. */
int vprod__url_is_same_host (const char *location, const char *url)
{
  static const char name[] = "127.0.0.1";
  size_t length, asked_length;
  const char *host = vprod__url_host (location, &length), *asked = vprod__url_host (url, &asked_length);

  return length > 0
         && ((length == asked_length && strncasecmp (host, asked, length) == 0)
             || (length == sizeof name - 1 && strncmp (host, name, length) == 0));
}

static int is_named (const struct vprod__settle_facts *facts)
{
  size_t length;
  const char *host = vprod__url_host (facts->answer->location, &length);

  return facts->name && length == facts->name_length && strncasecmp (host, facts->name, length) == 0;
}

static int is_to_https (const struct vprod__settle_facts *facts)
{
  const struct vprod__http_answer *answer = facts->answer;

  if (!answer->location || answer->status < 300 || answer->status > 399
      || strncasecmp (answer->location, "https://", 8) != 0 || strncmp (facts->url, "https:", 6) == 0)
    return 0;
  return vprod__url_is_same_host (answer->location, facts->url) || is_named (facts);
}

static enum vprod__heard heard_status (const struct vprod__settle_facts *facts)
{
  const struct vprod__http_answer *answer = facts->answer;
  int status = answer->status;

  if (vprod__status_is_wanted (facts->statuses, status) || status >= 500 || is_among (status, may_come, COUNT (may_come)))
    return VPROD__HEARD_MAY_COME;
  if (is_to_https (facts))
    return VPROD__HEARD_TO_HTTPS;
  if (status == 400 && vprod__protocol_body_wants_tls (answer->body, answer->body_length))
    return VPROD__HEARD_TLS;
  if (!is_among (status, refuses_name, COUNT (refuses_name)))
    return VPROD__HEARD_STATUS;
  return tells_of_name (answer->body, answer->body_length)
             || (status == 400 && tells_of_name (facts->log, facts->log_length))
           ? VPROD__HEARD_NAME
           : VPROD__HEARD_REFUSES;
}

static enum vprod__heard heard_garbled (const struct vprod__settle_facts *facts)
{
  const struct vprod__http_answer *answer = facts->answer;
  const char *name;

  if (answer->no_tls)
    return VPROD__HEARD_NO_TLS;
  if (facts->asks == VPROD__ASKS_GRPC)
    return VPROD__HEARD_NO_HTTP2;
  if (answer->first_length == 0)
    return VPROD__HEARD_MAY_COME;
  switch (vprod__protocol_of (answer->first, answer->first_length, &name)) {
  case VPROD__PROTOCOL_TLS:
    return VPROD__HEARD_TLS;
  case VPROD__PROTOCOL_HTTP2:
    return VPROD__HEARD_HTTP2;
  case VPROD__PROTOCOL_OTHER:
  case VPROD__PROTOCOL_NOT_KNOWN:
    break;
  }
  return VPROD__HEARD_NO_HTTP;
}

static enum vprod__heard heard_nobody (const struct vprod__settle_facts *facts)
{
  if (facts->where == VPROD__WHERE_LOOPBACK)
    return VPROD__HEARD_LOOPBACK;
  if (facts->where == VPROD__WHERE_OTHER_PORT)
    return VPROD__HEARD_ELSEWHERE;
  if (facts->where != VPROD__WHERE_RIGHT || facts->answer->outcome != VPROD__HTTP_RESET)
    return VPROD__HEARD_MAY_COME;
  return VPROD__HEARD_CLOSED;
}

/* A health service may be registered, and its services named, as the app starts; one without it never has it. */
static enum vprod__heard heard_grpc (const struct vprod__settle_facts *facts)
{
  switch (facts->grpc->status) {
  case VPROD__GRPC_OK:
    return facts->grpc->serving == VPROD__SERVING_NOT_TOLD || facts->grpc->serving == VPROD__SERVING_SERVICE_UNKNOWN
             ? VPROD__HEARD_STATUS
             : VPROD__HEARD_MAY_COME;
  case VPROD__GRPC_NOT_FOUND:
  case VPROD__GRPC_PERMISSION_DENIED:
  case VPROD__GRPC_UNIMPLEMENTED:
  case VPROD__GRPC_UNAUTHENTICATED:
    return VPROD__HEARD_STATUS;
  case VPROD__GRPC_NOT_TOLD:
    return facts->answer->version == 1 ? VPROD__HEARD_NO_HTTP2
           : facts->answer->status >= 500 || is_among (facts->answer->status, may_come, COUNT (may_come))
             ? VPROD__HEARD_MAY_COME
             : VPROD__HEARD_STATUS;
  default:
    return VPROD__HEARD_MAY_COME;
  }
}

static enum vprod__heard heard_answer (const struct vprod__settle_facts *facts)
{
  switch (facts->asks) {
  case VPROD__ASKS_GRPC:
    return heard_grpc (facts);
  case VPROD__ASKS_COMMAND:
    return facts->no_program ? VPROD__HEARD_NO_PROGRAM : VPROD__HEARD_MAY_COME;
  case VPROD__ASKS_HTTP:
    return heard_status (facts);
  case VPROD__ASKS_TCP:
  case VPROD__ASKS_NOTHING:
  case VPROD__ASKS_COUNT:
    break;
  }
  return VPROD__HEARD_MAY_COME;
}

enum vprod__heard vprod__settle_heard (const struct vprod__settle_facts *facts)
{
  if (facts->is_right)
    return VPROD__HEARD_RIGHT;
  switch (facts->answer->outcome) {
  case VPROD__HTTP_ANSWERED:
    return heard_answer (facts);
  case VPROD__HTTP_GARBLED:
    return heard_garbled (facts);
  case VPROD__HTTP_REFUSED:
  case VPROD__HTTP_RESET:
    return heard_nobody (facts);
  case VPROD__HTTP_SLOW:
  case VPROD__HTTP_UNREACHABLE:
    break;
  }
  return VPROD__HEARD_MAY_COME;
}

/* ---- what several tell ----------------------------------------------------------------------------------- */

enum then { ASK_ON, SETTLED, IF_QUIET };

/* What follows from an answer that is repeated. */
static const struct {
  enum vprod__heard heard;
  enum { NO_GUESS, GUESS_SOON, GUESS_LATE } guess; /* it is verified after SURE_ANSWERS, or once the rest has held */
  enum then then; /* without a guess, or where it was wrong; where it was right, it is settled */
  const char *by;
} rows[] = {
  { VPROD__HEARD_STATUS, NO_GUESS, IF_QUIET, "same answer" },
  { VPROD__HEARD_REFUSES, GUESS_SOON, IF_QUIET, "same answer" },
  { VPROD__HEARD_NAME, NO_GUESS, SETTLED, "Host header" },
  { VPROD__HEARD_TO_HTTPS, NO_GUESS, SETTLED, "redirect to https" },
  { VPROD__HEARD_TLS, NO_GUESS, SETTLED, "protocol" },
  { VPROD__HEARD_HTTP2, NO_GUESS, SETTLED, "protocol" },
  { VPROD__HEARD_NO_HTTP, NO_GUESS, IF_QUIET, "protocol" },
  { VPROD__HEARD_CLOSED, GUESS_SOON, ASK_ON, "protocol" },
  { VPROD__HEARD_LOOPBACK, NO_GUESS, IF_QUIET, "loopback address" },
  { VPROD__HEARD_ELSEWHERE, GUESS_LATE, ASK_ON, "other port" },
  { VPROD__HEARD_NO_TLS, GUESS_SOON, ASK_ON, "protocol" },
  { VPROD__HEARD_NO_HTTP2, GUESS_SOON, ASK_ON, "protocol" },
  { VPROD__HEARD_NO_PROGRAM, NO_GUESS, IF_QUIET, "no program" },
};

void vprod__same_add (struct vprod__same *same, enum vprod__heard heard, int status, int64_t now_ms)
{
  if (same->answers > 0 && same->heard == heard && same->status == status) {
    same->answers++;
    return;
  }
  *same = (struct vprod__same) { .heard = heard, .status = status, .answers = 1, .since_ms = now_ms };
}

static int has_lasted (const struct vprod__same *same, int64_t now_ms)
{
  return same->answers >= SETTLE_ANSWERS && now_ms - same->since_ms >= SETTLE_MS;
}

enum vprod__settle_next vprod__same_next (const struct vprod__same *same, int64_t now_ms)
{
  for (size_t i = 0; i < COUNT (rows); i++) {
    int late = rows[i].guess == GUESS_LATE;
    if (rows[i].heard != same->heard)
      continue;
    if (same->answers < SURE_ANSWERS || (late && !has_lasted (same, now_ms)))
      return VPROD__SETTLE_ASK_ON;
    if (rows[i].guess != NO_GUESS && !same->asked)
      return VPROD__SETTLE_VERIFY;
    if (rows[i].guess != NO_GUESS && same->verified)
      /* another port that answers rightly may be one for metrics or management, which opens first */
      return late && !same->quiet ? VPROD__SETTLE_WATCH : VPROD__SETTLED;
    if (rows[i].then == SETTLED)
      return VPROD__SETTLED;
    if (rows[i].then != IF_QUIET || !has_lasted (same, now_ms))
      return VPROD__SETTLE_ASK_ON;
    return same->quiet ? VPROD__SETTLED : VPROD__SETTLE_WATCH;
  }
  return VPROD__SETTLE_ASK_ON;
}

const char *vprod__settled_by (enum vprod__heard heard, int verified)
{
  if (heard == VPROD__HEARD_REFUSES && verified)
    return "Host header";
  for (size_t i = 0; i < COUNT (rows); i++)
    if (rows[i].heard == heard)
      return rows[i].by;
  return "time limit";
}
