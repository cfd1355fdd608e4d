/* SPDX-License-Identifier: MIT */
/* Which line of the sources a result is about. */
#include "checks/check.h"
#include "dockerfile/steps.h"
#include "unit.h"

#include <sys/stat.h>

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

static const char dockerfile[] =
  "# syntax=docker/dockerfile:1\n"                  /*  1 */
  "ARG BASE=debian\n"                               /*  2 */
  "\n"                                              /*  3 */
  "FROM ${BASE} AS builder\n"                       /*  4 */
  "RUN apt-get update \\\n"                         /*  5 */
  "  # a comment between\n"                         /*  6 */
  "\n"                                              /*  7 */
  "  && apt-get install -y   gcc\n"                 /*  8 */
  "WORKDIR /build\n"                                /*  9 */
  "RUN <<EOF\n"                                     /* 10 */
  "USER 7\n"                                        /* 11 */
  "FROM nothing\n"                                  /* 12 */
  "EOF\n"                                           /* 13 */
  "copy --from=x a \\\r\n"                          /* 14 */
  "  b\r\n"                                         /* 15 */
  "RUN make\n"                                      /* 16 */
  "\n"                                              /* 17 */
  "FROM ${BASE} as base\n"                          /* 18 */
  "ENV TOKEN=abc A=b\n"                             /* 19 */
  "USER root\n"                                     /* 20 */
  "USER 0:0\n"                                      /* 21 */
  "RUN make\n"                                      /* 22 */
  "FROM --platform=linux/amd64 base AS final\n"     /* 23 */
  "COPY --from=builder /x /x\n"                     /* 24 */
  "CMD [\"x\"]\n"                                   /* 25 */
  "FROM scratch AS later\n"                         /* 26 */
  "COPY --from=final / /\n";                        /* 27 */

static const struct {
  const char *step;
  const char *stage;
  int line; /* 0: none */
} steps[] = {
  { "RUN apt-get update   && apt-get install -y gcc", "builder", 5 },
  { "[builder 2/5] RUN apt-get update && apt-get install -y gcc", NULL, 5 },
  { "WORKDIR /build", "", 9 },
  { "RUN <<EOF (USER 7...)", "builder", 10 },
  { "COPY --from=x a b", "builder", 14 },
  { "RUN make", "builder", 16 },
  { "RUN make", "base", 22 },
  { "[base 2/2] RUN make", NULL, 22 },
  { "[linux/amd64 base 2/2] RUN make", NULL, 22 },
  { "[stage-1 2/2] RUN make", NULL, 22 },
  { "RUN make", NULL, 16 },
  { "RUN make", "unheard-of", 16 },
  { "[final 2/2] COPY --from=builder /written/out /x", NULL, 24 },
  { "[final 2/2] RUN of another file", NULL, 0 },
  { "[later 9/9] COPY --from=final / /", NULL, 27 },
  { "FROM ${BASE} AS builder", NULL, 4 },
  { "RUN nothing like it", "builder", 0 },
  { "[internal] load build context", NULL, 0 },
  { "[", NULL, 0 },
  { "[] ", NULL, 0 },
  { "", NULL, 0 },
};

START_TEST (finds_the_line_of_a_step)
{
  _cleanup_dockerfile_ struct vprod__dockerfile parsed;
  const struct vprod__instruction *found = NULL;

  ck_assert_int_eq (vprod__dockerfile_parse (dockerfile, strlen (dockerfile), &parsed), 0);
  ck_assert_int_eq (vprod__dockerfile_step (&parsed, steps[_i].step, steps[_i].stage, &found), 0);
  ck_assert_int_eq (found ? (int) found->line : 0, steps[_i].line);
}
END_TEST

/* ---- the line of a result ------------------------------------------------------------------------------- */

static const struct {
  const char *check;
  const char *target;
  const char *evidence[2];   /* name, value */
  const char *finding[3][2]; /* names and values of one */
  int line;
} places[] = {
  { "build", NULL, { "failed_step", "RUN make" }, { { NULL } }, 16 },
  { "build", NULL, { "failed_step", "[base 2/2] RUN make" }, { { NULL } }, 22 },
  { "build", NULL, { "builder_says", "x\ndockerfile parse error line 9: unknown" }, { { NULL } }, 9 },
  { "build", NULL, { "builder_says", "Syntax error - can't find = in \"x\": parse error on line 11, column 2" },
    { { NULL } }, 11 },
  { "build", NULL, { "log_tail", "------\nDockerfile.prod:24\n----\n  24 | >>> COPY" }, { { NULL } }, 24 },
  { "build", NULL, { "log_tail", "see Dockerfile: 24\nDockerfile is bad:3" }, { { NULL } }, 1 },
  { "build", NULL, { "x", "" }, { { NULL } }, 1 },
  { "layer-cache", NULL, { "x", "" }, { { "broken_by", "COPY --from=x a b" }, { "step", "RUN make" }, { "stage", "builder" } }, 14 },
  { "layer-cache", NULL, { "x", "" }, { { "broken_by", "?" }, { "step", "RUN make" }, { "stage", "base" } }, 22 },
  { "layer-cache", NULL, { "x", "" }, { { NULL } }, 1 },
  { "non-root", "final", { "x", "" }, { { NULL } }, 21 },
  { "non-root", "builder", { "x", "" }, { { NULL } }, 4 },
  { "non-root", NULL, { "x", "" }, { { NULL } }, 26 },
  { "non-root", "no-such-target", { "x", "" }, { { NULL } }, 26 },
  { "no-secrets", "final", { "x", "" }, { { "variable", "TOKEN" } }, 19 },
  { "no-secrets", "final", { "x", "" }, { { "created_by", "COPY --from=builder /x /x # buildkit" } }, 24 },
  { "no-secrets", "final", { "x", "" }, { { "path", "/etc/x" } }, 23 },
  { "dev-deps-absent", "builder", { "x", "" }, { { "name", "gcc" } }, 5 },
  { "dev-deps-absent", "final", { "x", "" }, { { "name", "gcc" } }, 23 },
  { "required-env", "final", { "x", "" }, { { "variable", "A" }, { "image_default", "set" } }, 19 },
  { "required-env", "final", { "x", "" }, { { "variable", "A" } }, 25 },
  { "start", "final", { "x", "" }, { { NULL } }, 25 },
  { "health", "base", { "x", "" }, { { NULL } }, 18 },
  { "graceful-stop", "final", { "x", "" }, { { NULL } }, 25 },
  { "startup-logs", NULL, { "x", "" }, { { NULL } }, 26 },
  { "build-context", NULL, { "ignore_file", "none" }, { { NULL } }, 1 },
  { "a check of tomorrow", NULL, { "x", "" }, { { NULL } }, 26 },
};

/* Of a check that has none: the stage that is built. */
static const struct vprod__place_rule *rule_of (const char *id)
{
  static const struct vprod__place_rule none;
  const struct vprod__check *check = vprod__check_find (id);

  return check ? &check->place : &none;
}

START_TEST (points_at_the_line_that_a_result_is_about)
{
  vprod_result *result = NULL;

  assert_ok (vprod__result_new (places[_i].check, "title", &result, NULL), (vprod_error *) NULL);
  vprod__result_evidence (result, places[_i].evidence[0], "%s", places[_i].evidence[1]);
  vprod_finding *finding = places[_i].finding[0][0] ? vprod__result_finding (result, "found") : NULL;
  for (int i = 0; i < 3 && places[_i].finding[i][0]; i++)
    vprod__finding_set (finding, places[_i].finding[i][0], "%s", places[_i].finding[i][1]);
  ck_assert_int_eq (vprod__place_in_dockerfile (dockerfile, places[_i].target, rule_of (places[_i].check), result), places[_i].line);
  ck_assert_int_eq (vprod__place_in_dockerfile ("", places[_i].target, rule_of (places[_i].check), result),
                    places[_i].line == 9 || places[_i].line == 11 || strcmp (places[_i].evidence[0], "log_tail") == 0
                      ? places[_i].line : 1);
  vprod_result_free (result);
}
END_TEST

START_TEST (points_at_the_section_of_the_spec)
{
  static const char yaml[] = "version: 1\nimage:\n  ref: x\nchecks:\n  health: {path: /}\n";
  vprod_result *result = NULL;

  assert_ok (vprod__result_new ("health", "title", &result, NULL), (vprod_error *) NULL);
  ck_assert_int_eq (vprod__place_in_spec (yaml, result), 5);
  ck_assert_int_eq (vprod__place_in_spec ("image: {}", result), 1);
  ck_assert_int_eq (vprod__place_in_spec ("version: 1\n\nimage: {}", result), 3);
  ck_assert_int_eq (vprod__place_in_spec ("version: 1\n# health", result), 1);
  vprod_result_free (result);
}
END_TEST

/* ---- the file ------------------------------------------------------------------------------------------- */

static vprod_result *place (const char *dir, const char *yaml, const char *check)
{
  char *path = NULL;
  vprod_error *err = NULL;
  vprod_spec *spec = NULL;
  vprod_result *result = NULL;

  unit_write_file (dir, "service/verify-prod.yaml", yaml);
  ck_assert_int_gt (asprintf (&path, "%s/service/verify-prod.yaml", dir), 0);
  assert_ok (vprod_spec_load (path, &spec, &err), err);
  assert_ok (vprod__result_new (check, "title", &result, &err), err);
  vprod__place_result (spec, rule_of (check), result);
  vprod_spec_free (spec);
  free (path);
  return result;
}

START_TEST (names_the_file_from_the_top_of_the_repository)
{
  char *dir = unit_temp_dir ();

  unit_write_file (dir, "service/Dockerfile", "FROM a\nUSER 0\n");
  vprod_result *result = place (dir, "version: 1\n", "non-root");
  ck_assert_str_eq (vprod_result_get_file (result), "Dockerfile");
  ck_assert_int_eq (vprod_result_get_line (result), 2);
  vprod_result_free (result);

  unit_write_file (dir, ".git/HEAD", "");
  result = place (dir, "version: 1\n", "non-root");
  ck_assert_str_eq (vprod_result_get_file (result), "service/Dockerfile");
  vprod__result_set_place (result, "elsewhere", 7);
  ck_assert_str_eq (vprod_result_get_file (result), "elsewhere");
  vprod_result_free (result);

  unit_write_file (dir, "docker/Prod", "FROM a\n");
  result = place (dir, "version: 1\nimage: {dockerfile: ../docker/Prod, context: ..}\n", "health");
  ck_assert_str_eq (vprod_result_get_file (result), "docker/Prod");
  vprod_result_free (result);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

START_TEST (points_at_the_spec_where_there_is_no_dockerfile)
{
  char *dir = unit_temp_dir ();
  vprod_result *result = place (dir, "version: 1\nimage: {ref: x}\n", "health");

  ck_assert_str_eq (vprod_result_get_file (result), "verify-prod.yaml");
  ck_assert_int_eq (vprod_result_get_line (result), 2);
  vprod_result_free (result);
  result = place (dir, "version: 1\n", "build");
  ck_assert_str_eq (vprod_result_get_file (result), "verify-prod.yaml");
  ck_assert_int_eq (vprod_result_get_line (result), 1);
  vprod_result_free (result);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

START_TEST (spec_made_in_memory_has_no_place)
{
  char *dir = unit_temp_dir ();
  vprod_spec *spec = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod_spec_new (dir, &spec, &err), err);
  assert_ok (vprod__result_new ("health", "title", &result, &err), err);
  vprod__place_result (spec, rule_of ("health"), result);
  ck_assert_str_eq (vprod_result_get_file (result), "");
  ck_assert_int_eq (vprod_result_get_line (result), 0);
  vprod_result_free (result);
  vprod_spec_free (spec);
  unit_remove_tree (dir);
  free (dir);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("place");
  TCase *tc = tcase_create ("place");

  tcase_add_loop_test (tc, finds_the_line_of_a_step, 0, COUNT (steps));
  tcase_add_loop_test (tc, points_at_the_line_that_a_result_is_about, 0, COUNT (places));
  tcase_add_test (tc, points_at_the_section_of_the_spec);
  tcase_add_test (tc, names_the_file_from_the_top_of_the_repository);
  tcase_add_test (tc, points_at_the_spec_where_there_is_no_dockerfile);
  tcase_add_test (tc, spec_made_in_memory_has_no_place);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
