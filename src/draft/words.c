/* SPDX-License-Identifier: MIT */
/* Ports and URLs in commands, and variables in texts. */
#include "draft/draft.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "util/path.h"

int vprod__draft_port (const char *text)
{
  int port = 0, digits = 0;

  for (; isdigit ((unsigned char) *text) && digits < 6; text++, digits++)
    port = port * 10 + (*text - '0');
  return digits > 0 && digits < 6 && port > 0 && port < 65536 && !isalnum ((unsigned char) *text) ? port : 0;
}

/* "0.0.0.0:8000", ":8000", "http://+:8080": what is behind the last colon. */
static int port_of_address (const char *text)
{
  const char *colon = strrchr (text, ':');

  return colon ? vprod__draft_port (colon + 1) : 0;
}

static int is_port_option (const char *word, size_t length)
{
  static const char *const names[] = {
    "--port", "-p", "--http-port", "--server.port", "-Dserver.port", "--http.port", "--listen-port", "-port",
    "PORT", "--web.port", "--Port", NULL,
  };

  for (size_t i = 0; names[i]; i++)
    if (strlen (names[i]) == length && memcmp (names[i], word, length) == 0)
      return 1;
  return 0;
}

static int is_address_option (const char *word, size_t length)
{
  static const char *const names[] = {
    "--bind", "-b", "--listen", "-l", "--addr", "-addr", "--address", "--urls", "--http", "runserver", "-S",
    "--host", NULL,
  };

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
    if (value && is_port_option (words[i], n))
      port = vprod__draft_port (value);
    else if (value && is_address_option (words[i], n)) {
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
    const char *host;           /* an option without which nothing outside of the container is served; NULL: none */
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
