/* SPDX-License-Identifier: MIT */
#include "probe/load_server.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXITING 0x4 /* PF_EXITING: set before a process that ends closes its files */

/* What is in a file, ended by NUL; its length, or -1. */
static ssize_t read_file (const char *path, char *bytes, size_t size)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t n = fd < 0 ? -1 : 0;

  while (fd >= 0 && length < size - 1 && (n = read (fd, bytes + length, size - 1 - length)) > 0)
    length += (size_t) n;
  if (fd >= 0)
    close (fd);
  bytes[length] = '\0';
  return n < 0 ? -1 : (ssize_t) length;
}

int vprod__load_server_ends (const char *proc, int64_t pid)
{
  char path[256], text[1024], state;
  unsigned long flags;

  if (pid <= 0)
    return -1;
  snprintf (path, sizeof path, "%s/%lld/stat", proc, (long long) pid);
  if (read_file (path, text, sizeof text) < 0)
    return access (path, F_OK) < 0;
  const char *after = strrchr (text, ')'); /* the name may hold anything */
  if (!after || sscanf (after + 1, " %c %*d %*d %*d %*d %*d %lu", &state, &flags) != 2)
    return -1;
  return state == 'Z' || state == 'X' || (flags & EXITING) != 0;
}
