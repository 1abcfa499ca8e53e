/* SPDX-License-Identifier: MIT */
/* ways.c: pack an image by an archive or by a registry.
 *
 * archive: `docker save` into a file of our own, which smolvm reads (from 1.29.1). The file is used by this run
 * only: smolvm hard-links its input and has been seen to truncate it (docs/smolvm.md, "Archives and packs").
 *
 * registry: older versions can only pull. A registry on 127.0.0.1, at any free port, lives for one push and one
 * pull. The pull is by the digest of the push (wall W9). */
#include "pack/pack.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/undo.h"
#include "tool/docker_container.h"
#include "tool/docker_image.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REGISTRY_MS = 60 * 1000, GRACE_MS = 3000, REGISTRY_PORT = 5000 };

void pack_by_archive(const struct packing *job)
{
	const char *archive = mem_printf("%s/agent.tar", job->folder);

	pack_must(docker_image_save(job->image_id, archive, job->dry));
	pack_create(job, archive);
}

/* --- a registry that lives as long as we need it --- */

struct registry {
	int pid;                 /* a process of ours, or 0 */
	const char *container;   /* or a container, or NULL */
	int port;
};

static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &size) < 0)
		die(BB_IO, "check permissions, limits and free space", "find a free port on 127.0.0.1:");
	close(fd);
	return ntohs(a.sin_port);
}

static void end_registry(void *arg)
{
	struct registry *r = arg;

	if (r->pid > 0)
		proc_stop(r->pid, GRACE_MS);
	if (r->container)
		docker_container_remove(r->container);
	r->pid = 0;
	r->container = NULL;
}

/* By its own configuration, Debian's program asks for a password. So it gets three lines of ours. */
static void run_program(struct registry *r, const struct packing *job, const char *program)
{
	const char *file = mem_printf("%s/registry.yml", job->folder);
	const char *const argv[] = { program, "serve", file, NULL };
	/* REGISTRY_ variables of the operator would override the file, even its address. */
	const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	struct str text = STR_EMPTY;

	r->port = free_port();
	str_addf(&text, "version: 0.1\nstorage: {filesystem: {rootdirectory: \"%s/registry\"}}\n"
		 "http: {addr: \"127.0.0.1:%d\"}\n", job->folder, r->port);
	io_write_file(file, text.text, text.len, 0600);
	r->pid = proc_spawn(&(struct proc){ .argv = argv, .env = env }, mem_printf("%s/registry.log", job->folder));
	if (r->pid < 0)
		die(BB_TOOL, "install docker-registry again", "%s cannot be run:", program);
}

static void run_container(struct registry *r, const struct packing *job, const char *image_id)
{
	const char *name = mem_printf(NAME_REGISTRY "%.16s-%d", job->key, (int)getpid()), *id, *at;
	struct list options = { 0 };
	long long n;

	list_add(&options, "--rm");
	list_add(&options, "--label");
	list_addf(&options, LABEL_PACK "=%s", job->key);
	docker_add_port(&options, REGISTRY_PORT);
	r->container = name;          /* before the act: its name is ours alone */
	pack_must(docker_container_run(name, &options, image_id, false, &id));
	pack_must(docker_container_port(name, REGISTRY_PORT, &at));
	if (strncmp(at, "127.0.0.1:", 10) || !num_parse(at + 10, 1, 65535, &n))
		die(BB_REFUSED, "is this Docker Desktop? the registry way needs a native engine", "Docker published the registry on %s instead of 127.0.0.1", at);
	r->port = (int)n;
}

static void start_registry(struct registry *r, const struct packing *job)
{
	const char *program = proc_find("docker-registry"), *id, *architecture;
	long long end = clock_ms() + REGISTRY_MS;

	io_write_file(mem_printf("%s/%s", job->folder, PACK_BY_REGISTRY), docker_engine(),
		      strlen(docker_engine()), 0600);
	undo_push(end_registry, r);
	if (docker_image("registry:2", &id, &architecture))
		run_container(r, job, id);
	else if (program)
		run_program(r, job, program);
	else
		die(BB_TOOL, "docker pull registry:2, or apt install docker-registry, or use smolvm 1.29.1 or newer",
		    "%s %s needs a registry to pack from, and there is none", job->engine->name, job->engine->version());
	while (!net_answers("127.0.0.1", r->port, 500)) {
		if (clock_ms() >= end)
			die(BB_TOOL, "is another firewall between us and 127.0.0.1?",
			    "the registry on 127.0.0.1:%d does not answer", r->port);
		sleep_ms(200);
	}
}

static void untag(void *reference)
{
	docker_image_untag(reference);
}

void pack_by_registry(const struct packing *job)
{
	static struct registry r;
	const char *repository, *tag, *digest;

	if (job->dry)
		r.port = REGISTRY_PORT;
	else
		start_registry(&r, job);
	repository = mem_printf("127.0.0.1:%d/bot-bottle", r.port);
	tag = mem_printf("%s:%s", repository, job->key);
	pack_must(docker_image_tag(job->image_id, tag, job->dry));
	if (!job->dry)
		undo_push(untag, (void *)(uintptr_t)tag);
	pack_must(docker_image_push(tag, job->dry, &digest));
	pack_create(job, mem_printf("%s@%s", repository, digest));
	if (job->dry)
		return;
	untag((void *)(uintptr_t)tag);
	undo_pop();
	end_registry(&r);
	undo_pop();
}
