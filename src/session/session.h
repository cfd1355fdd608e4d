/* SPDX-License-Identifier: MIT */
/*
 * What checks gather through. A fixture (image, services, app, health) is made once, by the first thread that asks;
 * others wait for it. There are two ways to ask:
 *
 *   vprod__get_X    gives the outcome, good or bad. For the check that owns the fixture and judges it.
 *   vprod__need_X   for everybody else: 0, it is there; 1, a prerequisite failed and `result` is now a skip that
 *                   says why (the check returns 0); negative, it could not be told.
 *
 *     const struct vprod__app *app;
 *     int r = vprod__need_ready (session, result, &app, err);
 *     if (r != 0)
 *       return r < 0 ? r : 0;
 *
 * An error of a fixture is an `error` of the check that owns it, and a skip of the others if the owner is part of the
 * same run; else an error of whoever asked.
 */
#ifndef VPROD_SESSION_SESSION_H
#define VPROD_SESSION_SESSION_H

#include "session/app.h"
#include "session/app_second.h"
#include "session/base.h"
#include "session/before.h"
#include "session/build_once.h"
#include "session/changes.h"
#include "session/container.h"
#include "session/services.h"
#include "session/engine.h"
#include "session/events.h"
#include "session/expand.h"
#include "session/health.h"
#include "session/image.h"
#include "session/image_files.h"
#include "session/jobs.h"
#include "session/once.h"
#include "session/owner.h"
#include "session/past.h"
#include "session/ready.h"
#include "session/run_settings.h"
#include "session/service_links.h"
#include "session/service_ready.h"
#include "session/stage.h"
#include "session/stop.h"
#include "session/temp.h"
#include "result/result.h"
#include "util/buf.h"
#include "util/thread.h"

VPROD_DEFINE_CLEANUP (vprod_session *, vprod_session_free);
#define _cleanup_session_ _cleanup_ (vprod_session_freep)

#endif
