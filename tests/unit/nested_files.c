/* SPDX-License-Identifier: MIT */
#include "image_archive.h"

#include <stdio.h>
#include <sys/resource.h>

#include "image/feed.h"
#include "image/nested.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- what is handed on, as text ---------------------------------------------------------------------------------------- */

struct seen {
  struct vprod__buf text; /* "path=content", one a line */
  uint64_t bytes;
  int keeps;
};

static int on_begin (void *data, const char *path, vprod_error **err)
{
  struct seen *seen = data;

  (void) err;
  ck_assert_int_eq (vprod__buf_addf (&seen->text, "%s%s=", seen->text.length ? "\n" : "", path), 0);
  return 0;
}

static int on_bytes (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct seen *seen = data;

  (void) err;
  seen->bytes += length;
  if (seen->keeps)
    ck_assert_int_eq (vprod__buf_add (&seen->text, bytes, length), 0);
  return 0;
}

static int on_end (void *data, vprod_error **err)
{
  (void) data;
  (void) err;
  return 0;
}

/* Reads `file` as the only file, with this name, of a layer that comes in pieces of this size. */
static int read_file (const char *path, const struct vprod__buf *file, size_t piece, struct seen *seen,
                      struct vprod__nested *ret)
{
  const struct tar_entry entries[] = { { "x", file->data, .length = file->length }, { 0 } };
  struct vprod__buf layer = make_tar (entries, PLAIN);
  struct memory memory = { layer.data, layer.length, piece };
  struct archive *archive = NULL;
  struct archive_entry *entry;
  vprod_error *err = NULL;

  *ret = (struct vprod__nested) { .on_begin = on_begin, .on_bytes = on_bytes, .on_end = on_end, .data = seen };
  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  ck_assert_int_eq (archive_read_next_header (archive, &entry), ARCHIVE_OK);
  int r = vprod__nested_read (ret, &(struct vprod__content) { .archive = archive }, path, &err);
  ck_assert_ptr_null (err);
  archive_read_free (archive);
  vprod__buf_clear (&layer);
  return r;
}

/* An archive of one file. */
static struct vprod__buf pack (const char *name, const struct vprod__buf *content, int format, int filter, const char *options)
{
  struct vprod__buf out = { 0 };
  struct archive *archive = archive_write_new ();
  struct archive_entry *entry = archive_entry_new ();

  ck_assert_int_eq (archive_write_set_format (archive, format), ARCHIVE_OK);
  ck_assert_int_eq (archive_write_add_filter (archive, filter), ARCHIVE_OK);
  archive_write_set_bytes_in_last_block (archive, 1);
  if (options)
    ck_assert_int_eq (archive_write_set_options (archive, options), ARCHIVE_OK);
  ck_assert_int_eq (archive_write_open (archive, &out, NULL, tar_add_bytes, NULL), ARCHIVE_OK);
  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_size (entry, (la_int64_t) content->length);
  ck_assert_int_eq (archive_write_header (archive, entry), ARCHIVE_OK);
  ck_assert_int_eq (archive_write_data (archive, content->data, content->length), (la_ssize_t) content->length);
  archive_entry_free (entry);
  ck_assert_int_eq (archive_write_close (archive), ARCHIVE_OK);
  archive_write_free (archive);
  return out;
}

static struct vprod__buf text_of (const char *text)
{
  struct vprod__buf buf = { 0 };

  ck_assert_int_eq (vprod__buf_adds (&buf, text), 0);
  return buf;
}

/* ---- what is looked into ------------------------------------------------------------------------------------------------- */

static const struct packed {
  const char *path;
  int format, filter;
  const char *options;
  const char *seen;
} packed[] = {
  { "a.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, NULL, "a.tar!/in/x=hello" },
  { "a.tar", ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE, NULL, "a.tar!/in/x=hello" },
  { "a.tgz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, NULL, "a.tgz!/in/x=hello" },
  { "a.tbz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2, NULL, "a.tbz!/in/x=hello" },
  { "a.txz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, NULL, "a.txz!/in/x=hello" },
  { "a.tzst", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, NULL, "a.tzst!/in/x=hello" },
  { "a.jar", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "zip:compression=deflate", "a.jar!/in/x=hello" },
  { "a.whl", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "zip:compression=store", "a.whl!/in/x=hello" },
  { "a.cpio", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, NULL, "a.cpio!/in/x=hello" },
  { "etc/.env.gz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, NULL, "etc/.env.gz!/.env=hello" },
  { "root/log.1.gz", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ, NULL, "root/log.1.gz!/log.1=hello" },
  { "x", ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_NONE, NULL, "x=hello" },
};

START_TEST (archives_are_looked_into)
{
  const struct packed *row = &packed[_i];
  struct vprod__buf hello = text_of ("hello"), file = pack ("in/x", &hello, row->format, row->filter, row->options);
  static const size_t pieces[] = { 0, 1, 700 };

  for (int i = 0; i < COUNT (pieces); i++) {
    struct seen seen = { .keeps = 1 };
    struct vprod__nested nested;
    ck_assert_int_eq (read_file (row->path, &file, pieces[i], &seen, &nested), 0);
    /* a zip's directory and a tar's padding follow as bytes of the archive itself */
    ck_assert_msg (strncmp (seen.text.data, row->seen, strlen (row->seen)) == 0, "%s", seen.text.data);
    ck_assert_uint_eq (nested.n_cut, 0);
    vprod__buf_clear (&seen.text);
    vprod__nested_clear (&nested);
  }
  vprod__buf_clear (&hello);
  vprod__buf_clear (&file);
}
END_TEST

/* A zip application of Python's, or a program that unpacks itself. */
START_TEST (a_zip_behind_the_line_of_an_interpreter_is_looked_into)
{
  static const char *const begins[] = { "#!/usr/bin/env python3\n", "#!/bin/sh\necho PK\n", "# no interpreter\n" };
  struct vprod__buf hello = text_of ("hello"), zip = pack ("in/x", &hello, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, NULL);
  struct vprod__buf file = text_of (begins[_i]);
  struct seen seen = { .keeps = 1 };
  struct vprod__nested nested;
  const char *wanted = _i < 2 ? "app!/in/x=hello" : "app=# no interpreter";

  ck_assert_int_eq (vprod__buf_add (&file, zip.data, zip.length), 0);
  ck_assert_int_eq (read_file ("app", &file, 0, &seen, &nested), 0);
  ck_assert_msg (strncmp (seen.text.data, wanted, strlen (wanted)) == 0, "%s", seen.text.data);
  ck_assert_uint_eq (nested.n_cut, 0);
  vprod__buf_clear (&seen.text);
  vprod__nested_clear (&nested);
  vprod__buf_clear (&hello);
  vprod__buf_clear (&zip);
  vprod__buf_clear (&file);
}
END_TEST

START_TEST (archives_in_archives_are_looked_into_to_a_depth)
{
  struct vprod__buf file = text_of ("hello");

  for (int depth = 1; depth <= 8; depth++) {
    struct vprod__buf outer = pack ("x", &file, depth % 2 ? ARCHIVE_FORMAT_TAR_USTAR : ARCHIVE_FORMAT_ZIP,
                                    depth % 2 ? ARCHIVE_FILTER_GZIP : ARCHIVE_FILTER_NONE, NULL);
    struct seen seen = { .keeps = 1 };
    struct vprod__nested nested;
    vprod__buf_clear (&file);
    file = outer;
    ck_assert_int_eq (read_file ("x", &file, 0, &seen, &nested), 0);
    ck_assert_int_eq (strstr (seen.text.data, "=hello") != NULL, depth <= 6);
    ck_assert_uint_eq (nested.n_cut, depth > 6);
    if (depth > 6)
      ck_assert_ptr_nonnull (strstr (nested.why_cut, "deep"));
    vprod__buf_clear (&seen.text);
    vprod__nested_clear (&nested);
  }
  vprod__buf_clear (&file);
}
END_TEST

/* ---- what is hostile ------------------------------------------------------------------------------------------------------- */

START_TEST (a_bomb_ends_early_and_what_follows_is_read)
{
  struct vprod__buf zeros = { 0 };

  ck_assert_ptr_nonnull (zeros.data = calloc (1, 32 << 20));
  zeros.length = zeros.capacity = 32 << 20;
  /* 32 MB, twelve times in a zip, that in another: 400 MB out of 400 kB */
  struct vprod__buf inner = { 0 };
  struct archive *archive = archive_write_new ();
  archive_write_set_format_zip (archive);
  archive_write_set_bytes_in_last_block (archive, 1);
  ck_assert_int_eq (archive_write_open (archive, &inner, NULL, tar_add_bytes, NULL), ARCHIVE_OK);
  for (int i = 0; i < 12; i++) {
    struct archive_entry *entry = archive_entry_new ();
    archive_entry_set_pathname (entry, "zeros");
    archive_entry_set_filetype (entry, AE_IFREG);
    archive_entry_set_size (entry, (la_int64_t) zeros.length);
    ck_assert_int_eq (archive_write_header (archive, entry), ARCHIVE_OK);
    ck_assert_int_eq (archive_write_data (archive, zeros.data, zeros.length), (la_ssize_t) zeros.length);
    archive_entry_free (entry);
  }
  ck_assert_int_eq (archive_write_close (archive), ARCHIVE_OK);
  archive_write_free (archive);
  struct vprod__buf bomb = pack ("inner.zip", &inner, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, NULL);
  struct seen seen = { 0 };
  struct vprod__nested nested;
  ck_assert_int_eq (read_file ("bomb.zip", &bomb, 0, &seen, &nested), 0);
  ck_assert_uint_ge (nested.n_cut, 1);
  ck_assert_str_eq (nested.why_cut, "it unpacks to too much");
  ck_assert_str_eq (nested.cut, "bomb.zip");
  ck_assert_uint_le (seen.bytes, (uint64_t) 160 << 20);
  vprod__buf_clear (&seen.text);
  vprod__nested_clear (&nested);
  vprod__buf_clear (&zeros);
  vprod__buf_clear (&inner);
  vprod__buf_clear (&bomb);
}
END_TEST

/* `xz -9` wants 64 MB, of which it takes what it unpacks: a little of it is read. */
START_TEST (what_needs_much_memory_is_read_for_a_while)
{
  struct vprod__buf zeros = { 0 };
  struct seen seen = { 0 };
  struct vprod__nested nested;

  ck_assert_ptr_nonnull (zeros.data = calloc (1, 64 << 20));
  zeros.length = zeros.capacity = 64 << 20;
  for (int large = 0; large < 2; large++) {
    zeros.length = (size_t) (large ? 64 : 1) << 20;
    struct vprod__buf file = pack ("x", &zeros, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ, "xz:compression-level=9");
    ck_assert_int_eq (read_file ("a.txz", &file, 0, &seen, &nested), 0);
    ck_assert_uint_eq (nested.n_cut, (size_t) large);
    if (large)
      ck_assert_ptr_nonnull (strstr (nested.why_cut, "memory"));
    ck_assert_uint_le (nested.out, (uint64_t) 24 << 20);
    vprod__nested_clear (&nested);
    vprod__buf_clear (&seen.text);
    vprod__buf_clear (&file);
  }
  vprod__buf_clear (&zeros);
}
END_TEST

/* Whatever stands where in an archive: it ends, and no byte is read that is not there (for sanitizers). */
START_TEST (damaged_archives_are_survived)
{
  const struct packed *row = &packed[_i];
  struct vprod__buf hello = text_of ("hello"), file = pack ("in/x", &hello, row->format, row->filter, row->options);
  unsigned random = 1;

  for (size_t round = 0; round < 300; round++) {
    struct vprod__buf damaged = { 0 };
    struct seen seen = { 0 };
    struct vprod__nested nested;
    ck_assert_int_eq (vprod__buf_add (&damaged, file.data, round < 100 ? file.length : file.length * (round - 99) / 201), 0);
    for (int i = 0; round < 100 && i < 4; i++) {
      random = random * 1103515245 + 12345;
      damaged.data[(random >> 8) % (damaged.length < 700 ? damaged.length : 700)] = (char) (random >> 4);
    }
    ck_assert_int_eq (read_file ("a", &damaged, 0, &seen, &nested), 0);
    vprod__buf_clear (&seen.text);
    vprod__nested_clear (&nested);
    vprod__buf_clear (&damaged);
  }
  vprod__buf_clear (&hello);
  vprod__buf_clear (&file);
}
END_TEST

static const struct {
  const char *bytes;
  size_t length;
  enum vprod__packing packing;
  uint64_t window;
} heads[] = {
#define HEAD(text) text, sizeof (text) - 1
  { HEAD ("PK\3\4\24\0\0\0"), VPROD__PACKING_ARCHIVE, 64 * 1024 },
  { HEAD ("PK\5\6\0\0\0\0"), VPROD__PACKING_NONE, 64 * 1024 },
  { HEAD ("\x1f\x8b\x08\0\0\0"), VPROD__PACKING_FILTER, 64 * 1024 },
  { HEAD ("\x1f\x8b"), VPROD__PACKING_NONE, 64 * 1024 },
  { HEAD ("BZh91AY&SY"), VPROD__PACKING_FILTER, 4 << 20 },
  { HEAD ("BZh9 is text"), VPROD__PACKING_NONE, 64 * 1024 },
  { HEAD ("!<arch>\ndebian-binary   "), VPROD__PACKING_ARCHIVE, 64 * 1024 },
  { HEAD ("!<arch>\n/               "), VPROD__PACKING_NONE, 64 * 1024 }, /* a library of object files */
  /* of `xz -6` and `xz -9`, and one whose first filter is that of x86 code */
  { HEAD ("\xfd" "7zXZ\0\0\4\346\326\264F\2\0!\1\26\0\0\0\0\0\0\0"), VPROD__PACKING_FILTER, 8 << 20 },
  { HEAD ("\xfd" "7zXZ\0\0\4\346\326\264F\2\0!\1\34\0\0\0\0\0\0\0"), VPROD__PACKING_FILTER, 64 << 20 },
  { HEAD ("\xfd" "7zXZ\0\0\4\346\326\264F\2\1\4\0!\1\26\0\0\0\0\0\0"), VPROD__PACKING_FILTER, 8 << 20 },
  { HEAD ("\xfd" "7zXZ\0\0\4\346\326\264F\2\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), VPROD__PACKING_FILTER, UINT64_MAX },
  { HEAD ("\xfd" "7zXZ\0\0"), VPROD__PACKING_FILTER, UINT64_MAX },
  /* zstd with a window of 8 MB, and with one of 128 MB; a single segment of 512 bytes */
  { HEAD ("\x28\xb5\x2f\xfd\x04\x68"), VPROD__PACKING_FILTER, 8 << 20 },
  { HEAD ("\x28\xb5\x2f\xfd\x04\x88"), VPROD__PACKING_FILTER, 128 << 20 },
  { HEAD ("\x28\xb5\x2f\xfd\x60\x00\x01"), VPROD__PACKING_FILTER, 512 },
  { HEAD ("\x28\xb5\x2f\xfd\xe0\x00"), VPROD__PACKING_FILTER, UINT64_MAX },
  { HEAD (""), VPROD__PACKING_NONE, 64 * 1024 },
};

START_TEST (heads_tell_packing_and_memory)
{
  uint64_t window;

  ck_assert_int_eq (vprod__packing_of (heads[_i].bytes, heads[_i].length, &window), heads[_i].packing);
  ck_assert_uint_eq (window, heads[_i].window);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("nested_files");
  TCase *tcase = tcase_create ("nested_files");

  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, archives_are_looked_into, 0, COUNT (packed));
  tcase_add_loop_test (tcase, a_zip_behind_the_line_of_an_interpreter_is_looked_into, 0, 3);
  tcase_add_test (tcase, archives_in_archives_are_looked_into_to_a_depth);
  tcase_add_test (tcase, a_bomb_ends_early_and_what_follows_is_read);
  tcase_add_test (tcase, what_needs_much_memory_is_read_for_a_while);
  tcase_add_loop_test (tcase, damaged_archives_are_survived, 0, COUNT (packed));
  tcase_add_loop_test (tcase, heads_tell_packing_and_memory, 0, COUNT (heads));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
