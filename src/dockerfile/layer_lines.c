/* SPDX-License-Identifier: MIT */
/*
 * The history tells of an instruction in the builder's words: "RUN |1 X=1 /bin/sh -c make # buildkit" (BuildKit),
 * "|1 X=1 /bin/sh -c make" (the classic builder, Podman), "/bin/sh -c #(nop) COPY file:1f… in /app". Flags are left out,
 * variables may be expanded, sources be hashes. So the layers are gone through from the top down, and beside them the
 * instructions from the last upwards: a layer's is the next one above that has the same text or, failing that, the next whose
 * text cannot be compared and whose name is the same.
 */
#include "dockerfile/layer_lines.h"
#include "util/buf.h"
#include "util/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char *const makers[] = { "RUN", "COPY", "ADD", "WORKDIR", NULL };

/* ---- the history's words ------------------------------------------------------------------------------- */

/* Adds words with one blank between. */
static int add_words (struct vprod__buf *text, const char *piece, const char *end)
{
  int r = 0;

  while (r == 0) {
    while (piece < end && isspace ((unsigned char) *piece))
      piece++;
    const char *word = piece;
    while (piece < end && !isspace ((unsigned char) *piece))
      piece++;
    if (piece == word)
      break;
    if (text->length > 0)
      r = vprod__buf_adds (text, " ");
    if (r == 0)
      r = vprod__buf_add (text, word, (size_t) (piece - word));
  }
  return r;
}

/* Behind "/bin/sh -c " of "/bin/sh -c make" and "|1 X=1 /bin/sh -c make"; else text. */
static const char *behind_shell (const char *text)
{
  const char *c = *text == '/' || *text == '|' ? strstr (text, " -c ") : NULL;

  return c ? c + 4 : text;
}

char *vprod__created_by_shown (const char *created_by)
{
  static const char nop[] = "#(nop)", mark[] = " # buildkit";
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const char *end = created_by + strlen (created_by), *begin = created_by, *at = strstr (created_by, nop);
  const char *marked = strstr (created_by, mark);

  if (marked && marked[sizeof mark - 1] == '\0')
    end = marked;
  if (at && at - created_by <= 32)
    begin = at + sizeof nop - 1;
  else {
    int is_run = strncmp (begin, "RUN ", 4) == 0;
    const char *command = behind_shell (begin + (is_run ? 4 : 0));
    if ((is_run || command != begin) && vprod__buf_adds (&text, "RUN") < 0)
      return NULL;
    begin = command;
  }
  if (begin < end && add_words (&text, begin, end) < 0)
    return NULL;
  return vprod__buf_steal (&text);
}

/* ---- the same instruction? ------------------------------------------------------------------------------ */

/* Can the text in the history be another than the one that is written? */
static int is_loose (const struct vprod__instruction *instruction, const char *created_by)
{
  return strstr (created_by, "#(nop)") || strchr (instruction->text, '$') || strstr (instruction->text, "<<")
         || vprod__instruction_is_exec (instruction);
}

/* shown: of created_by. 1, 0, or -1 out of memory. */
static int made (const struct vprod__instruction *instruction, const char *shown, const char *created_by, int loosely)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  size_t length = strlen (instruction->name);

  if (strncmp (shown, instruction->name, length) != 0 || (shown[length] != ' ' && shown[length] != '\0'))
    return 0;
  if (loosely)
    return is_loose (instruction, created_by);
  if (add_words (&text, instruction->name, instruction->name + length) < 0
      || add_words (&text, instruction->text, instruction->text + strlen (instruction->text)) < 0)
    return -1;
  return strcmp (vprod__buf_string (&text), shown) == 0;
}

/* ---- all layers ---------------------------------------------------------------------------------------- */

/* Is the stage the built one, or one that it is from? */
static int is_in_chain (const struct vprod__dockerfile *dockerfile, int built, int stage)
{
  for (; built >= 0; built = dockerfile->stages[built].parent)
    if (built == stage)
      return 1;
  return 0;
}

struct search {
  const struct vprod__dockerfile *dockerfile;
  int stage;
  size_t next; /* the instruction of the layer above; what is searched for stands before it */
};

/* The index of the instruction that made it; SIZE_MAX: there is none. 0, or -1 out of memory. */
static int find (const struct search *search, const char *created_by, size_t *ret)
{
  _cleanup_free_ char *shown = vprod__created_by_shown (created_by);

  *ret = SIZE_MAX;
  if (!shown)
    return -1;
  for (int loosely = 0; loosely < 2; loosely++)
    for (size_t i = search->next; i-- > 0;) {
      const struct vprod__instruction *one = &search->dockerfile->list[i];
      if (!is_in_chain (search->dockerfile, search->stage, one->stage) || !vprod__text_is_one_of (one->name, makers))
        continue;
      int is_it = made (one, shown, created_by, loosely);
      if (is_it < 0)
        return -1;
      if (is_it) {
        *ret = i;
        return 0;
      }
    }
  return 0;
}

int vprod__dockerfile_layer_lines (const struct vprod__dockerfile *dockerfile, int stage, const char *const *created_by,
                                   size_t count, int *ret_lines, size_t *ret_base)
{
  struct search search = { dockerfile, stage, dockerfile->count };
  size_t n_makers = 0, found;

  for (size_t i = 0; i < dockerfile->count; i++)
    n_makers += is_in_chain (dockerfile, stage, dockerfile->list[i].stage)
                && vprod__text_is_one_of (dockerfile->list[i].name, makers);
  *ret_base = n_makers > 0 ? 0 : count;
  for (size_t layer = count; layer-- > 0;) {
    ret_lines[layer] = 0;
    if (!created_by[layer])
      continue;
    if (find (&search, created_by[layer], &found) < 0)
      return -1;
    if (found == SIZE_MAX)
      continue;
    ret_lines[layer] = (int) dockerfile->list[found].line;
    *ret_base = layer;
    search.next = found;
  }
  return 0;
}
