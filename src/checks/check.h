/* SPDX-License-Identifier: MIT */
/*
 * A check is one const struct at the end of its file, listed in registry.c. Its run function gathers facts through the
 * session, then hands them to a pure judging function, which sets the result's verdict, message, remedy and evidence.
 */
#ifndef VPROD_CHECKS_CHECK_H
#define VPROD_CHECKS_CHECK_H

#include <verify-prod/checks.h>
#include "session/session.h"

struct vprod__check {
  vprod_check_info info;
  enum vprod__app_use app_use;
  enum vprod__app_use (*app_use_of) (const vprod_spec *spec); /* instead of app_use, where it hangs on the spec */
  int reads_files;                               /* 1: it reads the image's files, vprod__image_files */
  int (*reads_files_of) (const vprod_spec *spec); /* instead of reads_files, where it hangs on the spec */
  /* Fills result. 0 with a verdict set, or negative when it could not be told. */
  int (*run) (vprod_session *session, vprod_result *result, vprod_error **err);
};

/* The body of every public vprod_check_* function: makes the result, takes the time, calls check->run. */
int vprod__check_run (const struct vprod__check *check, vprod_session *session, vprod_result **ret_result,
                      vprod_error **err);

extern const struct vprod__check vprod__check_build;
extern const struct vprod__check vprod__check_build_context;
extern const struct vprod__check vprod__check_start;
extern const struct vprod__check vprod__check_health;
extern const struct vprod__check vprod__check_graceful_stop;
extern const struct vprod__check vprod__check_required_env;
extern const struct vprod__check vprod__check_non_root;
extern const struct vprod__check vprod__check_dev_deps_absent;
extern const struct vprod__check vprod__check_startup_logs;
extern const struct vprod__check vprod__check_no_secrets;
extern const struct vprod__check vprod__check_layer_cache;

/* All, in the order of a report; NULL-ended. */
extern const struct vprod__check *const vprod__checks[];

#endif
