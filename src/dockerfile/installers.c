/* SPDX-License-Identifier: MIT */
#include "dockerfile/installers.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
  const char *program;  /* names with blanks between; "pip" stands for pip3 and pip3.12 too */
  const char *verbs; /* likewise; "dependency:" stands for what begins with it; "": the program alone is enough */
  const char *needs;    /* a word that must come after the verb, or NULL */
  const char *dependencies_only; /* options without which the project itself is installed too, or NULL */
} installers[] = {
  /* distributions */
  { "apt-get apt aptitude", "install build-dep", NULL, NULL },
  { "apk", "add", NULL, NULL },
  { "dnf dnf5 microdnf yum tdnf zypper", "install in groupinstall", NULL, NULL },
  { "pacman", "-S -Sy -Syu", NULL, NULL },
  { "opkg", "install", NULL, NULL },
  /* Python */
  { "pip", "install", NULL, NULL },
  { "uv", "sync", NULL, "--no-install-project --no-install-workspace" },
  { "uv", "pip", "install", NULL },
  { "uv", "pip", "sync", NULL },
  { "poetry", "install sync", NULL, "--no-root" },
  { "pdm", "install sync", NULL, "--no-self" },
  { "pipenv", "install sync", NULL, NULL },
  { "rye", "sync", NULL, NULL },
  { "conda mamba micromamba", "install create", NULL, NULL },
  { "conda mamba micromamba", "env", "create", NULL },
  { "conda mamba micromamba", "env", "update", NULL },
  /* JavaScript */
  { "npm", "ci install i clean-install", NULL, NULL },
  { "pnpm", "install i fetch", NULL, NULL },
  { "bun", "install i", NULL, NULL },
  { "deno", "install i", NULL, NULL },
  { "yarn", "install", NULL, NULL }, /* and "yarn" alone: below */
  /* Go, Rust, C and C++ */
  { "go", "mod", "download", NULL },
  { "cargo", "fetch", NULL, NULL },
  { "cargo", "chef", "cook", NULL },
  { "vcpkg conan", "install", NULL, NULL },
  /* Ruby, PHP, Perl, Lua */
  { "bundle bundler", "install", NULL, NULL },
  { "gem", "install", NULL, NULL },
  { "composer composer.phar", "install i", NULL, "--no-autoloader" },
  { "docker-php-ext-install install-php-extensions", "", NULL, NULL },
  { "pecl", "install", NULL, NULL },
  { "cpanm cpan", "", NULL, NULL },
  { "luarocks", "install", NULL, NULL },
  /* JVM, .NET */
  { "mvn mvnw", "dependency:", NULL, NULL },
  { "gradle gradlew", "dependencies", NULL, NULL },
  { "lein", "deps", NULL, NULL },
  { "sbt", "update", NULL, NULL },
  { "dotnet", "restore", NULL, NULL },
  { "nuget", "restore", NULL, NULL },
  /* others */
  { "mix", "deps.get deps.compile", NULL, NULL },
  { "rebar3", "get-deps", NULL, NULL },
  { "cabal", "build v2-build install", "--only-dependencies", NULL },
  { "cabal", "build v2-build install", "--dependencies-only", NULL },
  { "stack", "build install", "--only-dependencies", NULL },
  { "stack", "build install", "--dependencies-only", NULL },
  { "opam", "install", "--deps-only", NULL },
  { "swift", "package", "resolve", NULL },
  { "dart flutter", "pub", "get", NULL },
  { "shards", "install", NULL, NULL },
};

static int is_one_of (const char *word, const char *names)
{
  size_t length = strlen (word);

  for (const char *p = names; *p; p += strspn (p, " ")) {
    size_t n = strcspn (p, " ");
    if (n == length && memcmp (p, word, n) == 0)
      return 1;
    if (p[n - 1] == ':' && strncmp (word, p, n) == 0)
      return 1;
    p += n;
  }
  return 0;
}

/* "pip3.12" is pip, "python3" is python. */
static int is_versioned (const char *word, const char *name)
{
  size_t n = strlen (name);

  return strncmp (word, name, n) == 0 && word[n + strspn (word + n, "0123456789.")] == '\0';
}

static int is_program (const char *word, const char *names)
{
  const char *base = vprod__shell_base_name (word);

  return strcmp (names, "pip") == 0 ? is_versioned (base, names) : is_one_of (base, names);
}

/* The first of the words from i to end that is one of the verbs and stands where a verb stands: behind options,
   and behind what may be an option's value ("npm --prefix web ci"). `end` where there is none. */
static size_t find_verb (const struct vprod__shell_words *words, size_t i, size_t end, const char *verbs)
{
  int after_option = 0;

  for (; i < end; i++) {
    const char *word = words->list[i].text;
    if (is_one_of (word, verbs))
      return i;
    if (word[0] != '-' && !after_option)
      return end;
    after_option = word[0] == '-' && !strchr (word, '=');
  }
  return end;
}

static int has_word (const struct vprod__shell_words *words, size_t i, size_t end, const char *names)
{
  for (; i < end; i++)
    if (is_one_of (words->list[i].text, names))
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
      value = is_one_of (word,
                         "-c --constraint -i --index-url --extra-index-url -f --find-links -t --target --prefix "
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

/* Is it pip's install, also uv's? `verb` is the word "install". */
static int is_pip (const struct vprod__shell_words *words, size_t verb)
{
  return strcmp (words->list[verb].text, "install") == 0
         && is_versioned (vprod__shell_base_name (words->list[verb - 1].text), "pip");
}

/* The words from `first` to `last`, that too. */
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

/* The simple command in the words from i to end, i its program. */
static void find_in_command (const struct vprod__shell_words *words, size_t i, size_t end,
                             struct vprod__install *ret)
{
  if (is_versioned (vprod__shell_base_name (words->list[i].text), "python")) {
    size_t m = find_verb (words, i + 1, end, "-m");
    if (m + 1 < end)
      i = m + 1; /* python -m pip install */
  }
  for (size_t k = 0; k < sizeof installers / sizeof installers[0]; k++) {
    size_t verb = i;
    if (!is_program (words->list[i].text, installers[k].program))
      continue;
    if (installers[k].verbs[0])
      verb = find_verb (words, i + 1, end, installers[k].verbs);
    if (verb < end && installers[k].needs)
      while (verb < end && !is_one_of (words->list[verb].text, installers[k].needs))
        verb++;
    if (verb >= end)
      continue;
    int pip = verb > i && is_pip (words, verb);
    if (pip && has_word (words, verb + 1, end, "--no-deps"))
      continue;
    ret->manager = installers[k].program;
    ret->project = pip ? names_paths_only (words, verb + 1, end)
                       : installers[k].dependencies_only != NULL
                           && !has_word (words, verb + 1, end, installers[k].dependencies_only);
    keep_text (words, i, verb, ret);
    return;
  }
  /* bare "yarn" installs */
  if (strcmp (vprod__shell_base_name (words->list[i].text), "yarn") == 0
      && (i + 1 == end || words->list[i + 1].text[0] == '-'))
    *ret = (struct vprod__install) { .manager = "yarn", .text = "yarn" };
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
    /* of several, the one that does not install the project too */
    if (found.manager && (!ret->manager || (ret->project && !found.project)))
      *ret = found;
  }
  return 0;
}
