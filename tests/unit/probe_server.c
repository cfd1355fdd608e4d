/* SPDX-License-Identifier: MIT */
#include "probe_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "util/clock.h"

static int listen_on_loopback (int *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (bind (fd, (struct sockaddr *) &address, sizeof address), 0);
  ck_assert_int_eq (listen (fd, 16), 0);
  ck_assert_int_eq (getsockname (fd, (struct sockaddr *) &address, &size), 0);
  *port = ntohs (address.sin_port);
  return fd;
}

int free_port (void)
{
  int port;

  close (listen_on_loopback (&port));
  return port;
}

static void *serve_all (void *data)
{
  struct server *server = data;

  for (;;) {
    struct pollfd fds[] = { { .fd = server->listener, .events = POLLIN },
                            { .fd = server->stop_read, .events = POLLIN } };
    if (poll (fds, 2, -1) < 0 || fds[1].revents)
      return NULL;
    int fd = accept (server->listener, NULL, NULL);
    if (fd < 0)
      continue;
    __atomic_add_fetch (&server->connections, 1, __ATOMIC_SEQ_CST);
    server->serve (server, fd);
    close (fd);
  }
}

void server_start (struct server *server)
{
  int pipes[2];

  signal (SIGPIPE, SIG_IGN); /* of the test's own writing */
  ck_assert_int_eq (pipe (pipes), 0);
  server->stop_read = pipes[0];
  server->stop_write = pipes[1];
  server->listener = listen_on_loopback (&server->port);
  ck_assert_int_eq (pthread_create (&server->thread, NULL, serve_all, server), 0);
}

void server_end (struct server *server)
{
  ck_assert_int_eq (write (server->stop_write, "", 1), 1);
  ck_assert_int_eq (pthread_join (server->thread, NULL), 0);
  close (server->stop_read);
  close (server->stop_write);
  close (server->listener);
}

static int wait_for (struct server *server, int fd, short events, int ms)
{
  struct pollfd fds[] = { { .fd = fd, .events = events }, { .fd = server->stop_read, .events = POLLIN } };
  int r = poll (fds, 2, ms);

  return r < 0 || fds[1].revents ? -1 : fds[0].revents;
}

int server_read (struct server *server, int fd)
{
  if (wait_for (server, fd, POLLIN, -1) < 0)
    return 0;
  ssize_t n = read (fd, server->received, sizeof server->received - 1);
  server->received[n > 0 ? n : 0] = '\0';
  return n > 0;
}

int server_write (struct server *server, int fd, const void *bytes, size_t length)
{
  const char *p = bytes;

  while (length > 0) {
    if (wait_for (server, fd, POLLOUT, -1) < 0)
      return 0;
    ssize_t n = send (fd, p, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0)
      return 0;
    p += n;
    length -= (size_t) n;
  }
  return 1;
}

int server_sleep (struct server *server, int fd, int ms)
{
  int64_t end = vprod__deadline (ms);
  char byte;

  for (;;) {
    int events = wait_for (server, fd, POLLIN | POLLRDHUP, vprod__poll_timeout (end));
    if (events == 0)
      return 1;
    if (events < 0 || recv (fd, &byte, 1, MSG_DONTWAIT) <= 0)
      return 0;
    if (vprod__now_ms () >= end)
      return 1;
  }
}
