/* SPDX-License-Identifier: MIT */
#include "flow.h"
#include "image_archive.h"

#include <stdio.h>

#include "checks/dev_deps_absent/facts.h"
#include "util/text.h"
#include "image/feed.h"
#include "image/packages.h"
#include "image/reading.h"
#include "util/strv.h"

#define COUNT(table) (int) (sizeof (table) / sizeof (table)[0])

/* ---- what commands say --------------------------------------------------------------------------------- */

#define PYTHON { "/app/.venv/bin/python", "-c", "import pytest" }
#define MISSING .not_started = "exec: \"x\": stat /x: no such file or directory: unknown"

static const struct {
  const char *argv[6];
  int exit_code;
  const char *output;
  const char *not_started;
  int hangs;
  int oom;
  const char *package; /* one that the spec looks for */
  enum vprod__presence presence;
  const char *why;
} commands[] = {
  /* it is there */
  { PYTHON, 0, "", .presence = VPROD__PRESENT, .why = "exits with code 0" },
  { { "sh", "-c", "which gcc || true" }, 0, "", .presence = VPROD__PRESENT, .why = "code 0" },

  /* it says that it is absent */
  { PYTHON, 1, "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n"
               "ModuleNotFoundError: No module named 'pytest'\n", .why = "No module named 'pytest'" },
  { { "python3", "-m", "pytest", "--version" }, 1, "/usr/bin/python3: No module named pytest\n",
    .why = "No module named pytest" },
  /* it is there, and something else is not */
  { { "pytest", "--version" }, 1, "{\"msg\":\"exec container process (missing dynamic library?) `/usr/bin/pytest`: No such "
                                  "file or directory\",\"level\":\"error\"}\n", .presence = VPROD__UNTOLD,
    .why = "exec container process" },
  { { "pytest", "--version" }, 1, "exec /usr/bin/pytest: no such file or directory\n", .presence = VPROD__UNTOLD,
    .why = "exec /usr/bin/pytest" },
  { { "bash", "-c", "pytest" }, 127, "bash: /usr/bin/pytest: cannot execute: required file not found\n",
    .presence = VPROD__UNTOLD, .why = "required file" },
  { { "python3", "-m", "pytest" }, 1, "No module named pytest.__main__; 'pytest' is a package and cannot be directly "
    "executed\n", .presence = VPROD__UNTOLD, .why = "directly executed" },
  { { "python3", "-c", "import pytest.x" }, 1, "No module named 'pytest.x'; 'pytest' is not a package\n",
    .presence = VPROD__UNTOLD, .why = "is not a package" },
  { { "python3", "-c", "import a.b.c" }, 1, "ModuleNotFoundError: No module named 'a.b'", .why = "No module" },
  { { "python3", "-c", "from importlib.metadata import version; version('pytest')" }, 1,
    "importlib.metadata.PackageNotFoundError: No package metadata was found for pytest\n", .why = "found for pytest" },
  { { "python3", "-c", "from importlib.metadata import version; version('pytest')" }, 1,
    "ModuleNotFoundError: No module named 'importlib.metadata'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { { "python3", "-c", "import pkg_resources; pkg_resources.require('pytest')" }, 1,
    "ModuleNotFoundError: No module named 'pkg_resources'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { { "node", "-e", "require('jest')" }, 1, "Error: Cannot find module 'jest'\nRequire stack:\n- /app/[eval]\n",
    .why = "jest" },
  { { "node", "-e", "require('@jest/core')" }, 1, "Error: Cannot find module '@jest/core'\n",
    .why = "@jest/core" },
  { { "ruby", "-e", "require 'rspec'" }, 1, "-e:1:in `require': cannot load such file -- rspec (LoadError)\n",
    .why = "rspec" },
  { { "perl", "-MTest::More", "-e1" }, 2,
    "Can't locate Test/More.pm in @INC (you may need to install the Test::More module)\n", .why = "Test/More" },
  { { "python3", "-mpytest" }, 1, "/usr/bin/python3: No module named pytest\n", .why = "No module named pytest" },
  { { "python3", "-mpytest" }, 1, "/usr/bin/python3: No module named iniconfig\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { { "node", "--eval=require('jest')" }, 1, "Error: Cannot find module 'jest'\n", .why = "jest" },
  { { "perl", "-e", "use Test::More" }, 2, "Can't locate Test/More.pm in @INC\n", .why = "Test/More" },
  { { "Rscript", "-e", "library(testthat)" }, 1,
    "Error in library(testthat) : there is no package called \xe2\x80\x98testthat\xe2\x80\x99\n",
    .why = "testthat" },
  { { "sh", "-c", "gcc --version" }, 127, "sh: 1: gcc: not found\n", .why = "gcc: not found" },
  { { "bash", "-c", "gcc --version" }, 127, "bash: line 1: gcc: command not found\n", .why = "gcc" },
  { { "bash", "-c", "/usr/bin/gcc -v" }, 127, "bash: line 1: /usr/bin/gcc: No such file or directory\n",
    .why = "gcc" },
  { { "ls", "/usr/bin/gcc" }, 2, "ls: cannot access '/usr/bin/gcc': No such file or directory\n",
    .why = "cannot access" },
  { { "dpkg", "-s", "gcc" }, 1, "dpkg-query: package 'gcc' is not installed and no information is available\n",
    .why = "not installed" },
  { { "rpm", "-q", "gcc" }, 1, "package gcc is not installed\n", .why = "not installed" },
  { { "pip", "show", "pytest" }, 1, "WARNING: Package(s) not found: pytest\n", .why = "not found: pytest" },
  { { "which", "gcc" }, 1, "/usr/bin/which: no gcc in (/usr/local/bin:/usr/bin)\n", .why = "no gcc in" },
  { { "env", "gcc", "--version" }, 127, "env: 'gcc': No such file or directory\n", .why = "gcc" },

  /* it says no in silence */
  { { "which", "gcc" }, 1, "", .why = "says no by exit code 1" },
  { { "sh", "-c", "command -v gcc" }, 127, "", .why = "says no" },
  { { "/bin/sh", "-c", "command -v pytest" }, 1, "\n", .why = "says no" },
  { { "sh", "-c", "command -v gcc || command -v cc" }, 127, "", .why = "says no" },
  { { "sh", "-c", "command -v gcc >/dev/null 2>&1" }, 127, "", .why = "says no" },
  { { "bash", "-c", "type gcc &>/dev/null" }, 1, "", .why = "says no" },
  { { "sh", "-c", "command -v gcc || exit 1" }, 1, "", .why = "says no" },
  { { "sh", "-c", "command -v gcc >/dev/null 2>&1 || exit 3;" }, 3, "", .why = "says no by exit code 3" },
  { { "sh", "-c", "which gcc || false" }, 1, "", .why = "says no" },
  { { "sh", "-c", "which gcc 2>/dev/null || exit 1" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "command -v gcc && exit 1" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "command -v gcc && exit 1 || false" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "if command -v gcc >/dev/null; then exit 1; fi" }, 1, "", .presence = VPROD__UNTOLD,
    .why = "said nothing" },
  { { "sh", "-c", "python -c 'import gcc' || exit 1" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "test", "-e", "/usr/bin/gcc" }, 1, "", .why = "says no" },
  { { "sh", "-c", "[ -x /usr/bin/gcc ]" }, 1, "", .why = "says no" },
  { { "apk", "info", "-e", "gcc" }, 1, "", .why = "says no" },
  { { "sh", "-c", "pip list | grep -q pytest" }, 1, "", .why = "says no" },
  { { "sh", "-c", "pip list 2>/dev/null | grep -q pytest" }, 1, "", .presence = VPROD__UNTOLD,
    .why = "said nothing" },
  { { "sh", "-c", "which gcc 2>/dev/null" }, 1, "", .why = "says no" },
  { { "sh", "-c", "which gcc 2>/dev/null" }, 127, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "grep -q pytest /app/requirements.txt" }, 1, "", .why = "says no" },
  { { "python", "-c", "import sys, importlib.util; sys.exit(importlib.util.find_spec('pytest') is None)" }, 1, "",
    .why = "says no" },
  { { "gem", "list", "-i", "rspec" }, 1, "false\n", .why = "false" },
  { { "npm", "ls", "jest" }, 1, "app@1.0.0 /app\n`-- (empty)\n", .why = "lists nothing" },

  /* the tool itself is what is asked for */
  { { "gcc", "--version" }, MISSING, .why = "gcc is not in the image" },
  { { "/usr/bin/gcc" }, MISSING, .why = "is not in the image" },
  { { "go", "version" }, MISSING, .why = "go is not in the image" },
  { { "python3", "--version" }, MISSING, .why = "python3 is not in the image" },
  { { "gcc", "-dumpversion" }, MISSING, .why = "gcc is not in the image" },
  { { "java", "-version" }, MISSING, .why = "java is not in the image" },
  { { "pytest", "tests/" }, MISSING, .package = "pytest", .why = "pytest is not in the image" },

  /* the program that asks is missing: that says nothing */
  { PYTHON, MISSING, .presence = VPROD__UNTOLD,
    .why = "/app/.venv/bin/python, which was to be asked, is not in the image" },
  { { "perl", "-MTest::More", "-e1" }, MISSING, .presence = VPROD__UNTOLD, .why = "perl, which was to be asked" },
  { { "python3", "-mpytest" }, MISSING, .presence = VPROD__UNTOLD, .why = "python3, which was to be asked" },
  { { "python3", "-cimport pytest" }, MISSING, .presence = VPROD__UNTOLD, .why = "python3, which was to be" },
  { { "node", "--eval=require('jest')" }, MISSING, .presence = VPROD__UNTOLD, .why = "node, which was" },
  { { "npx", "--package=jest" }, MISSING, .presence = VPROD__UNTOLD, .why = "npx, which was to be asked" },
  { { "pip", "show", "pytest" }, MISSING, .presence = VPROD__UNTOLD, .why = "pip, which was to be asked" },
  { { "which", "gcc" }, MISSING, .presence = VPROD__UNTOLD, .why = "which, which was to be asked" },
  { { "sh", "-c", "command -v gcc" }, MISSING, .presence = VPROD__UNTOLD, .why = "sh, which was to be asked" },
  { { "/probe", "pytest" }, MISSING, .presence = VPROD__UNTOLD, .why = "/probe, which was to be asked" },
  { { "sh", "-c", "python -c 'import pytest'" }, 127, "sh: 1: python: not found\n", .presence = VPROD__UNTOLD,
    .why = "python: not found" },
  { { "sh", "-c", "which gcc" }, 127, "sh: which: not found\n", .presence = VPROD__UNTOLD,
    .why = "which: not found" },
  { { "env", "python", "-c", "import pytest" }, 127, "env: 'python': No such file or directory\n",
    .presence = VPROD__UNTOLD, .why = "python" },
  { { "python", "/probe.py" }, 2, "python: can't open file '/probe.py': [Errno 2] No such file or directory\n",
    .presence = VPROD__UNTOLD, .why = "/probe.py, which was to be run" },
  { { "node", "/app/probe.js" }, 1, "Error: Cannot find module '/app/probe.js'\n", .presence = VPROD__UNTOLD,
    .why = "/app/probe.js, which was to be run" },
  { { "sh", "/probe.sh" }, 2, "sh: 0: cannot open /probe.sh: No such file or directory\n",
    .presence = VPROD__UNTOLD, .why = "which was to be run" },

  /* it is there, and does not work; or something else is absent */
  { PYTHON, 1, "ModuleNotFoundError: No module named 'iniconfig'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { PYTHON, 1, "ModuleNotFoundError: No module named 'pytest.mark'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { PYTHON, 1, "ModuleNotFoundError: No module named '_pytest'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { PYTHON, 1, "ModuleNotFoundError: No module named 'pytest-cov'\n", .presence = VPROD__UNTOLD,
    .why = "not what was asked for" },
  { PYTHON, 1, "ImportError: pytest: libx.so.1: cannot open shared object file: No such file or directory\n",
    .presence = VPROD__UNTOLD, .why = "does not say" },
  { PYTHON, 1, "SyntaxError: invalid syntax\n", .presence = VPROD__UNTOLD, .why = "SyntaxError" },
  { PYTHON, 139, "", .presence = VPROD__UNTOLD, .why = "exited with code 139 and said nothing" },
  { PYTHON, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { PYTHON, 1, "exec /app/.venv/bin/python: no such file or directory\n", .presence = VPROD__UNTOLD,
    .why = "its last words: exec /app/" },
  { { "node", "-e", "require('jest')" }, 1, "Error: Cannot find module '/app/node_modules/jest/build/index.js'\n",
    .presence = VPROD__UNTOLD, .why = "not what was asked for" },
  { { "false" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "exit 3" }, 3, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "mypy", "app" }, 1, "app/main.py:1: error: bad\n", .presence = VPROD__UNTOLD, .why = "does not say" },
  { { "test", "-z", "x" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "! command -v gcc" }, 1, "", .presence = VPROD__UNTOLD, .why = "said nothing" },
  { { "sh", "-c", "test -x /bin/python && python -c 'import pytest'" }, 1, "", .presence = VPROD__UNTOLD,
    .why = "said nothing" },
  { PYTHON, .hangs = 1, .presence = VPROD__UNTOLD, .why = "still running after 2.0 s" },
  { PYTHON, 137, "", .oom = 1, .presence = VPROD__UNTOLD, .why = "out of memory" },
  { PYTHON, .not_started = "permission denied", .presence = VPROD__UNTOLD,
    .why = "could not be started: permission denied" },
};

START_TEST (command_fails_because_it_is_absent_or_does_not)
{
  char *argv[8] = { 0 }, *packages[2] = { 0 }, *why = NULL, *text;
  struct vprod__once once = { .started = !commands[_i].not_started, .ended = !commands[_i].hangs,
                              .exit_code = commands[_i].exit_code, .oom_killed = commands[_i].oom,
                              .duration_ms = 2000 };

  for (int i = 0; commands[_i].argv[i]; i++)
    argv[i] = strdup (commands[_i].argv[i]);
  packages[0] = commands[_i].package ? strdup (commands[_i].package) : NULL;
  once.why = commands[_i].not_started ? strdup (commands[_i].not_started) : NULL;
  once.output = strdup (commands[_i].output ? commands[_i].output : "");
  once.output_length = strlen (once.output);
  int r = vprod__judge_command (argv, &once, packages, &why);
  text = vprod__command_text (argv);
  ck_assert_ptr_nonnull (why);
  ck_assert_msg (r == (int) commands[_i].presence, "%s, which says \"%s\", is %d: %s", text, once.output, r, why);
  assert_holds (why, commands[_i].why);
  for (int i = 0; argv[i]; i++)
    free (argv[i]);
  free (packages[0]);
  free (once.why);
  free (once.output);
  free (text);
  free (why);
}
END_TEST

static const struct {
  const char *output;
  int started;
  enum vprod__presence presence;
} rpm[] = {
  { "package gcc is not installed\n", 1, VPROD__ABSENT },
  { "gcc\npackage make is not installed\n", 1, VPROD__PRESENT },
  { "gcc-c++\npackage gcc is not installed", 1, VPROD__ABSENT },
  { "error: cannot open Packages database in /var/lib/rpm\n", 1, VPROD__UNTOLD },
  { "package make is not installed\n", 1, VPROD__UNTOLD },
  { "", 0, VPROD__UNTOLD },
};

START_TEST (understands_rpm)
{
  char output[200];
  struct vprod__once once = { .started = rpm[_i].started, .ended = 1, .output = output };

  snprintf (output, sizeof output, "%s", rpm[_i].output);
  once.output_length = strlen (output);
  ck_assert_int_eq (vprod__rpm_says (&once, "gcc"), rpm[_i].presence);
}
END_TEST

/* ---- what files say ------------------------------------------------------------------------------------ */

static const struct {
  const char *path;
  const char *name;
  const char *kind; /* NULL: does not say so */
  enum vprod__file_kind file;
  unsigned mode;
} files[] = {
  { "usr/lib/python3/dist-packages/pytest-8.1.0.dist-info/METADATA", "pytest", "Python distribution" },
  { "app/.venv/lib/python3.12/site-packages/pytest-8.1.0.dist-info/RECORD", "pytest", "Python distribution" },
  { "x/pytest_cov-5.0.0.dist-info/METADATA", "pytest-cov", "Python distribution" },
  { "x/pytest_cov-5.0.0.dist-info/METADATA", "Pytest.Cov", "Python distribution" },
  { "x/pytest_cov-5.0.0.dist-info/METADATA", "pytest", NULL },
  { "x/pytest-8.1.0.dist-info/METADATA", "pytest-cov", NULL },
  { "x/pytest-6.0-py3.9.egg-info", "pytest", "Python distribution" },
  { "x/site-packages/pytest.egg-link", "pytest", "Python distribution" },
  { "x/pytest.egg-info/PKG-INFO", "pytest", "Python distribution" },
  { "x/pytest-6.0-py3.9.egg/EGG-INFO/PKG-INFO", "pytest", "Python distribution" },
  { "x/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA", "wheel", NULL },
  { "x/site-packages/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA", "wheel", NULL },
  { "x/site-packages/app/_vendor/wheel-0.43.0.dist-info/METADATA", "wheel", NULL },
  { "opt/libs/app/_vendor/wheel-0.43.0.dist-info/METADATA", "wheel", NULL },
  { "srv/_vendor/wheel-0.43.0.dist-info/METADATA", "wheel", "Python distribution" }, /* an app's own folder */
  { "x/site-packages/pytest/__init__.py", "pytest", "Python module" },
  { "x/site-packages/pytest/__init__.pyc", "pytest", "Python module" },
  { "x/site-packages/pytest/main.py", "pytest", NULL },
  { "x/site-packages/pytest.py", "pytest", "Python module" },
  { "x/site-packages/pytest.cpython-311-x86_64-linux-gnu.so", "pytest", "Python module" },
  { "x/site-packages/app/pytest.py", "pytest", NULL },
  { "app/pytest.py", "pytest", NULL },
  { "opt/libs/pytest.py", "pytest", "Python module" }, /* on PYTHONPATH */
  { "opt/libs/pytest/__init__.py", "pytest", "Python module" },
  { "opt/libs/pytest/main.py", "pytest", NULL },
  { "opt/libs/app/pytest/__init__.py", "pytest", NULL },
  { "opt/libs-2/pytest/__init__.py", "pytest", NULL },
  { "srv/node_modules/jest/package.json", "jest", "npm package" },
  { "srv/node_modules/@jest/core/package.json", "@jest/core", "npm package" },
  { "srv/node_modules/@jest/core/package.json", "core", NULL },
  { "srv/node_modules/.pnpm/jest@29.0.0/node_modules/jest/package.json", "jest", "npm package" },
  { "srv/node_modules/jest", "jest", "npm package", VPROD__FILE_LINK },
  { "srv/node_modules/jest-cli/package.json", "jest", NULL },
  { "srv/node_modules/x/jest/package.json", "jest", NULL },
  { "srv/node_modules/jest/build/index.js", "jest", NULL },
  { "srv/.yarn/cache/jest-npm-29.7.0-8dd5b2b1c4-97023d7844.zip", "jest", "npm package in Yarn's cache" },
  { "root/.yarn/berry/cache/@jest-core-npm-29.7.0-8dd5b2b1c4-10c0.zip", "@jest/core",
    "npm package in Yarn's cache" },
  { "srv/.yarn/cache/@jest-core-npm-29.7.0-8dd5b2b1c4-97023d7844.zip", "core", NULL },
  { "srv/.yarn/cache/jest-npm-npm-1.0.0-8dd5b2b1c4-97023d7844.zip", "jest", NULL },
  { "srv/.yarn/cache/jest-cli-npm-29.7.0-8dd5b2b1c4-97023d7844.zip", "jest", NULL },
  { "srv/.yarn/cache/jest-npm-.zip", "jest", NULL },
  { "srv/cache/jest-npm-29.7.0-8dd5b2b1c4-97023d7844.zip", "jest", NULL },
  { "usr/lib/ruby/gems/3.2.0/specifications/rspec-core-3.12.0.gemspec", "rspec-core", "Ruby gem" },
  { "usr/lib/ruby/gems/3.2.0/specifications/rspec-core-3.12.0.gemspec", "rspec", NULL },
  { "x/specifications/nokogiri-1.15.4-x86_64-linux.gemspec", "nokogiri", "Ruby gem" },
  { "x/specifications/default/bundler-2.4.gemspec", "bundler", "Ruby gem" },
  { "x/bundler/gems/rspec-core-1a2b3c4d5e6f/lib/rspec.rb", "rspec-core", "Ruby gem" },
  { "x/bundler/gems/rspec-core-1a2b3c4d5e6f/lib/rspec.rb", "rspec", NULL },
  { "x/bundler/gems/rspec-helpers-1a2b/x.rb", "rspec", NULL },
  { "app/rspec-1.0.gemspec", "rspec", NULL },
  { "opt/conda/conda-meta/gcc_linux-64-12.2.0-h1_0.json", "gcc_linux-64", "conda package" },
  { "opt/conda/conda-meta/gcc-12.2.0-h1_0.json", "gcc", "conda package" },
  { "opt/conda/conda-meta/gcc-12.2.0-h1_0.json", "gcc-12.2.0", NULL },
  { "usr/lib/R/library/testthat/DESCRIPTION", "testthat", "R package" },
  { "usr/lib/R/site-library/testthat/DESCRIPTION", "testthat", "R package" },
  { "app/testthat/DESCRIPTION", "testthat", NULL },
  { "usr/bin/gcc", "gcc", "program", VPROD__FILE_REGULAR, 0755 },
  { "usr/local/sbin/gcc", "gcc", "program", VPROD__FILE_LINK, 0777 },
  { "usr/bin/gcc", "gcc", NULL, VPROD__FILE_REGULAR, 0644 },
  { "usr/bin/gcc-12", "gcc", NULL, VPROD__FILE_REGULAR, 0755 },
  { "usr/bin/gcc", "gcc", NULL, VPROD__FILE_FOLDER, 0755 },
  { "opt/tools/gcc", "gcc", "program", VPROD__FILE_REGULAR, 0755 }, /* on PATH */
  { "opt/other/gcc", "gcc", NULL, VPROD__FILE_REGULAR, 0755 },
  { "usr/share/doc/gcc/copyright", "gcc", NULL },
  { "gcc", "gcc", NULL, VPROD__FILE_REGULAR, 0755 },
};

START_TEST (knows_the_files_of_package_managers)
{
  char tools[] = "/opt/tools/", libs[] = "/opt/libs", *programs[] = { tools, NULL }, *modules[] = { libs, NULL };
  const struct vprod__package_folders folders = { programs, modules };
  size_t length;
  const char *kind = vprod__package_in_path (files[_i].path, files[_i].file ? files[_i].file : VPROD__FILE_REGULAR,
                                             files[_i].mode, files[_i].name, &folders, &length);

  if (!files[_i].kind) {
    ck_assert_msg (kind == NULL, "%s is %s for %s", files[_i].path, kind, files[_i].name);
    return;
  }
  ck_assert_msg (kind != NULL, "%s is nothing for %s", files[_i].path, files[_i].name);
  ck_assert_str_eq (kind, files[_i].kind);
  ck_assert_uint_le (length, strlen (files[_i].path));
}
END_TEST

/* ---- what an image says -------------------------------------------------------------------------------- */

#define DIST "usr/lib/python3/site-packages/pytest-8.1.0.dist-info"
#define STATUS(gcc)                                                                                               \
  "Package: base\nStatus: install ok installed\n\nPackage: gcc\nStatus: " gcc                                     \
  "\nVersion: 12\n\nPackage: z\nStatus: install ok installed\n"

static const struct {
  struct tar_entry layers[3][4];
  const char *name;
  int present;
  int lower; /* in a lower layer alone */
  const char *where;
} images[] = {
  { { { { DIST "/METADATA", "Name: pytest" } } }, "pytest", 1, 0, DIST },
  { { { { DIST "/METADATA", "x" } },
    { { "usr/lib/python3/site-packages/.wh.pytest-8.1.0.dist-info" } } }, "pytest", 0, 1, NULL },
  { { { { DIST "/METADATA", "x" } }, { { "usr/lib/.wh.python3" } } }, "pytest", 0, 1, NULL },
  { { { { DIST "/METADATA", "x" } }, { { "usr/lib/.wh..wh..opq" } } }, "pytest", 0, 1, NULL },
  { { { { DIST "/METADATA", "x" } }, { { ".wh.usr" } },
    { { DIST "/METADATA", "again" } } }, "pytest", 1, 0, DIST },
  { { { { "usr/lib/.wh.python3" } }, { { DIST "/METADATA", "x" } } }, "pytest", 1, 0, DIST },
  { { { { "usr/lib/python3/.wh..wh..opq" },
    { DIST "/METADATA", "x" } } }, "pytest", 1, 0, DIST }, /* hides what is below, not itself */
  { { { { DIST "/METADATA", "x" } }, { { "usr/lib/.wh.python" } } }, "pytest", 1, 0, DIST },
  { { { { "var/lib/dpkg/status", STATUS ("install ok installed") } } }, "gcc", 1, 0, "var/lib/dpkg/status" },
  { { { { "var/lib/dpkg/status", STATUS ("deinstall ok config-files") } } }, "gcc", 0, 0, NULL },
  { { { { "var/lib/dpkg/status", STATUS ("install ok unpacked") } } }, "gcc", 0, 0, NULL },
  { { { { "var/lib/dpkg/status", STATUS ("install ok installed") } },
    { { "var/lib/dpkg/status", STATUS ("purge ok not-installed") } } }, "gcc", 0, 1, NULL },
  { { { { "var/lib/dpkg/status", STATUS ("purge ok not-installed") } },
    { { "var/lib/dpkg/status", STATUS ("install ok installed") } } }, "gcc", 1, 0, "dpkg" },
  { { { { "var/lib/dpkg/status", STATUS ("install ok installed") } },
    { { "var/lib/.wh.dpkg" } } }, "gcc", 0, 1, NULL },
  { { { { "var/lib/dpkg/status", "Package: gcc-12\nStatus: install ok installed\n" } } }, "gcc", 0, 0, NULL },
  { { { { "var/lib/dpkg/status", "Package: gcc\nStatus: install ok installed" } } }, "gcc", 1, 0, "dpkg" },
    /* no newline at the end */
  { { { { "var/lib/dpkg/status", "\n\n\nPackage: gcc\r\nStatus: install ok installed\r\n" } } }, "gcc", 1, 0,
    "dpkg" },
  { { { { "var/lib/dpkg/status.d/gcc", "Package: gcc\nVersion: 12\n" } } }, "gcc", 1, 0, "status.d" },
  { { { { "var/lib/dpkg/status.d/gcc.md5sums", "Package: gcc\nVersion: 12\n" } } }, "gcc", 0, 0, NULL },
  { { { { "var/lib/dpkg/status-old", STATUS ("install ok installed") } } }, "gcc", 0, 0, NULL },
  { { { { "lib/apk/db/installed", "C:Q1\nP:musl\nV:1\n\nC:Q1\nP:gcc\nV:12\nF:usr/bin\nR:gcc\n\n" } } }, "gcc", 1,
    0, "lib/apk" },
  { { { { "lib/apk/db/installed", "P:musl\nD:gcc\n\n" } } }, "gcc", 0, 0, NULL },
  { { { { "app/vendor/composer/installed.json", "{\"packages\":[{\"name\":\"phpunit/phpunit\"}]}" } } },
    "phpunit/phpunit", 1, 0, "vendor" },
  { { { { "app/vendor/composer/installed.json", "[{\"name\":\"phpunit/phpunit\"}]" } } }, "phpunit", 1, 0,
    "vendor" },
  { { { { "app/vendor/composer/installed.json", "{\"packages\":[{\"name\":\"symfony/console\"}]}" } } },
    "console", 0, 0, NULL },
  { { { { "app/vendor/composer/installed.json", "{\"packages\":[" } } }, "phpunit", 0, 0, NULL },
  { { { { "usr/bin/gcc", "x", .executable = 1 } } }, "gcc", 1, 0, "usr/bin/gcc" },
  { { { { "usr/bin/gcc", .link = "gcc-12" } } }, "gcc", 1, 0, "usr/bin/gcc" },
  { { { { "usr/bin/gcc", "x", .executable = 1 } }, { { "usr/bin/.wh.gcc" } } }, "gcc", 0, 1, NULL },
};

START_TEST (finds_packages_in_the_final_file_system)
{
  char name[64], *names[] = { name, NULL }, manifest[200] = "[{\"Layers\":[";
  struct tar_entry entries[5] = { { 0 } };
  struct vprod__buf layers[3] = { { 0 } };
  int n = 0;

  snprintf (name, sizeof name, "%s", images[_i].name);
  for (; n < 3 && images[_i].layers[n][0].path; n++)
    layers[n] = make_tar (images[_i].layers[n], PLAIN);
  /* the order in the archive is not that of the image */
  for (int i = 0; i < n; i++) {
    static const char *const paths[] = { "l0.tar", "l1.tar", "l2.tar" };
    int k = n - 1 - i;
    entries[i] = (struct tar_entry) { paths[k], layers[k].data, .length = layers[k].length };
    snprintf (manifest + strlen (manifest), sizeof manifest - strlen (manifest), "%s\"l%d.tar\"", i ? "," : "", i);
  }
  strcat (manifest, "]}]");
  entries[n] = (struct tar_entry) { "manifest.json", manifest };
  struct vprod__buf image = make_tar (entries, PLAIN);

  static const vprod_call call = { sizeof call, VPROD_NO_DEADLINE, -1 };
  struct memory memory = { image.data, image.length, 700 };
  struct vprod__layer_visitor visitor;
  struct vprod__file_reader reader = { .visitor = &visitor };
  struct vprod__visible seen = { 0 };
  struct vprod__packages *packages = NULL;
  struct archive *archive = NULL;
  vprod_error *err = NULL;
  size_t count, visible = 0;
  assert_ok (vprod__packages_new (names, NULL, &(struct vprod__package_folders) { 0 }, &packages, &err), err);
  vprod__packages_visitor (packages, &visitor);
  assert_ok (vprod__archive_open_tar (&memory, read_memory, &archive, &err), err);
  assert_ok (vprod__image_read (archive, &call, &reader, &seen, &err), err);
  const struct vprod__package_place *found = vprod__packages_places (packages, &count);
  for (size_t i = 0; i < count; i++)
    if (found[i].visible && visible++ == 0 && images[_i].where)
      ck_assert_msg (strstr (found[i].path, images[_i].where) || strstr (found[i].kind, images[_i].where), "%s %s",
                     found[i].kind, found[i].path);
  ck_assert_int_eq (visible > 0, images[_i].present);
  if (!images[_i].present)
    ck_assert_int_eq (count > 0, images[_i].lower);
  ck_assert_ptr_null (vprod__packages_rpm_database (packages));

  archive_read_free (archive);
  vprod__visible_clear (&seen);
  vprod__packages_free (packages);
  vprod__buf_clear (&image);
  for (int i = 0; i < n; i++)
    vprod__buf_clear (&layers[i]);
}
END_TEST

START_TEST (layers_that_hide_too_many_files_are_an_error)
{
  char name[] = "gcc", *names[] = { name, NULL };
  const struct vprod__visible visible = { .count = 7, .too_many = 1 };
  struct vprod__packages *packages = NULL;
  vprod_error *err = NULL;

  assert_ok (vprod__packages_new (names, NULL, &(struct vprod__package_folders) { 0 }, &packages, &err), err);
  assert_error (vprod__packages_settle (packages, &visible, &err), err, VPROD_ERROR_ENGINE, "hide more than 7 files");
  vprod__packages_free (packages);
}
END_TEST

/* ---- judging ------------------------------------------------------------------------------------------- */

static char pytest[] = "pytest", gcc[] = "/usr/bin/gcc", place[] = "program /usr/bin/pytest",
            reason[] = "python is not there";

static const struct {
  struct vprod__dev_dep deps[3];
  struct wanted wanted;
  const char *evidence;
} judged[] = {
  { { { "packages", pytest }, { "paths", gcc } },
    { VPROD_VERDICT_PASS, 0, "2 things that are for development were looked for and are absent", "" }, NULL },
  { { { "packages", pytest } }, { VPROD_VERDICT_PASS, 0, "1 thing", "" }, NULL },
  { { { "packages", pytest, .lower = place } }, { VPROD_VERDICT_PASS, 0, "1 thing", "" }, "only_in_lower_layers" },
  { { { "packages", pytest, VPROD__PRESENT, place }, { "paths", gcc } },
    { VPROD_VERDICT_FAIL, 0, "pytest (program /usr/bin/pytest)", "final stage" }, NULL },
  { { { "packages", pytest, VPROD__PRESENT, place }, { "paths", gcc, VPROD__PRESENT, place } },
    { VPROD_VERDICT_FAIL, 0, "pytest, /usr/bin/gcc", NULL }, NULL },
  { { { "packages", pytest, VPROD__PRESENT, place }, { "commands", gcc, VPROD__UNTOLD, reason } },
    { VPROD_VERDICT_FAIL, 0, "pytest", NULL }, "could_not_be_told" },
  { { { "packages", pytest }, { "commands", gcc, VPROD__UNTOLD, reason } },
    { 0, VPROD_ERROR_UNSUPPORTED, "/usr/bin/gcc: python is not there. `packages` and `paths` of", NULL }, NULL },
  { { { "packages", pytest, VPROD__UNTOLD, reason } },
    { 0, VPROD_ERROR_UNSUPPORTED, "pytest: python is not there. `paths` of", NULL }, NULL },
};

START_TEST (judges)
{
  vprod_result *result = new_result ();
  vprod_error *err = NULL;
  size_t count = 0;

  while (count < 3 && judged[_i].deps[count].name)
    count++;
  struct vprod__dev_deps_absent_facts facts = { judged[_i].deps, count };
  int r = vprod__dev_deps_absent_judge (&facts, result, &err);
  assert_wanted (r, result, err, &judged[_i].wanted);
  if (judged[_i].evidence)
    ck_assert_ptr_nonnull (vprod_result_find_evidence (result, judged[_i].evidence));
  vprod_result_free (result);
}
END_TEST

/* ---- in a session -------------------------------------------------------------------------------------- */

#define YAML(options) "version: 1\nname: subject\nchecks:\n  dev-deps-absent: {" options "}\n"
#define IMAGE_ALONE(options) YAML (options) "  start: false\n"

static struct vprod__buf image_with_pytest;

static void behaves (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  static const char *const paths[] = { "/usr/bin/gcc", "/" DIST, "/bin/linked", NULL };
  static const struct mock_output no_module[] = {
    { 0, VPROD_STREAM_STDERR, "ModuleNotFoundError: No module named 'pytest'\n", 0 }, { 0 } };

  (void) data;
  b->paths = paths;
  if (b->role != MOCK_ONCE || !request->entrypoint)
    return;
  ck_assert_str_eq (request->network, "none");
  if (strcmp (request->entrypoint[0], "python") == 0) {
    b->exit_code = 1;
    b->output = no_module;
  }
  else if (strcmp (request->entrypoint[0], "sleep") == 0)
    b->ends_after_ms = MOCK_NEVER;
  else if (strcmp (request->entrypoint[0], "nowhere") == 0) {
    b->start_error = VPROD_ERROR_IMAGE;
    b->start_message = "exec: \"nowhere\": executable file not found in $PATH";
  }
}

static void prepare (struct mock *mock)
{
  mock->on_container = behaves;
  if (!image_with_pytest.data) {
    static const struct tar_entry content[] = { { DIST "/METADATA", "Name: pytest" },
                                                { "usr/bin/gone", "x", .executable = 1 },
                                                { "usr/bin/gcc", "x", .executable = 1 },
                                                { "bin", .link = "usr/bin" },
                                                { 0 } };
    struct vprod__buf layer = make_tar (content, PLAIN);
    const struct tar_entry entries[] = { { "l.tar", layer.data, .length = layer.length },
                                         { "manifest.json", "[{\"Layers\":[\"l.tar\"]}]" }, { 0 } };
    image_with_pytest = make_tar (entries, PLAIN);
    vprod__buf_clear (&layer);
  }
  mock->image.archive = image_with_pytest.data;
  mock->image.archive_length = image_with_pytest.length;
}

static void prepare_no_archive (struct mock *mock)
{
  static const char garbage[] = "this is none";

  prepare (mock);
  mock->image.archive = garbage;
  mock->image.archive_length = sizeof garbage;
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
  { { NULL, YAML (""), prepare },
    { VPROD_VERDICT_SKIP, 0, "packages, paths or commands of checks.dev-deps-absent", NULL } },
  { { NULL, YAML ("packages: [pytest]"), prepare },
    { VPROD_VERDICT_FAIL, 0, "pytest (Python distribution /" DIST ")", "final stage" } },
  { { NULL, YAML ("packages: [clang, pytest-cov]"), prepare }, { VPROD_VERDICT_PASS, 0, "2 things", "" } },
  { { NULL, YAML ("packages: [clang], paths: [/usr/bin/gcc]"), prepare }, { VPROD_VERDICT_FAIL, 0, "/usr/bin/gcc", NULL } },
  { { NULL, YAML ("packages: [clang], paths: [/usr/bin]"), prepare }, { VPROD_VERDICT_PASS, 0, "2 things", "" } },
  { { NULL, YAML ("packages: [clang], paths: [/usr/bin/g, /usr/bin/gone]"), prepare },
    { VPROD_VERDICT_PASS, 0, "3 things", "" } },
  /* through a link: no file of the layers has that name */
  { { NULL, YAML ("packages: [clang], paths: [/bin/linked]"), prepare }, { VPROD_VERDICT_FAIL, 0, "/bin/linked", NULL } },
  /* the layers have it, and the file system has not: a folder above it was replaced by a link */
  { { NULL, YAML ("packages: [gone]"), prepare }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { { NULL, YAML ("paths: [/usr/bin/gcc]"), prepare }, { VPROD_VERDICT_FAIL, 0, "/usr/bin/gcc", NULL } },
  { { NULL, YAML ("paths: [/usr/bin//cc, /opt]"), prepare }, { VPROD_VERDICT_PASS, 0, "2 things", "" } },
  { { NULL, YAML ("paths: [\"/usr/lib/**/pytest-*\"]"), prepare }, { VPROD_VERDICT_FAIL, 0, "pytest", NULL } },
  { { NULL, YAML ("paths: [\"/usr/lib/**/mypy-*\"]"), prepare }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { { NULL, YAML ("commands: [[python, -c, import pytest]]"), prepare }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { { NULL, YAML ("commands: [[true], [python, -c, import pytest]]"), prepare },
    { VPROD_VERDICT_FAIL, 0, "true (it exits with code 0)", NULL } },
  { { NULL, YAML ("commands: [[nowhere, pytest]]"), prepare },
    { 0, VPROD_ERROR_UNSUPPORTED, "nowhere, which was to be asked, is not in the image", NULL } },
  { { NULL, YAML ("commands: [[sleep, 60]], timeout: 300ms"), prepare },
    { 0, VPROD_ERROR_UNSUPPORTED, "still running", NULL } },
  { { NULL, YAML ("packages: [x]"), prepare_no_archive }, { 0, VPROD_ERROR_ENGINE, "archive", NULL } },
  { { NULL, YAML ("packages: [x]"), prepare_no_image }, { VPROD_VERDICT_SKIP, 0, "did not build", NULL } },
};

START_TEST (says_in_a_session)
{
  struct flow flow = flows[_i].flow;

  flow.check = vprod_check_dev_deps_absent;
  flow_says (&flow, &flows[_i].wanted);
}
END_TEST

START_TEST (never_starts_a_container_to_look_at_files)
{
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_dev_deps_absent, IMAGE_ALONE ("packages: [pytest], paths: [/usr/bin/gcc]"), NULL };
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  prepare (mock);
  vprod_session *session = mock_session (mock, flow.yaml);
  assert_ok (vprod_check_dev_deps_absent (session, &result, &err), err);
  ck_assert_int_eq (mock_count (mock, "container_start", NULL), 0);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 1);
  ck_assert_int_eq (mock_count (mock, "image_export", NULL), 1);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* What is in no layer, nor behind a link, needs no look. */
START_TEST (makes_no_container_for_what_the_files_tell)
{
  struct mock *mock = mock_new ();
  vprod_result *result = NULL;
  vprod_error *err = NULL;

  prepare (mock);
  vprod_session *session
    = mock_session (mock, IMAGE_ALONE ("packages: [clang], paths: [/usr/bin/cc, /opt/x, /usr/bi]"));
  assert_ok (vprod_check_dev_deps_absent (session, &result, &err), err);
  ck_assert_int_eq (vprod_result_get_verdict (result), VPROD_VERDICT_PASS);
  ck_assert_int_eq (mock_count (mock, "container_create", NULL), 0);
  vprod_result_free (result);
  vprod_session_free (session);
  mock_assert_clean (mock);
  mock_free (mock);
}
END_TEST

/* ---- in the running app -------------------------------------------------------------------------------- */

#define SITE "/srv/.venv/lib/python3.13/site-packages/"
#define DPKG "Package: git\nStatus: install ok installed\n\n"

#define ADDED(path) { path, VPROD_CHANGE_ADDED }
#define MODIFIED(path) { path, VPROD_CHANGE_MODIFIED }

static const struct {
  const char *options;
  struct mock_change changes[8];
  struct wanted wanted;
} at_run[] = {
  { "packages: [pytest-cov]", { { 0 } }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [pytest-cov]",
    { MODIFIED ("/srv/.venv"), ADDED (SITE "pytest_cov-5.0.dist-info"), ADDED (SITE "pytest_cov-5.0.dist-info/RECORD") },
    { VPROD_VERDICT_FAIL, 0,
      "not in the image, but in the app that runs, though it is for development: pytest-cov (Python distribution " SITE
      "pytest_cov-5.0.dist-info, written after the start)",
      "uv run --no-sync" } },
  { "packages: [jest, rspec-core]",
    { ADDED ("/app/node_modules/jest/package.json"), ADDED ("/gems/specifications/rspec-core-3.12.0.gemspec") },
    { VPROD_VERDICT_FAIL, 0, "jest (written after the start), rspec-core (written after the start)", NULL } },
  /* the image has the one, and the app gets the other */
  { "packages: [jest, pytest]", { ADDED ("/app/node_modules/jest/package.json") },
    { VPROD_VERDICT_FAIL, 0, "in the image, though they are for development: jest (written after the start), pytest",
      "final stage" } },
  { "packages: [pytest]", { ADDED (SITE "pytest-8.dist-info/RECORD") },
    { VPROD_VERDICT_FAIL, 0, "in the image, though it is for development: pytest (Python distribution /" DIST ")", NULL } },
  /* of what changed, what is new counts; of what is new, what is installed */
  { "packages: [ruff]", { MODIFIED (SITE "ruff-1.dist-info"), MODIFIED (SITE "ruff-1.dist-info/RECORD") },
    { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [ruff]", { { SITE "ruff-1.dist-info", VPROD_CHANGE_DELETED } }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [ruff]",
    { ADDED (SITE "ruff/__pycache__/__init__.cpython-313.pyc"), ADDED ("/root/.cache/uv/archive-v0/x/ruff-1.dist-info"),
      ADDED ("/tmp/uv/archive-v0/x/ruff-1.dist-info"), ADDED ("/tmp/ruff.log"), ADDED ("/srv/ruff.sqlite"),
      ADDED (SITE "shelf_api-0.1.dist-info") },
    { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  /* an environment may well be in a folder for temporary files */
  { "packages: [ruff]", { ADDED ("/tmp/venv/lib/python3/site-packages/ruff-1.dist-info") },
    { VPROD_VERDICT_FAIL, 0, "/tmp/venv/lib", NULL } },
  { "paths: [/opt/tools, \"/app/**/test_*.py\"]", { ADDED ("/opt"), ADDED ("/opt/tools"), ADDED ("/opt/tools/x") },
    { VPROD_VERDICT_FAIL, 0, "/opt/tools (file /opt/tools", "uv run" } },
  { "paths: [/opt/tools, \"/app/**/test_*.py\"]", { MODIFIED ("/app"), ADDED ("/app/a/test_x.py") },
    { VPROD_VERDICT_FAIL, 0, "/app/**/test_*.py (file /app/a/test_x.py", NULL } },
  { "paths: [/opt/tools, \"/app/**/__pycache__\", /tmp/x, /root/.cache]",
    { ADDED ("/opt/tools.txt"), ADDED ("/app/a/__pycache__"), ADDED ("/app/a/__pycache__/b.pyc"), ADDED ("/tmp/x"),
      ADDED ("/root/.cache"), ADDED ("/root/.cache/pip") },
    { VPROD_VERDICT_PASS, 0, "4 things", "" } },
  /* the list does not tell a program from what only is called so */
  { "packages: [make]", { ADDED ("/usr/local/bin/make") }, { VPROD_VERDICT_FAIL, 0, "program /usr/local/bin/make", NULL } },
  { "packages: [make]", { ADDED ("/app/bin/make") }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [make]", { ADDED ("/gone/bin/make") }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [git]", { MODIFIED ("/var/lib/dpkg"), MODIFIED ("/var/lib/dpkg/status") },
    { VPROD_VERDICT_FAIL, 0, "dpkg package /var/lib/dpkg/status, written after the start", NULL } },
  { "packages: [clang]", { MODIFIED ("/var/lib/dpkg/status") }, { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
  { "packages: [valgrind, clang]", { MODIFIED ("/var/lib/rpm/rpmdb.sqlite") },
    { VPROD_VERDICT_FAIL, 0, "valgrind (rpm package in /var/lib/rpm/rpmdb.sqlite, written after the start)", NULL } },
  { "packages: [clang]", { MODIFIED ("/var/lib/rpm/rpmdb.sqlite"), MODIFIED ("/lib/apk/db/installed") },
    { VPROD_VERDICT_PASS, 0, "1 thing", "" } },
};

static void asks_rpm (void *data, const char *const *argv, struct mock_exec *exec)
{
  ck_assert_str_eq (argv[0], "rpm");
  exec->output = "valgrind\npackage clang is not installed\n";
  exec->stream = VPROD_STREAM_STDOUT;
  exec->exit_code = 1;
}

static const struct mock_change *changes_now;
static struct vprod__buf program, no_program, dpkg;

static void changes (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  static struct mock_copy copies[4];

  behaves (data, request, b);
  copies[0] = (struct mock_copy) { "/usr/local/bin/make", program.data, program.length };
  copies[1] = (struct mock_copy) { "/app/bin/make", no_program.data, no_program.length };
  copies[2] = (struct mock_copy) { "/var/lib/dpkg/status", dpkg.data, dpkg.length };
  if (b->role != MOCK_APP)
    return;
  b->changes = changes_now;
  b->on_exec = asks_rpm;
  b->copies = copies;
}

static void prepare_changes (struct mock *mock)
{
  static const struct tar_entry executable[] = { { "make", "x", .executable = 1 }, { 0 } },
                                text[] = { { "make", "x" }, { 0 } }, status[] = { { "status", DPKG }, { 0 } };

  prepare (mock);
  mock->on_container = changes;
  if (program.data)
    return;
  program = make_tar (executable, PLAIN);
  no_program = make_tar (text, PLAIN);
  dpkg = make_tar (status, PLAIN);
}

static void prepare_dpkg (struct mock *mock)
{
  static const struct mock_change of_dpkg[] = { MODIFIED ("/var/lib/dpkg/status"), { 0 } };

  prepare_changes (mock);
  changes_now = of_dpkg;
}

START_TEST (finds_what_the_app_installs_as_it_starts)
{
  char yaml[512];
  struct flow flow = { vprod_check_dev_deps_absent, yaml, prepare_changes };

  snprintf (yaml, sizeof yaml, YAML ("%s"), at_run[_i].options);
  changes_now = at_run[_i].changes;
  flow_says (&flow, &at_run[_i].wanted);
}
END_TEST

static void starts_never (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  changes (data, request, b);
  if (b->role == MOCK_APP)
    b->start_error = VPROD_ERROR_IMAGE;
}

static void ends_at_once (void *data, const vprod_container_request *request, struct mock_behaviour *b)
{
  changes (data, request, b);
  if (b->role == MOCK_APP)
    b->ends_after_ms = 0;
}

/* An engine that cannot tell, and an app that did not run: the image is judged as ever, and the result says so. */
START_TEST (says_that_it_did_not_look_at_the_app)
{
  static const struct {
    const char *yaml;
    void (*on_container) (void *data, const vprod_container_request *request, struct mock_behaviour *b);
    vprod_error_code fault;
    const char *evidence; /* NULL: it did look */
  } cases[] = {
    { YAML ("packages: [ruff]"), changes, VPROD_ERROR_UNSUPPORTED, MOCK_FAULT },
    { YAML ("packages: [ruff]"), starts_never, 0, "did not start" },
    { IMAGE_ALONE ("packages: [ruff]"), changes, 0, "leaves `start` out" },
    { YAML ("packages: [ruff]"), changes, 0, NULL },
  };

  for (size_t i = 0; i < COUNT (cases); i++) {
    struct mock *mock = mock_new ();
    struct flow flow = { vprod_check_dev_deps_absent, cases[i].yaml, NULL };
    static const struct mock_change none[] = { { 0 } };
    prepare_changes (mock);
    changes_now = none;
    mock->on_container = cases[i].on_container;
    if (cases[i].fault)
      mock_fail (mock, "container_changes", 0, cases[i].fault);
    vprod_result *result = flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_PASS, 0, "1 thing", "" });
    const char *evidence = vprod_result_find_evidence (result, "running_app");
    if (cases[i].evidence)
      assert_holds (evidence ? evidence : "", cases[i].evidence);
    else
      ck_assert_ptr_null (evidence);
    vprod_result_free (result);
  }
}
END_TEST

/* Some engines take seconds to say what changed. */
START_TEST (changes_are_asked_once_in_a_session)
{
  static const struct mock_change added[] = { ADDED (SITE "ruff-1.dist-info"), ADDED ("/x"), { 0 } };
  static struct mock_change many[4300];
  static char paths[COUNT (many)][4000];
  struct mock_change *const lists[] = { (struct mock_change *) (uintptr_t) added, many };

  for (int i = 0; i < COUNT (many) - 1; i++) {
    snprintf (paths[i], sizeof paths[i], "/%03990d", i);
    many[i] = (struct mock_change) ADDED (paths[i]);
  }
  snprintf (paths[COUNT (many) - 2], sizeof paths[0], SITE "ruff-1.dist-info");
  for (int i = 0; i < COUNT (lists); i++) {
    struct mock *mock = mock_new ();
    vprod_result *deps = NULL, *start = NULL;
    vprod_error *err = NULL;
    prepare_changes (mock);
    changes_now = lists[i];
    vprod_session *session = mock_session (mock, YAML ("packages: [ruff]"));
    assert_ok (vprod_check_dev_deps_absent (session, &deps, &err), err);
    assert_ok (vprod_check_start (session, &start, &err), err);
    ck_assert_int_eq (vprod_result_get_verdict (deps), VPROD_VERDICT_FAIL);
    assert_holds (vprod_finding_find_field (vprod_result_get_finding_at (start, 0), "message"), "1 package below");
    /* what is too much to be kept is asked for by each */
    ck_assert_int_eq (mock_count (mock, "container_changes", NULL), i == 0 ? 1 : 3);
    vprod_result_free (deps);
    vprod_result_free (start);
    vprod_session_free (session);
    mock_assert_clean (mock);
    mock_free (mock);
  }
}
END_TEST

/* What one that gave up had installed before is in its container still. */
START_TEST (looks_at_an_app_that_has_ended)
{
  static const struct mock_change added[] = { ADDED (SITE "ruff-1.dist-info"), { 0 } };
  struct mock *mock = mock_new ();
  struct flow flow = { vprod_check_dev_deps_absent, YAML ("packages: [ruff]"), NULL };

  prepare_changes (mock);
  changes_now = added;
  mock->on_container = ends_at_once;
  vprod_result_free (flow_run (&flow, mock, &(struct wanted) { VPROD_VERDICT_FAIL, 0, "in the app that runs", NULL }));
}
END_TEST

START_TEST (no_failure_of_a_slot_becomes_a_verdict)
{
  static const char *const may_fail[] = { "container_logs", NULL };

  flow_sweep (&(struct flow) { vprod_check_dev_deps_absent, YAML ("packages: [clang], paths: [/usr/bin/gone]"),
                               prepare_dpkg },
              may_fail);
  flow_sweep (&(struct flow) { vprod_check_dev_deps_absent,
                              YAML ("packages: [clang], paths: [/usr/bin/gone], commands: [[python, -c, import pytest]]"),
                              prepare },
              may_fail);
}
END_TEST

START_TEST (ends_on_cancel_and_in_time)
{
  static const char *const slots[] = { "image_export", "container_wait", "container_has_path" };
  struct flow flow = { vprod_check_dev_deps_absent,
                       IMAGE_ALONE ("packages: [clang], paths: [/usr/bin/gone], commands: [[python, -c, import pytest]]"),
                       prepare };
  struct flow running = { vprod_check_dev_deps_absent, YAML ("packages: [clang]"), prepare };

  flow_is_cancelled (&running, "container_changes", 1);
  flow_runs_out_of_time (&running, "container_changes", 1);
  for (int i = 0; i < COUNT (slots); i++) {
    flow_is_cancelled (&flow, slots[i], 1);
    flow_runs_out_of_time (&flow, slots[i], 1);
  }
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("check_dev_deps_absent");
  TCase *tcase = tcase_create ("commands");

  tcase_add_loop_test (tcase, command_fails_because_it_is_absent_or_does_not, 0, COUNT (commands));
  tcase_add_loop_test (tcase, understands_rpm, 0, COUNT (rpm));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("files");
  tcase_add_loop_test (tcase, knows_the_files_of_package_managers, 0, COUNT (files));
  tcase_add_loop_test (tcase, finds_packages_in_the_final_file_system, 0, COUNT (images));
  tcase_add_test (tcase, layers_that_hide_too_many_files_are_an_error);
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("judge");
  tcase_add_loop_test (tcase, judges, 0, COUNT (judged));
  suite_add_tcase (suite, tcase);

  tcase = tcase_create ("session");
  tcase_set_timeout (tcase, 120);
  tcase_add_loop_test (tcase, says_in_a_session, 0, COUNT (flows));
  tcase_add_test (tcase, makes_no_container_for_what_the_files_tell);
  tcase_add_test (tcase, never_starts_a_container_to_look_at_files);
  tcase_add_loop_test (tcase, finds_what_the_app_installs_as_it_starts, 0, COUNT (at_run));
  tcase_add_test (tcase, says_that_it_did_not_look_at_the_app);
  tcase_add_test (tcase, changes_are_asked_once_in_a_session);
  tcase_add_test (tcase, looks_at_an_app_that_has_ended);
  tcase_add_test (tcase, no_failure_of_a_slot_becomes_a_verdict);
  tcase_add_test (tcase, ends_on_cancel_and_in_time);
  suite_add_tcase (suite, tcase);
  int r = unit_main (suite);
  vprod__buf_clear (&image_with_pytest);
  vprod__buf_clear (&program);
  vprod__buf_clear (&no_program);
  vprod__buf_clear (&dpkg);
  return r;
}
