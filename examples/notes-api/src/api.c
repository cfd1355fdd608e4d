/* SPDX-License-Identifier: MIT */
/* The routes:
     GET  /api/v1/health       200 {"status": "ok"} when the database answers, else 503
     POST /api/v1/login        {"username", "password"} -> {"token"}
     GET  /api/v1/notes        the newest hundred        needs "Authorization: Bearer TOKEN"
     POST /api/v1/notes        {"text"} -> 201           the same
     GET  /api/v1/notes/ID     one                       the same */
#include "api.h"

#include "notes.h"
#include "token.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define TOKEN_LIFETIME (12 * 60 * 60)
#define NOTES "/api/v1/notes"

static struct api_reply
fail (unsigned int status, const char *error)
{
  return (struct api_reply){ status, json_pack ("{s:s}", "error", error) };
}

static struct api_reply
no_database (void)
{
  return fail (503, "the database does not answer");
}

static struct api_reply
health (const struct api *api)
{
  if (!database_answers (api->database))
    return (struct api_reply){ 503, json_pack ("{s:s}", "status", "database unreachable") };
  return (struct api_reply){ 200, json_pack ("{s:s}", "status", "ok") };
}

static struct api_reply
login (const struct api *api, const json_t *input)
{
  const struct settings *settings = api->settings;
  const char *username = json_string_value (json_object_get (input, "username"));
  const char *password = json_string_value (json_object_get (input, "password"));
  bool known;
  char *token;
  json_t *body;

  if (username == NULL || password == NULL)
    return fail (400, "username and password are required");
  /* both compared, always: the time must not tell which was wrong */
  known = secret_equals (settings->jwt_secret, username, settings->owner_username)
          & secret_equals (settings->jwt_secret, password, settings->owner_password);
  if (!known)
    return fail (401, "wrong username or password");
  token = token_issue (settings->jwt_secret, username, time (NULL) + TOKEN_LIFETIME);
  body = token != NULL ? json_pack ("{s:s}", "token", token) : NULL;
  free (token);
  return (struct api_reply){ 200, body };
}

static struct api_reply
add_note (const struct api *api, const json_t *input)
{
  const char *text = json_string_value (json_object_get (input, "text"));
  json_t *added;

  if (text == NULL || text[0] == '\0')
    return fail (400, "text is required");
  added = notes_add (api->database, text);
  return added != NULL ? (struct api_reply){ 201, added } : no_database ();
}

static struct api_reply
list_notes (const struct api *api)
{
  json_t *notes = notes_list (api->database);

  return notes != NULL ? (struct api_reply){ 200, json_pack ("{s:o}", "notes", notes) } : no_database ();
}

static struct api_reply
get_note (const struct api *api, const char *id)
{
  json_t *note = notes_get (api->database, id);

  if (note == NULL)
    return no_database ();
  return json_is_null (note) ? fail (404, "there is no such note") : (struct api_reply){ 200, note };
}

static bool
is_authorized (const struct api *api, const char *authorization)
{
  static const char scheme[] = "Bearer ";

  return authorization != NULL && strncasecmp (authorization, scheme, strlen (scheme)) == 0
         && token_is_valid (api->settings->jwt_secret, authorization + strlen (scheme), api->settings->owner_username,
                            time (NULL));
}

struct api_reply
api_answer (const struct api *api, const struct api_request *request)
{
  bool get = strcmp (request->method, "GET") == 0;
  bool post = strcmp (request->method, "POST") == 0;
  bool is_health = strcmp (request->path, "/api/v1/health") == 0;
  bool is_login = strcmp (request->path, "/api/v1/login") == 0;
  bool is_notes = strcmp (request->path, NOTES) == 0;
  bool is_note = strncmp (request->path, NOTES "/", strlen (NOTES "/")) == 0;
  struct api_reply reply;
  json_t *input = NULL;

  if (!is_health && !is_login && !is_notes && !is_note)
    return fail (404, "there is no such path");
  if (!(get && !is_login) && !(post && (is_login || is_notes)))
    return fail (405, "this path does not know that method");
  if ((is_notes || is_note) && !is_authorized (api, request->authorization))
    return fail (401, "a valid token is required");

  if (post)
    {
      input = json_loadb (request->body, request->body_size, 0, NULL);
      if (!json_is_object (input))
        {
          json_decref (input);
          return fail (400, "the body must be a JSON object");
        }
    }
  if (is_health)
    reply = health (api);
  else if (is_login)
    reply = login (api, input);
  else if (is_note)
    reply = get_note (api, request->path + strlen (NOTES "/"));
  else if (post)
    reply = add_note (api, input);
  else
    reply = list_notes (api);
  json_decref (input);
  return reply;
}
