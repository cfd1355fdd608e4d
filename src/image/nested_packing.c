/* SPDX-License-Identifier: MIT */
/* What a file's first bytes say of how it is packed, and of the memory that unpacking it takes. */
#include "image/nested.h"

#include <string.h>

/* Reads xz's variable-length integer, seven bits a byte. Its length; 0: it is cut off. */
static size_t read_number (const unsigned char *p, size_t length, uint64_t *ret)
{
  *ret = 0;
  for (size_t i = 0; i < length && i < 9; i++) {
    *ret |= (uint64_t) (p[i] & 0x7f) << (7 * i);
    if (!(p[i] & 0x80))
      return i + 1;
  }
  return 0;
}

/* The dictionary size of the first block. The block's header follows the stream's twelve bytes, and lists filters by id,
   length and properties; LZMA2's property is the dictionary size. UINT64_MAX where it cannot be told. */
static uint64_t xz_window (const unsigned char *p, size_t length)
{
  size_t at = 14;

  if (length < 24 || p[12] == 0)
    return length < 24 ? UINT64_MAX : 0; /* no block: it is empty */
  for (int sizes = (p[13] >> 6 & 1) + (p[13] >> 7 & 1); sizes > 0; sizes--) {
    uint64_t unused;
    at += read_number (p + at, length - at, &unused);
  }
  for (int filters = (p[13] & 3) + 1; filters > 0 && at < length; filters--) {
    uint64_t id, size;
    size_t n = read_number (p + at, length - at, &id);
    size_t m = n ? read_number (p + at + n, length - at - n, &size) : 0;
    at += n + m;
    if (m == 0 || size > 64 || at + size > length)
      break;
    if (id == 0x21 && size == 1 && p[at] <= 40)
      return p[at] == 40 ? UINT32_MAX : (uint64_t) (2 | (p[at] & 1)) << (p[at] / 2 + 11);
    at += size;
  }
  return UINT64_MAX;
}

/* The window of the first frame (RFC 8878, 3.1.1.1). */
static uint64_t zstd_window (const unsigned char *p, size_t length)
{
  static const size_t id_bytes[] = { 0, 1, 2, 4 };
  size_t at = 5 + id_bytes[p[4] & 3], size_bytes = (size_t) 1 << (p[4] >> 6);
  uint64_t size = 0;

  if (!(p[4] & 0x20))
    return ((uint64_t) 1 << (10 + (p[5] >> 3))) / 8 * (8 + (p[5] & 7));
  if (at + size_bytes > length)
    return UINT64_MAX;
  for (size_t i = 0; i < size_bytes; i++)
    size |= (uint64_t) p[at + i] << (8 * i);
  return size_bytes == 2 ? size + 256 : size;
}

enum vprod__packing vprod__packing_of (const void *bytes, size_t length, uint64_t *ret_window)
{
  const unsigned char *p = bytes;

  *ret_window = 64 * 1024;
  if (length < 6)
    return VPROD__PACKING_NONE;
  if (memcmp (p, "\x1f\x8b\x08", 3) == 0)
    return VPROD__PACKING_FILTER;
  if (length >= 10 && memcmp (p, "BZh", 3) == 0 && memcmp (p + 4, "1AY&SY", 6) == 0) {
    *ret_window = 4 * 1024 * 1024;
    return VPROD__PACKING_FILTER;
  }
  if (memcmp (p, "\xfd" "7zXZ\0", 6) == 0) {
    *ret_window = xz_window (p, length);
    return VPROD__PACKING_FILTER;
  }
  if (memcmp (p, "\x28\xb5\x2f\xfd", 4) == 0) {
    *ret_window = zstd_window (p, length);
    return VPROD__PACKING_FILTER;
  }
  if (memcmp (p, "PK\3\4", 4) == 0 || memcmp (p, "070701", 6) == 0 || memcmp (p, "070707", 6) == 0
      || (length > 262 && memcmp (p + 257, "ustar", 5) == 0)
      || (length > 21 && memcmp (p, "!<arch>\ndebian-binary", 21) == 0))
    return VPROD__PACKING_ARCHIVE;
  return VPROD__PACKING_NONE;
}
