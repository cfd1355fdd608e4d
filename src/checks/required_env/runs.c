/* SPDX-License-Identifier: MIT */
#include "checks/required_env/runs.h"
#include "checks/required_env/named.h"

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
  vprod__once_drop (runs->session, &runs->beside);
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

/* ---- whose turn it is -------------------------------------------------------------------------------------- */

struct turn {
  struct vprod__env_runs *runs;
  int taken;
};

static int wait_for_turn (void *data)
{
  struct turn *turn = data;
  struct vprod__env_runs *runs = turn->runs;

  pthread_mutex_lock (&runs->lock);
  while ((!runs->may_start || runs->n_running >= runs->at_once) && !runs->over)
    pthread_cond_wait (&runs->changed, &runs->lock);
  int over = runs->over;
  turn->taken = !over;
  runs->n_running += !over;
  pthread_mutex_unlock (&runs->lock);
  return over;
}

/* It starts last: a reason to end other than the missing variable (a lock that the app takes a while after it is healthy)
   makes this one end, too. */
static int wait_for_others (void *data)
{
  struct vprod__env_runs *runs = data;

  pthread_mutex_lock (&runs->lock);
  while ((!runs->may_start || runs->n_begun < runs->n_taken) && !runs->over)
    pthread_cond_wait (&runs->changed, &runs->lock);
  int over = runs->over;
  pthread_mutex_unlock (&runs->lock);
  return over;
}

/* Until one has ended without an explanation, or all with one. 1: the first. */
static int wait_until_wanted (struct vprod__env_runs *runs)
{
  pthread_mutex_lock (&runs->lock);
  while (!runs->any_is_unexplained && runs->n_ended < runs->n_taken && !runs->over)
    pthread_cond_wait (&runs->changed, &runs->lock);
  int wanted = runs->any_is_unexplained && !runs->over;
  pthread_mutex_unlock (&runs->lock);
  return wanted;
}

static void note_begun (struct vprod__env_runs *runs)
{
  pthread_mutex_lock (&runs->lock);
  runs->n_begun++;
  pthread_cond_broadcast (&runs->changed);
  pthread_mutex_unlock (&runs->lock);
}

static void note_ended (struct vprod__env_runs *runs, const struct vprod__without *without, const struct turn *turn)
{
  int judged = without < runs->without + runs->n_judged;
  int unexplained = judged && vprod__is_unexplained (without, runs->without, runs->n_judged);

  pthread_mutex_lock (&runs->lock);
  runs->n_ended++;
  runs->n_running -= turn->taken;
  runs->any_is_unexplained |= unexplained;
  pthread_cond_broadcast (&runs->changed);
  pthread_mutex_unlock (&runs->lock);
}

/* ---- one run ----------------------------------------------------------------------------------------------- */

static int begin_beside (struct vprod__env_runs *runs, vprod_error **err)
{
  struct vprod__once_options options = {
    .env = (const char *const *) runs->env,
    .command = (const char *const *) runs->command,
    .on_network = 1,
    .turn = wait_for_others,
    .turn_data = runs,
  };

  int r = vprod__once_begin (runs->session, &options, &runs->beside, err);
  if (r < 0)
    vprod__error_prefix (err, "running the app a second time, with all variables");
  return r;
}

static int64_t limit_of (struct vprod__env_runs *runs)
{
  pthread_mutex_lock (&runs->lock);
  int64_t limit_ms = runs->limit_ms;
  pthread_mutex_unlock (&runs->lock);
  return limit_ms;
}

static int run_without (struct vprod__env_runs *runs, struct vprod__without *without, vprod_error **err)
{
  int is_file = vprod__is_file (without->variable);
  _cleanup_strv_ char **env = env_without (runs->env, is_file ? "" : without->variable, !is_file && without->empty);
  struct vprod__file_change change = { without->variable, without->empty };
  struct turn turn = { runs, 0 };
  struct vprod__once_options options = {
    .env = (const char *const *) env,
    .file = is_file ? &change : NULL,
    .command = (const char *const *) runs->command,
    .on_network = 1,
    .turn = wait_for_turn,
    .turn_data = &turn,
  };

  struct vprod__once_begun begun;
  int r = env ? vprod__once_begin (runs->session, &options, &begun, err) : vprod__error_no_memory (err);
  note_begun (runs);
  if (r == 0)
    r = vprod__once_finish (runs->session, &begun, limit_of (runs), &without->once, err);
  note_ended (runs, without, &turn);
  if (r < 0)
    vprod__error_prefix (err, "running the app with%s %s", without->empty ? " an empty" : "out", without->variable);
  return r;
}

/* ---- all of them ------------------------------------------------------------------------------------------- */

/* A variable that the control does not have needs no run without it. */
static struct vprod__without *take_next (struct vprod__env_runs *runs)
{
  struct vprod__without *next = NULL;

  pthread_mutex_lock (&runs->lock);
  while (!next && !runs->over && runs->next < runs->count) {
    next = &runs->without[runs->next++];
    if (next->unset)
      next = NULL;
  }
  runs->n_taken += next != NULL;
  pthread_mutex_unlock (&runs->lock);
  return next;
}

static int take_beside (struct vprod__env_runs *runs)
{
  pthread_mutex_lock (&runs->lock);
  int mine = !runs->beside_is_taken && !runs->over;
  runs->beside_is_taken = 1;
  pthread_mutex_unlock (&runs->lock);
  return mine;
}

/* After an error no more are begun. */
static void stop (struct vprod__env_runs *runs, vprod_error *error)
{
  pthread_mutex_lock (&runs->lock);
  if (!runs->error)
    runs->error = vprod__steal (&error);
  runs->over = 1;
  pthread_cond_broadcast (&runs->changed);
  pthread_mutex_unlock (&runs->lock);
  vprod_error_free (error);
}

static void *work (void *data)
{
  struct vprod__env_runs *runs = data;
  struct vprod__without *without;
  vprod_error *error = NULL;

  while ((without = take_next (runs))) {
    error = NULL;
    if (run_without (runs, without, &error) < 0)
      stop (runs, error);
  }
  error = NULL;
  if (take_beside (runs) && wait_until_wanted (runs) && begin_beside (runs, &error) < 0)
    stop (runs, error);
  return NULL;
}

int vprod__env_runs_begin (struct vprod__env_runs *runs, vprod_error **err)
{
  const vprod_engine_facts *engine;

  int r = vprod__session_env (runs->session, &runs->env, err);
  if (r == 0)
    r = vprod__session_command (runs->session, &runs->command, err);
  if (r == 0)
    r = vprod__get_engine (runs->session, &engine, err);
  if (r < 0)
    return r;
  runs->at_once = engine->processors > VPROD__ENV_RUNS_MOST    ? VPROD__ENV_RUNS_MOST
                  : engine->processors > VPROD__ENV_RUNS_LEAST ? (size_t) engine->processors
                                                               : VPROD__ENV_RUNS_LEAST;
  /* fewer threads, or none, where the machine gives no more */
  while (runs->n_threads < 2 * runs->at_once && runs->n_threads < runs->count + 1
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

int vprod__env_runs_finish (struct vprod__env_runs *runs, int64_t limit_ms, vprod_error **err)
{
  pthread_mutex_lock (&runs->lock);
  runs->limit_ms = limit_ms;
  pthread_mutex_unlock (&runs->lock);
  end (runs, &runs->may_start);
  return runs->error ? vprod__error_move (err, &runs->error) : 0;
}

void vprod__env_runs_give_up (struct vprod__env_runs *runs)
{
  end (runs, &runs->over);
}

int vprod__env_runs_with_all (struct vprod__env_runs *runs, int64_t up_ms, struct vprod__once *ret, vprod_error **err)
{
  int r = vprod__once_finish (runs->session, &runs->beside, up_ms, ret, err);

  if (r < 0)
    vprod__error_prefix (err, "running the app a second time, with all variables");
  return r;
}
