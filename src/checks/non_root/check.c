/* SPDX-License-Identifier: MIT */
/*
 * non-root: no process of the running app has effective UID 0, and the UID is the spec's where it names one. The
 * engine lists the processes from the host's side, so nothing is needed in the image. Where the engine maps UIDs
 * (user namespaces), what it lists is translated with the kernel's map of the container; where that map cannot be
 * read, it cannot be told.
 */
#include "session/app_processes.h"
#include "checks/check.h"
#include "checks/non_root/facts.h"
#include "image/privileged.h"

#include "spec/health.h"
#include "util/cancel.h"
#include "util/clock.h"

#define LOOK_MS 50   /* between the first looks */
#define LATER_MS 200 /* between later ones, on average */
#define DROP_MS 1500 /* that a process which is still root may take to drop its rights */
#define EXPORT_TIMEOUT_MS (15 * 60 * 1000)

/* 0: it is running; 1: it is not, and result is a skip; negative: it cannot be told. */
static int need_running (vprod_session *session, const struct vprod__app *app, vprod_container_facts *ret,
                         vprod_result *result, vprod_error **err)
{
  int r = vprod__app_facts (session, app, ret, err);

  if (r < 0 || ret->running)
    return r;
  vprod__result_judged_by (result, vprod__owner_of_app.check_id);
  vprod__result_skip (result, "not checked: the app did not stay up: it ended with exit code %d", ret->exit_code);
  return 1;
}

/* Looks at the app's processes once; returns as need_running does. container: the facts before the look. */
static int look (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                 struct vprod__processes *processes, vprod_result *result, vprod_error **err)
{
  _cleanup_container_facts_ vprod_container_facts now = { 0 };
  _cleanup_error_ vprod_error *error = NULL;
  size_t count = 0;
  vprod_call call;

  vprod__session_call (session, -1, &call);
  int r = vprod__app_look (session, &call, container, processes, &count, &error);
  if (r == 0 && count > 0)
    return 0;
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_TIMEOUT || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  /* most often the app has ended meanwhile */
  int running = need_running (session, app, &now, result, err);
  if (running != 0 || r == 0)
    return running;
  vprod__error_prefix (&error, "listing the app's processes");
  return vprod__error_move (err, &error);
}

/* Looking ends when the app has been up for start's stay-up. */
static int find_end (vprod_session *session, const struct vprod__app *app, int64_t *ret, vprod_error **err)
{
  const struct vprod__health *health;

  int r = vprod__get_health (session, &health, err);
  if (r == 0)
    *ret = vprod__app_works_since (app, health) + vprod__session_spec (session)->checks.start.stay_up_ms;
  return r;
}

/* A pause between looks, never the same twice in a row: a process that comes and goes regularly must not fall into the
   pauses each time. */
static int64_t later (int looks)
{
  return LATER_MS / 2 + looks * 67 % LATER_MS;
}

/* Looks twice in a row, then on until the end, as a worker may come late. A process that is root may be about to drop its
   rights: it is looked at until it has, or had the time to. */
static int look_often (vprod_session *session, const struct vprod__app *app,
                       const vprod_container_facts *container, struct vprod__processes *processes,
                       vprod_result *result, vprod_error **err)
{
  int64_t end = 0, drop_end = 0;
  vprod_call call;

  int r = find_end (session, app, &end, err);
  if (r < 0)
    return r;
  vprod__session_call (session, -1, &call);
  for (;;) {
    r = look (session, app, container, processes, result, err);
    if (r != 0)
      return r;
    int64_t now = vprod__now_ms (), left = end - now, pause = LOOK_MS;
    int root = vprod__processes_have_root (processes);
    drop_end = !root ? 0 : drop_end ? drop_end : now + DROP_MS;
    if (processes->looks >= 2) {
      if (root ? now >= drop_end : left <= 0)
        return 0;
      if (!root)
        pause = left < later (processes->looks) ? left : later (processes->looks);
    }
    r = vprod__call_sleep (&call, pause, "looking at the app's processes", err);
    if (r < 0)
      return r;
  }
}

/* The map from the host's UIDs to the container's; none where they are the same. */
static int find_map (vprod_session *session, const struct vprod__app *app, const vprod_container_facts *container,
                     struct vprod__uid_range **ret, size_t *ret_count, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (session, &engine, err);
  if (r < 0 || !engine->userns_remap)
    return r;
  r = 1;
  if (!engine->remote
      && vprod__proc_is_container ("/proc", container->pid, app->container_id, container->ip_address))
    r = vprod__proc_uid_map ("/proc", container->pid, ret, ret_count, err);
  if (r <= 0)
    return r;
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0,
                           "cannot tell as whom the app runs: the engine maps UIDs (user namespaces), and the map "
                           "of the container's first process cannot be read here; run verify-prod on the engine's "
                           "own machine");
}

/* Programs with rights of their own, as any check of this run sees them that reads the image's files; they are read here
   only where the spec wants a verdict. */
static int find_privileged (vprod_session *session, const struct vprod__privileged **ret, vprod_error **err)
{
  enum vprod__setuid wanted = vprod__session_spec (session)->checks.non_root.setuid;

  *ret = NULL;
  if (wanted == VPROD__SETUID_IGNORE)
    return 0;
  vprod__done_with_app (session, vprod__check_non_root.info.id);
  int r = vprod__session_privileged (session, ret, err);
  if (r < 0 || *ret || wanted != VPROD__SETUID_FORBID)
    return r;
  r = vprod__image_files (session, EXPORT_TIMEOUT_MS, NULL, err);
  if (r == 0)
    r = vprod__session_privileged (session, ret, err);
  if (r == 0 && !*ret)
    return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "the image has more files than can be told apart");
  return r;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_ (vprod__processes_clear) struct vprod__processes processes = { 0 };
  _cleanup_container_facts_ vprod_container_facts container = { 0 };
  _cleanup_free_ struct vprod__uid_range *map = NULL;
  const struct vprod__image *image;
  const struct vprod__app *app;

  int r = vprod__need_image (session, result, &image, err);
  if (r == 0)
    r = vprod__need_ready (session, result, &app, err);
  if (r == 0)
    r = need_running (session, app, &container, result, err);
  if (r == 0)
    r = find_map (session, app, &container, &map, &processes.n_map, err);
  if (r != 0)
    return r < 0 ? r : 0;
  processes.map = map;
  processes.first_pid = container.pid;
  r = look_often (session, app, &container, &processes, result, err);
  if (r != 0)
    return r < 0 ? r : 0;
  struct vprod__non_root_facts facts = {
    .processes = &processes,
    .wanted_uid = spec->checks.non_root.uid,
    .image_user = image->facts.user,
    .run_user = spec->run.user,
    .setuid = spec->checks.non_root.setuid,
    .setuid_allow = spec->checks.non_root.setuid_allow,
    .named = spec->checks.non_root.named,
    .asked_inside = vprod__spec_asks (spec) == VPROD__ASKS_COMMAND || image->facts.healthcheck,
  };
  r = find_privileged (session, &facts.privileged, err);
  if (r < 0)
    return r;
  return vprod__non_root_judge (&facts, result, err);
}

static int line_of_user (const struct vprod__built *built, const vprod_result *result)
{
  static const char *const words[] = { "USER", NULL };

  return vprod__line_of_last (built, words);
}

const struct vprod__check vprod__check_non_root = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "non-root",
    .title = "No process of the app runs as root",
    .what = "When the app is ready, and then until it was up for as long as start's stay-up, lists the processes of "
            "its container from the host's side; nothing is needed in the image. Passes when at the end none of the "
            "app's has effective UID 0 and, where the spec names a UID, all have that one. What begins as root has "
            "a moment to drop its rights; what is started as root again and again later on has not. Setuid and "
            "setgid programs in the image, and those with file capabilities, are told as findings; they make it fail "
            "only where the spec says `setuid: forbid`. A USER that is a name and no number is a finding, or with "
            "`named: forbid` a failure.",
    .why = "Root in a container is one kernel or configuration mistake away from root on the host, and owns "
           "every file that is mounted in. Clusters that enforce runAsNonRoot refuse such an image.",
    .remedy = "End the Dockerfile with a numeric user, such as USER 1001:1001. Where the entrypoint has to begin "
              "as root, let it exec the app through setpriv, gosu or su-exec.",
    .run = vprod_check_non_root,
  },
  .app_use = VPROD__APP_USES,
  .place = { .line = line_of_user },
  .run = run,
};
