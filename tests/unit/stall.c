/* SPDX-License-Identifier: MIT */
/* How long a container was kept waiting, from a fake /proc and /sys; and what follows from it. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>
#include "probe/stall.h"
#include "session/limit.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SCOPE "/system.slice/docker-" ID ".scope"

static char *root;

static void setup (void)
{
  root = unit_temp_dir ();
}

static void teardown (void)
{
  unit_remove_tree (root);
  free (root);
}

static void pressure (const char *path, long some_us, long full_us)
{
  char text[256];

  snprintf (text, sizeof text,
            "some avg10=1.00 avg60=0.50 avg300=0.10 total=%ld\nfull avg10=0.90 avg60=0.40 avg300=0.00 total=%ld\n", some_us,
            full_us);
  unit_write_file (root, path, text);
}

/* /proc/stat of two processors, with what the second lost to others, in ticks. */
static void processors (long stolen)
{
  char text[256];

  snprintf (text, sizeof text, "cpu  9 0 9 9 9 0 9 %ld 0 0\ncpu0 4 0 4 4 4 0 4 0 0 0\ncpu1 5 0 5 5 5 0 5 %ld 0 0\nintr 1\n",
            stolen, stolen);
  unit_write_file (root, "proc/stat", text);
}

/* Where engines put a container's cgroup, and where the kernel shows it. */
static const struct {
  const char *cgroups; /* of its first process */
  const char *folder;
} places[] = {
  { "0::" SCOPE "\n", "sys/fs/cgroup" SCOPE },
  { "0::/machine.slice/libpod-" ID ".scope/container\n", "sys/fs/cgroup/machine.slice/libpod-" ID ".scope/container" },
  { "9:name=systemd:/docker/" ID "\n2:cpu,cpuacct:/docker/" ID "\n0::/docker/" ID "\n", "sys/fs/cgroup/unified/docker/" ID },
};

START_TEST (the_containers_cgroup_tells_how_long_nothing_of_it_ran)
{
  struct vprod__stall stall;
  char cpu[256], io[256], memory[256];

  snprintf (cpu, sizeof cpu, "%s/cpu.pressure", places[_i].folder);
  snprintf (io, sizeof io, "%s/io.pressure", places[_i].folder);
  snprintf (memory, sizeof memory, "%s/memory.pressure", places[_i].folder);
  unit_write_file (root, "proc/77/cgroup", places[_i].cgroups);
  processors (0);
  pressure (cpu, 9000000, 1000000);
  pressure (io, 9000000, 200000);
  pressure (memory, 9000000, 30000);
  for (int from_start = 0; from_start < 2; from_start++) {
    pressure (cpu, 9000000, 1000000);
    vprod__stall_open (&stall, root, 77, ID, from_start, 0, 0);
    ck_assert_int_eq (stall.source, VPROD__STALL_CGROUP);
    ck_assert_int_eq (vprod__stall_read (&stall, 5000), from_start ? 1230 : 0);
    pressure (cpu, 19000000, 3000000);
    ck_assert_int_eq (vprod__stall_read (&stall, 10000), from_start ? 3230 : 2000);
    ck_assert_int_eq (vprod__stall_wants_looks (&stall), 0);
    unit_write_file (root, cpu, ""); /* it has gone with its container */
    ck_assert_int_eq (vprod__stall_read (&stall, 20000), from_start ? 3230 : 2000);
    vprod__stall_close (&stall);
  }
}
END_TEST

/* Pressure is an average over processors: one that was moved between them is told of too little by it. */
START_TEST (what_its_threads_waited_counts_where_it_is_more)
{
  struct vprod__stall stall;

  unit_write_file (root, "proc/77/cgroup", places[0].cgroups);
  unit_write_file (root, "sys/fs/cgroup" SCOPE "/cgroup.procs", "77\n");
  pressure ("sys/fs/cgroup" SCOPE "/cpu.pressure", 3000000, 2000000);
  unit_write_file (root, "proc/77/task/77/schedstat", "400000000 4500000000 9\n");
  processors (0);
  vprod__stall_open (&stall, root, 77, ID, 1, 0, 0);
  ck_assert_int_eq (stall.source, VPROD__STALL_CGROUP);
  ck_assert_int_eq (vprod__stall_wants_looks (&stall), 1);
  ck_assert_int_eq (vprod__stall_read (&stall, 5000), 4500);
  pressure ("sys/fs/cgroup" SCOPE "/cpu.pressure", 9000000, 8000000);
  ck_assert_int_eq (vprod__stall_read (&stall, 10000), 8000);
  vprod__stall_close (&stall);
}
END_TEST

START_TEST (what_a_hypervisor_takes_counts_too)
{
  struct vprod__stall stall;

  unit_write_file (root, "proc/77/cgroup", places[0].cgroups);
  pressure ("sys/fs/cgroup" SCOPE "/cpu.pressure", 0, 0);
  processors (10);
  vprod__stall_open (&stall, root, 77, ID, 1, 0, 0);
  processors (10 + 3 * sysconf (_SC_CLK_TCK));
  ck_assert_int_eq (vprod__stall_read (&stall, 10000), 3000);
  ck_assert_int_eq (vprod__stall_read (&stall, 2000), 3000); /* never less than before */
  vprod__stall_close (&stall);
}
END_TEST

/* A process of this number is here, but it is not the container's. */
START_TEST (another_machines_process_is_not_taken_for_the_containers)
{
  struct vprod__stall stall;

  unit_write_file (root, "proc/77/cgroup", "0::/user.slice\n");
  pressure ("sys/fs/cgroup/user.slice/cpu.pressure", 5000000, 5000000);
  pressure ("proc/pressure/cpu", 7000000, 0);
  processors (0);
  vprod__stall_open (&stall, root, 77, ID, 1, 0, 0);
  ck_assert_int_eq (stall.source, VPROD__STALL_MACHINE);
  pressure ("proc/pressure/cpu", 7900000, 0);
  ck_assert_int_eq (vprod__stall_read (&stall, 1000), 900);
  ck_assert_int_eq (vprod__stall_read (&stall, 500), 900);
  vprod__stall_close (&stall);

  vprod__stall_open (&stall, root, 77, "app1", 1, 0, 0); /* no such number names a cgroup */
  ck_assert_int_eq (stall.source, VPROD__STALL_MACHINE);
  vprod__stall_close (&stall);
}
END_TEST

START_TEST (nothing_that_can_be_read_is_nothing_known)
{
  struct vprod__stall stall;

  vprod__stall_open (&stall, root, 77, ID, 1, 0, 0);
  ck_assert_int_eq (stall.source, VPROD__STALL_UNKNOWN);
  ck_assert_int_eq (vprod__stall_read (&stall, 1000), 0);
  vprod__stall_close (&stall);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------------- */

static void thread (int process, int number, long run_ms, long delay_ms)
{
  char path[64], text[64];

  snprintf (path, sizeof path, "proc/%d/task/%d/schedstat", process, number);
  snprintf (text, sizeof text, "%ld000000 %ld000000 5\n", run_ms, delay_ms);
  unit_write_file (root, path, text);
}

static void open_threads (struct vprod__stall *stall, const char *processes, int from_start)
{
  unit_write_file (root, "proc/77/cgroup", "4:memory:/docker/" ID "\n0::/\n");
  unit_write_file (root, "sys/fs/cgroup/memory/docker/" ID "/cgroup.procs", processes);
  processors (0);
  vprod__stall_open (stall, root, 77, ID, from_start, 0, 0);
  ck_assert_int_eq (stall->source, VPROD__STALL_THREADS);
  ck_assert_int_eq (vprod__stall_wants_looks (stall), 1);
}

START_TEST (of_a_process_the_thread_counts_that_waited_longest)
{
  struct vprod__stall stall;

  thread (77, 77, 100, 2000);
  thread (77, 78, 100, 9000);
  thread (80, 80, 100, 500);
  open_threads (&stall, "77\n80\n", 1);
  ck_assert_int_eq (vprod__stall_read (&stall, 30000), 9500);
  vprod__stall_close (&stall);
}
END_TEST

START_TEST (one_that_keeps_itself_busy_with_many_threads_waits_for_no_stranger)
{
  struct vprod__stall stall;

  for (int i = 0; i < 8; i++) /* two processors, all theirs: each ran for a quarter of ten seconds */
    thread (77, 77 + i, 2500, 7500);
  open_threads (&stall, "77\n", 1);
  ck_assert_int_eq (vprod__stall_read (&stall, 10000), 0);
  vprod__stall_close (&stall);
}
END_TEST

START_TEST (what_has_ended_is_remembered)
{
  struct vprod__stall stall;

  thread (77, 77, 10, 100);
  thread (78, 78, 10, 3000);
  open_threads (&stall, "77\n78\n", 1);
  ck_assert_int_eq (vprod__stall_read (&stall, 20000), 3100);
  unit_write_file (root, "sys/fs/cgroup/memory/docker/" ID "/cgroup.procs", "77\n79\n");
  thread (79, 79, 10, 4000);
  ck_assert_int_eq (vprod__stall_read (&stall, 20000), 7100);
  unit_write_file (root, "sys/fs/cgroup/memory/docker/" ID "/cgroup.procs", "");
  ck_assert_int_eq (vprod__stall_read (&stall, 30000), 7100);
  vprod__stall_close (&stall);
}
END_TEST

/* The kernel counts a wait when it is over. */
START_TEST (a_wait_that_is_not_over_counts_too)
{
  struct vprod__stall stall;

  thread (77, 77, 100, 300);
  unit_write_file (root, "proc/77/task/77/stat", "77 (a ) R b) S 1 77\n");
  open_threads (&stall, "77\n", 0);
  ck_assert_int_eq (vprod__stall_read (&stall, 1000), 0); /* asleep */
  thread (77, 77, 101, 300);
  unit_write_file (root, "proc/77/task/77/stat", "77 (a ) S b) R 1 77\n");
  ck_assert_int_eq (vprod__stall_read (&stall, 2000), 0); /* it has just run */
  ck_assert_int_eq (vprod__stall_read (&stall, 4500), 2500);
  thread (77, 77, 110, 3000);
  ck_assert_int_eq (vprod__stall_read (&stall, 5000), 2700);
  vprod__stall_close (&stall);
}
END_TEST

START_TEST (what_was_before_does_not_count_unless_asked_for)
{
  struct vprod__stall stall;

  thread (77, 77, 4000, 8000);
  open_threads (&stall, "77\n", 0);
  ck_assert_int_eq (vprod__stall_read (&stall, 1000), 0);
  thread (77, 77, 4200, 8700);
  ck_assert_int_eq (vprod__stall_read (&stall, 1000), 700);
  vprod__stall_close (&stall);
}
END_TEST

/* ---- limits -------------------------------------------------------------------------------------------- */

static const struct {
  int64_t limit_ms, elapsed_ms, stalled_ms;
  int known;
  int64_t answer_ms;
  enum vprod__limit_state state;
} limits[] = {
  { 1000, 0, 0, 1, 0, VPROD__LIMIT_OPEN },
  { 1000, 999, 0, 1, 0, VPROD__LIMIT_OPEN },
  { 1000, 1000, 0, 1, 0, VPROD__LIMIT_OVER },
  { 1000, 1500, 600, 1, 0, VPROD__LIMIT_OPEN },
  { 1000, 1700, 600, 1, 0, VPROD__LIMIT_OVER },
  { 1000, 3999, 3000, 1, 0, VPROD__LIMIT_OPEN },
  { 1000, 4000, 3000, 1, 0, VPROD__LIMIT_OVER }, /* its share after all, at the last moment */
  { 1000, 4000, 3001, 1, 0, VPROD__LIMIT_BUSY },
  { 1000, 90000, 89999, 1, 0, VPROD__LIMIT_BUSY },
  { 1000, 1000, 0, 1, 20000, VPROD__LIMIT_OVER }, /* an engine that is late does not make the app so */
  { 1000, 1000, 0, 0, 10, VPROD__LIMIT_OVER },
  { 1000, 1000, 0, 0, 1000, VPROD__LIMIT_BUSY }, /* but where nothing else is known, it may be a sign */
};

START_TEST (a_limit_counts_the_time_in_which_the_container_could_run)
{
  ck_assert_int_eq (vprod__limit_judge (limits[_i].limit_ms, limits[_i].elapsed_ms, limits[_i].stalled_ms, limits[_i].known,
                                        limits[_i].answer_ms),
                    limits[_i].state);
}
END_TEST

START_TEST (busy_words_have_the_figures)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  ck_assert_str_eq (vprod__busy_words (40000, 31250, 1, words),
                    "this machine is too busy to tell: in 40.0 s it was kept waiting for a processor, memory or disk for "
                    "31.2 s");
  ck_assert_ptr_nonnull (strstr (vprod__busy_words (40000, 0, 0, words), "slow with everything else"));
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("stall");
  TCase *tcase = tcase_create ("stall");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_loop_test (tcase, the_containers_cgroup_tells_how_long_nothing_of_it_ran, 0, COUNT (places));
  tcase_add_test (tcase, what_its_threads_waited_counts_where_it_is_more);
  tcase_add_test (tcase, what_a_hypervisor_takes_counts_too);
  tcase_add_test (tcase, another_machines_process_is_not_taken_for_the_containers);
  tcase_add_test (tcase, nothing_that_can_be_read_is_nothing_known);
  tcase_add_test (tcase, of_a_process_the_thread_counts_that_waited_longest);
  tcase_add_test (tcase, one_that_keeps_itself_busy_with_many_threads_waits_for_no_stranger);
  tcase_add_test (tcase, what_has_ended_is_remembered);
  tcase_add_test (tcase, a_wait_that_is_not_over_counts_too);
  tcase_add_test (tcase, what_was_before_does_not_count_unless_asked_for);
  tcase_add_loop_test (tcase, a_limit_counts_the_time_in_which_the_container_could_run, 0, COUNT (limits));
  tcase_add_test (tcase, busy_words_have_the_figures);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
