/* SPDX-License-Identifier: MIT */
/* Example files of variables, such as .env.example. */
#include "draft/draft.h"

#include <ctype.h>
#include <string.h>

#define MAX_EXAMPLE (256 * 1024)

/* NAME=value of a .env.example. */
static void read_example (struct vprod__draft *draft, const char *file, char *text)
{
  char *save = NULL;
  size_t number = 0;

  for (char *line = text; line; line = save) {
    save = strchr (line, '\n');
    if (save)
      *save++ = '\0';
    number++;
    line += strspn (line, " \t");
    if (strncmp (line, "export ", 7) == 0)
      line += 7;
    char *equals = strchr (line, '=');
    if (*line == '#' || !equals || !vprod__draft_is_name (line, (size_t) (equals - line)))
      continue;
    char *value = equals + 1 + strspn (equals + 1, " \t"), *end;
    if (*value == '#')
      *value = '\0';
    if ((*value == '"' || *value == '\'') && (end = strchr (value + 1, *value)))
      value++;
    else {
      end = strstr (value, " #");
      end = end ? end : value + strlen (value);
      while (end > value && isspace ((unsigned char) end[-1]))
        end--;
    }
    *end = '\0';
    vprod__draft_variable (draft, line, (size_t) (equals - line), value, 0, file, number);
  }
}

void vprod__draft_read_examples (struct vprod__draft *draft)
{
  static const char *const examples[] = {
    ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", NULL,
  };

  for (size_t i = 0; examples[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, examples[i], MAX_EXAMPLE, &text) && text.data)
      read_example (draft, examples[i], text.data);
  }
}
