/* SPDX-License-Identifier: MIT */
/* verify-prod explain: one check, in words. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 79

static const struct option long_options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };

/* Lines that begin with `indent`, broken between words. */
static void print_folded (const char *indent, const char *text)
{
  int column = 0;

  while (*text) {
    size_t length = strcspn (text, " \n");
    if (column > 0 && column + 1 + (int) length > WIDTH) {
      putchar ('\n');
      column = 0;
    }
    column += printf ("%s%.*s", column ? " " : indent, (int) length, text);
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

static void print_paragraph (const char *heading, const char *text)
{
  printf ("\n%s\n", heading);
  print_folded ("  ", text);
}

/* As one would write it, below a comment: with its default, else an example. */
static void print_option (const char *name, const vprod_spec_key_info *key)
{
  const char *value = key->default_value ? key->default_value : key->example;
  char *text = NULL;
  size_t length = 0;
  FILE *stream = cli_must (open_memstream (&text, &length));

  fputs (key->help, stream);
  for (size_t i = 0; key->words && key->words[i]; i++)
    fprintf (stream, "%s%s", i == 0 ? " One of " : key->words[i + 1] ? ", " : " and ", key->words[i]);
  if (key->words)
    putc ('.', stream);
  if (strcmp (key->type, "number") == 0)
    fprintf (stream, " From %lld to %lld.", (long long) key->minimum, (long long) key->maximum);
  if (key->instead_of)
    fprintf (stream, " In place of %s.", key->instead_of);
  if (key->without)
    fprintf (stream, " Default: %s.", key->without);
  fclose (stream);
  print_folded ("    # ", cli_must (text));
  free (text);
  printf ("    %s%s:%s%s\n", key->instead_of ? "# " : "", name, value ? " " : "", value ? value : "");
}

static void print_options (const char *id)
{
  static const char checks[] = "checks.";
  const vprod_spec_key_info *key;
  size_t length = strlen (id);

  printf ("\nOptions, in verify-prod.yaml\n  %s:\n", id);
  for (size_t i = 0; (key = vprod_spec_get_key_at (i)); i++) {
    const char *below = strncmp (key->path, checks, strlen (checks)) == 0 ? key->path + strlen (checks) : "";
    if (strncmp (below, id, length) == 0 && below[length] == '.')
      print_option (below + length + 1, key);
  }
}

/* All keys below checks.own, of which this check has some. */
static void print_own (void)
{
  printf ("\nIn verify-prod.yaml\n  checks.own: verify-prod.yaml(5) lists what may be said there\n");
}

static int explain (const char *id, const vprod_spec *spec)
{
  const vprod_check_info *info = cli_find_check (id, spec);

  if (!info) {
    const char *nearest = cli_nearest_check (id, spec);
    if (nearest)
      return cli_usage ("there is no check '%s'; did you mean '%s'?", id, nearest);
    return cli_usage ("there is no check '%s'; '" CLI_NAME " list' shows them", id);
  }
  printf ("%s: %s\n", info->id, info->title);
  print_paragraph ("What", info->what);
  print_paragraph ("Why", info->why);
  print_paragraph ("Remedy", info->remedy);
  if (info->run)
    print_options (info->id);
  else
    print_own ();
  return CLI_PASSED;
}

static int run (int argc, char **argv)
{
  vprod_spec *spec = NULL;
  int key, code = 0;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    return key == 'h' ? cli_help (&cli_command_explain) : cli_bad_option (key, argv, long_options);
  if (argc - optind > 2)
    return cli_usage ("one check at a time: '%s' is one too many", argv[optind + 2]);
  if (argc - optind == 2 && cli_find_check (argv[optind + 1], NULL))
    return cli_usage ("one check at a time: '%s' is one too many", argv[optind + 1]);
  if (optind == argc)
    return cli_command_list.run (1, argv);
  if (argc - optind == 2)
    code = cli_load_spec (argv[optind + 1], NULL, NULL, &spec);
  else if (!cli_find_check (argv[optind], NULL)) /* it may be one of the spec that is here; where there is none, or a bad one, it is not */
    (void) !vprod_spec_load (".", &spec, NULL);
  if (code == 0)
    code = explain (argv[optind], spec);
  vprod_spec_free (spec);
  return code;
}

const struct cli_command cli_command_explain = {
  .name = "explain",
  .arguments = "[ID [SPEC]]",
  .summary = "one check: what it does, why, what to do about a failure, its options",
  .options = "",
  .run = run,
};
