/* SPDX-License-Identifier: MIT */
/*
 * The judging part of `non-root`: a pure function of facts. The last look at the processes decides, so that an
 * entrypoint which begins as root and then drops its rights passes. What the engine starts beside the app (a health check)
 * is told as a finding, but is not judged.
 */
#include "checks/non_root/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/text.h"

#define COMMAND_SHOWN 120

struct tally {
  size_t app; /* processes of the app in the last look */
  size_t root;
  size_t other; /* with another UID than the spec's */
  size_t named; /* with a user's name and no UID */
  size_t lost;  /* with a UID that the container's map does not have */
  size_t visitors; /* short-lived ones of root, such as a worker that is started again and again */
  const struct vprod__seen *first_root;
  const struct vprod__seen *first_other;
  const struct vprod__seen *first_named;
  const struct vprod__seen *first_visitor;
};

static int is_current (const struct vprod__non_root_facts *facts, const struct vprod__seen *seen)
{
  return seen->look == facts->processes->looks && !seen->beside;
}

/* Root, but only for a moment, and not since the beginning. */
static int is_visitor (const struct vprod__non_root_facts *facts, const struct vprod__seen *seen)
{
  return vprod__seen_is_root (seen) && seen->late && !seen->beside && !is_current (facts, seen);
}

static int is_other (const struct vprod__non_root_facts *facts, const struct vprod__seen *seen)
{
  return is_current (facts, seen) && seen->euid > 0 && facts->wanted_uid >= 0 && seen->euid != facts->wanted_uid;
}

static struct tally count_all (const struct vprod__non_root_facts *facts)
{
  struct tally tally = { 0 };

  for (size_t i = 0; i < facts->processes->count; i++) {
    const struct vprod__seen *seen = &facts->processes->list[i];
    if (is_visitor (facts, seen)) {
      tally.visitors++;
      tally.first_visitor = tally.first_visitor ? tally.first_visitor : seen;
    }
    if (!is_current (facts, seen))
      continue;
    tally.app++;
    if (vprod__seen_is_root (seen)) {
      tally.root++;
      tally.first_root = tally.first_root ? tally.first_root : seen;
    } else if (seen->unmapped)
      tally.lost++;
    else if (seen->euid < 0) {
      tally.named++;
      tally.first_named = tally.first_named ? tally.first_named : seen;
    } else if (is_other (facts, seen)) {
      tally.other++;
      tally.first_other = tally.first_other ? tally.first_other : seen;
    }
  }
  return tally;
}

static void add_finding (const struct vprod__seen *seen, const char *what, vprod_result *result)
{
  vprod_finding *finding = vprod__result_finding (result, "%s: %.*s", what, COMMAND_SHOWN, seen->command);

  vprod__finding_set (finding, "pid", "%" PRId64, seen->pid);
  if (seen->euid >= 0)
    vprod__finding_set (finding, "uid", "%" PRId64, seen->euid);
  else
    vprod__finding_set (finding, "user", "%s", seen->user);
  vprod__finding_set (finding, "command", "%s", seen->command);
}

/* What makes the check fail comes first. */
static void add_findings (const struct vprod__non_root_facts *facts, vprod_result *result)
{
  const struct vprod__processes *processes = facts->processes;

  for (size_t i = 0; i < processes->count; i++)
    if (is_current (facts, &processes->list[i]) && vprod__seen_is_root (&processes->list[i]))
      add_finding (&processes->list[i], "runs as root", result);
  for (size_t i = 0; i < processes->count; i++)
    if (is_other (facts, &processes->list[i]))
      add_finding (&processes->list[i], "runs with another UID than checks.non-root.uid", result);
  for (size_t i = 0; i < processes->count; i++) {
    const struct vprod__seen *seen = &processes->list[i];
    if (vprod__seen_is_root (seen) && seen->beside) {
      if (!facts->asked_inside) /* else it may be ours */
        add_finding (seen, "started beside the app by the engine as root (a health check?)", result);
    } else if (is_visitor (facts, seen))
      add_finding (seen, "came as root later on, and is gone", result);
    else if (vprod__seen_is_root (seen) && !is_current (facts, seen))
      add_finding (seen, "ran as root for a while and is gone", result);
  }
}

/* The UIDs in the order in which they were seen, each once: "1001, 33". 0, or -1 out of memory. */
static int join_uids (const struct vprod__non_root_facts *facts, struct vprod__buf *text)
{
  for (size_t i = 0; i < facts->processes->count; i++) {
    const struct vprod__seen *seen = &facts->processes->list[i];
    int known = !is_current (facts, seen);
    for (size_t k = 0; !known && k < i; k++) {
      const struct vprod__seen *other = &facts->processes->list[k];
      known = is_current (facts, other) && other->euid == seen->euid
           && (seen->euid >= 0 || strcmp (other->user, seen->user) == 0);
    }
    if (known)
      continue;
    const char *comma = text->length > 0 ? ", " : "";
    if (seen->euid >= 0 ? vprod__text_addf (text, "%s%" PRId64, comma, seen->euid) < 0
                        : vprod__text_addf (text, "%s%s", comma, seen->user) < 0)
      return -1;
  }
  return 0;
}

static int user_is_root (const char *user)
{
  return !user || !*user || strcmp (user, "root") == 0 || strncmp (user, "root:", 5) == 0
      || strspn (user, "0") == strcspn (user, ":");
}

static int fail_root (const struct vprod__non_root_facts *facts, const struct tally *tally, vprod_result *result)
{
  const char *user = facts->image_user, *given = facts->run_user;

  if (given && user_is_root (given)) {
    vprod__result_remedy (result, "Let run.user name another user than root, or none: the app then runs as the image's USER.");
    return vprod__result_fail (result, "%zu of %zu process%s run%s as root (UID 0): %.*s; run.user is %s", tally->root,
                               tally->app, tally->app == 1 ? "" : "es", tally->root == 1 ? "s" : "", COMMAND_SHOWN,
                               tally->first_root->command, given);
  }
  if (tally->root < tally->app)
    vprod__result_remedy (result, "Some of its processes dropped their rights and some did not: let the one that "
                                  "stays root be replaced (`exec setpriv --reuid=1001 --regid=1001 --clear-groups "
                                  "…`, gosu, su-exec), or run all of them, a supervisor too, as the image's "
                                  "USER.");
  else if (user_is_root (user))
    vprod__result_remedy (result, "Name a user by number in the last stage of the Dockerfile: `RUN useradd --uid "
                                  "1001 app` where the app needs an entry in passwd, then `USER 1001:1001`. An "
                                  "entrypoint that must begin as root drops its rights with `exec setpriv "
                                  "--reuid=1001 --regid=1001 --clear-groups …`, gosu or su-exec.");
  else
    vprod__result_remedy (result,
                          "The image's USER is %s, and still its processes are root: look whether that name has "
                          "UID 0 in the image's /etc/passwd, and for setuid programs and sudo. `USER 1001:1001` "
                          "names the user by number.",
                          user);
  return vprod__result_fail (result, "%zu of %zu process%s run%s as root (UID 0): %.*s%s%s%s", tally->root,
                             tally->app, tally->app == 1 ? "" : "es", tally->root == 1 ? "s" : "", COMMAND_SHOWN,
                             tally->first_root->command, user && *user ? "; the image's USER is " : "",
                             user && *user ? user : "", user && *user ? "" : "; the image names no USER");
}

static int fail_visitors (const struct tally *tally, const char *uids, vprod_result *result)
{
  vprod__result_remedy (result, "The app starts a program as root now and again: a setuid program, or one with "
                                "sudo. Let it do that work as its own user, take the right away (`RUN chmod a-s "
                                "…`), or leave the work to a container of its own.");
  return vprod__result_fail (result,
                             "the app runs as UID %s, but %zu of its processes came as root (UID 0) while it was "
                             "looked at, each for a moment: %.*s",
                             uids, tally->visitors, COMMAND_SHOWN, tally->first_visitor->command);
}

static int fail_other (const struct vprod__non_root_facts *facts, const struct tally *tally, vprod_result *result)
{
  vprod__result_remedy (result,
                        "Let USER in the last stage of the Dockerfile be %lld, or name the UID that is meant in "
                        "checks.non-root.uid.",
                        (long long) facts->wanted_uid);
  return vprod__result_fail (result, "%zu of %zu process%s run%s with another UID than %lld, such as %lld: %.*s",
                             tally->other, tally->app, tally->app == 1 ? "" : "es", tally->other == 1 ? "s" : "",
                             (long long) facts->wanted_uid, (long long) tally->first_other->euid, COMMAND_SHOWN,
                             tally->first_other->command);
}

static int judge (const struct vprod__non_root_facts *facts, struct vprod__setuid_tally *setuid, vprod_result *result,
                  vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf uids = { 0 };
  struct tally tally = count_all (facts);

  if (join_uids (facts, &uids) < 0)
    return vprod__error_no_memory (err);
  vprod__result_evidence (result, "uid", "%s", vprod__buf_string (&uids));
  vprod__result_evidence (result, "processes", "%zu", tally.app);
  vprod__result_evidence (result, "image_user", "%s",
                          facts->image_user && *facts->image_user ? facts->image_user : "none (root)");
  if (facts->run_user)
    vprod__result_evidence (result, "user", "%s", facts->run_user);
  add_findings (facts, result);
  if (tally.root == 0)
    vprod__non_root_tell_named (facts, vprod__buf_string (&uids), result);
  if (vprod__non_root_tell_setuid (facts, setuid, result) < 0)
    return vprod__error_no_memory (err);
  if (tally.app == 0)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0,
                             "cannot tell as whom the app runs: the engine lists no process of its container");
  if (tally.root > 0)
    return fail_root (facts, &tally, result);
  if (tally.lost > 0)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "cannot tell as whom the app runs: %zu of its %zu processes have a UID that is not "
                             "in the UID map of the container's user namespace",
                             tally.lost, tally.app);
  if (tally.visitors > 1) /* a single one may have been seen at an odd moment */
    return fail_visitors (&tally, vprod__buf_string (&uids), result);
  if (tally.other > 0)
    return fail_other (facts, &tally, result);
  if (tally.named > 0 && facts->wanted_uid >= 0)
    return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                             "cannot tell whether the app runs as UID %lld: this engine gives only the name "
                             "\"%s\" of its user",
                             (long long) facts->wanted_uid, tally.first_named->user);
  size_t length = 0;
  if (facts->named == VPROD__NAMED_FORBID && vprod__non_root_name (facts, &length))
    return vprod__non_root_fail_named (facts, vprod__buf_string (&uids), result);
  if (facts->setuid == VPROD__SETUID_FORBID && setuid->forbidden > 0)
    return vprod__non_root_fail_setuid (setuid, result);
  return vprod__result_pass (
    result, "%s as UID %s%s%s", tally.app == 1 ? "its one process runs" : "all of its processes run",
    vprod__buf_string (&uids), facts->wanted_uid >= 0 ? ", as the spec says" : "",
    !user_is_root (facts->image_user) ? ""
    : facts->run_user                 ? ", which run.user names; the image itself names no other user than root"
                                      : "; the image itself names no other user than root");
}

int vprod__non_root_judge (const struct vprod__non_root_facts *facts, vprod_result *result, vprod_error **err)
{
  struct vprod__setuid_tally setuid = { 0 };
  int r = judge (facts, &setuid, result, err);

  vprod__buf_clear (&setuid.names);
  return r;
}
