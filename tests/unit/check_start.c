/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/start/facts.h"
#include "checks/start/ends.h"

static const struct vprod__start_service database = { "db", "16.4", 600 };
static const struct vprod__start_service database_and_cache[] = { { "db", "16.4", 600 }, { "cache", NULL, 70 } };
static const struct vprod__start_service two_databases[] = { { "db", "16.4", 600 }, { "log", "15.8", 70 } };

/* the number of connections seen; -1: not known */
#define UP(n) .started = 1, .running = 1, .up_ms = 1400, .connections = n
#define ENDED(n) .started = 1, .up_ms = 300, .connections = n
#define WITH_DATABASE .services = &database, .n_services = 1, .n_databases = 1

static char worker[] = "python3 /srv/worker.py", key_error[] = "KeyError: 'BROKER_URL'", none[] = "";
static struct vprod__end of_worker = { worker, 1, key_error }, of_unknown = { none, -1, key_error };
static const struct vprod__ends one_end = { &of_worker, 1 }, unknown_end = { &of_unknown, 1 };
#define LISTS(text) .lists_processes = 1, .missing = text

static char state[] = "/state";
static char *const places[] = { state, NULL };

static const struct {
  struct vprod__start_facts facts;
  struct wanted wanted;
} cases[] = {
  { { UP (-1), .ends = &one_end }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { UP (-1), .ends = &one_end, .lists_processes = 1 }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { UP (-1), .ends = &one_end, LISTS ("worker.py") },
    { VPROD_VERDICT_FAIL, 0, "the spec lists the process worker.py: none runs any more, it ended with exit code 1 (", "wait -n" } },
  { { UP (-1), .ends = &unknown_end, LISTS ("worker.py") },
    { VPROD_VERDICT_FAIL, 0, "the spec lists the process worker.py, and none runs", "log" } },
  { { UP (-1), .ends = &unknown_end, LISTS ("BROKER") }, { VPROD_VERDICT_FAIL, 0, "none runs any more, it ended with an error", NULL } },
  { { UP (-1), LISTS ("worker.py") }, { VPROD_VERDICT_FAIL, 0, "the spec lists the process worker.py, and none runs", "log" } },
  { { UP (-1), .lists_processes = 1, .processes_untold = 1 },
    { .error = VPROD_ERROR_UNSUPPORTED, .message = "checks.start.processes" } },
  { { UP (-1), .processes_untold = 1 }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { ENDED (-1), .exit_code = 1, LISTS ("worker.py") }, { VPROD_VERDICT_FAIL, 0, "did not stay up", NULL } },
  { { UP (-1), .installs = "5 packages below /srv (a, b)" }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { UP (-1), .dead_port = 8080, .dead_where = VPROD__WHERE_OTHER_PORT, .listens = "0.0.0.0:9000" },
    { VPROD_VERDICT_FAIL, 0, "healthy, but nothing listens on port 8080 (run.port); it listens on 0.0.0.0:9000", "run.port" } },
  { { UP (-1), .dead_port = 8080, .dead_where = VPROD__WHERE_NOWHERE, .listens = "" },
    { VPROD_VERDICT_FAIL, 0, "nothing listens on port 8080 (run.port); it listens on no TCP port", "run.port" } },
  { { UP (-1), .dead_port = 8080, .dead_where = VPROD__WHERE_LOOPBACK, .listens = "127.0.0.1:8080" },
    { VPROD_VERDICT_FAIL, 0, "cannot be reached from outside its container: it listens on 127.0.0.1:8080", "0.0.0.0" } },
  { { UP (-1), .dead_port = 8080 }, { VPROD_VERDICT_FAIL, 0, "connections to port 8080 (run.port) are refused or closed", NULL } },
  { { UP (5), WITH_DATABASE },
    { VPROD_VERDICT_PASS, 0, "up for 1.4 s beside PostgreSQL 16.4 (ready after 600 ms), which saw 5 connections from it",
      "" } },
  { { UP (1), WITH_DATABASE }, { VPROD_VERDICT_PASS, 0, "saw 1 connection from it", "" } },
  { { UP (0), WITH_DATABASE }, { VPROD_VERDICT_PASS, 0, "to which it made no connection", "" } },
  { { UP (-1), WITH_DATABASE }, { VPROD_VERDICT_PASS, 0, "beside PostgreSQL 16.4 (ready after 600 ms)", "" } },
  { { UP (2), .services = two_databases, .n_services = 2, .n_databases = 2 },
    { VPROD_VERDICT_PASS, 0, "PostgreSQL 16.4 (ready after 600 ms), PostgreSQL 15.8 (ready after 70 ms)", "" } },
  { { UP (2), .services = database_and_cache, .n_services = 2, .n_databases = 1 },
    { VPROD_VERDICT_PASS, 0,
      "up for 1.4 s beside cache (ready after 70 ms), PostgreSQL 16.4 (ready after 600 ms), which saw 2 connections from it", "" } },
  { { UP (-1), .services = database_and_cache + 1, .n_services = 1 },
    { VPROD_VERDICT_PASS, 0, "up for 1.4 s beside cache (ready after 70 ms)", "" } },
  { { UP (-1), .services = database_and_cache + 1, .n_services = 1, .uses_database = 1 },
    { .error = VPROD_ERROR_SPEC, .message = "names no database" } },
  { { UP (-1) }, { VPROD_VERDICT_PASS, 0, "the spec names no service", "" } },
  { { UP (-1), .log = "exec /x: no such file or directory" }, { VPROD_VERDICT_PASS, 0, "up for 1.4 s", "" } },

  { { UP (1), WITH_DATABASE, .uses_database = 1 }, { VPROD_VERDICT_PASS, 0, "1 connection", "" } },
  { { UP (0), WITH_DATABASE, .uses_database = 1 },
    { VPROD_VERDICT_FAIL, 0, "its database saw no connection from it in 1.4 s", "run.env" } },
  { { UP (0), WITH_DATABASE, .uses_database = 1, .turned_away = 2,
      .turned_away_why = "password authentication failed for user \"verify\"" },
    { VPROD_VERDICT_FAIL, 0, "let no connection from it in, of 2 attempts: password authentication failed", "${db.user}" } },
  { { UP (0), WITH_DATABASE, .wants_tls = 1, .turned_away = 1, .turned_away_why = "no pg_hba.conf entry for x, no encryption" },
    { VPROD_VERDICT_FAIL, 0, "let no connection from it in, of 1 attempt: no pg_hba.conf entry for x, no encryption",
      "over TLS alone" } },
  { { UP (1), WITH_DATABASE, .wants_tls = 1 }, { VPROD_VERDICT_PASS, 0, "1 connection", "" } },
  { { UP (0), WITH_DATABASE, .wants_tls = 1 }, { VPROD_VERDICT_PASS, 0, "no connection", "" } },
  { { UP (0), WITH_DATABASE, .uses_database = 1, .turned_away = 1,
      .turned_away_why = "could not accept SSL connection: tlsv1 alert unknown ca" },
    { VPROD_VERDICT_FAIL, 0, "of 1 attempt: could not accept SSL connection", "${db.ca}" } },
  { { UP (0), WITH_DATABASE, .uses_database = 1, .turned_away = 1 },
    { VPROD_VERDICT_FAIL, 0, "let no connection from it in, of 1 attempt (checks", "log in" } },
  { { UP (-1), WITH_DATABASE, .uses_database = 1 }, { .error = VPROD_ERROR_DATABASE, .message = "cannot tell" } },
  { { UP (-1), .uses_database = 1 }, { .error = VPROD_ERROR_SPEC, .message = "names no database" } },
  { { UP (4), WITH_DATABASE, .restart_count = 2 }, { VPROD_VERDICT_FAIL, 0, "restarted it 2 times", "log" } },
  { { UP (4), WITH_DATABASE, .again = "/app --port 8000" },
    { VPROD_VERDICT_FAIL, 0, "it was started again inside the container: /app --port 8000", "exec" } },
  { { UP (0), .left = "tail -f /dev/null", .port = 8000 },
    { VPROD_VERDICT_FAIL, 0, "nothing listens on port 8000 any more, though the container's first process runs on: tail -f",
      "exec" } },
  { { UP (0), WITH_DATABASE, .uses_database = 1, .left = "sh run.sh" },
    { VPROD_VERDICT_FAIL, 0, "its server is gone, though the container's first process runs on: sh run.sh", "exec" } },

  { { ENDED (-1), WITH_DATABASE, .left = "sh run.sh" },
    { VPROD_VERDICT_FAIL, 0, "ended by itself with exit code 0 after 300 ms and wrote nothing", "foreground" } },
  { { ENDED (-1), .exit_code = 1, .log = "KeyError: 'KEY'" },
    { VPROD_VERDICT_FAIL, 0, "ended after 300 ms with exit code 1 (its own word for a general error)", "run.env" } },
  /* what the spec takes from it */
  { { ENDED (-1), .exit_code = 1, .settings.read_only = 1, .log = "OSError: [Errno 30] Read-only file system: '/srv/x'" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "file system: '/srv/x'`. The root file system is read-only (run.read-only)" } },
  { { ENDED (-1), .exit_code = 1, .log = "OSError: [Errno 30] Read-only file system: '/srv/x'" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "Give the image's USER" } },
  { { ENDED (-1), .exit_code = 1, .settings.cap_drop = 1, .log = "chown: /data: Operation not permitted\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "run.cap-add" } },
  { { ENDED (-1), .exit_code = 1, .settings.pids = 1, .log = "sh: can't fork: Resource temporarily unavailable\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "run.pids" } },
  { { ENDED (-1), .exit_code = 1, .settings.user = 1, .log = "open /state/x: permission denied\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "It runs as run.user" } },
  { { ENDED (-1), .exit_code = 1, .settings = { .user = 1, .volumes = places }, .log = "open /state/x: permission denied\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "run.volumes" } },
  { { ENDED (-1), .exit_code = 1, .settings = { .user = 1, .volumes = places }, .log = "open /other/x: permission denied\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "It runs as run.user" } },
  { { ENDED (-1), .exit_code = 1, .settings.volumes = places, .log = "sh: can't open /state/seed: no such file\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "mounted, and empty" } },
  { { ENDED (-1), .exit_code = 1, .settings.volumes = places, .log = "sh: can't open /etc/seed: no such file\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "Read its log below" } },
  { { ENDED (-1), .exit_code = 137, .settings.memory = 1, .log = "" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "run.memory" } },
  { { ENDED (-1), .exit_code = 1, .oom_killed = 1, .settings.memory = 1, .log = "permission denied" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "run.memory" } },
  { { UP (-1), .oom_killed = 1, .settings.memory = 1 },
    { VPROD_VERDICT_FAIL, 0, "it used more memory than run.memory allows", "run.memory" } },
  { { UP (-1), .oom_killed = 1 }, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { { .why = "exec: \"/app\": operation not permitted", .settings.no_new_privileges = 1 },
    { VPROD_VERDICT_FAIL, 0, "could not start", "run.no-new-privileges" } },
  /* the log's own words */
  { { ENDED (-1), .exit_code = 1, .log = "[warn] x\n[emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up",
      "Its log says `[emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)`. Give the image's USER" } },
  { { ENDED (-1), .exit_code = 1, .log = "Error: Unable to access jarfile /app.jar\r\nbye" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "says `Error: Unable to access jarfile /app.jar`. What the app loads" } },
  { { ENDED (-1), .exit_code = 1, .log = "Error: Cannot find module 'x'\nError: listen EADDRINUSE: :::80" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "EADDRINUSE: :::80`. Two programs" } },
  { { ENDED (-1), .exit_code = 1, .log = "UndefinedTable: relation \"notes\" does not exist\nLINE 1: x\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "relation \"notes\" does not exist`. The database is a new" } },
  { { ENDED (-1), .exit_code = 1, .log = "the database schema is not up to date: current=None expected=003_index\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "`. The app wants another schema than its database has: name the command that migrates "
                                       "it in `run.before`" } },
  { { ENDED (-1), .exit_code = 1, .log = "FATAL:  database \"reports\" does not exist\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "services.NAME.postgres.init" } },
  { { ENDED (-1), .exit_code = 1, .log = "FATAL:  password authentication failed for user \"a\"\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "come from `run.env`" } },
  { { ENDED (-1), .exit_code = 1, .log = "Error: getaddrinfo ENOTFOUND redis\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "ENOTFOUND redis`. Nothing of that name" } },
  { { ENDED (-1), .exit_code = 1,
      .log = "error: Failed to fetch: `https://pypi.org/simple/pytest/`\n  Caused by: Request failed after 3 retries\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "`. It installs packages as it starts, and did not get them" } },
  { { ENDED (-1), .exit_code = 1,
      .log = "Temporary failure in name resolution\nERROR: No matching distribution found for pytest\n" },
    { VPROD_VERDICT_FAIL, 0, "did not stay up", "uv run --no-sync" } },
  { { ENDED (-1), .log = "Can't bind: Address already in use\n" },
    { VPROD_VERDICT_FAIL, 0, "ended by itself with exit code 0 after 300 ms", "Two programs" } },
  { { ENDED (-1), .exit_code = 139, .log = "Permission denied\n" }, { VPROD_VERDICT_FAIL, 0, "SIGSEGV", "It crashed" } },
  { { ENDED (-1), .exit_code = 126 }, { VPROD_VERDICT_FAIL, 0, "not executable", "chmod" } },
  { { ENDED (-1), .exit_code = 127, .log = "sh: 1: app: not found" },
    { VPROD_VERDICT_FAIL, 0, "127 (the program was not found)", "ENTRYPOINT" } },
  { { ENDED (-1), .exit_code = 132 }, { VPROD_VERDICT_FAIL, 0, "instruction", "-march=native" } },
  { { ENDED (-1), .exit_code = 137, .oom_killed = 1 }, { VPROD_VERDICT_FAIL, 0, "out of memory", "memory" } },
  { { ENDED (-1), .exit_code = 137 }, { VPROD_VERDICT_FAIL, 0, "SIGKILL", "killed it" } },
  { { ENDED (-1), .exit_code = 139 }, { VPROD_VERDICT_FAIL, 0, "SIGSEGV", "crashed" } },
  { { ENDED (-1), .exit_code = 1, .log = "exec /app/run.sh: no such file or directory\n" },
    { VPROD_VERDICT_FAIL, 0, "ended at once with exit code 1: its program, or the interpreter", "`#!`" } },
  { { ENDED (-1), .exit_code = 255, .log = "exec /app/server: exec format error\n" },
    { VPROD_VERDICT_FAIL, 0, "not for this processor", "platform" } },
  /* one that ended is not also blamed for its database */
  { { ENDED (0), WITH_DATABASE, .exit_code = 1, .uses_database = 1 }, { VPROD_VERDICT_FAIL, 0, "did not stay up", NULL } },

  { { .why = "exec: \"/nope\": no such file or directory: unknown" },
    { VPROD_VERDICT_FAIL, 0, "could not be started: its program", "last stage" } },
  { { .why = "exec: \"/app\": permission denied: unknown" }, { VPROD_VERDICT_FAIL, 0, "may not be executed", "chmod" } },
  { { .why = "unable to find user app: no matching entries in passwd file" },
    { VPROD_VERDICT_FAIL, 0, "unable to find user app", "USER 1001:1001" } },
  { { .why = "No command specified" }, { VPROD_VERDICT_FAIL, 0, "neither ENTRYPOINT nor CMD", "CMD [" } },
  { { .why = "something new" },
    { VPROD_VERDICT_FAIL, 0, "the engine could not start the app: something new", "docker run" } },
  { { .why = NULL }, { VPROD_VERDICT_FAIL, 0, "did not say why", NULL } },
};

static vprod_result *judge (struct vprod__start_facts facts, const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  facts.log = facts.log ? facts.log : "";
  facts.log_length = strlen (facts.log);
  int r = vprod__start_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

static void assert_finding (struct vprod__start_facts facts, const char *message)
{
  struct wanted wanted = { VPROD_VERDICT_PASS, 0, "stayed up", "" };

  facts.started = facts.running = 1;
  vprod_result *result = judge (facts, &wanted);
  ck_assert_uint_eq (vprod_result_count_findings (result), message ? 1 : 0);
  if (message)
    assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "message"), message);
  vprod_result_free (result);
}

START_TEST (tells_of_what_does_not_end_the_app)
{
  assert_finding ((struct vprod__start_facts) { .ends = &one_end },
                  "a process of the app ended with exit code 1 (its own word for a general error): python3 "
                  "/srv/worker.py; the log says `KeyError: 'BROKER_URL'`");
  assert_finding ((struct vprod__start_facts) { .ends = &unknown_end },
                  "a process of the app ended with an error; the log says `KeyError: 'BROKER_URL'`");
  assert_finding ((struct vprod__start_facts) { .installs = "5 packages below /srv (a)" },
                  "the app puts packages into its file system as it starts: 5 packages below /srv (a); where they come");
  assert_finding ((struct vprod__start_facts) { .installs = "5 packages below /srv (a)",
                                                .installs_said = "Installed 5 packages in 9ms" },
                  "the app installs packages as it starts: 5 packages below /srv (a); the log says `Installed 5 packages "
                  "in 9ms`: it needs their index to come up");
  assert_finding ((struct vprod__start_facts) { .installs = "", .installs_said = "Installed 5 packages in 9ms" },
                  "the app installs packages as it starts; the log says");
  assert_finding ((struct vprod__start_facts) { .installs = "" }, NULL);
}
END_TEST

START_TEST (judges)
{
  vprod_result_free (judge (cases[_i].facts, &cases[_i].wanted));
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  struct vprod__start_facts facts = { ENDED (3), WITH_DATABASE, .exit_code = 2, .user = "app:app",
                                      .log = "one\ntwo\n" };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "exit code 2", NULL });

  assert_evidence (result, "database_version", "16.4");
  assert_evidence (result, "database_ready_ms", "600");
  assert_evidence (result, "database_connections", "3");
  assert_evidence (result, "uptime_ms", "300");
  assert_evidence (result, "exit_code", "2");
  assert_evidence (result, "image_user", "app:app");
  assert_evidence (result, "log_tail", "one\ntwo");
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_of_two_databases_names_them)
{
  struct vprod__start_facts facts = { UP (-1), .services = two_databases, .n_services = 2, .n_databases = 2 };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" });

  assert_evidence (result, "database_db_version", "16.4");
  assert_evidence (result, "database_log_ready_ms", "70");
  assert_evidence (result, "database_connections", "not known");
  assert_evidence (result, "image_user", "none (root)");
  ck_assert_ptr_null (vprod_result_find_evidence (result, "exit_code"));
  vprod_result_free (result);
}
END_TEST

START_TEST (evidence_of_a_service_names_it)
{
  struct vprod__start_facts facts = { UP (1), .services = database_and_cache, .n_services = 2, .n_databases = 1 };
  vprod_result *result = judge (facts, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" });

  assert_evidence (result, "database_version", "16.4");
  assert_evidence (result, "service_cache_ready_ms", "70");
  vprod_result_free (result);
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------ */

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output output[] = { { 0, VPROD_STREAM_STDERR, "KeyError: 'KEY'\n", 0 }, { 0 } };

  if (behaviour->role != MOCK_APP)
    return;
  behaviour->ends_after_ms = 0;
  behaviour->exit_code = 1;
  behaviour->output = output;
}

static void ends_soon (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 150;
}

static void is_no_program (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->start_error = VPROD_ERROR_IMAGE;
}

static void uses_no_database (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->database_connections = 0;
}

static void has_no_database (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_DATABASE)
    behaviour->answers_after_ms = 1000000;
}

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  build->failed = 1;
}

/* A shell, what it started, and what it started later. */
static const struct mock_process looped[] = {
  { 4242, 4200, 1001, "1001", "sh -c while :; do /app; done" }, { 4300, 4242, 1001, "1001", "/app" }, { 0 },
};
static const struct mock_process looped_between[] = { { 4242, 4200, 1001, "1001", "sh -c while :; do /app; done" },
                                                      { 0 } };
static const struct mock_process looped_again[] = {
  { 4242, 4200, 1001, "1001", "sh -c while :; do /app; done" }, { 4301, 4242, 1001, "1001", "/app" }, { 0 },
};

static void restart (void *data, int nth, const struct mock_process **processes)
{
  *processes = nth == 1 || nth == 3 ? looped_between : nth == 2 ? looped : looped_again;
}

static void restarts_inside (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = restart;
}

/* A helper that comes and goes beside the app, first with a lower number than the app's. */
static void renew_helper (void *data, int nth, const struct mock_process **processes)
{
  static const struct mock_process first[] = { { 4242, 4200, 1001, "1001", "sh -c while :; do helper; done & /app & wait" },
                                               { 4299, 4242, 1001, "1001", "helper" },
                                               { 4300, 4242, 1001, "1001", "/app" },
                                               { 0 } };
  static const struct mock_process later[] = { { 4242, 4200, 1001, "1001", "sh -c while :; do helper; done & /app & wait" },
                                               { 4300, 4242, 1001, "1001", "/app" },
                                               { 4310, 4242, 1001, "1001", "helper" },
                                               { 0 } };

  *processes = nth == 1 ? first : later;
}

static void has_helper (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = renew_helper;
}

/* What a supervisor keeps: twice there, once gone, and then with another number. */
static void supervise (void *data, int nth, const struct mock_process **processes)
{
  static const struct mock_process alone[] = { { 4242, 4200, 1001, "1001", "supervisord -n" }, { 0 } };
  static struct mock_process both[] = { { 4242, 4200, 1001, "1001", "supervisord -n" },
                                        { 4300, 4242, 1001, "1001", "/app" },
                                        { 0 } };

  both[1].pid = 4300 + nth / 3;
  *processes = nth % 3 == 0 ? alone : both;
}

static void is_restarted (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = supervise;
}

static void is_restarted_and_silent (void *data, const vprod_container_request *request,
                                     struct mock_behaviour *behaviour)
{
  behaviour->on_look = supervise;
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 1000000;
}

static void leave (void *data, int nth, const struct mock_process **processes)
{
  *processes = nth == 1 ? looped : looped_between;
}

static void leaves_the_shell (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = leave;
}

static void close_later (void *data, int nth, const char *path, struct mock_reply *reply)
{
  if (nth > 2)
    reply->status = 0;
}

static void leaves_the_shell_alone (void *data, const vprod_container_request *request,
                                    struct mock_behaviour *behaviour)
{
  behaviour->on_look = leave;
  behaviour->on_request = close_later;
}

static void stays_behind_shell (void *data, const vprod_container_request *request,
                                struct mock_behaviour *behaviour)
{
  behaviour->processes = looped;
}

static void does_not_answer_well (void *data, const vprod_container_request *request,
                                  struct mock_behaviour *behaviour)
{
  restarts_inside (data, request, behaviour);
  behaviour->reply.status = 500;
}

static void is_slow_to_work (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  if (behaviour->role == MOCK_APP)
    behaviour->answers_after_ms = 400;
}

/* A worker that is gone when the app has answered, or is there only later. */
static const struct mock_process served[] = { { 4242, 4200, 1001, "1001", "/app --serve" },
                                              { 4300, 4242, 1001, "1001", "worker.py" },
                                              { 0 } };
static const struct mock_process serves_alone[] = { { 4242, 4200, 1001, "1001", "/app --serve" }, { 0 } };

static void start_late (void *data, int nth, const struct mock_process **processes)
{
  *processes = nth < 4 ? serves_alone : served;
}

static void starts_worker_late (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->on_look = start_late;
}

static void has_worker (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->processes = served;
}

static void has_no_worker (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  behaviour->processes = serves_alone;
}

static void cannot_list (struct mock *mock)
{
  mock_fail (mock, "container_processes", 0, VPROD_ERROR_UNSUPPORTED);
}

static void installs (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_output says[] = { { 0, VPROD_STREAM_STDERR, "Installed 1 package in 9ms\n", 0 }, { 0 } };
  static const struct mock_change changes[] = { { "/srv/lib/site-packages/six-1.dist-info", VPROD_CHANGE_ADDED }, { 0 } };

  if (behaviour->role != MOCK_APP)
    return;
  behaviour->output = says;
  behaviour->changes = changes;
}

static void dies_after_slow_start (void *data, const vprod_container_request *request,
                                   struct mock_behaviour *behaviour)
{
  is_slow_to_work (data, request, behaviour);
  if (behaviour->role == MOCK_APP)
    behaviour->ends_after_ms = 1500;
}

#define PREPARE(name, member, function)                                                                           \
  static void name (struct mock *mock)                                                                            \
  {                                                                                                               \
    mock->member = function;                                                                                      \
  }

PREPARE (app_ends_at_once, on_container, ends_at_once)
PREPARE (app_ends_soon, on_container, ends_soon)
PREPARE (app_is_no_program, on_container, is_no_program)
PREPARE (app_uses_no_database, on_container, uses_no_database)
PREPARE (database_never_answers, on_container, has_no_database)
PREPARE (image_does_not_build, on_build, does_not_build)
PREPARE (app_restarts_inside, on_container, restarts_inside)
PREPARE (app_is_restarted, on_container, is_restarted)
PREPARE (app_is_restarted_and_silent, on_container, is_restarted_and_silent)
PREPARE (app_has_helper, on_container, has_helper)
PREPARE (app_leaves_the_shell, on_container, leaves_the_shell)
PREPARE (app_leaves_the_shell_alone, on_container, leaves_the_shell_alone)
PREPARE (app_stays_behind_shell, on_container, stays_behind_shell)
PREPARE (app_does_not_answer_well, on_container, does_not_answer_well)
PREPARE (app_is_slow_to_work, on_container, is_slow_to_work)
PREPARE (app_dies_after_slow_start, on_container, dies_after_slow_start)
PREPARE (app_starts_worker_late, on_container, starts_worker_late)
PREPARE (app_has_worker, on_container, has_worker)
PREPARE (app_has_no_worker, on_container, has_no_worker)
PREPARE (app_installs, on_container, installs)

#define SERVICES "version: 1\nservices: {db: {postgres: {timeout: 300ms}}}\n"
#define STAYS(time) SERVICES "checks: {start: {stay-up: " time "}}\n"
#define HEALTHY(start)                                                                                            \
  "version: 1\nrun: {port: 8000}\nchecks: {start: {" start "}, health: {path: /, timeout: 1s}}\n"
#define WITH_WORKER HEALTHY ("stay-up: 10ms, processes: [/app, worker.py]")
#define USES_DATABASE SERVICES "checks: {start: {uses-database: true}}\n"

static const struct {
  const char *yaml;
  void (*prepare) (struct mock *mock);
  struct wanted wanted;
} sessions[] = {
  { NULL, NULL, { VPROD_VERDICT_PASS, 0, "which saw 1 connection from it", "" } },
  { "version: 1\n", NULL, { VPROD_VERDICT_PASS, 0, "the spec names no service", "" } },
  { NULL, app_ends_at_once, { VPROD_VERDICT_FAIL, 0, "with exit code 1", "run.env" } },
  { STAYS ("400ms"), app_ends_soon, { VPROD_VERDICT_FAIL, 0, "ended by itself with exit code 0", "foreground" } },
  { NULL, app_is_no_program, { VPROD_VERDICT_FAIL, 0, "could not be started: its program", NULL } },
  { NULL, image_does_not_build, { VPROD_VERDICT_SKIP, 0, "not checked: the image did not build", NULL } },
  { USES_DATABASE, NULL, { VPROD_VERDICT_PASS, 0, "1 connection", "" } },
  { USES_DATABASE, app_uses_no_database, { VPROD_VERDICT_FAIL, 0, "saw no connection", NULL } },
  { STAYS ("1ms"), app_uses_no_database, { VPROD_VERDICT_PASS, 0, "to which it made no connection", "" } },
  { NULL, app_restarts_inside, { VPROD_VERDICT_FAIL, 0, "started again inside the container: /app", "exec" } },
  { NULL, app_has_helper, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { NULL, app_leaves_the_shell, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { NULL, app_leaves_the_shell_alone, { VPROD_VERDICT_FAIL, 0, "its server is gone", "exec" } },
  { NULL, app_stays_behind_shell, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { "version: 1\n", app_restarts_inside, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { "version: 1\n", app_is_restarted, { VPROD_VERDICT_FAIL, 0, "started again inside the container: /app", "exec" } },
  { HEALTHY (""), app_is_restarted_and_silent,
    { VPROD_VERDICT_FAIL, 0, "started again inside the container: /app", "exec" } },
  { HEALTHY (""), app_does_not_answer_well, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { HEALTHY ("stay-up: 10s"), app_dies_after_slow_start, { VPROD_VERDICT_FAIL, 0, "ended by itself", "foreground" } },
  { WITH_WORKER, app_has_worker, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { WITH_WORKER, app_starts_worker_late, { VPROD_VERDICT_PASS, 0, "stayed up", "" } },
  { WITH_WORKER, app_has_no_worker, { VPROD_VERDICT_FAIL, 0, "the spec lists the process worker.py, and none runs", "log" } },
  { WITH_WORKER, cannot_list, { .error = VPROD_ERROR_UNSUPPORTED, .message = "checks.start.processes" } },
  { STAYS ("1ms"), database_never_answers, { .error = VPROD_ERROR_DATABASE, .message = "" } },
};

START_TEST (says_in_a_session)
{
  flow_says (&(struct flow) { vprod_check_start, sessions[_i].yaml, sessions[_i].prepare }, &sessions[_i].wanted);
}
END_TEST

START_TEST (tells_of_packages_that_the_app_installs)
{
  struct flow flow = { vprod_check_start, NULL, app_installs };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "stayed up", "" });

  ck_assert_uint_eq (vprod_result_count_findings (result), 1);
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "message"),
                "1 package below /srv/lib/site-packages (six-1); the log says `Installed 1 package in 9ms`");
  ck_assert_ptr_null (vprod_result_find_evidence (result, "installs"));
  vprod_result_free (result);
}
END_TEST

static void cannot_tell_changes (struct mock *mock)
{
  mock_fail (mock, "container_changes", 0, VPROD_ERROR_UNSUPPORTED);
}

START_TEST (says_that_it_could_not_see_what_was_installed)
{
  struct flow flow = { vprod_check_start, NULL, cannot_tell_changes };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "stayed up", "" });

  ck_assert_uint_eq (vprod_result_count_findings (result), 0);
  assert_evidence (result, "installs", "not known: container_changes: " MOCK_FAULT);
  vprod_result_free (result);
}
END_TEST

START_TEST (shows_the_last_words_of_an_app_that_ended)
{
  struct flow flow = { vprod_check_start, NULL, app_ends_at_once };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "exit code 1", NULL });

  assert_evidence (result, "log_tail", "KeyError: 'KEY'");
  vprod_result_free (result);
}
END_TEST

START_TEST (waits_until_it_was_up_for_the_wanted_time)
{
  struct flow flow = { vprod_check_start, STAYS ("600ms"), NULL };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", NULL });

  ck_assert_int_ge (atoi (vprod_result_find_evidence (result, "uptime_ms")), 600);
  vprod_result_free (result);
}
END_TEST

START_TEST (the_wanted_time_counts_from_its_first_right_answer)
{
  struct flow flow = { vprod_check_start, HEALTHY ("stay-up: 300ms"), app_is_slow_to_work };
  vprod_result *result = flow_run (&flow, NULL, &(struct wanted) { VPROD_VERDICT_PASS, 0, "", NULL });

  ck_assert_int_ge (atoi (vprod_result_find_evidence (result, "uptime_ms")), 700);
  vprod_result_free (result);
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_processes", "container_changes", NULL };

  flow_sweep (&(struct flow) { vprod_check_start, NULL, NULL }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_start, STAYS ("10s"), NULL };

  flow_is_cancelled (&flow, "container_wait", 1);
  flow_runs_out_of_time (&flow, "container_wait", 1);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_start");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_of_what_does_not_end_the_app);
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  tcase_add_test (tcase, evidence_of_two_databases_names_them);
  tcase_add_test (tcase, evidence_of_a_service_names_it);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, tells_of_packages_that_the_app_installs);
  tcase_add_test (tcase, says_that_it_could_not_see_what_was_installed);
  tcase_add_test (tcase, shows_the_last_words_of_an_app_that_ended);
  tcase_add_test (tcase, waits_until_it_was_up_for_the_wanted_time);
  tcase_add_test (tcase, the_wanted_time_counts_from_its_first_right_answer);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
