/* SPDX-License-Identifier: MIT */
/* Which steps install dependencies: those that run a known package manager's install. */
#ifndef VPROD_CHECKS_LAYER_CACHE_INSTALLERS_H
#define VPROD_CHECKS_LAYER_CACHE_INSTALLERS_H

struct vprod__install {
  const char *manager; /* "uv"; NULL: the step installs nothing that is known */
  int project;         /* 1: it may install the project itself on top of its dependencies ("uv sync") */
};

/* Looks at a step's text ("RUN --mount=… uv sync --frozen"). 0, or -1 out of memory. */
int vprod__find_install (const char *step_text, struct vprod__install *ret);

#endif
