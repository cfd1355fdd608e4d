/* SPDX-License-Identifier: MIT */
/* Removes what killed runs left on the engine and on this machine. A run that is alive loses nothing. Whether it is alive is
   known only on its own host, by its process. Of another host's run only the age is known: what it made is removed only if
   the caller names an age and it is older. */
#include <verify-prod/session.h>
#include "runner/runner.h"
#include "session/made.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/grow.h"
#include "util/ids.h"
#include "util/orphans.h"
#include "util/strv.h"
#include "util/temp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_TIMEOUT_MS 60000
/* An engine that lost its client during a build or a creation may still finish it and list the object only then: after
   something was removed, it is asked again until it has listed nothing this often in a row. */
#define QUIET_PASSES 2
#define PAUSE_MS 500
#define ORPHAN_GRACE_MS 5000 /* from SIGTERM to SIGKILL */

struct cleaning {
  vprod_runner *runner;
  vprod_clean_options options;
  vprod_call call;
  struct vprod__identity self;
  int64_t engine_now; /* seconds since 1970, by its clock */
  struct listed {
    vprod_object_kind kind;
    char *id;
    char *session;
    int64_t created_at;
    int doomed;
    char *container; /* in which the run was, or NULL */
  } *list;
  size_t count;
  char **ended; /* ids of runs in a container that has stopped; the tags of their images carry only the id */
  int no_memory;
  size_t removed;
  vprod_error *error; /* the first of the last pass */
};

static int is_dead (const struct cleaning *cleaning, const char *session_id)
{
  struct vprod__identity identity;

  if (cleaning->options.session_id)
    return strcmp (session_id, cleaning->options.session_id) == 0;
  return vprod__identity_parse (session_id, &identity) == 0
         && vprod__identity_is_dead (&identity, &cleaning->self);
}

/* Only the engine knows whether a process in one of its containers is alive. */
static int container_ended (struct cleaning *cleaning, const char *container)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__runner_container_facts (cleaning->runner, &cleaning->call, container, &facts, NULL);
  return r == -VPROD_ERROR_NOT_FOUND || (r == 0 && !facts.running);
}

/* container: in which the run was, or NULL. */
static int is_doomed (struct cleaning *cleaning, const char *session_id, const char *container)
{
  if (is_dead (cleaning, session_id))
    return 1;
  if (cleaning->options.session_id)
    return 0;
  if (vprod__strv_has (cleaning->ended, session_id))
    return 1;
  if (!container || !container_ended (cleaning, container))
    return 0;
  if (vprod__strv_add (&cleaning->ended, session_id) < 0)
    cleaning->no_memory = 1;
  return 1;
}

/* ---- on the engine ------------------------------------------------------------------------------------- */

/* "…/NAME:ID" */
static const char *id_of_tag (const char *tag)
{
  const char *colon = strrchr (tag, ':');

  return colon && strstr (tag, VPROD__TAG_PREFIX) ? colon + 1 : NULL;
}

static void listed_clear (struct listed *one)
{
  free (one->id);
  free (one->session);
  free (one->container);
}

static int note (void *data, const vprod_object *object)
{
  struct cleaning *cleaning = data;
  const char *session = object->kind == VPROD_OBJECT_IMAGE_TAG
                          ? id_of_tag (object->id)
                          : vprod__strv_env ((char **) (uintptr_t) object->labels, VPROD__LABEL_SESSION);
  const char *container = object->labels
                            ? vprod__strv_env ((char **) (uintptr_t) object->labels, VPROD__LABEL_CONTAINER) : NULL;

  if (!session)
    return 0;
  struct listed one = { .kind = object->kind, .id = strdup (object->id), .session = strdup (session),
                        .container = container ? strdup (container) : NULL };
  if (object->size >= offsetof (vprod_object, created_at) + sizeof object->created_at)
    one.created_at = object->created_at;
  if (!one.id || !one.session || (container && !one.container) || vprod__grow (&cleaning->list, cleaning->count) < 0) {
    listed_clear (&one);
    cleaning->no_memory = 1;
    return 1;
  }
  cleaning->list[cleaning->count++] = one;
  return 0;
}

/* When the newest object that is left of the session was made; 0: the engine does not say. */
static int64_t newest_of (const struct cleaning *cleaning, const char *session)
{
  int64_t newest = 0;

  for (size_t i = 0; i < cleaning->count; i++)
    if (cleaning->list[i].created_at > newest && strcmp (cleaning->list[i].session, session) == 0)
      newest = cleaning->list[i].created_at;
  return newest;
}

/* Was the run in a container of this engine that is still running? If the engine does not say: yes. */
static int runs_in_container (struct cleaning *cleaning, const char *session)
{
  for (size_t i = 0; i < cleaning->count; i++)
    if (cleaning->list[i].container && strcmp (cleaning->list[i].session, session) == 0
        && !container_ended (cleaning, cleaning->list[i].container))
      return 1;
  return 0;
}

/* Is it of a run on another host or in a container, of which it is not known whether it is alive, and old enough? */
static int is_old (struct cleaning *cleaning, const char *session)
{
  struct vprod__identity identity;
  int64_t newest = newest_of (cleaning, session);

  return cleaning->options.older_than_ms > 0 && !cleaning->options.session_id && newest > 0
         && cleaning->engine_now - newest > cleaning->options.older_than_ms / 1000
         && vprod__identity_parse (session, &identity) == 0
         && !vprod__identity_lives_here (&identity, &cleaning->self) && !runs_in_container (cleaning, session);
}

static void judge (struct cleaning *cleaning)
{
  for (size_t i = 0; i < cleaning->count; i++) {
    struct listed *one = &cleaning->list[i];
    one->doomed = is_doomed (cleaning, one->session, one->container) || is_old (cleaning, one->session);
  }
}

static void count_removed (struct cleaning *cleaning, vprod_object_kind kind, const char *id)
{
  cleaning->removed++;
  if (cleaning->options.on_removed)
    cleaning->options.on_removed (cleaning->options.data, kind, id);
}

/* Goes on after a failure. */
static void remove_kind (struct cleaning *cleaning, vprod_object_kind kind)
{
  for (size_t i = 0; i < cleaning->count; i++) {
    const struct listed *doomed = &cleaning->list[i];
    vprod_error *error = NULL;
    if (doomed->kind != kind || !doomed->doomed)
      continue;
    /* a killed run's container is disconnected: else it would look for the network when it is started again */
    if (cleaning->options.dry_run
        || vprod__object_remove (cleaning->runner, &cleaning->call, kind, doomed->id, doomed->container, &error) == 0)
      count_removed (cleaning, kind, doomed->id);
    else if (!cleaning->error) {
      vprod__error_prefix (&error, "cannot remove %s", doomed->id);
      cleaning->error = vprod__steal (&error);
    }
    vprod_error_free (error);
  }
}

static void forget_list (struct cleaning *cleaning)
{
  for (size_t i = 0; i < cleaning->count; i++)
    listed_clear (&cleaning->list[i]);
  free (cleaning->list);
  cleaning->list = NULL;
  cleaning->count = 0;
}

/* Containers first: networks, volumes and images that they use cannot be removed. */
static int clean_engine_once (struct cleaning *cleaning, vprod_error **err)
{
  static const vprod_object_kind kinds[] = { VPROD_OBJECT_CONTAINER, VPROD_OBJECT_NETWORK, VPROD_OBJECT_VOLUME, VPROD_OBJECT_IMAGE_TAG };

  int r = vprod__runner_list_objects (cleaning->runner, &cleaning->call, VPROD__LABEL_SESSION, VPROD__TAG_PREFIX,
                                      note, cleaning, err);
  if (r < 0)
    return r;
  if (cleaning->no_memory)
    return vprod__error_no_memory (err);
  judge (cleaning);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    remove_kind (cleaning, kinds[i]);
  forget_list (cleaning);
  return 0;
}

/* Ages are measured by the engine's clock, which set the times of creation. */
static int ask_time (struct cleaning *cleaning, vprod_error **err)
{
  _cleanup_ (vprod__engine_facts_clear) vprod_engine_facts facts = { .size = sizeof facts };

  if (cleaning->options.older_than_ms <= 0)
    return 0;
  int r = vprod__runner_engine_facts (cleaning->runner, &cleaning->call, &facts, err);
  if (r == 0 && facts.system_time <= 0)
    r = vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "the engine does not tell its time, so that nothing on it has "
                                                           "an age");
  cleaning->engine_now = facts.system_time;
  return r;
}

static int clean_engine (struct cleaning *cleaning, vprod_error **err)
{
  size_t before = cleaning->removed;
  int r = ask_time (cleaning, err);

  if (r == 0)
    r = clean_engine_once (cleaning, err);
  if (cleaning->options.dry_run)
    return r;
  for (int quiet = cleaning->removed > before ? 0 : QUIET_PASSES; r == 0 && quiet < QUIET_PASSES;) {
    if (vprod__call_sleep (&cleaning->call, PAUSE_MS, "removing", NULL) < 0)
      break;
    vprod_error_free (vprod__steal (&cleaning->error));
    before = cleaning->removed;
    r = clean_engine_once (cleaning, err);
    quiet = cleaning->removed > before ? 0 : quiet + 1;
  }
  return r;
}

/* ---- on this machine ----------------------------------------------------------------------------------- */

/* A session's own folder, or another of the session's process once that is gone. */
static int is_doomed_folder (struct cleaning *cleaning, const char *id)
{
  struct vprod__identity owner, of_session;

  return is_doomed (cleaning, id, NULL)
         || (cleaning->options.session_id && vprod__identity_parse (id, &owner) == 0
             && vprod__identity_parse (cleaning->options.session_id, &of_session) == 0
             && vprod__identity_is_same (&owner, &of_session) && vprod__identity_is_dead (&owner, &cleaning->self));
}

static void judge_folder (struct cleaning *cleaning, const char *root, const char *prefix, int dir_fd, const char *name)
{
  _cleanup_free_ char *id = vprod__temp_id (name, prefix), *path = NULL;
  struct stat st;

  if (!id || !is_doomed_folder (cleaning, id) || fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISDIR (st.st_mode) || st.st_uid != geteuid ())
    return;
  if (asprintf (&path, "%s/%s", root, name) < 0) {
    path = NULL;
    return;
  }
  if (cleaning->options.dry_run || vprod__temp_remove (path) == 0)
    count_removed (cleaning, VPROD_OBJECT_FOLDER, path);
  else if (!cleaning->error)
    vprod__error_set (&cleaning->error, VPROD_ERROR_IO, errno, "cannot remove %s", path);
}

static void clean_folders (struct cleaning *cleaning)
{
  const struct {
    const char *root, *prefix;
  } places[] = { { vprod__temp_root (), VPROD__TEMP_PREFIX },
                 { vprod__temp_root (), VPROD__TEMP_SHORT_PREFIX },
                 { VPROD__TEMP_SHORT_ROOT, VPROD__TEMP_SHORT_PREFIX } };

  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    DIR *dir = opendir (places[i].root);
    struct dirent *entry;
    while (dir && (entry = readdir (dir)))
      judge_folder (cleaning, places[i].root, places[i].prefix, dirfd (dir), entry->d_name);
    if (dir)
      closedir (dir);
  }
}

/* First of all: a builder that still runs would make more. */
static void end_orphans (const struct cleaning *cleaning)
{
  struct vprod__identity of_session;

  if (cleaning->options.dry_run)
    return;
  if (!cleaning->options.session_id)
    vprod__orphans_end (NULL, ORPHAN_GRACE_MS);
  else if (vprod__identity_parse (cleaning->options.session_id, &of_session) == 0)
    vprod__orphans_end (&of_session, ORPHAN_GRACE_MS);
}

int vprod_clean (vprod_runner *runner, const vprod_clean_options *options, size_t *ret_removed, vprod_error **err)
{
  struct cleaning cleaning = { .runner = runner };
  _cleanup_runner_ vprod_runner *own = NULL;

  if (options)
    memcpy (&cleaning.options, options,
            options->size < sizeof cleaning.options ? options->size : sizeof cleaning.options);
  if (!runner) {
    int made = vprod_runner_new_docker (NULL, &own, err);
    if (made < 0)
      return made;
    cleaning.runner = own;
  }
  int64_t timeout_ms = cleaning.options.timeout_ms > 0 ? cleaning.options.timeout_ms : DEFAULT_TIMEOUT_MS;
  int cancel_fd = cleaning.options.cancel_fd > 0 ? cleaning.options.cancel_fd : -1;
  cleaning.call = (vprod_call) { sizeof cleaning.call, vprod__deadline (timeout_ms), cancel_fd };
  vprod__identity_self (&cleaning.self);
  end_orphans (&cleaning);
  int r = clean_engine (&cleaning, err);
  clean_folders (&cleaning);
  forget_list (&cleaning);
  vprod__strv_free (cleaning.ended);
  if (r == 0 && cleaning.error)
    r = vprod__error_move (err, &cleaning.error);
  vprod_error_free (cleaning.error);
  if (r == 0 && ret_removed)
    *ret_removed = cleaning.removed;
  return r;
}
