/* SPDX-License-Identifier: MIT */
/* Every check there is, in the order of a report: CHECK (name) is the folder src/checks/name. */
#ifndef VPROD_CHECKS_REGISTRY_H
#define VPROD_CHECKS_REGISTRY_H

#define VPROD__CHECKS(CHECK)                                                                                 \
  CHECK (build)                                                                                              \
  CHECK (build_context)                                                                                      \
  CHECK (start)                                                                                              \
  CHECK (health)                                                                                             \
  CHECK (graceful_stop)                                                                                      \
  CHECK (required_env)                                                                                       \
  CHECK (non_root)                                                                                           \
  CHECK (dev_deps_absent)                                                                                    \
  CHECK (startup_logs)                                                                                       \
  CHECK (no_secrets)                                                                                         \
  CHECK (layer_cache)                                                                                        \
  CHECK (image_healthcheck)                                                                                  \
  CHECK (drain)                                                                                              \
  CHECK (outage)                                                                                             \
  CHECK (restricted)                                                                                         \
  CHECK (reproducible)                                                                                       \
  CHECK (image_size)

#endif
