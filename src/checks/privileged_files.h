/* SPDX-License-Identifier: MIT */
/*
 * Which programs of an image run with more rights than their caller: setuid, setgid, file capabilities. Told of every file
 * of every layer by whoever reads them, in any order of layers; at the end a file counts if no later layer covers it.
 */
#ifndef VPROD_CHECKS_PRIVILEGED_FILES_H
#define VPROD_CHECKS_PRIVILEGED_FILES_H

#include "checks/image_files.h"
#include "session/session.h"

struct vprod__privileged_files {
  struct privileged_file *list;
  size_t count;
  struct covering *covering; /* what may cover a file of a lower layer */
  size_t n_covering;
  size_t room;
};

/* 0, or -1 out of memory. */
int vprod__privileged_files_see (struct vprod__privileged_files *files, const struct vprod__layer_file *file);

/* Those of the whole image, by path. 0, or -1 out of memory. */
int vprod__privileged_files_settle (const struct vprod__privileged_files *files, const struct vprod__layers *layers,
                                    struct vprod__privileged *ret);
void vprod__privileged_files_clear (struct vprod__privileged_files *files);

/* An export of its own, where nobody else reads the image. */
int vprod__privileged_files_read (vprod_session *session, int64_t timeout_ms, struct vprod__privileged *ret,
                                  vprod_error **err);

#endif
