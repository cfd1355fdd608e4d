/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec/keys.h"
#include "spec/spec.h"
#include "util/strv.h"

static vprod_spec *parse (const char *yaml, const char *base_dir)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_spec_parse (yaml, strlen (yaml), "t.yaml", base_dir, &spec, &err), err);
  return spec;
}

static void assert_list (char *const *list, const char *wanted)
{
  char *joined = vprod__strv_join (list, "|");

  ck_assert_str_eq (joined, wanted);
  free (joined);
}

/* ---- defaults and values ---------------------------------------------------------------------------------- */

/* One field of each kind; tests/unit/spec_keys.c looks at the defaults of all. */
static void assert_defaults (const vprod_spec *spec)
{
  ck_assert_ptr_null (spec->image.ref);
  ck_assert_ptr_null (spec->image.args);
  ck_assert_uint_eq (spec->n_services, 0);
  ck_assert_int_eq (spec->run.port, 0);
  ck_assert_ptr_null (spec->run.command);
  ck_assert_int_eq (spec->checks.build.timeout_ms, 900000);
  ck_assert_int_eq (spec->checks.start.uses_database, 0);
  ck_assert_int_eq (spec->checks.health.statuses[0], 200);
  ck_assert_ptr_null (spec->checks.graceful_stop.signal);
  ck_assert_int_eq (spec->checks.non_root.uid, -1);
  ck_assert_ptr_null (spec->checks.dev_deps_absent.commands);
  ck_assert_int_eq (spec->checks.startup_logs.stream, 0);
}

static const char *const empty_specs[] = {
  "version: 1\n",
  "---\nversion: 1\n...\n",
  "%YAML 1.2\n---\nversion: 1\n",
  "\xef\xbb\xbfversion: 1\r\n",
  "{version: 1}",
  "version: 1\nimage:\nservices:\nrun:\nchecks:\n",
  "version: 1\nimage: {}\nservices: {}\nrun: {env: , command: []}\nchecks: {health: , start: {}, build: true}\n",
};

START_TEST (what_is_not_named_has_its_default)
{
  vprod_spec *spec = parse (empty_specs[_i], "/tmp");

  assert_defaults (spec);
  ck_assert_str_eq (vprod_spec_get_name (spec), "tmp");
  ck_assert_str_eq (vprod_spec_get_base_dir (spec), "/tmp");
  ck_assert_str_eq (vprod_spec_get_file (spec), "t.yaml");
  for (size_t i = 0; vprod__spec_key_at (i); i++)
    if (vprod__spec_key_at (i)->kind == VPROD__SPEC_CHECK)
      ck_assert_int_eq (vprod_spec_has_check (spec, vprod__spec_key_name (vprod__spec_key_at (i))), 1);
  vprod_spec_free (spec);
}
END_TEST

static const char full[] =
  "version: 1\n"
  "name: reactbin-api\n"
  "image:\n"
  "  dockerfile: docker/Prod\n"
  "  context: ./app/\n"
  "  target: runtime\n"
  "  platform: linux/arm64/v8\n"
  "  args: {PYTHON_IMAGE: \"python:3.12-slim\", EMPTY: , V: 1.10}\n"
  "services:\n"
  "  db:\n"
  "    postgres: {image: \"postgres:16-alpine\", database: reactbin_verify, user: u, password: p, timeout: 5s}\n"
  "  other: {postgres: }\n"
  "run:\n"
  "  port: 8000\n"
  "  env:\n"
  "    Z: last first\n"
  "    A: \"${db.user}$${x}\"\n"
  "  command: [serve, \"\", '${other.port}']\n"
  "checks:\n"
  "  build: {timeout: 1h30m}\n"
  "  build-context: {exclude: [tests/, alembic.ini]}\n"
  "  start: {uses-database: true, stay-up: 0, processes: [worker.py, \"celery beat\"]}\n"
  "  health: {path: /api/v1/health, status: 204, body: ok, consecutive: 1, timeout: 2.5}\n"
  "  graceful-stop: {grace: 3s, exit-code: 143, signal: quit}\n"
  "  required-env: {vars: A, timeout: 250ms}\n"
  "  non-root: {uid: 4294967294}\n"
  "  dev-deps-absent:\n"
  "    packages: [pytest, gcc]\n"
  "    paths: /usr/bin/gcc\n"
  "    commands: [[python, -c, \"import pytest\"], [gcc]]\n"
  "  startup-logs: {any: [\"Started server\", up], stream: stderr, timeout: 1m}\n"
  "  no-secrets: {allow: [GPG_KEY]}\n"
  "  layer-cache: {touch: app/main.py, cached: [\"uv sync\"], timeout: 24h}\n";

static void assert_full (const vprod_spec *spec)
{
  ck_assert_str_eq (spec->name, "reactbin-api");
  ck_assert_str_eq (spec->image.dockerfile_named, "docker/Prod");
  ck_assert_str_eq (spec->image.dockerfile, "/tmp/docker/Prod");
  ck_assert_str_eq (spec->image.context, "/tmp/app");
  ck_assert_str_eq (spec->image.target, "runtime");
  ck_assert_str_eq (spec->image.platform, "linux/arm64/v8");
  assert_list (spec->image.args, "PYTHON_IMAGE=python:3.12-slim|EMPTY=|V=1.10");
  ck_assert_uint_eq (spec->n_services, 2);
  ck_assert_str_eq (spec->services[0].name, "db");
  ck_assert_str_eq (spec->services[0].postgres.database, "reactbin_verify");
  ck_assert_str_eq (spec->services[0].postgres.user, "u");
  ck_assert_str_eq (spec->services[0].postgres.password, "p");
  ck_assert_int_eq (spec->services[0].postgres.timeout_ms, 5000);
  ck_assert_str_eq (spec->services[1].name, "other");
  ck_assert_str_eq (spec->services[1].postgres.image, "postgres:16-alpine");
  ck_assert_str_eq (spec->services[1].postgres.database, "verify");
  ck_assert_int_eq (spec->services[1].postgres.timeout_ms, 60000);
  ck_assert_int_eq (spec->run.port, 8000);
  assert_list (spec->run.env, "Z=last first|A=${db.user}$${x}");
  assert_list (spec->run.command, "serve||${other.port}");
  ck_assert_int_eq (spec->checks.build.timeout_ms, 5400000);
  assert_list (spec->checks.build_context.exclude, "tests/|alembic.ini");
  ck_assert_int_eq (spec->checks.start.uses_database, 1);
  ck_assert_int_eq (spec->checks.start.stay_up_ms, 0);
  assert_list (spec->checks.start.processes, "worker.py|celery beat");
  ck_assert_str_eq (spec->checks.health.path, "/api/v1/health");
  ck_assert_int_eq (spec->checks.health.statuses[0], 204);
  ck_assert_str_eq (spec->checks.health.body, "ok");
  ck_assert_int_eq (spec->checks.health.consecutive, 1);
  ck_assert_int_eq (spec->checks.health.timeout_ms, 2500);
  ck_assert_int_eq (spec->checks.graceful_stop.grace_ms, 3000);
  ck_assert_int_eq (spec->checks.graceful_stop.exit_code, 143);
  ck_assert_str_eq (spec->checks.graceful_stop.signal, "SIGQUIT");
  assert_list (spec->checks.required_env.vars, "A");
  ck_assert_int_eq (spec->checks.required_env.timeout_ms, 250);
  ck_assert_int_eq (spec->checks.non_root.uid, 4294967294);
  assert_list (spec->checks.dev_deps_absent.packages, "pytest|gcc");
  assert_list (spec->checks.dev_deps_absent.paths, "/usr/bin/gcc");
  assert_list (spec->checks.dev_deps_absent.commands[0], "python|-c|import pytest");
  assert_list (spec->checks.dev_deps_absent.commands[1], "gcc");
  ck_assert_ptr_null (spec->checks.dev_deps_absent.commands[2]);
  assert_list (spec->checks.startup_logs.any, "Started server|up");
  ck_assert_int_eq (spec->checks.startup_logs.stream, VPROD_STREAM_STDERR);
  ck_assert_int_eq (spec->checks.startup_logs.timeout_ms, 60000);
  assert_list (spec->checks.no_secrets.allow, "GPG_KEY");
  ck_assert_str_eq (spec->checks.layer_cache.touch, "app/main.py");
  assert_list (spec->checks.layer_cache.cached, "uv sync");
  ck_assert_int_eq (spec->checks.layer_cache.timeout_ms, 86400000);
}

START_TEST (what_is_named_is_taken)
{
  vprod_spec *spec = parse (full, "/tmp");

  assert_full (spec);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (copy_holds_all_and_lives_alone)
{
  vprod_spec *spec = parse (full, "/tmp"), *copy = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__spec_copy (spec, &copy, &err), err);
  vprod_spec_free (spec);
  assert_full (copy);
  ck_assert_str_eq (copy->file, "t.yaml");
  ck_assert_str_eq (copy->base_dir, "/tmp");
  ck_assert_int_eq (copy->version, 1);
  vprod_spec_free (copy);
}
END_TEST

static const struct {
  const char *written;
  const char *value;
} strings[] = {
  { "on", "on" }, { "1.10", "1.10" }, { "0755", "0755" }, { "null", "null" }, { "~", "~" }, { "true", "true" },
  { "1e3", "1e3" }, { "", "" }, { "''", "" }, { "\"\"", "" }, { "'it''s'", "it's" }, { "\"a\\tb\\n\"", "a\tb\n" },
  { "a b  # comment", "a b" }, { "a#b", "a#b" }, { "\" a \"", " a " }, { "2026-01-31", "2026-01-31" },
  { "a=b", "a=b" }, { "$${x}", "$${x}" }, { "$x $ $$", "$x $ $$" }, { "|\n      a\n      b\n", "a\nb\n" },
  { ">-\n      a\n      b\n", "a b" }, { "\"a\\\n       b\"", "ab" }, { "a\n     b", "a b" },
  { "\"\\u00fc\"", "\xc3\xbc" },
};

/* The second edition's keys, all of them in one file, which is also an editor's example. */
static void assert_services (const vprod_spec *spec)
{
  const struct vprod__spec_service *db = &spec->services[0], *cache = &spec->services[1];
  char path[512];

  ck_assert_uint_eq (spec->n_services, 2);
  ck_assert (db->is_postgres && !db->is_container && db->postgres.tls);
  snprintf (path, sizeof path, "%s/schema.sql|%s/seeds", spec->base_dir, spec->base_dir);
  assert_list (db->postgres.init, path);
  ck_assert (cache->is_container && !cache->is_postgres);
  ck_assert_str_eq (cache->container.image, "redis:7-alpine");
  ck_assert_int_eq (cache->container.port, 6379);
  assert_list (cache->container.command, "redis-server|--save|");
  assert_list (cache->container.files, "/etc/x.conf=host ${db.host}\n");
  assert_list (cache->container.ready.command, "redis-cli|ping");
  ck_assert_int_eq (cache->container.timeout_ms, 20000);
}

static void assert_image (const vprod_spec *spec)
{
  char text[1024];

  ck_assert_uint_eq (spec->image.n_secrets, 2);
  ck_assert_str_eq (spec->image.secrets[0].name, "index_token");
  ck_assert_str_eq (spec->image.secrets[0].env, "PATH");
  snprintf (text, sizeof text, "%s/real-services.yaml", spec->base_dir);
  ck_assert_str_eq (spec->image.secrets[1].file, text);
  assert_list (spec->image.ssh, "default|deploy=/keys/id");
  snprintf (text, sizeof text, "shared=%s/../packages/shared|base=docker-image://base:1", spec->base_dir);
  assert_list (spec->image.contexts, text);
}

static void assert_run (const vprod_spec *spec)
{
  const struct vprod__spec_before *before = spec->run.before;
  char text[512];

  ck_assert_uint_eq (spec->run.n_before, 3);
  assert_list (before[0].command, "python|manage.py|migrate");
  ck_assert_int_eq (before[0].has_image, 0);
  ck_assert_int_eq (before[1].has_image, 1);
  ck_assert_str_eq (before[1].image.target, "job");
  snprintf (text, sizeof text, "%s/Dockerfile.migrate", spec->base_dir);
  ck_assert_str_eq (before[1].image.dockerfile, text);
  ck_assert_str_eq (before[1].image.secrets[0].name, "token");
  ck_assert_str_eq (before[2].image.ref, "jobs:1");
  assert_list (spec->run.files, "/run/secrets/jwt=verify-key");
  ck_assert_str_eq (spec->run.user, "1000660000:0");
  ck_assert (spec->run.read_only && spec->run.no_new_privileges);
  assert_list (spec->run.cap_add, "NET_BIND_SERVICE");
  ck_assert_int_eq (spec->run.memory, 512 << 20);
  ck_assert_int_eq (spec->run.pids, 256);
  assert_list (spec->run.extra_hosts, "payments.internal=${cache.host}");
}

START_TEST (a_real_service_is_taken_and_copied)
{
  const char *srcdir = getenv ("VPROD_SRCDIR");
  char path[512];
  vprod_spec *spec = NULL, *copy = NULL;
  vprod_error *err = NULL;

  snprintf (path, sizeof path, "%s/tests/fuzz/spec-corpus/real-services.yaml", srcdir ? srcdir : ".");
  assert_ok (vprod_spec_load (path, &spec, &err), err);
  assert_ok (vprod__spec_copy (spec, &copy, &err), err);
  vprod_spec_free (spec);
  assert_services (copy);
  assert_image (copy);
  assert_run (copy);
  ck_assert_int_eq (copy->checks.health.statuses[1], 204);
  ck_assert_int_eq (copy->checks.health.statuses[2], 0);
  ck_assert_int_eq (copy->checks.health.scheme, VPROD__SCHEME_HTTPS);
  assert_list (copy->checks.health.headers, "Host=shop.example.org");
  ck_assert_int_eq (copy->checks.required_env.empty, VPROD__EMPTY_FAIL);
  ck_assert_int_eq (copy->checks.non_root.named, VPROD__NAMED_FORBID);
  vprod_spec_free (copy);
}
END_TEST

static const char *no_lookup (void *data, const char *name)
{
  (void) data;
  (void) name;
  return NULL;
}

START_TEST (variables_of_the_environment_are_replaced)
{
  static const struct {
    const char *text, *wanted;
  } rows[] = {
    { "a${env.VPROD_T}b", "axb" },
    { "${env.VPROD_T:-y}", "x" },
    { "${env.VPROD_EMPTY:-y}", "y" },
    { "${env.VPROD_EMPTY}", "" },
    { "${env.VPROD_NONE:-}", "" },
    { "$${env.VPROD_T}", "${env.VPROD_T}" },
  };
  char *text = NULL;
  vprod_error *err = NULL;

  setenv ("VPROD_T", "x", 1);
  setenv ("VPROD_EMPTY", "", 1);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_ok (vprod__spec_expand (rows[i].text, no_lookup, NULL, &text, &err), err);
    ck_assert_str_eq (text, rows[i].wanted);
    free (text);
  }
  ck_assert_int_eq (vprod__spec_expand ("${env.VPROD_NONE}", no_lookup, NULL, &text, &err), -VPROD_ERROR_SPEC);
  vprod_error_free (err);
}
END_TEST

START_TEST (values_of_variables_are_what_they_look_like)
{
  char *yaml = NULL, *wanted = NULL;

  ck_assert_int_gt (asprintf (&yaml, "version: 1\nrun:\n  env:\n    X: %s\n    Y: y\n", strings[_i].written), 0);
  ck_assert_int_gt (asprintf (&wanted, "X=%s|Y=y", strings[_i].value), 0);
  vprod_spec *spec = parse (yaml, "/");
  assert_list (spec->run.env, wanted);
  vprod_spec_free (spec);
  free (yaml);
  free (wanted);
}
END_TEST

static const struct {
  const char *written;
  const char *signal;
} signals[] = {
  { "TERM", "SIGTERM" }, { "SIGTERM", "SIGTERM" }, { "sigint", "SIGINT" }, { "15", "SIGTERM" }, { "1", "SIGHUP" },
  { "31", "SIGSYS" }, { "34", "34" }, { "64", "64" }, { "SIGRTMIN+3", "SIGRTMIN+3" }, { "rtmax", "SIGRTMAX" },
  { "'usr1'", "SIGUSR1" },
};

START_TEST (signals_may_be_named_as_people_name_them)
{
  vprod_spec *spec = parse ("version: 1", "/");
  vprod_error *err = NULL;

  assert_ok (vprod_spec_set (spec, "checks.graceful-stop.signal", signals[_i].written, &err), err);
  ck_assert_str_eq (spec->checks.graceful_stop.signal, signals[_i].signal);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (aliases_stand_for_what_they_name)
{
  vprod_spec *spec = parse ("version: 1\nrun: {env: &e {A: &a x, B: *a}}\nimage: {args: *e}\n", "/");

  assert_list (spec->run.env, "A=x|B=x");
  assert_list (spec->image.args, "A=x|B=x");
  vprod_spec_free (spec);
}
END_TEST

START_TEST (a_check_may_be_left_out)
{
  vprod_spec *spec = parse ("version: 1\nchecks: {health: false, non-root: FALSE, start: true}\n", "/");

  ck_assert_int_eq (vprod_spec_has_check (spec, "health"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, "non-root"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, "start"), 1);
  ck_assert_int_eq (vprod_spec_has_check (spec, "zebra"), 0);
  ck_assert_int_eq (vprod_spec_has_check (spec, NULL), 0);
  vprod_spec_free (spec);
}
END_TEST

/* ---- expanding -------------------------------------------------------------------------------------------- */

static const char *look_up (void *data, const char *name)
{
  return strcmp (name, "db.user") == 0 ? "me" : strcmp (name, "db.host") == 0 ? data : NULL;
}

static const struct {
  const char *text;
  const char *expanded; /* NULL: an error */
} expansions[] = {
  { "", "" }, { "plain", "plain" }, { "${db.user}", "me" }, { "${db.user}@${db.host}/", "me@${db.user}/" },
  { "$${db.user}", "${db.user}" }, { "$$${db.user}", "$${db.user}" }, { "$", "$" }, { "$$", "$$" },
  { "a$b{c}", "a$b{c}" },
  { "}", "}" }, { "${db.user", NULL },
  { "${}", NULL }, { "${x}", NULL }, { "${${db.user}}", NULL }, { "$${", "${" },
};

START_TEST (references_are_replaced_once)
{
  static char host[] = "${db.user}"; /* what comes in is not looked at again */
  vprod_error *err = NULL;
  char *expanded = NULL;
  int r = vprod__spec_expand (expansions[_i].text, look_up, host, &expanded, &err);

  if (!expansions[_i].expanded) {
    ck_assert_int_eq (r, -VPROD_ERROR_SPEC);
    ck_assert_ptr_null (expanded);
  } else {
    ck_assert_int_eq (r, 0);
    ck_assert_str_eq (expanded, expansions[_i].expanded);
  }
  free (expanded);
  vprod_error_free (err);
}
END_TEST

/* ---- setting one entry ------------------------------------------------------------------------------------ */

START_TEST (set_changes_one_entry)
{
  vprod_spec *spec = parse (full, "/tmp");
  vprod_error *err = NULL;

  assert_ok (vprod_spec_set (spec, "checks.health.path", "/x", &err), err);
  ck_assert_str_eq (spec->checks.health.path, "/x");
  ck_assert_int_eq (spec->checks.health.statuses[0], 204);
  assert_ok (vprod_spec_set (spec, "run.env.A", "on", &err), err);
  assert_ok (vprod_spec_set (spec, "run.env.dotted.name", "", &err), err);
  assert_list (spec->run.env, "Z=last first|A=on|dotted.name=");
  assert_ok (vprod_spec_set (spec, "services.db.postgres.user", "me", &err), err);
  ck_assert_str_eq (spec->services[0].postgres.user, "me");
  ck_assert_str_eq (spec->services[0].postgres.password, "p");
  assert_ok (vprod_spec_set (spec, "services.new.postgres.user", "me", &err), err);
  ck_assert_uint_eq (spec->n_services, 3);
  ck_assert_str_eq (spec->services[2].postgres.database, "verify");
  assert_ok (vprod_spec_set (spec, "name", "other", &err), err);
  ck_assert_str_eq (vprod_spec_get_name (spec), "other");
  assert_ok (vprod_spec_set (spec, "image.context", "/etc", &err), err);
  ck_assert_str_eq (spec->image.context, "/etc");
  assert_ok (vprod_spec_set (spec, "version", "1", &err), err);
  assert_ok (vprod_spec_set (spec, "checks.dev-deps-absent.commands", "[[a, b]]", &err), err);
  ck_assert_ptr_null (spec->checks.dev_deps_absent.commands[1]);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (set_replaces_a_whole_section)
{
  vprod_spec *spec = parse (full, "/tmp");
  vprod_error *err = NULL;

  assert_ok (vprod_spec_set (spec, "checks.health", "{path: /x}", &err), err);
  ck_assert_str_eq (spec->checks.health.path, "/x");
  ck_assert_int_eq (spec->checks.health.statuses[0], 200);
  assert_ok (vprod_spec_set (spec, "run.env", "{B: c}", &err), err);
  assert_list (spec->run.env, "B=c");
  assert_ok (vprod_spec_set (spec, "run.command", "[]", &err), err);
  ck_assert_ptr_null (spec->run.command);
  assert_ok (vprod_spec_set (spec, "image", "{ref: \"a:1\"}", &err), err);
  ck_assert_str_eq (spec->image.ref, "a:1");
  ck_assert_ptr_null (spec->image.dockerfile_named);
  ck_assert_ptr_null (spec->image.args);
  assert_ok (vprod_spec_set (spec, "services", "", &err), err);
  ck_assert_uint_eq (spec->n_services, 0);
  assert_ok (vprod_spec_set (spec, "services.db", "{postgres: {user: x}}", &err), err);
  assert_ok (vprod_spec_set (spec, "services.db", "{postgres: {}}", &err), err);
  ck_assert_uint_eq (spec->n_services, 1);
  ck_assert_str_eq (spec->services[0].postgres.user, "verify");
  vprod_spec_free (spec);
}
END_TEST

START_TEST (set_turns_a_check_off_and_its_option_on_again)
{
  vprod_spec *spec = parse ("version: 1", "/");
  vprod_error *err = NULL;

  assert_ok (vprod_spec_set (spec, "checks.no-secrets", "false", &err), err);
  ck_assert_int_eq (vprod_spec_has_check (spec, "no-secrets"), 0);
  assert_ok (vprod_spec_set (spec, "checks.no-secrets", "true", &err), err);
  ck_assert_int_eq (vprod_spec_has_check (spec, "no-secrets"), 1);
  assert_ok (vprod_spec_set (spec, "checks.health", "false", &err), err);
  assert_ok (vprod_spec_set (spec, "checks.health.status", "201", &err), err);
  ck_assert_int_eq (vprod_spec_has_check (spec, "health"), 1);
  vprod_spec_free (spec);
}
END_TEST

static const struct {
  const char *key;
  const char *value;
  const char *message; /* all of it */
} refused[] = {
  { "", "x", "no key is named" },
  { "run.env.", "x", "run.env: no key is named" },
  { "checks.", "x", "checks: no key is named" },
  { "zebra", "x", "unknown key \"zebra\"; known here: version, name, image, services, run, checks" },
  { "checks.helth.path", "/", "checks: unknown check \"helth\"; did you mean \"health\"?" },
  { "checks.health.paht", "/", "checks.health: unknown key \"paht\"; did you mean \"path\"?" },
  { "checks.health.path.x", "/", "checks.health.path: is one value, it has nothing below it" },
  { "services.db.mysql", "{}", "services.db: unknown key \"mysql\"; known here: postgres, container" },
  { "services.*", "{postgres: {}}",
    "services.*: cannot be a host name: write lower-case letters, digits, '-' and '_', a letter first" },
  { "services.DB.postgres.user", "x",
    "services.DB: cannot be a host name: write lower-case letters, digits, '-' and '_', a letter first" },
  { "run.port", "eighty", "run.port: must be a number from 1 to 65535, not \"eighty\"" },
  { "run.port", "", "run.port: must be a number from 1 to 65535, not nothing" },
  { "run.env.A", "[b]", "run.env.A: must be text, not a list" },
  { "run.env.A=B", "x", "run.env.A=B: holds '=', which no variable's name can" },
  { "run.env.A", "${x.user}",
    "run.env.A: unknown ${x.user}; did you mean ${db.user}? A literal ${ is written $${" },
  { "checks.health", "{path: [a]}", "checks.health.path: must be text, not a list" },
  { "checks.health.path", "\"/a",
    "checks.health.path: not valid YAML: double-quoted scalar without closing quote" },
  { "image.ref", "a", "image.dockerfile and image.ref exclude each other: what exists is not built" },
  { "services", "{}", "run.env (A): unknown ${db.user}: the spec names no services; a literal ${ is written $${" },
  { "version", "2", "version: must be 1, the only one that this release knows, not \"2\"" },
};

START_TEST (set_refuses_and_changes_nothing)
{
  vprod_spec *spec = parse (full, "/tmp");
  vprod_error *err = NULL;

  ck_assert_int_eq (vprod_spec_set (spec, refused[_i].key, refused[_i].value, &err), -VPROD_ERROR_SPEC);
  ck_assert_str_eq (vprod_error_get_message (err), refused[_i].message);
  assert_full (spec);
  vprod_error_free (err);
  ck_assert_int_eq (vprod_spec_set (spec, refused[_i].key, refused[_i].value, NULL), -VPROD_ERROR_SPEC);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (nothing_given_is_an_invalid_argument)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_spec_load (NULL, &spec, &err), err, VPROD_ERROR_INVALID, "no path");
  assert_error (vprod_spec_load ("", &spec, &err), err, VPROD_ERROR_INVALID, "no path");
  assert_error (vprod_spec_parse (NULL, 3, NULL, NULL, &spec, &err), err, VPROD_ERROR_INVALID, "no text");
  assert_error (vprod_spec_parse ("version: 1", 10, NULL, NULL, NULL, &err), err, VPROD_ERROR_INVALID, "ret_spec");
  assert_error (vprod_spec_load ("x.yaml", NULL, &err), err, VPROD_ERROR_INVALID, "ret_spec");
  assert_error (vprod_spec_new (NULL, NULL, &err), err, VPROD_ERROR_INVALID, "ret_spec");
  assert_error (vprod_spec_draft (NULL, NULL, NULL, &err), err, VPROD_ERROR_INVALID, "ret_yaml");
  assert_error (vprod_spec_set (NULL, "name", "x", &err), err, VPROD_ERROR_INVALID, "a spec");
  assert_error (vprod_spec_parse ("", 0, NULL, NULL, &spec, &err), err, VPROD_ERROR_SPEC,
                "spec:1:1: the spec is empty");
  vprod_spec_free (NULL);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec");
  TCase *tc = tcase_create ("spec");

  tcase_add_loop_test (tc, what_is_not_named_has_its_default, 0, sizeof empty_specs / sizeof empty_specs[0]);
  tcase_add_test (tc, what_is_named_is_taken);
  tcase_add_test (tc, copy_holds_all_and_lives_alone);
  tcase_add_test (tc, a_real_service_is_taken_and_copied);
  tcase_add_test (tc, variables_of_the_environment_are_replaced);
  tcase_add_loop_test (tc, values_of_variables_are_what_they_look_like, 0, sizeof strings / sizeof strings[0]);
  tcase_add_loop_test (tc, signals_may_be_named_as_people_name_them, 0, sizeof signals / sizeof signals[0]);
  tcase_add_test (tc, aliases_stand_for_what_they_name);
  tcase_add_test (tc, a_check_may_be_left_out);
  tcase_add_loop_test (tc, references_are_replaced_once, 0, sizeof expansions / sizeof expansions[0]);
  tcase_add_test (tc, set_changes_one_entry);
  tcase_add_test (tc, set_replaces_a_whole_section);
  tcase_add_test (tc, set_turns_a_check_off_and_its_option_on_again);
  tcase_add_loop_test (tc, set_refuses_and_changes_nothing, 0, sizeof refused / sizeof refused[0]);
  tcase_add_test (tc, nothing_given_is_an_invalid_argument);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
