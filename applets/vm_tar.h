/* SPDX-License-Identifier: MIT */
/* vm_tar.h: what of a guest's archive this host unpacks. Private to applets/vm*.c. */
#ifndef BB_VM_TAR_H
#define BB_VM_TAR_H

/* Take everything but regular files, folders and hard links out of the tar in `fd`, in place: links would lead where
 * the guest wants, devices cannot be made by an ordinary user, and a tar that fails at one loses all. Formats: POSIX
 * ustar and pax, GNU long names (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
 * What two tars might read differently (a checksum, a size told twice, sparse files) is no archive.
 * Returns how many entries were taken out, -1 if it is no such archive. Dies with 74 if it cannot be read or written. */
long tar_glean(int fd);

#endif
