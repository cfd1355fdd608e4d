/* SPDX-License-Identifier: MIT */
/* Does this process run in a container, and in which? What the kernel shows is a guess until the engine knows of it. */
#ifndef VPROD_RUNNER_DOCKER_SELF_H
#define VPROD_RUNNER_DOCKER_SELF_H

#define VPROD__SELF_ID_SIZE 65

/* From the text of /proc/self/mountinfo: engines put files of their own, from a folder that is named after the container,
   on /etc/hostname, /etc/hosts and /etc/resolv.conf; where a network is shared with another container, these are that
   one's. The text is changed. 1: ret_id is 64 hexadecimal digits; 0: there is none. */
int vprod__self_from_mounts (char *mountinfo, char ret_id[VPROD__SELF_ID_SIZE]);

/* From the text of /proc/self/cgroup, which in a control group namespace shows nothing. */
int vprod__self_from_cgroup (char *cgroup, char ret_id[VPROD__SELF_ID_SIZE]);

/* The ids to ask the engine for, likeliest first; the last may be a host name that looks like the beginning of one.
   Returns how many, at most 3. */
int vprod__self_guess (char ret_ids[3][VPROD__SELF_ID_SIZE]);

/* Is this IP address one of this process' own interfaces? */
int vprod__self_has_address (const char *address);

#endif
