/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "known/fault.h"

#define RUNC_10 "OCI runtime create failed: container_linux.go:380: starting container process caused: "
#define RUNC_11                                                                                           \
  "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container " \
  "process: "
#define RUNC_13 "failed to create task for container: " RUNC_11 "error during container init: "
#define GUESS                                                                                                   \
  ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists " \
  "and is the expected type"

/* As the engines say it: Docker 20.10.24, 28.5.2, Podman 4.3.1. */
static const struct {
  const char *message;
  const char *words; /* NULL: not the image's fault */
} faults[] = {
  { RUNC_11 "exec: \"/nope\": stat /nope: no such file or directory: unknown", "exec: \"/nope\": stat /nope: no "
                                                                               "such file or directory" },
  { RUNC_11 "exec: \"nope\": executable file not found in $PATH: unknown", "exec: \"nope\": executable file not "
                                                                           "found in $PATH" },
  { RUNC_11 "exec: \"/data\": permission denied: unknown", "exec: \"/data\": permission denied" },
  { RUNC_11 "exec: \"/data/x\": stat /data/x: not a directory: unknown" GUESS, "exec: \"/data/x\": stat /data/x: "
                                                                               "not a directory" },
  { RUNC_11 "exec: \"/loop\": stat /loop: too many levels of symbolic links: unknown",
    "exec: \"/loop\": stat /loop: too many levels of symbolic links" },
  { RUNC_13 "exec: \"/dir\": is a directory: permission denied", "exec: \"/dir\": is a directory: permission "
                                                                 "denied" },
  { RUNC_13 "exec: \"\": executable file not found in $PATH", "exec: \"\": executable file not found in $PATH" },
  { RUNC_10 "exec: \"x\": executable file not found in $PATH: unknown", "exec: \"x\": executable file not found "
                                                                        "in $PATH" },
  { "unable to find user nosuch: no matching entries in passwd file", "unable to find user nosuch: no matching "
                                                                      "entries in passwd file" },
  { "unable to find group nogroup: no matching entries in group file", "unable to find group nogroup: no matching "
                                                                       "entries in group file" },
  { "uids and gids must be in range 0-2147483647", "uids and gids must be in range 0-2147483647" },
  { "Cannot mkdir: /data is not a directory", "Cannot mkdir: /data is not a directory" },
  { "lstat /var/lib/docker/overlay2/1/merged/data/x: not a directory",
    "lstat /var/lib/docker/overlay2/1/merged/data/x: not a directory" },
  { "the working directory 'x/y' is invalid, it needs to be an absolute path",
    "the working directory 'x/y' is invalid, it needs to be an absolute path" },
  { "evalSymlinksInScope: too many links in /var/lib/docker/overlay2/1/merged/loop",
    "evalSymlinksInScope: too many links in /var/lib/docker/overlay2/1/merged/loop" },
  { RUNC_11 "chdir to cwd (\"/x\") set in config.json failed: permission denied: unknown",
    "chdir to cwd (\"/x\") set in config.json failed: permission denied" },
  { "No command specified", "No command specified" },
  { "no command specified", "no command specified" },
  { "Invalid signal: SIGNOPE", "Invalid signal: SIGNOPE" },
  { "cannot mount volume over existing file, file exists /x/merged/data", "cannot mount volume over existing "
                                                                          "file, file exists /x/merged/data" },
  { "image with reference a:1 was found but does not match the specified platform: wanted linux/arm64, actual: "
    "linux/amd64",
    "image with reference a:1 was found but does not match the specified platform: wanted linux/arm64, actual: "
    "linux/amd64" },
  { "runc: runc create failed: unable to start container process: exec: \"nope\": executable file not found in "
    "$PATH: OCI runtime attempted to invoke a command that was not found",
    "exec: \"nope\": executable file not found in $PATH" },
  { "crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke "
    "a command that was not found",
    "executable file `nope` not found in $PATH: No such file or directory" },
  { "runc: runc create failed: unable to start container process: exec: \"/data\": permission denied: OCI "
    "permission denied",
    "exec: \"/data\": permission denied" },
  { "workdir \"/data\" exists on container e6a7, but is not a directory", "workdir \"/data\" exists on container "
                                                                          "e6a7, but is not a directory" },
  { "runc: runc create failed: Cwd must be an absolute path: OCI runtime error", "runc: runc create failed: Cwd "
                                                                                 "must be an absolute path" },
  { "container create: no command or entrypoint provided, and no CMD or ENTRYPOINT from image",
    "container create: no command or entrypoint provided, and no CMD or ENTRYPOINT from image" },
  /* the engine's */
  { "crun: cgroups in hybrid mode not supported, drop all controllers from cgroupv2: OCI runtime error", NULL },
  { "cannot listen on the TCP port: listen tcp4 127.0.0.1:38905: bind: address already in use", NULL },
  { "driver failed programming external connectivity on endpoint x (1): Error starting userland proxy: listen "
    "tcp4 127.0.0.1:42411: bind: address already in use",
    NULL },
  { "failed to set up container networking: network vp-net not found", NULL },
  { "network nosuchnet not found", NULL },
  { "mkdir /var/lib/docker/overlay2/1-init: no space left on device", NULL },
  { "error gathering device information while adding custom device \"/dev/nosuch\": no such file or directory",
    NULL },
  { "unknown or invalid runtime name: nosuch", NULL },
  { "failed to start shim: start failed: : exec: \"runc\": executable file not found in $PATH: unknown", NULL },
  { "fork/exec /usr/bin/containerd-shim-runc-v2: exec format error", NULL },
  { RUNC_11 "error during container init: error setting cgroup config for procHooks process: unable to freeze: "
            "unknown",
    NULL },
  { "Cannot connect to containerd: permission denied", NULL },
  { "", NULL },
};

START_TEST (faults_go_to_the_image_only_where_it_is_surely_its)
{
  ck_assert_int_eq (vprod__fault_is_images (faults[_i].message), faults[_i].words != NULL);
  if (faults[_i].words) {
    char *words = vprod__fault_words (faults[_i].message);
    ck_assert_str_eq (words, faults[_i].words);
    free (words);
  }
}
END_TEST

START_TEST (full_address_pools_are_told_from_other_trouble)
{
  ck_assert_int_eq (vprod__fault_is_no_subnet ("making the network n: the engine at x says: could not find an available, "
                                               "non-overlapping IPv4 address pool among the defaults to assign to the "
                                               "network"), 1);
  ck_assert_int_eq (vprod__fault_is_no_subnet ("all predefined address pools have been fully subnetted"), 1);
  ck_assert_int_eq (vprod__fault_is_no_subnet ("could not find free subnet from subnet pools"), 1);
  ck_assert_int_eq (vprod__fault_is_no_subnet ("Pool overlaps with other one on this address space"), 0);
  ck_assert_int_eq (vprod__fault_is_no_subnet ("no space left on device"), 0);
}
END_TEST

int main (void)
{
  Suite *suite = suite_create ("fault");
  TCase *tc = tcase_create ("fault");

  tcase_add_loop_test (tc, faults_go_to_the_image_only_where_it_is_surely_its, 0,
                       sizeof faults / sizeof faults[0]);
  tcase_add_test (tc, full_address_pools_are_told_from_other_trouble);
  suite_add_tcase (suite, tc);
  return unit_main (suite);
}
