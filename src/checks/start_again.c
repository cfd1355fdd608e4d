/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `start` that compares two looks at the processes: a shell's loop or a supervisor may start a
 * server that crashes again and again, while the container stays. Shells and inits do not answer requests, so the one
 * that did is among the others, and must be there still. In doubt nothing is said.
 */
#include "checks/start_again.h"

#include <string.h>
#include "checks/exit.h"

static int is_supervisor (const char *command)
{
  return vprod__is_init (command) || vprod__shell_of_line (command) != VPROD__SHELL_NONE;
}

static int is_zombie (const struct vprod__seen *seen)
{
  return strstr (seen->command, "<defunct>") != NULL;
}

static const struct vprod__seen *find (const struct vprod__processes *processes, int64_t pid)
{
  for (size_t i = 0; i < processes->count; i++)
    if (processes->list[i].pid == pid)
      return &processes->list[i];
  return NULL;
}

/* /proc gives no command line of a zombie. */
static int may_serve (const struct vprod__processes *processes, const struct vprod__seen *seen)
{
  return !seen->beside && seen->pid != processes->first_pid && *seen->command && !is_zombie (seen)
         && !is_supervisor (seen->command);
}

int vprod__first_supervises (const struct vprod__processes *processes)
{
  const struct vprod__seen *first = processes->first_pid > 0 ? find (processes, processes->first_pid) : NULL;

  return first && is_supervisor (first->command);
}

int vprod__some_may_serve (const struct vprod__processes *processes)
{
  for (size_t i = 0; i < processes->count; i++)
    if (may_serve (processes, &processes->list[i]))
      return 1;
  return 0;
}

static int is_started_again (const struct vprod__processes *now, const struct vprod__seen *gone)
{
  for (size_t i = 0; i < now->count; i++)
    if (may_serve (now, &now->list[i]) && strcmp (now->list[i].command, gone->command) == 0)
      return 1;
  return 0;
}

enum vprod__again vprod__start_again_judge (const struct vprod__processes *before,
                                            const struct vprod__processes *now, const char **ret_command)
{
  enum vprod__again again = VPROD__AGAIN_NO;

  if (!vprod__first_supervises (before) || !vprod__first_supervises (now) || before->first_pid != now->first_pid)
    return VPROD__AGAIN_NO;
  for (size_t i = 0; i < before->count; i++) {
    const struct vprod__seen *seen = &before->list[i], *same;
    if (!may_serve (before, seen))
      continue;
    same = find (now, seen->pid);
    if (same && !is_zombie (same))
      return VPROD__AGAIN_NO;
    if (again != VPROD__AGAIN_YES && is_started_again (now, seen)) {
      again = VPROD__AGAIN_YES;
      *ret_command = seen->command;
    } else if (again == VPROD__AGAIN_NO)
      again = VPROD__AGAIN_GONE;
  }
  return again;
}
