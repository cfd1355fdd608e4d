/* SPDX-License-Identifier: MIT */
#include "checks/no_secrets/layers.h"
#include "image/installed.h"
#include "image/nested.h"
#include "image/visible.h"
#include "session/hide.h"

#include <string.h>
#include <sys/resource.h>
#include "scan/scan.h"
#include "util/grow.h"

#define MAX_KEPT 2000 /* before samples of packages are left out */
#define NICENESS 10 /* of the searching thread: the app that starts meanwhile goes first */

struct looking {
  struct vprod__scan *scan;
  struct vprod__nested nested;
  struct vprod__secret_allow *allow;
  struct vprod__redact *redact; /* what is found is hidden from then on: the app may log it before the image is read whole */
  struct vprod__layer_secrets *found;
  struct vprod__installed installed;
  const char *spec_name; /* base name of the spec's file; NULL: the spec is in no file */
  size_t layer;  /* number of the current layer */
  char *path;    /* of the current file in it */
  int is_polite;
  int no_memory;
};

void vprod__layer_secrets_clear (struct vprod__layer_secrets *secrets)
{
  for (size_t i = 0; i < secrets->count; i++)
    free (secrets->list[i].is);
  free (secrets->list);
  free (secrets->cut);
  vprod__layers_clear (&secrets->layers);
  *secrets = (struct vprod__layer_secrets) { 0 };
}

/* ---- what is found ------------------------------------------------------------------------------------- */

static int is_by_name (const char *rule)
{
  return strcmp (rule, VPROD__SECRET_BY_NAME) == 0;
}

static int is_of_run_env (const char *rule)
{
  return strcmp (rule, VPROD__SECRET_RUN_ENV) == 0;
}

static int is_in_place (const struct vprod__layer_secret *known, const struct vprod__secret *secret, size_t layer)
{
  return known->number == layer && known->is->line == secret->line && strcmp (known->is->path, secret->path) == 0;
}

static int keep_new (struct vprod__layer_secrets *found, const struct vprod__secret *secret, size_t layer, int allowed)
{
  struct vprod__secret *copy = vprod__secret_copy (secret);

  if (!copy || vprod__grow (&found->list, found->count) < 0) {
    free (copy);
    return -1;
  }
  found->list[found->count++] = (struct vprod__layer_secret) { .is = copy, .number = layer, .places = 1, .allowed = allowed };
  return 0;
}

/* Replaces a rule that goes by the name by one that goes by the form. */
static int know_better (struct vprod__layer_secret *known, const struct vprod__secret *secret, int allowed)
{
  struct vprod__secret better = *secret;

  better.variable = known->is->variable;
  struct vprod__secret *copy = vprod__secret_copy (&better);
  if (!copy)
    return -1;
  free (known->is);
  known->is = copy;
  known->allowed = allowed;
  return 0;
}

/* One value in one place is reported once, also where two rules find it: by its name and its form, or by the form of the token
   and of the file (.npmrc). What the spec allows by its form is so by its name in that place. */
static int keep (struct vprod__layer_secrets *found, const struct vprod__secret *secret, size_t layer, int allowed)
{
  for (size_t i = 0; i < found->count; i++) {
    struct vprod__layer_secret *known = &found->list[i];
    if (strcmp (known->is->value, secret->value) != 0 || !*secret->value)
      continue;
    if (strcmp (known->is->rule, secret->rule) == 0) {
      if (strcmp (known->is->path, secret->path) != 0)
        continue; /* settle () puts them together, as one of them may not count */
      known->places++;
      return 0;
    }
    if (!is_in_place (known, secret, layer) || is_of_run_env (known->is->rule) || is_of_run_env (secret->rule))
      continue;
    return is_by_name (known->is->rule) && !is_by_name (secret->rule) ? know_better (known, secret, allowed) : 0;
  }
  if (found->count == MAX_KEPT) {
    found->more++;
    return 0;
  }
  return keep_new (found, secret, layer, allowed);
}

/* A value of run.env in a copy of the spec itself, which `COPY . .` brings, need not be a secret of production. One that looks
   like a secret is found in it by its name all the same. */
static int is_in_spec (const struct looking *looking, const struct vprod__secret *secret)
{
  return looking->spec_name && is_of_run_env (secret->rule)
         && strcmp (basename (secret->path), looking->spec_name) == 0;
}

static int on_secret (void *data, const struct vprod__secret *secret)
{
  struct looking *looking = data;

  int allowed = vprod__secret_allowed (looking->allow, secret);
  if (is_in_spec (looking, secret) || (allowed && is_by_name (secret->rule)))
    return 0;
  size_t count = looking->found->count;
  looking->no_memory = keep (looking->found, secret, looking->layer, allowed) < 0;
  if (looking->found->count > count && !allowed && vprod__redact_add (looking->redact, secret->value, strlen (secret->value)) < 0)
    looking->no_memory = 1;
  return looking->no_memory;
}

/* ---- files --------------------------------------------------------------------------------------------- */

static int on_begin (void *data, const char *path, vprod_error **err)
{
  struct looking *looking = data;

  if (vprod__installed_begin (&looking->installed, path) < 0)
    return vprod__error_no_memory (err);
  return vprod__scan_begin (looking->scan, path, err);
}

static int on_bytes (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct looking *looking = data;

  if (vprod__installed_bytes (&looking->installed, bytes, length) < 0)
    return vprod__error_no_memory (err);
  return vprod__scan_bytes (looking->scan, bytes, length, err);
}

static int on_end (void *data, vprod_error **err)
{
  struct looking *looking = data;

  if (vprod__installed_end (&looking->installed) < 0)
    return vprod__error_no_memory (err);
  return vprod__scan_end (looking->scan, err);
}

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct looking *looking = data;

  if (!looking->is_polite) { /* of this thread alone, which ends with the export */
    setpriority (PRIO_PROCESS, 0, NICENESS);
    looking->is_polite = 1;
  }
  if (file->kind != VPROD__FILE_REGULAR)
    return 0;
  free (looking->path);
  looking->path = strdup (file->path);
  looking->layer = file->layer;
  return looking->path ? 1 : vprod__error_no_memory (err);
}

static int take_content (void *data, const struct vprod__content *content, vprod_error **err)
{
  struct looking *looking = data;
  int r = vprod__nested_read (&looking->nested, content, looking->path, err);

  return looking->no_memory ? vprod__error_no_memory (err) : r;
}

static int on_image_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  struct looking *looking = data;

  return vprod__layers_copy (&visible->layers, &looking->found->layers) < 0 ? vprod__error_no_memory (err) : 0;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static int compare (const void *a, const void *b)
{
  const struct vprod__layer_secret *one = a, *other = b;
  int paths = strcmp (one->is->path, other->is->path);

  if (one->layer != other->layer)
    return one->layer < other->layer ? -1 : 1;
  return paths != 0 ? paths : one->is->line < other->is->line ? -1 : one->is->line > other->is->line;
}

/* Is it in a layer of the image, and not a sample in a package? */
static int counts (struct looking *looking, const struct vprod__layer_secret *secret)
{
  return secret->layer >= 0
         && (secret->is->is_own || vprod__scan_counts_in_packages (secret->is->rule, secret->is->path)
             || !vprod__installed_has (&looking->installed, secret->is->path));
}

static struct vprod__layer_secret *find_same (struct vprod__layer_secrets *found, size_t n,
                                              const struct vprod__layer_secret *secret)
{
  for (size_t i = 0; i < n; i++)
    if (*secret->is->value && strcmp (found->list[i].is->value, secret->is->value) == 0 && strcmp (found->list[i].is->rule, secret->is->rule) == 0)
      return &found->list[i];
  return NULL;
}

/* Leaves out what does not count, sorts the rest, and puts together what is the same in many places. */
static void settle (struct looking *looking)
{
  struct vprod__layer_secrets *found = looking->found;
  size_t n = 0, kept = 0;

  for (size_t i = 0; i < found->count; i++) {
    found->list[i].layer = found->layers.place[found->list[i].number];
    if (!found->list[i].allowed && counts (looking, &found->list[i]))
      found->list[n++] = found->list[i];
    else
      free (found->list[i].is);
  }
  if (n > 1)
    qsort (found->list, n, sizeof *found->list, compare);
  for (size_t i = 0; i < n; i++) {
    struct vprod__layer_secret *same = find_same (found, kept, &found->list[i]);
    if (same) {
      same->places += found->list[i].places;
      free (found->list[i].is);
    } else
      found->list[kept++] = found->list[i];
  }
  found->count = kept;
}

int vprod__layer_secrets_find (vprod_session *session, int64_t timeout_ms, const char *const *values,
                               struct vprod__secret_allow *allow,
                               struct vprod__layer_secrets *ret, vprod_error **err)
{
  _cleanup_ (vprod__layer_secrets_clear) struct vprod__layer_secrets found = { 0 };
  const char *spec_file = vprod__session_spec (session)->file;
  struct looking looking = { .allow = allow, .found = &found, .spec_name = spec_file ? basename (spec_file) : NULL };
  struct vprod__layer_visitor visitor = {
    .on_file = on_file,
    .take_content = take_content,
    .on_end = on_image_end,
    .any_name = 1,
    .data = &looking,
  };
  struct vprod__own *own = NULL;
  vprod_call call;

  if (!(looking.redact = vprod__session_redact (session)))
    return vprod__error_no_memory (err);
  int r = vprod__session_own_rules (session, &own, err);

  if (r == 0)
    r = vprod__scan_new (values, on_secret, &looking, &looking.scan, err);
  if (r == 0)
    r = vprod__scan_use (looking.scan, own, err);
  if (r < 0) {
    vprod__scan_free (looking.scan);
    return r;
  }
  vprod__session_call (session, timeout_ms, &call);
  looking.nested = (struct vprod__nested) {
    .on_begin = on_begin, .on_bytes = on_bytes, .on_end = on_end, .data = &looking, .call = &call,
  };
  r = vprod__image_files (session, timeout_ms, &visitor, err);
  vprod__scan_free (looking.scan);
  free (looking.path);
  if (r == 0)
    settle (&looking);
  vprod__installed_clear (&looking.installed);
  found.bytes = looking.nested.bytes;
  found.files = looking.nested.files;
  found.n_cut = looking.nested.n_cut;
  found.cut = vprod__steal (&looking.nested.cut);
  found.why_cut = looking.nested.why_cut;
  if (r < 0)
    return r;
  *ret = found;
  found = (struct vprod__layer_secrets) { 0 };
  return 0;
}
