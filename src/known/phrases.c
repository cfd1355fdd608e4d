/* SPDX-License-Identifier: MIT */
#include "known/phrases.h"
#include "util/text.h"

#include <string.h>
#include <strings.h>

#define VPROD__SAMPLE(member) /* for the unit test */

static const struct vprod__phrase phrases[] = {
#include "data/phrases.h"
#include "data/names.h"
};

static int is_there (enum vprod__how how, const char *part, const char *text, size_t length)
{
  size_t n = strlen (part);
  int to_nul = length == VPROD__TO_NUL;

  switch (how) {
  case VPROD__HOW_NOCASE:
    return to_nul ? strcasestr (text, part) != NULL : vprod__text_contains_nocase_n (text, length, part);
  case VPROD__HOW_EXACT:
    return (to_nul ? strstr (text, part) : memmem (text, length, part, n)) != NULL;
  case VPROD__HOW_BEGINS:
    return length >= n && strncmp (text, part, n) == 0;
  case VPROD__HOW_BEGINS_NOCASE:
    return length >= n && strncasecmp (text, part, n) == 0;
  case VPROD__HOW_ENDS:
    length = strnlen (text, length);
    return length >= n && memcmp (text + length - n, part, n) == 0;
  case VPROD__HOW_WHOLE:
    return strnlen (text, length) == n && memcmp (text, part, n) == 0;
  }
  return 0;
}

const struct vprod__phrase *vprod__phrase_next (enum vprod__says list, const struct vprod__phrase *after)
{
  for (const struct vprod__phrase *p = after ? after + 1 : phrases; p < phrases + sizeof phrases / sizeof phrases[0]; p++)
    if (p->list == list)
      return p;
  return NULL;
}

const struct vprod__phrase *vprod__phrase_in (enum vprod__says list, const char *text, size_t length)
{
  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (list, p));)
    if (is_there (p->how, p->text, text, length) && (!p->also || is_there (p->how, p->also, text, length)))
      return p;
  return NULL;
}

int vprod__says (enum vprod__says list, const char *text)
{
  return vprod__phrase_in (list, text, VPROD__TO_NUL) != NULL;
}
