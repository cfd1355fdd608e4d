/* SPDX-License-Identifier: MIT */
/* The manual page, the table of keys and the parser say the same. */
#include "unit.h"

#include <stdio.h>

#include "spec/keys.h"

static char *manual;

static void read_manual (void)
{
  manual = unit_read_source ("man/verify-prod.yaml.5", NULL);
}

static void free_manual (void)
{
  free (manual);
}

/* A part of the page from the line `from` to the next line that begins with one of `ends`, malloc'ed; NULL: there
   is no such line. */
static char *part (const char *text, const char *from, const char *const *ends)
{
  char *line = NULL;

  ck_assert_int_gt (asprintf (&line, "\n%s", from), 0);
  const char *begin = strstr (text, line), *end = NULL;
  if (begin) {
    begin += strlen (line);
    end = text + strlen (text);
    for (size_t i = 0; ends[i]; i++) {
      const char *found = strstr (begin, ends[i]);
      end = found && found < end ? found : end;
    }
  }
  free (line);
  return begin ? strndup (begin, (size_t) (end - begin)) : NULL;
}

/* The section that a key is told of in: its check, "image", "services", "run"; what lies outside is in its own. */
static char *section_of (const char *path)
{
  static const char *const ends[] = { "\n.Ss ", "\n.Sh ", NULL };
  char *title = NULL, *found;
  const char *rest = strncmp (path, "checks.", 7) == 0 ? path + 7 : path;

  if (!strchr (rest, '.') && rest == path)
    return part (manual, ".Sh THE SUBJECT\n", ends);
  ck_assert_int_gt (asprintf (&title, ".Ss %.*s\n", (int) strcspn (rest, "."), rest), 0);
  found = part (manual, title, ends);
  free (title);
  return found;
}

static int has_value (const struct vprod__spec_key *key)
{
  return key->kind != VPROD__SPEC_SECTION && key->kind != VPROD__SPEC_CHECK && key->kind != VPROD__SPEC_SERVICES;
}

START_TEST (every_key_is_told_of_with_its_default)
{
  static const char *const ends[] = { "\n.It Cm timeout", "\n.Ss", NULL };
  const struct vprod__spec_key *key = vprod__spec_key_at ((size_t) _i);
  char *item = NULL;

  ck_assert_msg (key->about && *key->about, "%s says nothing", key->path);
  if (key->kind == VPROD__SPEC_CHECK) {
    char *section = section_of (key->path);
    ck_assert_msg (section != NULL, "no section for %s", key->path);
    free (section);
  }
  if (!has_value (key))
    return;
  char *section = section_of (key->path);
  ck_assert_msg (section != NULL, "no section for %s", key->path);
  ck_assert_int_gt (asprintf (&item, ".It Cm %s : Ar ", vprod__spec_key_name (key)), 0);
  char *text = part (section, item, ends);
  ck_assert_msg (text != NULL, "no item for %s", key->path);
  if (key->fallback) {
    char *fallback = NULL;
    ck_assert_int_gt (asprintf (&fallback, ".Li %s", key->fallback), 0);
    ck_assert_msg (strstr (text, fallback) != NULL, "%s: no default %s", key->path, key->fallback);
    free (fallback);
  }
  free (text);
  free (item);
  free (section);
}
END_TEST

START_TEST (nothing_is_told_of_that_is_not_there)
{
  size_t items = 0, keys = 0;

  for (const char *p = manual; (p = strstr (p, "\n.It Cm ")); p++)
    items += strstr (p, " : Ar ") == p + 8 + strcspn (p + 8, " \n");
  for (size_t i = 0; vprod__spec_key_at (i); i++)
    keys += (size_t) has_value (vprod__spec_key_at (i));
  ck_assert_uint_eq (items, keys);
}
END_TEST

START_TEST (examples_are_specs)
{
  static const char literal[] = "\n.Bd -literal -offset indent\n";
  size_t examples = 0;

  for (const char *p = manual; (p = strstr (p, literal)); p++) {
    const char *begin = p + sizeof literal - 1, *end = strstr (begin, "\n.Ed");
    vprod_spec *spec = NULL;
    vprod_error *err = NULL;
    if (strncmp (begin, "version:", 8) != 0)
      continue;
    assert_ok (vprod_spec_parse (begin, (size_t) (end - begin), "example", "/", &spec, &err), err);
    vprod_spec_free (spec);
    examples++;
  }
  ck_assert_uint_ge (examples, 3);
}
END_TEST

START_TEST (message_of_the_manual_is_the_real_one)
{
  static const char yaml[] = "version: 1\nrun:\n  port: 8000\nchecks:\n  helth: {path: /health}\n";
  vprod_spec *spec = NULL;
  vprod_error *err = NULL;

  ck_assert_int_lt (vprod_spec_parse (yaml, strlen (yaml), "verify-prod.yaml", "/", &spec, &err), 0);
  ck_assert_msg (strstr (manual, vprod_error_get_message (err)) != NULL, "%s", vprod_error_get_message (err));
  vprod_error_free (err);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_manual");
  TCase *tc = tcase_create ("spec_manual");
  int keys = 0;

  while (vprod__spec_key_at ((size_t) keys))
    keys++;
  tcase_add_checked_fixture (tc, read_manual, free_manual);
  tcase_add_loop_test (tc, every_key_is_told_of_with_its_default, 0, keys);
  tcase_add_test (tc, nothing_is_told_of_that_is_not_there);
  tcase_add_test (tc, examples_are_specs);
  tcase_add_test (tc, message_of_the_manual_is_the_real_one);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
