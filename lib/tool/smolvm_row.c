/* SPDX-License-Identifier: MIT */
/* smolvm_row.c: read and list the rows of smolvm's database, and write the policy into one that has none. */
#include "tool/smolvm.h"
#include "basic/db.h"
#include "basic/io.h"
#include "basic/paths.h"
#include "basic/process.h"

#include <string.h>

/* smolvm 1.32.2: a storage that is not given is 20 GiB, and null in the row. */
const struct smolvm_size smolvm_sizes[MACHINE_SIZES] = {
	[MACHINE_CPUS] = { "--cpus", "cpus" },
	[MACHINE_MEMORY_MIB] = { "--mem", "mem" },
	[MACHINE_DISK_GIB] = { "--storage", "storage_gb" },
};

/* A condition in SQL about a row's text j: it is an object, and its labels, if any, are an object in the right
 * place. */
#define READABLE \
	"CASE WHEN json_valid(j) THEN json_type(j) = 'object' AND coalesce(json_type(j, '$.labels'), 'null') IN ('null', 'object')" \
	" AND coalesce(json_type(j, '$.labels.\"" LABEL_BOTTLE "\"'), 'text') = 'text' ELSE 0 END"

const char *smolvm_database(void)
{
	return mem_printf("%s/smolvm/server/smolvm.db", xdg_folder("XDG_DATA_HOME", ".local/share"));
}

/* --- all rows --- */

/* Of a row that cannot be read, only the name is known. */
static const char rows[] =
	"SELECT name, coalesce(json_extract(j, '$.labels.\"" LABEL_SLUG "\"'), ''),"
	" coalesce(json_extract(j, '$.labels.\"" LABEL_BOTTLE "\"'), ''), coalesce(json_extract(j, '$.pid'), 0),"
	" coalesce(json_extract(j, '$.state'), 'created'), " READABLE " AND ok"
	" FROM (SELECT name, json_valid(CAST(data AS TEXT)) AS ok, CASE WHEN json_valid(CAST(data AS TEXT)) THEN CAST(data AS TEXT) ELSE '{}' END AS j FROM vms"
	" WHERE substr(name, 1, length('" NAME_PREFIX "')) = '" NAME_PREFIX "')";

struct listing {
	void (*each)(const struct machine_listed *m, void *arg);
	void *arg;
};

static void tell(const char **column, void *arg)
{
	const struct listing *l = arg;
	struct machine_listed m = { .name = column[0], .slug = column[1], .owner = column[2] };
	long long pid = 0;

	m.runs = num_parse(column[3], 1, 1 << 30, &pid) && process_start(pid);
	m.ran = strcmp(column[4], "created") != 0;
	m.unreadable = strcmp(column[5], "1") != 0;
	l->each(&m, l->arg);
}

const char *smolvm_list(void (*each)(const struct machine_listed *m, void *arg), void *arg)
{
	struct listing l = { each, arg };

	return io_exists(smolvm_database()) ? db_look(smolvm_database(), rows, tell, &l) : NULL;
}

struct look {
	const char *name;
	bool runs;
};

static void look_at(const struct machine_listed *m, void *arg)
{
	struct look *l = arg;

	l->runs = l->runs || (m->runs && !strcmp(m->name, l->name));
}

bool smolvm_runs(const char *name)
{
	struct look l = { name, false };

	smolvm_list(look_at, &l);
	return l.runs;
}

/* --- one row --- */

bool smolvm_exists(const char *name)
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

const char *smolvm_label(const char *name)
{
	struct db_value bind[] = { DB_T(name), DB_DONE };
	struct str label = STR_EMPTY;
	struct db *db = db_open(smolvm_database(), DB_READ);

	db_row(db, "SELECT CASE WHEN " READABLE " THEN coalesce(json_extract(j, '$.labels.\"" LABEL_BOTTLE "\"'), '')"
	       " ELSE '?' END FROM (SELECT name, CAST(data AS TEXT) AS j FROM vms) WHERE name = ?", bind, &label, NULL);
	db_close(db);
	return strcmp(label.text, "?") ? label.text : NULL;
}

struct machine_row smolvm_read(const char *name)
{
	struct db_value bind[] = { DB_T(name), DB_DONE };
	struct smolvm_row *own = mem_get(sizeof *own);
	struct machine_row r = { .state = "", .own = own };
	struct json_error error = { 0 };
	const char *type;               /* "blob" is what smolvm writes; anything else is a fault */
	struct db *db;

	*own = (struct smolvm_row){ .bytes = STR_EMPTY };
	if (!io_exists(smolvm_database()))
		return r;
	db = db_open(smolvm_database(), DB_READ);
	r.found = db_row(db, "SELECT data FROM vms WHERE name = ?", bind, &own->bytes, &type);
	db_close(db);
	if (!r.found)
		return r;
	if (strcmp(type, "blob"))
		die(BB_REFUSED, mem_printf("remove the machine by hand: DELETE FROM vms WHERE name = '%s'", name),
		    "the row of %s is %s, not a BLOB: another program has written it", name, type);
	own->members = json_parse(own->bytes.text, own->bytes.len, &error);
	if (!own->members.doc)
		die(BB_REFUSED, "this smolvm may be too new", "the row of %s is not JSON: %s", name, error.why);
	if (jv_text(jv_get(own->members, "state")))
		r.state = jv_text(jv_get(own->members, "state"));
	jv_int(jv_get(own->members, "pid"), &r.pid);
	return r;
}

/* One update of the BLOB in BEGIN IMMEDIATE, which succeeds only if the bytes are still those that were read. */
void smolvm_write_policy(const struct machine_row *r, const struct machine_wish *w)
{
	const struct smolvm_row *own = r->own;
	struct str first = STR_EMPTY, second = STR_EMPTY;
	struct json_error error;
	struct jv half;
	struct db *db;
	int changed;

	json_splice(&first, own->members, "allowed_cidrs", mem_printf("[\"%s\"]", w->allow));
	half = json_parse(first.text, first.len, &error);
	json_splice(&second, half, "dns_filter_hosts", mem_printf("[\"%s\"]", w->bundle));
	db = db_open(smolvm_database(), DB_WRITE);
	db_exec(db, "BEGIN IMMEDIATE");
	/* As a BLOB: with TEXT every smolvm command of this user would fail (docs/smolvm.md, "The row"). */
	changed = db_run(db, "UPDATE vms SET data = ? WHERE name = ? AND data = ?", (struct db_value[]){
		DB_B(second.text, second.len), DB_T(w->name), DB_B(own->bytes.text, own->bytes.len), DB_DONE });
	db_exec(db, changed == 1 ? "COMMIT" : "ROLLBACK");
	db_close(db);
	if (changed != 1)
		die(BB_BUSY, "try again", "the row of %s changed while it was read", w->name);
}
