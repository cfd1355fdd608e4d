/* SPDX-License-Identifier: MIT */
/*
 * A limit on an app bounds the time in which the app could run, not the time in which others had the processor. The kernel
 * tells how long it could not, best source first; the greater of the first two counts:
 *
 *  - of a cgroup (v2, also where it only stands beside v1), in cpu.pressure: `full`, the time in which tasks of it could
 *    run and none did; io.pressure and memory.pressure likewise. An app that keeps itself busy with many threads has one
 *    that runs, and so is never stalled. It is an average over the processors, weighted by how long each had some task of
 *    the group: it is too low for a task that moves between processors. [Documentation/accounting/psi.rst]
 *  - of a thread, in schedstat: time on a processor, and time in a run queue [Documentation/scheduler/sched-stats.rst].
 *    Threads that wait for each other are the app's own doing, so no more counts than the processor time that these
 *    threads left to others. Waits of processes are added up, as a script's commands run one after the other; of a
 *    process's threads only the one that waited longest counts.
 *  - of the whole machine, in /proc/pressure/cpu, which can be read in a container too: some task waited, perhaps another's.
 *
 * Added to each is what a hypervisor took away (steal), as tasks seem to run in that time.
 */
#include "probe/stall.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "util/cleanup.h"
#include "util/file.h"
#include "util/grow.h"

#define TEXT_SIZE 65536
#define ID_LENGTH 12 /* of an id that names a cgroup */
#define THREADS_MOST 1024

/* `total` of a line of a pressure file, microseconds; -1: there is none. line: "full ", "some ". */
static int64_t pressure (const char *text, const char *line)
{
  int64_t total;

  for (const char *p = text; p && *p; p = strchr (p, '\n') ? strchr (p, '\n') + 1 : NULL) {
    const char *found = strncmp (p, line, strlen (line)) == 0 ? strstr (p, " total=") : NULL;
    if (found && sscanf (found, " total=%" SCNd64, &total) == 1 && total >= 0)
      return total;
  }
  return -1;
}

/* The steal time of the processor that lost most to others on its host, and how many processors there are. */
static int64_t steal (const struct vprod__stall *stall, int *ret_processors)
{
  _cleanup_free_ char *text = vprod__file_kernel (TEXT_SIZE, NULL, "%s/proc/stat", stall->root);
  long ticks = sysconf (_SC_CLK_TCK);
  int64_t most = 0;
  int count = 0;

  for (const char *p = text; p && *p; p = strchr (p, '\n') ? strchr (p, '\n') + 1 : NULL) {
    int64_t stolen;
    if (strncmp (p, "cpu", 3) != 0 || !isdigit ((unsigned char) p[3]))
      continue;
    count++;
    if (sscanf (p, "%*s %*s %*s %*s %*s %*s %*s %*s %" SCNd64, &stolen) == 1 && stolen > most)
      most = stolen;
  }
  *ret_processors = count;
  return ticks > 0 ? most * 1000 / ticks : 0;
}

/* ---- the container's cgroup ---------------------------------------------------------------------------- */

static int has_file (const char *folder, const char *name)
{
  _cleanup_free_ char *path = vprod__asprintf ("%s/%s", folder, name);

  return path && access (path, R_OK) == 0;
}

/* The folder of one line of /proc/PID/cgroup ("0::/path", "4:memory:/path") with that file in it; malloc'ed, or NULL. */
static char *find_folder (const struct vprod__stall *stall, const char *line, const char *file)
{
  size_t length = strcspn (line, "\n");
  const char *name = memchr (line, ':', length), *path = name ? memchr (name + 1, ':', length - (size_t) (name + 1 - line))
                                                              : NULL;

  if (!path)
    return NULL;
  name++;
  int name_length = (int) (path - name);
  path++;
  length -= (size_t) (path - line);
  if (strncmp (name, "name=", 5) == 0)
    return NULL;
  for (int i = 0; i < 2; i++) {
    char *folder = vprod__asprintf ("%s/sys/fs/cgroup/%.*s%s%.*s", stall->root, name_length, name,
                                    name_length == 0 && i == 1 ? "unified" : "", (int) length, path);
    if (!folder || has_file (folder, file))
      return folder;
    free (folder);
  }
  return NULL;
}

/* The folder with that file, of the first line of /proc/PID/cgroup that has one. unified: of cgroup v2 only. */
static char *find_cgroup (const struct vprod__stall *stall, const char *lines, const char *file, int unified)
{
  char *folder = NULL;

  for (const char *p = lines; p && *p && !folder; p = strchr (p, '\n') ? strchr (p, '\n') + 1 : NULL)
    if (!unified || strncmp (p, "0::", 3) == 0)
      folder = find_folder (stall, p, file);
  return folder;
}

/* `full` of its cgroup's NAME.pressure, microseconds; -1: it cannot be read. */
static int64_t read_pressure (const struct vprod__stall *stall, const char *name)
{
  _cleanup_free_ char *text = vprod__file_kernel (TEXT_SIZE, NULL, "%s/%s.pressure", stall->cgroup, name);

  return pressure (text, "full ");
}

/* Disk and memory; a kernel may have neither. */
static int64_t read_others (const struct vprod__stall *stall)
{
  int64_t io = read_pressure (stall, "io"), memory = read_pressure (stall, "memory");

  return (io > 0 ? io : 0) + (memory > 0 ? memory : 0);
}

static int64_t read_machine (const struct vprod__stall *stall)
{
  _cleanup_free_ char *text = vprod__file_kernel (TEXT_SIZE, NULL, "%s/proc/pressure/cpu", stall->root);

  return pressure (text, "some ");
}

/* ---- its threads --------------------------------------------------------------------------------------- */

/* Is the thread one that could run, in the words of /proc/PID/task/TID/stat? */
static int is_runnable (const char *stat)
{
  const char *name_end = stat ? strrchr (stat, ')') : NULL;

  return name_end && strncmp (name_end, ") R", 3) == 0;
}

static void keep_thread (struct vprod__stall *stall, pid_t process, pid_t thread, uint64_t run_ns, uint64_t delay_ns,
                         int runnable, int64_t now_ms)
{
  struct vprod__stall_thread *found = NULL;

  for (size_t i = 0; i < stall->n_threads && !found; i++)
    if (stall->threads[i].thread == thread)
      found = &stall->threads[i];
  if (!found && stall->n_threads < THREADS_MOST) {
    if (vprod__grow (&stall->threads, stall->n_threads) < 0)
      return;
    found = &stall->threads[stall->n_threads++];
    *found = (struct vprod__stall_thread) { .process = process, .thread = thread, .same_since_ms = now_ms };
  }
  if (!found)
    return;
  if (run_ns != found->run_ns || delay_ns != found->delay_ns)
    found->same_since_ms = now_ms;
  found->pending_ns = runnable ? (uint64_t) (now_ms - found->same_since_ms) * 1000000 : 0;
  if (run_ns >= found->run_ns)
    found->run_ns = run_ns;
  if (delay_ns >= found->delay_ns)
    found->delay_ns = delay_ns;
}

/* 1: it could be read. */
static int look_at_process (struct vprod__stall *stall, pid_t process, int64_t now_ms)
{
  _cleanup_free_ char *folder = NULL;
  int seen = 0;

  folder = vprod__asprintf ("%s/proc/%d/task", stall->root, (int) process);
  DIR *tasks = folder ? opendir (folder) : NULL;
  for (struct dirent *entry; tasks && (entry = readdir (tasks));) {
    uint64_t run, delay;
    if (!isdigit ((unsigned char) entry->d_name[0]))
      continue;
    _cleanup_free_ char *text = vprod__file_kernel (TEXT_SIZE, NULL, "%s/%s/schedstat", folder, entry->d_name);
    if (!text || sscanf (text, "%" SCNu64 " %" SCNu64, &run, &delay) != 2)
      continue;
    _cleanup_free_ char *stat = vprod__file_kernel (TEXT_SIZE, NULL, "%s/%s/stat", folder, entry->d_name);
    keep_thread (stall, process, (pid_t) atoi (entry->d_name), run, delay, is_runnable (stat), now_ms);
    seen = 1;
  }
  if (tasks)
    closedir (tasks);
  return seen;
}

static int look_at_threads (struct vprod__stall *stall, int64_t now_ms)
{
  _cleanup_free_ char *pids = vprod__file_kernel (TEXT_SIZE, NULL, "%s/cgroup.procs", stall->cgroup);
  int seen = 0;

  for (char *p = pids, *end; p && *p; p = end) {
    long pid = strtol (p, &end, 10);
    if (end == p)
      break;
    if (pid > 0)
      seen |= look_at_process (stall, (pid_t) pid, now_ms);
    end += strspn (end, " \n");
  }
  return seen;
}

/* What the processes waited in all, and how long its threads ran in all. */
static void sum_threads (const struct vprod__stall *stall, int64_t *ret_waited_us, int64_t *ret_ran_us)
{
  *ret_waited_us = *ret_ran_us = 0;
  for (size_t i = 0; i < stall->n_threads; i++) {
    uint64_t longest = 0;
    int first = 1;
    *ret_ran_us += (int64_t) (stall->threads[i].run_ns / 1000);
    for (size_t j = 0; j < stall->n_threads; j++)
      if (stall->threads[j].process == stall->threads[i].process) {
        first &= j >= i;
        uint64_t waited = stall->threads[j].delay_ns + stall->threads[j].pending_ns;
        if (waited > longest)
          longest = waited;
      }
    if (first)
      *ret_waited_us += (int64_t) (longest / 1000);
  }
}

/* What the threads waited since it was opened, but not more than the processor time that they left to others. */
static int64_t read_threads (struct vprod__stall *stall, int64_t now_ms)
{
  int64_t waited_us, ran_us;

  look_at_threads (stall, now_ms);
  sum_threads (stall, &waited_us, &ran_us);
  int64_t left_us = (now_ms - stall->since_ms) * 1000
                  - (ran_us - stall->base_ran_us) / (stall->processors > 0 ? stall->processors : 1);
  waited_us -= stall->base_waited_us;
  return waited_us < left_us ? waited_us : left_us > 0 ? left_us : 0;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

/* Does a cgroup of that process bear the container's name? */
static int is_containers (const char *cgroups, const char *container_id)
{
  char id[65];

  if (!cgroups || !container_id || strlen (container_id) < ID_LENGTH)
    return 0;
  snprintf (id, sizeof id, "%s", container_id);
  return strstr (cgroups, id) != NULL;
}

static void open_container (struct vprod__stall *stall, int64_t pid, const char *container_id, int64_t now_ms)
{
  _cleanup_free_ char *cgroups =
    pid > 0 ? vprod__file_kernel (TEXT_SIZE, NULL, "%s/proc/%" PRId64 "/cgroup", stall->root, pid) : NULL;

  if (!is_containers (cgroups, container_id))
    return;
  stall->cgroup = find_cgroup (stall, cgroups, "cpu.pressure", 1);
  if (stall->cgroup && read_pressure (stall, "cpu") >= 0) {
    stall->source = VPROD__STALL_CGROUP;
    look_at_threads (stall, now_ms);
    return;
  }
  free (stall->cgroup);
  stall->cgroup = find_cgroup (stall, cgroups, "cgroup.procs", 0);
  if (stall->cgroup && look_at_threads (stall, now_ms))
    stall->source = VPROD__STALL_THREADS;
}

void vprod__stall_open (struct vprod__stall *stall, const char *root, int64_t pid, const char *container_id,
                        int from_start, int64_t since_ms, int64_t now_ms)
{
  *stall = (struct vprod__stall) { .root = strdup (root), .since_ms = since_ms };
  if (!stall->root)
    return;
  stall->base_steal_ms = steal (stall, &stall->processors);
  open_container (stall, pid, container_id, now_ms);
  if (stall->source == VPROD__STALL_UNKNOWN && read_machine (stall) >= 0) {
    stall->source = VPROD__STALL_MACHINE;
    stall->base_us = read_machine (stall);
  } else if (stall->source == VPROD__STALL_CGROUP && !from_start) {
    stall->base_us = read_pressure (stall, "cpu");
    stall->base_others_us = read_others (stall);
  }
  if (stall->threads && !from_start)
    sum_threads (stall, &stall->base_waited_us, &stall->base_ran_us);
}

/* Microseconds since it was opened; -1: it can no longer be read. */
static int64_t read_source (struct vprod__stall *stall, int64_t now_ms)
{
  int64_t us, waited_us;

  switch (stall->source) {
  case VPROD__STALL_CGROUP:
    us = read_pressure (stall, "cpu");
    if (us < 0)
      return -1;
    us -= stall->base_us;
    waited_us = stall->threads ? read_threads (stall, now_ms) : 0;
    return (waited_us > us ? waited_us : us) + read_others (stall) - stall->base_others_us;
  case VPROD__STALL_THREADS:
    return read_threads (stall, now_ms);
  case VPROD__STALL_MACHINE:
    us = read_machine (stall);
    return us < 0 ? -1 : us - stall->base_us;
  case VPROD__STALL_UNKNOWN:
    break;
  }
  return -1;
}

int64_t vprod__stall_read (struct vprod__stall *stall, int64_t now_ms)
{
  int64_t us = read_source (stall, now_ms);
  int processors;

  if (us < 0)
    return stall->most_ms;
  int64_t stolen = steal (stall, &processors) - stall->base_steal_ms;
  int64_t ms = us / 1000 + (stolen > 0 ? stolen : 0);
  int64_t elapsed = now_ms - stall->since_ms;
  if (ms > elapsed)
    ms = elapsed;
  if (ms > stall->most_ms)
    stall->most_ms = ms;
  return stall->most_ms;
}

int vprod__stall_wants_looks (const struct vprod__stall *stall)
{
  return stall->threads != NULL;
}

void vprod__stall_close (struct vprod__stall *stall)
{
  free (stall->root);
  free (stall->cgroup);
  free (stall->threads);
  *stall = (struct vprod__stall) { 0 };
}
