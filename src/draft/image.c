/* SPDX-License-Identifier: MIT */
/* What the Dockerfile says: the stage that is shipped, its port, user, health URL, the steps, what is copied. */
#include "draft/draft.h"
#include "dockerfile/installers.h"
#include "dockerfile/shell_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/text.h"

#define MAX_COPIES 200
#define MAX_PATTERNS 8
#define MAX_VALUE 4096
#define MAX_STEP (64 * 1024)    /* of a RUN that is looked at */
#define MAX_STEPS (512 * 1024) /* of all */

static int is_one_of (const char *word, const char *const *names)
{
  for (size_t i = 0; names[i]; i++)
    if (strcasecmp (names[i], word) == 0)
      return 1;
  return 0;
}

/* ---- stages ----------------------------------------------------------------------------------------------- */

/* The last one, unless it is plainly not what is shipped and another plainly is. */
static void find_final (struct vprod__draft *draft)
{
  static const char *const others[] = { "dev", "development", "debug", "test", "tests", "testing", "lint", "ci", "docs", NULL };
  static const char *const shipped[] = { "production", "prod", "runtime", "release", "final", "runner", "prod-runtime", NULL };
  const struct vprod__dockerfile *file = &draft->file;

  draft->final = (int) file->n_stages - 1;
  if (draft->final < 0 || !file->stages[draft->final].name || !is_one_of (file->stages[draft->final].name, others))
    return;
  for (int i = draft->final - 1; i >= 0; i--) {
    const char *name = file->stages[i].name;
    if (name && is_one_of (name, shipped) && !vprod__spec_check_target (name)) {
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

static char *expanded (struct vprod__draft *draft, const char *text)
{
  char *value = vprod__dockerfile_expand (text, draft->environment);

  if (!value)
    draft->no_memory = 1;
  return value;
}

/* Is $NAME or ${NAME…} in the text? */
static int mentions (const char *text, const char *name, size_t length)
{
  for (const char *p = text; (p = strchr (p, '$')); p++) {
    const char *at = p + 1 + (p[1] == '{');
    if (strncmp (at, name, length) == 0 && !strchr ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_",
                                                    at[length] ? at[length] : '.'))
      return 1;
  }
  return 0;
}

/* An ARG before the first FROM: what FROM uses is worth showing. */
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
      _cleanup_free_ char *shown = NULL;
      vprod__draft_set (draft, &shown, "%s%s", pair, pair[n] ? "" : "=");
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
    _cleanup_free_ char *value = expanded (draft, equals + 1), *pair = NULL, *name = NULL;
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

/* ---- user ------------------------------------------------------------------------------------------------- */

/* "useradd --uid 1001 app": the UID of this user, or -1. */
static int64_t uid_in_command (const struct vprod__shell_words *words, size_t i, size_t end, const char *user)
{
  const char *uid = NULL;
  int named = 0;

  for (; i < end; i++) {
    const char *word = words->list[i].text;
    if ((strcmp (word, "-u") == 0 || strcmp (word, "--uid") == 0) && i + 1 < end)
      uid = words->list[++i].text;
    else if (strncmp (word, "--uid=", 6) == 0)
      uid = word + 6;
    else if (strcmp (word, user) == 0)
      named = 1;
  }
  return named && uid && *uid && uid[strspn (uid, "0123456789")] == '\0' && strlen (uid) < 10 ? atoll (uid) : -1;
}

static int64_t uid_in_step (struct vprod__draft *draft, const char *text, const char *user)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
  int64_t uid = -1;

  if (vprod__shell_split (text, &words) < 0)
    draft->no_memory = 1;
  for (size_t start = 0, end; start < words.count && uid < 0; start = end) {
    end = vprod__shell_command_end (&words, start);
    size_t program = vprod__shell_program (&words, start, end);
    const char *name = program < end ? vprod__shell_base_name (words.list[program].text) : "";
    if (strcmp (name, "useradd") == 0 || strcmp (name, "adduser") == 0)
      uid = uid_in_command (&words, program + 1, end, user);
  }
  return uid;
}

/* Users that well-known base images bring. */
static int64_t uid_of_base (const char *base, const char *user)
{
  static const struct {
    const char *base, *user;
    int64_t uid;
  } known[] = {
    { "node:", "node", 1000 },
    { "distroless", "nonroot", 65532 },
    { "chainguard", "nonroot", 65532 },
    { "dotnet/aspnet:8", "app", 1654 },
    { "dotnet/aspnet:9", "app", 1654 },
    { "dotnet/runtime:8", "app", 1654 },
    { "dotnet/runtime:9", "app", 1654 },
    { "nginx-unprivileged", "nginx", 101 },
  };

  for (size_t i = 0; base && i < sizeof known / sizeof known[0]; i++)
    if (strstr (base, known[i].base) && strcmp (known[i].user, user) == 0)
      return known[i].uid;
  return -1;
}

static void find_uid (struct vprod__draft *draft)
{
  const char *user = draft->user;

  draft->uid = -1;
  if (!user && draft->base && strstr (draft->base, "nonroot")) {
    draft->uid = 65532;
    vprod__draft_set (draft, &draft->uid_from, "the base image %s", draft->base);
    return;
  }
  if (!user || !*user)
    return;
  if (user[strspn (user, "0123456789")] == '\0' && strlen (user) < 10) {
    draft->uid = atoll (user);
    vprod__draft_set (draft, &draft->uid_from, "USER in line %zu", draft->user_line);
    return;
  }
  for (size_t i = 0; i < draft->file.count && draft->uid < 0; i++) {
    const struct vprod__instruction *it = &draft->file.list[i];
    if (strcmp (it->name, "RUN") != 0 || it->stage < 0 || !draft->chain[it->stage] || strlen (it->text) > MAX_STEP)
      continue;
    draft->uid = uid_in_step (draft, it->text, user);
    if (draft->uid < 0 && it->body && strlen (it->body) <= MAX_STEP)
      draft->uid = uid_in_step (draft, it->body, user);
    if (draft->uid >= 0)
      vprod__draft_set (draft, &draft->uid_from, "line %zu, which makes the user %s", it->line, user);
  }
  if (draft->uid < 0 && (draft->uid = uid_of_base (draft->base, user)) >= 0)
    vprod__draft_set (draft, &draft->uid_from, "the user %s of the base image", user);
}

/* ---- what the shipped stage says -------------------------------------------------------------------------- */

struct ports {
  int exposed[16];
  size_t count;
  size_t line;
  int health;
  size_t health_line;
};

static void take_expose (struct vprod__draft *draft, const struct vprod__instruction *it, struct ports *ports)
{
  _cleanup_free_ char *text = expanded (draft, it->text);

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
  _cleanup_free_ char *text = expanded (draft, it->text), *path = NULL;
  int port;

  free (draft->health_path);
  draft->health_path = NULL;
  ports->health = 0;
  if (!text || strncasecmp (text, "NONE", 4) == 0 || !vprod__draft_local_url (draft, text, &port, &path) || !path)
    return;
  ports->health = port;
  ports->health_line = it->line;
  if (vprod__spec_check_url_path (*path ? path : "/"))
    return;
  vprod__draft_set (draft, &draft->health_path, "%s", *path ? path : "/");
  vprod__draft_set (draft, &draft->health_from, "HEALTHCHECK in line %zu", it->line);
}

static void take_user (struct vprod__draft *draft, const struct vprod__instruction *it)
{
  _cleanup_free_ char *text = expanded (draft, it->text);
  size_t skip = text ? strspn (text, "\"' ") : 0;

  draft->user_line = it->line;
  vprod__draft_set (draft, &draft->user, "%.*s", text ? (int) strcspn (text + skip, ":\"' \t") : 0, text ? text + skip : "");
}

/* ENTRYPOINT stands before CMD, whichever comes first. */
static void take_command (struct vprod__draft *draft, const struct vprod__instruction *entrypoint,
                          const struct vprod__instruction *cmd)
{
  const struct vprod__instruction *both[] = { entrypoint, cmd };

  for (size_t i = 0; i < 2; i++) {
    _cleanup_free_ char *text = both[i] && strlen (both[i]->text) <= MAX_STEP ? expanded (draft, both[i]->text) : NULL;
    _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
    if (text && vprod__shell_split (text, &words) < 0)
      draft->no_memory = 1;
    for (size_t w = 0; w < words.count && w < 200; w++)
      if (vprod__strv_add (&draft->command, words.list[w].text) < 0)
        draft->no_memory = 1;
  }
}

/* What stands in an environment variable or a well-known base. */
static int port_of_environment (struct vprod__draft *draft)
{
  static const char *const names[] = { "PORT", "HTTP_PORT", "APP_PORT", "SERVER_PORT", "UVICORN_PORT", "NITRO_PORT",
                                       "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", NULL };
  static const struct {
    const char *base;
    int port;
  } bases[] = { { "nginx-unprivileged", 8080 }, { "nginx", 80 }, { "httpd:", 80 }, { "-apache", 80 }, { "caddy", 80 },
                { "tomcat", 8080 }, { "dotnet/aspnet:8", 8080 }, { "dotnet/aspnet:9", 8080 } };

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
  else
    draft->port = port_of_environment (draft);
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
      _cleanup_free_ char *dir = expanded (draft, it->text);
      if (dir && *dir == '/')
        vprod__draft_set (draft, &draft->workdir, "%s", dir);
    }
    else if (strcmp (name, "CMD") == 0)
      cmd = it;
    else if (strcmp (name, "ENTRYPOINT") == 0)
      entrypoint = it;
    else if (strcmp (name, "FROM") == 0 && draft->file.stages[it->stage].parent < 0) {
      free (draft->base);
      draft->base = expanded (draft, draft->file.stages[it->stage].base);
    }
  }
  take_command (draft, entrypoint, cmd);
  find_port (draft, &ports);
  find_uid (draft);
}

/* ---- steps and what is copied ----------------------------------------------------------------------------- */

/* 1: it installs dependencies. *ret_unsure: its text alone does not tell which steps are to be cached. */
static int take_run (struct vprod__draft *draft, const struct vprod__instruction *it, int *ret_unsure)
{
  _cleanup_free_ char *text = NULL;
  struct vprod__install install = { 0 };

  if (strlen (it->text) + (it->body ? strlen (it->body) : 0) > MAX_STEP
      || draft->steps.length > MAX_STEPS)
    return 0;
  vprod__draft_set (draft, &text, "RUN %s%s%s", it->text, it->body ? "\n" : "", it->body ? it->body : "");
  if (!text || vprod__find_install (text, &install) < 0) {
    draft->no_memory = 1;
    return 0;
  }
  if (vprod__buf_addf (&draft->steps, "%s\n", text) < 0)
    draft->no_memory = 1;
  if (!install.manager)
    return 0;
  /* bare "yarn" is in "yarn build", too; and `uv sync` may install the project on top of its dependencies */
  *ret_unsure |= install.project || !strchr (install.text, ' ') || !strstr (text, install.text)
                 || vprod__strv_length (draft->cached) >= MAX_PATTERNS;
  if (!*ret_unsure)
    vprod__draft_add (draft, &draft->cached, install.text);
  if (!draft->installs_from)
    vprod__draft_set (draft, &draft->installs_from, "line %zu (%s)", it->line,
                      install.text[0] ? install.text : install.manager);
  return 1;
}

/* "./src//x/" → "src/x"; NULL: nothing of the context. */
static char *clean_path (struct vprod__draft *draft, const char *path)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };
  char *ret;

  for (const char *p = path; *p;) {
    size_t n = strcspn (p, "/");
    if (n == 2 && strncmp (p, "..", 2) == 0)
      return NULL;
    if (n > 0 && !(n == 1 && *p == '.')
        && ((out.length > 0 && vprod__buf_add (&out, "/", 1) < 0) || vprod__buf_add (&out, p, n) < 0))
      draft->no_memory = 1;
    p += n;
    p += strspn (p, "/");
  }
  ret = vprod__buf_steal (&out);
  draft->no_memory |= !ret;
  return ret;
}

static void take_copy (struct vprod__draft *draft, const struct vprod__instruction *it, int after_install)
{
  _cleanup_strv_ char **words = NULL;

  if (vprod__instruction_flag (it, "from") || it->body
      || vprod__instruction_words (it, draft->file.escape, &words) < 0)
    return;
  for (size_t i = 0; words && words[i] && words[i + 1] && draft->n_copies < MAX_COPIES; i++) {
    _cleanup_free_ char *source = expanded (draft, words[i]);
    _cleanup_free_ char *path = source && !strstr (source, "://") && !strpbrk (source, "*?[") ? clean_path (draft, source) : NULL;
    struct vprod__draft_copy *longer;
    if (!path)
      continue;
    longer = realloc (draft->copies, (draft->n_copies + 1) * sizeof *longer);
    if (!longer) {
      draft->no_memory = 1;
      return;
    }
    draft->copies = longer;
    longer[draft->n_copies++] = (struct vprod__draft_copy) { vprod__steal (&path), it->line, after_install };
  }
}

static void read_steps (struct vprod__draft *draft)
{
  int installed_in = VPROD__DOCKERFILE_NO_STAGE, unsure = 0;

  for (size_t i = 0; i < draft->file.count; i++) {
    const struct vprod__instruction *it = &draft->file.list[i];
    if (it->stage < 0 || !draft->needed[it->stage])
      continue;
    if (strcmp (it->name, "RUN") == 0 && take_run (draft, it, &unsure))
      installed_in = it->stage;
    else if (strcmp (it->name, "COPY") == 0 || strcmp (it->name, "ADD") == 0)
      take_copy (draft, it, installed_in == it->stage);
  }
  /* the check's own default knows more than texts do */
  if (unsure) {
    vprod__strv_free (draft->cached);
    draft->cached = NULL;
  }
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
  read_steps (draft);
}
