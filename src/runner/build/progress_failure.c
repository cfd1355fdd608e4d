/* SPDX-License-Identifier: MIT */
/*
 * What is kept of a step's output, so that a failure can be told in a few lines: a compiler's error often stands
 * far above the end. The first lines that look like an error are kept, and the last lines, whatever they look
 * like.
 */
#include "runner/build/progress_reader.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>

#define SHOWN_TELLING 8
#define SHOWN_LAST 3 /* beside telling ones; else all that is kept */

/* ---- which lines -------------------------------------------------------------------------------------------- */

static int is_part_of_name (char c)
{
  return isalnum ((unsigned char) c) || (c && strchr ("_-./", c) != NULL);
}

/* "error" as a word: "error: x", "Error 1", "[error]", "npm ERR!", "SyntaxError: x"; not "libgpg-error0",
   "errors.py", "0 errors". */
static int says_error (const char *line)
{
  for (const char *p = line; (p = strcasestr (p, "err")); p++) {
    size_t n = strncasecmp (p, "error", 5) == 0 ? 5 : strncmp (p, "ERR!", 4) == 0 ? 4 : 0;
    if (n == 0)
      continue;
    int begins = p == line || !is_part_of_name (p[-1]);
    int named = p > line && isalpha ((unsigned char) p[-1]) && strncmp (p, "Error:", 6) == 0;
    if (named || (begins && !is_part_of_name (p[n])))
      return 1;
  }
  return 0;
}

static int has_any (const char *line, const char *const *parts)
{
  for (; *parts; parts++)
    if (strcasestr (line, *parts))
      return 1;
  return 0;
}

static int is_telling (const char *line)
{
  static const char *const parts[] = {
    "fatal:",         "failed",        "cannot ",          "can't ",       "could not ",        "unable to ",
    "not found",      "no such file",  "permission denied", "undefined reference",
    "traceback (most", "panic:",       "segmentation fault", "no space left", "unknown option", "not permitted",
    "no module named", "exec format",  "unrecognized",      "did not complete", NULL
  };

  return says_error (line) || strncmp (line, "E: ", 3) == 0 || strncmp (line, "E   ", 4) == 0
    || has_any (line, parts);
}

/* curl and git: "Failed to connect to example.org port 443". A step that asks a service of its own is at
   fault itself. */
static int tells_unreachable_host (const char *line)
{
  static const char phrase[] = "failed to connect to ";
  static const char *const own[] = { "localhost", "127.", "::1", "[::1]", "0.0.0.0", NULL };
  const char *host = strcasestr (line, phrase);

  if (!host || !strcasestr (host, " port "))
    return 0;
  host += sizeof phrase - 1;
  for (size_t i = 0; own[i]; i++)
    if (strncasecmp (host, own[i], strlen (own[i])) == 0)
      return 0;
  return 1;
}

/* Java: "UnknownHostException: repo.example.org". A name without a dot is a service beside the app, which no build
   can count on. */
static int tells_unknown_host (const char *line)
{
  static const char phrase[] = "UnknownHostException: ";
  const char *host = strstr (line, phrase);

  if (!host)
    return 0;
  host += sizeof phrase - 1;
  return memchr (host, '.', strcspn (host, " :\t")) != NULL;
}

/* A step that asks the app's database wants what no build has: that is the Dockerfile's fault. */
static int tells_database (const char *line)
{
  static const char *const parts[] = {
    "could not translate host name", /* libpq */
    "mysql server", " connecting to redis", "error -2 connecting to ", "error -3 connecting to ", NULL
  };

  return has_any (line, parts);
}

/* A test that passed is named after what it copes with: "ok 2 - connection timed out". */
static int is_passed_test (const char *line)
{
  static const char *const marks[] = { "ok ", "\xe2\x9c\x93", "\xe2\x9c\x94", "\xe2\x88\x9a", "--- PASS", NULL };

  return vprod__text_begins_with_one_of (line + strspn (line, " \t"), marks) || strstr (line, " PASSED")
         || strstr (line, " ... ok");
}

/* "Could not resolve" alone may be of modules and versions: bundlers, npm and Maven say so. */
static int speaks_of_network (const char *line)
{
  static const char *const parts[] = {
    "temporary failure resolving",         /* apt */
    "temporary failure in name resolution",/* glibc */
    "name or service not known",
    "no address associated with hostname",
    "could not resolve host",              /* curl, git, ssh */
    "could not resolve proxy",
    "couldn't resolve host",
    "bad address '",                       /* busybox */
    "getaddrinfo enotfound",               /* node */
    "getaddrinfo eai_again",
    "dial tcp: lookup",                    /* go */
    "dns error",                           /* cargo */
    "temporary error (try again later)",   /* apk */
    "network is unreachable",
    "no route to host",
    "connection timed out",
    "tls handshake timeout",
    "npm err! network",
    "npm error network",
    "trouble with your network connection",/* yarn */
    "err_pnpm_meta_fetch_fail",
    "hash sum mismatch",                   /* apt, of a mirror that is being changed */
    "network error (check internet",       /* apk */
    "all mirrors were tried",              /* dnf */
    "connection failed for url",           /* conda */
    "spurious network error",              /* cargo */
    "could not reach host ",               /* bundler */
    "unable to load the service index",    /* NuGet */
    NULL
  };
  static const struct {
    const char *part, *also;
  } pairs[] = {
    { "failed to fetch", "could not resolve '" }, /* apt */
    { "after connection broken by", "': /simple/" }, /* pip */
    { "pip._vendor", "failed to establish a new connection" },
    { "cause", ": client error (connect)" }, /* uv */
    { "all attempts to connect to ", " failed." }, /* poetry */
    { "npm err", "code econnrefused" }, /* npm's own; what a script of it says has no such line */
    { "npm err", "code econnreset" },
    { "npm err", "code etimedout" },
    { "npm err", "code err_socket_timeout" },
    { "npm err", "code e50" }, /* 502, 503, 504: the registry's own trouble, as what ADD is answered */
    { "npm err", "code e429" },
    { "http error 50", " while getting " }, /* pip */
    { "httpsconnectionpool(host=", "timed out" },
    { "error sending request for url (", "https://" }, /* uv, cargo */
    { "get \"https://", "dial tcp " }, /* go */
    { "get \"https://", "net/http: " },
    { "could not transfer artifact ", " failed: conn" }, /* Maven */
    { "could not transfer artifact ", "timed out" },
    { "could not transfer artifact ", "connection re" },
    { "could not transfer artifact ", "status code: 50" },
    { "could not get '", "received status code 50" }, /* Gradle */
    { "unable to download data from ", " - no such name" }, /* gem */
    { "unable to download data from ", "open tcp connection" },
    { "curl error ", " while downloading " }, /* composer */
    { "request failed with", "failed_connect" }, /* mix */
    { "curl: (", "connection reset by peer" },
    { "curl: (28)", "timed out" },
    { "the requested url returned error: ", "error: 429" }, /* curl, git */
    { "the requested url returned error: ", "error: 502" },
    { "the requested url returned error: ", "error: 503" },
    { "the requested url returned error: ", "error: 504" },
    { "keyserver receive failed", "no keyserver available" },
  };

  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (strcasestr (line, pairs[i].part) && strcasestr (line, pairs[i].also))
      return 1;
  return has_any (line, parts) || tells_unreachable_host (line) || tells_unknown_host (line);
}

int vprod__line_tells_network (const char *line)
{
  return speaks_of_network (line) && !tells_database (line) && !is_passed_test (line);
}

int vprod__line_tells_no_space (const char *line)
{
  return strcasestr (line, "no space left on device") != NULL && !is_passed_test (line);
}

/* ---- keeping them ------------------------------------------------------------------------------------------- */

/* What a terminal would show of a line that draws over itself, in as many bytes as are kept. */
static char *shown_part (const char *line, size_t length)
{
  const char *start = line;

  for (const char *p = line; (p = memchr (p, '\r', length - (size_t) (p - line))); p++)
    if (p + 1 < line + length)
      start = p + 1;
  length -= (size_t) (start - line);
  return strndup (start, length < VPROD__KEPT_BYTES ? length : VPROD__KEPT_BYTES);
}

static void keep (struct vprod__kept_line *kept, size_t number, const char *text)
{
  size_t length = strnlen (text, VPROD__KEPT_BYTES);

  memcpy (kept->text, text, length);
  kept->text[length] = '\0';
  kept->number = number;
}

int vprod__step_log_add (struct vprod__step_log *log, const char *line, size_t length)
{
  _cleanup_free_ char *text = shown_part (line, length);

  if (!text)
    return -1;
  if (text[strspn (text, " \t")] == '\0')
    return 0;
  log->count++;
  if (!log->network && vprod__line_tells_network (text) && !(log->network = strdup (text)))
    return -1;
  if (!log->no_space && vprod__line_tells_no_space (text) && !(log->no_space = strdup (text)))
    return -1;
  if (log->telling_count < VPROD__KEPT_LINES && is_telling (text))
    keep (&log->telling[log->telling_count++], log->count, text);
  keep (&log->last[log->count % VPROD__KEPT_LINES], log->count, text);
  return 0;
}

static int add_line (struct vprod__buf *buf, const struct vprod__kept_line *line, size_t *after)
{
  int r = 0;

  if (*after && line->number > *after + 1)
    r = vprod__buf_adds (buf, "…\n");
  *after = line->number;
  if (r == 0)
    r = vprod__buf_addf (buf, "%s\n", line->text);
  return r;
}

int vprod__step_log_compose (const struct vprod__step_log *log, struct vprod__buf *ret)
{
  size_t telling = log->telling_count < SHOWN_TELLING ? log->telling_count : SHOWN_TELLING, after = 0;
  size_t last = telling ? SHOWN_LAST : VPROD__KEPT_LINES;

  for (size_t i = 0; i < telling; i++)
    if (add_line (ret, &log->telling[i], &after) < 0)
      return -1;
  size_t number = log->count > last ? log->count - last + 1 : 1;
  for (; number <= log->count; number++)
    if (number > after && add_line (ret, &log->last[number % VPROD__KEPT_LINES], &after) < 0)
      return -1;
  return 0;
}

void vprod__step_log_free (struct vprod__step_log *log)
{
  if (!log)
    return;
  vprod__lines_clear (&log->lines);
  free (log->network);
  free (log->no_space);
  free (log);
}

/* ---- the failure -------------------------------------------------------------------------------------------- */

/* The last of the builder's words: from "ERROR: " on; 20.10 writes "------", the step's name and again "------"
   before it, or nothing. */
static const char *last_words (const char *words)
{
  const char *found = words;

  for (const char *line = words; *line;) {
    const char *end = strchr (line, '\n');
    if (strncmp (line, "ERROR: ", 7) == 0)
      found = line + 7;
    else if (strncmp (line, "Error: ", 7) == 0)
      found = line + 7;
    else if (strncmp (line, "------\n", 7) == 0)
      found = line + 7;
    if (!end)
      break;
    line = end + 1;
  }
  return found;
}

int vprod__progress_get_failure (struct vprod__progress *progress, struct vprod__progress_failure *ret)
{
  const struct vprod__progress_step *step = NULL;

  for (size_t i = 0; i < progress->count && !step; i++)
    if (progress->steps[i]->told == VPROD_STEP_FAILED)
      step = progress->steps[i];
  progress->telling.length = 0;
  if (progress->status < 0 || (step && step->log && vprod__step_log_compose (step->log, &progress->telling) < 0))
    return progress->status = -1;
  *ret = (struct vprod__progress_failure) {
    .step = step ? step->text : NULL,
    .stage = step ? step->stage : "",
    .error = step && step->error ? step->error : "",
    .words = last_words (vprod__buf_string (&progress->words)),
    .telling = progress->telling.length ? progress->telling.data : "",
    .network = step && step->log && step->log->network ? step->log->network : "",
    .no_space = step && step->log && step->log->no_space ? step->log->no_space : "",
  };
  return 0;
}
