/* SPDX-License-Identifier: MIT */
/* The network that the session's containers share with nobody else. Owner: start. */
#ifndef VPROD_SESSION_NETWORK_H
#define VPROD_SESSION_NETWORK_H

#include "session/fixture.h"

struct vprod__network_part {
  struct vprod__fixture fixture;
  char *id;
};

int vprod__make_network (vprod_session *session, vprod_error **err);

#endif
