/* SPDX-License-Identifier: MIT */
/*
 * Compares looks into the container: a shell's loop or a supervisor may restart a server that crashes, while the
 * container stays up. The socket that listens on the app's port is the best evidence: it outlives the workers of a master
 * that renews them, but not the server. Where the kernel's table cannot be read, the processes are compared: shells,
 * inits and supervisors do not answer requests, so the one that did is among the others and must still be there. In
 * doubt nothing is reported.
 */
#include "session/app_again.h"

#include <string.h>
#include "known/exit.h"
#include "known/programs.h"

#define STAYS_LOOKS 10 /* what was there for so many is no part of a quick loop */
#define RUNS 3         /* of a program, one after the other, are a loop; a supervisor starts only what ended */
#define SUPERVISED_RUNS 2

static int is_supervisor (const char *command)
{
  return vprod__command_is (command, VPROD__PROGRAM_INIT | VPROD__PROGRAM_KEEPER)
      || vprod__shell_of_line (command) != VPROD__SHELL_NONE;
}

static int is_zombie (const struct vprod__seen *seen)
{
  return vprod__is_defunct (seen->command);
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

const char *vprod__sight_first (const struct vprod__sight *sight)
{
  const struct vprod__processes *processes = &sight->processes;
  const struct vprod__seen *first = processes->first_pid > 0 ? find (processes, processes->first_pid) : NULL;

  return first ? first->command : NULL;
}

int vprod__sight_is_supervised (const struct vprod__sight *sight)
{
  const char *first = vprod__sight_first (sight);

  return first && is_supervisor (first);
}

int vprod__sight_shows_server (const struct vprod__sight *sight)
{
  if (sight->sockets.known)
    return sight->sockets.count > 0;
  if (!vprod__sight_is_supervised (sight))
    return 1;
  for (size_t i = 0; i < sight->processes.count; i++)
    if (may_serve (&sight->processes, &sight->processes.list[i]))
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

static int is_left (const struct vprod__processes *now, const struct vprod__seen *seen)
{
  const struct vprod__seen *same = find (now, seen->pid);

  return same && !is_zombie (same);
}

/* Without the sockets: is none left of those that may have served? */
static enum vprod__again judge_processes (const struct vprod__processes *before, const struct vprod__processes *now,
                                          const char **ret_command)
{
  const char *command = NULL;
  int gone = 0;

  for (size_t i = 0; i < before->count; i++) {
    const struct vprod__seen *seen = &before->list[i];
    if (!may_serve (before, seen))
      continue;
    if (is_left (now, seen))
      return VPROD__AGAIN_NO;
    gone = 1;
    if (!command && is_started_again (now, seen))
      command = seen->command;
  }
  if (!command)
    return gone ? VPROD__AGAIN_GONE : VPROD__AGAIN_NO;
  *ret_command = command;
  return VPROD__AGAIN_YES;
}

static int share_one (const struct vprod__sockets *a, const struct vprod__sockets *b)
{
  for (size_t i = 0; i < a->count; i++)
    for (size_t k = 0; k < b->count; k++)
      if (a->inodes[i] == b->inodes[k])
        return 1;
  return 0;
}

/* Is the same program there that was not, with whatever arguments? */
static int program_is_back (const struct vprod__processes *before, const struct vprod__processes *now,
                            const struct vprod__seen *gone)
{
  size_t length = strcspn (gone->command, " ");

  for (size_t i = 0; i < now->count; i++)
    if (may_serve (now, &now->list[i]) && !find (before, now->list[i].pid)
        && strcspn (now->list[i].command, " ") == length
        && strncmp (now->list[i].command, gone->command, length) == 0)
      return 1;
  return 0;
}

/* The port was opened again. By a server that was started again, or by one that has replaced itself (exec), or has
   only read its settings again? */
static enum vprod__again judge_reopened (const struct vprod__processes *before, const struct vprod__processes *now,
                                         const char **ret_command)
{
  for (size_t i = 0; i < before->count; i++) {
    const struct vprod__seen *seen = &before->list[i];
    if (!may_serve (before, seen) || is_left (now, seen) || !program_is_back (before, now, seen))
      continue;
    *ret_command = seen->command;
    return VPROD__AGAIN_YES;
  }
  return VPROD__AGAIN_NO;
}

/* It had answered, then nothing listened for a while, and now something does: one that is new? */
static enum vprod__again judge_back (const struct vprod__processes *before, const struct vprod__processes *now,
                                     const char **ret_command)
{
  for (size_t i = 0; i < now->count; i++)
    if (may_serve (now, &now->list[i]) && !find (before, now->list[i].pid)) {
      *ret_command = now->list[i].command;
      return VPROD__AGAIN_YES;
    }
  return VPROD__AGAIN_NO;
}

enum vprod__again vprod__again_judge (const struct vprod__sight *before, const struct vprod__sight *now,
                                            const char **ret_command)
{
  if (before->processes.first_pid != now->processes.first_pid || now->processes.first_pid <= 0)
    return VPROD__AGAIN_NO;
  if (before->sockets.known && now->sockets.known) {
    if (now->sockets.count == 0)
      return VPROD__AGAIN_GONE;
    if (before->sockets.count == 0)
      return judge_back (&before->processes, &now->processes, ret_command);
    return share_one (&before->sockets, &now->sockets)
             ? VPROD__AGAIN_NO
             : judge_reopened (&before->processes, &now->processes, ret_command);
  }
  if (!vprod__sight_is_supervised (before) || !vprod__sight_is_supervised (now))
    return VPROD__AGAIN_NO;
  return judge_processes (&before->processes, &now->processes, ret_command);
}

/* ---- one that never answered ----------------------------------------------------------------------------- */

int vprod__looks_show_one_that_stays (const struct vprod__processes *looks)
{
  for (size_t i = 0; i < looks->count; i++)
    if (may_serve (looks, &looks->list[i]) && looks->list[i].look == looks->looks
        && looks->looks - looks->list[i].first >= STAYS_LOOKS)
      return 1;
  return 0;
}

static const char *living_command (const struct vprod__seen *seen)
{
  return seen->alive ? seen->alive : seen->command;
}

static int may_have_served (const struct vprod__processes *looks, const struct vprod__seen *seen)
{
  struct vprod__seen living = *seen;

  if (living.alive)
    living.command = living.alive;
  return may_serve (looks, &living);
}

/* How often it ran, each time when the last one was gone; the list is in the order in which they were seen. */
static int count_runs (const struct vprod__processes *looks, size_t first)
{
  const struct vprod__seen *last = &looks->list[first];
  int runs = 1;

  for (size_t i = first + 1; i < looks->count; i++) {
    const struct vprod__seen *next = &looks->list[i];
    if (may_have_served (looks, next) && next->first > last->look
        && strcmp (living_command (next), living_command (last)) == 0) {
      last = next;
      runs++;
    }
  }
  return runs;
}

/* A shell may also run some job again and again, and an entrypoint asks until its database is there: it is the app
   only where there is no other, which would listen. */
const char *vprod__loop_judge (const struct vprod__processes *looks, int serves)
{
  if (vprod__looks_show_one_that_stays (looks))
    return NULL;
  for (size_t i = 0; i < looks->count; i++) {
    const struct vprod__seen *seen = &looks->list[i], *parent = find (looks, seen->ppid);
    const char *command = living_command (seen);
    if (!may_have_served (looks, seen) || !parent || !is_supervisor (parent->command))
      continue; /* a server may renew its workers as it likes */
    int supervised = vprod__command_is (parent->command, VPROD__PROGRAM_RESTARTER);
    if (!supervised && (!serves || vprod__command_is (command, VPROD__PROGRAM_WAITER)))
      continue;
    if (count_runs (looks, i) >= (supervised ? SUPERVISED_RUNS : RUNS))
      return command;
  }
  return NULL;
}

void vprod__sight_clear (struct vprod__sight *sight)
{
  vprod__processes_clear (&sight->processes);
  sight->sockets = (struct vprod__sockets) { 0 };
}
