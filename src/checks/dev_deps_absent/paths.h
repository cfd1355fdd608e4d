/* SPDX-License-Identifier: MIT */
/*
 * Is there something at a path of the image? The engine can look into a container that is never started, but a container
 * costs time. Where the image's files stream by anyway, they tell of most paths that nothing is there.
 */
#ifndef VPROD_CHECKS_DEV_DEPS_ABSENT_PATHS_H
#define VPROD_CHECKS_DEV_DEPS_ABSENT_PATHS_H

#include "image/layers.h"
#include "session/session.h"

struct vprod__look {
  vprod_session *session;
  char *container; /* made on first demand, never started; NULL: none */
};

/* Has the engine look at a path such as "/usr/bin/gcc". */
int vprod__look (struct vprod__look *look, const char *path, int *ret_there, vprod_error **err);
void vprod__look_clear (struct vprod__look *look);

/* Watches the image's files for paths, not patterns, and passes them on to another visitor. */
struct vprod__path_watch {
  char *const *paths; /* NULL-ended, lent; or NULL */
  int watched;        /* 1: all of the image's files were seen */
  char *open;         /* for each path: 1: the engine must look, as the path or a link above it is in a layer */
  struct vprod__layer_visitor other;
};

int vprod__path_watch_init (struct vprod__path_watch *watch, char *const *paths, vprod_error **err);
void vprod__path_watch_visitor (struct vprod__path_watch *watch, struct vprod__layer_visitor *ret);
void vprod__path_watch_clear (struct vprod__path_watch *watch);

#endif
