/* SPDX-License-Identifier: MIT */
/*
 * libverifyprod: is this container image fit for production?
 *
 * The rules of the whole API:
 *
 *  1. A function that can fail returns 0, or a negative number with *err set. The number is minus the
 *     enum vprod_error_code. err may be NULL. Compilers warn where what it returns is not used, and where NULL is
 *     passed for what must not be NULL (which is INVALID).
 *  2. 0 from a check means that there is a verdict in *ret. An image that fails its check is a successful
 *     call; a negative return means that it could not be told.
 *  3. Out parameters are named ret_*, and are untouched on failure.
 *  4. Types are opaque. What a *_new, *_load or vprod_check_* call gives belongs to the caller, who ends it
 *     with the type's *_free, and strings with vprod_string_free; vprod_X_free (NULL) does nothing.
 *  5. Getters lend, never give: what they return lives as long as the object it was asked from. Asked of NULL they
 *     give 0, NULL, or "" where an object always has a text; a verdict is then VPROD_VERDICT_ERROR, a code 0. Lists are
 *     read with *_count_x, *_get_x_at (…, index) and *_find_x (…, name); the last two give NULL where there is none.
 *  6. Strings are UTF-8 and end in NUL. Times are milliseconds unless the name says otherwise.
 *  7. A session is used from one thread at a time; different sessions from different threads at once.
 *     vprod_session_cancel alone may be called from any thread, and from a signal handler. Runners are used from
 *     several threads; specs, results, reports and errors may be read from any number of threads at once.
 *  8. The library never exits, prints, asserts on input, runs a shell, or changes the working directory,
 *     the environment or signal handlers. It starts threads, in which all signals are blocked, and it
 *     starts the engine's own command line program to build.
 *  9. Structures that a caller fills have a member `size`, set to sizeof the structure; members past it
 *     are taken as zero. Zero always means the default. The structure's *_INIT macro sets size, and all else to zero.
 * 10. A session or runner belongs to the process that made it. In a forked child its calls are INVALID, cancel does
 *     nothing, and free releases memory alone: what was made, the threads and the connections are the parent's (a
 *     runner's destroy is not called). Specs, results, reports and errors may be used in either.
 *
 * For bindings to other languages:
 *
 *  - vprod_check_*, vprod_session_run, _build and _free, vprod_clean and vprod_runner_get_engine block for seconds to
 *    minutes. Give up the language's lock (GIL, GVL) for them, or a callback that wants it never returns.
 *  - on_event is called while they run, from a thread of the library or the one that called, one call at a time; a
 *    runner's slots, from several threads at once. Attach such a thread to the run time first. All other callbacks are
 *    called from the thread that made the call.
 *  - A callback returns: it never throws, unwinds or longjmps past the library. on_event may call vprod_session_cancel,
 *    and nothing else of its session.
 *  - What is lent is copied before its object is freed, what an event points to before on_event returns.
 */
#ifndef VERIFY_PROD_H
#define VERIFY_PROD_H

#include <verify-prod/library.h>
#include <verify-prod/error.h>
#include <verify-prod/result.h>
#include <verify-prod/spec.h>
#include <verify-prod/runner.h>
#include <verify-prod/session.h>
#include <verify-prod/checks.h>
#include <verify-prod/report.h>
#include <verify-prod/report_set.h>

#endif
