/* SPDX-License-Identifier: MIT */
#include "runner/docker/self.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "util/file.h"

#define HEX "0123456789abcdef"
#define FILE_SIZE (1024 * 1024)
#define LINE_SIZE 4096
#define ID_LENGTH 64
#define SHORT_LENGTH 12 /* of the id that is a container's host name unless it is given another */

/* The last run of 64 hexadecimal digits that stands alone. */
static int find_id (const char *text, char ret_id[VPROD__SELF_ID_SIZE])
{
  int found = 0;

  while (*text) {
    size_t length = strspn (text, HEX);
    if (length == ID_LENGTH) {
      memcpy (ret_id, text, ID_LENGTH);
      ret_id[ID_LENGTH] = '\0';
      found = 1;
    }
    text += length > 0 ? length : 1;
  }
  return found;
}

int vprod__self_from_mounts (char *mountinfo, char ret_id[VPROD__SELF_ID_SIZE])
{
  static const char *const points[] = { "/etc/hostname", "/etc/hosts", "/etc/resolv.conf" };
  char root[LINE_SIZE], point[LINE_SIZE], *save = NULL;

  for (char *line = strtok_r (mountinfo, "\n", &save); line; line = strtok_r (NULL, "\n", &save))
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
      if (sscanf (line, "%*s %*s %*s %4095s %4095s", root, point) == 2 && strcmp (point, points[i]) == 0
          && find_id (root, ret_id))
        return 1;
  return 0;
}

int vprod__self_from_cgroup (char *cgroup, char ret_id[VPROD__SELF_ID_SIZE])
{
  char *save = NULL;

  for (char *line = strtok_r (cgroup, "\n", &save); line; line = strtok_r (NULL, "\n", &save))
    if (find_id (line, ret_id))
      return 1;
  return 0;
}

static int from_file (const char *path, int (*read) (char *text, char ret_id[VPROD__SELF_ID_SIZE]),
                      char ret_id[VPROD__SELF_ID_SIZE])
{
  _cleanup_free_ char *text = vprod__file_kernel (FILE_SIZE, NULL, "%s", path);

  return text ? read (text, ret_id) : 0;
}

int vprod__self_guess (char ret_ids[3][VPROD__SELF_ID_SIZE])
{
  char name[256] = "";
  int n = 0;

  n += from_file ("/proc/self/mountinfo", vprod__self_from_mounts, ret_ids[n]);
  n += from_file ("/proc/self/cgroup", vprod__self_from_cgroup, ret_ids[n]);
  if (gethostname (name, sizeof name - 1) == 0 && strlen (name) == SHORT_LENGTH && strspn (name, HEX) == SHORT_LENGTH)
    strcpy (ret_ids[n++], name);
  return n;
}

int vprod__self_has_address (const char *address)
{
  struct ifaddrs *list;
  char text[INET6_ADDRSTRLEN];
  int found = 0;

  if (getifaddrs (&list) < 0)
    return 0;
  for (const struct ifaddrs *a = list; a && !found; a = a->ifa_next) {
    if (!a->ifa_addr)
      continue;
    const void *bytes = a->ifa_addr->sa_family == AF_INET
                          ? (const void *) &((const struct sockaddr_in *) (const void *) a->ifa_addr)->sin_addr
                        : a->ifa_addr->sa_family == AF_INET6
                          ? (const void *) &((const struct sockaddr_in6 *) (const void *) a->ifa_addr)->sin6_addr
                          : NULL;
    found = bytes && inet_ntop (a->ifa_addr->sa_family, bytes, text, sizeof text) && strcmp (text, address) == 0;
  }
  freeifaddrs (list);
  return found;
}
