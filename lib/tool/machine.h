/* SPDX-License-Identifier: MIT */
/* machine.h: the seam between bottlebox and the engines that run machines. Each engine is one constant record.
 *
 * Nobody above lib/tool asks which engine it is: it calls the record, or asks what the engine can do. The engine of a
 * bottle that exists stands in its row, that of a new one in BOT_BOTTLE_BACKEND: record/bottle.h, bottle_machine. */
#ifndef BB_MACHINE_H
#define BB_MACHINE_H

#include "basic/names.h"
#include "basic/proc.h"

/* The sizes that a manifest may give a machine; plan/wish.c has their names there. */
enum machine_size { MACHINE_CPUS, MACHINE_MEMORY_MIB, MACHINE_DISK_GIB, MACHINE_SIZES };

/* What a machine is made with: all that decides what it can do and reach. */
struct machine_wish {
	const char *name, *slug;
	const char *source;              /* the pack it is made from; NULL: from nothing, to try whether machines run */
	const char *bundle;              /* the one address it may reach: "192.168.108.2" */
	const char *allow;               /* the same as a range: "192.168.108.2/32" */
	struct list env;                 /* "NAME=value", sorted by bytes */
	long long size[MACHINE_SIZES];   /* 0: the engine's own default, and so not compared */
};

/* The wish as TOML, for people: a Smolfile (docs/smolvm.md, "The Smolfile"). */
void machine_smolfile(struct str *out, const struct machine_wish *w);

/* The command of every machine: it only sleeps, so that nothing of the image runs before the proof (wall W14).
 * NULL-ended. */
extern const char *const machine_sleeper[];

/* What the engine has written down of one machine, as it was when it was read. */
struct machine_row {
	bool found;
	const char *state;               /* "created", "running", ...; "" if it says none */
	long long pid;                   /* the process that is the machine; 0: none */
	const void *own;                 /* the engine's own */
};

enum machine_policy {
	MACHINE_OURS,                    /* the bundle's address and nothing else */
	MACHINE_OPEN,                    /* no policy at all: unrestricted */
	MACHINE_OTHER                    /* something nobody asked for */
};

/* One machine of a listing. */
struct machine_listed {
	const char *name, *slug, *owner; /* by its labels; "" without */
	bool runs, ran;                  /* ran: it was started at least once */
	bool unreadable;                 /* only its name is known */
};

enum machine_can {
	MACHINE_KEEPS_POLICY,            /* what create is told holds; else MACHINE_OPEN may be found, and is mended */
	MACHINE_TAKES_ARCHIVE,           /* pack takes a docker save archive; else the image needs a registry */
	MACHINE_OWN_KERNEL,              /* its guests have a kernel of their own, and devices */
	MACHINE_BESIDE_BUNDLE            /* its machines are on the bundle's own network, so that this must lead nowhere else */
};

struct machine_engine {
	const char *name;                /* in a plan, vm.engine: "smolvm" */
	const char *backend;             /* in a bottle's row and in BOT_BOTTLE_BACKEND: "smolmachines" */
	const char *command;             /* how its commands begin, for messages: "smolvm machine" */

	/* --- the program --- */
	const char *(*version)(void);    /* finds it; dies with 69 and a hint how to install it */
	const char *(*path)(void);
	bool (*can)(enum machine_can what);
	/* Add a sentence for every part of it that is missing. Returns the hint. */
	const char *(*lacks)(struct list *sentences);
	/* Run it in a clean environment; the first of `words` is the subcommand. argv and env of `how` are not used. */
	struct proc_end (*run)(const struct list *words, const struct proc *how);
	const char *(*line)(const struct list *words);          /* the command as a shell line, for --dry-run */
	const char *(*said)(const struct str *err);             /* what it said of its failure, in one line */
	/* Does that say that there is no machine of that name? Nothing else means "gone" (wall W33). */
	bool (*says_gone)(const struct str *err, const char *name);
	bool (*says_stuck)(const struct str *err);              /* a boot without progress, which is worth another attempt */
	/* A start failed and said that: mend it if it can be, for one more attempt. NULL in the record: nothing can be. */
	bool (*mend)(const struct str *err, const struct machine_wish *w);
	bool (*says_own)(const struct str *err);                /* the engine's own words, not those of a command in the guest */
	/* Take the lock for calls that write (75 after a quarter of an hour: a first start can take that long);
	 * io_unlock gives it back. */
	int (*lock)(void);

	/* --- what a wish means to it --- */
	/* What a version of it lets through, as the end of a sentence. */
	const char *(*effective)(const struct machine_wish *w, const char *version);
	/* The same as options of `create`: range, sizes and variables. */
	struct list (*options)(const struct machine_wish *w);

	/* --- its commands, as words for `run` --- */
	struct list (*pack)(const char *image, const char *stub);   /* makes STUB.smolmachine; NULL: it needs no packs */
	struct list (*create)(const struct machine_wish *w);
	struct list (*start)(const char *name);
	struct list (*stop)(const char *name);
	struct list (*remove)(const char *name);
	struct list (*exec)(const char *name, bool interactive, bool tty, const char *user);  /* the command follows */
	struct list (*copy)(const char *name, const char *host, const char *path, bool in);   /* one file */

	/* --- what it has written down --- */
	const char *(*store)(void);      /* where: a path. A machine of another store is none of ours */
	const char *(*folder)(const char *name);
	const char *(*console)(const char *name);        /* the file with what its console said; it may not exist. NULL: no console */
	const char *(*denials)(const char *name);        /* the file in which refused connections are; NULL: it keeps none */
	/* The line "[TIME]: egress policy denied WHAT" in it, WHAT alone, for an attempt of guest/probe.c: "tcp 1.1.1.1 443". */
	const char *(*denial)(const char *attempt);
	bool (*runs)(const char *name);                  /* false if that cannot be told. Never dies */
	/* Call `each` for every machine with a name of ours. NULL, or why they cannot be listed. Never dies. NULL in the
	 * record: its machines are containers of the Docker engine, and are listed with them. */
	const char *(*list)(void (*each)(const struct machine_listed *m, void *arg), void *arg);
	bool (*exists)(const char *name);                /* whatever is written of it; for teardown */
	/* Its label bot-bottle.bottle, "" if there is none; NULL: it cannot be read, which does not mean "not ours". */
	const char *(*label)(const char *name);
	/* The row as it is now. Dies with 77 if nobody can read it. */
	struct machine_row (*read)(const char *name);
	/* The first thing in it, the policy apart, that is not as we asked: a sentence, or NULL (wall W13). */
	const char *(*fault)(const struct machine_row *r, const struct machine_wish *w);
	enum machine_policy (*policy)(const struct machine_row *r, const struct machine_wish *w);
	const char *(*allowed)(const struct machine_row *r);        /* the policy, for messages */
	/* Only of an engine that does not keep the policy: put it into a row that is MACHINE_OPEN, if it is still as it was read; else dies with 75. */
	void (*write_policy)(const struct machine_row *r, const struct machine_wish *w);
	/* What was launched must be what was asked; else dies with 77. It repeats the request, so it is no proof (wall W16). */
	void (*check_launched)(const struct machine_wish *w);

	/* --- what there is in a guest of it, for the probe --- */
	const char *const *processes;    /* its own, as the beginnings of command lines; NULL-ended, or NULL */
	const char *const *devices;      /* virtio devices by number; NULL-ended, or NULL: they are the host's */
	const char *resolver;            /* one of its own in the guest, which has nobody to ask; NULL: none */
	const char *accepts;             /* a TCP port at which its own gateway accepts every connection that it denies; NULL: none */
	const char *vsock;               /* what may answer there: "6002"; NULL: nothing */
};

/* All engines, NULL-ended. */
extern const struct machine_engine *const machine_engines[];

/* The one of that back end; NULL: unknown. */
const struct machine_engine *machine_engine_of(const char *backend);

/* The one that BOT_BOTTLE_BACKEND asks for. Dies with 64 for an unknown word. */
const struct machine_engine *machine_engine_wanted(void);

struct machine {
	const struct machine_engine *engine;
	const char *name;
};

/* A command in the guest. */
struct machine_exec {
	const char *user;                /* NULL: the image's own. An engine that cannot tell it runs it as root */
	bool interactive, tty;           /* interactive: implied by `input` */
	const char *input;
	size_t input_len;
	struct str *out, *err;           /* out NULL: on our own terminal or pipes, and no time limit */
	int out_file;                    /* as in proc.h */
	size_t max_bytes;
	int timeout_ms;
};
struct proc_end machine_exec(struct machine m, const char *const *argv, const struct machine_exec *how);

/* Another of its commands, with its output captured. */
struct proc_end machine_run(const struct machine_engine *e, const struct list *words, struct str *out, struct str *err, int timeout_ms);

/* The same for one that boots a machine. A boot without progress often works at the next attempt, so there are three,
 * and each is reported. `clean` removes what a failed attempt left; if it returns false, there is no further one. */
struct proc_end machine_boot(const struct machine_engine *e, const struct list *words, struct str *out, struct str *err,
			     int timeout_ms, bool (*clean)(void *arg), void *arg);

#endif
