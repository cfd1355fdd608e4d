/* SPDX-License-Identifier: MIT */
/* Secrets in the arguments of programs that are known to take them. */
#include "known/programs.h"
#include "scan/command.h"
#include "util/text.h"

#include <string.h>
#include <strings.h>

const char *vprod__secret_program (const struct vprod__secret_command *command)
{
  return command->program < command->end ? vprod__shell_base_name (command->words->list[command->program].text)
                                         : "";
}

int vprod__secret_sets (const struct vprod__secret_command *command)
{
  static const char *const verbs[] = { "config", "configure", "c", "set", NULL };

  return vprod__program_is (vprod__secret_program (command), VPROD__PROGRAM_CONFIGURES) && command->program + 1 < command->end
      && vprod__text_is_one_of (command->words->list[command->program + 1].text, verbs);
}

static int tell_value (const struct vprod__secret_command *command, const char *name, const char *value, size_t length)
{
  if (!vprod__secret_value (name, strlen (name), value, length))
    return 0;
  return vprod__secret_tell (command->search, name, strlen (name), value, length);
}

/* --password VALUE, --token VALUE … */
static int scan_option (const struct vprod__secret_command *command, size_t i)
{
  static const char *const options[] = { "--password",       "--passwd",        "--pass",          "--passphrase",
                                         "--token",          "--auth-token",    "--access-token",  "--api-token",
                                         "--api-key",        "--apikey",        "--secret",        "--secret-key",
                                         "--access-key",     "--client-secret", "--http-password", "--db-password",
                                         "--admin-password", "--root-password", "--private-token",
                                         "--requirepass",   "--masterauth",
                                         "-storepass",      "-keypass",        "-srcstorepass",   "-deststorepass",
                                         NULL };
  const struct vprod__shell_word *word = &command->words->list[i], *next = word + 1;

  if (i + 1 >= command->end || next->starts || next->expands || next->text[0] == '-'
      || !vprod__text_is_one_of (word->text, options))
    return 0;
  return tell_value (command, word->text + strspn (word->text, "-"), next->text, strlen (next->text));
}

/* composer config http-basic.HOST USER PASSWORD */
static int scan_login (const struct vprod__secret_command *command, size_t i)
{
  const struct vprod__shell_word *word = &command->words->list[i], *password = word + 2;

  if (!vprod__secret_sets (command) || i + 2 >= command->end || password->expands
      || strncmp (word->text, "http-basic.", 11) != 0)
    return 0;
  return tell_value (command, "user-password", password->text, strlen (password->text));
}

static int scan_setting (const struct vprod__secret_command *command, size_t i)
{
  const struct vprod__shell_word *word = &command->words->list[i], *next = word + 1;

  if (!vprod__secret_sets (command) || i <= command->program || i + 1 >= command->end || next->starts || next->expands
      || !vprod__secret_name (word->text, strlen (word->text)))
    return 0;
  return tell_value (command, word->text, next->text, strlen (next->text));
}

/* sshpass -pPASSWORD, mysql -pPASSWORD, openssl … -passout pass:PASSWORD */
static int scan_attached (const struct vprod__secret_command *command, const struct vprod__shell_word *word)
{
  const char *value = NULL;

  if (word->expands)
    return 0;
  if (vprod__program_is (vprod__secret_program (command), VPROD__PROGRAM_PASSWORD_JOINED) && strncmp (word->text, "-p", 2) == 0)
    value = word->text + 2;
  else if (strcmp (vprod__secret_program (command), "openssl") == 0 && strncmp (word->text, "pass:", 5) == 0)
    value = word->text + 5;
  return value && *value ? tell_value (command, "user-password", value, strlen (value)) : 0;
}

/* curl -u USER:PASSWORD, useradd -p HASH, docker login -p PASSWORD, sshpass -p PASSWORD */
static int scan_known_program (const struct vprod__secret_command *command, size_t i)
{
  const struct vprod__shell_word *word = &command->words->list[i], *next = word + 1;
  const char *program = vprod__secret_program (command);

  if (i <= command->program)
    return 0;
  int r = scan_attached (command, word);
  if (r != 0 || i + 1 >= command->end || next->starts || next->expands)
    return r;
  if (vprod__program_is (program, VPROD__PROGRAM_USER) && (strcmp (word->text, "-u") == 0 || strcmp (word->text, "--user") == 0)) {
    const char *colon = strchr (next->text, ':');
    return colon ? tell_value (command, "user-password", colon + 1, strlen (colon + 1)) : 0;
  }
  int logs_in = vprod__program_is (program, VPROD__PROGRAM_REGISTRY) && strcmp (command->words->list[command->program + 1].text, "login") == 0;
  if ((vprod__program_is (program, VPROD__PROGRAM_PASSWORD) || logs_in) && strcmp (word->text, "-p") == 0 && next->text[0] != '!'
      && next->text[0] != '*')
    return tell_value (command, "user-password", next->text, strlen (next->text));
  return 0;
}

/* Authorization: Bearer VALUE, X-Api-Key: VALUE */
static int scan_header (const struct vprod__secret_command *command, size_t i)
{
  const struct vprod__shell_word *word = &command->words->list[i];
  const char *colon = strstr (word->text, ": ");

  if (!colon || word->expands || strcspn (word->text, " ") < (size_t) (colon - word->text))
    return 0;
  const char *value = colon + 2 + strspn (colon + 2, " ");
  if (strncasecmp (word->text, "Authorization", 13) != 0)
    return 0; /* others are NAME: value, which scan_word finds */
  const char *blank = strchr (value, ' ');
  if (blank)
    value = blank + 1;
  return tell_value (command, "token", value, strlen (value));
}

/* The next word of a text at or after *at, up to a blank, a quote, or the "\n" of printf; its length. */
static size_t next_word (const char **at)
{
  size_t length = 0;

  while (**at && strchr (" \t\r\n\"'", **at))
    (*at)++;
  if ((*at)[0] == '\\' && (*at)[1] == 'n') {
    *at += 2;
    return next_word (at);
  }
  while ((*at)[length] && !strchr (" \t\r\n\"'", (*at)[length]) && strncmp (*at + length, "\\n", 2) != 0)
    length++;
  return length;
}

static int is_word (const char *text, size_t length, const char *wanted)
{
  return strlen (wanted) == length && strncmp (text, wanted, length) == 0;
}

/* "machine HOST login USER password PASSWORD" in a text, whatever file it goes to. */
static int scan_netrc_text (const struct vprod__secret_command *command, const char *text)
{
  int in_machine = 0, logged_in = 0;

  for (size_t length; (length = next_word (&text)) > 0; text += length) {
    if (is_word (text, length, "machine") || is_word (text, length, "default"))
      in_machine = 1;
    else if (is_word (text, length, "login"))
      logged_in = in_machine;
    else if (logged_in && (is_word (text, length, "password") || is_word (text, length, "passwd"))) {
      text += length;
      length = next_word (&text);
      if (length == 0)
        return 0;
      int r = memchr (text, '$', length) ? 0 : tell_value (command, "netrc-password", text, length);
      if (r != 0)
        return r;
      in_machine = logged_in = 0;
    }
  }
  return 0;
}

/* The same in quotes or as words of a command. */
static int scan_netrc (const struct vprod__secret_command *command, size_t i)
{
  const struct vprod__shell_word *word = &command->words->list[i];

  if (strncmp (word->text, "machine", 7) != 0)
    return strstr (word->text, "machine ") ? scan_netrc_text (command, strstr (word->text, "machine ")) : 0;
  if (word->text[7])
    return scan_netrc_text (command, word->text);
  if (i + 5 >= command->end || strcmp (word[2].text, "login") != 0 || word[5].expands
      || (strcmp (word[4].text, "password") != 0 && strcmp (word[4].text, "passwd") != 0))
    return 0;
  return tell_value (command, "netrc-password", word[5].text, strlen (word[5].text));
}

int vprod__secret_in_argument (const struct vprod__secret_command *command, size_t i)
{
  int r = scan_option (command, i);

  if (r == 0)
    r = scan_setting (command, i);
  if (r == 0)
    r = scan_login (command, i);
  if (r == 0)
    r = scan_netrc (command, i);
  if (r == 0)
    r = scan_known_program (command, i);
  return r == 0 ? scan_header (command, i) : r;
}

static int sets_passwords (const struct vprod__secret_command *command)
{
  int takes_input = strcmp (vprod__secret_program (command), "chpasswd") == 0;

  for (size_t i = command->program + 1; i < command->end && strcmp (vprod__secret_program (command), "passwd") == 0; i++)
    takes_input = takes_input || strcmp (command->words->list[i].text, "--stdin") == 0;
  return takes_input;
}

int vprod__secret_before (const struct vprod__secret_command *command, size_t before)
{
  const struct vprod__shell_word *last = &command->words->list[command->start - 1];

  if (!sets_passwords (command))
    return 0;
  if (strcmp (vprod__secret_program (command), "passwd") == 0)
    return last->expands ? 0 : tell_value (command, "user-password", last->text, strcspn (last->text, "\n\\"));
  for (size_t i = before; i < command->start; i++) {
    const struct vprod__shell_word *word = &command->words->list[i];
    const char *colon = strchr (word->text, ':');
    int r;
    if (!colon || colon == word->text || word->expands)
      continue;
    size_t length = strcspn (colon + 1, "\n\\");
    r = tell_value (command, "user-password", colon + 1, length);
    if (r != 0)
      return r;
  }
  return 0;
}
