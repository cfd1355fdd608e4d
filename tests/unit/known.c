/* SPDX-License-Identifier: MIT */
/* All rows of all tables of data/, and what src makes of the sample that stands in each. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include "dockerfile/installers.h"
#include "known/exit.h"
#include "known/fault.h"
#include "known/grpc_answers.h"
#include "known/health_paths.h"
#include "known/kubelet.h"
#include "known/managers.h"
#include "known/migrations.h"
#include "known/phrases.h"
#include "known/programs.h"
#include "known/restrictions.h"
#include "known/service_images.h"
#include "runner/build/progress.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

static const struct vprod__program programs[] = {
#include "data/programs.h"
};

START_TEST (program_is_found_by_name_path_and_version)
{
  const struct vprod__program *row = &programs[_i];
  char text[64];

  ck_assert_msg (row->kinds != 0, "%s is of no kind", row->name);
  ck_assert_msg (row->options == NULL || row->kinds & (VPROD__PROGRAM_PREFIX | VPROD__PROGRAM_STATUS_BLIND),
                 "%s: options of what is no prefix", row->name);
  for (int i = 0; i < 3; i++) {
    snprintf (text, sizeof text, i == 0 ? "%s" : i == 1 ? "/usr/bin/%s" : "/usr/bin/%s3.12", row->name);
    const struct vprod__program *found = vprod__known_program (text);
    ck_assert_msg (found && strcmp (found->name, row->name) == 0, "%s is %s", text, found ? found->name : "unknown");
    ck_assert_int_eq (found->kinds, row->kinds);
    ck_assert_msg (vprod__program_is (text, row->kinds) && !vprod__program_is (text, ~row->kinds), "%s", text);
  }
}
END_TEST

START_TEST (other_words_are_no_programs)
{
  static const char *const words[] = { "", "/", "3.12", "bash-completion", "pythonx", "no-bash", "tini/" };

  ck_assert_msg (!vprod__known_program (words[_i]), "%s", words[_i]);
}
END_TEST

/* ---- phrases ---------------------------------------------------------------------------------------------------- */

#define VPROD__SAMPLE(member) member,

static const struct row {
  enum vprod__says list;
  enum vprod__how how;
  const char *text, *also, *remedy, *sample;
  enum vprod__refusal refusal;
} phrases[] = {
#include "data/phrases.h"
#include "data/names.h"
};

/* What the users of some lists make of the sample. */
static void use (const struct row *row)
{
  const char *line = NULL;
  size_t length = 0;

  if (row->list == VPROD__SAYS_REFUSAL)
    ck_assert_int_eq (vprod__refusal_of_engine (row->sample), row->refusal);
  else if (row->list == VPROD__SAYS_IMAGE_FAULT)
    ck_assert (vprod__fault_is_images (row->sample));
  else if (row->list == VPROD__SAYS_NO_SUBNET)
    ck_assert (vprod__fault_is_no_subnet (row->sample));
  else if (row->list == VPROD__SAYS_NETWORK)
    ck_assert_msg (vprod__line_tells_network (row->sample), "%s", row->sample);
  else if (row->list == VPROD__SAYS_DATABASE || row->list == VPROD__SAYS_PASSED_TEST)
    ck_assert_msg (!vprod__line_tells_network (row->sample), "%s", row->sample);
  else if (row->list == VPROD__SAYS_LOG)
    ck_assert_ptr_eq (vprod__log_remedy (row->sample, &line, &length), vprod__remedy (row->remedy));
}

START_TEST (phrase_is_the_first_that_is_found_in_its_sample)
{
  struct row name = phrases[_i], *row = &name;

  if (row->list >= VPROD__NAMES_FILLER)
    row->sample = row->text;
  ck_assert_msg (row->text && row->sample && *row->sample, "\"%s\" has no sample", row->text);
  const struct vprod__phrase *found = vprod__phrase_in (row->list, row->sample, VPROD__TO_NUL);
  ck_assert_msg (found != NULL, "\"%s\" is not found in: %s", row->text, row->sample);
  ck_assert_msg (strcmp (found->text, row->text) == 0
                     && strcmp (found->also ? found->also : "", row->also ? row->also : "") == 0,
                 "\"%s\" is found before \"%s\" in: %s", found->text, row->text, row->sample);
  ck_assert_ptr_eq (vprod__phrase_in (row->list, row->sample, strlen (row->sample)), found);
  ck_assert_ptr_null (vprod__phrase_in (row->list, row->sample, 0));
  ck_assert_int_eq (found->refusal, row->refusal);
  ck_assert_msg (!row->remedy || vprod__remedy (row->remedy), "no row of data/remedies: %s", row->remedy);
  ck_assert_msg (!vprod__says (row->list, "all is well"), "%s", row->text);
  use (row);
}
END_TEST

/* ---- remedies, refusals, signals, exit codes ------------------------------------------------------------------------ */

static const struct {
  const char *name, *text;
} remedies[] = {
#include "data/remedies.h"
};

static const struct {
  enum vprod__refusal refusal;
  const char *words, *remedy;
} refusals[] = {
#include "data/refusals.h"
};

static const struct {
  int number;
  const char *name, *meaning, *remedy;
} signals[] = {
#include "data/signals.h"
};

static const struct {
  int code;
  const char *meaning, *remedy;
} codes[] = {
#include "data/exit-codes.h"
};

static const struct {
  enum vprod__restriction restriction;
  const char *name, *remedy;
  enum vprod__says under;
} restrictions[] = {
#include "data/restrictions.h"
};

static int is_used (const char *remedy)
{
#define USED_IN(table)                                             \
  for (int i = 0; i < COUNT (table); i++)                          \
    if (table[i].remedy && strcmp (table[i].remedy, remedy) == 0) \
      return 1;
  USED_IN (phrases)
  USED_IN (refusals)
  USED_IN (signals)
  USED_IN (codes)
  USED_IN (restrictions)
  return strcmp (remedy, "exit") == 0 || strcmp (remedy, "out-of-memory") == 0;
}

START_TEST (remedy_is_used_and_a_sentence)
{
  const char *text = remedies[_i].text;

  ck_assert_str_eq (vprod__remedy (remedies[_i].name), text);
  ck_assert_msg (is_used (remedies[_i].name), "%s", remedies[_i].name);
  ck_assert_msg (text[strlen (text) - 1] == '.' && !strstr (text, "  "), "%s", text);
}
END_TEST

START_TEST (refusal_has_words_and_a_remedy)
{
  ck_assert_str_eq (vprod__refusal_words (refusals[_i].refusal), refusals[_i].words);
  ck_assert_ptr_nonnull (vprod__refusal_remedy (refusals[_i].refusal));
  ck_assert_ptr_eq (vprod__refusal_remedy (refusals[_i].refusal), vprod__remedy (refusals[_i].remedy));
}
END_TEST

START_TEST (restriction_has_a_name_words_and_a_remedy)
{
  size_t length = 0;

  ck_assert_int_eq (COUNT (restrictions), VPROD__RESTRICTION_COUNT);
  ck_assert_int_eq (restrictions[_i].restriction, _i); /* the order is that of the enum */
  ck_assert_str_eq (vprod__restriction_name (restrictions[_i].restriction), restrictions[_i].name);
  ck_assert_ptr_nonnull (vprod__restriction_remedy (restrictions[_i].restriction));
  ck_assert_ptr_eq (vprod__restriction_remedy (restrictions[_i].restriction), vprod__remedy (restrictions[_i].remedy));
  ck_assert_ptr_null (vprod__restriction_told (restrictions[_i].restriction, "all is well", &length));
  ck_assert_ptr_null (vprod__restriction_told (restrictions[_i].restriction, NULL, &length));
}
END_TEST

START_TEST (restriction_is_told_by_one_line)
{
  const char *log = "listen 0.0.0.0:8000\nmkdir /x: permission denied\r\nbye\n";
  size_t length = 0;

  ck_assert_ptr_null (vprod__restriction_told (VPROD__RESTRICTION_LOW_PORTS, log, &length));
  ck_assert_ptr_eq (vprod__restriction_told (VPROD__RESTRICTION_USER, log, &length), log + 20);
  ck_assert_uint_eq (length, 27);
}
END_TEST

static const struct {
  const char *user;
  enum vprod__kubelet says;
} users[] = {
  { "1001", VPROD__KUBELET_STARTS_IT },     { "1001:0", VPROD__KUBELET_STARTS_IT },
  { "1001:app", VPROD__KUBELET_STARTS_IT }, { "01", VPROD__KUBELET_STARTS_IT },
  { "10", VPROD__KUBELET_STARTS_IT },       { NULL, VPROD__KUBELET_SEES_ROOT },
  { "", VPROD__KUBELET_SEES_ROOT },         { "0", VPROD__KUBELET_SEES_ROOT },
  { "0:1001", VPROD__KUBELET_SEES_ROOT },   { "000", VPROD__KUBELET_SEES_ROOT },
  { "+0", VPROD__KUBELET_SEES_ROOT },       { ":1001", VPROD__KUBELET_SEES_ROOT },
  { "app", VPROD__KUBELET_SEES_NAME },      { "app:1001", VPROD__KUBELET_SEES_NAME },
  { "root", VPROD__KUBELET_SEES_NAME },     { "1001a", VPROD__KUBELET_SEES_NAME },
  { "-", VPROD__KUBELET_SEES_NAME },        { "0x1", VPROD__KUBELET_SEES_NAME },
};

START_TEST (judges_a_user_as_the_kubelet_does)
{
  const char *after, *before = vprod__kubelet_words (users[_i].says, &after);

  ck_assert_msg (vprod__kubelet_judge (users[_i].user) == users[_i].says, "%s", users[_i].user);
  ck_assert_msg ((users[_i].says != VPROD__KUBELET_STARTS_IT) == (strstr (before, "runAsNonRoot") != NULL), "%s", before);
  ck_assert_int_eq (users[_i].says == VPROD__KUBELET_SEES_NAME, *after != '\0');
}
END_TEST

static void check_end (int code, const char *meaning, const char *remedy)
{
  char text[VPROD__EXIT_WORDS_SIZE];

  ck_assert_msg (!meaning || strstr (vprod__exit_words (code, 0, text), meaning), "%s", text);
  ck_assert_ptr_nonnull (vprod__exit_remedy (code, 0));
  ck_assert_ptr_eq (vprod__exit_remedy (code, 0), vprod__remedy (remedy ? remedy : "exit"));
}

START_TEST (signal_is_known_by_name_and_number)
{
  char text[VPROD__SIGNAL_WORDS_SIZE], number[8];

  ck_assert_int_eq (vprod__signal_number (signals[_i].name), signals[_i].number);
  snprintf (number, sizeof number, "%d", signals[_i].number);
  ck_assert_str_eq (vprod__signal_words (number, text) + strlen ("SIG"), signals[_i].name);
  check_end (128 + signals[_i].number, signals[_i].meaning, signals[_i].remedy);
}
END_TEST

START_TEST (exit_code_has_a_meaning)
{
  ck_assert_ptr_nonnull (codes[_i].meaning);
  check_end (codes[_i].code, codes[_i].meaning, codes[_i].remedy);
}
END_TEST

/* ---- installers, managers, files, health paths ---------------------------------------------------------------------- */

static const struct {
  const char *program, *verbs, *needs, *deps_only, *sample;
} installers[] = {
#include "data/installers.h"
};

START_TEST (installer_is_found_in_its_sample)
{
  struct vprod__install install;
  char step[256];

  ck_assert_msg (installers[_i].sample && *installers[_i].sample, "%s has no sample", installers[_i].program);
  snprintf (step, sizeof step, "RUN %s", installers[_i].sample);
  ck_assert_int_eq (vprod__find_install (step, &install), 0);
  ck_assert_msg (install.manager && strcmp (install.manager, installers[_i].program) == 0, "%s: found %s, not %s", step,
                 install.manager ? install.manager : "nothing", installers[_i].program);
  ck_assert_msg (!install.project, "%s", step);
  snprintf (step, sizeof step, "RUN echo %s", installers[_i].sample);
  ck_assert_int_eq (vprod__find_install (step, &install), 0);
  ck_assert_msg (!install.manager, "%s", step);
}
END_TEST

static const struct {
  const char *name, *says, *order, *sample;
  int system;
} managers[] = {
#include "data/managers.h"
};

START_TEST (manager_is_found_by_name_and_line)
{
  const struct vprod__manager *manager = vprod__manager_find (managers[_i].name);

  ck_assert (manager && strcmp (manager->name, managers[_i].name) == 0);
  ck_assert_msg (!manager->system || !manager->order, "%s reads nothing of the context", manager->name);
  ck_assert_msg (!managers[_i].says == !managers[_i].sample, "%s has no sample", manager->name);
  if (!managers[_i].says)
    return;
  /* composer says what poetry says */
  const struct vprod__manager *found = vprod__manager_of_line (managers[_i].sample, strlen (managers[_i].sample));
  ck_assert_msg (found && strcmp (found->says, managers[_i].says) == 0, "%s", managers[_i].sample);
  ck_assert_ptr_null (vprod__manager_of_line (managers[_i].sample, 4));
}
END_TEST

static const struct {
  const char *name, *sample;
  int kinds;
} files[] = {
#include "data/manifests.h"
};

START_TEST (file_is_known_by_name)
{
  char path[64];

  ck_assert_msg (files[_i].sample != NULL, "%s has no sample", files[_i].name);
  snprintf (path, sizeof path, "a/b/%s", files[_i].sample);
  ck_assert_msg (vprod__manifest_is (files[_i].sample, files[_i].kinds), "%s", files[_i].sample);
  ck_assert_msg (vprod__manifest_is (path, files[_i].kinds) && !vprod__manifest_is (path, ~files[_i].kinds), "%s", path);
  ck_assert (!vprod__manifest_is ("src/main.py", ~0) && !vprod__manifest_is ("", ~0));
}
END_TEST

static const struct vprod__grpc_known grpc_answers[] = {
#include "data/grpc-answers.h"
};

START_TEST (answer_of_grpc_is_found_by_its_number)
{
  const struct vprod__grpc_known *row = &grpc_answers[_i], *found = vprod__grpc_known (row->of, row->number);

  ck_assert_ptr_nonnull (found);
  ck_assert_str_eq (found->name, row->name);
  ck_assert_msg (!row->remedy || row->remedy[strlen (row->remedy) - 1] == '.', "%s", row->remedy);
  ck_assert_ptr_null (vprod__grpc_known (row->of, row->number + 17));
}
END_TEST

START_TEST (health_paths_are_paths)
{
  size_t count;
  const struct vprod__health_path *paths = vprod__health_paths (&count);

  ck_assert_int_gt (count, 0);
  for (size_t i = 0; i < count; i++) {
    ck_assert_msg (paths[i].path[0] == '/' && (paths[i].asked || paths[i].rank), "%s", paths[i].path);
    for (size_t k = 0; k < i; k++)
      ck_assert_msg (strcmp (paths[i].path, paths[k].path) != 0, "%s stands twice", paths[i].path);
  }
}
END_TEST

START_TEST (service_images_are_found_by_name)
{
  static const struct {
    const char *image, *scheme;
    int port, postgres;
  } known[] = { { "redis", "redis", 6379, 0 },
                { "docker.io/bitnami/redis:7@sha256:00", "redis", 6379, 0 },
                { "registry.example:5000/library/postgres:16", "postgres", 5432, 1 },
                { "pgvector/pgvector:pg16", "postgres", 5432, 1 },
                { "minio/minio", "minio", 9000, 0 } };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    const struct vprod__service_image *image = vprod__service_image (known[i].image);
    ck_assert_msg (image && image->port == known[i].port && image->postgres == known[i].postgres
                     && strcmp (image->scheme, known[i].scheme) == 0, "%s", known[i].image);
  }
  ck_assert_ptr_null (vprod__service_image ("redis-commander"));
  ck_assert_ptr_null (vprod__service_image (""));
  ck_assert_str_eq (vprod__service_of_scheme ("rediss", 6)->image, "redis:7-alpine");
  ck_assert_str_eq (vprod__service_of_scheme ("mongodb+srv", 11)->name, "mongo");
  ck_assert_ptr_null (vprod__service_of_scheme ("redi", 4));
  ck_assert_ptr_null (vprod__service_of_scheme ("mysql", 5)); /* no image of it is made without settings */
}
END_TEST

START_TEST (migration_tools_have_a_mark_and_a_command)
{
  size_t count;
  const struct vprod__migration_tool *tools = vprod__migration_tools (&count);

  ck_assert_int_gt (count, 0);
  for (size_t i = 0; i < count; i++)
    ck_assert_msg (tools[i].tool && tools[i].marks && tools[i].marks[0] != '/' && tools[i].command && tools[i].command[0] == '['
                     && (tools[i].runs || tools[i].self), "%s", tools[i].marks);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("known");
  TCase *tc = tcase_create ("known");

  tcase_add_loop_test (tc, program_is_found_by_name_path_and_version, 0, COUNT (programs));
  tcase_add_loop_test (tc, other_words_are_no_programs, 0, 7);
  tcase_add_loop_test (tc, phrase_is_the_first_that_is_found_in_its_sample, 0, COUNT (phrases));
  tcase_add_loop_test (tc, remedy_is_used_and_a_sentence, 0, COUNT (remedies));
  tcase_add_loop_test (tc, refusal_has_words_and_a_remedy, 0, COUNT (refusals));
  tcase_add_loop_test (tc, signal_is_known_by_name_and_number, 0, COUNT (signals));
  tcase_add_loop_test (tc, exit_code_has_a_meaning, 0, COUNT (codes));
  tcase_add_loop_test (tc, installer_is_found_in_its_sample, 0, COUNT (installers));
  tcase_add_loop_test (tc, manager_is_found_by_name_and_line, 0, COUNT (managers));
  tcase_add_loop_test (tc, file_is_known_by_name, 0, COUNT (files));
  tcase_add_loop_test (tc, answer_of_grpc_is_found_by_its_number, 0, COUNT (grpc_answers));
  tcase_add_loop_test (tc, restriction_has_a_name_words_and_a_remedy, 0, COUNT (restrictions));
  tcase_add_test (tc, restriction_is_told_by_one_line);
  tcase_add_loop_test (tc, judges_a_user_as_the_kubelet_does, 0, COUNT (users));
  tcase_add_test (tc, health_paths_are_paths);
  tcase_add_test (tc, service_images_are_found_by_name);
  tcase_add_test (tc, migration_tools_have_a_mark_and_a_command);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
