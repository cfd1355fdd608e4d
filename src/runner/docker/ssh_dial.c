/* SPDX-License-Identifier: MIT */
#include "runner/docker/ssh_dial.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/spawn.h"
#include "util/text.h"
#include "util/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

extern char **environ;

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

struct vprod__ssh_dial {
  const char *program;
  char *const *argv;
  const char *path;
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

static void note (struct vprod__ssh_dial *dial, const char *bytes, size_t length, int running)
{
  pthread_mutex_lock (&dial->lock);
  if (length > 0) {
    free (dial->words);
    dial->words = vprod__text_tail (bytes, length, 5, 1000);
  }
  dial->running = (size_t) ((ssize_t) dial->running + running);
  pthread_cond_broadcast (&dial->changed);
  pthread_mutex_unlock (&dial->lock);
}

static void start (struct vprod__ssh_dial *dial, int fd)
{
  _cleanup_error_ vprod_error *err = NULL;
  struct connection *connection = &dial->connections[dial->count];
  int said[2];

  if (pipe2 (said, O_CLOEXEC) < 0)
    return;
  *connection = (struct connection) { .child = VPROD__NO_CHILD, .said = said[0] };
  fcntl (said[0], F_SETFL, O_NONBLOCK);
  const int fds[3] = { fd, fd, said[1] };
  if (vprod__child_start (dial->program, (const char *const *) (uintptr_t) dial->argv, (const char *const *) environ, fds,
                          &connection->child, &err) < 0) {
    note (dial, vprod_error_get_message (err), strlen (vprod_error_get_message (err)), 0);
    close (said[0]);
  } else {
    note (dial, NULL, 0, 1);
    dial->count++;
  }
  close (said[1]);
}

static void take_one (struct vprod__ssh_dial *dial)
{
  int fd = accept4 (dial->listener, NULL, NULL, SOCK_CLOEXEC);

  if (fd < 0) {
    if (errno != EAGAIN) /* out of descriptors: it stays ready, so look again only after a while */
      poll (NULL, 0, TICK_MS);
    return;
  }
  if (dial->count < CONNECTIONS_MAX)
    start (dial, fd);
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

static void finish (struct vprod__ssh_dial *dial, size_t at)
{
  struct connection *connection = &dial->connections[at];
  struct vprod__spawn_end end = { 0 };

  vprod__child_end (&connection->child, 0, &end);
  read_words (connection);
  note (dial, vprod__buf_string (&connection->words),
        end.known && end.exit_code == 0 ? 0 : connection->words.length, -1);
  vprod__closep (&connection->said);
  vprod__buf_clear (&connection->words);
  *connection = dial->connections[--dial->count];
}

static void *serve (void *data)
{
  struct vprod__ssh_dial *dial = data;
  struct pollfd fds[2 + 2 * CONNECTIONS_MAX];

  for (;;) {
    int timeout = -1;
    fds[0] = (struct pollfd) { .fd = dial->stop[0], .events = POLLIN };
    fds[1] = (struct pollfd) { .fd = dial->listener, .events = POLLIN };
    for (size_t i = 0; i < dial->count; i++) {
      fds[2 + 2 * i] = (struct pollfd) { .fd = dial->connections[i].said, .events = POLLIN };
      fds[3 + 2 * i] = (struct pollfd) { .fd = dial->connections[i].child.pidfd, .events = POLLIN };
      if (dial->connections[i].child.pidfd < 0)
        timeout = TICK_MS;
    }
    poll (fds, 2 + 2 * dial->count, timeout);
    for (size_t i = dial->count; i > 0; i--) {
      read_words (&dial->connections[i - 1]);
      if (vprod__child_has_ended (&dial->connections[i - 1].child))
        finish (dial, i - 1);
    }
    if (fds[0].revents)
      break;
    if (fds[1].revents)
      take_one (dial);
  }
  while (dial->count > 0)
    finish (dial, dial->count - 1);
  return NULL;
}

/* ---- opening and closing ------------------------------------------------------------------------------------ */

static int start_listening (struct vprod__ssh_dial *dial, vprod_error **err)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (dial->path) >= sizeof address.sun_path)
    return vprod__error_set (err, VPROD_ERROR_IO, ENAMETOOLONG, "cannot listen on %s", dial->path);
  strcpy (address.sun_path, dial->path);
  dial->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (dial->listener < 0 || bind (dial->listener, (struct sockaddr *) &address, sizeof address) < 0
      || listen (dial->listener, CONNECTIONS_MAX) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot listen on %s", dial->path);
  return 0;
}

static int start_thread (struct vprod__ssh_dial *dial, vprod_error **err)
{
  if (pipe2 (dial->stop, O_CLOEXEC) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot make a pipe");
  int errnum = vprod__thread_start (&dial->thread, serve, dial);
  if (!errnum)
    return 0;
  vprod__closep (&dial->stop[1]);
  dial->stop[1] = -1; /* there is no thread to stop */
  return vprod__error_set (err, VPROD_ERROR_IO, errnum, "cannot start a thread");
}

int vprod__ssh_dial_open (const char *program, char *const *argv, const char *path, struct vprod__ssh_dial **ret,
                          vprod_error **err)
{
  struct vprod__ssh_dial *dial = calloc (1, sizeof *dial);

  if (!dial)
    return vprod__error_no_memory (err);
  *dial = (struct vprod__ssh_dial) { .program = program, .argv = argv, .path = path, .listener = -1, .stop = { -1, -1 } };
  pthread_mutex_init (&dial->lock, NULL);
  vprod__cond_init (&dial->changed);
  int r = start_listening (dial, err);
  if (r == 0)
    r = start_thread (dial, err);
  if (r < 0) {
    vprod__ssh_dial_close (dial);
    return r;
  }
  *ret = dial;
  return 0;
}

char *vprod__ssh_dial_words (struct vprod__ssh_dial *dial)
{
  int64_t end = vprod__deadline (WORDS_WAIT_MS);
  const struct timespec until = { end / 1000, end % 1000 * 1000000 };

  pthread_mutex_lock (&dial->lock);
  while (!dial->words && dial->running > 0)
    if (pthread_cond_timedwait (&dial->changed, &dial->lock, &until) == ETIMEDOUT)
      break;
  char *words = dial->words ? strdup (dial->words) : NULL;
  pthread_mutex_unlock (&dial->lock);
  return words;
}

void vprod__ssh_dial_close (struct vprod__ssh_dial *dial)
{
  if (!dial)
    return;
  if (dial->stop[1] >= 0) {
    vprod__closep (&dial->stop[1]); /* end of file is what the thread waits for */
    pthread_join (dial->thread, NULL);
  }
  vprod__closep (&dial->stop[0]);
  if (dial->listener >= 0)
    unlink (dial->path);
  vprod__closep (&dial->listener);
  pthread_cond_destroy (&dial->changed);
  pthread_mutex_destroy (&dial->lock);
  free (dial->words);
  free (dial);
}
