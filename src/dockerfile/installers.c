/* SPDX-License-Identifier: MIT */
#include "dockerfile/installers.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define VPROD__SAMPLE(member) /* for the unit test */

/* data/installers says what its columns are. */
static const struct {
  const char *program;
  const char *verbs;
  const char *needs;
  const char *deps_only;
} installers[] = {
#include "data/installers.h"
};

/* "pip3.12" is pip, "python3" is python. */
static int is_versioned (const char *word, const char *name)
{
  size_t n = strlen (name);

  return strncmp (word, name, n) == 0 && word[n + strspn (word + n, "0123456789.")] == '\0';
}

static int is_program (const char *word, const char *names)
{
  const char *base = vprod__shell_base_name (word);
  size_t n = strcspn (base, "@"); /* npx pnpm@9 */
  char name[32];

  if (n < sizeof name && base[n]) {
    memcpy (name, base, n);
    name[n] = '\0';
    base = name;
  }
  return strcmp (names, "pip") == 0 ? is_versioned (base, names) : vprod__shell_is_among (base, names);
}

/* The first of the words from i to end that is one of the verbs and stands where a verb stands: behind options,
   and behind what may be an option's value ("npm --prefix web ci"). `end` where there is none. */
static size_t find_verb (const struct vprod__shell_words *words, size_t i, size_t end, const char *verbs)
{
  int after_option = 0;

  for (; i < end; i++) {
    const char *word = words->list[i].text;
    const char *colon = strrchr (word, ':'); /* ":app:dependencies" of Gradle */
    if (vprod__shell_is_among (word, verbs) || (word[0] == ':' && vprod__shell_is_among (colon + 1, verbs)))
      return i;
    if (word[0] != '-' && !after_option && strcmp (word, "clean") != 0)
      return end;
    after_option = word[0] == '-' && !strchr (word, '=');
  }
  return end;
}

static int has_word (const struct vprod__shell_words *words, size_t i, size_t end, const char *names)
{
  for (; i < end; i++)
    if (vprod__shell_is_among (words->list[i].text, names))
      return 1;
  return 0;
}

/* `pip install .`, `pip install -e ./lib dist/x.whl`: paths only. */
static int names_paths_only (const struct vprod__shell_words *words, size_t i, size_t end)
{
  int paths = 0, value = 0;

  for (; i < end; i++) {
    const char *word = words->list[i].text;
    if (strncmp (word, "-r", 2) == 0 || strncmp (word, "--requirement", 13) == 0)
      return 0;
    if (word[0] == '-')
      value = vprod__shell_is_among (word,
                         "-w --wheel-dir -d --dest -c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix "
                         "--root --python --extra --group");
    else if (value)
      value = 0;
    else if (word[0] == '.' || word[0] == '/' || strstr (word, ".whl") || strstr (word, ".tar.gz"))
      paths = 1;
    else
      return 0;
  }
  return paths;
}

/* Is it pip's install, also uv's, or what fetches the same? `verb` is the word "install". */
static int is_pip (const struct vprod__shell_words *words, size_t verb)
{
  return vprod__shell_is_among (words->list[verb].text, "install wheel download")
         && is_versioned (vprod__shell_base_name (words->list[verb - 1].text), "pip");
}

/* `pnpm install --offline` links what `pnpm fetch` has put into a layer of its own: pnpm's manual copies the sources
   between the two. */
static int links_what_was_fetched (const struct vprod__shell_words *words, size_t program, size_t verb, size_t end)
{
  return is_program (words->list[program].text, "pnpm") && has_word (words, verb + 1, end, "--offline");
}

/* The words from `first` to `last`, inclusive. */
static void keep_text (const struct vprod__shell_words *words, size_t first, size_t last, struct vprod__install *ret)
{
  size_t used = 0;

  for (size_t i = first; i <= last; i++) {
    size_t n = strlen (words->list[i].text);
    if (used + n + 2 > sizeof ret->text) {
      ret->text[0] = '\0';
      return;
    }
    if (i > first)
      ret->text[used++] = ' ';
    memcpy (ret->text + used, words->list[i].text, n + 1);
    used += n;
  }
}

/* The index of pacman's -S, -Sy, -Syu …; `end` if no packages follow, which only upgrades. */
static size_t find_pacman_install (const struct vprod__shell_words *words, size_t i, size_t end)
{
  size_t option;

  if (strcmp (vprod__shell_base_name (words->list[i].text), "pacman") != 0)
    return end;
  option = find_verb (words, i + 1, end, "-S -Sy -Syy -Syu -Syyu -Su --sync");
  for (size_t k = option + 1; k < end; k++)
    if (words->list[k].text[0] != '-')
      return option;
  return end;
}

/* "yarn", "yarn --immutable", "bundle -j 4" install; "yarn --version" and "yarn --cwd web build" do not. Its
   name, or NULL. */
static const char *bare_installer (const struct vprod__shell_words *words, size_t i, size_t end)
{
  static const char *const no_install = "--version -v --help -h help";
  static const char *const valued = "--cwd --cache-folder --modules-folder --network-timeout --registry --mutex --network-concurrency "
                                    "--production --path --jobs -j --gemfile --retry --without --mode";
  const char *name = is_program (words->list[i].text, "yarn")     ? "yarn"
                     : is_program (words->list[i].text, "bundle") ? "bundle"
                                                                  : NULL;

  if (!name)
    return NULL;
  for (i++; i < end; i++) {
    const char *word = words->list[i].text;
    if (word[0] != '-' || vprod__shell_is_among (word, no_install))
      return NULL;
    if (vprod__shell_is_among (word, valued) && i + 1 < end && words->list[i + 1].text[0] != '-')
      i++;
  }
  return name;
}

/* Skips a program that runs a package manager: "python -m", "php", "corepack", "npx -y", "conda run -n env". The index of
   the package manager; i if there is none. */
static size_t skip_launcher (const struct vprod__shell_words *words, size_t i, size_t end)
{
  static const struct {
    const char *program, *verb; /* NULL: none */
    const char *launched;       /* programs that matter; NULL: any */
    const char *valued;         /* options with a value */
  } launchers[] = {
    { "php", NULL, "composer composer.phar", "-d" },
    { "corepack npx bunx", NULL, "npm pnpm yarn bun", "-p --package" },
    { "conda mamba micromamba", "run", NULL, "-n --name -p --prefix --cwd" },
    { "poetry pipenv", "run", "pip python python3", "" },
  };

  if (is_versioned (vprod__shell_base_name (words->list[i].text), "python")) {
    size_t m = find_verb (words, i + 1, end, "-m");
    return m + 1 < end ? m + 1 : i;
  }
  for (size_t k = 0; k < sizeof launchers / sizeof launchers[0]; k++) {
    size_t at = i + 1;
    if (!is_program (words->list[i].text, launchers[k].program))
      continue;
    if (launchers[k].verb && (at = find_verb (words, at, end, launchers[k].verb)) < end)
      at++;
    while (at < end && words->list[at].text[0] == '-')
      at += vprod__shell_is_among (words->list[at].text, launchers[k].valued) ? 2 : 1;
    if (at < end && (!launchers[k].launched || is_program (words->list[at].text, launchers[k].launched)))
      return at;
  }
  return i;
}

/* `mix do deps.get, deps.compile`: nothing but dependencies. `mix do deps.get, compile` builds the project. */
static int is_mix_do (const struct vprod__shell_words *words, size_t i, size_t end)
{
  int gets = 0;

  if (!is_program (words->list[i].text, "mix") || i + 2 >= end || strcmp (words->list[i + 1].text, "do") != 0)
    return 0;
  for (i += 2; i < end; i++) {
    const char *word = words->list[i].text;
    size_t n = strcspn (word, ",");
    gets |= n == 8 && strncmp (word, "deps.get", n) == 0;
    if (strncmp (word, "compile", 7) == 0 || strncmp (word, "release", 7) == 0 || strncmp (word, "assets.", 7) == 0
        || strncmp (word, "phx.", 4) == 0)
      return 0;
  }
  return gets;
}

/* The simple command in the words from i to end, i its program. */
static void find_in_command (const struct vprod__shell_words *words, size_t i, size_t end,
                             struct vprod__install *ret)
{
  for (size_t next; (next = skip_launcher (words, i, end)) != i;)
    i = next;
  for (size_t k = 0; k < sizeof installers / sizeof installers[0]; k++) {
    size_t verb = i;
    if (!is_program (words->list[i].text, installers[k].program))
      continue;
    if (installers[k].verbs)
      verb = find_verb (words, i + 1, end, installers[k].verbs);
    if (verb < end && installers[k].needs)
      while (verb < end && !vprod__shell_is_among (words->list[verb].text, installers[k].needs))
        verb++;
    if (verb >= end)
      continue;
    int pip = verb > i && is_pip (words, verb);
    if (has_word (words, verb + 1, end, pip ? "--no-deps" : "--only-root"))
      continue;
    ret->manager = installers[k].program;
    ret->project = pip ? names_paths_only (words, verb + 1, end)
                       : links_what_was_fetched (words, i, verb, end)
                           || (installers[k].deps_only && !has_word (words, verb + 1, end, installers[k].deps_only));
    keep_text (words, i, verb, ret);
    return;
  }
  size_t option = find_pacman_install (words, i, end);
  const char *bare = bare_installer (words, i, end);
  if (option < end) {
    ret->manager = "pacman";
    keep_text (words, i, option, ret);
  }
  else if (is_mix_do (words, i, end)) {
    ret->manager = "mix";
    keep_text (words, i, i + 1, ret);
  }
  else if (bare) {
    *ret = (struct vprod__install) { .manager = bare };
    memcpy (ret->text, bare, strlen (bare) + 1);
  }
}

int vprod__find_install (const char *step_text, struct vprod__install *ret)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
  struct vprod__install found = { 0 };

  *ret = found;
  if (strncasecmp (step_text, "RUN", 3) != 0 || !isspace ((unsigned char) step_text[3]))
    return 0;
  const char *text = step_text + 3;
  for (text += strspn (text, " \t"); strncmp (text, "--", 2) == 0; text += strspn (text, " \t"))
    text += strcspn (text, " \t"); /* --mount=…, --network=… */
  if (vprod__shell_split (text, &words) < 0)
    return -1;
  for (size_t start = 0, end; start < words.count; start = end) {
    end = vprod__shell_command_end (&words, start);
    size_t program = vprod__shell_program (&words, start, end);
    if (program == end)
      continue;
    found = (struct vprod__install) { 0 };
    find_in_command (&words, program, end, &found);
    /* of several, prefer one that does not install the project too */
    if (found.manager && (!ret->manager || (ret->project && !found.project)))
      *ret = found;
  }
  return 0;
}
