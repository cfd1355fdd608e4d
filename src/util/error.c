/* SPDX-License-Identifier: MIT */
#include "util/error.h"
#include "util/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

struct vprod_error {
  vprod_error_code code;
  int errnum;
  char *message;
};

static char no_memory_message[] = "out of memory";
static vprod_error no_memory = { VPROD_ERROR_NO_MEMORY, 0, no_memory_message };

static const struct {
  vprod_error_code code;
  const char *name;
} names[] = {
  { VPROD_ERROR_NO_MEMORY, "no-memory" },     { VPROD_ERROR_INVALID, "invalid" },
  { VPROD_ERROR_SPEC, "spec" },               { VPROD_ERROR_IO, "io" },
  { VPROD_ERROR_UNREACHABLE, "unreachable" }, { VPROD_ERROR_ENGINE, "engine" },
  { VPROD_ERROR_REGISTRY, "registry" },       { VPROD_ERROR_DATABASE, "database" },
  { VPROD_ERROR_TIMEOUT, "timeout" },         { VPROD_ERROR_CANCELLED, "cancelled" },
  { VPROD_ERROR_BUILDER, "builder" },         { VPROD_ERROR_IMAGE, "image" },
  { VPROD_ERROR_UNSUPPORTED, "unsupported" }, { VPROD_ERROR_NOT_FOUND, "not-found" },
  { VPROD_ERROR_SERVICE, "service" },
};

vprod_error_code vprod_error_get_code (const vprod_error *err)
{
  return err ? err->code : (vprod_error_code) 0;
}

int vprod_error_get_errno (const vprod_error *err)
{
  return err ? err->errnum : 0;
}

const char *vprod_error_get_message (const vprod_error *err)
{
  return err ? err->message : "";
}

const char *vprod_error_code_name (vprod_error_code code)
{
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (names[i].code == code)
      return names[i].name;
  return "unknown";
}

void vprod_error_free (vprod_error *err)
{
  if (!err || err == &no_memory)
    return;
  free (err->message);
  free (err);
}

static void replace (vprod_error **err, vprod_error *with)
{
  vprod_error_free (*err);
  *err = with;
}

int vprod__error_no_memory (vprod_error **err)
{
  if (err)
    replace (err, &no_memory);
  return -VPROD_ERROR_NO_MEMORY;
}

/* Takes message. */
static int set_message (vprod_error **err, vprod_error_code code, int errnum, char *message)
{
  vprod_error *e;

  if (!message)
    return vprod__error_no_memory (err);
  e = malloc (sizeof *e);
  if (!e) {
    free (message);
    return vprod__error_no_memory (err);
  }
  e->code = code;
  e->errnum = errnum;
  e->message = message;
  replace (err, e);
  return -(int) code;
}

int vprod__is_short_of_descriptors (int errnum)
{
  return errnum == EMFILE || errnum == ENFILE;
}

/* strerror, except for errors that do not come from the thing that the message names. */
static const char *words_of (int errnum, char *buffer, size_t size)
{
  struct rlimit limit;

  if (errnum == ENFILE)
    return "this machine has no file descriptor left (sysctl fs.file-max)";
  if (errnum != EMFILE || getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return strerror_r (errnum, buffer, size);
  snprintf (buffer, size, "this process has too few file descriptors: its limit is %llu (\"ulimit -n\")",
            (unsigned long long) limit.rlim_cur);
  return buffer;
}

int vprod__error_set (vprod_error **err, vprod_error_code code, int errnum, const char *format, ...)
{
  char *message = NULL;
  va_list ap;

  if (!err)
    return -(int) code;
  va_start (ap, format);
  _cleanup_free_ char *text = vprod__text_vformat (format, ap);
  va_end (ap);
  if (!text)
    return vprod__error_no_memory (err);
  if (errnum == 0)
    return set_message (err, code, 0, vprod__steal (&text));
  char reason[256];
  message = vprod__asprintf ("%s: %s", text, words_of (errnum, reason, sizeof reason));
  return set_message (err, code, errnum, message);
}

int vprod_error_new (vprod_error **err, vprod_error_code code, int errnum, const char *message)
{
  return vprod__error_set (err, code, errnum, "%s", message ? message : "");
}

void vprod__error_prefix (vprod_error **err, const char *format, ...)
{
  va_list ap;

  if (!err || !*err || *err == &no_memory)
    return;
  va_start (ap, format);
  _cleanup_free_ char *prefix = vprod__text_vformat (format, ap);
  va_end (ap);
  char *message = prefix ? vprod__asprintf ("%s: %s", prefix, (*err)->message) : NULL;
  if (!message)
    return;
  free ((*err)->message);
  (*err)->message = message;
}

void vprod__error_reword (vprod_error **err, char *message)
{
  if (!message) {
    vprod__error_no_memory (err);
    return;
  }
  if (*err == &no_memory) {
    free (message);
    return;
  }
  free ((*err)->message);
  (*err)->message = message;
}

int vprod__error_copy (vprod_error **err, const vprod_error *source)
{
  if (source == &no_memory)
    return vprod__error_no_memory (err);
  if (!err)
    return -(int) source->code;
  return set_message (err, source->code, source->errnum, strdup (source->message));
}

int vprod__error_move (vprod_error **err, vprod_error **source)
{
  int r = -(int) (*source)->code;

  if (err)
    replace (err, *source);
  else
    vprod_error_free (*source);
  *source = NULL;
  return r;
}
