/* SPDX-License-Identifier: MIT */
/* docker_facts.c: ask what a container is. One template, a fact a line, in one call. */
#include "tool/docker.h"
#include "basic/names.h"
#include "tool/docker_container.h"
#include "tool/docker_run.h"

#include <string.h>

/* {{.Id}} stands in each template: the program knows the member as ID, and so takes the engine's own JSON, whose names
 * and forms are the same from Docker 20.10 to 29. */
#define BASIC "{{.Id}}\n{{.State.StartedAt}}\n{{.State.Running}}\n{{index .Config.Labels \"" LABEL_BOTTLE "\"}}"
enum { BASICS = 4 };

/* The template of each fact: in two parts if a key stands between them. */
static const struct {
	const char *text, *rest;
} templates[] = {
	[DOCKER_LABEL] = { "{{index .Config.Labels \"", "\"}}" },
	[DOCKER_MOUNTS] = { "{{len .Mounts}}", NULL },
	[DOCKER_MOUNT_SOURCES] = { "{{range .Mounts}}{{.Source}}{{end}}", NULL },
	[DOCKER_MOUNT_TARGETS] = { "{{range .Mounts}}{{.Destination}} {{.RW}}{{end}}", NULL },
	[DOCKER_NETWORKS] = { "{{len .NetworkSettings.Networks}}", NULL },
	[DOCKER_NETWORK_ADDRESSES] = { "{{range $n, $v := .NetworkSettings.Networks}}{{$n}} {{$v.IPAddress}}/{{$v.IPPrefixLen}} "
				       "{{$v.Gateway}} {{$v.GlobalIPv6Address}}{{end}}", NULL },
	[DOCKER_TMPFS] = { "{{index .HostConfig.Tmpfs \"", "\"}}" },
	[DOCKER_MEMORY] = { "{{.HostConfig.Memory}}", NULL },
	[DOCKER_READ_ONLY] = { "{{.HostConfig.ReadonlyRootfs}}", NULL },
	[DOCKER_CAP_DROP] = { "{{.HostConfig.CapDrop}}", NULL },
	[DOCKER_CAP_ADD] = { "{{.HostConfig.CapAdd}}", NULL },
	[DOCKER_PRIVILEGED] = { "{{.HostConfig.Privileged}}", NULL },
	[DOCKER_SECURITY_OPT] = { "{{.HostConfig.SecurityOpt}}", NULL },
	[DOCKER_PIDS_LIMIT] = { "{{.HostConfig.PidsLimit}}", NULL },
	[DOCKER_RESTART] = { "{{.HostConfig.RestartPolicy.Name}}", NULL },
	[DOCKER_LOG_DRIVER] = { "{{.HostConfig.LogConfig.Type}}", NULL },
	[DOCKER_LOG_OPT] = { "{{index .HostConfig.LogConfig.Config \"", "\"}}" },
	[DOCKER_SYSCTL] = { "{{index .HostConfig.Sysctls \"", "\"}}" },
	[DOCKER_PORT_BINDINGS] = { "{{len .HostConfig.PortBindings}}", NULL },
	[DOCKER_PUBLISH_ALL] = { "{{.HostConfig.PublishAllPorts}}", NULL },
	[DOCKER_HOST_NAMESPACES] = { "{{.HostConfig.PidMode}}{{.HostConfig.UTSMode}}{{.HostConfig.UsernsMode}}", NULL },
	[DOCKER_DEVICES] = { "{{len .HostConfig.Devices}}", NULL },
	[DOCKER_STATUS] = { "{{.State.Status}}", NULL },
	[DOCKER_PID] = { "{{.State.Pid}}", NULL },
	[DOCKER_IMAGE_ID] = { "{{.Image}}", NULL },
	[DOCKER_ENTRYPOINT] = { "{{.Config.Entrypoint}}", NULL },
	[DOCKER_COMMAND] = { "{{.Config.Cmd}}", NULL },
	[DOCKER_ENVIRONMENT] = { "{{json .Config.Env}}", NULL },
	[DOCKER_USER] = { "{{.Config.User}}", NULL },
	[DOCKER_STOP_SIGNAL] = { "{{index .Config \"StopSignal\"}}", NULL },
	[DOCKER_HEALTHCHECK] = { "{{with index .Config \"Healthcheck\"}}{{.Test}}{{end}}", NULL },
	[DOCKER_RESOLVERS] = { "{{.HostConfig.Dns}}", NULL },
	[DOCKER_CPUS] = { "{{.HostConfig.NanoCpus}}", NULL },
	[DOCKER_NETWORK_MODE] = { "{{.HostConfig.NetworkMode}}", NULL },
	[DOCKER_NETWORK_ASKED] = { "{{range .NetworkSettings.Networks}}{{with .IPAMConfig}}{{.IPv4Address}}{{end}} {{end}}", NULL },
	[DOCKER_HOST_MOUNTS] = { "{{with index .HostConfig \"Binds\"}}{{len .}}{{end}}{{with index .HostConfig \"Mounts\"}}{{len .}}{{end}}", NULL },
	[DOCKER_MOUNT_KINDS] = { "{{range .Mounts}}{{.Type}} {{end}}", NULL },
};

const char *docker_fact_name(enum docker_fact fact, const char *key)
{
	return templates[fact].rest ? mem_printf("%s%s%s", templates[fact].text, key, templates[fact].rest) : templates[fact].text;
}

void docker_add_rules(struct list *options, const struct docker_rule *rule, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (rule[i].flag)
			list_add(options, rule[i].flag);
		if (rule[i].flag && rule[i].value)
			list_add(options, rule[i].value);
	}
}

size_t docker_ask_rules(struct docker_asked *asked, const struct docker_rule *rule, size_t n)
{
	size_t wanted = 0;

	for (size_t i = 0; i < n; i++)
		if (rule[i].want)
			asked[wanted++] = (struct docker_asked){ .fact = rule[i].fact, .key = rule[i].key };
	return wanted;
}

/* Newer engines say CAP_CHOWN where older ones say CHOWN. */
static const char *capabilities(const char *text)
{
	struct str s = STR_EMPTY;

	while (*text)
		if (!strncmp(text, "CAP_", 4))
			text += 4;
		else
			str_addf(&s, "%c", *text++);
	return s.text;
}

static const char *fact_of(enum docker_fact fact, const char *line)
{
	return fact == DOCKER_CAP_DROP || fact == DOCKER_CAP_ADD ? capabilities(line) : line;
}

static enum docker_answer look(const char *name, bool sure, struct docker_container *c, struct docker_asked *asked, size_t n)
{
	const char *line[BASICS + DOCKER_MOST_FACTS];
	struct str template = STR_EMPTY;
	enum docker_answer answer;

	if (n > DOCKER_MOST_FACTS)
		bug("%zu facts of a container", n);
	str_add(&template, BASIC);
	for (size_t i = 0; i < n; i++)
		str_addf(&template, "\n%s", docker_fact_name(asked[i].fact, asked[i].key));
	answer = docker_inspect("container", name, template.text, line, BASICS + n, sure, &c->why);
	if (answer != DOCKER_FOUND)
		return answer;
	c->id = line[0];
	c->started = line[1];
	c->running = !strcmp(line[2], "true");
	c->label = docker_label(line[3]);
	for (size_t i = 0; i < n; i++)
		asked[i].is = fact_of(asked[i].fact, line[BASICS + i]);
	return docker_is_id(c->id) && *c->started && docker_plain(c->started) && (c->running || !strcmp(line[2], "false"))
		? DOCKER_FOUND : DOCKER_UNREADABLE;
}

enum docker_answer docker_container(const char *name, bool sure, struct docker_container *c)
{
	enum docker_answer answer = look(name, sure, c, NULL, 0);

	return answer == DOCKER_LACKS ? DOCKER_UNREADABLE : answer;
}

bool docker_container_exists(const char *name, struct docker_container *c)
{
	enum docker_answer answer = docker_container(name, true, c);

	if (answer == DOCKER_UNREADABLE)
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker inspect %s: %s", name, c->why);
	return answer == DOCKER_FOUND;
}

enum docker_answer docker_container_facts(const char *name, struct docker_container *c, struct docker_asked *asked, size_t n)
{
	return look(name, true, c, asked, n);
}
