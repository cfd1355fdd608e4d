/* SPDX-License-Identifier: MIT */
/*
 * Connects bytes that are pushed (a runner's vprod_bytes_fn) to an archive that is pulled (libarchive): a thread reads
 * the archive while the runner's thread hands over its pieces. They are gathered in two blocks, so that the reader is not
 * woken for each piece, and one block fills while the other is read. Nothing else is stored.
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

/* Ends the archive, waits for the reader, and frees the feed. pushed: the return value of the call that pushed; where it is
   negative, it is returned (the archive is cut off, and the reader's error would only say so), else the reader's. */
int vprod__feed_end (struct vprod__feed *feed, int pushed, vprod_error **err);

/* Opens a tar archive (plain, gzip or zstd) on a read callback of libarchive, without ever running another program. 0, or
   negative. *ret is freed with archive_read_free. */
int vprod__archive_open_tar (void *data, archive_read_callback *read, struct archive **ret, vprod_error **err);

static inline void vprod__archive_freep (struct archive **archive)
{
  if (*archive)
    archive_read_free (*archive);
}

#endif
