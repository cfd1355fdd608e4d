/* SPDX-License-Identifier: MIT */
/* In what two images differ: their files, and their configurations. */
#include "checks/reproducible/facts.h"

#include <stdlib.h>
#include <string.h>
#include "util/grow.h"
#include "util/path.h"
#include "util/strv.h"

#define MOST_KEPT 1000

void vprod__differences_clear (struct vprod__differences *differences)
{
  for (size_t i = 0; i < differences->n_files; i++)
    free (differences->files[i].path);
  for (size_t i = 0; i < differences->n_settings; i++) {
    free (differences->settings[i].name);
    free (differences->settings[i].first);
    free (differences->settings[i].second);
  }
  free (differences->files);
  free (differences->settings);
  *differences = (struct vprod__differences) { 0 };
}

/* ---- files --------------------------------------------------------------------------------------------- */

struct comparing {
  const struct vprod__snapshot *first;
  const struct vprod__snapshot *second;
  char *const *ignore;
  struct vprod__differences *ret;
};

static int is_ignored (const char *path, char *const *ignore)
{
  for (; ignore && *ignore; ignore++)
    if (vprod__path_is_under_anywhere (path, *ignore))
      return 1;
  return 0;
}

/* Why they differ is known of what is in a file, and of one that is there or not. */
static const struct vprod__irreproducible *reason_of (const char *path, unsigned differs, const struct vprod__snapshot_file *one,
                                                      const struct vprod__snapshot_file *other)
{
  if (differs & VPROD__DIFFERS_ABSENT)
    return vprod__irreproducible_find (path, VPROD__CONTENT_ANY);
  return differs & (VPROD__DIFFERS_CONTENT | VPROD__DIFFERS_TARGET)
           ? vprod__irreproducible_find (path, vprod__content_kind_of (path, one->head, other->head)) : NULL;
}

/* The place of the layer that it is of. */
static long place_of (const struct vprod__layers *layers, const struct vprod__snapshot_file *file, unsigned differs)
{
  return layers->place[differs & VPROD__DIFFERS_CONTENT ? file->origin : file->layer];
}

static int on_difference (void *data, const char *path, unsigned differs, const struct vprod__snapshot_file *one,
                          const struct vprod__snapshot_file *other)
{
  struct comparing *comparing = data;
  struct vprod__differences *ret = comparing->ret;
  const struct vprod__layers *layers = other ? &comparing->second->layers : &comparing->first->layers;

  if (is_ignored (path, comparing->ignore)) {
    ret->ignored++;
    return 0;
  }
  if (ret->n_files == MOST_KEPT) {
    ret->more++;
    return 0;
  }
  struct vprod__difference difference = {
    .path = strdup (path),
    .differs = differs,
    .absent_in = !one ? 1 : !other ? 2 : 0,
    .place = place_of (layers, other ? other : one, differs),
    .known = reason_of (path, differs, one, other),
  };
  if (!difference.path || vprod__grow (&ret->files, ret->n_files) < 0) {
    free (difference.path);
    return -1;
  }
  ret->files[ret->n_files++] = difference;
  return 0;
}

int vprod__differences_of_files (const struct vprod__snapshot *first, const struct vprod__snapshot *second, char *const *ignore,
                                 struct vprod__differences *ret)
{
  struct comparing comparing = { first, second, ignore, ret };

  return vprod__snapshot_compare (first, second, on_difference, &comparing);
}

/* ---- configurations ------------------------------------------------------------------------------------ */

static int add_setting (struct vprod__differences *ret, const char *kind, const char *name, size_t length, const char *first,
                        const char *second)
{
  struct vprod__setting_difference one = {
    .name = vprod__asprintf ("%s%s%.*s", kind, length > 0 ? " " : "", (int) length, name),
    .first = first ? strdup (first) : NULL,
    .second = second ? strdup (second) : NULL,
  };

  if (!one.name || (first && !one.first) || (second && !one.second) || vprod__grow (&ret->settings, ret->n_settings) < 0) {
    free (one.name);
    free (one.first);
    free (one.second);
    return -1;
  }
  ret->settings[ret->n_settings++] = one;
  return 0;
}

/* An empty text and none are the same. */
static int compare_texts (struct vprod__differences *ret, const char *kind, const char *first, const char *second)
{
  return strcmp (first ? first : "", second ? second : "") == 0 ? 0 : add_setting (ret, kind, "", 0, first, second);
}

static int compare_lists (struct vprod__differences *ret, const char *kind, char *const *first, char *const *second)
{
  _cleanup_free_ char *one = vprod__strv_join (first, " "), *other = vprod__strv_join (second, " ");
  size_t n = vprod__strv_length (first);
  int same = n == vprod__strv_length (second);

  if (!one || !other)
    return -1;
  for (size_t i = 0; same && i < n; i++)
    same = strcmp (first[i], second[i]) == 0;
  return same ? 0 : add_setting (ret, kind, "", 0, one, other);
}

/* Names without an order, as those of ports. */
static int compare_names (struct vprod__differences *ret, const char *kind, char *const *first, char *const *second)
{
  int r = 0;

  for (char *const *one = first; r == 0 && one && *one; one++)
    if (!vprod__strv_has (second, *one))
      r = add_setting (ret, kind, *one, strlen (*one), *one, NULL);
  for (char *const *other = second; r == 0 && other && *other; other++)
    if (!vprod__strv_has (first, *other))
      r = add_setting (ret, kind, *other, strlen (*other), NULL, *other);
  return r;
}

/* NAME=value, in any order. */
static int compare_pairs (struct vprod__differences *ret, const char *kind, char *const *first, char *const *second)
{
  int r = 0;

  for (int turn = 0; turn < 2; turn++)
    for (char *const *one = turn ? second : first; r == 0 && one && *one; one++) {
      size_t length = strcspn (*one, "=");
      _cleanup_free_ char *name = strndup (*one, length);
      const char *value = (*one)[length] ? *one + length + 1 : "";
      const char *other = name ? vprod__strv_env (turn ? first : second, name) : NULL;
      if (!name)
        return -1;
      if (turn ? !other : !other || strcmp (value, other) != 0)
        r = add_setting (ret, kind, *one, length, turn ? NULL : value, turn ? value : other);
    }
  return r;
}

int vprod__differences_of_settings (const vprod_image_facts *first, const vprod_image_facts *second, struct vprod__differences *ret)
{
  if (compare_pairs (ret, "variable", first->env, second->env) < 0 || compare_pairs (ret, "label", first->labels, second->labels) < 0
      || compare_texts (ret, "user", first->user, second->user) < 0
      || compare_texts (ret, "working directory", first->working_dir, second->working_dir) < 0
      || compare_lists (ret, "entrypoint", first->entrypoint, second->entrypoint) < 0
      || compare_lists (ret, "command", first->cmd, second->cmd) < 0
      || compare_lists (ret, "health check", first->healthcheck, second->healthcheck) < 0
      || compare_lists (ret, "ONBUILD", first->onbuild, second->onbuild) < 0
      || compare_texts (ret, "stop signal", first->stop_signal, second->stop_signal) < 0
      || compare_names (ret, "port", first->exposed_ports, second->exposed_ports) < 0
      || compare_names (ret, "volume", first->volumes, second->volumes) < 0
      || compare_texts (ret, "operating system", first->os, second->os) < 0
      || compare_texts (ret, "architecture", first->architecture, second->architecture) < 0
      || compare_texts (ret, "variant", first->variant, second->variant) < 0)
    return -1;
  return 0;
}
