/* SPDX-License-Identifier: MIT */
/*
 * What the sources ask of the environment, and where they answer that they are well. Lines are looked at, nothing is
 * parsed: enough for `getenv ("X")`, `os.environ["X"]`, `process.env.X`, `env::var("X")`, `ENV.fetch("X")`,
 * `requireEnv("X")`, settings classes of pydantic, `${X}` of Spring, `${X:?}` of shells, and .env.example.
 */
#include "draft/draft.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "spec/keys.h"
#include "util/text.h"

#define MAX_SOURCE (256 * 1024)
#define MAX_ALL (8 * 1024 * 1024)
#define MAX_LINE 4096

struct source {
  struct vprod__draft *draft;
  const char *file;
  size_t line;
  const char *prefix; /* of pydantic's variables; not ended */
  size_t prefix_length;
  int in_settings;    /* in a class of settings: the indent of its head + 1 */
};

static int ends_with (const char *text, size_t length, const char *end)
{
  size_t n = strlen (end);

  return length >= n && strncasecmp (text + length - n, end, n) == 0;
}

static int contains (const char *text, size_t length, const char *part)
{
  size_t n = strlen (part);

  for (size_t i = 0; i + n <= length; i++)
    if (strncasecmp (text + i, part, n) == 0)
      return 1;
  return 0;
}

static void found (struct source *source, const char *name, size_t length, int required)
{
  vprod__draft_variable (source->draft, name, length, NULL, required, source->file, source->line);
}

/* ---- NAME in quotes, and what stands before it ------------------------------------------------------------ */

enum reading { READS_NOTHING, READS_OPTIONAL, READS_REQUIRED };

static enum reading judge_call (const char *call, size_t length, char bracket, const char *rest)
{
  static const char *const readers[] = { "getenv", "lookupenv", "environ.get", "env.get", "getenvironmentvariable", "env::var",
                                         "env::var_os", "environ", "process.env", "$_env", "$_server", "deno.env.get", "config",
                                         NULL };
  const char *after = rest + strspn (rest, " \t");

  if (bracket == '[' && ends_with (call, length, "environ"))
    return *after == ']' && after[1 + strspn (after + 1, " \t")] == '=' && after[2 + strspn (after + 1, " \t")] != '='
             ? READS_NOTHING : READS_REQUIRED;
  if (length >= 3 && strncmp (call + length - 3, "ENV", 3) == 0 && bracket == '[')
    return READS_OPTIONAL;
  if (ends_with (call, length, "ENV.fetch"))
    return *after == ')' ? READS_REQUIRED : READS_OPTIONAL;
  if (bracket == '(' && (contains (call, length, "require") || contains (call, length, "mustget") || contains (call, length, "mustenv")))
    return READS_REQUIRED;
  for (size_t i = 0; readers[i]; i++)
    if (ends_with (call, length, readers[i])) {
      /* "config" alone reads much; only python-decouple's is one of the environment */
      if (strcmp (readers[i], "config") == 0)
        return length == 6 && *after == ')' ? READS_OPTIONAL : READS_NOTHING;
      return strstr (rest, ".expect(") || strstr (rest, ".unwrap()") || strstr (rest, ")?") || strstr (rest, "?? throw")
               ? READS_REQUIRED : READS_OPTIONAL;
    }
  return ends_with (call, length, "env") && bracket == '(' && length == 3 ? READS_OPTIONAL : READS_NOTHING;
}

static void read_quoted (struct source *source, const char *line)
{
  for (const char *p = line; (p = strpbrk (p, "\"'"));) {
    const char *name = p + 1, *end = strchr (name, *p), *before = p;
    if (!end)
      return;
    p = end + 1;
    size_t length = (size_t) (end - name);
    if (!vprod__draft_is_name (name, length)) {
      p = name;
      continue;
    }
    while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
      before--;
    if (before == line || (before[-1] != '(' && before[-1] != '['))
      continue;
    char bracket = *--before;
    while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
      before--;
    const char *call = before;
    while (call > line && (isalnum ((unsigned char) call[-1]) || strchr ("_.:$>-!", call[-1])))
      call--;
    enum reading reading = judge_call (call, (size_t) (before - call), bracket, end + 1);
    if (reading != READS_NOTHING)
      found (source, name, length, reading == READS_REQUIRED);
  }
}

/* process.env.NAME */
static void read_dotted (struct source *source, const char *line)
{
  for (const char *p = line; (p = strstr (p, "process.env.")); p++) {
    const char *name = p + strlen ("process.env.");
    size_t length = 0;
    while (isalnum ((unsigned char) name[length]) || name[length] == '_')
      length++;
    if (vprod__draft_is_name (name, length))
      found (source, name, length, strstr (name, "?? throw") != NULL);
  }
}

/* ${NAME:?…} of shells; ${NAME} and ${NAME:default} of Spring. */
static void read_braces (struct source *source, const char *line, int spring)
{
  for (const char *p = line; (p = strstr (p, "${")); p++) {
    const char *name = p + 2;
    size_t length = 0;
    while (isalnum ((unsigned char) name[length]) || name[length] == '_')
      length++;
    const char *after = name + length;
    if (!vprod__draft_is_name (name, length))
      continue;
    if (spring)
      found (source, name, length, *after == '}');
    else if (strncmp (after, ":?", 2) == 0 || *after == '?')
      found (source, name, length, 1);
  }
}

/* ---- settings classes of pydantic ------------------------------------------------------------------------- */

static void read_setting (struct source *source, const char *line)
{
  size_t indent = strspn (line, " \t"), length = 0;
  const char *name = line + indent;
  char shown[256];

  if (strncmp (name, "class ", 6) == 0) {
    source->in_settings = strstr (name, "BaseSettings") ? (int) indent + 1 : 0;
    return;
  }
  if (!source->in_settings || !*name || *name == '#')
    return;
  if ((int) indent < source->in_settings) {
    source->in_settings = 0;
    return;
  }
  while (islower ((unsigned char) name[length]) || isdigit ((unsigned char) name[length]) || name[length] == '_')
    length++;
  const char *colon = name + length + strspn (name + length, " ");
  if (length < 2 || *name == '_' || *colon != ':' || strncmp (name, "model_config", length) == 0)
    return;
  const char *equals = strchr (colon, '=');
  int required = !equals || strstr (equals, "(...") != NULL;
  if (length + source->prefix_length >= sizeof shown || strstr (colon, "ClassVar"))
    return;
  for (size_t i = 0; i < source->prefix_length; i++)
    shown[i] = (char) toupper ((unsigned char) source->prefix[i]);
  for (size_t i = 0; i < length; i++)
    shown[source->prefix_length + i] = (char) toupper ((unsigned char) name[i]);
  found (source, shown, source->prefix_length + length, required);
}

static void find_prefix (struct source *source, const char *text)
{
  const char *at = strstr (text, "env_prefix");

  source->prefix_length = 0;
  if (!at)
    return;
  at += strlen ("env_prefix");
  at += strspn (at, " \"':=");
  source->prefix = at;
  while (isalnum ((unsigned char) at[source->prefix_length]) || at[source->prefix_length] == '_')
    source->prefix_length++;
}

/* ---- the path of the health URL --------------------------------------------------------------------------- */

static int health_rank (const char *path, size_t length)
{
  static const char *const ends[] = { "/healthz", "/health", "/health-check", "/healthcheck", "/_health", "/readyz", "/ready",
                                      "/readiness", "/livez", "/liveness", "/alive", "/up", "/ping", NULL };

  for (int i = 0; ends[i]; i++)
    if (ends_with (path, length, ends[i]))
      return 100 - i;
  return 0;
}

static void read_paths (struct source *source, const char *line)
{
  struct vprod__draft *draft = source->draft;

  for (const char *p = line; (p = strpbrk (p, "\"'`"));) {
    const char *path = p + 1, *end = strchr (path, *p);
    char shown[128];
    if (!end)
      return;
    size_t length = (size_t) (end - path);
    /* Go's "GET /health" */
    for (size_t i = 0; i < 2; i++) {
      static const char *const methods[] = { "GET ", "HEAD " };
      if (length > strlen (methods[i]) && strncmp (path, methods[i], strlen (methods[i])) == 0) {
        path += strlen (methods[i]);
        length = (size_t) (end - path);
      }
    }
    p = p + 1;
    int rank = *path == '/' && length < sizeof shown ? health_rank (path, length) : 0;
    if (rank <= draft->health_rank)
      continue;
    memcpy (shown, path, length);
    shown[length] = '\0';
    if (shown[strcspn (shown, "{}<>*$: \\")] || vprod__spec_check_url_path (shown))
      continue;
    draft->health_rank = rank;
    vprod__draft_set (draft, &draft->health_path, "%s", shown);
    vprod__draft_set (draft, &draft->health_from, "%s:%zu", source->file, source->line);
  }
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static void read_source (struct vprod__draft *draft, const char *file, const char *text, int wants_health)
{
  struct source source = { .draft = draft, .file = file };
  const char *name = strrchr (file, '/');
  int spring = strncmp (name ? name + 1 : file, "application", 11) == 0;
  int python = ends_with (file, strlen (file), ".py") && strstr (text, "BaseSettings") != NULL;
  int shell = ends_with (file, strlen (file), ".sh") || strstr (file, "entrypoint");
  char line[MAX_LINE];

  if (python)
    find_prefix (&source, text);
  draft->wants_asyncpg |= strstr (text, "postgresql+asyncpg") != NULL;
  for (const char *p = text; *p;) {
    size_t length = strcspn (p, "\n");
    source.line++;
    if (length < sizeof line) {
      memcpy (line, p, length);
      line[length] = '\0';
      read_quoted (&source, line);
      read_dotted (&source, line);
      if (spring || shell)
        read_braces (&source, line, spring);
      if (python)
        read_setting (&source, line);
      if (wants_health)
        read_paths (&source, line);
    }
    p += length;
    p += *p == '\n';
  }
}

/* NAME=value of a .env.example. */
static void read_example (struct vprod__draft *draft, const char *file, char *text)
{
  char *save = NULL;
  size_t number = 0;

  for (char *line = text; line; line = save) {
    save = strchr (line, '\n');
    if (save)
      *save++ = '\0';
    number++;
    line += strspn (line, " \t");
    if (strncmp (line, "export ", 7) == 0)
      line += 7;
    char *equals = strchr (line, '=');
    if (*line == '#' || !equals || !vprod__draft_is_name (line, (size_t) (equals - line)))
      continue;
    char *value = equals + 1 + strspn (equals + 1, " \t"), *end;
    if ((*value == '"' || *value == '\'') && (end = strchr (value + 1, *value)))
      value++;
    else {
      end = strstr (value, " #");
      end = end ? end : value + strlen (value);
      while (end > value && isspace ((unsigned char) end[-1]))
        end--;
    }
    *end = '\0';
    vprod__draft_variable (draft, line, (size_t) (equals - line), value, 0, file, number);
  }
}

void vprod__draft_read_sources (struct vprod__draft *draft)
{
  static const char *const examples[] = { ".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", NULL };
  int wants_health = draft->health_path == NULL;
  size_t all = 0;

  for (size_t i = 0; draft->files && draft->files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, draft->files[i], MAX_SOURCE, &text))
      read_source (draft, draft->files[i], vprod__buf_string (&text), wants_health);
    all += text.length;
  }
  for (size_t i = 0; examples[i]; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, examples[i], MAX_SOURCE, &text) && text.data)
      read_example (draft, examples[i], text.data);
  }
  if (wants_health && !draft->health_path && draft->manifests && strstr (draft->manifests, "spring-boot-starter-actuator")) {
    vprod__draft_set (draft, &draft->health_path, "/actuator/health");
    vprod__draft_set (draft, &draft->health_from, "Spring Boot's actuator");
  }
}
