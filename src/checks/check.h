/* SPDX-License-Identifier: MIT */
/*
 * A check is one const struct at the end of its check.c, and a row of registry.h. Its run function gathers facts through
 * the session, then hands them to a pure function that sets the result's verdict, message, remedy and evidence:
 *
 *     int vprod__X_judge (const struct vprod__X_facts *facts, vprod_result *result, vprod_error **err);
 */
#ifndef VPROD_CHECKS_CHECK_H
#define VPROD_CHECKS_CHECK_H

#include <verify-prod/checks.h>
#include "checks/registry.h"
#include "result/place.h"
#include "session/session.h"

struct vprod__check {
  vprod_check_info info;
  enum vprod__app_use app_use; /* default: it does not look at the running app */
  enum vprod__app_use (*app_use_of) (const vprod_spec *spec); /* instead of app_use, where it depends on the spec */
  int reads_files;                                /* 1: it reads the image's files, vprod__image_files */
  int (*reads_files_of) (const vprod_spec *spec); /* instead of reads_files, where it depends on the spec */
  int needs_services; /* 1: its `fail` is the image's only while the services beside the app are there: else it is an error */
  struct vprod__place_rule place;
  /* Fills result. 0 with a verdict set, or negative when it could not be told. */
  int (*run) (vprod_session *session, vprod_result *result, vprod_error **err);
};

/* The body of every public vprod_check_* function: makes the result, takes the time, calls check->run. */
int vprod__check_run (const struct vprod__check *check, vprod_session *session, vprod_result **ret_result,
                      vprod_error **err);

#define VPROD__DECLARE_CHECK(name) extern const struct vprod__check vprod__check_##name;
VPROD__CHECKS (VPROD__DECLARE_CHECK)

/* All, in the order of a report; NULL-ended. */
extern const struct vprod__check *const vprod__checks[];

/* The one with this id, or NULL. */
const struct vprod__check *vprod__check_find (const char *id);

/* That of the user's own with this index in the spec's list; its words are lent by the spec. */
struct vprod__check vprod__own_check_of (const vprod_spec *spec, size_t index);

#endif
