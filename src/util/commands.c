/* SPDX-License-Identifier: MIT */
#include "util/commands.h"

#include <ctype.h>
#include <string.h>

enum where {
  ANYWHERE,   /* in a line */
  BEGINNING,  /* behind white space */
  FIRST       /* where the line begins */
};

static const struct command {
  const char *sign;
  enum where where;
  size_t at; /* the character before which it is broken */
} commands[] = {
  { "::", BEGINNING, 1 },             /* GitHub Actions, Forgejo */
  { "##[", ANYWHERE, 2 },             /* GitHub Actions (its older form), Azure Pipelines */
  { "##vso[", ANYWHERE, 5 },          /* Azure Pipelines */
  { "##teamcity[", ANYWHERE, 10 },    /* TeamCity */
  { "section_start:", ANYWHERE, 13 }, /* GitLab */
  { "section_end:", ANYWHERE, 11 },
  { "travis_fold:", ANYWHERE, 11 },   /* Travis */
  { "travis_time:", ANYWHERE, 11 },
  { "--- ", FIRST, 0 },               /* Buildkite */
  { "+++ ", FIRST, 0 },
  { "~~~ ", FIRST, 0 },
  { "^^^ +++", FIRST, 0 },
};

/* White space of any script (.NET's String.TrimStart), and characters without a width of their own, may stand before a
   command, and such characters in it. Which these are is the reader's business: only ASCII counts here. */
static size_t leading_space (const char *line)
{
  size_t length = 0;

  while (line[length] == ' ' || line[length] == '\t' || (unsigned char) line[length] >= 0x80)
    length++;
  return length;
}

/* 1: the command stands at p; *ret_at: where it is broken. */
static int is_command (const struct command *command, const char *p, const char **ret_at)
{
  for (size_t i = 0; command->sign[i]; i++) {
    while (i > 0 && (unsigned char) *p >= 0x80)
      p++;
    if (tolower ((unsigned char) *p) != command->sign[i])
      return 0;
    if (i == command->at)
      *ret_at = p;
    p++;
  }
  return 1;
}

/* The nearest place at or after p, of a text that begins with a line, where something is to be broken; NULL: none. */
static const char *find (const char *p, int begins)
{
  const char *at;

  for (; *p; begins = *p++ == '\n') {
    const char *line = begins ? p + leading_space (p) : NULL;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
      const struct command *command = &commands[i];
      if ((command->where == ANYWHERE && is_command (command, p, &at))
          || (command->where == FIRST && begins && is_command (command, p, &at))
          || (command->where == BEGINNING && line && is_command (command, line, &at)))
        return at;
    }
  }
  return NULL;
}

static int add_break (const char *at, enum vprod__commands_in in, struct vprod__buf *out)
{
  switch (in) {
  case VPROD__COMMANDS_JSON:
    return vprod__buf_addf (out, "\\u%04x", (unsigned) (unsigned char) *at);
  case VPROD__COMMANDS_MARKUP:
    return vprod__buf_addf (out, "&#x%x;", (unsigned) (unsigned char) *at);
  case VPROD__COMMANDS_TEXT:
    break;
  }
  return vprod__buf_addf (out, " %c", *at);
}

int vprod__commands_break (const char *text, enum vprod__commands_in in, struct vprod__buf *out)
{
  int begins = 1;

  for (const char *at; (at = find (text, begins)); text = at + 1) {
    if (vprod__buf_add (out, text, (size_t) (at - text)) < 0 || add_break (at, in, out) < 0)
      return -1;
    begins = 0;
  }
  return vprod__buf_adds (out, text);
}
