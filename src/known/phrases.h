/* SPDX-License-Identifier: MIT */
/* What engines, builders, runtimes and programs say: data/phrases; and names of variables, folders, packages: data/names. */
#ifndef VPROD_KNOWN_PHRASES_H
#define VPROD_KNOWN_PHRASES_H

#include <stddef.h>
#include <stdint.h>
#include "known/exit.h"

/* The lists of data/phrases and data/names, which say what each is about. */
enum vprod__says {
  VPROD__SAYS_REFUSAL,
  VPROD__SAYS_RUNTIME_LINE,
  VPROD__SAYS_IMAGE_FAULT,
  VPROD__SAYS_NO_SUBNET,
  VPROD__SAYS_LIMIT_LOST,
  VPROD__SAYS_SETTING_REFUSED,
  VPROD__SAYS_ENGINE_WAY,
  VPROD__SAYS_ENGINE_GUESS,
  VPROD__SAYS_BUILDER_NETWORK,
  VPROD__SAYS_ENGINE_GONE,
  VPROD__SAYS_SERVER_FAULT,
  VPROD__SAYS_REGISTRY_ANSWER,
  VPROD__SAYS_REGISTRY_DENIAL,
  VPROD__SAYS_REGISTRY,
  VPROD__SAYS_RUNTIME_FAULT,
  VPROD__SAYS_LOST_LAYER,
  VPROD__SAYS_ENGINE_FAULT,
  VPROD__SAYS_ENGINE_FAULT_NO_STEP,
  VPROD__SAYS_DOCKERFILE_FAULT,
  VPROD__SAYS_CONTEXT_FAULT,
  VPROD__SAYS_BUILDER_WAY,
  VPROD__SAYS_IMAGE_IN_ERROR,
  VPROD__SAYS_TELLING,
  VPROD__SAYS_NETWORK,
  VPROD__SAYS_DATABASE,
  VPROD__SAYS_PASSED_TEST,
  VPROD__SAYS_COMPLAINT,
  VPROD__SAYS_LOG,
  VPROD__SAYS_UNDER_READ_ONLY,
  VPROD__SAYS_UNDER_CAP_DROP,
  VPROD__SAYS_UNDER_NO_NEW_PRIVILEGES,
  VPROD__SAYS_UNDER_MEMORY,
  VPROD__SAYS_UNDER_PIDS,
  VPROD__SAYS_UNDER_USER,
  VPROD__SAYS_UNDER_MOUNTS,
  VPROD__SAYS_UNDER_LOW_PORTS,
  VPROD__SAYS_UNDER_SERVICE_LINKS,
  VPROD__SAYS_UNDER_IN_CLUSTER,
  VPROD__SAYS_NAME_REFUSED,
  VPROD__SAYS_RUNTIME_NOISE,
  VPROD__SAYS_SHELL,
  VPROD__SAYS_REFUSED_LOGIN,
  VPROD__SAYS_ABSENT,
  VPROD__SAYS_PRESENT,
  VPROD__SAYS_TURNED_AWAY,
  VPROD__SAYS_SSH_BUSY,
  VPROD__SAYS_SSH_UNREACHABLE,
  VPROD__SAYS_DEVELOPMENT_SERVER,
  VPROD__SAYS_HEALTHCHECK,
  VPROD__SAYS_HEALTHCHECK_ABSENT,
  VPROD__SAYS_HEALTHCHECK_EXIT,

  /* those of data/names */
  VPROD__NAMES_FILLER,
  VPROD__NAMES_ABOUT_ITSELF,
  VPROD__NAMES_SERVED_VARIABLE,
  VPROD__NAMES_FOREIGN_FOLDER,
  VPROD__NAMES_SOURCE,
  VPROD__NAMES_NODE_TOOL,
  VPROD__NAMES_PYTHON_TOOL,
  VPROD__NAMES_RUBY_TOOL,
  VPROD__NAMES_SYSTEM_VARIABLE,
  VPROD__NAMES_DATABASE_URL,
  VPROD__NAMES_NO_DATABASE_URL,
  VPROD__NAMES_OTHER_SCHEME,
  VPROD__NAMES_OTHER_CLIENT,
  VPROD__NAMES_PLAIN_HEADER,
  VPROD__NAMES_DEVELOPMENT_WORD,
  VPROD__NAMES_DEVELOPMENT_VALUE,
  VPROD__NAMES_DEVELOPMENT_SWITCH,
  VPROD__NAMES_EXAMPLE_VALUE,
  VPROD__NAMES_OWN_SECRET,
  VPROD__NAMES_ENGINE_FILE
};

enum vprod__how {
  VPROD__HOW_NOCASE = 0,
  VPROD__HOW_EXACT,
  VPROD__HOW_BEGINS,
  VPROD__HOW_BEGINS_NOCASE,
  VPROD__HOW_ENDS,
  VPROD__HOW_WHOLE
};

struct vprod__phrase {
  enum vprod__says list;
  enum vprod__how how;
  const char *text;
  const char *also; /* NULL: the text is enough */
  enum vprod__refusal refusal;
  const char *remedy; /* its name in data/remedies, or NULL */
};

/* Does the text say something of this list? Is the name in it? */
int vprod__says (enum vprod__says list, const char *text);

/* The first phrase of the list that is in the text of `length` bytes; NULL: none is. */
#define VPROD__TO_NUL SIZE_MAX /* as length: the text ends in NUL */
const struct vprod__phrase *vprod__phrase_in (enum vprod__says list, const char *text, size_t length);

/* As vprod__log_remedy, by another list. */
const char *vprod__log_remedy_of (enum vprod__says list, const char *log, const char **ret_line, size_t *ret_length);

/* The phrase that follows in the list; after NULL: the first. NULL: there is no more. */
const struct vprod__phrase *vprod__phrase_next (enum vprod__says list, const struct vprod__phrase *after);

#endif
