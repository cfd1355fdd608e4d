/* SPDX-License-Identifier: MIT */
/*
 * Looks at every text of an image's configuration and history, and keeps what is found: each secret once, at the place that
 * a person would look at first. Values are kept for comparing and shown redacted.
 */
#include "checks/no_secrets.h"

#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

#define MIN_RUN_ENV 6   /* shorter values occur by chance */
#define MIN_BASE64 8
#define MAX_SECRETS 100 /* to tell of */

struct secret {
  char *where;
  const char *rule;
  const char *description;
  char *variable; /* or NULL */
  char *value;
  size_t places;
};

struct search {
  const struct vprod__secret_facts *facts;
  const char *where;    /* the text that is being looked at */
  const char *variable; /* whose value it is, or NULL */
  struct secret *list;
  size_t count;
  size_t more;          /* beyond MAX_SECRETS */
  char *used;           /* by number: this entry of `allow` allowed something */
};

static void search_clear (struct search *search)
{
  for (size_t i = 0; i < search->count; i++) {
    free (search->list[i].where);
    free (search->list[i].variable);
    free (search->list[i].value);
  }
  free (search->list);
  free (search->used);
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

/* An entry allows what has its rule, or its name, or holds it in NAME=value. */
static int is_allowed (struct search *search, const struct secret *secret)
{
  int allowed = 0;

  for (size_t i = 0; search->facts->allow && search->facts->allow[i]; i++) {
    const char *entry = search->facts->allow[i];
    if (!*entry)
      continue;
    if (strcmp (entry, secret->rule) == 0 || (secret->variable && strcmp (entry, secret->variable) == 0)
        || strcmp (entry, secret->value) == 0
        || (strlen (entry) >= 4 && ((secret->variable && strstr (secret->variable, entry)) || strstr (secret->value, entry)))) {
      search->used[i] = 1;
      allowed = 1;
    }
  }
  return allowed;
}

/* The same value under another name is another secret, unless its form tells what it is. */
static int is_same (const struct secret *a, const struct secret *b)
{
  if (strcmp (a->value, b->value) != 0)
    return 0;
  if (strcmp (b->rule, VPROD__SECRET_RUN_ENV) == 0)
    return 1; /* what has been found under its own name need not be found again as run.env's */
  return strcmp (a->rule, b->rule) == 0
         && (!a->variable || !b->variable || strcmp (a->variable, b->variable) == 0);
}

/* Takes the strings of secret. */
static int keep (struct search *search, struct secret *secret)
{
  struct secret *longer;
  int r = 1;

  for (size_t i = 0; i < search->count && r == 1; i++)
    if (is_same (&search->list[i], secret)) {
      search->list[i].places++;
      r = 0;
    }
  if (r == 1 && is_allowed (search, secret))
    r = 0;
  if (r == 1 && search->count == MAX_SECRETS) {
    search->more++;
    r = 0;
  }
  if (r == 1) {
    longer = realloc (search->list, (search->count + 1) * sizeof *longer);
    if (longer) {
      search->list = longer;
      longer[search->count++] = *secret;
      return 0;
    }
    r = -1;
  }
  free (secret->where);
  free (secret->variable);
  free (secret->value);
  return r;
}

static int on_hit (void *data, const struct vprod__secret_hit *hit)
{
  struct search *search = data;
  struct secret secret = {
    .where = strdup (search->where),
    .rule = hit->rule,
    .description = hit->description,
    .variable = hit->variable ? strndup (hit->variable, hit->variable_length)
                : search->variable ? strdup (search->variable) : NULL,
    .value = strndup (hit->value, hit->length),
    .places = 1,
  };

  if (!secret.where || !secret.value || ((hit->variable || search->variable) && !secret.variable)) {
    free (secret.where);
    free (secret.variable);
    free (secret.value);
    return -1;
  }
  return keep (search, &secret);
}

/* ---- looking --------------------------------------------------------------------------------------------------------- */

static int has_form (void *data, const struct vprod__secret_hit *hit)
{
  (void) hit;
  *(int *) data = 1;
  return 0;
}

/* A value whose form tells more than its name: then it is found by its form. */
static int on_named_hit (void *data, const struct vprod__secret_hit *hit)
{
  _cleanup_free_ char *value = strndup (hit->value, hit->length);
  int known = 0;

  if (!value || vprod__secrets_by_form (value, has_form, &known) != 0)
    return -1;
  return known ? 0 : on_hit (data, hit);
}

/* NAME=value of the configuration. */
static int look_at_pair (struct search *search, const char *kind, const char *pair)
{
  size_t n = strcspn (pair, "=");
  _cleanup_free_ char *name = strndup (pair, n);
  _cleanup_free_ char *where = NULL;
  const char *value = pair[n] ? pair + n + 1 : "";
  int r;

  if (!name || asprintf (&where, "%s %s", kind, name) < 0) {
    where = NULL;
    return -1;
  }
  search->where = where;
  search->variable = name;
  r = vprod__secrets_by_form (value, on_hit, search);
  if (r == 0)
    r = vprod__secret_in_pair (name, n, value, strlen (value), on_named_hit, search);
  search->variable = NULL;
  return r;
}

static int look_at_argv (struct search *search, const char *kind, char *const *argv)
{
  int r = 0;

  search->where = kind;
  for (size_t i = 0; r == 0 && argv && argv[i]; i++)
    r = vprod__secrets_by_form (argv[i], on_hit, search);
  return r == 0 ? vprod__secrets_in_argv (argv, on_named_hit, search) : r;
}

static int look_at_history (struct search *search, size_t index)
{
  const struct vprod__history_line *line = &search->facts->history[index];
  const char *instruction = vprod__history_instruction (line->created_by);
  char where[80];
  int r;

  snprintf (where, sizeof where, "history entry %zu of %zu%s%s", search->facts->n_history - index, search->facts->n_history,
            *instruction ? ", " : "", instruction);
  search->where = where;
  r = vprod__secrets_by_form (line->created_by, on_hit, search);
  if (r == 0)
    r = vprod__secrets_in_history (line->created_by, on_named_hit, search);
  if (r == 0 && line->comment)
    r = vprod__secrets_by_form (line->comment, on_hit, search);
  return r;
}

/* ---- the values of run.env ---------------------------------------------------------------------------------------------- */

static int is_word (char c)
{
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Does it stand in text as a whole? */
static int stands_in (const char *text, const char *value)
{
  size_t n = strlen (value);

  for (const char *p = text; (p = strstr (p, value)); p++)
    if ((p == text || !is_word (p[-1]) || !is_word (*value)) && (!is_word (p[n]) || !is_word (value[n - 1])))
      return 1;
  return 0;
}

/* The part of base64 that is the same whatever stands before and behind, for each of the three places where a value may
   begin in a group of three bytes. */
static void base64_core (const char *value, size_t length, size_t shift, char *out)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t first_bit = (6 - shift * 8 % 6) % 6, n = 0;

  for (size_t bit = first_bit; bit + 6 <= 8 * length; bit += 6) {
    unsigned at = (unsigned char) value[bit / 8], next = bit / 8 + 1 < length ? (unsigned char) value[bit / 8 + 1] : 0;
    out[n++] = digits[((at << 8 | next) >> (10 - bit % 8)) & 63];
  }
  out[n] = '\0';
}

static int stands_in_base64 (const char *text, const char *value, int *ret)
{
  size_t length = strlen (value);
  _cleanup_free_ char *core = malloc (2 * length + 8);

  if (!core)
    return -1;
  *ret = 0;
  for (size_t shift = 0; shift < 3 && !*ret; shift++) {
    base64_core (value, length, shift, core);
    *ret = strlen (core) >= MIN_BASE64 && strstr (text, core) != NULL;
  }
  return 0;
}

/* Words that people use for throwaway values, and that an image may hold for other reasons. */
static int is_common (const char *value)
{
  static const char *const words[] = { "password", "passwd", "secret", "changeme", "postgres", "verify", "test", "testing",
                                       "testuser", "testpassword", "admin", "administrator", "default", "development",
                                       "production", "localhost", "verify-key", "12345678", "123456", "letmein", "qwerty", NULL };

  for (size_t i = 0; words[i]; i++)
    if (strcasecmp (value, words[i]) == 0)
      return 1;
  return vprod__secret_placeholder (value, strlen (value));
}

/* Is the value of a variable of run.env in this text? */
static int look_for_value (struct search *search, const char *text, const char *name, size_t name_length, const char *value)
{
  int encoded = 0, plain = stands_in (text, value);

  if (!plain && stands_in_base64 (text, value, &encoded) < 0)
    return -1;
  if (!plain && !encoded)
    return 0;
  struct vprod__secret_hit hit = {
    .rule = VPROD__SECRET_RUN_ENV,
    .description = encoded ? "value of the spec's run.env, in base64" : "value of the spec's run.env",
    .variable = name,
    .variable_length = name_length,
    .value = value,
    .length = strlen (value),
  };
  return on_hit (search, &hit);
}

static int look_for_value_everywhere (struct search *search, const char *name, size_t name_length, const char *value)
{
  const vprod_image_facts *image = search->facts->image;
  char **const lists[] = { image->env, image->labels, image->entrypoint, image->cmd, image->healthcheck };
  static const char *const kinds[] = { "ENV", "label", "ENTRYPOINT", "CMD", "HEALTHCHECK" };
  char where[80];

  for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
    for (size_t i = 0; lists[k] && lists[k][i]; i++) {
      const char *equals = strchr (lists[k][i], '=');
      snprintf (where, sizeof where, "%s%s%.*s", kinds[k], k < 2 ? " " : "",
                k < 2 && equals ? (int) (equals - lists[k][i]) : 0, lists[k][i]);
      search->where = where;
      if (look_for_value (search, k < 2 && equals ? equals + 1 : lists[k][i], name, name_length, value) < 0)
        return -1;
    }
  for (size_t i = 0; i < search->facts->n_history; i++) {
    snprintf (where, sizeof where, "history entry %zu of %zu", search->facts->n_history - i, search->facts->n_history);
    search->where = where;
    if (look_for_value (search, search->facts->history[i].created_by, name, name_length, value) < 0)
      return -1;
  }
  return 0;
}

static int look_for_run_env (struct search *search)
{
  for (size_t i = 0; search->facts->run_env && search->facts->run_env[i]; i++) {
    const char *pair = search->facts->run_env[i], *value = strchr (pair, '=');
    if (!value || !vprod__secret_name (pair, (size_t) (value - pair)))
      continue;
    size_t n = (size_t) (value++ - pair);
    /* ${db.password} is the throwaway database's */
    if (strlen (value) < MIN_RUN_ENV || strstr (value, "${") || is_common (value))
      continue;
    if (look_for_value_everywhere (search, pair, n, value) < 0)
      return -1;
  }
  return 0;
}

/* ---- the verdict ------------------------------------------------------------------------------------------------------------ */

static int look_everywhere (struct search *search)
{
  const vprod_image_facts *image = search->facts->image;
  int r = 0;

  for (size_t i = 0; r == 0 && image->env && image->env[i]; i++)
    r = look_at_pair (search, "ENV", image->env[i]);
  for (size_t i = 0; r == 0 && image->labels && image->labels[i]; i++)
    r = look_at_pair (search, "label", image->labels[i]);
  if (r == 0)
    r = look_at_argv (search, "ENTRYPOINT", image->entrypoint);
  if (r == 0)
    r = look_at_argv (search, "CMD", image->cmd);
  if (r == 0)
    r = look_at_argv (search, "HEALTHCHECK", image->healthcheck);
  for (size_t i = 0; r == 0 && i < search->facts->n_history; i++)
    r = look_at_history (search, i);
  return r == 0 ? look_for_run_env (search) : r;
}

static int tell_secrets (const struct search *search, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };

  for (size_t i = 0; i < search->count; i++) {
    const struct secret *secret = &search->list[i];
    _cleanup_free_ char *shown = vprod__text_redact (secret->value);
    if (!shown)
      return -1;
    vprod_finding *finding = vprod__result_finding (result, "%s: %s%s%s, %s", secret->where, secret->description,
                                                    secret->variable ? " in " : "",
                                                    secret->variable ? secret->variable : "", shown);
    vprod__finding_set (finding, "where", "%s", secret->where);
    vprod__finding_set (finding, "rule", "%s", secret->rule);
    if (secret->variable)
      vprod__finding_set (finding, "variable", "%s", secret->variable);
    vprod__finding_set (finding, "value", "%s", shown);
    if (secret->places > 1)
      vprod__finding_set (finding, "places", "%zu", secret->places);
    if (i < 3
        && vprod__buf_addf (&names, "%s%s (%s)", i ? ", " : "", secret->variable ? secret->variable : secret->description,
                            secret->where) < 0)
      return -1;
  }
  if (search->count > 3 && vprod__buf_addf (&names, " and %zu more", search->count + search->more - 3) < 0)
    return -1;
  vprod__result_remedy (result, "Give the app its secrets when it runs, and the build what it needs by "
                                "`RUN --mount=type=secret`, never by ARG or ENV. Who has the image has them: replace each of "
                                "them by a new one. What is none is named in checks.no-secrets.allow.");
  return vprod__result_fail (result, "%zu secret%s in the image's configuration and history: %s", search->count + search->more,
                             search->count + search->more == 1 ? "" : "s", names.data);
}

int vprod__judge_no_secrets (const struct vprod__secret_facts *facts, vprod_result *result)
{
  _cleanup_ (search_clear) struct search search = { .facts = facts };
  _cleanup_buf_ struct vprod__buf unused = { 0 };

  search.used = calloc (vprod__strv_length (facts->allow) + 1, 1);
  if (!search.used || look_everywhere (&search) != 0)
    return -1;
  for (size_t i = 0; facts->allow && facts->allow[i]; i++)
    if (!search.used[i] && vprod__buf_addf (&unused, "%s%s", unused.length ? ", " : "", facts->allow[i]) < 0)
      return -1;
  vprod__result_evidence (result, "history_entries", "%zu", facts->n_history);
  if (unused.length)
    vprod__result_evidence (result, "allowed_but_not_found", "%s", unused.data);
  if (search.count > 0)
    return tell_secrets (&search, result);
  return vprod__result_pass (result, "no secret in the image's configuration, labels and %zu entries of history",
                             facts->n_history);
}
