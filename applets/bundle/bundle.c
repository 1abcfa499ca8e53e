/* SPDX-License-Identifier: MIT */
/* bb-bundle: make and remove the bottle's own network and the one container on it.
 *
 * An object that exists is used only if its label and its range are this bottle's. Nothing else is touched. Ready
 * means that every selected port answers from here, over that network's bridge. */
#include "bundle/asks.h"
#include "bundle/build.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/net.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "part/bundle.h"
#include "plan/manifest.h"
#include "plan/wish.h"
#include "record/bottle.h"
#include "record/kept.h"
#include "record/ledger.h"
#include "tool/docker_network.h"

#include <string.h>

enum { READY_MS = 5 * 60 * 1000, LOOK_MS = 5000, STOP_SECONDS = 10, LOG_LINES = 10000 };

static bool left;         /* something could not be removed, or Docker could not be asked */
static bool found;        /* there was something to remove */

/* One of both things of a bottle, whichever. */
static enum docker_answer look(const char *kind, const char *name, const char **id, const char **label, const char **why)
{
	struct docker_container c = { .id = NULL };
	struct docker_network n = { .id = NULL };
	bool box = !strcmp(kind, "container");
	enum docker_answer answer = box ? docker_container(name, true, &c) : docker_network(name, &n);

	*id = box ? c.id : n.id;
	*label = box ? c.label : n.label;
	*why = box ? c.why : n.why;
	return answer;
}

/* Remove one object if its label is ours. True if it is gone. Not `sure`: Docker may still be making what it was
 * asked for a moment ago, so the object is not yet written down as gone. */
static bool take_down(const char *kind, const char *name, const char *slug, bool sure)
{
	const char *id, *label, *why;
	enum docker_answer answer = look(kind, name, &id, &label, &why);

	if (answer == DOCKER_ABSENT && sure)
		ledger_undone(slug, kind, name);
	if (answer == DOCKER_ABSENT)
		return true;
	if (answer != DOCKER_FOUND) {
		warn("%s %s is left: %s", kind, name, why);
		left = true;
		return false;
	}
	found = true;
	if (strcmp(label, state_label(slug))) {
		warn("%s %s is not bottlebox's (it lacks the label) and stays", kind, name);
		return false;
	}
	why = strcmp(kind, "container") ? docker_network_remove(id) : docker_container_remove(id);
	if (why)
		warn("%s %s is left: %s", kind, name, why);
	else
		ledger_undone(slug, kind, name);
	left = left || why;
	return !why;
}

/* Both are pushed before the act, so that an object that is made just as a signal arrives is not left. */
static void undo_network(void *slug)
{
	take_down("network", name_bundle(slug), slug, false);
}

static void undo_container(void *slug)
{
	take_down("container", name_bundle(slug), slug, false);
}

/* --- up --- */

static struct docker_end create_network(const struct plan *p, const char *name, bool dry, const char **id)
{
	return (bundle_beside(p) ? docker_network_create_closed : docker_network_create)(
		name, p->slug, plan_need(p, "subnet.cidr"), plan_need(p, "subnet.gateway"), dry, id);
}

/* A network of that name is used only if it is ours and has our range. */
static void make_network(const struct cmd *cmd, const struct plan *p, const char *name)
{
	const char *cidr = plan_need(p, "subnet.cidr"), *id;
	struct docker_network net;
	struct docker_end end;

	stage_begin(cmd, p, "network", name);
	undo_push(undo_network, (void *)(uintptr_t)p->slug);
	end = create_network(p, name, false, &id);
	if (end.ok) {
		ledger_done(p->slug, "network", name, id);
		return;
	}
	undo_pop();
	if (end.says != DOCKER_SAYS_EXISTS)
		ledger_undone(p->slug, "network", name);
	if (end.says == DOCKER_SAYS_OVERLAPS)
		die(BB_BUSY, "run bb-subnet again: it takes the next free one",
		    "another network has %s or a part of it", cidr);
	if (end.says != DOCKER_SAYS_EXISTS)
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker network create %s: %s", name, end.said);
	if (!docker_network_exists(name, &net))
		die(BB_BUSY, "try again", "network %s came and went", name);
	if (strcmp(net.label, state_label(p->slug)))
		ledger_undone(p->slug, "network", name);       /* not ours to take back */
	if (strcmp(net.label, state_label(p->slug)))
		die(BB_REFUSED, mem_printf("remove it by hand: docker network rm %s", name), "network %s is not bottlebox's: it lacks the label",
		    name);
	if (strcmp(net.driver, "bridge") || strcmp(cidr_text(net.range), cidr))
		die(BB_REFUSED, mem_printf("take it down with: bb-stop %s", p->slug),
		    "network %s is a %s with %s, the plan says a bridge with %s", name, net.driver,
		    cidr_text(net.range), cidr);
	ledger_done(p->slug, "network", name, "kept");
}

/* Is there a running container of that name that is ours? One of ours that does not run is removed. A foreign one is
 * refused. */
static bool own_container(const struct plan *p, const char *name)
{
	struct docker_container c;

	if (!docker_container_exists(name, &c))
		return false;
	if (strcmp(c.label, state_label(p->slug))) {
		ledger_undone(p->slug, "container", name);     /* not ours to take back */
		die(BB_REFUSED, mem_printf("remove it by hand: docker rm -f %s", name), "container %s is not bottlebox's: it lacks the label",
		    name);
	}
	if (c.running)
		return true;
	take_down("container", name, p->slug, true);
	return false;
}

/* A bundle that its machine is beside is made on its way out, and gets the bottle's network before it starts: its packet
 * filter is made from both. */
static struct docker_end run_container(const struct plan *p, const char *name, const struct list *options, bool dry, const char **id)
{
	const char *image = manifest_bundle_image(p->manifest);
	struct docker_end end;

	if (!bundle_beside(p))
		return docker_container_run(name, options, image, dry, id);
	end = docker_container_create(name, options, image, dry, id);
	if (end.ok)
		end = docker_network_connect(name, name, plan_need(p, "subnet.bundle"), dry);
	return end.ok ? docker_container_start(name, dry) : end;
}

/* Make the container and return its id. What Docker made of our options is read back by bb-probe; if the container was
 * there before, it is read back here. */
static const char *make_container(const struct cmd *cmd, const struct plan *p, const char *name)
{
	const char *image = manifest_bundle_image(p->manifest), *id;
	struct list options = bundle_options(p);

	for (int again = 0; ; again++) {
		struct docker_end end;

		stage_begin(cmd, p, "container", name);
		undo_push(undo_container, (void *)(uintptr_t)p->slug);
		end = run_container(p, name, &options, false, &id);
		if (end.ok) {
			ledger_done(p->slug, "container", name, id);
			return id;
		}
		if (end.says == DOCKER_SAYS_NO_SUCH)
			die(BB_PLAN, "build or pull it; the reference one by: bb-bundle build", "there is no image %s", image);
		/* Docker keeps a container that it could not start. The undo list removes it if it is ours. */
		if (again || end.says != DOCKER_SAYS_EXISTS)
			die(BB_TOOL, "try the same by hand; its own log may say more", "docker run %s: %s", image, end.said);
		undo_pop();
		if (own_container(p, name)) {
			id = bundle_verify(p, name).id;
			ledger_done(p->slug, "container", name, "kept");
			return id;
		}
	}
}

/* The route to the bundle must leave by that network's own gateway address. Otherwise somebody else's machine
 * (behind a VPN, say) would be taken for the bundle (wall W12). */
static void check_route(const char *ip, const char *gateway)
{
	const char *source = net_source_to(ip);

	if (!source || strcmp(source, gateway))
		die(BB_REFUSED, "is a VPN or another network using that range? ip route get",
		    "%s is reached from %s, not from the bottle's gateway %s", ip, source ? source : "nowhere", gateway);
}

static void not_ready(const char *container, const char *why) __attribute__((noreturn));

static void not_ready(const char *container, const char *why)
{
	struct str shown = STR_EMPTY;
	char *save = NULL;

	docker_container_logs(container, 20, false, &shown);
	for (char *l = strtok_r(shown.text, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		warn("its log: %s", l);
	die(BB_BUSY, "read the lines above: they are the container's own", "the bundle is not ready: %s", why);
}

static void wait_ready(const struct plan *p, const char *container, const char *ip, int limit_ms)
{
	long long end = clock_ms() + limit_ms, look = clock_ms() + LOOK_MS;
	int ports[BUNDLE_PORTS];
	size_t n = plan_ports(p, ports);
	bool beside = bundle_beside(p);
	struct docker_container c;

	for (size_t i = 0; i < n; ) {
		if (beside ? bundle_listens(container, ports[i]) : net_answers(ip, ports[i], 1000)) {
			i++;
			continue;
		}
		if (clock_ms() >= look) {
			if (!docker_container_exists(container, &c) || !c.running)
				not_ready(container, "its container has stopped");
			look = clock_ms() + LOOK_MS;
		}
		if (clock_ms() >= end)
			not_ready(container, mem_printf("port %d did not open in %d s", ports[i], limit_ms / 1000));
		sleep_ms(100);
	}
}

static const char *section(const struct plan *p, const char *name, const char *container)
{
	struct jw w = JW_EMPTY;
	int ports[BUNDLE_PORTS];
	size_t n = plan_ports(p, ports);

	jw_open(&w, NULL, '{');
	jw_text(&w, "network", name);
	jw_text(&w, "container", container);
	jw_open(&w, "ports", '[');
	for (size_t i = 0; i < n; i++)
		jw_int(&w, NULL, ports[i]);
	jw_close(&w, ']');
	jw_close(&w, '}');
	return w.out.text;
}

static int dry_up(struct cmd *cmd, struct plan *p, const char *name)
{
	struct list options = bundle_options(p);
	const char *id;

	create_network(p, name, true, &id);
	run_container(p, name, &options, true, &id);
	return stage_emit(cmd, p, section(p, name, id));
}

static int up(struct cmd *cmd, struct plan *p)
{
	const char *name = plan_bundle_name(p), *gateway = plan_need(p, "subnet.gateway"), *text;
	const char *container;
	struct machine_wish w = wish_of(p);      /* checks the subnet section */
	int limit = (int)cmd_number(cmd, "timeout", 1, 86400, READY_MS / 1000) * 1000;

	text = bundle_config(p);
	if (cmd_dry(cmd))
		return dry_up(cmd, p, name);
	state_bottle(p->slug);
	/* Readable for the container's daemons, which are other users. The folder around it is ours alone. */
	io_write_file(state_bottle_file(p->slug, "bundle.json"), text, strlen(text), 0644);
	make_network(cmd, p, name);
	container = make_container(cmd, p, name);
	if (!bundle_beside(p))
		check_route(w.bundle, gateway);
	wait_ready(p, name, w.bundle, limit);
	return stage_emit(cmd, p, section(p, name, container));
}

static int run_up(struct cmd *cmd)
{
	docker_socket();          /* refuse a remote engine before anything else */
	return up(cmd, stage_read(cmd));
}

/* --- down, logs --- */

static const char *name_operand(const struct cmd *cmd)
{
	return name_bundle(stage_slug(cmd, 0));
}

static int run_down(struct cmd *cmd)
{
	const char *name = name_operand(cmd);
	bool gone;

	docker_socket();
	bottle_here(cmd->operand[0]);
	gone = take_down("container", name, cmd->operand[0], true);
	gone = take_down("network", name, cmd->operand[0], true) && gone;
	if (gone && !found && !bottle_known(cmd->operand[0]))
		bottle_unknown(cmd->operand[0]);
	return gone ? BB_OK : left ? BB_NO : BB_REFUSED;
}

static int run_check(struct cmd *cmd)
{
	const char *id = mem_printf("%s\n", bundle_needed(stage_slug(cmd, 0)));

	out_all(id, strlen(id));
	return BB_OK;
}

/* Its network stays, so that nobody else gets the address meanwhile. */
static int run_stop(struct cmd *cmd)
{
	const char *name = name_operand(cmd), *only = stage_container(cmd, "bundle"), *id;
	struct docker_end end;

	bottle_here(cmd->operand[0]);
	id = bundle_running(cmd->operand[0]);
	if (!id && !only && !bottle_known(cmd->operand[0]))
		bottle_unknown(cmd->operand[0]);
	if (!id || (only && strcmp(id, only)))
		return BB_OK;
	end = docker_container_stop(id, STOP_SECONDS);
	if (end.ok)
		return BB_OK;
	die(BB_NO, "see docker ps", "docker stop %s: %s", name, end.said);
}

static int run_logs(struct cmd *cmd)
{
	struct str out = STR_EMPTY;
	struct docker_end end = docker_container_logs(name_operand(cmd), LOG_LINES, true, &out);

	if (!end.ok) {
		if (kept_show(cmd->operand[0], "bundle.log"))
			return BB_OK;
		if (!bottle_known(cmd->operand[0]))
			bundle_needed(cmd->operand[0]);
		die(BB_NO, "is it up? see bb-list", "docker logs: %s", end.said);
	}
	scrub(out.text, true);         /* what is logged came from the guest (wall W22) */
	out_all(out.text, strlen(out.text));
	return BB_OK;
}

static const struct opt opts[] = {
	{ 0, "base", "IMAGE", "build", "on this image, not on a small Debian that is made" },
	{ 0, "bundle", "ID", "stop", "only if it is this container" },
	{ 0, "for", "SECONDS", "answer", "how long it holds (3600)" },
	{ 0, "tag", "IMAGE", "build", "its name (bot-bottle-sidecars:latest, demo-agent:1)" },
	{ 0, "timeout", "SECONDS", "up", "how long its ports may take to answer (300)" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "build", "[EXAMPLE]", "build the reference image, or that of the example agent", 0, run_build },
	{ "up", "", "make the network and the container, wait for its ports", PLAN_IN | PLAN_OUT | ACTS, run_up },
	{ "check", "SLUG", "print the id of our container if it runs", 0, run_check },
	{ "stop", "SLUG", "stop the container; its network stays", 0, run_stop },
	{ "down", "SLUG", "remove both; gone already is fine", 0, run_down },
	{ "requests", "SLUG", "print what the agent asks and nobody answered", 0, run_requests },
	{ "answer", "SLUG ID [TEXT]", "answer it; TEXT is standard input if it is not there", 0, run_answer },
	{ "waive", "SLUG ID", "let one finding pass as long as this bundle runs", 0, run_waive },
	{ "logs", "SLUG", "print the last 10000 lines of the container's log", 0, run_logs },
	{ .name = NULL }
};

const struct applet bundle_applet = {
	.name = "bb-bundle", .section = "bundle", .summary = "the bottle's network and its container of proxies",
	.reads = "manifest subnet", .exits = "1 64 65 69 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
