/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a spec, as one entry of one ("set KEY", newline, value), or as a file of rules ("# rules", newline). Alone, the program replays the files of
 * a folder and some changes of each, always the same ones; with -fsanitize=fuzzer -DVPROD_LIBFUZZER it is
 * libFuzzer's (libfyaml 0.7.12 itself leaks in some of its error paths, hence -detect_leaks=0):
 *
 *   clang -fsanitize=fuzzer,address,undefined -DVPROD_LIBFUZZER -D_GNU_SOURCE -Iinclude -Isrc tests/fuzz/spec.c \
 *     src/spec/[a-z]*.c src/util/[a-z]*.c -lfyaml -lpcre2-8 -lm -o fuzz-spec
 *   (after a build in the tree, which makes src/spec/options.c and src/spec/rule_options.c)
 *   ./fuzz-spec -detect_leaks=0 -max_len=2048 tests/fuzz/spec-corpus
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/keys.h"
#include "spec/pattern.h"
#include "spec/rules.h"
#include "spec/spec.h"

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length);

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}

/* What every user of a spec relies on. */
static void look_at (const vprod_spec *spec)
{
  vprod_spec *copy = NULL;
  char *signal = NULL;

  must (vprod__spec_copy (spec, &copy, NULL) == 0, "it can be copied");
  must (vprod__spec_check_name (copy->name) == NULL, "its name is fit for an image");
  must (*copy->image.context == '/', "its context is absolute");
  must (!copy->image.dockerfile || *copy->image.dockerfile == '/', "its Dockerfile is absolute");
  must (copy->run.port >= 0 && copy->run.port <= 65535, "its port is a port");
  for (char **env = copy->run.env; env && *env; env++)
    must (strchr (*env, '=') > *env, "a variable has a name");
  must (copy->checks.health.timeout_ms > 0, "a time limit is a time");
  must (!copy->checks.layer_cache.cached || *copy->checks.layer_cache.cached, "a list is not empty");
  if (copy->checks.graceful_stop.signal) {
    must (vprod__spec_signal (copy->checks.graceful_stop.signal, &signal) == 0, "its signal is one");
    must (strcmp (signal, copy->checks.graceful_stop.signal) == 0, "a signal's name stays what it is");
  }
  free (signal);
  vprod_spec_free (copy);
}

static void expect_error (int r, vprod_error *err, const char *begin)
{
  must (r == -VPROD_ERROR_SPEC, "wrong input is a SPEC error");
  const char *message = vprod_error_get_message (err);
  must (strncmp (message, begin, strlen (begin)) == 0, "the message begins with the place");
  must (strlen (message) < 8192, "the message is for people");
  for (const char *p = message; *p; p++)
    must (*p == '\n' || *p == '\t' || (unsigned char) *p >= 0x20, "the message has no control characters");
  vprod_error_free (err);
}

static void try_set (const char *text, size_t length)
{
  char *key = strndup (text, length), *value = strchr (key, '\n');
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  must (vprod_spec_new ("/", &spec, NULL) == 0, "there is a spec of defaults");
  must (vprod_spec_set (spec, "services.db", "{postgres: {}}", NULL) == 0, "a database can be named");
  if (value)
    *value++ = '\0';
  int r = vprod_spec_set (spec, key, value ? value : "", &err);
  if (r < 0)
    expect_error (r, err, "");
  look_at (spec);
  vprod_spec_free (spec);
  free (key);
}

/* What the search relies on. */
static void look_at_rule (const struct vprod__rule *rule)
{
  struct vprod__pattern *pattern = NULL;
  char *why = NULL;

  must (rule->id && vprod__spec_check_rule_id (rule->id) == NULL, "a rule has an id");
  must (rule->description && *rule->description, "a rule has a description");
  must (rule->regex || rule->path, "a rule has something to look for");
  if (!rule->regex)
    return;
  must (vprod__pattern_new (rule->regex, &pattern, &why) == 0, "its pattern can be compiled");
  must ((unsigned) rule->secret_group <= vprod__pattern_groups (pattern), "its group is there");
  vprod__pattern_free (pattern);
}

static void try_rules (const char *text, size_t length)
{
  struct vprod__rules *rules = NULL;
  vprod_error *err = NULL;
  int r = vprod__rules_parse (text, length, "f", &rules, &err);

  if (r < 0)
    expect_error (r, err, "f:");
  for (size_t i = 0; rules && i < rules->files[0].n_rules; i++)
    look_at_rule (&rules->files[0].rules[i]);
  vprod__rules_unref (rules);
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  const char *text = (const char *) data;
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  if (length > 8 && memcmp (text, "# rules\n", 8) == 0) {
    try_rules (text, length);
    return 0;
  }

  if (length > 4 && memcmp (text, "set ", 4) == 0) {
    try_set (text + 4, length - 4);
    return 0;
  }
  int r = vprod_spec_parse (text, length, "f", "/", &spec, &err);
  if (r < 0)
    expect_error (r, err, "f:");
  else
    look_at (spec);
  vprod_spec_free (spec);
  return 0;
}

#ifndef VPROD_LIBFUZZER

enum { MOST_BYTES = 65536, CHANGES = 1000 };

static unsigned next_random (unsigned *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/* The file itself, its beginnings, and changes of it. */
static void replay (const unsigned char *bytes, size_t length)
{
  static const unsigned char marks[] = "\0\t\n\r !\"#$%&'*,-0:<>?@[]`{|}~\x7f\x85\xc2\xe2\xff";
  unsigned state = (unsigned) length;
  unsigned char *changed = malloc (length + 1);

  must (changed != NULL, "there is memory");
  LLVMFuzzerTestOneInput (bytes, length);
  for (int i = 0; i < CHANGES && length > 0; i++) {
    size_t n = i % 3 ? length : next_random (&state) % length;
    memcpy (changed, bytes, n);
    for (unsigned c = next_random (&state) % 4; n > 0 && i % 3 && c < 4; c++)
      changed[next_random (&state) % n] = marks[next_random (&state) % (sizeof marks - 1)];
    LLVMFuzzerTestOneInput (changed, n);
  }
  free (changed);
}

static int replay_file (const char *folder, const char *name)
{
  static unsigned char bytes[MOST_BYTES];
  char *path = NULL;

  must (asprintf (&path, "%s/%s", folder, name) > 0, "there is memory");
  FILE *file = fopen (path, "rb");
  free (path);
  if (!file)
    return -1;
  size_t length = fread (bytes, 1, sizeof bytes, file);
  fclose (file);
  replay (bytes, length);
  return 0;
}

int main (int argc, char **argv)
{
  const char *srcdir = getenv ("VPROD_SRCDIR");
  char *folder = NULL;
  struct dirent *entry;
  int files = 0, bad = 0;

  must (argc > 1 ? (folder = strdup (argv[1])) != NULL
                 : asprintf (&folder, "%s/tests/fuzz/spec-corpus", srcdir ? srcdir : ".") > 0, "there is memory");
  DIR *dir = opendir (folder);
  if (!dir) {
    printf ("Bail out! cannot open %s\n", folder);
    free (folder);
    return 1;
  }
  while ((entry = readdir (dir)))
    if (*entry->d_name != '.') {
      int r = replay_file (folder, entry->d_name);
      bad += r < 0;
      printf ("%s %d - %s\n", r < 0 ? "not ok" : "ok", ++files, entry->d_name);
    }
  closedir (dir);
  free (folder);
  printf ("1..%d\n# %d files, each with %d changes\n", files, files, CHANGES);
  return files == 0 || bad > 0;
}

#endif
