/* SPDX-License-Identifier: MIT */
/* Environment variables: which there are, and values that serve. */
#include "draft/draft.h"
#include "known/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"
#include "util/grow.h"
#include "util/text.h"

#define MAX_VARIABLES 100
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

/* What a system or a builder gives; no app is told of it in a spec. */
static int is_of_system (const char *name)
{
  return vprod__says (VPROD__NAMES_SYSTEM_VARIABLE, name);
}

/* An example that leaves it empty wants a secret to be filled in; of others it says that they may be left out. */
static int is_secret (const char *name)
{
  static const char *const parts[] = { "SECRET", "_KEY", "TOKEN", "SALT", "PASSWORD", NULL };

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
  variable->required |= required;
  variable->wanted |= need == VPROD__DRAFT_WANTED;
  variable->example |= value && (*value || is_secret (own ? own : variable->name));
  if (value && *value && strlen (value) <= MAX_VALUE && !variable->value) {
    variable->value = vprod__text_harmless (value, strlen (value));
    draft->no_memory |= !variable->value;
  }
  return variable;
}

/* ---- the database's --------------------------------------------------------------------------------------- */

/* Is there a variable for the database's user, beside its URL? */
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

/* What the variable says of the database, or NULL: nothing. */
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

  if (vprod__says (VPROD__NAMES_DATABASE_URL, name))
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

/* Where no variable is known that says where the database is. */
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
    vprod__draft_variable (draft, names[i], strlen (names[i]), NULL, 0, "", 0);
    if (draft->n_variables > 0)
      vprod__draft_set (draft, &draft->variables[draft->n_variables - 1].from,
                        "a usual name; nothing was found that reads it");
  }
}

/* Does an example say that it is no PostgreSQL? */
static int is_another_database (const char *example)
{
  return example && vprod__says (VPROD__NAMES_OTHER_SCHEME, example);
}

/* Does the app depend on a client of another database? Called where there is none of PostgreSQL. */
static int has_another_client (const struct vprod__draft *draft)
{
  return draft->manifests && vprod__says (VPROD__NAMES_OTHER_CLIENT, draft->manifests);
}

void vprod__draft_settle_variables (struct vprod__draft *draft)
{
  int named = 0;

  /* an address of a database is a hint by itself; the parts of one only where a client is there */
  for (size_t i = 0; i < draft->n_variables && !draft->database_from; i++) {
    const char *name = draft->variables[i].name;
    const char *value = database_value (draft, name);
    if (value && !is_another_database (draft->variables[i].value)
        && ((strstr (value, "://") && !has_another_client (draft)) || strncmp (name, "POSTGRES", 8) == 0
            || strncmp (name, "PG", 2) == 0))
      vprod__draft_set (draft, &draft->database_from, "%s in %s", name, draft->variables[i].from);
  }
  if (!draft->database_from)
    return;
  for (size_t i = 0; i < draft->n_variables; i++)
    named |= database_value (draft, draft->variables[i].name) != NULL;
  if (!named)
    add_usual (draft);
  for (size_t i = 0; i < draft->n_variables; i++) {
    const char *value = database_value (draft, draft->variables[i].name);
    if (value && !draft->variables[i].database) { /* else a compose file has said it */
      draft->variables[i].database = 1;
      vprod__draft_set (draft, &draft->variables[i].value, "%s", value);
    }
  }
}

/* ---- values that serve ------------------------------------------------------------------------------------ */

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
    if (strstr (name, secret[i])) /* long enough for those who count */
      return strdup ("only-for-verification-0123456789abcdef");
  if (asprintf (&value, "verify-%s", name) < 0)
    return NULL;
  for (char *p = value; *p; p++)
    *p = *p == '_' ? '-' : (char) tolower ((unsigned char) *p);
  return value;
}
