/* SPDX-License-Identifier: MIT */
/* [SystemEvents] What the engine noted of one container: JSON objects one after the other, until the time asked for. */
#include "runner/docker/api.h"

#include <inttypes.h>
#include <stdio.h>

static char *make_filters (const char *id)
{
  _cleanup_json_ json_t *filters = json_pack ("{s:[s], s:[s]}", "container", id, "type", "container");

  return filters ? json_dumps (filters, JSON_COMPACT) : NULL;
}

static char *make_path (const struct vprod__api *api, const char *id, int64_t since_ms, int64_t until_ms)
{
  _cleanup_free_ char *filters = make_filters (id);
  char since[32], until[32];

  if (!filters)
    return NULL;
  snprintf (since, sizeof since, "%" PRId64 ".%03d", since_ms / 1000, (int) (since_ms % 1000));
  snprintf (until, sizeof until, "%" PRId64 ".%03d", until_ms / 1000, (int) (until_ms % 1000));
  return vprod__api_path (api, "/events?since={}&until={}&filters={}", since, until, filters);
}

/* 1: no more are wanted. */
static int tell (const json_t *json, int (*on_event) (void *data, const vprod_container_event *event), void *data)
{
  const char *action = vprod__json_text (json, "Action");
  int64_t nano = vprod__json_number (json, "timeNano"), seconds = vprod__json_number (json, "time");
  vprod_container_event event = {
    .size = sizeof event,
    .action = action ? action : vprod__json_text (json, "status"),
    .at_ms = nano > 0 ? nano / 1000000 : seconds * 1000,
  };

  return event.action && event.at_ms > 0 ? on_event (data, &event) : 0;
}

int vprod__docker_container_events (void *runner, const vprod_call *call, const char *id, int64_t since_ms,
                                    int64_t until_ms, int (*on_event) (void *data, const vprod_container_event *event),
                                    void *data, vprod_error **err)
{
  _cleanup_api_ struct vprod__api api = { 0 };
  _cleanup_free_ char *path = NULL;
  json_error_t where;
  int r = vprod__api_begin (&api, runner, call, err, "asking for the events of the container %.*s", VPROD__SHORT (id));

  if (r < 0)
    return r;
  path = make_path (&api, id, since_ms, until_ms);
  struct vprod__request request = { .method = "GET", .path = path };
  r = vprod__api_send (&api, &request, err);
  if (r < 0)
    return r;
  const char *text = vprod__buf_string (&api.answer.body);
  for (size_t left = api.answer.body.length; left > 0;) {
    _cleanup_json_ json_t *json = json_loadb (text, left, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &where);
    if (!json && where.position >= (int) left) /* the end of a line, or of a stream that was cut */
      return 0;
    if (!json || where.position <= 0)
      return vprod__api_odd (&api, "event", err);
    if (tell (json, on_event, data) != 0)
      return 0;
    text += where.position;
    left -= (size_t) where.position;
  }
  return 0;
}
