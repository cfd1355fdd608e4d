/* SPDX-License-Identifier: MIT */
/* image-size: what layers waste, which lines they are of, judging, and the flow. */
#include "flow.h"
#include "image_archive.h"

#include <stdio.h>

#include "checks/image_size/facts.h"
#include "dockerfile/layer_lines.h"
#include "image/feed.h"
#include "image/reading.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- which lines made the layers ------------------------------------------------------------------------- */

static const char dockerfile_text[] = "FROM debian AS base\n"             /* 1 */
                                      "RUN apt-get update \\\n"           /* 2 */
                                      "  && apt-get install x\n"
                                      "FROM base AS builder\n"            /* 4 */
                                      "COPY . /src\n"
                                      "RUN make\n"
                                      "FROM base\n"                       /* 7 */
                                      "ARG UID=7\n"
                                      "WORKDIR /app\n"                    /* 9 */
                                      "COPY --chown=1:1 one two ./\n"     /* 10 */
                                      "RUN chown -R $UID /app\n"          /* 11 */
                                      "ENV A=b\n"
                                      "RUN [\"/bin/true\", \"x\"]\n"      /* 13 */
                                      "RUN <<EOF\necho a\nEOF\n"          /* 14 */
                                      "RUN make\n";                       /* 17 */

static const struct {
  const char *created_by[8];
  int lines[8];
  size_t base;
} histories[] = {
  { { "ADD file:1 in /", "RUN /bin/sh -c apt-get update   && apt-get install x # buildkit", "WORKDIR /app",
      "COPY one two ./ # buildkit", "RUN |1 UID=7 /bin/sh -c chown -R 7 /app # buildkit", "RUN /bin/true x # buildkit",
      "RUN /bin/sh -c echo a\n # buildkit", "RUN |1 UID=7 /bin/sh -c make # buildkit" },
    { 0, 2, 9, 10, 11, 13, 14, 17 }, 1 },
  /* the classic builder; WORKDIR and a RUN made no layer */
  { { "/bin/sh -c #(nop) ADD file:1 in / ", "/bin/sh -c make", "/bin/sh -c apt-get update   && apt-get install x",
      "/bin/sh -c #(nop) COPY --chown=1:1file:2 in ./ ", "|1 UID=7 /bin/sh -c chown -R $UID /app", "|1 UID=7 /bin/sh -c make", NULL, NULL },
    { 0, 0, 2, 10, 11, 17 }, 2 },
  /* none of its own is left */
  { { "ADD file:1 in /", NULL, "CMD x" }, { 0, 0, 0 }, 0 },
};

START_TEST (finds_the_lines_that_made_the_layers)
{
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };
  size_t count = 0, base;
  int lines[8];

  while (count < 8 && (histories[_i].created_by[count] || (count < 7 && histories[_i].created_by[count + 1])))
    count++;
  ck_assert_int_eq (vprod__dockerfile_parse (dockerfile_text, strlen (dockerfile_text), &dockerfile), 0);
  ck_assert_int_eq (vprod__dockerfile_layer_lines (&dockerfile, 2, histories[_i].created_by, count, lines, &base), 0);
  for (size_t i = 0; i < count; i++)
    ck_assert_msg (lines[i] == histories[_i].lines[i], "layer %zu: line %d", i, lines[i]);
  ck_assert_uint_eq (base, histories[_i].base);
}
END_TEST

START_TEST (image_of_settings_alone_has_the_layers_of_its_base)
{
  static const char text[] = "FROM debian\nENV A=b\nCMD [\"x\"]\n";
  static const char *const created_by[] = { "ADD file:1 in /", "RUN /bin/sh -c make" };
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };
  size_t base;
  int lines[2];

  ck_assert_int_eq (vprod__dockerfile_parse (text, strlen (text), &dockerfile), 0);
  ck_assert_int_eq (vprod__dockerfile_layer_lines (&dockerfile, 0, created_by, 2, lines, &base), 0);
  ck_assert_uint_eq (base, 2);
}
END_TEST

static const char *const shown[][2] = {
  { "RUN |2 A=1 B=2 /bin/sh -c make   all # buildkit", "RUN make all" },
  { "RUN /bin/bash -o pipefail -c make # buildkit", "RUN make" },
  { "RUN make x # buildkit", "RUN make x" },
  { "/bin/sh -c #(nop)  CMD [\"/bin/sh\"]", "CMD [\"/bin/sh\"]" },
  { "/bin/sh -c make", "RUN make" },
  { "COPY a b # buildkit", "COPY a b" },
  { "", "" },
};

START_TEST (shows_an_instruction_as_it_is_written)
{
  char *text = vprod__created_by_shown (shown[_i][0]);

  ck_assert_str_eq (text, shown[_i][1]);
  free (text);
}
END_TEST

/* ---- what layers waste ----------------------------------------------------------------------------------- */

#define K "0123456789"

/* An image of up to three layers, the uppermost first. The caller's. */
static struct vprod__buf make_image (const struct tar_entry *const layers[3])
{
  struct vprod__buf tars[3];
  size_t n = 0;

  for (; n < 3 && layers[n]; n++)
    tars[n] = make_tar (layers[n], PLAIN);
  const struct tar_entry entries[] = {
    { "2.tar", n > 2 ? tars[2].data : "x", .length = n > 2 ? tars[2].length : 1 },
    { "1.tar", tars[1].data, .length = tars[1].length },
    { "manifest.json", n > 2 ? "[{\"Config\":\"c.json\",\"Layers\":[\"0.tar\",\"1.tar\",\"2.tar\"]}]"
                             : "[{\"Config\":\"c.json\",\"Layers\":[\"0.tar\",\"1.tar\"]}]" },
    { "0.tar", tars[0].data, .length = tars[0].length },
    { "c.json", "{\"history\":[{\"created_by\":\"COPY . /app\"},{\"created_by\":\"RUN chown\"},{\"created_by\":\"RUN rm\"}]}" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);

  for (size_t i = 0; i < n; i++)
    vprod__buf_clear (&tars[i]);
  return image;
}

static const struct wasting {
  const char *name;
  struct tar_entry layers[3][5];
  int n_layers;
  int64_t wasted;
  size_t n_groups;
  enum vprod__waste_kind kind; /* of the largest … */
  long by, of;                 /* … and its layers */
} wastings[] = {
  { "nothing", { { { "a", K } }, { { "b", K } } }, 2, 0, 0, 0, 0, 0 },
  { "chown", { { { "a", K }, { "b", K } }, { { "a", K, .uid = 7 }, { "b", K, .uid = 7 } } }, 2, 20, 1, VPROD__WASTE_RIGHTS, 1, 0 },
  { "chmod", { { { "a", K } }, { { "a", K, .mode = 0600 } } }, 2, 10, 1, VPROD__WASTE_RIGHTS, 1, 0 },
  { "repeated", { { { "a", K } }, { { "a", K } } }, 2, 10, 1, VPROD__WASTE_REPEATED, 1, 0 },
  { "of the same length", { { { "a", K, .mtime = 1 } }, { { "a", K, .mtime = 2 } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "longer", { { { "a", K } }, { { "a", K K } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "whiteout", { { { "d/a", K } }, { { "d/.wh.a" } } }, 2, 10, 1, VPROD__WASTE_REMOVED, 1, 0 },
  { "whiteout above", { { { "d/e/a", K } }, { { ".wh.d" } } }, 2, 10, 1, VPROD__WASTE_REMOVED, 1, 0 },
  { "opaque", { { { "d/e/a", K } }, { { "d/.wh..wh..opq" }, { "d/b", K } } }, 2, 10, 1, VPROD__WASTE_REMOVED, 1, 0 },
  { "opaque and there again", { { { "d/a", K } }, { { "d/.wh..wh..opq" }, { "d/a", K K } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "a file for a folder", { { { "d/a", K } }, { { "d", K } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "a link for a folder", { { { "d/a", K } }, { { "d", .link = "/tmp" } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "a folder for a file", { { { "d", K } }, { { "d/" }, { "d/a", K } } }, 2, 10, 1, VPROD__WASTE_REPLACED, 1, 0 },
  { "a folder again", { { { "d/" }, { "d/a", K } }, { { "d/", .uid = 7 } } }, 2, 0, 0, 0, 0, 0 },
  { "removed below, of the same name above", { { { "x", K } }, { { ".wh.a" } }, { { "a", K } } }, 3, 0, 0, 0, 0, 0 },
  { "the lowest that hides it", { { { "a", K } }, { { ".wh.a" } }, { { "a", K } } }, 3, 10, 1, VPROD__WASTE_REMOVED, 1, 0 },
  { "thrice", { { { "a", K } }, { { "a", K K } }, { { "a", K } } }, 3, 30, 2, VPROD__WASTE_REPLACED, 2, 1 },
  { "one name left", { { { "a", K }, { "b", .hard = "a" } }, { { ".wh.a" } } }, 2, 0, 0, 0, 0, 0 },
  { "the other name left", { { { "a", K }, { "b", .hard = "a" } }, { { ".wh.b" } } }, 2, 0, 0, 0, 0, 0 },
  { "no name left", { { { "a", K }, { "b", .hard = "a" } }, { { ".wh.a" }, { ".wh.b" } } }, 2, 10, 1, VPROD__WASTE_REMOVED, 1, 0 },
  { "names get another owner", { { { "a", K }, { "b", .hard = "a" } }, { { "b", K, .uid = 7 }, { "a", .hard = "b", .uid = 7 } } }, 2, 10, 1,
    VPROD__WASTE_RIGHTS, 1, 0 },
  { "empty files", { { { "a" } }, { { ".wh.a" } } }, 2, 0, 0, 0, 0, 0 },
  { "a name that only begins so", { { { "data/a", K } }, { { ".wh.dat" } } }, 2, 0, 0, 0, 0, 0 },
};

static int on_file (void *data, const struct vprod__layer_file *file, vprod_error **err)
{
  return vprod__waste_add (data, file, err);
}

static int on_end (void *data, const struct vprod__visible *visible, vprod_error **err)
{
  return vprod__waste_settle (data, visible, err);
}

START_TEST (finds_what_layers_waste)
{
  static const vprod_call no_bound = { sizeof no_bound, VPROD_NO_DEADLINE, -1 };
  const struct wasting *w = &wastings[_i];
  const struct tar_entry *const layers[3] = { w->layers[0], w->layers[1], w->n_layers > 2 ? w->layers[2] : NULL };
  struct vprod__buf image = make_image (layers);
  struct memory memory = { image.data, image.length, 0 };
  struct vprod__waste waste = { 0 };
  const struct vprod__layer_visitor visitor = { .on_file = on_file, .on_end = on_end, .every_file = 1, .data = &waste };
  struct vprod__file_reader reader = { .visitor = &visitor };
  struct vprod__visible visible = { 0 };
  struct archive *archive = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  assert_ok (vprod__image_read (archive, &no_bound, &reader, &visible, &err), err);
  archive_read_free (archive);
  assert_ok (reader.r, reader.error);
  ck_assert_msg (waste.wasted == w->wasted, "%s: %lld", w->name, (long long) waste.wasted);
  ck_assert_msg (waste.n_groups == w->n_groups, "%s: %zu groups", w->name, waste.n_groups);
  if (waste.n_groups > 0)
    ck_assert_msg (waste.groups[0].kind == w->kind && waste.groups[0].by == w->by && waste.groups[0].of == w->of,
                   "%s: %d by %ld of %ld", w->name, waste.groups[0].kind, waste.groups[0].by, waste.groups[0].of);
  vprod__waste_clear (&waste);
  vprod__visible_clear (&visible);
  vprod__buf_clear (&image);
}
END_TEST

/* ---- judging --------------------------------------------------------------------------------------------- */

static const struct judged {
  int64_t max, most_wasted, told, history, wasted;
  enum vprod__waste_kind kind;
  size_t n_base;
  struct wanted wanted;
} judged[] = {
  { 1000, -1, 1000, 1000, 0, 0, 1, { VPROD_VERDICT_PASS, 0, "the image has 1.0 kB, at most 1.0 kB may be", "" } },
  { 999, -1, 1000, 1000, 0, 0, 1, { VPROD_VERDICT_FAIL, 0, "the image has 1.0 kB; at most 999 bytes may be; the largest layer has 800 bytes: layer 2 of 3 (COPY . /app, line 4 of the Dockerfile)", "smaller base" } },
  { 300000000, -1, 300000001, 300000001, 0, 0, 1, { VPROD_VERDICT_FAIL, 0, "the image has 300000001 bytes; at most 300000000 bytes", NULL } },
  /* the engine tells what the layers have when they are compressed, or twice of it */
  { 1000, -1, 400, 1400, 0, 0, 1, { VPROD_VERDICT_FAIL, 0, "the image has 1.4 kB", NULL } },
  { 1000, -1, 1400, 900, 0, 0, 1, { VPROD_VERDICT_PASS, 0, "the image has 900 bytes", NULL } },
  { 1000, -1, 990, 1010, 0, 0, 1, { VPROD_VERDICT_PASS, 0, "the image has 990 bytes", NULL } },
  { 1000, -1, 0, 800, 0, 0, 1, { VPROD_VERDICT_PASS, 0, "the image has 800 bytes", NULL } },
  { 1000, -1, 0, -1, 0, 0, 1, { 0, VPROD_ERROR_UNSUPPORTED, "does not tell the image's size", NULL } },
  { 0, 100, 1000, 1000, 100, VPROD__WASTE_RIGHTS, 1, { VPROD_VERDICT_PASS, 0, "lower layers hold 100 bytes", "" } },
  { 0, 0, 1000, 1000, 0, VPROD__WASTE_RIGHTS, 1, { VPROD_VERDICT_PASS, 0, "lower layers hold 0 bytes", "" } },
  { 0, 0, 1000, 1000, 1, VPROD__WASTE_RIGHTS, 1, { VPROD_VERDICT_FAIL, 0, "lower layers hold 1 byte that later ones replace or remove; at most 0 bytes may be; 1 byte: layer 3 of 3 (RUN chown -R 7 /app, line 5 of the Dockerfile) changes only mode or owner of 1 file of layer 2 of 3", "--chown" } },
  { 0, 9, 1000, 1000, 100, VPROD__WASTE_REMOVED, 1, { VPROD_VERDICT_FAIL, 0, "removes 1 file", "in the RUN that brings them" } },
  { 0, 9, 1000, 1000, 100, VPROD__WASTE_REPEATED, 1, { VPROD_VERDICT_FAIL, 0, "once more, unchanged, 1 file", "Copy each file once" } },
  { 0, 9, 1000, 1000, 100, VPROD__WASTE_REPLACED, 1, { VPROD_VERDICT_FAIL, 0, "replaces 1 file", "Write each file in one step" } },
  { 0, 9, 1000, 1000, 100, VPROD__WASTE_REPLACED, 3, { VPROD_VERDICT_FAIL, 0, "layer 3 of 3 (of the base image: RUN chown", "smaller one" } },
  { 900, 9, 1000, 1000, 100, VPROD__WASTE_REMOVED, 1, { VPROD_VERDICT_FAIL, 0, "line 4 of the Dockerfile); and lower layers hold 100 bytes", "in the RUN that" } },
  { 1100, 100, 1000, 1000, 100, VPROD__WASTE_REMOVED, 1, { VPROD_VERDICT_PASS, 0, "at most 1.1 kB may be; lower layers hold 100 bytes", "" } },
};

START_TEST (judges_sizes)
{
  const struct judged *j = &judged[_i];
  static const struct vprod__image_size_layer layers[] = {
    { 100, "ADD file:1 in /", 0 }, { 800, "COPY . /app # buildkit", 4 }, { 100, "RUN /bin/sh -c chown -R 7 /app # buildkit", 5 }
  };
  static struct vprod__waste_layer waste_layers[3];
  char largest[] = "app/x";
  struct vprod__waste_group group = { 2, 1, j->kind, j->wasted, 1, largest, j->wasted };
  const struct vprod__waste waste = { .groups = &group, .n_groups = j->wasted > 0, .layers = waste_layers, .depth = 3,
                                      .bytes = 1000, .wasted = j->wasted };
  const struct vprod__image_size_facts facts = {
    .max = j->max, .most_wasted = j->most_wasted, .told = j->told,
    .history_bytes = j->history > 0 ? j->history : 0, .n_history = j->history >= 0 ? 3 : 0,
    .layers = layers, .n_layers = j->history >= 0 ? 3 : 0, .n_base = j->n_base, .waste = j->most_wasted >= 0 ? &waste : NULL,
  };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  int r = vprod__image_size_judge (&facts, result, &err);

  assert_wanted (r, result, err, &j->wanted);
  vprod_result_free (result);
}
END_TEST

/* ---- the flow -------------------------------------------------------------------------------------------- */

#define YAML(options) "version: 1\nname: subject\nchecks:\n  image-size: {" options "}\n"

static struct vprod__buf flow_image;
static const struct mock_history flow_history[] = { { "RUN rm", NULL, 0 }, { "COPY . /app", NULL, 30 }, { 0 } };

static void prepare (struct mock *mock)
{
  mock->image.archive = flow_image.data;
  mock->image.archive_length = flow_image.length;
  mock->image.facts.bytes = 30;
  mock->image.history = flow_history;
}

static const struct {
  const char *yaml;
  struct wanted wanted;
  int exports;
} flows[] = {
  { "version: 1\nname: subject\n", { VPROD_VERDICT_SKIP, 0, "names neither checks.image-size.max nor .wasted", "" }, 0 },
  { YAML ("max: 30B"), { VPROD_VERDICT_PASS, 0, "the image has 30 bytes", "" }, 0 },
  { YAML ("max: 29B"), { VPROD_VERDICT_FAIL, 0, "the image has 30 bytes; at most 29 bytes", NULL }, 0 },
  { YAML ("wasted: 0B"), { VPROD_VERDICT_FAIL, 0, "lower layers hold 10 bytes", NULL }, 1 },
  { YAML ("wasted: 10B, max: 1GB"), { VPROD_VERDICT_PASS, 0, "lower layers hold 10 bytes", "" }, 1 },
};

static void make_flow_image (void)
{
  static const struct tar_entry base[] = { { "a", K }, { "b", K }, { 0 } }, upper[] = { { ".wh.a" }, { "c", K }, { 0 } };
  const struct tar_entry *const layers[3] = { base, upper, NULL };

  flow_image = make_image (layers);
}

START_TEST (reads_the_files_only_for_what_is_wasted)
{
  struct mock *mock = mock_new ();

  make_flow_image ();
  prepare (mock);
  vprod_session *session = mock_session (mock, flows[_i].yaml);
  vprod_result *result = NULL;
  vprod_error *err = NULL;
  int r = vprod_check_image_size (session, &result, &err);
  assert_wanted (r, result, err, &flows[_i].wanted);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), flows[_i].exports);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
  vprod__buf_clear (&flow_image);
}
END_TEST

START_TEST (engine_at_fault_is_an_error)
{
  struct flow flow = { vprod_check_image_size, YAML ("wasted: 0B, max: 1GB"), prepare };

  make_flow_image ();
  flow_sweep (&flow, NULL);
  vprod__buf_clear (&flow_image);
}
END_TEST

START_TEST (ends_when_it_is_told_to)
{
  struct flow flow = { vprod_check_image_size, YAML ("wasted: 0B"), prepare };

  make_flow_image ();
  flow_is_cancelled (&flow, "image_export", 1);
  flow_runs_out_of_time (&flow, "image_history", 1);
  vprod__buf_clear (&flow_image);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_image_size");
  TCase *tcase = tcase_create ("layers");

  tcase_add_loop_test (tcase, finds_the_lines_that_made_the_layers, 0, COUNT (histories));
  tcase_add_test (tcase, image_of_settings_alone_has_the_layers_of_its_base);
  tcase_add_loop_test (tcase, shows_an_instruction_as_it_is_written, 0, COUNT (shown));
  tcase_add_loop_test (tcase, finds_what_layers_waste, 0, COUNT (wastings));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("judge");
  tcase_add_loop_test (tcase, judges_sizes, 0, COUNT (judged));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, reads_the_files_only_for_what_is_wasted, 0, COUNT (flows));
  tcase_add_test (tcase, engine_at_fault_is_an_error);
  tcase_add_test (tcase, ends_when_it_is_told_to);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
