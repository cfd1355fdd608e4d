/* SPDX-License-Identifier: MIT */
/* Exit codes follow the shell's habit, which engines share: 128 + N for a process that signal N ended. */
#include "known/exit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct signal {
  int number;
  const char *name;
  const char *meaning; /* of an end by it, or NULL */
  const char *remedy;  /* its name in data/remedies, or NULL */
} signals[] = {
#include "data/signals.h"
};
#define LINUX_RTMIN 34
#define LINUX_RTMAX 64

static const struct {
  int code;
  const char *meaning;
  const char *remedy; /* its name in data/remedies, or NULL */
} codes[] = {
#include "data/exit-codes.h"
};

static const struct signal *find_signal (int number)
{
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (signals[i].number == number)
      return &signals[i];
  return NULL;
}

const char *vprod__exit_words (int exit_code, int oom_killed, char text[static VPROD__EXIT_WORDS_SIZE])
{
  const struct signal *signal = exit_code > 128 ? find_signal (exit_code - 128) : NULL;

  if (oom_killed && exit_code != 0) {
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (out of memory: the kernel killed it)", exit_code);
    return text;
  }
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (codes[i].code == exit_code) {
      snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (%s)", exit_code, codes[i].meaning);
      return text;
    }
  if (signal)
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (SIG%s: %s)", exit_code, signal->name,
              signal->meaning ? signal->meaning : "a signal that it does not handle");
  else
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d", exit_code);
  return text;
}

const char *vprod__exit_remedy (int exit_code, int oom_killed)
{
  const struct signal *signal = exit_code > 128 ? find_signal (exit_code - 128) : NULL;
  const char *name = signal ? signal->remedy : NULL;

  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (codes[i].code == exit_code)
      name = codes[i].remedy;
  return vprod__remedy (oom_killed ? "out-of-memory" : name ? name : "exit");
}

static int number_after (const char *text, int *ret)
{
  char *end;
  long number = strtol (text, &end, 10);

  if (!isdigit ((unsigned char) *text) || *end || number > LINUX_RTMAX)
    return -1;
  *ret = (int) number;
  return 0;
}

int vprod__signal_number (const char *signal)
{
  int number;

  if (!signal)
    return 0;
  if (number_after (signal, &number) == 0)
    return number;
  if (strncasecmp (signal, "SIG", 3) == 0)
    signal += 3;
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (strcasecmp (signals[i].name, signal) == 0)
      return signals[i].number;
  if (strncasecmp (signal, "RTM", 3) != 0 || strlen (signal) < 5)
    return 0;
  int up = strncasecmp (signal, "RTMIN", 5) == 0;
  if (!up && strncasecmp (signal, "RTMAX", 5) != 0)
    return 0;
  number = 0;
  if (signal[5] && (signal[5] != (up ? '+' : '-') || number_after (signal + 6, &number) < 0))
    return 0;
  number = up ? LINUX_RTMIN + number : LINUX_RTMAX - number;
  return number < LINUX_RTMIN || number > LINUX_RTMAX ? 0 : number;
}

const char *vprod__signal_words (const char *signal, char text[static VPROD__SIGNAL_WORDS_SIZE])
{
  const struct signal *known = find_signal (vprod__signal_number (signal));

  if (known)
    snprintf (text, VPROD__SIGNAL_WORDS_SIZE, "SIG%s", known->name);
  else if (isdigit ((unsigned char) *signal))
    snprintf (text, VPROD__SIGNAL_WORDS_SIZE, "signal %s", signal);
  else
    snprintf (text, VPROD__SIGNAL_WORDS_SIZE, "%s", signal);
  return text;
}

int vprod__exit_is_by_signal (int exit_code, const char *signal)
{
  int number = vprod__signal_number (signal);

  return number > 0 && exit_code == 128 + number;
}
