/* SPDX-License-Identifier: MIT */
/* A certificate authority for one run, and certificates of servers that it vouches for. Its key is not kept: nobody can make
   more of them. */
#ifndef VPROD_SESSION_CERTIFICATE_H
#define VPROD_SESSION_CERTIFICATE_H

#include "util/error.h"

/* PEM, malloc'ed. */
struct vprod__certificate {
  char *authority; /* the authority's own certificate */
  char *server;    /* the server's certificate */
  char *key;       /* the server's private key, PKCS #8 */
};

/* For a server of that name (a DNS name), valid since yesterday, in case clocks differ, and for some days. */
int vprod__certificate_make (const char *name, struct vprod__certificate *ret, vprod_error **err);

void vprod__certificate_clear (struct vprod__certificate *certificate);

#endif
