/* SPDX-License-Identifier: MIT */
/* What data/options says of each key holds: its default, its example and the ends of its range may be written. */
#include "unit.h"

#include <stdio.h>

#include "spec/keys.h"
#include "spec/spec.h"

static vprod_spec *spec;

static char *folder;

/* With the files and variables that examples name. */
static void make_spec (void)
{
  vprod_error *err = NULL;

  folder = unit_temp_dir ();
  unit_write_file (folder, ".npmrc", "x");
  unit_write_file (folder, "rules.yaml", "rules: [{id: x, regex: x}]\n");
  ck_assert_int_eq (setenv ("INDEX_TOKEN", "x", 1), 0);
  assert_ok (vprod_spec_new (folder, &spec, &err), err);
  assert_ok (vprod_spec_set (spec, "services.db", "{postgres: {}}", &err), err);
  assert_ok (vprod_spec_set (spec, "services.cache", "{container: {image: redis, port: 6379}}", &err), err);
  assert_ok (vprod_spec_set (spec, "image.secrets", "{db: {env: INDEX_TOKEN}, cache: {file: .npmrc}}", &err), err);
}

static void free_spec (void)
{
  vprod_spec_free (spec);
  unit_remove_tree (folder);
  free (folder);
}

static const struct vprod__spec_key *key_of_loop (int i)
{
  return vprod__spec_key_at ((size_t) i + 1);
}

static int has_value (const struct vprod__spec_key *key)
{
  return key->kind != VPROD__SPEC_SECTION && key->kind != VPROD__SPEC_CHECK && !vprod__spec_key_has_items (key);
}

/* One that can be set alone: in a list of steps none can. */
static int is_in_steps (const struct vprod__spec_key *key)
{
  return strstr (key->info.path, "before.*") || strstr (key->info.path, "own.*");
}

static int is_of_second (const struct vprod__spec_key *key)
{
  return strstr (key->info.path, ".container") || strstr (key->info.path, "secrets.*.file");
}

/* Sets it; "*" is the item "db" or "cache". */
static int set (const struct vprod__spec_key *key, const char *value, vprod_error **err)
{
  char path[128];
  const char *star = strchr (key->info.path, '*');

  if (star)
    snprintf (path, sizeof path, "%.*s%s%s", (int) (star - key->info.path), key->info.path,
              is_of_second (key) ? "cache" : "db", star + 1);
  else
    snprintf (path, sizeof path, "%s", key->info.path);
  /* of several services it wants one to be named first */
  if (strncmp (path, "checks.outage.", strlen ("checks.outage.")) == 0 && vprod_spec_set (spec, "checks.outage.service", "db", err) < 0)
    return -1;
  return vprod_spec_set (spec, path, value, err);
}

static void assert_takes (const struct vprod__spec_key *key, const char *value)
{
  vprod_error *err = NULL;

  ck_assert_msg (set (key, value, &err) == 0, "%s: %s: %s", key->info.path, value, vprod_error_get_message (err));
}

static void assert_refuses (const struct vprod__spec_key *key, const char *value)
{
  vprod_error *err = NULL;

  ck_assert_msg (set (key, value, &err) == -VPROD_ERROR_SPEC, "%s takes %s", key->info.path, value);
  vprod_error_free (err);
}

static const void *field (const struct vprod__spec_key *key)
{
  const void *base = spec;

  if (strncmp (key->info.path, "services.*", strlen ("services.*")) == 0)
    base = &spec->services[is_of_second (key)];
  else if (strstr (key->info.path, "secrets.*"))
    base = &spec->image.secrets[is_of_second (key)];
  return (const char *) base + key->offset;
}

START_TEST (every_key_is_told_of)
{
  const vprod_spec_key_info *info = vprod_spec_get_key_at ((size_t) _i);

  ck_assert_ptr_eq (info, &key_of_loop (_i)->info);
  ck_assert_uint_eq (info->size, sizeof *info);
  ck_assert_uint_gt (strlen (info->path), 0);
  ck_assert_int_eq (info->help[strlen (info->help) - 1], '.');
  ck_assert_int_eq ((info->default_value || info->without), has_value (key_of_loop (_i)));
  ck_assert_int_eq (info->words != NULL, strcmp (info->type, "word") == 0);
  ck_assert_int_eq (info->maximum > 0, strncmp (info->type, "number", 6) == 0 || strcmp (info->type, "duration") == 0
                                             || (strcmp (info->type, "steps") == 0 && info->maximum > 0));
}
END_TEST

START_TEST (default_and_example_may_be_written)
{
  const struct vprod__spec_key *key = key_of_loop (_i);

  if (is_in_steps (key))
    return;
  if (key->info.default_value && key->kind != VPROD__SPEC_INTS) {
    int is_text = key->kind == VPROD__SPEC_TEXT, is_wide = key->kind == VPROD__SPEC_DURATION || key->kind == VPROD__SPEC_INT64;
    char *text = is_text ? strdup (*(char *const *) field (key)) : NULL;
    int64_t wide = is_wide ? *(const int64_t *) field (key) : 0;
    int number = is_text || is_wide ? 0 : *(const int *) field (key);
    assert_takes (key, key->info.default_value);
    if (is_text)
      ck_assert_str_eq (*(char *const *) field (key), text);
    else if (is_wide)
      ck_assert_int_eq (*(const int64_t *) field (key), wide);
    else
      ck_assert_int_eq (*(const int *) field (key), number);
    free (text);
  }
  if (key->info.example)
    assert_takes (key, key->info.example);
}
END_TEST

START_TEST (numbers_and_durations_have_the_range_that_is_told)
{
  const struct vprod__spec_key *key = key_of_loop (_i);
  const char *unit = key->kind == VPROD__SPEC_DURATION ? "ms" : "";
  const struct {
    int64_t value;
    int is_good;
  } values[] = { { key->info.minimum, 1 }, { key->info.maximum, 1 }, { key->info.minimum - 1, 0 }, { key->info.maximum + 1, 0 } };

  for (size_t i = 0; key->info.maximum > 0 && !is_in_steps (key) && key->kind != VPROD__SPEC_STEPS && i < 4; i++) {
    char text[32];
    snprintf (text, sizeof text, "%lld%s", (long long) values[i].value, unit);
    (values[i].is_good ? assert_takes : assert_refuses) (key, text);
  }
}
END_TEST

START_TEST (words_are_taken_in_the_order_of_their_enum)
{
  const struct vprod__spec_key *key = key_of_loop (_i);

  if (is_in_steps (key))
    return;
  for (int i = 0; key->info.words && key->info.words[i]; i++) {
    assert_takes (key, key->info.words[i]);
    ck_assert_int_eq (*(const int *) field (key), i);
  }
  if (key->info.words)
    assert_refuses (key, "xyzzy");
}
END_TEST

START_TEST (there_is_no_key_past_the_end)
{
  ck_assert_ptr_null (vprod_spec_get_key_at (vprod_spec_count_keys ()));
  ck_assert_ptr_null (vprod_spec_get_key_at (SIZE_MAX));
  ck_assert_ptr_null (vprod__spec_key_at (SIZE_MAX));
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("spec_keys");
  TCase *tc = tcase_create ("spec_keys");
  int keys = (int) vprod_spec_count_keys ();

  tcase_add_checked_fixture (tc, make_spec, free_spec);
  tcase_add_loop_test (tc, every_key_is_told_of, 0, keys);
  tcase_add_loop_test (tc, default_and_example_may_be_written, 0, keys);
  tcase_add_loop_test (tc, numbers_and_durations_have_the_range_that_is_told, 0, keys);
  tcase_add_loop_test (tc, words_are_taken_in_the_order_of_their_enum, 0, keys);
  tcase_add_test (tc, there_is_no_key_past_the_end);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
