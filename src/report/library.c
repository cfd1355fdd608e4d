/* SPDX-License-Identifier: MIT */
/* Functions of the API that belong to no object. */
#include <stdlib.h>
#include <string.h>
#include <verify-prod/library.h>

#include "config.h"
#include "util/commands.h"
#include "util/text.h"

const char *vprod_version (void)
{
  return PACKAGE_VERSION;
}

void vprod_string_free (char *string)
{
  free (string);
}

char *vprod_log_text (const char *text)
{
  _cleanup_free_ char *harmless = text ? vprod__text_harmless (text, strlen (text)) : NULL;
  _cleanup_buf_ struct vprod__buf broken = { 0 };

  if (!harmless || vprod__commands_break (harmless, VPROD__COMMANDS_TEXT, &broken) < 0)
    return NULL;
  return vprod__buf_steal (&broken);
}
