/* SPDX-License-Identifier: MIT */
/* smolfile.h: what a machine is created with, worked out from manifest and subnet alone.
 *
 * bb-smolfile writes these facts down; bb-vm and bb-tsi-patch work them out again and compare, so
 * that a hand-edited section decides nothing (wall W24). */
#ifndef BB_SMOLFILE_H
#define BB_SMOLFILE_H

#include "plan/document.h"

/* The file into which update-ca-certificates writes all certificates (Debian, Alpine). */
#define CA_STORE "/etc/ssl/certs/ca-certificates.crt"

/* A member of the manifest's `vm`: smolvm's flag for it, where smolvm's row keeps it, what it is if it is not given. */
struct vm_size {
	const char *member, *flag, *column;
	long long otherwise;
};
enum { VM_SIZES = 3 };
extern const struct vm_size vm_sizes[VM_SIZES];

struct smolfile {
	const char *bundle;          /* the address of the bundle: "192.168.108.2" */
	const char *allow;           /* the one range: "192.168.108.2/32" */
	struct list env;             /* "NAME=value", sorted by bytes: proxies and CA, no more */
	struct list create_args;     /* the same as flags of `machine create` */
	long long size[VM_SIZES];    /* by vm_sizes; 0: smolvm's own default, and so not compared with the row */
};

/* Dies with 65 if the plan has no usable subnet section. */
struct smolfile smolfile_of(const struct plan *p);

/* The Smolfile as TOML (docs/smolvm.md, "The Smolfile"). */
void smolfile_toml(struct str *out, const struct smolfile *s);

#endif
