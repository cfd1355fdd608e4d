/* SPDX-License-Identifier: MIT */
/* What every request to the app has in common, whoever makes it. */
#ifndef VPROD_PROBE_HTTP_TAME_H
#define VPROD_PROBE_HTTP_TAME_H

#include <curl/curl.h>

/* HTTP and HTTPS alone; no redirects, proxies, .netrc or signals; a certificate is not verified: it says nothing of the app.
   0, or anything else where an option could not be set. */
int vprod__http_tame (CURL *easy);

#endif
