/* SPDX-License-Identifier: MIT */
/* verify-prod init: drafts a verify-prod.yaml for a folder with a Dockerfile. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "verify-prod.yaml"

enum { OPT_FORCE = 256, OPT_STDOUT };

static const struct option long_options[] = {
  { "force", no_argument, NULL, OPT_FORCE },
  { "stdout", no_argument, NULL, OPT_STDOUT },
  { "quiet", no_argument, NULL, 'q' },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

struct init_options {
  char *folder;
  char *dockerfile; /* NULL: the default one */
  char *compose;    /* a compose file in the folder, or NULL */
  int force;
  int to_stdout;
  int quiet;
};

static void say_guess (void *data, const char *text)
{
  (void) data;
  cli_say ("%s", text);
}

/* Replaces a file only with --force. 0, or the exit code after a message. */
static int write_spec (const struct init_options *options, const char *file, const char *text)
{
  struct stat st;

  if (!options->force && lstat (file, &st) == 0) {
    cli_say ("%s is there already and is left as it is; --force replaces it, --stdout shows the draft", file);
    return CLI_USAGE;
  }
  int failed = output_write_bytes (file, text, strlen (text), options->force);
  if (!failed)
    return CLI_PASSED;
  cli_say ("cannot write %s: %s; the draft goes to standard output", file, strerror (failed));
  fputs (text, stdout);
  return CLI_NOT_TOLD;
}

/* Without a default Dockerfile in the folder: takes the one below it, if it is clear which. 0, or the exit code after a
   list. */
static int look_below (struct init_options *options)
{
  if (options->dockerfile || options->compose || cli_default_dockerfile (options->folder))
    return 0;
  _cleanup_strv_ char **paths = cli_find_dockerfiles (options->folder);
  const char *first = paths ? paths[0] : NULL, *slash = first ? strrchr (first, '/') : NULL;
  size_t in = slash ? (size_t) (slash - first) + 1 : 0, count = vprod__strv_length (paths), there = 0;
  int code = 0;

  for (size_t i = 0; i < count; i++)
    there += strncmp (paths[i], first, in) == 0 && !strchr (paths[i] + in, '/');
  if (count > 0 && there == count && (count == 1 || cli_is_default_dockerfile (first + in))) {
    int here = strcmp (options->folder, ".") == 0;
    char *folder = cli_format ("%s%s%.*s", slash && here ? "" : options->folder, slash && !here ? "/" : "",
                               slash ? (int) in - 1 : 0, first);
    if (!options->quiet)
      cli_say ("there is no Dockerfile.prod, Dockerfile or Containerfile in %s; drafting from %s", options->folder, first);
    free (options->folder);
    options->folder = folder;
    options->dockerfile = cli_must (strdup (first + in));
  }
  else if (count > 0) {
    cli_say ("there is no Dockerfile.prod, Dockerfile or Containerfile in %s; found below, each with the command that drafts "
             "a spec beside it:", options->folder);
    cli_show_inits (options->folder, paths);
    code = CLI_USAGE;
  }
  return code;
}

/* With the line by which editors know its schema, where that is installed. They take the path up to a blank. */
static char *announced (char *yaml)
{
  _cleanup_free_ char *schema = cli_find_installed ("verify-prod.schema.json");

  if (!schema || strpbrk (schema, " \t\n"))
    return cli_format ("%s", yaml);
  return cli_format ("# yaml-language-server: $schema=%s\n%s", schema, yaml);
}

static int init (const struct init_options *options)
{
  const vprod_draft_options draft = {
    .size = sizeof draft,
    .dockerfile = options->dockerfile,
    .compose = options->compose,
    .on_guess = options->quiet ? NULL : say_guess,
  };
  vprod_error *err = NULL;
  _cleanup_free_ char *file = cli_format ("%s/" FILE_NAME, strcmp (options->folder, "/") == 0 ? "" : options->folder);
  char *yaml = NULL;
  int code = CLI_PASSED;

  int r = vprod_spec_draft (options->folder, &draft, &yaml, &err);
  if (r < 0)
    code = cli_fail (err, r == -VPROD_ERROR_NO_MEMORY ? CLI_NOT_TOLD : CLI_USAGE);
  else {
    _cleanup_free_ char *text = announced (yaml);
    if (options->to_stdout)
      fputs (text, stdout);
    else
      code = write_spec (options, file, text);
    if (!options->to_stdout && code == CLI_PASSED && !options->quiet)
      cli_say ("wrote %s; what was guessed is said in it. Next: " CLI_NAME "%s%s", file,
               strcmp (options->folder, ".") == 0 ? "" : " ", strcmp (options->folder, ".") == 0 ? "" : options->folder);
  }
  vprod_string_free (yaml);
  return code;
}

/* A folder, the Dockerfile itself, or a compose file. */
static void take_place (struct init_options *options, const char *place)
{
  const char *slash = strrchr (place, '/');
  struct stat st;
  size_t n = strlen (place);

  if (stat (place, &st) == 0 && !S_ISDIR (st.st_mode) && n > 0) {
    char **name = cli_is_compose (place) ? &options->compose : &options->dockerfile;
    *name = cli_must (strdup (slash ? slash + 1 : place));
    options->folder = cli_folder_of (place);
    return;
  }
  while (n > 1 && place[n - 1] == '/')
    n--;
  options->folder = cli_must (strndup (place, n));
}

static int run (int argc, char **argv)
{
  struct init_options options = { 0 };
  const char *place = NULL;
  int key;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":qh", long_options, NULL)) != -1)
    switch (key) {
    case OPT_FORCE:
      options.force = 1;
      break;
    case OPT_STDOUT:
      options.to_stdout = 1;
      break;
    case 'q':
      options.quiet = 1;
      break;
    case 'h':
      return cli_help (&cli_command_init);
    default:
      return cli_bad_option (key, argv, long_options);
    }
  for (; optind < argc; optind++)
    if (strcmp (argv[optind], "-") == 0)
      options.to_stdout = 1;
    else if (place)
      return cli_usage ("one DIR at a time: '%s' is one too many", argv[optind]);
    else
      place = argv[optind];
  if (place && !*place)
    return cli_usage ("init wants the name of a folder, not ''");
  take_place (&options, place ? place : ".");
  int code = look_below (&options);
  if (code == 0)
    code = init (&options);
  free (options.folder);
  free (options.dockerfile);
  free (options.compose);
  return code;
}

const struct cli_command cli_command_init = {
  .name = "init",
  .arguments = "[OPTION]... [DIR | DOCKERFILE | COMPOSE-FILE] [-]",
  .summary = "drafts a " FILE_NAME " from a Dockerfile and what is beside it",
  .options = "  --force              replace a " FILE_NAME " that is there\n"
             "  --stdout, -          print the draft, write nothing\n"
             "  -q, --quiet          do not say what was guessed\n",
  .run = run,
};
