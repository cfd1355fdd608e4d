/* SPDX-License-Identifier: MIT */
/*
 * dev-deps-absent: are development's tools left out of the image, and of what the running app adds to it (running.h)?
 * There are three ways to ask, each of which works on images without a shell: packages, by the traces that package managers
 * leave among the image's files (one streamed export); paths, by these files and by the engine's look into a container
 * that is never started; and commands, each run in a container of its own without a network.
 */
#include "checks/check.h"
#include "checks/dev_deps_absent/facts.h"
#include "checks/dev_deps_absent/paths.h"
#include "checks/dev_deps_absent/running.h"
#include "image/packages.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "util/path.h"
#include "util/strv.h"
#include "util/text.h"

#define EXPORT_TIMEOUT_MS (10 * 60 * 1000)
#define MAX_AT_ONCE 4     /* commands that run side by side */
#define MAX_SHOWN 3       /* places of one package or path */
#define MAX_LOOKS 64      /* into the container, for one package or path */

struct gathering {
  vprod_session *session;
  const vprod_spec *spec;
  const struct vprod__image *image;
  struct vprod__dev_dep *deps; /* packages, paths, commands, in the spec's order */
  size_t count;
  size_t n_packages, n_paths, n_commands;
  char **programs, **modules; /* folders in PATH and PYTHONPATH of the image's environment */
  struct vprod__look look;
  struct vprod__path_watch watch;
  struct vprod__running_deps running;
};

static void gathering_clear (struct gathering *gathering)
{
  for (size_t i = 0; i < gathering->count; i++) {
    free (gathering->deps[i].name);
    free (gathering->deps[i].where);
    free (gathering->deps[i].lower);
  }
  free (gathering->deps);
  vprod__strv_free (gathering->programs);
  vprod__strv_free (gathering->modules);
  vprod__running_deps_clear (&gathering->running);
  vprod__look_clear (&gathering->look);
  vprod__path_watch_clear (&gathering->watch);
}

/* ---- packages, and paths with wildcards: one export ---------------------------------------------------- */

/* The folders that a variable of the image's environment lists. */
static int find_folders (const struct vprod__image *image, const char *variable, char ***ret)
{
  const char *path = vprod__strv_env (image->facts.env, variable);

  for (; path && *path; path += strcspn (path, ":"), path += *path == ':')
    if (vprod__strv_take (ret, strndup (path, strcspn (path, ":"))) < 0)
      return -1;
  return 0;
}

static struct vprod__dev_dep *dep_of (struct gathering *gathering, const struct vprod__package_place *place,
                                      const size_t *patterns)
{
  return &gathering->deps[place->is_path ? gathering->n_packages + patterns[place->item] : place->item];
}

/* Adds a place to what is told of a package or path. The engine must find the file, too: a later layer may have put a link in
   the place of a folder above it, and where that leads the layers' archives do not say. */
static int add_place (struct gathering *gathering, struct vprod__dev_dep *dep,
                      const struct vprod__package_place *place, size_t *shown, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  char *text = NULL;
  int there = 1, r = 0;

  if (asprintf (&path, "/%s", place->path) < 0) {
    path = NULL;
    return vprod__error_no_memory (err);
  }
  if (!place->in_database)
    r = vprod__look (&gathering->look, path, &there, err);
  if (r < 0 || !there)
    return r;
  dep->presence = VPROD__PRESENT;
  if (++*shown > MAX_SHOWN)
    return 0;
  text = vprod__text_format ("%s%s%s %s", dep->where ? dep->where : "", dep->where ? ", " : "", place->kind, path);
  if (!text)
    return vprod__error_no_memory (err);
  free (dep->where);
  dep->where = text;
  return 0;
}

static int judge_places (struct gathering *gathering, const struct vprod__packages *packages,
                         const size_t *patterns, vprod_error **err)
{
  size_t count;
  const struct vprod__package_place *places = vprod__packages_places (packages, &count);
  _cleanup_free_ size_t *shown = calloc (2 * gathering->count + 1, sizeof *shown);
  size_t *looks = shown ? shown + gathering->count : NULL;

  if (!shown)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < count; i++) {
    struct vprod__dev_dep *dep = dep_of (gathering, &places[i], patterns);
    size_t index = (size_t) (dep - gathering->deps);
    if (!places[i].visible) {
      if (!dep->lower)
        dep->lower = vprod__text_format ("%s /%s", places[i].kind, places[i].path);
      if (!dep->lower)
        return vprod__error_no_memory (err);
      continue;
    }
    if (shown[index] > MAX_SHOWN || looks[index]++ >= MAX_LOOKS)
      continue;
    int r = add_place (gathering, dep, &places[i], &shown[index], err);
    if (r < 0)
      return r;
  }
  return 0;
}

static int reads_files_of (const vprod_spec *spec)
{
  char **paths = spec->checks.dev_deps_absent.paths;

  for (; paths && *paths; paths++)
    if (vprod__path_is_pattern (*paths))
      return 1;
  return vprod__strv_length (spec->checks.dev_deps_absent.packages) > 0;
}

static int look_at_files (struct gathering *gathering, vprod_error **err)
{
  _cleanup_ (vprod__packages_freep) struct vprod__packages *packages = NULL;
  _cleanup_strv_ char **globs = NULL;
  _cleanup_free_ size_t *patterns = calloc (gathering->n_paths + 1, sizeof *patterns);
  char **paths = gathering->spec->checks.dev_deps_absent.paths;
  struct vprod__layer_visitor visitor;
  size_t n = 0;
  int r;

  if (!patterns)
    return vprod__error_no_memory (err);
  if (!reads_files_of (gathering->spec))
    return 0;
  for (size_t i = 0; i < gathering->n_paths; i++)
    if (vprod__path_is_pattern (paths[i])) {
      patterns[n++] = i;
      if (vprod__strv_add (&globs, paths[i]) < 0)
        return vprod__error_no_memory (err);
    }
  r = vprod__packages_new (gathering->spec->checks.dev_deps_absent.packages, globs,
                           &(struct vprod__package_folders) { gathering->programs, gathering->modules }, &packages, err);
  if (r < 0)
    return r;
  vprod__packages_visitor (packages, &gathering->watch.other);
  vprod__path_watch_visitor (&gathering->watch, &visitor);
  r = vprod__image_files (gathering->session, EXPORT_TIMEOUT_MS, &visitor, err);
  if (r < 0)
    return r;
  r = judge_places (gathering, packages, patterns, err);
  const char *rpm = vprod__packages_rpm_database (packages);
  return r == 0 && rpm ? vprod__ask_rpm (gathering->session, gathering->deps, gathering->n_packages, rpm, err) : r;
}

/* ---- paths --------------------------------------------------------------------------------------------- */

static int look_at_paths (struct gathering *gathering, vprod_error **err)
{
  char **paths = gathering->spec->checks.dev_deps_absent.paths;

  for (size_t i = 0; i < gathering->n_paths; i++) {
    struct vprod__dev_dep *dep = &gathering->deps[gathering->n_packages + i];
    _cleanup_free_ char *path = NULL;
    int there = 0;
    if (vprod__path_is_pattern (paths[i]))
      continue;
    dep->presence = VPROD__ABSENT;
    if (gathering->watch.watched && !gathering->watch.open[i])
      continue;
    if (asprintf (&path, "/%s", vprod__path_relative (paths[i])) < 0) {
      path = NULL;
      return vprod__error_no_memory (err);
    }
    int r = vprod__look (&gathering->look, path, &there, err);
    if (r < 0)
      return r;
    dep->presence = there ? VPROD__PRESENT : VPROD__ABSENT;
    if (there && !(dep->where = strdup ("the path is there")))
      return vprod__error_no_memory (err);
  }
  return 0;
}

/* ---- commands ------------------------------------------------------------------------------------------ */

struct runs {
  struct gathering *gathering;
  pthread_mutex_t lock; /* guards what follows */
  vprod_error *error;   /* the first one */
  int failed;
};

static int run_command (struct gathering *gathering, size_t index, vprod_error **err)
{
  const vprod_spec *spec = gathering->spec;
  char **argv = spec->checks.dev_deps_absent.commands[index];
  struct vprod__dev_dep *dep = &gathering->deps[gathering->n_packages + gathering->n_paths + index];
  const char *const entrypoint[] = { argv[0], NULL };
  _cleanup_ (vprod__once_clear) struct vprod__once once = { 0 };
  struct vprod__once_options options = {
    .entrypoint = entrypoint,
    .command = (const char *const *) argv + 1,
    .timeout_ms = spec->checks.dev_deps_absent.timeout_ms,
  };
  int r = vprod__run_once (gathering->session, &options, &once, err);

  if (r < 0) {
    vprod__error_prefix (err, "running %s", dep->name);
    return r;
  }
  r = vprod__judge_command (argv, &once, spec->checks.dev_deps_absent.packages, &dep->where);
  if (r < 0)
    return vprod__error_no_memory (err);
  dep->presence = (enum vprod__presence) r;
  return 0;
}

static void work (void *data, size_t index)
{
  struct runs *runs = data;
  _cleanup_error_ vprod_error *error = NULL;

  pthread_mutex_lock (&runs->lock);
  int failed = runs->failed;
  pthread_mutex_unlock (&runs->lock);
  if (failed || run_command (runs->gathering, index, &error) == 0)
    return;
  pthread_mutex_lock (&runs->lock);
  if (!runs->failed)
    runs->error = vprod__steal (&error);
  runs->failed = 1;
  pthread_mutex_unlock (&runs->lock);
}

static int run_commands (struct gathering *gathering, vprod_error **err)
{
  struct runs runs = { .gathering = gathering, .lock = PTHREAD_MUTEX_INITIALIZER };
  int r = 0;

  if (gathering->n_commands > 0)
    vprod__parallel (gathering->n_commands, MAX_AT_ONCE, work, &runs);
  if (runs.failed)
    r = vprod__error_move (err, &runs.error);
  pthread_mutex_destroy (&runs.lock);
  return r;
}

/* ---- the check ----------------------------------------------------------------------------------------- */

static enum vprod__app_use app_use_of (const vprod_spec *spec)
{
  return vprod__running_deps_wanted (spec) ? VPROD__APP_USES : VPROD__APP_NONE;
}

/* One row for each thing that the spec names. */
static int make_rows (struct gathering *gathering, vprod_error **err)
{
  char **packages = gathering->spec->checks.dev_deps_absent.packages,
       **paths = gathering->spec->checks.dev_deps_absent.paths;
  char ***commands = gathering->spec->checks.dev_deps_absent.commands;

  gathering->n_packages = vprod__strv_length (packages);
  gathering->n_paths = vprod__strv_length (paths);
  while (commands && commands[gathering->n_commands])
    gathering->n_commands++;
  gathering->count = gathering->n_packages + gathering->n_paths + gathering->n_commands;
  gathering->deps = calloc (gathering->count + 1, sizeof *gathering->deps);
  if (!gathering->deps) {
    gathering->count = 0;
    return vprod__error_no_memory (err);
  }
  for (size_t i = 0; i < gathering->count; i++) {
    struct vprod__dev_dep *dep = &gathering->deps[i];
    size_t path = i - gathering->n_packages, command = path - gathering->n_paths;
    dep->option = i < gathering->n_packages ? "packages" : path < gathering->n_paths ? "paths" : "commands";
    dep->name = i < gathering->n_packages ? strdup (packages[i])
                : path < gathering->n_paths ? strdup (paths[path])
                                            : vprod__command_text (commands[command]);
    if (!dep->name)
      return vprod__error_no_memory (err);
  }
  return 0;
}

/* Looking at files and running commands go side by side; each writes into rows of its own. */
struct parts {
  struct gathering *gathering;
  int r[2];
  vprod_error *error[2];
};

static void work_part (void *data, size_t index)
{
  struct parts *parts = data;
  vprod_error **err = &parts->error[index];

  if (index == 1)
    parts->r[1] = run_commands (parts->gathering, err);
  else {
    /* the files first, so that the export is shared with other checks, which ask for it now */
    parts->r[0] = look_at_files (parts->gathering, err);
    if (parts->r[0] == 0)
      parts->r[0] = look_at_paths (parts->gathering, err);
  }
}

static void *look_at_image (void *data)
{
  vprod__parallel (2, 0, work_part, data);
  return NULL;
}

/* What is in the image and in the running app is told as in the image. 1: something is present. */
static int add_running (struct gathering *gathering)
{
  int present = 0;

  for (size_t i = 0; i < gathering->running.count; i++)
    if (gathering->running.where[i] && gathering->deps[i].presence != VPROD__PRESENT) {
      free (gathering->deps[i].where);
      gathering->deps[i].where = vprod__steal (&gathering->running.where[i]);
      gathering->deps[i].presence = VPROD__PRESENT;
      gathering->deps[i].at_run = 1;
    }
  for (size_t i = 0; i < gathering->count; i++)
    present |= gathering->deps[i].presence == VPROD__PRESENT;
  return present;
}

/* Looks at the image in another thread and at the running app in this one, whose time of waiting is taken off the check's
   duration. That the app could not be looked at is an error only where nothing was found in the image. */
static int gather (struct gathering *gathering, vprod_result *result, vprod_error **err)
{
  struct parts parts = { .gathering = gathering };
  struct vprod__package_folders folders = { gathering->programs, gathering->modules };
  _cleanup_error_ vprod_error *error = NULL;
  pthread_t thread;

  int threaded = vprod__thread_start (&thread, look_at_image, &parts) == 0;
  int running = vprod__find_running_deps (gathering->session, result, &folders, &gathering->running, &error);
  if (threaded)
    pthread_join (thread, NULL);
  else
    look_at_image (&parts);
  int r = parts.r[0] < 0 ? parts.r[0] : parts.r[1];
  if (r < 0)
    r = vprod__error_move (err, &parts.error[parts.r[0] < 0 ? 0 : 1]);
  vprod_error_free (parts.error[0]);
  vprod_error_free (parts.error[1]);
  if (r < 0)
    return r;
  int present = add_running (gathering);
  if (running < 0 && (!present || running == -VPROD_ERROR_CANCELLED || running == -VPROD_ERROR_NO_MEMORY))
    return vprod__error_move (err, &error);
  const char *why = running < 0 ? vprod_error_get_message (error) : gathering->running.not_looked_at;
  if (why)
    vprod__result_evidence (result, "running_app", "not looked at: %s", why);
  return 0;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  _cleanup_ (gathering_clear) struct gathering gathering = {
    .session = session, .spec = vprod__session_spec (session), .look = { .session = session } };
  int r = make_rows (&gathering, err);

  if (r < 0)
    return r;
  if (gathering.count == 0)
    return vprod__result_skip (result,
                               "the spec does not say what must be absent: name it in packages, paths or commands "
                               "of checks.dev-deps-absent");
  r = vprod__need_image (session, result, &gathering.image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  if (find_folders (gathering.image, "PATH", &gathering.programs) < 0
      || find_folders (gathering.image, "PYTHONPATH", &gathering.modules) < 0)
    return vprod__error_no_memory (err);
  r = vprod__path_watch_init (&gathering.watch, gathering.spec->checks.dev_deps_absent.paths, err);
  if (r == 0)
    r = gather (&gathering, result, err);
  if (r == 0)
    r = vprod__judge_dev_deps (gathering.deps, gathering.count, result, err);
  return r < 0 ? r : vprod__result_status (result, err);
}

const struct vprod__check vprod__check_dev_deps_absent = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "dev-deps-absent",
    .title = "Development's tools are not in the image",
    .what = "Looks for `packages` among the image's files, by what package managers leave there (Python "
            "distributions and modules, npm, gems, dpkg, apk, rpm, Composer, conda, R) and among its programs; "
            "for `paths` in a container that is never started; and runs each of `commands` in a container without "
            "a network. Once the app is ready, what its container changed is looked through for the packages and "
            "paths, too: a start command may install what the image leaves out. Passes when no package and no path "
            "is there, and each command fails because what it asks for is absent. A command that fails for another "
            "reason (the program that asks is missing, it hangs, it crashes) is an error, never a pass.",
    .why = "Compilers and test tools make an image larger, bring vulnerabilities of their own, and are what an "
           "intruder would otherwise have to bring along.",
    .remedy = "Build in one stage and copy only what runs into the last one; install without development "
              "dependencies (`uv sync --no-dev`, `npm ci --omit=dev`, `bundle config set without development`). Where the app "
              "installs as it starts, let it not: `uv run --no-sync`, or UV_NO_SYNC=1 in the image.",
    .run = vprod_check_dev_deps_absent,
  },
  .app_use_of = app_use_of,
  .reads_files_of = reads_files_of,
  .run = run,
};

int vprod_check_dev_deps_absent (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_dev_deps_absent, session, ret_result, err);
}
