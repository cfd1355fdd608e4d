/* SPDX-License-Identifier: MIT */
/*
 * What a session must not show. Everything that leaves it (results, errors, events) goes through one register of values:
 * secrets of the spec, of the Dockerfile, of the image's configuration, and all that no-secrets finds. A result is
 * gone through when its check ends, and once more when the report is put together: another check may have found a value
 * meanwhile.
 */
#ifndef VPROD_SESSION_HIDE_H
#define VPROD_SESSION_HIDE_H

#include "scan/redact.h"
#include "scan/scan.h"
#include "session/session.h"

/* From here on this value is in nothing that the session shows. 0, or -1 out of memory. */
int vprod__session_hide (vprod_session *session, const char *value);

/* The register itself; lent. */
struct vprod__redact *vprod__session_redact (vprod_session *session);

/* Before it is given away. Out of memory nothing of it is shown: 0, or -VPROD_ERROR_NO_MEMORY; an error is then that one. */
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
