/* SPDX-License-Identifier: MIT */
/*
 * The slots of a runner, to be called from outside. The caller may have been compiled with an older header, whose structures were
 * shorter: what comes in and goes out has the size that the caller gave it.
 */
#include "runner/runner.h"

#include <string.h>

static size_t lesser (size_t a, size_t b)
{
  return a < b ? a : b;
}

/* As much of *facts as the caller's structure has room for goes there; the rest stays, to be ended here. */
static int give (int r, void *facts, size_t facts_size, void *ret, size_t size)
{
  if (r == 0) {
    size = lesser (size, facts_size);
    memcpy ((char *) ret + sizeof size, (char *) facts + sizeof size, size - sizeof size);
    memset (facts, 0, size);
  }
  return r;
}

static int too_small (const char *slot, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "\"%s\" of a runner: a structure with its size is needed", slot);
}

#define CALL_FACTS(type, slot, clear, ...)                                                                   \
  __extension__({                                                                                            \
    _cleanup_ (clear) type facts = { 0 };                                                                    \
    !ret || ret->size < sizeof ret->size                                                                     \
      ? too_small (#slot, err)                                                                               \
      : give (vprod__runner_##slot (runner, call, __VA_ARGS__), &facts, sizeof facts, ret, ret->size);       \
  })

/* The request as long as this library has it, without what an older caller does not know. */
#define CALL_REQUEST(type, call_it, slot)                                                                    \
  __extension__({                                                                                            \
    type whole = { 0 };                                                                                      \
    if (request) {                                                                                           \
      memcpy (&whole, request, lesser (request->size, sizeof whole));                                        \
      whole.size = sizeof whole;                                                                             \
    }                                                                                                        \
    !request || request->size < sizeof request->size ? too_small (slot, err) : (call_it);                    \
  })

static int call_engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret, vprod_error **err)
{
  return CALL_FACTS (vprod_engine_facts, engine_facts, vprod__engine_facts_clear, &facts, err);
}

static int call_build (void *runner, const vprod_call *call, const vprod_build_request *request, vprod_build_facts *ret,
                       vprod_error **err)
{
  return CALL_REQUEST (
    vprod_build_request, CALL_FACTS (vprod_build_facts, build, vprod__build_facts_clear, &whole, &facts, err), "build");
}

static int call_image_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret,
                             vprod_error **err)
{
  return CALL_FACTS (vprod_image_facts, image_facts, vprod__image_facts_clear, image, &facts, err);
}

static int call_container_create (void *runner, const vprod_call *call, const vprod_container_request *request,
                                  char **ret_id, vprod_error **err)
{
  return CALL_REQUEST (vprod_container_request, vprod__runner_container_create (runner, call, &whole, ret_id, err),
                       "container_create");
}

static int call_container_facts (void *runner, const vprod_call *call, const char *id, vprod_container_facts *ret,
                                 vprod_error **err)
{
  return CALL_FACTS (vprod_container_facts, container_facts, vprod__container_facts_clear, id, &facts, err);
}

static const vprod_runner_ops slots = {
  .size = sizeof slots,
  .engine_facts = call_engine_facts,
  .build = call_build,
  .image_pull = vprod__runner_image_pull,
  .image_facts = call_image_facts,
  .image_history = vprod__runner_image_history,
  .image_export = vprod__runner_image_export,
  .image_remove = vprod__runner_image_remove,
  .network_create = vprod__runner_network_create,
  .network_remove = vprod__runner_network_remove,
  .container_create = call_container_create,
  .container_start = vprod__runner_container_start,
  .container_facts = call_container_facts,
  .container_wait = vprod__runner_container_wait,
  .container_signal = vprod__runner_container_signal,
  .container_logs = vprod__runner_container_logs,
  .container_exec = vprod__runner_container_exec,
  .container_processes = vprod__runner_container_processes,
  .container_has_path = vprod__runner_container_has_path,
  .container_copy = vprod__runner_container_copy,
  .container_remove = vprod__runner_container_remove,
  .volume_remove = vprod__runner_volume_remove,
  .list_objects = vprod__runner_list_objects,
  .container_reach = vprod__runner_container_reach,
  .network_connect = vprod__runner_network_connect,
  .network_disconnect = vprod__runner_network_disconnect,
  .container_changes = vprod__runner_container_changes,
  .container_events = vprod__runner_container_events,
  .container_put = vprod__runner_container_put,
  .volume_create = vprod__runner_volume_create,
  .image_pull_shown = vprod__runner_image_pull_shown,
  .network_keep_address = vprod__runner_network_keep_address,
};

const vprod_runner_ops *vprod_runner_get_ops (const vprod_runner *runner)
{
  return runner ? &slots : NULL;
}
