/* SPDX-License-Identifier: MIT */
/* What names and values say: is this variable, option or label one that holds a secret, and is a secret in it? */
#include "scan/scan.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MAX_WORDS 16
#define LEAST_VALUE 3 /* characters; shorter values are fillers */

struct words {
  struct {
    const char *text;
    size_t length;
  } list[MAX_WORDS];
  size_t count;
};

/* "DB_PASSWORD", "dbPassword", "db.password", "DBPassword": db, password. */
static void split_name (const char *name, size_t length, struct words *ret)
{
  size_t start = 0;

  ret->count = 0;
  for (size_t i = 0; i <= length; i++) {
    int end = i == length || !isalnum ((unsigned char) name[i]);
    int camel = !end && i > start && isupper ((unsigned char) name[i])
             && (islower ((unsigned char) name[i - 1])
                 || (i + 1 < length && isupper ((unsigned char) name[i - 1])
                     && islower ((unsigned char) name[i + 1])));
    if (!end && !camel)
      continue;
    if (i > start && ret->count < MAX_WORDS) {
      ret->list[ret->count].text = name + start;
      ret->list[ret->count++].length = i - start;
    }
    start = end ? i + 1 : i;
  }
}

static int is_one_of (const char *text, size_t length, const char *const *list)
{
  for (; *list; list++)
    if (strlen (*list) == length && strncasecmp (text, *list, length) == 0)
      return 1;
  return 0;
}

static int word_is (const struct words *words, size_t i, const char *const *list)
{
  return is_one_of (words->list[i].text, words->list[i].length, list);
}

/* ---- names --------------------------------------------------------------------------------------------- */

/* As the last word of a name: it holds something about the secret, not the secret. */
static const char *const about[] = {
  "url",      "uri",         "urls",        "file",       "files",         "filename",    "path",
  "paths",    "dir",         "directory",   "folder",     "endpoint",      "host",        "hostname",
  "port",     "name",        "names",       "id",         "ids",           "ttl",         "expiry",
  "expires",  "expire",      "expiration",  "seconds",    "minutes",       "hours",       "days",
  "timeout",  "length",      "len",         "size",       "lifetime",      "type",        "types",
  "issuer",   "audience",    "algorithm",   "alg",        "algo",          "header",      "headers",
  "prefix",   "suffix",      "enabled",     "disabled",   "disable",       "enable",      "required",
  "policy",   "count",       "limit",       "limits",     "version",       "sha1",        "sha256",
  "sha512",   "md5",         "checksum",    "digest",     "fingerprint",   "field",       "fields",
  "param",    "parameter",   "keyring",     "store",      "provider",      "providers",   "service",
  "region",   "mode",        "rounds",      "iterations", "cookie",        "class",       "method",
  "methods",  "format",      "encoding",    "scope",      "scopes",        "role",        "user",
  "username", "arn",         "ref",         "reference",  "mount",         "backend",     "driver",
  "plugin",   "engine",      "factory",     "handler",    "validator",     "validators",  "hasher",
  "hashers",  "generator",   "manager",     "template",   "pattern",       "regex",       "rotation",
  "interval", "period",      "age",         "strength",   "sock",          "socket",      "cmd",
  "command",  "script",      "program",     "helper",     "source",        "location",    "env",
  "var",      "variable",    "domain",      "tokenizer",  "bits",          "curve",       "server",
  "servers",  "proxy",       "addr",        "address",    "cert",          "certificate", "max",
  "min",      "parallelism", "description", "docs",       "documentation", "message",     "prompt",
  "hint",     "label",       "title",       "support",    "check",         "leeway",      "retries",
  "refresh",  "grant",       "namespace",   "strategy",   "compare",       "validation",  "verification",
  "in",       "duration",    "validity",    "claim",      "claims",        "model",       "models",
  "schema",   "table",       "column",      "queue",      "topic",         "route",       "view",
  "form",     "serializer",  "serializers", "js",         "css",         "html",        "reset",
  NULL
};

/* Anywhere in a name: it holds no secret. */
static const char *const harmless[] = { "max", "min", "num", "limit", "public", "pub", "gpg", "per", "existing", "pull", NULL };

/* Followed by "key". */
static const char *const key_kinds[] = { "api",        "access",  "secret", "private", "auth",   "signing",
                                         "encryption", "encrypt", "master", "session", "shared", "service",
                                         "account",    "client",  "app",    "jwt",     "cookie", "hmac",
                                         "storage",    "crypto",  "cipher", "token",   "aes",    "fernet",
                                         NULL };

static const char *const endings[] = { "password",   "passwords",   "passwd",    "passphrase", "passcode",
                                       "pwd",        "secret",      "secrets",   "token",      "tokens",
                                       "apikey",     "apikeys",     "accesskey", "secretkey",  "privatekey",
                                       "credential", "credentials", NULL };
static const char *const keys[] = { "key", "keys", NULL };
/* pat: a personal access token */
static const char *const last_words[] = { "pass", "auth", "authorization", "pat", "pw", NULL };
static const char *const folders[] = { "pwd", "oldpwd", NULL };

/* "adminPasswordKey", "password_key": the key under which a password is found; but "tokenKey" is itself a key. */
static int is_name_of_key (const struct words *words)
{
  size_t n = words->count;

  return n > 1 && word_is (words, n - 1, keys) && vprod__text_ends_with_nocase_n (words->list[n - 2].text, words->list[n - 2].length, "password");
}

int vprod__secret_name (const char *name, size_t length)
{
  struct words words;

  split_name (name, length, &words);
  if (words.count == 0 || word_is (&words, words.count - 1, about) || is_one_of (name, length, folders))
    return 0;
  for (size_t i = 0; i < words.count; i++)
    if (word_is (&words, i, harmless))
      return 0;
  if (is_name_of_key (&words))
    return 0;
  for (size_t i = 0; i < words.count; i++) {
    for (size_t k = 0; endings[k]; k++)
      if (vprod__text_ends_with_nocase_n (words.list[i].text, words.list[i].length, endings[k]))
        return 1;
    if (i + 1 < words.count && word_is (&words, i, key_kinds) && word_is (&words, i + 1, keys))
      return 1;
  }
  return word_is (&words, words.count - 1, last_words);
}

/* ---- values -------------------------------------------------------------------------------------------- */

int vprod__secret_placeholder (const char *value, size_t length)
{
  static const char *const parts[] = { "example", "placeholder", "dummy",     "replace",    "redacted", "your_",
                                       "your-",   "your ",       "yourt",     "yourp",      "yours",    "insert",
                                       "fixme",   "todo",        "xxxx",      "****",       "....",     "----",
                                       "not-a-",  "not_a_",      "notreal",   "noop",       "no-op",    "unused",
                                       "ignored", "not-set",     "notset",    "unset",      "build-time", "buildtime",
                                       "build-only", "changeme", "change-me", "change_me",  "changethis", "true|false",
                                       "optional;", "!!!set", NULL };
  static const char *const wholes[] = { "xxx",  "***",       "...",   "---",      "fake", "mock",
                                        "stub", "tbd",       "n/a",   "na",       "none", "null",
                                        "nil",  "undefined", "empty", "changeit", NULL };

  if (length == 0 || is_one_of (value, length, wholes))
    return 1;
  for (size_t i = 0; parts[i]; i++)
    if (vprod__text_contains_nocase_n (value, length, parts[i]) && !(length >= 12 && strcmp (parts[i], "----") == 0))
      return 1;
  if ((value[0] == '<' && value[length - 1] == '>') || (value[0] == '%' && value[length - 1] == '%')
      || (length > 2 && value[0] == '@' && value[length - 1] == '@') || (length > 3 && strncmp (value, "{{", 2) == 0)
      || (length > 3 && strncmp (value, "@@", 2) == 0))
    return 1;
  for (size_t i = 1; i < length; i++)
    if (value[i] != value[0])
      return 0;
  return length > 2; /* one character over and over */
}

static int is_switch (const char *value, size_t length)
{
  static const char *const words[] = { "true", "false",    "yes",      "no",      "on",       "off",    "0",
                                       "1",    "required", "optional", "enabled", "disabled", "enable", "disable",
                                       "auto", "default",  "bearer",   "basic",   "jwt",      "oauth",  "oauth2",
                                       "oidc", "ldap",     "trust",    "md5",     "any",      "all",    "env",
                                       "file", "prompt",   "stdin",    "-",       "files",    "compat", "sss", /* of nsswitch.conf */
                                       NULL };

  return is_one_of (value, length, words);
}

/* A file name. */
static int is_path (const char *value, size_t length)
{
  size_t slashes = 0;

  if (value[0] != '/' && strncmp (value, "./", 2) != 0 && strncmp (value, "~/", 2) != 0
      && strncmp (value, "../", 3) != 0)
    return 0;
  for (size_t i = 0; i < length; i++) {
    if (!isalnum ((unsigned char) value[i]) && !strchr ("/._-~@:", value[i]))
      return 0;
    slashes += value[i] == '/';
  }
  return slashes > 1 || length < 24;
}

static int is_reference (const char *value, size_t length)
{
  static const char *const schemes[] = { "file:",    "env:",      "vault:", "arn:", "ssm:",   "op://", "secret:",
                                         "secrets:", "projects/", "kms:",   "gcp:", "awssm:", "k8s:",
                                         "@microsoft.keyvault(", "enc(", "enc[", "{cipher}", "!vault", NULL }; /* the last are encrypted */

  for (size_t i = 0; schemes[i]; i++)
    if (length > strlen (schemes[i]) && strncasecmp (value, schemes[i], strlen (schemes[i])) == 0)
      return 1;
  if (length > 8 && (strncasecmp (value, "http://", 7) == 0 || strncasecmp (value, "https://", 8) == 0))
    return 1; /* a password in a URL is found by its form */
  if (value[0] == '$' && length > 1 && (value[1] == '{' || value[1] == '('))
    return value[length - 1] == '}' || value[length - 1] == ')';
  if (value[0] == '$' && length > 1 && (isalpha ((unsigned char) value[1]) || value[1] == '_')) {
    size_t i = 1;
    while (i < length && (isalnum ((unsigned char) value[i]) || value[i] == '_'))
      i++;
    return i == length;
  }
  return 0;
}

/* How long something lasts: 15m, 7d, "24 hours". */
static int is_duration (const char *value, size_t length)
{
  static const char *const units[] = { "ms",   "s",       "sec",  "secs", "second", "seconds", "m",    "min", "mins",
                                       "minute", "minutes", "h",   "hr",   "hrs",    "hour",    "hours", "d",  "day",
                                       "days", "w",       "week", "weeks", "month", "months",  "y",    "year", "years",
                                       NULL };
  size_t digits = 0;

  while (digits < length && isdigit ((unsigned char) value[digits]))
    digits++;
  size_t unit = digits + (digits < length && value[digits] == ' ');
  return digits > 0 && digits < 6 && is_one_of (value + unit, length - unit, units);
}

/* An identifier of a program: "rest_framework.authentication.TokenAuthentication". */
static int is_dotted_name (const char *value, size_t length)
{
  size_t dots = 0, last = 0;

  for (size_t i = 0; i < length; i++) {
    if (value[i] == '.') {
      if (i == last || i + 1 == length)
        return 0;
      dots++;
      last = i + 1;
    } else if (!isalpha ((unsigned char) value[i]) && value[i] != '_')
      return 0;
  }
  return dots > 1 || (dots == 1 && islower ((unsigned char) value[0]) && isupper ((unsigned char) value[last]));
}

/* "DB_PASSWORD,JWT_SECRET": names of secrets. */
static int is_list_of_names (const char *value, size_t length)
{
  size_t commas = 0;

  for (size_t i = 0; i < length; i++) {
    if (!isupper ((unsigned char) value[i]) && !strchr ("_, ", value[i]))
      return 0;
    commas += value[i] == ',';
  }
  return commas > 0;
}

/* A sentence rather than a word. */
static int is_prose (const char *value, size_t length)
{
  size_t blanks = 0;

  for (size_t i = 0; i < length; i++)
    blanks += value[i] == ' ';
  return blanks >= 3;
}

int vprod__secret_value (const char *name, size_t name_length, const char *value, size_t length)
{
  struct words words;
  size_t digits = 0, letters = 0;

  while (length >= 2 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0]) {
    value++;
    length -= 2;
  }
  if (length < LEAST_VALUE || is_switch (value, length) || vprod__secret_placeholder (value, length)
      || is_path (value, length) || is_reference (value, length) || is_prose (value, length)
      || is_list_of_names (value, length)
      || (length == name_length && strncasecmp (name, value, length) == 0))
    return 0;
  for (size_t i = 0; i < length; i++) {
    digits += isdigit ((unsigned char) value[i]) != 0;
    letters += isalpha ((unsigned char) value[i]) != 0 || (value[i] & 0x80) != 0;
  }
  if (digits + letters == 0)
    return 0; /* a pattern, a rule of dashes */
  split_name (name, name_length, &words);
  int password = 0;
  for (size_t i = 0; i < words.count; i++)
    password = password || vprod__text_contains_nocase_n (words.list[i].text, words.list[i].length, "pass");
  if (!password && (digits == length || is_duration (value, length) || is_dotted_name (value, length)))
    return 0; /* a count, a lifetime, a class */
  if (words.count > 0 && word_is (&words, words.count - 1, last_words) && !password)
    return memchr (value, ':', length) != NULL || (length >= 16 && digits > 0); /* not AUTH=ldap */
  return 1;
}

int vprod__secret_common (const char *value, size_t length)
{
  static const char *const words[] = {
    "password",   "passwd",       "secret", "changeme",      "postgres", "verify",      "test",       "testing",
    "testuser",   "testpassword", "admin",  "administrator", "default",  "development", "production", "localhost",
    "verify-key", "12345678",     "123456", "letmein",       "qwerty",   NULL
  };

  return is_one_of (value, length, words) || vprod__secret_placeholder (value, length);
}
