/* SPDX-License-Identifier: MIT */
#include "session/withheld.h"
#include "dockerfile/dockerfile.h"
#include "dockerfile/shell_words.h"
#include "dockerfile/wants.h"
#include "known/phrases.h"
#include "spec/spec.h"
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_STEP 160
#define SHOWN_LINES 3

/* ---- does it want one? --------------------------------------------------------------------------------- */

/* "secret index_token not found", "secret index_token: not found", of BuildKit, where no step is named with it. */
static int read_words (const char *message, struct vprod__wants *ret)
{
  const char *secret = strncmp (message, "secret ", 7) == 0 ? message + 7 : NULL;
  size_t length = secret ? strcspn (secret, " :") : 0;

  if (length > 0 && strstr (secret + length, "not found")) {
    _cleanup_free_ char *name = strndup (secret, length);
    return !name || vprod__strv_add (&ret->secrets, name) < 0 ? -1 : 0;
  }
  return strncmp (message, "no SSH key ", 11) == 0 ? vprod__strv_add (&ret->agents, "default") : 0;
}

static int find_wants (const vprod_build_facts *facts, const struct vprod__dockerfile *step, struct vprod__wants *ret)
{
  if (facts->failed_step && vprod__is_git_by_ssh (facts->failed_step)) /* BuildKit's step that gets it for ADD */
    return vprod__strv_add (&ret->agents, "default");
  if (step->count > 0)
    return vprod__instruction_wants (&step->list[0], step->escape, ret);
  return read_words (facts->message ? facts->message : "", ret);
}

/* ---- can it have used it? ------------------------------------------------------------------------------ */

/* The number after "exit code: " or "exit status " at the end of the message; -1: none. */
static int exit_code (const char *message)
{
  size_t end = strlen (message), begin;

  while (end > 0 && strchr (" \t\r\n", message[end - 1]))
    end--;
  for (begin = end; begin > 0 && strchr ("0123456789", message[begin - 1]);)
    begin--;
  int told = begin < end && end - begin < 4
             && ((begin >= 11 && strncmp (message + begin - 11, "exit code: ", 11) == 0)
                 || (begin >= 12 && strncmp (message + begin - 12, "exit status ", 12) == 0));
  return told ? atoi (message + begin) : -1;
}

/* Did the shell that runs the step not understand it? It says so, in its first words, before it runs anything. */
static int is_not_understood (const struct vprod__instruction *step, const char *message)
{
  _cleanup_free_ char *first = strndup (message, strcspn (message, "\n"));

  return first && !step->body && !strstr (step->text, "<<") && vprod__says (VPROD__SAYS_SHELL, first)
         && vprod__text_contains_nocase (first, "syntax error");
}

/* Is what it begins with not in the image? "sh: 1: poetry: not found", "sh: poetry: command not found", `exec: "poetry": …`.
   1, 0, or -1 out of memory. */
static int lacks_program (const struct vprod__instruction *step, const char *message)
{
  static const char *const ends[] = { ": not found\n", ": command not found\n", NULL };
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };

  if (step->body || strstr (step->text, "<<"))
    return 0;
  if (vprod__shell_split (step->text, &words) < 0)
    return -1;
  size_t end = vprod__shell_command_end (&words, 0), at = vprod__shell_program (&words, 0, end);
  if (at > 0 || at == end || words.list[at].expands)
    return 0;
  for (size_t i = 0; ends[i]; i++) {
    _cleanup_free_ char *said = NULL;
    if (asprintf (&said, ": %s%s", words.list[at].text, ends[i]) < 0) {
      said = NULL;
      return -1;
    }
    if (strstr (message, said))
      return 1;
  }
  _cleanup_free_ char *runtimes = NULL;
  if (asprintf (&runtimes, "exec: \"%s\": ", words.list[at].text) < 0) {
    runtimes = NULL;
    return -1;
  }
  return strstr (message, runtimes) != NULL;
}

static int is_its_own_fault (const struct vprod__dockerfile *step, const char *message)
{
  int code = exit_code (message);

  if (step->count == 0 || strcmp (step->list[0].name, "RUN") != 0)
    return 0;
  if (code == 1 || code == 2)
    return is_not_understood (&step->list[0], message);
  return code == 127 || strstr (message, "exec: \"") ? lacks_program (&step->list[0], message) : 0;
}

/* ---- in words ------------------------------------------------------------------------------------------ */

static int add_names (struct vprod__buf *text, const struct vprod__wants *wants)
{
  int r = 0;

  for (size_t i = 0; r == 0 && wants->secrets && wants->secrets[i]; i++)
    r = vprod__buf_addf (text, "%s%s", i == 0 ? "the secret " : ", ", wants->secrets[i]);
  if (r == 0 && wants->secrets && wants->agents)
    r = vprod__buf_adds (text, " and ");
  for (size_t i = 0; r == 0 && wants->agents && wants->agents[i]; i++)
    if (strcmp (wants->agents[i], "default") == 0)
      r = vprod__buf_addf (text, "%san SSH agent", i == 0 ? "" : ", ");
    else
      r = vprod__buf_addf (text, "%sthe SSH agent %s", i == 0 ? "" : ", ", wants->agents[i]);
  return r;
}

/* The last lines of the message, as one. */
static int add_last_lines (struct vprod__buf *text, const char *message)
{
  size_t end = strlen (message), begin, lines = 0;

  while (end > 0 && strchr (" \t\r\n", message[end - 1]))
    end--;
  for (begin = end; begin > 0; begin--)
    if (message[begin - 1] == '\n' && ++lines == SHOWN_LINES)
      break;
  for (; begin < end; begin++)
    if (vprod__buf_add (text, message[begin] == '\n' ? "; " : message + begin, message[begin] == '\n' ? 2 : 1) < 0)
      return -1;
  return 0;
}

/* How the spec gives them. */
static int add_remedy (struct vprod__buf *text, const struct vprod__wants *wants)
{
  int r = vprod__buf_adds (text, ". Give it to the build in the spec, by ");

  for (size_t i = 0; r == 0 && wants->secrets && wants->secrets[i]; i++)
    r = vprod__buf_addf (text, "%s%s: {env: VARIABLE}", i == 0 ? "`image.secrets: {" : ", ", wants->secrets[i]);
  if (r == 0 && wants->secrets)
    r = vprod__buf_addf (text, "}` (or {file: PATH})%s", wants->agents ? " and by " : "");
  for (size_t i = 0; r == 0 && wants->agents && wants->agents[i]; i++)
    r = vprod__buf_addf (text, "%s%s", i == 0 ? "`image.ssh: [" : ", ", wants->agents[i]);
  return r == 0 && wants->agents ? vprod__buf_adds (text, "]`") : r;
}

static int describe (const vprod_build_facts *facts, const struct vprod__wants *wants, int given, char **ret)
{
  const char *step = facts->failed_step, *message = facts->message ? facts->message : "";
  size_t length = step ? strcspn (step, "\n") : 0;
  _cleanup_buf_ struct vprod__buf text = { 0 };
  int r = vprod__buf_adds (&text, given ? "the build was not let in with " : "the build was not given ");

  r = r == 0 ? add_names (&text, wants) : r;
  if (r == 0 && step && length < SHOWN_STEP)
    r = vprod__buf_addf (&text, ", which `%.*s` uses", (int) length, step);
  else if (r == 0 && step)
    r = vprod__buf_addf (&text, ", which `%.*s…` uses", SHOWN_STEP, step);
  if (r == 0 && *message)
    r = vprod__buf_adds (&text, ": ");
  if (r < 0 || add_last_lines (&text, message) < 0
      || (given ? vprod__buf_adds (&text, ". Is what the spec gives, by image.secrets or image.ssh, still valid there?")
                : add_remedy (&text, wants)) < 0)
    return -1;
  *ret = vprod__text_harmless (text.data, text.length); /* a character may have been cut in two */
  return *ret ? 0 : -1;
}

static int is_given_secret (const struct vprod__spec_image *image, const char *id)
{
  for (size_t i = 0; i < image->n_secrets; i++)
    if (strcmp (image->secrets[i].name, id) == 0)
      return 1;
  return 0;
}

/* By "ID" or "ID=PATH". */
static int is_given_agent (const struct vprod__spec_image *image, const char *id)
{
  size_t length = strlen (id);

  for (char *const *ssh = image->ssh; ssh && *ssh; ssh++)
    if (strncmp (*ssh, id, length) == 0 && ((*ssh)[length] == '\0' || (*ssh)[length] == '='))
      return 1;
  return 0;
}

static int gives_all (const struct vprod__spec_image *image, const struct vprod__wants *wants)
{
  int all = 1;

  for (size_t i = 0; wants->secrets && wants->secrets[i]; i++)
    all &= is_given_secret (image, wants->secrets[i]);
  for (size_t i = 0; wants->agents && wants->agents[i]; i++)
    all &= is_given_agent (image, wants->agents[i]);
  return all;
}

/* Leaves those in *list that are not given; NULL where none is left. */
static void leave_out (char ***list, const struct vprod__spec_image *image,
                       int (*is_given) (const struct vprod__spec_image *image, const char *id))
{
  size_t n = 0;

  for (size_t i = 0; *list && (*list)[i]; i++)
    if (is_given (image, (*list)[i]))
      free ((*list)[i]);
    else
      (*list)[n++] = (*list)[i];
  if (*list)
    (*list)[n] = NULL;
  if (n == 0) {
    free (*list);
    *list = NULL;
  }
}

int vprod__build_withheld (const vprod_build_facts *facts, const struct vprod__spec_image *image, char **ret)
{
  _cleanup_dockerfile_ struct vprod__dockerfile step = { 0 };
  _cleanup_wants_ struct vprod__wants wants = { 0 };

  *ret = NULL;
  if (facts->succeeded)
    return 0;
  const char *text = facts->failed_step ? facts->failed_step : "";
  if (vprod__dockerfile_parse (text, strlen (text), &step) < 0 || find_wants (facts, &step, &wants) < 0)
    return -1;
  if (!wants.secrets && !wants.agents)
    return 0;
  const char *message = facts->message ? facts->message : "";
  int own = is_its_own_fault (&step, message);
  if (own != 0)
    return own < 0 ? -1 : 0;
  if (gives_all (image, &wants)) /* what it was given may have expired; else the step is judged like any other */
    return vprod__says (VPROD__SAYS_REFUSED_LOGIN, message) ? describe (facts, &wants, 1, ret) : 0;
  leave_out (&wants.secrets, image, is_given_secret);
  leave_out (&wants.agents, image, is_given_agent);
  return describe (facts, &wants, 0, ret);
}
