/* SPDX-License-Identifier: MIT */
#include "probe/http_tame.h"

int vprod__http_tame (CURL *easy)
{
  int bad = 0;

#if LIBCURL_VERSION_NUM >= 0x075500
  bad |= curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  bad |= curl_easy_setopt (easy, CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYPEER, 0L); /* without TLS in libcurl there is nothing to verify */
  curl_easy_setopt (easy, CURLOPT_SSL_VERIFYHOST, 0L);
  bad |= curl_easy_setopt (easy, CURLOPT_FOLLOWLOCATION, 0L);
  bad |= curl_easy_setopt (easy, CURLOPT_PROXY, ""); /* none, whatever http_proxy says */
  bad |= curl_easy_setopt (easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
  bad |= curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  return bad;
}
