/* SPDX-License-Identifier: MIT */
/*
 * The port where neither the Dockerfile nor the sources say it: in the settings of uwsgi and gunicorn, and in scripts that the
 * image starts with.
 */
#include "draft/draft.h"
#include "dockerfile/shell_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/path.h"
#include "util/text.h"

#define MAX_FILE (128 * 1024)
#define MAX_SCRIPTS 6

/* ---- from a path in the image to a file of the context --------------------------------------------------------- */

/* "/code/etc/uwsgi.ini" → "etc/uwsgi.ini": the longest end of it that is a file, in one of the usual folders. */
static char *file_of (struct vprod__draft *draft, const char *path)
{
  static const char *const folders[] = { "", "src/", "docker/", "bin/", "scripts/", "app/", "backend/", "deploy/", "config/", NULL };

  for (const char *end = vprod__path_relative (path); end; end = strchr (end, '/') ? strchr (end, '/') + 1 : NULL)
    for (size_t i = 0; *end && folders[i]; i++) {
      char *candidate = NULL;
      for (size_t k = 0; k < 2; k++) {
        vprod__draft_set (draft, &candidate, "%s%s%s", k == 0 && draft->below ? draft->below : "", folders[i], end);
        if (candidate && vprod__draft_kind (draft, candidate) == 'f')
          return candidate;
      }
      free (candidate);
    }
  return NULL;
}

/* ---- what a line says ------------------------------------------------------------------------------------------- */

/* The value behind "name =" at the beginning of a line, or NULL. */
static const char *value_of (const char *line, const char *name)
{
  size_t n = strlen (name);

  line += strspn (line, " \t");
  if (strncmp (line, name, n) != 0)
    return NULL;
  line += n + strspn (line + n, " \t");
  return *line == '=' ? line + 1 + strspn (line + 1, " \t") : NULL;
}

/* The last number of two digits or more in it that may be a port: 0.0.0.0:8000, ":8000", f"0.0.0.0:{getenv ('PORT', '8000')}". */
static int port_in (const char *text)
{
  int port = 0;
  size_t end = strcspn (text, "#;\n");

  for (size_t i = 0; i < end; i++)
    if (isdigit ((unsigned char) text[i])) {
      size_t n = strspn (text + i, "0123456789");
      if (n >= 2 && n <= 5 && (i == 0 || !(isalnum ((unsigned char) text[i - 1]) || text[i - 1] == '.')) && text[i + n] != '.')
        port = vprod__draft_port (text + i) > 0 ? vprod__draft_port (text + i) : port;
      i += n - 1;
    }
  return port;
}

static void take (struct vprod__draft *draft, int port, const char *file, size_t line)
{
  if (port <= 0 || draft->port > 0)
    return;
  draft->port = port;
  draft->wants_port = 0;
  vprod__draft_set (draft, &draft->port_from, "%s:%zu", file, line);
}

/* Settings of uwsgi ("http-socket = :8000"; "socket" does not speak HTTP) and of gunicorn ("bind = …"). */
static void read_settings (struct vprod__draft *draft, const char *file)
{
  static const char *const names[] = { "http-socket", "http", "https", "bind", NULL };
  _cleanup_buf_ struct vprod__buf text = { 0 };
  size_t line = 1;

  if (!vprod__draft_read_file (draft, file, MAX_FILE, &text))
    return;
  for (const char *p = vprod__buf_string (&text); *p; line++) {
    for (size_t i = 0; names[i]; i++) {
      const char *value = value_of (p, names[i]);
      if (value)
        take (draft, port_in (value), file, line);
    }
    p += strcspn (p, "\n");
    p += *p == '\n';
  }
}

/* ---- commands ----------------------------------------------------------------------------------------------------- */

static int is_settings (const char *path)
{
  return vprod__text_ends_with (path, ".ini") || vprod__text_ends_with (path, ".py") || vprod__text_ends_with (path, ".conf");
}

/* A command that starts a server: its options, its settings, its program's own port. */
static void read_command (struct vprod__draft *draft, char *const *words, const char *from, size_t line)
{
  static const char *const servers[] = {
    "gunicorn", "uwsgi", "uvicorn", "hypercorn", "fastapi", "flask", "granian", "daphne", "waitress-serve", "puma", "rails",
    "next", "streamlit", NULL,
  };
  const char *server = NULL, *who = NULL;

  for (size_t i = 0; words[i]; i++)
    if (vprod__text_is_one_of (vprod__path_name (words[i]), servers))
      server = vprod__path_name (words[i]);
  if (!server)
    return;
  take (draft, vprod__draft_port_of_command (words), from, line);
  for (size_t i = 0; words[i] && draft->port == 0; i++) {
    const char *path = words[i];
    _cleanup_free_ char *module = NULL, *file = NULL;
    path = strncmp (path, "--config=", 9) == 0 ? path + 9 : strncmp (path, "--ini=", 6) == 0 ? path + 6 : path;
    if (strncmp (path, "python:", 7) == 0) { /* python:config.gunicorn */
      vprod__draft_set (draft, &module, "%s.py", path + 7);
      for (char *p = module; p && *p && strcmp (p, ".py") != 0; p++)
        *p = *p == '.' ? '/' : *p;
      path = module ? module : "";
    }
    if (is_settings (path) && (file = file_of (draft, path)))
      read_settings (draft, file);
  }
  if (strcmp (server, "gunicorn") == 0) {
    _cleanup_free_ char *file = file_of (draft, "gunicorn.conf.py");
    if (file)
      read_settings (draft, file);
  }
  int port = draft->port == 0 ? vprod__draft_port_of_program (words, &who) : 0;
  if (port > 0) {
    draft->port = port;
    draft->wants_port = 0;
    vprod__draft_set (draft, &draft->port_from, "what %s serves on when it is told no port (%s:%zu)", who, from, line);
  }
}

/* A script: each line as a command. */
static void read_script (struct vprod__draft *draft, const char *file)
{
  _cleanup_buf_ struct vprod__buf text = { 0 };
  size_t line = 1;

  if (!vprod__draft_read_file (draft, file, MAX_FILE, &text))
    return;
  for (const char *p = vprod__buf_string (&text); *p; line++) {
    size_t n = strcspn (p, "\n");
    _cleanup_free_ char *one = strndup (p, n), *whole = NULL;
    _cleanup_strv_ char **words = NULL;
    whole = one ? vprod__draft_expand_defaults (draft, one) : NULL;
    if (whole && whole[strspn (whole, " \t")] != '#')
      vprod__draft_split_words (draft, whole, &words);
    if (words)
      read_command (draft, words, file, line);
    p += n + (p[n] == '\n');
  }
}

void vprod__draft_read_servers (struct vprod__draft *draft)
{
  char **both[] = { draft->command, draft->run_command };

  for (size_t k = 0; k < 2; k++)
    for (size_t i = 0; both[k] && both[k][i] && vprod__strv_length (draft->scripts) < MAX_SCRIPTS; i++) {
      const char *word = both[k][i], *dot = strrchr (vprod__path_name (word), '.');
      if (*word == '-' || strpbrk (word, " $=:") || (dot && strcmp (dot, ".sh") != 0)
          || (!strchr (word, '/') && !dot && !strstr (word, "entrypoint")))
        continue;
      _cleanup_free_ char *file = file_of (draft, word);
      if (file)
        vprod__draft_add (draft, &draft->scripts, file);
    }
  if (draft->port > 0)
    return;
  if (draft->run_command)
    read_command (draft, draft->run_command, draft->compose, 0);
  if (draft->command)
    read_command (draft, draft->command, draft->dockerfile, draft->command_line);
  for (size_t i = 0; draft->scripts && draft->scripts[i]; i++)
    read_script (draft, draft->scripts[i]);
}
