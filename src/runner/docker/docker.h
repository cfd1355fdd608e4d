/* SPDX-License-Identifier: MIT */
/* The docker runner: what its slots share. `runner`, the first argument of every slot, is a struct
   vprod__docker. */
#ifndef VPROD_RUNNER_DOCKER_DOCKER_H
#define VPROD_RUNNER_DOCKER_DOCKER_H

#include <pthread.h>

#include <verify-prod/runner.h>
#include "runner/docker/endpoint.h"

struct vprod__client;
struct vprod__builder;
struct vprod__tunnel;
struct vprod__podman_service;

/* What the engine said of itself when first asked. Never changes after that. */
struct vprod__engine_id {
  int known;
  int podman;          /* 1: it answers with Libpod-Api-Version */
  int api_minor;       /* of the version agreed on: 41 of "1.41" */
  char api_version[16];
};

struct vprod__docker {
  struct vprod__endpoint endpoint; /* never changes */
  struct vprod__client *client;    /* pool of connections; thread safe by itself */
  struct vprod__tunnel *tunnel;    /* ssh:// only: what the client really connects to */
  struct vprod__podman_service *service; /* where no engine answers: one of our own, started before it is asked */
  pthread_mutex_t lock;            /* of what follows */
  struct vprod__engine_id engine;
  struct vprod__builder *builder;  /* build.c's: which program builds here, found once; NULL until then */
};

/* Asks once which engine it is and which API version to speak; every slot begins with it. [Ping] */
int vprod__docker_identify (struct vprod__docker *docker, const vprod_call *call, struct vprod__engine_id *ret,
                            vprod_error **err);

/* 1: the engine is on another machine. */
int vprod__docker_is_remote (const struct vprod__docker *docker);

/* On which address of its host the engine publishes ports for us: loopback, and all only where we come from outside
   and nothing forwards them. */
const char *vprod__docker_publishes_on (const struct vprod__docker *docker);

/* ---- building (build.c) ------------------------------------------------------------------------------------ */

int vprod__docker_build (void *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret_facts, vprod_error **err);

/* NULL is fine. */
void vprod__builder_free (struct vprod__builder *builder);

/* ---- the other slots ---------------------------------------------------------------------------------------- */

int vprod__docker_engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret_facts,
                                vprod_error **err);
int vprod__docker_image_pull (void *runner, const vprod_call *call, const char *image, const char *platform,
                              vprod_error **err);
int vprod__docker_image_pull_shown (void *runner, const vprod_call *call, const char *image, const char *platform,
                                    void (*on_progress) (void *data, const vprod_pull_progress *progress), void *data,
                                    vprod_error **err);
int vprod__docker_image_facts (void *runner, const vprod_call *call, const char *image,
                               vprod_image_facts *ret_facts, vprod_error **err);
int vprod__docker_image_history (void *runner, const vprod_call *call, const char *image,
                                 int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                                 vprod_error **err);
int vprod__docker_image_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                                void *data, vprod_error **err);
int vprod__docker_image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err);
int vprod__docker_network_create (void *runner, const vprod_call *call, const char *name,
                                  const char *const *labels, char **ret_id, vprod_error **err);
int vprod__docker_network_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err);
int vprod__docker_container_create (void *runner, const vprod_call *call, const vprod_container_request *request,
                                    char **ret_id, vprod_error **err);
int vprod__docker_container_start (void *runner, const vprod_call *call, const char *id, vprod_error **err);
int vprod__docker_container_facts (void *runner, const vprod_call *call, const char *id,
                                   vprod_container_facts *ret_facts, vprod_error **err);
int vprod__docker_container_wait (void *runner, const vprod_call *call, const char *id, int *ret_exit_code,
                                  vprod_error **err);
int vprod__docker_container_signal (void *runner, const vprod_call *call, const char *id, const char *signal,
                                    vprod_error **err);
int vprod__docker_container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                                  vprod_output_fn on_output, void *data, vprod_error **err);
int vprod__docker_container_exec (void *runner, const vprod_call *call, const char *id, const char *const *argv,
                                  vprod_output_fn on_output, void *data, int *ret_exit_code, vprod_error **err);
int vprod__docker_container_processes (void *runner, const vprod_call *call, const char *id,
                                       int (*on_process) (void *data, const vprod_process *process), void *data,
                                       vprod_error **err);
/* The effective UID of a process, from /proc (tests give a folder of their own). -1 unless the process is there and in
   the container's control group, which shows that its number is not one of another machine or namespace. */
int64_t vprod__proc_euid (const char *proc, int64_t pid, const char *container);

int vprod__docker_container_has_path (void *runner, const vprod_call *call, const char *id, const char *path,
                                      int *ret_there, vprod_error **err);
int vprod__docker_container_copy (void *runner, const vprod_call *call, const char *id, const char *path,
                                  vprod_bytes_fn on_bytes, void *data, vprod_error **err);
int vprod__docker_container_remove (void *runner, const vprod_call *call, const char *id, vprod_error **err);
int vprod__docker_volume_remove (void *runner, const vprod_call *call, const char *name, vprod_error **err);
int vprod__docker_list_objects (void *runner, const vprod_call *call, const char *label_key,
                                const char *tag_prefix, int (*on_object) (void *data, const vprod_object *object),
                                void *data, vprod_error **err);
int vprod__docker_container_reach (void *runner, const vprod_call *call, const char *id, int host_port,
                                   char **ret_host, int *ret_port, vprod_error **err);
int vprod__docker_network_connect (void *runner, const vprod_call *call, const char *network, const char *container,
                                   vprod_error **err);
int vprod__docker_network_disconnect (void *runner, const vprod_call *call, const char *network,
                                      const char *container, vprod_error **err);
int vprod__docker_network_keep_address (void *runner, const vprod_call *call, const char *network, const char *container,
                                        const char *ip_address, const char *mac_address, const char *const *aliases,
                                        vprod_error **err);
int vprod__docker_container_changes (void *runner, const vprod_call *call, const char *id,
                                     int (*on_change) (void *data, const vprod_change *change), void *data,
                                     vprod_error **err);
int vprod__docker_container_events (void *runner, const vprod_call *call, const char *id, int64_t since_ms,
                                    int64_t until_ms, int (*on_event) (void *data, const vprod_container_event *event),
                                    void *data, vprod_error **err);
int vprod__docker_container_put (void *runner, const vprod_call *call, const char *id, const char *path,
                                 const void *tar, size_t length, vprod_error **err);
int vprod__docker_volume_create (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                                 char **ret_mountpoint, vprod_error **err);

#endif
