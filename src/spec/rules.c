/* SPDX-License-Identifier: MIT */
#include "spec/rules.h"
#include "spec/pattern.h"
#include "spec/read.h"
#include "util/file.h"
#include "util/grow.h"
#include "util/strv.h"
#include "util/text.h"

#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__yaml_node yaml_node;

/* ---- what the table cannot say ------------------------------------------------------------------------------------------ */

/* Of a list of items as it is written: a list, or one alone. */
static const yaml_node *item_at (const yaml_node *items, size_t index)
{
  if (!items || items->kind == VPROD__YAML_MAPPING)
    return items;
  return index < items->count ? items->items[index] : NULL;
}

/* ret: NULL, or the pattern. */
static int check_pattern (reader *r, const char *text, size_t at, const char *id, const char *what, struct vprod__pattern **ret)
{
  _cleanup_ (vprod__pattern_freep) struct vprod__pattern *pattern = NULL;
  _cleanup_free_ char *why = NULL;
  int n = vprod__pattern_new (text, &pattern, &why);

  if (n < 0)
    return vprod__spec_no_memory (r);
  if (n > 0)
    return vprod__spec_error (r, at, "%s%s%s is no regular expression: %s", id ? id : "", id ? ": " : "", what, why);
  if (ret)
    *ret = vprod__steal (&pattern);
  return 0;
}

static int check_patterns (reader *r, char *const *list, const yaml_node *node, const char *id, const char *what)
{
  int e = 0;

  for (size_t i = 0; !vprod__spec_is_over (r, e) && list && list[i]; i++)
    e = check_pattern (r, list[i], vprod__yaml_place (node, what, i), id, what, NULL);
  return e;
}

static int check_allow (reader *r, const struct vprod__rule_allow *allow, const yaml_node *node, const char *id)
{
  if (!allow->paths && !allow->regexes && !allow->stopwords && !allow->commits)
    return vprod__spec_error (r, vprod__yaml_place (node, NULL, 0), "%s%san allow list allows nothing; write paths, regexes or stopwords",
                              id ? id : "", id ? ": " : "");
  int e = check_patterns (r, allow->paths, node, id, "paths");
  return vprod__spec_is_over (r, e) ? e : check_patterns (r, allow->regexes, node, id, "regexes");
}

/* There is one list, under its new name and its old one. */
static int check_allows (reader *r, const struct vprod__rule_allow *list, size_t count, const yaml_node *node, const char *id)
{
  const yaml_node *items = vprod__yaml_get (node, "allowlists", NULL), *old = vprod__yaml_get (node, "allowlist", NULL);
  int e = 0;

  if (items && old)
    return vprod__spec_error (r, old->begin, "%s%swrite either allowlists or allowlist", id ? id : "", id ? ": " : "");
  if (!items)
    items = old;
  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < count; i++)
    e = check_allow (r, &list[i], item_at (items, i), id);
  return e;
}

static int check_regex (reader *r, const struct vprod__rule *rule, const yaml_node *node)
{
  _cleanup_ (vprod__pattern_freep) struct vprod__pattern *pattern = NULL;
  size_t at = vprod__yaml_place (node, "regex", 0);
  int e = check_pattern (r, rule->regex, at, rule->id, "regex", &pattern);

  if (e < 0)
    return e;
  int empty = vprod__pattern_matches_empty (pattern);
  if (empty < 0)
    return vprod__spec_no_memory (r);
  if (empty)
    return vprod__spec_error (r, at, "%s: regex matches an empty text, so that it finds everything", rule->id);
  if ((unsigned) rule->secret_group > vprod__pattern_groups (pattern))
    return vprod__spec_error (r, vprod__yaml_place (node, "secretGroup", 0), "%s: regex has no group %d: it has %u", rule->id,
                              rule->secret_group, vprod__pattern_groups (pattern));
  return 0;
}

static int check_rule (reader *r, struct vprod__rule *rule, const yaml_node *node)
{
  if (!rule->id)
    return r->n_mistakes > 0 ? 0 : vprod__spec_error (r, vprod__yaml_place (node, NULL, 0), "a rule has no id");
  if (!rule->regex && !rule->path)
    return r->n_mistakes > 0 ? 0 : vprod__spec_error (r, vprod__yaml_place (node, NULL, 0), "%s: a rule needs regex, path or both", rule->id);
  if (!rule->regex && (rule->keywords || rule->entropy > 0 || rule->secret_group > 0))
    return vprod__spec_error (r, vprod__yaml_place (node, NULL, 0), "%s: without regex, the path alone tells: leave out keywords, entropy and "
                                                        "secretGroup", rule->id);
  if (!rule->description || !*rule->description) {
    free (rule->description);
    if (!(rule->description = strdup (rule->id)))
      return vprod__spec_no_memory (r);
  }
  int e = rule->regex ? check_regex (r, rule, node) : 0;
  if (!vprod__spec_is_over (r, e) && rule->path)
    e = check_pattern (r, rule->path, vprod__yaml_place (node, "path", 0), rule->id, "path", NULL);
  return vprod__spec_is_over (r, e) ? e : check_allows (r, rule->allowlists, rule->n_allowlists, node, rule->id);
}

static const struct vprod__rule *find_rule (const struct vprod__rules *rules, const char *id)
{
  for (size_t f = 0; f < rules->n_files; f++)
    for (size_t i = 0; i < rules->files[f].n_rules; i++)
      if (rules->files[f].rules[i].id && strcmp (rules->files[f].rules[i].id, id) == 0)
        return &rules->files[f].rules[i];
  return NULL;
}

static int check_targets (reader *r, const struct vprod__rules_file *file, const yaml_node *root)
{
  const yaml_node *items = vprod__yaml_get (root, vprod__yaml_get (root, "allowlists", NULL) ? "allowlists" : "allowlist", NULL);
  _cleanup_free_ const char **ids = calloc (file->n_rules + 1, sizeof *ids);
  int e = 0;

  if (!ids)
    return vprod__spec_no_memory (r);
  for (size_t i = 0, n = 0; i < file->n_rules; i++)
    if (file->rules[i].id)
      ids[n++] = file->rules[i].id;
  for (size_t i = 0; i < file->n_allowlists; i++)
    for (char **id = file->allowlists[i].target_rules; !vprod__spec_is_over (r, e) && id && *id; id++)
      if (!vprod__text_is_one_of (*id, ids)) {
        const char *nearest = vprod__text_nearest (*id, ids);
        _cleanup_free_ char *shown = vprod__text_harmless (*id, strnlen (*id, 80));
        size_t at = vprod__yaml_place (item_at (items, i), "targetRules", (size_t) (id - file->allowlists[i].target_rules));
        e = !shown ? vprod__spec_no_memory (r)
                   : vprod__spec_error (r, at, "targetRules: this file has no rule \"%s\"%s%s%s", shown,
                                        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
      }
  return e;
}

/* others: the files before this one. */
static int check_file (reader *r, struct vprod__rules_file *file, const struct vprod__rules *others)
{
  const yaml_node *root = r->yaml->root;
  const yaml_node *items = vprod__yaml_get (root, "rules", NULL);
  struct vprod__rules before = { .files = file, .n_files = 1 };
  size_t n_rules = file->n_rules;
  int e = 0;

  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < n_rules; i++) {
    struct vprod__rule *rule = &file->rules[i];
    e = check_rule (r, rule, item_at (items, i));
    file->n_rules = i; /* those before it */
    if (!vprod__spec_is_over (r, e) && rule->id && (find_rule (others, rule->id) || find_rule (&before, rule->id)))
      e = vprod__spec_error (r, vprod__yaml_place (item_at (items, i), "id", 0), "there is another rule %s", rule->id);
    file->n_rules = n_rules;
  }
  if (!vprod__spec_is_over (r, e))
    e = check_allows (r, file->allowlists, file->n_allowlists, root, NULL);
  if (!vprod__spec_is_over (r, e))
    e = check_targets (r, file, root);
  if (r->n_mistakes == 0 && e == 0 && file->n_rules == 0)
    e = vprod__spec_error (r, root->begin, "there are no rules in it");
  return e;
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

static int read_file (struct vprod__rules *rules, const char *yaml, size_t length, const char *label, vprod_error **err)
{
  _cleanup_yaml_ struct vprod__yaml *tree = NULL;
  reader r = { .err = err };

  if (vprod__grow (&rules->files, rules->n_files) < 0)
    return vprod__error_no_memory (err);
  struct vprod__rules_file *file = memset (&rules->files[rules->n_files], 0, sizeof *file);
  const struct vprod__rules before = *rules;
  rules->n_files++;
  if (vprod__spec_reset (vprod__rule_keys, file) < 0)
    return vprod__error_no_memory (err);
  int e = vprod__yaml_parse (yaml, length, label, &tree, err);
  if (e < 0)
    return e;
  r.yaml = tree;
  e = vprod__spec_read_all (&r, vprod__rule_keys, file);
  vprod__buf_clear (&r.path);
  if (e == 0)
    e = check_file (&r, file, &before);
  if (e == 0 || e == -VPROD_ERROR_SPEC)
    e = vprod__spec_report (&r);
  vprod__spec_reader_clear (&r);
  return e;
}

static struct vprod__rules *make (void)
{
  struct vprod__rules *rules = calloc (1, sizeof *rules);

  if (rules)
    rules->refs = 1;
  return rules;
}

int vprod__rules_parse (const char *yaml, size_t length, const char *label, struct vprod__rules **ret, vprod_error **err)
{
  _cleanup_ (vprod__rules_unrefp) struct vprod__rules *rules = make ();
  int r = rules ? read_file (rules, yaml, length, label, err) : vprod__error_no_memory (err);

  if (r == 0)
    *ret = vprod__steal (&rules);
  return r;
}

int vprod__rules_load (char *const *paths, struct vprod__rules **ret, vprod_error **err)
{
  _cleanup_ (vprod__rules_unrefp) struct vprod__rules *rules = NULL;

  *ret = NULL;
  if (!paths || !*paths)
    return 0;
  if (!(rules = make ()) || vprod__strv_copy (paths, &rules->paths) < 0)
    return vprod__error_no_memory (err);
  for (; *paths; paths++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    _cleanup_error_ vprod_error *error = NULL;
    int r = vprod__file_read (*paths, VPROD__YAML_MAX_BYTES + 1, &text, &error);
    if (r == -VPROD_ERROR_NO_MEMORY)
      return vprod__error_no_memory (err);
    if (r != 0)
      return vprod__error_set (err, VPROD_ERROR_SPEC, 0, "checks.no-secrets.rules: %s%s",
                               r < 0 ? vprod_error_get_message (error) : "there is no file ", r < 0 ? "" : *paths);
    r = read_file (rules, vprod__buf_string (&text), text.length, *paths, err);
    if (r < 0)
      return r;
  }
  *ret = vprod__steal (&rules);
  return 0;
}

struct vprod__rules *vprod__rules_ref (struct vprod__rules *rules)
{
  if (rules)
    __atomic_add_fetch (&rules->refs, 1, __ATOMIC_RELAXED);
  return rules;
}

void vprod__rules_unref (struct vprod__rules *rules)
{
  if (!rules || __atomic_sub_fetch (&rules->refs, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (size_t i = 0; i < rules->n_files; i++)
    vprod__spec_clear (vprod__rule_keys, &rules->files[i]);
  free (rules->files);
  vprod__strv_free (rules->paths);
  free (rules);
}
