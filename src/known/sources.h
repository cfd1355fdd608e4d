/* SPDX-License-Identifier: MIT */
/* The sources of the app itself in a folder: without tests, build scripts, and folders of others (data/names). Links are not
   followed. */
#ifndef VPROD_KNOWN_SOURCES_H
#define VPROD_KNOWN_SOURCES_H

/* Does the list, of vprod__ignore_load, leave the path out? Its last matching line decides. NULL leaves out nothing. */
int vprod__is_ignored (char *const *ignored, const char *path);

/* Adds the paths of sources below folder/path ("": all of it), or path itself, relative to the folder: a folder's files before
   its folders, in the order of the alphabet, each once, at most 2,000. Of 20,000 entries no more are looked at. 0, or -1 out
   of memory. */
int vprod__sources_list (const char *folder, const char *path, char *const *ignored, char ***list);

#endif
