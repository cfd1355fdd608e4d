/* SPDX-License-Identifier: MIT */
/* The spec's lists with what its ${…} stand for. Lists are NULL-ended and malloc'ed. */
#ifndef VPROD_SESSION_EXPAND_H
#define VPROD_SESSION_EXPAND_H

#include <verify-prod/session.h>

/* A text; each text of a list, NULL where there is none. */
int vprod__session_expand (vprod_session *session, const char *text, char **ret, vprod_error **err);
int vprod__session_expand_all (vprod_session *session, char *const *list, char ***ret, vprod_error **err);

/* run.env; empty where there is none. */
int vprod__session_env (vprod_session *session, char ***ret, vprod_error **err);

/* run.command; NULL: the image's own. */
int vprod__session_command (vprod_session *session, char ***ret, vprod_error **err);

#endif
