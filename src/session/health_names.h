/* SPDX-License-Identifier: MIT */
/* What an image and its environment say of where and by what name it is asked; pure. */
#ifndef VPROD_SESSION_HEALTH_NAMES_H
#define VPROD_SESSION_HEALTH_NAMES_H

/* The path that a HEALTHCHECK (Config.Healthcheck.Test) asks over HTTP, malloc'ed; NULL: none is seen. 0, or -1 out of
   memory. */
int vprod__healthcheck_path (char *const *test, char **ret);

/* Of an environment, the names by which the app says it is served (ALLOWED_HOSTS=shop.example.org): the list gets
   "NAME=host", each host once. 0, or -1 out of memory. */
int vprod__served_names (char *const *env, char ***list);

#endif
