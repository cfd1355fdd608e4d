/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_PROD_SESSION_H
#define VERIFY_PROD_SESSION_H

#include <verify-prod/error.h>
#include <verify-prod/library.h>
#include <verify-prod/result.h>
#include <verify-prod/runner.h>
#include <verify-prod/spec.h>

VPROD_BEGIN_DECLS

/* One verification of one spec. It owns its image tag, network, database and app, makes each on first
   demand, and removes them all when it is freed. */
typedef struct vprod_session vprod_session;
typedef struct vprod_report vprod_report;

/* What happens while a session works; for showing, not for deciding. */
typedef enum vprod_event_kind {
  VPROD_EVENT_CHECK_STARTED = 1, /* check */
  VPROD_EVENT_CHECK_ENDED = 2,   /* check, result */
  VPROD_EVENT_BUILD_STEP = 3,    /* text: a step of the build that starts, "[deps 2/4] RUN uv sync" */
  VPROD_EVENT_BUILD_LOG = 4,     /* text: a piece of what the builder says */
  VPROD_EVENT_NOTE = 5,          /* text: "database ready after 0.6 s", "pulling postgres:16-alpine" … */
  VPROD_EVENT_BUILD_STEP_ENDED = 6, /* text: as of BUILD_STEP, which a step that came from the cache may not have had; cached */
  VPROD_EVENT_PULL = 7,          /* text: the image that is being pulled; pull: how far it is, at most ten times a second */
  VPROD_EVENT_PULL_ENDED = 8,    /* text: that image; pull: what was seen last, or NULL */
  VPROD_EVENT_WAITING = 9        /* check; text: what it waits for now ("the build"), or NULL: it goes on */
} vprod_event_kind;

typedef struct vprod_event {
  size_t size;
  vprod_event_kind kind;
  const char *check;            /* id; of a build, that of the check that judges it; or NULL */
  const vprod_result *result;   /* or NULL */
  const char *text;             /* or NULL */
  int cached;                   /* 1: the step's result came from the cache */
  const vprod_pull_progress *pull; /* or NULL */
} vprod_event;

typedef struct vprod_session_options {
  size_t size;
  int64_t timeout_ms; /* for the whole session from its making on, removal not counted; 0: none */
  int keep;           /* 1: vprod_session_free leaves containers, network and tag for a look */
  /* called from threads of the library or the one that called, one at a time */
  void (*on_event) (void *data, const vprod_event *event);
  void *data;
} vprod_session_options;
#define VPROD_SESSION_OPTIONS_INIT VPROD_INIT (vprod_session_options)

typedef struct vprod_run_options {
  size_t size;
  const char *const *only; /* check ids, NULL-ended; NULL: all that the spec has */
  const char *const *skip; /* check ids, NULL-ended; NULL: none */
  int jobs;                /* checks at the same time; 0: as many as there are */
} vprod_run_options;
#define VPROD_RUN_OPTIONS_INIT VPROD_INIT (vprod_run_options)

/* runner: lent until the session is freed; NULL: the docker runner, made and ended by the session. Nothing
   is asked of the engine yet. Errors: SPEC (there is nothing to build: no Dockerfile is named, and none has a default name;
   the message says which there are), INVALID, IO, NO_MEMORY. */
VPROD_API int vprod_session_new (const vprod_spec *spec, vprod_runner *runner, vprod_session **ret_session,
                                 vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1, 3);

/* The same with options (NULL: defaults). */
VPROD_API int vprod_session_new_with (const vprod_spec *spec, vprod_runner *runner,
                                      const vprod_session_options *options, vprod_session **ret_session,
                                      vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1, 4);

/* Runs every check that the spec, `only` and `skip` leave (options may be NULL: all), those that do not depend
   on each other side by side. Returns 0 with a report, also when checks failed or could not be told. Errors:
   INVALID (an unknown id), NO_MEMORY. ret_report lives on after the session. */
VPROD_API int vprod_session_run (vprod_session *session, const vprod_run_options *options,
                                 vprod_report **ret_report, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 3);

/* Builds the spec's image and tags it; nothing is removed. tag NULL: NAME:latest. ret_image_id (may be NULL) is
   the caller's, ended with vprod_string_free. Errors: IMAGE (it does not build), and all of the build slot. */
VPROD_API int vprod_session_build (vprod_session *session, const char *tag, char **ret_image_id,
                                   vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (1);

/* Makes everything that the session is doing end soon with CANCELLED. From any thread; async-signal-safe. */
VPROD_API void vprod_session_cancel (vprod_session *session);

/* The value of the label verify-prod.session on all that it makes. */
VPROD_API const char *vprod_session_get_id (const vprod_session *session);

/* Removes all that the session made, also after a cancel, then ends it. NULL is fine. */
VPROD_API void vprod_session_free (vprod_session *session);

typedef struct vprod_clean_options {
  size_t size;
  const char *session_id; /* what this one left, alive or not; NULL: what sessions left whose process is gone,
                             on this host since its start, and what was made before this host started */
  int64_t timeout_ms;     /* 0: 60 seconds */
  void (*on_removed) (void *data, vprod_object_kind kind, const char *id); /* may be NULL */
  void *data;
  int64_t older_than_ms;  /* not 0: also what sessions of other hosts, or of containers, left on the engine, whose
                             newest object is older by the engine's own clock. Whether such a session still lives
                             cannot be seen from here: one that does, and is older, loses what it made */
  int dry_run;            /* 1: nothing is removed or ended; on_removed and ret_removed tell what would be */
  int cancel_fd;          /* readable: give up, with VPROD_ERROR_CANCELLED; 0: none */
} vprod_clean_options;
#define VPROD_CLEAN_OPTIONS_INIT VPROD_INIT (vprod_clean_options)

/* Removes what killed runs left on the engine and in the folder for temporary files, and ends the programs (a builder)
   that they had started. Never touches what has no label or tag of ours, nor what a living session of this host owns, nor
   (unless asked by session_id or older_than_ms) another host's. Where something was removed, the engine
   is asked again for a second: it may still be finishing what a client that is gone had begun.
   ret_removed (may be NULL): how many objects. Errors: those of the list and remove slots; CANCELLED; UNSUPPORTED (older_than_ms, and
   the engine does not tell its time). */
VPROD_API int vprod_clean (vprod_runner *runner, const vprod_clean_options *options, size_t *ret_removed,
                           vprod_error **err) VPROD_MUST_USE;

VPROD_END_DECLS

#endif
