/* SPDX-License-Identifier: MIT */
#include "session/events.h"
#include "session/hide.h"
#include "session/parts.h"
#include "util/text.h"

#include <stdarg.h>

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
