/* SPDX-License-Identifier: MIT */
#include "session/postgres_init.h"
#include "session/base.h"
#include "session/events.h"
#include "session/parts.h"
#include "session/postgres_script.h"
#include "session/sql_file.h"
#include "util/clock.h"
#include "util/strv.h"

#include <string.h>

/* As the spec has it, where it lies below its folder. */
static const char *shown_path (vprod_session *session, const char *path)
{
  const char *folder = session->spec->base_dir;
  size_t length = folder ? strlen (folder) : 0;

  return length > 0 && strncmp (path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

int vprod__postgres_check_init (const vprod_spec *spec, vprod_error **err)
{
  int r = 0;

  for (size_t i = 0; i < spec->n_services && r == 0; i++)
    for (char **path = spec->services[i].postgres.init; path && *path && r == 0; path++) {
      _cleanup_strv_ char **files = NULL, **others = NULL;
      r = vprod__sql_files (*path, &files, &others, err);
      if (r < 0)
        vprod__error_prefix (err, "%s%sservices.%s.postgres.init", spec->file ? spec->file : "", spec->file ? ": " : "",
                             spec->services[i].name);
    }
  return r;
}

static int list_files (vprod_session *session, const struct vprod__service *service, char ***ret, vprod_error **err)
{
  char *const *init = service->spec->postgres.init;
  int r = 0;

  for (size_t i = 0; init[i] && r == 0; i++) {
    _cleanup_strv_ char **others = NULL;
    _cleanup_free_ char *names = NULL;
    r = vprod__sql_files (init[i], ret, &others, err);
    if (r == 0 && others) {
      names = vprod__strv_join (others, ", ");
      vprod__session_note (session, "database %s: not run, as it is no SQL: %s of %s", service->spec->name,
                           names ? names : "", shown_path (session, init[i]));
    }
  }
  return r;
}

int vprod__postgres_init (vprod_session *session, const struct vprod__service *service, vprod_error **err)
{
  _cleanup_strv_ char **files = NULL;
  int64_t began_ms = vprod__now_ms ();
  size_t n_statements = 0;
  char text[32];

  if (!service->spec->postgres.init)
    return 0;
  int r = list_files (session, service, &files, err);
  for (size_t i = 0; files && files[i] && r == 0; i++)
    r = vprod__postgres_run_script (session, service, files[i], shown_path (session, files[i]), &n_statements, err);
  if (r < 0) {
    vprod__error_prefix (err, "services.%s.postgres.init", service->spec->name);
    return r;
  }
  vprod__format_ms (vprod__now_ms () - began_ms, text, sizeof text);
  vprod__session_note (session, "database %s: %zu statements of %zu files of SQL were run in %s", service->spec->name,
                       n_statements, vprod__strv_length (files), text);
  return 0;
}
