/* SPDX-License-Identifier: MIT */
/* The facts as a spec, with a comment beside each guess. Whatever the facts are, it is one that loads. */
#include "draft/draft.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/text.h"

#define MAX_COMMENT 200
#define MAX_OPTIONAL 20
#define WIDTH 110
#define POSTGRES "postgres:16-alpine"

struct writer {
  struct vprod__draft *draft;
  struct vprod__buf out;
};

static void puts_ (struct writer *w, const char *text)
{
  if (vprod__buf_adds (&w->out, text) < 0)
    w->draft->no_memory = 1;
}

static void put (struct writer *w, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
static void put (struct writer *w, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    w->draft->no_memory = 1;
  else {
    puts_ (w, text);
    free (text);
  }
  va_end (ap);
}

/* A comment of one line, whatever is in it. */
static void note (struct writer *w, int indent, const char *format, ...) __attribute__ ((format (printf, 3, 4)));
static void note (struct writer *w, int indent, const char *format, ...)
{
  _cleanup_free_ char *harmless = NULL;
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    text = NULL;
  va_end (ap);
  if (text)
    harmless = vprod__text_harmless (text, strnlen (text, MAX_COMMENT));
  free (text);
  if (!harmless) {
    w->draft->no_memory = 1;
    return;
  }
  for (char *p = harmless; *p; p++)
    if (strchr ("\n\r\t", *p))
      *p = ' ';
  put (w, "%*s# %s\n", indent, "", harmless);
}

/* ---- scalars ---------------------------------------------------------------------------------------------- */

/* May it stand without quotes and stay a text in every YAML? */
static int is_plain (const char *text)
{
  static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y", "n", NULL };
  int letters = 0;

  for (const char *p = text; *p; p++) {
    if (!isalnum ((unsigned char) *p) && !strchr ("/._-", *p))
      return 0;
    letters |= isalpha ((unsigned char) *p) || *p == '/';
  }
  return letters && !vprod__text_is_one_of_nocase (text, words)
         && (isalpha ((unsigned char) *text) || *text == '_'
             || (strchr ("/.", *text) && isalpha ((unsigned char) text[1])));
}

static void put_quoted (struct writer *w, const char *text)
{
  _cleanup_free_ char *harmless = vprod__text_harmless (text, strlen (text));

  if (!harmless) {
    w->draft->no_memory = 1;
    return;
  }
  puts_ (w, "\"");
  for (const char *p = harmless; *p; p++)
    if (*p == '"' || *p == '\\')
      put (w, "\\%c", *p);
    else if ((unsigned char) *p < 0x20)
      put (w, "\\x%02x", (unsigned) *p);
    else
      put (w, "%c", *p);
  puts_ (w, "\"");
}

/* references: the text has no ${…} but such as it means; otherwise what looks like one is made literal. */
static void put_text (struct writer *w, const char *text)
{
  if (is_plain (text))
    puts_ (w, text);
  else
    put_quoted (w, text);
}

/* A value in which ${ is no reference. */
static void put_literal (struct writer *w, const char *text)
{
  _cleanup_buf_ struct vprod__buf value = { 0 };

  for (const char *p = text; *p; p++)
    if (vprod__buf_adds (&value, p[0] == '$' && p[1] == '{' ? "$" : "") < 0 || vprod__buf_add (&value, p, 1) < 0)
      w->draft->no_memory = 1;
  put_text (w, vprod__buf_string (&value));
}

/* "[a, b]", broken where it is long. */
static void put_list (struct writer *w, int indent, char *const *list)
{
  size_t line = w->out.length;

  puts_ (w, "[");
  for (size_t i = 0; list[i]; i++) {
    if (i > 0)
      puts_ (w, ",");
    if (i > 0 && w->out.length - line + strlen (list[i]) > WIDTH - (size_t) indent - 20) {
      line = w->out.length;
      put (w, "\n%*s", indent, "");
    }
    else if (i > 0)
      puts_ (w, " ");
    put_text (w, list[i]);
  }
  puts_ (w, "]");
}

/* The words of a command. */
static void put_command (struct writer *w, char *const *list)
{
  for (size_t i = 0; list[i]; i++) {
    puts_ (w, i == 0 ? "[" : ", ");
    put_literal (w, list[i]);
  }
  puts_ (w, "]");
}

/* ---- sections --------------------------------------------------------------------------------------------- */

/* A line of image.args. */
static void write_arg (struct writer *w, const char *before, const char *pair)
{
  const char *equals = strchr (pair, '=');
  _cleanup_free_ char *name = strndup (pair, (size_t) (equals - pair));

  puts_ (w, before);
  put_text (w, name ? name : "");
  puts_ (w, ": ");
  put_literal (w, equals + 1);
  puts_ (w, "\n");
}

/* Those that the compose file gives, then those that FROM uses: as comments where they have a default. */
static void write_args (struct writer *w)
{
  struct vprod__draft *d = w->draft;
  int missing = 0, others = 0;

  for (size_t i = 0; d->base_args && d->base_args[i]; i++) {
    _cleanup_free_ char *name = strndup (d->base_args[i], strcspn (d->base_args[i], "="));
    if (name && vprod__strv_env (d->args, name))
      continue;
    others = 1;
    missing |= d->base_args[i][strcspn (d->base_args[i], "=") + 1] == '\0';
  }
  if (d->args) {
    note (w, 2, "of the service %s in %s", d->compose_name, d->compose);
    puts_ (w, "  args:\n");
  }
  for (size_t i = 0; d->args && d->args[i]; i++)
    write_arg (w, "    ", d->args[i]);
  if (others && missing)
    note (w, 2, "FROM uses these; the Dockerfile has no default for those that are empty: name them");
  else if (others)
    note (w, 2, "build arguments that FROM uses, with the Dockerfile's defaults");
  if (others && !d->args)
    puts_ (w, missing ? "  args:\n" : "  # args:\n");
  for (size_t i = 0; d->base_args && d->base_args[i]; i++) {
    _cleanup_free_ char *name = strndup (d->base_args[i], strcspn (d->base_args[i], "="));
    if (!name || !vprod__strv_env (d->args, name))
      write_arg (w, missing ? "    " : "  #   ", d->base_args[i]);
  }
}

static void write_image (struct writer *w)
{
  struct vprod__draft *d = w->draft;

  puts_ (w, "image:\n  dockerfile: ");
  put_text (w, d->dockerfile_named ? d->dockerfile_named : d->dockerfile);
  puts_ (w, "\n");
  if (strcmp (d->context, ".") != 0)
    note (w, 2, "%s", d->context_from ? d->context_from : "the folder that has all that the Dockerfile copies");
  else if (d->missing)
    note (w, 2, "%s, which is not here: is it made before, or is the context another folder?", d->missing);
  puts_ (w, "  context: ");
  if (strcmp (d->context + strspn (d->context, "./"), "") == 0)
    puts_ (w, d->context);
  else
    put_text (w, d->context);
  puts_ (w, "\n");
  if (d->target) {
    note (w, 2, "%s%s", d->compose ? "the stage that is named in " : "the last stage of the Dockerfile is not the one that is shipped",
          d->compose ? d->compose : "");
    put (w, "  target: ");
    put_text (w, d->target);
    puts_ (w, "\n");
  }
  write_args (w);
}

static void write_services (struct writer *w)
{
  struct vprod__draft *d = w->draft;

  if (!d->database_from) {
    note (w, 0, "nothing hints at a database; for one:");
    puts_ (w, "# services:\n#   db:\n#     postgres: {image: \"" POSTGRES "\"}\n");
    return;
  }
  note (w, 0, "a throwaway PostgreSQL; hinted at by %s", d->database_from);
  puts_ (w, "services:\n  db:\n    postgres: {image: ");
  put_quoted (w, d->database_image ? d->database_image : POSTGRES);
  puts_ (w, "}\n");
}

/* Is it given a value in run.env? */
static int is_set (const struct vprod__draft *d, const struct vprod__draft_variable *variable)
{
  if (variable->database)
    return 1;
  return (variable->required || variable->wanted || variable->example)
         && !vprod__strv_has (d->env_names, variable->name);
}

static void write_variable (struct writer *w, const struct vprod__draft_variable *variable)
{
  _cleanup_free_ char *placeholder = NULL;

  note (w, 4, "%s%s", variable->from ? variable->from : "", variable->required ? ", required" : "");
  puts_ (w, "    ");
  put_text (w, variable->name);
  puts_ (w, ": ");
  if (variable->database)
    put_text (w, variable->value);
  else if (variable->value)
    put_literal (w, variable->value);
  else if (variable->fallback)
    put_literal (w, variable->fallback);
  else if ((placeholder = vprod__draft_placeholder (variable->name)))
    put_literal (w, placeholder);
  else
    w->draft->no_memory = 1;
  puts_ (w, "\n");
}

static void write_run (struct writer *w)
{
  struct vprod__draft *d = w->draft;
  int set = 0, optional = 0;

  for (size_t i = 0; i < d->n_variables; i++)
    set += is_set (d, &d->variables[i]);
  puts_ (w, "run:\n");
  if (d->port) {
    note (w, 2, "%s", d->port_from ? d->port_from : "");
    put (w, "  port: %d\n", d->port);
  }
  else
    note (w, 2, "port: 8000   nothing names the HTTP port; needed by health, unless the image exposes one");
  if (d->run_command) {
    note (w, 2, "of the service %s in %s; left out, the image's own command is run", d->compose_name, d->compose);
    puts_ (w, "  command: ");
    put_command (w, d->run_command);
    puts_ (w, "\n");
  }
  if (set)
    puts_ (w, "  env:\n");
  for (size_t i = 0; i < d->n_variables; i++)
    if (is_set (d, &d->variables[i]))
      write_variable (w, &d->variables[i]);
  for (size_t i = 0; i < d->n_variables && optional < MAX_OPTIONAL; i++)
    if (!is_set (d, &d->variables[i]) && !vprod__strv_has (d->env_names, d->variables[i].name)) {
      if (optional++ == 0)
        note (w, set ? 4 : 2, "%sread too, but perhaps with a default:", set ? "" : "env: ");
      note (w, set ? 4 : 2, "  %s (%s)", d->variables[i].name, d->variables[i].from ? d->variables[i].from : "");
    }
}

static void write_required (struct writer *w)
{
  struct vprod__draft *d = w->draft;
  _cleanup_strv_ char **names = NULL;
  int set = 0;

  for (size_t i = 0; i < d->n_variables; i++) {
    set += is_set (d, &d->variables[i]);
    if (d->variables[i].required && is_set (d, &d->variables[i]))
      vprod__draft_add (d, &names, d->variables[i].name);
  }
  if (names) {
    note (w, 2, "left out alone, each of these must keep the app from running");
    puts_ (w, "  required-env:\n    vars: ");
    put_list (w, 10, names);
    puts_ (w, "\n");
  }
  else if (set) {
    note (w, 2, "which of run.env the app cannot do without is not known: name them, as {vars: [A, B]}");
    puts_ (w, "  required-env: false\n");
  }
}

static void write_user (struct writer *w)
{
  struct vprod__draft *d = w->draft;

  if (d->uid > 0 && d->uid < 4294967295LL) {
    note (w, 2, "%s", d->uid_from ? d->uid_from : "");
    put (w, "  non-root: {uid: %lld}\n", (long long) d->uid);
    return;
  }
  if (d->uid == 0 || (d->user && strcasecmp (d->user, "root") == 0))
    note (w, 2, "USER in line %zu is root: this fails unless the app gives root up by itself", d->user_line);
  else if (d->user && *d->user)
    note (w, 2, "USER in line %zu; what UID %s has is not known", d->user_line, d->user);
  else if (d->user)
    note (w, 2, "USER in line %zu; what its variable says is not known", d->user_line);
  else
    note (w, 2, "the Dockerfile has no USER: this fails unless the base image has one, or the app gives root up");
  puts_ (w, "  non-root: {}\n");
}

static void write_dev (struct writer *w)
{
  static const char *const languages[] = {
    "any app", "Python", "Node.js", "Go", "Rust", "Java", "PHP", "Ruby", ".NET", "C", "Elixir",
  };
  struct vprod__draft *d = w->draft;

  note (w, 2, "of %s%s%s%s", languages[d->language], d->language_from ? " (" : "",
        d->language_from ? d->language_from : "", d->language_from ? ")" : "");
  puts_ (w, "  dev-deps-absent:\n");
  if (d->dev_packages) {
    puts_ (w, "    packages: ");
    put_list (w, 14, d->dev_packages);
    puts_ (w, "\n");
  }
  if (d->dev_paths) {
    puts_ (w, "    paths: ");
    put_list (w, 11, d->dev_paths);
    puts_ (w, "\n");
  }
}

static void write_cache (struct writer *w)
{
  struct vprod__draft *d = w->draft;

  if (!d->touch || !d->installs_from) {
    note (w, 2, "%s: skipped until a file is named",
          d->touch ? "no step was recognised that installs dependencies"
                   : "no source file was found that the image copies");
    note (w, 2, "layer-cache: {touch: src/main.c, cached: [\"the text of a step\"]}");
    return;
  }
  note (w, 2, "dependencies are installed in %s", d->installs_from);
  puts_ (w, "  layer-cache:\n    touch: ");
  put_text (w, d->touch);
  puts_ (w, "\n");
}

static void write_checks (struct writer *w)
{
  struct vprod__draft *d = w->draft;

  puts_ (w, "checks:\n  build: {timeout: 15m}\n");
  note (w, 2, "%s%s", d->ignore_name ? d->ignore_name : "there is no .dockerignore", ", and what is usual");
  puts_ (w, "  build-context:\n    exclude: ");
  put_list (w, 13, d->exclude);
  puts_ (w, "\n");
  if (d->database_from)
    note (w, 2, "start: {uses-database: true}   if the app connects by itself when it starts");
  if (d->health_path) {
    note (w, 2, "%s%s", d->health_from ? d->health_from : "",
          d->health_rank ? "; check it: a prefix may belong before it" : "");
    puts_ (w, "  health: {path: ");
    put_text (w, d->health_path);
    puts_ (w, "}\n");
  }
  else
    note (w, 2, "health: {path: /health}   no path was found: skipped until one is named");
  puts_ (w, "  graceful-stop: {grace: 10s}\n");
  write_required (w);
  write_user (w);
  write_dev (w);
  if (d->startup_logs) {
    note (w, 2, "%s", d->startup_from ? d->startup_from : "");
    puts_ (w, "  startup-logs:\n    any: ");
    put_list (w, 9, d->startup_logs);
    puts_ (w, "\n");
  }
  else
    note (w, 2,
          "startup-logs: {any: [\"Started server\"]}   what the app says is not known: skipped until it is named");
  puts_ (w, "  no-secrets: {}\n");
  write_cache (w);
}

char *vprod__draft_write (struct vprod__draft *draft, const char *name)
{
  struct writer w = { .draft = draft };

  note (&w, 0, "What makes %s fit for production: run verify-prod in this folder.", name);
  note (&w, 0,
        "Drafted by `verify-prod init` from %s. Beside each guess stands where it comes from: look through them.",
        draft->dockerfile_named ? draft->dockerfile_named : draft->dockerfile);
  note (&w, 0, "All that can be said: man verify-prod.yaml; of one check: verify-prod explain CHECK.");
  puts_ (&w, "version: 1\nname: ");
  put_text (&w, name);
  puts_ (&w, "\n");
  write_image (&w);
  write_services (&w);
  write_run (&w);
  write_checks (&w);
  if (draft->no_memory) {
    vprod__buf_clear (&w.out);
    return NULL;
  }
  return vprod__buf_steal (&w.out);
}
