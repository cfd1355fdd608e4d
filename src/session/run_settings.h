/* SPDX-License-Identifier: MIT */
/*
 * How the spec has the app run, beside its command and its variables: user, rights, limits, file systems, files, names of
 * hosts. It holds for every container that stands for the app: the app itself, run.before in the image under test or in another,
 * second runs, and commands that are run in its image.
 */
#ifndef VPROD_SESSION_RUN_SETTINGS_H
#define VPROD_SESSION_RUN_SETTINGS_H

#include "session/files.h"

/* Creates a container as vprod__container_create does, with all of that; what it names beside is the request's. change: may be
   NULL. What the engine cannot do is an error, which names the key of the spec. */
int vprod__run_create (vprod_session *session, const char *role, const struct vprod__file_change *change,
                       vprod_container_request *request, char **ret_id, vprod_error **err);

/* Starts it. IMAGE where the image is at fault: a user that is not in it is the spec's fault if run.user names it. */
int vprod__run_start (vprod_session *session, const char *container_id, vprod_error **err);

#endif
