/* SPDX-License-Identifier: MIT */
/* What must not be shown: found in each encoding, in parts, and nowhere else. Values are made up. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#include "scan/redact.h"
#include "scan/scan.h"

static __thread int left = -1; /* allocations until one fails; -1: none does */

static int fails (void)
{
  return left >= 0 && left-- == 0;
}

#include "wrap_alloc.h"

#define TOKEN "kq7/Zr+2'm Lx\"9"  /* 15 characters, with what each encoding changes */
#define SHOWN "kq…(15 characters)"
#define SHORT "hunter2"
#define HIDDEN "…(7 characters)"
#define LONG "wJ8rXUtnFE/K7MDEN+bPxRfiCYzQ81kEyqwert55" /* 40 */
#define LONG_SHOWN "wJ8r…(40 characters)"
#define WORD "verify"

static struct vprod__redact *make (void)
{
  struct vprod__redact *redact = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__redact_new (&redact, &err), err);
  ck_assert_int_eq (vprod__redact_ordinary (redact, "reactbin-api"), 0);
  ck_assert_int_eq (vprod__redact_ordinary (redact, NULL), 0);
  static const char *const values[] = { TOKEN, SHORT, LONG, WORD, "reactbin-api", "pw", " \n", NULL };
  for (size_t i = 0; values[i]; i++)
    ck_assert_int_eq (vprod__redact_add (redact, values[i], strlen (values[i])), 0);
  return redact;
}

static const struct {
  const char *text;
  const char *shown; /* NULL: as it is */
} texts[] = {
  { "", NULL },
  { "a text without any", NULL },
  { "the token is " TOKEN ".", "the token is " SHOWN "." },
  { "x" TOKEN "y", "x" SHOWN "y" },
  { TOKEN TOKEN, SHOWN SHOWN },
  /* of URLs, all or only what must be, in capitals or not, with a plus sign for the blank */
  { "?t=kq7%2FZr%2B2%27m%20Lx%229&b", "?t=" SHOWN "&b" },
  { "?t=kq7%2fZr%2b2'm+Lx%229", "?t=" SHOWN },
  { "%6bq7/Zr%2B2'm%20Lx\"9", SHOWN },
  /* of JSON, of Python's repr, of shells, of markup */
  { "{\"a\": \"kq7/Zr+2'm Lx\\\"9\"}", "{\"a\": \"" SHOWN "\"}" },
  { "kq7\\/Zr\\u002b2\\u0027m Lx\\u00229", SHOWN },
  { "'kq7/Zr+2\\'m Lx\"9'", "'" SHOWN "'" },
  { "'kq7/Zr+2'\\''m Lx\"9'", "'" SHOWN "'" },
  { "'kq7/Zr+2'\"'\"'m Lx\"9'", "'" SHOWN "'" },
  { "\"kq7/Zr+2'm Lx\\\"9\"", "\"" SHOWN "\"" },
  { "kq7/Zr+2\\'m\\ Lx\\\"9", SHOWN },
  { "kq7/Zr+2&#39;m Lx&quot;9", SHOWN },
  { "kq7/Zr+2&#x27;m Lx&#34;9", SHOWN },
  { LONG, LONG_SHOWN },
  /* cut off, by a limit or a line */
  { "created by: RUN x=wJ8rXUtnFE/K7MDEN", "created by: RUN x=" LONG_SHOWN },
  { "PxRfiCYzQ81kEyqwert55 is the end", LONG_SHOWN " is the end" },
  { "one wJ8rXUtnFE/K7M\nDEN+bPxRfiCYzQ81kEyqwert55 two", "one " LONG_SHOWN "\n" LONG_SHOWN " two" },
  { "XUtnFE/K7MDEN+bPxRf", LONG_SHOWN },
  { "wJ8rXU", NULL },     /* too little to tell */
  { "wJ8rXUtnFE, another", NULL },
  /* a short one, where it is a word of its own */
  { "PASSWORD=" SHORT ";", "PASSWORD=" HIDDEN ";" },
  { "postgres://app:" SHORT "@db/app", "postgres://app:" HIDDEN "@db/app" },
  { "a%3D" SHORT "%26b\\n" SHORT "\\n", "a%3D" HIDDEN "%26b\\n" HIDDEN "\\n" },
  { "ghunter2 hunter25 hunter2_x hunter2\xc3\xa9", NULL },
  /* an ordinary word, where a secret stands */
  { "verify-prod: verify the image; cannot verify", NULL },
  { "postgresql+asyncpg://verify:verify@db:5432/verify", "postgresql+asyncpg://verify:…(6 characters)@db:5432/verify" },
  { "http://host/a:verify@b", NULL },
  { "host=db user=verify password=verify dbname=verify", "host=db user=verify password=…(6 characters) dbname=verify" },
  { "{\"db_password\": \"verify\", \"db_name\": \"verify\"}", "{\"db_password\": \"…(6 characters)\", \"db_name\": \"verify\"}" },
  { "PGPASSWORD=pw psql", "PGPASSWORD=…(2 characters) psql" },
  { "reactbin-api: 9 passed", NULL },
  { "http://x:reactbin-api@h/", "http://x:re…(12 characters)@h/" },
};

START_TEST (hides_values_and_nothing_else)
{
  struct vprod__redact *redact = make ();
  const char *wanted = texts[_i].shown ? texts[_i].shown : texts[_i].text;
  char *shown = vprod__redact_text (redact, texts[_i].text), *again = vprod__redact_text (redact, shown);
  char *in_place = strdup (texts[_i].text);

  ck_assert_str_eq (shown, wanted);
  ck_assert_str_eq (again, wanted);
  ck_assert_int_eq (vprod__redact_string (redact, &in_place), 0);
  ck_assert_str_eq (in_place, wanted);
  free (shown);
  free (again);
  free (in_place);
  vprod__redact_free (redact);
}
END_TEST

static void encode (const char *text, const char *alphabet, char *to)
{
  size_t length = strlen (text);

  for (size_t i = 0; i < length; i += 3) {
    unsigned a = (unsigned char) text[i], b = i + 1 < length ? (unsigned char) text[i + 1] : 0,
             c = i + 2 < length ? (unsigned char) text[i + 2] : 0, bits = a << 16 | b << 8 | c;
    *to++ = alphabet[bits >> 18];
    *to++ = alphabet[bits >> 12 & 63];
    *to++ = i + 1 < length ? alphabet[bits >> 6 & 63] : '=';
    *to++ = i + 2 < length ? alphabet[bits & 63] : '=';
  }
  *to = '\0';
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* At each place of a longer text, in both alphabets: no character of it that the value decides is left. */
START_TEST (hides_base64)
{
  static const char *const alphabets[] = { LETTERS "+/", LETTERS "-_" };
  static const char *const values[] = { TOKEN, SHORT, LONG };
  struct vprod__redact *redact = make ();

  for (size_t v = 0; v < 3; v++)
    for (size_t before = 0; before < 6; before++)
      for (size_t after = 0; after < 4; after++) {
        char plain[128], coded[256], text[300];
        snprintf (plain, sizeof plain, "%.*s%s%.*s", (int) before, "user:x", values[v], (int) after, ";==");
        encode (plain, alphabets[_i], coded);
        snprintf (text, sizeof text, "Basic %s\n", coded);
        char *shown = vprod__redact_text (redact, text);
        ck_assert_msg (strstr (shown, "characters)") != NULL, "not hidden: %s in %s", values[v], text);
        for (size_t i = before / 3 * 4 + 2; i + 4 <= (before + strlen (values[v])) / 3 * 4; i += 4) {
          char part[5] = "";
          memcpy (part, coded + i, 4);
          ck_assert_msg (!strstr (shown, part), "%s is left of %s in %s", part, coded, shown);
        }
        free (shown);
      }
  vprod__redact_free (redact);
}
END_TEST

START_TEST (hides_each_line_of_a_key)
{
  static const char key[] = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7n3xk1\nq9f8Zt3aKc0pYwJr5LmVb2\n-----END KEY-----\n";
  struct vprod__redact *redact = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__redact_new (&redact, &err), err);
  ck_assert_int_eq (vprod__redact_add (redact, key, strlen (key)), 0);
  char *shown = vprod__redact_text (redact, "> q9f8Zt3aKc0pYwJr5LmVb2 <\n-----BEGIN KEY-----\nno key");
  ck_assert_str_eq (shown, "> q9…(22 characters) <\n-----BEGIN KEY-----\nno key");
  free (shown);
  shown = vprod__redact_text (redact, "{\"k\": \"-----BEGIN KEY-----\\nMIIEpAIBAAKCAQEA7n3xk1\\nq9f8Zt3aKc0pYwJr5LmVb2\\n"
                                      "-----END KEY-----\\n\"}");
  ck_assert_ptr_null (strstr (shown, "MIIEpA"));
  ck_assert_ptr_null (strstr (shown, "Zt3a"));
  free (shown);
  vprod__redact_free (redact);
}
END_TEST

/* As messages show it: control characters are made harmless before. */
START_TEST (hides_what_is_shown_in_another_form)
{
  struct vprod__redact *redact = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__redact_new (&redact, &err), err);
  ck_assert_int_eq (vprod__redact_add (redact, "a1\x01" "b2\xff" "c3d4e5f6g7", 16), 0);
  char *shown = vprod__redact_text (redact, "(a1\\x01b2\\xffc3d4e5f6g7)");
  ck_assert_str_eq (shown, "(a1…(16 characters))");
  free (shown);
  vprod__redact_free (redact);
}
END_TEST

/* Out of memory the text is withheld, and what is registered by then stays hidden. */
/* However ordinary a word, also where it was taken for one before. */
START_TEST (hides_what_is_known_to_be_a_secret_everywhere)
{
  static const char *const values[] = { WORD, "postgres", "abc", "x", "[global]\nuser = ab7\ntrue\n" };
  static const struct {
    const char *text, *shown;
  } lines[] = {
    { "the word verify", "the word …(6 characters)" },
    { "verify-prod verifies", "…(6 characters)-prod verifies" },
    { "in postgres and abc.", "in …(8 characters) and …(3 characters)." },
    { "x is x, PASSWORD=x", "x is x, PASSWORD=…(1 characters)" },
    { "user = ab7", "…(10 characters)" },
    { "it is true", "it is true" },
    { "dmVyaWZ5 is base64 of it", "…(6 characters) is base64 of it" },
  };
  struct vprod__redact *redact = make ();

  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
    ck_assert_int_eq (vprod__redact_add_secret (redact, values[i], strlen (values[i])), 0);
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    char *shown = vprod__redact_text (redact, lines[i].text);
    ck_assert_str_eq (shown, lines[i].shown);
    free (shown);
  }
  vprod__redact_free (redact);
}
END_TEST

START_TEST (shows_nothing_out_of_memory)
{
  int told = 0;

  for (int n = 0, done = 0; !done; n++) {
    struct vprod__redact *redact = make ();
    left = n;
    int r = vprod__redact_add (redact, "another-s3cret-value", 20);
    char *shown = vprod__redact_text (redact, "a " TOKEN " b"), *in_place = __real_strdup ("a " LONG " b");
    int in_place_r = vprod__redact_string (redact, &in_place);
    done = left >= 0;
    left = -1;
    ck_assert (r == 0 || r == -1);
    ck_assert (!shown || strcmp (shown, "a " SHOWN " b") == 0);
    ck_assert_str_eq (in_place, in_place_r < 0 ? "" : "a " LONG_SHOWN " b");
    told += (r < 0) + !shown + (in_place_r < 0);
    free (shown);
    free (in_place);
    if (r == 0) {
      shown = vprod__redact_text (redact, "another-s3cret-value");
      ck_assert_str_eq (shown, "an…(20 characters)");
      free (shown);
    }
    vprod__redact_free (redact);
  }
  ck_assert_int_ge (told, 8);
}
END_TEST

static void *add_many (void *data)
{
  for (int i = 0; i < 200; i++) {
    char value[64];
    snprintf (value, sizeof value, "s3cret-%p-%d-value", (void *) &value, i);
    ck_assert_int_eq (vprod__redact_add (data, value, strlen (value)), 0);
    char *shown = vprod__redact_text (data, value);
    ck_assert_ptr_null (strstr (shown, "-value"));
    free (shown);
  }
  return NULL;
}

START_TEST (is_safe_from_any_thread)
{
  struct vprod__redact *redact = make ();
  pthread_t threads[4];

  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq (pthread_create (&threads[i], NULL, add_many, redact), 0);
  for (size_t i = 0; i < 4; i++)
    pthread_join (threads[i], NULL);
  vprod__redact_free (redact);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("redact");
  TCase *tc = tcase_create ("redact");

  tcase_add_loop_test (tc, hides_values_and_nothing_else, 0, sizeof texts / sizeof texts[0]);
  tcase_add_loop_test (tc, hides_base64, 0, 2);
  tcase_add_test (tc, hides_each_line_of_a_key);
  tcase_add_test (tc, hides_what_is_shown_in_another_form);
  tcase_add_test (tc, hides_what_is_known_to_be_a_secret_everywhere);
  tcase_add_test (tc, shows_nothing_out_of_memory);
  tcase_add_test (tc, is_safe_from_any_thread);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
