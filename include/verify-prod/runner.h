/* SPDX-License-Identifier: MIT */
/*
 * A runner carries out container work. The docker runner speaks the Docker Engine API and builds with the
 * engine's own command line program; a project may supply its own by filling a struct vprod_runner_ops.
 *
 * Rules for every slot:
 *  - It returns 0, or minus a vprod_error_code with *err set (use vprod_error_new). It fails with
 *    VPROD_ERROR_IMAGE, and only then, where the engine works and the image is at fault (no such program, no
 *    such user, a Dockerfile that names a missing base): that is what tells a bad image from a broken engine.
 *  - `call` bounds it: it gives up with VPROD_ERROR_TIMEOUT at call->deadline_ms, and with
 *    VPROD_ERROR_CANCELLED soon after call->cancel_fd becomes readable. It never reads from cancel_fd.
 *  - Slots are called from several threads at once.
 *  - What it is given is lent for the time of the call. Facts structures are made and zeroed by the library,
 *    which sets their `size`; the runner fills them with malloc'ed strings and NULL-ended, malloc'ed lists of
 *    malloc'ed strings, which the library frees. On failure the library frees what was filled.
 *  - What a callback is given is lent for the time of the callback. A callback returns 0 to go on; anything
 *    else ends the slot's work, and the slot then returns 0.
 *  - A slot that is NULL, or lies past `size`, is answered with VPROD_ERROR_UNSUPPORTED, unless the runner wraps another
 *    one (vprod_runner_new_wrapper).
 */
#ifndef VERIFY_PROD_RUNNER_H
#define VERIFY_PROD_RUNNER_H

#include <verify-prod/error.h>

VPROD_BEGIN_DECLS

typedef struct vprod_runner vprod_runner;

#define VPROD_NO_DEADLINE INT64_MAX

/* How long a call may take, and how it is told to stop. */
typedef struct vprod_call {
  size_t size;
  int64_t deadline_ms; /* on CLOCK_MONOTONIC, milliseconds; VPROD_NO_DEADLINE */
  int cancel_fd;       /* readable: give up; -1: none */
} vprod_call;

typedef enum vprod_stream { VPROD_STREAM_STDOUT = 1, VPROD_STREAM_STDERR = 2 } vprod_stream;

/* Bytes of a container's output, as they come; not ended by NUL, not cut at lines. */
typedef int (*vprod_output_fn) (void *data, vprod_stream stream, const char *bytes, size_t length);

/* Bytes of a tar archive, as they come. */
typedef int (*vprod_bytes_fn) (void *data, const void *bytes, size_t length);

/* ---- the engine ------------------------------------------------------------------------------------- */

typedef struct vprod_engine_facts {
  size_t size;
  char *name;           /* "docker", "podman" */
  char *version;        /* of the engine, "20.10.24" */
  char *api_version;    /* agreed on, "1.41" */
  char *endpoint;       /* "unix:///var/run/docker.sock" */
  char *published_host; /* where ports that it publishes are reached from here: "127.0.0.1" */
  char *os;             /* "linux" */
  char *architecture;   /* as OCI writes it: "amd64" */
  int remote;           /* 1: not on this machine */
  int userns_remap;     /* 1: UIDs seen from the engine's host are not the container's */
  int rootless;         /* 1: the engine runs without root */
  int started;          /* 1: none answered, so the runner started one (podman system service), and ends it */
  char *container;      /* id of the container of this engine that this very process runs in; NULL: none, or not known */
  int container_joins;  /* 1: that container has networks of its own: it can be connected to another one */
  char *container_gateway; /* address of the engine's host in that container's network, loopback where that is the host's
                              own; NULL: not known */
  int64_t system_time;  /* its clock when it was asked, seconds since 1970; 0: not known. [SystemInfo SystemTime] */
  int processors;       /* that it has for containers; 0: not known. [SystemInfo NCPU] */
  int seccomp;          /* 1: containers run under its default seccomp profile; -1: under none, or another; 0: not known.
                           [SystemInfo SecurityOptions] */
} vprod_engine_facts;

/* ---- building ---------------------------------------------------------------------------------------- */

typedef enum vprod_step_state {
  VPROD_STEP_STARTED = 1, /* running now */
  VPROD_STEP_RAN = 2,     /* done, and its work was really done */
  VPROD_STEP_CACHED = 3,  /* its result was taken from the cache */
  VPROD_STEP_FAILED = 4,  /* its work was done and failed */
  VPROD_STEP_CANCELLED = 5/* started, then given up because another step failed */
} vprod_step_state;

/* A step of a build: one instruction of the Dockerfile, or "[internal] …" work of the builder. A step is
   told of again as its state changes; the last word holds. A step that was never told of was not reached. */
typedef struct vprod_build_step {
  size_t size;
  const char *key;   /* what makes it one step: the builder's digest or number */
  const char *stage; /* name or number of the stage ("deps", "stage-1"), or "" */
  const char *text;  /* the instruction ("RUN uv sync"), without "[deps 2/4]" */
  const char *name;  /* as the builder wrote it ("[deps 2/4] RUN uv sync") */
  vprod_step_state state;
  const char *const *inputs; /* keys of the steps it stands on, NULL-ended; NULL where not known */
} vprod_build_step;
#define VPROD_BUILD_STEP_INIT VPROD_INIT (vprod_build_step)

typedef struct vprod_build_request {
  size_t size;
  const char *context_dir;
  const char *dockerfile;   /* path of its own, not relative to context_dir */
  const char *target;       /* stage, or NULL */
  const char *platform;     /* "linux/amd64", or NULL */
  const char *const *args;  /* NAME=value, NULL-ended, or NULL */
  const char *const *tags;  /* NULL-ended; NULL: the result gets no tag */
  int output_tar;           /* 1: no image is made; the result's files are given to on_tar as one archive */
  vprod_bytes_fn on_tar;
  int (*on_step) (void *data, const vprod_build_step *step);
  int (*on_log) (void *data, const char *bytes, size_t length); /* the builder's and the steps' own words */
  void *data;               /* for on_tar, on_step, on_log; they are called from one thread at a time */
  /* What it may use beside its context; each NULL-ended, or NULL. A builder that cannot: UNSUPPORTED, the message says which
     can. */
  const char *const *secrets;  /* for RUN --mount=type=secret: "id=ID,env=NAME" of this process's environment, or
                                  "id=ID,src=PATH" to the end */
  const char *const *ssh;      /* for RUN --mount=type=ssh: "default" (the agent of SSH_AUTH_SOCK), "ID=SOCKET" */
  const char *const *contexts; /* named contexts: "NAME=/PATH", "NAME=docker-image://…", "NAME=https://…" */
  int no_cache;             /* 1: every step is run, also those whose results the builder has; FROM may take what is there */
} vprod_build_request;

typedef struct vprod_build_facts {
  size_t size;
  int succeeded;      /* 0: the build ran and failed: the Dockerfile's fault. A builder, registry, disk or
                         network at fault is an error of the slot instead */
  char *image_id;     /* "sha256:…"; NULL with output_tar or failure */
  char *builder;      /* what built: "/usr/bin/docker 20.10.24 (BuildKit)" */
  char *failed_step;  /* text of the step that failed, or NULL */
  char *message;      /* the builder's words on the failure, the telling lines of it; NULL if it succeeded */
} vprod_build_facts;

/* How far a pull is, by what the engine has told of its layers so far. */
typedef struct vprod_pull_progress {
  size_t size;
  size_t layers;        /* that it told of; 0: it tells of none */
  size_t layers_done;   /* of these: downloaded, or there before */
  int64_t bytes;        /* downloaded of those layers whose size was told */
  int64_t bytes_total;  /* their size; 0: none was told */
} vprod_pull_progress;
#define VPROD_PULL_PROGRESS_INIT VPROD_INIT (vprod_pull_progress)

/* ---- images ------------------------------------------------------------------------------------------ */

/* The image's configuration, in the words of the OCI image specification. */
typedef struct vprod_image_facts {
  size_t size;
  char *id;             /* "sha256:…" */
  char *os;
  char *architecture;
  char *variant;
  char *user;           /* as written, "" or NULL: root */
  char *working_dir;
  char *stop_signal;    /* as written, or NULL */
  char **env;           /* NAME=value */
  char **entrypoint;
  char **cmd;
  char **labels;        /* NAME=value */
  char **exposed_ports; /* "8000/tcp" */
  char **volumes;
  char **healthcheck;   /* Test: "CMD", …; NULL: none known */
  int64_t bytes;
  char **onbuild;       /* instructions that a build upon it runs first */
  char **shell;         /* SHELL, which runs a HEALTHCHECK in the shell form; NULL: none, or not known */
  int64_t healthcheck_timeout_ms;      /* of HEALTHCHECK, what it says; 0: nothing */
  int64_t healthcheck_start_period_ms;
} vprod_image_facts;

/* One entry of the history, newest first. */
typedef struct vprod_history_entry {
  size_t size;
  const char *created_by;
  const char *comment;
  int64_t bytes;
} vprod_history_entry;
#define VPROD_HISTORY_ENTRY_INIT VPROD_INIT (vprod_history_entry)

/* ---- containers -------------------------------------------------------------------------------------- */

typedef struct vprod_container_request {
  size_t size;
  const char *image;
  const char *name;               /* or NULL */
  const char *platform;           /* or NULL */
  const char *const *env;         /* NAME=value; NULL-ended, or NULL */
  const char *const *entrypoint;  /* NULL: the image's */
  const char *const *command;     /* NULL: the image's */
  const char *const *labels;      /* NAME=value */
  const char *network;            /* name or id; "none"; NULL: the engine's default */
  const char *const *aliases;     /* names on that network, or NULL */
  int port;                       /* TCP port to publish on an ephemeral port; 0: none */
  const char *publish_on;         /* address of the engine's host to publish it on; NULL: loopback, unless the engine
                                     is remote and its ports are not forwarded to here: then on all */
  const char *user;               /* "1001:0"; NULL: the image's */
  int read_only;                  /* 1: its root file system cannot be written to */
  const char *const *tmpfs;       /* "/path", or "/path:options"; NULL: none */
  const char *const *volumes;     /* paths of anonymous volumes, which go with the container; NULL: none but the image's */
  const char *const *cap_drop;    /* "ALL", "NET_RAW"; NULL: none */
  const char *const *cap_add;
  int no_new_privileges;          /* 1: none is won by a setuid program */
  int64_t memory;                 /* bytes, without swap; 0: no limit */
  int pids;                       /* processes and threads; 0: no limit */
  const char *const *extra_hosts; /* "name:address" */
  const char *const *mounts;      /* "/file/on/engine:/path": bound there read-only; "/folder/on/engine/:/path": bound
                                     to be written to; "volume:/path": mounted to be written to */
  const int *ports;               /* more of them, ended by 0, published as `port` is; NULL: none */
  int no_healthcheck;             /* 1: the engine does not run the image's HEALTHCHECK in it */
  const char *const *sysctls;     /* of its own namespaces: "net.ipv4.ip_unprivileged_port_start=1024"; NULL: the engine's */
} vprod_container_request;

typedef struct vprod_container_facts {
  size_t size;
  char *id;
  char *image_id;
  char *status;         /* "created", "running", "exited", … */
  char *error;          /* the engine's word on why it did not start, or NULL */
  char *ip_address;     /* on the network it was made on, or NULL */
  int running;
  int exit_code;        /* meaningful once it is not running and has run */
  int oom_killed;
  int restart_count;
  int host_port;        /* where `port` is published; 0: nowhere. Of one with `ports`: where any of them is */
  int64_t pid;          /* of its first process, in the engine's host; 0: none */
  int64_t started_at_ms;  /* last start and end by the engine's clock, milliseconds since 1970; 0: not known. [State. */
  int64_t finished_at_ms; /* StartedAt, FinishedAt] */
  char **published;     /* where each port is published, "8000/tcp=49153"; NULL: nowhere, or only host_port is known */
  char *mac_address;    /* beside ip_address, or NULL */
} vprod_container_facts;

/* One process of a running container. */
typedef struct vprod_process {
  size_t size;
  int64_t pid;         /* in the engine's host */
  int64_t ppid;
  int64_t euid;        /* -1: the engine gave a name only */
  const char *user;    /* name or number as the engine gave it */
  const char *command; /* with arguments */
} vprod_process;
#define VPROD_PROCESS_INIT VPROD_INIT (vprod_process)

/* What became of a path in a container, against its image. */
typedef enum vprod_change_kind {
  VPROD_CHANGE_MODIFIED = 1, /* of a folder: something in it changed, or it itself */
  VPROD_CHANGE_ADDED = 2,
  VPROD_CHANGE_DELETED = 3
} vprod_change_kind;

typedef struct vprod_change {
  size_t size;
  const char *path; /* "/srv/.venv/bin/pytest" */
  vprod_change_kind kind;
} vprod_change;
#define VPROD_CHANGE_INIT VPROD_INIT (vprod_change)

/* What the engine noted of a container. */
typedef struct vprod_container_event {
  size_t size;
  const char *action; /* "kill": a signal was sent; "die"; … */
  int64_t at_ms;      /* by the engine's clock, milliseconds since 1970 */
} vprod_container_event;
#define VPROD_CONTAINER_EVENT_INIT VPROD_INIT (vprod_container_event)

/* Something on the engine that carries a label (or, an image, a tag) of ours. */
typedef enum vprod_object_kind {
  VPROD_OBJECT_CONTAINER = 1,
  VPROD_OBJECT_NETWORK = 2,
  VPROD_OBJECT_VOLUME = 3,
  VPROD_OBJECT_IMAGE_TAG = 4,
  VPROD_OBJECT_FOLDER = 5 /* of temporary files on this machine: told of by vprod_clean, never by a runner */
} vprod_object_kind;

typedef struct vprod_object {
  size_t size;
  vprod_object_kind kind;
  const char *id;               /* id, volume name, or tag: what the remove slot takes */
  const char *const *labels;    /* NAME=value; NULL for a tag */
  int64_t created_at;           /* by the engine's clock, seconds since 1970; 0: not known. Of a tag: when the image was
                                   tagged last. [ContainerList Created, NetworkList Created, VolumeList CreatedAt,
                                   ImageInspect Metadata.LastTagTime] */
} vprod_object;
#define VPROD_OBJECT_INIT VPROD_INIT (vprod_object)

/* ---- the slots --------------------------------------------------------------------------------------- */

typedef struct vprod_runner_ops {
  size_t size;

  /* Which engine; a cheap call. [Ping, SystemInfo] */
  int (*engine_facts) (void *runner, const vprod_call *call, vprod_engine_facts *ret_facts, vprod_error **err);

  /* Builds request->dockerfile; never changes a file under context_dir. Ends what it started at the
     deadline or on cancel. A Dockerfile or context folder that is missing is VPROD_ERROR_IMAGE. */
  int (*build) (void *runner, const vprod_call *call, const vprod_build_request *request,
                vprod_build_facts *ret_facts, vprod_error **err);

  /* Gets an image from its registry unless the engine has it. platform may be NULL. [ImageInspect,
     ImageCreate] REGISTRY where it cannot be had: the message names the image. */
  int (*image_pull) (void *runner, const vprod_call *call, const char *image, const char *platform,
                     vprod_error **err);

  /* Configuration of an image the engine has. NOT_FOUND otherwise. [ImageInspect] */
  int (*image_facts) (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret_facts,
                      vprod_error **err);

  /* [ImageHistory] */
  int (*image_history) (void *runner, const vprod_call *call, const char *image,
                        int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                        vprod_error **err);

  /* The image as a tar archive, in the form of docker save or OCI layout. [ImageGet] */
  int (*image_export) (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                       void *data, vprod_error **err);

  /* Removes one tag, and the image with the last. One that is not there is a success. [ImageDelete] */
  int (*image_remove) (void *runner, const vprod_call *call, const char *tag, vprod_error **err);

  /* ret_id: malloc'ed. [NetworkCreate, a bridge] */
  int (*network_create) (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                         char **ret_id, vprod_error **err);

  /* Containers that are still connected are disconnected first. One that is not there is a success. [NetworkDelete,
     NetworkInspect, NetworkDisconnect] */
  int (*network_remove) (void *runner, const vprod_call *call, const char *id, vprod_error **err);

  /* ret_id: malloc'ed. The image must be there. UNSUPPORTED where the engine cannot give the container what it is to have: a
     limit that it would leave out, a capability that it does not know; nothing is made then. [ContainerCreate] */
  int (*container_create) (void *runner, const vprod_call *call, const vprod_container_request *request,
                           char **ret_id, vprod_error **err);

  /* Once, after create. 0 only where it was really started; IMAGE where the image is at fault. [ContainerStart] */
  int (*container_start) (void *runner, const vprod_call *call, const char *id, vprod_error **err);

  /* [ContainerInspect] */
  int (*container_facts) (void *runner, const vprod_call *call, const char *id,
                          vprod_container_facts *ret_facts, vprod_error **err);

  /* Returns once it is not running. After start. [ContainerWait, not-running] */
  int (*container_wait) (void *runner, const vprod_call *call, const char *id, int *ret_exit_code,
                         vprod_error **err);

  /* Sends a signal ("SIGTERM", "15", "SIGRTMIN+3") to its first process; 0 only where it was sent. One that is not
     running any more: NOT_FOUND. [ContainerKill] */
  int (*container_signal) (void *runner, const vprod_call *call, const char *id, const char *signal,
                           vprod_error **err);

  /* Output from the first byte on. follow: until the container ends, else what there is. A container that was made and
     not started yet may be followed: on_output is then called once with length 0, as soon as it may be started without a
     byte being missed. [ContainerLogs, ContainerAttach] */
  int (*container_logs) (void *runner, const vprod_call *call, const char *id, int follow,
                         vprod_output_fn on_output, void *data, vprod_error **err);

  /* Runs argv in a running container. IMAGE where argv[0] is not in it. [ContainerExec] */
  int (*container_exec) (void *runner, const vprod_call *call, const char *id, const char *const *argv,
                         vprod_output_fn on_output, void *data, int *ret_exit_code, vprod_error **err);

  /* Its processes, seen from the engine's host: needs nothing in the image. [ContainerTop] */
  int (*container_processes) (void *runner, const vprod_call *call, const char *id,
                              int (*on_process) (void *data, const vprod_process *process), void *data,
                              vprod_error **err);

  /* Is there something at this path (a link counts, wherever it points)? Container in any state.
     [ContainerArchiveInfo] */
  int (*container_has_path) (void *runner, const vprod_call *call, const char *id, const char *path,
                             int *ret_there, vprod_error **err);

  /* A path of it as a tar archive. [ContainerArchive] */
  int (*container_copy) (void *runner, const vprod_call *call, const char *id, const char *path,
                         vprod_bytes_fn on_bytes, void *data, vprod_error **err);

  /* Ends it if need be, removes it and its anonymous volumes. One that is not there is a success.
     [ContainerDelete, force, v] */
  int (*container_remove) (void *runner, const vprod_call *call, const char *id, vprod_error **err);

  /* One that is not there is a success. [VolumeDelete] */
  int (*volume_remove) (void *runner, const vprod_call *call, const char *name, vprod_error **err);

  /* Everything that verify-prod made here: containers, networks and volumes with the label key, images whose
     tag's repository starts with tag_prefix. [ContainerList, NetworkList, VolumeList, ImageList] */
  int (*list_objects) (void *runner, const vprod_call *call, const char *label_key, const char *tag_prefix,
                       int (*on_object) (void *data, const vprod_object *object), void *data,
                       vprod_error **err);

  /* Where host_port, at which the engine published a port of this running container (container_facts), is reached from
     here: sets up what that takes, which ends with the container. The same every time, unless the way was lost in
     between. A runner without this slot: at published_host, on host_port. ret_host: malloc'ed. */
  int (*container_reach) (void *runner, const vprod_call *call, const char *id, int host_port, char **ret_host,
                          int *ret_port, vprod_error **err);

  /* Gives a container one more network. [NetworkConnect] */
  int (*network_connect) (void *runner, const vprod_call *call, const char *network, const char *container,
                          vprod_error **err);

  /* Takes it away again; one that is not connected, or not there, is a success. [NetworkDisconnect, force] */
  int (*network_disconnect) (void *runner, const vprod_call *call, const char *network, const char *container,
                             vprod_error **err);

  /* The paths, folders too, in which its file system differs from its image's, in any order; what lies in volumes and
     mounts is not told of. Container in any state. UNSUPPORTED where the engine cannot tell. [ContainerChanges] */
  int (*container_changes) (void *runner, const vprod_call *call, const char *id,
                            int (*on_change) (void *data, const vprod_change *change), void *data,
                            vprod_error **err);

  /* What the engine noted of a container from since_ms to until_ms, by its own clock (as started_at_ms), oldest first;
     returns once that time is over. It may have forgotten some. [SystemEvents] */
  int (*container_events) (void *runner, const vprod_call *call, const char *id, int64_t since_ms, int64_t until_ms,
                           int (*on_event) (void *data, const vprod_container_event *event), void *data,
                           vprod_error **err);

  /* Unpacks a tar archive into the folder `path` of a container in any state; what is there is replaced.
     [PutContainerArchive] */
  int (*container_put) (void *runner, const vprod_call *call, const char *id, const char *path, const void *tar,
                        size_t length, vprod_error **err);

  /* An empty volume of that name. ret_mountpoint: the folder of the engine's machine in which its files lie, which `mounts`
     of a container can name; malloc'ed, NULL where there is none. [VolumeCreate] */
  int (*volume_create) (void *runner, const vprod_call *call, const char *name, const char *const *labels,
                        char **ret_mountpoint, vprod_error **err);

  /* image_pull that tells how far it is, after each word of the engine that changes it. A runner that has image_pull alone
     need not have it. [ImageInspect, ImageCreate] */
  int (*image_pull_shown) (void *runner, const vprod_call *call, const char *image, const char *platform,
                           void (*on_progress) (void *data, const vprod_pull_progress *progress), void *data,
                           vprod_error **err);

  /* A container that has been stopped is about to be started again: then it has these addresses again on the network, of
     which mac_address may be NULL, and is known there by these names (NULL-ended, or NULL). Nothing is done where the engine
     sees to that by itself. UNSUPPORTED where it cannot be done; the container is as before then. [NetworkDisconnect,
     NetworkConnect] */
  int (*network_keep_address) (void *runner, const vprod_call *call, const char *network, const char *container,
                               const char *ip_address, const char *mac_address, const char *const *aliases,
                               vprod_error **err);
} vprod_runner_ops;
#define VPROD_RUNNER_OPS_INIT VPROD_INIT (vprod_runner_ops)

/* A runner of the caller's own. data is the first argument of every slot; destroy (may be NULL) is called
   with it by vprod_runner_free. The structure is copied. */
VPROD_API int vprod_runner_new (const vprod_runner_ops *ops, void *data, void (*destroy) (void *data),
                                vprod_runner **ret_runner, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 4);

/* A runner around another: a slot that ops does not have is inner's. So a project logs what the docker runner is asked to
   do, builds on one engine and runs on another, or plays a fault. inner is used until the wrapper is freed, and stays the
   caller's, whose destroy may free it; it may be a wrapper itself. ops, data, destroy: as of vprod_runner_new. */
VPROD_API int vprod_runner_new_wrapper (const vprod_runner_ops *ops, void *data, void (*destroy) (void *data),
                                        vprod_runner *inner, vprod_runner **ret_runner, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 4, 5);

/* The slots of a runner, for one that wraps it: vprod_runner_get_ops (inner)->build (inner, call, request, ret_facts, err).
   Their first argument is the runner itself. None is NULL: one that the runner does not have fails with UNSUPPORTED.
   Requests and facts of the caller's own are zeroed and have their `size` set; strings in the facts are the caller's to
   free. Lent, until the runner is freed. */
VPROD_API const vprod_runner_ops *vprod_runner_get_ops (const vprod_runner *runner);

typedef struct vprod_docker_options {
  size_t size;
  const char *host; /* "unix:///run/x.sock", "tcp://h:2375"; NULL: DOCKER_HOST, DOCKER_CONTEXT, the current
                       context, the well-known sockets: the order of docker/cli */
} vprod_docker_options;
#define VPROD_DOCKER_OPTIONS_INIT VPROD_INIT (vprod_docker_options)

/* The docker runner. options may be NULL. Nothing is asked of the engine yet. Where no engine was named, none listens on
   a well-known socket, and podman is on PATH, the runner's first call starts `podman system service` on a socket that
   this user alone may reach; vprod_runner_free ends it, and it ends by itself seconds after its process is gone. Errors:
   INVALID (a host that cannot be understood, a context that does not exist), IO, NO_MEMORY. */
VPROD_API int vprod_runner_new_docker (const vprod_docker_options *options, vprod_runner **ret_runner,
                                       vprod_error **err) VPROD_MUST_USE VPROD_NONNULL (2);

/* Asks which engine this is. ret_facts is the caller's; its strings are lent by the runner. timeout_ms 0:
   10 seconds. Errors: UNREACHABLE, ENGINE, TIMEOUT. */
VPROD_API int vprod_runner_get_engine (vprod_runner *runner, int64_t timeout_ms,
                                       const vprod_engine_facts **ret_facts, vprod_error **err)
  VPROD_MUST_USE VPROD_NONNULL (1, 3);

/* Ends a runner. Not while a session uses it. NULL is fine. */
VPROD_API void vprod_runner_free (vprod_runner *runner);

VPROD_END_DECLS

#endif
