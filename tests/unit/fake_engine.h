/* SPDX-License-Identifier: MIT */
/* An engine that answers as a test scripts it, well or badly, on a socket of its own. */
#ifndef VPROD_TESTS_FAKE_ENGINE_H
#define VPROD_TESTS_FAKE_ENGINE_H

#include <stddef.h>

enum fake_manner {
  FAKE_KEEP = 0, /* answers, and waits for the next request on the connection */
  FAKE_CLOSE,    /* answers and closes */
  FAKE_HOLD,     /* sends what there is of the answer, then nothing more, without closing */
  FAKE_DRIP,     /* sends it a byte at a time */
  FAKE_STALE,    /* answers; closes the connection when the next request has come */
  FAKE_RUDE      /* as the first route: answers every connection before it asks, and closes it */
};

struct fake_route {
  const char *request;  /* how the request line begins: "GET /_ping"; "": any */
  int status;           /* an answer with Content-Length; 0: raw */
  const char *body;     /* of it, or the raw bytes, headers and all; NULL: none */
  enum fake_manner manner;
  int times;            /* answers so often, then the next that fits; 0: always */
  size_t length;        /* of body; 0: strlen */
};

struct fake_engine;

/* Routes are looked through in order; they are lent. A request that none fits is answered by status 404; GET
   /_ping by API version 1.41 unless a route fits. tcp 1: listens on 127.0.0.1. */
struct fake_engine *fake_engine_start (const struct fake_route *routes, size_t count, int tcp);

/* "unix:///…" or "tcp://127.0.0.1:port". Lent. */
const char *fake_engine_url (struct fake_engine *engine);

/* How many connections were made, and requests that begin so came. */
int fake_engine_connections (struct fake_engine *engine);
int fake_engine_count (struct fake_engine *engine, const char *request);

/* The last request that begins so, with headers and body, or NULL. malloc'ed. */
char *fake_engine_last (struct fake_engine *engine, const char *request);

void fake_engine_stop (struct fake_engine *engine);

#endif
