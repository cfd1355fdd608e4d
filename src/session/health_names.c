/* SPDX-License-Identifier: MIT */
#include "session/health_names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "known/phrases.h"
#include "util/strv.h"

#define PATH_LONGEST 200

#define COUNT(table) (sizeof (table) / sizeof *(table))

/* ---- HEALTHCHECK ----------------------------------------------------------------------------------------- */

/* Is the path printable, and short? */
static int is_plain (const char *path, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (path[i] <= ' ' || path[i] > '~')
      return 0;
  return length <= PATH_LONGEST;
}

int vprod__healthcheck_path (char *const *test, char **ret)
{
  static const char *const hosts[] = { "://", "localhost", "127.0.0.1", "[::1]", "0.0.0.0" };

  *ret = NULL;
  for (; test && *test; test++)
    for (size_t n = 0; n < COUNT (hosts); n++) {
      const char *host = strstr (*test, hosts[n]);
      const char *path = host ? host + strlen (hosts[n]) : "";
      path += strcspn (path, "/ \t\n\"'`)|;&<>");
      size_t length = strcspn (path, " \t\n\"'`)|;&<>\\");
      if (*path != '/' || !is_plain (path, length) || memchr (path, '$', length))
        continue; /* the shell's value is not known */
      *ret = strndup (path, length);
      return *ret ? 0 : -1;
    }
  return 0;
}

/* ---- names in the environment ---------------------------------------------------------------------------- */

/* Matched as whole words: DATABASE_URL is not BASE_URL. */
static int is_of_names (const char *variable)
{
  size_t length = strcspn (variable, "=");

  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) variable[i]) && variable[i] != '_')
      return 0;
  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__NAMES_SERVED_VARIABLE, p));)
    for (size_t at = 0; at + strlen (p->text) <= length; at++)
      if ((at == 0 || variable[at - 1] == '_') && strncasecmp (variable + at, p->text, strlen (p->text)) == 0)
        return 1;
  return 0;
}

/* "shop.example.org": with a dot, and letters at the end. Other values are not shown: they may be secrets. */
static int is_host (const char *word, size_t length)
{
  const char *dot = memrchr (word, '.', length);

  if (!dot || dot == word || length > 100 || !isalnum ((unsigned char) word[0]))
    return 0;
  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) word[i]) && word[i] != '.' && word[i] != '-')
      return 0;
  if (dot + 2 >= word + length)
    return 0;
  for (const char *p = dot + 1; p < word + length; p++)
    if (!isalpha ((unsigned char) *p))
      return 0;
  return 1;
}

static int add (const char *variable, const char *host, size_t length, char ***list)
{
  size_t name = strcspn (variable, "=");

  for (char **p = *list; p && *p; p++) {
    const char *value = strchr (*p, '=') + 1;
    if (strlen (value) == length && strncmp (value, host, length) == 0)
      return 0;
  }
  return vprod__strv_addf (list, "%.*s=%.*s", (int) name, variable, (int) length, host);
}

/* Words of a list ("a.org,b.org", ["a.org"]), URLs without user and password. */
static int add_words (const char *variable, char ***list)
{
  static const char separators[] = " \t\n,;|[]\"'";

  for (const char *word = strchr (variable, '=') + 1; *word;) {
    word += strspn (word, separators);
    size_t length = strcspn (word, separators);
    const char *host = memmem (word, length, "://", 3), *next = word + length;
    if (!memchr (word, '@', length)) {
      host = host ? host + 3 : word;
      if (host[0] == '*' && host[1] == '.')
        host += 2;
      else if (host[0] == '.') /* Django's for a domain and all below it */
        host++;
      size_t n = host < next ? strcspn (host, ":/") : 0;
      n = n < (size_t) (next - host) ? n : (size_t) (next - host);
      if (n > 0 && is_host (host, n) && add (variable, host, n, list) < 0)
        return -1;
    }
    word = next;
  }
  return 0;
}

int vprod__served_names (char *const *env, char ***list)
{
  for (; env && *env; env++)
    if (strchr (*env, '=') && is_of_names (*env) && add_words (*env, list) < 0)
      return -1;
  return 0;
}
