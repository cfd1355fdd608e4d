/* SPDX-License-Identifier: MIT */
/* Whose fault it is that a container could not be made, started, or made to run a program. */
#ifndef VPROD_KNOWN_FAULT_H
#define VPROD_KNOWN_FAULT_H

/* 1: the engine works, and the image (or the command that it is to run) is at fault. 0: the engine is, or it is in doubt.
   message: the engine's. */
int vprod__fault_is_images (const char *message);

/* 1: no network can be made now: all of the engine's address ranges are in use, until another network is removed. */
int vprod__fault_is_no_subnet (const char *message);

/* The message without the names of the engine's components that passed it on. malloc'ed; NULL out of memory. */
char *vprod__fault_words (const char *message);

#endif
