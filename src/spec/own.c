/* SPDX-License-Identifier: MIT */
#include "spec/own.h"
#include "spec/pattern.h"
#include "spec/read.h"
#include "util/clock.h"
#include "util/strv.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

typedef struct vprod__spec_reader reader;
typedef struct vprod__yaml_node yaml_node;

#define COMMAND_SHOWN 60 /* bytes of it in a title */
#define TIME_SIZE 32

/* ---- the rules ---------------------------------------------------------------------------------------------- */

/* The node of the entry with this index; NULL: the spec was not read from a file. */
static const yaml_node *node_of (const reader *r, size_t index)
{
  const yaml_node *checks = r->yaml->root ? vprod__yaml_get (r->yaml->root, "checks", NULL) : NULL;
  const yaml_node *list = checks ? vprod__yaml_get (checks, "own", NULL) : NULL;

  return list && list->kind == VPROD__YAML_SEQUENCE && index < list->count ? list->items[index] : NULL;
}

static int check_pattern (reader *r, const char *text, const char *where, const char *key, size_t at)
{
  _cleanup_ (vprod__pattern_freep) struct vprod__pattern *pattern = NULL;
  _cleanup_free_ char *why = NULL;
  int n = vprod__pattern_new_of_lines (text, &pattern, &why);

  if (n < 0)
    return vprod__spec_no_memory (r);
  if (n > 0)
    return vprod__spec_error (r, at, "%s.%s is no regular expression: %s", where, key, why);
  int empty = vprod__pattern_matches_empty (pattern);
  if (empty < 0)
    return vprod__spec_no_memory (r);
  return empty ? vprod__spec_error (r, at, "%s.%s matches an empty text, so that it says nothing; that a command writes nothing is "
                                           "excluded-output: [\"(?s).\"]", where, key) : 0;
}

static int check_patterns (reader *r, char *const *list, const yaml_node *node, const char *where, const char *key)
{
  int e = 0;

  for (size_t i = 0; !vprod__spec_is_over (r, e) && list && list[i]; i++)
    e = check_pattern (r, list[i], where, key, vprod__yaml_place (node, key, i));
  return e;
}

/* Of no check of verify-prod's own, and of no other of the list. */
static int check_id (reader *r, size_t index, const yaml_node *node, const char *where)
{
  const struct vprod__spec_key *checks = vprod__spec_key_child (vprod__spec_key_at (0), "checks");
  const struct vprod__spec_own *list = r->spec->checks.own;
  const char *id = list[index].id;

  if (vprod__spec_key_child (checks, id))
    return vprod__spec_error (r, vprod__yaml_place (node, "id", 0), "%s.id: verify-prod has %s \"%s\" itself; call yours otherwise", where,
                              strcmp (id, "own") == 0 ? "an option" : "a check", id);
  for (size_t i = 0; i < index; i++)
    if (list[i].id && strcmp (list[i].id, id) == 0)
      return vprod__spec_error (r, vprod__yaml_place (node, "id", 0), "%s.id: there is another check \"%s\"", where, id);
  return 0;
}

static int check_entry (reader *r, size_t index)
{
  const struct vprod__spec_own *own = &r->spec->checks.own[index];
  const yaml_node *node = node_of (r, index);
  size_t at = vprod__yaml_place (node, NULL, 0);
  char where[40];
  int e = 0;

  snprintf (where, sizeof where, "checks.own[%zu]", index);
  if (!own->id || !own->command) /* what is there and wrong was said already */
    return r->n_mistakes > 0 ? 0 : vprod__spec_error (r, at, "%s: a check needs %s, such as {id: has-license, command: [test, -f, "
                                                             "/LICENSE]}", where, own->id ? "a command" : "an id");
  e = check_id (r, index, node, where);
  if (!vprod__spec_is_over (r, e) && own->in == VPROD__OWN_IN_APP && own->env)
    e = vprod__spec_error (r, vprod__yaml_place (node, "env", 0), "%s.env: means nothing in the app's container, whose variables it has; write "
                                                      "command: [env, NAME=value, …]", where);
  if (!vprod__spec_is_over (r, e))
    e = check_patterns (r, own->output, node, where, "output");
  return vprod__spec_is_over (r, e) ? e : check_patterns (r, own->excluded_output, node, where, "excluded-output");
}

int vprod__own_check_spec (reader *r)
{
  int e = 0;

  for (size_t i = 0; !vprod__spec_is_over (r, e) && i < r->spec->checks.n_own; i++)
    e = check_entry (r, i);
  return e;
}

/* ---- made ready ---------------------------------------------------------------------------------------------- */

static int make_patterns (char *const *list, struct vprod__pattern ***ret)
{
  size_t count = vprod__strv_length (list);

  if (count == 0)
    return 0;
  if (!(*ret = calloc (count + 1, sizeof **ret)))
    return -1;
  for (size_t i = 0; i < count; i++) {
    _cleanup_free_ char *why = NULL;
    if (vprod__pattern_new_of_lines (list[i], &(*ret)[i], &why) != 0)
      return -1;
  }
  return 0;
}

static char *copy (const char *text)
{
  return vprod__text_harmless (text, strlen (text));
}

/* "Runs `test -f /LICENSE` in a container of the image; it must end with exit code 0 within 30.0 s." */
static char *what_of (const struct vprod__spec_own *own, const char *command)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  char limit[TIME_SIZE];

  vprod__format_ms (own->timeout_ms, limit, sizeof limit);
  int r = vprod__text_addf (&text, "Runs `%s` %s. It must end with exit code %d within %s", command,
                            own->in == VPROD__OWN_IN_APP ? "in the container of the running app, once it is ready"
                                                         : "in a container of the image, which has no network",
                            own->exit_code, limit);
  for (size_t i = 0; r == 0 && own->output && own->output[i]; i++)
    r = vprod__text_addf (&text, "%s /%s/", i > 0 ? "," : ", and write what matches", own->output[i]);
  for (size_t i = 0; r == 0 && own->excluded_output && own->excluded_output[i]; i++)
    r = vprod__text_addf (&text, "%s /%s/", i > 0 ? "," : ", and nothing that matches", own->excluded_output[i]);
  if (r == 0)
    r = vprod__buf_adds (&text, ". It is a check of this spec (checks.own).");
  return r < 0 ? NULL : vprod__buf_steal (&text);
}

static char *title_of (const struct vprod__spec_own *own, const char *command)
{
  size_t length = strlen (command);

  if (own->title)
    return copy (own->title);
  if (length > COMMAND_SHOWN)
    length = COMMAND_SHOWN;
  while (command[length] && length > 0 && ((unsigned char) command[length] & 0xc0) == 0x80)
    length--; /* not within a character */
  return vprod__text_format ("`%.*s%s` ends with exit code %d in the %s", (int) length, command, command[length] ? "…" : "",
                             own->exit_code, own->in == VPROD__OWN_IN_APP ? "running app's container" : "image");
}

static int make_one (const struct vprod__spec_own *own, struct vprod__own_check *ret)
{
  static const char no_why[] = "The spec asks for it, and does not say why (checks.own has the option `why`).";
  static const char no_remedy[] = "See what the command says, and let the image do as the spec asks, or change the check.";

  if (!(ret->command = vprod__command_text (own->command)) || !(ret->id = strdup (own->id))
      || !(ret->title = title_of (own, ret->command)) || !(ret->what = what_of (own, ret->command))
      || (own->why && !(ret->why = copy (own->why))) || (own->remedy && !(ret->remedy = copy (own->remedy)))
      || make_patterns (own->output, &ret->output) < 0 || make_patterns (own->excluded_output, &ret->excluded) < 0)
    return -1;
  ret->info = (vprod_check_info) {
    .size = sizeof ret->info,
    .id = ret->id,
    .title = ret->title,
    .what = ret->what,
    .why = ret->why ? ret->why : no_why,
    .remedy = ret->remedy ? ret->remedy : no_remedy,
  };
  return 0;
}

int vprod__own_make (const vprod_spec *spec, struct vprod__own_checks **ret, vprod_error **err)
{
  _cleanup_ (vprod__own_unrefp) struct vprod__own_checks *own = NULL;

  *ret = NULL;
  if (spec->checks.n_own == 0)
    return 0;
  own = calloc (1, sizeof *own);
  if (!own)
    return vprod__error_no_memory (err);
  own->refs = 1;
  own->list = calloc (spec->checks.n_own, sizeof *own->list);
  if (!own->list)
    return vprod__error_no_memory (err);
  for (; own->count < spec->checks.n_own; own->count++)
    if (make_one (&spec->checks.own[own->count], &own->list[own->count]) < 0) {
      own->count++; /* what is made of it is freed, too */
      return vprod__error_no_memory (err);
    }
  *ret = vprod__steal (&own);
  return 0;
}

struct vprod__own_checks *vprod__own_ref (struct vprod__own_checks *own)
{
  if (own)
    __atomic_add_fetch (&own->refs, 1, __ATOMIC_RELAXED);
  return own;
}

static void free_patterns (struct vprod__pattern **list)
{
  for (size_t i = 0; list && list[i]; i++)
    vprod__pattern_free (list[i]);
  free (list);
}

void vprod__own_unref (struct vprod__own_checks *own)
{
  if (!own || __atomic_sub_fetch (&own->refs, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (size_t i = 0; i < own->count; i++) {
    struct vprod__own_check *one = &own->list[i];
    free (one->id);
    free (one->title);
    free (one->what);
    free (one->why);
    free (one->remedy);
    free (one->command);
    free_patterns (one->output);
    free_patterns (one->excluded);
  }
  free (own->list);
  free (own);
}

/* ---- getters ------------------------------------------------------------------------------------------------- */

int vprod__own_find (const vprod_spec *spec, const char *id)
{
  for (size_t i = 0; id && i < vprod_spec_count_own_checks (spec); i++)
    if (strcmp (spec->own->list[i].id, id) == 0)
      return (int) i;
  return -1;
}

size_t vprod_spec_count_own_checks (const vprod_spec *spec)
{
  return spec && spec->own ? spec->own->count : 0;
}

const vprod_check_info *vprod_spec_get_own_check_at (const vprod_spec *spec, size_t index)
{
  return index < vprod_spec_count_own_checks (spec) ? &spec->own->list[index].info : NULL;
}

const vprod_check_info *vprod_spec_find_own_check (const vprod_spec *spec, const char *id)
{
  int index = vprod__own_find (spec, id);

  return index < 0 ? NULL : &spec->own->list[index].info;
}
