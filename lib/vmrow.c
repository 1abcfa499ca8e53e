/* vmrow.c: see vmrow.h. */
#include "vmrow.h"
#include "db.h"
#include "io.h"
#include "smolvm.h"

#include <string.h>

const char *const vmrow_sleeper[] = { "sleep", "2147483647", NULL };

struct vmrow vmrow_read(const char *name)
{
	struct db_value bind[] = { DB_T(name), DB_DONE };
	struct vmrow r = { .bytes = STR_EMPTY };
	struct json_error error = { 0 };
	struct db *db;

	if (!io_exists(smolvm_database()))
		return r;
	db = db_open(smolvm_database(), DB_READ);
	r.found = db_row(db, "SELECT data FROM vms WHERE name = ?", bind, &r.bytes, &r.type);
	db_close(db);
	if (!r.found)
		return r;
	if (strcmp(r.type, "blob"))
		die(BB_REFUSED, mem_printf("remove the machine by hand: DELETE FROM vms WHERE name = '%s'", name),
		    "the row of %s is %s, not a BLOB: another program has written it", name, r.type);
	r.row = json_parse(r.bytes.text, r.bytes.len, &error);
	if (!r.row.doc)
		die(BB_REFUSED, "this smolvm may be too new", "the row of %s is not JSON: %s", name, error.why);
	return r;
}

/* --- comparing --- */

static bool says_nothing(struct jv v)
{
	switch (jv_type(v)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return jv_count(v) == 0;
	case JSON_STRING:
		return jv_text(v) && !*jv_text(v);
	case JSON_NUMBER:
		return !strcmp(jv_raw(v), "0");
	case JSON_BOOL:
		return !jv_true(v);
	case JSON_NULL:
		return true;
	}
	return false;
}

static bool is_number(struct jv v, long long n)
{
	long long is;

	return jv_int(v, &is) && is == n;
}

static bool is_words(struct jv list, const char *const *words)
{
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e), words++)
		if (!*words || !jv_text(e) || strcmp(jv_text(e), *words))
			return false;
	return !*words;
}

static bool rests_for_ever(struct jv restart)
{
	for (struct jv e = jv_first(restart); e.doc; e = jv_next(restart, e))
		if (strcmp(jv_name(e), "policy") ? !says_nothing(e) :
		    !jv_text(e) || strcmp(jv_text(e), "never"))
			return false;
	return true;
}

/* Keys that may say something, and when it is right. `any` ones do not widen what the guest can do:
 * disk sizes, write modes, where it came from. */
static const char *const any_value[] = {
	"allowed_cidrs", "block_io", "created_at", "disk_durability", "dns_filter_hosts", "env", "image",
	"image_origin", "init_completed", "labels", "last_exit_code", "overlay_gb", "pid", "pid_start_time",
	"source_smolmachine", "state", "storage_gb", "user", "workdir",
};

static bool as_asked(struct jv v, const char *key, const char *name, const struct smolfile *s)
{
	if (says_nothing(v) && strcmp(key, "network") && strcmp(key, "cmd"))
		return true;
	if (!strcmp(key, "name"))
		return jv_text(v) && !strcmp(jv_text(v), name);
	if (!strcmp(key, "network"))
		return jv_true(v);
	if (!strcmp(key, "network_backend"))
		return jv_text(v) && !strcmp(jv_text(v), "virtio-net");
	if (!strcmp(key, "cpus"))
		return is_number(v, s->cpus);
	if (!strcmp(key, "mem"))
		return is_number(v, s->memory_mib);
	if (!strcmp(key, "restart"))
		return rests_for_ever(v);
	if (!strcmp(key, "cmd"))
		return is_words(v, vmrow_sleeper);
	return word_index(key, any_value, COUNT(any_value)) >= 0;
}

const char *vmrow_fault(const struct vmrow *r, const char *name, const struct smolfile *s)
{
	static const char *const needed[] = { "name", "network", "cmd", "cpus", "mem" };

	for (size_t i = 0; i < COUNT(needed); i++)
		if (!jv_get(r->row, needed[i]).doc)
			return mem_printf("\"%s\" is missing", needed[i]);
	for (struct jv e = jv_first(r->row); e.doc; e = jv_next(r->row, e))
		if (!as_asked(e, jv_name(e), name, s))
			return mem_printf("\"%s\" is %.200s, which nobody asked for", jv_name(e), jv_raw(e));
	return NULL;
}

bool vmrow_is_set(struct jv list, const char *only)
{
	if (!jv_is(list, JSON_ARRAY) || !jv_count(list))
		return false;
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e))
		if (!jv_text(e) || strcmp(jv_text(e), only))
			return false;
	return true;
}

static bool absent(struct jv v)
{
	return !v.doc || jv_is(v, JSON_NULL);
}

enum vmrow_policy vmrow_policy(const struct vmrow *r, const struct smolfile *s)
{
	struct jv cidrs = jv_get(r->row, "allowed_cidrs"), hosts = jv_get(r->row, "dns_filter_hosts");

	if (vmrow_is_set(cidrs, s->allow) && vmrow_is_set(hosts, s->bundle))
		return VMROW_EQUAL;
	return absent(cidrs) && absent(hosts) ? VMROW_NULL : VMROW_OTHER;
}

const char *vmrow_allowed(const struct vmrow *r)
{
	struct jv cidrs = jv_get(r->row, "allowed_cidrs"), hosts = jv_get(r->row, "dns_filter_hosts");

	if (absent(cidrs) && absent(hosts))
		return "unrestricted";
	return mem_printf("cidrs %.200s, hosts %.200s", cidrs.doc ? jv_raw(cidrs) : "absent",
			  hosts.doc ? jv_raw(hosts) : "absent");
}

/* --- writing --- */

void vmrow_write_policy(const struct vmrow *r, const char *name, const struct smolfile *s)
{
	struct str first = STR_EMPTY, second = STR_EMPTY;
	struct json_error error;
	struct jv half;
	struct db *db;
	int changed;

	json_splice(&first, r->row, "allowed_cidrs", mem_printf("[\"%s\"]", s->allow));
	half = json_parse(first.text, first.len, &error);
	json_splice(&second, half, "dns_filter_hosts", mem_printf("[\"%s\"]", s->bundle));
	db = db_open(smolvm_database(), DB_WRITE);
	db_exec(db, "BEGIN IMMEDIATE");
	/* As a BLOB: with TEXT every smolvm command of this user would fail (smolvm-cli.md 6). */
	changed = db_run(db, "UPDATE vms SET data = ? WHERE name = ? AND data = ?", (struct db_value[]){
		DB_B(second.text, second.len), DB_T(name), DB_B(r->bytes.text, r->bytes.len), DB_DONE });
	db_exec(db, changed == 1 ? "COMMIT" : "ROLLBACK");
	db_close(db);
	if (changed != 1)
		die(BB_BUSY, "try again", "the row of %s changed while it was read", name);
}
