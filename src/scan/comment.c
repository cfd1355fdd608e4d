/* SPDX-License-Identifier: MIT */
/* Is a place in a text within a comment, or in what Python has for one? */
#include "scan/inside.h"

#include <string.h>

#define LONGEST_LINE 200  /* characters before the place, in which a comment begins */
#define LONGEST_DOC 20000 /* characters of a docstring before the place */

/* Comments in settings have sample values: see pair.c. */
static int is_comment_line (const char *text, size_t at)
{
  size_t begin = at;

  while (begin > 0 && at - begin < LONGEST_LINE && text[begin - 1] != '\n')
    begin--;
  begin += strspn (text + begin, " \t");
  return begin < at
         && (strchr ("#;*", text[begin]) || (text[begin] == '/' && text[begin + 1] == '/')
             || strncmp (text + begin, ">>> ", 4) == 0);
}

/* Does it stand alone in its line? A docstring begins so, a string that is given to something does not. */
static int begins_line (const char *text, size_t at)
{
  while (at > 0 && strchr (" \trRuU", text[at - 1]))
    at--;
  return at == 0 || text[at - 1] == '\n';
}

/* Is it in a docstring of Python? Then it is as in a comment. */
static int is_docstring (const char *text, size_t at)
{
  size_t begin = at > LONGEST_DOC ? at - LONGEST_DOC : 0;
  int is_inside = 0, is_doc = 0;

  for (size_t i = begin; i + 3 <= at; i++)
    if (strncmp (text + i, "\"\"\"", 3) == 0 || strncmp (text + i, "'''", 3) == 0) {
      is_doc = !is_inside && begins_line (text, i);
      is_inside = !is_inside;
      i += 2;
    }
  return is_inside && is_doc;
}

int vprod__scan_is_comment (const char *text, size_t at, int is_python)
{
  return is_comment_line (text, at) || (is_python && is_docstring (text, at));
}
