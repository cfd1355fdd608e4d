/* SPDX-License-Identifier: MIT */
#include "scan/inside.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The part of a path after its last slash. */
static const char *base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

/* Archives leave out the first slash of a path. The parts begin with punctuation; strcasestr prepares more than it compares. */
static int has (const char *path, const char *part)
{
  size_t length = strlen (part);

  for (const char *p = path; (p = strchr (p, *part)); p++)
    if (strncasecmp (p, part, length) == 0)
      return 1;
  return *part == '/' && strncasecmp (path, part + 1, length - 1) == 0;
}

static int has_word (const char *path, const char *word)
{
  size_t length = strlen (word);

  for (const char *p = path; *p; p++)
    if ((p == path || !isalpha ((unsigned char) p[-1])) && tolower ((unsigned char) *p) == *word && strncasecmp (p, word, length) == 0)
      return 1;
  return 0;
}

static int is_special (char c)
{
  return c == '*' || c == '?' || c == '[' || c == ']' || c == '\\';
}

/* Does the name match pattern[0, length)? fnmatch takes its time, and most patterns differ at an end, or are one: ".env.*", "*.py". */
static int is_like (const char *name, size_t n, const char *pattern, size_t length)
{
  char copy[64];
  size_t plain = 0, has_star = *pattern == '*';

  if (n == 0 || (*pattern != *name && !is_special (*pattern))
      || (pattern[length - 1] != name[n - 1] && !is_special (pattern[length - 1])))
    return 0;
  while (has_star + plain < length && !is_special (pattern[has_star + plain]))
    plain++;
  if (has_star + plain == length)
    return has_star ? n >= plain && memcmp (name + n - plain, pattern + 1, plain) == 0
                    : n == plain && memcmp (name, pattern, plain) == 0;
  if (!has_star && strncmp (name, pattern, plain) != 0)
    return 0;
  if (!has_star && plain + 1 == length && pattern[plain] == '*')
    return 1;
  if (length >= sizeof copy)
    return 0;
  memcpy (copy, pattern, length);
  copy[length] = '\0';
  return fnmatch (copy, name, 0) == 0;
}

static int matches (const char *pattern, const char *text, size_t length, enum vprod__scan_match match)
{
  switch (match) {
  case VPROD__SCAN_NAME:
    return is_like (text, length, pattern, strlen (pattern));
  case VPROD__SCAN_BEGIN:
    return strncmp (text, pattern, strlen (pattern)) == 0;
  case VPROD__SCAN_WITHIN:
    return has (text, pattern);
  case VPROD__SCAN_WORD:
    break;
  }
  return has_word (text, pattern);
}

/* The kinds of the rows that match in this way, as far as they are wanted. */
static unsigned kinds_of (const char *text, enum vprod__scan_match match, unsigned wanted)
{
  unsigned kinds = 0;
  size_t length = strlen (text);

  for (const struct vprod__scan_kind *kind = vprod__scan_kinds[match]; kind->pattern; kind++)
    if (kind->kinds & wanted & ~kinds && matches (kind->pattern, text, length, match))
      kinds |= kind->kinds & wanted;
  return kinds;
}

static int is_of_system (const char *path)
{
  for (const char *inner = path; inner; inner = strstr (inner, "!/")) {
    inner += *inner == '!' ? 2 : 0;
    unsigned kinds = kinds_of (inner, VPROD__SCAN_BEGIN, VPROD__SCAN_KIND_SYSTEM | VPROD__SCAN_KIND_OWN);
    if (kinds == VPROD__SCAN_KIND_SYSTEM)
      return 1;
  }
  return 0;
}

/* Is it for tests, a sample, or documentation? */
static int is_fixture (const char *path)
{
  return kinds_of (path, VPROD__SCAN_WORD, VPROD__SCAN_KIND_FIXTURE) != 0;
}

/* Is it in an archive that a package manager installed? In a wheel or an archive of Java that lies among the app's own files,
   and was built from them, what is known by its form counts. */
static int is_in_package_archive (const char *path)
{
  const char *inner = strstr (path, "!/");
  char archive[PATH_MAX];

  if (!inner)
    return 0;
  snprintf (archive, sizeof archive, "%.*s", (int) (inner - path), path);
  return kinds_of (archive, VPROD__SCAN_WITHIN, VPROD__SCAN_KIND_PACKAGE) || is_of_system (archive);
}

/* Is it in what an archive of sources brings, NAME-1.2.tar.gz with a folder NAME-1.2: of a release, whosever it is? */
static int is_in_release (const char *path)
{
  const char *inner = strstr (path, "!/"), *name = inner;

  if (!inner)
    return 0;
  while (name > path && name[-1] != '/')
    name--;
  for (const char *p = name; p + 1 < inner; p++)
    if (p[0] == '-' && isdigit ((unsigned char) p[1])) {
      size_t length = (size_t) (inner - name);
      const char *slash = strchr (inner + 2, '/');
      size_t folder = slash ? (size_t) (slash - inner) - 2 : length;
      return folder < length && strncmp (name, inner + 2, folder) == 0 && name[folder] == '.';
    }
  return 0;
}

/* Of a name that is not that of a file of settings: may the file hold some? */
static void guess_settings (const char *path, unsigned kinds, struct vprod__scan_name *ret)
{
  unsigned folders = kinds_of (path, VPROD__SCAN_BEGIN, VPROD__SCAN_KIND_LIKELY | VPROD__SCAN_KIND_SCRIPT);

  if (kinds & VPROD__SCAN_KIND_UNLIKELY
      || kinds_of (path, VPROD__SCAN_WORD, VPROD__SCAN_KIND_UNLIKELY | VPROD__SCAN_KIND_FIXTURE))
    return;
  int is_settings_code = kinds & VPROD__SCAN_KIND_LIKELY_CODE
                         && kinds_of (path, VPROD__SCAN_WITHIN, VPROD__SCAN_KIND_SETTINGS_FOLDER);
  ret->program = !is_settings_code && kinds & VPROD__SCAN_KIND_OWN_CODE;
  ret->code = is_settings_code || ret->program;
  ret->shell = folders & VPROD__SCAN_KIND_SCRIPT && !strchr (ret->base, '.');
  ret->guessed = ret->code || ret->shell || folders & VPROD__SCAN_KIND_LIKELY
                 || (kinds & VPROD__SCAN_KIND_LIKELY && !(kinds & VPROD__SCAN_KIND_NO_SETTINGS));
  ret->settings = ret->guessed;
  ret->plain = !ret->guessed;
}

static void judge_settings (const char *path, struct vprod__scan_name *ret)
{
  unsigned kinds = kinds_of (ret->base, VPROD__SCAN_NAME, ~0u);

  if (kinds & VPROD__SCAN_KIND_EXAMPLE)
    return;
  ret->code = (kinds & VPROD__SCAN_KIND_CODE) != 0;
  ret->settings = ret->code || (kinds & VPROD__SCAN_KIND_SETTINGS && !(kinds & VPROD__SCAN_KIND_NO_SETTINGS));
  ret->shell = ret->settings && kinds & VPROD__SCAN_KIND_SHELL;
  if (!ret->settings)
    guess_settings (path, kinds, ret);
  ret->python = ret->code && fnmatch ("*.py", ret->base, 0) == 0;
}

void vprod__scan_judge_name (const char *path, struct vprod__scan_name *ret)
{
  *ret = (struct vprod__scan_name) { .base = base_name (path) };
  ret->package = kinds_of (path, VPROD__SCAN_WITHIN, VPROD__SCAN_KIND_PACKAGE) != 0;
  ret->third_party = ret->package || is_of_system (path);
  if (!ret->third_party)
    judge_settings (path, ret);
  ret->fixture = (ret->third_party && (is_in_package_archive (path) || is_fixture (path)))
                 || (is_in_release (path) && is_fixture (strstr (path, "!/")));
}

int vprod__scan_is_among (const char *name, const char *patterns)
{
  size_t n = strlen (name);

  while (*patterns) {
    size_t length = strcspn (patterns, " ");
    if (is_like (name, n, patterns, length))
      return 1;
    patterns += length;
    patterns += strspn (patterns, " ");
  }
  return 0;
}

/* Does the text name one of these files, as in "> ~/.npmrc"? Names without a dot do not count: they are ordinary words. */
static int names_one (const char *text, const char *patterns)
{
  while (*patterns) {
    size_t length = strcspn (patterns, " ");
    for (const char *p = text; (*patterns == '.' || memchr (patterns, '.', length))
                               && (p = memmem (p, strlen (p), patterns, length)); p++)
      if ((p == text || !isalnum ((unsigned char) p[-1])) && !isalnum ((unsigned char) p[length]))
        return 1;
    patterns += length;
    patterns += strspn (patterns, " ");
  }
  return 0;
}

int vprod__scan_rule_wants (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name)
{
  if (name->fixture)
    return 0;
  if (name->text)
    return !rule->is_assignment && (!rule->files || names_one (name->text, rule->files));
  if (rule->files && !vprod__scan_is_among (name->base, rule->files))
    return 0;
  switch (rule->where) {
  case VPROD__SCAN_SETTINGS:
    return rule->is_assignment ? name->settings || name->plain : name->settings && !name->program;
  case VPROD__SCAN_OWN:
    return !name->third_party;
  case VPROD__SCAN_NO_EXAMPLE:
    return !name->package && !(name->third_party && name->binary);
  case VPROD__SCAN_ANYWHERE:
    break;
  }
  return 1;
}

int vprod__scan_counts_in_packages (const char *rule, const char *path)
{
  if (strcmp (rule, VPROD__SCAN_WHOLE) == 0)
    return 0;
  for (size_t i = 0; vprod__scan_rules[i].id; i++)
    if (strcmp (rule, vprod__scan_rules[i].id) == 0)
      return vprod__scan_rules[i].where == VPROD__SCAN_ANYWHERE && !strstr (path, "!/") && !is_fixture (path);
  return 1;
}
