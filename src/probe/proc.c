/* SPDX-License-Identifier: MIT */
/*
 * The engine says which process is a container's first one; /proc of that process shows its user namespace, from
 * outside and without a program in the image. Format: proc(5), user_namespaces(7).
 */
#include "probe/proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "util/cleanup.h"
#include "util/error.h"
#include "util/grow.h"

int vprod__proc_uid_map (const char *proc, int64_t pid, struct vprod__uid_range **ret, size_t *ret_count,
                         vprod_error **err)
{
  _cleanup_free_ char *text = vprod__proc_read (proc, pid, "uid_map", NULL);
  _cleanup_free_ struct vprod__uid_range *map = NULL;
  size_t n = 0;
  struct vprod__uid_range range;
  int used;

  if (!text)
    return vprod__proc_unread (err);
  for (const char *p = text;
       sscanf (p, " %" SCNd64 " %" SCNd64 " %" SCNd64 "%n", &range.inside, &range.outside, &range.count, &used)
       == 3;
       p += used) {
    if (vprod__grow (&map, n) < 0)
      return vprod__error_no_memory (err);
    map[n++] = range;
  }
  if (n == 0)
    return 1;
  *ret = vprod__steal (&map);
  *ret_count = n;
  return 0;
}

int64_t vprod__uid_inside (const struct vprod__uid_range *map, size_t count, int64_t outside)
{
  for (size_t i = 0; i < count; i++)
    if (outside >= map[i].outside && outside - map[i].outside < map[i].count)
      return map[i].inside + (outside - map[i].outside);
  return -1;
}
