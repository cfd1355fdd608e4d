/* SPDX-License-Identifier: MIT */
/* Messages about bad options. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option *known_options; /* for option_at, which takes an index only */

static const char *option_at (size_t index)
{
  return known_options[index].name;
}

static int is_option (const char *name, size_t length, const struct option *options)
{
  for (size_t i = 0; options[i].name; i++)
    if (strncmp (options[i].name, name, length) == 0)
      return 1;
  return 0;
}

int cli_bad_option (int answer, char **argv, const struct option *options)
{
  const char *given = argv[optind - 1];

  if (answer == ':')
    return cli_usage ("option '%s' needs an argument", given);
  if (optopt && strncmp (given, "--", 2) != 0)
    return cli_usage ("unknown option '-%c'", optopt);
  int length = (int) strcspn (given, "=");
  if (optopt)
    return cli_usage ("option '%.*s' takes no argument", length, given);
  if (is_option (given + 2, (size_t) length - 2, options))
    return cli_usage ("option '%.*s' is ambiguous", length, given);
  char *name = cli_must (strndup (given + 2, (size_t) length - 2));
  known_options = options;
  const char *nearest = cli_nearest (name, option_at);
  free (name);
  if (nearest)
    return cli_usage ("unknown option '%.*s'; did you mean '--%s'?", length, given, nearest);
  return cli_usage ("unknown option '%.*s'", length, given);
}

int cli_help (const struct cli_command *command)
{
  printf ("Usage: " CLI_NAME " %s%s%s\n%s.\n", command->name, *command->arguments ? " " : "", command->arguments,
          command->summary);
  if (*command->options)
    printf ("\nOptions:\n%s", command->options);
  return CLI_PASSED;
}
