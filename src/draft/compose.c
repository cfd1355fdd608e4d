/* SPDX-License-Identifier: MIT */
/*
 * Which compose files there are, and which of their services is the app: the one that is built from the Dockerfile. A file that
 * the caller names says where the Dockerfile is; those that are found beside a Dockerfile are asked how it is run.
 */
#include "draft/compose.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "spec/keys.h"
#include "util/text.h"

typedef vprod__compose_node node;

#define MAX_LISTED 8
#define MAX_UP 3

/* ---- which service ------------------------------------------------------------------------------------------ */

static const node *build_of (const struct vprod__compose_service *service)
{
  const node *build = vprod__compose_service_get (service, "build");

  return build && build->kind != VPROD__YAML_SEQUENCE ? build : NULL;
}

/* Where a service's Dockerfile and its context are, relative to the project's folder. NULL: not known. */
static char *context_of (struct vprod__draft *draft, const node *build)
{
  const node *named = build->kind == VPROD__YAML_MAPPING ? vprod__compose_get (build, "context") : build;
  _cleanup_free_ char *context = named ? vprod__compose_text (draft, named, 0) : strdup (".");

  if (!context || strstr (context, "://") || strncmp (context, "git@", 4) == 0
      || (build->kind == VPROD__YAML_MAPPING && vprod__compose_get (build, "dockerfile_inline")))
    return NULL;
  return vprod__compose_join (draft, ".", context);
}

/* *ret_file: within the context; NULL: it cannot be read here. The Dockerfile's path in the project, or NULL. */
static char *dockerfile_of (struct vprod__draft *draft, const char *dir, const char *context, const node *build, char **ret_file)
{
  const node *file = build->kind == VPROD__YAML_MAPPING ? vprod__compose_get (build, "dockerfile") : NULL;
  _cleanup_free_ char *dockerfile = vprod__compose_text (draft, file, 0);

  if (file && !dockerfile)
    return NULL;
  for (size_t i = 0; !dockerfile && i < 3; i++) { /* podman-compose takes Containerfile, too */
    static const char *const names[] = { "Dockerfile", "Containerfile", "Dockerfile" };
    _cleanup_free_ char *inside = vprod__compose_join (draft, context, names[i]);
    _cleanup_free_ char *path = inside ? vprod__compose_join (draft, dir, inside) : NULL;
    if (path && (i == 2 || access (path, F_OK) == 0))
      dockerfile = strdup (names[i]);
  }
  char *whole = dockerfile ? vprod__compose_join (draft, context, dockerfile) : NULL;
  draft->no_memory |= !whole;
  if (ret_file)
    *ret_file = vprod__steal (&dockerfile);
  return whole;
}

struct choice {
  const struct vprod__compose *compose;
  const char *dockerfile; /* its real path; NULL: any that is built */
  const char *folder;     /* the real path of its folder */
  const char *project;    /* the project's name */
  struct vprod__compose_service best;
  int score, ties;
  struct vprod__buf names;
  size_t listed;
};

/* 3: it is built from this Dockerfile, 2: from another one in its folder, 1: an image that is called like the project. */
static int fits (struct vprod__draft *draft, const struct vprod__compose_service *service, const struct choice *choice)
{
  const node *build = build_of (service);
  _cleanup_free_ char *context = build ? context_of (draft, build) : NULL;
  _cleanup_free_ char *file = context ? dockerfile_of (draft, choice->compose->dir, context, build, NULL) : NULL;
  _cleanup_free_ char *path = file ? vprod__compose_join (draft, choice->compose->dir, file) : NULL;
  _cleanup_free_ char *real = path ? realpath (path, NULL) : NULL;

  if (!choice->dockerfile)
    return build ? 3 : 0;
  if (real && strcmp (real, choice->dockerfile) == 0)
    return 3;
  size_t n = strlen (choice->folder);
  if (real && strncmp (real, choice->folder, n) == 0 && real[n] == '/' && !strchr (real + n + 1, '/'))
    return 2;
  if (build || !choice->project)
    return 0;
  _cleanup_free_ char *image = vprod__compose_text (draft, vprod__compose_service_get (service, "image"), 0);
  const char *name = image ? strrchr (image, '/') : NULL;
  name = name ? name + 1 : image ? image : "";
  size_t length = strcspn (name, ":@");
  return length == strlen (choice->project) && strncmp (name, choice->project, length) == 0;
}

static void weigh (struct vprod__draft *draft, const struct vprod__compose_service *service, void *data)
{
  static const char *const usual[] = { "web", "app", "api", "backend", "server", NULL };
  struct choice *choice = data;
  int fit = fits (draft, service, choice);

  if (fit == 0)
    return;
  if (choice->listed++ < MAX_LISTED
      && vprod__buf_addf (&choice->names, "%s%s", choice->names.length ? ", " : "", service->name) < 0)
    draft->no_memory = 1;
  int score = fit * 100 + (vprod__compose_service_get (service, "ports") ? 20 : 0)
              + (vprod__compose_service_get (service, "expose") ? 5 : 0) + (vprod__text_is_one_of (service->name, usual) ? 10 : 0);
  if (score == choice->score)
    choice->ties++;
  if (score <= choice->score)
    return;
  choice->score = score;
  choice->ties = 0;
  choice->best = *service;
}

static void remember (struct vprod__draft *draft, struct vprod__compose *compose, const struct choice *choice)
{
  compose->app = choice->best;
  vprod__draft_set (draft, &draft->compose_name, "%s", choice->best.name);
  vprod__draft_set (draft, &draft->compose, "%s", choice->best.files[0]->name);
}

/* The service that is built; of several, the one that publishes ports. */
static int choose (struct vprod__draft *draft, struct vprod__compose *compose, vprod_error **err)
{
  struct choice choice = { .compose = compose };
  int r = 0;

  vprod__compose_each (draft, compose, weigh, &choice);
  if (choice.listed == 0)
    r = vprod__error_set (err, VPROD_ERROR_INVALID, 0, "no service of %s is built from a Dockerfile", draft->compose);
  else if (choice.ties > 0) {
    _cleanup_free_ char *names = vprod__text_harmless (vprod__buf_string (&choice.names), choice.names.length);
    r = vprod__error_set (err, VPROD_ERROR_INVALID, 0, "%s builds several services (%s): name the Dockerfile of one instead",
                          draft->compose, names ? names : "");
  }
  else
    remember (draft, compose, &choice);
  vprod__buf_clear (&choice.names);
  return r;
}

/* ---- a file that the caller names ----------------------------------------------------------------------------- */

static int place (struct vprod__draft *draft, const char *dir, const node *build, vprod_error **err)
{
  if (!build)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "no service of %s is built from a Dockerfile", draft->compose);
  _cleanup_free_ char *target = vprod__compose_text (draft, vprod__compose_get (build, "target"), 0), *inside = NULL;

  draft->context = context_of (draft, build);
  draft->dockerfile_named = draft->context ? dockerfile_of (draft, dir, draft->context, build, &inside) : NULL;
  if (!draft->dockerfile_named)
    return draft->no_memory ? vprod__error_no_memory (err)
           : vprod__error_set (err, VPROD_ERROR_INVALID, 0,
                               "the build of the service %s in %s has no folder and Dockerfile that can be read here",
                               draft->compose_name, draft->compose);
  _cleanup_free_ char *whole = vprod__compose_join (draft, dir, draft->context);
  _cleanup_free_ char *path = vprod__compose_join (draft, dir, draft->dockerfile_named);
  const char *slash = path ? strrchr (path, '/') : NULL, *inner = inside ? strrchr (inside, '/') : NULL;
  if (!whole || !path || !inside)
    return vprod__error_no_memory (err);
  vprod__draft_set (draft, &draft->dir, "%.*s", slash && slash != path ? (int) (slash - path) : 1, slash ? path : ".");
  vprod__draft_set (draft, &draft->dockerfile, "%s", slash ? slash + 1 : path);
  vprod__draft_set (draft, &draft->below, "%.*s",
                    inner && *inside != '/' && !strstr (inside, "..") ? (int) (inner - inside) + 1 : 0, inside);
  draft->context_dir = vprod__steal (&whole);
  vprod__draft_set (draft, &draft->context_from, "the context of the service %s in %s", draft->compose_name, draft->compose);
  if (target && !vprod__spec_check_target (target))
    draft->target = vprod__steal (&target);
  return draft->no_memory ? vprod__error_no_memory (err) : 0;
}

static struct vprod__compose *new_compose (struct vprod__draft *draft, const char *dir, const char *up)
{
  struct vprod__compose *compose = calloc (1, sizeof *compose);

  draft->no_memory |= !compose;
  vprod__compose_free (draft->compose_files);
  draft->compose_files = compose;
  if (compose) {
    vprod__draft_set (draft, &compose->dir, "%s", dir);
    vprod__draft_set (draft, &compose->up, "%s", up);
  }
  return compose;
}

int vprod__draft_open_compose (struct vprod__draft *draft, const char *name, vprod_error **err)
{
  _cleanup_free_ char *dir = strdup (draft->dir);
  struct vprod__compose *compose = new_compose (draft, draft->dir, "");

  vprod__draft_set (draft, &draft->compose, "%s", name);
  if (draft->no_memory || !dir)
    return vprod__error_no_memory (err);
  int r = vprod__compose_add (draft, compose, name, name, err);
  if (r < 0)
    return r;
  vprod__compose_read_variables (draft, compose);
  r = choose (draft, compose, err);
  if (r < 0)
    return r;
  return place (draft, dir, build_of (&compose->app), err);
}

/* ---- files beside a Dockerfile -------------------------------------------------------------------------------- */

/* 3: for production, 2: the usual names, 1: what is added to them, usually for development; 0: another, or none. */
static int rank_of (const char *name)
{
  static const char *const usual[] = { "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml", NULL };
  size_t n = strlen (name);

  if (vprod__text_is_one_of (name, usual))
    return 2;
  if ((strncmp (name, "compose.", 8) != 0 && strncmp (name, "docker-compose.", 15) != 0)
      || (!vprod__text_has_suffix (name, n, ".yml") && !vprod__text_has_suffix (name, n, ".yaml")))
    return 0;
  if (strstr (name, ".prod") || strstr (name, ".deploy") || strstr (name, ".release"))
    return 3;
  return strstr (name, ".override.") || strstr (name, ".example.") ? 1 : 0;
}

/* Those of a folder, the first that wins first. A file that cannot be read is passed over. */
static void add_files (struct vprod__draft *draft, struct vprod__compose *compose, const char *dir, const char *up)
{
  struct dirent **names = NULL;
  int count = scandir (dir, &names, NULL, alphasort);

  for (int rank = 3; rank > 0; rank--)
    for (int i = 0; i < count; i++) {
      _cleanup_free_ char *shown = NULL;
      if (rank_of (names[i]->d_name) != rank || compose->n_files >= VPROD__COMPOSE_MAX_FILES)
        continue;
      vprod__draft_set (draft, &shown, "%s%s", up, names[i]->d_name);
      if (shown && vprod__compose_add (draft, compose, names[i]->d_name, shown, NULL) == -VPROD_ERROR_NO_MEMORY)
        draft->no_memory = 1;
    }
  for (int i = 0; i < count; i++)
    free (names[i]);
  free (names);
}

/* The context that the service names, if the Dockerfile is in it or below: ".", "../..". */
static void take_context (struct vprod__draft *draft, const struct vprod__compose *compose, const char *folder)
{
  const node *build = build_of (&compose->app);
  _cleanup_free_ char *context = build ? context_of (draft, build) : NULL;
  _cleanup_free_ char *path = context ? vprod__compose_join (draft, compose->dir, context) : NULL;
  _cleanup_free_ char *real = path ? realpath (path, NULL) : NULL;
  size_t n = real ? strlen (real) : 0;

  if (!real || strcmp (real, folder) == 0 || strncmp (folder, real, n) != 0 || folder[n] != '/')
    return;
  free (draft->context);
  draft->context = NULL;
  for (const char *p = folder + n; p; p = strchr (p + 1, '/')) {
    _cleanup_free_ char *shorter = vprod__steal (&draft->context);
    vprod__draft_set (draft, &draft->context, "%s%s..", shorter ? shorter : "", shorter ? "/" : "");
  }
  vprod__draft_set (draft, &draft->below, "%s/", folder + n + 1);
  vprod__draft_set (draft, &draft->context_from, "the context of the service %s in %s", draft->compose_name, draft->compose);
  draft->context_dir = vprod__steal (&real);
}

/* In one folder: 1 if it has compose files that are of use. Above the Dockerfile only those that build it are. */
static int look_in (struct vprod__draft *draft, const char *dir, const char *up, const char *real, const char *folder)
{
  struct vprod__compose *compose = new_compose (draft, dir, up);
  const char *name = strrchr (folder, '/');
  struct choice choice = { .dockerfile = real, .folder = folder, .project = *up || !name || !name[1] ? NULL : name + 1 };

  if (!compose)
    return 0;
  choice.compose = compose;
  add_files (draft, compose, dir, up);
  if (compose->n_files == 0)
    return 0;
  vprod__draft_set (draft, &draft->compose, "%s", compose->files[0].name);
  vprod__compose_read_variables (draft, compose);
  vprod__compose_each (draft, compose, weigh, &choice);
  vprod__buf_clear (&choice.names);
  if (choice.score > 0)
    remember (draft, compose, &choice);
  if (choice.score >= 300)
    take_context (draft, compose, folder);
  return choice.score > 0 || !*up;
}

/* The folders above, as far as those of one repository go. */
void vprod__draft_find_compose (struct vprod__draft *draft)
{
  _cleanup_free_ char *path = vprod__compose_join (draft, draft->dir, draft->dockerfile);
  _cleanup_free_ char *real = path ? realpath (path, NULL) : NULL;
  _cleanup_free_ char *folder = real ? strndup (real, (size_t) (strrchr (real, '/') - real)) : NULL;
  _cleanup_free_ char *dir = folder ? strdup (folder) : NULL, *up = strdup ("");

  for (int i = 0; dir && up && *dir && i <= MAX_UP; i++) {
    if (look_in (draft, dir, up, real, folder))
      return;
    _cleanup_free_ char *git = vprod__compose_join (draft, dir, ".git"), *shorter = vprod__steal (&up);
    if (git && access (git, F_OK) == 0)
      break;
    *strrchr (dir, '/') = '\0';
    vprod__draft_set (draft, &up, "../%s", shorter);
  }
  vprod__compose_free (draft->compose_files);
  draft->compose_files = NULL;
  free (draft->compose);
  draft->compose = NULL;
}
