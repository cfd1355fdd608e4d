/* SPDX-License-Identifier: MIT */
#include "session/run_settings.h"
#include "known/exit.h"
#include "known/phrases.h"
#include "session/container.h"
#include "session/empty_dirs.h"
#include "session/made.h"
#include "session/services.h"
#include "session/expand.h"
#include "session/parts.h"
#include "util/strv.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- hosts --------------------------------------------------------------------------------------------- */

static int is_service (const vprod_spec *spec, const char *name)
{
  for (size_t i = 0; i < spec->n_services; i++)
    if (strcmp (spec->services[i].name, name) == 0)
      return 1;
  return 0;
}

static int is_address (const char *text)
{
  struct in6_addr address;

  return inet_pton (AF_INET, text, &address) == 1 || inet_pton (AF_INET6, text, &address) == 1
         || strcmp (text, "host-gateway") == 0;
}

/* Lent; NULL: there is none. */
static const char *container_of (const vprod_session *session, const char *service)
{
  for (size_t i = 0; i < session->services->count; i++)
    if (strcmp (session->services->list[i].spec->name, service) == 0)
      return session->services->list[i].container_id;
  return NULL;
}

/* The address of a service is known once it runs. */
static int find_address (vprod_session *session, const char *service, char **ret, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts facts = { 0 };

  int r = vprod__fixture_get (session, &session->services->fixture, err);
  const char *id = r == 0 ? container_of (session, service) : NULL;
  if (id)
    r = vprod__container_facts (session, id, &facts, err);
  if (r < 0)
    return r;
  if (!facts.ip_address)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "run.extra-hosts: the service %s has no address: it does not run",
                             service);
  *ret = vprod__steal (&facts.ip_address);
  return 0;
}

static int add_host (vprod_session *session, const char *pair, char ***hosts, vprod_error **err)
{
  _cleanup_free_ char *address = NULL;
  size_t length = strcspn (pair, "=");
  const char *value = pair + length + (pair[length] == '=');
  int of_service = is_service (session->spec, value);

  if (!of_service && !is_address (value))
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "run.extra-hosts: %.*s: \"%s\" is neither an IP address nor a service of the spec, whose host "
                             "is ${NAME.host}", (int) length, pair, value);
  int r = of_service ? find_address (session, value, &address, err) : 0;
  if (r == 0 && vprod__strv_addf (hosts, "%.*s:%s", (int) length, pair, address ? address : value) < 0)
    r = vprod__error_no_memory (err);
  return r;
}

/* "name:address" */
static int add_hosts (vprod_session *session, char ***hosts, vprod_error **err)
{
  _cleanup_strv_ char **pairs = NULL;

  int r = vprod__session_expand_all (session, session->spec->run.extra_hosts, &pairs, err);
  for (size_t i = 0; r == 0 && pairs && pairs[i]; i++)
    r = add_host (session, pairs[i], hosts, err);
  return r;
}

/* ---- what the engine refuses --------------------------------------------------------------------------- */

/* The engine's words, with what they mean for the spec. Takes *error. */
static int explain (vprod_session *session, int r, vprod_error **error, vprod_error **err)
{
  const char *message = *error ? vprod_error_get_message (*error) : "";

  if (r == -VPROD_ERROR_IMAGE && session->spec->run.user && vprod__refusal_of_engine (message) == VPROD__REFUSAL_NO_USER)
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "run.user: %s: %s: name a user that the image has, or a number, which needs no entry",
                             session->spec->run.user, message);
  const struct vprod__phrase *phrase = vprod__phrase_in (VPROD__SAYS_SETTING_REFUSED, message, VPROD__TO_NUL);
  if (r < 0 && r != -VPROD_ERROR_IMAGE && phrase)
    return vprod__error_set (err, (vprod_error_code) -r, 0, "%s. %s", message, vprod__remedy (phrase->remedy));
  return r < 0 ? vprod__error_move (err, error) : 0;
}

/* ---- containers ---------------------------------------------------------------------------------------- */

#define LIST(list) ((const char *const *) (list))

void vprod__run_settings_of (const vprod_spec *spec, struct vprod__run_settings *ret)
{
  *ret = (struct vprod__run_settings) {
    .user = spec->run.user,
    .read_only = spec->run.read_only,
    .tmpfs = LIST (spec->run.tmpfs),
    .volumes = LIST (spec->run.volumes),
    .cap_drop = LIST (spec->run.cap_drop),
    .cap_add = LIST (spec->run.cap_add),
    .no_new_privileges = spec->run.no_new_privileges,
    .memory = spec->run.memory,
    .pids = spec->run.pids,
  };
}

int vprod__run_create_as (vprod_session *session, const char *role, const struct vprod__run_settings *settings,
                          const struct vprod__file_change *change, vprod_container_request *request, char **ret_id,
                          vprod_error **err)
{
  _cleanup_strv_ char **hosts = NULL, **mounts = NULL, **volumes = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  const struct vprod__empty_dirs dirs = { settings->empty_dirs, settings->volumes, request->image, request->platform };

  int r = vprod__files_bind (session, change, &mounts, err);
  if (r == 0)
    r = vprod__bind_empty_dirs (session, &dirs, &mounts, &volumes, err);
  if (r == 0 && request->network && strcmp (request->network, "none") != 0)
    r = add_hosts (session, &hosts, err);
  if (r < 0)
    return r;
  request->user = settings->user;
  request->read_only = settings->read_only;
  request->tmpfs = settings->tmpfs;
  request->cap_drop = settings->cap_drop;
  request->cap_add = settings->cap_add;
  request->no_new_privileges = settings->no_new_privileges;
  request->memory = settings->memory;
  request->pids = settings->pids;
  request->sysctls = settings->sysctls;
  request->no_healthcheck = 1; /* at times of the engine's choosing it would disturb what is looked at */
  request->extra_hosts = LIST (hosts);
  request->mounts = LIST (mounts);
  r = vprod__container_create (session, role, request, ret_id, &error);
  request->extra_hosts = request->mounts = NULL;
  for (size_t i = 0; r == 0 && volumes && volumes[i]; i++)
    vprod__made_go_with (session, volumes[i], *ret_id);
  return explain (session, r, &error, err);
}

int vprod__run_create (vprod_session *session, const char *role, const struct vprod__file_change *change,
                       vprod_container_request *request, char **ret_id, vprod_error **err)
{
  struct vprod__run_settings settings;

  vprod__run_settings_of (session->spec, &settings);
  return vprod__run_create_as (session, role, &settings, change, request, ret_id, err);
}

int vprod__run_start (vprod_session *session, const char *container_id, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  int r = vprod__container_start (session, container_id, &error);

  return explain (session, r, &error, err);
}
