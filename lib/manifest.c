/* manifest.c: the schema of the manifest as a table, and the one walk over it. See manifest.h. */
#include "manifest.h"

#include <string.h>

enum { MAX_ENTRIES = 1000, MAX_FAULTS = 100 };

enum kind { TEXT, NUMBER, FLAG, TEXTS, OBJECT, MAP, SETTINGS };

/* Each of these says what is wrong with a text, or NULL. */
typedef const char *judge(const char *text);

struct field {
	const char *name;         /* NULL ends a table; in a MAP the one row judges names by `key` */
	enum kind kind;
	bool required;
	const struct field *members;   /* OBJECT: its fields. MAP: one row for every value */
	judge *text;                   /* TEXT, TEXTS: what it may say */
	judge *key;                    /* MAP, SETTINGS: what a name may be */
	long long lo, hi;              /* NUMBER */
};

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool slug_ok(const char *slug)
{
	const char *p = slug;

	if (strlen(slug) > 40 || !*p || !strchr(LOWER, *p))
		return false;
	for (; *p; p++) {
		if (*p == '-' && (p[1] == '-' || !p[1]))
			return false;
		if (*p != '-' && !strchr(LOWER DIGITS, *p))
			return false;
	}
	return true;
}

static bool has_control(const char *text)
{
	char *copy = mem_text(text, strlen(text));

	scrub(copy, false);
	return strcmp(copy, text) != 0;
}

static const char *judge_slug(const char *text)
{
	return slug_ok(text) ? NULL : "must be lower-case letters, digits and single hyphens, begin with "
		"a letter and have at most 40 characters";
}

/* Never an option (a leading '-'), never a shell's business (wall W25). */
static const char *judge_image(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "._/:@-";

	if (!*text || strlen(text) > 255 || strspn(text, inside) != strlen(text) || strchr("-./:@_", *text))
		return "is not an image name";
	return NULL;
}

static const char *judge_user(const char *text)
{
	static const char first[] = LOWER UPPER DIGITS "_", inside[] = LOWER UPPER DIGITS "_.-";

	if (!*text || strlen(text) > 32 || !strchr(first, *text) || strspn(text, inside) != strlen(text))
		return "is not a user name";
	return NULL;
}

static const char *judge_guest_path(const char *text)
{
	if (*text != '/' || strlen(text) > 1024 || has_control(text))
		return "must be an absolute path in the guest";
	if (strstr(text, "/../") || (strlen(text) >= 3 && !strcmp(text + strlen(text) - 3, "/..")))
		return "must not have '..' in it";
	return NULL;
}

static const char *judge_file(const char *text)
{
	return !*text || has_control(text) ? "is not a file name" : NULL;
}

static const char *judge_line(const char *text)
{
	return has_control(text) ? "must not have control characters in it" : NULL;
}

static const char *judge_env_name(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "_";
	/* What decides which proxy and which CA the guest trusts is bottlebox's alone (wall W25). */
	static const char *const ours[] = {
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
		"all_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY",
		"CODEX_CA_CERTIFICATE", "PIP_CERT", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_OPTIONS",
		"AWS_CA_BUNDLE", "GIT_SSL_CAPATH", "GIT_PROXY_COMMAND", "CARGO_HTTP_CAINFO", "DENO_CERT",
		"FTP_PROXY", "ftp_proxy", "npm_config_proxy", "npm_config_https_proxy", "npm_config_cafile",
		"GIT_GATE_URL", "MCP_SUPERVISE_URL", "BOT_BOTTLE_PROMPT", "BOT_BOTTLE_MCP",
	};

	if (!*text || strchr(DIGITS, *text) || strspn(text, inside) != strlen(text))
		return "is not a variable's name";
	if (word_index(text, ours, COUNT(ours)) >= 0)
		return "is set by bottlebox itself and cannot be given here";
	return NULL;
}

const char *skill_name(const char *path)
{
	const char *end = path + strlen(path);

	while (end > path + 1 && end[-1] == '/')
		end--;
	while (end > path && end[-1] != '/')
		end--;
	return end;
}

/* Its name becomes part of a path in the guest. */
static const char *judge_skill(const char *text)
{
	const char *name = skill_name(text);

	if (has_control(text))
		return "is not a folder's name";
	return slug_ok(mem_text(name, strcspn(name, "/"))) ? NULL
		: "must end in a name of lower-case letters, digits and single hyphens";
}

static const char *judge_host_env(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "_";

	return !*text || strchr(DIGITS, *text) || strspn(text, inside) != strlen(text)
		? "is not a variable's name" : NULL;
}

static const char *judge_host(const char *text)
{
	static const char inside[] = LOWER DIGITS "-.";
	const char *last = strrchr(text, '.');

	/* Resolvers take 127.1 and 0x7f.1 for addresses: no name on the internet ends in a number. */
	if (last && strchr(DIGITS, last[1]))
		return "must be a host's name, not an address";
	if (!*text || strlen(text) > 253 || strspn(text, inside) != strlen(text) || !strchr(text, '.') ||
	    strchr(".-", *text) || strstr(text, "..") || strstr(text, ".-") || strstr(text, "-.") ||
	    strchr(".-", text[strlen(text) - 1]))
		return "is not a full host name in lower case";
	return NULL;
}

static const char *judge_header(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "-";

	return !*text || strlen(text) > 64 || strspn(text, inside) != strlen(text)
		? "is not a header's name" : NULL;
}

static const char *judge_repo(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "._-";

	return !*text || strlen(text) > 64 || strspn(text, inside) != strlen(text) || strchr(".-", *text)
		? "is not a repository's name" : NULL;
}

static const char *judge_url(const char *text)
{
	if (strncmp(text, "https://", 8) && strncmp(text, "ssh://", 6))
		return "must begin with https:// or ssh://";
	if (has_control(text) || strpbrk(text, " \\'\"`$") || strlen(text) > 1024)
		return "is not a plain URL";
	if (*text == 'h' && strchr(text, '@'))
		return "must not hold a user name or password";
	return NULL;
}

/* --- the schema --- */

static const struct field each_text = { .kind = TEXT, .text = judge_line };

static const struct field agent[] = {
	{ .name = "image", .kind = TEXT, .required = true, .text = judge_image },
	{ .name = "command", .kind = TEXTS, .text = judge_line },
	{ .name = "user", .kind = TEXT, .text = judge_user },
	{ .name = "workdir", .kind = TEXT, .text = judge_guest_path },
	{ .name = "env", .kind = SETTINGS, .key = judge_env_name, .members = &each_text },
	{ .name = "prompt", .kind = TEXT, .text = judge_file },
	{ .name = "skills", .kind = TEXTS, .text = judge_skill },
	{ .name = NULL }
};
static const struct field credential[] = {
	{ .name = "header", .kind = TEXT, .text = judge_header },
	{ .name = "prefix", .kind = TEXT, .text = judge_line },
	{ .name = "from_env", .kind = TEXT, .text = judge_host_env },
	{ .name = "from_file", .kind = TEXT, .text = judge_file },
	{ .name = "ask", .kind = TEXT, .text = judge_line },
	{ .name = NULL }
};
static const struct field *const reference = credential + 2;   /* its last three rows */
static const struct field each_credential = { .kind = OBJECT, .members = credential };
static const struct field egress[] = {
	{ .name = "allowlist", .kind = TEXTS, .text = judge_host },
	{ .name = "credentials", .kind = MAP, .key = judge_host, .members = &each_credential },
	{ .name = "upstream_ca", .kind = TEXT, .text = judge_file },
	{ .name = NULL }
};
static const struct field git_user[] = {
	{ .name = "name", .kind = TEXT, .text = judge_line },
	{ .name = "email", .kind = TEXT, .text = judge_line },
	{ .name = NULL }
};
static const struct field repo[] = {
	{ .name = "url", .kind = TEXT, .required = true, .text = judge_url },
	{ .name = NULL }
};
static const struct field each_repo = { .kind = OBJECT, .members = repo };
static const struct field git[] = {
	{ .name = "user", .kind = OBJECT, .members = git_user },
	{ .name = "repos", .kind = MAP, .key = judge_repo, .members = &each_repo },
	{ .name = NULL }
};
static const struct field vm[] = {
	{ .name = "cpus", .kind = NUMBER, .lo = 1, .hi = 64 },
	{ .name = "memory_mib", .kind = NUMBER, .lo = 256, .hi = 1048576 },
	{ .name = NULL }
};
static const struct field bundle[] = {
	{ .name = "image", .kind = TEXT, .required = true, .text = judge_image },
	{ .name = NULL }
};
static const struct field manifest[] = {
	{ .name = "bottle", .kind = TEXT, .required = true, .text = judge_slug },
	{ .name = "agent", .kind = OBJECT, .required = true, .members = agent },
	{ .name = "egress", .kind = OBJECT, .members = egress },
	{ .name = "git", .kind = OBJECT, .members = git },
	{ .name = "supervise", .kind = FLAG },
	{ .name = "vm", .kind = OBJECT, .members = vm },
	{ .name = "bundle", .kind = OBJECT, .required = true, .members = bundle },
	{ .name = NULL }
};

/* --- the walk --- */

static void fault(struct list *faults, struct jv at, const char *path, const char *why)
{
	size_t line, column;

	if (faults->n == MAX_FAULTS)
		return;
	jv_where(at, &line, &column);
	list_addf(faults, "%s (line %zu, column %zu) %s", path, line, column, why);
}

static void check_value(struct jv v, const struct field *f, const char *path, struct list *faults);

static void check_object(struct jv v, const struct field *fields, const char *path, struct list *faults)
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

		if (known >= 0) {
			check_value(e, &fields[known], mem_printf("%s.%s", path, name), faults);
			continue;
		}
		near = word_nearest(name, names, n);
		fault(faults, e, mem_printf("%s.%s", path, name),
		      near ? mem_printf("is not a known key; did you mean \"%s\"?", near)
			   : "is not a known key");
	}
}

static void check_map(struct jv v, const struct field *f, const char *path, struct list *faults)
{
	for (struct jv e = jv_first(v); e.doc; e = jv_next(v, e)) {
		const char *name = jv_name(e), *why = f->key(name);
		const char *full = mem_printf("%s.%s", path, name);

		if (why)
			fault(faults, e, full, why);
		if (f->kind == SETTINGS && is_reference(e))
			check_object(e, reference, full, faults);
		else if (f->kind == SETTINGS && !jv_is(e, JSON_STRING))
			fault(faults, e, full, "must be a string, {\"from_env\":...}, {\"from_file\":...} or {\"ask\":...}");
		else
			check_value(e, f->members, full, faults);
		if (f->members == &each_credential && !is_reference(e))
			fault(faults, e, full, "must have one of \"from_env\", \"from_file\" and \"ask\"");
	}
}

static void check_text(struct jv v, const struct field *f, const char *path, struct list *faults)
{
	const char *text = jv_text(v), *why;

	if (!jv_is(v, JSON_STRING))
		why = "must be a string";
	else
		why = text ? f->text(text) : "must not have a NUL character in it";
	if (why)
		fault(faults, v, path, why);
}

static void check_value(struct jv v, const struct field *f, const char *path, struct list *faults)
{
	static const struct { enum json_type type; const char *want; } shapes[] = {
		[TEXT] = { JSON_STRING, "must be a string" },
		[NUMBER] = { JSON_NUMBER, "must be a number" },
		[FLAG] = { JSON_BOOL, "must be true or false" },
		[TEXTS] = { JSON_ARRAY, "must be a list of strings" },
		[OBJECT] = { JSON_OBJECT, "must be an object" },
		[MAP] = { JSON_OBJECT, "must be an object" },
		[SETTINGS] = { JSON_OBJECT, "must be an object" },
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
	case MAP:
	case SETTINGS:
		check_map(v, f, path, faults);
		break;
	}
}

/* A credential for a host that is not allowed would never be used: surely a slip. */
static void check_credentials(struct jv m, struct list *faults)
{
	struct jv hosts = jv_path(m, "egress.credentials"), allowed = jv_path(m, "egress.allowlist");

	if (jv_count(hosts) > MAX_ENTRIES || jv_count(allowed) > MAX_ENTRIES)
		return;          /* said already */
	for (struct jv e = jv_first(hosts); e.doc; e = jv_next(hosts, e)) {
		bool found = false;

		for (struct jv a = jv_first(allowed); a.doc && !found; a = jv_next(allowed, a))
			found = jv_text(a) && !strcmp(jv_text(a), jv_name(e));
		if (!found)
			fault(faults, e, mem_printf("manifest.egress.credentials.%s", jv_name(e)),
			      "names a host that is not in the allowlist");
	}
}

void manifest_check(struct jv m, struct list *faults)
{
	if (!jv_is(m, JSON_OBJECT)) {
		list_add(faults, "manifest must be an object");
		return;
	}
	check_object(m, manifest, "manifest", faults);
	check_credentials(m, faults);
}

bool is_reference(struct jv v)
{
	return (jv_get(v, "from_env").doc != NULL) + (jv_get(v, "from_file").doc != NULL) +
	       (jv_get(v, "ask").doc != NULL) == 1;
}
