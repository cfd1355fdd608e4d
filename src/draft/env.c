/* SPDX-License-Identifier: MIT */
/* Environment variables: which ones there are, and values to verify with. */
#include "draft/compose.h"
#include "known/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"
#include "util/grow.h"
#include "util/text.h"

#define MAX_VARIABLES 300
#define MAX_VALUE 1024

int vprod__draft_is_name (const char *text, size_t length)
{
  if (length < 2 || length > 100 || !isupper ((unsigned char) *text))
    return 0;
  for (size_t i = 0; i < length; i++)
    if (!isupper ((unsigned char) text[i]) && !isdigit ((unsigned char) text[i]) && text[i] != '_'
        /* .NET's ConnectionStrings__Default is found in example files only */
        && !islower ((unsigned char) text[i]))
      return 0;
  for (size_t i = 0; i < length; i++)
    if (islower ((unsigned char) text[i]))
      return strstr (text, "__") != NULL && strstr (text, "__") < text + length;
  return 1;
}

/* Variables that the system or a builder sets: not for a spec. */
static int is_of_system (const char *name)
{
  return vprod__says (VPROD__NAMES_SYSTEM_VARIABLE, name);
}

/* An example file leaves secrets empty for the reader to fill in, and other variables because they are optional. */
int vprod__draft_is_secret (const char *name)
{
  static const char *const parts[] = { "SECRET", "_KEY", "TOKEN", "SALT", "PASSWORD", "PASSWD", "_PASS", NULL };

  for (size_t i = 0; parts[i]; i++)
    if (strstr (name, parts[i]))
      return 1;
  return 0;
}

struct vprod__draft_variable *vprod__draft_variable (struct vprod__draft *draft, const char *name,
                                                     size_t name_length, const char *value,
                                                     enum vprod__draft_need need, const char *file, size_t line)
{
  struct vprod__draft_variable *variable = NULL;
  int required = need == VPROD__DRAFT_REQUIRED;
  _cleanup_free_ char *own = strndup (name, name_length);

  if (!own)
    draft->no_memory = 1;
  if (!own || is_of_system (own) || vprod__spec_check_variable (own))
    return NULL;
  for (size_t i = 0; i < draft->n_variables && !variable; i++)
    if (strcmp (draft->variables[i].name, own) == 0)
      variable = &draft->variables[i];
  if (!variable) {
    if (draft->n_variables >= MAX_VARIABLES)
      return NULL;
    if (vprod__grow (&draft->variables, draft->n_variables) < 0) {
      draft->no_memory = 1;
      return NULL;
    }
    variable = &draft->variables[draft->n_variables++];
    *variable = (struct vprod__draft_variable) { .name = vprod__steal (&own) };
  }
  if (!variable->from || (required && !variable->required))
    vprod__draft_set (draft, &variable->from, "%s:%zu", file, line);
  else if (value && *value && !variable->value && !variable->values)
    vprod__draft_set (draft, &variable->values, "%s:%zu", file, line);
  variable->required |= required;
  variable->wanted |= need == VPROD__DRAFT_WANTED;
  variable->example |= value && (*value || vprod__says (VPROD__NAMES_OWN_SECRET, own ? own : variable->name));
  if (value && *value && strlen (value) <= MAX_VALUE && !variable->value) {
    variable->value = vprod__text_harmless (value, strlen (value));
    draft->no_memory |= !variable->value;
  }
  return variable;
}

/* ---- the database ----------------------------------------------------------------------------------------- */

/* Is there a variable for the database's user, in addition to its URL? */
static int names_user (const struct vprod__draft *draft)
{
  for (size_t i = 0; i < draft->n_variables; i++) {
    const char *name = draft->variables[i].name;
    if (vprod__text_ends_with (name, "USER") || vprod__text_ends_with (name, "USERNAME"))
      return 1;
  }
  return 0;
}

static const char *url_value (const struct vprod__draft *draft)
{
  const char *deps = draft->manifests ? draft->manifests : "";

  if (draft->language == VPROD__LANGUAGE_JAVA && !names_user (draft))
    return "jdbc:postgresql://${db.host}:${db.port}/${db.database}?user=${db.user}&password=${db.password}";
  if (draft->language == VPROD__LANGUAGE_JAVA)
    return "jdbc:postgresql://${db.host}:${db.port}/${db.database}";
  if (draft->language == VPROD__LANGUAGE_DOTNET)
    return "Host=${db.host};Port=${db.port};Database=${db.database};Username=${db.user};Password=${db.password}";
  if (draft->wants_asyncpg || (strstr (deps, "sqlalchemy") && strstr (deps, "asyncpg")))
    return "postgresql+asyncpg://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}";
  if (strstr (deps, "sqlalchemy") && strstr (deps, "psycopg") && !strstr (deps, "psycopg2"))
    return "postgresql+psycopg://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}";
  if (draft->language == VPROD__LANGUAGE_GO)
    return "postgres://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}?sslmode=disable";
  return "postgresql://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}";
}

static int holds_database_url (const char *name)
{
  return vprod__says (VPROD__NAMES_DATABASE_URL, name) && !vprod__says (VPROD__NAMES_NO_DATABASE_URL, name);
}

/* What the variable is set to for the database, or NULL. */
static const char *database_value (const struct vprod__draft *draft, const char *name)
{
  static const char *const owners[] = {
    "DB_", "DATABASE_", "POSTGRES_", "POSTGRESQL_", "PG", "PG_", "SPRING_DATASOURCE_", "SQL_", NULL,
  };
  static const struct {
    const char *part, *value;
  } parts[] = {
    { "HOST", "${db.host}" },         { "HOSTNAME", "${db.host}" },     { "SERVER", "${db.host}" },
    { "PORT", "${db.port}" },         { "USER", "${db.user}" },         { "USERNAME", "${db.user}" },
    { "PASSWORD", "${db.password}" }, { "PASS", "${db.password}" },     { "PASSWD", "${db.password}" },
    { "NAME", "${db.database}" },     { "DATABASE", "${db.database}" }, { "DB", "${db.database}" },
    { "DBNAME", "${db.database}" },   { "SSLMODE", "disable" },
  };

  if (holds_database_url (name))
    return url_value (draft);
  if (strcmp (name, "DB_CONNECTION") == 0 && draft->language == VPROD__LANGUAGE_PHP)
    return "pgsql";
  for (size_t o = 0; owners[o]; o++)
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
      if (strncmp (name, owners[o], strlen (owners[o])) == 0
          && strcmp (name + strlen (owners[o]), parts[i].part) == 0)
        return parts[i].value;
  return NULL;
}

/* If no variable is known that holds the database's address. */
static void add_usual (struct vprod__draft *draft)
{
  static const char *const spring[] = {
    "SPRING_DATASOURCE_URL", "SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD", NULL,
  };
  static const char *const laravel[] = {
    "DB_CONNECTION", "DB_HOST", "DB_PORT", "DB_DATABASE", "DB_USERNAME", "DB_PASSWORD", NULL,
  };
  static const char *const dotnet[] = { "ConnectionStrings__DefaultConnection", NULL };
  static const char *const usual[] = { "DATABASE_URL", NULL };
  const char *deps = draft->manifests ? draft->manifests : "";
  const char *const *names = strstr (deps, "spring-boot") ? spring : strstr (deps, "laravel") ? laravel
                             : draft->language == VPROD__LANGUAGE_DOTNET ? dotnet : usual;

  for (size_t i = 0; names[i]; i++) {
    _cleanup_free_ char *from = vprod__draft_find_quoted (draft, names[i]);
    vprod__draft_variable (draft, names[i], strlen (names[i]), NULL, 0, "", 0);
    if (draft->n_variables > 0)
      vprod__draft_set (draft, &draft->variables[draft->n_variables - 1].from, "%s",
                        from ? from : "a usual name; nothing was found that reads it");
    draft->database_usual |= i == 0 && !from;
  }
}

/* Does an example file show a database other than PostgreSQL? */
static int is_another_database (const char *example)
{
  return example && vprod__says (VPROD__NAMES_OTHER_SCHEME, example);
}

/* Does the app depend on the client of another database? Only asked if it has none of PostgreSQL. */
static int has_another_client (const struct vprod__draft *draft)
{
  return draft->manifests && vprod__says (VPROD__NAMES_OTHER_CLIENT, draft->manifests);
}

/* ---- which variable is which database's ----------------------------------------------------------------------- */

static struct vprod__draft_service *first_postgres (struct vprod__draft *draft)
{
  for (size_t i = 0; i < draft->n_services; i++)
    if (draft->services[i].postgres)
      return &draft->services[i];
  return NULL;
}

/* The PostgreSQL whose name is the host of a URL, or which is the text; NULL: none is. */
static struct vprod__draft_service *postgres_in (struct vprod__draft *draft, const char *text)
{
  const char *scheme = strstr (text, "://"), *host = scheme ? scheme + 3 : text, *at = scheme ? strrchr (host, '@') : NULL;

  host = at ? at + 1 : host;
  for (size_t i = 0; i < draft->n_services; i++) {
    size_t n = strlen (draft->services[i].host);
    if (draft->services[i].postgres && strncmp (host, draft->services[i].host, n) == 0 && (!host[n] || strchr (":/?", host[n])))
      return &draft->services[i];
  }
  return NULL;
}

/* Sets the variable to a text in which ${db.…} is meant to be of this service. */
static void set_database (struct vprod__draft *draft, struct vprod__draft_variable *variable, const char *text,
                          const struct vprod__draft_service *service)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  for (const char *p = text, *next; *p; p = next) {
    next = strstr (p, "${db.");
    if (vprod__buf_addf (&out, "%.*s", next ? (int) (next - p) : (int) strlen (p), p) < 0
        || (next && vprod__buf_addf (&out, "${%s.", service->name) < 0))
      draft->no_memory = 1;
    next = next ? next + 5 : p + strlen (p);
  }
  vprod__draft_set (draft, &variable->value, "%s", vprod__buf_string (&out));
  variable->database = 1;
}

/* The query of a URL, as far as it is no demand for TLS. */
static const char *query_of (const char *url)
{
  const char *query = strchr (url, '?');

  if (!query || query[strspn (query, "?&=_-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")])
    return "";
  return strstr (query, "require") || strstr (query, "verify") ? "?sslmode=disable" : query;
}

/* The value with references for one that names a database of the compose file, or is a URL of PostgreSQL: 1. */
static int take_written (struct vprod__draft *draft, struct vprod__draft_variable *variable, const char *text)
{
  struct vprod__draft_service *named = postgres_in (draft, text), *service = named ? named : first_postgres (draft);
  size_t scheme = strcspn (text, ":"), n = named ? strlen (named->host) : 0;
  _cleanup_free_ char *value = NULL;

  if (strncmp (text, "postgres", 8) == 0 && strncmp (text + scheme, "://", 3) == 0 && service)
    vprod__draft_set (draft, &value, "%.*s://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}%s", (int) scheme, text,
                      query_of (text));
  else if (named && strcmp (text, named->host) == 0)
    vprod__draft_set (draft, &value, "${db.host}");
  else if (named && strncmp (text, named->host, n) == 0 && strcmp (text + n, ":5432") == 0)
    vprod__draft_set (draft, &value, "${db.host}:${db.port}");
  if (value)
    set_database (draft, variable, value, service);
  return value != NULL;
}

void vprod__draft_take_owner (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data)
{
  struct vprod__draft_service *service = data;
  char **field = pair->length == 11 && strncmp (pair->name, "POSTGRES_DB", 11) == 0     ? &service->database
                 : pair->length == 13 && strncmp (pair->name, "POSTGRES_USER", 13) == 0 ? &service->user
                                                                                       : NULL;

  if (field && !*field && pair->value && !vprod__spec_check_url_safe (pair->value))
    vprod__draft_set (draft, field, "%s", pair->value);
}

/* The variable of a second database, REPORTS_DATABASE_URL beside DATABASE_URL: the length of its own part; 0: it is none. */
static size_t second_part (const struct vprod__draft *draft, const struct vprod__draft_variable *variable)
{
  static const char *const ends[] = { "_DATABASE_URL", "_DATABASE_URI", "_DATABASE_DSN", "_DB_URL", "_DB_DSN", "_POSTGRES_URL", NULL };
  /* the same database by another way */
  static const char *const same[] = { "READ", "REPLICA", "DIRECT", "PRIMARY", "MAIN", "WRITE", "ASYNC", "SYNC", "POOL", "APP", NULL };
  size_t n = 0;
  int first = 0;

  for (size_t i = 0; ends[i] && n == 0; i++)
    if (vprod__text_ends_with (variable->name, ends[i]))
      n = strlen (variable->name) - strlen (ends[i]);
  for (size_t i = 0; i < draft->n_variables; i++)
    first |= &draft->variables[i] != variable && holds_database_url (draft->variables[i].name)
             && strlen (draft->variables[i].name) < strlen (variable->name)
             && (draft->variables[i].required || draft->variables[i].wanted || draft->variables[i].example);
  for (size_t i = 0; same[i]; i++)
    if (n > 0 && vprod__text_contains_nocase_n (variable->name, n, same[i]))
      return 0;
  return first ? n : 0;
}

static struct vprod__draft_service *second_database (struct vprod__draft *draft, struct vprod__draft_variable *variable, size_t n)
{
  _cleanup_free_ char *name = strndup (variable->name, n), *image = NULL;
  struct vprod__draft_service *first = first_postgres (draft);

  vprod__draft_set (draft, &image, "%s", first && first->image ? first->image : "");
  struct vprod__draft_service *service = name && image ? vprod__draft_new_service (draft, name) : NULL;
  if (!service)
    return first_postgres (draft);
  service->postgres = 1;
  if (*image)
    service->image = vprod__steal (&image);
  vprod__draft_set (draft, &service->from, "%s in %s, beside the first", variable->name, variable->from ? variable->from : "");
  return service;
}

static void settle_database (struct vprod__draft *draft, struct vprod__draft_variable *variable)
{
  const char *value = database_value (draft, variable->name);
  size_t second = value && strstr (value, "://") && (variable->required || variable->wanted || variable->example)
                    ? second_part (draft, variable) : 0;

  if (value && strstr (value, "://") && second == 0 && !(variable->required || variable->wanted || variable->example)
      && second_part (draft, variable) > 0)
    return;
  if (vprod__draft_is_test_variable (variable->name) || (variable->value && is_another_database (variable->value)))
    return;
  if (!variable->written && second == 0 && variable->value && strncmp (variable->value, "postgres", 8) == 0
      && take_written (draft, variable, variable->value))
    return;
  if (value)
    set_database (draft, variable, value, second > 0 ? second_database (draft, variable, second) : first_postgres (draft));
}

/* Files that hold the database's password. */
static void settle_files (struct vprod__draft *draft, const struct vprod__draft_service *postgres)
{
  for (char **entry = draft->run_files; entry && *entry; entry++) {
    _cleanup_free_ char *other = NULL;
    size_t n = strcspn (*entry, "=");
    if (strcmp (*entry + n + 1, VPROD__DRAFT_DATABASE_PASSWORD) != 0)
      continue;
    vprod__draft_set (draft, &other, postgres ? "%.*s=${%s.password}" : "%.*s=%s", (int) n, *entry,
                      postgres ? postgres->name : "verify-password");
    if (other) {
      free (*entry);
      *entry = vprod__steal (&other);
    }
  }
}

/* A part of a URL into a field, where it can be one. */
static void take_part (struct vprod__draft *draft, char **field, const char *text, size_t length)
{
  _cleanup_free_ char *part = strndup (text, length);

  if (part && *part && !vprod__spec_check_url_safe (part))
    vprod__draft_set (draft, field, "%s", part);
}

/* postgres://user:password@db/name in the sources, db being the compose file's: the app takes no other. */
static void settle_url (struct vprod__draft *draft)
{
  struct vprod__draft_service *service = draft->database_url ? postgres_in (draft, draft->database_url) : NULL;
  const char *user = service ? strstr (draft->database_url, "://") + 3 : NULL, *at = user ? strrchr (user, '@') : NULL;
  const char *colon = at ? memchr (user, ':', (size_t) (at - user)) : NULL, *name = at ? strchr (at, '/') : NULL;

  if (!at)
    return;
  take_part (draft, &service->user, user, (size_t) ((colon ? colon : at) - user));
  if (colon)
    take_part (draft, &service->password, colon + 1, (size_t) (at - colon) - 1);
  if (name)
    take_part (draft, &service->database, name + 1, strcspn (name + 1, "?"));
  vprod__draft_note (draft, &service->notes, "its user, password and database as %s has them", draft->database_url_from);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

/* A database URL is a hint by itself; its parts are one only if a client is there. */
static void find_hint (struct vprod__draft *draft)
{
  static const char *const engines[] = { "DB_ENGINE", "DB_TYPE", "DB_CLIENT", "DATABASE_ENGINE",
                                         "DATABASE_TYPE", "DATABASE_ADAPTER", "DB_ADAPTER", "DB_CONNECTION",
                                         "DB_VENDOR", NULL };

  /* DB_ENGINE=sqlite, though a client of PostgreSQL is there */
  for (size_t i = 0; i < draft->n_variables; i++)
    if (vprod__text_is_one_of (draft->variables[i].name, engines) && is_another_database (draft->variables[i].value)
        && !first_postgres (draft)) {
      vprod__draft_note (draft, &draft->service_notes, "no PostgreSQL, as %s is %s in %s", draft->variables[i].name,
                         draft->variables[i].value, draft->variables[i].from);
      free (draft->database_from);
      draft->database_from = NULL;
      return;
    }
  for (size_t i = 0; i < draft->n_variables && !draft->database_from; i++) {
    const char *name = draft->variables[i].name, *example = draft->variables[i].value;
    const char *value = database_value (draft, name);
    if (vprod__draft_is_test_variable (name))
      continue;
    if ((value && !is_another_database (example)
         && ((strstr (value, "://") && !has_another_client (draft)) || strncmp (name, "POSTGRES", 8) == 0
             || strncmp (name, "PG", 2) == 0))
        || (example && strncmp (example, "postgres", 8) == 0 && strstr (example, "://")))
      vprod__draft_set (draft, &draft->database_from, "%s in %s", name, draft->variables[i].from);
  }
}

void vprod__draft_settle_variables (struct vprod__draft *draft)
{
  int named = 0;

  vprod__compose_find_services (draft);
  struct vprod__draft_service *postgres = first_postgres (draft);
  if (postgres)
    vprod__draft_set (draft, &draft->database_from, "the service %s in %s", postgres->host, postgres->from);
  find_hint (draft);
  if (draft->database_from && !postgres) {
    postgres = vprod__draft_new_service (draft, "db");
    postgres = postgres ? postgres : vprod__draft_new_service (draft, "postgres");
    if (!postgres)
      return;
    postgres->postgres = 1;
    vprod__draft_set (draft, &postgres->from, "%s", draft->database_from);
  }
  for (size_t i = 0; postgres && i < draft->n_variables; i++)
    if (draft->variables[i].written && !draft->variables[i].database)
      take_written (draft, &draft->variables[i], draft->variables[i].written);
  for (size_t i = 0; i < draft->n_variables; i++)
    named |= draft->variables[i].database || database_value (draft, draft->variables[i].name) != NULL;
  settle_url (draft);
  if (postgres && !named && !postgres->password)
    add_usual (draft);
  for (size_t i = 0; postgres && i < draft->n_variables; i++)
    if (!draft->variables[i].database)
      settle_database (draft, &draft->variables[i]);
  settle_files (draft, postgres);
  vprod__draft_settle_services (draft);
  vprod__draft_settle_development (draft);
  vprod__draft_find_migrations (draft);
}

/* ---- values to verify with ---------------------------------------------------------------------------------- */

char *vprod__draft_placeholder (const char *name)
{
  static const struct {
    const char *end, *value;
  } known[] = {
    { "PORT", "8000" }, { "_URL", "http://localhost:9" }, { "_URI", "http://localhost:9" },
    { "_ENDPOINT", "http://localhost:9" }, { "_HOST", "localhost" }, { "_REGION", "us-east-1" },
    { "_EMAIL", "verify@example.com" }, { "LOG_LEVEL", "info" }, { "_ORIGIN", "http://localhost" },
    { "_ORIGINS", "http://localhost" }, { "_SECONDS", "60" }, { "_MINUTES", "60" }, { "_HOURS", "1" },
    { "_DAYS", "1" }, { "_TTL", "60" }, { "_TIMEOUT", "60" }, { "_SIZE", "10" }, { "_LIMIT", "10" },
    { "_COUNT", "1" }, { "_ENABLED", "false" }, { "_DEBUG", "false" }, { "ALGORITHM", "HS256" },
    { "_DOMAIN", "localhost" }, { "ALLOWED_HOSTS", "*" },
  };
  static const char *const secret[] = { "SECRET", "KEY", "TOKEN", "SALT", NULL };
  char *value = NULL;

  if (vprod__text_ends_with (name, "REDIS_URL"))
    return strdup ("redis://localhost:6379/0");
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (vprod__text_ends_with (name, known[i].end))
      return strdup (known[i].value);
  for (size_t i = 0; secret[i]; i++)
    if (strstr (name, secret[i])) /* long enough for apps that check the length */
      return strdup ("only-for-verification-0123456789abcdef");
  if (asprintf (&value, "verify-%s", name) < 0)
    return NULL;
  for (char *p = value; *p; p++)
    *p = *p == '_' ? '-' : (char) tolower ((unsigned char) *p);
  return value;
}
