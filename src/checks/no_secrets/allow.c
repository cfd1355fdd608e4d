/* SPDX-License-Identifier: MIT */
#include "checks/no_secrets/facts.h"
#include "util/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "util/strv.h"

#define MIN_PART 4 /* a shorter text is part of too much */

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

static int allows (const char *entry, const struct vprod__secret_place *place)
{
  if (is (place->rule, entry) || is (place->variable, entry) || is (place->value, entry)
      || is (place->fingerprint, entry))
    return 1;
  if (place->path && strchr (entry, '/') && !strchr (entry, ':') && strspn (entry, "/*.") < strlen (entry)
      && path_is_under (place->path, entry))
    return 1;
  return strlen (entry) >= MIN_PART && (has (place->variable, entry) || has (place->value, entry));
}

int vprod__secret_allowed (struct vprod__secret_allow *allow, const struct vprod__secret_place *place)
{
  int allowed = 0;

  for (size_t i = 0; allow->list && allow->list[i]; i++)
    if (*allow->list[i] && allows (allow->list[i], place))
      allow->used[i] = allowed = 1;
  return allowed;
}
