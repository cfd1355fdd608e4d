/* SPDX-License-Identifier: MIT */
#include "report/format.h"

#include <string.h>

/* Escapes for text, and for attributes, in which a parser would turn newlines and tabs into spaces. */
#define IN_TEXT "<>&"
#define IN_ATTRIBUTE "<>&\"\n\t"

static void add_escaped (struct vprod__out *out, const char *text, const char *special)
{
  static const char *const escapes[][2] = {
    { "<", "&lt;" }, { ">", "&gt;" }, { "&", "&amp;" }, { "\"", "&quot;" }, { "\n", "&#10;" }, { "\t", "&#9;" },
  };
  _cleanup_free_ char *harmless = vprod__out_harmless (out, text);

  for (const char *p = harmless; p && *p;) {
    size_t plain = strcspn (p, special);
    vprod__out_f (out, "%.*s", (int) plain, p);
    p += plain;
    for (size_t i = 0; *p && i < sizeof escapes / sizeof escapes[0]; i++)
      if (*p == *escapes[i][0]) {
        vprod__out_raw (out, escapes[i][1]);
        p++;
        break;
      }
  }
}

void vprod__out_markup (struct vprod__out *out, const char *text)
{
  add_escaped (out, text, IN_TEXT);
}

void vprod__out_attribute (struct vprod__out *out, const char *name, const char *value)
{
  vprod__out_f (out, " %s=\"", name);
  add_escaped (out, value, IN_ATTRIBUTE);
  vprod__out_raw (out, "\"");
}
