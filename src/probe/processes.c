/* SPDX-License-Identifier: MIT */
/*
 * One look at a container's processes shows a moment: a worker that is just being forked, an entrypoint that is
 * about to drop its rights. Several looks are kept in one list, in which the newest word on each process holds.
 */
#include "probe/processes.h"
#include "util/grow.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void vprod__processes_look (struct vprod__processes *processes)
{
  processes->looks++;
}

static struct vprod__seen *find (const struct vprod__processes *processes, int64_t pid)
{
  for (size_t i = 0; i < processes->count; i++)
    if (processes->list[i].pid == pid)
      return &processes->list[i];
  return NULL;
}

/* The UID of a name: of root, or of a number written as a name; -1: cannot be told. */
static int64_t uid_of_name (const char *user)
{
  char *end;

  if (!user)
    return -1;
  if (strcmp (user, "root") == 0)
    return 0;
  if (!isdigit ((unsigned char) *user))
    return -1;
  long long uid = strtoll (user, &end, 10);
  return *end ? -1 : uid;
}

/* The entry of a process, an empty one if it is new; NULL out of memory. */
static struct vprod__seen *entry_of (struct vprod__processes *processes, int64_t pid)
{
  struct vprod__seen *seen = find (processes, pid);

  if (seen)
    return seen;
  if (vprod__grow (&processes->list, processes->count) < 0)
    return NULL;
  processes->list[processes->count] = (struct vprod__seen) { .pid = pid, .euid = -1 };
  return &processes->list[processes->count++];
}

/* Takes copy, which may be NULL. 0, or -1 out of memory. */
static int replace (char **text, char *copy)
{
  if (!copy)
    return -1;
  free (*text);
  *text = copy;
  return 0;
}

int vprod__is_defunct (const char *command)
{
  return command && strstr (command, "<defunct>") != NULL;
}

int vprod__processes_tell (struct vprod__processes *processes, const vprod_process *process)
{
  struct vprod__seen *seen = entry_of (processes, process->pid);

  if (seen && seen->command && vprod__is_defunct (process->command) && !vprod__is_defunct (seen->command)) {
    free (seen->alive);
    seen->alive = seen->command;
    seen->command = NULL;
  }
  if (!seen || replace (&seen->user, strdup (process->user ? process->user : "")) < 0
      || replace (&seen->command, strdup (process->command ? process->command : "")) < 0)
    return -1;
  int was_root = vprod__seen_is_root (seen);
  seen->ppid = process->ppid;
  seen->look = processes->looks;
  seen->first = seen->first ? seen->first : seen->look;
  seen->euid = process->euid >= 0 ? process->euid : uid_of_name (process->user);
  if (processes->map) {
    seen->euid = seen->euid < 0 ? -1 : vprod__uid_inside (processes->map, processes->n_map, seen->euid);
    seen->unmapped = seen->euid < 0; /* a name, too: it is one of the host's passwd */
  }
  seen->late = seen->late || (processes->dropped && !was_root && vprod__seen_is_root (seen));
  return 0;
}

int vprod__seen_is_root (const struct vprod__seen *seen)
{
  return seen->euid == 0;
}

int vprod__processes_have_root (const struct vprod__processes *processes)
{
  for (size_t i = 0; i < processes->count; i++)
    if (processes->list[i].look == processes->looks && !processes->list[i].beside
        && vprod__seen_is_root (&processes->list[i]))
      return 1;
  return 0;
}

/* Orphans go to the container's first process: so what has another oldest forebear was put there from outside. */
void vprod__processes_find_beside (struct vprod__processes *processes)
{
  int64_t first_pid = processes->first_pid;
  const struct vprod__seen *first = first_pid > 0 ? find (processes, first_pid) : NULL;

  if (!first)
    return;
  for (size_t i = 0; i < processes->count; i++) {
    const struct vprod__seen *oldest = &processes->list[i], *parent;
    for (size_t n = 0;
         n < processes->count && oldest->pid != first_pid && (parent = find (processes, oldest->ppid)); n++)
      oldest = parent;
    processes->list[i].beside = oldest->pid != first_pid;
  }
  if (!vprod__seen_is_root (first))
    processes->dropped = 1;
}

void vprod__processes_clear (struct vprod__processes *processes)
{
  for (size_t i = 0; i < processes->count; i++) {
    free (processes->list[i].user);
    free (processes->list[i].command);
    free (processes->list[i].alive);
  }
  free (processes->list);
  processes->list = NULL;
  processes->count = 0;
  processes->looks = 0;
  processes->dropped = 0;
}
