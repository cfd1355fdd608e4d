/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 65536 };

static unsigned next_random (unsigned *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

/* The bytes themselves, beginnings of them, and some of them changed. */
static void replay (const unsigned char *bytes, size_t length, int changes)
{
  static const unsigned char marks[] = "\0\t\n\r !\"#$%&'*,-0:<>?@[]`{|}~\x7f\x85\xc2\xe2\xff";
  unsigned state = (unsigned) length;
  unsigned char *changed = malloc (length + 1);

  if (!changed)
    abort ();
  LLVMFuzzerTestOneInput (bytes, length);
  for (int i = 0; i < changes && length > 0; i++) {
    size_t n = i % 3 ? length : next_random (&state) % length;
    memcpy (changed, bytes, n);
    for (unsigned c = next_random (&state) % 4; n > 0 && i % 3 && c < 4; c++)
      changed[next_random (&state) % n] = marks[next_random (&state) % (sizeof marks - 1)];
    LLVMFuzzerTestOneInput (changed, n);
  }
  free (changed);
}

static int replay_file (const char *folder, const char *name, int changes)
{
  static unsigned char bytes[MOST_BYTES];
  char *path = NULL;

  if (asprintf (&path, "%s/%s", folder, name) < 0)
    abort ();
  FILE *file = fopen (path, "rb");
  free (path);
  if (!file)
    return -1;
  size_t length = fread (bytes, 1, sizeof bytes, file);
  fclose (file);
  replay (bytes, length, changes);
  return 0;
}

int fuzz_replay (int argc, char **argv, const char *folder, const char *prefix, int changes)
{
  const char *srcdir = getenv ("VPROD_SRCDIR");
  char path[4096];
  struct dirent *entry;
  int files = 0, bad = 0;

  if (argc > 1)
    snprintf (path, sizeof path, "%s", argv[1]);
  else
    snprintf (path, sizeof path, "%s/%s", srcdir ? srcdir : ".", folder);
  DIR *dir = opendir (path);
  if (!dir) {
    printf ("Bail out! cannot open %s\n", path);
    return 1;
  }
  while ((entry = readdir (dir)))
    if (*entry->d_name != '.' && strncmp (entry->d_name, prefix, strlen (prefix)) == 0) {
      int r = replay_file (path, entry->d_name, changes);
      bad += r < 0;
      printf ("%s %d - %s\n", r < 0 ? "not ok" : "ok", ++files, entry->d_name);
    }
  closedir (dir);
  printf ("1..%d\n# %d files, each with %d changes\n", files, files, changes);
  return files == 0 || bad > 0;
}
