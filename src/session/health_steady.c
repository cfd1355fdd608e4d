/* SPDX-License-Identifier: MIT */
#include "session/health_steady.h"
#include "known/grpc_answers.h"
#include "session/base.h"
#include "session/container.h"
#include "session/parts.h"
#include "util/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define END_MS 1500 /* from the end of a server until the engine reports that its container has ended */
#define GOOD_PAUSE_MS 100
#define TELLING_MS 1000 /* more than vprod__asking_ask wants to be left of its time */

int vprod__steady_begin (struct vprod__steady *steady, vprod_session *session, const struct vprod__app *app,
                         int64_t request_ms, vprod_error **err)
{
  *steady = (struct vprod__steady) { .asking = { .session = session, .app = app }, .health = { .first_ms = -1 } };
  steady->asking.health = &steady->health;
  int r = vprod__asking_begin (&steady->asking, err);
  if (r < 0)
    return r;
  steady->pace = *steady->asking.pace;
  steady->pace.attempt = request_ms;
  steady->asking.pace = &steady->pace;
  return 0;
}

void vprod__steady_phase (struct vprod__steady *steady, int64_t since_ms, int64_t limit_ms)
{
  struct vprod__asking *asking = &steady->asking;

  vprod__limit_end (&asking->limit);
  vprod__limit_begin (&asking->limit, asking->session, asking->app->container_id, 0, since_ms, limit_ms);
  asking->in_row = 0;
  steady->seen = (struct vprod__steady_seen) { .wrong_ms = -1, .right_ms = -1 };
  steady->state = vprod__limit_look (&asking->limit);
}

/* How long the app could run since the phase began. */
static int64_t own_ms (const struct vprod__limit *limit)
{
  return limit->elapsed_ms - limit->stalled_ms;
}

/* A request had no answer in its time. That is the app's doing only if it could run, and so could what lies between it and
   this process, an engine's proxy. Where other processes of the machine had to wait, how long those waited is not known: then
   a second one in a row must have none, too. */
static void note_silent (struct vprod__steady *steady, const struct vprod__limit *before)
{
  const struct vprod__limit *now = &steady->asking.limit;
  struct vprod__steady_seen *seen = &steady->seen;
  int64_t took_ms = now->elapsed_ms - before->elapsed_ms, machine_ms = now->machine_ms - before->machine_ms;
  int could_run = own_ms (now) - own_ms (before) >= steady->pace.attempt * 9 / 10;
  int is_busy = now->known && 2 * machine_ms > took_ms;

  if (could_run && (!is_busy || seen->in_doubt)) {
    seen->hung = 1;
    return;
  }
  seen->unclear++;
  seen->in_doubt = could_run;
}

static void note (struct vprod__steady *steady, const struct vprod__limit *before)
{
  const struct vprod__limit *now = &steady->asking.limit;
  struct vprod__steady_seen *seen = &steady->seen;
  int64_t took_ms = own_ms (now) - own_ms (before);
  int good = steady->asking.in_row > 0;

  seen->asked++;
  seen->good_in_row = good ? seen->good_in_row + 1 : 0;
  seen->wrong_in_row = good ? 0 : seen->wrong_in_row + 1;
  seen->wrong += !good;
  if (took_ms > seen->longest_ms)
    seen->longest_ms = took_ms;
  if (!good && seen->wrong_ms < 0)
    seen->wrong_ms = own_ms (now);
  if (seen->good_in_row == 1)
    seen->right_ms = own_ms (now);
  if (!good && steady->health.last_outcome == VPROD__HTTP_SLOW)
    note_silent (steady, before);
  else
    seen->in_doubt = 0;
}

int vprod__steady_look (struct vprod__steady *steady, vprod_error **err)
{
  struct vprod__asking *asking = &steady->asking;
  int gone = steady->health.last_outcome == VPROD__HTTP_REFUSED || steady->health.last_outcome == VPROD__HTTP_RESET;
  int exit_code, r;

  if (gone) {
    r = vprod__wait_end (asking->session, asking->app->container_id, END_MS, &exit_code, err);
    steady->seen.ended = r > 0;
  }
  else {
    r = vprod__app_is_up (asking->session, asking->app, err);
    steady->seen.ended = r == 0;
  }
  return r < 0 ? r : 0;
}

static int look_quickly (struct vprod__steady *steady, vprod_error **err)
{
  int64_t began_ms = vprod__now_ms ();

  int r = vprod__app_is_up (steady->asking.session, steady->asking.app, err);
  vprod__limit_answered (&steady->asking.limit, began_ms);
  steady->seen.ended = r == 0;
  return r < 0 ? r : 0;
}

int vprod__steady_ask (struct vprod__steady *steady, vprod_error **err)
{
  struct vprod__asking *asking = &steady->asking;
  vprod_call call;

  vprod__limit_look (&asking->limit);
  struct vprod__limit before = asking->limit;
  int64_t began_ms = vprod__now_ms ();
  vprod__session_call (asking->session, -1, &call);
  asking->deadline_ms = vprod__deadline (steady->pace.attempt + TELLING_MS); /* each has all of its time */
  int r = vprod__asking_ask (asking, &call, err);
  if (r < 0)
    return r;
  vprod__limit_held (&asking->limit, began_ms, steady->pace.attempt);
  steady->state = vprod__limit_look (&asking->limit);
  note (steady, &before);
  return asking->in_row > 0 ? 0 : look_quickly (steady, err);
}

int vprod__steady_goes_on (const struct vprod__steady *steady)
{
  const struct vprod__steady_seen *seen = &steady->seen;

  return !seen->ended && !seen->hung && (steady->state == VPROD__LIMIT_OPEN || (seen->in_doubt && seen->unclear == 1));
}

int vprod__steady_pause (struct vprod__steady *steady, vprod_error **err)
{
  int64_t wait_ms = steady->pace.watch, began_ms = vprod__now_ms ();
  vprod_call call;

  if (steady->seen.good_in_row > 0 && wait_ms > GOOD_PAUSE_MS)
    wait_ms = GOOD_PAUSE_MS;
  vprod__session_call (steady->asking.session, -1, &call);
  int r = vprod__call_sleep (&call, wait_ms, steady->pace.doing, err);
  vprod__limit_held (&steady->asking.limit, began_ms, wait_ms);
  return r;
}

void vprod__steady_end (struct vprod__steady *steady)
{
  struct vprod__health *health = &steady->health;

  vprod__limit_end (&steady->asking.limit);
  vprod__asking_clear (&steady->asking);
  free (health->url);
  free (health->asked);
  free (health->last_body);
  free (health->last_location);
  free (health->last_error);
  *steady = (struct vprod__steady) { 0 };
}

/* ---- in words ------------------------------------------------------------------------------------------------ */

static const char *grpc_name (const struct vprod__health *health)
{
  const struct vprod__grpc_known *known = NULL;

  if (health->last_grpc == VPROD__GRPC_OK)
    known = vprod__grpc_known (VPROD__GRPC_OF_SERVING, health->last_serving);
  else if (health->last_grpc != VPROD__GRPC_NOT_TOLD)
    known = vprod__grpc_known (VPROD__GRPC_OF_STATUS, health->last_grpc);
  return known ? known->name : "something that is no gRPC";
}

static void answered_words (const struct vprod__steady *steady, char *text, size_t size)
{
  const struct vprod__health *health = &steady->health;
  const int *statuses = steady->asking.session->spec->checks.health.statuses;

  if (health->asks == VPROD__ASKS_GRPC)
    snprintf (text, size, "%s", grpc_name (health));
  else if (health->asks == VPROD__ASKS_COMMAND && health->no_program)
    snprintf (text, size, "no such program");
  else if (health->asks == VPROD__ASKS_COMMAND)
    snprintf (text, size, "exit code %d", health->last_status);
  else if (health->asks == VPROD__ASKS_TCP)
    snprintf (text, size, "a connection that is kept");
  else
    snprintf (text, size, "status %d%s", health->last_status,
              steady->asking.in_row == 0 && vprod__status_is_wanted (statuses, health->last_status) ? " without the wanted body" : "");
}

const char *vprod__steady_words (const struct vprod__steady *steady, char text[static VPROD__ANSWER_WORDS_SIZE])
{
  static const char *const words[] = {
    [VPROD__HTTP_REFUSED] = "a refused connection",
    [VPROD__HTTP_RESET] = "a connection that is closed without an answer",
    [VPROD__HTTP_SLOW] = "no answer",
    [VPROD__HTTP_GARBLED] = "something that is no HTTP",
    [VPROD__HTTP_UNREACHABLE] = "no connection at all",
  };

  if (steady->health.last_outcome == VPROD__HTTP_ANSWERED)
    answered_words (steady, text, VPROD__ANSWER_WORDS_SIZE);
  else
    snprintf (text, VPROD__ANSWER_WORDS_SIZE, "%s", words[steady->health.last_outcome]);
  return text;
}
