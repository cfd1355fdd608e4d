/* SPDX-License-Identifier: MIT */
/*
 * A user that is a name: who it is stands in the image's passwd, which the kubelet does not read. With runAsNonRoot it starts
 * no container whose user is a name and for which the pod names no number ("image has non-numeric user (app), cannot verify
 * user is non-root"). The group does not matter to it.
 */
#include "checks/non_root/facts.h"

#include <stdio.h>
#include <string.h>

const char *vprod__non_root_name (const struct vprod__non_root_facts *facts, size_t *ret_length)
{
  const char *user = facts->run_user ? facts->run_user : facts->image_user;
  size_t length = user ? strcspn (user, ":") : 0;

  if (length == 0 || strspn (user, "0123456789") >= length)
    return NULL;
  *ret_length = length;
  return user;
}

static const char *whose (const struct vprod__non_root_facts *facts)
{
  return facts->run_user ? "run.user" : "the image's USER";
}

/* "USER 1001", where its processes have one UID. */
static void remedy_words (const struct vprod__non_root_facts *facts, const char *uids, char *text, size_t size)
{
  int one = *uids && strspn (uids, "0123456789") == strlen (uids);

  if (facts->run_user)
    snprintf (text, size, "Name the number in run.user%s%s.", one ? ": " : "", one ? uids : "");
  else
    snprintf (text, size, "End the last stage of the Dockerfile with the number: `USER %s`%s.", one ? uids : "1001",
              one ? ", which that name has here" : "");
}

void vprod__non_root_tell_named (const struct vprod__non_root_facts *facts, const char *uids, vprod_result *result)
{
  char remedy[256];
  size_t length = 0;
  const char *name = vprod__non_root_name (facts, &length);

  if (!name)
    return;
  vprod_finding *finding
    = vprod__result_finding (result, "%s is a name, %.*s: Kubernetes' runAsNonRoot cannot verify that it is not root, and "
                             "starts it only where the pod names a runAsUser", whose (facts), (int) length, name);
  vprod__finding_set (finding, "kind", "named-user");
  vprod__finding_set (finding, "user", "%.*s", (int) length, name);
  remedy_words (facts, uids, remedy, sizeof remedy);
  vprod__finding_set (finding, "remedy", "%s", remedy);
}

int vprod__non_root_fail_named (const struct vprod__non_root_facts *facts, const char *uids, vprod_result *result)
{
  char remedy[256];
  size_t length = 0;
  const char *name = vprod__non_root_name (facts, &length);

  remedy_words (facts, uids, remedy, sizeof remedy);
  vprod__result_remedy (result, "%s", remedy);
  return vprod__result_fail (result, "%s is a name, %.*s, which checks.non-root.named forbids: Kubernetes' runAsNonRoot cannot "
                             "verify that it is not root", whose (facts), (int) length, name ? name : "");
}
