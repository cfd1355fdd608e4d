/* SPDX-License-Identifier: MIT */
/*
 * What a builder is sent. Rules of .dockerignore are many, and builders differ, so they are not read here: the
 * user's own builder is asked. It builds a probe, `FROM scratch` and `COPY . /`, from the context under the ignore
 * file that counts for the spec's Dockerfile, and hands the result back as an archive. What is in it is what any
 * COPY could reach.
 */
#ifndef VPROD_SESSION_CONTEXT_PROBE_H
#define VPROD_SESSION_CONTEXT_PROBE_H

#include <verify-prod/session.h>
#include "image/feed.h"

/* The ignore file that a builder reads: one that is named after the Dockerfile and lies beside it, else the
   context's; Podman knows .containerignore, too, and in the context prefers it. */
struct vprod__ignore_file {
  char *path;   /* of what is read, or of .dockerignore where there is none */
  int there;
  int shadows;  /* it is read instead of a .dockerignore that is there too */
  int negates;  /* it has a line that begins with "!" */
};
int vprod__ignore_file_find (vprod_session *session, struct vprod__ignore_file *ret, vprod_error **err);
void vprod__ignore_file_clear (struct vprod__ignore_file *file);

/* Builds the probe from context_dir (NULL: the spec's context) and has its archive read. Nothing of it is kept. */
int vprod__context_probe (vprod_session *session, const char *context_dir, vprod__archive_fn read, void *data,
                          vprod_error **err);

/* Calls on_entry with every entry's path; anything but 0 is out of memory. */
int vprod__context_read (struct archive *archive, const vprod_call *call,
                         int (*on_entry) (void *data, const char *path, int folder, uint64_t bytes), void *data,
                         vprod_error **err);

#endif
