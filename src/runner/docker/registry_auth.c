/* SPDX-License-Identifier: MIT */
#include "runner/docker/registry_auth.h"
#include "runner/docker/json.h"
#include "util/base64.h"
#include "util/buf.h"

#include <stdio.h>
#include <string.h>

#define HUB "docker.io"
#define HUB_KEY "https://index.docker.io/v1/" /* what "docker login" without a host writes */

int vprod__image_split (const char *image, char **ret_repository, char **ret_tag)
{
  const char *at = strchr (image, '@'), *slash = strrchr (image, '/');
  size_t length = at ? (size_t) (at - image) : strlen (image);
  const char *colon = memchr (slash ? slash : image, ':', length - (slash ? (size_t) (slash - image) : 0));

  _cleanup_free_ char *repository = strndup (image, colon ? (size_t) (colon - image) : length);
  _cleanup_free_ char *tag = at      ? strdup (at + 1)
                             : colon ? strndup (colon + 1, length - (size_t) (colon + 1 - image))
                                     : strdup ("latest");
  if (!repository || !tag)
    return -1;
  *ret_repository = vprod__steal (&repository);
  *ret_tag = vprod__steal (&tag);
  return 0;
}

/* The first part is a host if it has a dot or a port, or is "localhost". */
char *vprod__image_registry (const char *image)
{
  const char *slash = strchr (image, '/');
  size_t length = slash ? (size_t) (slash - image) : 0;

  if (length == 0
      || (!memchr (image, '.', length) && !memchr (image, ':', length)
          && !(length == 9 && strncmp (image, "localhost", 9) == 0)))
    return strdup (HUB);
  if (length == 15 && strncmp (image, "index.docker.io", 15) == 0)
    return strdup (HUB);
  return strndup (image, length);
}

/* "https://host/v2/" to "host". */
static int is_host (const char *key, const char *host)
{
  const char *scheme = strstr (key, "://");
  size_t length;

  if (scheme)
    key = scheme + 3;
  length = strcspn (key, "/");
  return length == strlen (host) && strncmp (key, host, length) == 0;
}

static const json_t *find_for_host (json_t *object, const char *host)
{
  const int hub = strcmp (host, HUB) == 0;
  const char *key;
  json_t *entry, *exact = json_object_get (object, hub ? HUB_KEY : host);

  if (exact)
    return exact;
  json_object_foreach (object, key, entry) {
    if (is_host (key, host))
      return entry;
    if (hub && (is_host (key, "index.docker.io") || is_host (key, "registry-1.docker.io")))
      return entry;
  }
  return NULL;
}

/* What the engine is told: {"username", "password", "serveraddress"} or {"identitytoken", …}. NULL: nothing
   usable. */
static json_t *auth_config (const json_t *entry, const char *host)
{
  _cleanup_buf_ struct vprod__buf plain = { 0 };
  const char *server = strcmp (host, HUB) == 0 ? HUB_KEY : host;
  const char *token = vprod__json_text (entry, "identitytoken"), *auth = vprod__json_text (entry, "auth");

  if (token && *token)
    return json_pack ("{s:s, s:s}", "identitytoken", token, "serveraddress", server);
  if (auth && *auth && vprod__base64_decode (auth, &plain) == 0) {
    char *colon = strchr (vprod__buf_string (&plain), ':');
    if (!colon)
      return NULL;
    *colon = '\0';
    return json_pack ("{s:s, s:s, s:s}", "username", plain.data, "password", colon + 1, "serveraddress", server);
  }
  return NULL;
}

int vprod__registry_auth_find (const json_t *config, const char *image, struct vprod__registry_auth *ret,
                               vprod_error **err)
{
  _cleanup_registry_auth_ struct vprod__registry_auth auth = { 0 };
  _cleanup_free_ char *host = vprod__image_registry (image);

  if (!host)
    return vprod__error_no_memory (err);
  const char *helper = json_string_value (find_for_host (json_object_get (config, "credHelpers"), host));
  if (!helper)
    helper = vprod__json_text (config, "credsStore");
  _cleanup_json_ json_t *credentials = auth_config (find_for_host (json_object_get (config, "auths"), host), host);
  if (credentials) {
    _cleanup_buf_ struct vprod__buf header = { 0 };
    _cleanup_free_ char *text = json_dumps (credentials, JSON_COMPACT);
    if (!text || vprod__buf_adds (&header, "X-Registry-Auth: ") < 0 || vprod__base64url_encode (text, &header) < 0)
      return vprod__error_no_memory (err);
    auth.header = vprod__buf_steal (&header);
  } else if (helper && *helper && !(auth.helper = strdup (helper)))
    return vprod__error_no_memory (err);
  *ret = auth;
  auth = (struct vprod__registry_auth) { 0 };
  return 0;
}

void vprod__registry_auth_clear (struct vprod__registry_auth *auth)
{
  free (auth->header);
  free (auth->helper);
  *auth = (struct vprod__registry_auth) { 0 };
}
