/* SPDX-License-Identifier: MIT */
/* Files of own rules: what they say, and what is wrong with one, with its place and what to write instead. */
#include "unit.h"

#include <stdio.h>

#include "spec/pattern.h"
#include "spec/rules.h"
#include "spec/spec.h"

static const struct {
  const char *yaml;
  const char *message; /* how it begins, after "r.yaml:" */
} wrong[] = {
  { "", "1:1: the file is empty" },
  { "rules", "1:1: must be a mapping, not \"rules\"" },
  { "rules: []", "1:1: there are no rules in it" },
  { "title: x", "1:1: there are no rules in it" },
  { "rules: {id: a}", "1:8: rules: must be a list of mappings, such as [{id: acme-token, regex:" },
  { "rules:\n- {id: a, regx: b}", "2:11: rules[0]: unknown key \"regx\"; did you mean \"regex\"?" },
  { "rules:\n- {id: a, regex: b, secretgroup: 1}", "2:21: rules[0]: unknown key \"secretgroup\"; did you mean \"secretGroup\"?" },
  { "ruels: []", "1:1: unknown key \"ruels\"; did you mean \"rules\"?" },
  { "extend: {useDefault: true}\nrules: [{id: a, regex: b}]", "1:1: unknown key \"extend\"; known here: title," },
  { "id: a", "1:1: unknown key \"id\" here; did you mean rules.*.id?" },
  { "rules: [{regex: a}]", "1:9: a rule has no id" },
  { "rules: [{id: a}]", "1:9: a: a rule needs regex, path or both" },
  { "rules: [{id: 'a b', regex: a}]", "1:14: rules[0].id: \"a b\" is no id of a rule" },
  { "rules: [{id: a, regex: ''}]", "1:24: rules[0].regex: is empty" },
  { "rules: [{id: a, path: b, keywords: [c]}]", "1:9: a: without regex, the path alone tells" },
  { "rules:\n- {id: a, regex: b}\n- {id: a, regex: b}", "3:8: there is another rule a" },
  { "rules: [{id: a, regex: '(b'}]", "1:24: a: regex is no regular expression: missing closing parenthesis, at character 3" },
  { "rules: [{id: a, regex: 'b*'}]", "1:24: a: regex matches an empty text, so that it finds everything" },
  { "rules: [{id: a, path: '*'}]", "1:23: a: path is no regular expression" },
  { "rules: [{id: a, regex: '(b)', secretGroup: 2}]", "1:44: a: regex has no group 2: it has 1" },
  { "rules: [{id: a, regex: b, secretGroup: 100}]", "1:40: rules[0].secretGroup: must be a number from 0 to 99" },
  { "rules: [{id: a, regex: b, entropy: 9}]", "1:36: rules[0].entropy: must be a number from 0 to 8, such as 3.5, not \"9\"" },
  { "rules: [{id: a, regex: b, entropy: 3.}]", "1:36: rules[0].entropy: must be a number from 0 to 8" },
  { "rules: [{id: a, regex: b, entropy: -1}]", "1:36: rules[0].entropy: must be a number from 0 to 8" },
  { "rules: [{id: a, regex: b, allowlists: [{}]}]", "1:40: a: an allow list allows nothing" },
  { "rules: [{id: a, regex: b, allowlists: [{regexes: [c, '(']}]}]", "1:54: a: regexes is no regular expression" },
  { "rules: [{id: a, regex: b, allowlist: {paths: ['(']}}]", "1:47: a: paths is no regular expression" },
  { "rules: [{id: a, regex: b, allowlist: {paths: [c]}, allowlists: []}]", "1:38: a: write either allowlists or allowlist" },
  { "rules: [{id: a, regex: b, allowlists: [{regexes: [c], regexTarget: lines}]}]",
    "1:68: rules[0].allowlists[0].regexTarget: must be secret, match or line, not \"lines\"" },
  { "rules: [{id: a, regex: b, allowlists: [{regexes: [c], condition: XOR}]}]",
    "1:66: rules[0].allowlists[0].condition: must be OR, AND, or or and, not \"XOR\"" },
  { "rules: [{id: acme, regex: b}]\nallowlists: [{paths: [c], targetRules: [acme, acne]}]",
    "2:47: targetRules: this file has no rule \"acne\"; did you mean \"acme\"?" },
};

static struct vprod__rules *parse (const char *yaml)
{
  struct vprod__rules *rules = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__rules_parse (yaml, strlen (yaml), "r.yaml", &rules, &err), err);
  return rules;
}

START_TEST (a_mistake_is_said_with_its_place)
{
  struct vprod__rules *rules = NULL;
  vprod_error *err = NULL;
  char wanted[300];

  int r = vprod__rules_parse (wrong[_i].yaml, strlen (wrong[_i].yaml), "r.yaml", &rules, &err);
  ck_assert_msg (r == -VPROD_ERROR_SPEC && err, "%s gave %d", wrong[_i].yaml, r);
  snprintf (wanted, sizeof wanted, "r.yaml:%s", wrong[_i].message);
  ck_assert_msg (strncmp (vprod_error_get_message (err), wanted, strlen (wanted)) == 0, "%s: %s, not %s", wrong[_i].yaml,
                 vprod_error_get_message (err), wanted);
  ck_assert_ptr_null (rules);
  vprod_error_free (err);
}
END_TEST

START_TEST (several_mistakes_are_said_at_once)
{
  static const char yaml[] = "titel: x\nrules:\n- {id: a, regex: '('}\n- {id: b, entropy: x}\n";
  struct vprod__rules *rules = NULL;
  vprod_error *err = NULL;

  ck_assert_int_eq (vprod__rules_parse (yaml, strlen (yaml), "r.yaml", &rules, &err), -VPROD_ERROR_SPEC);
  ck_assert_ptr_nonnull (strstr (vprod_error_get_message (err), "r.yaml:1:1: "));
  ck_assert_ptr_nonnull (strstr (vprod_error_get_message (err), "\nr.yaml:3:18: a: "));
  ck_assert_ptr_nonnull (strstr (vprod_error_get_message (err), "\nr.yaml:4:20: rules[1].entropy: "));
  vprod_error_free (err);
}
END_TEST

START_TEST (what_is_said_is_in_it)
{
  struct vprod__rules *rules = parse ("title: t\nminVersion: v8\nrules:\n"
                                      "- {id: a, description: d, regex: '(b)', secretGroup: 1, entropy: 3.25, keywords: [k, l],\n"
                                      "   path: p, tags: [t], allowlists: [{condition: AND, paths: [q], regexes: [r], regexTarget: line,\n"
                                      "   stopwords: [s], commits: [c]}]}\n"
                                      "- {id: c, path: x, description: ''}\n"
                                      "allowlist: {paths: [y], targetRules: [c]}\n");
  const struct vprod__rules_file *file = rules->files;
  const struct vprod__rule *rule = file->rules;

  ck_assert_uint_eq (rules->n_files, 1);
  ck_assert_uint_eq (file->n_rules, 2);
  ck_assert_str_eq (rule->id, "a");
  ck_assert_str_eq (rule->description, "d");
  ck_assert_str_eq (rule->regex, "(b)");
  ck_assert_int_eq (rule->secret_group, 1);
  ck_assert (rule->entropy > 3.24 && rule->entropy < 3.26);
  ck_assert_str_eq (rule->keywords[1], "l");
  ck_assert_str_eq (rule->path, "p");
  ck_assert_uint_eq (rule->n_allowlists, 1);
  ck_assert_int_eq (rule->allowlists[0].condition % 2, 1);
  ck_assert_int_eq (rule->allowlists[0].target, VPROD__RULE_LINE);
  ck_assert_str_eq (rule->allowlists[0].stopwords[0], "s");
  ck_assert_str_eq (file->rules[1].description, "c");
  ck_assert_ptr_null (file->rules[1].regex);
  ck_assert_uint_eq (file->n_allowlists, 1);
  ck_assert_str_eq (file->allowlists[0].target_rules[0], "c");
  vprod__rules_unref (vprod__rules_ref (rules));
  vprod__rules_unref (rules);
}
END_TEST

/* ---- in a spec ---------------------------------------------------------------------------------------------------------- */

static vprod_spec *spec;
static char *folder;

static int load (const char *list, vprod_error **err)
{
  char *text = NULL;

  ck_assert_int_gt (asprintf (&text, "version: 1\nchecks:\n  no-secrets: {rules: %s}\n", list), 0);
  int r = vprod_spec_parse (text, strlen (text), "t.yaml", folder, &spec, err);
  free (text);
  return r;
}

START_TEST (a_spec_reads_its_files_once)
{
  vprod_error *err = NULL;
  vprod_spec *copy = NULL;

  folder = unit_temp_dir ();
  unit_write_file (folder, "sub/one.yaml", "rules: [{id: one, regex: a}]\n");
  unit_write_file (folder, "two.yaml", "rules: [{id: two, regex: a}]\n");
  unit_write_file (folder, "twice.yaml", "rules: [{id: two, regex: a}]\n");
  unit_write_file (folder, "bad.yaml", "rules: [{id: two}]\n");
  assert_ok (load ("[sub/one.yaml, two.yaml]", &err), err);
  ck_assert_uint_eq (spec->rules->n_files, 2);
  ck_assert_str_eq (spec->rules->files[1].rules[0].id, "two");
  struct vprod__rules *before = spec->rules;
  assert_ok (vprod_spec_set (spec, "name", "other", &err), err);
  ck_assert_ptr_eq (spec->rules, before);
  assert_ok (vprod__spec_copy (spec, &copy, &err), err);
  ck_assert_ptr_eq (copy->rules, before);
  assert_ok (vprod_spec_set (spec, "checks.no-secrets.rules", "[two.yaml]", &err), err);
  ck_assert_uint_eq (spec->rules->n_files, 1);
  assert_ok (vprod_spec_set (spec, "checks.no-secrets", "{}", &err), err);
  ck_assert_ptr_null (spec->rules);
  ck_assert_uint_eq (copy->rules->n_files, 2);
  vprod_spec_free (copy);
  vprod_spec_free (spec);
  assert_error (load ("[two.yaml, twice.yaml]", &err), err, VPROD_ERROR_SPEC, "twice.yaml:1:14: there is another rule two");
  assert_error (load ("bad.yaml", &err), err, VPROD_ERROR_SPEC, "bad.yaml:1:9: two: a rule needs regex");
  assert_error (load ("[two.yaml, none.yaml]", &err), err, VPROD_ERROR_SPEC, "t.yaml:3:16: checks.no-secrets.rules: cannot read");
  assert_error (load ("sub", &err), err, VPROD_ERROR_SPEC, "is a folder, not a regular file");
  unit_remove_tree (folder);
  free (folder);
}
END_TEST

/* ---- patterns ----------------------------------------------------------------------------------------------------------- */

static const struct {
  const char *pattern;
  const char *text;
  int is_in;
} matches[] = {
  { "^b$", "b", 1 },
  { "^b$", "b\n", 0 }, /* as RE2 means it */
  { "(?i)ACME", "x acme y", 1 },
  { "[é]", "caf\xc3\xa9", 1 },
  { "[é]", "caf\xc3", 0 },
  { "^\\p{L}+$", "caf\xc3\xa9", 1 },
  { "a.c", "a\xff" "c", 1 },
  { "(?P<name>a)b", "ab", 1 },
  { "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", -1 },
};

START_TEST (a_pattern_matches_or_gives_up)
{
  struct vprod__matcher *matcher = vprod__matcher_new ();
  struct vprod__pattern *pattern = NULL;
  char *why = NULL;

  for (int fast = 0; fast < 2; fast++) {
    ck_assert_int_eq (vprod__pattern_new (matches[_i].pattern, &pattern, &why), 0);
    if (fast)
      vprod__pattern_speed_up (pattern);
    ck_assert_int_eq (vprod__pattern_is_in (pattern, matcher, matches[_i].text, strlen (matches[_i].text)), matches[_i].is_in);
    vprod__pattern_free (pattern);
  }
  vprod__matcher_free (matcher);
}
END_TEST

START_TEST (a_pattern_is_of_bounded_length)
{
  struct vprod__pattern *pattern = NULL;
  char *why = NULL, *text = calloc (1, 20000);

  memset (text, 'a', 17000);
  ck_assert_int_eq (vprod__pattern_new (text, &pattern, &why), 1);
  ck_assert_str_eq (why, "it is too long");
  free (why);
  free (text);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_rules");
  TCase *tcase = tcase_create ("rules");

  tcase_add_loop_test (tcase, a_mistake_is_said_with_its_place, 0, sizeof wrong / sizeof wrong[0]);
  tcase_add_test (tcase, several_mistakes_are_said_at_once);
  tcase_add_test (tcase, what_is_said_is_in_it);
  tcase_add_test (tcase, a_spec_reads_its_files_once);
  tcase_add_loop_test (tcase, a_pattern_matches_or_gives_up, 0, sizeof matches / sizeof matches[0]);
  tcase_add_test (tcase, a_pattern_is_of_bounded_length);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
