/* SPDX-License-Identifier: MIT */
#include "session/postgres_tls.h"
#include "session/base.h"
#include "session/ca.h"
#include "session/container.h"
#include "session/parts.h"
#include "util/buf.h"
#include "util/clock.h"

#include <string.h>

#define ANSWER_MS 30000
#define ATTEMPT_MS 2000
#define PAUSE_MS 20

/* ---- the server's settings ------------------------------------------------------------------------------------- */

static int cannot (const struct vprod__service *service, const char *why, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "the database %s (%s) cannot be given TLS (services.%s.postgres.tls): %s",
                           service->spec->name, service->spec->postgres.image, service->spec->name, why);
}

/* Runs statements one by one, none of which is shown: one has the key. */
static int run_all (vprod_session *session, struct vprod__service_at at, const char *const *statements, size_t n,
                    vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  vprod_call call;
  int r = 0;

  vprod__session_call (session, ANSWER_MS, &call);
  for (size_t i = 0; i < n && r == 0; i++) {
    struct vprod__postgres_outcome outcome = { 0 };
    r = probe->execute (probe->data, at.link->database.postgres, &call, statements[i], NULL, &outcome, err);
    if (r == 0 && outcome.refusal)
      r = cannot (at.service, outcome.refusal, err);
    vprod__postgres_outcome_clear (&outcome);
  }
  return r;
}

static int must_be_superuser (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  _cleanup_free_ char *is = NULL, *why = NULL;
  vprod_call call;

  vprod__session_call (session, ANSWER_MS, &call);
  int r = probe->query (probe->data, at.link->database.postgres, &call, "SELECT current_setting('is_superuser')", NULL, &is,
                        err);
  if (r < 0 || !is || strcmp (is, "on") == 0)
    return r;
  why = vprod__asprintf ("only a superuser can change its settings, and %s is none", at.service->spec->postgres.user);
  return why ? cannot (at.service, why, err) : vprod__error_no_memory (err);
}

/* Key and certificate are one file in the folder of its data, which is where the server writes and what it looks for. A
   program of the image writes it, as the server's own functions make files that others may read, and it takes no such key. The
   log does not get the statement, even where it fails. */
static int give_certificate (vprod_session *session, struct vprod__service_at at, const struct vprod__ca *ca, vprod_error **err)
{
  _cleanup_free_ char *copy
    = vprod__asprintf ("COPY (SELECT unnest(string_to_array('%s%s', chr(10)))) TO PROGRAM 'umask 077 && cat >verify-prod.pem'",
                       ca->certificate.server, ca->certificate.key);
  const char *const statements[] = {
    "SET log_statement = 'none'",
    "SET log_min_error_statement = 'panic'",
    copy,
    "ALTER SYSTEM SET ssl_cert_file = 'verify-prod.pem'",
    "ALTER SYSTEM SET ssl_key_file = 'verify-prod.pem'",
    "ALTER SYSTEM SET ssl = 'on'",
    "SELECT pg_reload_conf()",
  };

  if (!copy)
    return vprod__error_no_memory (err);
  return run_all (session, at, statements, sizeof statements / sizeof statements[0], err);
}

/* The first rule that fits a client decides. Sockets of the server's own file system are left as they are. */
static int refuse_others (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  static const char *const statements[] = {
    "DO $$ DECLARE o oid; BEGIN"
    " o := lo_from_bytea(0, convert_to(E'hostnossl all all all reject\\n', 'UTF8')"
    " || pg_read_binary_file(current_setting('hba_file')));"
    " PERFORM lo_export(o, current_setting('hba_file')); PERFORM lo_unlink(o); END $$",
    "SELECT pg_reload_conf()",
  };

  return run_all (session, at, statements, sizeof statements / sizeof statements[0], err);
}

/* ---- until they hold ------------------------------------------------------------------------------------------- */

/* One connection, over TLS or not. 0: it was taken, *ret is it; 1: it was not, *why says why. */
static int try_one (vprod_session *session, const struct vprod__service *service, const char *ca_file,
                    const vprod_call *call, struct vprod__postgres **ret, char **why, vprod_error **err)
{
  const struct vprod__database_probe *probe = session->services->probe;
  struct vprod__postgres_address address = vprod__postgres_address_of (service);

  address.ca_file = ca_file;
  free (vprod__steal (why));
  return probe->try (probe->data, call, &address, ATTEMPT_MS, ret, why, err);
}

/* 1: it is as it must be; 0: not yet. */
static int takes_tls (vprod_session *session, struct vprod__service_at at, struct vprod__postgres *made)
{
  const struct vprod__database_probe *probe = session->services->probe;

  if (!made)
    return 0;
  probe->close (probe->data, at.link->database.postgres);
  at.link->database.postgres = made;
  return 1;
}

static int refuses_plain (vprod_session *session, struct vprod__postgres *made, const char *why)
{
  const struct vprod__database_probe *probe = session->services->probe;

  if (!made)
    return why && strstr (why, "pg_hba.conf") != NULL;
  probe->close (probe->data, made);
  return 0;
}

static int say_not_held (vprod_session *session, const struct vprod__service *service, int over_tls, const char *why,
                         vprod_error **err)
{
  _cleanup_free_ char *tail = vprod__container_tail (session, service->container_id), *text = NULL;

  if (!tail)
    return vprod__error_no_memory (err);
  if (over_tls)
    text = vprod__asprintf ("it took no connection over TLS after it was told to: %s%s%s", why ? why : "no connection",
                            tail[0] ? "; its log ends:\n" : "", tail);
  else
    text = vprod__asprintf ("it still takes connections without it, though its pg_hba.conf says not to%s%s",
                            tail[0] ? "; its log ends:\n" : "", tail);
  return text ? cannot (service, text, err) : vprod__error_no_memory (err);
}

/* Waits until it takes connections over TLS, or (ca_file NULL) no others. */
static int wait_until (vprod_session *session, struct vprod__service_at at, const char *ca_file, vprod_error **err)
{
  _cleanup_free_ char *why = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  vprod_call call;

  vprod__session_call (session, at.service->timeout_ms, &call);
  for (;;) {
    struct vprod__postgres *made = NULL;
    int r = try_one (session, at.service, ca_file, &call, &made, &why, &error);
    if (r >= 0 && (ca_file ? takes_tls (session, at, made) : refuses_plain (session, made, why)))
      return 0;
    if (r >= 0)
      r = vprod__call_sleep (&call, PAUSE_MS, "waiting for the database to read its settings", &error);
    if (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () < session->deadline_ms)
      return say_not_held (session, at.service, ca_file != NULL, why, err);
    if (r < 0)
      return vprod__error_move (err, &error);
  }
}

int vprod__tls_begin (vprod_session *session, struct vprod__service_at at, vprod_error **err)
{
  if (!at.service->spec->postgres.tls || at.service->ca_file)
    return 0;
  int r = vprod__fixture_get (session, &session->ca->fixture, err);
  if (r < 0)
    return r;
  const struct vprod__ca *ca = &session->ca->list[at.service->spec - session->spec->services];
  r = must_be_superuser (session, at, err);
  if (r == 0)
    r = give_certificate (session, at, ca, err);
  if (r == 0)
    r = wait_until (session, at, ca->file, err);
  if (r == 0)
    r = refuse_others (session, at, err);
  if (r == 0)
    r = wait_until (session, at, NULL, err);
  if (r == 0)
    at.service->ca_file = ca->file;
  return r;
}
