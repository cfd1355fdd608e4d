/* SPDX-License-Identifier: MIT */
/* A session's beginning and end. */
#include "image/privileged.h"
#include "session/inside.h"
#include "spec/dockerfiles.h"
#include "util/clock.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

static const struct vprod__removal_time usual_removal_time = {
  .whole_ms = 60000, .attempt_ms = 20000, .late_ms = 250,
};

/* ---- making -------------------------------------------------------------------------------------------- */

static void init_locks (vprod_session *session)
{
  pthread_condattr_t attributes;

  pthread_mutex_init (&session->lock, NULL);
  pthread_mutex_init (&session->events, NULL);
  pthread_mutex_init (&session->hiding.lock, NULL);
  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&session->changed, &attributes);
  pthread_condattr_destroy (&attributes);
}

static void init_fixtures (vprod_session *session)
{
  session->engine_fixture = (struct vprod__fixture) { .make = vprod__make_engine };
  session->image_fixture = (struct vprod__fixture) { .make = vprod__make_image, .owner = &vprod__owner_of_image };
  session->network_fixture = (struct vprod__fixture) { .make = vprod__make_network, .owner = &vprod__owner_of_app };
  session->databases_fixture = (struct vprod__fixture) { .make = vprod__make_databases, .owner = &vprod__owner_of_app };
  session->app_fixture = (struct vprod__fixture) { .make = vprod__make_app, .owner = &vprod__owner_of_app };
  session->health_fixture = (struct vprod__fixture) { .make = vprod__make_health, .owner = &vprod__owner_of_health };
  session->settled_fixture = (struct vprod__fixture) { .make = vprod__make_settled, .owner = &vprod__owner_of_app };
  session->changes_fixture = (struct vprod__fixture) { .make = vprod__make_changes };
}

static int name_things (vprod_session *session, vprod_error **err)
{
  _cleanup_free_ char *name = vprod__image_name (session->spec->name);

  vprod__identity_self (&session->identity);
  session->id = vprod__identity_make_id (&session->identity);
  if (!name || !session->id || vprod__identity_labels (&session->identity, session->id, &session->labels) < 0)
    return vprod__error_no_memory (err);
  if (asprintf (&session->tag, VPROD__TAG_PREFIX "%s:%s", name, session->id) < 0) {
    session->tag = NULL;
    return vprod__error_no_memory (err);
  }
  return 0;
}

static void take_options (vprod_session *session, const vprod_session_options *options)
{
  vprod_session_options o = { 0 };

  if (options)
    memcpy (&o, options, options->size < sizeof o ? options->size : sizeof o);
  session->deadline_ms = vprod__deadline (o.timeout_ms > 0 ? o.timeout_ms : -1);
  session->keep = o.keep;
  session->on_event = o.on_event;
  session->event_data = o.data;
}

int vprod_session_new_with (const vprod_spec *spec, vprod_runner *runner, const vprod_session_options *options,
                            vprod_session **ret_session, vprod_error **err)
{
  if (!spec || !ret_session)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot make a session: %s is NULL",
                             spec ? "ret_session" : "spec");
  if (runner && vprod__runner_is_anothers (runner))
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot make a session: the runner was made in another process");
  _cleanup_session_ vprod_session *session = calloc (1, sizeof *session);
  if (!session)
    return vprod__error_no_memory (err);
  session->owner = getpid ();
  session->cancel.read_fd = session->cancel.write_fd = -1;
  init_locks (session);
  init_fixtures (session);
  take_options (session, options);
  session->probe = &vprod__database_probe_postgres;
  session->removal_time = usual_removal_time;
  session->root = "";
  session->runner = runner;
  int r = vprod__cancel_init (&session->cancel, err);
  if (r == 0)
    r = vprod__spec_copy (spec, &session->spec, err);
  if (r == 0)
    r = vprod__spec_need_dockerfile (session->spec, err);
  if (r == 0)
    r = name_things (session, err);
  if (r == 0 && !runner) {
    r = vprod_runner_new_docker (NULL, &session->runner, err);
    session->owns_runner = r == 0;
  }
  if (r < 0)
    return r;
  *ret_session = vprod__steal (&session);
  return 0;
}

int vprod_session_new (const vprod_spec *spec, vprod_runner *runner, vprod_session **ret_session,
                       vprod_error **err)
{
  return vprod_session_new_with (spec, runner, NULL, ret_session, err);
}

/* ---- ending -------------------------------------------------------------------------------------------- */

static void clear_fixtures (vprod_session *session)
{
  struct vprod__fixture *fixtures[] = {
    &session->engine_fixture, &session->image_fixture,  &session->network_fixture, &session->databases_fixture,
    &session->app_fixture,    &session->health_fixture, &session->settled_fixture, &session->changes_fixture,
  };

  for (size_t i = 0; i < sizeof fixtures / sizeof fixtures[0]; i++)
    vprod_error_free (fixtures[i]->error);
  vprod__engine_facts_clear (&session->engine);
  vprod__image_clear (&session->image);
  vprod__databases_free (session);
  vprod__app_free (session->app);
  vprod__health_free (session->health);
  for (struct vprod__past_app *past = session->past, *next; past; past = next) {
    next = past->next;
    vprod__app_free (past->app);
    vprod__health_free (past->health);
    free (past);
  }
  free (session->network);
}

/* Nothing of ours follows, asks or makes any more, once this is done. */
static void end_activity (vprod_session *session)
{
  if (session->cancel.write_fd >= 0)
    vprod__cancel_set (&session->cancel);
  if (session->prefetching)
    pthread_join (session->prefetch, NULL);
  if (session->app && session->app->log)
    vprod__log_stop (session->app->log);
  for (struct vprod__past_app *past = session->past; past; past = past->next)
    if (past->app->log)
      vprod__log_stop (past->app->log);
}

static void remove_temp_dirs (vprod_session *session)
{
  for (size_t i = 0; session->temp_dirs && session->temp_dirs[i]; i++)
    vprod__temp_remove (session->temp_dirs[i]);
  vprod__strv_free (session->temp_dirs);
}

int vprod__session_own (const vprod_session *session, vprod_error **err)
{
  if (session->owner == getpid ())
    return 0;
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the session was made in another process");
}

/* In a forked child. What was made is the parent's, and so are the threads and the other ends of connections: not even
   a farewell may be sent. Some memory is behind locks that nobody will ever open here; it stays. */
static void forget (vprod_session *session)
{
  for (size_t i = 0; i < session->n_made; i++)
    free (session->made[i].id);
  free (session->made);
  if (session->owns_runner)
    vprod_runner_free (session->runner);
  vprod__strv_free (session->temp_dirs);
  vprod_spec_free (session->spec);
  vprod__strv_free (session->labels);
  free (session->tag);
  free (session->id);
  vprod__cancel_end (&session->cancel);
  free (session);
}

void vprod_session_free (vprod_session *session)
{
  if (!session)
    return;
  if (session->owner != getpid ()) {
    forget (session);
    return;
  }
  end_activity (session);
  if (!session->keep && session->runner)
    vprod__made_remove_all (session);
  clear_fixtures (session);
  vprod__changes_clear (session);
  remove_temp_dirs (session);
  for (size_t i = 0; i < session->n_made; i++)
    free (session->made[i].id);
  free (session->made);
  if (session->owns_runner)
    vprod_runner_free (session->runner);
  vprod_spec_free (session->spec);
  vprod__strv_free (session->labels);
  if (session->privileged)
    vprod__privileged_clear (session->privileged);
  free (session->privileged);
  free (session->loop);
  free (session->tag);
  free (session->id);
  vprod__cancel_end (&session->cancel);
  pthread_cond_destroy (&session->changed);
  vprod__scan_free (session->hiding.scan);
  vprod__redact_free (session->hiding.redact);
  pthread_mutex_destroy (&session->hiding.lock);
  pthread_mutex_destroy (&session->events);
  pthread_mutex_destroy (&session->lock);
  free (session);
}

void vprod_session_cancel (vprod_session *session)
{
  if (session && session->owner == getpid ()) /* the pipe is the parent's, too */
    vprod__cancel_set (&session->cancel);
}

const char *vprod_session_get_id (const vprod_session *session)
{
  return session ? session->id : "";
}
