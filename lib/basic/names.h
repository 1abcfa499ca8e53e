/* SPDX-License-Identifier: MIT */
/* names.h: the names of everything that belongs to a bottle, its addresses and its ports. They are defined here and
 * nowhere else. All follow from the slug and never from a section of the plan (wall W24). */
#ifndef BB_NAMES_H
#define BB_NAMES_H

#include "basic/net.h"

#define NAME_PREFIX "bot-bottle-"
#define NAME_REGISTRY NAME_PREFIX "registry-"   /* the container that hands an image to smolvm while a pack is made */

const char *name_machine(const char *slug);     /* bot-bottle-SLUG */
const char *name_bundle(const char *slug);      /* bot-bottle-bundle-SLUG: network, container */

/* The name of a container, network or machine of a bottle; or the slug in such a name, NULL if it is none. */
const char *name_of(const char *kind, const char *slug);
const char *name_slug(const char *kind, const char *name);

/* What containers, networks, images and machines are labelled with. */
#define LABEL_BOTTLE "bot-bottle.bottle"        /* whose it is, see state_label in paths.h */
#define LABEL_SLUG "bot-bottle.slug"
#define LABEL_BOOT "bot-bottle.boot"            /* the boot it was made in */
#define LABEL_CONFIG "bot-bottle.config"        /* of the bundle's container: digest of its bundle.json */
#define LABEL_PACK "bot-bottle.pack"            /* of a registry: the key of the pack it is for */
#define LABEL_BUILD "bot-bottle.build"          /* of an image that bb-pack built: its folder */

/* Addresses in a bottle's range, as text. */
const char *range_gateway(struct cidr range);   /* .1 */
const char *range_bundle(struct cidr range);    /* .2 */
const char *range_machine(struct cidr range);   /* .3, of a machine that is on that network itself */

enum { PORT_DLP = 8888, PORT_GIT = 9418, PORT_SUPERVISE = 9100, PORT_EGRESS = 9099 };

/* The bundle's daemons that a guest may call. `when` is the member of the manifest that asks for it, NULL: always. */
struct bundle_port {
	const char *daemon;
	int port;
	const char *when;
};
enum { BUNDLE_PORTS = 3 };
extern const struct bundle_port bundle_ports[BUNDLE_PORTS];
const char *port_daemon(int port);             /* NULL: no such port */

/* The same ports in the guest, at 127.0.0.1, are this much higher (guest/relay.c). */
enum { RELAY_FURTHER = 10000 };

#endif
