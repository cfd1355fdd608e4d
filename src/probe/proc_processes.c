/* SPDX-License-Identifier: MIT */
/*
 * The processes of a container from this machine's /proc, for engines that cannot list them: Docker runs the
 * host's ps for that, which is not everywhere. Format: proc(5), /proc/PID/status.
 */
#include "probe/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "util/cleanup.h"
#include "util/error.h"
#include "util/grow.h"

struct found {
  int64_t pid;
  int64_t ppid;
  int64_t euid;
  int ended;  /* a zombie */
  int inside; /* a descendant of the first process, or that */
};

struct all {
  struct found *list;
  size_t count;
};

static void all_clear (struct all *all)
{
  free (all->list);
}

static void close_dir (DIR **dir)
{
  if (*dir)
    closedir (*dir);
}

/* Reads "State:", "PPid:" and the second number, the effective one, of "Uid:". 0, or -1 where they are not there. */
static int read_status (const char *text, struct found *ret)
{
  const char *ppid = strstr (text, "\nPPid:"), *uid = strstr (text, "\nUid:"), *state = strstr (text, "\nState:");

  if (!ppid || !uid || sscanf (ppid, "\nPPid: %" SCNd64, &ret->ppid) != 1
      || sscanf (uid, "\nUid: %*d %" SCNd64, &ret->euid) != 1)
    return -1;
  ret->ended = state && state[8 + strspn (state + 8, " \t")] == 'Z';
  return 0;
}

/* A process that has ended meanwhile, or may not be read, is no error. */
static int add (struct all *all, const char *proc, int64_t pid, vprod_error **err)
{
  _cleanup_free_ char *status = vprod__proc_read (proc, pid, "status", NULL);
  struct found found = { .pid = pid };

  if (!status)
    return errno == ENOMEM ? vprod__error_no_memory (err) : 0;
  if (read_status (status, &found) < 0)
    return 0;
  if (vprod__grow (&all->list, all->count) < 0)
    return vprod__error_no_memory (err);
  all->list[all->count++] = found;
  return 0;
}

static int read_all (const char *proc, struct all *all, vprod_error **err)
{
  _cleanup_ (close_dir) DIR *dir = opendir (proc);
  int r = 0;

  if (!dir)
    return 1;
  for (struct dirent *entry; r == 0 && (entry = readdir (dir));)
    if (isdigit ((unsigned char) entry->d_name[0]))
      r = add (all, proc, strtoll (entry->d_name, NULL, 10), err);
  return r;
}

static int is_inside (const struct all *all, int64_t pid)
{
  for (size_t i = 0; i < all->count; i++)
    if (all->list[i].pid == pid)
      return all->list[i].inside;
  return 0;
}

/* A child may be listed before its parent: goes through the list until nothing is added. */
static void mark_descendants (struct all *all, int64_t first_pid)
{
  for (int more = 1; more;) {
    more = 0;
    for (size_t i = 0; i < all->count; i++) {
      struct found *found = &all->list[i];
      if (!found->inside && (found->pid == first_pid || is_inside (all, found->ppid)))
        found->inside = more = 1;
    }
  }
}

/* Its arguments with blanks between; "" where they cannot be read; NULL out of memory. */
static char *read_command (const char *proc, int64_t pid)
{
  size_t length;
  char *command = vprod__proc_read (proc, pid, "cmdline", &length);

  if (!command)
    return errno == ENOMEM ? NULL : strdup ("");
  while (length > 0 && command[length - 1] == '\0')
    length--;
  for (size_t i = 0; i < length; i++)
    if (command[i] == '\0')
      command[i] = ' ';
  return command;
}

static int tell (const char *proc, const struct found *found,
                 int (*on_process) (void *data, const vprod_process *process), void *data, vprod_error **err)
{
  _cleanup_free_ char *command = read_command (proc, found->pid);
  char user[24];

  if (!command)
    return vprod__error_no_memory (err);
  snprintf (user, sizeof user, "%" PRId64, found->euid);
  vprod_process process = {
    .size = sizeof process,
    .pid = found->pid,
    .ppid = found->ppid,
    .euid = found->euid,
    .user = user,
    .command = command,
  };
  return on_process (data, &process) != 0;
}

int vprod__proc_processes (const char *proc, int64_t first_pid,
                           int (*on_process) (void *data, const vprod_process *process), void *data,
                           vprod_error **err)
{
  _cleanup_ (all_clear) struct all all = { 0 };
  int told = 0;

  int r = first_pid > 0 ? read_all (proc, &all, err) : 1;
  if (r != 0)
    return r;
  mark_descendants (&all, first_pid);
  for (size_t i = 0; r == 0 && i < all.count; i++)
    if (all.list[i].inside) {
      told = 1;
      r = tell (proc, &all.list[i], on_process, data, err);
    }
  if (r < 0)
    return r;
  return told ? 0 : 1;
}

/* ---- those that have ended ------------------------------------------------------------------------------- */

/* The kernel tells how a process ended only who may trace it, and others 0. */
static int may_be_seen (const char *proc, int64_t pid)
{
  char path[256], target[8];

  snprintf (path, sizeof path, "%s/%" PRId64 "/exe", proc, pid);
  return readlink (path, target, sizeof target) >= 0 || errno != EACCES;
}

/* /proc/PID/stat: the name in parentheses, which may hold anything, and the 52nd field. 0, or -1: it is not there. */
static int read_stat (const char *text, struct vprod__dead *ret)
{
  const char *name = strchr (text, '('), *end = name ? strrchr (name, ')') : NULL;
  int field = 2;

  if (!end)
    return -1;
  snprintf (ret->name, sizeof ret->name, "%.*s", (int) (end - name - 1), name + 1);
  for (end++; *end == ' ' && field < 51; field++)
    end += 1 + strcspn (end + 1, " \n");
  return field == 51 && sscanf (end, " %d", &ret->status) == 1 ? 0 : -1;
}

int vprod__proc_dead (const char *proc, int64_t first_pid,
                      int (*on_dead) (void *data, const struct vprod__dead *dead), void *data, vprod_error **err)
{
  _cleanup_ (all_clear) struct all all = { 0 };

  int r = first_pid > 0 ? read_all (proc, &all, err) : 1;
  if (r != 0)
    return r;
  mark_descendants (&all, first_pid);
  for (size_t i = 0; i < all.count; i++) {
    if (!all.list[i].inside || !all.list[i].ended || all.list[i].pid == first_pid)
      continue;
    struct vprod__dead dead = { .pid = all.list[i].pid };
    _cleanup_free_ char *stat = vprod__proc_read (proc, dead.pid, "stat", NULL);
    if (!stat && errno == ENOMEM)
      return vprod__error_no_memory (err);
    if (!stat || read_stat (stat, &dead) < 0)
      continue;
    dead.status_known = dead.status != 0 || may_be_seen (proc, dead.pid);
    if (on_dead (data, &dead) != 0)
      break;
  }
  return 0;
}
