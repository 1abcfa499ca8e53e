/* SPDX-License-Identifier: MIT */
/* run.c: send the helper into a guest, and read its answers. */
#include "probe/probe.h"
#include "basic/json.h"

#include <string.h>

enum { LIMIT_MS = 5000, PIECE = 20000, LINE_MAX_BYTES = 4096 };

/* guest/probe.c, built static for the guest's processor. */
static const unsigned char helper[] = {
#include "guest/helper.h"
};

/* The helper is written to a folder that is writable and allows programs, and removes itself as soon as it runs.
 * Folders that refuse are skipped: read-only roots, noexec /tmp. */
#define PLACES "for d in /run /dev/shm /tmp /var/tmp /root .; do f=$d/.bb-probe.$$; "
#define RUN "if { chmod 700 $f && $f; } 2>/dev/null; then exit 0; fi; rm -f $f; done; " \
	"echo 'no folder to write a program to and run it' >&2; exit 126"

/* Standard input can be read only once, so it is kept in the first folder that takes it. */
const char probe_receive[] =
	"umask 077; set -C; k= f=; trap 'rm -f \"$k\" \"$f\"' EXIT; trap 'exit 143' HUP INT TERM; "
	"for d in /run /dev/shm /tmp /var/tmp /root .; do k=$d/.bb-probe-in.$$; cat 2>/dev/null >$k && break; rm -f $k; done; "
	PLACES "cat $k 2>/dev/null >$f || continue; " RUN;

static const char receive_words[] =
	"umask 077; set -C; f=; trap 'rm -f \"$f\"' EXIT; trap 'exit 143' HUP INT TERM; " PLACES "for w; do printf \"$w\"; done 2>/dev/null >$f || continue; " RUN;

void probe_input(struct str *input, const struct attempts *all)
{
	struct str orders = STR_EMPTY;

	str_addf(&orders, "limit %d\n", LIMIT_MS);
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].order)
			str_addf(&orders, "%s %s\n", all->list[i].id, all->list[i].order);
	str_add_bytes(input, (const char *)helper, sizeof helper);
	str_add_bytes(input, orders.text, orders.len);
	str_addf(input, "%08zu\n", orders.len);
}

/* Octal escapes for printf of the shell, in pieces that fit into one argument (128 KiB on Linux). */
void probe_words(struct list *words, const struct attempts *all)
{
	struct str input = STR_EMPTY, piece = STR_EMPTY;

	probe_input(&input, all);
	list_add(words, receive_words);
	list_add(words, "sh");
	for (size_t i = 0; i < input.len; i++) {
		str_addf(&piece, "\\%03o", (unsigned char)input.text[i]);
		if ((i + 1) % PIECE == 0 || i + 1 == input.len) {
			list_add(words, mem_text(piece.text, piece.len));
			str_clear(&piece);
		}
	}
}

static struct attempt *by_id(struct attempts *all, const char *id)
{
	for (size_t i = 0; id && i < all->n; i++)
		if (!strcmp(all->list[i].id, id))
			return &all->list[i];
	return NULL;
}

void probe_answers(struct attempts *all, const char *text)
{
	static const char *const words[] = { "open", "answer", "closed", "refused", "reset", "unreachable", "denied",
					     "absent", "silent", "noname", "failed", "cut" };
	char *lines = mem_text(text, strlen(text));

	for (size_t i = 0; *lines && i < 2 * all->n; i++) {
		const char *line = take_line(&lines);
		struct json_error error;
		struct jv said = json_parse(line, strlen(line) > LINE_MAX_BYTES ? 0 : strlen(line), &error);
		struct attempt *a = said.doc ? by_id(all, jv_text(jv_get(said, "id"))) : NULL;
		const char *got = jv_text(jv_get(said, "got"));

		/* Only the first answer counts, and only with words of the helper: nobody may correct it. */
		if (!a || a->got || !a->order || !got || word_index(got, words, COUNT(words)) < 0)
			continue;
		a->got = words[word_index(got, words, COUNT(words))];
		a->data = jv_text(jv_get(said, "data"));
		jv_int(jv_get(said, "ms"), &a->ms);
	}
}
