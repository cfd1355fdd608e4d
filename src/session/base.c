/* SPDX-License-Identifier: MIT */
/* What every file of this folder asks of a session: how long a call may take, whom to tell. Nothing is made here. */
#include "session/inside.h"
#include "util/clock.h"
#include "util/text.h"

#include <stdarg.h>

const vprod_spec *vprod__session_spec (vprod_session *session)
{
  return session->spec;
}

vprod_runner *vprod__session_runner (vprod_session *session)
{
  return session->runner;
}

void vprod__session_set_database_probe (vprod_session *session, const struct vprod__database_probe *probe)
{
  session->probe = probe;
}

void vprod__session_set_removal_time (vprod_session *session, const struct vprod__removal_time *time)
{
  session->removal_time = *time;
}

void vprod__session_set_root (vprod_session *session, const char *root)
{
  session->root = root;
}

void vprod__session_call (vprod_session *session, int64_t timeout_ms, vprod_call *ret)
{
  int64_t own = vprod__deadline (timeout_ms);

  *ret = (vprod_call) {
    .size = sizeof *ret,
    .deadline_ms = own < session->deadline_ms ? own : session->deadline_ms,
    .cancel_fd = session->cancel.read_fd,
  };
}

void vprod__session_tell (vprod_session *session, const vprod_event *event)
{
  vprod_event shown = *event;

  if (!session->on_event)
    return;
  _cleanup_free_ char *text = event->text ? vprod__session_clean_text (session, event->text) : NULL;
  if (event->text && !text) /* out of memory */
    return;
  shown.text = text;
  pthread_mutex_lock (&session->events);
  session->on_event (session->event_data, &shown);
  pthread_mutex_unlock (&session->events);
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
