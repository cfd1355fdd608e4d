/* SPDX-License-Identifier: MIT */
#include "checks/dev_deps_absent/paths.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_TIMEOUT_MS (60 * 1000)

int vprod__look (struct vprod__look *look, const char *path, int *ret_there, vprod_error **err)
{
  vprod_call call;

  if (!look->container) {
    int r = vprod__session_still_container (look->session, &look->container, err);
    if (r < 0)
      return r;
  }
  vprod__session_call (look->session, LOOK_TIMEOUT_MS, &call);
  return vprod__runner_container_has_path (vprod__session_runner (look->session), &call, look->container, path,
                                           ret_there, err);
}

void vprod__look_clear (struct vprod__look *look)
{
  free (look->container);
  look->container = NULL;
}

int vprod__path_watch_init (struct vprod__path_watch *watch, char *const *paths, vprod_error **err)
{
  char clean[PATH_MAX];
  size_t count = 0;

  while (paths && paths[count])
    count++;
  *watch = (struct vprod__path_watch) { .paths = paths, .open = calloc (count + 1, 1) };
  if (!watch->open)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < count; i++)
    watch->open[i] = !vprod__clean_path (paths[i], clean);
  return 0;
}

/* Is `inner` the path `outer`, or in it? */
static int is_in (const char *inner, const char *outer)
{
  size_t length = strlen (outer);

  return strncmp (inner, outer, length) == 0 && (inner[length] == '\0' || inner[length] == '/');
}

static void note (struct vprod__path_watch *watch, const struct vprod__layer_file *file)
{
  char clean[PATH_MAX];

  if (file->kind == VPROD__FILE_WHITEOUT || file->kind == VPROD__FILE_OPAQUE)
    return;
  for (size_t i = 0; watch->paths && watch->paths[i]; i++) {
    if (watch->open[i] || !vprod__clean_path (watch->paths[i], clean))
      continue;
    watch->open[i] = is_in (file->path, clean) || (file->kind == VPROD__FILE_LINK && is_in (clean, file->path));
  }
}

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct vprod__path_watch *watch = data;

  note (watch, file);
  return watch->other.on_file (watch->other.data, file, err);
}

static int on_content (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct vprod__path_watch *watch = data;

  return watch->other.on_content (watch->other.data, bytes, length, err);
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  struct vprod__path_watch *watch = data;

  watch->watched = 1;
  return watch->other.on_end (watch->other.data, visible, err);
}

void vprod__path_watch_visitor (struct vprod__path_watch *watch, struct vprod__layer_visitor *ret)
{
  *ret = (struct vprod__layer_visitor) { .on_file = on_file, .on_content = on_content, .on_end = on_end, .data = watch };
}

void vprod__path_watch_clear (struct vprod__path_watch *watch)
{
  free (watch->open);
  *watch = (struct vprod__path_watch) { 0 };
}
