/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/resource.h>

/* Check gives a test four seconds, which is too little under valgrind or on a busy machine: as much as `make check' gives. */
__attribute__ ((constructor)) static void give_time (void)
{
  setenv ("CK_DEFAULT_TIMEOUT", "60", 0);
}

int unit_main (Suite *suite)
{
  SRunner *runner = srunner_create (suite);

  srunner_set_tap (runner, "-");
  srunner_run_all (runner, CK_SILENT);
  int run = srunner_ntests_run (runner), failed = srunner_ntests_failed (runner);
  printf ("# %d%%: Checks: %d, Failures and errors: %d\n", run ? (run - failed) * 100 / run : 0, run, failed);
  srunner_free (runner);
  return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

char *unit_temp_dir (void)
{
  const char *tmp = getenv ("TMPDIR");
  char *path = NULL;

  ck_assert_int_gt (asprintf (&path, "%s/verify-prod-unit.XXXXXX", tmp && *tmp ? tmp : "/tmp"), 0);
  ck_assert_ptr_nonnull (mkdtemp (path));
  return path;
}

static int remove_one (const char *path, const struct stat *st, int type, struct FTW *ftw)
{
  (void) st;
  (void) type;
  (void) ftw;
  return remove (path);
}

void unit_remove_tree (const char *path)
{
  nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void unit_write_file (const char *dir, const char *name, const char *content)
{
  char *path = NULL;

  ck_assert_int_gt (asprintf (&path, "%s/%s", dir, name), 0);
  for (char *slash = path + strlen (dir) + 1; (slash = strchr (slash, '/')); slash++) {
    *slash = '\0';
    ck_assert_msg (mkdir (path, 0755) == 0 || errno == EEXIST, "mkdir %s", path);
    *slash = '/';
  }
  FILE *file = fopen (path, "w");
  ck_assert_ptr_nonnull (file);
  ck_assert_int_ge (fputs (content, file), 0);
  ck_assert_int_eq (fclose (file), 0);
  free (path);
}

char *unit_read_source (const char *name, size_t *ret_length)
{
  const char *srcdir = getenv ("VPROD_SRCDIR");
  char *path = NULL, *text;
  long length;

  ck_assert_int_gt (asprintf (&path, "%s/%s", srcdir ? srcdir : ".", name), 0);
  FILE *file = fopen (path, "rb");
  ck_assert_msg (file != NULL, "cannot open %s", path);
  ck_assert_int_eq (fseek (file, 0, SEEK_END), 0);
  length = ftell (file);
  rewind (file);
  text = malloc ((size_t) length + 1);
  ck_assert_ptr_nonnull (text);
  ck_assert_uint_eq (fread (text, 1, (size_t) length, file), (size_t) length);
  text[length] = '\0';
  fclose (file);
  free (path);
  if (ret_length)
    *ret_length = (size_t) length;
  return text;
}

static struct rlimit descriptors;

void unit_take_descriptors (void)
{
  int fd = dup (0);
  struct rlimit none;

  ck_assert_int_ge (fd, 0); /* the lowest that is free; what is above it may be in use */
  close (fd);
  ck_assert_int_eq (getrlimit (RLIMIT_NOFILE, &descriptors), 0);
  none = (struct rlimit) { .rlim_cur = (rlim_t) fd, .rlim_max = descriptors.rlim_max };
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &none), 0);
}

void unit_give_descriptors (void)
{
  ck_assert_int_eq (setrlimit (RLIMIT_NOFILE, &descriptors), 0);
}
