/* SPDX-License-Identifier: MIT */
#include "spec/keys.h"

#include <string.h>

const struct vprod__spec_key *vprod__spec_key_at (size_t index)
{
  return index < vprod__spec_n_keys ? &vprod__spec_keys[index] : NULL;
}

const struct vprod__spec_key *vprod__spec_key_root (const struct vprod__spec_key *key)
{
  while (*key->info.path)
    key--;
  return key;
}

const struct vprod__spec_key *vprod__spec_key_beside_at (const struct vprod__spec_key *key, size_t index)
{
  for (key = vprod__spec_key_root (key); index > 0 && key->info.path; index--)
    key++;
  return key->info.path ? key : NULL;
}

/* The first row has no name that a caller could write. */
size_t vprod_spec_count_keys (void)
{
  return vprod__spec_n_keys - 1;
}

const vprod_spec_key_info *vprod_spec_get_key_at (size_t index)
{
  return index < vprod__spec_n_keys - 1 ? &vprod__spec_keys[index + 1].info : NULL;
}

/* What is left of a path below a section's, or NULL. */
static const char *below (const char *path, const struct vprod__spec_key *section)
{
  size_t n = strlen (section->info.path);

  if (n == 0)
    return *path ? path : NULL;
  return strncmp (path, section->info.path, n) == 0 && path[n] == '.' ? path + n + 1 : NULL;
}

const struct vprod__spec_key *vprod__spec_key_child (const struct vprod__spec_key *section, const char *name)
{
  for (const struct vprod__spec_key *key = vprod__spec_key_root (section); key->info.path; key++) {
    const char *rest = below (key->info.path, section);
    if (rest && !strchr (rest, '.') && strcmp (rest, name) == 0)
      return key;
  }
  return NULL;
}

int vprod__spec_key_beside (const struct vprod__spec_key *key, const struct vprod__spec_key *section)
{
  const char *rest = below (key->info.path, section);

  return key == section || (rest && !strchr (rest, '*'));
}

int vprod__spec_key_has_items (const struct vprod__spec_key *key)
{
  return key->kind == VPROD__SPEC_NAMED || key->kind == VPROD__SPEC_STEPS;
}

const struct vprod__spec_key *vprod__spec_key_item (const struct vprod__spec_key *key)
{
  return vprod__spec_key_child (key, "*");
}

void vprod__spec_key_names (const struct vprod__spec_key *section, const char **names, size_t size)
{
  size_t n = 0;

  for (const struct vprod__spec_key *key = vprod__spec_key_root (section); key->info.path && n + 1 < size; key++) {
    const char *rest = below (key->info.path, section);
    if (rest && !strchr (rest, '.'))
      names[n++] = rest;
  }
  names[n] = NULL;
}

const char *vprod__spec_key_name (const struct vprod__spec_key *key)
{
  const char *dot = strrchr (key->info.path, '.');

  return dot ? dot + 1 : key->info.path;
}

const struct vprod__spec_key *vprod__spec_key_elsewhere (const struct vprod__spec_key *section, const char *name)
{
  const struct vprod__spec_key *first = vprod__spec_key_root (section) + 1;

  for (const struct vprod__spec_key *key = first; key->info.path; key++)
    if (*section->info.path && below (key->info.path, section) && strcmp (vprod__spec_key_name (key), name) == 0)
      return key;
  for (int in_items = 0; in_items < 2; in_items++) /* those of items are less likely to be meant */
    for (const struct vprod__spec_key *key = first; key->info.path; key++)
      if (strcmp (vprod__spec_key_name (key), name) == 0 && strcmp (name, "*") != 0
          && (strchr (key->info.path, '*') != NULL) == in_items)
        return key;
  return NULL;
}
