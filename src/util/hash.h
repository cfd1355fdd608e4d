/* SPDX-License-Identifier: MIT */
/* FNV-1a, 64 bits: to tell texts apart in tables and to name them in reports, not to keep anything secret. */
#ifndef VPROD_UTIL_HASH_H
#define VPROD_UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

#define VPROD__HASH_BEGIN UINT64_C (0xcbf29ce484222325)

/* hash: VPROD__HASH_BEGIN, or the result for the bytes before these. */
static inline uint64_t vprod__hash (uint64_t hash, const void *bytes, size_t length)
{
  const unsigned char *p = bytes;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ p[i]) * UINT64_C (0x100000001b3);
  return hash;
}

#endif
