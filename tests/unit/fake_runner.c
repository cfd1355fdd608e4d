/* SPDX-License-Identifier: MIT */
#include "fake_runner.h"
#include "unit.h"

#include <string.h>
#include "util/clock.h"

struct fake_engine *engine;
vprod_runner *runner;
vprod_call call;

void play (const struct fake_route *routes, size_t count)
{
  vprod_error *err = NULL;

  engine = fake_engine_start (routes, count, 0);
  vprod_docker_options options = { sizeof options, fake_engine_url (engine) };
  assert_ok (vprod_runner_new_docker (&options, &runner, &err), err);
  call = (vprod_call) { sizeof call, vprod__deadline (20000), -1 };
}

void end (void)
{
  vprod_runner_free (runner);
  fake_engine_stop (engine);
  runner = NULL;
}

json_t *sent (const char *request)
{
  _cleanup_free_ char *text = fake_engine_last (engine, request);

  ck_assert_ptr_nonnull (text);
  json_t *json = json_loads (strstr (text, "\r\n\r\n") + 4, 0, NULL);
  ck_assert_ptr_nonnull (json);
  return json;
}
