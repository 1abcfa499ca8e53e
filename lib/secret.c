/* secret.c: read what a manifest only names. See reference_read in manifest.h. */
#include "manifest.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
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
	int fd;

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
	/* Looked at and read by one descriptor: nobody swaps the file in between. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		die(BB_PLAN, "make the file, or name another", "%s: %s:", what, file);
	if (!S_ISREG(st.st_mode))
		die(BB_PLAN, "name a regular file", "%s: %s is not a regular file", what, file);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		die(BB_REFUSED, mem_printf("chmod 600 %s", file),
		    "%s: %s can be read by others than you", what, file);
	if (!io_read_fd(fd, out, MAX_SECRET))
		die(BB_PLAN, "name a smaller file", "%s: %s is larger than 64 KiB", what, file);
	close(fd);
	str_chomp(out);
	if (strlen(out->text) != out->len)
		die(BB_PLAN, "put text into it", "%s: %s has a NUL character in it", what, file);
}
