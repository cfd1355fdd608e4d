/* SPDX-License-Identifier: MIT */
/* A simple command, as no_secrets_text.c and no_secrets_programs.c look at it. */
#ifndef VPROD_CHECKS_NO_SECRETS_COMMAND_H
#define VPROD_CHECKS_NO_SECRETS_COMMAND_H

#include "checks/no_secrets/facts.h"
#include "dockerfile/shell_words.h"

struct vprod__secret_command {
  const struct vprod__shell_words *words;
  size_t start;
  size_t program; /* `end` where there is none */
  size_t end;
  vprod__secret_fn on_hit;
  void *data;
};

/* The program's name without its folder; "" where there is none. */
const char *vprod__secret_program (const struct vprod__secret_command *command);

/* npm config set NAME VALUE, npm set NAME=VALUE, aws configure set NAME VALUE */
int vprod__secret_sets (const struct vprod__secret_command *command);

/* Tells of what the programs that are known take as word number i, or as the words behind it. 0, or what on_hit gave. */
int vprod__secret_in_argument (const struct vprod__secret_command *command, size_t i);

/* The same of what the command before, whose first word is number `before`, writes for it: echo USER:PASSWORD | chpasswd,
   echo PASSWORD | passwd --stdin. */
int vprod__secret_before (const struct vprod__secret_command *command, size_t before);

#endif
