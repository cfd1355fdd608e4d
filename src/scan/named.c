/* SPDX-License-Identifier: MIT */
/* What a name says: does what is given to this variable, option or label want to be a secret? The words are in data/secrets. */
#include "scan/words.h"
#include "util/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "DB_PASSWORD", "dbPassword", "db.password", "DBPassword": db, password. */
void vprod__scan_split_name (const char *name, size_t length, struct vprod__scan_name_words *ret)
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
    if (i > start && ret->count < VPROD__SCAN_MOST_WORDS) {
      ret->list[ret->count].text = name + start;
      ret->list[ret->count++].length = i - start;
    }
    start = end ? i + 1 : i;
  }
}

int vprod__scan_is_one_of (const char *text, size_t length, const char *const *list)
{
  int first = length > 0 ? tolower ((unsigned char) *text) : 0;

  for (; *list; list++)
    if (tolower ((unsigned char) **list) == first && strlen (*list) == length && strncasecmp (text, *list, length) == 0)
      return 1;
  return 0;
}

int vprod__scan_word_is (const struct vprod__scan_name_words *words, size_t i, const char *const *list)
{
  return vprod__scan_is_one_of (words->list[i].text, words->list[i].length, list);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static const char *const keys[] = { "key", "keys", NULL };
static const char *const folders[] = { "pwd", "oldpwd", NULL };

static int ends_with_one_of (const struct vprod__scan_name_words *words, size_t i, const char *const *endings)
{
  for (size_t k = 0; endings[k]; k++)
    if (vprod__text_ends_with_nocase_n (words->list[i].text, words->list[i].length, endings[k]))
      return 1;
  return 0;
}

/* "adminPasswordKey", "password_key": the key under which a password is found; but "tokenKey" is itself a key. */
static int is_name_of_key (const struct vprod__scan_name_words *words)
{
  size_t n = words->count;

  return n > 1 && vprod__scan_word_is (words, n - 1, keys)
         && vprod__text_ends_with_nocase_n (words->list[n - 2].text, words->list[n - 2].length, "password");
}

/* A number, or a word that says which of several secrets it is: DB_PASSWORD_2, API_TOKEN_PROD. */
static int is_behind (const struct vprod__scan_name_words *words, size_t i)
{
  size_t digits = 0;

  while (digits < words->list[i].length && isdigit ((unsigned char) words->list[i].text[digits]))
    digits++;
  return digits == words->list[i].length || vprod__scan_word_is (words, i, vprod__scan_words_behind);
}

/* Does the word name a secret, alone or with the "key" behind it? Sets the number of its words. */
static int is_secret (const struct vprod__scan_name_words *words, size_t i, size_t *ret_words)
{
  *ret_words = 1;
  if (ends_with_one_of (words, i, vprod__scan_words_ending))
    return 1;
  *ret_words = 2;
  return i + 1 < words->count && vprod__scan_word_is (words, i, vprod__scan_words_key_kind)
         && vprod__scan_word_is (words, i + 1, keys);
}

enum vprod__secret_naming vprod__secret_naming (const char *name, size_t length)
{
  struct vprod__scan_name_words words;
  enum vprod__secret_naming naming = VPROD__NAMED_NOTHING;

  vprod__scan_split_name (name, length, &words);
  if (words.count == 0 || vprod__scan_word_is (&words, words.count - 1, vprod__scan_words_about)
      || vprod__scan_is_one_of (name, length, folders) || is_name_of_key (&words))
    return VPROD__NAMED_NOTHING;
  for (size_t i = 0; i < words.count; i++)
    if (vprod__scan_word_is (&words, i, vprod__scan_words_harmless))
      return VPROD__NAMED_NOTHING;
  size_t last = words.count;
  while (last > 1 && is_behind (&words, last - 1))
    last--;
  for (size_t i = 0, n; i < words.count; i++)
    if (is_secret (&words, i, &n)) {
      if (i + n >= last && !vprod__scan_word_is (&words, 0, vprod__scan_words_doing))
        return VPROD__NAMED_SECRET;
      naming = VPROD__NAMED_PART;
    }
  if (naming != VPROD__NAMED_NOTHING)
    return naming;
  if (vprod__scan_word_is (&words, words.count - 1, vprod__scan_words_last))
    return VPROD__NAMED_SECRET;
  return last > 1 && vprod__scan_word_is (&words, last - 1, keys)
             && !vprod__scan_word_is (&words, last - 2, vprod__scan_words_no_key)
           ? VPROD__NAMED_KEY : VPROD__NAMED_NOTHING;
}

int vprod__secret_name (const char *name, size_t length)
{
  return vprod__secret_naming (name, length) >= VPROD__NAMED_PART;
}
