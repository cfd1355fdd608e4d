/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an image's archive: docker save, OCI layout, Podman's; layers, the archives in their files, and the searches
 * for secrets in those and for packages, which share one reading. Checksums of tar headers are set right first, in the layers too: else hardly a change would get
 * beyond the first header. Alone, the program makes its seeds and replays them; `archive --seeds DIR` writes them for
 * libFuzzer, whose it is with -fsanitize=fuzzer -DVPROD_LIBFUZZER (see progress.c).
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/feed.h"
#include "image/nested.h"
#include "image/packages.h"
#include "image/reading.h"
#include "replay.h"
#include "scan/scan.h"
#include "util/buf.h"
#include "util/clock.h"

#define BLOCK 512
#define TIME_MS 20000

static void must (int holds, const char *what)
{
  if (!holds) {
    fprintf (stderr, "does not hold: %s\n", what);
    abort ();
  }
}

/* ---- reading ------------------------------------------------------------------------------------------- */

struct reading {
  struct vprod__nested nested;
  struct vprod__scan *scan;
  const char *path;
  size_t most_layer; /* of the files that were told of */
  int files;
  const unsigned char *bytes;
  size_t length, piece;
};

static int on_match (void *data, const struct vprod__scan_match *match)
{
  (void) data;
  must (match->rule && match->description && match->fingerprint && match->line >= 1, "a match is whole");
  return 0;
}

static int on_begin (void *data, const char *path, vprod_error **err)
{
  struct reading *reading = data;

  must (path && *path, "what is in a file has a path");
  return vprod__scan_begin (reading->scan, path, err);
}

static int on_bytes (void *data, const void *bytes, size_t length, vprod_error **err)
{
  struct reading *reading = data;

  return vprod__scan_bytes (reading->scan, bytes, length, err);
}

static int on_end (void *data, vprod_error **err)
{
  struct reading *reading = data;

  return vprod__scan_end (reading->scan, err);
}

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  struct reading *reading = data;

  (void) err;
  must (file->path[0] != '/' && strncmp (file->path, "../", 3) != 0 && !strstr (file->path, "/../"), "a path is clean");
  must (file->layer >= reading->most_layer, "layers come one after the other");
  reading->most_layer = file->layer;
  reading->files++;
  reading->path = file->path;
  return file->kind == VPROD__FILE_REGULAR;
}

static int take_content (void *data, const struct vprod__content *content, vprod_error **err)
{
  struct reading *reading = data;

  return vprod__nested_read (&reading->nested, content, reading->path, err);
}

static la_ssize_t give (struct archive *archive, void *data, const void **ret)
{
  struct reading *reading = data;
  size_t n = reading->length < reading->piece ? reading->length : reading->piece;

  (void) archive;
  *ret = reading->bytes;
  reading->bytes += n;
  reading->length -= n;
  return (la_ssize_t) n;
}

/* Layers that follow each other have places, or none; those of the image are in order. */
static void judge (const struct vprod__layers *layers)
{
  for (size_t i = 0; i < layers->count; i++)
    must (layers->place[i] >= -1 && (layers->place[i] < 0 || (size_t) layers->place[i] < layers->depth),
          "a layer's place is in the image");
}

static void read_image (struct reading *reading)
{
  const vprod_call call = { sizeof call, vprod__deadline (TIME_MS), -1 };
  const struct vprod__layer_visitor visitor = { .on_file = on_file, .take_content = take_content, .data = reading,
                                                .any_name = 1 };
  static char gcc[] = "gcc", pattern[] = "/etc/**", *names[] = { gcc, NULL }, *patterns[] = { pattern, NULL };
  const struct vprod__package_folders folders = { 0 };
  struct vprod__layer_visitor of_packages;
  struct vprod__packages *packages = NULL;
  struct vprod__visible visible = { 0 };
  struct archive *archive = NULL;
  vprod_error *err = NULL;

  must (vprod__packages_new (names, patterns, &folders, &packages, NULL) == 0, "there is memory");
  vprod__packages_visitor (packages, &of_packages);
  struct vprod__file_reader other = { .visitor = &of_packages }, reader = { .visitor = &visitor, .next = &other };

  reading->nested = (struct vprod__nested) { .on_begin = on_begin, .on_bytes = on_bytes, .on_end = on_end,
                                             .data = reading, .call = &call };
  int r = vprod__archive_open_tar (reading, give, &archive, &err);
  if (r == 0)
    r = vprod__image_read (archive, &call, &reader, &visible, &err);
  must (r != -VPROD_ERROR_TIMEOUT, "it is read in time");
  must ((r < 0) == (err != NULL), "what failed says why");
  must ((reader.r < 0) == (reader.error != NULL) && other.r == 0 && !other.error, "a reader that fails says why");
  if (r == 0)
    judge (&visible.layers);
  if (archive)
    archive_read_free (archive);
  vprod_error_free (err);
  vprod_error_free (reader.error);
  vprod__packages_free (packages);
  vprod__visible_clear (&visible);
  vprod__nested_clear (&reading->nested);
}

/* A header says what its bytes add up to, its own eight of that counted as blanks. */
static void mend_checksums (unsigned char *bytes, size_t length)
{
  for (size_t at = 0; at + BLOCK <= length; at += BLOCK) {
    unsigned char *block = bytes + at;
    unsigned sum = 0;
    char text[8];
    if (memcmp (block + 257, "ustar", 5) != 0)
      continue;
    memset (block + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
      sum += block[i];
    snprintf (text, sizeof text, "%06o", sum & 0777777);
    memcpy (block + 148, text, 7);
  }
}

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length)
{
  static struct vprod__scan *scan; /* for good: its rules take a while to compile */
  static const size_t pieces[] = { 65536, 700 };
  unsigned char *bytes = malloc (length + 1);

  must (bytes != NULL, "there is memory");
  must (scan || vprod__scan_new (NULL, on_match, NULL, &scan, NULL) == 0, "rules compile");
  memcpy (bytes, data, length);
  mend_checksums (bytes, length);
  for (size_t i = 0; i < 2; i++) {
    struct reading reading = { .scan = scan, .bytes = bytes, .length = length, .piece = pieces[i] };
    read_image (&reading);
  }
  free (bytes);
  return 0;
}

/* ---- seeds --------------------------------------------------------------------------------------------- */

#ifndef VPROD_LIBFUZZER
enum packing { TAR, TAR_GZIP, TAR_ZSTD, ZIP };

struct file {
  const char *path;
  struct vprod__buf bytes;
  const char *link;
};

static struct vprod__buf text (const char *string)
{
  struct vprod__buf buf = { 0 };

  must (vprod__buf_adds (&buf, string) == 0, "there is memory");
  return buf;
}

static la_ssize_t take (struct archive *archive, void *data, const void *bytes, size_t length)
{
  (void) archive;
  must (vprod__buf_add (data, bytes, length) == 0, "there is memory");
  return (la_ssize_t) length;
}

/* Takes the files' bytes. */
static struct vprod__buf pack (struct file *files, enum packing packing)
{
  struct vprod__buf packed = { 0 };
  struct archive *archive = archive_write_new ();

  must (archive != NULL, "there is memory");
  if (packing == ZIP)
    archive_write_set_format_zip (archive);
  else
    archive_write_set_format_ustar (archive);
  if (packing == TAR_GZIP)
    archive_write_add_filter_gzip (archive);
  if (packing == TAR_ZSTD)
    archive_write_add_filter_zstd (archive);
  archive_write_set_bytes_per_block (archive, BLOCK);
  archive_write_set_bytes_in_last_block (archive, 1);
  must (archive_write_open (archive, &packed, NULL, take, NULL) == ARCHIVE_OK, "an archive can be written");
  for (struct file *file = files; file->path; file++) {
    struct archive_entry *entry = archive_entry_new ();
    archive_entry_set_pathname (entry, file->path);
    archive_entry_set_filetype (entry, file->link ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm (entry, 0644);
    archive_entry_set_size (entry, (la_int64_t) file->bytes.length);
    if (file->link)
      archive_entry_set_symlink (entry, file->link);
    must (archive_write_header (archive, entry) >= ARCHIVE_WARN, "an entry can be written");
    if (file->bytes.length > 0)
      must (archive_write_data (archive, file->bytes.data, file->bytes.length) >= 0, "so can a file");
    archive_entry_free (entry);
    vprod__buf_clear (&file->bytes);
  }
  archive_write_close (archive);
  archive_write_free (archive);
  return packed;
}

/* A layer with a file, a whiteout, and an archive in an archive. */
static struct vprod__buf layer (const char *first, enum packing nested, enum packing packing)
{
  struct file inner[] = { { ".env", text ("API_TOKEN=ghp_0123456789abcdefghijklmnopqrstuvwx12\n"), NULL }, { 0 } };
  struct file middle[] = { { "x.zip", pack (inner, ZIP), NULL }, { "a/b", text ("c"), NULL }, { 0 } };
  struct file files[] = { { first, text ("first\n"), NULL },
                          { "var/lib/dpkg/status", text ("Package: gcc\nStatus: install ok installed\n"), NULL },
                          { "etc/.wh.passwd", text (""), NULL },
                          { "opt/.wh..wh..opq", text (""), NULL },
                          { "bin/sh", { 0 }, "busybox" },
                          { "app/data", pack (middle, nested), NULL },
                          { 0 } };

  return pack (files, packing);
}

static const struct seed {
  const char *name;
  const char *names[2]; /* of the layers */
  const char *first;    /* file of them */
  enum packing nested, packing;
  const char *manifest_name, *manifest, *index;
} seeds[] = {
  { "docker-save", { "a/layer.tar", "b/layer.tar" }, "etc/passwd", TAR, TAR, "manifest.json",
    "[{\"Config\":\"c.json\",\"Layers\":[\"a/layer.tar\",\"b/layer.tar\"]}]", NULL },
  { "docker-save-bracket", { "a/layer.tar", "b/layer.tar" }, "[slug]", TAR_GZIP, TAR, "manifest.json",
    "[{\"Config\":\"c.json\",\"Layers\":[\"b/layer.tar\",\"a/layer.tar\"]}]", NULL },
  { "oci-layout", { "blobs/sha256/a1", "blobs/sha256/b2" }, "etc/passwd", ZIP, TAR_GZIP, "blobs/sha256/m0",
    "{\"config\":{\"digest\":\"sha256:c\"},\"layers\":[{\"digest\":\"sha256:a1\"},{\"digest\":\"sha256:b2\"}]}",
    "{\"manifests\":[{\"digest\":\"sha256:none\"},{\"digest\":\"sha256:m0\"}]}" },
  { "oci-layout-plain", { "blobs/sha256/a1", "blobs/sha256/b2" }, "{app}", TAR_ZSTD, TAR, "blobs/sha256/m0",
    "{\"config\":{\"digest\":\"sha256:c\"},\"layers\":[{\"digest\":\"sha256:a1\"},{\"digest\":\"sha256:b2\"}]}",
    "{\"manifests\":[{\"digest\":\"sha256:m0\"}]}" },
  { "podman", { "a1.tar", "b2.tar" }, "etc/passwd", TAR_GZIP, TAR_ZSTD, "manifest.json",
    "[{\"Config\":\"c.json\",\"RepoTags\":null,\"Layers\":[\"a1.tar\",\"b2.tar\"]}]", NULL },
};

static struct vprod__buf make_seed (const struct seed *seed)
{
  static const char config[] = "{\"rootfs\":{\"diff_ids\":[\"sha256:1\",\"sha256:2\"]},\"history\":[{\"created_by\":"
                               "\"COPY\"},{\"empty_layer\":true},{\"created_by\":\"RUN x\"}]}";
  struct file files[] = { { seed->names[0], layer (seed->first, seed->nested, seed->packing), NULL },
                          { seed->index ? "blobs/sha256/c" : "c.json", text (config), NULL },
                          { "link/layer.tar", { 0 }, "../a/layer.tar" },
                          { seed->names[1], layer (seed->first, ZIP, seed->packing), NULL },
                          { seed->manifest_name, text (seed->manifest), NULL },
                          { seed->index ? "index.json" : "repositories", text (seed->index ? seed->index : "{}"), NULL },
                          { 0 } };

  return pack (files, TAR);
}

static void write_seeds (const char *dir)
{
  for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
    struct vprod__buf bytes = make_seed (&seeds[i]);
    char path[4096];
    snprintf (path, sizeof path, "%s/%s", dir, seeds[i].name);
    FILE *file = fopen (path, "wb");
    must (file && fwrite (bytes.data, 1, bytes.length, file) == bytes.length && fclose (file) == 0, "a seed is written");
    vprod__buf_clear (&bytes);
  }
}

int main (int argc, char **argv)
{
  char dir[] = "/tmp/verify-prod-seeds.XXXXXX", *replayed[] = { argv[0], dir, NULL };

  if (argc == 3 && strcmp (argv[1], "--seeds") == 0) {
    write_seeds (argv[2]);
    return 0;
  }
  if (argc > 1)
    return fuzz_replay (argc, argv, "", "", 100);
  must (mkdtemp (dir) != NULL, "a folder can be made");
  write_seeds (dir);
  int code = fuzz_replay (2, replayed, "", "", 100);
  for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
    char path[4096];
    snprintf (path, sizeof path, "%s/%s", dir, seeds[i].name);
    unlink (path);
  }
  rmdir (dir);
  return code;
}
#endif
