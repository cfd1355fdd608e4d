/* SPDX-License-Identifier: MIT */
/* Base64, RFC 4648. */
#ifndef VPROD_UTIL_BASE64_H
#define VPROD_UTIL_BASE64_H

#include "util/buf.h"

/* Adds the bytes that text stands for, up to the first character that is not of the alphabet. 0 where that is the padding
   or the end; 1 where it is something else; -1 out of memory. */
int vprod__base64_decode (const char *text, struct vprod__buf *ret);

/* Adds text in the alphabet of URLs, with padding. 0, or -1 out of memory. */
int vprod__base64url_encode (const char *text, struct vprod__buf *ret);

#endif
