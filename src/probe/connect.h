/* SPDX-License-Identifier: MIT */
/* Is a TCP connection taken, and by whom? */
#ifndef VPROD_PROBE_CONNECT_H
#define VPROD_PROBE_CONNECT_H

enum vprod__connect_end {
  VPROD__CONNECT_KEPT = 0, /* accepted, and still open a moment later */
  VPROD__CONNECT_CLOSED,   /* accepted and closed at once, as an engine's proxy does where nothing listens behind it */
  VPROD__CONNECT_REFUSED,
  VPROD__CONNECT_NO_ANSWER,
  VPROD__CONNECT_NO_WAY    /* no route, no such host, not permitted */
};

/* Tries each address of the host; at most half a second for each. */
enum vprod__connect_end vprod__connect_try (const char *host, int port);

/* The same, where a connection must stay open for hold_ms: a proxy may be far away. */
enum vprod__connect_end vprod__connect_hold (const char *host, int port, int hold_ms);

/* In words: "connection refused". */
const char *vprod__connect_words (enum vprod__connect_end end);

#endif
