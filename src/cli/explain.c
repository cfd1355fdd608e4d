/* SPDX-License-Identifier: MIT */
/* verify-prod explain: one check, in words. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 79

static const struct option long_options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

/* A paragraph under a heading, broken between words. */
static void print_paragraph (const char *heading, const char *text)
{
  int column = 0;

  printf ("\n%s\n", heading);
  while (*text) {
    size_t length = strcspn (text, " \n");
    if (column > 0 && column + 1 + (int) length > WIDTH) {
      putchar ('\n');
      column = 0;
    }
    column += printf ("%s%.*s", column ? " " : "  ", (int) length, text);
    text += length;
    text += strspn (text, " ");
    if (*text == '\n') {
      putchar ('\n');
      column = 0;
      text++;
    }
  }
  if (column > 0)
    putchar ('\n');
}

/* Lines as they are, with an indent. */
static void print_lines (const char *heading, const char *text)
{
  printf ("\n%s\n", heading);
  while (*text) {
    int length = (int) strcspn (text, "\n");
    printf ("%s%.*s\n", length ? "  " : "", length, text);
    text += length;
    text += *text == '\n';
  }
}

static int explain (const char *id)
{
  const vprod_check_info *info = vprod_check_find (id);

  if (!info) {
    const char *nearest = cli_nearest (id, cli_check_at);
    if (nearest)
      return cli_usage ("there is no check '%s'; did you mean '%s'?", id, nearest);
    return cli_usage ("there is no check '%s'; '" CLI_NAME " list' shows them", id);
  }
  printf ("%s: %s\n", info->id, info->title);
  print_paragraph ("What", info->what);
  print_paragraph ("Why", info->why);
  print_paragraph ("Remedy", info->remedy);
  print_lines ("Options, in verify-prod.yaml", info->options);
  return CLI_PASSED;
}

static int run (int argc, char **argv)
{
  int key;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    return key == 'h' ? cli_help (&cli_command_explain) : cli_bad_option (key, argv, long_options);
  if (argc - optind > 1)
    return cli_usage ("one check at a time: '%s' is one too many", argv[optind + 1]);
  if (optind < argc)
    return explain (argv[optind]);
  return cli_command_list.run (1, argv);
}

const struct cli_command cli_command_explain = {
  .name = "explain",
  .arguments = "[ID]",
  .summary = "one check: what it does, why, what to do about a failure, its options",
  .options = "",
  .run = run,
};
