/* SPDX-License-Identifier: MIT */
/*
 * A container of the app is started with all restrictions. Where it does not become ready, others are started in which one
 * restriction is left out; first those that the app's own words point to. Where none of these becomes ready, one is started
 * without any, which shows that the app can run twice at all, and some with one restriction alone. What is found is made sure of
 * by starting it with all of them once more, unless the app's words say the same: checks beside this one start copies of the
 * app, too, and two that set up one database at the same time may fail for that.
 */
#include "checks/restricted/runs.h"
#include "util/strv.h"
#include "util/thread.h"

#include <string.h>

#define AT_ONCE_MOST 2
#define API_ADDRESS "192.0.2.1" /* RFC 5737: nobody answers there */
#define API_PORT 443
#define LIST(list) ((const char *const *) (list))

static const char *const all_capabilities[] = { "ALL", NULL };
static const char *const low_ports_closed[] = { "net.ipv4.ip_unprivileged_port_start=1024", NULL };

/* ---- what is restricted -------------------------------------------------------------------------------- */

static unsigned bit_if (int wanted, enum vprod__restriction restriction)
{
  return wanted ? VPROD__BIT (restriction) : 0;
}

/* Leaves out what the pod's own environment sets. 0, or -1 out of memory. */
static int leave_out (char ***list, char *const *env)
{
  _cleanup_strv_ char **kept = NULL;

  for (size_t i = 0; *list && (*list)[i]; i++) {
    _cleanup_free_ char *name = strndup ((*list)[i], strcspn ((*list)[i], "="));
    if (!name || (!vprod__strv_env (env, name) && vprod__strv_add (&kept, (*list)[i]) < 0))
      return -1;
  }
  vprod__strv_free (*list);
  *list = vprod__steal (&kept);
  return 0;
}

/* Pod Security Standards allow to add this one alone. */
static int is_bind (const char *capability)
{
  return strcmp (capability, "NET_BIND_SERVICE") == 0 || strcmp (capability, "CAP_NET_BIND_SERVICE") == 0;
}

static int find_rights (struct vprod__restricted_runs *runs)
{
  const vprod_spec *spec = runs->spec;
  int fewer = !vprod__strv_has (spec->run.cap_drop, "ALL");

  for (size_t i = 0; spec->run.cap_add && spec->run.cap_add[i]; i++) {
    fewer |= !is_bind (spec->run.cap_add[i]);
    if (is_bind (spec->run.cap_add[i]) && vprod__strv_add (&runs->cap_add, spec->run.cap_add[i]) < 0)
      return -1;
  }
  runs->all |= bit_if (fewer, VPROD__RESTRICTION_CAPABILITIES)
             | bit_if (!spec->run.no_new_privileges, VPROD__RESTRICTION_NO_NEW_PRIVILEGES)
             | VPROD__BIT (VPROD__RESTRICTION_LOW_PORTS);
  return 0;
}

static void find_places (struct vprod__restricted_runs *runs)
{
  const vprod_spec *spec = runs->spec;
  int64_t memory = spec->checks.restricted.memory;

  runs->all |= bit_if (runs->user && (!spec->run.user || strcmp (runs->user, spec->run.user) != 0), VPROD__RESTRICTION_USER)
             | bit_if (spec->checks.restricted.read_only && !spec->run.read_only, VPROD__RESTRICTION_READ_ONLY)
             | bit_if (memory > 0 && memory != spec->run.memory, VPROD__RESTRICTION_MEMORY)
             | bit_if (spec->checks.restricted.tmpfs && spec->checks.restricted.tmpfs[0], VPROD__RESTRICTION_MOUNTS);
}

static int find_env (struct vprod__restricted_runs *runs, const struct vprod__app *app, vprod_error **err)
{
  int r = vprod__session_env (runs->session, &runs->env, err);
  if (r == 0)
    r = vprod__service_links (runs->session, app, &runs->links, err);
  if (r < 0)
    return r;
  if (vprod__add_service_links (&runs->cluster, "kubernetes", API_ADDRESS, API_PORT) < 0
      || leave_out (&runs->cluster, runs->env) < 0 || leave_out (&runs->links, runs->env) < 0)
    return vprod__error_no_memory (err);
  runs->all |= bit_if (runs->links != NULL, VPROD__RESTRICTION_SERVICE_LINKS)
             | bit_if (runs->cluster != NULL, VPROD__RESTRICTION_IN_CLUSTER);
  return 0;
}

int vprod__restricted_runs_begin (struct vprod__restricted_runs *runs, const struct vprod__app *app, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__get_engine (runs->session, &engine, err);
  if (r < 0)
    return r;
  runs->at_once = engine->processors >= AT_ONCE_MOST ? AT_ONCE_MOST : 1;
  find_places (runs);
  return find_rights (runs) < 0 ? vprod__error_no_memory (err) : find_env (runs, app, err);
}

/* ---- one container ------------------------------------------------------------------------------------- */

static int add_all (char ***list, char *const *more)
{
  for (size_t i = 0; more && more[i]; i++)
    if (vprod__strv_add (list, more[i]) < 0)
      return -1;
  return 0;
}

static int add_env (const struct vprod__restricted_runs *runs, unsigned in_force, char ***env)
{
  return add_all (env, runs->env) < 0
             || (in_force & VPROD__BIT (VPROD__RESTRICTION_SERVICE_LINKS) && add_all (env, runs->links) < 0)
             || (in_force & VPROD__BIT (VPROD__RESTRICTION_IN_CLUSTER) && add_all (env, runs->cluster) < 0)
           ? -1
           : 0;
}

/* An emptyDir stands for each folder in memory; and, where the UID is another than the image's, for each volume, which that one
   could not write to: the kubelet gives it to the pod's group. A path that is to be mounted twice is mounted once. */
static int add_places (const struct vprod__restricted_runs *runs, unsigned in_force, char ***empty_dirs, char ***volumes)
{
  char *const *run_volumes = runs->spec->run.volumes;
  int own = (in_force & VPROD__BIT (VPROD__RESTRICTION_MOUNTS)) != 0;

  if (add_all (empty_dirs, own ? runs->spec->checks.restricted.tmpfs : runs->spec->run.tmpfs) < 0)
    return -1;
  for (size_t i = 0; run_volumes && run_volumes[i]; i++) {
    char ***list = in_force & VPROD__BIT (VPROD__RESTRICTION_USER) ? empty_dirs : volumes;
    if (!vprod__strv_has (*empty_dirs, run_volumes[i]) && vprod__strv_add (list, run_volumes[i]) < 0)
      return -1;
  }
  return 0;
}

static void restrict_rights (const struct vprod__restricted_runs *runs, unsigned in_force, struct vprod__run_settings *settings)
{
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_USER))
    settings->user = runs->user;
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_READ_ONLY))
    settings->read_only = 1;
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_LOW_PORTS))
    settings->sysctls = low_ports_closed;
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_NO_NEW_PRIVILEGES))
    settings->no_new_privileges = 1;
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_MEMORY))
    settings->memory = runs->spec->checks.restricted.memory;
  if (in_force & VPROD__BIT (VPROD__RESTRICTION_CAPABILITIES)) {
    settings->cap_drop = all_capabilities;
    settings->cap_add = LIST (runs->cap_add);
  }
}

/* more: folders at which an emptyDir is mounted, too; or NULL. */
static int start (struct vprod__restricted_runs *runs, unsigned in_force, char *const *more, struct vprod__restricted_run *ret,
                  vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **empty_dirs = NULL, **volumes = NULL;
  struct vprod__run_settings settings;
  unsigned writing = VPROD__BIT (VPROD__RESTRICTION_READ_ONLY) | VPROD__BIT (VPROD__RESTRICTION_USER);

  vprod__run_settings_of (runs->spec, &settings);
  if (in_force) {
    restrict_rights (runs, in_force, &settings);
    if (add_places (runs, in_force, &empty_dirs, &volumes) < 0 || add_all (&empty_dirs, more) < 0)
      return vprod__error_no_memory (err);
    settings.tmpfs = NULL;
    settings.volumes = LIST (volumes);
    settings.empty_dirs = LIST (empty_dirs);
  }
  if (add_env (runs, in_force, &env) < 0)
    return vprod__error_no_memory (err);
  struct vprod__second_options options = { .as = { &settings, env }, .limit_ms = in_force == runs->all || runs->search_ms > runs->limit_ms ? runs->limit_ms
                                                                                                                 : runs->search_ms,
                                           .keep_changes = (runs->all & writing & ~in_force) != 0 };
  ret->in_force = in_force;
  return vprod__app_second (runs->session, &options, &ret->second, err);
}

int vprod__restricted_runs_full (struct vprod__restricted_runs *runs, vprod_error **err)
{
  int r = start (runs, runs->all, NULL, &runs->full, err);

  if (r < 0)
    vprod__error_prefix (err, "starting the app once more, restricted");
  return r;
}

/* ---- several ------------------------------------------------------------------------------------------- */

struct batch {
  struct vprod__restricted_runs *runs;
  struct vprod__restricted_run *first;
  const unsigned *sets;
  struct one {
    int r;
    vprod_error *error;
  } ends[VPROD__RUNS_MOST];
};

static void start_one (void *data, size_t index)
{
  struct batch *batch = data;

  batch->ends[index].r = start (batch->runs, batch->sets[index], NULL, &batch->first[index], &batch->ends[index].error);
}

/* Starts one with each of these sets, side by side. */
static int start_batch (struct vprod__restricted_runs *runs, const unsigned *sets, size_t count, vprod_error **err)
{
  struct batch batch = { runs, &runs->list[runs->count], sets, { { 0, NULL } } };
  int r = 0;

  vprod__parallel (count, runs->at_once, start_one, &batch);
  runs->count += count;
  for (size_t i = 0; i < count; i++) {
    if (r == 0 && batch.ends[i].r < 0)
      r = vprod__error_move (err, &batch.ends[i].error);
    vprod_error_free (batch.ends[i].error);
  }
  if (r < 0)
    vprod__error_prefix (err, "starting the app with fewer restrictions");
  return r;
}

static int is_told (const struct vprod__restricted_runs *runs, int restriction)
{
  size_t length;

  return vprod__restriction_told ((enum vprod__restriction) restriction, runs->full.second.log, &length) != NULL
         || (restriction == VPROD__RESTRICTION_MEMORY && (runs->full.second.oom_killed || runs->full.second.exit_code == 128 + 9));
}

/* The sets to try, each without one restriction: first those that the app tells of. *ret_told: how many these are. */
static size_t choose_order (const struct vprod__restricted_runs *runs, unsigned sets[static VPROD__RESTRICTION_COUNT], size_t *ret_told)
{
  size_t n = 0;

  for (int told = 1; told >= 0; told--) {
    for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
      if (runs->all & VPROD__BIT (i) && is_told (runs, i) == told)
        sets[n++] = runs->all & ~VPROD__BIT (i);
    if (told)
      *ret_told = n;
  }
  return n;
}

/* Some at a time, until one of them becomes ready. */
static int leave_out_one (struct vprod__restricted_runs *runs, vprod_error **err)
{
  unsigned sets[VPROD__RESTRICTION_COUNT];
  size_t told = 0, count = choose_order (runs, sets, &told), done = 0;

  while (done < count) {
    size_t n = done < told ? 1 : runs->at_once < count - done ? runs->at_once : count - done, before = runs->count;
    int r = start_batch (runs, sets + done, n, err);
    if (r < 0)
      return r;
    for (size_t i = before; i < runs->count; i++)
      if (runs->list[i].second.state == VPROD__SECOND_READY)
        return 1;
    done += n;
  }
  return 0;
}

/* None alone is to blame. Does it become ready without any? And with one of them alone? */
static int try_alone (struct vprod__restricted_runs *runs, vprod_error **err)
{
  unsigned sets[VPROD__RESTRICTION_COUNT], none = 0;
  size_t count = 0;

  int r = start_batch (runs, &none, 1, err);
  if (r < 0 || runs->list[runs->count - 1].second.state != VPROD__SECOND_READY)
    return r;
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
    if (runs->all & VPROD__BIT (i) && runs->all != VPROD__BIT (i))
      sets[count++] = VPROD__BIT (i);
  return start_batch (runs, sets, count, err);
}

/* ---- what it writes ------------------------------------------------------------------------------------ */

/* Of the one that is ready without what keeps the app from writing. */
static char *const *find_changes (const struct vprod__restricted_runs *runs)
{
  for (size_t i = runs->count; i-- > 0;)
    if (runs->list[i].second.state == VPROD__SECOND_READY && runs->list[i].second.changes)
      return runs->list[i].second.changes;
  return NULL;
}

static int has_root (char *const *folders)
{
  return vprod__strv_has (folders, "/");
}

static int look_at_folders (struct vprod__restricted_runs *runs, unsigned guilty, vprod_error **err)
{
  const vprod_spec *spec = runs->spec;
  _cleanup_strv_ char **files = NULL;

  for (size_t i = 0; spec->run.files && spec->run.files[i]; i++)
    if (vprod__strv_take (&files, strndup (spec->run.files[i], strcspn (spec->run.files[i], "="))) < 0)
      return vprod__error_no_memory (err);
  char *const *const except[] = { spec->run.volumes ? spec->run.volumes : (char *[]) { NULL },
                                  spec->run.tmpfs ? spec->run.tmpfs : (char *[]) { NULL },
                                  spec->checks.restricted.tmpfs ? spec->checks.restricted.tmpfs : (char *[]) { NULL },
                                  files ? files : (char *[]) { NULL }, NULL };
  if (vprod__restricted_folders (find_changes (runs), except, &runs->folders) < 0)
    return vprod__error_no_memory (err);
  if (!runs->folders || has_root (runs->folders))
    return 0;
  int r = guilty & (VPROD__BIT (VPROD__RESTRICTION_READ_ONLY) | VPROD__BIT (VPROD__RESTRICTION_USER))
            ? start (runs, runs->all, runs->folders, &runs->mounted, err)
            : 0;
  return r;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static void give (struct vprod__restricted_runs *runs, struct vprod__restricted_facts *facts)
{
  facts->runs = runs->list;
  facts->n_runs = runs->count;
  facts->again = runs->again.second.state != VPROD__SECOND_NOT_RUN ? &runs->again : NULL;
  facts->mounted = runs->mounted.second.state != VPROD__SECOND_NOT_RUN ? &runs->mounted : NULL;
  facts->folders = runs->folders;
}

static int says_so (const struct vprod__restricted_runs *runs, unsigned guilty)
{
  for (int i = 0; i < VPROD__RESTRICTION_COUNT; i++)
    if (guilty & VPROD__BIT (i) && is_told (runs, i))
      return 1;
  return 0;
}

int vprod__restricted_runs_find (struct vprod__restricted_runs *runs, struct vprod__restricted_facts *facts, vprod_error **err)
{
  int alone, r = leave_out_one (runs, err);

  if (r == 0)
    r = try_alone (runs, err);
  if (r < 0)
    return r;
  give (runs, facts);
  unsigned guilty = vprod__restricted_guilty (facts, &alone);
  if (!says_so (runs, guilty))
    r = start (runs, runs->all, NULL, &runs->again, err);
  else
    r = 0;
  if (r == 0)
    r = look_at_folders (runs, guilty, err);
  give (runs, facts);
  return r;
}

void vprod__restricted_runs_clear (struct vprod__restricted_runs *runs)
{
  vprod__strv_free (runs->env);
  vprod__strv_free (runs->links);
  vprod__strv_free (runs->cluster);
  vprod__strv_free (runs->cap_add);
  vprod__strv_free (runs->folders);
  vprod__second_clear (&runs->full.second);
  vprod__second_clear (&runs->again.second);
  vprod__second_clear (&runs->mounted.second);
  for (size_t i = 0; i < VPROD__RUNS_MOST; i++)
    vprod__second_clear (&runs->list[i].second);
}
