/* SPDX-License-Identifier: MIT */
/*
 * The private side of a runner: one function a slot, which finds out whether the runner has the slot, sets the
 * sizes of facts, and ends them where the slot failed. The session and the checks call these, never a slot.
 */
#ifndef VPROD_RUNNER_RUNNER_H
#define VPROD_RUNNER_RUNNER_H

#include <verify-prod/runner.h>
#include "util/cleanup.h"
#include "util/error.h"

/* Was it made in another process, of which this one is a forked child? Each call below is then INVALID. */
int vprod__runner_is_anothers (const vprod_runner *runner);

/* Each has the signature of its slot, as vprod_runner_get_ops gives them away; runner is a vprod_runner. */
int vprod__runner_engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret,
                                vprod_error **err);
int vprod__runner_build (void *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret, vprod_error **err);
int vprod__runner_image_pull (void *runner, const vprod_call *call, const char *image,
                              const char *platform, vprod_error **err);
/* Where the runner has image_pull alone, on_progress is not called. */
int vprod__runner_image_pull_shown (void *runner, const vprod_call *call, const char *image, const char *platform,
                                    void (*on_progress) (void *data, const vprod_pull_progress *progress), void *data,
                                    vprod_error **err);
int vprod__runner_image_facts (void *runner, const vprod_call *call, const char *image,
                               vprod_image_facts *ret, vprod_error **err);
int vprod__runner_image_history (void *runner, const vprod_call *call, const char *image,
                                 int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                 vprod_error **err);
int vprod__runner_image_export (void *runner, const vprod_call *call, const char *image,
                                vprod_bytes_fn on_bytes, void *data, vprod_error **err);
int vprod__runner_image_remove (void *runner, const vprod_call *call, const char *tag,
                                vprod_error **err);
int vprod__runner_network_create (void *runner, const vprod_call *call, const char *name,
                                  const char *const *labels, char **ret_id, vprod_error **err);
int vprod__runner_network_remove (void *runner, const vprod_call *call, const char *id,
                                  vprod_error **err);
int vprod__runner_container_create (void *runner, const vprod_call *call,
                                    const vprod_container_request *request, char **ret_id, vprod_error **err);
int vprod__runner_container_start (void *runner, const vprod_call *call, const char *id,
                                   vprod_error **err);
int vprod__runner_container_facts (void *runner, const vprod_call *call, const char *id,
                                   vprod_container_facts *ret, vprod_error **err);
int vprod__runner_container_wait (void *runner, const vprod_call *call, const char *id,
                                  int *ret_exit_code, vprod_error **err);
int vprod__runner_container_signal (void *runner, const vprod_call *call, const char *id,
                                    const char *signal, vprod_error **err);
int vprod__runner_container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                                  vprod_output_fn on_output, void *data, vprod_error **err);
int vprod__runner_container_exec (void *runner, const vprod_call *call, const char *id,
                                  const char *const *argv, vprod_output_fn on_output, void *data,
                                  int *ret_exit_code, vprod_error **err);
int vprod__runner_container_processes (void *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process),
                                       void *data, vprod_error **err);
int vprod__runner_container_has_path (void *runner, const vprod_call *call, const char *id,
                                      const char *path, int *ret_there, vprod_error **err);
int vprod__runner_container_copy (void *runner, const vprod_call *call, const char *id,
                                  const char *path, vprod_bytes_fn on_bytes, void *data, vprod_error **err);
int vprod__runner_container_remove (void *runner, const vprod_call *call, const char *id,
                                    vprod_error **err);
int vprod__runner_volume_remove (void *runner, const vprod_call *call, const char *name,
                                 vprod_error **err);
int vprod__runner_list_objects (void *runner, const vprod_call *call, const char *label_key,
                                const char *tag_prefix,
                                int (*on_object) (void *data, const vprod_object *object), void *data,
                                vprod_error **err);
int vprod__runner_container_reach (void *runner, const vprod_call *call, const char *id, int host_port,
                                   char **ret_host, int *ret_port, vprod_error **err);
int vprod__runner_network_connect (void *runner, const vprod_call *call, const char *network,
                                   const char *container, vprod_error **err);
int vprod__runner_network_disconnect (void *runner, const vprod_call *call, const char *network,
                                      const char *container, vprod_error **err);
int vprod__runner_network_keep_address (void *runner, const vprod_call *call, const char *network, const char *container,
                                        const char *ip_address, const char *mac_address, const char *const *aliases,
                                        vprod_error **err);
int vprod__runner_container_changes (void *runner, const vprod_call *call, const char *id,
                                     int (*on_change) (void *data, const vprod_change *change), void *data,
                                     vprod_error **err);
int vprod__runner_container_events (void *runner, const vprod_call *call, const char *id, int64_t since_ms,
                                    int64_t until_ms, int (*on_event) (void *data, const vprod_container_event *event),
                                    void *data, vprod_error **err);
int vprod__runner_container_put (void *runner, const vprod_call *call, const char *id, const char *path,
                                 const void *tar, size_t length, vprod_error **err);
int vprod__runner_volume_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                                 char **ret_mountpoint, vprod_error **err);

/* End what is in the facts (not the structure) and zero it. */
void vprod__engine_facts_clear (vprod_engine_facts *facts);
void vprod__build_facts_clear (vprod_build_facts *facts);
void vprod__image_facts_clear (vprod_image_facts *facts);
void vprod__container_facts_clear (vprod_container_facts *facts);

VPROD_DEFINE_CLEANUP (vprod_runner *, vprod_runner_free);
#define _cleanup_engine_facts_ _cleanup_ (vprod__engine_facts_clear)
#define _cleanup_build_facts_ _cleanup_ (vprod__build_facts_clear)
#define _cleanup_image_facts_ _cleanup_ (vprod__image_facts_clear)
#define _cleanup_container_facts_ _cleanup_ (vprod__container_facts_clear)
#define _cleanup_runner_ _cleanup_ (vprod_runner_freep)

#endif
