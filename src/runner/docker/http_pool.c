/* SPDX-License-Identifier: MIT */
#include "runner/docker/http_pool.h"
#include "util/cleanup.h"

#include <time.h>

struct vprod__quiet vprod__quiet_begin (void)
{
  struct vprod__quiet quiet;
  sigset_t all, pending;

  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &quiet.before);
  sigemptyset (&pending);
  sigpending (&pending);
  quiet.pipe_pending = sigismember (&pending, SIGPIPE);
  return quiet;
}

void vprod__quiet_end (const struct vprod__quiet *quiet)
{
  static const struct timespec at_once;
  sigset_t broken_pipe;

  sigemptyset (&broken_pipe);
  sigaddset (&broken_pipe, SIGPIPE);
  if (!quiet->pipe_pending)
    sigtimedwait (&broken_pipe, NULL, &at_once);
  pthread_sigmask (SIG_SETMASK, &quiet->before, NULL);
}

static void link_free (struct vprod__http_link *link)
{
  if (!link)
    return;
  struct vprod__quiet quiet = vprod__quiet_begin ();
  curl_easy_cleanup (link->easy);
  curl_multi_cleanup (link->multi);
  vprod__quiet_end (&quiet);
  free (link);
}

static struct vprod__http_link *link_new (void)
{
  struct vprod__http_link *link = calloc (1, sizeof *link);

  if (!link)
    return NULL;
  link->easy = curl_easy_init ();
  link->multi = curl_multi_init ();
  if (!link->easy || !link->multi) {
    link_free (link);
    return NULL;
  }
  curl_multi_setopt (link->multi, CURLMOPT_MAXCONNECTS, 1L);
  return link;
}

void vprod__http_pool_init (struct vprod__http_pool *pool)
{
  *pool = (struct vprod__http_pool) { .count = 0 };
  pthread_mutex_init (&pool->lock, NULL);
}

struct vprod__http_link *vprod__http_pool_take (struct vprod__http_pool *pool)
{
  struct vprod__http_link *link = NULL;

  pthread_mutex_lock (&pool->lock);
  if (pool->count > 0)
    link = pool->idle[--pool->count];
  pthread_mutex_unlock (&pool->lock);
  return link ? link : link_new ();
}

void vprod__http_pool_give (struct vprod__http_pool *pool, struct vprod__http_link *link)
{
  pthread_mutex_lock (&pool->lock);
  if (pool->count < VPROD__HTTP_IDLE_MAX)
    pool->idle[pool->count++] = vprod__steal (&link);
  pthread_mutex_unlock (&pool->lock);
  link_free (link);
}

void vprod__http_pool_end (struct vprod__http_pool *pool)
{
  while (pool->count > 0)
    link_free (pool->idle[--pool->count]);
  pthread_mutex_destroy (&pool->lock);
}
