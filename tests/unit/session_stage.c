/* SPDX-License-Identifier: MIT */
/* The staged copy of a build context, and what of .dockerignore it trusts. */
#include "mock_runner.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "dockerfile/ignore.h"
#include "session/session.h"
#include "util/strv.h"

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;
static char *dir;
static mode_t mask;

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  err = NULL;
  dir = NULL;
  mask = umask (022);
}

static void teardown (void)
{
  umask (mask);
  vprod_session_free (session);
  if (dir)
    ck_assert_msg (access (dir, F_OK) < 0, "%s is still there", dir);
  free (dir);
  mock_free (mock);
}

static const char *source (const char *name)
{
  static char path[4096];

  snprintf (path, sizeof path, "%s/%s", mock_folder (mock), name);
  return path;
}

static const char *copy (const char *name)
{
  static char path[4096];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  return path;
}

static void stage (const char *keep)
{
  session = mock_session (mock, "version: 1\nname: subject\n");
  assert_ok (vprod__session_stage_context (session, keep, &dir, &err), err);
}

static int is_there (const char *path)
{
  struct stat st;

  return lstat (path, &st) == 0;
}

static void assert_content (const char *path, const char *content)
{
  char bytes[256];
  FILE *file = fopen (path, "r");

  ck_assert_msg (file != NULL, "%s is not there", path);
  size_t n = fread (bytes, 1, sizeof bytes - 1, file);
  bytes[n] = '\0';
  fclose (file);
  ck_assert_str_eq (bytes, content);
}

START_TEST (copies_files_with_mode_and_time_whatever_the_umask)
{
  const struct timespec times[] = { { .tv_sec = 1000000000, .tv_nsec = 500 }, { .tv_sec = 1234567890, .tv_nsec = 7 } };
  struct stat st;

  unit_write_file (mock_folder (mock), "bin/run", "#!/bin/sh\n");
  ck_assert_int_eq (chmod (source ("bin/run"), 04775), 0);
  ck_assert_int_eq (utimensat (AT_FDCWD, source ("bin/run"), times, 0), 0);
  ck_assert_int_eq (chmod (source ("bin"), 0777), 0);
  ck_assert_int_eq (utimensat (AT_FDCWD, source ("bin"), times, 0), 0);
  umask (077);
  stage (NULL);
  assert_content (copy ("app/main.py"), "print ('hello')\n");
  ck_assert_int_eq (stat (copy ("bin/run"), &st), 0);
  ck_assert_int_eq (st.st_mode & 07777, 04775);
  ck_assert_int_eq (st.st_mtim.tv_sec, 1234567890);
  ck_assert_int_eq (st.st_mtim.tv_nsec, 7);
  ck_assert_int_eq (stat (copy ("bin"), &st), 0);
  ck_assert_int_eq (st.st_mode & 07777, 0777);
  ck_assert_int_eq (st.st_mtim.tv_sec, 1234567890);
}
END_TEST

START_TEST (copies_what_setcap_gave)
{
  /* cap_net_bind_service=ep, revision 2, as the kernel keeps it */
  static const unsigned char given[20] = { 1, 0, 0, 2, 0, 4 };
  static const char name[] = "security.capability";
  unsigned char bytes[sizeof given];

  unit_write_file (mock_folder (mock), "server", "x");
  int may_set = setxattr (source ("server"), name, given, sizeof given, 0) == 0;
  stage (NULL);
  ck_assert_int_eq (getxattr (copy ("server"), name, bytes, sizeof bytes), may_set ? (int) sizeof bytes : -1);
  if (may_set)
    ck_assert_mem_eq (bytes, given, sizeof given);
}
END_TEST

START_TEST (change_of_the_copy_does_not_reach_the_original)
{
  stage (NULL);
  FILE *file = fopen (copy ("app/main.py"), "a");
  ck_assert_ptr_nonnull (file);
  fputs ("# changed\n", file);
  fclose (file);
  assert_content (copy ("app/main.py"), "print ('hello')\n# changed\n");
  assert_content (source ("app/main.py"), "print ('hello')\n");
}
END_TEST

START_TEST (links_stay_links_wherever_they_point)
{
  char target[256];

  ck_assert_int_eq (symlink ("../../etc/passwd", source ("outside")), 0);
  ck_assert_int_eq (symlink ("nowhere", source ("app/broken")), 0);
  ck_assert_int_eq (symlink (".", source ("app/round")), 0);
  stage (NULL);
  ssize_t n = readlink (copy ("outside"), target, sizeof target);
  ck_assert_int_eq (n, 16);
  ck_assert_int_eq (strncmp (target, "../../etc/passwd", 16), 0);
  ck_assert_int_eq (readlink (copy ("app/broken"), target, sizeof target), 7);
  ck_assert_int_eq (readlink (copy ("app/round"), target, sizeof target), 1);
}
END_TEST

START_TEST (what_no_builder_takes_is_left_out)
{
  ck_assert_int_eq (mkfifo (source ("fifo"), 0600), 0);
  stage (NULL);
  ck_assert (!is_there (copy ("fifo")));
  ck_assert (is_there (copy ("app/main.py")));
}
END_TEST

START_TEST (what_may_not_be_read_is_left_out)
{
  unit_write_file (mock_folder (mock), "secret/data", "x");
  ck_assert_int_eq (chmod (source ("secret"), 0), 0);
  if (geteuid () == 0) { /* root may read everything: then it is copied, and can still be removed */
    stage (NULL);
    ck_assert (is_there (copy ("secret/data")));
  }
  else {
    stage (NULL);
    ck_assert (!is_there (copy ("secret")));
  }
  chmod (source ("secret"), 0700);
}
END_TEST

START_TEST (read_only_folders_can_be_removed_again)
{
  unit_write_file (mock_folder (mock), "fixed/deep/file", "x");
  ck_assert_int_eq (chmod (source ("fixed/deep"), 0555), 0);
  ck_assert_int_eq (chmod (source ("fixed"), 0555), 0);
  stage (NULL);
  ck_assert (is_there (copy ("fixed/deep/file")));
  chmod (source ("fixed"), 0755);
  chmod (source ("fixed/deep"), 0755);
}
END_TEST

START_TEST (empty_and_large_and_sparse_files_are_whole)
{
  char bytes[1000];
  struct stat st;

  unit_write_file (mock_folder (mock), "empty", "");
  FILE *file = fopen (source ("large"), "w");
  for (int i = 0; i < 20000; i++) {
    memset (bytes, 'a' + i % 26, sizeof bytes);
    ck_assert_uint_eq (fwrite (bytes, 1, sizeof bytes, file), sizeof bytes);
  }
  fclose (file);
  unit_write_file (mock_folder (mock), "sparse", "x");
  ck_assert_int_eq (truncate (source ("sparse"), 5000000), 0);
  stage (NULL);
  ck_assert_int_eq (stat (copy ("empty"), &st), 0);
  ck_assert_int_eq (st.st_size, 0);
  ck_assert_int_eq (stat (copy ("sparse"), &st), 0);
  ck_assert_int_eq (st.st_size, 5000000);
  file = fopen (copy ("large"), "r");
  for (int i = 0; i < 20000; i++) {
    ck_assert_uint_eq (fread (bytes, 1, sizeof bytes, file), sizeof bytes);
    ck_assert_int_eq (bytes[0], 'a' + i % 26);
    ck_assert_int_eq (bytes[999], 'a' + i % 26);
  }
  ck_assert_int_eq (fgetc (file), EOF);
  fclose (file);
}
END_TEST

START_TEST (copy_within_the_context_does_not_copy_itself)
{
  ck_assert_int_eq (mkdir (source ("tmp"), 0755), 0);
  setenv ("TMPDIR", source ("tmp"), 1);
  stage (NULL);
  unsetenv ("TMPDIR");
  ck_assert (is_there (copy ("app/main.py")));
  const char *name = strrchr (dir, '/') + 1;
  char nested[512];
  snprintf (nested, sizeof nested, "tmp/%s", name);
  ck_assert (!is_there (copy (nested)));
}
END_TEST

START_TEST (ignored_folder_is_left_out_unless_what_is_kept_lies_in_it)
{
  unit_write_file (mock_folder (mock), ".dockerignore", "# nothing of these\n.git\ntests/\n*.md\n");
  stage (_i == 0 ? NULL : "tests/test_app.py");
  ck_assert (!is_there (copy (".git")));
  ck_assert_int_eq (is_there (copy ("tests/test_app.py")), _i == 1);
  ck_assert (is_there (copy (".dockerignore")));
  ck_assert (is_there (copy ("app/main.py")));
}
END_TEST

START_TEST (file_beside_the_dockerfile_comes_before_that_of_the_context)
{
  unit_write_file (mock_folder (mock), ".dockerignore", ".git\n");
  unit_write_file (mock_folder (mock), "Dockerfile.prod.dockerignore", "tests\n");
  stage (NULL);
  ck_assert (is_there (copy (".git/HEAD")));
  ck_assert (!is_there (copy ("tests")));
}
END_TEST

START_TEST (all_is_copied_where_what_is_left_out_depends_on_the_builder)
{
  unit_write_file (mock_folder (mock), ".dockerignore", ".git\n");
  unit_write_file (mock_folder (mock), _i == 0 ? ".containerignore" : "Dockerfile.prod.containerignore", "tests\n");
  stage (NULL);
  ck_assert (is_there (copy (".git/HEAD")));
  ck_assert (is_there (copy ("tests/test_app.py")));
}
END_TEST

START_TEST (context_that_is_not_there_is_an_error_that_names_it)
{
  session = mock_session (mock, "version: 1\nname: subject\nimage: {context: ./nowhere, dockerfile: Dockerfile.prod}\n");
  assert_error (vprod__session_stage_context (session, NULL, &dir, &err), err, VPROD_ERROR_IO, "/nowhere");
  ck_assert_ptr_null (dir);
}
END_TEST

START_TEST (folder_for_temporary_files_that_is_not_there_is_an_error_that_names_tmpdir)
{
  session = mock_session (mock, "version: 1\nname: subject\n");
  setenv ("TMPDIR", "/nowhere/at/all", 1);
  assert_error (vprod__session_stage_context (session, NULL, &dir, &err), err, VPROD_ERROR_IO,
                "in /nowhere/at/all (TMPDIR names another place)");
  unsetenv ("TMPDIR");
}
END_TEST

START_TEST (full_disk_says_how_much_and_where)
{
  char *small = unit_temp_dir ();

  if (mount ("tmpfs", small, "tmpfs", 0, "size=256k") < 0) {
    unit_remove_tree (small);
    free (small);
    return; /* only root may, and not in every container */
  }
  unit_write_file (mock_folder (mock), "large", "x");
  FILE *file = fopen (source ("large"), "w");
  for (int i = 0; i < 400000; i++)
    fputc ('a' + i % 26, file);
  fclose (file);
  setenv ("TMPDIR", small, 1);
  session = mock_session (mock, "version: 1\nname: subject\n");
  assert_error (vprod__session_stage_context (session, NULL, &dir, &err), err, VPROD_ERROR_IO,
                " MB (at large): make room, let .dockerignore name what the image does not need, or set TMPDIR");
  vprod_session_free (session);
  session = NULL;
  unsetenv ("TMPDIR");
  ck_assert_int_eq (umount (small), 0);
  ck_assert_int_eq (rmdir (small), 0);
  free (small);
}
END_TEST

START_TEST (cancel_ends_copying)
{
  session = mock_session (mock, "version: 1\nname: subject\n");
  vprod_session_cancel (session);
  assert_error (vprod__session_stage_context (session, NULL, &dir, &err), err, VPROD_ERROR_CANCELLED, "build context");
}
END_TEST

START_TEST (folder_of_a_session_is_for_its_user_alone)
{
  struct stat st;

  umask (0);
  stage (NULL);
  ck_assert_int_eq (stat (dir, &st), 0);
  ck_assert_int_eq (st.st_mode & 07777, 0700);
  ck_assert_ptr_nonnull (strstr (dir, vprod_session_get_id (session)));
}
END_TEST

/* ---- .dockerignore ------------------------------------------------------------------------------------- */

static const struct {
  const char *text;
  const char *folders; /* with commas between */
} ignores[] = {
  { "", "" },
  { "tests\n.git/\n/build\n./dist\n", "tests,.git,build,dist" },
  { "  spaced  \r\na//b/./c\n", "spaced,a/b/c" },
  { "\xef\xbb\xbftests\n", "tests" },
  { "# tests\n#\n\n \n", "" },
  { "*.pyc\n**/node_modules\na?c\n[ab]\nesc\\aped\nplain", "plain" },
  { "tests\n!tests/keep\n", "" },      /* an exception may bring back anything */
  { "tests\n  ! tests\n", "" },
  { ".\n/\n..\n../x\na/../b\n", "" },  /* what is not surely a folder of the context */
};

START_TEST (trusts_only_literal_names_without_exceptions)
{
  char **list = NULL;

  ck_assert_int_eq (vprod__ignore_parse (ignores[_i].text, &list), 0);
  char *joined = vprod__strv_join (list, ",");
  ck_assert_str_eq (joined, ignores[_i].folders);
  free (joined);
  vprod__strv_free (list);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("session_stage");
  TCase *tc = tcase_create ("session_stage");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, copies_files_with_mode_and_time_whatever_the_umask);
  tcase_add_test (tc, copies_what_setcap_gave);
  tcase_add_test (tc, change_of_the_copy_does_not_reach_the_original);
  tcase_add_test (tc, links_stay_links_wherever_they_point);
  tcase_add_test (tc, what_no_builder_takes_is_left_out);
  tcase_add_test (tc, what_may_not_be_read_is_left_out);
  tcase_add_test (tc, read_only_folders_can_be_removed_again);
  tcase_add_test (tc, empty_and_large_and_sparse_files_are_whole);
  tcase_add_test (tc, copy_within_the_context_does_not_copy_itself);
  tcase_add_loop_test (tc, ignored_folder_is_left_out_unless_what_is_kept_lies_in_it, 0, 2);
  tcase_add_test (tc, file_beside_the_dockerfile_comes_before_that_of_the_context);
  tcase_add_loop_test (tc, all_is_copied_where_what_is_left_out_depends_on_the_builder, 0, 2);
  tcase_add_test (tc, context_that_is_not_there_is_an_error_that_names_it);
  tcase_add_test (tc, folder_for_temporary_files_that_is_not_there_is_an_error_that_names_tmpdir);
  tcase_add_test (tc, full_disk_says_how_much_and_where);
  tcase_add_test (tc, cancel_ends_copying);
  tcase_add_test (tc, folder_of_a_session_is_for_its_user_alone);
  tcase_add_loop_test (tc, trusts_only_literal_names_without_exceptions, 0, LENGTH (ignores));
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
