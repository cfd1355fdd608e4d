/* SPDX-License-Identifier: MIT */
#include "probe/grpc.h"
#include "probe/connect.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FRAME 5 /* a byte: compressed or not; then the message's length */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* wire types */

/* ---- the request ------------------------------------------------------------------------------------------- */

static int add_varint (struct vprod__buf *buf, uint64_t value)
{
  do {
    unsigned char byte = (unsigned char) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    if (vprod__buf_add (buf, &byte, 1) < 0)
      return -1;
    value >>= 7;
  } while (value > 0);
  return 0;
}

/* A field that has its default, the empty text, is left out. */
static int add_message (struct vprod__buf *buf, const char *service)
{
  static const char field = 1 << 3 | BYTES;

  if (!*service)
    return 0;
  return vprod__buf_add (buf, &field, 1) < 0 || add_varint (buf, strlen (service)) < 0
             || vprod__buf_adds (buf, service) < 0
           ? -1 : 0;
}

static int make_request (const char *service, struct vprod__buf *ret)
{
  _cleanup_buf_ struct vprod__buf message = { 0 };

  if (add_message (&message, service) < 0)
    return -1;
  unsigned char frame[FRAME] = { 0, (unsigned char) (message.length >> 24), (unsigned char) (message.length >> 16),
                                 (unsigned char) (message.length >> 8), (unsigned char) message.length };
  return vprod__buf_add (ret, frame, sizeof frame) < 0 || vprod__buf_add (ret, message.data, message.length) < 0 ? -1 : 0;
}

/* ---- the answer -------------------------------------------------------------------------------------------- */

struct reader {
  const unsigned char *at, *end;
};

static int read_varint (struct reader *reader, uint64_t *ret)
{
  *ret = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (reader->at == reader->end)
      return -1;
    unsigned char byte = *reader->at++;
    *ret |= (uint64_t) (byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return 0;
  }
  return -1;
}

static int skip (struct reader *reader, uint64_t count)
{
  if (count > (uint64_t) (reader->end - reader->at))
    return -1;
  reader->at += count;
  return 0;
}

static int skip_field (struct reader *reader, unsigned type)
{
  uint64_t number;

  switch (type) {
  case VARINT:
    return read_varint (reader, &number);
  case FIXED64:
    return skip (reader, 8);
  case BYTES:
    return read_varint (reader, &number) < 0 ? -1 : skip (reader, number);
  case FIXED32:
    return skip (reader, 4);
  default:
    return -1;
  }
}

/* HealthCheckResponse: of a field that comes twice the last one counts; those of later versions are skipped. */
static enum vprod__serving read_message (struct reader *reader)
{
  uint64_t serving = VPROD__SERVING_UNKNOWN, tag;

  while (reader->at < reader->end) {
    if (read_varint (reader, &tag) < 0)
      return VPROD__SERVING_NOT_TOLD;
    if ((tag == (1 << 3 | VARINT) ? read_varint (reader, &serving) : skip_field (reader, tag & 7)) < 0)
      return VPROD__SERVING_NOT_TOLD;
  }
  return serving <= INT32_MAX ? (enum vprod__serving) serving : VPROD__SERVING_NOT_TOLD;
}

static enum vprod__serving read_body (const char *body, size_t length)
{
  const unsigned char *frame = (const unsigned char *) body;

  if (length < FRAME || frame[0] != 0) /* compression was not offered */
    return VPROD__SERVING_NOT_TOLD;
  size_t size = (size_t) frame[1] << 24 | (size_t) frame[2] << 16 | (size_t) frame[3] << 8 | frame[4];
  if (size != length - FRAME)
    return VPROD__SERVING_NOT_TOLD;
  return read_message (&(struct reader) { frame + FRAME, frame + length });
}

/* The value of a field, up to the end of its line; NULL: it did not come. The last of that name counts: a trailer. */
static const char *find_field (const char *fields, const char *name)
{
  size_t length = strlen (name);
  const char *found = NULL;

  for (const char *line = fields; line && *line; line = strchr (line, '\n') + 1)
    if (strncasecmp (line, name, length) == 0 && line[length] == ':')
      found = line + length + 1 + strspn (line + length + 1, " ");
  return found;
}

static int hex (char c)
{
  static const char digits[] = "0123456789abcdef";
  const char *found = c ? strchr (digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c) : NULL;

  return found ? (int) (found - digits) : -1;
}

/* grpc-message is percent-encoded. */
static void decode (const char *value, char *text, size_t size)
{
  size_t n = 0;

  for (; *value && *value != '\n' && n + 1 < size; value++) {
    int high = *value == '%' ? hex (value[1]) : -1, low = high >= 0 ? hex (value[2]) : -1;
    text[n++] = low >= 0 ? (char) (high << 4 | low) : *value;
    if (low >= 0)
      value += 2;
  }
  text[n] = '\0';
}

void vprod__grpc_read (const struct vprod__http_answer *answer, struct vprod__grpc_answer *ret)
{
  const char *status = find_field (answer->fields, "grpc-status"), *message = find_field (answer->fields, "grpc-message");
  char *end;

  *ret = (struct vprod__grpc_answer) { .status = VPROD__GRPC_NOT_TOLD, .serving = VPROD__SERVING_NOT_TOLD };
  if (!status || answer->version == 1)
    return;
  long code = strtol (status, &end, 10);
  if (end == status || (*end != '\n' && *end != '\0') || code < 0 || code > 1000)
    return;
  ret->status = (int) code;
  if (message)
    decode (message, ret->message, sizeof ret->message);
  if (code == VPROD__GRPC_OK)
    ret->serving = read_body (answer->body, answer->body_length);
}

/* ---- the call ---------------------------------------------------------------------------------------------- */

int vprod__grpc_prepare (struct vprod__http *http, vprod_error **err)
{
  int r = vprod__http_set_header (http, "Content-Type: application/grpc", err);

  return r < 0 ? r : vprod__http_set_header (http, "TE: trailers", err);
}

int vprod__grpc_check (struct vprod__http *http, const vprod_call *call, const struct vprod__grpc_request *request,
                       int64_t attempt_ms, struct vprod__http_answer *ret, struct vprod__grpc_answer *ret_grpc,
                       vprod_error **err)
{
  _cleanup_buf_ struct vprod__buf body = { 0 };

  if (make_request (request->service, &body) < 0)
    return vprod__error_no_memory (err);
  struct vprod__http_request over = {
    .url = request->url, .http2 = 1, .post = body.data, .post_length = body.length, .collect = "grpc-",
  };
  int r = vprod__http_ask (http, call, &over, attempt_ms, ret, err);
  if (r < 0)
    return r;
  if (ret->outcome == VPROD__HTTP_ANSWERED)
    vprod__grpc_read (ret, ret_grpc);
  /* libcurl says so of HTTP/1.1, too */
  if (ret->outcome == VPROD__HTTP_RESET && vprod__connect_try (request->host, request->port) == VPROD__CONNECT_KEPT)
    ret->outcome = VPROD__HTTP_GARBLED;
  return 0;
}
