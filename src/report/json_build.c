/* SPDX-License-Identifier: MIT */
#include "report/json_build.h"
#include "util/text.h"

#include <string.h>

int vprod__json_set (json_t *object, const char *key, json_t *value)
{
  return json_object_set_new_nocheck (object, key, value);
}

static char *harmless_copy (const char *text)
{
  return vprod__text_harmless (text, strlen (text));
}

int vprod__json_set_text (json_t *object, const char *key, const char *text)
{
  _cleanup_free_ char *harmless = harmless_copy (text);

  return harmless ? vprod__json_set (object, key, json_string (harmless)) : -1;
}

int vprod__json_set_pair (json_t *object, const char *name, const char *value)
{
  _cleanup_free_ char *key = harmless_copy (name);

  return key ? vprod__json_set_text (object, key, value) : -1;
}

json_t *vprod__json_done (json_t *filled, int r)
{
  if (r == 0)
    return filled;
  json_decref (filled);
  return NULL;
}

json_t *vprod__json_evidence (const vprod_result *result)
{
  json_t *object = json_object ();
  const char *name, *value;
  int r = 0;

  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    r |= vprod__json_set_pair (object, name, value);
  return vprod__json_done (object, r);
}

/* jansson does not report every failure of its callback: this flag does. */
static int add_bytes (const char *bytes, size_t length, void *data)
{
  struct vprod__out *out = data;
  int r = vprod__buf_add (&out->buf, bytes, length);

  out->no_memory |= r < 0;
  return r;
}

void vprod__json_write_open (json_t *root, int r, const char *ends, struct vprod__out *out)
{
  if (r != 0 || json_dump_callback (root, add_bytes, out, JSON_COMPACT) != 0)
    out->no_memory = 1;
  else
    out->buf.data[out->buf.length -= strlen (ends)] = '\0';
  json_decref (root);
}

void vprod__json_write (json_t *root, int r, size_t flags, struct vprod__out *out)
{
  if (r != 0 || json_dump_callback (root, add_bytes, out, flags) != 0)
    out->no_memory = 1;
  vprod__out_raw (out, "\n");
  json_decref (root);
}
