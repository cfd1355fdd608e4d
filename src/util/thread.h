/* SPDX-License-Identifier: MIT */
#ifndef VPROD_UTIL_THREAD_H
#define VPROD_UTIL_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Starts a thread in which all signals are blocked. 0, or an errno. */
int vprod__thread_start (pthread_t *thread, void *(*run) (void *data), void *data);

/* A condition variable whose waits end by CLOCK_MONOTONIC. */
void vprod__cond_init (pthread_cond_t *cond);

/* Calls work for each index, in order of index, at most at_once (0: all) at the same time; returns when all are done. */
void vprod__parallel (size_t count, size_t at_once, void (*work) (void *data, size_t index), void *data);

#endif
