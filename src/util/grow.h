/* SPDX-License-Identifier: MIT */
/*
 * Arrays that grow one element at a time. Their capacity is not stored: it is the power of two at or above their count. So an
 * array that grows here must have been NULL at first, and take every element through vprod__grow.
 */
#ifndef VPROD_UTIL_GROW_H
#define VPROD_UTIL_GROW_H

#include <stddef.h>
#include <stdlib.h>

static inline void *vprod__grown (void *array, size_t count, size_t size)
{
  size_t bytes;

  if (count > 0 && (count & (count - 1)) != 0)
    return array;
  return __builtin_mul_overflow (count > 0 ? 2 * count : 1, size, &bytes) ? NULL : realloc (array, bytes);
}

/* Makes room for one more element behind `count` in *array. 0, or -1 out of memory: the array is then as it was. */
#define vprod__grow(array, count)                                                                            \
  __extension__({                                                                                            \
    __typeof__ (*(array)) grown_ = vprod__grown (*(array), (count), sizeof **(array));                       \
    if (grown_)                                                                                              \
      *(array) = grown_;                                                                                     \
    grown_ ? 0 : -1;                                                                                         \
  })

#endif
