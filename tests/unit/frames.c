/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>

#include "runner/docker/frames.h"
#include "util/buf.h"

/* What came out: "1hello2oops", the stream where it changes. */
struct seen {
  struct vprod__buf text;
  int stream;
  size_t stop_after; /* bytes; 0: never */
  size_t bytes;
  int calls_after_stop;
  int stopped;
};

static int on_output (void *data, vprod_stream stream, const char *bytes, size_t length)
{
  struct seen *seen = data;

  seen->calls_after_stop += seen->stopped;
  if (seen->stream != (int) stream)
    ck_assert_int_eq (vprod__buf_addf (&seen->text, "%d", stream), 0);
  seen->stream = stream;
  ck_assert_uint_gt (length, 0);
  ck_assert_int_eq (vprod__buf_add (&seen->text, bytes, length), 0);
  seen->bytes += length;
  seen->stopped = seen->stop_after && seen->bytes >= seen->stop_after;
  return seen->stopped;
}

static const struct {
  const char *bytes;
  size_t length;
  const char *text;
  enum vprod__frames_end end;
  int whole;
} streams[] = {
#define CASE(bytes, text, end, whole) { bytes, sizeof (bytes) - 1, text, end, whole }
  CASE ("", "", VPROD__FRAMES_GOING, 1),
  CASE ("\1\0\0\0\0\0\0\5hello", "1hello", VPROD__FRAMES_GOING, 1),
  CASE ("\1\0\0\0\0\0\0\2he\2\0\0\0\0\0\0\4oops\1\0\0\0\0\0\0\3llo", "1he2oops1llo", VPROD__FRAMES_GOING, 1),
  CASE ("\0\0\0\0\0\0\0\2in", "1in", VPROD__FRAMES_GOING, 1),
  CASE ("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\1x", "2x", VPROD__FRAMES_GOING, 1), /* an empty frame */
  CASE ("\1\0\0\0\0\0\0\5hel", "1hel", VPROD__FRAMES_GOING, 0),
  CASE ("\1\0\0\0\0\0", "", VPROD__FRAMES_GOING, 0),
  CASE ("\1\0\0\0\xff\xff\xff\xffx", "1x", VPROD__FRAMES_GOING, 0), /* 4 GiB are announced, nothing is set aside */
  CASE ("\3\0\0\0\0\0\0\4disk\1\0\0\0\0\0\0\1x", "", VPROD__FRAMES_SAID, 1),
  CASE ("HTTP/1.1 200 OK", "", VPROD__FRAMES_BROKEN, 0),
  CASE ("\1\0\0\0\0\0\0\1xplain text", "1x", VPROD__FRAMES_BROKEN, 0),
  CASE ("\4\0\0\0\0\0\0\1x", "", VPROD__FRAMES_BROKEN, 0),
  CASE ("\1\0\1\0\0\0\0\1x", "", VPROD__FRAMES_BROKEN, 0),
#undef CASE
};

START_TEST (frames_are_read_whatever_the_cuts)
{
  const char *bytes = streams[_i].bytes;
  size_t length = streams[_i].length;

  for (size_t piece = 1; piece <= length + 1; piece++)     /* pieces of one size … */
    for (size_t first = 0; first <= length; first += piece) { /* … after a cut at every place */
      struct seen seen = { .stream = 0 };
      struct vprod__frames frames = { .on_output = on_output, .data = &seen };
      vprod__frames_feed (&frames, bytes, first);
      for (size_t at = first; at < length; at += piece)
        vprod__frames_feed (&frames, bytes + at, length - at < piece ? length - at : piece);
      ck_assert_str_eq (vprod__buf_string (&seen.text), streams[_i].text);
      ck_assert_int_eq (frames.end, streams[_i].end);
      if (frames.end == VPROD__FRAMES_GOING)
        ck_assert_int_eq (vprod__frames_whole (&frames), streams[_i].whole);
      if (frames.end == VPROD__FRAMES_SAID)
        ck_assert_str_eq (frames.fault, "disk");
      vprod__buf_clear (&seen.text);
    }
}
END_TEST

START_TEST (output_of_a_terminal_has_no_frames)
{
  struct seen seen = { .stream = 0 };
  struct vprod__frames frames = { .on_output = on_output, .data = &seen, .raw = 1 };

  ck_assert_int_eq (vprod__frames_feed (&frames, "\1\0\0\0\0\0\0\1x", 9), 0);
  ck_assert_int_eq (vprod__frames_feed (&frames, "y", 1), 0);
  ck_assert_uint_eq (seen.bytes, 10);
  ck_assert (vprod__frames_whole (&frames));
  vprod__buf_clear (&seen.text);
}
END_TEST

START_TEST (nothing_is_given_once_no_more_is_wanted)
{
  struct seen seen = { .stop_after = 2 };
  struct vprod__frames frames = { .on_output = on_output, .data = &seen };

  ck_assert_int_ne (vprod__frames_feed (&frames, "\1\0\0\0\0\0\0\2he\1\0\0\0\0\0\0\1x", 19), 0);
  ck_assert_int_eq (frames.end, VPROD__FRAMES_STOPPED);
  ck_assert_int_ne (vprod__frames_feed (&frames, "\1\0\0\0\0\0\0\1x", 9), 0);
  ck_assert_str_eq (vprod__buf_string (&seen.text), "1he");
  ck_assert_int_eq (seen.calls_after_stop, 0);
  vprod__buf_clear (&seen.text);
}
END_TEST

START_TEST (long_fault_of_the_engine_is_cut)
{
  struct seen seen = { .stream = 0 };
  struct vprod__frames frames = { .on_output = on_output, .data = &seen };
  char words[1000];

  memset (words, 'w', sizeof words);
  vprod__frames_feed (&frames, "\3\0\0\0\0\0\3\xe8", 8);
  vprod__frames_feed (&frames, words, sizeof words);
  ck_assert_int_eq (frames.end, VPROD__FRAMES_SAID);
  ck_assert_uint_eq (frames.fault_length, sizeof frames.fault - 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("frames");
  TCase *tc = tcase_create ("frames");

  tcase_add_loop_test (tc, frames_are_read_whatever_the_cuts, 0, sizeof streams / sizeof streams[0]);
  tcase_add_test (tc, output_of_a_terminal_has_no_frames);
  tcase_add_test (tc, nothing_is_given_once_no_more_is_wanted);
  tcase_add_test (tc, long_fault_of_the_engine_is_cut);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
