/* SPDX-License-Identifier: MIT */
/* Reading the URL of an engine, as docker takes it in DOCKER_HOST. */
#include "runner/docker/endpoint_url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include "util/buf.h"

#define DEFAULT_SOCKET "/var/run/docker.sock"
#define FORMS "unix:///path/to/docker.sock, tcp://host:port or ssh://user@host"

static int bad (const struct vprod__endpoint *endpoint, const char *url, const char *why, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "the engine's address \"%s\" (from %s) cannot be used: %s",
                           url, endpoint->origin, why);
}

static int set_url (struct vprod__endpoint *endpoint, vprod_error **err, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));

static int set_url (struct vprod__endpoint *endpoint, vprod_error **err, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  endpoint->url = vprod__vasprintf (format, ap);
  va_end (ap);
  return endpoint->url ? 0 : vprod__error_no_memory (err);
}

static int read_unix (struct vprod__endpoint *endpoint, const char *url, const char *path, vprod_error **err)
{
  if (!*path)
    path = DEFAULT_SOCKET;
  if (strlen (path) >= sizeof ((struct sockaddr_un *) 0)->sun_path)
    return bad (endpoint, url,
                "the path of a unix socket has at most 107 characters; a symbolic link can shorten it", err);
  endpoint->kind = VPROD__ENDPOINT_UNIX;
  endpoint->socket_path = strdup (path);
  return endpoint->socket_path ? set_url (endpoint, err, "unix://%s", path) : vprod__error_no_memory (err);
}

static int is_host (const char *host, int numeric)
{
  if (!*host || *host == '-')
    return 0;
  for (; *host; host++)
    if (!isalnum ((unsigned char) *host) && !strchr (numeric ? ":.%-_" : ".-_", *host))
      return 0;
  return 1;
}

/* "host", "host:port", "[::1]:port"; text is changed. *ret_port stays where none is named. */
static int split_host (char *text, char **ret_host, int *ret_port)
{
  char *end, *port = NULL;
  int numeric = *text == '[';

  if (numeric) {
    end = strchr (++text, ']');
    if (!end || (end[1] && end[1] != ':'))
      return -1;
    if (end[1])
      port = end + 2;
    *end = '\0';
  } else if ((end = strchr (text, ':'))) {
    *end = '\0';
    port = end + 1;
  }
  if (port) {
    char *rest;
    long number = isdigit ((unsigned char) *port) ? strtol (port, &rest, 10) : 0;
    if (number < 1 || number > 65535 || *rest)
      return -1;
    *ret_port = (int) number;
  }
  *ret_host = text;
  return numeric && !is_host (text, 1) ? -1 : 0;
}

static int is_path (const char *path)
{
  for (; *path; path++)
    if (!isalnum ((unsigned char) *path) && !strchr ("/._~%-", *path))
      return 0;
  return 1;
}

/* address: host, port and path; it is changed. */
static int read_tcp (struct vprod__endpoint *endpoint, const char *url, char *address, vprod_error **err)
{
  char *host, local[] = "localhost", *path = strchr (address, '/');

  endpoint->path = strdup (path ? path : "");
  if (!endpoint->path)
    return vprod__error_no_memory (err);
  for (size_t n = strlen (endpoint->path); n > 0 && endpoint->path[n - 1] == '/'; n--)
    endpoint->path[n - 1] = '\0';
  if (!is_path (endpoint->path))
    return bad (endpoint, url, "its path has characters that no path has", err);
  if (path)
    *path = '\0';
  endpoint->kind = VPROD__ENDPOINT_TCP;
  endpoint->port = endpoint->tls ? 2376 : 2375;
  if (strchr (address, '@'))
    return bad (endpoint, url, "tcp:// takes no user name", err);
  if (split_host (address, &host, &endpoint->port) < 0)
    return bad (endpoint, url, "after tcp:// comes a host and a port from 1 to 65535, as in tcp://192.0.2.1:2375",
                err);
  if (!*host) /* as docker has it: "tcp://:2375" */
    host = local;
  if (!is_host (host, strchr (host, ':') != NULL))
    return bad (endpoint, url, "its host has characters that no host name has", err);
  endpoint->host = strdup (host);
  if (!endpoint->host)
    return vprod__error_no_memory (err);
  return set_url (endpoint, err, strchr (host, ':') ? "tcp://[%s]:%d%s" : "tcp://%s:%d%s", host, endpoint->port,
                  endpoint->path);
}

/* address: user, host, port and path; it is changed. */
static int read_ssh (struct vprod__endpoint *endpoint, const char *url, char *address, vprod_error **err)
{
  char *host, *path = strchr (address, '/');

  endpoint->path = strdup (path && path[1] ? path : "");
  if (path)
    *path = '\0';
  char *at = strrchr (address, '@');
  if (at)
    *at = '\0';
  endpoint->kind = VPROD__ENDPOINT_SSH;
  if (split_host (at ? at + 1 : address, &host, &endpoint->port) < 0
      || !is_host (host, strchr (host, ':') != NULL))
    return bad (endpoint, url, "after ssh:// comes a host, as in ssh://user@host:22", err);
  if (path && !is_path (path + 1)) /* ssh gives it to a shell over there */
    return bad (endpoint, url, "its path has characters that are not allowed here", err);
  if (at && !is_host (address, 0))
    return bad (endpoint, url, "ssh:// takes a plain user name without a password; use a key or an agent", err);
  endpoint->user = at ? strdup (address) : NULL;
  endpoint->host = strdup (host);
  if (!endpoint->path || !endpoint->host || (at && !endpoint->user))
    return vprod__error_no_memory (err);
  return set_url (endpoint, err, "%s", url);
}

/* What reads the part after the scheme gets a copy that it may change. */
static int read_copy (int (*read) (struct vprod__endpoint *, const char *url, char *address, vprod_error **),
                      struct vprod__endpoint *endpoint, const char *url, const char *rest, vprod_error **err)
{
  _cleanup_free_ char *address = strdup (rest);

  return address ? read (endpoint, url, address, err) : vprod__error_no_memory (err);
}

int vprod__endpoint_read_url (struct vprod__endpoint *endpoint, const char *url, vprod_error **err)
{
  if (strncmp (url, "unix://", 7) == 0)
    return read_unix (endpoint, url, url + 7, err);
  if (url[0] == '/')
    return read_unix (endpoint, url, url, err);
  if (strncmp (url, "tcp://", 6) == 0)
    return read_copy (read_tcp, endpoint, url, url + 6, err);
  if (strncmp (url, "ssh://", 6) == 0)
    return read_copy (read_ssh, endpoint, url, url + 6, err);
  if (strncmp (url, "http://", 7) == 0)
    return bad (endpoint, url, "the engine's API over TCP is written tcp://host:port", err);
  if (strncmp (url, "https://", 8) == 0)
    return bad (endpoint, url,
                "the engine's API over TLS is written tcp://host:2376, with DOCKER_TLS_VERIFY=1 and the "
                "certificates in DOCKER_CERT_PATH",
                err);
  if (strncmp (url, "fd://", 5) == 0)
    return bad (endpoint, url, "fd:// tells the engine itself where to listen; " FORMS " reaches it", err);
  if (strncmp (url, "npipe://", 8) == 0)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "the engine's address \"%s\" (from %s) is a named pipe of Windows; from here it is "
                             "reached "
                             "by " FORMS,
                             url, endpoint->origin);
  if (strstr (url, "://") || strchr (url, '/'))
    return bad (endpoint, url, "it should look like " FORMS, err);
  return read_copy (read_tcp, endpoint, url, url, err); /* "host:2375" is TCP to docker */
}
