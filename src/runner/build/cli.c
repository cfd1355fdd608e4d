/* SPDX-License-Identifier: MIT */
/*
 * Finding a program that can build. There may be several of the name on PATH, and the first need not be able: a
 * docker client of 23 or newer without the buildx plugin knows the legacy builder only, which cannot do `RUN
 * --mount`, while an older one has BuildKit built in. Each is asked for its versions; each asking is a process, so
 * the programs are asked side by side.
 */
#include "runner/build/build.h"
#include "util/cancel.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/thread.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_CANDIDATES 16
#define PROBE_MS 20000

struct candidate {
  char *path;
  dev_t dev;
  ino_t ino;
  char *const *env;
  vprod_call call;
  char *version; /* "20.10.24", or NULL: it is not what its name says */
  int major, minor;
  char *buildx;  /* version, or NULL */
  int buildx_major, buildx_minor;
  char *why;     /* what it said instead of its version */
  int failed;    /* minus an error code */
};

struct candidates {
  struct candidate list[MAX_CANDIDATES];
  size_t count;
};

static void candidates_clear (struct candidates *all)
{
  for (size_t i = 0; i < all->count; i++) {
    free (all->list[i].path);
    free (all->list[i].version);
    free (all->list[i].buildx);
    free (all->list[i].why);
  }
}

void vprod__builder_free (struct vprod__builder *builder)
{
  if (!builder)
    return;
  free (builder->path);
  free (builder->words);
  free (builder);
}

/* ---- who is there ------------------------------------------------------------------------------------------- */

static int add_candidate (struct candidates *all, const char *dir, size_t length, const char *name)
{
  _cleanup_free_ char *path = NULL;
  struct stat st;

  /* an entry that is no absolute path would be looked for where the caller happens to stand */
  if (length == 0 || dir[0] != '/' || all->count == MAX_CANDIDATES)
    return 0;
  if (!(path = vprod__asprintf ("%.*s/%s", (int) length, dir, name)))
    return -1;
  if (stat (path, &st) < 0 || !S_ISREG (st.st_mode) || access (path, X_OK) < 0)
    return 0;
  for (size_t i = 0; i < all->count; i++)
    if (all->list[i].dev == st.st_dev && all->list[i].ino == st.st_ino)
      return 0;
  all->list[all->count++] = (struct candidate) { .path = vprod__steal (&path), .dev = st.st_dev,
                                                 .ino = st.st_ino };
  return 0;
}

static const char *path_of (char *const *env)
{
  const char *path = vprod__strv_env (env, "PATH");

  return path ? path : "/usr/local/bin:/usr/bin:/bin";
}

static int find_candidates (char *const *env, const char *name, const vprod_call *call, struct candidates *all)
{
  for (const char *dir = path_of (env);; dir++) {
    size_t length = strcspn (dir, ":");
    if (add_candidate (all, dir, length, name) < 0)
      return -1;
    dir += length;
    if (*dir == '\0')
      break;
  }
  for (size_t i = 0; i < all->count; i++) {
    struct candidate *candidate = &all->list[i];
    int64_t own = vprod__deadline (PROBE_MS);
    candidate->env = env;
    candidate->call = *call;
    candidate->call.deadline_ms = own < call->deadline_ms ? own : call->deadline_ms;
  }
  return 0;
}

/* ---- what they say ------------------------------------------------------------------------------------------ */

static int collect (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct vprod__buf *text = data;

  (void) stream;
  return text->length > 4096 || vprod__buf_add (text, bytes, length) < 0;
}

/* Runs it; *ret gets its output if it ended well, and is NULL otherwise. */
static int ask (struct candidate *candidate, const char *const *argv, char **ret)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_error_ vprod_error *err = NULL;
  struct vprod__spawn_end end;
  const struct vprod__spawn what = {
    .path = candidate->path,
    .argv = argv,
    .envp = (const char *const *) candidate->env,
    .merge = 1,
    .on_output = collect,
    .data = &text,
    .grace_ms = 500,
  };
  int r = vprod__spawn_run (&candidate->call, &what, &end, &err);

  *ret = NULL;
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return r;
  if (r == 0 && (!end.known || end.exit_code == 0)) {
    *ret = vprod__buf_steal (&text);
    return *ret ? 0 : -VPROD_ERROR_NO_MEMORY;
  }
  if (candidate->why)
    return 0;
  size_t line = strcspn (vprod__buf_string (&text), "\n");
  candidate->why = r < 0 ? strdup (vprod_error_get_message (err)) : strndup (vprod__buf_string (&text), line);
  return candidate->why ? 0 : -VPROD_ERROR_NO_MEMORY;
}

/* "Docker version 20.10.24+dfsg1, build …", "github.com/docker/buildx v0.29.1 …": the number after it. */
static char *find_version (const char *text, const char *before, int *ret_major, int *ret_minor)
{
  const char *found = strstr (text, before);
  int minor = 0;

  if (!found)
    return NULL;
  found += strlen (before);
  found += strspn (found, " v");
  if (sscanf (found, "%9d.%9d", ret_major, &minor) < 1)
    return NULL;
  if (ret_minor)
    *ret_minor = minor;
  return strndup (found, strspn (found, "0123456789."));
}

/* 1: it is what its name says. */
static int probe_version (struct candidate *candidate, const char *name, const char *before)
{
  const char *const argv[] = { name, "--version", NULL };
  _cleanup_free_ char *says = NULL;

  candidate->failed = ask (candidate, argv, &says);
  if (candidate->failed < 0 || !says)
    return 0;
  candidate->version = find_version (says, before, &candidate->major, &candidate->minor);
  if (!candidate->version)
    candidate->why = strndup (says, strcspn (says, "\n"));
  return candidate->version != NULL;
}

static void probe_buildx (struct candidate *candidate)
{
  const char *const argv[] = { "docker", "buildx", "version", NULL };
  _cleanup_free_ char *says = NULL;

  candidate->failed = ask (candidate, argv, &says);
  if (candidate->failed < 0 || !says)
    return;
  candidate->buildx = find_version (says, "buildx ", &candidate->buildx_major, &candidate->buildx_minor);
  if (!candidate->buildx && strstr (says, "buildx")) /* built by hand: "github.com/docker/buildx unknown" */
    candidate->buildx = strdup ("of unknown version");
}

static void probe_docker (void *candidates, size_t index)
{
  struct candidate *candidate = &((struct candidates *) candidates)->list[index];

  /* podman-docker answers to this name too, but says "podman version": it builds into a store of its own */
  if (probe_version (candidate, "docker", "Docker version "))
    probe_buildx (candidate);
}

static void probe_podman (void *candidates, size_t index)
{
  probe_version (&((struct candidates *) candidates)->list[index], "podman", "podman version ");
}

static int probe_all (struct candidates *all, void (*probe) (void *candidates, size_t index))
{
  vprod__parallel (all->count, 0, probe, all);
  for (size_t i = 0; i < all->count; i++)
    if (all->list[i].failed < 0)
      return all->list[i].failed;
  return 0;
}

/* ---- what they can ----------------------------------------------------------------------------------------- */

static int is_at_least (int major, int minor, int wanted_major, int wanted_minor)
{
  return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
}

/* A buildx of unknown version was built by hand, of late. */
static void set_abilities (const struct candidate *from, struct vprod__builder *builder)
{
  int unknown = from->buildx && from->buildx_major == 0 && from->buildx_minor == 0;

  switch (builder->kind) {
  case VPROD__BUILDER_BUILDX:
    builder->rawjson = is_at_least (from->buildx_major, from->buildx_minor, 0, 13);
    builder->secret_env = unknown || is_at_least (from->buildx_major, from->buildx_minor, 0, 6);
    builder->contexts = unknown || is_at_least (from->buildx_major, from->buildx_minor, 0, 8);
    break;
  case VPROD__BUILDER_BUILDKIT:
    builder->secret_env = is_at_least (from->major, from->minor, 20, 10);
    break;
  case VPROD__BUILDER_PODMAN:
    builder->contexts = is_at_least (from->major, from->minor, 4, 2);
    break;
  case VPROD__BUILDER_LEGACY:
    break;
  }
}

/* ---- the choice --------------------------------------------------------------------------------------------- */

static int has_buildkit (const struct candidate *candidate)
{
  return candidate->buildx || (candidate->version && candidate->major >= 18 && candidate->major < 23);
}

static const struct candidate *choose (const struct candidates *all)
{
  for (size_t i = 0; i < all->count; i++)
    if (has_buildkit (&all->list[i]))
      return &all->list[i];
  for (size_t i = 0; i < all->count; i++)
    if (all->list[i].version)
      return &all->list[i];
  return NULL;
}

static int make_builder (const struct candidate *from, int podman, struct vprod__builder **ret, vprod_error **err)
{
  _cleanup_builder_ struct vprod__builder *builder = calloc (1, sizeof *builder);

  if (!builder || !(builder->path = strdup (from->path)))
    return vprod__error_no_memory (err);
  if (podman) {
    builder->kind = VPROD__BUILDER_PODMAN;
    builder->words = vprod__asprintf ("%s %s", from->path, from->version);
  } else if (from->buildx) {
    builder->kind = VPROD__BUILDER_BUILDX;
    builder->words = vprod__asprintf ("%s %s, buildx %s (BuildKit)", from->path, from->version, from->buildx);
  } else {
    builder->kind = has_buildkit (from) ? VPROD__BUILDER_BUILDKIT : VPROD__BUILDER_LEGACY;
    builder->words = vprod__asprintf ("%s %s (%s)", from->path, from->version,
                                      has_buildkit (from) ? "BuildKit" : "legacy builder");
  }
  if (!builder->words)
    return vprod__error_no_memory (err);
  set_abilities (from, builder);
  *ret = vprod__steal (&builder);
  return 0;
}

static const char install_podman[] = "\nInstall the package podman.";
static const char install_docker[] =
  "\nInstall Docker's command line program with buildx. Debian 13: docker-cli docker-buildx; Debian 12: docker.io; "
  "Ubuntu: docker.io docker-buildx; Fedora: docker-cli docker-buildx; Alpine: docker-cli docker-cli-buildx.";

static int say_none (const struct candidates *all, int podman, char *const *env, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const char *name = podman ? "podman" : "docker";
  int r = vprod__buf_addf (&text, "no program was found that can build for this engine: ");

  if (r == 0 && all->count == 0)
    r = vprod__buf_addf (&text, "there is no %s on PATH (%s)", name, path_of (env));
  for (size_t i = 0; i < all->count && r == 0; i++)
    r = vprod__buf_addf (&text, "%s%s is no usable %s (it says: %s)", i ? "; " : "", all->list[i].path, name,
                         all->list[i].why && *all->list[i].why ? all->list[i].why : "nothing");
  if (r == 0)
    r = vprod__buf_adds (&text, podman ? install_podman : install_docker);
  if (r < 0)
    return vprod__error_no_memory (err);
  return vprod__error_set (err, VPROD_ERROR_BUILDER, 0, "%s", text.data);
}

int vprod__builder_find (int podman, char *const *env, const vprod_call *call, struct vprod__builder **ret,
                         vprod_error **err)
{
  _cleanup_ (candidates_clear) struct candidates all = { .count = 0 };
  const char *what = "looking for a program that builds";

  if (find_candidates (env, podman ? "podman" : "docker", call, &all) < 0)
    return vprod__error_no_memory (err);
  int r = probe_all (&all, podman ? probe_podman : probe_docker);
  if (r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_no_memory (err);
  if ((r = vprod__call_check (call, what, err)) < 0)
    return r;
  const struct candidate *chosen = choose (&all);
  return chosen ? make_builder (chosen, podman, ret, err) : say_none (&all, podman, env, err);
}
