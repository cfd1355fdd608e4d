/* SPDX-License-Identifier: MIT */
/*
 * libverifyprod: is this container image fit for production?
 *
 * The rules of the whole API:
 *
 *  1. A function that can fail returns 0, or a negative number with *err set. The number is minus the
 *     enum vprod_error_code. err may be NULL.
 *  2. 0 from a check means that there is a verdict in *ret. An image that fails its check is a successful
 *     call; a negative return means that it could not be told.
 *  3. Out parameters are named ret_*, and are untouched on failure.
 *  4. Types are opaque. What a *_new, *_load or vprod_check_* call gives belongs to the caller, who ends it
 *     with the type's *_free; vprod_X_free (NULL) does nothing.
 *  5. Getters lend, never give: what they return lives as long as the object it was asked from. Asked of NULL they
 *     give 0, NULL, or "" where an object always has a text; a verdict is then VPROD_VERDICT_ERROR, a code 0.
 *  6. Strings are UTF-8 and end in NUL. Times are milliseconds unless the name says otherwise.
 *  7. A session is used from one thread at a time; different sessions from different threads at once.
 *     vprod_session_cancel alone may be called from any thread, and from a signal handler.
 *  8. The library never exits, prints, asserts on input, runs a shell, or changes the working directory,
 *     the environment or signal handlers. It starts threads, in which all signals are blocked, and it
 *     starts the engine's own command line program to build.
 *  9. Structures that a caller fills have a member `size`, set to sizeof the structure; members past it
 *     are taken as zero. Zero always means the default.
 * 10. A session or runner belongs to the process that made it. In a forked child its calls are INVALID, cancel does
 *     nothing, and free releases memory alone: what was made, the threads and the connections are the parent's (a
 *     runner's destroy is not called). Specs, results, reports and errors may be used in either.
 */
#ifndef VERIFY_PROD_H
#define VERIFY_PROD_H

#include <verify-prod/error.h>
#include <verify-prod/result.h>
#include <verify-prod/spec.h>
#include <verify-prod/runner.h>
#include <verify-prod/session.h>
#include <verify-prod/checks.h>
#include <verify-prod/report.h>

#endif
