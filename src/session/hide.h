/* SPDX-License-Identifier: MIT */
/*
 * What a session must not show. Everything that leaves it (results, errors, events) is cleaned with one register of values:
 * secrets of the spec, of the Dockerfile, of the image's configuration, all that no-secrets finds, as soon as it does, and what
 * the app's and the builder's log has that is known by its form. A result is cleaned when its check ends, and again when the
 * report is made, because another check may have found a value meanwhile. An event is cleaned when it happens: a secret without
 * a form of its own is in it if no-secrets has not come to it yet.
 */
#ifndef VPROD_SESSION_HIDE_H
#define VPROD_SESSION_HIDE_H

#include <pthread.h>
#include <verify-prod/session.h>
#include "result/result.h"
#include "runner/runner.h"
#include "scan/own.h"
#include "scan/redact.h"
#include "scan/scan.h"
#include "spec/spec.h"

struct vprod__hiding_part {
  pthread_mutex_t lock;
  struct vprod__redact *redact; /* NULL until it is asked for */
  struct vprod__scan *scan;     /* used by one thread at a time */
  int cannot_scan;
  struct vprod__own *own;       /* NULL: the spec has no rules of its own, or they were not needed yet */
  int spec_is_known;
  char **dockerfiles; /* that are known */
};

/* The register itself; lent. */
struct vprod__redact *vprod__session_redact (vprod_session *session);

/* The spec's own rules for secrets, compiled once; lent for the life of the session. 0, NULL where it has none; or negative. */
int vprod__session_own_rules (vprod_session *session, struct vprod__own **ret, vprod_error **err);

/* Called before a result or an error is returned. 0, or -VPROD_ERROR_NO_MEMORY: then it must not be shown; an error becomes
   that error. */
int vprod__session_clean_result (vprod_session *session, vprod_result *result);
void vprod__session_clean_error (vprod_session *session, vprod_error **err);

/* A copy of what somebody else said, harmless and without secrets; NULL out of memory. */
char *vprod__session_clean_text (vprod_session *session, const char *text);

/* ---- what is known of secrets ------------------------------------------------------------------------------------- */

/* Told by the session; each once. */
int vprod__session_hide_dockerfile (vprod_session *session, const char *path);
int vprod__session_hide_instruction (vprod_session *session, const char *instruction);
int vprod__session_hide_image (vprod_session *session, const vprod_image_facts *facts);

#endif
