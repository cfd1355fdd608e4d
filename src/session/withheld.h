/* SPDX-License-Identifier: MIT */
/*
 * A build that failed for want of something that only the user can give: a secret, an SSH agent. Whether the failed step
 * uses one is read from the step itself, so that nothing depends on what its program says: `cat` finds no file, an index
 * answers 401, git is denied, each in its own words. In doubt it is not the image's fault. Only where the step cannot have
 * come to use it is it judged as any other: the shell did not understand the command, or the program that it begins with is
 * not there.
 */
#ifndef VPROD_SESSION_WITHHELD_H
#define VPROD_SESSION_WITHHELD_H

#include <verify-prod/runner.h>
#include "util/error.h"

/* Did a build of this image fail in a step that uses what its description does not give it, or what it gives and a server
   refused? *ret is then what that was and what to do, malloc'ed; else
   NULL. 0, or -1 out of memory. */
struct vprod__spec_image;
int vprod__build_withheld (const vprod_build_facts *facts, const struct vprod__spec_image *image, char **ret);

#endif
