/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 100000

/* What a scheduler sets in its workers' environment. */
static const struct scheduler {
  const char *name;
  const char *index;
  const char *count;
  const char *first; /* the variable with the index of the first; NULL: it is `base` */
  const char *step;  /* between two indices; NULL: 1 */
  int base;
} schedulers[] = {
  /* an Indexed Job's own variables do not say how many there are: JOB_COMPLETIONS is set in the manifest */
  { "Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", NULL, NULL, 0 },
  { "Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", 0 },
  { "GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", NULL, NULL, 1 },
  { "Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", NULL, NULL, 0 },
  { "CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", NULL, NULL, 0 },
};

/* A number and nothing else. 0, or -1. */
static int parse_number (const char *text, size_t length, long *ret)
{
  char digits[12] = "";

  if (length == 0 || length >= sizeof digits || strspn (text, "0123456789") < length)
    return -1;
  memcpy (digits, text, length);
  *ret = strtol (digits, NULL, 10);
  return *ret <= MOST ? 0 : -1;
}

int shard_parse (const char *text, struct shard *ret)
{
  size_t slash = strcspn (text, "/");
  long index, count;

  if (!text[slash] || parse_number (text, slash, &index) < 0
      || parse_number (text + slash + 1, strlen (text + slash + 1), &count) < 0 || index < 1 || index > count)
    return -1;
  *ret = (struct shard) { (size_t) index - 1, (size_t) count };
  return 0;
}

static int read_env (const char *name, long *ret)
{
  const char *value = getenv (name);

  return value ? parse_number (value, strlen (value), ret) : -1;
}

static int cannot_be (const struct scheduler *scheduler, const char *name, char **ret_why)
{
  const char *value = getenv (name);

  if (asprintf (ret_why, "%s says with %s=%s that this is one of several workers, but %s is %s%s%s: name the part with --shard K/N",
                scheduler->name, scheduler->index, getenv (scheduler->index), name, value ? "'" : "", value ? value : "not set",
                value ? "'" : "") < 0)
    *ret_why = NULL;
  return -1;
}

static int read_scheduler (const struct scheduler *scheduler, struct shard *ret, char **ret_why)
{
  long index, count, first = scheduler->base, step = 1;

  if (read_env (scheduler->index, &index) < 0)
    return cannot_be (scheduler, scheduler->index, ret_why);
  if (read_env (scheduler->count, &count) < 0 || count < 1)
    return cannot_be (scheduler, scheduler->count, ret_why);
  if (scheduler->first && getenv (scheduler->first) && read_env (scheduler->first, &first) < 0)
    return cannot_be (scheduler, scheduler->first, ret_why);
  if (scheduler->step && getenv (scheduler->step) && (read_env (scheduler->step, &step) < 0 || step < 1))
    return cannot_be (scheduler, scheduler->step, ret_why);
  index = (index - first) / step;
  if (index < 0 || index >= count)
    return cannot_be (scheduler, scheduler->count, ret_why);
  *ret = (struct shard) { (size_t) index, (size_t) count };
  return 1;
}

int shard_from_env (struct shard *ret, char **ret_why)
{
  for (size_t i = 0; i < sizeof schedulers / sizeof schedulers[0]; i++)
    if (getenv (schedulers[i].index))
      return read_scheduler (&schedulers[i], ret, ret_why);
  return 0;
}

int shard_has (const struct shard *shard, size_t position)
{
  return position % shard->count == shard->index;
}
