/* SPDX-License-Identifier: MIT */
#include "session/service_files.h"
#include "image/tar.h"
#include "session/base.h"
#include "session/expand.h"
#include "session/parts.h"
#include "util/buf.h"
#include "util/strv.h"

#include <string.h>

#define ANSWER_MS 60000
#define MODE 0644 /* a service is no place for real secrets, and its user is its own affair */

/* files: "/path=text" */
static int pack (char *const *files, struct vprod__buf *tar)
{
  for (size_t i = 0; files[i]; i++) {
    const char *equals = strchr (files[i], '='), *text = equals ? equals + 1 : "";
    size_t length = equals ? (size_t) (equals - files[i]) : strlen (files[i]);
    _cleanup_free_ char *name = strndup (files[i] + strspn (files[i], "/"), length - strspn (files[i], "/"));
    if (!name || vprod__tar_add (tar, name, MODE, text, strlen (text)) < 0)
      return -1;
  }
  return vprod__tar_end (tar);
}

/* The answer may not have come from the engine: a service without its files may well become ready, and the app be blamed. */
static int check_there (vprod_session *session, const struct vprod__service *service, char *const *files, vprod_error **err)
{
  vprod_call call;
  int there = 1;

  vprod__session_call (session, ANSWER_MS, &call);
  for (size_t i = 0; files[i]; i++) {
    _cleanup_free_ char *path = strndup (files[i], strcspn (files[i], "="));
    if (!path)
      return vprod__error_no_memory (err);
    int r = vprod__runner_container_has_path (session->runner, &call, service->container_id, path, &there, err);
    if (r < 0)
      return r;
    if (!there)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the engine answered that it has put %s there, but it is not", path);
  }
  return 0;
}

int vprod__service_put_files (vprod_session *session, const struct vprod__service *service, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf tar = { 0 };
  _cleanup_strv_ char **files = NULL;
  vprod_call call;

  int r = vprod__session_expand_all (session, service->spec->container.files, &files, err);
  if (r < 0 || !files)
    return r;
  if (pack (files, &tar) < 0)
    return vprod__error_no_memory (err);
  vprod__session_call (session, ANSWER_MS, &call);
  r = vprod__runner_container_put (session->runner, &call, service->container_id, "/", tar.data, tar.length, err);
  if (r == 0)
    r = check_there (session, service, files, err);
  if (r < 0)
    vprod__error_prefix (err, "cannot put services.%s.container.files into its container", service->spec->name);
  return r;
}
