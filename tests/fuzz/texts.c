/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the texts that checks judge: what history, steps, paths, databases and commands say. Alone, the
 * program replays its corpus; with -fsanitize=fuzzer -DVPROD_LIBFUZZER it is libFuzzer's (see progress.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/path.h"
#include "checks/dev_deps_absent/facts.h"
#include "image/packages.h"
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"
#include "checks/no_secrets/facts.h"
#include "result/place.h"
#include "dockerfile/shell_words.h"
#include "replay.h"

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}


static int on_hit (void *data, const struct vprod__secret_hit *hit)
{
  (void) data;
  must (hit->rule && hit->description && hit->length > 0, "a hit has a rule and a value");
  must (memchr (hit->value, '\0', hit->length) == NULL, "a value ends before its text does");
  must (!hit->variable || memchr (hit->variable, '\0', hit->variable_length) == NULL, "so does a name");
  return 0;
}

static void read_history (char *text)
{
  static struct vprod__scan *scan; /* for good: it is the same for all */
  char *argv[] = { text, text, NULL };

  must (vprod__secrets_in_history (text, on_hit, NULL) == 0, "history is read");
  must (scan || vprod__scan_new (NULL, NULL, NULL, &scan, NULL) == 0, "rules compile");
  must (vprod__secrets_by_form (scan, text, on_hit, NULL) == 0, "forms are found");
  must (vprod__secrets_in_argv (argv, on_hit, NULL) == 0, "arguments are read");
  must (vprod__history_instruction (text) != NULL, "there is an instruction, or none");
}

static void read_step (char *text)
{
  char key[] = "1", stage[] = "";
  struct vprod__step step = { .key = key, .stage = stage, .text = text, .name = text, .state = VPROD_STEP_RAN };
  struct vprod__steps steps = { &step, 1 };
  struct vprod__install install;

  must (vprod__find_install (text, &install) == 0, "installs are found");
  must (vprod__step_takes (&step, "a/b.py") >= 0 && vprod__step_takes (&step, NULL) >= 0,
        "a step takes a file or not");
  must (vprod__step_breaker (&steps, &step, text) == &step, "one step has no other above");
  char *full = vprod__step_full_text (&step, text);
  must (full != NULL, "a step has a text");
  free (full);
}

static void read_path (char *text)
{
  static const struct vprod__package_folders none;
  struct vprod__database_reader reader = { .kind = VPROD__DATABASE_DPKG, .installed = -1 };
  size_t length = 0;

  if (vprod__package_in_path (text, VPROD__FILE_REGULAR, 0755, "gcc", &none, &length))
    must (length <= strlen (text), "a place is part of its path");
  vprod__package_database_of (text);
  vprod__path_is_under (text, "a/**/[b-d]*");
  must (vprod__path_is_under (text, text) >= 0, "a path may be its own pattern");
  vprod__database_line (&reader, text);
  vprod__database_line (&reader, "");
}

static void read_command (char *text)
{
  char shell[] = "sh", option[] = "-c", *argv[] = { shell, option, text, NULL }, *lone[] = { text, NULL },
       *why = NULL;
  struct vprod__once once = {
    .started = 1, .ended = 1, .exit_code = 1, .output = text, .output_length = strlen (text)
  };

  must (vprod__judge_command (argv, &once, NULL, &why) >= 0 && why, "a command is judged");
  free (why);
  why = NULL;
  once.started = 0;
  once.why = text;
  must (vprod__judge_command (lone, &once, NULL, &why) > VPROD__ABSENT - 1 && why, "a command is judged");
  free (why);
}

/* As a Dockerfile, and as what builders say of one. */
static void read_place (const char *text)
{
  static const char *const checks[] = { "build", "layer-cache", "no-secrets", "non-root", "dev-deps-absent" };
  int lines = 1;

  for (const char *p = text; *p; p++)
    lines += *p == '\n';
  for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
    vprod_result *result = NULL;
    must (vprod__result_new (checks[i], "title", &result, NULL) == 0, "there is memory");
    int line = vprod__place_in_dockerfile (text, NULL, result);
    must (line >= 1 && line <= lines, "a place is in its file");
    vprod__result_evidence (result, "failed_step", "%s", text);
    vprod__result_log_tail (result, text, strlen (text));
    vprod_finding *finding = vprod__result_finding (result, "%s", text);
    vprod__finding_set (finding, "broken_by", "%s", text);
    vprod__finding_set (finding, "created_by", "%s", text);
    vprod__finding_set (finding, "name", "%s", text);
    must (vprod__place_in_dockerfile (text, "0", result) >= 1, "there is a place");
    must (vprod__place_in_dockerfile ("FROM a AS b\nRUN <<A\nA\nRUN x\n", "b", result) >= 1, "there is a place");
    must (vprod__place_in_spec (text, result) >= 1, "there is a place");
    vprod_result_free (result);
  }
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  /* of its own, so that a sanitizer sees a step over its end; once whole, once line by line */
  char *text = strndup ((const char *) data, length), *save = NULL;

  must (text != NULL, "there is memory");
  read_history (text);
  read_step (text);
  read_path (text);
  read_command (text);
  read_place (text);
  for (char *line = strtok_r (text, "\n", &save); line; line = strtok_r (NULL, "\n", &save)) {
    char *own = strdup (line);
    must (own != NULL, "there is memory");
    read_history (own);
    read_step (own);
    read_path (own);
    read_command (own);
    read_place (own);
    free (own);
  }
  free (text);
  return 0;
}

#ifndef VPROD_LIBFUZZER
int main (int argc, char **argv)
{
  return fuzz_replay (argc, argv, "tests/fuzz/texts-corpus", "", 400);
}
#endif
