/* SPDX-License-Identifier: MIT */
/* Each slot of the docker runner against an engine that answers as scripted. */
#include "unit.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "fake_runner.h"
#include "runner/docker/http_client.h"
#include "runner/docker/json.h"
#include "runner/docker/docker.h"
#include "runner/runner.h"
#include "util/buf.h"
#include "util/clock.h"

#define COUNT(list) (sizeof (list) / sizeof (list)[0])

static vprod_error *err;

/* ---- which engine ------------------------------------------------------------------------------------------- */

#define PING(headers) "HTTP/1.1 200 OK\r\n" headers "Content-Length: 2\r\n\r\nOK"
static const struct {
  const char *ping;
  const char *version; /* asked for; NULL: refused */
  vprod_error_code code;
  const char *says;
} pings[] = {
  { PING ("Api-Version: 1.41\r\n"), "1.41", 0, NULL },
  { PING ("api-version: 1.24\r\n"), "1.24", 0, NULL },
  { PING ("Api-Version: 1.51\r\n"), "1.51", 0, NULL },
  { PING ("Api-Version: 1.99\r\n"), "1.51", 0, NULL }, /* the newest that is known here */
  { PING ("Api-Version: 1.23\r\n"), NULL, VPROD_ERROR_UNSUPPORTED, "too old" },
  { PING ("Api-Version: 2.0\r\n"), NULL, VPROD_ERROR_ENGINE, "no Docker or Podman engine" },
  { PING ("Api-Version: 1.x\r\n"), NULL, VPROD_ERROR_ENGINE, "no Docker or Podman engine" },
  { PING ("Api-Version: 1.41111111111111111111\r\n"), NULL, VPROD_ERROR_ENGINE, "" },
  { PING (""), NULL, VPROD_ERROR_ENGINE, "no Api-Version" }, /* any web server */
  { "HTTP/1.1 500 Oops\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n", NULL, VPROD_ERROR_ENGINE, "500" },
};

START_TEST (agrees_on_a_version_of_the_api)
{
  char *request = NULL;
  struct fake_route routes[] = { { "GET /_ping", 0, pings[_i].ping, FAKE_KEEP, 0, 0 },
                                 { "", 200, "[]", FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  int (*ignore) (void *, const vprod_history_entry *) = NULL; /* an empty history calls nobody */
  if (pings[_i].version) {
    assert_ok (vprod__runner_image_history (runner, &call, "a", ignore, NULL, &err), err);
    assert_ok (vprod__runner_image_history (runner, &call, "a", ignore, NULL, &err), err);
    ck_assert_int_gt (asprintf (&request, "GET /v%s/images/a/history", pings[_i].version), 0);
    ck_assert_int_eq (fake_engine_count (engine, request), 2);
    ck_assert_int_eq (fake_engine_count (engine, "GET /_ping"), 1);
    free (request);
  } else
    assert_error (vprod__runner_image_history (runner, &call, "a", ignore, NULL, &err), err, pings[_i].code,
                  pings[_i].says);
  end ();
}
END_TEST

static const struct {
  const char *ping, *version, *info;
  const char *name, *engine_version, *architecture;
  int remap, rootless;
  int64_t system_time;
  int seccomp;
} engines[] = {
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"20.10.24\", \"Os\": \"linux\", \"Arch\": \"amd64\"}",
    "{\"Architecture\": \"x86_64\", \"SecurityOptions\": [\"name=seccomp,profile=default\"], "
    "\"SystemTime\": \"2023-11-14T22:13:20.123456789Z\"}",
    "docker", "20.10.24", "amd64", 0, 0, 1700000000, 1 },
  { PING ("Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n"),
    "{\"Version\": \"4.3.1\", \"Os\": \"linux\"}",
    "{\"Architecture\": \"aarch64\", \"SecurityOptions\": [\"name=seccomp,profile=default\", \"name=rootless\"]}",
    "podman", "4.3.1", "arm64", 0, 1, 0, 1 },
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"1\"}",
    "{\"Architecture\": \"riscv64\", \"SecurityOptions\": [\"name=userns\"]}", "docker", "1", "riscv64", 1, 0, 0, -1 },
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"1\"}",
    "{\"SecurityOptions\": [\"name=usernsx\", 5, null]}", "docker", "1", "", 0, 0, 0, -1 },
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"28\"}",
    "{\"SecurityOptions\": [\"name=apparmor\", \"name=seccomp,profile=builtin\"]}", "docker", "28", "", 0, 0, 0, 1 },
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"28\"}",
    "{\"SecurityOptions\": [\"name=seccomp,profile=unconfined\"]}", "docker", "28", "", 0, 0, 0, -1 },
  { PING ("Api-Version: 1.41\r\n"), "{\"Version\": \"1\"}", "{}", "docker", "1", "", 0, 0, 0, 0 },
};

START_TEST (says_which_engine_it_is)
{
  struct fake_route routes[] = { { "GET /_ping", 0, engines[_i].ping, FAKE_KEEP, 0, 0 },
                                 { "GET /v1.41/version", 200, engines[_i].version, FAKE_KEEP, 0, 0 },
                                 { "GET /v1.41/info", 200, engines[_i].info, FAKE_KEEP, 0, 0 } };
  const vprod_engine_facts *facts = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod_runner_get_engine (runner, 20000, &facts, &err), err);
  ck_assert_str_eq (facts->name, engines[_i].name);
  ck_assert_str_eq (facts->version, engines[_i].engine_version);
  ck_assert_str_eq (facts->api_version, "1.41");
  ck_assert_str_eq (facts->architecture, engines[_i].architecture);
  ck_assert_str_eq (facts->os, "linux");
  ck_assert_str_eq (facts->endpoint, fake_engine_url (engine));
  ck_assert_str_eq (facts->published_host, "127.0.0.1");
  ck_assert_int_eq (facts->remote, 0);
  ck_assert_int_eq (facts->userns_remap, engines[_i].remap);
  ck_assert_int_eq (facts->rootless, engines[_i].rootless);
  ck_assert_int_eq (facts->system_time, engines[_i].system_time);
  ck_assert_int_eq (facts->seccomp, engines[_i].seccomp);
  end ();
}
END_TEST

/* ---- answers that are wrong, of every slot ------------------------------------------------------------------ */

/* "1hello2oops": the stream where it changes. */
struct spoken {
  struct vprod__buf text;
  vprod_stream stream;
};

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct spoken *spoken = data;
  int r = spoken->stream == stream ? 0 : vprod__buf_addf (&spoken->text, "%d", stream);

  spoken->stream = stream;
  return r < 0 || vprod__buf_add (&spoken->text, bytes, length) < 0;
}

static void spoken_end (struct spoken *spoken)
{
  vprod__buf_clear (&spoken->text);
}

static int on_bytes (void *data, const void *bytes, size_t length)
{
  return vprod__buf_add (data, bytes, length);
}

static int on_entry (void *data, const vprod_history_entry *entry)
{
  return vprod__buf_addf (data, "%s|%s|%lld;", entry->created_by, entry->comment, (long long) entry->bytes);
}

static int on_process (void *data, const vprod_process *process)
{
  return vprod__buf_addf (data, "%lld,%lld,%lld,%s,%s;", (long long) process->pid, (long long) process->ppid,
                          (long long) process->euid, process->user, process->command);
}

static int on_object (void *data, const vprod_object *object)
{
  return vprod__buf_addf (data, "%d:%s:%s@%lld;", object->kind, object->id, object->labels ? object->labels[0] : "",
                          (long long) object->created_at);
}

static int on_change (void *data, const vprod_change *change)
{
  return vprod__buf_addf (data, "%d%s;", change->kind, change->path) < 0 || strcmp (change->path, "/enough") == 0;
}

static int count_change (void *data, const vprod_change *change)
{
  ++*(size_t *) data;
  return 0;
}

static int on_event (void *data, const vprod_container_event *event)
{
  return vprod__buf_addf (data, "%s@%lld;", event->action, (long long) event->at_ms);
}

/* Calls one slot, all of them in turn; what it gives is dropped. */
static int use_slot (int slot, const char **ret_name)
{
  static const char *const argv[] = { "true", NULL };
  _cleanup_ (spoken_end) struct spoken spoken = { .stream = 0 };
  _cleanup_buf_ struct vprod__buf buf = { 0 };
  vprod_engine_facts engine_facts;
  vprod_image_facts image_facts;
  vprod_container_facts container_facts;
  vprod_container_request request = { .size = sizeof request, .image = "a:1", .port = 80 };
  char *id = NULL;
  int number, r = 0;

#define SLOT(n, name, ...)                                                                                   \
  case n:                                                                                                    \
    *ret_name = #name;                                                                                       \
    r = vprod__runner_##name (runner, &call, __VA_ARGS__, &err);                                             \
    break
  switch (slot) {
    SLOT (0, engine_facts, &engine_facts);
    SLOT (1, image_pull, "a:1", NULL);
    SLOT (2, image_facts, "a:1", &image_facts);
    SLOT (3, image_history, "a:1", on_entry, &buf);
    SLOT (4, image_export, "a:1", on_bytes, &buf);
    SLOT (5, image_remove, "a:1");
    SLOT (6, network_create, "n", NULL, &id);
    SLOT (7, network_remove, "n");
    SLOT (8, container_create, &request, &id);
    SLOT (9, container_start, "c");
    SLOT (10, container_facts, "c", &container_facts);
    SLOT (11, container_wait, "c", &number);
    SLOT (12, container_signal, "c", "SIGTERM");
    SLOT (13, container_logs, "c", 1, on_output, &spoken);
    SLOT (14, container_exec, "c", argv, on_output, &spoken, &number);
    SLOT (15, container_processes, "c", on_process, &buf);
    SLOT (16, container_has_path, "c", "/x", &number);
    SLOT (17, container_copy, "c", "/x", on_bytes, &buf);
    SLOT (18, container_remove, "c");
    SLOT (19, volume_remove, "v");
    SLOT (20, list_objects, "k", "t", on_object, &buf);
    SLOT (21, container_changes, "c", on_change, &buf);
    SLOT (22, container_events, "c", 1, 2, on_event, &buf);
    SLOT (23, container_put, "c", "/", "tar", 3);
    SLOT (24, volume_create, "v", NULL, &id);
  }
  ck_assert_ptr_null (id);
  return r;
}
enum { SLOTS = 25, HAS_PATH = 16 };

START_TEST (trouble_of_the_engine_is_told_by_every_slot)
{
  static const struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 },
                                              { "", 500, "{\"message\": \"the disk\\u001b[31m is on fire\"}",
                                                FAKE_KEEP, 0, 0 } };
  const char *name = NULL;

  play (routes, COUNT (routes));
  ck_assert_int_eq (use_slot (_i, &name), -VPROD_ERROR_ENGINE);
  const char *message = vprod_error_get_message (err);
  ck_assert_msg (strstr (message, "the disk is on fire") != NULL, "%s: %s", name, message);
  ck_assert_msg (strstr (message, fake_engine_url (engine)) != NULL, "%s: %s", name, message);
  vprod_error_free (err);
  err = NULL;
  end ();
}
END_TEST

START_TEST (trouble_without_json_is_told_by_every_slot)
{
  static const struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 },
                                              { "", 502, "<html>Bad gateway</html>\n", FAKE_CLOSE, 0, 0 } };
  const char *name = NULL;

  play (routes, COUNT (routes));
  ck_assert_int_eq (use_slot (_i, &name), -VPROD_ERROR_ENGINE);
  const char *message = vprod_error_get_message (err);
  ck_assert_msg (strstr (message, "Bad gateway</html>") != NULL, "%s: %s", name, message);
  vprod_error_free (err);
  err = NULL;
  end ();
}
END_TEST

START_TEST (silence_ends_every_slot_at_its_deadline)
{
  static const struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 },
                                              { "", 0, "", FAKE_HOLD, 0, 0 } };
  const char *name = NULL;

  play (routes, COUNT (routes));
  call.deadline_ms = vprod__deadline (100);
  int r = use_slot (_i, &name);
  ck_assert_msg (r == -VPROD_ERROR_TIMEOUT, "%s gave %d", name, r);
  vprod_error_free (err);
  err = NULL;
  end ();
}
END_TEST

static const char *const odd_answers[] = { "{}", "[]", "null", "\"text\"", "{\"Id\": 5, \"State\": []}",
                                           "[{\"Id\": null, \"RepoTags\": {}, \"Labels\": [1]}, 7, null]", "{",
                                           "\xff\xfe", "" };

/* Whatever it makes of them: it comes back, and an error has its words. */
START_TEST (odd_json_is_survived_by_every_slot)
{
  struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 },
                                 { "", 200, odd_answers[_i], FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  for (int slot = 0; slot < SLOTS; slot++) {
    const char *name = NULL;
    if (slot == 14)
      call.deadline_ms = vprod__deadline (200); /* exec waits for an exit code that never comes */
    int r = use_slot (slot, &name);
    ck_assert_msg (r <= 0, "%s gave %d", name, r);
    if (r < 0)
      ck_assert_str_ne (vprod_error_get_message (err), "");
    vprod_error_free (err);
    err = NULL;
    call.deadline_ms = vprod__deadline (20000);
  }
  end ();
}
END_TEST

/* What is removed may be gone already; what is asked for may not. */
START_TEST (what_is_not_there_is_not_found_or_removed)
{
  static const int removing[] = { 5, 7, 18, 19 };
  static const int asking[] = { 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 23, 24 };
  static const struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 } };
  const char *name = NULL;

  play (routes, COUNT (routes));
  for (size_t i = 0; i < COUNT (removing); i++)
    assert_ok (use_slot (removing[i], &name), err);
  for (size_t i = 0; i < COUNT (asking); i++)
    assert_error (use_slot (asking[i], &name), err, VPROD_ERROR_NOT_FOUND, "page not found");
  end ();
}
END_TEST

/* ---- images ------------------------------------------------------------------------------------------------- */

START_TEST (reads_an_image)
{
  static const struct fake_route routes[] = {
    { "GET /v1.41/images/r.example/a:1/json", 200,
      "{\"Id\": \"sha256:0a\", \"Os\": \"linux\", \"Architecture\": \"arm\", \"Variant\": \"v7\", \"Size\": "
      "12345678901, \"Config\": {\"User\": \"1001:0\", \"WorkingDir\": \"/app\", \"StopSignal\": \"SIGINT\", "
      "\"Env\": [\"A=1\", \"B=\"], \"Entrypoint\": [\"/init\", \"--\"], \"Cmd\": [\"serve\"], \"Labels\": "
      "{\"k\": \"v=w\"}, \"ExposedPorts\": {\"8000/tcp\": {}}, \"Volumes\": {\"/data\": {}}, \"Healthcheck\": "
      "{\"Test\": [\"CMD\", \"/ok\"], \"Timeout\": 3000000000, \"StartPeriod\": 1500000}, \"Shell\": [\"/bin/bash\", "
      "\"-c\"]}}",
      FAKE_KEEP, 0, 0 },
    /* as API 1.52 and Podman have it: what is empty is left out, the id bare */
    { "GET /v1.41/images/empty/json", 200, "{\"Id\": \"0b\", \"Config\": {\"Cmd\": null}}", FAKE_KEEP, 0, 0 },
  };
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_facts (runner, &call, "r.example/a:1", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:0a");
  ck_assert_str_eq (facts.architecture, "arm");
  ck_assert_str_eq (facts.variant, "v7");
  ck_assert_str_eq (facts.user, "1001:0");
  ck_assert_str_eq (facts.working_dir, "/app");
  ck_assert_str_eq (facts.stop_signal, "SIGINT");
  ck_assert_str_eq (facts.env[1], "B=");
  ck_assert_str_eq (facts.entrypoint[1], "--");
  ck_assert_str_eq (facts.cmd[0], "serve");
  ck_assert_str_eq (facts.labels[0], "k=v=w");
  ck_assert_str_eq (facts.exposed_ports[0], "8000/tcp");
  ck_assert_str_eq (facts.volumes[0], "/data");
  ck_assert_str_eq (facts.healthcheck[1], "/ok");
  ck_assert_int_eq (facts.healthcheck_timeout_ms, 3000);
  ck_assert_int_eq (facts.healthcheck_start_period_ms, 1);
  ck_assert_str_eq (facts.shell[0], "/bin/bash");
  ck_assert_int_eq (facts.bytes, 12345678901);
  vprod__image_facts_clear (&facts);
  assert_ok (vprod__runner_image_facts (runner, &call, "empty", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:0b");
  ck_assert_ptr_null (facts.user);
  ck_assert_ptr_null (facts.cmd);
  ck_assert_ptr_null (facts.stop_signal);
  end ();
}
END_TEST

/* Podman's compatible API does not tell of HEALTHCHECK, and what has none has none. */
START_TEST (asks_podmans_own_api_for_healthcheck)
{
  static const struct fake_route routes[] = {
    { "GET /_ping", 0, PING ("Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n"), FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/localhost/a:1/json", 200, "{\"Id\": \"0a\", \"Config\": {}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/libpod/images/localhost/a:1/json", 200,
      "{\"Healthcheck\": {\"Test\": [\"CMD-SHELL\", \"ok\"], \"Timeout\": 3000000000}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/localhost/b:1/json", 200, "{\"Id\": \"0b\", \"Config\": {}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/libpod/images/localhost/b:1/json", 200, "{\"Id\": \"0b\"}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/localhost/c:1/json", 200, "{\"Id\": \"0c\", \"Config\": {}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/libpod/images/localhost/c:1/json", 500, "{\"message\": \"out of order\"}", FAKE_KEEP, 0, 0 },
  };
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_facts (runner, &call, "localhost/a:1", &facts, &err), err);
  ck_assert_str_eq (facts.healthcheck[1], "ok");
  ck_assert_int_eq (facts.healthcheck_timeout_ms, 3000);
  ck_assert_ptr_null (facts.shell);
  vprod__image_facts_clear (&facts);
  assert_ok (vprod__runner_image_facts (runner, &call, "localhost/b:1", &facts, &err), err);
  ck_assert_ptr_null (facts.healthcheck);
  vprod__image_facts_clear (&facts);
  assert_error (vprod__runner_image_facts (runner, &call, "localhost/c:1", &facts, &err), err, VPROD_ERROR_ENGINE,
                "out of order");
  end ();
}
END_TEST

#define OTHER_IS_GONE "{\"message\": \"reading image \\\"7fe3\\\": locating image with ID \\\"7fe3\\\": image not known\"}"

START_TEST (asks_again_where_another_image_went_meanwhile)
{
  static const struct fake_route routes[] = {
    { "GET /v1.41/images/a/json", 500, OTHER_IS_GONE, FAKE_KEEP, 2, 0 },
    { "GET /v1.41/images/a/json", 200, "{\"Id\": \"0b\"}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/b/json", 500, OTHER_IS_GONE, FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/c/json", 500, "{\"message\": \"disk on fire\"}", FAKE_KEEP, 0, 0 },
  };
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_facts (runner, &call, "a", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:0b");
  vprod__image_facts_clear (&facts);
  assert_error (vprod__runner_image_facts (runner, &call, "b", &facts, &err), err, VPROD_ERROR_ENGINE, "image not known");
  assert_error (vprod__runner_image_facts (runner, &call, "c", &facts, &err), err, VPROD_ERROR_ENGINE, "disk on fire");
  ck_assert_int_eq (fake_engine_count (engine, "GET /v1.41/images/c/json"), 1);
  end ();
}
END_TEST

START_TEST (reads_a_history)
{
  static const struct fake_route routes[] = { { "GET /v1.41/images/a/history", 200,
                                                "[{\"CreatedBy\": \"CMD [\\\"x\\\"]\", \"Comment\": "
                                                "\"buildkit\", \"Size\": 0}, {\"CreatedBy\": null, \"Size\": 7}]",
                                                FAKE_KEEP, 0, 0 } };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_history (runner, &call, "a", on_entry, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), "CMD [\"x\"]|buildkit|0;||7;");
  end ();
}
END_TEST

START_TEST (malformed_image_name_is_the_callers_fault)
{
  static const struct fake_route routes[] = { { "GET /v1.41/images", 500,
                                                "{\"message\": \"no such image: A B: invalid reference format: "
                                                "repository name must be lowercase\"}",
                                                FAKE_KEEP, 0, 0 } };
  vprod_image_facts facts;

  play (routes, COUNT (routes));
  assert_error (vprod__runner_image_facts (runner, &call, "A B", &facts, &err), err, VPROD_ERROR_INVALID, "A B");
  ck_assert_int_eq (fake_engine_count (engine, "GET /v1.41/images/A%20B/json HTTP/1.1"), 1);
  end ();
}
END_TEST

static const struct {
  const char *there;  /* ImageInspect's answer, NULL: 404 */
  int status;         /* ImageCreate's */
  const char *body;
  const char *platform;
  vprod_error_code code; /* 0: had */
  const char *says;
  int pulls;
} pulls[] = {
  { "{\"Id\": \"x\"}", 500, "", NULL, 0, NULL, 0 },
  { "{\"Id\": \"x\", \"Os\": \"linux\", \"Architecture\": \"arm64\", \"Variant\": \"v8\"}", 500, "", "linux/arm64", 0, NULL, 0 },
  { "{\"Id\": \"x\", \"Os\": \"linux\", \"Architecture\": \"arm64\", \"Variant\": \"v8\"}", 500, "", "linux/arm64/v8", 0, NULL,
    0 },
  { "{\"Id\": \"x\", \"Os\": \"linux\", \"Architecture\": \"arm\", \"Variant\": \"v6\"}", 200, "{}", "linux/arm/v7", 0, NULL, 1 },
  { "{\"Id\": \"x\", \"Os\": \"linux\", \"Architecture\": \"arm\"}", 200, "{}", "linux/arm64", 0, NULL, 1 },
  { NULL, 200, "{\"status\":\"Pulling\"}\r\n{\"status\":\"Done\"}\r\n", NULL, 0, NULL, 1 },
  { NULL, 200,
    "{\"status\":\"Pulling\"}\n{\"errorDetail\":{\"message\":\"toomanyrequests: slow "
    "down\"},\"error\":\"toomanyrequests\"}\n",
    NULL, VPROD_ERROR_REGISTRY, "r.example/a:1 is not on the engine", 1 },
  { NULL, 200, "{\"error\":\"unauthorized\"}", NULL, VPROD_ERROR_REGISTRY, "unauthorized",
    1 }, /* without newline */
  { NULL, 404, "{\"message\":\"pull access denied for a, repository does not exist\"}", NULL, VPROD_ERROR_REGISTRY,
    "registry r.example: pull access denied", 1 },
  { NULL, 500, "{\"message\":\"Get \\\"https://r.example/v2/\\\": dial tcp: no such host\"}", NULL,
    VPROD_ERROR_REGISTRY, "no such host", 1 },
  { NULL, 200, "{\"error\":\"write /var/lib/x: no space left on device\"}\n", NULL, VPROD_ERROR_ENGINE,
    "no space left", 1 },
  { NULL, 200, "not json\n\n{\"error\":\"late\"}\n", NULL, VPROD_ERROR_REGISTRY, "late", 1 },
};

START_TEST (gets_an_image_that_is_not_there)
{
  struct fake_route routes[] = { { "GET /v1.41/images/r.example/a:1/json", pulls[_i].there ? 200 : 404,
                                   pulls[_i].there ? pulls[_i].there : "{\"message\": \"No such image\"}",
                                   FAKE_KEEP, 0, 0 },
                                 { "POST /v1.41/images/create?fromImage=r.example%2Fa&tag=1", pulls[_i].status,
                                   pulls[_i].body, FAKE_DRIP, 0, 0 } };

  play (routes, COUNT (routes));
  int r = vprod__runner_image_pull (runner, &call, "r.example/a:1", pulls[_i].platform, &err);
  ck_assert_int_eq (fake_engine_count (engine, "POST"), pulls[_i].pulls);
  if (pulls[_i].code)
    assert_error (r, err, pulls[_i].code, pulls[_i].says);
  else
    assert_ok (r, err);
  end ();
}
END_TEST

static void add_progress (void *data, const vprod_pull_progress *progress)
{
  struct vprod__buf *text = data;

  ck_assert_int_eq (vprod__buf_addf (text, "%zu/%zu %lld/%lld;", progress->layers_done, progress->layers,
                                     (long long) progress->bytes, (long long) progress->bytes_total), 0);
}

START_TEST (a_pull_tells_how_far_it_is)
{
  static const struct fake_route routes[] = {
    { "POST /v1.41/images/create", 200,
      "{\"status\":\"Pulling from a\",\"id\":\"1\"}\n{\"status\":\"Already exists\",\"id\":\"a\"}\n"
      "{\"status\":\"Downloading\",\"id\":\"b\",\"progressDetail\":{\"current\":10,\"total\":30}}\n"
      "{\"status\":\"Verifying Checksum\",\"id\":\"b\"}\n{\"status\":\"Pull complete\",\"id\":\"b\"}\n",
      FAKE_DRIP, 0, 0 } };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_pull_shown (runner, &call, "a:1", NULL, add_progress, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), "1/1 0/0;1/2 10/30;2/2 30/30;");
  end ();
}
END_TEST

START_TEST (credentials_go_with_a_pull)
{
  static const struct fake_route routes[] = { { "POST /v1.41/images/create", 404, "{\"message\":\"denied\"}",
                                                FAKE_KEEP, 0, 0 } };
  char *dir = unit_temp_dir ();

  unit_write_file (dir, "config.json", "{\"auths\": {\"r.example\": {\"auth\": \"bWU6c2VjcmV0\"}},"
                                       " \"credHelpers\": {\"other.example\": \"vault\"}}");
  setenv ("DOCKER_CONFIG", dir, 1);
  play (routes, COUNT (routes));
  assert_error (vprod__runner_image_pull (runner, &call, "r.example/a", NULL, &err), err, VPROD_ERROR_REGISTRY,
                "denied");
  _cleanup_free_ char *request = fake_engine_last (engine, "POST");
  ck_assert_ptr_nonnull (strstr (request, "\r\nX-Registry-Auth: ey"));
  ck_assert_ptr_nonnull (strstr (request, "fromImage=r.example%2Fa&tag=latest "));
  assert_error (vprod__runner_image_pull (runner, &call, "other.example/a", NULL, &err), err, VPROD_ERROR_REGISTRY,
                "\"vault\" is not asked here");
  _cleanup_free_ char *second = fake_engine_last (engine, "POST");
  ck_assert_ptr_null (strstr (second, "X-Registry-Auth"));
  end ();
  unsetenv ("DOCKER_CONFIG");
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

/* ---- containers --------------------------------------------------------------------------------------------- */

START_TEST (asks_for_a_container_as_requested)
{
  static const struct fake_route routes[] = { { "POST /v1.41/containers/create", 201, "{\"Id\": \"c1\"}",
                                                FAKE_KEEP, 0, 0 } };
  static const char *const env[] = { "A=1=2", NULL }, *const labels[] = { "k=v", "bare", NULL },
                    *const aliases[] = { "db", NULL }, *const command[] = { "serve", "a b", NULL };
  vprod_container_request request = { .size = sizeof request,
                                      .image = "a:1",
                                      .name = "n&m",
                                      .platform = "linux/amd64",
                                      .env = env,
                                      .command = command,
                                      .labels = labels,
                                      .network = "net",
                                      .aliases = aliases,
                                      .port = 8000 };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_create (runner, &call, &request, &id, &err), err);
  ck_assert_str_eq (id, "c1");
  ck_assert_int_eq (fake_engine_count (engine, "POST /v1.41/containers/create?platform=linux%2Famd64&name=n%26m "),
                    1);
  _cleanup_json_ json_t *json = sent ("POST");
  _cleanup_json_ json_t *wanted = json_loads (
      "{\"HostConfig\": {\"NetworkMode\": \"net\", \"PortBindings\": {\"8000/tcp\": [{\"HostIp\": \"127.0.0.1\", "
      "\"HostPort\": \"\"}]}}, \"Image\": \"a:1\", \"Labels\": {\"k\": \"v\", \"bare\": \"\"}, \"Env\": "
      "[\"A=1=2\"], \"Cmd\": [\"serve\", \"a b\"], \"NetworkingConfig\": {\"EndpointsConfig\": {\"net\": "
      "{\"Aliases\": [\"db\"]}}}, \"ExposedPorts\": {\"8000/tcp\": {}}}",
      0, NULL);
  ck_assert_ptr_nonnull (wanted);
  ck_assert_msg (json_equal (json, wanted), "sent %s", json_dumps (json, 0));
  free (id);
  end ();
}
END_TEST

/* What a container is given beside what its image says. */
START_TEST (asks_for_settings_as_requested)
{
  struct fake_route routes[] = {
    { "GET /_ping", 0, _i ? PING ("Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n") : PING ("Api-Version: 1.41\r\n"),
      FAKE_KEEP, 0, 0 },
    { "POST /v1.41/containers/create", 201, "{\"Id\": \"c1\", \"Warnings\": [\"Memory limited without swap.\"]}",
      FAKE_KEEP, 0, 0 },
  };
  static const char *const tmpfs[] = { "/tmp", "/run:size=1m", NULL }, *const volumes[] = { "/data", NULL },
                    *const all[] = { "ALL", NULL }, *const add[] = { "NET_BIND_SERVICE", NULL },
                    *const hosts[] = { "a.b:172.30.0.2", NULL }, *const mounts[] = { "/v/_data/0:/run/secrets/a:b", "vol:/f", "/v/_data/1/:/var/tmp", NULL },
                    *const sysctls[] = { "net.ipv4.ip_unprivileged_port_start=1024", NULL };
  vprod_container_request request = { .size = sizeof request, .image = "a:1", .user = "1001:0", .read_only = 1,
                                      .tmpfs = tmpfs, .volumes = volumes, .cap_drop = all, .cap_add = add,
                                      .no_new_privileges = 1, .memory = 536870912, .pids = 256, .extra_hosts = hosts,
                                      .mounts = mounts, .no_healthcheck = 1, .sysctls = sysctls };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_create (runner, &call, &request, &id, &err), err);
  _cleanup_json_ json_t *json = sent ("POST");
  _cleanup_json_ json_t *wanted = json_loads (
      _i ? "{\"/tmp\": \"notmpcopyup\", \"/run\": \"size=1m,notmpcopyup\"}" : "{\"/tmp\": \"\", \"/run\": \"size=1m\"}", 0,
      NULL);
  ck_assert_msg (json_equal (vprod__json_at (json, "HostConfig.Tmpfs"), wanted), "sent %s", json_dumps (json, 0));
  json_object_del (vprod__json_at (json, "HostConfig"), "Tmpfs");
  _cleanup_json_ json_t *rest = json_loads (
      "{\"Image\": \"a:1\", \"Labels\": {}, \"User\": \"1001:0\", \"Volumes\": {\"/data\": {}}, \"Healthcheck\": "
      "{\"Test\": [\"NONE\"]}, \"HostConfig\": {\"Sysctls\": {\"net.ipv4.ip_unprivileged_port_start\": \"1024\"}, \"ReadonlyRootfs\": true, \"CapDrop\": [\"ALL\"], \"CapAdd\": [\"NET_BIND_SERVICE\"], \"SecurityOpt\": "
      "[\"no-new-privileges\"], \"Memory\": 536870912, \"MemorySwap\": 536870912, \"PidsLimit\": 256, \"ExtraHosts\": "
      "[\"a.b:172.30.0.2\"], \"Mounts\": [{\"Type\": \"bind\", \"Source\": \"/v/_data/0\", \"Target\": "
      "\"/run/secrets/a:b\", \"ReadOnly\": true}, {\"Type\": \"volume\", \"Source\": \"vol\", \"Target\": \"/f\", \"ReadOnly\": "
      "false}, {\"Type\": \"bind\", \"Source\": \"/v/_data/1/\", \"Target\": \"/var/tmp\", \"ReadOnly\": false}]}}",
      0, NULL);
  ck_assert_ptr_nonnull (rest);
  if (_i) { /* Podman would copy into a volume what the image has there */
    _cleanup_json_ json_t *binds = json_loads ("[\"vol:/f:nocopy\"]", 0, NULL);
    ck_assert_msg (json_equal (vprod__json_at (json, "HostConfig.Binds"), binds), "sent %s", json_dumps (json, 0));
    json_object_del (vprod__json_at (json, "HostConfig"), "Binds");
    json_array_remove (vprod__json_at (rest, "HostConfig.Mounts"), 1);
  }
  ck_assert_msg (json_equal (json, rest), "sent %s", json_dumps (json, 0));
  free (id);
  end ();
}
END_TEST

START_TEST (limit_that_the_engine_leaves_out_is_refused)
{
  static const struct fake_route routes[] = {
    { "POST /v1.41/containers/create", 201,
      "{\"Id\": \"c1\", \"Warnings\": [\"x\", \"Your kernel does not support memory limit capabilities or the cgroup is "
      "not mounted. Limitation discarded.\"]}", FAKE_KEEP, 0, 0 },
    { "DELETE /v1.41/containers/c1?force=1&v=1", 204, "", FAKE_KEEP, 0, 0 },
  };
  vprod_container_request request = { .size = sizeof request, .image = "a:1", .memory = 536870912 };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_error (vprod__runner_container_create (runner, &call, &request, &id, &err), err, VPROD_ERROR_UNSUPPORTED,
                "Limitation discarded");
  ck_assert_ptr_null (id);
  ck_assert_int_eq (fake_engine_count (engine, "DELETE /v1.41/containers/c1"), 1);
  end ();
}
END_TEST

/* One that was compiled with an older header ends before them. */
START_TEST (shorter_request_has_no_settings)
{
  static const struct fake_route routes[] = { { "POST /v1.41/containers/create ", 201, "{\"Id\": \"c1\"}",
                                                FAKE_KEEP, 0, 0 } };
  vprod_container_request request = { .size = offsetof (vprod_container_request, user), .image = "a:1", .user = "1",
                                      .read_only = 1, .pids = 5 };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_create (runner, &call, &request, &id, &err), err);
  _cleanup_json_ json_t *json = sent ("POST");
  _cleanup_json_ json_t *wanted = json_loads ("{\"HostConfig\": {}, \"Image\": \"a:1\", \"Labels\": {}}", 0, NULL);
  ck_assert_msg (json_equal (json, wanted), "sent %s", json_dumps (json, 0));
  free (id);
  end ();
}
END_TEST

START_TEST (puts_an_archive_as_it_is)
{
  static const struct fake_route routes[] = { { "PUT /v1.41/containers/c/archive?path=%2Fa%20b&copyUIDGID=false ", 200, "", FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_put (runner, &call, "c", "/a b", "ta\0r", 4, &err), err);
  char *request = fake_engine_last (engine, "PUT");
  const char *body = strstr (request, "\r\n\r\n");
  ck_assert_ptr_nonnull (strstr (request, "Content-Type: application/x-tar\r\n"));
  ck_assert_ptr_nonnull (strstr (request, "Content-Length: 4\r\n"));
  ck_assert_ptr_nonnull (body);
  ck_assert_int_eq (memcmp (body + 4, "ta", 3), 0); /* as far as it is kept */
  free (request);
  end ();
}
END_TEST

START_TEST (bare_request_leaves_all_to_image_and_engine)
{
  static const struct fake_route routes[] = { { "POST /v1.41/containers/create ", 201, "{\"Id\": \"c1\"}",
                                                FAKE_KEEP, 0, 0 } };
  vprod_container_request request = { .size = sizeof request, .image = "a:1" };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_create (runner, &call, &request, &id, &err), err);
  _cleanup_json_ json_t *json = sent ("POST");
  _cleanup_json_ json_t *wanted = json_loads ("{\"HostConfig\": {}, \"Image\": \"a:1\", \"Labels\": {}}", 0, NULL);
  ck_assert_msg (json_equal (json, wanted), "sent %s", json_dumps (json, 0));
  free (id);
  end ();
}
END_TEST

START_TEST (value_that_is_not_utf8_is_refused)
{
  static const char *const env[] = { "A=\xff", NULL };
  vprod_container_request request = { .size = sizeof request, .image = "a:1", .env = env };
  char *id = NULL;

  play (NULL, 0);
  assert_error (vprod__runner_container_create (runner, &call, &request, &id, &err), err, VPROD_ERROR_INVALID,
                "UTF-8");
  end ();
}
END_TEST

static const struct {
  int status;
  const char *body;
  int code; /* 0: started */
  const char *says;
} starts[] = {
  { 204, "", 0, NULL },
  { 304, "", 0, NULL },
  { 400, "{\"message\": \"x: unable to start container process: exec: \\\"/nope\\\": stat /nope: no such file or "
         "directory: unknown\"}", VPROD_ERROR_IMAGE, "exec: \"/nope\"" },
  { 500, "{\"message\": \"unable to find user nosuch: no matching entries in passwd file\"}", VPROD_ERROR_IMAGE,
    "unable to find user nosuch" },
  { 500, "{\"message\": \"listen tcp4 127.0.0.1:1: bind: address already in use\"}", VPROD_ERROR_ENGINE,
    "starting the container c: the engine at unix://" },
  { 404, "{\"message\": \"No such container: c\"}", VPROD_ERROR_NOT_FOUND, "No such container" },
};

START_TEST (start_tells_a_bad_image_from_an_engine_in_trouble)
{
  struct fake_route routes[] = { { "POST /v1.41/containers/c/start", starts[_i].status, starts[_i].body, FAKE_KEEP,
                                   0, 0 },
                                 { "GET /v1.41/containers/c/json", 200,
                                   "{\"Id\": \"c\", \"State\": {\"Status\": \"exited\"}}", FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  int r = vprod__runner_container_start (runner, &call, "c", &err);
  if (starts[_i].code)
    assert_error (r, err, (vprod_error_code) starts[_i].code, starts[_i].says);
  else
    assert_ok (r, err);
  end ();
}
END_TEST

START_TEST (reads_a_container)
{
  static const struct fake_route routes[] = {
    { "GET /v1.41/containers/up/json", 200,
      "{\"Id\": \"c1\", \"Image\": \"0a\", \"RestartCount\": 2, \"State\": {\"Status\": \"running\", "
      "\"Running\": true, \"ExitCode\": 0, \"OOMKilled\": false, \"Error\": \"\", \"Pid\": 4242}, "
      "\"HostConfig\": {\"NetworkMode\": \"second\"}, \"NetworkSettings\": {\"Networks\": {\"first\": "
      "{\"IPAddress\": \"10.0.0.1\"}, \"second\": {\"IPAddress\": \"10.0.0.2\"}}, \"Ports\": {\"9/udp\": null, "
      "\"8000/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\": \"49153\"}], \"8443/tcp\": null, "
      "\"9000/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\": \"49154\"}, "
      "{\"HostIp\": \"::1\", \"HostPort\": \"49155\"}]}}}",
      FAKE_KEEP, 0, 0 },
    { "GET /v1.41/containers/down/json", 200,
      "{\"Id\": \"c2\", \"State\": {\"Status\": \"exited\", \"Running\": false, \"ExitCode\": 137, "
      "\"OOMKilled\": true, \"Error\": \"oops\"}, \"HostConfig\": {\"NetworkMode\": \"net-id\"}, "
      "\"NetworkSettings\": {\"Networks\": {\"n\": {\"IPAddress\": \"\"}}, \"Ports\": {}}}",
      FAKE_KEEP, 0, 0 },
  };
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_facts (runner, &call, "up", &facts, &err), err);
  ck_assert_str_eq (facts.id, "c1");
  ck_assert_str_eq (facts.image_id, "sha256:0a");
  ck_assert_str_eq (facts.status, "running");
  ck_assert_str_eq (facts.ip_address, "10.0.0.2");
  ck_assert_ptr_null (facts.error);
  ck_assert_int_eq (facts.running, 1);
  ck_assert_int_eq (facts.restart_count, 2);
  ck_assert_int_eq (facts.host_port, 49153);
  ck_assert_str_eq (facts.published[0], "8000/tcp=49153");
  ck_assert_str_eq (facts.published[1], "9000/tcp=49154");
  ck_assert_ptr_null (facts.published[2]);
  ck_assert_int_eq (facts.pid, 4242);
  vprod__container_facts_clear (&facts);
  assert_ok (vprod__runner_container_facts (runner, &call, "down", &facts, &err), err);
  ck_assert_int_eq (facts.running, 0);
  ck_assert_int_eq (facts.exit_code, 137);
  ck_assert_int_eq (facts.oom_killed, 1);
  ck_assert_str_eq (facts.error, "oops");
  ck_assert_ptr_null (facts.ip_address);
  ck_assert_int_eq (facts.host_port, 0);
  end ();
}
END_TEST

static const struct {
  const char *body;
  int code; /* of the error; 0: exit_code */
  int exit_code;
} waits[] = {
  { "{\"StatusCode\": 143, \"Error\": null}", 0, 143 },
  { "{\"StatusCode\": 0}", 0, 0 },
  { "{\"StatusCode\": 0, \"Error\": {\"Message\": \"container vanished\"}}", VPROD_ERROR_ENGINE, 0 },
  { "{\"Error\": null}", VPROD_ERROR_ENGINE, 0 },
};

START_TEST (waits_for_the_exit_code)
{
  struct fake_route routes[] = { { "POST /v1.41/containers/c/wait?condition=not-running", 200, waits[_i].body,
                                   FAKE_DRIP, 0, 0 } };
  int exit_code = -1;

  play (routes, COUNT (routes));
  int r = vprod__runner_container_wait (runner, &call, "c", &exit_code, &err);
  if (waits[_i].code)
    assert_error (r, err, (vprod_error_code) waits[_i].code, "waiting for the container c to end");
  else {
    assert_ok (r, err);
    ck_assert_int_eq (exit_code, waits[_i].exit_code);
  }
  end ();
}
END_TEST

static const struct {
  int status;
  const char *message;
} not_running[] = {
  { 409, "{\"message\": \"Cannot kill container: c: Container c is not running\"}" },
  { 500, "{\"cause\": \"container state improper\", \"message\": \"can only kill running containers. c is in "
         "state "
         "exited: container state improper\", \"response\": 500}" }, /* Podman */
};

START_TEST (signal_to_one_that_ended_is_not_found)
{
  struct fake_route routes[] = { { "POST /v1.41/containers/c/kill?signal=SIGRTMIN%2B3", not_running[_i].status,
                                   not_running[_i].message, FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  assert_error (vprod__runner_container_signal (runner, &call, "c", "SIGRTMIN+3", &err), err,
                VPROD_ERROR_NOT_FOUND, "SIGRTMIN+3");
  end ();
}
END_TEST

#define INSPECT(tty)                                                  \
  { "GET /v1.41/containers/c/json",                                   \
    200,                                                              \
    "{\"Id\": \"c\", \"State\": {}, \"Config\": {\"Tty\": " tty "}}", \
    FAKE_KEEP,                                                        \
    0,                                                                \
    0 }
static const struct {
  const char *name;
  struct fake_route routes[2];
  int code;
  const char *text;
} logs[] = {
  { "frames",
    { INSPECT ("false"),
      { "GET /v1.41/containers/c/logs?stdout=1&stderr=1&follow=1", 200, "\1\0\0\0\0\0\0\2hi\2\0\0\0\0\0\0\2oh",
        FAKE_DRIP, 0, 20 } },
    0,
    "1hi2oh" },
  { "terminal",
    { INSPECT ("true"), { "GET /v1.41/containers/c/logs", 200, "plain", FAKE_KEEP, 0, 0 } },
    0,
    "1plain" },
  { "nothing", { INSPECT ("false"), { "GET /v1.41/containers/c/logs", 200, "", FAKE_KEEP, 0, 0 } }, 0, "" },
  { "cut frame",
    { INSPECT ("false"), { "GET /v1.41/containers/c/logs", 200, "\1\0\0\0\0\0\0\5hi", FAKE_KEEP, 0, 10 } },
    VPROD_ERROR_ENGINE,
    "broke the output off" },
  { "no frames",
    { INSPECT ("false"), { "GET /v1.41/containers/c/logs", 200, "hello, world", FAKE_KEEP, 0, 0 } },
    VPROD_ERROR_ENGINE,
    "not in frames" },
  { "engine's words",
    { INSPECT ("false"), { "GET /v1.41/containers/c/logs", 200, "\3\0\0\0\0\0\0\4oops", FAKE_KEEP, 0, 12 } },
    VPROD_ERROR_ENGINE,
    "oops" },
};

START_TEST (reads_output)
{
  _cleanup_ (spoken_end) struct spoken spoken = { .stream = 0 };

  play (logs[_i].routes, 2);
  int r = vprod__runner_container_logs (runner, &call, "c", 1, on_output, &spoken, &err);
  if (logs[_i].code)
    assert_error (r, err, (vprod_error_code) logs[_i].code, logs[_i].text);
  else {
    assert_ok (r, err);
    ck_assert_str_eq (vprod__buf_string (&spoken.text), logs[_i].text);
  }
  end ();
}
END_TEST

static int wants_no_more (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  ++*(int *) data;
  return 1;
}

START_TEST (following_ends_when_no_more_is_wanted)
{
  static const struct fake_route routes[] = {
    INSPECT ("false"),
    { "GET /v1.41/containers/c/logs", 0, "HTTP/1.1 200 OK\r\n\r\n\1\0\0\0\0\0\0\1x", FAKE_HOLD, 0, 28 } };
  int calls = 0;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_logs (runner, &call, "c", 1, wants_no_more, &calls, &err), err);
  ck_assert_int_eq (calls, 1);
  end ();
}
END_TEST

#define OCI                                                                                                   \
  "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nope\": executable file " \
  "not found in $PATH: unknown\r\n"
static const struct {
  const char *words;  /* what the program, or the engine, writes */
  vprod_stream stream;
  int exit_code;
  int code;
} execs[] = {
  { "hello\n", VPROD_STREAM_STDOUT, 0, 0 },
  { "", VPROD_STREAM_STDOUT, 3, 0 },
  { "oops", VPROD_STREAM_STDERR, 127, 0 }, /* a shell's, not the engine's */
  { OCI, VPROD_STREAM_STDOUT, 127, VPROD_ERROR_IMAGE },
  { OCI, VPROD_STREAM_STDOUT, 126, VPROD_ERROR_IMAGE },
  { OCI, VPROD_STREAM_STDOUT, 0, 0 }, /* a program that prints such words */
  { "OCI runtime exec failed", VPROD_STREAM_STDOUT, 1, 0 },
  { "OCI", VPROD_STREAM_STDOUT, 127, 0 },
  { "Error: runc: exec failed: unable to start container process: exec: \"nope\": executable file not found in "
    "$PATH: OCI runtime attempted to invoke a command that was not found\n",
    VPROD_STREAM_STDERR, 127, VPROD_ERROR_IMAGE },
  { "exec /app/x: exec format error\n", VPROD_STREAM_STDERR, 255, VPROD_ERROR_IMAGE },
  { "exec /app/x: no such file or directory\n", VPROD_STREAM_STDERR, 1, VPROD_ERROR_IMAGE },
  { "exec /app/x: no such file or directory\n", VPROD_STREAM_STDERR, 0, 0 },
  { "exec /app/x: all is well\n", VPROD_STREAM_STDERR, 1, 0 },
  { "exec /app/x: no such file or directory\nand more\n", VPROD_STREAM_STDERR, 1, 0 },
};

START_TEST (exec_gives_output_and_exit_code)
{
  static const char *const argv[] = { "prog", "a b", NULL };
  char body[512], inspect[64];
  size_t length = strlen (execs[_i].words);
  _cleanup_ (spoken_end) struct spoken spoken = { .stream = 0 };
  int exit_code = -1;

  memcpy (body, (const char[]) { (char) execs[_i].stream, 0, 0, 0, 0, 0, 0, (char) length }, 8);
  memcpy (body + 8, execs[_i].words, length);
  snprintf (inspect, sizeof inspect, "{\"Running\": false, \"ExitCode\": %d}", execs[_i].exit_code);
  struct fake_route routes[] = { { "POST /v1.41/containers/c/exec", 201, "{\"Id\": \"e1\"}", FAKE_KEEP, 0, 0 },
                                 { "POST /v1.41/exec/e1/start", 200, body, FAKE_DRIP, 0, length + 8 },
                                 { "GET /v1.41/exec/e1/json", 200, "{\"Running\": true, \"ExitCode\": null}",
                                   FAKE_KEEP, 2, 0 }, /* a little late */
                                 { "GET /v1.41/exec/e1/json", 200, inspect, FAKE_KEEP, 0, 0 } };
  play (routes, COUNT (routes));
  int r = vprod__runner_container_exec (runner, &call, "c", argv, on_output, &spoken, &exit_code, &err);
  if (execs[_i].code) {
    ck_assert_uint_eq (spoken.text.length, 0); /* the engine's words are not output */
    assert_error (r, err, (vprod_error_code) execs[_i].code, "running prog in the container c: exec");
  } else {
    assert_ok (r, err);
    ck_assert_int_eq (exit_code, execs[_i].exit_code);
    const char *text = vprod__buf_string (&spoken.text);
    if (length > 0)
      ck_assert_int_eq (*text++, '0' + (int) execs[_i].stream);
    ck_assert_str_eq (text, execs[_i].words);
  }
  _cleanup_json_ json_t *json = sent ("POST /v1.41/containers/c/exec");
  ck_assert_str_eq (json_string_value (json_array_get (json_object_get (json, "Cmd"), 1)), "a b");
  end ();
}
END_TEST

#define TOP(args) "GET /v1.41/containers/c/top?stream=false&ps_args=" args
static const struct {
  const char *name;
  struct fake_route routes[3];
  const char *processes;
} tops[] = {
  { "procps",
    { { TOP ("-eo%20pid%2Cppid%2Ceuid%2Cargs"), 200,
        "{\"Titles\": [\"PID\", \"PPID\", \"EUID\", \"COMMAND\"], \"Processes\": [[\"7\", \"1\", \"1001\", \"a "
        "b\"], [\"8\", \"7\", \"0\", \"c\"]]}",
        FAKE_KEEP, 0, 0 } },
    "7,1,1001,1001,a b;8,7,0,0,c;" },
  { "busybox",
    { { TOP ("-eo"), 500, "{\"message\": \"ps: bad -o argument 'euid'\"}", FAKE_KEEP, 0, 0 },
      { TOP ("-o%20pid"), 200,
        "{\"Titles\": [\"PID\", \"PPID\", \"USER\", \"COMMAND\"], \"Processes\": [[\"7\", \"1\", \"root\", "
        "\"a\"], [\"8\", \"7\", \"70\", \"b\"], [\"9\", \"7\", \"www\", \"c\"]]}",
        FAKE_KEEP, 0, 0 } },
    "7,1,0,root,a;8,7,70,70,b;9,7,-1,www,c;" },
  { "only -ef",
    { { TOP ("-eo"), 500, "{}", FAKE_KEEP, 0, 0 },
      { TOP ("-o"), 500, "{}", FAKE_KEEP, 0, 0 },
      { TOP ("-ef"), 200,
        "{\"Titles\": [\"UID\", \"PID\", \"PPID\", \"C\", \"CMD\"], \"Processes\": [[\"0x0\", \"7\", \"1\", "
        "\"0\", \"a\"]]}",
        FAKE_KEEP, 0, 0 } },
    "7,1,-1,0x0,a;" },
  { "odd cells",
    { { TOP (""), 200, "{\"Titles\": [\"PID\", \"EUID\"], \"Processes\": [[7, null], [], 5]}", FAKE_KEEP, 0, 0 } },
    "0,0,-1,,;0,0,-1,,;0,0,-1,,;" },
};

START_TEST (lists_processes_with_whatever_ps_there_is)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  size_t count = 0;

  while (count < 3 && tops[_i].routes[count].request)
    count++;
  play (tops[_i].routes, count);
  assert_ok (vprod__runner_container_processes (runner, &call, "c", on_process, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), tops[_i].processes);
  end ();
}
END_TEST

static const struct {
  const char *info;
  const char *body;
  const char *processes; /* NULL: not running */
} podman_tops[] = {
  { "{}",
    "{\"Titles\": [\"PID\", \"HPID\", \"PPID\", \"USER\", \"HUSER\", \"COMMAND\"], \"Processes\": [[\"1\", "
    "\"700\", \"0\", \"app\", \"1001\", \"a\"], [\"9\", \"701\", \"1\", \"toor\", \"root\", \"b\"], [\"10\", "
    "\"702\", \"9\", \"70\", \"postgres\", \"c\"], [\"11\", \"703\", \"9\", \"x\", \"-nobody-here\", \"d\"]]}",
    "700,0,1001,app,a;701,700,0,toor,b;702,701,70,70,c;703,701,-1,x,d;" },
  /* one that has ended and nobody has collected is no process that runs */
  { "{}",
    "{\"Titles\": [\"PID\", \"HPID\", \"PPID\", \"USER\", \"HUSER\", \"STATE\", \"COMMAND\"], \"Processes\": [[\"1\", "
    "\"700\", \"0\", \"70\", \"70\", \"S\", \"a\"], [\"2\", \"?\", \"1\", \"0\", \"?\", \"Z\", \"[sleep]\"]]}",
    "700,0,70,70,a;" },
  { "{\"SecurityOptions\": [\"name=rootless\"]}",
    "{\"Titles\": [\"PID\", \"HPID\", \"PPID\", \"USER\", \"HUSER\", \"COMMAND\"], \"Processes\": [[\"1\", "
    "\"700\", \"0\", \"root\", \"1000\", \"a\"], [\"2\", \"701\", \"1\", \"toor\", \"1000\", \"b\"]]}",
    "700,0,0,root,a;701,700,-1,toor,b;" },
  { "{}", "", NULL },
};

START_TEST (podman_names_processes_by_its_own_columns)
{
  struct fake_route routes[] = {
    { "GET /_ping", 0, PING ("Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n"), FAKE_KEEP, 0, 0 },
    { "GET /v1.41/info", 200, podman_tops[_i].info, FAKE_KEEP, 0, 0 },
    { TOP ("pid%2Chpid"), 200, podman_tops[_i].body, FAKE_KEEP, 0, 0 },
    INSPECT ("false") };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  int r = vprod__runner_container_processes (runner, &call, "c", on_process, &text, &err);
  if (podman_tops[_i].processes) {
    assert_ok (r, err);
    ck_assert_str_eq (vprod__buf_string (&text), podman_tops[_i].processes);
  } else
    assert_error (r, err, VPROD_ERROR_NOT_FOUND, "not running");
  end ();
}
END_TEST

START_TEST (uid_of_a_process_is_read_where_it_surely_is_the_containers)
{
  char *proc = unit_temp_dir ();

  unit_write_file (proc, "7/cgroup", "9:pids:/libpod_parent/libpod-0a1b\n");
  unit_write_file (proc, "7/status", "Name:\tUid: 5\nState:\tS\nUid:\t1\t65534\t1\t1\n");
  unit_write_file (proc, "8/cgroup", "9:pids:/libpod_parent/libpod-0a1b\n");
  unit_write_file (proc, "8/status", "Name:\tx\n");
  ck_assert_int_eq (vprod__proc_euid (proc, 7, "0a1b"), 65534);
  ck_assert_int_eq (vprod__proc_euid (proc, 7, "0a1c"), -1); /* another's */
  ck_assert_int_eq (vprod__proc_euid (proc, 8, "0a1b"), -1);
  ck_assert_int_eq (vprod__proc_euid (proc, 9, "0a1b"), -1);
  unit_remove_tree (proc);
  free (proc);
}
END_TEST

START_TEST (podman_is_asked_for_the_name_that_it_gave_a_build)
{
  static const struct fake_route routes[] = {
    { "GET /_ping", 0, PING ("Api-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n"), FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/localhost/mine:1/json", 200, "{\"Id\": \"0a\"}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/mine:1/json", 500, "{}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/theirs:1/json", 200, "{\"Id\": \"0b\"}", FAKE_KEEP, 0, 0 } };
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_image_facts (runner, &call, "mine:1", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:0a");
  vprod__image_facts_clear (&facts);
  assert_ok (vprod__runner_image_facts (runner, &call, "theirs:1", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:0b");
  end ();
}
END_TEST

START_TEST (engine_without_ps_cannot_list_processes)
{
  static const struct fake_route routes[] = { { TOP (""), 500,
                                                "{\"message\": \"ps: exec: \\\"ps\\\": executable file not found "
                                                "in $PATH\"}",
                                                FAKE_KEEP, 0, 0 } };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  assert_error (vprod__runner_container_processes (runner, &call, "c", on_process, &text, &err), err,
                VPROD_ERROR_UNSUPPORTED, "procps");
  end ();
}
END_TEST

static const struct {
  const char *name;
  struct fake_route routes[3];
  int there; /* -1: NOT_FOUND, -2: ENGINE */
} paths[] = {
  { "there", { { "HEAD /v1.41/containers/c/archive?path=%2Fa%20b", 200, "", FAKE_KEEP, 0, 0 } }, 1 },
  { "not there", { { "HEAD", 404, "", FAKE_KEEP, 0, 0 }, INSPECT ("false") }, 0 },
  { "no container", { { "HEAD", 404, "", FAKE_KEEP, 0, 0 } }, -1 },
  { "below a file",
    { { "HEAD", 500, "", FAKE_KEEP, 0, 0 },
      { "GET /v1.41/containers/c/archive", 500, "{\"message\": \"lstat /x: not a directory\"}", FAKE_KEEP, 0,
        0 } },
    0 },
  { "link that leads nowhere, on Podman",
    { { "HEAD", 0, "HTTP/1.1 404 Not Found\r\nX-Docker-Container-Path-Stat: e30=\r\nContent-Length: 9\r\n\r\n",
        FAKE_KEEP, 0, 0 } },
    1 },
  { "trouble",
    { { "HEAD", 500, "", FAKE_KEEP, 0, 0 },
      { "GET /v1.41/containers/c/archive", 500, "{\"message\": \"disk\"}", FAKE_KEEP, 0, 0 } },
    -2 },
};

START_TEST (looks_for_a_path)
{
  size_t count = 0;
  int there = -1;

  while (count < 3 && paths[_i].routes[count].request)
    count++;
  play (paths[_i].routes, count);
  int r = vprod__runner_container_has_path (runner, &call, "c", "/a b", &there, &err);
  if (paths[_i].there < 0)
    assert_error (r, err, paths[_i].there == -1 ? VPROD_ERROR_NOT_FOUND : VPROD_ERROR_ENGINE, "/a b");
  else {
    assert_ok (r, err);
    ck_assert_int_eq (there, paths[_i].there);
  }
  end ();
}
END_TEST

/* ---- what a container changed ------------------------------------------------------------------------------ */

#define CHANGES "GET /v1.41/containers/c/changes"
static const struct {
  const char *body;
  const char *wanted; /* NULL: an error */
  enum fake_manner manner;
} changes[] = {
  { "null\n", "", FAKE_KEEP },
  { "[]", "", FAKE_KEEP },
  { " [ ] ", "", FAKE_DRIP },
  { "[{\"Path\": \"/srv\", \"Kind\": 0}, {\"Path\":\"/srv/.venv\",\"Kind\":1},{\"Kind\":2,\"Path\":\"/etc/x\"}]\n",
    "1/srv;2/srv/.venv;3/etc/x;", FAKE_DRIP },
  /* braces, quotes and backslashes in a name */
  { "[{\"Path\":\"/a }]{\\\"\\\\\",\"Kind\":1},{\"Path\":\"/b\\u0026\",\"Kind\":1}]", "2/a }]{\"\\;2/b&;", FAKE_KEEP },
  /* more than is known, and what is no change */
  { "[{\"Path\":\"/a\",\"Kind\":1,\"More\":{\"x\":[1,2]}},{\"Path\":\"/b\",\"Kind\":9},{\"Kind\":1},{}]", "2/a;", FAKE_KEEP },
  /* nothing behind what was enough is read */
  { "[{\"Path\":\"/enough\",\"Kind\":1},{\"Path\":\"/more\",\"Kind\":1}]", "2/enough;", FAKE_KEEP },
  { "[{\"Path\":\"/a\",\"Kind\":1},", NULL, FAKE_KEEP },
  { "[{\"Path\":\"/a\",\"Kind\":1}", NULL, FAKE_KEEP },
  { "[{\"Path\":\"/a", NULL, FAKE_KEEP },
  { "[7]", NULL, FAKE_KEEP },
  { "[{]}]", NULL, FAKE_KEEP },
  { "{\"message\": \"fine\"}", NULL, FAKE_KEEP },
  { "<html>done</html>", NULL, FAKE_KEEP },
  { "", NULL, FAKE_KEEP },
};

START_TEST (lists_what_a_container_changed)
{
  struct fake_route routes[] = { { CHANGES, 200, changes[_i].body, changes[_i].manner, 0, 0 } };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  int r = vprod__runner_container_changes (runner, &call, "c", on_change, &text, &err);
  if (changes[_i].wanted) {
    assert_ok (r, err);
    ck_assert_str_eq (vprod__buf_string (&text), changes[_i].wanted);
  }
  else
    assert_error (r, err, VPROD_ERROR_ENGINE, "listing what the container c changed");
  end ();
}
END_TEST

/* Far more than an answer that is kept may have: a few with long names, for the time of it. */
START_TEST (more_changes_than_an_answer_may_have_are_not_kept)
{
  enum { CHANGES_MANY = 17000, LENGTH = 4000 };
  _cleanup_buf_ struct vprod__buf body = { 0 };
  size_t seen = 0;

  vprod__buf_add (&body, "[", 1);
  for (size_t i = 0; i < CHANGES_MANY; i++)
    vprod__buf_addf (&body, "%s{\"Path\":\"/%0*zu\",\"Kind\":1}", i ? "," : "", LENGTH, i);
  vprod__buf_add (&body, "]", 1);
  ck_assert_uint_gt (body.length, (size_t) VPROD__ANSWER_MAX);
  struct fake_route routes[] = { { CHANGES, 200, body.data, FAKE_KEEP, 0, body.length } };
  play (routes, COUNT (routes));
  call.deadline_ms = VPROD_NO_DEADLINE;
  assert_ok (vprod__runner_container_changes (runner, &call, "c", count_change, &seen, &err), err);
  ck_assert_uint_eq (seen, CHANGES_MANY);
  end ();
}
END_TEST

/* No such container, or no such question? */
START_TEST (engine_that_does_not_tell_changes_is_unsupported)
{
  static const struct fake_route has_it[] = { { "GET /v1.41/containers/c/json", 200, "{\"Id\": \"c\", \"State\": {}}",
                                              FAKE_KEEP, 0, 0 } };

  play (has_it, COUNT (has_it));
  assert_error (vprod__runner_container_changes (runner, &call, "c", on_change, NULL, &err), err,
                VPROD_ERROR_UNSUPPORTED, "does not tell");
  end ();
  play (NULL, 0);
  assert_error (vprod__runner_container_changes (runner, &call, "c", on_change, NULL, &err), err,
                VPROD_ERROR_NOT_FOUND, "");
  end ();
}
END_TEST

START_TEST (events_are_told_one_by_one)
{
  static const char *const bodies[] = {
    "{\"Action\": \"kill\", \"time\": 7, \"timeNano\": 7002000000}\n{\"status\": \"die\", \"time\": 8}\n",
    "{\"Action\": \"kill\", \"timeNano\": 7002000000}{\"Action\": \"die\", \"time\": 8}{\"Action\": \"x\"}",
    "",
    "<html>",
  };
  const struct fake_route routes[] = { { "GET /v1.41/events?since=1.500&until=2.007&filters=%7B%22container%22%3A%5B%22c", 200,
                                         bodies[_i], FAKE_KEEP, 0, 0 } };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  int r = vprod__runner_container_events (runner, &call, "c", 1500, 2007, on_event, &text, &err);
  if (_i == 3)
    assert_error (r, err, VPROD_ERROR_ENGINE, "no event");
  else {
    assert_ok (r, err);
    ck_assert_str_eq (text.length ? vprod__buf_string (&text) : "", _i == 2 ? "" : "kill@7002;die@8000;");
  }
  end ();
}
END_TEST

START_TEST (removal_by_somebody_else_is_waited_for)
{
  static const struct fake_route routes[] = { { "DELETE /v1.41/containers/c?force=1&v=1", 409,
                                                "{\"message\": \"removal of container c is already in progress\"}",
                                                FAKE_KEEP, 0, 0 },
                                              { "GET /v1.41/containers/c/json", 200, "{\"State\": {}}", FAKE_KEEP, 2, 0 } };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_remove (runner, &call, "c", &err), err);
  ck_assert_int_eq (fake_engine_count (engine, "GET /v1.41/containers/c/json"), 3);
  end ();
}
END_TEST

START_TEST (lists_what_carries_the_label_or_the_tag)
{
  static const struct fake_route routes[] = {
    { "GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22k%22%5D%7D", 200,
      "[{\"Id\": \"c1\", \"Created\": 1700000000, \"Labels\": {\"k\": \"s1\"}}, {\"Id\": \"c2\", \"Labels\": {\"other\": \"x\"}}]",
      FAKE_KEEP, 0, 0 },
    { "GET /v1.41/networks?filters=", 200, "[{\"Id\": \"n1\", \"Created\": \"2023-11-14T22:13:21.5Z\", "
      "\"Labels\": {\"k\": \"\"}}]", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/volumes?filters=", 200, "{\"Volumes\": [{\"Name\": \"v1\", \"CreatedAt\": "
      "\"2023-11-14T23:13:22+01:00\", \"Labels\": {\"k\": \"s1\"}}]}",
      FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/json", 200,
      "[{\"RepoTags\": [\"verify-prod/a:1\", \"other:1\"]}, {\"RepoTags\": null}, {\"RepoTags\": "
      "[\"localhost/verify-prod/b:1\", \"docker.io/verify-prod/c:1\", \"x/verify-prod/d:1\"]}]",
      FAKE_KEEP, 0, 0 },
    /* an image may be much older than its tag; Podman tells no time of it, and one that is gone by now has none */
    { "GET /v1.41/images/verify-prod/a:1/json", 200, "{\"Id\": \"i1\", \"Created\": \"2001-01-01T00:00:00Z\", "
      "\"Metadata\": {\"LastTagTime\": \"2023-11-14T22:13:23.1Z\"}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/localhost/verify-prod/b:1/json", 200, "{\"Id\": \"i2\", \"Metadata\": {\"LastTagTime\": "
      "\"0001-01-01T00:00:00Z\"}}", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/images/docker.io/verify-prod/c:1/json", 404, "{\"message\": \"no such image\"}", FAKE_KEEP, 0, 0 },
  };
  _cleanup_buf_ struct vprod__buf text = { 0 };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_list_objects (runner, &call, "k", "verify-prod/", on_object, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), "1:c1:k=s1@1700000000;2:n1:k=@1700000001;3:v1:k=s1@1700000002;"
                                               "4:verify-prod/a:1:@1700000003;4:localhost/verify-prod/b:1:@0;"
                                               "4:docker.io/verify-prod/c:1:@0;");
  end ();
}
END_TEST

START_TEST (makes_a_labelled_network)
{
  static const struct fake_route routes[] = { { "POST /v1.41/networks/create", 201,
                                                "{\"Id\": \"n1\", \"Warning\": \"\"}", FAKE_KEEP, 0, 0 } };
  static const char *const labels[] = { "k=v", NULL };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_network_create (runner, &call, "net", labels, &id, &err), err);
  ck_assert_str_eq (id, "n1");
  _cleanup_json_ json_t *json = sent ("POST");
  ck_assert_str_eq (vprod__json_text (json, "Labels.k"), "v");
  ck_assert_str_eq (vprod__json_text (json, "Driver"), "bridge");
  free (id);
  end ();
}
END_TEST

START_TEST (makes_a_labelled_volume)
{
  static const struct fake_route routes[] = { { "POST /v1.41/volumes/create", 201,
                                                "{\"Name\": \"vol\", \"Mountpoint\": \"/var/lib/v/_data\"}", FAKE_KEEP, 0,
                                                0 } };
  static const char *const labels[] = { "k=v", NULL };
  char *mountpoint = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_volume_create (runner, &call, "vol", labels, &mountpoint, &err), err);
  ck_assert_str_eq (mountpoint, "/var/lib/v/_data");
  _cleanup_json_ json_t *json = sent ("POST");
  ck_assert_str_eq (vprod__json_text (json, "Labels.k"), "v");
  ck_assert_str_eq (vprod__json_text (json, "Name"), "vol");
  free (mountpoint);
  end ();
}
END_TEST

/* ---- making one --------------------------------------------------------------------------------------------- */

START_TEST (runner_asks_nothing_until_it_is_used)
{
  vprod_docker_options options = { sizeof options, "unix:///nonexistent/docker.sock" };
  const vprod_engine_facts *facts = NULL;

  assert_ok (vprod_runner_new_docker (&options, &runner, &err), err);
  assert_error (vprod_runner_get_engine (runner, 0, &facts, &err), err, VPROD_ERROR_UNREACHABLE,
                "/nonexistent/docker.sock");
  vprod_runner_free (runner);
  options.host = "gopher://x";
  assert_error (vprod_runner_new_docker (&options, &runner, &err), err, VPROD_ERROR_INVALID, "gopher://x");
  assert_error (vprod_runner_new_docker (NULL, NULL, &err), err, VPROD_ERROR_INVALID, "NULL");
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("docker_runner");
  TCase *tc = tcase_create ("docker_runner");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, agrees_on_a_version_of_the_api, 0, COUNT (pings));
  tcase_add_loop_test (tc, says_which_engine_it_is, 0, COUNT (engines));
  tcase_add_loop_test (tc, trouble_of_the_engine_is_told_by_every_slot, 0, SLOTS);
  tcase_add_loop_test (tc, trouble_without_json_is_told_by_every_slot, 0, SLOTS);
  tcase_add_loop_test (tc, silence_ends_every_slot_at_its_deadline, 0, SLOTS);
  tcase_add_loop_test (tc, odd_json_is_survived_by_every_slot, 0, COUNT (odd_answers));
  tcase_add_test (tc, what_is_not_there_is_not_found_or_removed);
  tcase_add_test (tc, reads_an_image);
  tcase_add_test (tc, asks_podmans_own_api_for_healthcheck);
  tcase_add_test (tc, asks_again_where_another_image_went_meanwhile);
  tcase_add_test (tc, reads_a_history);
  tcase_add_test (tc, malformed_image_name_is_the_callers_fault);
  tcase_add_loop_test (tc, gets_an_image_that_is_not_there, 0, COUNT (pulls));
  tcase_add_test (tc, a_pull_tells_how_far_it_is);
  tcase_add_test (tc, credentials_go_with_a_pull);
  tcase_add_test (tc, asks_for_a_container_as_requested);
  tcase_add_loop_test (tc, asks_for_settings_as_requested, 0, 2);
  tcase_add_test (tc, limit_that_the_engine_leaves_out_is_refused);
  tcase_add_test (tc, shorter_request_has_no_settings);
  tcase_add_test (tc, puts_an_archive_as_it_is);
  tcase_add_test (tc, makes_a_labelled_volume);
  tcase_add_test (tc, bare_request_leaves_all_to_image_and_engine);
  tcase_add_test (tc, value_that_is_not_utf8_is_refused);
  tcase_add_loop_test (tc, start_tells_a_bad_image_from_an_engine_in_trouble, 0, COUNT (starts));
  tcase_add_test (tc, reads_a_container);
  tcase_add_loop_test (tc, waits_for_the_exit_code, 0, COUNT (waits));
  tcase_add_loop_test (tc, signal_to_one_that_ended_is_not_found, 0, COUNT (not_running));
  tcase_add_loop_test (tc, reads_output, 0, COUNT (logs));
  tcase_add_test (tc, following_ends_when_no_more_is_wanted);
  tcase_add_loop_test (tc, exec_gives_output_and_exit_code, 0, COUNT (execs));
  tcase_add_loop_test (tc, lists_processes_with_whatever_ps_there_is, 0, COUNT (tops));
  tcase_add_loop_test (tc, podman_names_processes_by_its_own_columns, 0, COUNT (podman_tops));
  tcase_add_test (tc, uid_of_a_process_is_read_where_it_surely_is_the_containers);
  tcase_add_test (tc, podman_is_asked_for_the_name_that_it_gave_a_build);
  tcase_add_test (tc, engine_without_ps_cannot_list_processes);
  tcase_add_loop_test (tc, looks_for_a_path, 0, COUNT (paths));
  tcase_add_loop_test (tc, lists_what_a_container_changed, 0, COUNT (changes));
  tcase_add_test (tc, more_changes_than_an_answer_may_have_are_not_kept);
  tcase_add_test (tc, engine_that_does_not_tell_changes_is_unsupported);
  tcase_add_loop_test (tc, events_are_told_one_by_one, 0, 4);
  tcase_add_test (tc, removal_by_somebody_else_is_waited_for);
  tcase_add_test (tc, lists_what_carries_the_label_or_the_tag);
  tcase_add_test (tc, makes_a_labelled_network);
  tcase_add_test (tc, runner_asks_nothing_until_it_is_used);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
