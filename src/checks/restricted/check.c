/* SPDX-License-Identifier: MIT */
/*
 * restricted: the app is started once more, beside the first and its services, as a restricted cluster would start it, and must
 * become ready all the same. The first is the control: a second container that differs from it in nothing but the restrictions
 * fails for these. What the kubelet judges by the image's configuration alone is judged so, and nothing is started.
 *
 * What is set, and by what: Pod Security Standards "restricted" (runAsNonRoot, capabilities.drop: [ALL], NET_BIND_SERVICE may be
 * added, allowPrivilegeEscalation: false, seccompProfile: RuntimeDefault, which is the engine's own); containerd's and CRI-O's
 * default for low ports, which are closed to who is not root (Docker opens them); the kubelet's service links, which the pod's
 * env wins over; OpenShift's SCC "restricted-v2", whose UID is one of the namespace's range, in group 0, which /etc/passwd does
 * not have. An emptyDir is a folder on disk that anybody may write to, and execute from, as the kubelet makes it: Docker's tmpfs
 * lets nothing be executed, and keeps the mode of the image's folder below it. One is put in place of each of run.volumes, too,
 * where the UID is another than the image's.
 *
 * How it can be fooled: an app that cannot run twice fails for that reason, and so does one beside which another copy sets up the
 * database: so where it fails, it is started without any restriction, too, or, where the app's words do not tell the reason,
 * with all once more. An app that looks for the API of the cluster, whose address is set as well, finds none: that is an
 * error. An app that starts well and stumbles later is watched for as long as the first.
 */
#include "checks/check.h"
#include "checks/restricted/facts.h"
#include "checks/restricted/runs.h"

#include <string.h>

#define ARBITRARY_USER "1000660000:0"
#define STARTS 3 /* it may take as many times as long as the first took to be ready */
#define SEARCH_MS 10000 /* those that are to show what it cannot live with are given so long, or that */

/* As which user the manifest has it started; NULL: it names none. */
static const char *find_user (const vprod_spec *spec)
{
  const char *user = spec->checks.restricted.user;

  if (user && strcmp (user, "arbitrary") != 0)
    return user;
  return user || spec->checks.restricted.as == VPROD__RESTRICTED_OPENSHIFT ? ARBITRARY_USER : NULL;
}

/* 1: the app is not healthy as it is, and result is now a skip; 0: it is. */
static int need_health (vprod_session *session, vprod_result *result, struct vprod__restricted_runs *runs, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  const struct vprod__health *health;

  int r = vprod__get_health (session, &health, err);
  if (r < 0)
    return vprod__fixture_blame (session, result, r, err);
  if (health->state != VPROD__HEALTH_GOOD && health->state != VPROD__HEALTH_UNKNOWN) {
    vprod__result_judged_by (result, vprod__owner_of_health.check_id);
    vprod__result_skip (result, "not checked: the app is not healthy without these restrictions either");
    return 1;
  }
  runs->limit_ms = spec->checks.health.timeout_ms;
  if (health->first_ms > runs->limit_ms / STARTS)
    runs->limit_ms = STARTS * health->first_ms;
  runs->search_ms = health->first_ms > SEARCH_MS / STARTS ? STARTS * health->first_ms : SEARCH_MS;
  return 0;
}

static int run_them (struct vprod__restricted_runs *runs, const struct vprod__app *app, struct vprod__restricted_facts *facts,
                     vprod_error **err)
{
  int r = vprod__restricted_runs_begin (runs, app, err);
  if (r == 0)
    r = vprod__restricted_runs_full (runs, err);
  if (r < 0)
    return r;
  facts->all = runs->all;
  facts->full = &runs->full;
  if (runs->full.second.state == VPROD__SECOND_READY || runs->full.second.state == VPROD__SECOND_BUSY)
    return 0;
  return vprod__restricted_runs_find (runs, facts, err);
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (vprod__restricted_runs_clear) struct vprod__restricted_runs runs = { .session = session, .spec = spec };
  const vprod_engine_facts *engine;
  const struct vprod__image *image;
  const struct vprod__app *app;

  runs.user = find_user (spec);
  int r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  struct vprod__restricted_facts facts = {
    .as = (enum vprod__restricted_as) spec->checks.restricted.as,
    .image_user = image->facts.user,
    .run_user = spec->run.user,
    .user = runs.user,
    .memory = spec->checks.restricted.memory > 0 ? spec->checks.restricted.memory : spec->run.memory,
    .tmpfs = spec->checks.restricted.tmpfs,
    .read_only = spec->run.read_only || spec->checks.restricted.read_only,
  };
  if (!runs.user && vprod__kubelet_judge (spec->run.user ? spec->run.user : image->facts.user) != VPROD__KUBELET_STARTS_IT)
    return vprod__restricted_judge (&facts, result, err);
  r = vprod__need_ready (session, result, &app, err);
  if (r == 0)
    r = need_health (session, result, &runs, err);
  if (r == 0)
    r = vprod__get_engine (session, &engine, err);
  if (r != 0)
    return r < 0 ? r : 0;
  facts.seccomp = engine->seccomp;
  r = run_them (&runs, app, &facts, err);
  return r < 0 ? r : vprod__restricted_judge (&facts, result, err);
}

/* The user's, where it is about that, else that of the command. */
static int line_of (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const user[] = { "USER", NULL };
  const char *guilty = vprod_result_find_evidence (result, "guilty");
  int line = guilty && strncmp (guilty, "runAs", 5) == 0 ? vprod__line_of_last (built, user) : 0;

  return line ? line : vprod__line_of_command (built, result);
}

const struct vprod__check vprod__check_restricted = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "restricted",
    .title = "The app runs as a restricted cluster runs it",
    .what = "Judges the image's USER as the kubelet does under runAsNonRoot: by the part before the colon, which must be a "
            "number and not 0. Then starts the app once more, beside the first and its services, as Kubernetes' Pod "
            "Security Standard \"restricted\" has it (all capabilities dropped, no new privileges, the default seccomp "
            "profile, ports below 1024 closed), with the variables of service links (DB_PORT=tcp://...), and with what the spec "
            "says of a read-only root, emptyDirs, memory and an arbitrary UID in group 0, which OpenShift gives. It must become "
            "ready and stay up as the first did, within checks.health.timeout or three times what the first took. Where it "
            "does not, it is started with one restriction less, until it is known which one it cannot live with; what it "
            "writes, and what it says, is told.",
    .why = "Clusters restrict what runs in them. An image that was only ever run by Docker, where low ports are open, the root "
           "file system can be written to and root may do what it likes, fails on its first day there, with an error of the "
           "kubelet or of the app that names neither restriction nor path.",
    .remedy = "End the Dockerfile with `USER` and a number. Let the app listen above 1023, change no owners and no users as "
              "it starts, and write below folders alone that group 0 may write to or that are mounted.",
    .run = vprod_check_restricted,
  },
  .app_use = VPROD__APP_USES,
  .needs_services = 1,
  .place = { .line = line_of },
  .run = run,
};
