/* SPDX-License-Identifier: MIT */
#include "fake_engine.h"
#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define REQUESTS_MAX 8192

struct fake_engine {
  const struct fake_route *routes;
  size_t route_count;
  char *dir;
  char *url;
  int listener;
  int stop[2]; /* a pipe: readable when it is over */
  pthread_t acceptor;
  pthread_mutex_t lock;
  pthread_t connections[CONNECTIONS_MAX];
  int connection_count;
  char *requests[REQUESTS_MAX];
  size_t request_count;
  int used[64]; /* of each route */
};

struct connection {
  struct fake_engine *engine;
  int fd;
};

/* 1: there is something to read; 0: the engine stops. */
static int wait_for (struct fake_engine *engine, int fd)
{
  struct pollfd fds[] = { { fd, POLLIN, 0 }, { engine->stop[0], POLLIN, 0 } };

  while (poll (fds, 2, -1) < 0 && errno == EINTR)
    ;
  return fds[1].revents == 0;
}

/* One whole request, with its body; NULL: the client is gone. */
static char *read_request (struct fake_engine *engine, int fd)
{
  size_t length = 0, capacity = 65536;
  char *text = calloc (1, capacity);

  for (;;) {
    char *end = strstr (text, "\r\n\r\n"), *field = strcasestr (text, "\r\nContent-Length:");
    size_t body = end && field && field < end ? strtoul (field + 17, NULL, 10) : 0;
    if (end && length >= (size_t) (end + 4 - text) + body)
      return text;
    ssize_t n = length + 1 < capacity && wait_for (engine, fd) ? read (fd, text + length, capacity - length - 1)
                                                               : 0;
    if (n <= 0) {
      free (text);
      return NULL;
    }
    length += (size_t) n;
  }
}

static const struct fake_route *note_and_route (struct fake_engine *engine, char *request)
{
  const struct fake_route *found = NULL;

  pthread_mutex_lock (&engine->lock);
  ck_assert_uint_lt (engine->request_count, REQUESTS_MAX);
  engine->requests[engine->request_count++] = request;
  for (size_t i = 0; i < engine->route_count && !found; i++) {
    const struct fake_route *route = &engine->routes[i];
    if (strncmp (request, route->request, strlen (route->request)) == 0
        && (route->times == 0 || engine->used[i] < route->times)) {
      engine->used[i]++;
      found = route;
    }
  }
  pthread_mutex_unlock (&engine->lock);
  return found;
}

static int send_all (int fd, const char *bytes, size_t length, int drip)
{
  while (length > 0) {
    ssize_t n = send (fd, bytes, drip ? 1 : length, MSG_NOSIGNAL);
    if (n < 0)
      return -1;
    bytes += n;
    length -= (size_t) n;
  }
  return 0;
}

static int answer (int fd, const struct fake_route *route, int is_head)
{
  size_t length = route->length ? route->length : route->body ? strlen (route->body) : 0;
  char head[256];

  if (route->status) {
    int n = snprintf (head, sizeof head,
                      "HTTP/1.1 %d Scripted\r\nApi-Version: 1.41\r\nContent-Length: %zu\r\n\r\n", route->status,
                      length);
    if (send_all (fd, head, (size_t) n, route->manner == FAKE_DRIP) < 0)
      return -1;
  }
  if (is_head && route->status)
    return 0;
  return send_all (fd, route->body, length, route->manner == FAKE_DRIP);
}

static void *serve (void *data)
{
  static const struct fake_route ping = { "GET /_ping", 200, "OK", FAKE_KEEP, 0, 0 },
                                 nothing = { "", 404, "{\"message\":\"page not found\"}", FAKE_KEEP, 0, 0 };
  struct connection *connection = data;
  struct fake_engine *engine = connection->engine;
  int fd = connection->fd, stale = 0;
  char *request;

  free (connection);
  if (engine->route_count > 0 && engine->routes[0].manner == FAKE_RUDE) {
    char bytes[1024];
    answer (fd, &engine->routes[0], 0);
    while (wait_for (engine, fd) && read (fd, bytes, sizeof bytes) > 0)
      shutdown (fd, SHUT_WR);
    close (fd);
    return NULL;
  }
  while ((request = read_request (engine, fd))) {
    const struct fake_route *route = stale ? NULL : note_and_route (engine, request);
    if (stale) {
      free (request);
      break;
    }
    if (!route)
      route = strncmp (request, ping.request, strlen (ping.request)) == 0 ? &ping : &nothing;
    if (answer (fd, route, strncmp (request, "HEAD ", 5) == 0) < 0)
      break;
    if (route->manner == FAKE_CLOSE)
      break;
    if (route->manner == FAKE_HOLD) {
      char byte;
      while (wait_for (engine, fd) && read (fd, &byte, 1) > 0)
        ;
      break;
    }
    stale = route->manner == FAKE_STALE;
  }
  close (fd);
  return NULL;
}

static void *accept_all (void *data)
{
  struct fake_engine *engine = data;

  while (wait_for (engine, engine->listener)) {
    int fd = accept (engine->listener, NULL, NULL);
    if (fd < 0)
      break;
    struct connection *connection = malloc (sizeof *connection);
    *connection = (struct connection) { engine, fd };
    pthread_mutex_lock (&engine->lock);
    if (engine->connection_count >= CONNECTIONS_MAX
        || pthread_create (&engine->connections[engine->connection_count], NULL, serve, connection) != 0) {
      close (fd);
      free (connection);
    } else
      engine->connection_count++;
    pthread_mutex_unlock (&engine->lock);
  }
  return NULL;
}

struct fake_engine *fake_engine_start (const struct fake_route *routes, size_t count, int tcp)
{
  struct fake_engine *engine = calloc (1, sizeof *engine);
  struct sockaddr_un path = { .sun_family = AF_UNIX };
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;

  ck_assert_ptr_nonnull (engine);
  ck_assert_uint_le (count, sizeof engine->used / sizeof engine->used[0]);
  engine->routes = routes;
  engine->route_count = count;
  engine->dir = unit_temp_dir ();
  pthread_mutex_init (&engine->lock, NULL);
  ck_assert_int_eq (pipe (engine->stop), 0);
  engine->listener = socket (tcp ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_ge (engine->listener, 0);
  if (tcp) {
    ck_assert_int_eq (bind (engine->listener, (struct sockaddr *) &address, sizeof address), 0);
    ck_assert_int_eq (getsockname (engine->listener, (struct sockaddr *) &address, &size), 0);
    ck_assert_int_gt (asprintf (&engine->url, "tcp://127.0.0.1:%d", ntohs (address.sin_port)), 0);
  } else {
    ck_assert_int_lt (snprintf (path.sun_path, sizeof path.sun_path, "%s/s", engine->dir), sizeof path.sun_path);
    ck_assert_int_eq (bind (engine->listener, (struct sockaddr *) &path, sizeof path), 0);
    ck_assert_int_gt (asprintf (&engine->url, "unix://%s", path.sun_path), 0);
  }
  ck_assert_int_eq (listen (engine->listener, 64), 0);
  ck_assert_int_eq (pthread_create (&engine->acceptor, NULL, accept_all, engine), 0);
  return engine;
}

const char *fake_engine_url (struct fake_engine *engine)
{
  return engine->url;
}

int fake_engine_connections (struct fake_engine *engine)
{
  pthread_mutex_lock (&engine->lock);
  int count = engine->connection_count;
  pthread_mutex_unlock (&engine->lock);
  return count;
}

int fake_engine_count (struct fake_engine *engine, const char *request)
{
  int count = 0;

  pthread_mutex_lock (&engine->lock);
  for (size_t i = 0; i < engine->request_count; i++)
    count += strncmp (engine->requests[i], request, strlen (request)) == 0;
  pthread_mutex_unlock (&engine->lock);
  return count;
}

char *fake_engine_last (struct fake_engine *engine, const char *request)
{
  char *last = NULL;

  pthread_mutex_lock (&engine->lock);
  for (size_t i = engine->request_count; i > 0 && !last; i--)
    if (strncmp (engine->requests[i - 1], request, strlen (request)) == 0)
      last = strdup (engine->requests[i - 1]);
  pthread_mutex_unlock (&engine->lock);
  return last;
}

void fake_engine_stop (struct fake_engine *engine)
{
  ck_assert_int_eq (write (engine->stop[1], "", 1), 1);
  pthread_join (engine->acceptor, NULL);
  for (int i = 0; i < engine->connection_count; i++)
    pthread_join (engine->connections[i], NULL);
  close (engine->listener);
  close (engine->stop[0]);
  close (engine->stop[1]);
  for (size_t i = 0; i < engine->request_count; i++)
    free (engine->requests[i]);
  pthread_mutex_destroy (&engine->lock);
  unit_remove_tree (engine->dir);
  free (engine->dir);
  free (engine->url);
  free (engine);
}
