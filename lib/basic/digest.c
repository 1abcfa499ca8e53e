/* SPDX-License-Identifier: MIT */
/* digest.c: SHA-256 by libmd (CommonCrypto has the same calls on macOS). Declared in io.h. */
#include "basic/io.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __APPLE__
#include <CommonCrypto/CommonDigest.h>
#define SHA256_CTX CC_SHA256_CTX
#define SHA256Init CC_SHA256_Init
#define SHA256Update(c, p, n) CC_SHA256_Update(c, p, (CC_LONG)(n))
#define SHA256Final CC_SHA256_Final
#else
#include <sys/types.h>
#include <sha2.h>
#define SHA256_CTX SHA2_CTX
#endif
#include <string.h>
#include <unistd.h>

static char *hex_of(SHA256_CTX *ctx)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[32];
	char *hex = mem_get(65);

	SHA256Final(raw, ctx);
	for (size_t i = 0; i < sizeof raw; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	return hex;
}

char *digest_bytes(const char *bytes, size_t len)
{
	SHA256_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)bytes, len);
	return hex_of(&ctx);
}

char *digest_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char buf[65536];
	SHA256_CTX ctx;
	ssize_t n;

	if (fd < 0)
		die(BB_IO, "check permissions, limits and free space", "open %s:", path);
	SHA256Init(&ctx);
	while ((n = read(fd, buf, sizeof buf)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die(BB_IO, "check permissions, limits and free space", "read %s:", path);     /* an error is not the end of a file */
		SHA256Update(&ctx, buf, (size_t)n);
	}
	close(fd);
	return hex_of(&ctx);
}

void digest_raw(const char *text, unsigned char out[32])
{
	SHA256_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)text, strlen(text));
	SHA256Final(out, &ctx);
}
