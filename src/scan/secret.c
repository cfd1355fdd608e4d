/* SPDX-License-Identifier: MIT */
#include "scan/command.h"

#include <stdlib.h>
#include <string.h>

static const char *append (char **end, const char *text)
{
  char *begin = *end;

  if (!text)
    return NULL;
  *end = stpcpy (begin, text) + 1;
  return begin;
}

static size_t room_for (const char *text)
{
  return text ? strlen (text) + 1 : 0;
}

struct vprod__secret *vprod__secret_copy (const struct vprod__secret *secret)
{
  size_t room = room_for (secret->variable) + room_for (secret->value) + room_for (secret->path) + room_for (secret->fingerprint);
  struct vprod__secret *copy = malloc (sizeof *copy + room);

  if (!copy)
    return NULL;
  char *end = (char *) (copy + 1);
  *copy = *secret;
  copy->variable = append (&end, secret->variable);
  copy->value = append (&end, secret->value);
  copy->path = append (&end, secret->path);
  copy->fingerprint = append (&end, secret->fingerprint);
  return copy;
}

int vprod__secret_tell (const struct vprod__secret_search *search, const char *name, size_t name_length, const char *value,
                        size_t length)
{
  _cleanup_free_ char *variable = strndup (name, name_length), *copy = strndup (value, length);
  struct vprod__secret secret = {
    .rule = VPROD__SECRET_BY_NAME, .description = "literal value of a secret's name", .variable = variable, .value = copy,
  };

  return variable && copy ? search->on_secret (search->data, &secret) : -1;
}

int vprod__secret_given (const struct vprod__secret_search *search, const char *name, size_t name_length, const char *value,
                         size_t length)
{
  if (vprod__secret_naming (name, name_length) == VPROD__NAMED_NOTHING || !vprod__secret_value (name, name_length, value, length))
    return 0;
  return vprod__secret_tell (search, name, name_length, value, length);
}
