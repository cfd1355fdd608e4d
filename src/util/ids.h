/* SPDX-License-Identifier: MIT */
/*
 * Who made something, on an engine or in the folder for temporary files, and is that process still there? A session's
 * id says it all by itself, because an image can carry nothing but its tag:
 *
 *   p4711-n4026531836-t8812345-b1a2b3c4d-h5e6f7a8b-09ab12cd
 *   pid, its namespace, start time in clock ticks, hashes of boot id and host, chance
 */
#ifndef VPROD_UTIL_IDS_H
#define VPROD_UTIL_IDS_H

#include <stdint.h>
#include "util/error.h"

#define VPROD__LABEL_SESSION "verify-prod.session"
#define VPROD__LABEL_CONTAINER "verify-prod.container" /* the container of the same engine that verify-prod ran in */
#define VPROD__TAG_PREFIX "verify-prod-session/"

struct vprod__identity {
  int64_t pid;
  uint64_t pid_namespace; /* 0: not known */
  uint64_t start_time;    /* since boot, in clock ticks; 0: not known */
  uint32_t boot;          /* hash of the boot id; 0: not known */
  uint32_t host;          /* hash of machine id and host name */
};

/* This process. */
void vprod__identity_self (struct vprod__identity *ret);

/* A new id of it, malloc'ed; NULL out of memory. */
char *vprod__identity_make_id (const struct vprod__identity *identity);

/* From an id. 0, or -1 if it is none. */
int vprod__identity_parse (const char *id, struct vprod__identity *ret);

/* Is that process surely gone, as seen by `self`? 0 also where it cannot be told. */
int vprod__identity_is_dead (const struct vprod__identity *identity, const struct vprod__identity *self);

/* May it live where `self` does? Of a container on the same kernel the process is seen by its start and by its number in
   its own namespace. 0 where nothing of it can be seen. */
int vprod__identity_lives_here (const struct vprod__identity *identity, const struct vprod__identity *self);

/* Is it the same process, as far as is known? */
int vprod__identity_is_same (const struct vprod__identity *one, const struct vprod__identity *other);

/* The labels that go on all that a session makes: NULL-ended, malloc'ed. 0, or -1 out of memory. */
int vprod__identity_labels (const struct vprod__identity *identity, const char *id, char ***ret);

/* A name as a part of an image reference: lower case, digits, single separators. malloc'ed; NULL out of memory. */
char *vprod__image_name (const char *name);

#endif
