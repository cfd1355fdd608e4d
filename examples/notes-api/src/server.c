/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BODY_LIMIT (64 * 1024)

struct server
{
  const struct api *api;
  struct MHD_Daemon *daemon;
  pthread_mutex_t lock;
  pthread_cond_t quiet;
  unsigned int running;
  unsigned long begun; /* requests so far */
};

/* What is kept of a request while its body comes in. */
struct incoming
{
  char *body;
  size_t size;
  bool too_large;
};

static void
log_request (const char *method, const char *path, unsigned int status)
{
  char shown[128];
  size_t i;

  /* the path is the caller's: it must not forge lines */
  for (i = 0; path[i] != '\0' && i < sizeof shown - 1; i++)
    shown[i] = path[i] > ' ' && path[i] < 127 ? path[i] : '?';
  shown[i] = '\0';
  printf ("%.16s %s %u\n", method, shown, status);
}

static enum MHD_Result
queue_reply (struct MHD_Connection *connection, struct api_reply *reply)
{
  char *text = reply->body != NULL ? json_dumps (reply->body, JSON_COMPACT) : NULL;
  struct MHD_Response *response;
  enum MHD_Result result;

  json_decref (reply->body);
  if (text == NULL)
    return MHD_NO;
  response = MHD_create_response_from_buffer (strlen (text), text, MHD_RESPMEM_MUST_FREE);
  if (response == NULL)
    {
      free (text);
      return MHD_NO;
    }
  MHD_add_response_header (response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  result = MHD_queue_response (connection, reply->status, response);
  MHD_destroy_response (response);
  return result;
}

static enum MHD_Result
keep_body (struct incoming *incoming, const char *data, size_t size)
{
  char *grown;

  if (incoming->too_large || size > BODY_LIMIT - incoming->size)
    {
      incoming->too_large = true;
      return MHD_YES;
    }
  grown = realloc (incoming->body, incoming->size + size);
  if (grown == NULL)
    return MHD_NO;
  memcpy (grown + incoming->size, data, size);
  incoming->body = grown;
  incoming->size += size;
  return MHD_YES;
}

/* libmicrohttpd calls this at least twice a request: when the headers are there, for each piece of the body, and when
   all has come. */
static enum MHD_Result
on_request (void *data, struct MHD_Connection *connection, const char *path, const char *method, const char *version,
            const char *upload, size_t *upload_size, void **state)
{
  struct server *server = data;
  struct incoming *incoming = *state;
  struct api_request request;
  struct api_reply reply;

  (void) version;
  if (incoming == NULL)
    {
      *state = incoming = calloc (1, sizeof *incoming);
      if (incoming == NULL)
        return MHD_NO;
      pthread_mutex_lock (&server->lock);
      server->running++;
      server->begun++;
      pthread_mutex_unlock (&server->lock);
      return MHD_YES;
    }
  if (*upload_size > 0)
    {
      enum MHD_Result kept = keep_body (incoming, upload, *upload_size);

      *upload_size = 0;
      return kept;
    }

  request = (struct api_request){ .method = method, .path = path, .body = incoming->body, .body_size = incoming->size };
  request.authorization = MHD_lookup_connection_value (connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  if (incoming->body == NULL)
    request.body = "";
  if (incoming->too_large)
    reply = (struct api_reply){ 413, json_pack ("{s:s}", "error", "the body is too large") };
  else
    reply = api_answer (server->api, &request);
  log_request (method, path, reply.status);
  return queue_reply (connection, &reply);
}

static void
on_completed (void *data, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
  struct server *server = data;
  struct incoming *incoming = *state;

  (void) connection;
  (void) code;
  if (incoming == NULL)
    return;
  free (incoming->body);
  free (incoming);
  *state = NULL;
  pthread_mutex_lock (&server->lock);
  if (--server->running == 0)
    pthread_cond_signal (&server->quiet);
  pthread_mutex_unlock (&server->lock);
}

struct server *
server_start (const struct api *api, uint16_t port, unsigned int threads)
{
  struct server *server = calloc (1, sizeof *server);

  if (server == NULL)
    return NULL;
  server->api = api;
  pthread_mutex_init (&server->lock, NULL);
  pthread_cond_init (&server->quiet, NULL);
  server->daemon = MHD_start_daemon (MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, port, NULL, NULL,
                                     on_request, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
                                     MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
                                     MHD_OPTION_CONNECTION_LIMIT, 1024u, MHD_OPTION_END);
  if (server->daemon == NULL)
    {
      int reason = errno;

      free (server);
      errno = reason;
      return NULL;
    }
  return server;
}

void
server_stop (struct server *server, unsigned int seconds)
{
  MHD_socket listening = MHD_quiesce_daemon (server->daemon);
  const struct timespec moment = { .tv_nsec = 100 * 1000 * 1000 };
  struct timespec until;
  unsigned long begun;
  bool quiet = false;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  pthread_mutex_lock (&server->lock);
  /* a connection that was taken may have a request that is not read yet: so it must be quiet for a moment */
  do
    {
      int waited = 0;

      while (server->running > 0 && waited == 0)
        waited = pthread_cond_timedwait (&server->quiet, &server->lock, &until);
      begun = server->begun;
      pthread_mutex_unlock (&server->lock);
      nanosleep (&moment, NULL);
      pthread_mutex_lock (&server->lock);
      quiet = waited != 0 || (server->running == 0 && server->begun == begun);
    }
  while (!quiet);
  pthread_mutex_unlock (&server->lock);

  MHD_stop_daemon (server->daemon);
  if (listening != MHD_INVALID_SOCKET)
    close (listening);
  pthread_cond_destroy (&server->quiet);
  pthread_mutex_destroy (&server->lock);
  free (server);
}
