/* SPDX-License-Identifier: MIT */
/* reproducible: what of two images is compared, judging, and the flow. */
#include "flow.h"
#include "image_archive.h"

#include <stdio.h>

#include "checks/reproducible/facts.h"
#include "image/feed.h"
#include "image/reading.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- files ------------------------------------------------------------------------------------------------ */

/* An image of one or two layers, the upper first. The caller's. */
static struct vprod__buf make_image (const struct tar_entry *base, const struct tar_entry *upper)
{
  static const struct tar_entry none[] = { { 0 } };
  struct vprod__buf layers[2] = { make_tar (base, PLAIN), make_tar (upper ? upper : none, PLAIN) };
  const struct tar_entry entries[] = {
    { "1.tar", layers[1].data, .length = layers[1].length },
    { "manifest.json", upper ? "[{\"Config\":\"c.json\",\"Layers\":[\"0.tar\",\"1.tar\"]}]"
                             : "[{\"Config\":\"c.json\",\"Layers\":[\"0.tar\"]}]" },
    { "0.tar", layers[0].data, .length = layers[0].length },
    { "c.json", "{\"history\":[{\"created_by\":\"COPY . /app\"},{\"created_by\":\"RUN make\"}]}" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);

  vprod__buf_clear (&layers[0]);
  vprod__buf_clear (&layers[1]);
  return image;
}

static void read_snapshot (const struct vprod__buf *image, struct vprod__snapshot *snapshot)
{
  static const vprod_call no_bound = { sizeof no_bound, VPROD_NO_DEADLINE, -1 };
  const struct vprod__layer_visitor visitor = vprod__snapshot_visitor (snapshot);
  struct memory memory = { image->data, image->length, 700 };
  struct vprod__file_reader reader = { .visitor = &visitor };
  struct vprod__visible visible = { 0 };
  struct archive *archive = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  assert_ok (vprod__image_read (archive, &no_bound, &reader, &visible, &err), err);
  archive_read_free (archive);
  assert_ok (reader.r, reader.error);
  vprod__visible_clear (&visible);
}

#define C VPROD__DIFFERS_CONTENT

static const struct compared {
  const char *name;
  struct tar_entry first[2][4];
  struct tar_entry second[2][4];
  int n_layers[2]; /* 0: one */
  const char *path; /* NULL: they are alike */
  unsigned differs;
  size_t n;        /* 0: one, if any */
} compared[] = {
  { "alike", { { { "a", "x" } } }, { { { "a", "x" } } }, { 0 }, NULL, 0, 0 },
  { "times", { { { "a", "x", .mtime = 1 }, { "d/", .mtime = 1 } } }, { { { "a", "x", .mtime = 9 }, { "d/", .mtime = 9 } } }, { 0 }, NULL, 0, 0 },
  { "order", { { { "a", "x" }, { "b", "y" } } }, { { { "b", "y" }, { "a", "x" } } }, { 0 }, NULL, 0, 0 },
  { "other layers", { { { "a", "x" }, { "b", "y" } } }, { { { "a", "x" } }, { { "b", "y" } } }, { 1, 2 }, NULL, 0, 0 },
  { "content", { { { "a", "x" } } }, { { { "a", "y" } } }, { 0 }, "a", C, 0 },
  { "longer content", { { { "a", "x" } } }, { { { "a", "xx" } } }, { 0 }, "a", C, 0 },
  { "no content", { { { "a", "x" } } }, { { { "a" } } }, { 0 }, "a", C, 0 },
  { "mode", { { { "a", "x" } } }, { { { "a", "x", .mode = 0600 } } }, { 0 }, "a", VPROD__DIFFERS_MODE, 0 },
  { "setuid", { { { "a", "x", .mode = 0755 } } }, { { { "a", "x", .mode = 04755 } } }, { 0 }, "a", VPROD__DIFFERS_MODE, 0 },
  { "a folder's mode", { { { "d/" } } }, { { { "d/", .mode = 0700 } } }, { 0 }, "d", VPROD__DIFFERS_MODE, 0 },
  { "owner", { { { "a", "x" } } }, { { { "a", "x", .uid = 7 } } }, { 0 }, "a", VPROD__DIFFERS_OWNER, 0 },
  { "owner and content", { { { "a", "x" } } }, { { { "a", "y", .uid = 7 } } }, { 0 }, "a", VPROD__DIFFERS_OWNER | C, 0 },
  { "type", { { { "a", "x" } } }, { { { "a/" } } }, { 0 }, "a", VPROD__DIFFERS_TYPE, 0 },
  { "a link", { { { "a", "b" } } }, { { { "a", .link = "b" } } }, { 0 }, "a", VPROD__DIFFERS_TYPE, 0 },
  { "link target", { { { "a", .link = "b" } } }, { { { "a", .link = "c" } } }, { 0 }, "a", VPROD__DIFFERS_TARGET, 0 },
  { "the same link", { { { "a", .link = "b" } } }, { { { "a", .link = "b", .mode = 0700 } } }, { 0 }, NULL, 0, 0 },
  { "one more", { { { "b", "x" } } }, { { { "a", "x" }, { "b", "x" } } }, { 0 }, "a", VPROD__DIFFERS_ABSENT, 0 },
  { "one less", { { { "a", "x" }, { "b", "x" } } }, { { { "a", "x" } } }, { 0 }, "b", VPROD__DIFFERS_ABSENT, 0 },
  { "other names", { { { "a1", "x" } } }, { { { "a2", "x" } } }, { 0 }, "a1", VPROD__DIFFERS_ABSENT, 2 },
  { "removed above", { { { "a", "x" }, { "b", "z" } }, { { ".wh.a" } } }, { { { "a", "y" }, { "b", "z" } }, { { ".wh.a" } } }, { 2, 2 }, NULL, 0, 0 },
  { "replaced above", { { { "a", "x" } }, { { "a", "z" } } }, { { { "a", "y" } }, { { "a", "z" } } }, { 2, 2 }, NULL, 0, 0 },
  { "in a folder that is hidden", { { { "d/a", "x" } }, { { "d/.wh..wh..opq" }, { "d/b", "z" } } },
    { { { "d/a", "y" } }, { { "d/.wh..wh..opq" }, { "d/b", "z" } } }, { 2, 2 }, NULL, 0, 0 },
  { "removed in one", { { { "a", "x" }, { "b", "z" } }, { { "c", "x" } } }, { { { "a", "x" }, { "b", "z" } }, { { "c", "x" }, { ".wh.a" } } }, { 2, 2 }, "a", VPROD__DIFFERS_ABSENT, 0 },
  { "names of one file", { { { "a", "x" }, { "b", .hard = "a" } } }, { { { "b", "x" }, { "a", .hard = "b" } } }, { 0 }, NULL, 0, 0 },
  { "a file, and another name", { { { "a", "x" }, { "b", "x" } } }, { { { "a", "x" }, { "b", .hard = "a" } } }, { 0 }, NULL, 0, 0 },
  { "names of other files", { { { "a", "x" }, { "b", .hard = "a" } } }, { { { "a", "y" }, { "b", .hard = "a" } } }, { 0 }, "a", C, 2 },
  { "one name is removed", { { { "a", "x" }, { "b", .hard = "a" } }, { { ".wh.a" } } },
    { { { "a", "y" }, { "b", .hard = "a" } }, { { ".wh.a" } } }, { 2, 2 }, "b", C, 0 },
  { "twice in one layer", { { { "a", "x" }, { "a", "y" } } }, { { { "a", "y" } } }, { 0 }, NULL, 0, 0 },
};

struct seen {
  char path[64];
  unsigned differs;
  size_t n;
};

static int on_difference (void *data, const char *path, unsigned differs, const struct vprod__snapshot_file *one,
                          const struct vprod__snapshot_file *other)
{
  struct seen *seen = data;

  ck_assert (one || other);
  ck_assert_int_eq ((differs & VPROD__DIFFERS_ABSENT) != 0, !one || !other);
  if (seen->n++ == 0) {
    snprintf (seen->path, sizeof seen->path, "%s", path);
    seen->differs = differs;
  }
  return 0;
}

START_TEST (compares_what_containers_see)
{
  const struct compared *c = &compared[_i];
  struct vprod__buf images[2] = { make_image (c->first[0], c->n_layers[0] > 1 ? c->first[1] : NULL),
                                  make_image (c->second[0], c->n_layers[1] > 1 ? c->second[1] : NULL) };
  struct vprod__snapshot snapshots[2] = { { .count = 0 }, { .count = 0 } };
  struct seen seen = { "", 0, 0 };

  for (int i = 0; i < 2; i++)
    read_snapshot (&images[i], &snapshots[i]);
  ck_assert_int_eq (vprod__snapshot_compare (&snapshots[0], &snapshots[1], on_difference, &seen), 0);
  ck_assert_msg (seen.n == (c->path ? c->n ? c->n : 1 : 0), "%s: %zu, the first %s", c->name, seen.n, seen.path);
  if (c->path) {
    ck_assert_str_eq (seen.path, c->path);
    ck_assert_msg (seen.differs == c->differs, "%s: %#x", c->name, seen.differs);
  }
  for (int i = 0; i < 2; i++) {
    vprod__snapshot_clear (&snapshots[i]);
    vprod__buf_clear (&images[i]);
  }
}
END_TEST

/* ---- why, and what is ignored ----------------------------------------------------------------------------- */

#define PYC(flags, time) "\xcb\r\r\n" flags time "1234code"

static const struct reasoned {
  const char *path;
  const char *first, *second;
  size_t length;      /* of both; 0: strlen */
  const char *ignore[3];
  const char *why;    /* part of it; NULL: none is known; "": it is ignored */
} reasoned[] = {
  { "app/__pycache__/m.pyc", PYC ("\0\0\0\0", "aaaa"), PYC ("\0\0\0\0", "bbbb"), 20, { NULL }, "time of the source" },
  { "app/__pycache__/m.pyc", PYC ("\1\0\0\0", "aaaa"), PYC ("\1\0\0\0", "bbbb"), 20, { NULL }, "random seed" },
  { "app/__pycache__/m.txt", "a", "b", 0, { NULL }, "whenever a program runs" },
  { "var/log/apt/history.log", "a", "b", 0, { NULL }, "times in its log" },
  { "srv/var/log/x", "a", "b", 0, { NULL }, NULL },
  { "etc/machine-id", "a", "b", 0, { NULL }, "random" },
  { "etc/ssh/ssh_host_ed25519_key", "a", "b", 0, { NULL }, "everybody who has the image" },
  { "root/.npm/_cacache/index", "a", "b", 0, { NULL }, "npm notes times" },
  { "srv/app.jar", "PK\3\4a", "PK\3\4b", 0, { NULL }, "an archive holds" },
  { "srv/app.jar", "PK\3\4a", "other", 0, { NULL }, NULL },
  { "srv/x.gz", "\x1f\x8b" "a", "\x1f\x8b" "b", 0, { NULL }, "gzip notes" },
  { "usr/lib/x.a", "!<arch>\na", "!<arch>\nb", 0, { NULL }, "ar notes" },
  { "usr/bin/x", "\177ELFa", "\177ELFb", 0, { NULL }, "a compiler or linker" },
  { "etc/built", "a", "b", 0, { NULL }, NULL },
  { "a/b/c.pyc", "a", "b", 0, { "*.pyc" }, "" },
  { "a/b/c.pyc", "a", "b", 0, { "/*.pyc" }, NULL },
  { "var/log/x/y", "a", "b", 0, { "nowhere", "/var/log/" }, "" },
  { "srv/var/log/x", "a", "b", 0, { "/var/log" }, NULL },
  { "srv/var/log/x", "a", "b", 0, { "var/log" }, "" },
  { "srv/x", "a", "b", 0, { "/srv/x" }, "" },
  { "srv/xy", "a", "b", 0, { "/srv/x" }, NULL },
};

START_TEST (knows_why_files_differ)
{
  const struct reasoned *c = &reasoned[_i];
  const struct tar_entry first[] = { { c->path, c->first, .length = c->length }, { 0 } },
                         second[] = { { c->path, c->second, .length = c->length }, { 0 } };
  struct vprod__buf images[2] = { make_image (first, NULL), make_image (second, NULL) };
  struct vprod__snapshot snapshots[2] = { { .count = 0 }, { .count = 0 } };
  struct vprod__differences differences = { 0 };
  char **ignore = NULL;

  for (int i = 0; c->ignore[i]; i++)
    ck_assert_int_eq (vprod__strv_add (&ignore, c->ignore[i]), 0);
  for (int i = 0; i < 2; i++)
    read_snapshot (&images[i], &snapshots[i]);
  ck_assert_int_eq (vprod__differences_of_files (&snapshots[0], &snapshots[1], ignore, &differences), 0);
  vprod__strv_free (ignore);
  if (c->why && !*c->why) {
    ck_assert_uint_eq (differences.n_files, 0);
    ck_assert_uint_eq (differences.ignored, 1);
  } else {
    ck_assert_uint_eq (differences.n_files, 1);
    const struct vprod__irreproducible *known = differences.files[0].known;
    ck_assert_msg (c->why ? known && strstr (known->why, c->why) : !known, "%s: %s", c->path, known ? known->why : "unknown");
  }
  vprod__differences_clear (&differences);
  for (int i = 0; i < 2; i++) {
    vprod__snapshot_clear (&snapshots[i]);
    vprod__buf_clear (&images[i]);
  }
}
END_TEST

START_TEST (rows_of_reasons_are_whole)
{
  size_t count;
  const struct vprod__irreproducible *rows = vprod__irreproducible (&count);

  for (size_t i = 0; i < count; i++) {
    ck_assert_msg (rows[i].path || rows[i].content, "row %zu fits everything", i);
    ck_assert_ptr_nonnull (rows[i].files);
    ck_assert_ptr_nonnull (rows[i].why);
    ck_assert_msg (rows[i].remedy && rows[i].remedy[strlen (rows[i].remedy) - 1] == '.', "row %zu: %s", i, rows[i].remedy);
  }
}
END_TEST

/* ---- settings --------------------------------------------------------------------------------------------- */

static const char *const lists[][3] = {
  { "A=1", "B=2" }, { "B=2", "A=1" }, { "A=1", "B=3" }, { "A=1" }, { "80/tcp" }, { NULL },
};

/* The caller's; NULL for 0. */
static char **make_list (int list)
{
  char **copy = NULL;

  for (int i = 0; list > 0 && lists[list - 1][i]; i++)
    ck_assert_int_eq (vprod__strv_add (&copy, lists[list - 1][i]), 0);
  return copy;
}

static const struct set {
  const char *user[2];
  int env[2], cmd[2], ports[2]; /* 1 + index in lists; 0: none */
  const char *name; /* of the first difference; NULL: none */
} sets[] = {
  { .name = NULL },
  { .user = { NULL, "" }, .name = NULL },
  { .user = { "1", "2" }, .name = "user" },
  { .env = { 1, 2 }, .name = NULL },
  { .env = { 1, 3 }, .name = "variable B" },
  { .env = { 1, 4 }, .name = "variable B" },
  { .env = { 4, 1 }, .name = "variable B" },
  { .env = { 0, 6 }, .name = NULL },
  { .cmd = { 1, 2 }, .name = "command" },
  { .cmd = { 1, 1 }, .name = NULL },
  { .ports = { 5, 0 }, .name = "port 80/tcp" },
  { .ports = { 5, 5 }, .name = NULL },
};

START_TEST (compares_settings)
{
  vprod_image_facts facts[2] = { { 0 } };
  struct vprod__differences differences = { 0 };

  for (int i = 0; i < 2; i++) {
    facts[i].user = sets[_i].user[i] ? strdup (sets[_i].user[i]) : NULL;
    facts[i].env = make_list (sets[_i].env[i]);
    facts[i].cmd = make_list (sets[_i].cmd[i]);
    facts[i].exposed_ports = make_list (sets[_i].ports[i]);
  }
  ck_assert_int_eq (vprod__differences_of_settings (&facts[0], &facts[1], &differences), 0);
  ck_assert_uint_eq (differences.n_settings, sets[_i].name ? 1 : 0);
  if (sets[_i].name)
    ck_assert_str_eq (differences.settings[0].name, sets[_i].name);
  vprod__differences_clear (&differences);
  for (int i = 0; i < 2; i++)
    vprod__image_facts_clear (&facts[i]);
}
END_TEST

/* ---- judging ---------------------------------------------------------------------------------------------- */

static const struct judged {
  struct vprod__build_outcome builds[2];
  int same_image, n_files, n_settings;
  size_t more, ignored;
  struct wanted wanted;
} judged[] = {
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 1, 0, 0, 0, 0, { VPROD_VERDICT_PASS, 0, "the very same image", "" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 0, 0, 0, 0, { VPROD_VERDICT_PASS, 0, "the same 9 files and the same configuration", "" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 0, 0, 0, 3, { VPROD_VERDICT_PASS, 0, "but for 3 that the spec ignores", "" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 1, 0, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "1 file differs between two builds without cache: /app/x (content, by line 4 of the Dockerfile)", "SOURCE_DATE_EPOCH" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 2, 0, 7, 0,
    { VPROD_VERDICT_FAIL, 0, "9 files differ between two builds without cache: /app/x (content, by line 4 of the Dockerfile), /var/log/y (only the first build has it) and 7 more",
      "/var/log/y: Remove logs" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 0, 1, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "in their configuration two builds without cache differ: label date", "from the clock" } },
  { { { 1, NULL, NULL }, { 1, NULL, NULL } }, 0, 1, 1, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "of the Dockerfile); and in their configuration label date", NULL } },
  { { { 0, "RUN x", "exit code: 1" }, { 0, "RUN x", "exit code: 1" } }, 0, 0, 0, 0, 0,
    { VPROD_VERDICT_FAIL, 0, "builds from the builder's cache only; without it, twice, RUN x fails: exit code: 1", "--no-cache" } },
  { { { 0, "RUN x", "exit code: 1" }, { 0, "RUN x", "exit code: 2" } }, 0, 0, 0, 0, 0, { 0, VPROD_ERROR_BUILDER, "each in its own way", NULL } },
  { { { 0, "RUN x", "exit code: 1" }, { 0, "RUN y", "exit code: 1" } }, 0, 0, 0, 0, 0, { 0, VPROD_ERROR_BUILDER, "each in its own way", NULL } },
  { { { 1, NULL, NULL }, { 0, "RUN y", "exit code: 1" } }, 0, 0, 0, 0, 0, { 0, VPROD_ERROR_BUILDER, "the second failed, at RUN y: exit code: 1", NULL } },
  { { { 0, NULL, NULL }, { 1, NULL, NULL } }, 0, 0, 0, 0, 0, { 0, VPROD_ERROR_BUILDER, "the first failed, at a step", NULL } },
};

START_TEST (judges_differences)
{
  const struct judged *j = &judged[_i];
  char x[] = "app/x", y[] = "var/log/y", name[] = "label date", one[] = "1", two[] = "2";
  struct vprod__difference files[] = {
    { x, C, 0, 1, NULL },
    { y, VPROD__DIFFERS_ABSENT, 2, 0, vprod__irreproducible_find (y, VPROD__CONTENT_ANY) },
  };
  struct vprod__setting_difference setting = { name, one, two };
  const struct vprod__differences differences = { files, (size_t) j->n_files, j->more, &setting, (size_t) j->n_settings, j->ignored };
  static const char *const created_by[] = { NULL, "RUN /bin/sh -c make # buildkit" };
  static const int lines[] = { 0, 4 };
  const struct vprod__reproducible_facts facts = {
    .builds = { j->builds[0], j->builds[1] }, .same_image = j->same_image, .differences = &differences, .files = 9,
    .layers = { 2, 2 }, .created_by = created_by, .lines = lines,
  };
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  int r = vprod__reproducible_judge (&facts, result, &err);

  assert_wanted (r, result, err, &j->wanted);
  vprod_result_free (result);
}
END_TEST

/* ---- the flow --------------------------------------------------------------------------------------------- */

#define YAML "version: 1\nname: subject\nchecks:\n  reproducible: true\n"

/* What the builds of a flow make: the run's own, then the two without cache. */
static struct {
  struct mock *mock;
  struct vprod__buf images[2];
  char ids[2][16];
  int fails[3];    /* the nth build fails */
  int cached;      /* 1: a RUN of theirs is cached */
  int no_cache, epochs;
} flow_builds;

static void on_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static const struct mock_step cached[] = { { "1", "", "RUN make", "[2/2] RUN make", VPROD_STEP_CACHED, NULL }, { 0 } },
                                ran[] = { { "1", "", "RUN make", "[2/2] RUN make", VPROD_STEP_RAN, NULL }, { 0 } };
  struct mock_image *image = &flow_builds.mock->image;
  int nth = build->nth < 3 ? build->nth : 3;

  (void) data;
  build->failed = flow_builds.fails[nth - 1];
  build->failed_step = "RUN make";
  build->steps = nth == 1 || flow_builds.cached ? cached : ran;
  if (nth == 1)
    return;
  flow_builds.no_cache += request->no_cache;
  for (const char *const *arg = request->args; arg && *arg; arg++)
    flow_builds.epochs += strncmp (*arg, "SOURCE_DATE_EPOCH=", 18) == 0;
  image->facts.id = flow_builds.ids[nth - 2];
  image->archive = flow_builds.images[nth - 2].data;
  image->archive_length = flow_builds.images[nth - 2].length;
}

static void prepare (struct mock *mock)
{
  flow_builds.mock = mock;
  mock->on_build = on_build;
}

static void flow_begin (const char *first, const char *second, const char *first_id, const char *second_id)
{
  const struct tar_entry one[] = { { "etc/built", first }, { 0 } }, other[] = { { "etc/built", second }, { 0 } };

  memset (&flow_builds, 0, sizeof flow_builds);
  flow_builds.images[0] = make_image (one, NULL);
  flow_builds.images[1] = make_image (other, NULL);
  snprintf (flow_builds.ids[0], sizeof flow_builds.ids[0], "%s", first_id);
  snprintf (flow_builds.ids[1], sizeof flow_builds.ids[1], "%s", second_id);
  vprod__reproducible_pause_ms = 0;
}

static void flow_end (void)
{
  vprod__buf_clear (&flow_builds.images[0]);
  vprod__buf_clear (&flow_builds.images[1]);
}

static const struct {
  const char *yaml;
  const char *first, *second, *second_id;
  int fails[3], cached;
  struct wanted wanted;
} flows[] = {
  { YAML, "x", "x", "sha256:b", { 0 }, 0, { VPROD_VERDICT_PASS, 0, "the same 1 files", "" } },
  { YAML, "x", "x", "sha256:a", { 0 }, 0, { VPROD_VERDICT_PASS, 0, "the very same image", "" } },
  { YAML, "x", "y", "sha256:b", { 0 }, 0, { VPROD_VERDICT_FAIL, 0, "1 file differs between two builds without cache: /etc/built", NULL } },
  { YAML, "x", "x", "sha256:b", { 0, 1, 1 }, 0, { VPROD_VERDICT_FAIL, 0, "builds from the builder's cache only", NULL } },
  { YAML, "x", "x", "sha256:b", { 0, 0, 1 }, 0, { 0, VPROD_ERROR_BUILDER, "the second failed", NULL } },
  { YAML, "x", "x", "sha256:b", { 0, 1, 0 }, 0, { 0, VPROD_ERROR_BUILDER, "the first failed", NULL } },
  { YAML, "x", "x", "sha256:b", { 1, 0, 0 }, 0, { VPROD_VERDICT_SKIP, 0, "not checked: the image did not build", "" } },
  { YAML, "x", "x", "sha256:b", { 0 }, 1, { 0, VPROD_ERROR_UNSUPPORTED, "took a step from its cache, though it was told not to: RUN make", NULL } },
  { "version: 1\nname: subject\n", "x", "y", "sha256:b", { 0 }, 0, { VPROD_VERDICT_SKIP, 0, "the spec does not ask for it", "" } },
  { "version: 1\nname: subject\nimage: {ref: \"x:1\"}\nchecks: {reproducible: true}\n", "x", "y", "sha256:b", { 0 }, 0,
    { VPROD_VERDICT_SKIP, 0, "nothing is built", "" } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = { vprod_check_reproducible, flows[_i].yaml, prepare };

  flow_begin (flows[_i].first, flows[_i].second, "sha256:a", flows[_i].second_id);
  memcpy (flow_builds.fails, flows[_i].fails, sizeof flow_builds.fails);
  flow_builds.cached = flows[_i].cached;
  flow_says (&flow, &flows[_i].wanted);
  ck_assert_int_eq (flow_builds.no_cache, flow_builds.epochs);
  if (flows[_i].wanted.verdict == VPROD_VERDICT_PASS || flows[_i].wanted.verdict == VPROD_VERDICT_FAIL)
    ck_assert_int_eq (flow_builds.no_cache, 2 - flows[_i].cached);
  flow_end ();
}
END_TEST

/* ---- beside other builds ---------------------------------------------------------------------------------- */

struct builds {
  char alone[4][128]; /* tags of builds without cache */
  int n_alone;
};

static void on_slow_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  static const struct mock_step ran[] = { { "1", "", "RUN make", "[2/2] RUN make", VPROD_STEP_RAN, NULL }, { 0 } };
  struct builds *builds = data;

  build->takes_ms = 20;
  if (!request->no_cache)
    return;
  build->steps = ran;
  ck_assert_int_lt (builds->n_alone, 4);
  snprintf (builds->alone[builds->n_alone++], sizeof builds->alone[0], "%s", request->tags[0]);
}

static int is_alone (const struct builds *builds, const struct mock_call *call)
{
  for (int i = 0; i < builds->n_alone; i++)
    if (strcmp (builds->alone[i], call->argument) == 0)
      return 1;
  return 0;
}

/* Of two builds that run at the same time a builder runs a step once. */
START_TEST (builds_without_cache_run_alone)
{
  struct builds builds = { .n_alone = 0 };
  const char *const only[] = { "layer-cache", "reproducible", NULL };
  const vprod_run_options options = { .size = sizeof options, .only = only, .jobs = 4 };
  struct mock *mock = mock_new ();
  vprod_report *report = NULL;
  vprod_error *err = NULL;
  struct mock_call one, other;

  vprod__reproducible_pause_ms = 0;
  mock->data = &builds;
  mock->on_build = on_slow_build;
  vprod_session *session = mock_session (mock, "version: 1\nname: subject\nchecks:\n  reproducible: true\n"
                                               "  layer-cache: {touch: app/main.py, cached: [pip]}\n");
  assert_ok (vprod_session_run (session, &options, &report, &err), err);
  ck_assert_int_eq (builds.n_alone, 2);
  ck_assert_int_gt (mock_count (mock, "build", NULL), 3);
  for (int i = 1; mock_nth_call (mock, "build", NULL, i, &one); i++)
    for (int k = 1; mock_nth_call (mock, "build", NULL, k, &other); k++)
      if (i != k && is_alone (&builds, &one))
        ck_assert_msg (other.began_ms >= one.ended_ms || other.ended_ms <= one.began_ms, "%s beside %s", other.argument, one.argument);
  vprod_report_free (report);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

START_TEST (engine_at_fault_is_an_error)
{
  struct flow flow = { vprod_check_reproducible, YAML, prepare };

  flow_begin ("x", "x", "sha256:a", "sha256:b");
  flow_sweep (&flow, NULL);
  flow_end ();
}
END_TEST

START_TEST (ends_when_it_is_told_to)
{
  struct flow flow = { vprod_check_reproducible, YAML, prepare };

  flow_begin ("x", "x", "sha256:a", "sha256:b");
  flow_is_cancelled (&flow, "build", 2);
  flow_is_cancelled (&flow, "image_export", 2);
  flow_runs_out_of_time (&flow, "build", 3);
  flow_end ();
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_reproducible");
  TCase *tcase = tcase_create ("compare");

  tcase_add_loop_test (tcase, compares_what_containers_see, 0, COUNT (compared));
  tcase_add_loop_test (tcase, knows_why_files_differ, 0, COUNT (reasoned));
  tcase_add_test (tcase, rows_of_reasons_are_whole);
  tcase_add_loop_test (tcase, compares_settings, 0, COUNT (sets));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("judge");
  tcase_add_loop_test (tcase, judges_differences, 0, COUNT (judged));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, builds_without_cache_run_alone);
  tcase_add_test (tcase, engine_at_fault_is_an_error);
  tcase_add_test (tcase, ends_when_it_is_told_to);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
