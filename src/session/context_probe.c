/* SPDX-License-Identifier: MIT */
#include "session/context_probe.h"
#include "session/base.h"
#include "session/build_once.h"
#include "session/engine.h"
#include "session/temp.h"
#include "util/file.h"

#include <archive_entry.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "util/cancel.h"

#define PROBE "FROM scratch\nCOPY . /\n"
#define IGNORE_FILE_LIMIT ((size_t) 16 << 20)

/* malloc'ed "BASE SUFFIX", or NULL out of memory. */
static char *beside (const char *base, const char *suffix)
{
  char *path;

  return asprintf (&path, "%s%s", base, suffix) < 0 ? NULL : path;
}

/* In the order of Podman (buildah 1.28 and later), of which docker knows those that end in .dockerignore. */
static const struct {
  const char *suffix;
  int named; /* 1: after the Dockerfile's name; 0: in the context */
  int podmans;
} kinds[] = {
  { ".dockerignore", 1, 0 }, { ".containerignore", 1, 1 }, { "/.containerignore", 0, 1 }, { "/.dockerignore", 0, 0 }
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

int vprod__ignore_file_find (vprod_session *session, struct vprod__ignore_file *ret, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_buf_ struct vprod__buf text = { 0 };
  const vprod_engine_facts *engine;
  int r = vprod__get_engine (session, &engine, err);

  if (r < 0)
    return r;
  int podman = engine->name && strcmp (engine->name, "podman") == 0;
  for (size_t i = 0; i < N_KINDS; i++) {
    const char *base = kinds[i].named ? spec->image.dockerfile : spec->image.context;
    if (!base || (kinds[i].podmans && !podman))
      continue;
    _cleanup_free_ char *path = beside (base, kinds[i].suffix);
    if (!path)
      return vprod__error_no_memory (err);
    int is_common = i == N_KINDS - 1, is_there = access (path, F_OK) == 0;
    if (ret->path) {
      ret->shadows = is_common && is_there;
      continue;
    }
    if (is_there || is_common)
      ret->path = vprod__steal (&path);
  }
  r = vprod__file_read (ret->path, IGNORE_FILE_LIMIT, &text, err);
  ret->there = r == 0;
  ret->negates = vprod__buf_string (&text)[0] == '!' || strstr (vprod__buf_string (&text), "\n!");
  return r < 0 ? r : 0;
}

void vprod__ignore_file_clear (struct vprod__ignore_file *file)
{
  free (file->path);
  *file = (struct vprod__ignore_file) { 0 };
}

/* Copies an ignore file that is named after the Dockerfile; there need not be one. */
static int copy_named (const char *dockerfile, const char *probe, const char *suffix, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *from = beside (dockerfile, suffix), *to = beside (probe, suffix);

  if (!from || !to)
    return vprod__error_no_memory (err);
  int r = vprod__file_read (from, IGNORE_FILE_LIMIT, &text, err);
  if (r != 0)
    return r < 0 ? r : 0;
  return vprod__file_write (to, vprod__buf_string (&text), text.length, err);
}

/* Writes the probe into a folder of its own. An ignore file that is named after the Dockerfile gets a copy that is
   named after the probe; the context's own ignore file is found by the builder itself, as in a real build. */
static int write_probe (vprod_session *session, char **ret_path, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_free_ char *dir = NULL;
  _cleanup_free_ char *probe = NULL;
  int r = vprod__session_temp_dir (session, &dir, err);

  if (r < 0)
    return r;
  if (!(probe = beside (dir, "/probe.Dockerfile")))
    return vprod__error_no_memory (err);
  r = vprod__file_write (probe, PROBE, strlen (PROBE), err);
  for (size_t i = 0; i < N_KINDS && r == 0; i++)
    if (kinds[i].named && spec->image.dockerfile)
      r = copy_named (spec->image.dockerfile, probe, kinds[i].suffix, err);
  if (r == 0)
    *ret_path = vprod__steal (&probe);
  return r;
}

int vprod__context_probe (vprod_session *session, const char *context_dir, vprod__archive_fn read, void *data,
                          vprod_error **err)
{
  _cleanup_ (vprod__build_clear) struct vprod__build build = { 0 };
  _cleanup_free_ char *probe = NULL;
  struct vprod__feed *feed;
  int r = write_probe (session, &probe, err);

  if (r == 0)
    r = vprod__feed_start (read, data, &feed, err);
  if (r < 0)
    return r;
  struct vprod__build_options options = {
    .context_dir = context_dir,
    .dockerfile = probe,
    .plain = 1,
    .timeout_ms = vprod__session_spec (session)->checks.build_context.timeout_ms,
    .on_tar = vprod__feed_bytes,
    .tar_data = feed,
  };
  r = vprod__session_build_once (session, &options, &build, err);
  if (r == 0 && !build.facts.succeeded)
    r = vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                          "the builder could not show what it is sent: its build of `COPY . /` failed: %s",
                          build.facts.message ? build.facts.message : "it does not say why");
  return vprod__feed_end (feed, r, err);
}

int vprod__context_read (struct archive *archive, const vprod_call *call,
                         int (*on_entry) (void *data, const char *path, int folder, uint64_t bytes), void *data,
                         vprod_error **err)
{
  struct archive_entry *entry;
  int r;

  while ((r = archive_read_next_header (archive, &entry)) != ARCHIVE_EOF) {
    if (r == ARCHIVE_FATAL)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "cannot read what the builder gave back: %s",
                               archive_error_string (archive) ? archive_error_string (archive)
                                                              : "not a tar archive");
    const char *path = r == ARCHIVE_RETRY ? NULL : archive_entry_pathname (entry);
    if (!path && r != ARCHIVE_RETRY)
      path = archive_entry_pathname_utf8 (entry);
    int64_t size = archive_entry_size (entry);
    if (path
        && on_entry (data, path, archive_entry_filetype (entry) == AE_IFDIR, size > 0 ? (uint64_t) size : 0) != 0)
      return vprod__error_no_memory (err);
    r = vprod__call_check (call, "reading what the builder was sent", err);
    if (r < 0)
      return r;
  }
  return 0;
}
