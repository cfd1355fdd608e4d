/* SPDX-License-Identifier: MIT */
/* A spec among files: where it is looked for, what its folder makes of it; and how large it may be. */
#include "unit.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec/spec.h"
#include "spec/yaml.h"
#include "util/buf.h"
#include "util/clock.h"

static char *folder;

static void make_folder (void)
{
  char *made = unit_temp_dir ();

  folder = realpath (made, NULL);
  ck_assert_ptr_nonnull (folder);
  free (made);
}

static void remove_folder (void)
{
  unit_remove_tree (folder);
  free (folder);
}

/* folder/name; static */
static const char *in (const char *name)
{
  static char path[4096];

  snprintf (path, sizeof path, "%s/%s", folder, name);
  return path;
}

static vprod_spec *load (const char *path)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_spec_load (path, &spec, &err), err);
  return spec;
}

/* ---- finding it ------------------------------------------------------------------------------------------- */

START_TEST (loads_a_file_or_the_one_in_a_folder)
{
  const char *const paths[] = { "My Service/verify-prod.yaml", "My Service", "My Service/" };

  unit_write_file (folder, "My Service/verify-prod.yaml", "version: 1\nrun: {port: 8000}\n");
  for (size_t i = 0; i < 3; i++) {
    vprod_spec *spec = load (in (paths[i]));
    ck_assert_int_eq (spec->run.port, 8000);
    ck_assert_str_eq (vprod_spec_get_base_dir (spec), in ("My Service"));
    ck_assert_str_eq (vprod_spec_get_file (spec), in ("My Service/verify-prod.yaml"));
    ck_assert_str_eq (vprod_spec_get_name (spec), "my-service");
    vprod_spec_free (spec);
  }
}
END_TEST

START_TEST (what_cannot_be_read_is_named)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_spec_load (in ("none.yaml"), &spec, &err), err, VPROD_ERROR_SPEC, in ("none.yaml"));
  assert_error (vprod_spec_load (folder, &spec, &err), err, VPROD_ERROR_SPEC, in ("verify-prod.yaml"));
  ck_assert_int_eq (vprod_spec_load (in ("none.yaml"), &spec, &err), -VPROD_ERROR_SPEC);
  ck_assert_int_eq (vprod_error_get_errno (err), 2 /* ENOENT */);
  vprod_error_free (err);
  err = NULL;
  ck_assert_int_eq (mkdir (in ("verify-prod.yaml"), 0755), 0);
  assert_error (vprod_spec_load (folder, &spec, &err), err, VPROD_ERROR_SPEC, "it is a folder, not a regular file");
  assert_error (vprod_spec_parse ("version: 1", 10, NULL, in ("none"), &spec, &err), err, VPROD_ERROR_IO,
                in ("none"));
  assert_error (vprod_spec_new (in ("none"), &spec, &err), err, VPROD_ERROR_IO, in ("none"));
  ck_assert_ptr_null (spec);
}
END_TEST

START_TEST (mistake_in_a_file_names_the_file_as_given)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;
  char *wanted = NULL;

  unit_write_file (folder, "a.yaml", "version: 1\nnmae: x\n");
  ck_assert_int_gt (asprintf (&wanted, "%s:2:1: unknown key", in ("a.yaml")), 0);
  assert_error (vprod_spec_load (in ("a.yaml"), &spec, &err), err, VPROD_ERROR_SPEC, wanted);
  free (wanted);
}
END_TEST

static const struct {
  const char *folder;
  const char *name;
} names[] = {
  { "plain",
    "plain" }, { "My Service", "my-service" }, { "a__b..c--d", "a_b.c-d" }, { "-lead.trail-", "lead.trail" },
  { "\xc3\xbc" "ber",
    "ber" }, { "UPPER_case", "upper_case" }, { "...", "app" }, { "!!!", "app" }, { "a-_-b", "a-b" },
  { "0123456789012345678901234567890123456789012345678901234567890123456789",
    "012345678901234567890123456789012345678901234567890123456789" },
};

START_TEST (folder_gives_a_name_that_an_image_can_have)
{
  vprod_spec *spec = NULL, *named = NULL;
  vprod_error *err = NULL;
  char *yaml = NULL;

  /* "..." is a folder like any other */
  ck_assert_int_eq (mkdir (in (names[_i].folder), 0755), 0);
  assert_ok (vprod_spec_new (in (names[_i].folder), &spec, &err), err);
  ck_assert_str_eq (vprod_spec_get_name (spec), names[_i].name);
  ck_assert_ptr_null (vprod_spec_get_file (spec));
  ck_assert_int_gt (asprintf (&yaml, "version: 1\nname: \"%s\"\n", vprod_spec_get_name (spec)), 0);
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), NULL, "/", &named, &err), err);
  vprod_spec_free (named);
  vprod_spec_free (spec);
  free (yaml);
}
END_TEST

START_TEST (root_and_working_directory_are_folders_too)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;
  char *here = getcwd (NULL, 0);

  assert_ok (vprod_spec_new ("/", &spec, &err), err);
  ck_assert_str_eq (spec->name, "app");
  ck_assert_str_eq (spec->base_dir, "/");
  ck_assert_str_eq (spec->image.context, "/");
  vprod_spec_free (spec);
  assert_ok (vprod_spec_new (NULL, &spec, &err), err);
  ck_assert_str_eq (spec->base_dir, here);
  vprod_spec_free (spec);
  free (here);
}
END_TEST

/* ---- Dockerfile and context ------------------------------------------------------------------------------- */

static const struct {
  const char *files[3];
  const char *image; /* the YAML of `image` */
  const char *dockerfile; /* NULL: none; relative to the folder */
  const char *context;
} dockerfiles[] = {
  { { NULL }, "{}", NULL, "" },
  { { "Dockerfile" }, "{}", "Dockerfile", "" },
  { { "Dockerfile", "Dockerfile.prod" }, "{}", "Dockerfile.prod", "" },
  { { "Dockerfile.prod/x", "Dockerfile" }, "{}", "Dockerfile", "" }, /* a folder is none */
  { { "app/Dockerfile" }, "{}", NULL, "" },
  { { "Containerfile" }, "{}", "Containerfile", "" },
  { { "Containerfile", "Dockerfile" }, "{}", "Dockerfile", "" },
  { { "app/Containerfile" }, "{context: app}", "app/Containerfile", "app" },
  { { "app/Dockerfile" }, "{context: app}", "app/Dockerfile", "app" },
  { { "app/Dockerfile", "app/Dockerfile.prod" }, "{context: ./app//}", "app/Dockerfile.prod", "app" },
  { { "app/Dockerfile.prod", "Dockerfile" }, "{context: app}", "Dockerfile", "app" },
  { { "Dockerfile" }, "{dockerfile: other/File}", "other/File", "" },
  { { "Dockerfile" }, "{dockerfile: ./other/../File, context: ..}", "other/../File", ".." },
  { { "Dockerfile" }, "{dockerfile: /abs/File, context: /abs/./dir/}", "/abs/File", "/abs/dir" },
  { { "Dockerfile" }, "{context: .}", "Dockerfile", "" },
};

static void assert_path (const char *path, const char *wanted)
{
  if (!wanted)
    ck_assert_ptr_null (path);
  else if (*wanted == '/')
    ck_assert_str_eq (path, wanted);
  else
    ck_assert_str_eq (path, *wanted ? in (wanted) : folder);
}

START_TEST (dockerfile_is_looked_for_beside_the_spec_then_in_the_context)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;
  char *yaml = NULL;

  for (size_t i = 0; i < 3 && dockerfiles[_i].files[i]; i++)
    unit_write_file (folder, dockerfiles[_i].files[i], "FROM scratch\n");
  ck_assert_int_gt (asprintf (&yaml, "version: 1\nimage: %s\n", dockerfiles[_i].image), 0);
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), NULL, folder, &spec, &err), err);
  assert_path (spec->image.dockerfile, dockerfiles[_i].dockerfile);
  assert_path (spec->image.context, dockerfiles[_i].context);
  vprod_spec_free (spec);

  /* the same through the API */
  assert_ok (vprod_spec_new (folder, &spec, &err), err);
  assert_ok (vprod_spec_set (spec, "image", dockerfiles[_i].image, &err), err);
  assert_path (spec->image.dockerfile, dockerfiles[_i].dockerfile);
  assert_path (spec->image.context, dockerfiles[_i].context);
  vprod_spec_free (spec);
  free (yaml);
}
END_TEST

START_TEST (dockerfile_and_context_that_are_set_follow_each_other)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  unit_write_file (folder, "app/Dockerfile", "FROM scratch\n");
  assert_ok (vprod_spec_new (folder, &spec, &err), err);
  assert_path (spec->image.dockerfile, NULL);
  assert_ok (vprod_spec_set (spec, "image.context", "app", &err), err);
  assert_path (spec->image.dockerfile, "app/Dockerfile");
  assert_ok (vprod_spec_set (spec, "image.dockerfile", "x", &err), err);
  assert_path (spec->image.dockerfile, "x");
  vprod_spec_free (spec);
}
END_TEST

/* ---- how much --------------------------------------------------------------------------------------------- */

/* Of the processor, however long others had it. */
static int64_t cpu_ms (const struct rusage *usage)
{
  return (int64_t) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000
         + (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

/* Parses and expects this error, with little work and without much memory. */
static void assert_bounded (const struct vprod__buf *yaml, const char *message)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;
  struct rusage before, after;

  getrusage (RUSAGE_SELF, &before);
  int r = vprod_spec_parse (yaml->data, yaml->length, "t.yaml", "/", &spec, &err);
  getrusage (RUSAGE_SELF, &after);
  if (message) {
    ck_assert_int_eq (r, -VPROD_ERROR_SPEC);
    ck_assert_msg (strstr (vprod_error_get_message (err), message) != NULL, "%s", vprod_error_get_message (err));
    ck_assert_uint_lt (strlen (vprod_error_get_message (err)), 2000);
  }
  ck_assert_int_lt (cpu_ms (&after) - cpu_ms (&before), 20000);
  ck_assert_int_lt (after.ru_maxrss - before.ru_maxrss, 512 * 1024); /* KiB; a sanitizer's shadow included */
  vprod_spec_free (spec);
  vprod_error_free (err);
}

static void repeat (struct vprod__buf *yaml, const char *text, size_t count)
{
  int r = 0;

  for (size_t i = 0; i < count; i++)
    r |= vprod__buf_adds (yaml, text);
  ck_assert_int_eq (r, 0); /* once: an assertion is a write to check's pipe */
}

static const struct {
  const char *head, *again;
  size_t times;
  const char *tail;
  const char *message; /* NULL: any, or none */
} masses[] = {
  { "version: 1\n#", "x", 10 * 1024 * 1024, "\n", "t.yaml:1:1: too long: more than 1024 KiB" },
  { "version: 1\nname: ",
    "x", 1000000, "\n", "2:7: name: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\" " },
  { "version: 1\n", "x", 1000000, ": 1\n", "2:1: unknown key \"xxxx" },
  { "version: 1\nrun: {env: {A: ", "[", 100000, "", "nested too deep" },
  { "version: 1\nrun: {env: ", "{a: ", 100000, "", "nested too deep" },
  { "version: 1\nrun: ", "- ", 100000, "", "" },
  { "version: 1\n", "? ", 100000, "", "a key must be a name" },
  { "version: 1\nrun: {command: [", "a,", 100000, "]}", "too much: more than 10000 values" },
  { "version: 1\nrun:\n  env:\n", "    x: y\n", 5000, "", "duplicate key" },
  { "", "---\n", 9000, "", "a second document" },
  { "version: 1\nname: ", "\"", 100001, "\n", NULL },
  { "version: 1\nname: ", "&a ", 100000, "\n", NULL },
  { "version: 1\nname: ", "!x ", 100000, "\n", NULL },
  { "version: 1\nname: |", "\n", 500000, "x", "t.yaml:10000:1: too long: more than 10000 lines" },
  { "version: 1\nname: |", "\r", 500000, "x", "t.yaml:10000:1: too long: more than 10000 lines" },
  { "version: 1\nname: |", "\xc2\x85", 500000, "x", "too long: more than 10000 lines" },
  { "version: 1\nname: |", "\xe2\x80\xa8", 300000, "x", "too long: more than 10000 lines" },
  { "version: 1\nname: |", "\r\n", 9990, "  x", "is too long for an image's name" },
  { "version: 1\nname: '",
    "                                       \n", 9990, "  x'", "is too long for an image's name" },
  { "version: 1\nname: \"", "\\n", 100000, "\"", NULL },
  { "version: 1\nrun: {env: {A: \"", "${x}", 100000, "\"}}", "unknown ${x}" },
  { "version: 1\nrun: {env: {A: \"", "$${x}", 100000, "\"}}", NULL },
  { "version: 1\nrun: {env: {A: \"", "${", 100000, "\"}}", "a ${ without }" },
  { "%YAML 1.2\n", "%TAG !a! x\n", 10000, "---\nversion: 1\n", NULL },
};

START_TEST (masses_are_refused_quickly)
{
  struct vprod__buf yaml = { 0 };

  ck_assert_int_eq (vprod__buf_adds (&yaml, masses[_i].head), 0);
  repeat (&yaml, masses[_i].again, masses[_i].times);
  ck_assert_int_eq (vprod__buf_adds (&yaml, masses[_i].tail), 0);
  assert_bounded (&yaml, masses[_i].message);
  vprod__buf_clear (&yaml);
}
END_TEST

START_TEST (laughs_are_no_billion)
{
  struct vprod__buf yaml = { 0 };

  repeat (&yaml, "version: 1\nchecks:\n  dev-deps-absent:\n    commands:\n    - &a0 [ha, ha]\n", 1);
  for (int i = 1; i < 12; i++) {
    ck_assert_int_eq (vprod__buf_addf (&yaml, "    - &a%d [", i), 0);
    for (int j = 0; j < 9; j++)
      ck_assert_int_eq (vprod__buf_addf (&yaml, "*a%d, ", i - 1), 0);
    ck_assert_int_eq (vprod__buf_adds (&yaml, "]\n"), 0);
  }
  assert_bounded (&yaml, "checks.dev-deps-absent.commands: must be text, not a list");
  vprod__buf_clear (&yaml);
}
END_TEST

/* What is right in itself, repeated: a list of lists, and a text. */
static const struct {
  const char *head, *again;
  size_t times;
  const char *between, *other;
  size_t other_times;
  const char *tail;
} echoes[] = {
  { "version: 1\nchecks: {dev-deps-absent: {commands: [&a [", "ha,", 4000, "]", ", *a", 4000, "]}}" },
  { "version: 1\nrun: {command: [&a \"", "ha", 250000, "\"", ", *a", 4000, "]}" },
  { "version: 1\nchecks: {no-secrets: {allow: [&a \"", "ha", 250000, "\"", ", *a", 4000, "]}}" },
};

START_TEST (echoes_are_refused)
{
  struct vprod__buf yaml = { 0 };

  ck_assert_int_eq (vprod__buf_adds (&yaml, echoes[_i].head), 0);
  repeat (&yaml, echoes[_i].again, echoes[_i].times);
  ck_assert_int_eq (vprod__buf_adds (&yaml, echoes[_i].between), 0);
  repeat (&yaml, echoes[_i].other, echoes[_i].other_times);
  ck_assert_int_eq (vprod__buf_adds (&yaml, echoes[_i].tail), 0);
  assert_bounded (&yaml, "too much: aliases repeat it too often");
  vprod__buf_clear (&yaml);
}
END_TEST

START_TEST (echo_of_a_variable_is_refused)
{
  struct vprod__buf yaml = { 0 };

  ck_assert_int_eq (vprod__buf_adds (&yaml, "version: 1\nrun:\n  env:\n    A: &a \""), 0);
  repeat (&yaml, "ha", 250000);
  ck_assert_int_eq (vprod__buf_adds (&yaml, "\"\n"), 0);
  for (int i = 0; i < 4000; i++)
    ck_assert_int_eq (vprod__buf_addf (&yaml, "    B%d: *a\n", i), 0);
  assert_bounded (&yaml, "too much: aliases repeat it too often");
  vprod__buf_clear (&yaml);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_files");
  TCase *files = tcase_create ("files"), *bounds = tcase_create ("bounds");

  tcase_add_checked_fixture (files, make_folder, remove_folder);
  tcase_add_test (files, loads_a_file_or_the_one_in_a_folder);
  tcase_add_test (files, what_cannot_be_read_is_named);
  tcase_add_test (files, mistake_in_a_file_names_the_file_as_given);
  tcase_add_loop_test (files, folder_gives_a_name_that_an_image_can_have, 0, sizeof names / sizeof names[0]);
  tcase_add_test (files, root_and_working_directory_are_folders_too);
  tcase_add_loop_test (files, dockerfile_is_looked_for_beside_the_spec_then_in_the_context, 0,
                       sizeof dockerfiles / sizeof dockerfiles[0]);
  tcase_add_test (files, dockerfile_and_context_that_are_set_follow_each_other);
  suite_add_tcase (suite, files);
  tcase_set_timeout (bounds, 60);
  tcase_add_loop_test (bounds, masses_are_refused_quickly, 0, sizeof masses / sizeof masses[0]);
  tcase_add_test (bounds, laughs_are_no_billion);
  tcase_add_loop_test (bounds, echoes_are_refused, 0, sizeof echoes / sizeof echoes[0]);
  tcase_add_test (bounds, echo_of_a_variable_is_refused);
  suite_add_tcase (suite, bounds);
  return unit_main (suite);
}
