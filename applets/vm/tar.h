/* SPDX-License-Identifier: MIT */
/* tar.h: clean a guest's archive before this host unpacks it. Private to applets/vm. */
#ifndef BB_VM_TAR_H
#define BB_VM_TAR_H

/* Take everything but regular files, folders and hard links out of the tar in `fd`, in place. Symbolic links could
 * lead anywhere, an ordinary user cannot make devices, and a tar that fails at one entry loses all. Formats: POSIX
 * ustar and pax, GNU long names (POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
 * What two programs might read differently is refused (a checksum, a size given twice, sparse files). Returns how
 * many entries were taken out, or -1 if it is no such archive. Dies with 74 if it cannot be read or written. */
long tar_glean(int fd);

#endif
