/* SPDX-License-Identifier: MIT */
/* Reading the image: its export, its files, its history. */
#ifndef VPROD_SESSION_READING_H
#define VPROD_SESSION_READING_H

#include <verify-prod/session.h>
#include "runner/runner.h"

struct vprod__privileged;

struct vprod__reading_part {
  struct vprod__privileged *privileged; /* NULL: nobody gave any */
  struct vprod__export *export;         /* that has not begun and may be joined; or NULL */
};

/* The session's image as a tar archive (see the runner's image_export), after what is more urgent. Readers that ask at
   about the same time share one export; each is called from one thread at a time, not always its own. */
int vprod__session_image_export (vprod_session *session, int64_t timeout_ms, vprod_bytes_fn on_bytes, void *data,
                                 vprod_error **err);

/* Its files, layer by layer, from that export: image/layers.h. */
struct vprod__layer_visitor;
struct vprod__layers;
int vprod__image_files (vprod_session *session, int64_t timeout_ms, const struct vprod__layer_visitor *visitor,
                        struct vprod__layers *ret, vprod_error **err);

/* Its history, as the runner's image_history gives it. */
int vprod__session_image_history (vprod_session *session, int64_t timeout_ms,
                                  int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                  vprod_error **err);

/* Takes what a reader of the image's files saw; empties *programs. Only the first is kept. */
void vprod__session_give_privileged (vprod_session *session, struct vprod__privileged *programs);

/* What was given; NULL: nothing was. Waits where the check `reader`, which gives it, is under way in this run. Lent. */
int vprod__session_privileged (vprod_session *session, const char *reader, const struct vprod__privileged **ret,
                               vprod_error **err);

/* From an export of its own, where nobody else reads the image. */
int vprod__privileged_files_read (vprod_session *session, int64_t timeout_ms, struct vprod__privileged *ret,
                                  vprod_error **err);

#endif
