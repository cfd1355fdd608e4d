/* SPDX-License-Identifier: MIT */
/* For tests of checks: what a result must say. */
#ifndef VPROD_TESTS_VERDICT_H
#define VPROD_TESTS_VERDICT_H

#include "unit.h"
#include "result/result.h"

/* What a judging function must make of its facts. */
struct wanted {
  vprod_verdict verdict;
  int error;           /* not 0: it cannot be told, with this vprod_error_code */
  const char *message; /* a part of it; of the error's message with error */
  const char *remedy;  /* a part of it; NULL: any; "": there is none */
};

static inline vprod_result *new_result (void)
{
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__result_new ("check", "A check", &result, &err), err);
  return result;
}

static inline void assert_holds (const char *text, const char *part)
{
  ck_assert_msg (strstr (text, part) != NULL, "no \"%s\" in: %s", part, text);
}

static inline void assert_evidence (const vprod_result *result, const char *name, const char *value)
{
  const char *is = vprod_result_find_evidence (result, name);

  ck_assert_msg (is != NULL, "no evidence %s", name);
  ck_assert_str_eq (is, value);
}

/* A skip because a prerequisite failed names the check that fails for it: a report without that check is no pass. */
static inline void assert_judged (const vprod_result *result)
{
  const char *message = vprod_result_get_message (result);

  if (strstr (message, "not checked: the app did not st")) /* start, stay up */
    assert_evidence (result, "judged_by", "start");
  else if (strstr (message, "not checked: the app did not end by"))
    assert_evidence (result, "judged_by", "graceful-stop");
  else if (strstr (message, "not checked: the app's health is not good"))
    assert_evidence (result, "judged_by", "health");
  else if (strstr (message, "not checked: the image did not build"))
    assert_evidence (result, "judged_by", "build");
  else if (strstr (message, "not checked: the app is not healthy")
           || strstr (message, "not checked: the app's health was not good"))
    assert_evidence (result, "judged_by", "health");
  else
    ck_assert_ptr_null (vprod_result_find_evidence (result, "judged_by"));
}

/* r, err: what the judging function or check gave; ends err. */
static inline void assert_wanted (int r, const vprod_result *result, vprod_error *err, const struct wanted *wanted)
{
  if (wanted->error) {
    assert_error (r, err, wanted->error, wanted->message);
    return;
  }
  assert_ok (r, err);
  assert_ok (vprod__result_status (result, &err), err);
  ck_assert_msg (vprod_result_get_verdict (result) == wanted->verdict, "%s: %s",
                 vprod_verdict_name (vprod_result_get_verdict (result)), vprod_result_get_message (result));
  assert_holds (vprod_result_get_message (result), wanted->message);
  if (wanted->remedy && !*wanted->remedy)
    ck_assert_str_eq (vprod_result_get_remedy (result), "");
  else if (wanted->remedy)
    assert_holds (vprod_result_get_remedy (result), wanted->remedy);
  /* whoever reads of a failure must find out what to do */
  if (vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    ck_assert_str_ne (vprod_result_get_remedy (result), "");
  if (vprod_result_get_verdict (result) == VPROD_VERDICT_SKIP)
    assert_judged (result);
}

#endif
