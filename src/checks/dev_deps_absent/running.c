/* SPDX-License-Identifier: MIT */
#include "checks/dev_deps_absent/running.h"
#include "checks/dev_deps_absent/facts.h"
#include "image/feed.h"
#include "known/by_product.h"

#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

#define COPY_TIMEOUT_MS (60 * 1000)
#define MAX_SHOWN 3      /* places of one package or path */
#define MAX_DATABASES 64
#define MAX_OUTPUT (1024 * 1024)

/* ---- listing --------------------------------------------------------------------------------------------- */

struct finding {
  vprod_session *session;
  const struct vprod__app *app;
  struct vprod__packages *packages;
  struct vprod__layer_visitor visitor;
  char **databases; /* of package managers, which changed */
  size_t n_databases;
  char *rpm;        /* one that only rpm can read */
  const char *path; /* the database that is being read */
  vprod_error *error;
};

static void finding_clear (struct finding *finding)
{
  vprod__packages_free (finding->packages);
  vprod__strv_free (finding->databases);
  free (finding->rpm);
  vprod_error_free (finding->error);
}

/* Files that were only changed are in the image, too, which is judged by itself. */
static int on_change (void *data, const vprod_change *change)
{
  struct finding *finding = data;
  char path[PATH_MAX];
  size_t found;

  if (change->kind == VPROD_CHANGE_DELETED || !vprod__clean_path (change->path, path)
      || vprod__is_by_product (path, 0))
    return 0;
  enum vprod__package_database kind = vprod__package_database_of (path);
  if (kind == VPROD__DATABASE_RPM && !finding->rpm && !(finding->rpm = strdup (path)))
    return vprod__error_no_memory (&finding->error);
  if (kind != VPROD__DATABASE_NONE && kind != VPROD__DATABASE_RPM && finding->n_databases < MAX_DATABASES) {
    finding->n_databases++;
    if (vprod__strv_add (&finding->databases, path) < 0)
      return vprod__error_no_memory (&finding->error);
  }
  if (kind != VPROD__DATABASE_NONE || change->kind != VPROD_CHANGE_ADDED)
    return 0;
  /* the engine's list has neither types nor modes: is_there looks at them later */
  struct vprod__layer_file file = { .path = path, .kind = VPROD__FILE_REGULAR, .mode = 0755 };
  if (finding->visitor.on_file (finding->visitor.data, &file, &finding->error) >= 0)
    return 0;
  vprod__packages_places (finding->packages, &found);
  if (found > 0 && vprod_error_get_code (finding->error) != VPROD_ERROR_NO_MEMORY) {
    vprod_error_free (finding->error); /* more was found than can be kept, which is enough */
    finding->error = NULL;
  }
  return 1;
}

/* ---- databases ------------------------------------------------------------------------------------------- */

static int read_content (struct finding *finding, struct archive *archive, vprod_error **err)
{
  const void *bytes;
  size_t length;
  la_int64_t offset;
  int r = 0, got;

  while (r == 0
         && ((got = archive_read_data_block (archive, &bytes, &length, &offset)) == ARCHIVE_OK || got == ARCHIVE_WARN))
    r = length > 0 ? finding->visitor.on_content (finding->visitor.data, bytes, length, err) : 0;
  return r < 0 ? r : finding->visitor.on_content (finding->visitor.data, "", 0, err);
}

static int read_database (void *data, struct archive *archive, vprod_error **err)
{
  struct finding *finding = data;
  struct archive_entry *entry;
  struct vprod__layer_file file = { .path = finding->path, .kind = VPROD__FILE_REGULAR, .mode = 0644 };

  if (archive_read_next_header (archive, &entry) < ARCHIVE_WARN || archive_entry_filetype (entry) != AE_IFREG)
    return 0;
  int r = finding->visitor.on_file (finding->visitor.data, &file, err);
  return r > 0 ? read_content (finding, archive, err) : r;
}

/* Reads the archive of one path of the app's container. A path that is gone meanwhile is no error. */
static int copy (struct finding *finding, const char *path, vprod__archive_fn read, void *data, vprod_error **err)
{
  _cleanup_free_ char *absolute = NULL;
  struct vprod__feed *feed = NULL;
  vprod_call call;

  if (asprintf (&absolute, "/%s", path) < 0) {
    absolute = NULL;
    return vprod__error_no_memory (err);
  }
  int r = vprod__feed_start (read, data, &feed, err);
  if (r < 0)
    return r;
  vprod__session_call (finding->session, COPY_TIMEOUT_MS, &call);
  _cleanup_error_ vprod_error *error = NULL;
  r = vprod__runner_container_copy (vprod__session_runner (finding->session), &call, finding->app->container_id,
                                    absolute, vprod__feed_bytes, feed, &error);
  r = vprod__feed_end (feed, r, &error);
  return r < 0 && r != -VPROD_ERROR_NOT_FOUND ? vprod__error_move (err, &error) : 0;
}

static int read_databases (struct finding *finding, vprod_error **err)
{
  int r = 0;

  for (char **path = finding->databases; r == 0 && path && *path; path++) {
    finding->path = *path;
    r = copy (finding, *path, read_database, finding, err);
  }
  return r;
}

/* ---- places ---------------------------------------------------------------------------------------------- */

static int read_type (void *data, struct archive *archive, vprod_error **err)
{
  struct archive_entry *entry;

  if (archive_read_next_header (archive, &entry) >= ARCHIVE_WARN)
    *(int *) data = archive_entry_filetype (entry) == AE_IFLNK
                 || (archive_entry_filetype (entry) == AE_IFREG && (archive_entry_perm (entry) & 0111) != 0);
  return 0;
}

/* *ret: 0 where a program is sought and the path is none. */
static int is_there (struct finding *finding, const struct vprod__package_place *place, int *ret, vprod_error **err)
{
  *ret = strcmp (place->kind, "program") != 0;
  return *ret ? 0 : copy (finding, place->path, read_type, ret, err);
}

static int add_place (char **where, const struct vprod__package_place *place, vprod_error **err)
{
  char *text = NULL;

  if (asprintf (&text, "%s%s%s /%s", *where ? *where : "", *where ? ", " : "", place->kind, place->path) < 0)
    return vprod__error_no_memory (err);
  free (*where);
  *where = text;
  return 0;
}

static int tell_places (struct finding *finding, size_t n_packages, struct vprod__running_deps *ret,
                        vprod_error **err)
{
  size_t count;
  const struct vprod__package_place *places = vprod__packages_places (finding->packages, &count);
  _cleanup_free_ size_t *shown = calloc (ret->count + 1, sizeof *shown);

  if (!shown)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < count; i++) {
    size_t item = places[i].item + (places[i].is_path ? n_packages : 0);
    int there = 0;
    if (shown[item] == MAX_SHOWN || (places[i].is_path && vprod__is_by_product (places[i].path, 1)))
      continue;
    int r = is_there (finding, &places[i], &there, err);
    if (r == 0 && there) {
      shown[item]++;
      r = add_place (&ret->where[item], &places[i], err);
    }
    if (r < 0)
      return r;
  }
  return 0;
}

/* ---- rpm ------------------------------------------------------------------------------------------------- */

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__buf *output = data;

  (void) stream;
  return output->length + length > MAX_OUTPUT || vprod__buf_add (output, bytes, length) < 0;
}

/* Asks the rpm of the app's container. Without one, nothing was installed with it. */
static int ask_rpm (struct finding *finding, char *const *packages, struct vprod__running_deps *ret, vprod_error **err)
{
  _cleanup_strv_ char **argv = NULL;
  _cleanup_buf_ struct vprod__buf output = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;
  int exit_code;

  if (vprod__strv_add (&argv, "rpm") < 0 || vprod__strv_add (&argv, "-q") < 0
      || vprod__strv_add (&argv, "--queryformat") < 0 || vprod__strv_add (&argv, "%{NAME}\n") < 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; packages && packages[i]; i++)
    if (vprod__strv_add (&argv, packages[i]) < 0)
      return vprod__error_no_memory (err);
  vprod__session_call (finding->session, COPY_TIMEOUT_MS, &call);
  int r = vprod__runner_container_exec (vprod__session_runner (finding->session), &call, finding->app->container_id,
                                        (const char *const *) argv, on_output, &output, &exit_code, &error);
  if (r < 0)
    return r == -VPROD_ERROR_IMAGE || r == -VPROD_ERROR_NOT_FOUND ? 0 : vprod__error_move (err, &error);
  struct vprod__once once = { .started = 1, .ended = 1, .output = output.data, .output_length = output.length };
  struct vprod__package_place place = { .kind = "rpm package in", .path = finding->rpm };
  for (size_t i = 0; r == 0 && packages && packages[i]; i++)
    if (!ret->where[i] && vprod__rpm_says (&once, packages[i]) == VPROD__PRESENT)
      r = add_place (&ret->where[i], &place, err);
  return r;
}

/* ---- all of it ------------------------------------------------------------------------------------------- */

static int not_looked_at (struct vprod__running_deps *running, const char *why, vprod_error **err)
{
  running->not_looked_at = strdup (why);
  return running->not_looked_at ? 0 : vprod__error_no_memory (err);
}

int vprod__running_deps_wanted (const vprod_spec *spec)
{
  return !spec->checks.start.off
      && (vprod__strv_length (spec->checks.dev_deps_absent.packages) > 0
          || vprod__strv_length (spec->checks.dev_deps_absent.paths) > 0);
}

/* *ret_app NULL: there is none to be looked at, and *running says why. */
static int get_app (vprod_session *session, const vprod_result *result, struct vprod__running_deps *running,
                    const struct vprod__app **ret_app, int *ret_up, vprod_error **err)
{
  _cleanup_result_ vprod_result *skipped = NULL;
  const struct vprod__app *app = NULL;

  *ret_app = NULL;
  int r = vprod__result_new (vprod_result_get_check (result), vprod_result_get_title (result), &skipped, err);
  if (r == 0)
    r = vprod__need_ready (session, skipped, &app, err);
  if (r < 0)
    return r;
  *ret_up = r == 0;
  /* an app that has ended can be looked at, too */
  if (r > 0 && (vprod__get_app (session, &app, NULL) < 0 || !app->started))
    return not_looked_at (running, vprod_result_get_message (skipped), err);
  *ret_app = app;
  return 0;
}

static int find (struct finding *finding, const vprod_spec *spec, const struct vprod__package_folders *folders,
                 int is_up, struct vprod__running_deps *ret, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  char **packages = spec->checks.dev_deps_absent.packages;
  long base = 0;
  const struct vprod__visible visible = { .layers = { .place = &base, .count = 1, .depth = 1 } };

  int r = vprod__packages_new (packages, spec->checks.dev_deps_absent.paths, folders, &finding->packages, err);
  if (r < 0)
    return r;
  vprod__packages_visitor (finding->packages, &finding->visitor);
  r = vprod__app_changes (finding->session, on_change, finding, &error);
  if (r == -VPROD_ERROR_UNSUPPORTED || (r == -VPROD_ERROR_NOT_FOUND && !is_up))
    return not_looked_at (ret, vprod_error_get_message (error), err);
  if (r < 0)
    return vprod__error_move (err, &error);
  if (finding->error)
    return vprod__error_move (err, &finding->error);
  r = read_databases (finding, err);
  if (r < 0)
    return r;
  r = vprod__packages_settle (finding->packages, &visible, err);
  if (r == 0)
    r = tell_places (finding, vprod__strv_length (packages), ret, err);
  return r == 0 && finding->rpm && is_up ? ask_rpm (finding, packages, ret, err) : r;
}

int vprod__find_running_deps (vprod_session *session, const vprod_result *result,
                              const struct vprod__package_folders *folders, struct vprod__running_deps *ret,
                              vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (finding_clear) struct finding finding = { .session = session };
  int is_up = 0;

  if (!vprod__running_deps_wanted (spec))
    return spec->checks.start.off ? not_looked_at (ret, "the spec leaves `start` out", err) : 0;
  ret->count = vprod__strv_length (spec->checks.dev_deps_absent.packages)
             + vprod__strv_length (spec->checks.dev_deps_absent.paths);
  ret->where = calloc (ret->count + 1, sizeof *ret->where);
  if (!ret->where)
    return vprod__error_no_memory (err);
  int r = get_app (session, result, ret, &finding.app, &is_up, err);
  if (r == 0 && finding.app)
    r = find (&finding, spec, folders, is_up, ret, err);
  vprod__done_with_app (session, vprod_result_get_check (result));
  return r;
}

void vprod__running_deps_clear (struct vprod__running_deps *running)
{
  for (size_t i = 0; running->where && i < running->count; i++)
    free (running->where[i]);
  free (running->where);
  free (running->not_looked_at);
  *running = (struct vprod__running_deps) { 0 };
}
