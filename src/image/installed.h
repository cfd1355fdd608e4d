/* SPDX-License-Identifier: MIT */
/*
 * Which files of an image packages of Python brought, where that cannot be seen by the folder: `pip install --target`
 * puts them into any. Each package has a list of its files beside it (NAME.dist-info/RECORD), which comes before or
 * after them, so it is at the end that one can be asked for. Of each path only a hash is kept.
 */
#ifndef VPROD_IMAGE_INSTALLED_H
#define VPROD_IMAGE_INSTALLED_H

#include <stddef.h>
#include <stdint.h>

/* To begin, zero it. */
struct vprod__installed {
  uint64_t *files; /* hashes of paths */
  size_t count;
  size_t room;
  int sorted;

  /* the list at hand */
  char *folder; /* in which its paths begin, with a slash behind; NULL: no list is at hand */
  char line[1024];
  size_t length;
};

/* A file, its bytes in any number of pieces, and its end: what is no such list is left alone. 0, or -1 out of memory. */
int vprod__installed_begin (struct vprod__installed *installed, const char *path);
int vprod__installed_bytes (struct vprod__installed *installed, const char *bytes, size_t length);
int vprod__installed_end (struct vprod__installed *installed);

/* After all files: does a list name this one? */
int vprod__installed_has (struct vprod__installed *installed, const char *path);

void vprod__installed_clear (struct vprod__installed *installed);

#endif
