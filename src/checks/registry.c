/* SPDX-License-Identifier: MIT */
/* What is made of each row of registry.h: its place in the list, and its public function. */
#include "checks/check.h"

#define ROW(name) &vprod__check_##name,
const struct vprod__check *const vprod__checks[] = { VPROD__CHECKS (ROW) NULL };

#define FUNCTION(name)                                                                                       \
  int vprod_check_##name (vprod_session *session, vprod_result **ret_result, vprod_error **err)              \
  {                                                                                                          \
    return vprod__check_run (&vprod__check_##name, session, ret_result, err);                                \
  }
VPROD__CHECKS (FUNCTION)
