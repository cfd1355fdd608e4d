/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <limits.h>
#include <errno.h>

#include "util/base64.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/grow.h"
#include "util/path.h"
#include "util/strv.h"
#include "util/text.h"

static const struct {
  const char *text;
  int64_t ms; /* -1: refused */
} durations[] = {
  { "250ms", 250 },  { "30s", 30000 }, { "15m", 900000 }, { "1h", 3600000 }, { "1m30s", 90000 }, { "2.5s", 2500 },
  { "10", 10000 },   { "0", 0 },       { "", -1 },        { "s", -1 },       { "-1s", -1 },      { "1x", -1 },
  { "1m30", -1 },    { "1e3s", -1 },   { "inf", -1 },     { "25h", -1 },     { "1.s", -1 },      { " 1s", -1 },
};

START_TEST (reads_durations)
{
  int64_t ms = -1;
  int r = vprod__parse_duration (durations[_i].text, &ms);

  ck_assert_int_eq (r, durations[_i].ms < 0 ? -1 : 0);
  ck_assert_int_eq (ms, durations[_i].ms);
}
END_TEST

static const struct {
  const char *text;
  int64_t ms; /* 0: none */
} times[] = {
  { "1970-01-01T00:00:01Z", 1000 },
  { "2026-01-31T12:00:00Z", 1769860800000 },
  { "2026-01-31T12:00:00.123456789Z", 1769860800123 },
  { "2026-01-31T13:00:00.5+01:00", 1769860800500 },
  { "2026-01-31T11:30:00.007-00:30", 1769860800007 },
  { "0001-01-01T00:00:00Z", 0 }, /* the engine's word for never */
  { "1969-12-31T23:59:59Z", 0 },
  { "2026-01-31T12:00:00", 0 },
  { "2026-01-31T12:00:00+1:00", 0 },
  { "2026-01-31T12:00:00+01:00x", 0 },
  { "2026-01-31 12:00:00Z", 0 },
  { "2026-1-31T12:00:00Z", 0 },
  { "now", 0 },
  { "", 0 },
  { NULL, 0 },
};

START_TEST (reads_times)
{
  ck_assert_int_eq (vprod__parse_time (times[_i].text), times[_i].ms);
}
END_TEST

static const struct {
  const char *bytes;
  size_t length;
  const char *shown;
} harmless[] = {
  { "plain\n\ttext", 11, "plain\n\ttext" },
  { "a\r\nb\rc", 6, "a\nb\\x0dc" },
  { "\033[31mred\033[0m", 12, "red" },
  { "\033]0;title\007after", 15, "after" },
  { "bold\033(B\033[m off\033(", 15, "bold off" },
  { "\033\033[32mgreen", 11, "green" },
  { "\033\ntext", 6, "\ntext" },
  { "\033", 1, "" },
  { "cut\033[3", 6, "cut" },
  { "no\033]end of it", 13, "noend of it" },          /* a title, a device's string … without an end */
  { "no\033Pend\nof it", 13, "noend\nof it" },
  { "no\033X", 4, "no" },
  { "a\033_b\033\\c", 7, "ac" },
  { "nul\0byte", 8, "nul\\x00byte" },
  { "caf\xc3\xa9", 5, "caf\xc3\xa9" },
  { "\xff\xfe", 2, "\\xff\\xfe" },
  { "\xc2\x9b" "31m", 5, "\\xc2\\x9b31m" },           /* C1 CSI */
  { "\xe2\x80\xae" "x", 4, "\\xe2\\x80\\xaex" },      /* right-to-left override */
  { "\xc0\x80", 2, "\\xc0\\x80" },                    /* overlong */
  { "\xe2\x82", 2, "\\xe2\\x82" },                    /* cut off */
};

START_TEST (makes_text_harmless)
{
  char *shown = vprod__text_harmless (harmless[_i].bytes, harmless[_i].length);

  ck_assert_str_eq (shown, harmless[_i].shown);
  free (shown);
}
END_TEST

/* Each word by itself, with what begins in it: the words behind it are there. */
START_TEST (puts_words_together_harmlessly)
{
  static const char *const begins[] = { "\033]0;", "\033P", "\033X", "\033^", "\033_", "\033[", "\033[1;", "\033", "\033(" };
  const char half[] = { 'x', '\xe2', '\x82', 0 };
  int64_t big = INT64_MIN;

  for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
    char *text = vprod__text_format ("before %s12;3 ours %s\033\\end", begins[i], "\a");
    ck_assert_ptr_nonnull (strstr (text, "12;3 ours \\x07"));
    ck_assert (strncmp (text, "before ", 7) == 0);
    free (text);
  }
  char *text = vprod__text_format ("%s|%.2s|%-4s|%4s|%.*s|%c%%", half, "a\xc3\xa9", "ab", "\033[1mab", 2, "long", 'z');
  ck_assert_str_eq (text, "x\\xe2\\x82|a|ab  |  ab|lo|z%");
  free (text);
  text = vprod__text_format ("%d %05d %-3d| %+ld %lld %zu %x %08x %" PRId64 " %" PRIu64 " %jd %.1f %*d %-*d| %u %o %i", -5, 42, 7, 9L,
                             LLONG_MIN, (size_t) 3, -1u, 0xbeefu, big, UINT64_MAX, (intmax_t) -2, 2.25, 4, 1, 4, 1, 3000000000u, 8u,
                             INT_MIN);
  char *same = NULL;
  ck_assert_int_gt (asprintf (&same, "%d %05d %-3d| %+ld %lld %zu %x %08x %" PRId64 " %" PRIu64 " %jd %.1f %*d %-*d| %u %o %i", -5, 42,
                              7, 9L, LLONG_MIN, (size_t) 3, -1u, 0xbeefu, big, UINT64_MAX, (intmax_t) -2, 2.25, 4, 1, 4, 1,
                              3000000000u, 8u, INT_MIN), 0);
  ck_assert_str_eq (text, same);
  free (text);
  free (same);
}
END_TEST

START_TEST (tail_gives_the_last_lines)
{
  char *tail = vprod__text_tail ("one\ntwo\nthree\n", 14, 2, 100);
  ck_assert_str_eq (tail, "two\nthree");
  free (tail);
  tail = vprod__text_tail ("one\ntwo\nthree\n", 14, 9, 4);
  ck_assert_str_eq (tail, "hree");
  free (tail);
  tail = vprod__text_tail ("", 0, 9, 4);
  ck_assert_str_eq (tail, "");
  free (tail);
}
END_TEST

START_TEST (nearest_name_is_what_was_meant)
{
  static const char *const names[] = { "health", "graceful-stop", "non-root", "timeout", NULL };

  ck_assert_str_eq (vprod__text_nearest ("helth", names), "health");
  ck_assert_str_eq (vprod__text_nearest ("nonroot", names), "non-root");
  ck_assert_str_eq (vprod__text_nearest ("tiemout", names), "timeout");
  ck_assert_ptr_null (vprod__text_nearest ("zebra", names));
  ck_assert_ptr_null (vprod__text_nearest ("", names));
}
END_TEST

START_TEST (redacted_secret_does_not_hold_the_secret)
{
  char *shown = vprod__text_redact ("ghp_abcdefghijklmnopqrstuvwxyz0123456789");
  ck_assert_str_eq (shown, "ghp_…(40 characters)");
  free (shown);
  shown = vprod__text_redact ("hunter2");
  ck_assert_str_eq (shown, "…(7 characters)");
  free (shown);
}
END_TEST

START_TEST (error_tells_code_errno_and_context)
{
  vprod_error *err = NULL;

  ck_assert_int_eq (vprod__error_set (&err, VPROD_ERROR_IO, ENOENT, "cannot open %s", "x"), -VPROD_ERROR_IO);
  vprod__error_prefix (&err, "reading %d", 7);
  ck_assert_str_eq (vprod_error_get_message (err), "reading 7: cannot open x: No such file or directory");
  ck_assert_int_eq (vprod_error_get_errno (err), ENOENT);
  vprod_error_free (err);
  ck_assert_int_eq (vprod__error_set (NULL, VPROD_ERROR_TIMEOUT, 0, "x"), -VPROD_ERROR_TIMEOUT);
  err = NULL;
  ck_assert_int_eq (vprod__error_no_memory (&err), -VPROD_ERROR_NO_MEMORY);
  vprod__error_prefix (&err, "still");
  ck_assert_str_eq (vprod_error_get_message (err), "out of memory");
  vprod_error_free (err);
}
END_TEST

START_TEST (every_error_code_has_a_name)
{
  for (int code = VPROD_ERROR_NO_MEMORY; code <= VPROD_ERROR_NOT_FOUND; code++)
    ck_assert_str_ne (vprod_error_code_name ((vprod_error_code) code), "unknown");
  ck_assert_str_eq (vprod_error_code_name ((vprod_error_code) 999), "unknown");
}
END_TEST

START_TEST (lists_and_buffers_hold_what_they_were_given)
{
  char **list = NULL;
  struct vprod__buf buf = { 0 };

  ck_assert_int_eq (vprod__strv_add (&list, "A=1"), 0);
  ck_assert_int_eq (vprod__strv_addf (&list, "B=%d", 2), 0);
  ck_assert_str_eq (vprod__strv_env (list, "B"), "2");
  ck_assert_ptr_null (vprod__strv_env (list, "C"));
  char *joined = vprod__strv_join (list, ", ");
  ck_assert_str_eq (joined, "A=1, B=2");
  free (joined);
  vprod__strv_free (list);

  ck_assert_str_eq (vprod__buf_string (&buf), "");
  ck_assert_int_eq (vprod__buf_addf (&buf, "%s-%d", "x", 5), 0);
  vprod__buf_consume (&buf, 2);
  ck_assert_str_eq (vprod__buf_string (&buf), "5");
  vprod__buf_clear (&buf);
}
END_TEST

static const struct {
  const char *text, *end;
  int exact, nocase; /* of the text without its last byte */
} ends[] = {
  { "main.py", ".py", 1, 0 }, { "main.PYx", ".py", 0, 1 }, { ".py", ".py", 1, 0 }, { "py", ".py", 0, 0 },
  { "a", "", 1, 1 },          { "main.pyc", ".pyc", 1, 0 }, { "y", ".py", 0, 0 },
};

START_TEST (text_ends_as_it_is_asked_for)
{
  const char *text = ends[_i].text;

  ck_assert_int_eq (vprod__text_ends_with (text, ends[_i].end), ends[_i].exact);
  ck_assert_int_eq (vprod__text_ends_with_nocase_n (text, strlen (text) - 1, ends[_i].end), ends[_i].nocase);
}
END_TEST

START_TEST (word_of_a_list_is_the_whole_word)
{
  static const char *const list[] = { "sh", "bash", NULL }, *const none[] = { NULL };

  ck_assert_int_eq (vprod__text_is_one_of ("bash", list), 1);
  ck_assert_int_eq (vprod__text_is_one_of ("BASH", list), 0);
  ck_assert_int_eq (vprod__text_is_one_of ("bas", list), 0);
  ck_assert_int_eq (vprod__text_is_one_of ("", list), 0);
  ck_assert_int_eq (vprod__text_is_one_of ("sh", none), 0);
  ck_assert_int_eq (vprod__text_is_one_of_nocase ("BASH", list), 1);
  ck_assert_int_eq (vprod__text_is_one_of_nocase ("bashe", list), 0);
}
END_TEST

START_TEST (text_begins_with_one_of_a_list)
{
  static const char *const list[] = { "http://", "git@", NULL }, *const none[] = { NULL };

  ck_assert_int_eq (vprod__text_begins_with_one_of ("git@host", list), 1);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("git@", list), 1);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("git", list), 0);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("a git@host", list), 0);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("GIT@host", list), 0);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("", list), 0);
  ck_assert_int_eq (vprod__text_begins_with_one_of ("x", none), 0);
}
END_TEST

static const struct {
  const char *path;
  const char *clean; /* NULL: names nothing */
} paths[] = {
  { "a/b", "a/b" }, { "/a//./b/", "a/b" }, { "./", "" }, { "", "" }, { "...", "..." }, { ".a/..b", ".a/..b" },
  { "..", NULL },   { "a/../b", NULL },    { "a/..", NULL }, { "123456789/12", NULL },
};

START_TEST (path_is_cleaned)
{
  char clean[12];
  ssize_t n = vprod__path_clean (paths[_i].path, strlen (paths[_i].path), clean, sizeof clean);

  ck_assert_int_eq (n, paths[_i].clean ? (ssize_t) strlen (paths[_i].clean) : -1);
  if (n >= 0)
    ck_assert_str_eq (clean, paths[_i].clean);
}
END_TEST

START_TEST (name_of_a_path_stands_behind_its_last_slash)
{
  ck_assert_str_eq (vprod__path_name ("/usr/bin/env"), "env");
  ck_assert_str_eq (vprod__path_name ("env"), "env");
  ck_assert_str_eq (vprod__path_name ("bin/"), "");
}
END_TEST

static const struct {
  const char *text, *coded;
} codes[] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "user:p", "dXNlcjpw" } }; /* RFC 4648, 10 */

START_TEST (base64_is_coded_and_decoded)
{
  _cleanup_buf_ struct vprod__buf coded = { 0 }, text = { 0 };

  ck_assert_int_eq (vprod__base64url_encode (codes[_i].text, &coded), 0);
  ck_assert_str_eq (vprod__buf_string (&coded), codes[_i].coded);
  ck_assert_int_eq (vprod__base64_decode (codes[_i].coded, &text), 0);
  ck_assert_str_eq (vprod__buf_string (&text), codes[_i].text);
}
END_TEST

START_TEST (what_is_not_base64_is_told)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };

  ck_assert_int_eq (vprod__base64_decode ("Zm9v!", &text), 1);
  ck_assert_str_eq (text.data, "foo");
}
END_TEST

START_TEST (array_grows_and_keeps_what_it_holds)
{
  size_t *list = NULL, count = 0;

  for (; count < 1000; count++) {
    ck_assert_int_eq (vprod__grow (&list, count), 0);
    list[count] = count;
  }
  for (size_t i = 0; i < count; i++)
    ck_assert_uint_eq (list[i], i);
  free (list);
  ck_assert_ptr_null (vprod__grown (NULL, SIZE_MAX / 4 + 1, sizeof *list)); /* the size overflows */
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("util");
  TCase *tc = tcase_create ("util");

  tcase_add_loop_test (tc, reads_durations, 0, sizeof durations / sizeof durations[0]);
  tcase_add_loop_test (tc, reads_times, 0, sizeof times / sizeof times[0]);
  tcase_add_loop_test (tc, makes_text_harmless, 0, sizeof harmless / sizeof harmless[0]);
  tcase_add_test (tc, puts_words_together_harmlessly);
  tcase_add_test (tc, tail_gives_the_last_lines);
  tcase_add_test (tc, nearest_name_is_what_was_meant);
  tcase_add_loop_test (tc, text_ends_as_it_is_asked_for, 0, sizeof ends / sizeof ends[0]);
  tcase_add_test (tc, word_of_a_list_is_the_whole_word);
  tcase_add_test (tc, text_begins_with_one_of_a_list);
  tcase_add_test (tc, redacted_secret_does_not_hold_the_secret);
  tcase_add_test (tc, error_tells_code_errno_and_context);
  tcase_add_test (tc, every_error_code_has_a_name);
  tcase_add_test (tc, lists_and_buffers_hold_what_they_were_given);
  tcase_add_loop_test (tc, path_is_cleaned, 0, sizeof paths / sizeof paths[0]);
  tcase_add_test (tc, name_of_a_path_stands_behind_its_last_slash);
  tcase_add_loop_test (tc, base64_is_coded_and_decoded, 0, sizeof codes / sizeof codes[0]);
  tcase_add_test (tc, what_is_not_base64_is_told);
  tcase_add_test (tc, array_grows_and_keeps_what_it_holds);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
