/* SPDX-License-Identifier: MIT */
#include "probe/connect.h"
#include "util/cleanup.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define CONNECT_MS 500
#define STAYS_OPEN_MS 200 /* a proxy closes what the app does not take; on a busy machine not at once */

/* Waits for the socket. */
static int wait_socket (int fd, short events, int ms)
{
  struct pollfd p = { .fd = fd, .events = events };

  return poll (&p, 1, ms) > 0;
}

static enum vprod__connect_end from_errno (int errnum)
{
  switch (errnum) {
  case ECONNREFUSED:
    return VPROD__CONNECT_REFUSED;
  case ECONNRESET:
    return VPROD__CONNECT_CLOSED;
  case ETIMEDOUT:
  case EINPROGRESS:
    return VPROD__CONNECT_NO_ANSWER;
  default:
    return VPROD__CONNECT_NO_WAY;
  }
}

static enum vprod__connect_end try_address (const struct addrinfo *address, int hold_ms)
{
  _cleanup_close_ int fd = socket (address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = 0;
  socklen_t length = sizeof error;
  char byte;

  if (fd < 0)
    return VPROD__CONNECT_NO_WAY;
  if (connect (fd, address->ai_addr, address->ai_addrlen) < 0) {
    if (errno != EINPROGRESS)
      return from_errno (errno);
    if (!wait_socket (fd, POLLOUT, CONNECT_MS))
      return VPROD__CONNECT_NO_ANSWER;
    if (getsockopt (fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0)
      return from_errno (error ? error : errno);
  }
  if (!wait_socket (fd, POLLIN, hold_ms))
    return VPROD__CONNECT_KEPT;
  return recv (fd, &byte, 1, MSG_PEEK) > 0 ? VPROD__CONNECT_KEPT /* a server that speaks first */
                                           : VPROD__CONNECT_CLOSED;
}

enum vprod__connect_end vprod__connect_try (const char *host, int port)
{
  return vprod__connect_hold (host, port, STAYS_OPEN_MS);
}

enum vprod__connect_end vprod__connect_hold (const char *host, int port, int hold_ms)
{
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list;
  enum vprod__connect_end end = VPROD__CONNECT_NO_WAY;
  char text[16];

  snprintf (text, sizeof text, "%d", port);
  if (getaddrinfo (host, text, &hints, &list) != 0)
    return VPROD__CONNECT_NO_WAY;
  for (const struct addrinfo *a = list; a && end != VPROD__CONNECT_KEPT; a = a->ai_next)
    end = try_address (a, hold_ms);
  freeaddrinfo (list);
  return end;
}

const char *vprod__connect_words (enum vprod__connect_end end)
{
  static const char *const words[] = {
    [VPROD__CONNECT_KEPT] = "connected",
    [VPROD__CONNECT_CLOSED] = "the connection is closed at once",
    [VPROD__CONNECT_REFUSED] = "connection refused",
    [VPROD__CONNECT_NO_ANSWER] = "no answer",
    [VPROD__CONNECT_NO_WAY] = "no way there",
  };

  return words[end];
}
