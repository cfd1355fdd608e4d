/* SPDX-License-Identifier: MIT */
/*
 * Looks for packages in an image's files by what package managers leave there, so that nothing in the image need
 * run: a visitor of its layers, which remembers only what has one of the names that are looked for.
 */
#ifndef VPROD_IMAGE_PACKAGES_H
#define VPROD_IMAGE_PACKAGES_H

#include "image/visible.h"
#include "util/cleanup.h"

/* Where a package, or a path that a pattern matches, was found. */
struct vprod__package_place {
  size_t item;      /* index of the name, or of the pattern */
  int is_path;      /* 1: a pattern of paths; 0: a name of a package */
  const char *kind; /* "Python distribution", "dpkg package", "program" …; static */
  char *path;       /* from the top, without "/" in front */
  int in_database;  /* a package manager's database lists it; path is the database's */
  size_t layer;
  int visible;      /* after settle: a container sees it; 0: it is only in a lower layer */
};

struct vprod__packages;

/* Folders that an image's environment names, such as "/opt/tools", beside the usual ones: lent, NULL-ended, may be NULL. */
struct vprod__package_folders {
  char *const *programs; /* PATH */
  char *const *modules;  /* PYTHONPATH */
};

/* names, patterns (of paths): lent, NULL-ended, may be NULL. */
int vprod__packages_new (char *const *names, char *const *patterns, const struct vprod__package_folders *folders,
                         struct vprod__packages **ret, vprod_error **err);
void vprod__packages_visitor (struct vprod__packages *packages, struct vprod__layer_visitor *ret);

/* Once all is visited: marks what a container sees. 0, or negative where that cannot be told. */
int vprod__packages_settle (struct vprod__packages *packages, const struct vprod__visible *visible, vprod_error **err);

/* After settle; lent. */
const struct vprod__package_place *vprod__packages_places (const struct vprod__packages *packages,
                                                           size_t *ret_count);

/* The path of an rpm database in the image's file system, which only rpm can read; NULL: there is none. */
const char *vprod__packages_rpm_database (const struct vprod__packages *packages);

void vprod__packages_free (struct vprod__packages *packages);
VPROD_DEFINE_CLEANUP (struct vprod__packages *, vprod__packages_free);

/* ---- names (package_names.c) --------------------------------------------------------------------------- */

/* Does a file at this path show that a package of this name is installed? Its kind (static), or NULL; *ret_length
   is the length of the part of the path that shows it. */
const char *vprod__package_in_path (const char *path, enum vprod__file_kind kind, unsigned mode, const char *name,
                                    const struct vprod__package_folders *folders, size_t *ret_length);

/* Databases that list many packages. */
enum vprod__package_database {
  VPROD__DATABASE_NONE = 0,
  VPROD__DATABASE_DPKG,    /* var/lib/dpkg/status */
  VPROD__DATABASE_DPKG_D,  /* var/lib/dpkg/status.d/NAME, of distroless images */
  VPROD__DATABASE_APK,     /* lib/apk/db/installed */
  VPROD__DATABASE_COMPOSER,/* vendor/composer/installed.json */
  VPROD__DATABASE_RPM
};
enum vprod__package_database vprod__package_database_of (const char *path);

/* Reads a dpkg or apk database line by line. */
struct vprod__database_reader {
  enum vprod__package_database kind;
  char package[256];
  int installed; /* by its Status; -1: no such line yet */
};
/* Takes a line without its newline; "" ends a paragraph, as does the end of the file. 1: `package` is installed, to be read
   before the next line. */
int vprod__database_line (struct vprod__database_reader *reader, const char *line);

#endif
