/* SPDX-License-Identifier: MIT */
/*
 * From the library to a runner's slots. A runner may be a stranger's: a slot may be missing, forget its error, or
 * leave facts half filled when it fails. What comes out here is always whole.
 */
#include "runner/runner.h"
#include "util/clock.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_TIMEOUT_MS 10000

struct vprod_runner {
  vprod_runner_ops ops; /* slots that the runner does not have are NULL */
  void *data;
  void (*destroy) (void *data);
  const vprod_runner *inner; /* has the slots that this one does not have; NULL: none */
  pthread_mutex_t lock;
  int engine_known;
  vprod_engine_facts engine; /* never changes once it is known */
  pid_t owner;               /* the process that made it */
};

static int make (const char *function, const vprod_runner_ops *ops, void *data, void (*destroy) (void *data),
                 const vprod_runner *inner, vprod_runner **ret_runner, vprod_error **err)
{
  if (!ops || !ret_runner)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s: ops and ret_runner may not be NULL", function);
  if (ops->size < sizeof ops->size)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "%s: ops->size is %zu; set it to sizeof (vprod_runner_ops)", function, ops->size);
  vprod_runner *runner = calloc (1, sizeof *runner);
  if (!runner)
    return vprod__error_no_memory (err);
  memcpy (&runner->ops, ops, ops->size < sizeof runner->ops ? ops->size : sizeof runner->ops);
  runner->data = data;
  runner->destroy = destroy;
  runner->inner = inner;
  runner->owner = getpid ();
  pthread_mutex_init (&runner->lock, NULL);
  *ret_runner = runner;
  return 0;
}

int vprod_runner_new (const vprod_runner_ops *ops, void *data, void (*destroy) (void *data),
                      vprod_runner **ret_runner, vprod_error **err)
{
  return make ("vprod_runner_new", ops, data, destroy, NULL, ret_runner, err);
}

int vprod_runner_new_wrapper (const vprod_runner_ops *ops, void *data, void (*destroy) (void *data),
                              vprod_runner *inner, vprod_runner **ret_runner, vprod_error **err)
{
  if (!inner)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_runner_new_wrapper: inner may not be NULL");
  return make ("vprod_runner_new_wrapper", ops, data, destroy, inner, ret_runner, err);
}

void vprod_runner_free (vprod_runner *runner)
{
  if (!runner)
    return;
  /* in a forked child the connections, programs and threads behind it are the parent's */
  if (runner->owner == getpid ()) {
    if (runner->destroy)
      runner->destroy (runner->data);
    pthread_mutex_destroy (&runner->lock);
  }
  vprod__engine_facts_clear (&runner->engine);
  free (runner);
}

int vprod__runner_is_anothers (const vprod_runner *runner)
{
  return runner->owner != getpid ();
}

static int another_process (vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the runner was made in another process");
}

int vprod_runner_get_engine (vprod_runner *runner, int64_t timeout_ms, const vprod_engine_facts **ret_facts,
                             vprod_error **err)
{
  _cleanup_engine_facts_ vprod_engine_facts facts = { 0 };

  if (!runner || !ret_facts)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "vprod_runner_get_engine: runner and ret_facts may not be NULL");
  if (vprod__runner_is_anothers (runner))
    return another_process (err);
  pthread_mutex_lock (&runner->lock);
  int known = runner->engine_known;
  pthread_mutex_unlock (&runner->lock);
  if (!known) {
    /* asked without the lock, so that a slow engine holds nobody else up; the first answer stays */
    vprod_call call = { sizeof call, vprod__deadline (timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS), -1 };
    int r = vprod__runner_engine_facts (runner, &call, &facts, err);
    if (r < 0)
      return r;
    pthread_mutex_lock (&runner->lock);
    if (!runner->engine_known) {
      runner->engine = facts;
      facts = (vprod_engine_facts) { 0 };
      runner->engine_known = 1;
    }
    pthread_mutex_unlock (&runner->lock);
  }
  *ret_facts = &runner->engine;
  return 0;
}

static int missing (const char *slot, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "this runner cannot do \"%s\"", slot);
}

/* The result of a slot, as the rules of runner.h have it. */
static int settle (const char *slot, int answer, vprod_error **why, vprod_error **err)
{
  if (answer == 0)
    return 0;
  if (*why)
    return vprod__error_move (err, why);
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the runner's \"%s\" failed (%d) and did not say why", slot,
                           answer);
}

/* A slot gets an error variable of its own, so that it may count on one. */
#define DISPATCH(slot, ...)                                                                                  \
  __extension__({                                                                                            \
    _cleanup_error_ vprod_error *why = NULL;                                                                 \
    const vprod_runner *has = runner;                                                                        \
    while (!has->ops.slot && has->inner)                                                                     \
      has = has->inner;                                                                                      \
    vprod__runner_is_anothers (has) ? another_process (err)                                                  \
    : has->ops.slot ? settle (#slot, has->ops.slot (has->data, call, __VA_ARGS__, &why), &why, err)          \
                    : missing (#slot, err);                                                                  \
  })

#define DISPATCH_FACTS(slot, clear, ...)                                                                     \
  __extension__({                                                                                            \
    memset (ret, 0, sizeof *ret);                                                                            \
    ret->size = sizeof *ret;                                                                                 \
    int r_ = DISPATCH (slot, __VA_ARGS__);                                                                   \
    if (r_ < 0)                                                                                              \
      clear (ret);                                                                                           \
    r_;                                                                                                      \
  })

/* For slots that give an id: none is given on failure, and one always on success. */
static int settle_id (const char *slot, int r, char **id, char **ret_id, vprod_error **err)
{
  if (r == 0 && !*id)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the runner's \"%s\" gave no id", slot);
  if (r == 0)
    *ret_id = vprod__steal (id);
  return r;
}

int vprod__runner_engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret,
                                vprod_error **err)
{
  return DISPATCH_FACTS (engine_facts, vprod__engine_facts_clear, ret);
}

int vprod__runner_build (void *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret, vprod_error **err)
{
  return DISPATCH_FACTS (build, vprod__build_facts_clear, request, ret);
}

int vprod__runner_image_pull (void *runner, const vprod_call *call, const char *image,
                              const char *platform, vprod_error **err)
{
  return DISPATCH (image_pull, image, platform);
}

/* 1: the first runner of the chain that pulls at all tells how far it is. A wrapper that pulls in its own way is not passed
   by. */
static int tells_of_pull (const vprod_runner *runner)
{
  while (!runner->ops.image_pull && !runner->ops.image_pull_shown && runner->inner)
    runner = runner->inner;
  return runner->ops.image_pull_shown != NULL;
}

int vprod__runner_image_pull_shown (void *runner, const vprod_call *call, const char *image, const char *platform,
                                    void (*on_progress) (void *data, const vprod_pull_progress *progress), void *data,
                                    vprod_error **err)
{
  if (!tells_of_pull (runner))
    return DISPATCH (image_pull, image, platform);
  return DISPATCH (image_pull_shown, image, platform, on_progress, data);
}

int vprod__runner_image_facts (void *runner, const vprod_call *call, const char *image,
                               vprod_image_facts *ret, vprod_error **err)
{
  return DISPATCH_FACTS (image_facts, vprod__image_facts_clear, image, ret);
}

int vprod__runner_image_history (void *runner, const vprod_call *call, const char *image,
                                 int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                 vprod_error **err)
{
  return DISPATCH (image_history, image, on_entry, data);
}

int vprod__runner_image_export (void *runner, const vprod_call *call, const char *image,
                                vprod_bytes_fn on_bytes, void *data, vprod_error **err)
{
  return DISPATCH (image_export, image, on_bytes, data);
}

int vprod__runner_image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err)
{
  return DISPATCH (image_remove, tag);
}

int vprod__runner_network_create (void *runner, const vprod_call *call, const char *name,
                                  const char *const *labels, char **ret_id, vprod_error **err)
{
  _cleanup_free_ char *id = NULL;
  int r = DISPATCH (network_create, name, labels, &id);

  return settle_id ("network_create", r, &id, ret_id, err);
}

int vprod__runner_network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err)
{
  return DISPATCH (network_remove, id);
}

int vprod__runner_container_create (void *runner, const vprod_call *call,
                                    const vprod_container_request *request, char **ret_id, vprod_error **err)
{
  _cleanup_free_ char *id = NULL;
  int r = DISPATCH (container_create, request, &id);

  return settle_id ("container_create", r, &id, ret_id, err);
}

int vprod__runner_container_start (void *runner, const vprod_call *call, const char *id,
                                   vprod_error **err)
{
  return DISPATCH (container_start, id);
}

int vprod__runner_container_facts (void *runner, const vprod_call *call, const char *id,
                                   vprod_container_facts *ret, vprod_error **err)
{
  return DISPATCH_FACTS (container_facts, vprod__container_facts_clear, id, ret);
}

int vprod__runner_container_wait (void *runner, const vprod_call *call, const char *id,
                                  int *ret_exit_code, vprod_error **err)
{
  return DISPATCH (container_wait, id, ret_exit_code);
}

int vprod__runner_container_signal (void *runner, const vprod_call *call, const char *id,
                                    const char *signal, vprod_error **err)
{
  return DISPATCH (container_signal, id, signal);
}

int vprod__runner_container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                                  vprod_output_fn on_output, void *data, vprod_error **err)
{
  return DISPATCH (container_logs, id, follow, on_output, data);
}

int vprod__runner_container_exec (void *runner, const vprod_call *call, const char *id,
                                  const char *const *argv, vprod_output_fn on_output, void *data,
                                  int *ret_exit_code, vprod_error **err)
{
  return DISPATCH (container_exec, id, argv, on_output, data, ret_exit_code);
}

int vprod__runner_container_processes (void *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process),
                                       void *data, vprod_error **err)
{
  return DISPATCH (container_processes, id, on_process, data);
}

int vprod__runner_container_has_path (void *runner, const vprod_call *call, const char *id,
                                      const char *path, int *ret_there, vprod_error **err)
{
  return DISPATCH (container_has_path, id, path, ret_there);
}

int vprod__runner_container_copy (void *runner, const vprod_call *call, const char *id,
                                  const char *path, vprod_bytes_fn on_bytes, void *data, vprod_error **err)
{
  return DISPATCH (container_copy, id, path, on_bytes, data);
}

int vprod__runner_container_remove (void *runner, const vprod_call *call, const char *id,
                                    vprod_error **err)
{
  return DISPATCH (container_remove, id);
}

int vprod__runner_volume_remove (void *runner, const vprod_call *call, const char *name,
                                 vprod_error **err)
{
  return DISPATCH (volume_remove, name);
}

int vprod__runner_list_objects (void *runner, const vprod_call *call, const char *label_key,
                                const char *tag_prefix,
                                int (*on_object) (void *data, const vprod_object *object), void *data,
                                vprod_error **err)
{
  return DISPATCH (list_objects, label_key, tag_prefix, on_object, data);
}

int vprod__runner_container_reach (void *runner, const vprod_call *call, const char *id, int host_port,
                                   char **ret_host, int *ret_port, vprod_error **err)
{
  _cleanup_free_ char *host = NULL;
  int port = 0, r = DISPATCH (container_reach, id, host_port, &host, &port);

  if (r < 0)
    return r;
  if (!host || port <= 0)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the runner's \"container_reach\" gave no address");
  *ret_host = vprod__steal (&host);
  *ret_port = port;
  return 0;
}

int vprod__runner_network_connect (void *runner, const vprod_call *call, const char *network,
                                   const char *container, vprod_error **err)
{
  return DISPATCH (network_connect, network, container);
}

int vprod__runner_network_disconnect (void *runner, const vprod_call *call, const char *network,
                                      const char *container, vprod_error **err)
{
  return DISPATCH (network_disconnect, network, container);
}

int vprod__runner_network_keep_address (void *runner, const vprod_call *call, const char *network, const char *container,
                                        const char *ip_address, const char *mac_address, const char *const *aliases,
                                        vprod_error **err)
{
  return DISPATCH (network_keep_address, network, container, ip_address, mac_address, aliases);
}

int vprod__runner_container_changes (void *runner, const vprod_call *call, const char *id,
                                     int (*on_change) (void *data, const vprod_change *change), void *data,
                                     vprod_error **err)
{
  return DISPATCH (container_changes, id, on_change, data);
}

int vprod__runner_container_events (void *runner, const vprod_call *call, const char *id, int64_t since_ms,
                                    int64_t until_ms, int (*on_event) (void *data, const vprod_container_event *event),
                                    void *data, vprod_error **err)
{
  return DISPATCH (container_events, id, since_ms, until_ms, on_event, data);
}

int vprod__runner_container_put (void *runner, const vprod_call *call, const char *id, const char *path,
                                 const void *tar, size_t length, vprod_error **err)
{
  return DISPATCH (container_put, id, path, tar, length);
}

int vprod__runner_volume_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                                 char **ret_mountpoint, vprod_error **err)
{
  _cleanup_free_ char *mountpoint = NULL;
  int r = DISPATCH (volume_create, name, labels, &mountpoint);

  if (r == 0)
    *ret_mountpoint = vprod__steal (&mountpoint);
  return r;
}
