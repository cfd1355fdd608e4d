/* SPDX-License-Identifier: MIT */
#include "known/fault.h"
#include "known/phrases.h"

#include <string.h>

int vprod__fault_is_images (const char *message)
{
  return vprod__says (VPROD__SAYS_IMAGE_FAULT, message);
}

int vprod__fault_is_no_subnet (const char *message)
{
  return vprod__says (VPROD__SAYS_NO_SUBNET, message);
}

char *vprod__fault_words (const char *message)
{
  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__SAYS_ENGINE_WAY, p));) {
    const char *found = strstr (message, p->text);
    if (found)
      message = found + strlen (p->text);
  }
  size_t length = strlen (message);
  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__SAYS_ENGINE_GUESS, p));) {
    const char *found = strstr (message, p->text);
    if (found && (size_t) (found - message) < length)
      length = (size_t) (found - message);
  }
  return strndup (message, length);
}
