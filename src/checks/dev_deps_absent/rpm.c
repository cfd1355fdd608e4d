/* SPDX-License-Identifier: MIT */
/* Only rpm itself can read its database: the image's rpm is asked for the packages that were not found otherwise. */
#include "checks/dev_deps_absent/facts.h"

#include <stdio.h>
#include <string.h>
#include "util/strv.h"

#define TIMEOUT_MS (60 * 1000)

enum vprod__presence vprod__rpm_says (const struct vprod__once *once, const char *name)
{
  const char *line = once->output ? once->output : "", *end = line + once->output_length;
  size_t length = strlen (name);
  char absent[300];

  if (!once->started || !once->ended
      || snprintf (absent, sizeof absent, "package %s is not installed", name) >= (int) sizeof absent)
    return VPROD__UNTOLD;
  while (line < end) {
    const char *newline = memchr (line, '\n', (size_t) (end - line));
    size_t n = (size_t) ((newline ? newline : end) - line);
    if (n == length && memcmp (line, name, n) == 0)
      return VPROD__PRESENT;
    if (n == strlen (absent) && memcmp (line, absent, n) == 0)
      return VPROD__ABSENT;
    line += n + 1;
  }
  return VPROD__UNTOLD;
}

static int ask (vprod_session *session, const struct vprod__dev_dep *deps, size_t count, struct vprod__once *ret,
                vprod_error **err)
{
  static const char *const entrypoint[] = { "rpm", NULL };
  _cleanup_strv_ char **command = NULL;
  struct vprod__once_options options = { .entrypoint = entrypoint, .timeout_ms = TIMEOUT_MS };
  int r = vprod__strv_add (&command, "-q") < 0 || vprod__strv_add (&command, "--queryformat") < 0
          || vprod__strv_add (&command, "%{NAME}\n") < 0;

  for (size_t i = 0; i < count && !r; i++)
    if (deps[i].presence == VPROD__ABSENT)
      r = vprod__strv_add (&command, deps[i].name) < 0;
  if (r)
    return vprod__error_no_memory (err);
  options.command = (const char *const *) command;
  return vprod__run_once (session, &options, ret, err);
}

int vprod__ask_rpm (vprod_session *session, struct vprod__dev_dep *deps, size_t count, const char *database,
                    vprod_error **err)
{
  _cleanup_ (vprod__once_clear) struct vprod__once once = { 0 };
  int r = ask (session, deps, count, &once, err);

  if (r < 0)
    return r;
  for (size_t i = 0; i < count; i++) {
    if (deps[i].presence != VPROD__ABSENT)
      continue;
    deps[i].presence = vprod__rpm_says (&once, deps[i].name);
    if (deps[i].presence == VPROD__ABSENT)
      continue;
    if (asprintf (&deps[i].where,
                  deps[i].presence == VPROD__PRESENT
                    ? "rpm package in /%s"
                    : "there is an rpm database, /%s, and no rpm in the image that could read it",
                  database)
        < 0) {
      deps[i].where = NULL;
      return vprod__error_no_memory (err);
    }
  }
  return 0;
}
