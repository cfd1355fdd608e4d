/* SPDX-License-Identifier: MIT */
/* A build that failed without a secret or an SSH agent says nothing of the image. */
#include "mock_runner.h"

#include "session/session.h"
#include "session/withheld.h"
#include "spec/spec.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])
#define TOKEN "RUN --mount=type=secret,id=token "

static const struct {
  const char *step; /* as builders name it; NULL: they do not */
  const char *message;
  const char *part; /* of what is said; NULL: it is the image's own fault */
} failures[] = {
  /* Docker's and Podman's words on a mount that is required */
  { "RUN --mount=type=secret,id=token,required=true x", "secret token not found: not found", "the secret token, which `RUN" },
  { "RUN --mount=type=secret,id=token,required x", "secret token: not found", "the secret token," },
  { "RUN --mount=type=secret,id=token,required=true x",
    "resolving mountpoints for container \"b\": secret required but no secret with id token found", "the secret token," },
  { "RUN --mount=type=ssh,required=true git clone x", "no SSH key \"\" forwarded from the client", "an SSH agent, which" },
  { NULL, "secret token: not found", "the secret token: secret token: not found." },
  { NULL, "no SSH key \"default\" forwarded from the client", "an SSH agent: no SSH" },
  /* programs' words on one that is not */
  { TOKEN "cat /run/secrets/token", "cat: can't open '/run/secrets/token': No such file or directory\nexit code: 1",
    "cat: can't open '/run/secrets/token': No such file or directory; exit code: 1. " },
  { TOKEN "pip install --index-url https://x y", "ERROR: HTTP error 401 while getting x\nexit code: 1", "by `image.secrets: {token: {env: VARIABLE}}` (or" },
  { TOKEN "curl -f x", "exit status 22", "the secret token" },
  { "RUN --mount=type=ssh git clone git@x:y", "git@x: Permission denied (publickey).\nexit code: 128", "by `image.ssh: [default]`" },
  { "RUN --mount=type=ssh,id=deploy git clone git@x:y", "denied\nexit code: 128", "the SSH agent deploy, which" },
  { "RUN --mount=type=secret,target=/root/.npmrc npm ci", "npm error 401\nexit code: 1", "the secret .npmrc" },
  { "RUN --mount=type=cache,target=/c --mount=dst=/a/b,type=secret --mount=id=two,type=secret --mount=type=ssh x",
    "exit code: 1", "the secret b, two and an SSH agent, which" },
  { "RUN --mount=type=secret,id=a --mount=type=secret,id=b --mount=type=ssh x", "exit code: 1",
    "by `image.secrets: {a: {env: VARIABLE}, b: {env: VARIABLE}}` (or {file: PATH}) and by `image.ssh: [default]`" },
  { "RUN --mount=type=secret,\"id=token\",env=TOKEN x", "exit code: 1", "the secret token" },
  { TOKEN "<<EOF (set -e...)", "x: not found\nexit code: 127", "the secret token" },
  { "ADD git@example.org:a/b.git /src", "no SSH key \"default\" forwarded from the client", "an SSH agent" },
  { "ADD --keep-git-dir=true ssh://git@example.org/a.git /src", "denied", "an SSH agent" },
  { "git@example.org:a/b.git", "Permission denied (publickey)", "an SSH agent" },
  /* in doubt: what stands behind the first program may be missing because nobody was let in */
  { TOKEN "curl -H \"$(cat /run/secrets/token)\" x | sh && tool setup", "sh: 1: tool: not found\nexit code: 127", "token" },
  { TOKEN "sh ./build.sh", "./build.sh: 3: Syntax error: \"}\" unexpected\nexit code: 2", "the secret token" },
  { TOKEN "$(cat /run/secrets/token) x", "sh: 1: y: not found\nexit code: 127", "the secret token" },
  { TOKEN "make", "main.c:1: error: expected ;\nmake: *** Error 1\nexit code: 2", "the secret token" },
  /* without it or with it: the step does not begin */
  { TOKEN "poetry install", "/bin/sh: 1: poetry: not found\nexit code: 127", NULL },
  { TOKEN "poetry install", "/bin/sh: poetry: command not found\nexit status 127", NULL },
  { TOKEN "[\"poetry\", \"install\"]", "runc: exec: \"poetry\": executable file not found in $PATH", NULL },
  { TOKEN "if x; then", "/bin/sh: 1: Syntax error: end of file unexpected (expecting \"fi\")\nexit code: 2", NULL },
  { TOKEN "'x", "/bin/sh: syntax error: unterminated quoted string\nexit code: 2", NULL },
  /* no such mount, or one that is in what is mounted */
  { "RUN make", "secrets.c: secret token not found\nexit code: 2", NULL },
  { "RUN --mount=type=cache,id=secret,target=/c make", "exit code: 2", NULL },
  { "RUN --mount=type=bind,source=type=secret,target=/c make", "exit code: 2", NULL },
  { "RUN echo --mount=type=secret,id=x", "exit code: 2", NULL },
  { "COPY x /x", "\"/x\" not found", NULL },
  { "ADD https://example.org/x /x", "404", NULL },
  { NULL, "dockerfile parse error line 3: unknown instruction: SECRET", NULL },
  { NULL, NULL, NULL },
};

START_TEST (tells_whose_fault_a_failure_is)
{
  char step[300], message[300], *said = NULL;
  vprod_build_facts facts = { 0 };

  snprintf (step, sizeof step, "%s", failures[_i].step ? failures[_i].step : "");
  snprintf (message, sizeof message, "%s", failures[_i].message ? failures[_i].message : "");
  facts.failed_step = failures[_i].step ? step : NULL;
  facts.message = failures[_i].message ? message : NULL;
  ck_assert_int_eq (vprod__build_withheld (&facts, &(struct vprod__spec_image) { 0 }, &said), 0);
  if (failures[_i].part)
    ck_assert_msg (said && strstr (said, failures[_i].part), "\"%s\" in: %s", failures[_i].part, said ? said : "nothing");
  else
    ck_assert_msg (!said, "%s", said);
  free (said);
}
END_TEST

START_TEST (a_build_that_succeeded_wants_nothing)
{
  char step[] = TOKEN "x", *said = step;
  vprod_build_facts facts = { .succeeded = 1, .failed_step = step };

  ck_assert_int_eq (vprod__build_withheld (&facts, &(struct vprod__spec_image) { 0 }, &said), 0);
  ck_assert_ptr_null (said);
}
END_TEST

/* A step that had what it wants is judged like any other; what else it wants is told. */
START_TEST (what_was_given_is_not_wanted)
{
  char id[] = "token", agent[] = "default=/key", *ssh[] = { agent, NULL }, *said = NULL, message[] = "exit code: 1",
       refused[] = "ERROR: HTTP error 401 while getting x\nexit code: 1",
       given[] = TOKEN "--mount=type=ssh x", more[] = TOKEN "--mount=type=secret,id=tok x";
  struct vprod__spec_secret secret = { .name = id };
  const struct vprod__spec_image image = { .secrets = &secret, .n_secrets = 1, .ssh = ssh };

  ck_assert_int_eq (vprod__build_withheld (&(vprod_build_facts) { .failed_step = given, .message = message }, &image, &said), 0);
  ck_assert_ptr_null (said);
  ck_assert_int_eq (vprod__build_withheld (&(vprod_build_facts) { .failed_step = given, .message = refused }, &image, &said), 0);
  ck_assert_ptr_nonnull (strstr (said, "the build was not let in with the secret token and an SSH agent, which"));
  ck_assert_ptr_nonnull (strstr (said, "still valid there?"));
  free (said);
  ck_assert_int_eq (vprod__build_withheld (&(vprod_build_facts) { .failed_step = more, .message = message }, &image, &said), 0);
  ck_assert_ptr_nonnull (strstr (said, "not given the secret tok, which"));
  free (said);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_withheld");
  TCase *tcase = tcase_create ("failures");

  tcase_add_loop_test (tcase, tells_whose_fault_a_failure_is, 0, COUNT (failures));
  tcase_add_test (tcase, a_build_that_succeeded_wants_nothing);
  tcase_add_test (tcase, what_was_given_is_not_wanted);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
