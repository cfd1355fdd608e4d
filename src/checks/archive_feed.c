/* SPDX-License-Identifier: MIT */
#include "checks/archive_feed.h"

#include <pthread.h>
#include <signal.h>

struct vprod__feed {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  vprod__archive_fn read;
  void *data;
  const void *piece; /* given, not taken yet; NULL: none */
  size_t length;
  int taken;         /* the reader is looking at the piece */
  int at_end;        /* no more pieces come */
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

/* The reader is done with the piece that it looked at. */
static void give_back (struct vprod__feed *feed)
{
  if (feed->taken) {
    feed->taken = 0;
    feed->piece = NULL;
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
  while (!feed->piece && !feed->at_end)
    pthread_cond_wait (&feed->changed, &feed->lock);
  if (feed->piece) {
    feed->taken = 1;
    *ret = feed->piece;
    length = (la_ssize_t) feed->length;
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

int vprod__feed_bytes (void *data, const void *bytes, size_t length)
{
  struct vprod__feed *feed = data;

  if (length == 0)
    return 0; /* to the reader an empty piece is the end */
  pthread_mutex_lock (&feed->lock);
  if (!feed->done) {
    feed->piece = bytes;
    feed->length = length;
    pthread_cond_broadcast (&feed->changed);
    while (feed->piece && !feed->done)
      pthread_cond_wait (&feed->changed, &feed->lock);
    feed->piece = NULL;
  }
  int failed = feed->done && feed->result < 0;
  pthread_mutex_unlock (&feed->lock);
  return failed;
}

int vprod__feed_start (vprod__archive_fn read, void *data, struct vprod__feed **ret, vprod_error **err)
{
  struct vprod__feed *feed = calloc (1, sizeof *feed);
  sigset_t all, before;
  int r;

  if (!feed)
    return vprod__error_no_memory (err);
  feed->read = read;
  feed->data = data;
  pthread_mutex_init (&feed->lock, NULL);
  pthread_cond_init (&feed->changed, NULL);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  r = pthread_create (&feed->thread, NULL, run, feed);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (r != 0) {
    pthread_cond_destroy (&feed->changed);
    pthread_mutex_destroy (&feed->lock);
    free (feed);
    return vprod__error_set (err, VPROD_ERROR_NO_MEMORY, r, "cannot start a thread that reads an archive");
  }
  *ret = feed;
  return 0;
}

int vprod__feed_end (struct vprod__feed *feed, int pushed, vprod_error **err)
{
  int r = pushed;

  pthread_mutex_lock (&feed->lock);
  feed->at_end = 1;
  pthread_cond_broadcast (&feed->changed);
  pthread_mutex_unlock (&feed->lock);
  pthread_join (feed->thread, NULL);
  if (pushed >= 0) {
    r = feed->result;
    if (r < 0)
      r = vprod__error_move (err, &feed->error);
  }
  vprod_error_free (feed->error);
  pthread_cond_destroy (&feed->changed);
  pthread_mutex_destroy (&feed->lock);
  free (feed);
  return r;
}
