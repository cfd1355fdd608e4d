/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "probe/load_slot.h"
#include "probe/http_tame.h"
#include "probe/load_server.h"
#include "util/clock.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  MOST_BODY = 64 * 1024,
  CONNECT_MS = 5000,
  CLOSE_WAIT = 8 /* of the kernel's states of a TCP connection, include/net/tcp_states.h: the other end has closed it */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode once_result;

static void init_once (void)
{
  once_result = curl_global_init (CURL_GLOBAL_DEFAULT);
}

CURLM *vprod__load_multi_new (void)
{
  pthread_once (&once, init_once);
  return once_result == CURLE_OK ? curl_multi_init () : NULL;
}

/* ---- the connection --------------------------------------------------------------------------------------- */

static curl_socket_t open_socket (void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
  struct vprod__load_slot *slot = data;

  (void) purpose;
  slot->fd = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  return slot->fd;
}

/* Where a server closes its end while bytes are there that it has not read, or ends with them, the kernel resets the
   connection: one that was closed in order was closed by one that had read all (RFC 9293, 3.10.4; RFC 2525, 2.17). */
static void look (struct vprod__load_slot *slot)
{
  struct tcp_info info = { 0 };
  socklen_t length = sizeof info;

  if (slot->looked || slot->fd < 0 || getsockopt (slot->fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    return;
  slot->looked = 1;
  slot->closed_in_order = info.tcpi_state == CLOSE_WAIT;
  slot->acked = info.tcpi_bytes_acked;
}

static int close_socket (void *data, curl_socket_t fd)
{
  struct vprod__load_slot *slot = data;

  if (fd == slot->fd) {
    look (slot);
    slot->fd = -1;
  }
  return close (fd);
}

/* libcurl tells of the request's bytes once the kernel has taken them. */
static int on_trace (CURL *easy, curl_infotype type, char *bytes, size_t length, void *data)
{
  struct vprod__load_slot *slot = data;

  (void) easy;
  (void) bytes;
  if (type != CURLINFO_HEADER_OUT)
    return 0;
  slot->head_bytes += length;
  slot->sent_ms = vprod__now_ms ();
  return 0;
}

/* ---- the answer ------------------------------------------------------------------------------------------- */

static int begins_with (const char *line, size_t length, const char *name)
{
  return length >= strlen (name) && strncasecmp (line, name, strlen (name)) == 0;
}

static size_t on_header (char *line, size_t size, size_t count, void *data)
{
  struct vprod__load_slot *slot = data;
  size_t length = size * count;

  slot->answer_head_bytes += length;
  if (begins_with (line, length, "content-length:") || begins_with (line, length, "transfer-encoding:"))
    slot->framed = 1;
  return length;
}

static size_t on_body (char *bytes, size_t size, size_t count, void *data)
{
  struct vprod__load_slot *slot = data;
  size_t length = size * count, room = MOST_BODY - slot->body.length;

  slot->body_bytes += length;
  slot->no_memory |= vprod__buf_add (&slot->body, bytes, length < room ? length : room) < 0;
  return slot->no_memory ? 0 : length;
}

/* ---- asking ----------------------------------------------------------------------------------------------- */

static int add_headers (struct curl_slist **list, const char *const *headers, int alone)
{
  struct curl_slist *longer = curl_slist_append (NULL, "Accept-Encoding:");

  for (size_t i = 0; longer && headers && headers[i]; i++) {
    *list = longer;
    /* as libcurl wants it: a header without a value ends with a semicolon */
    size_t name = strcspn (headers[i], ":");
    int empty = headers[i][name] == ':' && headers[i][name + 1 + strspn (headers[i] + name + 1, " ")] == '\0';
    char *line = empty ? vprod__asprintf ("%.*s;", (int) name, headers[i]) : strdup (headers[i]);
    longer = line ? curl_slist_append (longer, line) : NULL;
    free (line);
  }
  if (longer) {
    *list = longer;
    longer = alone ? curl_slist_append (longer, "Connection: close") : longer;
  }
  return longer ? 0 : -1;
}

static int set_options (struct vprod__load_slot *slot)
{
  CURL *easy = slot->easy;
  int bad = 0;

  bad |= curl_easy_setopt (easy, CURLOPT_URL, slot->request->url);
  bad |= curl_easy_setopt (easy, CURLOPT_PRIVATE, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, slot->words);
  bad |= curl_easy_setopt (easy, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
  bad |= curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  bad |= curl_easy_setopt (easy, CURLOPT_HEADERDATA, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  bad |= curl_easy_setopt (easy, CURLOPT_WRITEDATA, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  bad |= curl_easy_setopt (easy, CURLOPT_OPENSOCKETDATA, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  bad |= curl_easy_setopt (easy, CURLOPT_CLOSESOCKETDATA, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_DEBUGFUNCTION, on_trace);
  bad |= curl_easy_setopt (easy, CURLOPT_DEBUGDATA, slot);
  bad |= curl_easy_setopt (easy, CURLOPT_VERBOSE, 1L);
  bad |= vprod__http_tame (easy);
  bad |= curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
  bad |= curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_MS);
  return bad ? -1 : 0;
}

int vprod__load_slot_init (struct vprod__load_slot *slot, const struct vprod__load_request *request,
                           struct vprod__load_learned *learned)
{
  *slot = (struct vprod__load_slot) { .request = request, .learned = learned, .fd = -1 };
  slot->easy = curl_easy_init ();
  return slot->easy && add_headers (&slot->headers[0], request->headers, 0) == 0
             && add_headers (&slot->headers[1], request->headers, 1) == 0 && set_options (slot) == 0
           ? 0
           : -1;
}

int vprod__load_slot_ask (struct vprod__load_slot *slot, CURLM *multi, int alone, int64_t limit_ms)
{
  slot->alone = alone;
  slot->sent_ms = 0;
  slot->head_bytes = slot->answer_head_bytes = slot->body_bytes = 0;
  slot->framed = slot->looked = slot->closed_in_order = 0;
  slot->acked = 0;
  slot->words[0] = '\0';
  vprod__buf_consume (&slot->body, slot->body.length);
  if (curl_easy_setopt (slot->easy, CURLOPT_FRESH_CONNECT, (long) alone)
      || curl_easy_setopt (slot->easy, CURLOPT_FORBID_REUSE, (long) alone)
      || curl_easy_setopt (slot->easy, CURLOPT_TIMEOUT_MS, (long) limit_ms)
      || curl_easy_setopt (slot->easy, CURLOPT_HTTPHEADER, slot->headers[alone])
      || curl_multi_add_handle (multi, slot->easy) != CURLM_OK)
    return -1;
  slot->busy = 1;
  return 0;
}

/* An answer that does not say where it ends ends with its connection (RFC 9112, 6.3): whether it is whole shows only beside
   others. */
static int is_whole (const struct vprod__load_slot *slot)
{
  return slot->framed || slot->learned->least_body == SIZE_MAX || slot->body_bytes >= slot->learned->least_body;
}

static int is_right (const struct vprod__load_slot *slot, int status)
{
  int empty = slot->body_bytes == 0 && slot->learned->least_body != SIZE_MAX && slot->learned->least_body > 0;

  if (empty)
    return 0;
  return slot->request->is_right
           ? slot->request->is_right (slot->request->data, status, vprod__buf_string (&slot->body), slot->body.length)
           : status >= 200 && status < 400;
}

static enum vprod__load_end judge (const struct vprod__load_slot *slot, CURLcode code, int status)
{
  if (code == CURLE_OK)
    return !is_right (slot, status) ? VPROD__LOAD_WRONG : is_whole (slot) ? VPROD__LOAD_RIGHT : VPROD__LOAD_CUT;
  if (code == CURLE_OPERATION_TIMEDOUT)
    return VPROD__LOAD_SLOW;
  if (slot->answer_head_bytes > 0)
    return VPROD__LOAD_CUT;
  if (slot->sent_ms == 0)
    return VPROD__LOAD_REFUSED;
  return slot->request->direct && slot->looked && slot->closed_in_order && slot->acked >= slot->head_bytes
           ? VPROD__LOAD_TAKEN
           : VPROD__LOAD_RESET;
}

static void fill (struct vprod__load_slot *slot, enum vprod__load_end end, int status, struct vprod__load_shot *ret)
{
  *ret = (struct vprod__load_shot) {
    .end = end, .sent_ms = slot->sent_ms, .ended_ms = vprod__now_ms (),
    .status = status, .server_ends = -1, .acked = slot->acked >= slot->head_bytes,
  };
  slot->busy = 0;
}

int vprod__load_slot_end (struct vprod__load_slot *slot, CURLM *multi, CURLcode code, struct vprod__load_shot *ret)
{
  long status = 0;

  look (slot); /* unless it was closed already */
  curl_multi_remove_handle (multi, slot->easy);
  if (slot->no_memory || code == CURLE_OUT_OF_MEMORY)
    return -1;
  if (slot->answer_head_bytes > 0)
    curl_easy_getinfo (slot->easy, CURLINFO_RESPONSE_CODE, &status);
  enum vprod__load_end end = judge (slot, code, (int) status);
  if (end == VPROD__LOAD_RIGHT && slot->body_bytes < slot->learned->least_body)
    slot->learned->least_body = slot->body_bytes;
  fill (slot, end, (int) status, ret);
  if (slot->request->direct && (end == VPROD__LOAD_RESET || end == VPROD__LOAD_REFUSED))
    ret->server_ends = vprod__load_server_ends ("/proc", slot->request->pid);
  if (code != CURLE_OK)
    snprintf (ret->words, sizeof ret->words, "%.*s", (int) sizeof ret->words - 1, *slot->words ? slot->words : curl_easy_strerror (code));
  return 0;
}

void vprod__load_slot_leave (struct vprod__load_slot *slot, CURLM *multi, struct vprod__load_shot *ret)
{
  look (slot);
  curl_multi_remove_handle (multi, slot->easy);
  fill (slot, slot->sent_ms > 0 ? VPROD__LOAD_OPEN : VPROD__LOAD_REFUSED, 0, ret);
}

void vprod__load_slot_clear (struct vprod__load_slot *slot, CURLM *multi)
{
  if (slot->busy)
    curl_multi_remove_handle (multi, slot->easy);
  curl_easy_cleanup (slot->easy);
  curl_slist_free_all (slot->headers[0]);
  curl_slist_free_all (slot->headers[1]);
  vprod__buf_clear (&slot->body);
}
