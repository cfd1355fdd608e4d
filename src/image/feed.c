/* SPDX-License-Identifier: MIT */
#include "image/feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "util/thread.h"

#define BLOCK ((size_t) 64 << 10)

/* Two blocks: one is filled while the other is read, or waits to be read. */
struct vprod__feed {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  vprod__archive_fn read;
  void *data;
  char *blocks[2];
  int filling;       /* index of the block that is filled … */
  size_t filled;     /* … and how far */
  size_t full;       /* bytes in the other; 0: it is free */
  int taken;         /* the reader is looking at it */
  int at_end;        /* no more blocks come */
  int done;          /* the reader has ended */
  int result;
  vprod_error *error;
};

int vprod__archive_open_tar (void *data, archive_read_callback *read, struct archive **ret, vprod_error **err)
{
  _cleanup_ (vprod__archive_freep) struct archive *archive = archive_read_new ();

  if (!archive)
    return vprod__error_no_memory (err);
  archive_read_support_format_tar (archive);
  archive_read_support_format_empty (archive);
  /* without its library, libarchive would start a program to unpack */
  if (archive_zlib_version ())
    archive_read_support_filter_gzip (archive);
  if (archive_libzstd_version ())
    archive_read_support_filter_zstd (archive);
  if (archive_read_open (archive, data, NULL, read, NULL) != ARCHIVE_OK)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "cannot read the archive: %s",
                             archive_error_string (archive) ? archive_error_string (archive)
                                                            : "not a tar archive");
  *ret = archive;
  archive = NULL;
  return 0;
}

/* The lock is held. The reader is done with the block that it looked at. */
static void give_back (struct vprod__feed *feed)
{
  if (feed->taken) {
    feed->taken = 0;
    feed->full = 0;
    pthread_cond_broadcast (&feed->changed);
  }
}

static la_ssize_t pull (struct archive *archive, void *data, const void **ret)
{
  struct vprod__feed *feed = data;
  la_ssize_t length = 0;

  (void) archive;
  pthread_mutex_lock (&feed->lock);
  give_back (feed);
  while (feed->full == 0 && !feed->at_end)
    pthread_cond_wait (&feed->changed, &feed->lock);
  if (feed->full > 0) {
    feed->taken = 1;
    *ret = feed->blocks[!feed->filling];
    length = (la_ssize_t) feed->full;
  }
  pthread_mutex_unlock (&feed->lock);
  return length;
}

static void *run (void *data)
{
  struct vprod__feed *feed = data;
  _cleanup_ (vprod__archive_freep) struct archive *archive = NULL;

  feed->result = vprod__archive_open_tar (feed, pull, &archive, &feed->error);
  if (feed->result == 0)
    feed->result = feed->read (feed->data, archive, &feed->error);
  pthread_mutex_lock (&feed->lock);
  give_back (feed);
  feed->done = 1;
  pthread_cond_broadcast (&feed->changed);
  pthread_mutex_unlock (&feed->lock);
  return NULL;
}

/* The lock is held. Hands the block that was filled to the reader, once the other one is free. */
static void hand_over (struct vprod__feed *feed)
{
  while (feed->full > 0 && !feed->done)
    pthread_cond_wait (&feed->changed, &feed->lock);
  if (!feed->done) {
    feed->full = feed->filled;
    feed->filling = !feed->filling;
    pthread_cond_broadcast (&feed->changed);
  }
  feed->filled = 0;
}

int vprod__feed_bytes (void *data, const void *bytes, size_t length)
{
  struct vprod__feed *feed = data;
  const char *rest = bytes;
  int failed = 0;

  while (length > 0 && !failed) {
    size_t n = length < BLOCK - feed->filled ? length : BLOCK - feed->filled;
    memcpy (feed->blocks[feed->filling] + feed->filled, rest, n);
    feed->filled += n;
    rest += n;
    length -= n;
    if (feed->filled < BLOCK)
      break;
    pthread_mutex_lock (&feed->lock);
    hand_over (feed);
    failed = feed->done && feed->result < 0;
    pthread_mutex_unlock (&feed->lock);
  }
  return failed;
}

static void feed_free (struct vprod__feed *feed)
{
  pthread_cond_destroy (&feed->changed);
  pthread_mutex_destroy (&feed->lock);
  vprod_error_free (feed->error);
  free (feed->blocks[0]);
  free (feed->blocks[1]);
  free (feed);
}

int vprod__feed_start (vprod__archive_fn read, void *data, struct vprod__feed **ret, vprod_error **err)
{
  struct vprod__feed *feed = calloc (1, sizeof *feed);
  int r;

  if (!feed)
    return vprod__error_no_memory (err);
  feed->read = read;
  feed->data = data;
  pthread_mutex_init (&feed->lock, NULL);
  pthread_cond_init (&feed->changed, NULL);
  feed->blocks[0] = malloc (BLOCK);
  feed->blocks[1] = malloc (BLOCK);
  if (!feed->blocks[0] || !feed->blocks[1]) {
    feed_free (feed);
    return vprod__error_no_memory (err);
  }
  r = vprod__thread_start (&feed->thread, run, feed);
  if (r != 0) {
    feed_free (feed);
    return vprod__error_set (err, VPROD_ERROR_NO_MEMORY, r, "cannot start a thread that reads an archive");
  }
  *ret = feed;
  return 0;
}

int vprod__feed_end (struct vprod__feed *feed, int pushed, vprod_error **err)
{
  int r = pushed;

  pthread_mutex_lock (&feed->lock);
  if (feed->filled > 0)
    hand_over (feed);
  feed->at_end = 1;
  pthread_cond_broadcast (&feed->changed);
  pthread_mutex_unlock (&feed->lock);
  pthread_join (feed->thread, NULL);
  if (pushed >= 0) {
    r = feed->result;
    if (r < 0)
      r = vprod__error_move (err, &feed->error);
  }
  feed_free (feed);
  return r;
}
