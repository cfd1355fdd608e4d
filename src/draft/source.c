/* SPDX-License-Identifier: MIT */
#include "draft/source.h"

#include <ctype.h>

void vprod__source_found (struct vprod__source *source, const char *name, size_t length, int required)
{
  enum vprod__draft_need need = !required || (source->in_methods && !source->at_start) ? VPROD__DRAFT_READ
                                 : source->at_start ? VPROD__DRAFT_REQUIRED : VPROD__DRAFT_WANTED;

  vprod__draft_variable (source->draft, name, length, NULL, need, source->file, source->line);
}

size_t vprod__source_word_length (const char *text)
{
  size_t length = 0;

  while (isalnum ((unsigned char) text[length]) || text[length] == '_')
    length++;
  return length;
}
