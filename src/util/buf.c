/* SPDX-License-Identifier: MIT */
#include "util/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

char *vprod__vasprintf (const char *format, va_list ap)
{
  char *text;

  return vasprintf (&text, format, ap) < 0 ? NULL : text;
}

char *vprod__asprintf (const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *text = vprod__vasprintf (format, ap);
  va_end (ap);
  return text;
}

int vprod__buf_add (struct vprod__buf *buf, const void *bytes, size_t length)
{
  if (length >= SIZE_MAX / 2 - buf->length)
    return -1;
  size_t need = buf->length + length + 1;
  if (need > buf->capacity) {
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity < need)
      capacity *= 2;
    char *data = realloc (buf->data, capacity);
    if (!data)
      return -1;
    buf->data = data;
    buf->capacity = capacity;
  }
  if (length)
    memcpy (buf->data + buf->length, bytes, length);
  buf->length += length;
  buf->data[buf->length] = '\0';
  return 0;
}

int vprod__buf_adds (struct vprod__buf *buf, const char *string)
{
  return vprod__buf_add (buf, string, strlen (string));
}

int vprod__buf_addf (struct vprod__buf *buf, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  _cleanup_free_ char *text = vprod__vasprintf (format, ap);
  va_end (ap);
  return text ? vprod__buf_adds (buf, text) : -1;
}

const char *vprod__buf_string (const struct vprod__buf *buf)
{
  return buf->data ? buf->data : "";
}

char *vprod__buf_steal (struct vprod__buf *buf)
{
  char *data = buf->data ? buf->data : strdup ("");
  *buf = (struct vprod__buf) { 0 };
  return data;
}

void vprod__buf_consume (struct vprod__buf *buf, size_t length)
{
  if (length == 0)
    return;
  memmove (buf->data, buf->data + length, buf->length - length + 1);
  buf->length -= length;
}

void vprod__buf_clear (struct vprod__buf *buf)
{
  free (buf->data);
  *buf = (struct vprod__buf) { 0 };
}
