/* SPDX-License-Identifier: MIT */
#include "session/log.h"
#include "runner/runner.h"
#include "util/buf.h"
#include "util/monitor.h"
#include "util/strv.h"
#include "util/thread.h"

#include <string.h>

#define HEAD_BYTES (256 * 1024)
#define TAIL_BYTES (64 * 1024)

/* Where the bytes of one stream stand inside an ANSI sequence (ECMA-48). */
enum ansi { ANSI_TEXT, ANSI_ESC, ANSI_CSI, ANSI_STRING, ANSI_STRING_ESC };

struct side {
  enum ansi ansi;
  struct vprod__buf window; /* the end of the text without sequences, in which a pattern may begin */
  uint64_t bytes;
  char *seen; /* one flag a pattern */
};

struct vprod__log {
  struct vprod__monitor monitor;
  struct vprod__buf head;
  struct vprod__buf tail; /* at most twice TAIL_BYTES, cut to TAIL_BYTES now and then */
  struct side sides[2];   /* stdout, stderr */
  char **patterns;
  size_t longest;
  int following;
  int open;
  int ended;
  int stopped;
  vprod_error *error;

  pthread_t thread;
  struct vprod__cancel cancel; /* ends the thread's own call */
  vprod_runner *runner;
  int64_t deadline_ms;
  char *container_id;
};

/* ---- matching ------------------------------------------------------------------------------------------ */

/* Copies the bytes that are text to out (as large as length); returns how many. */
static size_t strip (enum ansi *state, const char *bytes, size_t length, char *out)
{
  size_t n = 0;

  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char) bytes[i];
    switch (*state) {
    case ANSI_TEXT:
      if (c == 0x1b)
        *state = ANSI_ESC;
      else
        out[n++] = bytes[i];
      break;
    case ANSI_ESC:
      if (c == '[')
        *state = ANSI_CSI;
      else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
        *state = ANSI_STRING;
      else if (c != 0x1b && (c < 0x20 || c > 0x2f)) /* ESC ( B, of `tput sgr0`, ends with the B */
        *state = ANSI_TEXT;
      break;
    case ANSI_CSI:
      if (c >= 0x40 && c <= 0x7e)
        *state = ANSI_TEXT;
      else if (c < 0x20 || c > 0x3f) { /* incomplete: text follows */
        *state = ANSI_TEXT;
        out[n++] = bytes[i];
      }
      break;
    case ANSI_STRING:
      if (c == 0x07 || c == '\n')
        *state = ANSI_TEXT;
      else if (c == 0x1b)
        *state = ANSI_STRING_ESC;
      break;
    case ANSI_STRING_ESC:
      *state = ANSI_TEXT;
      break;
    }
  }
  return n;
}

static int match (struct vprod__log *log, struct side *side, const char *bytes, size_t length)
{
  char text[4096];

  if (log->longest == 0)
    return 0;
  while (length > 0) {
    size_t piece = length < sizeof text ? length : sizeof text;
    size_t n = strip (&side->ansi, bytes, piece, text);
    if (vprod__buf_add (&side->window, text, n) < 0)
      return -1;
    for (size_t i = 0; log->patterns[i]; i++)
      if (!side->seen[i]
          && memmem (side->window.data, side->window.length, log->patterns[i], strlen (log->patterns[i])))
        side->seen[i] = 1;
    if (side->window.length >= log->longest)
      vprod__buf_consume (&side->window, side->window.length - (log->longest - 1));
    bytes += piece;
    length -= piece;
  }
  return 0;
}

static int keep (struct vprod__log *log, const char *bytes, size_t length)
{
  size_t room = HEAD_BYTES - log->head.length;

  if (room > 0 && vprod__buf_add (&log->head, bytes, length < room ? length : room) < 0)
    return -1;
  if (length > TAIL_BYTES) {
    bytes += length - TAIL_BYTES;
    length = TAIL_BYTES;
  }
  if (vprod__buf_add (&log->tail, bytes, length) < 0)
    return -1;
  if (log->tail.length > 2 * TAIL_BYTES)
    vprod__buf_consume (&log->tail, log->tail.length - TAIL_BYTES);
  return 0;
}

int vprod__log_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__log *log = data;
  struct side *side = &log->sides[stream == VPROD_STREAM_STDERR];

  vprod__monitor_lock (&log->monitor);
  log->open = 1;
  side->bytes += length;
  if ((match (log, side, bytes, length) < 0 || keep (log, bytes, length) < 0) && !log->error)
    vprod__error_no_memory (&log->error);
  int stop = log->stopped || log->error;
  vprod__monitor_tell (&log->monitor);
  vprod__monitor_unlock (&log->monitor);
  return stop;
}

/* ---- following ----------------------------------------------------------------------------------------- */

static void *follow (void *data)
{
  struct vprod__log *log = data;
  vprod_call call = { sizeof call, log->deadline_ms, log->cancel.read_fd };
  vprod_error *error = NULL;

  vprod__runner_container_logs (log->runner, &call, log->container_id, 1, vprod__log_output, log, &error);
  vprod__monitor_lock (&log->monitor);
  if (error && !log->error && !log->stopped)
    log->error = vprod__steal (&error);
  log->ended = 1;
  vprod__monitor_tell (&log->monitor);
  vprod__monitor_unlock (&log->monitor);
  vprod_error_free (error);
  return NULL;
}

int vprod__log_new (char *const *patterns, struct vprod__log **ret, vprod_error **err)
{
  struct vprod__log *log = calloc (1, sizeof *log);

  if (!log)
    return vprod__error_no_memory (err);
  log->cancel.read_fd = log->cancel.write_fd = -1;
  vprod__monitor_init (&log->monitor);

  size_t n = vprod__strv_length (patterns);
  for (size_t i = 0; i < n; i++)
    if (strlen (patterns[i]) > log->longest)
      log->longest = strlen (patterns[i]);
  log->sides[0].seen = calloc (n + 1, 1);
  log->sides[1].seen = calloc (n + 1, 1);
  if (!log->sides[0].seen || !log->sides[1].seen || vprod__strv_copy (patterns, &log->patterns) < 0) {
    vprod__log_free (log);
    return vprod__error_no_memory (err);
  }
  int r = vprod__cancel_init (&log->cancel, err);
  if (r < 0) {
    vprod__log_free (log);
    return r;
  }
  *ret = log;
  return 0;
}

int vprod__log_follow (struct vprod__log *log, vprod_runner *runner, int64_t deadline_ms,
                       const char *container_id, vprod_error **err)
{
  log->runner = runner;
  log->deadline_ms = deadline_ms;
  log->container_id = strdup (container_id);
  if (!log->container_id)
    return vprod__error_no_memory (err);
  int r = vprod__thread_start (&log->thread, follow, log);
  if (r != 0)
    return vprod__error_set (err, VPROD_ERROR_IO, r, "cannot start a thread that follows the container's output");
  log->following = 1;
  return 0;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

int vprod__log_wait_open (struct vprod__log *log, const vprod_call *call, vprod_error **err)
{
  _cleanup_error_ vprod_error *over = NULL;
  int r = 0;

  vprod__monitor_lock (&log->monitor);
  while (log->following && !log->open && !log->ended && r == 0)
    r = vprod__monitor_wait (&log->monitor, call, "waiting for the container's output to be open", &over);
  int open = log->open;
  vprod__monitor_unlock (&log->monitor);
  return r == -VPROD_ERROR_CANCELLED ? vprod__error_move (err, &over) : open;
}

int vprod__log_wait_end (struct vprod__log *log, const vprod_call *call, vprod_error **err)
{
  int r = 0;

  vprod__monitor_lock (&log->monitor);
  while (log->following && !log->ended && r == 0)
    r = vprod__monitor_wait (&log->monitor, call, "waiting for the end of the container's output", err);
  vprod__monitor_unlock (&log->monitor);
  return r;
}

/* The lock is held. */
static int has_pattern (const struct vprod__log *log, size_t index, int stream)
{
  return (stream != VPROD_STREAM_STDERR && log->sides[0].seen[index]) || (stream != VPROD_STREAM_STDOUT && log->sides[1].seen[index]);
}

int vprod__log_wait_pattern (struct vprod__log *log, const vprod_call *call, size_t index, int stream,
                             vprod_error **err)
{
  _cleanup_error_ vprod_error *over = NULL;
  int seen, r = 0;

  vprod__monitor_lock (&log->monitor);
  while (!(seen = has_pattern (log, index, stream)) && !log->ended && r == 0)
    r = vprod__monitor_wait (&log->monitor, call, "waiting for a line in the container's output", &over);
  vprod__monitor_unlock (&log->monitor);
  if (seen || r == 0 || r == -VPROD_ERROR_TIMEOUT)
    return seen;
  return vprod__error_move (err, &over);
}

int vprod__log_has_pattern (struct vprod__log *log, size_t index, int stream)
{
  vprod__monitor_lock (&log->monitor);
  int seen = has_pattern (log, index, stream);
  vprod__monitor_unlock (&log->monitor);
  return seen;
}

uint64_t vprod__log_bytes (struct vprod__log *log, int stream)
{
  uint64_t bytes = 0;

  vprod__monitor_lock (&log->monitor);
  if (stream != VPROD_STREAM_STDERR)
    bytes += log->sides[0].bytes;
  if (stream != VPROD_STREAM_STDOUT)
    bytes += log->sides[1].bytes;
  vprod__monitor_unlock (&log->monitor);
  return bytes;
}

/* A copy of the last `most` bytes of buf. */
static char *copy_end (struct vprod__log *log, const struct vprod__buf *buf, size_t most, size_t *ret_length)
{
  char *copy;

  vprod__monitor_lock (&log->monitor);
  size_t skip = buf->length > most ? buf->length - most : 0, length = buf->length - skip;
  copy = malloc (length + 1);
  if (copy) {
    memcpy (copy, vprod__buf_string (buf) + skip, length);
    copy[length] = '\0';
  }
  vprod__monitor_unlock (&log->monitor);
  if (copy && ret_length)
    *ret_length = length;
  return copy;
}

char *vprod__log_tail (struct vprod__log *log, size_t *ret_length)
{
  return copy_end (log, &log->tail, TAIL_BYTES, ret_length);
}

char *vprod__log_head (struct vprod__log *log, size_t *ret_length)
{
  return copy_end (log, &log->head, HEAD_BYTES, ret_length);
}

const vprod_error *vprod__log_error (struct vprod__log *log)
{
  vprod__monitor_lock (&log->monitor);
  const vprod_error *error = log->error;
  vprod__monitor_unlock (&log->monitor);
  return error;
}

void vprod__log_stop (struct vprod__log *log)
{
  vprod__monitor_lock (&log->monitor);
  log->stopped = 1;
  int join = log->following;
  log->following = 0;
  vprod__monitor_unlock (&log->monitor);
  if (!join)
    return;
  vprod__cancel_set (&log->cancel);
  pthread_join (log->thread, NULL);
}

void vprod__log_free (struct vprod__log *log)
{
  if (!log)
    return;
  vprod__log_stop (log);
  vprod__cancel_end (&log->cancel);
  vprod__buf_clear (&log->head);
  vprod__buf_clear (&log->tail);
  for (size_t i = 0; i < 2; i++) {
    vprod__buf_clear (&log->sides[i].window);
    free (log->sides[i].seen);
  }
  vprod__strv_free (log->patterns);
  vprod_error_free (log->error);
  free (log->container_id);
  vprod__monitor_end (&log->monitor);
  free (log);
}
