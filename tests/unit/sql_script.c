/* SPDX-License-Identifier: MIT */
/* Where a statement ends. */
#include "unit.h"

#include "probe/sql_script.h"
#include "util/buf.h"

/* The pieces with "|" before each, "<line>", and "!" before a command. */
static const struct {
  const char *text;
  const char *pieces;
} scripts[] = {
  { "", "" },
  { " \n-- nothing\n/* at all */ ;;\n", "" },
  { "select 1", "|1<select 1>" },
  { "select 1;", "|1<select 1>" },
  { "\xef\xbb\xbfselect 1;", "|1<select 1>" },
  { "select 1; select 2;\nselect 3\n;", "|1<select 1>|1<select 2>|2<select 3\n>" },
  { "-- a;b\nselect 1 -- c;d\n;", "|2<select 1 -- c;d\n>" },
  { "/* a; /* b; */ c; */ select 1; select 2", "|1<select 1>|1<select 2>" },
  { "select /* ; /* ; */ ; */ 1;", "|1<select /* ; /* ; */ ; */ 1>" },
  { "select ';' , 'it''s;';select 2", "|1<select ';' , 'it''s;'>|1<select 2>" },
  { "select 'a\\'; select 2", "|1<select 'a\\'>|1<select 2>" }, /* a backslash is one */
  { "select E'a\\'; select 2'; select 3", "|1<select E'a\\'; select 2'>|1<select 3>" },
  { "select e'\\\\'; select 2", "|1<select e'\\\\'>|1<select 2>" },
  { "select E'a'\n  'b\\';c'; select 2", "|1<select E'a'\n  'b\\';c'>|2<select 2>" },
  { "select type'a\\'; select 2", "|1<select type'a\\'>|1<select 2>" },
  { "select U&'\\0441;', B'1', N'x;y'; select 2", "|1<select U&'\\0441;', B'1', N'x;y'>|1<select 2>" },
  { "select \";\"\"\" from t;x", "|1<select \";\"\"\" from t>|1<x>" },
  { "select $$;'$$; select 2", "|1<select $$;'$$>|1<select 2>" },
  { "do $a$ begin; $b$ ; $$ ; $a$; select 2", "|1<do $a$ begin; $b$ ; $$ ; $a$>|1<select 2>" },
  { "do $a$ x $A$; $a$;y", "|1<do $a$ x $A$; $a$>|1<y>" },
  { "execute p ($1, $2); a$b$c; d$b$", "|1<execute p ($1, $2)>|1<a$b$c>|1<d$b$>" },
  { "select 1$x$;$x$;y", "|1<select 1$x$;$x$>|1<y>" },
  { "create rule r as on insert to t do (select 1; select 2); x", "|1<create rule r as on insert to t do (select 1; select 2)>|1<x>" },
  { "select 1); select 2", "|1<select 1)>|1<select 2>" },
  { "begin; select 1; end; x", "|1<begin>|1<select 1>|1<end>|1<x>" },
  { "create function f () returns int begin atomic select 1; select case 1 when 1 then 2 end; end; x",
    "|1<create function f () returns int begin atomic select 1; select case 1 when 1 then 2 end; end>|1<x>" },
  { "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC x; END; y", "|1<CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC x; END>|1<y>" },
  { "create table t (a int); begin; end", "|1<create table t (a int)>|1<begin>|1<end>" },
  { "create function f () as 'begin;' ; x", "|1<create function f () as 'begin;' >|1<x>" },
  { "select 'not closed; x", "|1<select 'not closed; x>" },
  { "select $$ not closed; x", "|1<select $$ not closed; x>" },
  { "/* not closed; x", "" },
  { "\\connect db\nselect 1;", "|1!<\\connect db>|2<select 1>" },
  { "\\connect db \r\nselect 1;\r\n", "|1!<\\connect db>|2<select 1>" },
  { "select 'create database x'\n\\gexec\nselect 2;", "|1<select 'create database x'\n>2!<\\gexec>|3<select 2>" },
  { "select '\\d' ; \\echo ;", "|1<select '\\d' >|1!<\\echo ;>" },
};

static void show (const struct vprod__sql_piece *piece, struct vprod__buf *shown)
{
  vprod__buf_adds (shown, "|");
  if (piece->text)
    vprod__buf_addf (shown, "%d<%.*s>", piece->line, (int) piece->length, piece->text);
  if (piece->command)
    vprod__buf_addf (shown, "%d!<%.*s>", piece->command_line, (int) piece->command_length, piece->command);
}

START_TEST (splits_as_psql_does)
{
  struct vprod__sql_script script;
  struct vprod__sql_piece piece;
  struct vprod__buf shown = { 0 };

  vprod__sql_begin (&script, scripts[_i].text, strlen (scripts[_i].text));
  while (vprod__sql_next (&script, &piece) != VPROD__SQL_END)
    show (&piece, &shown);
  ck_assert_str_eq (vprod__buf_string (&shown), scripts[_i].pieces);
  vprod__buf_clear (&shown);
}
END_TEST

/* ---- data ---------------------------------------------------------------------------------------------------- */

static const struct {
  const char *below; /* what stands behind the semicolon */
  const char *data;
  const char *next; /* the statement after that */
  int line;         /* of that */
} copies[] = {
  { "\n1;\t'\n2\t$$\n\\.\n\nselect 1;", "1;\t'\n2\t$$\n", "select 1", 6 },
  { " -- two\r\n1\r\n\\.\r\nselect 1", "1\r\n", "select 1", 4 },
  { "\n\\.\nselect 1", "", "select 1", 3 },
  { "\n\\.x\n\\N\n\\.\nselect 1", "\\.x\n\\N\n", "select 1", 5 },
  { "\n1\n2", "1\n2", "", 0 },
  { "\n1\n\\.", "1\n", "", 0 },
  { "", "", "", 0 },
};

START_TEST (data_of_a_copy_ends_in_a_line_of_its_own)
{
  struct vprod__sql_script script;
  struct vprod__sql_piece piece;
  const char *data;
  size_t length;
  int line;
  char *text = NULL;

  ck_assert_int_gt (asprintf (&text, "copy t from stdin;%s", copies[_i].below), 0);
  vprod__sql_begin (&script, text, strlen (text));
  ck_assert_int_eq (vprod__sql_next (&script, &piece), VPROD__SQL_STATEMENT);
  vprod__sql_take_data (&script, &data, &length, &line);
  ck_assert_uint_eq (length, strlen (copies[_i].data));
  ck_assert_mem_eq (data, copies[_i].data, length);
  vprod__sql_next (&script, &piece);
  ck_assert_uint_eq (piece.length, strlen (copies[_i].next));
  if (piece.length > 0)
    ck_assert_int_eq (piece.line, copies[_i].line);
  free (text);
}
END_TEST

START_TEST (line_is_found_by_the_servers_count_of_characters)
{
  static const char text[] = "\nselect '\xc3\xa9\n\xc3\xa9',\n nosuch;";
  struct vprod__sql_script script;
  struct vprod__sql_piece piece;

  vprod__sql_begin (&script, text, strlen (text));
  ck_assert_int_eq (vprod__sql_next (&script, &piece), VPROD__SQL_STATEMENT);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 0), 2);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 1), 2);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 9), 2);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 11), 3);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 16), 4);
  ck_assert_int_eq (vprod__sql_line_of (&piece, 1000), 4);
}
END_TEST

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

int main (void)
{
  Suite *suite = suite_create ("sql_script");
  TCase *tcase = tcase_create ("sql_script");

  tcase_add_loop_test (tcase, splits_as_psql_does, 0, LENGTH (scripts));
  tcase_add_loop_test (tcase, data_of_a_copy_ends_in_a_line_of_its_own, 0, LENGTH (copies));
  tcase_add_test (tcase, line_is_found_by_the_servers_count_of_characters);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
