/* SPDX-License-Identifier: MIT */
/* Looks for secrets in texts: by their form, and by what is given to a name. */
#include "scan/command.h"

#include <string.h>

/* What is found in the value of a name by its form. */
struct naming {
  const char *name;
  struct vprod__secret_search search;
};

static int on_form (void *data, const struct vprod__secret *secret)
{
  const struct naming *naming = data;
  struct vprod__secret named = *secret;

  named.variable = naming->name;
  return naming->search.on_secret (naming->search.data, &named);
}

int vprod__secrets_in_pair (struct vprod__scan *scan, const char *pair, vprod__secret_fn on_secret, void *data)
{
  size_t n = strcspn (pair, "=");
  _cleanup_free_ char *name = strndup (pair, n);
  struct naming naming = { name, { on_secret, data } };

  if (!name || vprod__secrets_in_text (scan, pair, on_form, &naming) != 0)
    return -1;
  return pair[n] && vprod__secret_given (&naming.search, name, n, pair + n + 1, strlen (pair + n + 1)) != 0 ? -1 : 0;
}

int vprod__secrets_in_argv (struct vprod__scan *scan, char *const *argv, vprod__secret_fn on_secret, void *data)
{
  int r = 0;

  for (size_t i = 0; r == 0 && argv && argv[i]; i++)
    r = vprod__secrets_in_text (scan, argv[i], on_secret, data);
  if (r == 0 && argv && argv[0])
    r = vprod__secrets_given_in_argv (&(struct vprod__secret_search) { on_secret, data }, argv);
  return r == 0 ? 0 : -1;
}

int vprod__secrets_in_instruction (struct vprod__scan *scan, const char *text, vprod__secret_fn on_secret, void *data)
{
  int r = vprod__secrets_in_text (scan, text, on_secret, data);

  if (r == 0)
    r = vprod__secrets_given_in_instruction (&(struct vprod__secret_search) { on_secret, data }, text);
  return r == 0 ? 0 : -1;
}
