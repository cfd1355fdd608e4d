/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "checks/health.h"
#include "probe/http.h"

#define ASKED .state = VPROD__HEALTH_BAD, .attempts = 9, .settled_ms = 30000, .first_ms = -1
#define ANSWER(status, body)                                                                                      \
  .last_outcome = VPROD__HTTP_ANSWERED, .last_status = status, .last_body = (char *) (uintptr_t) body

static const char *const on_loopback[] = { "127.0.0.1:8000", NULL };
static const char *const on_loopback6[] = { "[::1]:8000", NULL };
static const char *const on_other[] = { "0.0.0.0:3000", "127.0.0.1:9000", NULL };
static const char *const on_all[] = { "127.0.0.1:9000", "0.0.0.0:8000", NULL };
static const char *const on_none[] = { NULL };

static const struct {
  struct vprod__health health;
  const char *const *listens;
  const char *body; /* wanted */
  struct wanted wanted;
} cases[] = {
  { { .state = VPROD__HEALTH_GOOD, .attempts = 5, .good = 3, .first_ms = 1100, ANSWER (200, "ok") },
    NULL,
    NULL,
    { VPROD_PASS, 0, "http://127.0.0.1:49153/health answered 200 3 times in a row, first 1.1 s after", "" } },
  { { .state = VPROD__HEALTH_GOOD, .attempts = 3, .good = 3, .first_ms = 20, ANSWER (200, "all ok") },
    NULL,
    "ok",
    { VPROD_PASS, 0, "200 with \"ok\" 3 times", "" } },
  { { .state = VPROD__HEALTH_APP_ENDED, .attempts = 4, .good = 3 },
    NULL,
    NULL,
    { VPROD_SKIP, 0, "not checked: the app did not stay up", "" } },
  { { .state = VPROD__HEALTH_UNKNOWN }, NULL, NULL, { VPROD_SKIP, 0, "run.port", "" } },

  /* nobody answers */
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "port 8000 of the container are refused", "8000" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_none,
    NULL,
    { VPROD_FAIL, 0, "nor on another TCP port", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_other,
    NULL,
    { VPROD_FAIL, 0, "the app listens on 0.0.0.0:3000, 127.0.0.1:9000", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_other,
    NULL,
    { VPROD_FAIL, 0, "nothing listens on port 8000", "run.port" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_none,
    NULL,
    { VPROD_FAIL, 0, "nothing listens on port 8000", NULL } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    on_loopback,
    NULL,
    { VPROD_FAIL, 0, "cannot be reached from outside its container: it listens on 127.0.0.1:8000", "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_REFUSED },
    on_loopback6,
    NULL,
    { VPROD_FAIL, 0, "[::1]:8000", "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_all,
    NULL,
    { VPROD_FAIL, 0, "closes the connection without an answer (9 attempts in 30.0 s): Empty reply", "TLS" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "closed without an answer (9 attempts in 30.0 s): the server listens on 127.0.0.1 only",
      "0.0.0.0" } },
  { { ASKED, .last_outcome = VPROD__HTTP_SLOW },
    on_all,
    NULL,
    { VPROD_FAIL, 0, "no whole answer in time", "slow" } },
  { { ASKED, .last_outcome = VPROD__HTTP_GARBLED, .last_error = (char *) (uintptr_t) "Received HTTP/0.9" },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "is no HTTP: Received HTTP/0.9", "plain" } },

  /* a wrong answer */
  { { ASKED, ANSWER (503, "database gone") },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "/health answers 503 instead of 200 (9 attempts in 30.0 s): database gone", "database" } },
  { { ASKED, ANSWER (404, "") },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "answers 404 instead of 200 (9 attempts in 30.0 s)", "checks.health.path" } },
  { { ASKED, ANSWER (401, "") }, NULL, NULL, { VPROD_FAIL, 0, "answers 401", "credentials" } },
  { { ASKED, ANSWER (204, "") },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "answers 204 instead of 200", "checks.health.status" } },
  { { ASKED, ANSWER (302, ""), .last_location = (char *) (uintptr_t) "/login" },
    NULL,
    NULL,
    { VPROD_FAIL, 0, "/health answers 302, a redirect to /login, instead of 200", "not followed" } },
  { { ASKED, ANSWER (302, "") }, NULL, NULL, { VPROD_FAIL, 0, "answers 302 instead of 200", NULL } },
  { { ASKED, ANSWER (200, "<html>it works") },
    NULL,
    "ok",
    { VPROD_FAIL, 0, "answers 200, but its body does not contain \"ok\" (9 attempts in 30.0 s): <html>it works",
      "body" } },
  { { ASKED, ANSWER (200, "") }, NULL, "ok", { VPROD_FAIL, 0, "it is empty", "body" } },

  /* good and bad by turns */
  { { ASKED, ANSWER (200, "ok"), .good = 5, .worst_status = 500 },
    NULL,
    NULL,
    { VPROD_FAIL, 0,
      "answered well 5 times, but never 3 in a row (9 attempts in 30.0 s); the last wrong answer was 500",
      "the same" } },
  { { ASKED, .last_outcome = VPROD__HTTP_RESET, .good = 1, .last_error = (char *) (uintptr_t) "Empty reply" },
    on_loopback,
    NULL,
    { VPROD_FAIL, 0, "answered well 1 time, but never 3 in a row (9 attempts in 30.0 s); last: Empty reply",
      NULL } },

  /* not the app's fault */
  { { ASKED, .last_outcome = VPROD__HTTP_UNREACHABLE, .last_error = (char *) (uintptr_t) "No route to host" },
    NULL,
    NULL,
    { .error = VPROD_ERROR_ENGINE, .message = "No route to host" } },
  { { .state = VPROD__HEALTH_BAD }, NULL, NULL, { .error = VPROD_ERROR_ENGINE, .message = "it was never asked" } },
};

static vprod_result *judge (struct vprod__health health, const char *const *listens, const char *body,
                            const struct wanted *wanted)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  struct vprod__health_facts facts = {
    .health = &health,
    .port = 8000,
    .wanted_status = 200,
    .wanted_body = body,
    .consecutive = 3,
    .timeout_ms = 30000,
    .listens = (char *const *) (uintptr_t) listens,
    .log = "INFO: up\n",
    .log_length = 9,
  };

  health.url = (char *) (uintptr_t) "http://127.0.0.1:49153/health";
  int r = vprod__health_judge (&facts, result, &err);
  assert_wanted (r, result, err, wanted);
  return result;
}

START_TEST (judges)
{
  vprod_result *result = judge (cases[_i].health, cases[_i].listens, cases[_i].body, &cases[_i].wanted);

  if (!cases[_i].wanted.error && vprod_result_get_verdict (result) == VPROD_FAIL)
    assert_evidence (result, "log_tail", "INFO: up");
  vprod_result_free (result);
}
END_TEST

START_TEST (shows_the_beginning_of_a_long_body)
{
  char body[5000], shown[256];
  struct vprod__health health = { ASKED, ANSWER (500, body) };

  memset (body, 'a', sizeof body - 1);
  body[sizeof body - 1] = '\0';
  memset (shown, 'a', 200);
  strcpy (shown + 200, "…");
  vprod_result *result = judge (health, NULL, NULL, &(struct wanted) { VPROD_FAIL, 0, shown, NULL });
  ck_assert_uint_lt (strlen (vprod_result_get_message (result)), 400);
  vprod_result_free (result);
}
END_TEST

START_TEST (control_characters_of_a_body_are_harmless)
{
  struct vprod__health health = { ASKED, ANSWER (500, "\033[31mred\r\007") };
  vprod_result *result = judge (health, NULL, NULL, &(struct wanted) { VPROD_FAIL, 0, ": red", NULL });

  ck_assert_ptr_null (strchr (vprod_result_get_message (result), '\033'));
  ck_assert_ptr_null (strchr (vprod_result_get_message (result), '\007'));
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_seen_as_evidence)
{
  struct vprod__health health = { .state = VPROD__HEALTH_GOOD,
                                  .attempts = 5,
                                  .good = 3,
                                  .first_ms = 1100,
                                  .settled_ms = 1200,
                                  .worst_status = 503,
                                  ANSWER (200, "ok") };
  vprod_result *result = judge (health, on_all, NULL, &(struct wanted) { VPROD_PASS, 0, "", "" });

  assert_evidence (result, "url", "http://127.0.0.1:49153/health");
  assert_evidence (result, "container_port", "8000");
  assert_evidence (result, "attempts", "5");
  assert_evidence (result, "good_answers", "3");
  assert_evidence (result, "last_status", "200");
  assert_evidence (result, "last_wrong_status", "503");
  assert_evidence (result, "first_good_ms", "1100");
  assert_evidence (result, "settled_ms", "1200");
  assert_evidence (result, "listens_on", "127.0.0.1:9000, 0.0.0.0:8000");
  vprod_result_free (result);
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("check_health");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, shows_the_beginning_of_a_long_body);
  tcase_add_test (tcase, control_characters_of_a_body_are_harmless);
  tcase_add_test (tcase, tells_what_was_seen_as_evidence);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
