/* SPDX-License-Identifier: MIT */
/* What a database is filled with, and how it is given TLS. */
#include "mock_runner.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <unistd.h>

#include "session/ca.h"
#include "session/session.h"
#include "util/buf.h"
#include "util/strv.h"

#define LENGTH(list) (sizeof (list) / sizeof (list)[0])

static struct mock *mock;
static vprod_session *session;
static vprod_error *err;
static char **ran; /* "database: statement", "database< data" */

static void setup (void)
{
  mock = mock_new ();
  session = NULL;
  err = NULL;
  ran = NULL;
}

static void teardown (void)
{
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
  vprod__strv_free (ran);
}

/* ---- scripts --------------------------------------------------------------------------------------------------- */

/* Takes what copies, refuses what is "bad …", gives two statements to what asks for them. */
static int run_statement (void *data, const char *database, const char *sql, const struct vprod__postgres_input *input,
                          struct vprod__postgres_outcome *outcome)
{
  const char *bytes;
  size_t length;

  (void) data;
  ck_assert_int_eq (vprod__strv_addf (&ran, "%s: %s", database, sql), 0);
  if (strstr (sql, "from stdin")) {
    input->take (input->data, &bytes, &length);
    ck_assert_int_eq (vprod__strv_addf (&ran, "%s< %.*s", database, (int) length, bytes), 0);
    outcome->data_line = strstr (sql, "bad") ? 2 : 0;
  }
  if (strstr (sql, "bad")) {
    outcome->refusal = strdup ("ERROR: no");
    outcome->position = strstr (sql, "bad") - sql + 1;
  }
  if (strstr (sql, "gives")) {
    vprod__strv_add (&outcome->values, "one");
    vprod__strv_add (&outcome->values, strstr (sql, "worse") ? "bad" : "two");
  }
  return strstr (sql, "lost") ? -VPROD_ERROR_TIMEOUT : 0;
}

static int get (const char *yaml)
{
  const struct vprod__service *services;
  size_t n;

  mock->on_execute = run_statement;
  session = mock_session (mock, yaml);
  return vprod__get_services (session, &services, &n, &err);
}

static int run_script (const char *text)
{
  unit_write_file (mock_folder (mock), "a.sql", text);
  unit_write_file (mock_folder (mock), "sub/b.sql", "in b;");
  unit_write_file (mock_folder (mock), "sub/c.sql", "in c;\n\\ir b.sql\nbad;");
  unit_write_file (mock_folder (mock), "self.sql", "\\ir self.sql\n");
  return get ("version: 1\nname: subject\nservices: {db: {postgres: {init: [a.sql]}}}\n");
}

static const struct {
  const char *text;
  const char *ran; /* with "|" between */
} scripts[] = {
  { "", "" },
  { "one; two", "verify: one|verify: two" },
  { "\\restrict x\n\\echo hello\n\\set QUIET on\none;\n\\unrestrict x\n", "verify: one" },
  { "\\connect other\none;\n\\c - ;\ntwo;", "other: one|other: two" },
  { "\\connect \"My Db\"\none;", "My Db: one" },
  { "\\connect -reuse-previous=on \"dbname='it\\'s \"\"it\"\"'\"\none;", "it's \"it\": one" },
  { "\\c other;\none;", "other: one" },
  { "\\c other verify\none;", "other: one" },
  { "\\c other \"o\"\"ne\"\none;", "other: SET SESSION AUTHORIZATION \"o\"\"ne\"|other: one" },
  { "\\encoding LATIN1\none;", "verify: SET client_encoding TO 'LATIN1'|verify: one" },
  { "copy t from stdin;\n1;\n\\.\none;", "verify: copy t from stdin|verify< 1;\n|verify: one" },
  { "gives \\gexec\nthree;", "verify: gives |verify: one|verify: two|verify: three" },
  { "one \\g\ntwo;", "verify: one |verify: two" },
  { "\\ir sub/b.sql\none;", "verify: in b|verify: one" },
  { "one;\n\\q\ntwo;", "verify: one" },
  { "\\set ON_ERROR_STOP off\nbad;\none;", "verify: bad|verify: one" },
};

START_TEST (runs_what_psql_would_run)
{
  _cleanup_free_ char *all = NULL;

  assert_ok (run_script (scripts[_i].text), err);
  all = vprod__strv_join (ran, "|");
  ck_assert_str_eq (all, scripts[_i].ran);
}
END_TEST

static const struct {
  const char *text;
  const char *says;
} bad_scripts[] = {
  { "one;\n\n  bad;", "services.db.postgres.init: a.sql:3: ERROR: no" },
  { "one,\ntwo,\nbad;", "a.sql:3: ERROR: no" },
  { "copy bad from stdin;\n1\n2\n\\.\n", "a.sql:3: ERROR: no" },
  { "one;\ngives\n worse\n\\gexec", "a.sql:4: ERROR: no" },
  { "\n\\ir sub/c.sql", "sub/c.sql:3: ERROR: no" },
  { "\n\\ir sub/none.sql", "a.sql:2: \\ir: cannot read" },
  { "\\ir self.sql", "the files include each other" },
  { "\\ir", "names no file" },
  { "\n\\copy t from 'x'", "a.sql:2: psql's command \\copy is not understood here" },
  { "select 1 \\gset", "a.sql:1: psql's command \\gset is not understood here" },
  { "\\i x.sql", "psql's command \\i is not" },
  { "\\set name value", "variables of psql" },
  { "\\ ", "a backslash that begins no command" },
  { "\\c db user host", "names another server" },
  { "\\c \"dbname='x' host=y\"", "names more than a database" },
  { "\\c \"host=y\"", "names more than a database" },
  { "\\encoding 'it''s'", "no name of an encoding" },
  { "\\connect locked", "a.sql:1: \\connect locked: it is locked" },
  { "one;\nlost;", "a.sql:2: lost: the mock" },
};

static const char *locks (void *data, const struct vprod__postgres_address *address)
{
  (void) data;
  return strcmp (address->database, "locked") == 0 ? "it is locked" : NULL;
}

START_TEST (says_file_and_line_of_what_goes_wrong)
{
  mock->on_connect = locks;
  int r = run_script (bad_scripts[_i].text);
  ck_assert_int_lt (r, 0);
  ck_assert_ptr_nonnull (err);
  ck_assert_msg (strstr (vprod_error_get_message (err), bad_scripts[_i].says), "%s", vprod_error_get_message (err));
  vprod_error_free (err);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------------------------- */

static int notes;

static void count_notes (void *data, const vprod_event *event)
{
  (void) data;
  notes += event->kind == VPROD_EVENT_NOTE && strstr (event->text, "10.sh, README of many") != NULL;
}

START_TEST (files_are_run_as_written_those_of_folders_by_their_bytes)
{
  const vprod_session_options options = { .size = sizeof options, .on_event = count_notes };
  const char *folder = mock_folder (mock);
  const struct vprod__service *services;
  _cleanup_free_ char *all = NULL;
  size_t n;

  notes = 0;
  unit_write_file (folder, "z.sql", "z;");
  unit_write_file (folder, "many/10.sql", "ten;");
  unit_write_file (folder, "many/9.sql", "nine;");
  unit_write_file (folder, "many/B.sql", "upper;");
  unit_write_file (folder, "many/a.sql", "lower;");
  unit_write_file (folder, "many/.hidden.sql", "hidden;");
  unit_write_file (folder, "many/10.sh", "exit 1");
  unit_write_file (folder, "many/README", "none");
  mock->on_execute = run_statement;
  session = mock_session_with (mock, "version: 1\nname: subject\nservices: {db: {postgres: {init: [z.sql, many/, z.sql]}}}\n",
                               &options);
  assert_ok (vprod__get_services (session, &services, &n, &err), err);
  all = vprod__strv_join (ran, "|");
  ck_assert_str_eq (all, "verify: z|verify: ten|verify: nine|verify: upper|verify: lower|verify: z");
  ck_assert_int_eq (notes, 1);
}
END_TEST

static void write_gzip (const char *path, const char *text)
{
  struct archive *archive = archive_write_new ();
  struct archive_entry *entry = archive_entry_new ();

  archive_write_add_filter_gzip (archive);
  archive_write_set_format_raw (archive);
  ck_assert_int_eq (archive_write_open_filename (archive, path), ARCHIVE_OK);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_write_header (archive, entry);
  ck_assert_int_eq (archive_write_data (archive, text, strlen (text)), (la_ssize_t) strlen (text));
  archive_write_close (archive);
  archive_entry_free (entry);
  archive_write_free (archive);
}

START_TEST (compressed_files_are_read_too)
{
  _cleanup_free_ char *path = vprod__asprintf ("%s/a.sql.gz", mock_folder (mock));

  write_gzip (path, "one; two;");
  assert_ok (get ("version: 1\nname: subject\nservices: {db: {postgres: {init: [a.sql.gz]}}}\n"), err);
  ck_assert_uint_eq (vprod__strv_length (ran), 2);
}
END_TEST

static const struct {
  const char *init;
  const char *says;
} bad_files[] = {
  { "nul.sql", "NUL" },
  { "broken.sql.gz", "cannot read" },
};

START_TEST (what_is_no_sql_is_an_error)
{
  _cleanup_free_ char *yaml = vprod__asprintf ("version: 1\nname: subject\nservices: {db: {postgres: {init: [%s]}}}\n",
                                               bad_files[_i].init);
  _cleanup_free_ char *path = vprod__asprintf ("%s/nul.sql", mock_folder (mock));
  FILE *file = fopen (path, "w");

  fwrite ("o\0n\0e\0;\0", 1, 8, file);
  fclose (file);
  unit_write_file (mock_folder (mock), "broken.sql.gz", "\x1f\x8b\x08 broken");
  ck_assert_int_lt (get (yaml), 0);
  ck_assert_msg (strstr (vprod_error_get_message (err), bad_files[_i].says), "%s", vprod_error_get_message (err));
  ck_assert_ptr_nonnull (strstr (vprod_error_get_message (err), "services.db.postgres.init: "));
  vprod_error_free (err);
}
END_TEST

static const char *const no_files[] = { "none.sql", "app", "z.sql, app/none/x.sql" };

START_TEST (what_is_not_there_is_a_mistake_in_the_spec)
{
  _cleanup_free_ char *yaml = vprod__asprintf ("version: 1\nname: subject\nservices: {db: {postgres: {init: [%s]}}}\n",
                                               no_files[_i]);
  unit_write_file (mock_folder (mock), "z.sql", "z;");
  vprod_spec *spec = mock_spec (mock, yaml);

  assert_error (vprod_session_new (spec, mock_runner (mock), &session, &err), err, VPROD_ERROR_SPEC,
                "verify-prod.yaml: services.db.postgres.init: ");
  vprod_spec_free (spec);
}
END_TEST

/* ---- TLS ------------------------------------------------------------------------------------------------------- */

#define TLS_YAML                                                                                             \
  "version: 1\nname: subject\nservices: {db: {postgres: {tls: true, timeout: %s, init: [tls.sql]}}}\n"                    \
  "run: {port: 8000, env: {CA: \"${db.ca}\"}}\nchecks: {start: {stay-up: 50ms}}\n"

enum server { GOOD, NO_SUPERUSER, NO_TLS, NEVER_READS, TAKES_ALL };
static enum server server;
static int has_tls, refuses_plain;

static int tls_statement (void *data, const char *database, const char *sql, const struct vprod__postgres_input *input,
                          struct vprod__postgres_outcome *outcome)
{
  (void) data;
  (void) database;
  (void) input;
  ck_assert_int_eq (vprod__strv_add (&ran, sql), 0);
  if (strstr (sql, "SET ssl = 'on'") && server == NO_TLS)
    outcome->refusal = strdup ("ERROR: SSL is not supported by this build");
  if (strstr (sql, "pg_reload_conf")) {
    refuses_plain = has_tls && server != TAKES_ALL;
    has_tls = server != NEVER_READS;
  }
  return 0;
}

static const char *connects (void *data, const struct vprod__postgres_address *address)
{
  (void) data;
  if (address->ca_file) {
    ck_assert_str_eq (address->tls_name, "db");
    ck_assert_int_eq (access (address->ca_file, R_OK), 0);
    return has_tls ? NULL : "server does not support SSL, but SSL was required";
  }
  return refuses_plain ? "FATAL:  pg_hba.conf rejects connection for host \"x\", no encryption" : NULL;
}

static int answers (void *data, const char *sql, const char *param, char **ret_value)
{
  (void) data;
  (void) param;
  if (strstr (sql, "is_superuser"))
    *ret_value = strdup (server == NO_SUPERUSER ? "off" : "on");
  return 0;
}

static int get_with_tls (enum server which)
{
  const struct vprod__service *services;
  size_t n;

  server = which;
  has_tls = refuses_plain = 0;
  mock->on_execute = tls_statement;
  mock->on_connect = connects;
  mock->on_query = answers;
  unit_write_file (mock_folder (mock), "tls.sql", "after all that;");
  _cleanup_free_ char *yaml = vprod__asprintf (TLS_YAML, which == NEVER_READS || which == TAKES_ALL ? "500ms" : "60s");
  session = mock_session (mock, yaml);
  return vprod__get_services (session, &services, &n, &err);
}

START_TEST (server_is_given_tls_before_it_is_filled)
{
  assert_ok (get_with_tls (GOOD), err);
  size_t n = vprod__strv_length (ran);
  ck_assert_uint_gt (n, 5);
  ck_assert_str_eq (ran[n - 1], "after all that");
  ck_assert_int_eq (refuses_plain, 1);
}
END_TEST

static const struct {
  enum server server;
  const char *says;
} bad_servers[] = {
  { NO_SUPERUSER, "only a superuser can change its settings, and verify is none" },
  { NO_TLS, "SSL is not supported by this build" },
};

START_TEST (server_that_cannot_is_an_error_without_the_key)
{
  assert_error (get_with_tls (bad_servers[_i].server), err, VPROD_ERROR_DATABASE, bad_servers[_i].says);
}
END_TEST

static const enum server stubborn[] = { NEVER_READS, TAKES_ALL };

START_TEST (server_that_does_not_change_is_an_error)
{
  int r = get_with_tls (stubborn[_i]);
  ck_assert_int_eq (r, -VPROD_ERROR_DATABASE);
  ck_assert_msg (strstr (vprod_error_get_message (err), "cannot be given TLS (services.db.postgres.tls): it "), "%s",
                 vprod_error_get_message (err));
  vprod_error_free (err);
}
END_TEST

START_TEST (app_is_told_where_the_authority_is_and_given_it)
{
  _cleanup_strv_ char **files = NULL;

  assert_ok (get_with_tls (GOOD), err);
  assert_ok (vprod__ca_add_files (session, &files, &err), err);
  ck_assert_uint_eq (vprod__strv_length (files), 1);
  ck_assert_ptr_nonnull (strstr (files[0], "/run/verify-prod/db/ca.crt=-----BEGIN CERTIFICATE-----\n"));
  ck_assert_ptr_null (strstr (files[0], "PRIVATE"));
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("session_postgres");
  TCase *tcase = tcase_create ("session_postgres");

  tcase_add_checked_fixture (tcase, setup, teardown);
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, runs_what_psql_would_run, 0, LENGTH (scripts));
  tcase_add_loop_test (tcase, says_file_and_line_of_what_goes_wrong, 0, LENGTH (bad_scripts));
  tcase_add_test (tcase, files_are_run_as_written_those_of_folders_by_their_bytes);
  tcase_add_test (tcase, compressed_files_are_read_too);
  tcase_add_loop_test (tcase, what_is_no_sql_is_an_error, 0, LENGTH (bad_files));
  tcase_add_loop_test (tcase, what_is_not_there_is_a_mistake_in_the_spec, 0, LENGTH (no_files));
  tcase_add_test (tcase, server_is_given_tls_before_it_is_filled);
  tcase_add_loop_test (tcase, server_that_cannot_is_an_error_without_the_key, 0, LENGTH (bad_servers));
  tcase_add_loop_test (tcase, server_that_does_not_change_is_an_error, 0, LENGTH (stubborn));
  tcase_add_test (tcase, app_is_told_where_the_authority_is_and_given_it);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
