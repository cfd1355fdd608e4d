/* SPDX-License-Identifier: MIT */
#include "probe/lookup.h"
#include "util/clock.h"
#include "util/program.h"
#include "util/spawn.h"

#include <stdlib.h>

#define NO_SUCH_NAME "verify-prod-no-such-host" /* without a dot, as services' names are */
#define NOT_FOUND 2 /* getent's exit code for that */
#define GRACE_MS 200

int vprod__lookup_unknown (const vprod_call *call, int64_t limit_ms, int64_t *ret_ms, vprod_error **err)
{
  static const char *const argv[] = { "getent", "ahosts", NO_SUCH_NAME, NULL }, *const no_env[] = { NULL };
  int64_t began_ms = vprod__now_ms (), end_ms = vprod__deadline (limit_ms);
  vprod_call short_call = { sizeof short_call, end_ms < call->deadline_ms ? end_ms : call->deadline_ms, call->cancel_fd };
  _cleanup_free_ char *program = NULL;
  _cleanup_error_ vprod_error *error = NULL;
  struct vprod__spawn_end end = { 0 };

  *ret_ms = -1;
  if (vprod__program_find (NULL, "getent", &program) < 0)
    return vprod__error_no_memory (err);
  if (!program)
    return 0;
  int r = vprod__spawn_run (&short_call, &(struct vprod__spawn) { .path = program, .argv = argv, .envp = no_env, .grace_ms = GRACE_MS },
                            &end, &error);
  if (r == -VPROD_ERROR_CANCELLED || r == -VPROD_ERROR_NO_MEMORY)
    return vprod__error_move (err, &error);
  if (r == -VPROD_ERROR_TIMEOUT || (r == 0 && end.known && end.exit_code == NOT_FOUND))
    *ret_ms = vprod__now_ms () - began_ms;
  return 0;
}
