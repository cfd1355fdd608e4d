/* SPDX-License-Identifier: MIT */
/* One of the requests of a load (load.h) that are under way: what libcurl says of it, and what the kernel says of its
   connection. */
#ifndef VPROD_PROBE_LOAD_SLOT_H
#define VPROD_PROBE_LOAD_SLOT_H

#include <curl/curl.h>
#include "probe/load.h"
#include "util/buf.h"

/* What all answers before the signal had in common. */
struct vprod__load_learned {
  size_t least_body; /* the shortest body; SIZE_MAX: there was none */
};

struct vprod__load_slot {
  const struct vprod__load_request *request;
  struct vprod__load_learned *learned;
  CURL *easy;
  struct curl_slist *headers[2]; /* of one that keeps its connection, and of one that has it alone */
  int busy;
  int alone;
  int answers; /* since the phase began */

  int64_t sent_ms;
  size_t head_bytes; /* of the request */
  size_t answer_head_bytes;
  int framed;        /* 1: the answer says where its body ends */
  struct vprod__buf body; /* its first 64 KiB */
  size_t body_bytes;
  int no_memory;
  int fd;            /* of the connection that it made for itself; -1: none */
  int looked;        /* 1: the kernel was asked: */
  int closed_in_order; /* the server's FIN came, and nothing after it */
  uint64_t acked;    /* bytes that the server's kernel has confirmed */
  char words[CURL_ERROR_SIZE];
};

CURLM *vprod__load_multi_new (void);

/* 0, or -1 out of memory. */
int vprod__load_slot_init (struct vprod__load_slot *slot, const struct vprod__load_request *request,
                           struct vprod__load_learned *learned);

/* Begins a request, which may take so long. alone: on a connection of its own. 0, or -1 out of memory. */
int vprod__load_slot_ask (struct vprod__load_slot *slot, CURLM *multi, int alone, int64_t limit_ms);

/* It has ended with that code. 0, or -1 out of memory. */
int vprod__load_slot_end (struct vprod__load_slot *slot, CURLM *multi, CURLcode code, struct vprod__load_shot *ret);

/* It is not waited for any more. */
void vprod__load_slot_leave (struct vprod__load_slot *slot, CURLM *multi, struct vprod__load_shot *ret);

void vprod__load_slot_clear (struct vprod__load_slot *slot, CURLM *multi);

#endif
