/* SPDX-License-Identifier: MIT */
/* Example files of variables, such as .env.example. */
#include "draft/draft.h"

#include <ctype.h>
#include <string.h>

#define MAX_EXAMPLE (256 * 1024)

void vprod__draft_each_line (struct vprod__draft *draft, char *text,
                             void (*take) (struct vprod__draft *draft, const char *name, size_t length, const char *value,
                                           size_t line, void *data),
                             void *data)
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
    take (draft, line, (size_t) (equals - line), value, number, data);
  }
}

static void take_example (struct vprod__draft *draft, const char *name, size_t length, const char *value, size_t line, void *data)
{
  const char *const *file = data;

  vprod__draft_variable (draft, name, length, value, 0, *file, line);
}

void vprod__draft_read_examples (struct vprod__draft *draft)
{
  static const char *examples[] = {
    ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", NULL,
  };

  for (size_t i = 0; examples[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, examples[i], MAX_EXAMPLE, &text) && text.data)
      vprod__draft_each_line (draft, text.data, take_example, &examples[i]);
  }
}
