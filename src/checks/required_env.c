/* SPDX-License-Identifier: MIT */
/*
 * required-env: each required variable left out alone makes the shipped entrypoint exit non-zero in time, while
 * with all of them it runs. The run with all is the control: without it, an image that always exits non-zero would
 * look good. It is the session's app, which every other check looks at too. The runs without go side by side, beside
 * the databases; they do not wait for the control's health, but count only where it is good.
 */
#include "checks/check.h"
#include "checks/required_env.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include "util/strv.h"

#define AT_ONCE 4

/* The runs, shared by a few threads that each take the next one. */
struct runs {
  vprod_session *session;
  char **env;
  char **command;
  int64_t timeout_ms;
  struct vprod__without *without;
  size_t count;
  pthread_mutex_t mutex; /* guards the rest */
  size_t next;
  vprod_error *error; /* the first one; no more runs are begun then */
  int failed;
  pthread_t threads[AT_ONCE];
  size_t n_threads;
};

/* The list without NAME=…, or (empty) with NAME= in its place; NULL out of memory. */
static char **env_without (char *const *env, const char *name, int empty)
{
  _cleanup_strv_ char **rest = calloc (1, sizeof *rest);
  size_t length = strlen (name);

  if (!rest)
    return NULL;
  for (size_t i = 0; env && env[i]; i++)
    if ((strncmp (env[i], name, length) != 0 || env[i][length] != '=') && vprod__strv_add (&rest, env[i]) < 0)
      return NULL;
  if (empty && vprod__strv_addf (&rest, "%s=", name) < 0)
    return NULL;
  return vprod__steal (&rest);
}

static int run_without (struct runs *runs, struct vprod__without *without, vprod_error **err)
{
  _cleanup_strv_ char **env = env_without (runs->env, without->variable, without->empty);
  struct vprod__once_options options = {
    .env = (const char *const *) env,
    .command = (const char *const *) runs->command,
    .on_network = 1,
    .timeout_ms = runs->timeout_ms,
  };

  if (!env)
    return vprod__error_no_memory (err);
  int r = vprod__run_once (runs->session, &options, &without->once, err);
  if (r < 0)
    vprod__error_prefix (err, "running the app with%s %s", without->empty ? " an empty" : "out", without->variable);
  return r;
}

static void *work (void *data)
{
  struct runs *runs = data;

  for (;;) {
    _cleanup_error_ vprod_error *error = NULL;
    pthread_mutex_lock (&runs->mutex);
    size_t mine = runs->failed ? runs->count : runs->next++;
    pthread_mutex_unlock (&runs->mutex);
    if (mine >= runs->count)
      return NULL;
    if (run_without (runs, &runs->without[mine], &error) < 0) {
      pthread_mutex_lock (&runs->mutex);
      if (!runs->failed)
        runs->error = vprod__steal (&error);
      runs->failed = 1;
      pthread_mutex_unlock (&runs->mutex);
    }
  }
}

/* Up to AT_ONCE threads; fewer, or none, where the machine gives no more. */
static void begin (struct runs *runs)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  while (runs->n_threads < AT_ONCE && runs->n_threads < runs->count
         && pthread_create (&runs->threads[runs->n_threads], NULL, work, runs) == 0)
    runs->n_threads++;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
}

static void join (struct runs *runs)
{
  while (runs->n_threads > 0)
    pthread_join (runs->threads[--runs->n_threads], NULL);
}

/* No further runs are begun. */
static void give_up (struct runs *runs)
{
  pthread_mutex_lock (&runs->mutex);
  runs->failed = 1;
  pthread_mutex_unlock (&runs->mutex);
  join (runs);
}

static int finish (struct runs *runs, vprod_error **err)
{
  if (runs->n_threads == 0)
    work (runs);
  join (runs);
  return runs->failed ? vprod__error_move (err, &runs->error) : 0;
}

static void runs_clear (struct runs *runs)
{
  for (size_t i = 0; runs->without && i < runs->count; i++)
    vprod__once_clear (&runs->without[i].once);
  free (runs->without);
  vprod__strv_free (runs->env);
  vprod__strv_free (runs->command);
  vprod_error_free (runs->error);
  pthread_mutex_destroy (&runs->mutex);
}

/* The variables to leave out: the spec's list, else every key of run.env. */
static int find_vars (const vprod_spec *spec, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **vars = NULL;
  char **listed = spec->checks.required_env.vars;

  for (size_t i = 0; listed && listed[i]; i++) {
    if (!vprod__strv_env (spec->run.env, listed[i]))
      return vprod__error_set (err, VPROD_ERROR_SPEC, 0,
                               "checks.required-env.vars names %s, which is not in run.env: give it a value "
                               "there, so that the app can be run with all that it requires",
                               listed[i]);
    if (!vprod__strv_has (vars, listed[i]) && vprod__strv_add (&vars, listed[i]) < 0)
      return vprod__error_no_memory (err);
  }
  for (size_t i = 0; !listed && spec->run.env && spec->run.env[i]; i++)
    if (vprod__strv_take (&vars, strndup (spec->run.env[i], strcspn (spec->run.env[i], "="))) < 0)
      return vprod__error_no_memory (err);
  *ret = vprod__steal (&vars);
  return 0;
}

static int run (vprod_session *session, vprod_result *result, vprod_error **err)
{
  const vprod_spec *spec = vprod__session_spec (session);
  _cleanup_strv_ char **vars = NULL;
  _cleanup_ (runs_clear) struct runs runs = {
    .session = session,
    .timeout_ms = spec->checks.required_env.timeout_ms,
    .mutex = PTHREAD_MUTEX_INITIALIZER,
  };
  const struct vprod__image *image;
  const struct vprod__app *app;

  int r = find_vars (spec, &vars, err);
  if (r < 0)
    return r;
  if (!vars || !vars[0])
    return vprod__result_skip (result, "not checked: the spec names no variable; name them with run.env, and "
                                       "those that the app cannot do without with checks.required-env.vars");
  r = vprod__need_image (session, result, &image, err);
  if (r != 0)
    return r < 0 ? r : 0;
  r = vprod__session_env (session, &runs.env, err);
  if (r == 0)
    r = vprod__session_command (session, &runs.command, err);
  if (r < 0)
    return r;
  size_t n = vprod__strv_length (vars);
  runs.count = spec->checks.required_env.empty ? 2 * n : n;
  runs.without = calloc (runs.count, sizeof *runs.without);
  if (!runs.without)
    return vprod__error_no_memory (err);
  for (size_t i = 0; i < runs.count; i++) {
    runs.without[i].variable = vars[i % n];
    runs.without[i].image_default = vprod__strv_env (image->facts.env, vars[i % n]);
    runs.without[i].empty = i >= n;
  }
  begin (&runs);
  r = vprod__need_ready (session, result, &app, err);
  if (r != 0) {
    give_up (&runs);
    return r < 0 ? r : 0;
  }
  vprod__done_with_app (session, vprod__check_required_env.info.id);
  r = finish (&runs, err);
  if (r < 0)
    return r;
  struct vprod__required_env_facts facts = {
    .without = runs.without,
    .count = n,
    .empty = runs.without + n,
    .n_empty = runs.count - n,
    .timeout_ms = runs.timeout_ms,
  };
  return vprod__required_env_judge (&facts, result, err);
}

const struct vprod__check vprod__check_required_env = {
  .info = {
    .size = sizeof (vprod_check_info),
    .id = "required-env",
    .title = "A missing setting stops the app at once",
    .what = "With all of run.env the app runs: that is the control. Then runs it once for each required variable "
            "with all but that one, side by side and beside the database. Passes when each of these ends with a "
            "non-zero exit code within timeout. Whether its output names the variable is told with each finding. "
            "Where the spec asks for it, an app that takes the empty text for a value is told of as a finding too.",
    .why = "A setting that was forgotten in a deployment must stop that deployment. An app that starts without "
           "its key or its password and fails at the first request, or uses a default that everybody knows, "
           "takes the old, good version's place.",
    .remedy = "Read and check all settings before anything else in the program, name what is missing on stderr, "
              "and exit non-zero. Bake no defaults for secrets into the image with ENV.",
    .options = "required-env:\n"
               "  vars: [SECRET_KEY, DATABASE_URL]  # default: every key of run.env\n"
               "  timeout: 30s                      # until the app without one of them must have ended\n"
               "  empty: false                      # true: also run it with each of them empty; told, not judged\n",
    .run = vprod_check_required_env,
  },
  .app_use = VPROD__APP_USES,
  .run = run,
};

int vprod_check_required_env (vprod_session *session, vprod_result **ret_result, vprod_error **err)
{
  return vprod__check_run (&vprod__check_required_env, session, ret_result, err);
}
