/* SPDX-License-Identifier: MIT */
/* The forms of texts (data/options): what is wrong with one. */
#include "spec/keys.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static int only (const char *text, const char *set)
{
  return text[strspn (text, set)] == '\0';
}

/* The reference grammar of image names: runs of lower-case letters and digits, between them ".", "_", "__" or
   dashes. */
const char *vprod__spec_check_name (const char *text)
{
  const char *p = text;

  if (strlen (text) > 100)
    return "is too long for an image's name: at most 100 characters";
  while (*p) {
    size_t n = strspn (p, LOWER DIGITS);
    if (n == 0)
      break;
    p += n;
    if (!*p)
      return NULL;
    if (*p == '-')
      p += strspn (p, "-");
    else
      p += strncmp (p, "__", 2) == 0 ? 2 : *p == '_' || *p == '.' ? 1 : 0;
  }
  return "cannot be an image's name: write lower-case letters and digits, and single '.', '_' or '-' between them";
}

const char *vprod__spec_check_image (const char *text)
{
  if (!strchr (LOWER UPPER DIGITS, *text) || !only (text, LOWER UPPER DIGITS "._-:/@+"))
    return "is no image reference such as postgres:16-alpine";
  return NULL;
}

const char *vprod__spec_check_target (const char *text)
{
  if (!strchr (LOWER UPPER DIGITS, *text) || !only (text, LOWER UPPER DIGITS "._-"))
    return "is no name of a build stage";
  return NULL;
}

const char *vprod__spec_check_platform (const char *text)
{
  static const char part[] = LOWER UPPER DIGITS "._";
  int parts = 0;

  for (const char *p = text;; p++) {
    size_t n = strspn (p, part);
    p += n;
    if (n == 0 || ++parts > 3 || (*p && *p != '/'))
      return "is no platform such as linux/amd64";
    if (!*p)
      return NULL;
  }
}

const char *vprod__spec_check_url_path (const char *text)
{
  if (strncmp (text, "http://", 7) == 0 || strncmp (text, "https://", 8) == 0)
    return "is a whole URL: write its path alone, such as /health; the port belongs in run.port";
  if (*text != '/')
    return "must begin with a slash, such as /health";
  for (const char *p = text; *p; p++)
    if (*p <= 0x20 || *p >= 0x7f || *p == '#')
      return "holds a character that a URL's path cannot have; write it as %XX";
  return NULL;
}

const char *vprod__spec_check_url_safe (const char *text)
{
  if (!only (text, LOWER UPPER DIGITS "._~-"))
    return "would not be the same inside a database URL: write letters, digits, '.', '_', '~' and '-' only";
  if (strlen (text) > 63)
    return "is too long: PostgreSQL takes at most 63 characters";
  return NULL;
}

const char *vprod__spec_check_inside (const char *text)
{
  int depth = 0;

  if (*text == '/')
    return "must be relative to the build context";
  for (const char *p = text; *p;) {
    size_t n = strcspn (p, "/");
    if (n == 2 && strncmp (p, "..", 2) == 0)
      depth--;
    else if (n > 0 && !(n == 1 && *p == '.'))
      depth++;
    if (depth < 0)
      return "leaves the build context";
    p += n;
    p += strspn (p, "/");
  }
  return depth == 0 ? "is the whole build context" : NULL;
}

const char *vprod__spec_check_absolute (const char *text)
{
  return *text == '/' ? NULL : "must be absolute, such as /usr/bin/gcc: it is a path in the image";
}

const char *vprod__spec_check_variable (const char *text)
{
  if (!*text)
    return "a variable without a name";
  if (strchr (text, '='))
    return "holds '=', which no variable's name can";
  if (strchr (text, '$'))
    return "holds '$', which no variable's name should";
  for (const char *p = text; *p; p++)
    if ((unsigned char) *p <= 0x20 || *p == 0x7f)
      return "holds a space or control character, which no variable's name should";
  return NULL;
}

const char *vprod__spec_check_service (const char *text)
{
  if (!*text || !strchr (LOWER, *text) || !only (text, LOWER DIGITS "-_") || strlen (text) > 63
      || strchr ("-_", text[strlen (text) - 1]))
    return "cannot be a host name: write lower-case letters, digits, '-' and '_', a letter first";
  if (strcmp (text, "localhost") == 0)
    return "would hide the container's own localhost";
  if (strcmp (text, "env") == 0)
    return "is no name for a service: ${env.NAME} is a variable of verify-prod's own environment";
  return NULL;
}

const char *vprod__spec_check_secret (const char *text)
{
  if (!*text || !strchr (LOWER UPPER DIGITS, *text) || !only (text, LOWER UPPER DIGITS "._-"))
    return "is no id of a secret: write letters, digits, '.', '_' and '-' only";
  return NULL;
}

const char *vprod__spec_check_rule_id (const char *text)
{
  if (!strchr (LOWER UPPER DIGITS, *text) || !only (text, LOWER UPPER DIGITS "._-") || strlen (text) > 80)
    return "is no id of a rule: write letters, digits, '.', '_' and '-' only, at most 80";
  return NULL;
}

const char *vprod__spec_check_file (const char *text)
{
  if (*text != '/')
    return "must be the absolute path of a file in the container, such as /run/secrets/token";
  if (strchr (text, '='))
    return "holds '=', which the path of such a file cannot";
  if (text[strlen (text) - 1] == '/' || strstr (text, "/../") || strstr (text, "/./") || strstr (text, "//"))
    return "is no path of a file: write it without '//', '/./', '/../' and a slash at its end";
  return NULL;
}

const char *vprod__spec_check_mount (const char *text)
{
  if (*text != '/' || !text[1])
    return "must be the absolute path of a folder in the container, such as /tmp";
  if (strpbrk (text, ":,"))
    return "holds ':' or ',': write the path alone";
  if (text[strlen (text) - 1] == '/' || strstr (text, "/../") || strstr (text, "//"))
    return "is no plain path: write it without '//', '/../' and a slash at its end";
  return NULL;
}

const char *vprod__spec_check_pod_user (const char *text)
{
  size_t n = strspn (text, DIGITS);

  if (strcmp (text, "arbitrary") == 0)
    return NULL;
  if (n == 0 || (text[n] && (text[n] != ':' || !text[n + 1])) || strspn (text, "0") >= n)
    return "is neither the number of a user that is not root, such as 1001, nor the word arbitrary";
  return NULL;
}

const char *vprod__spec_check_host (const char *text)
{
  if (!*text || !only (text, LOWER UPPER DIGITS "._-") || strlen (text) > 253 || strchr (".-", *text)
      || strchr (".-", text[strlen (text) - 1]))
    return "cannot be a host name: write letters, digits, '.', '-' and '_'";
  return NULL;
}

/* token in RFC 9110 5.6.2 */
const char *vprod__spec_check_header (const char *text)
{
  return *text && only (text, LOWER UPPER DIGITS "!#$%&'*+-.^_`|~") ? NULL : "cannot be the name of a header";
}

const char *vprod__spec_check_capability (const char *text)
{
  return *text && only (text, LOWER UPPER "_") ? NULL : "is no capability such as NET_BIND_SERVICE, nor ALL";
}

const char *vprod__spec_check_context (const char *text)
{
  if (!*text || !strchr (LOWER DIGITS, *text) || !only (text, LOWER DIGITS "._/:@-"))
    return "cannot be the name of a context: write lower-case letters, digits, '.', '_', '-', and those of an image's name";
  return NULL;
}

const char *vprod__spec_check_ssh (const char *text)
{
  size_t n = strspn (text, LOWER UPPER DIGITS "._-");

  return n > 0 && (!text[n] || (text[n] == '=' && text[n + 1])) ? NULL : "must be \"default\", an id, or ID=PATH of an agent or key";
}

/* ---- signals ---------------------------------------------------------------------------------------------- */

const char *const vprod__spec_signals[] = {
  "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
  "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
  "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
  "SIGSYS", NULL
}; /* in Linux' order: the first is 1 */

static int small_number (const char *text)
{
  size_t n = strlen (text);

  if (n == 0 || n > 2 || !only (text, DIGITS))
    return -1;
  return n == 1 ? text[0] - '0' : (text[0] - '0') * 10 + text[1] - '0';
}

/* "SIGRTMIN+3", "SIGRTMAX-1" */
static int is_real_time (const char *name)
{
  int low = strncmp (name, "SIGRTMIN", 8) == 0;

  if (!low && strncmp (name, "SIGRTMAX", 8) != 0)
    return 0;
  if (!name[8])
    return 1;
  int n = small_number (name + 9);
  return name[8] == (low ? '+' : '-') && n >= 0 && n <= 30;
}

int vprod__spec_signal (const char *text, char **ret)
{
  _cleanup_free_ char *name = NULL;
  int number = small_number (text);

  if (number > 31 && number <= 64) {
    *ret = strdup (text);
    return *ret ? 0 : -1;
  }
  if (number >= 0)
    name = strdup (number >= 1 && number <= 31 ? vprod__spec_signals[number - 1] : "");
  else if (asprintf (&name, "%s%s", strncasecmp (text, "SIG", 3) == 0 ? "" : "SIG", text) < 0)
    name = NULL;
  if (!name)
    return -1;
  for (char *p = name; *p; p++)
    if (*p >= 'a' && *p <= 'z')
      *p = (char) (*p - 'a' + 'A');
  if (strcmp (name, "SIGKILL") == 0 || strcmp (name, "SIGSTOP") == 0)
    return 2;
  for (size_t i = 0; vprod__spec_signals[i]; i++)
    if (strcmp (vprod__spec_signals[i], name) == 0) {
      *ret = vprod__steal (&name);
      return 0;
    }
  if (!is_real_time (name))
    return 1;
  *ret = vprod__steal (&name);
  return 0;
}

const char *vprod__spec_check_own_id (const char *text)
{
  if (!strchr (LOWER, *text) || !only (text, LOWER DIGITS "-"))
    return "is no id of a check: write small letters, digits and dashes, a letter first, such as has-license";
  return strlen (text) > 63 ? "is too long: at most 63 characters" : NULL;
}
