/* SPDX-License-Identifier: MIT */
#include "spec/value.h"
#include "spec/refs.h"
#include "util/clock.h"
#include "util/size.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__spec_key spec_key;
typedef struct vprod__yaml_node yaml_node;

int vprod__spec_error (reader *r, size_t at, const char *format, ...)
{
  _cleanup_free_ char *text = NULL;
  va_list ap;

  va_start (ap, format);
  int n = vasprintf (&text, format, ap);
  va_end (ap);
  if (n < 0) {
    text = NULL;
    return vprod__spec_no_memory (r);
  }
  const char *where = vprod__buf_string (&r->path);
  _cleanup_free_ char *path = vprod__text_harmless (where, strnlen (where, 200));
  if (!path)
    return vprod__spec_no_memory (r);
  char *whole = NULL;
  if (r->n_mistakes >= VPROD__SPEC_MOST_MISTAKES)
    return -VPROD_ERROR_SPEC;
  if (asprintf (&whole, "%s%s%s", path, *path ? ": " : "", text) < 0)
    return vprod__spec_no_memory (r);
  size_t i = r->n_mistakes++;
  for (; i > 0 && r->mistakes[i - 1].at > at; i--)
    r->mistakes[i] = r->mistakes[i - 1];
  r->mistakes[i].at = at;
  r->mistakes[i].text = whole;
  return -VPROD_ERROR_SPEC;
}

int vprod__spec_no_memory (reader *r)
{
  return vprod__error_no_memory (r->err);
}

int vprod__spec_is_over (const reader *r, int error)
{
  return error < 0 && (error != -VPROD_ERROR_SPEC || r->n_mistakes >= VPROD__SPEC_MOST_MISTAKES);
}

int vprod__spec_report (reader *r)
{
  _cleanup_buf_ struct vprod__buf all = { 0 };

  for (size_t i = 0; i < r->n_mistakes; i++) {
    const struct vprod__spec_mistake *mistake = &r->mistakes[i];
    size_t line, column;
    int n = i > 0 ? vprod__buf_adds (&all, "\n") : 0;
    if (r->yaml->label) {
      vprod__yaml_position (r->yaml->source, r->yaml->length, mistake->at, &line, &column);
      n = n < 0 ? n : vprod__buf_addf (&all, "%s:%zu:%zu: ", r->yaml->label, line, column);
    }
    if (n < 0 || vprod__buf_adds (&all, mistake->text) < 0)
      return vprod__spec_no_memory (r);
  }
  return r->n_mistakes ? vprod__error_set (r->err, VPROD_ERROR_SPEC, 0, "%s", vprod__buf_string (&all)) : 0;
}

void vprod__spec_reader_clear (reader *r)
{
  for (size_t i = 0; i < r->n_mistakes; i++)
    free (r->mistakes[i].text);
  r->n_mistakes = 0;
  vprod__buf_clear (&r->path);
}

int vprod__spec_count (reader *r, const yaml_node *node, size_t at)
{
  r->expanded += 16 + (node->text ? strlen (node->text) : 0);
  if (r->expanded > VPROD__SPEC_MAX_EXPANDED)
    return vprod__spec_error (r, at, "too much: aliases repeat it too often");
  return 0;
}

char *vprod__spec_describe (const yaml_node *node)
{
  char *text = NULL;

  if (node->kind != VPROD__YAML_SCALAR)
    return strdup (node->kind == VPROD__YAML_SEQUENCE ? "a list" : "a mapping");
  if (vprod__yaml_is_null (node))
    return strdup ("nothing");
  size_t length = strlen (node->text), shown_length = length;
  if (length > 60) /* not in the middle of a character */
    for (shown_length = 60; shown_length > 0 && ((unsigned char) node->text[shown_length] & 0xc0) == 0x80;)
      shown_length--;
  _cleanup_free_ char *shown = vprod__text_harmless (node->text, shown_length);
  if (!shown || asprintf (&text, "\"%s%s\"", shown, length > 60 ? "…" : "") < 0)
    return NULL;
  for (char *p = text; *p; p++)
    if (*p == '\n' || *p == '\t')
      *p = ' ';
  return text;
}

int vprod__spec_wrong (reader *r, const yaml_node *node, size_t at, const char *wanted)
{
  _cleanup_free_ char *what = vprod__spec_describe (node);

  return what ? vprod__spec_error (r, at, "must be %s, not %s", wanted, what) : vprod__spec_no_memory (r);
}

/* ---- text ------------------------------------------------------------------------------------------------- */

/* Where in the file the reference with this index is: as near as the text as written tells. */
static size_t place_of_ref (const reader *r, const yaml_node *node, size_t at, size_t index)
{
  if (!r->yaml->source || node->end <= node->begin)
    return at;
  size_t place = (size_t) (vprod__spec_find_ref (r->yaml->source + node->begin, index) - r->yaml->source);
  return place < node->end ? place : at;
}

int vprod__spec_check_value_refs (reader *r, const yaml_node *node, size_t at)
{
  _cleanup_free_ char *why = NULL;
  size_t index = 0;
  int found = vprod__spec_check_refs (r->spec, node->text, &why, &index);

  if (found < 0)
    return vprod__spec_no_memory (r);
  return found ? vprod__spec_error (r, place_of_ref (r, node, at, index), "%s", why) : 0;
}

int vprod__spec_check_text (reader *r, const spec_key *key, const yaml_node *node, size_t at)
{
  if (node->kind != VPROD__YAML_SCALAR)
    return vprod__spec_wrong (r, node, at, "text");
  if (!*node->text || vprod__yaml_is_null (node))
    return key->flags & VPROD__SPEC_MAY_BE_EMPTY && !node->plain
             ? 0 : vprod__spec_error (r, at, "is empty; write a value, or leave it out");
  const char *why = key->check ? key->check (node->text) : NULL;
  if (why) {
    _cleanup_free_ char *what = vprod__spec_describe (node);
    return what ? vprod__spec_error (r, at, "%s %s", what, why) : vprod__spec_no_memory (r);
  }
  return key->flags & VPROD__SPEC_REFS ? vprod__spec_check_value_refs (r, node, at) : 0;
}

static int store_text (reader *r, const spec_key *key, char **field, const yaml_node *node, size_t at)
{
  int e = vprod__spec_check_text (r, key, node, at);

  if (e < 0)
    return e;
  char *text = strdup (node->text);
  if (!text)
    return vprod__spec_no_memory (r);
  free (*field);
  *field = text;
  return 0;
}

static int unknown_signal (reader *r, const yaml_node *node, size_t at)
{
  _cleanup_free_ char *what = vprod__spec_describe (node), *name = NULL;

  if (asprintf (&name, "%s%s", strncasecmp (node->text, "SIG", 3) == 0 ? "" : "SIG", node->text) < 0)
    name = NULL;
  if (!what || !name)
    return vprod__spec_no_memory (r);
  for (char *p = name; *p; p++)
    *p = (char) toupper ((unsigned char) *p);
  const char *nearest = strlen (name) > 5 ? vprod__text_nearest (name, vprod__spec_signals) : NULL;
  if (nearest)
    return vprod__spec_error (r, at, "%s is no signal that Linux has; did you mean \"%s\"?", what, nearest);
  return vprod__spec_error (r, at, "%s is no signal that Linux has", what);
}

static int store_signal (reader *r, char **field, const yaml_node *node, size_t at)
{
  char *name = NULL;

  if (node->kind != VPROD__YAML_SCALAR || !*node->text || vprod__yaml_is_null (node))
    return vprod__spec_wrong (r, node, at, "a signal such as SIGTERM");
  switch (vprod__spec_signal (node->text, &name)) {
  case 0:
    free (*field);
    *field = name;
    return 0;
  case 1:
    return unknown_signal (r, node, at);
  case 2:
    return vprod__spec_error (r, at, "no program can catch that signal, so none can stop gracefully on it");
  default:
    return vprod__spec_no_memory (r);
  }
}

static int store_choice (reader *r, const spec_key *key, int *field, const yaml_node *node, size_t at)
{
  _cleanup_buf_ struct vprod__buf wanted = { 0 };
  int index = node->kind == VPROD__YAML_SCALAR ? vprod__spec_parse_choice (key, node->text) : -1;

  if (index >= 0) {
    *field = index;
    return 0;
  }
  for (size_t i = 0; key->info.words[i]; i++)
    if (vprod__buf_addf (&wanted, "%s%s", i == 0 ? "" : key->info.words[i + 1] ? ", " : " or ", key->info.words[i]) < 0)
      return vprod__spec_no_memory (r);
  return vprod__spec_wrong (r, node, at, vprod__buf_string (&wanted));
}

/* ---- numbers ---------------------------------------------------------------------------------------------- */

static int store_bool (reader *r, int *field, const yaml_node *node, size_t at)
{
  int value = node->kind == VPROD__YAML_SCALAR && node->plain ? vprod__spec_parse_bool (node->text) : -1;

  if (value < 0)
    return vprod__spec_wrong (r, node, at, "true or false");
  *field = value;
  return 0;
}

static int read_number (reader *r, const spec_key *key, int64_t *ret, const yaml_node *node, size_t at)
{
  char wanted[80];
  int64_t value = 0;

  if (node->kind == VPROD__YAML_SCALAR && node->plain && vprod__spec_parse_int (node->text, &value) == 0
      && value >= key->info.minimum && value <= key->info.maximum) {
    *ret = value;
    return 0;
  }
  const char *quoted = node->kind == VPROD__YAML_SCALAR && !node->plain && vprod__spec_parse_int (node->text, &value) == 0
                         ? " without quotes" : "";
  if (key->info.minimum == key->info.maximum)
    snprintf (wanted, sizeof wanted, "%lld%s, the only one that this release knows", (long long) key->info.minimum, quoted);
  else
    snprintf (wanted, sizeof wanted, "a number%s from %lld to %lld", quoted, (long long) key->info.minimum, (long long) key->info.maximum);
  return vprod__spec_wrong (r, node, at, wanted);
}

static int store_decimal (reader *r, const spec_key *key, double *field, const yaml_node *node, size_t at)
{
  char wanted[80];
  double value = 0;

  if (node->kind == VPROD__YAML_SCALAR && node->plain && vprod__spec_parse_decimal (node->text, &value) == 0
      && value >= (double) key->info.minimum && value <= (double) key->info.maximum) {
    *field = value;
    return 0;
  }
  snprintf (wanted, sizeof wanted, "a number from %lld to %lld, such as 3.5", (long long) key->info.minimum,
            (long long) key->info.maximum);
  return vprod__spec_wrong (r, node, at, wanted);
}

static int store_duration (reader *r, const spec_key *key, int64_t *field, const yaml_node *node, size_t at)
{
  int64_t ms = 0;

  if (node->kind != VPROD__YAML_SCALAR || vprod__parse_duration (node->text, &ms) < 0)
    return vprod__spec_wrong (r, node, at, "a duration such as 500ms, 30s, 15m or 1m30s, at most 24h");
  if (ms < key->info.minimum || ms > key->info.maximum)
    return vprod__spec_wrong (r, node, at, "longer than 0");
  *field = ms;
  return 0;
}

static int store_numbers (reader *r, const spec_key *key, int **field, const yaml_node *node, size_t at)
{
  yaml_node *alone[1];
  yaml_node *const *items = node->items;
  size_t count = node->count;

  if (node->kind != VPROD__YAML_SEQUENCE) { /* one alone is a list of one */
    memcpy (alone, &node, sizeof node);
    items = alone;
    count = 1;
  }
  if (count == 0)
    return vprod__spec_error (r, at, "is an empty list: leave it out for the default");
  _cleanup_free_ int *numbers = calloc (count, sizeof *numbers);
  if (!numbers)
    return vprod__spec_no_memory (r);
  for (size_t i = 0; i < count; i++) {
    int64_t number = 0;
    int e = read_number (r, key, &number, items[i], items[i]->end > items[i]->begin ? items[i]->begin : at);
    if (e < 0)
      return e;
    numbers[i] = (int) number;
  }
  return vprod__spec_ints (numbers, count, field) < 0 ? vprod__spec_no_memory (r) : 0;
}

/* Nothing is a size where the field tells it from what was left out. */
static int store_size (reader *r, const spec_key *key, int64_t *field, const yaml_node *node, size_t at)
{
  int64_t bytes = 0;

  if (node->kind != VPROD__YAML_SCALAR || vprod__parse_size (node->text, &bytes) < 0 || (bytes == 0 && key->none == 0))
    return vprod__spec_wrong (r, node, at, "a size such as 512MiB or 1.5GB: a number with B, kB, MB, GB, KiB, MiB or GiB");
  *field = bytes;
  return 0;
}

int vprod__spec_store (reader *r, const spec_key *key, void *base, const yaml_node *node, size_t at)
{
  void *field = vprod__spec_field (key, base);
  int64_t number = 0;
  int e;

  switch (key->kind) {
  case VPROD__SPEC_TEXT:
    return store_text (r, key, field, node, at);
  case VPROD__SPEC_SIGNAL:
    return store_signal (r, field, node, at);
  case VPROD__SPEC_CHOICE:
    return store_choice (r, key, field, node, at);
  case VPROD__SPEC_BOOL:
    return store_bool (r, field, node, at);
  case VPROD__SPEC_INT:
  case VPROD__SPEC_INT64:
    e = read_number (r, key, &number, node, at);
    if (e == 0 && key->kind == VPROD__SPEC_INT)
      *(int *) field = (int) number;
    else if (e == 0)
      *(int64_t *) field = number;
    return e;
  case VPROD__SPEC_DECIMAL:
    return store_decimal (r, key, field, node, at);
  case VPROD__SPEC_INTS:
    return store_numbers (r, key, field, node, at);
  case VPROD__SPEC_DURATION:
    return store_duration (r, key, field, node, at);
  case VPROD__SPEC_SIZE:
    return store_size (r, key, field, node, at);
  case VPROD__SPEC_LIST:
    return vprod__spec_store_list (r, key, field, node, at);
  case VPROD__SPEC_COMMANDS:
    return vprod__spec_store_commands (r, key, field, node, at);
  case VPROD__SPEC_STRINGS:
    return vprod__spec_store_strings (r, key, base, node, at);
  default:
    return 0;
  }
}
