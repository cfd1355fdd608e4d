/* SPDX-License-Identifier: MIT */
/* Ports and URLs in commands, and variables in texts. */
#include "draft/draft.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/path.h"

int vprod__draft_port (const char *text)
{
  int port = 0, digits = 0;

  for (; isdigit ((unsigned char) *text) && digits < 6; text++, digits++)
    port = port * 10 + (*text - '0');
  return digits > 0 && digits < 6 && port > 0 && port < 65536 && !isalnum ((unsigned char) *text) ? port : 0;
}

/* "0.0.0.0:8000", ":8000", "http://+:8080": the number after the last colon. */
static int port_of_address (const char *text)
{
  const char *colon = strrchr (text, ':');

  return colon ? vprod__draft_port (colon + 1) : 0;
}

static const char *const port_options[] = {
  "--port", "-p", "--http-port", "--server.port", "-Dserver.port", "--http.port", "--listen-port", "-port",
  "PORT", "--web.port", "--Port", NULL,
};
static const char *const address_options[] = {
  "--bind", "-b", "--listen", "-l", "--addr", "-addr", "--address", "--urls", "--http", "runserver", "-S",
  "--host", NULL,
};

static int is_option (const char *word, size_t length, const char *const *names)
{
  for (size_t i = 0; names[i]; i++)
    if (strlen (names[i]) == length && memcmp (names[i], word, length) == 0)
      return 1;
  return 0;
}

int vprod__draft_port_of_command (char *const *words)
{
  for (size_t i = 0; words && words[i]; i++) {
    size_t n = strcspn (words[i], "=");
    const char *value = words[i][n] ? words[i] + n + 1 : words[i + 1];
    int port = 0;
    if (value && is_option (words[i], n, port_options))
      port = vprod__draft_port (value);
    else if (value && is_option (words[i], n, address_options)) {
      port = port_of_address (value);
      port = port ? port : vprod__draft_port (value);
    }
    if (port > 0)
      return port;
  }
  return 0;
}

int vprod__draft_port_of_program (char *const *words, const char **ret_who)
{
  static const struct {
    const char *program, *verb; /* NULL: none */
    const char *host;           /* an option without which it only serves inside the container; NULL: none */
    const char *who;
    int port;
  } known[] = {
    { "uvicorn", NULL, "--host", "uvicorn", 8000 },
    { "fastapi", "run", NULL, "fastapi run", 8000 },
    { "fastapi", "dev", "--host", "fastapi dev", 8000 },
    { "flask", "run", "--host", "flask run", 5000 },
    { "streamlit", "run", NULL, "streamlit", 8501 },
    { "rails", "server", NULL, "rails server", 3000 },
    { "next", "start", NULL, "next start", 3000 },
  };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    for (size_t k = 0; words && words[k]; k++) {
      int host = known[i].host == NULL;
      if (strcmp (vprod__path_name (words[k]), known[i].program) != 0
          || (known[i].verb && (!words[k + 1] || strcmp (words[k + 1], known[i].verb) != 0)))
        continue;
      for (size_t m = k; !host && words[m]; m++)
        host = strncmp (words[m], known[i].host, strlen (known[i].host)) == 0;
      if (!host)
        continue;
      *ret_who = known[i].who;
      return known[i].port;
    }
  return 0;
}

int vprod__draft_local_url (struct vprod__draft *draft, const char *text, int *ret_port, char **ret_path)
{
  static const char *const hosts[] = { "localhost", "127.0.0.1", "0.0.0.0", "[::1]", NULL };
  const char *at = NULL, *end = NULL;

  for (size_t i = 0; hosts[i]; i++) {
    const char *found = strcasestr (text, hosts[i]);
    if (found && (!at || found < at)) {
      at = found;
      end = found + strlen (hosts[i]);
    }
  }
  if (!at)
    return 0;
  *ret_port = 0;
  if (*end == ':') {
    *ret_port = vprod__draft_port (end + 1);
    end += 1 + strspn (end + 1, "0123456789");
  }
  size_t length = strcspn (end, " \t\r\n\"'`;|&<>()\\#");
  vprod__draft_set (draft, ret_path, "%.*s", *end == '/' ? (int) length : 0, end);
  return 1;
}

char *vprod__draft_expand (struct vprod__draft *draft, const char *text)
{
  char *value = vprod__dockerfile_expand (text, draft->environment);

  if (!value)
    draft->no_memory = 1;
  return value;
}

/* ---- of health checks, of commands ------------------------------------------------------------------------------ */

int vprod__draft_take_health_check (struct vprod__draft *draft, const char *text, const char *from)
{
  _cleanup_free_ char *path = NULL;
  const char *probe = strstr (text, "grpc_health_probe"), *colon = probe ? strchr (probe, ':') : NULL;
  int port = 0;

  if (probe) {
    draft->health_grpc = 1;
    port = colon ? vprod__draft_port (colon + 1) : 0;
  }
  else if (!vprod__draft_local_url (draft, text, &port, &path) || !path || vprod__spec_check_url_path (*path ? path : "/"))
    return 0;
  if (!probe && !strstr (text, "://") && !strstr (text, "curl") && !strstr (text, "wget") && !*path) /* pg_isready -h localhost */
    return 0;
  draft->health_https = strcasestr (text, "https://") != NULL;
  draft->health_port = port;
  vprod__draft_set (draft, &draft->health_path, "%s", path && *path ? path : "/");
  vprod__draft_set (draft, &draft->health_from, "%s", from);
  return 1;
}

void vprod__draft_split_words (struct vprod__draft *draft, const char *text, char ***ret)
{
  for (const char *p = text + strspn (text, " \t\n"); *p; p += strspn (p, " \t\n")) {
    _cleanup_buf_ struct vprod__buf word = { 0 };
    char quote = '\0';
    for (; *p && (quote || !strchr (" \t\n", *p)); p++) {
      if (*p == quote || (!quote && strchr ("'\"", *p)))
        quote = quote ? '\0' : *p;
      else if (vprod__buf_add (&word, p[0] == '\\' && quote != '\'' && p[1] ? ++p : p, 1) < 0)
        draft->no_memory = 1;
    }
    if (vprod__strv_add (ret, vprod__buf_string (&word)) < 0)
      draft->no_memory = 1;
  }
}

void vprod__draft_escape_refs (struct vprod__draft *draft, char **text)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  for (const char *p = *text ? *text : ""; *p; p++)
    if (vprod__buf_adds (&out, p[0] == '$' && p[1] == '{' ? "$" : "") < 0 || vprod__buf_add (&out, p, 1) < 0)
      draft->no_memory = 1;
  vprod__draft_set (draft, text, "%s", vprod__buf_string (&out));
}

char *vprod__draft_expand_defaults (struct vprod__draft *draft, const char *text)
{
  _cleanup_buf_ struct vprod__buf out = { 0 };

  for (const char *p = text; *p; p++) {
    size_t name = p[0] == '$' && p[1] == '{' ? strspn (p + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") : 0;
    const char *rest = p + 2 + name + (name > 0 && p[2 + name] == ':'), *end = name > 0 && *rest == '-' ? strchr (rest, '}') : NULL;
    if (vprod__buf_add (&out, end ? rest + 1 : p, end ? (size_t) (end - rest - 1) : 1) < 0)
      draft->no_memory = 1;
    p = end ? end : p;
  }
  return vprod__buf_steal (&out);
}
