/* SPDX-License-Identifier: MIT */
#include "output.h"
#include "progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int output_check_format (const char *name)
{
  const char *known;

  for (size_t i = 0; (known = vprod_report_get_format_at (i)); i++)
    if (strcmp (known, name) == 0)
      return 0;
  const char *nearest = strcmp (name, "xml") == 0 ? "junit" : cli_nearest (name, vprod_report_get_format_at);
  if (nearest)
    return cli_usage ("unknown format '%s'; did you mean '%s'?", name, nearest);
  return cli_usage ("unknown format '%s'; there are text, json, junit, tap, sarif, github, html and in-toto", name);
}

int output_parse (char *argument, struct output *ret)
{
  char *equals = strchr (argument, '=');

  if (!equals || !equals[1])
    return cli_usage ("--output wants FORMAT=FILE, not '%s'", argument);
  *equals = '\0';
  ret->format = argument;
  ret->file = equals + 1;
  return output_check_format (ret->format);
}

/* How long to wait for a pipe's reader. */
#define READER_MS 10000

static int write_all (int fd, const char *text, size_t length)
{
  while (length > 0) {
    struct pollfd ready = { .fd = fd, .events = POLLOUT };
    if (poll (&ready, 1, READER_MS) == 0) {
      errno = ETIMEDOUT;
      return -1;
    }
    ssize_t n = write (fd, text, length);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n < 0)
      return -1;
    text += n;
    length -= (size_t) n;
  }
  return 0;
}

/* What is written: a text, or what is rendered piece by piece. */
struct source {
  const char *text;
  size_t length;
  const vprod_report_set *set; /* not NULL: in this format, instead */
  const char *format;
};

struct sink {
  int fd;
  int failed; /* errno */
};

static int write_piece (void *data, const char *text, size_t length)
{
  struct sink *sink = data;

  sink->failed = write_all (sink->fd, text, length) < 0 ? errno : 0;
  return sink->failed;
}

/* 0, or the errno. */
static int write_source (int fd, const struct source *source)
{
  struct sink sink = { .fd = fd };
  vprod_error *err = NULL;

  if (!source->set)
    return write_piece (&sink, source->text, source->length);
  if (vprod_report_set_render (source->set, source->format, NULL, write_piece, &sink, &err) == 0)
    return 0;
  if (!sink.failed) {
    cli_fail (err, 0);
    return EIO;
  }
  vprod_error_free (err);
  return sink.failed;
}

/* Opens a file, or a pipe, for whose reader it waits READER_MS. */
static int open_in_place (const char *file)
{
  const struct timespec pause = { .tv_nsec = 50 * 1000000 };
  int fd;

  for (int waited = 0;; waited += 50) {
    fd = open (file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
    if (fd >= 0 || errno != ENXIO || waited >= READER_MS)
      return fd;
    nanosleep (&pause, NULL);
  }
}

/* 0, or the errno. */
static int write_in_place (const char *file, const struct source *source)
{
  int fd = open_in_place (file);

  if (fd < 0)
    return errno;
  int failed = write_source (fd, source);
  if (close (fd) < 0 && !failed)
    failed = errno;
  return failed;
}

/* Replaces a file in one step: a reader sees the old or the new one. 0, or the errno. */
static int write_beside (const char *file, const struct source *source)
{
  mode_t mask = umask (0);
  _cleanup_free_ char *temporary = NULL;
  int failed = 0;

  umask (mask);
  if (asprintf (&temporary, "%s.XXXXXX", file) < 0) {
    temporary = NULL;
    return ENOMEM;
  }
  int fd = mkostemp (temporary, O_CLOEXEC);
  if (fd < 0)
    return errno;
  failed = write_source (fd, source);
  if (!failed && fchmod (fd, 0666 & ~mask) < 0)
    failed = errno;
  if (close (fd) < 0 && !failed)
    failed = errno;
  if (!failed && rename (temporary, file) < 0)
    failed = errno;
  if (failed)
    unlink (temporary);
  return failed;
}

/* Fails if the file exists. */
static int write_new (const char *file, const struct source *source)
{
  int fd = open (file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

  if (fd < 0)
    return errno;
  int failed = write_source (fd, source);
  if (close (fd) < 0 && !failed)
    failed = errno;
  if (failed)
    unlink (file);
  return failed;
}

static int write_file (const char *file, const struct source *source)
{
  struct stat st;
  int there = stat (file, &st) == 0;

  /* a pipe or device must not be replaced by a file */
  if (there && !S_ISREG (st.st_mode))
    return write_in_place (file, source);
  /* a link stays a link */
  _cleanup_free_ char *real = there ? realpath (file, NULL) : NULL;
  int failed = write_beside (real ? real : file, source);
  /* the file is writable, its folder is not */
  if (there && (failed == EACCES || failed == EPERM))
    failed = write_in_place (file, source);
  return failed;
}

static int write_safely (const char *file, const struct source *source, int replace)
{
  sigset_t all, before;

  /* a signal leaves no partial and no temporary file */
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int failed = replace ? write_file (file, source) : write_new (file, source);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return failed;
}

int output_write_bytes (const char *file, const char *text, size_t length, int replace)
{
  const struct source source = { .text = text, .length = length };

  return write_safely (file, &source, replace);
}

int output_write_set (const struct output *output, const vprod_report_set *set)
{
  const struct source source = { .set = set, .format = output->format };
  int failed = write_safely (output->file, &source, 1);

  if (failed)
    cli_say ("cannot write the %s report to %s: %s", output->format, output->file, strerror (failed));
  return failed ? -1 : 0;
}

int output_write_file (const struct output *output, const vprod_report *report)
{
  vprod_error *err = NULL;
  char *text = NULL;
  size_t length = 0;

  if (vprod_report_render (report, output->format, NULL, &text, &length, &err) < 0) {
    cli_fail (err, -1);
    return -1;
  }
  int failed = output_write_bytes (output->file, text, length, 1);
  vprod_string_free (text);
  if (failed) {
    cli_say ("cannot write the %s report to %s: %s; it goes to standard output", output->format, output->file,
             strerror (failed));
    return -1;
  }
  return 0;
}

int output_write (const char *format, const vprod_render_options *options, const vprod_report *report)
{
  vprod_error *err = NULL;
  char *text = NULL;
  size_t length = 0;

  if (vprod_report_render (report, format, options, &text, &length, &err) < 0) {
    cli_fail (err, -1);
    return -1;
  }
  cli_out (text, length);
  vprod_string_free (text);
  if (cli_out_error () == 0)
    return 0;
  /* the reader has closed the pipe: no error */
  if (cli_out_error () != EPIPE)
    cli_say ("cannot write the report to standard output: %s", strerror (cli_out_error ()));
  return -1;
}
