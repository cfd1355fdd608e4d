/* SPDX-License-Identifier: MIT */
/* How far a pull is, read from what engines said: tests/unit/data/pull-* are ImageCreate's answers, recorded. */
#include "runner/docker/json.h"
#include "runner/docker/pull_layers.h"
#include "unit.h"

static struct vprod__pull_layers layers;

static void teardown (void)
{
  vprod__pull_layers_clear (&layers);
}

static int reads (const char *line)
{
  _cleanup_json_ json_t *json = json_loads (line, 0, NULL);

  ck_assert_msg (json != NULL, "no JSON: %s", line);
  return vprod__pull_layers_read (&layers, json);
}

static void is (size_t done, size_t count, int64_t bytes, int64_t total)
{
  vprod_pull_progress progress = vprod__pull_layers_progress (&layers);

  ck_assert_uint_eq (progress.size, sizeof progress);
  ck_assert_uint_eq (progress.layers_done, done);
  ck_assert_uint_eq (progress.layers, count);
  ck_assert_int_eq (progress.bytes, bytes);
  ck_assert_int_eq (progress.bytes_total, total);
}

static const struct recording {
  const char *file;
  size_t lines, news; /* of these many said something new */
  size_t at;          /* after so many lines … */
  vprod_pull_progress then;
  vprod_pull_progress last;
} recordings[] = {
  { "tests/unit/data/pull-docker-20.10.json", 32, 15, 10, { 0, 4, 2, 3997696 + 111, 9002942 + 111 },
    { 0, 4, 4, 9002942 + 111 + 30009358, 9002942 + 111 + 30009358 } },
  { "tests/unit/data/pull-podman-4.3.json", 20, 19, 8, { 0, 4, 2, 1884160 + 10410088, 28170638 + 30009358 },
    { 0, 5, 5, 28170638 + 30009358, 28170638 + 30009358 } },
};

START_TEST (recorded_pulls_are_followed_to_their_end)
{
  const struct recording *row = &recordings[_i];
  size_t length, lines = 0, news = 0;
  char *text = unit_read_source (row->file, &length);

  for (char *line = strtok (text, "\r\n"); line; line = strtok (NULL, "\r\n")) {
    int r = reads (line);
    ck_assert_int_ge (r, 0);
    news += r == 1;
    if (++lines == row->at)
      is (row->then.layers_done, row->then.layers, row->then.bytes, row->then.bytes_total);
  }
  free (text);
  ck_assert_uint_eq (lines, row->lines);
  ck_assert_uint_eq (news, row->news);
  is (row->last.layers_done, row->last.layers, row->last.bytes, row->last.bytes_total);
}
END_TEST

START_TEST (what_is_no_layer_is_not_counted)
{
  static const char *const lines[] = {
    "{\"status\":\"Pulling from library/postgres\",\"id\":\"16-alpine\"}",
    "{\"status\":\"Digest: sha256:00\"}",
    "{\"status\":\"Downloading\"}",
    "{\"id\":\"a\"}",
    "{\"id\":1,\"status\":2}",
    "[]",
    "{\"errorDetail\":{\"message\":\"x\"},\"error\":\"x\",\"id\":\"a\"}",
  };

  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
    ck_assert_int_eq (reads (lines[i]), 0);
  is (0, 0, 0, 0);
}
END_TEST

START_TEST (odd_numbers_do_no_harm)
{
  ck_assert_int_eq (reads ("{\"status\":\"Downloading\",\"id\":\"a\",\"progressDetail\":{\"current\":9,\"total\":4}}"), 1);
  is (0, 1, 4, 4);
  ck_assert_int_eq (reads ("{\"status\":\"Downloading\",\"id\":\"b\",\"progressDetail\":{\"current\":-9,\"total\":4}}"), 1);
  is (0, 2, 4, 8);
  ck_assert_int_eq (reads ("{\"status\":\"Downloading\",\"id\":\"c\",\"progressDetail\":{\"current\":5,\"total\":-1}}"), 1);
  is (0, 3, 4, 8);
  ck_assert_int_eq (reads ("{\"status\":\"Downloading\",\"id\":\"c\",\"progressDetail\":"
                           "{\"current\":9223372036854775807,\"total\":9223372036854775807}}"), 1);
  is (0, 3, 4, 8);
  ck_assert_int_eq (reads ("{\"status\":\"Extracting\",\"id\":\"a\",\"progressDetail\":{\"current\":1,\"units\":\"s\"}}"), 1);
  is (1, 3, 4, 8);
  ck_assert_int_eq (reads ("{\"status\":\"Downloading\",\"id\":\"a\",\"progressDetail\":{\"current\":1,\"total\":4}}"), 1);
  is (0, 3, 1, 8); /* a download that failed begins anew */
}
END_TEST

START_TEST (no_more_layers_than_an_image_can_have_are_kept)
{
  char line[80];

  for (int i = 0; i < 1200; i++) {
    snprintf (line, sizeof line, "{\"status\":\"Waiting\",\"id\":\"%d\"}", i);
    ck_assert_int_eq (reads (line), i < 1000);
  }
  is (0, 1000, 0, 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("pull_layers");
  TCase *tcase = tcase_create ("pull_layers");

  tcase_add_checked_fixture (tcase, NULL, teardown);
  tcase_add_loop_test (tcase, recorded_pulls_are_followed_to_their_end, 0, sizeof recordings / sizeof recordings[0]);
  tcase_add_test (tcase, what_is_no_layer_is_not_counted);
  tcase_add_test (tcase, odd_numbers_do_no_harm);
  tcase_add_test (tcase, no_more_layers_than_an_image_can_have_are_kept);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
