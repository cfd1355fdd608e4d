/* SPDX-License-Identifier: MIT */
/* A cancel token: once set it stays set, and its fd stays readable, for any number of waiters. */
#ifndef VPROD_UTIL_CANCEL_H
#define VPROD_UTIL_CANCEL_H

#include <signal.h>
#include <verify-prod/runner.h>
#include "util/error.h"

struct vprod__cancel {
  int read_fd;
  int write_fd;
  volatile sig_atomic_t set;
};

int vprod__cancel_init (struct vprod__cancel *cancel, vprod_error **err);

/* Async-signal-safe. */
void vprod__cancel_set (struct vprod__cancel *cancel);
void vprod__cancel_end (struct vprod__cancel *cancel);

/* Sleeps, at most to the call's deadline. 0: slept the whole time; else minus TIMEOUT or CANCELLED, *err set.
   `what` begins the message. */
int vprod__call_sleep (const vprod_call *call, int64_t ms, const char *what, vprod_error **err);

/* 0, or minus TIMEOUT or CANCELLED when the call is over. */
int vprod__call_check (const vprod_call *call, const char *what, vprod_error **err);

#endif
