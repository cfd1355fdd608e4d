/* SPDX-License-Identifier: MIT */
/* What `image-size` judges by. Strings are lent. */
#ifndef VPROD_CHECKS_IMAGE_SIZE_FACTS_H
#define VPROD_CHECKS_IMAGE_SIZE_FACTS_H

#include "image/waste.h"
#include "result/result.h"

struct vprod__image_size_layer {
  int64_t bytes;
  const char *created_by; /* its entry in the history, or NULL */
  int line;               /* of the Dockerfile; 0: not known */
};

struct vprod__image_size_facts {
  int64_t max;           /* 0: not named */
  int64_t most_wasted;   /* -1: not named */
  int64_t told;          /* size in the engine's words; 0: it says none */
  int64_t history_bytes; /* sum of the history's sizes; 0: it says none */
  size_t n_history;      /* its entries */
  const struct vprod__image_size_layer *layers; /* base first */
  size_t n_layers;
  size_t n_base;         /* of these, those of the base image */
  const struct vprod__waste *waste; /* NULL: the files were not read; else it has as many layers */
};

int vprod__image_size_judge (const struct vprod__image_size_facts *facts, vprod_result *result, vprod_error **err);

#endif
