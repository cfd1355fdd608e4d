/* SPDX-License-Identifier: MIT */
/*
 * Builders that do one step after the other and put a step's output between its head and the next one's, unmarked:
 *
 *   docker's legacy builder        podman build
 *   Step 2/9 : COPY a b            [1/2] STEP 2/3: COPY a b     ("[1/2] " where there are more stages than one)
 *    ---> Using cache              --> Using cache 9a5a…
 *    ---> 9a5a8b8a2b4f             --> 9a5a8b8a2b4
 *
 * So that a program's output is not taken for a head, a head must be the next in line, and "Using cache" be the
 * first thing said after it.
 */
#include "runner/build/progress_reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int has_prefix (const char *text, const char *prefix)
{
  return strncmp (text, prefix, strlen (prefix)) == 0;
}

static void end_current (struct vprod__progress *progress)
{
  struct vprod__progress_step *step = progress->sequence.current;

  progress->sequence.current = NULL;
  if (step && step->told == VPROD_STEP_STARTED)
    vprod__progress_done (progress, step);
}

static void begin (struct vprod__progress *progress, const char *key, const char *text, const char *name)
{
  const char *stage = progress->sequence.stage_name ? progress->sequence.stage_name : "";

  end_current (progress);
  progress->sequence.current = vprod__progress_add (progress, key, stage, text, name);
  progress->sequence.fresh = 1;
  vprod__progress_started (progress, progress->sequence.current);
}

static void say_cached (struct vprod__progress *progress)
{
  if (progress->sequence.fresh)
    vprod__progress_cached (progress, progress->sequence.current);
}

static void say_output (struct vprod__progress *progress, const char *line, size_t length)
{
  struct vprod__progress_step *step = progress->sequence.current;

  if (step && step->told == VPROD_STEP_STARTED)
    vprod__progress_output (progress, step, line, length);
}

/* "FROM [--platform=x] image AS name" → name; else "stage-N", as BuildKit calls it, or "" for an only stage. */
static int name_stage (struct vprod__progress *progress, const char *text, long number, int only)
{
  const char *as = strcasestr (text, " as ");
  char *name;

  if (as && as[4 + strspn (as + 4, " ")]) {
    as += 4 + strspn (as + 4, " ");
    name = strndup (as, strcspn (as, " "));
  } else if (only)
    name = strdup ("");
  else
    name = vprod__asprintf ("stage-%ld", number);
  free (progress->sequence.stage_name);
  progress->sequence.stage_name = name;
  if (!name)
    progress->status = -1;
  return name ? 0 : -1;
}

/* ---- legacy ------------------------------------------------------------------------------------------------- */

static int read_legacy_head (struct vprod__progress *progress, const char *line)
{
  long number, total;
  int end = 0;
  char key[64];

  if (sscanf (line, "Step %9ld/%9ld : %n", &number, &total, &end) != 2 || end == 0)
    return 0;
  if (number != progress->sequence.number + 1 || (progress->sequence.total && total != progress->sequence.total))
    return 0;
  const char *text = line + end;
  progress->sequence.number = number;
  progress->sequence.total = total;
  if (strncasecmp (text, "FROM ", 5) == 0
      && name_stage (progress, text, progress->sequence.stage++, 0) < 0)
    return 1;
  snprintf (key, sizeof key, "%ld/%ld", number, total);
  begin (progress, key, text, line);
  return 1;
}

/* What a program writes to stderr is put between "ESC[91m" and "ESC[0m", the latter at the start of the next
   line. */
static const char *skip_colour (const char *line)
{
  for (size_t n; (n = has_prefix (line, "\033[91m") ? 5 : has_prefix (line, "\033[0m") ? 4 : 0) > 0;)
    line += n;
  return line;
}

void vprod__read_legacy (void *data, const char *line, size_t length)
{
  struct vprod__progress *progress = data;
  const char *plain = skip_colour (line);

  length -= (size_t) (plain - line);
  line = plain;
  vprod__progress_say (progress, line, length);
  if (read_legacy_head (progress, line))
    return;
  if (strcmp (line, " ---> Using cache") == 0)
    say_cached (progress);
  else if (!has_prefix (line, " ---> ") && !has_prefix (line, "Removing intermediate container "))
    say_output (progress, line, length);
  progress->sequence.fresh = 0;
}

/* ---- Podman ------------------------------------------------------------------------------------------------- */

static int read_podman_head (struct vprod__progress *progress, const char *line)
{
  long stage = 1, stages = 1, number, total;
  int end = 0;
  char key[96];

  if (sscanf (line, "[%9ld/%9ld] STEP %9ld/%9ld: %n", &stage, &stages, &number, &total, &end) != 4 || end == 0) {
    stage = stages = 1;
    end = 0;
    if (sscanf (line, "STEP %9ld/%9ld: %n", &number, &total, &end) != 2 || end == 0)
      return 0;
  }
  /* what the base has ONBUILD is done, and counted, from its FROM on */
  int grows = number == 2 && total > progress->sequence.total;
  int next = stage == progress->sequence.stage
               ? number == progress->sequence.number + 1 && (total == progress->sequence.total || grows)
               : stage > progress->sequence.stage && number == 1;
  if (!next || (progress->sequence.stages && stages != progress->sequence.stages))
    return 0;
  const char *text = line + end;
  progress->sequence.number = number;
  progress->sequence.total = total;
  progress->sequence.stages = stages;
  if (stage != progress->sequence.stage && name_stage (progress, text, stage - 1, stages == 1) < 0)
    return 1;
  progress->sequence.stage = stage;
  snprintf (key, sizeof key, "[%ld/%ld] %ld/%ld", stage, stages, number, total);
  begin (progress, key, text, line);
  return 1;
}

static int is_podman_commit (const char *line)
{
  const char *rest = line[0] == '[' ? strstr (line, "] ") : NULL;

  rest = rest ? rest + 2 : line;
  return has_prefix (rest, "COMMIT") && (rest[6] == '\0' || rest[6] == ' ');
}

/* "--> 9a5a8b8a2b4" */
static int is_podman_end (const char *line)
{
  size_t digits = has_prefix (line, "--> ") ? strspn (line + 4, "0123456789abcdef") : 0;

  return digits >= 8 && line[4 + digits] == '\0';
}

void vprod__read_podman (void *data, const char *line, size_t length)
{
  struct vprod__progress *progress = data;

  vprod__progress_say (progress, line, length);
  if (read_podman_head (progress, line))
    return;
  /* the failure is what begins with the last "Error: " */
  if (has_prefix (line, "Error: "))
    progress->words.length = 0;
  if (has_prefix (line, "Error: ") || progress->words.length > 0)
    vprod__progress_word (progress, line, length);
  if (has_prefix (line, "--> Using cache ") || has_prefix (line, "--> Cache pulled from remote"))
    say_cached (progress);
  else if (is_podman_commit (line))
    end_current (progress);
  else if (has_prefix (line, "time=\"")) /* a warning of podman's own, which may come at any time */
    return;
  else if (!is_podman_end (line) && !has_prefix (line, "Error: "))
    say_output (progress, line, length);
  progress->sequence.fresh = 0;
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

void vprod__finish_sequence (struct vprod__progress *progress, int failed)
{
  struct vprod__progress_step *step = progress->sequence.current;

  progress->sequence.current = NULL;
  if (!step || step->told != VPROD_STEP_STARTED)
    return;
  if (failed)
    vprod__progress_failed (progress, step, vprod__buf_string (&progress->words));
  else
    vprod__progress_done (progress, step);
}
