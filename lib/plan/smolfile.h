/* SPDX-License-Identifier: MIT */
/* smolfile.h: what a machine is created with, worked out from manifest and subnet alone.
 *
 * bb-smolfile writes these facts down; bb-vm and bb-tsi-patch work them out again and compare, so
 * that a hand-edited section decides nothing (wall W24). */
#ifndef BB_SMOLFILE_H
#define BB_SMOLFILE_H

#include "plan/document.h"

/* Where update-ca-certificates puts the whole store (Debian, Alpine). */
#define CA_STORE "/etc/ssl/certs/ca-certificates.crt"

struct smolfile {
	const char *bundle;          /* the address of the bundle: "192.168.108.2" */
	const char *allow;           /* the one range: "192.168.108.2/32" */
	struct list env;             /* "NAME=value", sorted by bytes: proxies and CA, no more */
	struct list create_args;     /* the same as flags of `machine create` */
	long long cpus, memory_mib;
};

/* Dies with 65 if the plan has no usable subnet section. */
struct smolfile smolfile_of(const struct plan *p);

/* The Smolfile as TOML (smolvm-cli.md section 8). */
void smolfile_toml(struct str *out, const struct smolfile *s);

#endif
