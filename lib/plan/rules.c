/* SPDX-License-Identifier: MIT */
/* rules.c: check single strings of a manifest: names, hosts, paths, addresses, keys. */
#include "plan/rules.h"
#include "plan/manifest.h"

#include <string.h>

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

const char *rule_slug(const char *text)
{
	return slug_ok(text) ? NULL : "must be lower-case letters, digits and single hyphens, begin with "
		"a letter and have at most 40 characters";
}

/* It must not look like an option (a leading '-') and must not hold what a shell would interpret (wall W25). */
const char *rule_image(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "._/:@-";

	if (!*text || strlen(text) > 255 || strspn(text, inside) != strlen(text) || strchr("-./:@_", *text))
		return "is not an image name";
	return NULL;
}

const char *rule_user(const char *text)
{
	static const char first[] = LOWER UPPER DIGITS "_", inside[] = LOWER UPPER DIGITS "_.-";

	if (!*text || strlen(text) > 32 || !strchr(first, *text) || strspn(text, inside) != strlen(text))
		return "is not a user name";
	return NULL;
}

const char *rule_guest_path(const char *text)
{
	if (*text != '/' || strlen(text) > 1024 || has_control(text))
		return "must be an absolute path in the guest";
	if (strstr(text, "/../") || (strlen(text) >= 3 && !strcmp(text + strlen(text) - 3, "/..")))
		return "must not have '..' in it";
	return NULL;
}

const char *rule_file(const char *text)
{
	return !*text || has_control(text) ? "is not a file name" : NULL;
}

const char *rule_line(const char *text)
{
	return has_control(text) ? "must not have control characters in it" : NULL;
}

/* The guest's proxy and CA are decided by bottlebox (wall W25). */
const char *const env_names_of_ours[] = {
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"CODEX_CA_CERTIFICATE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE",
	"SSL_CERT_FILE", "NODE_USE_ENV_PROXY", "GIT_HTTP_PROXY_AUTHMETHOD", "PIP_CERT", "AWS_CA_BUNDLE",
	"CARGO_HTTP_CAINFO", "DENO_CERT", "npm_config_cafile", "BUNDLE_SSL_CA_CERT",
	"GIT_GATE_URL", "MCP_SUPERVISE_URL", "BOT_BOTTLE_PROMPT", "BOT_BOTTLE_MCP", "BOT_BOTTLE_PATH",
	NULL
};

const char *rule_env_name(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "_";

	if (!*text || strchr(DIGITS, *text) || strspn(text, inside) != strlen(text))
		return "is not a variable's name";
	if (word_index(text, env_names_of_ours, COUNT(env_names_of_ours) - 1) >= 0)
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
const char *rule_skill(const char *text)
{
	const char *name = skill_name(text);

	if (has_control(text))
		return "is not a folder's name";
	return slug_ok(mem_text(name, strcspn(name, "/"))) ? NULL
		: "must end in a name of lower-case letters, digits and single hyphens";
}

const char *rule_host_env(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "_";

	return !*text || strchr(DIGITS, *text) || strspn(text, inside) != strlen(text)
		? "is not a variable's name" : NULL;
}

/* RFC 1123, 2.1: labels of 1 to 63 letters, digits and hyphens, none at an end; 253 in all with their dots. */
static bool labels_ok(const char *text)
{
	if (strlen(text) > 253)
		return false;
	for (;; text++) {
		size_t n = strspn(text, UPPER LOWER DIGITS "-");

		if (n == 0 || n > 63 || text[0] == '-' || text[n - 1] == '-')
			return false;
		text += n;
		if (*text != '.')
			return !*text;
	}
}

const char *rule_host(const char *text)
{
	const char *last = strrchr(text, '.');

	/* Resolvers take 127.1 and 0x7f.1 for addresses: no name on the internet ends in a number. */
	if (last && strchr(DIGITS, last[1]))
		return "must be a host's name, not an address";
	if (!last || !labels_ok(text) || strpbrk(text, UPPER))
		return "is not a full host name in lower case";
	return NULL;
}

const char *rule_method(const char *text)
{
	return !*text || strlen(text) > 20 || strspn(text, UPPER) != strlen(text) ? "is not a method, as POST" : NULL;
}

/* A path; or a prefix of paths, with one `*` at the end. Only characters that every origin reads alike. */
const char *rule_paths(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "-._~!$&'()+,;=:@/";
	size_t n = strspn(text, inside);

	return *text != '/' || strlen(text) > 256 || strstr(text, "//") || strstr(text, "/.") || strcmp(text + n, text[n] == '*' ? "*" : "")
		? "is not a path like /v1/messages or /v1/*" : NULL;
}

const char *rule_mode(const char *text)
{
	return strcmp(text, "block") && strcmp(text, "redact") && strcmp(text, "warn") ? "is not block, redact or warn" : NULL;
}

const char *rule_header(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "-";

	return !*text || strlen(text) > 64 || strspn(text, inside) != strlen(text)
		? "is not a header's name" : NULL;
}

const char *rule_repo(const char *text)
{
	static const char inside[] = UPPER LOWER DIGITS "._-";

	return !*text || strlen(text) > 64 || strspn(text, inside) != strlen(text) || strchr(".-", *text)
		? "is not a repository's name" : NULL;
}

/* How many of `text` come from the letters, digits and `more`. */
static size_t span(const char *text, const char *more)
{
	return strspn(text, mem_printf(UPPER LOWER DIGITS "%s", more));
}

/* https://HOST/PATH or ssh://[USER@]HOST[:PORT]/PATH, in the plain form that the bundle accepts too (config.py,
 * UPSTREAM). */
const char *rule_url(const char *text)
{
	bool ssh = !strncmp(text, "ssh://", 6);
	const char *at = text + (ssh ? 6 : 8);
	long long port;

	if (strncmp(text, "https://", 8) && !ssh)
		return "must begin with https:// or ssh://";
	if (memchr(at, '@', strcspn(at, "/"))) {
		if (!ssh)
			return "must not hold a user name or password";
		if (span(at, "_") == 0 || at[span(at, "._-")] != '@')
			return "must have a plain user name, without a password";
		at += span(at, "._-") + 1;
	}
	if (!labels_ok(mem_text(at, span(at, ".-"))))
		return "must name a host";
	at += span(at, ".-");
	if (*at == ':' && !ssh)
		return "must not name a port: the gate asks 443";
	if (*at == ':') {
		if (!num_parse(mem_text(at + 1, strspn(at + 1, DIGITS)), 1, 65535, &port))
			return "must name a port from 1 to 65535";
		at += 1 + strspn(at + 1, DIGITS);
	}
	if (at[0] != '/' || !at[1] || at[span(at, "._~/+%-")] || strlen(text) > 1024)
		return "is not a plain URL";
	return NULL;
}

/* A line of the server's own: ssh-keyscan(1), or its /etc/ssh/ssh_host_*_key.pub, without the comment. */
const char *rule_host_key(const char *text)
{
	static const char *const kinds[] = { "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ", "ecdsa-sha2-nistp384 ",
					     "ecdsa-sha2-nistp521 " };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const char *key = text + strlen(kinds[i]);

		if (!strncmp(text, kinds[i], strlen(kinds[i])) && span(key, "+/") >= 32 &&
		    !key[span(key, "+/") + strspn(key + span(key, "+/"), "=")])
			return NULL;
	}
	return "must be 'TYPE BASE64', as ssh-keyscan shows it behind the host's name";
}
