/* SPDX-License-Identifier: MIT */
/*
 * Is a value one that only a machine makes? Entropy alone does not tell: of a short value it is as high in a name of a program
 * ("getAccessToken2") as in a key. But in words, letters stand beside letters that they stand beside in all words; in a random
 * value they do so by chance, in one of three pairs.
 */
#include "scan/inside.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define LEAST 15           /* characters */
#define MOST 1000          /* characters; what is longer is data */
#define LEAST_BITS 85      /* 15 letters of both cases and digits, 17 of one case */
#define LEAST_HEX 16       /* hexadecimal digits: 8 bytes */
#define LEAST_LETTERS 22   /* of a value without a digit */
#define UUID 36
#define WORDLIKE 60        /* of 100 pairs of letters: so many are frequent in words */
#define FEWEST_PAIRS 3     /* fewer tell nothing */

struct counts {
  size_t digits, letters, upper, lower, others, pairs, frequent, switches;
};

static int is_frequent (char a, char b)
{
  return (vprod__scan_pairs[tolower ((unsigned char) a) - 'a'] >> (tolower ((unsigned char) b) - 'a') & 1u) != 0;
}

static int is_letter (char c)
{
  return isascii (c) && isalpha ((unsigned char) c);
}

static void count (const char *value, size_t length, struct counts *ret)
{
  *ret = (struct counts) { 0 };
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char) value[i];
    ret->digits += isdigit (c) != 0;
    ret->upper += isupper (c) != 0;
    ret->lower += islower (c) != 0;
    ret->others += !isalnum (c);
    if (i == 0)
      continue;
    ret->switches += (isdigit (c) && is_letter (value[i - 1])) || (is_letter (value[i]) && isdigit ((unsigned char) value[i - 1]));
    if (is_letter (value[i]) && is_letter (value[i - 1])) {
      int is_new_word = islower ((unsigned char) value[i - 1]) && isupper (c); /* such pairs are rare in names */
      ret->pairs++;
      ret->frequent += (size_t) (!is_new_word && is_frequent (value[i - 1], value[i]));
    }
  }
  ret->letters = ret->upper + ret->lower;
}

/* Hexadecimal digits, of one case; a UUID has hyphens, too. */
static int is_hex (const char *value, size_t length, const struct counts *counts)
{
  size_t i = 0;

  while (i < length && (isxdigit ((unsigned char) value[i]) || (value[i] == '-' && length == UUID)))
    i++;
  return i == length && (counts->upper == 0 || counts->lower == 0);
}

/* Bits that letters and digits of these kinds can say at most. */
static double bits_of (const struct counts *counts)
{
  double kinds = (counts->lower > 0 ? 26 : 0) + (counts->upper > 0 ? 26 : 0) + (counts->digits > 0 ? 10 : 0);

  return kinds > 0 ? (double) (counts->letters + counts->digits) * log2 (kinds) : 0;
}

static int has_plain_characters (const char *value, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!isalnum ((unsigned char) value[i]) && !strchr ("+/=_-.~", value[i]))
      return 0;
  return 1;
}

/* "1.2.3-rc4", "2024-01-31-120000", "com.acme.orders.v2": what stands between punctuation is short. */
static int has_long_part (const char *value, size_t length)
{
  size_t begin = 0;

  for (size_t i = 0; i <= length; i++)
    if (i == length || strchr (".-_/", value[i])) {
      if (i - begin >= 8)
        return 1;
      begin = i + 1;
    }
  return 0;
}

int vprod__secret_made (const char *value, size_t length)
{
  struct counts counts;

  if (length < LEAST || length > MOST || !has_plain_characters (value, length))
    return 0;
  count (value, length, &counts);
  if (is_hex (value, length, &counts))
    return length >= LEAST_HEX && counts.letters >= 2 && counts.digits * 6 >= length && vprod__scan_entropy (value, length) >= 2.7;
  if (counts.others * 4 > length || !has_long_part (value, length) || bits_of (&counts) < LEAST_BITS
      || vprod__scan_entropy (value, length) < 3)
    return 0;
  if (counts.pairs >= FEWEST_PAIRS && counts.frequent * 100 >= counts.pairs * WORDLIKE)
    return 0;
  if (counts.digits == 0)
    return length >= LEAST_LETTERS && counts.upper > 2 && counts.lower > 2 && counts.frequent * 100 < counts.pairs * 45;
  return counts.letters > 3 && counts.switches > 2 && counts.switches * 12 >= length;
}
