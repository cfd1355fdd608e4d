/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* made with Python's hmac and base64: {"alg":"HS256","typ":"JWT"} . {"sub":"owner","exp":2000000000} */
#define FOREIGN_SECRET "verify-key"
static const char foreign[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJvd25lciIsImV4cCI6MjAwMDAwMDAwMH0.iL_u3mJUseTzHxQolm91KsTMY5ucpO0qMH1A8DHZgto";

static int failures;

static void
check (const char *what, bool holds)
{
  printf ("%s - %s\n", holds ? "ok" : "not ok", what);
  failures += !holds;
}

int
main (void)
{
  char *token = token_issue ("secret", "owner", 2000);
  char *forged = token != NULL ? strdup (token) : NULL;

  if (token == NULL || forged == NULL)
    return 1;
  forged[strlen (forged) - 2] = forged[strlen (forged) - 2] == 'A' ? 'B' : 'A';
  check ("accepts its own token", token_is_valid ("secret", token, "owner", 1999));
  check ("rejects it when it has ended", !token_is_valid ("secret", token, "owner", 2000));
  check ("rejects another secret", !token_is_valid ("Secret", token, "owner", 1999));
  check ("rejects another subject", !token_is_valid ("secret", token, "other", 1999));
  check ("rejects a changed signature", !token_is_valid ("secret", forged, "owner", 1999));
  check ("accepts a token of another implementation", token_is_valid (FOREIGN_SECRET, foreign, "owner", 1999999999));
  /* {"alg":"none"} . {"sub":"owner","exp":2000000000} . */
  check ("rejects alg none",
         !token_is_valid ("secret", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciIsImV4cCI6MjAwMDAwMDAwMH0.", "owner", 1));
  check ("rejects an empty token", !token_is_valid ("secret", "", "owner", 1));
  check ("rejects two parts", !token_is_valid ("secret", "a.b", "owner", 1));
  check ("knows equal secrets", secret_equals ("key", "a", "a"));
  check ("knows different secrets", !secret_equals ("key", "a", "ab"));
  free (token);
  free (forged);
  return failures != 0;
}
