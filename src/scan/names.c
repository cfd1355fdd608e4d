/* SPDX-License-Identifier: MIT */
#include "scan/inside.h"

#include <fnmatch.h>
#include <string.h>

/* Names of files in which NAME=value is a setting and not code. */
static const char *const settings[] = {
  ".env", ".env.*", "*.env", ".envrc", "credentials", "credentials.*", "secrets.*", "*.secret", "*.secrets", ".npmrc",
  ".yarnrc", ".yarnrc.yml", ".pypirc", "pip.conf", ".netrc", "_netrc", ".git-credentials", ".dockercfg",
  ".dockerconfigjson", "kubeconfig", "*.kubeconfig", ".pgpass", ".my.cnf", ".htpasswd", "application*.properties",
  "application*.yml", "application*.yaml", "appsettings*.json", "local_settings.py", "settings_local.py",
  "wp-config.php", "database.yml", "master.key", "*.tfvars", "terraform.tfstate", ".s3cfg", ".boto", "rclone.conf",
  "config.local.*", NULL,
};

/* Folders in which files come from a package manager; each stands somewhere in the path. */
static const char *const third_party[] = {
  "/usr/share/", "/usr/lib/", "/usr/lib64/", "/usr/include/", "/usr/local/lib/", "/usr/src/", "/lib/", "/var/lib/",
  "/var/cache/", "/site-packages/", "/dist-packages/", "/node_modules/", "/gems/", "/vendor/", "/go/pkg/mod/",
  "/.cargo/registry/", "/.m2/repository/", NULL,
};

/* Folders of tests, samples and documentation. */
static const char *const fixtures[] = {
  "/test/", "/tests/", "/testdata/", "/testing/", "/fixtures/", "/examples/", "/example/", "/samples/", "/doc/", "/docs/",
  NULL,
};

/* The part of a path after its last slash. */
static const char *base_name (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash ? slash + 1 : path;
}

/* Does one of these folders stand in the path? Archives leave out its first slash. */
static int lies_in (const char *path, const char *const *folders)
{
  for (size_t i = 0; folders[i]; i++)
    if (strncmp (path, folders[i] + 1, strlen (folders[i] + 1)) == 0 || strstr (path, folders[i]))
      return 1;
  return 0;
}

void vprod__scan_judge_name (const char *path, struct vprod__scan_name *ret)
{
  const char *name = base_name (path);

  *ret = (struct vprod__scan_name) { 0 };
  for (size_t i = 0; settings[i] && !ret->settings; i++)
    ret->settings = fnmatch (settings[i], name, 0) == 0;
  ret->third_party = lies_in (path, third_party);
  ret->fixture = lies_in (path, fixtures);
}

/* Is name among the patterns, which have spaces between? */
static int is_among (const char *name, const char *patterns)
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

int vprod__scan_rule_wants (const struct vprod__scan_rule *rule, const char *path, const struct vprod__scan_name *name)
{
  if (rule->files)
    return is_among (base_name (path), rule->files);
  switch (rule->where) {
  case VPROD__SCAN_SETTINGS:
    return name->settings;
  case VPROD__SCAN_OWN:
    return !name->third_party;
  case VPROD__SCAN_NOT_FIXTURES:
    return !name->third_party || (!name->fixture && !name->binary);
  case VPROD__SCAN_ANYWHERE:
    break;
  }
  return 1;
}
