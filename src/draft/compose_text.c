/* SPDX-License-Identifier: MIT */
/* Texts of compose files: variables, lists of words and of NAME=value, ports. */
#include "draft/compose.h"
#include "dockerfile/shell_words.h"
#include "known/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef vprod__compose_node node;

#define MAX_ENV_FILE (256 * 1024)
#define MAX_NESTED 4

/* ---- variables ---------------------------------------------------------------------------------------------- */

static int expand (struct vprod__draft *draft, const char *text, size_t length, int make_up, int depth, struct vprod__buf *out);

static void add (struct vprod__draft *draft, struct vprod__buf *out, const char *text, size_t length)
{
  if (vprod__buf_add (out, text, length) < 0)
    draft->no_memory = 1;
}

/* The default that stands in the file is what its author holds for right; what .env says is often for development. */
static int expand_variable (struct vprod__draft *draft, const char *name, size_t n, const char *rest, size_t length, int make_up,
                            int depth, struct vprod__buf *out)
{
  size_t colon = length > 0 && *rest == ':';
  char operator = length > colon ? rest[colon] : '\0';
  _cleanup_free_ char *own = strndup (name, n);
  size_t before = out->length;

  if (!own) {
    draft->no_memory = 1;
    return 0;
  }
  const char *value = vprod__strv_env (draft->compose_files->variables, own);
  if (operator == '-' && expand (draft, rest + colon + 1, length - colon - 1, make_up, depth + 1, out)) {
    if (out->length == before && value)
      add (draft, out, value, strlen (value));
    return 1;
  }
  if (operator == '+') /* an alternative, for where it is set: it is not */
    return 1;
  if (value) {
    add (draft, out, value, strlen (value));
    return 1;
  }
  if (!make_up || !vprod__draft_is_secret (own))
    return 0;
  _cleanup_free_ char *made = vprod__draft_placeholder (own);
  if (made)
    add (draft, out, made, strlen (made));
  return made != NULL;
}

/* The length of what stands between the braces; -1: they do not end. */
static long braces (const char *text, size_t length)
{
  int depth = 1;

  for (size_t i = 0; i < length; i++) {
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0)
      return (long) i;
  }
  return -1;
}

/* 1, or 0: something is not known. */
static int expand (struct vprod__draft *draft, const char *text, size_t length, int make_up, int depth, struct vprod__buf *out)
{
  for (size_t i = 0; i < length; i++) {
    size_t n = 0, begin = i + 1;
    if (text[i] != '$' || i + 1 == length) {
      add (draft, out, text + i, 1);
      continue;
    }
    if (text[i + 1] == '$') {
      add (draft, out, "$", 1);
      i++;
      continue;
    }
    long inner = text[i + 1] == '{' ? braces (text + i + 2, length - i - 2) : -1;
    begin += inner >= 0;
    size_t end = inner >= 0 ? begin + (size_t) inner : length;
    while (begin + n < end && (isalnum ((unsigned char) text[begin + n]) || text[begin + n] == '_'))
      n++;
    if (n == 0) {
      add (draft, out, "$", 1);
      continue;
    }
    if (depth > MAX_NESTED
        || !expand_variable (draft, text + begin, n, text + begin + n, inner >= 0 ? end - begin - n : 0, make_up, depth, out))
      return 0;
    i = inner >= 0 ? end : begin + n - 1;
  }
  return 1;
}

char *vprod__compose_expand (struct vprod__draft *draft, const char *text, int make_up)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  if (strlen (text) > VPROD__COMPOSE_MAX_TEXT || !expand (draft, text, strlen (text), make_up, 0, &out))
    return NULL;
  char *value = vprod__buf_steal (&out);
  draft->no_memory |= !value;
  return value;
}

char *vprod__compose_text (struct vprod__draft *draft, const node *value, int make_up)
{
  return value && value->kind == VPROD__YAML_SCALAR ? vprod__compose_expand (draft, value->text, make_up) : NULL;
}

static void take_dotenv (struct vprod__draft *draft, const char *name, size_t length, const char *value, size_t line, void *data)
{
  struct vprod__compose *compose = data;
  _cleanup_free_ char *pair = NULL;

  (void) line;
  if (!*value)
    return;
  vprod__draft_set (draft, &pair, "%.*s=%s", (int) length, name, value);
  if (pair && vprod__strv_add (vprod__draft_is_secret (pair) ? &compose->secrets : &compose->variables, pair) < 0)
    draft->no_memory = 1;
}

void vprod__compose_read_variables (struct vprod__draft *draft, struct vprod__compose *compose)
{
  static const char *const names[] = { ".env", ".env.example", ".env.sample", ".env.template", ".env.dist", NULL };

  for (size_t i = 0; names[i] && !compose->variables; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__compose_read (draft, names[i], MAX_ENV_FILE, &text) && text.data)
      vprod__draft_each_line (draft, text.data, take_dotenv, compose);
  }
}

/* ---- lists -------------------------------------------------------------------------------------------------- */

void vprod__compose_words (struct vprod__draft *draft, const node *words, int make_up, char ***ret)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words split = { 0 };

  for (size_t i = 0; words && words->kind == VPROD__YAML_SEQUENCE && i < words->count; i++) {
    _cleanup_free_ char *text = vprod__compose_text (draft, words->items[i], make_up);
    if (text && vprod__strv_add (ret, text) < 0)
      draft->no_memory = 1;
  }
  _cleanup_free_ char *whole = words ? vprod__compose_text (draft, words, make_up) : NULL;
  if (whole && strstr (whole, " -c ") && strpbrk (whole, "'\"")) { /* sh -c '…': its text stays one word */
    vprod__draft_split_words (draft, whole, ret);
    return;
  }
  if (whole && vprod__shell_split (whole, &split) < 0)
    draft->no_memory = 1;
  for (size_t i = 0; i < split.count; i++)
    if (vprod__strv_add (ret, split.list[i].text) < 0)
      draft->no_memory = 1;
}

void vprod__compose_each_pair (struct vprod__draft *draft, const node *list, const struct vprod__compose_file *file,
                               void (*take) (struct vprod__draft *draft, const struct vprod__compose_pair *pair, void *data),
                               void *data)
{
  for (size_t i = 0; list && list->kind == VPROD__YAML_MAPPING && i + 1 < list->count; i += 2) {
    const node *key = list->items[i], *value = list->items[i + 1];
    if (strcmp (key->text, "<<") == 0) {
      vprod__compose_each_pair (draft, value, file, take, data);
      continue;
    }
    int is_written = value->kind == VPROD__YAML_SCALAR && !vprod__yaml_is_null (value);
    _cleanup_free_ char *text = is_written ? vprod__compose_text (draft, value, 1) : NULL;
    take (draft, &(struct vprod__compose_pair) { key->text, strlen (key->text), text, is_written ? value->text : NULL,
                                                 key->begin, file }, data);
  }
  for (size_t i = 0; list && list->kind == VPROD__YAML_SEQUENCE && i < list->count; i++) {
    const node *item = list->items[i];
    if (item->kind == VPROD__YAML_MAPPING) { /* of merge keys */
      vprod__compose_each_pair (draft, item, file, take, data);
      continue;
    }
    size_t n = item->kind == VPROD__YAML_SCALAR ? strcspn (item->text, "=") : 0;
    if (n == 0)
      continue;
    _cleanup_free_ char *text = item->text[n] ? vprod__compose_expand (draft, item->text + n + 1, 1) : NULL;
    take (draft, &(struct vprod__compose_pair) { item->text, n, text, item->text[n] ? item->text + n + 1 : NULL, item->begin,
                                                 file }, data);
  }
}

int vprod__compose_port (struct vprod__draft *draft, const node *entry)
{
  const node *target = entry->kind == VPROD__YAML_MAPPING ? vprod__compose_get (entry, "target") : entry;
  const node *protocol = entry->kind == VPROD__YAML_MAPPING ? vprod__compose_get (entry, "protocol") : NULL;
  _cleanup_free_ char *text = NULL;

  if (!target || target->kind != VPROD__YAML_SCALAR)
    return 0;
  /* the host's side may hold what is not known */
  const char *last = target->text;
  int depth = 0;
  for (const char *p = target->text; *p; p++) {
    depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
    if (*p == ':' && depth == 0)
      last = p + 1;
  }
  text = vprod__compose_expand (draft, last, 0);
  const char *colon = text ? strrchr (text, ':') : NULL, *port = colon ? colon + 1 : text;
  if (!port || strstr (port, "/udp")
      || (protocol && protocol->kind == VPROD__YAML_SCALAR && strcmp (protocol->text, "udp") == 0))
    return 0;
  return vprod__draft_port (port);
}
