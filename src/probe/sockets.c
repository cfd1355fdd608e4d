/* SPDX-License-Identifier: MIT */
/*
 * The engine says which process is a container's first one; /proc of that process shows its network namespace, from
 * outside and without a program in the image. Format: proc(5).
 */
#include "probe/sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/file.h"
#include "util/strv.h"

#define FILE_LIMIT (1024 * 1024)

char *vprod__proc_read (const char *proc, int64_t pid, const char *name, size_t *ret_length)
{
  errno = ENOENT;
  return pid > 0 ? vprod__file_kernel (FILE_LIMIT, ret_length, "%s/%" PRId64 "/%s", proc, pid, name) : NULL;
}

int vprod__proc_unread (vprod_error **err)
{
  return errno == ENOMEM ? vprod__error_no_memory (err) : 1;
}

/* Does the text hold the address as a word of its own? */
static int has_address (const char *text, const char *address)
{
  size_t length = strlen (address);

  for (const char *p = text; (p = strstr (p, address)); p += length) {
    char after = p[length];
    if ((p == text || p[-1] == ' ') && (after == '\n' || after == ' ' || after == '\0'))
      return 1;
  }
  return 0;
}

int vprod__proc_is_container (const char *proc, int64_t pid, const char *container_id, const char *ip_address)
{
  _cleanup_free_ char *cgroup = vprod__proc_read (proc, pid, "cgroup", NULL);
  _cleanup_free_ char *routes = vprod__proc_read (proc, pid, "net/fib_trie", NULL);

  if (cgroup && container_id && strlen (container_id) >= 32 && strstr (cgroup, container_id))
    return 1;
  return routes && ip_address && *ip_address && has_address (routes, ip_address);
}

int vprod__proc_listens (const char *proc, int64_t pid, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **list = NULL;
  _cleanup_free_ char *tcp = vprod__proc_read (proc, pid, "net/tcp", NULL);

  if (!tcp)
    return vprod__proc_unread (err);
  _cleanup_free_ char *tcp6 = vprod__proc_read (proc, pid, "net/tcp6", NULL);
  if (!tcp6 && errno == ENOMEM) /* else: it is missing where IPv6 is off */
    return vprod__error_no_memory (err);
  if (vprod__listens_add (tcp, &list) < 0 || (tcp6 && vprod__listens_add (tcp6, &list) < 0))
    return vprod__error_no_memory (err);
  if (!list) {
    list = calloc (1, sizeof *list);
    if (!list)
      return vprod__error_no_memory (err);
  }
  *ret = vprod__steal (&list);
  return 0;
}

/* Where there are more than fit, they count as not known. */
static void add_sockets (const char *table, unsigned port, struct vprod__sockets *sockets)
{
  for (const char *line = strchr (table, '\n'); line && line[1]; line = strchr (line + 1, '\n')) {
    char state[8];
    unsigned local;
    uint64_t inode;

    if (sscanf (line + 1, " %*[^:]: %*[^:]:%x %*s %7s %*s %*s %*s %*s %*s %" SCNu64, &local, state, &inode) != 3
        || strcmp (state, "0A") != 0 || local != port)
      continue;
    if (sockets->count == VPROD__SOCKETS_MOST)
      sockets->known = 0;
    else
      sockets->inodes[sockets->count++] = inode;
  }
}

int vprod__proc_sockets (const char *proc, int64_t pid, int port, struct vprod__sockets *ret, vprod_error **err)
{
  _cleanup_free_ char *tcp = vprod__proc_read (proc, pid, "net/tcp", NULL);

  *ret = (struct vprod__sockets) { .known = tcp != NULL };
  if (!tcp)
    return errno == ENOMEM ? vprod__error_no_memory (err) : 0;
  _cleanup_free_ char *tcp6 = vprod__proc_read (proc, pid, "net/tcp6", NULL);
  if (!tcp6 && errno == ENOMEM)
    return vprod__error_no_memory (err);
  add_sockets (tcp, (unsigned) port, ret);
  if (tcp6)
    add_sockets (tcp6, (unsigned) port, ret);
  return 0;
}

enum vprod__where vprod__listens_where (char *const *listens, int port)
{
  enum vprod__where where = VPROD__WHERE_NOWHERE;

  if (!listens)
    return VPROD__WHERE_NOT_KNOWN;
  for (size_t i = 0; listens[i]; i++) {
    enum vprod__where here = vprod__listen_port (listens[i]) != port    ? VPROD__WHERE_OTHER_PORT
                           : vprod__listen_is_loopback (listens[i]) ? VPROD__WHERE_LOOPBACK
                                                                    : VPROD__WHERE_RIGHT;
    if (here > where)
      where = here;
  }
  return where;
}
