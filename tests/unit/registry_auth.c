/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "runner/docker/registry_auth.h"
#include "runner/docker/json.h"

static const struct {
  const char *image, *repository, *tag, *registry;
} images[] = {
  { "alpine", "alpine", "latest", "docker.io" },
  { "alpine:3.20", "alpine", "3.20", "docker.io" },
  { "team/app:1", "team/app", "1", "docker.io" },
  { "docker.io/library/alpine", "docker.io/library/alpine", "latest", "docker.io" },
  { "index.docker.io/library/alpine", "index.docker.io/library/alpine", "latest", "docker.io" },
  { "localhost/app", "localhost/app", "latest", "localhost" },
  { "registry.example/a/b", "registry.example/a/b", "latest", "registry.example" },
  { "h:5000/a/b", "h:5000/a/b", "latest", "h:5000" },
  { "h:5000/a/b:2", "h:5000/a/b", "2", "h:5000" },
  { "a@sha256:0123", "a", "sha256:0123", "docker.io" },
  { "h:5000/a:1@sha256:0123", "h:5000/a", "sha256:0123", "h:5000" },
};

START_TEST (takes_image_names_apart)
{
  _cleanup_free_ char *repository = NULL, *tag = NULL, *registry = vprod__image_registry (images[_i].image);

  ck_assert_int_eq (vprod__image_split (images[_i].image, &repository, &tag), 0);
  ck_assert_str_eq (repository, images[_i].repository);
  ck_assert_str_eq (tag, images[_i].tag);
  ck_assert_str_eq (registry, images[_i].registry);
}
END_TEST

static const struct {
  const char *config;
  const char *image;
  const char *header; /* its JSON; NULL: none */
  const char *helper;
} credentials[] = {
  { "{}", "alpine", NULL, NULL },
  /* bWU6c2VjcmV0 is me:secret */
  { "{\"auths\": {\"https://index.docker.io/v1/\": {\"auth\": \"bWU6c2VjcmV0\"}}}", "alpine",
    "{\"username\":\"me\",\"password\":\"secret\",\"serveraddress\":\"https://index.docker.io/v1/\"}", NULL },
  { "{\"auths\": {\"h:5000\": {\"auth\": \"bWU6c2VjcmV0\"}}}", "h:5000/a:1",
    "{\"username\":\"me\",\"password\":\"secret\",\"serveraddress\":\"h:5000\"}", NULL },
  { "{\"auths\": {\"https://r.example/v2/\": {\"auth\": \"bWU6c2VjcmV0\"}}}", "r.example/a",
    "{\"username\":\"me\",\"password\":\"secret\",\"serveraddress\":\"r.example\"}", NULL },
  /* bWU6YTpiOg== is me:a:b: */
  { "{\"auths\": {\"r.example\": {\"auth\": \"bWU6YTpiOg==\"}}}", "r.example/a",
    "{\"username\":\"me\",\"password\":\"a:b:\",\"serveraddress\":\"r.example\"}", NULL },
  { "{\"auths\": {\"r.example\": {\"identitytoken\": \"tok\"}}}", "r.example/a",
    "{\"identitytoken\":\"tok\",\"serveraddress\":\"r.example\"}", NULL },
  /* those of another registry are given to nobody else */
  { "{\"auths\": {\"r.example\": {\"auth\": \"bWU6c2VjcmV0\"}}}", "r.example.evil/a", NULL, NULL },
  { "{\"auths\": {\"r.example\": {\"auth\": \"bWU6c2VjcmV0\"}}}", "alpine", NULL, NULL },
  { "{\"auths\": {\"r.example\": {}}, \"credsStore\": \"desktop\"}", "r.example/a", NULL, "desktop" },
  { "{\"credHelpers\": {\"r.example\": \"gcloud\"}, \"credsStore\": \"desktop\"}", "r.example/a", NULL, "gcloud" },
  { "{\"auths\": {\"r.example\": {\"auth\": \"!!\"}}}", "r.example/a", NULL, NULL },
  { "{\"auths\": {\"r.example\": {\"auth\": \"bWU=\"}}}", "r.example/a", NULL, NULL }, /* no colon */
  { "{\"auths\": [1, 2], \"credHelpers\": \"x\", \"credsStore\": 5}", "r.example/a", NULL, NULL },
  { "[]", "r.example/a", NULL, NULL },
};

/* base64url, by hand */
static char *decode (const char *text)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  char *out = calloc (1, strlen (text) + 1);
  unsigned bits = 0, count = 0;
  size_t n = 0;

  ck_assert_uint_eq (strlen (text) % 4, 0);
  for (; *text && *text != '='; text++) {
    ck_assert_ptr_nonnull (strchr (digits, *text));
    bits = bits << 6 | (unsigned) (strchr (digits, *text) - digits);
    if ((count += 6) >= 8)
      out[n++] = (char) (bits >> (count -= 8) & 0xff);
  }
  return out;
}

START_TEST (finds_credentials_of_the_images_registry_alone)
{
  _cleanup_registry_auth_ struct vprod__registry_auth auth = { 0 };
  _cleanup_json_ json_t *config = json_loads (credentials[_i].config, 0, NULL);
  vprod_error *err = NULL;

  assert_ok (vprod__registry_auth_find (config, credentials[_i].image, &auth, &err), err);
  ck_assert_pstr_eq (auth.helper, credentials[_i].helper);
  if (!credentials[_i].header) {
    ck_assert_ptr_null (auth.header);
    return;
  }
  ck_assert_ptr_nonnull (auth.header);
  ck_assert_int_eq (strncmp (auth.header, "X-Registry-Auth: ", 17), 0);
  _cleanup_free_ char *json = decode (auth.header + 17);
  ck_assert_str_eq (json, credentials[_i].header);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("registry_auth");
  TCase *tc = tcase_create ("registry_auth");

  tcase_add_loop_test (tc, takes_image_names_apart, 0, sizeof images / sizeof images[0]);
  tcase_add_loop_test (tc, finds_credentials_of_the_images_registry_alone, 0,
                       sizeof credentials / sizeof credentials[0]);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
