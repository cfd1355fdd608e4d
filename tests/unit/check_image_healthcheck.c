/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/image_healthcheck/facts.h"
#include "known/exit.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* A list of strings that may not be const, as those of facts. */
union words {
  const char *const *given;
  char *const *list;
};

static char *const *list_of (const char *const *given)
{
  return ((union words) { .given = given }).list;
}

/* ---- the command ------------------------------------------------------------------------------------------- */

static const struct {
  const char *test[5];
  enum vprod__healthcheck_form form;
  const char *text;
} forms[] = {
  { { NULL }, VPROD__HEALTHCHECK_NONE, "" },
  { { "", NULL }, VPROD__HEALTHCHECK_NONE, "" },
  { { "NONE", NULL }, VPROD__HEALTHCHECK_OFF, "" },
  { { "CMD", NULL }, VPROD__HEALTHCHECK_ODD, "" },
  { { "CMD-SHELL", "", NULL }, VPROD__HEALTHCHECK_ODD, "''" },
  { { "HTTP", "/health", NULL }, VPROD__HEALTHCHECK_ODD, "/health" },
  { { "CMD", "/app", "a b", NULL }, VPROD__HEALTHCHECK_EXEC, "/app 'a b'" },
  { { "CMD", "sh", "-c", "echo 'x'", NULL }, VPROD__HEALTHCHECK_EXEC, "sh -c 'echo '\\''x'\\'''" },
  { { "CMD-SHELL", "a | b", NULL }, VPROD__HEALTHCHECK_SHELL, "a | b" },
};

START_TEST (tells_forms_apart)
{
  char *text = vprod__healthcheck_text (list_of (forms[_i].test));

  ck_assert_int_eq (vprod__healthcheck_form (list_of (forms[_i].test)), forms[_i].form);
  ck_assert_str_eq (text, forms[_i].text);
  free (text);
}
END_TEST

static const struct {
  const char *test[4], *shell[3];
  const char *words; /* with "|" between */
} commands[] = {
  { { "CMD", "/app", "a b", NULL }, { "/bin/bash", "-c", NULL }, "/app|a b" },
  { { "CMD-SHELL", "a | b", NULL }, { NULL }, "/bin/sh|-c|a | b" },
  { { "CMD-SHELL", "a", NULL }, { "/bin/bash", "-euc", NULL }, "/bin/bash|-euc|a" },
  { { "CMD-SHELL", "a", "b", NULL }, { NULL }, "/bin/sh|-c|a|b" },
};

START_TEST (runs_what_the_engine_runs)
{
  char **argv = NULL;

  ck_assert_int_eq (vprod__healthcheck_argv (list_of (commands[_i].test), list_of (commands[_i].shell), &argv), 0);
  char *words = vprod__strv_join (argv, "|");
  ck_assert_str_eq (words, commands[_i].words);
  free (words);
  vprod__strv_free (argv);
}
END_TEST

static const struct {
  const char *test[5];
  const char *blind, *shrug, *literal, *phrase;
} looks[] = {
  { { "CMD-SHELL", "curl -fsS http://127.0.0.1/ || exit 1" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "curl -sSo /dev/null --fail http://127.0.0.1/" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "curl --fail-with-body http://127.0.0.1/" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "/usr/bin/curl -s http://127.0.0.1/ || exit 1" }, "curl", NULL, NULL, NULL },
  { { "CMD-SHELL", "timeout -k 1 3 curl http://127.0.0.1/" }, "curl", NULL, NULL, NULL },
  { { "CMD-SHELL", "curl -s http://127.0.0.1/ | grep -q ok" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "test \"$(curl -s http://127.0.0.1/)\" = ok" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/" }, NULL, NULL, NULL, NULL },
  { { "CMD", "curl", "http://127.0.0.1/" }, "curl", NULL, NULL, NULL },
  { { "CMD", "sh", "-c", "curl http://127.0.0.1/" }, "curl", NULL, NULL, NULL },
  { { "CMD-SHELL", "http :8000/health" }, "http", NULL, NULL, NULL },
  { { "CMD-SHELL", "http --check-status :8000/health" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "wget -q --spider http://127.0.0.1/ || exit 1" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1/ || exit 0" }, NULL, "exit 0", NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1/; true" }, NULL, "true", NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1/ || :" }, NULL, ":", NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1/ || echo bad" }, NULL, "echo", NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1/ && echo good" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "exit 0" }, NULL, "exit 0", NULL, NULL },
  { { "CMD-SHELL", "exit 1" }, NULL, NULL, NULL, NULL },
  { { "CMD", "true" }, NULL, "true", NULL, NULL },
  { { "CMD", "sh", "-c", "wget -q http://127.0.0.1/ || exit 0" }, NULL, "exit 0", NULL, NULL },
  { { "CMD", "wget", "-q", "http://127.0.0.1:$PORT/health" }, NULL, NULL, "$PORT", NULL },
  { { "CMD", "wget", "-q", "http://127.0.0.1:${PORT}/health" }, NULL, NULL, "${PORT}", NULL },
  { { "CMD", "sh", "-c", "wget -q http://127.0.0.1:$PORT/" }, NULL, NULL, NULL, NULL },
  { { "CMD", "node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}`)" }, NULL, NULL, NULL, NULL },
  { { "CMD-SHELL", "wget -q http://127.0.0.1:$PORT/" }, NULL, NULL, NULL, NULL },
  { { "CMD", "wget", "-q", "http://127.0.0.1/?price=5$" }, NULL, NULL, NULL, NULL },
  { { "CMD", "wget -q http://127.0.0.1/" }, NULL, NULL, NULL, "wget -q http://127.0.0.1/" },
};

static void assert_is (const char *is, const char *wanted, const char *text)
{
  ck_assert_msg (wanted ? is && strcmp (is, wanted) == 0 : !is, "%s, not %s: %s", is ? is : "nothing", wanted ? wanted : "nothing",
                 text);
}

START_TEST (sees_mistakes_in_the_text)
{
  char *const *test = list_of (looks[_i].test), *text = vprod__healthcheck_text (test);
  struct vprod__healthcheck_looks seen;

  ck_assert_int_eq (vprod__healthcheck_look (test, text, &seen), 0);
  assert_is (seen.blind, looks[_i].blind, text);
  assert_is (seen.shrug, looks[_i].shrug, text);
  assert_is (seen.literal, looks[_i].literal, text);
  assert_is (seen.phrase, looks[_i].phrase, text);
  vprod__healthcheck_looks_clear (&seen);
  free (text);
}
END_TEST

static const struct {
  const char *text;
  int port;
} ports[] = {
  { "curl -f http://localhost:8080/health || exit 1", 8080 },
  { "nc -z 127.0.0.1:9000", 9000 },
  { "curl -f http://localhost/health", 80 },
  { "curl -f 'http://[::1]'", 80 },
  { "curl -kf https://127.0.0.1/", 443 },
  { "curl -f http://localhost:$PORT/", 0 },
  { "curl -f http://localhost:99999/", 0 },
  { "curl -f http://localhost.example.org/", 0 },
  { "nc -z localhost 8000", 0 },
  { "curl -H 'Host: localhost' http://127.0.0.1:8000/", 8000 },
  { "curl -f http://app:8000/", 0 },
  { "", 0 },
};

START_TEST (sees_the_port_that_is_asked)
{
  const char *test[] = { "CMD-SHELL", ports[_i].text, NULL };
  struct vprod__healthcheck_looks seen;

  ck_assert_int_eq (vprod__healthcheck_look (list_of (test), ports[_i].text, &seen), 0);
  ck_assert_msg (seen.port == ports[_i].port, "%d: %s", seen.port, ports[_i].text);
  vprod__healthcheck_looks_clear (&seen);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------------ */

#define GOOD { VPROD__HEALTHCHECK_ENDED, 0, NULL, "ok\n", 0, 20 }
#define SAYS(code, words) { VPROD__HEALTHCHECK_ENDED, code, NULL, words, 0, 20 }
#define ABSENT(words) { VPROD__HEALTHCHECK_NO_PROGRAM, 0, words, NULL, 0, 20 }
#define WITHOUT(how) { VPROD__HEALTHCHECK_##how, 0, NULL, NULL, 0, 3000 }
#define TRIED(n, ms) .tries = n, .waited_ms = ms

static char ipv4[] = "0.0.0.0:8000", ipv6[] = "[::1]:9000";
static char *const listens[] = { ipv4, ipv6, NULL };

static const struct {
  const char *test[5];
  struct vprod__image_healthcheck_facts facts;
  struct vprod__healthcheck_run runs[3]; /* in the app's container, elsewhere, alone */
  int count; /* of runs */
  struct wanted wanted;
} cases[] = {
  /* none */
  { { NULL }, { 0 }, { { 0 } }, 0, { VPROD_VERDICT_SKIP, 0, "not checked: the image has no HEALTHCHECK",
      "Write one at the end of the Dockerfile's last stage that asks the app itself" } },
  { { NULL }, { .place_line = 9, .port = 8080, .path = "/ready" }, { { 0 } }, 0, { VPROD_VERDICT_SKIP, 0, "has no HEALTHCHECK",
      "after line 9 of the Dockerfile, in the stage that is built, that asks the app itself, by a program that is in the image: "
      "`HEALTHCHECK CMD [\"/app\", \"healthcheck\"]`, or `HEALTHCHECK CMD curl -fsS http://127.0.0.1:8080/ready || exit 1`." } },
  { { NULL }, { .podman = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_SKIP, 0, "`podman build --format docker` keeps it", "Build with `podman build --format docker`." } },
  { { NULL }, { .podman = 1, .dockerfile_line = 7 }, { { 0 } }, 0,
    { VPROD_VERDICT_SKIP, 0, "the image has no HEALTHCHECK, though the Dockerfile does in line 7: Podman leaves",
      "Build with `podman build --format docker`, which keeps it." } },
  { { "NONE" }, { .podman = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_SKIP, 0, "not checked: the image says HEALTHCHECK NONE", "" } },
  { { "HTTP", "/" }, { 0 }, { { 0 } }, 0, { VPROD_VERDICT_SKIP, 0, "that no engine runs, of the kind HTTP", "HEALTHCHECK CMD" } },
  { { NULL }, { .required = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_FAIL, 0, "has no HEALTHCHECK; checks.image-healthcheck.required", "HEALTHCHECK CMD" } },
  { { "NONE" }, { .required = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_FAIL, 0, "HEALTHCHECK NONE; checks", "HEALTHCHECK CMD" } },
  { { NULL }, { .required = 1, .podman = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_FAIL, 0, "Podman leaves", "--format docker" } },
  { { "CMD", "/ok" }, { .app_is_unhealthy = 1 }, { { 0 } }, 0,
    { VPROD_VERDICT_SKIP, 0, "not checked: the app is not healthy", "" } },

  /* good */
  { { "CMD", "/ok" }, { TRIED (1, 20) }, { GOOD, SAYS (1, "refused") }, 2,
    { VPROD_VERDICT_PASS, 0, "healthy in the app's container, and unhealthy (exit code 1", "" } },
  { { "CMD", "/ok" }, { TRIED (4, 2000) }, { GOOD, SAYS (137, "") }, 2,
    { VPROD_VERDICT_PASS, 0, "exit code 137", "" } },
  { { "CMD", "/ok" }, { TRIED (1, 20) }, { GOOD, WITHOUT (RUNS_ON) }, 2,
    { VPROD_VERDICT_PASS, 0, "does not end within 3.0 s where no app", "" } },
  { { "CMD", "/ok" }, { TRIED (1, 20) }, { GOOD, ABSENT ("no such file") }, 2,
    { VPROD_VERDICT_PASS, 0, "cannot even be run", "" } },
  { { "CMD", "/ok" }, { TRIED (1, 20) }, { GOOD, WITHOUT (BUSY) }, 2,
    { .error = VPROD_ERROR_TIMEOUT, .message = "where no app serves: this machine is too busy" } },

  /* not content with the app */
  { { "CMD-SHELL", "wget x" }, { TRIED (9, 3100) }, { SAYS (1, "hm\nwget: can't connect to remote host (127.0.0.1): Connection refused\n") }, 1,
    { VPROD_VERDICT_FAIL, 0,
      "says unhealthy in the container of the ready app: exit code 1 (its own word for a general error) in 9 tries within 3.1 s: wget: can't "
      "connect", "let it ask the port at which the app listens" } },
  { { "CMD-SHELL", "wget x" }, { TRIED (9, 3100), .listens = listens }, { SAYS (1, "") }, 1,
    { VPROD_VERDICT_FAIL, 0, "; the app listens on 0.0.0.0:8000, [::1]:9000", "docker exec" } },
  { { "CMD-SHELL", "wget -q http://localhost:8080/ || exit 1" }, { TRIED (9, 3100), .listens = listens }, { SAYS (1, "") }, 1,
    { VPROD_VERDICT_FAIL, 0, "3.1 s; it asks port 8080, and the app listens on 0.0.0.0:8000", "Nothing takes its connection" } },
  { { "CMD-SHELL", "wget -q http://localhost:9000/ || exit 1" }, { TRIED (9, 3100), .listens = listens }, { SAYS (1, "") }, 1,
    { VPROD_VERDICT_FAIL, 0, "3.1 s; the app listens on 0.0.0.0:8000", "docker exec" } },
  { { "CMD", "curl", "-sf", "http://localhost:$PORT/" }, { TRIED (9, 3100) }, { SAYS (7, "") }, 1,
    { VPROD_VERDICT_FAIL, 0, "exit code 7 in 9 tries", "no shell, so $PORT" } },
  { { "CMD-SHELL", "/usr/bin/curl -sf http://localhost:$PORT/" }, { TRIED (9, 3100) }, { SAYS (7, "") }, 1,
    { VPROD_VERDICT_FAIL, 0, "exit code 7 in 9 tries", "Nothing takes its connection" } },
  { { "CMD-SHELL", "/check" }, { TRIED (9, 3100), .path = "/health" }, { SAYS (3, "\n\n  no luck \n\n") }, 1,
    { VPROD_VERDICT_FAIL, 0, "3.1 s:   no luck", "as checks.health finds it at /health" } },
  { { "CMD-SHELL", "curl -f x || exit 1" }, { TRIED (1, 30) }, { SAYS (1, "/bin/sh: 1: curl: not found\n") }, 1,
    { VPROD_VERDICT_FAIL, 0, "in one try: /bin/sh: 1: curl: not found", "install it in the last stage, or let it ask by what is there" } },
  { { "CMD-SHELL", "curl -f x" }, { TRIED (5, 3000) }, { SAYS (22, "curl: (22) The requested URL returned error: 404\n") }, 1,
    { VPROD_VERDICT_FAIL, 0, "exit code 22 in 5 tries", "a path that the app does not have" } },
  { { "CMD", "wget", "-O-", "http://127.0.0.1:$PORT/" }, { TRIED (5, 3000) }, { SAYS (1, "wget: bad port '$PORT'") }, 1,
    { VPROD_VERDICT_FAIL, 0, "bad port", "The exec form has no shell, so $PORT stays as it is written" } },
  { { "CMD", "/check" }, { TRIED (5, 3000), .start_left_ms = 60000 }, { SAYS (1, "") }, 1,
    { .error = VPROD_ERROR_TIMEOUT, .message = "the start period that the image names goes on for" } },
  { { "CMD", "/check" }, { TRIED (5, 12000), .busy = 1 }, { SAYS (1, "") }, 1,
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },
  { { "CMD", "/check" }, { TRIED (5, 6000), .stalled_ms = 3000, .stall_is_known = 1 }, { SAYS (28, "timed out") }, 1,
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },
  { { "CMD-SHELL", "curl x" }, { TRIED (1, 300), .stalled_ms = 290, .stall_is_known = 1, .start_left_ms = 9000 }, { SAYS (127, "sh: curl: not found") }, 1,
    { VPROD_VERDICT_FAIL, 0, "curl: not found", NULL } },
  { { "CMD", "/check" }, { TRIED (5, 3500), .stalled_ms = 500, .stall_is_known = 1 }, { SAYS (28, "timed out") }, 1,
    { VPROD_VERDICT_FAIL, 0, "exit code 28", "does not answer it in time" } },
  { { "CMD", "/check" }, { TRIED (2, 6000), .limit_ms = 3000, .may_take_ms = 3000 }, { WITHOUT (RUNS_ON) }, 1,
    { VPROD_VERDICT_FAIL, 0, "does not end in 3.0 s in the container of the ready app", "--timeout=" } },
  { { "CMD", "/check" }, { TRIED (2, 6000), .limit_ms = 3000, .may_take_ms = 3000, .start_left_ms = 1 },
    { WITHOUT (RUNS_ON) }, 1, { .error = VPROD_ERROR_TIMEOUT, .message = "start period" } },
  { { "CMD", "/check" }, { TRIED (2, 6000), .limit_ms = 3000, .may_take_ms = 60000 }, { WITHOUT (RUNS_ON) }, 1,
    { .error = VPROD_ERROR_TIMEOUT, .message = "the image allows it 1 min 0 s" } },
  { { "CMD", "/check" }, { TRIED (2, 6000), .limit_ms = 3000, .may_take_ms = 3000 }, { WITHOUT (BUSY) }, 1,
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },
  { { "CMD", "/check" }, { TRIED (1, 20) }, { WITHOUT (APP_ENDED) }, 1,
    { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", "" } },
  { { "CMD", "curl", "x" }, { TRIED (1, 20) }, { ABSENT ("exec: \"curl\": executable file not found in $PATH") }, 1,
    { VPROD_VERDICT_FAIL, 0, "cannot be run in the app's container: curl is not in the image", "the app's own interpreter" } },
  { { "CMD", "curl -f x" }, { TRIED (1, 20) }, { ABSENT ("exec: \"curl -f x\": executable file not found in $PATH") }, 1,
    { VPROD_VERDICT_FAIL, 0, "curl -f x is not in the image", "each word is a string of its own" } },
  { { "CMD-SHELL", "/app x" }, { TRIED (1, 20), .shell = "/bin/sh" }, { ABSENT ("exec: \"/bin/sh\": stat /bin/sh: no such file or directory") }, 1,
    { VPROD_VERDICT_FAIL, 0, "it needs a shell, and /bin/sh is not in the image", "Write the one with brackets" } },
  { { "CMD", "/check" }, { TRIED (1, 20) }, { ABSENT ("exec: \"/check\": permission denied") }, 1,
    { VPROD_VERDICT_FAIL, 0, "/check may not be executed by the container's user", "chmod" } },
  { { "CMD", "/check" }, { TRIED (1, 20) }, { ABSENT ("exec /check: exec format error") }, 1,
    { VPROD_VERDICT_FAIL, 0, "exec format error", "#!/bin/sh" } },

  /* content without the app */
  { { "CMD-SHELL", "wget x || exit 0" }, { TRIED (1, 20) }, { GOOD, SAYS (0, ""), SAYS (0, "") }, 3,
    { VPROD_VERDICT_FAIL, 0, "healthy in a container where no app serves: it is content with anything", "`exit 0`, ends with 0 whatever" } },
  { { "CMD-SHELL", "wget x || exit 0" }, { TRIED (1, 20) }, { GOOD, SAYS (0, "wget: Connection refused"), SAYS (0, "") }, 3,
    { VPROD_VERDICT_FAIL, 0, "though it wrote: wget: Connection refused", "`exit 0`" } },
  { { "CMD-SHELL", "curl x || true" }, { TRIED (1, 20) }, { SAYS (0, "sh: curl: not found"), SAYS (0, "sh: curl: not found"), SAYS (0, "") }, 3,
    { VPROD_VERDICT_FAIL, 0, "though it wrote: sh: curl: not found", "`true`" } },
  { { "CMD-SHELL", "pgrep -f app" }, { TRIED (1, 20) }, { GOOD, SAYS (0, "1"), SAYS (0, "1") }, 3,
    { VPROD_VERDICT_FAIL, 0, "content with anything", "finds itself" } },
  { { "CMD-SHELL", "pg_isready -h db" }, { TRIED (1, 20) }, { GOOD, SAYS (0, ""), SAYS (2, "no response") }, 3,
    { VPROD_VERDICT_FAIL, 0, "it asks something else than the app", "at 127.0.0.1" } },
  { { "CMD-SHELL", "pg_isready -h db" }, { TRIED (1, 20) }, { GOOD, SAYS (0, ""), WITHOUT (RUNS_ON) }, 3,
    { VPROD_VERDICT_FAIL, 0, "it asks something else than the app", NULL } },
};

static vprod_result *judge (int i)
{
  char *const *test = list_of (cases[i].test), *text = vprod__healthcheck_text (test);
  struct vprod__healthcheck_looks seen = { 0 };
  struct vprod__image_healthcheck_facts facts = cases[i].facts;
  struct vprod__healthcheck_run runs[3];
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  if (vprod__healthcheck_form (test) >= VPROD__HEALTHCHECK_EXEC)
    ck_assert_int_eq (vprod__healthcheck_look (test, text, &seen), 0);
  for (int k = 0; k < 3; k++) {
    runs[k] = cases[i].runs[k];
    runs[k].output_length = runs[k].output ? strlen (runs[k].output) : 0;
  }
  facts.test = test;
  facts.text = text;
  facts.looks = &seen;
  facts.limit_ms = facts.limit_ms ? facts.limit_ms : 3000;
  facts.in_app = cases[i].count > 0 ? &runs[0] : NULL;
  facts.elsewhere = cases[i].count > 1 ? &runs[1] : NULL;
  facts.alone = cases[i].count > 2 ? &runs[2] : NULL;
  if (facts.app_is_unhealthy)
    vprod__result_judged_by (result, "health");
  else if (facts.in_app && facts.in_app->end == VPROD__HEALTHCHECK_APP_ENDED)
    vprod__result_judged_by (result, "start");
  int r = vprod__image_healthcheck_judge (&facts, result, &err);
  assert_wanted (r, result, err, &cases[i].wanted);
  vprod__healthcheck_looks_clear (&seen);
  free (text);
  return result;
}

START_TEST (judges)
{
  vprod_result_free (judge (_i));
}
END_TEST

START_TEST (tells_what_it_ran_and_what_came_of_it)
{
  static char form[] = "CMD-SHELL", curl[] = "curl -s http://127.0.0.1/";
  char *const test[] = { form, curl, NULL };
  struct vprod__healthcheck_looks seen;
  struct vprod__healthcheck_run in_app = SAYS (0, "a\n\033[1mb\n"), elsewhere = SAYS (7, "");
  struct vprod__image_healthcheck_facts facts = { .test = test, .text = test[1], .looks = &seen, .in_app = &in_app,
                                                  .elsewhere = &elsewhere, .tries = 2, .limit_ms = 5000 };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  in_app.output_length = strlen (in_app.output);
  ck_assert_int_eq (vprod__healthcheck_look (test, test[1], &seen), 0);
  int r = vprod__image_healthcheck_judge (&facts, result, &err);
  assert_wanted (r, result, err, &(struct wanted) { VPROD_VERDICT_PASS, 0, "exit code 7", "" });
  assert_evidence (result, "command", "curl -s http://127.0.0.1/");
  assert_evidence (result, "exit_code", "0");
  assert_evidence (result, "tries", "2");
  assert_evidence (result, "timeout_ms", "5000");
  assert_evidence (result, "output", "a\nb");
  assert_evidence (result, "exit_code_without_app", "7");
  ck_assert_uint_eq (vprod_result_count_findings (result), 1);
  assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "message"),
                "an app that answers 500 is healthy: give it the option -f");
  vprod__healthcheck_looks_clear (&seen);
  vprod_result_free (result);
}
END_TEST

/* ---- in a session ------------------------------------------------------------------------------------------- */

#define OPTIONS(options)                                                                                                        \
  "version: 1\nrun: {port: 8000, env: {KEY: value}}\nchecks: {health: {path: /health, consecutive: 1, timeout: 3s}, start: "    \
  "{stay-up: 50ms}, image-healthcheck: {" options "}}\n"

static char cmd[] = "CMD", shell_form[] = "CMD-SHELL", ask[] = "/ask", line[] = "ask || exit 1", none[] = "NONE", bash[] = "/bin/bash",
            dash_c[] = "-c";
static char *exec_test[] = { cmd, ask, NULL }, *shell_test[] = { shell_form, line, NULL }, *none_test[] = { none, NULL },
            *bash_shell[] = { bash, dash_c, NULL };

struct play {
  char **test, **shell;
  int good_from;           /* the try from which on it ends with 0 in the app's container; 0: never */
  struct mock_exec exec;   /* what came of those before */
  int start_ms;            /* how long the engine takes to tell that a program is absent */
  int elsewhere, alone;    /* exit codes without the app; with and without a network */
  int refused;             /* 1: it cannot be started there */
  int unhealthy;           /* 1: the app answers 500 */
  int64_t timeout_ms, start_period_ms;

  int tries, runs;         /* seen */
  char argv[200], once[200], env[80];
};

static void on_exec (void *data, const char *const *argv, struct mock_exec *exec)
{
  struct play *play = data;

  if (strcmp (argv[0], "/verify-prod.absent") == 0) {
    *exec = (struct mock_exec) { .error = VPROD_ERROR_IMAGE, .takes_ms = play->start_ms };
    return;
  }
  snprintf (play->argv, sizeof play->argv, "%s %s %s", argv[0], argv[1] ? argv[1] : "", argv[1] && argv[2] ? argv[2] : "");
  if (play->good_from == 0 || ++play->tries < play->good_from)
    *exec = play->exec;
}

static void on_container (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  struct play *play = data;

  if (b->role == MOCK_APP) {
    b->on_exec = on_exec;
    ck_assert_int_eq (request->no_healthcheck, 1);
    if (play->unhealthy)
      b->reply.status = 500;
  }
  if (b->role != MOCK_ONCE)
    return;
  play->runs++;
  snprintf (play->once, sizeof play->once, "%s %s", request->entrypoint[0], request->command && request->command[0] ? request->command[0] : "");
  snprintf (play->env, sizeof play->env, "%s", request->env && request->env[0] ? request->env[0] : "");
  b->exit_code = strcmp (request->network, "none") == 0 ? play->alone : play->elsewhere;
  if (play->refused)
    b->start_error = VPROD_ERROR_IMAGE;
}

static struct mock *new_mock (struct play *play)
{
  struct mock *mock = mock_new ();

  mock->data = play;
  mock->on_container = on_container;
  mock->image.facts.healthcheck = play->test;
  mock->image.facts.shell = play->shell;
  mock->image.facts.healthcheck_timeout_ms = play->timeout_ms;
  mock->image.facts.healthcheck_start_period_ms = play->start_period_ms;
  return mock;
}

static const struct {
  const char *options;
  struct play play;
  int runs;
  struct wanted wanted;
} sessions[] = {
  { "", { .test = NULL }, 0, { VPROD_VERDICT_SKIP, 0, "the image has no HEALTHCHECK", "http://127.0.0.1:8000/health" } },
  { "", { .test = none_test }, 0, { VPROD_VERDICT_SKIP, 0, "HEALTHCHECK NONE", "" } },
  { "required: true", { .test = NULL }, 0, { VPROD_VERDICT_FAIL, 0, "required wants one", NULL } },
  { "", { .test = exec_test, .good_from = 1, .elsewhere = 1 }, 1, { VPROD_VERDICT_PASS, 0, "exit code 1", "" } },
  { "timeout: 5s", { .test = exec_test, .good_from = 3, .exec = { .exit_code = 1 }, .elsewhere = 1 }, 1,
    { VPROD_VERDICT_PASS, 0, "", "" } },
  { "", { .test = exec_test, .good_from = 1, .refused = 1 }, 1, { VPROD_VERDICT_PASS, 0, "cannot even be run", "" } },
  { "timeout: 2s", { .test = exec_test, .exec = { .exit_code = 3, .output = "no luck\n" } }, 0,
    { VPROD_VERDICT_FAIL, 0, "no luck", NULL } },
  /* what does not come by waiting is not waited for */
  { "timeout: 60s", { .test = shell_test, .exec = { .exit_code = 1, .output = "sh: ask: not found\n" } }, 0,
    { VPROD_VERDICT_FAIL, 0, "in one try: sh: ask: not found", NULL } },
  { "timeout: 60s", { .test = exec_test, .exec = { .error = VPROD_ERROR_IMAGE } }, 0,
    { VPROD_VERDICT_FAIL, 0, "/ask is not in the image", NULL } },
  { "timeout: 2s", { .test = exec_test, .exec = { .exit_code = 1 }, .start_period_ms = 600000 }, 0,
    { .error = VPROD_ERROR_TIMEOUT, .message = "start period" } },
  { "timeout: 60s", { .test = exec_test, .exec = { .takes_ms = 5000 }, .timeout_ms = 40 }, 0,
    { VPROD_VERDICT_FAIL, 0, "does not end in", NULL } },
  /* … but an engine that takes as long to start anything there does not say so of the command */
  { "timeout: 60s", { .test = exec_test, .exec = { .takes_ms = 5000 }, .timeout_ms = 40, .start_ms = 5000 }, 0,
    { .error = VPROD_ERROR_TIMEOUT, .message = "too busy" } },
  { "timeout: 40ms", { .test = exec_test, .exec = { .takes_ms = 5000 } }, 0,
    { .error = VPROD_ERROR_TIMEOUT, .message = "the image allows it 30.0 s" } },
  { "", { .test = exec_test, .good_from = 1 }, 2, { VPROD_VERDICT_FAIL, 0, "content with anything", NULL } },
  { "", { .test = exec_test, .good_from = 1, .alone = 1 }, 2,
    { VPROD_VERDICT_FAIL, 0, "something else than the app", NULL } },
  { "", { .test = exec_test, .good_from = 1, .unhealthy = 1 }, 0,
    { VPROD_VERDICT_SKIP, 0, "not checked: the app is not healthy", "" } },
};

START_TEST (says_in_a_session)
{
  char yaml[512];
  struct flow flow = { vprod_check_image_healthcheck, yaml, NULL };
  struct play play = sessions[_i].play;

  snprintf (yaml, sizeof yaml, OPTIONS ("%s"), sessions[_i].options);
  vprod_result_free (flow_run (&flow, new_mock (&play), &sessions[_i].wanted));
  ck_assert_int_eq (play.runs, sessions[_i].runs);
}
END_TEST

START_TEST (runs_the_same_command_with_the_same_environment_without_the_app)
{
  struct flow flow = { vprod_check_image_healthcheck, OPTIONS (""), NULL };
  struct play play = { .test = shell_test, .shell = bash_shell, .good_from = 1, .elsewhere = 1 };

  vprod_result_free (flow_run (&flow, new_mock (&play), &(struct wanted) { VPROD_VERDICT_PASS, 0, "", "" }));
  ck_assert_str_eq (play.argv, "/bin/bash -c ask || exit 1");
  ck_assert_str_eq (play.once, "/bin/bash -c");
  ck_assert_str_eq (play.env, "KEY=value");
}
END_TEST

/* A run that has nothing to ask costs nothing: no app is started for it. */
START_TEST (without_one_no_app_is_started)
{
  struct play play = { .test = NULL };
  struct mock *mock = new_mock (&play);
  vprod_session *session = mock_session (mock, OPTIONS (""));
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_check_image_healthcheck (session, &result, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 0);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

static struct play sweep;

static void prepare (struct mock *mock)
{
  sweep = (struct play) { .test = exec_test, .good_from = 1, .elsewhere = 1 };
  mock->data = &sweep;
  mock->on_container = on_container;
  mock->image.facts.healthcheck = exec_test;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", "container_facts", NULL };

  flow_sweep (&(struct flow) { vprod_check_image_healthcheck, OPTIONS (""), prepare }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_image_healthcheck, OPTIONS (""), prepare };

  flow_is_cancelled (&flow, "container_exec", 1);
  flow_runs_out_of_time (&flow, "container_exec", 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_image_healthcheck");
  TCase *tcase = tcase_create ("judge");

  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, tells_forms_apart, 0, COUNT (forms));
  tcase_add_loop_test (tcase, runs_what_the_engine_runs, 0, COUNT (commands));
  tcase_add_loop_test (tcase, sees_mistakes_in_the_text, 0, COUNT (looks));
  tcase_add_loop_test (tcase, sees_the_port_that_is_asked, 0, COUNT (ports));
  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_it_ran_and_what_came_of_it);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, runs_the_same_command_with_the_same_environment_without_the_app);
  tcase_add_test (tcase, without_one_no_app_is_started);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
