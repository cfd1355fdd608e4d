/* SPDX-License-Identifier: MIT */
#include "runner/build/progress_reader.h"

#include <string.h>

static int keep (struct vprod__lines *lines, const char *bytes, size_t length)
{
  size_t room = lines->limit - lines->line.length;

  return vprod__buf_add (&lines->line, bytes, length < room ? length : room);
}

static void deliver (struct vprod__lines *lines, vprod__line_fn on_line, void *data)
{
  struct vprod__buf *line = &lines->line;

  if (line->length > 0 && line->data[line->length - 1] == '\r')
    line->data[--line->length] = '\0';
  on_line (data, vprod__buf_string (line), line->length);
  line->length = 0;
}

int vprod__lines_feed (struct vprod__lines *lines, const char *bytes, size_t length, vprod__line_fn on_line,
                       void *data)
{
  while (length > 0) {
    const char *end = memchr (bytes, '\n', length);
    size_t n = end ? (size_t) (end - bytes) : length;
    if (keep (lines, bytes, n) < 0)
      return -1;
    if (!end)
      return 0;
    deliver (lines, on_line, data);
    bytes += n + 1;
    length -= n + 1;
  }
  return 0;
}

void vprod__lines_finish (struct vprod__lines *lines, vprod__line_fn on_line, void *data)
{
  if (lines->line.length > 0)
    deliver (lines, on_line, data);
}

void vprod__lines_clear (struct vprod__lines *lines)
{
  vprod__buf_clear (&lines->line);
}
