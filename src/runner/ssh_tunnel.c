/* SPDX-License-Identifier: MIT */
#include "runner/ssh_tunnel.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/program.h"
#include "util/spawn.h"
#include "util/strv.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>



#define CONNECTIONS_MAX 64
#define WORDS_MAX 4096
#define WORDS_WAIT_MS 1000
#define TICK_MS 200 /* between looks at the children where the kernel has no pidfd */

/* One ssh. */
struct connection {
  struct vprod__child child;
  int said; /* its standard error; -1: at its end */
  struct vprod__buf words;
};

struct vprod__tunnel {
  char *dir;
  char *path;
  char *program;
  char **argv;
  int listener;
  int stop[2]; /* a pipe: readable when it is over */
  pthread_t thread;
  struct connection connections[CONNECTIONS_MAX]; /* the thread's own */
  size_t count;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t changed;
  size_t running;
  char *words;
};

/* ---- the thread --------------------------------------------------------------------------------------------- */

static void note (struct vprod__tunnel *tunnel, const char *bytes, size_t length, int running)
{
  pthread_mutex_lock (&tunnel->lock);
  if (length > 0) {
    free (tunnel->words);
    tunnel->words = vprod__text_tail (bytes, length, 5, 1000);
  }
  tunnel->running = (size_t) ((ssize_t) tunnel->running + running);
  pthread_cond_broadcast (&tunnel->changed);
  pthread_mutex_unlock (&tunnel->lock);
}

static void start (struct vprod__tunnel *tunnel, int fd)
{
  _cleanup_error_ vprod_error *err = NULL;
  struct connection *connection = &tunnel->connections[tunnel->count];
  int said[2];

  if (pipe2 (said, O_CLOEXEC) < 0)
    return;
  *connection = (struct connection) { .child = VPROD__NO_CHILD, .said = said[0] };
  fcntl (said[0], F_SETFL, O_NONBLOCK);
  const int fds[3] = { fd, fd, said[1] };
  if (vprod__child_start (tunnel->program, (const char *const *) tunnel->argv, (const char *const *) environ, fds,
                          &connection->child, &err) < 0) {
    note (tunnel, vprod_error_get_message (err), strlen (vprod_error_get_message (err)), 0);
    close (said[0]);
  } else {
    note (tunnel, NULL, 0, 1);
    tunnel->count++;
  }
  close (said[1]);
}

static void take_one (struct vprod__tunnel *tunnel)
{
  int fd = accept4 (tunnel->listener, NULL, NULL, SOCK_CLOEXEC);

  if (fd < 0) {
    if (errno != EAGAIN) /* out of descriptors: it stays ready, so look again only after a while */
      poll (NULL, 0, TICK_MS);
    return;
  }
  if (tunnel->count < CONNECTIONS_MAX)
    start (tunnel, fd);
  close (fd);
}

static void read_words (struct connection *connection)
{
  char bytes[1024];
  ssize_t n;

  while (connection->said >= 0 && (n = read (connection->said, bytes, sizeof bytes)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return;
    if (connection->words.length < WORDS_MAX)
      vprod__buf_add (&connection->words, bytes, (size_t) n); /* without memory there are no words */
  }
  vprod__closep (&connection->said);
  connection->said = -1;
}

static void finish (struct vprod__tunnel *tunnel, size_t at)
{
  struct connection *connection = &tunnel->connections[at];
  struct vprod__spawn_end end = { 0 };

  vprod__child_end (&connection->child, 0, &end);
  read_words (connection);
  note (tunnel, vprod__buf_string (&connection->words),
        end.known && end.exit_code == 0 ? 0 : connection->words.length, -1);
  vprod__closep (&connection->said);
  vprod__buf_clear (&connection->words);
  *connection = tunnel->connections[--tunnel->count];
}

static void *serve (void *data)
{
  struct vprod__tunnel *tunnel = data;
  struct pollfd fds[2 + 2 * CONNECTIONS_MAX];

  for (;;) {
    int timeout = -1;
    fds[0] = (struct pollfd) { .fd = tunnel->stop[0], .events = POLLIN };
    fds[1] = (struct pollfd) { .fd = tunnel->listener, .events = POLLIN };
    for (size_t i = 0; i < tunnel->count; i++) {
      fds[2 + 2 * i] = (struct pollfd) { .fd = tunnel->connections[i].said, .events = POLLIN };
      fds[3 + 2 * i] = (struct pollfd) { .fd = tunnel->connections[i].child.pidfd, .events = POLLIN };
      if (tunnel->connections[i].child.pidfd < 0)
        timeout = TICK_MS;
    }
    poll (fds, 2 + 2 * tunnel->count, timeout);
    for (size_t i = tunnel->count; i > 0; i--) {
      read_words (&tunnel->connections[i - 1]);
      if (vprod__child_has_ended (&tunnel->connections[i - 1].child))
        finish (tunnel, i - 1);
    }
    if (fds[0].revents)
      break;
    if (fds[1].revents)
      take_one (tunnel);
  }
  while (tunnel->count > 0)
    finish (tunnel, tunnel->count - 1);
  return NULL;
}

/* ---- opening and closing ------------------------------------------------------------------------------------ */

static int find_ssh (char **ret, vprod_error **err)
{
  if (vprod__program_find (getenv ("PATH"), "ssh", ret) < 0)
    return vprod__error_no_memory (err);
  if (*ret)
    return 0;
  return vprod__error_set (err, VPROD_ERROR_IO, 0, "there is no program \"ssh\" on PATH; install openssh-client");
}

static int make_argv (const struct vprod__endpoint *endpoint, char ***argv)
{
  static const char *const options[] = { "ssh", "-o", "ConnectTimeout=30", "-T" };

  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    if (vprod__strv_add (argv, options[i]) < 0)
      return -1;
  if (endpoint->user && (vprod__strv_add (argv, "-l") < 0 || vprod__strv_add (argv, endpoint->user) < 0))
    return -1;
  if (endpoint->port && (vprod__strv_add (argv, "-p") < 0 || vprod__strv_addf (argv, "%d", endpoint->port) < 0))
    return -1;
  if (vprod__strv_add (argv, "--") < 0 || vprod__strv_add (argv, endpoint->host) < 0
      || vprod__strv_add (argv, "docker") < 0)
    return -1;
  if (*endpoint->path && vprod__strv_addf (argv, "--host=unix://%s", endpoint->path) < 0)
    return -1;
  return vprod__strv_add (argv, "system") < 0 || vprod__strv_add (argv, "dial-stdio") < 0 ? -1 : 0;
}

/* In a folder of this user's alone, so that nobody else may connect. */
static int listen_privately (struct vprod__tunnel *tunnel, vprod_error **err)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char *tmp = getenv ("TMPDIR");

  if (!tmp || *tmp != '/' || strlen (tmp) > 60)
    tmp = "/tmp";
  if (asprintf (&tunnel->dir, "%s/verify-prod-ssh.XXXXXX", tmp) < 0)
    tunnel->dir = NULL;
  if (!tunnel->dir)
    return vprod__error_no_memory (err);
  if (!mkdtemp (tunnel->dir)) {
    int errnum = errno;
    free (vprod__steal (&tunnel->dir));
    return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot make a folder in %s", tmp);
  }
  if (asprintf (&tunnel->path, "%s/engine.sock", tunnel->dir) < 0)
    tunnel->path = NULL;
  if (!tunnel->path)
    return vprod__error_no_memory (err);
  snprintf (address.sun_path, sizeof address.sun_path, "%s", tunnel->path);
  tunnel->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (tunnel->listener < 0 || bind (tunnel->listener, (struct sockaddr *) &address, sizeof address) < 0
      || listen (tunnel->listener, CONNECTIONS_MAX) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot listen on %s", tunnel->path);
  return 0;
}

static int start_thread (struct vprod__tunnel *tunnel, vprod_error **err)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before);
  int errnum = pthread_create (&tunnel->thread, NULL, serve, tunnel);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (!errnum)
    return 0;
  vprod__closep (&tunnel->stop[1]);
  tunnel->stop[1] = -1; /* there is no thread to stop */
  return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot start a thread");
}

int vprod__tunnel_open (const struct vprod__endpoint *endpoint, struct vprod__tunnel **ret, vprod_error **err)
{
  struct vprod__tunnel *tunnel = calloc (1, sizeof *tunnel);

  if (!tunnel)
    return vprod__error_no_memory (err);
  tunnel->listener = tunnel->stop[0] = tunnel->stop[1] = -1;
  pthread_mutex_init (&tunnel->lock, NULL);
  pthread_condattr_t monotonic;
  pthread_condattr_init (&monotonic);
  pthread_condattr_setclock (&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init (&tunnel->changed, &monotonic);
  pthread_condattr_destroy (&monotonic);
  int r = find_ssh (&tunnel->program, err);
  if (r == 0 && make_argv (endpoint, &tunnel->argv) < 0)
    r = vprod__error_no_memory (err);
  if (r == 0)
    r = listen_privately (tunnel, err);
  if (r == 0 && pipe2 (tunnel->stop, O_CLOEXEC) < 0)
    r = vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a pipe");
  if (r == 0)
    r = start_thread (tunnel, err);
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
  int64_t end = vprod__deadline (WORDS_WAIT_MS);
  const struct timespec until = { end / 1000, end % 1000 * 1000000 };

  pthread_mutex_lock (&tunnel->lock);
  while (!tunnel->words && tunnel->running > 0)
    if (pthread_cond_timedwait (&tunnel->changed, &tunnel->lock, &until) == ETIMEDOUT)
      break;
  char *words = tunnel->words ? strdup (tunnel->words) : NULL;
  pthread_mutex_unlock (&tunnel->lock);
  return words;
}

void vprod__tunnel_close (struct vprod__tunnel *tunnel)
{
  if (!tunnel)
    return;
  if (tunnel->stop[1] >= 0) {
    vprod__closep (&tunnel->stop[1]); /* end of file is what the thread waits for */
    pthread_join (tunnel->thread, NULL);
  }
  vprod__closep (&tunnel->stop[0]);
  vprod__closep (&tunnel->listener);
  if (tunnel->path)
    unlink (tunnel->path);
  if (tunnel->dir)
    rmdir (tunnel->dir);
  pthread_cond_destroy (&tunnel->changed);
  pthread_mutex_destroy (&tunnel->lock);
  vprod__strv_free (tunnel->argv);
  free (tunnel->program);
  free (tunnel->words);
  free (tunnel->path);
  free (tunnel->dir);
  free (tunnel);
}
