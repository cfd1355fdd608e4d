/* SPDX-License-Identifier: MIT */
#include "scan/given.h"
#include "util/cleanup.h"
#include "util/grow.h"

#include <stdlib.h>
#include <string.h>

#define LEAST 6 /* characters; shorter values occur by chance */

const struct vprod__given_secret *vprod__given_find (const struct vprod__given *given, const char *value)
{
  for (size_t i = 0; i < given->count; i++)
    if (strcmp (given->list[i].value, value) == 0)
      return &given->list[i];
  return NULL;
}

int vprod__given_add (struct vprod__given *given, enum vprod__given_by by, const char *name, size_t name_length,
                      const char *value, size_t length)
{
  if (length < LEAST || vprod__secret_common (value, length))
    return 0;
  struct vprod__given_secret new = { by, strndup (name, name_length), strndup (value, length) };
  int is_known = new.value && vprod__given_find (given, new.value);
  if (new.name && new.value && !is_known && vprod__grow (&given->list, given->count) == 0) {
    given->list[given->count++] = new;
    return 0;
  }
  free (new.name);
  free (new.value);
  return is_known ? 0 : -1;
}

int vprod__given_add_env (struct vprod__given *given, const char *pair)
{
  const char *value = strchr (pair, '=');

  /* ${db.password} is that of a database that lives as long as the session */
  if (!value || strstr (value, "${"))
    return 0;
  enum vprod__secret_naming naming = vprod__secret_naming (pair, (size_t) (value - pair));
  if (naming == VPROD__NAMED_NOTHING || (naming == VPROD__NAMED_KEY && !vprod__secret_made (value + 1, strlen (value + 1))))
    return 0;
  return vprod__given_add (given, VPROD__GIVEN_RUN_ENV, pair, (size_t) (value - pair), value + 1, strlen (value + 1));
}

const char *vprod__given_words (enum vprod__given_by by, int in_base64)
{
  static const char *const words[][2] = {
    [VPROD__GIVEN_RUN_ENV] = { "value of the spec's run.env", "value of the spec's run.env, in base64" },
    [VPROD__GIVEN_RUN_FILES] = { "value of the spec's run.files", "value of the spec's run.files, in base64" },
    [VPROD__GIVEN_IMAGE_SECRETS] = { "value of the spec's image.secrets", "value of the spec's image.secrets, in base64" },
  };

  return words[by][in_base64 != 0];
}

void vprod__given_clear (struct vprod__given *given)
{
  for (size_t i = 0; i < given->count; i++) {
    free (given->list[i].name);
    free (given->list[i].value);
  }
  free (given->list);
  *given = (struct vprod__given) { 0 };
}
