/* SPDX-License-Identifier: MIT */
/* In which lines of sources a variable gets a default: a line or more for each row of data/defaults, and look-alikes. */
#include "unit.h"

#include <string.h>
#include "scan/defaults.h"

static const struct {
  const char *text;
  size_t line; /* 0: none */
} sources[] = {
  { "import os\nKEY = os.getenv(\"SECRET_KEY\", \"change-me\")\n", 2 },
  { "KEY = os.environ.get('SECRET_KEY', 'x')\n", 1 },
  { "KEY = env(\"SECRET_KEY\", default=\"x\")\n", 1 },
  { "KEY = env.str(\"SECRET_KEY\", \"x\")\n", 1 },
  { "key = config('SECRET_KEY', default='x', cast=str)\n", 1 },
  { "key = ENV.fetch(\"SECRET_KEY\", \"x\")\n", 1 },
  { "key := getEnv(\"SECRET_KEY\", \"x\")\n", 1 },
  { "var key = System.getenv().getOrDefault(\"SECRET_KEY\", \"x\");\n", 1 },
  { "os.getenv(\n    \"SECRET_KEY\",\n    \"x\",\n)\n", 2 },
  { "KEY = os.getenv(\"SECRET_KEY\")\n", 0 },
  { "KEY = os.environ[\"SECRET_KEY\"]\n", 0 },
  { "KEY = os.environ.get(\"SECRET_KEY\", None)\n", 0 },
  { "KEY = os.environ.get(\"OTHER\", \"SECRET_KEY\")\n", 0 },
  { "KEY = os.environ.get(\"MY_SECRET_KEY\", \"x\")\n", 0 },
  { "KEY = os.environ.get(\"SECRET_KEY_FILE\", \"x\")\n", 0 },
  { "REQUIRED = (\"SECRET_KEY\", \"OTHER\")\n", 0 },
  { "REQUIRED = [\"SECRET_KEY\", \"OTHER\"]\n", 0 },
  { "requireEnv(\"SECRET_KEY\", \"the key of sessions\")\n", 0 },
  { "must(\"SECRET_KEY\", \"OTHER\")\n", 0 },
  { "log.error(\"SECRET_KEY\", \"is missing\")\n", 0 },
  { "const key = process.env.SECRET_KEY || 'x';\n", 1 },
  { "const key = process.env['SECRET_KEY'] ?? \"x\";\n", 1 },
  { "const key = process.env.SECRET_KEY ?? fail();\n", 0 },
  { "$key = $_ENV['SECRET_KEY'] ?? 'x';\n", 1 },
  { "KEY = os.getenv(\"SECRET_KEY\") or \"x\"\n", 1 },
  { "var key = Environment.GetEnvironmentVariable(\"SECRET_KEY\") ?? \"x\";\n", 1 },
  { "key = ENV[\"SECRET_KEY\"] || \"x\"\n", 1 },
  { "val key = System.getenv(\"SECRET_KEY\") ?: \"x\"\n", 1 },
  { "key = ENV.fetch(\"SECRET_KEY\") { \"x\" }\n", 1 },
  { "const { PORT, SECRET_KEY = 'x' } = process.env;\n", 1 },
  { "let key = env::var(\"SECRET_KEY\").unwrap_or(\"x\".to_string());\n", 1 },
  { "let key = env::var(\"SECRET_KEY\").unwrap();\n", 0 },
  { "type C struct {\n  Key string `env:\"SECRET_KEY\" envDefault:\"x\"`\n}\n", 2 },
  { "type C struct {\n  Key string `env:\"SECRET_KEY,required\"`\n}\n", 0 },
  { "  SECRET_KEY: z.string().min(8).default('x'),\n", 1 },
  { "  SECRET_KEY: z.string().min(8),\n", 0 },
  { "export KEY=${SECRET_KEY:-x}\n", 1 },
  { "export KEY=${SECRET_KEY:?missing}\n", 0 },
  { "spring:\n  key: ${SECRET_KEY:x}\n", 2 },
  { "spring:\n  key: ${SECRET_KEY}\n", 0 },
  { "class Settings(BaseSettings):\n    secret_key: str = \"x\"\n", 2 },
  { "class Settings(BaseSettings):\n    secret_key: str = Field(default=\"x\", min_length=1)\n", 2 },
  { "class Settings(BaseSettings):\n    key: str = Field(\"x\", alias=\"SECRET_KEY\")\n", 2 },
  { "class Settings(BaseSettings):\n    secret_key: str\n", 0 },
  { "class Settings(BaseSettings):\n    secret_key: str = Field(min_length=1)\n", 0 },
  { "class Settings(BaseSettings):\n    secret_key: str | None = None\n", 0 },
  { "class Settings(BaseModel):\n    secret_key: str = \"x\"\n", 0 },
  { "", 0 },
};

START_TEST (finds_the_line)
{
  _cleanup_ (vprod__defaults_freep) struct vprod__defaults *defaults = NULL;

  ck_assert_int_eq (vprod__defaults_new ("SECRET_KEY", &defaults), 0);
  size_t line = vprod__defaults_find (defaults, sources[_i].text, strlen (sources[_i].text));
  ck_assert_msg (line == sources[_i].line, "line %zu of:\n%s", line, sources[_i].text);
}
END_TEST

START_TEST (finds_no_odd_name)
{
  _cleanup_ (vprod__defaults_freep) struct vprod__defaults *defaults = NULL;
  static const char text[] = "getenv(\".*\", \"x\")\n";

  ck_assert_int_eq (vprod__defaults_new (".*", &defaults), 0);
  ck_assert_uint_eq (vprod__defaults_find (defaults, text, strlen (text)), 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("defaults");
  TCase *tests = tcase_create ("defaults");

  tcase_add_loop_test (tests, finds_the_line, 0, sizeof sources / sizeof sources[0]);
  tcase_add_test (tests, finds_no_odd_name);
  suite_add_tcase (suite, tests);
  return unit_main (suite);
}
