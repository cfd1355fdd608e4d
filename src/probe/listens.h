/* SPDX-License-Identifier: MIT */
/* The kernel's tables of TCP sockets, /proc/net/tcp and tcp6 (proc(5)): where does a network namespace listen? */
#ifndef VPROD_PROBE_LISTENS_H
#define VPROD_PROBE_LISTENS_H

/* Adds to a list the addresses on which sockets of the table listen, "0.0.0.0:8000", "[::]:8000"; the engine's own name
   server is left out, and what is there already. 0, or -1 out of memory. */
int vprod__listens_add (const char *table, char ***list);

/* The last part of such an address as a number; and is it on a loopback address? */
int vprod__listen_port (const char *address);
int vprod__listen_is_loopback (const char *address);

/* Is there one of that port on an IPv4 address that others reach? list may be NULL. */
int vprod__listens_reachable (char *const *list, int port);

#endif
