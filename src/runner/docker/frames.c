/* SPDX-License-Identifier: MIT */
#include "runner/docker/frames.h"

#include <string.h>

#define SYSTEM_ERROR 3 /* of Docker's stdcopy: the engine's own words, after which nothing comes */

static int give (struct vprod__frames *frames, int stream, const char *bytes, size_t length)
{
  if (stream == SYSTEM_ERROR) {
    size_t room = sizeof frames->fault - 1 - frames->fault_length, n = length < room ? length : room;
    memcpy (frames->fault + frames->fault_length, bytes, n);
    frames->fault_length += n;
    return 0;
  }
  /* stream 0 is standard input, which engines echo nowhere: taken as output, as docker's own client does */
  return frames->on_output (frames->data, stream == 2 ? VPROD_STREAM_STDERR : VPROD_STREAM_STDOUT, bytes, length);
}

static uint32_t big_endian (const unsigned char *p)
{
  return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}

int vprod__frames_feed (void *data, const void *bytes, size_t length)
{
  struct vprod__frames *frames = data;
  const char *p = bytes;

  if (frames->raw && length > 0 && frames->end == VPROD__FRAMES_GOING && give (frames, 1, p, length) != 0)
    frames->end = VPROD__FRAMES_STOPPED;
  while (!frames->raw && length > 0 && frames->end == VPROD__FRAMES_GOING) {
    if (frames->left == 0) {
      size_t need = sizeof frames->header - frames->header_length, n = length < need ? length : need;
      memcpy (frames->header + frames->header_length, p, n);
      frames->header_length += n;
      p += n;
      length -= n;
      if (frames->header_length < sizeof frames->header)
        break;
      const unsigned char *h = frames->header;
      if (h[0] > SYSTEM_ERROR || h[1] || h[2] || h[3]) {
        frames->end = VPROD__FRAMES_BROKEN;
        break;
      }
      frames->left = big_endian (h + 4);
      frames->header_length = 0;
      continue;
    }
    size_t n = length < frames->left ? length : frames->left;
    if (give (frames, frames->header[0], p, n) != 0)
      frames->end = VPROD__FRAMES_STOPPED;
    frames->left -= (uint32_t) n;
    p += n;
    length -= n;
    if (frames->left == 0 && frames->header[0] == SYSTEM_ERROR && frames->end == VPROD__FRAMES_GOING)
      frames->end = VPROD__FRAMES_SAID;
  }
  return frames->end != VPROD__FRAMES_GOING;
}

int vprod__frames_whole (const struct vprod__frames *frames)
{
  return frames->raw || (frames->left == 0 && frames->header_length == 0);
}
