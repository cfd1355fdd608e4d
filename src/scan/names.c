/* SPDX-License-Identifier: MIT */
#include "scan/inside.h"
#include "util/text.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Names of files in which NAME=value is a setting and not code. */
static const char *const settings[] = {
  ".env", ".env.*", ".env-*", ".env_*", "*.env", "env.*", ".flaskenv", ".dev.vars", ".envrc", "credentials",
  "credentials.*", "secrets.*", "*.secret", "*.secrets", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc",
  "pip.conf", ".netrc", "_netrc", ".git-credentials", ".dockercfg", ".dockerconfigjson", "kubeconfig",
  "*.kubeconfig", ".pgpass", ".my.cnf", ".htpasswd", "application*.properties", "application*.yml",
  "application*.yaml", "appsettings*.json", "local_settings.py", "settings_local.py", "wp-config.php",
  "database.yml", "master.key", "*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.backup", "bootstrap*.y*ml",
  "parameters.y*ml", "*secret.y*ml", "*secrets.y*ml", ".s3cfg", ".boto", "rclone.conf", "config.local.*",
  "config.y*ml", "config.toml", "config.json", "config.ini", "settings.y*ml", "settings.toml", "settings.json",
  "settings.ini", "secret.*", "*.credentials", "auth.json", "gradle.properties", "bootstrap*.properties",
  "config*.properties", "settings*.properties", "database*.properties", "db*.properties", "jdbc*.properties",
  "datasource*.properties", "docker-compose*.y*ml", "compose*.y*ml", "values*.y*ml",
  "environment", "*.sh", "*entrypoint*", ".*_history", ".bashrc", ".profile", ".bash_profile", ".zshrc",
  "settings*.py", "config.py", "config.js", "config.ts", "settings.js", "secrets.py", "credentials.py",
  "wp-config*.php", "config*.php", "settings*.php", "LocalSettings.php", NULL,
};

/* Code that is nothing but settings. */
static const char *const code_settings[] = { "local_settings.py", "settings_local.py", "settings*.py", "config.py", "secrets.py",
                                             "credentials.py", "config.js", "config.ts", "settings.js", "wp-config*.php",
                                             "config*.php", "settings*.php", "LocalSettings.php", NULL };

/* Files of kinds that hold settings as well as all else: in them only a value counts that looks like nothing else. */
static const char *const likely[] = { "*.y*ml", "*.json", "*.toml", "*.ini", "*.conf", "*.cfg", "*.cnf", "*.config", "*.xml",
                                      "*.properties", "*.service", "Dockerfile*", "*.Dockerfile", "Makefile", NULL };

/* So does code, in a folder of this name … */
static const char *const code_folders[] = { "/config/", "/settings/", NULL };
static const char *const likely_code[] = { "*.py", "*.js", "*.cjs", "*.mjs", "*.ts", "*.php", "*.rb", "*.exs", NULL };

/* … and whatever lies in one of these; the second are of scripts, which have no ending. */
static const char *const likely_folders[] = { "etc/default/", "etc/cron.d/", NULL };
static const char *const script_folders[] = { "usr/local/bin/", "usr/local/sbin/", NULL };

/* What looks like settings and is about other things: packages, texts of a user interface, words of a language model. */
static const char *const unlikely[] = { "package*.json", "*lock.*", "*-lock.*", "*manifest*", "tokenizer*.json", "*tokens.json",
                                        "special_tokens*", "tsconfig*", "jsconfig*", "openapi*", "swagger*", "*schema*",
                                        "messages*", "*jwks*", NULL };
static const char *const unlikely_folders[] = { "locale", "i18n", "lang/", "langs/", "language", "translation", NULL };

static const char *const shell_settings[] = { "*.sh", "*entrypoint*", ".*_history", ".bashrc", ".profile", ".bash_profile",
                                              ".zshrc", NULL };

/* What would be settings, but holds code or is made to be filled in. */
static const char *const no_settings[] = {
  "*.py", "*.pyc", "*.pyi", "*.js", "*.mjs", "*.cjs", "*.ts", "*.map", "*.rb", "*.go", "*.rs", "*.java",
  "*.class", "*.kt", "*.c", "*.h", "*.cc", "*.php", "*.pl", "*.pm", "*.so", "*.md", "*.rst", "*.html", "*.svg",
  "*.template", "*.tmpl", "*.dist", "*.j2", "*.tpl", "*.template.*", "*.default", NULL,
};

/* What is made to be copied and filled in. */
static const char *const examples[] = { "*.example", "*.sample", "*.example.*", "*.sample.*", "example.*", "sample.*",
                                        "*[-_]example.*", "*[-_]sample.*", NULL };

/* Folders in which files come from a package manager: from the root of the image, or of an archive in it … */
static const char *const system_folders[] = {
  "usr/share/", "usr/lib/", "usr/lib32/", "usr/lib64/", "usr/libexec/", "usr/include/", "usr/bin/", "usr/sbin/", "bin/",
  "sbin/", "lib/", "lib32/", "lib64/", "usr/local/lib/python", "usr/local/lib/ruby/", "usr/local/go/", "usr/local/include/",
  "usr/src/linux", "usr/src/python", "var/lib/dpkg/", "var/lib/apt/", "var/cache/apt/", "nix/store/", "opt/java/",
  "opt/conda/", "BOOT-INF/lib/", "WEB-INF/lib/", NULL,
};

/* … and anywhere. */
static const char *const package_folders[] = {
  "/site-packages/", "/dist-packages/", "/node_modules/", "/gems/", "/vendor/", "/pkg/mod/", "/.cargo/registry/",
  "/.m2/repository/", "/.pyenv/versions/", "/.rustup/", "/rustup/toolchains/", "/google-cloud-sdk/", ".whl!/",
  ".egg!/", ".deb!/", ".gem!/", "/perl5/", "/vendor_ruby/", "/usr/share/php/", "/usr/share/nodejs/",
  "/erlang/lib/", "/.cache/uv/", "/.cache/pip/", "/.npm/_cacache/", NULL,
};

/* System folders that hold what people put there. */
static const char *const own_folders[] = { "usr/share/nginx/html/", "usr/lib/cgi-bin/", NULL };

/* Of files that come from a package manager, those that are for tests and for reading have a name in their path that begins
   with one of these. */
static const char *const fixture_words[] = { "test", "example", "sample", "fixture", "dummy", "demo", "mock", "doc/", "docs/",
                                             NULL };

/* The part of a path after its last slash. */
static const char *base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

static int is_named (const char *name, const char *const *patterns)
{
  for (size_t i = 0; patterns[i]; i++)
    if (fnmatch (patterns[i], name, 0) == 0)
      return 1;
  return 0;
}

/* Archives leave out the first slash of a path. */
static int has (const char *path, const char *part)
{
  return strcasestr (path, part) != NULL || (*part == '/' && strncasecmp (path, part + 1, strlen (part + 1)) == 0);
}

static int has_one (const char *path, const char *const *parts)
{
  for (size_t i = 0; parts[i]; i++)
    if (has (path, parts[i]))
      return 1;
  return 0;
}

/* Does a word begin in the path ("latest" has no "test") with one of these? */
static int has_word (const char *path, const char *const *words)
{
  for (size_t i = 0; words[i]; i++)
    for (const char *p = path; (p = strcasestr (p, words[i])); p++)
      if (p == path || !isalpha ((unsigned char) p[-1]))
        return 1;
  return 0;
}

/* The app's own code, in which a key may stand too: SECRET_KEY = "09d2…" beside the routes. */
static const char *const own_code[] = { "*.py", "*.rb", "*.exs", "*.go", "*.rs", "*.java", "*.kt", "*.cs", NULL };

static int is_of_system (const char *path)
{
  const char *inner = path;

  for (; inner; inner = strstr (inner, "!/")) {
    inner += *inner == '!' ? 2 : 0;
    if (vprod__text_begins_with_one_of (inner, system_folders) && !vprod__text_begins_with_one_of (inner, own_folders))
      return 1;
  }
  return 0;
}

/* Does it lie in an archive that a package manager brought? In one that lies among the app's own files, a wheel or an
   archive of Java's that was built from them, what is known by its form counts. */
static int is_in_package_archive (const char *path)
{
  const char *inner = strstr (path, "!/");
  char archive[PATH_MAX];

  if (!inner)
    return 0;
  snprintf (archive, sizeof archive, "%.*s", (int) (inner - path), path);
  return has_one (archive, package_folders) || is_of_system (archive);
}

static void judge_settings (const char *path, struct vprod__scan_name *ret)
{
  const char *name = ret->base;

  ret->code = is_named (name, code_settings);
  ret->settings = ret->code || (is_named (name, settings) && !is_named (name, no_settings));
  ret->shell = ret->settings && is_named (name, shell_settings);
  if (!ret->settings && !is_named (name, unlikely) && !has_word (path, unlikely_folders) && !has_word (path, fixture_words)) {
    int script = vprod__text_begins_with_one_of (path, script_folders) && !strchr (name, '.');
    ret->code = is_named (name, likely_code) && has_one (path, code_folders);
    ret->program = !ret->code && is_named (name, own_code);
    ret->code = ret->code || ret->program;
    ret->guessed = ret->code || script || vprod__text_begins_with_one_of (path, likely_folders)
                   || (is_named (name, likely) && !is_named (name, no_settings));
    ret->shell = script;
    ret->settings = ret->guessed;
  }
  ret->python = ret->code && fnmatch ("*.py", name, 0) == 0;
}

void vprod__scan_judge_name (const char *path, struct vprod__scan_name *ret)
{
  const char *name = base_name (path);

  *ret = (struct vprod__scan_name) { .base = name };
  ret->package = has_one (path, package_folders);
  ret->third_party = ret->package || is_of_system (path);
  if (!ret->third_party && !is_named (name, examples))
    judge_settings (path, ret);
  ret->fixture = ret->third_party && (is_in_package_archive (path) || has_word (path, fixture_words));
}

int vprod__scan_is_among (const char *name, const char *patterns)
{
  while (*patterns) {
    char pattern[64];
    size_t length = strcspn (patterns, " ");
    if (length < sizeof pattern) {
      memcpy (pattern, patterns, length);
      pattern[length] = '\0';
      if (fnmatch (pattern, name, 0) == 0)
        return 1;
    }
    patterns += length;
    patterns += strspn (patterns, " ");
  }
  return 0;
}

/* Does a word of the text end in the name of one of these files: "> ~/.npmrc"? Names that are words of their own do not
   count. */
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
    return name->settings && (!name->program || rule->is_assignment);
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
      return vprod__scan_rules[i].where == VPROD__SCAN_ANYWHERE && !strstr (path, "!/") && !has_word (path, fixture_words);
  return 1;
}
