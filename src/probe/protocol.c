/* SPDX-License-Identifier: MIT */
#include "probe/protocol.h"

#include <string.h>
#include "util/text.h"

#define COUNT(table) (sizeof (table) / sizeof *(table))

/* How each begins: at `offset`, these bytes. */
static const struct {
  enum vprod__protocol protocol;
  const char *name;
  size_t offset, length;
  const char *bytes;
} rows[] = {
  { VPROD__PROTOCOL_TLS, "TLS", 0, 2, "\x15\x03" },                /* an alert, RFC 8446, 5.1 */
  { VPROD__PROTOCOL_TLS, "TLS", 0, 2, "\x16\x03" },                /* a handshake */
  { VPROD__PROTOCOL_HTTP2, "HTTP/2", 3, 6, "\x04\0\0\0\0\0" },     /* SETTINGS of stream 0, RFC 9113, 6.5 */
  { VPROD__PROTOCOL_HTTP2, "HTTP/2", 3, 6, "\x07\0\0\0\0\0" },     /* GOAWAY, RFC 9113, 6.8 */
  { VPROD__PROTOCOL_OTHER, "SSH", 0, 4, "SSH-" },                  /* RFC 4253, 4.2 */
  { VPROD__PROTOCOL_OTHER, "the Redis protocol", 0, 5, "-ERR " },
  { VPROD__PROTOCOL_OTHER, "the Redis protocol", 0, 8, "-NOAUTH " },
  { VPROD__PROTOCOL_OTHER, "the Redis protocol", 0, 8, "-DENIED " },
  { VPROD__PROTOCOL_OTHER, "the MySQL protocol", 3, 2, "\0\x0a" }, /* its greeting: length, number 0, version 10 */
  { VPROD__PROTOCOL_OTHER, "the PostgreSQL protocol", 0, 3, "E\0\0" },
  { VPROD__PROTOCOL_OTHER, "SMTP or FTP", 0, 4, "220 " },
  { VPROD__PROTOCOL_OTHER, "SMTP or FTP", 0, 4, "220-" },
  { VPROD__PROTOCOL_OTHER, "AMQP", 0, 4, "AMQP" },
  { VPROD__PROTOCOL_OTHER, "IMAP", 0, 5, "* OK " },
  { VPROD__PROTOCOL_OTHER, "POP3", 0, 4, "+OK " },
  { VPROD__PROTOCOL_OTHER, "RTSP", 0, 5, "RTSP/" },
  { VPROD__PROTOCOL_OTHER, "the NATS protocol", 0, 6, "INFO {" },
  { VPROD__PROTOCOL_OTHER, "the memcached protocol", 0, 7, "ERROR\r\n" },
};

/* nginx, Apache httpd, Go, Tomcat */
static const char *const tls_phrases[] = {
  "The plain HTTP request was sent to HTTPS port",
  "speaking plain HTTP to an SSL-enabled server port",
  "Client sent an HTTP request to an HTTPS server",
  "This combination of host and port requires TLS",
};

enum vprod__protocol vprod__protocol_of (const void *bytes, size_t length, const char **ret_name)
{
  *ret_name = NULL;
  for (size_t i = 0; i < COUNT (rows); i++)
    if (length >= rows[i].offset + rows[i].length
        && memcmp ((const char *) bytes + rows[i].offset, rows[i].bytes, rows[i].length) == 0) {
      *ret_name = rows[i].name;
      return rows[i].protocol;
    }
  return VPROD__PROTOCOL_NOT_KNOWN;
}

int vprod__protocol_body_wants_tls (const char *body, size_t length)
{
  for (size_t i = 0; i < COUNT (tls_phrases); i++)
    if (vprod__text_contains_nocase_n (body, length, tls_phrases[i]))
      return 1;
  return 0;
}
