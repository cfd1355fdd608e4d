/* SPDX-License-Identifier: MIT */
/* vprod_spec_draft: from a folder to a spec. */
#include "draft/compose.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <verify-prod/spec.h>
#include "spec/dockerfiles.h"
#include "spec/spec.h"
#include "spec/yaml.h"
#include "util/text.h"

#define MAX_DOCKERFILE (16 * 1024 * 1024)

static void draft_clear (struct vprod__draft *draft)
{
  char **texts[] = {
    &draft->dir, &draft->context, &draft->below, &draft->context_from, &draft->missing, &draft->dockerfile,
    &draft->needed, &draft->chain, &draft->target, &draft->base, &draft->workdir, &draft->port_from,
    &draft->health_path, &draft->health_from, &draft->user, &draft->uid_from, &draft->installs_from,
    &draft->ignore_name, &draft->manifests, &draft->language_from, &draft->startup_from, &draft->touch,
    &draft->database_from, &draft->compose, &draft->compose_name, &draft->dockerfile_named, &draft->context_dir,
    &draft->run_command_from, &draft->run_user, &draft->migrate, &draft->migrate_from, &draft->secret_ids,
    &draft->database_url, &draft->database_url_from,
  };
  char ***lists[] = {
    &draft->environment, &draft->env_names, &draft->base_args, &draft->command, &draft->ignored,
    &draft->files, &draft->manifest_names, &draft->exclude, &draft->dev_packages, &draft->dev_paths,
    &draft->startup_logs, &draft->mounts, &draft->args, &draft->run_command,
    &draft->run_files, &draft->file_notes, &draft->run_notes, &draft->tmpfs, &draft->volumes, &draft->cap_drop,
    &draft->cap_add, &draft->health_command, &draft->service_notes, &draft->migrate_notes, &draft->secrets,
    &draft->secret_notes, &draft->ssh, &draft->contexts, &draft->scripts,
  };

  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    free (*texts[i]);
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    vprod__strv_free (*lists[i]);
  for (size_t i = 0; i < draft->n_copies; i++)
    free (draft->copies[i].path);
  for (size_t i = 0; i < draft->n_variables; i++) {
    free (draft->variables[i].name);
    free (draft->variables[i].value);
    free (draft->variables[i].from);
    free (draft->variables[i].fallback);
    free (draft->variables[i].written);
    free (draft->variables[i].values);
    free (draft->variables[i].aside);
  }
  free (draft->copies);
  free (draft->variables);
  vprod__draft_clear_services (draft);
  vprod__compose_free (draft->compose_files);
  vprod__buf_clear (&draft->steps);
  vprod__dockerfile_clear (&draft->file);
}

/* ---- telling of the guesses ------------------------------------------------------------------------------- */

static void say (struct vprod__draft *draft, const vprod_draft_options *options, const char *format, ...)
  __attribute__ ((format (printf, 3, 4)));
static void say (struct vprod__draft *draft, const vprod_draft_options *options, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    text = NULL;
  va_end (ap);
  _cleanup_free_ char *shown = text ? vprod__text_harmless (text, strlen (text)) : NULL;
  free (text);
  if (!shown)
    draft->no_memory = 1;
  else
    options->on_guess (options->data, shown);
}

/* The required variables, and the place of the first. */
static void say_variables (struct vprod__draft *d, const vprod_draft_options *options)
{
  _cleanup_strv_ char **names = NULL;
  const char *from = NULL;

  for (size_t i = 0; i < d->n_variables; i++)
    if (d->variables[i].required) {
      vprod__draft_add (d, &names, d->variables[i].name);
      from = from ? from : d->variables[i].from;
    }
  _cleanup_free_ char *joined = vprod__strv_join (names, ", ");
  if (joined && names)
    say (d, options, "checks.required-env.vars: %s, by %s%s", joined, from, names[1] ? " and below" : "");
}

static void say_all (struct vprod__draft *d, const vprod_draft_options *options)
{
  _cleanup_free_ char *startup = vprod__strv_join (d->startup_logs, ", ");

  if (d->dockerfile_named)
    say (d, options, "image.dockerfile: %s, by the service %s in %s", d->dockerfile_named, d->compose_name, d->compose);
  if (strcmp (d->context, ".") != 0)
    say (d, options, "image.context: %s, as %s", d->context,
         d->context_from ? d->context_from : "all that is copied is there");
  else if (d->missing)
    say (d, options, "image.context: ., though %s, which is not there", d->missing);
  if (d->target)
    say (d, options, "image.target: %s, %s%s", d->target,
         d->dockerfile_named ? "by " : "as the last stage is for development", d->dockerfile_named ? d->compose : "");
  if (d->port)
    say (d, options, "run.port: %d, by %s", d->port, d->port_from);
  else
    say (d, options, "run.port: not found");
  for (size_t i = 0; i < d->n_services; i++)
    say (d, options, "services.%s: %s, by %s", d->services[i].name, d->services[i].postgres ? "PostgreSQL" : d->services[i].image,
         d->services[i].from ? d->services[i].from : "");
  say_variables (d, options);
  if (d->health_path)
    say (d, options, "checks.health.path: %s, by %s", d->health_path, d->health_from);
  else
    say (d, options, "checks.health.path: not found, the check is skipped until it is named");
  if (d->uid > 0)
    say (d, options, "checks.non-root.uid: %lld, by %s", (long long) d->uid, d->uid_from);
  if (startup && *startup)
    say (d, options, "checks.startup-logs.any: %s, %s", startup, d->startup_from);
  else
    say (d, options, "checks.startup-logs.any: not found, the check is skipped until it is named");
  if (d->touch && d->installs_from)
    say (d, options, "checks.layer-cache: a change of %s; dependencies in %s", d->touch, d->installs_from);
  else
    say (d, options, "checks.layer-cache: %s was not found, the check is skipped until it is named",
         d->touch ? "a dependency step" : "a source file");
}

/* ---- the draft -------------------------------------------------------------------------------------------- */

static int find_dockerfile (struct vprod__draft *draft, const char *named, struct vprod__buf *text,
                            vprod_error **err)
{
  for (size_t i = 0; named ? i == 0 : vprod__dockerfile_names[i] != NULL; i++) {
    vprod__draft_set (draft, &draft->dockerfile, "%s", named ? named : vprod__dockerfile_names[i]);
    if (draft->no_memory)
      return vprod__error_no_memory (err);
    if (vprod__draft_read_file (draft, draft->dockerfile, MAX_DOCKERFILE + 1, text))
      return text->length <= MAX_DOCKERFILE
               ? 0
               : vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s/%s is too large: more than 16 MiB", draft->dir,
                                   draft->dockerfile);
  }
  if (named)
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "there is no file %s/%s to draft a spec from", draft->dir,
                             named);
  return vprod__error_set (err, VPROD_ERROR_IO, 0,
                           "there is no " VPROD__DOCKERFILE_NAMES " in %s; name the folder that has one, or the file "
                           "itself",
                           draft->dir);
}

/* The folder that the service is named after: not "docker", "build" or the like. */
static const char *naming_folder (const struct vprod__draft *draft, const char *dir)
{
  static const char *const names[] = {
    "docker", ".docker", "build", "package", "deploy", "deployment", "container", "containers", "ops", "infra",
    "prod", "production", "packaging", "alpine", "debian", "ubuntu", "distroless", NULL,
  };
  size_t n = strlen (draft->below);
  const char *last = draft->below + n;

  if (draft->dockerfile_named)
    return strcmp (draft->context, ".") == 0 ? dir : draft->dir;
  if (n == 0)
    return dir;
  for (last--; last > draft->below && last[-1] != '/';)
    last--;
  for (size_t i = 0; names[i]; i++)
    if (strncmp (last, names[i], strlen (names[i])) == 0 && last[strlen (names[i])] == '/')
      return draft->dir;
  return dir;
}

static int make (struct vprod__draft *draft, const char *dir, const vprod_draft_options *options, char **ret,
                 vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_spec_ vprod_spec *empty = NULL, *loaded = NULL;
  _cleanup_free_ char *yaml = NULL;
  int r = options->compose ? vprod__draft_open_compose (draft, options->compose, err) : 0;
  _cleanup_free_ char *named = r == 0 && options->compose ? strdup (draft->dockerfile) : NULL;

  if (r == 0)
    r = find_dockerfile (draft, named ? named : options->dockerfile, &text, err);
  if (r < 0)
    return r;
  vprod__draft_read_image (draft, vprod__buf_string (&text), text.length);
  if (!options->compose && !draft->no_memory)
    vprod__draft_find_compose (draft);
  if (draft->compose_files && !draft->no_memory)
    vprod__compose_apply_app (draft);
  if (!draft->no_memory)
    vprod__draft_find_context (draft);
  if (!draft->no_memory && (r = vprod_spec_new (naming_folder (draft, dir), &empty, err)) < 0)
    return r;
  if (!draft->no_memory)
    vprod__draft_read_project (draft);
  if (!draft->no_memory) {
    vprod__draft_find_needs (draft);
    vprod__draft_read_servers (draft);
    vprod__draft_read_sources (draft);
    vprod__draft_settle_variables (draft);
    yaml = vprod__draft_write (draft, vprod_spec_get_name (empty));
  }
  if (yaml && options->on_guess)
    say_all (draft, options);
  if (!yaml || draft->no_memory)
    return vprod__error_no_memory (err);
  /* promised in the public header */
  r = vprod_spec_parse (yaml, strlen (yaml), "the draft", dir, &loaded, err);
  if (r < 0)
    return r;
  *ret = vprod__steal (&yaml);
  return 0;
}

int vprod_spec_draft (const char *dir, const vprod_draft_options *options, char **ret_yaml, vprod_error **err)
{
  _cleanup_ (draft_clear) struct vprod__draft draft = { 0 };
  vprod_draft_options own = { .size = sizeof own };
  struct stat st;

  if (options)
    memcpy (&own, options, options->size < sizeof own ? options->size : sizeof own);
  if (!ret_yaml)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_draft: ret_yaml may not be NULL");
  if (own.compose && (own.dockerfile || !*own.compose))
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_draft: %s",
                             own.dockerfile ? "a compose file names the Dockerfile itself" : "the compose file has no name");
  if (own.dockerfile && !*own.dockerfile)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_draft: the Dockerfile has no name");
  dir = dir && *dir ? dir : ".";
  if (stat (dir, &st) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot draft a spec for %s", dir);
  if (!S_ISDIR (st.st_mode))
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot draft a spec for %s: it is no folder", dir);
  draft.dir = strdup (dir);
  if (!draft.dir)
    return vprod__error_no_memory (err);
  return make (&draft, dir, &own, ret_yaml, err);
}
