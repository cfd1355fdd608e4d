/* SPDX-License-Identifier: MIT */
/*
 * Values of examples and compose files that are for development, which a draft does not copy: DEBUG=1, ENVIRONMENT=local,
 * http://localhost. What the app cannot do without gets another value instead.
 */
#include "draft/compose.h"
#include "known/phrases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/text.h"

static int is_on (const char *value)
{
  static const char *const on[] = { "1", "true", "yes", "on", "*", "t", "y", NULL };

  return vprod__text_is_one_of_nocase (value, on);
}

int vprod__draft_is_test_variable (const char *name)
{
  return strncmp (name, "TEST_", 5) == 0 || strncmp (name, "DEV_", 4) == 0 || strstr (name, "_TEST_") != NULL
         || strncmp (name, "SHADOW_", 7) == 0 || strncmp (name, "CI_", 3) == 0 || vprod__text_ends_with (name, "_TEST")
         || strncmp (name, "PYTEST_", 7) == 0;
}

/* Where the app is reached: a name that a test of this machine must be able to use. */
static int is_served (const char *name)
{
  return strstr (name, "ALLOWED_HOST") || strstr (name, "TRUSTED_HOST") || strstr (name, "ORIGIN");
}

int vprod__draft_is_development (const char *name, const char *value)
{
  if (vprod__says (VPROD__NAMES_DEVELOPMENT_SWITCH, name))
    return is_on (value) || vprod__says (VPROD__NAMES_DEVELOPMENT_VALUE, value);
  return (vprod__says (VPROD__NAMES_DEVELOPMENT_VALUE, value) && !is_served (name)) || vprod__draft_is_test_variable (name);
}

/* A value for production in place of one for development; NULL: a made-up one. */
static const char *instead (const char *name)
{
  if (vprod__text_ends_with (name, "ENV") || vprod__text_ends_with (name, "ENVIRONMENT"))
    return "production";
  if (vprod__says (VPROD__NAMES_DEVELOPMENT_SWITCH, name))
    return "false";
  return NULL;
}

static void set_aside (struct vprod__draft *draft, struct vprod__draft_variable *variable, const char *why)
{
  const char *other = instead (variable->name);

  vprod__draft_set (draft, &variable->aside, "%s", why);
  free (variable->value);
  variable->value = NULL;
  variable->example = 0;
  if (variable->required) {
    if (other)
      vprod__draft_set (draft, &variable->value, "%s", other);
  }
  else
    variable->wanted = 0;
}

/* A variable of .env that compose files alone read: "${WEB_PORT}:8000". */
static int is_for_compose (const struct vprod__draft *draft, const struct vprod__draft_variable *variable)
{
  if (!draft->compose_files || variable->is_read || variable->of_app || variable->database)
    return 0;
  for (size_t i = 0; i < draft->compose_files->n_files; i++)
    for (const char *p = draft->compose_files->files[i].yaml->source; (p = strstr (p, variable->name)); p++)
      if (p > draft->compose_files->files[i].yaml->source && strchr ("{$", p[-1]))
        return 1;
  return 0;
}

void vprod__draft_settle_development (struct vprod__draft *draft)
{
  for (size_t i = 0; i < draft->n_variables; i++)
    if (is_for_compose (draft, &draft->variables[i])) {
      draft->variables[i].example = draft->variables[i].wanted = 0;
      draft->variables[i].of_compose = 1;
    }
  for (size_t i = 0; i < draft->n_variables; i++) {
    struct vprod__draft_variable *variable = &draft->variables[i];
    if (!variable->value || variable->database)
      continue;
    if (vprod__draft_is_development (variable->name, variable->value))
      set_aside (draft, variable, "for development");
    else if (vprod__draft_is_secret (variable->name) && vprod__says (VPROD__NAMES_EXAMPLE_VALUE, variable->value)) {
      free (variable->value); /* apps refuse "changeme": a made-up one takes its place */
      variable->value = NULL;
    }
  }
}
