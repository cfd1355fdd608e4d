/* SPDX-License-Identifier: MIT */
/* A spec, a folder and a session for the mock; archives. */
#include "mock_inside.h"

#include "image_archive.h"

#include <stdio.h>

#include "session/services.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/session.h"
#include "spec/spec.h"

const char *mock_folder (struct mock *mock)
{
  if (!mock->in->folder) {
    char *dir = mock->in->folder = unit_temp_dir ();
    unit_write_file (dir, "Dockerfile.prod", "FROM python\nRUN pip install -r requirements.txt\nCOPY app app\n");
    unit_write_file (dir, "requirements.txt", "fastapi\n");
    unit_write_file (dir, "app/main.py", "print ('hello')\n");
    unit_write_file (dir, "tests/test_app.py", "def test_app (): pass\n");
    unit_write_file (dir, ".git/HEAD", "ref: refs/heads/main\n");
  }
  return mock->in->folder;
}

vprod_spec *mock_spec (struct mock *mock, const char *yaml)
{
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  if (!yaml)
    yaml = MOCK_YAML;
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), "verify-prod.yaml", mock_folder (mock), &spec, &err), err);
  if (spec->checks.start.stay_up_ms == 1000)
    spec->checks.start.stay_up_ms = 50; /* the default is long where thousands of tests run */
  return spec;
}

vprod_session *mock_session_with (struct mock *mock, const char *yaml, const vprod_session_options *options)
{
  vprod_session *session = NULL;
  vprod_error *err = NULL;
  vprod_spec *spec = mock_spec (mock, yaml);

  assert_ok (vprod_session_new_with (spec, mock_runner (mock), options, &session, &err), err);
  vprod__session_set_database_probe (session, mock_database_probe (mock));
  vprod__session_set_root (session, mock->root);
  vprod_spec_free (spec);
  return session;
}

vprod_session *mock_session (struct mock *mock, const char *yaml)
{
  return mock_session_with (mock, yaml, NULL);
}

static la_ssize_t add_bytes (struct archive *archive, void *data, const void *bytes, size_t length)
{
  (void) archive;
  return vprod__buf_add (data, bytes, length) == 0 ? (la_ssize_t) length : -1;
}

void *mock_tar (const char *const *paths, size_t *ret_length)
{
  struct vprod__buf tar = { 0 };
  struct archive *archive = archive_write_new ();

  ck_assert_ptr_nonnull (archive);
  archive_write_set_format_pax_restricted (archive);
  archive_write_set_bytes_per_block (archive, 0);
  ck_assert_int_eq (archive_write_open (archive, &tar, NULL, add_bytes, NULL), ARCHIVE_OK);
  for (size_t i = 0; paths && paths[i]; i++) {
    struct archive_entry *entry = archive_entry_new ();
    int folder = paths[i][0] && paths[i][strlen (paths[i]) - 1] == '/';
    archive_entry_set_pathname (entry, paths[i]);
    archive_entry_set_filetype (entry, folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm (entry, folder ? 0755 : 0644);
    archive_entry_set_size (entry, 0);
    ck_assert_int_eq (archive_write_header (archive, entry), ARCHIVE_OK);
    archive_entry_free (entry);
  }
  ck_assert_int_eq (archive_write_close (archive), ARCHIVE_OK);
  archive_write_free (archive);
  *ret_length = tar.length;
  return vprod__buf_steal (&tar);
}

struct vprod__buf mock__small_image (void)
{
  static const struct tar_entry files[] = { { "app/" }, { "app/main.py", "print ('hello')\n" }, { 0 } };
  struct vprod__buf layer = make_tar (files, PLAIN);
  const struct tar_entry entries[] = {
    { "a/layer.tar", layer.data, .length = layer.length },
    { "c.json", "{\"rootfs\":{\"diff_ids\":[\"sha256:a\"]},\"history\":[{\"created_by\":\"COPY app app # buildkit\"}]}" },
    { "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"a/layer.tar\"]}]" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);

  vprod__buf_clear (&layer);
  return image;
}
