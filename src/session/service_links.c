/* SPDX-License-Identifier: MIT */
#include "session/service_links.h"
#include "session/container.h"
#include "session/parts.h"
#include "session/services.h"
#include "util/buf.h"
#include "util/strv.h"

#include <ctype.h>
#include <string.h>

/* As the kubelet makes it: upper case, and an underscore for what may stand in no name. NULL out of memory. */
static char *variable_of (const char *name)
{
  char *text = strdup (name);

  for (char *p = text; p && *p; p++)
    *p = isalnum ((unsigned char) *p) ? (char) toupper ((unsigned char) *p) : '_';
  return text;
}

int vprod__add_service_links (char ***list, const char *name, const char *address, int port)
{
  _cleanup_free_ char *n = variable_of (name);

  if (!n)
    return -1;
  if (!isalpha ((unsigned char) *n) || !address || !*address || port <= 0) /* a service's name begins with a letter */
    return 0;
  return vprod__strv_addf (list, "%s_SERVICE_HOST=%s", n, address) < 0
             || vprod__strv_addf (list, "%s_SERVICE_PORT=%d", n, port) < 0
             || vprod__strv_addf (list, "%s_PORT=tcp://%s:%d", n, address, port) < 0
             || vprod__strv_addf (list, "%s_PORT_%d_TCP=tcp://%s:%d", n, port, address, port) < 0
             || vprod__strv_addf (list, "%s_PORT_%d_TCP_PROTO=tcp", n, port) < 0
             || vprod__strv_addf (list, "%s_PORT_%d_TCP_PORT=%d", n, port, port) < 0
             || vprod__strv_addf (list, "%s_PORT_%d_TCP_ADDR=%s", n, port, address) < 0
           ? -1
           : 0;
}

int vprod__service_links (vprod_session *session, const struct vprod__app *app, char ***ret, vprod_error **err)
{
  _cleanup_strv_ char **list = NULL;
  const struct vprod__service *services;
  size_t count;

  int r = vprod__get_services (session, &services, &count, err);
  for (size_t i = 0; r == 0 && i < count; i++) {
    _cleanup_container_facts_ vprod_container_facts facts = { 0 };
    r = vprod__container_facts (session, services[i].container_id, &facts, err);
    if (r == 0 && vprod__add_service_links (&list, services[i].spec->name, facts.ip_address, services[i].port) < 0)
      r = vprod__error_no_memory (err);
  }
  if (r == 0 && vprod__add_service_links (&list, session->spec->name, app->ip_address, app->port) < 0)
    r = vprod__error_no_memory (err);
  if (r == 0)
    *ret = vprod__steal (&list);
  return r;
}
