/* SPDX-License-Identifier: MIT */
/* Judging what ended and what was installed beside an app that stays up. */
#include "unit.h"

#include <stdio.h>

#include "checks/start/ends.h"
#include "checks/start/installs.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- processes that ended ---------------------------------------------------------------------------------- */

struct line {
  int64_t pid; /* 0 ends; the first is the container's first process */
  const char *command;
};

#define SERVER { 10, "python3 -u app.py" }
#define CODE(n) .status = (n) << 8, .status_known = 1
#define SIGNALLED(n) .status = (n), .status_known = 1
#define TRACEBACK(script, error)                                                                                  \
  "worker: consuming\nTraceback (most recent call last):\n  File \"" script "\", line 3, in <module>\n"           \
  "    os.environ[\"BROKER_URL\"]\n    ~~~~~~~~~~^^^^^^\n  File \"<frozen os>\", line 717, in __getitem__\n" error "\n"
#define KEY_ERROR "KeyError: 'BROKER_URL'"
#define GO "panic: no broker\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:5 +0x1\nexit status 2\n"

static const struct {
  const char *what;
  struct vprod__dead dead[3];
  struct line before[4];
  struct line now[4];
  const char *log;
  const char *wanted; /* "what|code|words;" of each */
} ends[] = {
  { "nothing", { { 0 } }, { SERVER }, { SERVER }, "up\n", "" },
  { "a worker below the server, with its traceback",
    { { 11, "python3", CODE (1) } }, { SERVER }, { SERVER }, TRACEBACK ("/srv/worker.py", KEY_ERROR),
    "python3 /srv/worker.py|1|" KEY_ERROR ";" },
  { "one that was seen before", { { 11, "node", CODE (3) } }, { SERVER, { 11, "node /srv/worker.js" } }, { SERVER }, "",
    "node /srv/worker.js|3|;" },
  { "one that was seen alive and as a zombie", { { 11, "node", CODE (3) } }, { SERVER },
    { SERVER, { 11, "node /srv/w.js" }, { 11, "[node] <defunct>" } }, "", "node /srv/w.js|3|;" },
  { "a crash", { { 11, "worker", SIGNALLED (11) } }, { SERVER }, { SERVER }, "", "worker|139|;" },
  { "a crash that left a core", { { 11, "worker", SIGNALLED (128 + 6) } }, { SERVER }, { SERVER }, "", "worker|134|;" },
  { "two of them", { { 11, "a", CODE (1) }, { 12, "b", CODE (127) } }, { SERVER }, { SERVER }, "", "a|1|;b|127|;" },

  { "a job that is done", { { 11, "migrate", CODE (0) } }, { SERVER }, { SERVER }, "", "" },
  { "ended by others",
    { { 11, "chrome", SIGNALLED (9) }, { 12, "helper", SIGNALLED (15) }, { 13, "cat", SIGNALLED (13) } },
    { SERVER }, { SERVER }, "", "" },
  { "ended by others, and a shell told of it", { { 11, "sh", CODE (143) } }, { SERVER }, { SERVER }, "", "" },
  { "asked whether something is there", { { 11, "grep", CODE (1) }, { 12, "pg_isready", CODE (2) } }, { SERVER },
    { SERVER }, "", "" },
  { "how it ended may not be seen", { { 11, "worker" } }, { SERVER }, { SERVER }, "", "" },

  /* without a zombie: its parent has reaped it */
  { "a script that does not run", { { 0 } }, { SERVER }, { SERVER }, TRACEBACK ("/srv/worker.py", KEY_ERROR),
    "/srv/worker.py|1|" KEY_ERROR ";" },
  { "python -m", { { 0 } }, { SERVER }, { SERVER },
    "Traceback (most recent call last):\n  File \"<frozen runpy>\", line 198, in _run_module_as_main\n"
    "  File \"<frozen runpy>\", line 88, in _run_code\n  File \"/srv/tasks/__main__.py\", line 2, in <module>\n    main ()\n"
    "ValueError: x\n",
    "/srv/tasks/__main__.py|1|ValueError: x;" },
  { "a script that runs again", { { 0 } }, { SERVER }, { SERVER, { 12, "python3 -u worker.py" } },
    TRACEBACK ("/srv/worker.py", KEY_ERROR), "" },
  { "the server's own words", { { 0 } }, { SERVER }, { SERVER }, TRACEBACK ("/srv/app.py", KEY_ERROR), "" },
  { "a request's", { { 0 } }, { SERVER }, { SERVER },
    "Traceback (most recent call last):\n  File \"/srv/lib/flask/app.py\", line 1, in wsgi_app\n    x\n" KEY_ERROR "\n", "" },
  { "a script of another module's frame", { { 0 } }, { SERVER }, { SERVER },
    "Traceback (most recent call last):\n  File \"/usr/lib/gunicorn/arbiter.py\", line 609, in spawn_worker\n    x\n"
    "  File \"/srv/w.py\", line 1, in <module>\n" KEY_ERROR "\n", "" },
  { "the processes are not known", { { 0 } }, { { 0 } }, { { 0 } }, TRACEBACK ("/srv/worker.py", KEY_ERROR), "" },
  { "no more of it", { { 0 } }, { SERVER }, { SERVER }, "Traceback (most recent call last):", "" },
  { "no more of it than a frame", { { 0 } }, { SERVER }, { SERVER },
    "Traceback (most recent call last):\n  File \"/srv/w.py\", line 3, in <module>", "" },

  { "Go", { { 0 } }, { SERVER }, { SERVER }, "up\n" GO, "|-1|panic: no broker;" },
  { "Go, and its zombie", { { 11, "worker", CODE (2) } }, { SERVER }, { SERVER }, GO, "worker|2|panic: no broker;" },
  { "a handler's panic", { { 0 } }, { SERVER }, { SERVER }, "2024/01/01 http: panic serving 1.2.3.4: x\ngoroutine 1 [running]:\n", "" },
  { "a word that begins so", { { 0 } }, { SERVER }, { SERVER }, "panic: don't\nall is well\n", "" },
  { "Rust", { { 0 } }, { SERVER }, { SERVER }, "thread 'main' panicked at src/main.rs:2:5:\nx\n",
    "|-1|thread 'main' panicked at src/main.rs:2:5:;" },
  { "a thread of Rust's", { { 0 } }, { SERVER }, { SERVER }, "thread 'tokio-runtime-worker' panicked at x\n", "" },
  { "Node.js", { { 0 } }, { SERVER }, { SERVER },
    "/srv/w.js:1\nthrow new Error(\"x\")\n^\n\nError: no broker\n    at x\n\nNode.js v20.11.0\n", "|-1|Error: no broker;" },
  { "Node.js's name", { { 0 } }, { SERVER }, { SERVER }, "Node.js v20.11.0\n", "" },
  { ".NET", { { 0 } }, { SERVER }, { SERVER }, "Unhandled exception. System.Exception: x\r\n",
    "|-1|Unhandled exception. System.Exception: x;" },
  { "a shell's word", { { 0 } }, { SERVER }, { SERVER },
    "start.sh: line 2:    12 Segmentation fault      (core dumped) ./worker\n",
    "|-1|start.sh: line 2:    12 Segmentation fault      (core dumped) ./worker;" },

  { "supervisord", { { 0 } }, { SERVER }, { SERVER },
    "2024-01-01 12:00:00,000 INFO spawned: 'worker' with pid 9\n"
    "2024-01-01 12:00:00,100 WARN exited: worker (exit status 1; not expected)\n"
    "2024-01-01 12:00:04,000 INFO gave up: worker entered FATAL state, too many start retries too quickly\n",
    "worker|1|2024-01-01 12:00:04,000 INFO gave up: worker entered FATAL state, too many start retries too quickly;" },
  { "supervisord, and then it ran", { { 0 } }, { SERVER }, { SERVER },
    "WARN exited: worker (exit status 1; not expected)\nINFO success: worker entered RUNNING state, process has stayed up\n",
    "" },
  { "supervisord, of two", { { 0 } }, { SERVER }, { SERVER },
    "WARN exited: worker (exit status 1; not expected)\nINFO success: nginx entered RUNNING state, process has stayed up\n",
    "worker|1|WARN exited: worker (exit status 1; not expected);" },
  { "supervisord, done", { { 0 } }, { SERVER }, { SERVER },
    "INFO exited: migrate (exit status 0; expected)\nWARN exited: once (exit status 0; not expected)\n"
    "WARN exited: w (terminated by SIGTERM; not expected)\n", "" },
  { "supervisord without a program", { { 0 } }, { SERVER }, { SERVER }, "INFO spawnerr: can't find command '/bin/w'\n",
    "/bin/w|-1|INFO spawnerr: can't find command '/bin/w';" },
  { "pm2", { { 0 } }, { SERVER }, { SERVER }, "PM2 | App [worker:1] exited with code [1] via signal [SIGINT]\n",
    "worker|1|PM2 | App [worker:1] exited with code [1] via signal [SIGINT];" },
  { "honcho", { { 0 } }, { SERVER }, { SERVER }, "12:00:00 system | worker.1 stopped (rc=1)\n",
    "worker.1|1|12:00:00 system | worker.1 stopped (rc=1);" },
  { "honcho, ended by others", { { 0 } }, { SERVER }, { SERVER }, "12:00:00 system | worker.1 stopped (rc=-15)\n", "" },
  { "concurrently", { { 0 } }, { SERVER }, { SERVER }, "[1] node worker.js exited with code 1\n",
    "node worker.js|1|[1] node worker.js exited with code 1;" },
  { "nginx", { { 0 } }, { SERVER }, { SERVER }, "2024/01/01 [notice] 1#1: unknown process 7 exited with code 1\n",
    "|1|2024/01/01 [notice] 1#1: unknown process 7 exited with code 1;" },
  { "nginx, whose cache loader is done", { { 0 } }, { SERVER }, { SERVER },
    "2024/01/01 [notice] 1#1: cache loader process 7 exited with code 0\nunknown process 8 exited with code 0\n", "" },
};

static void fill (struct vprod__processes *processes, const struct line *lines)
{
  if (!lines->pid)
    return;
  vprod__processes_look (processes);
  processes->first_pid = lines->pid;
  for (int i = 0; i < 4 && lines[i].pid; i++) {
    vprod_process process = { .size = sizeof process, .pid = lines[i].pid, .ppid = i ? 10 : 1, .euid = 1001,
                              .user = "1001", .command = lines[i].command };
    ck_assert_int_eq (vprod__processes_tell (processes, &process), 0);
  }
  vprod__processes_find_beside (processes);
}

START_TEST (tells_of_processes_that_ended_with_an_error)
{
  struct vprod__processes before = { 0 }, now = { 0 };
  struct vprod__ends found = { 0 };
  char text[2048] = "";
  size_t n_dead = 0;

  fill (&before, ends[_i].before);
  fill (&now, ends[_i].now);
  while (n_dead < 3 && ends[_i].dead[n_dead].pid)
    n_dead++;
  ck_assert_int_eq (vprod__ends_judge (ends[_i].dead, n_dead, &before, &now, ends[_i].log, &found), 0);
  for (size_t i = 0; i < found.count; i++)
    sprintf (text + strlen (text), "%s|%d|%s;", found.list[i].what, found.list[i].code, found.list[i].words);
  ck_assert_msg (strcmp (text, ends[_i].wanted) == 0, "%s: %s", ends[_i].what, text);
  vprod__ends_clear (&found);
  vprod__processes_clear (&before);
  vprod__processes_clear (&now);
}
END_TEST

/* Nothing in a log makes it slow. */
START_TEST (a_log_of_odd_lines_is_read)
{
  static const char *const pieces[] = { "| ", "exited: ", "Traceback (most recent call last):\n", "panic: \n", "App [", ": line " };
  struct vprod__processes none = { 0 };

  for (int i = 0; i < COUNT (pieces); i++) {
    struct vprod__ends found = { 0 };
    size_t length = strlen (pieces[i]), size = 256 * 1024;
    char *log = malloc (size + 1);
    for (size_t n = 0; n < size; n++)
      log[n] = pieces[i][n % length];
    log[size] = '\0';
    ck_assert_int_eq (vprod__ends_judge (NULL, 0, &none, &none, log, &found), 0);
    ck_assert_uint_eq (found.count, 0);
    vprod__ends_clear (&found);
    free (log);
  }
}
END_TEST

static const struct {
  struct line now[4];
  const char *text;
  int lives;
} living[] = {
  { { SERVER, { 11, "python3 -u worker.py" } }, "worker.py", 1 },
  { { SERVER, { 11, "celery beat -A x" } }, "celery beat", 1 },
  { { SERVER }, "app.py", 1 },
  { { SERVER }, "worker.py", 0 },
  { { SERVER, { 11, "[python3] <defunct>" } }, "python3] <", 0 },
  /* a shell has in its command line what it starts */
  { { { 10, "sh -c python3 worker.py & python3 app.py" }, { 11, "python3 app.py" } }, "worker.py", 0 },
  { { { 10, "sh /srv/start.sh" }, { 11, "python3 app.py" } }, "start.sh", 1 },
};

START_TEST (finds_a_process_that_lives)
{
  struct vprod__processes now = { 0 };

  fill (&now, living[_i].now);
  ck_assert_int_eq (vprod__process_lives (&now, living[_i].text), living[_i].lives);
  vprod__processes_clear (&now);
}
END_TEST

/* ---- packages ---------------------------------------------------------------------------------------------- */

#define SITE "/srv/.venv/lib/python3.13/site-packages/"
#define A(path) { sizeof (vprod_change), path, VPROD_CHANGE_ADDED }
#define M(path) { sizeof (vprod_change), path, VPROD_CHANGE_MODIFIED }

static const struct {
  const char *what;
  vprod_change changes[10];
  const char *wanted;
} installs[] = {
  { "nothing", { { 0 } }, "" },
  { "uv", { M (SITE), A (SITE "pytest-8.dist-info"), A (SITE "pytest-8.dist-info/RECORD"), A (SITE "pluggy-1.dist-info") },
    "2 packages below /srv/.venv/lib/python3.13/site-packages (pytest-8, pluggy-1)" },
  { "npm", { A ("/app/node_modules/jest/package.json"), A ("/app/node_modules/@a/b/package.json"),
             A ("/app/node_modules/jest/build/package.json"), A ("/app/node_modules/jest/node_modules/x/package.json") },
    "3 packages below /app/node_modules (jest, @a/b, x)" },
  { "gems", { A ("/usr/lib/ruby/specifications/rspec-3.gemspec") }, "1 package below /usr/lib/ruby/specifications (rspec-3)" },
  { "dpkg", { M ("/var/lib/dpkg/status"), A ("/var/lib/dpkg/info/make.list"), A ("/var/lib/dpkg/info/make.md5sums") },
    "1 package below /var/lib/dpkg/info (make)" },
  { "many", { A (SITE "a-1.dist-info"), A (SITE "b-1.dist-info"), A (SITE "c-1.dist-info"), A (SITE "d-1.dist-info"),
              A (SITE "e-1.dist-info"), A (SITE "f-1.dist-info") },
    "6 packages below /srv/.venv/lib/python3.13/site-packages (a-1, b-1, c-1, d-1, e-1, …)" },

  { "what an app writes",
    { A ("/srv/__pycache__/app.pyc"), A ("/tmp/x"), A ("/srv/db.sqlite3"), A ("/app/public/assets/app.js"),
      A ("/var/log/app.log"), A (SITE "__pycache__/six.cpython-313.pyc"), A ("/app/tmp/cache/package.json"),
      A ("/app/node_modules/.cache/x/package.json"), A ("/app/node_modules/.prisma/client/package.json"),
      A ("/app/package.json") }, "" },
  { "touched", { M (SITE "pytest-8.dist-info"), M (SITE "pytest-8.dist-info/RECORD"), A (SITE "pytest-8.dist-info/REQUESTED") },
    "" },
  { "the project itself", { A (SITE "shelf-0.1.dist-info"), A (SITE "shelf-0.1.dist-info/direct_url.json") }, "" },
  { "the project itself, in another order",
    { A (SITE "shelf-0.1.dist-info/direct_url.json"), A (SITE "shelf-0.1.dist-info"), A (SITE "six-1.dist-info") },
    "1 package below /srv/.venv/lib/python3.13/site-packages (six-1)" },
  { "a cache", { A ("/root/.cache/uv/archive-v0/x/pytest-8.dist-info"), A ("/tmp/c/archive-v0/x/site-packages/p-8.dist-info") },
    "" },
  { "gone", { { sizeof (vprod_change), SITE "pytest-8.dist-info", VPROD_CHANGE_DELETED } }, "" },
};

START_TEST (tells_of_packages_that_are_new)
{
  struct vprod__installs found = { 0 };

  for (int i = 0; i < 10 && installs[_i].changes[i].path; i++)
    ck_assert_int_eq (vprod__installs_take (&found, &installs[_i].changes[i]), 0);
  char *text = vprod__installs_text (&found);
  ck_assert_ptr_nonnull (text);
  ck_assert_msg (strcmp (text, installs[_i].wanted) == 0, "%s: %s", installs[_i].what, text);
  free (text);
  vprod__installs_clear (&found);
}
END_TEST

static const struct {
  const char *log;
  const char *said; /* NULL: nothing */
} logs[] = {
  { "Resolved 5 packages in 3ms\nInstalled 5 packages in 941ms\n + pytest==8\n", "Installed 5 packages in 941ms" },
  { "Installed 1 package in 2ms", "Installed 1 package in 2ms" },
  { "x\nSuccessfully installed pytest-8\r\n", "Successfully installed pytest-8" },
  { "\nadded 12 packages, and audited 13 packages in 2s\n", "added 12 packages, and audited 13 packages in 2s" },
  { "Setting up make (4.3-4.1) ...\n", "Setting up make (4.3-4.1) ..." },
  { "(1/3) Installing musl-dev (1.2.5-r0)\n", "(1/3) Installing musl-dev (1.2.5-r0)" },
  { "  Package operations: 3 installs, 0 updates\n", "Package operations: 3 installs, 0 updates" },
  { "Setting up the router\nSetting up routes ...\n", NULL },
  { "INFO we added 3 packages to the order\nInstalled handlers\nadded packages\n", NULL },
  { "Audited 5 packages in 1ms\nup to date, audited 13 packages in 1s\n", NULL },
  { "", NULL },
};

START_TEST (knows_the_words_of_installers)
{
  size_t length = 0;
  const char *said = vprod__installs_said (logs[_i].log, &length);

  ck_assert_int_eq (said != NULL, logs[_i].said != NULL);
  if (!said)
    return;
  ck_assert_uint_eq (length, strlen (logs[_i].said));
  ck_assert_mem_eq (said, logs[_i].said, length);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("start_inside");
  TCase *tcase = tcase_create ("start_inside");

  tcase_add_loop_test (tcase, tells_of_processes_that_ended_with_an_error, 0, COUNT (ends));
  tcase_add_test (tcase, a_log_of_odd_lines_is_read);
  tcase_add_loop_test (tcase, finds_a_process_that_lives, 0, COUNT (living));
  tcase_add_loop_test (tcase, tells_of_packages_that_are_new, 0, COUNT (installs));
  tcase_add_loop_test (tcase, knows_the_words_of_installers, 0, COUNT (logs));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
