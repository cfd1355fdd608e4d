/* SPDX-License-Identifier: MIT */
/*
 * A Dockerfile as a list of instructions with their lines, read as BuildKit's parser reads it: parser directives,
 * continuation lines, comments within them, here-documents, CRLF, a byte order mark. Invalid input is read as far as
 * possible: reporting errors is left to the builder.
 */
#ifndef VPROD_DOCKERFILE_DOCKERFILE_H
#define VPROD_DOCKERFILE_DOCKERFILE_H

#include <stddef.h>
#include "util/cleanup.h"

enum { VPROD__DOCKERFILE_NO_STAGE = -1 };

struct vprod__instruction {
  char *name;      /* "RUN", in capitals; of "ONBUILD RUN …" it is "ONBUILD" */
  char **flags;    /* "--mount=type=cache,…", NULL-ended; NULL: none */
  char *text;      /* after the flags: lines joined, comment lines dropped; never NULL */
  char *body;      /* its here-documents, concatenated; NULL: none */
  size_t line;     /* from 1 */
  size_t last_line;
  int stage;       /* index, or VPROD__DOCKERFILE_NO_STAGE before the first FROM */
};

struct vprod__stage {
  char *base;     /* "debian:bookworm", "${BASE}"; unexpanded; never NULL */
  char *name;     /* of AS; NULL: none */
  char *platform; /* of --platform; NULL: none */
  int parent;     /* the stage that base names, or VPROD__DOCKERFILE_NO_STAGE */
  size_t line;
};

struct vprod__dockerfile {
  char escape;    /* '\\' or '`' */
  struct vprod__instruction *list;
  size_t count;
  struct vprod__stage *stages;
  size_t n_stages;
  char *const *contexts; /* named contexts, NAME=…; NULL: none; lent */
};

/* Reads length bytes. 0, or -1 out of memory; *ret may then hold a part. */
int vprod__dockerfile_parse (const char *bytes, size_t length, struct vprod__dockerfile *ret);
void vprod__dockerfile_clear (struct vprod__dockerfile *dockerfile);
#define _cleanup_dockerfile_ _cleanup_ (vprod__dockerfile_clear)

/* The stage of this name (whatever the case) or number, or VPROD__DOCKERFILE_NO_STAGE. */
int vprod__dockerfile_find_stage (const struct vprod__dockerfile *dockerfile, const char *name);

/* The build is given these named contexts: FROM and --from that name one of them mean no stage of that name. Lent. */
void vprod__dockerfile_name_contexts (struct vprod__dockerfile *dockerfile, char *const *contexts);

/* Which stages building stage `of` needs: a byte each, 1 for `of` and those below it by FROM, COPY --from or a mount.
   malloc'ed; NULL out of memory. */
char *vprod__dockerfile_needed (const struct vprod__dockerfile *dockerfile, int of);

/* ---- the contents of an instruction (words.c) -------------------------------------------------------------- */

/* 1 if its text is a JSON list of strings: the exec form. */
int vprod__instruction_is_exec (const struct vprod__instruction *instruction);

/* The words of COPY, ADD, EXPOSE, USER, ENV …, also of a JSON list: quotes and escapes are removed, nothing is expanded.
   0 with a NULL-ended list (NULL: none), or -1 out of memory. */
int vprod__instruction_words (const struct vprod__instruction *instruction, char escape, char ***ret);

/* NAME=value of ENV, ARG and LABEL; of ARG also NAME alone. Returns a list as vprod__instruction_words does. */
int vprod__instruction_pairs (const struct vprod__instruction *instruction, char escape, char ***ret);

/* The value of a flag ("builder" of "--from=builder" for the name "from"), or NULL. Owned by the instruction. */
const char *vprod__instruction_flag (const struct vprod__instruction *instruction, const char *name);

/* Expands $NAME, ${NAME}, ${NAME:-word} and ${NAME:+word} from variables (NAME=value, NULL-ended); an unknown one is empty.
   NULL out of memory. */
char *vprod__dockerfile_expand (const char *text, char *const *variables);

#endif
