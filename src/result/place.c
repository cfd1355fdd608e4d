/* SPDX-License-Identifier: MIT */
/*
 * A check looks at an image or a container; its result is about a line of the Dockerfile all the same, and that line is
 * what a person wants to be shown. Here it is found from what the result says of itself (its check, evidence and
 * findings), so that no check need know of lines.
 */
#include "result/place.h"
#include "util/file.h"
#include "dockerfile/steps.h"
#include "util/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT (1024 * 1024)

/* ---- in the Dockerfile --------------------------------------------------------------------------------- */

/* What the image is made of: the stage that is built, and those that it stands on. */
struct ground {
  const struct vprod__dockerfile *dockerfile;
  int stage;
};

static int line_of (const struct vprod__instruction *instruction)
{
  return instruction ? (int) instruction->line : 0;
}

/* 0 where it cannot be found. */
static int line_of_step (const struct ground *ground, const char *step, const char *stage)
{
  const struct vprod__instruction *found = NULL;

  if (step)
    vprod__dockerfile_step (ground->dockerfile, step, stage, &found);
  return line_of (found);
}

/* The last instruction of one of these words in the final stage, else in one that it stands on; its line or 0. */
static int last_of (const struct ground *ground, const char *const *words)
{
  for (int stage = ground->stage; stage >= 0; stage = ground->dockerfile->stages[stage].parent)
    for (size_t i = ground->dockerfile->count; i-- > 0;)
      if (ground->dockerfile->list[i].stage == stage && vprod__text_is_one_of (ground->dockerfile->list[i].name, words))
        return line_of (&ground->dockerfile->list[i]);
  return 0;
}

/* The first instruction of one of these words, in the final stage and those it stands on, that has this text. */
static int first_with (const struct ground *ground, const char *const *words, const char *text)
{
  for (int stage = ground->stage; text && *text && stage >= 0; stage = ground->dockerfile->stages[stage].parent)
    for (size_t i = 0; i < ground->dockerfile->count; i++)
      if (ground->dockerfile->list[i].stage == stage && vprod__text_is_one_of (ground->dockerfile->list[i].name, words)
          && strstr (ground->dockerfile->list[i].text, text))
        return line_of (&ground->dockerfile->list[i]);
  return 0;
}

static const char *const running[] = { "CMD", "ENTRYPOINT", NULL };

/* "dockerfile parse error line 3", "parse error on line 3", and "Dockerfile.prod:3" on a line of its own, as newer
   builders say it. */
static int line_that_is_told (const char *text)
{
  const char *p;

  if (!text)
    return 0;
  if ((p = strcasestr (text, "parse error line ")))
    return atoi (p + strlen ("parse error line "));
  if ((p = strcasestr (text, "parse error on line ")))
    return atoi (p + strlen ("parse error on line "));
  for (const char *line = text; *line; line += strcspn (line, "\n"), line += *line == '\n') {
    size_t length = strcspn (line, "\n"), digits = 0;
    while (digits < length && line[length - 1 - digits] >= '0' && line[length - 1 - digits] <= '9')
      digits++;
    if (digits > 0 && digits < 7 && length > digits + 1 && line[length - digits - 1] == ':'
        && strncasecmp (line, "Dockerfile", 10) == 0 && !memchr (line, ' ', length))
      return atoi (line + length - digits);
  }
  return 0;
}

static int of_build (const struct ground *ground, const vprod_result *result)
{
  int line = line_of_step (ground, vprod_result_get_evidence (result, "failed_step"), NULL);

  if (!line)
    line = line_that_is_told (vprod_result_get_message (result));
  if (!line)
    line = line_that_is_told (vprod_result_get_evidence (result, "builder_says"));
  if (!line)
    line = line_that_is_told (vprod_result_get_evidence (result, "log_tail"));
  return line;
}

static int of_layer_cache (const struct ground *ground, const vprod_result *result)
{
  const vprod_finding *finding = vprod_result_get_finding (result, 0);
  const char *stage = finding ? vprod_finding_get (finding, "stage") : NULL;
  int line = finding ? line_of_step (ground, vprod_finding_get (finding, "broken_by"), stage) : 0;

  return line || !finding ? line : line_of_step (ground, vprod_finding_get (finding, "step"), stage);
}

static int of_non_root (const struct ground *ground)
{
  static const char *const words[] = { "USER", NULL };

  return last_of (ground, words);
}

/* The first finding whose value of this name an instruction holds. */
static int of_findings (const struct ground *ground, const char *const *words, const vprod_result *result,
                        const char *name)
{
  int line = 0;

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++)
    line = first_with (ground, words, vprod_finding_get (vprod_result_get_finding (result, i), name));
  return line;
}

static int of_no_secrets (const struct ground *ground, const vprod_result *result)
{
  static const char *const setting[] = { "ENV", "ARG", "LABEL", "RUN", NULL };
  int line = of_findings (ground, setting, result, "variable");

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++) {
    const char *by = vprod_finding_get (vprod_result_get_finding (result, i), "created_by");
    const char *mark = by ? strstr (by, " # buildkit") : NULL;
    char *text = by ? strndup (by, mark ? (size_t) (mark - by) : strlen (by)) : NULL;
    line = line_of_step (ground, text, NULL);
    free (text);
  }
  return line;
}

static int of_required_env (const struct ground *ground, const vprod_result *result)
{
  static const char *const words[] = { "ENV", NULL };
  int line = 0;

  for (size_t i = 0; !line && i < vprod_result_count_findings (result); i++) {
    const vprod_finding *finding = vprod_result_get_finding (result, i);
    if (vprod_finding_get (finding, "image_default"))
      line = first_with (ground, words, vprod_finding_get (finding, "variable"));
  }
  return line ? line : last_of (ground, running);
}

static int of_check (const struct ground *ground, const vprod_result *result)
{
  static const char *const runs[] = { "RUN", NULL }, *const stops[] = { "STOPSIGNAL", NULL };
  const char *id = vprod_result_get_check (result);

  if (strcmp (id, "build") == 0)
    return of_build (ground, result);
  if (strcmp (id, "layer-cache") == 0)
    return of_layer_cache (ground, result);
  if (strcmp (id, "non-root") == 0)
    return of_non_root (ground);
  if (strcmp (id, "no-secrets") == 0)
    return of_no_secrets (ground, result);
  if (strcmp (id, "dev-deps-absent") == 0)
    return of_findings (ground, runs, result, "name");
  if (strcmp (id, "required-env") == 0)
    return of_required_env (ground, result);
  if (strcmp (id, "graceful-stop") == 0) {
    int line = last_of (ground, stops);
    return line ? line : last_of (ground, running);
  }
  if (strcmp (id, "start") == 0 || strcmp (id, "health") == 0 || strcmp (id, "startup-logs") == 0)
    return last_of (ground, running);
  return 0;
}

/* One fault may leave no better place than the stage that the image is made of. */
static int wants_stage (const char *id)
{
  return strcmp (id, "build") != 0 && strcmp (id, "build-context") != 0 && strcmp (id, "layer-cache") != 0;
}

int vprod__place_in_dockerfile (const char *text, const char *target, const vprod_result *result)
{
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };

  if (vprod__dockerfile_parse (text, strlen (text), &dockerfile) < 0)
    return -1;
  struct ground ground = { &dockerfile, target ? vprod__dockerfile_find_stage (&dockerfile, target) : -1 };
  if (ground.stage < 0)
    ground.stage = (int) dockerfile.n_stages - 1;
  int line = of_check (&ground, result);
  if (line <= 0 && wants_stage (vprod_result_get_check (result)))
    line = ground.stage >= 0 ? (int) dockerfile.stages[ground.stage].line : 0;
  return line > 0 ? line : 1;
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

/* ---- both ---------------------------------------------------------------------------------------------- */

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

void vprod__place_result (const vprod_spec *spec, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf dockerfile = { 0 }, yaml = { 0 };
  const char *ignore = vprod_result_get_evidence (result, "ignore_file");

  if (*vprod_result_get_file (result))
    return;
  if (ignore && strcmp (vprod_result_get_check (result), "build-context") == 0 && *ignore == '/'
      && access (ignore, R_OK) == 0)
    put (spec, ignore, 1, result);
  else if (!spec->image.ref && read_file (spec->image.dockerfile, &dockerfile)) {
    int line = vprod__place_in_dockerfile (vprod__buf_string (&dockerfile), spec->image.target, result);
    put (spec, spec->image.dockerfile, line < 1 ? 1 : line, result);
  }
  else if (read_file (spec->file, &yaml)) {
    _cleanup_free_ char *path = realpath (spec->file, NULL);
    if (path)
      put (spec, path, vprod__place_in_spec (vprod__buf_string (&yaml), result), result);
  }
}
