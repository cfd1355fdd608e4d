/* SPDX-License-Identifier: MIT */
#include "known/by_product.h"

#include <string.h>
#include "util/text.h"

int vprod__is_by_product (const char *path, int temporary)
{
  /* a cache of packages is not where they are installed */
  static const char *const folders[] = { "__pycache__", ".cache", "archive-v0", "_cacache", NULL };
  static const char *const tops[] = { "tmp", "var/tmp", "run", "var/run", "var/log", "var/cache", NULL };

  if (vprod__text_ends_with (path, ".pyc"))
    return 1;
  for (size_t i = 0; temporary && tops[i]; i++) {
    size_t n = strlen (tops[i]);
    if (strncmp (path, tops[i], n) == 0 && (path[n] == '/' || path[n] == '\0'))
      return 1;
  }
  for (const char *part = path; *part; part += strcspn (part, "/"), part += *part == '/') {
    size_t length = strcspn (part, "/");
    for (size_t i = 0; folders[i]; i++)
      if (strlen (folders[i]) == length && memcmp (folders[i], part, length) == 0)
        return 1;
  }
  return 0;
}
