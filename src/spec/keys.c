/* SPDX-License-Identifier: MIT */
#include "spec/keys.h"

#include <string.h>

#define AT(field) offsetof (struct vprod_spec, field)
#define IN_SERVICE(field) offsetof (struct vprod__spec_service, field)
#define DAY_MS (24LL * 60 * 60 * 1000)

static const char *const streams[] = { "any", "stdout", "stderr", NULL }; /* as enum vprod_stream counts */

static const char *const setuid_words[] = { "report", "forbid", "ignore", NULL }; /* as enum vprod__setuid counts */

#define SECTION(path_, about_) { .path = path_, .kind = VPROD__SPEC_SECTION, .about = about_ }
#define CHECK(id, field, about_)                                                                             \
  { .path = "checks." id, .kind = VPROD__SPEC_CHECK, .offset = AT (checks.field.off), .about = about_ }
#define TIMEOUT(path_, offset_, fallback_, about_)                                                           \
  { .path = path_, .kind = VPROD__SPEC_DURATION, .offset = offset_, .fallback = fallback_, .least = 1,       \
    .most = DAY_MS, .about = about_ }
#define TEXT(path_, offset_, check_, fallback_, about_)                                                      \
  { .path = path_, .kind = VPROD__SPEC_TEXT, .offset = offset_, .fallback = fallback_, .check = check_,      \
    .about = about_ }
#define NUMBER(path_, offset_, fallback_, least_, most_, about_)                                             \
  { .path = path_, .kind = VPROD__SPEC_INT, .offset = offset_, .fallback = fallback_, .least = least_,       \
    .most = most_, .about = about_ }
#define LIST(path_, offset_, check_, flags_, about_)                                                         \
  { .path = path_, .kind = VPROD__SPEC_LIST, .offset = offset_, .check = check_, .flags = flags_, .about = about_ }

static const struct vprod__spec_key keys[] = {
  SECTION ("", "what to verify"),
  NUMBER ("version", AT (version), "1", 1, 1, "the version of this format"),
  TEXT ("name", AT (name), vprod__spec_check_name, NULL, "what the subject is called; default: the folder's name"),

  SECTION ("image", "what to build, or which image to take"),
  TEXT ("image.dockerfile", AT (image.dockerfile_named), NULL, NULL, "default: Dockerfile.prod, Dockerfile or Containerfile"),
  TEXT ("image.context", AT (image.context_named), NULL, NULL, "the folder to build; default: the spec's own"),
  TEXT ("image.target", AT (image.target), vprod__spec_check_target, NULL, "the stage; default: the last"),
  TEXT ("image.platform", AT (image.platform), vprod__spec_check_platform, NULL, "as linux/amd64"),
  { .path = "image.args", .kind = VPROD__SPEC_STRINGS, .offset = AT (image.args), .flags = VPROD__SPEC_REFS,
    .about = "build arguments" },
  TEXT ("image.ref", AT (image.ref), vprod__spec_check_image, NULL, "an image that exists, instead of building"),

  { .path = "services", .kind = VPROD__SPEC_SERVICES, .offset = AT (services), .about = "beside the app" },
  SECTION ("services.*", "a service; its name is its host name"),
  SECTION ("services.*.postgres", "a throwaway PostgreSQL"),
  TEXT ("services.*.postgres.image", IN_SERVICE (image), vprod__spec_check_image, "postgres:16-alpine",
        "its image"),
  TEXT ("services.*.postgres.database", IN_SERVICE (database), vprod__spec_check_url_safe, "verify",
        "its database"),
  TEXT ("services.*.postgres.user", IN_SERVICE (user), vprod__spec_check_url_safe, "verify", "its user"),
  TEXT ("services.*.postgres.password", IN_SERVICE (password), vprod__spec_check_url_safe, "verify",
        "the user's password"),
  TIMEOUT ("services.*.postgres.timeout", IN_SERVICE (timeout_ms), "60s", "until it must answer a query"),

  SECTION ("run", "how the app is run"),
  { .path = "run.port", .kind = VPROD__SPEC_INT, .offset = AT (run.port), .least = 1, .most = 65535,
    .about = "the app's HTTP port in the container; default: the only one that the image exposes" },
  { .path = "run.env", .kind = VPROD__SPEC_STRINGS, .offset = AT (run.env), .flags = VPROD__SPEC_REFS,
    .about = "environment variables" },
  LIST ("run.command", AT (run.command), NULL, VPROD__SPEC_COMMAND | VPROD__SPEC_REFS, "replaces the image's CMD"),

  SECTION ("checks", "what is asked of the image; each check: a mapping of options, or false to leave it out"),
  CHECK ("build", build, "the Dockerfile builds"),
  TIMEOUT ("checks.build.timeout", AT (checks.build.timeout_ms), "15m", "of the build"),

  CHECK ("build-context", build_context, "what should stay at home is not sent to the engine"),
  LIST ("checks.build-context.exclude", AT (checks.build_context.exclude), vprod__spec_check_inside, 0,
        "paths that must not be in the build context"),
  TIMEOUT ("checks.build-context.timeout", AT (checks.build_context.timeout_ms), "2m", "of the probe's build"),

  CHECK ("start", start, "the app stays up beside its database"),
  { .path = "checks.start.uses-database", .kind = VPROD__SPEC_BOOL, .offset = AT (checks.start.uses_database),
    .fallback = "false", .about = "it must be seen connected to its database" },
  { .path = "checks.start.stay-up", .kind = VPROD__SPEC_DURATION, .offset = AT (checks.start.stay_up_ms),
    .fallback = "1s", .least = 0, .most = DAY_MS, .about = "how long it must at least be seen up" },
  LIST ("checks.start.processes", AT (checks.start.processes), NULL, 0,
        "texts in the command lines of processes that must run then"),

  CHECK ("health", health, "the health URL answers"),
  TEXT ("checks.health.path", AT (checks.health.path), vprod__spec_check_url_path, NULL, "as /health"),
  NUMBER ("checks.health.status", AT (checks.health.status), "200", 100, 599, "the status that it must have"),
  TEXT ("checks.health.body", AT (checks.health.body), NULL, NULL, "what the body must hold; default: anything"),
  NUMBER ("checks.health.consecutive", AT (checks.health.consecutive), "3", 1, 1000, "good answers in a row"),
  TIMEOUT ("checks.health.timeout", AT (checks.health.timeout_ms), "30s", "until they must have come"),

  CHECK ("graceful-stop", graceful_stop, "the stop signal ends the app in time and with the right exit code"),
  TIMEOUT ("checks.graceful-stop.grace", AT (checks.graceful_stop.grace_ms), "10s", "from the signal to the end"),
  NUMBER ("checks.graceful-stop.exit-code", AT (checks.graceful_stop.exit_code), "0", 0, 255, "the right one"),
  { .path = "checks.graceful-stop.signal", .kind = VPROD__SPEC_SIGNAL, .offset = AT (checks.graceful_stop.signal),
    .about = "default: the image's STOPSIGNAL, else SIGTERM" },

  CHECK ("required-env", required_env, "a required variable left out makes the app end with an error"),
  LIST ("checks.required-env.vars", AT (checks.required_env.vars), vprod__spec_check_variable,
        VPROD__SPEC_NOT_EMPTY, "the variables; default: every key of run.env"),
  TIMEOUT ("checks.required-env.timeout", AT (checks.required_env.timeout_ms), "30s", "until it must have ended"),
  { .path = "checks.required-env.empty", .kind = VPROD__SPEC_BOOL, .offset = AT (checks.required_env.empty),
    .fallback = "false", .about = "also tell whether it takes an empty one for a value" },

  CHECK ("non-root", non_root, "no process runs as root"),
  { .path = "checks.non-root.uid", .kind = VPROD__SPEC_INT64, .offset = AT (checks.non_root.uid), .none = -1,
    .least = 1, .most = 4294967294, .about = "the UID that it must be; default: any but 0" },
  { .path = "checks.non-root.setuid", .kind = VPROD__SPEC_CHOICE, .offset = AT (checks.non_root.setuid),
    .fallback = "report", .words = setuid_words, .about = "setuid and setgid programs in the image" },
  LIST ("checks.non-root.setuid-allow", AT (checks.non_root.setuid_allow), vprod__spec_check_absolute, 0,
        "paths of such programs that may be there"),

  CHECK ("dev-deps-absent", dev_deps_absent, "tools for development are not in the image"),
  LIST ("checks.dev-deps-absent.packages", AT (checks.dev_deps_absent.packages), NULL, 0, "names of packages"),
  LIST ("checks.dev-deps-absent.paths", AT (checks.dev_deps_absent.paths), vprod__spec_check_absolute, 0,
        "files in the image"),
  { .path = "checks.dev-deps-absent.commands", .kind = VPROD__SPEC_COMMANDS,
    .offset = AT (checks.dev_deps_absent.commands), .about = "commands that must fail in the image" },
  TIMEOUT ("checks.dev-deps-absent.timeout", AT (checks.dev_deps_absent.timeout_ms), "30s", "of one command"),

  CHECK ("startup-logs", startup_logs, "startup lines appear on the container's output"),
  LIST ("checks.startup-logs.any", AT (checks.startup_logs.any), NULL, 0, "texts, one of which must appear"),
  { .path = "checks.startup-logs.stream", .kind = VPROD__SPEC_CHOICE, .offset = AT (checks.startup_logs.stream),
    .fallback = "any", .words = streams, .about = "where" },
  TIMEOUT ("checks.startup-logs.timeout", AT (checks.startup_logs.timeout_ms), "10s", "after the app is ready"),

  CHECK ("no-secrets", no_secrets, "no secret in the image's history, configuration and layers"),
  LIST ("checks.no-secrets.allow", AT (checks.no_secrets.allow), NULL, 0, "names, rules, paths or fingerprints of what is no secret"),

  CHECK ("layer-cache", layer_cache, "a change of one source file leaves the dependency steps cached"),
  TEXT ("checks.layer-cache.touch", AT (checks.layer_cache.touch), vprod__spec_check_inside, NULL,
        "the source file, in the build context"),
  LIST ("checks.layer-cache.cached", AT (checks.layer_cache.cached), NULL, VPROD__SPEC_NOT_EMPTY,
        "texts of the steps; default: a known package manager's install"),
  TIMEOUT ("checks.layer-cache.timeout", AT (checks.layer_cache.timeout_ms), "15m", "of its builds"),
};

const struct vprod__spec_key *vprod__spec_key_at (size_t index)
{
  return index < sizeof keys / sizeof keys[0] ? &keys[index] : NULL;
}

/* What is left of a path below a section's, or NULL. */
static const char *below (const char *path, const struct vprod__spec_key *section)
{
  size_t n = strlen (section->path);

  if (n == 0)
    return *path ? path : NULL;
  return strncmp (path, section->path, n) == 0 && path[n] == '.' ? path + n + 1 : NULL;
}

const struct vprod__spec_key *vprod__spec_key_child (const struct vprod__spec_key *section, const char *name)
{
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const char *rest = below (keys[i].path, section);
    if (rest && !strchr (rest, '.') && strcmp (rest, name) == 0)
      return &keys[i];
  }
  return NULL;
}

int vprod__spec_key_within (const struct vprod__spec_key *key, const struct vprod__spec_key *section)
{
  return key == section || below (key->path, section) != NULL;
}

int vprod__spec_key_of_service (const struct vprod__spec_key *key)
{
  return strncmp (key->path, "services.*", strlen ("services.*")) == 0;
}

void vprod__spec_key_names (const struct vprod__spec_key *section, const char **names, size_t size)
{
  size_t n = 0;

  for (size_t i = 0; i < sizeof keys / sizeof keys[0] && n + 1 < size; i++) {
    const char *rest = below (keys[i].path, section);
    if (rest && !strchr (rest, '.'))
      names[n++] = rest;
  }
  names[n] = NULL;
}

const char *vprod__spec_key_name (const struct vprod__spec_key *key)
{
  const char *dot = strrchr (key->path, '.');

  return dot ? dot + 1 : key->path;
}

const struct vprod__spec_key *vprod__spec_key_elsewhere (const struct vprod__spec_key *section, const char *name)
{
  size_t n = strlen (section->path);

  for (size_t i = 1; n > 0 && i < sizeof keys / sizeof keys[0]; i++)
    if (strncmp (keys[i].path, section->path, n) == 0 && keys[i].path[n] == '.'
        && strcmp (vprod__spec_key_name (&keys[i]), name) == 0)
      return &keys[i];
  for (size_t i = 1; i < sizeof keys / sizeof keys[0]; i++)
    if (strcmp (vprod__spec_key_name (&keys[i]), name) == 0 && strcmp (name, "*") != 0)
      return &keys[i];
  return NULL;
}
