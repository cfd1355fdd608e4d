/* SPDX-License-Identifier: MIT */
#include "result/result.h"
#include "util/grow.h"
#include "util/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAIL_LINES 20
#define TAIL_BYTES 4096

/* An ordered list of names and values: evidence, or one finding. */
struct pairs {
  struct pair {
    char *name;
    char *value;
  } *list;
  size_t count;
};

struct vprod_finding {
  struct pairs pairs;
  vprod_result *result; /* whose no_memory is set where memory runs out */
};

struct vprod_result {
  char *check;
  char *title;
  vprod_verdict verdict;
  char *message;
  char *remedy;
  int64_t duration_ms;
  int64_t began_ms;
  int64_t ended_ms;
  char *file;
  int line;
  struct pairs evidence;
  vprod_finding **findings;
  size_t n_findings;
  int no_memory;
};

/* ---- filling ------------------------------------------------------------------------------------------- */

/* Takes value; NULL is out of memory. */
static int pairs_set (struct pairs *pairs, const char *name, char *value)
{
  if (!value)
    return -1;
  for (size_t i = 0; i < pairs->count; i++)
    if (strcmp (pairs->list[i].name, name) == 0) {
      free (pairs->list[i].value);
      pairs->list[i].value = value;
      return 0;
    }
  char *copy = strdup (name);
  if (!copy || vprod__grow (&pairs->list, pairs->count) < 0) {
    free (copy);
    free (value);
    return -1;
  }
  pairs->list[pairs->count++] = (struct pair) { copy, value };
  return 0;
}

static void pairs_clear (struct pairs *pairs)
{
  for (size_t i = 0; i < pairs->count; i++) {
    free (pairs->list[i].name);
    free (pairs->list[i].value);
  }
  free (pairs->list);
  *pairs = (struct pairs) { 0 };
}

int vprod__result_new (const char *check_id, const char *title, vprod_result **ret, vprod_error **err)
{
  _cleanup_result_ vprod_result *result = calloc (1, sizeof *result);

  if (!result)
    return vprod__error_no_memory (err);
  result->verdict = VPROD_VERDICT_ERROR;
  result->check = strdup (check_id);
  result->title = strdup (title);
  if (!result->check || !result->title)
    return vprod__error_no_memory (err);
  *ret = vprod__steal (&result);
  return 0;
}

__attribute__ ((format (printf, 3, 0))) static void set_verdict (vprod_result *result, vprod_verdict verdict,
                                                                 const char *format, va_list ap)
{
  char *message = vprod__text_vformat (format, ap);

  if (!message) {
    result->no_memory = 1;
    return;
  }
  free (result->message);
  result->message = message;
  result->verdict = verdict;
}

#define DEFINE_VERDICT(name, verdict)                                                                        \
  int name (vprod_result *result, const char *format, ...)                                                   \
  {                                                                                                          \
    va_list ap;                                                                                              \
    va_start (ap, format);                                                                                   \
    set_verdict (result, verdict, format, ap);                                                               \
    va_end (ap);                                                                                             \
    return 0;                                                                                                \
  }

DEFINE_VERDICT (vprod__result_pass, VPROD_VERDICT_PASS)
DEFINE_VERDICT (vprod__result_fail, VPROD_VERDICT_FAIL)
DEFINE_VERDICT (vprod__result_skip, VPROD_VERDICT_SKIP)
DEFINE_VERDICT (vprod__result_untold, VPROD_VERDICT_ERROR)

int vprod__result_error (vprod_result *result, const vprod_error *error)
{
  vprod__result_untold (result, "could not be told: %s", vprod_error_get_message (error));
  vprod__result_evidence (result, "error", "%s", vprod_error_code_name (vprod_error_get_code (error)));
  return 0;
}

void vprod__result_remedy (vprod_result *result, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *remedy = vprod__text_vformat (format, ap);
  va_end (ap);
  if (!remedy) {
    result->no_memory = 1;
    return;
  }
  free (result->remedy);
  result->remedy = remedy;
}

void vprod__result_evidence (vprod_result *result, const char *name, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *value = vprod__text_vformat (format, ap);
  va_end (ap);
  if (pairs_set (&result->evidence, name, value) < 0)
    result->no_memory = 1;
}

void vprod__result_judged_by (vprod_result *result, const char *check_id)
{
  vprod__result_evidence (result, "judged_by", "%s", check_id);
}

void vprod__result_unasked (vprod_result *result)
{
  vprod__result_evidence (result, "asked", "no");
}

void vprod__result_log_tail (vprod_result *result, const char *bytes, size_t length)
{
  if (!bytes || length == 0)
    return;
  if (pairs_set (&result->evidence, "log_tail", vprod__text_tail (bytes, length, TAIL_LINES, TAIL_BYTES)) < 0)
    result->no_memory = 1;
}

vprod_finding *vprod__result_finding (vprod_result *result, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  char *message = vprod__text_vformat (format, ap);
  va_end (ap);
  vprod_finding *finding = calloc (1, sizeof *finding);
  if (!finding || vprod__grow (&result->findings, result->n_findings) < 0
      || pairs_set (&finding->pairs, "message", vprod__steal (&message)) < 0) {
    free (message);
    if (finding)
      pairs_clear (&finding->pairs);
    free (finding);
    result->no_memory = 1;
    return NULL;
  }
  finding->result = result;
  result->findings[result->n_findings++] = finding;
  return finding;
}

void vprod__finding_set (vprod_finding *finding, const char *name, const char *format, ...)
{
  va_list ap;

  if (!finding)
    return;
  va_start (ap, format);
  char *value = vprod__text_vformat (format, ap);
  va_end (ap);
  if (pairs_set (&finding->pairs, name, value) < 0)
    finding->result->no_memory = 1;
}

void vprod__result_set_duration (vprod_result *result, int64_t ms)
{
  result->duration_ms = ms < 0 ? 0 : ms;
}

void vprod__result_set_span (vprod_result *result, int64_t began_ms, int64_t ended_ms)
{
  result->began_ms = began_ms < 0 ? 0 : began_ms;
  result->ended_ms = ended_ms < result->began_ms ? result->began_ms : ended_ms;
}

void vprod__result_set_place (vprod_result *result, const char *file, int line)
{
  char *copy = vprod__text_harmless (file, strlen (file));

  if (!copy) {
    result->no_memory = 1;
    return;
  }
  free (result->file);
  result->file = copy;
  result->line = line;
}

/* All but "judged_by", which is the id of a check. */
static int pairs_redact (struct pairs *pairs, struct vprod__redact *redact)
{
  int r = 0;

  for (size_t i = 0; i < pairs->count; i++)
    if (strcmp (pairs->list[i].name, "judged_by") != 0)
      r |= vprod__redact_string (redact, &pairs->list[i].value);
  return r;
}

int vprod__result_redact (vprod_result *result, struct vprod__redact *redact)
{
  int r = vprod__redact_string (redact, &result->message) | vprod__redact_string (redact, &result->remedy)
          | vprod__redact_string (redact, &result->file) | pairs_redact (&result->evidence, redact);

  for (size_t i = 0; i < result->n_findings; i++)
    r |= pairs_redact (&result->findings[i]->pairs, redact);
  if (r < 0)
    result->no_memory = 1;
  return r < 0 ? -1 : 0;
}

int vprod__result_status (const vprod_result *result, vprod_error **err)
{
  return result->no_memory ? vprod__error_no_memory (err) : 0;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

const char *vprod_verdict_name (vprod_verdict verdict)
{
  switch (verdict) {
  case VPROD_VERDICT_PASS:
    return "pass";
  case VPROD_VERDICT_FAIL:
    return "fail";
  case VPROD_VERDICT_SKIP:
    return "skip";
  case VPROD_VERDICT_ERROR:
    return "error";
  }
  return "unknown";
}

const char *vprod_result_get_check (const vprod_result *result)
{
  return result ? result->check : "";
}

const char *vprod_result_get_title (const vprod_result *result)
{
  return result ? result->title : "";
}

vprod_verdict vprod_result_get_verdict (const vprod_result *result)
{
  return result ? result->verdict : VPROD_VERDICT_ERROR;
}

const char *vprod_result_get_message (const vprod_result *result)
{
  return result && result->message ? result->message : "";
}

const char *vprod_result_get_remedy (const vprod_result *result)
{
  return result && result->remedy ? result->remedy : "";
}

int64_t vprod_result_get_duration_ms (const vprod_result *result)
{
  return result ? result->duration_ms : 0;
}

int64_t vprod_result_get_began_ms (const vprod_result *result)
{
  return result ? result->began_ms : 0;
}

int64_t vprod_result_get_ended_ms (const vprod_result *result)
{
  return result ? result->ended_ms : 0;
}

const char *vprod_result_get_file (const vprod_result *result)
{
  return result && result->file ? result->file : "";
}

int vprod_result_get_line (const vprod_result *result)
{
  return result ? result->line : 0;
}

static int pairs_at (const struct pairs *pairs, size_t index, const char **ret_name, const char **ret_value)
{
  if (!pairs || !ret_name || !ret_value || index >= pairs->count)
    return -VPROD_ERROR_INVALID;
  *ret_name = pairs->list[index].name;
  *ret_value = pairs->list[index].value;
  return 0;
}

static const char *pairs_get (const struct pairs *pairs, const char *name)
{
  for (size_t i = 0; pairs && name && i < pairs->count; i++)
    if (strcmp (pairs->list[i].name, name) == 0)
      return pairs->list[i].value;
  return NULL;
}

size_t vprod_result_count_evidence (const vprod_result *result)
{
  return result ? result->evidence.count : 0;
}

int vprod_result_get_evidence_at (const vprod_result *result, size_t index, const char **ret_name,
                                  const char **ret_value)
{
  return pairs_at (result ? &result->evidence : NULL, index, ret_name, ret_value);
}

const char *vprod_result_find_evidence (const vprod_result *result, const char *name)
{
  return pairs_get (result ? &result->evidence : NULL, name);
}

size_t vprod_result_count_findings (const vprod_result *result)
{
  return result ? result->n_findings : 0;
}

const vprod_finding *vprod_result_get_finding_at (const vprod_result *result, size_t index)
{
  return result && index < result->n_findings ? result->findings[index] : NULL;
}

size_t vprod_finding_count_fields (const vprod_finding *finding)
{
  return finding ? finding->pairs.count : 0;
}

int vprod_finding_get_field_at (const vprod_finding *finding, size_t index, const char **ret_name,
                          const char **ret_value)
{
  return pairs_at (finding ? &finding->pairs : NULL, index, ret_name, ret_value);
}

const char *vprod_finding_find_field (const vprod_finding *finding, const char *name)
{
  return pairs_get (finding ? &finding->pairs : NULL, name);
}

void vprod_result_free (vprod_result *result)
{
  if (!result)
    return;
  for (size_t i = 0; i < result->n_findings; i++) {
    pairs_clear (&result->findings[i]->pairs);
    free (result->findings[i]);
  }
  free (result->findings);
  pairs_clear (&result->evidence);
  free (result->check);
  free (result->title);
  free (result->message);
  free (result->remedy);
  free (result->file);
  free (result);
}
