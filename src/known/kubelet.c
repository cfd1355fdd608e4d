/* SPDX-License-Identifier: MIT */
#include "known/kubelet.h"

#include <stddef.h>
#include <string.h>

static const struct row {
  enum vprod__kubelet kubelet;
  const char *before;
  const char *after;
} rows[] = {
#include "data/kubelet.h"
};

/* A number is what Go's ParseInt takes for one. */
enum vprod__kubelet vprod__kubelet_judge (const char *user)
{
  size_t length = user ? strcspn (user, ":") : 0, sign = length > 0 && strchr ("+-", *user) ? 1 : 0;

  if (length == 0)
    return VPROD__KUBELET_SEES_ROOT;
  if (length == sign || strspn (user + sign, "0123456789") < length - sign)
    return VPROD__KUBELET_SEES_NAME;
  return strspn (user + sign, "0") >= length - sign ? VPROD__KUBELET_SEES_ROOT : VPROD__KUBELET_STARTS_IT;
}

const char *vprod__kubelet_words (enum vprod__kubelet kubelet, const char **ret_after)
{
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].kubelet == kubelet) {
      *ret_after = rows[i].after;
      return rows[i].before;
    }
  *ret_after = "";
  return "";
}
