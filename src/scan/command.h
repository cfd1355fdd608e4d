/* SPDX-License-Identifier: MIT */
/* Secrets that commands and instructions give to names, options and programs. Shared by the files of this folder alone. */
#ifndef VPROD_SCAN_COMMAND_H
#define VPROD_SCAN_COMMAND_H

#include "dockerfile/shell_words.h"
#include "scan/secret.h"

/* Who is told. */
struct vprod__secret_search {
  vprod__secret_fn on_secret;
  void *data;
};

/* Reports a value that is given to this name. All functions of this header: 0, or what on_secret returned, or -1 out of memory. */
int vprod__secret_tell (const struct vprod__secret_search *search, const char *name, size_t name_length, const char *value,
                        size_t length);

/* The same if the name is a secret's, and the value is literal. */
int vprod__secret_given (const struct vprod__secret_search *search, const char *name, size_t name_length, const char *value,
                         size_t length);

/* ---- commands and instructions: command.c, history.c ---------------------------------------------------------------- */

int vprod__secrets_given_in_command (const struct vprod__secret_search *search, const char *text);
int vprod__secrets_given_in_argv (const struct vprod__secret_search *search, char *const *argv);
int vprod__secrets_given_in_instruction (const struct vprod__secret_search *search, const char *text);

/* ---- programs that are known: programs.c ---------------------------------------------------------------------------- */

/* A simple command. */
struct vprod__secret_command {
  const struct vprod__shell_words *words;
  size_t start;
  size_t program; /* `end` where there is none */
  size_t end;
  const struct vprod__secret_search *search;
};

/* The program's name without its folder; "" where there is none. */
const char *vprod__secret_program (const struct vprod__secret_command *command);

/* npm config set NAME VALUE, npm set NAME=VALUE, aws configure set NAME VALUE */
int vprod__secret_sets (const struct vprod__secret_command *command);

/* Secrets that known programs take as argument number i, or as the arguments after it. */
int vprod__secret_in_argument (const struct vprod__secret_command *command, size_t i);

/* Secrets that this command reads from the one before it, whose first word is number `before`: echo USER:PASSWORD | chpasswd,
   echo PASSWORD | passwd --stdin. */
int vprod__secret_before (const struct vprod__secret_command *command, size_t before);

#endif
