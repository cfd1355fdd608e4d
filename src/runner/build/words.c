/* SPDX-License-Identifier: MIT */
/* What can be read out of a builder's words on a failure: the error itself, how a program ended, which image. */
#include "runner/build/build.h"
#include "known/phrases.h"
#include "util/text.h"

#include <string.h>
#include <strings.h>

#define MAX_MESSAGE 6000

static int has_prefix (const char *text, const char *prefix)
{
  return strncasecmp (text, prefix, strlen (prefix)) == 0;
}

/* The parts that an error came through say nothing to a person. */
const char *vprod__build_skip_ways (const char *words)
{
  int again = 1;

  while (again) {
    again = 0;
    for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (VPROD__SAYS_BUILDER_WAY, p));)
      if (has_prefix (words, p->text)) {
        words += strlen (p->text);
        again = 1;
      }
  }
  static const struct {
    const char *begin, *end;
  } long_ways[] = { { "failed to calculate checksum of ref ", ": " }, { "building at STEP \"", "\": " } };
  for (size_t i = 0; i < 2; i++)
    if (has_prefix (words, long_ways[i].begin)) {
      const char *end = strstr (words, long_ways[i].end);
      words = end ? end + strlen (long_ways[i].end) : words;
    }
  return words;
}

/* These words end the error; what stands before them repeats the whole command, whatever that says. */
const char *vprod__build_exit_words (const char *error)
{
  static const char *const forms[] = { "exit code: ", "exit status ", "returned a non-zero code: ", NULL };

  for (size_t i = 0; forms[i]; i++)
    for (const char *p = error; (p = strstr (p, forms[i])); p++) {
      const char *number = p + strlen (forms[i]), *end = number + strspn (number, "0123456789");
      if (end > number && end[strspn (end, " \t\r\n")] == '\0')
        return p;
    }
  return NULL;
}

/* Text without white space at its end, made harmless, and not without end. NULL out of memory. */
char *vprod__build_shown (const char *text)
{
  size_t length = strlen (text);
  const char *dump = strstr (text, " &imagebuilder.Step{"); /* podman shows its insides */

  if (dump)
    length = (size_t) (dump - text);
  if (length > MAX_MESSAGE)
    length = MAX_MESSAGE;
  while (length > 0 && strchr (" \t\r\n", text[length - 1]))
    length--;
  return vprod__text_harmless (text, length);
}

/* The image that a step gets, or NULL; its length in *ret_length. */
const char *vprod__build_image_of_step (const char *step, size_t *ret_length)
{
  static const char *const before[] = {
    "[internal] load metadata for ", "resolve image config for ", "FROM ", NULL
  };
  const char *image = NULL;

  for (size_t i = 0; before[i] && !image; i++)
    if (has_prefix (step, before[i]))
      image = step + strlen (before[i]);
  if (!image)
    return NULL;
  while (has_prefix (image, "--")) { /* FROM --platform=… */
    image += strcspn (image, " ");
    image += strspn (image, " ");
  }
  if (has_prefix (image, "docker-image://"))
    image += strlen ("docker-image://");
  *ret_length = strcspn (image, " @\n");
  return image;
}

/* … or that an error names. */
const char *vprod__build_image_of_error (const char *error, size_t *ret_length)
{
  const struct vprod__phrase *phrase = vprod__phrase_in (VPROD__SAYS_IMAGE_IN_ERROR, error, VPROD__TO_NUL);

  if (!phrase)
    return NULL;
  const char *found = strstr (error, phrase->text) + strlen (phrase->text), *end = strstr (found, ": ");
  *ret_length = strcspn (found, " ,\n");
  if (end && (size_t) (end - found) < *ret_length)
    *ret_length = (size_t) (end - found);
  return found;
}

/* podman that has to be quiet tells of no step, but its error does; "" if it does not either, NULL out of
   memory. */
char *vprod__build_step_of_words (const char *words)
{
  const char *begin = strstr (words, "building at STEP \"");

  if (!begin)
    return strdup ("");
  begin += strlen ("building at STEP \"");
  const char *end = strstr (begin, "\": ");
  return end ? strndup (begin, (size_t) (end - begin)) : strdup ("");
}
