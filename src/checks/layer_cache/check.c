/* SPDX-License-Identifier: MIT */
/*
 * layer-cache: do the dependencies' layers stay cached when a source file changes? The image has been built, so the cache
 * is warm. The context is copied, the content of one file is changed in the copy (builders hash contents: a `touch` proves
 * nothing), and it is built again. The change is white space at the file's end that encodes 64 random bits: the file
 * means the same, and no build has seen it before.
 */
#include "checks/layer_cache/facts.h"
#include "checks/check.h"
#include "util/path.h"
#include "session/context_probe.h"
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "util/cancel.h"
#include "util/strv.h"

#define TRIES 3      /* builds, as long as a builder does not report all steps */
#define PAUSE_MS 400 /* how long to wait after the first of them */
#define RANDOM_BITS 64
#define DOCKERFILE_LIMIT ((size_t) 4 << 20)

/* ---- the change ---------------------------------------------------------------------------------------- */

/* A newline, a blank or a newline for each bit, a newline. */
static int random_blanks (char text[static RANDOM_BITS + 3], vprod_error **err)
{
  unsigned char bytes[RANDOM_BITS / 8];

  if (getrandom (bytes, sizeof bytes, 0) != (ssize_t) sizeof bytes)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot get random bits");
  text[0] = '\n';
  for (size_t i = 0; i < RANDOM_BITS; i++)
    text[i + 1] = bytes[i / 8] >> i % 8 & 1 ? ' ' : '\n';
  text[RANDOM_BITS + 1] = '\n';
  text[RANDOM_BITS + 2] = '\0';
  return 0;
}

/* Appends to a file of the staged context, whose mode, which builders hash too, stays. *ret_size: what it was
   before. */
static int change_file (const char *path, off_t *ret_size, vprod_error **err)
{
  char blanks[RANDOM_BITS + 3];
  struct stat st;
  int r = random_blanks (blanks, err);

  if (r < 0)
    return r;
  if (stat (path, &st) < 0 || ((st.st_mode & S_IWUSR) == 0 && chmod (path, (st.st_mode & 07777) | S_IWUSR) < 0))
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot change the copy %s", path);
  _cleanup_close_ int fd = open (path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || write (fd, blanks, RANDOM_BITS + 2) != RANDOM_BITS + 2 || fchmod (fd, st.st_mode & 07777) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot change the copy %s", path);
  *ret_size = st.st_size;
  return 0;
}

static int change_back (const char *path, off_t size, vprod_error **err)
{
  struct stat st;

  if (stat (path, &st) < 0 || chmod (path, (st.st_mode & 07777) | S_IWUSR) < 0 || truncate (path, size) < 0
      || chmod (path, st.st_mode & 07777) < 0)
    return vprod__error_set (err, VPROD_ERROR_IO, errno, "cannot change the copy %s back", path);
  return 0;
}

/* Where checks.layer-cache.touch really lies, from the top of the context. */
static int resolve_touch (const vprod_spec *spec, char **ret, vprod_error **err)
{
  const char *touch = spec->checks.layer_cache.touch;
  _cleanup_free_ char *path = NULL;
  struct stat st;

  if (asprintf (&path, "%s/%s", spec->image.context, touch) < 0) {
    path = NULL;
    return vprod__error_no_memory (err);
  }
  _cleanup_free_ char *context = realpath (spec->image.context, NULL);
  if (!context)
    return vprod__error_set (err, VPROD_ERROR_SPEC, errno, "there is no build context %s", spec->image.context);
  _cleanup_free_ char *real = realpath (path, NULL);
  if (!real || stat (real, &st) < 0)
    return vprod__error_set (err, VPROD_ERROR_SPEC, errno,
                             "checks.layer-cache.touch names %s, which is not in the build context %s",
                             touch, spec->image.context);
  size_t n = strcmp (context, "/") == 0 ? 0 : strlen (context);
  if (strncmp (real, context, n) != 0 || real[n] != '/')
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "checks.layer-cache.touch names %s, which lies outside of the build context %s",
                             touch, spec->image.context);
  if (!S_ISREG (st.st_mode))
    return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                             "checks.layer-cache.touch names %s, which is %s; name a file", touch,
                             S_ISDIR (st.st_mode) ? "a folder" : "no regular file");
  *ret = strdup (real + n + 1);
  return *ret ? 0 : vprod__error_no_memory (err);
}

/* ---- what is only asked where the verdict needs it ----------------------------------------------------- */

struct search {
  const char *path;
  vprod_call call;
  int found;
};

static int compare_path (void *data, const char *path, int folder, uint64_t bytes)
{
  struct search *search = data;

  (void) bytes;
  if (!folder && strcmp (vprod__path_relative (path), search->path) == 0)
    search->found = 1;
  return 0;
}

static int look_for_path (void *data, struct archive *archive, vprod_error **err)
{
  struct search *search = data;

  return vprod__context_read (archive, &search->call, compare_path, search, err);
}

/* Is the file sent to the engine? If not: which ignore file leaves it out. */
static int ask_sent (vprod_session *session, const char *context_dir, const char *path, int64_t timeout_ms,
                     int *ret, struct vprod__ignore_file *ignore_file, vprod_error **err)
{
  struct search search = { .path = path };
  int r;

  vprod__session_call (session, timeout_ms, &search.call);
  r = vprod__context_probe (session, context_dir, look_for_path, &search, err);
  if (r < 0)
    return r;
  *ret = search.found;
  return search.found ? 0 : vprod__ignore_file_find (session, ignore_file, err);
}

/* Does this builder cache? A Dockerfile of one COPY, built twice. */
static int ask_builder (vprod_session *session, int64_t timeout_ms, int *ret, vprod_error **err)
{
  _cleanup_free_ char *dir = NULL;
  _cleanup_free_ char *dockerfile = NULL;
  _cleanup_free_ char *file = NULL;
  char blanks[RANDOM_BITS + 3];
  static const char text[] = "FROM scratch\nCOPY content /\n";
  int r;

  r = vprod__session_temp_dir (session, &dir, err);
  if (r == 0)
    r = random_blanks (blanks, err);
  if (r < 0)
    return r;
  if (asprintf (&dockerfile, "%s/Dockerfile", dir) < 0 || asprintf (&file, "%s/content", dir) < 0)
    return vprod__error_no_memory (err);
  r = vprod__file_write (dockerfile, text, strlen (text), err);
  if (r == 0)
    r = vprod__file_write (file, blanks, strlen (blanks), err);
  for (int nth = 0; nth < 2 && r == 0; nth++) {
    _cleanup_ (vprod__build_clear) struct vprod__build build = { 0 };
    struct vprod__build_options options = {
      .context_dir = dir, .dockerfile = dockerfile, .plain = 1, .timeout_ms = timeout_ms };
    r = vprod__session_build_once (session, &options, &build, err);
    *ret = 0;
    for (size_t i = 0; r == 0 && i < build.steps.count; i++)
      if (vprod__step_is_instruction (&build.steps.list[i]) && !vprod__step_ran (&build.steps.list[i]))
        *ret = 1;
  }
  return r;
}

/* ---- the check ----------------------------------------------------------------------------------------- */

/* The staged context and the builds from it. */
struct staged {
  struct vprod__layer_cache_facts *facts;
  int is_told;     /* the build after the change was stopped early, as the verdict was known */
  int no_memory;
  char *dir;
  char *dockerfile; /* the Dockerfile in the copy; NULL: the spec's own is used */
  char *file; /* the file to change */
  off_t size; /* its size without the change */
  struct vprod__build second;
  struct vprod__build control;
  struct vprod__ignore_file ignore_file;
};

static void staged_clear (struct staged *staged)
{
  free (staged->dir);
  free (staged->dockerfile);
  free (staged->file);
  vprod__build_clear (&staged->second);
  vprod__build_clear (&staged->control);
  vprod__ignore_file_clear (&staged->ignore_file);
}

static int enough (void *data, const struct vprod__steps *steps)
{
  struct staged *staged = data;

  staged->facts->second = steps;
  int r = vprod__cache_is_told (staged->facts);
  staged->no_memory = r < 0;
  staged->is_told = r > 0;
  return r;
}

/* The Dockerfile in the copy, if it lies in the context. Docker's classic builder adds the name of one that lies outside, a
   new one each time, to the .dockerignore that it sends, so that COPY . . always runs. NULL: it lies outside, or its folder
   is left out of the copy. */
static int staged_dockerfile (const vprod_spec *spec, const char *dir, char **ret, vprod_error **err)
{
  const char *dockerfile = spec->image.dockerfile, *slash = dockerfile ? strrchr (dockerfile, '/') : NULL;
  _cleanup_free_ char *folder = slash ? strndup (dockerfile, (size_t) (slash - dockerfile) + 1) : NULL;
  _cleanup_free_ char *context = realpath (spec->image.context, NULL), *real = folder ? realpath (folder, NULL) : NULL;
  _cleanup_free_ char *path = NULL;

  if (slash && !folder)
    return vprod__error_no_memory (err);
  size_t n = context ? strlen (context) : 0;
  if (!context || !real || strncmp (real, context, n) != 0 || (real[n] != '/' && real[n] != '\0'))
    return 0;
  if (asprintf (&path, "%s%s%s", dir, real + n, slash) < 0) {
    path = NULL;
    return vprod__error_no_memory (err);
  }
  if (access (path, R_OK) == 0)
    *ret = vprod__steal (&path);
  return 0;
}

/* Changes the file in the copy and builds that. */
static int build_changed (vprod_session *session, struct staged *staged, vprod_error **err)
{
  struct vprod__build_options options = {
    .context_dir = staged->dir,
    .dockerfile = staged->dockerfile,
    .timeout_ms = vprod__session_spec (session)->checks.layer_cache.timeout_ms,
    .enough = enough,
    .enough_data = staged,
  };
  int r = change_file (staged->file, &staged->size, err);

  if (r < 0)
    return r;
  vprod__build_clear (&staged->second);
  staged->is_told = 0;
  r = vprod__session_build_once (session, &options, &staged->second, err);
  if (staged->no_memory && r == 0)
    return vprod__error_no_memory (err);
  if (r < 0) {
    vprod__error_prefix (err, "the build after the change of %s", staged->facts->touch);
    return r;
  }
  staged->facts->second = &staged->second.steps;
  staged->facts->succeeded = staged->second.facts.succeeded || staged->is_told;
  staged->facts->message = staged->second.withheld ? staged->second.withheld : staged->second.facts.message;
  return 0;
}

/* The same; once more if the builder did not report a step because another build of it ran at the same time. */
static int build_changed_until_told (vprod_session *session, struct staged *staged, vprod_error **err)
{
  const struct vprod__instruction *untold = NULL;
  vprod_call call;

  for (int nth = 1;; nth++) {
    int r = build_changed (session, staged, err);
    if (r < 0 || !staged->facts->succeeded || staged->is_told || nth == TRIES)
      return r;
    if (vprod__cache_find_untold (staged->facts, staged->facts->second, &untold) < 0)
      return vprod__error_no_memory (err);
    if (!untold)
      return 0;
    vprod__session_call (session, -1, &call);
    r = vprod__call_sleep (&call, nth * PAUSE_MS, "waiting for a build beside this one", err);
    if (r < 0)
      return r;
  }
}

static int stage_and_build (vprod_session *session, struct staged *staged, vprod_error **err)
{
  const char *touch = staged->facts->touch;
  int r = vprod__session_stage_context (session, touch, &staged->dir, err);

  if (r == 0)
    r = staged_dockerfile (vprod__session_spec (session), staged->dir, &staged->dockerfile, err);
  if (r < 0)
    return r;
  if (asprintf (&staged->file, "%s/%s", staged->dir, touch) < 0) {
    staged->file = NULL;
    return vprod__error_no_memory (err);
  }
  return build_changed_until_told (session, staged, err);
}

/* Gathers what else the verdict depends on. */
static int ask_more (vprod_session *session, struct staged *staged, struct vprod__layer_cache_facts *facts,
                     vprod_error **err)
{
  int64_t timeout_ms = vprod__session_spec (session)->checks.layer_cache.timeout_ms;
  int r = vprod__cache_wants_control (facts);

  if (r < 0)
    return vprod__error_no_memory (err);
  /* another build would fail at the same step, and look like a cache that is lost each time */
  if (r > 0 && staged->second.withheld)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "%s", staged->second.withheld);
  if (r > 0) {
    struct vprod__build_options options = {
      .context_dir = staged->dir, .dockerfile = staged->dockerfile, .timeout_ms = timeout_ms };
    r = change_back (staged->file, staged->size, err);
    if (r == 0)
      r = vprod__session_build_once (session, &options, &staged->control, err);
    if (r < 0)
      return r;
    facts->control = &staged->control.steps;
    r = vprod__cache_wants_again (facts);
    if (r != 0)
      return r < 0 ? vprod__error_no_memory (err) : build_changed (session, staged, err);
    return vprod__cache_wants_probe (facts) ? ask_builder (session, timeout_ms, &facts->builder_caches, err) : 0;
  }
  r = vprod__cache_wants_sent (facts);
  if (r < 0)
    return vprod__error_no_memory (err);
  if (r > 0)
    r = ask_sent (session, staged->dir, facts->touch, timeout_ms, &facts->sent, &staged->ignore_file, err);
  facts->ignore_file = staged->ignore_file.there ? staged->ignore_file.path : NULL;
  return r;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (staged_clear) struct staged staged = { 0 };
  _cleanup_buf_ struct vprod__buf dockerfile = { 0 };
  _cleanup_dockerfile_ struct vprod__dockerfile instructions = { 0 };
  _cleanup_free_ char *touch = NULL;
  const struct vprod__image *image;
  int r;

  if (spec->image.ref)
    return vprod__result_skip (result, "nothing is built: the spec names an image that exists, %s",
                               spec->image.ref);
  if (!spec->checks.layer_cache.touch)
    return vprod__result_skip (result, "the spec does not say which source file to change: name it in "
                                       "checks.layer-cache.touch");
  r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = resolve_touch (spec, &touch, err);
  if (r == 0 && spec->image.dockerfile)
    r = vprod__file_read (spec->image.dockerfile, DOCKERFILE_LIMIT, &dockerfile, err);
  if (r < 0)
    return r;
  if (vprod__dockerfile_parse (vprod__buf_string (&dockerfile), dockerfile.length, &instructions) < 0)
    return vprod__error_no_memory (err);
  vprod__dockerfile_name_contexts (&instructions, spec->image.contexts);

  struct vprod__layer_cache_facts facts = {
    .touch = touch,
    .patterns = spec->checks.layer_cache.cached,
    .dockerfile = vprod__buf_string (&dockerfile),
    .instructions = &instructions,
    .target = spec->image.target,
    .first = &image->steps,
    .sent = -1,
    .builder_caches = -1,
  };
  staged.facts = &facts;
  r = stage_and_build (session, &staged, err);
  if (r < 0)
    return r;
  r = ask_more (session, &staged, &facts, err);
  if (r < 0)
    return r;
  if (staged.second.facts.builder)
    vprod__result_evidence (result, "builder", "%s", staged.second.facts.builder);
  vprod__result_evidence (result, "build_ms", "%lld", (long long) staged.second.duration_ms);
  r = vprod__layer_cache_judge (&facts, result, err);
  if (r < 0)
    return r;
  if (!facts.succeeded)
    vprod__result_log_tail (result, staged.second.log, staged.second.log_length);
  return vprod__result_status (result, err);
}

static int line_of_cause (const struct vprod__built *built, const vprod_result *result)
{
  const vprod_finding *finding = vprod_result_get_finding_at (result, 0);
  const char *stage = finding ? vprod_finding_find_field (finding, "stage") : NULL;
  int line = finding ? vprod__line_of_step (built, vprod_finding_find_field (finding, "broken_by"), stage) : 0;

  if (!line && finding)
    line = vprod__line_of_step (built, vprod_finding_find_field (finding, "step"), stage);
  return line ? line : 1;
}

const struct vprod__check vprod__check_layer_cache = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "layer-cache",
    .title = "A change of the sources leaves the dependencies cached",
    .what = "Builds the image, copies its context, changes the content of the file that `touch` names in the "
            "copy (by white space at its end; your own files stay as they are), and builds again. Passes when "
            "every dependency step that the second build reached was CACHED, at least one was reached, and the "
            "step that copies the changed file ran.",
    .why = "When the sources are copied before the dependencies are installed, each commit installs them all "
           "again: builds take minutes instead of seconds, and two builds of the same lock file can differ.",
    .remedy = "Copy only the lock files first, install, and copy the sources after that. What changes in each "
              "build (dates, build numbers) belongs below the installation.",
    .run = vprod_check_layer_cache,
  },
  .place = { .line = line_of_cause },
  .run = run,
};
