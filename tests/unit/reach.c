/* SPDX-License-Identifier: MIT */
/* From where is a container's port reached: by this process in a container of the engine, and where nothing reaches it. */
#include "mock_runner.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "checks/check.h"
#include "fake_runner.h"
#include "runner/docker/json.h"
#include "runner/docker/self.h"
#include "session/reach.h"
#include "util/clock.h"
#include "util/ids.h"
#include "util/strv.h"

#define COUNT(list) (sizeof (list) / sizeof (list)[0])
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static vprod_error *err;

/* ---- which container is this? -------------------------------------------------------------------------------- */

static const struct {
  const char *text;
  int is_cgroup;
  int found;
} files[] = {
  { "612 599 254:1 /var/lib/docker/containers/" ID "/resolv.conf /etc/resolv.conf rw,relatime - ext4 /dev/vda rw\n", 0, 1 },
  { "30 1 0:5 / / rw - overlay overlay rw\n"
    "612 599 254:1 /containers/" ID "/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw\n", 0, 1 },
  { "1 2 0:50 /containers/storage/overlay-containers/" ID "/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n", 0, 1 },
  /* a host sees what its containers have mounted, a layer's name is as long, and a pod's file is named otherwise */
  { "9 8 0:40 / /var/lib/docker/containers/" ID "/mounts/shm rw - tmpfs shm rw\n", 0, 0 },
  { "9 8 0:40 / /var/lib/docker/overlay2/" ID "/merged rw - overlay overlay rw\n", 0, 0 },
  { "9 8 0:40 /pods/0a1b2c3d/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n", 0, 0 },
  { "9 8 0:40 /x/" ID "0/hosts /etc/hosts rw - ext4 /dev/vda rw\n", 0, 0 },
  { "", 0, 0 },
  { "12:pids:/docker/" ID "\n11:cpu:/\n", 1, 1 },
  { "0::/system.slice/docker-" ID ".scope\n", 1, 1 },
  { "4:memory:/process_api/3f426ff0e32f3c0c27eafb6154eda425\n0::/\n", 1, 0 },
};

START_TEST (guesses_its_container_by_what_engines_mount)
{
  char id[VPROD__SELF_ID_SIZE] = "";
  _cleanup_free_ char *text = strdup (files[_i].text);
  int found = files[_i].is_cgroup ? vprod__self_from_cgroup (text, id) : vprod__self_from_mounts (text, id);

  ck_assert_int_eq (found, files[_i].found);
  if (found)
    ck_assert_str_eq (id, ID);
}
END_TEST

START_TEST (knows_its_own_addresses)
{
  ck_assert_int_eq (vprod__self_has_address ("127.0.0.1"), 1);
  ck_assert_int_eq (vprod__self_has_address ("192.0.2.77"), 0);
  ck_assert_int_eq (vprod__self_has_address (""), 0);
}
END_TEST

/* ---- the docker runner --------------------------------------------------------------------------------------- */

START_TEST (connects_and_disconnects)
{
  static const struct fake_route routes[] = {
    { "POST /v1.41/networks/n1/connect", 200, "", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/full/connect", 403, "{\"message\": \"not attachable\"}", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/n1/disconnect", 200, "", FAKE_KEEP, 1, 0 },
    { "POST /v1.41/networks/n1/disconnect", 500, "{\"message\": \"container c is not connected to n1\"}", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/gone/disconnect", 404, "{\"message\": \"no such network\"}", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/bad/disconnect", 500, "{\"message\": \"oops\"}", FAKE_KEEP, 0, 0 },
  };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_network_connect (runner, &call, "n1", ID, &err), err);
  _cleanup_json_ json_t *json = sent ("POST /v1.41/networks/n1/connect");
  ck_assert_str_eq (vprod__json_text (json, "Container"), ID);
  assert_error (vprod__runner_network_connect (runner, &call, "full", ID, &err), err, VPROD_ERROR_ENGINE, "not attachable");
  assert_ok (vprod__runner_network_disconnect (runner, &call, "n1", ID, &err), err);
  assert_ok (vprod__runner_network_disconnect (runner, &call, "n1", ID, &err), err);
  assert_ok (vprod__runner_network_disconnect (runner, &call, "gone", ID, &err), err);
  assert_error (vprod__runner_network_disconnect (runner, &call, "bad", ID, &err), err, VPROD_ERROR_ENGINE, "oops");
  end ();
}
END_TEST

#define MAC "92:68:e5:cc:1a:bf"
#define PODMAN "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\nContent-Length: 2\r\n\r\nOK"

START_TEST (an_address_is_kept_where_the_engine_would_give_another_one)
{
  static const struct fake_route routes[] = {
    { "GET /_ping", 0, PODMAN, FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/n1/disconnect", 200, "OK", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/n1/connect", 200, "OK", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/full/disconnect", 200, "OK", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/full/connect", 500, "{\"message\": \"address is taken\"}", FAKE_KEEP, 0, 0 },
  };
  static const char *const aliases[] = { "db", NULL };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_network_keep_address (runner, &call, "n1", ID, "10.89.0.2", MAC, aliases, &err), err);
  _cleanup_json_ json_t *json = sent ("POST /v1.41/networks/n1/connect");
  ck_assert_str_eq (vprod__json_text (json, "EndpointConfig.IPAMConfig.IPv4Address"), "10.89.0.2");
  ck_assert_str_eq (vprod__json_text (json, "EndpointConfig.MacAddress"), MAC);
  ck_assert_str_eq (json_string_value (json_array_get (vprod__json_at (json, "EndpointConfig.Aliases"), 0)), "db");
  assert_error (vprod__runner_network_keep_address (runner, &call, "full", ID, "10.89.0.2", MAC, aliases, &err), err,
                VPROD_ERROR_ENGINE, "address is taken");
  end ();
}
END_TEST

START_TEST (docker_gives_an_address_back_by_itself)
{
  static const struct fake_route routes[] = { { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 } };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_network_keep_address (runner, &call, "n1", ID, "172.18.0.2", MAC, NULL, &err), err);
  ck_assert_int_eq (fake_engine_count (engine, "POST"), 0);
  end ();
}
END_TEST

START_TEST (removes_a_network_that_a_container_holds_on_to)
{
  static const struct fake_route routes[] = {
    { "DELETE /v1.41/networks/n1", 403, "{\"message\": \"error while removing network: n1 has active endpoints\"}",
      FAKE_KEEP, 1, 0 },
    { "DELETE /v1.41/networks/n1", 204, "", FAKE_KEEP, 0, 0 },
    { "GET /v1.41/networks/n1", 200, "{\"Id\": \"n1\", \"Containers\": {\"" ID "\": {}, \"" OTHER "\": {}}}", FAKE_KEEP, 0, 0 },
    { "POST /v1.41/networks/n1/disconnect", 200, "", FAKE_KEEP, 0, 0 },
    { "DELETE /v1.41/networks/n2", 403, "{\"message\": \"pre-defined\"}", FAKE_KEEP, 0, 0 },
  };

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_network_remove (runner, &call, "n1", &err), err);
  ck_assert_int_eq (fake_engine_count (engine, "POST /v1.41/networks/n1/disconnect"), 2);
  ck_assert_int_eq (fake_engine_count (engine, "DELETE /v1.41/networks/n1"), 2);
  _cleanup_json_ json_t *json = sent ("POST /v1.41/networks/n1/disconnect");
  ck_assert (json_is_true (vprod__json_at (json, "Force")));
  assert_error (vprod__runner_network_remove (runner, &call, "n2", &err), err, VPROD_ERROR_ENGINE, "pre-defined");
  end ();
}
END_TEST

static const struct {
  const char *asked;
  const char *published;
} addresses[] = { { NULL, "127.0.0.1" }, { "172.17.0.1", "172.17.0.1" } };

START_TEST (publishes_where_it_is_asked_to)
{
  static const struct fake_route routes[] = { { "POST /v1.41/containers/create", 201, "{\"Id\": \"c\"}", FAKE_KEEP, 0, 0 } };
  static const int more[] = { 9000, 0 };
  vprod_container_request request = { .size = sizeof request, .image = "i", .port = 80, .publish_on = addresses[_i].asked,
                                      .ports = more };
  char *id = NULL;

  play (routes, COUNT (routes));
  assert_ok (vprod__runner_container_create (runner, &call, &request, &id, &err), err);
  _cleanup_json_ json_t *json = sent ("POST");
  static const char *const ports[] = { "80/tcp", "9000/tcp" };
  for (size_t i = 0; i < 2; i++) {
    const json_t *bindings = json_object_get (vprod__json_at (json, "HostConfig.PortBindings"), ports[i]);
    ck_assert_str_eq (vprod__json_text (json_array_get (bindings, 0), "HostIp"), addresses[_i].published);
    ck_assert_ptr_nonnull (json_object_get (vprod__json_at (json, "ExposedPorts"), ports[i]));
  }
  free (id);
  end ();
}
END_TEST

/* ---- the session --------------------------------------------------------------------------------------------- */

static struct mock *mock;
static vprod_session *session;

static void setup (void)
{
  mock = mock_new ();
}

static void teardown (void)
{
  vprod_session_free (vprod__steal (&session));
  mock_assert_clean (mock);
  mock_free (mock);
}

static void run_in_container (const char *gateway)
{
  mock->engine.container = (char *) (uintptr_t) ID;
  mock->engine.container_joins = 1;
  mock->engine.container_gateway = (char *) (uintptr_t) gateway;
}

START_TEST (in_a_container_it_joins_the_network_and_publishes_nothing)
{
  const struct vprod__service *databases;
  const struct vprod__app *app;
  size_t n;

  run_in_container ("172.17.0.1");
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock->n_connected, 1);
  ck_assert_int_eq (databases[0].host_port, 5432);
  ck_assert_int_eq (strncmp (databases[0].host, "172.30.0.", 9), 0);
  assert_ok (vprod__get_app (session, &app, &err), err);
  ck_assert_int_eq (app->host_port, 8000);
  ck_assert_str_eq (app->host, app->ip_address);
  ck_assert_ptr_null (mock->published_on);
  ck_assert_str_eq (vprod__strv_env (mock_container_labels (mock, "app1"), VPROD__LABEL_CONTAINER), ID);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock->n_disconnected, 1);
}
END_TEST

START_TEST (where_it_cannot_join_it_publishes_on_the_gateway)
{
  const struct vprod__service *databases;
  size_t n;

  run_in_container ("127.0.0.77");
  mock->refuses_connections = 1;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_services (session, &databases, &n, &err), err);
  ck_assert_int_eq (mock->n_connected, 0);
  ck_assert_str_eq (mock->published_on, "127.0.0.77");
  ck_assert_str_eq (databases[0].host, "127.0.0.77");
  ck_assert_int_gt (databases[0].host_port, 40000);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock->n_disconnected, 0);
}
END_TEST

#define TABLE(address)                                                                                        \
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"          \
  "   0: " address " 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 4711 1 0\n"

static const char *table;

static void show_table (void *data, const char *const *argv, struct mock_exec *exec)
{
  if (strcmp (argv[0], "cat") == 0) {
    exec->output = table;
    exec->stream = VPROD_STREAM_STDOUT;
  }
}

/* Nobody listens at 127.0.0.77, where the mock says that it publishes. */
static void nothing_answers (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  b->answers_after_ms = 1000000;
  b->on_exec = show_table;
}

START_TEST (database_that_listens_and_is_not_reached_is_an_error_soon)
{
  const struct vprod__service *databases;
  size_t n;

  table = TABLE ("00000000:1538");
  mock->on_container = nothing_answers;
  mock->engine.published_host = (char *) (uintptr_t) "127.0.0.77";
  session = mock_session (mock, NULL);
  assert_error (vprod__get_services (session, &databases, &n, &err), err, VPROD_ERROR_ENGINE,
                "listens on port 5432 in its container, but that is reached from nowhere here: tried 127.0.0.77:");
}
END_TEST

#define APP_YAML                                                                                              \
  "version: 1\nname: subject\nrun: {port: 8000}\n"                                                            \
  "checks:\n  start: {stay-up: 50ms}\n  health: {path: /health, timeout: 1s}\n"

static const struct {
  const char *table; /* NULL: it cannot be told */
  int in_container;
  vprod_verdict verdict;
  const char *says;
} apps[] = {
  { TABLE ("00000000:1F40"), 0, VPROD_VERDICT_ERROR, "reached from nowhere" },
  { TABLE ("0100007F:1F40"), 0, VPROD_VERDICT_FAIL, "127.0.0.1:8000" },
  { TABLE ("00000000:1F41"), 0, VPROD_VERDICT_FAIL, "0.0.0.0:8001" },
  { NULL, 0, VPROD_VERDICT_FAIL, "refused" },
  { NULL, 1, VPROD_VERDICT_ERROR, "reached from nowhere" },
};

START_TEST (app_that_listens_and_is_not_reached_is_an_error)
{
  vprod_result *result = NULL;

  table = apps[_i].table;
  mock->on_container = nothing_answers;
  mock->engine.published_host = (char *) (uintptr_t) "127.0.0.77";
  if (apps[_i].in_container)
    mock->engine.container = (char *) (uintptr_t) ID;
  session = mock_session (mock, APP_YAML);
  int r = vprod_check_health (session, &result, &err);
  if (apps[_i].verdict == VPROD_VERDICT_ERROR)
    assert_error (r, err, VPROD_ERROR_ENGINE, apps[_i].says);
  else {
    assert_ok (r, err);
    ck_assert_int_eq (vprod_result_get_verdict (result), apps[_i].verdict);
    ck_assert_msg (strstr (vprod_result_get_message (result), apps[_i].says) != NULL, "%s",
                   vprod_result_get_message (result));
  }
  vprod_result_free (result);
}
END_TEST

/* ---- what a killed container left ----------------------------------------------------------------------------- */

START_TEST (run_whose_container_ended_is_dead)
{
  struct vprod__identity other;
  _cleanup_strv_ char **labels = NULL;
  char tag[200];
  size_t removed = 0;

  /* of another host, as a container is one: its process cannot be asked after */
  vprod__identity_self (&other);
  other.host++;
  _cleanup_free_ char *id = vprod__identity_make_id (&other);
  ck_assert_int_eq (vprod__identity_labels (&other, id, &labels), 0);
  if (_i == 1)
    ck_assert_int_eq (vprod__strv_add (&labels, VPROD__LABEL_CONTAINER "=" ID), 0);
  mock_add_object (mock, VPROD_OBJECT_NETWORK, "n", (const char *const *) labels);
  snprintf (tag, sizeof tag, VPROD__TAG_PREFIX "x:%s", id);
  mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, tag, NULL);
  assert_ok (vprod_clean (mock_runner (mock), NULL, &removed, &err), err);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_NETWORK, "n"), _i == 0);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_IMAGE_TAG, tag), _i == 0);
  ck_assert_int_eq (mock->n_disconnected, _i);
  if (_i == 0) {
    vprod_clean_options options = { .size = sizeof options, .session_id = id };
    assert_ok (vprod_clean (mock_runner (mock), &options, &removed, &err), err);
  }
}
END_TEST

/* Its age says nothing as long as that container runs, nor where the engine does not say whether it does. */
START_TEST (old_run_in_a_container_that_runs_is_not_removed)
{
  const vprod_clean_options options = { .size = sizeof options, .older_than_ms = 1000 };
  struct vprod__identity other;
  _cleanup_strv_ char **labels = NULL;

  vprod__identity_self (&other);
  other.host++;
  other.boot++;
  _cleanup_free_ char *id = vprod__identity_make_id (&other);
  ck_assert_int_eq (vprod__identity_labels (&other, id, &labels), 0);
  ck_assert_int_eq (vprod__strv_add (&labels, VPROD__LABEL_CONTAINER "=" ID), 0);
  mock->engine.system_time = 100000;
  mock_add_object (mock, VPROD_OBJECT_NETWORK, "n", (const char *const *) labels);
  mock_set_created (mock, VPROD_OBJECT_NETWORK, "n", 1000);
  mock_fail (mock, "container_facts", 0, VPROD_ERROR_ENGINE);
  assert_ok (vprod_clean (mock_runner (mock), &options, NULL, &err), err);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_NETWORK, "n"), 1);
  const vprod_clean_options named = { .size = sizeof named, .session_id = id };
  assert_ok (vprod_clean (mock_runner (mock), &named, NULL, &err), err);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("reach");
  TCase *self = tcase_create ("self"), *docker = tcase_create ("docker"), *tc = tcase_create ("session");

  tcase_add_loop_test (self, guesses_its_container_by_what_engines_mount, 0, COUNT (files));
  tcase_add_test (self, knows_its_own_addresses);
  suite_add_tcase (suite, self);
  tcase_add_test (docker, connects_and_disconnects);
  tcase_add_test (docker, an_address_is_kept_where_the_engine_would_give_another_one);
  tcase_add_test (docker, docker_gives_an_address_back_by_itself);
  tcase_add_test (docker, removes_a_network_that_a_container_holds_on_to);
  tcase_add_loop_test (docker, publishes_where_it_is_asked_to, 0, COUNT (addresses));
  suite_add_tcase (suite, docker);
  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, in_a_container_it_joins_the_network_and_publishes_nothing);
  tcase_add_test (tc, where_it_cannot_join_it_publishes_on_the_gateway);
  tcase_add_test (tc, database_that_listens_and_is_not_reached_is_an_error_soon);
  tcase_add_loop_test (tc, app_that_listens_and_is_not_reached_is_an_error, 0, COUNT (apps));
  tcase_add_loop_test (tc, run_whose_container_ended_is_dead, 0, 2);
  tcase_add_test (tc, old_run_in_a_container_that_runs_is_not_removed);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
