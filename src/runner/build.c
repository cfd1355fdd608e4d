/* SPDX-License-Identifier: MIT */
#include "runner/docker.h"

int vprod__docker_build (void *runner, const vprod_call *call, const vprod_build_request *request,
                         vprod_build_facts *ret_facts, vprod_error **err)
{
  return vprod__error_set (err, VPROD_ERROR_UNSUPPORTED, 0, "building is not supported yet");
}

void vprod__builder_free (struct vprod__builder *builder)
{
}
