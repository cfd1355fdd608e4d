/* SPDX-License-Identifier: MIT */
/*
 * From bytes that are pushed (a runner's vprod_bytes_fn) to an archive that is pulled (libarchive): a thread reads
 * the archive while the runner's thread hands its pieces over, gathered in two blocks: so the reader is not woken for
 * each, and goes on while more comes. Nothing else is stored.
 *
 *   vprod__feed_start (read_entries, &facts, &feed, err);
 *   r = vprod__runner_image_export (…, vprod__feed_bytes, feed, err);
 *   r = vprod__feed_end (feed, r, err);
 */
#ifndef VPROD_IMAGE_FEED_H
#define VPROD_IMAGE_FEED_H

#include <archive.h>
#include "util/error.h"

struct vprod__feed;

/* Reads the archive to its end, in the feed's thread. 0, or negative with *err set. */
typedef int (*vprod__archive_fn) (void *data, struct archive *archive, vprod_error **err);

int vprod__feed_start (vprod__archive_fn read, void *data, struct vprod__feed **ret, vprod_error **err);

/* A vprod_bytes_fn; its data is the feed. Not 0 soon after reading has failed. */
int vprod__feed_bytes (void *feed, const void *bytes, size_t length);

/* Ends the archive and the feed, waits for the reader. `pushed` is what the pushing call gave: where it is
   negative, it is what is given back (the archive is cut off, so the reader's own complaint says nothing); else
   what the reader gave. */
int vprod__feed_end (struct vprod__feed *feed, int pushed, vprod_error **err);

/* Opens a tar archive on a read callback of libarchive: plain, gzip, or zstd, and no other program is ever run for
   it. 0, or negative. *ret is ended with archive_read_free. */
int vprod__archive_open_tar (void *data, archive_read_callback *read, struct archive **ret, vprod_error **err);

static inline void vprod__archive_freep (struct archive **archive)
{
  if (*archive)
    archive_read_free (*archive);
}

#endif
