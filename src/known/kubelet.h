/* SPDX-License-Identifier: MIT */
/* How the kubelet judges a user: data/kubelet has its words. */
#ifndef VPROD_KNOWN_KUBELET_H
#define VPROD_KNOWN_KUBELET_H

/* Would it start an image with that USER (NULL: none) where the manifest says runAsNonRoot, and names no user? It looks at the
   part before the colon. */
enum vprod__kubelet { VPROD__KUBELET_STARTS_IT = 0, VPROD__KUBELET_SEES_ROOT, VPROD__KUBELET_SEES_NAME };
enum vprod__kubelet vprod__kubelet_judge (const char *user);

/* What it says of one that it does not start: before the name, and after it; "" where there is nothing to say. */
const char *vprod__kubelet_words (enum vprod__kubelet kubelet, const char **ret_after);

#endif
