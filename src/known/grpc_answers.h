/* SPDX-License-Identifier: MIT */
/* What gRPC's health service answers: data/grpc-answers. */
#ifndef VPROD_KNOWN_GRPC_ANSWERS_H
#define VPROD_KNOWN_GRPC_ANSWERS_H

enum vprod__grpc_of { VPROD__GRPC_OF_STATUS = 1, VPROD__GRPC_OF_SERVING };

struct vprod__grpc_known {
  enum vprod__grpc_of of;
  int number;
  const char *name;   /* "NOT_FOUND" */
  const char *remedy; /* or NULL */
};

/* NULL: a number that is not known. */
const struct vprod__grpc_known *vprod__grpc_known (enum vprod__grpc_of of, int number);

#endif
