/* SPDX-License-Identifier: MIT */
/* Does anything listen on the port that the spec names, where the app's health is asked elsewhere? A health on a port of its
   own, or by a command, says nothing of the port to which production sends its traffic. */
#ifndef VPROD_CHECKS_START_PORT_H
#define VPROD_CHECKS_START_PORT_H

#include "checks/start/facts.h"
#include "session/session.h"

struct vprod__port_look {
  char *listens; /* where the app listens, in words; NULL: not known */
};

/* Fills facts->dead_port and what goes with it, after a few seconds at most. The app's health is good. */
int vprod__look_at_port (vprod_session *session, const struct vprod__app *app, struct vprod__port_look *ret,
                         struct vprod__start_facts *facts, vprod_error **err);

void vprod__port_look_clear (struct vprod__port_look *look);

#endif
