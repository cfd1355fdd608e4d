/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "probe/http.h"
#include "probe/http_tame.h"
#include "probe/connect.h"
#include "util/clock.h"
#include "util/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
  MOST_BODY = 64 * 1024,  /* kept; what comes after is not waited for */
  MOST_HEADERS = 64 * 1024
};

struct vprod__http {
  CURLM *multi;
  struct curl_slist *headers;
};

/* One attempt. */
struct attempt {
  CURL *easy;
  const char *collect;
  struct vprod__buf body;
  struct vprod__buf fields;
  size_t header_bytes;
  int headers_too_long;
  int body_cut;
  int no_memory;
  int socket_errno; /* why there is no socket */
  char words[CURL_ERROR_SIZE];
  char first[32]; /* of what is no HTTP */
  size_t first_length;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode once_result;

static void init_once (void)
{
  once_result = curl_global_init (CURL_GLOBAL_DEFAULT);
}

int vprod__http_new (struct vprod__http **ret, vprod_error **err)
{
  struct vprod__http *http = calloc (1, sizeof *http);

  pthread_once (&once, init_once);
  /* a header without a value: the option that switches decoding on would also ask for compression */
  if (!http || once_result != CURLE_OK || !(http->multi = curl_multi_init ())
      || !(http->headers = curl_slist_append (NULL, "Accept-Encoding:"))) {
    vprod__http_free (http);
    return vprod__error_no_memory (err);
  }
  *ret = http;
  return 0;
}

void vprod__http_free (struct vprod__http *http)
{
  if (!http)
    return;
  curl_multi_cleanup (http->multi);
  curl_slist_free_all (http->headers);
  free (http);
}

void vprod__http_answer_clear (struct vprod__http_answer *answer)
{
  free (answer->body);
  free (answer->location);
  free (answer->fields);
  *answer = (struct vprod__http_answer) { 0 };
}

/* ---- what comes in ---------------------------------------------------------------------------------------- */

/* "name: value\r\n". 0, or -1 out of memory. */
static int collect (struct attempt *attempt, const char *line, size_t length)
{
  size_t name = attempt->collect ? strlen (attempt->collect) : 0;

  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
    length--;
  if (name == 0 || length < name || strncasecmp (line, attempt->collect, name) != 0)
    return 0;
  return vprod__buf_add (&attempt->fields, line, length) < 0 ? -1 : vprod__buf_adds (&attempt->fields, "\n");
}

static size_t on_header (char *bytes, size_t size, size_t count, void *data)
{
  struct attempt *attempt = data;

  attempt->header_bytes += size * count;
  attempt->headers_too_long = attempt->header_bytes > MOST_HEADERS;
  if (collect (attempt, bytes, size * count) < 0)
    attempt->no_memory = 1;
  return attempt->headers_too_long || attempt->no_memory ? 0 : size * count;
}

static size_t on_body (char *bytes, size_t size, size_t count, void *data)
{
  struct attempt *attempt = data;
  size_t length = size * count, room = MOST_BODY - attempt->body.length;

  if (attempt->header_bytes == 0) { /* libcurl takes it for HTTP/0.9, which has no headers */
    attempt->first_length = length < sizeof attempt->first ? length : sizeof attempt->first;
    memcpy (attempt->first, bytes, attempt->first_length);
    return 0;
  }
  if (vprod__buf_add (&attempt->body, bytes, length < room ? length : room) < 0) {
    attempt->no_memory = 1;
    return 0;
  }
  attempt->body_cut = length > room;
  return attempt->body_cut ? 0 : length;
}

static curl_socket_t open_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
  struct attempt *attempt = data;
  int fd = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

  (void) purpose;
  if (fd < 0)
    attempt->socket_errno = errno;
  return fd;
}

/* ---- one attempt ------------------------------------------------------------------------------------------ */

static long version_of (const struct vprod__http_request *request)
{
  if (!request->http2)
    return CURL_HTTP_VERSION_1_1;
  return strncmp (request->url, "https:", 6) == 0 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

static int set_post (CURL *easy, const struct vprod__http_request *request)
{
  return curl_easy_setopt (easy, CURLOPT_POST, 1L)
       | curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE, (long) request->post_length)
       | curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->post);
}

/* decode: the body is to be decoded. */
static int set_options (struct attempt *attempt, const struct vprod__http_request *request,
                        struct curl_slist *headers, int decode)
{
  CURL *easy = attempt->easy;
  int bad = 0;

  bad |= curl_easy_setopt (easy, CURLOPT_URL, request->url);
  bad |= curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, attempt->words);
  bad |= curl_easy_setopt (easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
  bad |= curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  bad |= curl_easy_setopt (easy, CURLOPT_HEADERDATA, attempt);
  bad |= curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  bad |= curl_easy_setopt (easy, CURLOPT_WRITEDATA, attempt);
  bad |= curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  bad |= curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, attempt);
  bad |= vprod__http_tame (easy);
  bad |= curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, version_of (request));
  if (request->post)
    bad |= set_post (easy, request);
  bad |= curl_easy_setopt (easy, CURLOPT_HTTP09_ALLOWED, 1L); /* to see the first bytes of an answer that is not HTTP */
  bad |= curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
  bad |= curl_easy_setopt (easy, CURLOPT_FORBID_REUSE, 1L);
  if (decode)
    bad |= curl_easy_setopt (easy, CURLOPT_ACCEPT_ENCODING, "");
  if (headers)
    bad |= curl_easy_setopt (easy, CURLOPT_HTTPHEADER, headers);
  return bad ? -1 : 0;
}

/* Runs the transfer until it is done, or the attempt's or the call's time is over. 0: *ret_code is its result,
   CURLE_OPERATION_TIMEDOUT for the attempt's time. */
static int drive (CURLM *multi, const vprod_call *call, const char *url, int64_t attempt_end, CURLcode *ret_code,
                  vprod_error **err)
{
  for (;;) {
    struct curl_waitfd cancel = { .fd = call->cancel_fd, .events = CURL_WAIT_POLLIN };
    int running = 0, left = 0, ready = 0;
    CURLMcode code = curl_multi_perform (multi, &running);
    CURLMsg *message;

    while ((message = curl_multi_info_read (multi, &left)))
      if (message->msg == CURLMSG_DONE) {
        *ret_code = message->data.result;
        return 0;
      }
    if (call->deadline_ms != VPROD_NO_DEADLINE && vprod__now_ms () >= call->deadline_ms)
      return vprod__error_set (err, VPROD_ERROR_TIMEOUT, 0, "asking %s: out of time", url);
    if (vprod__now_ms () >= attempt_end) {
      *ret_code = CURLE_OPERATION_TIMEDOUT;
      return 0;
    }
    int wait = vprod__poll_timeout (attempt_end < call->deadline_ms ? attempt_end : call->deadline_ms);
    if (code == CURLM_OK)
      code = curl_multi_poll (multi, call->cancel_fd >= 0 ? &cancel : NULL, call->cancel_fd >= 0, wait, &ready);
    if (code != CURLM_OK)
      return code == CURLM_OUT_OF_MEMORY ? vprod__error_no_memory (err)
                                         : vprod__error_set (err, VPROD_ERROR_IO, 0, "asking %s: %s", url,
                                                             curl_multi_strerror (code));
    if (cancel.revents)
      return vprod__error_set (err, VPROD_ERROR_CANCELLED, 0, "asking %s: cancelled", url);
  }
}

/* TLS did not come about. Is there a server, or does a proxy of the engine's close the connection for one that is not? */
static int is_server_there (CURL *easy)
{
  const char *address = NULL;
  long port = 0;

  return curl_easy_getinfo (easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address
      && curl_easy_getinfo (easy, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK
      && vprod__connect_try (address, (int) port) == VPROD__CONNECT_KEPT;
}

static int was_connected (CURL *easy)
{
  curl_off_t connected = 0;

  return curl_easy_getinfo (easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK && connected > 0;
}

static enum vprod__http_outcome not_connected (CURL *easy)
{
  long errnum = 0;

  curl_easy_getinfo (easy, CURLINFO_OS_ERRNO, &errnum);
  switch (errnum) {
  case EHOSTUNREACH:
  case ENETUNREACH:
  case ENETDOWN:
  case EADDRNOTAVAIL:
  case EACCES:
  case EPERM:
    return VPROD__HTTP_UNREACHABLE;
  case ETIMEDOUT:
    return VPROD__HTTP_SLOW;
  default:
    return VPROD__HTTP_REFUSED;
  }
}

/* What libcurl's code says of the app. */
static enum vprod__http_outcome judge (const struct attempt *attempt, CURLcode code)
{
  long errnum = 0;

  if (code == CURLE_OK || attempt->body_cut)
    return VPROD__HTTP_ANSWERED;
  switch (code) {
  case CURLE_COULDNT_CONNECT:
    return not_connected (attempt->easy);
  case CURLE_OPERATION_TIMEDOUT:
    return VPROD__HTTP_SLOW;
  case CURLE_SSL_CONNECT_ERROR:
    return is_server_there (attempt->easy) ? VPROD__HTTP_GARBLED : VPROD__HTTP_RESET;
  case CURLE_RECV_ERROR: /* a malformed chunk gives this code too, but without an errno */
    curl_easy_getinfo (attempt->easy, CURLINFO_OS_ERRNO, &errnum);
    return errnum == 0 && attempt->header_bytes > 0 ? VPROD__HTTP_GARBLED : VPROD__HTTP_RESET;
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_PARTIAL_FILE:
    return VPROD__HTTP_RESET;
  default:
    return was_connected (attempt->easy) ? VPROD__HTTP_GARBLED : VPROD__HTTP_UNREACHABLE;
  }
}

/* libcurl's code for a header line above its limit; before 8.6 it was the one for out of memory. */
static int is_header_too_long (CURLcode code)
{
#if LIBCURL_VERSION_NUM >= 0x080600
  if (code == CURLE_TOO_LARGE)
    return 1;
#endif
  return code == CURLE_OUT_OF_MEMORY;
}

/* The first bytes of an answer that is not HTTP, made harmless, on one line. */
static void say_first (const struct attempt *attempt, char *text, size_t size)
{
  _cleanup_free_ char *harmless = vprod__text_harmless (attempt->first, attempt->first_length);

  for (char *p = harmless; p && *p; p++)
    if (*p == '\n' || *p == '\t')
      *p = ' ';
  for (size_t n = harmless ? strlen (harmless) : 0; n > 0 && harmless[n - 1] == ' '; n--)
    harmless[n - 1] = '\0';
  snprintf (text, size, "it begins with \"%s\"", harmless ? harmless : "");
}

static void say (const struct attempt *attempt, CURLcode code, int64_t attempt_ms,
                 struct vprod__http_answer *answer)
{
  char time[32];

  vprod__format_ms (attempt_ms, time, sizeof time);
  if (answer->outcome == VPROD__HTTP_ANSWERED)
    return;
  if (attempt->headers_too_long || is_header_too_long (code))
    snprintf (answer->error, sizeof answer->error, "its headers do not end");
  else if (attempt->first_length > 0)
    say_first (attempt, answer->error, sizeof answer->error);
  else if (code == CURLE_OPERATION_TIMEDOUT && !was_connected (attempt->easy))
    snprintf (answer->error, sizeof answer->error, "no connection within %s", time);
  else if (code == CURLE_OPERATION_TIMEDOUT && attempt->header_bytes == 0)
    snprintf (answer->error, sizeof answer->error, "connected, but no answer within %s", time);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    snprintf (answer->error, sizeof answer->error, "an answer began, but did not end within %s", time);
  else
    snprintf (answer->error, sizeof answer->error, "%s",
              *attempt->words ? attempt->words : curl_easy_strerror (code));
}

static int version_answered (CURL *easy)
{
  long version = 0;

  curl_easy_getinfo (easy, CURLINFO_HTTP_VERSION, &version);
  return version == CURL_HTTP_VERSION_2_0 ? 2 : version == CURL_HTTP_VERSION_1_0 || version == CURL_HTTP_VERSION_1_1;
}

/* Stores the result of the attempt. */
static int fill (struct attempt *attempt, CURLcode code, int64_t attempt_ms, struct vprod__http_answer *ret,
                 vprod_error **err)
{
  struct vprod__http_answer answer = { .outcome = judge (attempt, code) };
  const char *location = NULL;
  long status = 0;

  if (attempt->no_memory || (code == CURLE_OUT_OF_MEMORY && !was_connected (attempt->easy)))
    return vprod__error_no_memory (err);
  say (attempt, code, attempt_ms, &answer);
  if (curl_easy_getinfo (attempt->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
    answer.status = (int) status;
  curl_easy_getinfo (attempt->easy, CURLINFO_REDIRECT_URL, &location);
  answer.location = location ? strdup (location) : NULL;
  memcpy (answer.first, attempt->first, sizeof answer.first);
  answer.first_length = attempt->first_length;
  answer.no_tls = answer.outcome == VPROD__HTTP_GARBLED && code == CURLE_SSL_CONNECT_ERROR;
  answer.version = version_answered (attempt->easy);
  answer.body_length = attempt->body.length;
  answer.body = vprod__buf_steal (&attempt->body);
  if (attempt->fields.length > 0)
    answer.fields = vprod__buf_steal (&attempt->fields);
  if (!answer.body || (location && !answer.location) || (attempt->fields.length > 0 && !answer.fields)) {
    vprod__http_answer_clear (&answer);
    return vprod__error_no_memory (err);
  }
  *ret = answer;
  return 0;
}

/* Makes one attempt. 0: it was made; 1: it was made, but libcurl cannot decode the answer. */
static int try_once (struct vprod__http *http, const vprod_call *call, const struct vprod__http_request *request,
                     int64_t attempt_ms, struct curl_slist *headers, int decode, struct vprod__http_answer *ret,
                     vprod_error **err)
{
  struct attempt attempt = { .easy = curl_easy_init (), .collect = request->collect };
  int64_t attempt_end = vprod__deadline (attempt_ms);
  CURLcode code = CURLE_OK;
  int r;

  if (!attempt.easy || set_options (&attempt, request, headers, decode) < 0
      || curl_multi_add_handle (http->multi, attempt.easy) != CURLM_OK)
    r = vprod__error_no_memory (err);
  else {
    r = drive (http->multi, call, request->url, attempt_end, &code, err);
    if (r == 0 && code != CURLE_OK && vprod__is_short_of_descriptors (attempt.socket_errno))
      r = vprod__error_set (err, VPROD_ERROR_IO, attempt.socket_errno, "asking %s", request->url);
    else if (r == 0)
      r = code == CURLE_BAD_CONTENT_ENCODING && decode ? 1 : fill (&attempt, code, attempt_ms, ret, err);
    curl_multi_remove_handle (http->multi, attempt.easy);
  }
  curl_easy_cleanup (attempt.easy);
  vprod__buf_clear (&attempt.body);
  vprod__buf_clear (&attempt.fields);
  return r;
}

/* A server may compress though nobody asked (RFC 9110, 12.5.3). Names that are no coding ("utf-8") are seen in the
   wild: then the bytes are taken as they are. */
static int ask (struct vprod__http *http, const vprod_call *call, const struct vprod__http_request *request,
                int64_t attempt_ms, struct curl_slist *headers, struct vprod__http_answer *ret, vprod_error **err)
{
  int64_t end = vprod__deadline (attempt_ms);
  int r = try_once (http, call, request, attempt_ms, headers, 1, ret, err);

  if (r == 1) {
    int64_t left = end - vprod__now_ms ();
    r = try_once (http, call, request, left > 1 ? left : 1, headers, 0, ret, err);
  }
  return r;
}

int vprod__http_get (struct vprod__http *http, const vprod_call *call, const char *url, int64_t attempt_ms,
                     struct vprod__http_answer *ret, vprod_error **err)
{
  return ask (http, call, &(struct vprod__http_request) { .url = url }, attempt_ms, http->headers, ret, err);
}

static int lacks_http2 (void)
{
  return !(curl_version_info (CURLVERSION_NOW)->features & CURL_VERSION_HTTP2);
}

/* As libcurl wants it: a header without a value ends with a semicolon; with a colon it would be left out. */
static struct curl_slist *append (struct curl_slist *list, const char *header)
{
  size_t name = strcspn (header, ":");
  _cleanup_free_ char *empty = NULL;

  if (header[name] == ':' && header[name + 1 + strspn (header + name + 1, " ")] == '\0'
      && !(empty = vprod__asprintf ("%.*s;", (int) name, header)))
    return NULL;
  return curl_slist_append (list, empty ? empty : header);
}

static int same_name (const char *a, const char *b)
{
  size_t length = strcspn (a, ":;");

  return length == strcspn (b, ":;") && strncasecmp (a, b, length) == 0;
}

/* A copy of the list with one more header, which takes the place of another of that name. 0, or -1 out of memory. */
static int with_header (const struct curl_slist *list, const char *header, struct curl_slist **ret)
{
  struct curl_slist *copy = append (NULL, header);

  for (; copy && list; list = list->next) {
    if (same_name (header, list->data))
      continue;
    if (!curl_slist_append (copy, list->data)) {
      curl_slist_free_all (copy);
      return -1;
    }
  }
  *ret = copy;
  return copy ? 0 : -1;
}

int vprod__http_set_header (struct vprod__http *http, const char *header, vprod_error **err)
{
  struct curl_slist *longer;

  if (with_header (http->headers, header, &longer) < 0)
    return vprod__error_no_memory (err);
  curl_slist_free_all (http->headers);
  http->headers = longer;
  return 0;
}

int vprod__http_ask (struct vprod__http *http, const vprod_call *call, const struct vprod__http_request *request,
                     int64_t attempt_ms, struct vprod__http_answer *ret, vprod_error **err)
{
  struct curl_slist *headers = http->headers, *own = NULL;

  if (request->http2 && lacks_http2 ()) {
    struct vprod__http_answer answer = { .outcome = VPROD__HTTP_UNREACHABLE, .body = strdup ("") };
    snprintf (answer.error, sizeof answer.error, "libcurl was built without HTTP/2");
    if (!answer.body)
      return vprod__error_no_memory (err);
    *ret = answer;
    return 0;
  }
  if (request->header) {
    if (with_header (http->headers, request->header, &own) < 0)
      return vprod__error_no_memory (err);
    headers = own;
  }
  int r = ask (http, call, request, attempt_ms, headers, ret, err);
  curl_slist_free_all (own);
  return r;
}
