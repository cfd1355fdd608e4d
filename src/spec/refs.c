/* SPDX-License-Identifier: MIT */
#include "spec/refs.h"
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a service of either kind offers: ${db.user}. */
static const char *const of_postgres[] = { "user", "password", "host", "port", "database", "ca", NULL };
static const char *const of_container[] = { "host", "port", NULL };

#define ENV "env."
#define WITHOUT ":-"

int vprod__spec_next_piece (const char **text, struct vprod__spec_piece *ret)
{
  const char *p = *text;

  if (!*p)
    return 0;
  if (strncmp (p, "$${", 3) == 0) {
    *ret = (struct vprod__spec_piece) { VPROD__SPEC_LITERAL, p + 1, 2 };
    *text = p + 3;
    return 1;
  }
  if (strncmp (p, "${", 2) == 0) {
    const char *end = strchr (p, '}');
    *ret = end ? (struct vprod__spec_piece) { VPROD__SPEC_REF, p + 2, (size_t) (end - p) - 2 }
               : (struct vprod__spec_piece) { VPROD__SPEC_UNCLOSED, p, strlen (p) };
    *text = end ? end + 1 : p + strlen (p);
    return 1;
  }
  size_t n = 1 + strcspn (p + 1, "$");
  *ret = (struct vprod__spec_piece) { VPROD__SPEC_LITERAL, p, n };
  *text = p + n;
  return 1;
}

/* ---- variables of the environment ------------------------------------------------------------------------- */

int vprod__spec_is_env (const char *name)
{
  return strncmp (name, ENV, strlen (ENV)) == 0;
}

const char *vprod__spec_env (const char *name)
{
  const char *variable = name + strlen (ENV), *otherwise = strstr (variable, WITHOUT);
  _cleanup_free_ char *alone = strndup (variable, otherwise ? (size_t) (otherwise - variable) : strlen (variable));
  const char *value = alone ? getenv (alone) : NULL;

  return otherwise && !(value && *value) ? otherwise + strlen (WITHOUT) : value;
}

/* What is wrong with ${env.…}; NULL: nothing. */
static const char *wrong_env (const char *name)
{
  const char *variable = name + strlen (ENV);
  size_t n = strcspn (variable, WITHOUT);

  for (size_t i = 0; i < n; i++)
    if (!(variable[i] == '_' || (variable[i] >= 'A' && variable[i] <= 'Z') || (variable[i] >= 'a' && variable[i] <= 'z')
          || (i > 0 && variable[i] >= '0' && variable[i] <= '9')))
      return "is no name of a variable";
  if (n == 0 || (variable[n] && strncmp (variable + n, WITHOUT, strlen (WITHOUT)) != 0))
    return "is written ${env.NAME}, or ${env.NAME:-default}";
  return vprod__spec_env (name) ? NULL : "is not set in the environment of verify-prod: set it, or write a default, ${env.NAME:-default}";
}

/* ---- expanding -------------------------------------------------------------------------------------------- */

int vprod__spec_expand (const char *text, const char *(*lookup) (void *data, const char *name), void *data,
                        char **ret, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };
  struct vprod__spec_piece piece;

  while (vprod__spec_next_piece (&text, &piece)) {
    if (piece.kind == VPROD__SPEC_UNCLOSED)
      return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "a ${ without } in a value; $${ is a literal ${");
    const char *bytes = piece.begin;
    size_t length = piece.length;
    _cleanup_free_ char *name = NULL; /* lives until the bytes are in: lookup may give it back */
    if (piece.kind == VPROD__SPEC_REF) {
      name = strndup (piece.begin, piece.length);
      if (!name)
        return vprod__error_no_memory (err);
      bytes = vprod__spec_is_env (name) ? vprod__spec_env (name) : lookup (data, name);
      if (!bytes && vprod__spec_is_env (name))
        return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "${%s} is not set in the environment", name);
      if (!bytes)
        return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "unknown ${%s} in a value", name);
      length = strlen (bytes);
    }
    if (vprod__buf_add (&out, bytes, length) < 0)
      return vprod__error_no_memory (err);
  }
  char *expanded = vprod__buf_steal (&out);
  if (!expanded)
    return vprod__error_no_memory (err);
  *ret = expanded;
  return 0;
}

const char *vprod__spec_find_ref (const char *text, size_t index)
{
  const char *rest = text;
  struct vprod__spec_piece piece;

  while (vprod__spec_next_piece (&rest, &piece)) {
    if (piece.kind == VPROD__SPEC_LITERAL)
      continue;
    if (index-- == 0)
      return piece.kind == VPROD__SPEC_REF ? piece.begin - 2 : piece.begin;
  }
  return text;
}

static int known_names (const vprod_spec *spec, char ***ret)
{
  for (size_t i = 0; i < spec->n_services; i++) {
    const struct vprod__spec_service *service = &spec->services[i];
    const char *const *fields = service->is_postgres ? of_postgres : of_container;
    for (; *fields; fields++)
      if ((strcmp (*fields, "ca") != 0 || service->postgres.tls)
          && (strcmp (*fields, "port") != 0 || service->is_postgres || service->container.port > 0)
          && vprod__strv_addf (ret, "%s.%s", service->name, *fields) < 0)
        return -1;
  }
  return 0;
}

static int say_unknown (char *const *known, const char *name, char **ret_why)
{
  _cleanup_free_ char *shown = vprod__text_harmless (name, strnlen (name, 60));
  const char *nearest = known ? vprod__text_nearest (name, (const char *const *) known) : NULL;
  int n;

  if (!shown)
    return -1;
  if (!known)
    n = asprintf (ret_why, "unknown ${%s}: the spec names no services; a literal ${ is written $${", shown);
  else if (nearest)
    n = asprintf (ret_why, "unknown ${%s}; did you mean ${%s}? A literal ${ is written $${", shown, nearest);
  else {
    _cleanup_free_ char *list = vprod__strv_join (known, "}, ${");
    n = list ? asprintf (ret_why, "unknown ${%s}; known are ${%s}; a literal ${ is written $${", shown, list) : -1;
  }
  if (n < 0)
    *ret_why = NULL;
  return n < 0 ? -1 : 1;
}

int vprod__spec_check_refs (const vprod_spec *spec, const char *text, char **ret_why, size_t *ret_index)
{
  _cleanup_strv_ char **known = NULL;
  struct vprod__spec_piece piece;

  if (!strstr (text, "${"))
    return 0;
  if (known_names (spec, &known) < 0)
    return -1;
  for (size_t index = 0; vprod__spec_next_piece (&text, &piece);) {
    if (piece.kind == VPROD__SPEC_LITERAL)
      continue;
    *ret_index = index++;
    if (piece.kind == VPROD__SPEC_UNCLOSED) {
      *ret_why = strdup ("a ${ without }; a literal ${ is written $${");
      return *ret_why ? 1 : -1;
    }
    _cleanup_free_ char *name = strndup (piece.begin, piece.length);
    if (!name)
      return -1;
    const char *wrong = vprod__spec_is_env (name) ? wrong_env (name) : NULL;
    if (wrong) {
      _cleanup_free_ char *shown = vprod__text_harmless (name, strnlen (name, 60));
      if (!shown || asprintf (ret_why, "${%s} %s", shown, wrong) < 0) {
        *ret_why = NULL;
        return -1;
      }
      return 1;
    }
    if (!vprod__spec_is_env (name) && !vprod__strv_has (known, name))
      return say_unknown (known, name, ret_why);
  }
  return 0;
}
