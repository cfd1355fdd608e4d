/* SPDX-License-Identifier: MIT */
#include "scan/secret.h"
#include "util/path.h"
#include "util/strv.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MIN_PART 4 /* shorter substrings match by accident */

int vprod__secret_allow_init (struct vprod__secret_allow *allow, char *const *list)
{
  allow->list = list;
  allow->used = calloc (vprod__strv_length (list) + 1, 1);
  return allow->used ? 0 : -1;
}

void vprod__secret_allow_clear (struct vprod__secret_allow *allow)
{
  free (allow->used);
  allow->used = NULL;
}

/* "app/x.jar!/settings" is under "/app/x.jar" as well as under "app/x.jar/settings". */
static int path_is_under (const char *path, const char *pattern)
{
  char plain[PATH_MAX];
  size_t n = 0;

  for (; *path && n < sizeof plain - 1; path++)
    if (path[0] != '!' || path[1] != '/')
      plain[n++] = *path;
  plain[n] = '\0';
  return vprod__path_is_under (plain, pattern);
}

static int has (const char *text, const char *part)
{
  return text && strstr (text, part) != NULL;
}

static int is (const char *text, const char *entry)
{
  return text && strcmp (text, entry) == 0;
}

static int allows (const char *entry, const struct vprod__secret *secret)
{
  if (is (secret->rule, entry) || is (secret->variable, entry) || is (secret->value, entry)
      || is (secret->fingerprint, entry))
    return 1;
  if (secret->path && strchr (entry, '/') && !strchr (entry, ':') && strspn (entry, "/*.") < strlen (entry)
      && path_is_under (secret->path, entry))
    return 1;
  return strlen (entry) >= MIN_PART && (has (secret->variable, entry) || has (secret->value, entry));
}

int vprod__secret_allowed (struct vprod__secret_allow *allow, const struct vprod__secret *secret)
{
  int allowed = 0;

  for (size_t i = 0; allow->list && allow->list[i]; i++)
    if (*allow->list[i] && allows (allow->list[i], secret))
      allow->used[i] = allowed = 1;
  return allowed;
}
