/* SPDX-License-Identifier: MIT */
/*
 * What a compose file runs beside the app, as services of the spec: those that the app depends on, or that its settings name. A job
 * that must be done before the app starts becomes a step of run.before.
 */
#include "draft/compose.h"
#include "known/service_images.h"
#include "util/file.h"
#include "util/path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"

typedef vprod__compose_node node;

#define MAX_SERVICES 12
#define MAX_TEXT_FILE 4096
#define MAX_DEPTH 4

struct search {
  char **wanted;  /* names */
  char **jobs;    /* that end before the app starts */
  char **others;  /* that nothing refers to */
  size_t n_postgres;
};

/* ---- which are wanted ----------------------------------------------------------------------------------------- */

/* Is the word in the text, as a name of its own? */
static int names (const char *text, const char *word)
{
  size_t n = strlen (word);

  for (const char *p = text; n > 0 && (p = strstr (p, word)); p++)
    if ((p == text || strchr ("/@,;:= \"'[(", p[-1])) && (!p[n] || strchr (":/?,; \"'])", p[n])))
      return 1;
  return 0;
}

/* Does a setting of the app, or its command, name this host? */
static int is_named (const struct vprod__draft *draft, const char *name)
{
  for (size_t i = 0; i < draft->n_variables; i++)
    if ((draft->variables[i].written && names (draft->variables[i].written, name))
        || (draft->variables[i].value && names (draft->variables[i].value, name)))
      return 1;
  for (size_t i = 0; draft->run_command && draft->run_command[i]; i++)
    if (names (draft->run_command[i], name))
      return 1;
  return 0;
}

/* Those that a service depends on, and those below. */
static void add_needed (struct vprod__draft *draft, const struct vprod__compose_service *service, struct search *search, int depth)
{
  static const char *const keys[] = { "depends_on", "links" };

  for (size_t k = 0; k < 2 && depth < MAX_DEPTH; k++) {
    const node *list = vprod__compose_service_get (service, keys[k]);
    size_t step = list && list->kind == VPROD__YAML_MAPPING ? 2 : 1;
    for (size_t i = 0; list && list->kind != VPROD__YAML_SCALAR && i + step <= list->count; i += step) {
      const node *item = list->items[i], *condition = step == 2 ? vprod__compose_get (list->items[i + 1], "condition") : NULL;
      if (item->kind != VPROD__YAML_SCALAR)
        continue;
      _cleanup_free_ char *name = strndup (item->text, strcspn (item->text, ":"));
      int ends = condition && condition->kind == VPROD__YAML_SCALAR && strcmp (condition->text, "service_completed_successfully") == 0;
      struct vprod__compose_service other = name ? vprod__compose_find (draft->compose_files, name) : (struct vprod__compose_service) { 0 };
      if (other.count == 0 || vprod__strv_has (search->wanted, name) || vprod__strv_has (search->jobs, name))
        continue;
      vprod__draft_add (draft, ends ? &search->jobs : &search->wanted, name);
      if (!vprod__compose_service_get (&other, "build")) /* what is built is not drafted, nor what it needs */
        add_needed (draft, &other, search, depth + 1);
    }
  }
}

static char *image_of (struct vprod__draft *draft, const struct vprod__compose_service *service)
{
  if (vprod__compose_service_get (service, "build"))
    return NULL;
  char *image = vprod__compose_text (draft, vprod__compose_service_get (service, "image"), 0);
  if (image && vprod__spec_check_image (image)) {
    free (image);
    return NULL;
  }
  return image;
}

/* ---- PostgreSQL ----------------------------------------------------------------------------------------------- */

/* What is mounted at /docker-entrypoint-initdb.d, relative to the spec. */
static void take_init (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  const node *list = vprod__compose_service_get (service, "volumes");

  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count; i++) {
    const node *item = list->items[i];
    _cleanup_free_ char *text = NULL, *source = NULL, *target = NULL, *path = NULL, *real = NULL;
    if (item->kind == VPROD__YAML_MAPPING) {
      source = vprod__compose_text (draft, vprod__compose_get (item, "source"), 0);
      target = vprod__compose_text (draft, vprod__compose_get (item, "target"), 0);
    }
    else if ((text = vprod__compose_text (draft, item, 0)) && strchr (text, ':')) {
      source = strndup (text, strcspn (text, ":"));
      target = strdup (strchr (text, ':') + 1);
    }
    if (!source || !target || strncmp (target, "/docker-entrypoint-initdb.d", 27) != 0)
      continue;
    path = vprod__compose_beside (draft, source);
    real = vprod__compose_join (draft, draft->compose_files->dir, source);
    int kind = real ? vprod__file_kind (real) : 0;
    const char *dot = strrchr (source, '.');
    if (path && ((kind == 'f' && dot && strcmp (dot, ".sql") == 0) || (kind == 'd' && vprod__draft_has_sql (real))))
      vprod__draft_add (draft, &s->init, path);
    else
      vprod__draft_note (draft, &s->notes, "%s, which compose runs when the database is made, is not drafted: %s", source,
                         kind == 0 ? "it is not here" : "it is no SQL");
  }
}

static void take_postgres (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  s->postgres = 1;
  take_init (draft, service, s);
  if (!s->init)
    return;
  /* SQL may name the database and its user */
  const node *environment = vprod__compose_service_get (service, "environment");
  vprod__compose_each_pair (draft, environment, service->files[0], vprod__draft_take_owner, s);
}

/* ---- any other ------------------------------------------------------------------------------------------------ */

static void take_env (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data)
{
  struct vprod__draft_service *s = data;
  _cleanup_free_ char *name = strndup (pair->name, pair->length), *entry = NULL;

  if (!name || !pair->value || vprod__spec_check_variable (name) || vprod__strv_env (s->env, name))
    return;
  vprod__draft_set (draft, &entry, "%s=%s", name, pair->value);
  if (entry && vprod__strv_add (&s->env, entry) < 0)
    draft->no_memory = 1;
}

static void take_line (struct vprod__draft *draft, const char *name, size_t length, const char *value, size_t line, void *data)
{
  struct vprod__draft_service *s = data;
  _cleanup_free_ char *own = strndup (name, length), *made = own ? vprod__draft_placeholder (own) : NULL, *entry = NULL;

  (void) line;
  if (!own || !made || vprod__spec_check_variable (own) || vprod__strv_env (s->env, own))
    return;
  vprod__draft_set (draft, &entry, "%s=%s", own, vprod__draft_is_secret (own) ? made : value);
  if (entry && vprod__strv_add (&s->env, entry) < 0)
    draft->no_memory = 1;
}

/* A file of its own: one that the app shares would bring all of the app's settings. */
static void take_env_file (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  const node *list = vprod__compose_service_get (service, "env_file"),
             *apps = vprod__compose_service_get (&draft->compose_files->app, "env_file");
  const node *item = list && list->kind == VPROD__YAML_SEQUENCE ? (list->count ? list->items[0] : NULL) : list;
  const node *app = apps && apps->kind == VPROD__YAML_SEQUENCE ? (apps->count ? apps->items[0] : NULL) : apps;
  _cleanup_free_ char *path = vprod__compose_text (draft, item, 0), *other = vprod__compose_text (draft, app, 0);
  _cleanup_buf_ struct vprod__buf text = { 0 };

  if (!path || strcmp (path, ".env") == 0 || (other && strcmp (path, other) == 0)
      || !vprod__compose_read (draft, path, 64 * 1024, &text) || !text.data)
    return;
  vprod__draft_each_line (draft, text.data, take_line, s);
}

static void take_port (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  static const char *const keys[] = { "expose", "ports" };
  const struct vprod__service_image *known = vprod__service_image (s->image);

  s->port = known ? known->port : 0;
  for (size_t k = 0; k < 2 && s->port == 0; k++) {
    const node *ports = vprod__compose_service_get (service, keys[k]);
    for (size_t i = 0; ports && ports->kind == VPROD__YAML_SEQUENCE && i < ports->count && s->port == 0; i++)
      s->port = vprod__compose_port (draft, ports->items[i]);
  }
}

/* Files that are mounted, as texts. Folders and what is not text cannot be drafted. */
static void take_files (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  const node *list = vprod__compose_service_get (service, "volumes");

  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count; i++) {
    _cleanup_buf_ struct vprod__buf content = { 0 };
    _cleanup_free_ char *text = vprod__compose_text (draft, list->items[i], 0), *entry = NULL;
    char *colon = text && strchr ("./", *text) ? strchr (text, ':') : NULL;
    if (!colon || colon[1] != '/')
      continue;
    *colon++ = '\0';
    colon[strcspn (colon, ":")] = '\0';
    if (vprod__spec_check_file (colon))
      continue;
    if (!vprod__draft_text_file (draft, text, MAX_TEXT_FILE, &content)) {
      vprod__draft_note (draft, &s->notes, "%s, which compose mounts at %s, is not drafted", text, colon);
      continue;
    }
    _cleanup_free_ char *escaped = strdup (vprod__buf_string (&content));
    vprod__draft_escape_refs (draft, &escaped);
    vprod__draft_set (draft, &entry, "%s=%s", colon, escaped ? escaped : "");
    if (entry)
      vprod__draft_add (draft, &s->files, entry);
  }
}

static void take_ready (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  const struct vprod__service_image *known = vprod__service_image (s->image);
  const node *test = vprod__compose_get (vprod__compose_service_get (service, "healthcheck"), "test");
  _cleanup_strv_ char **words = NULL;
  _cleanup_free_ char *path = NULL;
  int port = 0;

  if (known && known->ready)
    vprod__draft_set (draft, &s->ready_http, "%s", known->ready);
  vprod__compose_words (draft, test, 1, &words);
  _cleanup_free_ char *text = vprod__strv_join (words, " ");
  if (!words || !text || strcmp (words[0], "NONE") == 0)
    return;
  if ((strstr (text, "curl") || strstr (text, "wget")) && vprod__draft_local_url (draft, text, &port, &path) && port == s->port && path
      && !vprod__spec_check_url_path (*path ? path : "/")) {
    vprod__draft_set (draft, &s->ready_http, "%s", *path ? path : "/");
    return;
  }
  int is_text = test->kind == VPROD__YAML_SCALAR || strcmp (words[0], "CMD-SHELL") == 0;
  size_t from = test->kind == VPROD__YAML_SEQUENCE;
  if (strstr (text, "healthcheck") && strchr (text, '/') && known) /* a script that is mounted */
    return;
  if (is_text) {
    const node *shell = test->kind == VPROD__YAML_SCALAR ? test : test->count > 1 ? test->items[1] : NULL;
    _cleanup_free_ char *whole = vprod__compose_text (draft, shell, 1);
    if (!whole)
      return;
    vprod__draft_add (draft, &s->ready_command, "sh");
    vprod__draft_add (draft, &s->ready_command, "-c");
    vprod__draft_add (draft, &s->ready_command, whole);
  }
  else if (vprod__strv_length (words) > from && vprod__strv_copy (words + from, &s->ready_command) < 0)
    draft->no_memory = 1;
  if (s->ready_command) {
    free (s->ready_http);
    s->ready_http = NULL;
  }
}

static void take_container (struct vprod__draft *draft, const struct vprod__compose_service *service, struct vprod__draft_service *s)
{
  for (size_t i = 0; i < service->count; i++)
    vprod__compose_each_pair (draft, vprod__compose_get (service->layers[i], "environment"), service->files[i], take_env, s);
  take_env_file (draft, service, s);
  vprod__compose_words (draft, vprod__compose_service_get (service, "command"), 1, &s->command);
  take_port (draft, service, s);
  take_files (draft, service, s);
  take_ready (draft, service, s);
}

/* ---- jobs ----------------------------------------------------------------------------------------------------- */

/* migrate: {build: ., command: alembic upgrade head}, which must end before the app starts. */
static void take_job (struct vprod__draft *draft, const char *name)
{
  struct vprod__compose_service job = vprod__compose_find (draft->compose_files, name), *app = &draft->compose_files->app;
  const node *build = vprod__compose_service_get (&job, "build"), *apps = vprod__compose_service_get (app, "build");
  struct vprod__draft_before *before = vprod__draft_new_before (draft);
  _cleanup_free_ char *image = image_of (draft, &job), *own = image_of (draft, app);

  if (!before)
    return;
  before->from = vprod__compose_place (draft, &job, NULL);
  vprod__compose_words (draft, vprod__compose_service_get (&job, "command"), 0, &before->command);
  if (build && apps && build->kind == VPROD__YAML_MAPPING) {
    _cleanup_free_ char *file = vprod__compose_text (draft, vprod__compose_get (build, "dockerfile"), 0);
    _cleanup_free_ char *other = vprod__compose_text (draft, vprod__compose_get (apps, "dockerfile"), 0);
    _cleanup_free_ char *context = vprod__compose_text (draft, vprod__compose_get (build, "context"), 0);
    if (strcmp (file ? file : "", other ? other : "") != 0) {
      _cleanup_free_ char *inside = vprod__compose_join (draft, context ? context : ".", file ? file : "Dockerfile");
      before->dockerfile = inside ? vprod__compose_beside (draft, inside) : NULL;
      before->context = vprod__compose_beside (draft, context ? context : ".");
    }
    _cleanup_free_ char *target = vprod__compose_text (draft, vprod__compose_get (build, "target"), 0);
    if (target && !vprod__spec_check_target (target))
      before->target = vprod__steal (&target);
  }
  else if (image && (!own || strcmp (image, own) != 0) && apps)
    before->ref = vprod__steal (&image);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static void weigh (struct vprod__draft *draft, const struct vprod__compose_service *service, void *data)
{
  struct search *search = data;
  _cleanup_free_ char *image = image_of (draft, service);
  const struct vprod__service_image *known = image ? vprod__service_image (image) : NULL;

  if (draft->compose_name && strcmp (service->name, draft->compose_name) == 0)
    return;
  search->n_postgres += known && known->postgres;
  if (!vprod__strv_has (search->wanted, service->name) && is_named (draft, service->name))
    vprod__draft_add (draft, &search->wanted, service->name);
}

static void take (struct vprod__draft *draft, const struct vprod__compose_service *service, void *data)
{
  struct search *search = data;
  _cleanup_free_ char *image = image_of (draft, service), *place = NULL;
  const struct vprod__service_image *known = image ? vprod__service_image (image) : NULL;
  int wanted = vprod__strv_has (search->wanted, service->name);

  if ((draft->compose_name && strcmp (service->name, draft->compose_name) == 0) || vprod__strv_has (search->jobs, service->name))
    return;
  /* one database that nothing names: who else should use it */
  wanted |= known && known->postgres && search->n_postgres == 1
            && (draft->compose_files->app.count == 0 || !vprod__compose_service_get (&draft->compose_files->app, "depends_on")
                || draft->database_from);
  if (!wanted) {
    vprod__draft_add (draft, &search->others, service->name);
    return;
  }
  place = vprod__compose_place (draft, service, NULL);
  if (!image || !place) {
    if (vprod__compose_service_get (service, "build"))
      vprod__draft_note (draft, &draft->service_notes,
                         "%s (%s) is built, too: build it, and name its image: %s: {container: {image: …, port: …}}", service->name,
                         place ? place : "", service->name);
    return;
  }
  struct vprod__draft_service *s = draft->n_services < MAX_SERVICES ? vprod__draft_new_service (draft, service->name) : NULL;
  if (!s)
    return;
  s->image = vprod__steal (&image);
  s->from = vprod__steal (&place);
  if (known && known->postgres)
    take_postgres (draft, service, s);
  else
    take_container (draft, service, s);
}

void vprod__compose_find_services (struct vprod__draft *draft)
{
  struct search search = { 0 };

  if (!draft->compose_files)
    return;
  add_needed (draft, &draft->compose_files->app, &search, 0);
  vprod__compose_each (draft, draft->compose_files, weigh, &search);
  vprod__compose_each (draft, draft->compose_files, take, &search);
  for (size_t i = 0; search.jobs && search.jobs[i]; i++)
    take_job (draft, search.jobs[i]);
  _cleanup_free_ char *others = vprod__strv_join (search.others, ", ");
  if (others && search.others)
    vprod__draft_note (draft, &draft->service_notes, "left out of %s, as the app does not name them: %s", draft->compose, others);
  vprod__strv_free (search.wanted);
  vprod__strv_free (search.jobs);
  vprod__strv_free (search.others);
}
