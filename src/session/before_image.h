/* SPDX-License-Identifier: MIT */
/* The images that steps of `run.before` have for themselves: built, or pulled, beside the image under test. */
#ifndef VPROD_SESSION_BEFORE_IMAGE_H
#define VPROD_SESSION_BEFORE_IMAGE_H

#include "session/before_step.h"

struct vprod__before_images;

/* Begins to make the images of all steps that have one. To be ended. */
int vprod__before_images_begin (vprod_session *session, struct vprod__before_run *runs, size_t count,
                                struct vprod__before_images **ret, vprod_error **err);

/* Waits for that step's; run->image is its reference then, or NULL where it did not build. Negative: it cannot be told. */
int vprod__before_images_wait (struct vprod__before_images *images, size_t index, vprod_error **err);

/* Waits for all; builds that go on are ended. */
void vprod__before_images_end (struct vprod__before_images *images);
VPROD_DEFINE_CLEANUP (struct vprod__before_images *, vprod__before_images_end);

#endif
