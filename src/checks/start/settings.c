/* SPDX-License-Identifier: MIT */
/* What the app stumbled over that the spec's `run` takes from it, by what it says as it ends. */
#include "checks/start/settings.h"
#include "known/exit.h"
#include "known/phrases.h"

#include <stddef.h>
#include <string.h>

#define KILLED (128 + 9)

/* The first that is in force and in the log decides. */
static const struct {
  enum vprod__says list;
  size_t setting; /* its offset in the settings */
} rows[] = {
  { VPROD__SAYS_UNDER_READ_ONLY, offsetof (struct vprod__start_settings, read_only) },
  { VPROD__SAYS_UNDER_PIDS, offsetof (struct vprod__start_settings, pids) },
  { VPROD__SAYS_UNDER_MEMORY, offsetof (struct vprod__start_settings, memory) },
  { VPROD__SAYS_UNDER_CAP_DROP, offsetof (struct vprod__start_settings, cap_drop) },
  { VPROD__SAYS_UNDER_NO_NEW_PRIVILEGES, offsetof (struct vprod__start_settings, no_new_privileges) },
  { VPROD__SAYS_UNDER_USER, offsetof (struct vprod__start_settings, user) },
};

void vprod__start_settings_take (const vprod_spec *spec, struct vprod__start_settings *ret)
{
  *ret = (struct vprod__start_settings) {
    .read_only = spec->run.read_only,
    .cap_drop = spec->run.cap_drop && spec->run.cap_drop[0],
    .no_new_privileges = spec->run.no_new_privileges,
    .memory = spec->run.memory > 0,
    .pids = spec->run.pids > 0,
    .user = spec->run.user != NULL,
    .tmpfs = spec->run.tmpfs,
    .volumes = spec->run.volumes,
  };
}

static int names_one (const char *line, size_t length, char *const *paths)
{
  for (size_t i = 0; paths && paths[i]; i++)
    if (memmem (line, length, paths[i], strlen (paths[i])))
      return 1;
  return 0;
}

int vprod__start_ran_out_of_memory (const struct vprod__start_settings *settings, int exit_code, int oom_killed)
{
  return settings->memory && (oom_killed || exit_code == KILLED); /* Podman 4 does not say what killed it */
}

const char *vprod__start_settings_remedy (const struct vprod__start_settings *settings, const char *words,
                                          const char **ret_line, size_t *ret_length)
{
  const char *remedy = settings->tmpfs || settings->volumes
                         ? vprod__log_remedy_of (VPROD__SAYS_UNDER_MOUNTS, words, ret_line, ret_length) : NULL;

  if (remedy && (names_one (*ret_line, *ret_length, settings->tmpfs) || names_one (*ret_line, *ret_length, settings->volumes)))
    return remedy;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (!*(const int *) (const void *) ((const char *) settings + rows[i].setting))
      continue;
    remedy = vprod__log_remedy_of (rows[i].list, words, ret_line, ret_length);
    if (remedy)
      return remedy;
  }
  return NULL;
}
