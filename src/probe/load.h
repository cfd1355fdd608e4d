/* SPDX-License-Identifier: MIT */
/*
 * A load of GET requests on one URL, with libcurl's multi interface behind it: first one by one in quiet, which shows what
 * a right answer is, then so many a second, then a number of them at once, each asked again as soon as it is answered. What
 * becomes of those that are under way when the server is told to stop is kept, a shot each.
 *
 *   vprod__load_new (&request, &load, err);
 *   vprod__load_warm (load, &call, half, &problem, err);      in the caller's thread; no problem:
 *   vprod__load_start (load, &call, err);                     goes on in a thread of its own
 *   vprod__load_called (load);   … the signal is sent …   vprod__load_sent (load);   … the server's end …
 *   vprod__load_finish (load, err);
 *   … vprod__load_report (load) …
 *
 * All that is kept at once has a connection of its own, which says "Connection: close": see checks/drain/check.c.
 */
#ifndef VPROD_PROBE_LOAD_H
#define VPROD_PROBE_LOAD_H

#include <stddef.h>
#include <verify-prod/runner.h>
#include "util/error.h"

#define VPROD__LOAD_AT_ONCE 16

enum vprod__load_end {
  VPROD__LOAD_RIGHT = 0, /* the whole right answer */
  VPROD__LOAD_WRONG,     /* a whole answer, but not the right one */
  VPROD__LOAD_CUT,       /* an answer began, and did not end */
  VPROD__LOAD_TAKEN,     /* the server read the request, and closed the connection without a byte of an answer */
  VPROD__LOAD_RESET,     /* the connection ended without an answer; whether the server had read the request is not known */
  VPROD__LOAD_REFUSED,   /* there was no connection, or none that the request went out on */
  VPROD__LOAD_SLOW,      /* no whole answer within the request's time */
  VPROD__LOAD_OPEN       /* it was still waited for at the end */
};

struct vprod__load_shot {
  enum vprod__load_end end;
  int64_t sent_ms;  /* CLOCK_MONOTONIC: when all of it was handed to the kernel; 0: it was not */
  int64_t ended_ms;
  int status;       /* of an answer; 0: none */
  int server_ends;  /* reset or refused: 1: the server was found to be ending right after it; 0: alive; -1: not known */
  int acked;        /* the server's kernel had confirmed all of it; not looked at where the answer is whole */
  char words[160];  /* libcurl's; "" where it was answered */
};

struct vprod__load_request {
  const char *url;
  const char *const *headers; /* "Name: value"; NULL: none */
  int rate;                   /* requests a second, before all are sent at once */
  int64_t timeout_ms;         /* of a request */
  int64_t pid;                /* of the server, as this machine's /proc numbers it; 0: not known */
  int direct;                 /* 1: no proxy is between here and the server's socket */
  /* Is that the right answer? The body's first 64 KiB. NULL: any 2xx or 3xx is */
  int (*is_right) (void *data, int status, const char *body, size_t length);
  void *data;
};

/* Before the signal something went wrong: it cannot be told from what comes after. */
struct vprod__load_problem {
  enum { VPROD__LOAD_FINE = 0, VPROD__LOAD_BAD_IN_QUIET, VPROD__LOAD_BAD_UNDER_LOAD, VPROD__LOAD_TOO_SLOW } kind;
  struct vprod__load_shot shot; /* that was not answered rightly */
  int64_t took_ms;              /* an answer in quiet, the longest */
  int asked;                    /* how many requests were answered before it */
};

struct vprod__load_report {
  int64_t called_ms; /* CLOCK_MONOTONIC: right before the signal was asked for … */
  int64_t sent_ms;   /* … and when it was told to be sent; a moment later nothing is asked any more */
  int before;        /* requests that were answered rightly before the signal */
  int at_once;       /* how many were kept under way */
  int64_t quiet_ms;  /* what an answer took, the longest of those in quiet */
  int64_t load_ms;   /* and with all at once */
  int spoiled;       /* answers that were not right, after the load was warm and before the signal */
  struct vprod__load_shot *shots; /* under way at the signal, or sent after it */
  size_t n_shots;
};

struct vprod__load;
int vprod__load_new (const struct vprod__load_request *request, struct vprod__load **ret, vprod_error **err);

/* Goes on until all that are kept at once have been answered once; only as many of them are kept on as were answered within
   most_ms. 0 with *ret filled; negative: cancelled, deadline, memory. */
int vprod__load_warm (struct vprod__load *load, const vprod_call *call, int64_t most_ms, struct vprod__load_problem *ret,
                      vprod_error **err);

int vprod__load_start (struct vprod__load *load, const vprod_call *call, vprod_error **err);

/* The signal is to be asked for: returns, after a moment, when that is to be done. */
void vprod__load_called (struct vprod__load *load);
void vprod__load_sent (struct vprod__load *load);

/* The server has ended: what is on its way from it is waited for a moment. Ends the thread. */
int vprod__load_finish (struct vprod__load *load, vprod_error **err);

/* After that. Lent. */
const struct vprod__load_report *vprod__load_report (const struct vprod__load *load);

/* May be called at any time; ends the thread. */
void vprod__load_free (struct vprod__load *load);
VPROD_DEFINE_CLEANUP (struct vprod__load *, vprod__load_free);

#endif
