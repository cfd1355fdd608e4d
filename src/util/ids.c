/* SPDX-License-Identifier: MIT */
#include "util/ids.h"
#include "util/file.h"
#include "util/strv.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#define STAT_SIZE 1024
#define STATUS_SIZE 4096

/* FNV-1a: spread, not secrecy, is wanted. Never 0, which means not known. */
static uint32_t hash (uint32_t seed, const char *text)
{
  uint32_t h = seed ? seed : 2166136261u;

  for (; *text; text++)
    h = (h ^ (unsigned char) *text) * 16777619u;
  return h ? h : 1;
}

/* The first line of a small file, without its newline; "" if it cannot be read. */
static void read_line (const char *path, char *line, size_t size)
{
  _cleanup_free_ char *text = vprod__file_kernel (size - 1, NULL, "%s", path);

  strcpy (line, text ? text : "");
  line[strcspn (line, "\n")] = '\0';
}

static void boot_id (char *text, size_t size)
{
  read_line ("/proc/sys/kernel/random/boot_id", text, size);
}

static void host_name (char *text, size_t size)
{
  if (gethostname (text, size) < 0)
    text[0] = '\0';
  text[size - 1] = '\0';
}

static uint32_t hash_host (void)
{
  char machine[128], name[256];

  read_line ("/etc/machine-id", machine, sizeof machine);
  host_name (name, sizeof name);
  return hash (hash (0, machine), name);
}

/* Fields 3, 20 and 22 of /proc/PID/stat: state, number of threads, start; the command before them may hold spaces and
   parentheses. 0: no such process, or it has ended and waits for its parent to notice; 1: there is one, *ret is its
   start; -1: not known. */
static int process_start (int64_t pid, uint64_t *ret)
{
  _cleanup_free_ char *stat = vprod__file_kernel (STAT_SIZE, NULL, "/proc/%" PRId64 "/stat", pid);
  int64_t threads;
  char state;

  if (!stat)
    return errno == ESRCH || (errno == ENOENT && access ("/proc/self/stat", R_OK) == 0) ? 0 : -1;
  const char *p = strrchr (stat, ')');
  if (!p || sscanf (p, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %" SCNd64 " %*d %" SCNu64,
                    &state, &threads, ret) != 3)
    return -1;
  /* a process of which only the first thread has ended still runs */
  return (state != 'Z' && state != 'X') || threads > 1;
}

void vprod__identity_self (struct vprod__identity *ret)
{
  struct stat st;
  char boot[64];

  *ret = (struct vprod__identity) { .pid = getpid (), .host = hash_host () };
  if (stat ("/proc/self/ns/pid", &st) == 0)
    ret->pid_namespace = st.st_ino;
  if (process_start (ret->pid, &ret->start_time) != 1)
    ret->start_time = 0;
  boot_id (boot, sizeof boot);
  ret->boot = boot[0] ? hash (0, boot) : 0;
}

char *vprod__identity_make_id (const struct vprod__identity *identity)
{
  uint32_t chance;

  if (getrandom (&chance, sizeof chance, GRND_NONBLOCK) != sizeof chance) {
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    chance = (uint32_t) now.tv_nsec ^ (uint32_t) (uintptr_t) &now;
  }
  return vprod__asprintf ("p%" PRId64 "-n%" PRIu64 "-t%" PRIu64 "-b%08" PRIx32 "-h%08" PRIx32 "-%08" PRIx32,
                          identity->pid, identity->pid_namespace, identity->start_time, identity->boot, identity->host,
                          chance);
}

int vprod__identity_parse (const char *id, struct vprod__identity *ret)
{
  struct vprod__identity identity;
  uint32_t chance;
  int end = -1;

  if (sscanf (id, "p%" SCNd64 "-n%" SCNu64 "-t%" SCNu64 "-b%8" SCNx32 "-h%8" SCNx32 "-%8" SCNx32 "%n",
              &identity.pid, &identity.pid_namespace, &identity.start_time, &identity.boot, &identity.host, &chance,
              &end) != 6
      || end < 0 || id[end] != '\0' || identity.pid <= 0)
    return -1;
  *ret = identity;
  return 0;
}

int vprod__identity_is_dead (const struct vprod__identity *identity, const struct vprod__identity *self)
{
  uint64_t start;

  if (identity->host != self->host || identity->boot == 0 || self->boot == 0)
    return 0;
  if (identity->boot != self->boot)
    return 1;
  /* a pid means something in its own namespace only */
  if (identity->pid_namespace != self->pid_namespace || identity->pid_namespace == 0)
    return 0;
  switch (process_start (identity->pid, &start)) {
  case 0:
    return 1;
  case 1:
    return identity->start_time != 0 && start != identity->start_time;
  default:
    return 0;
  }
}

/* Its number in the innermost namespace: the last of the line "NSpid:\t4711\t12" of /proc/PID/status; 0: not known. */
static int64_t inner_pid (int64_t pid)
{
  _cleanup_free_ char *status = vprod__file_kernel (STATUS_SIZE, NULL, "/proc/%" PRId64 "/status", pid);
  char *line = status ? strstr (status, "\nNSpid:") : NULL, *end = line ? strchr (line + 1, '\n') : NULL;
  if (!end)
    return 0;
  *end = '\0';
  return strtoll (strrchr (line, '\t') ? strrchr (line, '\t') + 1 : "", NULL, 10);
}

int vprod__identity_lives_here (const struct vprod__identity *identity, const struct vprod__identity *self)
{
  uint64_t start;
  int found = 0;

  if (identity->boot == 0 || identity->boot != self->boot)
    return 0;
  if (identity->pid_namespace != 0 && identity->pid_namespace == self->pid_namespace)
    return process_start (identity->pid, &start) != 0 && (identity->start_time == 0 || start == identity->start_time);
  DIR *proc = opendir ("/proc");
  for (struct dirent *entry; proc && !found && (entry = readdir (proc));) {
    int64_t pid = isdigit ((unsigned char) entry->d_name[0]) ? strtoll (entry->d_name, NULL, 10) : 0;
    found = pid > 0 && process_start (pid, &start) == 1
            && (identity->start_time == 0 || start == identity->start_time) && inner_pid (pid) == identity->pid;
  }
  if (proc)
    closedir (proc);
  return found;
}

int vprod__identity_is_same (const struct vprod__identity *one, const struct vprod__identity *other)
{
  return one->pid == other->pid && one->pid_namespace == other->pid_namespace && one->start_time == other->start_time
         && one->boot == other->boot && one->host == other->host;
}

int vprod__identity_labels (const struct vprod__identity *identity, const char *id, char ***ret)
{
  _cleanup_strv_ char **labels = NULL;
  char boot[64], host[256];

  boot_id (boot, sizeof boot);
  host_name (host, sizeof host);
  if (vprod__strv_addf (&labels, VPROD__LABEL_SESSION "=%s", id) < 0
      || vprod__strv_addf (&labels, "verify-prod.pid=%" PRId64, identity->pid) < 0
      || vprod__strv_addf (&labels, "verify-prod.start-time=%" PRIu64, identity->start_time) < 0
      || vprod__strv_addf (&labels, "verify-prod.boot-id=%s", boot) < 0
      || vprod__strv_addf (&labels, "verify-prod.host=%s", host) < 0)
    return -1;
  *ret = vprod__steal (&labels);
  return 0;
}

char *vprod__image_name (const char *name)
{
  char *text = malloc (strlen (name) + sizeof "app"), *end = text;

  if (!text)
    return NULL;
  for (; *name; name++) {
    if (isalnum ((unsigned char) *name) && (unsigned char) *name < 0x80)
      *end++ = (char) tolower ((unsigned char) *name);
    else if (end > text && isalnum ((unsigned char) end[-1]))
      *end++ = *name == '.' || *name == '_' ? *name : '-';
  }
  while (end > text && !isalnum ((unsigned char) end[-1]))
    end--;
  *end = '\0';
  if (end == text)
    strcpy (text, "app");
  return text;
}
