/* SPDX-License-Identifier: MIT */
/*
 * recall [--missed] [--alarms] [--rules FILE] FOLDER: how much of a corpus of secrets the library's scanner finds, how often it is wrong, and
 * how fast it is. The corpus lies outside the tree:
 *
 *   FOLDER/secrets/    samples, each of which holds a secret
 *   FOLDER/harmless/   samples that hold none
 *
 * A file there is a sample; its path below these folders is the path that it would have in an image, which says to the scanner
 * whether it holds settings: secrets/app/.env, harmless/usr/lib/python3/dist-packages/x.py. Of a file whose name ends in ".jsonl"
 * each line is a sample, a JSON object:
 *
 *   {"text": "…", "path": "app/.env", "value": "…", "name": "…"}
 *
 * text: the file's content. path: if it is left out, "app/text.txt". value: of a secret, if it is there: what is found must be in
 * it, or it in what is found; else anything that is found counts. name: for the lists.
 *
 * Figures are printed for each .jsonl file, and for each folder directly below secrets and harmless. --missed lists the secrets
 * that are not found, --alarms what is found in harmless samples, by name and rule. No value is printed.
 *
 * --rules FILE: with a user's own rules, too (checks.no-secrets.rules). A check leaves out, besides, what a package manager's list of files says that it installed (image/installed.h).
 */
#include "scan/own.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/grow.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define PIECE (256 * 1024) /* bytes that the scanner is given at a time, as of a layer */

struct group {
  char *name;
  bool is_harmless;
  size_t samples, hits;
};

static struct bench {
  bool list_missed, list_alarms;
  struct vprod__scan *scan;
  struct group *groups;
  size_t n_groups;
  uint64_t bytes;
  double seconds;
  /* of the current sample */
  const char *value;
  bool is_hit;
  char rule[64];
} bench;

static void die (const char *what, const char *why)
{
  fprintf (stderr, "recall: %s: %s\n", what, why);
  exit (2);
}

static void check (int r, vprod_error *const *err)
{
  if (r < 0)
    die ("the scanner", vprod_error_get_message (*err));
}

static double cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

/* ---- one sample ---------------------------------------------------------------------------------------------------- */

static int on_secret (void *data, const struct vprod__secret *secret)
{
  (void) data;
  if (bench.value && !strstr (secret->value, bench.value) && !strstr (bench.value, secret->value))
    return 0;
  if (!bench.is_hit)
    snprintf (bench.rule, sizeof bench.rule, "%s", secret->rule);
  bench.is_hit = true;
  return 0;
}

static struct group *group_of (const char *name, bool is_harmless)
{
  for (size_t i = 0; i < bench.n_groups; i++)
    if (bench.groups[i].is_harmless == is_harmless && strcmp (bench.groups[i].name, name) == 0)
      return &bench.groups[i];
  if (vprod__grow (&bench.groups, bench.n_groups) < 0)
    die (name, "out of memory");
  bench.groups[bench.n_groups] = (struct group) { .name = strdup (name), .is_harmless = is_harmless };
  return &bench.groups[bench.n_groups++];
}

static void begin (const char *path, const char *value)
{
  vprod_error *err = NULL;
  double before = cpu_seconds ();

  bench.value = value;
  bench.is_hit = false;
  check (vprod__scan_begin (bench.scan, path, &err), &err);
  bench.seconds += cpu_seconds () - before;
}

static void add (const void *bytes, size_t length)
{
  vprod_error *err = NULL;
  double before = cpu_seconds ();

  bench.bytes += length;
  check (vprod__scan_bytes (bench.scan, bytes, length, &err), &err);
  bench.seconds += cpu_seconds () - before;
}

static void end (struct group *group, const char *name)
{
  vprod_error *err = NULL;
  double before = cpu_seconds ();

  check (vprod__scan_end (bench.scan, &err), &err);
  bench.seconds += cpu_seconds () - before;
  group->samples++;
  group->hits += bench.is_hit;
  if (group->is_harmless && bench.is_hit && bench.list_alarms)
    printf ("alarm   %s: %s\n", name, bench.rule);
  if (!group->is_harmless && !bench.is_hit && bench.list_missed)
    printf ("missed  %s\n", name);
}

/* ---- files of samples ------------------------------------------------------------------------------------------------ */

static void read_whole (FILE *file, const char *path, struct group *group, const char *name)
{
  static char piece[PIECE];
  size_t n;

  begin (path, NULL);
  while ((n = fread (piece, 1, sizeof piece, file)) > 0)
    add (piece, n);
  end (group, name);
}

static void read_line (const char *line, size_t length, struct group *group, const char *where)
{
  json_error_t error;
  const char *text, *path = "app/text.txt", *value = NULL, *name = where;
  size_t n;
  json_t *sample = json_loadb (line, length, JSON_ALLOW_NUL, &error);

  if (!sample)
    die (where, error.text);
  if (json_unpack_ex (sample, &error, 0, "{s:s%,s?s,s?s,s?s}", "text", &text, &n, "path", &path, "value", &value, "name", &name) < 0)
    die (where, error.text);
  begin (path, value);
  for (; n > PIECE; n -= PIECE, text += PIECE)
    add (text, PIECE);
  add (text, n);
  end (group, name);
  json_decref (sample);
}

static void read_lines (FILE *file, struct group *group, const char *name)
{
  char *line = NULL, where[4096];
  size_t room = 0, number = 0;
  ssize_t n;

  while ((n = getline (&line, &room, file)) > 0) {
    snprintf (where, sizeof where, "%s:%zu", name, ++number);
    if (strspn (line, " \t\r\n") < (size_t) n)
      read_line (line, (size_t) n, group, where);
  }
  free (line);
}

/* path: below secrets or harmless. */
static void read_file (const char *file_name, const char *path, bool is_harmless)
{
  const char *dot = strrchr (path, '.');
  bool has_lines = dot && strcmp (dot, ".jsonl") == 0;
  _cleanup_free_ char *folder = strndup (path, strcspn (path, "/"));
  FILE *file = fopen (file_name, "re");

  if (!file || !folder)
    die (file_name, strerror (errno));
  struct group *group = group_of (has_lines ? path : strchr (path, '/') ? folder : ".", is_harmless);
  if (has_lines)
    read_lines (file, group, path);
  else
    read_whole (file, path, group, path);
  if (ferror (file))
    die (file_name, strerror (errno));
  fclose (file);
}

/* folder, and path below secrets or harmless, of which the folder's name has the rest. */
static void read_folder (const char *folder, const char *path, bool is_harmless)
{
  struct dirent **entries = NULL;
  int n = scandir (folder, &entries, NULL, alphasort);

  if (n < 0 && (errno != ENOENT || *path))
    die (folder, strerror (errno));
  for (int i = 0; i < n; i++) {
    const char *name = entries[i]->d_name;
    _cleanup_free_ char *file = vprod__asprintf ("%s/%s", folder, name);
    _cleanup_free_ char *below = vprod__asprintf ("%s%s%s", path, *path ? "/" : "", name);
    struct stat is;
    if (!file || !below || lstat (file, &is) < 0)
      die (folder, strerror (errno));
    if (S_ISREG (is.st_mode))
      read_file (file, below, is_harmless);
    else if (S_ISDIR (is.st_mode) && strcmp (name, ".") != 0 && strcmp (name, "..") != 0)
      read_folder (file, below, is_harmless);
    free (entries[i]);
  }
  free (entries);
}

static void read_part (const char *corpus, bool is_harmless)
{
  _cleanup_free_ char *folder = vprod__asprintf ("%s/%s", corpus, is_harmless ? "harmless" : "secrets");

  if (!folder)
    die (corpus, "out of memory");
  read_folder (folder, "", is_harmless);
}

/* ---- what is said ---------------------------------------------------------------------------------------------------- */

static void tell (const struct group *group)
{
  printf ("%-9s %-40s %7zu of %7zu %s  %5.1f %%\n", group->is_harmless ? "harmless" : "secrets", group->name ? group->name : "all", group->hits,
          group->samples, group->is_harmless ? "alarms" : "found ",
          group->samples ? 100.0 * (double) group->hits / (double) group->samples : 0);
}

static void tell_all (bool is_harmless)
{
  struct group sum = { .is_harmless = is_harmless };
  size_t n = 0;

  for (size_t i = 0; i < bench.n_groups; i++)
    if (bench.groups[i].is_harmless == is_harmless) {
      tell (&bench.groups[i]);
      sum.samples += bench.groups[i].samples;
      sum.hits += bench.groups[i].hits;
      n++;
    }
  if (n > 1)
    tell (&sum);
}

int main (int argc, char **argv)
{
  static const struct option options[] = {
    { "missed", no_argument, NULL, 'm' }, { "alarms", no_argument, NULL, 'a' }, { "rules", required_argument, NULL, 'r' }, { 0 },
  };
  char *rules_file[] = { NULL, NULL };
  struct vprod__rules *rules = NULL;
  struct vprod__own *own = NULL;
  vprod_error *err = NULL;
  struct rusage usage;

  for (int c; (c = getopt_long (argc, argv, "", options, NULL)) != -1;)
    if (c == 'm')
      bench.list_missed = true;
    else if (c == 'a')
      bench.list_alarms = true;
    else if (c == 'r')
      rules_file[0] = optarg;
    else
      argc = 0;
  if (argc != optind + 1) {
    fprintf (stderr, "usage: recall [--missed] [--alarms] [--rules FILE] FOLDER\n");
    return 2;
  }
  check (vprod__rules_load (rules_file, &rules, &err), &err);
  double before = cpu_seconds ();
  if (rules)
    check (vprod__own_new (rules, &own, &err), &err);
  check (vprod__scan_new (NULL, on_secret, NULL, &bench.scan, &err), &err);
  check (vprod__scan_use (bench.scan, own, &err), &err);
  double made = cpu_seconds () - before;
  read_part (argv[optind], false);
  read_part (argv[optind], true);
  if (bench.n_groups == 0)
    die (argv[optind], "no samples: see the head of tests/bench/recall.c");
  tell_all (false);
  tell_all (true);
  getrusage (RUSAGE_SELF, &usage);
  printf ("scanner made in %.0f ms CPU; %.1f MB in %.2f s CPU, %.0f MB/s; %.1f MB resident at most\n", made * 1e3,
          (double) bench.bytes / 1e6, bench.seconds, bench.seconds > 0 ? (double) bench.bytes / 1e6 / bench.seconds : 0,
          (double) usage.ru_maxrss / 1024);
  vprod__scan_free (bench.scan);
  vprod__own_free (own);
  vprod__rules_unref (rules);
  for (size_t i = 0; i < bench.n_groups; i++)
    free (bench.groups[i].name);
  free (bench.groups);
  return 0;
}
