/* SPDX-License-Identifier: MIT */
#include "healthcheck.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int
healthcheck (uint16_t port)
{
  static const char request[]
      = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  static const char wanted[] = "HTTP/1.1 200 ";
  const struct timeval patience = { .tv_sec = 4 };
  const struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  char answer[sizeof wanted] = "";
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int well = 0;

  if (fd >= 0)
    {
      setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      well = connect (fd, (const struct sockaddr *) &address, sizeof address) == 0
             && send (fd, request, strlen (request), MSG_NOSIGNAL) == (ssize_t) strlen (request)
             && recv (fd, answer, strlen (wanted), MSG_WAITALL) == (ssize_t) strlen (wanted)
             && strcmp (answer, wanted) == 0;
      close (fd);
    }
  puts (well ? "healthy" : "unhealthy");
  return well ? 0 : 1;
}
