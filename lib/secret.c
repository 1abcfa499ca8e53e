/* secret.c: read what a manifest only names. See reference_read in manifest.h. */
#include "manifest.h"
#include "io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_SECRET = 64 * 1024 };

void reference_read(struct str *out, struct jv reference, const char *base, const char *what)
{
	const char *name = jv_text(jv_get(reference, "from_env"));
	const char *file = jv_text(jv_get(reference, "from_file"));
	struct stat st;

	if (name) {
		const char *value = getenv(name);

		if (!value)
			die(BB_PLAN, mem_printf("export %s before the start", name),
			    "%s: the variable %s is not set", what, name);
		str_add(out, value);
		return;
	}
	if (!file)
		bug("%s: not a reference", what);
	if (file[0] != '/')
		file = mem_printf("%s/%s", base, file);
	if (lstat(file, &st) < 0)
		die(BB_PLAN, "make the file, or name another", "%s: %s:", what, file);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		die(BB_REFUSED, mem_printf("chmod 600 %s", file),
		    "%s: %s can be read by others than you", what, file);
	if (io_read_file(file, out, MAX_SECRET) != IO_OK)
		die(BB_PLAN, "name a regular file", "%s: %s is not a regular file of at most 64 KiB", what, file);
	str_chomp(out);
}
