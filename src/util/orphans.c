/* SPDX-License-Identifier: MIT */
#include "util/orphans.h"
#include "util/clock.h"
#include "util/grow.h"
#include "util/strv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define FILE_MAX 262144 /* of /proc/PID/environ, what is looked at: a variable may have 128 KiB */
#define TICK_MS 50

struct search {
  struct vprod__identity self;
  const struct vprod__identity *of;
  char *text;    /* FILE_MAX bytes, for files of /proc */
  pid_t *groups; /* of dead parents' programs */
  size_t count;
};

/* A file of /proc/PID, ended by NUL; its length, or -1. */
static ssize_t read_proc (const struct search *search, pid_t pid, const char *name)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, name);
  _cleanup_close_ int fd = open (path, O_RDONLY | O_CLOEXEC);
  size_t length = 0;
  ssize_t n;
  while (fd >= 0 && length < FILE_MAX - 1
         && ((n = read (fd, search->text + length, FILE_MAX - 1 - length)) > 0 || (n < 0 && errno == EINTR)))
    length += n > 0 ? (size_t) n : 0;
  search->text[length] = '\0';
  return fd < 0 ? -1 : (ssize_t) length;
}

/* The mark of a process whose parent is gone: "ID:PATH" in search->text; NULL: it has none. */
static const char *find_mark (const struct search *search, pid_t pid)
{
  static const char name[] = VPROD__CHILD_MARK "=";
  ssize_t length = read_proc (search, pid, "environ");

  for (const char *entry = search->text; length > 0 && entry < search->text + length; entry += strlen (entry) + 1) {
    struct vprod__identity parent;
    const char *value = entry + sizeof name - 1, *colon = strchr (entry, ':');
    if (strncmp (entry, name, sizeof name - 1) != 0 || !colon)
      continue;
    _cleanup_free_ char *id = strndup (value, (size_t) (colon - value));
    if (id && vprod__identity_parse (id, &parent) == 0 && (!search->of || vprod__identity_is_same (&parent, search->of))
        && vprod__identity_is_dead (&parent, &search->self))
      return value;
    return NULL;
  }
  return NULL;
}

/* Its first argument, or the second: a script stands behind its interpreter. */
static int is_program (const struct search *search, pid_t pid, const char *name)
{
  ssize_t length = read_proc (search, pid, "cmdline");
  const char *second = search->text + strlen (search->text) + 1;

  return length > 0 && (strcmp (search->text, name) == 0
                        || (second < search->text + length && strcmp (second, name) == 0));
}

/* Does it lead its group, and is it the program that was started? A daemon that the program started, and that left its
   group, has inherited the mark; but it is another program. */
static int is_leader (const struct search *search, pid_t pid)
{
  const char *found = getpgid (pid) == pid ? find_mark (search, pid) : NULL;
  _cleanup_free_ char *mark = found ? strdup (found) : NULL;

  return mark && is_program (search, pid, strchr (mark, ':') + 1);
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

/* To this very process: once the pidfd is there, the number is nobody else's, and only then it is looked at. */
static int signal_member (const struct search *search, pid_t pid, int signum)
{
#if defined SYS_pidfd_open && defined SYS_pidfd_send_signal
  _cleanup_close_ int fd = (int) syscall (SYS_pidfd_open, pid, 0);
  int has_fd = fd >= 0;
#else
  int has_fd = 0;
#endif

  if (!is_noted (search, getpgid (pid)) || !find_mark (search, pid))
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
  struct search search = { .of = of, .text = malloc (FILE_MAX) };

  vprod__identity_self (&search.self);
  if (search.text && pass (&search, -1) > 0)
    end_groups (&search, grace_ms);
  free (search.groups);
  free (search.text);
}
