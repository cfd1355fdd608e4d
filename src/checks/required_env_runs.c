/* SPDX-License-Identifier: MIT */
#include "checks/required_env_runs.h"

#include <string.h>
#include "util/strv.h"

void vprod__env_runs_init (struct vprod__env_runs *runs, vprod_session *session)
{
  *runs = (struct vprod__env_runs) { .session = session };
  pthread_mutex_init (&runs->lock, NULL);
  pthread_cond_init (&runs->changed, NULL);
}

void vprod__env_runs_clear (struct vprod__env_runs *runs)
{
  for (size_t i = 0; runs->without && i < runs->count; i++)
    vprod__once_clear (&runs->without[i].once);
  free (runs->without);
  vprod__strv_free (runs->env);
  vprod__strv_free (runs->command);
  vprod_error_free (runs->error);
  pthread_cond_destroy (&runs->changed);
  pthread_mutex_destroy (&runs->lock);
}

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

static int wait_for_control (void *data)
{
  struct vprod__env_runs *runs = data;

  pthread_mutex_lock (&runs->lock);
  while (!runs->may_start && !runs->over)
    pthread_cond_wait (&runs->changed, &runs->lock);
  int over = runs->over;
  pthread_mutex_unlock (&runs->lock);
  return over;
}

static int run_without (struct vprod__env_runs *runs, struct vprod__without *without, vprod_error **err)
{
  _cleanup_strv_ char **env = env_without (runs->env, without->variable, without->empty);
  struct vprod__once_options options = {
    .env = (const char *const *) env,
    .command = (const char *const *) runs->command,
    .on_network = 1,
    .timeout_ms = vprod__session_spec (runs->session)->checks.required_env.timeout_ms,
    .turn = wait_for_control,
    .turn_data = runs,
  };

  if (!env)
    return vprod__error_no_memory (err);
  int r = vprod__run_once (runs->session, &options, &without->once, err);
  if (r < 0)
    vprod__error_prefix (err, "running the app with%s %s", without->empty ? " an empty" : "out", without->variable);
  return r;
}

/* What the control does without already, it need not be run without. */
static struct vprod__without *take_next (struct vprod__env_runs *runs)
{
  struct vprod__without *next = NULL;

  pthread_mutex_lock (&runs->lock);
  while (!next && !runs->over && runs->next < runs->count) {
    next = &runs->without[runs->next++];
    if (next->unset)
      next = NULL;
  }
  pthread_mutex_unlock (&runs->lock);
  return next;
}

static void *work (void *data)
{
  struct vprod__env_runs *runs = data;
  struct vprod__without *without;

  while ((without = take_next (runs))) {
    _cleanup_error_ vprod_error *error = NULL;
    if (run_without (runs, without, &error) == 0)
      continue;
    pthread_mutex_lock (&runs->lock);
    if (!runs->error)
      runs->error = vprod__steal (&error);
    runs->over = 1;
    pthread_cond_broadcast (&runs->changed);
    pthread_mutex_unlock (&runs->lock);
  }
  return NULL;
}

int vprod__env_runs_begin (struct vprod__env_runs *runs, vprod_error **err)
{
  int r = vprod__session_env (runs->session, &runs->env, err);
  if (r == 0)
    r = vprod__session_command (runs->session, &runs->command, err);
  if (r < 0)
    return r;
  /* fewer threads, or none, where the machine gives no more */
  while (runs->n_threads < VPROD__ENV_RUNS_AT_ONCE && runs->n_threads < runs->count
         && vprod__thread_start (&runs->threads[runs->n_threads], work, runs) == 0)
    runs->n_threads++;
  return 0;
}

static void end (struct vprod__env_runs *runs, int *flag)
{
  pthread_mutex_lock (&runs->lock);
  *flag = 1;
  pthread_cond_broadcast (&runs->changed);
  pthread_mutex_unlock (&runs->lock);
  if (runs->n_threads == 0)
    work (runs);
  while (runs->n_threads > 0)
    pthread_join (runs->threads[--runs->n_threads], NULL);
}

int vprod__env_runs_finish (struct vprod__env_runs *runs, vprod_error **err)
{
  end (runs, &runs->may_start);
  return runs->error ? vprod__error_move (err, &runs->error) : 0;
}

void vprod__env_runs_give_up (struct vprod__env_runs *runs)
{
  end (runs, &runs->over);
}

int vprod__env_runs_with_all (struct vprod__env_runs *runs, int64_t timeout_ms, struct vprod__once *ret, vprod_error **err)
{
  struct vprod__once_options options = {
    .env = (const char *const *) runs->env,
    .command = (const char *const *) runs->command,
    .on_network = 1,
    .timeout_ms = timeout_ms,
  };
  int r = vprod__run_once (runs->session, &options, ret, err);

  if (r < 0)
    vprod__error_prefix (err, "running the app a second time, with all variables");
  return r;
}
