/* SPDX-License-Identifier: MIT */
/*
 * A worker beside the server (`worker & exec server`) may die in its first second: the server never reaps it, so the
 * container stays up and healthy. What is left is a zombie, which has its exit code, or its last lines in the log. Jobs
 * that ended with 0, and processes that others ended by a signal, are fine.
 */
#include "checks/start/ends.h"
#include "known/exit.h"
#include "known/programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/cleanup.h"
#include "util/text.h"

#define MOST_ENDS 8
#define MOST_LOG_ENDS 16
#define WORDS_SHOWN 200

/* Programs that answer a question by their exit code. */
static int only_asks (const char *name)
{
  return vprod__command_is (name, VPROD__PROGRAM_WAITER | VPROD__PROGRAM_ANSWERER);
}

static int exit_code_of (int status)
{
  return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

/* ---- what lives ------------------------------------------------------------------------------------------ */

static int is_alive (const struct vprod__processes *now, const struct vprod__seen *seen)
{
  return seen->look == now->looks && !seen->beside && *seen->command && !vprod__is_defunct (seen->command);
}

int vprod__process_lives (const struct vprod__processes *now, const char *text)
{
  for (size_t i = 0; i < now->count; i++)
    if (is_alive (now, &now->list[i]) && strstr (now->list[i].command, text)
        && vprod__shell_of_line (now->list[i].command) != VPROD__SHELL_FORM)
      return 1;
  return 0;
}

/* Does something that has to do with this script run? "/srv/worker.py", "/srv/worker/__main__.py". */
static int script_lives (const struct vprod__processes *now, const char *script)
{
  char name[128];
  const char *slash = strrchr (script, '/');

  snprintf (name, sizeof name, "%s", script);
  if (slash && strcmp (slash + 1, "__main__.py") == 0)
    name[slash - script] = '\0';
  slash = strrchr (name, '/');
  char *base = slash ? name + (slash - name) + 1 : name, *dot = strrchr (base, '.');
  if (dot && dot > base)
    *dot = '\0';
  for (size_t i = 0; i < now->count; i++)
    if (is_alive (now, &now->list[i]) && strstr (now->list[i].command, base))
      return 1;
  return 0;
}

/* The command line that it had when it was seen alive; NULL: it was not. */
static const char *command_of (const struct vprod__processes *processes, int64_t pid)
{
  for (size_t i = 0; i < processes->count; i++) {
    const struct vprod__seen *seen = &processes->list[i];
    const char *command = seen->alive ? seen->alive : seen->command;
    if (seen->pid == pid && *command && !vprod__is_defunct (command))
      return command;
  }
  return NULL;
}

/* ---- ends ------------------------------------------------------------------------------------------------ */

static int add (struct vprod__ends *ends, const char *what, const char *script, int code,
                const struct vprod__log_end *told)
{
  if (ends->count == MOST_ENDS)
    return 0;
  struct vprod__end *end = &ends->list[ends->count];
  size_t length = told ? told->length : 0;
  *end = (struct vprod__end) { .code = code };
  if (asprintf (&end->what, "%s%s%s", what, *what && *script ? " " : "", script) < 0) {
    end->what = NULL;
    return -1;
  }
  end->words = strndup (told ? told->line : "", length < WORDS_SHOWN ? length : WORDS_SHOWN);
  if (!end->words) {
    free (end->what);
    return -1;
  }
  ends->count++;
  return 0;
}

/* The line of the log to report with a zombie's exit code: the first that no other has yet. */
static struct vprod__log_end *words_for (struct vprod__log_end *told, size_t count, const char *command)
{
  for (size_t i = 0; i < count; i++)
    if (!told[i].over && told[i].kind == VPROD__LOG_SCRIPT
        && (strncmp (command, "python", 6) == 0 || strstr (command, "/python")))
      return &told[i];
  for (size_t i = 0; i < count; i++)
    if (!told[i].over && told[i].kind == VPROD__LOG_CRASH)
      return &told[i];
  return NULL;
}

int vprod__ends_judge (const struct vprod__dead *dead, size_t n_dead, const struct vprod__processes *before,
                       const struct vprod__processes *now, const char *log, struct vprod__ends *ret)
{
  struct vprod__log_end told[MOST_LOG_ENDS];
  size_t n_told = vprod__log_ends (log, told, MOST_LOG_ENDS);

  ret->list = calloc (MOST_ENDS, sizeof *ret->list);
  if (!ret->list)
    return -1;
  for (size_t i = 0; i < n_told; i++)
    if (told[i].kind == VPROD__LOG_SCRIPT)
      told[i].over = now->looks == 0 || script_lives (now, told[i].name);
  for (size_t i = 0; i < n_dead; i++) {
    int code = exit_code_of (dead[i].status);
    if (!dead[i].status_known || !vprod__end_is_bad (code) || only_asks (dead[i].name))
      continue;
    const char *command = command_of (now, dead[i].pid);
    command = command ? command : command_of (before, dead[i].pid);
    struct vprod__log_end *words = words_for (told, n_told, command ? command : dead[i].name);
    if (words)
      words->over = 1;
    if (add (ret, command ? command : dead[i].name, !command && words ? words->name : "", code, words) < 0)
      return -1;
  }
  for (size_t i = 0; i < n_told; i++)
    if (!told[i].over && add (ret, "", told[i].name, told[i].code, &told[i]) < 0)
      return -1;
  return 0;
}

const struct vprod__end *vprod__end_of (const struct vprod__ends *ends, const char *text)
{
  for (size_t i = 0; i < ends->count; i++)
    if (strstr (ends->list[i].what, text) || strstr (ends->list[i].words, text))
      return &ends->list[i];
  return NULL;
}

void vprod__ends_clear (struct vprod__ends *ends)
{
  for (size_t i = 0; i < ends->count; i++) {
    free (ends->list[i].what);
    free (ends->list[i].words);
  }
  free (ends->list);
  *ends = (struct vprod__ends) { 0 };
}
