/* SPDX-License-Identifier: MIT */
#include "spec/read.h"
#include "util/file.h"
#include "util/strv.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_NAME "verify-prod.yaml"
#define WAIT_MS 5000 /* for input from a pipe */

/* ---- making a spec ---------------------------------------------------------------------------------------- */

/* A spec of defaults, not settled yet. */
static int make (const char *base_dir, vprod_spec **ret, vprod_error **err)
{
  _cleanup_spec_ vprod_spec *spec = calloc (1, sizeof *spec);

  if (!spec || vprod__spec_reset (vprod__spec_key_at (0), spec) < 0)
    return vprod__error_no_memory (err);
  int r = vprod__spec_base_dir (base_dir, &spec->base_dir, err);
  if (r < 0)
    return r;
  *ret = vprod__steal (&spec);
  return 0;
}

static int is_same (char *const *a, char *const *b)
{
  size_t n = vprod__strv_length (a);

  if (n != vprod__strv_length (b))
    return 0;
  for (size_t i = 0; i < n; i++)
    if (strcmp (a[i], b[i]) != 0)
      return 0;
  return 1;
}

/* Reads the files of rules, unless they were read already. */
static int load_rules (vprod_spec *spec, vprod_error **err)
{
  struct vprod__rules *rules = NULL;

  if (is_same (spec->checks.no_secrets.rules, spec->rules ? spec->rules->paths : NULL))
    return 0;
  int r = vprod__rules_load (spec->checks.no_secrets.rules, &rules, err);
  if (r < 0)
    return r;
  vprod__rules_unref (spec->rules);
  spec->rules = rules;
  return 0;
}

static int make_own (vprod_spec *spec, vprod_error **err)
{
  struct vprod__own_checks *own = NULL;

  int r = vprod__own_make (spec, &own, err);
  if (r < 0)
    return r;
  vprod__own_unref (spec->own);
  spec->own = own;
  return 0;
}

/* Reads the tree into the spec, as a whole or at one key, and settles it. */
static int fill (vprod_spec *spec, const struct vprod__yaml *yaml, const char *key, vprod_error **err)
{
  struct vprod__spec_reader reader = { .spec = spec, .yaml = yaml, .err = err };
  int r = key ? vprod__spec_read_entry (&reader, key) : vprod__spec_read (&reader);

  vprod__buf_clear (&reader.path);
  if (!vprod__spec_is_over (&reader, r))
    r = vprod__spec_settle (&reader);
  if (r == 0 || r == -VPROD_ERROR_SPEC)
    r = vprod__spec_report (&reader);
  vprod__spec_reader_clear (&reader);
  if (r == 0)
    r = load_rules (spec, err);
  return r == 0 ? make_own (spec, err) : r;
}

int vprod_spec_new (const char *base_dir, vprod_spec **ret_spec, vprod_error **err)
{
  static const struct vprod__yaml nothing = { 0 };
  _cleanup_spec_ vprod_spec *spec = NULL;
  struct vprod__spec_reader reader = { .yaml = &nothing, .err = err };

  if (!ret_spec)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_new: ret_spec may not be NULL");
  int r = make (base_dir, &spec, err);
  reader.spec = spec;
  if (r == 0)
    r = vprod__spec_settle (&reader);
  vprod__spec_reader_clear (&reader);
  if (r < 0)
    return r;
  *ret_spec = vprod__steal (&spec);
  return 0;
}

int vprod_spec_parse (const char *yaml, size_t length, const char *file_name, const char *base_dir,
                      vprod_spec **ret_spec, vprod_error **err)
{
  _cleanup_spec_ vprod_spec *spec = NULL;
  _cleanup_yaml_ struct vprod__yaml *tree = NULL;

  if (!yaml && length > 0)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_parse: no text was given");
  if (!ret_spec)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_parse: ret_spec may not be NULL");
  int r = make (base_dir, &spec, err);
  if (r == 0)
    r = vprod__yaml_parse (yaml, length, file_name ? file_name : "spec", &tree, err);
  if (r == 0)
    r = fill (spec, tree, NULL, err);
  if (r < 0)
    return r;
  if (file_name && !(spec->file = strdup (file_name)))
    return vprod__error_no_memory (err);
  *ret_spec = vprod__steal (&spec);
  return 0;
}

int vprod_spec_set (vprod_spec *spec, const char *key, const char *value, vprod_error **err)
{
  _cleanup_spec_ vprod_spec *changed = NULL;
  _cleanup_yaml_ struct vprod__yaml *tree = NULL;

  if (!spec || !key || !value)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_set: a spec, a key and a value are needed");
  int r = vprod__yaml_parse (value, strlen (value), NULL, &tree, err);
  if (r < 0) {
    _cleanup_free_ char *shown = vprod__text_harmless (key, strnlen (key, 200));
    vprod__error_prefix (err, "%s", shown ? shown : "");
    return r;
  }
  r = vprod__spec_copy (spec, &changed, err);
  if (r == 0)
    r = fill (changed, tree, key, err);
  if (r < 0)
    return r;
  /* the caller keeps the same pointer */
  vprod_spec old = *spec;
  *spec = *changed;
  *changed = old;
  return 0;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

/* The shell's <(…), or standard input: there a pipe is expected. */
static int is_descriptor (const char *path)
{
  static const char *const places[] = { "/dev/fd/", "/proc/self/fd/" };

  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (strncmp (path, places[i], strlen (places[i])) == 0)
      return 1;
  return strcmp (path, "/dev/stdin") == 0;
}

static int open_spec (const char *path, int *ret_fd, vprod_error **err)
{
  int r = 1;

  if (is_descriptor (path)) {
    *ret_fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    r = *ret_fd < 0;
  } else {
    _cleanup_error_ vprod_error *error = NULL;
    r = vprod__file_open (path, ret_fd, &error);
    if (r < 0 && vprod_error_get_errno (error) == 0)
      return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "%s (/dev/stdin and <(…) are read)",
                               vprod_error_get_message (error));
    errno = r < 0 ? vprod_error_get_errno (error) : ENOENT;
  }
  return r == 0 ? 0 : vprod__error_set (err, VPROD_ERROR_SPEC, errno,
                                        "cannot read the spec %s (verify-prod.yaml(5) tells what to write)", path);
}

static int read_bytes (const char *path, struct vprod__buf *ret, vprod_error **err)
{
  _cleanup_close_ int fd = -1;
  char chunk[16384];
  int r = open_spec (path, &fd, err);

  if (r < 0)
    return r;
  while (ret->length <= VPROD__YAML_MAX_BYTES) {
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    if (poll (&ready, 1, WAIT_MS) == 0)
      return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "cannot read the spec %s: nothing came from it for %d s", path,
                               WAIT_MS / 1000);
    ssize_t n = read (fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (n < 0)
      return vprod__error_set (err, VPROD_ERROR_SPEC, errno, "cannot read the spec %s", path);
    if (n == 0)
      break;
    if (vprod__buf_add (ret, chunk, (size_t) n) < 0)
      return vprod__error_no_memory (err);
  }
  return 0;
}

int vprod__spec_read_file (const char *path, struct vprod__buf *ret_text, char **ret_file, char **ret_folder, vprod_error **err)
{
  struct stat st;

  if (stat (path, &st) == 0 && S_ISDIR (st.st_mode)) {
    if (asprintf (ret_file, "%s%s" FILE_NAME, path, path[strlen (path) - 1] == '/' ? "" : "/") < 0)
      *ret_file = NULL;
  } else
    *ret_file = strdup (path);
  if (!*ret_file)
    return vprod__error_no_memory (err);
  const char *slash = strrchr (*ret_file, '/');
  *ret_folder = slash && !is_descriptor (*ret_file) ? strndup (*ret_file, (size_t) (slash - *ret_file) + 1) : strdup (".");
  if (!*ret_folder)
    return vprod__error_no_memory (err);
  return read_bytes (*ret_file, ret_text, err);
}

int vprod_spec_load (const char *path, vprod_spec **ret_spec, vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_free_ char *file = NULL, *folder = NULL;

  if (!path || !*path)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_load: no path was given");
  if (!ret_spec)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "vprod_spec_load: ret_spec may not be NULL");
  int r = vprod__spec_read_file (path, &text, &file, &folder, err);
  return r < 0 ? r : vprod_spec_parse (vprod__buf_string (&text), text.length, file, folder, ret_spec, err);
}

/* ---- getters ---------------------------------------------------------------------------------------------- */

const char *vprod_spec_get_name (const vprod_spec *spec)
{
  return spec ? spec->name : "";
}

const char *vprod_spec_get_base_dir (const vprod_spec *spec)
{
  return spec ? spec->base_dir : "";
}

const char *vprod_spec_get_file (const vprod_spec *spec)
{
  return spec ? spec->file : NULL;
}

/* The field of a check's section; NULL: there is no such check, as "own" is none. */
static const int *off_of (const vprod_spec *spec, const char *check_id)
{
  const struct vprod__spec_key *checks = vprod__spec_key_child (vprod__spec_key_at (0), "checks");
  const struct vprod__spec_key *check = check_id ? vprod__spec_key_child (checks, check_id) : NULL;

  return spec && check && check->kind == VPROD__SPEC_CHECK ? (const int *) ((const char *) spec + check->offset) : NULL;
}

int vprod_spec_has_check (const vprod_spec *spec, const char *check_id)
{
  const int *off = off_of (spec, check_id);

  return off ? *off <= 0 : vprod_spec_find_own_check (spec, check_id) != NULL;
}

int vprod__spec_lacks_check (const vprod_spec *spec, const char *check_id)
{
  const int *off = off_of (spec, check_id);

  return off && *off < 0;
}
