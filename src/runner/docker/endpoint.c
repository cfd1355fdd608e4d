/* SPDX-License-Identifier: MIT */
#include "runner/docker/endpoint.h"
#include "runner/docker/docker_config.h"
#include "runner/docker/endpoint_url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "util/buf.h"

#define DEFAULT_SOCKET "/var/run/docker.sock"

static const char *real_variable (void *data, const char *name)
{
  return getenv (name);
}

static int real_socket_at (void *data, const char *path)
{
  struct stat st;

  if (stat (path, &st) < 0 || !S_ISSOCK (st.st_mode))
    return 0;
  return access (path, W_OK) == 0 ? 2 : 1;
}

struct vprod__endpoint_world vprod__endpoint_real_world (void)
{
  return (struct vprod__endpoint_world) { real_variable, real_socket_at, NULL, getuid () };
}

/* A variable that is set to nothing is not set, as for docker. */
static const char *variable (const struct vprod__endpoint_world *world, const char *name)
{
  const char *value = world->variable (world->data, name);

  return value && *value ? value : NULL;
}

static int format (char **ret, vprod_error **err, const char *text, ...) __attribute__ ((format (printf, 3, 4)));

static int format (char **ret, vprod_error **err, const char *text, ...)
{
  va_list ap;

  va_start (ap, text);
  *ret = vprod__vasprintf (text, ap);
  va_end (ap);
  return *ret ? 0 : vprod__error_no_memory (err);
}

static int find_config_dir (const struct vprod__endpoint_world *world, char **ret, vprod_error **err)
{
  const char *dir = variable (world, "DOCKER_CONFIG"), *home = variable (world, "HOME");

  if (dir)
    return format (ret, err, "%s", dir);
  return home ? format (ret, err, "%s/.docker", home) : 0;
}

/* The file's path in *ret if it can be read, else NULL. */
static int find_pem (const char *dir, const char *name, char **ret, vprod_error **err)
{
  _cleanup_free_ char *path = NULL;
  int r = format (&path, err, "%s/%s", dir, name);

  if (r == 0 && access (path, R_OK) == 0)
    *ret = vprod__steal (&path);
  return r;
}

static int find_pems (struct vprod__endpoint *endpoint, const char *dir, vprod_error **err)
{
  int r = find_pem (dir, "ca.pem", &endpoint->tls_ca, err);

  if (r == 0)
    r = find_pem (dir, "cert.pem", &endpoint->tls_cert, err);
  if (r == 0)
    r = find_pem (dir, "key.pem", &endpoint->tls_key, err);
  if (r == 0 && !endpoint->tls_cert != !endpoint->tls_key)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "TLS to the engine (from %s): %s holds a readable %s.pem but no readable %s.pem",
                             endpoint->origin, dir, endpoint->tls_cert ? "cert" : "key",
                             endpoint->tls_cert ? "key" : "cert");
  return r;
}

/* DOCKER_CERT_PATH, for every address but a named context's. docker verifies against ca.pem alone there, never
   against the system's authorities. */
static int read_tls_files (struct vprod__endpoint *endpoint, const struct vprod__endpoint_world *world,
                           vprod_error **err)
{
  const char *dir = variable (world, "DOCKER_CERT_PATH");

  if (!dir)
    dir = endpoint->config_dir;
  if (!dir)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "TLS to %s is asked for, but neither DOCKER_CERT_PATH nor HOME says where the "
                             "certificates are; set DOCKER_CERT_PATH",
                             endpoint->url);
  int r = find_pems (endpoint, dir, err);
  if (r == 0 && endpoint->tls_verify && !endpoint->tls_ca)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "DOCKER_TLS_VERIFY is set, but %s/ca.pem, which %s is verified with, cannot be "
                             "read; set DOCKER_CERT_PATH to the folder that holds it",
                             dir, endpoint->url);
  return r;
}

static int take_url (struct vprod__endpoint *endpoint, enum vprod__endpoint_source source, const char *origin,
                     const char *url, const struct vprod__endpoint_world *world, vprod_error **err)
{
  _cleanup_free_ char *trimmed = NULL;

  while (isspace ((unsigned char) *url))
    url++;
  size_t length = strlen (url);
  while (length > 0 && isspace ((unsigned char) url[length - 1]))
    length--;
  endpoint->source = source;
  endpoint->tls_verify = variable (world, "DOCKER_TLS_VERIFY") != NULL;
  endpoint->tls = endpoint->tls_verify || variable (world, "DOCKER_TLS");
  int r = format (&trimmed, err, "%.*s", (int) length, url);
  if (r == 0)
    r = format (&endpoint->origin, err, "%s", origin);
  if (r == 0)
    r = vprod__endpoint_read_url (endpoint, trimmed, err);
  if (r == 0 && endpoint->kind == VPROD__ENDPOINT_TCP && endpoint->tls)
    r = read_tls_files (endpoint, world, err);
  return r;
}

/* The well-known sockets, likeliest first; what needs XDG_RUNTIME_DIR or HOME is left out where it is not set. */
static int probe (struct vprod__endpoint *endpoint, const struct vprod__endpoint_world *world, vprod_error **err)
{
  const char *run = variable (world, "XDG_RUNTIME_DIR"), *home = variable (world, "HOME");
  const struct {
    const char *dir;
    const char *name;
  } sockets[] = { { run, "docker.sock" },
                  { home, ".docker/run/docker.sock" },
                  { home, ".docker/desktop/docker.sock" },
                  { "", "docker.sock" },
                  { "/run", "podman/podman.sock" },
                  { run, "podman/podman.sock" },
                  { "", "podman/podman.sock" } };

  if (world->socket_at (world->data, DEFAULT_SOCKET) > 0)
    return take_url (endpoint, VPROD__ENDPOINT_DEFAULT, "the default", "unix://" DEFAULT_SOCKET, world, err);
  for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
    _cleanup_free_ char *url = NULL;
    const char *dir = sockets[i].dir;
    if (!dir)
      continue;
    int r = *dir ? format (&url, err, "unix://%s/%s", dir, sockets[i].name)
                 : format (&url, err, "unix:///run/user/%u/%s", world->uid, sockets[i].name);
    if (r < 0)
      return r;
    if (world->socket_at (world->data, url + strlen ("unix://")) == 2)
      return take_url (endpoint, VPROD__ENDPOINT_PROBED, "a well-known socket", url, world, err);
  }
  return take_url (endpoint, VPROD__ENDPOINT_DEFAULT, "the default", "unix://" DEFAULT_SOCKET, world, err);
}

static int take_context (struct vprod__endpoint *endpoint, const char *name, const char *chosen_by,
                         const struct vprod__endpoint_world *world, vprod_error **err)
{
  _cleanup_context_ struct vprod__context context = { 0 };
  int r = vprod__context_load (endpoint->config_dir, name, &context, err);

  if (r < 0) {
    vprod__error_prefix (err, "%s", chosen_by);
    return r;
  }
  if (!*context.host)
    return probe (endpoint, world, err);
  endpoint->source = VPROD__ENDPOINT_CONTEXT;
  r = format (&endpoint->context, err, "%s", name);
  if (r == 0)
    r = format (&endpoint->origin, err, "context \"%s\"", name);
  if (r == 0)
    r = find_pems (endpoint, context.tls_dir, err);
  if (r < 0)
    return r;
  endpoint->tls = endpoint->tls_ca || endpoint->tls_cert || context.skip_tls_verify;
  endpoint->tls_verify = endpoint->tls && !context.skip_tls_verify;
  return vprod__endpoint_read_url (endpoint, context.host, err);
}

static int resolve (const char *host, const struct vprod__endpoint_world *world, struct vprod__endpoint *endpoint,
                    vprod_error **err)
{
  _cleanup_json_ json_t *config = NULL;
  const char *name;
  int r = find_config_dir (world, &endpoint->config_dir, err);

  if (r < 0)
    return r;
  if (host && *host)
    return take_url (endpoint, VPROD__ENDPOINT_EXPLICIT, "the caller", host, world, err);
  if ((host = variable (world, "DOCKER_HOST")))
    return take_url (endpoint, VPROD__ENDPOINT_VARIABLE, "DOCKER_HOST", host, world, err);
  const char *chosen_by = "DOCKER_CONTEXT";
  if (!(name = variable (world, "DOCKER_CONTEXT"))) {
    r = vprod__docker_config_load (endpoint->config_dir, &config, err);
    if (r < 0)
      return r;
    chosen_by = "currentContext of config.json";
    name = json_string_value (json_object_get (config, "currentContext"));
  }
  if (name && *name && strcmp (name, "default") != 0)
    return take_context (endpoint, name, chosen_by, world, err);
  return probe (endpoint, world, err);
}

int vprod__endpoint_resolve (const char *host, const struct vprod__endpoint_world *world,
                             struct vprod__endpoint *ret, vprod_error **err)
{
  _cleanup_endpoint_ struct vprod__endpoint endpoint = { 0 };
  int r = resolve (host, world, &endpoint, err);

  if (r < 0)
    return r;
  if (endpoint.kind != VPROD__ENDPOINT_TCP)
    endpoint.tls = endpoint.tls_verify = 0;
  *ret = endpoint;
  endpoint = (struct vprod__endpoint) { 0 };
  return 0;
}

int vprod__endpoint_is_loopback (const char *host)
{
  return strcmp (host, "localhost") == 0 || strncmp (host, "127.", 4) == 0 || strcmp (host, "::1") == 0;
}

void vprod__endpoint_clear (struct vprod__endpoint *endpoint)
{
  free (endpoint->url);
  free (endpoint->origin);
  free (endpoint->context);
  free (endpoint->socket_path);
  free (endpoint->host);
  free (endpoint->user);
  free (endpoint->path);
  free (endpoint->tls_ca);
  free (endpoint->tls_cert);
  free (endpoint->tls_key);
  free (endpoint->config_dir);
  *endpoint = (struct vprod__endpoint) { 0 };
}
