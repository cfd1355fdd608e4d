/* SPDX-License-Identifier: MIT */
/* Freeing the facts that runners fill. */
#include "runner/runner.h"
#include "util/strv.h"

void vprod__engine_facts_clear (vprod_engine_facts *facts)
{
  free (facts->name);
  free (facts->version);
  free (facts->api_version);
  free (facts->endpoint);
  free (facts->published_host);
  free (facts->container);
  free (facts->container_gateway);
  free (facts->os);
  free (facts->architecture);
  *facts = (vprod_engine_facts) { 0 };
}

void vprod__build_facts_clear (vprod_build_facts *facts)
{
  free (facts->image_id);
  free (facts->builder);
  free (facts->failed_step);
  free (facts->message);
  *facts = (vprod_build_facts) { 0 };
}

void vprod__image_facts_clear (vprod_image_facts *facts)
{
  free (facts->id);
  free (facts->os);
  free (facts->architecture);
  free (facts->variant);
  free (facts->user);
  free (facts->working_dir);
  free (facts->stop_signal);
  vprod__strv_free (facts->env);
  vprod__strv_free (facts->entrypoint);
  vprod__strv_free (facts->cmd);
  vprod__strv_free (facts->labels);
  vprod__strv_free (facts->exposed_ports);
  vprod__strv_free (facts->volumes);
  vprod__strv_free (facts->healthcheck);
  vprod__strv_free (facts->onbuild);
  vprod__strv_free (facts->shell);
  *facts = (vprod_image_facts) { 0 };
}

void vprod__container_facts_clear (vprod_container_facts *facts)
{
  free (facts->id);
  free (facts->image_id);
  free (facts->status);
  free (facts->error);
  free (facts->ip_address);
  vprod__strv_free (facts->published);
  free (facts->mac_address);
  *facts = (vprod_container_facts) { 0 };
}
