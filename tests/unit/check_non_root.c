/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "checks/non_root.h"

/* One line a process and look; look 0 ends. */
struct line {
  int look;
  vprod_process process;
};

#define P(pid, ppid, euid, user, command) { sizeof (vprod_process), pid, ppid, euid, user, command }

static const struct {
  struct line lines[8];
  int64_t wanted_uid;
  const char *user;
  struct wanted wanted;
} cases[] = {
  { { { 1, P (10, 1, 1001, "1001", "app") } },
    -1,
    "1001",
    { VPROD_PASS, 0, "its one process runs as UID 1001", "" } },
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 33, "www-data", "worker") } },
    -1,
    "app",
    { VPROD_PASS, 0, "all of its processes run as UID 1001, 33", "" } },
  { { { 1, P (10, 1, 1001, "1001", "app") } }, 1001, "1001", { VPROD_PASS, 0, "UID 1001, as the spec says", "" } },
  { { { 1, P (10, 1, -1, "app", "app") } }, -1, "app", { VPROD_PASS, 0, "as UID app", "" } },
  { { { 1, P (10, 1, -1, "1001", "app") } }, 1001, "1001", { VPROD_PASS, 0, "as the spec says", "" } },
  { { { 1, P (10, 1, 999, "999", "app") } }, -1, "", { VPROD_PASS, 0, "names no other user than root", "" } },

  { { { 1, P (10, 1, 0, "root", "app") } },
    -1,
    NULL,
    { VPROD_FAIL, 0, "1 of 1 process runs as root (UID 0): app; the image names no USER", "USER 1001:1001" } },
  { { { 1, P (10, 1, 0, "root", "app") } }, -1, "00:0", { VPROD_FAIL, 0, "the image's USER is 00:0", "useradd" } },
  { { { 1, P (10, 1, 0, "toor", "app") } },
    -1,
    "app",
    { VPROD_FAIL, 0, "the image's USER is app", "UID 0 in the image's /etc/passwd" } },
  { { { 1, P (10, 1, -1, "root", "app") } }, -1, "app", { VPROD_FAIL, 0, "runs as root", NULL } },
  { { { 1, P (10, 1, -1, "0", "app") } }, 1001, "app", { VPROD_FAIL, 0, "runs as root", NULL } },
  /* a spec that wants UID 0 does not make root good */
  { { { 1, P (10, 1, 0, "root", "app") } }, 0, "0", { VPROD_FAIL, 0, "runs as root", NULL } },
  /* a supervisor that stays root, and a worker that does */
  { { { 1, P (10, 1, 0, "root", "/usr/bin/supervisord") }, { 1, P (11, 10, 1001, "app", "app") } },
    -1,
    "",
    { VPROD_FAIL, 0, "1 of 2 processes runs as root (UID 0): /usr/bin/supervisord", "a supervisor too" } },
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 0, "root", "sudo worker") } },
    -1,
    "app",
    { VPROD_FAIL, 0, "sudo worker", NULL } },

  /* an entrypoint that drops its rights */
  { { { 1, P (10, 1, 0, "root", "/bin/sh /entrypoint") },
      { 1, P (11, 10, 0, "root", "chown -R") },
      { 2, P (10, 1, 1001, "app", "app") } },
    1001,
    "",
    { VPROD_PASS, 0, "its one process runs as UID 1001", "" } },
  /* one that takes them again */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 2, P (10, 1, 0, "root", "app") } },
    -1,
    "app",
    { VPROD_FAIL, 0, "root", NULL } },

  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 1002, "log", "logger") } },
    1001,
    "app",
    { VPROD_FAIL, 0, "1 of 2 processes runs with another UID than 1001, such as 1002: logger", "be 1001" } },
  { { { 1, P (10, 1, -1, "app", "app") } },
    1001,
    "app",
    { .error = VPROD_ERROR_UNSUPPORTED, .message = "only the name \"app\"" } },
  { { { 1, P (10, 1, -1, "app", "app") }, { 1, P (11, 10, 0, "root", "x") } },
    1001,
    "app",
    { VPROD_FAIL, 0, "root", NULL } },
  { { { 0 } }, -1, "app", { .error = VPROD_ERROR_ENGINE, .message = "no process" } },
  /* what was seen once and is gone does not make a container that has no process good */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 2, P (20, 2, 1001, "app", "other") } },
    -1,
    "app",
    { VPROD_PASS, 0, "1001", "" } },

  /* beside the app: put there by the engine, not by the app */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (30, 7, 0, "root", "curl -f http://localhost") } },
    -1,
    "",
    { VPROD_PASS, 0, "its one process runs as UID 1001", "" } },
};

static void see (struct vprod__processes *processes, const struct line *lines, size_t count)
{
  for (size_t i = 0; i < count && lines[i].look; i++) {
    while (processes->looks < lines[i].look)
      vprod__processes_look (processes);
    ck_assert_int_eq (vprod__processes_tell (processes, &lines[i].process), 0);
    vprod__processes_find_beside (processes);
  }
}

START_TEST (judges)
{
  struct vprod__processes processes = { 0 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  /* the last case tells which process is the container's first */
  if (strstr (cases[_i].lines[1].process.command ? cases[_i].lines[1].process.command : "", "curl"))
    processes.first_pid = 10;
  see (&processes, cases[_i].lines, 8);
  struct vprod__non_root_facts facts = { &processes, cases[_i].wanted_uid, cases[_i].user };
  int r = vprod__non_root_judge (&facts, result, &err);
  assert_wanted (r, result, err, &cases[_i].wanted);
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

START_TEST (each_root_process_is_a_finding)
{
  const struct line lines[] = {
    { 1, P (10, 1, 0, "root", "init") },   { 1, P (11, 10, 1001, "app", "app") },
    { 1, P (12, 10, 0, "root", "gone") },  { 2, P (10, 1, 0, "root", "init") },
    { 2, P (11, 10, 1001, "app", "app") }, { 2, P (13, 7, 0, "root", "probe") },
  };
  struct vprod__processes processes = { .first_pid = 10 };
  struct vprod__non_root_facts facts = { &processes, -1, "" };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  see (&processes, lines, 6);
  assert_ok (vprod__non_root_judge (&facts, result, &err), err);
  ck_assert_uint_eq (vprod_result_count_findings (result), 3);
  const vprod_finding *first = vprod_result_get_finding (result, 0);
  ck_assert_str_eq (vprod_finding_get (first, "message"), "runs as root: init");
  ck_assert_str_eq (vprod_finding_get (first, "pid"), "10");
  ck_assert_str_eq (vprod_finding_get (first, "uid"), "0");
  assert_holds (vprod_finding_get (vprod_result_get_finding (result, 1), "message"), "is gone: gone");
  assert_holds (vprod_finding_get (vprod_result_get_finding (result, 2), "message"), "beside the app");
  assert_evidence (result, "uid", "0, 1001");
  assert_evidence (result, "processes", "2");
  assert_evidence (result, "image_user", "none (root)");
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

START_TEST (uids_of_a_user_namespace_are_mapped)
{
  const struct vprod__uid_range map[] = { { 0, 165536, 65536 } };
  const struct line lines[] = { { 1, P (10, 1, 165536, "165536", "app") } };
  struct vprod__processes processes = { .map = map, .n_map = 1 };
  struct vprod__non_root_facts facts = { &processes, -1, "" };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  see (&processes, lines, 1);
  int r = vprod__non_root_judge (&facts, result, &err);
  assert_wanted (r, result, err, &(struct wanted) { VPROD_FAIL, 0, "runs as root", NULL });
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

static const struct line unmapped[] = {
  { 1, P (10, 1, 0, "root", "app") },       /* the host's root is not in the map */
  { 1, P (10, 1, -1, "dockremap", "app") }, /* a name of the host's passwd */
  { 1, P (10, 1, -1, "1001", "app") },      /* the same as a number */
};

START_TEST (a_uid_that_cannot_be_mapped_is_never_a_pass)
{
  const struct vprod__uid_range map[] = { { 0, 165536, 65536 } };
  struct vprod__processes processes = { .map = map, .n_map = 1 };
  struct vprod__non_root_facts facts = { &processes, -1, "" };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  see (&processes, &unmapped[_i], 1);
  assert_error (vprod__non_root_judge (&facts, result, &err), err, VPROD_ERROR_UNSUPPORTED, "UID map");
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

START_TEST (descendants_of_the_first_process_are_the_apps)
{
  const struct line lines[] = {
    { 1, P (30, 20, 0, "root", "grandchild") }, { 1, P (20, 10, 1001, "app", "child") },
    { 1, P (10, 1, 1001, "app", "first") },     { 1, P (40, 41, 0, "root", "a loop") },
    { 1, P (41, 40, 0, "root", "a loop") },
  };
  struct vprod__processes processes = { .first_pid = 10 };

  see (&processes, lines, 5);
  ck_assert_int_eq (processes.list[0].beside, 0);
  ck_assert_int_eq (processes.list[1].beside, 0);
  ck_assert_int_eq (processes.list[2].beside, 0);
  ck_assert_int_eq (processes.list[3].beside, 1);
  ck_assert (vprod__processes_have_root (&processes));
  vprod__processes_clear (&processes);
}
END_TEST

START_TEST (all_are_the_apps_where_the_first_process_is_not_known)
{
  const struct line lines[] = { { 1, P (30, 7, 0, "root", "probe") } };
  struct vprod__processes unknown = { 0 }, elsewhere = { .first_pid = 4242 };

  see (&unknown, lines, 1);
  ck_assert_int_eq (unknown.list[0].beside, 0);
  see (&elsewhere, lines, 1);
  ck_assert_int_eq (elsewhere.list[0].beside, 0);
  vprod__processes_clear (&unknown);
  vprod__processes_clear (&elsewhere);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_non_root");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, each_root_process_is_a_finding);
  tcase_add_test (tcase, uids_of_a_user_namespace_are_mapped);
  tcase_add_loop_test (tcase, a_uid_that_cannot_be_mapped_is_never_a_pass, 0, COUNT (unmapped));
  tcase_add_test (tcase, descendants_of_the_first_process_are_the_apps);
  tcase_add_test (tcase, all_are_the_apps_where_the_first_process_is_not_known);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
