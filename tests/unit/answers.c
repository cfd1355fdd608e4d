/* SPDX-License-Identifier: MIT */
/* What the docker runner takes for a success, of each call: the statuses and the kind of body that the Engine API names. */
#include "unit.h"

#include <stdio.h>

#include "fake_runner.h"
#include "runner/docker/answers.h"
#include "runner/runner.h"
#include "util/clock.h"

#define COUNT(list) (sizeof (list) / sizeof (list)[0])

static vprod_error *err;

/* ---- the table ---------------------------------------------------------------------------------------------- */

static const struct {
  const char *method, *path, *operation; /* NULL: none */
} finds[] = {
  { "GET", "/_ping", "Ping" },
  { "GET", "/v1.41/info", "SystemInfo" },
  { "GET", "/v1.51/containers/json?all=1&filters=%7B%7D", "ContainerList" },
  { "GET", "/v1.41/containers/json/json", "ContainerInspect" },
  { "POST", "/v1.41/containers/create?name=a/b", "ContainerCreate" },
  { "POST", "/v1.41/containers/c1/kill?signal=SIGTERM", "ContainerKill" },
  { "DELETE", "/v1.41/containers/c1?force=1&v=1", "ContainerDelete" },
  { "GET", "/v1.41/images/r.example:5000/a/b:1/json", "ImageInspect" },
  { "GET", "/v1.41/images/a/history/json", "ImageInspect" },
  { "GET", "/v1.41/libpod/images/localhost/a:1/json", "ImageInspectLibpod" },
  { "GET", "/v1.41/images/a@sha256:0a/get", "ImageGet" },
  { "DELETE", "/v1.41/images/verify-prod-session/a:p1-x", "ImageDelete" },
  { "POST", "/v1.41/networks/create", "NetworkCreate" },
  { "HEAD", "/v1.41/containers/c/archive?path=/x", "ContainerArchiveInfo" },
  { "GET", "/v1.41/containers//json", NULL },
  { "GET", "/v1.41/nothing", NULL },
  { "PATCH", "/v1.41/info", NULL },
  { "GET", "/v1.41", NULL },
};

START_TEST (finds_the_row_of_a_request)
{
  const struct vprod__answers *row = vprod__answers_find (finds[_i].method, finds[_i].path);

  ck_assert_int_eq (row != NULL, finds[_i].operation != NULL);
  if (row)
    ck_assert_str_eq (row->operation, finds[_i].operation);
}
END_TEST

START_TEST (a_page_for_people_is_no_success_whatever_its_status)
{
  const struct vprod__answers *row;

  for (size_t i = 0; (row = vprod__answers_at (i)); i++) {
    ck_assert_int_eq (vprod__answers_accept (row, row->statuses[0], "application/json"), 1);
    ck_assert_int_eq (vprod__answers_accept (row, row->statuses[0], ""), 1);
    ck_assert_int_eq (vprod__answers_accept (row, row->statuses[0], "text/html; charset=utf-8"), 0);
    ck_assert_int_eq (vprod__answers_accept (row, row->statuses[0], "TEXT/HTML"), 0);
    ck_assert_int_eq (vprod__answers_accept (row, 202, ""), 0);
    ck_assert_int_eq (vprod__answers_accept (row, 0, ""), 0);
  }
  ck_assert_int_eq (vprod__answers_accept (NULL, 202, ""), 1);
  ck_assert_int_eq (vprod__answers_accept (NULL, 200, "text/html"), 0);
  ck_assert_int_eq (vprod__answers_accept (NULL, 304, ""), 0);
}
END_TEST

/* ---- each call ---------------------------------------------------------------------------------------------- */

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  return 0;
}

static int on_bytes (void *data, const void *bytes, size_t length)
{
  return 0;
}

static int on_entry (void *data, const vprod_history_entry *entry)
{
  return 0;
}

static int on_process (void *data, const vprod_process *process)
{
  return 0;
}

static int on_object (void *data, const vprod_object *object)
{
  return 0;
}

enum slot { FACTS, PULL, IMAGE, HISTORY, EXPORT, UNTAG, NETWORK, NO_NETWORK, CREATE, START, LOOK, WAIT, KILL, LOGS, EXEC, TOP,
            HAS_PATH, COPY, REMOVE, NO_VOLUME, LIST };

static int use (enum slot slot)
{
  static const char *const argv[] = { "true", NULL };
  vprod_container_request request = { .size = sizeof request, .image = "a" };
  _cleanup_engine_facts_ vprod_engine_facts engine_facts = { 0 };
  _cleanup_image_facts_ vprod_image_facts image_facts = { 0 };
  _cleanup_container_facts_ vprod_container_facts container_facts = { 0 };
  _cleanup_free_ char *id = NULL;
  int number;

  switch (slot) {
  case FACTS: return vprod__runner_engine_facts (runner, &call, &engine_facts, &err);
  case PULL: return vprod__runner_image_pull (runner, &call, "gone:1", NULL, &err);
  case IMAGE: return vprod__runner_image_facts (runner, &call, "a", &image_facts, &err);
  case HISTORY: return vprod__runner_image_history (runner, &call, "a", on_entry, NULL, &err);
  case EXPORT: return vprod__runner_image_export (runner, &call, "a", on_bytes, NULL, &err);
  case UNTAG: return vprod__runner_image_remove (runner, &call, "a", &err);
  case NETWORK: return vprod__runner_network_create (runner, &call, "n", NULL, &id, &err);
  case NO_NETWORK: return vprod__runner_network_remove (runner, &call, "n", &err);
  case CREATE: return vprod__runner_container_create (runner, &call, &request, &id, &err);
  case START: return vprod__runner_container_start (runner, &call, "c", &err);
  case LOOK: return vprod__runner_container_facts (runner, &call, "c", &container_facts, &err);
  case WAIT: return vprod__runner_container_wait (runner, &call, "c", &number, &err);
  case KILL: return vprod__runner_container_signal (runner, &call, "c", "SIGTERM", &err);
  case LOGS: return vprod__runner_container_logs (runner, &call, "c", 0, on_output, NULL, &err);
  case EXEC: return vprod__runner_container_exec (runner, &call, "c", argv, on_output, NULL, &number, &err);
  case TOP: return vprod__runner_container_processes (runner, &call, "c", on_process, NULL, &err);
  case HAS_PATH: return vprod__runner_container_has_path (runner, &call, "c", "/x", &number, &err);
  case COPY: return vprod__runner_container_copy (runner, &call, "c", "/x", on_bytes, NULL, &err);
  case REMOVE: return vprod__runner_container_remove (runner, &call, "c", &err);
  case NO_VOLUME: return vprod__runner_volume_remove (runner, &call, "v", &err);
  case LIST: break;
  }
  return vprod__runner_list_objects (runner, &call, "k", "t", on_object, NULL, &err);
}

#define UP "{\"Id\": \"c\", \"State\": {\"Status\": \"running\", \"Running\": true, \"StartedAt\": \"2026-01-02T03:04:05Z\"}}"
#define EVENT(action) "{\"Type\": \"container\", \"Action\": \"" action "\", \"Actor\": {\"ID\": \"c\"}}\n"

/* All that an engine is asked here, with its answer. */
static const struct operation {
  const char *request;
  int status;
  const char *body;
  enum slot slot;
  size_t length;
} operations[] = {
  { "GET /v1.41/version", 200, "{\"Version\": \"1\"}", FACTS, 0 },
  { "GET /v1.41/info", 200, "{}", FACTS, 0 },
  { "POST /v1.41/images/create", 200, "{\"status\": \"Done\"}\n", PULL, 0 },
  { "GET /v1.41/images/a/json", 200, "{\"Id\": \"0a\"}", IMAGE, 0 },
  { "GET /v1.41/images/a/history", 200, "[]", HISTORY, 0 },
  { "GET /v1.41/images/a/get", 200, "tar", EXPORT, 0 },
  { "DELETE /v1.41/images/a", 200, "[{\"Untagged\": \"a\"}]", UNTAG, 0 },
  { "POST /v1.41/networks/create", 201, "{\"Id\": \"n\"}", NETWORK, 0 },
  { "DELETE /v1.41/networks/n", 204, "", NO_NETWORK, 0 },
  { "POST /v1.41/containers/create", 201, "{\"Id\": \"c\"}", CREATE, 0 },
  { "POST /v1.41/containers/c/start", 204, "", START, 0 },
  { "GET /v1.41/containers/c/json", 200, UP, LOOK, 0 },
  { "POST /v1.41/containers/c/wait", 200, "{\"StatusCode\": 0}", WAIT, 0 },
  { "POST /v1.41/containers/c/kill", 204, "", KILL, 0 },
  { "GET /v1.41/containers/c/logs", 200, "\1\0\0\0\0\0\0\1x", LOGS, 9 },
  { "POST /v1.41/containers/c/exec", 201, "{\"Id\": \"e\"}", EXEC, 0 },
  { "POST /v1.41/exec/e/start", 200, "\1\0\0\0\0\0\0\1x", EXEC, 9 },
  { "GET /v1.41/exec/e/json", 200, "{\"Running\": false, \"ExitCode\": 0}", EXEC, 0 },
  { "GET /v1.41/containers/c/top", 200, "{\"Titles\": [\"PID\", \"UID\"], \"Processes\": []}", TOP, 0 },
  { "HEAD /v1.41/containers/c/archive", 200, "", HAS_PATH, 0 },
  { "GET /v1.41/containers/c/archive", 200, "tar", COPY, 0 },
  { "DELETE /v1.41/containers/c", 204, "", REMOVE, 0 },
  { "DELETE /v1.41/volumes/v", 204, "", NO_VOLUME, 0 },
  { "GET /v1.41/containers/json", 200, "[]", LIST, 0 },
  { "GET /v1.41/networks?", 200, "[]", LIST, 0 },
  { "GET /v1.41/volumes?", 200, "{\"Volumes\": null}", LIST, 0 },
  { "GET /v1.41/images/json", 200, "[]", LIST, 0 },
  { "GET /v1.41/events", 200, EVENT ("start") EVENT ("kill"), KILL, 0 },
};
enum { EVENTS = COUNT (operations) - 1 };

#define HTML "<!DOCTYPE html><title>Sign in</title>"
#define PAGE(status, name)                                                                                               \
  "HTTP/1.1 " status "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 37\r\n\r\n" HTML

static const struct {
  int status;       /* 0: body is the whole answer */
  const char *body;
  const char *says;
  int for_bodies;   /* 1: only where a status says nothing of itself: an object or a list is due */
} wrong[] = {
  { 0, PAGE ("200 OK", ""), "Sign in", 0 },
  { 0, PAGE ("201 Created", ""), "Sign in", 0 },
  { 0, PAGE ("404 Not Found", ""), "404, text/html", 0 },
  { 0, PAGE ("409 Conflict", ""), "a proxy", 0 },
  { 202, "", "status 202", 0 },
  { 203, "{}", "status 203", 0 },
  { 206, "[]", "status 206", 0 },
  { 302, "", "status 302", 0 },
  { 404, "404 page not found\n", "404 page not found", 0 },
  { 404, "{}", "status 404", 0 },
  { 0, NULL, "", 1 }, /* the right status with … nothing */
  { 0, "{\"ok\": true}", "", 1 },
  { 0, "\"ok\"", "", 1 },
  { 0, HTML, "", 1 },
};

static void script (struct fake_route *routes, size_t *count)
{
  for (size_t i = 0; i < COUNT (operations); i++) {
    const struct operation *o = &operations[i];
    routes[(*count)++] = (struct fake_route) { o->request, o->status, o->body, FAKE_KEEP, 0, o->length };
  }
}

START_TEST (the_answers_of_an_engine_are_a_success)
{
  struct fake_route routes[64] = { 0 };
  size_t count = 0;

  script (routes, &count);
  play (routes, count);
  for (size_t i = 0; i < COUNT (operations); i++)
    assert_ok (use (operations[i].slot), err);
  end ();
}
END_TEST

/* Is a HEAD, or answered by what has no meaning: then there is no body that could be wrong. */
static int has_body (const struct operation *operation)
{
  char method[8], path[128];

  ck_assert_int_eq (sscanf (operation->request, "%7s %127s", method, path), 2);
  const struct vprod__answers *row = vprod__answers_find (method, path);
  ck_assert_ptr_nonnull (row);
  return row->body == VPROD__BODY_OBJECT || row->body == VPROD__BODY_ARRAY;
}

START_TEST (any_other_answer_is_none_of_any_call)
{
  const struct operation *operation = &operations[_i];

  for (size_t w = 0; w < COUNT (wrong); w++) {
    struct fake_route routes[64] = { 0 };
    size_t count = 1;
    int is_head = strncmp (operation->request, "HEAD", 4) == 0, same_status = wrong[w].for_bodies;

    if (same_status && (!has_body (operation) || strstr (operation->request, "/info")
                        || (strstr (operation->request, "/top") && !wrong[w].body)
                        || (strstr (operation->request, "/volumes?") && wrong[w].body && *wrong[w].body == '{')))
      continue;
    if (is_head && (wrong[w].status == 404 || (wrong[w].body && strstr (wrong[w].body, "404"))))
      continue; /* it is asked why */
    routes[0] = (struct fake_route) { operation->request, same_status ? operation->status : wrong[w].status, wrong[w].body,
                                      FAKE_CLOSE, 0, 0 };
    script (routes, &count);
    play (routes, count);
    int r = use (operation->slot);
    const char *message = err ? vprod_error_get_message (err) : "";
    if (is_head) /* asked why it failed, with GET, the engine says that it is there */
      ck_assert_msg (r == 0 || r == -VPROD_ERROR_ENGINE, "%s gave %d", operation->request, r);
    else {
      ck_assert_msg (r == -VPROD_ERROR_ENGINE, "%s, wrong answer %zu, gave %d: %s", operation->request, w, r, message);
      ck_assert_msg (strstr (message, wrong[w].says) != NULL, "%s: %s", operation->request, message);
    }
    vprod_error_free (err);
    err = NULL;
    end ();
  }
}
END_TEST

/* ---- was it done? ------------------------------------------------------------------------------------------- */

static const struct {
  const char *status;
  int fails;
} states[] = { { "created", 1 }, { "configured", 1 }, { "running", 0 }, { "exited", 0 }, { "stopped", 0 } };

START_TEST (start_that_never_was_is_the_engines_fault)
{
  _cleanup_free_ char *state = NULL;
  ck_assert_int_gt (asprintf (&state, "{\"Id\": \"c\", \"State\": {\"Status\": \"%s\"}}", states[_i].status), 0);
  struct fake_route routes[] = { { "POST /v1.41/containers/c/start", 204, "", FAKE_KEEP, 0, 0 },
                                 { "GET /v1.41/containers/c/json", 200, state, FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  if (states[_i].fails)
    assert_error (use (START), err, VPROD_ERROR_ENGINE, "was not started");
  else
    assert_ok (use (START), err);
  end ();
}
END_TEST

static const struct {
  int status;
  const char *events;
  enum fake_manner manner;
  int fails;
} records[] = {
  { 200, EVENT ("start") EVENT ("kill"), FAKE_KEEP, 0 },
  { 200, EVENT ("start"), FAKE_KEEP, 1 },
  { 200, EVENT ("start") "{\"Action\": \"kill\", \"Actor\": {\"ID\": \"another\"}}\n", FAKE_KEEP, 1 },
  { 200, "", FAKE_KEEP, 0 }, /* an engine that keeps no record tells nothing */
  { 200, "no json\n\n[]\n", FAKE_KEEP, 0 },
  { 403, "{\"message\": \"not allowed\"}", FAKE_KEEP, 0 },
  { 500, "{\"message\": \"no reading from journald\"}", FAKE_KEEP, 0 },
  /* the stream of an engine goes on until it is told to stop */
  { 0, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" EVENT ("start") EVENT ("kill"), FAKE_HOLD, 0 },
  { 0, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" EVENT ("start"), FAKE_HOLD, 1 },
};

START_TEST (signal_that_never_was_is_the_engines_fault)
{
  struct fake_route routes[] = { { "POST /v1.41/containers/c/kill", 204, "", FAKE_KEEP, 0, 0 },
                                 { "GET /v1.41/containers/c/json", 200, UP, FAKE_KEEP, 0, 0 },
                                 { "GET /v1.41/events?since=1767323044&filters=", records[_i].status, records[_i].events,
                                   records[_i].manner, 0, 0 } };

  play (routes, COUNT (routes));
  if (records[_i].fails)
    assert_error (use (KILL), err, VPROD_ERROR_ENGINE, "no signal");
  else
    assert_ok (use (KILL), err);
  ck_assert_int_eq (fake_engine_count (engine, "GET /v1.41/events"), 1);
  end ();
}
END_TEST

START_TEST (signal_to_what_ends_by_it_is_not_looked_up)
{
  static const struct fake_route routes[] = { { "POST /v1.41/containers/c/kill", 204, "", FAKE_KEEP, 0, 0 },
                                              { "GET /v1.41/containers/c/json", 200,
                                                "{\"Id\": \"c\", \"State\": {\"Running\": false}}", FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  assert_ok (use (KILL), err);
  ck_assert_int_eq (fake_engine_count (engine, "GET /v1.41/events"), 0);
  end ();
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("answers");
  TCase *tc = tcase_create ("answers");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, finds_the_row_of_a_request, 0, COUNT (finds));
  tcase_add_test (tc, a_page_for_people_is_no_success_whatever_its_status);
  tcase_add_test (tc, the_answers_of_an_engine_are_a_success);
  tcase_add_loop_test (tc, any_other_answer_is_none_of_any_call, 0, EVENTS);
  tcase_add_loop_test (tc, start_that_never_was_is_the_engines_fault, 0, COUNT (states));
  tcase_add_loop_test (tc, signal_that_never_was_is_the_engines_fault, 0, COUNT (records));
  tcase_add_test (tc, signal_to_what_ends_by_it_is_not_looked_up);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
