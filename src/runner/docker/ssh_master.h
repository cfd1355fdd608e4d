/* SPDX-License-Identifier: MIT */
/*
 * One ssh connection that everything else goes through: a master (ssh_config(5), ControlMaster) on a control socket in
 * a private folder. ssh goes to the background once it is logged in, so that it is no child of ours; it stays for as
 * long as somebody is connected to its control socket, which is what `hold` is: it closes with this process, however
 * that ends, and the master follows seconds later.
 */
#ifndef VPROD_RUNNER_DOCKER_SSH_MASTER_H
#define VPROD_RUNNER_DOCKER_SSH_MASTER_H

#include <verify-prod/runner.h>
#include "runner/docker/endpoint.h"

struct vprod__ssh_master {
  char *program;
  char *control; /* path of the control socket */
  int hold;      /* -1: there is no master */
};

/* The beginning of a command line: `ssh`, options (NULL-ended, may be NULL), user and port, "--", host. 0, or -1 out of
   memory. */
int vprod__ssh_command (const struct vprod__endpoint *endpoint, const char *const *options, char ***argv);

/* Finds the program; the control socket will be in dir. Nothing is connected yet. */
int vprod__ssh_master_init (struct vprod__ssh_master *master, const char *dir, vprod_error **err);

/* Logs in, and tries again for a while where the server is there but turns connections away (MaxStartups of
   sshd_config(5)). 0: it is up. 1: ssh cannot make a master here: *ret_words, malloc'ed, is what it said. Errors:
   TIMEOUT, CANCELLED, NO_MEMORY, IO; UNREACHABLE where a connection is refused or closed again and again. */
int vprod__ssh_master_start (struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                             const vprod_call *call, char **ret_words, vprod_error **err);

/* Is it there still? Cheap. */
int vprod__ssh_master_is_up (const struct vprod__ssh_master *master);

/* Runs a program there; *ret_output is the beginning of its standard output, malloc'ed, NULL where it failed. */
int vprod__ssh_master_run (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                           const vprod_call *call, const char *const *command, char **ret_output, vprod_error **err);

/* Begins or ends the forwarding of a local port or socket, "LOCAL:REMOTE" as of ssh -L. 0: done. 1: refused. */
int vprod__ssh_master_forward (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                               const vprod_call *call, const char *what, vprod_error **err);
void vprod__ssh_master_cancel (const struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint,
                               const char *what);

/* Ends it, and all that goes through it. */
void vprod__ssh_master_end (struct vprod__ssh_master *master, const struct vprod__endpoint *endpoint);

/* What init made. */
void vprod__ssh_master_clear (struct vprod__ssh_master *master);

#endif
