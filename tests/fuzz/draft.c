/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a Dockerfile, and as what stands beside it: the draft is a spec that loads (vprod_spec_draft parses it
 * itself and would fail). Alone, the program replays its corpus; with -fsanitize=fuzzer -DVPROD_LIBFUZZER it is libFuzzer's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <verify-prod/spec.h>
#include "replay.h"

static const char *const names[] = { "Dockerfile", ".dockerignore", ".env.example", "package.json", "requirements.txt", "settings.py",
                                     "application.yml", "entrypoint.sh", "compose.yaml", "compose.override.yaml", "urls.py", "app.js",
                                     "uwsgi.ini", "docker-bake.hcl", ".env", NULL };
static char folder[] = "/tmp/verify-prod-fuzz.XXXXXX";

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}

static void path_of (const char *name, char path[static 256])
{
  snprintf (path, 256, "%s/%s", folder, name);
}

static void put (const char *name, const char *head, const unsigned char *data, size_t length)
{
  char path[256];
  path_of (name, path);
  FILE *file = fopen (path, "w");
  must (file != NULL, "a file can be written");
  fputs (head, file);
  fwrite (data, 1, length, file);
  fclose (file);
}

static void clean (void)
{
  for (size_t i = 0; names[i]; i++) {
    char path[256];
    path_of (names[i], path);
    unlink (path);
  }
  rmdir (folder);
}

static void draft (void)
{
  vprod_error *err = NULL;
  char *yaml = NULL;

  if (vprod_spec_draft (folder, NULL, &yaml, &err) < 0)
    fprintf (stderr, "%s\n", vprod_error_get_message (err));
  must (yaml != NULL && err == NULL, "there is a draft, and it loads");
  free (yaml);
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  static int begun;

  if (!begun) {
    must (mkdtemp (folder) != NULL, "a folder can be made");
    atexit (clean);
    begun = 1;
  }
  put ("Dockerfile", "", data, length);
  draft ();
  /* the same bytes beside a Dockerfile that copies all */
  put ("Dockerfile", "FROM a\nCOPY . .\nRUN --mount=type=secret,id=a --mount=type=ssh npm ci\nCMD uwsgi uwsgi.ini\n", data, 0);
  for (size_t i = 1; names[i]; i++)
    put (names[i], strcmp (names[i], "settings.py") == 0 ? "class A(BaseSettings):\n" : "", data, length);
  draft ();
  for (size_t i = 1; names[i]; i++) {
    char path[256];
    path_of (names[i], path);
    unlink (path);
  }
  return 0;
}

#ifndef VPROD_LIBFUZZER
int main (int argc, char **argv)
{
  return fuzz_replay (argc, argv, "tests/fuzz/draft-corpus", "", 60);
}
#endif
