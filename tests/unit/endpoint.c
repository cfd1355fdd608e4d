/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>

#include "runner/docker/endpoint.h"
#include "util/strv.h"

/* A world of a test: variables, and the sockets that are there ("!" before one: not writable). */
struct played {
  const char *variables[8];
  const char *sockets[8];
  char *config_dir; /* DOCKER_CONFIG unless the variables name it */
};

static const char *variable (void *data, const char *name)
{
  const struct played *played = data;
  const char *value = NULL;

  for (size_t i = 0; i < 8 && played->variables[i]; i++)
    if (strncmp (played->variables[i], name, strlen (name)) == 0 && played->variables[i][strlen (name)] == '=')
      value = played->variables[i] + strlen (name) + 1;
  if (value && strcmp (value, "@CONFIG@") == 0)
    return played->config_dir;
  return !value && strcmp (name, "DOCKER_CONFIG") == 0 ? played->config_dir : value;
}

static int socket_at (void *data, const char *path)
{
  const struct played *played = data;

  for (size_t i = 0; i < 8 && played->sockets[i]; i++)
    if (strcmp (played->sockets[i] + (*played->sockets[i] == '!'), path) == 0)
      return *played->sockets[i] == '!' ? 1 : 2;
  return 0;
}

static char *config_dir;

static void make_config_dir (void)
{
  config_dir = unit_temp_dir ();
  unit_write_file (config_dir, "contexts/meta/aaaa/meta.json",
                   "{\"Name\": \"far\", \"Endpoints\": {\"docker\": {\"Host\": \"tcp://far.example:2376\", "
                   "\"SkipTLSVerify\": false}}}");
  unit_write_file (config_dir, "contexts/tls/aaaa/docker/ca.pem", "ca");
  unit_write_file (config_dir, "contexts/tls/aaaa/docker/cert.pem", "cert");
  unit_write_file (config_dir, "contexts/tls/aaaa/docker/key.pem", "key");
  unit_write_file (config_dir, "contexts/meta/bbbb/meta.json",
                   "{\"Name\": \"near\", \"Endpoints\": {\"docker\": {\"Host\": \"unix:///near.sock\"}}}");
  unit_write_file (config_dir, "contexts/meta/cccc/meta.json",
                   "{\"Name\": \"lax\", \"Endpoints\": {\"docker\": {\"Host\": \"tcp://lax\", "
                   "\"SkipTLSVerify\": true}}}");
  unit_write_file (config_dir, "contexts/meta/dddd/meta.json", "{\"Name\": \"hostless\", \"Endpoints\": {}}");
  unit_write_file (config_dir, "contexts/meta/eeee/meta.json",
                   "{\"Name\": \"bare\", \"Endpoints\": {\"docker\": {\"Host\": \"tcp://bare\"}}}");
}

static void remove_config_dir (void)
{
  unit_remove_tree (config_dir);
  free (config_dir);
  config_dir = NULL;
}

static int resolve (const char *host, struct played *played, struct vprod__endpoint *ret, vprod_error **err)
{
  struct vprod__endpoint_world world = { variable, socket_at, played, 1234 };

  played->config_dir = config_dir;
  return vprod__endpoint_resolve (host, &world, ret, err);
}

static const struct order {
  const char *host;
  struct played world;
  const char *config; /* config.json */
  const char *url;
  enum vprod__endpoint_source source;
  const char *context;
} orders[] = {
  /* each names all that come after it too */
  { "unix:///mine.sock",
    { { "DOCKER_HOST=unix:///env.sock", "DOCKER_CONTEXT=far" }, { "/var/run/docker.sock" } },
    "{\"currentContext\": \"near\"}",
    "unix:///mine.sock",
    VPROD__ENDPOINT_EXPLICIT,
    NULL },
  { NULL,
    { { "DOCKER_HOST=unix:///env.sock", "DOCKER_CONTEXT=far" }, { "/var/run/docker.sock" } },
    "{\"currentContext\": \"near\"}",
    "unix:///env.sock",
    VPROD__ENDPOINT_VARIABLE,
    NULL },
  { "",
    { { "DOCKER_HOST=", "DOCKER_CONTEXT=far" }, { "/var/run/docker.sock" } },
    "{\"currentContext\": \"near\"}",
    "tcp://far.example:2376",
    VPROD__ENDPOINT_CONTEXT,
    "far" },
  { NULL,
    { { NULL }, { "/var/run/docker.sock" } },
    "{\"currentContext\": \"near\"}",
    "unix:///near.sock",
    VPROD__ENDPOINT_CONTEXT,
    "near" },
  { NULL,
    { { "XDG_RUNTIME_DIR=/run/user/7" }, { "/var/run/docker.sock", "/run/user/7/docker.sock" } },
    "{}",
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  /* one that may not be written to is still the default: its message tells what to do */
  { NULL,
    { { "XDG_RUNTIME_DIR=/run/user/7" }, { "!/var/run/docker.sock", "/run/user/7/docker.sock" } },
    NULL,
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  { NULL,
    { { "XDG_RUNTIME_DIR=/run/user/7", "HOME=/h" }, { "/h/.docker/run/docker.sock", "/run/user/7/docker.sock" } },
    NULL,
    "unix:///run/user/7/docker.sock",
    VPROD__ENDPOINT_PROBED,
    NULL },
  { NULL,
    { { "HOME=/h" }, { "/run/podman/podman.sock", "/h/.docker/desktop/docker.sock" } },
    NULL,
    "unix:///h/.docker/desktop/docker.sock",
    VPROD__ENDPOINT_PROBED,
    NULL },
  { NULL,
    { { NULL }, { "/run/podman/podman.sock", "/run/user/1234/docker.sock" } },
    NULL,
    "unix:///run/user/1234/docker.sock",
    VPROD__ENDPOINT_PROBED,
    NULL },
  { NULL,
    { { "XDG_RUNTIME_DIR=/run/user/7" }, { "!/run/podman/podman.sock", "/run/user/7/podman/podman.sock" } },
    NULL,
    "unix:///run/user/7/podman/podman.sock",
    VPROD__ENDPOINT_PROBED,
    NULL },
  { NULL, { { NULL }, { NULL } }, NULL, "unix:///var/run/docker.sock", VPROD__ENDPOINT_DEFAULT, NULL },
  /* "default" is the environment, wherever it is named */
  { NULL,
    { { "DOCKER_CONTEXT=default" }, { NULL } },
    "{\"currentContext\": \"near\"}",
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  { NULL,
    { { NULL }, { NULL } },
    "{\"currentContext\": \"default\"}",
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  { NULL,
    { { NULL }, { NULL } },
    "{\"currentContext\": \"\"}",
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  { NULL,
    { { "DOCKER_CONTEXT=hostless" }, { NULL } },
    NULL,
    "unix:///var/run/docker.sock",
    VPROD__ENDPOINT_DEFAULT,
    NULL },
  /* a config.json that is broken is not even read where it does not matter */
  { NULL,
    { { "DOCKER_CONTEXT=near" }, { NULL } },
    "{broken",
    "unix:///near.sock",
    VPROD__ENDPOINT_CONTEXT,
    "near" },
};

START_TEST (finds_the_engine_in_the_order_of_docker)
{
  const struct order *order = &orders[_i];
  struct played world = order->world;
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  vprod_error *err = NULL;

  if (order->config)
    unit_write_file (config_dir, "config.json", order->config);
  assert_ok (resolve (order->host, &world, &endpoint, &err), err);
  ck_assert_str_eq (endpoint.url, order->url);
  ck_assert_int_eq (endpoint.source, order->source);
  ck_assert_pstr_eq (endpoint.context, order->context);
  ck_assert_str_eq (endpoint.config_dir, config_dir);
}
END_TEST

static const struct {
  const char *given;
  const char *url; /* NULL: refused */
  enum vprod__endpoint_kind kind;
  const char *host_or_socket;
  int port;
  const char *user_or_path;
  vprod_error_code code;
  const char *says;
} urls[] = {
  { "unix:///a/b.sock", "unix:///a/b.sock", VPROD__ENDPOINT_UNIX, "/a/b.sock", 0, NULL, 0, NULL },
  { "unix://", "unix:///var/run/docker.sock", VPROD__ENDPOINT_UNIX, "/var/run/docker.sock", 0, NULL, 0, NULL },
  { " unix:///a\n", "unix:///a", VPROD__ENDPOINT_UNIX, "/a", 0, NULL, 0, NULL },
  { "/a/b.sock", "unix:///a/b.sock", VPROD__ENDPOINT_UNIX, "/a/b.sock", 0, NULL, 0, NULL },
  { "tcp://h", "tcp://h:2375", VPROD__ENDPOINT_TCP, "h", 2375, "", 0, NULL },
  { "tcp://h:99/", "tcp://h:99", VPROD__ENDPOINT_TCP, "h", 99, "", 0, NULL },
  { "tcp://h:99/engine/1/", "tcp://h:99/engine/1", VPROD__ENDPOINT_TCP, "h", 99, "/engine/1", 0, NULL },
  { "tcp://:2375", "tcp://localhost:2375", VPROD__ENDPOINT_TCP, "localhost", 2375, "", 0, NULL },
  { "tcp://[::1]:5", "tcp://[::1]:5", VPROD__ENDPOINT_TCP, "::1", 5, "", 0, NULL },
  { "tcp://[fe80::1%eth0]", "tcp://[fe80::1%eth0]:2375", VPROD__ENDPOINT_TCP, "fe80::1%eth0", 2375, "", 0, NULL },
  { "10.0.0.1:2375", "tcp://10.0.0.1:2375", VPROD__ENDPOINT_TCP, "10.0.0.1", 2375, "", 0, NULL },
  { "ssh://h", "ssh://h", VPROD__ENDPOINT_SSH, "h", 0, NULL, 0, NULL },
  { "ssh://me@h:2222", "ssh://me@h:2222", VPROD__ENDPOINT_SSH, "h", 2222, "me", 0, NULL },
  { "tcp://", "tcp://localhost:2375", VPROD__ENDPOINT_TCP, "localhost", 2375, "", 0, NULL },
  { "tcp://h:0", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "1 to 65535" },
  { "tcp://h:65536", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "1 to 65535" },
  { "tcp://h:12x", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "1 to 65535" },
  { "tcp://h:", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "1 to 65535" },
  { "tcp://h:99999999999999999999", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "1 to 65535" },
  { "tcp://[::1:5", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "tcp://" },
  { "tcp://[]:5", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "tcp://" },
  { "tcp://u:p@h:5", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "user name" },
  { "tcp://h\r\nX: y:5", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "" },
  { "tcp://h/a b", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "path" },
  { "http://h:2375", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "tcp://host:port" },
  { "https://h:2376", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "DOCKER_TLS_VERIFY" },
  { "fd://", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "unix://" },
  { "npipe:////./pipe/docker_engine", NULL, 0, NULL, 0, NULL, VPROD_ERROR_UNSUPPORTED, "Windows" },
  { "ssh://", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "ssh://" },
  { "ssh://-oProxyCommand=x", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "ssh://" },
  { "ssh://-l@h", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "user name" },
  { "ssh://h/x;reboot", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "path" },
  { "ssh://a b@h", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "user name" },
  { "ssh://h h", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "ssh://" },
  { "ssh://me:secret@h", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "password" },
  { "gopher://h", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "unix:///" },
  { "a/relative.sock", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "unix:///" },
  { "unix:///0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
    "01234567", NULL, 0, NULL, 0, NULL, VPROD_ERROR_INVALID, "107" },
};

START_TEST (reads_addresses)
{
  struct played world = { { NULL }, { NULL }, NULL };
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  vprod_error *err = NULL;

  if (!urls[_i].url) {
    assert_error (resolve (urls[_i].given, &world, &endpoint, &err), err, urls[_i].code, urls[_i].says);
    return;
  }
  assert_ok (resolve (urls[_i].given, &world, &endpoint, &err), err);
  ck_assert_str_eq (endpoint.url, urls[_i].url);
  ck_assert_int_eq (endpoint.kind, urls[_i].kind);
  ck_assert_int_eq (endpoint.port, urls[_i].port);
  ck_assert_str_eq (endpoint.kind == VPROD__ENDPOINT_UNIX ? endpoint.socket_path : endpoint.host,
                    urls[_i].host_or_socket);
  ck_assert_pstr_eq (endpoint.kind == VPROD__ENDPOINT_TCP ? endpoint.path : endpoint.user, urls[_i].user_or_path);
  ck_assert_int_eq (endpoint.tls, 0);
}
END_TEST

static const struct {
  const char *host;
  const char *variables[4];
  const char *files[4]; /* in DOCKER_CONFIG */
  int port, tls, verify, ca, cert;
} tls[] = {
  { "tcp://h", { NULL }, { "ca.pem", "cert.pem", "key.pem" }, 2375, 0, 0, 0, 0 },
  { "tcp://h", { "DOCKER_TLS_VERIFY=1" }, { "ca.pem", "cert.pem", "key.pem" }, 2376, 1, 1, 1, 1 },
  { "tcp://h", { "DOCKER_TLS_VERIFY=0" }, { "ca.pem" }, 2376, 1, 1, 1, 0 }, /* any value: docker's own rule */
  { "tcp://h:1", { "DOCKER_TLS=1" }, { "ca.pem", "cert.pem", "key.pem" }, 1, 1, 0, 1, 1 },
  { "tcp://h", { "DOCKER_TLS=1" }, { NULL }, 2376, 1, 0, 0, 0 },
  { "tcp://h", { "DOCKER_TLS_VERIFY=" }, { "ca.pem" }, 2375, 0, 0, 0, 0 },
  { "tcp://h", { "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=@CONFIG@", "DOCKER_CONFIG=/nowhere" }, { "ca.pem" },
    2376, 1, 1, 1, 0 },
  { "unix:///x", { "DOCKER_TLS_VERIFY=1" }, { "cert.pem" }, 0, 0, 0, 0, 0 },
};

START_TEST (tls_follows_the_variables)
{
  struct played world = { { NULL }, { NULL }, NULL };
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  vprod_error *err = NULL;

  for (size_t i = 0; i < 4 && tls[_i].variables[i]; i++)
    world.variables[i] = tls[_i].variables[i];
  for (size_t i = 0; i < 4 && tls[_i].files[i]; i++)
    unit_write_file (config_dir, tls[_i].files[i], "pem");
  assert_ok (resolve (tls[_i].host, &world, &endpoint, &err), err);
  ck_assert_int_eq (endpoint.port, tls[_i].port);
  ck_assert_int_eq (endpoint.tls, tls[_i].tls);
  ck_assert_int_eq (endpoint.tls_verify, tls[_i].verify);
  ck_assert_int_eq (endpoint.tls_ca != NULL, tls[_i].ca);
  ck_assert_int_eq (endpoint.tls_cert != NULL, tls[_i].cert);
  ck_assert_int_eq (endpoint.tls_key != NULL, tls[_i].cert);
}
END_TEST

static const struct {
  const char *name;
  int tls, verify, ca, port;
} contexts[] = {
  { "far", 1, 1, 1, 2376 },
  { "lax", 1, 0, 0, 2376 },
  { "bare", 0, 0, 0, 2375 },
};

START_TEST (tls_follows_the_context)
{
  char *choice = NULL;
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  vprod_error *err = NULL;

  ck_assert_int_gt (asprintf (&choice, "DOCKER_CONTEXT=%s", contexts[_i].name), 0);
  struct played world = { { choice, "DOCKER_TLS_VERIFY=1" }, { NULL }, NULL };
  assert_ok (resolve (NULL, &world, &endpoint, &err), err);
  ck_assert_int_eq (endpoint.tls, contexts[_i].tls);
  ck_assert_int_eq (endpoint.tls_verify, contexts[_i].verify);
  ck_assert_int_eq (endpoint.port, contexts[_i].port);
  ck_assert_int_eq (endpoint.tls_ca != NULL, contexts[_i].ca);
  free (choice);
}
END_TEST

START_TEST (missing_context_is_an_error_that_names_the_others)
{
  struct played world = { { "DOCKER_CONTEXT=nope" }, { "/var/run/docker.sock" }, NULL };
  struct vprod__endpoint endpoint;
  vprod_error *err = NULL;

  assert_error (resolve (NULL, &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "near");
  world.variables[0] = NULL;
  unit_write_file (config_dir, "config.json", "{\"currentContext\": \"nope\"}");
  assert_error (resolve (NULL, &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "config.json");
}
END_TEST

START_TEST (missing_folder_of_contexts_is_an_error)
{
  struct played world = { { "DOCKER_CONTEXT=nope", "DOCKER_CONFIG=/nonexistent" }, { NULL }, NULL };
  struct vprod__endpoint endpoint;
  vprod_error *err = NULL;

  assert_error (resolve (NULL, &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "no Docker context \"nope\"");
}
END_TEST

START_TEST (broken_files_are_named_with_line_and_column)
{
  struct played world = { { NULL }, { NULL }, NULL };
  struct vprod__endpoint endpoint;
  vprod_error *err = NULL;

  unit_write_file (config_dir, "config.json", "{\n  broken");
  assert_error (resolve (NULL, &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "config.json:2:");
  unit_write_file (config_dir, "config.json", "{\"currentContext\": \"far\"}");
  unit_write_file (config_dir, "contexts/meta/aaaa/meta.json", "");
  unit_write_file (config_dir, "contexts/meta/bbbb/meta.json", "");
  assert_error (resolve (NULL, &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "meta.json:1:");
}
END_TEST

START_TEST (half_of_the_tls_files_is_an_error)
{
  struct played world = { { "DOCKER_TLS_VERIFY=1" }, { NULL }, NULL };
  struct vprod__endpoint endpoint;
  vprod_error *err = NULL;

  assert_error (resolve ("tcp://h", &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "ca.pem");
  unit_write_file (config_dir, "ca.pem", "pem");
  unit_write_file (config_dir, "cert.pem", "pem");
  assert_error (resolve ("tcp://h", &world, &endpoint, &err), err, VPROD_ERROR_INVALID, "key.pem");
}
END_TEST

START_TEST (works_without_a_home)
{
  struct played world = { { "DOCKER_CONFIG=" }, { NULL }, NULL };
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  vprod_error *err = NULL;

  assert_ok (resolve (NULL, &world, &endpoint, &err), err);
  ck_assert_str_eq (endpoint.url, "unix:///var/run/docker.sock");
  ck_assert_ptr_null (endpoint.config_dir);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("endpoint");
  TCase *tc = tcase_create ("endpoint");

  tcase_add_checked_fixture (tc, make_config_dir, remove_config_dir);
  tcase_add_loop_test (tc, finds_the_engine_in_the_order_of_docker, 0, sizeof orders / sizeof orders[0]);
  tcase_add_loop_test (tc, reads_addresses, 0, sizeof urls / sizeof urls[0]);
  tcase_add_loop_test (tc, tls_follows_the_variables, 0, sizeof tls / sizeof tls[0]);
  tcase_add_loop_test (tc, tls_follows_the_context, 0, sizeof contexts / sizeof contexts[0]);
  tcase_add_test (tc, missing_context_is_an_error_that_names_the_others);
  tcase_add_test (tc, missing_folder_of_contexts_is_an_error);
  tcase_add_test (tc, broken_files_are_named_with_line_and_column);
  tcase_add_test (tc, half_of_the_tls_files_is_an_error);
  tcase_add_test (tc, works_without_a_home);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
