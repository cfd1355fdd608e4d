/* SPDX-License-Identifier: MIT */
/*
 * What the sources ask of the environment. Lines are looked at, nothing is parsed: enough for `getenv ("X")`,
 * `os.environ["X"]`, `process.env.X`, `env::var("X")`, `ENV.fetch("X")`, `requireEnv("X")`, `config.getOrThrow("X")`,
 * `{ X } = process.env`, schemas of zod, settings classes of pydantic, `${X}` of Spring, `${X:?}` of shells, and
 * .env.example.
 */
#include "draft/draft.h"
#include "util/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
  int body_indent;    /* of what is in it; 0: not known yet */
  int python;
  int in_methods;     /* a module of a Ruby or Elixir app, whose methods run later, or never */
  int at_start;       /* the line surely runs when the file is loaded */
  int block;          /* the indent of the statement that may not run what is below it + 1; 0: none */
};

static int ends_with (const char *text, size_t length, const char *end)
{
  size_t n = strlen (end);

  return length >= n && strncasecmp (text + length - n, end, n) == 0;
}

static void found (struct source *source, const char *name, size_t length, int required)
{
  enum vprod__draft_need need = !required || (source->in_methods && !source->at_start) ? VPROD__DRAFT_READ
                                 : source->at_start ? VPROD__DRAFT_REQUIRED : VPROD__DRAFT_WANTED;

  vprod__draft_variable (source->draft, name, length, NULL, need, source->file, source->line);
}

/* Python: what stands in functions, conditions and try may run later, or never. */
static void follow_blocks (struct source *source, const char *line)
{
  static const char *const opens[] = { "def ", "async def ", "try:", "if ", "elif ", "else:", "for ", "while ", "except", NULL };
  int indent = (int) strspn (line, " \t");
  const char *text = line + indent;

  if (!*text || *text == '#')
    return;
  if (source->block && indent < source->block)
    source->block = 0;
  for (size_t i = 0; opens[i] && !source->block; i++)
    if (strncmp (text, opens[i], strlen (opens[i])) == 0)
      source->block = indent + 1;
  source->at_start = !source->block && !(strstr (text, " if ") && strstr (text, " else ")) && !strstr (text, "lambda");
}

/* ---- NAME in quotes, and what stands before it ------------------------------------------------------------ */

enum reading { READS_NOTHING, READS_OPTIONAL, READS_REQUIRED };

/* env("X") of django-environ and config("X") of python-decouple: without a default they end the app. */
static enum reading judge_python (const char *call, size_t length, const char *after)
{
  if ((length == 3 && strncmp (call, "env", 3) == 0) || (length > 4 && strncmp (call, "env.", 4) == 0)
      || (length == 6 && strncmp (call, "config", 6) == 0))
    return *after == ')' ? READS_REQUIRED : READS_OPTIONAL;
  return READS_NOTHING;
}

/* requireEnv, must_get, a function of the app's own that is called "required"; not role_required, a decorator. */
static int demands (const char *call, size_t length)
{
  size_t word = strlen ("required");

  if (ends_with (call, length, "required")
      && (length == word || !(isalnum ((unsigned char) call[length - word - 1]) || strchr ("_.", call[length - word - 1]))))
    return 1;
  return (vprod__text_contains_nocase_n (call, length, "require") && vprod__text_contains_nocase_n (call, length, "env"))
         || vprod__text_contains_nocase_n (call, length, "mustget") || vprod__text_contains_nocase_n (call, length, "mustenv");
}

static enum reading judge_call (const char *call, size_t length, char bracket, const char *rest)
{
  static const char *const readers[] = { "getenv", "get_env", "lookupenv", "environ.get", "env.get", "getenvironmentvariable",
                                         "env::var", "env::var_os", "environ", "process.env", "$_env", "$_server",
                                         "deno.env.get", "config.get", "configservice.get", NULL };
  const char *after = rest + strspn (rest, " \t"), *block = *after == ')' ? after + 1 + strspn (after + 1, " \t") : "";
  const char *generic = length > 0 && call[length - 1] == '>' ? memchr (call, '<', length) : NULL;

  if (generic)
    length = (size_t) (generic - call);

  if (bracket == '[' && ends_with (call, length, "environ"))
    return *after == ']' && after[1 + strspn (after + 1, " \t")] == '=' && after[2 + strspn (after + 1, " \t")] != '='
             ? READS_NOTHING : READS_REQUIRED;
  if (length >= 3 && strncmp (call + length - 3, "ENV", 3) == 0 && bracket == '[')
    return READS_OPTIONAL;
  if (ends_with (call, length, "ENV.fetch"))
    return *after == ')' && *block != '{' && strncmp (block, "do ", 3) != 0 ? READS_REQUIRED : READS_OPTIONAL;
  if (bracket == '(' && (ends_with (call, length, "getOrThrow") || ends_with (call, length, "fetch_env!")))
    return READS_REQUIRED;
  if (bracket == '(' && demands (call, length))
    return READS_REQUIRED;
  for (size_t i = 0; readers[i]; i++)
    if (ends_with (call, length, readers[i]))
      return strstr (rest, ".expect(") || strstr (rest, ".unwrap()") || strstr (rest, ")?") || strstr (rest, "?? throw")
                 || strncmp (block, "?: error(", 9) == 0 || strncmp (block, "?: throw", 8) == 0
                 || strncmp (block, "|| raise", 8) == 0
               ? READS_REQUIRED : READS_OPTIONAL;
  return ends_with (call, length, "env") && bracket == '(' && length == 3 ? READS_OPTIONAL : READS_NOTHING;
}

/* The name of a connection string of .NET. */
static int is_connection (const char *name, size_t length)
{
  if (length == 0 || length > 60)
    return 0;
  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) name[i]) && name[i] != '_')
      return 0;
  return 1;
}

static void read_quoted (struct source *source, const char *line)
{
  char connection[100];

  for (const char *p = line; (p = strpbrk (p, "\"'"));) {
    const char *name = p + 1, *end = strchr (name, *p), *before = p;
    if (!end)
      return;
    p = end + 1;
    size_t length = (size_t) (end - name);
    int is_name = vprod__draft_is_name (name, length);
    if (!is_name && !is_connection (name, length)) {
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
    while (call > line && (isalnum ((unsigned char) call[-1]) || strchr ("_.:$<>-!", call[-1])))
      call--;
    size_t called = (size_t) (before - call);
    if (ends_with (call, called, "GetConnectionString")) {
      snprintf (connection, sizeof connection, "ConnectionStrings__%.*s", (int) length, name);
      found (source, connection, strlen (connection), 0);
    }
    if (!is_name)
      continue;
    enum reading reading = source->python && bracket == '(' ? judge_python (call, called, end + 1 + strspn (end + 1, " \t"))
                                                            : READS_NOTHING;
    if (reading == READS_NOTHING)
      reading = judge_call (call, called, bracket, end + 1);
    if (reading != READS_NOTHING)
      found (source, name, length, reading == READS_REQUIRED);
  }
}

static size_t word_length (const char *text)
{
  size_t length = 0;

  while (isalnum ((unsigned char) text[length]) || text[length] == '_')
    length++;
  return length;
}

/* process.env.NAME, Bun.env.NAME, `const { NAME, OTHER = "x" } = process.env` */
static void read_dotted (struct source *source, const char *line)
{
  static const char *const starts[] = { "process.env.", "Bun.env." };
  const char *brace = strchr (line, '{'), *close = brace ? strchr (brace, '}') : NULL;

  for (size_t i = 0; i < 2; i++)
    for (const char *p = line; (p = strstr (p, starts[i])); p++) {
      const char *name = p + strlen (starts[i]);
      if (vprod__draft_is_name (name, word_length (name)))
        found (source, name, word_length (name),
               strstr (name, "?? throw") != NULL
                 || (p > line && p[-1] == '!' && (strstr (name, "throw ") || strstr (name, "process.exit("))));
    }
  if (!close || strncmp (close + 1 + strspn (close + 1, " "), "= process.env", 13) != 0)
    return;
  for (const char *name = brace + 1; name < close;) {
    name += strspn (name, " ,\t");
    if (vprod__draft_is_name (name, word_length (name)))
      found (source, name, word_length (name), 0);
    name += strcspn (name, ",}");
  }
}

/* "NAME: z.string()" in a schema of zod */
static void read_schema (struct source *source, const char *line)
{
  const char *at = strstr (line, ": z."), *name = at;

  while (name && name > line && (isalnum ((unsigned char) name[-1]) || name[-1] == '_'))
    name--;
  if (!at || !vprod__draft_is_name (name, (size_t) (at - name)))
    return;
  const char *rest = at + 1;
  size_t length = 0;
  int depth = 0;
  for (; rest[length] && (depth > 0 || rest[length] != ','); length++)
    depth += strchr ("([{", rest[length]) ? 1 : strchr (")]}", rest[length]) ? -1 : 0;
  int whole = depth == 0 && rest[length] == ','; /* otherwise it may go on in the next line */
  found (source, name, (size_t) (at - name),
         whole && !vprod__text_contains_nocase_n (rest, length, ".optional(")
           && !vprod__text_contains_nocase_n (rest, length, ".default(")
           && !vprod__text_contains_nocase_n (rest, length, ".nullish(")
           && !vprod__text_contains_nocase_n (rest, length, ".catch("));
}

/* ${NAME:?…} of shells; ${NAME} and ${NAME:default} of Spring. */
static void read_braces (struct source *source, const char *line, int spring)
{
  for (const char *p = line; (p = strstr (p, "${")); p++) {
    const char *name = p + 2;
    size_t length = word_length (name);
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

/* What Field(…) of a setting says: 1 if there is no default. *ret_alias: the variable's own name, lent; NULL: none. */
static int read_field (const char *field, const char **ret_alias, size_t *ret_length)
{
  const char *first = field + strlen ("Field("), *alias = strstr (field, "alias=");
  size_t word = word_length (first);

  *ret_alias = NULL;
  if (alias) {
    alias += strlen ("alias=");
    *ret_length = *alias == '"' || *alias == '\'' ? word_length (alias + 1) : 0;
    *ret_alias = *ret_length > 0 ? alias + 1 : NULL;
  }
  return strncmp (first, "...", 3) == 0 || *first == ')' || (word > 0 && first[word] == '=' && !strstr (first, "default"));
}

/* What a setting of this type can be. */
static void set_fallback (struct source *source, const char *name, size_t length, const char *type)
{
  static const struct {
    const char *type, *value;
  } known[] = {
    { "EmailStr", "verify@example.com" }, { "int", "1" },  { "float", "1" }, { "PositiveInt", "1" }, { "bool", "false" },
    { "HttpUrl", "http://localhost:9" },  { "AnyHttpUrl", "http://localhost:9" }, { "AnyUrl", "http://localhost:9" },
    { "RedisDsn", "redis://localhost:6379/0" }, { "list", "[]" }, { "List", "[]" }, { "dict", "{}" }, { "UUID", "00000000-0000-4000-8000-000000000000" },
  };

  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (word_length (type) != strlen (known[i].type) || strncmp (type, known[i].type, strlen (known[i].type)) != 0)
      continue;
    struct vprod__draft_variable *variable = vprod__draft_variable (source->draft, name, length, NULL, VPROD__DRAFT_READ,
                                                                    source->file, source->line);
    if (variable && !(strcmp (known[i].type, "int") == 0 && ends_with (variable->name, strlen (variable->name), "PORT")))
      vprod__draft_set (source->draft, &variable->fallback, "%s", known[i].value);
  }
}

static void read_setting (struct source *source, const char *line)
{
  size_t indent = strspn (line, " \t"), length = 0;
  const char *name = line + indent;
  char shown[256];

  if (strncmp (name, "class ", 6) == 0) {
    source->in_settings = strstr (name, "BaseSettings") ? (int) indent + 1 : 0;
    source->body_indent = 0;
    return;
  }
  if (!source->in_settings || !*name || *name == '#')
    return;
  if ((int) indent < source->in_settings) {
    source->in_settings = 0;
    return;
  }
  source->body_indent = source->body_indent ? source->body_indent : (int) indent;
  if ((int) indent != source->body_indent) /* of a method, or of a value on several lines */
    return;
  while (isalpha ((unsigned char) name[length]) || isdigit ((unsigned char) name[length]) || name[length] == '_')
    length++;
  const char *colon = name + length + strspn (name + length, " ");
  if (length < 2 || *name == '_' || *colon != ':' || strncmp (name, "model_config", length) == 0)
    return;
  const char *equals = strchr (colon, '=');
  int required = !equals || strstr (equals, "(...") != NULL;
  const char *field = equals ? strstr (equals, "Field(") : NULL, *alias = NULL;
  size_t alias_length = 0;
  if (field)
    required = read_field (field, &alias, &alias_length);
  if (length + source->prefix_length >= sizeof shown || strstr (colon, "ClassVar"))
    return;
  if (alias) { /* it stands without the prefix */
    if (vprod__draft_is_name (alias, alias_length))
      found (source, alias, alias_length, required);
    return;
  }
  for (size_t i = 0; i < source->prefix_length; i++)
    shown[i] = (char) toupper ((unsigned char) source->prefix[i]);
  for (size_t i = 0; i < length; i++)
    shown[source->prefix_length + i] = (char) toupper ((unsigned char) name[i]);
  found (source, shown, source->prefix_length + length, required);
  set_fallback (source, shown, source->prefix_length + length, colon + 1 + strspn (colon + 1, " "));
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

/* ---- files ------------------------------------------------------------------------------------------------ */

/* A script that is the entrypoint by its name, or that the command names. */
static int starts_app (const struct vprod__draft *draft, const char *name)
{
  if (strstr (name, "entrypoint"))
    return 1;
  for (size_t i = 0; ends_with (name, strlen (name), ".sh") && draft->command && draft->command[i]; i++) {
    const char *slash = strrchr (draft->command[i], '/');
    if (strcmp (slash ? slash + 1 : draft->command[i], name) == 0)
      return 1;
  }
  return 0;
}

/* Is it of another part of a larger repository than the Dockerfile, whose folder is a part by itself? */
static int is_of_another_part (const struct vprod__draft *draft, const char *file)
{
  static const char *const names[] = { "package.json", "pyproject.toml", "go.mod", "Cargo.toml", "pom.xml", "Gemfile", "mix.exs", NULL };
  char path[512];

  if (!*draft->below || strncmp (file, draft->below, strlen (draft->below)) == 0)
    return 0;
  for (size_t i = 0; names[i]; i++) {
    int n = snprintf (path, sizeof path, "%s%s", draft->below, names[i]);
    if (n > 0 && (size_t) n < sizeof path && vprod__draft_kind (draft, path) == 'f')
      return 1;
  }
  return 0;
}

static void read_source (struct vprod__draft *draft, const char *file, const char *text)
{
  struct source source = { .draft = draft, .file = file, .python = ends_with (file, strlen (file), ".py") };
  const char *name = strrchr (file, '/');
  int spring = strncmp (name ? name + 1 : file, "application", 11) == 0;
  int other = is_of_another_part (draft, file);
  int settings = source.python && strstr (text, "BaseSettings") != NULL;
  int schema = strstr (text, "process.env") != NULL || strstr (text, "Bun.env") != NULL;
  int shell = starts_app (draft, name ? name + 1 : file);
  char line[MAX_LINE];

  source.in_methods = other || ends_with (file, strlen (file), ".ex")
                      || (ends_with (file, strlen (file), ".exs") && !strstr (file, "config/") && strcmp (name ? name + 1 : file, "runtime.exs") != 0)
                      || ((strncmp (file, "app/", 4) == 0 || strncmp (file, "lib/", 4) == 0) && ends_with (file, strlen (file), ".rb"));
  if (settings)
    find_prefix (&source, text);
  draft->wants_asyncpg |= strstr (text, "postgresql+asyncpg") != NULL;
  for (const char *p = text; *p;) {
    size_t length = strcspn (p, "\n");
    source.line++;
    if (length < sizeof line) {
      memcpy (line, p, length);
      line[length] = '\0';
      source.at_start = !source.in_methods;
      if (source.python && !other)
        follow_blocks (&source, line);
      read_quoted (&source, line);
      read_dotted (&source, line);
      if (spring || shell)
        read_braces (&source, line, spring);
      if (schema)
        read_schema (&source, line);
      if (settings)
        read_setting (&source, line);
      if (!other)
        vprod__draft_read_serving (draft, file, source.line, line);
    }
    p += length;
    p += *p == '\n';
  }
}

void vprod__draft_read_sources (struct vprod__draft *draft)
{
  size_t all = 0;

  draft->wants_health = draft->health_path == NULL;
  draft->wants_port = draft->port == 0;
  for (size_t i = 0; draft->files && draft->files[i] && all < MAX_ALL; i++) {
    _cleanup_buf_ struct vprod__buf text = { 0 };
    if (vprod__draft_read_file (draft, draft->files[i], MAX_SOURCE, &text))
      read_source (draft, draft->files[i], vprod__buf_string (&text));
    vprod__draft_read_route (draft, draft->files[i]);
    all += text.length;
  }
  vprod__draft_read_examples (draft);
  if (!draft->health_path && draft->manifests && strstr (draft->manifests, "spring-boot-starter-actuator")) {
    vprod__draft_set (draft, &draft->health_path, "/actuator/health");
    vprod__draft_set (draft, &draft->health_from, "Spring Boot's actuator");
  }
}
