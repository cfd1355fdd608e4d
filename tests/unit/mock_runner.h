/* SPDX-License-Identifier: MIT */
/*
 * A container engine that lives in memory, behind a vprod_runner: what unit tests run sessions and checks on.
 *
 * Out of the box it is an engine on which a good service passes: a build succeeds in two steps; the app stays up as
 * UID 1001, answers 200 "ok" over real HTTP on its published port and ends with exit code 0 at any signal; the
 * database answers at once and sees one connection of the app; a one-off container ends at once with exit code 0.
 *
 *   struct mock *mock = mock_new ();
 *   vprod_session *session = mock_session (mock, NULL);          // or YAML of your own
 *   ...
 *   vprod_session_free (session);
 *   mock_assert_clean (mock);                                    // containers, networks, volumes, tags: none left
 *   mock_free (mock);
 *
 * What should be otherwise is said
 *  - for every container, as it is made, by `on_container`, which finds the defaults in *behaviour and changes them:
 *        static void dies_without_key (void *data, const vprod_container_request *request, struct mock_behaviour *b)
 *        {
 *          if (b->role == MOCK_ONCE && !vprod__strv_env ((char **) request->env, "KEY"))
 *            b->exit_code = 3;
 *        }
 *  - for every build by `on_build`, for every database query by `on_query`;
 *  - for the image by mock->image (configuration, history, archive);
 *  - by faults: mock_fail (mock, "container_start", 2, VPROD_ERROR_ENGINE) makes its second call fail.
 * Callbacks come from any thread, one at a time, and get mock->data. All pointers given to the mock are lent to it until
 * mock_free: use static data.
 */
#ifndef VPROD_TESTS_MOCK_RUNNER_H
#define VPROD_TESTS_MOCK_RUNNER_H

#include "unit.h"
#include "session/database.h"

/* ---- containers ---------------------------------------------------------------------------------------- */

enum mock_role {
  MOCK_APP = 1,  /* the session's app */
  MOCK_DATABASE, /* a database of the session */
  MOCK_ONCE,     /* any other */
  MOCK_SERVICE   /* a service of the session that is no database: its server is as the app's */
};

#define MOCK_NEVER (-1) /* a time that does not come */
#define MOCK_AT_END (-2) /* of an output: just before the container ends */

struct mock_output {
  int at_ms; /* from the container's start on; MOCK_AT_END */
  vprod_stream stream;
  const char *bytes; /* NULL ends a list */
  size_t length;     /* 0: strlen */
};

struct mock_process {
  int64_t pid;
  int64_t ppid;
  int64_t euid;
  const char *user;
  const char *command; /* NULL ends a list */
};

/* What container_copy gives for a path: the bytes of a tar archive (see mock_tar). */
struct mock_copy {
  const char *path; /* NULL ends a list */
  const void *bytes;
  size_t length;
};

struct mock_change {
  const char *path; /* NULL ends a list */
  vprod_change_kind kind;
};

/* An answer of the app's HTTP server. */
struct mock_reply {
  int status;           /* 0: the connection is closed without an answer */
  const char *body;
  const char *location; /* or NULL */
  const char *raw;      /* not NULL: these bytes instead of all of the above */
  int delay_ms;         /* before the answer */
};

/* What came of an exec. */
struct mock_exec {
  int error;            /* not 0: the slot fails with this vprod_error_code */
  int exit_code;
  const char *output;   /* or NULL */
  vprod_stream stream;
  int takes_ms;
};

struct mock_behaviour {
  enum mock_role role;      /* for reading */
  int nth;                  /* for reading: 1 for the first container of this role, and so on */

  int start_error;          /* container_start fails with this vprod_error_code; 0: it starts */
  const char *start_message;
  int takes_ms;             /* what container_start takes */

  int ends_after_ms;        /* from its first start; 0: at once; MOCK_NEVER */
  int exit_code;            /* of that end */
  int oom_killed;
  int ends_after_signal_ms; /* from the signal; MOCK_NEVER: ignores it. SIGKILL always ends it with 137 */
  int signal_exit_code;
  int signal_sent_after_ms; /* what the engine takes to send it, … */
  int signal_told_after_ms; /* … and then to say that it has */
  const char *signal;       /* the only one that it does not ignore; NULL: each ends it */

  const struct mock_output *output;
  int followed_after_ms;    /* so late it lets its output be followed, without what was written before */
  const struct mock_process *processes;
  void (*on_look) (void *data, int nth, const struct mock_process **processes); /* changes them for the nth look */
  const char *const *paths; /* that has_path finds; NULL-ended, NULL: none */
  const struct mock_copy *copies;
  const struct mock_change *changes; /* against the image; NULL: none */
  void (*on_exec) (void *data, const char *const *argv, struct mock_exec *exec); /* NULL: exit code 0 */

  int answers_after_ms;     /* until then its server takes no connection (app, service), its database none (database) */
  struct mock_reply reply;  /* what its server says … */
  void (*on_request) (void *data, int nth, const char *path, struct mock_reply *reply); /* … unless it changes it */

  int database_connections; /* app: connections that it makes to the databases as it starts */
  int database_refusals;    /* app: of these, so many prove not who they are */
  const char *database_fatal; /* app: what the databases say to those that do, and end them; NULL: they are served */
};

/* ---- images and builds --------------------------------------------------------------------------------- */

struct mock_history {
  const char *created_by; /* NULL ends a list */
  const char *comment;
  int64_t bytes;
};

struct mock_image {
  vprod_image_facts facts; /* lists NULL-ended */
  const struct mock_history *history;
  const void *archive;     /* what image_export gives; NULL: an image of one layer with app/main.py */
  size_t archive_length;
};

struct mock_step {
  const char *key; /* NULL ends a list */
  const char *stage;
  const char *text;
  const char *name;
  vprod_step_state state;
  const char *const *inputs;
};

struct mock_build {
  int nth;                  /* for reading: 1 for the first build */
  int error;                /* the slot fails with this vprod_error_code */
  int failed;               /* 1: the Dockerfile does not build */
  const char *failed_step;
  const char *message;
  const char *log;
  const struct mock_step *steps;
  int takes_ms;
  const char *const *files; /* with output_tar: the archive's paths, NULL-ended */
};

/* ---- the engine ---------------------------------------------------------------------------------------- */

struct mock {
  /* for tests to set before they begin */
  void *data; /* for all callbacks */
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  void (*on_build) (void *data, const vprod_build_request *request, struct mock_build *build);
  /* A query to a database: *ret_value is malloc'ed or NULL. Minus an error code fails it with DATABASE. */
  int (*on_query) (void *data, const char *sql, const char *param, char **ret_value);
  /* A statement of a script: it is done, unless *outcome says otherwise. Minus an error code fails it. */
  int (*on_execute) (void *data, const char *database, const char *sql,
                     const struct vprod__postgres_input *input, struct vprod__postgres_outcome *outcome);
  /* Why a database takes no such connection; lent. NULL: it does. */
  const char *(*on_connect) (void *data, const struct vprod__postgres_address *address);
  struct mock_image image;       /* what a build makes, and what image_facts says of every image */
  int has_all_images;            /* 1: given and database images are there; 0 (default): they must be pulled */
  int latency_ms;                /* of every call */
  int logs_database_connections; /* 1 (default): databases write "connection received" lines */
  int keeps_events;              /* 1: container_events tells when a signal was sent; 0 (default): it has forgotten */
  vprod_engine_facts engine;     /* name, version …; strings lent */
  const char *network_refusal;   /* not NULL: what it says instead of making a network … */
  vprod_error_code network_refusal_code;
  int network_refusals;          /* … as often as this; negative: always */
  int refuses_connections;       /* 1: no container can be connected to one more network */

  /* for reading */
  int n_connected;               /* network_connect, and … */
  int n_disconnected;            /* … network_disconnect: so often */
  const char *published_on;      /* of the last container with a port; lent by the request's maker */
  const char *root;              /* of a fake /proc and /sys; NULL (default): nothing tells how busy the machine is */

  struct mock_inside *in;
};

struct mock *mock_new (void);
vprod_runner *mock_runner (struct mock *mock); /* lent */
const struct vprod__database_probe *mock_database_probe (struct mock *mock);
void mock_free (struct mock *mock); /* after the session */

/* A folder with Dockerfile.prod, requirements.txt, app/main.py, tests/test_app.py and .git/HEAD, made on first demand
   and removed with the mock; lent. */
const char *mock_folder (struct mock *mock);

/* A spec in that folder: the YAML, or (NULL) MOCK_YAML. The caller's, to be ended. */
vprod_spec *mock_spec (struct mock *mock, const char *yaml);

/* A session of that spec on this engine, with its databases. mock_session_with: with options. */
vprod_session *mock_session (struct mock *mock, const char *yaml);
vprod_session *mock_session_with (struct mock *mock, const char *yaml, const vprod_session_options *options);

#define MOCK_YAML                                                                                            \
  "version: 1\n"                                                                                             \
  "name: subject\n"                                                                                          \
  "services:\n"                                                                                              \
  "  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: hush}}\n"       \
  "run:\n"                                                                                                   \
  "  port: 8000\n"                                                                                           \
  "  env:\n"                                                                                                 \
  "    KEY: value\n"                                                                                         \
  "    DATABASE_URL: \"postgresql://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}\"\n"      \
  "checks:\n"                                                                                                \
  "  start: {stay-up: 50ms}\n"                                                                               \
  "  health: {path: /health, body: ok, consecutive: 2, timeout: 3s}\n"

/* ---- faults -------------------------------------------------------------------------------------------- */

/* Makes the nth call (1: the first; 0: every one) of a slot ("container_start") go wrong. Faults add up.
     fail        it fails at once
     fail_after  it does its work, but its answer is lost: it fails after it
     hang        it does nothing until it is cancelled or its deadline comes
     hang_after  it does its work, then its answer does not come until …
     lie         it does nothing, and says that it did: for slots that give nothing but success */
void mock_fail (struct mock *mock, const char *slot, int nth, vprod_error_code code);
void mock_fail_after (struct mock *mock, const char *slot, int nth, vprod_error_code code);
void mock_hang (struct mock *mock, const char *slot, int nth);
void mock_hang_after (struct mock *mock, const char *slot, int nth);
void mock_lie (struct mock *mock, const char *slot, int nth);

/* The faults' messages are this. */
#define MOCK_FAULT "the mock was told to fail"

/* The slots' names in the order of vprod_runner_ops; NULL past the end. */
const char *mock_slot_at (size_t index);

/* ---- what was called ----------------------------------------------------------------------------------- */

struct mock_call {
  const char *slot;
  const char *argument; /* image, tag, id, name, path, argv[0] …; a container's id is "app1", "database1", "once3", "service1" */
  int64_t began_ms;     /* CLOCK_MONOTONIC */
  int64_t ended_ms;     /* 0: it has not ended */
  int result;
};

/* How often a slot was called; with `argument` (may be NULL), only calls whose argument contains it. */
int mock_count (struct mock *mock, const char *slot, const char *argument);

/* The nth (from 1) of these calls; 0 if there is none. Strings are lent until mock_free. */
int mock_nth_call (struct mock *mock, const char *slot, const char *argument, int nth, struct mock_call *ret);

/* Waits until a slot was called so often, at most 10 s; asserts it. */
void mock_wait_called (struct mock *mock, const char *slot, const char *argument, int times);

/* The request of a container, as it was made: its environment, labels …; NULL if there is none. Lent. */
char **mock_container_env (struct mock *mock, const char *id);
char **mock_container_labels (struct mock *mock, const char *id);

/* What else it was to be: "user=1001", "read-only", "tmpfs=/tmp", "volume=/data", "cap-drop=ALL", "cap-add=KILL",
   "no-new-privileges", "memory=1048576", "pids=9", "host=a:1.2.3.4", "mount=/a:/b", "sysctl=a.b=1". NULL: nothing. Lent. */
char **mock_container_settings (struct mock *mock, const char *id);

/* The archives that were put into it, one after the other; *ret_length 0: none was. Lent. */
const char *mock_container_put (struct mock *mock, const char *id, size_t *ret_length);

/* ---- what is left -------------------------------------------------------------------------------------- */

/* Containers, networks, volumes, and tags that begin with "verify-prod-session/". */
int mock_leftovers (struct mock *mock);
void mock_assert_clean (struct mock *mock);

/* Something of another session. labels: NULL-ended, NULL for a tag. */
void mock_add_object (struct mock *mock, vprod_object_kind kind, const char *id, const char *const *labels);

/* When it was made, by the engine's clock, seconds since 1970. */
void mock_set_created (struct mock *mock, vprod_object_kind kind, const char *id, int64_t created_at);
int mock_has_object (struct mock *mock, vprod_object_kind kind, const char *id);

/* Ends a container behind the session's back, as a crash does. */
void mock_end_container (struct mock *mock, const char *id, int exit_code);

/* An archive of empty files with these paths ("tests/" ends in a slash: a folder). malloc'ed. */
void *mock_tar (const char *const *paths, size_t *ret_length);

#endif
