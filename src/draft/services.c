/* SPDX-License-Identifier: MIT */
/* What runs beside the app, as the spec names it; services that variables ask for; values that refer to services. */
#include "draft/draft.h"
#include "known/phrases.h"
#include "known/service_images.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "spec/keys.h"
#include "util/grow.h"
#include "util/text.h"

#define MAX_SERVICES 14

/* ---- making and freeing ------------------------------------------------------------------------------------- */

static struct vprod__draft_service *find (const struct vprod__draft *draft, const char *name)
{
  for (size_t i = 0; i < draft->n_services; i++)
    if (strcmp (draft->services[i].name, name) == 0)
      return &draft->services[i];
  return NULL;
}

/* "laravel.test" → "laravel-test" */
static char *fit_name (const char *name)
{
  char *fit = strdup (name);

  for (char *p = fit; p && *p; p++)
    *p = isalnum ((unsigned char) *p) || *p == '_' ? (char) tolower ((unsigned char) *p) : '-';
  for (size_t n = fit ? strlen (fit) : 0; n > 0 && (fit[n - 1] == '-' || fit[n - 1] == '_' || n > 60); n--)
    fit[n - 1] = '\0';
  return fit;
}

struct vprod__draft_service *vprod__draft_new_service (struct vprod__draft *draft, const char *name)
{
  _cleanup_free_ char *fit = fit_name (name);

  if (fit && (vprod__spec_check_service (fit) || strcmp (fit, "env") == 0))
    vprod__draft_set (draft, &fit, "service%zu", draft->n_services + 1);
  if (!fit || find (draft, fit) || draft->n_services >= MAX_SERVICES)
    return NULL;
  if (vprod__grow (&draft->services, draft->n_services) < 0) {
    draft->no_memory = 1;
    return NULL;
  }
  struct vprod__draft_service *service = &draft->services[draft->n_services++];
  *service = (struct vprod__draft_service) { .name = vprod__steal (&fit), .host = strdup (name) };
  draft->no_memory |= !service->host;
  return service;
}

struct vprod__draft_before *vprod__draft_new_before (struct vprod__draft *draft)
{
  if (vprod__grow (&draft->before, draft->n_before) < 0) {
    draft->no_memory = 1;
    return NULL;
  }
  draft->before[draft->n_before] = (struct vprod__draft_before) { 0 };
  return &draft->before[draft->n_before++];
}

void vprod__draft_clear_services (struct vprod__draft *draft)
{
  for (size_t i = 0; i < draft->n_services; i++) {
    struct vprod__draft_service *s = &draft->services[i];
    char *texts[] = { s->name, s->host, s->from, s->image, s->user, s->password, s->database, s->ready_http };
    char **lists[] = { s->init, s->env, s->command, s->files, s->ready_command, s->notes };
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
      free (texts[k]);
    for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
      vprod__strv_free (lists[k]);
  }
  for (size_t i = 0; i < draft->n_before; i++) {
    free (draft->before[i].from);
    vprod__strv_free (draft->before[i].command);
    free (draft->before[i].dockerfile);
    free (draft->before[i].context);
    free (draft->before[i].target);
    free (draft->before[i].ref);
  }
  free (draft->services);
  free (draft->before);
}

/* ---- services that variables ask for -------------------------------------------------------------------------- */

/* "REDIS" of redis: the words of a variable's name that asks for it. */
static int asks_for (const char *name, const struct vprod__service_image *image)
{
  char word[32];
  size_t n = 0;

  for (const char *p = strcmp (image->scheme, "amqp") == 0 ? "rabbitmq" : strcmp (image->scheme, "mongodb") == 0 ? "mongo" : image->scheme;
       *p && n + 1 < sizeof word; p++)
    word[n++] = (char) toupper ((unsigned char) *p);
  word[n] = '\0';
  return strstr (name, word) != NULL;
}

/* The service of this kind, or NULL. */
static struct vprod__draft_service *of_scheme (const struct vprod__draft *draft, const char *scheme)
{
  for (size_t i = 0; i < draft->n_services; i++) {
    const struct vprod__service_image *known = draft->services[i].image ? vprod__service_image (draft->services[i].image) : NULL;
    if (known && !draft->services[i].postgres && strcmp (known->scheme, scheme) == 0)
      return &draft->services[i];
  }
  return NULL;
}

/* What the variable's value, else its name, asks for. */
static const struct vprod__service_image *asked (const struct vprod__draft_variable *variable)
{
  static const char *const words[] = { "redis", "amqp", "mongodb", "nats", "memcached" };
  const char *end = variable->value ? strstr (variable->value, "://") : NULL;

  if (end)
    return vprod__service_of_scheme (variable->value, (size_t) (end - variable->value));
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    const struct vprod__service_image *image = vprod__service_of_scheme (words[i], strlen (words[i]));
    if (image && asks_for (variable->name, image)
        && (vprod__text_ends_with (variable->name, "_URL") || vprod__text_ends_with (variable->name, "_URI")
            || vprod__text_ends_with (variable->name, "_HOST") || vprod__text_ends_with (variable->name, "_DSN")))
      return image;
  }
  return NULL;
}

static int is_local (const char *host, size_t length)
{
  return (length == 9 && strncmp (host, "localhost", 9) == 0) || (length == 9 && strncmp (host, "127.0.0.1", 9) == 0)
         || (length == 20 && strncmp (host, "host.docker.internal", 20) == 0);
}

/* Where the host stands in a URL, or in "host" and "host:port". */
static const char *host_of (const char *value, size_t *ret_length)
{
  const char *scheme = strstr (value, "://"), *begin = scheme ? scheme + 3 : value;
  const char *end = begin + strcspn (begin, "/?"), *at = memrchr (begin, '@', (size_t) (end - begin));

  begin = at ? at + 1 : begin;
  *ret_length = strcspn (begin, ":/?,");
  return begin;
}

/* "redis://localhost:6379/0" → "redis://${redis.host}:${redis.port}/0" */
static void refer (struct vprod__draft *draft, struct vprod__draft_variable *variable, const struct vprod__draft_service *service)
{
  size_t n;
  _cleanup_free_ char *old = vprod__steal (&variable->value);
  const char *host = host_of (old, &n), *rest = host + n;
  int has_port = *rest == ':' && isdigit ((unsigned char) rest[1]);

  rest += has_port ? 1 + strspn (rest + 1, "0123456789") : 0;
  _cleanup_free_ char *before = strndup (old, (size_t) (host - old)), *after = strdup (rest);
  vprod__draft_escape_refs (draft, &before);
  vprod__draft_escape_refs (draft, &after);
  vprod__draft_set (draft, &variable->value, "%s${%s.host}%s%s%s%s", before ? before : "", service->name, has_port ? ":${" : "",
                    has_port ? service->name : "", has_port ? ".port}" : "", after ? after : "");
  variable->database = 1;
}

/* A value of which only the kind of service is known. */
static void make_value (struct vprod__draft *draft, struct vprod__draft_variable *variable, const struct vprod__draft_service *service,
                        const struct vprod__service_image *image)
{
  if (vprod__text_ends_with (variable->name, "_HOST"))
    vprod__draft_set (draft, &variable->value, "${%s.host}", service->name);
  else
    vprod__draft_set (draft, &variable->value, "%s://%s${%s.host}:${%s.port}", image->scheme,
                      strcmp (image->scheme, "amqp") == 0 ? "guest:guest@" : "", service->name, service->name);
  variable->database = 1;
}

/* Is it the port of a service that is known, REDIS_PORT? */
static const struct vprod__draft_service *port_of (const struct vprod__draft *draft, const struct vprod__draft_variable *variable)
{
  for (size_t i = 0; i < draft->n_services && vprod__text_ends_with (variable->name, "_PORT"); i++) {
    const struct vprod__service_image *known = draft->services[i].image ? vprod__service_image (draft->services[i].image) : NULL;
    if (known && !known->postgres && asks_for (variable->name, known) && draft->services[i].port > 0)
      return &draft->services[i];
  }
  return NULL;
}

static void settle (struct vprod__draft *draft, struct vprod__draft_variable *variable)
{
  const struct vprod__service_image *image = strstr (variable->name, "TLS") || strstr (variable->name, "SSL") ? NULL : asked (variable);
  struct vprod__draft_service *service = image ? of_scheme (draft, image->scheme) : NULL;
  size_t n = 0;
  const char *host = variable->value ? host_of (variable->value, &n) : NULL;
  int local = host && is_local (host, n), needed = variable->required || variable->wanted || variable->example;

  if (!image || vprod__strv_has (draft->env_names, variable->name))
    return;
  if (!service && needed && (local || !variable->value)
      && (service = vprod__draft_new_service (draft, strcmp (image->scheme, "amqp") == 0 ? "rabbitmq" : image->scheme))) {
    vprod__draft_set (draft, &service->image, "%s", image->image);
    vprod__draft_set (draft, &service->from, "%s in %s", variable->name, variable->from ? variable->from : "");
    service->port = image->port;
  }
  if (service && local)
    refer (draft, variable, service);
  else if (service && !variable->value && (needed || variable->is_read))
    make_value (draft, variable, service, image);
}

void vprod__draft_settle_services (struct vprod__draft *draft)
{
  for (size_t i = 0; i < draft->n_variables; i++)
    if (!draft->variables[i].database && !vprod__draft_is_test_variable (draft->variables[i].name))
      settle (draft, &draft->variables[i]);
  for (size_t i = 0; i < draft->n_variables; i++) {
    struct vprod__draft_variable *variable = &draft->variables[i];
    const struct vprod__draft_service *service = variable->database ? NULL : port_of (draft, variable);
    if (!service || !(variable->required || variable->wanted || variable->example || variable->is_read))
      continue;
    vprod__draft_set (draft, &variable->value, "${%s.port}", service->name);
    variable->database = 1;
  }
}
