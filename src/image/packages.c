/* SPDX-License-Identifier: MIT */
#include "image/packages.h"

#include <jansson.h>
#include <limits.h>
#include <string.h>
#include "util/buf.h"
#include "util/grow.h"
#include "util/path.h"

#define MAX_PLACES 65536
#define MAX_DATABASES 4096
#define MAX_COMPOSER ((size_t) 16 << 20)

/* A database of one layer; only the one of the uppermost layer counts. Packages in it are places with its path and layer. */
struct database {
  char *path;
  size_t layer;
  enum vprod__package_database kind;
  int visible;
};

struct vprod__packages {
  char *const *names;
  char *const *patterns;
  struct vprod__package_folders folders;
  struct vprod__package_place *places;
  size_t n_places;
  struct database *databases;
  size_t n_databases;
  /* the database that is being read */
  struct vprod__database_reader reader;
  struct vprod__buf text; /* its line so far, or (composer) all of it */
};

static const char *const database_names[] = {
  [VPROD__DATABASE_DPKG] = "dpkg package",     [VPROD__DATABASE_DPKG_D] = "dpkg package",
  [VPROD__DATABASE_APK] = "apk package",       [VPROD__DATABASE_COMPOSER] = "Composer package",
  [VPROD__DATABASE_RPM] = "rpm package",
};

/* ---- remembering --------------------------------------------------------------------------------------- */

static int add_place (struct vprod__packages *packages, const struct vprod__package_place *place, const char *path,
                      size_t path_length, vprod_error **err)
{
  const struct vprod__package_place *last = packages->n_places ? &packages->places[packages->n_places - 1] : NULL;

  /* the many files of one distribution follow each other */
  if (last && last->item == place->item && last->is_path == place->is_path && last->layer == place->layer
      && last->kind == place->kind && strlen (last->path) == path_length
      && memcmp (last->path, path, path_length) == 0)
    return 0;
  if (packages->n_places == MAX_PLACES)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "what is looked for was found more than %d times in the image", MAX_PLACES);
  if (vprod__grow (&packages->places, packages->n_places) < 0)
    return vprod__error_no_memory (err);
  struct vprod__package_place *added = &packages->places[packages->n_places];
  *added = *place;
  added->path = strndup (path, path_length);
  if (!added->path)
    return vprod__error_no_memory (err);
  packages->n_places++;
  return 0;
}

static int add_database (struct vprod__packages *packages, const struct vprod__layer_file *file,
                         enum vprod__package_database kind, vprod_error **err)
{
  if (packages->n_databases == MAX_DATABASES)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image has more than %d package databases",
                             MAX_DATABASES);
  if (vprod__grow (&packages->databases, packages->n_databases) < 0)
    return vprod__error_no_memory (err);
  struct database *database = &packages->databases[packages->n_databases];
  *database = (struct database) { .path = strdup (file->path), .layer = file->layer, .kind = kind };
  if (!database->path)
    return vprod__error_no_memory (err);
  packages->n_databases++;
  return 0;
}

/* ---- reading a database -------------------------------------------------------------------------------- */

/* The database that is being read has a package of this name. */
static int tell_package (struct vprod__packages *packages, const char *name, vprod_error **err)
{
  const struct database *database = &packages->databases[packages->n_databases - 1];

  for (size_t i = 0; packages->names && packages->names[i]; i++) {
    const char *wanted = packages->names[i];
    const char *slash = strchr (name, '/');
    /* "phpunit" is what people call phpunit/phpunit */
    int equal = strcmp (name, wanted) == 0
             || (slash && strcmp (slash + 1, wanted) == 0 && strncmp (name, wanted, (size_t) (slash - name)) == 0
                 && strlen (wanted) == (size_t) (slash - name));
    if (!equal)
      continue;
    struct vprod__package_place place = {
      .item = i, .kind = database_names[database->kind], .in_database = 1, .layer = database->layer };
    int r = add_place (packages, &place, database->path, strlen (database->path), err);
    if (r < 0)
      return r;
  }
  return 0;
}

static int read_lines (struct vprod__packages *packages, const char *bytes, size_t length, vprod_error **err)
{
  int at_end = length == 0;

  for (size_t i = 0; i < length || at_end; i++) {
    if (!at_end && bytes[i] != '\n') {
      if (packages->text.length < 1024 && bytes[i] != '\r' && vprod__buf_add (&packages->text, bytes + i, 1) < 0)
        return vprod__error_no_memory (err);
      continue;
    }
    int installed = vprod__database_line (&packages->reader, vprod__buf_string (&packages->text));
    vprod__buf_consume (&packages->text, packages->text.length);
    if (at_end && !installed)
      installed = vprod__database_line (&packages->reader, "");
    if (installed) {
      int r = tell_package (packages, packages->reader.package, err);
      packages->reader.package[0] = '\0';
      if (r < 0)
        return r;
    }
    if (at_end)
      break;
  }
  return 0;
}

/* Version 1 is a list, version 2 an object with the list in "packages". */
static int read_composer (struct vprod__packages *packages, vprod_error **err)
{
  json_t *document = json_loads (vprod__buf_string (&packages->text), 0, NULL);
  json_t *list = json_is_array (document) ? document : json_object_get (document, "packages"), *one;
  size_t i;
  int r = 0;

  json_array_foreach (list, i, one) {
    const char *name = json_string_value (json_object_get (one, "name"));
    if (r == 0 && name)
      r = tell_package (packages, name, err);
  }
  json_decref (document);
  return r;
}

static int on_content (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct vprod__packages *packages = data;
  int r = 0;

  if (packages->reader.kind != VPROD__DATABASE_COMPOSER)
    r = read_lines (packages, bytes, length, err);
  else if (length == 0)
    r = read_composer (packages, err);
  else if (packages->text.length + length > MAX_COMPOSER)
    return 1; /* no real one is that long: what was read so far is no JSON and is ignored */
  else if (vprod__buf_add (&packages->text, bytes, length) < 0)
    r = vprod__error_no_memory (err);
  if (length == 0)
    vprod__buf_clear (&packages->text);
  return r;
}

/* ---- files --------------------------------------------------------------------------------------------- */

/* The length of the part of the path that the pattern names, itself or as a folder above it; 0: it does not. */
static size_t matched_length (const char *path, const char *pattern)
{
  char part[PATH_MAX];

  if (!vprod__path_is_under (path, pattern))
    return 0;
  for (size_t i = 1; i < sizeof part && path[i]; i++)
    if (path[i] == '/') {
      memcpy (part, path, i);
      part[i] = '\0';
      if (vprod__path_matches (part, pattern))
        return i;
    }
  return strlen (path);
}

/* "/bin/cc*" matches also where the image's /bin is a link to usr/bin. */
static size_t matches_pattern (const char *path, const char *pattern)
{
  const char *relative = vprod__path_relative (pattern);
  static const char *const merged[] = { "bin/", "sbin/", "lib/", "lib64/", NULL };
  size_t length = matched_length (path, relative);

  for (size_t i = 0; merged[i] && length == 0; i++)
    if (strncmp (relative, merged[i], strlen (merged[i])) == 0 && strncmp (path, "usr/", 4) == 0
        && (length = matched_length (path + 4, relative)) > 0)
      length += 4;
  return length;
}

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct vprod__packages *packages = data;
  struct vprod__package_place place = { .layer = file->layer };
  int r;

  if (file->kind == VPROD__FILE_WHITEOUT || file->kind == VPROD__FILE_OPAQUE)
    return 0;
  for (place.item = 0; packages->names && packages->names[place.item]; place.item++) {
    size_t length;
    place.kind = vprod__package_in_path (file->path, file->kind, file->mode, packages->names[place.item],
                                         &packages->folders, &length);
    r = place.kind ? add_place (packages, &place, file->path, length, err) : 0;
    if (r < 0)
      return r;
  }
  place.is_path = 1;
  place.kind = "file";
  for (place.item = 0; packages->patterns && packages->patterns[place.item]; place.item++) {
    size_t length = matches_pattern (file->path, packages->patterns[place.item]);
    r = length > 0 ? add_place (packages, &place, file->path, length, err) : 0;
    if (r < 0)
      return r;
  }

  enum vprod__package_database kind = vprod__package_database_of (file->path);
  if (kind == VPROD__DATABASE_NONE || file->kind != VPROD__FILE_REGULAR || !packages->names || !packages->names[0])
    return 0;
  r = add_database (packages, file, kind, err);
  if (r < 0 || kind == VPROD__DATABASE_RPM)
    return r;
  vprod__buf_clear (&packages->text);
  packages->reader = (struct vprod__database_reader) { .kind = kind, .installed = -1 };
  return 1;
}

/* ---- what a container sees ------------------------------------------------------------------------------ */

/* Is this the uppermost layer that has the database? */
static int is_uppermost (const struct vprod__packages *packages, const struct vprod__layers *layers,
                         const struct database *database)
{
  for (size_t i = 0; i < packages->n_databases; i++)
    if (layers->place[packages->databases[i].layer] > layers->place[database->layer]
        && strcmp (packages->databases[i].path, database->path) == 0)
      return 0;
  return 1;
}

static int database_is_visible (const struct vprod__packages *packages, const struct vprod__package_place *place)
{
  for (size_t i = 0; i < packages->n_databases; i++)
    if (packages->databases[i].layer == place->layer && strcmp (packages->databases[i].path, place->path) == 0)
      return packages->databases[i].visible;
  return 0;
}

int vprod__packages_settle (struct vprod__packages *packages, const struct vprod__visible *visible, vprod_error **err)
{
  if (visible->too_many)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image's layers hide more than %zu files", visible->count);
  for (size_t i = 0; i < packages->n_databases; i++) {
    struct database *database = &packages->databases[i];
    database->visible = !vprod__visible_removed (visible, database->path, database->layer)
                     && is_uppermost (packages, &visible->layers, database);
  }
  for (size_t i = 0; i < packages->n_places; i++) {
    struct vprod__package_place *place = &packages->places[i];
    place->visible = place->in_database
                       ? database_is_visible (packages, place)
                       : !vprod__visible_removed (visible, place->path, place->layer);
  }
  return 0;
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  return vprod__packages_settle (data, visible, err);
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

int vprod__packages_new (char *const *names, char *const *patterns, const struct vprod__package_folders *folders,
                         struct vprod__packages **ret, vprod_error **err)
{
  struct vprod__packages *packages = calloc (1, sizeof *packages);

  if (!packages)
    return vprod__error_no_memory (err);
  packages->names = names;
  packages->patterns = patterns;
  packages->folders = *folders;
  *ret = packages;
  return 0;
}

void vprod__packages_visitor (struct vprod__packages *packages, struct vprod__layer_visitor *ret)
{
  *ret = (struct vprod__layer_visitor) {
    .on_file = on_file, .on_content = on_content, .on_end = on_end, .data = packages };
}

const struct vprod__package_place *vprod__packages_places (const struct vprod__packages *packages,
                                                           size_t *ret_count)
{
  *ret_count = packages->n_places;
  return packages->places;
}

const char *vprod__packages_rpm_database (const struct vprod__packages *packages)
{
  for (size_t i = 0; i < packages->n_databases; i++)
    if (packages->databases[i].kind == VPROD__DATABASE_RPM && packages->databases[i].visible)
      return packages->databases[i].path;
  return NULL;
}

void vprod__packages_free (struct vprod__packages *packages)
{
  if (!packages)
    return;
  for (size_t i = 0; i < packages->n_places; i++)
    free (packages->places[i].path);
  for (size_t i = 0; i < packages->n_databases; i++)
    free (packages->databases[i].path);
  free (packages->places);
  free (packages->databases);
  vprod__buf_clear (&packages->text);
  free (packages);
}
