/* SPDX-License-Identifier: MIT */
/* The section checks. */
#include "draft/write.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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

/* A cluster that enforces runAsNonRoot takes a number alone: in USER, or in the pod. */
static void write_restricted (struct vprod__writer *w)
{
  const struct vprod__draft *d = w->draft;
  int is_name = d->user && *d->user && !isdigit ((unsigned char) *d->user);

  if (d->uid > 0 && is_name) {
    vprod__write_note (w, 2, "USER in line %zu is a name, which a cluster that enforces runAsNonRoot takes only beside a number in the "
                             "pod (runAsUser)", d->user_line);
    vprod__writef (w, "  restricted: {user: %lld}\n", (long long) d->uid);
    return;
  }
  if (d->uid == 0 || (d->uid < 0 && !is_name)) {
    vprod__write_note (w, 2, "restricted: true   once the image has a USER but root: as Kubernetes' restricted profile runs it");
    return;
  }
  vprod__write_note (w, 2, "as Kubernetes' restricted profile runs it; {read-only: true, tmpfs: [/tmp]} for a read-only root");
  vprod__write (w, "  restricted: true\n");
}

/* What a restart, a cluster and an outage ask of it. What costs builds, or has no sensible default, is commented out. */
static void write_asked (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  const struct vprod__draft_service *away = NULL;

  for (size_t i = 0; i < d->n_services && !away; i++)
    away = d->services[i].postgres && d->database_from && !d->database_usual ? &d->services[i] : NULL;
  if (d->health_path && !d->health_grpc) {
    vprod__write_note (w, 2, "requests sent before the stop signal must be answered; {path: /slow} asks one that takes a while");
    vprod__write (w, "  drain: true\n");
  }
  else
    vprod__write_note (w, 2, "drain: {path: /}   requests sent before the stop signal must be answered");
  if (away && (d->health_path || d->health_command)) {
    vprod__write_note (w, 2, "%s is stopped and started again; {health: bad} where the health must tell of that, as of a readiness probe",
                       away->name);
    vprod__writef (w, "  outage: {service: %s, health: any}\n", away->name);
  }
  else if (d->n_services > 0)
    vprod__write_note (w, 2, "outage: {service: %s}   the app must outlive that service, and recover", d->services[0].name);
  write_restricted (w);
  vprod__write_note (w, 2, "reproducible: true   two builds without cache give the same files: takes the time of two builds");
  vprod__write_note (w, 2, "image-size: {max: 500MB, wasted: 20MB}");
}

void vprod__write_checks (struct vprod__writer *w)
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
  write_asked (w);
}
