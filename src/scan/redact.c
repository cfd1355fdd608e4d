/* SPDX-License-Identifier: MIT */
#include "scan/redact.h"
#include "scan/scan.h"
#include "util/grow.h"
#include "util/strv.h"
#include "util/text.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#define SURE 12        /* characters: such a value occurs nowhere by chance */
#define LEAST_WHOLE 4  /* characters of a value that is hidden where it is a word of its own */
#define LEAST_WORD 8   /* characters: shorter ones of letters alone, or of digits, are ordinary words or numbers */
#define LEAST_LINE 16  /* characters of a line that is hidden by itself, of a value of several lines */
#define LEAST_SURE 3   /* characters of a value that is known to be a secret, and of a line of it */
#define LEAST_BASE64 8

struct value {
  char *plain;
  char *shown;
  int is_sure; /* known to be a secret */
};

struct vprod__redact {
  pthread_mutex_t lock;
  struct value *values;
  size_t n_values;
  struct vprod__redact_needle *needles; /* by their first character, longer ones first, where `in_order` */
  size_t n_needles;
  int in_order;
  size_t first[257]; /* by character: its first needle */
  char **ordinary;
};

int vprod__redact_new (struct vprod__redact **ret, vprod_error **err)
{
  struct vprod__redact *redact = calloc (1, sizeof *redact);

  if (!redact)
    return vprod__error_no_memory (err);
  pthread_mutex_init (&redact->lock, NULL);
  *ret = redact;
  return 0;
}

void vprod__redact_free (struct vprod__redact *redact)
{
  if (!redact)
    return;
  for (size_t i = 0; i < redact->n_values; i++) {
    free (redact->values[i].plain);
    free (redact->values[i].shown);
  }
  for (size_t i = 0; i < redact->n_needles; i++)
    free (redact->needles[i].text);
  free (redact->values);
  free (redact->needles);
  vprod__strv_free (redact->ordinary);
  pthread_mutex_destroy (&redact->lock);
  free (redact);
}

/* ---- what is hidden ---------------------------------------------------------------------------------------------------- */

int vprod__redact_ordinary (struct vprod__redact *redact, const char *word)
{
  if (!word || !*word)
    return 0;
  pthread_mutex_lock (&redact->lock);
  int r = vprod__strv_add (&redact->ordinary, word);
  pthread_mutex_unlock (&redact->lock);
  return r;
}

static int is_ordinary (const struct vprod__redact *redact, const char *value)
{
  size_t length = strlen (value), letters = 0, digits = 0;

  for (size_t i = 0; i < length; i++) {
    letters += isalpha ((unsigned char) value[i]) != 0;
    digits += isdigit ((unsigned char) value[i]) != 0;
  }
  if (length < LEAST_WHOLE || (length < LEAST_WORD && (letters == length || digits == length))
      || vprod__secret_common (value, length))
    return 1;
  for (size_t i = 0; redact->ordinary && redact->ordinary[i]; i++)
    if (strcmp (redact->ordinary[i], value) == 0)
      return 1;
  return 0;
}

/* Takes text. */
static int add_needle (struct vprod__redact *redact, size_t value, char *text, size_t shift, enum vprod__redact_rule rule)
{
  if (!text || vprod__grow (&redact->needles, redact->n_needles) < 0) {
    free (text);
    return -1;
  }
  redact->needles[redact->n_needles++] = (struct vprod__redact_needle) {
    .text = text, .length = strlen (text), .value = value, .shift = shift, .rule = rule,
  };
  redact->in_order = 0;
  return 0;
}

static int add_base64 (struct vprod__redact *redact, size_t index, const char *value)
{
  for (size_t shift = 0; shift < 3; shift++) {
    char *coded = vprod__scan_base64 (value, shift);
    if (!coded)
      return -1;
    if (strlen (coded) < LEAST_BASE64)
      free (coded);
    else if (add_needle (redact, index, coded, shift, VPROD__REDACT_BASE64) < 0)
      return -1;
  }
  return 0;
}

/* Of the value with this number. */
static int add_needles (struct vprod__redact *redact, size_t index, const char *value, int is_sure)
{
  int ordinary = is_sure ? strlen (value) < LEAST_SURE : is_ordinary (redact, value);
  enum vprod__redact_rule rule = ordinary                  ? VPROD__REDACT_IN_PLACE
                                 : strlen (value) < SURE ? VPROD__REDACT_WHOLE
                                                         : VPROD__REDACT_ANYWHERE;
  char *harmless = vprod__text_harmless (value, strlen (value));

  if (!harmless)
    return -1;
  int differs = strcmp (harmless, value) != 0 && *harmless;
  if (!differs)
    free (harmless);
  if (differs && add_needle (redact, index, harmless, 0, rule) < 0)
    return -1;
  if (add_needle (redact, index, strdup (value), 0, rule) < 0)
    return -1;
  return ordinary ? 0 : add_base64 (redact, index, value);
}

static void drop_needles (struct vprod__redact *redact, size_t n)
{
  while (redact->n_needles > n)
    free (redact->needles[--redact->n_needles].text);
  redact->in_order = 0;
}

/* A value that is there already turns out to be a secret. */
static int make_sure (struct vprod__redact *redact, size_t index)
{
  struct value *value = &redact->values[index];

  size_t n_needles = redact->n_needles;
  if (add_needles (redact, index, value->plain, 1) < 0) {
    drop_needles (redact, n_needles);
    return -1;
  }
  value->is_sure = 1;
  return 0;
}

/* The lock is held. */
static int add_value (struct vprod__redact *redact, const char *value, int is_sure)
{
  size_t n_needles = redact->n_needles;

  for (size_t i = 0; i < redact->n_values; i++)
    if (strcmp (redact->values[i].plain, value) == 0)
      return is_sure && !redact->values[i].is_sure ? make_sure (redact, i) : 0;
  if (vprod__grow (&redact->values, redact->n_values) < 0)
    return -1;
  struct value new = { .plain = strdup (value), .shown = vprod__text_redact (value), .is_sure = is_sure };
  if (new.plain && new.shown && add_needles (redact, redact->n_values, value, is_sure) == 0) {
    redact->values[redact->n_values++] = new;
    return 0;
  }
  free (new.plain);
  free (new.shown);
  drop_needles (redact, n_needles);
  return -1;
}

/* The lines of a key, each of which may stand by itself. */
static int add_lines (struct vprod__redact *redact, const char *value, int is_sure)
{
  int r = 0;

  for (const char *line = value, *end; r == 0 && *line; line = end + strspn (end, "\r\n")) {
    end = line + strcspn (line, "\r\n");
    size_t length = (size_t) (end - line);
    if (length < (is_sure ? LEAST_WHOLE : LEAST_LINE) || strncmp (line, "-----", 5) == 0 || length == strlen (value))
      continue;
    _cleanup_free_ char *copy = strndup (line, length);
    if (copy && length < LEAST_LINE && is_ordinary (redact, copy)) /* "true", of a file of settings */
      continue;
    r = copy ? add_value (redact, copy, is_sure) : -1;
  }
  return r;
}

static int add (struct vprod__redact *redact, const char *value, size_t length, int is_sure)
{
  while (length > 0 && isspace ((unsigned char) value[0])) {
    value++;
    length--;
  }
  while (length > 0 && isspace ((unsigned char) value[length - 1]))
    length--;
  if (length == 0)
    return 0;
  _cleanup_free_ char *copy = strndup (value, length);
  if (!copy)
    return -1;
  pthread_mutex_lock (&redact->lock);
  int r = add_value (redact, copy, is_sure);
  if (r == 0)
    r = add_lines (redact, copy, is_sure);
  pthread_mutex_unlock (&redact->lock);
  return r;
}

int vprod__redact_add (struct vprod__redact *redact, const char *value, size_t length)
{
  return add (redact, value, length, 0);
}

int vprod__redact_add_secret (struct vprod__redact *redact, const char *value, size_t length)
{
  return add (redact, value, length, 1);
}

/* ---- texts without it ------------------------------------------------------------------------------------------------ */

static int compare (const void *a, const void *b)
{
  const struct vprod__redact_needle *one = a, *other = b;
  unsigned char c = (unsigned char) one->text[0], d = (unsigned char) other->text[0];

  if (c != d)
    return c < d ? -1 : 1;
  return one->length > other->length ? -1 : one->length < other->length;
}

static void put_in_order (struct vprod__redact *redact)
{
  size_t n = 0;

  if (redact->n_needles > 1)
    qsort (redact->needles, redact->n_needles, sizeof *redact->needles, compare);
  for (size_t c = 0; c <= 256; c++) {
    while (n < redact->n_needles && (unsigned char) redact->needles[n].text[0] < c)
      n++;
    redact->first[c] = n;
  }
  redact->in_order = 1;
}

struct place {
  const struct vprod__redact_needle *needle; /* NULL: none */
  size_t length;
};

static void take_longer (struct place *place, const struct vprod__redact_needle *needle, size_t length)
{
  if (length > place->length)
    *place = (struct place) { needle, length };
}

static struct place find (const struct vprod__redact *redact, const char *text, size_t length, size_t at, size_t line_end)
{
  unsigned char c = (unsigned char) text[at];
  int encoded = strchr ("%\\'+&", c) != NULL;
  /* the alphabet of URLs: these stand for "+" and "/" */
  size_t from = encoded || c == '-' || c == '_' ? 0 : redact->first[c],
         to = encoded || c == '-' || c == '_' ? redact->n_needles : redact->first[c + 1];
  struct place place = { 0 };

  for (size_t i = from; i < to; i++) {
    const struct vprod__redact_needle *needle = &redact->needles[i];
    if (needle->length <= place.length)
      continue;
    take_longer (&place, needle, vprod__redact_match (needle, text, length, at));
    if (place.needle != needle)
      take_longer (&place, needle, vprod__redact_match_begin (needle, text, at, line_end));
  }
  if (at == 0 || text[at - 1] == '\n')
    for (size_t i = 0; i < redact->n_needles; i++)
      take_longer (&place, &redact->needles[i], vprod__redact_match_rest (&redact->needles[i], text, at, line_end));
  return place;
}

static int is_before_base64 (const struct place *place, const char *text, size_t from, size_t at)
{
  return place->needle->rule == VPROD__REDACT_BASE64 && place->needle->shift > 0 && at > from
         && (isalnum ((unsigned char) text[at - 1]) || strchr ("+/-_", text[at - 1]));
}

/* 1: *ret is what is to be shown instead; 0: there is nothing to hide; -1 out of memory. The lock is held. */
static int redact_text (struct vprod__redact *redact, const char *text, char **ret)
{
  size_t length = strlen (text), from = 0, line_end = 0;
  _cleanup_buf_ struct vprod__buf out = { 0 };
  int found = 0;

  if (redact->n_needles == 0)
    return 0;
  if (!redact->in_order)
    put_in_order (redact);
  for (size_t at = 0; at < length;) {
    if (at >= line_end)
      line_end = at + strcspn (text + at, "\n");
    struct place place = find (redact, text, length, at, line_end);
    if (!place.needle) {
      at++;
      continue;
    }
    found = 1;
    size_t plain = at - from - (size_t) is_before_base64 (&place, text, from, at);
    if (vprod__buf_add (&out, text + from, plain) < 0
        || vprod__buf_adds (&out, redact->values[place.needle->value].shown) < 0)
      return -1;
    from = at += place.length;
  }
  if (!found)
    return 0;
  if (vprod__buf_adds (&out, text + from) < 0)
    return -1;
  *ret = vprod__buf_steal (&out);
  return *ret ? 1 : -1;
}

char *vprod__redact_text (struct vprod__redact *redact, const char *text)
{
  char *shown = NULL;

  pthread_mutex_lock (&redact->lock);
  int r = redact_text (redact, text, &shown);
  pthread_mutex_unlock (&redact->lock);
  return r == 0 ? strdup (text) : r < 0 ? NULL : shown;
}

int vprod__redact_string (struct vprod__redact *redact, char **text)
{
  char *shown = NULL;

  if (!*text)
    return 0;
  pthread_mutex_lock (&redact->lock);
  int r = redact_text (redact, *text, &shown);
  pthread_mutex_unlock (&redact->lock);
  if (r < 0)
    **text = '\0';
  if (r > 0) {
    free (*text);
    *text = shown;
  }
  return r < 0 ? -1 : 0;
}
