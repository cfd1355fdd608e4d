/* SPDX-License-Identifier: MIT */
/* A user's own rules: what they find, in which files, and what they do not. Values are made up. */
#include "unit.h"

#include <stdio.h>

#include "scan/own.h"
#include "util/strv.h"

#define HEAD "rules:\n"

/* Gathers "rule line value" of what own rules find. */
static int gather (void *data, const struct vprod__secret *secret)
{
  if (secret->is_own)
    ck_assert_int_eq (vprod__strv_addf (data, "%s %d %s", secret->rule, (int) secret->line, secret->value), 0);
  return 0;
}

struct search {
  struct vprod__rules *rules;
  struct vprod__own *own;
  struct vprod__scan *scan;
  char **found;
};

static void begin (struct search *search, const char *yaml)
{
  vprod_error *err = NULL;

  *search = (struct search) { 0 };
  assert_ok (vprod__rules_parse (yaml, strlen (yaml), "r.yaml", &search->rules, &err), err);
  assert_ok (vprod__own_new (search->rules, &search->own, &err), err);
  assert_ok (vprod__scan_new (NULL, gather, &search->found, &search->scan, &err), err);
  assert_ok (vprod__scan_use (search->scan, search->own, &err), err);
}

static void end (struct search *search)
{
  vprod__scan_free (search->scan);
  vprod__own_free (search->own);
  vprod__rules_unref (search->rules);
  vprod__strv_free (search->found);
}

static void look (struct search *search, const char *path, const char *text, size_t length, size_t piece)
{
  vprod_error *err = NULL;

  assert_ok (vprod__scan_begin (search->scan, path, &err), err);
  for (size_t n; length > 0; text += n, length -= n) {
    n = piece > 0 && piece < length ? piece : length;
    assert_ok (vprod__scan_bytes (search->scan, text, n, &err), err);
  }
  assert_ok (vprod__scan_end (search->scan, &err), err);
}

static const struct {
  const char *rules; /* behind HEAD */
  const char *path;
  const char *text;
  const char *found; /* with "; " between; NULL: nothing */
} cases[] = {
  { "- {id: a, regex: 'acme_[0-9a-f]{8}', keywords: [acme_]}", "srv/x", "1\nx acme_0123abcd y", "a 2 acme_0123abcd" },
  /* in a package's tests, too; in UTF-16 */
  { "- {id: a, regex: 'acme_[0-9a-f]{8}', keywords: [acme_]}", "usr/lib/python3/test/x", "acme_0123abcd", "a 1 acme_0123abcd" },
  { "- {id: a, regex: 'acme_[0-9a-f]{8}', keywords: [ACME_]}", "srv/x", "acme_0123abcd", "a 1 acme_0123abcd" },
  { "- {id: a, regex: 'acme_[0-9a-f]{8}', keywords: [other]}", "srv/x", "acme_0123abcd", NULL },
  { "- {id: a, regex: 'acme_[0-9a-f]{8}', keywords: [other]}", "srv/x", "acme_0123abcd Other", "a 1 acme_0123abcd" },
  { "- {id: a, regex: 'acme_[0-9a-f]{8}'}", "srv/x", "acme_0123abcdacme_0123abce", "a 1 acme_0123abcd; a 1 acme_0123abce" },
  /* groups */
  { "- {id: a, regex: 'key=([0-9]+)-([0-9]+)'}", "srv/x", "key=12-34", "a 1 12" },
  { "- {id: a, regex: 'key=([0-9]+)-([0-9]+)', secretGroup: 2}", "srv/x", "key=12-34", "a 1 34" },
  { "- {id: a, regex: 'key=(?:([a-z]+)|([0-9]+))'}", "srv/x", "key=34", "a 1 34" },
  { "- {id: a, regex: '\\nkey=[0-9]+\\n'}", "srv/x", "1\nkey=34\n", "a 2 key=34" },
  /* the longest that the pattern takes, and the end of the file */
  { "- {id: a, regex: 'key=([0-9]+)'}", "srv/x", "key=34567", "a 1 34567" },
  { "- {id: a, regex: 'key=([0-9]+)$'}", "srv/x", "key=34567\n", NULL },
  { "- {id: a, regex: '^key=([0-9]+)$'}", "srv/x", "key=34567", "a 1 34567" },
  { "- {id: a, regex: '(?m)^key=([0-9]+)$'}", "srv/x", "x\nkey=34567\ny", "a 2 34567" },
  /* entropy: more than that */
  { "- {id: a, regex: 'key=(\\w+)', entropy: 2}", "srv/x", "key=abcd key=abcde key=aaaaa", "a 1 abcde" },
  /* paths */
  { "- {id: a, regex: 'key=(\\w+)', path: '(^|/)x$'}", "x", "key=abcd", "a 1 abcd" },
  { "- {id: a, regex: 'key=(\\w+)', path: '(^|/)x$'}", "srv/xy", "key=abcd", NULL },
  { "- {id: a, path: '\\.p12$'}", "srv/x.p12", "", "a 1 " },
  { "- {id: a, path: '\\.p12$'}", "srv/x.p12.txt", "", NULL },
  { "- {id: a, path: '\\.p12$', allowlists: [{paths: [srv]}]}", "srv/x.p12", "", NULL },
  /* allow lists */
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{stopwords: [EXAMPLE]}]}", "srv/x", "key=myexample key=abcd", "a 1 abcd" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{regexes: ['^ab']}]}", "srv/x", "key=abcd key=cdab", "a 1 cdab" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{regexes: ['^key=ab'], regexTarget: match}]}", "srv/x", "key=abcd key=cd", "a 1 cd" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{regexes: [fake], regexTarget: line}]}", "srv/x", "key=abcd # fake\nkey=cd", "a 2 cd" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{paths: [srv], stopwords: [cd]}]}", "srv/x", "key=cd key=ef", NULL },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{condition: AND, paths: [srv], stopwords: [cd]}]}", "srv/x", "key=cd key=ef", "a 1 ef" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{condition: AND, paths: [srv], stopwords: [cd]}]}", "app/x", "key=cd", "a 1 cd" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{commits: [abc]}]}", "srv/x", "key=cd", "a 1 cd" },
  { "- {id: a, regex: 'key=(\\w+)', allowlists: [{condition: AND, commits: [abc], paths: [srv]}]}", "srv/x", "key=cd", "a 1 cd" },
  { "- {id: a, regex: 'key=(\\w+)'}\n- {id: b, regex: 'key=(\\w+)'}\nallowlists: [{paths: [srv], targetRules: [a]}]", "srv/x", "key=cd",
    "b 1 cd" },
  { "- {id: a, regex: 'key=(\\w+)'}\nallowlists: [{paths: [srv]}]", "srv/x", "key=cd", NULL },
  { "- {id: a, regex: 'key=(\\w+)'}\nallowlist: {regexes: [c]}", "srv/x", "key=cd key=ef", "a 1 ef" },
  /* what libhs cannot have: looking around, characters that are no bytes */
  { "- {id: a, regex: 'key=(?!x)\\w+'}", "srv/x", "key=xabc key=abcd", "a 1 key=abcd" },
  { "- {id: a, regex: '(?<=k)ey=\\w+'}", "srv/x", "ey=a key=abcd", "a 1 ey=abcd" },
  { "- {id: a, regex: '(\\w)\\1{5}'}", "srv/x", "abcccccc", "a 1 c" },
  { "- {id: a, regex: 'schl\\x{fc}ssel=(\\w+)'}", "srv/x", "schl\xc3\xbcssel=abc", "a 1 abc" },
  { "- {id: a, regex: '\\p{Lu}=(\\w+)'}", "srv/x", "\xc3\x9c=abc \xff", "a 1 abc" },
  /* too large to be had with begins */
  { "- {id: a, regex: '[a-z]{0,50}?key[ a-z]{0,20}=[a-z]{0,5}([0-9.=-]{10,150}|[a-f0-9][a-f0-9+/]{11,})x'}", "srv/x",
    "mykey =0123456789x", "a 1 0123456789" },
};

static void expect (char *const *found, const char *wanted, const char *what)
{
  char *joined = found ? vprod__strv_join (found, "; ") : NULL;

  ck_assert_msg (wanted ? joined && strcmp (joined, wanted) == 0 : !joined, "%s: found %s, not %s", what, joined ? joined : "nothing",
                 wanted ? wanted : "nothing");
  free (joined);
}

START_TEST (a_rule_finds_what_it_says)
{
  static const size_t pieces[] = { 0, 1, 7 };
  char *yaml = NULL;
  struct search search;

  ck_assert_int_gt (asprintf (&yaml, HEAD "%s\n", cases[_i].rules), 0);
  begin (&search, yaml);
  for (size_t i = 0; i < 3; i++) {
    look (&search, cases[_i].path, cases[_i].text, strlen (cases[_i].text), pieces[i]);
    expect (search.found, cases[_i].found, yaml);
    vprod__strv_free (search.found);
    search.found = NULL;
  }
  end (&search);
  free (yaml);
}
END_TEST

START_TEST (a_match_is_found_wherever_blocks_end)
{
  static const char *const rules[] = {
    HEAD "- {id: a, regex: 'acme_([0-9a-f]{32})', keywords: [acme_]}\n",
    HEAD "- {id: a, regex: 'acme_([0-9a-f]+)'}\n",           /* without bound */
    HEAD "- {id: a, regex: 'acme_(?=0)([0-9a-f]{32})'}\n", /* not by libhs */
  };
  static const char secret[] = "acme_0123456789abcdef0123456789abcdef";
  size_t block = 256 * 1024;
  char *text = malloc (2 * block);
  struct search search;

  begin (&search, rules[_i]);
  for (size_t at = block - 4400; at < block + 100; at += at > block - 60 && at < block + 2 ? 1 : 37) {
    memset (text, '.', 2 * block);
    memset (text, '\n', 5);
    memcpy (text + at, secret, strlen (secret));
    look (&search, "srv/x", text, 2 * block, 0);
    ck_assert_msg (vprod__strv_length (search.found) == 1, "%zu matches at %zu", vprod__strv_length (search.found), at);
    ck_assert_str_eq (search.found[0], "a 6 0123456789abcdef0123456789abcdef");
    vprod__strv_free (search.found);
    search.found = NULL;
  }
  end (&search);
  free (text);
}
END_TEST

/* A key of 16384 bits is longer than what is looked at nearby. */
START_TEST (a_long_match_is_found_from_its_end)
{
  size_t length = 13000;
  char *text = malloc (length + 100);
  struct search search;

  begin (&search, HEAD "- {id: a, regex: 'BEGIN KEY[\\s\\S-]{64,}?END KEY'}\n");
  memset (text, 'x', length + 100);
  memcpy (text + 10, "BEGIN KEY", 9);
  memcpy (text + length, "END KEY END KEY END KEY", 23);
  look (&search, "srv/x", text, length + 100, 0);
  ck_assert_uint_eq (vprod__strv_length (search.found), 1);
  ck_assert_uint_eq (strlen (search.found[0]), 4 + 8192);
  end (&search);
  free (text);
}
END_TEST

START_TEST (a_text_has_no_path)
{
  struct search search;
  char **found = NULL;

  begin (&search, HEAD "- {id: a, regex: 'key=(\\w+)', path: x}\n- {id: b, regex: 'key=(\\w+)', allowlists: [{paths: ['.*']}]}\n"
                       "- {id: c, path: '.*'}\n");
  ck_assert_int_eq (vprod__secrets_in_text (search.scan, "RUN key=abcd", gather, &found), 0);
  expect (found, "b 0 abcd", "a text");
  vprod__strv_free (found);
  end (&search);
}
END_TEST

/* (a+)+$: each further character doubles the steps. What it may have missed is said, and other rules are looked for. */
START_TEST (what_takes_too_many_steps_is_given_up)
{
  static const char *const rules[] = {
    HEAD "- {id: slow, regex: 'k(a+)+(?=c)'}\n- {id: b, regex: 'key=(\\w+)'}\n",
    HEAD "- {id: slow, path: '(x+)+$', regex: k}\n- {id: b, regex: 'key=(\\w+)'}\n",
    HEAD "- {id: slow, regex: 'ka*', allowlists: [{regexes: ['(a+)+[cd]']}]}\n- {id: b, regex: 'key=(\\w+)'}\n",
  };
  static const char text[] = "key=abcd kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
  static const char path[] = "srv/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy";
  struct search search;
  char *rule = NULL;

  begin (&search, rules[_i]);
  ck_assert_int_eq (vprod__own_gave_up (search.own, &rule), 0);
  look (&search, path, text, strlen (text), 0);
  ck_assert (vprod__strv_has (search.found, "b 1 abcd"));
  ck_assert_int_eq (vprod__own_gave_up (search.own, &rule), 1);
  ck_assert_msg (strncmp (rule, "slow, on /srv/xxx", 17) == 0, "%s", rule);
  free (rule);
  end (&search);
}
END_TEST

/* Each step is short, but there is one for every pair of places. */
START_TEST (what_takes_too_much_time_for_its_text_is_given_up)
{
  size_t length = 1024 * 1024;
  char *text = malloc (length), *rule = NULL;
  struct search search;

  begin (&search, HEAD "- {id: slow, regex: 'a(?=[^b]*c)'}\n");
  memset (text, 'a', length);
  look (&search, "srv/x", text, length, 0);
  ck_assert_int_eq (vprod__own_gave_up (search.own, &rule), 1);
  ck_assert_str_eq (rule, "slow, on /srv/x");
  free (rule);
  end (&search);
  free (text);
}
END_TEST

/* A text that matches everywhere is told of so often, and is quick. */
START_TEST (matches_of_one_rule_in_a_file_are_bounded)
{
  size_t length = 1024 * 1024;
  char *text = malloc (length);
  struct search search;

  begin (&search, HEAD "- {id: a, regex: 'a.*?b'}\n- {id: b, regex: '(?s)a.*b'}\n- {id: c, regex: '[ab]+'}\n");
  for (size_t i = 0; i < length; i++)
    text[i] = i % 2 ? 'a' : 'b';
  look (&search, "srv/x", text, length, 0);
  ck_assert_uint_gt (vprod__strv_length (search.found), 64);
  ck_assert_uint_le (vprod__strv_length (search.found), 3 * 64);
  end (&search);
  free (text);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("scan_own");
  TCase *tcase = tcase_create ("own");

  tcase_add_loop_test (tcase, a_rule_finds_what_it_says, 0, sizeof cases / sizeof cases[0]);
  tcase_add_loop_test (tcase, a_match_is_found_wherever_blocks_end, 0, 3);
  tcase_add_test (tcase, a_long_match_is_found_from_its_end);
  tcase_add_test (tcase, a_text_has_no_path);
  tcase_add_loop_test (tcase, what_takes_too_many_steps_is_given_up, 0, 3);
  tcase_add_test (tcase, what_takes_too_much_time_for_its_text_is_given_up);
  tcase_add_test (tcase, matches_of_one_rule_in_a_file_are_bounded);
  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
