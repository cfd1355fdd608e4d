/* SPDX-License-Identifier: MIT */
#include "run_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_ONLY = 256, OPT_SKIP, OPT_FORMAT, OPT_OUTPUT, OPT_KEEP, OPT_JOBS, OPT_TIMEOUT, OPT_HOST, OPT_NO_COLOR, OPT_SET };

static const struct option long_options[] = {
  { "only", required_argument, NULL, OPT_ONLY },
  { "skip", required_argument, NULL, OPT_SKIP },
  { "set", required_argument, NULL, OPT_SET },
  { "format", required_argument, NULL, OPT_FORMAT },
  { "output", required_argument, NULL, OPT_OUTPUT },
  { "keep", no_argument, NULL, OPT_KEEP },
  { "jobs", required_argument, NULL, OPT_JOBS },
  { "timeout", required_argument, NULL, OPT_TIMEOUT },
  { "host", required_argument, NULL, OPT_HOST },
  { "quiet", no_argument, NULL, 'q' },
  { "no-color", no_argument, NULL, OPT_NO_COLOR },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

const char run_options_help[] =
  "  --only ID[,ID]...    only these checks; may be repeated\n"
  "  --skip ID[,ID]...    all but these checks; may be repeated\n"
  "  --set KEY=VALUE      another value for an entry of the spec, as checks.health.path=/ready;\n"
  "                       may be repeated\n"
  "  --format FORMAT      of the report on standard output: text (default), json, junit, tap, sarif, github,\n"
  "                       html or in-toto\n"
  "  --output FORMAT=FILE write the report to a file as well; may be repeated\n"
  "  --keep               leave containers, network and image for a look; says how to remove them\n"
  "  --jobs N             at most N checks at the same time (default: all)\n"
  "  --timeout D          give up after D: 90s, 10m, 1h (default: none but the spec's)\n"
  "  --host URL           the engine, as in DOCKER_HOST: unix:///run/x.sock, tcp://host:2375\n"
  "  -q, --quiet          nothing but the report, and errors\n"
  "  --no-color           no colours on a terminal either\n";

/* Appends the ids of "a,b" to *list. Which there are is known when the spec is read: it may have checks of its own. */
static int add_ids (char ***list, const char *option, char *argument)
{
  char *rest = argument, *id;

  while ((id = strsep (&rest, ","))) {
    if (!*id)
      return cli_usage ("%s: an empty check id", option);
    cli_add (list, id);
  }
  return 0;
}

static int add_output (struct run_options *options, char *argument)
{
  struct output *longer = realloc (options->outputs, (options->n_outputs + 1) * sizeof *longer);

  options->outputs = cli_must (longer);
  return output_parse (argument, &longer[options->n_outputs++]);
}

static int set_jobs (struct run_options *options, const char *argument)
{
  char *end;
  long jobs = strtol (argument, &end, 10);

  if (*argument < '0' || *argument > '9' || *end || jobs < 1 || jobs > 1000)
    return cli_usage ("--jobs wants a number from 1 to 1000, not '%s'", argument);
  options->jobs = (int) jobs;
  return 0;
}

static int set_option (struct run_options *options, int key, char *argument)
{
  switch (key) {
  case OPT_ONLY:
    return add_ids (&options->only, "--only", argument);
  case OPT_SKIP:
    return add_ids (&options->skip, "--skip", argument);
  case OPT_SET:
    cli_add (&options->sets, argument);
    return 0;
  case OPT_FORMAT:
    options->format = argument;
    return output_check_format (argument);
  case OPT_OUTPUT:
    return add_output (options, argument);
  case OPT_KEEP:
    options->keep = 1;
    return 0;
  case OPT_JOBS:
    return set_jobs (options, argument);
  case OPT_TIMEOUT:
    if (cli_parse_duration (argument, &options->timeout_ms) < 0)
      return cli_usage ("--timeout wants a time such as 90s, 10m or 1h, up to 24h, not '%s'", argument);
    return 0;
  case OPT_HOST:
    options->host = argument;
    return *argument ? 0 : cli_usage ("--host wants the URL of an engine");
  case 'q':
    options->quiet = 1;
    return 0;
  case OPT_NO_COLOR:
    options->no_color = 1;
    return 0;
  default:
    options->help = 1;
    return 0;
  }
}

int run_options_parse (int argc, char **argv, struct run_options *ret)
{
  int key, code;

  *ret = (struct run_options) { .format = "text" };
  opterr = 0;
  while ((key = getopt_long (argc, argv, ":qh", long_options, NULL)) != -1) {
    if (key == '?' || key == ':')
      return cli_bad_option (key, argv, long_options);
    if ((code = set_option (ret, key, optarg)) != 0)
      return code;
  }
  if (argc - optind > 1)
    return cli_usage ("one SPEC at a time: '%s' is one too many", argv[optind + 1]);
  ret->spec = argv[optind];
  return 0;
}

void run_options_clear (struct run_options *options)
{
  vprod__strv_free (options->sets);
  vprod__strv_free (options->only);
  vprod__strv_free (options->skip);
  free (options->outputs);
}

static int know_ids (char *const *ids, const char *option, const vprod_spec *spec)
{
  for (size_t i = 0; ids && ids[i]; i++) {
    if (cli_find_check (ids[i], spec))
      continue;
    const char *nearest = cli_nearest_check (ids[i], spec);
    if (nearest)
      return cli_usage ("%s: unknown check '%s'; did you mean '%s'?", option, ids[i], nearest);
    return cli_usage ("%s: unknown check '%s'; '" CLI_NAME " list' shows them", option, ids[i]);
  }
  return 0;
}

int run_options_know_ids (const struct run_options *options, const vprod_spec *spec)
{
  int code = know_ids (options->only, "--only", spec);

  return code != 0 ? code : know_ids (options->skip, "--skip", spec);
}

const char **run_options_plan (const struct run_options *options, const vprod_spec *spec)
{
  const vprod_check_info *info;
  size_t n = 0;

  if (run_options_know_ids (options, spec) != 0)
    return NULL;
  for (size_t i = 0; options->only && options->only[i]; i++)
    if (!vprod_spec_has_check (spec, options->only[i])) {
      cli_usage ("--only: the spec leaves '%s' out (it says false under checks)", options->only[i]);
      return NULL;
    }
  const char **plan = cli_must (calloc (vprod_count_checks () + vprod_spec_count_own_checks (spec) + 1, sizeof *plan));
  for (size_t i = 0; (info = cli_check_of (spec, i)); i++)
    if (vprod_spec_has_check (spec, info->id) && (!options->only || vprod__strv_has (options->only, info->id))
        && !vprod__strv_has (options->skip, info->id))
      plan[n++] = info->id;
  if (n > 0)
    return plan;
  free (plan);
  cli_usage ("--only, --skip and the spec leave no check to run");
  return NULL;
}
