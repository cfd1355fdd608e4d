/* SPDX-License-Identifier: MIT */
/* verify-prod build: builds the spec's image as it would be verified, and gives it a name. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_TIMEOUT = 256, OPT_HOST, OPT_SET };

static const struct option long_options[] = {
  { "timeout", required_argument, NULL, OPT_TIMEOUT },
  { "host", required_argument, NULL, OPT_HOST },
  { "set", required_argument, NULL, OPT_SET },
  { "quiet", no_argument, NULL, 'q' },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

struct build_options {
  const char *spec;
  char **sets;
  const char *host;
  int64_t timeout_ms;
  int quiet;
};

static int build_code (int error_code)
{
  switch (error_code) {
  case VPROD_ERROR_IMAGE:
    return CLI_FAILED;
  case VPROD_ERROR_INVALID: /* the spec names an image that exists */
    return CLI_USAGE;
  default:
    return CLI_NOT_TOLD;
  }
}

/* `tag id` on standard output. */
static int build_in (vprod_session *session, const char *tag)
{
  vprod_error *err = NULL;
  char *image_id = NULL;
  int r = vprod_session_build (session, tag, &image_id, &err);

  if (r < 0 && cli_signals_caught ()) {
    vprod_error_free (err);
    return CLI_NOT_TOLD;
  }
  if (r < 0)
    return cli_fail (err, build_code (-r));
  printf ("%s %s\n", tag, image_id);
  vprod_string_free (image_id);
  return CLI_PASSED;
}

static int build_spec (const struct build_options *options, const vprod_spec *spec, vprod_runner *runner)
{
  struct progress progress = { .mode = options->quiet ? PROGRESS_NONE : PROGRESS_BUILD };
  const vprod_session_options session_options = {
    .size = sizeof session_options,
    .timeout_ms = options->timeout_ms,
    .on_event = progress_event,
    .data = &progress,
  };
  vprod_session *session = NULL;
  vprod_error *err = NULL;
  _cleanup_free_ char *tag = cli_format ("%s:latest", vprod_spec_get_name (spec));

  cli_signals_hold (0);
  progress_start_lines (&progress);
  int r = vprod_session_new_with (spec, runner, &session_options, &session, &err), code;
  if (r < 0)
    code = cli_fail (err, r == -VPROD_ERROR_SPEC ? CLI_USAGE : CLI_NOT_TOLD);
  else {
    cli_reaper_watch (vprod_session_get_id (session));
    cli_signals_session (session);
    code = build_in (session, tag);
    cli_signals_session (NULL);
    vprod_session_free (session);
  }
  progress_end (&progress);
  if (cli_signals_caught ())
    cli_say ("interrupted");
  return code;
}

/* -1: go on; else the exit code. */
static int parse (int argc, char **argv, struct build_options *ret)
{
  int key;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":qh", long_options, NULL)) != -1)
    switch (key) {
    case OPT_TIMEOUT:
      if (cli_parse_duration (optarg, &ret->timeout_ms) < 0)
        return cli_usage ("--timeout wants a time such as 90s, 10m or 1h, up to 24h, not '%s'", optarg);
      break;
    case OPT_HOST:
      ret->host = optarg;
      break;
    case OPT_SET:
      cli_add (&ret->sets, optarg);
      break;
    case 'q':
      ret->quiet = 1;
      break;
    case 'h':
      return cli_help (&cli_command_build);
    default:
      return cli_bad_option (key, argv, long_options);
    }
  if (argc - optind > 1)
    return cli_usage ("one SPEC at a time: '%s' is one too many", argv[optind + 1]);
  ret->spec = argv[optind];
  return -1;
}

static int run (int argc, char **argv)
{
  struct build_options options = { 0 };
  vprod_runner *runner = NULL;
  vprod_spec *spec = NULL;

  cli_signals_start ();
  int code = parse (argc, argv, &options);
  if (code < 0)
    code = cli_load_spec (options.spec, options.sets, NULL, &spec);
  else {
    vprod__strv_free (options.sets);
    return code;
  }
  if (code == 0) {
    cli_reaper_start (options.host);
    code = cli_make_runner (options.host, &runner);
  }
  if (code == 0)
    code = build_spec (&options, spec, runner);
  vprod_runner_free (runner);
  cli_reaper_end ();
  cli_signals_release ();
  vprod_spec_free (spec);
  vprod__strv_free (options.sets);
  return code;
}

const struct cli_command cli_command_build = {
  .name = "build",
  .arguments = "[OPTION]... [SPEC]",
  .summary = "builds the image, tags it NAME:latest, prints tag and id",
  .options = "  --set KEY=VALUE      another value for an entry of the spec; may be repeated\n"
             "  --timeout D          give up after D: 90s, 10m, 1h\n"
             "  --host URL           the engine, as in DOCKER_HOST\n"
             "  -q, --quiet          no progress\n",
  .run = run,
};
