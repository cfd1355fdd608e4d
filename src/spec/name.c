/* SPDX-License-Identifier: MIT */
/* The subject's name: as the spec says, else as its folder is called. */
#include "spec/read.h"
#include "util/path.h"

#include <string.h>

char *vprod__spec_name_of_folder (const char *base_dir)
{
  const char *folder = vprod__path_name (base_dir);
  _cleanup_free_ char *name = calloc (1, strlen (folder) + sizeof "app");
  size_t n = 0;

  if (!name)
    return NULL;
  for (const char *p = folder; *p && n < 60; p++) {
    char c = *p >= 'A' && *p <= 'Z' ? (char) (*p - 'A' + 'a') : *p;
    int good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (good)
      name[n++] = c;
    else if (n > 0 && !strchr ("-._", name[n - 1]))
      name[n++] = strchr ("._", c) ? c : '-';
  }
  while (n > 0 && strchr ("-._", name[n - 1]))
    n--;
  name[n] = '\0';
  if (n == 0)
    memcpy (name, "app", sizeof "app");
  return vprod__steal (&name);
}

/* The name in a tree, as far as it can be read: the rest may be wrong. *ret stays NULL where there is none. */
static int name_in (const struct vprod__yaml *tree, char **ret, vprod_error **err)
{
  struct vprod__yaml_node *key = NULL, *node = tree->root && tree->root->kind == VPROD__YAML_MAPPING
                                                 ? vprod__yaml_get (tree->root, "name", &key) : NULL;

  if (!node || vprod__yaml_is_null (node))
    return 0;
  const char *why = node->kind == VPROD__YAML_SCALAR ? vprod__spec_check_name (node->text) : "must be a text";
  if (why)
    return vprod__yaml_error (tree, key->begin, err, "name: %s", why);
  *ret = strdup (node->text);
  return *ret ? 0 : vprod__error_no_memory (err);
}

int vprod_spec_read_name (const char *path, char **ret_name, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *file = NULL, *folder = NULL, *base_dir = NULL, *name = NULL;
  _cleanup_yaml_ struct vprod__yaml *tree = NULL;

  if (!path || !ret_name)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_read_name: %s may not be NULL", path ? "ret_name" : "path");
  int r = vprod__spec_read_file (path, &text, &file, &folder, err);
  if (r == 0)
    r = vprod__yaml_parse (vprod__buf_string (&text), text.length, file, &tree, err);
  if (r == 0)
    r = name_in (tree, &name, err);
  if (r == 0 && !name)
    r = vprod__spec_base_dir (folder, &base_dir, err);
  if (r < 0)
    return r;
  if (!name && !(name = vprod__spec_name_of_folder (base_dir)))
    return vprod__error_no_memory (err);
  *ret_name = vprod__steal (&name);
  return 0;
}
