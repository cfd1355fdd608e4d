/* SPDX-License-Identifier: MIT */
#include "session/secrets.h"
#include "scan/scan.h"
#include "session/expand.h"
#include "session/parts.h"
#include "spec/refs.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/path.h"
#include "util/strv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 500000 /* of a secret: builders take no more */
#define MOST_SEARCHED 4096 /* of one that is looked for as a whole */

struct each {
  vprod_session *session;
  int (*on_text) (void *data, const struct vprod__given_text *text);
  void *data;
};

/* Takes the white space off the ends of value. */
static int tell (const struct each *each, enum vprod__given_by by, const char *name, char *value, int is_sure)
{
  size_t length;

  while (isspace ((unsigned char) *value))
    value++;
  for (length = strlen (value); length > 0 && isspace ((unsigned char) value[length - 1]);)
    value[--length] = '\0';
  return *value ? each->on_text (each->data, &(struct vprod__given_text) { by, name, value, is_sure }) : 0;
}

/* ---- image.secrets -------------------------------------------------------------------------------------------- */

static int tell_secret (const struct each *each, const struct vprod__spec_secret *secret)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const char *value = secret->env ? getenv (secret->env) : NULL;
  int r = 0;

  if (value && vprod__buf_adds (&text, value) < 0)
    return -1;
  if (secret->file)
    r = vprod__file_read (secret->file, MOST_BYTES, &text, NULL);
  if (r == -VPROD_ERROR_NO_MEMORY)
    return -1;
  return text.length > 0 ? tell (each, VPROD__GIVEN_IMAGE_SECRETS, secret->name, text.data, 1) : 0;
}

static int tell_secrets (const struct each *each, const struct vprod__spec_image *image)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < image->n_secrets; i++)
    r = tell_secret (each, &image->secrets[i]);
  return r;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* Where secrets are mounted, or a name that says it. */
static int is_secret_path (const char *path)
{
  const char *name = vprod__path_name (path);

  return strncmp (path, "/run/secrets/", 13) == 0 || strncmp (path, "/var/run/secrets/", 17) == 0
         || vprod__secret_name (name, strcspn (name, "."));
}

/* Of "/path=text". */
static int tell_files (const struct each *each, char *const *files)
{
  int r = 0;

  for (; r == 0 && files && *files; files++) {
    const char *equals = strchr (*files, '=');
    _cleanup_free_ char *path = equals ? strndup (*files, (size_t) (equals - *files)) : NULL, *text = NULL;
    if (!equals)
      continue;
    if (!path)
      return -1;
    _cleanup_error_ vprod_error *error = NULL;
    int expanded = vprod__session_expand (each->session, equals + 1, &text, &error);
    if (expanded == -VPROD_ERROR_NO_MEMORY)
      return -1;
    if (expanded == 0)
      r = tell (each, VPROD__GIVEN_RUN_FILES, path, text, is_secret_path (path));
  }
  return r;
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

int vprod__session_each_text (vprod_session *session, int (*on_text) (void *data, const struct vprod__given_text *text),
                              void *data)
{
  const struct each each = { session, on_text, data };
  const vprod_spec *spec = session->spec;
  int r = tell_secrets (&each, &spec->image);

  for (size_t i = 0; r == 0 && i < spec->run.n_before; i++)
    r = tell_secrets (&each, &spec->run.before[i].image);
  if (r == 0)
    r = tell_files (&each, spec->run.files);
  for (size_t i = 0; r == 0 && i < spec->n_services; i++)
    r = tell_files (&each, spec->services[i].container.files);
  return r;
}

int vprod__given_text_scan (const struct vprod__given_text *text, struct vprod__own *own, vprod__secret_fn on_secret, void *data)
{
  _cleanup_ (vprod__scan_freep) struct vprod__scan *scan = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  int r = vprod__scan_new (NULL, on_secret, data, &scan, &error);

  if (r == 0)
    r = vprod__scan_use (scan, own, &error);
  if (r < 0) /* libhs may not run on this machine */
    return r == -VPROD_ERROR_NO_MEMORY ? -1 : 0;
  r = vprod__scan_begin (scan, vprod__path_relative (text->name), &error);
  if (r == 0)
    r = vprod__scan_bytes (scan, text->text, strlen (text->text), &error);
  if (r == 0)
    r = vprod__scan_bytes (scan, "\n", 1, &error);
  if (r == 0)
    r = vprod__scan_end (scan, &error);
  return r < 0 ? -1 : 0;
}

int vprod__secret_variables (const char *text,
                             int (*on_value) (void *data, const char *name, size_t length, const char *value), void *data)
{
  struct vprod__spec_piece piece;
  int r = 0;

  while (r == 0 && vprod__spec_next_piece (&text, &piece)) {
    if (piece.kind != VPROD__SPEC_REF)
      continue;
    _cleanup_free_ char *name = strndup (piece.begin, piece.length);
    if (!name)
      return -1;
    if (!vprod__spec_is_env (name))
      continue;
    const char *variable = strchr (name, '.') + 1, *value = vprod__spec_env (name);
    size_t length = strcspn (variable, ":");
    if (value && vprod__secret_name (variable, length))
      r = on_value (data, variable, length, value);
  }
  return r;
}

int vprod__is_of_services (const char *text)
{
  struct vprod__spec_piece piece;
  int found = 0;

  while (vprod__spec_next_piece (&text, &piece))
    if (piece.kind == VPROD__SPEC_REF) {
      _cleanup_free_ char *name = strndup (piece.begin, piece.length);
      found |= !name || !vprod__spec_is_env (name);
    }
  return found;
}

/* ---- what must not be in the image ---------------------------------------------------------------------------- */

struct gathering {
  vprod_session *session;
  struct vprod__given *given;
  const struct vprod__given_text *text;
};

/* That of a database lives as long as the session. */
static int is_password_of_service (const vprod_spec *spec, const char *value)
{
  for (size_t i = 0; i < spec->n_services; i++)
    if (spec->services[i].postgres.password && strcmp (spec->services[i].postgres.password, value) == 0)
      return 1;
  return 0;
}

static int add (struct gathering *gathering, const char *value, size_t length)
{
  const struct vprod__given_text *text = gathering->text;

  return vprod__given_add (gathering->given, text->by, text->name, strlen (text->name), value, length);
}

static int on_secret (void *data, const struct vprod__secret *secret)
{
  struct gathering *gathering = data;

  if (is_password_of_service (gathering->session->spec, secret->value))
    return 0;
  return add (gathering, secret->value, strlen (secret->value));
}

static int on_text (void *data, const struct vprod__given_text *text)
{
  struct gathering *gathering = data;

  gathering->text = text;
  if (vprod__given_text_scan (text, NULL, on_secret, gathering) < 0)
    return -1;
  if (!text->is_sure || is_password_of_service (gathering->session->spec, text->text))
    return 0;
  /* Of several lines, no single one: in a file of settings most are no secret, and stand in others like it. */
  return strlen (text->text) <= MOST_SEARCHED ? add (gathering, text->text, strlen (text->text)) : 0;
}

static int on_variable (void *data, const char *name, size_t length, const char *value)
{
  return vprod__given_add (data, VPROD__GIVEN_RUN_ENV, name, length, value, strlen (value));
}

int vprod__session_given (vprod_session *session, struct vprod__given *ret, vprod_error **err)
{
  struct gathering gathering = { .session = session, .given = ret };
  char *const *env = session->spec->run.env;

  for (size_t i = 0; env && env[i]; i++) {
    _cleanup_free_ char *pair = NULL;
    if (vprod__secret_variables (env[i], on_variable, ret) < 0)
      return vprod__error_no_memory (err);
    if (vprod__is_of_services (env[i]))
      continue;
    int r = vprod__session_expand (session, env[i], &pair, err);
    if (r < 0)
      return r;
    if (vprod__given_add_env (ret, pair) < 0)
      return vprod__error_no_memory (err);
  }
  return vprod__session_each_text (session, on_text, &gathering) < 0 ? vprod__error_no_memory (err) : 0;
}

/* ---- for the build -------------------------------------------------------------------------------------------- */

int vprod__secret_options (const struct vprod__spec_image *image, char ***ret)
{
  for (size_t i = 0; i < image->n_secrets; i++) {
    const struct vprod__spec_secret *secret = &image->secrets[i];
    if (vprod__strv_addf (ret, secret->env ? "id=%s,env=%s" : "id=%s,src=%s", secret->name,
                          secret->env ? secret->env : secret->file)
        < 0)
      return -1;
  }
  return 0;
}
