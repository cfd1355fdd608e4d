/* SPDX-License-Identifier: MIT */
/* What `non-root` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_NON_ROOT_FACTS_H
#define VPROD_CHECKS_NON_ROOT_FACTS_H

#include <stddef.h>
#include <stdint.h>
#include "image/privileged.h"
#include "probe/processes.h"
#include "session/session.h"
#include "util/buf.h"
#include "util/error.h"

struct vprod__non_root_facts {
  const struct vprod__processes *processes; /* UIDs as the container sees them */
  int64_t wanted_uid;                       /* -1: any but 0 */
  const char *image_user;                   /* as written, or NULL */
  const char *run_user;                     /* the spec's run.user, as which it runs; NULL: as the image's */
  const struct vprod__privileged *privileged; /* programs in the image; NULL: nobody looked */
  enum vprod__setuid setuid;
  char *const *setuid_allow;                /* paths, or NULL */
  enum vprod__named named;
  int asked_inside;                         /* 1: we run commands inside, too: the app's health is asked so, or the image's HEALTHCHECK run */
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__non_root_judge (const struct vprod__non_root_facts *facts, vprod_result *result, vprod_error **err);

/* ---- a user that is a name (named.c) ------------------------------------------------------------------- */

/* The name that it is to run as where that is no number, *ret_length bytes; NULL: it is a number, or none. Lent. */
const char *vprod__non_root_name (const struct vprod__non_root_facts *facts, size_t *ret_length);

/* A finding, or the failure, that it is a name. uids: those of its processes. */
void vprod__non_root_tell_named (const struct vprod__non_root_facts *facts, const char *uids, vprod_result *result);
int vprod__non_root_fail_named (const struct vprod__non_root_facts *facts, const char *uids, vprod_result *result);

/* ---- programs with rights of their own (setuid.c) ------------------------------------------------------ */

struct vprod__setuid_tally {
  size_t told;
  size_t forbidden;       /* setuid or setgid, and not allowed by name */
  struct vprod__buf names; /* the first of these */
};

/* Adds findings. 0, or -1 out of memory. */
int vprod__non_root_tell_setuid (const struct vprod__non_root_facts *facts, struct vprod__setuid_tally *ret,
                                 vprod_result *result);
int vprod__non_root_fail_setuid (const struct vprod__setuid_tally *tally, vprod_result *result);

#endif
