/* SPDX-License-Identifier: MIT */
/* A server on 127.0.0.1 for one connection after the other, with a behaviour a test chooses. */
#ifndef VPROD_TESTS_PROBE_SERVER_H
#define VPROD_TESTS_PROBE_SERVER_H

#include <pthread.h>
#include <stddef.h>

struct server {
  /* What it does with a connection; it ends when this returns. It must return when `stop` becomes readable. */
  void (*serve) (struct server *server, int fd);
  const void *data; /* for serve */
  size_t length;
  int port;
  int stop_read, stop_write;
  int listener;
  int connections; /* how many it took */
  char received[4096]; /* what came first, ended by NUL */
  pthread_t thread;
};

void server_start (struct server *server);
void server_end (struct server *server);

/* Reads what is there into `received`; 0 when it should stop or the peer is gone. */
int server_read (struct server *server, int fd);

/* Writes all; 0 when it should stop or the peer is gone. */
int server_write (struct server *server, int fd, const void *bytes, size_t length);

/* Sleeps; 0 when it should stop or the peer is gone. */
int server_sleep (struct server *server, int fd, int ms);

/* A port on which nobody listens. */
int free_port (void);

#endif
