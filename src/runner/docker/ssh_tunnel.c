/* SPDX-License-Identifier: MIT */
#include "runner/docker/ssh_tunnel.h"
#include "runner/docker/ssh_dial.h"
#include "runner/docker/ssh_master.h"
#include "util/buf.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/grow.h"
#include "util/strv.h"
#include "util/temp.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define TICK_MS 20           /* between looks whether another thread has connected */
#define AGAIN_MAX 1          /* so often is a connection that was lost made again */
#define ANSWER_MS 10000      /* for the engine's first word through a forwarded socket */
#define PORT_TRIES 5         /* a free port may be taken by somebody else before ssh takes it */

enum state { NEW = 0, CONNECTING, SHARED, SINGLE /* an ssh for each connection */ };

/* A port of the engine's host that is forwarded. */
struct forward {
  char *owner;
  int remote;
  int local;
};

struct vprod__tunnel {
  const struct vprod__endpoint *endpoint;
  char *dir;
  char *path;
  struct vprod__ssh_master master; /* used by the thread that connects; else under the lock, and in state SHARED */
  struct vprod__ssh_dial *dial;    /* NULL: the master forwards the engine's socket */
  char **argv;                     /* of dial's */
  pthread_mutex_t lock;            /* of what follows */
  enum state state;
  int lost;                        /* how often */
  struct forward *forwards;
  size_t n_forwards;
};

/* ---- the engine's socket, forwarded ------------------------------------------------------------------------- */

/* A path that means itself to ssh and to us. */
static int is_plain_path (const char *path)
{
  return path[0] == '/'
         && strspn (path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == strlen (path);
}

/* Where docker there finds its engine. *ret is malloc'ed; NULL: not known, or no socket. */
static int find_socket (struct vprod__tunnel *tunnel, const vprod_call *call, char **ret, vprod_error **err)
{
  static const char *const command[] = { "docker", "context", "inspect", "--format",
                                         "'{{.Endpoints.docker.Host}}'", NULL };
  static const char scheme[] = "unix://";
  _cleanup_free_ char *said = NULL;

  *ret = NULL;
  if (*tunnel->endpoint->path) {
    *ret = strdup (tunnel->endpoint->path);
    return *ret ? 0 : vprod__error_no_memory (err);
  }
  int r = vprod__ssh_master_run (&tunnel->master, tunnel->endpoint, call, command, &said, err);
  if (r < 0 || !said || strncmp (said, scheme, strlen (scheme)) != 0)
    return r;
  said[strcspn (said, "\r\n")] = '\0';
  *ret = strdup (said + strlen (scheme));
  return *ret ? 0 : vprod__error_no_memory (err);
}

/* Does what is behind the socket say anything in HTTP? Where sshd does not forward it, or the socket is another user's,
   the connection just ends. */
static int answers (const char *path, const vprod_call *call)
{
  static const char request[] = "GET /_ping HTTP/1.0\r\nHost: localhost\r\n\r\n";
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int64_t end = vprod__deadline (ANSWER_MS);
  char answer[5] = "";

  _cleanup_close_ int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  strncpy (address.sun_path, path, sizeof address.sun_path - 1);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) < 0
      || send (fd, request, strlen (request), MSG_NOSIGNAL) != (ssize_t) strlen (request))
    return 0;
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = call->cancel_fd, .events = POLLIN } };
  if (poll (fds, 2, vprod__poll_timeout (end < call->deadline_ms ? end : call->deadline_ms)) <= 0 || fds[1].revents)
    return 0;
  return recv (fd, answer, sizeof answer, MSG_WAITALL) == sizeof answer && memcmp (answer, "HTTP/", 5) == 0;
}

/* 1: done; 0: it cannot be. */
static int forward_socket (struct vprod__tunnel *tunnel, const vprod_call *call, vprod_error **err)
{
  _cleanup_free_ char *socket = NULL, *what = NULL;

  int r = find_socket (tunnel, call, &socket, err);
  if (r < 0 || !socket || !is_plain_path (socket) || !is_plain_path (tunnel->path))
    return r;
  if (!(what = vprod__asprintf ("%s:%s", tunnel->path, socket)))
    return vprod__error_no_memory (err);
  r = vprod__ssh_master_forward (&tunnel->master, tunnel->endpoint, call, what, err);
  if (r < 0)
    return r;
  if (r == 0 && answers (tunnel->path, call))
    return 1;
  r = vprod__call_check (call, "connecting to the engine by ssh", err);
  if (r < 0)
    return r;
  vprod__ssh_master_cancel (&tunnel->master, tunnel->endpoint, what);
  unlink (tunnel->path);
  return 0;
}

/* ---- a process for each connection -------------------------------------------------------------------------- */

/* As docker does it; through the master if there is one. */
static int dial (struct vprod__tunnel *tunnel, vprod_error **err)
{
  _cleanup_free_ char *control = NULL;
  _cleanup_strv_ char **argv = NULL;
  const char *options[] = { "-o", "ControlMaster=no", "-S", NULL, NULL };

  if (tunnel->dial) /* from before a connection was lost: it is the same command */
    return 0;
  options[3] = tunnel->master.control;
  const char *socket = tunnel->endpoint->path;
  if (vprod__ssh_command (tunnel->endpoint, tunnel->master.hold >= 0 ? options : NULL, &argv) < 0
      || vprod__strv_add (&argv, "docker") < 0
      || (*socket && vprod__strv_addf (&argv, "--host=unix://%s", socket) < 0)
      || vprod__strv_add (&argv, "system") < 0 || vprod__strv_add (&argv, "dial-stdio") < 0)
    return vprod__error_no_memory (err);
  tunnel->argv = vprod__steal (&argv);
  return vprod__ssh_dial_open (tunnel->master.program, tunnel->argv, tunnel->path, &tunnel->dial, err);
}

/* ---- connecting --------------------------------------------------------------------------------------------- */

static int connect_once (struct vprod__tunnel *tunnel, const vprod_call *call, enum state *ret_state, vprod_error **err)
{
  _cleanup_free_ char *words = NULL;

  int r = vprod__ssh_master_start (&tunnel->master, tunnel->endpoint, call, &words, err);
  if (r < 0)
    return r;
  *ret_state = r == 0 ? SHARED : SINGLE;
  if (r == 0 && !tunnel->dial) {
    unlink (tunnel->path); /* of a master that was lost */
    r = forward_socket (tunnel, call, err);
    if (r != 0)
      return r < 0 ? r : 0;
  }
  return dial (tunnel, err);
}

/* Under the lock: what a master that is gone forwarded. */
static void forget_forwards (struct vprod__tunnel *tunnel)
{
  for (size_t i = 0; i < tunnel->n_forwards; i++)
    free (tunnel->forwards[i].owner);
  tunnel->n_forwards = 0;
}

/* Under the lock. 1: it is for this thread to connect; 0: all is well; -1: another thread does. */
static int take_turn (struct vprod__tunnel *tunnel, vprod_error **err)
{
  switch (tunnel->state) {
  case CONNECTING:
    return -1;
  case SINGLE:
    return 0;
  case SHARED:
    if (vprod__ssh_master_is_up (&tunnel->master))
      return 0;
    if (tunnel->lost >= AGAIN_MAX)
      return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0, "the ssh connection to the engine at %s was lost, and "
                               "once more after it was made again", tunnel->endpoint->url);
    tunnel->lost++;
    forget_forwards (tunnel);
    break;
  case NEW:
    break;
  }
  tunnel->state = CONNECTING;
  return 1;
}

int vprod__tunnel_start (struct vprod__tunnel *tunnel, const vprod_call *call, vprod_error **err)
{
  for (;;) {
    pthread_mutex_lock (&tunnel->lock);
    int turn = take_turn (tunnel, err);
    pthread_mutex_unlock (&tunnel->lock);
    if (turn == 1)
      break;
    if (turn != -1)
      return turn;
    int r = vprod__call_sleep (call, TICK_MS, "connecting to the engine by ssh", err);
    if (r < 0)
      return r;
  }
  enum state state = NEW;
  int r = connect_once (tunnel, call, &state, err);
  pthread_mutex_lock (&tunnel->lock);
  tunnel->state = r < 0 ? NEW : state;
  pthread_mutex_unlock (&tunnel->lock);
  if (r < 0 && err && *err && r != -VPROD_ERROR_UNREACHABLE)
    vprod__error_prefix (err, "cannot reach the engine at %s", tunnel->endpoint->url);
  return r;
}

int vprod__tunnel_forwards (struct vprod__tunnel *tunnel)
{
  pthread_mutex_lock (&tunnel->lock);
  int forwards = tunnel->state != SINGLE;
  pthread_mutex_unlock (&tunnel->lock);
  return forwards;
}

int vprod__tunnel_dials (struct vprod__tunnel *tunnel)
{
  pthread_mutex_lock (&tunnel->lock);
  int dials = tunnel->state != CONNECTING && tunnel->dial != NULL;
  pthread_mutex_unlock (&tunnel->lock);
  return dials;
}

int vprod__tunnel_is_lost (struct vprod__tunnel *tunnel)
{
  pthread_mutex_lock (&tunnel->lock);
  int lost = tunnel->state == CONNECTING
             || (tunnel->state == SHARED && tunnel->lost < AGAIN_MAX && !vprod__ssh_master_is_up (&tunnel->master));
  pthread_mutex_unlock (&tunnel->lock);
  return lost;
}

/* ---- ports -------------------------------------------------------------------------------------------------- */

/* One that nobody listens on now; 0: none is to be had. */
static int find_free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof address;

  _cleanup_close_ int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, length) < 0
      || getsockname (fd, (struct sockaddr *) &address, &length) < 0)
    return 0;
  return ntohs (address.sin_port);
}

#define FORWARD_SIZE 64

static void describe (const struct forward *forward, char text[FORWARD_SIZE])
{
  snprintf (text, FORWARD_SIZE, "127.0.0.1:%d:127.0.0.1:%d", forward->local, forward->remote);
}

/* The lock is held, so that a port is forwarded once. */
static int forward_port (struct vprod__tunnel *tunnel, const vprod_call *call, const char *owner, int remote,
                         int *ret_local, vprod_error **err)
{
  struct forward forward = { .remote = remote };
  char what[FORWARD_SIZE];

  for (size_t i = 0; i < tunnel->n_forwards; i++)
    if (tunnel->forwards[i].remote == remote && strcmp (tunnel->forwards[i].owner, owner) == 0) {
      *ret_local = tunnel->forwards[i].local;
      return 0;
    }
  if (vprod__grow (&tunnel->forwards, tunnel->n_forwards) < 0)
    return vprod__error_no_memory (err);
  for (int tries = 0; tries < PORT_TRIES; tries++) {
    forward.local = find_free_port ();
    describe (&forward, what);
    int r = vprod__ssh_master_forward (&tunnel->master, tunnel->endpoint, call, what, err);
    if (r < 0)
      return r;
    if (r > 0)
      continue;
    if (!(forward.owner = strdup (owner)))
      return vprod__error_no_memory (err);
    tunnel->forwards[tunnel->n_forwards++] = forward;
    *ret_local = forward.local;
    return 0;
  }
  return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "ssh to %s does not forward port %d of the engine's host",
                           tunnel->endpoint->host, remote);
}

int vprod__tunnel_port (struct vprod__tunnel *tunnel, const vprod_call *call, const char *owner, int remote,
                        int *ret_local, vprod_error **err)
{
  int r = vprod__tunnel_start (tunnel, call, err);

  if (r < 0)
    return r;
  pthread_mutex_lock (&tunnel->lock);
  r = forward_port (tunnel, call, owner, remote, ret_local, err);
  pthread_mutex_unlock (&tunnel->lock);
  return r;
}

void vprod__tunnel_drop_ports (struct vprod__tunnel *tunnel, const char *owner)
{
  char what[FORWARD_SIZE];

  pthread_mutex_lock (&tunnel->lock);
  for (size_t i = tunnel->n_forwards; i-- > 0;) {
    struct forward forward = tunnel->forwards[i];
    if (strcmp (forward.owner, owner) != 0)
      continue;
    tunnel->forwards[i] = tunnel->forwards[--tunnel->n_forwards];
    describe (&forward, what);
    if (tunnel->state == SHARED)
      vprod__ssh_master_cancel (&tunnel->master, tunnel->endpoint, what);
    free (forward.owner);
  }
  pthread_mutex_unlock (&tunnel->lock);
}

/* ---- opening and closing ------------------------------------------------------------------------------------ */

int vprod__tunnel_open (const struct vprod__endpoint *endpoint, struct vprod__tunnel **ret, vprod_error **err)
{
  struct vprod__tunnel *tunnel = calloc (1, sizeof *tunnel);

  if (!tunnel)
    return vprod__error_no_memory (err);
  tunnel->endpoint = endpoint;
  tunnel->master.hold = -1;
  pthread_mutex_init (&tunnel->lock, NULL);
  int r = vprod__temp_make_short (&tunnel->dir, err); /* nobody else may connect */
  if (r == 0)
    r = vprod__ssh_master_init (&tunnel->master, tunnel->dir, err);
  if (r == 0 && !(tunnel->path = vprod__asprintf ("%s/engine.sock", tunnel->dir)))
    r = vprod__error_no_memory (err);
  if (r < 0) {
    vprod__error_prefix (err, "cannot reach the engine at %s", endpoint->url);
    vprod__tunnel_close (tunnel);
    return r;
  }
  *ret = tunnel;
  return 0;
}

const char *vprod__tunnel_path (const struct vprod__tunnel *tunnel)
{
  return tunnel->path;
}

char *vprod__tunnel_words (struct vprod__tunnel *tunnel)
{
  return vprod__tunnel_dials (tunnel) ? vprod__ssh_dial_words (tunnel->dial) : NULL;
}

void vprod__tunnel_close (struct vprod__tunnel *tunnel)
{
  if (!tunnel)
    return;
  vprod__ssh_dial_close (tunnel->dial);
  vprod__ssh_master_end (&tunnel->master, tunnel->endpoint);
  forget_forwards (tunnel);
  if (tunnel->path)
    unlink (tunnel->path);
  if (tunnel->dir)
    rmdir (tunnel->dir);
  pthread_mutex_destroy (&tunnel->lock);
  vprod__ssh_master_clear (&tunnel->master);
  vprod__strv_free (tunnel->argv);
  free (tunnel->forwards);
  free (tunnel->path);
  free (tunnel->dir);
  free (tunnel);
}
