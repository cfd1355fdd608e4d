/* SPDX-License-Identifier: MIT */
#include "session/certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY ((long) 24 * 60 * 60)
#define VALID_DAYS 7
#define NAME_SIZE 300 /* "DNS:" and a name of at most 253 */

VPROD_DEFINE_CLEANUP (X509 *, X509_free);
VPROD_DEFINE_CLEANUP (EVP_PKEY *, EVP_PKEY_free);
VPROD_DEFINE_CLEANUP (EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
VPROD_DEFINE_CLEANUP (X509_EXTENSION *, X509_EXTENSION_free);
VPROD_DEFINE_CLEANUP (BIO *, BIO_free_all);

void vprod__certificate_clear (struct vprod__certificate *certificate)
{
  free (certificate->authority);
  free (certificate->server);
  if (certificate->key)
    OPENSSL_cleanse (certificate->key, strlen (certificate->key));
  free (certificate->key);
  *certificate = (struct vprod__certificate) { 0 };
}

/* ---- OpenSSL's functions that give 1 ------------------------------------------------------------------------- */

static EVP_PKEY *make_key (void)
{
  _cleanup_ (EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id (EVP_PKEY_EC, NULL);
  EVP_PKEY *key = NULL;

  if (!context || EVP_PKEY_keygen_init (context) != 1
      || EVP_PKEY_CTX_set_ec_paramgen_curve_nid (context, NID_X9_62_prime256v1) != 1
      || EVP_PKEY_CTX_set_ec_param_enc (context, OPENSSL_EC_NAMED_CURVE) != 1 || EVP_PKEY_keygen (context, &key) != 1)
    return NULL;
  return key;
}

static int set_serial (X509 *x509)
{
  uint64_t number = 0;

  return RAND_bytes ((unsigned char *) &number, sizeof number) == 1
         && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (x509), number >> 1) == 1;
}

static int set_common_name (X509_NAME *name, const char *text)
{
  char shown[65]; /* the field's greatest length; the name itself stands in subjectAltName */

  snprintf (shown, sizeof shown, "%s", text);
  return X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const unsigned char *) shown, -1, -1, 0);
}

static int add_extension (X509 *x509, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, issuer, x509, NULL, NULL, 0);
  _cleanup_ (X509_EXTENSION_freep) X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  return extension && X509_add_ext (x509, extension, -1) == 1;
}

/* What all certificates have. issuer NULL: its own. */
static X509 *make_bare (const char *common_name, EVP_PKEY *key, X509 *issuer)
{
  _cleanup_ (X509_freep) X509 *x509 = X509_new ();

  if (!x509 || X509_set_version (x509, 2) != 1 || !set_serial (x509) || !X509_gmtime_adj (X509_getm_notBefore (x509), -DAY)
      || !X509_gmtime_adj (X509_getm_notAfter (x509), VALID_DAYS * DAY)
      || !set_common_name (X509_get_subject_name (x509), common_name)
      || X509_set_issuer_name (x509, X509_get_subject_name (issuer ? issuer : x509)) != 1
      || X509_set_pubkey (x509, key) != 1 || !add_extension (x509, x509, NID_subject_key_identifier, "hash"))
    return NULL;
  return vprod__steal (&x509);
}

static X509 *make_authority (EVP_PKEY *key)
{
  _cleanup_ (X509_freep) X509 *x509 = make_bare ("verify-prod, for one run", key, NULL);

  if (!x509 || !add_extension (x509, x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
      || !add_extension (x509, x509, NID_key_usage, "critical,keyCertSign,cRLSign")
      || !add_extension (x509, x509, NID_authority_key_identifier, "keyid")
      || X509_sign (x509, key, EVP_sha256 ()) == 0)
    return NULL;
  return vprod__steal (&x509);
}

static X509 *make_server (const char *name, EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
  _cleanup_ (X509_freep) X509 *x509 = make_bare (name, key, authority);
  char names[NAME_SIZE];

  snprintf (names, sizeof names, "DNS:%s", name);
  if (!x509 || !add_extension (x509, authority, NID_basic_constraints, "critical,CA:FALSE")
      || !add_extension (x509, authority, NID_key_usage, "critical,digitalSignature")
      || !add_extension (x509, authority, NID_ext_key_usage, "serverAuth")
      || !add_extension (x509, authority, NID_authority_key_identifier, "keyid")
      || !add_extension (x509, authority, NID_subject_alt_name, names)
      || X509_sign (x509, authority_key, EVP_sha256 ()) == 0)
    return NULL;
  return vprod__steal (&x509);
}

/* ---- PEM ------------------------------------------------------------------------------------------------------ */

static char *take_text (BIO *bio, int written)
{
  char *bytes = NULL;
  long length = written == 1 ? BIO_get_mem_data (bio, &bytes) : 0;

  return length > 0 ? strndup (bytes, (size_t) length) : NULL;
}

static char *pem_of (X509 *x509)
{
  _cleanup_ (BIO_free_allp) BIO *bio = BIO_new (BIO_s_mem ());

  return bio ? take_text (bio, PEM_write_bio_X509 (bio, x509)) : NULL;
}

static char *pem_of_key (EVP_PKEY *key)
{
  _cleanup_ (BIO_free_allp) BIO *bio = BIO_new (BIO_s_secmem ());

  return bio ? take_text (bio, PEM_write_bio_PKCS8PrivateKey (bio, key, NULL, NULL, 0, NULL, NULL)) : NULL;
}

/* ---- the interface --------------------------------------------------------------------------------------------- */

static int make (const char *name, struct vprod__certificate *certificate)
{
  _cleanup_ (EVP_PKEY_freep) EVP_PKEY *authority_key = make_key (), *key = make_key ();
  _cleanup_ (X509_freep) X509 *authority = authority_key ? make_authority (authority_key) : NULL;
  _cleanup_ (X509_freep) X509 *server = authority && key ? make_server (name, key, authority, authority_key) : NULL;

  if (!server)
    return -1;
  certificate->authority = pem_of (authority);
  certificate->server = pem_of (server);
  certificate->key = pem_of_key (key);
  return certificate->authority && certificate->server && certificate->key ? 0 : -1;
}

int vprod__certificate_make (const char *name, struct vprod__certificate *ret, vprod_error **err)
{
  struct vprod__certificate certificate = { 0 };
  char why[256] = "";

  if (strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != strlen (name)
      || strlen (name) > 253)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "\"%s\" is no name that a certificate can have", name);
  ERR_set_mark (); /* what others left in the queue of this thread stays theirs */
  int r = make (name, &certificate);
  unsigned long code = r < 0 ? ERR_peek_last_error () : 0;
  ERR_error_string_n (code, why, sizeof why);
  ERR_pop_to_mark ();
  if (r < 0) {
    vprod__certificate_clear (&certificate);
    if (code == 0 || ERR_GET_REASON (code) == ERR_R_MALLOC_FAILURE) /* none of its functions failed */
      return vprod__error_no_memory (err);
    return vprod__error_set (err, VPROD_ERROR_DATABASE, 0, "cannot make a certificate for %s: %s", name, why);
  }
  *ret = certificate;
  return 0;
}
