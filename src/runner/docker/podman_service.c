/* SPDX-License-Identifier: MIT */
#include "runner/docker/podman_service.h"
#include "util/cancel.h"
#include "util/program.h"
#include "util/spawn.h"
#include "util/strv.h"
#include "util/temp.h"
#include "util/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

extern char **environ;

#define IDLE_S 10       /* after which it ends by itself where nobody is connected */
#define LOOK_MS 10      /* between two looks whether it listens */
#define END_MS 5000     /* from SIGTERM to SIGKILL */
#define WORDS_MAX 16384 /* how much of its last output is read */

struct vprod__podman_service {
  char *program;
  char *instead_of; /* the address at which no engine answers */
  char *dir;
  char *path;
  char *url;
  int words;        /* a file in memory: what it says */
  pthread_mutex_t lock; /* of what follows */
  struct vprod__child child;
  int held;         /* the connection that keeps it from ending itself; -1: it does not run */
};

/* ---- is it wanted? ------------------------------------------------------------------------------------------ */

/* A connection to a unix socket, or -1 with errno. */
static int connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy (address.sun_path, path);
  if ((fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
    return -1;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  int saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

/* Nobody chose this address, and nothing listens there, or nothing that this user may talk to. */
static int is_wanted (const struct vprod__endpoint *endpoint)
{
  if (endpoint->kind != VPROD__ENDPOINT_UNIX
      || (endpoint->source != VPROD__ENDPOINT_DEFAULT && endpoint->source != VPROD__ENDPOINT_PROBED))
    return 0;
  _cleanup_close_ int fd = connect_to (endpoint->socket_path);
  return fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ECONNREFUSED || errno == EACCES);
}

/* ---- making ------------------------------------------------------------------------------------------------- */

static int fill (struct vprod__podman_service *service, const struct vprod__endpoint *endpoint, vprod_error **err)
{
  int r = vprod__temp_make_short (&service->dir, err); /* nobody else may connect */

  if (r < 0)
    return r;
  service->path = vprod__asprintf ("%s/podman.sock", service->dir);
  service->url = vprod__asprintf ("unix://%s/podman.sock", service->dir);
  service->instead_of = strdup (endpoint->url);
  if (!service->path || !service->url || !service->instead_of)
    return vprod__error_no_memory (err);
  service->words = memfd_create ("podman", MFD_CLOEXEC);
  return service->words < 0 ? vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a file in memory") : 0;
}

static int become (struct vprod__endpoint *endpoint, const struct vprod__podman_service *service, vprod_error **err)
{
  _cleanup_free_ char *url = strdup (service->url), *path = strdup (service->path), *origin = NULL;

  origin = vprod__asprintf ("podman system service, started here because no engine answers at %s", service->instead_of);
  if (!url || !path || !origin)
    return vprod__error_no_memory (err);
  free (endpoint->url);
  free (endpoint->socket_path);
  free (endpoint->origin);
  endpoint->url = vprod__steal (&url);
  endpoint->socket_path = vprod__steal (&path);
  endpoint->origin = vprod__steal (&origin);
  endpoint->source = VPROD__ENDPOINT_OWN;
  return 0;
}

int vprod__podman_service_new (struct vprod__endpoint *endpoint, struct vprod__podman_service **ret,
                               vprod_error **err)
{
  _cleanup_free_ char *program = NULL;

  *ret = NULL;
  if (!is_wanted (endpoint))
    return 0;
  if (vprod__program_find (getenv ("PATH"), "podman", &program) < 0)
    return vprod__error_no_memory (err);
  if (!program)
    return 0;
  struct vprod__podman_service *service = calloc (1, sizeof *service);
  if (!service)
    return vprod__error_no_memory (err);
  service->program = vprod__steal (&program);
  service->child = (struct vprod__child) VPROD__NO_CHILD;
  service->words = service->held = -1;
  pthread_mutex_init (&service->lock, NULL);
  int r = fill (service, endpoint, err);
  if (r == 0)
    r = become (endpoint, service, err);
  if (r < 0) {
    vprod__podman_service_end (service);
    return r;
  }
  *ret = service;
  return 0;
}

/* ---- starting ----------------------------------------------------------------------------------------------- */

/* Its environment is ours, but for what would make podman a client of another service, or tell our own supervisor that
   somebody else is ready. */
static int make_environment (char ***ret)
{
  static const char *const without[] = { "CONTAINER_HOST=", "CONTAINER_CONNECTION=", "NOTIFY_SOCKET=", "LISTEN_" };
  _cleanup_strv_ char **envp = NULL;

  for (char **variable = environ; *variable; variable++) {
    int drop = 0;
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
      drop |= strncmp (*variable, without[i], strlen (without[i])) == 0;
    if (!drop && vprod__strv_add (&envp, *variable) < 0)
      return -1;
  }
  *ret = vprod__steal (&envp);
  return 0;
}

static int spawn (struct vprod__podman_service *service, vprod_error **err)
{
  _cleanup_strv_ char **argv = NULL, **envp = NULL;
  const int fds[3] = { -1, service->words, service->words };

  if (vprod__strv_add (&argv, service->program) < 0 || vprod__strv_add (&argv, "system") < 0
      || vprod__strv_add (&argv, "service") < 0 || vprod__strv_addf (&argv, "--time=%d", IDLE_S) < 0
      || vprod__strv_add (&argv, service->url) < 0 || make_environment (&envp) < 0)
    return vprod__error_no_memory (err);
  if (ftruncate (service->words, 0) < 0 || lseek (service->words, 0, SEEK_SET) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot empty a file in memory");
  return vprod__child_start (service->program, (const char *const *) argv, (const char *const *) envp, fds,
                             &service->child, err);
}

/* A request whose body never comes: as long as this connection is open the service is not idle, whatever else it is
   asked in that time. It closes with this process, however that ends. */
static int hold (int fd)
{
  static const char request[] = "POST /auth HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                "Content-Length: 2\r\n\r\n";

  return send (fd, request, strlen (request), MSG_NOSIGNAL) == (ssize_t) strlen (request) ? 0 : -1;
}

/* It has ended before it listened. */
static int tell_end (struct vprod__podman_service *service, vprod_error **err)
{
  struct vprod__spawn_end end = { .exit_code = -1 };
  char text[WORDS_MAX];
  off_t length = lseek (service->words, 0, SEEK_END);

  vprod__child_end (&service->child, END_MS, &end);
  ssize_t n = pread (service->words, text, sizeof text, length > WORDS_MAX ? length - WORDS_MAX : 0);
  _cleanup_free_ char *words = vprod__text_tail (text, n > 0 ? (size_t) n : 0, 5, 1000);
  if (!words)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                           "no engine answers at %s, and `%s system service`, started in its stead, ended at once "
                           "with exit code %d%s%s. Does \"podman info\" work for this user?",
                           service->instead_of, service->program, end.exit_code, *words ? " and says: " : "", words);
}

static int wait_for_it (struct vprod__podman_service *service, const vprod_call *call, vprod_error **err)
{
  for (;;) {
    int fd = connect_to (service->path);
    if (fd >= 0 && hold (fd) == 0) {
      service->held = fd;
      return 0;
    }
    if (fd >= 0)
      close (fd);
    if (vprod__child_has_ended (&service->child))
      return tell_end (service, err);
    int r = vprod__call_sleep (call, LOOK_MS, "waiting for podman system service to listen", err);
    if (r < 0)
      return r;
  }
}

int vprod__podman_service_start (struct vprod__podman_service *service, const vprod_call *call, vprod_error **err)
{
  int r = 0;

  pthread_mutex_lock (&service->lock);
  if (service->held < 0 && service->child.pid == 0)
    r = spawn (service, err);
  if (service->held < 0 && r == 0)
    r = wait_for_it (service, call, err);
  pthread_mutex_unlock (&service->lock);
  return r;
}

/* ---- ending ------------------------------------------------------------------------------------------------- */

void vprod__podman_service_end (struct vprod__podman_service *service)
{
  if (!service)
    return;
  vprod__closep (&service->held); /* first: podman waits for who is still connected */
  vprod__child_end (&service->child, END_MS, NULL);
  vprod__closep (&service->words);
  if (service->dir)
    vprod__temp_remove (service->dir); /* with the socket, and whatever podman wrote beside it */
  pthread_mutex_destroy (&service->lock);
  free (service->program);
  free (service->instead_of);
  free (service->dir);
  free (service->path);
  free (service->url);
  free (service);
}
