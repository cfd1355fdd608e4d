/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/feed.h"
#include "checks/build_context/facts.h"
#include "util/path.h"
#include "util/size_text.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- paths --------------------------------------------------------------------------------------------- */

static const struct {
  const char *pattern;
  const char *path;
  int under;
  int exact;
} paths[] = {
  { "tests/", "tests", 1, 1 },
  { "tests/", "tests/a/b.py", 1, 0 },
  { "./tests", "tests/a", 1, 0 },
  { "/tests", "./tests/a", 1, 0 },
  { "tests", "testsuite/a", 0, 0 },
  { "tests", "src/tests/a", 0, 0 },
  { ".env", ".env", 1, 1 },
  { ".env", ".env.example", 0, 0 },
  { "*.py", "a.py", 1, 1 },
  { "*.py", "src/a.py", 0, 0 },
  { "*", ".hidden", 1, 1 },
  { "src/*.py", "src/a.py", 1, 1 },
  { "src/?.py", "src/ab.py", 0, 0 },
  { "src/[ab].py", "src/b.py", 1, 1 },
  { "**/*.pem", "a.pem", 1, 1 },
  { "**/*.pem", "a/b/c.pem", 1, 1 },
  { "**/*.pem", "a/b/c.pem.txt", 0, 0 },
  { "**/node_modules", "web/node_modules/x/index.js", 1, 0 },
  { "a/**/z", "a/z", 1, 1 },
  { "a/**/z", "a/b/c/z", 1, 1 },
  { "a/**/z", "b/z", 0, 0 },
  { "a/**/b/**/c", "a/x/b/y/z/c", 1, 1 },
  { "a/**/b/**/c", "a/x/c", 0, 0 },
  { "a/**", "a/b", 1, 1 },
  { "a/**", "b", 0, 0 },
  { "**", "x", 1, 1 },
  { "a//b/./c", "a/b/c", 1, 1 },
  { "a\\*b", "a*b", 1, 1 },
  { "a\\*b", "axb", 0, 0 },
  { ".", "anything", 1, 0 },
  { "", "anything", 1, 0 },
};

START_TEST (matches_paths_component_by_component)
{
  ck_assert_int_eq (vprod__path_is_under (paths[_i].path, paths[_i].pattern), paths[_i].under);
  ck_assert_int_eq (vprod__path_matches (paths[_i].path, paths[_i].pattern), paths[_i].exact);
}
END_TEST

static const struct {
  const char *pattern;
  int there;
} there[] = {
  { "tests/", 1 }, { "tests/a/x.py", 1 }, { "nowhere", 0 }, { "tests/*.py", 0 }, { "tests/*/x.*", 1 },
    { "**/x.py", 1 },
  { "**/y.py", 0 }, { "*", 1 }, { "link", 1 }, { "link/x", 0 }, { "**", 1 }, { "tests/a/x.py/z", 0 },
    { "./tests//a", 1 },
};

START_TEST (finds_what_is_there)
{
  char *dir = unit_temp_dir (), *link = NULL;

  unit_write_file (dir, "tests/a/x.py", "");
  ck_assert_int_gt (asprintf (&link, "%s/link", dir), 0);
  ck_assert_int_eq (symlink ("tests/a", link), 0);
  ck_assert_int_eq (vprod__path_exists_under (dir, there[_i].pattern), there[_i].there);
  unit_remove_tree (dir);
  free (link);
  free (dir);
}
END_TEST

START_TEST (sizes_are_readable)
{
  char text[VPROD__SIZE_TEXT];
  static const struct {
    uint64_t bytes;
    const char *text;
  } sizes[] = {
    { 0, "0 bytes" },       { 1, "1 byte" },      { 999, "999 bytes" },       { 1000, "1.0 kB" },
    { 999949, "999.9 kB" }, { 999950, "1.0 MB" }, { 12345678901, "12.3 GB" }, { UINT64_MAX, "18.4 EB" }
  };

  for (int i = 0; i < COUNT (sizes); i++) {
    vprod__size_text (sizes[i].bytes, text);
    ck_assert_str_eq (text, sizes[i].text);
  }
}
END_TEST

/* ---- the archive, in pieces ---------------------------------------------------------------------------- */

static int count_entries (void *data, struct archive *archive, vprod_error **err)
{
  struct archive_entry *entry;
  int r;

  while ((r = archive_read_next_header (archive, &entry)) == ARCHIVE_OK)
    ++*(int *) data;
  return r == ARCHIVE_EOF ? 0 : vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "damaged");
}

START_TEST (reads_an_archive_in_pieces_of_any_size)
{
  static const char *const names[] = { "a", "b/", "b/c", NULL };
  static const size_t sizes[] = { 1, 7, 511, 512, 513, 1 << 20 };
  size_t length;
  char *tar = mock_tar (names, &length);

  for (int i = 0; i < COUNT (sizes); i++) {
    struct vprod__feed *feed;
    vprod_error *err = NULL;
    int count = 0;
    assert_ok (vprod__feed_start (count_entries, &count, &feed, &err), err);
    for (size_t at = 0; at < length; at += sizes[i])
      ck_assert_int_eq (vprod__feed_bytes (feed, tar + at, length - at < sizes[i] ? length - at : sizes[i]), 0);
    assert_ok (vprod__feed_end (feed, 0, &err), err);
    ck_assert_int_eq (count, 3);
  }
  free (tar);
}
END_TEST

START_TEST (a_reader_that_fails_stops_the_pushing)
{
  static const char garbage[4096] = "this is no archive";
  struct vprod__feed *feed;
  vprod_error *err = NULL;
  int count = 0, stopped = 0;

  assert_ok (vprod__feed_start (count_entries, &count, &feed, &err), err);
  for (int i = 0; i < 1000 && !stopped; i++)
    stopped = vprod__feed_bytes (feed, garbage, sizeof garbage);
  ck_assert_int_eq (stopped, 1);
  ck_assert_int_eq (vprod__feed_end (feed, 0, &err), -VPROD_ERROR_ENGINE);
  vprod_error_free (err);
}
END_TEST

START_TEST (an_error_of_the_pusher_goes_before_the_reader_s)
{
  static const char *const names[] = { "a", "b", NULL };
  size_t length;
  char *tar = mock_tar (names, &length);
  struct vprod__feed *feed;
  vprod_error *err = NULL;
  int count = 0;

  assert_ok (vprod__feed_start (count_entries, &count, &feed, &err), err);
  ck_assert_int_eq (vprod__feed_bytes (feed, tar, 700), 0);
  int pushed = vprod__error_set (&err, VPROD_ERROR_TIMEOUT, 0, "too slow");
  assert_error (vprod__feed_end (feed, pushed, &err), err, VPROD_ERROR_TIMEOUT, "too slow");
  free (tar);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------- */

static const struct {
  const char *exclude[3];
  const char *sent[6];  /* "folder/" */
  int no_file;          /* there is no ignore file */
  int shadows;
  int negates;
  struct wanted wanted;
  const char *evidence; /* name */
  const char *value;
} judged[] = {
  { { "tests/", ".env" }, { "app/", "app/main.py" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no file of tests/, .env is sent to the engine, which gets 1 file, 100 bytes",
    "" } },
  { { "tests/", ".env" }, { "tests/", "tests/a.py", "tests/b/c.py", "app/main.py" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "tests/ (2 files, 200 bytes); in all 3 files, 300 bytes are sent",
    "Add to /c/.dockerignore:\ntests/" } },
  { { "./tests" }, { "tests/a.py" }, .wanted = { VPROD_VERDICT_FAIL, 0, "./tests (1 file, 100 bytes)", "\ntests" } },
  { { "tests/", ".env" }, { "tests/a.py", ".env" }, .no_file = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, ".env (1 file",
    "Write the file /c/.dockerignore, with these lines:\ntests/\n.env" } },
  { { "tests" }, { "tests/a.py" }, .shadows = 1,
    .wanted = { VPROD_VERDICT_FAIL, 0, "tests", "instead of .dockerignore" } },
  { { "tests" }, { "tests/a.py" }, .negates = 1, .wanted = { VPROD_VERDICT_FAIL, 0, "tests", "begin with \"!\"" } },
  { { "tests" }, { "tests/", "app" }, .wanted = { VPROD_VERDICT_PASS, 0, "no file of tests", "" },
    .evidence = "sent_without_files", .value = "tests" },
  { { "nowhere" }, { "app" }, .wanted = { VPROD_VERDICT_PASS, 0, "; not in the context at all: nowhere", "" }, .evidence = "not_in_context",
    .value = "nowhere" },
  { { "tests" }, { NULL }, .wanted = { VPROD_VERDICT_PASS, 0, "gets 0 files", "" } },
};

START_TEST (judges)
{
  struct vprod__context_excluded *excluded = calloc (3, sizeof *excluded);
  char file[] = "/c/.dockerignore";
  struct vprod__ignore_file ignore_file = {
    .path = file, .there = !judged[_i].no_file, .shadows = judged[_i].shadows, .negates = judged[_i].negates
  };
  struct vprod__build_context_facts facts = { .excluded = excluded, .ignore_file = &ignore_file };
  vprod_result *result = new_result ();

  for (; judged[_i].exclude[facts.n_excluded]; facts.n_excluded++) {
    excluded[facts.n_excluded].pattern = judged[_i].exclude[facts.n_excluded];
    excluded[facts.n_excluded].in_context = strcmp (judged[_i].exclude[facts.n_excluded], "nowhere") != 0;
  }
  for (size_t i = 0; judged[_i].sent[i]; i++) {
    const char *path = judged[_i].sent[i];
    int folder = path[strlen (path) - 1] == '/';
    ck_assert_int_eq (vprod__context_count (&facts, path, folder, folder ? 0 : 100), 0);
  }
  int r = vprod__build_context_judge (&facts, result, NULL);
  assert_wanted (r, result, NULL, &judged[_i].wanted);
  if (judged[_i].evidence)
    assert_evidence (result, judged[_i].evidence, judged[_i].value);
  vprod__build_context_facts_clear (&facts);
  vprod_result_free (result);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

#define YAML(options) "version: 1\nname: subject\nchecks:\n  build-context: {" options "}\n"

static char probe[200], probe_ignore[200];

static void sends (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static const char *const files[] = { "app/", "app/main.py", "tests/", "tests/test_app.py", NULL };
  char path[4096];

  (void) data;
  build->files = files;
  ck_assert_int_eq (request->output_tar, 1);
  FILE *file = fopen (request->dockerfile, "r");
  ck_assert_ptr_nonnull (file);
  probe[fread (probe, 1, sizeof probe - 1, file)] = '\0';
  fclose (file);
  snprintf (path, sizeof path, "%s.dockerignore", request->dockerfile);
  file = fopen (path, "r");
  probe_ignore[0] = '\0';
  if (file) {
    probe_ignore[fread (probe_ignore, 1, sizeof probe_ignore - 1, file)] = '\0';
    fclose (file);
  }
}

static void prepare (struct mock *mock)
{
  mock->on_build = sends;
}

static void fails (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
  build->message = "unknown option --output";
}

static void prepare_failing (struct mock *mock)
{
  mock->on_build = fails;
}

static const struct {
  struct flow flow;
  struct wanted wanted;
} flows[] = {
  { { NULL, YAML ("exclude: [tests/]"), prepare }, { VPROD_VERDICT_FAIL, 0, "tests/ (1 file", "Write the file" } },
  { { NULL, YAML ("exclude: [.git, \"**/*.pem\"]"), prepare },
    { VPROD_VERDICT_PASS, 0, "no file of .git, **/*.pem", "" } },
  { { NULL, YAML (""), prepare }, { VPROD_VERDICT_SKIP, 0, "checks.build-context.exclude", NULL } },
  { { NULL, "version: 1\nimage: {ref: x}\nchecks: {build-context: {exclude: [a]}}\n", NULL },
    { VPROD_VERDICT_SKIP, 0, "an image that exists, x", NULL } },
  { { NULL, "version: 1\nimage: {context: nowhere}\nchecks: {build-context: {exclude: [a]}}\n", NULL },
    { VPROD_VERDICT_SKIP, 0, "not checked: there is no build context", NULL } },
  { { NULL, YAML ("exclude: [tests/]"), prepare_failing },
    { 0, VPROD_ERROR_ENGINE, "could not show what it is sent", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = flows[_i].flow;

  flow.check = vprod_check_build_context;
  flow_says (&flow, &flows[_i].wanted);
}
END_TEST

START_TEST (probe_stands_under_the_ignore_file_that_counts)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_build_context, YAML ("exclude: [tests/]"), NULL };

  prepare (mock);
  unit_write_file (mock_folder (mock), ".dockerignore", "nothing\n");
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "tests/", "Add to" }));
  ck_assert_str_eq (probe, "FROM scratch\nCOPY . /\n");
  ck_assert_str_eq (probe_ignore, ""); /* the builder finds the context's own */

  mock = mock_new ();
  prepare (mock);
  unit_write_file (mock_folder (mock), ".dockerignore", "nothing\n");
  unit_write_file (mock_folder (mock), "Dockerfile.prod.dockerignore", "*\n!app\n!tests\n");
  vprod_result_free (flow_run (
    &flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "tests/", "Dockerfile.prod.dockerignore instead of" }));
  ck_assert_str_eq (probe_ignore, "*\n!app\n!tests\n");
}
END_TEST

static const struct {
  const char *engine;
  const char *files[3];
  const char *says; /* of the file to change */
} ignore_files[] = {
  { "docker", { ".containerignore", "Dockerfile.prod.containerignore" }, "Write the file" },
  { "docker", { ".containerignore", ".dockerignore" }, "/.dockerignore:" },
  { "podman", { ".containerignore" }, "/.containerignore:" },
  { "podman", { ".containerignore", ".dockerignore" }, "reads %/.containerignore instead of .dockerignore" },
  { "podman", { ".containerignore", "Dockerfile.prod.containerignore" }, "/Dockerfile.prod.containerignore:" },
  { "podman", { "Dockerfile.prod.containerignore", "Dockerfile.prod.dockerignore" }, "/Dockerfile.prod.dockerignore:" },
};

START_TEST (podman_has_ignore_files_of_its_own)
{
  static char engine[16], says[4096];
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_build_context, YAML ("exclude: [tests/]"), NULL };
  const char *mark = strchr (ignore_files[_i].says, '%');

  prepare (mock);
  strcpy (engine, ignore_files[_i].engine);
  mock->engine.name = engine;
  for (const char *const *file = ignore_files[_i].files; *file; file++)
    unit_write_file (mock_folder (mock), *file, "nothing\n");
  snprintf (says, sizeof says, "%.*s%s%s", (int) strcspn (ignore_files[_i].says, "%"), ignore_files[_i].says,
            mark ? mock_folder (mock) : "", mark ? mark + 1 : "");
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "tests/", says }));
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { NULL };

  flow_sweep (&(struct flow) { vprod_check_build_context, YAML ("exclude: [tests/]"), NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_build_context, YAML ("exclude: [tests/]"), NULL };

  flow_is_cancelled (&flow, "build", 1);
  flow_runs_out_of_time (&flow, "build", 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_build_context");
  TCase *tcase = tcase_create ("paths");

  tcase_add_loop_test (tcase, matches_paths_component_by_component, 0, COUNT (paths));
  tcase_add_loop_test (tcase, finds_what_is_there, 0, COUNT (there));
  tcase_add_test (tcase, sizes_are_readable);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("archive");
  tcase_add_test (tcase, reads_an_archive_in_pieces_of_any_size);
  tcase_add_test (tcase, a_reader_that_fails_stops_the_pushing);
  tcase_add_test (tcase, an_error_of_the_pusher_goes_before_the_reader_s);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("judge");
  tcase_add_loop_test (tcase, judges, 0, COUNT (judged));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, probe_stands_under_the_ignore_file_that_counts);
  tcase_add_loop_test (tcase, podman_has_ignore_files_of_its_own, 0, COUNT (ignore_files));
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
