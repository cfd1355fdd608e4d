/* SPDX-License-Identifier: MIT */
/* What programs are, by their names: data/programs. */
#ifndef VPROD_KNOWN_PROGRAMS_H
#define VPROD_KNOWN_PROGRAMS_H

/* data/programs says what each of them means. */
enum vprod__program_kind {
  VPROD__PROGRAM_SHELL = 1 << 0,
  VPROD__PROGRAM_INTERPRETER = 1 << 1,
  VPROD__PROGRAM_JVM = 1 << 2,
  VPROD__PROGRAM_INIT = 1 << 3,
  VPROD__PROGRAM_RESTARTER = 1 << 4,
  VPROD__PROGRAM_SCRIPT_RUNNER = 1 << 5,
  VPROD__PROGRAM_WAITER = 1 << 6,
  VPROD__PROGRAM_KEEPER = 1 << 7,
  VPROD__PROGRAM_ANSWERER = 1 << 8,
  VPROD__PROGRAM_ASKER = 1 << 9,
  VPROD__PROGRAM_SILENT = 1 << 10,
  VPROD__PROGRAM_PREFIX = 1 << 11,
  VPROD__PROGRAM_CONFIGURES = 1 << 12,
  VPROD__PROGRAM_INSTALLER = 1 << 13,
  VPROD__PROGRAM_PASSWORD = 1 << 14,
  VPROD__PROGRAM_PASSWORD_JOINED = 1 << 15,
  VPROD__PROGRAM_USER = 1 << 16,
  VPROD__PROGRAM_REGISTRY = 1 << 17,
  VPROD__PROGRAM_STATUS_BLIND = 1 << 18
};

struct vprod__program {
  const char *name;
  int kinds;
  const char *options; /* of a prefix, or of one that is blind to the status; NULL: none */
  int operands;
  const char *code; /* NULL: none */
};

/* The program that a word names, with folders before it or a version behind it ("/usr/bin/python3.12"); NULL: unknown. */
const struct vprod__program *vprod__known_program (const char *word);

/* Is it of one of these kinds? */
int vprod__program_is (const char *word, int kinds);

/* Is the program of this command line (NULL: not known), or the script that its interpreter runs, of one of these kinds? */
int vprod__command_is (const char *command_line, int kinds);

/* Is this command line (NULL: not known) that of a shell that was given its program with -c (the shell form), or of one that
   runs a script? */
enum vprod__shell { VPROD__SHELL_NONE = 0, VPROD__SHELL_FORM, VPROD__SHELL_SCRIPT };
enum vprod__shell vprod__shell_of_words (const char *const *words);
enum vprod__shell vprod__shell_of_line (const char *command_line);

#endif
