/* SPDX-License-Identifier: MIT */
/* docker_network.c: make, remove and inspect networks, and find the ranges that they take. */
#include "tool/docker_network.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "tool/docker_run.h"

#include <string.h>

enum { MAX_NETWORKS = 1 << 20 };

enum docker_answer docker_network(const char *name, struct docker_network *n)
{
	const char *line[4];
	enum docker_answer answer = docker_inspect("network", name, "{{.Id}}\n{{index .Labels \"" LABEL_BOTTLE "\"}}\n"
		"{{range .IPAM.Config}}{{.Subnet}} {{end}}\n{{.Driver}}", line, COUNT(line), true, &n->why);

	if (answer == DOCKER_LACKS)
		return DOCKER_UNREADABLE;
	if (answer != DOCKER_FOUND)
		return answer;
	n->id = line[0];
	n->label = docker_label(line[1]);
	n->range = (struct cidr){ 0, 0 };
	cidr_parse(mem_text(line[2], strcspn(line[2], " ")), &n->range);
	n->driver = line[3];
	return docker_is_id(n->id) && docker_plain(line[2]) && *n->driver && docker_plain(n->driver) ? DOCKER_FOUND : DOCKER_UNREADABLE;
}

bool docker_network_exists(const char *name, struct docker_network *n)
{
	enum docker_answer answer = docker_network(name, n);

	if (answer == DOCKER_UNREADABLE)
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker network inspect %s: %s", name, n->why);
	return answer == DOCKER_FOUND;
}

static struct docker_end create(const char *const *more, const char *name, const char *slug, const char *subnet, const char *gateway,
				bool dry, const char **id)
{
	struct list w = docker_words("network", "create", "--driver", "bridge", "--subnet", subnet, "--gateway", gateway, NULL);

	list_add_all(&w, more);
	docker_add_labels(&w, slug);
	list_add(&w, "--");
	list_add(&w, name);
	return docker_make(&w, dry, "network create", id);
}

struct docker_end docker_network_create(const char *name, const char *slug, const char *subnet, const char *gateway,
					bool dry, const char **id)
{
	return create((const char *const[]){ NULL }, name, slug, subnet, gateway, dry, id);
}

#define NO_HOST_ADDRESS "com.docker.network.bridge.inhibit_ipv4"

struct docker_end docker_network_create_closed(const char *name, const char *slug, const char *subnet, const char *gateway,
					       bool dry, const char **id)
{
	static const char *const closed[] = { "--internal", "--opt", NO_HOST_ADDRESS "=true", NULL };

	return create(closed, name, slug, subnet, gateway, dry, id);
}

const char *docker_network_leads(const char *name, const char *const *members)
{
	const char *line[6], *why;
	char *save = NULL;

	if (docker_inspect("network", name, "{{.Id}}\n{{.Driver}}\n{{.Internal}}\n{{.EnableIPv6}}\n"
			   "{{with .Options}}{{index . \"" NO_HOST_ADDRESS "\"}}{{end}}\n{{range .Containers}}{{.Name}} {{end}}",
			   line, COUNT(line), true, &why) != DOCKER_FOUND)
		return mem_printf("it cannot be looked at: %s", why);
	if (strcmp(line[1], "bridge") || strcmp(line[2], "true"))
		return "it is not internal: it has a way out";
	if (strcmp(line[3], "false"))
		return "it has IPv6";
	if (strcmp(line[4], "true"))
		return "this host has an address in it";
	for (char *w = strtok_r(mem_text(line[5], strlen(line[5])), " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		size_t i = 0;

		while (members[i] && strcmp(members[i], w))
			i++;
		if (!members[i])
			return mem_printf("%s is in it, too", w);
	}
	return NULL;
}

struct docker_end docker_network_connect(const char *network, const char *container, const char *ip, bool dry)
{
	struct list w = docker_words("network", "connect", "--ip", ip, "--", network, container, NULL);

	return docker_act(&w, dry, NULL, DOCKER_USUAL_MS);
}

bool docker_network_join_again(const char *network, const char *container, const char *ip)
{
	struct list leave = docker_words("network", "disconnect", "-f", network, container, NULL);

	return docker_look(&leave, NULL, NULL, true).ok && docker_network_connect(network, container, ip, false).ok;
}

const char *docker_network_remove(const char *id)
{
	struct list rm = docker_words("network", "rm", "--", id, NULL);

	return docker_remove(&rm);
}

/* --- the ranges of all networks --- */

static void unreadable(const char *what, const char *line)
{
	die(BB_TOOL, "try the same by hand; its own log may say more", "docker network %s: its answer cannot be read: '%.60s'",
	    what, line);
}

static void failed(const char *what, const struct docker_end *end)
{
	die(BB_TOOL, "try the same by hand; its own log may say more", "docker network %s: %s", what, end->said);
}

/* The id of any network: that of a swarm has 25 letters and digits. For ours use docker_is_id. */
static bool network_id(const char *text)
{
	size_t n = strlen(text);

	return n && n <= 64 && strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz") == n;
}

/* Is it a whole line "ID NAME RANGE RANGE..." for add_ranges? A range that cannot be read might cover anything. */
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
	struct str file = STR_EMPTY, list = STR_EMPTY, out = STR_EMPTY, kept = STR_EMPTY;
	struct cidr owns = { 0, 0 };
	struct list ls = docker_words("network", "ls", "-q", "--no-trunc", NULL), known = { 0 }, ids = { 0 };
	struct docker_end end;
	bool all_told = true;
	struct list inspect = docker_words("network", "inspect", "--format",
		"{{.Id}} {{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}", NULL);
	size_t none = inspect.n;

	/* Our own file, but still a file: a line that cannot be read is asked for again. */
	if (io_read_file(networks_file(), &file, MAX_NETWORKS) == IO_OK)
		add_lines(&known, mem_text(file.text, strlen(file.text)));
	end = docker_look(&ls, &list, NULL, true);
	if (!end.ok)
		failed("ls", &end);
	add_answer(&ids, &list, "ls", network_id);
	for (size_t i = 0; i < ids.n; i++)
		if (!known_network(&known, ids.item[i]))
			list_add(&inspect, ids.item[i]);
	/* A network that was removed meanwhile is reported as an error; the others are printed all the same. */
	if (inspect.n > none) {
		end = docker_look(&inspect, &out, NULL, true);
		if (!end.ok && end.says != DOCKER_SAYS_NO_SUCH)
			failed("inspect", &end);
		all_told = end.ok;
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
