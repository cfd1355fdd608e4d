/* SPDX-License-Identifier: MIT */
#include "known/default_forms.h"

static const struct vprod__default_form forms[] = {
#include "data/defaults.h"
};

const struct vprod__default_form *vprod__default_forms (size_t *ret_count)
{
  *ret_count = sizeof forms / sizeof forms[0];
  return forms;
}
