/* SPDX-License-Identifier: MIT */
/* document.c: read a plan or a bare manifest, check it, and look things up in it. */
#include "plan/document.h"
#include "basic/names.h"
#include "plan/manifest.h"
#include "plan/source.h"

#include <string.h>

static const char see_page[] = "see man 5 bb-plan";

/* {"plan":1,"base":...,"manifest":<the bytes as they are>} */
static void wrap(struct str *out, const char *text, size_t len, const char *base)
{
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	str_room(out, len + strlen(base) + 64);
	str_add(out, "{\"plan\":1,\"base\":");
	json_quote(out, base, strlen(base));
	str_add(out, ",\"manifest\":");
	str_add_bytes(out, text, len);
	str_add(out, "}\n");
}

static struct jv parse(const char *text, size_t len, const char *where)
{
	struct json_error error = { 0 };
	struct jv root = json_parse(text, len, &error);

	if (root.doc)
		return root;
	if (!strcmp(error.why, "empty"))
		die(BB_PLAN, "the stage before failed, or nothing was piped in", "%s is empty", where);
	die(BB_PLAN, error.hint, "%s, line %zu, column %zu: %s", where, error.line, error.column, error.why);
}

/* Top-level names are plain, so that no two spellings of one section can exist. */
static void check_names(struct jv root, struct list *faults)
{
	static const char inside[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	for (struct jv e = jv_first(root); e.doc; e = jv_next(root, e)) {
		struct jv name = { e.doc, e.token - 1 };
		const char *raw = jv_raw(name);
		size_t n = strlen(raw);

		if (n < 3 || strspn(raw + 1, inside) != n - 2)
			list_addf(faults, "member %s: names at the top are of a-z, 0-9 and _", raw);
	}
}

/* Collect what is wrong with a plan, or with a bare manifest. */
static void find_faults(struct jv root, struct list *faults)
{
	struct jv v = jv_get(root, "plan"), manifest = jv_get(root, "manifest");
	long long number;

	if (!v.doc) {
		manifest_check(root, faults);
		return;
	}
	if (!jv_int(v, &number) || number != 1)
		list_addf(faults, "unknown plan number %s; this program knows plan 1", jv_raw(v));
	check_names(root, faults);
	if (manifest.doc)
		manifest_check(manifest, faults);
	else
		list_add(faults, "there is no manifest in it; make a plan by: bb-plan new MANIFEST");
}

const char *plan_faults(const char *text, size_t len, struct list *faults)
{
	struct json_error error = { 0 };
	struct jv root = json_parse(text, len, &error);

	if (root.doc)
		find_faults(root, faults);
	else
		list_addf(faults, "line %zu, column %zu: %s", error.line, error.column, error.why);
	return root.doc ? see_page : error.hint;
}

struct plan *plan_parse(const char *text, size_t len, const char *where, const char *base)
{
	struct plan *p = mem_get(sizeof *p);
	struct str whole = STR_EMPTY;
	struct jv root = parse(text, len, where);
	struct list faults = { 0 };

	find_faults(root, &faults);                /* before it is wrapped, so that the line numbers are the user's */
	if (faults.n)
		die(BB_PLAN, faults.n > 1 ? mem_printf("%zu more faults: bb-plan check shows all", faults.n - 1) : see_page,
		    "%s: %s", where, faults.item[0]);
	if (jv_get(root, "plan").doc) {
		str_add_bytes(&whole, text, len);
	} else {
		wrap(&whole, text, len, base);
		root = parse(whole.text, whole.len, where);
	}
	p->text = whole.text;
	p->len = whole.len;
	p->root = root;
	p->manifest = jv_get(root, "manifest");
	p->slug = jv_text(jv_get(p->manifest, "bottle"));
	p->base = jv_text(jv_get(root, "base"));
	if (!p->base)
		p->base = base;
	p->dry = jv_true(jv_get(root, "dry_run"));
	return p;
}

struct plan *plan_file(const char *path)
{
	struct source s = source_read(path);

	return plan_parse(s.text.text, s.text.len, s.where, s.base);
}

const char *plan_need(const struct plan *p, const char *path)
{
	const char *text = jv_text(jv_path(p->root, path));
	size_t n = strcspn(path, ".");
	char *applet = mem_printf("bb-%.*s", (int)n, path);

	if (text)
		return text;
	for (char *c = applet; *c; c++)
		if (*c == '_')
			*c = '-';
	die(BB_PLAN, mem_printf("run %s first", applet), "the plan has no \"%s\"", path);
}

const char *plan_path(const struct plan *p, const char *path)
{
	return path[0] == '/' ? path : mem_printf("%s/%s", p->base, path);
}

const char *plan_text(const struct plan *p, const char *path, const char *otherwise)
{
	const char *text = jv_text(jv_path(p->manifest, path));

	return text ? text : otherwise;
}

const char *plan_vm_name(const struct plan *p)
{
	return name_machine(p->slug);
}

const char *plan_bundle_name(const struct plan *p)
{
	return name_bundle(p->slug);
}

size_t plan_ports(const struct plan *p, int ports[BUNDLE_PORTS])
{
	size_t n = 0;

	for (size_t i = 0; i < BUNDLE_PORTS; i++) {
		const char *when = bundle_ports[i].when;
		struct jv asked = when ? jv_path(p->manifest, when) : (struct jv){ NULL, 0 };

		if (!when || jv_count(asked) || jv_true(asked))
			ports[n++] = bundle_ports[i].port;
	}
	return n;
}
