/* SPDX-License-Identifier: MIT */
/* All of a spec by the table: structures, and the items that they have. */
#include "spec/read.h"

#include <string.h>

typedef struct vprod__spec_key spec_key;

/* ---- items ------------------------------------------------------------------------------------------------ */

size_t *vprod__spec_count_of (const spec_key *key, void *base)
{
  return (size_t *) ((char *) base + key->count);
}

static char **list_of (const spec_key *key, void *base)
{
  return vprod__spec_field (key, base);
}

void *vprod__spec_item_at (const spec_key *key, void *base, size_t index)
{
  return *list_of (key, base) + index * key->size;
}

static char **name_of (void *item)
{
  return item;
}

void *vprod__spec_item (const spec_key *key, void *base, const char *name)
{
  for (size_t i = 0; i < *vprod__spec_count_of (key, base); i++) {
    void *item = vprod__spec_item_at (key, base, i);
    if (*name_of (item) && strcmp (*name_of (item), name) == 0)
      return item;
  }
  return NULL;
}

static void clear_item (const spec_key *key, void *item)
{
  vprod__spec_clear (vprod__spec_key_item (key), item);
  free (*name_of (item));
}

static void clear_items (const spec_key *key, void *base)
{
  for (size_t i = 0; i < *vprod__spec_count_of (key, base); i++)
    clear_item (key, vprod__spec_item_at (key, base, i));
  free (*list_of (key, base));
  *list_of (key, base) = NULL;
  *vprod__spec_count_of (key, base) = 0;
}

void *vprod__spec_add_item (const spec_key *key, void *base, const char *name)
{
  size_t *count = vprod__spec_count_of (key, base);
  void *there = name ? vprod__spec_item (key, base, name) : NULL;

  if (there)
    return there;
  char *more = realloc (*list_of (key, base), (*count + 1) * key->size);
  if (!more)
    return NULL;
  *list_of (key, base) = more;
  void *item = memset (more + *count * key->size, 0, key->size);
  if (name && !(*name_of (item) = strdup (name)))
    return NULL;
  ++*count;
  return vprod__spec_reset (vprod__spec_key_item (key), item) < 0 ? NULL : item;
}

/* ---- structures ------------------------------------------------------------------------------------------- */

/* The next key, from *index on, in the same structure as the section and in it; NULL: there is none. */
static const spec_key *next (const spec_key *section, size_t *index)
{
  const spec_key *key;

  while ((key = vprod__spec_key_beside_at (section, (*index)++)))
    if (vprod__spec_key_beside (key, section))
      return key;
  return NULL;
}

void vprod__spec_clear (const spec_key *section, void *base)
{
  const spec_key *key;

  for (size_t i = 0; (key = next (section, &i));)
    if (vprod__spec_key_has_items (key))
      clear_items (key, base);
    else
      vprod__spec_field_clear (key, base);
}

int vprod__spec_reset (const spec_key *section, void *base)
{
  const spec_key *key;

  vprod__spec_clear (section, base);
  for (size_t i = 0; (key = next (section, &i));)
    if (vprod__spec_field_default (key, base) < 0)
      return -1;
  return 0;
}

static int copy_text (const char *from, char **to)
{
  if (!from)
    return 0;
  *to = strdup (from);
  return *to ? 0 : -1;
}

static int copy (const spec_key *section, const void *from, void *to);

static int copy_items (const spec_key *key, const void *from, void *to)
{
  const char *base = from;
  size_t count = *(const size_t *) (base + key->count);
  const char *items = *(const char *const *) (base + key->offset);

  if (count == 0)
    return 0;
  if (!(*list_of (key, to) = calloc (count, key->size)))
    return -1;
  for (size_t i = 0; i < count; i++) {
    const char *old = items + i * key->size;
    void *item = vprod__spec_item_at (key, to, i);
    ++*vprod__spec_count_of (key, to);
    if (copy_text (*(const char *const *) old, name_of (item)) < 0 || copy (vprod__spec_key_item (key), old, item) < 0)
      return -1;
  }
  return 0;
}

static int copy (const spec_key *section, const void *from, void *to)
{
  const spec_key *key;

  for (size_t i = 0; (key = next (section, &i));)
    if ((vprod__spec_key_has_items (key) ? copy_items (key, from, to) : vprod__spec_field_copy (key, from, to)) < 0)
      return -1;
  return 0;
}

void vprod_spec_free (vprod_spec *spec)
{
  if (!spec)
    return;
  vprod__spec_clear (vprod__spec_key_at (0), spec);
  free (spec->base_dir);
  free (spec->file);
  vprod__rules_unref (spec->rules);
  vprod__own_unref (spec->own);
  free (spec);
}

int vprod__spec_copy (const vprod_spec *spec, vprod_spec **ret, vprod_error **err)
{
  _cleanup_spec_ vprod_spec *whole = calloc (1, sizeof *whole);
  int r = whole ? copy (vprod__spec_key_at (0), spec, whole) : -1;

  if (r == 0)
    r = copy_text (spec->base_dir, &whole->base_dir);
  if (r == 0)
    r = copy_text (spec->file, &whole->file);
  if (r < 0)
    return vprod__error_no_memory (err);
  whole->rules = vprod__rules_ref (spec->rules);
  whole->own = vprod__own_ref (spec->own);
  *ret = vprod__steal (&whole);
  return 0;
}
