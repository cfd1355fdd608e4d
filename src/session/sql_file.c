/* SPDX-License-Identifier: MIT */
#include "session/sql_file.h"
#include "util/file.h"
#include "util/strv.h"
#include "util/text.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_BYTES ((size_t) 1 << 30)

static const char *const compressed[] = { ".sql.gz", ".sql.xz", ".sql.zst", NULL };

static int is_compressed (const char *path)
{
  for (size_t i = 0; compressed[i]; i++)
    if (vprod__text_has_suffix (path, strlen (path), compressed[i]))
      return 1;
  return 0;
}

static int is_sql (const char *path)
{
  return vprod__text_has_suffix (path, strlen (path), ".sql") || is_compressed (path);
}

/* ---- folders --------------------------------------------------------------------------------------------------- */

static int is_no_folder_entry (const struct dirent *entry)
{
  return entry->d_name[0] != '.'; /* the official image's shell does not see them either */
}

static int by_bytes (const struct dirent **a, const struct dirent **b)
{
  return strcmp ((*a)->d_name, (*b)->d_name);
}

static int add_entry (const char *folder, const char *name, char ***ret, char ***others)
{
  return is_sql (name) ? vprod__strv_addf (ret, "%s/%s", folder, name) : vprod__strv_add (others, name);
}

static int add_folder (const char *path, char ***ret, char ***others, vprod_error **err)
{
  struct dirent **entries = NULL;
  size_t before = vprod__strv_length (*ret);
  int n = scandir (path, &entries, is_no_folder_entry, by_bytes), r = 0;

  if (n < 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, errno, "cannot read the folder %s", path);
  for (int i = 0; i < n; i++) {
    if (r == 0)
      r = add_entry (path, entries[i]->d_name, ret, others);
    free (entries[i]);
  }
  free (entries);
  if (r < 0)
    return vprod__error_no_memory (err);
  return vprod__strv_length (*ret) > before
           ? 0
           : vprod__error_set (err, VPROD_ERROR_SPEC, 0, "the folder %s has no file of SQL: none is called *.sql", path);
}

int vprod__sql_files (const char *path, char ***ret, char ***others, vprod_error **err)
{
  struct stat st;

  if (stat (path, &st) < 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, errno, "cannot read %s", path);
  if (S_ISDIR (st.st_mode))
    return add_folder (path, ret, others, err);
  return vprod__strv_add (ret, path) < 0 ? vprod__error_no_memory (err) : 0;
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

static void end_reading (struct archive **archive)
{
  archive_read_free (*archive);
}

static int says (struct archive *archive, const char *path, vprod_error **err)
{
  const char *why = archive_error_string (archive);

  return vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot read %s: %s", path, why ? why : "it is damaged");
}

static int too_big (const char *path, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "cannot read %s: it has more than 1 GiB of SQL", path);
}

static int read_parts (struct archive *archive, const char *path, struct vprod__buf *ret, vprod_error **err)
{
  char part[32768];
  la_ssize_t n;

  while ((n = archive_read_data (archive, part, sizeof part)) > 0) {
    if (vprod__buf_add (ret, part, (size_t) n) < 0)
      return vprod__error_no_memory (err);
    if (ret->length > MOST_BYTES)
      return too_big (path, err);
  }
  return n < 0 ? says (archive, path, err) : 0;
}

static int read_compressed (const char *path, int fd, struct vprod__buf *ret, vprod_error **err)
{
  _cleanup_ (end_reading) struct archive *archive = archive_read_new ();
  struct archive_entry *entry;

  if (!archive)
    return vprod__error_no_memory (err);
  archive_read_support_filter_gzip (archive);
  archive_read_support_filter_xz (archive);
  archive_read_support_filter_zstd (archive);
  archive_read_support_format_raw (archive);
  archive_read_support_format_empty (archive);
  if (archive_read_open_fd (archive, fd, 65536) != ARCHIVE_OK)
    return says (archive, path, err);
  int r = archive_read_next_header (archive, &entry);
  if (r == ARCHIVE_EOF)
    return 0;
  if (r != ARCHIVE_OK)
    return says (archive, path, err);
  return archive_filter_code (archive, 0) != ARCHIVE_FILTER_NONE
           ? read_parts (archive, path, ret, err)
           : vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot read %s: it is not compressed as its name says", path);
}

static int read_plain (const char *path, struct vprod__buf *ret, vprod_error **err)
{
  int r = vprod__file_read (path, MOST_BYTES + 1, ret, err);

  return r == 0 && ret->length > MOST_BYTES ? too_big (path, err) : r;
}

int vprod__sql_read (const char *path, struct vprod__buf *ret, vprod_error **err)
{
  _cleanup_close_ int fd = -1;
  int r;

  if (is_compressed (path)) {
    r = vprod__file_open (path, &fd, err);
    if (r == 0)
      r = read_compressed (path, fd, ret, err);
  }
  else
    r = read_plain (path, ret, err);
  if (r > 0)
    return vprod__error_set (err, VPROD_ERROR_IO, ENOENT, "cannot read %s", path);
  if (r == 0 && ret->length > 0 && memchr (ret->data, '\0', ret->length))
    return vprod__error_set (err, VPROD_ERROR_IO, 0, "cannot read %s as SQL: it is no text in UTF-8 (it has a NUL byte)", path);
  return r;
}
