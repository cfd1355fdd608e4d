/* SPDX-License-Identifier: MIT */
/* A fuzz program without a fuzzer: replays the files of a folder and some changes of each, always the same
   ones. */
#ifndef VPROD_TESTS_FUZZ_REPLAY_H
#define VPROD_TESTS_FUZZ_REPLAY_H

#include <stddef.h>

int LLVMFuzzerTestOneInput (const unsigned char *data, size_t length);

/* folder is of the source tree, unless argv names another; only files whose name begins so. The program's exit
   code. */
int fuzz_replay (int argc, char **argv, const char *folder, const char *prefix, int changes);

#endif
