/* SPDX-License-Identifier: MIT */
/* docker.c: find the engine, and run the docker program with our own configuration. */
#include "tool/docker.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/process.h"
#include "tool/docker_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char usual_socket[] = "/var/run/docker.sock";

const char docker_install[] = "install Docker Engine (Debian: apt install docker.io) and join its group";

struct list docker_words(const char *first, ...)
{
	struct list l = { 0 };
	va_list ap;

	va_start(ap, first);
	for (const char *w = first; w; w = va_arg(ap, const char *))
		list_add(&l, w);
	va_end(ap);
	return l;
}

const char *docker_socket(void)
{
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT");

	if (host && *host && strncmp(host, "unix://", 7))
		die(BB_REFUSED, "unset DOCKER_HOST, or point it at a local unix:// socket",
		    "DOCKER_HOST=%s is not an engine on this machine", host);
	if (context && *context && strcmp(context, "default"))
		die(BB_REFUSED, "unset DOCKER_CONTEXT", "DOCKER_CONTEXT=%s may be an engine elsewhere", context);
	return host && *host ? host + 7 : usual_socket;
}

const char *docker_engine(void)
{
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT");
	bool named = host && *host;

	if (context && *context && strcmp(context, "default"))
		return mem_printf("context %s", context);

	if (named && strncmp(host, "unix://", 7))
		return host;
	return mem_printf("unix://%s", io_true_path(named ? host + 7 : usual_socket));
}

const char *docker_cannot_ask(void)
{
	const char *host = getenv("DOCKER_HOST"), *context = getenv("DOCKER_CONTEXT");

	if (!proc_find("docker"))
		return "docker is not installed";
	if (host && *host && strncmp(host, "unix://", 7))
		return mem_printf("DOCKER_HOST=%s is not an engine on this machine", host);
	if (context && *context && strcmp(context, "default"))
		return mem_printf("DOCKER_CONTEXT=%s may be an engine elsewhere", context);
	return NULL;
}

int docker_connect(const char *path)
{
	const struct timeval limit = { .tv_sec = DOCKER_LOOK_MS / 1000 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, error = ENAMETOOLONG;

	if (strlen(path) < sizeof to.sun_path) {
		memcpy(to.sun_path, path, strlen(path) + 1);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
		    connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
			return fd;
		error = errno;
		if (fd >= 0)
			close(fd);
	}
	errno = error;
	return -1;
}

void docker_add_labels(struct list *options, const char *slug)
{
	list_addf(options, "--label=" LABEL_SLUG "=%s", slug);
	list_addf(options, "--label=" LABEL_BOOT "=%s", boot_id());
	list_addf(options, "--label=" LABEL_BOTTLE "=%s", state_label(slug));
}

/* --- running it --- */

struct proc_end docker_proc(const struct list *words, const struct proc *how)
{
	static const char *config;
	struct list argv = { 0 };
	struct proc p = *how;
	struct proc_end end;

	docker_socket();
	if (!config) {
		config = mem_printf("%s/docker", state_folder());
		io_make_folder(config);
	}
	list_add(&argv, "docker");
	list_add(&argv, "--config");
	list_add(&argv, config);
	list_add_all(&argv, words->item);
	p.argv = argv.item;
	end = proc_run(&p);
	if (end.error == ENOENT)
		die(BB_TOOL, docker_install, "docker is not installed");
	return end;
}

struct proc_end docker_run(const struct list *words, const char *input, struct str *out, struct str *err, int limit_ms)
{
	struct proc_end end = docker_proc(words, &(struct proc){ .input = input, .input_len = input ? strlen(input) : 0,
								  .out = out, .err = err, .timeout_ms = limit_ms });

	/* We ended it, or it never ran: it left no message of its own. */
	if (!proc_ok(&end) && err && !err->len)
		str_add(err, proc_text(&end));
	return end;
}

static struct docker_end end_of(const struct list *words, bool ok, const struct str *err)
{
	struct docker_end end = { .ok = ok, .command = words->item[0], .said = "" };

	if (!ok) {
		end.says = docker_says(err);
		end.said = docker_said(err);
	}
	return end;
}

struct docker_end docker_try(const struct list *words, const char *input, struct str *out, struct str *err, int limit_ms)
{
	struct str own_out = STR_EMPTY, own_err = STR_EMPTY, *text = err ? err : &own_err;
	struct proc_end run = docker_run(words, input, out ? out : &own_out, text, limit_ms);
	struct docker_end end = end_of(words, proc_ok(&run), text);

	if (run.timed_out)
		die(BB_TOOL, "is the engine stuck? systemctl status docker", "docker %s did not end in %d s",
		    end.command, limit_ms / 1000);
	if (end.says == DOCKER_SAYS_NO_ENGINE)
		die(BB_TOOL, "start it: systemctl start docker", "the Docker engine does not answer");
	if (end.says == DOCKER_SAYS_NO_PERMISSION)
		die(BB_TOOL, "join the group docker and log in again", "no permission to use the Docker engine");
	return end;
}

struct docker_end docker_ask(const struct list *words, struct str *out, struct str *err)
{
	struct str own_out = STR_EMPTY, own_err = STR_EMPTY, *text = err ? err : &own_err;
	const char *why = docker_cannot_ask();
	struct proc_end run;

	if (why) {
		str_add(text, why);
		return end_of(words, false, text);
	}
	run = docker_run(words, NULL, out ? out : &own_out, text, DOCKER_LOOK_MS);
	if (run.timed_out)
		str_add(text, "docker did not answer in time");
	return end_of(words, proc_ok(&run), text);
}

struct docker_end docker_look(const struct list *words, struct str *out, struct str *err, bool sure)
{
	return sure ? docker_try(words, NULL, out, err, DOCKER_USUAL_MS) : docker_ask(words, out, err);
}

struct docker_end docker_list(const struct list *words, struct list *lines)
{
	struct str out = STR_EMPTY;
	struct docker_end end = docker_ask(words, &out, NULL);

	for (char *text = out.text; end.ok && *text; )
		list_add(lines, take_line(&text));
	return end;
}

struct docker_end docker_act(const struct list *words, bool dry, struct str *out, int limit_ms)
{
	if (!dry)
		return docker_try(words, NULL, out, NULL, limit_ms);
	warn("+ docker %s", list_line(words));
	return (struct docker_end){ .ok = true, .command = words->item[0], .said = "" };
}

struct docker_end docker_make(const struct list *words, bool dry, const char *what, const char **id)
{
	struct str out = STR_EMPTY;
	struct docker_end end = docker_act(words, dry, &out, DOCKER_USUAL_MS);

	*id = "none";
	if (dry || !end.ok)
		return end;
	str_chomp(&out);
	if (!docker_is_id(out.text))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker %s printed no id but '%.80s'", what, out.text);
	*id = out.text;
	return end;
}

const char *docker_remove(const struct list *words)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end run = docker_run(words, NULL, &out, &err, DOCKER_REMOVE_MS);
	struct docker_end end = end_of(words, proc_ok(&run), &err);

	/* It is being removed, or is gone: that was wanted. */
	if (end.ok || end.says == DOCKER_SAYS_NO_SUCH || end.says == DOCKER_SAYS_REMOVING)
		return NULL;
	return run.timed_out ? proc_text(&run) : end.said;
}
