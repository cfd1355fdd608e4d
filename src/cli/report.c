/* SPDX-License-Identifier: MIT */
/* verify-prod report: many JSON reports as one. */
#include "cli.h"
#include "output.h"
#include "progress.h"
#include "util/grow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPT_FORMAT = 256, OPT_OUTPUT, OPT_EXPECT, OPT_NO_COLOR };

static const struct option long_options[] = {
  { "format", required_argument, NULL, OPT_FORMAT },
  { "output", required_argument, NULL, OPT_OUTPUT },
  { "expect", required_argument, NULL, OPT_EXPECT },
  { "no-color", no_argument, NULL, OPT_NO_COLOR },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

struct options {
  const char *format;
  const char *expect;
  int no_color;
  int help;
  struct output *outputs;
  size_t n_outputs;
};

static int parse_one (int key, struct options *options, char **argv)
{
  struct output output;

  switch (key) {
  case OPT_FORMAT:
    options->format = optarg;
    return output_check_format (optarg);
  case OPT_OUTPUT: {
    int code = output_parse (optarg, &output);
    if (code != 0)
      return code;
    if (vprod__grow (&options->outputs, options->n_outputs) < 0)
      cli_must (NULL);
    options->outputs[options->n_outputs++] = output;
    return 0;
  }
  case OPT_EXPECT:
    options->expect = optarg;
    return 0;
  case OPT_NO_COLOR:
    options->no_color = 1;
    return 0;
  case 'h':
    options->help = 1;
    return 0;
  default:
    return cli_bad_option (key, argv, long_options);
  }
}

/* ---- what there must be ------------------------------------------------------------------------------------------ */

/* The name of the spec at this path is expected. */
static int expect_spec (vprod_report_set *set, const char *path)
{
  size_t before = vprod_report_set_count (set);
  vprod_error *err = NULL;
  char *name = NULL;

  if (vprod_spec_read_name (path, &name, &err) < 0)
    return cli_fail (err, CLI_USAGE);
  int r = vprod_report_set_expect (set, name, &err);
  if (r == 0 && vprod_report_set_count (set) == before) {
    cli_say ("%s is the second spec of the name %s: name them apart", path, name);
    r = 1;
  }
  vprod_string_free (name);
  return r < 0 ? cli_fail (err, CLI_NOT_TOLD) : r ? CLI_USAGE : 0;
}

static int read_expected (vprod_report_set *set, const char *file)
{
  FILE *list = strcmp (file, "-") == 0 ? stdin : fopen (file, "re");
  _cleanup_free_ char *line = NULL;
  size_t size = 0;
  ssize_t length;
  int code = 0;

  if (!list) {
    cli_say ("cannot read the list %s: %s", file, strerror (errno));
    return CLI_USAGE;
  }
  while (code == 0 && (length = getline (&line, &size, list)) >= 0) {
    if (length > 0 && line[length - 1] == '\n')
      line[--length] = '\0';
    if (length > 0)
      code = expect_spec (set, line);
  }
  if (code == 0 && ferror (list)) {
    cli_say ("cannot read the list %s: %s", file, strerror (errno));
    code = CLI_NOT_TOLD;
  }
  if (list != stdin)
    fclose (list);
  return code;
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

/* Adds the reports; the paths of those that are none, which was said, are put into *ret_unread. 0, or an exit code. */
static int read_reports (vprod_report_set *set, char *const *paths, char ***ret_unread)
{
  for (; *paths; paths++) {
    vprod_error *err = NULL;
    vprod_report *report = NULL;
    if (vprod_report_set_add (set, *paths, &err) == 0)
      continue;
    /* a file that cannot be used is told from two of one name by reading it once more */
    int is_second = vprod_report_load (*paths, &report, NULL) == 0;
    vprod_report_free (report);
    int out_of_memory = vprod_error_get_code (err) == VPROD_ERROR_NO_MEMORY;
    cli_fail (err, 0);
    if (is_second || out_of_memory)
      return out_of_memory ? CLI_NOT_TOLD : CLI_USAGE;
    cli_add (ret_unread, *paths);
  }
  return 0;
}

/* Whose report it was cannot be told of a file that cannot be read. With a list, one of those that are expected is absent for it;
   where none is, or there is no list, the file itself is a member, so that no format says of all that they pass. 0, or an exit code. */
static int count_unread (vprod_report_set *set, char *const *unread, int is_listed)
{
  vprod_error *err = NULL;

  if (is_listed && vprod_report_set_get_verdict (set) != VPROD_VERDICT_PASS)
    return 0;
  for (; unread && *unread; unread++)
    if (vprod_report_set_expect (set, *unread, &err) < 0)
      return cli_fail (err, CLI_NOT_TOLD);
  return 0;
}

static int to_standard_output (void *data, const char *text, size_t length)
{
  (void) data;
  cli_out (text, length);
  return cli_out_error ();
}

/* 0, or an exit code after a message. */
static int write_set (const vprod_report_set *set, const struct options *options)
{
  const vprod_render_options render = {
    .size = sizeof render,
    .color = strcmp (options->format, "text") == 0 && cli_wants_color (STDOUT_FILENO, options->no_color),
    .width = cli_width (STDOUT_FILENO),
  };
  vprod_error *err = NULL;
  int code = 0;

  if (vprod_report_set_render (set, options->format, &render, to_standard_output, NULL, &err) < 0) {
    /* the reader has closed the pipe: no error */
    if (cli_out_error () == EPIPE)
      vprod_error_free (err);
    else
      cli_fail (err, 0);
    code = CLI_NOT_TOLD;
  }
  for (size_t i = 0; i < options->n_outputs; i++)
    if (output_write_set (&options->outputs[i], set) < 0)
      code = CLI_NOT_TOLD;
  return code;
}

static int report (char *const *paths, const struct options *options)
{
  _cleanup_strv_ char **unread = NULL;
  vprod_report_set *set = NULL;
  vprod_error *err = NULL;

  if (vprod_report_set_new (&set, &err) < 0)
    return cli_fail (err, CLI_NOT_TOLD);
  int code = options->expect ? read_expected (set, options->expect) : 0;
  code = code != 0 ? code : read_reports (set, paths, &unread);
  code = code != 0 ? code : count_unread (set, unread, options->expect != NULL);
  if (code == 0) {
    int verdict = vprod_report_set_get_verdict (set);
    code = write_set (set, options);
    code = code != 0 ? code : verdict == VPROD_VERDICT_FAIL ? CLI_FAILED : verdict != VPROD_VERDICT_PASS ? CLI_NOT_TOLD : CLI_PASSED;
  }
  vprod_report_set_free (set);
  return code;
}

static int run (int argc, char **argv)
{
  struct options options = { .format = "text" };
  int key, code = 0;

  cli_signals_start ();
  opterr = 0;
  while (code == 0 && !options.help && (key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    code = parse_one (key, &options, argv);
  if (code == 0 && options.help)
    code = cli_help (&cli_command_report);
  else if (code == 0 && optind == argc && !options.expect)
    code = cli_usage ("no report is named: " CLI_NAME " run --output json=FILE writes one");
  else if (code == 0)
    code = report (argv + optind, &options);
  free (options.outputs);
  return code;
}

const struct cli_command cli_command_report = {
  .name = "report",
  .arguments = "[OPTION]... FILE.json...",
  .summary = "many JSON reports as one",
  .options = "  --format FORMAT      of the report on standard output: text (default), json, junit, tap, sarif, github,\n"
             "                       html or in-toto\n"
             "  --output FORMAT=FILE write the report to a file as well; may be repeated\n"
             "  --expect LIST        there must be a report of each spec in this file, which has a path a line as\n"
             "                       `" CLI_NAME " specs' prints them; \"-\": standard input\n"
             "  --no-color           no colours on a terminal either\n",
  .run = run,
};
