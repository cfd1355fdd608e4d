/* SPDX-License-Identifier: MIT */
/*
 * A link is an easy handle of libcurl in a multi handle of its own, which keeps the connection between requests. A
 * thread takes a link out of the pool, so no two threads meet in libcurl.
 */
#ifndef VPROD_RUNNER_DOCKER_HTTP_POOL_H
#define VPROD_RUNNER_DOCKER_HTTP_POOL_H

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>

#define VPROD__HTTP_IDLE_MAX 16

struct vprod__http_link {
  CURLM *multi;
  CURL *easy;
  char error[CURL_ERROR_SIZE];
};

struct vprod__http_pool {
  pthread_mutex_t lock;
  struct vprod__http_link *idle[VPROD__HTTP_IDLE_MAX];
  size_t count;
};

void vprod__http_pool_init (struct vprod__http_pool *pool);

/* The link used last, or a new one; NULL out of memory. */
struct vprod__http_link *vprod__http_pool_take (struct vprod__http_pool *pool);
void vprod__http_pool_give (struct vprod__http_pool *pool, struct vprod__http_link *link);
void vprod__http_pool_end (struct vprod__http_pool *pool);

/* Around calls into libcurl, which starts threads to look up names and whose OpenSSL may raise SIGPIPE: neither
   is the program's business. */
struct vprod__quiet {
  sigset_t before;
  int pipe_pending;
};

struct vprod__quiet vprod__quiet_begin (void);
void vprod__quiet_end (const struct vprod__quiet *quiet);

#endif
