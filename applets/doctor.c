/* SPDX-License-Identifier: MIT */
/* bb-doctor: is everything here that a bottle needs? One line per thing, within a second; stops at the first that
 * is missing.
 *
 * Asks no engine: the Docker socket is only connected to, and smolvm's version is remembered. */
#include "cli.h"
#include "docker.h"
#include "io.h"
#include "smolvm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *check_docker(void)
{
	const char *host = getenv("DOCKER_HOST");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = docker_socket();
	int fd;

	if (!proc_find("docker"))
		die(BB_TOOL, docker_install, "docker is not installed");
	if (strlen(path) >= sizeof to.sun_path)
		die(BB_USAGE, "use a shorter path", "DOCKER_HOST=%s is too long", host);
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
		if (errno == EACCES)
			die(BB_TOOL, "join the group docker and log in again", "no permission to use %s", path);
		die(BB_TOOL, "start it: systemctl start docker", "the Docker engine does not answer at %s", path);
	}
	close(fd);
	return path;
}

static const char *check_hypervisor(void)
{
#ifdef __linux__
	static const char device[] = "/dev/kvm";
	int fd = open(device, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		die(BB_TOOL, "load kvm-intel or kvm-amd; in a virtual machine, switch nested virtualisation on",
		    "%s does not exist: this machine cannot run microVMs", device);
	if (fd < 0)
		die(BB_TOOL, "join the group kvm and log in again", "open %s:", device);
	close(fd);
	return device;
#else
	return "Hypervisor.framework (not checked)";
#endif
}

/* The VMM serves the files of the image and keeps each one open that the guest has looked at (smolvm 1.32.2): with
 * 4096, "find /" in a Debian guest ends in "Too many open files", and nothing can be started there any more. */
enum { FILES_ENOUGH = 16384 };

static void check_limits(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max < FILES_ENOUGH)
		warn("ulimit -Hn is %ld: a guest that looks at more files of its image breaks", (long)files.rlim_max);
}

static int run_check(struct cmd *cmd)
{
	struct str out = STR_EMPTY;
	const struct smolvm *s;

	(void)cmd;
	str_addf(&out, "docker     %s\n", check_docker());
	s = smolvm_find();
	str_addf(&out, "smolvm     %s (%s)%s\n", s->version, s->path,
		 smolvm_can(SMOLVM_KEEPS_POLICY) ? "" : ", whose policy has to be patched in");
	check_limits();
	str_addf(&out, "hypervisor %s\n", check_hypervisor());
	out_all(out.text, out.len);
	return BB_OK;
}

static const struct verb verbs[] = {
	{ "check", "", "say what is here, or what is missing and how to get it", DEFAULT_VERB, run_check },
	{ .name = NULL }
};

const struct applet doctor_applet = {
	.name = "bb-doctor", .section = NULL, .summary = "is everything here that a bottle needs",
	.reads = "nothing", .exits = "64 69 74 77", .verbs = verbs,
};
