/* SPDX-License-Identifier: MIT */
/* The TAP report is read back line by line, its YAML blocks with libfyaml. */
#include "report_sample.h"
#include "util/text.h"

#include <libfyaml.h>
#include <stdio.h>

struct point {
  int ok;
  int number;
  char *description; /* unescaped, without directive */
  char *skip;        /* unescaped reason, or NULL */
  struct fy_document *yaml;
};

struct stream {
  struct point *points;
  size_t count;
  size_t planned;
};

/* Splits at the first "#" that is not escaped; takes the backslashes out of both halves. */
static void read_description (const char *line, struct point *point)
{
  char *out = calloc (1, strlen (line) + 1), *into = out;
  const char *directive = NULL;

  for (const char *p = line; *p; p++) {
    if (*p == '#' && !directive) {
      ck_assert_msg (p > line && p[-1] == ' ', "directive without a space: %s", line);
      directive = into + 1;
      *into++ = '\0';
      continue;
    }
    ck_assert_msg (*p != '#', "second #: %s", line);
    if (*p == '\\')
      p++;
    *into++ = *p;
  }
  *into = '\0';
  point->description = out;
  if (directive) {
    out[directive - out - 2] = '\0'; /* the space before # */
    ck_assert_msg (strncmp (directive, " SKIP ", 6) == 0, "directive:%s", directive);
    point->skip = strdup (directive + 6);
  }
}

/* The lines between "  ---" and "  ...", two spaces less. */
static struct fy_document *read_block (char **line_end)
{
  char *text = NULL;
  size_t size;
  FILE *block = open_memstream (&text, &size);
  char *line;

  while ((line = strsep (line_end, "\n")) && strcmp (line, "  ...") != 0) {
    ck_assert_msg (strncmp (line, "  ", 2) == 0, "line of a block at the margin: %s", line);
    fprintf (block, "%s\n", line + 2);
  }
  ck_assert_msg (line != NULL, "block has no end");
  fclose (block);
  struct fy_document *document = fy_document_build_from_malloc_string (NULL, text, size);
  ck_assert_msg (document != NULL, "no YAML:\n%s", text);
  return document;
}

static struct stream read_back (const vprod_report *report)
{
  char *text = render (report, "tap"), *rest = text, *line;
  struct stream stream = { 0 };
  int used = 0;

  ck_assert_str_eq (strsep (&rest, "\n"), "TAP version 14");
  ck_assert_int_eq (sscanf (strsep (&rest, "\n"), "1..%zu%n", &stream.planned, &used), 1);
  stream.points = calloc (stream.planned + 1, sizeof *stream.points);
  while ((line = strsep (&rest, "\n"))) {
    struct point *point = &stream.points[stream.count];
    if (*line == '#' || *line == '\0')
      continue;
    if (strcmp (line, "  ---") == 0) {
      ck_assert_uint_gt (stream.count, 0);
      point[-1].yaml = read_block (&rest);
      continue;
    }
    ck_assert_uint_lt (stream.count, stream.planned);
    point->ok = strncmp (line, "ok ", 3) == 0;
    ck_assert_msg (point->ok || strncmp (line, "not ok ", 7) == 0, "neither ok nor not ok: %s", line);
    ck_assert_int_eq (sscanf (line + (point->ok ? 3 : 7), "%d - %n", &point->number, &used), 1);
    read_description (line + (point->ok ? 3 : 7) + used, point);
    stream.count++;
  }
  ck_assert_uint_eq (stream.count, stream.planned);
  free (text);
  return stream;
}

static void free_stream (struct stream *stream)
{
  for (size_t i = 0; i < stream->count; i++) {
    free (stream->points[i].description);
    free (stream->points[i].skip);
    fy_document_destroy (stream->points[i].yaml);
  }
  free (stream->points);
}

static void assert_value (const struct fy_node *mapping, const char *key, const char *text)
{
  char *shown_key = vprod__text_harmless (key, strlen (key)), *shown = vprod__text_harmless (text, strlen (text));
  struct fy_node *found = NULL;
  size_t length = 0;
  void *iterator = NULL;
  struct fy_node_pair *pair;

  ck_assert_ptr_nonnull (mapping);
  while ((pair = fy_node_mapping_iterate ((struct fy_node *) (uintptr_t) mapping, &iterator))) {
    const char *name = fy_node_get_scalar (fy_node_pair_key (pair), &length);
    if (length == strlen (shown_key) && memcmp (name, shown_key, length) == 0)
      found = fy_node_pair_value (pair);
  }
  ck_assert_msg (found != NULL, "no key \"%s\"", shown_key);
  const char *value = fy_node_get_scalar (found, &length);
  /* a block ends in a newline */
  if (fy_node_get_style (found) == FYNS_LITERAL && length > 0)
    length--;
  ck_assert_msg (length == strlen (shown) && memcmp (value, shown, length) == 0, "%s: \"%.*s\" is not \"%s\"",
                 shown_key, (int) length, value, shown);
  free (shown);
  free (shown_key);
}

/* On one line, as a description shows it. */
static char *flat (const char *before, const char *text)
{
  char *shown = vprod__text_harmless (text, strlen (text)), *line = NULL;

  for (char *p = shown; (p = strpbrk (p, "\n\t")); p++)
    *p = ' ';
  ck_assert_int_ge (asprintf (&line, "%s%s", before, shown), 0);
  free (shown);
  return line;
}

static void assert_same_result (const struct point *point, const vprod_result *result)
{
  vprod_verdict verdict = vprod_result_get_verdict (result);
  struct fy_node *root = fy_document_root (point->yaml);
  const char *name, *value;

  ck_assert_int_eq (point->ok, verdict == VPROD_VERDICT_PASS || verdict == VPROD_VERDICT_SKIP);
  ck_assert_int_eq (point->skip != NULL, verdict == VPROD_VERDICT_SKIP);
  char *description = flat (": ", vprod_result_get_title (result));
  ck_assert_int_eq (strncmp (point->description, vprod_result_get_check (result),
                             strlen (vprod_result_get_check (result))), 0);
  ck_assert_str_eq (point->description + strlen (vprod_result_get_check (result)), description);
  free (description);
  if (point->skip) {
    char *reason = flat ("", vprod_result_get_message (result));
    ck_assert_str_eq (point->skip, reason);
    free (reason);
  }
  assert_value (root, "message", vprod_result_get_message (result));
  if (!point->ok)
    assert_value (root, "severity", vprod_verdict_name (verdict));
  if (*vprod_result_get_remedy (result))
    assert_value (root, "remedy", vprod_result_get_remedy (result));
  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    assert_value (fy_node_mapping_lookup_by_string (root, "evidence", (size_t) -1), name, value);
  for (size_t i = 0; i < vprod_result_count_findings (result); i++) {
    const vprod_finding *finding = vprod_result_get_finding_at (result, i);
    struct fy_node *list = fy_node_mapping_lookup_by_string (root, "findings", (size_t) -1);
    for (size_t k = 0; vprod_finding_get_field_at (finding, k, &name, &value) == 0; k++)
      assert_value (fy_node_sequence_get_by_index (list, (int) i), name, value);
  }
}

START_TEST (every_result_comes_back_as_it_was)
{
  vprod_report *report = _i == 0 ? sample_report () : _i == 1 ? nasty_report () : _i == 2 ? empty_report () : skipped_report ();
  size_t count = vprod_report_count_results (report);
  struct stream stream = read_back (report);

  ck_assert_uint_eq (stream.count, count + (_i >= 2));
  if (_i >= 2) {
    ck_assert (!stream.points[count].ok);
    ck_assert_str_eq (stream.points[count].description, "verify-prod: It can be told whether the image is fit");
    assert_value (fy_document_root (stream.points[count].yaml), "severity", "error");
  }
  for (size_t i = 0; i < count; i++) {
    ck_assert_int_eq (stream.points[i].number, (int) i + 1);
    ck_assert_ptr_nonnull (stream.points[i].yaml);
    assert_same_result (&stream.points[i], vprod_report_get_result_at (report, i));
  }
  free_stream (&stream);
  vprod_report_free (report);
}
END_TEST

START_TEST (reads_well)
{
  vprod_report *report = sample_report ();
  char *text = render (report, "tap");

  ck_assert_ptr_nonnull (strstr (text, "not ok 2 - non-root: No process runs as root\n  ---\n"));
  ck_assert_ptr_nonnull (strstr (text, "    \"log_tail\": |\n      starting\n      ready\n"));
  ck_assert_ptr_nonnull (strstr (text, "ok 3 - layer-cache: Dependency layers stay cached # SKIP the spec names"));
  free (text);
  vprod_report_free (report);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("report_tap");
  TCase *tc = tcase_create ("report_tap");

  tcase_add_loop_test (tc, every_result_comes_back_as_it_was, 0, 4);
  tcase_add_test (tc, reads_well);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
