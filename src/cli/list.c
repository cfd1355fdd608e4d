/* SPDX-License-Identifier: MIT */
/* verify-prod list: the checks. */
#include "cli.h"
#include "util/text.h"

#include <stdio.h>

static const struct option long_options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

static int run (int argc, char **argv)
{
  const vprod_check_info *info;
  vprod_spec *spec = NULL;
  int key, code = 0;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    return key == 'h' ? cli_help (&cli_command_list) : cli_bad_option (key, argv, long_options);
  if (argc - optind > 1)
    return cli_usage ("one SPEC at a time: '%s' is one too many", argv[optind + 1]);
  if (optind < argc && cli_find_check (argv[optind], NULL))
    return cli_usage ("list shows all checks; '" CLI_NAME " explain %s' shows one", argv[optind]);
  if (optind < argc)
    code = cli_load_spec (argv[optind], NULL, NULL, &spec);
  if (code != 0)
    return code;
  for (size_t i = 0; (info = cli_check_of (spec, i)); i++)
    printf ("%-*s  %s\n", VPROD__CHECK_ID_WIDTH, info->id, info->title);
  vprod_spec_free (spec);
  return CLI_PASSED;
}

const struct cli_command cli_command_list = {
  .name = "list",
  .arguments = "[SPEC]",
  .summary = "the checks: id and title; of a SPEC, its own as well",
  .options = "",
  .run = run,
};
