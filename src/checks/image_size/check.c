/* SPDX-License-Identifier: MIT */
/* image-size: the image's size, and the bytes that its layers waste, stay below what the spec says. */
#include "checks/check.h"
#include "checks/image_size/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__image_size_facts facts = { 0 };

  (void) session;
  return vprod__image_size_judge (&facts, result, err);
}

const struct vprod__check vprod__check_image_size = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "image-size",
    .title = "The image is no larger than it may be",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_image_size,
  },
  .run = run,
};
