/* SPDX-License-Identifier: MIT */
/* What a port speaks that was asked in HTTP/1.1, by the first bytes of what came back. */
#ifndef VPROD_PROBE_PROTOCOL_H
#define VPROD_PROBE_PROTOCOL_H

#include <stddef.h>

enum vprod__protocol {
  VPROD__PROTOCOL_NOT_KNOWN = 0,
  VPROD__PROTOCOL_TLS,
  VPROD__PROTOCOL_HTTP2, /* without TLS and without being asked for it: RFC 9113, 3.3 */
  VPROD__PROTOCOL_OTHER
};

/* *ret_name: "TLS", "SSH" …, NULL where it is not known. */
enum vprod__protocol vprod__protocol_of (const void *bytes, size_t length, const char **ret_name);

/* Does an answer in HTTP say that the port wants TLS? */
int vprod__protocol_body_wants_tls (const char *body, size_t length);

#endif
