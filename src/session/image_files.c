/* SPDX-License-Identifier: MIT */
/* The files of the session's image, from the export that its readers share. */
#include "image/feed.h"
#include "image/layers.h"
#include "session/base.h"
#include "session/reading.h"

struct export {
  const vprod_call *call;
  const struct vprod__layer_visitor *visitor;
  struct vprod__layers *layers;
};

static int read_export (void *data, struct archive *archive, vprod_error **err)
{
  struct export *export = data;

  return vprod__image_archive_read (archive, export->call, export->visitor, export->layers, err);
}

int vprod__image_files (vprod_session *session, int64_t timeout_ms, const struct vprod__layer_visitor *visitor,
                        struct vprod__layers *ret, vprod_error **err)
{
  vprod_call call;
  struct export export = { &call, visitor, ret };
  struct vprod__feed *feed;

  vprod__session_call (session, timeout_ms, &call);
  int r = vprod__feed_start (read_export, &export, &feed, err);

  if (r < 0)
    return r;
  r = vprod__session_image_export (session, timeout_ms, vprod__feed_bytes, feed, err);
  r = vprod__feed_end (feed, r, err);
  if (r < 0)
    vprod__error_prefix (err, "reading the image's files");
  return r;
}
