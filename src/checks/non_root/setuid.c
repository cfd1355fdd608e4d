/* SPDX-License-Identifier: MIT */
/*
 * Programs in the image that run with more rights than whoever starts them: a way back to root for an app that is not.
 * They are findings, and make the check fail only where the spec forbids them. File capabilities are never more than
 * findings: a web server that may bind port 80 has one.
 */
#include "util/path.h"
#include "checks/non_root/facts.h"

#include <inttypes.h>
#include "util/buf.h"
#include "util/text.h"

#define MOST_TOLD 100

static int is_allowed (const struct vprod__non_root_facts *facts, const struct vprod__privileged_file *file)
{
  for (size_t i = 0; facts->setuid_allow && facts->setuid_allow[i]; i++)
    if (vprod__path_is_under (file->path, facts->setuid_allow[i]))
      return 1;
  return 0;
}

static void add_finding (const struct vprod__privileged_file *file, vprod_result *result)
{
  const char *what = file->setuid && file->setgid ? "setuid and setgid"
                     : file->setuid               ? "setuid"
                     : file->setgid               ? "setgid"
                                                  : "file capabilities";
  vprod_finding *finding = vprod__result_finding (result, "the image has a program with rights of its own: /%s (%s)",
                                                  file->path, what);

  vprod__finding_set (finding, "path", "/%s", file->path);
  vprod__finding_set (finding, "group", "programs with rights of their own");
  vprod__finding_set (finding, "rights", "%s", what);
  vprod__finding_set (finding, "owner", "%" PRId64, file->uid);
}

int vprod__non_root_tell_setuid (const struct vprod__non_root_facts *facts, struct vprod__setuid_tally *ret,
                                 vprod_result *result)
{
  *ret = (struct vprod__setuid_tally) { 0 };
  if (facts->setuid == VPROD__SETUID_IGNORE)
    return 0;
  if (!facts->privileged) {
    vprod__result_evidence (result, "setuid_programs", "not looked for: no check of this run has read the image's files");
    return 0;
  }
  for (size_t i = 0; i < facts->privileged->count; i++) {
    const struct vprod__privileged_file *file = &facts->privileged->list[i];
    if (is_allowed (facts, file))
      continue;
    if (ret->told++ < MOST_TOLD)
      add_finding (file, result);
    if (!file->setuid && !file->setgid)
      continue;
    if (ret->forbidden < 3
        && vprod__text_addf (&ret->names, "%s/%s", ret->forbidden ? ", " : "", file->path) < 0)
      return -1;
    ret->forbidden++;
  }
  vprod__result_evidence (result, "setuid_programs", "%zu", ret->forbidden);
  return 0;
}

int vprod__non_root_fail_setuid (const struct vprod__setuid_tally *tally, vprod_result *result)
{
  vprod__result_remedy (result, "Take the right away in the step that brings the program (`RUN find / -xdev -perm /6000 "
                                "-type f -exec chmod a-s {} +` in the last stage), leave out the package, or name "
                                "what must stay in checks.non-root.setuid-allow.");
  return vprod__result_fail (result, "%zu setuid or setgid program%s in the image, which checks.non-root.setuid "
                                     "forbids: %s%s",
                             tally->forbidden, tally->forbidden == 1 ? "" : "s", tally->names.data,
                             tally->forbidden > 3 ? " …" : "");
}
