/* SPDX-License-Identifier: MIT */
/* What is no regular file is refused and never waited for: each of these tests would hang. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "dockerfile/ignore.h"
#include "util/file.h"

static char *dir, path[600];
static vprod_error *err;

static void setup (void)
{
  dir = unit_temp_dir ();
  snprintf (path, sizeof path, "%s/thing", dir);
  err = NULL;
}

static void teardown (void)
{
  unit_remove_tree (dir);
  free (dir);
}

static void make_socket (const char *at)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  ck_assert_uint_lt (strlen (at), sizeof address.sun_path);
  strcpy (address.sun_path, at);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  close (fd);
}

enum kind { FIFO, FOLDER, SOCKET, DEVICE, LINK_TO_FIFO, N_KINDS };

static const char *const words[N_KINDS] = { "it is a FIFO", "it is a folder", "it is a socket",
                                            "it is a character device", "it is a FIFO" };

static void make (enum kind kind, const char *at)
{
  char target[700];

  switch (kind) {
  case FIFO:
    ck_assert_int_eq (mkfifo (at, 0600), 0);
    break;
  case FOLDER:
    ck_assert_int_eq (mkdir (at, 0700), 0);
    break;
  case SOCKET:
    make_socket (at);
    break;
  case DEVICE:
    ck_assert_int_eq (symlink ("/dev/zero", at), 0);
    break;
  default:
    snprintf (target, sizeof target, "%s.fifo", at);
    ck_assert_int_eq (mkfifo (target, 0600), 0);
    ck_assert_int_eq (symlink (target, at), 0);
  }
}

START_TEST (what_is_no_regular_file_is_refused)
{
  struct vprod__buf text = { 0 };
  int fd = -1;

  make ((enum kind) _i, path);
  assert_error (vprod__file_open (path, &fd, &err), err, VPROD_ERROR_IO, words[_i]);
  ck_assert_int_eq (fd, -1);
  assert_error (vprod__file_check (path, &err), err, VPROD_ERROR_IO, words[_i]);
  assert_error (vprod__file_read (path, 100, &text, &err), err, VPROD_ERROR_IO, words[_i]);
  ck_assert_uint_eq (text.length, 0);
}
END_TEST

START_TEST (regular_file_is_read_to_the_limit)
{
  struct vprod__buf text = { 0 };

  unit_write_file (dir, "thing", "0123456789");
  assert_ok (vprod__file_check (path, &err), err);
  assert_ok (vprod__file_read (path, 4, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), "0123");
  assert_ok (vprod__file_read (path, 100, &text, &err), err);
  ck_assert_str_eq (vprod__buf_string (&text), "01230123456789");
  vprod__buf_clear (&text);
}
END_TEST

START_TEST (file_that_is_not_there_is_no_error)
{
  struct vprod__buf text = { 0 };
  int fd;

  ck_assert_int_eq (vprod__file_open (path, &fd, &err), 1);
  ck_assert_int_eq (vprod__file_read (path, 4, &text, &err), 1);
  assert_ok (vprod__file_check (path, &err), err);
}
END_TEST

/* ---- who reads ----------------------------------------------------------------------------------------- */

START_TEST (spec_that_is_no_regular_file_is_refused)
{
  vprod_spec *spec = NULL;

  if (_i == FOLDER) /* that is where a spec is looked for */
    return;
  make ((enum kind) _i, path);
  assert_error (vprod_spec_load (path, &spec, &err), err, VPROD_ERROR_SPEC, words[_i]);
}
END_TEST

START_TEST (spec_comes_through_a_pipe_of_the_shell)
{
  static const char text[] = "version: 1\nname: piped\n";
  static const char *const places[] = { "/dev/fd/", "/proc/self/fd/", "/dev/stdin" };
  vprod_spec *spec = NULL;
  int ends[2];

  ck_assert_int_eq (pipe (ends), 0);
  ck_assert_int_eq (write (ends[1], text, strlen (text)), (int) strlen (text));
  close (ends[1]);
  ck_assert_int_eq (dup2 (ends[0], 0), 0);
  snprintf (path, sizeof path, "%s", places[_i]);
  if (_i < 2)
    snprintf (path, sizeof path, "%s%d", places[_i], ends[0]);
  assert_ok (vprod_spec_load (path, &spec, &err), err);
  ck_assert_str_eq (vprod_spec_get_name (spec), "piped");
  char *here = realpath (".", NULL); /* not /dev */
  ck_assert_str_eq (vprod_spec_get_base_dir (spec), here);
  free (here);
  vprod_spec_free (spec);
}
END_TEST

START_TEST (ignore_file_that_is_no_regular_file_is_refused)
{
  char **list = NULL;

  snprintf (path, sizeof path, "%s/.dockerignore", dir);
  make ((enum kind) _i, path);
  assert_error (vprod__ignore_load (dir, NULL, &list, &err), err, VPROD_ERROR_IO, words[_i]);
}
END_TEST

START_TEST (draft_from_what_is_no_regular_file_is_refused)
{
  char *draft = NULL;

  snprintf (path, sizeof path, "%s/Dockerfile", dir);
  make ((enum kind) _i, path);
  ck_assert_int_lt (vprod_spec_draft (dir, NULL, &draft, &err), 0);
  vprod_error_free (err);
}
END_TEST

START_TEST (file_of_the_kernel_is_read_to_the_limit)
{
  size_t length = 0;
  _cleanup_free_ char *whole = vprod__file_kernel (4096, &length, "/proc/%d/stat", (int) getpid ());
  _cleanup_free_ char *begin = vprod__file_kernel (3, NULL, "/proc/self/stat");

  ck_assert_ptr_nonnull (whole);
  ck_assert_uint_eq (strlen (whole), length);
  ck_assert_int_eq (strncmp (whole, begin, 3), 0);
  ck_assert_uint_eq (strlen (begin), 3);
  ck_assert_ptr_null (vprod__file_kernel (3, NULL, "%s/nothing", dir));
  ck_assert_int_eq (errno, ENOENT);
  ck_assert_ptr_null (vprod__file_kernel (3, NULL, "%s", dir));
  ck_assert_int_eq (errno, EISDIR);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("file");
  TCase *tc = tcase_create ("file");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, what_is_no_regular_file_is_refused, 0, N_KINDS);
  tcase_add_test (tc, regular_file_is_read_to_the_limit);
  tcase_add_test (tc, file_that_is_not_there_is_no_error);
  tcase_add_test (tc, file_of_the_kernel_is_read_to_the_limit);
  tcase_add_loop_test (tc, spec_that_is_no_regular_file_is_refused, 0, N_KINDS);
  tcase_add_loop_test (tc, spec_comes_through_a_pipe_of_the_shell, 0, 3);
  tcase_add_loop_test (tc, ignore_file_that_is_no_regular_file_is_refused, 0, N_KINDS);
  tcase_add_loop_test (tc, draft_from_what_is_no_regular_file_is_refused, 0, N_KINDS);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
