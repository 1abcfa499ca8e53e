/* SPDX-License-Identifier: MIT */
/* kvm.c: check that /dev/kvm really runs a guest, by a few instructions of one.
 *
 * A /dev/kvm may open, make machines and even run an endless loop, and still run no kernel: where a host emulates
 * what its processor cannot run, the emulator knows few instructions. So this guest does what every kernel does
 * early: 64-bit mode, the FPU, cpuid, a register of SSE.
 *
 * Sources: the kernel's Documentation/virt/kvm/api.rst; Intel's manual, volume 3A, chapter 4, for the page tables. */
#include "doctor/doctor.h"
#include "basic/io.h"
#include "basic/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/kvm.h>
#endif

static const char fix[] = "load kvm-intel or kvm-amd; in a virtual machine, switch nested virtualisation on";

#ifdef __linux__
static const char device[] = "/dev/kvm";
static const char cannot_run[] = "no bottle runs here: another machine, or a host whose nested virtualisation works";

enum { API = 12, RUN_SECONDS = 2, GUEST_BYTES = 0x10000, CODE = 0x4000 };

struct guest {
	int kvm, vm, cpu;
	struct kvm_run *run;
	size_t run_bytes;
	unsigned char *memory;
};

/* Give the guest its memory and its one processor; false with errno. */
static bool make_guest(struct guest *g)
{
	struct kvm_userspace_memory_region all = { .memory_size = GUEST_BYTES };
	int bytes;

	g->vm = ioctl(g->kvm, KVM_CREATE_VM, 0);
	g->memory = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g->vm < 0 || g->memory == MAP_FAILED)
		return false;
	all.userspace_addr = (uintptr_t)g->memory;
	if (ioctl(g->vm, KVM_SET_USER_MEMORY_REGION, &all) < 0)
		return false;
	g->cpu = ioctl(g->vm, KVM_CREATE_VCPU, 0);
	bytes = ioctl(g->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (g->cpu < 0 || bytes < (int)sizeof *g->run)
		return false;
	g->run_bytes = (size_t)bytes;
	g->run = mmap(NULL, g->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, g->cpu, 0);
	return g->run != MAP_FAILED;
}

#ifdef __x86_64__
/* fninit; mov eax, 0; cpuid; movd xmm0, eax; hlt */
static const unsigned char code[] = { 0xdb, 0xe3, 0xb8, 0, 0, 0, 0, 0x0f, 0xa2, 0x66, 0x0f, 0x6e, 0xc0, 0xf4 };

/* 64-bit mode at CODE, the first 2 MiB mapped as they are. */
static bool load_guest(struct guest *g)
{
	static const struct { unsigned at; uint64_t entry; } tables[] = { { 0x1000, 0x2003 }, { 0x2000, 0x3003 }, { 0x3000, 0x83 } };
	struct kvm_segment text = { .limit = UINT32_MAX, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1 }, data = text;
	struct kvm_regs registers = { .rip = CODE, .rflags = 2, .rsp = 0x8000 };
	enum { LEAVES = 256 };
	struct kvm_cpuid2 *id = mem_get(sizeof *id + LEAVES * sizeof id->entries[0]);
	struct kvm_sregs special;

	for (size_t i = 0; i < COUNT(tables); i++)
		memcpy(g->memory + tables[i].at, &tables[i].entry, sizeof tables[i].entry);
	memcpy(g->memory + CODE, code, sizeof code);
	id->nent = LEAVES;
	if (ioctl(g->kvm, KVM_GET_SUPPORTED_CPUID, id) < 0 || ioctl(g->cpu, KVM_SET_CPUID2, id) < 0 ||
	    ioctl(g->cpu, KVM_GET_SREGS, &special) < 0)
		return false;
	data.l = 0;
	data.db = 1;
	data.type = 3;
	data.selector = 16;
	special.cs = text;
	special.ds = special.es = special.fs = special.gs = special.ss = data;
	special.cr3 = tables[0].at;
	special.cr4 = 0x220;           /* PAE, SSE */
	special.efer = 0x500;          /* long mode, on and active */
	special.cr0 = 0x80000033;      /* paging, protected mode, an FPU */
	return ioctl(g->cpu, KVM_SET_SREGS, &special) == 0 && ioctl(g->cpu, KVM_SET_REGS, &registers) == 0;
}

static volatile sig_atomic_t over;

static void woken(int sig)
{
	(void)sig;
	over = 1;
}

/* Returns NULL if it ran to its end, or what it did instead. */
static const char *run_guest(struct guest *g)
{
	const struct sigaction wake = { .sa_handler = woken };
	/* Repeat the alarm: a single one may come before the guest is entered. Our caller may have blocked it. */
	const struct itimerval clock = { { RUN_SECONDS, 0 }, { RUN_SECONDS, 0 } }, none = { { 0, 0 }, { 0, 0 } };
	sigset_t alarms;
	bool ran;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	sigaction(SIGALRM, &wake, NULL);
	setitimer(ITIMER_REAL, &clock, NULL);
	do
		ran = ioctl(g->cpu, KVM_RUN, 0) == 0;
	while (!ran && errno == EINTR && !over);      /* EINTR also comes when the terminal stops us and lets us go on */
	setitimer(ITIMER_REAL, &none, NULL);
	if (!ran)
		return errno == EINTR ? mem_printf("its guest did not end within %d s", RUN_SECONDS)
				      : mem_printf("KVM_RUN: %s", strerror(errno));
	switch (g->run->exit_reason) {
	case KVM_EXIT_HLT:
		return NULL;
	case KVM_EXIT_FAIL_ENTRY:
		return "the processor does not enter its guest";
	case KVM_EXIT_INTERNAL_ERROR:
		return "it lacks instructions";
	default:
		return mem_printf("its guest ended by reason %u", g->run->exit_reason);
	}
}
#else
/* There is no guest for this processor yet. So only this is checked: a machine with a processor can be made. */
static bool load_guest(struct guest *g) { return g->cpu >= 0; }
static const char *run_guest(struct guest *g) { return g->cpu < 0 ? "there is no processor" : NULL; }
#endif

static const char *why_not(struct guest *g)
{
	if (ioctl(g->kvm, KVM_GET_API_VERSION, 0) != API)
		return "it is not the KVM that programs know";
	if (!make_guest(g) || !load_guest(g))
		return mem_printf("it makes no machine: %s", strerror(errno));
	return run_guest(g);
}

void look_at_hypervisor(struct report *r)
{
	struct guest g = { .kvm = open(device, O_RDWR | O_CLOEXEC), .vm = -1, .cpu = -1 };
	const char *why;

	if (g.kvm < 0 && errno == ENOENT)
		line(r, "hypervisor", BB_TOOL, fix, "%s does not exist: this machine cannot run microVMs", device);
	else if (g.kvm < 0)
		line(r, "hypervisor", BB_TOOL, "join its group: the line `group' says how", "open %s: %s", device, strerror(errno));
	if (g.kvm < 0)
		return;
	why = why_not(&g);
	close(g.cpu);
	close(g.vm);
	close(g.kvm);
	if (why)
		line(r, "hypervisor", BB_TOOL, cannot_run, "%s opens and cannot run guests: %s", device, why);
	else
		line(r, "hypervisor", BB_OK, NULL, "%s runs a guest of a few bytes (--boot: a whole one)", device);
}
#else
void look_at_hypervisor(struct report *r)
{
	line(r, "hypervisor", BB_OK, NULL, "Hypervisor.framework (--boot tries it)");
}
#endif

/* --- a whole machine --- */

/* Its name is not that of a bottle's machine, so that no list of bottles shows it. */
static const char machine[] = "bottlebox-doctor";

enum { QUICK_MS = 2 * 60 * 1000, START_MS = 15 * 60 * 1000 };

/* Called before another attempt. */
static bool stop_machine(void *engine)
{
	const struct machine_engine *e = engine;
	struct list words = e->stop(machine);
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = machine_run(e, &words, &out, &err, QUICK_MS);

	return proc_ok(&end);
}

static void remove_machine(void *engine)
{
	const struct machine_engine *e = engine;
	struct list words = e->remove(machine);
	struct str out = STR_EMPTY, err = STR_EMPTY;

	stop_machine(engine);
	machine_run(e, &words, &out, &err, QUICK_MS);
}

static void must(const struct machine_engine *e, const char *verb, struct list words, bool boots)
{
	struct str out = STR_EMPTY, err = STR_EMPTY;
	struct proc_end end = boots ? machine_boot(e, &words, &out, &err, START_MS, stop_machine, (void *)(uintptr_t)e)
				    : machine_run(e, &words, &out, &err, QUICK_MS);

	if (!proc_ok(&end))
		die(BB_TOOL, "without --boot bb-doctor asks /dev/kvm itself, which may say why",
		    "%s %s: %s (%s)", e->command, verb, e->said(&err), proc_text(&end));
}

static void boot(void *engine)
{
	const struct machine_engine *e = engine;
	struct list run = e->exec(machine, false, false, NULL);

	must(e, "create", e->create(&(struct machine_wish){ .name = machine }), false);
	must(e, "start", e->start(machine), true);
	list_add(&run, "/bin/true");
	must(e, "exec", run, false);
}

void look_by_booting(struct report *r, const struct machine_engine *e)
{
	void *engine = (void *)(uintptr_t)e;
	int lock = e->lock();
	bool dead;

	remove_machine(engine);        /* one that a killed run left */
	undo_push(remove_machine, engine);
	dead = line_if_dead(r, "hypervisor", boot, engine);
	undo_pop();
	remove_machine(engine);
	io_unlock(lock);
	if (!dead)
		line(r, "hypervisor", BB_OK, NULL, "a machine booted and ran a command");
}
