/* SPDX-License-Identifier: MIT */
/*
 * A compose file that is named: the one service in it that is built says where the Dockerfile is, and how it is run. What
 * a spec has no word for (volumes, other services than a PostgreSQL) is passed over. Variables are read as compose does, but
 * nothing is known of their values: where one has no default, the text is not known.
 */
#include "draft/draft.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "spec/keys.h"
#include "spec/yaml.h"
#include "util/path.h"
#include "util/text.h"

#define MAX_LISTED 8
#define MAX_PATH 1000

typedef struct vprod__yaml_node node;

/* ---- looking things up --------------------------------------------------------------------------------------- */

/* The value of a key, or of one that is merged in. */
static const node *get (const node *mapping, const char *key)
{
  const node *value = mapping ? vprod__yaml_get (mapping, key, NULL) : NULL;
  const node *merged = mapping && !value ? vprod__yaml_get (mapping, "<<", NULL) : NULL;

  if (merged && merged->kind == VPROD__YAML_MAPPING)
    value = vprod__yaml_get (merged, key, NULL);
  for (size_t i = 0; merged && !value && merged->kind == VPROD__YAML_SEQUENCE && i < merged->count; i++)
    value = vprod__yaml_get (merged->items[i], key, NULL);
  return value && vprod__yaml_is_null (value) ? NULL : value;
}

/* Has each variable in it a default? */
static int is_known (const char *text)
{
  for (const char *p = text; (p = strchr (p, '$')); p++) {
    if (p[1] == '$') {
      p++;
      continue;
    }
    size_t n = 0;
    const char *name = p + 1 + (p[1] == '{');
    while (isalnum ((unsigned char) name[n]) || name[n] == '_')
      n++;
    if (n > 0 && (p[1] != '{' || (name[n] != '-' && strncmp (name + n, ":-", 2) != 0)))
      return 0;
  }
  return 1;
}

/* The text with its variables' defaults; NULL: it is not known, or out of memory. */
static char *text_of (struct vprod__draft *draft, const node *value)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (!value || value->kind != VPROD__YAML_SCALAR || strlen (value->text) > MAX_PATH || !is_known (value->text))
    return NULL;
  for (const char *p = value->text; *p;) {
    const char *twice = strstr (p, "$$");
    _cleanup_free_ char *part = twice ? strndup (p, (size_t) (twice - p)) : strdup (p);
    _cleanup_free_ char *expanded = part ? vprod__dockerfile_expand (part, NULL) : NULL;
    if (!expanded || vprod__buf_addf (&out, "%s%s", expanded, twice ? "$" : "") < 0) {
      draft->no_memory = 1;
      return NULL;
    }
    p = twice ? twice + 2 : p + strlen (p);
  }
  char *text = strdup (vprod__buf_string (&out));
  draft->no_memory |= !text;
  return text;
}

/* ---- paths --------------------------------------------------------------------------------------------------- */

/* "a/./b/.." → "a"; ".": nothing is left. malloc'ed. */
static char *join (struct vprod__draft *draft, const char *base, const char *path)
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

/* ---- which service ------------------------------------------------------------------------------------------- */

static const node *build_of (const node *service)
{
  const node *build = service->kind == VPROD__YAML_MAPPING ? get (service, "build") : NULL;

  return build && build->kind != VPROD__YAML_SEQUENCE ? build : NULL;
}

/* "api, worker" */
static char *list_built (struct vprod__draft *draft, const node *services)
{
  _cleanup_buf_ struct vprod__buf list = { 0 };
  size_t listed = 0;
  char *ret = NULL;

  for (size_t i = 0; i + 1 < services->count; i += 2)
    if (build_of (services->items[i + 1]) && listed++ < MAX_LISTED
        && vprod__buf_addf (&list, "%s%s", list.length ? ", " : "", services->items[i]->text) < 0)
      draft->no_memory = 1;
  _cleanup_free_ char *shown = vprod__text_harmless (vprod__buf_string (&list), list.length);
  vprod__draft_set (draft, &ret, "%s", shown ? shown : "");
  return ret;
}

/* The one that is built; of several, the one that publishes ports. */
static int choose (struct vprod__draft *draft, const node *services, const node **ret, vprod_error **err)
{
  const node *built = NULL, *published = NULL;
  size_t n_built = 0, n_published = 0;

  for (size_t i = 0; i + 1 < services->count; i += 2) {
    const node *service = services->items[i + 1];
    if (!build_of (service))
      continue;
    n_built++;
    built = service;
    if (get (service, "ports")) {
      n_published++;
      published = service;
    }
  }
  if (n_built == 0)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "no service of %s is built from a Dockerfile", draft->compose);
  if (n_built > 1 && n_published != 1) {
    _cleanup_free_ char *names = list_built (draft, services);
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "%s builds several services (%s): name the Dockerfile of one instead", draft->compose,
                             names ? names : "");
  }
  *ret = n_built == 1 ? built : published;
  for (size_t i = 0; i + 1 < services->count; i += 2)
    if (services->items[i + 1] == *ret)
      vprod__draft_set (draft, &draft->compose_name, "%s", services->items[i]->text);
  return 0;
}

/* ---- what is built ------------------------------------------------------------------------------------------- */

/* Where the Dockerfile and its context are. */
static int place (struct vprod__draft *draft, const char *dir, const node *build, vprod_error **err)
{
  int is_mapping = build->kind == VPROD__YAML_MAPPING;
  const node *named = is_mapping ? get (build, "context") : build, *file = is_mapping ? get (build, "dockerfile") : NULL;
  _cleanup_free_ char *context = named ? text_of (draft, named) : strdup ("."), *dockerfile = text_of (draft, file);
  _cleanup_free_ char *target = is_mapping ? text_of (draft, get (build, "target")) : NULL;

  if (!context || (file && !dockerfile) || strstr (context, "://") || strncmp (context, "git@", 4) == 0
      || (is_mapping && get (build, "dockerfile_inline")))
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                             "the build of the service %s in %s has no folder and Dockerfile that can be read here",
                             draft->compose_name, draft->compose);
  draft->context = join (draft, ".", context);
  _cleanup_free_ char *whole = draft->context ? join (draft, dir, draft->context) : NULL;
  for (size_t i = 0; whole && !dockerfile && i < 3; i++) { /* compose takes Dockerfile; podman's the other, too */
    static const char *const names[] = { "Dockerfile", "Containerfile", "Dockerfile" };
    _cleanup_free_ char *path = join (draft, draft->context, names[i]);
    if (path && (i == 2 || vprod__draft_kind (draft, path) == 'f'))
      dockerfile = strdup (names[i]);
  }
  draft->dockerfile_named = dockerfile && draft->context ? join (draft, draft->context, dockerfile) : NULL;
  _cleanup_free_ char *path = draft->dockerfile_named ? join (draft, dir, draft->dockerfile_named) : NULL;
  const char *slash = path ? strrchr (path, '/') : NULL, *inner = dockerfile ? strrchr (dockerfile, '/') : NULL;
  if (!whole || !path)
    return vprod__error_no_memory (err);
  vprod__draft_set (draft, &draft->dir, "%.*s", slash && slash != path ? (int) (slash - path) : 1,
                    slash ? path : ".");
  vprod__draft_set (draft, &draft->dockerfile, "%s", slash ? slash + 1 : path);
  vprod__draft_set (draft, &draft->below, "%.*s", inner && *dockerfile != '/' && !strstr (dockerfile, "..")
                    ? (int) (inner - dockerfile) + 1 : 0, dockerfile);
  draft->context_dir = vprod__steal (&whole);
  vprod__draft_set (draft, &draft->context_from, "the context of the service %s in %s", draft->compose_name, draft->compose);
  if (target && !vprod__spec_check_target (target))
    draft->target = vprod__steal (&target);
  return draft->no_memory ? vprod__error_no_memory (err) : 0;
}

struct pair {
  const char *name;
  size_t length;
  const char *value;   /* NULL: it is not known */
  const char *written; /* with its variables; NULL: nothing is */
  size_t at;           /* in the file */
};

/* Each of a mapping, or of a list of NAME=value. */
static void each_pair (struct vprod__draft *draft, const node *list,
                       void (*take) (struct vprod__draft *draft, const struct pair *pair))
{
  for (size_t i = 0; list && list->kind == VPROD__YAML_MAPPING && i + 1 < list->count; i += 2) {
    const node *key = list->items[i], *value = list->items[i + 1];
    if (strcmp (key->text, "<<") == 0) {
      each_pair (draft, value, take);
      continue;
    }
    int is_written = value->kind == VPROD__YAML_SCALAR && !vprod__yaml_is_null (value);
    _cleanup_free_ char *text = is_written ? text_of (draft, value) : NULL;
    take (draft, &(struct pair) { key->text, strlen (key->text), text, is_written ? value->text : NULL, key->begin });
  }
  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count; i++) {
    const node *item = list->items[i];
    size_t n = item->kind == VPROD__YAML_SCALAR ? strcspn (item->text, "=") : 0;
    if (n == 0)
      continue;
    _cleanup_free_ char *text = item->text[n] ? text_of (draft, item) : NULL;
    const char *equals = text ? strchr (text, '=') : NULL;
    take (draft, &(struct pair) { item->text, n, equals ? equals + 1 : NULL, item->text[n] ? item->text + n + 1 : NULL,
                                  item->begin });
  }
}

static void take_arg (struct vprod__draft *draft, const struct pair *pair)
{
  _cleanup_free_ char *text = NULL;

  vprod__draft_set (draft, &text, "%.*s", (int) pair->length, pair->name);
  if (!pair->value || !text || vprod__spec_check_variable (text))
    return;
  vprod__draft_set (draft, &text, "%.*s=%s", (int) pair->length, pair->name, pair->value);
  if (text)
    vprod__draft_add (draft, &draft->args, text);
}

/* ---- how it is run ------------------------------------------------------------------------------------------- */

/* The first service that is a PostgreSQL. */
static void find_postgres (struct vprod__draft *draft, const node *services)
{
  for (size_t i = 0; i + 1 < services->count && !draft->compose_db; i += 2) {
    const node *image = services->items[i + 1]->kind == VPROD__YAML_MAPPING ? get (services->items[i + 1], "image") : NULL;
    if (!image || image->kind != VPROD__YAML_SCALAR)
      continue;
    const char *base = vprod__path_name (image->text);
    if (strncmp (base, "postgres", 8) != 0 || (base[8] && !strchr (":@", base[8])))
      continue;
    _cleanup_free_ char *text = text_of (draft, image);
    vprod__draft_set (draft, &draft->compose_db, "%s", services->items[i]->text);
    vprod__draft_set (draft, &draft->database_from, "the service %s in %s", services->items[i]->text, draft->compose);
    if (text && !vprod__spec_check_image (text))
      draft->database_image = vprod__steal (&text);
  }
}

/* What stands for the database of the spec where the text is that of the compose file's. NULL: it is not. */
static char *of_database (struct vprod__draft *draft, const char *text)
{
  size_t n = draft->compose_db ? strlen (draft->compose_db) : 0, scheme = strcspn (text, ":");
  char *value = NULL;

  if (n == 0)
    return NULL;
  if (strncmp (text, "postgres", 8) == 0 && strncmp (text + scheme, "://", 3) == 0)
    vprod__draft_set (draft, &value, "%.*s://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}", (int) scheme,
                      text);
  else if (strncmp (text, draft->compose_db, n) == 0 && text[n] == '\0')
    vprod__draft_set (draft, &value, "${db.host}");
  else if (strncmp (text, draft->compose_db, n) == 0 && strcmp (text + n, ":5432") == 0)
    vprod__draft_set (draft, &value, "${db.host}:${db.port}");
  return value;
}

static void take_variable (struct vprod__draft *draft, const struct pair *pair)
{
  const char *text = pair->value ? pair->value : pair->written;
  size_t line, column;

  vprod__yaml_position (draft->compose_yaml->source, draft->compose_yaml->length, pair->at, &line, &column);
  struct vprod__draft_variable *variable =
    vprod__draft_variable (draft, pair->name, pair->length, pair->value, VPROD__DRAFT_WANTED, draft->compose, line);
  char *database = variable && text ? of_database (draft, text) : NULL;
  if (!database)
    return;
  free (variable->value);
  variable->value = database;
  variable->database = 1;
}

/* "8080:80", "127.0.0.1:8080:80/tcp", {target: 80}: the container's. 0: none that is HTTP's. */
static int port_of (struct vprod__draft *draft, const node *entry)
{
  const node *target = entry->kind == VPROD__YAML_MAPPING ? get (entry, "target") : entry;
  const node *protocol = entry->kind == VPROD__YAML_MAPPING ? get (entry, "protocol") : NULL;
  _cleanup_free_ char *text = target ? text_of (draft, target) : NULL;
  const char *colon = text ? strrchr (text, ':') : NULL, *port = colon ? colon + 1 : text;

  if (!port || strstr (port, "/udp") || (protocol && protocol->kind == VPROD__YAML_SCALAR && strcmp (protocol->text, "udp") == 0))
    return 0;
  return vprod__draft_port (port);
}

static void take_ports (struct vprod__draft *draft, const node *ports)
{
  int first = 0, same = 0;

  for (size_t i = 0; ports && ports->kind == VPROD__YAML_SEQUENCE && i < ports->count; i++) {
    int port = port_of (draft, ports->items[i]);
    first = first ? first : port;
    same |= port > 0 && port == draft->port;
  }
  if (!first || same)
    return;
  draft->port = first;
  vprod__draft_set (draft, &draft->port_from, "ports of the service %s in %s", draft->compose_name, draft->compose);
}

/* A list is taken as it is, a text is split as a shell does. */
static void take_words (struct vprod__draft *draft, const node *words, char ***ret)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words split = { 0 };

  for (size_t i = 0; words && words->kind == VPROD__YAML_SEQUENCE && i < words->count; i++) {
    _cleanup_free_ char *text = text_of (draft, words->items[i]);
    if (text && vprod__strv_add (ret, text) < 0)
      draft->no_memory = 1;
  }
  _cleanup_free_ char *whole = words ? text_of (draft, words) : NULL;
  if (whole && vprod__shell_split (whole, &split) < 0)
    draft->no_memory = 1;
  for (size_t i = 0; i < split.count; i++)
    if (vprod__strv_add (ret, split.list[i].text) < 0)
      draft->no_memory = 1;
}

static void take_health (struct vprod__draft *draft, const node *test)
{
  _cleanup_strv_ char **words = NULL;
  _cleanup_free_ char *path = NULL;
  int port = 0;

  take_words (draft, test, &words);
  _cleanup_free_ char *text = vprod__strv_join (words, " ");
  draft->no_memory |= !text;
  if (!text || !vprod__draft_local_url (draft, text, &port, &path) || !path || vprod__spec_check_url_path (*path ? path : "/"))
    return;
  vprod__draft_set (draft, &draft->health_path, "%s", *path ? path : "/");
  vprod__draft_set (draft, &draft->health_from, "the health check of the service %s in %s", draft->compose_name,
                    draft->compose);
}

/* ---- in two steps: where the Dockerfile is; and, over what that says, how it is run ---------------------------- */

int vprod__draft_open_compose (struct vprod__draft *draft, const char *name, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const node *services;

  vprod__draft_set (draft, &draft->compose, "%s", name);
  if (draft->no_memory)
    return vprod__error_no_memory (err);
  if (!vprod__draft_read_file (draft, name, VPROD__YAML_MAX_BYTES, &text))
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "there is no file %s/%s to draft a spec from", draft->dir, name);
  int r = vprod__yaml_parse_foreign (vprod__buf_string (&text), text.length, name, &draft->compose_yaml, err);
  if (r < 0)
    return r;
  services = draft->compose_yaml->root ? get (draft->compose_yaml->root, "services") : NULL;
  if (!services || services->kind != VPROD__YAML_MAPPING)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s is no compose file: it has no services", name);
  _cleanup_free_ char *dir = strdup (draft->dir);
  if (!dir)
    return vprod__error_no_memory (err);
  r = choose (draft, services, &draft->compose_service, err);
  const node *build = r == 0 ? build_of (draft->compose_service) : NULL;
  if (build)
    r = place (draft, dir, build, err);
  if (r == 0)
    find_postgres (draft, services);
  return r;
}

void vprod__draft_apply_compose (struct vprod__draft *draft)
{
  const node *service = draft->compose_service, *build = build_of (service), *health = get (service, "healthcheck");

  if (build && build->kind == VPROD__YAML_MAPPING)
    each_pair (draft, get (build, "args"), take_arg);
  each_pair (draft, get (service, "environment"), take_variable);
  take_ports (draft, get (service, "ports"));
  take_words (draft, get (service, "command"), &draft->run_command);
  if (health && health->kind == VPROD__YAML_MAPPING)
    take_health (draft, get (health, "test"));
}
