/* SPDX-License-Identifier: MIT */
/* The archive that a guest sends for bb-vm cp SLUG:/d FOLDER. The input is its table of contents; the tar is made of it
 * here, with right checksums. A line a member:
 *
 *	TYPE MODE NAME [-> LINK]	TYPE: - file, d folder, l link, h hard link, c b device, p FIFO, else as it is
 *	= STATUS			what the guest's tar ended with
 *
 * Whatever it is: files and folders of ours alone under the name that was given, or nothing at all, and nothing
 * anywhere else. By an ordinary user, as root may look everywhere. */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 512, NOBODY = 65534, MEMBERS = 64 };

static const char *bad;

void fuzz_setup(void)
{
	mkdir(fuzz_path("state"), 0700);
	mkdir(fuzz_path("state/bottles"), 0700);
	mkdir(fuzz_path("state/bottles/demo"), 0700);
	fuzz_file("state/bottles/demo/plan.json", FUZZ_PLAN);
	mkdir(fuzz_path("work"), 0700);
	fuzz_real_program = "tar";
	if (getuid() == 0 && (system(strcat(strcpy(malloc(128), "chown -R 65534:65534 "), fuzz_home)) || setgid(NOBODY) || setuid(NOBODY)))
		fuzz_fail("cannot become an ordinary user");
	if (chdir(fuzz_path("work")))
		fuzz_fail("no folder to work in");
}

static void member(struct fuzz_text *tar, const char *line)
{
	char head[BLOCK] = "", type = line[0], mode[8] = "644", name[101] = "", link[101] = "";
	unsigned sum = 0;
	const char *arrow;

	if (sscanf(line + 1, " %7[0-7] %100[^\n]", mode, name) < 2)
		return;
	arrow = strstr(name, " -> ");
	if (arrow) {
		snprintf(link, sizeof link, "%s", arrow + 4);
		name[arrow - name] = '\0';
	}
	memcpy(head, name, strlen(name));
	snprintf(head + 100, 8, "%07lo", strtoul(mode, NULL, 8));
	memcpy(head + 108, "0000000\0" "0000000\0" "00000000000\0" "14000000000", 39);
	head[156] = type == '-' ? '0' : type == 'd' ? '5' : type == 'l' ? '2' : type == 'h' ? '1' : type == 'c' ? '3' :
		    type == 'b' ? '4' : type == 'p' ? '6' : type;
	memcpy(head + 157, link, strlen(link));
	memcpy(head + 257, "ustar\0" "00", 8);
	memset(head + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)head[i];
	snprintf(head + 148, 8, "%06o", sum);
	fuzz_add(tar, head, BLOCK);
}

/* The answer of the guest: the archive, or what is not one. */
static void make_answer(struct fuzz_text *answer, const char *data, size_t len)
{
	static const char nothing[2 * BLOCK];
	char *text = malloc(len + 1), *rest = text;
	int status = 0, members = 0;
	struct fuzz_text tar = { NULL, 0, 0 };

	memcpy(text, data, len);
	text[len] = '\0';
	while (*rest) {
		char *line = rest;

		rest += strcspn(rest, "\n");
		if (*rest)
			*rest++ = '\0';
		if (line[0] == '=')
			status = atoi(line + 1) & 0xff;
		else if (*line && members++ < MEMBERS)
			member(&tar, line);
	}
	fuzz_add(&tar, nothing, sizeof nothing);
	snprintf(text = realloc(text, 16), 16, "$ %d\n", status);
	fuzz_add(answer, text, strlen(text));
	fuzz_add(answer, tar.text, tar.len);
	free(text);
	free(tar.text);
}

static int look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		bad = "neither a file nor a folder";
	else if (st->st_mode & 07077)
		bad = "others may use it";
	else if (S_ISREG(st->st_mode) && st->st_nlink > 1)
		bad = "it has two names";
	return bad ? (fprintf(stderr, "%s\n", path), 1) : 0;
}

static int unlock(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	(void)ftw;
	return S_ISDIR(st->st_mode) ? chmod(path, 0700) : 0;
}

static int drop(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level ? remove(path) : 0;
}

void fuzz_one(const char *data, size_t len)
{
	struct fuzz_text answer = { NULL, 0, 0 };
	struct stat st;
	int status;

	make_answer(&answer, data, len);
	fuzz_answers(answer.text, answer.len);
	status = fuzz_run("bb-vm cp demo:/d got", "", 0);
	bad = NULL;
	if (status && lstat("got", &st) == 0)
		fuzz_fail("it ended with %d and left something", status);
	if (!status)
		nftw(".", look, 16, FTW_PHYS);
	if (bad)
		fuzz_fail("what came: %s", bad);
	nftw(".", unlock, 16, FTW_PHYS);
	nftw(".", drop, 16, FTW_PHYS | FTW_DEPTH);
	free(answer.text);
}
