/* SPDX-License-Identifier: MIT */
#include "report_sample.h"
#include "config.h"

#include <locale.h>

static const char *const names[] = { "text", "json", "junit", "tap", "sarif", "github", "html", "in-toto" };

START_TEST (formats_are_listed_in_order)
{
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    ck_assert_str_eq (vprod_report_get_format_at (i), names[i]);
  ck_assert_uint_eq (vprod_report_count_formats (), sizeof names / sizeof names[0]);
  ck_assert_ptr_null (vprod_report_get_format_at (vprod_report_count_formats ()));
  ck_assert_ptr_null (vprod_report_get_format_at (SIZE_MAX));
}
END_TEST

START_TEST (unknown_format_is_an_error_that_lists_the_known)
{
  vprod_report *report = sample_report ();
  vprod_error *err = NULL;
  char *text = NULL;

  assert_error (vprod_report_render (report, "jsn", NULL, &text, NULL, &err), err, VPROD_ERROR_INVALID,
                "text, json, junit, tap, sarif, github, html, in-toto");
  assert_error (vprod_report_render (report, NULL, NULL, &text, NULL, &err), err, VPROD_ERROR_INVALID, "format");
  assert_error (vprod_report_render (NULL, "json", NULL, &text, NULL, &err), err, VPROD_ERROR_INVALID, "NULL");
  assert_error (vprod_report_render (report, "json", NULL, NULL, NULL, &err), err, VPROD_ERROR_INVALID, "ret_text");
  assert_error (vprod_result_render (vprod_report_get_result_at (report, 0), NULL, NULL, NULL, &err), err,
                VPROD_ERROR_INVALID, "ret_text");
  assert_error (vprod_result_render (NULL, NULL, &text, NULL, &err), err, VPROD_ERROR_INVALID, "NULL");
  ck_assert_ptr_null (text);
  vprod_report_free (report);
}
END_TEST

/* What vprod_text_harmless promises, looked at from outside, byte by byte. */
START_TEST (nothing_but_printable_utf8_comes_out)
{
  vprod_report *report = nasty_report ();
  char *text = render (report, names[_i]);

  ck_assert_uint_gt (mbstowcs (NULL, text, 0), 0);
  ck_assert_msg (mbstowcs (NULL, text, 0) != (size_t) -1, "%s: not valid UTF-8", names[_i]);
  for (const unsigned char *p = (unsigned char *) text; *p; p++)
    ck_assert_msg ((*p >= 0x20 && *p != 0x7f) || *p == '\n' || *p == '\t', "%s: byte %02x at %zu", names[_i], *p,
                   (size_t) (p - (unsigned char *) text));
  ck_assert_ptr_null (strstr (text, "\xef\xbf\xbe"));
  ck_assert_ptr_null (strstr (text, "\xe2\x80\xae"));
  ck_assert_int_eq (text[strlen (text) - 1], '\n');
  free (text);
  vprod_report_free (report);
}
END_TEST

START_TEST (options_past_their_size_are_not_read)
{
  vprod_report *report = sample_report ();
  vprod_render_options options = { .size = sizeof options.size, .color = 1, .summary_only = 1 };
  vprod_error *err = NULL;
  char *plain = render (report, "text"), *text = NULL;

  assert_ok (vprod_report_render (report, "text", &options, &text, NULL, &err), err);
  ck_assert_str_eq (text, plain);
  free (text);
  free (plain);
  vprod_report_free (report);
}
END_TEST

START_TEST (version_is_the_package_version)
{
  ck_assert_str_eq (vprod_version (), PACKAGE_VERSION);
}
END_TEST

int main (void)
{
  const int count = sizeof names / sizeof names[0];
  Suite *suite = suite_create ("report_formats");
  TCase *tc = tcase_create ("report_formats");

  setlocale (LC_ALL, "C.UTF-8");
  tcase_add_test (tc, formats_are_listed_in_order);
  tcase_add_test (tc, unknown_format_is_an_error_that_lists_the_known);
  tcase_add_loop_test (tc, nothing_but_printable_utf8_comes_out, 0, count);
  tcase_add_test (tc, options_past_their_size_are_not_read);
  tcase_add_test (tc, version_is_the_package_version);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
