/* SPDX-License-Identifier: MIT */
/* Whose fault it is that a container could not be made, started, or made to run a program. */
#ifndef VPROD_KNOWN_FAULT_H
#define VPROD_KNOWN_FAULT_H

/* 1: the engine works, and the image (or the command asked of it) cannot do it. In doubt 0: the engine's.
   message: the engine's words. */
int vprod__fault_is_images (const char *message);

/* 1: no network can be made now, for all of the engine's ranges of addresses are taken; another one's end frees one. */
int vprod__fault_is_no_subnet (const char *message);

/* What a person needs of such a message: without the names of the engine's parts that it came through.
   malloc'ed; NULL out of memory. */
char *vprod__fault_words (const char *message);

#endif
