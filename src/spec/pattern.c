/* SPDX-License-Identifier: MIT */
#include "spec/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#define MOST_STEPS 1000000        /* from one begin: some milliseconds */
#define MOST_HEAP 8192            /* KiB */
#define MOST_GROUPS 100
#define MOST_LENGTH 16384         /* bytes of a pattern */
#define STACK (32 * 1024)         /* bytes; compiled patterns begin with … */
#define MOST_STACK (512 * 1024)   /* … and have at most */

struct vprod__pattern {
  pcre2_code *code;
  unsigned groups;
};

struct vprod__matcher {
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
};

/* ---- patterns ----------------------------------------------------------------------------------------------------------- */

int vprod__pattern_is_wide (const char *text)
{
  for (const char *p = text; *p; p++)
    if (*p & 0x80 || (*p == '\\' && p[1] && (strchr ("pP", p[1]) || (p[1] == 'x' && p[2] == '{'))))
      return 1;
    else if (*p == '\\' && p[1])
      p++;
  return 0;
}

static char *explain (int code, PCRE2_SIZE at)
{
  unsigned char message[160];
  char *why = NULL;

  if (pcre2_get_error_message (code, message, sizeof message) < 0)
    message[0] = '\0';
  return asprintf (&why, "%s, at character %zu", (char *) message, (size_t) at + 1) < 0 ? NULL : why;
}

static int make (const char *text, uint32_t more, struct vprod__pattern **ret, char **why)
{
  uint32_t options = more | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT, groups = 0;
  PCRE2_SIZE at = 0;
  int code = 0;

  *why = NULL;
  if (strlen (text) > MOST_LENGTH) {
    *why = strdup ("it is too long");
    return *why ? 1 : -1;
  }
  if (vprod__pattern_is_wide (text))
    options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  struct vprod__pattern *pattern = calloc (1, sizeof *pattern);
  if (!pattern)
    return -1;
  pattern->code = pcre2_compile ((PCRE2_SPTR) text, strlen (text), options, &code, &at, NULL);
  if (!pattern->code) {
    *why = code == PCRE2_ERROR_HEAP_FAILED ? NULL : explain (code, at);
    vprod__pattern_free (pattern);
    return *why ? 1 : -1;
  }
  pcre2_pattern_info (pattern->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  pattern->groups = groups;
  *ret = pattern;
  return 0;
}

int vprod__pattern_new (const char *text, struct vprod__pattern **ret, char **why)
{
  return make (text, 0, ret, why);
}

int vprod__pattern_new_of_lines (const char *text, struct vprod__pattern **ret, char **why)
{
  return make (text, PCRE2_MULTILINE, ret, why);
}

void vprod__pattern_free (struct vprod__pattern *pattern)
{
  if (!pattern)
    return;
  pcre2_code_free (pattern->code);
  free (pattern);
}

unsigned vprod__pattern_groups (const struct vprod__pattern *pattern)
{
  return pattern->groups;
}

int vprod__pattern_matches_empty (const struct vprod__pattern *pattern)
{
  pcre2_match_data *data = pcre2_match_data_create (1, NULL);
  int r = data ? pcre2_match (pattern->code, (PCRE2_SPTR) "", 0, 0, 0, data, NULL) : PCRE2_ERROR_NOMEMORY;

  pcre2_match_data_free (data);
  return r == PCRE2_ERROR_NOMEMORY ? -1 : r >= 0;
}

void vprod__pattern_speed_up (struct vprod__pattern *pattern)
{
  pcre2_jit_compile (pattern->code, PCRE2_JIT_COMPLETE); /* where it cannot, it is interpreted */
}

/* ---- searches ----------------------------------------------------------------------------------------------------------- */

struct vprod__matcher *vprod__matcher_new (void)
{
  struct vprod__matcher *matcher = calloc (1, sizeof *matcher);

  if (!matcher)
    return NULL;
  matcher->data = pcre2_match_data_create (MOST_GROUPS + 1, NULL);
  matcher->context = pcre2_match_context_create (NULL);
  matcher->stack = pcre2_jit_stack_create (STACK, MOST_STACK, NULL); /* NULL where there is no compiler */
  if (!matcher->data || !matcher->context) {
    vprod__matcher_free (matcher);
    return NULL;
  }
  pcre2_set_match_limit (matcher->context, MOST_STEPS);
  pcre2_set_heap_limit (matcher->context, MOST_HEAP);
  if (matcher->stack)
    pcre2_jit_stack_assign (matcher->context, NULL, matcher->stack);
  return matcher;
}

void vprod__matcher_free (struct vprod__matcher *matcher)
{
  if (!matcher)
    return;
  pcre2_match_data_free (matcher->data);
  pcre2_match_context_free (matcher->context);
  pcre2_jit_stack_free (matcher->stack);
  free (matcher);
}

static void tell_groups (const struct vprod__matcher *matcher, size_t found, struct vprod__span *ret, size_t n)
{
  const PCRE2_SIZE *at = pcre2_get_ovector_pointer (matcher->data);

  for (size_t i = 0; i < n; i++)
    if (i < found && at[2 * i] != PCRE2_UNSET && at[2 * i] <= at[2 * i + 1]) /* \K in a look-ahead turns it round */
      ret[i] = (struct vprod__span) { at[2 * i], at[2 * i + 1] };
    else
      ret[i] = (struct vprod__span) { 0, 0 };
}

int vprod__pattern_find (const struct vprod__pattern *pattern, struct vprod__matcher *matcher,
                         const struct vprod__subject *subject, size_t from, size_t last, struct vprod__span *ret, size_t n)
{
  uint32_t options = PCRE2_NOTEMPTY | (subject->begins_before ? PCRE2_NOTBOL : 0) | (subject->goes_on ? PCRE2_NOTEOL : 0);

  if (from > last || from > subject->length)
    return 0;
  pcre2_set_offset_limit (matcher->context, last);
  int r = pcre2_match (pattern->code, (PCRE2_SPTR) subject->text, subject->length, from, options, matcher->data, matcher->context);
  if (r == PCRE2_ERROR_JIT_STACKLIMIT)
    r = pcre2_match (pattern->code, (PCRE2_SPTR) subject->text, subject->length, from, options | PCRE2_NO_JIT, matcher->data,
                     matcher->context);
  if (r == PCRE2_ERROR_NOMATCH)
    return 0;
  if (r < 0)
    return -1;
  tell_groups (matcher, r == 0 ? MOST_GROUPS + 1 : (size_t) r, ret, n);
  return 1;
}

int vprod__pattern_is_in (const struct vprod__pattern *pattern, struct vprod__matcher *matcher, const char *text, size_t length)
{
  struct vprod__subject subject = { .text = text, .length = length };

  return vprod__pattern_find (pattern, matcher, &subject, 0, length, NULL, 0);
}
