/* SPDX-License-Identifier: MIT */
/*
 * Which answers to a call of the Engine API are a success: the statuses and the kind of body that the API names for it,
 * and no other. A proxy or a login page between answers 200 to anything.
 */
#ifndef VPROD_RUNNER_DOCKER_ANSWERS_H
#define VPROD_RUNNER_DOCKER_ANSWERS_H

#include <stddef.h>

enum vprod__body {
  VPROD__BODY_NONE,   /* whatever comes has no meaning */
  VPROD__BODY_OBJECT, /* of JSON */
  VPROD__BODY_ARRAY,
  VPROD__BODY_STREAM  /* text, frames, lines, an archive: read as it comes */
};

struct vprod__answers {
  const char *operation; /* the Engine API's name */
  const char *method;
  const char *path;      /* after the version; {} is a name, which may have slashes */
  short statuses[2];     /* the second may be 0 */
  enum vprod__body body;
  int may_be_empty;      /* a list of nothing is null, or the body is not there at all */
  const char *member;    /* without which an object is no answer; or NULL */
};

/* The row of a request; path as it is sent, with version and query. NULL: it is not in the table. */
const struct vprod__answers *vprod__answers_find (const char *method, const char *path);

/* The rows, for tests. */
const struct vprod__answers *vprod__answers_at (size_t index);

/* 1: this status and Content-Type ("" where there is none) begin a success. answers NULL: of a call that is not in the
   table. */
int vprod__answers_accept (const struct vprod__answers *answers, int status, const char *content_type);

/* 1: a page for people. */
int vprod__content_is_html (const char *content_type);

#endif
