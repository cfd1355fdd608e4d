/* SPDX-License-Identifier: MIT */
/* The published port of the mock's app: a real socket on loopback, answering one request a connection. Like an engine's
   proxy it takes connections for an app that is not there (yet), and closes them. */
#include "mock_inside.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "util/clock.h"

struct mock_server {
  struct mock *mock;
  struct mock_container *container;
  pthread_t thread;
  int socket;
  int port;
  int stop[2]; /* a pipe: closed to end the thread */
  int requests;
};

/* Sleeps; 1: the server is to end. */
static int nap (struct mock_server *server, int ms)
{
  struct pollfd stop = { .fd = server->stop[0], .events = POLLIN };

  return poll (&stop, 1, ms) > 0;
}

static void send_all (int fd, const char *bytes, size_t length)
{
  for (ssize_t n; length > 0 && (n = send (fd, bytes, length, MSG_NOSIGNAL)) > 0; length -= (size_t) n)
    bytes += n;
}

static void send_reply (int fd, const struct mock_reply *reply)
{
  _cleanup_buf_ struct vprod__buf answer = { 0 };
  const char *body = reply->body ? reply->body : "";

  if (reply->raw)
    vprod__buf_adds (&answer, reply->raw);
  else if (reply->status > 0) {
    vprod__buf_addf (&answer, "HTTP/1.1 %d Mock\r\nContent-Length: %zu\r\nConnection: close\r\n", reply->status,
                     strlen (body));
    if (reply->location)
      vprod__buf_addf (&answer, "Location: %s\r\n", reply->location);
    vprod__buf_addf (&answer, "\r\n%s", body);
  }
  send_all (fd, vprod__buf_string (&answer), answer.length);
}

/* Reads a request's head; its path goes to path. 0, or -1. */
static int read_path (struct mock_server *server, int fd, char *path, size_t size)
{
  char head[4096];
  size_t length = 0;

  for (;;) {
    struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = server->stop[0], .events = POLLIN } };
    if (poll (fds, 2, 5000) <= 0 || fds[1].revents)
      return -1;
    ssize_t n = recv (fd, head + length, sizeof head - 1 - length, 0);
    if (n <= 0)
      return -1;
    length += (size_t) n;
    head[length] = '\0';
    if (strstr (head, "\r\n\r\n"))
      break;
    if (length == sizeof head - 1)
      return -1;
  }
  const char *begin = strchr (head, ' '), *end = begin ? strchr (begin + 1, ' ') : NULL;
  if (!end || (size_t) (end - begin) > size)
    return -1;
  snprintf (path, size, "%.*s", (int) (end - begin - 1), begin + 1);
  return 0;
}

static int answers (struct mock_server *server)
{
  struct mock_container *c = server->container;

  pthread_mutex_lock (&server->mock->in->mutex);
  int64_t now = vprod__now_ms ();
  int yes = mock__is_up (c, now) && now >= c->started_at + c->behaviour.answers_after_ms;
  pthread_mutex_unlock (&server->mock->in->mutex);
  return yes;
}

static void serve_one (struct mock_server *server, int fd)
{
  const struct mock_behaviour *b = &server->container->behaviour;
  struct mock_reply reply = b->reply;
  char path[1024];

  if (!answers (server) || read_path (server, fd, path, sizeof path) < 0)
    return;
  server->requests++;
  if (b->on_request) {
    pthread_mutex_lock (&server->mock->in->callback);
    b->on_request (server->mock->data, server->requests, path, &reply);
    pthread_mutex_unlock (&server->mock->in->callback);
  }
  if (reply.delay_ms > 0 && nap (server, reply.delay_ms))
    return;
  send_reply (fd, &reply);
}

static void *serve (void *data)
{
  struct mock_server *server = data;

  mock__own_code++;
  for (;;) {
    struct pollfd fds[] = { { .fd = server->socket, .events = POLLIN }, { .fd = server->stop[0], .events = POLLIN } };
    if (poll (fds, 2, -1) < 0 || fds[1].revents)
      return NULL;
    int fd = accept (server->socket, NULL, NULL);
    if (fd < 0)
      continue;
    serve_one (server, fd);
    close (fd);
  }
}

struct mock_server *mock__server_new (struct mock *mock, struct mock_container *container)
{
  struct mock_server *server = mock__alloc (sizeof *server);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  sigset_t all, before;

  server->mock = mock;
  server->container = container;
  server->socket = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_ge (server->socket, 0);
  ck_assert_int_eq (bind (server->socket, (struct sockaddr *) &address, sizeof address), 0);
  ck_assert_int_eq (listen (server->socket, 64), 0);
  ck_assert_int_eq (getsockname (server->socket, (struct sockaddr *) &address, &length), 0);
  server->port = ntohs (address.sin_port);
  ck_assert_int_eq (pipe (server->stop), 0);
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  ck_assert_int_eq (pthread_create (&server->thread, NULL, serve, server), 0);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return server;
}

int mock__server_port (const struct mock_server *server)
{
  return server->port;
}

void mock__server_free (struct mock_server *server)
{
  if (!server)
    return;
  close (server->stop[1]);
  pthread_join (server->thread, NULL);
  close (server->stop[0]);
  close (server->socket);
  free (server);
}
