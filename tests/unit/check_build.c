/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <stdio.h>

#include "checks/build/facts.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- what to do about a failure ------------------------------------------------------------------------ */

static const struct {
  const char *message; /* as builders write it */
  const char *step;
  const char *remedy;
} remedies[] = {
  { "failed to compute cache key: \"/nowhere.txt\" not found: not found", "COPY nowhere.txt /x", ".dockerignore" },
  { "failed to compute cache key: failed to calculate checksum of ref x::y: \"/nowhere.txt\": not found",
    "COPY nowhere.txt /x", ".dockerignore" },
  { "COPY failed: file not found in build context or excluded by .dockerignore: stat x: file does not exist",
    "COPY x /x", ".dockerignore" },
  { "building at STEP \"COPY x /x\": checking on sources under \"/c\": copier: stat: \"/x\": no such file or "
    "directory",
    "COPY x /x", ".dockerignore" },
  { "failed to compute cache key: \"/nope\" not found: not found", "COPY --from=s /nope /x", "--from" },
  { "failed to solve with frontend dockerfile.v0: failed to create LLB definition: target stage nosuch could not "
    "be found",
    "", "image.target" },
  { "failed to reach build target nosuch in Dockerfile", "", "image.target" },
  { "executor failed running [/bin/sh -c echo x; exit 9]: exit code: 9", "RUN echo x; exit 9",
    "what the step complains of" },
  { "executor failed running [/bin/sh -c gcc x]: exit code: 127", "RUN gcc x", "install it in the same stage" },
  { "The command '/bin/sh -c gcc x' returned a non-zero code: 127", "RUN gcc x", "install it in the same stage" },
  { "process \"/bin/sh -c make\" did not complete successfully: exit code: 137", "RUN make", "memory" },
  { "lstat /var/lib/docker/merged/nope: no such file or directory", "COPY --from=s /nope /x", "--from" },
  { "file with no instructions", "", "FROM" },
  { "E: Failed to fetch http://x/y.deb  404  Not Found\nE: Unable to fetch some archives, maybe run apt-get update\n"
    "exit code: 100", "RUN apt-get install -y y", "apt-get update" },
  { "E: Unable to locate package y\nexit code: 100", "RUN apt-get install -y y", "apt-get update" },
  { "ERROR: No matching distribution found for y==9\nexit code: 1", "RUN pip install y==9", "look at name" },
  { "dockerfile parse error line 2: unknown instruction: RUNN", "", "Correct that line" },
  { "dockerfile parse error line 3: unknown instruction: ECHO", "", "heredoc" },
  { "base name ($X) should not be blank", "", "image.args" },
  { "no build stage in current context", "", "FROM" },
  { "the Dockerfile cannot be empty", "", "empty" },
  { "unable to find user nobody2: no matching entries in passwd file", "RUN true", "USER" },
  { "the --mount option requires BuildKit", "RUN --mount=type=cache,target=/x true", "docker-buildx" },
  { "write /x: no space left on device", "COPY . .", "disk" },
  { "could not translate host name \"db\" to address: Temporary failure in name resolution", "RUN migrate", "a build has no database" },
  { "connect ECONNREFUSED 127.0.0.1:5432", "RUN npm run build", "a build has no database" },
  { "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused", "RUN migrate", "a build has no database" },
  { "exec /bin/sh: exec format error", "RUN true", "image.platform" },
  { "something that nobody has seen", "", "what the builder complains of" },
};

START_TEST (remedy_fits_the_failure)
{
  assert_holds (vprod__build_remedy (remedies[_i].message, remedies[_i].step), remedies[_i].remedy);
}
END_TEST

START_TEST (finds_the_names_of_stages)
{
  char **stages = NULL;

  ck_assert_int_eq (
    vprod__dockerfile_stages ("# FROM x AS not\nFROM a AS one\n  from --platform=$P b as Two \r\nFROM c\n"
                              "RUN echo FROM x AS y\nFROM d AS",
                              &stages),
    0);
  char *joined = vprod__strv_join (stages, ",");
  ck_assert_str_eq (joined, "one,Two");
  free (joined);
  vprod__strv_free (stages);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------- */

static const struct {
  int usable;
  const char *message;
  const char *step;
  const char *why;
  const char *target;
  int dockerfile_missing;
  int context_missing;
  const char *log;
  struct wanted wanted;
} judged[] = {
  { .usable = 1, .wanted = { VPROD_VERDICT_PASS, 0, "built in 4.2 s: 1 step ran, 2 came from the cache", "" } },
  { .message = "running x\nexecutor failed running [x]: exit code: 9\n", .step = "RUN x",
    .log = "#5 0.1 error: the reason\n"
    "#5 0.2 cleaning\n#5 0.3 exit code: 9\n",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN x`: executor failed running [x]: exit code: 9", "complains" } },
  { .message = "main.c:3:5: error: expected ;\nmake: *** [main.o] Error 1\nexit code: 2", .step = "RUN make",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN make`: exit code: 2: main.c:3:5: error: expected ;", "complains" } },
  { .message = "Traceback (most recent call last):\n  File \"x\"\nImportError: no y\nexit code: 1", .step = "RUN x",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN x`: exit code: 1: ImportError: no y", "complains" } },
  { .message = "checking\nself-test: expected 4, got 5\nexit code: 3", .step = "RUN x",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN x`: exit code: 3: self-test: expected 4, got 5", "complains" } },
  { .message = "tar: unrecognized option: owner\n…\n  --help  this list\nexit code: 2", .step = "RUN x",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN x`: exit code: 2: tar: unrecognized option: owner", "complains" } },
  { .message = "[ERROR] A.java:[3,9] cannot find symbol\n…\n[ERROR] [Help 1]\nexit code: 1", .step = "RUN x",
    .wanted = { VPROD_VERDICT_FAIL, 0, "exit code: 1: [ERROR] A.java:[3,9] cannot find symbol", "complains" } },
  { .message = "error: subprocess-exited-with-error\nerror: command 'gcc' failed\n╰─> p\nexit code: 1", .step = "RUN x",
    .wanted = { VPROD_VERDICT_FAIL, 0, "exit code: 1: error: command 'gcc' failed", "complains" } },
  { .message = "exit code: 1", .step = "RUN x",
    .log = "#5 [2/2] RUN x || echo error: not\n#5 0.1 error: the reason\n#5 0.3 exit code: 9\n",
    .wanted = { VPROD_VERDICT_FAIL, 0, "it failed at `RUN x`: exit code: 1", "complains" } },
  { .message = "target stage nosuch could not be found", .target = "nosuch",
    .wanted = { VPROD_VERDICT_FAIL, 0, "target stage nosuch could not be found",
    "image.target is \"nosuch\"; the stages of /c/Dockerfile.prod are: builder, runtime" } },
  { .dockerfile_missing = 1, .why = "no such file",
    .wanted = { VPROD_VERDICT_FAIL, 0, "there is no Dockerfile /c/Dockerfile.prod", "Write /c/Dockerfile.prod" } },
  { .context_missing = 1, .dockerfile_missing = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "there is no build context /c", "image.context" } },
  { .why = "the image did not build",
    .wanted = { VPROD_VERDICT_FAIL, 0, "does not build: the image did not build", NULL } },
};

START_TEST (judges)
{
  char builder[] = "mock 1.0", step[200], message[200], log[400], ref[] = "x:y";
  char one[] = "builder", two[] = "runtime", *stages[] = { one, two, NULL };
  struct vprod__image image = { .usable = judged[_i].usable, .build_ms = 4200, .ref = ref };
  vprod_result *result = new_result ();

  snprintf (step, sizeof step, "%s", judged[_i].step ? judged[_i].step : "");
  snprintf (message, sizeof message, "%s",
            judged[_i].message ? judged[_i].message
            : judged[_i].why   ? judged[_i].why
                               : "");
  snprintf (log, sizeof log, "%s", judged[_i].log ? judged[_i].log : "");
  image.build.builder = builder;
  image.build.failed_step = judged[_i].step ? step : NULL;
  image.build.message = judged[_i].message ? message : NULL;
  image.why = judged[_i].why ? message : NULL;
  image.log = judged[_i].log ? log : NULL;
  image.log_length = strlen (log);
  static const vprod_build_step steps[] = {
    { sizeof steps[0], "1", "", "load context", "[internal] load context", VPROD_STEP_RAN, NULL },
    { sizeof steps[0], "2", "x", "FROM base", "[x 1/4] FROM base", VPROD_STEP_CACHED, NULL },
    { sizeof steps[0], "3", "x", "RUN a", "[x 2/4] RUN a", VPROD_STEP_CACHED, NULL },
    { sizeof steps[0], "4", "x", "WORKDIR /b", "[x 3/4] WORKDIR /b", VPROD_STEP_CACHED, NULL },
    { sizeof steps[0], "5", "x", "COPY c d", "[x 4/4] COPY c d", VPROD_STEP_RAN, NULL },
  };
  for (int i = 0; i < COUNT (steps); i++)
    ck_assert_int_eq (vprod__steps_tell (&image.steps, &steps[i]), 0);

  struct vprod__build_facts facts = {
    .image = &image, .dockerfile = "/c/Dockerfile.prod", .dockerfile_missing = judged[_i].dockerfile_missing,
    .context = "/c", .context_missing = judged[_i].context_missing,
    .target = judged[_i].target, .stages = stages };
  int r = vprod__build_judge (&facts, result, NULL);
  assert_wanted (r, result, NULL, &judged[_i].wanted);
  if (judged[_i].usable || judged[_i].message)
    assert_evidence (result, "builder", "mock 1.0");
  if (judged[_i].log) {
    assert_evidence (result, "first_complaint", "#5 0.1 error: the reason");
    assert_holds (vprod_result_find_evidence (result, "log_tail"), "exit code: 9");
    assert_evidence (result, "failed_step", "RUN x");
  }
  vprod__steps_clear (&image.steps);
  vprod_result_free (result);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

static void fails (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
  build->failed_step = "RUN make";
  build->message = "exit code: 2";
  build->log = "make: *** no rule\033[0m\n";
}

static void prepare_failing (struct mock *mock)
{
  mock->on_build = fails;
}

static void runs_nothing_foreign (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
  build->failed_step = "RUN make";
  build->message = "exec /bin/sh: exec format error";
}

static void prepare_foreign (struct mock *mock)
{
  mock->on_build = runs_nothing_foreign;
}

static void no_registry (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->error = VPROD_ERROR_REGISTRY;
  build->message = "python:3.12-slim could not be had";
}

static void wants_secret (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
  build->failed_step = "RUN --mount=type=secret,id=token curl -f x";
  build->message = "curl: (22) 401\nexit code: 22";
}

static void prepare_wants_secret (struct mock *mock)
{
  mock->on_build = wants_secret;
}

static void prepare_no_registry (struct mock *mock)
{
  mock->on_build = no_registry;
}

static void is_missing (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->error = VPROD_ERROR_IMAGE;
  build->message = "cannot build: it is not there";
}

static void prepare_missing (struct mock *mock)
{
  mock->on_build = is_missing;
}

static const struct {
  struct flow flow;
  struct wanted wanted;
} flows[] = {
  { { .yaml = "version: 1\n" }, { VPROD_VERDICT_PASS, 0, "2 steps ran, 0 came from the cache", "" } },
  { { .yaml = "version: 1\nimage: {ref: x}\n" }, { VPROD_VERDICT_SKIP, 0, "an image that exists, x", NULL } },
  { { .yaml = "version: 1\nimage: {dockerfile: Dockerfile.nowhere}\n", .prepare = prepare_missing },
    { VPROD_VERDICT_FAIL, 0, "Dockerfile.nowhere", "Write" } },
  { { .yaml = "version: 1\nimage: {context: nowhere}\n", .prepare = prepare_missing },
    { VPROD_VERDICT_FAIL, 0, "nowhere", "image.context" } },
  { { NULL, "version: 1\n", prepare_failing }, { VPROD_VERDICT_FAIL, 0, "`RUN make`: exit code: 2", NULL } },
  { { NULL, "version: 1\nimage: {platform: linux/s390x}\n", prepare_foreign },
    { 0, VPROD_ERROR_UNSUPPORTED, "builds for linux/s390x: this engine's processor is amd64", NULL } },
  /* its own processor's, or none was asked for: then the image has a program of another one */
  { { NULL, "version: 1\nimage: {platform: linux/amd64}\n", prepare_foreign },
    { VPROD_VERDICT_FAIL, 0, "`RUN make`: exec /bin/sh: exec format error", "for another processor" } },
  { { NULL, "version: 1\n", prepare_foreign }, { VPROD_VERDICT_FAIL, 0, "exec format error", "for another processor" } },
  { { NULL, "version: 1\n", prepare_wants_secret },
    { 0, VPROD_ERROR_UNSUPPORTED, "was not given the secret token, which `RUN --mount=type=secret,id=token curl -f x`", NULL } },
  { { NULL, "version: 1\n", prepare_no_registry },
    { 0, VPROD_ERROR_REGISTRY, "python:3.12-slim could not be had", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = flows[_i].flow;

  flow.check = vprod_check_build;
  flow_says (&flow, &flows[_i].wanted);
}
END_TEST

START_TEST (an_image_that_cannot_be_had_is_an_error)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_build, "version: 1\nimage: {ref: nowhere/x}\n", NULL };

  mock_fail (mock, "image_pull", 0, VPROD_ERROR_REGISTRY);
  mock_fail (mock, "image_facts", 0, VPROD_ERROR_NOT_FOUND);
  vprod_session *session = mock_session (mock, flow.yaml);
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  ck_assert_int_lt (vprod_check_build (session, &result, &err), 0);
  ck_assert_ptr_null (result);
  vprod_error_free (err);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { NULL };

  flow_sweep (&(struct flow) { vprod_check_build, "version: 1\n", NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_build, "version: 1\n", NULL };

  flow_is_cancelled (&flow, "build", 1);
  flow_runs_out_of_time (&flow, "build", 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_build");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, remedy_fits_the_failure, 0, COUNT (remedies));
  tcase_add_test (tcase, finds_the_names_of_stages);
  tcase_add_loop_test (tcase, judges, 0, COUNT (judged));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, an_image_that_cannot_be_had_is_an_error);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
