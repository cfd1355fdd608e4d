/* SPDX-License-Identifier: MIT */
/* Why files differ from build to build: data/irreproducible. */
#ifndef VPROD_KNOWN_IRREPRODUCIBLE_H
#define VPROD_KNOWN_IRREPRODUCIBLE_H

#include <stddef.h>

/* What the first bytes of a file say that it is. */
enum vprod__content_kind {
  VPROD__CONTENT_ANY = 0,
  VPROD__CONTENT_PYC_TIMED, /* bytecode that holds the time of its source */
  VPROD__CONTENT_PYC,
  VPROD__CONTENT_ZIP,
  VPROD__CONTENT_GZIP,
  VPROD__CONTENT_AR,
  VPROD__CONTENT_ELF
};

struct vprod__irreproducible {
  enum vprod__content_kind content;
  const char *path;   /* a pattern, or NULL: any */
  const char *files;  /* "logs of the build" */
  const char *why;
  const char *remedy;
};

#define VPROD__CONTENT_HEAD 16 /* bytes that tell */

/* Of two contents of one path, by their first bytes. */
enum vprod__content_kind vprod__content_kind_of (const char *path, const unsigned char one[static VPROD__CONTENT_HEAD],
                                                 const unsigned char other[static VPROD__CONTENT_HEAD]);

/* The row for a path, without "/" in front; NULL: none is known. */
const struct vprod__irreproducible *vprod__irreproducible_find (const char *path, enum vprod__content_kind content);

/* The table. */
const struct vprod__irreproducible *vprod__irreproducible (size_t *ret_count);

#endif
