/* SPDX-License-Identifier: MIT */
#include "session/expand.h"
#include "session/parts.h"
#include "util/strv.h"

#include <string.h>

#define DATABASE_PORT "5432"

/* A service's host is its name on the session's network: everything is known before anything runs. */
static const char *lookup (void *data, const char *name)
{
  const vprod_spec *spec = data;

  for (size_t i = 0; i < spec->n_services; i++) {
    const struct vprod__spec_service *service = &spec->services[i];
    size_t length = strlen (service->name);
    if (strncmp (name, service->name, length) != 0 || name[length] != '.')
      continue;
    const char *what = name + length + 1;
    if (strcmp (what, "host") == 0)
      return service->name;
    if (strcmp (what, "port") == 0)
      return DATABASE_PORT;
    if (strcmp (what, "user") == 0)
      return service->user;
    if (strcmp (what, "password") == 0)
      return service->password;
    if (strcmp (what, "database") == 0)
      return service->database;
  }
  return NULL;
}

static int expand_all (vprod_session *session, char *const *list, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **expanded = NULL;

  for (size_t i = 0; list && list[i]; i++) {
    char *text = NULL;
    int r = vprod__spec_expand (list[i], lookup, session->spec, &text, err);
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
  int r = expand_all (session, session->spec->run.env, &env, err);

  if (r == 0 && !env && !(env = calloc (1, sizeof *env)))
    return vprod__error_no_memory (err);
  if (r == 0)
    *ret = env;
  return r;
}

int vprod__session_command (vprod_session *session, char ***ret, vprod_error **err)
{
  return expand_all (session, session->spec->run.command, ret, err);
}

int vprod__session_build_args (vprod_session *session, char ***ret, vprod_error **err)
{
  return expand_all (session, session->spec->image.args, ret, err);
}
