/* SPDX-License-Identifier: MIT */
/* The build slot as a whole: a fake engine, and on PATH a program that plays what a real one was heard to say. */
#include "unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fake_engine.h"
#include "runner/build/build.h"
#include "runner/runner.h"
#include "util/cancel.h"
#include "util/clock.h"

#define HANG_MS 60000
#define ID "sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define DIGEST "sha256:2222222222222222222222222222222222222222222222222222222222222222"

#define HAS(name, id)                                                                                            \
  { .request = "GET /v1.41/images/" name "/json", .status = 200, .body = "{\"Id\":\"" id "\"}" }

static const struct fake_route has_id[] = { HAS (ID, ID), HAS ("x:1", ID) };
static const struct fake_route has_digest[] = { HAS (DIGEST, DIGEST), HAS ("x:1", DIGEST) };
static const struct fake_route has_tag[] = { HAS ("x:1", DIGEST) };
static const struct fake_route moved_tag[] = { HAS (ID, ID), HAS ("x:1", DIGEST) };
static const struct fake_route no_tag[] = { HAS (ID, ID) };
static const struct fake_route late_tag[] = {
  { .request = "GET /v1.41/images/x:1/json", .status = 404, .body = "{\"message\":\"x\"}", .times = 1 },
  HAS ("x:1", ID), HAS (ID, ID)
};
#define ALL(routes) routes, sizeof routes / sizeof routes[0]

/* What follows it finds in $iid and $metadata the files that it shall write. */
#define PROGRAM                                                                                                   \
  "#!/bin/sh\n"                                                                                                   \
  "case $1 in --version) echo 'Docker version 28.5.2, build x'; exit ;; esac\n"                                   \
  "case $2 in version) echo 'github.com/docker/buildx v0.29.1 x'; exit ;; esac\n"                                 \
  "echo \"$@\" >>\"$0.args\"\n"                                                                                   \
  "while [ $# -gt 1 ]; do\n"                                                                                      \
  "  case $1 in --iidfile=*) iid=${1#*=} ;; --metadata-file=*) metadata=${1#*=} ;; esac; shift\n"                 \
  "done\n"                                                                                                        \
  "[ -n \"$DOCKER_HOST\" ] || exit 99\n"

struct place {
  char *root;
  char *context;
  char *dockerfile;
  struct fake_engine *engine;
  vprod_runner *runner;
  char *path; /* PATH as it was */
};

static void set_up (struct place *place, const char *program, const struct fake_route *routes, size_t count)
{
  char *script = NULL, *path = NULL;
  vprod_error *err = NULL;

  place->root = unit_temp_dir ();
  ck_assert_int_gt (asprintf (&script, "%s%s", PROGRAM, program), 0);
  unit_write_file (place->root, "bin/docker", script);
  free (script);
  ck_assert_int_gt (asprintf (&script, "%s/bin/docker", place->root), 0);
  ck_assert_int_eq (chmod (script, 0755), 0);
  free (script);
  unit_write_file (place->root, "context/Dockerfile", "FROM scratch\n");
  unit_write_file (place->root, "tmp/.keep", "");
  ck_assert_int_gt (asprintf (&place->context, "%s/context", place->root), 0);
  ck_assert_int_gt (asprintf (&place->dockerfile, "%s/Dockerfile", place->context), 0);
  place->path = strdup (getenv ("PATH"));
  ck_assert_int_gt (asprintf (&path, "%s/bin:/usr/bin:/bin", place->root), 0);
  setenv ("PATH", path, 1);
  free (path);
  place->engine = fake_engine_start (routes, count, 0);
  ck_assert_int_gt (asprintf (&path, "%s/tmp", place->root), 0);
  setenv ("TMPDIR", path, 1);
  free (path);
  const vprod_docker_options options = { sizeof options, fake_engine_url (place->engine) };
  assert_ok (vprod_runner_new_docker (&options, &place->runner, &err), err);
}

static int count_files (const char *root)
{
  char *path = NULL;
  int n = 0;

  ck_assert_int_gt (asprintf (&path, "%s/tmp", root), 0);
  DIR *dir = opendir (path);
  ck_assert_ptr_nonnull (dir);
  for (struct dirent *entry; (entry = readdir (dir));)
    n += entry->d_name[0] != '.';
  closedir (dir);
  free (path);
  return n;
}

static void tear_down (struct place *place)
{
  ck_assert_int_eq (count_files (place->root), 0); /* nothing is left in TMPDIR, however it ended */
  vprod_runner_free (place->runner);
  fake_engine_stop (place->engine);
  setenv ("PATH", place->path, 1);
  unsetenv ("TMPDIR");
  unit_remove_tree (place->root);
  free (place->path);
  free (place->dockerfile);
  free (place->context);
  free (place->root);
}

static int count_step (void *data, const vprod_build_step *step)
{
  (void) step;
  ++*(int *) data;
  return 0;
}

static int build (struct place *place, const vprod_call *call, vprod_build_facts *facts, vprod_error **err)
{
  static const char *const tags[] = { "x:1", NULL };
  int steps = 0;
  const vprod_call never = { sizeof never, vprod__deadline (HANG_MS), -1 };
  const vprod_build_request request = { .size = sizeof request, .context_dir = place->context,
                                        .dockerfile = place->dockerfile,
                                        .tags = tags, .on_step = count_step, .data = &steps };

  *facts = (vprod_build_facts) { .size = sizeof *facts };
  return vprod__runner_build (place->runner, call ? call : &never, &request, facts, err);
}

/* The program notes every build. */
static int count_builds (const struct place *place)
{
  char *path = NULL;
  int lines = 0, c;

  ck_assert_int_gt (asprintf (&path, "%s/bin/docker.args", place->root), 0);
  FILE *file = fopen (path, "r");
  ck_assert_ptr_nonnull (file);
  while ((c = getc (file)) != EOF)
    lines += c == '\n';
  fclose (file);
  free (path);
  return lines;
}

#define LOST_LAYER "echo 'ERROR: failed to solve: failed to create image: layer does not exist' >&2; exit 1"

static const struct {
  const char *program;
  const struct fake_route *routes;
  size_t count;
  const char *id; /* NULL: an error */
  int builds;
  const char *says; /* the error; NULL: that the engine does not have it */
} made[] = {
  { "printf " ID " >$iid; echo '{}' >$metadata", ALL (has_id), ID, 1 },
  { "printf 1111111111111111111111111111111111111111111111111111111111111111 >$iid", ALL (has_id), ID, 1 },
  { "printf " ID " >$iid; echo '{\"containerimage.digest\":\"" DIGEST "\"}' >$metadata", ALL (has_digest), DIGEST,
    1 },
  { "printf " ID " >$iid", ALL (has_tag), DIGEST, 1 },
  { "printf " ID " >$iid", ALL (moved_tag), ID, 1 },
  /* somebody removed the tag in the same moment */
  { "printf " ID " >$iid", ALL (late_tag), ID, 2 },
  { "printf " ID " >$iid", ALL (no_tag), NULL, 3 },
  { "printf " ID " >$iid", NULL, 0, NULL, 3 },
  { "true", NULL, 0, NULL, 3 },
  /* … or a layer */
  { "[ $(wc -l <$0.args) -gt 1 ] && printf " ID " >$iid && exit; " LOST_LAYER, ALL (has_id), ID, 2 },
  { LOST_LAYER, ALL (has_id), NULL, 3, "layer does not exist" },
};

START_TEST (id_is_the_one_that_the_engine_knows)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;

  set_up (&place, made[_i].program, made[_i].routes, made[_i].count);
  int r = build (&place, NULL, &facts, &err);
  if (made[_i].id) {
    assert_ok (r, err);
    ck_assert_int_eq (facts.succeeded, 1);
    ck_assert_str_eq (facts.image_id, made[_i].id);
    ck_assert_ptr_nonnull (strstr (facts.builder, "/bin/docker 28.5.2, buildx 0.29.1 (BuildKit)"));
  } else
    assert_error (r, err, VPROD_ERROR_ENGINE, made[_i].says ? made[_i].says : "does not have it");
  ck_assert_int_eq (count_builds (&place), made[_i].builds);
  vprod__build_facts_clear (&facts);
  tear_down (&place);
}
END_TEST

START_TEST (failure_is_told_from_what_was_recorded)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  char *program = NULL;
  const char *srcdir = getenv ("VPROD_SRCDIR");

  ck_assert_int_gt (asprintf (&program, "cat '%s/tests/unit/data/build-rawjson-0.13-failed.txt' >&2; exit 1",
                              srcdir ? srcdir : "."), 0);
  set_up (&place, program, NULL, 0);
  assert_ok (build (&place, NULL, &facts, &err), err);
  ck_assert_int_eq (facts.succeeded, 0);
  ck_assert_ptr_null (facts.image_id);
  ck_assert_int_eq (strncmp (facts.failed_step, "RUN echo \"compiling main.c\"", 27), 0);
  ck_assert_str_eq (facts.message, "main.c:3:5: error: unknown type name 'foo'\n…\nmake: leaving directory "
                                   "28\nmake: leaving "
                                   "directory 29\nmake: leaving directory 30\nexit code: 2");
  vprod__build_facts_clear (&facts);
  tear_down (&place);
  free (program);
}
END_TEST

START_TEST (program_is_looked_for_once)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;

  set_up (&place, "printf " ID " >$iid", ALL (has_id));
  assert_ok (build (&place, NULL, &facts, &err), err);
  vprod__build_facts_clear (&facts);
  unit_write_file (place.root, "bin/docker", "#!/bin/sh\ncase $2 in version|--version) exit 1 ;; esac\nexit 1\n");
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_ENGINE, "did not say why");
  tear_down (&place);
}
END_TEST

START_TEST (what_is_missing_is_told_before_anything_runs)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;

  set_up (&place, "exit 1", NULL, 0);
  char *right = place.dockerfile;
  char *nothere = NULL;
  ck_assert_int_gt (asprintf (&nothere, "%s/nothere/Dockerfile", place.root), 0);
  place.dockerfile = nothere;
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_IMAGE, "nothere/Dockerfile");
  place.dockerfile = place.context;
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_IMAGE, "is a folder");
  place.dockerfile = right;
  char *context = place.context;
  place.context = nothere;
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_IMAGE, "context");
  place.context = right;
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_IMAGE, "not a folder");
  place.context = context;
  ck_assert_int_eq (fake_engine_connections (place.engine), 0);
  free (nothere);
  tear_down (&place);
}
END_TEST

/* Builders wait for a FIFO until their time is over. */
START_TEST (fifo_is_refused_before_anything_runs)
{
  static const char *const names[] = { "context/Dockerfile.fifo", "context/.dockerignore", "context/.containerignore",
                                       "context/Dockerfile.dockerignore", "context/Dockerfile.containerignore" };
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  char *fifo = NULL, *right;

  set_up (&place, "exit 1", NULL, 0);
  right = place.dockerfile;
  ck_assert_int_gt (asprintf (&fifo, "%s/%s", place.root, names[_i]), 0);
  ck_assert_int_eq (mkfifo (fifo, 0600), 0);
  if (_i == 0)
    place.dockerfile = fifo;
  assert_error (build (&place, NULL, &facts, &err), err, VPROD_ERROR_IO, "is a FIFO, not a regular file");
  place.dockerfile = right;
  free (fifo);
  tear_down (&place);
}
END_TEST

START_TEST (deadline_names_the_step_that_ran)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  const vprod_call call = { sizeof call, vprod__deadline (1500), -1 };

  set_up (&place, "echo '{\"vertexes\":[{\"digest\":\"d\",\"name\":\"[a 1/1] RUN slow\",\"started\":\"x\"}]}' "
                  ">&2; exec sleep 100", NULL, 0);
  assert_error (build (&place, &call, &facts, &err), err, VPROD_ERROR_TIMEOUT, "it was at [a 1/1] RUN slow");
  vprod__build_facts_clear (&facts);
  tear_down (&place);
}
END_TEST

static void *cancel_soon (void *cancel)
{
  usleep (500000);
  vprod__cancel_set (cancel);
  return NULL;
}

START_TEST (cancel_ends_the_program)
{
  struct place place;
  struct vprod__cancel cancel;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  pthread_t thread;

  set_up (&place, "exec sleep 100", NULL, 0);
  assert_ok (vprod__cancel_init (&cancel, &err), err);
  const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, cancel.read_fd };
  ck_assert_int_eq (pthread_create (&thread, NULL, cancel_soon, &cancel), 0);
  assert_error (build (&place, &call, &facts, &err), err, VPROD_ERROR_CANCELLED, "cancelled");
  pthread_join (thread, NULL);
  vprod__cancel_end (&cancel);
  vprod__build_facts_clear (&facts);
  tear_down (&place);
}
END_TEST

START_TEST (program_that_ignores_sigchld_gets_its_image)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  void (*old) (int) = signal (SIGCHLD, SIG_IGN);

  set_up (&place, "printf " ID " >$iid", ALL (has_id));
  assert_ok (build (&place, NULL, &facts, &err), err);
  ck_assert_int_eq (facts.succeeded, 1);
  ck_assert_str_eq (facts.image_id, ID);
  vprod__build_facts_clear (&facts);
  signal (SIGCHLD, old);
  tear_down (&place);
}
END_TEST

struct bytes {
  size_t count;
  size_t stop_after;
};

static int take_tar (void *data, const void *bytes, size_t length)
{
  struct bytes *seen = data;

  (void) bytes;
  seen->count += length;
  return seen->stop_after && seen->count >= seen->stop_after;
}

static int build_tar (struct place *place, struct bytes *seen, vprod_build_facts *facts, vprod_error **err)
{
  const vprod_call call = { sizeof call, vprod__deadline (HANG_MS), -1 };
  const vprod_build_request request = { .size = sizeof request, .context_dir = place->context,
                                        .dockerfile = place->dockerfile,
                                        .output_tar = 1, .on_tar = take_tar, .data = seen };

  *facts = (vprod_build_facts) { .size = sizeof *facts };
  return vprod__runner_build (place->runner, &call, &request, facts, err);
}

START_TEST (archive_is_given_as_it_comes)
{
  struct place place;
  vprod_build_facts facts;
  vprod_error *err = NULL;
  struct bytes seen = { 0, 0 }, little = { 0, 1000 };

  set_up (&place, "head -c 1000000 /dev/zero", NULL, 0);
  assert_ok (build_tar (&place, &seen, &facts, &err), err);
  ck_assert_int_eq (facts.succeeded, 1);
  ck_assert_ptr_null (facts.image_id);
  ck_assert_uint_eq (seen.count, 1000000);
  vprod__build_facts_clear (&facts);
  assert_ok (build_tar (&place, &little, &facts, &err), err);
  ck_assert_uint_ge (little.count, 1000);
  vprod__build_facts_clear (&facts);
  tear_down (&place);
}
END_TEST

static void *build_some (void *data)
{
  intptr_t wrong = 0;

  for (int i = 0; i < 3; i++) {
    vprod_build_facts facts;
    wrong += build (data, NULL, &facts, NULL) != 0 || !facts.succeeded || strcmp (facts.image_id, ID) != 0;
    vprod__build_facts_clear (&facts);
  }
  return (void *) wrong;
}

START_TEST (two_builds_at_once_do_not_meet)
{
  struct place place;
  pthread_t threads[3];

  set_up (&place, "printf " ID " >$iid; echo "
                               "'{\"vertexes\":[{\"digest\":\"d\",\"name\":\"n\",\"started\":\"x\"}]}' >&2",
                                 ALL (has_id));
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, build_some, &place), 0);
  for (int i = 0; i < 3; i++) {
    void *wrong;
    pthread_join (threads[i], &wrong);
    ck_assert_ptr_null (wrong);
  }
  tear_down (&place);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("build_slot");
  TCase *tc = tcase_create ("build_slot");

  tcase_set_timeout (tc, 120);
  tcase_add_loop_test (tc, id_is_the_one_that_the_engine_knows, 0, sizeof made / sizeof made[0]);
  tcase_add_test (tc, failure_is_told_from_what_was_recorded);
  tcase_add_test (tc, program_is_looked_for_once);
  tcase_add_test (tc, what_is_missing_is_told_before_anything_runs);
  tcase_add_loop_test (tc, fifo_is_refused_before_anything_runs, 0, 5);
  tcase_add_test (tc, deadline_names_the_step_that_ran);
  tcase_add_test (tc, cancel_ends_the_program);
  tcase_add_test (tc, program_that_ignores_sigchld_gets_its_image);
  tcase_add_test (tc, archive_is_given_as_it_comes);
  tcase_add_test (tc, two_builds_at_once_do_not_meet);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
