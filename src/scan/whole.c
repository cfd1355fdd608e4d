/* SPDX-License-Identifier: MIT */
/* Files that are one secret and nothing else: run/secrets/db_password, jwt-secret.txt, Rails' master.key. */
#include "scan/inside.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#define LONGEST 256

static int is_named_like_secret (const char *path, const char *base)
{
  static const char *const keys[] = { "master.key", "*/credentials/*.key", "*.vault_pass", ".vault_pass*", NULL };
  const char *dot = strchr (base + (*base == '.'), '.');

  for (size_t i = 0; keys[i]; i++)
    if (fnmatch (keys[i], strchr (keys[i], '/') ? path : base, 0) == 0)
      return 1;
  return strncmp (path, "secrets/", 8) == 0 || strstr (path, "/secrets/")
         || (!dot && vprod__secret_name (base, strlen (base)))
         || (dot && strcmp (dot, ".txt") == 0 && vprod__secret_name (base, (size_t) (dot - base)));
}

int vprod__scan_judge_whole (const char *path, const struct vprod__scan_name *name, const char *text, size_t length,
                             size_t *ret_value, size_t *ret_value_length)
{
  size_t from = 0;

  if (length > LONGEST || name->third_party || name->text || !is_named_like_secret (path, name->base))
    return 0;
  while (from < length && isspace ((unsigned char) text[from]))
    from++;
  while (length > from && isspace ((unsigned char) text[length - 1]))
    length--;
  for (size_t i = from; i < length; i++)
    if (!isgraph ((unsigned char) text[i]))
      return 0;
  if (length == from || !vprod__secret_value (name->base, strlen (name->base), text + from, length - from)
      || !vprod__scan_is_unlike_all_else (text + from, length - from))
    return 0;
  *ret_value = from;
  *ret_value_length = length - from;
  return 1;
}
