/* SPDX-License-Identifier: MIT */
#include "image_archive.h"

#include "image/feed.h"
#include "image/reading.h"

static const vprod_call no_bound = { sizeof no_bound, VPROD_NO_DEADLINE, -1 };

/* "path[ug]", with blanks between. lower_first: the order of the layers in the archive. */
static struct vprod__buf find (const struct tar_entry *lower, const struct tar_entry *upper, int lower_first)
{
  struct vprod__buf base = make_tar (lower, PLAIN), top = make_tar (upper, PLAIN), text = { 0 };
  struct tar_entry outer[] = {
    { lower_first ? "a/layer.tar" : "b/layer.tar", lower_first ? base.data : top.data,
      .length = lower_first ? base.length : top.length },
    { lower_first ? "b/layer.tar" : "a/layer.tar", lower_first ? top.data : base.data,
      .length = lower_first ? top.length : base.length },
    { "manifest.json", "[{\"Layers\":[\"a/layer.tar\",\"b/layer.tar\"]}]" },
    { 0 },
  };
  struct vprod__buf image = make_tar (outer, PLAIN);
  struct memory memory = { image.data, image.length, 512 };
  struct vprod__file_reader nobody = { 0 };
  struct vprod__visible visible = { 0 };
  const struct vprod__privileged *programs = &visible.privileged;
  struct archive *archive = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  assert_ok (vprod__image_read (archive, &no_bound, &nobody, &visible, &err), err);
  archive_read_free (archive);
  for (size_t i = 0; i < programs->count; i++)
    ck_assert_int_eq (vprod__buf_addf (&text, "%s%s[%s%s]", i ? " " : "", programs->list[i].path,
                                       programs->list[i].setuid ? "u" : "", programs->list[i].setgid ? "g" : ""), 0);
  vprod__visible_clear (&visible);
  vprod__buf_clear (&base);
  vprod__buf_clear (&top);
  vprod__buf_clear (&image);
  return text;
}

static const struct tar_entry two[] = {
  { "usr/bin/", .mode = 02755 }, { "usr/bin/su", "x", .mode = 04755 }, { "usr/bin/wall", "x", .mode = 02755 }, { 0 }
};

static const struct {
  struct tar_entry upper[4];
  const char *left;
} cases[] = {
  { { { "etc/x", "1" } }, "usr/bin/su[u] usr/bin/wall[g]" },
  { { { "usr/bin/su", "y", .mode = 06711 } }, "usr/bin/su[ug] usr/bin/wall[g]" },
  { { { "usr/bin/su", "y", .mode = 0755 } }, "usr/bin/wall[g]" },
  { { { "usr/bin/.wh.su" } }, "usr/bin/wall[g]" },
  { { { "usr/bin/su", .link = "busybox" } }, "usr/bin/wall[g]" },
  { { { "usr/.wh.bin" } }, "" },
  { { { ".wh.usr" } }, "" },
  { { { "usr/bin/.wh..wh..opq" } }, "" },
  { { { ".wh..wh..opq" } }, "" },
  { { { "usr/bin", .link = "../bin" } }, "" },
  /* what only looks alike */
  { { { "usr/bi/.wh..wh..opq" }, { ".wh.us" }, { "usr/bin/su/.wh.x" } }, "usr/bin/su[u] usr/bin/wall[g]" },
  { { { "usr/bin/" }, { "opt/lock", "x", .mode = 02644 } }, "usr/bin/su[u] usr/bin/wall[g]" },
  /* the same layer puts its own in place of what it hides */
  { { { "usr/bin/.wh..wh..opq" }, { "usr/bin/sudo", "x", .mode = 04111 } }, "usr/bin/sudo[u]" },
};

START_TEST (finds_what_no_later_layer_covers)
{
  for (int lower_first = 0; lower_first < 2; lower_first++) {
    struct vprod__buf text = find (two, cases[_i].upper, lower_first);
    ck_assert_str_eq (vprod__buf_string (&text), cases[_i].left);
    vprod__buf_clear (&text);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("privileged_files");
  TCase *tcase = tcase_create ("layers");

  tcase_add_loop_test (tcase, finds_what_no_later_layer_covers, 0, (int) (sizeof cases / sizeof cases[0]));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
