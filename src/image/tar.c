/* SPDX-License-Identifier: MIT */
/* POSIX ustar; a name that does not fit comes in a GNU entry of its own before the file's, which all engines read. */
#include "image/tar.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512

struct header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2];
  char user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert (sizeof (struct header) == BLOCK, "a header is a block");

static const struct vprod__tar_owner root;

static int add_padded (struct vprod__buf *tar, const void *bytes, size_t length)
{
  static const char zeros[BLOCK];
  size_t over = length % BLOCK;

  if (length > 0 && vprod__buf_add (tar, bytes, length) < 0)
    return -1;
  return over ? vprod__buf_add (tar, zeros, BLOCK - over) : 0;
}

/* Octal digits; a number of too many of them stands in binary, with the highest bit set, as GNU has it. */
static void put_number (char field[8], int64_t number)
{
  if (number >= 0 && number <= 07777777) {
    snprintf (field, 8, "%07o", (unsigned) number);
    return;
  }
  uint64_t bits = (uint64_t) number;
  for (int i = 7; i >= 0; i--, bits >>= 8)
    field[i] = (char) (bits & 0xff);
  field[0] = (char) (field[0] | 0x80);
}

static int add_entry (struct vprod__buf *tar, const char *name, char type, unsigned mode, const struct vprod__tar_owner *owner,
                      const void *bytes, size_t length)
{
  struct header header = { .type = type, .magic = "ustar", .version = { '0', '0' } };
  unsigned sum = 0;

  memcpy (header.name, name, strnlen (name, sizeof header.name));
  snprintf (header.mode, sizeof header.mode, "%07o", mode & 07777);
  put_number (header.uid, owner->uid);
  put_number (header.gid, owner->gid);
  snprintf (header.size, sizeof header.size, "%011llo", (unsigned long long) length);
  snprintf (header.mtime, sizeof header.mtime, "%011o", 0);
  memset (header.checksum, ' ', sizeof header.checksum);
  for (size_t i = 0; i < BLOCK; i++)
    sum += ((const unsigned char *) &header)[i];
  snprintf (header.checksum, sizeof header.checksum, "%06o", sum);
  if (vprod__buf_add (tar, (const char *) &header, BLOCK) < 0)
    return -1;
  return add_padded (tar, bytes, length);
}

int vprod__tar_add (struct vprod__buf *tar, const char *name, unsigned mode, const void *bytes, size_t length)
{
  if (strlen (name) >= sizeof ((struct header *) 0)->name
      && add_entry (tar, "././@LongLink", 'L', 0, &root, name, strlen (name) + 1) < 0)
    return -1;
  return add_entry (tar, name, '0', mode, &root, bytes, length);
}

int vprod__tar_add_folder (struct vprod__buf *tar, const char *name, unsigned mode, const struct vprod__tar_owner *owner)
{
  return add_entry (tar, name, '5', mode, owner, "", 0);
}

int vprod__tar_end (struct vprod__buf *tar)
{
  static const char zeros[2 * BLOCK];

  return vprod__buf_add (tar, zeros, sizeof zeros);
}
