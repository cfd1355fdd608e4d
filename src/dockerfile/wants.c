/* SPDX-License-Identifier: MIT */
#include "dockerfile/wants.h"
#include "util/strv.h"

#include <string.h>
#include <strings.h>

struct field {
  const char *value; /* NULL: not named */
  size_t length;
};

/* The value of one of the keys in "type=secret,id=x,required"; the last one counts. */
static struct field find_field (const char *options, const char *const *keys)
{
  struct field found = { NULL, 0 };

  for (const char *p = options; *p;) {
    size_t length = strcspn (p, ","), quoted = length > 0 && *p == '"';
    for (size_t i = 0; keys[i]; i++) {
      size_t n = strlen (keys[i]);
      if (length > n + quoted && strncasecmp (p + quoted, keys[i], n) == 0 && p[quoted + n] == '=')
        found = (struct field) { p + quoted + n + 1, length - n - 1 - 2 * quoted };
    }
    p += length;
    p += *p == ',';
  }
  return found;
}

static int is_type (const char *options, const char *type)
{
  static const char *const keys[] = { "type", NULL };
  struct field field = find_field (options, keys);

  return field.value && field.length == strlen (type) && strncasecmp (field.value, type, field.length) == 0;
}

/* Without a name, a secret is called as its file, an agent "default". */
static int add_mount (const char *options, char ***list, const char *fallback)
{
  static const char *const ids[] = { "id", "source", "src", NULL };
  static const char *const targets[] = { "target", "dst", "destination", NULL };
  struct field id = find_field (options, ids), target = find_field (options, targets);

  if (!id.value && !fallback && target.value) {
    const char *slash = memrchr (target.value, '/', target.length);
    size_t skip = slash ? (size_t) (slash + 1 - target.value) : 0;
    id = (struct field) { target.value + skip, target.length - skip };
  }
  _cleanup_free_ char *name = id.value ? strndup (id.value, id.length) : strdup (fallback ? fallback : "");
  return !name || (!vprod__strv_has (*list, name) && vprod__strv_add (list, name) < 0) ? -1 : 0;
}

int vprod__is_git_by_ssh (const char *source)
{
  return strncmp (source, "git@", 4) == 0 || strncmp (source, "ssh://", 6) == 0;
}

static int add_sources (const struct vprod__instruction *instruction, char escape, struct vprod__wants *ret)
{
  _cleanup_strv_ char **words = NULL;
  int r = vprod__instruction_words (instruction, escape, &words);

  for (size_t i = 0; r == 0 && words && words[i] && words[i + 1]; i++)
    if (vprod__is_git_by_ssh (words[i]) && !vprod__strv_has (ret->agents, "default"))
      r = vprod__strv_add (&ret->agents, "default");
  return r;
}

int vprod__instruction_wants (const struct vprod__instruction *instruction, char escape, struct vprod__wants *ret)
{
  int r = 0;

  if (strcmp (instruction->name, "ADD") == 0)
    return add_sources (instruction, escape, ret);
  if (strcmp (instruction->name, "RUN") != 0)
    return 0;
  for (size_t i = 0; r == 0 && instruction->flags && instruction->flags[i]; i++) {
    const char *flag = instruction->flags[i];
    if (strncmp (flag, "--mount=", 8) != 0)
      continue;
    if (is_type (flag + 8, "secret"))
      r = add_mount (flag + 8, &ret->secrets, NULL);
    else if (is_type (flag + 8, "ssh"))
      r = add_mount (flag + 8, &ret->agents, "default");
  }
  return r;
}

void vprod__wants_clear (struct vprod__wants *wants)
{
  vprod__strv_free (wants->secrets);
  vprod__strv_free (wants->agents);
  *wants = (struct vprod__wants) { NULL, NULL };
}
