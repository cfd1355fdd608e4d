/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "session/certificate.h"

static X509 *read_x509 (const char *pem)
{
  BIO *bio = BIO_new_mem_buf (pem, -1);
  X509 *x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

  ck_assert_ptr_nonnull (x509);
  BIO_free (bio);
  return x509;
}

/* 1: a client that trusts that authority alone takes the certificate, for that name, at that time. */
static int is_taken (const struct vprod__certificate *certificate, const char *authority_pem, const char *name, time_t when)
{
  X509 *server = read_x509 (certificate->server), *authority = read_x509 (authority_pem);
  X509_STORE *store = X509_STORE_new ();
  X509_STORE_CTX *context = X509_STORE_CTX_new ();

  X509_STORE_add_cert (store, authority);
  X509_STORE_CTX_init (context, store, server, NULL);
  X509_STORE_CTX_set_flags (context, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX_set_time (context, 0, when);
  X509_STORE_CTX_set_purpose (context, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set1_host (X509_STORE_CTX_get0_param (context), name, 0);
  int taken = X509_verify_cert (context) == 1;
  X509_STORE_CTX_free (context);
  X509_STORE_free (store);
  X509_free (server);
  X509_free (authority);
  return taken;
}

START_TEST (certificate_is_its_servers_alone_and_for_some_days)
{
  struct vprod__certificate one = { 0 }, other = { 0 };
  vprod_error *err = NULL;
  time_t now = time (NULL);

  assert_ok (vprod__certificate_make ("db", &one, &err), err);
  assert_ok (vprod__certificate_make ("db", &other, &err), err);
  ck_assert_int_eq (is_taken (&one, one.authority, "db", now), 1);
  ck_assert_int_eq (is_taken (&one, one.authority, "db", now - 23 * 3600), 1);
  ck_assert_int_eq (is_taken (&one, one.authority, "db", now + 6 * 86400), 1);
  ck_assert_int_eq (is_taken (&one, one.authority, "db", now + 8 * 86400), 0);
  ck_assert_int_eq (is_taken (&one, one.authority, "cache", now), 0);
  ck_assert_int_eq (is_taken (&one, other.authority, "db", now), 0);
  ck_assert_str_ne (one.key, other.key);
  vprod__certificate_clear (&one);
  vprod__certificate_clear (&other);
}
END_TEST

START_TEST (key_is_the_certificates)
{
  struct vprod__certificate made = { 0 };
  vprod_error *err = NULL;

  assert_ok (vprod__certificate_make ("db", &made, &err), err);
  BIO *bio = BIO_new_mem_buf (made.key, -1);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
  X509 *server = read_x509 (made.server);
  ck_assert_ptr_nonnull (key);
  ck_assert_int_eq (X509_check_private_key (server, key), 1);
  ck_assert_int_eq (EVP_PKEY_bits (key), 256);
  X509_free (server);
  EVP_PKEY_free (key);
  BIO_free (bio);
  vprod__certificate_clear (&made);
}
END_TEST

START_TEST (name_that_is_none_is_an_error)
{
  struct vprod__certificate made = { 0 };
  vprod_error *err = NULL;

  assert_error (vprod__certificate_make ("db,DNS:other", &made, &err), err, VPROD_ERROR_INVALID, "no name");
  ck_assert_ptr_null (made.key);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("certificate");
  TCase *tcase = tcase_create ("certificate");

  tcase_add_test (tcase, certificate_is_its_servers_alone_and_for_some_days);
  tcase_add_test (tcase, key_is_the_certificates);
  tcase_add_test (tcase, name_that_is_none_is_an_error);
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
