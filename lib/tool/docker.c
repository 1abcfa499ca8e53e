/* SPDX-License-Identifier: MIT */
/* docker.c: run the docker program with our own configuration, and read its answers. Answers are asked for by
 * --format, one line for each thing, which has been stable since 17.x. */
#include "tool/docker.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { USUAL_MS = 120 * 1000, LOOK_MS = 30 * 1000, MAX_NETWORKS = 1 << 20 };

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

struct proc_end docker_run(const struct list *args, const char *input, struct str *out, struct str *err,
			   int timeout_ms)
{
	static const char *config;
	struct list argv = { 0 };
	struct proc_end end;

	docker_socket();
	if (!config) {
		config = mem_printf("%s/docker", state_folder());
		io_make_folder(config);
	}
	list_add(&argv, "docker");
	list_add(&argv, "--config");
	list_add(&argv, config);
	list_add_all(&argv, args->item);
	end = proc_run(&(struct proc){ .argv = argv.item, .input = input,
		.input_len = input ? strlen(input) : 0, .out = out, .err = err, .timeout_ms = timeout_ms });
	if (end.error == ENOENT)
		die(BB_TOOL, docker_install, "docker is not installed");
	/* We ended it, or it never ran: it left no message of its own. */
	if (!proc_ok(&end) && err && !err->len)
		str_add(err, proc_text(&end));
	return end;
}

bool docker_try(const struct list *args, const char *input, struct str *out, struct str *err)
{
	return docker_try_for(args, input, out, err, USUAL_MS);
}

bool docker_try_for(const struct list *args, const char *input, struct str *out, struct str *err, int ms)
{
	struct proc_end end = docker_run(args, input, out, err, ms);

	if (end.timed_out)
		die(BB_TOOL, "is the engine stuck? systemctl status docker", "docker %s did not end in %d s",
		    args->item[0], ms / 1000);
	if (!proc_ok(&end) && docker_says(err) == DOCKER_SAYS_NO_ENGINE)
		die(BB_TOOL, "start it: systemctl start docker", "the Docker engine does not answer");
	if (!proc_ok(&end) && docker_says(err) == DOCKER_SAYS_NO_PERMISSION)
		die(BB_TOOL, "join the group docker and log in again", "no permission to use the Docker engine");
	return proc_ok(&end);
}

/* Why no engine of this machine can be asked, as far as that is known without asking; or NULL. */
static const char *cannot_ask(void)
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

bool docker_ask(const struct list *args, struct str *out, struct str *err)
{
	const char *why = cannot_ask();
	struct proc_end end;

	if (why)
		str_add(err, why);
	if (err->len)
		return false;
	end = docker_run(args, NULL, out, err, LOOK_MS);
	if (end.timed_out)
		str_add(err, "docker did not answer in time");
	return proc_ok(&end);
}

/* Run and take the output, or die saying what docker said. */
static void ask_into(const struct list *args, struct str *out)
{
	struct str err = STR_EMPTY;

	if (!docker_try(args, NULL, out, &err))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker %s %s: %s", args->item[0], args->item[1], docker_said(&err));
}

static void unreadable(const char *what, const char *line)
{
	die(BB_TOOL, "try the same by hand; its own log may say more", "docker network %s: its answer cannot be read: '%.60s'",
	    what, line);
}

/* Is it a whole line "ID NAME RANGE RANGE..." for add_ranges? A range that cannot be read might cover anything. */
/* The id of any network: that of a swarm has 25 letters and digits. For ours use docker_is_id. */
static bool network_id(const char *text)
{
	size_t n = strlen(text);

	return n && n <= 64 && strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz") == n;
}

static bool network_line(const char *line)
{
	char *save = NULL, *words = mem_text(line, strlen(line));
	const char *id = strtok_r(words, " ", &save), *name = id ? strtok_r(NULL, " ", &save) : NULL;
	struct cidr c;

	for (char *w = strtok_r(NULL, " ", &save); name && w; w = strtok_r(NULL, " ", &save))
		if (!strchr(w, '/') || (!cidr_parse(w, &c) && (!strchr(w, ':') || w[strspn(w, "0123456789abcdefABCDEF:./")])))
			return false;
	return name && network_id(id);
}

/* "ID NAME RANGE RANGE..." */
static void add_ranges(struct cidrs *all, const char *line, const char *own, struct cidr *owns)
{
	char *save = NULL, *words = mem_text(line, strlen(line));
	const char *id = strtok_r(words, " ", &save), *name = id ? strtok_r(NULL, " ", &save) : NULL;
	bool is_own = name && !strcmp(name, own);
	struct cidr c;

	for (char *w = strtok_r(NULL, " ", &save); name && w; w = strtok_r(NULL, " ", &save)) {
		if (!cidr_parse(w, &c))
			continue;
		if (!is_own)
			cidrs_add(all, c);
		else if (!owns->bits)
			*owns = c;
	}
}

/* What is known of a network does not change while it has its id. So it is asked for once and kept in this file. */
static const char *networks_file(void)
{
	return mem_printf("%s/networks", state_folder());
}

/* Its line in `known`, or NULL. */
static const char *known_network(const struct list *known, const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < known->n; i++)
		if (!strncmp(known->item[i], id, n) && known->item[i][n] == ' ' && network_line(known->item[i]))
			return known->item[i];
	return NULL;
}

static void add_lines(struct list *to, char *text)
{
	while (*text)
		list_add(to, take_line(&text));
}

/* Add the lines of an answer of `docker network WHAT`. Dies unless each line is whole and passes `ok`. */
static void add_answer(struct list *to, struct str *out, const char *what, bool (*ok)(const char *line))
{
	size_t from = to->n;

	if (strlen(out->text) != out->len || (out->len && out->text[out->len - 1] != '\n'))
		unreadable(what, out->text);
	add_lines(to, out->text);
	for (size_t i = from; i < to->n; i++)
		if (!ok(to->item[i]))
			unreadable(what, to->item[i]);
}

struct cidr docker_ranges(struct cidrs *all, const char *own)
{
	struct str file = STR_EMPTY, out = STR_EMPTY, err = STR_EMPTY, kept = STR_EMPTY;
	struct cidr owns = { 0, 0 };
	struct list ls = docker_words("network", "ls", "-q", "--no-trunc", NULL), known = { 0 }, ids = { 0 };
	struct str list = STR_EMPTY;
	bool all_told = true;
	struct list inspect = docker_words("network", "inspect", "--format",
		"{{.Id}} {{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}", NULL);
	size_t none = inspect.n;

	/* Our own file, but still a file: a line that cannot be read is asked for again. */
	if (io_read_file(networks_file(), &file, MAX_NETWORKS) == IO_OK)
		add_lines(&known, mem_text(file.text, strlen(file.text)));
	ask_into(&ls, &list);
	add_answer(&ids, &list, "ls", network_id);
	for (size_t i = 0; i < ids.n; i++)
		if (!known_network(&known, ids.item[i]))
			list_add(&inspect, ids.item[i]);
	/* A network that was removed meanwhile is reported as an error; the others are printed all the same. */
	if (inspect.n > none && !docker_try(&inspect, NULL, &out, &err)) {
		if (docker_says(&err) != DOCKER_SAYS_NO_SUCH)
			die(BB_TOOL, "try the same by hand; its own log may say more", "docker network inspect: %s", docker_said(&err));
		all_told = false;
	}
	add_answer(&known, &out, "inspect", network_line);
	for (size_t i = 0; i < ids.n; i++) {
		const char *line = known_network(&known, ids.item[i]);

		if (!line && all_told)
			unreadable("inspect", out.text);
		if (!line)
			continue;
		str_addf(&kept, "%s\n", line);
		add_ranges(all, line, own, &owns);
	}
	if (strcmp(kept.text, file.text))
		io_write_file(networks_file(), kept.text, kept.len, 0600);
	return owns;
}

/* The words of a --format line; a missing word is "". */
static void split(char *line, const char **word, size_t n)
{
	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(line, "\t");

		word[i] = mem_text(line, len);
		line += len + (line[len] == '\t');
	}
}

static bool inspect(const char *kind, const char *name, const char *format, const char **word, size_t n)
{
	struct list args = docker_words(kind, "inspect", "--format", format, "--", name, NULL);
	struct str out = STR_EMPTY, err = STR_EMPTY;

	if (!docker_try(&args, NULL, &out, &err)) {
		if (docker_says(&err) == DOCKER_SAYS_NO_SUCH)
			return false;
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker %s inspect %s: %s", kind, name, docker_said(&err));
	}
	if (!docker_line(&out, '\t', n))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker %s inspect %s: %s", kind, name,
		    docker_unreadable(&out));
	split(out.text, word, n);
	return true;
}

void docker_add_labels(struct list *words, const char *slug)
{
	list_addf(words, "--label=" LABEL_SLUG "=%s", slug);
	list_addf(words, "--label=" LABEL_BOOT "=%s", boot_id());
	list_addf(words, "--label=" LABEL_BOTTLE "=%s", state_label(slug));
}

struct docker_network docker_network(const char *name)
{
	struct docker_network net = { .found = false };
	const char *word[3];

	net.found = inspect("network", name, "{{index .Labels \"" LABEL_BOTTLE "\"}}\t"
			    "{{range .IPAM.Config}}{{.Subnet}} {{end}}\t{{.Driver}}", word, 3);
	if (!net.found)
		return net;
	net.label = word[0];
	net.driver = word[2];
	cidr_parse(mem_text(word[1], strcspn(word[1], " ")), &net.range);
	return net;
}

bool docker_image(const char *name, const char **id, const char **architecture)
{
	const char *word[2];

	if (!inspect("image", name, "{{.Id}}\t{{.Architecture}}", word, 2))
		return false;
	*id = word[0];
	*architecture = word[1];
	return true;
}

int docker_connect(const char *path)
{
	const struct timeval limit = { .tv_sec = LOOK_MS / 1000 };
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

/* The HTTP status of the engine's answer to one GET: 200, 404, ...; 0 if there is no answer. */
static int ask_engine(const char *path, const char *what)
{
	const char *request = mem_printf("GET %s HTTP/1.0\r\nHost: docker\r\n\r\n", what);
	int fd = docker_connect(path), status = 0;
	char answer[64];
	size_t n = 0;

	if (fd < 0)
		return 0;
	if (io_write_fd(fd, request, strlen(request)))
		for (ssize_t got; n < sizeof answer - 1 && (got = read(fd, answer + n, sizeof answer - 1 - n)) > 0; )
			n += (size_t)got;
	close(fd);
	answer[n] = '\0';
	return sscanf(answer, "HTTP/1.%*1d %3d ", &status) == 1 ? status : 0;
}

const char *docker_images_missing(const struct list *names, struct list *missing)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@-";
	const char *why = cannot_ask();

	for (size_t i = 0; i < names->n && !why; i++) {
		const char *name = names->item[i];
		int status = name[strspn(name, plain)] ? 404 : ask_engine(docker_socket(), mem_printf("/images/%s/json", name));

		if (status == 404)
			list_add(missing, name);
		else if (!status)
			why = mem_printf("the Docker engine does not answer at %s", docker_socket());
		else if (status != 200)
			why = mem_printf("the Docker engine at %s says %d of image %s", docker_socket(), status, name);
	}
	return why;
}

const char *docker_image_label(const char *name, const char *label)
{
	const char *word[1];

	return inspect("image", name, mem_printf("{{index .Config.Labels \"%s\"}}", label), word, 1) ? word[0] : NULL;
}
