/* SPDX-License-Identifier: MIT */
/* Mistakes of a spec as annotations of GitHub Actions: "::error file=verify-prod.yaml,line=3,col=5,title=…::…". */
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Percent-encodes what would end the value, or the property, and the percent sign itself. */
static void put_encoded (const char *text, size_t length, const char *special)
{
  for (size_t i = 0; i < length; i++)
    if (strchr (special, text[i]))
      printf ("%%%02X", (unsigned) (unsigned char) text[i]);
    else
      putchar (text[i]);
}

struct place {
  const char *begin; /* ":3:5: …" */
  const char *text;  /* what follows */
  long line, column;
};

/* "a.yaml:3:5: …". 1 if there is such a place. */
static int find_place (const char *line, struct place *ret)
{
  for (const char *colon = strchr (line, ':'); colon; colon = strchr (colon + 1, ':')) {
    int used = 0;
    if (isdigit ((unsigned char) colon[1])
        && sscanf (colon, ":%9ld:%9ld: %n", &ret->line, &ret->column, &used) == 2 && used > 0) {
      ret->begin = colon;
      ret->text = colon + used;
      return 1;
    }
  }
  return 0;
}

static void put_annotation (const char *line)
{
  struct place place = { .text = line };

  if (strncmp (line, "./", 2) == 0) /* annotations have paths from the top of the repository */
    line += 2;
  printf ("::error ");
  if (find_place (line, &place)) {
    printf ("file=");
    put_encoded (line, (size_t) (place.begin - line), "%\r\n:,");
    printf (",line=%ld,col=%ld,", place.line, place.column);
  }
  printf ("title=" CLI_NAME " spec::");
  put_encoded (place.text, strlen (place.text), "%\r\n");
  putchar ('\n');
}

void cli_annotate (const char *message)
{
  char *shown = vprod_log_text (message);

  for (char *line = shown; line && *line;) {
    size_t length = strcspn (line, "\n");
    _cleanup_free_ char *alone = cli_must (strndup (line, length));
    if (length > 0)
      put_annotation (alone);
    line += length + strspn (line + length, "\n");
  }
  vprod_string_free (shown);
}
