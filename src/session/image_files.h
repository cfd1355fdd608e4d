/* SPDX-License-Identifier: MIT */
/*
 * The image's files, from one export for all who read them at the same time: exporting is the heaviest thing that an
 * engine is asked for. The first who asks leads: it waits a moment for the others of its run, and then reads for everybody
 * who has asked by then (image/reading.h). Who comes later has an export of its own.
 */
#ifndef VPROD_SESSION_IMAGE_FILES_H
#define VPROD_SESSION_IMAGE_FILES_H

#include <verify-prod/session.h>

struct vprod__reading_part {
  struct vprod__privileged *privileged; /* of the first reading of the image's files; NULL: there was none */
  struct vprod__reading *open;          /* a reading that has not begun and may be joined; or NULL */
};

/* The files of the session's image, layer by layer (image/layers.h), after what is more urgent. Those who ask at about the
   same time share one export. The visitor is called from another thread, and its on_end before this returns; NULL: only
   the programs with rights of their own are wanted, and are known after that. */
struct vprod__layer_visitor;
int vprod__image_files (vprod_session *session, int64_t timeout_ms, const struct vprod__layer_visitor *visitor,
                        vprod_error **err);

/* The same of another image, for one visitor, at once. */
int vprod__image_files_of (vprod_session *session, const char *ref, int64_t timeout_ms,
                           const struct vprod__layer_visitor *visitor, vprod_error **err);

/* Programs in the image with rights of their own, which every reading of its files tells; NULL: nobody has read them. Waits
   while a check of this run may. Lent. */
struct vprod__privileged;
int vprod__session_privileged (vprod_session *session, const struct vprod__privileged **ret, vprod_error **err);

#endif
