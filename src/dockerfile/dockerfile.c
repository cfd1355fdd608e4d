/* SPDX-License-Identifier: MIT */
#include "dockerfile/dockerfile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "util/buf.h"
#include "util/grow.h"
#include "util/strv.h"

#define MAX_HEREDOCS 32  /* of one instruction */
#define MAX_FLAGS 64
#define MAX_STAGES 1000  /* further ones count as part of the last */

struct reader {
  const char *p, *end;
  size_t line; /* of p, from 1 */
  struct vprod__dockerfile *file;
};

/* A line without its end. */
struct piece {
  const char *begin;
  size_t length;
};

static int is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static int next_line (struct reader *reader, struct piece *ret)
{
  if (reader->p >= reader->end)
    return 0;
  const char *newline = memchr (reader->p, '\n', (size_t) (reader->end - reader->p));
  const char *stop = newline ? newline : reader->end;
  *ret = (struct piece) { reader->p, (size_t) (stop - reader->p) };
  if (ret->length > 0 && ret->begin[ret->length - 1] == '\r')
    ret->length--;
  reader->p = newline ? newline + 1 : reader->end;
  reader->line++;
  return 1;
}

static struct piece trim (struct piece piece)
{
  while (piece.length > 0 && is_blank (*piece.begin)) {
    piece.begin++;
    piece.length--;
  }
  while (piece.length > 0 && is_blank (piece.begin[piece.length - 1]))
    piece.length--;
  return piece;
}

/* ---- parser directives: "# escape=`", only before all else ------------------------------------------------ */

static int is_directive (struct piece line, const char *name, struct piece *ret_value)
{
  size_t n = strlen (name);
  struct piece rest = trim ((struct piece) { line.begin + 1, line.length - 1 });

  if (rest.length < n || strncasecmp (rest.begin, name, n) != 0)
    return 0;
  rest = trim ((struct piece) { rest.begin + n, rest.length - n });
  if (rest.length == 0 || *rest.begin != '=')
    return 0;
  *ret_value = trim ((struct piece) { rest.begin + 1, rest.length - 1 });
  return 1;
}

static void read_directives (struct reader *reader)
{
  static const char *const known[] = { "syntax", "escape", "check" };
  struct piece line, value;

  for (;;) {
    struct reader before = *reader;
    int found = 0;
    if (next_line (reader, &line) && line.length > 0 && *line.begin == '#')
      for (size_t i = 0; i < sizeof known / sizeof known[0] && !found; i++) {
        found = is_directive (line, known[i], &value);
        if (found && i == 1 && value.length == 1 && *value.begin == '`')
          reader->file->escape = '`';
      }
    if (!found) {
      *reader = before;
      return;
    }
  }
}

/* ---- lines joined ----------------------------------------------------------------------------------------- */

/* Is the line continued? Its last character is then the escape character, itself not escaped. */
static int goes_on (struct piece *line, char escape)
{
  struct piece trimmed = *line;

  while (trimmed.length > 0 && is_blank (trimmed.begin[trimmed.length - 1]))
    trimmed.length--;
  if (trimmed.length == 0 || trimmed.begin[trimmed.length - 1] != escape)
    return 0;
  if (trimmed.length > 1 && trimmed.begin[trimmed.length - 2] == escape)
    return 0;
  line->length = trimmed.length - 1;
  return 1;
}

/* The next instruction's lines as one; comments and empty lines in it are passed over. 1, 0 at the end, -1 out of
   memory. */
static int next_text (struct reader *reader, struct vprod__buf *ret, size_t *ret_line)
{
  struct piece line;
  int begun = 0;

  while (next_line (reader, &line)) {
    struct piece bare = trim (line);
    if (bare.length == 0 || *bare.begin == '#')
      continue;
    if (!begun) {
      *ret_line = reader->line - 1;
      line.length -= (size_t) (bare.begin - line.begin);
      line.begin = bare.begin;
    }
    begun = 1;
    int more = goes_on (&line, reader->file->escape);
    if (vprod__buf_add (ret, line.begin, line.length) < 0)
      return -1;
    if (!more)
      return 1;
  }
  return begun;
}

/* ---- here-documents --------------------------------------------------------------------------------------- */

struct heredoc {
  char *word;
  int strip_tabs;
};

/* "<<EOF", "3<<-'EOF'" as a whole word: its name, or NULL. */
static int is_heredoc (const char *word, size_t length, struct heredoc *ret)
{
  const char *end = word + length;

  while (word < end && isdigit ((unsigned char) *word))
    word++;
  if (end - word < 3 || strncmp (word, "<<", 2) != 0)
    return 0;
  word += 2;
  ret->strip_tabs = *word == '-';
  word += ret->strip_tabs;
  if (memchr (word, '<', (size_t) (end - word)))
    return 0;
  if (end - word >= 2 && (*word == '"' || *word == '\'') && end[-1] == *word) {
    word++;
    end--;
  }
  if (word >= end)
    return 0;
  ret->word = strndup (word, (size_t) (end - word));
  return ret->word ? 1 : -1;
}

/* The marks in a text. Their number, or -1 out of memory. */
static int find_heredocs (const char *text, char escape, struct heredoc list[static MAX_HEREDOCS])
{
  int count = 0;

  for (const char *p = text; *p && count < MAX_HEREDOCS;) {
    const char *begin;
    char quote = 0;
    while (is_blank (*p))
      p++;
    for (begin = p; *p && (quote || !is_blank (*p)); p++) {
      if (*p == escape && p[1] && quote != '\'')
        p++;
      else if (quote && *p == quote)
        quote = 0;
      else if (!quote && (*p == '"' || *p == '\''))
        quote = *p;
    }
    int found = is_heredoc (begin, (size_t) (p - begin), &list[count]);
    if (found < 0)
      return -1;
    count += found;
  }
  return count;
}

static int read_heredoc (struct reader *reader, const struct heredoc *heredoc, struct vprod__buf *body)
{
  struct piece line;
  size_t length = strlen (heredoc->word);

  while (next_line (reader, &line)) {
    while (heredoc->strip_tabs && line.length > 0 && *line.begin == '\t') {
      line.begin++;
      line.length--;
    }
    if (line.length == length && memcmp (line.begin, heredoc->word, length) == 0)
      return 0;
    if (vprod__buf_add (body, line.begin, line.length) < 0 || vprod__buf_add (body, "\n", 1) < 0)
      return -1;
  }
  return 0;
}

static int read_heredocs (struct reader *reader, struct vprod__instruction *instruction)
{
  static const char *const with[] = { "RUN", "COPY", "ADD", "ONBUILD" };
  struct heredoc list[MAX_HEREDOCS] = { 0 };
  _cleanup_buf_ struct vprod__buf body = { 0 };
  int count = 0, r = 0;

  for (size_t i = 0; i < sizeof with / sizeof with[0]; i++)
    if (strcmp (instruction->name, with[i]) == 0)
      count = find_heredocs (instruction->text, reader->file->escape, list);
  for (int i = 0; i < count && r == 0; i++)
    r = read_heredoc (reader, &list[i], &body);
  for (int i = 0; i < MAX_HEREDOCS; i++)
    free (list[i].word);
  if (r == 0 && count > 0 && !(instruction->body = vprod__buf_steal (&body)))
    r = -1;
  return count < 0 ? -1 : r;
}

/* ---- instructions and stages ------------------------------------------------------------------------------ */

/* "FROM --platform=x base AS name" */
static int add_stage (struct vprod__dockerfile *file, const struct vprod__instruction *from)
{
  const char *platform = vprod__instruction_flag (from, "platform");
  const char *p = from->text;
  size_t n = strcspn (p, " \t");

  if (vprod__grow (&file->stages, file->n_stages) < 0)
    return -1;
  if (file->n_stages == MAX_STAGES)
    return 0;
  struct vprod__stage *stage = &file->stages[file->n_stages];
  *stage = (struct vprod__stage) { .line = from->line, .base = strndup (p, n) };
  if (!stage->base)
    return -1;
  stage->parent = vprod__dockerfile_find_stage (file, stage->base);
  file->n_stages++;
  p += n;
  p += strspn (p, " \t");
  if (strncasecmp (p, "as", 2) == 0 && is_blank (p[2])) {
    p += 2;
    p += strspn (p, " \t");
    stage->name = strndup (p, strcspn (p, " \t"));
    if (!stage->name)
      return -1;
  }
  if (platform && !(stage->platform = strdup (platform)))
    return -1;
  return 0;
}

/* Splits "RUN --flag text". 0, or -1 out of memory. */
static int take_apart (const char *text, struct vprod__instruction *ret)
{
  size_t n = strcspn (text, " \t\v\f\r"), flags = 0;

  ret->name = strndup (text, n);
  if (!ret->name)
    return -1;
  for (char *p = ret->name; *p; p++)
    *p = (char) toupper ((unsigned char) *p);
  text += n;
  text += strspn (text, " \t\v\f\r");
  while (strncmp (text, "--", 2) == 0 && islower ((unsigned char) text[2]) && flags++ < MAX_FLAGS) {
    n = strcspn (text, " \t\v\f\r");
    if (vprod__strv_take (&ret->flags, strndup (text, n)) < 0)
      return -1;
    text += n;
    text += strspn (text, " \t\v\f\r");
  }
  ret->text = strdup (text);
  if (!ret->text)
    return -1;
  for (n = strlen (ret->text); n > 0 && is_blank (ret->text[n - 1]);)
    ret->text[--n] = '\0';
  return 0;
}

static void instruction_clear (struct vprod__instruction *instruction)
{
  free (instruction->name);
  vprod__strv_free (instruction->flags);
  free (instruction->text);
  free (instruction->body);
}

static int add_instruction (struct reader *reader, const char *text, size_t line)
{
  struct vprod__dockerfile *file = reader->file;

  if (vprod__grow (&file->list, file->count) < 0)
    return -1;
  struct vprod__instruction *instruction = &file->list[file->count++];
  *instruction = (struct vprod__instruction) { .line = line };
  if (take_apart (text, instruction) < 0 || read_heredocs (reader, instruction) < 0)
    return -1;
  if (strcmp (instruction->name, "FROM") == 0 && add_stage (file, instruction) < 0)
    return -1;
  instruction->last_line = reader->line - 1;
  instruction->stage = (int) file->n_stages - 1;
  return 0;
}

int vprod__dockerfile_parse (const char *bytes, size_t length, struct vprod__dockerfile *ret)
{
  struct reader reader = { .p = bytes, .end = bytes + length, .line = 1, .file = ret };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  size_t line = 0;
  int more;

  *ret = (struct vprod__dockerfile) { .escape = '\\' };
  if (length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0)
    reader.p += 3;
  read_directives (&reader);
  while ((more = next_text (&reader, &text, &line)) > 0) {
    if (add_instruction (&reader, vprod__buf_string (&text), line) < 0)
      return -1;
    text.length = 0;
    if (text.data)
      text.data[0] = '\0';
  }
  return more;
}

void vprod__dockerfile_clear (struct vprod__dockerfile *dockerfile)
{
  for (size_t i = 0; i < dockerfile->count; i++)
    instruction_clear (&dockerfile->list[i]);
  for (size_t i = 0; i < dockerfile->n_stages; i++) {
    free (dockerfile->stages[i].base);
    free (dockerfile->stages[i].name);
    free (dockerfile->stages[i].platform);
  }
  free (dockerfile->list);
  free (dockerfile->stages);
  *dockerfile = (struct vprod__dockerfile) { .escape = '\\' };
}

/* ---- stages ----------------------------------------------------------------------------------------------- */

int vprod__dockerfile_find_stage (const struct vprod__dockerfile *dockerfile, const char *name)
{
  char *end;
  unsigned long number;

  for (size_t i = dockerfile->n_stages; i-- > 0;)
    if (dockerfile->stages[i].name && strcasecmp (dockerfile->stages[i].name, name) == 0)
      return (int) i;
  if (!isdigit ((unsigned char) *name))
    return VPROD__DOCKERFILE_NO_STAGE;
  number = strtoul (name, &end, 10);
  return *end == '\0' && number < dockerfile->n_stages ? (int) number : VPROD__DOCKERFILE_NO_STAGE;
}

static int is_context (const struct vprod__dockerfile *dockerfile, const char *name)
{
  size_t length = strlen (name);

  for (char *const *context = dockerfile->contexts; context && *context; context++)
    if (strncasecmp (*context, name, length) == 0 && (*context)[length] == '=')
      return 1;
  return 0;
}

void vprod__dockerfile_name_contexts (struct vprod__dockerfile *dockerfile, char *const *contexts)
{
  dockerfile->contexts = contexts;
  for (size_t i = 0; i < dockerfile->n_stages; i++)
    if (is_context (dockerfile, dockerfile->stages[i].base))
      dockerfile->stages[i].parent = VPROD__DOCKERFILE_NO_STAGE;
}

/* The stage that --from means. */
static int stage_of_from (const struct vprod__dockerfile *dockerfile, const char *name)
{
  return is_context (dockerfile, name) ? VPROD__DOCKERFILE_NO_STAGE : vprod__dockerfile_find_stage (dockerfile, name);
}

/* The stage that an instruction copies or mounts from, or VPROD__DOCKERFILE_NO_STAGE. */
static int taken_from (const struct vprod__dockerfile *dockerfile, const struct vprod__instruction *instruction)
{
  const char *from = vprod__instruction_flag (instruction, "from");

  if (from)
    return stage_of_from (dockerfile, from);
  for (size_t i = 0; instruction->flags && instruction->flags[i]; i++) {
    const char *flag = instruction->flags[i];
    const char *at = strncmp (flag, "--mount=", 8) == 0 ? strstr (flag, "from=") : NULL;
    if (at) {
      char name[128] = "";
      size_t n = strcspn (at + 5, ",");
      if (n < sizeof name)
        memcpy (name, at + 5, n);
      int stage = stage_of_from (dockerfile, name);
      if (stage != VPROD__DOCKERFILE_NO_STAGE)
        return stage;
    }
  }
  return VPROD__DOCKERFILE_NO_STAGE;
}

/* A stage depends on earlier ones only, so one pass from the end marks all. */
char *vprod__dockerfile_needed (const struct vprod__dockerfile *dockerfile, int of)
{
  char *needed = calloc (dockerfile->n_stages + 1, 1);
  size_t at = dockerfile->count;

  if (!needed || of < 0 || (size_t) of >= dockerfile->n_stages)
    return needed;
  needed[of] = 1;
  while (at-- > 0) {
    const struct vprod__instruction *instruction = &dockerfile->list[at];
    int from;
    if (instruction->stage < 0 || instruction->stage > of || !needed[instruction->stage])
      continue;
    from = strcmp (instruction->name, "FROM") == 0 ? dockerfile->stages[instruction->stage].parent
                                                   : taken_from (dockerfile, instruction);
    if (from >= 0 && from < instruction->stage)
      needed[from] = 1;
  }
  return needed;
}
