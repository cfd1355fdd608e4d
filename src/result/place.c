/* SPDX-License-Identifier: MIT */
/*
 * A check looks at an image or a container, but its result is about a line of the Dockerfile, and that line is what a
 * person wants to be shown. It is found afterwards, from the result's evidence and findings, by the rule of its check.
 */
#include "result/place.h"
#include "util/file.h"
#include "dockerfile/layer_lines.h"
#include "dockerfile/steps.h"
#include "util/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT (1024 * 1024)

/* ---- in the Dockerfile --------------------------------------------------------------------------------- */

static int line_of (const struct vprod__instruction *instruction)
{
  return instruction ? (int) instruction->line : 0;
}

int vprod__line_of_step (const struct vprod__built *built, const char *step, const char *stage)
{
  const struct vprod__instruction *found = NULL;

  if (step)
    vprod__dockerfile_step (built->dockerfile, step, stage, &found);
  return line_of (found);
}

int vprod__line_of_last (const struct vprod__built *built, const char *const *words)
{
  const struct vprod__dockerfile *dockerfile = built->dockerfile;

  for (int stage = built->stage; stage >= 0; stage = dockerfile->stages[stage].parent)
    for (size_t i = dockerfile->count; i-- > 0;)
      if (dockerfile->list[i].stage == stage && vprod__text_is_one_of (dockerfile->list[i].name, words))
        return line_of (&dockerfile->list[i]);
  return 0;
}

int vprod__line_with (const struct vprod__built *built, const char *const *words, const char *text)
{
  const struct vprod__dockerfile *dockerfile = built->dockerfile;

  for (int stage = built->stage; text && *text && stage >= 0; stage = dockerfile->stages[stage].parent)
    for (size_t i = 0; i < dockerfile->count; i++)
      if (dockerfile->list[i].stage == stage && vprod__text_is_one_of (dockerfile->list[i].name, words)
          && strstr (dockerfile->list[i].text, text))
        return line_of (&dockerfile->list[i]);
  return 0;
}

int vprod__line_of_findings (const struct vprod__built *built, const char *const *words, const vprod_result *result,
                             const char *name)
{
  int line = 0;

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++)
    line = vprod__line_with (built, words, vprod_finding_find_field (vprod_result_get_finding_at (result, i), name));
  return line;
}

int vprod__line_of_command (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "CMD", "ENTRYPOINT", NULL };

  return vprod__line_of_last (built, words);
}

/* The stage that is built: the one of that name, else the last. */
static int built_stage (const struct vprod__dockerfile *dockerfile, const char *target)
{
  int stage = target ? vprod__dockerfile_find_stage (dockerfile, target) : -1;

  return stage < 0 ? (int) dockerfile->n_stages - 1 : stage;
}

int vprod__place_in_dockerfile (const char *text, const char *target, const struct vprod__place_rule *rule,
                                const vprod_result *result)
{
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };

  if (vprod__dockerfile_parse (text, strlen (text), &dockerfile) < 0)
    return -1;
  struct vprod__built built = { &dockerfile, built_stage (&dockerfile, target) };
  int line = rule->line ? rule->line (&built, result) : 0;
  if (line <= 0)
    line = built.stage >= 0 ? (int) dockerfile.stages[built.stage].line : 0;
  return line > 0 ? line : 1;
}

int vprod__place_layers (const vprod_spec *spec, const char *const *created_by, size_t count, int *ret_lines, size_t *ret_base)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };

  *ret_base = 0;
  memset (ret_lines, 0, count * sizeof *ret_lines);
  if (spec->image.ref || !spec->image.dockerfile || vprod__file_read (spec->image.dockerfile, FILE_LIMIT, &text, NULL) < 0)
    return 0;
  if (vprod__dockerfile_parse (vprod__buf_string (&text), text.length, &dockerfile) < 0)
    return -1;
  vprod__dockerfile_name_contexts (&dockerfile, spec->image.contexts);
  return vprod__dockerfile_layer_lines (&dockerfile, built_stage (&dockerfile, spec->image.target), created_by, count, ret_lines,
                                        ret_base);
}

/* ---- in the spec --------------------------------------------------------------------------------------- */

static int line_with_key (const char *text, const char *key)
{
  size_t length = strlen (key);
  int number = 1;

  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n', number++) {
    const char *p = line + strspn (line, " ");
    if (strncmp (p, key, length) == 0 && p[length] == ':')
      return number;
  }
  return 0;
}

int vprod__place_in_spec (const char *text, const vprod_result *result)
{
  int line = line_with_key (text, vprod_result_get_check (result));

  if (!line)
    line = line_with_key (text, "image");
  return line ? line : 1;
}

/* ---- the file's name ----------------------------------------------------------------------------------- */

/* The length of the nearest folder above path that has a .git, or 0. */
static size_t repository (const char *path)
{
  for (size_t length = strlen (path); length > 0;) {
    do
      length--;
    while (length > 0 && path[length] != '/');
    char *git = NULL;
    if (asprintf (&git, "%.*s/.git", (int) length, path) < 0)
      return 0;
    int there = access (git, F_OK) == 0;
    free (git);
    if (there)
      return length;
  }
  return 0;
}

/* What is left of path below a folder of that many bytes. */
static char *below (const char *path, size_t length)
{
  return strdup (path + length + (path[length] == '/'));
}

static int is_below (const char *path, const char *folder)
{
  size_t length = strlen (folder);

  return length > 1 && strncmp (path, folder, length) == 0 && path[length] == '/';
}

char *vprod__place_path (const char *path, const char *base_dir)
{
  char here[PATH_MAX];
  char *real = realpath (path, NULL);
  const char *from = real ? real : path;
  size_t length = repository (from);
  char *shown;

  if (length > 0)
    shown = below (from, length);
  else if (getcwd (here, sizeof here) && is_below (from, here))
    shown = below (from, strlen (here));
  else if (is_below (from, base_dir))
    shown = below (from, strlen (base_dir));
  else
    shown = strdup (strrchr (from, '/') ? strrchr (from, '/') + 1 : from);
  free (real);
  return shown;
}

/* ---- a result ------------------------------------------------------------------------------------------ */

static void put (const vprod_spec *spec, const char *path, int line, vprod_result *result)
{
  _cleanup_free_ char *shown = vprod__place_path (path, spec->base_dir);

  if (shown)
    vprod__result_set_place (result, shown, line);
}

/* What is read goes to *ret. 1: the file was there. */
static int read_file (const char *path, struct vprod__buf *ret)
{
  return path && vprod__file_read (path, FILE_LIMIT, ret, NULL) == 0;
}

void vprod__place_result (const vprod_spec *spec, const struct vprod__place_rule *rule, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf dockerfile = { 0 }, yaml = { 0 };
  const char *file = rule->file ? vprod_result_find_evidence (result, rule->file) : NULL;

  if (*vprod_result_get_file (result))
    return;
  if (file && *file == '/' && access (file, R_OK) == 0)
    put (spec, file, 1, result);
  else if (!spec->image.ref && read_file (spec->image.dockerfile, &dockerfile)) {
    int line = vprod__place_in_dockerfile (vprod__buf_string (&dockerfile), spec->image.target, rule, result);
    put (spec, spec->image.dockerfile, line < 1 ? 1 : line, result);
  }
  else if (read_file (spec->file, &yaml)) {
    _cleanup_free_ char *path = realpath (spec->file, NULL);
    if (path)
      put (spec, path, vprod__place_in_spec (vprod__buf_string (&yaml), result), result);
  }
}
