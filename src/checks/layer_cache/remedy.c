/* SPDX-License-Identifier: MIT */
/*
 * What to change if the sources are copied before the installation, with the commands of the package manager that the step
 * runs.
 */
#include "checks/layer_cache/facts.h"
#include "dockerfile/installers.h"
#include "known/managers.h"

#include <string.h>

/* uv's too: it takes the same list */
static int is_pip (const struct vprod__install *install)
{
  return install->manager
         && (strcmp (install->manager, "pip") == 0 || strcmp (install->manager, "pip-sync") == 0
             || (strcmp (install->manager, "uv") == 0 && strstr (install->text, "pip")));
}

void vprod__cache_remedy_order (const char *touch, const char *cause, const struct vprod__install *install,
                                vprod_result *result)
{
  const struct vprod__manager *manager
      = is_pip (install) ? vprod__manager_find ("pip") : install->manager ? vprod__manager_find (install->manager) : NULL;
  const char *lines = manager ? manager->order : NULL;

  if (vprod__manifest_is (touch, VPROD__MANIFEST_INSTALLS))
    vprod__result_remedy (result, "%s says what to install, so that its change must run the installation again: name a "
                                  "source file in checks.layer-cache.touch.", touch);
  else if (manager && manager->system)
    vprod__result_remedy (result, "What the distribution's packages hold does not depend on your sources: install them in "
                                  "a step above %s%s%s.",
                          cause ? "`" : "", cause ? cause : "what copies the sources", cause ? "`" : "");
  else if (install->project && is_pip (install))
    vprod__result_remedy (result,
                          "First copy and install what the project depends on, from a list of its own (made by "
                          "`pip-compile pyproject.toml` or `uv export --no-dev`), then copy the sources and install the "
                          "project alone:\n%s\nCOPY . .\nRUN pip install --no-deps .", lines);
  else
    vprod__result_remedy (result,
                          "First copy only what the installation reads (%s), then install, then copy the sources%s%s%s",
                          lines ? "the list of packages and its lock file"
                                : "requirements.txt, uv.lock, package-lock.json, go.sum …",
                          lines ? ":\n" : ".", lines ? lines : "", lines ? "\nCOPY . ." : "");
}
