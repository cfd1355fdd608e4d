/* SPDX-License-Identifier: MIT */
/*
 * From the Engine API's reference (1.24 to 1.51), and what Docker 20.10 to 28.5 and Podman 4.3 to 5.4 really answer:
 * Podman's compatible API has the same statuses. Where it differs, a row says so.
 */
#include "runner/docker/answers.h"

#include <string.h>
#include <strings.h>

/* Where a path fits two rows, the first counts: names come after words. */
static const struct vprod__answers rows[] = {
  { "Ping", "GET", "/_ping", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "SystemVersion", "GET", "/version", { 200 }, VPROD__BODY_OBJECT, 0, "Version" },
  { "SystemInfo", "GET", "/info", { 200 }, VPROD__BODY_OBJECT, 0, NULL },
  { "SystemEvents", "GET", "/events", { 200 }, VPROD__BODY_STREAM, 0, NULL },

  { "ContainerList", "GET", "/containers/json", { 200 }, VPROD__BODY_ARRAY, 0, NULL },
  { "ContainerCreate", "POST", "/containers/create", { 201 }, VPROD__BODY_OBJECT, 0, "Id" },
  { "ContainerInspect", "GET", "/containers/{}/json", { 200 }, VPROD__BODY_OBJECT, 0, "State" },
  { "ContainerTop", "GET", "/containers/{}/top", { 200 }, VPROD__BODY_OBJECT, 1, NULL }, /* Podman: where ps fails */
  { "ContainerLogs", "GET", "/containers/{}/logs", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "ContainerChanges", "GET", "/containers/{}/changes", { 200 }, VPROD__BODY_ARRAY, 1, NULL },
  { "ContainerStats", "GET", "/containers/{}/stats", { 200 }, VPROD__BODY_OBJECT, 0, NULL },
  { "ContainerStart", "POST", "/containers/{}/start", { 204, 304 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerStop", "POST", "/containers/{}/stop", { 204, 304 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerRestart", "POST", "/containers/{}/restart", { 204 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerKill", "POST", "/containers/{}/kill", { 204 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerPause", "POST", "/containers/{}/pause", { 204 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerUnpause", "POST", "/containers/{}/unpause", { 204 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerAttach", "POST", "/containers/{}/attach", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "ContainerWait", "POST", "/containers/{}/wait", { 200 }, VPROD__BODY_OBJECT, 0, "StatusCode" },
  { "ContainerDelete", "DELETE", "/containers/{}", { 204 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerArchiveInfo", "HEAD", "/containers/{}/archive", { 200 }, VPROD__BODY_NONE, 0, NULL },
  { "ContainerArchive", "GET", "/containers/{}/archive", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "PutContainerArchive", "PUT", "/containers/{}/archive", { 200 }, VPROD__BODY_NONE, 0, NULL },

  { "ContainerExec", "POST", "/containers/{}/exec", { 201 }, VPROD__BODY_OBJECT, 0, "Id" },
  { "ExecStart", "POST", "/exec/{}/start", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "ExecInspect", "GET", "/exec/{}/json", { 200 }, VPROD__BODY_OBJECT, 0, "Running" },

  { "ImageList", "GET", "/images/json", { 200 }, VPROD__BODY_ARRAY, 0, NULL },
  { "ImageCreate", "POST", "/images/create", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "ImageInspect", "GET", "/images/{}/json", { 200 }, VPROD__BODY_OBJECT, 0, "Id" },
  { "ImageInspectLibpod", "GET", "/libpod/images/{}/json", { 200 }, VPROD__BODY_OBJECT, 0, NULL }, /* Podman's own API */
  { "ImageHistory", "GET", "/images/{}/history", { 200 }, VPROD__BODY_ARRAY, 0, NULL },
  { "ImageGet", "GET", "/images/{}/get", { 200 }, VPROD__BODY_STREAM, 0, NULL },
  { "ImageTag", "POST", "/images/{}/tag", { 201 }, VPROD__BODY_NONE, 0, NULL },
  { "ImageDelete", "DELETE", "/images/{}", { 200 }, VPROD__BODY_ARRAY, 0, NULL },

  { "NetworkList", "GET", "/networks", { 200 }, VPROD__BODY_ARRAY, 0, NULL },
  { "NetworkCreate", "POST", "/networks/create", { 201 }, VPROD__BODY_OBJECT, 0, "Id" },
  { "NetworkConnect", "POST", "/networks/{}/connect", { 200 }, VPROD__BODY_NONE, 0, NULL },
  { "NetworkDisconnect", "POST", "/networks/{}/disconnect", { 200 }, VPROD__BODY_NONE, 0, NULL },
  { "NetworkInspect", "GET", "/networks/{}", { 200 }, VPROD__BODY_OBJECT, 0, "Id" },
  { "NetworkDelete", "DELETE", "/networks/{}", { 204 }, VPROD__BODY_NONE, 0, NULL },

  { "VolumeList", "GET", "/volumes", { 200 }, VPROD__BODY_OBJECT, 0, NULL },
  { "VolumeCreate", "POST", "/volumes/create", { 201 }, VPROD__BODY_OBJECT, 0, "Name" },
  { "VolumeDelete", "DELETE", "/volumes/{}", { 204 }, VPROD__BODY_NONE, 0, NULL },
};

/* Does the text of that length fit the pattern, whose {} is at least one byte? */
static int fits (const char *pattern, const char *text, size_t length)
{
  const char *name = strstr (pattern, "{}");
  size_t before = name ? (size_t) (name - pattern) : strlen (pattern), after = name ? strlen (name + 2) : 0;

  if (!name)
    return length == before && strncmp (pattern, text, length) == 0;
  return length > before + after && strncmp (pattern, text, before) == 0
         && strncmp (name + 2, text + length - after, after) == 0;
}

const struct vprod__answers *vprod__answers_find (const char *method, const char *path)
{
  const char *rest = strncmp (path, "/v1.", 4) == 0 ? strchr (path + 1, '/') : path;
  size_t length = rest ? strcspn (rest, "?") : 0;

  for (size_t i = 0; rest && i < sizeof rows / sizeof rows[0]; i++)
    if (strcmp (rows[i].method, method) == 0 && fits (rows[i].path, rest, length))
      return &rows[i];
  return NULL;
}

const struct vprod__answers *vprod__answers_at (size_t index)
{
  return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

int vprod__content_is_html (const char *content_type)
{
  return strncasecmp (content_type, "text/html", 9) == 0 || strncasecmp (content_type, "application/xhtml", 17) == 0;
}

int vprod__answers_accept (const struct vprod__answers *answers, int status, const char *content_type)
{
  if (vprod__content_is_html (content_type))
    return 0;
  if (!answers)
    return status >= 200 && status <= 299;
  return status != 0 && (status == answers->statuses[0] || status == answers->statuses[1]);
}
