/* SPDX-License-Identifier: MIT */
/* How far a pull is: what the engine has told of the layers so far. */
#ifndef VPROD_RUNNER_DOCKER_PULL_LAYERS_H
#define VPROD_RUNNER_DOCKER_PULL_LAYERS_H

#include <jansson.h>
#include <verify-prod/runner.h>

struct vprod__pull_layer {
  char *id;
  int64_t bytes, bytes_total;
  int done;
};

struct vprod__pull_layers {
  struct vprod__pull_layer *list;
  size_t count;
};

/* Reads one object of ImageCreate's stream. 1: it says something new; 0; or -1 out of memory. */
int vprod__pull_layers_read (struct vprod__pull_layers *layers, const json_t *json);

vprod_pull_progress vprod__pull_layers_progress (const struct vprod__pull_layers *layers);

void vprod__pull_layers_clear (struct vprod__pull_layers *layers);

#endif
