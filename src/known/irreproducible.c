/* SPDX-License-Identifier: MIT */
#include "known/irreproducible.h"

#include <string.h>
#include "util/path.h"
#include "util/text.h"

static const struct vprod__irreproducible rows[] = {
#include "data/irreproducible.h"
};

/* PEP 552: magic number (which ends in "\r\n"), flags, then the source's time where they are 0. */
static int is_pyc (const unsigned char *head)
{
  return head[2] == '\r' && head[3] == '\n';
}

static int is_timed (const unsigned char *one, const unsigned char *other)
{
  static const unsigned char none[4];

  return memcmp (one + 4, none, 4) == 0 && memcmp (other + 4, none, 4) == 0 && memcmp (one + 8, other + 8, 4) != 0;
}

static int both_begin (const unsigned char *one, const unsigned char *other, const char *magic, size_t length)
{
  return memcmp (one, magic, length) == 0 && memcmp (other, magic, length) == 0;
}

enum vprod__content_kind vprod__content_kind_of (const char *path, const unsigned char one[static VPROD__CONTENT_HEAD],
                                                 const unsigned char other[static VPROD__CONTENT_HEAD])
{
  if (vprod__text_ends_with (path, ".pyc") && is_pyc (one) && is_pyc (other))
    return is_timed (one, other) ? VPROD__CONTENT_PYC_TIMED : VPROD__CONTENT_PYC;
  if (both_begin (one, other, "PK\3\4", 4))
    return VPROD__CONTENT_ZIP;
  if (both_begin (one, other, "\x1f\x8b", 2))
    return VPROD__CONTENT_GZIP;
  if (both_begin (one, other, "!<arch>\n", 8))
    return VPROD__CONTENT_AR;
  return both_begin (one, other, "\177ELF", 4) ? VPROD__CONTENT_ELF : VPROD__CONTENT_ANY;
}

const struct vprod__irreproducible *vprod__irreproducible_find (const char *path, enum vprod__content_kind content)
{
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if ((rows[i].content == VPROD__CONTENT_ANY || rows[i].content == content)
        && (!rows[i].path || vprod__path_is_under_anywhere (path, rows[i].path)))
      return &rows[i];
  return NULL;
}

const struct vprod__irreproducible *vprod__irreproducible (size_t *ret_count)
{
  *ret_count = sizeof rows / sizeof rows[0];
  return rows;
}
