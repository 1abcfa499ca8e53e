/* SPDX-License-Identifier: MIT */
/* docker_machine.h: Docker as an engine of machines: the agent in a container beside its bundle, on a network that leads
 * nowhere else. An example: such a machine shares the host's kernel. All but docker_machines is private to
 * lib/tool/docker_*.c. */
#ifndef BB_DOCKER_MACHINE_H
#define BB_DOCKER_MACHINE_H

#include "tool/machine.h"

extern const struct machine_engine docker_machines;

/* --- docker_confined.c: how the container is confined, and whether it is --- */

/* Its address on the network of its bundle. */
const char *docker_machine_address(const struct machine_wish *w);
struct list docker_machine_options(const struct machine_wish *w);
struct machine_row docker_machine_read(const char *name);
const char *docker_machine_fault(const struct machine_row *r, const struct machine_wish *w);
enum machine_policy docker_machine_policy(const struct machine_row *r, const struct machine_wish *w);
const char *docker_machine_allowed(const struct machine_row *r);
void docker_machine_check(const struct machine_wish *w);

#endif
