/* SPDX-License-Identifier: MIT */
/*
 * What a session consists of. Each subject owns a part, whose struct stands in the subject's own header: a file sees the
 * parts whose headers it includes, and no others.
 *
 * What a fixture made does not change once it is made, so it is lent without a lock. Everything else in a part that
 * changes is under the monitor's lock.
 *
 * A check does not ask the session itself but a view of it (asker.h): a copy of this struct that says who asks. So what
 * stands here directly never changes; a thread that may outlive the check is given `whole`.
 */
#ifndef VPROD_SESSION_PARTS_H
#define VPROD_SESSION_PARTS_H

#include <verify-prod/session.h>
#include "runner/runner.h"
#include "spec/spec.h"
#include "util/monitor.h"

struct vprod_session {
  vprod_session *whole; /* the session itself */
  struct vprod__asker *asker; /* who asks through this view; NULL in the session itself */

  pid_t owner; /* the process that made it */
  vprod_spec *spec;
  vprod_runner *runner;
  char *id;
  int keep;
  int64_t deadline_ms;
  int cancel_fd;
  struct vprod__monitor *monitor;

  struct vprod__hiding_part *hiding;
  struct vprod__events_part *events;
  struct vprod__run_part *run;
  struct vprod__engine_part *engine;
  struct vprod__temp_part *temp;
  struct vprod__reach_part *reach;
  struct vprod__made_part *made;
  struct vprod__image_part *image;
  struct vprod__network_part *network;
  struct vprod__files_part *files;
  struct vprod__services_part *services;
  struct vprod__before_part *before;
  struct vprod__ca_part *ca;
  struct vprod__limit_part *limit;
  struct vprod__app_part *app;
  struct vprod__changes_part *changes;
  struct vprod__health_part *health;
  struct vprod__settled_part *settled;
  struct vprod__stop_part *stop;
  struct vprod__past_part *past;
  struct vprod__reading_part *reading;
};

#endif
