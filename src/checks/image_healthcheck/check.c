/* SPDX-License-Identifier: MIT */
/* image-healthcheck: the image's HEALTHCHECK says healthy in the app's container once it is ready, and unhealthy where no
   app serves. */
#include "checks/check.h"
#include "checks/image_healthcheck/facts.h"

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  struct vprod__image_healthcheck_facts facts = { 0 };

  (void) session;
  return vprod__image_healthcheck_judge (&facts, result, err);
}

const struct vprod__check vprod__check_image_healthcheck = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "image-healthcheck",
    .title = "The image's HEALTHCHECK tells a healthy app from none",
    .what = "",
    .why = "",
    .remedy = "",
    .run = vprod_check_image_healthcheck,
  },
  .run = run,
};
