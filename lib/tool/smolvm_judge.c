/* SPDX-License-Identifier: MIT */
/* smolvm_judge.c: compare every member of a machine's row with what was asked for.
 *
 * Unknown members are fine as long as their value says nothing (null, false, 0, "", [], {}): wall W13. */
#include "tool/smolvm.h"

#include <string.h>

static struct jv row_of(const struct machine_row *r)
{
	return ((const struct smolvm_row *)r->own)->members;
}


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
static bool has_our_env(struct jv env, const struct machine_wish *w)
{
	bool *found = mem_get((w->env.n + 1) * sizeof *found);

	for (struct jv pair = jv_first(env); pair.doc; pair = jv_next(env, pair)) {
		struct jv name = jv_first(pair), value = name.doc ? jv_next(pair, name) : name;
		const char *text;

		if (!jv_is(name, JSON_STRING) || !jv_is(value, JSON_STRING) || !jv_text(name) || !jv_text(value))
			return false;
		text = mem_printf("%s=%s", jv_text(name), jv_text(value));
		for (size_t i = 0; i < w->env.n; i++) {
			size_t n = strcspn(w->env.item[i], "=") + 1;

			if (!strncmp(text, w->env.item[i], n) && strcmp(text, w->env.item[i]))
				return false;
			found[i] = found[i] || !strcmp(text, w->env.item[i]);
		}
	}
	for (size_t i = 0; i < w->env.n; i++)
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

static bool name_ok(struct jv v, const struct machine_wish *w)
{
	return is_text(v, w->name);
}

static bool source_ok(struct jv v, const struct machine_wish *w)
{
	return w->source && is_text(v, w->source);
}

static bool env_ok(struct jv v, const struct machine_wish *w)
{
	return has_our_env(v, w);
}

static bool network_ok(struct jv v, const struct machine_wish *w)
{
	(void)w;
	return jv_true(v);
}

static bool restart_ok(struct jv v, const struct machine_wish *w)
{
	(void)w;
	return rests_for_ever(v);
}

static bool cmd_ok(struct jv v, const struct machine_wish *w)
{
	(void)w;
	return jv_is(v, JSON_ARRAY) && is_words(v, machine_sleeper);
}

/* Keys that are in every row of ours with a value that we asked for. null, 0 or nothing would be smolvm's default
 * and not ours. */
static const struct {
	const char *key;
	bool (*ok)(struct jv v, const struct machine_wish *w);
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
static const char *size_fault(const struct machine_row *r, const struct machine_wish *w)
{
	for (size_t i = 0; i < MACHINE_SIZES; i++) {
		struct jv v = jv_get(row_of(r), smolvm_sizes[i].member);

		if (w->size[i] && !v.doc)
			return missing(smolvm_sizes[i].member);
		if (w->size[i] && !is_number(v, w->size[i]))
			return unasked(smolvm_sizes[i].member, v);
	}
	return NULL;
}

static bool is_asked(const char *key)
{
	for (size_t i = 0; i < COUNT(asked); i++)
		if (!strcmp(asked[i].key, key))
			return true;
	for (size_t i = 0; i < MACHINE_SIZES; i++)
		if (!strcmp(smolvm_sizes[i].member, key))
			return true;
	return false;
}

/* A key that we did not ask for is fine as long as its value says nothing. */
static bool unasked_ok(struct jv v, const char *key)
{
	return says_nothing(v) || word_index(key, any_value, COUNT(any_value)) >= 0 ||
	       (!strcmp(key, "network_backend") && is_text(v, "virtio-net"));
}

const char *smolvm_fault(const struct machine_row *r, const struct machine_wish *w)
{
	for (size_t i = 0; i < COUNT(asked); i++) {
		struct jv v = jv_get(row_of(r), asked[i].key);

		if (!v.doc)
			return missing(asked[i].key);
		if (!asked[i].ok(v, w))
			return unasked(asked[i].key, v);
	}
	for (struct jv e = jv_first(row_of(r)); e.doc; e = jv_next(row_of(r), e))
		if (!is_asked(jv_name(e)) && !unasked_ok(e, jv_name(e)))
			return unasked(jv_name(e), e);
	return size_fault(r, w);
}

bool smolvm_is_set(struct jv list, const char *only)
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

enum machine_policy smolvm_policy(const struct machine_row *r, const struct machine_wish *w)
{
	struct jv cidrs = jv_get(row_of(r), "allowed_cidrs"), hosts = jv_get(row_of(r), "dns_filter_hosts");

	if (smolvm_is_set(cidrs, w->allow) && smolvm_is_set(hosts, w->bundle))
		return MACHINE_OURS;
	return absent(cidrs) && absent(hosts) ? MACHINE_OPEN : MACHINE_OTHER;
}

const char *smolvm_allowed(const struct machine_row *r)
{
	struct jv cidrs = jv_get(row_of(r), "allowed_cidrs"), hosts = jv_get(row_of(r), "dns_filter_hosts");

	if (absent(cidrs) && absent(hosts))
		return "unrestricted";
	return mem_printf("cidrs %.200s, hosts %.200s", cidrs.doc ? jv_raw(cidrs) : "absent",
			  hosts.doc ? jv_raw(hosts) : "absent");
}
