/* SPDX-License-Identifier: MIT */
/* The section run. */
#include "draft/write.h"

#include <stdio.h>
#include <string.h>

#define MAX_OPTIONAL 20

/* Does run.env set it? */
int vprod__write_is_set (const struct vprod__draft *d, const struct vprod__draft_variable *variable)
{
  if (variable->database)
    return 1;
  return (variable->required || variable->wanted || variable->example)
         && !vprod__strv_has (d->env_names, variable->name);
}

static void write_variable (struct vprod__writer *w, const struct vprod__draft_variable *variable)
{
  _cleanup_free_ char *placeholder = NULL;

  vprod__write_note (w, 4, "%s%s%s%s%s", variable->from ? variable->from : "", variable->required ? ", required" : "",
                     variable->values && variable->value && !variable->aside ? "; the value: " : "",
                     variable->values && variable->value && !variable->aside ? variable->values : "",
                     variable->aside ? "; the value in the project is for development" : "");
  vprod__write (w, "    ");
  vprod__write_text (w, variable->name);
  vprod__write (w, ": ");
  if (variable->database)
    vprod__write_text (w, variable->value);
  else if (variable->value)
    vprod__write_literal (w, variable->value);
  else if (variable->fallback)
    vprod__write_literal (w, variable->fallback);
  else if ((placeholder = vprod__draft_placeholder (variable->name)))
    vprod__write_literal (w, placeholder);
  else
    w->draft->no_memory = 1;
  vprod__write (w, "\n");
}

/* ---- what runs before ----------------------------------------------------------------------------------------- */

static void write_before (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  int written = 0;

  for (size_t i = 0; i < d->n_before; i++) {
    const struct vprod__draft_before *before = &d->before[i];
    int own = before->dockerfile || before->ref || before->target;
    const char *dockerfile = d->dockerfile_named ? d->dockerfile_named : d->dockerfile;
    if (!before->command && !own)
      continue;
    vprod__write (w, written++ ? "" : "  before:\n");
    vprod__write_note (w, 4, "%s, which must end before the app starts", before->from ? before->from : "");
    vprod__write (w, "    - ");
    if (own && before->command)
      vprod__write (w, "command: ");
    if (before->command)
      vprod__write_command (w, before->command);
    if (!own) {
      vprod__write (w, "\n");
      continue;
    }
    vprod__write (w, before->command ? "\n      image:" : "image:");
    const struct {
      const char *name, *value;
    } keys[] = { { "ref", before->ref },
                 { "dockerfile", before->ref ? NULL : before->dockerfile ? before->dockerfile : dockerfile },
                 { "context", before->ref ? NULL : before->context ? before->context : d->context },
                 { "target", before->ref ? NULL : before->target } };
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
      if (keys[k].value) {
        vprod__writef (w, "\n        %s: ", keys[k].name);
        vprod__write_literal (w, keys[k].value);
      }
    vprod__write (w, "\n");
  }
  if (d->migrate) {
    vprod__write_note (w, 2, "%s", d->migrate_from);
    vprod__writef (w, "  # before: [%s]\n", d->migrate);
  }
  vprod__write_notes (w, 2, d->migrate_notes);
}

/* ---- files, and what keeps it in --------------------------------------------------------------------------------- */

static void write_files (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;

  if (!d->run_files)
    return;
  vprod__write_notes (w, 2, d->file_notes);
  vprod__write (w, "  files:\n");
  vprod__write_pairs (w, 4, d->run_files, 0);
}

static void write_settings (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  const struct {
    const char *name;
    char *const *list;
  } lists[] = { { "tmpfs", d->tmpfs }, { "volumes", d->volumes }, { "cap-drop", d->cap_drop }, { "cap-add", d->cap_add } };

  if (d->run_user || d->read_only || d->no_new_privileges || d->tmpfs || d->cap_drop || d->cap_add)
    vprod__write_note (w, 2, "how the service %s in %s is kept in", d->compose_name, d->compose);
  if (d->run_user) {
    vprod__write (w, "  user: ");
    vprod__write_literal (w, d->run_user);
    vprod__write (w, "\n");
  }
  if (d->read_only)
    vprod__write (w, "  read-only: true\n");
  if (d->no_new_privileges)
    vprod__write (w, "  no-new-privileges: true\n");
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
    if (lists[i].list) {
      vprod__writef (w, "  %s: ", lists[i].name);
      vprod__write_list (w, 4, lists[i].list);
      vprod__write (w, "\n");
    }
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

/* Variables that are not set: read, but perhaps with a default; or set for development alone. */
static void write_optional (struct vprod__writer *w, int set)
{
  struct vprod__draft *d = w->draft;
  int aside = 0, optional = 0;

  for (size_t i = 0; i < d->n_variables && aside < MAX_OPTIONAL; i++)
    if (!vprod__write_is_set (d, &d->variables[i]) && d->variables[i].aside && !d->variables[i].of_compose) {
      if (aside++ == 0)
        vprod__write_note (w, set ? 4 : 2, "%sleft out, as what the project sets them to is for development:", set ? "" : "env: ");
      vprod__write_note (w, set ? 4 : 2, "  %s (%s)", d->variables[i].name, d->variables[i].values ? d->variables[i].values
                         : d->variables[i].from ? d->variables[i].from : "");
    }
  for (size_t i = 0; i < d->n_variables && optional < MAX_OPTIONAL; i++)
    if (!vprod__write_is_set (d, &d->variables[i]) && !d->variables[i].aside && !d->variables[i].of_compose
        && !vprod__strv_has (d->env_names, d->variables[i].name)) {
      if (optional++ == 0)
        vprod__write_note (w, set ? 4 : 2, "%sread too, but perhaps with a default:", set ? "" : "env: ");
      vprod__write_note (w, set ? 4 : 2, "  %s (%s)", d->variables[i].name, d->variables[i].from ? d->variables[i].from : "");
    }
}

void vprod__write_run (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  int set = 0;

  for (size_t i = 0; i < d->n_variables; i++)
    set += vprod__write_is_set (d, &d->variables[i]);
  vprod__write (w, "run:\n");
  if (d->port) {
    vprod__write_note (w, 2, "%s", d->port_from ? d->port_from : "");
    vprod__writef (w, "  port: %d\n", d->port);
  }
  else
    vprod__write_note (w, 2, "port: 8000   nothing names the HTTP port; needed by health, unless the image exposes one");
  if (d->run_command) {
    vprod__write_note (w, 2, "%s", d->run_command_from);
    vprod__write (w, "  command: ");
    vprod__write_command (w, d->run_command);
    vprod__write (w, "\n");
  }
  vprod__write_notes (w, 2, d->run_notes);
  write_before (w);
  if (set)
    vprod__write (w, "  env:\n");
  for (size_t i = 0; i < d->n_variables; i++)
    if (vprod__write_is_set (d, &d->variables[i]))
      write_variable (w, &d->variables[i]);
  write_optional (w, set);
  write_files (w);
  write_settings (w);
}
