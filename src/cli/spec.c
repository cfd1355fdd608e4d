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
  if (!command && errnum == ENOENT) {
    cli_say_draft (path);
    fputs (example, stderr);
  }
  return CLI_USAGE;
}

/* ---- --set KEY=VALUE ------------------------------------------------------------------------------------ */

/* The text as a quoted YAML scalar. */
static char *as_yaml (const char *text)
{
  char *yaml = cli_must (malloc (4 * strlen (text) + 3)), *to = yaml;

  *to++ = '"';
  for (; *text; text++)
    if (strchr ("\"\\", *text))
      to += sprintf (to, "\\%c", *text);
    else if ((unsigned char) *text < 0x20)
      to += sprintf (to, "\\x%02x", (unsigned) *text);
    else
      *to++ = *text;
  memcpy (to, "\"", 2);
  return yaml;
}

/* Are all values of this key strings as written? */
static int takes_any_text (const char *key)
{
  return strncmp (key, "run.env.", 8) == 0 || strncmp (key, "image.args.", 11) == 0;
}

/* The value is YAML, so that lists and numbers can be given. If that is not valid for the key, as `"status":"ok"` for a
   string, it is taken as a string. */
static int set_value (vprod_spec *spec, const char *key, const char *value, vprod_error **err)
{
  _cleanup_free_ char *quoted = as_yaml (value);
  int r = takes_any_text (key) ? vprod_spec_set (spec, key, quoted, err) : vprod_spec_set (spec, key, value, err);

  if (r == -VPROD_ERROR_SPEC && !takes_any_text (key) && *value != '[' && vprod_spec_set (spec, key, quoted, NULL) == 0) {
    vprod_error_free (*err);
    *err = NULL;
    r = 0;
  }
  return r;
}

static int set (vprod_spec *spec, const char *argument)
{
  const char *equals = strchr (argument, '=');
  vprod_error *err = NULL;

  if (!equals || equals == argument)
    return cli_usage ("--set wants KEY=VALUE, such as checks.health.path=/ready, not '%s'", argument);
  _cleanup_free_ char *key = cli_must (strndup (argument, (size_t) (equals - argument)));
  int r = set_value (spec, key, equals + 1, &err), code = 0;
  if (r < 0) {
    cli_say ("--set %s: %s", argument, vprod_error_get_message (err));
    code = r == -VPROD_ERROR_NO_MEMORY ? CLI_NOT_TOLD : CLI_USAGE;
  }
  vprod_error_free (err);
  return code;
}

/* ---- the spec ------------------------------------------------------------------------------------------- */

static int load (const char *given, const char *format, vprod_spec **ret)
{
  const char *path = !given ? "." : strcmp (given, "-") == 0 ? "/dev/stdin" : given;
  vprod_error *err = NULL;
  _cleanup_free_ char *in_folder = NULL;
  struct stat st;

  if (stat (path, &st) < 0)
    return say_missing (given, path, errno);
  if (S_ISDIR (st.st_mode)) {
    path = in_folder = cli_format ("%s%s" DEFAULT_FILE, path, path[strlen (path) - 1] == '/' ? "" : "/");
    if (stat (path, &st) < 0)
      return say_missing (NULL, path, errno);
  }
  if (given && S_ISREG (st.st_mode) && (cli_is_dockerfile (given) || cli_is_compose (given))) {
    cli_say ("%s is a %s, not a spec; '" CLI_NAME " init %s' drafts a spec from it", given,
             cli_is_compose (given) ? "compose file" : "Dockerfile", given);
    return CLI_USAGE;
  }
  int r = vprod_spec_load (path, ret, &err);
  if (r == -VPROD_ERROR_SPEC && format && strcmp (format, "github") == 0)
    cli_annotate (vprod_error_get_message (err));
  if (r < 0)
    return cli_fail (err, r == -VPROD_ERROR_NO_MEMORY ? CLI_NOT_TOLD : CLI_USAGE);
  return 0;
}

int cli_load_spec (const char *given, char *const *sets, const char *format, vprod_spec **ret)
{
  int code = load (given, format, ret);

  for (size_t i = 0; code == 0 && sets && sets[i]; i++)
    code = set (*ret, sets[i]);
  return code;
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
