/* SPDX-License-Identifier: MIT */
#include "draft/source.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Python: `if "NAME" in os.environ` stands somewhere in the file: it runs without, too. */
static int is_asked_for (const struct vprod__source *source, const char *name, size_t length)
{
  static const char *const asks[] = { " in os.environ", " in env", " not in os.environ" };

  for (const char *p = source->python ? source->text : NULL; p && (p = memmem (p, strlen (p), name, length)); p++)
    for (size_t i = 0; i < 3; i++)
      if (p > source->text && strchr ("\"'", p[-1]) && p[length] == p[-1] && strncmp (p + length + 1, asks[i], strlen (asks[i])) == 0)
        return 1;
  return 0;
}

void vprod__source_found (struct vprod__source *source, const char *name, size_t length, int required)
{
  int optional = !required || source->conditional || is_asked_for (source, name, length)
                 || (source->in_methods && !source->at_start);
  enum vprod__draft_need need = optional ? VPROD__DRAFT_READ : source->at_start ? VPROD__DRAFT_REQUIRED : VPROD__DRAFT_WANTED;

  struct vprod__draft_variable *variable =
    vprod__draft_variable (source->draft, name, length, NULL, need, source->file, source->line);
  if (variable)
    variable->is_read = 1;
}

size_t vprod__source_word_length (const char *text)
{
  size_t length = 0;

  while (isalnum ((unsigned char) text[length]) || text[length] == '_')
    length++;
  return length;
}

void vprod__source_read_url (struct vprod__source *source, const char *line)
{
  const char *at = strstr (line, "postgres://"), *other = strstr (line, "postgresql://");
  size_t length;

  at = at ? at : other;
  if (!at || source->draft->database_url || at == line || !strchr ("\"'`", at[-1]))
    return;
  length = strcspn (at, "\"'` ");
  if (memchr (at, '$', length) || memchr (at, '{', length) || memchr (at, '%', length) || !memchr (at, '@', length))
    return;
  vprod__draft_set (source->draft, &source->draft->database_url, "%.*s", (int) length, at);
  vprod__draft_set (source->draft, &source->draft->database_url_from, "%s:%zu", source->file, source->line);
}
