/* SPDX-License-Identifier: MIT */
#include "known/grpc_answers.h"

#include <stddef.h>

static const struct vprod__grpc_known answers[] = {
#include "data/grpc-answers.h"
};

const struct vprod__grpc_known *vprod__grpc_known (enum vprod__grpc_of of, int number)
{
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
    if (answers[i].of == of && answers[i].number == number)
      return &answers[i];
  return NULL;
}
