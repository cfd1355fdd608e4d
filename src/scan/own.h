/* SPDX-License-Identifier: MIT */
/*
 * A user's own rules (spec/rules.h), searched for beside those of data/secrets. The keywords of all of them are found in one
 * pass of libhs. A rule with a keyword in the file is compiled then, once for all searches: by libhs, which finds in one pass
 * where matches end, whatever the pattern is, and by PCRE2, which finds where they begin and what the groups keep. As libhs
 * needs no begin of a match for that, it takes nearly every pattern. What it does not take (a look-ahead), PCRE2 looks for alone.
 */
#ifndef VPROD_SCAN_OWN_H
#define VPROD_SCAN_OWN_H

#include "scan/scan.h"
#include "spec/rules.h"

/* Any number of searches, in any threads, may use it. Keeps the rules. 0, or negative: UNSUPPORTED as of vprod__scan_new. */
struct vprod__own;
int vprod__own_new (struct vprod__rules *rules, struct vprod__own **ret, vprod_error **err);

/* After all searches that use it. NULL is fine. */
void vprod__own_free (struct vprod__own *own);
VPROD_DEFINE_CLEANUP (struct vprod__own *, vprod__own_free);

/* The search looks for them too, from the next file on. NULL: none. */
int vprod__scan_use (struct vprod__scan *scan, struct vprod__own *own, vprod_error **err);

/* Which rule took too many steps on which file, and was not looked for from there on: "acme-token, on /srv/x"; malloc'ed. 1; 0:
   none; -1 out of memory. */
int vprod__own_gave_up (struct vprod__own *own, char **ret);

#endif
