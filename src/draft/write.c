/* SPDX-License-Identifier: MIT */
/* Writes the facts as a spec, with a comment on each guess. It loads, whatever the facts are. */
#include "draft/write.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "util/text.h"

#define MAX_COMMENT 200
#define WIDTH 110

void vprod__write (struct vprod__writer *w, const char *text)
{
  if (vprod__buf_adds (&w->out, text) < 0)
    w->draft->no_memory = 1;
}

void vprod__writef (struct vprod__writer *w, const char *format, ...)
{
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    w->draft->no_memory = 1;
  else {
    vprod__write (w, text);
    free (text);
  }
  va_end (ap);
}

/* A comment, forced onto one line. */
void vprod__write_note (struct vprod__writer *w, int indent, const char *format, ...)
{
  _cleanup_free_ char *harmless = NULL;
  char *text = NULL;
  va_list ap;

  va_start (ap, format);
  if (vasprintf (&text, format, ap) < 0)
    text = NULL;
  va_end (ap);
  if (text)
    harmless = vprod__text_harmless (text, strnlen (text, MAX_COMMENT));
  free (text);
  if (!harmless) {
    w->draft->no_memory = 1;
    return;
  }
  for (char *p = harmless; *p; p++)
    if (strchr ("\n\r\t", *p))
      *p = ' ';
  vprod__writef (w, "%*s# %s\n", indent, "", harmless);
}

/* ---- scalars ---------------------------------------------------------------------------------------------- */

/* Is it a string without quotes in every version of YAML? */
static int is_plain (const char *text)
{
  static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y", "n", NULL };
  int letters = 0;

  for (const char *p = text; *p; p++) {
    if (!isalnum ((unsigned char) *p) && !strchr ("/._-", *p))
      return 0;
    letters |= isalpha ((unsigned char) *p) || *p == '/';
  }
  return letters && !vprod__text_is_one_of_nocase (text, words)
         && (isalpha ((unsigned char) *text) || *text == '_'
             || (strchr ("/.", *text) && isalpha ((unsigned char) text[1])));
}

void vprod__write_quoted (struct vprod__writer *w, const char *text)
{
  _cleanup_free_ char *harmless = vprod__text_harmless (text, strlen (text));

  if (!harmless) {
    w->draft->no_memory = 1;
    return;
  }
  vprod__write (w, "\"");
  for (const char *p = harmless; *p; p++)
    if (*p == '"' || *p == '\\')
      vprod__writef (w, "\\%c", *p);
    else if ((unsigned char) *p < 0x20)
      vprod__writef (w, "\\x%02x", (unsigned) *p);
    else
      vprod__writef (w, "%c", *p);
  vprod__write (w, "\"");
}

/* references: ${…} in the text is meant as a reference; otherwise it is escaped. */
void vprod__write_text (struct vprod__writer *w, const char *text)
{
  if (is_plain (text))
    vprod__write (w, text);
  else
    vprod__write_quoted (w, text);
}

/* A value in which ${ is literal. */
void vprod__write_literal (struct vprod__writer *w, const char *text)
{
  _cleanup_buf_ struct vprod__buf value = { 0 };

  for (const char *p = text; *p; p++)
    if (vprod__buf_adds (&value, p[0] == '$' && p[1] == '{' ? "$" : "") < 0 || vprod__buf_add (&value, p, 1) < 0)
      w->draft->no_memory = 1;
  vprod__write_text (w, vprod__buf_string (&value));
}

/* "[a, b]", wrapped. */
void vprod__write_list (struct vprod__writer *w, int indent, char *const *list)
{
  size_t line = w->out.length;

  vprod__write (w, "[");
  for (size_t i = 0; list[i]; i++) {
    if (i > 0)
      vprod__write (w, ",");
    if (i > 0 && w->out.length - line + strlen (list[i]) > WIDTH - (size_t) indent - 20) {
      line = w->out.length;
      vprod__writef (w, "\n%*s", indent, "");
    }
    else if (i > 0)
      vprod__write (w, " ");
    vprod__write_text (w, list[i]);
  }
  vprod__write (w, "]");
}

/* The words of a command. */
void vprod__write_command (struct vprod__writer *w, char *const *list)
{
  for (size_t i = 0; list[i]; i++) {
    vprod__write (w, i == 0 ? "[" : ", ");
    vprod__write_literal (w, list[i]);
  }
  vprod__write (w, "]");
}

void vprod__write_notes (struct vprod__writer *w, int indent, char *const *notes)
{
  for (size_t i = 0; notes && notes[i]; i++)
    vprod__write_note (w, indent, "%s", notes[i]);
}

void vprod__write_pairs (struct vprod__writer *w, int indent, char *const *pairs, int literal)
{
  for (size_t i = 0; pairs && pairs[i]; i++) {
    size_t n = strcspn (pairs[i], "=");
    _cleanup_free_ char *name = strndup (pairs[i], n);
    vprod__writef (w, "%*s", indent, "");
    vprod__write_text (w, name ? name : "");
    vprod__write (w, ": ");
    (literal ? vprod__write_literal : vprod__write_text) (w, pairs[i] + n + 1);
    vprod__write (w, "\n");
  }
}

char *vprod__draft_write (struct vprod__draft *draft, const char *name)
{
  struct vprod__writer w = { .draft = draft };

  vprod__write_note (&w, 0, "What makes %s fit for production: run verify-prod in this folder.", name);
  vprod__write_note (&w, 0,
        "Drafted by `verify-prod init` from %s. Beside each guess stands where it comes from: look through them.",
        draft->dockerfile_named ? draft->dockerfile_named : draft->dockerfile);
  vprod__write_note (&w, 0, "All that can be said: man verify-prod.yaml; of one check: verify-prod explain CHECK.");
  vprod__write (&w, "version: 1\nname: ");
  vprod__write_text (&w, name);
  vprod__write (&w, "\n");
  vprod__write_image (&w);
  vprod__write_services (&w);
  vprod__write_run (&w);
  vprod__write_checks (&w);
  if (draft->no_memory) {
    vprod__buf_clear (&w.out);
    return NULL;
  }
  return vprod__buf_steal (&w.out);
}
