/* SPDX-License-Identifier: MIT */
/* Which steps install dependencies: those that run a known package manager's install. */
#ifndef VPROD_DOCKERFILE_INSTALLERS_H
#define VPROD_DOCKERFILE_INSTALLERS_H

enum { VPROD__INSTALL_TEXT = 96 };

struct vprod__install {
  const char *manager; /* "uv"; NULL: the step installs nothing that is known */
  int project;         /* 1: it may also install the project itself ("uv sync") */
  char text[VPROD__INSTALL_TEXT]; /* its words up to the verb, "apt-get -y install"; "" if too long */
};

/* Looks at a step's text ("RUN --mount=… uv sync --frozen"). 0, or -1 out of memory. */
int vprod__find_install (const char *step_text, struct vprod__install *ret);

#endif
