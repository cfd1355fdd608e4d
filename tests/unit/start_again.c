/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "checks/start_again.h"

/* pid 0 ends. The first process is 10, the first line of each look. */
struct line {
  int64_t pid;
  int64_t ppid;
  const char *command;
};

#define MOST 8

static const struct {
  const char *what;
  struct line before[MOST];
  struct line now[MOST];
  enum vprod__again again;
} cases[] = {
  { "a loop in a shell",
    { { 10, 1, "sh -c while :; do /app; done" }, { 11, 10, "/app" } },
    { { 10, 1, "sh -c while :; do /app; done" }, { 12, 10, "/app" } },
    VPROD__AGAIN_YES },
  { "a loop in a script below an init",
    { { 10, 1, "/sbin/tini -- /run.sh" }, { 11, 10, "/bin/bash /run.sh" }, { 12, 11, "/app a" } },
    { { 10, 1, "/sbin/tini -- /run.sh" }, { 11, 10, "/bin/bash /run.sh" }, { 14, 11, "/app a" } },
    VPROD__AGAIN_YES },
  { "its workers went with it",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "gunicorn" }, { 12, 11, "gunicorn: worker" } },
    { { 10, 1, "sh /run.sh" }, { 21, 10, "gunicorn" }, { 22, 21, "gunicorn: worker" } },
    VPROD__AGAIN_YES },
  { "nobody has collected the old one",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } },
    { { 10, 1, "sh /run.sh" }, { 11, 10, "[app] <defunct>" }, { 12, 10, "/app" } },
    VPROD__AGAIN_YES },
  { "gone, and something else goes on",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } },
    { { 10, 1, "sh /run.sh" }, { 12, 10, "sleep 600" } },
    VPROD__AGAIN_GONE },
  { "between an end and a new beginning",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } },
    { { 10, 1, "sh /run.sh" }, { 12, 10, "sh /run.sh" } },
    VPROD__AGAIN_GONE },

  { "a server behind a shell stays",
    { { 10, 1, "sh -c /app" }, { 11, 10, "/app" } },
    { { 10, 1, "sh -c /app" }, { 11, 10, "/app" } },
    VPROD__AGAIN_NO },
  { "a server behind an init stays",
    { { 10, 1, "catatonit -- /app" }, { 11, 10, "/app" } },
    { { 10, 1, "catatonit -- /app" }, { 11, 10, "/app" } },
    VPROD__AGAIN_NO },
  { "a master renews its workers",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "nginx: master" }, { 12, 11, "nginx: worker" } },
    { { 10, 1, "sh /run.sh" }, { 11, 10, "nginx: master" }, { 13, 11, "nginx: worker" } },
    VPROD__AGAIN_NO },
  { "a heartbeat beside a server",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" }, { 12, 10, "sh /run.sh" }, { 13, 12, "sleep 1" } },
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" }, { 12, 10, "sh /run.sh" }, { 14, 12, "sleep 1" } },
    VPROD__AGAIN_NO },
  { "the server is the first process, whatever it starts",
    { { 10, 1, "/app" }, { 11, 10, "convert" } },
    { { 10, 1, "/app" }, { 12, 10, "convert" } },
    VPROD__AGAIN_NO },
  { "the shell became the server",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } },
    { { 10, 1, "/app" }, { 12, 10, "/app" } },
    VPROD__AGAIN_NO },
  { "only a health check of the engine's is another",
    { { 10, 1, "sh /run.sh" }, { 30, 7, "curl -f http://localhost" } },
    { { 10, 1, "sh /run.sh" }, { 31, 7, "curl -f http://localhost" } },
    VPROD__AGAIN_NO },
  { "only a zombie was there",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "[cp] <defunct>" }, { 12, 10, "" } },
    { { 10, 1, "sh /run.sh" } },
    VPROD__AGAIN_NO },
  { "nothing is known of before", { { 0 } }, { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } }, VPROD__AGAIN_NO },
  { "nothing is known of now", { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } }, { { 0 } }, VPROD__AGAIN_NO },
};

static void see (struct vprod__processes *processes, const struct line *lines)
{
  vprod__processes_look (processes);
  for (size_t i = 0; i < MOST && lines[i].pid; i++) {
    vprod_process process = { sizeof process, lines[i].pid, lines[i].ppid, 1001, "1001", lines[i].command };
    ck_assert_int_eq (vprod__processes_tell (processes, &process), 0);
  }
  vprod__processes_find_beside (processes);
}

START_TEST (judges)
{
  struct vprod__processes before = { .first_pid = 10 }, now = { .first_pid = 10 };
  const char *command = NULL;

  see (&before, cases[_i].before);
  see (&now, cases[_i].now);
  enum vprod__again again = vprod__start_again_judge (&before, &now, &command);
  ck_assert_msg (again == cases[_i].again, "%s: %d", cases[_i].what, (int) again);
  ck_assert_msg ((command != NULL) == (again == VPROD__AGAIN_YES), "%s", cases[_i].what);
  vprod__processes_clear (&before);
  vprod__processes_clear (&now);
}
END_TEST

START_TEST (says_nothing_where_the_first_process_is_not_known)
{
  struct vprod__processes before = { 0 }, now = { 0 };
  const char *command = NULL;

  see (&before, cases[0].before);
  see (&now, cases[0].now);
  ck_assert_int_eq (vprod__start_again_judge (&before, &now, &command), VPROD__AGAIN_NO);
  vprod__processes_clear (&before);
  vprod__processes_clear (&now);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("start_again");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, (int) (sizeof cases / sizeof cases[0]));
  tcase_add_test (tcase, says_nothing_where_the_first_process_is_not_known);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
