/* SPDX-License-Identifier: MIT */
/* Which instruction a builder means when it names a step. */
#ifndef VPROD_DOCKERFILE_STEPS_H
#define VPROD_DOCKERFILE_STEPS_H

#include "dockerfile/dockerfile.h"

struct vprod__buf;

/* The instruction of a step, "[builder 2/4] RUN make" or "RUN make"; stage: its stage's name ("builder", "stage-1"),
   NULL or "" where it is not known. *ret is NULL where it cannot be found. 0, or -1 out of memory. */
int vprod__dockerfile_step (const struct vprod__dockerfile *dockerfile, const char *step, const char *stage,
                            const struct vprod__instruction **ret);

/* Adds an instruction as it is written, without here-documents and with one blank between words:
   "RUN --mount=… make". 0, or -1 out of memory. */
int vprod__instruction_written (const struct vprod__instruction *instruction, struct vprod__buf *text);

#endif
