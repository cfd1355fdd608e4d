/* SPDX-License-Identifier: MIT */
/* Which command? `verify-prod [COMMAND] [OPTION]… [ARGUMENT]`; without a command it is `run`. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct cli_command *const cli_commands[] = {
  &cli_command_run, &cli_command_init, &cli_command_build, &cli_command_specs, &cli_command_report,
  &cli_command_list, &cli_command_explain, &cli_command_clean, NULL,
};

/* The next file opened would take the number of a closed standard stream: the report could end up in a socket. The
   placeholder is opened for the wrong direction, so that using it is still an error. */
static void fill_standard_streams (void)
{
  static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

  for (int fd = 0; fd < 3; fd++)
    if (fcntl (fd, F_GETFD) < 0 && open ("/dev/null", modes[fd]) != fd)
      _exit (CLI_NOT_TOLD);
}

static int help (void)
{
  printf ("Usage: " CLI_NAME " [run] [OPTION]... [SPEC]\n");
  for (size_t i = 1; cli_commands[i]; i++)
    printf ("  or:  " CLI_NAME " %s%s%s\n", cli_commands[i]->name, *cli_commands[i]->arguments ? " " : "",
            cli_commands[i]->arguments);
  printf ("\nTells whether a container image is fit for production: builds it, runs it beside a real\n"
          "throwaway PostgreSQL, and judges what was seen. SPEC is a verify-prod.yaml or the folder\n"
          "that has one; default: the working directory.\n"
          "\nCommands:\n");
  for (size_t i = 0; cli_commands[i]; i++)
    printf ("  %-9s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
  printf ("\nOptions of run:\n%s"
          "\n  -h, --help           this help, or a command's\n"
          "  -V, --version        the version\n"
          "  --makefile           where the make fragment is: include $(shell verify-prod --makefile)\n"
          "\nExit status: 0 all checks that ran passed and at least one ran, 1 a check failed,\n"
          "2 bad usage or spec, 3 could not be verified.\n"
          "\nSee verify-prod(1) and verify-prod.yaml(5).\n",
          cli_command_run.options);
  return CLI_PASSED;
}

static int version (void)
{
  printf (CLI_NAME " %s\n", vprod_version ());
  return CLI_PASSED;
}

static const struct cli_command *find_command (const char *name)
{
  for (size_t i = 0; name && cli_commands[i]; i++)
    if (strcmp (cli_commands[i]->name, name) == 0)
      return cli_commands[i];
  return NULL;
}

static int dispatch (int argc, char **argv)
{
  const char *first = argc > 1 ? argv[1] : NULL;
  const struct cli_command *command = find_command (first);

  if (first && (strcmp (first, "--help") == 0 || strcmp (first, "-h") == 0))
    return help ();
  if (first && (strcmp (first, "--version") == 0 || strcmp (first, "-V") == 0))
    return version ();
  if (first && strcmp (first, "--makefile") == 0)
    return cli_print_makefile ();
  if (!command)
    return cli_commands[0]->run (argc, argv);
  argv[1] = argv[0];
  return command->run (argc - 1, argv + 1);
}

int main (int argc, char **argv)
{
  fill_standard_streams ();
  signal (SIGXFSZ, SIG_IGN); /* a file size limit is reported like a full disk */
  /* LC_CTYPE only, for the width of characters */
  setlocale (LC_CTYPE, "");
#ifdef M_ARENA_MAX
  mallopt (M_ARENA_MAX, 2); /* threads mostly wait */
#endif
  int code = dispatch (argc, argv);
  errno = 0;
  if ((fflush (stdout) != 0 || ferror (stdout)) && errno != EPIPE) {
    cli_say ("cannot write to standard output: %s", strerror (errno));
    code = CLI_NOT_TOLD;
  }
  return code;
}
