/* SPDX-License-Identifier: MIT */
/*
 * printf for messages that contain foreign text. Each %s is made harmless by itself before it is put in, so that what one
 * of them begins (an escape sequence without an end, half a character) does not reach the text behind it. The format
 * string is ours and stays as it is.
 */
#include "util/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One conversion: "%-*.*lld" and what it takes. */
struct conversion {
  char text[16];  /* without width and precision */
  int left;       /* "-" */
  int width;      /* -1: none */
  int precision;  /* -1: none */
  char size;      /* 0, 'l', 'L' (ll and j), 'z', 't' */
  char kind;
  const char *end;
};

static int read_number (const char **at, va_list *ap)
{
  int number = 0;

  if (**at == '*') {
    (*at)++;
    return va_arg (*ap, int);
  }
  for (; **at >= '0' && **at <= '9'; (*at)++)
    number = number * 10 + (**at - '0');
  return number;
}

/* at: behind the percent sign. */
static struct conversion read_conversion (const char *at, va_list *ap)
{
  struct conversion c = { .text = "%", .width = -1, .precision = -1 };
  size_t n = 1;

  for (; *at && strchr ("-+ #0", *at) && n < 6; at++) {
    c.left |= *at == '-';
    c.text[n++] = *at;
  }
  if (*at == '*' || (*at >= '1' && *at <= '9'))
    c.width = read_number (&at, ap);
  if (c.width < -1) {
    c.left = 1;
    c.width = -c.width;
    c.text[n++] = '-';
  }
  if (*at == '.') {
    at++;
    c.precision = read_number (&at, ap);
  }
  for (; *at && strchr ("hljzt", *at); at++) {
    c.size = *at == 'j' || (*at == 'l' && c.size == 'l') ? 'L' : *at == 'h' ? 0 : *at;
  }
  c.kind = *at;
  c.end = *at ? at + 1 : at;
  /* numbers are widened to the longest of their kind */
  n += (size_t) snprintf (c.text + n, sizeof c.text - n, c.kind && strchr ("diouxX", c.kind) ? "*.*j%c" : "*.*%c", c.kind);
  return c;
}

static int add_number (struct vprod__buf *buf, const struct conversion *c, va_list *ap)
{
  int width = c->width < 0 ? 0 : c->width;
  uintmax_t number;
  char *text = NULL;

  if (strchr ("di", c->kind))
    number = (uintmax_t) (c->size == 'L'   ? va_arg (*ap, long long)
                          : c->size == 'l' ? va_arg (*ap, long)
                          : c->size == 'z' ? va_arg (*ap, ssize_t)
                          : c->size == 't' ? va_arg (*ap, ptrdiff_t)
                                           : va_arg (*ap, int));
  else
    number = c->size == 'L'   ? va_arg (*ap, unsigned long long)
             : c->size == 'l' ? va_arg (*ap, unsigned long)
             : c->size == 'z' || c->size == 't' ? va_arg (*ap, size_t)
                                                : va_arg (*ap, unsigned);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  int n = asprintf (&text, c->text, width, c->precision, number);
#pragma GCC diagnostic pop
  if (n < 0)
    return -1;
  int r = vprod__buf_add (buf, text, (size_t) n);
  free (text);
  return r;
}

static int add_real (struct vprod__buf *buf, const struct conversion *c, va_list *ap)
{
  char text[400];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf (text, sizeof text, c->text, c->width < 0 ? 0 : c->width, c->precision, va_arg (*ap, double));
#pragma GCC diagnostic pop
  return vprod__buf_adds (buf, text);
}

static int add_blanks (struct vprod__buf *buf, int count)
{
  int r = 0;

  for (; r == 0 && count > 0; count--)
    r = vprod__buf_add (buf, " ", 1);
  return r;
}

/* Bytes of text without a character that is cut off at its end. */
static size_t whole_length (const char *text, size_t length)
{
  size_t start = length, wanted;

  while (start > 0 && length - start < 3 && ((unsigned char) text[start - 1] & 0xc0) == 0x80)
    start--;
  if (start == 0)
    return length;
  unsigned char lead = (unsigned char) text[start - 1];
  wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return wanted > length - start + 1 ? start - 1 : length;
}

static int add_string (struct vprod__buf *buf, const struct conversion *c, const char *text)
{
  size_t length;

  if (!text)
    text = "(null)";
  length = c->precision < 0 ? strlen (text) : strnlen (text, (size_t) c->precision);
  if (c->precision >= 0 && length == (size_t) c->precision)
    length = whole_length (text, length);
  char *harmless = vprod__text_harmless (text, length);
  if (!harmless)
    return -1;
  int blanks = c->width < 0 ? 0 : c->width - (int) strlen (harmless);
  int r = c->left ? 0 : add_blanks (buf, blanks);
  if (r == 0)
    r = vprod__buf_adds (buf, harmless);
  free (harmless);
  return r == 0 && c->left ? add_blanks (buf, blanks) : r;
}

static int add_conversion (struct vprod__buf *buf, const struct conversion *c, va_list *ap)
{
  char character[2] = { 0 };

  switch (c->kind) {
  case 's':
    return add_string (buf, c, va_arg (*ap, const char *));
  case 'c':
    character[0] = (char) va_arg (*ap, int);
    return add_string (buf, c, character);
  case 'd':
  case 'i':
  case 'o':
  case 'u':
  case 'x':
  case 'X':
    return add_number (buf, c, ap);
  case 'f':
  case 'g':
  case 'e':
    return add_real (buf, c, ap);
  default: /* "%%"; the compiler knows what is behind a percent sign, and no other is used */
    return vprod__buf_add (buf, "%", 1);
  }
}

static int add_formatted (struct vprod__buf *buf, const char *format, va_list *ap)
{
  int r = 0;

  while (r == 0 && *format) {
    size_t plain = strcspn (format, "%");
    r = vprod__buf_add (buf, format, plain);
    format += plain;
    if (r == 0 && *format) {
      struct conversion c = read_conversion (format + 1, ap);
      r = add_conversion (buf, &c, ap);
      format = c.end;
    }
  }
  return r;
}

char *vprod__text_vformat (const char *format, va_list ap)
{
  _cleanup_buf_ struct vprod__buf buf = { 0 };
  va_list copy;

  va_copy (copy, ap);
  int r = add_formatted (&buf, format, &copy);
  va_end (copy);
  return r < 0 ? NULL : vprod__buf_steal (&buf);
}

char *vprod__text_format (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *text = vprod__text_vformat (format, ap);
  va_end (ap);
  return text;
}

int vprod__text_addf (struct vprod__buf *buf, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  _cleanup_free_ char *text = vprod__text_vformat (format, ap);
  va_end (ap);
  return text ? vprod__buf_adds (buf, text) : -1;
}
