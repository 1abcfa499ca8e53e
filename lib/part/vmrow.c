/* SPDX-License-Identifier: MIT */
/* vmrow.c: read smolvm's row of a machine, compare every member with what was asked for, write the policy into it. */
#include "part/vmrow.h"
#include "basic/db.h"
#include "basic/io.h"
#include "basic/names.h"
#include "tool/smolvm.h"

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

static bool is_words(struct jv list, const char *const *words)
{
	for (struct jv e = jv_first(list); e.doc; e = jv_next(list, e), words++)
		if (!*words || !jv_text(e) || strcmp(jv_text(e), *words))
			return false;
	return !*words;
}

static bool rests_for_ever(struct jv restart)
{
	if (!jv_get(restart, "policy").doc)
		return false;
	for (struct jv e = jv_first(restart); e.doc; e = jv_next(restart, e))
		if (strcmp(jv_name(e), "policy") ? !says_nothing(e) :
		    !jv_text(e) || strcmp(jv_text(e), "never"))
			return false;
	return true;
}

/* The image may add variables of its own, but none of ours with another value: a second HTTP_PROXY would lead
 * elsewhere. */
static bool has_our_env(struct jv env, const struct smolfile *s)
{
	bool *found = mem_get((s->env.n + 1) * sizeof *found);

	for (struct jv pair = jv_first(env); pair.doc; pair = jv_next(env, pair)) {
		struct jv name = jv_first(pair), value = name.doc ? jv_next(pair, name) : name;
		const char *text;

		if (!jv_is(name, JSON_STRING) || !jv_is(value, JSON_STRING) || !jv_text(name) || !jv_text(value))
			return false;
		text = mem_printf("%s=%s", jv_text(name), jv_text(value));
		for (size_t i = 0; i < s->env.n; i++) {
			size_t n = strcspn(s->env.item[i], "=") + 1;

			if (!strncmp(text, s->env.item[i], n) && strcmp(text, s->env.item[i]))
				return false;
			found[i] = found[i] || !strcmp(text, s->env.item[i]);
		}
	}
	for (size_t i = 0; i < s->env.n; i++)
		if (!found[i])
			return false;
	return true;
}

/* Keys that may have any value, because they do not widen what the guest can do (disk sizes, write modes, the
 * image's name). */
static const char *const any_value[] = {
	"allowed_cidrs", "block_io", "created_at", "disk_durability", "dns_filter_hosts", "image",
	"image_origin", "init_completed", "labels", "last_exit_code", "overlay_gb", "pid", "pid_start_time",
	"state", "user", "workdir",
};

/* The checks of keys that we asked for. */
static bool is_text(struct jv v, const char *text)
{
	return jv_text(v) && !strcmp(jv_text(v), text);
}

static bool is_number(struct jv v, long long n)
{
	long long is;

	return jv_int(v, &is) && is == n;
}

static bool name_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)s;
	return is_text(v, plan_vm_name(p));
}

static bool source_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)s;
	return is_text(v, plan_need(p, "pack.artifact"));
}

static bool env_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)p;
	return has_our_env(v, s);
}

static bool network_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)p, (void)s;
	return jv_true(v);
}

static bool restart_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)p, (void)s;
	return rests_for_ever(v);
}

static bool cmd_ok(struct jv v, const struct plan *p, const struct smolfile *s)
{
	(void)p, (void)s;
	return jv_is(v, JSON_ARRAY) && is_words(v, vmrow_sleeper);
}

/* Keys that are in every row of ours with a value that we asked for. null, 0 or nothing would be smolvm's default
 * and not ours. */
static const struct {
	const char *key;
	bool (*ok)(struct jv v, const struct plan *p, const struct smolfile *s);
} asked[] = {
	{ "name", name_ok }, { "source_smolmachine", source_ok }, { "network", network_ok }, { "cmd", cmd_ok },
	{ "env", env_ok }, { "restart", restart_ok },
};

static const char *missing(const char *key)
{
	return mem_printf("\"%s\" is missing", key);
}

static const char *unasked(const char *key, struct jv v)
{
	return mem_printf("\"%s\" is %.200s, which nobody asked for", key, jv_raw(v));
}

/* The sizes that were asked for. */
static const char *size_fault(const struct vmrow *r, const struct smolfile *s)
{
	for (size_t i = 0; i < VM_SIZES; i++) {
		struct jv v = jv_get(r->row, vm_sizes[i].column);

		if (s->size[i] && !v.doc)
			return missing(vm_sizes[i].column);
		if (s->size[i] && !is_number(v, s->size[i]))
			return unasked(vm_sizes[i].column, v);
	}
	return NULL;
}

static bool is_asked(const char *key)
{
	for (size_t i = 0; i < COUNT(asked); i++)
		if (!strcmp(asked[i].key, key))
			return true;
	for (size_t i = 0; i < VM_SIZES; i++)
		if (!strcmp(vm_sizes[i].column, key))
			return true;
	return false;
}

/* A key that we did not ask for is fine as long as its value says nothing. */
static bool unasked_ok(struct jv v, const char *key)
{
	return says_nothing(v) || word_index(key, any_value, COUNT(any_value)) >= 0 ||
	       (!strcmp(key, "network_backend") && is_text(v, "virtio-net"));
}

const char *vmrow_fault(const struct vmrow *r, const struct plan *p, const struct smolfile *s)
{
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct jv v = jv_get(r->row, asked[i].key);

		if (!v.doc)
			return missing(asked[i].key);
		if (!asked[i].ok(v, p, s))
			return unasked(asked[i].key, v);
	}
	for (struct jv e = jv_first(r->row); e.doc; e = jv_next(r->row, e))
		if (!is_asked(jv_name(e)) && !unasked_ok(e, jv_name(e)))
			return unasked(jv_name(e), e);
	return size_fault(r, s);
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

void vmrow_require(const struct plan *p, const struct smolfile *s)
{
	const char *name = plan_vm_name(p), *fault;
	struct vmrow r = vmrow_read(name);

	if (!r.found)
		die(BB_PLAN, "run bb-vm create first", "there is no machine %s", name);
	fault = vmrow_fault(&r, p, s);
	if (fault)
		die(BB_REFUSED, "delete the machine and create it again", "machine %s: %s", name, fault);
	if (vmrow_policy(&r, s) != VMROW_EQUAL)
		die(BB_REFUSED, "run bb-tsi-patch apply first",
		    "machine %s may reach more than %s: its policy reads %s", name, s->allow, vmrow_allowed(&r));
}

const char *vmrow_label(const char *name)
{
	struct db_value bind[] = { DB_T(name), DB_DONE };
	struct str label = STR_EMPTY;
	struct db *db = db_open(smolvm_database(), DB_READ);

	db_row(db, "SELECT CASE WHEN " SMOLVM_ROW_READABLE " THEN coalesce(json_extract(j, '$.labels.\"" LABEL_BOTTLE "\"'), '')"
	       " ELSE '?' END FROM (SELECT name, CAST(data AS TEXT) AS j FROM vms) WHERE name = ?", bind, &label, NULL);
	db_close(db);
	return strcmp(label.text, "?") ? label.text : NULL;
}

bool vmrow_exists(const char *name)
{
	struct db_value bind[] = { DB_T(name), DB_DONE };
	struct str out = STR_EMPTY;
	struct db *db;
	bool found;

	if (!io_exists(smolvm_database()))
		return false;
	db = db_open(smolvm_database(), DB_READ);
	found = db_row(db, "SELECT 1 FROM vms WHERE name = ?", bind, &out, NULL);
	db_close(db);
	return found;
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
	/* As a BLOB: with TEXT every smolvm command of this user would fail (docs/smolvm.md, "The row"). */
	changed = db_run(db, "UPDATE vms SET data = ? WHERE name = ? AND data = ?", (struct db_value[]){
		DB_B(second.text, second.len), DB_T(name), DB_B(r->bytes.text, r->bytes.len), DB_DONE });
	db_exec(db, changed == 1 ? "COMMIT" : "ROLLBACK");
	db_close(db);
	if (changed != 1)
		die(BB_BUSY, "try again", "the row of %s changed while it was read", name);
}
