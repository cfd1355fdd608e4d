/* SPDX-License-Identifier: MIT */
/* The section image. */
#include "draft/write.h"

#include <stdio.h>
#include <string.h>

/* A line of image.args. */
static void write_arg (struct vprod__writer *w, const char *before, const char *pair)
{
  const char *equals = strchr (pair, '=');
  _cleanup_free_ char *name = strndup (pair, (size_t) (equals - pair));

  vprod__write (w, before);
  vprod__write_text (w, name ? name : "");
  vprod__write (w, ": ");
  vprod__write_literal (w, equals + 1);
  vprod__write (w, "\n");
}

/* Arguments of the compose file, then those that FROM uses, commented out if they have a default. */
static void write_args (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  int missing = 0, others = 0;

  for (size_t i = 0; d->base_args && d->base_args[i]; i++) {
    _cleanup_free_ char *name = strndup (d->base_args[i], strcspn (d->base_args[i], "="));
    if (name && vprod__strv_env (d->args, name))
      continue;
    others = 1;
    missing |= d->base_args[i][strcspn (d->base_args[i], "=") + 1] == '\0';
  }
  if (d->args) {
    vprod__write_note (w, 2, "of the service %s in %s", d->compose_name, d->compose);
    vprod__write (w, "  args:\n");
  }
  for (size_t i = 0; d->args && d->args[i]; i++)
    write_arg (w, "    ", d->args[i]);
  if (others && missing)
    vprod__write_note (w, 2, "FROM uses these; the Dockerfile has no default for those that are empty: name them");
  else if (others)
    vprod__write_note (w, 2, "build arguments that FROM uses, with the Dockerfile's defaults");
  if (others && !d->args)
    vprod__write (w, missing ? "  args:\n" : "  # args:\n");
  for (size_t i = 0; d->base_args && d->base_args[i]; i++) {
    _cleanup_free_ char *name = strndup (d->base_args[i], strcspn (d->base_args[i], "="));
    if (!name || !vprod__strv_env (d->args, name))
      write_arg (w, missing ? "    " : "  #   ", d->base_args[i]);
  }
}

/* Those that are files here; the others as a comment: a spec is not taken whose secrets are not there. */
static void write_secrets (struct vprod__writer *w, int files)
{
  struct vprod__draft *d = w->draft;
  const char *indent = files ? "  " : "  # ";
  int written = 0;

  for (size_t i = 0; d->secrets && d->secrets[i]; i++) {
    _cleanup_free_ char *id = strndup (d->secrets[i], strcspn (d->secrets[i], "="));
    const char *kind = strchr (d->secrets[i], '=') + 1, *where = strchr (kind, ':') + 1;
    if ((strncmp (kind, "file:", 5) == 0) != files)
      continue;
    if (written++ == 0 && !files)
      vprod__write_note (w, 2, "the build wants these: see that they are there, and take them in");
    if (written == 1)
      vprod__writef (w, "%ssecrets:\n", indent);
    vprod__writef (w, "%s  ", indent);
    vprod__write_text (w, id ? id : "");
    vprod__writef (w, ": {%s: ", strncmp (kind, "env:", 4) == 0 ? "env" : "file");
    vprod__write_text (w, where);
    vprod__write (w, "}\n");
  }
}

/* What the build must be given. */
static void write_needs (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  vprod__write_notes (w, 2, d->secret_notes);
  write_secrets (w, 1);
  write_secrets (w, 0);
  if (d->ssh) {
    vprod__write_note (w, 2, "RUN --mount=type=ssh");
    vprod__write (w, "  ssh: ");
    vprod__write_list (w, 4, d->ssh);
    vprod__write (w, "\n");
  }
  if (d->contexts) {
    vprod__write_note (w, 2, "named contexts, of %s", d->compose && d->compose_name ? d->compose : "the bake file");
    vprod__write (w, "  contexts:\n");
    vprod__write_pairs (w, 4, d->contexts, 0);
  }
}

void vprod__write_image (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  vprod__write (w, "image:\n  dockerfile: ");
  vprod__write_text (w, d->dockerfile_named ? d->dockerfile_named : d->dockerfile);
  vprod__write (w, "\n");
  if (strcmp (d->context, ".") != 0)
    vprod__write_note (w, 2, "%s", d->context_from ? d->context_from : "the folder that has all that the Dockerfile copies");
  else if (d->missing)
    vprod__write_note (w, 2, "%s, which is not here: is it made before, or is the context another folder?", d->missing);
  vprod__write (w, "  context: ");
  if (strcmp (d->context + strspn (d->context, "./"), "") == 0)
    vprod__write (w, d->context);
  else
    vprod__write_text (w, d->context);
  vprod__write (w, "\n");
  if (d->target) {
    vprod__write_note (w, 2, "%s%s", d->dockerfile_named ? "the stage that is named in " : "the last stage of the Dockerfile is not the one that is shipped",
          d->dockerfile_named ? d->compose : "");
    vprod__writef (w, "  target: ");
    vprod__write_text (w, d->target);
    vprod__write (w, "\n");
  }
  write_args (w);
  write_needs (w);
}
