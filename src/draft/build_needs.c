/* SPDX-License-Identifier: MIT */
/*
 * What the build must be given: secrets and SSH agents that RUN mounts, and named contexts, as a compose file or a bake file has
 * them. A secret's value is never read: a draft names where it comes from.
 */
#include "draft/compose.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"
#include "util/file.h"

typedef vprod__compose_node node;

#define MAX_BAKE (256 * 1024)
#define MAX_SECRETS 16

/* The value of a field of "type=secret,id=x,required", lent with its length; NULL: none. */
static const char *field (const char *flag, const char *name, size_t *ret_length)
{
  size_t n = strlen (name);

  for (const char *p = flag; p && *p; p = strchr (p, ',') ? strchr (p, ',') + 1 : NULL)
    if (strncmp (p, name, n) == 0 && p[n] == '=') {
      *ret_length = strcspn (p + n + 1, ",\"");
      return p + n + 1;
    }
  return NULL;
}

/* ---- secrets ---------------------------------------------------------------------------------------------------- */

static int has_secret (const struct vprod__draft *draft, const char *id)
{
  return vprod__strv_env (draft->secrets, id) != NULL;
}

static void add_secret (struct vprod__draft *draft, const char *id, const char *kind, const char *where, const char *from)
{
  _cleanup_free_ char *entry = NULL;

  if (vprod__spec_check_secret (id) || has_secret (draft, id) || (strcmp (kind, "env") == 0 && vprod__spec_check_variable (where))
      || vprod__strv_length (draft->secrets) >= MAX_SECRETS)
    return;
  vprod__draft_set (draft, &entry, "%s=%s:%s", id, kind, where);
  if (entry)
    vprod__draft_add (draft, &draft->secrets, entry);
  vprod__draft_note (draft, &draft->secret_notes, "%s: %s", id, from);
}

/* secrets: {npmrc: {file: .npmrc}} at the top of a compose file. */
static int declared (struct vprod__draft *draft, const char *id)
{
  for (size_t i = 0; draft->compose_files && i < draft->compose_files->n_files; i++) {
    const struct vprod__compose_file *file = &draft->compose_files->files[i];
    const node *secret = vprod__compose_get (vprod__compose_get (file->yaml->root, "secrets"), id);
    const node *path = vprod__compose_get (secret, "file"), *name = vprod__compose_get (secret, "environment");
    _cleanup_free_ char *text = vprod__compose_text (draft, path ? path : name, 0);
    _cleanup_free_ char *beside = text && path ? vprod__compose_beside (draft, text) : NULL;
    if (!text || !*text)
      continue;
    _cleanup_free_ char *whole = path ? vprod__compose_join (draft, draft->compose_files->dir, text) : NULL;
    int here = whole && vprod__file_kind (whole) == 'f';
    add_secret (draft, id, !path ? "env" : here ? "file" : "missing", path ? beside : text, file->name);
    return 1;
  }
  return 0;
}

/* A secret of which only the Dockerfile speaks: a file of that name, else a variable. */
static void guess_secret (struct vprod__draft *draft, const char *id, const char *from)
{
  _cleanup_free_ char *name = strdup (id), *dotted = NULL;

  vprod__draft_set (draft, &dotted, ".%s", id);
  for (char *p = name; p && *p; p++)
    *p = isalnum ((unsigned char) *p) ? (char) toupper ((unsigned char) *p) : '_';
  if (!name || !dotted)
    return;
  if (strcmp (draft->context, ".") == 0 && vprod__draft_kind (draft, dotted) == 'f')
    add_secret (draft, id, "file", dotted, from);
  else
    add_secret (draft, id, "env", isdigit ((unsigned char) *name) ? "SECRET" : name, from);
}

static void take_mounts (struct vprod__draft *draft, const struct vprod__instruction *it)
{
  for (size_t i = 0; it->flags && it->flags[i]; i++) {
    const char *flag = strncmp (it->flags[i], "--mount=", 8) == 0 ? it->flags[i] + 8 : "", *id;
    size_t length = 0, type_length = 0;
    const char *type = field (flag, "type", &type_length);
    _cleanup_free_ char *name = NULL, *from = NULL;
    if (!type)
      continue;
    id = field (flag, "id", &length);
    vprod__draft_set (draft, &from, "line %zu of the Dockerfile", it->line);
    if (type_length == 3 && strncmp (type, "ssh", 3) == 0) {
      vprod__draft_set (draft, &name, "%.*s", id ? (int) length : 7, id ? id : "default");
      if (name && !vprod__spec_check_ssh (name))
        vprod__draft_add (draft, &draft->ssh, name);
    }
    if (type_length != 6 || strncmp (type, "secret", 6) != 0)
      continue;
    if (!id && (id = field (flag, "target", &length))) /* BuildKit's default: the target's last part */
      for (const char *end = id + length, *p = id; p < end; p++)
        if (*p == '/') {
          id = p + 1;
          length = (size_t) (end - id);
        }
    name = id ? strndup (id, length) : NULL;
    if (name && from && !declared (draft, name))
      guess_secret (draft, name, from);
  }
}

/* ---- contexts ------------------------------------------------------------------------------------------------------ */

/* Does COPY --from, a mount or FROM name it, and no stage does? */
static int is_used (const struct vprod__draft *draft, const char *name)
{
  if (vprod__dockerfile_find_stage (&draft->file, name) >= 0)
    return 0;
  for (size_t i = 0; i < draft->file.n_stages; i++)
    if (strcmp (draft->file.stages[i].base, name) == 0)
      return 1;
  for (size_t i = 0; i < draft->file.count; i++) {
    const char *from = vprod__instruction_flag (&draft->file.list[i], "from");
    if (from && strcmp (from, name) == 0)
      return 1;
    for (size_t k = 0; draft->file.list[i].flags && draft->file.list[i].flags[k]; k++) {
      size_t n = 0;
      const char *mount = field (draft->file.list[i].flags[k], "from", &n);
      if (mount && n == strlen (name) && strncmp (mount, name, n) == 0)
        return 1;
    }
  }
  return 0;
}

static void add_context (struct vprod__draft *draft, const char *name, const char *where)
{
  _cleanup_free_ char *entry = NULL;

  if (vprod__spec_check_context (name) || !is_used (draft, name) || !*where || vprod__strv_env (draft->contexts, name))
    return;
  vprod__draft_set (draft, &entry, "%s=%s", name, where);
  if (entry)
    vprod__draft_add (draft, &draft->contexts, entry);
}

static void take_context (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data)
{
  _cleanup_free_ char *name = strndup (pair->name, pair->length), *where = NULL;

  (void) data;
  if (!name || !pair->value)
    return;
  if (!strstr (pair->value, "://") && !strchr (pair->value, '@'))
    where = vprod__compose_beside (draft, pair->value);
  add_context (draft, name, where ? where : pair->value);
}

/* docker-bake.hcl: contexts = { shared = "../shared" }, secret = ["id=token,env=TOKEN"]. Only texts without variables. */
static void read_bake (struct vprod__draft *draft, const char *text)
{
  int inside = 0;

  for (const char *p = text; *p;) {
    size_t n = strcspn (p, "\n");
    _cleanup_free_ char *line = strndup (p, n);
    char *word = line ? line + strspn (line, " \t\"") : NULL, *equals = word ? strpbrk (word, "=:") : NULL, *quote;
    p += n + (p[n] == '\n');
    if (!word || *word == '#' || strstr (word, "${"))
      continue;
    if (strncmp (word, "contexts", 8) == 0 && (quote = strchr (word, '{'))) {
      inside = 1;
      word = quote + 1 + strspn (quote + 1, " \t\"");
      equals = strpbrk (word, "=:");
    }
    if (inside && equals && (quote = strchr (equals, '"')) && strchr (quote + 1, '"')) {
      *strchr (quote + 1, '"') = '\0';
      word[strcspn (word, " \t\"=:")] = '\0';
      add_context (draft, word, quote + 1);
    }
    inside = inside && !memchr (p - n - (p[-1] == '\n'), '}', n);
    for (char *entry = line; (entry = strstr (entry, "id=")); entry++) {
      size_t length = 0, where_length = 0;
      const char *id = field (entry, "id", &length), *where = field (entry, "env", &where_length);
      const char *kind = where ? "env" : "missing";
      where = where ? where : field (entry, "src", &where_length);
      _cleanup_free_ char *name = id ? strndup (id, length) : NULL, *place = where ? strndup (where, where_length) : NULL;
      if (name && place && draft->steps.data && strstr (draft->secret_ids ? draft->secret_ids : "", name))
        add_secret (draft, name, kind, place, "the bake file");
    }
  }
}

static void read_bakes (struct vprod__draft *draft)
{
  static const char *const names[] = { "docker-bake.hcl", "docker-bake.json", "docker-bake.override.hcl", NULL };

  for (size_t i = 0; names[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, names[i], MAX_BAKE, &text))
      read_bake (draft, vprod__buf_string (&text));
  }
}

/* The ids of all secrets that are mounted, as one text. */
static void find_ids (struct vprod__draft *draft)
{
  _cleanup_buf_ struct vprod__buf all = { 0 };

  for (size_t i = 0; i < draft->file.count; i++)
    for (size_t k = 0; draft->file.list[i].flags && draft->file.list[i].flags[k]; k++)
      if (strstr (draft->file.list[i].flags[k], "type=secret") && vprod__buf_addf (&all, "%s\n", draft->file.list[i].flags[k]) < 0)
        draft->no_memory = 1;
  draft->secret_ids = vprod__buf_steal (&all);
}

void vprod__draft_find_needs (struct vprod__draft *draft)
{
  const node *build = draft->compose_files ? vprod__compose_service_get (&draft->compose_files->app, "build") : NULL;

  find_ids (draft);
  if (draft->compose_files && draft->compose_files->app.count > 0)
    vprod__compose_each_pair (draft, vprod__compose_get (build, "additional_contexts"), draft->compose_files->app.files[0], take_context,
                              NULL);
  read_bakes (draft);
  for (size_t i = 0; i < draft->file.count; i++)
    if (strcmp (draft->file.list[i].name, "RUN") == 0 && draft->file.list[i].stage >= 0 && draft->needed[draft->file.list[i].stage])
      take_mounts (draft, &draft->file.list[i]);
}
