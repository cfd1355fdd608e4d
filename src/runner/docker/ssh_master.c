/* SPDX-License-Identifier: MIT */
#include "runner/docker/ssh_master.h"
#include "known/phrases.h"
#include "util/buf.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/program.h"
#include "util/spawn.h"
#include "util/strv.h"
#include "util/text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

extern char **environ;

#define OUTPUT_MAX 4096
#define END_MS 5000 /* for telling a master that it is over */
#define TRIES 7
#define FIRST_PAUSE_MS 150
#define HOLD_TRIES 3

int vprod__ssh_command (const struct vprod__endpoint *endpoint, const char *const *options, char ***argv)
{
  static const char *const first[] = { "ssh", "-o", "ConnectTimeout=30", "-T", NULL };

  for (size_t i = 0; first[i]; i++)
    if (vprod__strv_add (argv, first[i]) < 0)
      return -1;
  for (; options && *options; options++)
    if (vprod__strv_add (argv, *options) < 0)
      return -1;
  if (endpoint->user && (vprod__strv_add (argv, "-l") < 0 || vprod__strv_add (argv, endpoint->user) < 0))
    return -1;
  if (endpoint->port && (vprod__strv_add (argv, "-p") < 0 || vprod__strv_addf (argv, "%d", endpoint->port) < 0))
    return -1;
  return vprod__strv_add (argv, "--") < 0 || vprod__strv_add (argv, endpoint->host) < 0 ? -1 : 0;
}

int vprod__ssh_master_init (struct vprod__ssh_master *master, const char *dir, vprod_error **err)
{
  master->hold = -1;
  if (vprod__program_find (getenv ("PATH"), "ssh", &master->program) < 0)
    return vprod__error_no_memory (err);
  if (!master->program)
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "there is no program \"ssh\" on PATH; install openssh-client");
  if (!(master->control = vprod__asprintf ("%s/m", dir)))
    return vprod__error_no_memory (err);
  return 0;
}

void vprod__ssh_master_clear (struct vprod__ssh_master *master)
{
  vprod__closep (&master->hold);
  master->hold = -1;
  free (vprod__steal (&master->program));
  free (vprod__steal (&master->control));
}

/* ---- running ssh -------------------------------------------------------------------------------------------- */

struct said {
  struct vprod__buf out;
  struct vprod__buf words;
};

static void said_clear (struct said *said)
{
  vprod__buf_clear (&said->out);
  vprod__buf_clear (&said->words);
}

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct said *said = data;
  struct vprod__buf *to = stream == VPROD_STREAM_STDOUT ? &said->out : &said->words;

  if (to->length < OUTPUT_MAX) /* without memory there are no words */
    vprod__buf_add (to, bytes, length);
  return 0;
}

/* 0: it ended well; 1: not. */
static int run (const struct vprod__ssh_master *master, const vprod_call *call, char *const *argv, struct said *said,
                vprod_error **err)
{
  struct vprod__spawn_end end;
  const struct vprod__spawn what = {
    .path = master->program,
    .argv = (const char *const *) argv,
    .envp = (const char *const *) environ,
    .on_output = on_output,
    .data = said,
    .grace_ms = 1000,
  };
  int r = vprod__spawn_run (call, &what, &end, err);

  return r < 0 ? r : end.known ? end.exit_code != 0 : 0;
}

/* ControlPath=…, in which a % is ssh's own. malloc'ed. */
static char *control_option (const struct vprod__ssh_master *master)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (vprod__buf_adds (&text, "ControlPath=") < 0)
    return NULL;
  for (const char *p = master->control; *p; p++)
    if (vprod__buf_add (&text, p, 1) < 0 || (*p == '%' && vprod__buf_add (&text, p, 1) < 0))
      return NULL;
  return vprod__buf_steal (&text);
}

/* `ssh -O COMMAND -L WHAT`; what may be NULL. */
static int control (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                    const vprod_call *call, const char *command, const char *what, vprod_error **err)
{
  _cleanup_ (said_clear) struct said said = { 0 };
  _cleanup_strv_ char **argv = NULL;
  _cleanup_free_ char *path = control_option (master);
  const char *const options[] = { "-o", path, "-O", command, what ? "-L" : NULL, what, NULL };

  if (!path || vprod__ssh_command (endpoint, options, &argv) < 0)
    return vprod__error_no_memory (err);
  return run (master, call, argv, &said, err);
}

/* ---- logging in --------------------------------------------------------------------------------------------- */

static int connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path)
    return -1;
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  vprod__closep (&fd);
  return -1;
}

/* ClearAllForwardings: those of the user's configuration belong to the user's own sessions, and their ports may be
   taken by one. ControlPersist: the seconds after which it ends when nobody holds it any more. */
static int log_in (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                   const vprod_call *call, char **ret_words, vprod_error **err)
{
  _cleanup_ (said_clear) struct said said = { 0 };
  _cleanup_strv_ char **argv = NULL;
  _cleanup_free_ char *path = control_option (master);
  const char *const options[] = { "-o", path, "-o", "ControlMaster=yes", "-o", "ControlPersist=5", "-o",
                                  "ClearAllForwardings=yes", "-N", NULL };

  if (!path || vprod__ssh_command (endpoint, options, &argv) < 0)
    return vprod__error_no_memory (err);
  int r = run (master, call, argv, &said, err);
  if (r <= 0)
    return r;
  const char *words = vprod__buf_string (&said.words);
  *ret_words = vprod__text_tail (words, strlen (words), 5, 1000);
  return *ret_words ? 1 : vprod__error_no_memory (err);
}

/* A server that has too many who are not logged in yet closes some at once. */
static int was_turned_away (const char *words)
{
  return !strstr (words, "ermission denied") && vprod__says (VPROD__SAYS_SSH_BUSY, words);
}

/* It cannot be reached at all: another ssh would not do better. */
static int is_out_of_reach (const char *words)
{
  return vprod__says (VPROD__SAYS_SSH_UNREACHABLE, words);
}

/* Not all at the same time again. */
static int64_t some_of (int64_t ms)
{
  return ms / 2 + (int64_t) ((uint64_t) (vprod__now_ms () * 2654435761u + (uint64_t) getpid () * 40503u) % (uint64_t) ms);
}

int vprod__ssh_master_start (struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                             const vprod_call *call, char **ret_words, vprod_error **err)
{
  int64_t pause_ms = FIRST_PAUSE_MS;

  vprod__closep (&master->hold);
  master->hold = -1;
  for (int again = 1;; again++) {
    _cleanup_free_ char *words = NULL;
    unlink (master->control); /* of a master that was lost */
    int r = log_in (master, endpoint, call, &words, err);
    if (r < 0)
      return r;
    if (r == 0 && (master->hold = connect_to (master->control)) >= 0)
      return 0;
    int away = words && was_turned_away (words);
    if (words && (is_out_of_reach (words) || (away && again == TRIES)))
      return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0, "no engine answers at %s (from %s): ssh says: %s. Try "
                               "\"ssh %s docker version\"", endpoint->url, endpoint->origin, words, endpoint->host);
    if (!away && (r > 0 || again >= HOLD_TRIES)) {
      *ret_words = words ? vprod__steal (&words) : strdup ("ssh made no control socket");
      return *ret_words ? 1 : vprod__error_no_memory (err);
    }
    r = vprod__call_sleep (call, some_of (pause_ms), "connecting to the engine's host by ssh", err);
    if (r < 0)
      return r;
    pause_ms *= 2;
  }
}

int vprod__ssh_master_is_up (const struct vprod__ssh_master *master)
{
  struct pollfd hold = { .fd = master->hold };

  return master->hold >= 0 && poll (&hold, 1, 0) == 0;
}

/* ---- using it ----------------------------------------------------------------------------------------------- */

int vprod__ssh_master_run (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                           const vprod_call *call, const char *const *command, char **ret_output, vprod_error **err)
{
  _cleanup_ (said_clear) struct said said = { 0 };
  _cleanup_strv_ char **argv = NULL;
  _cleanup_free_ char *path = control_option (master);
  const char *const options[] = { "-o", path, "-o", "ControlMaster=no", NULL };

  if (!path || vprod__ssh_command (endpoint, options, &argv) < 0)
    return vprod__error_no_memory (err);
  for (; *command; command++)
    if (vprod__strv_add (&argv, *command) < 0)
      return vprod__error_no_memory (err);
  int r = run (master, call, argv, &said, err);
  if (r < 0)
    return r;
  *ret_output = r == 0 ? strdup (vprod__buf_string (&said.out)) : NULL;
  return r == 0 && !*ret_output ? vprod__error_no_memory (err) : 0;
}

int vprod__ssh_master_forward (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                               const vprod_call *call, const char *what, vprod_error **err)
{
  return control (master, endpoint, call, "forward", what, err);
}

void vprod__ssh_master_cancel (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                               const char *what)
{
  vprod_call call = { sizeof call, vprod__deadline (END_MS), -1 };

  if (vprod__ssh_master_is_up (master))
    control (master, endpoint, &call, "cancel", what, NULL);
}

void vprod__ssh_master_end (struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint)
{
  vprod_call call = { sizeof call, vprod__deadline (END_MS), -1 };

  if (vprod__ssh_master_is_up (master))
    control (master, endpoint, &call, "exit", NULL, NULL);
  if (master->hold >= 0) { /* until it has gone, so that nothing is left of it when we are done */
    struct pollfd hold = { .fd = master->hold };
    poll (&hold, 1, END_MS);
    unlink (master->control);
  }
  vprod__closep (&master->hold);
  master->hold = -1;
}
