/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "known/exit.h"
#include "known/programs.h"

static const struct {
  int code;
  int oom_killed;
  const char *words;
} ends[] = {
  { 0, 0, "exit code 0 (it ended by itself, as if its work were done)" },
  { 1, 0, "exit code 1 (its own word for a general error)" },
  { 3, 0, "exit code 3" },
  { 126, 0, "exit code 126 (the program could not be run: not executable)" },
  { 127, 0, "exit code 127 (the program was not found)" },
  { 128, 0, "exit code 128" },
  { 134, 0, "exit code 134 (SIGABRT: it gave up on an error inside it, such as a failed assertion)" },
  { 137, 0, "exit code 137 (SIGKILL: it was killed)" },
  { 137, 1, "exit code 137 (out of memory: the kernel killed it)" },
  { 139, 0, "exit code 139 (SIGSEGV: it crashed on a bad memory access)" },
  { 129, 0, "exit code 129 (SIGHUP: a signal that it does not handle)" },
  { 200, 0, "exit code 200" },
  { 0, 1, "exit code 0 (it ended by itself, as if its work were done)" },
};

START_TEST (says_what_an_exit_code_means)
{
  char text[VPROD__EXIT_WORDS_SIZE];

  ck_assert_str_eq (vprod__exit_words (ends[_i].code, ends[_i].oom_killed, text), ends[_i].words);
}
END_TEST

START_TEST (every_exit_code_has_a_remedy_and_fits)
{
  char text[VPROD__EXIT_WORDS_SIZE];

  for (int oom = 0; oom < 2; oom++) {
    ck_assert_uint_lt (strlen (vprod__exit_words (_i, oom, text)), sizeof text - 1);
    ck_assert_uint_gt (strlen (vprod__exit_remedy (_i, oom)), 20);
  }
}
END_TEST

static const struct {
  const char *name;
  int number;
} signals[] = {
  { "SIGTERM", 15 },  { "TERM", 15 },       { "term", 15 },      { "15", 15 },         { "sigquit", 3 },
  { "SIGINT", 2 },    { "SIGWINCH", 28 },   { "SIGRTMIN", 34 },  { "SIGRTMIN+3", 37 }, { "RTMIN+3", 37 },
  { "SIGRTMAX", 64 }, { "SIGRTMAX-1", 63 }, { "SIGRTMIN-1", 0 }, { "SIGRTMAX+1", 0 },  { "SIGRTMIN+31", 0 },
  { "SIGRTMIN+", 0 }, { "SIGNAL", 0 },      { "", 0 },           { "SIG", 0 },         { "-15", 0 },
  { "15x", 0 },       { "65", 0 },          { NULL, 0 },
};

START_TEST (knows_signals_by_name_and_number)
{
  ck_assert_int_eq (vprod__signal_number (signals[_i].name), signals[_i].number);
}
END_TEST

START_TEST (says_signals_by_their_name)
{
  char text[VPROD__SIGNAL_WORDS_SIZE];

  ck_assert_str_eq (vprod__signal_words ("SIGTERM", text), "SIGTERM");
  ck_assert_str_eq (vprod__signal_words ("term", text), "SIGTERM");
  ck_assert_str_eq (vprod__signal_words ("10", text), "SIGUSR1");
  ck_assert_str_eq (vprod__signal_words ("37", text), "signal 37");
  ck_assert_str_eq (vprod__signal_words ("SIGRTMIN+3", text), "SIGRTMIN+3");
  ck_assert_uint_lt (strlen (vprod__signal_words ("SIGSOMETHINGTHATISMUCHTOOLONGFORANYTHING", text)), sizeof text);
}
END_TEST

START_TEST (default_action_is_told_from_other_exit_codes)
{
  ck_assert (vprod__exit_is_by_signal (143, "SIGTERM"));
  ck_assert (vprod__exit_is_by_signal (131, "QUIT"));
  ck_assert (vprod__exit_is_by_signal (130, "2"));
  ck_assert (!vprod__exit_is_by_signal (143, "SIGINT"));
  ck_assert (!vprod__exit_is_by_signal (137, "SIGTERM"));
  ck_assert (!vprod__exit_is_by_signal (0, "SIGTERM"));
  ck_assert (!vprod__exit_is_by_signal (128, "SIGNONE"));
}
END_TEST

/* As engines say it: Docker 20.10 and 28 (runc), Podman 4 and 5 (crun). */
static const struct {
  const char *words;
  enum vprod__refusal refusal;
} refusals[] = {
  { "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/nope\": stat "
    "/nope: no such file or directory: unknown",
    VPROD__REFUSAL_NO_PROGRAM },
  { "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container "
    "process: exec: \"nope\": executable file not found in $PATH: unknown",
    VPROD__REFUSAL_NO_PROGRAM },
  { "crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke "
    "a command that was not found",
    VPROD__REFUSAL_NO_PROGRAM },
  { "OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/run\": "
    "permission denied: unknown",
    VPROD__REFUSAL_NOT_EXECUTABLE },
  { "exec: \"/etc\": is a directory: unknown", VPROD__REFUSAL_NOT_EXECUTABLE },
  { "unable to find user app: no matching entries in passwd file", VPROD__REFUSAL_NO_USER },
  { "linux spec user: unable to find group web: no matching entries in group file", VPROD__REFUSAL_NO_USER },
  { "No command specified", VPROD__REFUSAL_NO_COMMAND },
  { "no command or entrypoint provided, and no CMD or ENTRYPOINT from image", VPROD__REFUSAL_NO_COMMAND },
  { "crun: exec container process `/app`: Exec format error", VPROD__REFUSAL_FORMAT },
  { "OCI runtime create failed: container_linux.go:380: starting container process caused: process_linux.go:545: "
    "container init caused: chdir to cwd (\"/secret\") set in config.json failed: permission denied: unknown",
    VPROD__REFUSAL_WORKDIR },
  { "the moon is full", VPROD__REFUSAL_OTHER },
  { NULL, VPROD__REFUSAL_OTHER },
};

START_TEST (sorts_the_words_of_engines)
{
  ck_assert_int_eq (vprod__refusal_of_engine (refusals[_i].words), refusals[_i].refusal);
}
END_TEST

static const struct {
  const char *output;
  enum vprod__refusal refusal;
} outputs[] = {
  { "exec /app/run.sh: no such file or directory\n", VPROD__REFUSAL_NO_PROGRAM },
  { "exec /app/server: exec format error\n", VPROD__REFUSAL_FORMAT },
  { "standard_init_linux.go:228: exec user process caused: exec format error\n", VPROD__REFUSAL_FORMAT },
  { "starting\nexec /bin/app: permission denied", VPROD__REFUSAL_NOT_EXECUTABLE },
  { "FileNotFoundError: [Errno 2] No such file or directory: '/data'\n", VPROD__REFUSAL_NONE },
  { "cannot exec /app: no such file or directory\n", VPROD__REFUSAL_NONE },
  { "exec /app now\n", VPROD__REFUSAL_NONE },
  { "", VPROD__REFUSAL_NONE },
  { NULL, VPROD__REFUSAL_NONE },
};

START_TEST (finds_the_runtimes_words_in_the_output)
{
  ck_assert_int_eq (vprod__refusal_of_output (outputs[_i].output), outputs[_i].refusal);
}
END_TEST

START_TEST (every_refusal_has_words_and_a_remedy)
{
  ck_assert_uint_gt (strlen (vprod__refusal_words ((enum vprod__refusal) _i)), 10);
  ck_assert_uint_gt (strlen (vprod__refusal_remedy ((enum vprod__refusal) _i)), 20);
}
END_TEST

static const struct {
  const char *line;
  enum vprod__shell shell;
} lines[] = {
  { "/bin/sh -c uvicorn app.main:app", VPROD__SHELL_FORM },
  { "sh -ec exec app", VPROD__SHELL_FORM },
  { "/bin/bash -o pipefail -c app", VPROD__SHELL_FORM },
  { "/bin/bash -euo pipefail /entrypoint.sh", VPROD__SHELL_SCRIPT },
  { "/bin/bash -o", VPROD__SHELL_SCRIPT },
  { "/bin/sh /entrypoint.sh", VPROD__SHELL_SCRIPT },
  { "/bin/bash -e /entrypoint.sh -c conf", VPROD__SHELL_SCRIPT },
  { "/bin/sh", VPROD__SHELL_SCRIPT },
  { "-bash", VPROD__SHELL_SCRIPT },
  { "/bin/busybox sh -c app", VPROD__SHELL_FORM },
  { "/bin/busybox httpd -c conf", VPROD__SHELL_NONE },
  { "/usr/local/bin/python -c import app", VPROD__SHELL_NONE },
  { "/usr/bin/fish-server", VPROD__SHELL_NONE },
  { "/opt/sh/app -c x", VPROD__SHELL_NONE },
  { "", VPROD__SHELL_NONE },
  { NULL, VPROD__SHELL_NONE },
};

START_TEST (knows_a_shell_by_its_command_line)
{
  ck_assert_int_eq (vprod__shell_of_line (lines[_i].line), lines[_i].shell);
}
END_TEST

START_TEST (a_command_line_of_any_length_is_read)
{
  char *line = malloc (70000);

  memset (line, 'x', 70000);
  memcpy (line, "sh -c ", 6);
  line[69999] = '\0';
  ck_assert_int_eq (vprod__shell_of_line (line), VPROD__SHELL_FORM);
  memset (line, ' ', 69999);
  ck_assert_int_eq (vprod__shell_of_line (line), VPROD__SHELL_NONE);
  ck_assert (!vprod__command_is (line, VPROD__PROGRAM_INIT));
  free (line);
}
END_TEST

START_TEST (knows_an_init_by_its_command_line)
{
  ck_assert (vprod__command_is ("/usr/bin/tini -- app", VPROD__PROGRAM_INIT));
  ck_assert (vprod__command_is ("/sbin/docker-init -- app", VPROD__PROGRAM_INIT));
  ck_assert (vprod__command_is ("dumb-init app", VPROD__PROGRAM_INIT));
  ck_assert (vprod__command_is ("/usr/bin/python3 /usr/bin/supervisord -n", VPROD__PROGRAM_INIT));
  ck_assert (vprod__command_is ("/usr/local/bin/python3.12 /usr/local/bin/supervisord -n", VPROD__PROGRAM_INIT));
  ck_assert (vprod__command_is ("s6-supervise app", VPROD__PROGRAM_INIT));
  ck_assert (!vprod__command_is ("app tini", VPROD__PROGRAM_INIT));
  ck_assert (!vprod__command_is ("python3 app.py supervisord", VPROD__PROGRAM_INIT));
  ck_assert (!vprod__command_is ("python3", VPROD__PROGRAM_INIT));
  ck_assert (!vprod__command_is ("", VPROD__PROGRAM_INIT));
  ck_assert (!vprod__command_is (NULL, VPROD__PROGRAM_INIT));
}
END_TEST

START_TEST (knows_what_only_keeps_a_container)
{
  ck_assert (vprod__command_is ("tail -f /dev/null", VPROD__PROGRAM_KEEPER));
  ck_assert (vprod__command_is ("/bin/sleep infinity", VPROD__PROGRAM_KEEPER));
  ck_assert (!vprod__command_is ("/app tail", VPROD__PROGRAM_KEEPER));
  ck_assert (!vprod__command_is (NULL, VPROD__PROGRAM_KEEPER));
}
END_TEST

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

int main (void)
{
  Suite *suite = suite_create ("exit");
  TCase *tcase = tcase_create ("exit");

  tcase_add_loop_test (tcase, says_what_an_exit_code_means, 0, COUNT (ends));
  tcase_add_loop_test (tcase, every_exit_code_has_a_remedy_and_fits, 0, 256);
  tcase_add_loop_test (tcase, knows_signals_by_name_and_number, 0, COUNT (signals));
  tcase_add_test (tcase, says_signals_by_their_name);
  tcase_add_test (tcase, default_action_is_told_from_other_exit_codes);
  tcase_add_loop_test (tcase, sorts_the_words_of_engines, 0, COUNT (refusals));
  tcase_add_loop_test (tcase, finds_the_runtimes_words_in_the_output, 0, COUNT (outputs));
  tcase_add_loop_test (tcase, every_refusal_has_words_and_a_remedy, VPROD__REFUSAL_NONE, VPROD__REFUSAL_OTHER + 1);
  tcase_add_loop_test (tcase, knows_a_shell_by_its_command_line, 0, COUNT (lines));
  tcase_add_test (tcase, a_command_line_of_any_length_is_read);
  tcase_add_test (tcase, knows_an_init_by_its_command_line);
  tcase_add_test (tcase, knows_what_only_keeps_a_container);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
