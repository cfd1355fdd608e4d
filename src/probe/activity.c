/* SPDX-License-Identifier: MIT */
/* Format: proc(5), /proc/PID/stat and /proc/PID/task/TID/children. */
#include "probe/activity.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "probe/sockets.h"
#include "util/cleanup.h"
#include "util/hash.h"

#define PROCESSES_MOST 256
#define IDLE_PERCENT 5 /* of one processor: timers, garbage collection */

struct walk {
  const char *proc;
  int64_t pids[PROCESSES_MOST];
  size_t count;
  struct vprod__activity *look;
};

static void close_dir (DIR **dir)
{
  if (*dir)
    closedir (*dir);
}

/* ---- processes ------------------------------------------------------------------------------------------- */

/* Fields of a stat file after the name, which may hold anything but ends with the last parenthesis: state, ppid … */
static int read_stat (const char *text, char *ret_state, uint64_t *ret_ticks, uint64_t *ret_started)
{
  const char *end = strrchr (text, ')');
  uint64_t user, system;
  int64_t children_user, children_system;

  if (!end
      || sscanf (end + 1,
                 " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64
                 " %*s %*s %*s %*s %" SCNu64,
                 ret_state, &user, &system, &children_user, &children_system, ret_started) != 6)
    return -1;
  *ret_ticks = user + system + (uint64_t) (children_user + children_system);
  return 0;
}

static void add_children (struct walk *walk, const char *text)
{
  int64_t pid;
  int used;

  for (; sscanf (text, "%" SCNd64 "%n", &pid, &used) == 1; text += used)
    if (walk->count < PROCESSES_MOST)
      walk->pids[walk->count++] = pid;
    else
      walk->look->known = 0;
}

/* 0; negative: out of memory. A thread that has ended meanwhile is left out. */
static int look_at_thread (struct walk *walk, int64_t pid, const char *thread, vprod_error **err)
{
  char name[300], state;
  uint64_t ticks, started;

  snprintf (name, sizeof name, "task/%s/stat", thread);
  _cleanup_free_ char *stat = vprod__proc_read (walk->proc, pid, name, NULL);
  if (!stat)
    return errno == ENOMEM ? vprod__error_no_memory (err) : 0;
  if (read_stat (stat, &state, &ticks, &started) == 0 && strchr ("RDTt", state))
    walk->look->busy = 1;
  snprintf (name, sizeof name, "task/%s/children", thread);
  _cleanup_free_ char *children = vprod__proc_read (walk->proc, pid, name, NULL);
  if (children)
    add_children (walk, children);
  else if (errno == ENOMEM)
    return vprod__error_no_memory (err);
  else
    walk->look->known = 0; /* the kernel lacks CONFIG_PROC_CHILDREN; or the process has ended, which the next look shows */
  return 0;
}

static int look_at_threads (struct walk *walk, int64_t pid, vprod_error **err)
{
  char path[256];
  int r = 0;

  snprintf (path, sizeof path, "%s/%" PRId64 "/task", walk->proc, pid);
  _cleanup_ (close_dir) DIR *dir = opendir (path);
  for (struct dirent *entry; r == 0 && dir && (entry = readdir (dir));)
    if (isdigit ((unsigned char) entry->d_name[0]))
      r = look_at_thread (walk, pid, entry->d_name, err);
  return r;
}

static int look_at_process (struct walk *walk, int64_t pid, vprod_error **err)
{
  uint64_t ticks, started;
  char state;

  _cleanup_free_ char *stat = vprod__proc_read (walk->proc, pid, "stat", NULL);
  if (!stat)
    return errno == ENOMEM ? vprod__error_no_memory (err) : 0;
  if (read_stat (stat, &state, &ticks, &started) < 0)
    return 0;
  /* a shell that execs the server gets another name */
  const char *name = strchr (stat, '('), *end = strrchr (stat, ')');
  walk->look->processes = vprod__hash (walk->look->processes, &pid, sizeof pid);
  walk->look->processes = vprod__hash (walk->look->processes, &started, sizeof started);
  if (name && end > name)
    walk->look->processes = vprod__hash (walk->look->processes, name, (size_t) (end - name));
  walk->look->ticks += ticks;
  return look_at_threads (walk, pid, err);
}

/* ---- sockets --------------------------------------------------------------------------------------------- */

/* TCP that is in state SYN_SENT; UDP that is connected, which is how names are asked for. */
static int has_state (const char *table, const char *wanted)
{
  for (const char *line = strchr (table, '\n'); line && line[1]; line = strchr (line + 1, '\n')) {
    char state[8];
    if (sscanf (line + 1, " %*[^:]: %*s %*s %7s", state) == 1 && strcmp (state, wanted) == 0)
      return 1;
  }
  return 0;
}

static int look_at_connections (struct walk *walk, int64_t pid, vprod_error **err)
{
  static const struct {
    const char *file, *state;
  } rows[] = { { "net/tcp", "02" }, { "net/tcp6", "02" }, { "net/udp", "01" }, { "net/udp6", "01" } };

  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    _cleanup_free_ char *table = vprod__proc_read (walk->proc, pid, rows[i].file, NULL);
    if (!table && errno == ENOMEM)
      return vprod__error_no_memory (err);
    if (table && has_state (table, rows[i].state))
      walk->look->waits = 1;
  }
  return 0;
}

static int look_at_listens (struct walk *walk, int64_t pid, vprod_error **err)
{
  char **list = NULL;

  int r = vprod__proc_listens (walk->proc, pid, &list, err);
  if (r != 0) {
    walk->look->known = 0;
    return r < 0 ? r : 0;
  }
  for (char **p = list; *p; p++)
    walk->look->listens = vprod__hash (walk->look->listens, *p, strlen (*p) + 1);
  for (char **p = list; *p; p++)
    free (*p);
  free (list);
  return 0;
}

int vprod__activity_look (const char *proc, int64_t first_pid, struct vprod__activity *ret, vprod_error **err)
{
  struct vprod__activity look = { .known = first_pid > 0 };
  struct walk walk = { .proc = proc, .pids = { first_pid }, .count = 1, .look = &look };
  int r = 0;

  for (size_t i = 0; r == 0 && i < walk.count; i++)
    r = look_at_process (&walk, walk.pids[i], err);
  if (r == 0)
    r = look_at_connections (&walk, first_pid, err);
  if (r == 0)
    r = look_at_listens (&walk, first_pid, err);
  if (r < 0)
    return r;
  if (look.processes == 0)
    look.known = 0;
  *ret = look;
  return 0;
}

/* ---- several looks --------------------------------------------------------------------------------------- */

void vprod__quiet_add (struct vprod__quiet *quiet, const struct vprod__activity *look, uint64_t log_bytes)
{
  if (quiet->looks++ == 0) {
    quiet->first = *look;
    quiet->first_log_bytes = log_bytes;
  }
  quiet->busy_looks += look->busy;
  if (!look->known || look->waits || look->processes != quiet->first.processes
      || look->listens != quiet->first.listens || log_bytes != quiet->first_log_bytes)
    quiet->disturbed = 1;
  quiet->ticks = look->ticks > quiet->first.ticks ? look->ticks - quiet->first.ticks : 0;
}

/* A process that is starved of the processor uses none of it, but wants it in nearly every look; one that only serves
   timers wants it now and then, and uses hardly any. */
int vprod__quiet_holds (const struct vprod__quiet *quiet, int64_t span_ms, long ticks_a_second)
{
  if (quiet->looks < 2 || quiet->disturbed || span_ms <= 0 || ticks_a_second <= 0)
    return 0;
  if (quiet->busy_looks * 2 > quiet->looks)
    return 0;
  return quiet->ticks * 1000u * 100u <= (uint64_t) span_ms * (uint64_t) ticks_a_second * IDLE_PERCENT;
}
