/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_PROD_ERROR_H
#define VERIFY_PROD_ERROR_H

#include <verify-prod/macros.h>

VPROD_BEGIN_DECLS

/* Why something could not be done. The list is closed: a release that adds a code says so in NEWS. */
typedef enum vprod_error_code {
  VPROD_ERROR_NO_MEMORY = 1,   /* out of memory */
  VPROD_ERROR_INVALID = 2,     /* an argument is not valid: unknown check id, bad URL, NULL where none may be */
  VPROD_ERROR_SPEC = 3,        /* the spec cannot be read or is wrong; the message has file:line:column */
  VPROD_ERROR_IO = 4,          /* a file could not be read or written; see vprod_error_get_errno */
  VPROD_ERROR_UNREACHABLE = 5, /* no engine answers at the endpoint */
  VPROD_ERROR_ENGINE = 6,      /* the engine answered with an error, or with something that is no answer */
  VPROD_ERROR_REGISTRY = 7,    /* an image could not be had: registry unreachable, refused, or it has no such image */
  VPROD_ERROR_DATABASE = 8,    /* the throwaway database did not come up or refused a query */
  VPROD_ERROR_TIMEOUT = 9,     /* a deadline passed */
  VPROD_ERROR_CANCELLED = 10,  /* vprod_session_cancel was called */
  VPROD_ERROR_BUILDER = 11,    /* no command line program was found that can build for this engine */
  VPROD_ERROR_IMAGE = 12,      /* the engine works, the image cannot do it: no such program, no such user … */
  VPROD_ERROR_UNSUPPORTED = 13,/* this engine or runner cannot do that */
  VPROD_ERROR_NOT_FOUND = 14,  /* the engine has no such image, container or network */
  VPROD_ERROR_SERVICE = 15     /* a service beside the app, other than a database, did not become ready, or ended */
} vprod_error_code;

typedef struct vprod_error vprod_error;

/* The code of an error. */
VPROD_API vprod_error_code vprod_error_get_code (const vprod_error *err);

/* The errno that came with it, or 0. */
VPROD_API int vprod_error_get_errno (const vprod_error *err);

/* What was tried, on what, why it failed and, where possible, what to do. One or more lines, no newline at
   the end. Never NULL. */
VPROD_API const char *vprod_error_get_message (const vprod_error *err);

/* A word for a code ("timeout"), or "unknown". Never NULL. */
VPROD_API const char *vprod_error_code_name (vprod_error_code code);

/* Ends an error. NULL is fine. */
VPROD_API void vprod_error_free (vprod_error *err);

/* For runners that a caller supplies: sets *err (unless err is NULL) to a new error with this code and
   message, and returns minus the code, so that `return vprod_error_new (err, CODE, 0, "…")` reads well. */
VPROD_API int vprod_error_new (vprod_error **err, vprod_error_code code, int errnum, const char *message);

VPROD_END_DECLS

#endif
