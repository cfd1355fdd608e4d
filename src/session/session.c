/* SPDX-License-Identifier: MIT */
/* A session's beginning and end. */
#include "session/session.h"
#include "image/privileged.h"
#include "session/ca.h"
#include "session/files.h"
#include "session/hide.h"
#include "session/image_files.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/network.h"
#include "session/parts.h"
#include "session/postgres_init.h"
#include "session/reach.h"
#include "spec/dockerfiles.h"
#include "util/clock.h"
#include "util/ids.h"
#include "util/strv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct whole {
  vprod_session session; /* first: it is what the user has */
  int owns_runner;
  struct vprod__cancel cancel;
  struct vprod__monitor monitor;
  struct vprod__hiding_part hiding;
  struct vprod__events_part events;
  struct vprod__run_part run;
  struct vprod__engine_part engine;
  struct vprod__temp_part temp;
  struct vprod__reach_part reach;
  struct vprod__made_part made;
  struct vprod__image_part image;
  struct vprod__network_part network;
  struct vprod__files_part files;
  struct vprod__services_part services;
  struct vprod__before_part before;
  struct vprod__ca_part ca;
  struct vprod__limit_part limit;
  struct vprod__app_part app;
  struct vprod__changes_part changes;
  struct vprod__health_part health;
  struct vprod__settled_part settled;
  struct vprod__stop_part stop;
  struct vprod__past_part past;
  struct vprod__reading_part reading;
};

/* ---- making -------------------------------------------------------------------------------------------- */

static void init (struct whole *whole, vprod_runner *runner)
{
  whole->session = (vprod_session) {
    .whole = &whole->session,         .owner = getpid (),           .runner = runner,
    .cancel_fd = -1,                  .monitor = &whole->monitor,   .hiding = &whole->hiding,
    .events = &whole->events,         .run = &whole->run,           .engine = &whole->engine,
    .temp = &whole->temp,             .reach = &whole->reach,       .made = &whole->made,
    .image = &whole->image,           .network = &whole->network,   .services = &whole->services,
    .limit = &whole->limit,           .app = &whole->app,           .changes = &whole->changes,
    .health = &whole->health,         .settled = &whole->settled,   .past = &whole->past,
    .reading = &whole->reading,       .before = &whole->before,     .files = &whole->files,
    .ca = &whole->ca,               .stop = &whole->stop,
  };
  whole->cancel.read_fd = whole->cancel.write_fd = -1;
  vprod__monitor_init (&whole->monitor);
  pthread_mutex_init (&whole->hiding.lock, NULL);
  pthread_mutex_init (&whole->events.lock, NULL);
  vprod__made_init (&whole->made);
  whole->services.probe = &vprod__database_probe_postgres;
  whole->limit.root = "";
  whole->engine.fixture = (struct vprod__fixture) { .make = vprod__make_engine };
  whole->image.fixture = (struct vprod__fixture) { .make = vprod__make_image, .owner = &vprod__owner_of_image };
  whole->network.fixture = (struct vprod__fixture) { .make = vprod__make_network, .owner = &vprod__owner_of_app };
  whole->files.fixture = (struct vprod__fixture) { .make = vprod__make_files, .owner = &vprod__owner_of_app };
  whole->files.add_own = vprod__ca_add_files;
  whole->services.fixture = (struct vprod__fixture) { .make = vprod__make_services, .owner = &vprod__owner_of_app };
  whole->ca.fixture = (struct vprod__fixture) { .make = vprod__make_cas, .owner = &vprod__owner_of_app };
  whole->before.fixture = (struct vprod__fixture) { .make = vprod__make_before, .owner = &vprod__owner_of_app };
  whole->before.limit_ms = VPROD__BEFORE_MS;
  whole->app.fixture = (struct vprod__fixture) { .make = vprod__make_app, .owner = &vprod__owner_of_app };
  whole->changes.fixture = (struct vprod__fixture) { .make = vprod__make_changes };
  whole->health.fixture = (struct vprod__fixture) { .make = vprod__make_health, .owner = &vprod__owner_of_health };
  whole->settled.fixture = (struct vprod__fixture) { .make = vprod__make_settled, .owner = &vprod__owner_of_app };
  whole->stop.fixture = (struct vprod__fixture) { .make = vprod__make_stop, .owner = &vprod__owner_of_stop };
  whole->image.fixture.what = "the build";
  whole->services.fixture.what = "the services";
  whole->before.fixture.what = "the steps before the app";
  whole->app.fixture.what = whole->settled.fixture.what = "the app";
  whole->health.fixture.what = "the app's health";
  whole->stop.fixture.what = "the app's end";
  whole->changes.fixture.what = "the list of what the app wrote";
}

static int name_things (vprod_session *session, vprod_error **err)
{
  _cleanup_free_ char *name = vprod__image_name (session->spec->name);
  struct vprod__identity self;

  vprod__identity_self (&self);
  session->id = vprod__identity_make_id (&self);
  if (!name || !session->id || vprod__identity_labels (&self, session->id, &session->engine->labels) < 0)
    return vprod__error_no_memory (err);
  if (session->spec->image.ref)
    session->image->fixture.what = "the image";
  if (asprintf (&session->image->tag, VPROD__TAG_PREFIX "%s:%s", name, session->id) < 0) {
    session->image->tag = NULL;
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
  session->events->on_event = o.on_event;
  session->events->data = o.data;
}

int vprod_session_new_with (const vprod_spec *spec, vprod_runner *runner, const vprod_session_options *options,
                            vprod_session **ret_session, vprod_error **err)
{
  if (!spec || !ret_session)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot make a session: %s is NULL",
                             spec ? "ret_session" : "spec");
  if (runner && vprod__runner_is_anothers (runner))
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot make a session: the runner was made in another process");
  struct whole *whole = calloc (1, sizeof *whole);
  if (!whole)
    return vprod__error_no_memory (err);
  init (whole, runner);
  _cleanup_session_ vprod_session *session = &whole->session;
  take_options (session, options);
  int r = vprod__cancel_init (&whole->cancel, err);
  session->cancel_fd = whole->cancel.read_fd;
  if (r == 0)
    r = vprod__spec_copy (spec, &session->spec, err);
  if (r == 0)
    r = vprod__spec_need_dockerfile (session->spec, err);
  if (r == 0)
    r = vprod__postgres_check_init (session->spec, err);
  if (r == 0)
    r = name_things (session, err);
  if (r == 0 && !runner) {
    r = vprod_runner_new_docker (NULL, &session->runner, err);
    whole->owns_runner = r == 0;
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

/* Ends what runs in the background. */
static void end_activity (struct whole *whole)
{
  if (whole->cancel.write_fd >= 0)
    vprod__cancel_set (&whole->cancel);
  if (whole->services.prefetching)
    pthread_join (whole->services.prefetch, NULL);
  if (whole->before.prefetching)
    pthread_join (whole->before.prefetch, NULL);
  if (whole->app.made && whole->app.made->log)
    vprod__log_stop (whole->app.made->log);
  vprod__past_stop (&whole->past);
}

static void clear_fixtures (struct whole *whole)
{
  struct vprod__fixture *fixtures[] = {
    &whole->engine.fixture, &whole->image.fixture,   &whole->network.fixture, &whole->services.fixture,
    &whole->before.fixture, &whole->app.fixture,    &whole->changes.fixture, &whole->health.fixture,  &whole->settled.fixture,
    &whole->ca.fixture,     &whole->stop.fixture,
  };

  for (size_t i = 0; i < sizeof fixtures / sizeof fixtures[0]; i++)
    vprod_error_free (fixtures[i]->error);
  vprod__engine_facts_clear (&whole->engine.facts);
  vprod__image_clear (&whole->image.made);
  vprod__files_clear (&whole->files);
  vprod__services_clear (&whole->services);
  vprod__cas_clear (&whole->ca);
  vprod__before_clear (&whole->before);
  vprod__app_free (whole->app.made);
  vprod__health_free (whole->health.made);
  vprod__changes_clear (&whole->changes);
  vprod__stop_free (whole->stop.made);
  vprod__past_clear (&whole->past);
  if (whole->reading.privileged)
    vprod__privileged_clear (whole->reading.privileged);
  free (whole->reading.privileged);
  free (whole->network.id);
  free (whole->app.loop);
}

/* Frees the memory that no lock guards. */
static void free_the_rest (struct whole *whole)
{
  vprod__made_clear (&whole->made);
  if (whole->owns_runner)
    vprod_runner_free (whole->session.runner);
  vprod__strv_free (whole->temp.folders);
  vprod_spec_free (whole->session.spec);
  vprod__strv_free (whole->engine.labels);
  free (whole->image.tag);
  free (whole->session.id);
  vprod__cancel_end (&whole->cancel);
  free (whole);
}

void vprod_session_free (vprod_session *session)
{
  struct whole *whole = (struct whole *) session;

  if (!session)
    return;
  /* In a forked child, what was made is the parent's, and so are the threads and the other ends of connections: not even
     a farewell may be sent. Some memory is behind locks that nobody will ever open here; it stays. */
  if (session->owner != getpid ()) {
    free_the_rest (whole);
    return;
  }
  end_activity (whole);
  if (!session->keep && session->runner)
    vprod__made_remove_all (session);
  clear_fixtures (whole);
  vprod__temp_remove_all (&whole->temp);
  vprod__scan_free (whole->hiding.scan);
  vprod__own_free (whole->hiding.own);
  vprod__redact_free (whole->hiding.redact);
  vprod__strv_free (whole->hiding.dockerfiles);
  pthread_mutex_destroy (&whole->hiding.lock);
  pthread_mutex_destroy (&whole->events.lock);
  vprod__monitor_end (&whole->monitor);
  free_the_rest (whole);
}

void vprod_session_cancel (vprod_session *session)
{
  if (session && session->owner == getpid ()) /* the pipe is the parent's, too */
    vprod__cancel_set (&((struct whole *) session)->cancel);
}

const char *vprod_session_get_id (const vprod_session *session)
{
  return session ? session->id : "";
}
