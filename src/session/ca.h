/* SPDX-License-Identifier: MIT */
/* The certificates of services that speak TLS (services.NAME.postgres.tls), made once a session. They are there before
   anything runs, as the app's container is made before its services are ready. Owner: start. */
#ifndef VPROD_SESSION_CA_H
#define VPROD_SESSION_CA_H

#include "session/certificate.h"
#include "session/fixture.h"
#include "spec/spec.h"

struct vprod__ca_part {
  struct vprod__fixture fixture;
  struct vprod__ca *list; /* one a service */
  size_t count;
};

struct vprod__ca {
  struct vprod__certificate certificate; /* empty: the service has none */
  char *file;                            /* the authority's, here; its folder goes with the session */
};

/* Adds the files that those containers need to a list of "/path=text". */
int vprod__ca_add_files (vprod_session *session, char ***files, vprod_error **err);

int vprod__make_cas (vprod_session *session, vprod_error **err);
void vprod__cas_clear (struct vprod__ca_part *part);

#endif
