/* SPDX-License-Identifier: MIT */
#include "session/stop_target.h"
#include "session/app_processes.h"
#include "session/base.h"
#include "session/expand.h"
#include "session/image.h"
#include "session/parts.h"
#include "util/strv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 2000

struct first {
  int64_t pid; /* wanted; 0: the first that is told */
  char *command;
  char *child;
  int no_memory;
};

static void first_clear (struct first *first)
{
  free (first->command);
  free (first->child);
}

static int on_process (void *data, const vprod_process *process)
{
  struct first *first = data;
  int is_child = first->pid > 0 && process->ppid == first->pid;
  char **text = is_child ? &first->child : &first->command;

  if ((first->pid > 0 && process->pid != first->pid && !is_child) || !process->command || *text)
    return 0;
  *text = strdup (process->command);
  first->no_memory = !*text;
  return first->no_memory || (first->command && (first->child || first->pid <= 0));
}

/* The command lines of the container's first process and of one that it has started. They only make messages clearer:
   having none is no error. */
static int find_first_process (vprod_session *session, const vprod_container_facts *container,
                               struct vprod__stop *stop, vprod_error **err)
{
  _cleanup_error_ vprod_error *error = NULL;
  _cleanup_ (first_clear) struct first first = { .pid = container->pid };
  vprod_call call;

  vprod__session_call (session, LOOK_MS, &call);
  int r = vprod__app_processes (session, &call, container, on_process, &first, &error);
  if (first.no_memory)
    return vprod__error_no_memory (err);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  stop->first_process = vprod__steal (&first.command);
  stop->child = vprod__steal (&first.child);
  return 0;
}

/* Entrypoint and command as they were started. */
static int find_words (vprod_session *session, const struct vprod__image *image, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **words = NULL;
  _cleanup_strv_ char **command = NULL;

  int r = vprod__session_command (session, &command, err);
  if (r < 0)
    return r;
  if (vprod__strv_copy (image->facts.entrypoint, &words) < 0)
    return vprod__error_no_memory (err);
  for (char **word = command ? command : image->facts.cmd; word && *word; word++)
    if (vprod__strv_add (&words, *word) < 0)
      return vprod__error_no_memory (err);
  *ret = vprod__steal (&words);
  return 0;
}

static void choose_signal (const vprod_spec *spec, const struct vprod__image *image, struct vprod__stop *stop)
{
  if (spec->checks.graceful_stop.signal) {
    stop->signal = spec->checks.graceful_stop.signal;
    stop->signal_from = "the spec";
  } else if (image->facts.stop_signal && *image->facts.stop_signal) {
    stop->signal = image->facts.stop_signal;
    stop->signal_from = "the image's STOPSIGNAL";
  } else {
    stop->signal = "SIGTERM";
    stop->signal_from = "the default";
  }
}

int vprod__stop_target (vprod_session *session, const vprod_container_facts *container, struct vprod__stop *stop,
                        vprod_error **err)
{
  choose_signal (session->spec, &session->image->made, stop);
  const char *words = vprod__signal_words (stop->signal, stop->signal_words);
  if (words != stop->signal_words)
    snprintf (stop->signal_words, sizeof stop->signal_words, "%s", words);
  int r = find_words (session, &session->image->made, &stop->words, err);
  return r < 0 ? r : find_first_process (session, container, stop, err);
}
