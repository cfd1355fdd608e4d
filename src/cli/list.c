/* SPDX-License-Identifier: MIT */
/* verify-prod list: the checks. */
#include "cli.h"
#include "util/text.h"

#include <stdio.h>

static const struct option long_options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

static int run (int argc, char **argv)
{
  const vprod_check_info *info;
  int key;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    return key == 'h' ? cli_help (&cli_command_list) : cli_bad_option (key, argv, long_options);
  if (optind < argc)
    return cli_usage ("list takes no arguments: '%s'; '" CLI_NAME " explain ID' shows one check", argv[optind]);
  for (size_t i = 0; (info = vprod_get_check_at (i)); i++)
    printf ("%-*s  %s\n", VPROD__CHECK_ID_WIDTH, info->id, info->title);
  return CLI_PASSED;
}

const struct cli_command cli_command_list = {
  .name = "list",
  .arguments = "",
  .summary = "the checks: id and title",
  .options = "",
  .run = run,
};
