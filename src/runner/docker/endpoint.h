/* SPDX-License-Identifier: MIT */
/*
 * Where the engine is, found in docker/cli's order: what the caller names, DOCKER_HOST, DOCKER_CONTEXT, the
 * current context of config.json, /var/run/docker.sock, and at last other sockets that engines are known to listen
 * on.
 */
#ifndef VPROD_RUNNER_DOCKER_ENDPOINT_H
#define VPROD_RUNNER_DOCKER_ENDPOINT_H

#include "util/error.h"

enum vprod__endpoint_source {
  VPROD__ENDPOINT_EXPLICIT = 1, /* the caller named it */
  VPROD__ENDPOINT_VARIABLE,     /* DOCKER_HOST */
  VPROD__ENDPOINT_CONTEXT,      /* a named context: `context` */
  VPROD__ENDPOINT_DEFAULT,      /* unix:///var/run/docker.sock */
  VPROD__ENDPOINT_PROBED,       /* a well-known socket that is there while the default is not */
  VPROD__ENDPOINT_OWN           /* a podman service of our own */
};

enum vprod__endpoint_kind { VPROD__ENDPOINT_UNIX = 1, VPROD__ENDPOINT_TCP, VPROD__ENDPOINT_SSH };

struct vprod__endpoint {
  enum vprod__endpoint_source source;
  enum vprod__endpoint_kind kind;
  char *url;         /* as docker takes it in DOCKER_HOST, for messages and for the engine's CLI */
  char *origin;      /* in words where the url is from: "DOCKER_HOST", "context \"x\"", "the default" */
  char *context;     /* name of the context, or NULL */
  char *socket_path; /* UNIX; SSH: of the tunnel to it, once there is one */
  char *host;        /* TCP, SSH: without the brackets of an IPv6 address */
  int port;          /* TCP, SSH (0: ssh's own) */
  char *user;        /* SSH, or NULL */
  char *path;        /* TCP: prefix of every request, "" or "/x"; SSH: the engine's socket there, or "" */
  int tls;           /* TCP: 1: TLS */
  int tls_verify;    /* 1: the engine's certificate is verified */
  char *tls_ca;      /* PEM files; NULL: the system's authorities */
  char *tls_cert;    /* NULL: no client certificate */
  char *tls_key;
  char *config_dir;  /* DOCKER_CONFIG, else ~/.docker; NULL: there is no home */
};

/* What the resolution asks of the process: tests play another environment. */
struct vprod__endpoint_world {
  const char *(*variable) (void *data, const char *name); /* getenv */
  int (*socket_at) (void *data, const char *path); /* 0: no socket is there; 1: one; 2: one we may connect to */
  void *data;
  unsigned uid;
};

/* This process' own environment and sockets. */
struct vprod__endpoint_world vprod__endpoint_real_world (void);

/* host NULL or "": not named by the caller. Errors: INVALID (a URL that cannot be understood, a context that is
   not there), UNSUPPORTED (a scheme of another platform), IO. */
int vprod__endpoint_resolve (const char *host, const struct vprod__endpoint_world *world,
                             struct vprod__endpoint *ret, vprod_error **err);

/* Does this host name mean this very machine? */
int vprod__endpoint_is_loopback (const char *host);

void vprod__endpoint_clear (struct vprod__endpoint *endpoint);
#define _cleanup_endpoint_ _cleanup_ (vprod__endpoint_clear)

#endif
