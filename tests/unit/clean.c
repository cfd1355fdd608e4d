/* SPDX-License-Identifier: MIT */
/* What killed runs left is removed; what lives, or is somebody else's, is not touched. */
#include "mock_runner.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/build/build.h"
#include "util/ids.h"
#include "util/strv.h"

static struct mock *mock;
static vprod_error *err;
static struct vprod__identity self;
static char *tmp;

static void setup (void)
{
  mock = mock_new ();
  err = NULL;
  vprod__identity_self (&self);
  tmp = unit_temp_dir ();
  setenv ("TMPDIR", tmp, 1);
}

static void teardown (void)
{
  unsetenv ("TMPDIR");
  unit_remove_tree (tmp);
  free (tmp);
  mock_free (mock);
}

/* A process that has been: its number will not be taken again so soon. */
static int64_t gone_pid (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  ck_assert_int_eq (waitpid (pid, NULL, 0), pid);
  return pid;
}

/* ---- identities ---------------------------------------------------------------------------------------- */

START_TEST (id_says_who_made_it)
{
  struct vprod__identity read;
  char *id = vprod__identity_make_id (&self), *other = vprod__identity_make_id (&self);

  ck_assert_int_eq (vprod__identity_parse (id, &read), 0);
  ck_assert_int_eq (read.pid, getpid ());
  ck_assert_uint_eq (read.pid_namespace, self.pid_namespace);
  ck_assert_uint_eq (read.start_time, self.start_time);
  ck_assert_uint_eq (read.boot, self.boot);
  ck_assert_uint_eq (read.host, self.host);
  ck_assert_str_ne (id, other);
  ck_assert_uint_lt (strlen (id), 100);
  ck_assert_uint_eq (strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen (id)); /* good for a tag and a label */
  free (id);
  free (other);
}
END_TEST

static const char *const no_ids[] = {
  "", "x", "p1", "p1-n2-t3-b00000001-h00000001", "p1-n2-t3-b00000001-h00000001-00000001x", "p-n2-t3-b1-h1-1",
  "p0-n2-t3-b00000001-h00000001-00000001", "p-5-n2-t3-b00000001-h00000001-00000001", "latest",
};

START_TEST (what_is_no_id_is_refused)
{
  struct vprod__identity read;

  ck_assert_int_eq (vprod__identity_parse (no_ids[_i], &read), -1);
}
END_TEST

enum change {
  SAME,
  GONE,
  OTHER_START,
  OTHER_BOOT,
  OTHER_HOST,
  OTHER_HOST_AND_BOOT,
  OTHER_NAMESPACE,
  GONE_IN_OTHER_NAMESPACE,
  UNKNOWN_BOOT,
  UNKNOWN_START,
  N_CHANGES
};

static struct vprod__identity changed (enum change change)
{
  struct vprod__identity it = self;

  if (change == GONE || change == GONE_IN_OTHER_NAMESPACE)
    it.pid = gone_pid ();
  if (change == OTHER_START)
    it.start_time++;
  if (change == OTHER_BOOT || change == OTHER_HOST_AND_BOOT)
    it.boot++;
  if (change == OTHER_HOST || change == OTHER_HOST_AND_BOOT)
    it.host++;
  if (change == OTHER_NAMESPACE || change == GONE_IN_OTHER_NAMESPACE)
    it.pid_namespace++;
  if (change == UNKNOWN_BOOT)
    it.boot = 0;
  if (change == UNKNOWN_START)
    it.start_time = 0;
  return it;
}

static const int dead[N_CHANGES] = { [GONE] = 1, [OTHER_START] = 1, [OTHER_BOOT] = 1 };

START_TEST (only_what_is_surely_gone_is_dead)
{
  struct vprod__identity it = changed ((enum change) _i);

  ck_assert_int_eq (vprod__identity_is_dead (&it, &self), dead[_i]);
}
END_TEST

static const struct {
  const char *name;
  const char *part;
} image_names[] = {
  { "notes-api", "notes-api" }, { "Notes API", "notes-api" }, { "__x__", "x" }, { "a..b--c", "a.b-c" },
  { "\xc3\xa4\xc3\xb6", "app" }, { "", "app" }, { "A_b.C", "a_b.c" }, { "x/", "x" },
};

START_TEST (any_name_becomes_a_part_of_an_image_reference)
{
  char *part = vprod__image_name (image_names[_i].name);

  ck_assert_str_eq (part, image_names[_i].part);
  free (part);
}
END_TEST

/* ---- cleaning ------------------------------------------------------------------------------------------ */

static int told[6];      /* a kind each: what was removed of the mock and of this test's folder */
static size_t strangers; /* what killed runs of others had left in VPROD__TEMP_SHORT_ROOT */
static void (*also_told) (void *data, vprod_object_kind kind, const char *id);

static void on_removed (void *data, vprod_object_kind kind, const char *id)
{
  ck_assert_ptr_nonnull (id);
  if (kind == VPROD_OBJECT_FOLDER && strncmp (id, tmp, strlen (tmp)) != 0) {
    strangers++;
    return;
  }
  told[kind]++;
  if (also_told)
    also_told (data, kind, id);
}

/* vprod_clean; what it removed is counted without what was not ours. options: of which on_removed is taken; NULL: the
   default ones. */
static int clean_all (const vprod_clean_options *options, size_t *ret_removed)
{
  vprod_clean_options own = { .size = sizeof own };
  size_t removed = 0;

  if (options)
    own = *options;
  also_told = own.on_removed;
  own.on_removed = on_removed;
  strangers = 0;
  memset (told, 0, sizeof told);
  int r = vprod_clean (mock_runner (mock), &own, &removed, &err);
  if (r == 0)
    *ret_removed = removed - strangers;
  return r;
}

/* One of everything, of a session with that identity. Its id is the caller's. */
static char *leave (const struct vprod__identity *identity, const char *name)
{
  _cleanup_strv_ char **labels = NULL;
  char *id = vprod__identity_make_id (identity), text[256];

  ck_assert_int_eq (vprod__identity_labels (identity, id, &labels), 0);
  snprintf (text, sizeof text, "%s-container", name);
  mock_add_object (mock, VPROD_OBJECT_CONTAINER, text, (const char *const *) labels);
  snprintf (text, sizeof text, "%s-network", name);
  mock_add_object (mock, VPROD_OBJECT_NETWORK, text, (const char *const *) labels);
  snprintf (text, sizeof text, "%s-volume", name);
  mock_add_object (mock, VPROD_OBJECT_VOLUME, text, (const char *const *) labels);
  snprintf (text, sizeof text, VPROD__TAG_PREFIX "%s:%s", name, id);
  mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, text, NULL);
  snprintf (text, sizeof text, "verify-prod-%s-AbCdEf/sub/file", id);
  unit_write_file (tmp, text, "x");
  return id;
}

static int is_left (const char *name, const char *id)
{
  char text[256];
  int n = 0;

  snprintf (text, sizeof text, "%s-container", name);
  n += mock_has_object (mock, VPROD_OBJECT_CONTAINER, text);
  snprintf (text, sizeof text, "%s-network", name);
  n += mock_has_object (mock, VPROD_OBJECT_NETWORK, text);
  snprintf (text, sizeof text, "%s-volume", name);
  n += mock_has_object (mock, VPROD_OBJECT_VOLUME, text);
  snprintf (text, sizeof text, VPROD__TAG_PREFIX "%s:%s", name, id);
  n += mock_has_object (mock, VPROD_OBJECT_IMAGE_TAG, text);
  snprintf (text, sizeof text, "%s/verify-prod-%s-AbCdEf", tmp, id);
  n += access (text, F_OK) == 0;
  return n;
}

START_TEST (removes_what_is_dead_and_nothing_else)
{
  static const char *const names[N_CHANGES] = { "same", "gone", "start", "boot", "host", "hostboot", "ns", "gonens",
                                                "noboot", "nostart" };
  char *ids[N_CHANGES];
  size_t removed = 99;

  for (int i = 0; i < N_CHANGES; i++) {
    struct vprod__identity it = changed ((enum change) i);
    ids[i] = leave (&it, names[i]);
  }
  assert_ok (clean_all (NULL, &removed), err);
  ck_assert_uint_eq (removed, 3 * 5);
  for (int i = 0; i < N_CHANGES; i++) {
    ck_assert_msg (is_left (names[i], ids[i]) == (dead[i] ? 0 : 5), "%s: %d are left", names[i],
                   is_left (names[i], ids[i]));
    free (ids[i]);
  }
}
END_TEST

START_TEST (session_named_by_id_is_removed_dead_or_alive_of_any_host)
{
  struct vprod__identity it = changed (_i == 0 ? SAME : OTHER_HOST);
  vprod_clean_options options = { .size = sizeof options };
  char *named = leave (&it, "named"), *other = leave (&it, "other");
  size_t removed = 0;

  options.session_id = named;
  assert_ok (clean_all (&options, &removed), err);
  ck_assert_uint_eq (removed, 5);
  for (int kind = VPROD_OBJECT_CONTAINER; kind <= VPROD_OBJECT_FOLDER; kind++)
    ck_assert_int_eq (told[kind], 1);
  ck_assert_int_eq (is_left ("named", named), 0);
  ck_assert_int_eq (is_left ("other", other), 5);
  free (named);
  free (other);
}
END_TEST

START_TEST (foreign_things_are_not_touched)
{
  static const char *const labels[] = { "verify-prod.session=not-an-id", NULL };
  size_t removed = 99;

  mock_add_object (mock, VPROD_OBJECT_CONTAINER, "strange", labels);
  mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, VPROD__TAG_PREFIX "x:latest", NULL);
  unit_write_file (tmp, "verify-prod-unit.AbCdEf/x", "x");
  unit_write_file (tmp, "verify-prod-notes/x", "x");
  assert_ok (clean_all (NULL, &removed), err);
  ck_assert_uint_eq (removed, 0);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_CONTAINER, "strange"), 1);
}
END_TEST

/* Where a builder leaves an image's id: the runner makes it, not the session. */
START_TEST (folder_of_a_build_that_was_killed_is_removed)
{
  size_t removed = 0;
  char entry[512];
  int status = 0;
  pid_t pid = fork ();

  if (pid == 0) {
    struct vprod__build_files files;
    snprintf (entry, sizeof entry, "TMPDIR=%s", tmp);
    char *const env[] = { entry, NULL };
    _exit (vprod__build_files_make (env, &files, NULL) < 0);
  }
  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  ck_assert_int_eq (status, 0);
  assert_ok (clean_all (NULL, &removed), err);
  ck_assert_uint_eq (removed, 1);
  ck_assert_int_eq (rmdir (tmp), 0);
  ck_assert_int_eq (mkdir (tmp, 0700), 0);
}
END_TEST

START_TEST (one_thing_that_cannot_be_removed_does_not_save_the_others)
{
  struct vprod__identity it = changed (OTHER_BOOT);
  char *id = leave (&it, "boot");
  size_t removed = 99;

  mock_fail (mock, "network_remove", 0, VPROD_ERROR_ENGINE);
  assert_error (vprod_clean (mock_runner (mock), NULL, &removed, &err), err, VPROD_ERROR_ENGINE,
                "cannot remove boot-network: ");
  ck_assert_uint_eq (removed, 99);
  ck_assert_int_eq (is_left ("boot", id), 1);
  free (id);
}
END_TEST

START_TEST (what_could_not_be_removed_at_once_is_tried_again)
{
  struct vprod__identity it = changed (OTHER_BOOT);
  char *id = leave (&it, "boot");
  size_t removed = 0;

  mock_fail (mock, "network_remove", 1, VPROD_ERROR_ENGINE);
  assert_ok (clean_all (NULL, &removed), err);
  ck_assert_uint_eq (removed, 5);
  ck_assert_int_eq (is_left ("boot", id), 0);
  free (id);
}
END_TEST

/* The engine ends the build of a client that is gone, and tags its image, while the rest is being removed. */
static void tag_late (void *data, vprod_object_kind kind, const char *id)
{
  const char *late = data;

  (void) id;
  if (kind == VPROD_OBJECT_NETWORK)
    mock_add_object (mock, VPROD_OBJECT_IMAGE_TAG, late, NULL);
}

static void *tag_later (void *data)
{
  usleep (100000);
  tag_late (data, VPROD_OBJECT_NETWORK, "");
  return NULL;
}

START_TEST (what_comes_to_light_late_is_removed_too)
{
  struct vprod__identity it = changed (OTHER_BOOT);
  static char late[256]; /* lent to the mock */
  char *id = leave (&it, "boot");
  vprod_clean_options options = { .size = sizeof options, .data = late, .on_removed = _i == 0 ? tag_late : NULL };
  size_t removed = 0;
  pthread_t thread;

  snprintf (late, sizeof late, VPROD__TAG_PREFIX "boot.2:%s", id);
  if (_i == 1)
    ck_assert_int_eq (pthread_create (&thread, NULL, tag_later, late), 0);
  assert_ok (clean_all (&options, &removed), err);
  if (_i == 1)
    pthread_join (thread, NULL);
  ck_assert_uint_eq (removed, 6);
  ck_assert_int_eq (mock_has_object (mock, VPROD_OBJECT_IMAGE_TAG, late), 0);
  free (id);
}
END_TEST

/* ---- what runs of other hosts left --------------------------------------------------------------------- */

#define NOW 5000000000 /* of the engine, whose clock is not ours */
#define HOUR 3600

static void date (const char *name, const char *id, int64_t made_at)
{
  char text[256];

  snprintf (text, sizeof text, "%s-container", name);
  mock_set_created (mock, VPROD_OBJECT_CONTAINER, text, made_at);
  snprintf (text, sizeof text, "%s-network", name);
  mock_set_created (mock, VPROD_OBJECT_NETWORK, text, made_at);
  snprintf (text, sizeof text, "%s-volume", name);
  mock_set_created (mock, VPROD_OBJECT_VOLUME, text, made_at);
  snprintf (text, sizeof text, VPROD__TAG_PREFIX "%s:%s", name, id);
  mock_set_created (mock, VPROD_OBJECT_IMAGE_TAG, text, made_at);
}

static const struct {
  enum change change;
  int64_t made_at, container_made_at; /* 0: not told; the container may be younger than the rest */
  int left;                           /* of 5; the folder is none of the engine's */
} elsewhere[] = {
  { OTHER_HOST_AND_BOOT, NOW - 3 * HOUR, 0, 1 },
  { OTHER_HOST_AND_BOOT, NOW - 3 * HOUR, NOW - 3 * HOUR, 1 },
  { GONE_IN_OTHER_NAMESPACE, NOW - 3 * HOUR, NOW - 3 * HOUR, 1 },
  { UNKNOWN_BOOT, NOW - 3 * HOUR, NOW - 3 * HOUR, 1 },
  /* younger, all of it or the newest */
  { OTHER_HOST_AND_BOOT, NOW - HOUR, NOW - HOUR, 5 },
  { OTHER_HOST_AND_BOOT, NOW - 3 * HOUR, NOW - HOUR, 5 },
  { OTHER_HOST_AND_BOOT, NOW + HOUR, NOW + HOUR, 5 },
  /* not told */
  { OTHER_HOST_AND_BOOT, 0, 0, 5 },
  /* seen to live here: under another host name, in this namespace, or in that of a container */
  { OTHER_HOST, NOW - 3 * HOUR, NOW - 3 * HOUR, 5 },
  { SAME, NOW - 3 * HOUR, NOW - 3 * HOUR, 5 },
  { UNKNOWN_START, NOW - 3 * HOUR, NOW - 3 * HOUR, 5 },
  { OTHER_NAMESPACE, NOW - 3 * HOUR, NOW - 3 * HOUR, 5 },
};

START_TEST (old_things_of_other_hosts_are_removed_when_asked)
{
  struct vprod__identity it = changed (elsewhere[_i].change);
  vprod_clean_options options = { .size = sizeof options, .older_than_ms = 2 * HOUR * 1000, .dry_run = 1 };
  char *id = leave (&it, "there");
  size_t removed = 99;

  mock->engine.system_time = NOW;
  date ("there", id, elsewhere[_i].made_at);
  mock_set_created (mock, VPROD_OBJECT_CONTAINER, "there-container", elsewhere[_i].container_made_at);
  assert_ok (clean_all (&options, &removed), err);
  ck_assert_int_eq (removed, 5 - elsewhere[_i].left);
  ck_assert_int_eq (is_left ("there", id), 5);
  options.older_than_ms = 0;
  options.dry_run = 0;
  assert_ok (clean_all (&options, &removed), err);
  ck_assert_int_eq (is_left ("there", id), 5);
  options.older_than_ms = 2 * HOUR * 1000;
  assert_ok (clean_all (&options, &removed), err);
  ck_assert_int_eq (removed, 5 - elsewhere[_i].left);
  ck_assert_int_eq (is_left ("there", id), elsewhere[_i].left);
  free (id);
}
END_TEST

START_TEST (old_things_that_are_not_ours_are_not_touched)
{
  static const char *const labels[] = { "verify-prod.session=not-an-id", NULL };
  static const char *const no_labels[] = { "x=y", NULL };
  const vprod_clean_options options = { .size = sizeof options, .older_than_ms = 1000 };
  size_t removed = 99;

  mock->engine.system_time = NOW;
  mock_add_object (mock, VPROD_OBJECT_CONTAINER, "strange", labels);
  mock_set_created (mock, VPROD_OBJECT_CONTAINER, "strange", 1000);
  mock_add_object (mock, VPROD_OBJECT_NETWORK, "other", no_labels);
  mock_set_created (mock, VPROD_OBJECT_NETWORK, "other", 1000);
  assert_ok (clean_all (&options, &removed), err);
  ck_assert_uint_eq (removed, 0);
}
END_TEST

START_TEST (engine_without_a_clock_has_nothing_old)
{
  const vprod_clean_options options = { .size = sizeof options, .older_than_ms = 1000 };

  assert_error (vprod_clean (mock_runner (mock), &options, NULL, &err), err, VPROD_ERROR_UNSUPPORTED, "its time");
}
END_TEST

START_TEST (dry_run_removes_nothing)
{
  struct vprod__identity it = changed (GONE);
  const vprod_clean_options options = { .size = sizeof options, .dry_run = 1 };
  char *id = leave (&it, "gone");
  size_t removed = 99;

  assert_ok (clean_all (&options, &removed), err);
  ck_assert_uint_eq (removed, 5);
  ck_assert_int_eq (is_left ("gone", id), 5);
  free (id);
}
END_TEST

START_TEST (engine_that_does_not_say_is_an_error)
{
  mock_fail (mock, "list_objects", 1, VPROD_ERROR_UNREACHABLE);
  assert_error (vprod_clean (mock_runner (mock), NULL, NULL, &err), err, VPROD_ERROR_UNREACHABLE, MOCK_FAULT);
}
END_TEST

START_TEST (engine_that_hangs_is_given_up)
{
  vprod_clean_options options = { .size = sizeof options, .timeout_ms = 100 };

  mock_hang (mock, "list_objects", 1);
  assert_error (vprod_clean (mock_runner (mock), &options, NULL, &err), err, VPROD_ERROR_TIMEOUT, "");
}
END_TEST

START_TEST (caller_that_wants_no_more_is_obeyed)
{
  int pipe_fds[2];

  ck_assert_int_eq (pipe (pipe_fds), 0);
  ck_assert_int_eq (write (pipe_fds[1], "", 1), 1);
  vprod_clean_options options = { .size = sizeof options, .cancel_fd = pipe_fds[0] };
  mock_hang (mock, "list_objects", 1);
  assert_error (vprod_clean (mock_runner (mock), &options, NULL, &err), err, VPROD_ERROR_CANCELLED, "");
  options.size = offsetof (vprod_clean_options, cancel_fd); /* a caller that knows of none */
  assert_ok (vprod_clean (mock_runner (mock), &options, NULL, &err), err);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("clean");
  TCase *tc = tcase_create ("clean");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, id_says_who_made_it);
  tcase_add_loop_test (tc, what_is_no_id_is_refused, 0, LENGTH (no_ids));
  tcase_add_loop_test (tc, only_what_is_surely_gone_is_dead, 0, N_CHANGES);
  tcase_add_loop_test (tc, any_name_becomes_a_part_of_an_image_reference, 0, LENGTH (image_names));
  tcase_add_test (tc, removes_what_is_dead_and_nothing_else);
  tcase_add_loop_test (tc, session_named_by_id_is_removed_dead_or_alive_of_any_host, 0, 2);
  tcase_add_test (tc, foreign_things_are_not_touched);
  tcase_add_test (tc, folder_of_a_build_that_was_killed_is_removed);
  tcase_add_test (tc, one_thing_that_cannot_be_removed_does_not_save_the_others);
  tcase_add_test (tc, what_could_not_be_removed_at_once_is_tried_again);
  tcase_add_loop_test (tc, what_comes_to_light_late_is_removed_too, 0, 2);
  tcase_add_loop_test (tc, old_things_of_other_hosts_are_removed_when_asked, 0, LENGTH (elsewhere));
  tcase_add_test (tc, old_things_that_are_not_ours_are_not_touched);
  tcase_add_test (tc, engine_without_a_clock_has_nothing_old);
  tcase_add_test (tc, dry_run_removes_nothing);
  tcase_add_test (tc, engine_that_does_not_say_is_an_error);
  tcase_add_test (tc, engine_that_hangs_is_given_up);
  tcase_add_test (tc, caller_that_wants_no_more_is_obeyed);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
