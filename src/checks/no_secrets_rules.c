/* SPDX-License-Identifier: MIT */
/*
 * Credentials that are known by their form, wherever they stand. A row a kind, from the formats that their vendors
 * publish. The samples are made up, and written in two pieces so that nobody's scanner takes this file for a leak.
 */
#include "checks/no_secrets.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

#define ALNUM "[A-Za-z0-9]"
#define WORD "[A-Za-z0-9_-]"

const struct vprod__secret_rule vprod__secret_rules[] = {
  { "aws-access-key-id", "AWS access key id", "A", "(AKIA|ASIA)[A-Z2-7]{16}", "AKIA" "7KLFYYLBEG3RHDSV",
    "AKIA" "IOSFODNN7EXAMPLE" },
  { "github-personal-token", "GitHub personal access token", "ghp_", "ghp_" ALNUM "{36}",
    "ghp" "_xIbZkJpRL4sQy17NtPd88am4fVUpb5CUKR87", "ghp" "_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
  { "github-oauth-token", "GitHub OAuth access token", "gho_", "gho_" ALNUM "{36}",
    "gho" "_xPkumIk3zLp1f4WDeKsom9z3vGc87qFroWy7", "gho" "_short" },
  { "github-server-token", "GitHub app token", "gh", "gh[usr]_" ALNUM "{36}",
    "ghs" "_nPKplloAYIgscKzgpEIS6enVN5X4NDce7WBv", "ghs" "_short" },
  { "github-fine-grained-token", "GitHub fine-grained personal access token", "github_pat_",
    "github_pat_" ALNUM "{22}_" ALNUM "{59}",
    "github" "_pat_aFnYVKwQzpLUCadT2rIhEh_vLlb5O7nbncTIsHVcQXPQjWJQh3qb38JzfqfB8mEfQSe8tfSgAvA2sGTSYq",
    "github" "_pat_short" },
  { "gitlab-personal-token", "GitLab personal access token", "glpat-", "glpat-" WORD "{20,64}",
    "glp" "at-Kx7Tz_93bQmLw2RsVd4Y", "glp" "at-short" },
  { "gitlab-deploy-token", "GitLab deploy token", "gldt-", "gldt-" WORD "{20,64}", "gl" "dt-Kx7Tz_93bQmLw2RsVd4Y",
    "gl" "dt-x" },
  { "gitlab-runner-token", "GitLab runner token", "glrt-", "glrt-" WORD "{20,64}", "gl" "rt-Kx7Tz_93bQmLw2RsVd4Y",
    "gl" "rt-x" },
  { "slack-token", "Slack token", "xox", "xox[abposr]-[A-Za-z0-9-]{20,200}",
    "xox" "b-263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1", "xox" "b-short" },
  { "slack-webhook", "Slack webhook", "hooks.slack.com",
    "hooks\\.slack\\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/" ALNUM "{20,32}",
    "https://hooks.sl" "ack.com/services/T0A1B2C3D/B4E5F6G7H/k8L9mN0pQ1rS2tU3vW4xY5zA",
    "https://hooks.sl" "ack.com/services/T/B/x" },
  { "stripe-secret-key", "Stripe secret key", "_live_", "[sr]k_live_" ALNUM "{20,128}",
    "sk" "_live_4eC39HqLyjWDarjtT1zdp7dcQ9", "pk" "_live_4eC39HqLyjWDarjtT1zdp7dcQ9" },
  { "google-api-key", "Google API key", "AIza", "AIza" WORD "{35}", "AI" "zaU8JZpDE0iGXlD6gNCFbaEPFjbD0kH8Oool8",
    "AI" "za-short" },
  { "google-oauth-secret", "Google OAuth client secret", "GOCSPX-", "GOCSPX-" WORD "{28}",
    "GOC" "SPX-k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf", "GOC" "SPX-short" },
  { "npm-token", "npm access token", "npm_", "npm_" ALNUM "{36}", "npm" "_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeW",
    "npm" "_config_cache" },
  { "pypi-token", "PyPI API token", "pypi-AgE", "pypi-AgE" WORD "{50,500}",
    "pypi" "-AgEIcHlwaS5vcmcCJDk3Tz9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9", "pypi" "-AgEshort" },
  { "rubygems-token", "RubyGems API key", "rubygems_", "rubygems_[a-f0-9]{48}",
    "ruby" "gems_3f9a1c7be0d24856af31c9e7b20d4865fa13c9e7b02d4856", "ruby" "gems_3f" },
  { "docker-hub-token", "Docker Hub access token", "dckr_", "dckr_[po]at_" WORD "{27,40}",
    "dck" "r_pat_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4H", "dck" "r_pat_x" },
  { "huggingface-token", "Hugging Face token", "hf_", "hf_" ALNUM "{34,40}",
    "hf" "_kTqvXwZtbLmQNpRbzYsWUcMHfJGjKqDeWx", "hf" "_hub_download" },
  { "openai-api-key", "OpenAI API key", "T3BlbkFJ", "sk-" WORD "{20,100}T3BlbkFJ" WORD "{20,100}",
    "sk" "-k3T9vXw7Zt1Lm5Np8Rb2T3BlbkFJYs6Uc4Hf0GjKqDeWxYz1", "sk" "-T3BlbkFJ" },
  { "anthropic-api-key", "Anthropic API key", "sk-ant-", "sk-ant-" ALNUM "{3,8}-" WORD "{80,120}",
    "sk" "-ant-api03-k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr8St0Uv1Wx3Yz5Ab7Cd9Ef-AAAAAA",
    "sk" "-ant-x" },
  { "sendgrid-api-key", "SendGrid API key", "SG.", "SG\\." WORD "{22}\\." WORD "{43}",
    "S" "G.k3T9vXw7Zt1Lm5Np8Rb2Ys.6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr", "S" "G.k3T9" },
  { "mailgun-api-key", "Mailgun API key", "key-", "key-[0-9a-f]{32}", "key" "-3f9a1c7be0d24856af31c9e7b20d4865",
    "key" "-value" },
  { "twilio-api-key", "Twilio API key", "SK", "SK[0-9a-f]{32}", "S" "K3f9a1c7be0d24856af31c9e7b20d4865",
    "S" "K3f9a" },
  { "shopify-token", "Shopify token", "shp", "shp(at|ca|pa|ss)_[a-f0-9]{32}",
    "shp" "at_3f9a1c7be0d24856af31c9e7b20d4865", "shp" "at_x" },
  { "square-token", "Square token", "sq0", "sq0(atp|csp)-" WORD "{22,43}", "sq0" "atp-k3T9vXw7Zt1Lm5Np8Rb2Ys",
    "sq0" "atp-x" },
  { "telegram-bot-token", "Telegram bot token", ":AA", "[0-9]{8,10}:AA" WORD "{33}",
    "110201543" ":AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw3", "110201543" ":AAH" },
  { "digitalocean-token", "DigitalOcean token", "do", "do[opr]_v1_[a-f0-9]{64}",
    "dop" "_v1_3f9a1c7be0d24856af31c9e7b20d48653f9a1c7be0d24856af31c9e7b20d4865", "dop" "_v1_3f" },
  { "grafana-service-token", "Grafana service account token", "glsa_", "glsa_" ALNUM "{32}_[a-f0-9]{8}",
    "gl" "sa_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjK_3f9a1c7b", "gl" "sa_x" },
  { "databricks-token", "Databricks token", "dapi", "dapi[a-f0-9]{32}", "da" "pi3f9a1c7be0d24856af31c9e7b20d4865",
    "da" "pi3f" },
  { "doppler-token", "Doppler token", "dp.", "dp\\.(pt|st|ct|sa)\\." WORD "*[A-Za-z0-9.]{40,50}",
    "dp" ".pt.k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1C", "dp" ".pt.x" },
  { "vault-token", "Vault token", "hv", "hv[sbr]\\." WORD "{24,200}", "hv" "s.k3T9vXw7Zt1Lm5Np8Rb2Ys6U",
    "hv" "s.x" },
  { "terraform-cloud-token", "Terraform Cloud token", ".atlasv1.", ALNUM "{14}\\.atlasv1\\." WORD "{60,70}",
    "k3T9vXw7Zt1Lm5.atl" "asv1.Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr8St0Uv1Wx3Yz5A",
    "k3.atl" "asv1.x" },
  { "linear-api-key", "Linear API key", "lin_api_", "lin_api_" ALNUM "{40}",
    "lin" "_api_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzA", "lin" "_api_x" },
  { "postman-api-key", "Postman API key", "PMAK-", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "PM" "AK-3f9a1c7be0d24856af31c9e7-b20d48653f9a1c7be0d24856af31c9e7b2", "PM" "AK-3f" },
  { "pulumi-token", "Pulumi token", "pul-", "pul-[a-f0-9]{40}", "pu" "l-3f9a1c7be0d24856af31c9e7b20d48653f9a1c7b",
    "pu" "l-x" },
  { "age-secret-key", "age secret key", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1[0-9A-Z]{58}",
    "AGE" "-SECRET-KEY-13P3E2Z8IQ9Y7JZB6CN6Z43DVYRKTTNJFBF5JXVLSI47WQAL9VQ24ZKLMVT", "AGE" "-SECRET-KEY-1X" },
  { "azure-storage-key", "Azure storage key", "AccountKey=", "AccountKey=([A-Za-z0-9+/]{86}==)",
    "Account" "Key=E1F8ResqEDusTpkr0cStY4qWB8dWKnHfDNxSIvPZZ63fFKcZjR4I0b3jRtaWr4Y9OJFLJOqOAf1lLQSAJaiXnk==",
    "Account" "Key=x" },
  { "figma-token", "Figma token", "figd_", "figd_" WORD "{40,46}",
    "fig" "d_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzA", "fig" "d_x" },
  { "atlassian-token", "Atlassian API token", "ATATT3", "ATATT3" WORD "{60,200}=[0-9A-F]{8}",
    "ATA" "TT3xFfGF0k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Q=3F9A1C7B", "ATA" "TT3x" },
  { "sentry-token", "Sentry token", "sntry", "sntry[su]_[A-Za-z0-9+/=_]{60,300}",
    "snt" "ryu_3f9a1c7be0d24856af31c9e7b20d48653f9a1c7be0d24856af31c9e7b20d4865", "snt" "rys_x" },
  { "fly-io-token", "Fly.io token", "fm", "fm[12][ar]?_[A-Za-z0-9+/=,_-]{100,}", 
    "fm" "2_k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1Cd3Ef5Gh7Ij9Kl2Mn4Op6Qr8St0Uv1Wx3Yz5Ab7Cd9Ef"
    "k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKq", "fm" "2_x" },
  { "artifactory-token", "Artifactory API key", "AKCp", "AKCp[0-9A-Za-z]{69}",
    "AK" "CpU8Is2g8nprvDd53x83rzjZZZZGeoZDMENcKHVmDGAkJiG8XnBE3NnYJoQ9WmXeHH2fdee", "AK" "Cp8" },
  { "json-web-token", "JSON Web Token", "eyJ", "eyJ" WORD "{10,}\\.eyJ" WORD "{10,}\\." WORD "{16,}",
    "ey" "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.k3T9vXw7Zt1Lm5Np8Rb2Ys6Uc4Hf0GjKqDeWxYzAb1C",
    "ey" "JhbGciOiJIUzI1NiJ9" },
  { "private-key", "private key", "PRIVATE KEY",
    "-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----([[:space:]\"']|\\\\n)*([A-Za-z0-9+/=]{16,})",
    "-----BEGIN RSA PRIV" "ATE KEY-----\nMIIEpAIBAAKCAQEAk3T9vXw7Zt1Lm5Np8Rb2Ys6U",
    "-----BEGIN RSA PRIV" "ATE KEY-----" },
  { "basic-auth-url", "password in a URL", "://",
    "[A-Za-z][A-Za-z0-9+.-]*://[^][/?#[:space:]\"'@:]*:([^][/?#[:space:]\"'@]+)@",
    "https://deploy:s3cr3t" "passw0rd@git.example/x.git", "https://git.example:8080/~user@x" },
  { NULL, NULL, NULL, NULL, NULL, NULL },
};

static int is_word (char c)
{
  return isalnum ((unsigned char) c) || c == '_';
}

/* One match of a rule, from `from` to `to` in text. */
static int tell (const struct vprod__secret_rule *rule, const char *text, const regmatch_t *match,
                 vprod__secret_fn on_hit, void *data)
{
  size_t group = 0;

  for (size_t i = 1; i < 6; i++)
    if (match[i].rm_so >= 0)
      group = i;
  /* a group that is only an alternative of the beginning ("(AKIA|ASIA)") is not the value */
  if (match[group].rm_so == match[0].rm_so)
    group = 0;
  if (match[0].rm_so > 0 && is_word (text[match[0].rm_so - 1]) && is_word (text[match[0].rm_so]))
    return 0;
  if (is_word (text[match[0].rm_eo]) && is_word (text[match[0].rm_eo - 1]))
    return 0;
  struct vprod__secret_hit hit = {
    .rule = rule->id,
    .description = rule->description,
    .value = text + match[group].rm_so,
    .length = (size_t) (match[group].rm_eo - match[group].rm_so),
  };
  if (memchr ("$<{%*", hit.value[0], 5) || vprod__secret_placeholder (hit.value, hit.length))
    return 0;
  return on_hit (data, &hit);
}

int vprod__secrets_by_form (const char *text, vprod__secret_fn on_hit, void *data)
{
  for (const struct vprod__secret_rule *rule = vprod__secret_rules; rule->id; rule++) {
    regex_t regex;
    regmatch_t match[6];
    int r = 0;
    if (!strstr (text, rule->keyword))
      continue;
    if (regcomp (&regex, rule->pattern, REG_EXTENDED) != 0)
      return -1; /* out of memory: the tests compile them all */
    for (const char *p = text; r == 0 && *p && regexec (&regex, p, 6, match, 0) == 0;) {
      r = tell (rule, p, match, on_hit, data);
      p += match[0].rm_eo > match[0].rm_so ? match[0].rm_eo : match[0].rm_so + 1;
    }
    regfree (&regex);
    if (r != 0)
      return r;
  }
  return 0;
}
