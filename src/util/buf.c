/* SPDX-License-Identifier: MIT */
#include "util/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
  _cleanup_free_ char *text = NULL;
  va_list ap;

  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  if (n < 0) {
    text = NULL;
    return -1;
  }
  return vprod__buf_add (buf, text, (size_t) n);
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
