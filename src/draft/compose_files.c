/* SPDX-License-Identifier: MIT */
/* The compose files of a project, and their services. */
#include "draft/compose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/file.h"

typedef vprod__compose_node node;

#define MAX_EXTENDS 4

/* ---- looking things up -------------------------------------------------------------------------------------- */

static const node *get (const node *mapping, const char *key, int depth)
{
  if (!mapping || mapping->kind != VPROD__YAML_MAPPING || depth > VPROD__YAML_MAX_DEPTH)
    return NULL;
  const node *value = vprod__yaml_get (mapping, key, NULL), *merged = value ? NULL : vprod__yaml_get (mapping, "<<", NULL);

  if (merged && merged->kind == VPROD__YAML_MAPPING)
    value = get (merged, key, depth + 1);
  for (size_t i = 0; merged && !value && merged->kind == VPROD__YAML_SEQUENCE && i < merged->count; i++)
    value = get (merged->items[i], key, depth + 1);
  return value && vprod__yaml_is_null (value) ? NULL : value;
}

const node *vprod__compose_get (const node *mapping, const char *key)
{
  return get (mapping, key, 0);
}

static void add_layer (const struct vprod__compose *compose, struct vprod__compose_service *service,
                       const struct vprod__compose_file *file, const char *name, int depth)
{
  const node *mapping = vprod__compose_get (file->services, name);

  if (!mapping || mapping->kind != VPROD__YAML_MAPPING || service->count >= VPROD__COMPOSE_MAX_LAYERS || depth > MAX_EXTENDS)
    return;
  service->layers[service->count] = mapping;
  service->files[service->count++] = file;
  const node *extends = vprod__compose_get (mapping, "extends");
  const node *base = extends && extends->kind == VPROD__YAML_MAPPING ? vprod__compose_get (extends, "service") : extends;
  if (!base || base->kind != VPROD__YAML_SCALAR)
    return;
  /* of another file: that one, if it is among those that are read; else the one of that name */
  const node *other = extends->kind == VPROD__YAML_MAPPING ? vprod__compose_get (extends, "file") : NULL;
  const struct vprod__compose_file *where = file;
  for (size_t i = 0; other && other->kind == VPROD__YAML_SCALAR && i < compose->n_files; i++)
    if (strcmp (strrchr (compose->files[i].name, '/') ? strrchr (compose->files[i].name, '/') + 1 : compose->files[i].name,
                strrchr (other->text, '/') ? strrchr (other->text, '/') + 1 : other->text) == 0)
      where = &compose->files[i];
  if (where != file || strcmp (base->text, name) != 0)
    add_layer (compose, service, where, base->text, depth + 1);
}

struct vprod__compose_service vprod__compose_find (const struct vprod__compose *compose, const char *name)
{
  struct vprod__compose_service service = { .name = name };

  for (size_t i = 0; i < compose->n_files; i++)
    add_layer (compose, &service, &compose->files[i], name, 0);
  return service;
}

const node *vprod__compose_service_get (const struct vprod__compose_service *service, const char *key)
{
  const node *value = NULL;

  for (size_t i = 0; i < service->count && !value; i++)
    value = vprod__compose_get (service->layers[i], key);
  return value;
}

void vprod__compose_each (struct vprod__draft *draft, const struct vprod__compose *compose,
                          void (*take) (struct vprod__draft *draft, const struct vprod__compose_service *service, void *data), void *data)
{
  for (size_t f = 0; f < compose->n_files; f++)
    for (size_t i = 0; i + 1 < compose->files[f].services->count; i += 2) {
      const char *name = compose->files[f].services->items[i]->text;
      int known = 0;
      for (size_t k = 0; k < f; k++)
        known |= vprod__yaml_get (compose->files[k].services, name, NULL) != NULL;
      struct vprod__compose_service service = vprod__compose_find (compose, name);
      if (!known && service.count > 0)
        take (draft, &service, data);
    }
}

char *vprod__compose_place (struct vprod__draft *draft, const struct vprod__compose_service *service, const node *at)
{
  char *place = NULL;
  size_t line = 0, column;

  for (size_t i = 0; i < service->count; i++) {
    const struct vprod__yaml *yaml = service->files[i]->yaml;
    int here = 0;
    for (size_t k = 0; at && k < yaml->n_nodes && !here; k++)
      here = yaml->nodes[k] == at;
    if (at && !here)
      continue;
    size_t begin = at ? at->begin : service->layers[i]->begin;
    for (size_t k = 0; !at && k + 1 < service->files[i]->services->count; k += 2)
      if (service->files[i]->services->items[k + 1] == service->layers[i])
        begin = service->files[i]->services->items[k]->begin;
    vprod__yaml_position (yaml->source, yaml->length, begin, &line, &column);
    vprod__draft_set (draft, &place, "%s:%zu", service->files[i]->name, line);
    return place;
  }
  vprod__draft_set (draft, &place, "%s", draft->compose);
  return place;
}

/* ---- paths -------------------------------------------------------------------------------------------------- */

char *vprod__compose_join (struct vprod__draft *draft, const char *base, const char *path)
{
  _cleanup_buf_ struct vprod__buf whole = { 0 }, out = { 0 };
  char *ret = NULL;

  if (vprod__buf_addf (&whole, "%s/%s", *path == '/' ? "" : base, path) < 0)
    draft->no_memory = 1;
  const char *text = vprod__buf_string (&whole);
  int absolute = *text == '/' && (*path == '/' || *base == '/');
  for (const char *p = text; *p;) {
    size_t n = strcspn (p, "/");
    const char *last = out.length ? strrchr (out.data, '/') : NULL;
    last = last ? last + 1 : vprod__buf_string (&out);
    if (n == 2 && strncmp (p, "..", 2) == 0 && *last && strcmp (last, "..") != 0) {
      out.length = last > out.data ? (size_t) (last - out.data) - 1 : 0;
      out.data[out.length] = '\0';
    }
    else if (n > 0 && !(n == 1 && *p == '.')
             && vprod__buf_addf (&out, "%s%.*s", out.length || absolute ? "/" : "", (int) n, p) < 0)
      draft->no_memory = 1;
    p += n;
    p += strspn (p, "/");
  }
  vprod__draft_set (draft, &ret, "%s", out.length ? out.data : absolute ? "/" : ".");
  return ret;
}

char *vprod__compose_beside (struct vprod__draft *draft, const char *path)
{
  _cleanup_free_ char *whole = NULL;

  vprod__draft_set (draft, &whole, "%s%s", *path == '/' ? "" : draft->compose_files->up, path);
  return whole ? vprod__compose_join (draft, ".", whole) : NULL;
}

int vprod__compose_read (struct vprod__draft *draft, const char *path, size_t limit, struct vprod__buf *ret)
{
  _cleanup_free_ char *whole = vprod__compose_join (draft, draft->compose_files->dir, path);

  if (!whole)
    return 0;
  int r = vprod__file_read (whole, limit, ret, NULL);
  draft->no_memory |= r == -VPROD_ERROR_NO_MEMORY;
  return r == 0;
}

/* ---- files -------------------------------------------------------------------------------------------------- */

int vprod__compose_add (struct vprod__draft *draft, struct vprod__compose *compose, const char *name, const char *shown,
                        vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *path = vprod__compose_join (draft, compose->dir, name);
  _cleanup_yaml_ struct vprod__yaml *yaml = NULL;

  if (!path || compose->n_files >= VPROD__COMPOSE_MAX_FILES)
    return vprod__error_no_memory (err);
  int r = vprod__file_read (path, VPROD__YAML_MAX_BYTES, &text, NULL);
  if (r != 0)
    return r == -VPROD_ERROR_NO_MEMORY ? vprod__error_no_memory (err)
           : vprod__error_set (err, VPROD_ERROR_IO, 0, "there is no file %s to draft a spec from", path);
  r = vprod__yaml_parse_foreign (vprod__buf_string (&text), text.length, shown, &yaml, err);
  if (r < 0)
    return r;
  const node *services = yaml->root && yaml->root->kind == VPROD__YAML_MAPPING ? vprod__compose_get (yaml->root, "services") : NULL;
  if (!services || services->kind != VPROD__YAML_MAPPING)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s is no compose file: it has no services", shown);
  struct vprod__compose_file *file = &compose->files[compose->n_files];
  file->name = strdup (shown);
  if (!file->name)
    return vprod__error_no_memory (err);
  file->yaml = vprod__steal (&yaml);
  file->services = services;
  compose->n_files++;
  return 0;
}

void vprod__compose_free (struct vprod__compose *compose)
{
  if (!compose)
    return;
  for (size_t i = 0; i < compose->n_files; i++) {
    free (compose->files[i].name);
    vprod__yaml_free (compose->files[i].yaml);
  }
  vprod__strv_free (compose->variables);
  vprod__strv_free (compose->secrets);
  free (compose->dir);
  free (compose->up);
  free (compose);
}
