/* SPDX-License-Identifier: MIT */
/* What `health` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_HEALTH_FACTS_H
#define VPROD_CHECKS_HEALTH_FACTS_H

#include "session/session.h"

struct vprod__health_facts {
  const struct vprod__health *health;
  const struct vprod__health *later; /* good: what was answered after that (vprod__watch_health); else NULL */
  int port; /* in the container */
  const char *port_key; /* the option of the spec that names it: "run.port" */
  int https;
  const int *statuses;  /* the wanted ones, ended by 0 */
  const char *service;  /* of gRPC; "" or NULL: the whole server */
  const char *wanted_body; /* contained in it; NULL: any */
  int consecutive;
  int64_t timeout_ms;
  char *const *listens; /* where the app listens, as vprod__proc_listens gives it; NULL: not known */
  const char *loop;     /* what is restarted again and again inside the container, which `start` reports; or NULL */
  const char *log;      /* the last bytes of its output; "" if none */
  size_t log_length;
};

/* 0 with a verdict set; negative where it cannot be told. */
int vprod__health_judge (const struct vprod__health_facts *facts, vprod_result *result, vprod_error **err);

/* ---- parts of it --------------------------------------------------------------------------------------- */

#define VPROD__TRIES_SIZE 160

/* "31 attempts in 6.2 s; the answer stays the same, and nothing goes on in the app any more" */
const char *vprod__health_tries (const struct vprod__health_facts *facts, char *text, size_t size);

/* How it is asked, as the subject of a sentence: "the health URL". */
const char *vprod__health_subject (const struct vprod__health *health);

/* "200", "200 or 204". */
#define VPROD__STATUSES_SIZE 64
const char *vprod__health_wanted (const struct vprod__health_facts *facts, char text[static VPROD__STATUSES_SIZE]);

/* The last wrong answer was one in HTTP, in gRPC; a command's end. 0 with a verdict set; -1: it was right. */
int vprod__health_judge_answer (const struct vprod__health_facts *facts, vprod_result *result);
int vprod__health_judge_grpc (const struct vprod__health_facts *facts, vprod_result *result);
int vprod__health_judge_command (const struct vprod__health_facts *facts, vprod_result *result);

/* A connection, and nothing more, was asked for, and was closed at once. */
int vprod__health_judge_closed (const struct vprod__health_facts *facts, vprod_result *result);

/* The last answer of gRPC in words: "NOT_SERVING". */
void vprod__health_grpc_words (const struct vprod__health *health, char *text, size_t size);

/* The port speaks something else. */
int vprod__health_judge_protocol (const struct vprod__health_facts *facts, vprod_result *result);

/* Of the other requests, the first with a right answer, else the first that confirms; NULL: none. */
const struct vprod__also *vprod__health_also (const struct vprod__health *health, enum vprod__also_kind kind);

/* What was answered to it, as evidence. 0, or -1 out of memory. */
int vprod__health_also_evidence (const struct vprod__health *health, vprod_result *result);

#endif
