/* SPDX-License-Identifier: MIT */
/* What a transfer that failed means to the person who waits for it. */
#include "runner/docker/http_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A path that leads to a file or folder: to connect there is refused like to a socket without a listener. */
static int is_something_else (const char *path)
{
  struct stat st;

  return stat (path, &st) == 0 && !S_ISSOCK (st.st_mode);
}

static int no_socket (const struct vprod__endpoint *endpoint, const char *what, int os_errno, const char *detail,
                      vprod_error **err)
{
  const char *why, *hint;
  char reason[256];

  switch (os_errno) {
  case ENOENT:
    why = "there is no such socket";
    hint = ". Is Docker or Podman installed and running? Where it listens elsewhere, set DOCKER_HOST";
    break;
  case EACCES:
  case EPERM:
    why = "permission denied";
    hint = ". Join the engine's group (\"usermod -aG docker USER\", then log in again), or set DOCKER_HOST to an "
           "engine of this user's own";
    break;
  case ECONNREFUSED:
    why = "the socket is there, but nobody listens on it";
    hint = ". Is the engine running? (\"systemctl start docker\")";
    if (is_something_else (endpoint->socket_path)) {
      why = "there is something, but it is no socket";
      hint = "";
    }
    break;
  default:
    why = os_errno ? strerror_r (os_errno, reason, sizeof reason) : detail;
    hint = "";
  }
  return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0, "%s: no engine answers at %s (from %s): %s%s", what,
                           endpoint->url, endpoint->origin, why, hint);
}

static int no_host (const struct vprod__endpoint *endpoint, const char *what, const char *detail,
                    vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                           "%s: no engine answers at %s (from %s): %s. Is it running, and does it listen there?",
                           what, endpoint->url, endpoint->origin, detail);
}

static int broken_off (const struct vprod__endpoint *endpoint, const char *what, const char *detail,
                       vprod_error **err)
{
  const char *hint = endpoint->kind != VPROD__ENDPOINT_TCP ? ""
                     : endpoint->tls ? " It may want another client certificate: see DOCKER_CERT_PATH"
                                     : " It may want TLS: see DOCKER_TLS_VERIFY";

  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                           "%s: the engine at %s broke its answer off (%s). Did it stop or crash?%s", what,
                           endpoint->url, detail, hint);
}

/* libcurl does not keep the reason where it fails to read a certificate or to look a name up. Is there a descriptor to be
   had? */
static int descriptors_errno (int curl_code, int os_errno)
{
  static const int unsaid[] = { CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
                                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_FAILED_INIT, CURLE_OUT_OF_MEMORY };

  for (size_t i = 0; i < sizeof unsaid / sizeof unsaid[0]; i++)
    if (curl_code == unsaid[i] && !os_errno) {
      _cleanup_close_ int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
      return fd < 0 && vprod__is_short_of_descriptors (errno) ? errno : 0;
    }
  return os_errno;
}

int vprod__client_explain (const struct vprod__endpoint *endpoint, const char *what, int curl_code, int os_errno,
                           const char *detail, vprod_error **err)
{
  const char *url = endpoint->url;

  if (!*detail)
    detail = curl_easy_strerror ((CURLcode) curl_code);
  os_errno = descriptors_errno (curl_code, os_errno);
  if (vprod__is_short_of_descriptors (os_errno))
    return vprod__error_set (err, VPROD_ERROR_IO, os_errno, "%s: there is no connection to the engine at %s", what, url);
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
    return broken_off (endpoint, what, detail, err);
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "%s: what answers at %s (from %s) does not speak HTTP, so it is no Docker or Podman "
                             "engine: %s",
                             what, url, endpoint->origin, detail);
  case CURLE_OUT_OF_MEMORY: /* what libcurl before 8.6 says of a header line above 100 kB, too */
    return vprod__error_set (
        err, VPROD_ERROR_ENGINE, 0,
        "%s: the answer of %s cannot be taken in: a header line is too long, or memory is short", what, url);
  default:
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: talking to the engine at %s failed: %s", what, url,
                             detail);
  }
}
