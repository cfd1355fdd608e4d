/* SPDX-License-Identifier: MIT */
/* Cleanup attributes: a variable marked _cleanup_(fn) is ended when it goes out of scope. */
#ifndef VPROD_UTIL_CLEANUP_H
#define VPROD_UTIL_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__ ((cleanup (fn)))

#define VPROD_DEFINE_CLEANUP(type, fn)                                                                       \
  static inline void fn##p (type *p)                                                                         \
  {                                                                                                          \
    if (*p)                                                                                                  \
      fn (*p);                                                                                               \
  }                                                                                                          \
  struct vprod__swallow_semicolon

static inline void vprod__freep (void *p)
{
  free (*(void **) p);
}

static inline void vprod__closep (const int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

#define _cleanup_free_ _cleanup_ (vprod__freep)
#define _cleanup_close_ _cleanup_ (vprod__closep)

/* Takes a pointer out of a variable, so that its cleanup finds NULL. */
#define vprod__steal(p)                                                                                      \
  __extension__({                                                                                            \
    __typeof__ (*(p)) stolen_ = *(p);                                                                        \
    *(p) = NULL;                                                                                             \
    stolen_;                                                                                                 \
  })

#endif
