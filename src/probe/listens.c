/* SPDX-License-Identifier: MIT */
#include "probe/listens.h"
#include "util/strv.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Reads "0100007F:1F40": the address as 32-bit words in the machine's order, then the port. */
static int read_address (const char *hex, int words, char *text, size_t size)
{
  uint32_t word[4];
  unsigned port;
  char ip[INET6_ADDRSTRLEN];
  char eight[9] = { 0 };

  for (int i = 0; i < words; i++) {
    char *end;
    if (strnlen (hex + i * 8, 8) < 8)
      return -1;
    memcpy (eight, hex + i * 8, 8);
    word[i] = (uint32_t) strtoul (eight, &end, 16);
    if (*end)
      return -1;
  }
  if (sscanf (hex + words * 8, ":%x", &port) != 1 || port > 65535)
    return -1;
  if (!inet_ntop (words == 1 ? AF_INET : AF_INET6, word, ip, sizeof ip))
    return -1;
  snprintf (text, size, words == 1 ? "%s:%u" : "[%s]:%u", ip, port);
  return 0;
}

int vprod__listens_add (const char *table, char ***list)
{
  /* the engine's name server in every network that a user makes */
  static const char name_server[] = "127.0.0.11:";

  for (const char *line = strchr (table, '\n'); line && line[1]; line = strchr (line + 1, '\n')) {
    char local[64], state[8], text[80];

    if (sscanf (line + 1, " %*[^:]: %63s %*s %7s", local, state) != 2 || strcmp (state, "0A") != 0
        || read_address (local, strcspn (local, ":") == 32 ? 4 : 1, text, sizeof text) < 0)
      continue;
    if (strncmp (text, name_server, sizeof name_server - 1) == 0 || vprod__strv_has (*list, text))
      continue;
    if (vprod__strv_add (list, text) < 0)
      return -1;
  }
  return 0;
}

int vprod__listen_port (const char *address)
{
  const char *colon = strrchr (address, ':');

  return colon ? atoi (colon + 1) : 0;
}

int vprod__listen_is_loopback (const char *address)
{
  return strncmp (address, "127.", 4) == 0 || strncmp (address, "[::1]", 5) == 0
      || strncmp (address, "[::ffff:127.", 12) == 0;
}

int vprod__listens_reachable (char *const *list, int port)
{
  for (; list && *list; list++)
    if (vprod__listen_port (*list) == port && (*list)[0] != '[' && !vprod__listen_is_loopback (*list))
      return 1;
  return 0;
}
