/* SPDX-License-Identifier: MIT */
/* Finding the program that builds, on machines that have all kinds of them. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "runner/build/build.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/strv.h"

#define HANG_MS 60000

/* What a program answers to --version and to `buildx version`; NULL: it says that it does not know the word. */
struct program {
  const char *dir;
  const char *name;
  const char *version;
  const char *buildx;
};

static void make_program (const char *root, const struct program *program)
{
  char *path = NULL, *script = NULL;

  ck_assert_int_gt (asprintf (&script,
                              "#!/bin/sh\ncase $1 in\n--version) echo '%s' ;;\n"
                              "buildx) [ -n '%s' ] || { echo \"'buildx' is not a docker command\" >&2; exit 1; "
                              "}; echo '%s' ;;\n"
                              "esac\n",
                              program->version, program->buildx ? program->buildx : "",
                              program->buildx ? program->buildx : ""), 0);
  ck_assert_int_gt (asprintf (&path, "%s/%s", program->dir, program->name), 0);
  unit_write_file (root, path, script);
  free (script);
  ck_assert_int_gt (asprintf (&script, "%s/%s", root, path), 0);
  ck_assert_int_eq (chmod (script, 0755), 0);
  free (script);
  free (path);
}

#define OLD "Docker version 20.10.24+dfsg1, build 297e128"
#define NEW "Docker version 28.2.2, build e6534b4"
#define BUILDX "github.com/docker/buildx v0.29.1 abc"

static const struct {
  const char *why;
  struct program programs[3];
  const char *path; /* of dirs */
  int podman;
  const char *words; /* after the root's path; NULL: an error */
  int kind, rawjson;
  const char *error;
} machines[] = {
  { "the first has buildx", { { "a", "docker", NEW, BUILDX }, { "b", "docker", OLD, NULL } }, "ab", 0,
    "/a/docker 28.2.2, buildx 0.29.1 (BuildKit)", VPROD__BUILDER_BUILDX, 1, NULL },
  { "the first is not able, the second has it built in", { { "a", "docker", NEW, NULL },
                                                           { "b", "docker", OLD, NULL } }, "ab", 0,
    "/b/docker 20.10.24 (BuildKit)", VPROD__BUILDER_BUILDKIT, 0, NULL },
  { "the first is not able, the second has buildx", { { "a", "docker", NEW, NULL },
                                                      { "b", "docker", NEW, BUILDX } }, "ab", 0,
    "/b/docker 28.2.2, buildx 0.29.1 (BuildKit)", VPROD__BUILDER_BUILDX, 1, NULL },
  { "an old client with buildx", { { "a", "docker", OLD, BUILDX } }, "a", 0,
    "/a/docker 20.10.24, buildx 0.29.1 (BuildKit)", VPROD__BUILDER_BUILDX, 1, NULL },
  { "a distribution's buildx without rawjson", { { "a", "docker", NEW,
                                                   "github.com/docker/buildx 0.12.1+ds1 0.12.1+ds1-1" } }, "a", 0,
    "/a/docker 28.2.2, buildx 0.12.1 (BuildKit)", VPROD__BUILDER_BUILDX, 0, NULL },
  { "a distribution's first buildx with it", { { "a", "docker", NEW, "github.com/docker/buildx 0.13.1+ds1 "
                                                                     "0.13.1+ds1-3" } }, "a", 0,
    "/a/docker 28.2.2, buildx 0.13.1 (BuildKit)", VPROD__BUILDER_BUILDX, 1, NULL },
  { "a buildx that does not know its version", { { "a", "docker", NEW, "github.com/docker/buildx unknown" } },
    "a", 0,
    "/a/docker 28.2.2, buildx of unknown version (BuildKit)", VPROD__BUILDER_BUILDX, 0, NULL },
  { "the legacy builder if nothing else is there", { { "a", "docker", NEW, NULL } }, "a", 0,
    "/a/docker 28.2.2 (legacy builder)", VPROD__BUILDER_LEGACY, 0, NULL },
  { "too old for BuildKit", { { "a", "docker", "Docker version 17.12.1-ce, build 7390fc6", NULL },
                              { "b", "docker", NEW, NULL } }, "ab", 0,
    "/a/docker 17.12.1 (legacy builder)", VPROD__BUILDER_LEGACY, 0, NULL },
  { "podman under docker's name", { { "a", "docker", "podman version 4.3.1", "buildah 1.28" },
                                    { "b", "docker", OLD, NULL } }, "ab", 0,
    "/b/docker 20.10.24 (BuildKit)", VPROD__BUILDER_BUILDKIT, 0, NULL },
  { "nothing but podman under docker's name", { { "a", "docker", "podman version 4.3.1", NULL } }, "a", 0, NULL,
    0, 0,
    "is no usable docker (it says: podman version 4.3.1)" },
  { "nothing at all", { { "a", "dockerx", NEW, NULL } }, "a", 0, NULL, 0, 0, "there is no docker on PATH" },
  { "what to install", { { "a", "x", NEW, NULL } }, "a", 0, NULL, 0, 0, "docker-cli docker-buildx" },
  { "a Podman engine", { { "a", "docker", OLD, NULL }, { "b", "podman", "podman version 4.3.1", NULL } }, "ab", 1,
    "/b/podman 4.3.1", VPROD__BUILDER_PODMAN, 0, NULL },
  { "a Podman engine without podman", { { "a", "docker", OLD, NULL } }, "a", 1, NULL, 0, 0,
    "Install the package podman" },
};

START_TEST (takes_the_first_that_is_able)
{
  char *root = unit_temp_dir (), **env = NULL;
  const vprod_call call = { sizeof call, vprod__deadline (HANG_MS), -1 };
  struct vprod__builder *builder = NULL;
  vprod_error *err = NULL;
  char path[1024] = "/nonexistent";

  for (size_t i = 0; i < 3 && machines[_i].programs[i].dir; i++)
    make_program (root, &machines[_i].programs[i]);
  for (const char *dir = machines[_i].path; *dir; dir++)
    snprintf (path + strlen (path), sizeof path - strlen (path), "::relative:%s/%c", root, *dir);
  ck_assert_int_eq (vprod__strv_addf (&env, "PATH=%s", path), 0);

  int r = vprod__builder_find (machines[_i].podman, env, &call, &builder, &err);
  if (machines[_i].words) {
    ck_assert_msg (r == 0, "%s: %s", machines[_i].why, err ? vprod_error_get_message (err) : "?");
    ck_assert_int_eq (strncmp (builder->words, root, strlen (root)), 0);
    ck_assert_str_eq (builder->words + strlen (root), machines[_i].words);
    ck_assert_int_eq (builder->kind, machines[_i].kind);
    ck_assert_int_eq (builder->rawjson, machines[_i].rawjson);
    vprod__builder_free (builder);
  } else
    assert_error (r, err, VPROD_ERROR_BUILDER, machines[_i].error);
  unit_remove_tree (root);
  vprod__strv_free (env);
  free (root);
}
END_TEST

START_TEST (program_that_never_answers_is_given_up)
{
  char *root = unit_temp_dir (), **env = NULL, *path = NULL;
  const struct program able = { "b", "docker", OLD, NULL };
  struct vprod__builder *builder = NULL;
  vprod_error *err = NULL;

  make_program (root, &able);
  unit_write_file (root, "a/docker", "#!/bin/sh\nexec sleep 100\n");
  ck_assert_int_gt (asprintf (&path, "%s/a/docker", root), 0);
  ck_assert_int_eq (chmod (path, 0755), 0);
  ck_assert_int_eq (vprod__strv_addf (&env, "PATH=%s/a:%s/b:/bin:/usr/bin", root, root), 0);

  const vprod_call call = { sizeof call, vprod__deadline (500), -1 };
  assert_error (vprod__builder_find (0, env, &call, &builder, &err), err, VPROD_ERROR_TIMEOUT,
                "program that builds");

  struct vprod__cancel cancel;
  assert_ok (vprod__cancel_init (&cancel, &err), err);
  vprod__cancel_set (&cancel);
  const vprod_call cancelled = { sizeof cancelled, VPROD_NO_DEADLINE, cancel.read_fd };
  assert_error (vprod__builder_find (0, env, &cancelled, &builder, &err), err, VPROD_ERROR_CANCELLED, "");
  vprod__cancel_end (&cancel);
  unit_remove_tree (root);
  vprod__strv_free (env);
  free (path);
  free (root);
}
END_TEST

/* ---- the command line and the environment ------------------------------------------------------------------- */

static const char *const args[] = { "A=b c", "D=", NULL }, *const tags[] = { "x:1", "y:2", NULL };

static const struct {
  int kind, rawjson, tar;
  const char *argv; /* joined by "|" */
} commands[] = {
  { VPROD__BUILDER_BUILDX, 1, 0,
    "/p|buildx|build|--progress=rawjson|--file=/c/Dockerfile|--target=t|--platform=linux/amd64|"
    "--build-arg=A=b "
    "c|--build-arg=D=|--tag=x:1|--tag=y:2|--iidfile=/f/iid|--metadata-file=/f/metadata|--load|./-c" },
  { VPROD__BUILDER_BUILDX, 0, 1,
    "/p|buildx|build|--progress=plain|--file=/c/Dockerfile|--target=t|--platform=linux/amd64|"
    "--build-arg=A=b c|--build-arg=D=|--output=type=tar,dest=-|./-c" },
  { VPROD__BUILDER_BUILDKIT, 0, 0,
    "/p|build|--progress=plain|--file=/c/Dockerfile|--target=t|--platform=linux/amd64|"
    "--build-arg=A=b c|--build-arg=D=|--tag=x:1|--tag=y:2|--iidfile=/f/iid|./-c" },
  { VPROD__BUILDER_LEGACY, 0, 0, "/p|build|--force-rm|--file=/c/Dockerfile|--target=t|--platform=linux/amd64|"
    "--build-arg=A=b c|--build-arg=D=|--tag=x:1|--tag=y:2|--iidfile=/f/iid|./-c" },
  { VPROD__BUILDER_PODMAN, 0, 0,
    "/p|--remote|--url=unix:///u|build|--format=docker|--layers|--file=/c/Dockerfile|--target=t|"
    "--platform=linux/amd64|--build-arg=A=b c|--build-arg=D=|--tag=x:1|--tag=y:2|--iidfile=/f/iid|./-c" },
  { VPROD__BUILDER_PODMAN, 0, 1,
    "/p|--remote|--url=unix:///u|build|--format=docker|--layers|--file=/c/Dockerfile|--target=t|"
    "--platform=linux/amd64|--build-arg=A=b c|--build-arg=D=|--quiet|--output=type=tar,dest=-|./-c" },
};

static char p[] = "/p", w[] = "words", url[] = "unix:///u", socket_path[] = "/u", f[] = "/f", iid[] = "/f/iid",
            metadata[] = "/f/metadata";

START_TEST (command_line_is_the_builders_own)
{
  const struct vprod__builder builder = { .kind = (enum vprod__builder_kind) commands[_i].kind,
                                          .rawjson = commands[_i].rawjson, .path = p, .words = w };
  const struct vprod__endpoint endpoint = { .kind = VPROD__ENDPOINT_UNIX, .url = url, .socket_path = socket_path };
  const struct vprod__build_files files = { f, iid, metadata };
  const vprod_build_request request = { .size = sizeof request, .context_dir = "-c",
                                        .dockerfile = "/c/Dockerfile", .target = "t",
                                        .platform = "linux/amd64", .args = args, .tags = tags,
                                          .output_tar = commands[_i].tar };
  char **argv = NULL;

  ck_assert_int_eq (vprod__build_command (&builder, &endpoint, &request, &files, NULL, &argv), 0);
  char *joined = vprod__strv_join (argv, "|");
  ck_assert_str_eq (joined, commands[_i].argv);
  free (joined);
  vprod__strv_free (argv);
}
END_TEST

START_TEST (every_builder_is_told_to_leave_its_cache)
{
  const struct vprod__builder builder = { .kind = (enum vprod__builder_kind) commands[_i].kind,
                                          .rawjson = commands[_i].rawjson, .path = p, .words = w };
  const struct vprod__endpoint endpoint = { .kind = VPROD__ENDPOINT_UNIX, .url = url, .socket_path = socket_path };
  const struct vprod__build_files files = { f, iid, metadata };
  const vprod_build_request request = { .size = sizeof request, .context_dir = "c", .dockerfile = "/c/Dockerfile", .no_cache = 1 };
  char **argv = NULL;

  ck_assert_int_eq (vprod__build_command (&builder, &endpoint, &request, &files, NULL, &argv), 0);
  ck_assert (vprod__strv_has (argv, "--no-cache"));
  vprod__strv_free (argv);
}
END_TEST

static const struct {
  int source, kind;
  const char *host, *context, *buildkit; /* as the program gets them; NULL: not at all */
} environments[] = {
  { VPROD__ENDPOINT_EXPLICIT, VPROD__BUILDER_BUILDX, "unix:///u", NULL, "1" },
  { VPROD__ENDPOINT_PROBED, VPROD__BUILDER_BUILDX, "unix:///u", NULL, "1" },
  { VPROD__ENDPOINT_VARIABLE, VPROD__BUILDER_BUILDKIT, "users", "ctx", "1" },
  { VPROD__ENDPOINT_CONTEXT, VPROD__BUILDER_LEGACY, "users", "ctx", "0" },
};

START_TEST (program_talks_to_the_same_engine)
{
  const struct vprod__builder builder = { .kind = (enum vprod__builder_kind) environments[_i].kind, .path = p, .words = w };
  const struct vprod__endpoint endpoint = { .source = (enum vprod__endpoint_source) environments[_i].source,
                                            .url = url };
  char host[] = "DOCKER_HOST=users", context[] = "DOCKER_CONTEXT=ctx", config[] = "DOCKER_CONFIG=/cfg",
    home[] = "HOME=/h",
       progress[] = "BUILDKIT_PROGRESS=tty", kit[] = "DOCKER_BUILDKIT=7", language[] = "LC_ALL=de_DE.UTF-8",
       similar[] = "DOCKER_HOSTS=kept";
  char *const env[] = { host, context, config, home, progress, kit, language, similar, NULL };
  char **got = NULL;

  ck_assert_int_eq (vprod__build_environment (&builder, &endpoint, env, &got), 0);
  ck_assert_str_eq (vprod__strv_env (got, "DOCKER_HOST"), environments[_i].host);
  if (environments[_i].context)
    ck_assert_str_eq (vprod__strv_env (got, "DOCKER_CONTEXT"), environments[_i].context);
  else
    ck_assert_ptr_null (vprod__strv_env (got, "DOCKER_CONTEXT"));
  ck_assert_str_eq (vprod__strv_env (got, "DOCKER_BUILDKIT"), environments[_i].buildkit);
  ck_assert_str_eq (vprod__strv_env (got, "DOCKER_CONFIG"), "/cfg");
  ck_assert_str_eq (vprod__strv_env (got, "DOCKER_HOSTS"), "kept");
  ck_assert_str_eq (vprod__strv_env (got, "LC_ALL"), "C");
  ck_assert_ptr_null (vprod__strv_env (got, "BUILDKIT_PROGRESS"));
  vprod__strv_free (got);
}
END_TEST

/* What would make podman a client of another service, or fail, is not handed on; docker is not podman. */
START_TEST (podman_is_no_client_of_another_service)
{
  char *dir = unit_temp_dir ();
  char config[512], address[] = "x", host[] = "CONTAINER_HOST=unix:///x", connection[] = "CONTAINER_CONNECTION=y";
  char *env[] = { config, host, connection, NULL };
  const struct vprod__endpoint endpoint = { .source = VPROD__ENDPOINT_OWN, .url = address };
  const struct vprod__builder podman = { .kind = VPROD__BUILDER_PODMAN }, docker = { .kind = VPROD__BUILDER_BUILDX };
  char **got = NULL;

  snprintf (config, sizeof config, "DOCKER_CONFIG=%s", dir);
  ck_assert_int_eq (vprod__build_environment (&podman, &endpoint, env, &got), 0);
  ck_assert_ptr_null (vprod__strv_env (got, "CONTAINER_HOST"));
  ck_assert_ptr_null (vprod__strv_env (got, "CONTAINER_CONNECTION"));
  ck_assert_ptr_null (vprod__strv_env (got, "DOCKER_CONFIG"));
  vprod__strv_free (got);
  unit_write_file (dir, "config.json", "{}");
  ck_assert_int_eq (vprod__build_environment (&podman, &endpoint, env, &got), 0);
  ck_assert_str_eq (vprod__strv_env (got, "DOCKER_CONFIG"), dir);
  vprod__strv_free (got);
  ck_assert_int_eq (vprod__build_environment (&docker, &endpoint, env, &got), 0);
  ck_assert_str_eq (vprod__strv_env (got, "CONTAINER_HOST"), "unix:///x");
  vprod__strv_free (got);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("build_cli");
  TCase *tc = tcase_create ("build_cli");

  tcase_set_timeout (tc, 120);
  tcase_add_loop_test (tc, takes_the_first_that_is_able, 0, sizeof machines / sizeof machines[0]);
  tcase_add_test (tc, program_that_never_answers_is_given_up);
  tcase_add_loop_test (tc, command_line_is_the_builders_own, 0, sizeof commands / sizeof commands[0]);
  tcase_add_loop_test (tc, every_builder_is_told_to_leave_its_cache, 0, sizeof commands / sizeof commands[0]);
  tcase_add_loop_test (tc, program_talks_to_the_same_engine, 0, sizeof environments / sizeof environments[0]);
  tcase_add_test (tc, podman_is_no_client_of_another_service);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
