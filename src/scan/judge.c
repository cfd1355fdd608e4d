/* SPDX-License-Identifier: MIT */
/* What a pattern cannot express: a candidate's surroundings, its randomness, and whether it is a placeholder. */
#include "scan/words.h"
#include "scan/inside.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LONGEST_VALUE 4000
#define LONGEST_PREFIX 12 /* characters of a token's prefix: ghp_, github_pat_ */
#define LONGEST_LINE 200
#define SAME 8             /* times a character, in a row: a filler */
#define SEQUENCE 10        /* characters in their order: a filler */
#define MOST_ENTRIES 30   /* of a mapping */
#define NEAR 600           /* characters before and after a candidate that are close by */
#define TELLING 64 /* characters of a value that are searched for placeholders: any word occurs by chance in a long random value */

static int begins_with (const char *value, size_t length, const char *begin, size_t begin_length)
{
  return length > begin_length && strncmp (value, begin, begin_length) == 0;
}

/* Is it what everybody has: the key of an emulator of a cloud, the token of a manual? */
static int is_published (const struct vprod__scan_rule *rule, const char *value, size_t length)
{
  for (size_t i = 0; vprod__scan_never[i]; i++)
    if (begins_with (value, length, vprod__scan_never[i], strlen (vprod__scan_never[i])))
      return 1;
  for (const char *never = rule->never ? rule->never : ""; *never;) {
    size_t n = strcspn (never, "|");
    if (begins_with (value, length, never, n))
      return 1;
    never += n + (never[n] == '|');
  }
  return 0;
}

/* "$krb5asrep$23$…", "$argon2id$v=19$…": a hash, rather than $X and $Y. */
static int is_hash (const char *value, size_t length)
{
  const char *second = memchr (value + 1, '$', length - 1);

  return second && second + 2 < value + length && (isdigit ((unsigned char) second[1]) || strncmp (second, "$v=", 3) == 0);
}

/* What is filled in later: ${X}, $X, $(x), `x`, {{ x }}, {x}, %(x)s, %x%, <x>, [x], @x@. The value may be cut off before the
   closing character. */
static int is_reference (const char *value, size_t length, const char *line_end)
{
  const char *end = value + length;

  if (vprod__text_contains_nocase_n (value, length, "${") || vprod__text_contains_nocase_n (value, length, "{{"))
    return 1;
  switch (value[0]) {
  case '`':
    return 1;
  case '$':
    return length > 1 && ((isalpha ((unsigned char) value[1]) && !is_hash (value, length)) || strchr ("_{($", value[1]));
  case '{':
    return length > 1 && (strchr ("{%", value[1]) || end[-1] == '}');
  case '%':
    return length > 1 && (value[1] == '(' || end[-1] == '%');
  case '<':
    return memchr (value, '>', (size_t) (line_end - value)) != NULL;
  case '[':
    return end[-1] == ']';
  case '@':
    return length > 1 && (value[1] == '@' || end[-1] == '@');
  default:
    return 0;
  }
}

/* The most characters in a row that are the same, or that follow each other (abcdef, 567890). A is zero in base64: keys have
   many of them. */
static size_t longest_run (const char *value, size_t length, int step)
{
  size_t run = 1, longest = 1;

  for (size_t i = 1; i < length; i++) {
    int is_next = value[i] == value[i - 1] + step || (step == 1 && value[i - 1] == '9' && value[i] == '0');
    run = isalnum ((unsigned char) value[i]) && is_next && value[i] != 'A' ? run + 1 : 1;
    longest = run > longest ? run : longest;
  }
  return longest;
}

/* "ops_eyJzaWdu…": the rest was left out. */
static int is_cut (const char *text, size_t length, size_t value, size_t end)
{
  while (end > value && text[end - 1] == '.')
    end--;
  return length - end >= 3
         && ((strncmp (text + end, "...", 3) == 0 && (length - end == 3 || text[end + 3] != '.'))
             || strncmp (text + end, "\xe2\x80\xa6", 3) == 0);
}

/* Does it say a placeholder in base64? */
static int says_nothing (const char *value, size_t length)
{
  char plain[TELLING];
  size_t n = vprod__scan_base64_decode (value, length, plain, sizeof plain);

  return n > 0
         && (vprod__scan_is_one_of (plain, n, vprod__scan_words_common) || vprod__secret_common (plain, n));
}

/* Is text[value, end) a placeholder? */
int vprod__scan_is_stand_in (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end)
{
  size_t telling = end - value < TELLING ? end - value : TELLING;
  size_t rest = length - value < LONGEST_LINE ? length - value : LONGEST_LINE;
  const char *newline = memchr (text + value, '\n', rest);

  return telling == 0 || is_published (rule, text + value, end - value)
         || vprod__scan_is_one_of (text + value, end - value, vprod__scan_words_common)
         || longest_run (text + value, telling, 0) >= SAME || is_cut (text, length, value, end)
         || vprod__secret_placeholder (text + value, telling) || says_nothing (text + value, end - value)
         || is_reference (text + value, telling, newline ? newline : text + value + rest);
}

size_t vprod__scan_extend (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t value, size_t end)
{
  while (end < length && end - value < LONGEST_VALUE && text[end]
         && (strchr (rule->more, text[end]) || (rule->is_assignment && (text[end] & 0x80))) /* letters beyond ASCII */
         && !(rule->is_assignment && text[end] == '\\' && end + 1 < length && strchr ("nrt\"'", text[end + 1])))
    end++;
  return end;
}

/* Does one of the texts, with | between, stand close by? */
static int is_near (const char *text, size_t length, size_t from, size_t end, const char *texts)
{
  size_t low = from > NEAR ? from - NEAR : 0, high = length - end > NEAR ? end + NEAR : length;

  while (*texts) {
    size_t n = strcspn (texts, "|");
    if (memmem (text + low, high - low, texts, n))
      return 1;
    texts += n + (texts[n] == '|');
  }
  return 0;
}

int vprod__scan_says (const struct vprod__scan_rule *rule, const char *text, size_t length, size_t from, size_t value, size_t end)
{
  return (!rule->says || vprod__scan_base64_says (text + value, end - value, rule->says))
         && (!rule->unless_says || !vprod__scan_base64_says (text + value, end - value, rule->unless_says))
         && (!rule->near || is_near (text, length, from, end, rule->near))
         && (!rule->unless_near || !is_near (text, length, from, end, rule->unless_near));
}

/* Does rule->before stand before the candidate, or is the value USER:PASSWORD in base64? */
static int is_in_place (const struct vprod__scan_rule *rule, const char *text, size_t from, size_t value, size_t end)
{
  size_t reach = from < LONGEST_VALUE ? from : LONGEST_VALUE;

  return !rule->before || memmem (text + from - reach, reach, rule->before, strlen (rule->before))
         || vprod__scan_base64_is_login (text + value, end - value);
}

/* Programs of Go and Rust have their string constants one after the other without a separator. There a value with a vendor's
   prefix may touch other letters, if it has digits, which words hardly have. */
static int may_be_glued (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                         size_t from, size_t to)
{
  size_t prefix = 1, digits = 0;

  if (!name->binary || name->third_party || rule->value || rule->where != VPROD__SCAN_ANYWHERE)
    return 0;
  while (from + prefix <= to && prefix <= LONGEST_PREFIX && !strchr ("_-.", text[from + prefix - 1]))
    prefix++;
  if (prefix > LONGEST_PREFIX)
    return 0;
  for (size_t i = from + prefix; i < to; i++)
    digits += isdigit ((unsigned char) text[i]) != 0;
  return digits > 2;
}

/* Goes a word, or the name of a file ("logo.ico-…"), on at text[from]? */
static int is_in_word (const char *text, size_t from)
{
  return from > 0
         && (isalnum ((unsigned char) text[from - 1]) || text[from - 1] == '_'
             || (from > 1 && text[from - 1] == '.' && isalnum ((unsigned char) text[from - 2])));
}

/* Is what begins at *value, of a candidate [from, to), a secret? Sets where it begins and ends. */
static int is_secret (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text, size_t length,
                      size_t from, size_t to, int is_glued, size_t *ret_value, size_t *ret_end)
{
  size_t value = *ret_value, end = to;

  if (rule->more)
    end = vprod__scan_extend (rule, text, length, value, end);
  if (is_glued && rule->most > 0 && end - value > rule->most)
    end = to;
  /* the "@" after a password in a URL */
  if (end > value && text[end - 1] == '@')
    end--;
  if (value >= end && rule->has_entries)
    return 0;
  if (value >= end)
    value = from;
  if (vprod__scan_is_stand_in (rule, text, length, value, end)
      || (rule->entropy > 0 && longest_run (text + value, end - value, 1) >= SEQUENCE)
      || (name->third_party && vprod__scan_has_sequence (text + value, end - value < TELLING ? end - value : TELLING)))
    return 0;
  int may_be_short = rule->short_in && !name->third_party && vprod__scan_is_among (name->base, rule->short_in);
  if (may_be_short && end - value < rule->least && end < length && text[end] == ' ')
    return 0; /* a sentence */
  if ((end - value < rule->least && !may_be_short) || (rule->most > 0 && end - value > rule->most))
    return 0; /* too short: "MIIEvQIBADANBgkqhkiG9w0B..." in a manual */
  if (!is_in_place (rule, text, from, value, end) || (rule->is_made && !vprod__secret_made (text + value, end - value)))
    return 0;
  if (rule->entropy > 0 && vprod__scan_entropy (text + value, end - value) < rule->entropy)
    return 0;
  if (!vprod__scan_says (rule, text, length, from, value, end))
    return 0;
  *ret_value = value;
  *ret_end = end;
  return 1;
}

/* The value of the next entry of a mapping of YAML; 0: there is none. */
static size_t next_entry (const char *text, size_t length, size_t value)
{
  const char *newline = memchr (text + value, '\n', length - value);
  size_t at = newline ? (size_t) (newline - text) + 1 : length, indent = at;

  while (at < length && text[at] == ' ')
    at++;
  if (at == indent)
    return 0;
  while (at < length && (isalnum ((unsigned char) text[at]) || strchr ("_.-\"'", text[at])))
    at++;
  if (at + 1 >= length || text[at] != ':' || text[at + 1] != ' ')
    return 0;
  at += 2;
  return at + (at < length && (text[at] == '"' || text[at] == '\''));
}

int vprod__scan_judge (const struct vprod__scan_rule *rule, const struct vprod__scan_name *name, const char *text,
                       size_t length, size_t from, size_t to, size_t *ret_value, size_t *ret_value_length)
{
  size_t value = from, end = to;

  int is_glued = may_be_glued (rule, name, text, from, to);
  if (!is_glued && !rule->any_before && is_in_word (text, from))
    return 0;
  if (rule->value)
    for (size_t i = from; i < to; i++)
      if (strchr (rule->value, text[i]))
        value = i + 1;
  int is_found = is_secret (rule, name, text, length, from, to, is_glued, &value, &end);
  for (size_t n = 0; !is_found && rule->has_entries && n < MOST_ENTRIES && (value = next_entry (text, length, value)) > 0; n++)
    is_found = is_secret (rule, name, text, length, from, value, is_glued, &value, &end);
  *ret_value = value;
  *ret_value_length = end - value;
  return is_found;
}
