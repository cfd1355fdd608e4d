/* SPDX-License-Identifier: MIT */
/* What the steps of a build say of each other: which one takes a file from the context, which one broke the cache.
   */
#include "util/path.h"
#include "checks/layer_cache/facts.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_STEPS_UP 512 /* bound for a build graph with a cycle */
#define MAX_STAGES_UP 32
#define MAX_STAGE 128

int vprod__step_ran (const struct vprod__step *step)
{
  return step->state != VPROD_STEP_CACHED;
}

static int is_instruction (const char *text, const char *name)
{
  size_t n = strlen (name);

  return strncasecmp (text, name, n) == 0 && (text[n] == ' ' || text[n] == '\t');
}

/* A variable that the builder left in its text may be anything. */
static int covers (const char *source, const char *path)
{
  return !path || strchr (source, '$') || vprod__path_is_under (path, source);
}

/* COPY and ADD: every word but the last is a source. */
static int copy_takes (const char *text, const char *path)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
  size_t i = 0;
  int taken = 0;

  while (strncmp (text, "--", 2) == 0) {
    size_t n = strcspn (text, " \t");
    if (strncmp (text, "--from=", 7) == 0)
      return 0;
    if (path && strncmp (text, "--exclude=", 10) == 0) {
      char *pattern = strndup (text + 10, n - 10);
      int left_out = pattern && vprod__path_is_under (path, pattern);
      free (pattern);
      if (left_out)
        return 0;
    }
    text += n;
    text += strspn (text, " \t");
  }
  if (strncmp (text, "<<", 2) == 0)
    return 0;
  if (vprod__shell_split (text, &words) < 0)
    return -1;
  for (; i + 1 < words.count && !taken; i++) {
    const char *source = words.list[i].text;
    taken = !strstr (source, "://") && strncmp (source, "git@", 4) != 0 && covers (source, path);
  }
  return taken;
}

/* One --mount= of RUN: a bind mount without from= is of the context. */
static int mount_takes (const char *options, size_t length, const char *path)
{
  char source[4096] = ".";
  int bind = 1, from = 0;

  for (const char *p = options, *end = options + length; p < end;) {
    const char *comma = memchr (p, ',', (size_t) (end - p));
    size_t n = (size_t) ((comma ? comma : end) - p), value = 0;
    if (n > 5 && memcmp (p, "type=", 5) == 0)
      bind = n == 9 && memcmp (p + 5, "bind", 4) == 0;
    else if (n > 5 && memcmp (p, "from=", 5) == 0)
      from = 1;
    else if (n > 7 && memcmp (p, "source=", 7) == 0)
      value = 7;
    else if (n > 4 && memcmp (p, "src=", 4) == 0)
      value = 4;
    if (value && n - value < sizeof source) {
      memcpy (source, p + value, n - value);
      source[n - value] = '\0';
    }
    p += n + 1;
  }
  return bind && !from && covers (source, path);
}

static int run_takes (const char *text, const char *path)
{
  while (strncmp (text, "--", 2) == 0) {
    size_t n = strcspn (text, " \t");
    if (strncmp (text, "--mount=", 8) == 0 && mount_takes (text + 8, n - 8, path))
      return 1;
    text += n;
    text += strspn (text, " \t");
  }
  return 0;
}

int vprod__step_takes (const struct vprod__step *step, const char *path)
{
  const char *text = step->text;
  const char *rest = text + strcspn (text, " \t");

  rest += strspn (rest, " \t");
  if (is_instruction (text, "COPY") || is_instruction (text, "ADD"))
    return copy_takes (rest, path);
  if (is_instruction (text, "RUN"))
    return run_takes (rest, path);
  return 0;
}

long vprod__step_number (const struct vprod__step *step)
{
  const char *at = strstr (step->name, "STEP ");
  const char *close = strchr (step->name, ']');

  if (strncmp (step->name, "Step ", 5) == 0) /* of the classic builder: "Step 3/9 : RUN x" */
    at = step->name;
  if (at)
    return strtol (at + 5, NULL, 10);
  if (step->name[0] != '[' || !close)
    return 0;
  while (close > step->name && close[-1] != '/')
    close--;
  if (close == step->name)
    return 0;
  for (at = close - 1; at > step->name && isdigit ((unsigned char) at[-1]);)
    at--;
  return strtol (at, NULL, 10);
}

/* The first step of a stage that ran, of those before number `before`; NULL: none did. */
static const struct vprod__step *first_in_stage (const struct vprod__steps *steps, const char *stage, long before)
{
  const struct vprod__step *first = NULL;

  for (size_t i = 0; i < steps->count; i++) {
    const struct vprod__step *other = &steps->list[i];
    long number = vprod__step_number (other);
    if (vprod__step_is_instruction (other) && vprod__step_ran (other) && strcmp (other->stage, stage) == 0
        && number > 0 && number < before && (!first || number < vprod__step_number (first)))
      first = other;
  }
  return first;
}

/* What the stage of this name is built on, by its "FROM base AS stage" in the Dockerfile. 0: it is not said. */
static int find_base (const char *dockerfile, const char *stage, char base[static MAX_STAGE])
{
  for (const char *line = dockerfile; *line; line += strcspn (line, "\n"), line += *line == '\n') {
    char from[MAX_STAGE], as[MAX_STAGE];
    const char *p = line + strspn (line, " \t");
    if (!is_instruction (p, "FROM"))
      continue;
    for (p += 4; p += strspn (p, " \t"), strncmp (p, "--", 2) == 0;) /* --platform= */
      p += strcspn (p, " \t\n");
    if (sscanf (p, "%127[^ \t\r\n]%*[ \t]%*1[Aa]%*1[Ss]%*[ \t]%127[^ \t\r\n]", from, as) == 2
        && strcasecmp (as, stage) == 0) {
      memcpy (base, from, sizeof from);
      return 1;
    }
  }
  return 0;
}

/* The first step that ran before it in its stage, or in the stages that it is from, for builders that do not report a step's
   inputs. */
static const struct vprod__step *first_below (const struct vprod__steps *steps, const struct vprod__step *step,
                                              const char *dockerfile)
{
  const struct vprod__step *first = first_in_stage (steps, step->stage, vprod__step_number (step));
  char stage[MAX_STAGE];

  snprintf (stage, sizeof stage, "%s", step->stage);
  for (int up = 0; up < MAX_STAGES_UP && find_base (dockerfile, stage, stage); up++) {
    const struct vprod__step *below = first_in_stage (steps, stage, LONG_MAX);
    first = below ? below : first;
  }
  return first ? first : step;
}

const struct vprod__step *vprod__step_breaker (const struct vprod__steps *steps, const struct vprod__step *step,
                                               const char *dockerfile)
{
  const struct vprod__step *first = step;
  int known = 0;

  for (int up = 0; up < MAX_STEPS_UP; up++) {
    const struct vprod__step *above = NULL;
    known = known || first->inputs;
    for (size_t i = 0; first->inputs && first->inputs[i] && !above; i++) {
      const struct vprod__step *input = vprod__steps_find (steps, first->inputs[i]);
      if (input && input != first && vprod__step_is_instruction (input) && vprod__step_ran (input))
        above = input;
    }
    if (!above)
      break;
    first = above;
  }
  return known ? first : first_below (steps, step, dockerfile);
}

const struct vprod__step *vprod__steps_same (const struct vprod__steps *steps, const struct vprod__step *step)
{
  const struct vprod__step *same = NULL;

  for (size_t i = 0; i < steps->count; i++) {
    const struct vprod__step *other = &steps->list[i];
    if (strcmp (other->text, step->text) != 0)
      continue;
    if (strcmp (other->stage, step->stage) == 0)
      return other;
    same = other;
  }
  return same;
}

char *vprod__step_full_text (const struct vprod__step *step, const char *dockerfile)
{
  const char *mark = strstr (step->text, "<<"), *preview = mark ? strstr (mark, " (") : NULL;
  size_t first_length = preview ? strcspn (preview + 2, "\n") : 0;

  if (!preview || strncasecmp (step->text, "RUN", 3) != 0)
    return strdup (step->text);
  preview += 2;
  if (first_length > 0 && preview[first_length - 1] == ')')
    first_length--;
  if (first_length >= 3 && memcmp (preview + first_length - 3, "...", 3) == 0)
    first_length -= 3;

  size_t mark_length = strcspn (mark, " \t");
  const char *word = mark + 2 + strspn (mark + 2, "-\"'");
  size_t word_length = strcspn (word, " \t\"'");
  for (const char *line = dockerfile; (line = memmem (line, strlen (line), mark, mark_length));) {
    line += strcspn (line, "\n");
    const char *body = *line ? line + 1 : line, *end = body;
    const char *first = body + strspn (body, " \t\r\n");
    if (strncmp (first, preview, first_length) != 0)
      continue;
    while (*end) {
      const char *p = end + strspn (end, "\t");
      if (strncmp (p, word, word_length) == 0 && strchr ("\r\n", p[word_length]))
        break;
      end += strcspn (end, "\n");
      end += *end == '\n';
    }
    char *text = NULL;
    if (asprintf (&text, "%.*s\n%.*s", (int) (preview - 2 - step->text), step->text, (int) (end - body), body) < 0)
      return NULL;
    return text;
  }
  return strdup (step->text);
}
