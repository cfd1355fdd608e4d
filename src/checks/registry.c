/* SPDX-License-Identifier: MIT */
/* Every check there is, in the order of a report. */
#include "checks/check.h"

const struct vprod__check *const vprod__checks[] = {
  &vprod__check_build,
  &vprod__check_build_context,
  &vprod__check_start,
  &vprod__check_health,
  &vprod__check_graceful_stop,
  &vprod__check_required_env,
  &vprod__check_non_root,
  &vprod__check_dev_deps_absent,
  &vprod__check_startup_logs,
  &vprod__check_no_secrets,
  &vprod__check_layer_cache,
  NULL,
};
