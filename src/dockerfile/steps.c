/* SPDX-License-Identifier: MIT */
/*
 * Builders name a step by the text of its instruction, mostly verbatim; but whitespace may differ, variables may be
 * expanded, and a here-document may be cut. So an equal text decides; failing that, the position, which counts FROM and the
 * instructions that make a layer.
 */
#include "dockerfile/steps.h"
#include "util/buf.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Adds words with one space between. */
static int add_words (struct vprod__buf *text, const char *piece)
{
  int r = 0;

  while (r == 0 && *(piece += strspn (piece, " \t\r\n"))) {
    size_t length = strcspn (piece, " \t\r\n");
    if (text->length > 0)
      r = vprod__buf_adds (text, " ");
    if (r == 0)
      r = vprod__buf_add (text, piece, length);
    piece += length;
  }
  return r;
}

int vprod__instruction_written (const struct vprod__instruction *instruction, struct vprod__buf *text)
{
  int r = add_words (text, instruction->name);

  for (size_t i = 0; r == 0 && instruction->flags && instruction->flags[i]; i++)
    r = add_words (text, instruction->flags[i]);
  return r == 0 ? add_words (text, instruction->text) : r;
}

static int makes_step (const struct vprod__instruction *instruction)
{
  static const char *const words[] = { "FROM", "RUN", "COPY", "ADD", "WORKDIR", NULL };

  return vprod__text_is_one_of (instruction->name, words);
}

/* BuildKit calls a stage without a name by its number. */
static int find_stage (const struct vprod__dockerfile *dockerfile, const char *name)
{
  int stage = vprod__dockerfile_find_stage (dockerfile, name);

  if (stage < 0 && strncmp (name, "stage-", 6) == 0)
    stage = vprod__dockerfile_find_stage (dockerfile, name + 6);
  return stage;
}

struct position {
  int stage;  /* < 0: not known */
  int number; /* 0: not known */
};

/* Strips "[linux/amd64 builder 2/4] ". NULL out of memory. */
static const char *take_position (const struct vprod__dockerfile *dockerfile, const char *step, struct position *ret)
{
  const char *end = strchr (step, ']'), *last;

  if (*step != '[' || !end)
    return step;
  for (last = end; last > step + 1 && last[-1] != ' '; last--)
    ;
  ret->number = atoi (last);
  if (last > step + 1 && ret->stage < 0) {
    const char *name = last - 1;
    while (name > step + 1 && name[-1] != ' ')
      name--;
    _cleanup_free_ char *copy = strndup (name, (size_t) (last - 1 - name));
    if (!copy)
      return NULL;
    ret->stage = find_stage (dockerfile, copy);
  }
  return end + 1;
}

/* The same instruction at the same place. */
static const struct vprod__instruction *by_position (const struct vprod__dockerfile *dockerfile,
                                                     const struct position *position, const char *text)
{
  size_t length = strcspn (text, " ");
  int number = 0;

  for (size_t i = 0; position->number > 0 && position->stage >= 0 && i < dockerfile->count; i++) {
    const struct vprod__instruction *one = &dockerfile->list[i];
    if (one->stage != position->stage || !makes_step (one) || ++number != position->number)
      continue;
    return strlen (one->name) == length && strncasecmp (one->name, text, length) == 0 ? one : NULL;
  }
  return NULL;
}

/* The length of the part that is verbatim: "RUN <<EOF" of "RUN <<EOF (echo x...)". 0: all of it. */
static size_t before_body (const char *text)
{
  const char *body = strstr (text, "<<");

  return body ? (size_t) (body - text) + strcspn (body, " ") : 0;
}

int vprod__dockerfile_step (const struct vprod__dockerfile *dockerfile, const char *step, const char *stage,
                            const struct vprod__instruction **ret)
{
  struct position position = { stage && *stage ? find_stage (dockerfile, stage) : -1, 0 };
  const struct vprod__instruction *elsewhere = NULL, *begun = NULL;
  _cleanup_buf_ struct vprod__buf text = { 0 };

  *ret = NULL;
  step = take_position (dockerfile, step, &position);
  if (!step || add_words (&text, step) < 0)
    return -1;
  if (text.length == 0)
    return 0;
  if (position.stage < 0 && dockerfile->n_stages == 1)
    position.stage = 0;
  size_t shown = before_body (text.data);
  for (size_t i = 0; i < dockerfile->count && !*ret; i++) {
    const struct vprod__instruction *one = &dockerfile->list[i];
    int here = position.stage < 0 || one->stage == position.stage;
    _cleanup_buf_ struct vprod__buf own = { 0 };
    if (vprod__instruction_written (one, &own) < 0)
      return -1;
    if (own.length > 0 && strcasecmp (own.data, text.data) == 0) {
      if (here)
        *ret = one;
      else
        elsewhere = elsewhere ? elsewhere : one;
    }
    else if (here && shown > 0 && !begun && own.length > 0 && strncasecmp (own.data, text.data, shown) == 0)
      begun = one;
  }
  if (!*ret)
    *ret = begun ? begun : elsewhere ? elsewhere : by_position (dockerfile, &position, text.data);
  return 0;
}
