/* SPDX-License-Identifier: MIT */
/* saved.c: read and write the saved plan of a bottle. No other file knows where it is. */
#include "record/saved.h"
#include "basic/io.h"
#include "basic/json.h"
#include "basic/paths.h"

const char saved_name[] = "plan.json";

const char *saved_path(const char *slug)
{
	return state_bottle_file(slug, saved_name);
}

bool saved_exists(const char *slug)
{
	return io_exists(saved_path(slug));
}

bool saved_read(const char *slug, struct str *text)
{
	return io_read_file(saved_path(slug), text, JSON_MAX_BYTES) == IO_OK;
}

void saved_write(const char *slug, const char *text, size_t len)
{
	io_write_file(saved_path(slug), text, len, 0600);
}
