/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <stdio.h>

#include "checks/no_secrets/facts.h"
#include "secret_samples.h"
#include "util/buf.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* Keeps "rule:variable=value", with blanks between. */
static int keep (void *data, const struct vprod__secret *secret)
{
  struct vprod__buf *buf = data;

  return vprod__buf_addf (buf, "%s%s:%s=%s", buf->length ? " " : "", secret->rule, secret->variable ? secret->variable : "",
                          secret->value);
}

/* ---- forms --------------------------------------------------------------------------------------------- */

static struct vprod__scan *scan; /* the tests' own, made before them */

/* The one table of rules serves texts as well as files. */
START_TEST (sample_of_a_rule_is_found_in_a_command)
{
  const struct secret_sample *sample = &secret_samples[_i];
  const struct vprod__scan_rule *rule = secret_rule (sample->rule);
  struct vprod__buf found = { 0 };
  char text[2000], file[64] = "x.txt";

  if (rule->is_assignment || (rule->files && strchr (rule->files, '*')))
    return; /* what is given to a name is found by other means; and no command names a pattern */
  if (rule->files)
    snprintf (file, sizeof file, "%.*s", (int) strcspn (rule->files, " "), rule->files);
  snprintf (text, sizeof text, "echo '%s' > /root/%s", sample->text, file);
  ck_assert_int_eq (vprod__secrets_in_text (scan, text, keep, &found), 0);
  /* names of files that are words of their own do not count in commands */
  if (!sample->is_found || (rule->files && !strchr (file, '.')))
    ck_assert_msg (found.length == 0, "%s finds %s in %s", rule->id, vprod__buf_string (&found), text);
  else
    ck_assert_msg (found.length > 0 && strstr (vprod__buf_string (&found), rule->id), "%s finds %s in %s", rule->id,
                   vprod__buf_string (&found), text);
  vprod__buf_clear (&found);
}
END_TEST

static const struct {
  const char *text;
  const char *found;
} forms[] = {
  { "AKIA" "IOSFODNN7ABCDEFG", "aws-access-key-id:=AKIA" "IOSFODNN7ABCDEFG" },
  { "XAKIA" "IOSFODNN7ABCDEFG", "" },
  { "AKIA" "IOSFODNN7ABCDEFGH", "" },
  { "a ghp" "_xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87, ghp" "_yIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87",
    "github-personal-token:=ghp" "_xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87 github-personal-token:=ghp"
    "_yIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87" },
  { "postgresql://app:s3cr3t@db:5432/x", "basic-auth-url:=s3cr3t" },
  { "redis://:s3cr3t@cache", "basic-auth-url:=s3cr3t" },
  { "postgres://app:Zk-12345678-vQ@db/app", "basic-auth-url:=Zk-12345678-vQ" },
  { "postgres://app:p7f3a9c1e5b8d2460f1e2d3c4b5a69788796a5b4c3d2e1f09a1b2c3d4e5f60718@db/app",
    "basic-auth-url:=p7f3a9c1e5b8d2460f1e2d3c4b5a69788796a5b4c3d2e1f09a1b2c3d4e5f60718" },
  { "postgres://app:%40Zk3vQ9%21Lm2@db/app", "basic-auth-url:=%40Zk3vQ9%21Lm2" },
  { "https://user:changeme@git.example", "" },
  { "https://user:%PASSWORD%@git.example", "" },
  { "https://${USER}:${TOKEN}@git.example", "" },
  { "https://x:$TOKEN@git.example", "" },
  { "https://user:<password>@git.example", "" },
  { "https://user:***@git.example", "" },
  { "https://user@git.example:8080/a", "" },
  { "git@github.com:a/b.git", "" },
  { "https://example.org/a:b@c", "" },
  { "https://example.org?x=a:b@c", "" },
  { "grep -q 'BEGIN RSA PRIV" "ATE KEY' x", "" },
  { "-----BEGIN PRIV" "ATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n",
    "private-key:=\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n" },
  { "echo 'machine git.example login ci password YfI0pwEKULhDRq' > ~/.netrc", "netrc-password:=YfI0pwEKULhDRq" },
  { "echo 'machine git.example login ci passwd YfI0pwEKULhDRq' > ~/.netrc", "netrc-password:=YfI0pwEKULhDRq" },
  { "echo 'machine git.example login ci password YfI0pwEKULhDRq' > netrc.txt", "" },
  { "git config --global x y", "" },
  { "-----BEGIN PUBLIC KEY-----\nMIIEpAIBAAKCAQEAk3T9v", "" },
  { "", "" },
};

START_TEST (finds_values_by_their_form)
{
  struct vprod__buf found = { 0 };

  ck_assert_int_eq (vprod__secrets_in_text (scan, forms[_i].text, keep, &found), 0);
  ck_assert_str_eq (vprod__buf_string (&found), forms[_i].found);
  vprod__buf_clear (&found);
}
END_TEST

/* ---- names and values ---------------------------------------------------------------------------------- */

static const struct {
  const char *name;
  int secret;
} names[] = {
  { "PASSWORD", 1 }, { "DB_PASSWORD", 1 }, { "PGPASSWORD", 1 }, { "MYSQL_PWD", 1 }, { "db.password", 1 },
    { "dbPassword", 1 },
  { "DB_PASS", 1 }, { "API_TOKEN", 1 }, { "authToken", 1 }, { "_authToken", 1 }, { "GITHUBTOKEN", 1 },
    { "API_KEY", 1 },
  { "apikey", 1 }, { "apiKey", 1 }, { "APIKey", 1 }, { "deploy.api_key", 1 }, { "com.example.api-token", 1 },
    { "JWT_SECRET_KEY", 1 },
  { "SECRET_KEY_BASE", 1 }, { "AWS_SECRET_ACCESS_KEY", 1 }, { "S3_SECRET_ACCESS_KEY", 1 }, { "CLIENT_SECRET", 1 },
  { "ENCRYPTION_KEY", 1 }, { "PRIVATE_KEY", 1 }, { "BASIC_AUTH", 1 }, { "CREDENTIALS", 1 },
    { "keyStorePassword", 1 },
  { "LDAP_BIND_PW", 1 }, { "GITHUB_PAT", 1 }, { "AES_KEY", 1 }, { "FERNET_KEY", 1 }, { "PATH", 0 }, { "COMPAT", 0 },
  { "TOKEN_URL", 0 }, { "GPG_KEY", 0 }, { "GPG_PRIVATE_KEY", 0 }, { "PYTHON_PIP_SHA256", 0 },
    { "PYTHON_SETUPTOOLS_VERSION", 0 },
  { "DB_PASSWORD_FILE", 0 }, { "SECRET_KEY_PATH", 0 }, { "PASSWORD_MIN_LENGTH", 0 }, { "TOKEN_TTL", 0 },
    { "MAX_TOKENS", 0 },
  { "TOKENIZERS_PARALLELISM", 0 }, { "NLTK_TOKENIZER", 0 }, { "SSH_AUTH_SOCK", 0 }, { "GIT_ASKPASS", 0 },
    { "AWS_ACCESS_KEY_ID", 0 },
  { "PUBLIC_KEY", 0 }, { "SECRET_NAME", 0 }, { "SECRETS_MANAGER_ARN", 0 }, { "TOKEN_HEADER", 0 },
    { "POSTGRES_HOST_AUTH_METHOD", 0 },
  { "ACCESS_TOKEN_EXPIRES_IN", 0 }, { "JWT_TOKEN_DURATION", 0 }, { "TOKEN_VALIDITY", 0 }, { "TOKEN_TYPE_CLAIM", 0 },
    { "OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL", 0 }, { "TOKEN_OBTAIN_SERIALIZER", 0 },
  { "api-key", 1 }, { "encryption.key", 1 },
  { "AUTH_URL", 0 }, { "KEY", 0 }, { "PATH", 0 }, { "PWD", 0 }, { "OLDPWD", 0 }, { "AUTHOR", 0 },
    { "PASSENGER_VERSION", 0 },
  { "COMPASS", 0 }, { "SECRETARY", 0 }, { "PASSWORD_HASHERS", 0 }, { "", 0 }, { "___", 0 },
};

START_TEST (knows_names_that_hold_secrets)
{
  ck_assert_msg (vprod__secret_name (names[_i].name, strlen (names[_i].name)) == names[_i].secret, "%s",
                 names[_i].name);
}
END_TEST

static const struct {
  const char *name;
  const char *value;
  int secret;
} values[] = {
  { "API_TOKEN", "c2VjcmV0LXRva2Vu", 1 },
  { "DB_PASSWORD", "password", 1 }, /* a weak password is one */
  { "DB_PASSWORD", "admin", 1 },
  { "DB_PASSWORD", "postgres", 1 },
  { "DB_PASSWORD", "0123456789abcdef", 1 },
  { "DB_PASSWORD", "correct.horse.battery", 1 },
  { "DB_PASSWORD", "15m", 1 },
  { "JWT_SECRET", "0123456789abcdef0123456789abcdef", 1 },
  { "DB_PASSWORD", "@Zk3vQ9wLm2Tx", 1 },
  { "DB_PASSWORD", "%40Zk3vQ9wLm2Tx", 1 },
  { "DB_PASSWORD", "1234", 1 },
  { "DB_PASSWORD", "\"hunter2\"", 1 },
  { "DB_PASSWORD", "pa$$w0rd", 1 },
  { "DB_PASSWORD", "/9j4AAQSkZJRgABAQEASABIAAD/2wBD+x==", 1 },
  { "BASIC_AUTH", "admin:hunter2", 1 },
  { "DB_PASSWORD", "", 0 },
  { "DB_PASSWORD", "\"\"", 0 },
  { "API_TOKEN", "true", 0 },
  { "API_TOKEN", "1", 0 },
  { "API_TOKEN", "4096", 0 },
  { "API_TOKEN", "none", 0 },
  { "API_TOKEN", "<your-token>", 0 },
  { "API_TOKEN", "your-token-here", 0 },
  { "API_TOKEN", "xxxxxxxx", 0 },
  { "API_TOKEN", "****", 0 },
  { "API_TOKEN", "aaaaaaaa", 0 },
  { "API_TOKEN", "example-token", 0 },
  { "API_TOKEN", "REPLACE_ME", 0 },
  { "API_TOKEN", "dummy", 0 },
  { "DB_PASSWORD", "changeme", 0 },
  { "DB_PASSWORD", "please-change-me", 0 },
  { "DB_PASSWORD", "replace-me", 0 },
  { "DB_PASSWORD", "@DB_PASSWORD@", 0 },
  { "SECRET_KEY", "x", 0 },
  { "ACCESS_TOKEN", "15m", 0 },
  { "ACCESS_TOKEN", "24 hours", 0 },
  { "AUTH_TOKEN", "rest_framework.authentication.TokenAuthentication", 0 },
  { "ACCESS_TOKEN", "oauth.AccessToken", 0 },
  { "API_SECRET", "@Microsoft.KeyVault(SecretUri=https://x)", 0 },
  { "S3_SECRET_ACCESS_KEY", "noop", 0 },
  { "API_TOKEN", "${API_TOKEN}", 0 },
  { "API_TOKEN", "$API_TOKEN", 0 },
  { "API_TOKEN", "$(cat /run/secrets/x)", 0 },
  { "API_TOKEN", "{{ token }}", 0 },
  { "API_TOKEN", "/run/secrets/token", 0 },
  { "API_TOKEN", "./token.txt", 0 },
  { "API_TOKEN", "https://auth.example/token", 0 },
  { "API_TOKEN", "arn:aws:secretsmanager:x:1:secret:y", 0 },
  { "API_TOKEN", "API_TOKEN", 0 },
  { "api.token", "rotates the api token of users", 0 },
  { "AUTH", "ldap", 0 },
  { "AUTH", "scram-sha", 0 },
  { "trustStorePassword", "changeit", 0 },
  { "com.acme.secrets", "DB_PASSWORD,JWT_SECRET", 0 },
  { "DB_PASSWORD", "AB,CD1", 1 },
  { "POSTGRES_PASSWORD", "!!!SET POSTGRES_PASSWORD!!!", 0 },
  { "GITHUB_PAT", "k3T9vXw7Zt1Lm5Np8Rb2", 1 },
  { "OUTPUT_PAT", "*.log", 0 },
};

START_TEST (knows_values_that_are_none)
{
  ck_assert_msg (
    vprod__secret_value (values[_i].name, strlen (values[_i].name), values[_i].value, strlen (values[_i].value))
      == values[_i].secret,
    "%s=%s", values[_i].name, values[_i].value);
}
END_TEST

/* ---- texts --------------------------------------------------------------------------------------------- */

#define G "generic-assignment:"

static const struct {
  const char *created_by;
  const char *instruction;
  const char *found;
} history[] = {
  /* BuildKit, the classic builder, Podman */
  { "ENV API_TOKEN=c2VjcmV0", "ENV", G "API_TOKEN=c2VjcmV0" },
  { "ENV A=1 API_TOKEN=c2VjcmV0 B=two words", "ENV", G "API_TOKEN=c2VjcmV0" },
  { "ENV DB_PASSWORD=two words B=1", "ENV", G "DB_PASSWORD=two words" },
  { "/bin/sh -c #(nop)  ENV API_TOKEN=c2VjcmV0", "ENV", G "API_TOKEN=c2VjcmV0" },
  { "/bin/sh -c #(nop) ENV API_TOKEN=c2VjcmV0", "ENV", G "API_TOKEN=c2VjcmV0" },
  { "ARG DB_PASSWORD=hunter2hunter2", "ARG", G "DB_PASSWORD=hunter2hunter2" },
  { "ARG DB_PASSWORD", "ARG", "" },
  { "ARG VERSION DB_PASSWORD=hunter2", "ARG", G "DB_PASSWORD=hunter2" },
  { "LABEL a=b deploy.api_key=8f14e45f", "LABEL", G "deploy.api_key=8f14e45f" },
  { "LABEL org.opencontainers.image.description=rotates the api token and password of users", "LABEL", "" },
  { "RUN |1 API_TOKEN=abc123 /bin/sh -c pip install x # buildkit", "RUN", G "API_TOKEN=abc123" },
  { "|1 API_TOKEN=abc123 /bin/sh -c pip install x", "RUN", G "API_TOKEN=abc123" },
  { "RUN |2 A=a b API_TOKEN=abc 123 /bin/bash -o pipefail -c true # buildkit", "RUN", G "API_TOKEN=abc 123" },
  { "RUN |2 API_TOKEN=abc B=1 /bin/sh -c true # buildkit", "RUN", G "API_TOKEN=abc" },
  { "RUN |1 API_TOKEN= /bin/sh -c true # buildkit", "RUN", "" },
  { "RUN |1 API_TOKEN=abc true # buildkit", "RUN", G "API_TOKEN=abc" },
  { "RUN |999999999999 API_TOKEN=abc", "RUN", G "API_TOKEN=abc" },
  { "RUN /bin/sh -c true \"$DB_PASSWORD\" # buildkit", "RUN", "" },
  { "COPY --chown=1001 token.txt /x # buildkit", "COPY", "" },
  { "CMD [\"app\" \"--token\" \"abc123\"]", "CMD", G "token=abc123" },
  { "HEALTHCHECK &{[\"CMD-SHELL\" \"curl -u admin:hunter2 http://localhost\"] \"10s\" \"5s\" \"0s\" '\\x03'}",
    "HEALTHCHECK", "" },
  { "EXPOSE map[8000/tcp:{}]", "EXPOSE", "" },
  { "# debian.sh --arch 'amd64' out/ 'bookworm'", "", "" },
  { "", "", "" },

  /* what is given to a command */
  { "RUN /bin/sh -c export API_TOKEN=abc123 && make", "RUN", G "API_TOKEN=abc123" },
  { "RUN /bin/sh -c API_TOKEN='abc 123' make", "RUN", G "API_TOKEN=abc 123" },
  { "RUN /bin/sh -c echo \"API_TOKEN=abc123\" >> .env", "RUN", G "API_TOKEN=abc123" },
  { "RUN /bin/sh -c printf '[x]\\npassword = abc123\\n' > x", "RUN", G "password=abc123" },
  { "RUN /bin/sh -c echo '{\"auths\": {\"r\": {\"password\": \"abc123\"}}}' > config.json", "RUN",
    G "password=abc123" },
  { "RUN /bin/sh -c echo '//registry.npmjs.org/:_authToken=abc123' > .npmrc", "RUN", G "_authToken=abc123" },
  { "RUN /bin/sh -c npm config set //registry.npmjs.org/:_authToken=abc123", "RUN", G "_authToken=abc123" },
  { "RUN /bin/sh -c npm config set '//registry.npmjs.org/:_authToken' abc123", "RUN",
    G "//registry.npmjs.org/:_authToken=abc123" },
  { "RUN /bin/sh -c npm set //registry.npmjs.org/:_authToken=abc123", "RUN", G "_authToken=abc123" },
  { "RUN /bin/sh -c yarn config set npmAuthToken abc123", "RUN", G "npmAuthToken=abc123" },
  { "RUN /bin/sh -c sed -i 's/^DB_PASSWORD=.*/DB_PASSWORD=hunter2/' x", "RUN", G "DB_PASSWORD=hunter2" },
  { "RUN /bin/sh -c sed -i '/x/s|DB_PASSWORD=changeme|DB_PASSWORD=hunter2|' x", "RUN", G "DB_PASSWORD=hunter2" },
  { "RUN /bin/sh -c printf 'DB_PASSWORD=hunter2\\nAPI_TOKEN=abc123\\n' > x", "RUN",
    G "DB_PASSWORD=hunter2 " G "API_TOKEN=abc123" },
  { "RUN /bin/sh -c DB_PASSWORD='a\\nb' make", "RUN", G "DB_PASSWORD=a\\nb" },
  { "RUN /bin/sh -c echo 'password: hunter2 # of the database'", "RUN", G "password=hunter2" },
  { "RUN /bin/sh -c echo 'Password: swordfish User: admin'", "RUN", G "Password=swordfish" },
  { "RUN /bin/sh -c app --password=abc123", "RUN", G "password=abc123" },
  { "RUN /bin/sh -c app --password abc123", "RUN", G "password=abc123" },
  { "RUN /bin/sh -c java -Ddb.password=abc123 x", "RUN", G "db.password=abc123" },
  { "RUN /bin/sh -c curl -u admin:hunter2 https://x", "RUN", G "user-password=hunter2" },
  { "RUN /bin/sh -c curl -H 'Authorization: Bearer abc123def' https://x", "RUN", G "token=abc123def" },
  { "RUN /bin/sh -c curl -H \"X-Api-Key: abc123\" https://x", "RUN", G "X-Api-Key=abc123" },
  { "RUN /bin/sh -c curl 'https://x?access_token=abc123&y=1'", "RUN", G "access_token=abc123" },
  { "RUN /bin/sh -c docker login -u ci -p k3T9vXw7 r.acme.io", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c docker run -p 8080:8080 x", "RUN", "" },
  { "RUN /bin/sh -c sshpass -p k3T9vXw7 ssh a@b", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c sshpass -pk3T9vXw7 ssh a@b", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c mysqldump -u root -pk3T9vXw7 db", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c mysql -u root -p\"$PASSWORD\" db", "RUN", "" },
  { "RUN /bin/sh -c echo k3T9vXw7 | passwd --stdin root", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c echo k3T9vXw7 | passwd -l root", "RUN", "" },
  { "RUN /bin/sh -c composer config -g http-basic.r.acme.io ci k3T9vXw7", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c poetry config pypi-token.acme k3T9vXw7", "RUN", G "pypi-token.acme=k3T9vXw7" },
  { "RUN /bin/sh -c openssl pkcs12 -export -passout pass:k3T9vXw7", "RUN", G "user-password=k3T9vXw7" },
  { "RUN /bin/sh -c openssl pkcs12 -export -passout env:PASSWORD", "RUN", "" },
  { "RUN /bin/sh -c keytool -import -storepass changeit -file x", "RUN", "" },
  { "RUN /bin/sh -c keytool -import -storepass k3T9vXw7 -file x", "RUN", G "storepass=k3T9vXw7" },
  { "RUN /bin/sh -c echo 'root:hunter2' | chpasswd", "RUN", G "user-password=hunter2" },
  { "RUN /bin/sh -c useradd -p '$6$abc$def' app", "RUN", G "user-password=$6$abc$def" },
  { "RUN /bin/sh -c sh -c 'export API_TOKEN=abc123; make'", "RUN", G "API_TOKEN=abc123" },
  { "RUN /bin/sh -c TOKEN=${TOKEN:-abc123} make", "RUN", G "TOKEN=abc123" },
  { "RUN /bin/sh -c echo 'machine git.acme.io login ci passwd k3T9vXw7' > \"$NETRC\"", "RUN", G "netrc-password=k3T9vXw7" },
  { "RUN /bin/sh -c echo machine git.acme.io login ci password k3T9vXw7 > $HOME/n", "RUN", G "netrc-password=k3T9vXw7" },
  { "RUN /bin/sh -c printf 'machine git.acme.io\\nlogin ci\\npasswd k3T9vXw7\\n' > n", "RUN", G "netrc-password=k3T9vXw7" },

  /* what only looks alike */
  { "RUN --mount=type=secret,id=api_token /bin/sh -c API_TOKEN=$(cat /run/secrets/api_token) make", "RUN", "" },
  { "RUN /bin/sh -c API_TOKEN=\"$(cat /run/secrets/api_token)\" make", "RUN", "" },
  { "RUN /bin/sh -c API_TOKEN=$TOKEN make", "RUN", "" },
  { "RUN /bin/sh -c API_TOKEN=${TOKEN:-$OTHER} make", "RUN", "" },
  { "RUN /bin/sh -c API_TOKEN=`cat x` make", "RUN", "" },
  { "RUN /bin/sh -c API_TOKEN= make", "RUN", "" },
  { "RUN /bin/sh -c apt-get install -y passwd=1:4.13 libpam-passwdqc", "RUN", "" },
  { "RUN /bin/sh -c apk add passwd token=1.2", "RUN", "" },
  { "RUN /bin/sh -c pip install passlib==1.7 secret==2", "RUN", "" },
  { "RUN /bin/sh -c make # API_TOKEN=abc123", "RUN", "" },
  { "RUN /bin/sh -c : \"# no password here\"", "RUN", "" },
  { "RUN /bin/sh -c adduser --disabled-password --gecos '' app", "RUN", "" },
  { "RUN /bin/sh -c adduser --disabled-password app", "RUN", "" },
  { "RUN /bin/sh -c useradd -p '' app && useradd -p '*' b && useradd -p '!' c", "RUN", "" },
  { "RUN /bin/sh -c docker login --password-stdin", "RUN", "" },
  { "RUN /bin/sh -c app --token-file /x --password-file=/y", "RUN", "" },
  { "RUN /bin/sh -c [ \"$TOKEN\" == \"abc\" ]", "RUN", "" },
  { "RUN /bin/sh -c sed -i 's/password: .*//' x", "RUN", "" },
  { "RUN /bin/sh -c sed -i 's/^DB_PASSWORD=.*/DB_PASSWORD=/' x", "RUN", "" },
  { "RUN /bin/sh -c sed -i 's,^DB_PASSWORD=[a-z0-9]*,DB_PASSWORD=,' x", "RUN", "" },
  { "RUN /bin/sh -c sed -ri \"s#(password=).*#password=${PW}#\" x", "RUN", "" },
  { "RUN /bin/sh -c sed -i '/^DB_PASSWORD=/d' x", "RUN", "" },
  { "RUN /bin/sh -c grep -Eo 'token=[^&]+' x", "RUN", "" },
  { "RUN /bin/sh -c printf 'DB_PASSWORD=\\nAPI_TOKEN=\\n' > x", "RUN", "" },
  { "RUN /bin/sh -c printf 'DB_PASSWORD=${DB_PASSWORD}\\n' > x", "RUN", "" },
  { "RUN /bin/sh -c printf 'password=%s\\n' \"$X\" > x", "RUN", "" },
  { "RUN /bin/sh -c echo 'Password: set it by -e'", "RUN", "" },
  { "RUN /bin/sh -c SECRET_KEY=x manage.py collectstatic", "RUN", "" },
  { "RUN /bin/sh -c npm config set //registry.npmjs.org/:_authToken=\"$TOKEN\"", "RUN", "" },
  { "RUN /bin/sh -c npm config set //registry.npmjs.org/:_authToken='${NPM_TOKEN}'", "RUN", "" },
  { "RUN /bin/sh -c npm config set //registry.npmjs.org/:_authToken '${NPM_TOKEN}'", "RUN", "" },
  { "RUN /bin/sh -c npm install passwd=1 token", "RUN", "" },
  { "RUN /bin/sh -c curl -u \"$USER:$PASSWORD\" https://x", "RUN", "" },
  { "RUN /bin/sh -c echo 'Enter password: '", "RUN", "" },
  { "RUN /bin/sh -c docker pull registry/token:latest", "RUN", "" },
  { "RUN /bin/sh -c echo \"machine git.acme.io login ci passwd $PASSWORD\" > n", "RUN", "" },
  { "RUN /bin/sh -c echo machine git.acme.io login ci password \"$(cat /run/secrets/p)\" > n", "RUN", "" },
  { "RUN /bin/sh -c echo 'the machine password comes by login'", "RUN", "" },
  { "RUN /bin/sh -c echo 'machine HOST login USER password <password>'", "RUN", "" },
};

START_TEST (reads_what_history_says)
{
  struct vprod__buf found = { 0 };

  ck_assert_int_eq (vprod__secrets_in_instruction (NULL, history[_i].created_by, keep, &found), 0);
  ck_assert_msg (strcmp (vprod__buf_string (&found), history[_i].found) == 0, "in %s was found: %s",
                 history[_i].created_by, vprod__buf_string (&found));
  ck_assert_str_eq (vprod__history_instruction (history[_i].created_by), history[_i].instruction);
  vprod__buf_clear (&found);
}
END_TEST

static const struct {
  const char *argv[5];
  const char *found;
} argvs[] = {
  { { "app", "--token", "abc123" }, G "token=abc123" },
  { { "app", "--token=abc123" }, G "token=abc123" },
  { { "redis-server", "--requirepass", "abc123" }, G "requirepass=abc123" },
  { { "sh", "-c", "API_TOKEN=abc123 exec app" }, G "API_TOKEN=abc123" },
  { { "CMD-SHELL", "curl -u admin:hunter2 http://localhost" }, G "user-password=hunter2" },
  { { "CMD", "curl", "-f", "http://localhost" }, "" },
  { { "app", "--token" }, "" },
  { { "app", "--token", "--x" }, "" },
  { { "app", "--say", "a=b" }, "" },
  { { NULL }, "" },
};

START_TEST (reads_arguments)
{
  struct vprod__buf found = { 0 };
  char *argv[5] = { 0 };

  for (int i = 0; argvs[_i].argv[i]; i++)
    argv[i] = strdup (argvs[_i].argv[i]);
  ck_assert_int_eq (vprod__secrets_in_argv (NULL, argv, keep, &found), 0);
  ck_assert_str_eq (vprod__buf_string (&found), argvs[_i].found);
  for (int i = 0; argv[i]; i++)
    free (argv[i]);
  vprod__buf_clear (&found);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------- */

static const struct judged {
  const char *env[4];
  const char *labels[3];
  const char *entrypoint[4];
  const char *cmd[4];
  const char *healthcheck[4];
  const char *history[4];
  const char *run_env[4];
  const char *allow[4];
  struct wanted wanted;
  int findings;
  const char *secret; /* must stand nowhere in the result */
  const char *rule;   /* of the first finding */
} judged[] = {
  { .env = { "PATH=/bin", "GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D" },
    .history = { "RUN /bin/sh -c make # buildkit" },
    .wanted = { VPROD_VERDICT_PASS, 0, "history (1 entry)", "" } },
  { .env = { "API_TOKEN=c2VjcmV0LXRva2VuLXZhbHVl" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "1 secret in the image's configuration and history: API_TOKEN (ENV API_TOKEN)",
    "--mount=type=secret" },
    .findings = 1, .secret = "c2VjcmV0LXRva2VuLXZhbHVl", .rule = "generic-assignment" },
  /* the same in history is the same */
  { .env = { "API_TOKEN=c2VjcmV0LXRva2VuLXZhbHVl" },
    .history = { "RUN |1 API_TOKEN=c2VjcmV0LXRva2VuLXZhbHVl /bin/sh -c x",
    "ENV API_TOKEN=c2VjcmV0LXRva2VuLXZhbHVl" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "1 secret", NULL }, .findings = 1, .secret = "c2VjcmV0LXRva2VuLXZhbHVl" },
  /* what a later step unsets is still in it */
  { .env = { "API_TOKEN=" }, .history = { "ENV API_TOKEN=", "ENV API_TOKEN=s3cr3t-of-old" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "API_TOKEN (history entry 1 of 2, ENV)", NULL },
    .findings = 1, .secret = "s3cr3t-of-old" },
  { .history = { "RUN |1 DB_PASSWORD=hunter2hunter2 /bin/sh -c x", "ARG DB_PASSWORD=hunter2hunter2" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "DB_PASSWORD (history entry 2 of 2, RUN)", NULL },
    .findings = 1, .secret = "hunter2hunter2" },
  { .labels = { "deploy.api_key=8f14e45fceea167a" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "deploy.api_key (label deploy.api_key)", NULL }, .findings = 1,
    .secret = "8f14e45fceea167a" },
  { .cmd = { "/app", "--say", "AKIA" "IOSFODNN7ABCDEFG" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "AWS access key id (CMD)", NULL }, .findings = 1,
    .secret = "AKIA" "IOSFODNN7ABCDEFG", .rule = "aws-access-key-id" },
  { .entrypoint = { "sh", "-c", "DB_PASSWORD=hunter2 exec app" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "DB_PASSWORD (ENTRYPOINT)", NULL }, .findings = 1, .secret = "hunter2" },
  { .healthcheck = { "CMD-SHELL", "curl -u x:hunter2 http://localhost" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "HEALTHCHECK", NULL }, .findings = 1, .secret = "hunter2" },
  { .env = { "AWS_SECRET_ACCESS_KEY=wJa1rXUtnFEMIK7MDENGbPxRfiCY" "zzq8kT4yLp2v" },
    .history = { "ENV AWS_SECRET_ACCESS_KEY=wJa1rXUtnFEMIK7MDENGbPxRfiCY" "zzq8kT4yLp2v" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "1 secret", NULL }, .findings = 1,
    .secret = "wJa1rXUtnFEMIK7MDENGbPxRfiCY" "zzq8kT4yLp2v", .rule = "aws-secret-access-key" },
  /* found by its form, it is not found by its name again */
  { .env = { "NPM_TOKEN=npm" "_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeW" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "1 secret", NULL }, .findings = 1,
    .secret = "k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeW", .rule = "npm-token" },
  { .env = { "DATABASE_URL=postgresql://app:s3cr3tw0rd@db/x" }, .wanted = { VPROD_VERDICT_FAIL, 0, "DATABASE_URL", NULL },
    .findings = 1, .secret = "s3cr3tw0rd", .rule = "basic-auth-url" },
  { .env = { "A_PASSWORD=hunter2", "B_PASSWORD=hunter2" }, .wanted = { VPROD_VERDICT_FAIL, 0, "2 secrets", NULL },
    .findings = 2, .secret = "hunter2" },
  { .env = { "A_PASSWORD=changeme" }, .labels = { "db.password=<password>" }, .history = { "ARG B_PASSWORD=your-password" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },

  /* values of run.env */
  { .env = { "SETTINGS=x9Q2mVt7LkPw4RzY" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY (ENV SETTINGS)", NULL }, .findings = 1,
    .secret = "x9Q2mVt7LkPw4RzY", .rule = "run-env-value" },
  { .env = { "SETTINGS={\"k\":\"x9Q2mVt7LkPw4RzY\"}" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1, .secret = "x9Q2mVt7LkPw4RzY" },
  { .history = { "RUN /bin/sh -c echo eDlRMm1WdDdMa1B3NFJ6WQ== | base64 -d" },
    .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" }, .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL },
    .findings = 1, .secret = "x9Q2mVt7LkPw4RzY" },
  /* base64 of user:VALUE, in which it begins elsewhere */
  { .labels = { "x=dXNlcjp4OVEybVZ0N0xrUHc0UnpZ" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1 },
  { .labels = { "x=dXNlcjE6eDlRMm1WdDdMa1B3NFJ6WQ==" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1 },
  { .labels = { "x=dXNlcjEyOng5UTJtVnQ3TGtQdzRSelk=" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1 },
  /* of URLs; broken into lines */
  { .labels = { "x=a35-fj8-Pz5-fj9rfj8-aw" }, .run_env = { "JWT_SECRET_KEY=k~~~?>?>~~?k~?>k" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1 },
  { .history = { "RUN /bin/sh -c cat >x <<EOF\neDlRMm1W\ndDdMa1B3NFJ6WQ==\nEOF" },
    .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" }, .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL },
    .findings = 1 },
  /* a part of something longer: only a short one may be so by chance */
  { .env = { "SETTINGS=x9Q2mVt7LkPw4RzYz" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "JWT_SECRET_KEY", NULL }, .findings = 1 },
  { .env = { "SETTINGS=shortpasses" }, .run_env = { "JWT_SECRET_KEY=shortpass" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "SETTINGS=x9Q2mVt7LkPw4RzY" }, .run_env = { "LOG_LEVEL=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "PGDATA=/var/lib/postgres" },
    .run_env = { "OWNER_PASSWORD=postgres", "X_TOKEN=data", "Y_SECRET=testpassword" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "X=verify" }, .run_env = { "DB_PASSWORD=${db.password}" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  /* under its own name it is found once */
  { .env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" }, .run_env = { "JWT_SECRET_KEY=x9Q2mVt7LkPw4RzY" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "1 secret", NULL }, .findings = 1, .rule = "generic-assignment" },

  /* allowed */
  { .env = { "PUBLIC_API_TOKEN=abc123" , "API_TOKEN=c2VjcmV0" }, .allow = { "API_TOKEN" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "API_TOKEN=c2VjcmV0" }, .allow = { "generic-assignment" },
    .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "API_TOKEN=c2VjcmV0" }, .allow = { "c2VjcmV0" }, .wanted = { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { .env = { "API_TOKEN=c2VjcmV0" }, .allow = { "OTHER_TOKEN", "TOK", "" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "API_TOKEN", NULL }, .findings = 1 },
  { .env = { "API_TOKEN=c2VjcmV0", "DB_PASSWORD=hunter2" }, .allow = { "API_TOKEN" },
    .wanted = { VPROD_VERDICT_FAIL, 0, "DB_PASSWORD", NULL }, .findings = 1 },
};

static char **copy_list (const char *const *list)
{
  char **copy = NULL;

  for (; *list; list++)
    ck_assert_int_eq (vprod__strv_add (&copy, *list), 0);
  return copy;
}

static void assert_nowhere (const vprod_result *result, const char *secret)
{
  const char *name, *value;

  ck_assert_ptr_null (strstr (vprod_result_get_message (result), secret));
  ck_assert_ptr_null (strstr (vprod_result_get_remedy (result), secret));
  for (size_t i = 0; vprod_result_get_evidence_at (result, i, &name, &value) == 0; i++)
    ck_assert_ptr_null (strstr (value, secret));
  for (size_t i = 0; i < vprod_result_count_findings (result); i++)
    for (size_t k = 0; vprod_finding_get_field_at (vprod_result_get_finding_at (result, i), k, &name, &value) == 0; k++)
      ck_assert_msg (strstr (value, secret) == NULL, "%s is in %s: %s", secret, name, value);
}

START_TEST (judges)
{
  const struct judged *j = &judged[_i];
  vprod_image_facts image = {
    .env = copy_list (j->env), .labels = copy_list (j->labels), .entrypoint = copy_list (j->entrypoint),
    .cmd = copy_list (j->cmd), .healthcheck = copy_list (j->healthcheck) };
  char **run_env = copy_list (j->run_env), **allow = copy_list (j->allow);
  struct vprod__history_line lines[4] = { { 0 } };
  struct vprod__secret_allow allowance = { 0 };
  struct vprod__given given = { 0 };
  struct vprod__no_secrets_facts facts = { .scan = scan, .image = &image, .history = lines, .given = &given, .allow = &allowance };
  vprod_result *result = new_result ();

  ck_assert_int_eq (vprod__secret_allow_init (&allowance, allow), 0);
  for (size_t i = 0; run_env && run_env[i]; i++)
    ck_assert_int_eq (vprod__given_add_env (&given, run_env[i]), 0);
  for (; j->history[facts.n_history]; facts.n_history++)
    lines[facts.n_history].created_by = strdup (j->history[facts.n_history]);
  int r = vprod__no_secrets_judge (&facts, result, NULL);
  assert_wanted (r, result, NULL, &j->wanted);
  ck_assert_uint_eq (vprod_result_count_findings (result), (size_t) j->findings);
  if (j->secret)
    assert_nowhere (result, j->secret);
  if (j->rule)
    ck_assert_str_eq (vprod_finding_find_field (vprod_result_get_finding_at (result, 0), "rule"), j->rule);
  for (size_t i = 0; i < facts.n_history; i++)
    free (lines[i].created_by);
  vprod__strv_free (image.env);
  vprod__strv_free (image.labels);
  vprod__strv_free (image.entrypoint);
  vprod__strv_free (image.cmd);
  vprod__strv_free (image.healthcheck);
  vprod__secret_allow_clear (&allowance);
  vprod__given_clear (&given);
  vprod__strv_free (run_env);
  vprod__strv_free (allow);
  vprod_result_free (result);
}
END_TEST

START_TEST (an_allowance_that_allows_nothing_is_told_of)
{
  char one[] = "API_TOKEN=c2VjcmV0", two[] = "API_TOKEN", three[] = "OLD_TOKEN";
  char *env[] = { one, NULL }, *allow[] = { two, three, NULL };
  vprod_image_facts image = { .env = env };
  struct vprod__secret_allow allowance = { 0 };
  struct vprod__no_secrets_facts facts = { .scan = scan, .image = &image, .allow = &allowance };
  vprod_result *result = new_result ();

  ck_assert_int_eq (vprod__secret_allow_init (&allowance, allow), 0);
  ck_assert_int_eq (vprod__no_secrets_judge (&facts, result, NULL), 0);
  assert_evidence (result, "allowed_but_not_found", "OLD_TOKEN");
  vprod__secret_allow_clear (&allowance);
  vprod_result_free (result);
}
END_TEST

/* A history as long as somebody likes, and findings without end, end. */
START_TEST (many_secrets_are_counted_and_some_are_shown)
{
  struct vprod__buf text = { 0 };
  vprod_image_facts image = { 0 };
  struct vprod__history_line line = { 0 };
  struct vprod__no_secrets_facts facts = { .scan = scan, .image = &image, .history = &line, .n_history = 1 };
  vprod_result *result = new_result ();

  ck_assert_int_eq (vprod__buf_adds (&text, "ENV X=1"), 0);
  for (int i = 0; i < 3000; i++)
    ck_assert_int_eq (vprod__buf_addf (&text, " T%d_TOKEN=abc%dx", i, i), 0);
  line.created_by = text.data;
  ck_assert_int_eq (vprod__no_secrets_judge (&facts, result, NULL), 0);
  assert_holds (vprod_result_get_message (result), "3000 secrets");
  ck_assert_uint_eq (vprod_result_count_findings (result), 100);
  vprod__buf_clear (&text);
  vprod_result_free (result);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

static void prepare_secret (struct mock *mock)
{
  static const struct mock_history entries[] = {
    { "CMD [\"app\"]", "buildkit.dockerfile.v0", 0 },
      { "RUN |1 API_TOKEN=abc123 /bin/sh -c make # buildkit", "", 1 }, { 0 } };

  mock->image.history = entries;
}

static void prepare_clean (struct mock *mock)
{
  static const struct mock_history entries[] = { { "CMD [\"app\"]", "", 0 },
                                                 { "COPY app app # buildkit", "", 10 },
                                                 { 0 } };

  mock->image.history = entries;
}

static void does_not_build (void *data, const vprod_build_request *request, struct mock_build *build)
{
  (void) data;
  (void) request;
  build->failed = 1;
}

static void prepare_no_image (struct mock *mock)
{
  mock->on_build = does_not_build;
}

static const struct {
  struct flow flow;
  struct wanted wanted;
} flows[] = {
  { { NULL, "version: 1\n", prepare_clean }, { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { { NULL, "version: 1\n", prepare_secret }, { VPROD_VERDICT_FAIL, 0, "API_TOKEN (history entry 1 of 2, RUN)", NULL } },
  { { NULL, "version: 1\nchecks: {no-secrets: {allow: [API_TOKEN]}}\n", prepare_secret },
    { VPROD_VERDICT_PASS, 0, "no secret", "" } },
  { { NULL, "version: 1\nimage: {ref: x}\n", prepare_secret }, { VPROD_VERDICT_FAIL, 0, "API_TOKEN", NULL } },
  { { NULL, "version: 1\n", prepare_no_image }, { VPROD_VERDICT_SKIP, 0, "did not build", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = flows[_i].flow;

  flow.check = vprod_check_no_secrets;
  flow_says (&flow, &flows[_i].wanted);
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { NULL };

  flow_sweep (&(struct flow) { vprod_check_no_secrets, "version: 1\n", prepare_clean }, may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  struct flow flow = { vprod_check_no_secrets, "version: 1\n", prepare_clean };

  flow_is_cancelled (&flow, "image_history", 1);
  flow_runs_out_of_time (&flow, "image_history", 1);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_no_secrets");
  TCase *tcase = tcase_create ("forms");
  vprod_error *err = NULL;

  if (vprod__scan_new (NULL, NULL, NULL, &scan, &err) < 0) {
    printf ("1..0 # SKIP %s\n", vprod_error_get_message (err));
    vprod_error_free (err);
    return 0;
  }

  tcase_add_loop_test (tcase, sample_of_a_rule_is_found_in_a_command, 0, (int) count_samples ());
  tcase_add_loop_test (tcase, finds_values_by_their_form, 0, COUNT (forms));
  tcase_add_loop_test (tcase, knows_names_that_hold_secrets, 0, COUNT (names));
  tcase_add_loop_test (tcase, knows_values_that_are_none, 0, COUNT (values));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("texts");
  tcase_add_loop_test (tcase, reads_what_history_says, 0, COUNT (history));
  tcase_add_loop_test (tcase, reads_arguments, 0, COUNT (argvs));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("judge");
  tcase_add_loop_test (tcase, judges, 0, COUNT (judged));
  tcase_add_test (tcase, an_allowance_that_allows_nothing_is_told_of);
  tcase_add_test (tcase, many_secrets_are_counted_and_some_are_shown);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 60);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  int r = unit_main (suite);
  vprod__scan_free (scan);
  return r;
}
