/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a step's output, so that a failure can be told in a few lines: a compiler's error often stands
 * far above the end. The first lines that look like an error are kept, and the last lines, whatever they look
 * like.
 */
#include "runner/build/progress_reader.h"
#include "known/phrases.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>

#define SHOWN_TELLING 8
#define SHOWN_LAST 3 /* beside telling ones; else all that is kept */

/* ---- which lines -------------------------------------------------------------------------------------------- */

static int is_part_of_name (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_-./", c) != NULL);
}

/* "error" as a word: "error: x", "Error 1", "[error]", "npm ERR!", "SyntaxError: x"; not "libgpg-error0",
   "errors.py", "0 errors". */
static int says_error (const char *line)
{
  for (const char *p = line; (p = strcasestr (p, "err")); p++) {
    size_t n = strncasecmp (p, "error", 5) == 0 ? 5 : strncmp (p, "ERR!", 4) == 0 ? 4 : 0;
    if (n == 0)
      continue;
    int begins = p == line || !is_part_of_name (p[-1]);
    int named = p > line && isalpha ((unsigned char) p[-1]) && strncmp (p, "Error:", 6) == 0;
    if (named || (begins && !is_part_of_name (p[n])))
      return 1;
  }
  return 0;
}

static int is_telling (const char *line)
{
  return says_error (line) || vprod__says (VPROD__SAYS_TELLING, line);
}

/* curl and git: "Failed to connect to example.org port 443". A step that asks a service of its own is at
   fault itself. */
static int tells_unreachable_host (const char *line)
{
  static const char phrase[] = "failed to connect to ";
  static const char *const own[] = { "localhost", "127.", "::1", "[::1]", "0.0.0.0", NULL };
  const char *host = strcasestr (line, phrase);

  if (!host || !strcasestr (host, " port "))
    return 0;
  host += sizeof phrase - 1;
  for (size_t i = 0; own[i]; i++)
    if (strncasecmp (host, own[i], strlen (own[i])) == 0)
      return 0;
  return 1;
}

/* Java: "UnknownHostException: repo.example.org". A name without a dot is a service beside the app, which no build
   can count on. */
static int tells_unknown_host (const char *line)
{
  static const char phrase[] = "UnknownHostException: ";
  const char *host = strstr (line, phrase);

  if (!host)
    return 0;
  host += sizeof phrase - 1;
  return memchr (host, '.', strcspn (host, " :\t")) != NULL;
}

static int is_passed_test (const char *line)
{
  return vprod__says (VPROD__SAYS_PASSED_TEST, line) || vprod__says (VPROD__SAYS_PASSED_TEST, line + strspn (line, " \t"));
}

int vprod__line_tells_network (const char *line)
{
  return (vprod__says (VPROD__SAYS_NETWORK, line) || tells_unreachable_host (line) || tells_unknown_host (line))
         && !vprod__says (VPROD__SAYS_DATABASE, line) && !is_passed_test (line);
}

int vprod__line_tells_no_space (const char *line)
{
  return strcasestr (line, "no space left on device") != NULL && !is_passed_test (line);
}

/* ---- keeping them ------------------------------------------------------------------------------------------- */

/* What a terminal would show of a line that draws over itself, in as many bytes as are kept. */
static char *shown_part (const char *line, size_t length)
{
  const char *start = line;

  for (const char *p = line; (p = memchr (p, '\r', length - (size_t) (p - line))); p++)
    if (p + 1 < line + length)
      start = p + 1;
  length -= (size_t) (start - line);
  return strndup (start, length < VPROD__KEPT_BYTES ? length : VPROD__KEPT_BYTES);
}

static void keep (struct vprod__kept_line *kept, size_t number, const char *text)
{
  size_t length = strnlen (text, VPROD__KEPT_BYTES);

  memcpy (kept->text, text, length);
  kept->text[length] = '\0';
  kept->number = number;
}

int vprod__step_log_add (struct vprod__step_log *log, const char *line, size_t length)
{
  _cleanup_free_ char *text = shown_part (line, length);

  if (!text)
    return -1;
  if (text[strspn (text, " \t")] == '\0')
    return 0;
  log->count++;
  if (!log->network && vprod__line_tells_network (text) && !(log->network = strdup (text)))
    return -1;
  if (!log->no_space && vprod__line_tells_no_space (text) && !(log->no_space = strdup (text)))
    return -1;
  if (log->telling_count < VPROD__KEPT_LINES && is_telling (text))
    keep (&log->telling[log->telling_count++], log->count, text);
  keep (&log->last[log->count % VPROD__KEPT_LINES], log->count, text);
  return 0;
}

static int add_line (struct vprod__buf *buf, const struct vprod__kept_line *line, size_t *after)
{
  int r = 0;

  if (*after && line->number > *after + 1)
    r = vprod__buf_adds (buf, "…\n");
  *after = line->number;
  if (r == 0)
    r = vprod__buf_addf (buf, "%s\n", line->text);
  return r;
}

int vprod__step_log_compose (const struct vprod__step_log *log, struct vprod__buf *ret)
{
  size_t telling = log->telling_count < SHOWN_TELLING ? log->telling_count : SHOWN_TELLING, after = 0;
  size_t last = telling ? SHOWN_LAST : VPROD__KEPT_LINES;

  for (size_t i = 0; i < telling; i++)
    if (add_line (ret, &log->telling[i], &after) < 0)
      return -1;
  size_t number = log->count > last ? log->count - last + 1 : 1;
  for (; number <= log->count; number++)
    if (number > after && add_line (ret, &log->last[number % VPROD__KEPT_LINES], &after) < 0)
      return -1;
  return 0;
}

void vprod__step_log_free (struct vprod__step_log *log)
{
  if (!log)
    return;
  vprod__lines_clear (&log->lines);
  free (log->network);
  free (log->no_space);
  free (log);
}

/* ---- the failure -------------------------------------------------------------------------------------------- */

/* The last of the builder's words: from "ERROR: " on; 20.10 writes "------", the step's name and again "------"
   before it, or nothing. */
static const char *last_words (const char *words)
{
  const char *found = words;

  for (const char *line = words; *line;) {
    const char *end = strchr (line, '\n');
    if (strncmp (line, "ERROR: ", 7) == 0)
      found = line + 7;
    else if (strncmp (line, "Error: ", 7) == 0)
      found = line + 7;
    else if (strncmp (line, "------\n", 7) == 0)
      found = line + 7;
    if (!end)
      break;
    line = end + 1;
  }
  return found;
}

int vprod__progress_get_failure (struct vprod__progress *progress, struct vprod__progress_failure *ret)
{
  const struct vprod__progress_step *step = NULL;

  for (size_t i = 0; i < progress->count && !step; i++)
    if (progress->steps[i]->told == VPROD_STEP_FAILED)
      step = progress->steps[i];
  progress->telling.length = 0;
  if (progress->status < 0 || (step && step->log && vprod__step_log_compose (step->log, &progress->telling) < 0))
    return progress->status = -1;
  *ret = (struct vprod__progress_failure) {
    .step = step ? step->text : NULL,
    .stage = step ? step->stage : "",
    .error = step && step->error ? step->error : "",
    .words = last_words (vprod__buf_string (&progress->words)),
    .telling = progress->telling.length ? progress->telling.data : "",
    .network = step && step->log && step->log->network ? step->log->network : "",
    .no_space = step && step->log && step->log->no_space ? step->log->no_space : "",
  };
  return 0;
}
