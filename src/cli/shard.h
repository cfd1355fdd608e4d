/* SPDX-License-Identifier: MIT */
/* Which part of the specs is this worker's? As jest and playwright have it, --shard K/N; else as the scheduler says in the
   environment. */
#ifndef VPROD_CLI_SHARD_H
#define VPROD_CLI_SHARD_H

#include <stddef.h>

struct shard {
  size_t index; /* from 0 */
  size_t count;
};

/* "2/5" is index 1 of 5. 0, or -1. */
int shard_parse (const char *text, struct shard *ret);

/* What the environment says. 1: something, in *ret; 0: nothing; -1: what it says cannot be, and *ret_why says why, for free (). */
int shard_from_env (struct shard *ret, char **ret_why);

/* Does the position belong to the shard? Each belongs to exactly one. Neighbours, which are often alike, go to different ones. */
int shard_has (const struct shard *shard, size_t position);

#endif
