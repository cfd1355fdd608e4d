/* SPDX-License-Identifier: MIT */
#include "checks/required_env/sources.h"

#include "dockerfile/ignore.h"
#include "scan/defaults.h"
#include "known/sources.h"
#include "scan/secret.h"
#include "util/file.h"
#include "util/strv.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SOURCE (256 * 1024)
#define MAX_ALL (8 * 1024 * 1024)

/* What is looked for: the variables, each with the place that gives it a default, once that is found. */
struct wanted {
  const char *name;
  struct vprod__defaults *defaults;
  struct vprod__without *without; /* NULL: it is not listed */
};

struct search {
  struct vprod__env_sources *sources;
  struct wanted *wanted;
  size_t count;
};

void vprod__env_sources_clear (struct vprod__env_sources *sources)
{
  free (sources->defaults);
  vprod__strv_free (sources->names);
  vprod__strv_free (sources->places);
}

static int want (struct search *search, const char *name, struct vprod__without *without)
{
  struct wanted *one = &search->wanted[search->count];

  *one = (struct wanted) { .name = name, .without = without };
  if (vprod__defaults_new (name, &one->defaults) < 0)
    return -1;
  search->count++;
  return 0;
}

/* The variables of which the places are of use. */
static int choose (struct search *search, const vprod_spec *spec, char *const *vars, struct vprod__without *without, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!vprod__is_refusal (&without[i]) && !without[i].image_default && !vprod__is_file (without[i].variable)
        && want (search, without[i].variable, &without[i]) < 0)
      return -1;
  for (size_t i = 0; spec->run.env && spec->run.env[i]; i++) {
    size_t length = strcspn (spec->run.env[i], "=");
    if (!vprod__secret_name (spec->run.env[i], length))
      continue;
    if (vprod__strv_take (&search->sources->names, strndup (spec->run.env[i], length)) < 0)
      return -1;
    const char *name = search->sources->names[vprod__strv_length (search->sources->names) - 1];
    if (!vprod__strv_has (vars, name) && want (search, name, NULL) < 0)
      return -1;
  }
  return 0;
}

/* A place was found: it is the variable's, and looked for no more. */
static int found (struct search *search, struct wanted *one, const char *file, size_t line)
{
  struct vprod__env_sources *sources = search->sources;

  if (vprod__strv_addf (&sources->places, "%s:%zu", file, line) < 0)
    return -1;
  const char *place = sources->places[vprod__strv_length (sources->places) - 1];
  if (one->without)
    one->without->code_default = place;
  else
    sources->defaults[sources->n_defaults++] = (struct vprod__env_default) { one->name, place };
  vprod__defaults_free (one->defaults);
  one->defaults = NULL;
  return 0;
}

static int read_files (struct search *search, const char *folder, char *const *files)
{
  size_t all = 0;

  for (size_t i = 0; files && files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    _cleanup_free_ char *path = vprod__asprintf ("%s/%s", folder, files[i]);
    if (!path)
      return -1;
    if (vprod__file_read (path, MAX_SOURCE, &text, NULL) != 0)
      continue;
    all += text.length;
    for (size_t j = 0; j < search->count; j++) {
      struct wanted *one = &search->wanted[j];
      size_t line = one->defaults ? vprod__defaults_find (one->defaults, vprod__buf_string (&text), text.length) : 0;
      if (line > 0 && found (search, one, files[i], line) < 0)
        return -1;
    }
  }
  return 0;
}

static int look (struct search *search, const vprod_spec *spec)
{
  _cleanup_strv_ char **ignored = NULL, **files = NULL;

  if (search->count == 0 || !spec->image.context)
    return 0;
  if (vprod__ignore_load (spec->image.context, spec->image.dockerfile, &ignored, NULL) == -VPROD_ERROR_NO_MEMORY
      || vprod__sources_list (spec->image.context, "", ignored, &files) < 0)
    return -1;
  return read_files (search, spec->image.context, files);
}

int vprod__env_sources_look (struct vprod__env_sources *sources, const vprod_spec *spec, char *const *vars,
                             struct vprod__without *without, size_t count, vprod_error **err)
{
  size_t most = count + vprod__strv_length (spec->run.env);
  struct search search = { .sources = sources, .wanted = calloc (most + 1, sizeof *search.wanted) };
  int r = -1;

  sources->defaults = calloc (most + 1, sizeof *sources->defaults);
  if (search.wanted && sources->defaults) {
    r = choose (&search, spec, vars, without, count);
    if (r == 0)
      r = look (&search, spec);
  }
  for (size_t i = 0; search.wanted && i < search.count; i++)
    vprod__defaults_free (search.wanted[i].defaults);
  free (search.wanted);
  return r < 0 ? vprod__error_no_memory (err) : 0;
}
