/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "runner/runner.h"
#include "util/strv.h"

static const vprod_call no_limit = { sizeof no_limit, VPROD_NO_DEADLINE, -1 };

struct seen {
  atomic_int engine_calls;
  int fail;
  size_t facts_size;
  int destroyed;
};

static int engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *facts, vprod_error **err)
{
  struct seen *seen = runner;

  seen->engine_calls++;
  seen->facts_size = facts->size;
  facts->name = strdup ("mock");
  facts->remote = 1;
  if (seen->fail)
    return vprod_error_new (err, VPROD_ERROR_UNREACHABLE, 0, "nobody home");
  return 0;
}

static int image_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *facts,
                        vprod_error **err)
{
  facts->id = strdup ("sha256:1");
  ck_assert_int_eq (vprod__strv_add (&facts->env, "A=1"), 0);
  ck_assert_ptr_nonnull (err); /* a slot may count on it */
  return strcmp (image, "good") == 0 ? 0 : vprod_error_new (err, VPROD_ERROR_NOT_FOUND, 0, "no such image");
}

static int fails_without_a_word (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  return *id ? -VPROD_ERROR_IMAGE : 1;
}

static int gives_no_id (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                        char **ret_id, vprod_error **err)
{
  return 0;
}

static void destroy (void *data)
{
  ((struct seen *) data)->destroyed++;
}

static vprod_runner *make (const vprod_runner_ops *ops, struct seen *seen)
{
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_runner_new (ops, seen, destroy, &runner, &err), err);
  return runner;
}

START_TEST (slot_that_is_missing_is_unsupported)
{
  vprod_runner_ops ops = { .size = sizeof ops };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &(struct seen) { 0 });
  vprod_error *err = NULL;
  vprod_image_facts facts;
  char *id = NULL;

  assert_error (vprod__runner_container_start (runner, &no_limit, "x", &err), err, VPROD_ERROR_UNSUPPORTED,
                "container_start");
  assert_error (vprod__runner_image_facts (runner, &no_limit, "x", &facts, &err), err, VPROD_ERROR_UNSUPPORTED,
                "image_facts");
  assert_error (vprod__runner_network_create (runner, &no_limit, "x", NULL, &id, &err), err,
                VPROD_ERROR_UNSUPPORTED, "network_create");
  ck_assert_ptr_null (id);
}
END_TEST

START_TEST (slot_past_the_given_size_is_unsupported)
{
  struct seen seen = { 0 };
  vprod_runner_ops ops = { .size = offsetof (vprod_runner_ops, build), .engine_facts = engine_facts,
                           .image_facts = image_facts };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &seen);
  _cleanup_image_facts_ vprod_image_facts facts = { 0 };
  const vprod_engine_facts *engine;
  vprod_error *err = NULL;

  assert_error (vprod__runner_image_facts (runner, &no_limit, "good", &facts, &err), err,
                VPROD_ERROR_UNSUPPORTED, "image_facts");
  assert_ok (vprod_runner_get_engine (runner, 0, &engine, &err), err);
  ck_assert_str_eq (engine->name, "mock");
}
END_TEST

START_TEST (size_of_zero_is_refused)
{
  vprod_runner_ops ops = { 0 };
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_runner_new (&ops, NULL, NULL, &runner, &err), err, VPROD_ERROR_INVALID, "size");
  assert_error (vprod_runner_new (NULL, NULL, NULL, &runner, &err), err, VPROD_ERROR_INVALID, "NULL");
  ck_assert_ptr_null (runner);
}
END_TEST

START_TEST (facts_are_ended_where_the_slot_fails)
{
  vprod_runner_ops ops = { .size = sizeof ops, .image_facts = image_facts };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &(struct seen) { 0 });
  vprod_image_facts facts = { 0 };
  vprod_error *err = NULL;

  assert_error (vprod__runner_image_facts (runner, &no_limit, "bad", &facts, &err), err, VPROD_ERROR_NOT_FOUND,
                "no such image");
  ck_assert_ptr_null (facts.id);
  ck_assert_ptr_null (facts.env);
  ck_assert_int_eq (vprod__runner_image_facts (runner, &no_limit, "bad", &facts, NULL), -VPROD_ERROR_NOT_FOUND);
  assert_ok (vprod__runner_image_facts (runner, &no_limit, "good", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:1");
  ck_assert_uint_eq (facts.size, sizeof facts);
  vprod__image_facts_clear (&facts);
}
END_TEST

START_TEST (failure_without_an_error_becomes_one)
{
  vprod_runner_ops ops = { .size = sizeof ops, .container_start = fails_without_a_word,
                           .network_create = gives_no_id };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &(struct seen) { 0 });
  vprod_error *err = NULL;
  char *id = NULL;

  assert_error (vprod__runner_container_start (runner, &no_limit, "x", &err), err, VPROD_ERROR_ENGINE,
                "container_start");
  assert_error (vprod__runner_container_start (runner, &no_limit, "", &err), err, VPROD_ERROR_ENGINE,
                "container_start");
  assert_error (vprod__runner_network_create (runner, &no_limit, "x", NULL, &id, &err), err, VPROD_ERROR_ENGINE,
                "no id");
}
END_TEST

START_TEST (engine_is_asked_once_and_again_after_a_failure)
{
  struct seen seen = { .fail = 1 };
  vprod_runner_ops ops = { .size = sizeof ops, .engine_facts = engine_facts };
  vprod_runner *runner = make (&ops, &seen);
  const vprod_engine_facts *first = NULL, *second = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_runner_get_engine (runner, 0, &first, &err), err, VPROD_ERROR_UNREACHABLE, "nobody home");
  ck_assert_ptr_null (first);
  seen.fail = 0;
  assert_ok (vprod_runner_get_engine (runner, 0, &first, &err), err);
  assert_ok (vprod_runner_get_engine (runner, 0, &second, &err), err);
  ck_assert_ptr_eq (first, second);
  ck_assert_int_eq (seen.engine_calls, 2);
  ck_assert_uint_eq (seen.facts_size, sizeof (vprod_engine_facts));
  ck_assert_int_eq (first->remote, 1);
  vprod_runner_free (runner);
  ck_assert_int_eq (seen.destroyed, 1);
}
END_TEST

static void *ask_engine (void *data)
{
  const vprod_engine_facts *facts = NULL;

  return vprod_runner_get_engine (data, 0, &facts, NULL) == 0 ? strdup (facts->name) : NULL;
}

START_TEST (engine_is_asked_from_many_threads)
{
  struct seen seen = { 0 };
  vprod_runner_ops ops = { .size = sizeof ops, .engine_facts = engine_facts };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &seen);
  pthread_t threads[8];

  for (size_t i = 0; i < 8; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, ask_engine, runner), 0);
  for (size_t i = 0; i < 8; i++) {
    void *name = NULL;
    ck_assert_int_eq (pthread_join (threads[i], &name), 0);
    ck_assert_str_eq (name, "mock");
    free (name);
  }
}
END_TEST

/* ---- wrappers ---------------------------------------------------------------------------------------------- */

struct wrapper {
  vprod_runner *inner;
  int calls;
  int destroyed;
};

static int counted_image_facts (void *data, const vprod_call *call, const char *image, vprod_image_facts *facts,
                                vprod_error **err)
{
  struct wrapper *wrapper = data;

  wrapper->calls++;
  return vprod_runner_get_ops (wrapper->inner)->image_facts (wrapper->inner, call, image, facts, err);
}

static void wrapper_destroy (void *data)
{
  ((struct wrapper *) data)->destroyed++;
}

static vprod_runner *wrap (const vprod_runner_ops *ops, struct wrapper *wrapper)
{
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_runner_new_wrapper (ops, wrapper, wrapper_destroy, wrapper->inner, &runner, &err), err);
  return runner;
}

static const vprod_runner_ops two_slots = { .size = sizeof two_slots, .engine_facts = engine_facts,
                                            .image_facts = image_facts };

START_TEST (wrapper_calls_the_inner_runners_slot)
{
  struct seen seen = { 0 };
  vprod_runner_ops ops = { .size = sizeof ops, .image_facts = counted_image_facts };
  struct wrapper inside = { .inner = make (&two_slots, &seen) }, outside = { .inner = wrap (&ops, &inside) };
  vprod_runner *runner = wrap (&ops, &outside);
  vprod_image_facts facts = { 0 };
  vprod_error *err = NULL;

  assert_ok (vprod__runner_image_facts (runner, &no_limit, "good", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:1");
  vprod__image_facts_clear (&facts);
  assert_error (vprod__runner_image_facts (runner, &no_limit, "bad", &facts, &err), err, VPROD_ERROR_NOT_FOUND,
                "no such image");
  ck_assert_int_eq (outside.calls, 2);
  ck_assert_int_eq (inside.calls, 2);
  vprod_runner_free (runner);
  ck_assert_int_eq (outside.destroyed, 1);
  ck_assert_int_eq (inside.destroyed, 0);
  vprod_runner_free (outside.inner);
  vprod_runner_free (inside.inner);
  ck_assert_int_eq (seen.destroyed, 1);
}
END_TEST

START_TEST (slot_that_a_wrapper_has_not_is_the_inner_runners)
{
  struct seen seen = { 0 };
  vprod_runner_ops ops = { .size = offsetof (vprod_runner_ops, engine_facts) };
  struct wrapper inside = { .inner = make (&two_slots, &seen) }, outside = { .inner = wrap (&ops, &inside) };
  _cleanup_runner_ vprod_runner *runner = wrap (&ops, &outside);
  const vprod_engine_facts *engine;
  vprod_error *err = NULL;

  assert_ok (vprod_runner_get_engine (runner, 0, &engine, &err), err);
  ck_assert_str_eq (engine->name, "mock");
  ck_assert_int_eq (seen.engine_calls, 1);
  assert_error (vprod__runner_container_start (runner, &no_limit, "x", &err), err, VPROD_ERROR_UNSUPPORTED,
                "container_start");
  assert_error (vprod_runner_get_ops (runner)->container_start (runner, &no_limit, "x", &err), err,
                VPROD_ERROR_UNSUPPORTED, "container_start");
  vprod_runner_free (outside.inner);
  vprod_runner_free (inside.inner);
}
END_TEST

START_TEST (every_slot_can_be_called_from_outside)
{
  _cleanup_runner_ vprod_runner *runner = make (&two_slots, &(struct seen) { 0 });
  const vprod_runner_ops *ops = vprod_runner_get_ops (runner);
  void (*slots[sizeof *ops / sizeof (void (*) (void))]) (void);

  ck_assert_uint_eq (ops->size, sizeof *ops);
  memcpy (slots, ops, sizeof *ops);
  for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
    ck_assert_msg (slots[i] != NULL, "slot %zu", i);
}
END_TEST

/* As a program was compiled with a header whose vprod_image_facts ended before env. */
START_TEST (facts_of_an_older_caller_are_not_overrun)
{
  _cleanup_runner_ vprod_runner *runner = make (&two_slots, &(struct seen) { 0 });
  vprod_image_facts facts = { .size = offsetof (vprod_image_facts, env), .env = (char **) &runner };
  vprod_error *err = NULL;

  assert_ok (vprod_runner_get_ops (runner)->image_facts (runner, &no_limit, "good", &facts, &err), err);
  ck_assert_str_eq (facts.id, "sha256:1");
  ck_assert_uint_eq (facts.size, offsetof (vprod_image_facts, env));
  ck_assert_ptr_eq (facts.env, (char **) &runner);
  free (facts.id);
  facts.size = 0;
  assert_error (vprod_runner_get_ops (runner)->image_facts (runner, &no_limit, "good", &facts, &err), err,
                VPROD_ERROR_INVALID, "size");
}
END_TEST

static int takes_the_request (void *data, const vprod_call *call, const vprod_container_request *request, char **ret_id,
                              vprod_error **err)
{
  ck_assert_uint_eq (request->size, sizeof *request);
  ck_assert_str_eq (request->image, "shop:1");
  ck_assert_int_eq (request->port, 0);
  *ret_id = strdup ("c1");
  return 0;
}

START_TEST (request_of_an_older_caller_is_completed)
{
  vprod_runner_ops ops = { .size = sizeof ops, .container_create = takes_the_request };
  _cleanup_runner_ vprod_runner *runner = make (&ops, &(struct seen) { 0 });
  vprod_container_request request = { .size = offsetof (vprod_container_request, port), .image = "shop:1", .port = 8000 };
  _cleanup_free_ char *id = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_runner_get_ops (runner)->container_create (runner, &no_limit, &request, &id, &err), err);
  ck_assert_str_eq (id, "c1");
}
END_TEST

START_TEST (wrapper_of_nothing_is_refused)
{
  vprod_runner_ops ops = { .size = sizeof ops };
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;

  assert_error (vprod_runner_new_wrapper (&ops, NULL, NULL, NULL, &runner, &err), err, VPROD_ERROR_INVALID, "inner");
  ck_assert_ptr_null (runner);
}
END_TEST

START_TEST (free_of_nothing_is_fine)
{
  vprod_runner_free (NULL);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("runner_dispatch");
  TCase *tc = tcase_create ("runner_dispatch");

  tcase_add_test (tc, slot_that_is_missing_is_unsupported);
  tcase_add_test (tc, slot_past_the_given_size_is_unsupported);
  tcase_add_test (tc, size_of_zero_is_refused);
  tcase_add_test (tc, facts_are_ended_where_the_slot_fails);
  tcase_add_test (tc, failure_without_an_error_becomes_one);
  tcase_add_test (tc, engine_is_asked_once_and_again_after_a_failure);
  tcase_add_test (tc, engine_is_asked_from_many_threads);
  tcase_add_test (tc, wrapper_calls_the_inner_runners_slot);
  tcase_add_test (tc, slot_that_a_wrapper_has_not_is_the_inner_runners);
  tcase_add_test (tc, every_slot_can_be_called_from_outside);
  tcase_add_test (tc, facts_of_an_older_caller_are_not_overrun);
  tcase_add_test (tc, request_of_an_older_caller_is_completed);
  tcase_add_test (tc, wrapper_of_nothing_is_refused);
  tcase_add_test (tc, free_of_nothing_is_fine);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
