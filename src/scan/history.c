/* SPDX-License-Identifier: MIT */
/* Literal secrets in what an image's history says of each instruction. */
#include "scan/command.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int is_name_char (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_.-/", c));
}

/* Where in text the next " NAME=" begins, at or after p; the end where there is none. Names of labels have dots. */
static const char *next_pair (const char *p)
{
  for (; *p; p++) {
    size_t n = 0;
    if (*p != ' ')
      continue;
    while (is_name_char (p[1 + n]))
      n++;
    if (n > 0 && p[1 + n] == '=')
      return p;
  }
  return p;
}

/* "A=1 B=two words C=3", at most `count` of them, up to `end`. */
static int scan_pairs (const struct vprod__secret_search *search, const char *text, const char *end, size_t count)
{
  int r = 0;

  for (size_t i = 0; i < count && text < end && r == 0; i++) {
    text += strspn (text, " ");
    const char *equals = memchr (text, '=', (size_t) (end - text));
    if (!equals)
      break;
    const char *next = next_pair (equals + 1);
    if (next > end || i + 1 == count)
      next = end;
    const char *blank = memrchr (text, ' ', (size_t) (equals - text)); /* ARG WITHOUT_VALUE NAME=value */
    text = blank ? blank + 1 : text;
    r = vprod__secret_given (search, text, (size_t) (equals - text), equals + 1, (size_t) (next - equals - 1));
    text = next;
  }
  return r;
}

/* Behind "/bin/sh -c ", "/bin/bash -o pipefail -c "; NULL: no shell begins here. */
static const char *behind_shell (const char *text)
{
  const char *c = text[0] == '/' ? strstr (text, " -c ") : NULL;

  return c && c - text < 64 && !memchr (text, '\n', (size_t) (c - text)) ? c + 4 : NULL;
}

/* "|2 A=1 B=2 /bin/sh -c command": the build arguments that a RUN was given, and then the command. */
static int scan_arguments (const struct vprod__secret_search *search, const char *text)
{
  char *rest;
  size_t count = strtoul (text + 1, &rest, 10);
  const char *end = rest, *command = NULL;

  while (*end && !(end[0] == ' ' && (command = behind_shell (end + 1))))
    end++;
  if (!command) /* a RUN in JSON form: the last value ends at a blank */
    for (end = rest; count > 0 && *end;) {
      const char *next = next_pair (end);
      if (!*next)
        break;
      end = next + 1 + strcspn (next + 1, " ");
    }
  int r = scan_pairs (search, rest, end, count);
  return r != 0 ? r : vprod__secrets_given_in_command (search, command ? command : end);
}

static const char *const instructions[] = { "ENV",     "ARG",        "LABEL",      "RUN",         "COPY",
                                            "ADD",     "CMD",        "ENTRYPOINT", "HEALTHCHECK", "WORKDIR",
                                            "USER",    "EXPOSE",     "VOLUME",     "STOPSIGNAL",  "SHELL",
                                            "ONBUILD", "MAINTAINER", NULL };

/* Without the "#(nop)" that the classic builder puts before instructions that run nothing. */
static const char *behind_nop (const char *created_by)
{
  static const char nop[] = "#(nop)";
  const char *at = strstr (created_by, nop);

  if (!at || at - created_by > 32)
    return created_by;
  at += sizeof nop - 1;
  return at + strspn (at, " ");
}

const char *vprod__history_instruction (const char *created_by)
{
  const char *text = behind_nop (created_by);

  for (size_t i = 0; instructions[i]; i++) {
    size_t n = strlen (instructions[i]);
    if (strncmp (text, instructions[i], n) == 0 && (text[n] == ' ' || text[n] == '\0'))
      return instructions[i];
  }
  return text[0] == '|' || behind_shell (text) ? "RUN" : "";
}

int vprod__secrets_given_in_instruction (const struct vprod__secret_search *search, const char *created_by)
{
  const char *text = behind_nop (created_by), *instruction = vprod__history_instruction (created_by);
  size_t n = strlen (instruction);

  if (n > 0 && strncmp (text, instruction, n) == 0) {
    text += n;
    text += strspn (text, " ");
  }
  if (strcmp (instruction, "ENV") == 0 || strcmp (instruction, "LABEL") == 0 || strcmp (instruction, "ARG") == 0)
    return scan_pairs (search, text, text + strlen (text), SIZE_MAX);
  if (text[0] == '|' && isdigit ((unsigned char) text[1]))
    return scan_arguments (search, text);
  const char *command = behind_shell (text);
  return vprod__secrets_given_in_command (search, command ? command : text);
}
