/* SPDX-License-Identifier: MIT */
#include "util/orphans.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/grow.h"
#include "util/strv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define FILE_MAX 262144 /* how much of /proc/PID/environ is read: a variable may have 128 KiB */
#define TICK_MS 50

struct search {
  struct vprod__identity self;
  const struct vprod__identity *of;
  pid_t *groups; /* of dead parents' programs */
  size_t count;
};

/* The mark of a process whose parent is gone: "ID:PATH", malloc'ed; NULL: it has none. */
static char *find_mark (const struct search *search, pid_t pid)
{
  static const char name[] = VPROD__CHILD_MARK "=";
  size_t length;
  _cleanup_free_ char *environment = vprod__file_kernel (FILE_MAX, &length, "/proc/%d/environ", (int) pid);

  for (const char *entry = environment; entry && entry < environment + length; entry += strlen (entry) + 1) {
    struct vprod__identity parent;
    const char *value = entry + sizeof name - 1, *colon = strchr (entry, ':');
    if (strncmp (entry, name, sizeof name - 1) != 0 || !colon)
      continue;
    _cleanup_free_ char *id = strndup (value, (size_t) (colon - value));
    if (id && vprod__identity_parse (id, &parent) == 0 && (!search->of || vprod__identity_is_same (&parent, search->of))
        && vprod__identity_is_dead (&parent, &search->self))
      return strdup (value);
    return NULL;
  }
  return NULL;
}

/* Its first argument, or the second: a script stands behind its interpreter. */
static int is_program (pid_t pid, const char *name)
{
  size_t length;
  _cleanup_free_ char *words = vprod__file_kernel (FILE_MAX, &length, "/proc/%d/cmdline", (int) pid);
  const char *second = words ? words + strlen (words) + 1 : NULL;

  return words && (strcmp (words, name) == 0 || (second < words + length && strcmp (second, name) == 0));
}

/* Does it lead its group, and is it the program that was started? A daemon that the program started, and that left its
   group, has inherited the mark; but it is another program. */
static int is_leader (const struct search *search, pid_t pid)
{
  _cleanup_free_ char *mark = getpgid (pid) == pid ? find_mark (search, pid) : NULL;

  return mark && is_program (pid, strchr (mark, ':') + 1);
}

static void note_group (struct search *search, pid_t group)
{
  for (size_t i = 0; i < search->count; i++)
    if (search->groups[i] == group)
      return;
  if (vprod__grow (&search->groups, search->count) == 0)
    search->groups[search->count++] = group;
}

static int is_noted (const struct search *search, pid_t group)
{
  for (size_t i = 0; i < search->count; i++)
    if (search->groups[i] == group)
      return 1;
  return 0;
}

/* Signals exactly this process: the pidfd is opened before the process is looked at, so that no other can take its number
   in between. */
static int signal_member (const struct search *search, pid_t pid, int signum)
{
#if defined SYS_pidfd_open && defined SYS_pidfd_send_signal
  _cleanup_close_ int fd = (int) syscall (SYS_pidfd_open, pid, 0);
  int has_fd = fd >= 0;
#else
  int has_fd = 0;
#endif

  _cleanup_free_ char *mark = is_noted (search, getpgid (pid)) ? find_mark (search, pid) : NULL;
  if (!mark)
    return 0;
#if defined SYS_pidfd_open && defined SYS_pidfd_send_signal
  if (has_fd)
    return syscall (SYS_pidfd_send_signal, fd, signum, NULL, 0) == 0;
#endif
  return !has_fd && errno != ESRCH && kill (pid, signum) == 0;
}

static pid_t next_pid (DIR *proc)
{
  for (struct dirent *entry; (entry = readdir (proc));)
    if (isdigit ((unsigned char) entry->d_name[0]))
      return (pid_t) atol (entry->d_name);
  return 0;
}

/* Notes the groups (signum -1), or signals their members. How many there were. */
static size_t pass (struct search *search, int signum)
{
  DIR *proc = opendir ("/proc");
  size_t n = 0;

  for (pid_t pid; proc && (pid = next_pid (proc)) > 0;)
    if (signum < 0 && is_leader (search, pid)) {
      note_group (search, pid);
      n++;
    } else if (signum >= 0)
      n += (size_t) signal_member (search, pid, signum);
  if (proc)
    closedir (proc);
  return n;
}

static void end_groups (struct search *search, int64_t grace_ms)
{
  const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
  int64_t until = vprod__deadline (grace_ms);

  pass (search, SIGTERM);
  pass (search, SIGCONT);
  while (pass (search, 0) > 0 && vprod__now_ms () < until)
    nanosleep (&tick, NULL);
  pass (search, SIGKILL);
}

void vprod__orphans_end (const struct vprod__identity *of, int64_t grace_ms)
{
  struct search search = { .of = of };

  vprod__identity_self (&search.self);
  if (pass (&search, -1) > 0)
    end_groups (&search, grace_ms);
  free (search.groups);
}
