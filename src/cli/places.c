/* SPDX-License-Identifier: MIT */
/* Where the Dockerfile is, if it was not named. */
#include "cli.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SHOWN 12

static const char *base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

char *cli_folder_of (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash == path ? cli_format ("/") : cli_format ("%.*s", slash ? (int) (slash - path) : 1, slash ? path : ".");
}

int cli_is_dockerfile (const char *path)
{
  const char *name = base_name (path);

  if (vprod__text_ends_with (name, ".yaml") || vprod__text_ends_with (name, ".yml"))
    return 0;
  return strncmp (name, "Dockerfile", 10) == 0 || strncmp (name, "Containerfile", 13) == 0 || vprod__text_ends_with (name, ".Dockerfile")
         || vprod__text_ends_with (name, ".dockerfile") || vprod__text_ends_with (name, ".Containerfile");
}

int cli_is_compose (const char *path)
{
  const char *name = base_name (path);

  return (strncmp (name, "compose", 7) == 0 || strncmp (name, "docker-compose", 14) == 0 || strncmp (name, "podman-compose", 14) == 0)
         && (vprod__text_ends_with (name, ".yaml") || vprod__text_ends_with (name, ".yml"));
}

/* The folder as a prefix of names: "", "sub/", "/". malloc'ed. */
static char *before_names (const char *folder)
{
  if (strcmp (folder, ".") == 0 || strcmp (folder, "./") == 0)
    return cli_format ("%s", "");
  return cli_format ("%s%s", folder, vprod__text_ends_with (folder, "/") ? "" : "/");
}

static const char *const default_names[] = { "Dockerfile.prod", "Dockerfile", "Containerfile", NULL };

int cli_is_default_dockerfile (const char *name)
{
  return vprod__text_is_one_of (name, default_names);
}

const char *cli_default_dockerfile (const char *folder)
{
  for (size_t i = 0; default_names[i]; i++) {
    _cleanup_free_ char *path = cli_format ("%s/%s", folder, default_names[i]);
    struct stat st;
    if (stat (path, &st) == 0 && S_ISREG (st.st_mode))
      return default_names[i];
  }
  return NULL;
}

static int take_path (void *data, const char *path)
{
  cli_add (data, path);
  return 0;
}

char **cli_find_dockerfiles (const char *folder)
{
  char **list = NULL;
  vprod_error *err = NULL;

  if (vprod_spec_find_dockerfiles (folder, take_path, &list, &err) < 0)
    exit (cli_fail (err, CLI_NOT_TOLD));
  return list;
}

void cli_show_inits (const char *folder, char *const *paths)
{
  _cleanup_free_ char *before = before_names (folder);
  size_t n = 0;

  for (; n < MAX_SHOWN && paths[n]; n++)
    fprintf (stderr, "  " CLI_NAME " init %s%s\n", before, paths[n]);
  if (paths[n])
    fputs ("  …\n", stderr);
}

/* A missing spec can be drafted from a Dockerfile beside it or below. */
void cli_say_draft (const char *spec)
{
  _cleanup_free_ char *folder = cli_folder_of (spec), *before = before_names (folder);
  _cleanup_strv_ char **paths = NULL;
  const char *name = cli_default_dockerfile (folder);

  if (name && !*before)
    cli_say ("there is a %s: '" CLI_NAME " init' drafts a spec from it", name);
  else if (name)
    cli_say ("there is a %s%s: '" CLI_NAME " init %s' drafts a spec from it", before, name, before);
  else if ((paths = cli_find_dockerfiles (folder))) {
    cli_say ("there are Dockerfiles below %s, and this drafts a spec from one:", folder);
    cli_show_inits (folder, paths);
  }
  else
    cli_say ("'" CLI_NAME " init' drafts a spec from a Dockerfile; there is none in %s", folder);
}
