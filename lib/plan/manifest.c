/* SPDX-License-Identifier: MIT */
/* manifest.c: the schema of the manifest as a table, and the one walk that checks a manifest against it. */
#include "plan/manifest.h"
#include "plan/rules.h"

#include <string.h>

enum { MAX_ENTRIES = 1000, MAX_FAULTS = 100 };

enum kind { TEXT, NUMBER, FLAG, TEXTS, OBJECT, OBJECTS, MAP, SETTINGS, REFERENCE };

struct field {
	const char *name;         /* NULL ends a table; in a MAP the one row judges names by `key` */
	enum kind kind;
	bool required;
	const struct field *members;   /* OBJECT, OBJECTS: the fields. MAP: one row for every value */
	rule *text;                   /* TEXT, TEXTS: what it may say */
	rule *key;                    /* MAP, SETTINGS: what a name may be */
	long long lo, hi;              /* NUMBER */
};

/* --- the schema --- */

static const struct field each_text = { .kind = TEXT, .text = rule_line };

static const struct field agent[] = {
	{ .name = "image", .kind = TEXT, .required = true, .text = rule_image },
	{ .name = "build", .kind = TEXT, .text = rule_file },
	{ .name = "command", .kind = TEXTS, .text = rule_line },
	{ .name = "user", .kind = TEXT, .text = rule_user },
	{ .name = "workdir", .kind = TEXT, .text = rule_guest_path },
	{ .name = "env", .kind = SETTINGS, .key = rule_env_name, .members = &each_text },
	{ .name = "prompt", .kind = TEXT, .text = rule_file },
	{ .name = "skills", .kind = TEXTS, .text = rule_skill },
	{ .name = NULL }
};
static const struct field only[] = {
	{ .name = "method", .kind = TEXT, .text = rule_method },
	{ .name = "path", .kind = TEXT, .required = true, .text = rule_paths },
	{ .name = NULL }
};
static const struct field credential[] = {
	{ .name = "header", .kind = TEXT, .text = rule_header },
	{ .name = "prefix", .kind = TEXT, .text = rule_line },
	{ .name = "only", .kind = OBJECTS, .members = only },
	{ .name = "from_env", .kind = TEXT, .text = rule_host_env },
	{ .name = "from_file", .kind = TEXT, .text = rule_file },
	{ .name = "ask", .kind = TEXT, .text = rule_line },
	{ .name = NULL }
};
static const struct field *const reference = credential + 3;   /* its last three rows */
static const struct field each_credential = { .kind = OBJECT, .members = credential };
static const struct field limits[] = {
	{ .name = "request_mib", .kind = NUMBER, .lo = 1, .hi = 256 },
	{ .name = NULL }
};
static const struct field each_mode = { .kind = TEXT, .text = rule_mode };
static const struct field egress[] = {
	{ .name = "allowlist", .kind = TEXTS, .text = rule_host },
	{ .name = "credentials", .kind = MAP, .key = rule_host, .members = &each_credential },
	{ .name = "upstream_ca", .kind = TEXT, .text = rule_file },
	{ .name = "limits", .kind = OBJECT, .members = limits },
	{ .name = "dlp", .kind = MAP, .key = rule_host, .members = &each_mode },
	{ .name = "websocket", .kind = TEXTS, .text = rule_host },
	{ .name = NULL }
};
static const struct field git_user[] = {
	{ .name = "name", .kind = TEXT, .text = rule_line },
	{ .name = "email", .kind = TEXT, .text = rule_line },
	{ .name = NULL }
};
static const struct field repo[] = {
	{ .name = "url", .kind = TEXT, .required = true, .text = rule_url },
	{ .name = "key", .kind = REFERENCE },
	{ .name = "host_key", .kind = TEXT, .text = rule_host_key },
	{ .name = NULL }
};
static const struct field each_repo = { .kind = OBJECT, .members = repo };
static const struct field git[] = {
	{ .name = "user", .kind = OBJECT, .members = git_user },
	{ .name = "repos", .kind = MAP, .key = rule_repo, .members = &each_repo },
	{ .name = "disk_mib", .kind = NUMBER, .lo = 64, .hi = 16384 },
	{ .name = NULL }
};
static const struct field vm[] = {
	{ .name = "cpus", .kind = NUMBER, .lo = 1, .hi = 64 },
	{ .name = "memory_mib", .kind = NUMBER, .lo = 256, .hi = 1048576 },
	{ .name = "disk_gib", .kind = NUMBER, .lo = 1, .hi = 4096 },
	{ .name = NULL }
};
static const struct field bundle[] = {
	{ .name = "image", .kind = TEXT, .text = rule_image },
	{ .name = NULL }
};
static const struct field manifest[] = {
	{ .name = "bottle", .kind = TEXT, .required = true, .text = rule_slug },
	{ .name = "agent", .kind = OBJECT, .required = true, .members = agent },
	{ .name = "egress", .kind = OBJECT, .members = egress },
	{ .name = "git", .kind = OBJECT, .members = git },
	{ .name = "supervise", .kind = FLAG },
	{ .name = "vm", .kind = OBJECT, .members = vm },
	{ .name = "bundle", .kind = OBJECT, .members = bundle },
	{ .name = NULL }
};

/* --- the walk --- */

/* The place in the manifest as a chain. It becomes text only when something is wrong there, which is rare. */
struct place {
	const struct place *in;
	const char *name;
};

static const char *path_of(const struct place *at)
{
	return at->in ? mem_printf("%s.%s", path_of(at->in), at->name) : at->name;
}

static void fault(struct list *faults, struct jv at, const struct place *path, const char *why)
{
	size_t line, column;

	if (faults->n == MAX_FAULTS)
		return;
	jv_where(at, &line, &column);
	list_addf(faults, "%s (line %zu, column %zu) %s", path_of(path), line, column, why);
}

static void check_value(struct jv v, const struct field *f, const struct place *path, struct list *faults);

static void check_object(struct jv v, const struct field *fields, const struct place *path, struct list *faults)
{
	const char *names[16];
	size_t n = 0;

	for (const struct field *f = fields; f->name; f++) {
		names[n++] = f->name;
		if (f->required && !jv_get(v, f->name).doc)
			fault(faults, v, path, mem_printf("lacks \"%s\"", f->name));
	}
	for (struct jv e = jv_first(v); e.doc && faults->n < MAX_FAULTS; e = jv_next(v, e)) {
		const char *name = jv_name(e), *near;
		int known = word_index(name, names, n);
		struct place here = { path, name };

		if (known >= 0) {
			check_value(e, &fields[known], &here, faults);
			continue;
		}
		near = word_nearest(name, names, n);
		fault(faults, e, &here,
		      near ? mem_printf("is not a known key; did you mean \"%s\"?", near)
			   : "is not a known key");
	}
}

static const char one_source[] = "must have one of \"from_env\", \"from_file\" and \"ask\"";

static void check_map(struct jv v, const struct field *f, const struct place *path, struct list *faults)
{
	for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e)) {
		const char *name = jv_name(e), *why = f->key(name);
		struct place here = { path, name };

		if (why)
			fault(faults, e, &here, why);
		if (f->kind == SETTINGS && is_reference(e))
			check_object(e, reference, &here, faults);
		else if (f->kind == SETTINGS && !jv_is(e, JSON_STRING))
			fault(faults, e, &here, "must be a string, {\"from_env\":...}, {\"from_file\":...} or {\"ask\":...}");
		else
			check_value(e, f->members, &here, faults);
		if (f->members == &each_credential && !is_reference(e))
			fault(faults, e, &here, one_source);
	}
}

static void check_text(struct jv v, const struct field *f, const struct place *path, struct list *faults)
{
	const char *text = jv_text(v), *why;

	if (!jv_is(v, JSON_STRING))
		why = "must be a string";
	else
		why = text ? f->text(text) : "must not have a NUL character in it";
	if (why)
		fault(faults, v, path, why);
}

static void check_value(struct jv v, const struct field *f, const struct place *path, struct list *faults)
{
	static const struct { enum json_type type; const char *want; } shapes[] = {
		[TEXT] = { JSON_STRING, "must be a string" },
		[NUMBER] = { JSON_NUMBER, "must be a number" },
		[FLAG] = { JSON_BOOL, "must be true or false" },
		[TEXTS] = { JSON_ARRAY, "must be a list of strings" },
		[OBJECT] = { JSON_OBJECT, "must be an object" },
		[OBJECTS] = { JSON_ARRAY, "must be a list of objects" },
		[MAP] = { JSON_OBJECT, "must be an object" },
		[SETTINGS] = { JSON_OBJECT, "must be an object" },
		[REFERENCE] = { JSON_OBJECT, "must be {\"from_env\":...}, {\"from_file\":...} or {\"ask\":...}" },
	};
	long long n;

	if (!jv_is(v, shapes[f->kind].type)) {
		fault(faults, v, path, shapes[f->kind].want);
		return;
	}
	if (jv_count(v) > MAX_ENTRIES) {
		fault(faults, v, path, "has more than 1000 entries");
		return;
	}
	switch (f->kind) {
	case TEXT:
		check_text(v, f, path, faults);
		break;
	case NUMBER:
		if (!jv_int(v, &n) || n < f->lo || n > f->hi)
			fault(faults, v, path, mem_printf("must be a whole number from %lld to %lld",
							  f->lo, f->hi));
		break;
	case FLAG:
		break;
	case TEXTS:
		for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e))
			check_text(e, f, path, faults);
		break;
	case OBJECT:
		check_object(v, f->members, path, faults);
		break;
	case OBJECTS:
		for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e))
			check_value(e, &(struct field){ .kind = OBJECT, .members = f->members }, path, faults);
		break;
	case REFERENCE:
		check_object(v, reference, path, faults);
		if (!is_reference(v))
			fault(faults, v, path, one_source);
		break;
	case MAP:
	case SETTINGS:
		check_map(v, f, path, faults);
		break;
	}
}

/* An entry about a host that is not allowed would never be used. That is surely a slip. */
static void check_hosts(struct jv m, const char *key, struct list *faults)
{
	struct place of = { NULL, mem_printf("manifest.%s", key) };
	struct jv hosts = jv_path(m, key), allowed = jv_path(m, "egress.allowlist");

	if (jv_count(hosts) > MAX_ENTRIES || jv_count(allowed) > MAX_ENTRIES)
		return;          /* reported already */
	for (struct jv e = jv_first(hosts); e.doc; e = jv_next(hosts, e)) {
		const char *host = jv_is(hosts, JSON_ARRAY) ? jv_text(e) : jv_name(e);
		bool found = !host;   /* no string: reported already */

		for (struct jv a = jv_first(allowed); a.doc && !found; a = jv_next(allowed, a))
			found = jv_text(a) && !strcmp(jv_text(a), host);
		if (!found)
			fault(faults, e, &(struct place){ &of, host },
			      "names a host that is not in the allowlist");
	}
}

/* An upstream by ssh needs its host key in the manifest. There is no trust on first use: a server that is not known
 * gets no key of ours. */
static void check_repos(struct jv m, struct list *faults)
{
	static const struct place repos = { NULL, "manifest.git.repos" };
	struct jv all = jv_path(m, "git.repos");

	for (struct jv e = jv_first(all); e.doc && jv_count(all) <= MAX_ENTRIES; e = jv_next(all, e)) {
		const char *url = jv_text(jv_get(e, "url"));
		struct place here = { &repos, jv_name(e) };
		bool key = jv_get(e, "key").doc, host_key = jv_get(e, "host_key").doc;

		if (url && !strncmp(url, "ssh:", 4) && !(key && host_key))
			fault(faults, e, &here, "is reached by ssh, which needs \"key\" and \"host_key\"");
		if (url && strncmp(url, "ssh:", 4) && (key || host_key))
			fault(faults, e, &here, "is not reached by ssh, which alone has \"key\" and \"host_key\"");
	}
}

const char manifest_usual_bundle[] = "bot-bottle-sidecars:latest";

const char *manifest_bundle_image(struct jv m)
{
	const char *image = jv_text(jv_path(m, "bundle.image"));

	return image ? image : manifest_usual_bundle;
}

/* An image that is built for the agent must not become the bundle's, which gets credentials. */
static void check_build(struct jv m, struct list *faults)
{
	const char *made = jv_text(jv_path(m, "agent.image"));

	if (jv_path(m, "agent.build").doc && made && !strcmp(made, manifest_bundle_image(m)))
		fault(faults, jv_path(m, "agent.build"), &(struct place){ NULL, "manifest.agent.build" }, "would build the bundle's own image");
}

void manifest_check(struct jv m, struct list *faults)
{
	if (!jv_is(m, JSON_OBJECT)) {
		list_add(faults, "manifest must be an object");
		return;
	}
	check_object(m, manifest, &(struct place){ NULL, "manifest" }, faults);
	check_hosts(m, "egress.credentials", faults);
	check_hosts(m, "egress.dlp", faults);
	check_hosts(m, "egress.websocket", faults);
	check_repos(m, faults);
	check_build(m, faults);
}

bool is_reference(struct jv v)
{
	return (jv_get(v, "from_env").doc != NULL) + (jv_get(v, "from_file").doc != NULL) +
	       (jv_get(v, "ask").doc != NULL) == 1;
}
