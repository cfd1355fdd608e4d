/* SPDX-License-Identifier: MIT */
/* measure FILE COMMAND...: runs the command and appends to FILE one line: wall ms, the command's own CPU ms, its
   children's CPU ms, its own peak resident KiB, its exit code. Its own and its children's are told apart by watching
   /proc, as wait4 gives their sum and the largest of them. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static double
cpu_ms (const struct rusage *usage)
{
  return (double) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3
         + (double) (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

/* the peak so far; an exec begins anew, so the last answer is the one that counts */
static long
peak_kib (pid_t pid)
{
  char path[64], line[256];
  long peak = -1;
  FILE *file;

  snprintf (path, sizeof path, "/proc/%d/status", (int) pid);
  file = fopen (path, "re");
  if (file == NULL)
    return -1;
  while (fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "VmHWM: %ld", &peak) == 1)
      break;
  fclose (file);
  return peak;
}

/* CPU of the children that it waited for, in clock ticks */
static long
children_ticks (pid_t pid)
{
  char path[64], line[1024];
  unsigned long user = 0, system = 0;
  const char *after;
  FILE *file;
  long ticks = -1;

  snprintf (path, sizeof path, "/proc/%d/stat", (int) pid);
  file = fopen (path, "re");
  if (file == NULL)
    return -1;
  /* the name may hold anything but is in brackets: count the fields after the last one */
  if (fgets (line, sizeof line, file) != NULL && (after = strrchr (line, ')')) != NULL
      && sscanf (after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2)
    ticks = (long) (user + system);
  fclose (file);
  return ticks;
}

int
main (int argc, char **argv)
{
  struct rusage usage;
  double begin = now_ms (), wall, children_ms;
  long peak = 0, ticks = 0;
  int status, code;
  FILE *out;
  pid_t pid;

  if (argc < 3)
    {
      fprintf (stderr, "usage: measure FILE COMMAND...\n");
      return 2;
    }
  pid = fork ();
  if (pid == 0)
    {
      execvp (argv[2], argv + 2);
      perror (argv[2]);
      _exit (127);
    }
  if (pid < 0)
    {
      perror ("fork");
      return 1;
    }
  while (true)
    {
      const struct timespec tick = { .tv_nsec = 2000000 };
      siginfo_t ended = { .si_pid = 0 };
      long seen;

      /* left unwaited at first: a zombie's CPU times can still be read */
      waitid (P_PID, (id_t) pid, &ended, WEXITED | WNOHANG | WNOWAIT);
      if ((seen = peak_kib (pid)) >= 0)
        peak = seen;
      if ((seen = children_ticks (pid)) >= 0)
        ticks = seen;
      if (ended.si_pid == pid)
        break;
      nanosleep (&tick, NULL);
    }
  wall = now_ms () - begin;
  wait4 (pid, &status, 0, &usage);
  code = WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
  children_ms = (double) ticks * 1e3 / (double) sysconf (_SC_CLK_TCK);

  out = fopen (argv[1], "ae");
  if (out == NULL)
    {
      perror (argv[1]);
      return 1;
    }
  fprintf (out, "%.0f %.0f %.0f %ld %d\n", wall, cpu_ms (&usage) - children_ms, children_ms, peak, code);
  return fclose (out) == 0 ? code : 1;
}
