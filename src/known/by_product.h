/* SPDX-License-Identifier: MIT */
#ifndef VPROD_KNOWN_BY_PRODUCT_H
#define VPROD_KNOWN_BY_PRODUCT_H

/* Is a path, without "/" in front, one that programs write as they run (bytecode, caches)? What lies there is not installed.
   temporary: 1: or a temporary file, a log or the like? */
int vprod__is_by_product (const char *path, int temporary);

#endif
