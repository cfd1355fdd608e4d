/* SPDX-License-Identifier: MIT */
#include "report/format.h"
#include "util/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void vprod__out_raw (struct vprod__out *out, const char *text)
{
  if (vprod__buf_adds (&out->buf, text) < 0)
    out->no_memory = 1;
}

void vprod__out_f (struct vprod__out *out, const char *format, ...)
{
  _cleanup_free_ char *text = NULL;
  va_list ap;

  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  if (n < 0) {
    text = NULL;
    out->no_memory = 1;
    return;
  }
  vprod__out_raw (out, text);
}

char *vprod__out_harmless (struct vprod__out *out, const char *text)
{
  char *harmless = vprod__text_harmless (text, strlen (text));

  if (!harmless)
    out->no_memory = 1;
  return harmless;
}

void vprod__out_line (struct vprod__out *out, const char *text)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);

  if (!harmless)
    return;
  for (char *p = harmless; (p = strpbrk (p, "\n\t")); p++)
    *p = ' ';
  vprod__out_raw (out, harmless);
}

void vprod__out_lines (struct vprod__out *out, const char *prefix, const char *text)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);

  if (!harmless)
    return;
  size_t length = strlen (harmless);
  while (length > 0 && harmless[length - 1] == '\n')
    harmless[--length] = '\0';
  for (char *line = harmless, *end; line; line = end) {
    if ((end = strchr (line, '\n')))
      *end++ = '\0';
    vprod__out_f (out, "%s%s\n", prefix, line);
  }
}

/* The columns that UTF-8 takes; wide characters count as one. */
static size_t columns (const char *bytes, size_t length)
{
  size_t count = 0;

  for (size_t i = 0; i < length; i++)
    count += (bytes[i] & 0xc0) != 0x80;
  return count;
}

/* A line of text, wrapped between words. */
static void add_broken (struct vprod__out *out, const char *line, size_t column, const char *indent)
{
  const size_t least = strlen (indent) + 20; /* no wrapping on a very narrow terminal */
  size_t width = out->width > 0 && (size_t) out->width > least ? (size_t) out->width : SIZE_MAX;

  while (*line) {
    size_t spaces = strspn (line, " "), length = spaces + strcspn (line + spaces, " ");
    if (column > strlen (indent) && column + columns (line, length) > width) {
      vprod__out_f (out, "\n%s", indent);
      line += spaces;
      length -= spaces;
      column = strlen (indent);
    }
    vprod__out_f (out, "%.*s", (int) length, line);
    column += columns (line, length);
    line += length;
  }
  vprod__out_raw (out, "\n");
}

void vprod__out_hanging (struct vprod__out *out, const char *text, size_t column, const char *indent)
{
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);
  size_t length = harmless ? strlen (harmless) : 0;

  while (length > 0 && harmless[length - 1] == '\n')
    harmless[--length] = '\0';
  for (char *line = harmless, *end; line; line = end) {
    if ((end = strchr (line, '\n')))
      *end++ = '\0';
    if (line != harmless) {
      vprod__out_raw (out, indent);
      column = strlen (indent);
    }
    add_broken (out, line, column, indent);
  }
}

void vprod__out_color (struct vprod__out *out, enum vprod__color color)
{
  static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[1;31m", "\033[33m",
                                       "\033[1;35m" };

  if (out->color)
    vprod__out_raw (out, codes[color]);
}

void vprod__out_clear (struct vprod__out *out)
{
  vprod__buf_clear (&out->buf);
}
