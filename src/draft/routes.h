/* SPDX-License-Identifier: MIT */
/*
 * Routers and what they are mounted at: a health path that stands in one file, the prefix that belongs before it in another. Each
 * framework's file finds owners (routers and apps), mounts and paths in the sources; routes.c follows the mounts up to an app.
 */
#ifndef VPROD_DRAFT_ROUTES_H
#define VPROD_DRAFT_ROUTES_H

#include "draft/draft.h"

struct vprod__source_text {
  const char *file; /* lent */
  char *text;
};

struct vprod__routes {
  struct vprod__draft *draft;
  struct vprod__source_text *texts;
  size_t n_texts;
  struct vprod__route_owner { /* a router, or the app itself */
    const char *file;
    char *name;
    char *prefix;             /* of all its paths; NULL: not known */
    int root;
  } *owners;
  size_t n_owners;
  struct vprod__route_mount { /* `parent` serves `child` below a prefix */
    const char *file, *child_file;
    char *parent, *child;
    char *prefix;             /* NULL: not known */
  } *mounts;
  size_t n_mounts;
  struct vprod__route_path {
    const char *file;
    size_t line;
    char *owner, *path;
  } *paths;
  size_t n_paths;
};

void vprod__routes_add_owner (struct vprod__routes *routes, const char *file, const char *name, size_t length, char *prefix, int root);
void vprod__routes_add_mount (struct vprod__routes *routes, const char *file, const char *parent, size_t length, const char *child_file,
                              const char *child, char *prefix);
void vprod__routes_add_path (struct vprod__routes *routes, const struct vprod__source_text *text, const char *at, const char *owner,
                             size_t length, const char *path, size_t path_length);

/* Takes what it finds in all texts. Prefixes are given away. */
void vprod__routes_read_python (struct vprod__routes *routes);
void vprod__routes_read_django (struct vprod__routes *routes);
void vprod__routes_read_express (struct vprod__routes *routes);

/* ---- reading sources ------------------------------------------------------------------------------------------ */

/* The text of a file of the context, or NULL. */
const struct vprod__source_text *vprod__routes_text (const struct vprod__routes *routes, const char *file);

/* The file whose path ends so at a "/", the shortest; NULL: none. */
const struct vprod__source_text *vprod__routes_ending (const struct vprod__routes *routes, const char *end);

/* The length of a name that ends before `at`, dots included if `dotted`. */
size_t vprod__routes_name_before (const char *text, const char *at, int dotted);

/* One past the parenthesis that ends the call whose arguments begin at `at`. */
const char *vprod__routes_call_end (const char *at);

/* A literal in quotes at `at`, blanks before it passed over: its beginning and length; NULL: there is none. */
const char *vprod__routes_literal (const char *at, const char *end, size_t *ret_length);

/* The value of a keyword argument in the arguments from `at` to `end`, or NULL. */
const char *vprod__routes_keyword (const char *at, const char *end, const char *name);

#endif
