/* SPDX-License-Identifier: MIT */
/*
 * One reading of an image's archive for all who want to know of its files: each has a visitor, and at the end all learn
 * what of the files a container sees. A visitor that fails is left out from then on, and the others go on.
 */
#ifndef VPROD_IMAGE_READING_H
#define VPROD_IMAGE_READING_H

#include "image/visible.h"

/* At most one visitor of a reading has take_content. */
struct vprod__file_reader {
  const struct vprod__layer_visitor *visitor; /* NULL: it wants to know no more than `visible` tells */
  int r;                                      /* negative: it failed … */
  vprod_error *error;                         /* … and why */
  int wants;                                  /* inside: the content of the file at hand */
  struct vprod__file_reader *next;
};

/* Reads the archive for all readers of the list. *ret is what a container sees, lent to each visitor's on_end. Negative:
   the archive could not be read, or nobody was left who would read it. */
int vprod__image_read (struct archive *archive, const vprod_call *call, struct vprod__file_reader *readers,
                       struct vprod__visible *ret, vprod_error **err);

#endif
