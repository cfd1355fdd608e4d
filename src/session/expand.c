/* SPDX-License-Identifier: MIT */
#include "session/expand.h"
#include "session/ca_path.h"
#include "session/parts.h"
#include "util/strv.h"

#include <stdio.h>
#include <string.h>

#define DATABASE_PORT "5432"

struct of {
  const vprod_spec *spec;
  char port[8];
  char ca_path[VPROD__CA_PATH_SIZE];
};

static const char *port_of (int port, char text[8])
{
  snprintf (text, 8, "%u", (unsigned) port & 0xffff);
  return text;
}

/* A service's host is its name on the session's network: everything is known before anything runs. */
static const char *lookup (void *data, const char *name)
{
  struct of *of = data;
  const vprod_spec *spec = of->spec;

  for (size_t i = 0; i < spec->n_services; i++) {
    const struct vprod__spec_service *service = &spec->services[i];
    size_t length = strlen (service->name);
    if (strncmp (name, service->name, length) != 0 || name[length] != '.')
      continue;
    const char *what = name + length + 1;
    if (strcmp (what, "host") == 0)
      return service->name;
    if (strcmp (what, "port") == 0)
      return service->is_container ? port_of (service->container.port, of->port) : DATABASE_PORT;
    if (strcmp (what, "ca") == 0)
      return vprod__ca_path (service, of->ca_path);
    if (strcmp (what, "user") == 0)
      return service->postgres.user;
    if (strcmp (what, "password") == 0)
      return service->postgres.password;
    if (strcmp (what, "database") == 0)
      return service->postgres.database;
  }
  return NULL;
}

int vprod__session_expand (vprod_session *session, const char *text, char **ret, vprod_error **err)
{
  struct of of = { .spec = session->spec };

  return vprod__spec_expand (text, lookup, &of, ret, err);
}

int vprod__session_expand_all (vprod_session *session, char *const *list, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **expanded = NULL;

  for (size_t i = 0; list && list[i]; i++) {
    char *text = NULL;
    int r = vprod__session_expand (session, list[i], &text, err);
    if (r < 0)
      return r;
    if (vprod__strv_take (&expanded, text) < 0)
      return vprod__error_no_memory (err);
  }
  *ret = vprod__steal (&expanded);
  return 0;
}

int vprod__session_env (vprod_session *session, char ***ret, vprod_error **err)
{
  char **env = NULL;
  int r = vprod__session_expand_all (session, session->spec->run.env, &env, err);

  if (r == 0 && !env && !(env = calloc (1, sizeof *env)))
    return vprod__error_no_memory (err);
  if (r == 0)
    *ret = env;
  return r;
}

int vprod__session_command (vprod_session *session, char ***ret, vprod_error **err)
{
  return vprod__session_expand_all (session, session->spec->run.command, ret, err);
}
