/* SPDX-License-Identifier: MIT */
/*
 * How the spec has the app run, beside its command and its variables: user, rights, limits, file systems, files, names of
 * hosts. It holds for every container that stands for the app: the app itself, run.before in the image under test or in another,
 * second runs, and commands that are run in its image.
 */
#ifndef VPROD_SESSION_RUN_SETTINGS_H
#define VPROD_SESSION_RUN_SETTINGS_H

#include "session/files.h"

/* Strings and lists are lent. */
struct vprod__run_settings {
  const char *user; /* NULL: the image's */
  int read_only;
  const char *const *tmpfs; /* paths, or "path:options"; NULL: none, as below */
  const char *const *volumes;
  const char *const *empty_dirs; /* paths of folders on disk that anybody may write to */
  const char *const *cap_drop;
  const char *const *cap_add;
  int no_new_privileges;
  int64_t memory; /* 0: no limit */
  int pids;
  const char *const *sysctls; /* NAME=value */
};

/* Those of the spec. */
void vprod__run_settings_of (const vprod_spec *spec, struct vprod__run_settings *ret);

/* Creates a container as vprod__container_create does, with all of that; what it names beside is the request's. change: may be
   NULL. What the engine cannot do is an error, which names the key of the spec. */
int vprod__run_create (vprod_session *session, const char *role, const struct vprod__file_change *change,
                       vprod_container_request *request, char **ret_id, vprod_error **err);

/* The same with other settings than the spec's. */
int vprod__run_create_as (vprod_session *session, const char *role, const struct vprod__run_settings *settings,
                          const struct vprod__file_change *change, vprod_container_request *request, char **ret_id,
                          vprod_error **err);

/* Starts it. IMAGE where the image is at fault: a user that is not in it is the spec's fault if run.user names it. */
int vprod__run_start (vprod_session *session, const char *container_id, vprod_error **err);

#endif
