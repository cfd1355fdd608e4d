/* SPDX-License-Identifier: MIT */
/*
 * From where is a container's port reached? Decided once a session, when its network is made:
 *  - where this process runs in a container of the same engine, at the container's own address: our container is
 *    connected to the session's network, and nothing is published. Our own loopback, where somebody else may listen, is
 *    never the host's.
 *  - where that is not possible, at the address of the engine's host as our container sees it, on which the port is
 *    published;
 *  - else where the engine publishes it: on loopback of this machine, at a remote engine's host, or through what the runner
 *    forwards.
 */
#ifndef VPROD_SESSION_REACH_H
#define VPROD_SESSION_REACH_H

#include <verify-prod/runner.h>
#include <verify-prod/session.h>

enum vprod__way { VPROD__WAY_PUBLISHED = 0, VPROD__WAY_GATEWAY, VPROD__WAY_DIRECT };

struct vprod__reach_part {
  enum vprod__way way; /* from when the network is made on */
  int proved;          /* somebody answered; under the lock */
};

/* Decides, for a session with that network. */
int vprod__reach_decide (vprod_session *session, const char *network, vprod_error **err);

/* Sets what of the request makes its container's port reachable; and more of them, ended by 0, which live as long as the
   request. */
void vprod__reach_request (vprod_session *session, vprod_container_request *request, int port);
void vprod__reach_request_more (vprod_session *session, vprod_container_request *request, const int *ports);

/* Where a running container's port is reached. *ret_host is malloc'ed; *ret_port 0: nowhere, it is not running any
   more. */
int vprod__reach_locate (vprod_session *session, const vprod_container_facts *container, int port, char **ret_host,
                         int *ret_port, vprod_error **err);

/* Somebody answered there: what does not answer later is not out of reach. */
void vprod__reach_proved (vprod_session *session);

/* Where TCP sockets listen inside a running container, asked with a program of its image. 0, *ret is a list; 1: it cannot
   be told. */
int vprod__reach_listens (vprod_session *session, const char *container_id, char ***ret, vprod_error **err);

/* A port in a container, and where it was found to be reached. */
struct vprod__reach_at {
  const char *host;
  int host_port;
  int port;
};

/* Watches a container that does not answer: a port that listens inside for a while, and to which no connection comes, is
   out of reach. */
struct vprod__reach_watch {
  int64_t next_ms; /* when to look again */
  int looks;       /* in a row that saw it so */
};
/* 1: it is out of reach; 0: not as far as is known. */
int vprod__reach_look (vprod_session *session, struct vprod__reach_watch *watch, const char *container_id,
                       const struct vprod__reach_at *at, vprod_error **err);

/* The error for that: what listens, and what was tried. */
int vprod__reach_fail (vprod_session *session, const char *what, const struct vprod__reach_at *at, vprod_error **err);

/* The app's container, whose facts are these now, did not answer rightly; `listens` is where it listens (NULL: not known).
   0: it is reached from here, as far as that can be told. An error, with what was tried, where it is not: that says nothing
   of the app. */
int vprod__reach_judge_at (vprod_session *session, const vprod_container_facts *container, const struct vprod__reach_at *at,
                        char *const *listens, vprod_error **err);

#endif
