/* SPDX-License-Identifier: MIT */
/* What should stay out: of the context, and of the image. */
#include "draft/draft.h"
#include "known/phrases.h"

#include <jansson.h>
#include <string.h>
#include "util/path.h"
#include "spec/keys.h"
#include "util/text.h"

#define MAX_MANIFEST (256 * 1024)
#define MAX_EXCLUDE 16
#define MAX_DEV 12

/* ---- of the context --------------------------------------------------------------------------------------- */

/* Is it, or something in it, named by a COPY? */
static int is_copied (const struct vprod__draft *draft, const char *path)
{
  for (size_t i = 0; i < draft->n_copies; i++)
    if (*draft->copies[i].path && vprod__path_is_under (draft->copies[i].path, path))
      return 1;
  return 0;
}

static void exclude (struct vprod__draft *draft, const char *path)
{
  int folder = vprod__draft_kind (draft, path) == 'd' && path[strlen (path) - 1] != '/';
  _cleanup_free_ char *entry = NULL, *other = NULL;

  if (vprod__strv_length (draft->exclude) >= MAX_EXCLUDE || is_copied (draft, path))
    return;
  vprod__draft_set (draft, &entry, "%s%s", path, folder ? "/" : "");
  vprod__draft_set (draft, &other, "%s%s", path, folder ? "" : "/");
  if (entry && other && !vprod__spec_check_inside (entry) && !vprod__strv_has (draft->exclude, other))
    vprod__draft_add (draft, &draft->exclude, entry);
}

/* Does a line of the .dockerignore bring something of it back? */
static int has_exception (const struct vprod__draft *draft, const char *path)
{
  for (size_t i = 0; draft->ignored && draft->ignored[i]; i++)
    if (draft->ignored[i][0] == '!'
        && (strpbrk (draft->ignored[i], "*?[") || vprod__path_is_under (draft->ignored[i] + 1, path)))
      return 1;
  return 0;
}

void vprod__draft_find_exclude (struct vprod__draft *draft)
{
  static const char *const usual[] = {
    "tests", "test", "spec", "__tests__", "e2e", "node_modules", ".venv", "venv", "__pycache__", ".github",
    ".env.local", ".env.production", NULL,
  };
  static const char *const dull[] = {
    "Dockerfile", ".dockerignore", "verify-prod.yaml", "docker-compose", "compose.y", "README", "LICENSE",
    ".gitignore", NULL,
  };

  for (size_t i = 0; draft->ignored && draft->ignored[i]; i++) {
    const char *line = vprod__path_relative (draft->ignored[i]);
    if (!vprod__text_begins_with_one_of (line, dull) && *line && !has_exception (draft, line) && !strpbrk (line, "*?[!\\")
        && vprod__draft_is_ignored (draft, line))
      exclude (draft, line);
  }
  exclude (draft, ".git");
  exclude (draft, ".env");
  for (size_t i = 0; usual[i]; i++)
    if (vprod__draft_kind (draft, usual[i]))
      exclude (draft, usual[i]);
}

/* ---- what is for development ------------------------------------------------------------------------------ */

static void add_dev_package (struct vprod__draft *draft, const char *name)
{
  if (vprod__strv_length (draft->dev_packages) < MAX_DEV)
    vprod__draft_add (draft, &draft->dev_packages, name);
}

/* Of many, those that the dependency files name. */
static void add_named (struct vprod__draft *draft, enum vprod__says names)
{
  for (const struct vprod__phrase *p = NULL; (p = vprod__phrase_next (names, p));)
    if (draft->manifests && strstr (draft->manifests, p->text))
      add_dev_package (draft, p->text);
}

/* What no library needs to run: of others that stand under devDependencies (postcss, dotenv, react) a production image may
   well have a copy, as a dependency of what it needs. */
static int is_node_tool (const char *name)
{
  return vprod__says (VPROD__NAMES_NODE_TOOL, name);
}

static void add_node_packages (struct vprod__draft *draft, const char *file)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  json_error_t error;
  const char *name;
  json_t *value;

  if (!vprod__draft_read_file (draft, file, MAX_MANIFEST, &text))
    return;
  json_t *package = json_loadb (vprod__buf_string (&text), text.length, 0, &error);
  json_object_foreach (json_object_get (package, "devDependencies"), name, value)
    if (is_node_tool (name) && !json_object_get (json_object_get (package, "dependencies"), name))
      add_dev_package (draft, name);
  json_decref (package);
}

void vprod__draft_find_dev (struct vprod__draft *draft)
{
  switch (draft->language) {
  case VPROD__LANGUAGE_PYTHON:
    add_named (draft, VPROD__NAMES_PYTHON_TOOL);
    add_dev_package (draft, "pytest");
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_NODE:
    for (size_t i = 0; draft->manifest_names && draft->manifest_names[i]; i++) {
      if (strcmp (vprod__path_name (draft->manifest_names[i]), "package.json") == 0)
        add_node_packages (draft, draft->manifest_names[i]);
    }
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_RUBY:
    add_named (draft, VPROD__NAMES_RUBY_TOOL);
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_GO:
    vprod__draft_add (draft, &draft->dev_paths, "/usr/local/go/bin/go");
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_RUST:
    vprod__draft_add (draft, &draft->dev_paths, "/usr/local/cargo/bin/cargo");
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_JAVA:
    add_dev_package (draft, "maven");
    vprod__draft_add (draft, &draft->dev_paths, "/usr/bin/mvn");
    vprod__draft_add (draft, &draft->dev_paths, "/usr/bin/gradle");
    vprod__draft_add (draft, &draft->dev_paths, "/opt/java/openjdk/bin/javac");
    break;
  case VPROD__LANGUAGE_PHP:
    /* the official images bring a compiler */
    vprod__draft_add (draft, &draft->dev_paths, "/usr/bin/composer");
    vprod__draft_add (draft, &draft->dev_paths, "/usr/local/bin/composer");
    break;
  case VPROD__LANGUAGE_ELIXIR: /* a release brings neither */
    vprod__draft_add (draft, &draft->dev_paths, "/usr/local/bin/mix");
    vprod__draft_add (draft, &draft->dev_paths, "/usr/bin/mix");
    add_dev_package (draft, "gcc");
    break;
  case VPROD__LANGUAGE_DOTNET:
    vprod__draft_add (draft, &draft->dev_paths, "/usr/share/dotnet/sdk");
    vprod__draft_add (draft, &draft->dev_paths, "/usr/lib/dotnet/sdk");
    break;
  default:
    add_dev_package (draft, "gcc");
    add_dev_package (draft, "make");
  }
}
