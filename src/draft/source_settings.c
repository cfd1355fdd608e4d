/* SPDX-License-Identifier: MIT */
/*
 * Settings classes of pydantic: each field is a variable, under its own name or its alias, and required if it has no
 * default.
 */
#include "draft/source.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>

/* Reads Field(…) of a setting: 1 if it has no default. *ret_alias: the variable's name, lent, or NULL. */
static int read_field (const char *field, const char **ret_alias, size_t *ret_length)
{
  const char *first = field + strlen ("Field("), *alias = strstr (field, "alias=");
  size_t word = vprod__source_word_length (first);

  *ret_alias = NULL;
  if (alias) {
    alias += strlen ("alias=");
    *ret_length = *alias == '"' || *alias == '\'' ? vprod__source_word_length (alias + 1) : 0;
    *ret_alias = *ret_length > 0 ? alias + 1 : NULL;
  }
  return strncmp (first, "...", 3) == 0 || *first == ')'
         || (word > 0 && first[word] == '=' && !strstr (first, "default"));
}

/* A valid value of this type. */
static void set_fallback (struct vprod__source *source, const char *name, size_t length, const char *type)
{
  static const struct {
    const char *type, *value;
  } known[] = {
    { "EmailStr", "verify@example.com" }, { "int", "1" }, { "float", "1" }, { "PositiveInt", "1" },
    { "bool", "false" }, { "HttpUrl", "http://localhost:9" }, { "AnyHttpUrl", "http://localhost:9" },
    { "AnyUrl", "http://localhost:9" },
    { "RedisDsn", "redis://localhost:6379/0" }, { "list", "[]" }, { "List", "[]" }, { "dict", "{}" }, { "UUID", "00000000-0000-4000-8000-000000000000" },
  };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (vprod__source_word_length (type) != strlen (known[i].type)
        || strncmp (type, known[i].type, strlen (known[i].type)) != 0)
      continue;
    struct vprod__draft_variable *variable = vprod__draft_variable (source->draft, name, length, NULL,
                                                                    VPROD__DRAFT_READ, source->file, source->line);
    if (variable
        && !(strcmp (known[i].type, "int") == 0
             && vprod__text_ends_with_nocase_n (variable->name, strlen (variable->name), "PORT")))
      vprod__draft_set (source->draft, &variable->fallback, "%s", known[i].value);
  }
}

void vprod__source_read_setting (struct vprod__source *source, const char *line)
{
  size_t indent = strspn (line, " \t"), length = 0;
  const char *name = line + indent;
  char shown[256];

  if (strncmp (name, "class ", 6) == 0) {
    source->in_settings = strstr (name, "BaseSettings") ? (int) indent + 1 : 0;
    source->body_indent = 0;
    return;
  }
  if (!source->in_settings || !*name || *name == '#')
    return;
  if ((int) indent < source->in_settings) {
    source->in_settings = 0;
    return;
  }
  source->body_indent = source->body_indent ? source->body_indent : (int) indent;
  if ((int) indent != source->body_indent) /* in a method, or in a value of several lines */
    return;
  while (isalpha ((unsigned char) name[length]) || isdigit ((unsigned char) name[length]) || name[length] == '_')
    length++;
  const char *colon = name + length + strspn (name + length, " ");
  if (length < 2 || *name == '_' || *colon != ':' || strncmp (name, "model_config", length) == 0)
    return;
  const char *equals = strchr (colon, '=');
  int required = !equals || strstr (equals, "(...") != NULL;
  const char *field = equals ? strstr (equals, "Field(") : NULL, *alias = NULL;
  size_t alias_length = 0;
  if (field)
    required = read_field (field, &alias, &alias_length);
  if (length + source->prefix_length >= sizeof shown || strstr (colon, "ClassVar"))
    return;
  if (alias) { /* an alias has no prefix */
    if (vprod__draft_is_name (alias, alias_length))
      vprod__source_found (source, alias, alias_length, required);
    return;
  }
  for (size_t i = 0; i < source->prefix_length; i++)
    shown[i] = (char) toupper ((unsigned char) source->prefix[i]);
  for (size_t i = 0; i < length; i++)
    shown[source->prefix_length + i] = (char) toupper ((unsigned char) name[i]);
  vprod__source_found (source, shown, source->prefix_length + length, required);
  set_fallback (source, shown, source->prefix_length + length, colon + 1 + strspn (colon + 1, " "));
}

void vprod__source_find_prefix (struct vprod__source *source, const char *text)
{
  const char *at = strstr (text, "env_prefix");

  source->prefix_length = 0;
  if (!at)
    return;
  at += strlen ("env_prefix");
  at += strspn (at, " \"':=");
  source->prefix = at;
  while (isalnum ((unsigned char) at[source->prefix_length]) || at[source->prefix_length] == '_')
    source->prefix_length++;
}
