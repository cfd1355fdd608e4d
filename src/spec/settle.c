/* SPDX-License-Identifier: MIT */
/* Rules for several keys together, and what is derived from the folder that the spec is in. */
#include "spec/dockerfiles.h"
#include "spec/read.h"
#include "spec/refs.h"
#include "util/path.h"
#include "util/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct vprod__spec_reader reader;

int vprod__spec_base_dir (const char *base_dir, char **ret, vprod_error **err)
{
  char *absolute = realpath (base_dir && *base_dir ? base_dir : ".", NULL);

  if (!absolute)
    return errno == ENOMEM ? vprod__error_no_memory (err)
                           : vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot find the spec's folder %s",
                                               base_dir && *base_dir ? base_dir : ".");
  *ret = absolute;
  return 0;
}

/* ---- the name --------------------------------------------------------------------------------------------- */

/* "/srv/My Service_2" → "my-service_2" */
static char *name_of_folder (const char *base_dir)
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

/* ---- paths ------------------------------------------------------------------------------------------------ */

/* path below base unless it is absolute; "./", "//" and a slash at the end are taken out, ".." is left: it may
   lead through a link. */
static char *join (const char *base, const char *path)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (*path != '/' && vprod__buf_adds (&out, strcmp (base, "/") == 0 ? "" : base) < 0)
    return NULL;
  for (const char *p = path; *p;) {
    size_t n = strcspn (p, "/");
    if (n > 0 && !(n == 1 && *p == '.') && vprod__buf_addf (&out, "/%.*s", (int) n, p) < 0)
      return NULL;
    p += n;
    p += strspn (p, "/");
  }
  if (out.length == 0 && vprod__buf_adds (&out, "/") < 0)
    return NULL;
  return vprod__buf_steal (&out);
}

/* 0 with the first that exists in *ret, or NULL; -1 out of memory. */
static int find_dockerfile (const char *base_dir, const char *context, char **ret)
{
  const char *folders[] = { base_dir, context };
  struct stat st;

  for (size_t f = 0; f < 2; f++)
    for (size_t i = 0; vprod__dockerfile_names[i]; i++) {
      _cleanup_free_ char *path = join (folders[f], vprod__dockerfile_names[i]);
      if (!path)
        return -1;
      if (stat (path, &st) == 0 && !S_ISDIR (st.st_mode)) {
        *ret = vprod__steal (&path);
        return 0;
      }
    }
  return 0;
}

static int settle_paths (vprod_spec *spec)
{
  free (spec->image.context);
  free (spec->image.dockerfile);
  spec->image.dockerfile = NULL;
  spec->image.context = join (spec->base_dir, spec->image.context_named ? spec->image.context_named : ".");
  if (!spec->image.context)
    return -1;
  if (!spec->image.dockerfile_named)
    return find_dockerfile (spec->base_dir, spec->image.context, &spec->image.dockerfile);
  spec->image.dockerfile = join (spec->base_dir, spec->image.dockerfile_named);
  return spec->image.dockerfile ? 0 : -1;
}

/* ---- rules across keys ------------------------------------------------------------------------------------ */

static int check_image (reader *r)
{
  const vprod_spec *spec = r->spec;
  const struct {
    const char *name;
    int is_there;
  } others[] = {
    { "dockerfile", spec->image.dockerfile_named != NULL },
    { "context", spec->image.context_named != NULL },
    { "target", spec->image.target != NULL },
    { "args", spec->image.args != NULL },
  };
  const struct vprod__yaml_node *image = vprod__yaml_get (r->yaml->root, "image", NULL);
  struct vprod__yaml_node *key = NULL;

  for (size_t i = 0; spec->image.ref && i < sizeof others / sizeof others[0]; i++)
    if (others[i].is_there) {
      vprod__yaml_get (image, others[i].name, &key);
      return vprod__yaml_error (r->yaml, key ? key->begin : 0, r->err,
                                "image.%s and image.ref exclude each other: what exists is not built",
                                others[i].name);
    }
  return 0;
}

static int check_refs_of (reader *r, char *const *texts, const char *what)
{
  for (size_t i = 0; texts && texts[i]; i++) {
    _cleanup_free_ char *why = NULL;
    size_t index;
    int found = vprod__spec_check_refs (r->spec, texts[i], &why, &index);
    _cleanup_free_ char *shown = found > 0 ? vprod__text_harmless (texts[i], strcspn (texts[i], "=")) : NULL;
    if (found < 0 || (found && !shown))
      return vprod__spec_no_memory (r);
    if (found)
      return vprod__error_set (r->err, VPROD_ERROR_SPEC, 0, "%s (%s): %s", what, shown, why);
  }
  return 0;
}

int vprod__spec_settle (reader *r)
{
  vprod_spec *spec = r->spec;
  int e = check_image (r);

  /* references are checked as they are read; but vprod_spec_set may have removed a service that they name */
  if (e == 0)
    e = check_refs_of (r, spec->run.env, "run.env");
  if (e == 0)
    e = check_refs_of (r, spec->image.args, "image.args");
  if (e == 0)
    e = check_refs_of (r, spec->run.command, "run.command");
  if (e < 0)
    return e;
  if (!spec->name)
    spec->name = name_of_folder (spec->base_dir);
  if (!spec->name)
    return vprod__spec_no_memory (r);
  return settle_paths (spec) < 0 ? vprod__spec_no_memory (r) : 0;
}
