/* SPDX-License-Identifier: MIT */
/* A request to the running app that is none for its health. */
#ifndef VPROD_SESSION_APP_REQUEST_H
#define VPROD_SESSION_APP_REQUEST_H

#include "probe/http.h"
#include "session/app.h"

/* GET of that path at the app's port, by the scheme of its health where that is asked at the same port, and with the Host that
   the spec says for it. The app's port must be known. Fails as vprod__http_get does. */
int vprod__app_request (vprod_session *session, const struct vprod__app *app, const char *path, int64_t attempt_ms,
                        struct vprod__http_answer *ret, vprod_error **err);

#endif
