/* SPDX-License-Identifier: MIT */
/* Reads a tree by the table of keys: a whole file, or the one entry that vprod_spec_set names. */
#ifndef VPROD_SPEC_READ_H
#define VPROD_SPEC_READ_H

#include "spec/value.h"

/* Reads a whole file's tree into a spec of defaults. */
int vprod__spec_read (struct vprod__spec_reader *reader);

/* Reads the tree by another table, whose first key this is, into a structure of defaults. */
int vprod__spec_read_all (struct vprod__spec_reader *reader, const struct vprod__spec_key *all, void *base);

/* Sets the entry at `path` ("checks.health.path") to the tree's value. A section is reset to its defaults first.
   The spec may be half changed on failure. */
int vprod__spec_read_entry (struct vprod__spec_reader *reader, const char *path);

/* ---- all of a spec by the table (spec.c) ------------------------------------------------------------------ */

/* Frees what a structure that a section describes has in it; it is as if all zero then. */
void vprod__spec_clear (const struct vprod__spec_key *section, void *base);

/* Sets every field in a section of the structure `base` to its default; items are removed. 0, or -1 out of memory. */
int vprod__spec_reset (const struct vprod__spec_key *section, void *base);

/* How many items there are. */
size_t *vprod__spec_count_of (const struct vprod__spec_key *key, void *base);

/* The item at an index; the item of this name, or NULL. */
void *vprod__spec_item_at (const struct vprod__spec_key *key, void *base, size_t index);
void *vprod__spec_item (const struct vprod__spec_key *key, void *base, const char *name);

/* The item of this name; it is added with defaults if there is none, or if name is NULL. NULL out of memory. */
void *vprod__spec_add_item (const struct vprod__spec_key *key, void *base, const char *name);

/* ---- files (spec.c) and names (name.c) -------------------------------------------------------------------- */

/* Reads a spec's text: a file, or the one in a folder. *ret_file, *ret_folder: the file, and what its paths are relative to;
   malloc'ed, set on failure, too. */
int vprod__spec_read_file (const char *path, struct vprod__buf *ret_text, char **ret_file, char **ret_folder, vprod_error **err);

/* "/srv/My Service_2" → "my-service_2"; malloc'ed, NULL out of memory. */
char *vprod__spec_name_of_folder (const char *base_dir);

/* ---- rules for several keys (settle.c) -------------------------------------------------------------------- */

/* Checks rules for several keys together, and sets what is derived: the name, absolute paths. */
int vprod__spec_settle (struct vprod__spec_reader *reader);

/* base_dir (NULL: the working directory) made absolute. */
int vprod__spec_base_dir (const char *base_dir, char **ret, vprod_error **err);

#endif
