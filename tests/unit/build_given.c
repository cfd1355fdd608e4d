/* SPDX-License-Identifier: MIT */
#include "runner/build/build.h"
#include "unit.h"
#include "util/file.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static char p[] = "/p", words[] = "WORDS", url[] = "unix:///nonexistent", socket_path[] = "/nonexistent";

#define BUILDX VPROD__BUILDER_BUILDX
#define BUILDKIT VPROD__BUILDER_BUILDKIT
#define LEGACY VPROD__BUILDER_LEGACY
#define PODMAN VPROD__BUILDER_PODMAN

static const struct {
  struct vprod__builder builder;
  const char *secrets[3], *ssh[3], *contexts[3];
  const char *options; /* with | between; NULL: an error */
  int code;
  const char *error;
} builds[] = {
  { { .kind = LEGACY }, .options = "" },
  { { .kind = BUILDX, .secret_env = 1 }, .secrets = { "id=a,env=TOKEN", "id=b.c,src=/etc/passwd" },
    .options = "--secret=id=a,env=TOKEN|--secret=id=b.c,src=/etc/passwd" },
  { { .kind = BUILDKIT, .secret_env = 1 }, .secrets = { "id=a,env=TOKEN" }, .options = "--secret=id=a,env=TOKEN" },
  { { .kind = BUILDX, .contexts = 1 }, .contexts = { "x=/dev/", "y=docker-image://z" },
    .options = "--build-context=x=/dev/|--build-context=y=docker-image://z" },
  { { .kind = PODMAN, .contexts = 1 }, .contexts = { "x=/" }, .options = "--build-context=x=/" },
  { { .kind = BUILDX }, .ssh = { "default=/key", "b=/c" }, .options = "--ssh=default=/key|--ssh=b=/c" },
  { { .kind = BUILDKIT, .secret_env = 1 }, .contexts = { "x=/a" }, .code = VPROD_ERROR_UNSUPPORTED,
    .error = "WORDS cannot be given named contexts (image.contexts): buildx 0.8 or later can" },
  { { .kind = LEGACY }, .secrets = { "id=a,env=TOKEN" }, .code = VPROD_ERROR_UNSUPPORTED,
    .error = "WORDS cannot be given secrets (image.secrets): BuildKit can" },
  { { .kind = LEGACY }, .ssh = { "default" }, .code = VPROD_ERROR_UNSUPPORTED,
    .error = "WORDS cannot be given an SSH agent (image.ssh): BuildKit can" },
  { { .kind = PODMAN }, .ssh = { "default" }, .code = VPROD_ERROR_UNSUPPORTED, .error = "another user's or machine's Podman" },
  { { .kind = BUILDX }, .ssh = { "default" }, .code = VPROD_ERROR_UNSUPPORTED,
    .error = "there is none: SSH_AUTH_SOCK is not set" },
  { { .kind = BUILDX, .secret_env = 1 }, .secrets = { "id=a,env=NOT_SET" }, .code = VPROD_ERROR_INVALID, .error = "NOT_SET" },
  { { .kind = BUILDX }, .secrets = { "id=a,src=/nonexistent/x" }, .code = VPROD_ERROR_IO, .error = "/nonexistent/x" },
  { { .kind = BUILDX, .contexts = 1 }, .contexts = { "x=/nonexistent/c" }, .code = VPROD_ERROR_IO,
    .error = "the named context x=/nonexistent/c" },
  { { .kind = BUILDX, .contexts = 1 }, .contexts = { "x=/etc/passwd" }, .code = VPROD_ERROR_IO, .error = "is not a folder" },
  { { .kind = BUILDX }, .secrets = { "a" }, .code = VPROD_ERROR_INVALID, .error = "neither" },
};

static char token[] = "TOKEN=va,l\"ue";

static int make (const struct vprod__builder *builder, const vprod_build_request *request, char *const *env,
                 struct vprod__build_given *ret, vprod_error **err)
{
  const struct vprod__endpoint endpoint = { .kind = VPROD__ENDPOINT_UNIX, .url = url, .socket_path = socket_path };
  struct vprod__builder named = *builder;

  named.path = p;
  named.words = words;
  return vprod__build_given_make (&named, &endpoint, request, env, ret, err);
}

START_TEST (options_are_the_builders_or_it_says_which_can)
{
  char *const env[] = { token, NULL };
  struct vprod__build_given given = { 0 };
  vprod_error *err = NULL;
  const vprod_build_request request = { .size = sizeof request, .secrets = builds[_i].secrets, .ssh = builds[_i].ssh,
                                        .contexts = builds[_i].contexts };

  int r = make (&builds[_i].builder, &request, env, &given, &err);
  if (builds[_i].options) {
    ck_assert_int_eq (r, 0);
    char *joined = vprod__strv_join (given.options, "|");
    ck_assert_str_eq (joined, builds[_i].options);
    free (joined);
  } else
    assert_error (r, err, (vprod_error_code) builds[_i].code, builds[_i].error);
  vprod__build_given_clear (&given);
}
END_TEST

/* The path that follows "src=" in an option. */
static const char *path_of (const char *option)
{
  const char *found = strstr (option, "src=");

  ck_assert_ptr_nonnull (found);
  return found + 4;
}

START_TEST (value_lies_in_memory_and_on_no_command_line)
{
  char *const env[] = { token, NULL };
  const char *const secrets[] = { "id=a,env=TOKEN", NULL };
  const vprod_build_request request = { .size = sizeof request, .secrets = secrets };
  const struct vprod__builder builder = { .kind = BUILDKIT };
  struct vprod__build_given given = { 0 };
  struct vprod__buf text = { 0 };
  vprod_error *err = NULL;

  ck_assert_int_eq (make (&builder, &request, env, &given, &err), 0);
  ck_assert_ptr_null (strstr (given.options[0], "va"));
  char *path = strdup (path_of (given.options[0]));
  ck_assert_int_eq (vprod__file_read (path, 1000, &text, &err), 0);
  ck_assert_str_eq (vprod__buf_string (&text), "va,l\"ue");
  vprod__buf_clear (&text);
  vprod__build_given_clear (&given);
  ck_assert_int_ne (access (path, F_OK), 0);
  free (path);
}
END_TEST

/* Docker's programs read a list of comma-separated values; Podman cuts at each comma. */
START_TEST (odd_paths_of_files_reach_the_builder)
{
  char *dir = unit_temp_dir (), *const env[] = { NULL };
  const struct vprod__builder docker = { .kind = BUILDX }, podman = { .kind = PODMAN };
  char secret[512], wanted[512];
  const char *const secrets[] = { secret, NULL };
  const vprod_build_request request = { .size = sizeof request, .secrets = secrets };
  struct vprod__build_given given = { 0 };
  struct vprod__buf text = { 0 };
  vprod_error *err = NULL;

  unit_write_file (dir, "a,\"b", "value\n");
  snprintf (secret, sizeof secret, "id=x,src=%s/a,\"b", dir);
  snprintf (wanted, sizeof wanted, "--secret=id=x,\"src=%s/a,\"\"b\"", dir);
  ck_assert_int_eq (make (&docker, &request, env, &given, &err), 0);
  ck_assert_str_eq (given.options[0], wanted);
  vprod__build_given_clear (&given);
  ck_assert_int_eq (make (&podman, &request, env, &given, &err), 0);
  ck_assert_int_eq (vprod__file_read (path_of (given.options[0]), 1000, &text, &err), 0);
  ck_assert_str_eq (vprod__buf_string (&text), "value\n");
  vprod__buf_clear (&text);
  vprod__build_given_clear (&given);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

START_TEST (agent_that_does_not_answer_is_named)
{
  char *dir = unit_temp_dir (), variable[200];
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char *const env[] = { variable, NULL };
  const char *const ssh[] = { "other=/x", "default", NULL };
  const vprod_build_request request = { .size = sizeof request, .ssh = ssh };
  const struct vprod__builder builder = { .kind = BUILDKIT };
  struct vprod__build_given given = { 0 };
  vprod_error *err = NULL;

  snprintf (address.sun_path, sizeof address.sun_path, "%s/agent", dir);
  snprintf (variable, sizeof variable, "SSH_AUTH_SOCK=%s/agent", dir);
  int r = make (&builder, &request, env, &given, &err);
  assert_error (r, err, VPROD_ERROR_UNSUPPORTED, "none answers at");
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  ck_assert_int_eq (listen (fd, 1), 0);
  err = NULL;
  ck_assert_int_eq (make (&builder, &request, env, &given, &err), 0);
  ck_assert_str_eq (given.options[1], "--ssh=default");
  vprod__build_given_clear (&given);
  close (fd);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("build_given");
  TCase *tc = tcase_create ("build_given");

  tcase_add_loop_test (tc, options_are_the_builders_or_it_says_which_can, 0, sizeof builds / sizeof builds[0]);
  tcase_add_test (tc, value_lies_in_memory_and_on_no_command_line);
  tcase_add_test (tc, odd_paths_of_files_reach_the_builder);
  tcase_add_test (tc, agent_that_does_not_answer_is_named);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
