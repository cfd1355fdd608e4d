/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include "checks/non_root/facts.h"

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
    { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } },
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 33, "www-data", "worker") } },
    -1,
    "app",
    { VPROD_VERDICT_PASS, 0, "all of its processes run as UID 1001, 33", "" } },
  { { { 1, P (10, 1, 1001, "1001", "app") } }, 1001, "1001", { VPROD_VERDICT_PASS, 0, "UID 1001, as the spec says", "" } },
  { { { 1, P (10, 1, -1, "app", "app") } }, -1, "app", { VPROD_VERDICT_PASS, 0, "as UID app", "" } },
  { { { 1, P (10, 1, -1, "1001", "app") } }, 1001, "1001", { VPROD_VERDICT_PASS, 0, "as the spec says", "" } },
  { { { 1, P (10, 1, 999, "999", "app") } }, -1, "", { VPROD_VERDICT_PASS, 0, "names no other user than root", "" } },

  { { { 1, P (10, 1, 0, "root", "app") } },
    -1,
    NULL,
    { VPROD_VERDICT_FAIL, 0, "1 of 1 process runs as root (UID 0): app; the image names no USER", "USER 1001:1001" } },
  { { { 1, P (10, 1, 0, "root", "app") } }, -1, "00:0", { VPROD_VERDICT_FAIL, 0, "the image's USER is 00:0", "useradd" } },
  { { { 1, P (10, 1, 0, "toor", "app") } },
    -1,
    "app",
    { VPROD_VERDICT_FAIL, 0, "the image's USER is app", "UID 0 in the image's /etc/passwd" } },
  { { { 1, P (10, 1, -1, "root", "app") } }, -1, "app", { VPROD_VERDICT_FAIL, 0, "runs as root", NULL } },
  { { { 1, P (10, 1, -1, "0", "app") } }, 1001, "app", { VPROD_VERDICT_FAIL, 0, "runs as root", NULL } },
  /* a spec that wants UID 0 does not make root good */
  { { { 1, P (10, 1, 0, "root", "app") } }, 0, "0", { VPROD_VERDICT_FAIL, 0, "runs as root", NULL } },
  /* a supervisor that stays root, and a worker that does */
  { { { 1, P (10, 1, 0, "root", "/usr/bin/supervisord") }, { 1, P (11, 10, 1001, "app", "app") } },
    -1,
    "",
    { VPROD_VERDICT_FAIL, 0, "1 of 2 processes runs as root (UID 0): /usr/bin/supervisord", "a supervisor too" } },
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 0, "root", "sudo worker") } },
    -1,
    "app",
    { VPROD_VERDICT_FAIL, 0, "sudo worker", NULL } },

  /* an entrypoint that drops its rights */
  { { { 1, P (10, 1, 0, "root", "/bin/sh /entrypoint") },
      { 1, P (11, 10, 0, "root", "chown -R") },
      { 2, P (10, 1, 1001, "app", "app") } },
    1001,
    "",
    { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } },
  /* one that takes them again */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 2, P (10, 1, 0, "root", "app") } },
    -1,
    "app",
    { VPROD_VERDICT_FAIL, 0, "root", NULL } },

  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (11, 10, 1002, "log", "logger") } },
    1001,
    "app",
    { VPROD_VERDICT_FAIL, 0, "1 of 2 processes runs with another UID than 1001, such as 1002: logger", "be 1001" } },
  { { { 1, P (10, 1, -1, "app", "app") } },
    1001,
    "app",
    { .error = VPROD_ERROR_UNSUPPORTED, .message = "only the name \"app\"" } },
  { { { 1, P (10, 1, -1, "app", "app") }, { 1, P (11, 10, 0, "root", "x") } },
    1001,
    "app",
    { VPROD_VERDICT_FAIL, 0, "root", NULL } },
  { { { 0 } }, -1, "app", { .error = VPROD_ERROR_ENGINE, .message = "no process" } },
  /* what was seen once and is gone does not make a container that has no process good */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 2, P (20, 2, 1001, "app", "other") } },
    -1,
    "app",
    { VPROD_VERDICT_PASS, 0, "1001", "" } },

  /* beside the app: put there by the engine, not by the app */
  { { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (30, 7, 0, "root", "curl -f http://localhost") } },
    -1,
    "",
    { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } },
};

static void see (struct vprod__processes *processes, const struct line *lines, size_t count)
{
  for (size_t i = 0; i < count && lines[i].look; i++) {
    while (processes->looks < lines[i].look)
      vprod__processes_look (processes);
    ck_assert_int_eq (vprod__processes_tell (processes, &lines[i].process), 0);
    if (i + 1 == count || lines[i + 1].look != lines[i].look)
      vprod__processes_find_beside (processes);
  }
}

/* The health's command is run by us. */
START_TEST (does_not_tell_of_the_health_command)
{
  static const struct line lines[] = { { 1, P (10, 1, 1001, "app", "app") }, { 1, P (30, 7, 0, "root", "ready -q") } };
  struct vprod__processes processes = { .first_pid = 10 };
  struct vprod__non_root_facts facts = { .processes = &processes, .wanted_uid = -1, .image_user = "", .asked_inside = _i };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  see (&processes, lines, 2);
  assert_ok (vprod__non_root_judge (&facts, result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_PASS);
  ck_assert_uint_eq (vprod_result_count_findings (result), _i ? 0 : 1);
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

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
  const vprod_finding *first = vprod_result_get_finding_at (result, 0);
  ck_assert_str_eq (vprod_finding_find_field (first, "message"), "runs as root: init");
  ck_assert_str_eq (vprod_finding_find_field (first, "pid"), "10");
  ck_assert_str_eq (vprod_finding_find_field (first, "uid"), "0");
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 1), "message"), "is gone: gone");
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 2), "message"), "beside the app");
  assert_evidence (result, "uid", "0, 1001");
  assert_evidence (result, "processes", "2");
  assert_evidence (result, "image_user", "none (root)");
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

/* The first process is 10. */
static const struct {
  struct line lines[8];
  struct wanted wanted;
} late_cases[] = {
  /* a helper that is started as root again and again */
  { { { 1, P (10, 1, 1001, "app", "app") },
      { 2, P (10, 1, 1001, "app", "app") },
      { 2, P (11, 10, 0, "root", "helper") },
      { 3, P (10, 1, 1001, "app", "app") },
      { 4, P (10, 1, 1001, "app", "app") },
      { 4, P (12, 10, 0, "root", "helper") },
      { 5, P (10, 1, 1001, "app", "app") } },
    { VPROD_VERDICT_FAIL, 0, "runs as UID 1001, but 2 of its processes came as root (UID 0)", "as root now and again" } },
  /* the same before it dropped its rights, one alone, what the entrypoint left, and what the engine starts beside it */
  { { { 1, P (10, 1, 0, "root", "run.sh") },
      { 1, P (11, 10, 0, "root", "chown") },
      { 2, P (10, 1, 0, "root", "run.sh") },
      { 2, P (12, 10, 0, "root", "migrate") },
      { 3, P (10, 1, 1001, "app", "app") } },
    { VPROD_VERDICT_PASS, 0, "UID 1001", "" } },
  { { { 1, P (10, 1, 1001, "app", "app") },
      { 2, P (10, 1, 1001, "app", "app") },
      { 2, P (11, 10, 0, "root", "ping") },
      { 3, P (10, 1, 1001, "app", "app") } },
    { VPROD_VERDICT_PASS, 0, "UID 1001", "" } },
  { { { 1, P (10, 1, 1001, "app", "app") },
      { 1, P (11, 10, 0, "root", "migrate") },
      { 1, P (12, 10, 0, "root", "tee") },
      { 2, P (10, 1, 1001, "app", "app") },
      { 2, P (11, 10, 0, "root", "migrate") },
      { 2, P (12, 10, 0, "root", "tee") },
      { 3, P (10, 1, 1001, "app", "app") } },
    { VPROD_VERDICT_PASS, 0, "UID 1001", "" } },
  { { { 1, P (10, 1, 1001, "app", "app") },
      { 2, P (10, 1, 1001, "app", "app") },
      { 2, P (31, 7, 0, "root", "curl") },
      { 3, P (10, 1, 1001, "app", "app") },
      { 3, P (32, 7, 0, "root", "curl") },
      { 4, P (10, 1, 1001, "app", "app") } },
    { VPROD_VERDICT_PASS, 0, "UID 1001", "" } },
  /* setuid programs that drop their rights */
  { { { 1, P (10, 1, 1001, "app", "app") },
      { 2, P (10, 1, 1001, "app", "app") },
      { 2, P (11, 10, 0, "root", "ping") },
      { 2, P (12, 10, 0, "root", "ping") },
      { 3, P (10, 1, 1001, "app", "app") },
      { 3, P (11, 10, 1001, "app", "ping") },
      { 3, P (12, 10, 1001, "app", "ping") } },
    { VPROD_VERDICT_PASS, 0, "UID 1001", "" } },
};

START_TEST (judges_what_comes_as_root_later)
{
  struct vprod__processes processes = { .first_pid = 10 };
  struct vprod__non_root_facts facts = { &processes, -1, "app" };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  see (&processes, late_cases[_i].lines, 8);
  int r = vprod__non_root_judge (&facts, result, &err);
  assert_wanted (r, result, err, &late_cases[_i].wanted);
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

START_TEST (what_it_fails_for_comes_before_the_programs_of_the_image)
{
  const struct line lines[] = {
    { 1, P (10, 1, 0, "root", "gone") }, { 2, P (11, 1, 1001, "app", "app") }, { 2, P (12, 11, 0, "root", "worker") },
  };
  struct vprod__privileged_file su = { (char *) (uintptr_t) "usr/bin/su", 1, 0, 0, 0 };
  struct vprod__privileged privileged = { &su, 1 };
  struct vprod__processes processes = { 0 };
  struct vprod__non_root_facts facts = { .processes = &processes, .wanted_uid = 1002, .image_user = "app", .privileged = &privileged };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  static const char *const findings[] = { "runs as root: worker", "runs with another UID", "is gone: gone",
                                          "/usr/bin/su (setuid)" };

  see (&processes, lines, 3);
  assert_ok (vprod__non_root_judge (&facts, result, &err), err);
  ck_assert_uint_eq (vprod_result_count_findings (result), 4);
  for (size_t i = 0; i < 4; i++)
    assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, i), "message"), findings[i]);
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

static struct vprod__privileged_file programs[] = {
  { (char *) (uintptr_t) "usr/bin/chage", 0, 1, 0, 0 },
  { (char *) (uintptr_t) "usr/bin/node", 0, 0, 1, 0 },
  { (char *) (uintptr_t) "usr/bin/su", 1, 0, 0, 0 },
};

static const struct {
  enum vprod__setuid setuid;
  const char *allow[3];
  int nobody_looked;
  struct wanted wanted;
  size_t findings;
  const char *evidence;
} setuid_cases[] = {
  { VPROD__SETUID_REPORT, { NULL }, 0, { VPROD_VERDICT_PASS, 0, "UID 1001", "" }, 3, "2" },
  { VPROD__SETUID_REPORT, { NULL }, 1, { VPROD_VERDICT_PASS, 0, "UID 1001", "" }, 0, "not looked for" },
  { VPROD__SETUID_IGNORE, { NULL }, 0, { VPROD_VERDICT_PASS, 0, "UID 1001", "" }, 0, NULL },
  { VPROD__SETUID_FORBID, { NULL }, 0,
    { VPROD_VERDICT_FAIL, 0, "2 setuid or setgid programs in the image, which checks.non-root.setuid forbids: "
                     "/usr/bin/chage, /usr/bin/su", "chmod a-s" }, 3, "2" },
  { VPROD__SETUID_FORBID, { "/usr/bin/su" }, 0, { VPROD_VERDICT_FAIL, 0, "1 setuid or setgid program in", NULL }, 2, "1" },
  { VPROD__SETUID_FORBID, { "/usr/bin/su", "/usr/*/chage" }, 0, { VPROD_VERDICT_PASS, 0, "UID 1001", "" }, 1, "0" },
};

START_TEST (programs_with_rights_of_their_own_are_told_and_judged_where_the_spec_asks)
{
  const struct line line = { 1, P (10, 1, 1001, "app", "app") };
  struct vprod__processes processes = { .first_pid = 10 };
  struct vprod__privileged privileged = { programs, 3 };
  char *allow[3];
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  for (size_t i = 0; i < 3; i++)
    allow[i] = (char *) (uintptr_t) setuid_cases[_i].allow[i];
  see (&processes, &line, 1);
  struct vprod__non_root_facts facts = {
    .processes = &processes,
    .wanted_uid = -1,
    .image_user = "1001",
    .privileged = setuid_cases[_i].nobody_looked ? NULL : &privileged,
    .setuid = setuid_cases[_i].setuid,
    .setuid_allow = allow,
  };
  int r = vprod__non_root_judge (&facts, result, &err);
  assert_wanted (r, result, err, &setuid_cases[_i].wanted);
  ck_assert_uint_eq (vprod_result_count_findings (result), setuid_cases[_i].findings);
  if (setuid_cases[_i].evidence)
    assert_holds (vprod_result_find_evidence (result, "setuid_programs"), setuid_cases[_i].evidence);
  else
    ck_assert_ptr_null (vprod_result_find_evidence (result, "setuid_programs"));
  vprod_result_free (result);
  vprod__processes_clear (&processes);
}
END_TEST

static const struct {
  const char *image_user, *run_user;
  int uid;
  int is_named;
  const char *remedy; /* part of it */
} named_cases[] = {
  { "app", NULL, 1001, 1, "USER 1001" },
  { "app:1000", NULL, 1001, 1, "USER 1001" },
  { "1001:app", NULL, 1001, 0, NULL },
  { "1001", NULL, 1001, 0, NULL },
  { "1001:1001", NULL, 1001, 0, NULL },
  { "", NULL, 1001, 0, NULL },
  { NULL, NULL, 1001, 0, NULL },
  { "0", NULL, 1001, 0, NULL },
  { "root", NULL, 1001, 1, "USER 1001" }, /* its entrypoint drops its rights */
  { "1x", NULL, 1001, 1, "USER 1001" },
  { "app", "1001:0", 1001, 0, NULL },
  { "1001", "app", 1001, 1, "run.user: 1001" },
  { "app", NULL, -1, 1, "USER 1001" }, /* the engine gave only its name */
};

START_TEST (a_user_that_is_a_name_is_told_and_fails_where_the_spec_forbids_it)
{
  for (int forbids = 0; forbids < 2; forbids++) {
    const struct line line = { 1, P (10, 1, named_cases[_i].uid, "app", "app") };
    struct vprod__processes processes = { .first_pid = 10 };
    struct vprod__non_root_facts facts = {
      .processes = &processes,
      .wanted_uid = -1,
      .image_user = named_cases[_i].image_user,
      .run_user = named_cases[_i].run_user,
      .named = forbids ? VPROD__NAMED_FORBID : VPROD__NAMED_REPORT,
    };
    vprod_result *result = new_result ();
    vprod_error *err = NULL;
    int fails = forbids && named_cases[_i].is_named;

    see (&processes, &line, 1);
    assert_ok (vprod__non_root_judge (&facts, result, &err), err);
    ck_assert_int_eq (vprod_result_get_verdict (result), fails ? VPROD_VERDICT_FAIL : VPROD_VERDICT_PASS);
    ck_assert_uint_eq (vprod_result_count_findings (result), (size_t) named_cases[_i].is_named);
    if (named_cases[_i].is_named)
      assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "remedy"), named_cases[_i].remedy);
    if (fails)
      assert_holds (vprod_result_get_message (result), named_cases[_i].run_user ? "run.user is a name" : "USER is a name");
    vprod_result_free (result);
    vprod__processes_clear (&processes);
  }
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
  assert_wanted (r, result, err, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "runs as root", NULL });
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

/* ---- in a session ------------------------------------------------------------------------------------------ */

static const struct mock_process root[] = { { 4242, 4200, 0, "root", "/app/server" }, { 0 } };
static const struct mock_process none[] = { { 0 } };
static const struct mock_process names[] = { { 4242, 4200, -1, "app", "/app/server" }, { 0 } };

static void is_root (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->processes = root;
}

static void has_none (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->processes = none;
}

static void has_names (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->processes = names;
}

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 0;
}

#define UID(uid) "version: 1\nchecks: {non-root: {uid: " uid "}}\n"

static const struct {
  const char *yaml;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  struct wanted wanted;
} sessions[] = {
  { NULL, NULL, { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } },
  { UID ("1001"), NULL, { VPROD_VERDICT_PASS, 0, "as the spec says", "" } },
  { UID ("1002"), NULL, { VPROD_VERDICT_FAIL, 0, "another UID than 1002", "be 1002" } },
  { NULL, is_root, { VPROD_VERDICT_FAIL, 0, "runs as root", NULL } },
  { NULL, has_none, { .error = VPROD_ERROR_ENGINE, .message = "no process" } },
  { NULL, has_names, { VPROD_VERDICT_PASS, 0, "UID app", "" } },
  { UID ("1001"), has_names, { .error = VPROD_ERROR_UNSUPPORTED, .message = "only the name" } },
  { NULL, ends_at_once, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = { vprod_check_non_root, sessions[_i].yaml, NULL };
  struct mock *mock = mock_new ();

  mock->on_container = sessions[_i].on_container;
  vprod_result_free (flow_run (&flow, mock, &sessions[_i].wanted));
}
END_TEST

START_TEST (a_uid_map_that_cannot_be_read_is_never_a_pass)
{
  struct flow flow = { vprod_check_non_root, NULL, NULL };
  struct mock *mock = mock_new ();

  mock->engine.userns_remap = 1;
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_UNSUPPORTED, .message = "the engine maps UIDs" });
}
END_TEST

/* Drops its rights after five looks. */
static void drop (void *data, int nth, const struct mock_process **processes)
{
  if (nth <= 5)
    *processes = root;
}

static void drops (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = drop;
}

START_TEST (an_entrypoint_may_drop_its_rights_a_moment_later)
{
  struct flow flow = { vprod_check_non_root, NULL, NULL };
  struct mock *mock = mock_new ();

  mock->on_container = drops;
  vprod_result *result = flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "UID 1001", "" });
  vprod_result_free (result);
}
END_TEST

/* A worker of root's that comes late and stays, and one that ends. */
static const struct mock_process with_worker[] = {
  { 4242, 4200, 1001, "1001", "/app/server" }, { 4300, 4242, 0, "root", "/app/worker" }, { 0 },
};

static void come_late (void *data, int nth, const struct mock_process **processes)
{
  if (nth > 3)
    *processes = with_worker;
}

static void come_and_go (void *data, int nth, const struct mock_process **processes)
{
  if (nth > 3 && nth < 10)
    *processes = with_worker;
}

static const struct {
  void (*on_look) (void *data, int nth, const struct mock_process **processes);
  const char *stay_up;
  struct wanted wanted;
} late_workers[] = {
  { come_late, "900ms", { VPROD_VERDICT_FAIL, 0, "1 of 2 processes runs as root (UID 0): /app/worker", NULL } },
  { come_late, "0", { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } }, /* nobody looks for so long */
  { come_and_go, "900ms", { VPROD_VERDICT_PASS, 0, "its one process runs as UID 1001", "" } },
};

static void has_late_worker (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = *(void (**) (void *, int, const struct mock_process **)) data;
}

START_TEST (a_worker_may_come_late)
{
  char yaml[160];
  struct flow flow = { vprod_check_non_root, yaml, NULL };
  void (*on_look) (void *data, int nth, const struct mock_process **processes) = late_workers[_i].on_look;
  struct mock *mock = mock_new ();

  snprintf (yaml, sizeof yaml,
            "version: 1\nrun: {port: 8000}\nchecks: {health: {path: /}, start: {stay-up: %s}}\n",
            late_workers[_i].stay_up);
  mock->data = &on_look;
  mock->on_container = has_late_worker;
  vprod_result_free (flow_run (&flow, mock, &late_workers[_i].wanted));
}
END_TEST

static void end (void *data, int nth, const struct mock_process **processes)
{
  if (nth == 1)
    mock_end_container (data, "app1", 1);
}

static void ends (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = end;
}

START_TEST (an_app_that_ends_between_two_looks_is_skipped)
{
  struct flow flow = { vprod_check_non_root, NULL, NULL };
  struct mock *mock = mock_new ();

  mock->data = mock;
  mock->on_container = ends;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_SKIP, 0, "did not stay up", "" }));
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL };

  flow_sweep (&(struct flow) { vprod_check_non_root, NULL, NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_non_root, NULL, NULL };

  flow_is_cancelled (&flow, "container_processes", 2);
  flow_runs_out_of_time (&flow, "container_processes", 1);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_non_root");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, does_not_tell_of_the_health_command, 0, 2);
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_loop_test (tcase, programs_with_rights_of_their_own_are_told_and_judged_where_the_spec_asks, 0,
                       (int) (sizeof setuid_cases / sizeof setuid_cases[0]));
  tcase_add_loop_test (tcase, a_user_that_is_a_name_is_told_and_fails_where_the_spec_forbids_it, 0,
                       (int) (sizeof named_cases / sizeof named_cases[0]));
  tcase_add_test (tcase, each_root_process_is_a_finding);
  tcase_add_loop_test (tcase, judges_what_comes_as_root_later, 0, (int) (sizeof late_cases / sizeof late_cases[0]));
  tcase_add_test (tcase, what_it_fails_for_comes_before_the_programs_of_the_image);
  tcase_add_test (tcase, uids_of_a_user_namespace_are_mapped);
  tcase_add_loop_test (tcase, a_uid_that_cannot_be_mapped_is_never_a_pass, 0, COUNT (unmapped));
  tcase_add_test (tcase, descendants_of_the_first_process_are_the_apps);
  tcase_add_test (tcase, all_are_the_apps_where_the_first_process_is_not_known);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, a_uid_map_that_cannot_be_read_is_never_a_pass);
  tcase_add_test (tcase, an_app_that_ends_between_two_looks_is_skipped);
  tcase_add_loop_test (tcase, a_worker_may_come_late, 0, COUNT (late_workers));
  tcase_add_test (tcase, an_entrypoint_may_drop_its_rights_a_moment_later);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
