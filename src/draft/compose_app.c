/* SPDX-License-Identifier: MIT */
/*
 * How a compose file runs the app: environment, ports, command, health check, files, and what keeps it in. What is for
 * development is left out, and said to be.
 */
#include "draft/compose.h"
#include "known/phrases.h"
#include "util/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"
#include "util/text.h"

typedef vprod__compose_node node;

#define MAX_ENV_FILE (256 * 1024)
#define MAX_TEXT_FILE 4096
#define MAX_LISTED 16

/* ---- environment -------------------------------------------------------------------------------------------- */

static void take_variable (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data)
{
  size_t line, column;
  const char *value = pair->value && *pair->value ? pair->value : NULL;
  _cleanup_free_ char *name = strndup (pair->name, pair->length);
  enum vprod__draft_need need = VPROD__DRAFT_WANTED;

  (void) data;
  vprod__yaml_position (pair->file->yaml->source, pair->file->yaml->length, pair->at, &line, &column);
  /* "${SMTP_HOST}" and "${SENTRY_DSN:-}": the app runs without */
  if (!value && pair->written && *pair->written && !strchr (pair->written, '?') && name && !vprod__draft_is_secret (name))
    need = VPROD__DRAFT_READ;
  if (pair->value && !*pair->value && pair->written && *pair->written)
    need = VPROD__DRAFT_READ;
  struct vprod__draft_variable *variable =
    vprod__draft_variable (draft, pair->name, pair->length, value, need, pair->file->name, line);
  if (variable)
    variable->of_app = 1;
  if (variable && !variable->written && pair->written)
    vprod__draft_set (draft, &variable->written, "%s", value ? value : pair->written);
}

static void take_arg (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data)
{
  _cleanup_free_ char *text = NULL;

  (void) data;
  vprod__draft_set (draft, &text, "%.*s", (int) pair->length, pair->name);
  _cleanup_free_ char *value = pair->written ? vprod__compose_expand (draft, pair->written, 0) : NULL;
  if (!value || !text || vprod__spec_check_variable (text) || vprod__strv_env (draft->args, text))
    return;
  const char *known = vprod__strv_env (draft->environment, text);
  if ((known && strcmp (known, value) == 0) || vprod__draft_is_development (text, value))
    return;
  vprod__draft_set (draft, &text, "%.*s=%s", (int) pair->length, pair->name, value);
  if (text)
    vprod__draft_add (draft, &draft->args, text);
}

struct env_file {
  const char *name;
  int is_example;
};

static void take_line (struct vprod__draft *draft, const char *name, size_t length, const char *value, size_t line, void *data)
{
  const struct env_file *file = data;
  _cleanup_free_ char *own = strndup (name, length);
  int hidden = !file->is_example && own && vprod__draft_is_secret (own); /* a real secret is not copied */

  struct vprod__draft_variable *variable = vprod__draft_variable (
    draft, name, length, hidden || !*value ? NULL : value, *value ? VPROD__DRAFT_WANTED : VPROD__DRAFT_READ, file->name, line);
  if (variable && !variable->written && *value)
    vprod__draft_set (draft, &variable->written, "%s", value);
}

/* The file itself, else an example of it. */
static void read_env_file (struct vprod__draft *draft, const char *path)
{
  static const char *const ends[] = { "", ".example", ".sample", ".template", ".dist", "-sample", "-example", ".default", NULL };

  for (size_t i = 0; ends[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    _cleanup_free_ char *name = NULL;
    vprod__draft_set (draft, &name, "%s%s", path, ends[i]);
    if (!name || !vprod__compose_read (draft, name, MAX_ENV_FILE, &text))
      continue;
    struct env_file file = { vprod__path_relative (name), i > 0 || strstr (path, "example") || strstr (path, "sample") };
    if (text.data)
      vprod__draft_each_line (draft, text.data, take_line, &file);
    return;
  }
  vprod__draft_note (draft, &draft->run_notes, "env_file %s of %s is not here: the variables in it are not known", path,
                     draft->compose);
}

static void take_env_files (struct vprod__draft *draft, const struct vprod__compose_service *app)
{
  const node *files = vprod__compose_service_get (app, "env_file");
  _cleanup_free_ char *one = files ? vprod__compose_text (draft, files, 0) : NULL;

  if (one)
    read_env_file (draft, one);
  for (size_t i = 0; files && files->kind == VPROD__YAML_SEQUENCE && i < files->count && i < MAX_LISTED; i++) {
    const node *item = files->items[i];
    _cleanup_free_ char *path =
      vprod__compose_text (draft, item->kind == VPROD__YAML_MAPPING ? vprod__compose_get (item, "path") : item, 0);
    if (path)
      read_env_file (draft, path);
  }
}

/* ---- ports, command, health --------------------------------------------------------------------------------- */

static void take_ports (struct vprod__draft *draft, const struct vprod__compose_service *app, const char *key)
{
  const node *ports = vprod__compose_service_get (app, key);
  int first = 0, same = 0;

  for (size_t i = 0; ports && ports->kind == VPROD__YAML_SEQUENCE && i < ports->count; i++) {
    int port = vprod__compose_port (draft, ports->items[i]);
    first = first ? first : port;
    same |= port > 0 && port == draft->port;
  }
  if (!first || same)
    return;
  _cleanup_free_ char *place = vprod__compose_place (draft, app, ports);
  draft->port = first;
  vprod__draft_set (draft, &draft->port_from, "%s of the service %s in %s", key, app->name, place ? place : draft->compose);
}

static void take_command (struct vprod__draft *draft, const struct vprod__compose_service *app)
{
  const node *command = vprod__compose_service_get (app, "command"), *entrypoint = vprod__compose_service_get (app, "entrypoint");
  _cleanup_strv_ char **words = NULL;
  _cleanup_free_ char *place = command ? vprod__compose_place (draft, app, command) : NULL;

  if (entrypoint && (entrypoint->kind == VPROD__YAML_SCALAR ? *entrypoint->text != '\0' : entrypoint->count > 0))
    vprod__draft_note (draft, &draft->run_notes, "the service %s in %s has an entrypoint of its own; here the image's is run",
                       app->name, draft->compose);
  vprod__compose_words (draft, command, 0, &words);
  _cleanup_free_ char *whole = vprod__strv_join (words, " ");
  if (!words || !whole || !place)
    return;
  for (size_t i = 0; words[i]; i++)
    if (vprod__says (VPROD__NAMES_DEVELOPMENT_WORD, words[i])) {
      vprod__draft_note (draft, &draft->run_notes, "%s: its command is for development (%s): the image's own is run", place, words[i]);
      return;
    }
  _cleanup_free_ char *own = vprod__strv_join (draft->command, " ");
  if (own && vprod__text_ends_with (own, whole)) /* what the image runs by itself */
    return;
  vprod__strv_free (draft->run_command);
  draft->run_command = vprod__steal (&words);
  vprod__draft_set (draft, &draft->run_command_from, "of the service %s in %s; left out, the image's own command is run", app->name,
                    place);
}

static void take_health (struct vprod__draft *draft, const struct vprod__compose_service *app)
{
  const node *test = vprod__compose_get (vprod__compose_service_get (app, "healthcheck"), "test");
  _cleanup_strv_ char **words = NULL;
  _cleanup_free_ char *path = NULL, *place = test ? vprod__compose_place (draft, app, test) : NULL;

  vprod__compose_words (draft, test, 0, &words);
  _cleanup_free_ char *text = vprod__strv_join (words, " ");
  if (!words || !text || !place || strcmp (words[0], "NONE") == 0)
    return;
  _cleanup_free_ char *from = NULL;
  vprod__draft_set (draft, &from, "the health check of the service %s in %s", app->name, place);
  if (!vprod__draft_take_health_check (draft, text, from) && strcmp (words[0], "CMD") == 0 && !draft->health_command
      && vprod__strv_length (words) > 1)
    if (vprod__strv_copy (words + 1, &draft->health_command) < 0)
      draft->no_memory = 1;
  if (draft->health_command && !draft->health_from)
    vprod__draft_set (draft, &draft->health_from, "%s", from);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

/* What stands at the top of a file under `section` with this name. */
static const node *declared (const struct vprod__compose *compose, const char *section, const char *name)
{
  const node *found = NULL;

  for (size_t i = 0; i < compose->n_files && !found; i++)
    found = vprod__compose_get (vprod__compose_get (compose->files[i].yaml->root, section), name);
  return found;
}

/* "/path=text": 1 if the path can be one. */
static int add_file (struct vprod__draft *draft, const char *entry)
{
  _cleanup_free_ char *path = entry ? strndup (entry, strcspn (entry, "=")) : NULL;

  if (!path || vprod__spec_check_file (path))
    return 0;
  for (size_t i = 0; draft->run_files && draft->run_files[i]; i++)
    if (strncmp (draft->run_files[i], path, strlen (path)) == 0 && draft->run_files[i][strlen (path)] == '=')
      return 0;
  vprod__draft_add (draft, &draft->run_files, entry);
  return 1;
}

static int is_database_password (const char *name)
{
  return strcasestr (name, "pass") && (strcasestr (name, "db") || strcasestr (name, "database") || strcasestr (name, "postgres"));
}

/* A secret's text is made up: the real one is not copied. */
static void take_secret (struct vprod__draft *draft, const char *name, const char *target, const char *place)
{
  _cleanup_free_ char *entry = NULL, *value = vprod__draft_placeholder ("SECRET");
  const char *reference = is_database_password (name) ? VPROD__DRAFT_DATABASE_PASSWORD : value;

  vprod__draft_set (draft, &entry, "%s%s=%s", *target == '/' ? "" : "/run/secrets/", target, reference ? reference : "");
  if (add_file (draft, entry))
    vprod__draft_note (draft, &draft->file_notes, "the secret %s of %s; its text is made up", name, place);
}

static void take_config (struct vprod__draft *draft, const char *name, const char *target, const char *place)
{
  const node *config = declared (draft->compose_files, "configs", name);
  _cleanup_free_ char *file = vprod__compose_text (draft, vprod__compose_get (config, "file"), 0);
  _cleanup_free_ char *content = vprod__compose_text (draft, vprod__compose_get (config, "content"), 1);
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *entry = NULL;

  if (!content && file && vprod__draft_text_file (draft, file, MAX_TEXT_FILE, &text))
    vprod__draft_set (draft, &content, "%s", vprod__buf_string (&text));
  if (!content) {
    vprod__draft_note (draft, &draft->run_notes, "the config %s of %s is not drafted: as files: {%s: text}", name, place, target);
    return;
  }
  vprod__draft_escape_refs (draft, &content);
  vprod__draft_set (draft, &entry, "%s%s=%s", *target == '/' ? "" : "/", target, content ? content : "");
  if (add_file (draft, entry))
    vprod__draft_note (draft, &draft->file_notes, "the config %s of %s", name, place);
}

static void take_files (struct vprod__draft *draft, const struct vprod__compose_service *app, const char *section,
                        void (*take) (struct vprod__draft *, const char *, const char *, const char *))
{
  const node *list = vprod__compose_service_get (app, section);

  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count && i < MAX_LISTED; i++) {
    const node *item = list->items[i], *source = item, *target = NULL;
    if (item->kind == VPROD__YAML_MAPPING) {
      source = vprod__compose_get (item, "source");
      target = vprod__compose_get (item, "target");
    }
    _cleanup_free_ char *place = vprod__compose_place (draft, app, item);
    if (source && source->kind == VPROD__YAML_SCALAR && *source->text && place)
      take (draft, source->text, target && target->kind == VPROD__YAML_SCALAR ? target->text : source->text, place);
  }
}

/* ---- what keeps it in --------------------------------------------------------------------------------------- */

static int is_true (const node *value)
{
  return value && value->kind == VPROD__YAML_SCALAR && (strcmp (value->text, "true") == 0 || strcmp (value->text, "yes") == 0);
}

/* Those of a list that a check takes. */
static void take_list (struct vprod__draft *draft, const struct vprod__compose_service *app, const char *key,
                       const char *(*check) (const char *), char ***ret)
{
  const node *list = vprod__compose_service_get (app, key);

  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count && i < MAX_LISTED; i++) {
    _cleanup_free_ char *text = vprod__compose_text (draft, list->items[i], 0);
    if (text)
      text[strcspn (text, ":")] = '\0'; /* of tmpfs: its options */
    if (text && *text && !check (text))
      vprod__draft_add (draft, ret, text);
  }
}

/* Named volumes, as folders that are thrown away; the sources, mounted over what is built, are for development. */
static void take_volumes (struct vprod__draft *draft, const struct vprod__compose_service *app)
{
  const node *list = vprod__compose_service_get (app, "volumes");

  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count && i < MAX_LISTED; i++) {
    _cleanup_free_ char *text = vprod__compose_text (draft, list->items[i], 0);
    const char *colon = text ? strchr (text, ':') : NULL;
    if (!colon || strchr ("./~$", *text) || colon[1] != '/')
      continue;
    _cleanup_free_ char *target = strndup (colon + 1, strcspn (colon + 1, ":"));
    if (target && !vprod__spec_check_mount (target))
      vprod__draft_add (draft, &draft->volumes, target);
  }
}

static void take_settings (struct vprod__draft *draft, const struct vprod__compose_service *app)
{
  const node *options = vprod__compose_service_get (app, "security_opt");
  _cleanup_free_ char *user = vprod__compose_text (draft, vprod__compose_service_get (app, "user"), 0);

  if (user && *user && user[strspn (user, "0123456789:")] == '\0' && *user != ':')
    vprod__draft_set (draft, &draft->run_user, "%s", user);
  draft->read_only = is_true (vprod__compose_service_get (app, "read_only"));
  take_list (draft, app, "tmpfs", vprod__spec_check_mount, &draft->tmpfs);
  take_list (draft, app, "cap_drop", vprod__spec_check_capability, &draft->cap_drop);
  take_list (draft, app, "cap_add", vprod__spec_check_capability, &draft->cap_add);
  for (size_t i = 0; options && options->kind == VPROD__YAML_SEQUENCE && i < options->count; i++)
    draft->no_new_privileges |=
      options->items[i]->kind == VPROD__YAML_SCALAR && strncmp (options->items[i]->text, "no-new-privileges", 17) == 0
      && !strstr (options->items[i]->text, "false");
  if (draft->read_only)
    take_volumes (draft, app);
}

void vprod__compose_apply_app (struct vprod__draft *draft)
{
  const struct vprod__compose_service *app = &draft->compose_files->app;
  const node *build = vprod__compose_service_get (app, "build");

  if (app->count == 0)
    return;
  vprod__compose_each_pair (draft, vprod__compose_get (build, "args"), app->files[0], take_arg, NULL);
  for (size_t i = 0; i < app->count; i++)
    vprod__compose_each_pair (draft, vprod__compose_get (app->layers[i], "environment"), app->files[i], take_variable, NULL);
  take_env_files (draft, app);
  take_ports (draft, app, "ports");
  if (!draft->port)
    take_ports (draft, app, "expose");
  take_command (draft, app);
  take_health (draft, app);
  take_files (draft, app, "secrets", take_secret);
  take_files (draft, app, "configs", take_config);
  take_settings (draft, app);
}
