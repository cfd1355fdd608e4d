/* SPDX-License-Identifier: MIT */
/*
 * Looks at every text of an image's configuration and history, and keeps what is found: each secret once, at the
 * place that a person would look at first. Values are kept for comparing and shown redacted.
 */
#include "checks/no_secrets/facts.h"
#include "checks/no_secrets/layers.h"

#include <stdio.h>
#include <string.h>
#include "util/buf.h"
#include "util/strv.h"
#include "util/text.h"

#define MAX_SECRETS 100 /* to tell of */

struct secret {
  char *where;
  const char *rule;
  const char *description;
  char *variable; /* or NULL */
  char *value;
  size_t places;
  /* in a layer; lent; else NULL */
  const struct vprod__layer_secret *found;
};

struct search {
  const struct vprod__no_secrets_facts *facts;
  const char *where;    /* the text that is being looked at */
  const char *variable; /* whose value it is, or NULL */
  struct secret *list;
  size_t count;
  size_t more;          /* beyond MAX_SECRETS */
  struct vprod__secret_allow allow;
};

static void secret_clear (struct secret *secret)
{
  free (secret->where);
  free (secret->variable);
  free (secret->value);
}

static void search_clear (struct search *search)
{
  for (size_t i = 0; i < search->count; i++)
    secret_clear (&search->list[i]);
  free (search->list);
  vprod__secret_allow_clear (&search->allow);
}

/* ---- keeping ------------------------------------------------------------------------------------------- */

/* The same value under another name is another secret, unless its form tells what it is. */
static int is_same (const struct secret *a, const struct secret *b)
{
  if (strcmp (a->value, b->value) != 0)
    return 0;
  if (strcmp (b->rule, VPROD__SECRET_RUN_ENV) == 0)
    return 1; /* what has been found under its own name need not be found again as run.env's */
  if (strcmp (a->rule, VPROD__SECRET_BY_NAME) != 0 && strcmp (b->rule, VPROD__SECRET_BY_NAME) == 0 && a->variable && b->variable
      && strcmp (a->variable, b->variable) == 0)
    return 1; /* known by its form, and given to the same name elsewhere: ENV, and the history's entry of it */
  if (strcmp (a->where, b->where) == 0 && (a->found == NULL) == (b->found == NULL)
      && (strcmp (a->rule, VPROD__SECRET_BY_NAME) == 0) != (strcmp (b->rule, VPROD__SECRET_BY_NAME) == 0))
    return 1; /* by its form and by its name */
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
      if (!search->list[i].found) /* the file in which it is too, beside what it was found in first */
        search->list[i].found = secret->found;
      r = 0;
    }
  struct vprod__secret_place place = { secret->rule, secret->variable, secret->value,
                                       secret->found ? secret->found->path : NULL,
                                       secret->found ? secret->found->fingerprint : NULL };
  if (r == 1 && vprod__secret_allowed (&search->allow, &place))
    r = 0;
  else if (search->facts->redact && vprod__redact_add (search->facts->redact, secret->value, strlen (secret->value)) < 0)
    r = -1;
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
  secret_clear (secret);
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
    secret_clear (&secret);
    return -1;
  }
  return keep (search, &secret);
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static int has_form (void *data, const struct vprod__secret_hit *hit)
{
  (void) hit;
  *(int *) data = 1;
  return 0;
}

/* A value whose form tells more than its name: then it is found by its form. */
static int on_named_hit (void *data, const struct vprod__secret_hit *hit)
{
  struct search *search = data;
  _cleanup_free_ char *value = strndup (hit->value, hit->length);
  int known = 0;

  if (!value || vprod__secrets_by_form (search->facts->scan, value, has_form, &known) != 0)
    return -1;
  return known ? 0 : on_hit (search, hit);
}

/* NAME=value of the configuration. */
static int look_at_pair (struct search *search, const char *kind, const char *pair)
{
  size_t n = strcspn (pair, "=");
  _cleanup_free_ char *name = strndup (pair, n);
  _cleanup_free_ char *where = name ? vprod__text_format ("%s %s", kind, name) : NULL;
  const char *value = pair[n] ? pair + n + 1 : "";
  int r;

  if (!where)
    return -1;
  search->where = where;
  search->variable = name;
  r = vprod__secrets_by_form (search->facts->scan, pair, on_hit, search);
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
    r = vprod__secrets_by_form (search->facts->scan, argv[i], on_hit, search);
  return r == 0 ? vprod__secrets_in_argv (argv, on_named_hit, search) : r;
}

/* ONBUILD: the instruction as it is written. */
static int look_at_onbuild (struct search *search, const char *instruction)
{
  search->where = "ONBUILD";
  int r = vprod__secrets_by_form (search->facts->scan, instruction, on_hit, search);

  return r == 0 ? vprod__secrets_in_history (instruction, on_named_hit, search) : r;
}

static int look_at_history (struct search *search, size_t index)
{
  const struct vprod__history_line *line = &search->facts->history[index];
  const char *instruction = vprod__history_instruction (line->created_by);
  char where[80];
  int r;

  snprintf (where, sizeof where, "history entry %zu of %zu%s%s", search->facts->n_history - index,
            search->facts->n_history, *instruction ? ", " : "", instruction);
  search->where = where;
  r = vprod__secrets_by_form (search->facts->scan, line->created_by, on_hit, search);
  if (r == 0)
    r = vprod__secrets_in_history (line->created_by, on_named_hit, search);
  if (r == 0 && line->comment)
    r = vprod__secrets_by_form (search->facts->scan, line->comment, on_hit, search);
  return r;
}

/* ---- the values of run.env ----------------------------------------------------------------------------- */

/* Is the value of a variable of run.env in this text? */
static int look_for_value (struct search *search, const char *text, const char *name, size_t name_length,
                           const char *value)
{
  int encoded, r = vprod__secret_stands_in (text, value, &encoded);

  if (r <= 0)
    return r;
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

static int look_for_value_everywhere (struct search *search, const char *name, size_t name_length,
                                      const char *value)
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
      if (look_for_value (search, k < 2 && equals ? equals + 1 : lists[k][i], name, name_length, value) < 0)
        return -1;
    }
  for (size_t i = 0; i < search->facts->n_history; i++) {
    snprintf (where, sizeof where, "history entry %zu of %zu", search->facts->n_history - i,
              search->facts->n_history);
    search->where = where;
    if (look_for_value (search, search->facts->history[i].created_by, name, name_length, value) < 0)
      return -1;
  }
  return 0;
}

static int look_for_run_env (struct search *search)
{
  for (size_t i = 0; search->facts->run_env && search->facts->run_env[i]; i++) {
    const char *pair = search->facts->run_env[i];
    size_t n;
    const char *value = vprod__secret_run_env (pair, &n);
    if (value && look_for_value_everywhere (search, pair, n, value) < 0)
      return -1;
  }
  return 0;
}

/* ---- the layers ---------------------------------------------------------------------------------------- */

/* The name in run.env of a value that was found, or NULL. */
static char *name_of_value (const struct search *search, const char *value)
{
  for (size_t i = 0; search->facts->run_env && search->facts->run_env[i]; i++) {
    size_t n;
    const char *one = vprod__secret_run_env (search->facts->run_env[i], &n);
    if (one && strcmp (one, value) == 0)
      return strndup (search->facts->run_env[i], n);
  }
  return NULL;
}

static int look_at_layers (struct search *search)
{
  const struct vprod__layer_secrets *layers = search->facts->layers;

  for (size_t i = 0; i < layers->count; i++) {
    const struct vprod__layer_secret *found = &layers->list[i];
    int of_run_env = strcmp (found->rule, VPROD__SECRET_RUN_ENV) == 0;
    struct secret secret = {
      .rule = of_run_env ? VPROD__SECRET_RUN_ENV : found->rule,
      .description = of_run_env ? "value of the spec's run.env" : found->description,
      .value = strdup (found->value),
      .variable = of_run_env ? name_of_value (search, found->value) : NULL,
      .places = found->places,
      .found = found,
    };
    secret.where = vprod__text_format ("layer %ld of %zu, /%s line %llu", found->layer + 1, layers->layers.depth,
                                       found->path, (unsigned long long) found->line);
    if (!secret.where || !secret.value || (of_run_env && !secret.variable)) {
      secret_clear (&secret);
      return -1;
    }
    if (keep (search, &secret) < 0)
      return -1;
  }
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
    r = look_for_run_env (search);
  return r == 0 && search->facts->layers ? look_at_layers (search) : r;
}

/* What the findings of layers say beside. */
static void tell_layer (const struct vprod__layer_secret *found, const struct vprod__layers *layers,
                        vprod_finding *finding)
{
  const struct vprod__layer_origin *origin = &layers->origins[found->layer];

  vprod__finding_set (finding, "layer", "%ld", found->layer + 1);
  if (origin->digest)
    vprod__finding_set (finding, "digest", "%s", origin->digest);
  if (origin->created_by)
    vprod__finding_set (finding, "created_by", "%.200s", origin->created_by);
  vprod__finding_set (finding, "path", "/%s", found->path);
  vprod__finding_set (finding, "line", "%llu", (unsigned long long) found->line);
  vprod__finding_set (finding, "fingerprint", "%s", found->fingerprint);
}

/* What the secret is given to; NULL: it is not known. */
static const char *variable_of (const struct secret *secret)
{
  return secret->variable ? secret->variable : secret->found ? secret->found->variable : NULL;
}

static int tell_secrets (const struct search *search, vprod_result *result)
{
  _cleanup_buf_ struct vprod__buf names = { 0 };
  size_t all = search->count + search->more;

  for (size_t i = 0; i < search->count; i++) {
    const struct secret *secret = &search->list[i];
    _cleanup_free_ char *shown = vprod__text_redact (secret->value);
    if (!shown)
      return -1;
    const char *variable = variable_of (secret);
    vprod_finding *finding =
      variable && strcmp (secret->rule, VPROD__SECRET_BY_NAME) == 0
        ? vprod__result_finding (result, "%s: %s is a literal secret, %s", secret->where, variable, shown)
        : vprod__result_finding (result, "%s: %s%s%s, %s", secret->where, secret->description,
                                 variable ? " in " : "", variable ? variable : "", shown);
    vprod__finding_set (finding, "where", "%s", secret->where);
    vprod__finding_set (finding, "rule", "%s", secret->rule);
    if (variable)
      vprod__finding_set (finding, "variable", "%s", variable);
    vprod__finding_set (finding, "value", "%s", shown);
    if (secret->found)
      tell_layer (secret->found, &search->facts->layers->layers, finding);
    if (secret->places > 1)
      vprod__finding_set (finding, "places", "%zu", secret->places);
    if (i < 3
        && vprod__text_addf (&names, "%s%s (%s)", i ? ", " : "",
                            variable ? variable : secret->description, secret->where)
             < 0)
      return -1;
  }
  if (search->count > 3 && vprod__text_addf (&names, " and %zu more", all - 3) < 0)
    return -1;
  vprod__result_remedy (
    result, "Give the app its secrets when it runs, and the build what it needs by "
            "`RUN --mount=type=secret`, never by ARG, ENV or COPY; a later RUN rm removes nothing from the layer "
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

  if (vprod__secret_allow_init (&search.allow, facts->allow) < 0 || look_everywhere (&search) != 0)
    return vprod__error_no_memory (err);
  for (size_t i = 0; facts->allow && facts->allow[i]; i++)
    if (!search.allow.used[i] && !(facts->layers && facts->layers->allow_used[i])
        && vprod__text_addf (&unused, "%s%s", unused.length ? ", " : "", facts->allow[i]) < 0)
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
