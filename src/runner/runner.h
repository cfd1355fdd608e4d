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

int vprod__runner_engine_facts (vprod_runner *runner, const vprod_call *call, vprod_engine_facts *ret,
                                vprod_error **err);
int vprod__runner_build (vprod_runner *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret, vprod_error **err);
int vprod__runner_image_pull (vprod_runner *runner, const vprod_call *call, const char *image,
                              const char *platform, vprod_error **err);
int vprod__runner_image_facts (vprod_runner *runner, const vprod_call *call, const char *image,
                               vprod_image_facts *ret, vprod_error **err);
int vprod__runner_image_history (vprod_runner *runner, const vprod_call *call, const char *image,
                                 int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                 vprod_error **err);
int vprod__runner_image_export (vprod_runner *runner, const vprod_call *call, const char *image,
                                vprod_bytes_fn on_bytes, void *data, vprod_error **err);
int vprod__runner_image_remove (vprod_runner *runner, const vprod_call *call, const char *tag,
                                vprod_error **err);
int vprod__runner_network_create (vprod_runner *runner, const vprod_call *call, const char *name,
                                  const char *const *labels, char **ret_id, vprod_error **err);
int vprod__runner_network_remove (vprod_runner *runner, const vprod_call *call, const char *id,
                                  vprod_error **err);
int vprod__runner_container_create (vprod_runner *runner, const vprod_call *call,
                                    const vprod_container_request *request, char **ret_id, vprod_error **err);
int vprod__runner_container_start (vprod_runner *runner, const vprod_call *call, const char *id,
                                   vprod_error **err);
int vprod__runner_container_facts (vprod_runner *runner, const vprod_call *call, const char *id,
                                   vprod_container_facts *ret, vprod_error **err);
int vprod__runner_container_wait (vprod_runner *runner, const vprod_call *call, const char *id,
                                  int *ret_exit_code, vprod_error **err);
int vprod__runner_container_signal (vprod_runner *runner, const vprod_call *call, const char *id,
                                    const char *signal, vprod_error **err);
int vprod__runner_container_logs (vprod_runner *runner, const vprod_call *call, const char *id, int follow,
                                  vprod_output_fn on_output, void *data, vprod_error **err);
int vprod__runner_container_exec (vprod_runner *runner, const vprod_call *call, const char *id,
                                  const char *const *argv, vprod_output_fn on_output, void *data,
                                  int *ret_exit_code, vprod_error **err);
int vprod__runner_container_processes (vprod_runner *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process),
                                       void *data, vprod_error **err);
int vprod__runner_container_has_path (vprod_runner *runner, const vprod_call *call, const char *id,
                                      const char *path, int *ret_there, vprod_error **err);
int vprod__runner_container_copy (vprod_runner *runner, const vprod_call *call, const char *id,
                                  const char *path, vprod_bytes_fn on_bytes, void *data, vprod_error **err);
int vprod__runner_container_remove (vprod_runner *runner, const vprod_call *call, const char *id,
                                    vprod_error **err);
int vprod__runner_volume_remove (vprod_runner *runner, const vprod_call *call, const char *name,
                                 vprod_error **err);
int vprod__runner_list_objects (vprod_runner *runner, const vprod_call *call, const char *label_key,
                                const char *tag_prefix,
                                int (*on_object) (void *data, const vprod_object *object), void *data,
                                vprod_error **err);
int vprod__runner_container_reach (vprod_runner *runner, const vprod_call *call, const char *id, int host_port,
                                   char **ret_host, int *ret_port, vprod_error **err);
int vprod__runner_network_connect (vprod_runner *runner, const vprod_call *call, const char *network,
                                   const char *container, vprod_error **err);
int vprod__runner_network_disconnect (vprod_runner *runner, const vprod_call *call, const char *network,
                                      const char *container, vprod_error **err);
int vprod__runner_container_changes (vprod_runner *runner, const vprod_call *call, const char *id,
                                     int (*on_change) (void *data, const vprod_change *change), void *data,
                                     vprod_error **err);
int vprod__runner_container_events (vprod_runner *runner, const vprod_call *call, const char *id, int64_t since_ms,
                                    int64_t until_ms, int (*on_event) (void *data, const vprod_container_event *event),
                                    void *data, vprod_error **err);

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
