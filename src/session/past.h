/* SPDX-License-Identifier: MIT */
/* Apps that a check has ended, and their health: kept until the session ends, for somebody may still hold them. */
#ifndef VPROD_SESSION_PAST_H
#define VPROD_SESSION_PAST_H

#include <verify-prod/session.h>

struct vprod__past_part {
  struct vprod__past_app *list;
};

/* The app was ended by its check: the next vprod__get_app makes a new one. */
void vprod__app_used_up (vprod_session *session);

/* Was one ended in this run already, so that the app is another one than the other checks looked at? */
int vprod__app_is_anew (vprod_session *session);

/* Stops following their output. */
void vprod__past_stop (struct vprod__past_part *past);
void vprod__past_clear (struct vprod__past_part *past);

#endif
