/* SPDX-License-Identifier: MIT */
/*
 * What every check has in common: it makes a result, is timed, and a result with a verdict gets its place in the
 * sources.
 */
#include "checks/check.h"
#include "session/asker.h"
#include "session/hide.h"

#include <string.h>

/* A service that is gone says nothing of the image. */
static int blame_services (const struct vprod__check *check, vprod_session *session, const vprod_result *result,
                           vprod_error **err)
{
  if (!check->needs_services || vprod_result_get_verdict (result) != VPROD_VERDICT_FAIL)
    return 0;
  return vprod__services_check (session, err);
}

/* A check that costs a run much is made where it is asked for. */
static int skip_unasked (const struct vprod__check *check, vprod_result *result)
{
  vprod__result_unasked (result);
  return vprod__result_skip (result, "not checked: the spec does not ask for it, as `%s: true` under `checks` does",
                             check->info.id);
}

int vprod__check_run (const struct vprod__check *check, vprod_session *session, vprod_result **ret_result,
                      vprod_error **err)
{
  _cleanup_result_ vprod_result *result = NULL;
  struct vprod__asker asker;
  int r;

  if (!session || !ret_result)
    return vprod__error_set (err, VPROD_ERROR_INVALID, 0, "cannot run the check %s: %s is NULL", check->info.id,
                             session ? "ret_result" : "session");
  r = vprod__session_own (session, err);
  if (r < 0)
    return r;
  r = vprod__result_new (check->info.id, check->info.title, &result, err);
  if (r < 0)
    return r;
  session = vprod__asker_begin (&asker, session, check->info.id);
  r = vprod__spec_lacks_check (vprod__session_spec (session), check->info.id) ? skip_unasked (check, result)
                                                                              : check->run (session, result, err);
  if (r == 0)
    r = blame_services (check, session, result, err);
  vprod__result_set_duration (result, vprod__asker_end (&asker));
  if (r == 0) {
    vprod__place_result (vprod__session_spec (session), &check->place, result);
    r = vprod__result_status (result, err);
  }
  if (r == 0 && vprod__session_clean_result (session, result) < 0)
    r = vprod__error_no_memory (err);
  if (r < 0) {
    vprod__session_clean_error (session, err);
    return r;
  }
  *ret_result = vprod__steal (&result);
  return 0;
}

size_t vprod_count_checks (void)
{
  size_t count = 0;

  while (vprod__checks[count])
    count++;
  return count;
}

const vprod_check_info *vprod_get_check_at (size_t index)
{
  return index < vprod_count_checks () ? &vprod__checks[index]->info : NULL;
}

const struct vprod__check *vprod__check_find (const char *id)
{
  for (size_t i = 0; id && vprod__checks[i]; i++)
    if (strcmp (vprod__checks[i]->info.id, id) == 0)
      return vprod__checks[i];
  return NULL;
}

const vprod_check_info *vprod_find_check (const char *id)
{
  const struct vprod__check *check = vprod__check_find (id);

  return check ? &check->info : NULL;
}
