/* SPDX-License-Identifier: MIT */
#include "unit.h"
#include "scan/scan.h"
#include "secret_samples.h"
#include "util/strv.h"

#include <ctype.h>

/* Gathers "rule line" of all matches. */
static int gather (void *data, const struct vprod__secret *secret)
{
  ck_assert_int_eq (vprod__strv_addf (data, "%s %d", secret->rule, (int) secret->line), 0);
  return 0;
}

static char **gathered;

/* One scan for all that is looked for with these values, one file after the other, as a check does: making its database is what
   takes long. */
static struct vprod__scan *scan;
static const char *const *scan_values;

static void take_scan_for (const char *const *values)
{
  vprod_error *err = NULL;

  if (scan && scan_values == values)
    return;
  vprod__scan_free (vprod__steal (&scan));
  assert_ok (vprod__scan_new (values, gather, &gathered, &scan, &err), err);
  scan_values = values;
}

/* Scans text as a file, in pieces of this size (0: whole). */
static char **scan_text (const char *const *values, const char *path, const char *text, size_t length, size_t piece)
{
  vprod_error *err = NULL;

  take_scan_for (values);
  assert_ok (vprod__scan_begin (scan, path, &err), err);
  while (length > 0) {
    size_t n = piece > 0 && piece < length ? piece : length;
    assert_ok (vprod__scan_bytes (scan, text, n, &err), err);
    text += n;
    length -= n;
  }
  assert_ok (vprod__scan_end (scan, &err), err);
  return vprod__steal (&gathered);
}

/* A file in which a rule counts. */
static const char *path_for (const struct vprod__scan_rule *rule, char name[64])
{
  if (!rule->files)
    return "app/.env";
  size_t n = strcspn (rule->files, " ");
  size_t out = 0;
  for (size_t i = 0; i < n; i++)
    if (rule->files[i] != '*')
      name[out++] = rule->files[i];
  name[out] = '\0';
  return name;
}

static size_t count_rules (void)
{
  size_t n = 0;

  while (vprod__scan_rules[n].id)
    n++;
  return n;
}

static void expect_found (const struct vprod__scan_rule *rule, const char *sample)
{
  char name[64], wanted[80], *text = NULL;
  size_t pieces[] = { 0, 1, 7 };

  ck_assert_int_gt (asprintf (&text, "first line\nsecond: %s\nlast\n", sample), 0);
  snprintf (wanted, sizeof wanted, "%s 2", rule->id);
  for (size_t i = 0; i < 3; i++) {
    char **found = scan_text (NULL, path_for (rule, name), text, strlen (text), pieces[i]);
    size_t times = 0;
    for (size_t k = 0; found && found[k]; k++)
      times += strncmp (found[k], rule->id, strlen (rule->id)) == 0 && found[k][strlen (rule->id)] == ' ';
    ck_assert_msg (times == 1, "%s found %zu times in pieces of %zu: %s", rule->id, times, pieces[i], text);
    /* a key is told of where its header is, any other value where it is itself */
    if (!strchr (sample, '\n') || strstr (sample, "-----BEGIN "))
      ck_assert_msg (vprod__strv_has (found, wanted), "%s is not on line 2", rule->id);
    vprod__strv_free (found);
  }
  free (text);
}

static void expect_nothing (const struct vprod__scan_rule *rule, const char *sample)
{
  char name[64], *text = NULL;

  ck_assert_int_gt (asprintf (&text, "%s\n", sample), 0);
  char **found = scan_text (NULL, path_for (rule, name), text, strlen (text), 0);
  ck_assert_msg (!found, "%s: %s found %s", rule->id, text, found ? found[0] : "");
  free (text);
}

START_TEST (sample_is_found_by_its_rule_or_by_none)
{
  const struct secret_sample *sample = &secret_samples[_i];

  if (sample->is_found)
    expect_found (secret_rule (sample->rule), sample->text);
  else
    expect_nothing (secret_rule (sample->rule), sample->text);
}
END_TEST

/* "ghp_xxxx…", "sk_live_0000…": the same form with one character over and over. */
START_TEST (what_stands_in_for_a_sample_is_not_found)
{
  const struct vprod__scan_rule *rule = secret_rule (secret_samples[_i].rule);
  size_t prefix = strcspn (rule->keywords, "|");

  if (!secret_samples[_i].is_found || strncmp (secret_samples[_i].text, rule->keywords, prefix) != 0)
    return;
  for (const char *filler = "x0"; *filler; filler++) {
    char *text = strdup (secret_samples[_i].text);
    for (size_t i = prefix; text[i]; i++)
      if (isalnum ((unsigned char) text[i]))
        text[i] = *filler;
    expect_nothing (rule, text);
    free (text);
  }
}
END_TEST

START_TEST (rules_are_well_formed)
{
  const struct vprod__scan_rule *rule = &vprod__scan_rules[_i];

  ck_assert_uint_gt (strlen (rule->description), 0);
  ck_assert_uint_gt (strlen (rule->keywords), 0);
  for (size_t i = 0; i < (size_t) _i; i++)
    ck_assert_str_ne (rule->id, vprod__scan_rules[i].id);
}
END_TEST

START_TEST (a_secret_is_found_wherever_blocks_end)
{
  const char *secret = "ghp_" "xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87";
  size_t block = 256 * 1024, length = strlen (secret);
  char *text = malloc (2 * block);

  for (size_t at = block - 4400; at < block + 100; at += at > block - 60 && at < block + 2 ? 1 : 37) {
    memset (text, '.', 2 * block);
    memset (text, '\n', 5);
    memcpy (text + at, secret, length);
    char **found = scan_text (NULL, "app/x", text, 2 * block, 0);
    ck_assert_msg (vprod__strv_length (found) == 1, "%zu matches at %zu", vprod__strv_length (found), at);
    ck_assert_str_eq (found[0] + strlen (found[0]) - 2, " 6");
    vprod__strv_free (found);
  }
  free (text);
}
END_TEST

START_TEST (values_of_the_spec_are_found_as_they_are_and_in_base64)
{
  static const char *const values[] = { "x9Q2mVt7LkPw4RzY", NULL };
  static const char *const texts[] = {
    "prefix x9Q2mVt7LkPw4RzY suffix", "eDlRMm1WdDdMa1B3NFJ6WQ==", /* alone */
    "Ong5UTJtVnQ3TGtQdzRSelk=",       /* ":" before it */
    "YTp4OVEybVZ0N0xrUHc0UnpZ",       /* "a:" before it */
    NULL,
  };

  for (size_t i = 0; texts[i]; i++) {
    char **found = scan_text (values, "usr/lib/x.bin", texts[i], strlen (texts[i]), 3);
    ck_assert_msg (vprod__strv_length (found) == 1, "%s", texts[i]);
    ck_assert_str_eq (found[0], "run-env-value 1");
    vprod__strv_free (found);
  }
}
END_TEST

/* Whatever stands before it, and however long the lines are, it is found once. */
START_TEST (values_are_found_in_base64_that_is_broken_into_lines)
{
  static const char *const values[] = { "x9Q2mVt7LkPw4RzY", "k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4", NULL };
  static const size_t widths[] = { 60, 64, 76, 1000 };
  const char *value = values[_i % 2];
  size_t width = widths[_i / 2];

  for (size_t before = 0; before < 90; before++) {
    char plain[200], *coded, text[400];
    size_t n = 0;
    snprintf (plain, sizeof plain, "%.*s%s", (int) before,
              "abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz abcdefghijklmnop", value);
    coded = vprod__scan_base64 (plain, 0);
    for (size_t i = 0; coded[i]; i++) {
      if (i > 0 && i % width == 0)
        n += (size_t) sprintf (text + n, "\n  ");
      text[n++] = coded[i];
    }
    char **found = scan_text (values, "srv/x.yml", text, n, 7);
    ck_assert_msg (vprod__strv_length (found) == 1, "%zu times at %zu of lines of %zu", vprod__strv_length (found), before,
                   width);
    vprod__strv_free (found);
    text[n - 9] = '#'; /* not quite the same */
    found = scan_text (values, "srv/x.yml", text, n, 0);
    ck_assert_msg (!found, "%zu", before);
    vprod__strv_free (found);
    free (coded);
  }
}
END_TEST

#define KEY                                                                                                            \
  "-----BEGIN PRI" "VATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n"

/* as a program of Go has its texts */
#define GLUED_WORDS "\0/metricsnpm_configurationOfTheRegistryOfTheCompany"
#define GLUED_TOKEN "\0/metricsSG.3T9vXw7Zt1Lm5Np8Rb2YsQ.6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr"
#define GITHUB "ghp_" "xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87"

static const struct {
  const char *path;
  const char *text;
  const char *rule; /* NULL: nothing */
  size_t length;    /* 0: strlen */
} places[] = {
  { "root/key.pem", KEY, "private-key" },
  { "etc/ssl/private/key.pem", KEY, "private-key" },
  { "usr/share/x/key.pem", KEY, "private-key" },
  { "usr/lib/x86_64-linux-gnu/libgnutls.so.30", "\177ELF\0" KEY, NULL, 5 + sizeof KEY - 1 },
  { "usr/lib/python3/test/keycert.pem", KEY, NULL },
  { "app/tests/key.pem", KEY, "private-key" },
  { "app/.env", "DB_PASSWORD=Zk3vQ9wLm2Tx", "generic-assignment" },
  { "app/main.py", "DB_PASSWORD=Zk3vQ9wLm2Tx", NULL },
  { "app/.env.example", "DB_PASSWORD=changeme", NULL },
  { "app/.env", "TOKEN_URL=https://auth.example/token", NULL },
  { "app/.env", "DB_PASSWORD=${DB_PASSWORD}", NULL },
  { "app/.env", "DB_PASSWORD=", NULL },
  /* what it is where nobody sets it */
  { "app/application.properties", "server.ssl.key-store-password=${KEYSTORE_PASSWORD:changeit}", NULL },
  { "app/application.properties", "spring.datasource.password=${DB_PASSWORD:}", NULL },
  { "app/application.properties", "spring.datasource.password=${DB_PASSWORD:Zk3vQ9wLm2Tx}", "generic-assignment" },
  { "app/.env", "URL=db:${DB_PASSWORD:-Zk3vQ9wLm2Tx}@db", "generic-assignment" },
  { "app/.env", "URL=db:${DB_PASSWORD:-changeme}@db", NULL },
  { "srv/main.py", "https://ci:Zk3vQ9wLm2Tx@git.acme.io/", "basic-auth-url" },
  { "usr/lib/python3.11/site-packages/x/METADATA", "https://ci:Zk3vQ9wLm2Tx@git.acme.io/", NULL },
  { "app/settings.py", "https://user:pass@host", NULL },
  { "app/settings.py", "https://${USER}:${PASSWORD}@host", NULL },
  /* settings in a program: what stands in quotes */
  { "app/settings.py", "SECRET_KEY = 'k3T9vXw7Zt1Lm5Np8Rb2'", "generic-assignment" },
  { "app/settings_prod.py", "DB = {\"PASSWORD\": \"k3T9vXw7Zt1Lm5Np\"}", "generic-assignment" },
  { "app/config.py", "class Settings(BaseSettings):\n    jwt_secret: str = \"k3T9vXw7Zt1Lm5Np\"", "generic-assignment" },
  { "app/config.py", "jwt_secret: Optional[str] = 'k3T9vXw7Zt1Lm5Np'", "generic-assignment" },
  { "app/config.py", "jwt_secret: SecretStr = SecretStr('k3T9vXw7Zt1Lm5Np')", "generic-assignment" },
  { "app/config.py", "jwt_secret: str = Field(default=\"k3T9vXw7Zt1Lm5Np\", min_length=8)", "generic-assignment" },
  { "app/config.py", "jwt_secret: SecretStr = Field(SecretStr(\"k3T9vXw7Zt1Lm5Np\"))", "generic-assignment" },
  { "app/config.py", "jwt_secret: str", NULL },
  { "app/config.py", "jwt_secret: str = Field(alias=\"JWT2_SECRET\")", NULL },
  { "app/config.py", "jwt_secret: str = Field(...)", NULL },
  { "app/config.py", "if token: \"k3T9vXw7Zt1Lm5Np\"", NULL },
  { "app/config.py", "if token: x == 'k3T9vXw7Zt1Lm5Np'", NULL },
  { "app/config.py", "jwt_secret: Literal['k3T9vXw7Zt1Lm5Np']", NULL },
  { "app/config.py", "jwt_secret: str =", NULL },
  { "app/settings.py", "SECRET_KEY = os.environ['SECRET_KEY']", NULL },
  { "app/settings.py", "SECRET_KEY = get_secret_value_of_the_app()", NULL },
  { "app/config.js", "module.exports = { dbPassword: 'k3T9vXw7Zt1Lm5Np' }", "generic-assignment" },
  { "app/config.js", "module.exports = { dbPassword: process.env.DB_PASSWORD }", NULL },
  { "var/www/wp-config.php", "define( 'DB_PASSWORD', 'k3T9vXw7Zt1Lm5Np' );", "generic-assignment" },
  { "var/www/wp-config.php", "define( 'DB_PASSWORD', getenv('DB_PASSWORD') );", NULL },
  { "usr/lib/python3/dist-packages/x/settings.py", "SECRET_KEY = 'k3T9vXw7Zt1Lm5Np8Rb2'", NULL },
  /* scripts, and what a shell keeps */
  { "entrypoint.sh", "export DB_PASSWORD=k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "usr/local/bin/docker-entrypoint.sh", "export PGPASSWORD=\"${PGPASSWORD:-$POSTGRES_PASSWORD}\"", NULL },
  { "entrypoint.sh", "token=$(cat /run/secrets/token)", NULL },
  { "entrypoint.sh", "if [ \"$password\" = secret-of-old ]; then", NULL },
  { "root/.bash_history", "export API_TOKEN=k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "etc/environment", "SMTP_PASSWORD=\"k3T9vXw7Zt1Lm5Np\"", "generic-assignment" },
  /* more names of files that hold settings */
  { "srv/.env-prod", "DB_PASSWORD=hunter-two", "generic-assignment" },
  { "srv/env.production", "DB_PASSWORD=hunter-two", "generic-assignment" },
  { "infra/prod.tfstate", "\"password\": \"hunter-two\"", "generic-assignment" },
  { "srv/k8s/db-secret.yaml", "stringData:\n  password: hunter-two", "generic-assignment" },
  { "srv/config.php", "$db_password = 'hunter-two';", "generic-assignment" },
  { "srv/settings.php", "'password' => 'hunter-two',", "generic-assignment" },
  { "srv/settings.php", "'password' => env('DB_PASSWORD'),", NULL },
  { "srv/settings.php", " *   'password' => 'databasepassword',", NULL },
  /* made to be filled in */
  { "srv/example.env", "DB_PASSWORD=k3T9vXw7Zt1Lm5Np", NULL },
  { "srv/app-example.yml", "password: k3T9vXw7Zt1Lm5Np", NULL },
  { "srv/wp-config-sample.php", "define( 'DB_PASSWORD', 'password_here' );", NULL },
  /* files of kinds that hold all else as well: only what looks like nothing else */
  { "srv/prod.yml", "password: k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "srv/prod.yml", "password: hunter-two", NULL },
  { "srv/prod.yml", "token: 1.22.333-rc4", NULL },
  { "srv/prod.yml", "token: ^1.22.333-rc4", NULL },
  { "srv/prod.yml", "secret: notes-db-2024-a1", NULL },
  { "srv/prod.yml", "token: static/token.2024.js", NULL },
  { "srv/prod.yml", "password: readPassword2(stdin)", NULL },
  { "srv/prod.yml", "pages/token: k3T9vXw7Zt1Lm5Np", NULL },
  { "srv/locales/de.yml", "password: k3T9vXw7Zt1Lm5Np", NULL },
  { "srv/package-lock.json", "\"token\": \"k3T9vXw7Zt1Lm5Np\"", NULL },
  { "srv/tests/users.json", "\"password\": \"k3T9vXw7Zt1Lm5Np\"", NULL },
  { "srv/notes/settings/base.py", "SECRET_KEY = 'k3T9vXw7Zt1Lm5Np'", "generic-assignment" },
  { "srv/notes/settings/base.py", "SECRET_KEY = read ('k3T9vXw7Zt1Lm5Np')", NULL },
  { "srv/notes/base.py", "SECRET_KEY = 'k3T9vXw7Zt1Lm5Np'", "generic-assignment" },
  { "srv/notes/main.py", "SECRET_KEY = \"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7\"", "generic-assignment" },
  { "srv/notes/main.py", "app.config['JWT_SECRET_KEY'] = 'q8xKZt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3E'", "generic-assignment" },
  { "srv/config.py", "app.config[\"SECRET_KEY\"] = \"k3T9vXw7Zt1Lm5Np\"", "generic-assignment" },
  { "srv/config.py", "app.config[\"SECRET_KEY\"] == \"k3T9vXw7Zt1Lm5Np\"", NULL },
  { "srv/config.py", "key = env[\"SECRET_KEY\"]", NULL },
  { "srv/notes/main.py", "app.config.update(SECRET_KEY='q8xKZt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3E')", "generic-assignment" },
  { "srv/notes/main.py", "token = 'notes.handlers.tokens.refresh2.make_new_token'", NULL },
  { "srv/notes/tests/conftest.py", "SECRET_KEY = '09d25e094faa6ca2556c818166b7a956'", NULL },
  { "usr/lib/python3/dist-packages/x/main.py", "SECRET_KEY = '09d25e094faa6ca2556c818166b7a956'", NULL },
  { "usr/local/bin/start", "export API_TOKEN=k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "usr/local/bin/start", "Client (token = k3T9vXw7Zt1Lm5Np)", NULL },
  { "etc/cron.d/dump", "PGPASSWORD=k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "srv/Dockerfile.old", "ENV API_TOKEN=k3T9vXw7Zt1Lm5Np", "generic-assignment" },
  { "etc/freeradius/clients.conf", "secret = testing123", NULL },
  { "etc/freeradius/clients.conf", "#\tsecret = testing123-1", NULL },
  { "etc/freeradius/setup.sql", "CREATE USER 'radius'@'localhost' IDENTIFIED BY 'radpass';", NULL },
  { "srv/prod.yml", "dsn: \"Server=db;User Id=sa;Password=k3T9vXw7Zt1L\"", "generic-assignment" },
  { "srv/token.txt", "g\0l\0p\0a\0t\0-\0" "7\0k\0J\0" "5\0K\0q\0h\0T\0o\0" "4\0Z\0C\0v\0a\0F\0K\0" "2\0T\0H\0g\0",
    "gitlab-personal-token", 52 },
  /* a file that is a secret */
  { "run/secrets/db_password", "k3T9vXw7Zt1Lm5Np\n", "secret-file" },
  { "srv/config/master.key", "9f8e7d6c5b4a39281706f5e4d3c2b1a0", "secret-file" },
  { "srv/jwt-secret.txt", "k3T9vXw7Zt1Lm5Np\n", "secret-file" },
  { "srv/jwt-secret.txt", "changeme-123456\n", NULL },
  { "srv/secrets/README", "Secrets are mounted here.\n", NULL },
  { "srv/secrets/db_password", "/run/secrets/k3T9vXw7Zt1Lm5Np\n", NULL },
  { "srv/version", "k3T9vXw7Zt1Lm5Np\n", NULL },
  { "usr/share/x/api_token", "k3T9vXw7Zt1Lm5Np\n", NULL },
  { "srv/api_token", "\n", NULL },
  /* more that is code */
  { "srv/notes/main.go", "const apiSecret = \"09d25e094faa6ca2556c818166b7a956\"", "generic-assignment" },
  { "srv/notes/main_test.go", "const apiSecret = \"09d25e094faa6ca2556c818166b7a956\"", NULL },
  { "srv/notes/main.go", "const apiSecret = \"k3T9vXw7Zt1Lm5Np\"", "generic-assignment" },
  { "srv/Key.java", "K = \"-----BEGIN PRI" "VATE KEY-----\\n\" +\n    \"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\\n\" +",
    "private-key" },
  { "srv/Key.java", "K = \"-----BEGIN PRI" "VATE KEY-----\\n\" + encodedPrivateKeyOfServer + \"\\n-----END", NULL },
  /* texts of a program, with nothing between */
  { "srv/app", "\0/metrics" GITHUB "unexpected end", "github-personal-token", sizeof "\0/metrics" GITHUB "unexpected end" - 1 },
  { "srv/app", "/metrics" GITHUB "unexpected end", NULL },
  { "usr/lib/x.so", "\0/metrics" GITHUB "unexpected end", NULL, sizeof "\0/metrics" GITHUB "unexpected end" - 1 },
  { "srv/app", GLUED_WORDS, NULL, sizeof GLUED_WORDS - 1 },
  { "srv/app", GLUED_TOKEN, "sendgrid-api-key", sizeof GLUED_TOKEN - 1 },
  { "srv/.env", "DB_PASSWORD=Stra\xc3\x9f" "e", "generic-assignment" },
  { "srv/a.yml", "u: https://hooks.slack.com/triggers/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", "slack-webhook" },
  { "srv/.env", "AZURE_DEVOPS_PAT=k3t9vxw7zt1lm5np8rb2ys6u", "generic-assignment" },
  { "srv/.env", "INSTALL_PATH=k3t9vxw7zt1lm5np8rb2ys6u", NULL },
  /* an archive that was built from the app, and one that came */
  { "srv/dist/app-1.0.whl!/app/x.py", "T = '" GITHUB "'", "github-personal-token" },
  { "srv/dist/app-1.0.whl!/app/tests/x.py", "T = '" GITHUB "'", NULL },
  { "srv/dist/app-1.0.whl!/app/x.pem", KEY, NULL },
  { "srv/app.war!/WEB-INF/lib/own.jar!/app.properties", "t=" GITHUB, "github-personal-token" },
  { "usr/share/python-wheels/pip.whl!/pip/x.py", "T = '" GITHUB "'", NULL },
  { "srv/lib/site-packages/x/y.zip!/x.py", "T = '" GITHUB "'", NULL },
  /* tokens of three parts, and what is not one */
  { "srv/app.js", "m.accessToken='pk.eyJ1IjoiYWNtZSIsImEiOiJjazEyMyJ9.Qx71LmWv7Yt2RpXc9Nb5Hs'", NULL },
  { "srv/README.md", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
                     "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", NULL },
  { "srv/n.conf", "https://api.telegram.org/bot2110389199:AAFxQhfBwJCTqgwRkehiBVoltanLs1RzxHh/getMe", "telegram-bot-token" },
  /* other people's */
  { "usr/share/perl5/Mojo/IOLoop/resources/server.key", KEY, NULL },
  { "usr/share/x/users.sql", "CREATE USER x PASSWORD 'k3T9vXw7Zt1Lm5Np'", NULL },
  /* programs in other languages, and values that are given where the environment has none */
  { "srv/server.js", "app.use(session({\n  secret: 'q8ZtW3nLx7Kv2Rb9Mf4Hc6Yd1Pg5JsTz0Ew',\n}));", "generic-assignment" },
  { "srv/auth.ts", "const JWT_SECRET: string = process.env.JWT_SECRET ?? 'q8ZtW3nLx7Kv2Rb9Mf4H';", "generic-assignment" },
  { "srv/auth.ts", "const JWT_SECRET = process.env.JWT_SECRET ?? readSecret('jwt');", NULL },
  { "srv/index.php", "$secret = getenv('APP_SECRET') ?: 'q8ZtW3nLx7Kv2Rb9Mf4H';", "generic-assignment" },
  { "srv/Auth.php", "private const SECRET_KEY = 'q8ZtW3nLx7Kv2Rb9Mf4H';", "generic-assignment" },
  { "srv/main.rs", "const TOKEN: &'static str = \"q8ZtW3nLx7Kv2Rb9Mf4H\";", "generic-assignment" },
  { "srv/main.go", "apiToken := `q8ZtW3nLx7Kv2Rb9Mf4H`", "generic-assignment" },
  { "srv/main.go", "var apiToken string = \"q8ZtW3nLx7Kv2Rb9Mf4H\"", "generic-assignment" },
  { "srv/Main.java", "System.setProperty(\"API_TOKEN\", \"q8ZtW3nLx7Kv2Rb9Mf4H\");", "generic-assignment" },
  { "srv/main.js", "if (token === 'q8ZtW3nLx7Kv2Rb9Mf4H')", NULL },
  { "srv/main.js", "const token = 'getAccessTokenFromStore2'", NULL },
  { "srv/main.js", "const tokenKey = 'orders-access-token-v2'", NULL },
  { "srv/main.js", "const token = '1234567890abcdef1234567890abcdef'", NULL },
  /* Makefiles, XML, JSON in JSON */
  { "srv/Makefile", "DEPLOY_TOKEN := q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/Makefile", "DEPLOY_TOKEN ?= q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/Makefile", "DEPLOY_TOKEN := $(shell cat token)", NULL },
  { "srv/app.xml", "<apiToken>\n  q8ZtW3nLx7Kv2Rb9Mf4H\n</apiToken>", "generic-assignment" },
  { "srv/web.config", "<add key=\"ClientSecret\" value=\"q8ZtW3nLx7Kv2Rb9Mf4H\"/>", "generic-assignment" },
  { "srv/web.config", "<add key=\"ClientSecret\" value=\"#{ClientSecret}\"/>", NULL },
  { "srv/app.json", "{\"env\": \"API_TOKEN=q8ZtW3nLx7Kv2Rb9Mf4H\\nDEBUG=1\"}", "generic-assignment" },
  { "srv/app.json", "{\"c\": \"{\\\"api_token\\\": \\\"q8ZtW3nLx7Kv2Rb9Mf4H\\\"}\"}", "generic-assignment" },
  /* any other file: what only a machine makes */
  { "srv/notes.txt", "token: q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/notes.txt", "the token q8ZtW3nLx7Kv2Rb9Mf4H is valid", "generic-assignment" },
  { "srv/shop/settings.py", "SECRET_KEY = 'django-insecure-k3)v@2!q^z8(w_x*5m&t$7n%h+4jr6=b1cyd9fgp0su'", "generic-assignment" },
  { "srv/shop/settings.py", "SECRET_KEY = 'read_password2_of_the_app(stdin)'", NULL },
  { "srv/jobs.rb", "req[\"Authorization\"] = \"Token 5f3a9c7e1b2d4860a7c9e5f1b3d20486\"", "bearer-token" },
  { "srv/nginx.conf", "proxy_set_header Authorization \"Bearer q8ZtW3nLx7Kv2Rb9Mf4H\";", "bearer-token" },
  { "srv/nginx.conf", "proxy_set_header Authorization \"Bearer $upstream_token_of_orders2\";", NULL },
  { "srv/notes.txt", "The API key is for staging", NULL },
  { "srv/notes.txt", "API key: q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/notes.txt", "our orders API key q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/notes.txt", "orders key = q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/notes.txt", "orders_key q8ZtW3nLx7Kv2Rb9Mf4H", "generic-assignment" },
  { "srv/notes.txt", "the orders key q8ZtW3nLx7Kv2Rb9Mf4H", NULL },
  { "srv/notes.txt", "cache key: q8ZtW3nLx7Kv2Rb9Mf4H", NULL },
  { "srv/notes.txt", "public key: q8ZtW3nLx7Kv2Rb9Mf4H", NULL },
  { "srv/notes.txt", "this key: q8ZtW3nLx7Kv2Rb9Mf4H", NULL },
  { "srv/notes.txt", "curl https://orders.test/v1?token=q8ZtW3nLx7Kv2Rb9Mf4H&page=2", "generic-assignment" },
  { "srv/notes.txt", "token: rEsSeTtHeStAtE9aN8eR7oN6eD5", "generic-assignment" },
  { "srv/bundle.txt", "{a:1,apiKey:\"q8ZtW3nLx7Kv2Rb9Mf4H\"}", NULL },
  { "srv/.env", "DB_PASSWORD=`vault read -field=value secret/db1`", NULL },
  { "srv/.env", "DB_PASSWORD=`Zk3vQ9wLm2Tx`", "generic-assignment" },
  { "srv/notes.txt", "gpg --recv-keys 5B1D8C4A9E0F7263B8D1C5A4E9F02736B1C8D5A4", NULL },
  { "srv/notes.txt", "password: hunter-two-2024", NULL },
  { "usr/share/doc/x/notes.txt", "token: q8ZtW3nLx7Kv2Rb9Mf4H", NULL },
  /* a bare key with a value that a machine made */
  { "srv/.env", "SEARCH_ADMIN_KEY=q8ZtW3nLx7Kv2Rb9Mf4HqY", "generic-assignment" },
  { "srv/.env", "AZURE_OPENAI_KEY=9d1e7b3a5c8f2046b7d9e1a3c5f80264", "generic-assignment" },
  { "srv/.env", "CACHE_KEY=9d1e7b3a5c8f2046b7d9e1a3c5f80264", NULL },
  { "srv/.env", "SEARCH_KEY=orders-by-date-v2", NULL },
  { "srv/.env", "SUPABASE_ANON_KEY=q8ZtW3nLx7Kv2Rb9Mf4HqY", NULL },
  { "srv/.env", "CSRF_TOKEN=q8ZtW3nLx7Kv2Rb9Mf4HqY", NULL },
  { "srv/.env", "DB_PASSWORD_PROD=hunter-two", "generic-assignment" },
  { "srv/.env", "PASSWORD_ORDERS=Kx7Tz93bQmLw", "generic-assignment" },
  /* names with words about secrets */
  { "srv/.env", "TOKEN_TYPE=bearer", NULL },
  { "srv/.env", "TOKEN_STATUS=active", NULL },
  { "srv/.env", "TOKEN_OWNER=team-orders", NULL },
  { "srv/.env", "TOKEN_COLOR=darkred", NULL },
  { "srv/.env", "TOKEN_SEPARATOR=dash", NULL },
  { "srv/.env", "TOKEN_SYMBOL=ACME2", NULL },
  { "srv/.env", "EOS_TOKEN=</s>", NULL },
  { "srv/.env", "PAD_TOKEN=[PAD]", NULL },
  { "srv/.env", "UNK_TOKEN=unknown", NULL },
  { "srv/.env", "NEXT_TOKEN=page-two", NULL },
  { "srv/.env", "SECRET_NAME=orders-db-credentials", NULL },
  { "srv/.env", "SECRET_QUESTION=maiden-name", NULL },
  { "srv/.env", "SECRET_OWNER=platform", NULL },
  { "srv/.env", "SECRETS_MANAGER=vault", NULL },
  { "srv/.env", "SECRETARY_EMAIL=office@acme.test", NULL },
  { "srv/.env", "SECRET_ARN=arn:aws:secretsmanager:eu-central-1:210987654321:secret:orders-Ab12Cd", NULL },
  { "srv/.env", "PASSWORD_RESET_URL=https://app.acme.test/reset", NULL },
  { "srv/.env", "PASSWORD_RESET_SUBJECT=Reset your password", NULL },
  { "srv/.env", "PASSWORD_CHANGED=never", NULL },
  { "srv/.env", "PASSWORD_RULES=strict", NULL },
  { "srv/.env", "PASSWORD_STRENGTH=zxcvbn-3", NULL },
  { "srv/.env", "RESET_PASSWORD=allowed", NULL },
  { "srv/.env", "FORGOT_PASSWORD=Forgot your password?", NULL },
  { "srv/.env", "SHOW_PASSWORD=toggle", NULL },
  { "srv/.env", "CONFIRM_PASSWORD=Repeat it", NULL },
  { "srv/.env", "PASSWORDLESS_LOGIN=magic-link-v2", NULL },
  { "srv/.env", "PASS_THROUGH=enabled", NULL },
  { "srv/.env", "CREDENTIALS_ORDER=env,file", NULL },
  { "srv/.env", "CREDENTIAL_HELPER=osxkeychain", NULL },
  { "srv/.env", "AUTHORIZATION=enabled", NULL },
  { "srv/.env", "KEY_PREFIX=orders:v2:", NULL },
  { "srv/.env", "S3_OBJECT_KEY=exports/2024/orders-01.csv", NULL },
  { "srv/.env", "TRANSLATION_KEY=checkout.password.reset.title", NULL },
  { "srv/.env", "PRIMARY_KEY=order_id", NULL },
  { "srv/.env", "ENCRYPTION_KEY_SOURCE=aws-kms", NULL },
  { "srv/.env", "VAULT_SECRET_ENGINE=kv-v2", NULL },
  { "srv/credentials.py", "ACCESS_KEY = 'AWS_ACCESS_KEY_ID'\nAUTH_TOKEN = 'ACME_AUTHORIZATION_TOKEN'\nKEY = 'aws_access_key_id'", NULL },
  /* dummies, cut off, in brackets, in docstrings */
  { "srv/.env", "SECRET_KEY=build-key", NULL },
  { "srv/.env", "SECRET_KEY=dummy-key-for-collectstatic", NULL },
  { "srv/notes.txt", "token: q8ZtW3nLx7Kv2Rb9Mf4H...", NULL },
  { "srv/probe.sh", "curl --user neo4j:[PASSWORD] http://h:7474/", NULL },
  { "srv/engines.rst", "postgresql://scott:tiger@db.acme.test/x", NULL },
  { "srv/main.py", "def f():\n    \"\"\"Connects.\n\n    f(api_token='q8ZtW3nLx7Kv2Rb9Mf4Habcdef')\n    \"\"\"\n", NULL },
  { "srv/tls/server.pem", "-----BEGIN PRI" "VATE KEY-----\nprovided at start by the init container\n-----END PRI" "VATE KEY-----\n", NULL },
  { "srv/seeds.xml", "<T Id=\"USK@x,4~q8Q~Lwz46fnw68iNdd6Fjg5Hqmn2nuOaJyoGD7rdp,AQACAAE/W\"/>", NULL },
  /* public by design */
  { "srv/app.js", "fb = {apiKey: \"AIza" "U_uXnLDrK6kWqMg7SKrJCmMwbhG8FMrq_7I\", authDomain: \"shop.firebaseapp.com\"}", NULL },
  { "srv/app.js", "x = {apiKey: \"AIza" "U_uXnLDrK6kWqMg7SKrJCmMwbhG8FMrq_7I\"}", "google-api-key" },
  { "srv/app.js", "k = \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJhbm9uIn0.uk5vv0oeimGVip6AqGTUNFirGGOVt8lZaWxquB8QR2t\"", NULL },
  { "srv/app.js", "k = \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJzZXJ2aWNlX3JvbGUifQ.uk5vv0oeimGVip6AqGTUNFirGGOVt8lZaWxquB8QR2t\"", "json-web-token" },
  /* other people's samples */
  { "usr/local/lib/R/site-library/openssl/keys/id_rsa", KEY, NULL },
  { "srv/wheels/acme-1.2.tar.gz!/acme-1.2/tests/server.pem", KEY, NULL },
  { "srv/backup-2024.tar.gz!/srv/tests/server.pem", KEY, "private-key" },
  /* published, and in manuals */
  { "srv/.env", "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==", NULL },
  { "srv/nginx.conf", "proxy_set_header Authorization \"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\";", NULL },
  { "srv/nginx.conf", "proxy_set_header Authorization \"Basic Y2k6THdhWEFISGdlSUxZ\";", "http-basic-auth" },
};

START_TEST (texts_of_two_bytes_a_character_are_read)
{
  static const char text[] = "[remote]\nkey = glp" "at-7kJ5KqhTo4ZCvaFK2THg\n";
  char wide[2 * sizeof text + 2];

  for (int big = 0; big < 2; big++) {
    memset (wide, 0, sizeof wide);
    wide[0] = (char) (big ? 0xfe : 0xff);
    wide[1] = (char) (big ? 0xff : 0xfe);
    for (size_t i = 0; i < sizeof text - 1; i++)
      wide[2 + 2 * i + (size_t) big] = text[i];
    for (size_t piece = 0; piece < 4; piece++) {
      char **found = scan_text (NULL, "srv/settings.ini", wide, 2 * sizeof text, piece);
      ck_assert_uint_eq (vprod__strv_length (found), 1);
      ck_assert_str_eq (found[0], "gitlab-personal-token 2");
      vprod__strv_free (found);
    }
  }
}
END_TEST

START_TEST (a_form_that_is_common_counts_only_in_its_place)
{
  size_t length = places[_i].length ? places[_i].length : strlen (places[_i].text);
  char **found = scan_text (NULL, places[_i].path, places[_i].text, length, 0);

  if (places[_i].rule)
    ck_assert_msg (found && strncmp (found[0], places[_i].rule, strlen (places[_i].rule)) == 0, "row %d", _i);
  else
    ck_assert_msg (!found, "row %d: %s", _i, found[0]);
  vprod__strv_free (found);
}
END_TEST

START_TEST (a_file_full_of_keywords_ends_soon)
{
  size_t length = 4 << 20;
  char *text = malloc (length);

  for (size_t i = 0; i < length; i++)
    text[i] = "ghp_password=AKIAsecret token://"[i % 32];
  char **found = scan_text (NULL, "app/.env", text, length, 100000);
  ck_assert_uint_le (vprod__strv_length (found), 64 * count_rules ());
  vprod__strv_free (found);
  free (text);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("scan");
  TCase *tc = tcase_create ("scan");
  int n = (int) count_rules ();

  tcase_set_timeout (tc, 120);
  tcase_add_loop_test (tc, rules_are_well_formed, 0, n);
  tcase_add_loop_test (tc, sample_is_found_by_its_rule_or_by_none, 0, (int) count_samples ());
  tcase_add_loop_test (tc, what_stands_in_for_a_sample_is_not_found, 0, (int) count_samples ());
  tcase_add_test (tc, a_secret_is_found_wherever_blocks_end);
  tcase_add_test (tc, values_of_the_spec_are_found_as_they_are_and_in_base64);
  tcase_add_loop_test (tc, values_are_found_in_base64_that_is_broken_into_lines, 0, 8);
  tcase_add_test (tc, texts_of_two_bytes_a_character_are_read);
  tcase_add_loop_test (tc, a_form_that_is_common_counts_only_in_its_place, 0, sizeof places / sizeof places[0]);
  tcase_add_test (tc, a_file_full_of_keywords_ends_soon);
  suite_add_tcase (suite, tc);
  /* here, as what a test makes in a process of its own is gone with it; where it fails, the first test says why */
  vprod__scan_new (NULL, gather, &gathered, &scan, NULL);
  int code = unit_main (suite);
  vprod__scan_free (scan);
  return code;
}
