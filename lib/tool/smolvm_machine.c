/* SPDX-License-Identifier: MIT */
/* smolvm_machine.c: the record of smolvm: the words of its commands, its files, what runs in its guests. */
#include "tool/smolvm.h"
#include "basic/io.h"
#include "basic/paths.h"

#include <stdio.h>
#include <string.h>

enum { LOCK_MS = 15 * 60 * 1000 };

static const char *version(void)
{
	return smolvm_find()->version;
}

static const char *path(void)
{
	return smolvm_find()->path;
}

static bool can(enum machine_can what)
{
	static const enum smolvm_can as[] = {
		[MACHINE_KEEPS_POLICY] = SMOLVM_KEEPS_POLICY, [MACHINE_TAKES_ARCHIVE] = SMOLVM_PACKS_ARCHIVE,
	};

	return what < COUNT(as) ? smolvm_can(as[what]) : what == MACHINE_OWN_KERNEL;
}

static const char *line(const struct list *words)
{
	return mem_printf("+ smolvm %s", list_line(words));
}

static int lock(void)
{
	const char *folder = mem_printf("%s/smolvm", xdg_folder("XDG_DATA_HOME", ".local/share"));

	io_make_folder(folder);
	return io_lock(mem_printf("%s/bot-bottle.lock", folder), LOCK_MS, "smolvm");
}

/* --- the wish --- */

/* Old versions let through more than what is asked (docs/smolvm.md, "What the policy lets through"). */
static const char *effective(const struct machine_wish *w, const char *of_version)
{
	if (!strcmp(of_version, "0.8.0"))
		return mem_printf("%s and 1.1.1.1/32, which it adds by itself", w->allow);
	return mem_printf(strncmp(of_version, "0.", 2) ? "%s" : "%s and the host's first name server", w->allow);
}

static struct list options(const struct machine_wish *w)
{
	struct list o = { 0 };

	list_add(&o, "--net");
	list_add(&o, "--allow-cidr");
	list_add(&o, w->allow);
	/* Closes DNS: with a host in the list, and be it an address, the gateway resolves no other name
	 * (docs/smolvm.md, "What the policy lets through"). */
	list_add(&o, "--allow-host");
	list_add(&o, w->bundle);
	for (size_t i = 0; i < MACHINE_SIZES; i++) {
		if (!w->size[i])
			continue;
		list_add(&o, smolvm_sizes[i].flag);
		list_addf(&o, "%lld", w->size[i]);
	}
	for (size_t i = 0; i < w->env.n; i++) {
		list_add(&o, "-e");
		list_add(&o, w->env.item[i]);
	}
	return o;
}

/* --- commands --- */

static struct list command(const char *verb, const char *name)
{
	struct list w = { 0 };

	list_add_all(&w, (const char *const[]){ "machine", verb, "--name", name, NULL });
	return w;
}

static struct list create(const struct machine_wish *wish)
{
	struct list w = command("create", wish->name);

	if (!wish->source)
		return w;
	list_add(&w, "--from");
	list_add(&w, wish->source);
	list_add_all(&w, options(wish).item);
	if (smolvm_can(SMOLVM_LABELS)) {
		list_add(&w, "--label");
		list_addf(&w, LABEL_SLUG "=%s", wish->slug);
		list_add(&w, "--label");
		list_addf(&w, LABEL_BOTTLE "=%s", state_label(wish->slug));
	}
	list_add(&w, "--");
	list_add_all(&w, machine_sleeper);
	return w;
}

static struct list start(const char *name)
{
	return command("start", name);
}

static struct list stop(const char *name)
{
	return command("stop", name);
}

static struct list remove_words(const char *name)
{
	struct list w = command("delete", name);

	list_add(&w, "--force");
	return w;
}

/* --user is of smolvm 1.14; before, every command runs as root. */
static struct list exec(const char *name, bool interactive, bool tty, const char *user)
{
	struct list w = command("exec", name);

	if (interactive)
		list_add(&w, "-i");
	if (tty)
		list_add(&w, "-t");
	if (user && smolvm_can(SMOLVM_EXEC_USER)) {
		list_add(&w, "--user");
		list_add(&w, user);
	}
	list_add(&w, "--");
	return w;
}

static struct list copy(const char *name, const char *host, const char *in_guest, bool in)
{
	const char *guest = mem_printf("%s:%s", name, in_guest);
	struct list w = { 0 };

	list_add_all(&w, (const char *const[]){ "machine", "cp", in ? host : guest, in ? guest : host, NULL });
	return w;
}

/* `stub` is the name of the stub; the pack itself is STUB.smolmachine (docs/smolvm.md, "Archives and packs"). */
static struct list pack(const char *image, const char *stub)
{
	struct list w = { 0 };

	list_add_all(&w, (const char *const[]){ "pack", "create", "--image", image, "-o", stub, NULL });
	return w;
}

/* --- files --- */

static const char *folder(const char *name)
{
	/* First 16 hex digits of the name's SHA-256 (docs/smolvm.md, "Files of a machine"). */
	return mem_printf("%s/smolvm/vms/%.16s", xdg_folder("XDG_CACHE_HOME", ".cache"), digest_bytes(name, strlen(name)));
}

static const char *console(const char *name)
{
	return mem_printf("%s/agent-console.log", folder(name));
}

/* It rotates at 8 MiB (smolvm 1.32.2). */
static const char *denials(const char *name)
{
	return smolvm_can(SMOLVM_WITNESS) ? mem_printf("%s/egress-denials.log", folder(name)) : NULL;
}

/* Addresses that are IPv4-mapped are written as IPv4 (docs/smolvm.md, "The log of denials"). */
static const char *denial(const char *attempt)
{
	char kind[16] = "", ip[64] = "", port[64] = "", name[256] = "";
	const char *plain = ip, *dest;

	sscanf(attempt, "%15s %63s %63s %255s", kind, ip, port, name);
	if (!strcmp(kind, "resolve"))
		return mem_printf("resolve %s", ip);
	if (!strcmp(kind, "dns"))
		return mem_printf("resolve %s", name);
	if (!strncmp(ip, "::ffff:", 7))
		plain += 7;
	if (!strcmp(kind, "icmp"))
		return mem_printf("icmp %s", plain);
	dest = mem_printf(strchr(plain, ':') ? "[%s]:%s" : "%s:%s", plain, port);
	return mem_printf(!strcmp(kind, "tcp") ? "connect to %s" : "sendto %s", dest);
}

static void check_launched(const struct machine_wish *w)
{
	const char *written = mem_printf("%s/agent.config.json", folder(w->name));
	struct json_error error = { 0 };
	struct str text = STR_EMPTY;
	struct jv root;

	if (io_read_file(written, &text, JSON_MAX_BYTES) != IO_OK)
		die(BB_REFUSED, "this smolvm may be too new", "%s is missing: what was launched cannot be read", written);
	root = json_parse(text.text, text.len, &error);
	if (!jv_true(jv_path(root, "resources.network")) ||
	    !smolvm_is_set(jv_path(root, "resources.allowed_cidrs"), w->allow))
		die(BB_REFUSED, "delete the machine and create it again", "%s does not say that only %s is allowed", written, w->allow);
}

/* --- the record --- */

/* Its agent's own, up to 1.7.7 (docs/smolvm.md, "What the policy lets through"). */
static const char name_filter[] = "6002";

static const char *const processes[] = { "/run/smolvm/", "/sbin/init", NULL };

/* virtio 1.2, section 5: net, block, console, rng, balloon, vsock, memory, file system. 1.32.2 shows all of them,
 * 1.7.7 some. No GPU (16), no input, no sound: nobody asked for those. */
static const char *const devices[] = {
	"0x0001", "0x0002", "0x0003", "0x0004", "0x0005", "0x0013", "0x0018", "0x001a", NULL,
};

const struct machine_engine smolvm_engine = {
	.name = "smolvm", .backend = "smolmachines", .command = "smolvm machine",
	.version = version, .path = path, .can = can, .lacks = smolvm_lacks, .run = smolvm_run, .line = line,
	.said = smolvm_said, .says_gone = smolvm_says_gone, .says_stuck = smolvm_says_stuck, .says_own = smolvm_says_own,
	.lock = lock,
	.effective = effective, .options = options,
	.pack = pack, .create = create, .start = start, .stop = stop, .remove = remove_words, .exec = exec, .copy = copy,
	.store = smolvm_database, .folder = folder, .console = console, .denials = denials, .denial = denial,
	.runs = smolvm_runs, .list = smolvm_list, .exists = smolvm_exists, .label = smolvm_label, .read = smolvm_read, .fault = smolvm_fault,
	.policy = smolvm_policy, .allowed = smolvm_allowed, .write_policy = smolvm_write_policy,
	.check_launched = check_launched,
	.processes = processes, .devices = devices,
	.accepts = "53",                 /* and it answers every question with "no such name" */
	.vsock = name_filter,
};
