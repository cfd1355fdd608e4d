/* SPDX-License-Identifier: MIT */
/* What the stages run and copy that the shipped one needs: which steps install dependencies, what comes from the context. */
#include "draft/draft.h"
#include "dockerfile/installers.h"
#include "util/grow.h"
#include "util/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COPIES 200
#define MAX_MOUNTS 20
#define MAX_STEP (64 * 1024)    /* of a RUN that is looked at */
#define MAX_STEPS (512 * 1024)  /* of all */

/* 1: it installs dependencies; *ret_project: the project itself, too. */
static int take_run (struct vprod__draft *draft, const struct vprod__instruction *it, int *ret_project)
{
  _cleanup_free_ char *text = NULL;
  struct vprod__install install = { 0 };

  if (strlen (it->text) + (it->body ? strlen (it->body) : 0) > MAX_STEP
      || draft->steps.length > MAX_STEPS)
    return 0;
  vprod__draft_set (draft, &text, "RUN %s%s%s", it->text, it->body ? "\n" : "", it->body ? it->body : "");
  if (!text || vprod__find_install (text, &install) < 0) {
    draft->no_memory = 1;
    return 0;
  }
  if (vprod__buf_addf (&draft->steps, "%s\n", text) < 0)
    draft->no_memory = 1;
  if (!install.manager)
    return 0;
  *ret_project = install.project;
  if (!draft->installs_from)
    vprod__draft_set (draft, &draft->installs_from, "line %zu (%s)", it->line,
                      install.text[0] ? install.text : install.manager);
  return 1;
}

/* "./src//x/" → "src/x"; NULL: nothing of the context. */
static char *clean_path (struct vprod__draft *draft, const char *path)
{
  char clean[PATH_MAX], *ret;

  if (vprod__path_clean (path, strlen (path), clean, sizeof clean) < 0)
    return NULL;
  ret = strdup (clean);
  draft->no_memory |= !ret;
  return ret;
}

static void take_copy (struct vprod__draft *draft, const struct vprod__instruction *it, int after_install)
{
  _cleanup_strv_ char **words = NULL;

  if (vprod__instruction_flag (it, "from") || it->body
      || vprod__instruction_words (it, draft->file.escape, &words) < 0)
    return;
  for (size_t i = 0; words && words[i] && words[i + 1] && draft->n_copies < MAX_COPIES; i++) {
    _cleanup_free_ char *source = vprod__draft_expand (draft, words[i]);
    _cleanup_free_ char *path = source && !strstr (source, "://") && !strpbrk (source, "*?[")
                                  ? clean_path (draft, source)
                                  : NULL;
    if (!path)
      continue;
    if (vprod__grow (&draft->copies, draft->n_copies) < 0) {
      draft->no_memory = 1;
      return;
    }
    draft->copies[draft->n_copies++] = (struct vprod__draft_copy) {
      .path = vprod__steal (&path), .line = it->line, .after_install = after_install, .stage = it->stage };
  }
}

/* --mount=type=bind,source=requirements.txt,…: of the context where no stage is named, all of it without a source. */
static void take_mounts (struct vprod__draft *draft, const struct vprod__instruction *it)
{
  for (size_t i = 0; it->flags && it->flags[i]; i++) {
    const char *flag = it->flags[i], *source = NULL;
    if (strncmp (flag, "--mount=", 8) != 0 || !strstr (flag, "type=bind") || strstr (flag, "from="))
      continue;
    for (const char *field = flag + 8; !source && field;
         field = strchr (field, ',') ? strchr (field, ',') + 1 : NULL)
      source = strncmp (field, "source=", 7) == 0 ? field + 7 : strncmp (field, "src=", 4) == 0 ? field + 4 : NULL;
    _cleanup_free_ char *text = strndup (source ? source : "", source ? strcspn (source, ",") : 0);
    _cleanup_free_ char *named = text ? vprod__draft_expand (draft, text) : NULL;
    _cleanup_free_ char *path = named ? clean_path (draft, named) : NULL;
    if (path && vprod__strv_length (draft->mounts) < MAX_MOUNTS)
      vprod__draft_add (draft, &draft->mounts, path);
  }
}

/* Is one stage the other, or built on it by FROM? */
static int is_built_on (const struct vprod__draft *draft, int stage, int below)
{
  for (size_t up = 0; stage >= 0 && up <= draft->file.n_stages; up++, stage = draft->file.stages[stage].parent)
    if (stage == below)
      return 1;
  return 0;
}

/* An install of a stage: all that was copied before it there runs it again. */
static void mark_before (struct vprod__draft *draft, int stage)
{
  for (size_t i = 0; i < draft->n_copies; i++)
    draft->copies[i].before_install |= is_built_on (draft, stage, draft->copies[i].stage);
}

void vprod__draft_read_steps (struct vprod__draft *draft)
{
  int project = 0, installed_in = VPROD__DOCKERFILE_NO_STAGE;

  for (size_t i = 0; i < draft->file.count; i++) {
    const struct vprod__instruction *it = &draft->file.list[i];
    if (it->stage < 0 || !draft->needed[it->stage])
      continue;
    if (strcmp (it->name, "RUN") == 0) {
      take_mounts (draft, it);
      if (take_run (draft, it, &project)) {
        installed_in = it->stage;
        if (!project)
          mark_before (draft, it->stage);
      }
    }
    else if (strcmp (it->name, "COPY") == 0 || strcmp (it->name, "ADD") == 0)
      take_copy (draft, it, installed_in == it->stage);
  }
}
