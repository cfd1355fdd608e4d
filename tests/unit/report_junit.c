/* SPDX-License-Identifier: MIT */
/* The JUnit report is read back with a small, strict XML reader. */
#include "report_sample.h"

#include <locale.h>

/* ---- a reader of the XML that has elements, attributes, text and the five entities and nothing else ---- */

struct node {
  char name[32];
  struct {
    char name[32];
    char *value;
  } attributes[8];
  size_t n_attributes;
  char *text; /* its own, not its children's */
  struct node *children[256];
  size_t n_children;
};

/* One character or entity, decoded. */
static char read_char (const char **p)
{
  static const struct {
    const char *entity;
    char c;
  } entities[] = { { "&lt;", '<' },  { "&gt;", '>' },   { "&amp;", '&' },
                   { "&quot;", '"' }, { "&#10;", '\n' }, { "&#9;", '\t' } };

  if (**p != '&')
    return *(*p)++;
  for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
    if (strncmp (*p, entities[i].entity, strlen (entities[i].entity)) == 0) {
      *p += strlen (entities[i].entity);
      return entities[i].c;
    }
  ck_abort_msg ("bad entity at %.20s", *p);
  return 0;
}

/* Up to one of the characters in end. */
static char *read_text (const char **p, const char *end)
{
  char *text = calloc (1, strlen (*p) + 1);

  for (size_t i = 0; **p && !strchr (end, **p); i++) {
    ck_assert_msg (**p != '<' && (**p != '\n' || *end == '<') && strncmp (*p, "]]>", 3) != 0,
                   "not escaped: %.20s", *p);
    text[i] = read_char (p);
  }
  return text;
}

static void read_name (const char **p, char name[static 32])
{
  size_t length = strspn (*p, "abcdefghijklmnopqrstuvwxyz-_");

  ck_assert_msg (length > 0 && length < 32, "no name at %.20s", *p);
  memcpy (name, *p, length);
  name[length] = '\0';
  *p += length;
}

static void expect (const char **p, const char *what)
{
  ck_assert_msg (strncmp (*p, what, strlen (what)) == 0, "not %s but %.40s", what, *p);
  *p += strlen (what);
}

static struct node *read_element (const char **p)
{
  struct node *node = calloc (1, sizeof *node);
  char closing[32];

  expect (p, "<");
  read_name (p, node->name);
  while (**p == ' ') {
    (*p)++;
    ck_assert_uint_lt (node->n_attributes, 8);
    read_name (p, node->attributes[node->n_attributes].name);
    expect (p, "=\"");
    node->attributes[node->n_attributes++].value = read_text (p, "\"");
    expect (p, "\"");
  }
  if (strncmp (*p, "/>", 2) == 0) {
    *p += 2;
    node->text = strdup ("");
    return node;
  }
  expect (p, ">");
  node->text = read_text (p, "<");
  while (strncmp (*p, "</", 2) != 0) {
    ck_assert_uint_lt (node->n_children, 256);
    node->children[node->n_children++] = read_element (p);
    *p += strspn (*p, " \n");
  }
  expect (p, "</");
  read_name (p, closing);
  ck_assert_str_eq (closing, node->name);
  expect (p, ">");
  return node;
}

static void free_node (struct node *node)
{
  for (size_t i = 0; i < node->n_children; i++)
    free_node (node->children[i]);
  for (size_t i = 0; i < node->n_attributes; i++)
    free (node->attributes[i].value);
  free (node->text);
  free (node);
}

static struct node *read_back (const vprod_report *report)
{
  char *text = render (report, "junit");
  const char *p = text;

  expect (&p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  struct node *root = read_element (&p);
  ck_assert_str_eq (p, "\n");
  free (text);
  return root;
}

static const char *attribute (const struct node *node, const char *name)
{
  for (size_t i = 0; i < node->n_attributes; i++)
    if (strcmp (node->attributes[i].name, name) == 0)
      return node->attributes[i].value;
  ck_abort_msg ("<%s> has no %s", node->name, name);
  return NULL;
}

/* ---- the tests ------------------------------------------------------------------------------------------ */

START_TEST (suite_has_counts_time_and_properties)
{
  vprod_report *report = sample_report ();
  struct node *root = read_back (report);
  const struct node *suite = root->children[0];

  ck_assert_str_eq (root->name, "testsuites");
  ck_assert_uint_eq (root->n_children, 1);
  ck_assert_str_eq (suite->name, "testsuite");
  ck_assert_str_eq (attribute (suite, "name"), "notes-api");
  ck_assert_str_eq (attribute (suite, "tests"), "4");
  ck_assert_str_eq (attribute (suite, "failures"), "1");
  ck_assert_str_eq (attribute (suite, "errors"), "1");
  ck_assert_str_eq (attribute (suite, "skipped"), "1");
  ck_assert_str_eq (attribute (suite, "time"), "4.210");
  ck_assert_str_eq (attribute (suite, "timestamp"), "2026-01-31T12:00:00");
  ck_assert_str_eq (attribute (suite->children[0]->children[2], "value"), "verify-prod/notes-api:x1");
  free_node (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (each_verdict_has_its_element)
{
  static const char *const elements[] = { "system-out", "failure", "skipped", "error" };
  vprod_report *report = _i == 0 ? sample_report () : nasty_report ();
  struct node *root = read_back (report);
  const struct node *suite = root->children[0];
  size_t count = vprod_report_count_results (report);

  ck_assert_str_eq (suite->children[0]->name, "properties");
  ck_assert_uint_eq (suite->n_children, count + 1);
  for (size_t i = 0; i < count; i++) {
    const struct node *one = suite->children[i + 1];
    const vprod_result *result = vprod_report_get_result_at (report, i);
    vprod_verdict verdict = vprod_result_get_verdict (result);
    ck_assert_str_eq (one->name, "testcase");
    ck_assert_str_eq (attribute (one, "name"), vprod_result_get_check (result));
    ck_assert_int_eq (strncmp (attribute (one, "classname"), "verify-prod.", 12), 0);
    ck_assert_str_eq (attribute (one, "classname") + 12, vprod_report_get_name (report));
    ck_assert_uint_eq (one->n_children, 1);
    ck_assert_str_eq (one->children[0]->name, elements[verdict]);
    if (verdict != VPROD_VERDICT_PASS)
      ck_assert_str_eq (attribute (one->children[0], "message"), vprod_result_get_message (result));
  }
  free_node (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (what_could_not_be_told_is_a_case_though_no_check_says_so)
{
  vprod_report *report = _i == 0 ? empty_report () : skipped_report ();
  struct node *root = read_back (report);
  const struct node *suite = root->children[0], *last = suite->children[suite->n_children - 1];

  ck_assert_uint_eq (suite->n_children, vprod_report_count_results (report) + 2);
  ck_assert_str_eq (attribute (suite, "tests"), _i == 0 ? "1" : "2");
  ck_assert_str_eq (attribute (suite, "errors"), "1");
  ck_assert_str_eq (attribute (root, "errors"), "1");
  ck_assert_str_eq (attribute (last, "name"), "verify-prod");
  ck_assert_str_eq (last->children[0]->name, "error");
  ck_assert_int_eq (strncmp (attribute (last->children[0], "message"), "nothing was verified", 20), 0);
  free_node (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (failure_holds_what_a_person_needs)
{
  vprod_report *report = sample_report ();
  struct node *root = read_back (report);
  const struct node *failure = root->children[0]->children[2]->children[0];

  ck_assert_str_eq (failure->name, "failure");
  ck_assert_str_eq (attribute (failure, "type"), "fail");
  ck_assert_ptr_nonnull (strstr (failure->text, "- process 4711 (sh) has UID 0"));
  ck_assert_ptr_nonnull (strstr (failure->text, "remedy: add \"USER 1001\" to the Dockerfile\n  after the"));
  ck_assert_ptr_nonnull (strstr (failure->text, "| ready"));
  free_node (root);
  vprod_report_free (report);
}
END_TEST

START_TEST (seconds_have_a_dot_whatever_the_locale)
{
  static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "C" };
  vprod_report *report = sample_report ();

  for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++)
    if (setlocale (LC_ALL, locales[i]))
      break;
  struct node *root = read_back (report);
  ck_assert_str_eq (attribute (root->children[0]->children[4], "time"), "61.500");
  free_node (root);
  setlocale (LC_ALL, "C");
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_junit");
  TCase *tc = tcase_create ("report_junit");

  tcase_add_test (tc, suite_has_counts_time_and_properties);
  tcase_add_loop_test (tc, each_verdict_has_its_element, 0, 2);
  tcase_add_loop_test (tc, what_could_not_be_told_is_a_case_though_no_check_says_so, 0, 2);
  tcase_add_test (tc, failure_holds_what_a_person_needs);
  tcase_add_test (tc, seconds_have_a_dot_whatever_the_locale);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
