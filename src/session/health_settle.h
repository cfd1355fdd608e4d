/* SPDX-License-Identifier: MIT */
/*
 * When is no other answer to be expected any more? A pure function of the answers so far and of what the container
 * does meanwhile.
 *
 * A wrong answer may be one of an app that is still coming up, so it is asked again until the limit, unless one of
 * these holds:
 *
 *  - The answer itself says that it is a matter of configuration, which a start does not change: a redirect to
 *    https, a name in the Host header that the server does not know, another protocol. Three such answers in a row
 *    are enough. What is only likely is verified by asking once as the server seems to want it.
 *  - The same answer came for SETTLE_MS and SETTLE_ANSWERS times in a row, and then nothing goes on in the container
 *    while it is not asked (probe/activity.h), its log does not grow, and where the spec names startup lines one of
 *    them was seen. The same goes for a server that listens on a loopback address; and for one on another port,
 *    where that port answers rightly at the container's own address, or answers and is one that the image exposes.
 *
 * What cannot be seen proves nothing: then asking goes on. Answers are counted as well as time, so that a prober that gets
 * no processor does not take its own sleep for the app's silence.
 */
#ifndef VPROD_SESSION_HEALTH_SETTLE_H
#define VPROD_SESSION_HEALTH_SETTLE_H

#include <stddef.h>
#include <stdint.h>
#include "probe/grpc.h"
#include "probe/http.h"
#include "probe/sockets.h"
#include "spec/health.h"

/* What one answer tells. */
enum vprod__heard {
  VPROD__HEARD_MAY_COME = 0, /* wrong, but possible during a start: no listener, 5xx, incomplete, a wrong body */
  VPROD__HEARD_RIGHT,
  VPROD__HEARD_STATUS,       /* another status than the wanted one */
  VPROD__HEARD_REFUSES,      /* a status that a name which the server does not know may lead to */
  VPROD__HEARD_NAME,         /* the answer says that it is the name */
  VPROD__HEARD_TO_HTTPS,     /* a redirect to https on the same host */
  VPROD__HEARD_TLS,
  VPROD__HEARD_HTTP2,
  VPROD__HEARD_NO_HTTP,
  VPROD__HEARD_CLOSED,       /* the server listens, and closes the connection without a word */
  VPROD__HEARD_LOOPBACK,     /* nobody can connect: it listens on loopback alone */
  VPROD__HEARD_ELSEWHERE,    /* nobody can connect: it listens on another port alone */
  VPROD__HEARD_NO_TLS,       /* asked by https, which does not come about */
  VPROD__HEARD_NO_HTTP2,     /* asked by gRPC, something else answers */
  VPROD__HEARD_NO_PROGRAM    /* the command is not in the container */
};

struct vprod__settle_facts {
  enum vprod__asks asks;
  int is_right;
  const int *statuses;                     /* wanted, ended by 0 */
  const char *url;                         /* that was asked */
  const char *name;                        /* by which it was asked, not ended by NUL; NULL: the URL's */
  size_t name_length;
  const struct vprod__http_answer *answer;
  const struct vprod__grpc_answer *grpc;   /* of gRPC */
  int no_program;                          /* of a command */
  enum vprod__where where;                 /* only looked at without an answer */
  const char *log;                         /* the last bytes of the container's output; NULL: not looked at */
  size_t log_length;
};

enum vprod__heard vprod__settle_heard (const struct vprod__settle_facts *facts);

/* The answers that were the same, until now. Zero it to begin. */
struct vprod__same {
  enum vprod__heard heard;
  int status;
  int answers;
  int64_t since_ms;   /* the first of them */
  int asked;          /* the likely cause was verified (SETTLE_VERIFY) */
  int verified;       /* … and confirmed */
  int quiet;          /* nothing went on in the container after so many (SETTLE_WATCH) */
};

/* now_ms: CLOCK_MONOTONIC, when the answer was there. */
void vprod__same_add (struct vprod__same *same, enum vprod__heard heard, int status, int64_t now_ms);

enum vprod__settle_next {
  VPROD__SETTLE_ASK_ON = 0,
  VPROD__SETTLE_VERIFY, /* ask as it seems to want it; then set `asked` and `verified`, and come again */
  VPROD__SETTLE_WATCH,  /* look whether anything goes on in the container; then set `quiet`, and ask on */
  VPROD__SETTLED
};
enum vprod__settle_next vprod__same_next (const struct vprod__same *same, int64_t now_ms);

/* What settles it, as evidence: "same answer". */
const char *vprod__settled_by (enum vprod__heard heard, int verified);

/* The host of a URL without its port, and "/…" after it; lent. */
const char *vprod__url_host (const char *url, size_t *ret_length);
const char *vprod__url_path (const char *url);

/* Does a redirect lead to the host that was asked, whatever the port? location may be NULL. */
int vprod__url_is_same_host (const char *location, const char *url);

#endif
