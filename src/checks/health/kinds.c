/* SPDX-License-Identifier: MIT */
/* What a wrong answer means where the health is asked by gRPC, by a connection alone, or by a command. */
#include "checks/health/facts.h"

#include <stdio.h>
#include <string.h>
#include "known/exit.h"
#include "known/grpc_answers.h"
#include "probe/grpc.h"

#define OUTPUT_SHOWN 300

/* ---- gRPC -------------------------------------------------------------------------------------------------- */

/* "NOT_FOUND", "17" */
static const char *name_of (enum vprod__grpc_of of, int number, char text[static 16])
{
  const struct vprod__grpc_known *known = vprod__grpc_known (of, number);

  if (known)
    return known->name;
  snprintf (text, 16, "%d", number);
  return text;
}

static void remedy_of (enum vprod__grpc_of of, int number, const char *otherwise, vprod_result *result)
{
  const struct vprod__grpc_known *known = vprod__grpc_known (of, number);

  vprod__result_remedy (result, "%s", known && known->remedy ? known->remedy : otherwise);
}

void vprod__health_grpc_words (const struct vprod__health *health, char *text, size_t size)
{
  char name[16];

  if (health->last_grpc == VPROD__GRPC_NOT_TOLD)
    snprintf (text, size, "HTTP/2 with status %d, and no gRPC", health->last_status);
  else if (health->last_grpc != VPROD__GRPC_OK)
    snprintf (text, size, "%s", name_of (VPROD__GRPC_OF_STATUS, health->last_grpc, name));
  else if (health->last_serving == VPROD__SERVING_NOT_TOLD)
    snprintf (text, size, "OK, but with something else than a HealthCheckResponse");
  else
    snprintf (text, size, "%s", name_of (VPROD__GRPC_OF_SERVING, health->last_serving, name));
}

static void remedy_grpc (const struct vprod__health *health, vprod_result *result)
{
  static const char other[] = "Read the app's log for what its gRPC server says of the call grpc.health.v1.Health/Check.";

  if (health->last_grpc == VPROD__GRPC_NOT_TOLD)
    vprod__result_remedy (result, "Name the port of the gRPC server in checks.health.port, if it is another one; or ask what "
                                  "answers here by `checks.health.path`.");
  else if (health->last_grpc == VPROD__GRPC_OK && health->last_serving != VPROD__SERVING_NOT_TOLD)
    remedy_of (VPROD__GRPC_OF_SERVING, health->last_serving, other, result);
  else
    remedy_of (VPROD__GRPC_OF_STATUS, health->last_grpc, other, result);
}

int vprod__health_judge_grpc (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  const struct vprod__also *server = vprod__health_also (health, VPROD__ALSO_SERVER);
  char how[VPROD__TRIES_SIZE], words[96];
  const char *said = health->last_error ? health->last_error : "", *service = facts->service ? facts->service : "";

  if (health->last_grpc == VPROD__GRPC_OK && health->last_serving == VPROD__SERVING_YES)
    return -1;
  vprod__health_tries (facts, how, sizeof how);
  vprod__health_grpc_words (health, words, sizeof words);
  remedy_grpc (health, result);
  return vprod__result_fail (result, "the gRPC health service answers %s%s%s%s (%s)%s%s%s", words,
                             *service ? " for \"" : " for the whole server", service, *service ? "\"" : "", how,
                             *said ? ": " : "", said,
                             server ? "; for the whole server (`grpc: \"\"`) it answers SERVING" : "");
}

/* ---- a connection ------------------------------------------------------------------------------------------ */

int vprod__health_judge_closed (const struct vprod__health_facts *facts, vprod_result *result)
{
  char how[VPROD__TRIES_SIZE];

  vprod__health_tries (facts, how, sizeof how);
  vprod__result_remedy (result, "Read the app's log for why it does not keep a connection that it took: a limit of "
                                "connections, an address that it does not let in, a worker that ends at once.");
  return vprod__result_fail (result, "the app takes connections on port %d and closes them at once (%s)", facts->port, how);
}

/* ---- a command --------------------------------------------------------------------------------------------- */

static int fail_no_program (const struct vprod__health_facts *facts, const char *how, vprod_result *result)
{
  const struct vprod__health *health = facts->health;

  vprod__result_remedy (result, "Let checks.health.command begin with a program that the image has, by its path or found in "
                                "its PATH, and that its USER may run; there is no shell around it. An image without such a "
                                "program is asked from outside: `path`, `grpc` or `tcp`.");
  return vprod__result_fail (result, "the health command cannot be run: its program is not in the image (%s): %s", how,
                             health->last_error ? health->last_error : "");
}

int vprod__health_judge_command (const struct vprod__health_facts *facts, vprod_result *result)
{
  const struct vprod__health *health = facts->health;
  const char *output = health->last_body ? health->last_body : "";
  size_t length = strlen (output);
  char how[VPROD__TRIES_SIZE], words[VPROD__EXIT_WORDS_SIZE];

  vprod__health_tries (facts, how, sizeof how);
  if (health->no_program)
    return fail_no_program (facts, how, result);
  if (health->last_outcome == VPROD__HTTP_SLOW) {
    vprod__result_remedy (result, "Let the health command ask with a time limit of its own, which is shorter than "
                                  "checks.health.timeout, and end by itself.");
    return vprod__result_fail (result, "the health command does not end (%s)", how);
  }
  if (health->last_outcome == VPROD__HTTP_ANSWERED && health->last_status == 0)
    return -1;
  vprod__result_remedy (result, "The command ran, and says that the app is not well: read its output and the app's log. "
                                "Run by hand, `docker exec CONTAINER …` shows the same.");
  return vprod__result_fail (result, "the health command ends with %s instead of 0 (%s)%s%s",
                             vprod__exit_words (health->last_status, 0, words), how, length > 0 ? ": " : ", and writes nothing",
                             length > OUTPUT_SHOWN ? output + length - OUTPUT_SHOWN : output);
}
