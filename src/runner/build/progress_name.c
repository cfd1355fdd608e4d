/* SPDX-License-Identifier: MIT */
/*
 * BuildKit names the step of an instruction "[STAGE N/M] INSTRUCTION", "[N/M] INSTRUCTION" where there is one
 * stage, and with a platform before the stage where that is not the builder's own. All other work has a name of
 * another form.
 */
#include "runner/build/progress_reader.h"

#include <string.h>

/* "2/4" */
static int is_position (const char *word, size_t length)
{
  size_t digits = strspn (word, "0123456789");

  return digits > 0 && digits < length && word[digits] == '/' && digits + 1 < length
         && strspn (word + digits + 1, "0123456789") == length - digits - 1;
}

int vprod__progress_split_name (const char *name, char **ret_stage, char **ret_text)
{
  const char *stage = "", *text = name, *end = strchr (name, ']');
  size_t stage_length = 0;

  if (name[0] == '[' && end && end[1] == ' ') {
    const char *word = name + 1, *found = NULL;
    size_t found_length = 0;
    for (;;) {
      size_t length = strcspn (word, " ]");
      if (word + length == end) {
        if (is_position (word, length)) {
          text = end + 2;
          stage = found ? found : "";
          stage_length = found_length;
        }
        break;
      }
      if (!memchr (word, '/', length)) { /* a platform has a slash, a stage's name cannot */
        found = word;
        found_length = length;
      }
      word += length + 1;
    }
  }
  *ret_stage = strndup (stage, stage_length);
  *ret_text = strdup (text);
  if (*ret_stage && *ret_text)
    return 0;
  free (*ret_stage);
  free (*ret_text);
  *ret_stage = *ret_text = NULL;
  return -1;
}
