/* SPDX-License-Identifier: MIT */
#include "util/thread.h"

#include <signal.h>
#include <time.h>
#include "util/cleanup.h"

int vprod__thread_start (pthread_t *thread, void *(*run) (void *data), void *data)
{
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  int r = pthread_create (thread, NULL, run, data);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  return r;
}

void vprod__cond_init (pthread_cond_t *cond)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (cond, &attributes);
  pthread_condattr_destroy (&attributes);
}

struct parallel {
  pthread_mutex_t lock;
  size_t next;
  size_t count;
  void (*work) (void *data, size_t index);
  void *data;
};

static void *work_off (void *data)
{
  struct parallel *p = data;

  for (;;) {
    pthread_mutex_lock (&p->lock);
    size_t index = p->next < p->count ? p->next++ : p->count;
    pthread_mutex_unlock (&p->lock);
    if (index == p->count)
      return NULL;
    p->work (p->data, index);
  }
}

void vprod__parallel (size_t count, size_t at_once, void (*work) (void *data, size_t index), void *data)
{
  struct parallel p = { PTHREAD_MUTEX_INITIALIZER, 0, count, work, data };
  size_t n = at_once == 0 || at_once > count ? count : at_once, started = 0;
  _cleanup_free_ pthread_t *threads = calloc (n + 1, sizeof *threads);

  while (threads && started < n && vprod__thread_start (&threads[started], work_off, &p) == 0)
    started++;
  if (started == 0) /* no memory for a thread: then one after the other */
    work_off (&p);
  for (size_t i = 0; i < started; i++)
    pthread_join (threads[i], NULL);
  pthread_mutex_destroy (&p.lock);
}
