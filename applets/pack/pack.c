/* SPDX-License-Identifier: MIT */
/* bb-pack: make the agent's Docker image into a .smolmachine, once, and keep it.
 *
 * The result depends on image id, architecture and smolvm version, so these are the key of the cache. The image is
 * resolved once and then used by id. No secret and no CA enters a pack, so that one pack serves all bottles. */
#include "pack/pack.h"
#include "stage.h"
#include "basic/io.h"
#include "basic/names.h"
#include "basic/paths.h"
#include "basic/undo.h"
#include "part/wants.h"
#include "plan/document.h"
#include "record/bottle.h"
#include "record/ledger.h"
#include "tool/docker_image.h"

#include <string.h>
#include <unistd.h>

enum { PACK_MS = 60 * 60 * 1000, LOCK_MS = 60 * 60 * 1000 };

void pack_must(struct docker_end end)
{
	if (!end.ok)
		die(BB_TOOL, "bb-pack build --dry-run --plan PLAN shows the commands, to try them by hand", "docker %s: %s", end.command, end.said);
}

/* Remove the stub and the half pack: smolvm takes a file that exists for somebody else's. */
static bool end_half_pack(void *arg)
{
	const struct packing *job = arg;

	return io_remove(mem_printf("%s/agent", job->folder), cache_packs()) &&
	       io_remove(mem_printf("%s/agent.smolmachine", job->folder), cache_packs());
}

void pack_create(const struct packing *job, const char *reference)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	/* The name of the stub; the pack itself is NAME.smolmachine. */
	struct list words = job->engine->pack(reference, mem_printf("%s/agent", job->folder));
	struct proc_end end;

	if (job->dry) {
		warn("%s", job->engine->line(&words));
		return;
	}
	/* Without the engine's lock: packing takes minutes and writes no row, and the teardown of another bottle must
	 * not wait for it. run_build has a lock of its own for each image. */
	end = machine_boot(job->engine, &words, &out, &err, PACK_MS, end_half_pack, (void *)(uintptr_t)job);
	if (!proc_ok(&end))
		die(BB_TOOL, "bb-pack build --dry-run --plan PLAN shows the commands, to try them by hand", "%s pack create: %s (%s)",
		    job->engine->name, job->engine->said(&err), proc_text(&end));
}

static const char *make_key(const struct machine_engine *e, const char *id, const char *architecture)
{
	const char *hex = strchr(id, ':');

	if (!hex || strlen(hex) < 33 || strpbrk(hex, "/ ") || strpbrk(architecture, "/ "))
		die(BB_TOOL, "try the same by hand; its own log may say more", "docker says the image's id is %s", id);
	return mem_printf("%.32s-%s-%s", hex + 1, architecture, e->version());
}

struct making {
	const char *slug;
	const struct packing *job;
};

static void end_making(void *arg)
{
	const struct making *m = arg;

	if (io_remove(m->job->folder, cache_packs()))
		ledger_undone(m->slug, "pack", m->job->key);
	bottle_forget_empty(m->slug);
}

static const char *way(const struct cmd *cmd, const struct machine_engine *e)
{
	const char *by = cmd_value(cmd, "by");

	if (!e->pack && by)
		die(BB_USAGE, "leave --by out", "%s needs no packs", e->name);
	if (!e->pack)
		return "none";
	if (!by)
		return e->can(MACHINE_TAKES_ARCHIVE) ? "archive" : "registry";
	if (strcmp(by, "archive") && strcmp(by, "registry"))
		die(BB_USAGE, "known ways: archive, registry", "--by %s", by);
	if (!strcmp(by, "archive") && !e->can(MACHINE_TAKES_ARCHIVE))
		die(BB_USAGE, "leave --by out", "%s %s packs no archives", e->name, e->version());
	return by;
}

static void build(const struct cmd *cmd, const struct plan *p, const struct packing *job, const char *by,
		  const char *artifact)
{
	const char *made = mem_printf("%s/agent.smolmachine", job->folder);
	struct making m = { p->slug, job };

	pack_forget_registry(job->key);             /* left by a killed run: we hold its lock */
	io_remove(job->folder, cache_packs());
	stage_begin(cmd, p, "pack", job->key);
	undo_push(end_making, &m);
	io_make_folder(job->folder);
	if (!strcmp(by, "archive"))
		pack_by_archive(job);
	else
		pack_by_registry(job);
	if (!io_is_file(made))
		die(BB_TOOL, mem_printf("this %s may be too new", job->engine->name), "%s pack create made no %s", job->engine->name, made);
	io_move_file(made, artifact);
	end_making(&m);
	undo_pop();
}

static const char *section(const char *id, const char *artifact, const char *by, bool cached)
{
	struct jw w = JW_EMPTY;

	jw_open(&w, NULL, '{');
	jw_text(&w, "image_id", id);
	jw_text(&w, "artifact", artifact);
	jw_text(&w, "by", by);
	jw_bool(&w, "cached", cached);
	jw_close(&w, '}');
	return w.out.text;
}

/* Build the image from its Dockerfile. Docker skips what did not change. */
static void build_image(const struct packing *job, const char *image, const char *folder)
{
	const char *built;

	/* The manifest may come from a stranger. It must not give a new meaning to an image name that the operator
	 * uses. */
	built = docker_image_label(image, LABEL_BUILD);
	if (built && !*built)
		die(BB_REFUSED, "give agent.image another name, or remove that image", "%s is there, and was not built from an agent.build",
		    image);
	pack_must(docker_image_build(image, LABEL_BUILD, folder, job->dry));
}

static int run_build(struct cmd *cmd)
{
	struct plan *p = stage_read(cmd);
	const char *image = plan_text(p, "agent.image", ""), *folder = build_folder(p);
	const char *id, *architecture, *artifact, *by;
	struct packing job = { .engine = bottle_machine(p->slug).engine, .dry = cmd_dry(cmd) };
	bool cached, there;
	int lock;

	by = way(cmd, job.engine);
	if (folder)
		build_image(&job, image, folder);
	there = docker_image(image, &id, &architecture);
	if (!there && folder && job.dry)
		return stage_emit(cmd, p, section("none", "none", by, false));
	if (!there)
		die(BB_PLAN, "build or pull it first: docker images", "there is no image %s", image);
	/* Made from the image itself, by its id. */
	if (!job.engine->pack)
		return stage_emit(cmd, p, section(id, id, by, true));
	job.image_id = id;
	job.key = make_key(job.engine, id, architecture);
	job.folder = mem_printf("%s/%s.making", cache_packs(), job.key);
	artifact = mem_printf("%s/%s.smolmachine", cache_packs(), job.key);
	cached = io_is_file(artifact);
	if (job.dry && !cached) {
		if (!strcmp(by, "archive"))
			pack_by_archive(&job);
		else
			pack_by_registry(&job);
	} else if (!cached) {
		lock = io_lock(mem_printf("%s/%s.lock", cache_packs(), job.key), LOCK_MS, "this image's pack");
		cached = io_is_file(artifact);     /* another run made it while we waited */
		if (!cached)
			build(cmd, p, &job, by, artifact);
		io_unlock(lock);
	}
	return stage_emit(cmd, p, section(id, artifact, by, cached));
}

static const struct opt opts[] = {
	{ 0, "by", "WAY", "build", "archive or registry, instead of what this smolvm needs" },
	{ .name = NULL }
};

static const struct verb verbs[] = {
	{ "build", "", "make the pack, or find it in the cache", PLAN_IN | PLAN_OUT | ACTS, run_build },
	{ "gc", "", "remove what killed builds left", DRY, run_gc },
	{ .name = NULL }
};

const struct applet pack_applet = {
	.name = "bb-pack", .section = "pack", .summary = "make the agent's image into a .smolmachine",
	.reads = "manifest", .exits = "1 64 65 69 74 75 77 128+n", .opts = opts, .verbs = verbs,
};
