/* SPDX-License-Identifier: MIT */
/*
 * A user's own rules for secrets: files in YAML, with the names of gitleaks' configuration, read by the table that is made of
 * data/rule-options. What is wrong with one is an error of the spec, "FILE:LINE:COLUMN: rules[3].regex: …".
 */
#ifndef VPROD_SPEC_RULES_H
#define VPROD_SPEC_RULES_H

#include <stddef.h>
#include "util/error.h"

/* What a rule finds though it is no secret. */
struct vprod__rule_allow {
  char *name;  /* NULL, as of all items of a list */
  char *description;
  int condition; /* odd: each of paths, regexes and stopwords that there is must match; even: one of them */
  char **paths, **regexes, **stopwords;
  int target;  /* enum vprod__rule_target */
  char **commits;
  char **target_rules; /* ids; NULL: all of the file. Of a rule's own it is NULL */
};
enum vprod__rule_target { VPROD__RULE_SECRET = 0, VPROD__RULE_MATCH, VPROD__RULE_LINE };

struct vprod__rule {
  char *name;  /* NULL */
  char *id;
  char *description; /* never empty: the id, if there is none */
  char *regex; /* NULL: the path alone tells */
  char *path;  /* NULL: any */
  char **keywords, **tags;
  int secret_group;
  double entropy;
  struct vprod__rule_allow *allowlists;
  size_t n_allowlists;
};

struct vprod__rules_file {
  char *title, *description, *min_version;
  struct vprod__rule *rules;
  size_t n_rules;
  struct vprod__rule_allow *allowlists; /* of all its rules, or of target_rules */
  size_t n_allowlists;
};

/* All files of a spec. Read-only; copies of the spec share it. */
struct vprod__rules {
  struct vprod__rules_file *files;
  size_t n_files;
  char **paths;  /* of the files */
  int refs;
};

/* The rules of a list of files, absolute paths; NULL for none. 0, or SPEC with all mistakes of the first file that has some. */
int vprod__rules_load (char *const *paths, struct vprod__rules **ret, vprod_error **err);

/* The same of one text, called `label`. */
int vprod__rules_parse (const char *yaml, size_t length, const char *label, struct vprod__rules **ret, vprod_error **err);

struct vprod__rules *vprod__rules_ref (struct vprod__rules *rules); /* NULL is fine for both */
void vprod__rules_unref (struct vprod__rules *rules);
VPROD_DEFINE_CLEANUP (struct vprod__rules *, vprod__rules_unref);

#endif
