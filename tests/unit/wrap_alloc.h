/* SPDX-License-Identifier: MIT */
/*
 * For tests in which memory runs out: the linker's --wrap (see WRAP_ALLOC_FLAGS in tests/Makemodule.am) puts these
 * functions between. A program includes this in one file, after it has defined
 *     static int fails (void)
 * which says of each allocation, as it comes, whether it fails.
 */
#ifndef VPROD_TESTS_WRAP_ALLOC_H
#define VPROD_TESTS_WRAP_ALLOC_H

#include <stdarg.h>
#include <stdlib.h>

#define WRAP(type, name, parameters, arguments)                                                              \
  type __real_##name parameters;                                                                             \
  type __wrap_##name parameters;                                                                             \
  type __wrap_##name parameters                                                                              \
  {                                                                                                          \
    return fails () ? NULL : __real_##name arguments;                                                        \
  }

WRAP (void *, malloc, (size_t size), (size))
WRAP (void *, calloc, (size_t count, size_t size), (count, size))
WRAP (void *, realloc, (void *p, size_t size), (p, size))
WRAP (char *, strdup, (const char *text), (text))
WRAP (char *, strndup, (const char *text, size_t length), (text, length))

int __real_vasprintf (char **ret, const char *format, va_list ap);
int __wrap_vasprintf (char **ret, const char *format, va_list ap);
int __wrap_asprintf (char **ret, const char *format, ...);
int __wrap___vasprintf_chk (char **ret, int flag, const char *format, va_list ap);
int __wrap___asprintf_chk (char **ret, int flag, const char *format, ...);

__attribute__ ((format (printf, 2, 0))) int __wrap_vasprintf (char **ret, const char *format, va_list ap)
{
  static char gone[] = "what a failed asprintf leaves is not to be looked at";

  if (!fails ())
    return __real_vasprintf (ret, format, ap);
  *ret = gone;
  return -1;
}

__attribute__ ((format (printf, 3, 0))) int __wrap___vasprintf_chk (char **ret, int flag, const char *format,
                                                                    va_list ap)
{
  (void) flag;
  return __wrap_vasprintf (ret, format, ap);
}

__attribute__ ((format (printf, 2, 3))) int __wrap_asprintf (char **ret, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  int n = __wrap_vasprintf (ret, format, ap);
  va_end (ap);
  return n;
}

__attribute__ ((format (printf, 3, 4))) int __wrap___asprintf_chk (char **ret, int flag, const char *format, ...)
{
  va_list ap;

  (void) flag;
  va_start (ap, format);
  int n = __wrap_vasprintf (ret, format, ap);
  va_end (ap);
  return n;
}

#undef WRAP
#endif
