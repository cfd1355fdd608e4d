/* SPDX-License-Identifier: MIT */
/* What an instruction needs from whoever runs the build: secrets and SSH agents. They are not part of the context, the
   Dockerfile or the image, so a step that fails without them says nothing about the image. */
#ifndef VPROD_DOCKERFILE_WANTS_H
#define VPROD_DOCKERFILE_WANTS_H

#include "dockerfile/dockerfile.h"

struct vprod__wants {
  char **secrets; /* ids: of --secret id=… */
  char **agents;  /* ids: of --ssh ID; mostly "default" */
};

/* Of RUN --mount=type=secret and type=ssh, whether required or not, and of ADD of a git repository by SSH. 0, or -1 out of
   memory; *ret may then hold a part. */
int vprod__instruction_wants (const struct vprod__instruction *instruction, char escape, struct vprod__wants *ret);

/* Is it the address of a git repository that is reached by SSH? */
int vprod__is_git_by_ssh (const char *source);

void vprod__wants_clear (struct vprod__wants *wants);
#define _cleanup_wants_ _cleanup_ (vprod__wants_clear)

#endif
