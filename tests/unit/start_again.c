/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "session/app_again.h"

/* pid 0 ends. The first process is 10, the first line of each look. */
struct line {
  int64_t pid;
  int64_t ppid;
  const char *command;
};

#define MOST 8

/* How many sockets listen on the port, and the kernel's numbers of them. */
#define LISTENS(...) { 1, sizeof ((uint64_t[]) { __VA_ARGS__ }) / sizeof (uint64_t), { __VA_ARGS__ } }
#define LISTENS_NOT { .known = 1 }

static const struct {
  const char *what;
  struct line before[MOST];
  struct line now[MOST];
  enum vprod__again again;
  struct vprod__sockets listens_before;
  struct vprod__sockets listens_now;
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
  { "a supervisor in the middle stays",
    { { 10, 1, "s6-svscan /run" }, { 11, 10, "s6-supervise app" }, { 12, 11, "/app" } },
    { { 10, 1, "s6-svscan /run" }, { 11, 10, "s6-supervise app" }, { 13, 11, "/app" } },
    VPROD__AGAIN_YES },
  { "a daemon, and what keeps the container",
    { { 10, 1, "tail -f /dev/null" }, { 11, 10, "/app" } },
    { { 10, 1, "tail -f /dev/null" } },
    VPROD__AGAIN_GONE },
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

  { "a supervisor of its own, and another socket",
    { { 10, 1, "python3 /supervise.py" }, { 11, 10, "/app" } },
    { { 10, 1, "python3 /supervise.py" }, { 12, 10, "/app" } },
    VPROD__AGAIN_YES, LISTENS (100), LISTENS (200) },
  { "s6 keeps its supervisor",
    { { 10, 1, "s6-svscan /run" }, { 11, 10, "s6-supervise app" }, { 12, 11, "/app" } },
    { { 10, 1, "s6-svscan /run" }, { 11, 10, "s6-supervise app" }, { 13, 11, "/app" } },
    VPROD__AGAIN_YES, LISTENS (100, 101), LISTENS (200, 201) },
  { "its arguments are other ones each time",
    { { 10, 1, "node /supervise.js" }, { 11, 10, "/app --run 1" } },
    { { 10, 1, "node /supervise.js" }, { 12, 10, "/app --run 2" } },
    VPROD__AGAIN_YES, LISTENS (100), LISTENS (200) },
  { "a master with the socket renews all its workers",
    { { 10, 1, "gunicorn: master" }, { 11, 10, "gunicorn: worker" } },
    { { 10, 1, "gunicorn: master" }, { 12, 10, "gunicorn: worker" } },
    VPROD__AGAIN_NO, LISTENS (100), LISTENS (100) },
  { "the same behind a shell, whose helper is the master",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } },
    { { 10, 1, "sh /run.sh" }, { 12, 10, "/app" } },
    VPROD__AGAIN_NO, LISTENS (100, 101), LISTENS (101) },
  { "it became another program, with another socket",
    { { 10, 1, "/app" } },
    { { 10, 1, "/app again" } },
    VPROD__AGAIN_NO, LISTENS (100), LISTENS (200) },
  { "the same behind an init",
    { { 10, 1, "tini -- /app" }, { 11, 10, "/app" } },
    { { 10, 1, "tini -- /app" }, { 11, 10, "/app" } },
    VPROD__AGAIN_NO, LISTENS (100), LISTENS (200) },
  { "nothing listens any more, whoever is left",
    { { 10, 1, "tail -f /dev/null" }, { 11, 10, "/app" }, { 12, 10, "helper" } },
    { { 10, 1, "tail -f /dev/null" }, { 12, 10, "helper" } },
    VPROD__AGAIN_GONE, LISTENS (100), LISTENS_NOT },
  { "nothing listened between the answers and a new beginning",
    { { 10, 1, "python3 /supervise.py" } },
    { { 10, 1, "python3 /supervise.py" }, { 12, 10, "/app" } },
    VPROD__AGAIN_YES, LISTENS_NOT, LISTENS (200) },
  { "the same of a first process that opens its port again",
    { { 10, 1, "/app" }, { 11, 10, "helper" } },
    { { 10, 1, "/app" }, { 11, 10, "helper" } },
    VPROD__AGAIN_NO, LISTENS_NOT, LISTENS (200) },
  { "nothing listens any more already when it has answered",
    { { 10, 1, "sh /run.sh" }, { 11, 10, "sleep 600" } },
    { { 10, 1, "sh /run.sh" }, { 11, 10, "sleep 600" } },
    VPROD__AGAIN_GONE, LISTENS_NOT, LISTENS_NOT },
  { "who listens is known once only",
    { { 10, 1, "/app" }, { 11, 10, "convert" } },
    { { 10, 1, "/app" }, { 12, 10, "convert" } },
    VPROD__AGAIN_NO, LISTENS (100), { 0 } },

  { "nothing is known of before", { { 0 } }, { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } }, VPROD__AGAIN_NO },
  { "nothing is known of now", { { 10, 1, "sh /run.sh" }, { 11, 10, "/app" } }, { { 0 } }, VPROD__AGAIN_NO },
};

static struct vprod__sight see (int64_t first_pid, const struct line *lines, const struct vprod__sockets *listens)
{
  struct vprod__sight sight = { .processes = { .first_pid = first_pid }, .sockets = *listens };

  vprod__processes_look (&sight.processes);
  for (size_t i = 0; i < MOST && lines[i].pid; i++) {
    vprod_process process = { sizeof process, lines[i].pid, lines[i].ppid, 1001, "1001", lines[i].command };
    ck_assert_int_eq (vprod__processes_tell (&sight.processes, &process), 0);
  }
  vprod__processes_find_beside (&sight.processes);
  return sight;
}

static void assert_judged (int64_t first_pid, int i, enum vprod__again wanted)
{
  struct vprod__sight before = see (first_pid, cases[i].before, &cases[i].listens_before);
  struct vprod__sight now = see (first_pid, cases[i].now, &cases[i].listens_now);
  const char *command = NULL;

  enum vprod__again again = vprod__again_judge (&before, &now, &command);
  ck_assert_msg (again == wanted, "%s: %d", cases[i].what, (int) again);
  ck_assert_msg ((command != NULL) == (again == VPROD__AGAIN_YES), "%s", cases[i].what);
  vprod__sight_clear (&before);
  vprod__sight_clear (&now);
}

START_TEST (judges)
{
  assert_judged (10, _i, cases[_i].again);
}
END_TEST

START_TEST (says_nothing_where_the_first_process_is_not_known)
{
  assert_judged (0, 0, VPROD__AGAIN_NO);
}
END_TEST

/* ---- many looks at one that never answered ----------------------------------------------------------------- */

#define LOOKS 16

static const struct {
  const char *what;
  const char *first;         /* command of the first process, 10 */
  const char *looks[LOOKS];  /* "PID PPID command", others after ';'; "": the first process alone */
  int serves;
  const char *loop;          /* or NULL */
} loops[] = {
  { "a shell's loop", "sh -c while :; do /app; done",
    { "11 10 /app", "11 10 /app", "", "12 10 /app", "13 10 /app" }, 1,
    "/app" },
  { "started twice is no loop yet", "sh /run.sh", { "11 10 /app", "", "12 10 /app", "" }, 1, NULL },
  { "a job that a shell runs again and again", "sh /run.sh",
    { "11 10 /job", "12 10 /job", "13 10 /job" }, 0, NULL },
  { "an entrypoint that waits", "sh /run.sh",
    { "11 10 nc -z db 5432", "12 10 nc -z db 5432", "13 10 nc -z db 5432" }, 1,
    NULL },
  { "others of the same program, at the same time", "sh /run.sh",
    { "11 10 /app;12 11 /app", "11 10 /app;13 11 /app", "11 10 /app;14 11 /app" }, 1, NULL },
  { "each once", "sh /run.sh", { "11 10 /migrate", "12 10 /seed", "13 10 /app" }, 1, NULL },
  { "a supervisor starts it again", "supervisord -n",
    { "11 10 /app", "11 10 /app", "", "12 10 /app" }, 0, "/app" },
  { "nobody had collected it yet", "supervisord -n",
    { "11 10 /app", "11 10 [app] <defunct>", "12 10 /app" }, 0, "/app" },
  { "a supervisor in the middle", "s6-svscan /run",
    { "11 10 s6-supervise app;12 11 /app", "11 10 s6-supervise app", "11 10 s6-supervise app;13 11 /app" }, 0,
    "/app" },
  { "an init only reaps", "tini -- sh /run.sh", { "11 10 /app", "12 10 /app" }, 0, NULL },
  { "another stays", "supervisord -n",
    { "9 10 /w;11 10 /app", "9 10 /w;12 10 /app", "9 10 /w", "9 10 /w", "9 10 /w", "9 10 /w", "9 10 /w", "9 10 /w",
      "9 10 /w", "9 10 /w", "9 10 /w", "9 10 /w" }, 0, NULL },
};

static void look_more (struct vprod__processes *looks, const char *first, const char *others)
{
  vprod_process process = { sizeof process, 10, 1, 1001, "1001", first };

  vprod__processes_look (looks);
  ck_assert_int_eq (vprod__processes_tell (looks, &process), 0);
  while (*others) {
    size_t length = strcspn (others, ";");
    char command[64];
    long pid, ppid;
    ck_assert_int_eq (sscanf (others, "%ld %ld %63[^;]", &pid, &ppid, command), 3);
    process = (vprod_process) { sizeof process, pid, ppid, 1001, "1001", command };
    ck_assert_int_eq (vprod__processes_tell (looks, &process), 0);
    others += length + (others[length] == ';');
  }
  vprod__processes_find_beside (looks);
}

START_TEST (sees_a_loop)
{
  struct vprod__processes looks = { .first_pid = 10 };

  for (size_t i = 0; i < LOOKS && loops[_i].looks[i]; i++)
    look_more (&looks, loops[_i].first, loops[_i].looks[i]);
  const char *loop = vprod__loop_judge (&looks, loops[_i].serves);
  if (loops[_i].loop)
    ck_assert_msg (loop && strcmp (loop, loops[_i].loop) == 0, "%s: %s", loops[_i].what, loop ? loop : "none");
  else
    ck_assert_msg (!loop, "%s: %s", loops[_i].what, loop);
  vprod__processes_clear (&looks);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("start_again");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, (int) (sizeof cases / sizeof cases[0]));
  tcase_add_test (tcase, says_nothing_where_the_first_process_is_not_known);
  tcase_add_loop_test (tcase, sees_a_loop, 0, (int) (sizeof loops / sizeof loops[0]));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
