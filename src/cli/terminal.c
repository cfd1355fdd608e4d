/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

int cli_is_terminal (int fd)
{
  const char *term = getenv ("TERM");

  return isatty (fd) && term && *term && strcmp (term, "dumb") != 0 && !cli_env_is_set ("CI");
}

int cli_wants_color (int fd, int no_color)
{
  const char *variable = getenv ("NO_COLOR"); /* whatever it says: https://no-color.org */

  return !no_color && !(variable && *variable) && cli_is_terminal (fd);
}

int cli_width (int fd)
{
  struct winsize size = { 0 };

  return isatty (fd) && ioctl (fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int cli_fit (char *to, size_t size, const char *text, int width)
{
  mbstate_t state = { 0 };
  size_t used = 0, length = strlen (text);
  int columns = 0;

  while (length > 0) {
    wchar_t c = 0;
    const char *from = text;
    size_t taken = mbrtowc (&c, text, length, &state), given = taken;
    int more = taken > 0 && taken <= length ? wcwidth (c) : -1;
    if (more < 0) {
      int control = taken > 0 && taken <= length && iswcntrl ((wint_t) c);
      if (taken == 0 || taken > length) {
        state = (mbstate_t) { 0 };
        taken = 1;
      }
      from = control ? " " : "?";
      given = 1;
      more = 1;
    }
    if (columns + more > width || used + given >= size)
      break;
    memcpy (to + used, from, given);
    used += given;
    columns += more;
    text += taken;
    length -= taken;
  }
  to[used] = '\0';
  return columns;
}

static atomic_int out_error;

/* A pipe that is ready takes this much without blocking (PIPE_BUF is at least 512). */
#define PIECE 512

void cli_out (const char *text, size_t length)
{
  struct pollfd ready = { .fd = STDOUT_FILENO, .events = POLLOUT };

  while (length > 0 && !out_error) {
    if (poll (&ready, 1, 200) == 0 || !(ready.revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL))) {
      if (cli_signals_caught ())
        return;
      continue;
    }
    ssize_t n = write (STDOUT_FILENO, text, length < PIECE ? length : PIECE);
    if (n > 0) {
      text += n;
      length -= (size_t) n;
    }
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
      out_error = errno;
  }
}

int cli_out_error (void)
{
  return out_error;
}
