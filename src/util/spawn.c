/* SPDX-License-Identifier: MIT */
#include "util/spawn.h"
#include "util/clock.h"
#include "util/ids.h"
#include "util/orphans.h"
#include "util/strv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define GRACE_MS 5000
/* How long the output of a child that has ended is waited for: what it wrote itself is there at once, so this is
   only spent where something that it started keeps the pipe open. */
#define DRAIN_MS 1000
/* How long a killed child is waited for: in an uninterruptible system call it outlives SIGKILL. */
#define KILLED_MS 30000
/* Between two looks where the kernel has no pidfd_open (before 5.3, or kept away by seccomp). */
#define TICK_MS 20

#if defined __GLIBC__
# if __GLIBC_PREREQ (2, 34)
#  define HAVE_CLOSEFROM 1 /* elsewhere O_CLOEXEC must suffice */
# endif
#endif

/* ---- starting ----------------------------------------------------------------------------------------------- */

static int set_attributes (posix_spawnattr_t *attr)
{
  sigset_t none, all;
  int r;
#ifdef POSIX_SPAWN_SETSID
  /* a session, not only a group: ssh and credential helpers that want to ask on the terminal then fail and say so,
     where a background process group would be stopped by SIGTTIN and hang */
  short flags = POSIX_SPAWN_SETSID;
#else
  short flags = POSIX_SPAWN_SETPGROUP;
#endif

  sigemptyset (&none);
  sigfillset (&all);
  if ((r = posix_spawnattr_setflags (attr, flags | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))
    return r;
  if ((r = posix_spawnattr_setpgroup (attr, 0)) || (r = posix_spawnattr_setsigmask (attr, &none)))
    return r;
  return posix_spawnattr_setsigdefault (attr, &all);
}

/* The fds are above 2, so no action overwrites what a later one needs. */
static int set_files (posix_spawn_file_actions_t *actions, const int fds[3])
{
  for (int i = 0; i < 3; i++) {
    int r = fds[i] >= 0 ? posix_spawn_file_actions_adddup2 (actions, fds[i], i)
                        : posix_spawn_file_actions_addopen (actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY,
                                                            0);
    if (r)
      return r;
  }
#ifdef HAVE_CLOSEFROM
  return posix_spawn_file_actions_addclosefrom_np (actions, 3);
#else
  return 0;
#endif
}

static int spawn_with (const char *path, const char *const *argv, const char *const *envp, const int fds[3],
                       pid_t *ret_pid)
{
  posix_spawnattr_t attr;
  posix_spawn_file_actions_t actions;
  int r;

  if ((r = posix_spawnattr_init (&attr)))
    return r;
  if ((r = posix_spawn_file_actions_init (&actions))) {
    posix_spawnattr_destroy (&attr);
    return r;
  }
  if (!(r = set_attributes (&attr)) && !(r = set_files (&actions, fds)))
    r = posix_spawn (ret_pid, path, &actions, &attr, (char *const *) (uintptr_t) argv,
                     (char *const *) (uintptr_t) envp);
  posix_spawn_file_actions_destroy (&actions);
  posix_spawnattr_destroy (&attr);
  return r;
}

static int open_pidfd (pid_t pid)
{
#ifdef SYS_pidfd_open
  return (int) syscall (SYS_pidfd_open, pid, 0); /* always close-on-exec */
#else
  (void) pid;
  return -1;
#endif
}

/* The environment with the mark that says whose child it is, so that it can be found when this process is gone. */
static int mark_environment (const char *name, const char *const *envp, char ***ret)
{
  _cleanup_free_ char *id = NULL;
  struct vprod__identity self;

  vprod__identity_self (&self);
  id = vprod__identity_make_id (&self);
  if (!id || vprod__strv_copy ((char **) (uintptr_t) envp, ret) < 0)
    return -1;
  return vprod__strv_addf (ret, VPROD__CHILD_MARK "=%s:%s", id, name);
}

int vprod__child_start (const char *path, const char *const *argv, const char *const *envp, const int fds[3],
                        struct vprod__child *ret_child, vprod_error **err)
{
  _cleanup_strv_ char **marked = NULL;
  int high[3] = { -1, -1, -1 };
  int errnum = mark_environment (argv[0], envp, &marked) < 0 ? ENOMEM : 0;
  pid_t pid;

  for (int i = 0; i < 3 && !errnum; i++)
    if (fds[i] >= 0 && (high[i] = fcntl (fds[i], F_DUPFD_CLOEXEC, 3)) < 0)
      errnum = errno;
  if (!errnum)
    errnum = spawn_with (path, argv, (const char *const *) (uintptr_t) marked, high, &pid);
  for (int i = 0; i < 3; i++)
    vprod__closep (&high[i]);
  if (errnum == ENOMEM)
    return vprod__error_no_memory (err);
  if (errnum)
    return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot start %s", path);
  *ret_child = (struct vprod__child) { .pid = pid, .pidfd = open_pidfd (pid) };
  return 0;
}

/* ---- ending ------------------------------------------------------------------------------------------------- */

enum state { RUNS, ENDED, LOST /* reaped by the kernel (SIGCHLD is ignored) or by the program */ };

static enum state look (const struct vprod__child *child)
{
  siginfo_t info = { 0 };

  if (child->pid == 0 || waitid (P_PID, (id_t) child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
    return LOST;
  return info.si_pid == child->pid ? ENDED : RUNS;
}

int vprod__child_has_ended (const struct vprod__child *child)
{
  return look (child) != RUNS;
}

/* A group is only surely ours while its leader was not reaped. */
static void signal_group (const struct vprod__child *child, int signum)
{
  if (look (child) == LOST)
    return;
  kill (-child->pid, signum);
  kill (-child->pid, SIGCONT);
}

static void wait_ended (const struct vprod__child *child, int64_t until_ms)
{
  while (!vprod__child_has_ended (child) && vprod__now_ms () < until_ms) {
    struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
    int timeout = vprod__poll_timeout (until_ms);
    poll (&ended, 1, child->pidfd < 0 && timeout > TICK_MS ? TICK_MS : timeout);
  }
}

/* Reaps a child that has ended, or that even SIGKILL did not end. */
static void reap (struct vprod__child *child, struct vprod__spawn_end *ret_end)
{
  struct vprod__spawn_end end = { .exit_code = -1 };
  int status;
  pid_t r;

  while ((r = waitpid (child->pid, &status, WNOHANG)) < 0 && errno == EINTR)
    continue;
  if (r == child->pid) {
    end.known = 1;
    if (WIFEXITED (status))
      end.exit_code = WEXITSTATUS (status);
    else
      end.signal = WTERMSIG (status);
  }
  vprod__closep (&child->pidfd);
  *child = (struct vprod__child) VPROD__NO_CHILD;
  if (ret_end)
    *ret_end = end;
}

static int64_t grace_or_default (int64_t grace_ms)
{
  return grace_ms > 0 ? grace_ms : GRACE_MS;
}

void vprod__child_end (struct vprod__child *child, int64_t grace_ms, struct vprod__spawn_end *ret_end)
{
  if (child->pid == 0) {
    if (ret_end)
      *ret_end = (struct vprod__spawn_end) { .exit_code = -1 };
    return;
  }
  if (!vprod__child_has_ended (child)) {
    signal_group (child, SIGTERM);
    wait_ended (child, vprod__deadline (grace_or_default (grace_ms)));
  }
  signal_group (child, SIGKILL);
  wait_ended (child, vprod__deadline (KILLED_MS));
  reap (child, ret_end);
}

/* ---- running to the end ------------------------------------------------------------------------------------- */

struct run {
  const vprod_call *call;
  const struct vprod__spawn *what;
  struct vprod__child child;
  int out[2];            /* where its stdout and stderr are read; -1: ended, or merged */
  int deaf;              /* on_output wants no more */
  vprod_error_code code; /* why it is being ended before its time; 0: it is not, or on_output said so */
  int terminated;        /* SIGTERM was sent */
  int killed;            /* SIGKILL was sent */
  int64_t next_ms;       /* when the current wait ends: after SIGTERM, after SIGKILL, or for the pipes of a child that has
                            ended */
};

static void close_fd (int *fd)
{
  vprod__closep (fd);
  *fd = -1;
}

static void read_output (struct run *run, int i)
{
  char bytes[16384]; /* some C libraries give a thread 128 KiB of stack in all */
  ssize_t n = read (run->out[i], bytes, sizeof bytes);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (n <= 0)
    close_fd (&run->out[i]);
  else if (run->what->on_output && !run->deaf)
    run->deaf = run->what->on_output (run->what->data, i == 0 ? VPROD_STREAM_STDOUT : VPROD_STREAM_STDERR, bytes,
                                      (size_t) n) != 0;
}

static void terminate (struct run *run, vprod_error_code code)
{
  run->code = code;
  run->terminated = 1;
  run->next_ms = vprod__deadline (grace_or_default (run->what->grace_ms));
  signal_group (&run->child, SIGTERM);
}

/* Decides whether it has to end now. */
static void mind_the_call (struct run *run, int cancelled)
{
  if (!run->terminated) {
    if (cancelled)
      terminate (run, VPROD_ERROR_CANCELLED);
    else if (run->deaf)
      terminate (run, (vprod_error_code) 0);
    else if (run->call->deadline_ms != VPROD_NO_DEADLINE && vprod__now_ms () >= run->call->deadline_ms)
      terminate (run, VPROD_ERROR_TIMEOUT);
  } else if (!run->killed && vprod__now_ms () >= run->next_ms) {
    run->killed = 1;
    run->next_ms = vprod__deadline (KILLED_MS);
    signal_group (&run->child, SIGKILL);
  }
}

static int next_timeout (const struct run *run)
{
  int timeout = vprod__poll_timeout (run->terminated ? run->next_ms : run->call->deadline_ms);

  return run->child.pidfd < 0 && (timeout < 0 || timeout > TICK_MS) ? TICK_MS : timeout;
}

/* Reads its output until it has ended, or has outlived SIGKILL for too long. */
static void follow (struct run *run)
{
  while (!vprod__child_has_ended (&run->child)) {
    struct pollfd fds[] = {
      { .fd = run->out[0], .events = POLLIN },
      { .fd = run->out[1], .events = POLLIN },
      { .fd = run->child.pidfd, .events = POLLIN },
      { .fd = run->terminated ? -1 : run->call->cancel_fd, .events = POLLIN },
    };
    int n = poll (fds, 4, next_timeout (run));
    for (int i = 0; i < 2 && n > 0; i++)
      if (fds[i].revents)
        read_output (run, i);
    mind_the_call (run, n > 0 && fds[3].revents);
    if (run->killed && vprod__now_ms () >= run->next_ms)
      return;
  }
}

/* Reads what is left in the pipes of a child that has ended. */
static void drain (struct run *run)
{
  int64_t until = vprod__deadline (DRAIN_MS);

  while ((run->out[0] >= 0 || run->out[1] >= 0) && vprod__now_ms () < until) {
    struct pollfd fds[] = { { .fd = run->out[0], .events = POLLIN }, { .fd = run->out[1], .events = POLLIN } };
    int n = poll (fds, 2, vprod__poll_timeout (until));
    for (int i = 0; i < 2 && n > 0; i++)
      if (fds[i].revents)
        read_output (run, i);
  }
}

static int start (struct run *run, vprod_error **err)
{
  int pipes[2][2] = { { -1, -1 }, { -1, -1 } };
  int r = 0;

  for (int i = 0; i < (run->what->merge ? 1 : 2) && r == 0; i++)
    if (pipe2 (pipes[i], O_CLOEXEC) < 0)
      r = vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a pipe for %s", run->what->path);
  if (r == 0) {
    const int fds[3] = { -1, pipes[0][1], run->what->merge ? pipes[0][1] : pipes[1][1] };
    r = vprod__child_start (run->what->path, run->what->argv, run->what->envp, fds, &run->child, err);
  }
  for (int i = 0; i < 2; i++) {
    vprod__closep (&pipes[i][1]);
    if (r < 0)
      vprod__closep (&pipes[i][0]);
    run->out[i] = r < 0 ? -1 : pipes[i][0];
  }
  return r;
}

int vprod__spawn_run (const vprod_call *call, const struct vprod__spawn *what, struct vprod__spawn_end *ret_end,
                      vprod_error **err)
{
  struct run run = { .call = call, .what = what, .child = VPROD__NO_CHILD, .out = { -1, -1 } };
  int r = start (&run, err);

  if (r < 0)
    return r;
  follow (&run);
  if (run.terminated)
    signal_group (&run.child, SIGKILL);
  drain (&run);
  if (run.out[0] >= 0 || run.out[1] >= 0)
    kill (-run.child.pid, SIGKILL); /* somebody holds the pipe, so even the group of a lost leader still exists */
  reap (&run.child, ret_end);
  ret_end->stopped = run.deaf;
  close_fd (&run.out[0]);
  close_fd (&run.out[1]);
  if (run.code == VPROD_ERROR_CANCELLED)
    return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "%s: cancelled", what->path);
  if (run.code == VPROD_ERROR_TIMEOUT)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "%s: out of time", what->path);
  return 0;
}
