/* SPDX-License-Identifier: MIT */
/* What commands begin with: the spec and the runner. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_FILE "verify-prod.yaml"

static const char example[] =
  "A spec can be as short as this (see verify-prod.yaml(5)):\n"
  "\n"
  "  # " DEFAULT_FILE ", beside the Dockerfile\n"
  "  version: 1\n"
  "  services:\n"
  "    db:\n"
  "      postgres: {image: \"postgres:16-alpine\", database: app, user: app, password: app}\n"
  "  run:\n"
  "    port: 8000\n"
  "    env:\n"
  "      DATABASE_URL: \"postgresql://${db.user}:${db.password}@${db.host}:${db.port}/${db.database}\"\n"
  "  checks:\n"
  "    health: {path: /health}\n";

static const char *command_at (size_t index)
{
  return cli_commands[index] ? cli_commands[index]->name : NULL;
}

/* `verify-prod lits`: no file, but nearly a command. */
static int say_missing (const char *given, const char *path, int errnum)
{
  const char *command = given && !strpbrk (given, "/.") ? cli_nearest (given, command_at) : NULL;

  if (command && strcmp (command, given) == 0)
    cli_say ("there is no spec '%s'; a command comes before all options: " CLI_NAME " %s", path, command);
  else if (command)
    cli_say ("there is no spec and no command '%s'; did you mean '" CLI_NAME " %s'?", path, command);
  else
    cli_say ("cannot read the spec %s: %s", path, strerror (errnum));
  if (!command && errnum == ENOENT)
    fputs (example, stderr);
  return CLI_USAGE;
}

int cli_load_spec (const char *given, vprod_spec **ret)
{
  const char *path = given ? given : ".";
  vprod_error *err = NULL;
  char *in_folder = NULL;
  struct stat st;

  if (stat (path, &st) < 0)
    return say_missing (given, path, errno);
  if (S_ISDIR (st.st_mode)) {
    const char *slash = path[strlen (path) - 1] == '/' ? "" : "/";
    if (asprintf (&in_folder, "%s%s" DEFAULT_FILE, path, slash) < 0)
      cli_must (NULL);
    path = in_folder;
    if (stat (path, &st) < 0) {
      int code = say_missing (NULL, path, errno);
      free (in_folder);
      return code;
    }
  }
  int r = vprod_spec_load (path, ret, &err);
  free (in_folder);
  if (r < 0)
    return cli_fail (err, r == -VPROD_ERROR_NO_MEMORY ? CLI_NOT_TOLD : CLI_USAGE);
  return 0;
}

int cli_make_runner (const char *host, vprod_runner **ret)
{
  const vprod_docker_options options = { .size = sizeof options, .host = host };
  vprod_error *err = NULL;
  int r = vprod_runner_new_docker (&options, ret, &err);

  if (r < 0)
    return cli_fail (err, host && r == -VPROD_ERROR_INVALID ? CLI_USAGE : CLI_NOT_TOLD);
  return 0;
}
