/* SPDX-License-Identifier: MIT */
/* The command line and the environment of the program that builds, and the files that it leaves its result in. */
#include "runner/build/build.h"
#include "util/strv.h"
#include "util/temp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- files -------------------------------------------------------------------------------------------------- */

int vprod__build_files_make (char *const *env, struct vprod__build_files *ret, vprod_error **err)
{
  const char *tmp = vprod__strv_env (env, "TMPDIR");

  *ret = (struct vprod__build_files) { NULL, NULL, NULL };
  int r = vprod__temp_make (tmp && *tmp ? tmp : "/tmp", NULL, &ret->dir, err);
  if (r < 0)
    return r;
  ret->iid = vprod__asprintf ("%s/iid", ret->dir);
  ret->metadata = vprod__asprintf ("%s/metadata", ret->dir);
  return ret->iid && ret->metadata ? 0 : vprod__error_no_memory (err);
}

void vprod__build_files_remove (struct vprod__build_files *files)
{
  if (files->iid)
    unlink (files->iid);
  if (files->metadata)
    unlink (files->metadata);
  if (files->dir)
    rmdir (files->dir);
  free (files->iid);
  free (files->metadata);
  free (files->dir);
}

/* ---- command line ------------------------------------------------------------------------------------------- */

/* Is the engine's socket another user's? Then its images are in another store than that of podman run by us. */
static int is_others (const struct vprod__endpoint *endpoint)
{
  struct stat st;

  return endpoint->kind != VPROD__ENDPOINT_UNIX || stat (endpoint->socket_path, &st) < 0
    || st.st_uid != geteuid ();
}

int vprod__build_is_remote (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint)
{
  return builder->kind == VPROD__BUILDER_PODMAN && is_others (endpoint);
}

/* The engine's address for a program; behind ssh, that of the existing connection. */
static int add_address (const char *before, const struct vprod__endpoint *endpoint, char ***list)
{
  if (endpoint->kind == VPROD__ENDPOINT_SSH && endpoint->socket_path)
    return vprod__strv_addf (list, "%sunix://%s", before, endpoint->socket_path);
  return vprod__strv_addf (list, "%s%s", before, endpoint->url);
}

static int add_program (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint, char ***argv)
{
  int r = vprod__strv_add (argv, builder->path);

  if (builder->kind == VPROD__BUILDER_BUILDX)
    r = r < 0 ? r : vprod__strv_add (argv, "buildx");
  else if (vprod__build_is_remote (builder, endpoint)) {
    r = r < 0 ? r : vprod__strv_add (argv, "--remote");
    r = r < 0 ? r : add_address ("--url=", endpoint, argv);
  }
  return r < 0 ? r : vprod__strv_add (argv, "build");
}

static int add_ways (const struct vprod__builder *builder, char ***argv)
{
  switch (builder->kind) {
  case VPROD__BUILDER_BUILDX:
    return vprod__strv_add (argv, builder->rawjson ? "--progress=rawjson" : "--progress=plain");
  case VPROD__BUILDER_BUILDKIT:
    return vprod__strv_add (argv, "--progress=plain");
  case VPROD__BUILDER_LEGACY:
    return vprod__strv_add (argv, "--force-rm"); /* else the container of a step that fails stays */
  case VPROD__BUILDER_PODMAN:
    /* the OCI format has no HEALTHCHECK; layers are its default, unless somebody's environment says otherwise */
    return vprod__strv_add (argv, "--format=docker") < 0 || vprod__strv_add (argv, "--layers") < 0 ? -1 : 0;
  }
  return -1;
}

static int add_output (const struct vprod__builder *builder, const vprod_build_request *request,
                       const struct vprod__build_files *files, char ***argv)
{
  if (request->output_tar) {
    /* podman writes its steps to stdout, where the archive goes, unless it is quiet */
    if (builder->kind == VPROD__BUILDER_PODMAN && vprod__strv_add (argv, "--quiet") < 0)
      return -1;
    return vprod__strv_add (argv, "--output=type=tar,dest=-");
  }
  if (vprod__strv_addf (argv, "--iidfile=%s", files->iid) < 0)
    return -1;
  if (builder->kind != VPROD__BUILDER_BUILDX)
    return 0;
  /* a builder that runs in a container does not load its result into the engine unless told to */
  return vprod__strv_addf (argv, "--metadata-file=%s", files->metadata) < 0 || vprod__strv_add (argv, "--load") < 0
           ? -1 : 0;
}

/* Relative paths are the caller's. A value that begins with "-" does no harm in the form --option=value, but the context
   is an argument of its own. */
static int add_path (const char *option, const char *path, char ***argv)
{
  return vprod__strv_addf (argv, "%s%s%s", option, path[0] == '/' ? "" : "./", path);
}

static int add_list (const char *option, const char *const *values, char ***argv)
{
  for (; values && *values; values++)
    if (vprod__strv_addf (argv, "%s=%s", option, *values) < 0)
      return -1;
  return 0;
}

static int add_given (char *const *options, char ***argv)
{
  for (; options && *options; options++)
    if (vprod__strv_add (argv, *options) < 0)
      return -1;
  return 0;
}

int vprod__build_command (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                          const vprod_build_request *request, const struct vprod__build_files *files,
                          char *const *given, char ***ret)
{
  _cleanup_strv_ char **argv = NULL;

  if (add_program (builder, endpoint, &argv) < 0 || add_ways (builder, &argv) < 0
      || add_path ("--file=", request->dockerfile, &argv) < 0)
    return -1;
  if (request->target && vprod__strv_addf (&argv, "--target=%s", request->target) < 0)
    return -1;
  if (request->platform && vprod__strv_addf (&argv, "--platform=%s", request->platform) < 0)
    return -1;
  if (request->no_cache && vprod__strv_add (&argv, "--no-cache") < 0)
    return -1;
  if (add_list ("--build-arg", request->args, &argv) < 0
      || (!request->output_tar && add_list ("--tag", request->tags, &argv) < 0)
      || add_output (builder, request, files, &argv) < 0 || add_given (given, &argv) < 0
      || add_path ("", request->context_dir, &argv) < 0)
    return -1;
  *ret = vprod__steal (&argv);
  return 0;
}

/* ---- environment -------------------------------------------------------------------------------------------- */

static int is_of (const char *variable, const char *const *names)
{
  for (; *names; names++) {
    size_t length = strlen (*names);
    if (strncmp (variable, *names, length) == 0 && variable[length] == '=')
      return 1;
  }
  return 0;
}

int vprod__build_inherit (const struct vprod__endpoint *endpoint, char *const *env, char ***ret)
{
  static const char *const which[] = { "DOCKER_HOST", "DOCKER_CONTEXT", NULL };
  _cleanup_strv_ char **list = NULL;
  int through = endpoint->kind == VPROD__ENDPOINT_SSH && endpoint->socket_path;

  for (; env && *env; env++)
    if (!(through && is_of (*env, which)) && vprod__strv_add (&list, *env) < 0)
      return -1;
  if (through && add_address ("DOCKER_HOST=", endpoint, &list) < 0)
    return -1;
  *ret = vprod__steal (&list);
  return 0;
}

/* podman, unlike docker, fails where DOCKER_CONFIG names a folder without a config.json. */
static int has_config (char *const *env)
{
  const char *dir = vprod__strv_env (env, "DOCKER_CONFIG");
  _cleanup_free_ char *path = dir ? vprod__asprintf ("%s/config.json", dir) : NULL;

  return path && access (path, F_OK) == 0;
}

int vprod__build_environment (const struct vprod__builder *builder, const struct vprod__endpoint *endpoint,
                              char *const *env, char ***ret)
{
  static const char *const ours[] = { "DOCKER_BUILDKIT", "BUILDKIT_PROGRESS", "PROGRESS_NO_TRUNC", "NO_COLOR",
                                      "LC_ALL", "DOCKER_CLI_HINTS", "PODMAN_IGNORE_CGROUPSV1_WARNING", NULL };
  static const char attestations[] = "BUILDX_NO_DEFAULT_ATTESTATIONS";
  static const char *const which[] = { "DOCKER_HOST", "DOCKER_CONTEXT", NULL };
  /* with one of these, podman is a client of that service, which need not be the engine that is talked to here */
  static const char *const podmans[] = { "CONTAINER_HOST", "CONTAINER_CONNECTION", NULL };
  static const char *const config[] = { "DOCKER_CONFIG", NULL };
  _cleanup_strv_ char **envp = NULL;
  /* where the caller or a probe found the engine, the program would not find the same one by itself */
  int set_host = endpoint->source == VPROD__ENDPOINT_EXPLICIT || endpoint->source == VPROD__ENDPOINT_PROBED
                 || endpoint->kind == VPROD__ENDPOINT_SSH;

  int podman = builder->kind == VPROD__BUILDER_PODMAN, no_config = podman && !has_config (env);

  for (; env && *env; env++)
    if (!is_of (*env, ours) && !(set_host && is_of (*env, which)) && !(podman && is_of (*env, podmans))
        && !(no_config && is_of (*env, config)) && vprod__strv_add (&envp, *env) < 0)
      return -1;
  /* with docker's containerd store, an attestation's time makes a new image of every build, cached or not */
  if (!vprod__strv_env (envp, attestations) && vprod__strv_addf (&envp, "%s=1", attestations) < 0)
    return -1;
  if (set_host && add_address ("DOCKER_HOST=", endpoint, &envp) < 0)
    return -1;
  if (vprod__strv_addf (&envp, "DOCKER_BUILDKIT=%d", builder->kind != VPROD__BUILDER_LEGACY) < 0
      || vprod__strv_add (&envp, "PROGRESS_NO_TRUNC=1") < 0 || vprod__strv_add (&envp, "NO_COLOR=1") < 0
      || vprod__strv_add (&envp, "LC_ALL=C") < 0 || vprod__strv_add (&envp, "DOCKER_CLI_HINTS=false") < 0
      || vprod__strv_add (&envp, "PODMAN_IGNORE_CGROUPSV1_WARNING=1") < 0)
    return -1;
  *ret = vprod__steal (&envp);
  return 0;
}
