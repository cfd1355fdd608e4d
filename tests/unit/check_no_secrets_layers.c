/* SPDX-License-Identifier: MIT */
/* no-secrets in the files of layers: in sessions, with the engine's archives made here. */
#include "flow.h"
#include "image_archive.h"

#include <stdio.h>
#include <sys/resource.h>

#include "checks/no_secrets/layers.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

#define TOKEN "gh" "p_xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87"
#define KEY_HEAD "-----BEGIN OPENSSH PRIV" "ATE KEY-----\n"
#define KEY_BODY                                                                                                        \
  "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"                                            \
  "QyNTUxOQAAACBSqtk3vQ9wLm2TxZk3vQ9wLm2TxZk3vQ9wLm2TxZk3vAAAAJgk3T9vXw7Z\n"
#define KEY KEY_HEAD KEY_BODY "-----END OPENSSH PRIV" "ATE KEY-----\n"
#define SHORT_KEY "-----BEGIN RSA PRIV" "ATE KEY-----\nMIIBOgIBAAJBAKj34Gky\n-----END RSA PRIV" "ATE KEY-----\n"
#define VALUE "x9Q2mVt7LkPw4RzY"

/* An image of two layers, the upper one first. The caller's. */
static struct vprod__buf make_image (const struct tar_entry *base, const struct tar_entry *upper)
{
  struct vprod__buf layers[2] = { make_tar (base, PLAIN), make_tar (upper, GZIP) };
  const struct tar_entry entries[] = {
    { "u/layer.tar", layers[1].data, .length = layers[1].length },
    { "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"b/layer.tar\",\"u/layer.tar\"]}]" },
    { "b/layer.tar", layers[0].data, .length = layers[0].length },
    { "c.json", "{\"rootfs\":{\"diff_ids\":[\"sha256:bbb\",\"sha256:uuu\"]},\"history\":[{\"created_by\":\"ADD rootfs /\"},"
                "{\"created_by\":\"ENV A=1\",\"empty_layer\":true},{\"created_by\":\"COPY . /app\"}]}" },
    { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);

  vprod__buf_clear (&layers[0]);
  vprod__buf_clear (&layers[1]);
  return image;
}

static vprod_result *check_image (const struct vprod__buf *image, const char *yaml, const struct wanted *wanted)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_no_secrets, yaml ? yaml : "version: 1\n", NULL };

  mock->image.archive = image->data;
  mock->image.archive_length = image->length;
  return flow_run (&flow, mock, wanted);
}

static const char *finding (const vprod_result *result, const char *name)
{
  const char *text = vprod_finding_find_field (vprod_result_get_finding_at (result, 0), name);

  ck_assert_msg (text != NULL, "the finding has no %s", name);
  return text;
}

/* ---- one file --------------------------------------------------------------------------------------------------------- */

static const struct one {
  const char *path;
  const char *text;
  const char *rule; /* NULL: nothing is found */
  const char *line;
  size_t length;    /* 0: strlen */
} ones[] = {
  { "app/.env", "A=1\nDB_PASSWORD=Zk3vQ9wLm2Tx\n", "generic-assignment", "2" },
  { "app/config.py", "x = 1\n\ntoken = '" TOKEN "'\n", "github-personal-token", "3" },
  { "root/.ssh/id_ed25519", KEY, "private-key", "1" },
  { "etc/ssl/private/ssl-cert-snakeoil.key", KEY, "private-key", "1" },
  { "etc/ssh/ssh_host_ed25519_key", KEY, "private-key", "1" },
  { "root/.npmrc", "//registry.acme.io/:_authToken=d015a095-06fd-1ecf-9c14-a88be8930de6\n", "npmrc-auth", "1" },
  { "root/.pypirc", "[pypi]\nusername = ci\npassword = 5S49eWWexOJLgL\n", "pypirc-password", "3" },
  { "root/.netrc", "machine git.acme.io login ci password YfI0pwEKULhDRq\n", "netrc-password", "1" },
  { "root/.netrc", "machine git.acme.io\n  login ci\n  passwd YfI0pwEKULhDRq\n", "netrc-password", "3" },
  { "root/.docker/config.json", "{\"auths\":{\"r.acme.io\":{\"auth\":\"Y2k6THdhWEFISGdlSUxZ\"}}}", "docker-config-auth", "1" },
  { "root/.kube/config", "users:\n- user:\n    token: 7YMGySKIMWtlajSENlcs0wR3gOcNuPGc\n", "kubeconfig-key", "3" },
  { "etc/shadow", "daemon:*:19700:0:99999:7:::\nroot:$y$j9T$k3T9vXw7Zt1Lm5Np8Rb2Y.$6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr:19700:0:99999:7:::\n",
    "shadow-hash", "2" },

  { "app/.env", "SECRET_KEY=Zk3vQ9wLm2TxZk3v\n", "generic-assignment", "1" },
  { "app/.env", "# old\n#DB_PASSWORD=Zk3vQ9wLm2Tx\n", "generic-assignment", "2" },
  { "app/config.yml", "db:\n  password: \"Zk3vQ9wLm2Tx\"\n", "generic-assignment", "2" },
  { "app/appsettings.json", "{\"Jwt\": {\n  \"SigningKey\": \"Zk3vQ9wLm2TxZk3v\"}}\n", "generic-assignment", "2" },
  { "app/application.properties", "spring.datasource.password = Zk3vQ9wLm2Tx\n", "generic-assignment", "1" },
  { "usr/src/app/key.pem", KEY, "private-key", "1" },
  { "usr/share/nginx/html/.env", "A=1\nDB_PASSWORD=Zk3vQ9wLm2Tx\n", "generic-assignment", "2" },
  { "var/lib/app/.ssh/id_rsa", KEY, "private-key", "1" },
  { "app/lib/config.js", "const url = 'postgresql://app:Zk3vQ9wLm2Tx@db/x'\n", "basic-auth-url", "1" },
  { "app/sa.json", "{\"private_key\": \"-----BEGIN PRIV" "ATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n\"}\n", "private-key", "1" },
  { "root/.pgpass", "db.acme.io:5432:notes:app:Zk3vQ9wLm2Tx\n", "pgpass-password", "1" },
  { "root/.m2/settings.xml", "<server>\n<password>Zk3vQ9wLm2Tx</password>\n", "maven-password", "2" },
  { "usr/lib/node_modules/x/token.js", "t='" TOKEN "'\n", "github-personal-token", "1" },

  { "app/.env", "A=1\nJWT_SECRET=0123456789abcdef0123456789abcdef\n", "generic-assignment", "2" },
  { "app/.env", "DB_PASSWORD=\"@Zk3vQ9wLm2Tx\"\n", "generic-assignment", "1" },
  { "app/.env", "SMTP_PASSWORD='Zk3 vQ9w Lm2Tx8Rb'\n", "generic-assignment", "1" },
  { "app/.env", "SMTP_PASSWORD=\"correct horse battery staple\"\n", "generic-assignment", "1" },
  { "app/application.yml", "payment:\n  api-key: k3T9vXw7Zt1Lm5Np8Rb2Ys6U\n", "generic-assignment", "2" },
  { "app/application.properties", "encryption.key=k3T9vXw7Zt1Lm5Np8Rb2Ys6U\n", "generic-assignment", "1" },
  { "app/settings.py", "KEY = os.environ.get(\"SECRET_KEY\", \"k3T9vXw7Zt1Lm5Np\")\n", "generic-assignment", "1" },
  { "root/.ssh/id_rsa", SHORT_KEY, "private-key", "1" },
  { "app/tls.key", KEY_HEAD "MIIEowIBAAKCAQEA0abcdefGhIjKk3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeW\n", "private-key", "1" },
  { "app/.dockercfg", "{\"r.acme.io\": {\"auth\": \"Y2k6THdhWEFISGdlSUxZ\"}}", "docker-config-auth", "1" },
  { "root/.docker/config.json", "{\"auths\":{\"r.acme.io\":{\"auth\":\"THdhWEFISGdlSUxZ\"}}}", "docker-config-auth", "1" },
  { "app/config.py", "u = 'https://ci:Zk-12345678-vQ@git.acme.io'\n", "basic-auth-url", "1" },

  { "app/manual.md", SHORT_KEY, NULL, NULL },
  { "usr/share/x/short.pem", SHORT_KEY, NULL, NULL },
  { "app/config.json", "{\"auth\": \"keycloak\", \"log\": \"info\"}", NULL, NULL },
  { "app/settings.py", "FIELDS = [\"password\", \"credit_card\", \"token\", \"authorization\"]\n", NULL, NULL },
  { "app/settings.py", "if key in (\"password\", \"credit_card\"):\n", NULL, NULL },
  { "app/config.js", "module.exports = { redact: [\"req.headers.authorization\", \"password\", \"sessionCookie\"] }\n", NULL, NULL },
  { "app/settings.py", "A_TOKEN_MODEL = \"oauth2_provider.AccessToken\"\nS = {\"TOKEN_TYPE_CLAIM\": \"token_type\", "
                       "\"SIGNING_KEY\": KEY}\n", NULL, NULL },
  { "app/entrypoint.sh", "SECRET_KEY=`openssl rand -hex 32`\n", NULL, NULL },
  { "app/.env", "A_TOKEN=@A_TOKEN@\nB_TOKEN=%B_TOKEN%\nC_TOKEN=$C_TOKEN/x\nD_TOKEN=<generated by hand>\n", NULL, NULL },
  { "app/.env", "# API_TOKEN=ab12345678cd\n", NULL, NULL },
  { "app/config.yml", "db:\n  password: {from: vault-x1}\n  token: \"{token_of_db}\"\n", NULL, NULL },
  { "app/.env", "TOKEN_URL=https://auth.acme.io/\nPASSWORD_MIN_LENGTH=12\nDB_PASSWORD_FILE=/run/secrets/db\nGPG_KEY=A035C8C19219BA82\n", NULL, NULL },
  { "app/.env", "# DB_PASSWORD=your password\n#API_TOKEN=secret-token\n", NULL, NULL },
  { "app/.env.sample", "DB_PASSWORD=Zk3vQ9wLm2Tx\n", NULL, NULL },
  { "app/credentials.py", "token = credentials.get_frozen_token\n", NULL, NULL },
  { "app/config.yml", "db:\n  password: ${DB_PASSWORD}\n  token: <token>\n", NULL, NULL },
  { "app/node_modules/x/test/key.pem", KEY, NULL, NULL },
  { "app/node_modules/https-proxy/server.key", KEY, NULL, NULL },
  { "usr/share/doc/awscli/examples/get.rst", "AKIA" "7KLFYYLBEG3RHDSV\n" TOKEN "\n", NULL, NULL },
  { "usr/lib/python3/dist-packages/sqlalchemy/engine/url.py", "postgresql://scott:tiger@localhost/test\n", NULL, NULL },
  { "etc/ssl/certs/public.pem", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk3T9vXw7Zt1Lm5Np8Rb2\n", NULL, NULL },
  { "root/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFKq2Te9D3AubZPFmTe9D3AubZPFmTe9D3AubZPFmTe8 me@host\n", NULL, NULL },
  { "etc/shadow", "root:*:19700:0:99999:7:::\napp:!:19700::::::\nx:!!:19700::::::\ny:!$6$saltsalt$k3T9vXw7Zt1Lm5Np8Rb2Y:1::::::\n", NULL, NULL },
  { "etc/ssl/certs/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIDrzCCApegAwIBAgIQCDvgVpBCRrGhdWrJWZHHSjANBgkqhkiG9w0BAQUFADBh\n", NULL, NULL },
  { "usr/share/keyrings/x.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM18gzyQZJD+w\n", NULL, NULL },
  { "usr/lib/python3.11/test/certdata/keycert.pem", KEY, NULL, NULL },
  { "usr/lib/python3/dist-packages/x/tests/key.pem", KEY, NULL, NULL },
  { "usr/lib/x86_64-linux-gnu/libx.so", "\177ELF\0\0\0\0" KEY, NULL, NULL, 8 + sizeof KEY - 1 },
  { "app/.env.example", "DB_PASSWORD=changeme\nAPI_TOKEN=<your token>\nSECRET_KEY=\n", NULL, NULL },
  { "app/README.md", "export TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\npostgresql://user:password@localhost/x\n", NULL, NULL },
  { "app/manual.md", "-----BEGIN PRIV" "ATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\n", NULL, NULL },
  { "root/.npmrc", "//registry.acme.io/:_authToken=${NPM_TOKEN}\n", NULL, NULL },
  { "root/.docker/config.json", "{\"auths\":{\"r.acme.io\":{}},\"credsStore\":\"pass\"}", NULL, NULL },
};

START_TEST (a_file_is_judged_by_name_and_content)
{
  const struct one *row = &ones[_i];
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  const struct tar_entry files[] = { { "etc/" }, { row->path, row->text, .length = row->length }, { 0 } };
  struct vprod__buf image = make_image (nothing, files);
  struct wanted wanted = { row->rule ? VPROD_VERDICT_FAIL : VPROD_VERDICT_PASS, 0, row->rule ? "1 secret in the image" : "of 2 layers", NULL };
  vprod_result *result = check_image (&image, NULL, &wanted);

  ck_assert_uint_eq (vprod_result_count_findings (result), row->rule != NULL);
  if (row->rule) {
    ck_assert_str_eq (finding (result, "rule"), row->rule);
    ck_assert_str_eq (finding (result, "path") + 1, row->path);
    ck_assert_str_eq (finding (result, "line"), row->line);
    ck_assert_str_eq (finding (result, "layer"), "2");
    ck_assert_str_eq (finding (result, "digest"), "sha256:uuu");
    ck_assert_str_eq (finding (result, "created_by"), "COPY . /app");
    ck_assert_int_eq (strncmp (finding (result, "fingerprint"), row->rule, strlen (row->rule)), 0);
  }
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

/* ---- layers ------------------------------------------------------------------------------------------------------------- */

START_TEST (what_a_later_layer_removes_is_found_in_its_layer)
{
  static const struct tar_entry base[] = { { "root/id_ed25519", KEY }, { 0 } }, upper[] = { { "root/.wh.id_ed25519" }, { 0 } };
  struct vprod__buf image = make_image (base, upper);
  vprod_result *result
    = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "layer 1 of 2, /root/id_ed25519 line 1", "removes nothing" });

  ck_assert_str_eq (finding (result, "digest"), "sha256:bbb");
  ck_assert_str_eq (finding (result, "created_by"), "ADD rootfs /");
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (no_value_is_shown)
{
  static const struct tar_entry base[] = { { "a", TOKEN }, { "b", KEY }, { 0 } },
                                upper[] = { { ".env", "DB_PASSWORD=Zk3vQ9wLm2Tx" }, { 0 } };
  static const char *const secrets[] = { "xIbZkJpRL4", "b3BlbnNzaC1r", "Zk3vQ9" };
  struct vprod__buf image = make_image (base, upper);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "3 secrets", NULL });
  const char *name, *value;

  for (int s = 0; s < COUNT (secrets); s++) {
    ck_assert_ptr_null (strstr (vprod_result_get_message (result), secrets[s]));
    for (size_t i = 0; i < vprod_result_count_findings (result); i++)
      for (size_t k = 0; vprod_finding_get_field_at (vprod_result_get_finding_at (result, i), k, &name, &value) == 0; k++)
        ck_assert_msg (!strstr (value, secrets[s]), "%s: %s", name, value);
  }
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (the_same_secret_in_many_places_is_told_once)
{
  static const struct tar_entry base[] = { { "b", TOKEN }, { 0 } }, upper[] = { { "a", TOKEN }, { "c", "x " TOKEN }, { 0 } };
  struct vprod__buf image = make_image (base, upper);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "1 secret in the image", NULL });

  ck_assert_str_eq (finding (result, "places"), "3");
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (what_two_rules_know_in_one_place_is_told_once)
{
  static const struct tar_entry base[] = {
    { "app/.npmrc", "//registry.acme.io/:_authToken=npm_a8F3kd93kfKD93kdfkjf93kdfKJ39fkdQZ12\n" }, { 0 }
  };
  static const struct tar_entry upper[] = { { "a", "a" }, { 0 } };
  struct vprod__buf image = make_image (base, upper);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "1 secret in the image", NULL });

  ck_assert_uint_eq (vprod_result_count_findings (result), 1);
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (a_text_that_two_rules_know_is_told_once)
{
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  const struct tar_entry files[] = { { "root/.pypirc", "[pypi]\nusername = __token__\npassword = pypi-AgEIcHlwaS5vcmcCJDU2Nzg5MDEy"
                                       "LTM0NTYtNzg5MC0xMjM0LTU2Nzg5MDEyMzQ1NgACKlszLCJhYmNkZWYwMS0yMzQ1LTY3ODktMDEyMy00NTY3ODlhYmNkZWYiXQAABiA\n" },
                                     { 0 } };
  struct vprod__buf image = make_image (files, nothing);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "1 secret in the image", NULL });

  ck_assert_ptr_null (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "places"));
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

/* ---- pip install --target -------------------------------------------------------------------------------------------- */

#define SETTING "SECRET_KEY = 'k3T9vXw7Zt1Lm5Np'\n"
#define LIST "acme/__init__.py,sha256=abc,0\n\"acme/a,b/config.py\",sha256=abc,1\r\nacme/config.py,sha256=abc,31\n"

static const struct installed {
  struct tar_entry base[4];
  struct tar_entry upper[4];
  const char *path; /* NULL: nothing is found */
} installed[] = {
  { { { "task/acme-1.dist-info/RECORD", LIST }, { "task/acme/config.py", SETTING } }, { { 0 } }, NULL },
  { { { "task/acme/config.py", SETTING }, { "task/zzz-1.dist-info/RECORD", LIST } }, { { 0 } }, NULL },
  { { { "task/acme/config.py", SETTING } }, { { "task/acme-1.dist-info/RECORD", LIST } }, NULL },
  { { { "task/acme/a,b/config.py", SETTING }, { "task/acme-1.dist-info/RECORD", LIST } }, { { 0 } }, NULL },
  { { { "acme/config.py", SETTING }, { "acme-1.dist-info/RECORD", "x/y.py,,\nacme/config.py,," } }, { { 0 } }, NULL },

  { { { "task/acme-1.dist-info/RECORD", LIST }, { "task/config.py", SETTING } }, { { 0 } }, "/task/config.py" },
  { { { "task/acme-1.dist-info/RECORD", LIST }, { "acme/config.py", SETTING } }, { { 0 } }, "/acme/config.py" },
  { { { "task/acme-1.dist-info/RECORD", "../app/config.py,,\n/app/config.py,,\n" }, { "app/config.py", SETTING } }, { { 0 } },
    "/app/config.py" },
  { { { "task/acme-1.dist-info/RECORD", LIST }, { "task/acme/config.py", SETTING } }, { { "task/z/config.py", SETTING } },
    "/task/z/config.py" },
  { { { "task/acme-1.dist-info/RECORD", LIST }, { "task/acme/config.py", "t = '" TOKEN "'" } }, { { 0 } },
    "/task/acme/config.py" },
};

START_TEST (samples_in_packages_do_not_count_wherever_pip_put_them)
{
  const struct installed *it = &installed[_i];
  struct vprod__buf image = make_image (it->base, it->upper);
  const struct wanted bad = { VPROD_VERDICT_FAIL, 0, "1 secret in the image", NULL }, good = { VPROD_VERDICT_PASS, 0, "no secret", NULL };
  vprod_result *result = check_image (&image, NULL, it->path ? &bad : &good);

  if (it->path)
    ck_assert_str_eq (finding (result, "path"), it->path);
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (a_secret_in_an_archive_is_found)
{
  const struct tar_entry inner[] = { { "srv/x.ini", "[a]\nkey = " TOKEN "\n" }, { 0 } };
  struct vprod__buf tar = make_tar (inner, GZIP);
  const struct tar_entry outer[] = { { "in/backup.tgz", tar.data, .length = tar.length }, { 0 } };
  struct vprod__buf outer_tar = make_tar (outer, PLAIN);
  const struct tar_entry files[] = { { "opt/all.tar", outer_tar.data, .length = outer_tar.length }, { 0 } };
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  struct vprod__buf image = make_image (files, nothing);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "1 secret in the image", NULL });

  ck_assert_str_eq (finding (result, "path"), "/opt/all.tar!/in/backup.tgz!/srv/x.ini");
  ck_assert_str_eq (finding (result, "line"), "2");
  vprod_result_free (result);
  vprod__buf_clear (&image);
  vprod__buf_clear (&outer_tar);
  vprod__buf_clear (&tar);
}
END_TEST

/* ---- values of run.env ------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *text;
  int found;
} values[] = {
  { "x=" VALUE "\n", 1 },
  { "eDlRMm1WdDdMa1B3NFJ6WQ==", 1 },
  { "auth: dXNlcjp4OVEybVZ0N0xrUHc0UnpZ", 1 },
  { "x9Q2mVt7LkPw4Rz", 0 },
  { "testowner verify", 0 },
  { "unexpected EOFx9Q2mVt7LkPw4RzYconnection lost", 1 }, /* as Go packs its strings */
  { "ashortpasses", 0 }, /* a part of something longer */
  { "dXNlcjpzaG9ydHBhc3M=", 1 }, /* user:shortpass */
  { "shortpass", 0 },          /* as a package's list of bad passwords has it */
};

START_TEST (values_of_run_env_are_found_anywhere)
{
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  const struct tar_entry files[] = { { "usr/share/x/y.bin", values[_i].text }, { 0 } };
  struct vprod__buf image = make_image (files, nothing);
  vprod_result *result = check_image (
    &image, "version: 1\nrun: {env: {JWT_SECRET_KEY: " VALUE ", OWNER: testowner, DB_PASSWORD: verify, JWT_TOKEN: shortpass}}\n",
    &(struct wanted) { values[_i].found ? VPROD_VERDICT_FAIL : VPROD_VERDICT_PASS, 0, values[_i].found ? "JWT_" : "no secret", NULL });

  if (values[_i].found)
    ck_assert_str_eq (finding (result, "rule"), "run-env-value");
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

static const struct {
  const char *path;
  const char *value; /* of JWT_SECRET_KEY in the spec */
  const char *rule;  /* NULL: nothing is found */
} spec_copies[] = {
  { "app/verify-prod.yaml", "only-for-verification", NULL },
  { "app/x.txt", "only-for-verification", "run-env-value" },
  { "app/verify-prod.yaml.bak", "only-for-verification", "run-env-value" },
  { "app/verify-prod.yaml", "k3T9vXw7Zt1Lm5Np8Rb2Ys6U", "generic-assignment" }, /* what no one makes up for a test */
};

START_TEST (the_spec_itself_may_be_in_the_image_with_its_made_up_values)
{
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  const char *rule = spec_copies[_i].rule;
  struct vprod__buf yaml = { 0 };

  ck_assert_int_eq (vprod__buf_addf (&yaml, "version: 1\nrun:\n  env:\n    JWT_SECRET_KEY: %s\n", spec_copies[_i].value), 0);
  const struct tar_entry files[] = { { spec_copies[_i].path, yaml.data }, { 0 } };
  struct vprod__buf image = make_image (files, nothing);
  vprod_result *result = check_image (&image, yaml.data, &(struct wanted) { rule ? VPROD_VERDICT_FAIL : VPROD_VERDICT_PASS, 0,
                                                                            rule ? "JWT_" : "no secret", NULL });
  if (rule)
    ck_assert_str_eq (finding (result, "rule"), rule);
  vprod_result_free (result);
  vprod__buf_clear (&image);
  vprod__buf_clear (&yaml);
}
END_TEST

/* ---- what is allowed --------------------------------------------------------------------------------------------------------- */

static const struct {
  const char *allow;
  int allowed;
} allows[] = {
  { "github-personal-token", 1 },
  { "/app/demo/x.py", 1 },
  { "app/*/x.py", 1 },
  { "/app", 1 },
  { "app/**", 1 },
  { "x.py", 0 }, /* a path has a slash */
  { "/demo/x.py", 0 },
  { "/ap", 0 },
  { "/", 0 },
  { "/**", 0 },
  { "private-key", 0 },
  { "github-personal-token:app/demo/x.py:@", 1 }, /* @: the value's part of the true fingerprint */
  { "github-personal-token:app/demo/x.py:00000000", 0 },
  { "github-personal-token:app/x.py:@", 0 },
};

START_TEST (findings_are_allowed_by_rule_path_and_fingerprint)
{
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } }, files[] = { { "app/demo/x.py", TOKEN }, { 0 } };
  struct vprod__buf image = make_image (files, nothing);
  vprod_result *result = check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "1 secret", NULL });
  const char *hash = strrchr (finding (result, "fingerprint"), ':') + 1;
  size_t n = strcspn (allows[_i].allow, "@");
  char yaml[300];

  snprintf (yaml, sizeof yaml, "version: 1\nchecks: {no-secrets: {allow: [\"%.*s%s\"]}}\n", (int) n, allows[_i].allow,
            allows[_i].allow[n] ? hash : "");
  vprod_result_free (result);
  result = check_image (&image, yaml, &(struct wanted) { allows[_i].allowed ? VPROD_VERDICT_PASS : VPROD_VERDICT_FAIL, 0, "secret", NULL });
  ck_assert_int_eq (vprod_result_find_evidence (result, "allowed_but_not_found") == NULL, allows[_i].allowed);
  vprod_result_free (result);
  vprod__buf_clear (&image);
}
END_TEST

/* ---- what is broken or hostile -------------------------------------------------------------------------------------------------- */

START_TEST (an_export_that_breaks_off_is_an_error)
{
  static const struct tar_entry base[] = { { "a", "harmless" }, { 0 } };
  struct vprod__buf image = make_image (base, base);

  image.length = image.length * (size_t) _i / 10;
  ck_assert_ptr_null (check_image (&image, NULL, &(struct wanted) { .error = VPROD_ERROR_ENGINE, .message = "archive" }));
  vprod__buf_clear (&image);
}
END_TEST

START_TEST (what_history_shows_stands_without_the_layers)
{
  static const struct mock_history entries[] = { { "RUN |1 API_TOKEN=abc123 /bin/sh -c make # buildkit", "", 1 }, { 0 } };
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_no_secrets, "version: 1\n", NULL };

  mock->image.history = entries;
  mock_fail (mock, "image_export", 1, VPROD_ERROR_ENGINE);
  vprod_result *result = flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "API_TOKEN", NULL });
  assert_holds (vprod_result_find_evidence (result, "layers_not_read"), MOCK_FAULT);
  vprod_result_free (result);
}
END_TEST

START_TEST (an_engine_that_cannot_export_is_an_error)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_no_secrets, "version: 1\n", NULL };

  mock_fail (mock, "image_export", 1, VPROD_ERROR_UNSUPPORTED);
  flow_run (&flow, mock, &(struct wanted) { .error = VPROD_ERROR_UNSUPPORTED, .message = MOCK_FAULT });
}
END_TEST

/* Names no file system would take: the content is in the image all the same. */
static const char *const names[] = { "../../../etc/x", "/etc/../x", "/abs/x", "./././x", "a//b", NULL };

START_TEST (content_under_impossible_names_is_read)
{
  static const struct tar_entry nothing[] = { { "etc/" }, { 0 } };
  _cleanup_free_ char *endless = calloc (1, 20000);
  struct tar_entry files[] = { { names[_i], TOKEN }, { 0 } };

  if (!names[_i]) {
    memset (endless, 'n', 19999);
    files[0].path = endless;
  }
  struct vprod__buf image = make_image (nothing, files);
  vprod_result_free (check_image (&image, NULL, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "GitHub", NULL }));
  vprod__buf_clear (&image);
}
END_TEST

/* The size in a tar header, its checksum made right. */
static void set_size (char *header, const char *size)
{
  unsigned sum = 0;

  memcpy (header + 124, size, 12);
  memset (header + 148, ' ', 8);
  for (int i = 0; i < 512; i++)
    sum += (unsigned char) header[i];
  snprintf (header + 148, 8, "%06o", sum);
}

static const char *const sizes[] = {
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0", /* minus 16 */
  "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
  "\x80\0\0\0\0\0\x10\0\0\0\0\0",
  "77777777777\0",
  "-0000000010\0",
  "hello, tar!\0",
};

START_TEST (sizes_that_are_not_true_never_pass_as_read)
{
  static const struct tar_entry base[] = { { "a", "harmless" }, { 0 } };
  struct vprod__buf layer = make_tar (base, PLAIN);
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_no_secrets, "version: 1\n", NULL };
  vprod_session *session = NULL;
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  set_size (layer.data, sizes[_i]);
  const struct tar_entry entries[] = {
    { "b/layer.tar", layer.data, .length = layer.length },
    { "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"b/layer.tar\"]}]" }, { "c.json", "{}" }, { 0 },
  };
  struct vprod__buf image = make_tar (entries, PLAIN);
  mock->image.archive = image.data;
  mock->image.archive_length = image.length;
  session = mock_session (mock, flow.yaml);
  ck_assert_int_lt (vprod_check_no_secrets (session, &result, &err), 0);
  vprod_error_free (err);
  vprod_session_free (session);
  mock_free (mock);
  vprod__buf_clear (&image);
  vprod__buf_clear (&layer);
}
END_TEST

/* ---- a big one ----------------------------------------------------------------------------------------------------------------------- */

#define BIG ((size_t) 300 << 20)

/* An engine that knows one slot: an image with one file of 300 MB, a secret at its end. */
static int big_export (void *runner, const vprod_call *call, const char *image, vprod_bytes_fn on_bytes, void *data,
                       vprod_error **err)
{
  static const struct tar_entry dummy[] = { { "app/big.log", "" }, { 0 } }, json[] = {
    { "manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"b/layer.tar\"]}]" }, { "c.json", "{}" }, { 0 } };
  struct vprod__buf inner = make_tar (dummy, PLAIN), outer = make_tar (dummy, PLAIN), rest = make_tar (json, PLAIN);
  static char block[64 * 1024];
  char size[13];

  (void) runner;
  (void) call;
  (void) image;
  (void) err;
  /* outer header, inner header, content, end of inner, the rest of outer */
  snprintf (size, sizeof size, "%011zo", BIG);
  set_size (inner.data, size);
  snprintf (size, sizeof size, "%011zo", BIG + 512 + 1024);
  strcpy (outer.data, "b/layer.tar");
  set_size (outer.data, size);
  on_bytes (data, outer.data, 512);
  on_bytes (data, inner.data, 512);
  for (size_t i = 0; i < sizeof block; i++)
    block[i] = "2026-01-31 12:00:00 INFO request served in 12 ms\n"[i % 49];
  for (size_t sent = 0; sent < BIG; sent += sizeof block) {
    if (sent + sizeof block == BIG)
      memcpy (block + sizeof block - sizeof (" " TOKEN), " " TOKEN, sizeof (" " TOKEN));
    if (on_bytes (data, block, sizeof block) != 0)
      break;
  }
  memset (block, 0, sizeof block);
  on_bytes (data, block, 1024);
  on_bytes (data, rest.data, rest.length);
  vprod__buf_clear (&inner);
  vprod__buf_clear (&outer);
  vprod__buf_clear (&rest);
  return 0;
}

static int any_facts (void *runner, const vprod_call *call, const char *image, vprod_image_facts *ret,
                      vprod_error **err)
{
  (void) runner;
  (void) call;
  (void) image;
  (void) err;
  ret->id = strdup ("sha256:0");
  return 0;
}

START_TEST (memory_does_not_grow_with_the_image)
{
  static const vprod_runner_ops ops = { .size = sizeof ops, .image_export = big_export, .image_facts = any_facts };
  static const char yaml[] = "version: 1\nimage: {ref: x}\n";
  vprod_spec *spec = NULL;
  vprod_session *session = NULL;
  struct vprod__layer_secrets found = { 0 };
  struct vprod__secret_allow allow = { 0 };
  vprod_runner *runner = NULL;
  vprod_error *err = NULL;
  struct rusage before, after;

  assert_ok (vprod_runner_new (&ops, NULL, NULL, &runner, &err), err);
  assert_ok (vprod_spec_parse (yaml, strlen (yaml), "test", ".", &spec, &err), err);
  assert_ok (vprod_session_new (spec, runner, &session, &err), err);
  ck_assert_int_eq (vprod__secret_allow_init (&allow, NULL), 0);
  getrusage (RUSAGE_SELF, &before);
  assert_ok (vprod__layer_secrets_find (session, 60000, NULL, &allow, &found, &err), err);
  getrusage (RUSAGE_SELF, &after);
  ck_assert_uint_eq (found.count, 1);
  ck_assert_str_eq (found.list[0].is->rule, "github-personal-token");
  ck_assert_uint_eq (found.bytes, BIG);
  ck_assert_msg (after.ru_maxrss - before.ru_maxrss < 64 * 1024, "%ld kB more", after.ru_maxrss - before.ru_maxrss);
  vprod__layer_secrets_clear (&found);
  vprod__secret_allow_clear (&allow);
  vprod_session_free (session);
  vprod_spec_free (spec);
  vprod_runner_free (runner);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_no_secrets_layers");
  TCase *tcase = tcase_create ("layers");

  tcase_set_timeout (tcase, 60);
  tcase_add_test (tcase, memory_does_not_grow_with_the_image);
  tcase_add_loop_test (tcase, a_file_is_judged_by_name_and_content, 0, COUNT (ones));
  tcase_add_test (tcase, what_a_later_layer_removes_is_found_in_its_layer);
  tcase_add_test (tcase, no_value_is_shown);
  tcase_add_test (tcase, the_same_secret_in_many_places_is_told_once);
  tcase_add_test (tcase, what_two_rules_know_in_one_place_is_told_once);
  tcase_add_test (tcase, a_text_that_two_rules_know_is_told_once);
  tcase_add_loop_test (tcase, samples_in_packages_do_not_count_wherever_pip_put_them, 0, COUNT (installed));
  tcase_add_test (tcase, a_secret_in_an_archive_is_found);
  tcase_add_loop_test (tcase, values_of_run_env_are_found_anywhere, 0, COUNT (values));
  tcase_add_loop_test (tcase, the_spec_itself_may_be_in_the_image_with_its_made_up_values, 0, COUNT (spec_copies));
  tcase_add_loop_test (tcase, findings_are_allowed_by_rule_path_and_fingerprint, 0, COUNT (allows));
  tcase_add_loop_test (tcase, an_export_that_breaks_off_is_an_error, 0, 9);
  tcase_add_test (tcase, what_history_shows_stands_without_the_layers);
  tcase_add_test (tcase, an_engine_that_cannot_export_is_an_error);
  tcase_add_loop_test (tcase, content_under_impossible_names_is_read, 0, COUNT (names));
  tcase_add_loop_test (tcase, sizes_that_are_not_true_never_pass_as_read, 0, COUNT (sizes));
  suite_add_tcase (suite, tcase);
  return unit_main (suite);
}
