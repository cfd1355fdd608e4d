/* SPDX-License-Identifier: MIT */
#include "image_archive.h"

#include "image/feed.h"
#include "image/reading.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- what a visitor sees, as text ---------------------------------------------------------------------- */

struct seen {
  struct vprod__buf text; /* "layer kind path[=content]", one a line, in the order of coming */
  int wants;
};

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  static const char kinds[] = { '?', 'f', 'd', 'l', 'o', 'w', 'q' };
  struct seen *seen = data;

  (void) err;
  ck_assert_int_eq (vprod__buf_addf (&seen->text, "%s%zu%c %s", seen->text.length ? "\n" : "", file->layer,
                                     kinds[file->kind], file->path),
                    0);
  if (seen->wants && file->kind == VPROD__FILE_REGULAR)
    ck_assert_int_eq (vprod__buf_adds (&seen->text, "="), 0);
  return seen->wants;
}

static int on_content (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct seen *seen = data;

  (void) err;
  ck_assert_int_eq (vprod__buf_add (&seen->text, bytes, length), 0);
  return 0;
}

static const vprod_call no_bound = { sizeof no_bound, VPROD_NO_DEADLINE, -1 };

static int read_image (const struct vprod__buf *tar, size_t piece, struct seen *seen, struct vprod__layers *layers,
                       vprod_error **err)
{
  struct memory memory = { tar->data, tar->length, piece };
  struct vprod__layer_visitor visitor = { on_file, on_content, seen };
  struct vprod__file_reader reader = { .visitor = &visitor };
  struct vprod__visible visible = { 0 };
  struct archive *archive = NULL;
  int r = vprod__archive_open_tar (&memory, read_memory, &archive, err);

  if (r == 0) {
    r = vprod__image_read (archive, &no_bound, &reader, &visible, err);
    archive_read_free (archive);
  }
  *layers = visible.layers;
  visible.layers = (struct vprod__layers) { 0 };
  vprod__visible_clear (&visible);
  ck_assert_int_eq (reader.r, 0);
  return r;
}

/* ---- images -------------------------------------------------------------------------------------------- */

static const struct tar_entry base[] = {
  { "etc/" }, { "etc/passwd", "root" }, { "bin/sh", .link = "busybox" }, { 0 }
};
static const struct tar_entry upper[] = {
  { "etc/.wh.passwd" }, { "opt/.wh..wh..opq" }, { "./app/x", "1" }, { 0 }
};

/* In the forms of Docker 20.10, Docker 26 and Podman, and an OCI layout; the manifest first or last; packed or
   not. */
static const struct form {
  const char *names[2];   /* of base and upper */
  const char *manifest;
  const char *manifest_name;
  const char *index;      /* not NULL: index.json; manifest is then a blob */
  int upper_first;        /* layers come in the other order */
  enum packing packing;
} forms[] = {
  { { "aaa/layer.tar", "bbb/layer.tar" },
    "[{\"Config\":\"c.json\",\"Layers\":[\"aaa/layer.tar\",\"bbb/layer.tar\"]}]", "manifest.json", NULL, 0,
    PLAIN },
  { { "zzz/layer.tar", "bbb/layer.tar" },
    "[{\"Config\":\"c.json\",\"Layers\":[\"zzz/layer.tar\",\"bbb/layer.tar\"]}]", "manifest.json", NULL, 1,
    PLAIN },
  { { "blobs/sha256/a1", "blobs/sha256/b2" }, "\n [{\"Layers\":[\"blobs/sha256/a1\",\"blobs/sha256/b2\"]}]\n",
    "manifest.json", NULL, 1, GZIP },
  { { "a1.tar", "b2.tar" }, "[{\"Layers\":[\"a1.tar\",\"b2.tar\"]}]", "manifest.json", NULL, 0, PLAIN },
  { { "blobs/sha256/a1", "blobs/sha256/b2" },
    "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"sha256:a1\"},{\"digest\":\"sha256:b2\"}]}", "blobs/sha256/m0",
    "{\"manifests\":[{\"digest\":\"sha256:missing\"},{\"digest\":\"sha256:m0\"}]}", 1, ZSTD },
};

static struct vprod__buf make_image_of (const struct form *form, const struct tar_entry *lower,
                                        const struct tar_entry *higher)
{
  struct vprod__buf layers[2] = { make_tar (lower, form->packing), make_tar (higher, form->packing) };
  int first = form->upper_first;
  const struct tar_entry entries[] = {
    { "c.json", "{\"config\":{}}" },
    { form->names[first], layers[first].data, .length = layers[first].length },
    { "VERSION", "1.0" },
    { "aaa/", NULL },
    { form->names[!first], layers[!first].data, .length = layers[!first].length },
    { form->manifest_name, form->manifest },
    { form->index ? "index.json" : "repositories", form->index ? form->index : "{}" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);

  vprod__buf_clear (&layers[0]);
  vprod__buf_clear (&layers[1]);
  return image;
}

static struct vprod__buf make_image (const struct form *form)
{
  return make_image_of (form, base, upper);
}

START_TEST (reads_layers_in_every_form_and_order)
{
  static const size_t pieces[] = { 0, 1000, 513 };
  struct vprod__buf image = make_image (&forms[_i]);

  for (int i = 0; i < COUNT (pieces); i++) {
    struct seen seen = { .wants = 1 };
    struct vprod__layers layers = { 0 };
    vprod_error *err = NULL;
    assert_ok (read_image (&image, pieces[i], &seen, &layers, &err), err);
    ck_assert_str_eq (seen.text.data,
                      forms[_i].upper_first
                        ? "0w etc/passwd\n0q opt\n0f app/x=1\n1d etc\n1f etc/passwd=root\n1l bin/sh"
                        : "0d etc\n0f etc/passwd=root\n0l bin/sh\n1w etc/passwd\n1q opt\n1f app/x=1");
    ck_assert_uint_eq (layers.count, 2);
    ck_assert_uint_eq (layers.depth, 2);
    ck_assert_int_eq (layers.place[forms[_i].upper_first ? 1 : 0], 0);
    ck_assert_int_eq (layers.place[forms[_i].upper_first ? 0 : 1], 1);
    vprod__layers_clear (&layers);
    vprod__buf_clear (&seen.text);
  }
  vprod__buf_clear (&image);
}
END_TEST

/* A tar archive begins with the name of its first file. */
static const char *const json_like[] = {
  "[", "{", "[id].js", "{app}/x", "[1,2]", "{\"Layers\":[]}", "{}", "[{\"Layers\":[\"x\"]}]", " [", "\n{",
};

START_TEST (layer_whose_first_name_looks_like_json_is_a_layer)
{
  for (int i = 0; i < COUNT (json_like); i++) {
    const struct tar_entry files[] = { { json_like[i], "x" }, { "etc/passwd", "root" }, { 0 } };
    struct vprod__buf image = make_image_of (&forms[_i], files, upper);
    struct seen seen = { .wants = 1 };
    struct vprod__layers layers = { 0 };
    vprod_error *err = NULL;
    assert_ok (read_image (&image, i % 2 ? 513 : 0, &seen, &layers, &err), err);
    ck_assert_ptr_nonnull (strstr (vprod__buf_string (&seen.text), "etc/passwd=root"));
    ck_assert_ptr_nonnull (strstr (vprod__buf_string (&seen.text), json_like[i]));
    ck_assert_uint_eq (layers.count, 2);
    ck_assert_uint_eq (layers.depth, 2);
    ck_assert_int_eq (layers.place[forms[_i].upper_first ? 1 : 0], 0);
    vprod__layers_clear (&layers);
    vprod__buf_clear (&seen.text);
    vprod__buf_clear (&image);
  }
}
END_TEST

/* More than is kept of any JSON. */
START_TEST (large_layer_whose_first_name_looks_like_json_is_a_layer)
{
  size_t length = 6 << 20;
  char *zeros = calloc (1, length);
  const struct tar_entry files[] = { { "[slug].html", zeros, .length = length }, { "etc/passwd", "root" }, { 0 } };
  struct vprod__buf image = make_image_of (&forms[0], files, upper);
  struct seen seen = { 0 };
  struct vprod__layers layers = { 0 };
  vprod_error *err = NULL;

  assert_ok (read_image (&image, 65536, &seen, &layers, &err), err);
  ck_assert_ptr_nonnull (strstr (vprod__buf_string (&seen.text), "0f [slug].html\n0f etc/passwd\n"));
  ck_assert_uint_eq (layers.depth, 2);
  vprod__layers_clear (&layers);
  vprod__buf_clear (&seen.text);
  vprod__buf_clear (&image);
  free (zeros);
}
END_TEST

/* docker save writes a layer that two images share once, and links to it. */
START_TEST (follows_links_between_layers)
{
  struct vprod__buf layer = make_tar (base, PLAIN);
  const struct tar_entry entries[] = {
    { "two/layer.tar", .link = "../one/layer.tar" },
    { "one/layer.tar", layer.data, .length = layer.length },
    { "out/layer.tar", .link = "../../etc/passwd" },
    { "loop/layer.tar", .link = "../loop/layer.tar" },
    { "manifest.json", "[{\"Layers\":[\"one/layer.tar\",\"two/layer.tar\"]}]" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);
  struct seen seen = { 0 };
  struct vprod__layers layers = { 0 };
  vprod_error *err = NULL;

  assert_ok (read_image (&image, 0, &seen, &layers, &err), err);
  ck_assert_uint_eq (layers.count, 1);
  ck_assert_uint_eq (layers.depth, 2);
  ck_assert_int_eq (layers.place[0], 1);
  vprod__layers_clear (&layers);
  vprod__buf_clear (&seen.text);
  vprod__buf_clear (&image);
  vprod__buf_clear (&layer);
}
END_TEST

static const struct {
  const char *text; /* of a layer's file */
  const char *path;
  const char *seen; /* "": not told of */
} names[] = {
  { "x", "/etc/x", "0f etc/x" },
  { "x", "././etc//x", "0f etc/x" },
  { "x", "../../etc/x", "" },
  { "x", "a/../../x", "" },
  { "x", "caf\xc3\xa9/x", "0f caf\xc3\xa9/x" },
  { "x", "bad\xff/x", "0f bad\xff/x" },
  { "", ".wh..wh..opq", "0q " },
  { "", ".wh..wh.plnk", "" },
  { "", "a/.wh.", "" },
  { "", "a/.wh.b", "0w a/b" },
};

START_TEST (makes_paths_clean)
{
  const struct tar_entry files[] = { { names[_i].path, names[_i].text }, { 0 } };
  struct vprod__buf layer = make_tar (files, PLAIN);
  const struct tar_entry entries[] = { { "l.tar", layer.data, .length = layer.length },
                                       { "manifest.json", "[{\"Layers\":[\"l.tar\"]}]" }, { 0 } };
  struct vprod__buf image = make_tar (entries, PLAIN);
  struct seen seen = { 0 };
  struct vprod__layers layers = { 0 };
  vprod_error *err = NULL;

  assert_ok (read_image (&image, 0, &seen, &layers, &err), err);
  ck_assert_str_eq (vprod__buf_string (&seen.text), names[_i].seen);
  vprod__layers_clear (&layers);
  vprod__buf_clear (&seen.text);
  vprod__buf_clear (&image);
  vprod__buf_clear (&layer);
}
END_TEST

static const struct {
  struct tar_entry entries[4]; /* of the outer archive; "@base" stands for the base layer's bytes */
  const char *message;
} bad[] = {
  { { { "l.tar", "@base" } }, "neither manifest.json nor index.json" },
  { { { "l.tar", "@base" },
    { "manifest.json", "[{\"Layers\":[\"l.tar\",\"m.tar\"]}]" } }, "lacks the layer m.tar" },
  { { { "l.tar", "@base" }, { "manifest.json", "[{\"Layers\":[7]}]" } }, "lacks the layer" },
  { { { "l.tar", "@base" }, { "manifest.json", "[{}]" } }, "without layers" },
  { { { "l.tar", "@base" }, { "manifest.json", "[{\"Layers\":[" } }, "without layers" },
  { { { "l.tar", "@base" }, { "manifest.json", "{\"Layers\":[\"l.tar\"]}" } }, "without layers" },
  { { { "l.tar", "no archive at all" },
    { "manifest.json", "[{\"Layers\":[\"l.tar\"]}]" } }, "lacks the layer l.tar" },
  { { { "index.json", "{\"manifests\":[{\"digest\":\"sha256:i\"}]}" },
    { "blobs/sha256/i", "{\"manifests\":[{\"digest\":\"sha256:i\"}]}" } },
    "names no manifest" },
  { { { "index.json", "{\"manifests\":[{\"digest\":\"../../x\"},{\"digest\":5},3]}" } }, "names no manifest" },
};

START_TEST (refuses_archives_that_are_none_of_an_image)
{
  struct vprod__buf layer = make_tar (base, PLAIN);
  struct tar_entry entries[5] = { { 0 } };

  for (int i = 0; i < 4 && bad[_i].entries[i].path; i++) {
    entries[i] = bad[_i].entries[i];
    if (entries[i].text && strcmp (entries[i].text, "@base") == 0) {
      entries[i].text = layer.data;
      entries[i].length = layer.length;
    }
  }
  struct vprod__buf image = make_tar (entries, PLAIN);
  struct seen seen = { 0 };
  struct vprod__layers layers = { 0 };
  vprod_error *err = NULL;
  assert_error (read_image (&image, 0, &seen, &layers, &err), err, VPROD_ERROR_ENGINE, bad[_i].message);
  vprod__buf_clear (&seen.text);
  vprod__buf_clear (&image);
  vprod__buf_clear (&layer);
}
END_TEST

/* Cut off anywhere, or with any byte changed, an archive is read or refused, and nothing worse. */
START_TEST (survives_damage)
{
  struct vprod__buf image = make_image (&forms[_i]);
  unsigned seed = 12345;

  for (int i = 0; i < 400; i++) {
    struct vprod__buf damaged = { 0 };
    struct seen seen = { .wants = 1 };
    struct vprod__layers layers = { 0 };
    vprod_error *err = NULL;
    size_t length = image.length;
    seed = seed * 1103515245 + 12345;
    if (i % 4 == 0)
      length = seed % image.length;
    ck_assert_int_eq (vprod__buf_add (&damaged, image.data, length), 0);
    for (int k = 0; k < i % 8 && length > 0; k++) {
      seed = seed * 1103515245 + 12345;
      damaged.data[(seed >> 8) % length] = (char) (seed >> 3);
    }
    int r = damaged.data ? read_image (&damaged, 0, &seen, &layers, &err) : -1;
    ck_assert (r == 0 || err || !damaged.data);
    vprod_error_free (err);
    vprod__layers_clear (&layers);
    vprod__buf_clear (&seen.text);
    vprod__buf_clear (&damaged);
  }
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (cut_off_archive_is_an_error)
{
  struct vprod__buf image = make_image (&forms[0]);
  struct seen seen = { 0 };
  struct vprod__layers layers = { 0 };
  vprod_error *err = NULL;

  image.length = image.length / 2;
  ck_assert_int_eq (read_image (&image, 0, &seen, &layers, &err), -VPROD_ERROR_ENGINE);
  vprod_error_free (err);
  vprod__buf_clear (&seen.text);
  vprod__buf_clear (&image);
}
END_TEST

static int refuse (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  (void) data;
  (void) file;
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "enough");
}

START_TEST (an_error_of_the_visitor_ends_it)
{
  struct vprod__buf image = make_image (&forms[0]);
  struct memory memory = { image.data, image.length, 0 };
  struct vprod__layer_visitor visitor = { refuse, on_content, NULL };
  struct vprod__file_reader reader = { .visitor = &visitor };
  struct vprod__visible visible = { 0 };
  struct archive *archive = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  assert_error (vprod__image_read (archive, &no_bound, &reader, &visible, &err), err, VPROD_ERROR_TIMEOUT, "enough");
  assert_error (reader.r, reader.error, VPROD_ERROR_TIMEOUT, "enough");
  archive_read_free (archive);
  vprod__visible_clear (&visible);
  vprod__buf_clear (&image);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("image_files");
  TCase *tcase = tcase_create ("image_files");

  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, reads_layers_in_every_form_and_order, 0, COUNT (forms));
  tcase_add_loop_test (tcase, layer_whose_first_name_looks_like_json_is_a_layer, 0, COUNT (forms));
  tcase_add_test (tcase, large_layer_whose_first_name_looks_like_json_is_a_layer);
  tcase_add_test (tcase, follows_links_between_layers);
  tcase_add_loop_test (tcase, makes_paths_clean, 0, COUNT (names));
  tcase_add_loop_test (tcase, refuses_archives_that_are_none_of_an_image, 0, COUNT (bad));
  tcase_add_loop_test (tcase, survives_damage, 0, COUNT (forms));
  tcase_add_test (tcase, cut_off_archive_is_an_error);
  tcase_add_test (tcase, an_error_of_the_visitor_ends_it);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
