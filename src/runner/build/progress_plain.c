/* SPDX-License-Identifier: MIT */
/*
 * BuildKit's --progress=plain. Every line about a step begins with "#NUMBER "; the first one names it. Then come,
 * in any order and among those of other steps: its name again, "sha256:…" (20.10), "...", "SECONDS output",
 * "CACHED", "DONE 0.1s", "CANCELED", "ERROR: …" and states of transfers. The rest are the builder's own words,
 * last of them the failure. Output of a step always has "#NUMBER SECONDS " before it, so that no program can
 * pretend.
 */
#include "runner/build/progress_reader.h"

#include <string.h>

static int has_prefix (const char *text, const char *prefix)
{
  return strncmp (text, prefix, strlen (prefix)) == 0;
}

/* "0.197 text", from 10 s on "10.20 text", from 100 s on "100.3 text" → "text"; NULL if it is not of this form. What is
   rounded up has a digit more ("10.000"), and older builders end in the dot from 1000 s on. */
static const char *skip_seconds (const char *text)
{
  size_t whole = strspn (text, "0123456789");

  if (whole == 0 || text[whole] != '.')
    return NULL;
  size_t part = strspn (text + whole + 1, "0123456789");
  const char *end = text + whole + 1 + part;
  if (part > 3 || whole + part < 4 || (*end != ' ' && *end != '\0'))
    return NULL;
  return *end ? end + 1 : end;
}

/* 20.10 does not end a last line of output that has no end: "#5 0.2 text#5 DONE 0.2s". */
static int ends_in_done (const char *text, const char *number)
{
  const char *found = NULL;

  for (const char *p = text; (p = strchr (p, '#')); p++)
    if (has_prefix (p + 1, number) && has_prefix (p + 1 + strlen (number), " DONE "))
      found = p + 1 + strlen (number) + strlen (" DONE ");
  if (!found)
    return 0;
  found += strspn (found, "0123456789.");
  return strcmp (found, "s") == 0;
}

static int is_digest (const char *text)
{
  return has_prefix (text, "sha256:") && strspn (text + 7, "0123456789abcdef") == 64 && text[7 + 64] == '\0';
}

static void read_event (struct vprod__progress *progress, struct vprod__progress_step *step, const char *number,
                        const char *text)
{
  const char *output = skip_seconds (text);

  if (output) {
    step->ran = 1;
    vprod__progress_output (progress, step, output, strlen (output));
    if (ends_in_done (output, number))
      vprod__progress_done (progress, step);
  } else if (strcmp (text, "CACHED") == 0)
    vprod__progress_cached (progress, step);
  else if (has_prefix (text, "DONE "))
    vprod__progress_done (progress, step);
  else if (strcmp (text, "CANCELED") == 0)
    vprod__progress_failed (progress, step, "context canceled");
  else if (has_prefix (text, "ERROR: "))
    vprod__progress_failed (progress, step, text + strlen ("ERROR: "));
}

/* "#12 rest" → "12", "rest" */
static const char *split_number (const char *line, char number[static 16])
{
  size_t digits = line[0] == '#' ? strspn (line + 1, "0123456789") : 0;

  if (digits == 0 || digits > 9 || line[1 + digits] != ' ')
    return NULL;
  memcpy (number, line + 1, digits);
  number[digits] = '\0';
  return line + 1 + digits + 1;
}

void vprod__read_plain (void *data, const char *line, size_t length)
{
  struct vprod__progress *progress = data;
  struct vprod__progress_step *step;
  char number[16];
  const char *rest = split_number (line, number);

  if (rest && is_digest (rest)) /* says nothing to a person */
    return;
  vprod__progress_say (progress, line, length);
  if (!rest) {
    vprod__progress_word (progress, line, length);
    return;
  }
  if (strcmp (number, "0") == 0) /* "building with …" */
    return;
  step = vprod__progress_find (progress, number);
  if (step && strcmp (step->name, rest) != 0)
    read_event (progress, step, number, rest);
  else if (!step && (step = vprod__progress_add (progress, number, NULL, NULL, rest)))
    vprod__progress_started (progress, step);
}
