/* SPDX-License-Identifier: MIT */
/* Sizes as people write them. */
#ifndef VPROD_UTIL_SIZE_H
#define VPROD_UTIL_SIZE_H

#include <stdint.h>

/* "512MiB", "1.5 GB" → bytes: a number with B, kB, MB, GB, KiB, MiB or GiB. 0, or -1. */
int vprod__parse_size (const char *text, int64_t *ret_bytes);

#endif
