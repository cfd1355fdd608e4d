/* SPDX-License-Identifier: MIT */
/* Paths inside of a build context or an image, and patterns of them: "*", "?" and "[…]" within one component, "**"
   for any number of components. "./", "/" at the beginning and "/" at the end mean nothing. */
#ifndef VPROD_UTIL_PATH_H
#define VPROD_UTIL_PATH_H

/* Is the path what the pattern names, or does it lie under it? A pattern without components names everything. */
int vprod__path_is_under (const char *path, const char *pattern);

/* Is the path exactly what the pattern names? */
int vprod__path_matches (const char *path, const char *pattern);

/* Is there anything in folder that the pattern names? Links are not followed. */
int vprod__path_exists_under (const char *folder, const char *pattern);

/* Has it characters of a pattern? */
int vprod__path_is_pattern (const char *path);

/* Without "./" and "/" at its beginning; lent. */
const char *vprod__path_relative (const char *path);

#endif
