/* SPDX-License-Identifier: MIT */
#include "util/strv.h"
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t vprod__strv_length (char *const *list)
{
  size_t n = 0;

  while (list && list[n])
    n++;
  return n;
}

int vprod__strv_take (char ***list, char *string)
{
  if (!string)
    return -1;
  size_t n = vprod__strv_length (*list);
  char **longer = realloc (*list, (n + 2) * sizeof *longer);
  if (!longer) {
    free (string);
    return -1;
  }
  longer[n] = string;
  longer[n + 1] = NULL;
  *list = longer;
  return 0;
}

int vprod__strv_add (char ***list, const char *string)
{
  return vprod__strv_take (list, strdup (string));
}

int vprod__strv_addf (char ***list, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *text = vprod__vasprintf (format, ap);
  va_end (ap);
  return vprod__strv_take (list, text);
}

int vprod__strv_copy (char *const *list, char ***ret)
{
  _cleanup_strv_ char **copy = NULL;

  for (size_t i = 0; list && list[i]; i++)
    if (vprod__strv_add (&copy, list[i]) < 0)
      return -1;
  *ret = vprod__steal (&copy);
  return 0;
}

int vprod__strv_has (char *const *list, const char *string)
{
  for (size_t i = 0; list && list[i]; i++)
    if (strcmp (list[i], string) == 0)
      return 1;
  return 0;
}

const char *vprod__strv_env (char *const *list, const char *name)
{
  size_t length = strlen (name);

  for (size_t i = 0; list && list[i]; i++)
    if (strncmp (list[i], name, length) == 0 && list[i][length] == '=')
      return list[i] + length + 1;
  return NULL;
}

char *vprod__strv_join (char *const *list, const char *separator)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  for (size_t i = 0; list && list[i]; i++)
    if ((i > 0 && vprod__buf_adds (&text, separator) < 0) || vprod__buf_adds (&text, list[i]) < 0)
      return NULL;
  return vprod__buf_steal (&text);
}

void vprod__strv_free (char **list)
{
  for (size_t i = 0; list && list[i]; i++)
    free (list[i]);
  free (list);
}
