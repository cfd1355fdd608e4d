/* SPDX-License-Identifier: MIT */
/* The UID of the user that the shipped stage names. */
#include "draft/draft.h"
#include "dockerfile/shell_words.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STEP (64 * 1024) /* longest RUN that is read */

/* "-u", "-Du": the last of combined short options. */
static int is_short_u (const char *word)
{
  size_t n = strlen (word);

  return n > 1 && word[0] == '-' && word[1] != '-' && word[n - 1] == 'u'
         && strspn (word + 1, "rmMUDHSolNu") == n - 1;
}

/* "useradd --uid 1001 app": the UID of this user, or -1. */
static int64_t uid_in_command (struct vprod__draft *draft, const struct vprod__shell_words *words, size_t i,
                               size_t end, const char *user)
{
  const char *uid = NULL;
  int named = 0;

  for (; i < end; i++) {
    const char *word = words->list[i].text;
    _cleanup_free_ char *name = vprod__draft_expand (draft, word);
    if ((is_short_u (word) || strcmp (word, "--uid") == 0) && i + 1 < end)
      uid = words->list[++i].text;
    else if (strncmp (word, "--uid=", 6) == 0)
      uid = word + 6;
    else if (name && strcmp (name, user) == 0)
      named = 1;
  }
  _cleanup_free_ char *given = uid ? vprod__draft_expand (draft, uid) : NULL;
  uid = given;
  return named && uid && *uid && uid[strspn (uid, "0123456789")] == '\0' && strlen (uid) < 10 ? atoll (uid) : -1;
}

static int64_t uid_in_step (struct vprod__draft *draft, const char *text, const char *user)
{
  _cleanup_ (vprod__shell_words_clear) struct vprod__shell_words words = { 0 };
  int64_t uid = -1;

  if (vprod__shell_split (text, &words) < 0)
    draft->no_memory = 1;
  for (size_t start = 0, end; start < words.count && uid < 0; start = end) {
    end = vprod__shell_command_end (&words, start);
    size_t program = vprod__shell_program (&words, start, end);
    const char *name = program < end ? vprod__shell_base_name (words.list[program].text) : "";
    if (strcmp (name, "useradd") == 0 || strcmp (name, "adduser") == 0)
      uid = uid_in_command (draft, &words, program + 1, end, user);
  }
  return uid;
}

/* Users of well-known base images. */
static int64_t uid_of_base (const char *base, const char *user)
{
  static const struct {
    const char *base, *user;
    int64_t uid;
  } known[] = {
    { "node:", "node", 1000 },
    { "distroless", "nonroot", 65532 },
    { "chainguard", "nonroot", 65532 },
    { "dotnet/aspnet:8", "app", 1654 },
    { "dotnet/aspnet:9", "app", 1654 },
    { "dotnet/runtime:8", "app", 1654 },
    { "dotnet/runtime:9", "app", 1654 },
    { "nginx-unprivileged", "nginx", 101 },
    { "oven/bun", "bun", 1000 },
    { "alpine", "www-data", 82 },
    { "php:", "www-data", 33 },
    { "debian:", "www-data", 33 },
    { "ubuntu:", "www-data", 33 },
    { "alpine", "nobody", 65534 },
    { "debian:", "nobody", 65534 },
    { "ubuntu:", "nobody", 65534 },
  };

  for (size_t i = 0; base && i < sizeof known / sizeof known[0]; i++)
    if (strstr (base, known[i].base) && strcmp (known[i].user, user) == 0)
      return known[i].uid;
  return -1;
}

void vprod__draft_find_uid (struct vprod__draft *draft)
{
  const char *user = draft->user;

  draft->uid = -1;
  if (!user && draft->base && strstr (draft->base, "nonroot")) {
    draft->uid = 65532;
    vprod__draft_set (draft, &draft->uid_from, "the base image %s", draft->base);
    return;
  }
  if (!user || !*user)
    return;
  if (user[strspn (user, "0123456789")] == '\0' && strlen (user) < 10) {
    draft->uid = atoll (user);
    vprod__draft_set (draft, &draft->uid_from, "USER in line %zu", draft->user_line);
    return;
  }
  for (size_t i = 0; i < draft->file.count && draft->uid < 0; i++) {
    const struct vprod__instruction *it = &draft->file.list[i];
    if (strcmp (it->name, "RUN") != 0 || it->stage < 0 || !draft->chain[it->stage] || strlen (it->text) > MAX_STEP)
      continue;
    draft->uid = uid_in_step (draft, it->text, user);
    if (draft->uid < 0 && it->body && strlen (it->body) <= MAX_STEP)
      draft->uid = uid_in_step (draft, it->body, user);
    if (draft->uid >= 0)
      vprod__draft_set (draft, &draft->uid_from, "line %zu, which makes the user %s", it->line, user);
  }
  if (draft->uid < 0 && (draft->uid = uid_of_base (draft->base, user)) >= 0)
    vprod__draft_set (draft, &draft->uid_from, "the user %s of the base image", user);
}
