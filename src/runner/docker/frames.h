/* SPDX-License-Identifier: MIT */
/*
 * The frames in which an engine sends a container's output: [stream, 0, 0, 0, length (4 bytes, big endian)], then
 * so many bytes. Whatever the cuts in what is fed, all bytes of a frame are given on, in as many pieces as they
 * come.
 */
#ifndef VPROD_RUNNER_DOCKER_FRAMES_H
#define VPROD_RUNNER_DOCKER_FRAMES_H

#include <stdint.h>
#include <verify-prod/runner.h>

enum vprod__frames_end {
  VPROD__FRAMES_GOING = 0,
  VPROD__FRAMES_STOPPED, /* on_output wanted no more */
  VPROD__FRAMES_BROKEN,  /* what came is no frame */
  VPROD__FRAMES_SAID     /* the engine reported a fault in a frame of its own (stream 3); it is in `fault` */
};

struct vprod__frames {
  vprod_output_fn on_output;
  void *data;
  int raw;                    /* 1: a terminal's output: no frames, all of it is standard output */
  enum vprod__frames_end end; /* not GOING: nothing is taken any more */
  unsigned char header[8];
  size_t header_length;
  uint32_t left;              /* of the frame under way */
  char fault[256];
  size_t fault_length;
};

/* A vprod_bytes_fn; data is the struct vprod__frames. */
int vprod__frames_feed (void *data, const void *bytes, size_t length);

/* 1: the output ends between frames, not within one. */
int vprod__frames_whole (const struct vprod__frames *frames);

#endif
