/* SPDX-License-Identifier: MIT */
/* The section services. */
#include "draft/write.h"

#include <stdio.h>
#include <string.h>

#define POSTGRES "postgres:16-alpine"

static void write_postgres (struct vprod__writer *w, const struct vprod__draft_service *s)
{
  vprod__writef (w, "  %s:\n    postgres: {image: ", s->name);
  vprod__write_quoted (w, s->image ? s->image : POSTGRES);
  const struct {
    const char *name, *value;
  } parts[] = { { "database", s->database }, { "user", s->user }, { "password", s->password } };
  for (size_t i = 0; i < 3; i++)
    if (parts[i].value) {
      vprod__writef (w, ", %s: ", parts[i].name);
      vprod__write_text (w, parts[i].value);
    }
  if (s->init) {
    vprod__write (w, ", init: ");
    vprod__write_list (w, 4, s->init);
  }
  vprod__write (w, "}\n");
}

static void write_container (struct vprod__writer *w, const struct vprod__draft_service *s)
{
  vprod__writef (w, "  %s:\n    container:\n      image: ", s->name);
  vprod__write_quoted (w, s->image);
  vprod__write (w, "\n");
  if (s->port > 0)
    vprod__writef (w, "      port: %d\n", s->port);
  if (s->env) {
    vprod__write (w, "      env:\n");
    vprod__write_pairs (w, 8, s->env, 1);
  }
  if (s->command) {
    vprod__write (w, "      command: ");
    vprod__write_command (w, s->command);
    vprod__write (w, "\n");
  }
  if (s->files) {
    vprod__write (w, "      files:\n");
    vprod__write_pairs (w, 8, s->files, 0);
  }
  if (s->ready_http) {
    vprod__write (w, "      ready: {http: ");
    vprod__write_text (w, s->ready_http);
    vprod__write (w, "}\n");
  }
  else if (s->ready_command) {
    vprod__write (w, "      ready: {command: ");
    vprod__write_command (w, s->ready_command);
    vprod__write (w, "}\n");
  }
}

void vprod__write_services (struct vprod__writer *w)
{
  struct vprod__draft *d = w->draft;
  int written = 0, postgres = 0;

  for (size_t i = 0; i < d->n_services; i++) {
    const struct vprod__draft_service *s = &d->services[i];
    if (!s->postgres && s->port == 0 && !s->ready_command) {
      vprod__draft_note (d, &d->service_notes, "%s (%s, image %s) is left out: what port it has, or what says that it is ready, is not known",
                         s->name, s->from ? s->from : "", s->image);
      continue;
    }
    vprod__write (w, written++ ? "" : "services:\n");
    vprod__write_note (w, 2, s->postgres && !postgres ? "a throwaway PostgreSQL; hinted at by %s" : "%s",
                       s->postgres && !postgres ? d->database_from : s->from ? s->from : "");
    postgres |= s->postgres;
    vprod__write_notes (w, 2, s->notes);
    (s->postgres ? write_postgres : write_container) (w, s);
  }
  vprod__write_notes (w, written ? 2 : 0, d->service_notes);
  if (!written) {
    vprod__write_note (w, 0, "nothing hints at a database; for one:");
    vprod__write (w, "# services:\n#   db:\n#     postgres: {image: \"" POSTGRES "\"}\n");
  }
}
