/* SPDX-License-Identifier: MIT */
/* The engine that examples/link/runner.c plays, for the tests of the Python module. */
#define main example_main
#include "../../../examples/link/runner.c"
#undef main

vprod_runner *played_runner (void);

vprod_runner *played_runner (void)
{
  vprod_runner *runner = NULL;

  return play (&runner, NULL) < 0 ? NULL : runner;
}
