/* SPDX-License-Identifier: MIT */
#include "session/app_request.h"
#include "session/base.h"
#include "session/expand.h"
#include "session/parts.h"
#include "session/reach.h"
#include "util/buf.h"
#include "util/strv.h"

#include <string.h>
#include <strings.h>

/* "Host: shop.example.org"; *ret stays NULL where the address of the URL is right. */
static int find_host (vprod_session *session, const struct vprod__app *app, char **ret, vprod_error **err)
{
  _cleanup_strv_ char **headers = NULL;

  int r = vprod__session_expand_all (session, session->spec->checks.health.headers, &headers, err);
  if (r < 0)
    return r;
  for (size_t i = 0; headers && headers[i]; i++)
    if (strncasecmp (headers[i], "host=", 5) == 0) {
      *ret = vprod__asprintf ("Host: %s", headers[i] + 5);
      return *ret ? 0 : vprod__error_no_memory (err);
    }
  if (session->reach->way == VPROD__WAY_PUBLISHED)
    return 0;
  /* a server that checks it is asked by the same name wherever this runs */
  *ret = vprod__asprintf ("Host: 127.0.0.1:%d", app->host_port);
  return *ret ? 0 : vprod__error_no_memory (err);
}

static int make_url (vprod_session *session, const struct vprod__app *app, const char *path, char **ret, vprod_error **err)
{
  int health_port = session->spec->checks.health.port, is_ipv6 = strchr (app->host, ':') && app->host[0] != '[';
  int https = session->spec->checks.health.scheme == VPROD__SCHEME_HTTPS && (health_port == 0 || health_port == app->port);

  *ret = vprod__asprintf ("http%s://%s%s%s:%d%s%s", https ? "s" : "", is_ipv6 ? "[" : "", app->host, is_ipv6 ? "]" : "",
                          app->host_port, path[0] == '/' ? "" : "/", path);
  return *ret ? 0 : vprod__error_no_memory (err);
}

int vprod__app_request (vprod_session *session, const struct vprod__app *app, const char *path, int64_t attempt_ms,
                        struct vprod__http_answer *ret, vprod_error **err)
{
  _cleanup_ (vprod__http_freep) struct vprod__http *http = NULL;
  _cleanup_free_ char *url = NULL, *host = NULL;
  vprod_call call;

  int r = make_url (session, app, path, &url, err);
  if (r == 0)
    r = find_host (session, app, &host, err);
  if (r == 0)
    r = vprod__http_new (&http, err);
  if (r < 0)
    return r;
  struct vprod__http_request request = { .url = url, .header = host };
  vprod__session_call (session, -1, &call);
  return vprod__http_ask (http, &call, &request, attempt_ms, ret, err);
}
