/* SPDX-License-Identifier: MIT */
/* The text itself, before libfyaml sees it. */
#include "spec/yaml.h"

#include <string.h>

static size_t utf8_length (const unsigned char *p, size_t left)
{
  size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3
    : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

  if (n == 0 || n > left)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90)
      || (p[0] == 0xf4 && p[1] > 0x8f))
    return 0;
  return n;
}

/* Does a line end with this character, in any version of YAML? */
static int ends_line (const unsigned char *p, size_t n)
{
  return *p == '\n' || *p == '\r' || (n == 2 && memcmp (p, "\xc2\x85", 2) == 0)
         || (n == 3 && memcmp (p, "\xe2\x80", 2) == 0 && (p[2] == 0xa8 || p[2] == 0xa9));
}

int vprod__yaml_check_text (const struct vprod__yaml *yaml, vprod_error **err)
{
  const unsigned char *p = (const unsigned char *) yaml->source;
  size_t lines = 0;

  if (yaml->length >= 2 && ((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
    return vprod__yaml_error (yaml, 0, err, "this is UTF-16; save the file as UTF-8");
  for (size_t i = 0; i < yaml->length;) {
    size_t n = utf8_length (p + i, yaml->length - i);
    if (n == 0)
      return vprod__yaml_error (yaml, i, err, "the byte 0x%02x is not valid UTF-8; save the file as UTF-8", p[i]);
    if (p[i] == 0)
      return vprod__yaml_error (yaml, i, err, "a NUL byte; this is not a text file");
    if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') || p[i] == 0x7f)
      return vprod__yaml_error (yaml, i, err, "the control character 0x%02x; write it as \"\\x%02x\" in quotes",
                                p[i], p[i]);
    lines += ends_line (p + i, n) && !(p[i] == '\r' && p[i + 1] == '\n');
    if (lines >= VPROD__YAML_MAX_LINES)
      return vprod__yaml_error (yaml, i, err, "too long: more than %d lines", VPROD__YAML_MAX_LINES);
    i += n;
  }
  return 0;
}
