/* SPDX-License-Identifier: MIT */
#ifndef NOTES_TOKEN_H
#define NOTES_TOKEN_H

#include <stdbool.h>
#include <time.h>

/* JSON web tokens (RFC 7519) signed with HMAC-SHA256 ("HS256"). */

/* A token for subject that ends at expires. NULL without memory. Free it. */
char *token_issue (const char *secret, const char *subject, time_t expires);

/* Whether the token is one of ours for subject and still valid at now. */
bool token_is_valid (const char *secret, const char *token, const char *subject, time_t now);

/* Compares secrets in a time that does not tell how much of them is equal. */
bool secret_equals (const char *key, const char *a, const char *b);

#endif
