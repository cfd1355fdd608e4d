/* SPDX-License-Identifier: MIT */
/* What a transfer that failed means to the person who waits for it. */
#include "runner/http_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

static int no_socket (const struct vprod__endpoint *endpoint, const char *what, int os_errno, const char *detail,
                      vprod_error **err)
{
  const char *url = endpoint->url, *origin = endpoint->origin;

  switch (os_errno) {
  case ENOENT:
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, os_errno,
                             "%s: no engine answers at %s (from %s): there is no such socket. Is Docker or Podman "
                             "installed and running? Where it listens elsewhere, set DOCKER_HOST",
                             what, url, origin);
  case EACCES:
  case EPERM:
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, os_errno,
                             "%s: this user may not use the engine at %s (from %s). Join its group (\"usermod -aG docker "
                             "USER\", then log in again), or set DOCKER_HOST to an engine of this user's own",
                             what, url, origin);
  case ECONNREFUSED:
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, os_errno,
                             "%s: no engine answers at %s (from %s): the socket is there, but nobody listens on it. Is "
                             "the engine running? (\"systemctl start docker\")",
                             what, url, origin);
  default:
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, os_errno, "%s: no engine answers at %s (from %s)%s%s", what, url,
                             origin, os_errno ? "" : ": ", os_errno ? "" : detail);
  }
}

static int no_host (const struct vprod__endpoint *endpoint, const char *what, const char *detail, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                           "%s: no engine answers at %s (from %s): %s. Is it running, and does it listen there?", what,
                           endpoint->url, endpoint->origin, detail);
}

int vprod__client_explain (const struct vprod__endpoint *endpoint, const char *what, int curl_code, int os_errno,
                           const char *detail, vprod_error **err)
{
  const char *url = endpoint->url;

  if (!*detail)
    detail = curl_easy_strerror ((CURLcode) curl_code);
  switch (curl_code) {
  case CURLE_COULDNT_CONNECT:
    if (endpoint->kind == VPROD__ENDPOINT_UNIX)
      return no_socket (endpoint, what, os_errno, detail, err);
    return no_host (endpoint, what, detail, err);
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_OPERATION_TIMEDOUT: /* only of connecting: the deadline is kept elsewhere */
    return no_host (endpoint, what, detail, err);
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                             "%s: no TLS connection to the engine at %s (from %s): %s. See DOCKER_CERT_PATH and "
                             "DOCKER_TLS_VERIFY",
                             what, url, endpoint->origin, detail);
  case CURLE_GOT_NOTHING:
  case CURLE_RECV_ERROR:
  case CURLE_SEND_ERROR:
  case CURLE_PARTIAL_FILE:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: the engine at %s broke its answer off (%s). Did it stop or crash?", what, url, detail);
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: what answers at %s (from %s) does not speak HTTP, so it is no Docker or Podman engine: "
                             "%s",
                             what, url, endpoint->origin, detail);
  case CURLE_OUT_OF_MEMORY: /* what libcurl before 8.6 says of a header line above 100 kB, too */
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: the answer of %s cannot be taken in: a header line is too long, or memory is short",
                             what, url);
  default:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: talking to the engine at %s failed: %s", what, url, detail);
  }
}
