/* SPDX-License-Identifier: MIT */
/* Writes the facts as a spec, with a comment on each guess. It loads, whatever the facts are. */
#include "draft/write.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/text.h"

#define MAX_COMMENT 200
#define WIDTH 110

void vprod__write (struct vprod__writer *w, const char *text)
{
  if (vprod__buf_adds (&w->out, text) < 0)
    w->draft->no_memory = 1;
}

void vprod__writef (struct vprod__writer *w, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    w->draft->no_memory = 1;
  else {
    vprod__write (w, text);
    free (text);
  }
  va_end (ap);
}

/* A comment, forced onto one line. */
void vprod__write_note (struct vprod__writer *w, int indent, const char *format, ...)
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
  vprod__writef (w, "%*s# %s\n", indent, "", harmless);
}

/* ---- scalars ---------------------------------------------------------------------------------------------- */

/* Is it a string without quotes in every version of YAML? */
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

void vprod__write_quoted (struct vprod__writer *w, const char *text)
{
  _cleanup_free_ char *harmless = vprod__text_harmless (text, strlen (text));

  if (!harmless) {
    w->draft->no_memory = 1;
    return;
  }
  vprod__write (w, "\"");
  for (const char *p = harmless; *p; p++)
    if (*p == '"' || *p == '\\')
      vprod__writef (w, "\\%c", *p);
    else if ((unsigned char) *p < 0x20)
      vprod__writef (w, "\\x%02x", (unsigned) *p);
    else
      vprod__writef (w, "%c", *p);
  vprod__write (w, "\"");
}

/* references: ${…} in the text is meant as a reference; otherwise it is escaped. */
void vprod__write_text (struct vprod__writer *w, const char *text)
{
  if (is_plain (text))
    vprod__write (w, text);
  else
    vprod__write_quoted (w, text);
}

/* A value in which ${ is literal. */
void vprod__write_literal (struct vprod__writer *w, const char *text)
{
  _cleanup_buf_ struct vprod__buf value = { 0 };

  for (const char *p = text; *p; p++)
    if (vprod__buf_adds (&value, p[0] == '$' && p[1] == '{' ? "$" : "") < 0 || vprod__buf_add (&value, p, 1) < 0)
      w->draft->no_memory = 1;
  vprod__write_text (w, vprod__buf_string (&value));
}

/* "[a, b]", wrapped. */
void vprod__write_list (struct vprod__writer *w, int indent, char *const *list)
{
  size_t line = w->out.length;

  vprod__write (w, "[");
  for (size_t i = 0; list[i]; i++) {
    if (i > 0)
      vprod__write (w, ",");
    if (i > 0 && w->out.length - line + strlen (list[i]) > WIDTH - (size_t) indent - 20) {
      line = w->out.length;
      vprod__writef (w, "\n%*s", indent, "");
    }
    else if (i > 0)
      vprod__write (w, " ");
    vprod__write_text (w, list[i]);
  }
  vprod__write (w, "]");
}

/* The words of a command. */
void vprod__write_command (struct vprod__writer *w, char *const *list)
{
  for (size_t i = 0; list[i]; i++) {
    vprod__write (w, i == 0 ? "[" : ", ");
    vprod__write_literal (w, list[i]);
  }
  vprod__write (w, "]");
}

void vprod__write_notes (struct vprod__writer *w, int indent, char *const *notes)
{
  for (size_t i = 0; notes && notes[i]; i++)
    vprod__write_note (w, indent, "%s", notes[i]);
}

void vprod__write_pairs (struct vprod__writer *w, int indent, char *const *pairs, int literal)
{
  for (size_t i = 0; pairs && pairs[i]; i++) {
    size_t n = strcspn (pairs[i], "=");
    _cleanup_free_ char *name = strndup (pairs[i], n);
    vprod__writef (w, "%*s", indent, "");
    vprod__write_text (w, name ? name : "");
    vprod__write (w, ": ");
    (literal ? vprod__write_literal : vprod__write_text) (w, pairs[i] + n + 1);
    vprod__write (w, "\n");
  }
}

/* ---- checks ------------------------------------------------------------------------------------------------- */

static void write_required (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  _cleanup_strv_ char **names = NULL;
  int set = 0;

  for (size_t i = 0; i < d->n_variables; i++) {
    set += vprod__write_is_set (d, &d->variables[i]);
    if (d->variables[i].required && vprod__write_is_set (d, &d->variables[i]))
      vprod__draft_add (d, &names, d->variables[i].name);
  }
  if (names) {
    vprod__write_note (w, 2, "left out alone, each of these must keep the app from running");
    vprod__write (w, "  required-env:\n    vars: ");
    vprod__write_list (w, 10, names);
    vprod__write (w, "\n");
  }
  else if (set) {
    vprod__write_note (w, 2, "which of run.env the app cannot do without is not known: name them, as {vars: [A, B]}");
    vprod__write (w, "  required-env: false\n");
  }
}

static void write_user (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  if (d->uid > 0 && d->uid < 4294967295LL) {
    vprod__write_note (w, 2, "%s", d->uid_from ? d->uid_from : "");
    vprod__writef (w, "  non-root: {uid: %lld}\n", (long long) d->uid);
    return;
  }
  if (d->uid == 0 || (d->user && strcasecmp (d->user, "root") == 0))
    vprod__write_note (w, 2, "USER in line %zu is root: this fails unless the app gives root up by itself", d->user_line);
  else if (d->user && *d->user)
    vprod__write_note (w, 2, "USER in line %zu; what UID %s has is not known", d->user_line, d->user);
  else if (d->user)
    vprod__write_note (w, 2, "USER in line %zu; what its variable says is not known", d->user_line);
  else
    vprod__write_note (w, 2, "the Dockerfile has no USER: this fails unless the base image has one, or the app gives root up");
  vprod__write (w, "  non-root: {}\n");
}

static void write_dev (struct vprod__writer *w)
{
  static const char *const languages[] = {
    "any app", "Python", "Node.js", "Go", "Rust", "Java", "PHP", "Ruby", ".NET", "C", "Elixir",
  };
  struct vprod__draft *d = w->draft;

  vprod__write_note (w, 2, "of %s%s%s%s", languages[d->language], d->language_from ? " (" : "",
        d->language_from ? d->language_from : "", d->language_from ? ")" : "");
  vprod__write (w, "  dev-deps-absent:\n");
  if (d->dev_packages) {
    vprod__write (w, "    packages: ");
    vprod__write_list (w, 14, d->dev_packages);
    vprod__write (w, "\n");
  }
  if (d->dev_paths) {
    vprod__write (w, "    paths: ");
    vprod__write_list (w, 11, d->dev_paths);
    vprod__write (w, "\n");
  }
}

static void write_cache (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  if (!d->touch || !d->installs_from) {
    vprod__write_note (w, 2, "%s: skipped until a file is named",
          d->touch ? "no step was recognised that installs dependencies"
                   : "no source file was found that the image copies");
    vprod__write_note (w, 2, "layer-cache: {touch: src/main.c, cached: [\"the text of a step\"]}");
    return;
  }
  vprod__write_note (w, 2, "dependencies are installed in %s", d->installs_from);
  vprod__write (w, "  layer-cache:\n    touch: ");
  vprod__write_text (w, d->touch);
  vprod__write (w, "\n");
}

/* A server that takes one name alone must be asked by it. */
static void write_host (struct vprod__writer *w)
{
  for (size_t i = 0; i < w->draft->n_variables; i++) {
    const struct vprod__draft_variable *v = &w->draft->variables[i];
    if (!strstr (v->name, "ALLOWED_HOST") || !v->value || v->database || !vprod__write_is_set (w->draft, v) || strchr (v->value, '*')
        || strstr (v->value, "127.0.0.1"))
      continue;
    size_t skip = strspn (v->value, "[\"' ."), n = strspn (v->value + skip, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
    _cleanup_free_ char *host = strndup (v->value + skip, n);
    if (!host || !*host)
      return;
    vprod__write (w, ", headers: {Host: ");
    vprod__write_literal (w, host);
    vprod__write (w, "}");
    return;
  }
}

static void write_health (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  if (d->health_path || d->health_command)
    vprod__write_note (w, 2, "%s%s", d->health_from ? d->health_from : "",
                       d->health_rank && !d->health_sure ? "; check it: a prefix may belong before it" : "");
  if (d->health_grpc)
    vprod__write (w, "  health: {grpc: \"\"");
  else if (d->health_path) {
    vprod__write (w, "  health: {path: ");
    vprod__write_text (w, d->health_path);
    if (d->health_https)
      vprod__write (w, ", scheme: https");
  }
  else if (d->health_command) {
    vprod__write (w, "  health: {command: ");
    vprod__write_command (w, d->health_command);
    vprod__write (w, "}\n");
    return;
  }
  else {
    vprod__write_note (w, 2, "health: {path: /health}   no path was found: skipped until one is named");
    return;
  }
  if (d->health_path)
    write_host (w);
  if (d->health_port && d->port && d->health_port != d->port)
    vprod__writef (w, ", port: %d", d->health_port);
  vprod__write (w, "}\n");
}

static void write_checks (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  vprod__write (w, "checks:\n  build: {timeout: 15m}\n");
  vprod__write_note (w, 2, "%s%s", d->ignore_name ? d->ignore_name : "there is no .dockerignore", ", and what is usual");
  vprod__write (w, "  build-context:\n    exclude: ");
  vprod__write_list (w, 13, d->exclude);
  vprod__write (w, "\n");
  if (d->database_from && !d->database_usual) {
    vprod__write_note (w, 2, "false for an app that connects only when it is asked something");
    vprod__write (w, "  start: {uses-database: true}\n");
  }
  else if (d->database_from)
    vprod__write_note (w, 2, "start: {uses-database: true}   if the app finds the database by what run.env says");
  write_health (w);
  vprod__write (w, "  graceful-stop: {grace: 10s}\n");
  write_required (w);
  write_user (w);
  write_dev (w);
  if (d->startup_logs) {
    vprod__write_note (w, 2, "%s", d->startup_from ? d->startup_from : "");
    vprod__write (w, "  startup-logs:\n    any: ");
    vprod__write_list (w, 9, d->startup_logs);
    vprod__write (w, "\n");
  }
  else
    vprod__write_note (w, 2,
          "startup-logs: {any: [\"Started server\"]}   what the app says is not known: skipped until it is named");
  vprod__write (w, "  no-secrets: {}\n");
  write_cache (w);
}

char *vprod__draft_write (struct vprod__draft *draft, const char *name)
{
  struct vprod__writer w = { .draft = draft };

  vprod__write_note (&w, 0, "What makes %s fit for production: run verify-prod in this folder.", name);
  vprod__write_note (&w, 0,
        "Drafted by `verify-prod init` from %s. Beside each guess stands where it comes from: look through them.",
        draft->dockerfile_named ? draft->dockerfile_named : draft->dockerfile);
  vprod__write_note (&w, 0, "All that can be said: man verify-prod.yaml; of one check: verify-prod explain CHECK.");
  vprod__write (&w, "version: 1\nname: ");
  vprod__write_text (&w, name);
  vprod__write (&w, "\n");
  vprod__write_image (&w);
  vprod__write_services (&w);
  vprod__write_run (&w);
  write_checks (&w);
  if (draft->no_memory) {
    vprod__buf_clear (&w.out);
    return NULL;
  }
  return vprod__buf_steal (&w.out);
}
