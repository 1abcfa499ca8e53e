/* SPDX-License-Identifier: MIT */
/* table.c: make one array of the records that applets.def lists. */
#include "basic/cli.h"

#define APPLET(id) extern const struct applet id##_applet;
#include "applets.def"
#undef APPLET

#define APPLET(id) &id##_applet,
const struct applet *const applets[] = {
#include "applets.def"
	NULL
};
