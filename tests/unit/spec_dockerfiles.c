/* SPDX-License-Identifier: MIT */
/* Which Dockerfiles there are, and what becomes of a spec without one. */
#include "unit.h"

#include "spec/dockerfiles.h"
#include "util/buf.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

static char *folder;

static void make_folder (void)
{
  folder = unit_temp_dir ();
}

static void remove_folder (void)
{
  unit_remove_tree (folder);
  free (folder);
}

static const struct {
  const char *name;
  int is;
} names[] = {
  { "Dockerfile", 1 },          { "Containerfile", 1 },       { "Dockerfile.prod", 1 },   { "Dockerfile-alpine", 1 },
  { "Containerfile.dev", 1 },   { "multistage.Dockerfile", 1 }, { "api.dockerfile", 1 },  { "x.Containerfile", 1 },
  { "Dockerfile_worker", 1 },   { ".Dockerfile", 0 },         { "Dockerfiles", 0 },       { "dockerfile.md", 0 },
  { "Dockerfile.dockerignore", 0 }, { "Dockerfile.prod.containerignore", 0 }, { "Dockerfile.j2", 0 }, { "Dockerfile.in", 0 },
  { "Dockerfile~", 0 },         { "Dockerfile.yaml", 0 },     { "mydockerfile", 0 },      { "", 0 },
};

START_TEST (knows_the_names_of_dockerfiles)
{
  ck_assert_msg (vprod__dockerfile_is_name (names[_i].name) == names[_i].is, "%s", names[_i].name);
}
END_TEST

static const struct {
  const char *files[12];
  const char *gitignore;
  const char *found; /* with blanks between */
} trees[] = {
  { { NULL }, NULL, "" },
  { { "services/api/Containerfile", "services/worker/Dockerfile", "README" }, NULL,
    "services/api/Containerfile services/worker/Dockerfile" },
  /* near ones first, and those first that are looked for first */
  { { "a/b/Dockerfile", "z/Dockerfile.dev", "z/Dockerfile", "z/Dockerfile.prod", "z/Containerfile", "b/x.Dockerfile" }, NULL,
    "b/x.Dockerfile z/Dockerfile.prod z/Dockerfile z/Containerfile z/Dockerfile.dev a/b/Dockerfile" },
  { { ".devcontainer/Dockerfile", "node_modules/x/Dockerfile", "a/vendor/Dockerfile", "venv/Dockerfile", "a/Dockerfile" }, NULL,
    "a/Dockerfile" },
  { { "1/2/3/4/5/Dockerfile", "1/2/3/4/5/6/Dockerfile", "Dockerfile/x", "a/Dockerfile/y" }, NULL, "1/2/3/4/5/Dockerfile" },
  { { "out/Dockerfile", "a/out/Dockerfile", "a/b/Dockerfile", "c/Dockerfile" }, "# made\n/out/\n\na/b\n",
    "c/Dockerfile a/out/Dockerfile" },
  { { "out/Dockerfile", "a/out/Dockerfile", "b/Dockerfile" }, "out/\n", "b/Dockerfile" },
  { { "out/Dockerfile" }, "out/\n!out/Dockerfile\n", "out/Dockerfile" },
  { { "out/Dockerfile" }, "*out\n", "out/Dockerfile" },
};

static int take_path (void *data, const char *path)
{
  return vprod__buf_addf (data, "%s%s", ((struct vprod__buf *) data)->length ? " " : "", path);
}

START_TEST (finds_dockerfiles_below_a_folder)
{
  struct vprod__buf found = { 0 };
  vprod_error *err = NULL;
  vprod_spec *spec = NULL;

  for (size_t i = 0; trees[_i].files[i]; i++)
    unit_write_file (folder, trees[_i].files[i], "FROM scratch\n");
  if (trees[_i].gitignore)
    unit_write_file (folder, ".gitignore", trees[_i].gitignore);
  assert_ok (vprod_spec_find_dockerfiles (folder, take_path, &found, &err), err);
  ck_assert_str_eq (vprod__buf_string (&found), trees[_i].found);
  assert_ok (vprod_spec_new (folder, &spec, &err), err);
  assert_error (vprod__spec_need_dockerfile (spec, &err), err, VPROD_ERROR_SPEC,
                trees[_i].found[0] ? ": name one with image.dockerfile" : "and none below");
  assert_ok (vprod_spec_set (spec, "image.dockerfile", "Dockerfile.prod", &err), err);
  assert_ok (vprod__spec_need_dockerfile (spec, &err), err); /* one that is named may be written yet */
  vprod_spec_free (spec);
  vprod__buf_clear (&found);
}
END_TEST

static int first_path (void *data, const char *path)
{
  (void) path;
  ++*(int *) data;
  return 1;
}

START_TEST (finding_ends_where_the_caller_has_enough)
{
  vprod_error *err = NULL;
  int count = 0;

  unit_write_file (folder, "a/Dockerfile", "FROM scratch\n");
  unit_write_file (folder, "b/Dockerfile", "FROM scratch\n");
  assert_ok (vprod_spec_find_dockerfiles (folder, first_path, &count, &err), err);
  ck_assert_int_eq (count, 1);
  assert_ok (vprod_spec_find_dockerfiles ("/nowhere/at/all", first_path, &count, &err), err);
  ck_assert_int_eq (count, 1);
  assert_error (vprod_spec_find_dockerfiles (folder, NULL, NULL, &err), err, VPROD_ERROR_INVALID, "on_path");
}
END_TEST

START_TEST (nothing_to_build_is_a_mistake_of_the_spec)
{
  static const char *const fine[] = { "{ref: x}", "{dockerfile: x}", "{context: nowhere}", "{context: app}" };
  vprod_error *err = NULL;
  vprod_spec *spec = NULL;

  unit_write_file (folder, "app/Dockerfile", "FROM scratch\n");
  for (int i = 0; i < COUNT (fine); i++) {
    assert_ok (vprod_spec_new (folder, &spec, &err), err);
    assert_error (vprod__spec_need_dockerfile (spec, &err), err, VPROD_ERROR_SPEC, "found below: app/Dockerfile: name one");
    assert_ok (vprod_spec_set (spec, "image", fine[i], &err), err);
    assert_ok (vprod__spec_need_dockerfile (spec, &err), err);
    vprod_spec_free (spec);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_dockerfiles");
  TCase *tcase = tcase_create ("names");

  tcase_add_loop_test (tcase, knows_the_names_of_dockerfiles, 0, COUNT (names));
  suite_add_tcase (suite, tcase);
  tcase = tcase_create ("files");
  tcase_add_checked_fixture (tcase, make_folder, remove_folder);
  tcase_add_loop_test (tcase, finds_dockerfiles_below_a_folder, 0, COUNT (trees));
  tcase_add_test (tcase, finding_ends_where_the_caller_has_enough);
  tcase_add_test (tcase, nothing_to_build_is_a_mistake_of_the_spec);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
