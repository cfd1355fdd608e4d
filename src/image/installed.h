/* SPDX-License-Identifier: MIT */
/*
 * Which files of an image belong to Python packages, where the name of their folder does not say so: `pip install --target`
 * puts them into any folder. Each package has a list of its files (NAME.dist-info/RECORD), which may come before or after
 * them in the archive, so that a file can be looked up only at the end. Only a hash of each path is kept.
 */
#ifndef VPROD_IMAGE_INSTALLED_H
#define VPROD_IMAGE_INSTALLED_H

#include <stddef.h>
#include <stdint.h>

/* To begin, zero it. */
struct vprod__installed {
  uint64_t *files; /* hashes of paths */
  size_t count;
  int sorted;

  /* the list that is being read */
  char *folder; /* that its paths are relative to, with a slash at the end; NULL: no list is being read */
  char line[1024];
  size_t length;
};

/* A file's begin, its bytes in any number of pieces, and its end; one that is no such list is ignored. 0, or -1 out of
   memory. */
int vprod__installed_begin (struct vprod__installed *installed, const char *path);
int vprod__installed_bytes (struct vprod__installed *installed, const char *bytes, size_t length);
int vprod__installed_end (struct vprod__installed *installed);

/* After all files: is this one in a list? */
int vprod__installed_has (struct vprod__installed *installed, const char *path);

void vprod__installed_clear (struct vprod__installed *installed);

#endif
