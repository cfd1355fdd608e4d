/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/proc.h"
#include "util/error.h"
#include "util/strv.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define TCP_HEAD                                                                                                  \
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define TCP_TAIL " 00000000:00000000 00:00000000 00000000     0        0 1151 1 0000000000000000 100 0 0 10 0\n"

static char *proc;

static void setup (void)
{
  proc = unit_temp_dir ();
}

static void teardown (void)
{
  unit_remove_tree (proc);
  free (proc);
}

static void assert_has (const char *text, const char *part)
{
  ck_assert_msg (strstr (text, part) != NULL, "no \"%s\" in: %s", part, text);
}

static char *listens (void)
{
  char **list = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__proc_listens (proc, 42, &list, &err), err);
  char *text = vprod__strv_join (list, " ");
  vprod__strv_free (list);
  return text;
}

#define TCP_LISTENS(line, address, inode)                                                                         \
  "   " line ": " address " 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 " inode " 1 0\n"

START_TEST (tells_the_sockets_of_a_port)
{
  struct vprod__sockets sockets;
  vprod_error *err = NULL;

  unit_write_file (proc, "42/net/tcp",
                   TCP_HEAD TCP_LISTENS ("0", "00000000:1F40", "4294967299")
                     TCP_LISTENS ("1", "00000000:1F41", "12") "   2: 020012AC:1F40 030012AC:D2F0 01" TCP_TAIL
                     "   3: zz\n\n 4:");
  unit_write_file (proc, "42/net/tcp6",
                   TCP_HEAD TCP_LISTENS ("0", "00000000000000000000000000000000:1F40", "14"));
  assert_ok (vprod__proc_sockets (proc, 42, 8000, &sockets, &err), err);
  ck_assert (sockets.known && sockets.count == 2);
  ck_assert (sockets.inodes[0] == 4294967299 && sockets.inodes[1] == 14);
  assert_ok (vprod__proc_sockets (proc, 42, 80, &sockets, &err), err);
  ck_assert (sockets.known && sockets.count == 0);
  assert_ok (vprod__proc_sockets (proc, 43, 8000, &sockets, &err), err);
  ck_assert (!sockets.known);
}
END_TEST

START_TEST (knows_not_the_sockets_where_there_are_too_many)
{
  struct vprod__sockets sockets;
  vprod_error *err = NULL;
  char text[(VPROD__SOCKETS_MOST + 2) * 128] = TCP_HEAD;

  for (int i = 0; i <= VPROD__SOCKETS_MOST; i++)
    strcat (text, TCP_LISTENS ("0", "00000000:1F40", "7"));
  unit_write_file (proc, "42/net/tcp", text);
  assert_ok (vprod__proc_sockets (proc, 42, 8000, &sockets, &err), err);
  ck_assert (!sockets.known);
}
END_TEST

START_TEST (tells_where_a_container_listens)
{
  unit_write_file (proc, "42/net/tcp",
                   TCP_HEAD "   0: 0100007F:1F40 00000000:0000 0A" TCP_TAIL   /* 127.0.0.1:8000 listens */
                            "   1: 0B00007F:9C1D 00000000:0000 0A" TCP_TAIL   /* the engine's name server */
                            "   2: 020012AC:1F41 030012AC:D2F0 01" TCP_TAIL   /* a connection */
                            "   3: 00000000:0050 00000000:0000 0A" TCP_TAIL); /* 0.0.0.0:80 listens */
  unit_write_file (proc, "42/net/tcp6",
                   TCP_HEAD "   0: 00000000000000000000000000000000:1F42 00000000000000000000000000000000:0000 "
                            "0A" TCP_TAIL "   1: 00000000000000000000000001000000:1F43 "
                                          "00000000000000000000000000000000:0000 0A" TCP_TAIL "   2: "
                                                                                              "0000000000000000FFF"
                                                                                              "F00000100007F:1F44 "
                                                                                              "0000000000000000000"
                                                                                              "0000000000000:0000 "
                                                                                              "0A" TCP_TAIL);
  char *text = listens ();
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
    ck_assert_str_eq (text, "127.0.0.1:8000 0.0.0.0:80 [::]:8002 [::1]:8003 [::ffff:127.0.0.1]:8004");
  free (text);
}
END_TEST

START_TEST (a_container_without_ipv6_or_listeners_has_an_empty_list)
{
  unit_write_file (proc, "42/net/tcp", TCP_HEAD);
  char *text = listens ();
  ck_assert_str_eq (text, "");
  free (text);
}
END_TEST

START_TEST (a_table_that_is_none_gives_nothing)
{
  unit_write_file (proc, "42/net/tcp", "\n\n 0:\n x: 0100007F 0A\n 1: zzzzzzzz:1F40 0:0 0A\n 2: 0100007F:1F40");
  char *text = listens ();
  ck_assert_str_eq (text, "");
  free (text);
}
END_TEST

START_TEST (what_cannot_be_read_is_told)
{
  char **list = NULL;
  struct vprod__uid_range *map = NULL;
  size_t count = 0;
  vprod_error *err = NULL;

  ck_assert_int_eq (vprod__proc_listens (proc, 43, &list, &err), 1);
  ck_assert_int_eq (vprod__proc_listens (proc, 0, &list, &err), 1);
  ck_assert_int_eq (vprod__proc_uid_map (proc, 43, &map, &count, &err), 1);
  ck_assert_ptr_null (list);
  ck_assert_ptr_null (map);
  ck_assert_ptr_null (err);
}
END_TEST

START_TEST (addresses_are_taken_apart)
{
  ck_assert_int_eq (vprod__listen_port ("127.0.0.1:8000"), 8000);
  ck_assert_int_eq (vprod__listen_port ("[::1]:80"), 80);
  ck_assert_int_eq (vprod__listen_port (""), 0);
  ck_assert (vprod__listen_is_loopback ("127.0.0.1:8000"));
  ck_assert (vprod__listen_is_loopback ("127.1.2.3:8000"));
  ck_assert (vprod__listen_is_loopback ("[::1]:8000"));
  ck_assert (vprod__listen_is_loopback ("[::ffff:127.0.0.1]:8000"));
  ck_assert (!vprod__listen_is_loopback ("0.0.0.0:8000"));
  ck_assert (!vprod__listen_is_loopback ("[::]:8000"));
  ck_assert (!vprod__listen_is_loopback ("172.18.0.2:127"));
}
END_TEST

START_TEST (a_process_is_the_containers_by_cgroup_or_address)
{
  unit_write_file (proc, "42/cgroup", "0::/system.slice/docker-" ID ".scope\n");
  ck_assert (vprod__proc_is_container (proc, 42, ID, NULL));
  unit_write_file (proc, "43/cgroup", "0::/\n");
  unit_write_file (proc, "43/net/fib_trie",
                   "Local:\n  +-- 172.18.0.0/16 2 0 2\n     |-- 172.18.0.20\n        /32 host\n");
  ck_assert (vprod__proc_is_container (proc, 43, ID, "172.18.0.20"));
}
END_TEST

START_TEST (a_process_of_somebody_else_is_not_the_containers)
{
  unit_write_file (proc, "42/cgroup", "0::/system.slice/ssh.service\n");
  unit_write_file (proc, "42/net/fib_trie", "     |-- 172.18.0.20\n     |-- 1172.18.0.2\n");
  ck_assert (!vprod__proc_is_container (proc, 42, ID, "172.18.0.2"));
  ck_assert (!vprod__proc_is_container (proc, 42, ID, NULL));
  ck_assert (!vprod__proc_is_container (proc, 42, ID, ""));
  ck_assert (!vprod__proc_is_container (proc, 42, "ss", NULL)); /* too short to be sure */
  ck_assert (!vprod__proc_is_container (proc, 41, ID, "172.18.0.20"));
}
END_TEST

START_TEST (maps_uids_of_a_user_namespace)
{
  struct vprod__uid_range *map = NULL;
  size_t count = 0;
  vprod_error *err = NULL;

  unit_write_file (proc, "42/uid_map", "         0     165536       1000\n      1000       1000          1\n");
  assert_ok (vprod__proc_uid_map (proc, 42, &map, &count, &err), err);
  ck_assert_uint_eq (count, 2);
  ck_assert_int_eq (vprod__uid_inside (map, count, 165536), 0);
  ck_assert_int_eq (vprod__uid_inside (map, count, 166535), 999);
  ck_assert_int_eq (vprod__uid_inside (map, count, 166536), -1);
  ck_assert_int_eq (vprod__uid_inside (map, count, 1000), 1000);
  ck_assert_int_eq (vprod__uid_inside (map, count, 0), -1);
  free (map);
}
END_TEST

START_TEST (an_empty_uid_map_is_none)
{
  struct vprod__uid_range *map = NULL;
  size_t count = 0;
  vprod_error *err = NULL;

  unit_write_file (proc, "42/uid_map", "");
  ck_assert_int_eq (vprod__proc_uid_map (proc, 42, &map, &count, &err), 1);
  unit_write_file (proc, "42/uid_map", "root\n");
  ck_assert_int_eq (vprod__proc_uid_map (proc, 42, &map, &count, &err), 1);
}
END_TEST

static void add_process (int pid, int ppid, int euid, const char *command)
{
  char name[64], status[256];

  snprintf (name, sizeof name, "%d/status", pid);
  snprintf (status, sizeof status, "Name:\tapp\nState:\tS (sleeping)\nPid:\t%d\nPPid:\t%d\nUid:\t7\t%d\t8\t9\n",
            pid, ppid, euid);
  unit_write_file (proc, name, status);
  snprintf (name, sizeof name, "%d/cmdline", pid);
  unit_write_file (proc, name, command);
}

static int take (void *data, const vprod_process *process)
{
  char *text = data;

  sprintf (text + strlen (text), "%d<%d:%d=%s;", (int) process->pid, (int) process->ppid, (int) process->euid,
           process->command);
  return 0;
}

START_TEST (lists_the_first_process_and_its_descendants)
{
  char text[512] = "";
  vprod_error *err = NULL;

  add_process (5, 42, 0, "child");
  add_process (42, 2, 1001, "first --x");
  add_process (50, 5, 1001, "grandchild");
  add_process (60, 2, 0, "beside");
  add_process (2, 1, 0, "shim");
  unit_write_file (proc, "70/status", "Name:\tgone\n");
  unit_write_file (proc, "uptime", "1 1\n");
  assert_ok (vprod__proc_processes (proc, 42, take, text, &err), err);
  assert_has (text, "42<2:1001=first --x;");
  assert_has (text, "5<42:0=child;");
  assert_has (text, "50<5:1001=grandchild;");
  ck_assert_ptr_null (strstr (text, "beside"));
  ck_assert_ptr_null (strstr (text, "shim"));
}
END_TEST

static void add_zombie (int pid, int ppid, const char *name, int status)
{
  char file[64], text[512];

  snprintf (file, sizeof file, "%d/status", pid);
  snprintf (text, sizeof text, "Name:\t%s\nState:\tZ (zombie)\nPid:\t%d\nPPid:\t%d\nUid:\t7\t7\t8\t9\n", name, pid, ppid);
  unit_write_file (proc, file, text);
  snprintf (file, sizeof file, "%d/stat", pid);
  snprintf (text, sizeof text,
            "%d (%s) Z %d 1 1 0 -1 4227084 441 0 0 0 1 0 0 0 20 0 1 0 226 0 0 18446744073709551615 0 0 0 0 0 0 0 16781312 "
            "2 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", pid, name, ppid, status);
  unit_write_file (proc, file, text);
}

static int take_dead (void *data, const struct vprod__dead *dead)
{
  char *text = data;

  ck_assert_int_eq (dead->status_known, 1);
  sprintf (text + strlen (text), "%d=%s:%d;", (int) dead->pid, dead->name, dead->status);
  return 0;
}

START_TEST (tells_how_descendants_ended)
{
  char text[512] = "";
  vprod_error *err = NULL;

  add_process (42, 2, 1001, "first");
  add_process (43, 42, 1001, "child");
  add_zombie (50, 42, "python3", 256);
  add_zombie (51, 43, "a) Z 1 (b", 11);
  add_zombie (60, 2, "beside", 256);
  assert_ok (vprod__proc_dead (proc, 42, take_dead, text, &err), err);
  assert_has (text, "50=python3:256;");
  assert_has (text, "51=a) Z 1 (b:11;");
  ck_assert_ptr_null (strstr (text, "beside"));
  unit_write_file (proc, "50/stat", "50 (python3) Z 42 1\n");
  unit_write_file (proc, "51/stat", "");
  *text = '\0';
  assert_ok (vprod__proc_dead (proc, 42, take_dead, text, &err), err);
  ck_assert_str_eq (text, "");
  ck_assert_int_eq (vprod__proc_dead (proc, 0, take_dead, text, &err), 1);
}
END_TEST

/* By the kernel's own word: the place of the field. */
START_TEST (tells_how_a_child_of_this_program_ended)
{
  char text[512] = "", wanted[64];
  vprod_error *err = NULL;
  siginfo_t info;

  pid_t child = fork ();
  if (child == 0)
    _exit (3);
  ck_assert_int_eq (waitid (P_PID, (id_t) child, &info, WEXITED | WNOWAIT), 0);
  assert_ok (vprod__proc_dead ("/proc", getpid (), take_dead, text, &err), err);
  snprintf (wanted, sizeof wanted, "%d=", (int) child);
  assert_has (text, wanted);
  assert_has (text, ":768;");
  ck_assert_int_eq (waitpid (child, NULL, 0), child);
}
END_TEST

START_TEST (a_process_that_is_not_there_cannot_be_listed)
{
  char text[512] = "";
  vprod_error *err = NULL;

  add_process (42, 2, 1001, "first");
  ck_assert_int_eq (vprod__proc_processes (proc, 43, take, text, &err), 1);
  ck_assert_int_eq (vprod__proc_processes (proc, 0, take, text, &err), 1);
  ck_assert_int_eq (vprod__proc_processes ("/nowhere", 42, take, text, &err), 1);
  ck_assert_str_eq (text, "");
  assert_ok (vprod__proc_processes ("/proc", getpid (), take, text, &err), err);
  assert_has (text, "proc"); /* this very program */
}
END_TEST

START_TEST (reads_this_very_process)
{
  struct vprod__uid_range *map = NULL;
  size_t count = 0;
  vprod_error *err = NULL;
  char **list = NULL;

  assert_ok (vprod__proc_uid_map ("/proc", getpid (), &map, &count, &err), err);
  ck_assert_int_ge (vprod__uid_inside (map, count, (int64_t) geteuid ()), 0);
  assert_ok (vprod__proc_listens ("/proc", getpid (), &list, &err), err);
  free (map);
  vprod__strv_free (list);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("proc");
  TCase *tcase = tcase_create ("proc");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_add_test (tcase, tells_where_a_container_listens);
  tcase_add_test (tcase, tells_the_sockets_of_a_port);
  tcase_add_test (tcase, knows_not_the_sockets_where_there_are_too_many);
  tcase_add_test (tcase, a_container_without_ipv6_or_listeners_has_an_empty_list);
  tcase_add_test (tcase, a_table_that_is_none_gives_nothing);
  tcase_add_test (tcase, what_cannot_be_read_is_told);
  tcase_add_test (tcase, addresses_are_taken_apart);
  tcase_add_test (tcase, a_process_is_the_containers_by_cgroup_or_address);
  tcase_add_test (tcase, a_process_of_somebody_else_is_not_the_containers);
  tcase_add_test (tcase, maps_uids_of_a_user_namespace);
  tcase_add_test (tcase, an_empty_uid_map_is_none);
  tcase_add_test (tcase, lists_the_first_process_and_its_descendants);
  tcase_add_test (tcase, tells_how_descendants_ended);
  tcase_add_test (tcase, tells_how_a_child_of_this_program_ended);
  tcase_add_test (tcase, a_process_that_is_not_there_cannot_be_listed);
  tcase_add_test (tcase, reads_this_very_process);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
