/* SPDX-License-Identifier: MIT */
#include "session/health_attempts.h"
#include "session/parts.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

#define TELLING_MS 500 /* an attempt that had less time than this, and got no answer, is not evidence */
#define BODY_BYTES 1024

void vprod__asking_clear (struct vprod__asking *asking)
{
  vprod__health_answer_clear (&asking->answer);
  vprod__question_end (&asking->question);
  vprod__strv_free (asking->listens);
}

int vprod__asking_begin (struct vprod__asking *asking, vprod_error **err)
{
  struct vprod__health *health = asking->health;
  int r = vprod__question_begin (asking->session, asking->app, &asking->question, err);

  if (r < 0)
    return r;
  const struct vprod__question *question = &asking->question;
  asking->pace = vprod__pace_of (question->asks);
  health->asks = question->asks;
  health->url = question->url ? strdup (question->url) : NULL;
  health->asked = strdup (question->asked);
  return health->asked && (health->url || !question->url) ? 0 : vprod__error_no_memory (err);
}

/* The words beside the outcome: the prober's, or those of gRPC. */
static const char *words_of (const struct vprod__health_answer *answer)
{
  return *answer->http.error || answer->http.outcome != VPROD__HTTP_ANSWERED ? answer->http.error : answer->grpc.message;
}

/* The texts of an answer. 0, or -1 out of memory. */
static int keep_texts (struct vprod__health *health, const struct vprod__health_answer *answer)
{
  const struct vprod__http_answer *http = &answer->http;
  const char *body = http->body ? http->body : "", *words = words_of (answer);
  size_t length = http->body ? http->body_length : 0;

  free (health->last_body);
  free (health->last_location);
  free (health->last_error);
  health->last_body = health->asks == VPROD__ASKS_COMMAND
                        ? vprod__text_tail (body, length, 10, BODY_BYTES)
                        : vprod__text_harmless (body, length < BODY_BYTES ? length : BODY_BYTES);
  health->last_location = http->location ? vprod__text_harmless (http->location, strlen (http->location)) : NULL;
  health->last_error = vprod__text_harmless (words, strlen (words));
  return health->last_body && health->last_error && (health->last_location || !http->location) ? 0 : -1;
}

/* Takes over the outcome of an attempt. 0, or -1 out of memory. */
static int keep (struct vprod__asking *asking, const struct vprod__health_answer *answer)
{
  struct vprod__health *health = asking->health;
  int answered = answer->http.outcome == VPROD__HTTP_ANSWERED;

  health->attempts++;
  health->last_outcome = answer->http.outcome;
  health->last_status = answered ? answer->http.status : 0;
  health->last_grpc = answer->grpc.status;
  health->last_serving = answer->grpc.serving;
  health->no_program = answer->no_program;
  if (answer->is_right) {
    health->good++;
    asking->in_row++;
    if (health->first_ms < 0)
      health->first_ms = vprod__now_ms () - asking->app->started_at;
  }
  else {
    asking->in_row = 0;
    if (health->asks == VPROD__ASKS_HTTP && answered
        && !vprod__status_is_wanted (asking->session->spec->checks.health.statuses, answer->http.status))
      health->worst_status = answer->http.status;
  }
  return keep_texts (health, answer);
}

int vprod__asking_ask (struct vprod__asking *asking, const vprod_call *call, vprod_error **err)
{
  struct vprod__health_answer answer = { 0 };
  int64_t left = asking->deadline_ms - vprod__now_ms ();

  if (left < 1)
    left = 1;
  int64_t limit = left < asking->pace->attempt ? left : asking->pace->attempt;
  int r = vprod__question_ask (&asking->question, call, limit, &answer, err);
  if (r < 0)
    return r;
  if (left < TELLING_MS && answer.http.outcome == VPROD__HTTP_SLOW && asking->health->attempts > 0) {
    asking->health->attempts++;
    vprod__health_answer_clear (&answer);
  }
  else {
    r = keep (asking, &answer);
    vprod__health_answer_clear (&asking->answer);
    asking->answer = answer;
  }
  if (r < 0)
    return vprod__error_no_memory (err);
  return asking->in_row >= asking->session->spec->checks.health.consecutive;
}
