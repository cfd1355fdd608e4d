/* SPDX-License-Identifier: MIT */
/* How the spec has the app run: what every container of its image is given, and the files that it is given. */
#include "mock_runner.h"

#include <archive.h>
#include <archive_entry.h>

#include "image/tar.h"
#include "session/run_settings.h"
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

#define HEAD "version: 1\nname: subject\n"
#define PLAIN HEAD "run: {port: 8000}\n"
#define DATABASE "services:\n  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: hush}}\n"
#define ALL HEAD DATABASE                                                                                     \
  "run:\n  port: 8000\n  user: \"1000660000:0\"\n  read-only: true\n  tmpfs: [/tmp]\n  volumes: [/data]\n"    \
  "  cap-drop: [ALL]\n  cap-add: [NET_BIND_SERVICE]\n  no-new-privileges: true\n  memory: 64MiB\n  pids: 9\n" \
  "  files: {/run/secrets/a: \"one ${db.password}\", /etc/b: \"two\\n\"}\n"                                   \
  "  extra-hosts: {a.internal: 192.0.2.7, b.internal: \"${db.host}\"}\n"

/* As the mock writes them down. */
static const char *const all_settings[] = {
  "user=1000660000:0", "tmpfs=/tmp", "cap-drop=ALL", "cap-add=NET_BIND_SERVICE", "host=a.internal:192.0.2.7",
  "read-only", "no-new-privileges", "memory=67108864", "pids=9",
};

static int has (const char *id, const char *setting)
{
  char **settings = mock_container_settings (mock, id);

  for (size_t i = 0; settings && settings[i]; i++)
    if (strcmp (settings[i], setting) == 0)
      return 1;
  return 0;
}

static int has_mount (const char *id, const char *file, const char *path)
{
  char *setting = NULL;

  ck_assert_int_gt (asprintf (&setting, "mount=/volumes/verify-prod-%s-files/_data/%s:%s", vprod_session_get_id (session),
                              file, path), 0);
  int there = has (id, setting);
  free (setting);
  return there;
}

/* Its volume, the nth, has the folder alone. */
static int has_volume (const char *id, int nth)
{
  char *setting = NULL;

  ck_assert_int_gt (asprintf (&setting, "mount=/volumes/verify-prod-%s-empty%d/_data/0/:/data", vprod_session_get_id (session), nth), 0);
  int there = has (id, setting);
  free (setting);
  return there;
}

static void begin (const char *yaml)
{
  session = mock_session (mock, yaml);
}

static const struct vprod__app *get_app (void)
{
  const struct vprod__app *app = NULL;

  assert_ok (vprod__get_app (session, &app, &err), err);
  return app;
}

static void run_once (const struct vprod__once_options *options)
{
  struct vprod__once once;

  assert_ok (vprod__run_once (session, options, &once, &err), err);
  vprod__once_clear (&once);
}

START_TEST (nothing_is_asked_for_where_the_spec_says_nothing)
{
  begin (PLAIN);
  get_app ();
  ck_assert_ptr_null (mock_container_settings (mock, "app1"));
  ck_assert_int_eq (mock_count (mock, "volume_create", NULL), 0);
  ck_assert_int_eq (mock_count (mock, "container_put", NULL), 0);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 1);
}
END_TEST

/* The service of the mock is no container of the files: "once1" is the one that fills their volume, the others before each of those
   looked at fill its own. */
START_TEST (app_and_what_stands_for_it_have_all_of_it)
{
  begin (ALL);
  get_app ();
  run_once (&(struct vprod__once_options) { .on_network = 1, .timeout_ms = 5000 });
  run_once (&(struct vprod__once_options) { .timeout_ms = 5000 });
  static const char *const ids[] = { "app1", "once4", "once6" };
  for (size_t k = 0; k < 3; k++) {
    for (size_t i = 0; i < sizeof all_settings / sizeof all_settings[0]; i++)
      ck_assert_msg (has (ids[k], all_settings[i]) == !(k == 2 && strncmp (all_settings[i], "host=", 5) == 0), "%s %s", ids[k],
                     all_settings[i]);
    ck_assert (has_mount (ids[k], "0", "/run/secrets/a"));
    ck_assert (has_mount (ids[k], "1", "/etc/b"));
    ck_assert (has_volume (ids[k], (int) k + 1));
  }
  ck_assert_ptr_null (mock_container_settings (mock, "database1")); /* it is no app */
  ck_assert_int_eq (mock_count (mock, "volume_create", NULL), 1 + 3);
  ck_assert_int_eq (mock_count (mock, "container_put", NULL), 1 + 3);
  ck_assert_int_eq (mock_count (mock, "container_start", "once1") + mock_count (mock, "container_start", "once2"), 0);
}
END_TEST

static const struct {
  const char *path, *text;
} files[] = { { "0", "one hush" }, { "1", "two\n" }, { "empty", "" } };

START_TEST (files_are_put_with_their_references_expanded)
{
  char text[32];
  size_t length = 0;
  struct archive_entry *entry;

  begin (ALL);
  get_app ();
  const char *tar = mock_container_put (mock, "once1", &length);
  struct archive *archive = archive_read_new ();
  archive_read_support_format_tar (archive);
  ck_assert_int_eq (archive_read_open_memory (archive, tar, length), ARCHIVE_OK);
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_OK);
    ck_assert_str_eq (archive_entry_pathname (entry), files[i].path);
    ck_assert_int_eq (archive_entry_perm (entry), 0444);
    ck_assert_int_eq (archive_entry_uid (entry), 0);
    la_ssize_t n = archive_read_data (archive, text, sizeof text - 1);
    ck_assert_int_ge (n, 0);
    text[n] = '\0';
    ck_assert_str_eq (text, files[i].text);
  }
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_EOF);
  archive_read_free (archive);
}
END_TEST

START_TEST (archive_has_long_names_and_whole_blocks)
{
  _cleanup_buf_ struct vprod__buf tar = { 0 };
  char name[301], bytes[513];
  struct archive_entry *entry;

  memset (name, 'n', sizeof name);
  name[150] = '/';
  name[300] = '\0';
  memset (bytes, 'b', sizeof bytes);
  ck_assert_int_eq (vprod__tar_add (&tar, name, 0600, bytes, sizeof bytes), 0);
  ck_assert_int_eq (vprod__tar_add (&tar, "b", 0644, bytes, 512), 0);
  ck_assert_int_eq (vprod__tar_end (&tar), 0);
  ck_assert_uint_eq (tar.length % 512, 0);
  struct archive *archive = archive_read_new ();
  archive_read_support_format_tar (archive);
  ck_assert_int_eq (archive_read_open_memory (archive, tar.data, tar.length), ARCHIVE_OK);
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_OK);
  ck_assert_str_eq (archive_entry_pathname (entry), name);
  ck_assert_int_eq (archive_entry_size (entry), sizeof bytes);
  ck_assert_int_eq (archive_entry_perm (entry), 0600);
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_OK);
  ck_assert_str_eq (archive_entry_pathname (entry), "b");
  ck_assert_int_eq (archive_entry_size (entry), 512);
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_EOF);
  archive_read_free (archive);
}
END_TEST

START_TEST (one_file_is_left_out_or_empty)
{
  struct vprod__file_change change = { "/run/secrets/a", _i };

  begin (ALL);
  run_once (&(struct vprod__once_options) { .file = &change, .timeout_ms = 5000 });
  ck_assert (!has_mount ("once3", "0", "/run/secrets/a"));
  ck_assert_int_eq (has_mount ("once3", "empty", "/run/secrets/a"), _i);
  ck_assert (has_mount ("once3", "1", "/etc/b"));
}
END_TEST

/* ---- volumes -------------------------------------------------------------------------------------------- */

#define VOLUMES HEAD "run: {volumes: [/data, /new]}\n"

static struct vprod__buf folder;
static struct mock_copy copies[2];

static void has_a_folder (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  b->copies = copies;
}

/* What the image has at /data, as an engine tells it; a file comes behind the folder. */
static void make_folder (int of_a_folder)
{
  const struct vprod__tar_owner owner = { 1000660000, 1001 };

  vprod__buf_clear (&folder);
  if (of_a_folder)
    ck_assert_int_eq (vprod__tar_add_folder (&folder, "data/", 02750, &owner), 0);
  ck_assert_int_eq (vprod__tar_add (&folder, "data/seed", 0644, "x", 1), 0);
  ck_assert_int_eq (vprod__tar_end (&folder), 0);
  copies[0] = (struct mock_copy) { "/data", folder.data, folder.length };
  mock->on_container = has_a_folder;
}

static const struct {
  const char *path;
  int mode;
  int64_t uid, gid;
} volumes[] = { { "0", 02750, 1000660000, 1001 }, { "1", 0755, 0, 0 } };

START_TEST (volumes_are_empty_and_the_owners_of_the_images_folders)
{
  size_t length = 0;
  struct archive_entry *entry;

  make_folder (1);
  begin (VOLUMES);
  get_app ();
  const char *tar = mock_container_put (mock, "once1", &length);
  struct archive *archive = archive_read_new ();
  archive_read_support_format_tar (archive);
  ck_assert_int_eq (archive_read_open_memory (archive, tar, length), ARCHIVE_OK);
  for (size_t i = 0; i < sizeof volumes / sizeof volumes[0]; i++) {
    ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_OK);
    ck_assert_int_eq (archive_entry_filetype (entry), AE_IFDIR);
    ck_assert_str_eq (archive_entry_pathname (entry), volumes[i].path);
    ck_assert_int_eq (archive_entry_perm (entry), volumes[i].mode);
    ck_assert_int_eq (archive_entry_uid (entry), volumes[i].uid);
    ck_assert_int_eq (archive_entry_gid (entry), volumes[i].gid);
  }
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_EOF);
  archive_read_free (archive);
}
END_TEST

/* It tells nobody who owns the folder, and gives an empty volume the owner by itself. */
START_TEST (podman_is_given_a_volume_for_each)
{
  char *settings[2] = { NULL, NULL };

  mock->engine.name = (char *) (uintptr_t) "podman";
  begin (VOLUMES);
  const struct vprod__app *app = get_app ();
  for (int i = 0; i < 2; i++) {
    ck_assert_int_gt (asprintf (&settings[i], "mount=verify-prod-%s-empty%d:%s", vprod_session_get_id (session), i + 1,
                                i ? "/new" : "/data"), 0);
    ck_assert_msg (has (app->container_id, settings[i]), "no %s", settings[i]);
    free (settings[i]);
  }
  ck_assert_int_eq (mock_count (mock, "container_put", NULL), 0);
  ck_assert_int_eq (mock_count (mock, "volume_create", NULL), 2);
}
END_TEST

static const char *const volume_steps[] = { "volume_create", "container_create", "container_copy", "container_put", "container_has_path" };

START_TEST (volume_that_cannot_be_made_is_an_error)
{
  const struct vprod__app *app = NULL;

  make_folder (1);
  mock_fail (mock, volume_steps[_i], 1, VPROD_ERROR_ENGINE);
  begin (VOLUMES);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_ENGINE, "");
}
END_TEST

START_TEST (what_is_no_folder_is_no_place_for_a_volume)
{
  const struct vprod__app *app = NULL;

  make_folder (0);
  begin (VOLUMES);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_ENGINE, "what the image has there is no folder");
}
END_TEST

/* Not only at the end: an app may write much into it, and is run many times. */
START_TEST (volume_goes_when_its_container_does)
{
  make_folder (1);
  begin (VOLUMES);
  run_once (&(struct vprod__once_options) { .timeout_ms = 5000 });
  for (int i = 0; i < 1000 && mock_count (mock, "volume_remove", NULL) == 0; i++)
    usleep (10000);
  ck_assert_int_eq (mock_count (mock, "volume_remove", NULL), 1);
}
END_TEST

/* Its address is not known before it runs. */
START_TEST (service_is_given_by_its_address)
{
  begin (ALL);
  get_app ();
  ck_assert (has ("app1", "host=b.internal:172.30.0.2"));
}
END_TEST

/* ---- what cannot be done -------------------------------------------------------------------------------- */

static void refuses_user (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  b->start_error = VPROD_ERROR_IMAGE;
  b->start_message = "unable to find user app: no matching entries in passwd file";
}

START_TEST (user_that_is_not_there_is_the_fault_of_who_names_it)
{
  const struct vprod__app *app = NULL;

  mock->on_container = refuses_user;
  begin (_i ? HEAD "run: {user: app}\n" : PLAIN);
  int r = vprod__get_app (session, &app, &err);
  if (_i)
    assert_error (r, err, VPROD_ERROR_SPEC, "run.user: app: unable to find user app");
  else {
    assert_ok (r, err);
    ck_assert_int_eq (app->started, 0);
  }
}
END_TEST

static const char *const not_hosts[] = { "db:5432", "db.example.org", "1.2.3", "" };

START_TEST (host_that_is_no_address_is_the_specs_fault)
{
  const struct vprod__app *app = NULL;
  char *yaml = NULL;

  ck_assert_int_gt (asprintf (&yaml, HEAD "run: {extra-hosts: {a.internal: \"%s\"}}\n", not_hosts[_i]), 0);
  begin (yaml);
  free (yaml);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_SPEC, "run.extra-hosts: a.internal");
}
END_TEST

static const struct {
  const char *slot;
  int nth; /* call of it */
} steps[] = { { "volume_create", 1 }, { "container_create", 1 }, { "container_put", 1 }, { "container_has_path", 1 } };

/* A lie, too: an app that is missing its files must not be judged. */
START_TEST (files_that_cannot_be_given_are_an_error)
{
  const struct vprod__app *app = NULL;
  size_t step = (size_t) _i / 2;

  if (_i % 2 == 0)
    mock_fail (mock, steps[step].slot, steps[step].nth, VPROD_ERROR_ENGINE);
  else
    mock_fail_after (mock, steps[step].slot, steps[step].nth, VPROD_ERROR_ENGINE);
  begin (HEAD "run: {files: {/run/secrets/a: one}}\n");
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_ENGINE, "cannot give the app its files (run.files)");
}
END_TEST

START_TEST (files_that_are_said_to_be_there_and_are_not_are_an_error)
{
  const struct vprod__app *app = NULL;

  mock_lie (mock, "container_put", 1);
  begin (ALL);
  assert_error (vprod__get_app (session, &app, &err), err, VPROD_ERROR_ENGINE, "they are not in its volume");
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("session_run");
  TCase *tc = tcase_create ("session_run");

  tcase_set_timeout (tc, 60);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, nothing_is_asked_for_where_the_spec_says_nothing);
  tcase_add_test (tc, app_and_what_stands_for_it_have_all_of_it);
  tcase_add_test (tc, files_are_put_with_their_references_expanded);
  tcase_add_test (tc, archive_has_long_names_and_whole_blocks);
  tcase_add_loop_test (tc, one_file_is_left_out_or_empty, 0, 2);
  tcase_add_test (tc, volumes_are_empty_and_the_owners_of_the_images_folders);
  tcase_add_test (tc, podman_is_given_a_volume_for_each);
  tcase_add_loop_test (tc, volume_that_cannot_be_made_is_an_error, 0, LENGTH (volume_steps));
  tcase_add_test (tc, what_is_no_folder_is_no_place_for_a_volume);
  tcase_add_test (tc, volume_goes_when_its_container_does);
  tcase_add_test (tc, service_is_given_by_its_address);
  tcase_add_loop_test (tc, user_that_is_not_there_is_the_fault_of_who_names_it, 0, 2);
  tcase_add_loop_test (tc, host_that_is_no_address_is_the_specs_fault, 0, LENGTH (not_hosts));
  tcase_add_loop_test (tc, files_that_cannot_be_given_are_an_error, 0, 2 * LENGTH (steps));
  tcase_add_test (tc, files_that_are_said_to_be_there_and_are_not_are_an_error);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
