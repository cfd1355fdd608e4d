/* SPDX-License-Identifier: MIT */
/* verify-prod clean: removes what killed runs left. */
#include "cli.h"

#include <stdio.h>

enum { OPT_TIMEOUT = 256, OPT_HOST, OPT_OLDER_THAN };

static const struct option long_options[] = {
  { "older-than", required_argument, NULL, OPT_OLDER_THAN },
  { "timeout", required_argument, NULL, OPT_TIMEOUT },
  { "host", required_argument, NULL, OPT_HOST },
  { "quiet", no_argument, NULL, 'q' },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

static void say_removed (void *data, vprod_object_kind kind, const char *id)
{
  static const char *const kinds[] = {
    [VPROD_OBJECT_CONTAINER] = "container",
    [VPROD_OBJECT_NETWORK] = "network",
    [VPROD_OBJECT_VOLUME] = "volume",
    [VPROD_OBJECT_IMAGE_TAG] = "image",
    [VPROD_OBJECT_FOLDER] = "folder",
  };
  (void) data;

  printf ("removed %s %s\n", kinds[kind], id);
  fflush (stdout);
}

static int clean (const char *host, vprod_clean_options *options, int quiet)
{
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;
  size_t removed = 0;
  int code = cli_make_runner (host, &runner);

  if (code != 0)
    return code;
  if (vprod_clean (runner, options, &removed, &err) < 0)
    code = cli_fail (err, CLI_NOT_TOLD);
  else if (removed == 0 && !quiet)
    puts ("nothing to remove");
  vprod_runner_free (runner);
  return code;
}

static int run (int argc, char **argv)
{
  vprod_clean_options options = { .size = sizeof options, .on_removed = say_removed };
  const char *host = NULL;
  int key, quiet = 0;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":qh", long_options, NULL)) != -1)
    switch (key) {
    case OPT_OLDER_THAN:
      if (cli_parse_age (optarg, &options.older_than_ms) < 0)
        return cli_usage ("--older-than wants a time such as 90m, 12h or 1d, not '%s'", optarg);
      break;
    case OPT_TIMEOUT:
      if (cli_parse_duration (optarg, &options.timeout_ms) < 0)
        return cli_usage ("--timeout wants a time such as 90s, 10m or 1h, up to 24h, not '%s'", optarg);
      break;
    case OPT_HOST:
      host = optarg;
      break;
    case 'q':
      quiet = 1;
      options.on_removed = NULL;
      break;
    case 'h':
      return cli_help (&cli_command_clean);
    default:
      return cli_bad_option (key, argv, long_options);
    }
  if (optind < argc)
    return cli_usage ("clean takes no arguments: '%s'", argv[optind]);
  return clean (host, &options, quiet);
}

const struct cli_command cli_command_clean = {
  .name = "clean",
  .arguments = "[OPTION]...",
  .summary = "removes what killed runs left",
  .options = "  --older-than D       also what runs of other hosts left that is older than D: 12h, 1d\n"
             "  --timeout D          give up after D (default: 60s)\n"
             "  --host URL           the engine, as in DOCKER_HOST\n"
             "  -q, --quiet          do not say what was removed\n",
  .run = run,
};
