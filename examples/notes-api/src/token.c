/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_SIZE 32
/* base64url of a digest, without padding, and its end */
#define SIGNATURE_SIZE 44

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* base64url without padding (RFC 4648, section 5); out has room for size * 4 / 3 + 2 */
static void
base64url_encode (const unsigned char *data, size_t size, char *out)
{
  uint32_t bits = 0;
  unsigned int held = 0;

  for (size_t i = 0; i < size; i++)
    {
      bits = bits << 8 | data[i];
      held += 8;
      while (held >= 6)
        {
          held -= 6;
          *out++ = alphabet[bits >> held & 63];
        }
    }
  if (held > 0)
    *out++ = alphabet[bits << (6 - held) & 63];
  *out = '\0';
}

/* The decoded JSON of one part of a token, or NULL. */
static json_t *
decode_part (const char *part, size_t length)
{
  char *text = malloc (length + 1);
  size_t size = 0;
  uint32_t bits = 0;
  unsigned int held = 0;
  json_t *json;

  if (text == NULL)
    return NULL;
  for (size_t i = 0; i < length; i++)
    {
      const char *at = strchr (alphabet, part[i]);

      if (part[i] == '\0' || at == NULL)
        {
          free (text);
          return NULL;
        }
      bits = bits << 6 | (uint32_t) (at - alphabet);
      held += 6;
      if (held >= 8)
        {
          held -= 8;
          text[size++] = (char) (bits >> held & 255);
        }
    }
  json = json_loadb (text, size, JSON_REJECT_DUPLICATES, NULL);
  free (text);
  return json;
}

static bool
sign (const char *secret, const char *data, size_t size, char signature[SIGNATURE_SIZE])
{
  unsigned char digest[DIGEST_SIZE];

  if (HMAC (EVP_sha256 (), secret, (int) strlen (secret), (const unsigned char *) data, size, digest, NULL) == NULL)
    return false;
  base64url_encode (digest, sizeof digest, signature);
  return true;
}

char *
token_issue (const char *secret, const char *subject, time_t expires)
{
  static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
  json_t *claims = json_pack ("{s:s, s:I}", "sub", subject, "exp", (json_int_t) expires);
  char *payload = claims != NULL ? json_dumps (claims, JSON_COMPACT) : NULL;
  size_t size = payload != NULL ? (sizeof header + strlen (payload)) * 4 / 3 + SIGNATURE_SIZE + 8 : 0;
  char *token = payload != NULL ? malloc (size) : NULL;

  if (token != NULL)
    {
      char signature[SIGNATURE_SIZE];
      size_t end;

      base64url_encode ((const unsigned char *) header, sizeof header - 1, token);
      strcat (token, ".");
      base64url_encode ((const unsigned char *) payload, strlen (payload), token + strlen (token));
      end = strlen (token);
      if (sign (secret, token, end, signature))
        snprintf (token + end, size - end, ".%s", signature);
      else
        {
          free (token);
          token = NULL;
        }
    }
  free (payload);
  json_decref (claims);
  return token;
}

bool
token_is_valid (const char *secret, const char *token, const char *subject, time_t now)
{
  const char *payload = strchr (token, '.');
  const char *signature = payload != NULL ? strchr (payload + 1, '.') : NULL;
  char expected[SIGNATURE_SIZE];
  json_t *header, *claims;
  bool valid;

  if (signature == NULL || !sign (secret, token, (size_t) (signature - token), expected)
      || strlen (signature + 1) != SIGNATURE_SIZE - 1
      || CRYPTO_memcmp (signature + 1, expected, SIGNATURE_SIZE - 1) != 0)
    return false;

  /* only now is it worth reading: what we did not sign is nobody's word */
  header = decode_part (token, (size_t) (payload - token));
  claims = decode_part (payload + 1, (size_t) (signature - payload - 1));
  {
    const char *algorithm = json_string_value (json_object_get (header, "alg"));
    const char *owner = json_string_value (json_object_get (claims, "sub"));
    const json_t *expires = json_object_get (claims, "exp");

    valid = algorithm != NULL && strcmp (algorithm, "HS256") == 0 && owner != NULL && strcmp (owner, subject) == 0
            && json_is_integer (expires) && json_integer_value (expires) > (json_int_t) now;
  }
  json_decref (header);
  json_decref (claims);
  return valid;
}

bool
secret_equals (const char *key, const char *a, const char *b)
{
  char first[SIGNATURE_SIZE], second[SIGNATURE_SIZE];

  return sign (key, a, strlen (a), first) && sign (key, b, strlen (b), second)
         && CRYPTO_memcmp (first, second, SIGNATURE_SIZE) == 0;
}
