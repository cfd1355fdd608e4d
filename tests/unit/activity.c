/* SPDX-License-Identifier: MIT */
/* Is anything going on in a container? By a /proc of files. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "probe/activity.h"

#define LENGTH(list) (int) (sizeof (list) / sizeof (list)[0])

static char *proc;
static vprod_error *err;

static void setup (void)
{
  proc = unit_temp_dir ();
  err = NULL;
}

static void teardown (void)
{
  unit_remove_tree (proc);
  free (proc);
}

#define HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define SOCKET(state) \
  "   0: 020012AC:D2F0 030012AC:1538 " state " 00000000:00000000 00:00000000 00000000  0  0 1151 1 0000000000000000\n"
#define LISTENS \
  "   1: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 11 1 0\n"

static void write_file (const char *name, const char *text)
{
  unit_write_file (proc, name, text);
}

/* A process of one thread. */
static void write_process (int pid, const char *name, char state, int ticks, const char *children)
{
  char path[64], text[256];

  snprintf (text, sizeof text, "%d (%s) %c 1 1 1 0 -1 4194560 100 0 0 0 %d 1 2 3 20 0 1 0 777 1000 10\n", pid, name,
            state, ticks);
  snprintf (path, sizeof path, "%d/stat", pid);
  write_file (path, text);
  snprintf (path, sizeof path, "%d/task/%d/stat", pid, pid);
  write_file (path, text);
  snprintf (path, sizeof path, "%d/task/%d/children", pid, pid);
  write_file (path, children);
}

/* A shell (42) with a server (43). */
static struct vprod__activity look (void)
{
  struct vprod__activity look = { 0 };

  assert_ok (vprod__activity_look (proc, 42, &look, &err), err);
  return look;
}

static void write_container (void)
{
  write_process (42, "sh", 'S', 10, "43 ");
  write_process (43, "odd) name (x", 'S', 100, "");
  write_file ("42/net/tcp", HEAD LISTENS);
  write_file ("42/net/tcp6", HEAD);
  write_file ("42/net/udp", HEAD);
}

START_TEST (sees_processes_below_the_first)
{
  write_container ();
  struct vprod__activity first = look ();
  ck_assert (first.known && !first.busy && !first.waits);
  ck_assert_uint_eq (first.ticks, 10 + 6 + 100 + 6);

  write_process (43, "odd) name (x", 'S', 107, "");
  struct vprod__activity later = look ();
  ck_assert (later.processes == first.processes && later.listens == first.listens);
  ck_assert_uint_eq (later.ticks, first.ticks + 7);
}
END_TEST

static const char wanting[] = "RDTt";

START_TEST (sees_who_wants_the_processor)
{
  write_container ();
  write_process (43, "server", wanting[_i], 100, "");
  ck_assert_int_eq (look ().busy, 1);
}
END_TEST

START_TEST (sees_threads)
{
  write_container ();
  write_file ("43/task/44/stat", "44 (worker) R 1 1 1 0 -1 4194560 100 0 0 0 1 1 2 3 20 0 1 0 777 1000 10\n");
  write_file ("43/task/44/children", "");
  ck_assert_int_eq (look ().busy, 1);
}
END_TEST

START_TEST (sees_other_processes)
{
  write_container ();
  struct vprod__activity first = look ();

  write_process (43, "server", 'S', 100, ""); /* a shell that became the server */
  struct vprod__activity renamed = look ();
  ck_assert (renamed.processes != first.processes);
  write_process (43, "server", 'S', 100, "45 46\n");
  write_process (45, "worker", 'S', 0, "");
  struct vprod__activity more = look ();
  ck_assert (more.known && more.processes != renamed.processes);
}
END_TEST

START_TEST (sees_new_listeners)
{
  write_container ();
  struct vprod__activity first = look ();

  write_file ("42/net/tcp6", HEAD "   0: 00000000000000000000000000000000:2382 00000000000000000000000000000000:0000 0A "
                                  "00000000:00000000 00:00000000 00000000  0  0 12 1 0\n");
  ck_assert (look ().listens != first.listens);
}
END_TEST

static const struct {
  const char *file, *text;
  int waits;
} connections[] = {
  { "42/net/tcp", HEAD SOCKET ("02"), 1 },   /* SYN_SENT */
  { "42/net/tcp", HEAD SOCKET ("01"), 0 },   /* a connection that stands */
  { "42/net/udp", HEAD SOCKET ("01"), 1 },   /* a query */
  { "42/net/udp", HEAD SOCKET ("07"), 0 },   /* a server */
  { "42/net/udp6", HEAD SOCKET ("01"), 1 },
};

START_TEST (sees_that_it_waits_for_others)
{
  write_container ();
  write_file (connections[_i].file, connections[_i].text);
  ck_assert_int_eq (look ().waits, connections[_i].waits);
}
END_TEST

START_TEST (what_cannot_be_read_is_not_known)
{
  ck_assert_int_eq (look ().known, 0); /* nothing */
  write_container ();
  ck_assert_int_eq (look ().known, 1);
  char path[256];
  snprintf (path, sizeof path, "%s/43/task/43/children", proc); /* a kernel without this file */
  unlink (path);
  ck_assert_int_eq (look ().known, 0);
}
END_TEST

START_TEST (reads_this_machines_proc)
{
  struct vprod__activity look = { 0 };

  assert_ok (vprod__activity_look ("/proc", getpid (), &look, &err), err);
  if (look.known) /* where the kernel has the file `children` */
    ck_assert (look.busy && look.processes != 0);
}
END_TEST

/* ---- several looks --------------------------------------------------------------------------------------- */

#define LOOKS 12

/* Of 12 looks within 1.1 s, 100 ticks a second. */
static const struct {
  const char *what;
  struct vprod__activity other; /* a look in the middle, where it is known */
  int busy;                     /* in so many looks */
  int ticks;                    /* in all */
  int log;                      /* bytes */
  int holds;
} lulls[] = {
  { "nothing", { 0 }, 0, 0, 0, 1 },
  { "timers", { 0 }, 2, 4, 0, 1 },
  { "timers on a busy machine", { 0 }, 6, 1, 0, 1 },
  { "starved: it wants the processor, and does not get it", { 0 }, 11, 0, 0, 0 },
  { "half starved", { 0 }, 7, 2, 0, 0 },
  { "works now and then", { 0 }, 3, 20, 0, 0 },
  { "its log grows", { 0 }, 0, 0, 1, 0 },
  { "other processes", { .known = 1, .processes = 8, .listens = 9 }, 0, 0, 0, 0 },
  { "another listener", { .known = 1, .processes = 7, .listens = 10 }, 0, 0, 0, 0 },
  { "connects", { .known = 1, .processes = 7, .listens = 9, .waits = 1 }, 0, 0, 0, 0 },
  { "cannot be seen", { .known = 0, .processes = 7, .listens = 9 , .ticks = 1 }, 0, 0, 0, 0 },
};

START_TEST (judges_a_lull)
{
  struct vprod__quiet quiet = { 0 };

  for (int i = 0; i < LOOKS; i++) {
    struct vprod__activity activity = { .known = 1, .processes = 7, .listens = 9, .busy = i < lulls[_i].busy,
                                        .ticks = (uint64_t) (1000 + lulls[_i].ticks * i / (LOOKS - 1)) };
    if (i == LOOKS / 2 && (lulls[_i].other.known || lulls[_i].other.ticks))
      activity = lulls[_i].other;
    vprod__quiet_add (&quiet, &activity, (uint64_t) (i == LOOKS - 1 ? lulls[_i].log : 0));
  }
  ck_assert_msg (vprod__quiet_holds (&quiet, 1100, 100) == lulls[_i].holds, "%s", lulls[_i].what);
}
END_TEST

START_TEST (one_look_tells_nothing)
{
  struct vprod__quiet quiet = { 0 };
  struct vprod__activity activity = { .known = 1 };

  ck_assert_int_eq (vprod__quiet_holds (&quiet, 1000, 100), 0);
  vprod__quiet_add (&quiet, &activity, 0);
  ck_assert_int_eq (vprod__quiet_holds (&quiet, 1000, 100), 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("activity");
  TCase *tc = tcase_create ("activity");

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, sees_processes_below_the_first);
  tcase_add_loop_test (tc, sees_who_wants_the_processor, 0, LENGTH (wanting) - 1);
  tcase_add_test (tc, sees_threads);
  tcase_add_test (tc, sees_other_processes);
  tcase_add_test (tc, sees_new_listeners);
  tcase_add_loop_test (tc, sees_that_it_waits_for_others, 0, LENGTH (connections));
  tcase_add_test (tc, what_cannot_be_read_is_not_known);
  tcase_add_test (tc, reads_this_machines_proc);
  tcase_add_loop_test (tc, judges_a_lull, 0, LENGTH (lulls));
  tcase_add_test (tc, one_look_tells_nothing);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
