/* SPDX-License-Identifier: MIT */
/*
 * Calls that read a variable: `getenv ("X")`, `os.environ["X"]`, `process.env.X`, `env::var("X")`, `ENV.fetch("X")`,
 * `requireEnv("X")`, `config.getOrThrow("X")`, `{ X } = process.env`; and similar syntax: schemas of zod, `${X}`
 * of Spring, `${X:?}` of shells.
 */
#include "draft/source.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- NAME in quotes, and the text before it --------------------------------------------------------------- */

enum reading { READS_NOTHING, READS_OPTIONAL, READS_REQUIRED };

/* env("X") of django-environ and config("X") of python-decouple: without a default they end the app. */
static enum reading judge_python (const char *call, size_t length, const char *after)
{
  if ((length == 3 && strncmp (call, "env", 3) == 0) || (length > 4 && strncmp (call, "env.", 4) == 0)
      || (length == 6 && strncmp (call, "config", 6) == 0))
    return *after == ')' ? READS_REQUIRED : READS_OPTIONAL;
  return READS_NOTHING;
}

/* requireEnv, must_get, a function of the app named "required"; not role_required, a decorator. */
static int demands (const char *call, size_t length)
{
  size_t word = strlen ("required");

  if (vprod__text_ends_with_nocase_n (call, length, "required")
      && (length == word
          || !(isalnum ((unsigned char) call[length - word - 1]) || strchr ("_.", call[length - word - 1]))))
    return 1;
  return (vprod__text_contains_nocase_n (call, length, "require")
          && vprod__text_contains_nocase_n (call, length, "env"))
         || vprod__text_contains_nocase_n (call, length, "mustget")
         || vprod__text_contains_nocase_n (call, length, "mustenv");
}

static enum reading judge_call (const char *call, size_t length, char bracket, const char *rest)
{
  static const char *const readers[] = {
    "getenv", "get_env", "lookupenv", "environ.get", "env.get", "getenvironmentvariable", "env::var",
    "env::var_os", "environ", "process.env", "$_env", "$_server", "deno.env.get", "config.get",
    "configservice.get", NULL,
  };
  const char *after = rest + strspn (rest, " \t"),
             *block = *after == ')' ? after + 1 + strspn (after + 1, " \t") : "";
  const char *generic = length > 0 && call[length - 1] == '>' ? memchr (call, '<', length) : NULL;

  if (generic)
    length = (size_t) (generic - call);

  if (bracket == '[' && vprod__text_ends_with_nocase_n (call, length, "environ"))
    return *after == ']' && after[1 + strspn (after + 1, " \t")] == '='
               && after[2 + strspn (after + 1, " \t")] != '='
             ? READS_NOTHING
             : READS_REQUIRED;
  if (length >= 3 && strncmp (call + length - 3, "ENV", 3) == 0 && bracket == '[')
    return READS_OPTIONAL;
  if (vprod__text_ends_with_nocase_n (call, length, "ENV.fetch"))
    return *after == ')' && *block != '{' && strncmp (block, "do ", 3) != 0 ? READS_REQUIRED : READS_OPTIONAL;
  if (bracket == '('
      && (vprod__text_ends_with_nocase_n (call, length, "getOrThrow")
          || vprod__text_ends_with_nocase_n (call, length, "fetch_env!")))
    return READS_REQUIRED;
  if (bracket == '(' && demands (call, length))
    return READS_REQUIRED;
  for (size_t i = 0; readers[i]; i++)
    if (vprod__text_ends_with_nocase_n (call, length, readers[i]))
      return strstr (rest, ".expect(") || strstr (rest, ".unwrap()") || strstr (rest, ")?")
                 || strstr (rest, "?? throw") || strncmp (block, "?: error(", 9) == 0
                 || strncmp (block, "?: throw", 8) == 0 || strncmp (block, "|| raise", 8) == 0
               ? READS_REQUIRED
               : READS_OPTIONAL;
  return vprod__text_ends_with_nocase_n (call, length, "env") && bracket == '(' && length == 3 ? READS_OPTIONAL
                                                                                               : READS_NOTHING;
}

/* The name of a connection string of .NET. */
static int is_connection (const char *name, size_t length)
{
  if (length == 0 || length > 60)
    return 0;
  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) name[i]) && name[i] != '_')
      return 0;
  return 1;
}

void vprod__source_read_quoted (struct vprod__source *source, const char *line)
{
  char connection[100];

  for (const char *p = line; (p = strpbrk (p, "\"'"));) {
    const char *name = p + 1, *end = strchr (name, *p), *before = p;
    if (!end)
      return;
    p = end + 1;
    size_t length = (size_t) (end - name);
    int is_name = vprod__draft_is_name (name, length);
    if (!is_name && !is_connection (name, length)) {
      p = name;
      continue;
    }
    while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
      before--;
    if (before == line || (before[-1] != '(' && before[-1] != '['))
      continue;
    char bracket = *--before;
    while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
      before--;
    const char *call = before;
    while (call > line && (isalnum ((unsigned char) call[-1]) || strchr ("_.:$<>-!", call[-1])))
      call--;
    size_t called = (size_t) (before - call);
    if (vprod__text_ends_with_nocase_n (call, called, "GetConnectionString")) {
      snprintf (connection, sizeof connection, "ConnectionStrings__%.*s", (int) length, name);
      vprod__source_found (source, connection, strlen (connection), 0);
    }
    if (!is_name)
      continue;
    enum reading reading = source->python && bracket == '('
                             ? judge_python (call, called, end + 1 + strspn (end + 1, " \t"))
                             : READS_NOTHING;
    if (reading == READS_NOTHING)
      reading = judge_call (call, called, bracket, end + 1);
    if (reading != READS_NOTHING)
      vprod__source_found (source, name, length, reading == READS_REQUIRED);
  }
}

/* ---- without quotes ----------------------------------------------------------------------------------------- */

/* process.env.NAME, Bun.env.NAME, `const { NAME, OTHER = "x" } = process.env` */
void vprod__source_read_dotted (struct vprod__source *source, const char *line)
{
  static const char *const starts[] = { "process.env.", "Bun.env." };
  const char *brace = strchr (line, '{'), *close = brace ? strchr (brace, '}') : NULL;

  for (size_t i = 0; i < 2; i++)
    for (const char *p = line; (p = strstr (p, starts[i])); p++) {
      const char *name = p + strlen (starts[i]);
      if (vprod__draft_is_name (name, vprod__source_word_length (name)))
        vprod__source_found (source, name, vprod__source_word_length (name),
               (strstr (name, "?? throw") != NULL && !isspace ((unsigned char) *line))
                 || (p > line && p[-1] == '!' && !isspace ((unsigned char) *line) && (strstr (name, "throw ") || strstr (name, "process.exit("))));
    }
  if (!close || strncmp (close + 1 + strspn (close + 1, " "), "= process.env", 13) != 0)
    return;
  for (const char *name = brace + 1; name < close;) {
    name += strspn (name, " ,\t");
    if (vprod__draft_is_name (name, vprod__source_word_length (name)))
      vprod__source_found (source, name, vprod__source_word_length (name), 0);
    name += strcspn (name, ",}");
  }
}

/* "NAME: z.string()" in a schema of zod */
void vprod__source_read_schema (struct vprod__source *source, const char *line)
{
  const char *at = strstr (line, ": z."), *name = at;

  while (name && name > line && (isalnum ((unsigned char) name[-1]) || name[-1] == '_'))
    name--;
  if (!at || !vprod__draft_is_name (name, (size_t) (at - name)))
    return;
  const char *rest = at + 1;
  size_t length = 0;
  int depth = 0;
  for (; rest[length] && (depth > 0 || rest[length] != ','); length++)
    depth += strchr ("([{", rest[length]) ? 1 : strchr (")]}", rest[length]) ? -1 : 0;
  int whole = depth == 0 && rest[length] == ','; /* otherwise it may continue in the next line */
  vprod__source_found (source, name, (size_t) (at - name),
         whole && !vprod__text_contains_nocase_n (rest, length, ".optional(")
           && !vprod__text_contains_nocase_n (rest, length, ".default(")
           && !vprod__text_contains_nocase_n (rest, length, ".nullish(")
           && !vprod__text_contains_nocase_n (rest, length, ".catch("));
}

/* ${NAME:?…} of shells; ${NAME} and ${NAME:default} of Spring. */
void vprod__source_read_braces (struct vprod__source *source, const char *line, int spring)
{
  for (const char *p = line; (p = strstr (p, "${")); p++) {
    const char *name = p + 2;
    size_t length = vprod__source_word_length (name);
    const char *after = name + length;
    if (!vprod__draft_is_name (name, length))
      continue;
    if (spring)
      vprod__source_found (source, name, length, *after == '}');
    else if (strncmp (after, ":?", 2) == 0 || *after == '?')
      vprod__source_found (source, name, length, 1);
  }
}
