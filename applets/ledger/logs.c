/* SPDX-License-Identifier: MIT */
/* logs.c: the verb keep-logs, which bb-start calls before it takes down a bottle that failed. */
#include "ledger/logs.h"
#include "stage.h"
#include "plan/document.h"
#include "record/bottle.h"
#include "record/kept.h"

int run_keep_logs(struct cmd *cmd)
{
	const char *slug = stage_slug(cmd, 0);
	struct list files = { 0 };
	const char *folder = kept_make(slug, &files);

	if (folder)
		warn("what is left of %s to look at is in %s: %s", slug, folder, list_line(&files));
	else if (!bottle_known(slug))
		bottle_unknown(slug);
	return BB_OK;
}
