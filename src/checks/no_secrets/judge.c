/* SPDX-License-Identifier: MIT */
/*
 * Searches every text of an image's configuration and history, and keeps each secret once, with the place that a person would
 * look at first. Values are kept for comparing and shown redacted.
 */
#include "checks/no_secrets/facts.h"
#include "checks/no_secrets/layers.h"

#include "util/buf.h"
#include "util/grow.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

#define MAX_SECRETS 100 /* findings */

struct secret {
  struct vprod__secret *is;
  char *where;
  size_t places;
  const struct vprod__layer_secret *found; /* in a layer; lent; else NULL */
};

struct search {
  const struct vprod__no_secrets_facts *facts;
  const char *where;    /* the text that is being looked at */
  struct secret *list;
  size_t count;
  size_t more;          /* beyond MAX_SECRETS */
};

static void secret_clear (struct secret *secret)
{
  free (secret->where);
  free (secret->is);
}

static void search_clear (struct search *search)
{
  for (size_t i = 0; i < search->count; i++)
    secret_clear (&search->list[i]);
  free (search->list);
}

/* ---- keeping ------------------------------------------------------------------------------------------- */

static int is_rule (const struct vprod__secret *secret, const char *rule)
{
  return strcmp (secret->rule, rule) == 0;
}

static int is_in_layer (const struct vprod__secret *secret)
{
  return secret->path != NULL;
}

/* The same value under another name is another secret, unless its form tells what it is. */
static int is_same (const struct secret *known, const struct vprod__secret *b, const char *where)
{
  const struct vprod__secret *a = known->is;

  if (strcmp (a->value, b->value) != 0 || !*a->value) /* what is a file as a whole has none */
    return 0;
  if (is_rule (b, VPROD__SECRET_RUN_ENV))
    return 1; /* already found by its own name */
  int a_by_name = is_rule (a, VPROD__SECRET_BY_NAME), b_by_name = is_rule (b, VPROD__SECRET_BY_NAME);
  if (!a_by_name && b_by_name && a->variable && b->variable && strcmp (a->variable, b->variable) == 0)
    return 1; /* found by its form, and given to the same name elsewhere: in ENV and in the history's entry of it */
  if (strcmp (known->where, where) == 0 && (known->found != NULL) == is_in_layer (b) && !(a_by_name && b_by_name))
    return 1; /* found in one place by its form and by its name, or by its form and the header that it stands in */
  return is_rule (a, b->rule) && (!a->variable || !b->variable || strcmp (a->variable, b->variable) == 0);
}

static int keep_new (struct search *search, const struct vprod__secret *secret, size_t places,
                     const struct vprod__layer_secret *found)
{
  struct secret new = { vprod__secret_copy (secret), strdup (search->where), places, found };

  if (!new.is || !new.where || vprod__grow (&search->list, search->count) < 0) {
    secret_clear (&new);
    return -1;
  }
  search->list[search->count++] = new;
  return 0;
}

static int is_allowed (const struct search *search, const struct vprod__secret *secret)
{
  return search->facts->allow && vprod__secret_allowed (search->facts->allow, secret);
}

/* Found in a file by the name that it has there, and now by being what the spec gives: that says whose it is. */
static int says_more (const struct secret *known, const struct vprod__secret *b)
{
  return known->found && is_rule (known->is, VPROD__SECRET_BY_NAME) && is_in_layer (b) && is_rule (b, VPROD__SECRET_RUN_ENV);
}

/* Takes its place. */
static int retell (struct search *search, struct secret *known, const struct vprod__secret *secret,
                   const struct vprod__layer_secret *found)
{
  struct secret new = { vprod__secret_copy (secret), strdup (search->where), known->places, found };

  if (!new.is || !new.where) {
    secret_clear (&new);
    return -1;
  }
  secret_clear (known);
  *known = new;
  return 0;
}

/* Of a secret that stands at search->where. found: in a layer; else NULL. */
static int keep (struct search *search, const struct vprod__secret *secret, size_t places,
                 const struct vprod__layer_secret *found)
{
  int is_known = 0;

  for (size_t i = 0; i < search->count && !is_known; i++)
    if (is_same (&search->list[i], secret, search->where)) {
      search->list[i].places++;
      if (!search->list[i].found) /* it is in a file, too */
        search->list[i].found = found;
      if (says_more (&search->list[i], secret) && retell (search, &search->list[i], secret, found) < 0)
        return -1;
      is_known = 1;
    }
  if (!is_known && is_allowed (search, secret))
    return 0;
  if (search->facts->redact && vprod__redact_add (search->facts->redact, secret->value, strlen (secret->value)) < 0)
    return -1;
  if (is_known)
    return 0;
  if (search->count < MAX_SECRETS)
    return keep_new (search, secret, places, found);
  search->more++;
  return 0;
}

static int has_form (void *data, const struct vprod__secret *secret)
{
  (void) secret;
  *(int *) data = 1;
  return 0;
}

static int on_secret (void *data, const struct vprod__secret *secret)
{
  struct search *search = data;
  int known = 0;

  /* a value that has a known form was found by it */
  if (is_rule (secret, VPROD__SECRET_BY_NAME)
      && vprod__secrets_in_text (search->facts->scan, secret->value, has_form, &known) != 0)
    return -1;
  return known ? 0 : keep (search, secret, 1, NULL);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

/* NAME=value of the configuration. */
static int look_at_pair (struct search *search, const char *kind, const char *pair)
{
  _cleanup_free_ char *where = vprod__text_format ("%s %.*s", kind, (int) strcspn (pair, "="), pair);

  if (!where)
    return -1;
  search->where = where;
  return vprod__secrets_in_pair (search->facts->scan, pair, on_secret, search);
}

static int look_at_argv (struct search *search, const char *kind, char *const *argv)
{
  search->where = kind;
  return vprod__secrets_in_argv (search->facts->scan, argv, on_secret, search);
}

/* ONBUILD: the instruction as it is written. */
static int look_at_onbuild (struct search *search, const char *instruction)
{
  search->where = "ONBUILD";
  return vprod__secrets_in_instruction (search->facts->scan, instruction, on_secret, search);
}

static int look_at_history (struct search *search, size_t index)
{
  const struct vprod__history_line *line = &search->facts->history[index];
  const char *instruction = vprod__history_instruction (line->created_by);
  char where[80];

  snprintf (where, sizeof where, "history entry %zu of %zu%s%s", search->facts->n_history - index,
            search->facts->n_history, *instruction ? ", " : "", instruction);
  search->where = where;
  int r = vprod__secrets_in_instruction (search->facts->scan, line->created_by, on_secret, search);
  if (r == 0 && line->comment)
    r = vprod__secrets_in_text (search->facts->scan, line->comment, on_secret, search);
  return r;
}

/* ---- the spec's own secrets ---------------------------------------------------------------------------- */

struct wanted {
  const struct vprod__given_secret *given;
  struct vprod__scan_values values;
};

static int look_for_value (struct search *search, const struct wanted *wanted, const char *text)
{
  const struct vprod__scan_value *stands = vprod__scan_values_find (&wanted->values, text);

  if (!stands)
    return 0;
  struct vprod__secret secret = {
    .rule = VPROD__SECRET_RUN_ENV,
    .description = vprod__given_words (wanted->given->by, stands->coded != NULL),
    .variable = wanted->given->name,
    .value = stands->plain,
  };
  return keep (search, &secret, 1, NULL);
}

static int look_for_value_everywhere (struct search *search, const struct wanted *wanted)
{
  const vprod_image_facts *image = search->facts->image;
  char **const lists[] = { image->env, image->labels, image->entrypoint, image->cmd, image->healthcheck, image->onbuild };
  static const char *const kinds[] = { "ENV", "label", "ENTRYPOINT", "CMD", "HEALTHCHECK", "ONBUILD" };
  char where[80];

  for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
    for (size_t i = 0; lists[k] && lists[k][i]; i++) {
      const char *equals = strchr (lists[k][i], '=');
      snprintf (where, sizeof where, "%s%s%.*s", kinds[k], k < 2 ? " " : "",
                k < 2 && equals ? (int) (equals - lists[k][i]) : 0, lists[k][i]);
      search->where = where;
      if (look_for_value (search, wanted, k < 2 && equals ? equals + 1 : lists[k][i]) < 0)
        return -1;
    }
  for (size_t i = 0; i < search->facts->n_history; i++) {
    snprintf (where, sizeof where, "history entry %zu of %zu", search->facts->n_history - i,
              search->facts->n_history);
    search->where = where;
    if (look_for_value (search, wanted, search->facts->history[i].created_by) < 0)
      return -1;
  }
  return 0;
}

static int look_for_given (struct search *search)
{
  int r = 0;

  for (size_t i = 0; r == 0 && search->facts->given && i < search->facts->given->count; i++) {
    const struct vprod__given_secret *given = &search->facts->given->list[i];
    const char *const values[] = { given->value, NULL };
    struct wanted wanted = { .given = given };
    r = vprod__scan_values_make (values, &wanted.values) == 0 ? look_for_value_everywhere (search, &wanted) : -1;
    vprod__scan_values_clear (&wanted.values);
  }
  return r;
}

/* ---- the layers ---------------------------------------------------------------------------------------- */

static int look_at_layer_secret (struct search *search, const struct vprod__layer_secret *found)
{
  struct vprod__secret secret = *found->is;
  const struct vprod__given_secret *given =
    is_rule (&secret, VPROD__SECRET_RUN_ENV) && search->facts->given ? vprod__given_find (search->facts->given, secret.value)
                                                                     : NULL;
  char line[32] = ""; /* of a file as a whole, none */

  if (*secret.value)
    snprintf (line, sizeof line, " line %llu", (unsigned long long) secret.line);
  _cleanup_free_ char *where = vprod__text_format ("layer %ld of %zu, /%s%s", found->layer + 1, search->facts->layers->layers.depth,
                                                   secret.path, line);
  if (!where)
    return -1;
  if (given)
    secret.description = vprod__given_words (given->by, 0);
  secret.variable = given ? given->name : NULL; /* the same value in other places is the same secret, whatever name it has there: see variable_of */
  search->where = where;
  return keep (search, &secret, found->places, found);
}

static int look_at_layers (struct search *search)
{
  const struct vprod__layer_secrets *layers = search->facts->layers;

  for (size_t i = 0; i < layers->count; i++)
    if (look_at_layer_secret (search, &layers->list[i]) < 0)
      return -1;
  search->more += layers->more;
  return 0;
}

/* ---- the verdict --------------------------------------------------------------------------------------- */

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
  for (size_t i = 0; r == 0 && image->onbuild && image->onbuild[i]; i++)
    r = look_at_onbuild (search, image->onbuild[i]);
  for (size_t i = 0; r == 0 && i < search->facts->n_history; i++)
    r = look_at_history (search, i);
  if (r == 0)
    r = look_for_given (search);
  return r == 0 && search->facts->layers ? look_at_layers (search) : r;
}

/* The further facts of a finding in a layer. */
static void tell_layer (const struct vprod__layer_secret *found, const struct vprod__layers *layers,
                        vprod_finding *finding)
{
  const struct vprod__layer_origin *origin = &layers->origins[found->layer];

  vprod__finding_set (finding, "layer", "%ld", found->layer + 1);
  if (origin->digest)
    vprod__finding_set (finding, "digest", "%s", origin->digest);
  if (origin->created_by)
    vprod__finding_set (finding, "created_by", "%.200s", origin->created_by);
  vprod__finding_set (finding, "path", "/%s", found->is->path);
  if (*found->is->value)
    vprod__finding_set (finding, "line", "%llu", (unsigned long long) found->is->line);
  vprod__finding_set (finding, "fingerprint", "%s", found->is->fingerprint);
}

/* What the secret is given to; NULL: unknown. */
static const char *variable_of (const struct secret *secret)
{
  return secret->is->variable ? secret->is->variable : secret->found ? secret->found->is->variable : NULL;
}

static int tell_secrets (const struct search *search, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  size_t all = search->count + search->more;

  for (size_t i = 0; i < search->count; i++) {
    const struct secret *secret = &search->list[i];
    _cleanup_free_ char *shown = *secret->is->value ? vprod__text_redact (secret->is->value) : strdup ("the file as a whole");
    if (!shown)
      return -1;
    const char *variable = variable_of (secret);
    vprod_finding *finding =
      variable && is_rule (secret->is, VPROD__SECRET_BY_NAME)
        ? vprod__result_finding (result, "%s: %s is a literal secret, %s", secret->where, variable, shown)
        : vprod__result_finding (result, "%s: %s%s%s, %s", secret->where, secret->is->description,
                                 variable ? " in " : "", variable ? variable : "", shown);
    vprod__finding_set (finding, "where", "%s", secret->where);
    vprod__finding_set (finding, "rule", "%s", secret->is->rule);
    if (variable)
      vprod__finding_set (finding, "variable", "%s", variable);
    vprod__finding_set (finding, "value", "%s", shown);
    if (secret->found)
      tell_layer (secret->found, &search->facts->layers->layers, finding);
    if (secret->places > 1)
      vprod__finding_set (finding, "places", "%zu", secret->places);
    if (i < 3
        && vprod__text_addf (&names, "%s%s (%s)", i ? ", " : "",
                            variable ? variable : secret->is->description, secret->where)
             < 0)
      return -1;
  }
  if (search->count > 3 && vprod__text_addf (&names, " and %zu more", all - 3) < 0)
    return -1;
  vprod__result_remedy (
    result, "Give the app its secrets when it runs, and the build what it needs by "
            "`RUN --mount=type=secret` (image.secrets in the spec), never by ARG, ENV or COPY, nor by copying what is "
            "mounted; a later RUN rm removes nothing from the layer "
            "below. Who has the image has them: replace each of them by a new one. What is none is named in "
            "checks.no-secrets.allow, by its fingerprint, path or rule.");
  return vprod__result_fail (result, "%zu secret%s in the image%s: %s", all, all == 1 ? "" : "s",
                             search->facts->layers ? "" : "'s configuration and history", names.data);
}

static void tell_layers (const struct vprod__layer_secrets *layers, vprod_result *result)
{
  vprod__result_evidence (result, "layers", "%zu", layers->layers.depth);
  vprod__result_evidence (result, "files", "%zu", layers->files);
  vprod__result_evidence (result, "bytes", "%llu", (unsigned long long) layers->bytes);
  if (layers->n_cut > 0)
    vprod__result_evidence (result, "not_read_to_the_end", "%zu archive%s in the image%s/%s: %s", layers->n_cut,
                            layers->n_cut == 1 ? "" : "s", layers->n_cut == 1 ? ": " : ", the first: ",
                            layers->cut ? layers->cut : "", layers->why_cut);
}

int vprod__no_secrets_judge (const struct vprod__no_secrets_facts *facts, vprod_result *result, vprod_error **err)
{
  _cleanup_ (search_clear) struct search search = { .facts = facts };
  _cleanup_buf_ struct vprod__buf unused = { 0 };

  if (look_everywhere (&search) != 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; facts->allow && facts->allow->list && facts->allow->list[i]; i++)
    if (!facts->allow->used[i] && vprod__text_addf (&unused, "%s%s", unused.length ? ", " : "", facts->allow->list[i]) < 0)
      return vprod__error_no_memory (err);
  vprod__result_evidence (result, "history_entries", "%zu", facts->n_history);
  if (facts->layers)
    tell_layers (facts->layers, result);
  if (unused.length)
    vprod__result_evidence (result, "allowed_but_not_found", "%s", unused.data);
  if (search.count > 0)
    return tell_secrets (&search, result) < 0 ? vprod__error_no_memory (err) : 0;
  if (!facts->layers)
    return vprod__result_pass (result, "no secret in the image's configuration, labels and history (%zu %s)",
                               facts->n_history, facts->n_history == 1 ? "entry" : "entries");
  return vprod__result_pass (
    result,
    "no secret in the image's configuration, labels, history (%zu %s) and %zu files of %zu layer%s",
    facts->n_history, facts->n_history == 1 ? "entry" : "entries", facts->layers->files,
    facts->layers->layers.depth, facts->layers->layers.depth == 1 ? "" : "s");
}
