/* SPDX-License-Identifier: MIT */
/*
 * What the log says of processes that ended. Runtimes end with lines that nothing else writes; supervisors name what they
 * start. A server logs Python tracebacks of requests, too: one is the end of a process only where its outermost frame is
 * in a script, and no process runs that script.
 */
#include "checks/start/ends.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int vprod__end_is_bad (int exit_code)
{
  /* HUP, INT, KILL, PIPE, TERM: sent by others */
  static const int good[] = { 0, 128 + 1, 128 + 2, 128 + 9, 128 + 13, 128 + 15 };

  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    if (exit_code == good[i])
      return 0;
  return 1;
}

enum word { ENDED, GAVE_UP, RUNS, CRASH };

/* In a pattern "%" stands for a name, "#" for a number, a blank for any number of them; "^" and "$" tie it to the line's
   beginning and end. The last number is the exit code. */
static const struct {
  const char *pattern;
  enum word word;
  const char *next; /* CRASH: one of the next lines begins so; NULL: any may */
} rows[] = {
  /* supervisord */
  { "exited: % (exit status #; not expected)", ENDED, NULL },
  { "exited: % (terminated by SIGSEGV; not expected)", ENDED, NULL },
  { "exited: % (terminated by SIGABRT; not expected)", ENDED, NULL },
  { "gave up: % entered FATAL state", GAVE_UP, NULL },
  { "spawnerr: can't find command '%'", GAVE_UP, NULL },
  { "spawnerr: command at '%' is not executable", GAVE_UP, NULL },
  { "success: % entered RUNNING state", RUNS, NULL },
  /* pm2, honcho, concurrently, s6-rc */
  { "App [%:#] exited with code [#]", ENDED, NULL },
  { "App [%:#] online", RUNS, NULL },
  { "| % stopped (rc=#)", ENDED, NULL },
  { "^[#] % exited with code #", ENDED, NULL },
  { "s6-rc: warning: unable to start service %: command exited #", GAVE_UP, NULL },
  /* servers that reap what is not theirs: nginx, Puma */
  { "unknown process # exited with code #", ENDED, NULL },
  { "reaped unknown child process pid=# status=pid # exit #", ENDED, NULL },
  /* Go, Rust, Node.js, .NET; and shells, of what they started */
  { "^panic: ", CRASH, "goroutine " },
  { "^fatal error: ", CRASH, "goroutine " },
  { "^thread 'main' panicked at ", CRASH, NULL },
  { "^thread 'main' (#) panicked at ", CRASH, NULL },
  { "^Node.js v#.#.#$", CRASH, NULL },
  { "^Unhandled exception. ", CRASH, NULL },
  { "^Segmentation fault", CRASH, NULL },
  { ": line #: # Segmentation fault", CRASH, NULL },
  { ": line #: # Aborted", CRASH, NULL },
  { ": line #: # Illegal instruction", CRASH, NULL },
  { ": line #: # Bus error", CRASH, NULL },
};
#define N_ROWS (sizeof rows / sizeof rows[0])
#define NEXT_LINES 12
#define LOOKED_AT 2000 /* bytes of a line */

struct line {
  const char *text;
  size_t length;
};

static struct line line_at (const char *text)
{
  struct line line = { text, strcspn (text, "\n") };

  if (line.length > 0 && text[line.length - 1] == '\r')
    line.length--;
  return line;
}

/* The line after it; NULL: none. */
static const char *after (struct line line)
{
  const char *newline = strchr (line.text, '\n');

  return newline && newline[1] ? newline + 1 : NULL;
}

static int begins (struct line line, const char *with)
{
  size_t n = strlen (with);

  return line.length >= n && memcmp (line.text, with, n) == 0;
}

/* ---- patterns -------------------------------------------------------------------------------------------- */

struct captured {
  const char *name;
  size_t name_length;
  int code;
};

/* Does the text begin as the pattern says? */
static int fits (const char *text, const char *end, const char *pattern, struct captured *ret)
{
  for (; *pattern; pattern++) {
    if (*pattern == '%') {
      const char *name = text;
      while (text < end && !fits (text, end, pattern + 1, ret))
        text++;
      ret->name = name;
      ret->name_length = (size_t) (text - name);
      return text < end || !pattern[1];
    }
    if (*pattern == '#') {
      int minus = text < end && *text == '-', number = 0;
      const char *digits = text + minus;
      for (text = digits; text < end && isdigit ((unsigned char) *text) && text - digits < 8; text++)
        number = 10 * number + (*text - '0');
      if (text == digits)
        return 0;
      ret->code = minus ? 128 + number : number;
    }
    else if (*pattern == '$')
      return text == end;
    else if (*pattern == ' ') {
      if (text == end || *text != ' ')
        return 0;
      while (text < end && *text == ' ')
        text++;
    }
    else if (text == end || *text++ != *pattern)
      return 0;
  }
  return 1;
}

/* Numbers of the pattern's rest overwrite those before it, whether they come from inside a "%" or not: the last one
   counts. */
static int fits_line (struct line line, const char *pattern, struct captured *ret)
{
  const char *end = line.text + (line.length < LOOKED_AT ? line.length : LOOKED_AT);
  int tied = *pattern == '^';

  for (const char *text = line.text; text < end; text++) {
    *ret = (struct captured) { .code = -1 };
    if (fits (text, end, pattern + tied, ret))
      return 1;
    if (tied)
      return 0;
  }
  return 0;
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

struct ends {
  struct vprod__log_end *list;
  size_t count, size;
};

static struct vprod__log_end *find (struct ends *ends, enum vprod__log_end_kind kind, const char *name)
{
  for (size_t i = 0; i < ends->count; i++)
    if (ends->list[i].kind == kind && strcmp (ends->list[i].name, name) == 0)
      return &ends->list[i];
  return NULL;
}

static struct vprod__log_end *add (struct ends *ends, enum vprod__log_end_kind kind, const char *name)
{
  struct vprod__log_end *end = *name ? find (ends, kind, name) : NULL;

  if (!end && ends->count < ends->size) {
    end = &ends->list[ends->count++];
    *end = (struct vprod__log_end) { .kind = kind, .code = -1 };
    snprintf (end->name, sizeof end->name, "%s", name);
  }
  return end;
}

static int follows (struct line line, const char *with)
{
  const char *next = after (line);

  for (int n = 0; next && n < NEXT_LINES; n++) {
    line = line_at (next);
    if (begins (line, with))
      return 1;
    next = after (line);
  }
  return 0;
}

static void take_row (struct ends *ends, size_t row, struct line line, const struct captured *captured,
                      struct line error)
{
  char name[128];
  struct vprod__log_end *end;

  snprintf (name, sizeof name, "%.*s", (int) (captured->name_length < 100 ? captured->name_length : 100),
            captured->name ? captured->name : "");
  if (rows[row].word == RUNS) {
    end = find (ends, VPROD__LOG_SUPERVISED, name);
    if (end)
      end->over = 1;
    return;
  }
  if (rows[row].word == ENDED && captured->code >= 0 && !vprod__end_is_bad (captured->code))
    return;
  int is_node = rows[row].word == CRASH && begins (line, "Node.js v"); /* some write the name after the message */
  if (is_node && error.length == 0)
    return;
  end = add (ends, rows[row].word == CRASH ? VPROD__LOG_CRASH : VPROD__LOG_SUPERVISED,
             rows[row].word == CRASH ? "" : name);
  if (!end)
    return;
  struct line told = is_node ? error : line;
  end->line = told.text;
  end->length = told.length;
  end->over = 0;
  if (rows[row].word == ENDED || captured->code >= 0)
    end->code = rows[row].word == CRASH ? -1 : captured->code;
}

/* ---- Python ---------------------------------------------------------------------------------------------- */

/* The script of the outermost frame, which is a module's; 0: it is none. Behind runpy (python -m) comes the module. */
static int find_script (struct line *line, char script[static 128])
{
  static const char file[] = "  File \"", module[] = ", in <module>";
  const char *next = after (*line);

  for (int n = 0; next && n < NEXT_LINES; n++) {
    *line = line_at (next);
    if (!begins (*line, file))
      return 0;
    const char *path = line->text + sizeof file - 1, *quote = memchr (path, '"', line->length - (sizeof file - 1));
    if (!quote || quote == path)
      return 0;
    if (*path != '<') {
      snprintf (script, 128, "%.*s", (int) (quote - path < 127 ? quote - path : 127), path);
      return line->length > sizeof module
          && memcmp (line->text + line->length - (sizeof module - 1), module, sizeof module - 1) == 0;
    }
    if (!begins (line_at (path), "<frozen runpy>"))
      return 0;
    next = after (*line);
    if (next && !begins (line_at (next), file)) /* its source */
      next = after (line_at (next));
  }
  return 0;
}

static void take_traceback (struct ends *ends, struct line line)
{
  char script[128];

  if (!find_script (&line, script))
    return;
  for (const char *next = after (line); next; next = after (line)) {
    line = line_at (next);
    if (line.length > 0 && !isspace ((unsigned char) *line.text)) {
      struct vprod__log_end *end = add (ends, VPROD__LOG_SCRIPT, script);
      if (end) {
        end->code = 1;
        end->line = line.text;
        end->length = line.length;
      }
      return;
    }
  }
}

size_t vprod__log_ends (const char *log, struct vprod__log_end *list, size_t size)
{
  struct ends ends = { list, 0, size };
  struct line error = { "", 0 };

  for (const char *text = *log ? log : NULL; text;) {
    struct line line = line_at (text);
    struct captured captured;
    if (begins (line, "Traceback (most recent call last):"))
      take_traceback (&ends, line);
    for (size_t row = 0; row < N_ROWS; row++)
      if (fits_line (line, rows[row].pattern, &captured)
          && (!rows[row].next || follows (line, rows[row].next))) {
        take_row (&ends, row, line, &captured, error);
        break;
      }
    if (memmem (line.text, line.length, "Error", 5) && !isspace ((unsigned char) *line.text))
      error = line;
    text = after (line);
  }
  return ends.count;
}
