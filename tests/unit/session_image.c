/* SPDX-License-Identifier: MIT */
/* The image: built or given; what is an outcome of a build, and what is an error. */
#include "mock_runner.h"

#include <stdio.h>
#include <unistd.h>

#include <archive.h>
#include "image/visible.h"
#include "session/session.h"

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  err = NULL;
}

static void teardown (void)
{
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}

static const struct vprod__app *get_app (void)
{
  const struct vprod__app *app;

  assert_ok (vprod__get_app (session, &app, &err), err);
  return app;
}

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->failed = 1;
  build->failed_step = "RUN make";
  build->message = "make: no rule";
  build->log = "words of the builder\n";
}

START_TEST (image_that_does_not_build_is_an_outcome_and_takes_the_ground_from_others)
{
  const struct vprod__image *image;
  const struct vprod__app *app;
  vprod_result *result = NULL;

  mock->on_build = does_not_build;
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_str_eq (image->build.failed_step, "RUN make");
  ck_assert_str_eq (image->build.message, "make: no rule");
  ck_assert_str_eq (image->log, "words of the builder\n");
  ck_assert_uint_eq (image->steps.count, 4);

  assert_ok (vprod__result_new ("non-root", "title", &result, &err), err);
  ck_assert_int_eq (vprod__need_ready (session, result, &app, &err), 1);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  ck_assert_str_eq (vprod_result_get_message (result), "not checked: the image did not build");
  vprod_result_free (result);

  app = get_app ();
  ck_assert_int_eq (app->started, 0);
  ck_assert_str_eq (app->why, "the image did not build");
  ck_assert_int_eq (mock_count (mock, "container_create", "verify-prod-session/"), 0);
}
END_TEST

START_TEST (missing_context_is_a_build_that_failed)
{
  const struct vprod__image *image;
  char path[4096];

  snprintf (path, sizeof path, "%s/Dockerfile.prod", mock_folder (mock));
  unlink (path);
  session = mock_session (mock, "version: 1\nname: subject\nimage: {context: nowhere}\n");
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_ptr_nonnull (strstr (image->build.message, "there is no build context "));
  ck_assert_int_eq (mock_count (mock, "build", NULL), 0);
}
END_TEST

START_TEST (builder_that_refuses_the_dockerfile_is_a_build_that_failed)
{
  const struct vprod__image *image;

  mock_fail (mock, "build", 1, VPROD_ERROR_IMAGE);
  session = mock_session (mock, NULL);
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->usable, 0);
  ck_assert_ptr_nonnull (strstr (image->build.message, MOCK_FAULT));
}
END_TEST

START_TEST (given_image_is_pulled_if_absent_and_never_removed)
{
  const struct vprod__image *image;

  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"registry.test/subject:1\"}\n");
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (image->given, 1);
  ck_assert_int_eq (image->usable, 1);
  ck_assert_str_eq (image->ref, "registry.test/subject:1");
  ck_assert_int_eq (mock_count (mock, "image_pull", "registry.test/subject:1"), 1);
  ck_assert_int_eq (mock_count (mock, "build", NULL), 0);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_IMAGE_TAG, "registry.test/subject:1"), 1);
}
END_TEST

START_TEST (given_image_that_is_there_is_not_pulled)
{
  const struct vprod__image *image;

  mock->has_all_images = 1;
  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"subject:1\"}\n");
  assert_ok (vprod__get_image (session, &image, &err), err);
  ck_assert_int_eq (mock_count (mock, "image_pull", NULL), 0);
}
END_TEST

START_TEST (registry_that_does_not_answer_is_an_error)
{
  const struct vprod__image *image = NULL;

  mock_fail (mock, "image_pull", 1, VPROD_ERROR_REGISTRY);
  session = mock_session (mock, "version: 1\nname: subject\nimage: {ref: \"subject:1\"}\n");
  assert_error (vprod__get_image (session, &image, &err), err, VPROD_ERROR_REGISTRY, MOCK_FAULT);
  ck_assert_ptr_null (image);
}
END_TEST

START_TEST (build_has_its_own_deadline)
{
  const struct vprod__image *image;

  mock_hang (mock, "build", 1);
  session = mock_session (mock, "version: 1\nname: subject\nchecks: {build: {timeout: 100ms}}\n");
  assert_error (vprod__get_image (session, &image, &err), err, VPROD_ERROR_TIMEOUT, "");
}
END_TEST

START_TEST (session_timeout_ends_everything)
{
  vprod_session_options options = { .size = sizeof options, .timeout_ms = 150 };
  const struct vprod__app *app;

  mock_hang (mock, "container_start", 0);
  session = mock_session_with (mock, NULL, &options);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_TIMEOUT, "");
}
END_TEST

START_TEST (build_command_tags_and_removes_nothing)
{
  char *id = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod_session_build (session, NULL, &id, &err), err);
  ck_assert_str_eq (id, mock->image.facts.id);
  free (id);
  vprod_session_free (vprod__steal (&session));
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_IMAGE_TAG, "subject:latest"), 1);
}
END_TEST

START_TEST (build_command_says_why_it_did_not_build)
{
  char *id = NULL;

  mock->on_build = does_not_build;
  session = mock_session (mock, NULL);
  assert_error (vprod_session_build (session, "x:1", &id, &err), err, VPROD_ERROR_IMAGE,
                "at RUN make: make: no rule");
  ck_assert_ptr_null (id);
}
END_TEST

static void wants_agent (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
  build->failed_step = "RUN --mount=type=ssh git clone git@x:y";
  build->message = "denied\nexit code: 128";
}

START_TEST (build_without_what_it_wants_says_nothing_of_the_image)
{
  const struct vprod__image *image;
  char *id = NULL;

  mock->on_build = wants_agent;
  session = mock_session (mock, NULL);
  assert_error (vprod_session_build (session, "x:1", &id, &err), err, VPROD_ERROR_UNSUPPORTED, "was not given an SSH agent");
  assert_error (vprod__get_image (session, &image, &err), err, VPROD_ERROR_UNSUPPORTED, "was not given an SSH agent");
}
END_TEST

START_TEST (extra_build_is_tagged_as_the_sessions_own_and_goes_with_it)
{
  struct vprod__build made = { 0 };
  struct vprod__build_options options = { .timeout_ms = 5000 };

  session = mock_session (mock, NULL);
  for (int i = 0; i < 2; i++) {
    assert_ok (vprod__session_build_once (session, &options, &made, &err), err);
    vprod__build_clear (&made);
  }
  ck_assert_int_eq (mock_count (mock, "build", "verify-prod-session/subject.2:"), 1);
  ck_assert_int_eq (mock_count (mock, "build", "verify-prod-session/subject.3:"), 1);
  ck_assert_int_eq (mock_leftovers (mock), 2);
}
END_TEST

static int two_steps (void *data, const struct vprod__steps *steps)
{
  ++*(int *) data;
  return steps->count == 2;
}

START_TEST (build_ends_where_its_outcome_does_not_matter_any_more)
{
  struct vprod__build made = { 0 };
  int asked = 0;
  struct vprod__build_options options = { .timeout_ms = 5000, .enough = two_steps, .enough_data = &asked };

  session = mock_session (mock, NULL);
  assert_ok (vprod__session_build_once (session, &options, &made, &err), err);
  ck_assert_uint_eq (made.steps.count, 2);
  ck_assert_int_eq (made.facts.succeeded, 0);
  ck_assert_ptr_null (made.facts.message);
  ck_assert_int_eq (asked, 3); /* one that ran is told of twice, then one from the cache */
  vprod__build_clear (&made);
}
END_TEST

START_TEST (extra_build_gives_steps_and_archive)
{
  struct vprod__build made = { 0 };
  struct vprod__buf tar = { 0 };
  struct vprod__build_options options = { .tar_data = &tar, .timeout_ms = 5000, .plain = 1 };
  int (*add) (void *, const void *, size_t) = (int (*) (void *, const void *, size_t)) vprod__buf_add;

  options.on_tar = add;
  session = mock_session (mock, NULL);
  assert_ok (vprod__session_build_once (session, &options, &made, &err), err);
  ck_assert_int_eq (made.facts.succeeded, 1);
  ck_assert_uint_eq (made.steps.count, 4);
  ck_assert_uint_ge (tar.length, 512);
  vprod__build_clear (&made);
  vprod__buf_clear (&tar);
}
END_TEST

static char given[4][1024]; /* to each build: secrets, SSH agents, contexts, with | between */
static size_t n_given;

static void note_given (void *data, const vprod_build_request *request, struct mock_build *build)
{
  const char *const *const lists[] = { request->secrets, request->ssh, request->contexts };
  char *text = given[n_given++];

  for (size_t i = 0; i < 3; i++)
    for (size_t k = 0; lists[i] && lists[i][k]; k++)
      snprintf (text + strlen (text), sizeof given[0] - strlen (text), "%s|", lists[i][k]);
}

/* The second build and one of another image, but not one that asks the builder for something else. */
START_TEST (every_build_is_given_what_its_image_needs)
{
  struct vprod__build made = { 0 };
  char name[] = "job", variable[] = "PATH", agent[] = "deploy=/key", *ssh[] = { agent, NULL }, wanted[1024];
  struct vprod__spec_secret secret = { .name = name, .env = variable };

  n_given = 0;
  memset (given, 0, sizeof given);
  mock->on_build = note_given;
  unit_write_file (mock_folder (mock), "npmrc", "x");
  session = mock_session (mock, "version: 1\nname: subject\nimage: {secrets: {index: {env: PATH}, npmrc: {file: npmrc}}, "
                                "ssh: [default], contexts: {shared: ., base: \"docker-image://x\"}}\n");
  const struct vprod__spec_image *image = &vprod__session_spec (session)->image;
  snprintf (wanted, sizeof wanted, "id=index,env=PATH|id=npmrc,src=%s|default|%s|base=docker-image://x|",
            image->secrets[1].file, image->contexts[0]);
  struct vprod__spec_image other = *image;
  other.secrets = &secret;
  other.n_secrets = 1;
  other.ssh = ssh;
  other.contexts = NULL;
  const struct vprod__build_options builds[] = {
    { .timeout_ms = 5000 }, { .timeout_ms = 5000, .context_dir = "/" }, { .timeout_ms = 5000, .plain = 1 },
    { .timeout_ms = 5000, .image = &other },
  };
  for (size_t i = 0; i < 4; i++) {
    assert_ok (vprod__session_build_once (session, &builds[i], &made, &err), err);
    vprod__build_clear (&made);
  }
  ck_assert_str_eq (given[0], wanted);
  ck_assert_str_eq (given[1], wanted);
  ck_assert_str_eq (given[2], "");
  ck_assert_str_eq (given[3], "id=job,env=PATH|deploy=/key|");
}
END_TEST

START_TEST (image_that_was_lost_is_built_again)
{
  session = mock_session (mock, "version: 1\nname: subject\n");
  mock_fail (mock, "container_create", 1, VPROD_ERROR_NOT_FOUND);
  ck_assert_int_eq (get_app ()->started, 1);
  ck_assert_int_eq (mock_count (mock, "build", NULL), 2);
}
END_TEST

START_TEST (image_that_stays_lost_is_an_error)
{
  const struct vprod__app *app;

  session = mock_session (mock, "version: 1\nname: subject\n");
  mock_fail (mock, "container_create", 1, VPROD_ERROR_NOT_FOUND);
  mock_fail (mock, "container_create", 2, VPROD_ERROR_NOT_FOUND);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_NOT_FOUND, MOCK_FAULT);
}
END_TEST

static int count_entry (void *data, const vprod_history_entry *entry)
{
  ++*(size_t *) data;
  return 0;
}

struct reading {
  size_t files;
  size_t bytes;
  int takes; /* 1: takes the content itself; 2: and reads nothing of it */
  int fails; /* 1: at the first file */
  int ended;
  int r;
  vprod_error *error;
};

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **error)
{
  struct reading *reading = data;

  reading->files += file->kind == VPROD__FILE_REGULAR;
  return reading->fails ? vprod__error_set (error, VPROD_ERROR_IO, 0, "enough") : 1;
}

static int on_content (void *data, const void *bytes, size_t length, vprod_error **error)
{
  struct reading *reading = data;

  ck_assert_ptr_nonnull (bytes);
  reading->bytes += length;
  return 0;
}

static int take_content (void *data, const struct vprod__content *content, vprod_error **error)
{
  struct reading *reading = data;
  const void *bytes;
  size_t length;

  if (reading->takes == 1 && vprod__content_block (content, &bytes, &length) == ARCHIVE_OK)
    reading->bytes += length;
  return 0;
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **error)
{
  struct reading *reading = data;

  ck_assert_uint_eq (visible->layers.depth, 1);
  reading->ended = 1;
  return 0;
}

static struct vprod__layer_visitor visitor_of (struct reading *reading)
{
  return (struct vprod__layer_visitor) {
    .on_file = on_file,
    .on_content = on_content,
    .take_content = reading->takes ? take_content : NULL,
    .on_end = on_end,
    .data = reading,
  };
}

START_TEST (image_that_was_lost_before_it_is_read_is_built_again)
{
  struct reading reading = { 0 };
  const struct vprod__layer_visitor visitor = visitor_of (&reading);
  size_t entries = 0;

  session = mock_session (mock, "version: 1\nname: subject\n");
  mock_fail (mock, "image_history", 1, VPROD_ERROR_NOT_FOUND);
  mock_fail (mock, "image_export", 1, VPROD_ERROR_NOT_FOUND);
  assert_ok (vprod__session_image_history (session, 5000, count_entry, &entries, &err), err);
  assert_ok (vprod__image_files (session, 5000, &visitor, &err), err);
  ck_assert_uint_gt (entries, 0);
  ck_assert_uint_gt (reading.files, 0);
  ck_assert_int_eq (mock_count (mock, "build", NULL), 3);
}
END_TEST

/* ---- one export for all who read ------------------------------------------------------------------------- */

static struct reading readings[2];

static int read_files (vprod_session *from, struct reading *reading, vprod_result **ret)
{
  const struct vprod__layer_visitor visitor = visitor_of (reading);

  reading->r = vprod__image_files (from, 5000, &visitor, &reading->error);
  return vprod__result_new ("x", "x", ret, NULL);
}

static int read_one (vprod_session *from, vprod_result **ret, vprod_error **error)
{
  (void) error;
  return read_files (from, &readings[0], ret);
}

static int read_other (vprod_session *from, vprod_result **ret, vprod_error **error)
{
  (void) error;
  return read_files (from, &readings[1], ret);
}

static int stay_out (vprod_session *from, vprod_result **ret, vprod_error **error)
{
  (void) from;
  (void) error;
  return vprod__result_new ("x", "x", ret, NULL);
}

static void read_both (int (*other) (vprod_session *, vprod_result **, vprod_error **))
{
  const struct vprod__job jobs[] = {
    { "one", "One", VPROD__APP_NONE, read_one, 1 },
    { "other", "Other", VPROD__APP_NONE, other, 1 },
  };
  vprod_report *report = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod__session_run_jobs (session, jobs, 2, 0, &report, &err), err);
  vprod_report_free (report);
}

START_TEST (readers_share_an_export)
{
  memset (readings, 0, sizeof readings);
  readings[0].takes = _i;
  read_both (read_other);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 1);
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq (readings[i].r, 0);
    ck_assert_int_eq (readings[i].ended, 1);
    ck_assert_uint_gt (readings[i].files, 0);
  }
  ck_assert_uint_gt (readings[1].bytes, 0);
  ck_assert_uint_eq (readings[0].bytes, _i == 2 ? 0 : readings[1].bytes);
}
END_TEST

START_TEST (two_who_take_the_content_share_none)
{
  memset (readings, 0, sizeof readings);
  readings[0].takes = readings[1].takes = 1;
  read_both (read_other);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 2);
  ck_assert_uint_gt (readings[0].bytes, 0);
  ck_assert_uint_eq (readings[0].bytes, readings[1].bytes);
}
END_TEST

START_TEST (a_reader_that_fails_does_not_end_it_for_the_other)
{
  memset (readings, 0, sizeof readings);
  readings[_i].fails = 1;
  read_both (read_other);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 1);
  assert_error (readings[_i].r, readings[_i].error, VPROD_ERROR_IO, "reading the image's files: enough");
  ck_assert_int_eq (readings[_i].ended, 0);
  ck_assert_int_eq (readings[!_i].r, 0);
  ck_assert_int_eq (readings[!_i].ended, 1);
  ck_assert_uint_gt (readings[!_i].bytes, 0);
}
END_TEST

START_TEST (a_reader_does_not_wait_for_one_that_stays_out)
{
  memset (readings, 0, sizeof readings);
  read_both (stay_out);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 1);
  ck_assert_uint_gt (readings[0].bytes, 0);
}
END_TEST

START_TEST (a_reading_tells_programs_with_rights_of_their_own)
{
  const struct vprod__privileged *programs = NULL;

  session = mock_session (mock, NULL);
  assert_ok (vprod__session_privileged (session, &programs, &err), err);
  ck_assert_ptr_null (programs);
  assert_ok (vprod__image_files (session, 5000, NULL, &err), err);
  assert_ok (vprod__session_privileged (session, &programs, &err), err);
  ck_assert_ptr_nonnull (programs);
}
END_TEST

START_TEST (all_readers_hear_that_it_failed)
{
  memset (readings, 0, sizeof readings);
  mock_fail (mock, "image_export", 1, VPROD_ERROR_ENGINE);
  read_both (read_other);
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq (readings[i].r, -VPROD_ERROR_ENGINE);
    ck_assert_int_eq (vprod_error_get_code (readings[i].error), VPROD_ERROR_ENGINE);
    vprod_error_free (readings[i].error);
  }
}
END_TEST

START_TEST (what_comes_later_is_an_export_of_its_own)
{
  vprod_result *result = NULL;

  memset (readings, 0, sizeof readings);
  session = mock_session (mock, NULL);
  for (int i = 0; i < 2; i++) {
    assert_ok (read_files (session, &readings[i], &result), err);
    vprod_result_free (result);
  }
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 2);
  ck_assert_uint_eq (readings[0].bytes, readings[1].bytes);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_image");
  TCase *tc = tcase_create ("session_image");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, image_that_does_not_build_is_an_outcome_and_takes_the_ground_from_others);
  tcase_add_test (tc, missing_context_is_a_build_that_failed);
  tcase_add_test (tc, builder_that_refuses_the_dockerfile_is_a_build_that_failed);
  tcase_add_test (tc, given_image_is_pulled_if_absent_and_never_removed);
  tcase_add_test (tc, given_image_that_is_there_is_not_pulled);
  tcase_add_test (tc, registry_that_does_not_answer_is_an_error);
  tcase_add_test (tc, build_has_its_own_deadline);
  tcase_add_test (tc, session_timeout_ends_everything);
  tcase_add_test (tc, build_command_tags_and_removes_nothing);
  tcase_add_test (tc, build_command_says_why_it_did_not_build);
  tcase_add_test (tc, build_without_what_it_wants_says_nothing_of_the_image);
  tcase_add_test (tc, extra_build_is_tagged_as_the_sessions_own_and_goes_with_it);
  tcase_add_test (tc, build_ends_where_its_outcome_does_not_matter_any_more);
  tcase_add_test (tc, extra_build_gives_steps_and_archive);
  tcase_add_test (tc, every_build_is_given_what_its_image_needs);
  tcase_add_test (tc, image_that_was_lost_is_built_again);
  tcase_add_test (tc, image_that_stays_lost_is_an_error);
  tcase_add_test (tc, image_that_was_lost_before_it_is_read_is_built_again);
  tcase_add_loop_test (tc, readers_share_an_export, 0, 3);
  tcase_add_test (tc, two_who_take_the_content_share_none);
  tcase_add_loop_test (tc, a_reader_that_fails_does_not_end_it_for_the_other, 0, 2);
  tcase_add_test (tc, a_reader_does_not_wait_for_one_that_stays_out);
  tcase_add_test (tc, a_reading_tells_programs_with_rights_of_their_own);
  tcase_add_test (tc, all_readers_hear_that_it_failed);
  tcase_add_test (tc, what_comes_later_is_an_export_of_its_own);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
