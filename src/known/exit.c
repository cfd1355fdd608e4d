/* SPDX-License-Identifier: MIT */
/*
 * Exit codes follow the shell's habit, which engines share: 128 + N for a process that signal N ended, 126 and 127
 * for a program that could not be run. The words of engines differ by version; they are matched by the parts that
 * runc, crun, Docker and Podman have in common.
 */
#include "known/exit.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Numbers of Linux on all but a few old machines; those of this machine may differ from the engine's. */
static const struct {
  int number;
  const char *name;
  const char *meaning; /* of an end by it, or NULL */
} signals[] = {
  { 1, "HUP", NULL },
  { 2, "INT", NULL },
  { 3, "QUIT", NULL },
  { 4, "ILL", "it ran an instruction that this processor does not have" },
  { 5, "TRAP", NULL },
  { 6, "ABRT", "it gave up on an error inside it, such as a failed assertion" },
  { 7, "BUS", "it crashed on a bad memory access" },
  { 8, "FPE", "it crashed on an arithmetic error" },
  { 9, "KILL", "it was killed" },
  { 10, "USR1", NULL },
  { 11, "SEGV", "it crashed on a bad memory access" },
  { 12, "USR2", NULL },
  { 13, "PIPE", "it wrote to a pipe or socket that was closed" },
  { 14, "ALRM", NULL },
  { 15, "TERM", "it was ended from inside the container" },
  { 16, "STKFLT", NULL },
  { 17, "CHLD", NULL },
  { 18, "CONT", NULL },
  { 19, "STOP", NULL },
  { 20, "TSTP", NULL },
  { 21, "TTIN", NULL },
  { 22, "TTOU", NULL },
  { 23, "URG", NULL },
  { 24, "XCPU", "it used up its processor time" },
  { 25, "XFSZ", "it wrote a file beyond its size limit" },
  { 26, "VTALRM", NULL },
  { 27, "PROF", NULL },
  { 28, "WINCH", NULL },
  { 29, "IO", NULL },
  { 30, "PWR", NULL },
  { 31, "SYS", "it made a system call that is forbidden to it" },
};
#define LINUX_RTMIN 34
#define LINUX_RTMAX 64

static const struct {
  int code;
  const char *meaning;
} codes[] = {
  { 0, "it ended by itself, as if its work were done" },
  { 1, "its own word for a general error" },
  { 2, "its own word for an error, often a wrong argument" },
  { 126, "the program could not be run: not executable" },
  { 127, "the program was not found" },
  { 255, "its own word for an error, or the container runtime's" },
};

static const char *signal_meaning (int number, const char **ret_name)
{
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
    if (signals[i].number == number) {
      *ret_name = signals[i].name;
      return signals[i].meaning ? signals[i].meaning : "a signal that it does not handle";
    }
  return NULL;
}

const char *vprod__exit_words (int exit_code, int oom_killed, char text[static VPROD__EXIT_WORDS_SIZE])
{
  const char *name = NULL, *meaning;

  if (oom_killed && exit_code != 0) {
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (out of memory: the kernel killed it)", exit_code);
    return text;
  }
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (codes[i].code == exit_code) {
      snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (%s)", exit_code, codes[i].meaning);
      return text;
    }
  meaning = exit_code > 128 ? signal_meaning (exit_code - 128, &name) : NULL;
  if (meaning)
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d (SIG%s: %s)", exit_code, name, meaning);
  else
    snprintf (text, VPROD__EXIT_WORDS_SIZE, "exit code %d", exit_code);
  return text;
}

const char *vprod__exit_remedy (int exit_code, int oom_killed)
{
  if (oom_killed)
    return "Find out what needs so much memory, or give the engine's containers more.";
  switch (exit_code) {
  case 0:
    return "Let the container's first process be the server itself, in the foreground: without `&`, without a "
           "\"daemon\" option. One that gave up and still ended with 0 says why at the end of its log.";
  case 126:
    return "Make the program executable in the image (`RUN chmod +x`, or `COPY --chmod=755`).";
  case 127:
    return "Check the path of the program in ENTRYPOINT and CMD, that it is copied into the last stage, and that "
           "the image has the shell and libraries that it needs.";
  case 128 + 4:
    return "Build for a processor that is as old as the oldest it has to run on (no -march=native).";
  case 128 + 6:
  case 128 + 7:
  case 128 + 8:
  case 128 + 11:
    return "It crashed: read its log, and check that its libraries are those it was built with (glibc against "
           "musl, other major versions).";
  case 128 + 9:
    return "Something killed it: a watchdog of its own, or the machine being out of memory.";
  default:
    return "Read its log below; often a setting is missing in `run.env` or the database was used before it was "
           "ready.";
  }
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
  const char *name = NULL;
  int number = vprod__signal_number (signal);

  if (signal_meaning (number, &name))
    snprintf (text, VPROD__SIGNAL_WORDS_SIZE, "SIG%s", name);
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
