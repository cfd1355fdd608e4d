/* SPDX-License-Identifier: MIT */
/* Paths inside of a build context or an image, and patterns of them: "*", "?" and "[…]" within one component, "**"
   for any number of components. "./", "/" at the beginning and "/" at the end mean nothing. */
#ifndef VPROD_UTIL_PATH_H
#define VPROD_UTIL_PATH_H

#include <sys/types.h>

/* Is the path what the pattern names, or does it lie under it? A pattern without components names everything. */
int vprod__path_is_under (const char *path, const char *pattern);

/* The same, of an image: a pattern that begins with "/" is from the top, any other from any folder: "*.pyc", "/var/log/". */
int vprod__path_is_under_anywhere (const char *path, const char *pattern);

/* Is the path exactly what the pattern names? */
int vprod__path_matches (const char *path, const char *pattern);

/* Is there anything in folder that the pattern names? Links are not followed. */
int vprod__path_exists_under (const char *folder, const char *pattern);

/* Does it contain characters of a pattern? */
int vprod__path_is_pattern (const char *path);

/* What stands after its last slash; lent. */
const char *vprod__path_name (const char *path);

/* Writes path without "./", "//" and "/" at its ends into clean, of that size. The length; 0: nothing is left; -1: it has
   ".." in it or is longer than any real path, and so names nothing. */
ssize_t vprod__path_clean (const char *path, size_t length, char *clean, size_t size);

/* Without "./" and "/" at its beginning; lent. */
const char *vprod__path_relative (const char *path);

#endif
