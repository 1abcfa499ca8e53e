/* SPDX-License-Identifier: MIT */
/* build.h: the verb of bb-bundle that makes the example images. Private to applets/bundle. */
#ifndef BB_BUNDLE_BUILD_H
#define BB_BUNDLE_BUILD_H

#include "basic/cli.h"

/* build [EXAMPLE] --base IMAGE --tag IMAGE: run docs/examples/EXAMPLE/build as it is installed. */
int run_build(struct cmd *cmd);

#endif
