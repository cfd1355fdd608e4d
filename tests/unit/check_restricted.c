/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "checks/restricted/facts.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])
#define BIT(name) VPROD__BIT (VPROD__RESTRICTION_##name)
#define WORDS(text) .log = (char *) (uintptr_t) (text), .log_length = sizeof (text) - 1
#define READY { .state = VPROD__SECOND_READY, .ms = 400 }
#define ENDED(text) { .state = VPROD__SECOND_ENDED, .exit_code = 1, .ms = 300, WORDS (text) }
#define SLOW { .state = VPROD__SECOND_NOT_READY, .ms = 9000, .why = (char *) (uintptr_t) "http://x answered 503", WORDS ("") }
#define BUSY { .state = VPROD__SECOND_BUSY, .ms = 9000, .stalled_ms = 8000, .stall_is_known = 1 }
#define ERROR_IMAGE 0, VPROD_ERROR_IMAGE

/* ---- judging ------------------------------------------------------------------------------------------- */

#define MOST_RUNS 8

static char *const cache[] = { (char *) (uintptr_t) "/srv/cache", NULL };

static const struct {
  struct vprod__restricted_facts facts;
  struct vprod__restricted_run full; /* state NOT_RUN: none */
  struct vprod__restricted_run again, mounted;
  struct vprod__restricted_run runs[MOST_RUNS];
  struct wanted wanted;
} cases[] = {
  /* by the configuration alone */
  { { .image_user = NULL }, .wanted = { VPROD_VERDICT_FAIL, 0, "image will run as root: the image's USER is not set", "USER 1001" } },
  { { .image_user = "0:0" }, .wanted = { VPROD_VERDICT_FAIL, 0, "image will run as root: the image's USER is \"0:0\"", "gosu" } },
  { { .image_user = "app:1001" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root",
                "useradd -u 1001 app" } },
  { { .image_user = "1001", .run_user = "app" }, .wanted = { VPROD_VERDICT_FAIL, 0, "it looks at run.user alone", "run.user" } },
  { { .image_user = "1001", .run_user = "0" }, .wanted = { VPROD_VERDICT_FAIL, 0, "run.user is \"0\"", "run.user" } },

  /* ready */
  { { .image_user = "1001:app", .seccomp = 1, .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) | BIT (IN_CLUSTER) },
    .full = { 0, READY },
    .wanted = { VPROD_VERDICT_PASS, 0, "under Kubernetes' restrictions the app becomes ready as well, after 400 ms (runAsNonRoot: true, "
                "net.ipv4.ip_unprivileged_port_start=1024, allowPrivilegeEscalation: false, capabilities.drop: [ALL], "
                "seccompProfile: RuntimeDefault)", "" } },
  { { .as = VPROD__RESTRICTED_OPENSHIFT, .user = "1000660000:0", .image_user = "app", .memory = 256 << 20, .read_only = 1,
      .seccomp = -1, .all = BIT (USER) },
    .full = { 0, READY },
    .wanted = { VPROD_VERDICT_PASS, 0, "under OpenShift's restrictions the app becomes ready as well, after 400 ms (runAsUser: "
                "1000660000:0, readOnlyRootFilesystem: true, net.ipv4.ip_unprivileged_port_start=1024, allowPrivilegeEscalation: "
                "false, capabilities.drop: [ALL], limits.memory: 256Mi)", "" } },

  /* one that is guilty */
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (READ_ONLY), .folders = cache },
    .full = { 0, ENDED ("boom\nOSError: [Errno 30] Read-only file system: '/srv/cache/x'\nbye\n") },
    .mounted = { 0, READY },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "it ended with exit code 1 (its own word for a general error) after 300 ms; without "
                "readOnlyRootFilesystem: true it becomes ready. It said: \"OSError: [Errno 30] Read-only file system: '/srv/cache/x'\"",
                "Mount an emptyDir at /srv/cache: with that it becomes ready (checks.restricted.tmpfs: [/srv/cache])." } },
  /* an emptyDir would not do */
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (READ_ONLY), .folders = cache },
    .full = { 0, ENDED ("EROFS\n") },
    .mounted = { 0, ENDED ("no code\n") },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "without readOnlyRootFilesystem: true it becomes ready", "It writes below /srv/cache. Let the app" } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) },
    .full = { 0, SLOW },
    .again = { 0, SLOW },
    .runs = { { BIT (LOW_PORTS), SLOW }, { BIT (CAPABILITIES), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "was not ready after 9.0 s: http://x answered 503; without "
                "net.ipv4.ip_unprivileged_port_start=1024 it becomes ready", "port above 1023" } },
  { { .user = "1000660000:0", .all = BIT (LOW_PORTS) | BIT (USER) },
    .full = { 0, { .state = VPROD__SECOND_NOT_STARTED, .why = (char *) (uintptr_t) "permission denied" } },
    .again = { 0, { .state = VPROD__SECOND_NOT_STARTED, .why = (char *) (uintptr_t) "permission denied" } },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "it could not be started: permission denied; without runAsUser: 1000660000:0 it becomes ready",
                "chgrp -R 0" } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (SERVICE_LINKS) },
    .full = { 0, ENDED ("invalid literal for int() with base 10: 'tcp://10.0.0.7:5432'\n") },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "without enableServiceLinks: true it becomes ready. It said: \"invalid literal",
                "enableServiceLinks: false" } },

  /* two; and none alone */
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (SERVICE_LINKS) | BIT (CAPABILITIES) },
    .full = { 0, ENDED ("") },
    .again = { 0, ENDED ("") },
    .runs = { { BIT (SERVICE_LINKS) | BIT (CAPABILITIES), ENDED ("") }, { BIT (LOW_PORTS) | BIT (CAPABILITIES), ENDED ("") },
              { BIT (LOW_PORTS) | BIT (SERVICE_LINKS), ENDED ("") }, { 0, READY }, { BIT (LOW_PORTS), ENDED ("") },
              { BIT (SERVICE_LINKS), ENDED ("") }, { BIT (CAPABILITIES), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "net.ipv4.ip_unprivileged_port_start=1024, enableServiceLinks: true each alone keep it from that",
                "port above 1023" } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) | BIT (NO_NEW_PRIVILEGES) },
    .full = { 0, ENDED ("") },
    .again = { 0, ENDED ("") },
    .runs = { { BIT (LOW_PORTS) | BIT (CAPABILITIES), BUSY }, { 0, READY }, { BIT (LOW_PORTS), READY }, { BIT (CAPABILITIES), BUSY },
              { BIT (NO_NEW_PRIVILEGES), READY } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "no single restriction keeps it from that, but together they do: "
                "net.ipv4.ip_unprivileged_port_start=1024, allowPrivilegeEscalation: false, capabilities.drop: [ALL]", "one of them" } },

  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) | BIT (IN_CLUSTER) },
    .full = { 0, ENDED ("") },
    .again = { 0, ENDED ("") },
    .runs = { { 0, READY }, { BIT (LOW_PORTS), ENDED ("") }, { BIT (CAPABILITIES), READY }, { BIT (IN_CLUSTER), ENDED ("") } },
    .wanted = { VPROD_VERDICT_FAIL, 0, "net.ipv4.ip_unprivileged_port_start=1024 alone keeps it from that", "1023" } },

  /* what cannot be told */
  { { .image_user = "1001" }, .wanted = { 0, VPROD_ERROR_INVALID, "it was not started", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) }, .full = { 0, BUSY }, .wanted = { 0, VPROD_ERROR_TIMEOUT, "too busy to tell", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) },
    .full = { 0, ENDED ("") },
    .runs = { { BIT (LOW_PORTS), ENDED ("") }, { BIT (CAPABILITIES), ENDED ("") }, { 0, ENDED ("") } },
    .wanted = { ERROR_IMAGE, "a second container beside the first, without any of them, ended with exit code 1", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) },
    .full = { 0, ENDED ("") },
    .runs = { { BIT (LOW_PORTS), BUSY }, { BIT (CAPABILITIES), BUSY }, { 0, BUSY } },
    .wanted = { 0, VPROD_ERROR_TIMEOUT, "too busy to tell", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) }, .full = { 0, ENDED ("") },
    .wanted = { ERROR_IMAGE, "without any of them, was not run", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (CAPABILITIES) },
    .full = { 0, ENDED ("") },
    .again = { 0, READY },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { ERROR_IMAGE, "it did not, and when it was started again, it did", NULL } },
  { { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (IN_CLUSTER) },
    .full = { 0, ENDED ("open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory\n") },
    .runs = { { BIT (LOW_PORTS), READY } },
    .wanted = { ERROR_IMAGE, "cannot tell whether the app becomes ready in a cluster: with KUBERNETES_SERVICE_HOST set", NULL } },
};

START_TEST (judges)
{
  struct vprod__restricted_facts facts = cases[_i].facts;
  vprod_result *result = new_result ();
  vprod_error *err = NULL;

  facts.full = cases[_i].full.second.state ? &cases[_i].full : NULL;
  facts.again = cases[_i].again.second.state ? &cases[_i].again : NULL;
  facts.mounted = cases[_i].mounted.second.state ? &cases[_i].mounted : NULL;
  facts.runs = cases[_i].runs;
  facts.n_runs = MOST_RUNS;
  int r = vprod__restricted_judge (&facts, result, &err);
  assert_wanted (r, result, err, &cases[_i].wanted);
  if (r == 0 && vprod_result_get_verdict (result) == VPROD_VERDICT_FAIL)
    ck_assert_ptr_nonnull (vprod_result_find_evidence (result, "guilty"));
  vprod_result_free (result);
}
END_TEST

START_TEST (tells_what_was_tried_and_written)
{
  static const struct vprod__restricted_run full = { 0, ENDED ("EROFS\n") },
    runs[] = { { BIT (READ_ONLY), ENDED ("EROFS\n") }, { BIT (LOW_PORTS), READY }, { 0, READY } };
  struct vprod__restricted_facts facts = { .image_user = "1001", .all = BIT (LOW_PORTS) | BIT (READ_ONLY), .full = &full, .runs = runs,
                                           .n_runs = 3, .folders = cache };
  static const char *const says[] = { "without net.ipv4.ip_unprivileged_port_start=1024 it ended with exit code 1",
                                      "without readOnlyRootFilesystem: true it became ready after 400 ms",
                                      "without any of the restrictions it became ready", "it writes below /srv/cache" };
  vprod_result *result = new_result ();

  assert_ok (vprod__restricted_judge (&facts, result, NULL), NULL);
  ck_assert_uint_eq (vprod_result_count_findings (result), 4);
  for (size_t i = 0; i < 4; i++)
    assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (result, i), "message"), says[i]);
  ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, 3), "path"), "/srv/cache");
  assert_evidence (result, "guilty", "readOnlyRootFilesystem: true");
  assert_evidence (result, "log_tail", "EROFS");
  assert_evidence (result, "user", "1001");
  vprod_result_free (result);
}
END_TEST

/* ---- where it writes ----------------------------------------------------------------------------------- */

#define LIST(...) { __VA_ARGS__, NULL }

static const struct {
  const char *changes[8], *folders[4];
} written[] = {
  { LIST ("C/srv", "A/srv/cache", "A/srv/cache/a", "A/srv/cache/a/b"), LIST ("/srv/cache") },
  { LIST ("C/srv", "C/srv/cache", "A/srv/cache/x", "A/srv/cache/y"), LIST ("/srv/cache") },
  { LIST ("C/srv", "C/srv/app.conf"), LIST ("/srv") },
  { LIST ("C/srv", "D/srv/old", "C/var", "C/var/lib", "A/var/lib/x"), LIST ("/srv", "/var/lib") },
  { LIST ("A/x"), LIST ("/") },
  { LIST ("C/srv", "C/srv/cache", "A/srv/cache/x", "A/srv/pid"), LIST ("/srv") },
  { LIST ("C/srv", "C/srv/app", "A/srv/app/__pycache__", "A/srv/app/__pycache__/m.pyc"), { NULL } },
  { LIST ("C/data", "A/data/x", "A/a", "A/a/mounted", "C/b", "A/b/c"), LIST ("/b") },
  { LIST ("C/etc", "A/etc/mtab", "C/etc/hosts", "C/run", "A/run/.containerenv", "C/dev", "A/dev/console"), { NULL } },
  { { NULL }, { NULL } },
};

START_TEST (finds_the_folders_that_it_writes_to)
{
  char *const data[] = { (char *) (uintptr_t) "/data", NULL }, *const mounted[] = { (char *) (uintptr_t) "/a/mounted", NULL };
  char *const *const except[] = { data, mounted, NULL };
  char **folders = NULL;

  ck_assert_int_eq (vprod__restricted_folders ((char *const *) (uintptr_t) written[_i].changes, except, &folders), 0);
  char *all = vprod__strv_join (folders, " "), *wanted = vprod__strv_join ((char *const *) (uintptr_t) written[_i].folders, " ");
  ck_assert_str_eq (all, wanted);
  free (all);
  free (wanted);
  vprod__strv_free (folders);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

#define YAML_OF(name, run, options)                                                                                         \
  "version: 1\nname: " name "\n"                                                                                            \
  "services:\n  db: {postgres: {image: \"postgres:16-alpine\", database: notes, user: verify, password: hush}}\n"           \
  "run: {port: 8000" run "}\n"                                                                                              \
  "checks:\n  start: {stay-up: 50ms}\n  health: {path: /health, body: ok, consecutive: 2, timeout: 3s}\n  restricted: " options "\n"
#define YAML(options) YAML_OF ("shop", "", options)
#define STAYS_LONGER                                                                                                        \
  "version: 1\nname: shop\nrun: {port: 8000}\nchecks:\n  start: {stay-up: 800ms}\n"                                        \
  "  health: {path: /health, body: ok, consecutive: 2, timeout: 3s}\n  restricted: true\n"
#define NO_HEALTH "version: 1\nname: shop\nrun: {port: 8000}\nchecks: {start: {stay-up: 50ms}, restricted: true}\n"

static int has_sysctl (const vprod_container_request *request)
{
  return request->sysctls && request->sysctls[0];
}

static int has_links (const vprod_container_request *request)
{
  return vprod__strv_env ((char **) (uintptr_t) request->env, "DB_PORT") != NULL;
}

static int in_cluster (const vprod_container_request *request)
{
  return vprod__strv_env ((char **) (uintptr_t) request->env, "KUBERNETES_SERVICE_HOST") != NULL;
}

static void end (struct mock_behaviour *behaviour, int bad)
{
  if (!bad || behaviour->role != MOCK_APP)
    return;
  behaviour->ends_after_ms = 20;
  behaviour->exit_code = 3;
  behaviour->answers_after_ms = MOCK_NEVER;
}

#define ON(name, bad)                                                                                          \
  static void name (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)      \
  {                                                                                                            \
    (void) data;                                                                                               \
    (void) request;                                                                                            \
    end (behaviour, bad);                                                                                      \
  }

ON (lives_with_all, 0)
ON (needs_low_ports, has_sysctl (request))
ON (needs_no_links, has_links (request))
ON (needs_no_cluster, in_cluster (request))
ON (needs_rights, request->no_new_privileges || request->cap_drop)
ON (runs_once, behaviour->nth > 1)
ON (fails_once, behaviour->nth == 2)
ON (needs_its_user, request->user && strcmp (request->user, "1000660000:0") == 0)
ON (never_ready, 1)

static void is_not_healthy (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  (void) data;
  (void) request;
  if (behaviour->role == MOCK_APP)
    behaviour->reply = (struct mock_reply) { .status = 503, .body = "no" };
}

/* With a read-only root it cannot write, unless there is an emptyDir. */
static void writes_a_cache (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  static const struct mock_change changes[] = { { "/srv", VPROD_CHANGE_MODIFIED }, { "/srv/cache", VPROD_CHANGE_ADDED },
                                                { "/srv/cache/x", VPROD_CHANGE_ADDED }, { NULL, 0 } };
  int mounted = request->mounts && request->mounts[0] && strstr (request->mounts[0], ":/srv/cache") != NULL;

  (void) data;
  behaviour->changes = changes;
  end (behaviour, request->read_only && !mounted);
}

/* Its server ends a while after its first answers. */
static void stumbles_later (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour)
{
  (void) data;
  if (behaviour->role == MOCK_APP && has_sysctl (request)) {
    behaviour->ends_after_ms = 300;
    behaviour->exit_code = 3;
  }
}

static const struct {
  const char *yaml, *image_user;
  void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *behaviour);
  struct wanted wanted;
  int starts; /* of apps; 0: any number */
} sessions[] = {
  { YAML ("true"), "1001:app", lives_with_all, { VPROD_VERDICT_PASS, 0, "enableServiceLinks: true", "" }, 2 },
  { YAML ("{as: openshift, read-only: true, tmpfs: [/tmp], memory: 64MiB}"), "app", lives_with_all,
    { VPROD_VERDICT_PASS, 0, "runAsUser: 1000660000:0, readOnlyRootFilesystem: true", "" }, 2 },
  { YAML ("{user: arbitrary}"), "", lives_with_all, { VPROD_VERDICT_PASS, 0, "runAsUser: 1000660000:0", "" }, 2 },
  { YAML ("{user: \"1001:0\"}"), "root", lives_with_all, { VPROD_VERDICT_PASS, 0, "runAsUser: 1001:0", "" }, 2 },
  { YAML ("true"), "app", lives_with_all, { VPROD_VERDICT_FAIL, 0, "non-numeric user (app)", "USER 1001" }, 0 },
  { YAML ("true"), "", lives_with_all, { VPROD_VERDICT_FAIL, 0, "will run as root", "USER 1001" }, 0 },
  { YAML_OF ("shop", ", user: \"1001\"", "true"), "app", lives_with_all, { VPROD_VERDICT_PASS, 0, "runAsNonRoot", "" }, 2 },
  { MOCK_YAML, "1001", lives_with_all, { VPROD_VERDICT_SKIP, 0, "not checked: the spec does not ask for it", "" }, 0 },
  { NO_HEALTH, "1001", lives_with_all, { VPROD_VERDICT_PASS, 0, "becomes ready as well", "" }, 2 },

  /* ready, and with a word of the app's: no second look is needed */
  { YAML ("{read-only: true}"), "1001", writes_a_cache,
    { VPROD_VERDICT_FAIL, 0, "without readOnlyRootFilesystem: true it becomes ready",
      "Mount an emptyDir at /srv/cache: with that it becomes ready (checks.restricted.tmpfs: [/srv/cache])" }, 0 },
  { YAML ("true"), "1001", needs_low_ports, { VPROD_VERDICT_FAIL, 0, "without net.ipv4.ip_unprivileged_port_start=1024 it becomes ready", "1023" }, 0 },
  { NO_HEALTH, "1001", needs_low_ports, { VPROD_VERDICT_FAIL, 0, "without net.ipv4.ip_unprivileged_port_start=1024 it becomes ready", "1023" }, 0 },
  { STAYS_LONGER, "1001", stumbles_later, { VPROD_VERDICT_FAIL, 0, "it ended with exit code 3", "1023" }, 0 },
  { YAML ("true"), "1001", needs_no_links, { VPROD_VERDICT_FAIL, 0, "without enableServiceLinks: true it becomes ready", "run.env" }, 0 },
  { YAML ("true"), "1001", needs_rights,
    { VPROD_VERDICT_FAIL, 0, "allowPrivilegeEscalation: false, capabilities.drop: [ALL] each alone keep it from that", "file capabilities" }, 0 },
  { YAML ("{as: openshift}"), "app", needs_its_user, { VPROD_VERDICT_FAIL, 0, "without runAsUser: 1000660000:0 it becomes ready", "chgrp" }, 0 },

  /* what is not the image's fault, or somebody else's */
  { YAML ("true"), "1001", needs_no_cluster, { 0, VPROD_ERROR_IMAGE, "with KUBERNETES_SERVICE_HOST set", NULL }, 0 },
  { YAML ("true"), "1001", runs_once, { 0, VPROD_ERROR_IMAGE, "a second container beside the first, without any of them, ended", NULL }, 0 },
  { YAML ("true"), "1001", fails_once, { 0, VPROD_ERROR_IMAGE, "when it was started again, it did", NULL }, 0 },
  { YAML ("true"), "1001", never_ready, { VPROD_VERDICT_SKIP, 0, "not checked: the app did not stay up", NULL }, 1 },
};

START_TEST (says_in_a_session)
{
  struct mock *mock = mock_new ();
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock->on_container = sessions[_i].on_container;
  mock->image.facts.user = (char *) (uintptr_t) sessions[_i].image_user;
  vprod_session *session = mock_session (mock, sessions[_i].yaml);
  int r = vprod_check_restricted (session, &result, &err);
  assert_wanted (r, result, err, &sessions[_i].wanted);
  if (sessions[_i].starts)
    ck_assert_int_eq (mock_count (mock, "container_start", "app"), sessions[_i].starts);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (an_app_that_is_not_healthy_is_not_checked)
{
  struct mock *mock = mock_new ();
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  mock->on_container = is_not_healthy;
  mock->image.facts.user = (char *) (uintptr_t) "1001";
  vprod_session *session = mock_session (mock, YAML ("true"));
  assert_ok (vprod_check_restricted (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_SKIP);
  assert_evidence (result, "judged_by", "health");
  ck_assert_int_eq (mock_count (mock, "container_start", "app"), 1);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_free (mock);
}
END_TEST

/* The second container, beside one that is as the spec's `run` says. */
START_TEST (sets_what_a_cluster_sets)
{
  static const char *const has[] = { "user=1000660000:0", "read-only", "cap-drop=ALL", "cap-add=NET_BIND_SERVICE", "no-new-privileges",
                                     "memory=67108864", "sysctl=net.ipv4.ip_unprivileged_port_start=1024" };
  struct mock *mock = mock_new ();
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int n_dirs = 0;

  vprod_session *session = mock_session (mock, YAML_OF ("my-shop", ", env: {DB_PORT: \"5432\", X: \"1\"}, volumes: [/data, /tmp], "
                                                        "cap-add: [NET_BIND_SERVICE, CHOWN], pids: 9",
                                                        "{as: openshift, read-only: true, tmpfs: [/tmp], memory: 64MiB}"));
  assert_ok (vprod_check_restricted (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_PASS);
  char **settings = mock_container_settings (mock, "app2"), **env = mock_container_env (mock, "app2");
  for (size_t i = 0; i < sizeof has / sizeof has[0]; i++)
    ck_assert_msg (vprod__strv_has (settings, has[i]), "%s is missing", has[i]);
  ck_assert (vprod__strv_has (settings, "pids=9") && !vprod__strv_has (settings, "cap-add=CHOWN"));
  for (char **p = settings; *p; p++) {
    n_dirs += strncmp (*p, "mount=", 6) == 0 && (strstr (*p, "/0/:/tmp") || strstr (*p, "/1/:/data"));
    ck_assert_msg (strncmp (*p, "volume=", 7) != 0 && strncmp (*p, "tmpfs=", 6) != 0, "%s", *p);
  }
  ck_assert_int_eq (n_dirs, 2);
  ck_assert_str_eq (vprod__strv_env (env, "DB_PORT"), "5432"); /* the pod's own env wins */
  ck_assert_str_eq (vprod__strv_env (env, "DB_PORT_5432_TCP_PROTO"), "tcp");
  ck_assert_str_eq (vprod__strv_env (env, "MY_SHOP_SERVICE_PORT"), "8000");
  ck_assert_str_eq (vprod__strv_env (env, "KUBERNETES_SERVICE_PORT"), "443");
  ck_assert_str_eq (vprod__strv_env (env, "X"), "1");
  ck_assert (!vprod__strv_env (mock_container_env (mock, "app1"), "DB_PORT_5432_TCP"));
  ck_assert (!vprod__strv_has (mock_container_settings (mock, "app1"), "read-only"));
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

static void app_is_good (struct mock *mock)
{
  mock->image.facts.user = (char *) (uintptr_t) "1001";
}

static void app_writes (struct mock *mock)
{
  mock->image.facts.user = (char *) (uintptr_t) "1001";
  mock->on_container = writes_a_cache;
}

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL };
  struct flow flows[] = { { vprod_check_restricted, YAML ("{read-only: true, tmpfs: [/tmp]}"), app_is_good },
                          { vprod_check_restricted, YAML ("{read-only: true}"), app_writes } };

  flow_sweep (&flows[_i], may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_restricted, YAML ("true"), app_is_good };

  flow_is_cancelled (&flow, "container_start", 3);
  flow_runs_out_of_time (&flow, "container_start", 3);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_restricted");
  TCase *tcase = tcase_create ("judge");

  tcase_add_loop_test (tcase, judges, 0, COUNT (cases));
  tcase_add_test (tcase, tells_what_was_tried_and_written);
  tcase_add_loop_test (tcase, finds_the_folders_that_it_writes_to, 0, COUNT (written));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (sessions));
  tcase_add_test (tcase, an_app_that_is_not_healthy_is_not_checked);
  tcase_add_test (tcase, sets_what_a_cluster_sets);
  tcase_add_loop_test (tcase, no_failure_of_a_slot_becomes_a_verdict, 0, 2);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
