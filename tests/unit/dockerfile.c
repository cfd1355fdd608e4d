/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "dockerfile/dockerfile.h"
#include "util/buf.h"
#include "util/strv.h"

/* "LINE-LAST:STAGE NAME [flags] text {body}" for each instruction. */
static const struct {
  const char *text;
  const char *shown;
} files[] = {
  { "", "" },
  { "FROM a\nRUN b", "1-1:0 FROM a;2-2:0 RUN b;" },
  { "from a as b\r\nrun c\r\n", "1-1:0 FROM a as b;2-2:0 RUN c;" },
  { "\xef\xbb\xbf" "FROM a\n", "1-1:0 FROM a;" },
  { "# syntax=docker/dockerfile:1\n\n# words\nFROM a\n", "4-4:0 FROM a;" },
  { "ARG A=1\nFROM ${A}\n", "1-1:-1 ARG A=1;2-2:0 FROM ${A};" },
  { "FROM a\nRUN b && \\\n  # said\n\n  c\nRUN d\n", "1-1:0 FROM a;2-5:0 RUN b &&   c;6-6:0 RUN d;" },
  { "# escape=`\nFROM a\nRUN b `\n c\nCOPY x C:\\\nRUN d\n",
    "2-2:0 FROM a;3-4:0 RUN b  c;5-5:0 COPY x C:\\;6-6:0 RUN d;" },
  { "# words\n# escape=`\nFROM a\nRUN b \\\nc", "3-3:0 FROM a;4-5:0 RUN b c;" },
  { "FROM a\nRUN b \\   \nc\n", "1-1:0 FROM a;2-3:0 RUN b c;" },
  { "FROM a\nRUN b \\\\\nc\n", "1-1:0 FROM a;2-2:0 RUN b \\\\;3-3:0 C ;" },
  { "FROM a\nRUN <<EOF\nb\nFROM c\nEOF\nRUN d\n", "1-1:0 FROM a;2-5:0 RUN <<EOF {b\nFROM c\n};6-6:0 RUN d;" },
  { "FROM a\nRUN <<-'X' cat > y\n\tb\n\tX\nRUN d\n", "1-1:0 FROM a;2-4:0 RUN <<-'X' cat > y {b\n};5-5:0 RUN d;" },
  { "FROM a\nCOPY <<A <<B /x/\n1\nA\n2\nB\nRUN d\n", "1-1:0 FROM a;2-6:0 COPY <<A <<B /x/ {1\n2\n};7-7:0 RUN d;" },
  { "FROM a\nRUN cat <<<b\nRUN echo $((1<<2))\n", "1-1:0 FROM a;2-2:0 RUN cat <<<b;3-3:0 RUN echo $((1<<2));" },
  { "FROM a\nENV X=<<EOF\nRUN d\n", "1-1:0 FROM a;2-2:0 ENV X=<<EOF;3-3:0 RUN d;" },
  { "FROM a\nRUN <<EOF\nnever ended", "1-1:0 FROM a;2-3:0 RUN <<EOF {never ended\n};" },
  { "FROM --platform=$BUILDPLATFORM a AS b\nFROM b\nCOPY --from=b --chown=1:1 x y\n",
    "1-1:0 FROM [--platform=$BUILDPLATFORM] a AS b;2-2:1 FROM b;3-3:1 COPY [--from=b --chown=1:1] x y;" },
  { "FROM a\nRUN --mount=type=cache,target=/x uv sync --frozen\n",
    "1-1:0 FROM a;2-2:0 RUN [--mount=type=cache,target=/x] uv sync --frozen;" },
  { "FROM a\nONBUILD RUN x\n", "1-1:0 FROM a;2-2:0 ONBUILD RUN x;" },
  { "FROM a\nCMD [\"x\", \\\n  \"y\"]\n", "1-1:0 FROM a;2-3:0 CMD [\"x\",   \"y\"];" },
  { "  FROM a\n\tRUN b\n", "1-1:0 FROM a;2-2:0 RUN b;" },
  { "FROM", "1-1:0 FROM ;" },
  { "\\\n", "" },
};

static void show (const struct vprod__dockerfile *file, struct vprod__buf *out)
{
  for (size_t i = 0; i < file->count; i++) {
    const struct vprod__instruction *it = &file->list[i];
    char *flags = vprod__strv_join (it->flags, " ");
    vprod__buf_addf (out, "%zu-%zu:%d %s %s%s%s%s", it->line, it->last_line, it->stage, it->name, it->flags ? "[" : "",
                     it->flags ? flags : "", it->flags ? "] " : "", it->text);
    if (it->body)
      vprod__buf_addf (out, " {%s}", it->body);
    vprod__buf_adds (out, ";");
    free (flags);
  }
}

START_TEST (reads_instructions_as_a_builder_does)
{
  _cleanup_dockerfile_ struct vprod__dockerfile file;
  _cleanup_buf_ struct vprod__buf shown = { 0 };

  ck_assert_int_eq (vprod__dockerfile_parse (files[_i].text, strlen (files[_i].text), &file), 0);
  show (&file, &shown);
  if (strcmp (files[_i].text, "\\\n") == 0)
    return; /* whatever it is, it ends */
  ck_assert_str_eq (vprod__buf_string (&shown), files[_i].shown);
}
END_TEST

START_TEST (tells_which_stages_are_needed)
{
  static const char text[] =
    "FROM a AS tools\nFROM b AS deps\nFROM deps AS builder\nFROM c AS unused\nFROM d\n"
    "COPY --from=builder /x /x\nRUN --mount=type=bind,from=tools,target=/t t\n";
  _cleanup_dockerfile_ struct vprod__dockerfile file;

  ck_assert_int_eq (vprod__dockerfile_parse (text, strlen (text), &file), 0);
  ck_assert_uint_eq (file.n_stages, 5);
  ck_assert_int_eq (vprod__dockerfile_find_stage (&file, "BUILDER"), 2);
  ck_assert_int_eq (vprod__dockerfile_find_stage (&file, "3"), 3);
  ck_assert_int_eq (vprod__dockerfile_find_stage (&file, "9"), VPROD__DOCKERFILE_NO_STAGE);
  ck_assert_int_eq (file.stages[2].parent, 1);
  char *needed = vprod__dockerfile_needed (&file, 4);
  ck_assert_mem_eq (needed, "\1\1\1\0\1", 5);
  free (needed);
  needed = vprod__dockerfile_needed (&file, 2);
  ck_assert_mem_eq (needed, "\0\1\1\0\0", 5);
  free (needed);
  needed = vprod__dockerfile_needed (&file, VPROD__DOCKERFILE_NO_STAGE);
  ck_assert_mem_eq (needed, "\0\0\0\0\0", 5);
  free (needed);
}
END_TEST

START_TEST (stage_of_the_name_of_a_named_context_is_not_taken)
{
  static const char text[] = "FROM b AS deps\nFROM deps AS builder\nFROM c AS tools\nFROM d\n"
                             "COPY --from=builder /x /x\nRUN --mount=type=bind,from=Tools,target=/t t\n";
  char deps[] = "deps=/somewhere", tools[] = "tools=docker-image://x", other[] = "build=/y", *contexts[] = { deps, tools, other, NULL };
  _cleanup_dockerfile_ struct vprod__dockerfile file;

  ck_assert_int_eq (vprod__dockerfile_parse (text, strlen (text), &file), 0);
  vprod__dockerfile_name_contexts (&file, contexts);
  ck_assert_int_eq (file.stages[1].parent, VPROD__DOCKERFILE_NO_STAGE);
  char *needed = vprod__dockerfile_needed (&file, 3);
  ck_assert_mem_eq (needed, "\0\1\0\1", 4);
  free (needed);
  vprod__dockerfile_name_contexts (&file, NULL);
  ck_assert_int_eq (vprod__dockerfile_find_stage (&file, "tools"), 2);
}
END_TEST

/* Words with "|" between; pairs where it is ENV or ARG. */
static const struct {
  const char *text;
  const char *words;
} words[] = {
  { "COPY a 'b c' \"d e\" f/", "a|b c|d e|f/" },
  { "COPY [\"a b\", \"c\"]", "a b|c" },
  { "COPY [\"a\", 1]", "[a,|1]" },
  { "EXPOSE 80 443/tcp", "80|443/tcp" },
  { "ENV A=1 B=\"x y\" C=z\\ w", "A=1|B=x y|C=z w" },
  { "ENV A the whole rest", "A=the whole rest" },
  { "ENV JAVA_OPTS=-Xmx1g;-x", "JAVA_OPTS=-Xmx1g;-x" },
  { "ARG A", "A" },
  { "ARG A=1 B", "A=1|B" },
  { "RUN", "" },
};

START_TEST (gives_words_and_pairs)
{
  _cleanup_dockerfile_ struct vprod__dockerfile file;
  _cleanup_strv_ char **list = NULL;
  const char *text = words[_i].text;
  int pairs = strncmp (text, "ENV", 3) == 0 || strncmp (text, "ARG", 3) == 0;

  ck_assert_int_eq (vprod__dockerfile_parse (text, strlen (text), &file), 0);
  ck_assert_int_eq (pairs ? vprod__instruction_pairs (&file.list[0], file.escape, &list)
                          : vprod__instruction_words (&file.list[0], file.escape, &list), 0);
  char *joined = vprod__strv_join (list, "|");
  ck_assert_str_eq (joined, words[_i].words);
  free (joined);
}
END_TEST

START_TEST (tells_the_exec_form)
{
  static const char text[] = "CMD [\"a\", \"b\"]\nCMD a b\nCMD [a]\n";
  _cleanup_dockerfile_ struct vprod__dockerfile file;

  ck_assert_int_eq (vprod__dockerfile_parse (text, strlen (text), &file), 0);
  ck_assert_int_eq (vprod__instruction_is_exec (&file.list[0]), 1);
  ck_assert_int_eq (vprod__instruction_is_exec (&file.list[1]), 0);
  ck_assert_int_eq (vprod__instruction_is_exec (&file.list[2]), 0);
}
END_TEST

static const struct {
  const char *text;
  const char *value;
} expansions[] = {
  { "a$X-b", "ax-b" },
  { "${X}${Y}", "x" },
  { "${Y:-d}", "d" },
  { "${Y-d}", "d" },
  { "${E:-d}", "d" },
  { "${E-d}", "" },
  { "${X:+t}", "t" },
  { "${Y:+t}", "" },
  { "${Y:-${X}}", "x" },
  { "${Y:-${Y:-${Y:-${Y:-${Y:-${Y:-${Y:-${Y:-${Y:-${Y:-z}}}}}}}}}}", NULL },
  { "${X", "x" },
  { "$", "$" },
  { "a$.b", "a$.b" },
};

START_TEST (expands_variables)
{
  char x[] = "X=old", x2[] = "X=x", e[] = "E=", *variables[] = { x, x2, e, NULL };
  char *value = vprod__dockerfile_expand (expansions[_i].text, variables);

  ck_assert_ptr_nonnull (value);
  if (expansions[_i].value)
    ck_assert_str_eq (value, expansions[_i].value);
  free (value);
}
END_TEST

/* A file of ten megabytes, of each sort of line that could make a reader slow. */
START_TEST (large_files_end)
{
  static const char *const lines[] = {
    "FROM a AS b\n", "RUN x\n", "RUN x \\\n", "a b c d ", "# c\n", "RUN <<A\n", "COPY <<A <<B <<C <<D x\n", "\n", "ARG A=${A}\n", "$",
  };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  _cleanup_dockerfile_ struct vprod__dockerfile file;

  int failed = 0; /* libcheck writes down each assertion: not one for each of ten million lines */
  while (text.length < 10 * 1024 * 1024 && !failed)
    failed = vprod__buf_adds (&text, lines[_i]) < 0;
  ck_assert_int_eq (failed, 0);
  ck_assert_int_eq (vprod__dockerfile_parse (text.data, text.length, &file), 0);
  ck_assert_uint_le (file.n_stages, 1000);
  free (vprod__dockerfile_needed (&file, (int) file.n_stages - 1));
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("dockerfile");
  TCase *tcase = tcase_create ("dockerfile");

  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, reads_instructions_as_a_builder_does, 0, COUNT (files));
  tcase_add_test (tcase, tells_which_stages_are_needed);
  tcase_add_test (tcase, stage_of_the_name_of_a_named_context_is_not_taken);
  tcase_add_loop_test (tcase, gives_words_and_pairs, 0, COUNT (words));
  tcase_add_test (tcase, tells_the_exec_form);
  tcase_add_loop_test (tcase, expands_variables, 0, COUNT (expansions));
  tcase_add_loop_test (tcase, large_files_end, 0, 10);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
