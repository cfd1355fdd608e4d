/* SPDX-License-Identifier: MIT */
/*
 * verify-prod specs: the specs below a folder, for a scheduler. They are sorted by their bytes, so that every worker has the
 * same list and takes its part of it. What .gitignore leaves out is not looked into; links to folders are not followed.
 */
#include "cli.h"
#include "shard.h"
#include "util/gitignore.h"
#include "util/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "verify-prod.yaml"
#define MOST_DEPTH 64
#define MOST_IGNORED (1024 * 1024) /* bytes of a .gitignore */

enum { OPT_SHARD = 256, OPT_JSON };

static const struct option long_options[] = {
  { "shard", required_argument, NULL, OPT_SHARD },
  { "json", no_argument, NULL, OPT_JSON },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

/* ---- looking --------------------------------------------------------------------------------------------------- */

/* A folder, and those above it, whose .gitignore holds for it. */
struct level {
  const struct level *above;
  struct vprod__gitignore *ignore; /* NULL: none */
  size_t skip;                     /* bytes of a path below it that lead to it */
};

struct walk {
  char **found;
  int bad; /* a folder could not be read */
};

static int is_ignored (const struct level *level, const char *path, int is_folder)
{
  for (; level; level = level->above) {
    int says = vprod__gitignore_says (level->ignore, path + level->skip, is_folder);
    if (says != 0)
      return says > 0;
  }
  return 0;
}

/* The .gitignore in a folder; *ret stays NULL where there is none. A FIFO of that name is none, and not waited for. */
static int read_ignore (const char *folder, struct vprod__gitignore **ret)
{
  _cleanup_free_ char *path = cli_format ("%s/.gitignore", strcmp (folder, "/") == 0 ? "" : folder), *text = NULL;
  _cleanup_close_ int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat st;

  if (fd < 0 && errno == ENOENT)
    return 0;
  if (fd < 0 || fstat (fd, &st) < 0) {
    cli_say ("cannot read %s: %s", path, strerror (errno));
    return -1;
  }
  if (!S_ISREG (st.st_mode))
    return 0;
  if (st.st_size > MOST_IGNORED) {
    cli_say ("cannot read %s: it is too large", path);
    return -1;
  }
  text = cli_must (calloc (1, (size_t) st.st_size + 1));
  for (ssize_t done = 0, n; done < st.st_size && (n = read (fd, text + done, (size_t) (st.st_size - done))) > 0;)
    done += n;
  *ret = cli_must (vprod__gitignore_parse (text));
  return 0;
}

static void walk (struct walk *state, const char *real, const char *shown, const struct level *above, int depth);

/* path: as it is opened; shown: as it is printed. */
static void look (struct walk *state, const char *path, const char *shown, const char *name, const struct level *level, int depth)
{
  struct stat st;

  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || strcmp (name, ".git") == 0 || lstat (path, &st) < 0)
    return;
  if (S_ISLNK (st.st_mode) && (strcmp (name, FILE_NAME) != 0 || stat (path, &st) < 0 || S_ISDIR (st.st_mode)))
    return;
  if (is_ignored (level, path, S_ISDIR (st.st_mode)))
    return;
  if (S_ISDIR (st.st_mode))
    walk (state, path, shown, level, depth + 1);
  else if (S_ISREG (st.st_mode) && strcmp (name, FILE_NAME) == 0)
    cli_add (&state->found, shown);
}

static void walk (struct walk *state, const char *real, const char *shown, const struct level *above, int depth)
{
  struct level level = { .above = above, .skip = strlen (real) + 1 };
  DIR *folder = depth < MOST_DEPTH ? opendir (real) : NULL;

  if (!folder) {
    cli_say ("cannot read the folder %s: %s", real, depth < MOST_DEPTH ? strerror (errno) : "it lies too deep");
    state->bad = 1;
    return;
  }
  state->bad |= read_ignore (real, &level.ignore) < 0;
  for (struct dirent *entry; (entry = readdir (folder));) {
    _cleanup_free_ char *path = cli_format ("%s/%s", real, entry->d_name);
    _cleanup_free_ char *name = cli_format ("%s%s%s", shown, *shown && shown[strlen (shown) - 1] != '/' ? "/" : "", entry->d_name);
    look (state, path, name, entry->d_name, &level, depth);
  }
  closedir (folder);
  vprod__gitignore_free (level.ignore);
}

/* Begins at the top of the repository that the folder is in: the .gitignore files on the way to it hold for it, too. from: the
   length of the part of its path that is done. */
static void enter (struct walk *state, char *real, size_t from, const char *shown, const struct level *above)
{
  size_t next = from + strcspn (real + from + 1, "/") + 1;
  struct level level = { .above = above, .skip = from + 1 };

  if (!real[from]) {
    walk (state, real, shown, above, 0);
    return;
  }
  real[from] = '\0';
  state->bad |= read_ignore (from > 0 ? real : "/", &level.ignore) < 0;
  real[from] = '/';
  enter (state, real, next, shown, &level);
  vprod__gitignore_free (level.ignore);
}

/* The length of the path of the repository's top that this folder is in, or of the folder itself. */
static size_t top_of (char *real)
{
  for (size_t length = strlen (real); length > 0;) {
    char kept = real[length];
    struct stat st;
    real[length] = '\0';
    _cleanup_free_ char *git = cli_format ("%s/.git", real);
    real[length] = kept;
    if (lstat (git, &st) == 0)
      return length;
    do
      length--;
    while (length > 0 && real[length] != '/');
  }
  return strlen (real);
}

static int by_bytes (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* ---- printing -------------------------------------------------------------------------------------------------- */

static int cannot_be_listed (const char *path)
{
  _cleanup_free_ char *harmless = vprod__text_harmless (path, strlen (path));

  cli_say ("a path that is not one line of UTF-8 cannot be listed: %s", harmless ? harmless : "");
  return CLI_USAGE;
}

static int print (char *const *paths, const struct shard *shard, int json)
{
  json_t *list = cli_must (json_array ());

  for (size_t i = 0; paths && paths[i]; i++) {
    if (!shard_has (shard, i))
      continue;
    json_t *text = strchr (paths[i], '\n') ? NULL : json_string (paths[i]);
    if (!text) {
      json_decref (list);
      return cannot_be_listed (paths[i]);
    }
    json_array_append_new (list, text);
  }
  if (json) {
    _cleanup_free_ char *line = cli_must (json_dumps (list, JSON_COMPACT));
    puts (line);
  }
  else
    for (size_t i = 0; i < json_array_size (list); i++)
      puts (json_string_value (json_array_get (list, i)));
  json_decref (list);
  return CLI_PASSED;
}

static int list (const char *folder, const struct shard *shard, int json)
{
  _cleanup_free_ char *real = realpath (folder, NULL);
  _cleanup_strv_ char **found = NULL;
  struct walk state = { 0 };
  struct stat st;

  if (!real || stat (real, &st) < 0 || !S_ISDIR (st.st_mode)) {
    cli_say ("cannot read the folder %s: %s", folder, strerror (real ? ENOTDIR : errno));
    return CLI_USAGE;
  }
  if (strcmp (real, "/") == 0)
    *real = '\0'; /* paths below it begin with a slash by themselves */
  enter (&state, real, top_of (real), strcmp (folder, ".") == 0 ? "" : folder, NULL);
  found = state.found;
  if (state.bad)
    return CLI_NOT_TOLD; /* a list that lacks some would leave them out everywhere */
  if (!found) {
    cli_say ("there is no " FILE_NAME " in or below %s", folder);
    return CLI_USAGE;
  }
  qsort (found, vprod__strv_length (found), sizeof *found, by_bytes);
  return print (found, shard, json);
}

static int choose_shard (const char *given, struct shard *ret)
{
  _cleanup_free_ char *why = NULL;

  *ret = (struct shard) { 0, 1 };
  if (given && shard_parse (given, ret) < 0)
    return cli_usage ("--shard wants K/N, such as 1/4, with K from 1 to N, not '%s'", given);
  if (!given && shard_from_env (ret, &why) < 0) {
    cli_say ("%s", why ? why : "out of memory");
    return CLI_USAGE;
  }
  return 0;
}

static int run (int argc, char **argv)
{
  const char *given = NULL;
  struct shard shard;
  int key, json = 0;

  opterr = 0;
  while ((key = getopt_long (argc, argv, ":h", long_options, NULL)) != -1)
    switch (key) {
    case OPT_SHARD:
      given = optarg;
      break;
    case OPT_JSON:
      json = 1;
      break;
    case 'h':
      return cli_help (&cli_command_specs);
    default:
      return cli_bad_option (key, argv, long_options);
    }
  if (argc - optind > 1)
    return cli_usage ("one folder at a time: '%s' is one too many", argv[optind + 1]);
  int code = choose_shard (given, &shard);
  return code != 0 ? code : list (optind < argc ? argv[optind] : ".", &shard, json);
}

const struct cli_command cli_command_specs = {
  .name = "specs",
  .arguments = "[DIR] [--shard K/N] [--json]",
  .summary = "the specs in and below DIR, one a line, sorted: for a scheduler",
  .options = "  --shard K/N          only the Kth of N parts (default: as Kubernetes, Slurm, GitLab, Buildkite\n"
             "                       or CircleCI say in the environment, else all)\n"
             "  --json               as a JSON list on one line\n",
  .run = run,
};
