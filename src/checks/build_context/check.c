/* SPDX-License-Identifier: MIT */
/*
 * build-context: is what the spec excludes kept away from the engine? The user's own builder shows what it is sent
 * (context_probe.h); names and sizes of that are read, and nothing is kept.
 */
#include "checks/build_context/facts.h"
#include "checks/check.h"

#include <unistd.h>
#include "util/path.h"
#include "util/strv.h"

struct reading {
  struct vprod__context_facts *facts;
  vprod_call call;
};

static int count_entry (void *data, const char *path, int folder, uint64_t bytes)
{
  struct reading *reading = data;

  return vprod__context_count (reading->facts, path, folder, bytes);
}

static int read_names (void *data, struct archive *archive, vprod_error **err)
{
  struct reading *reading = data;

  return vprod__context_read (archive, &reading->call, count_entry, reading, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (vprod__context_facts_clear) struct vprod__context_facts facts = { 0 };
  _cleanup_ (vprod__ignore_file_clear) struct vprod__ignore_file ignore_file = { 0 };
  char **exclude = spec->checks.build_context.exclude;
  size_t count = vprod__strv_length (exclude);
  int r;

  if (spec->image.ref)
    return vprod__result_skip (result, "nothing is built: the spec names an image that exists, %s",
                               spec->image.ref);
  if (count == 0)
    return vprod__result_skip (result, "the spec does not say what to exclude: name it in "
                                       "checks.build-context.exclude");
  if (access (spec->image.context, F_OK) != 0) /* the check `build` fails for that */
    return vprod__result_skip (result, "not checked: there is no build context %s", spec->image.context);
  facts.excluded = calloc (count, sizeof *facts.excluded);
  if (!facts.excluded)
    return vprod__error_no_memory (err);
  facts.n_excluded = count;
  for (size_t i = 0; i < count; i++) {
    facts.excluded[i].pattern = exclude[i];
    facts.excluded[i].in_context = vprod__path_exists_under (spec->image.context, exclude[i]);
  }
  r = vprod__ignore_file_find (session, &ignore_file, err);
  if (r < 0)
    return r;
  facts.ignore_file = &ignore_file;

  struct reading reading = { .facts = &facts };
  vprod__session_call (session, spec->checks.build_context.timeout_ms, &reading.call);
  r = vprod__context_probe (session, NULL, read_names, &reading, err);
  if (r < 0)
    return r;
  if (vprod__judge_build_context (&facts, result) < 0)
    return vprod__error_no_memory (err);
  return vprod__result_status (result, err);
}

const struct vprod__check vprod__check_build_context = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "build-context",
    .title = "What is to be excluded is not sent to the engine",
    .what = "Builds a probe (FROM scratch, COPY . /) from the spec's build context with the same builder and the "
            "same ignore file, and reads from its result which files were sent. Passes when no file is sent that "
            "`exclude` names, or that lies under what it names. Nothing is read from .dockerignore by verify-prod "
            "itself: what counts is what the builder really sends.",
    .why = "What is sent to the engine can end up in a layer by one careless `COPY . .`: tests, migrations, "
           ".git, .env files with passwords. It also makes every build slower, and it changes the cache key of "
           "COPY steps when only a test changed.",
    .remedy = "Name the paths in .dockerignore, at the top of the build context, or in DOCKERFILE.dockerignore "
              "beside the Dockerfile, which is read instead of it where it exists.",
    .run = vprod_check_build_context,
  },
  .app_use = VPROD__APP_NONE,
  .run = run,
};

int vprod_check_build_context (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_build_context, session, ret_result, err);
}
