/* SPDX-License-Identifier: MIT */
/* One request: libcurl's multi interface is what lets it wait for engine, deadline and cancel descriptor at
   once. */
#include "runner/docker/http_client.h"
#include "runner/docker/http_pool.h"
#include "runner/docker/ssh_tunnel.h"
#include "util/cancel.h"
#include "util/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define CONNECT_TIMEOUT_MS 15000L
#define STREAM_BUFFER (256 * 1024L)

struct vprod__client {
  const struct vprod__endpoint *endpoint;
  struct vprod__tunnel *tunnel; /* or NULL */
  char *base; /* "http://localhost" */
  struct vprod__http_pool pool;
};

/* One request under way. */
struct transfer {
  const struct vprod__request *request;
  struct vprod__answer *answer;
  struct vprod__http_link *link;
  size_t header_bytes;
  int headers_whole; /* libcurl takes cut-off headers for the end of an answer without a body */
  size_t body_bytes;
  int socket_errno; /* why there is no socket; libcurl does not tell */
  enum { GOING = 0, STOPPED, TOO_LONG, NO_MEMORY } end; /* why a callback ended it */
};

/* ---- callbacks ---------------------------------------------------------------------------------------------- */

static curl_socket_t open_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
  struct transfer *transfer = data;
  int fd = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

  if (fd < 0)
    transfer->socket_errno = errno;
  return fd;
}

static int header_is (const char *line, size_t length, const char *name, const char **ret_value,
                      size_t *ret_length)
{
  size_t n = strlen (name);

  if (length <= n || strncasecmp (line, name, n) != 0 || line[n] != ':')
    return 0;
  for (line += n + 1, length -= n + 1; length > 0 && *line == ' '; length--)
    line++;
  while (length > 0 && strchr ("\r\n ", line[length - 1]))
    length--;
  *ret_value = line;
  *ret_length = length;
  return 1;
}

static size_t on_header (char *line, size_t size, size_t length, void *data)
{
  struct transfer *transfer = data;
  const char *value;

  (void) size; /* always 1 */
  transfer->header_bytes += length;
  if (transfer->header_bytes > VPROD__HEADERS_MAX) {
    transfer->end = TOO_LONG;
    return 0;
  }
  size_t n;
  struct vprod__answer *answer = transfer->answer;
  if (*line == '\r' || *line == '\n') {
    long status = 0;
    transfer->headers_whole = 1;
    curl_easy_getinfo (transfer->link->easy, CURLINFO_RESPONSE_CODE, &status);
    answer->accepted = vprod__answers_accept (transfer->request->answers, (int) status, answer->content_type);
    if (transfer->request->on_open && answer->accepted)
      transfer->request->on_open (transfer->request->data);
  } else if (length > 5 && strncmp (line, "HTTP/", 5) == 0) {
    transfer->headers_whole = 0;
    answer->content_type[0] = '\0';
  }
  if (header_is (line, length, "Api-Version", &value, &n) && n < sizeof answer->api_version) {
    memcpy (answer->api_version, value, n);
    answer->api_version[n] = '\0';
  } else if (header_is (line, length, "Content-Type", &value, &n)) {
    n = n < sizeof answer->content_type ? n : sizeof answer->content_type - 1;
    memcpy (answer->content_type, value, n);
    answer->content_type[n] = '\0';
  } else if (header_is (line, length, "Libpod-Api-Version", &value, &n))
    answer->podman = 1;
  else if (header_is (line, length, "X-Docker-Container-Path-Stat", &value, &n))
    answer->path_stat = 1;
  return length;
}

/* Keeps what fits; says whether all of it did. */
static int keep (struct transfer *transfer, const char *bytes, size_t length, size_t limit)
{
  struct vprod__buf *body = &transfer->answer->body;
  size_t fits = length <= limit - body->length ? length : limit - body->length;

  if (vprod__buf_add (body, bytes, fits) < 0)
    transfer->end = NO_MEMORY;
  return fits == length;
}

static size_t on_body (char *bytes, size_t size, size_t length, void *data)
{
  struct transfer *transfer = data;

  (void) size;
  transfer->body_bytes += length;
  if (!transfer->answer->accepted)
    keep (transfer, bytes, length, VPROD__ERROR_BODY_MAX);
  else if (transfer->request->on_body) {
    if (length > 0 && transfer->request->on_body (transfer->request->data, bytes, length) != 0)
      transfer->end = STOPPED;
  } else if (!keep (transfer, bytes, length, VPROD__ANSWER_MAX))
    transfer->end = TOO_LONG;
  return transfer->end == GOING ? length : 0;
}

/* ---- one request -------------------------------------------------------------------------------------------- */

static void set_endpoint (CURL *easy, const struct vprod__endpoint *endpoint)
{
  if (endpoint->kind != VPROD__ENDPOINT_TCP) {
    curl_easy_setopt (easy, CURLOPT_UNIX_SOCKET_PATH, endpoint->socket_path);
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    return;
  }
  if (vprod__endpoint_is_loopback (endpoint->host)) /* as docker: a proxy is for what is elsewhere */
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
  curl_easy_setopt (easy, CURLOPT_TCP_KEEPALIVE, 1L);
  if (!endpoint->tls)
    return;
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, (long) endpoint->tls_verify);
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, endpoint->tls_verify ? 2L : 0L);
  if (endpoint->tls_ca)
    curl_easy_setopt (easy, CURLOPT_CAINFO, endpoint->tls_ca);
  if (endpoint->tls_cert) {
    curl_easy_setopt (easy, CURLOPT_SSLCERT, endpoint->tls_cert);
    curl_easy_setopt (easy, CURLOPT_SSLKEY, endpoint->tls_key);
  }
}

static void set_method (CURL *easy, const struct vprod__request *request, int is_dear)
{
  if (strcmp (request->method, "HEAD") == 0)
    curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
  else if (strcmp (request->method, "POST") == 0) {
    /* libcurl sends again what a kept connection did not answer; what makes something must be sent once. (A new
       connection by an ssh of its own takes seconds, and ssh does not close one that is idle.) */
    curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, (long) !is_dear);
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->body ? request->body : "");
  } else {
    curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
    if (request->archive) {
      curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->archive_length);
      curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->archive);
    }
  }
}

static int add_header (struct curl_slist **list, const char *line)
{
  struct curl_slist *longer = curl_slist_append (*list, line);

  if (!longer)
    return -1;
  *list = longer;
  return 0;
}

static void free_headers (struct curl_slist **list)
{
  curl_slist_free_all (*list);
}

static int out_of_time (const struct vprod__client *client, const struct vprod__http_link *link, const char *what,
                        vprod_error **err)
{
  long sent = 0;

  curl_easy_getinfo (link->easy, CURLINFO_REQUEST_SIZE, &sent);
  return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "%s: out of time; %s the engine at %s (from %s)", what,
                           sent ? "asked was" : "there is still no connection to", client->endpoint->url,
                           client->endpoint->origin);
}

/* Drives the transfer to its end; *ret_code is libcurl's code for it. */
static int drive (const struct vprod__client *client, struct vprod__http_link *link, const vprod_call *call,
                  const char *what, CURLcode *ret_code, vprod_error **err)
{
  struct curl_waitfd cancel = { .fd = call->cancel_fd, .events = CURL_WAIT_POLLIN };

  for (;;) {
    int running = 0, left;
    struct vprod__quiet quiet = vprod__quiet_begin ();
    CURLMcode code = curl_multi_perform (link->multi, &running);
    vprod__quiet_end (&quiet);
    if (code != CURLM_OK)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: libcurl: %s", what, curl_multi_strerror (code));
    if (!running) {
      const CURLMsg *message = curl_multi_info_read (link->multi, &left);
      *ret_code = message ? message->data.result : CURLE_FAILED_INIT;
      return 0;
    }
    int r = vprod__call_check (call, what, err);
    if (r < 0)
      return r == -VPROD_ERROR_TIMEOUT ? out_of_time (client, link, what, err) : r;
    int timeout = vprod__poll_timeout (call->deadline_ms);
    code = curl_multi_poll (link->multi, &cancel, call->cancel_fd >= 0, timeout < 0 ? 3600000 : timeout, NULL);
    if (code != CURLM_OK)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: libcurl: %s", what, curl_multi_strerror (code));
  }
}

/* Behind ssh, a connection that ends before an answer is most often ssh's: what did it say? */
static int explain_tunnel (const struct vprod__client *client, const char *what, const char *detail,
                           vprod_error **err)
{
  _cleanup_free_ char *words = vprod__tunnel_words (client->tunnel);

  if (!words && vprod__tunnel_is_lost (client->tunnel))
    detail = "the ssh connection was lost";

  return vprod__error_set (err, VPROD_ERROR_UNREACHABLE, 0,
                           "%s: no engine answers at %s (from %s): %s%s. Try \"ssh %s docker version\"", what,
                           client->endpoint->url, client->endpoint->origin, words ? "ssh says: " : "",
                           words ? words : detail, client->endpoint->host);
}

/* The result of the transfer as an error of ours. */
static int judge (const struct vprod__client *client, struct transfer *transfer, CURLcode code, vprod_error **err)
{
  struct vprod__answer *answer = transfer->answer;
  const char *what = transfer->request->what;
  long status = 0, os_errno = 0;

  curl_easy_getinfo (transfer->link->easy, CURLINFO_RESPONSE_CODE, &status);
  answer->status = (int) status;
  switch (transfer->end) {
  case STOPPED:
    answer->stopped = 1;
    return 0;
  case NO_MEMORY:
    return vprod__error_no_memory (err);
  case TOO_LONG:
    return vprod__error_set (
        err, VPROD_ERROR_ENGINE, 0, "%s: the answer of the engine at %s is too long (above %d %s)", what,
        client->endpoint->url, transfer->body_bytes ? VPROD__ANSWER_MAX >> 20 : VPROD__HEADERS_MAX >> 10,
        transfer->body_bytes ? "MiB" : "KiB of headers");
  case GOING:
    break;
  }
  if (code == CURLE_OK && transfer->headers_whole)
    return 0;
  if (code == CURLE_OK)
    code = CURLE_GOT_NOTHING;
  curl_easy_getinfo (transfer->link->easy, CURLINFO_OS_ERRNO, &os_errno);
  if (transfer->socket_errno)
    os_errno = transfer->socket_errno;
  if (client->tunnel && status == 0 && !vprod__is_short_of_descriptors ((int) os_errno))
    return explain_tunnel (client, what, transfer->link->error, err);
  return vprod__client_explain (client->endpoint, what, code, (int) os_errno, transfer->link->error, err);
}

/* A kept connection that the engine closed at the moment it was used again, before it said a word. */
static int went_stale (const struct transfer *transfer, CURLcode code)
{
  long connects = 1;

  if (code != CURLE_GOT_NOTHING && code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR)
    return 0;
  curl_easy_getinfo (transfer->link->easy, CURLINFO_NUM_CONNECTS, &connects);
  return connects == 0 && transfer->header_bytes == 0 && transfer->body_bytes == 0
         && strcmp (transfer->request->method, "POST") != 0;
}

static int perform (struct vprod__client *client, const vprod_call *call, struct transfer *transfer,
                    vprod_error **err)
{
  _cleanup_ (free_headers) struct curl_slist *headers = NULL;
  _cleanup_free_ char *url = NULL;
  const struct vprod__request *request = transfer->request;
  struct vprod__http_link *link = transfer->link;
  CURL *easy = link->easy;
  CURLcode code = CURLE_OK;

  url = vprod__asprintf ("%s%s", client->base, request->path);
  if (!url || add_header (&headers, "Expect:") < 0
      || add_header (&headers, request->body      ? "Content-Type: application/json"
                               : request->archive ? "Content-Type: application/x-tar"
                                                  : "Content-Type:") < 0
      || (request->header && add_header (&headers, request->header) < 0))
    return vprod__error_no_memory (err);
  curl_easy_reset (easy);
  link->error[0] = '\0';
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, link->error);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, "verify-prod");
  curl_easy_setopt (easy, CURLOPT_URL, url);
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  if (request->on_body)
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, STREAM_BUFFER);
  set_endpoint (easy, client->endpoint);
  set_method (easy, request, client->tunnel && vprod__tunnel_dials (client->tunnel));
  for (int again = 1;; again--) {
    CURLMcode added = curl_multi_add_handle (link->multi, easy);
    if (added != CURLM_OK)
      return vprod__error_set (err, VPROD_ERROR_ENGINE, 0, "%s: libcurl: %s", request->what,
                               curl_multi_strerror (added));
    int r = drive (client, link, call, request->what, &code, err);
    struct vprod__quiet quiet = vprod__quiet_begin ();
    curl_multi_remove_handle (link->multi, easy);
    vprod__quiet_end (&quiet);
    if (r < 0)
      return r;
    if (!again || !went_stale (transfer, code))
      return judge (client, transfer, code, err);
  }
}

int vprod__client_send (struct vprod__client *client, const vprod_call *call, const struct vprod__request *request,
                        struct vprod__answer *ret, vprod_error **err)
{
  _cleanup_answer_ struct vprod__answer answer = { 0 };
  struct transfer transfer = { .request = request, .answer = &answer };
  int r = vprod__call_check (call, request->what, err);

  if (r < 0)
    return r;
  transfer.link = vprod__http_pool_take (&client->pool);
  if (!transfer.link)
    return vprod__error_no_memory (err);
  r = perform (client, call, &transfer, err);
  vprod__http_pool_give (&client->pool, transfer.link);
  if (r < 0)
    return r;
  *ret = answer;
  answer = (struct vprod__answer) { 0 };
  return 0;
}

void vprod__answer_clear (struct vprod__answer *answer)
{
  vprod__buf_clear (&answer->body);
  *answer = (struct vprod__answer) { 0 };
}

/* ---- the client --------------------------------------------------------------------------------------------- */

static void init_curl (void)
{
  curl_global_init (CURL_GLOBAL_DEFAULT);
}

static char *base_url (const struct vprod__endpoint *endpoint)
{
  _cleanup_buf_ struct vprod__buf url = { 0 };
  int bracket = endpoint->host && strchr (endpoint->host, ':');

  if (endpoint->kind != VPROD__ENDPOINT_TCP)
    return strdup ("http://localhost");
  if (vprod__buf_adds (&url, endpoint->tls ? "https://" : "http://") < 0
      || (bracket && vprod__buf_adds (&url, "[") < 0))
    return NULL;
  for (const char *p = endpoint->host; *p; p++) /* RFC 6874: the % of a zone is escaped in a URL */
    if ((*p == '%' ? vprod__buf_adds (&url, "%25") : vprod__buf_add (&url, p, 1)) < 0)
      return NULL;
  if (vprod__buf_addf (&url, "%s:%d%s", bracket ? "]" : "", endpoint->port, endpoint->path) < 0)
    return NULL;
  return vprod__buf_steal (&url);
}

int vprod__client_new (const struct vprod__endpoint *endpoint, struct vprod__tunnel *tunnel,
                       struct vprod__client **ret, vprod_error **err)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  struct vprod__client *client = calloc (1, sizeof *client);

  pthread_once (&once, init_curl);
  if (!client)
    return vprod__error_no_memory (err);
  client->endpoint = endpoint;
  client->tunnel = tunnel;
  client->base = base_url (endpoint);
  if (!client->base) {
    free (client);
    return vprod__error_no_memory (err);
  }
  vprod__http_pool_init (&client->pool);
  *ret = client;
  return 0;
}

void vprod__client_free (struct vprod__client *client)
{
  if (!client)
    return;
  vprod__http_pool_end (&client->pool);
  free (client->base);
  free (client);
}
