/* SPDX-License-Identifier: MIT */
/* What the files of the mock share. */
#ifndef VPROD_TESTS_MOCK_INSIDE_H
#define VPROD_TESTS_MOCK_INSIDE_H

#include "mock_runner.h"

#include <pthread.h>
#include "util/buf.h"
#include "util/strv.h"

enum mock_fault_kind { MOCK_FAIL = 1, MOCK_FAIL_AFTER, MOCK_HANG, MOCK_HANG_AFTER, MOCK_LIE };

struct mock_fault {
  const char *slot;
  int nth;
  enum mock_fault_kind kind;
  vprod_error_code code;
  struct mock_fault *next;
};

struct mock_record {
  const char *slot;
  char *argument;
  int64_t began_ms;
  int64_t ended_ms;
  int result;
};

struct mock_server;

struct mock_container {
  char *id;
  char *name;
  char *image;
  char *network; /* its name, or NULL */
  char **env;
  char **labels;
  char **settings;
  struct vprod__buf put;
  int port;
  struct mock_behaviour behaviour;
  int address;   /* last part of its IP address */
  int started;
  int gone;      /* removed; kept for what is asked later */
  int64_t started_at;
  int64_t signalled_at;
  int64_t ends_at; /* INT64_MAX: not in sight */
  int exit_code;
  int oom_killed;
  int host_port;
  int tries; /* of the session to connect to this database, that succeeded */
  struct mock_server *server;
  struct mock_container *next;
};

struct mock_object {
  vprod_object_kind kind;
  char *id;
  char *name;
  char **labels;
  struct mock_object *next;
  int64_t created_at;
};

struct mock_inside {
  pthread_mutex_t mutex;    /* what is below */
  pthread_mutex_t callback; /* held while a test's callback runs */
  vprod_runner *runner;
  struct vprod__database_probe probe;
  struct mock_container *containers;
  struct mock_object *objects; /* networks, volumes, tags and foreign containers */
  struct mock_fault *faults;
  struct mock_record **records;
  size_t n_records;
  int n_roles[5];
  int n_builds;
  int n_networks;
  int n_addresses;
  char *folder;
};

/* With the mutex held; not the gone. */
struct mock_container *mock__find (struct mock *mock, const char *id_or_name);
int mock__is_up (const struct mock_container *container, int64_t now);
int mock__add_container (struct mock *mock, const vprod_container_request *request, char **ret_id,
                         vprod_error **err);
struct mock_object *mock__find_object (struct mock *mock, vprod_object_kind kind, const char *id_or_name);
void mock__remove_object (struct mock *mock, vprod_object_kind kind, const char *id_or_name);

/* One call of a slot: recorded, and broken where a fault says so. enter: 1: it is to do nothing, and say that it did. */
struct mock_visit {
  struct mock *mock;
  struct mock_record *record;
  const vprod_call *call;
  struct mock_fault *after;
};
int mock__enter (struct mock *mock, const char *slot, const char *argument, const vprod_call *call,
                 struct mock_visit *visit, vprod_error **err);
int mock__leave (struct mock_visit *visit, int result, vprod_error **err);

#define ENTER(slot, argument)                                                                                \
  struct mock *mock = runner;                                                                                \
  struct mock_visit visit;                                                                                   \
  int r = mock__enter (mock, slot, argument, call, &visit, err);                                             \
  if (r != 0)                                                                                                \
    return r < 0 ? r : 0

#define LEAVE(result) return mock__leave (&visit, (result), err)

int mock__no_such (vprod_error **err, const char *kind, const char *id);

/* An image of one layer, as an engine exports it. */
struct vprod__buf mock__small_image (void);
char **mock__copy_list (char *const *list);
int mock__has_image (struct mock *mock, const char *image);

extern const vprod_runner_ops mock__ops;

/* Slots outside of mock_runner.c. */
int mock__engine_facts (void *runner, const vprod_call *call, vprod_engine_facts *ret, vprod_error **err);
int mock__build (void *runner, const vprod_call *call, const vprod_build_request *request, vprod_build_facts *ret,
                 vprod_error **err);
int mock__image_pull (void *runner, const vprod_call *call, const char *image, const char *platform,
                      vprod_error **err);
int mock__image_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret,
                       vprod_error **err);
int mock__image_history (void *runner, const vprod_call *call, const char *image,
                         int (*on_entry) (void *data, const vprod_history_entry *entry), void *data,
                         vprod_error **err);
int mock__image_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes,
                        void *data, vprod_error **err);
int mock__image_remove (void *runner, const vprod_call *call, const char *tag, vprod_error **err);
int mock__container_logs (void *runner, const vprod_call *call, const char *id, int follow,
                          vprod_output_fn on_output, void *data, vprod_error **err);

/* The app's published port, on 127.0.0.1, until mock__server_free. */
struct mock_server *mock__server_new (struct mock *mock, struct mock_container *container);
int mock__server_port (const struct mock_server *server);
void mock__server_free (struct mock_server *server);

void mock__probe_init (struct mock *mock);

/* More than 0 while this thread runs the mock's own code, which never lacks memory; see session_memory.c. */
extern __thread int mock__own_code;

/* malloc or end of the test */
void *mock__alloc (size_t size);
char *mock__strdup (const char *text);

#endif
