/* SPDX-License-Identifier: MIT */
/* Was what serves started again inside its container? A pure function of two looks into it. */
#ifndef VPROD_SESSION_APP_AGAIN_H
#define VPROD_SESSION_APP_AGAIN_H

#include "probe/processes.h"

/* One look. */
struct vprod__sight {
  struct vprod__processes processes;
  struct vprod__sockets sockets; /* that listen on the app's port */
};
void vprod__sight_clear (struct vprod__sight *sight);

enum vprod__again {
  VPROD__AGAIN_NO = 0, /* it is there still, or it cannot be told */
  VPROD__AGAIN_GONE,   /* nothing is seen to listen any more; or none is left of those that may have served */
  VPROD__AGAIN_YES     /* one that may have served is gone, and one of the same program is there */
};

/* before: of an app that had answered. *ret_command, where YES: its command line, lent by one of the two. */
enum vprod__again vprod__again_judge (const struct vprod__sight *before, const struct vprod__sight *now,
                                            const char **ret_command);

/* Of an app that never answered, and of many looks that are kept in one list: the command line of what ended and
   was started again meanwhile; NULL: nothing was, or it cannot be told. serves: it should have answered, and what a
   shell runs again and again counts, too. Lent. */
const char *vprod__loop_judge (const struct vprod__processes *looks, int serves);

/* Do these looks show one that may serve, and stays? */
int vprod__looks_show_one_that_stays (const struct vprod__processes *looks);

/* Is the first process one that keeps others, and not the app itself? */
int vprod__sight_is_supervised (const struct vprod__sight *sight);

/* Does the look show one that may serve, so that a later one can be compared with it? */
int vprod__sight_shows_server (const struct vprod__sight *sight);

/* The command line of the container's first process; NULL: not known. Lent. */
const char *vprod__sight_first (const struct vprod__sight *sight);

#endif
