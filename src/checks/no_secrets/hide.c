/* SPDX-License-Identifier: MIT */
/*
 * What no-secrets would find in the spec, the Dockerfile and the image's configuration, for the session, which shows none of
 * it (session/hide.h): steps are shown before there is an image to look into, and where it does not build there is none.
 */
#include "util/file.h"
#include "checks/no_secrets/facts.h"
#include "dockerfile/dockerfile.h"
#include "session/hide.h"

#include <stdio.h>
#include <string.h>

#define MOST_BYTES (1024 * 1024) /* of a Dockerfile */

/* Where what is found goes to, but for what checks.no-secrets.allow says is none. */
struct finding {
  const struct vprod__hide *hide;
  struct vprod__secret_allow allow;
  const char *name; /* of the variable or label at hand; or NULL */
  size_t name_length;
};

static int on_hit (void *data, const struct vprod__secret_hit *hit)
{
  struct finding *finding = data;
  const char *variable = hit->variable ? hit->variable : finding->name;
  _cleanup_free_ char *value = strndup (hit->value, hit->length);
  _cleanup_free_ char *name = variable ? strndup (variable, hit->variable ? hit->variable_length : finding->name_length) : NULL;

  if (!value || (variable && !name))
    return -1;
  struct vprod__secret_place place = { hit->rule, name, value, NULL, NULL };
  if (finding->allow.list && vprod__secret_allowed (&finding->allow, &place))
    return 0;
  return vprod__redact_add (finding->hide->redact, hit->value, hit->length);
}

/* Begins one for what is in the image. */
static int begin (struct finding *finding, const struct vprod__hide *hide)
{
  *finding = (struct finding) { .hide = hide };
  return vprod__secret_allow_init (&finding->allow, hide->spec->checks.no_secrets.allow);
}

static void end (struct finding *finding)
{
  vprod__secret_allow_clear (&finding->allow);
}

static int find_in_pair (struct finding *finding, const char *pair)
{
  size_t n = strcspn (pair, "=");

  if (!pair[n])
    return 0;
  finding->name = pair;
  finding->name_length = n;
  int r = vprod__secrets_by_form (finding->hide->scan, pair, on_hit, finding);
  if (r == 0)
    r = vprod__secret_in_pair (pair, n, pair + n + 1, strlen (pair + n + 1), on_hit, finding);
  finding->name = NULL;
  return r;
}

static int find_in_pairs (struct finding *finding, char *const *pairs)
{
  int r = 0;

  for (size_t i = 0; r == 0 && pairs && pairs[i]; i++)
    r = find_in_pair (finding, pairs[i]);
  return r;
}

static int find_in_argv (struct finding *finding, char *const *argv)
{
  int r = 0;

  for (size_t i = 0; r == 0 && argv && argv[i]; i++)
    r = vprod__secrets_by_form (finding->hide->scan, argv[i], on_hit, finding);
  return r == 0 ? vprod__secrets_in_argv (argv, on_hit, finding) : r;
}

static int find_in_instruction (struct finding *finding, const char *instruction)
{
  int r = vprod__secrets_by_form (finding->hide->scan, instruction, on_hit, finding);

  return r == 0 ? vprod__secrets_in_history (instruction, on_hit, finding) : r;
}

/* A value of the spec that is more than a reference to another of its values. */
static int is_literal (const char *pair)
{
  const char *equals = strchr (pair, '=');

  return equals && strncmp (equals + 1, "${", 2) != 0;
}

int vprod__hide_spec (const struct vprod__hide *hide)
{
  char *const *const lists[] = { hide->spec->run.env, hide->spec->image.args };
  struct finding finding = { .hide = hide };

  for (size_t k = 0; k < sizeof lists / sizeof lists[0]; k++)
    for (size_t i = 0; lists[k] && lists[k][i]; i++)
      if (is_literal (lists[k][i]) && find_in_pair (&finding, lists[k][i]) != 0)
        return -1;
  return find_in_argv (&finding, hide->spec->run.command) == 0 ? 0 : -1;
}

int vprod__hide_instruction (const struct vprod__hide *hide, const char *instruction)
{
  struct finding finding;
  int r = begin (&finding, hide);

  if (r == 0)
    r = find_in_instruction (&finding, instruction);
  end (&finding);
  return r == 0 ? 0 : -1;
}

static int find_in_dockerfile (struct finding *finding, const struct vprod__dockerfile *dockerfile)
{
  int r = 0;

  for (size_t i = 0; r == 0 && i < dockerfile->count; i++) {
    const struct vprod__instruction *instruction = &dockerfile->list[i];
    _cleanup_free_ char *line = NULL;
    if (asprintf (&line, "%s %s", instruction->name, instruction->text) < 0) {
      line = NULL;
      return -1;
    }
    r = find_in_instruction (finding, line);
    if (r == 0 && instruction->body)
      r = find_in_instruction (finding, instruction->body);
  }
  return r;
}

int vprod__hide_dockerfile (const struct vprod__hide *hide, const char *path)
{
  _cleanup_dockerfile_ struct vprod__dockerfile dockerfile = { 0 };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  struct finding finding;
  int r = vprod__file_read (path, MOST_BYTES, &text, NULL);

  if (r == -VPROD_ERROR_NO_MEMORY)
    return -1;
  if (r != 0) /* the builder says so */
    return 0;
  if (vprod__dockerfile_parse (vprod__buf_string (&text), text.length, &dockerfile) < 0)
    return -1;
  r = begin (&finding, hide);
  if (r == 0)
    r = find_in_dockerfile (&finding, &dockerfile);
  end (&finding);
  return r == 0 ? 0 : -1;
}

int vprod__hide_image (const struct vprod__hide *hide, const vprod_image_facts *facts)
{
  char *const *const argvs[] = { facts->entrypoint, facts->cmd, facts->healthcheck };
  struct finding finding;
  int r = begin (&finding, hide);

  if (r == 0)
    r = find_in_pairs (&finding, facts->env);
  if (r == 0)
    r = find_in_pairs (&finding, facts->labels);
  for (size_t i = 0; r == 0 && i < sizeof argvs / sizeof argvs[0]; i++)
    r = find_in_argv (&finding, argvs[i]);
  end (&finding);
  return r == 0 ? 0 : -1;
}
