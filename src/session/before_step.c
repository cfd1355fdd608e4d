/* SPDX-License-Identifier: MIT */
#include "session/before_step.h"
#include "known/exit.h"
#include "session/base.h"
#include "session/events.h"
#include "session/expand.h"
#include "session/image.h"
#include "session/limit.h"
#include "session/made.h"
#include "session/network.h"
#include "session/parts.h"
#include "session/run_settings.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_SHOWN 160

/* "alembic upgrade head (Dockerfile.migrate)" */
int vprod__before_name (struct vprod__before_run *run)
{
  const struct vprod__spec_before *step = run->step;
  _cleanup_free_ char *joined = vprod__strv_join (step->command, " ");
  const struct vprod__spec_image *image = &step->image;
  const char *of = image->ref ? image->ref : image->dockerfile_named ? image->dockerfile_named : image->target;

  if (!joined)
    return -1;
  size_t length = strcspn (joined, "\r\n");
  if (length > WORDS_SHOWN)
    length = WORDS_SHOWN;
  joined[length] = '\0';
  run->what = step->has_image ? vprod__asprintf ("%s%s(%s)", joined, *joined ? " " : "", of ? of : "an image of its own")
                              : strdup (joined);
  return run->what ? 0 : -1;
}

/* ---- one step ------------------------------------------------------------------------------------------ */

static int create (vprod_session *session, const struct vprod__before_run *run, char **ret_id, vprod_error **err)
{
  _cleanup_strv_ char **env = NULL, **command = NULL;
  _cleanup_free_ char *name = NULL;

  int r = vprod__session_env (session, &env, err);
  if (r == 0)
    r = vprod__session_expand_all (session, run->step->command, &command, err);
  if (r < 0)
    return r;
  name = vprod__asprintf ("verify-prod-%s-before%zu", session->id, run->nth);
  if (!name)
    return vprod__error_no_memory (err);
  vprod_container_request request = {
    .image = run->image ? run->image : session->image->made.ref,
    .name = name,
    .platform = run->image ? run->step->image.platform : session->spec->image.platform,
    .env = (const char *const *) env,
    .command = (const char *const *) command,
    .network = session->network->id,
  };
  return vprod__run_create (session, "before", NULL, &request, ret_id, err);
}

static int not_started (struct vprod__before_run *run, const vprod_error *error, vprod_error **err)
{
  run->once.why = strdup (vprod_error_get_message (error));
  return run->once.why ? 0 : vprod__error_no_memory (err);
}

static int run_container (vprod_session *session, const char *id, struct vprod__before_run *run, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  int64_t called_ms = vprod__now_ms ();

  int r = vprod__run_start (session, id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (run, error, err);
  if (r < 0)
    return vprod__error_move (err, &error);
  run->once.started = 1;
  r = vprod__once_watch (session, id, called_ms, vprod__now_ms (), run->limit_ms, &run->once, &error);
  if (r == -VPROD_ERROR_TIMEOUT && vprod__now_ms () >= session->deadline_ms)
    return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "it had not ended when the time of the whole run was over");
  return r < 0 ? vprod__error_move (err, &error) : 0;
}

/* "before: python manage.py migrate: 1.2 s" */
static void note (vprod_session *session, const struct vprod__before_run *run)
{
  char words[VPROD__BEFORE_WORDS_SIZE], took[32];

  vprod__format_ms (run->once.duration_ms, took, sizeof took);
  if (vprod__before_is_good (run))
    vprod__session_note (session, "before: %s: %s", run->what, took);
  else if (run->once.started)
    vprod__session_note (session, "before: %s: %s", run->what, vprod__before_words (run, words));
}

int vprod__before_run_step (vprod_session *session, struct vprod__before_run *run, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_free_ char *id = NULL;

  int r = create (session, run, &id, &error);
  if (r == -VPROD_ERROR_IMAGE)
    return not_started (run, error, err);
  r = r < 0 ? vprod__error_move (err, &error) : run_container (session, id, run, err);
  if (id)
    vprod__made_retire (session, id);
  if (r == 0)
    note (session, run);
  return r;
}

/* ---- how it ended -------------------------------------------------------------------------------------- */

int vprod__before_is_good (const struct vprod__before_run *run)
{
  return run->once.started && run->once.ended && run->once.exit_code == 0;
}

const char *vprod__before_words (const struct vprod__before_run *run, char text[static VPROD__BEFORE_WORDS_SIZE])
{
  const struct vprod__once *once = &run->once;
  char span[32], how[VPROD__EXIT_WORDS_SIZE];

  vprod__format_ms (once->ended ? once->duration_ms : run->limit_ms, span, sizeof span);
  if (!once->ended)
    snprintf (text, VPROD__BEFORE_WORDS_SIZE, "did not end within %s", span);
  else
    snprintf (text, VPROD__BEFORE_WORDS_SIZE, "ended with %s after %s",
              vprod__exit_words (once->exit_code, once->oom_killed, how), span);
  return text;
}

static int busy (const struct vprod__before_run *run, vprod_error **err)
{
  char words[VPROD__BUSY_WORDS_SIZE];

  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "cannot tell whether the step before the app ends (%s): %s", run->what,
                           vprod__busy_words (run->once.duration_ms, run->once.stalled_ms, run->once.stall_is_known, words));
}

/* The last line of its output that has words, or NULL; malloc'ed. */
static char *last_words (const struct vprod__once *once)
{
  _cleanup_free_ char *line = once->output ? vprod__text_tail (once->output, once->output_length, 1, WORDS_SHOWN) : NULL;

  if (!line)
    return NULL;
  line[strcspn (line, "\n")] = '\0';
  return *line ? vprod__steal (&line) : NULL;
}

int vprod__before_not_told (const struct vprod__before_run *run, vprod_error **err)
{
  const vprod_build_facts *build = &run->build.facts;
  const struct vprod__once *once = &run->once;
  char words[VPROD__BEFORE_WORDS_SIZE];

  if (once->started && once->busy)
    return busy (run, err);
  if (!run->step->has_image)
    return 0;
  if (!run->image)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "run.before, step %zu (%s): its image does not build%s%s: %s", run->nth,
                             run->what, build->failed_step ? ", at " : "", build->failed_step ? build->failed_step : "",
                             build->message ? build->message : "the builder did not say why");
  if (!once->started)
    return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "run.before, step %zu (%s): it could not be started: %s", run->nth,
                             run->what, once->why ? once->why : "the engine did not say why");
  _cleanup_free_ char *last = last_words (once);
  return vprod__error_set (err, VPROD_ERROR_IMAGE, 0, "run.before, step %zu (%s) %s%s%s%s", run->nth, run->what,
                           vprod__before_words (run, words), last ? "; it said `" : "", last ? last : "", last ? "`" : "");
}

void vprod__before_run_clear (struct vprod__before_run *run)
{
  free (run->what);
  free (run->image);
  vprod__build_clear (&run->build);
  vprod__once_clear (&run->once);
}
