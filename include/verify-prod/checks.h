/* SPDX-License-Identifier: MIT */
/*
 * One function per check. Each works alone: as the first call on a session it builds the image and starts
 * database and app by itself; later calls share them.
 *
 * Returns 0 with a verdict (pass, fail or skip) in *ret_result, which the caller ends with vprod_result_free.
 * Returns minus an error code with *err set when it could not be told. The options of each check, and what
 * it says, are in verify-prod.yaml(5) and `verify-prod explain ID`; vprod_spec_get_key_at lists them.
 */
#ifndef VERIFY_PROD_CHECKS_H
#define VERIFY_PROD_CHECKS_H

#include <verify-prod/session.h>

VPROD_BEGIN_DECLS

/* build: the Dockerfile builds. */
VPROD_API int vprod_check_build (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* build-context: what the spec says to exclude is not sent to the engine. */
VPROD_API int vprod_check_build_context (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* start: the app stays up beside real services: a PostgreSQL that accepts queries, a Redis that listens. */
VPROD_API int vprod_check_start (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* health: the health URL answers as the spec says in time. */
VPROD_API int vprod_check_health (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* graceful-stop: the stop signal ends the running app with exit code 0 inside the grace time. Ends the
   session's app; a later check starts it anew. */
VPROD_API int vprod_check_graceful_stop (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* required-env: each required variable left out alone makes the entrypoint exit non-zero in time. */
VPROD_API int vprod_check_required_env (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* non-root: no process of the running app has effective UID 0. */
VPROD_API int vprod_check_non_root (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* dev-deps-absent: none of the spec's dev tools and modules is in the image. */
VPROD_API int vprod_check_dev_deps_absent (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* startup-logs: the startup lines that the spec names appear on stdout or stderr. */
VPROD_API int vprod_check_startup_logs (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* no-secrets: no secret in the image's history, configuration or labels. */
VPROD_API int vprod_check_no_secrets (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* layer-cache: after a content change of one source file the named dependency steps are CACHED and the step
   that copies that file RAN. */
VPROD_API int vprod_check_layer_cache (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* image-healthcheck: the image's HEALTHCHECK says healthy in the app's container once it is ready, and unhealthy where no
   app serves. */
VPROD_API int vprod_check_image_healthcheck (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* drain: every request that was sent before the stop signal is answered rightly and whole. Ends the session's app, as
   graceful-stop does, and together with it in one run. */
VPROD_API int vprod_check_drain (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* outage: while a service is away the app stays up, says so by its health, lets no request hang, and recovers after. */
VPROD_API int vprod_check_outage (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* restricted: started once more as a restricted cluster would, the app becomes ready all the same. */
VPROD_API int vprod_check_restricted (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* reproducible: built twice without cache, the two images have the same files and the same configuration. */
VPROD_API int vprod_check_reproducible (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* image-size: the image's size, and the bytes that its layers waste, stay below what the spec says. */
VPROD_API int vprod_check_image_size (vprod_session *session, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2);

/* The check of the spec's own (checks.own) with this id: a command that is run in the image, or in the running app's container.
   INVALID where the session's spec has none of that id. */
VPROD_API int vprod_check_own (vprod_session *session, const char *id, vprod_result **ret_result, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 2, 3);

/* ---- the registry ------------------------------------------------------------------------------------ */

/* What a check is, in words; static, but for a spec's own. Its options: vprod_spec_get_key_at. */
typedef struct vprod_check_info {
  size_t size;
  const char *id;      /* "non-root" */
  const char *title;   /* one line: "No process runs as root" */
  const char *what;    /* what is done and when it passes, one paragraph */
  const char *why;     /* why it matters in production */
  const char *remedy;  /* what to do in general */
  int (*run) (vprod_session *session, vprod_result **ret_result, vprod_error **err); /* NULL: of a spec's own, vprod_check_own */
} vprod_check_info;

/* The checks in the order of a report. NULL past the end. */
VPROD_API size_t vprod_count_checks (void);
VPROD_API const vprod_check_info *vprod_get_check_at (size_t index);

/* The check with this id, or NULL. */
VPROD_API const vprod_check_info *vprod_find_check (const char *id);

/* Those of a spec's own (checks.own), in its order. NULL past the end, or where there is none of this id. Lent by the spec, until
   it is freed or vprod_spec_set changes it. */
VPROD_API size_t vprod_spec_count_own_checks (const vprod_spec *spec);
VPROD_API const vprod_check_info *vprod_spec_get_own_check_at (const vprod_spec *spec, size_t index);
VPROD_API const vprod_check_info *vprod_spec_find_own_check (const vprod_spec *spec, const char *id);

VPROD_END_DECLS

#endif
