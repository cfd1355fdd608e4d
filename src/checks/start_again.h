/* SPDX-License-Identifier: MIT */
/* Was what serves started again inside its container? A pure function of two looks at its processes. */
#ifndef VPROD_CHECKS_START_AGAIN_H
#define VPROD_CHECKS_START_AGAIN_H

#include "checks/processes.h"

enum vprod__again {
  VPROD__AGAIN_NO = 0, /* it is there still, or it cannot be told */
  VPROD__AGAIN_GONE,   /* of those that may have served none is left, and none is there again */
  VPROD__AGAIN_YES     /* … and one with the same command line is there */
};

/* *ret_command, where YES: its command line, lent by before. */
enum vprod__again vprod__start_again_judge (const struct vprod__processes *before,
                                            const struct vprod__processes *now, const char **ret_command);

/* Is the first process a shell or an init? Is there another that may serve? */
int vprod__first_supervises (const struct vprod__processes *processes);
int vprod__some_may_serve (const struct vprod__processes *processes);

#endif
