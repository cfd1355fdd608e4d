/* SPDX-License-Identifier: MIT */
/* The check that judges a fixture. Each is defined in its check's folder, so that its id stands there alone. */
#ifndef VPROD_SESSION_OWNER_H
#define VPROD_SESSION_OWNER_H

struct vprod__owner {
  const char *check_id;
  const char *whether; /* what it judges, after "whether": "the image builds" */
};

extern const struct vprod__owner vprod__owner_of_image;
extern const struct vprod__owner vprod__owner_of_app; /* of the network, the files, the services and the app */
extern const struct vprod__owner vprod__owner_of_health;
extern const struct vprod__owner vprod__owner_of_stop;
extern const struct vprod__owner vprod__owner_of_load; /* that is on the app while it is stopped */

#endif
