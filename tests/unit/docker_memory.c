/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of our own fails once, in every slot of the docker runner: each failure is told as such, nothing is
 * lost and nothing half done. The linker's --wrap puts these functions between (see the Makemodule.am); what libcurl
 * and jansson allocate for themselves, and what the fake engine's threads do, is left alone.
 */
#include "unit.h"

#include <stdio.h>

#include "fake_engine.h"
#include "runner/runner.h"
#include "util/clock.h"

static _Thread_local int counting;
static _Thread_local long allocations, failing; /* the how manieth fails; 0: none */

static int fails (void)
{
  return counting && ++allocations == failing;
}

#include "wrap_alloc.h"

/* ---- what is done ----------------------------------------------------------------------------------------- */

static const struct fake_route routes[] = {
  { "GET /v1.41/version", 200, "{\"Version\": \"1\", \"Os\": \"linux\", \"Arch\": \"amd64\"}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/info", 200, "{\"SecurityOptions\": [\"name=userns\"]}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/images/gone:1/json", 404, "{\"message\": \"no such image\"}", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/images/create", 200, "{\"status\": \"Waiting\", \"id\": \"a\"}\n{\"error\": \"denied\"}\n", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/images/a/json", 200,
    "{\"Id\": \"0a\", \"Os\": \"linux\", \"Config\": {\"User\": \"\", \"Env\": [\"A=1\"], \"Labels\": {\"a\": \"b\"}, "
    "\"Volumes\": {\"/x\": {}}, \"Entrypoint\": \"e\"}}",
    FAKE_KEEP, 0, 0 },
  { "GET /v1.41/images/a/history", 200, "[{}]", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/images/a/get", 200, "tar", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/networks/create", 201, "{\"Id\": \"n\"}", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/containers/create", 201, "{\"Id\": \"c\"}", FAKE_KEEP, 0, 0 },
  { "PUT /v1.41/containers/c/archive", 200, "", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/volumes/create", 201, "{\"Name\": \"v\", \"Mountpoint\": \"/v\"}", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/containers/c/start", 400, "{\"message\": \"No command specified\"}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/c/json", 200,
    "{\"Id\": \"c\", \"Image\": \"0a\", \"State\": {\"Status\": \"running\", \"Error\": \"e\"}, \"NetworkSettings\": "
    "{\"Networks\": {\"n\": {\"IPAddress\": \"1.2.3.4\"}}}}",
    FAKE_KEEP, 0, 0 },
  { "POST /v1.41/containers/c/wait", 200, "{\"StatusCode\": 0}", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/containers/c/kill", 204, "", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/c/logs", 200, "\1\0\0\0\0\0\0\1x", FAKE_KEEP, 0, 9 },
  { "POST /v1.41/containers/c/exec", 201, "{\"Id\": \"e\"}", FAKE_KEEP, 0, 0 },
  { "POST /v1.41/exec/e/start", 200, "\1\0\0\0\0\0\0\x1aOCI runtime exec failed: x", FAKE_KEEP, 0, 34 },
  { "GET /v1.41/exec/e/json", 200, "{\"Running\": false, \"ExitCode\": 127}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/c/top", 200, "{\"Titles\": [\"PID\", \"UID\"], \"Processes\": [[\"1\", \"2\"]]}", FAKE_KEEP,
    0, 0 },
  { "HEAD /v1.41/containers/c/archive", 404, "", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/c/archive", 200, "tar", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/c/changes", 200, "[{\"Path\": \"/x\", \"Kind\": 1}]", FAKE_KEEP, 0, 0 },
  { "DELETE /v1.41/containers/c", 409, "{\"message\": \"removal is already in progress\"}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/containers/json", 200, "[{\"Id\": \"c\", \"Labels\": {\"k\": \"v\"}}]", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/events", 200, "{\"Action\": \"die\", \"timeNano\": 1000000}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/networks", 200, "[]", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/volumes", 200, "{\"Volumes\": null}", FAKE_KEEP, 0, 0 },
  { "GET /v1.41/images/json", 200, "[{\"RepoTags\": [\"t:1\"]}]", FAKE_KEEP, 0, 0 },
};

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

static void on_pull (void *data, const vprod_pull_progress *progress)
{
  (void) data;
  (void) progress;
}

static int on_change (void *data, const vprod_change *change)
{
  return 0;
}

static int on_object (void *data, const vprod_object *object)
{
  return 0;
}

static int on_event (void *data, const vprod_container_event *event)
{
  return 0;
}

static int use_slot (vprod_runner *runner, int slot, vprod_error **err)
{
  static const char *const list[] = { "A=1", NULL }, *const argv[] = { "true", NULL };
  vprod_call call = { sizeof call, vprod__deadline (20000), -1 };
  vprod_container_request request = { .size = sizeof request, .image = "a", .name = "n", .platform = "linux/amd64",
                                      .env = list, .entrypoint = argv, .command = argv, .labels = list,
                                      .network = "n", .aliases = argv, .port = 80 };
  static const char *const paths[] = { "/a:b", "c:/d", NULL };
  vprod_container_request settings = { .size = sizeof settings, .image = "a", .user = "1", .read_only = 1, .tmpfs = paths,
                                       .volumes = paths, .cap_drop = argv, .cap_add = argv, .no_new_privileges = 1,
                                       .memory = 1, .pids = 1, .extra_hosts = list, .mounts = paths, .no_healthcheck = 1 };
  _cleanup_engine_facts_ vprod_engine_facts engine_facts = { 0 };
  _cleanup_image_facts_ vprod_image_facts image_facts = { 0 };
  _cleanup_container_facts_ vprod_container_facts container_facts = { 0 };
  _cleanup_free_ char *id = NULL;
  int number;

#define SLOT(n, name, ...)                                                                                   \
  case n:                                                                                                    \
    return vprod__runner_##name (runner, &call, __VA_ARGS__, err)
  switch (slot) {
    SLOT (0, engine_facts, &engine_facts);
    SLOT (1, image_pull_shown, "gone:1", NULL, on_pull, NULL);
    SLOT (2, image_facts, "a", &image_facts);
    SLOT (3, image_history, "a", on_entry, NULL);
    SLOT (4, image_export, "a", on_bytes, NULL);
    SLOT (5, image_remove, "a");
    SLOT (6, network_create, "n", list, &id);
    SLOT (7, network_remove, "n");
    SLOT (8, container_create, &request, &id);
    SLOT (9, container_start, "c");
    SLOT (10, container_facts, "c", &container_facts);
    SLOT (11, container_wait, "c", &number);
    SLOT (12, container_signal, "c", "SIGTERM");
    SLOT (13, container_logs, "c", 1, on_output, NULL);
    SLOT (14, container_exec, "c", argv, on_output, NULL, &number);
    SLOT (15, container_processes, "c", on_process, NULL);
    SLOT (16, container_has_path, "c", "/x", &number);
    SLOT (17, container_copy, "c", "/x", on_bytes, NULL);
    SLOT (18, container_remove, "gone");
    SLOT (19, volume_remove, "v");
    SLOT (20, list_objects, "k", "t", on_object, NULL);
    SLOT (21, container_changes, "c", on_change, NULL);
    SLOT (22, container_events, "c", 1, 2, on_event, NULL);
    SLOT (23, container_put, "c", "/", "tar", 3);
    SLOT (24, volume_create, "v", list, &id);
    SLOT (25, container_create, &settings, &id);
    SLOT (26, network_keep_address, "n", "c", "10.89.0.2", "aa:bb:cc:dd:ee:ff", list);
  default:
    return 0;
  }
}
enum { SLOTS = 27 };

/* From nothing: the runner is made too. */
static int use (const char *url, int slot, long fail_at, vprod_error **err)
{
  vprod_docker_options options = { sizeof options, url };
  vprod_runner *runner = NULL;

  counting = 1;
  allocations = 0;
  failing = fail_at;
  int r = vprod_runner_new_docker (&options, &runner, err);
  if (r == 0)
    r = use_slot (runner, slot, err);
  counting = 0;
  vprod_runner_free (runner);
  return r;
}

START_TEST (every_allocation_that_fails_is_told)
{
  struct fake_engine *engine = fake_engine_start (routes, sizeof routes / sizeof routes[0], 0);
  const char *url = fake_engine_url (engine);
  vprod_error *err = NULL;
  int well = use (url, _i, 0, &err); /* how it ends with all the memory there is */
  long count = allocations;

  vprod_error_free (err);
  ck_assert_int_ge (count, 10);
  for (long n = 1; n <= count; n++) {
    err = NULL;
    int r = use (url, _i, n, &err);
    ck_assert_msg (r == well || r == -VPROD_ERROR_NO_MEMORY
                     || (err && strstr (vprod_error_get_message (err), "memory is short")),
                   "slot %d, allocation %ld of %ld gave %d: %s", _i, n, count, r,
                   err ? vprod_error_get_message (err) : "no error");
    ck_assert_int_eq (r < 0, err != NULL);
    vprod_error_free (err);
  }
  fake_engine_stop (engine);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("docker_memory");
  TCase *tc = tcase_create ("docker_memory");

  tcase_set_timeout (tc, 60);
  tcase_add_loop_test (tc, every_allocation_that_fails_is_told, 0, SLOTS);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
