/* SPDX-License-Identifier: MIT */
/* What the Dockerfile says: the shipped stage, its environment, port, user name and health URL. */
#include "draft/draft.h"
#include "dockerfile/shell_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/text.h"

#define MAX_VALUE 4096
#define CADDY_ADMIN 2019
#define MAX_STEP (64 * 1024) /* longest command that is read */

/* ---- stages ----------------------------------------------------------------------------------------------- */

/* The last stage, unless its name says that it is not shipped and another's says that it is. */
static void find_final (struct vprod__draft *draft)
{
  static const char *const others[] = {
    "dev", "development", "debug", "test", "tests", "testing", "lint", "ci", "docs", NULL,
  };
  static const char *const shipped[] = {
    "production", "prod", "runtime", "release", "final", "runner", "prod-runtime", NULL,
  };
  const struct vprod__dockerfile *file = &draft->file;
  int named = draft->target ? vprod__dockerfile_find_stage (file, draft->target) : VPROD__DOCKERFILE_NO_STAGE;

  draft->final = named >= 0 ? named : (int) file->n_stages - 1;
  if (draft->target) /* the compose file names it */
    return;
  if (draft->final < 0 || !file->stages[draft->final].name
      || !vprod__text_is_one_of_nocase (file->stages[draft->final].name, others))
    return;
  for (int i = draft->final - 1; i >= 0; i--) {
    const char *name = file->stages[i].name;
    if (name && vprod__text_is_one_of_nocase (name, shipped) && !vprod__spec_check_target (name)) {
      vprod__draft_set (draft, &draft->target, "%s", name);
      draft->final = i;
      return;
    }
  }
}

static void mark_stages (struct vprod__draft *draft)
{
  draft->needed = vprod__dockerfile_needed (&draft->file, draft->final);
  draft->chain = calloc (draft->file.n_stages + 1, 1);
  if (!draft->needed || !draft->chain) {
    draft->no_memory = 1;
    return;
  }
  for (int i = draft->final; i >= 0 && !draft->chain[i]; i = draft->file.stages[i].parent)
    draft->chain[i] = 1;
}

/* Does the text have $NAME or ${NAME…}? */
static int mentions (const char *text, const char *name, size_t length)
{
  for (const char *p = text; (p = strchr (p, '$')); p++) {
    const char *at = p + 1 + (p[1] == '{');
    if (strncmp (at, name, length) == 0
        && !strchr ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_",
                    at[length] ? at[length] : '.'))
      return 1;
  }
  return 0;
}

/* An ARG before the first FROM: shown if FROM uses it. */
static void take_base_arg (struct vprod__draft *draft, const char *pair)
{
  size_t n = strcspn (pair, "=");
  char name[256];

  if (n == 0 || n >= sizeof name)
    return;
  memcpy (name, pair, n);
  name[n] = '\0';
  if (vprod__spec_check_variable (name))
    return;
  for (size_t i = 0; i < draft->file.n_stages; i++)
    if (draft->needed[i] && mentions (draft->file.stages[i].base, name, n)) {
      /* a builder does not expand an argument's value */
      _cleanup_free_ char *shown = NULL, *value = vprod__draft_expand (draft, pair[n] ? pair + n + 1 : "");
      vprod__draft_set (draft, &shown, "%s=%s", name, value ? value : "");
      if (shown)
        vprod__draft_add (draft, &draft->base_args, shown);
      return;
    }
}

/* ---- environment ------------------------------------------------------------------------------------------ */

static void take_pairs (struct vprod__draft *draft, const struct vprod__instruction *it)
{
  _cleanup_strv_ char **pairs = NULL;
  int is_env = strcmp (it->name, "ENV") == 0;

  if (vprod__instruction_pairs (it, draft->file.escape, &pairs) < 0)
    draft->no_memory = 1;
  for (size_t i = 0; pairs && pairs[i]; i++) {
    const char *equals = strchr (pairs[i], '=');
    if (it->stage < 0)
      take_base_arg (draft, pairs[i]);
    if (!equals || strlen (pairs[i]) > MAX_VALUE || vprod__strv_length (draft->environment) > 500)
      continue;
    _cleanup_free_ char *value = vprod__draft_expand (draft, equals + 1), *pair = NULL, *name = NULL;
    if (value && strlen (value) > MAX_VALUE)
      continue;
    vprod__draft_set (draft, &pair, "%.*s=%s", (int) (equals - pairs[i]), pairs[i], value ? value : "");
    if (pair && vprod__strv_add (&draft->environment, pair) < 0)
      draft->no_memory = 1;
    vprod__draft_set (draft, &name, "%.*s", (int) (equals - pairs[i]), pairs[i]);
    if (is_env && name && value && *value)
      vprod__draft_add (draft, &draft->env_names, name);
  }
}

/* What .NET base images set, and Dockerfiles rely on. */
static void take_base_environment (struct vprod__draft *draft)
{
  static const char *const parts[] = { "dotnet/aspnet:", "dotnet/runtime:", "dotnet/runtime-deps:", NULL };

  for (size_t i = 0; draft->base && parts[i]; i++) {
    const char *at = strstr (draft->base, parts[i]);
    if (at && atoi (at + strlen (parts[i])) >= 8)
      vprod__draft_add (draft, &draft->environment, "APP_UID=1654");
  }
}

/* ---- the shipped stage ------------------------------------------------------------------------------------ */

struct ports {
  int exposed[16];
  size_t count;
  size_t line;
  int health;
  size_t health_line;
};

static void take_expose (struct vprod__draft *draft, const struct vprod__instruction *it, struct ports *ports)
{
  _cleanup_free_ char *text = vprod__draft_expand (draft, it->text);

  for (char *save = NULL, *word = text ? strtok_r (text, " \t", &save) : NULL; word;
       word = strtok_r (NULL, " \t", &save)) {
    size_t n = strspn (word, "0123456789");
    int tcp = word[n] == '\0' || word[n] == '-' || strncasecmp (word + n, "/tcp", 4) == 0;
    int port = vprod__draft_port (word);
    if (tcp && port > 0 && ports->count < sizeof ports->exposed / sizeof ports->exposed[0]) {
      ports->exposed[ports->count++] = port;
      ports->line = it->line;
    }
  }
}

static void take_health (struct vprod__draft *draft, const struct vprod__instruction *it, struct ports *ports)
{
  _cleanup_free_ char *text = vprod__draft_expand (draft, it->text), *path = NULL;
  int port;

  free (draft->health_path);
  draft->health_path = NULL;
  ports->health = draft->health_port = draft->health_grpc = draft->health_https = 0;
  if (text && strstr (text, "grpc_health_probe")) {
    _cleanup_free_ char *from = NULL;
    vprod__draft_set (draft, &from, "HEALTHCHECK in line %zu", it->line);
    vprod__draft_take_health_check (draft, text, from ? from : "");
    return;
  }
  if (!text || strncasecmp (text, "NONE", 4) == 0 || !vprod__draft_local_url (draft, text, &port, &path) || !path)
    return;
  if (port == CADDY_ADMIN) /* answers inside the container only */
    return;
  ports->health = draft->health_port = port;
  ports->health_line = it->line;
  draft->health_https = strcasestr (text, "https://") != NULL;
  if (vprod__spec_check_url_path (*path ? path : "/"))
    return;
  vprod__draft_set (draft, &draft->health_path, "%s", *path ? path : "/");
  vprod__draft_set (draft, &draft->health_from, "HEALTHCHECK in line %zu", it->line);
}

static void take_user (struct vprod__draft *draft, const struct vprod__instruction *it)
{
  _cleanup_free_ char *text = vprod__draft_expand (draft, it->text);
  size_t skip = text ? strspn (text, "\"' ") : 0;

  draft->user_line = it->line;
  vprod__draft_set (draft, &draft->user, "%.*s", text ? (int) strcspn (text + skip, ":\"' \t") : 0,
                    text ? text + skip : "");
}

/* ENTRYPOINT comes before CMD, in whatever order they are written. */
static void take_command (struct vprod__draft *draft, const struct vprod__instruction *entrypoint,
                          const struct vprod__instruction *cmd)
{
  const struct vprod__instruction *both[] = { entrypoint, cmd };

  for (size_t i = 0; i < 2; i++) {
    _cleanup_free_ char *text = both[i] && strlen (both[i]->text) <= MAX_STEP
                                  ? vprod__draft_expand (draft, both[i]->text)
                                  : NULL;
    _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
    if (text && vprod__shell_split (text, &words) < 0)
      draft->no_memory = 1;
    draft->command_line = text ? both[i]->line : draft->command_line;
    for (size_t w = 0; w < words.count && w < 200; w++)
      if (vprod__strv_add (&draft->command, words.list[w].text) < 0)
        draft->no_memory = 1;
  }
}

/* From an environment variable, or a well-known base image. */
static int port_of_environment (struct vprod__draft *draft)
{
  static const char *const names[] = {
    "PORT", "HTTP_PORT", "APP_PORT", "SERVER_PORT", "UVICORN_PORT", "NITRO_PORT", "ASPNETCORE_HTTP_PORTS",
    "ASPNETCORE_URLS", "SERVER_NAME", NULL,
  };
  static const struct {
    const char *base;
    int port;
  } bases[] = { { "nginx-unprivileged", 8080 },
                { "nginx", 80 },
                { "httpd:", 80 },
                { "-apache", 80 },
                { "caddy", 80 },
                { "tomcat", 8080 },
                { "dotnet/aspnet:8", 8080 },
                { "dotnet/aspnet:9", 8080 } };

  for (size_t i = 0; names[i]; i++) {
    const char *value = NULL;
    for (size_t k = 0; draft->environment && draft->environment[k]; k++)
      if (strncmp (draft->environment[k], names[i], strlen (names[i])) == 0
          && draft->environment[k][strlen (names[i])] == '=')
        value = draft->environment[k] + strlen (names[i]) + 1;
    const char *colon = value ? strrchr (value, ':') : NULL;
    int port = value ? vprod__draft_port (colon ? colon + 1 : value) : 0;
    if (port > 0) {
      vprod__draft_set (draft, &draft->port_from, "%s in the Dockerfile", names[i]);
      return port;
    }
  }
  for (size_t i = 0; draft->base && i < sizeof bases / sizeof bases[0]; i++)
    if (strstr (draft->base, bases[i].base)) {
      vprod__draft_set (draft, &draft->port_from, "what the base image %s serves on", draft->base);
      return bases[i].port;
    }
  return 0;
}

static void find_port (struct vprod__draft *draft, const struct ports *ports)
{
  int command = vprod__draft_port_of_command (draft->command);

  if (ports->count > 0) {
    draft->port = ports->exposed[0];
    for (size_t i = 1; i < ports->count; i++)
      if (ports->exposed[i] == (ports->health ? ports->health : command))
        draft->port = ports->exposed[i];
    vprod__draft_set (draft, &draft->port_from, "EXPOSE in line %zu%s", ports->line,
                      ports->count > 1 ? ", one of several" : "");
  }
  else if (ports->health > 0) {
    draft->port = ports->health;
    vprod__draft_set (draft, &draft->port_from, "HEALTHCHECK in line %zu", ports->health_line);
  }
  else if (command > 0) {
    draft->port = command;
    vprod__draft_set (draft, &draft->port_from, "the command");
  }
  else if ((draft->port = port_of_environment (draft)) == 0) {
    const char *who = NULL;
    draft->port = vprod__draft_port_of_program (draft->command, &who);
    if (draft->port > 0)
      vprod__draft_set (draft, &draft->port_from, "what %s serves on when it is told no port", who);
  }
}

static void read_shipped (struct vprod__draft *draft)
{
  const struct vprod__instruction *cmd = NULL, *entrypoint = NULL;
  struct ports ports = { 0 };

  for (size_t i = 0; i < draft->file.count; i++) {
    const struct vprod__instruction *it = &draft->file.list[i];
    const char *name = it->name;
    if (it->stage >= 0 && !draft->chain[it->stage])
      continue;
    if (strcmp (name, "ENV") == 0 || strcmp (name, "ARG") == 0)
      take_pairs (draft, it);
    else if (strcmp (name, "EXPOSE") == 0)
      take_expose (draft, it, &ports);
    else if (strcmp (name, "HEALTHCHECK") == 0)
      take_health (draft, it, &ports);
    else if (strcmp (name, "USER") == 0)
      take_user (draft, it);
    else if (strcmp (name, "WORKDIR") == 0) {
      _cleanup_free_ char *dir = vprod__draft_expand (draft, it->text);
      if (dir && *dir == '/')
        vprod__draft_set (draft, &draft->workdir, "%s", dir);
    }
    else if (strcmp (name, "CMD") == 0)
      cmd = it;
    else if (strcmp (name, "ENTRYPOINT") == 0)
      entrypoint = it;
    else if (strcmp (name, "FROM") == 0 && draft->file.stages[it->stage].parent < 0) {
      free (draft->base);
      draft->base = vprod__draft_expand (draft, draft->file.stages[it->stage].base);
      take_base_environment (draft);
    }
  }
  take_command (draft, entrypoint, cmd);
  find_port (draft, &ports);
  vprod__draft_find_uid (draft);
}

void vprod__draft_read_image (struct vprod__draft *draft, const char *text, size_t length)
{
  draft->uid = -1;
  draft->final = VPROD__DOCKERFILE_NO_STAGE;
  if (vprod__dockerfile_parse (text, length, &draft->file) < 0) {
    draft->no_memory = 1;
    return;
  }
  find_final (draft);
  mark_stages (draft);
  if (draft->no_memory)
    return;
  read_shipped (draft);
  vprod__draft_read_steps (draft);
}
