/* SPDX-License-Identifier: MIT */
#include "session/events.h"
#include "session/asker.h"
#include "session/hide.h"
#include "session/parts.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>

void vprod__session_tell (vprod_session *session, const vprod_event *event)
{
  struct vprod__events_part *events = session->events;
  vprod_event shown = *event;

  if (!events->on_event)
    return;
  _cleanup_free_ char *text = event->text ? vprod__session_clean_text (session, event->text) : NULL;
  if (event->text && !text) /* out of memory */
    return;
  shown.text = text;
  pthread_mutex_lock (&events->lock);
  events->on_event (events->data, &shown);
  pthread_mutex_unlock (&events->lock);
}

void vprod__session_note (vprod_session *session, const char *format, ...)
{
  vprod_event event = { .size = sizeof event, .kind = VPROD_EVENT_NOTE };
  va_list ap;

  va_start (ap, format);
  _cleanup_free_ char *text = vprod__text_vformat (format, ap);
  va_end (ap);
  event.text = text;
  if (text)
    vprod__session_tell (session, &event);
}

const char *vprod__waiting_now (vprod_session *session)
{
  const struct vprod__asker *shown = vprod__asker_shown (session);

  return shown ? shown->waits_for : NULL;
}

void vprod__waiting_for (vprod_session *session, const char *what)
{
  struct vprod__asker *shown = vprod__asker_shown (session);
  const char *before = shown ? shown->waits_for : NULL;

  if (!shown || before == what || (before && what && strcmp (before, what) == 0))
    return;
  shown->waits_for = what;
  vprod_event event = { .size = sizeof event, .kind = VPROD_EVENT_WAITING, .check = shown->check_id, .text = what };
  vprod__session_tell (session, &event);
}
