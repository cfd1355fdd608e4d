/* SPDX-License-Identifier: MIT */
/* The values of run.env that say by their names that they are secret: are they in a text, plain or in base64? */
#include "checks/no_secrets/facts.h"

#include <stdlib.h>
#include <string.h>

#define MIN_RUN_ENV 6 /* shorter values occur by chance */
#define MIN_BASE64 8

static int stands_in (const char *text, const char *value)
{
  size_t length = strlen (text), n = strlen (value);

  for (const char *p = text; (p = strstr (p, value)); p++)
    if (vprod__scan_is_whole (text, length, (size_t) (p - text), (size_t) (p - text) + n))
      return 1;
  return 0;
}

static int stands_in_base64 (const char *text, const char *value, int *ret)
{
  size_t length = strlen (text);

  *ret = 0;
  for (size_t shift = 0; shift < 3; shift++) {
    _cleanup_free_ char *coded = vprod__scan_base64 (value, shift);
    if (!coded)
      return -1;
    if (strlen (coded) < MIN_BASE64)
      continue;
    for (size_t i = 0; i < length && !*ret; i++)
      *ret = text[i] > ' ' && vprod__scan_base64_stands (text, length, i, coded, 0);
  }
  return 0;
}

const char *vprod__secret_run_env (const char *pair, size_t *ret_name_length)
{
  const char *value = strchr (pair, '=');

  if (!value || !vprod__secret_name (pair, (size_t) (value - pair)))
    return NULL;
  *ret_name_length = (size_t) (value++ - pair);
  /* ${db.password} is the throwaway database's */
  return strlen (value) < MIN_RUN_ENV || strstr (value, "${") || vprod__secret_common (value, strlen (value)) ? NULL : value;
}

int vprod__secret_stands_in (const char *text, const char *value, int *ret_encoded)
{
  int encoded = 0;

  *ret_encoded = 0;
  if (stands_in (text, value))
    return 1;
  if (stands_in_base64 (text, value, &encoded) < 0)
    return -1;
  *ret_encoded = encoded;
  return encoded;
}
