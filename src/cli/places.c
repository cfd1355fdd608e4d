/* SPDX-License-Identifier: MIT */
/* Where Dockerfiles are, for those who did not say. */
#include "cli.h"

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

static int ends_with (const char *text, const char *end)
{
  size_t length = strlen (text), n = strlen (end);

  return length >= n && strcmp (text + length - n, end) == 0;
}

int cli_is_dockerfile (const char *path)
{
  const char *name = base_name (path);

  if (ends_with (name, ".yaml") || ends_with (name, ".yml"))
    return 0;
  return strncmp (name, "Dockerfile", 10) == 0 || strncmp (name, "Containerfile", 13) == 0 || ends_with (name, ".Dockerfile")
         || ends_with (name, ".dockerfile") || ends_with (name, ".Containerfile");
}

int cli_is_compose (const char *path)
{
  const char *name = base_name (path);

  return (strncmp (name, "compose", 7) == 0 || strncmp (name, "docker-compose", 14) == 0 || strncmp (name, "podman-compose", 14) == 0)
         && (ends_with (name, ".yaml") || ends_with (name, ".yml"));
}

/* The folder as it stands before a name: "", "sub/", "/". malloc'ed. */
static char *before_names (const char *folder)
{
  size_t n = strlen (folder);
  char *text = NULL;

  if (strcmp (folder, ".") == 0 || strcmp (folder, "./") == 0)
    return cli_must (strdup (""));
  if (asprintf (&text, "%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/") < 0)
    cli_must (NULL);
  return text;
}

const char *cli_default_dockerfile (const char *folder)
{
  static const char *const names[] = { "Dockerfile.prod", "Dockerfile", "Containerfile", NULL };
  const char *found = NULL;

  for (size_t i = 0; names[i] && !found; i++) {
    struct stat st;
    char *path = NULL;
    if (asprintf (&path, "%s/%s", folder, names[i]) < 0)
      cli_must (NULL);
    if (stat (path, &st) == 0 && S_ISREG (st.st_mode))
      found = names[i];
    free (path);
  }
  return found;
}

static int take_path (void *data, const char *path)
{
  char ***list = data;
  size_t n = 0;

  while ((*list)[n])
    n++;
  *list = cli_must (realloc (*list, (n + 2) * sizeof **list));
  (*list)[n] = cli_must (strdup (path));
  (*list)[n + 1] = NULL;
  return 0;
}

char **cli_find_dockerfiles (const char *folder)
{
  char **list = cli_must (calloc (1, sizeof *list));
  vprod_error *err = NULL;

  if (vprod_spec_find_dockerfiles (folder, take_path, &list, &err) < 0)
    exit (cli_fail (err, CLI_NOT_TOLD));
  return list;
}

void cli_free_list (char **list)
{
  for (size_t i = 0; list && list[i]; i++)
    free (list[i]);
  free (list);
}

void cli_show_inits (const char *folder, char *const *paths)
{
  char *before = before_names (folder);
  size_t n = 0;

  for (; n < MAX_SHOWN && paths[n]; n++)
    fprintf (stderr, "  " CLI_NAME " init %s%s\n", before, paths[n]);
  if (paths[n])
    fputs ("  …\n", stderr);
  free (before);
}

/* Where a Dockerfile lies beside the spec that is not there, or below it, one need not be written by hand. */
void cli_say_draft (const char *spec)
{
  const char *slash = strrchr (spec, '/');
  char *folder = cli_must (slash == spec ? strdup ("/") : slash ? strndup (spec, (size_t) (slash - spec)) : strdup ("."));
  char *before = before_names (folder), **paths = NULL;
  const char *name = cli_default_dockerfile (folder);

  if (name && !*before)
    cli_say ("there is a %s: '" CLI_NAME " init' drafts a spec from it", name);
  else if (name)
    cli_say ("there is a %s%s: '" CLI_NAME " init %s' drafts a spec from it", before, name, before);
  else if ((paths = cli_find_dockerfiles (folder))[0]) {
    cli_say ("there are Dockerfiles below %s, and this drafts a spec from one:", folder);
    cli_show_inits (folder, paths);
  }
  else
    cli_say ("'" CLI_NAME " init' drafts a spec from a Dockerfile; there is none in %s", folder);
  cli_free_list (paths);
  free (before);
  free (folder);
}
